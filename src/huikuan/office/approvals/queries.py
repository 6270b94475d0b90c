"""Approvals, read: one, those of a subject, the inbox of a person with what she may decide and why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from huikuan.kit.errors import Missing, Refused
from huikuan.kit.money import Money
from huikuan.kit.words import Say, _
from huikuan.office.approvals import rules
from huikuan.office.approvals.models import Approval, Limit
from huikuan.office.company import queries as company
from huikuan.office.trail.hands import Kind, collect


@dataclass(frozen=True, slots=True)
class Seen:
    """An approval as others may read it. `hash` is what a grant must name."""

    id: int
    kind: str
    subject: str
    title: Say | str
    amount: Money | None
    shown: dict[str, Any]
    hash: str
    state: str
    asked_by: str
    asked_at: datetime
    first_by: str
    decided_by: str
    decided_at: datetime | None
    reason: str
    version: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row of somebody's inbox: the approval, and whether she may decide it (else why not)."""

    approval: Seen
    answer: rules.Answer


def kinds() -> dict[str, Kind]:
    """Every kind of approval that a capability hands down, by code."""
    return {k.code: k for _capability, k in collect("approvals")}


def kind(code: str) -> Kind:
    found = kinds().get(code)
    if found is None:
        raise Refused(_("There is no kind of approval “%(code)s”.", code=code))
    return found


def seen(row: Approval) -> Seen:
    return Seen(
        row.pk, row.kind, row.subject, row.says, row.money, row.shown, row.shown_hash, row.state, row.asked_by, row.asked_at,
        row.first_by, row.decided_by, row.decided_at, row.reason, row.version,
    )  # fmt: skip


def approvals(company_id: int) -> QuerySet[Approval]:
    """For the approvals' own pages."""
    return Approval.objects.filter(company_id=company_id)


def by_id(company_id: int, pk: int) -> Seen:
    """Raises Missing; an approval of another company is missing too (I22)."""
    row = Approval.objects.filter(company_id=company_id, pk=pk).first()
    if row is None:
        raise Missing(_("There is no approval %(number)s.", number=pk))
    return seen(row)


def of_subject(company_id: int, subject: str) -> list[Seen]:
    """Newest first."""
    return [seen(row) for row in Approval.objects.filter(company_id=company_id, subject=subject).order_by("-id")]


def open_of(company_id: int, subject: str, kind_code: str) -> Seen | None:
    row = Approval.objects.filter(company_id=company_id, subject=subject, kind=kind_code, state=rules.ASKED).first()
    return seen(row) if row else None


def limits(company_id: int) -> list[rules.LimitRow]:
    rows = Limit.objects.filter(company_id=company_id).order_by("id")
    return [rules.LimitRow(r.role, r.person, r.duty, r.up_to, r.currency) for r in rows]


def case_of(row: Approval | Seen) -> rules.Case:
    """What the rule needs to know of it. A kind that nobody declares any more can be decided by nobody."""
    declared = kinds().get(row.kind)
    duty = company.duties().get(declared.duty) if declared else None
    amount = row.money if isinstance(row, Approval) else row.amount
    beneficiary = row.beneficiary if isinstance(row, Approval) else ""
    return rules.Case(
        row.asked_by, beneficiary, declared.duty if declared else "", bool(duty and duty.limited), amount, row.first_by
    )


def answer(company_id: int, row: Approval, login: str) -> rules.Answer:
    """May this person decide it now?"""
    case = case_of(row)
    checker = rules.Checker(login, company.roles(login, company_id))
    return rules.may_decide(case, checker, company.marked(company_id, case.duty, "check"), limits(company_id))


def _asked(company_id: int, login: str) -> tuple[rules.Checker, QuerySet[Approval]]:
    checker = rules.Checker(login, company.roles(login, company_id))
    mine = company.duty_map(company_id, frozenset(checker.roles), "check")
    codes = [code for code, k in kinds().items() if k.duty in mine]
    return checker, Approval.objects.filter(company_id=company_id, state=rules.ASKED, kind__in=codes).order_by("id")


def _judge(company_id: int, checker: rules.Checker, rows: Iterable[Approval]) -> list[tuple[Approval, rules.Answer]]:
    """Answers for many at once: limits and marks are read once, not per row."""
    held = limits(company_id)
    marks: dict[str, frozenset[str]] = {}
    out = []
    for row in rows:
        case = case_of(row)
        if case.duty not in marks:
            marks[case.duty] = company.marked(company_id, case.duty, "check")
        out.append((row, rules.may_decide(case, checker, marks[case.duty], held)))
    return out


def inbox(company_id: int, login: str, limit: int = 200) -> list[Waiting]:
    """What waits for a person's decision, oldest first; what is above her limit stays in sight with the reason."""
    checker, rows = _asked(company_id, login)
    return [Waiting(seen(row), answer) for row, answer in _judge(company_id, checker, rows[:limit])]


def waiting_count(company_id: int, login: str) -> int:
    """How many she may decide now, counted to 200."""
    checker, rows = _asked(company_id, login)
    return sum(answer.may for _row, answer in _judge(company_id, checker, rows[:200]))


def mine_open(company_id: int, login: str) -> int:
    """How many of my own requests are still undecided."""
    return Approval.objects.filter(company_id=company_id, asked_by=login, state=rules.ASKED).count()
