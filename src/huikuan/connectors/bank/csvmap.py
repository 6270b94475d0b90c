"""A table of movements, whatever the bank calls its columns, as statements.

The heading row is found by what it says; above it stands a preamble, below the movements a totals row. Each row is read
on its own: what cannot be read is set aside with its reasons. Then the sums are checked, and where they do not add up the
statement as a whole is called broken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from huikuan.connectors.bank import columns as cols
from huikuan.connectors.bank.charset import shown
from huikuan.connectors.bank.columns import Map
from huikuan.connectors.bank.stated import Said, is_footer, preamble
from huikuan.connectors.bank.sums import Group, statement_of
from huikuan.connectors.bank.table import Row, fold
from huikuan.connectors.bank.types import BadLine, Statement, StatementLine
from huikuan.connectors.bank.values import (
    NOTHING,
    cell_of,
    currency_of,
    date_of,
    date_style,
    looks_like_date,
    minor,
    number_of,
    other_money,
)
from huikuan.kit.charset import is_damaged
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.words import Say, _

_HEAD_WITHIN = 80  # rows in which the heading must stand


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What holds for all rows of a file. `signed_out`: money out is written with its minus, so a minus there does not
    mean that it was taken back."""

    headings: Sequence[str]
    names: Sequence[str]  # of the columns, as they are kept beside each cell
    found: dict[str, list[int]]
    at: dict[str, int]  # the first column of each field
    map: Map
    currency: str
    style: str
    signed_out: bool

    def get(self, cells: Sequence[str], name: str) -> str:
        return cell_of(cells, self.found, name)


# (index of the heading row, field to its columns, the headings)
Head = tuple[int, dict[str, list[int]], Sequence[str]]
# By these a sheet is known as one like another: a list of days and their sums has fewer.
_TELLING = ("date", "value", "in", "out", "amount", "flag", "balance", "currency", "account", "payer", "serial")


def read_sheets(
    sheets: Sequence[tuple[str, list[Row]]], wanted: Map, currency: str
) -> tuple[tuple[Statement, ...], tuple[Fault, ...]]:
    """(statements of every sheet that has the heading, a fault for each other that holds something). Invalid when none has
    it."""
    main, head = main_sheet(sheets, wanted)
    if head is None:
        return read_table(main, wanted, currency), ()  # which says what is missing
    like = [name in head[1] for name in _TELLING]
    statements: list[Statement] = []
    unread = []
    for name, rows in sheets:
        found = _heading(rows, wanted)
        if found and [x in found[1] for x in _TELLING] == like:
            statements.extend(read_table(rows, wanted, currency))
            continue
        reason = (
            _("The columns of this sheet are others than those of the statement; it was not read.")
            if found
            else _("This sheet has no heading of a statement; it was not read.")
        )
        moves = found is not None or any(_moves(cells) for _n, cells in rows)
        unread.append(Fault("sheet" if moves else "note", shown(name)[:60], reason, _NAMED, rows[0][0]))
    return tuple(statements), tuple(unread)


_NAMED = _("If it holds movements, give a map that names the sheet, or save it as a file of its own.")


def _moves(cells: Sequence[str]) -> bool:
    """Whether a row without a heading looks like a movement: a date and, beside it, money."""
    dated = [c for c in cells if looks_like_date(c) and len(c) < 25]
    return bool(dated) and any(re.fullmatch(r"[-+(]?[\d,]{1,18}\.\d{1,2}\)?", c) for c in cells)


def main_sheet(sheets: Sequence[tuple[str, list[Row]]], wanted: Map) -> tuple[list[Row], Head | None]:
    """(rows, heading) of the sheet whose heading says most; the longest without one where none has any."""
    found = [(rows, head) for _name, rows in sheets if (head := _heading(rows, wanted))]
    if found:
        return max(found, key=lambda x: (len(x[1][1]), len(x[0])))
    return max((rows for _name, rows in sheets), key=len, default=[]), None


def _heading(rows: Sequence[Row], wanted: Map) -> Head | None:
    try:
        return find_heading(rows, wanted)
    except Invalid:
        return None


