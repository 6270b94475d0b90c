"""SWIFT MT940 and MT942, as banks write them rather than as the standard does.

The mt-940 library knows the fields and the banks' habits; it is asked field by field, so that one bad field costs one
line and not the file. What it leaves to us is decided here: a reversed credit (RC) is money out, a reversed debit (RD)
money in, the 30th of February of banks that count 30 days a month is the month's last day, and opening + movements =
closing for every statement.
"""

from __future__ import annotations

import calendar
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from mt940 import tags
from mt940.models import Transactions
from mt940.options import Options
from mt940.processors import transaction_details_post_processor

from huikuan.connectors.bank.charset import shown
from huikuan.connectors.bank.types import BadLine, Statement, StatementLine
from huikuan.kit.charset import is_damaged
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.money import BIGGEST, Money, exponent
from huikuan.kit.words import Say, _

logging.getLogger("mt940").setLevel(logging.CRITICAL)

_TAG = re.compile(r"^\s{0,3}:(?P<tag>\d{2}[A-Z]?|NS):(?P<rest>.*)$")
_EMPTY = Transactions(options=Options.all())
# The stock rule first, then the two banks that write longer references than the standard allows.
_LINES = (tags.Statement(), tags.StatementGLS(), tags.StatementASNB())
_DETAILS = tags.TransactionDetails()
_BALANCE = re.compile(r"^\s*(?P<mark>[DC])(?P<day>\d{6})(?P<currency>[A-Z]{3})?\s*(?P<amount>[\d,.]{1,24})\s*$")
# An amount has its comma, and the kind of movement stands behind it.
_AMOUNT = re.compile(r"(?P<amount>\d{1,18}[,.]\d{0,5})(?=[A-Z]|\s|$)")
_SUM = re.compile(r"^\s*(?P<count>\d{1,5})(?P<currency>[A-Z]{3})(?P<amount>[\d,.]{1,18})\s*$")


@dataclass(slots=True)
class _Message:
    """The fields of one statement, in the order in which they came."""

    row: int = 0
    account: str = ""
    number: str = ""
    currency: str = ""
    stated: str = ""  # the currency that the first balance says
    opening: int | None = None
    closing: int | None = None
    since: date | None = None
    until: date | None = None
    part: bool = False  # the opening is carried from an earlier page of the same statement (60M)
    sums: dict[str, tuple[int, int]] = field(default_factory=dict)  # :90C: and :90D: of an MT942
    interim: bool = False
    entries: list[_Entry] = field(default_factory=list)
    faults: list[BadLine] = field(default_factory=list)
    begun: bool = False


@dataclass(slots=True)
class _Entry:
    row: int
    text: str
    details: list[str] = field(default_factory=list)


def read_mt940(text: str, currency: str = "CNY") -> tuple[str, tuple[Statement, ...]]:
    """("mt940" or "mt942", statements). `currency` is the account's, for files that name none. Raises Invalid when there
    is no statement at all in the text."""
    statements: list[Statement] = []
    interim = False
    found = False
    for message in _messages(text):
        found = True
        interim = interim or message.interim
        statements.append(_statement(message, currency))
    if not found:
        raise Invalid.one(
            "file",
            shown(text[:60]),
            _("There is no statement in this file."),
            _("Give an MT940 file as the bank sends it."),
        )
    return ("mt942" if interim else "mt940"), tuple(statements)


def _fields(text: str) -> Iterator[tuple[int, str, str]]:
    """(row, tag, text) of each field; envelope and trailer lines of SWIFT blocks belong to none."""
    row, tag, parts = 0, "", []  # type: int, str, list[str]
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        line = re.sub(r"^(\{\d:[^{}]*\})+", "", raw.lstrip("\x01\x0b\ufeff"))
        line = re.sub(r"^\{4:\s*", "", line)
        match = _TAG.match(line)
        if match:
            if tag:
                yield row, tag, "\n".join(parts).rstrip()
            row, tag, parts = number, match["tag"], [match["rest"]]
        elif re.match(r"^\s*-(\}.*|\x03|XXX)?\s*$", line):
            if tag:
                yield row, tag, "\n".join(parts).rstrip()
            tag, parts = "", []
            yield number, "-", ""
        elif tag:
            parts.append(line)
    if tag:
        yield row, tag, "\n".join(parts).rstrip()


def _messages(text: str) -> Iterator[_Message]:
    now = _Message()
    for row, tag, value in _fields(text):
        if tag == "-" or (tag == "20" and now.begun):
            if now.begun:
                yield now
            now = _Message()
            if tag == "-":
                continue
        if not now.begun:
            now.begun, now.row = True, row
        _take(now, row, tag, value)
    if now.begun:
        yield now


