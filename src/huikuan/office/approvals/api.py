"""The REST door of approvals. A grant names the hash of what was shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from huikuan.office.approvals import actions, queries
from huikuan.office.approvals.models import Approval, Limit
from huikuan.office.approvals.tables import shown_lines
from huikuan.web.pages import get_or_missing
from huikuan.web.rest import Amount, Id, In, Out, Paged, Paging, Text, act_of, paged, with_etag
from huikuan.web.shell import said

router = Router(tags=["approvals"])
State = Literal["asked", "granted", "refused", "void"]


class ApprovalOut(Out):
    """One approval; `shown` is what the checker decides on, `shown_hash` what a grant has to name."""

    id: int
    kind: str
    subject: str
    title: str
    amount: Amount | None
    shown: list[dict[str, Any]]
    shown_hash: str
    state: State
    asked_by: str
    asked_at: datetime
    first_by: str
    decided_by: str
    decided_at: datetime | None
    reason: str
    version: int


class WaitingOut(Out):
    """An approval in the caller's inbox: may she grant it, and if not, why not."""

    approval: ApprovalOut
    may_grant: bool
    why: str | None


class LimitOut(Out):
    id: int
    role: str
    person: str
    duty: str
    up_to: Amount


class GrantIn(In):
    shown_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    reason: str = Field("", max_length=1000)


class RefuseIn(In):
    reason: str = Field(min_length=1, max_length=1000)
    shown_hash: str = Field("", pattern=r"^([0-9a-f]{64})?$")


class WithdrawIn(In):
    reason: str = Field("", max_length=1000)


class LimitIn(In):
    up_to: Amount
    role: str = Field("", max_length=3)
    person: str = Field("", max_length=80)
    duty: str = Field("", max_length=60)


def shown(row: Approval) -> ApprovalOut:
    money = row.money
    return ApprovalOut(
        id=row.pk, kind=row.kind, subject=row.subject, title=said(row.says), amount=Amount.of(money) if money else None,
        shown=shown_lines(row.shown, row.currency), shown_hash=row.shown_hash, state=row.state, asked_by=row.asked_by,  # type: ignore[arg-type]
        asked_at=row.asked_at, first_by=row.first_by, decided_by=row.decided_by, decided_at=row.decided_at, reason=row.reason,
        version=row.version,
    )  # fmt: skip


def _answer(request: Any, response: HttpResponse, row: Approval) -> ApprovalOut:
    with_etag(request, response, row.version)
    return shown(row)


def _limit(row: Limit) -> LimitOut:
    return LimitOut(
        id=row.pk, role=row.role, person=row.person, duty=row.duty, up_to=Amount.minor(row.up_to, row.currency)
    )


class Which(Paging):
    """Which approvals."""

    state: State | None = None
    kind: Text | None = Field(None, max_length=60)
    subject: Text | None = Field(None, max_length=80)
    asked_by: Text | None = Field(None, max_length=80)


@router.get("/", response=Paged[ApprovalOut], summary="Approvals")
def approvals(request: Any, which: Query[Which]) -> Any:
    """Newest first."""
    request.desk.must("approvals.see")
    given = {k: v for k, v in which.dict(exclude={"cursor", "limit"}).items() if v is not None}
    return paged(queries.approvals(request.company.pk).filter(**given), which, order="-id", make=shown)


@router.get("/inbox", response=list[WaitingOut], summary="What waits for the caller's decision")
def inbox(request: Any) -> Any:
    """Oldest first, at most 200; what is above the caller's limit stands here too, with the reason."""
    request.desk.must("approvals.see")
    waiting = queries.inbox(request.company.pk, request.desk.person.login)
    rows = Approval.objects.in_bulk([w.approval.id for w in waiting])
    return [
        WaitingOut(
            approval=shown(rows[w.approval.id]),
            may_grant=w.answer.may,
            why=said(w.answer.why) if w.answer.why else None,
        )
        for w in waiting
    ]


@router.get("/limits", response=list[LimitOut], summary="Approval limits")
def limits(request: Any) -> Any:
    request.desk.must("approvals.see")
    return [_limit(row) for row in Limit.objects.filter(company=request.company).order_by("currency", "-up_to", "id")]


@router.post("/limits", response=LimitOut, summary="Set an approval limit")
def set_limit(request: Any, body: LimitIn) -> Any:
    return _limit(actions.set_limit(act_of(request), body.up_to.money("up_to"), body.role, body.person, body.duty))


@router.get("/{pk}", response=ApprovalOut, summary="One approval")
def one(request: Any, response: HttpResponse, pk: Id) -> Any:
    request.desk.must("approvals.see")
    return _answer(request, response, get_or_missing(Approval, request.company, pk))


@router.post("/{pk}/grant", response=ApprovalOut, summary="Grant exactly what was shown")
def grant(request: Any, response: HttpResponse, pk: Id, body: GrantIn) -> Any:
    return _answer(request, response, actions.grant(act_of(request), pk, body.shown_hash, body.reason))


@router.post("/{pk}/refuse", response=ApprovalOut, summary="Refuse, with the reason")
def refuse(request: Any, response: HttpResponse, pk: Id, body: RefuseIn) -> Any:
    return _answer(request, response, actions.refuse(act_of(request), pk, body.reason, body.shown_hash))


@router.post("/{pk}/withdraw", response=ApprovalOut, summary="Take one's own request back")
def withdraw(request: Any, response: HttpResponse, pk: Id, body: WithdrawIn) -> Any:
    return _answer(request, response, actions.withdraw(act_of(request), pk, body.reason))
