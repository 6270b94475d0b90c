"""A table of movements, whatever the bank calls its columns, as statements.

The heading row is found by what it says; above it stands a preamble, below the movements a totals row. Each row is read
on its own: what cannot be read is set aside with its reasons. Then the sums are checked, and where they do not add up the
statement as a whole is called broken.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from huikuan.connectors.bank import columns as cols
from huikuan.connectors.bank.charset import shown
from huikuan.connectors.bank.columns import Map
from huikuan.connectors.bank.table import Row, fold
from huikuan.connectors.bank.types import BadLine, Statement, StatementLine
from huikuan.kit.charset import is_damaged
from huikuan.kit.dates import read_date
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.money import BIGGEST, Money, exponent, read_number
from huikuan.kit.words import Say, _

_HEAD_WITHIN = 80  # rows in which the heading must stand

_CODES = {
    "人民币": "CNY", "人民币元": "CNY", "rmb": "CNY", "cnh": "CNY", "元": "CNY", "美元": "USD", "港币": "HKD", "港元": "HKD", "欧元": "EUR",
    "日元": "JPY", "英镑": "GBP", "01": "CNY", "156": "CNY", "001": "CNY", "840": "USD", "978": "EUR", "392": "JPY",
}  # fmt: skip


@dataclass(slots=True)
class _Group:
    """One account in one currency, while its rows are read."""

    lines: list[StatementLine] = field(default_factory=list)
    bad: list[tuple[BadLine, int | None]] = field(default_factory=list)  # with its amount where that could be read


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What holds for all rows of a file. `signed_out`: money out is written with its minus, so a minus there does not
    mean that it was taken back."""

    headings: Sequence[str]
    found: dict[str, list[int]]
    map: Map
    currency: str
    style: str
    signed_out: bool

    def get(self, cells: Sequence[str], name: str) -> str:
        return _cell(cells, self.found, name)


@dataclass(slots=True)
class _Said:
    """What preamble and totals rows state of the whole. Texts as written; None where nothing is said."""

    account: str = ""
    currency: str = ""
    opening: str | None = None
    closing: str | None = None
    sum_in: str | None = None
    sum_out: str | None = None
    count_in: str | None = None
    count_out: str | None = None
    count: str | None = None
    row: int | None = None


def read_table(rows: Sequence[Row], wanted: Map, currency: str = "CNY") -> tuple[Statement, ...]:
    """Statements of a table. `currency` is the account's, used where neither file nor map names one. Invalid when no
    heading row is found."""
    head, found = find_heading(rows, wanted)
    headings = rows[head][1]
    said = _preamble(rows[:head])
    groups: dict[tuple[str, str], _Group] = {}
    default = _currency(wanted.currency) or _currency(said.currency) or currency
    body = rows[head + 1 :]
    sheet = _Sheet(headings, found, wanted, default, _date_style(body, found, wanted), _signed_out(body, found, wanted))
    again = [fold(c) for c in headings if c]
    for number, cells in body:
        if cells[0] == headings[0] and [fold(c) for c in cells if c] == again:
            continue  # the heading again, at the top of the next page
        if _is_footer(cells, found, wanted, said, number):
            continue
        account, money, line, bad, amount = _line(number, cells, sheet)
        group = groups.setdefault((account or said.account or wanted.account, money), _Group())
        if line is not None:
            group.lines.append(line)
        if bad is not None:
            group.bad.append((bad, amount))
    if not groups:
        groups[(said.account or wanted.account, default)] = _Group()
    _join_strays(groups, default)
    alone = len(groups) == 1
    return tuple(_statement(a, c, g, said if alone else _Said(), wanted) for (a, c), g in groups.items())


def _join_strays(groups: dict[tuple[str, str], _Group], default: str) -> None:
    """Rows that only failed (no account could be read from them) belong to the statement beside them."""
    if len(groups) < 2:
        return
    for key in [k for k, g in groups.items() if not g.lines]:
        others = [k for k in groups if k != key and (not key[0] or k[0] == key[0])]
        home = next((k for k in others if k[1] == default), others[0] if others else None)
        if home is not None:
            groups[home].bad.extend(groups.pop(key).bad)