def _take(now: _Message, row: int, tag: str, value: str) -> None:
    if tag == "25" and not now.account:  # a second one is a damaged :86:
        now.account, money = _account(value)
        now.currency = now.currency or money
    elif tag in {"28", "28C"}:
        now.number = value.strip()[:40]
    elif tag in {"60F", "60M", "60"}:
        now.part = tag == "60M"
        _balance(now, row, tag, value, "opening")
    elif tag in {"62F", "62M", "62"}:
        _balance(now, row, tag, value, "closing")
    elif tag == "61":
        now.entries.append(_Entry(row, value))
    elif tag == "86":
        if now.entries and now.closing is None:
            now.entries[-1].details.append(value)
    elif tag == "NS":
        if now.entries:
            now.entries[-1].details.append(value)
    elif tag in {"34F", "13D", "13"}:
        now.interim = True
        floor = re.match(r"\s*([A-Z]{3})", value) if tag == "34F" else None
        now.currency = now.currency or (floor[1] if floor else "")
    elif tag in {"90C", "90D"}:
        now.interim = True
        match = _SUM.match(value)
        if match and _is_currency(match["currency"]):
            now.currency = now.currency or match["currency"]
            try:
                now.sums[tag] = (int(match["count"]), _minor(match["amount"], match["currency"]))
            except ValueError:
                fault = Fault(f":{tag}:", shown(match["amount"])[:40], _("This is not an amount."), _RESEND, row)
                now.faults.append(BadLine(row, (fault,), {f":{tag}:": shown(value)[:200]}))


def _account(value: str) -> tuple[str, str]:
    """(account, currency): "50880050/0194774600888", "…0123EUR" and "…/HUF" are all seen."""
    text = re.sub(r"[\"']", "", value.split("\n")[0]).strip()[:60]
    match = re.match(r"^(.*\d)[ /]?([A-Z]{3})$", text)
    if match and _is_currency(match[2]):
        return match[1].rstrip("/ "), match[2]
    return text, ""


def _is_currency(code: str) -> bool:
    try:
        exponent(code)
    except ValueError:
        return False
    return True


def _balance(now: _Message, row: int, tag: str, value: str, which: str) -> None:
    match = _BALANCE.match(value.split("\n")[0])
    money = (match["currency"] if match else None) or now.currency
    reason: Say | None = None
    if not match:
        reason = _("This is not a balance.")
    elif money and not _is_currency(money):
        reason = _("There is no such currency.")
    elif now.stated and match["currency"] and match["currency"] != now.stated:
        reason = _("The statement is in %(own)s, this balance is in %(balance)s.", own=now.stated, balance=money)
    if reason is None and match:
        try:
            amount = _minor(match["amount"], money or "CNY")
            day = _day(match["day"][:2], match["day"][2:4], match["day"][4:6])
        except ValueError:
            reason = _("This is not a balance.")
    if reason is not None:
        now.faults.append(
            BadLine(row, (Fault(f":{tag}:", shown(value)[:80], reason, _RESEND, row),), {f":{tag}:": shown(value)})
        )
        return
    assert match
    now.currency, now.stated = now.currency or (money or ""), now.stated or match["currency"] or ""
    amount = -amount if match["mark"] == "D" else amount
    if which == "opening" and now.opening is None:
        now.opening, now.since = amount, day
    elif which == "closing":
        now.closing, now.until = amount, day


_RESEND = _("Ask the bank for the statement again.")


def _minor(text: str, currency: str) -> int:
    """ "1234,5", "500," and "000000147,64" in minor units; ValueError otherwise."""
    clean = text.strip()
    if "," in clean:
        clean = clean.replace(".", "") if clean.rfind(".") < clean.rfind(",") else clean
        whole, _comma, part = clean.partition(",")
    else:
        whole, _comma, part = clean.partition(".")
    if not (whole or part) or not (whole or "0").isdigit() or (part and not part.isdigit()):
        raise ValueError(text)
    places = exponent(currency)
    if len(part.rstrip("0")) > places:
        raise ValueError(text)
    value = int((whole or "0") + part[:places].ljust(places, "0"))
    if value > BIGGEST:
        raise ValueError(text)
    return value


def _day(year: str, month: str, day: str) -> date:
    """A date of two-digit parts. February of 30 days, which banks that count 30 days a month write, ends on its last."""
    y, m, d = 2000 + int(year), int(month), int(day)
    if y > 2079:
        y -= 100
    if m == 2 and d in (29, 30):
        d = min(d, calendar.monthrange(y, 2)[1])
    return date(y, m, d)