def read_table(rows: Sequence[Row], wanted: Map, currency: str = "CNY") -> tuple[Statement, ...]:
    """Statements of a table. `currency` is the account's, used where neither file nor map names one. Invalid when no
    heading row is found."""
    head, found, headings = find_heading(rows, wanted)
    said = preamble(rows[:head])
    groups: dict[tuple[str, str], Group] = {}
    default = currency_of(wanted.currency) or currency_of(said.currency) or currency
    body = rows[head + 1 :]
    names = [shown(h) or str(i) for i, h in enumerate(headings, 1)]
    style = date_style(body, found, wanted)
    at = {name: places[0] for name, places in found.items() if places}
    sheet = _Sheet(headings, names, found, at, wanted, default, style, _signed_out(body, found, wanted))
    again = [fold(c) for c in headings if c]
    for number, cells in body:
        if cells[:1] == headings[:1] and [fold(c) for c in cells if c] == again:
            continue  # the heading again, at the top of the next page
        if is_footer(cells, found, wanted, said, number):
            continue
        account, money, line, bad, amount = _line(number, cells, sheet)
        group = groups.setdefault((account or said.account or wanted.account, money), Group())
        if line is not None:
            group.lines.append(line)
        if bad is not None:
            group.bad.append((bad, amount))
    if not groups:
        groups[(said.account or wanted.account, default)] = Group()
    _join_strays(groups, default)
    alone = len(groups) == 1
    return tuple(statement_of(a, c, g, said if alone else Said(), wanted) for (a, c), g in groups.items())


def _join_strays(groups: dict[tuple[str, str], Group], default: str) -> None:
    """Rows that only failed (no account could be read from them) belong to the statement beside them."""
    if len(groups) < 2:
        return
    for key in [k for k, g in groups.items() if not g.lines]:
        others = [k for k in groups if k != key and (not key[0] or k[0] == key[0])]
        home = next((k for k in others if k[1] == default), others[0] if others else None)
        if home is not None:
            groups[home].bad.extend(groups.pop(key).bad)


def find_heading(rows: Sequence[Row], wanted: Map) -> Head:
    """(index of the heading row, field to its columns). Invalid when no row names at least a date and an amount."""
    best: tuple[int, int, dict[str, list[int]], Sequence[str]] | None = None
    for i, (_number, cells) in enumerate(rows[wanted.skip : _HEAD_WITHIN + wanted.skip], start=wanted.skip):
        if wanted.header:
            have = {fold(c) for c in cells} | {fold(cols._plain(c)) for c in cells}
            if not all(fold(m) in have for m in wanted.header):
                continue
        found, at, said = cols.locate(cells, wanted), i, cells
        if not {"in", "out"} <= set(found) and i + 1 < len(rows) and (two := _two_rows(cells, rows[i + 1][1])):
            below = cols.locate(two, wanted)
            if {"in", "out"} <= set(below) and cols.good_heading(below):
                found, at, said = below, i + 1, two
        if cols.good_heading(found) and (best is None or len(found) > best[1]):
            best = (at, len(found), found, said)
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
    return best[0], best[2], best[3]


def _two_rows(above: Sequence[str], below: Sequence[str]) -> list[str]:
    """A heading of two rows with merged cells (金额 over 借方 and 贷方, 对方 over 户名 and 账号) as one; [] where the second is
    none."""
    if sum(bool(c) for c in below) < 2 or any(len(c) > 20 or any(x.isdigit() for x in c) for c in below):
        return []
    out, over = [], ""
    for i in range(max(len(above), len(below))):
        top, sub = above[i] if i < len(above) else "", below[i] if i < len(below) else ""
        over = top or (over if sub else "")
        out.append(("对方" if sub and "对方" in over and "对方" not in sub else "") + (sub or top))
    return out


def _signed_out(rows: Sequence[Row], found: dict[str, list[int]], wanted: Map) -> bool:
    out = wanted.out_marks or cols.OUT_MARKS
    if "amount" in found:
        texts = [
            cell_of(c, found, "amount") for _n, c in rows if "flag" in found and fold(cell_of(c, found, "flag")) in out
        ]
    else:
        texts = [cell_of(c, found, "out") for _n, c in rows]
    written = [t for t in texts if re.search(r"[1-9]", t)]
    return bool(written) and all(t.startswith(("-", "−", "(")) for t in written)


# Signs that nobody sees: of no width, and those that turn the direction of what follows.
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
Wrong = Callable[..., None]


