"""ISO 20022 statements: camt.053, and the intraday and advice kinds camt.052 and camt.054, of any version.

Namespaces are not looked at: banks write versions .01 to .13, their own prefixes, or none. An entry's sign is its
CdtDbtInd, also where RvslInd says that it takes an earlier one back (a reversed credit is a debit entry). An entry that
pays for several (a batch) becomes one movement a payer where the parts are in the entry's currency and add up to it;
otherwise it stays one. What the bank calls pending or only for information is no money yet and is set aside with that
reason. Facts: ISO 20022 message definitions of camt.052/053/054.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from huikuan.connectors.bank.table import safe_xml
from huikuan.connectors.bank.types import BadLine, Statement, StatementLine
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.money import BIGGEST, Money, exponent
from huikuan.kit.text import whole
from huikuan.kit.words import Say, _

KINDS = {"BkToCstmrStmt": ("camt.053", "Stmt"), "BkToCstmrAcctRpt": ("camt.052", "Rpt"),
         "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn")}  # fmt: skip
_AMOUNT = re.compile(r"\d{1,18}(\.\d{0,8})?|\.\d{1,8}")
_RESEND = _("Ask the bank for the statement again.")
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class _Wrong(Exception):
    """One field that cannot be read."""

    fault: Fault


def read_camt(content: bytes, currency: str = "CNY") -> tuple[str, tuple[Statement, ...]]:
    """("camt.053", statements). `currency` is the account's, for files that name none. Invalid when the XML is none, or
    holds no statement."""
    root: Any = safe_xml(content)
    for message in root.iter():
        name = re.sub(r"V\d+$", "", _tag(message))
        if name in KINDS:
            kind, part = KINDS[name]
            whole_message = _page(_at(message, "GrpHdr", "MsgPgntn"))
            found = tuple(_statement(s, currency, whole_message) for s in _kids(message, part))
            if found:
                return kind, found
    raise Invalid.one(
        "file",
        _tag(root),
        _("There is no statement in this XML."),
        _("Give a camt.053, camt.052 or camt.054 file as the bank sends it."),
    )


def _tag(node: Any) -> str:
    name = node.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def _kids(node: Any, name: str) -> Iterator[Any]:
    return (kid for kid in node.iterchildren() if _tag(kid) == name)


def _at(node: Any, *path: str) -> Any:
    """The first node on this path of names, None where there is none. Names may be given as alternatives "A|B"."""
    for step in path:
        if node is None:
            return None
        names = step.split("|")
        node = next((kid for name in names for kid in _kids(node, name)), None)
    return node


def _text(node: Any, *path: str) -> str:
    found = _at(node, *path)
    return re.sub(r"\s+", " ", found.text or "").strip() if found is not None else ""


def _amount(node: Any, where: str) -> tuple[int, str]:
    """(minor units without sign, currency) of an Amt. _Wrong when it cannot be kept exactly."""
    row = node.sourceline if node is not None else None
    text = _text(node) if node is not None else ""
    money = (node.get("Ccy") or "").strip() if node is not None else ""
    try:
        places = exponent(money)
    except ValueError:
        raise _Wrong(Fault(where, money, _("There is no such currency."), _RESEND, row)) from None
    if not _AMOUNT.fullmatch(text):
        raise _Wrong(Fault(where, text[:60], _("This is not an amount."), _RESEND, row))
    whole, _dot, part = text.partition(".")
    if part[places:].strip("0"):
        raise _Wrong(
            Fault(where, text, _("%(currency)s has %(places)s decimal places.", currency=money, places=places), _RESEND, row)
        )  # fmt: skip
    minor = int((whole or "0") + part[:places].ljust(places, "0"))
    if minor > BIGGEST:
        raise _Wrong(Fault(where, text, _("This is not an amount."), _RESEND, row))
    return minor, money


def _sign(node: Any, where: str) -> int:
    mark = _text(node, "CdtDbtInd")
    if mark not in {"CRDT", "DBIT"}:
        raise _Wrong(Fault(where, mark, _("This is neither credit (CRDT) nor debit (DBIT)."), _RESEND, node.sourceline))
    return 1 if mark == "CRDT" else -1


def _day(node: Any, where: str) -> date | None:
    """The day of a Dt or DtTm below the node, as the bank wrote it (its own zone); None where there is none."""
    text = _text(node, "Dt|DtTm") or _text(node)
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _Wrong(Fault(where, text[:40], _("There is no such date."), _RESEND, node.sourceline)) from None


def _page(node: Any) -> tuple[int, bool]:
    """(number, whether it is the last) of a page; (0, True) where the statement is not paged."""
    number = whole(_text(node, "PgNb")) or 0
    last = _text(node, "LastPgInd") in {"true", "1"}
    return (0, True) if not number or (number == 1 and last) else (number, last)


def _statement(node: Any, currency: str, of_message: tuple[int, bool]) -> Statement:
    own_page = _at(node, "StmtPgntn|RptPgntn|NtfctnPgntn")
    page = _page(own_page) if own_page is not None else of_message
    account = _at(node, "Acct")
    number = _text(account, "Id", "IBAN|BBAN|UPIC") or _text(account, "Id", "Othr|PrtryAcct", "Id")
    own = _text(account, "Ccy")
    entries = list(_kids(node, "Ntry"))
    money = own if _is_currency(own) else _currency_of(node, entries) or currency
    lines: list[StatementLine] = []
    bad: list[BadLine] = []
    apart = len({e.sourceline for e in entries}) == len(entries)  # else a file of one line: they are counted instead
    for n, entry in enumerate(entries, 1):
        try:
            lines.extend(_movements(entry, money))
        except _Wrong as e:
            row = (entry.sourceline or 0) if apart else n
            bad.append(BadLine(row, (replace(e.fault, row=row),), _fields(entry), _moves(entry, money)))
    opening, closing, since, until, odd = _balances(node, money, page)
    days = [x.booking_date for x in lines]
    span = [_safe_day(_at(node, "FrToDt", name)) for name in ("FrDt|FrDtTm", "ToDt|ToDtTm")]
    aside = [b.amount for b in bad]
    told = _text(node, "ElctrncSeqNb") or _text(node, "LglSeqNb") or _text(node, "Id")
    broken = odd or (None if None in aside else _broken(node, lines, aside, opening, closing, money, page[0] > 0))
    return Statement(
        account=number[:60],
        currency=money,
        opening=opening,
        closing=closing,
        since=min([*days, *(x for x in (since, span[0] if not days else None) if x)], default=None),
        until=max([*days, *(x for x in (until, span[1] if not days else None) if x)], default=None),
        lines=tuple(lines),
        bad=tuple(bad),
        number=f"{told[:33]}/{page[0]}" if page[0] else told[:40],
        broken=broken,
        part=page[0] > 1,
    )


def _is_currency(code: str) -> bool:
    try:
        exponent(code)
    except ValueError:
        return False
    return bool(code)


def _currency_of(node: Any, entries: list[Any]) -> str:
    """Where the account names no currency: its opening balance's, or that of its first entry."""
    for owner in (*_kids(node, "Bal"), *entries):
        code = (getattr(_at(owner, "Amt"), "attrib", {}).get("Ccy") or "").strip()
        if _is_currency(code):
            return code
    return ""