def _statement(message: _Message, currency: str) -> Statement:
    money = message.currency or currency
    if not _is_currency(money):
        money = currency
    lines: list[StatementLine] = []
    bad = list(message.faults)
    unread: list[int | None] = [0] * len(bad)  # what each of them moves
    for entry in message.entries:
        read = _entry(entry, money)
        if isinstance(read, StatementLine):
            lines.append(read)
        else:
            bad.append(read)
            unread.append(read.amount)
    days = [x.booking_date for x in lines]
    statement = Statement(
        account=message.account,
        currency=money,
        opening=message.opening,
        closing=message.closing,
        since=min([*days, *([message.since] if message.since else [])], default=None),
        until=max([*days, *([message.until] if message.until else [])], default=None),
        lines=tuple(lines),
        bad=tuple(bad),
        number=message.number,
        part=message.part,
    )
    return replace(statement, broken=_broken(statement, message, unread))


def _broken(statement: Statement, message: _Message, unread: list[int | None]) -> Fault | None:
    ends = next((b for b in message.faults if any(f.field.startswith((":60", ":62")) for f in b.faults)), None)
    if message.entries and ends is not None:
        return ends.faults[0]  # what cannot be read cannot be proven
    if message.entries and message.opening is not None and message.closing is None and not message.interim:
        reason = _("The statement stops before its closing balance; its last movement may have been cut off.")
        return Fault(":62F:", "", reason, _RESEND, message.entries[-1].row)
    if None in unread:
        return None  # an unread line may hold the difference: the sums are checked again when it has been fixed
    aside = [a for a in unread if a]
    money, net = statement.currency, statement.net + sum(aside)
    if statement.opening is not None and statement.closing is not None and statement.opening + net != statement.closing:
        return Fault(
            ":62F:",
            Money(statement.closing, money).text(),
            _("Opening balance and movements give %(sum)s, the statement says %(closing)s.",
              sum=Money(statement.opening + net, money).text(grouped=True),
              closing=Money(statement.closing, money).text(grouped=True)),
            _RESEND,
            message.row,
        )  # fmt: skip
    for tag, sign in (("90C", 1), ("90D", -1)):
        if tag in message.sums:
            count, amount = message.sums[tag]
            mine = [sign * x for x in (*(x.amount for x in statement.lines), *aside) if sign * x > 0]
            if (len(mine), sum(mine)) != (count, amount):
                return Fault(
                    f":{tag}:",
                    f"{count} {Money(amount, money).text()}",
                    _("The statement counts %(want)s movements of %(total)s, its lines give %(have)s of %(sum)s.", want=count,
                      total=Money(amount, money).text(grouped=True), have=len(mine), sum=Money(sum(mine), money).text(grouped=True)),
                    _RESEND,
                    message.row,
                )  # fmt: skip
    return None


def _entry(entry: _Entry, currency: str) -> StatementLine | BadLine:
    raw = {":61:": shown(entry.text), **({":86:": shown("\n".join(entry.details))} if entry.details else {})}
    faults: list[Fault] = []

    def wrong(value: str, reason: Say) -> None:
        faults.append(Fault(":61:", shown(value)[:120], reason, _RESEND, entry.row))

    data: dict[str, str | None] = {}
    text, match = "", None
    if is_damaged(entry.text):
        wrong(entry.text, _("These bytes are not of the alphabet in which the rest of the file is written."))
    else:
        text = "\n".join(x.rstrip() for x in entry.text.split("\n"))
        text = re.sub(r"^(\d{6}(?:\d{4}|\s{4})?R?[DC]) ", r"\1", text)
        for rule in _LINES:
            match = rule.re.match(text[:2000])
            if match:
                data = match.groupdict()
                break
        else:
            wrong(entry.text, _("This is not a movement."))
    if faults:
        return BadLine(entry.row, tuple(faults), raw)
    value = booked = date.min
    try:
        value = _day(data["year"] or "", data["month"] or "", data["day"] or "")
        booked = _booked(value, data.get("entry_month"), data.get("entry_day"))
    except ValueError:
        wrong(f"{data['year']}{data['month']}{data['day']}", _("There is no such date."))
    amount = 0
    written = _AMOUNT.match(text[match.start("amount") :]) if match else None
    try:
        # what the rule took for the amount may be the beginning of a damaged one, or of one that was cut off
        amount = _minor(written["amount"] if written else "", currency)
    except ValueError:
        wrong(text[match.start("amount") :][:40] if match else "", _("This is not an amount."))
    if not faults and not amount:
        fault = Fault(":61:", shown(entry.text)[:120], _("The row moves no money."), None, entry.row)
        return BadLine(entry.row, (fault,), raw, 0)
    mark = (data["status"] or "").upper()
    amount = -amount if mark in {"D", "RC"} else amount
    if faults:
        return BadLine(entry.row, tuple(faults), raw, amount or None)
    told = _told(entry.details)
    reference = (data.get("customer_reference") or "").strip()
    extra = (data.get("extra_details") or "").strip()
    serial = (data.get("bank_reference") or "").strip()
    party = re.match(r"^([A-Z]{2}\d{2}[A-Z0-9]{10,30})$", reference)  # ASN and others put the payer's IBAN here
    if party and not told.account:
        told = replace(told, account=party[1], name=told.name or extra)
    return StatementLine(
        row=entry.row,
        value_date=value,
        booking_date=booked,
        amount=amount,
        currency=currency,
        payer_name=told.name[:300],
        payer_account=told.account[:60],
        payer_bank=told.bank[:200],
        remark=" ".join(
            x for x in (told.text, extra if extra not in told.name and extra not in told.text else "") if x
        )[:1000],
        reference="" if reference in {"NONREF", "KREF", "EREF", ""} or party else reference[:200],
        serial="" if serial.upper() == "NONREF" else serial[:120],
        raw=raw,
        reversed=mark in {"RC", "RD"},
    )


