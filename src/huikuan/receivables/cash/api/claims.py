"""REST of receipts nobody can place: claims of sales and their check, charging a line to an account, moving a part on."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, cast

from django.http import HttpResponse
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile
from pydantic import Field

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Invalid
from huikuan.kit.words import _
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.api.shapes import LineOut, LineWhole, ReasonIn, in_money, shown, whole
from huikuan.receivables.cash.models import Claim
from huikuan.web.rest import Amount, Id, In, Out, Paged, Paging, Text, act_of, if_match, paged

router = Router(tags=["cash"])
LARGEST = 20 * 1024 * 1024
State = Literal["asked", "accepted", "refused", "withdrawn", "past"]


class ClaimOut(Out):
    id: int
    line: int
    number: str = Field(description="The bank line's")
    amount: Amount
    customer: str = Field(description="Number of the payer it is claimed for")
    evidence: str
    file: int | None = Field(description="A file kept as evidence: /files/{id}")
    state: State
    by: str
    at: dt.datetime
    decided_by: str
    decided_at: dt.datetime | None
    reason: str


class WhichClaims(Paging):
    state: State | None = None
    line: int | None = Field(None, ge=1, le=2**62)


class ChargeToIn(In):
    account: Text = Field(max_length=12, description="An account that is not kept by customer")
    text: Text = Field(min_length=1, max_length=200)
    on: dt.date | None = None


class MoveIn(In):
    customer: Text = Field(max_length=40, description="Number of the other customer")
    amount: Amount
    on: dt.date | None = None


class SayIn(In):
    note: Text = Field("", max_length=300)


def claim_shown(c: Claim) -> ClaimOut:
    return ClaimOut(
        id=c.pk, line=c.line_id, number=c.line.document, amount=Amount.minor(c.line.amount, c.line.currency),
        customer=c.customer.number, evidence=c.evidence, file=c.file, state=cast(State, c.state), by=c.by, at=c.at, decided_by=c.decided_by,
        decided_at=c.decided_at, reason=c.reason,
    )  # fmt: skip


@router.get("/unknown", response=Paged[LineOut], summary="Receipts whose payer nobody knows")
def unknown(request: Any, paging: Query[Paging]) -> Any:
    """Newest first; sales claim theirs."""
    request.desk.must("cash.see")
    return paged(
        queries.unknown(request.company.pk).select_related("customer", "bank", "item"), paging, order="-id", make=shown
    )


@router.get("/claims", response=Paged[ClaimOut], summary="Claims of sales on receipts")
def claims(request: Any, which: Query[WhichClaims]) -> Any:
    """Newest first; rivals stand side by side."""
    request.desk.must("cash.see")
    found = queries.claims(request.company.pk, line=which.line, state=which.state or "")
    return paged(found, which, order="-id", make=claim_shown)


@router.post("/lines/{pk}/claims", response={201: ClaimOut}, summary="Claim a receipt for a customer")
def claim(
    request: Any,
    pk: Id,
    customer: str = Form(..., min_length=1, max_length=40, description="The customer's number"),
    evidence: str = Form("", max_length=1000),
    file: UploadedFile | None = File(None),  # noqa: B008 - ninja declares parameters so
) -> Any:
    """With a text, a file, or both as evidence. The cash desk checks it; who claims never does."""
    request.desk.must("cash.claim")
    if "\x00" in customer + evidence:
        raise Invalid.one("evidence", "", _("a NUL character cannot be kept"))
    if file is not None and (file.size or 0) > LARGEST:
        raise Invalid.one("file", file.name, _("The file is larger than %(limit)s MB.", limit=LARGEST // 1048576))
    payer = customers.customer(request.company.pk, customer).id
    content, name = (file.read(), file.name or "") if file is not None else (None, "")
    return Status(201, claim_shown(actions.claim(act_of(request), pk, payer, evidence, content, name)))


@router.post("/claims/{pk}/accept", response=ClaimOut, summary="The claim is right")
def accept_claim(request: Any, pk: Id, body: SayIn) -> Any:
    """The money goes to the payer; rival claims are past."""
    return claim_shown(actions.accept_claim(act_of(request), pk, body.note))


@router.post("/claims/{pk}/refuse", response=ClaimOut, summary="The claim is not believed")
def refuse(request: Any, pk: Id, body: ReasonIn) -> Any:
    return claim_shown(actions.refuse_claim(act_of(request), pk, body.reason))


@router.post("/claims/{pk}/withdraw", response=ClaimOut, summary="Take one's own claim back")
def withdraw(request: Any, pk: Id, body: SayIn) -> Any:
    return claim_shown(actions.withdraw_claim(act_of(request), pk, body.note))


@router.post("/lines/{pk}/ask-sales", response=LineWhole, summary="Ask sales whose money it is")
def ask_sales(request: Any, response: HttpResponse, pk: Id, body: SayIn) -> Any:
    actions.ask_sales(act_of(request), pk, body.note)
    return whole(request, response, pk)


@router.post("/lines/{pk}/charge-to", response=LineWhole, summary="Charge a receipt to an account")
def charge_to(request: Any, response: HttpResponse, pk: Id, body: ChargeToIn) -> Any:
    """For interest, transfers of our own and the like; taken back by reversal."""
    actions.charge_to(act_of(request), pk, body.account, body.text, body.on, if_match(request))
    return whole(request, response, pk)


@router.post("/lines/{pk}/uncharge", response=LineWhole, summary="Take such a charge back")
def uncharge(request: Any, response: HttpResponse, pk: Id, body: ReasonIn) -> Any:
    actions.uncharge(act_of(request), pk, body.reason, None, if_match(request))
    return whole(request, response, pk)


@router.post("/lines/{pk}/move", response=LineWhole, summary="Part of a receipt is another customer's")
def move(request: Any, response: HttpResponse, pk: Id, body: MoveIn) -> Any:
    request.desk.must("cash.apply")
    amount = in_money(body.amount, queries.line(request.company.pk, pk).currency, 1)
    customer = customers.customer(request.company.pk, body.customer).id
    actions.move(act_of(request), pk, customer, amount, body.on, if_match(request))
    return whole(request, response, pk)
