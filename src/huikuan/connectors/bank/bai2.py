"""BAI2 (BTRS): the cash report of American banks, and of others that serve American groups.

Records are lines of comma fields that end with "/": 01 file, 02 group (day and currency), 03 account with its summary
codes, 16 movement, 88 goes on with the record before it, 49, 98 and 99 close account, group and file with control
totals and counts of records. Amounts have the currency's places and no point. Facts: the record layouts and the table of
uniform type codes of the Cash Management Balance Reporting Specifications, version 2 (2005).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from huikuan.connectors.bank.charset import shown
from huikuan.connectors.bank.types import BadLine, Statement, StatementLine
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.money import BIGGEST, Money, exponent
from huikuan.kit.text import whole
from huikuan.kit.words import Say, _

_RESEND = _("Ask the bank for the file again.")
_NOTE = "890"  # text between the movements, which moves no money
# Credits and debits; 920-959 and 960-999 are a bank's own. The rest says nothing of a side: 001-099 and 900-919 are states
# of the account, 700-799 loans.
_SIDES = ((range(100, 400), 1), (range(920, 960), 1), (range(400, 700), -1), (range(960, 1000), -1))
OPENING, CLOSING, CREDITS, DEBITS = "010", "015", "100", "400"
# Movements that take an earlier one back. Out: EDI return item, credit reversal, correction of a posting error, deposited
# item returned, ACH return item and reversal, return item, deposit reversal. In: the same of what had gone out.
_BACK = frozenset(
    ("423", "552", "554", "555", "557", "558", "566", "694", "123", "252", "254", "255", "257", "258", "266", "395")
)
# What the table calls a total: of the movements of one kind, for the account's record. As a movement it counts them twice.
_TOTALS = frozenset(
    "100 101 107 109 110 130 131 140 146 150 160 170 180 182 185 186 188 190 200 205 207 210 215 230 231 239 250 251 256 260"
    " 270 271 280 285 294 303 304 305 307 309 310 315 316 318 320 321 324 325 330 338 340 341 343 352 356 360 361 370 385 389"
    " 390 400 401 403 405 410 412 416 430 446 450 470 471 480 482 486 490 500 505 507 510 515 530 532 537 539 550 551 556 560"
    " 570 580 583 584 588 590 594 596 601 602 610 611 612 613 614 615 617 618 621 623 625 640 655 670 685 690".split()
)
_DIGITS = re.compile(r"[+-]?\d{1,18}")


@dataclass(slots=True)
class _Record:
    """One record with its continuations: `row` where it begins, `fields` without the closing slash, `lines` its rows."""

    row: int
    code: str
    fields: list[str]
    text: str
    lines: int = 1


@dataclass(slots=True)
class _Account:
    row: int
    number: str
    currency: str
    sums: dict[str, int] = field(default_factory=dict)
    counted: dict[str, tuple[int, int | None]] = field(default_factory=dict)  # code: (amount, items)
    lines: list[StatementLine] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    total: int = 0  # of every amount in 03 and 16, as the control total counts them
    records: int = 0
    day: date = date.min
    broken: Fault | None = None


def read_bai2(text: str, currency: str = "USD") -> tuple[Statement, ...]:
    """Statements, one an account and group. `currency` is the account's, where neither account nor group names one.
    Invalid when the file has no header or no account."""
    out: list[_Account] = []
    group: list[_Account] = []
    file: list[_Account] = []
    group_sum = file_sum = 0
    group_records = file_records = groups = 0
    day, money = date.min, ""
    account: _Account | None = None
    begun = ended = False
    for record in _records(text):
        file_records += record.lines
        if record.code == "01":
            begun = True
        elif record.code == "02":
            group, group_sum, group_records, groups = [], 0, record.lines, groups + 1
            day, money = _group_day(record), _get(record, 7)  # 6 is the time of day
            account = None
        elif record.code == "03":
            account = _open(record, day, money, currency)
            group.append(account)
            file.append(account)
            out.append(account)
            group_records += record.lines
        elif record.code == "16":
            group_records += record.lines
            if account is None:
                raise _stray(record)
            account.records += record.lines
            _movement(account, record)
        elif record.code == "49":
            group_records += record.lines
            if account is None:
                raise _stray(record)
            account.records += record.lines
            group_sum += _close(account, record)
            account = None
        elif record.code == "98":
            group_records += record.lines
            _check(group, record, group_sum, len(group), group_records)
            file_sum += group_sum
        elif record.code == "99":
            ended = True
            _check(file, record, file_sum, groups, file_records)
        else:
            raise Invalid.one(
                "record", shown(record.code)[:20], _("BAI2 knows no such record."), _RESEND, row=record.row
            )
    if not begun or not out:
        raise Invalid.one("file", shown(text[:60]), _("There is no account in this BAI2 file."), _RESEND)
    if not ended:
        cut = Fault("99", "", _("The file stops before its last record."), _RESEND)
        for one in out:
            one.broken = one.broken or cut
    return tuple(_statement(a) for a in out)


def _records(text: str) -> Iterator[_Record]:
    now: _Record | None = None
    for row, raw in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        line = raw.strip("\x00\x1a\ufeff").rstrip()
        if not line:
            continue
        code, _comma, rest = line.partition(",")
        code = code.strip().rstrip("/")
        if code == "88" and now is not None:
            now.lines += 1
            mark = " " if now.code == "16" else ","  # a movement's text goes on; an account's list of codes too
            now.text = now.text.rstrip().removesuffix("/") + mark + rest
            continue
        if now is not None:
            yield _split(now)
        if not re.fullmatch(r"\d\d", code):
            raise Invalid.one("record", shown(line)[:40], _("This line is no BAI2 record."), _RESEND, row=row)
        now = _Record(row, code, [], rest)
    if now is not None:
        yield _split(now)


def _split(record: _Record) -> _Record:
    """Fields of a record. A movement's end in a text that may hold commas: `_movement` joins them again."""
    body = record.text
    if record.code != "16":
        body = re.sub(r"/(?=,|$)", "", body.strip())
        record.fields = [x.strip() for x in body.split(",")]
    else:
        record.fields = body.split(",")
    return record