def _line(
    number: int, cells: list[str], sheet: _Sheet
) -> tuple[str, str, StatementLine | None, BadLine | None, int | None]:
    """(account, currency, line or None, bad or None, amount where it could be read)."""
    headings, found, wanted, style = sheet.headings, sheet.found, sheet.map, sheet.style
    whole_row = "".join(cells)
    damaged = is_damaged(whole_row)
    raw = {h: shown(c) if damaged else c for h, c in zip(sheet.names, cells, strict=False) if c}
    if not whole_row.isascii() and _UNSEEN.search(whole_row):
        cells = [_UNSEEN.sub("", c) for c in cells]  # as written they stay in `raw`
    faults: list[Fault] = []

    def wrong(name: str, value: str, reason: Say, remedy: Say | None = None) -> None:
        places = found.get(name)
        label = headings[places[0]] if places and places[0] < len(headings) else name
        faults.append(Fault(shown(label) or name, shown(value)[:200], reason, remedy, number))

    at, have = sheet.at, len(cells)

    def get(name: str) -> str:
        place = at.get(name, have)
        return cells[place] if place < have else ""

    if len([c for c in cells[len(headings) :] if c]):
        raw["…"] = shown(" | ".join(cells[len(headings) :]))
        faults.append(
            Fault("row", shown(" | ".join(cells))[:200], _("The row has %(have)s cells, the heading %(want)s.", have=len(cells),
                  want=len(headings)), _("Put a cell that holds a comma in quotation marks."), number)
        )  # fmt: skip
    for name, places in found.items() if damaged else ():
        for place in places:
            if place < len(cells) and is_damaged(cells[place]):
                wrong(name, cells[place], _("These bytes are not of the alphabet in which the rest of the file is written."),
                      _("Save the file again as UTF-8 or GB18030."))  # fmt: skip
    currency = sheet.currency
    if get("currency"):
        currency = currency_of(get("currency"))
        if not currency:
            wrong("currency", get("currency"), _("There is no such currency."))
            currency = sheet.currency
    booked = _read_date(get("date"), style, "date", wrong) if "date" in found else None
    value = _read_date(get("value"), style, "value", wrong) if get("value") else None
    amount = _amount(cells, sheet, currency, wrong)
    balance: int | None = None
    if get("balance").lower() not in NOTHING:
        try:
            balance = minor(get("balance"), currency, wanted.decimal)
        except ValueError:
            wrong("balance", get("balance"), _("This is not an amount."))
    account = _packed(get("account"))
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
        payer_account=_packed(get(side[1]))[:60],
        payer_bank=get(side[2])[:200],
        remark=_joined(cells, found.get("remark", []))[:1000],
        reference=_joined(cells, found.get("reference", []))[:200],
        serial=get("serial")[:120],
        balance=balance,
        raw=raw,
        reversed=_taken_back(cells, sheet, amount),
    )
    return account, currency, line, None, amount


_SPACE = re.compile(r"\s")


def _packed(text: str) -> str:
    """A number without the blanks between its groups."""
    return text if text.isalnum() else _SPACE.sub("", text)


def _taken_back(cells: Sequence[str], sheet: _Sheet, amount: int) -> bool:
    """Whether the row stands in the column, or bears the mark, of the other direction (红字), or is marked so (冲贷)."""
    found, wanted = sheet.found, sheet.map
    if "amount" not in found:
        side = "in" if amount < 0 else "out"
        return any(c in "123456789" for c in cell_of(cells, found, side))
    mark = fold(cell_of(cells, found, "flag"))
    if mark in cols.IN_REVERSED | cols.OUT_REVERSED:
        return True
    return amount < 0 and bool(mark) and (mark in wanted.in_marks or (not wanted.in_marks and mark in cols.IN_MARKS))


def _joined(cells: Sequence[str], places: Sequence[int]) -> str:
    seen: list[str] = []
    for i in places:
        text = cells[i] if i < len(cells) else ""
        if text and text not in seen and text not in {"-", "--", "/", "无"}:
            seen.append(text)
    return " ".join(seen)


def _read_date(text: str, style: str, name: str, wrong: Wrong) -> date | None:
    try:
        found = date_of(text, style)
    except (ValueError, OverflowError):
        if not text:
            wrong(name, text, _("The date is missing."))
        elif looks_like_date(text):
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
        text = cell_of(cells, found, name)
        if text.lower() in NOTHING:
            return 0
        if other_money(text, currency):
            wrong(
                name,
                text,
                _("This amount is in another currency than the row, which is in %(currency)s.", currency=currency),
            )
            return None
        try:
            return minor(text, currency, wanted.decimal)
        except ValueError:
            if text.startswith(("=", "@")):
                wrong(name, text, _("This is a formula, not an amount."), _("Write the amount itself."))
            else:
                try:
                    number_of(text, wanted.decimal)
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
            mark = fold(cell_of(cells, found, "flag"))
            if mark in cols.IN_REVERSED | cols.OUT_REVERSED and not (wanted.in_marks or wanted.out_marks):
                amount = abs(amount) if mark in cols.IN_REVERSED else -abs(amount)
            elif mark in wanted.in_marks or (not wanted.in_marks and mark in cols.IN_MARKS):
                pass
            elif mark in wanted.out_marks or (not wanted.out_marks and mark in cols.OUT_MARKS):
                amount = amount if sheet.signed_out and amount < 0 else -amount
            elif not mark and amount < 0:
                pass
            else:
                wrong("flag", cell_of(cells, found, "flag"), _("This says neither money in nor money out."))
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
                f"{cell_of(cells, found, 'in')} / {cell_of(cells, found, 'out')}",
                _("Money in and money out stand in one row."),
            )
            return None
        amount = money_in + money_out if sheet.signed_out and money_out < 0 else money_in - money_out
    if amount == 0:
        wrong("amount" if "amount" in found else "in", "0", _("The row moves no money."))
        return None
    return amount