def _safe_day(node: Any) -> date | None:
    try:
        return _day(node, "FrToDt") if node is not None else None
    except _Wrong:
        return None


def _balances(
    node: Any, money: str, page: tuple[int, bool]
) -> tuple[int | None, int | None, date | None, date | None, Fault | None]:
    """(opening, closing, their days, what is wrong with them). Booked balances only: OPBD or PRCD, and CLBD.

    A page begins and ends with interim balances (ITBD) but for the first's opening and the last's closing: those of the
    whole statement, which some banks repeat on every page, say nothing of this one.
    """
    number, last = page
    opens = ("OPBD", "PRCD") if number < 2 else ()
    closes = ("CLBD",) if last else ()
    seen: dict[str, tuple[int, date | None]] = {}
    between: list[tuple[int, date | None]] = []
    for balance in _kids(node, "Bal"):
        code = _text(balance, "Tp", "CdOrPrtry", "Cd") or _text(balance, "Tp", "Cd")
        if (code not in {*opens, *closes} or code in seen) and not (code == "ITBD" and number):
            continue
        try:
            amount, own = _amount(_at(balance, "Amt"), code)
            if own != money:
                reason = _(
                    "The account is kept in %(account)s, this balance is in %(balance)s.", account=money, balance=own
                )
                return None, None, None, None, Fault(code, own, reason, _RESEND, balance.sourceline)
            found = (_sign(balance, code) * amount, _day(_at(balance, "Dt"), code))
        except _Wrong as e:
            return None, None, None, None, e.fault
        if code == "ITBD":
            between.append(found)
        else:
            seen[code] = found
    start = seen.get("OPBD") or seen.get("PRCD")
    end = seen.get("CLBD")
    if number and len(between) == (number > 1) + (not last):  # as many as the page has torn ends
        start = between[0] if number > 1 else start
        end = end if last else between[-1]
    nothing = (None, None)
    (opening, since), (closing, until) = start or nothing, end or nothing
    return opening, closing, since, until, None


