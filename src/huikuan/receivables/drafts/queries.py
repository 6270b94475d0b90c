"""Drafts, read: one, those of a list, what falls due, what a customer pays in drafts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.kit.dates import add_months
from huikuan.kit.errors import Missing
from huikuan.kit.money import RATE_SCALE, scaled_text
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company
from huikuan.receivables.drafts import rules
from huikuan.receivables.drafts.models import Concession, Draft, Move

LIVE = (rules.HELD, rules.PRESENTED)
ALIVE = (*LIVE, rules.ENDORSED, rules.DISCOUNTED)


def drafts(company_id: int) -> QuerySet[Draft]:
    return Draft.objects.filter(company_id=company_id).select_related("customer")


def draft(company_id: int, pk: int) -> Draft:
    """Raises Missing."""
    found = drafts(company_id).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such draft."))
    return found


def moves(draft_id: int) -> QuerySet[Move]:
    return Move.objects.filter(draft_id=draft_id)


def policy(company_id: int) -> rules.Policy:
    return rules.read_policy(company.setting(company_id, "drafts.policy"))


def concessions(company_id: int) -> QuerySet[Concession]:
    return Concession.objects.filter(company_id=company_id).select_related("customer", "group")


def policy_for(company_id: int, customer_id: int, on: date) -> rules.Policy:
    """The policy for a customer's drafts on a day, with what was agreed: with the customer, with who pays for them, with the
    payer's group."""
    payer = customers.payer_of(company_id, customer_id)
    live = [
        c
        for c in concessions(company_id).filter(live=True).filter(
            Q(customer_id__in={customer_id, payer.id}) | Q(group_id=payer.group, group_id__isnull=False)
        )
        if c.until is None or on <= c.until
    ]  # fmt: skip
    live.sort(key=lambda c: (c.customer_id != customer_id, c.customer_id is None))
    return rules.in_force(policy(company_id), [rules.Agreed(whose(c), c.terms) for c in live])


def concession(company_id: int, pk: int) -> Concession:
    """Raises Missing."""
    found = concessions(company_id).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such agreement."))
    return found


def told_one(name: str, value: Any) -> str:
    """A term as people read it."""
    if name in ("share", "rate"):
        return f"{scaled_text(value * 100, RATE_SCALE)}%"
    return str(value) if isinstance(value, int) else ", ".join(value)


def told(terms: Mapping[str, Any]) -> list[tuple[Say, str]]:
    return [(rules.TERM_NAMES[n], told_one(n, terms[n])) for n in rules.TERMS if n in terms]


def whose(c: Concession) -> Say:
    """Who agreed, in words."""
    if c.group is not None:
        return _("group %(name)s", name=c.group.name)
    assert c.customer is not None
    return _("customer %(name)s", name=c.customer.name)


def paid(company_id: int, payer: int, on: date) -> tuple[int, int]:
    """(in drafts, in all) that a payer paid in the twelve months before a day, minor units of CNY. Receipts count as they
    came, whatever became of them; drafts that were given back do not."""
    since = add_months(on, -12)
    in_drafts = (
        Draft.objects.filter(
            company_id=company_id, customer_id=payer, received__gt=since, received__lte=on, parent=None
        )
        .exclude(state__in=(rules.RETURNED, rules.DECLINED, rules.ASKED))
        .aggregate(total=Sum("amount"))["total"]
        or 0
    )
    receipts = (
        ledger.items(company_id)
        .filter(customer_id=payer, kind="receipt", currency="CNY", posting_date__gt=since, posting_date__lte=on)
        .aggregate(total=Sum("amount"))["total"]
        or 0
    )
    return in_drafts, -receipts


@dataclass(frozen=True, slots=True)
class Falling:
    """A draft that falls due: when it can be presented (first, last) and when its money comes. `late`: the last day has
    passed."""

    draft: Draft
    first: date
    last: date
    paid: date
    late: bool


def falling(company_id: int, on: date, until: date | None = None) -> list[Falling]:
    """Held and presented drafts by due date, up to a day."""
    calendar = company.calendar(company_id)
    rows = drafts(company_id).filter(state__in=LIVE).order_by("due", "id")
    if until is not None:
        rows = rows.filter(due__lte=until)
    out = []
    for row in rows:
        first, last = rules.present_window(row.due, calendar)
        out.append(Falling(row, first, last, rules.paid_on(row.due, calendar), row.state == rules.HELD and last < on))
    return out


def due_count(company_id: int, login: str, on: date) -> int:
    """Held drafts that can be presented on a day, counted to 10,001."""
    return Draft.objects.filter(company_id=company_id, state=rules.HELD, due__lte=on)[:10_001].count()
