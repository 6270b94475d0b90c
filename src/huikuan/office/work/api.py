"""The REST door of the queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from huikuan.office.work import actions, queries
from huikuan.office.work.models import WorkOrder
from huikuan.web.pages import get_or_missing
from huikuan.web.rest import Day, Id, In, Out, Paged, Paging, Text, act_of, if_match, paged, with_etag
from huikuan.web.shell import said

router = Router(tags=["work"])
State = Literal["waiting", "running", "person", "done", "failed", "cancelled"]


class WorkOut(Out):
    """One work order."""

    id: int
    kind: str
    subject: str
    title: str
    state: State
    role: str
    person: str
    due: Day | None
    priority: int
    business_date: Day
    attempts: int
    trouble: str | None
    outcome: str | None
    opened_at: datetime
    opened_by: str
    ended_at: datetime | None
    ended_by: str
    version: int


class WorkIn(In):
    """Work for a person or a role."""

    kind: str = Field("todo", min_length=1, max_length=60, pattern=r"^[a-z0-9_.]+$")
    subject: str = Field("", max_length=80)
    title: str = Field(min_length=1, max_length=300)
    role: str = Field("", max_length=3)
    person: str = Field("", max_length=80)
    due: Day | None = None


class OutcomeIn(In):
    outcome: str = Field("", max_length=500)


class ReasonIn(In):
    reason: str = Field(min_length=1, max_length=500)


class HandOverIn(In):
    person: str = Field("", max_length=80)
    role: str = Field("", max_length=3)
    note: str = Field("", max_length=500)
    due: Day | None = None


class CommentIn(In):
    text: str = Field(min_length=1, max_length=2000)


class CommentOut(Out):
    id: int
    text: str
    by: str
    at: datetime


def shown(row: WorkOrder) -> WorkOut:
    trouble, outcome = row.last_trouble, row.ended_with
    return WorkOut(
        id=row.pk, kind=row.kind, subject=row.subject, title=said(row.says), state=row.state, role=row.role,  # type: ignore[arg-type]
        person=row.person, due=row.due, priority=row.priority, business_date=row.business_date, attempts=row.attempts,
        trouble=said(trouble) if trouble else None, outcome=said(outcome) if outcome else None, opened_at=row.opened_at,
        opened_by=row.opened_by, ended_at=row.ended_at, ended_by=row.ended_by, version=row.version,
    )  # fmt: skip


def _answer(request: Any, response: HttpResponse, row: WorkOrder) -> WorkOut:
    with_etag(request, response, row.version)
    return shown(row)


class Which(Paging):
    """Which work orders."""

    state: State | None = None
    kind: Text | None = Field(None, max_length=60)
    role: Text | None = Field(None, max_length=3)
    person: Text | None = Field(None, max_length=80)
    subject: Text | None = Field(None, max_length=80)


@router.get("/", response=Paged[WorkOut], summary="Work orders")
def orders(request: Any, which: Query[Which]) -> Any:
    """Newest first."""
    request.desk.must("work.see")
    given = {k: v for k, v in which.dict(exclude={"cursor", "limit"}).items() if v is not None}
    return paged(queries.orders(request.company.pk).filter(**given), which, order="-id", make=shown)


@router.get("/{pk}", response=WorkOut, summary="One work order")
def one(request: Any, response: HttpResponse, pk: Id) -> Any:
    request.desk.must("work.see")
    return _answer(request, response, get_or_missing(WorkOrder, request.company, pk))


@router.post("/", response={201: WorkOut}, summary="Open work for a person or a role")
def open_one(request: Any, response: HttpResponse, body: WorkIn) -> Any:
    """Robots' work is opened by reactions and schedules, not from here."""
    actions.check_holder(request.company.pk, body.person, body.role)
    row = actions.open_order(act_of(request), body.kind, body.subject, body.title, body.due, body.role, body.person)
    return Status(201, _answer(request, response, row))


@router.post("/{pk}/take", response=WorkOut, summary="Take work")
def take(request: Any, response: HttpResponse, pk: Id) -> Any:
    return _answer(request, response, actions.take(act_of(request), pk, if_match(request)))


@router.post("/{pk}/finish", response=WorkOut, summary="Finish work")
def finish(request: Any, response: HttpResponse, pk: Id, body: OutcomeIn) -> Any:
    return _answer(request, response, actions.finish(act_of(request), pk, body.outcome, if_match(request)))


@router.post("/{pk}/hand-over", response=WorkOut, summary="Hand work over to a person or a role")
def hand_over(request: Any, response: HttpResponse, pk: Id, body: HandOverIn) -> Any:
    row = actions.hand_over(act_of(request), pk, body.person, body.role, body.note, body.due, if_match(request))
    return _answer(request, response, row)


@router.post("/{pk}/retry", response=WorkOut, summary="Give work to the robots again")
def retry(request: Any, response: HttpResponse, pk: Id) -> Any:
    return _answer(request, response, actions.retry(act_of(request), pk, if_match(request)))


@router.post("/{pk}/cancel", response=WorkOut, summary="Cancel work")
def cancel(request: Any, response: HttpResponse, pk: Id, body: ReasonIn) -> Any:
    return _answer(request, response, actions.cancel(act_of(request), pk, body.reason, if_match(request)))


@router.get("/{pk}/comments", response=list[CommentOut], summary="Comments on work")
def comments(request: Any, pk: Id) -> Any:
    request.desk.must("work.see")
    get_or_missing(WorkOrder, request.company, pk)
    return [CommentOut(id=c.pk, text=c.text, by=c.by, at=c.at) for c in queries.comments(request.company.pk, pk)]


@router.post("/{pk}/comments", response={201: CommentOut}, summary="Comment on work")
def comment(request: Any, pk: Id, body: CommentIn) -> Any:
    made = actions.comment(act_of(request), pk, body.text)
    return Status(201, CommentOut(id=made.pk, text=made.text, by=made.by, at=made.at))