def _get(record: _Record, place: int) -> str:
    """The field at its place of the layout, where the record code is 1."""
    return record.fields[place - 2].strip().rstrip("/") if len(record.fields) > place - 2 else ""


def _stray(record: _Record) -> Invalid:
    return Invalid.one("record", record.code, _("This record belongs to no account."), _RESEND, row=record.row)


def _group_day(record: _Record) -> date:
    text = _get(record, 5)
    try:
        return _day(text)
    except ValueError:
        raise Invalid.one("02", shown(text)[:20], _("There is no such date."), _RESEND, row=record.row) from None


def _day(text: str) -> date:
    """YYMMDD or YYYYMMDD; ValueError otherwise."""
    if len(text) == 6 and text.isdigit():
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    if len(text) == 8 and text.isdigit():
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    raise ValueError(text)


def _minor(text: str) -> int:
    """Signed digits without a point; ValueError otherwise. "" is 0."""
    clean = text.strip()
    if not clean:
        return 0
    if not _DIGITS.fullmatch(clean) or abs(int(clean)) > BIGGEST:
        raise ValueError(text)
    return int(clean)


def _open(record: _Record, day: date, group_money: str, currency: str) -> _Account:
    money = _get(record, 3) or group_money or currency
    fault: Fault | None = None
    try:
        exponent(money)
    except ValueError:
        fault = Fault("03", shown(money)[:20], _("There is no such currency."), _RESEND, record.row)
        money = currency
    account = _Account(record.row, _get(record, 2)[:60], money, day=day, records=record.lines, broken=fault)
    rest = record.fields[2:]
    while rest:
        code, amount, items, funds = ([*rest, "", "", "", ""])[:4]
        code, items, funds = code.rstrip("/"), items.rstrip("/"), funds.rstrip("/")
        used = 4 + _extra(funds, rest[4:])
        if code:
            try:
                value = _minor(amount.rstrip("/"))
                account.counted.setdefault(code, (value, whole(items)))
                account.total += value
            except ValueError:
                account.broken = account.broken or Fault(
                    code, shown(amount)[:40], _("This is not an amount."), _RESEND, record.row
                )
        rest = rest[used:]
    return account


def _extra(funds: str, after: list[str]) -> int:
    """How many fields a funds type brings with it: S three, V two (date, time), D a count and so many pairs."""
    kind = funds.strip().rstrip("/").upper()
    if kind == "S":
        return 3
    if kind == "V":
        return 2
    if kind == "D" and after and (pairs := whole(after[0].strip())) is not None:
        return 1 + 2 * pairs
    return 0


def _side(code: str) -> int:
    """+1 for a credit, -1 for a debit, 0 where the code does not say."""
    number = whole(code)
    return next((sign for codes, sign in _SIDES if number in codes), 0)