def find_heading(rows: Sequence[Row], wanted: Map) -> tuple[int, dict[str, list[int]]]:
    """(index of the heading row, field to its columns). Invalid when no row names at least a date and an amount."""
    best: tuple[int, int, dict[str, list[int]]] | None = None
    for i, (_number, cells) in enumerate(rows[wanted.skip : _HEAD_WITHIN + wanted.skip], start=wanted.skip):
        if wanted.header:
            have = {fold(c) for c in cells} | {fold(cols._plain(c)) for c in cells}
            if not all(fold(m) in have for m in wanted.header):
                continue
        found = cols.locate(cells, wanted)
        if cols.good_heading(found) and (best is None or len(found) > best[1]):
            best = (i, len(found), found)
            if wanted.header:
                break
    if best is None:
        first = next((" · ".join(c for c in cells if c) for _n, cells in rows), "")
        raise Invalid.one(
            "heading",
            shown(first),
            _("No row names at least a date and an amount, so the columns are not known."),
            _("Give a map that names this bank's headings."),
        )
    return best[0], best[2]


_LABELS: tuple[tuple[str, str], ...] = (
    ("account", r"(查询|本方|我方|交易|银行|客户)?[账帐]号|卡号|account(number|no)?|inquireraccountnumber"),
    ("currency", r"币种|币别|货币|currency"),
    ("opening", r"期初余额|上期余额|上页余额|承前余额|承前页余额|起始余额|openingbalance|balancebroughtforward"),
    ("closing", r"期末余额|本期余额|结束余额|closingbalance|balancecarriedforward"),
    ("sum_in", r"贷方(总|合计)?(金额|发生额|总额|合计|总金额)(合计)?|收入(总|合计)(金额|额)?|收入合计|总收入|totalcredits?(amount)?|totaldeposits"),
    ("sum_out", r"借方(总|合计)?(金额|发生额|总额|合计|总金额)(合计)?|支出(总|合计)(金额|额)?|支出合计|总支出|totaldebits?(amount)?|totalwithdrawals"),
    ("count_in", r"贷方(总)?笔数|收入(总)?笔数|(number|count)ofcredits?"),
    ("count_out", r"借方(总)?笔数|支出(总)?笔数|(number|count)ofdebits?"),
    ("count", r"总笔数|合计笔数|笔数|(total)?(number|count)(oftransactions)?"),
)  # fmt: skip
_LABEL = [(name, re.compile(rf"^(?:{pattern})$", re.IGNORECASE)) for name, pattern in _LABELS]


def _preamble(rows: Sequence[Row], said: _Said | None = None) -> _Said:
    said = said or _Said()
    for number, cells in rows:
        full = [c for c in cells if c]
        for i, cell in enumerate(full):
            for piece in re.split(r"\s{2,}|\t|;|,(?!\d{3})|\|", unicodedata.normalize("NFKC", cell)):
                label, _mark, value = piece.partition(":")
                if not value.strip():
                    value = full[i + 1] if i + 1 < len(full) else ""
                _state(said, label, value.strip(), number)
    return said


def _state(said: _Said, label: str, value: str, number: int) -> None:
    key = re.sub(r"\[.*?\]|\(.*?\)", "", fold(label))
    for name, pattern in _LABEL:
        if pattern.match(key) and value and getattr(said, name) in (None, ""):
            if name == "account" and not re.search(r"\d{4}", value):
                continue
            if name == "account":
                found = re.search(r"[0-9A-Za-z][0-9A-Za-z\- ]{3,40}", value)
                value = found[0].strip() if found else value
            elif name != "currency":
                try:
                    _number(value, ".")
                except ValueError:
                    continue
            setattr(said, name, value)
            said.row = number
            return


def _is_footer(cells: Sequence[str], found: dict[str, list[int]], wanted: Map, said: _Said, number: int) -> bool:
    """A totals row, or words under the table. What it states is kept for checking."""
    full = [c for c in cells if c]
    first = fold(full[0])
    when = _cell(cells, found, "date") or _cell(cells, found, "value")
    dated = _looks_like_date(when)
    if dated:
        return False
    if (
        any(first.startswith(fold(t)) for t in wanted.totals)
        or cols.TOTALS.match(first)
        or re.match(r"^[-=_*·]{3,}$", first)
    ):
        labelled = any(":" in unicodedata.normalize("NFKC", c) for c in full)
        if labelled or len(full) == 2:
            _preamble([(number, list(cells))], said)
        if cols.TOTALS.match(first) or not labelled:
            for name, column in (("sum_in", "in"), ("sum_out", "out")):
                value = _cell(cells, found, column)
                if value and getattr(said, name) is None and not first.startswith(("本页", "当页", "小计")):
                    try:
                        _number(value, wanted.decimal)
                    except ValueError:
                        continue
                    setattr(said, name, value)
                    said.row = number
        return True
    money = [_cell(cells, found, n) for n in ("in", "out", "amount")]
    if any(re.search(r"\d", m) for m in money):
        return False
    if when and len(full) >= 3:
        return False  # meant as a movement: a date that cannot be read and no amount
    _preamble([(number, list(cells))], said)
    return not when or len(full) < 3