def _booked(value: date, month: str | None, day: str | None) -> date:
    """The entry date has no year: it is the one nearest to the value date."""
    if not (month and day and month.strip() and day.strip()):
        return value
    best = None
    for year in (value.year - 1, value.year, value.year + 1):
        try:
            found = _day(f"{year % 100:02d}", month, day)
        except ValueError:
            continue
        if best is None or abs((found - value).days) < abs((best - value).days):
            best = found
    if best is None:
        raise ValueError(month + day)
    return best


@dataclass(frozen=True, slots=True)
class _Told:
    """What :86: says."""

    name: str = ""
    account: str = ""
    bank: str = ""
    text: str = ""


def _told(details: list[str]) -> _Told:
    whole = "\n".join(details).strip()[:6000]
    if not whole:
        return _Told()
    if re.match(r"^\d{3}\?\d{2}", whole.replace("\n", "")):
        got: dict[str, str | None] = {}
        try:
            got = transaction_details_post_processor(
                _EMPTY, _DETAILS, {"transaction_details": whole}, {"transaction_details": whole}
            )
        except (KeyError, IndexError, ValueError):
            got = {}
        text = " ".join(
            str(got[k])
            for k in ("purpose", "end_to_end_reference", "additional_purpose")
            if got.get(k) and got[k] != "NOTPROVIDED"
        )
        return _Told(
            name=re.sub(r"\s{2,}", " ", got.get("applicant_name") or "").strip(),
            account=(got.get("applicant_iban") or got.get("gvc_applicant_iban") or "").strip(),
            bank=(got.get("applicant_bin") or got.get("gvc_applicant_bin") or "").strip(),
            text=re.sub(r"\s+", " ", text).strip(),
        )
    if re.search(r"(^|\n|/)/?(BENM|ORDP|NAME|EREF|REMI|IBAN|CNTP)/", whole):
        return _slashed(whole.replace("\n", ""))
    iban = re.search(r"(?:^|\s)([A-Z]{2}\d{2}[A-Z0-9]{11,30})(?:\s|$)", whole)
    polish = re.search(r"OD:\s*(.+?)(?:\s{2,}|;|\n)", whole)
    return _Told(
        name=polish[1].strip() if polish else "",
        account=iban[1] if iban else "",
        text=re.sub(r"\s+", " ", whole).strip(),
    )


def _slashed(text: str) -> _Told:
    """/EREF/…/NAME/…/REMI/… as Dutch and other banks write it."""
    parts = re.split(
        r"/(BENM|ORDP|NAME|EREF|REMI|IBAN|CNTP|BIC|ISDT|TRTP|MARF|CSID|ADDR|RTRN|PREF|TRCD|PURP|OCMT|IACC|CHGS)/",
        "/" + text.lstrip("/"),
    )
    got: dict[str, list[str]] = {}
    for key, value in zip(parts[1::2], parts[2::2], strict=False):
        if value.strip("/ "):
            got.setdefault(key, []).append(value.strip("/ "))
    cntp = got.get("CNTP", [""])[0].split("/")
    return _Told(
        name=" ".join(got.get("NAME", [])) or (cntp[2] if len(cntp) > 2 else ""),
        account=" ".join(got.get("IBAN", [])) or cntp[0],
        bank=" ".join(got.get("BIC", [])) or (cntp[1] if len(cntp) > 1 else ""),
        text=" ".join(got.get("REMI", []) + got.get("EREF", [])),
    )