def _movement(account: _Account, record: _Record) -> None:
    raw = {"16": shown(record.text)[:600]}
    fields = record.fields

    def wrong(name: str, value: str, reason: Say, moves: int | None = None) -> None:
        fault = Fault(name, shown(value)[:60], reason, _RESEND, record.row)
        account.bad.append(BadLine(record.row, (fault,), _fields(account, fields) | {"…": raw["16"]}, moves))

    code, amount, funds = (x.strip() for x in ([*fields, "", "", ""])[:3])
    if code.rstrip("/") == _NOTE:
        return None
    try:
        minor = _minor(amount.rstrip("/"))
    except ValueError:
        return wrong("16", amount, _("This is not an amount."))
    account.total += minor
    sign = _side(code)
    if not sign:
        return wrong("16", code, _("Type code %(code)s says neither credit nor debit.", code=shown(code)[:10]))
    if not minor:
        return wrong("16", amount, _("The row moves no money."), 0)
    if code in _TOTALS:  # what it moves, nothing or that much, the statement's balances may tell: nobody guesses
        reason = _("Type code %(code)s is a total of movements, not a movement.", code=code)
        return wrong("16", code, reason)
    after = fields[3:]
    used = _extra(funds, after)
    value = account.day
    if funds.upper() == "V" and after and after[0].strip():
        try:
            value = _day(after[0].strip())
        except ValueError:
            return wrong("16", after[0], _("There is no such date."), sign * minor)
    rest = after[used:]
    bank, customer = (x.strip() for x in ([*rest, "", ""])[:2])
    # the text is the rest of the record with its commas; a slash at its very end closes the record
    remark = ",".join(rest[2:]).strip().removesuffix("/").strip()
    account.lines.append(
        StatementLine(
            row=record.row, value_date=value, booking_date=account.day, amount=sign * minor, currency=account.currency,
            remark=re.sub(r"\s+", " ", shown(remark))[:1000], reference=shown(customer.rstrip("/"))[:200],
            serial=shown(bank.rstrip("/"))[:120], raw=raw,
            reversed=code in _BACK,
        )
    )  # fmt: skip
    return None


def _fields(account: _Account, fields: list[str]) -> dict[str, str]:
    """A movement that cannot be read, by the names of a map's fields: its amount with its sign and its point."""
    code, amount, funds = (x.strip().rstrip("/") for x in ([*fields, "", "", ""])[:3])
    rest = fields[3:][_extra(funds, fields[3:]) :]
    if _DIGITS.fullmatch(amount):
        amount = Money(int(amount), account.currency).text()
    sign = "-" if _side(code) < 0 else ""
    bank, customer = (x.strip().rstrip("/") for x in ([*rest, "", ""])[:2])
    told = {"date": account.day.isoformat(), "amount": sign + amount, "payer": "", "payer_account": "",
            "remark": ",".join(rest[2:]).strip().rstrip("/"), "reference": customer, "serial": bank}  # fmt: skip
    return {name: shown(text)[:300] for name, text in told.items()}


def _close(account: _Account, record: _Record) -> int:
    """Hold the account against its trailer. Gives the trailer's control total, of which the group's is made."""
    try:
        total, count = _minor(_get(record, 2)), int(_get(record, 3) or -1)
    except ValueError:
        account.broken = account.broken or Fault(
            "49", shown(_get(record, 2))[:40], _("This is not a control total."), _RESEND, record.row
        )
        return 0
    _hold([account], "49", record.row, (total, account.total), (count, account.records))
    return total


def _check(accounts: list[_Account], record: _Record, total: int, count: int, records: int) -> None:
    try:
        want, want_count, want_records = _minor(_get(record, 2)), int(_get(record, 3) or -1), int(_get(record, 4) or -1)
    except ValueError:
        fault = Fault(record.code, shown(record.text)[:40], _("This is not a control total."), _RESEND, record.row)
        for account in accounts:
            account.broken = account.broken or fault
        return
    _hold(accounts, record.code, record.row, (want, total), (want_count, count), (want_records, records))


def _hold(accounts: list[_Account], code: str, row: int, *pairs: tuple[int, int]) -> None:
    """Each pair is (what the bank says, what the file gives); the first that differs breaks the statements. -1: unsaid."""
    for want, have in pairs:
        if want not in (have, -1):
            reason = _("The bank's control figure is %(want)s, the file gives %(have)s.", want=want, have=have)
            for account in accounts:
                account.broken = account.broken or Fault(code, str(want), reason, _RESEND, row)
            return


def _statement(account: _Account) -> Statement:
    opening = account.counted[OPENING][0] if OPENING in account.counted else None
    closing = account.counted[CLOSING][0] if CLOSING in account.counted else None
    made = Statement(
        account=account.number, currency=account.currency, opening=opening, closing=closing, since=account.day, until=account.day,
        lines=tuple(account.lines), bad=tuple(account.bad), broken=account.broken,
    )  # fmt: skip
    if made.broken or any(b.amount is None for b in made.bad):
        return made
    net = made.net + sum(b.amount or 0 for b in made.bad)
    if opening is not None and closing is not None and opening + net != closing:
        money = account.currency
        reason = _("Opening balance and movements give %(sum)s, the statement says %(closing)s.",
                   sum=Money(opening + net, money).text(grouped=True),
                   closing=Money(closing, money).text(grouped=True))  # fmt: skip
        return replace(made, broken=Fault(CLOSING, Money(closing, money).text(), reason, _RESEND, account.row))
    for code, sign in ((CREDITS, 1), (DEBITS, -1)):
        if code in account.counted and account.lines and not made.bad:
            want, items = account.counted[code]
            mine = [x for x in account.lines if sign * x.amount > 0]
            have = sum(abs(x.amount) for x in mine)
            if want != have or (items is not None and items != len(mine)):
                reason = _("The bank's control figure is %(want)s, the file gives %(have)s.", want=want, have=have)
                return replace(made, broken=Fault(code, str(want), reason, _RESEND, account.row))
    return made
