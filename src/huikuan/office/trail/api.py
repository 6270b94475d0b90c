"""The REST door of the trail: acts and their trees. Reading only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Query, Router
from pydantic import Field

from huikuan.kit.errors import Missing
from huikuan.kit.words import _, unpack
from huikuan.office.trail import queries
from huikuan.office.trail.models import Record
from huikuan.web.rest import Id, Out, Paged, Paging, Text, paged
from huikuan.web.shell import said

router = Router(tags=["trail"])


class RecordOut(Out):
    """One act. `number` is its place in the sealed chain, null until the sealer has come by."""

    id: int
    name: str
    by: str
    at: datetime
    door: str
    outcome: str
    subject: str
    root: int
    cause: int | None
    reason: str
    number: int | None
    digest: str


class RecordFull(RecordOut):
    input: dict[str, Any]
    facts: dict[str, Any]
    changes: list[dict[str, Any]]


def _shown(r: Record) -> dict[str, Any]:
    return {
        "id": r.pk, "name": r.name, "by": r.by, "at": r.at, "door": r.door, "outcome": r.outcome, "subject": r.subject, "root": r.root,
        "cause": r.cause, "reason": said(unpack(r.reason)) if r.reason else "", "number": r.number, "digest": r.digest,
        "input": r.input, "facts": r.facts, "changes": r.changes,
    }  # fmt: skip


@router.get("/records", response=Paged[RecordOut], summary="Acts, newest first")
def records(
    request: Any, paging: Query[Paging], subject: Annotated[Text, Field(max_length=80)] | None = None,
    by: Annotated[Text, Field(max_length=80)] | None = None, name: Annotated[Text, Field(max_length=60)] | None = None,
    outcome: Literal["done", "refused", "denied"] | None = None,
) -> dict[str, Any]:  # fmt: skip
    request.desk.must("trail.see")
    rows = queries.records(request.company.pk)
    if subject:
        rows = rows.filter(pk__in=queries.mentioning(request.company.pk, subject))
    if by:
        rows = rows.filter(by=by)
    if name:
        rows = rows.filter(name=name)
    if outcome:
        rows = rows.filter(outcome=outcome)
    return paged(rows, paging, make=_shown)


@router.get("/records/{pk}", response=list[RecordFull], summary="An act with everything it caused")
def tree(request: Any, pk: Id) -> list[dict[str, Any]]:
    request.desk.must("trail.see")
    done = queries.record(request.company.pk, pk)
    if done is None:
        raise Missing(_("There is no such act."))
    return [_shown(r) for r in queries.records(request.company.pk).filter(root=done.root).order_by("id")]