def _movements(entry: Any, money: str) -> list[StatementLine]:
    """The movements of one entry: one, or one a payer of a batch that adds up."""
    where = "Ntry"
    minor, own = _amount(_at(entry, "Amt"), where)
    amount = _sign(entry, where) * minor
    if not amount:
        raise _Wrong(Fault("Amt", _text(entry, "Amt"), _("The row moves no money."), None, entry.sourceline))
    if own != money:
        reason = _("The account is kept in %(account)s, this movement is in %(own)s.", account=money, own=own)
        raise _Wrong(Fault("Amt", own, reason, _RESEND, entry.sourceline))
    status = _text(entry, "Sts", "Cd") or _text(entry, "Sts")
    if status not in {"", "BOOK"}:
        reason = _("The bank has not booked this movement yet (%(status)s).", status=status)
        raise _Wrong(Fault("Sts", status, reason, _("It comes again once it is booked."), entry.sourceline))
    booked = _day(_at(entry, "BookgDt"), "BookgDt")
    value = _day(_at(entry, "ValDt"), "ValDt") or booked
    booked = booked or value
    if booked is None or value is None:
        raise _Wrong(Fault("BookgDt", "", _("The movement has no date."), _RESEND, entry.sourceline))
    serial = _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef")
    note = _text(entry, "AddtlNtryInf")
    details = _details(entry)
    parts = _parts(details, amount, money)
    back = _text(entry, "RvslInd") in {"true", "1"}

    def line(what: list[Any], share: int, key: str) -> StatementLine:
        told = _told(what, (share >= 0) != back)  # a movement taken back names the parties of the first one
        if back and not told["name"]:
            told = _told(what, share >= 0)
        return StatementLine(
            row=(what[0] if len(what) == 1 and len(parts) > 1 else entry).sourceline or 0,
            value_date=value,
            booking_date=booked,
            amount=share,
            currency=money,
            payer_name=told["name"][:300],
            payer_account=told["account"][:60],
            payer_bank=told["bank"][:200],
            remark=" ".join(x for x in (told["text"], note if note not in told["text"] else "") if x)[:1000],
            reference=told["reference"][:200],
            serial=key[:120],
            raw=_raw(entry),
            reversed=back,
        )

    if len(parts) > 1:
        return [line([d], share, f"{serial}/{n}" if serial else "") for n, (d, share) in enumerate(parts, start=1)]
    return [line(details, amount, serial)]


