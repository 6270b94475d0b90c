"""The queue, read: whose work it is, what robots have to do, what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from huikuan.kit.errors import Missing
from huikuan.kit.refs import read as read_ref
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company
from huikuan.office.trail.hands import Schedule, all_hands, collect
from huikuan.office.work import rules
from huikuan.office.work.models import Comment, Tick, WorkOrder
from huikuan.web.shell import language


@dataclass(frozen=True, slots=True)
class Order:
    """A work order as others may read it."""

    id: int
    kind: str
    subject: str
    title: Say | str
    data: dict[str, Any]
    state: str
    role: str
    person: str
    due: date | None
    priority: int
    business_date: date
    attempts: int
    trouble: Say | None
    outcome: Say | str | None
    opened_at: datetime
    opened_by: str
    ended_at: datetime | None
    ended_by: str
    version: int


def read(row: WorkOrder) -> Order:
    return Order(
        row.pk, row.kind, row.subject, row.says, row.data, row.state, row.role, row.person, row.due, row.priority,
        row.business_date, row.attempts, row.last_trouble, row.ended_with, row.opened_at, row.opened_by, row.ended_at,
        row.ended_by, row.version,
    )  # fmt: skip


def short(subject: str) -> str:
    """A subject in a few letters: "Billing 42". The object's own number stands on its page."""
    found = read_ref(subject)
    if found is None:
        return subject
    english, chinese = getattr(all_hands().get(found.kind.partition(".")[0]), "name", ("", ""))
    return f"{(english if language() == 'en' else chinese) or found.kind} {found.pk}"


def orders(company_id: int) -> QuerySet[WorkOrder]:
    """For the queue's own pages."""
    return WorkOrder.objects.filter(company_id=company_id)


def by_id(company_id: int, pk: int) -> Order:
    """Raises Missing; a work order of another company is missing too (I22)."""
    row = WorkOrder.objects.filter(company_id=company_id, pk=pk).first()
    if row is None:
        raise Missing(_("There is no work order %(number)s.", number=pk))
    return read(row)


def of_subject(company_id: int, subject: str, *, open_only: bool = False) -> list[Order]:
    """Newest first."""
    rows = WorkOrder.objects.filter(company_id=company_id, subject=subject)
    return [read(row) for row in (rows.filter(state__in=rules.OPEN) if open_only else rows).order_by("-id")]


def by_key(company_id: int, key: str) -> Order | None:
    row = WorkOrder.objects.filter(company_id=company_id, key=key).exclude(key="").first()
    return read(row) if row else None


def open_of_kind(company_id: int, kind: str) -> QuerySet[WorkOrder]:
    return WorkOrder.objects.filter(company_id=company_id, kind=kind, state__in=rules.OPEN)


def mine(company_id: int, login: str) -> QuerySet[WorkOrder]:
    """To be done by this person by name."""
    return WorkOrder.objects.filter(company_id=company_id, state=rules.PERSON, person=login)


def for_roles(company_id: int, login: str) -> QuerySet[WorkOrder]:
    """To be done by anyone of this person's roles; nobody's name is on it yet."""
    held = company.roles(login, company_id)
    return WorkOrder.objects.filter(company_id=company_id, state=rules.PERSON, person="", role__in=held)


def robots(company_id: int) -> QuerySet[WorkOrder]:
    return WorkOrder.objects.filter(company_id=company_id, state__in=(rules.WAITING, rules.RUNNING))


def failed(company_id: int) -> QuerySet[WorkOrder]:
    """What robots could not do: waiting for another try, with a person now, or given up."""
    return WorkOrder.objects.filter(company_id=company_id).filter(
        Q(state=rules.FAILED) | Q(state__in=(rules.WAITING, rules.PERSON), trouble__isnull=False)
    )


def ended(company_id: int) -> QuerySet[WorkOrder]:
    return WorkOrder.objects.filter(company_id=company_id, state__in=(rules.DONE, rules.CANCELLED))


def live_count(company_id: int, login: str) -> int:
    """Work for this person now: hers by name, and her roles' that nobody has taken."""
    held = company.roles(login, company_id)
    todo = WorkOrder.objects.filter(company_id=company_id, state=rules.PERSON)
    return todo.filter(Q(person=login) | Q(person="", role__in=held)).order_by()[:10_001].count()


def comments(company_id: int, order_id: int) -> list[Comment]:
    return list(Comment.objects.filter(company_id=company_id, order_id=order_id).order_by("id"))


def ready(company_id: int, at: datetime, kinds: Iterable[str] | None = None, limit: int = 20) -> list[tuple[int, str]]:
    """(id, kind) of what a robot may claim at that instant, most urgent first."""
    rows = WorkOrder.objects.filter(company_id=company_id).filter(
        Q(state=rules.WAITING, not_before__lte=at) | Q(state=rules.RUNNING, lease_until__lt=at)
    )
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    return list(rows.order_by("priority", F("due").asc(nulls_last=True), "id").values_list("pk", "kind")[:limit])


def schedules() -> list[Schedule]:
    """Every schedule that a capability hands down."""
    return [s for _capability, s in collect("schedules")]


def last_tick(company_id: int, job: str) -> tuple[date, str] | None:
    """(business date, item) that a schedule was last set off for."""
    row = Tick.objects.filter(company_id=company_id, job=job).order_by("-business_date", "-item").first()
    return (row.business_date, row.item) if row else None
