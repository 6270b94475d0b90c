"""What `verify` asks of deposits: a balance is the sum of its moves, and of what its entries say; 224103 holds nothing else."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.db.models import Sum

from huikuan.books.ledger import queries as ledger
from huikuan.kit.words import _
from huikuan.office.approvals import queries as approvals
from huikuan.office.company.checks import dashed
from huikuan.office.trail.hands import Broken, Check, Finding
from huikuan.receivables.deposits import rules
from huikuan.receivables.deposits.models import Deposit, Move, Request

NAMED = 200


def summed(company: int) -> Finding:
    """I07: balance = sum of the moves, reserved = sum of the live requests, each move is one entry of the ledger."""
    rows = list(
        Deposit.objects.filter(company_id=company).values_list("pk", "number", "balance", "base_balance", "reserved")
    )
    moved = {
        pk: (amount, base)
        for pk, amount, base in Move.objects.filter(company_id=company).values_list("deposit").annotate(a=Sum("amount"), b=Sum("base")).order_by()
    }  # fmt: skip
    asked = dict(
        Request.objects.filter(company_id=company, state__in=rules.LIVE).values_list("deposit").annotate(a=Sum("amount")).order_by()
    )  # fmt: skip
    why = _("is not the sum of its moves.")
    broken = [
        Broken(f"deposits.deposit:{pk}", number, "balance", why)
        for pk, number, *told in rows
        if tuple(told[:2]) != moved.get(pk, (0, 0))
    ]
    why = _("is not what its open requests come to.")
    broken += [
        Broken(f"deposits.deposit:{pk}", number, "reserved", why)
        for pk, number, _balance, _base, reserved in rows
        if reserved != asked.get(pk, 0)
    ]
    return Finding(len(rows), tuple(broken[:NAMED]), len(broken))


def carried(company: int) -> Finding:
    """I06: each move is what its entry says on 224103 or 2203; an advance's open items are its balance; 224103 holds nothing
    else."""
    moves = list(
        Move.objects.filter(company_id=company).values_list("pk", "deposit_id", "deposit__number", "deposit__kind", "entry", "amount", "base")
    )  # fmt: skip
    said: dict[tuple[int, str], tuple[int, int]] = {}
    entries = [m[4] for m in moves]
    lines = ledger.lines_of(company, entries).filter(account__code__in=rules.ACCOUNTS.values())
    for entry, code, doc, base in (
        lines.values_list("entry_id", "account__code").annotate(d=Sum("doc_amount"), b=Sum("amount")).order_by()
    ):
        said[entry, code] = (doc, base)
    why = _("is not what its entry says.")
    broken = [
        Broken(f"deposits.deposit:{deposit}", f"{number} move {pk}", "amount", why)
        for pk, deposit, number, kind, entry, amount, base in moves
        if said.get((entry, rules.ACCOUNTS[kind]), (0, 0)) != (-amount, -base)
    ]
    broken += _advances(company) + _strange(company)
    return Finding(len(moves), tuple(broken[:NAMED]), len(broken))


def _advances(company: int) -> list[Broken]:
    told = Move.objects.filter(company_id=company, what=rules.RECEIVED).values_list("item", "deposit_id")
    own = {item: deposit for item, deposit in told if item is not None}
    left: dict[int, int] = defaultdict(int)
    for item in ledger.open_items(company, ids=sorted(own)):
        left[own[item.id]] -= item.remaining
    why = _("is not what its open items come to.")
    rows = Deposit.objects.filter(company_id=company, kind=rules.ADVANCE).values_list("pk", "number", "balance")
    return [
        Broken(f"deposits.deposit:{pk}", number, "balance", why) for pk, number, balance in rows if balance != left[pk]
    ]


def _strange(company: int) -> list[Broken]:
    code = rules.ACCOUNTS[rules.DEPOSIT]
    found = ledger.account(company, code)
    if found is None:
        return []
    held = Deposit.objects.filter(company_id=company, kind=rules.DEPOSIT).aggregate(s=Sum("base_balance"))["s"] or 0
    balance = -ledger.balance(company, code, date(9999, 12, 31))
    why = _("says %(told)s, counted %(real)s.", told=balance, real=held)
    return [] if balance == held else [Broken(f"ledger.account:{found.pk}", code, "balance", why)]


def _agree(r: Request, state: str, amount: int | None, by: str) -> bool:
    """Whether a request is where its approval put it. A question that was taken back leaves it as it was."""
    if r.state in (rules.ASKED, rules.REFUSED):
        return amount == r.amount and state in (r.state, "void")
    return (state, amount, by) == ("granted", r.amount, r.granted_by)


def _answers(company: int) -> dict[int, tuple[str, int | None, str]]:
    """{request: (what its newest approval says, its amount, who decided)}."""
    asked = approvals.approvals(company).filter(subject__startswith="deposits.request:").order_by("pk")
    return {
        int(subject.rpartition(":")[2]): (state, amount, by)
        for subject, state, amount, by in asked.values_list("subject", "state", "amount", "decided_by")
    }


def granted(company: int) -> Finding:
    """I16: what was paid back or kept was asked by one and granted by another, as the approval of the same amount says, and is
    booked once."""
    rows = Request.objects.filter(company_id=company)
    said = _answers(company)
    live: dict[int, int] = defaultdict(int)
    for asked, what, pk in Move.objects.filter(company_id=company, request__isnull=False).values_list("request_id", "what", "pk"):  # fmt: skip
        live[asked] += 1 if what != rules.UNDONE and pk else 0
    broken = [
        Broken(f"deposits.deposit:{r.deposit_id}", f"request {r.pk}", "state", _("was not granted by a second person."))
        for r in rows
        if r.state in (rules.GRANTED, rules.DONE, rules.UNDONE) and r.granted_by in ("", r.by)
    ]
    why = _("is not what its approval says.")
    broken += [
        Broken(f"deposits.deposit:{r.deposit_id}", f"request {r.pk}", "state", why)
        for r in rows
        if not _agree(r, *said.get(r.pk, ("", None, "")))
    ]
    broken += [
        Broken(
            f"deposits.deposit:{r.deposit_id}", f"request {r.pk}", "moves", _("is booked %(n)s times.", n=live[r.pk])
        )
        for r in rows
        if live[r.pk] != (1 if r.state in (rules.DONE, rules.UNDONE) else 0)
    ]
    free = Move.objects.filter(
        company_id=company, what__in=(rules.RETURNED, rules.FORFEITED), request__isnull=True
    ).values_list("pk", "deposit_id")
    broken += [Broken(f"deposits.deposit:{d}", f"move {pk}", "request", _("nobody asked for it.")) for pk, d in free]
    return Finding(rows.count(), tuple(broken[:NAMED]), len(broken))


def numbered(company: int) -> Finding:
    """I10: the numbers of deposits have no gaps."""
    return dashed(company, "DEP", Deposit.objects.filter(company_id=company).values_list("number", flat=True))


CHECKS = (
    Check("I10", _("Numbers of deposits have no gaps"), numbered),
    Check("I07", _("A deposit's balance is the sum of its moves"), summed),
    Check("I06", _("Deposits are what 224103 and 2203 carry for them"), carried),
    Check("I16", _("Returned and forfeited deposits were granted by a second person"), granted),
)