def _details(entry: Any) -> list[Any]:
    found = [d for group in _kids(entry, "NtryDtls") for d in _kids(group, "TxDtls")]
    return found or list(_kids(entry, "TxDtls"))


def _moves(entry: Any, money: str) -> int | None:
    """What an entry that was set aside moves: nothing while it is not booked, None where that cannot be read."""
    if (_text(entry, "Sts", "Cd") or _text(entry, "Sts")) not in {"", "BOOK"}:
        return 0
    try:
        minor, own = _amount(_at(entry, "Amt"), "Ntry")
        return _sign(entry, "Ntry") * minor if own == money else None
    except _Wrong:
        return None


def _fields(entry: Any) -> dict[str, str]:
    """An entry that cannot be read, by the names of a map's fields, and itself under "…"."""
    debit = _text(entry, "CdtDbtInd") == "DBIT"
    told = _told(_details(entry), not debit)
    booked = _text(entry, "BookgDt", "Dt|DtTm") or _text(entry, "ValDt", "Dt|DtTm")
    named = {"date": booked[:10], "amount": ("-" if debit else "") + _text(entry, "Amt"), "payer": told["name"],
             "payer_account": told["account"], "payer_bank": told["bank"], "remark": told["text"] or _text(entry, "AddtlNtryInf"),
             "reference": told["reference"], "serial": _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef")}  # fmt: skip
    whole = " | ".join(f"{path} {text}" for path, text in _raw(entry).items())
    return {name: text[:300] for name, text in named.items()} | {"…": whole[:1000]}


def _parts(details: list[Any], amount: int, money: str) -> list[tuple[Any, int]]:
    """Each detail with its signed amount, where all of them have one in the entry's currency and the sum is the entry;
    else []."""
    out: list[tuple[Any, int]] = []
    if len(details) < 2:
        return []
    for detail in details:
        found = _at(detail, "Amt")
        found = found if found is not None else _at(detail, "AmtDtls", "TxAmt", "Amt")
        try:
            minor, own = _amount(found, "TxDtls")
        except _Wrong:
            return []
        if own != money:
            return []
        mark = _text(detail, "CdtDbtInd")
        sign = {"CRDT": 1, "DBIT": -1}.get(mark, 1 if amount >= 0 else -1)
        out.append((detail, sign * minor))
    return out if sum(share for _detail, share in out) == amount else []


def _told(details: list[Any], credit: bool) -> dict[str, str]:
    """Who stands on the other side and what for, of all details together."""
    names: list[str] = []
    accounts: list[str] = []
    banks: list[str] = []
    texts: list[str] = []
    references: list[str] = []
    side = "Dbtr" if credit else "Cdtr"
    for detail in details:
        parties, agents = _at(detail, "RltdPties"), _at(detail, "RltdAgts")
        for role in (side, f"Ultmt{side}"):
            name = _text(parties, role, "Nm") or _text(parties, role, "Pty", "Nm")
            if name:
                names.append(name)
                break
        box = _at(parties, f"{side}Acct")
        accounts.append(_text(box, "Id", "IBAN|BBAN") or _text(box, "Id", "Othr|PrtryAcct", "Id"))
        agent = _at(agents, f"{side}Agt", "FinInstnId")
        banks.append(_text(agent, "Nm") or _text(agent, "NmAndAdr", "Nm") or _text(agent, "BICFI|BIC"))
        about = _at(detail, "RmtInf")
        if about is not None:
            texts += [_text(x) for x in _kids(about, "Ustrd")]
            for known in _kids(about, "Strd"):
                references += [_text(x, "Nb") for x in _kids(known, "RfrdDocInf")]
                references.append(_text(known, "CdtrRefInf", "Ref") or _text(known, "CdtrRefInf", "CdtrRef"))
                texts += [_text(x) for x in _kids(known, "AddtlRmtInf")]
        references.append(_text(detail, "Refs", "EndToEndId"))
        texts.append(_text(detail, "AddtlTxInf"))
    reference = " ".join(dict.fromkeys(x for x in references if x and x != "NOTPROVIDED"))
    return {
        "name": "; ".join(dict.fromkeys(names)),
        "account": next((x for x in accounts if x), "") if len(set(accounts)) <= 1 else "",
        "bank": next((x for x in banks if x), "") if len(set(banks)) <= 1 else "",
        "text": " ".join(dict.fromkeys(x for x in texts if x)),
        "reference": reference,
    }


def _raw(entry: Any) -> dict[str, str]:
    """The entry as a person may want to read it: path and text of each leaf, shortened."""
    out: dict[str, str] = {}
    for node in entry.iterdescendants():
        if not isinstance(node.tag, str) or len(node) or not (node.text or "").strip():
            continue
        path, above, depth = _tag(node), node.getparent(), 0
        while above is not None and above is not entry and depth < _DEEPEST:
            path, above, depth = f"{_tag(above)}/{path}", above.getparent(), depth + 1
        n = 2
        key = path
        while key in out:
            key, n = f"{path}#{n}", n + 1
            if n > 9:
                break
        out[key] = (node.text or "").strip()[:300]
        if len(out) >= 60:
            break
    return out


def _broken(
    node: Any,
    lines: list[StatementLine],
    aside: list[int | None],
    opening: int | None,
    closing: int | None,
    money: str,
    paged: bool,
) -> Fault | None:
    """Why the statement as a whole cannot be believed: balances, or the bank's own counts and sums of entries."""
    net = sum(x.amount for x in lines) + sum(a or 0 for a in aside)
    if opening is not None and closing is not None and opening + net != closing:
        return Fault(
            "CLBD",
            Money(closing, money).text(),
            _("Opening balance and movements give %(sum)s, the statement says %(closing)s.",
              sum=Money(opening + net, money).text(grouped=True), closing=Money(closing, money).text(grouped=True)),
            _RESEND,
            node.sourceline,
        )  # fmt: skip
    if aside or paged:
        # whether the bank counts what it has not booked yet, or has in another currency, or on other pages, is not known
        return None
    summary = _at(node, "TxsSummry")
    entries = list(_kids(node, "Ntry"))
    for name, sign in (("TtlNtries", 0), ("TtlCdtNtries", 1), ("TtlDbtNtries", -1)):
        told = _at(summary, name)
        if told is None:
            continue
        mine = [x for x in lines if sign == 0 or sign * x.amount > 0]
        count = sum(1 for e in entries if sign == 0 or _text(e, "CdtDbtInd") == ("CRDT" if sign > 0 else "DBIT"))
        want_count, want_sum = _text(told, "NbOfNtries"), _text(told, "Sum")
        have_sum = sum(abs(x.amount) for x in mine)
        wrong: tuple[str, Say] | None = None
        if whole(want_count) not in (None, count):
            wrong = (
                want_count,
                _("The bank counts %(want)s entries, the file has %(have)s.", want=want_count, have=count),
            )
        elif want_sum and _same(want_sum, have_sum, money) is False:
            wrong = want_sum, _("The bank's sum of entries is %(want)s, the file's is %(have)s.", want=want_sum,
                                have=Money(have_sum, money).text(grouped=True))  # fmt: skip
        if wrong:
            return Fault(name, wrong[0], wrong[1], _RESEND, told.sourceline)
    return None


def _same(text: str, minor: int, money: str) -> bool | None:
    """Whether a written sum is that amount; None when it is no number (then it proves nothing)."""
    if not _AMOUNT.fullmatch(text):
        return None
    whole, _dot, part = text.partition(".")
    places = exponent(money)
    return not part[places:].strip("0") and int((whole or "0") + part[:places].ljust(places, "0")) == minor