def _cell(cells: Sequence[str], found: dict[str, list[int]], name: str) -> str:
    places = found.get(name)
    return cells[places[0]] if places and places[0] < len(cells) else ""


_YEAR_FIRST = re.compile(
    r"^(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[ T]?\s*\d{1,2}[:时]?\d{0,2}.*)?$"
)
_SHORT = re.compile(r"^(\d{4})(\d{2})(\d{2})(\d{2}:?\d{2}:?(\d{2})?)?$")
_STYLES = ("dd/mm/yyyy", "mm/dd/yyyy", "dd-mm-yyyy", "dd.mm.yyyy", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%m-%d-%Y")


def _looks_like_date(text: str) -> bool:
    return bool(
        re.search(r"\d{4}\s*[-/.年]\s*\d{1,2}|\d{8}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[ -][A-Za-z]{3}", text)
    )


def _date_style(rows: Sequence[Row], found: dict[str, list[int]], wanted: Map) -> str:
    """The one style that reads all the dates of the column, when they do not begin with the year."""
    if wanted.date != "auto":
        return wanted.date
    name = "date" if "date" in found else "value"
    texts = [t for _n, cells in rows if (t := _cell(cells, found, name)) and _looks_like_date(t)]
    odd = [t for t in texts if not (_YEAR_FIRST.match(t) or _SHORT.match(t))]
    if not odd or len(odd) * 2 < len(texts):
        return "auto"
    fits: list[tuple[int, str]] = []
    for style in _STYLES:
        n = 0
        for t in odd:
            try:
                read_date(_day_part(t), style)
                n += 1
            except ValueError:
                continue
        fits.append((n, style))
    most = max(n for n, _s in fits)
    best = [s for n, s in fits if n == most and n]
    if len(best) == 1:
        return best[0]
    if len(best) > 1:
        raise Invalid.one(
            "date",
            odd[0],
            _("Every date of this file can be read with the day first and with the month first."),
            _("Give a map with a line such as: date: dd/mm/yyyy"),
        )
    return "auto"


def _day_part(text: str) -> str:
    return re.sub(r"[ T]\d{1,2}:\d{2}.*$", "", text.strip())


def _date(text: str, style: str) -> date:
    if style != "auto":
        try:
            return read_date(text, style)
        except ValueError:
            return read_date(_day_part(text), style)
    match = _SHORT.match(text.replace(" ", "")) or _YEAR_FIRST.match(text)
    if match:
        return date(int(match[1]), int(match[2]), int(match[3]))
    if re.match(r"^[34]\d{4}(\.\d+)?$", text):  # a workbook's day number whose format was lost
        return date(1899, 12, 30) + timedelta(days=int(text.split(".")[0]))
    raise ValueError(text)


def _number(text: str, decimal: str) -> Decimal:
    clean = re.sub(
        r"^(CNY|RMB|USD|EUR|HKD|JPY|GBP|人民币)\s*|\s*(CNY|RMB|USD|EUR|HKD|JPY|GBP|元|笔)$",
        "",
        text.strip(),
        flags=re.IGNORECASE,
    )
    if decimal == ",":
        clean = clean.replace(".", "").replace("\u202f", "").replace(",", ".")
    return read_number(clean)


def minor(text: str, currency: str, decimal: str = ".") -> int:
    """A written amount in minor units; ValueError when it is not one or has more decimals than the currency."""
    value = _number(text, decimal) * 10 ** exponent(currency)
    whole = int(value)
    if whole != value or abs(whole) > BIGGEST:
        raise ValueError(text)
    return whole


def _currency(text: str) -> str:
    """An ISO code from what a bank writes, "" when it is none."""
    found = _CODES.get(fold(text)) or text.strip().upper()
    match = re.search(r"[A-Z]{3}", found)
    if match:
        try:
            exponent(match[0])
            return match[0]
        except ValueError:
            pass
    for word, code in _CODES.items():
        if len(word) > 1 and not word.isdigit() and word in text.lower():
            return code
    return ""


def _signed_out(rows: Sequence[Row], found: dict[str, list[int]], wanted: Map) -> bool:
    out = wanted.out_marks or cols.OUT_MARKS
    if "amount" in found:
        texts = [
            _cell(c, found, "amount") for _n, c in rows if "flag" in found and fold(_cell(c, found, "flag")) in out
        ]
    else:
        texts = [_cell(c, found, "out") for _n, c in rows]
    written = [t for t in texts if re.search(r"[1-9]", t)]
    return bool(written) and all(t.startswith(("-", "−", "(")) for t in written)


Wrong = Callable[..., None]


def _line(
    number: int, cells: list[str], sheet: _Sheet
) -> tuple[str, str, StatementLine | None, BadLine | None, int | None]:
    """(account, currency, line or None, bad or None, amount where it could be read)."""
    headings, found, wanted, style = sheet.headings, sheet.found, sheet.map, sheet.style
    raw = {shown(h) or str(i + 1): shown(c) for i, (h, c) in enumerate(zip(headings, cells, strict=False)) if c}
    faults: list[Fault] = []

    def wrong(name: str, value: str, reason: Say, remedy: Say | None = None) -> None:
        places = found.get(name)
        label = headings[places[0]] if places and places[0] < len(headings) else name
        faults.append(Fault(shown(label) or name, shown(value)[:200], reason, remedy, number))

    def get(name: str) -> str:
        return _cell(cells, found, name)

    if len([c for c in cells[len(headings) :] if c]):
        raw["…"] = shown(" | ".join(cells[len(headings) :]))
        faults.append(
            Fault("row", shown(" | ".join(cells))[:200], _("The row has %(have)s cells, the heading %(want)s.", have=len(cells),
                  want=len(headings)), _("Put a cell that holds a comma in quotation marks."), number)
        )  # fmt: skip
    for name, places in found.items():
        for place in places:
            if place < len(cells) and is_damaged(cells[place]):
                wrong(name, cells[place], _("These bytes are not of the alphabet in which the rest of the file is written."),
                      _("Save the file again as UTF-8 or GB18030."))  # fmt: skip
    currency = sheet.currency
    if get("currency"):
        currency = _currency(get("currency"))
        if not currency:
            wrong("currency", get("currency"), _("There is no such currency."))
            currency = sheet.currency
    booked = _read_date(get("date"), style, "date", wrong) if "date" in found else None
    value = _read_date(get("value"), style, "value", wrong) if get("value") else None
    amount = _amount(cells, sheet, currency, wrong)
    balance: int | None = None
    if get("balance") and get("balance") not in {"-", "--"}:
        try:
            balance = minor(get("balance"), currency, wanted.decimal)
        except ValueError:
            wrong("balance", get("balance"), _("This is not an amount."))
    account = re.sub(r"\s", "", get("account"))
    if faults:
        # with its empty cells, so that what is missing can be filled in
        whole = {shown(h): shown(cells[i]) if i < len(cells) else "" for i, h in enumerate(headings) if h}
        return account, currency, None, BadLine(number, tuple(faults), {**whole, **raw}), amount
    assert amount is not None
    when = booked or value
    assert when is not None
    out = amount < 0 and "payee" in found
    side = ("payee", "payee_account", "payee_bank") if out else ("payer", "payer_account", "payer_bank")
    line = StatementLine(
        row=number,
        value_date=value or when,
        booking_date=when,
        amount=amount,
        currency=currency,
        payer_name=get(side[0])[:300],
        payer_account=re.sub(r"\s", "", get(side[1]))[:60],
        payer_bank=get(side[2])[:200],
        remark=_joined(cells, found.get("remark", []))[:1000],
        reference=_joined(cells, found.get("reference", []))[:200],
        serial=get("serial")[:120],
        balance=balance,
        raw=raw,
    )
    return account, currency, line, None, amount


def _joined(cells: Sequence[str], places: Sequence[int]) -> str:
    seen: list[str] = []
    for i in places:
        text = cells[i] if i < len(cells) else ""
        if text and text not in seen and text not in {"-", "--", "/", "无"}:
            seen.append(text)
    return " ".join(seen)


def _read_date(text: str, style: str, name: str, wrong: Wrong) -> date | None:
    try:
        found = _date(text, style)
    except (ValueError, OverflowError):
        if not text:
            wrong(name, text, _("The date is missing."))
        elif _looks_like_date(text):
            wrong(name, text, _("There is no such date."), _("Correct it and feed the row again."))
        else:
            wrong(name, text, _("This is not a date."), _("Correct it and feed the row again."))
        return None
    if not 1990 <= found.year <= 2100:
        wrong(name, text, _("The date is too far away to be true."))
        return None
    return found


def _amount(cells: Sequence[str], sheet: _Sheet, currency: str, wrong: Wrong) -> int | None:
    """Signed minor units, + in; None when a fault was noted. A minus under money out, in a file that writes money out
    without it, is a movement taken back (红字)."""
    found, wanted = sheet.found, sheet.map

    def read(name: str) -> int | None:
        text = _cell(cells, found, name)
        if text in {"", "-", "--", "—"}:
            return 0
        try:
            return minor(text, currency, wanted.decimal)
        except ValueError:
            if text.startswith(("=", "@")):
                wrong(name, text, _("This is a formula, not an amount."), _("Write the amount itself."))
            else:
                try:
                    _number(text, wanted.decimal)
                    wrong(
                        name,
                        text,
                        _("%(currency)s has no such fraction, or the amount is too large.", currency=currency),
                    )
                except ValueError:
                    wrong(name, text, _("This is not an amount."), _("Correct it and feed the row again."))
            return None

    if "amount" in found:
        amount = read("amount")
        if amount is None:
            return None
        if "flag" in found:
            mark = fold(_cell(cells, found, "flag"))
            if mark in wanted.in_marks or (not wanted.in_marks and mark in cols.IN_MARKS | cols.IN_REVERSED):
                pass
            elif mark in wanted.out_marks or (not wanted.out_marks and mark in cols.OUT_MARKS | cols.OUT_REVERSED):
                amount = amount if sheet.signed_out and amount < 0 else -amount
            elif not mark and amount < 0:
                pass
            else:
                wrong("flag", _cell(cells, found, "flag"), _("This says neither money in nor money out."))
                return None
        elif wanted.sign == "out":
            amount = -amount
    else:
        money_in, money_out = read("in"), read("out") if "out" in found else 0
        if money_in is None or money_out is None:
            return None
        if money_in and money_out:
            wrong(
                "in",
                f"{_cell(cells, found, 'in')} / {_cell(cells, found, 'out')}",
                _("Money in and money out stand in one row."),
            )
            return None
        amount = money_in + money_out if sheet.signed_out and money_out < 0 else money_in - money_out
    if amount == 0:
        wrong("amount" if "amount" in found else "in", "0", _("The row moves no money."))
        return None
    return amount


def _statement(account: str, currency: str, group: _Group, said: _Said, wanted: Map) -> Statement:
    lines, broken = group.lines, None
    opening = closing = None
    if wanted.balance_check and len([x for x in lines if x.balance is not None]) == len(lines) and lines:
        lines, opening, closing, broken = _chain(lines, len(group.bad))
    amounts = [a for _b, a in group.bad]
    known = all(a is not None for a in amounts)
    edges = {b.row for b, _a in group.bad}
    if edges and lines and (min(edges) < min(x.row for x in lines) or max(edges) > max(x.row for x in lines)):
        opening = closing = None  # the first or last row is among those set aside: the ends are not known
    stated = _stated(said, currency, wanted)
    if stated["opening"] is not None:
        opening = stated["opening"]
    if stated["closing"] is not None and (stated["opening"] is not None or opening is not None):
        closing = stated["closing"]
    total = sum(x.amount for x in lines) + sum(a or 0 for a in amounts)
    if broken is None and known and opening is not None and closing is not None and opening + total != closing:
        broken = Fault(
            "balance",
            _show(closing, currency),
            _("Opening balance and movements give %(sum)s, the statement says %(closing)s.", sum=_show(opening + total, currency),
              closing=_show(closing, currency)),
            _WHOLE,
            said.row,
        )  # fmt: skip
    if broken is None and known:
        everything = [x.amount for x in lines] + [a for a in amounts if a is not None]
        broken = _control(stated, everything, currency, said.row)
    days = [x.booking_date for x in lines]
    return Statement(
        account=account,
        currency=currency,
        opening=opening,
        closing=closing,
        since=min(days) if days else None,
        until=max(days) if days else None,
        lines=tuple(lines),
        bad=tuple(b for b, _a in group.bad),
        broken=broken,
    )


_WHOLE = _("Download the whole statement again, all movements in and out; nothing of this one was booked.")


def _show(amount: int, currency: str) -> str:
    return Money(amount, currency).text(grouped=True)


def _stated(said: _Said, currency: str, wanted: Map) -> dict[str, int | None]:
    out: dict[str, int | None] = {}
    for name in ("opening", "closing", "sum_in", "sum_out"):
        text = getattr(said, name)
        try:
            out[name] = minor(text, currency, wanted.decimal) if text else None
        except ValueError:
            out[name] = None
    for name in ("count_in", "count_out", "count"):
        text = getattr(said, name)
        out[name] = int(_number(text, ".")) if text else None
    return out


def _control(stated: dict[str, int | None], amounts: Sequence[int], currency: str, row: int | None) -> Fault | None:
    """The totals that the file states against those of its rows. Reversals may stand on either side, so a side is only
    held against the file when no reversed movement could explain it."""
    got = {
        "sum_in": sum(a for a in amounts if a > 0),
        "sum_out": sum(-a for a in amounts if a < 0),
        "count_in": sum(a > 0 for a in amounts),
        "count_out": sum(a < 0 for a in amounts),
        "count": len(amounts),
    }
    names = {
        "sum_in": _("total of money in"),
        "sum_out": _("total of money out"),
        "count_in": _("number of movements in"),
        "count_out": _("number of movements out"),
        "count": _("number of movements"),
    }
    for name, have in got.items():
        want = stated[name]
        if want is None or abs(want) == have:
            continue
        text = (lambda n: _show(n, currency)) if name.startswith("sum") else str
        return Fault(
            "total",
            text(abs(want)),
            _(
                "The file states a %(what)s of %(want)s, its rows give %(have)s.",
                what=names[name],
                want=text(abs(want)),
                have=text(have),
            ),
            _WHOLE,
            row,
        )
    return None


def _chain(lines: list[StatementLine], bad: int) -> tuple[list[StatementLine], int | None, int | None, Fault | None]:
    """(lines oldest first, opening, closing, fault). The running balance tells the order and whether a row is missing.

    Each row leads from one balance to another; a whole statement is one path through all of them, in whatever order its
    rows are listed. Each row set aside may tear the path once; another tear means that a movement is missing or wrong.
    Where no row leads to another the column is no running balance and proves nothing.
    """
    down = sum(_bal(b) == _bal(a) + b.amount for a, b in pairwise(lines))
    up = sum(_bal(a) == _bal(b) + a.amount for a, b in pairwise(lines))
    newest_first = up > down or (up == down and lines[0].booking_date > lines[-1].booking_date)
    ordered = lines[::-1] if newest_first else lines
    ends: Counter[int] = Counter()
    for x in ordered:
        ends[_bal(x)] += 1
        ends[_bal(x) - x.amount] -= 1
    starts = sorted(k for k, n in ends.items() if n < 0)
    stops = sorted(k for k, n in ends.items() if n > 0)
    torn = sum(-ends[k] for k in starts)  # the number of pieces; 0 when the last balance equals the first
    if len(ordered) >= 3 and torn >= len(ordered):
        return ordered, None, None, None
    if torn <= 1:
        opening = starts[0] if starts else _bal(ordered[0]) - ordered[0].amount
        return ordered, opening, stops[0] if stops else opening, None
    opening, closing = _bal(ordered[0]) - ordered[0].amount, _bal(ordered[-1])
    if torn - 1 <= bad:
        return ordered, opening, closing, None
    before = ordered[0]
    for earlier, later in pairwise(ordered):
        if _bal(earlier) + later.amount != _bal(later):
            before, after = earlier, later
            break
    else:
        after = ordered[-1]
    return ordered, opening, closing, Fault(
        "balance",
        _show(_bal(after), after.currency),
        _("The balance moves from %(before)s to %(after)s, but the movement of row %(row)s is %(amount)s.",
          before=_show(_bal(before), after.currency), after=_show(_bal(after), after.currency), row=after.row,
          amount=_show(after.amount, after.currency)),
        _WHOLE,
        after.row,
    )  # fmt: skip


def _bal(line: StatementLine) -> int:
    assert line.balance is not None
    return line.balance
