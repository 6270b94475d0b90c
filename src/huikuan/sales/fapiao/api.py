"""The REST door of e-invoice numbers: what is noted, noting many, striking one out. Nothing here issues an invoice."""

from __future__ import annotations

from typing import Any

from ninja import Query, Router, Status
from pydantic import Field

from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.words import _
from huikuan.sales.fapiao import actions, queries
from huikuan.sales.fapiao.models import Fapiao
from huikuan.sales.fapiao.rules import Draft
from huikuan.sales.fapiao.rules.judge import CURRENCY
from huikuan.web.rest import Amount, Day, Id, In, Out, Paged, Paging, Text, act_of, paged

router = Router(tags=["fapiao"])


class FapiaoOut(Out):
    """One VAT invoice number (数电票号码, or 发票代码 and 发票号码 of an older one) on one bill."""

    id: int
    document: str = Field(description="The number of the bill")
    code: str
    number: str
    issued_on: Day
    amount: Amount | None = Field(description="Of the whole invoice with tax, where it was told")
    live: bool
    struck_reason: str


class RowIn(In):
    document: str = Field(..., min_length=1, max_length=24, description="The number of the bill")
    code: str = Field("", max_length=12, description="Of an older invoice only: 10 or 12 digits")
    number: str = Field(..., min_length=1, max_length=20, description="20 digits; 8 beside a code")
    issued_on: Day
    amount: Amount | None = Field(None, description="Of the whole invoice with tax, in CNY; then it must fit the bills")


class NoteIn(In):
    rows: list[RowIn] = Field(..., min_length=1, max_length=1000)


class StrikeIn(In):
    reason: str = Field(..., min_length=1, max_length=200)


class Which(Paging):
    document: Text = Field("", max_length=24, description="The number of a bill")
    number: Text = Field("", max_length=20, description="The whole number")
    tail: Text = Field("", max_length=8, description="The last 8 digits")
    live: bool | None = None


def shown(row: Fapiao) -> FapiaoOut:
    return FapiaoOut(
        id=row.pk, document=row.document.number, code=row.code, number=row.number, issued_on=row.issued_on,
        amount=None if row.amount is None else Amount.minor(row.amount, CURRENCY), live=row.live, struck_reason=row.struck_reason or "",
    )  # fmt: skip


@router.get("/", response=Paged[FapiaoOut], summary="Numbers of e-invoices")
def index(request: Any, which: Query[Which]) -> Any:
    """Newest first, those struck out too."""
    request.desk.must("fapiao.see")
    asked = {"document__number": which.document, "number": which.number, "tail": which.tail}
    rows = (
        queries.fapiaos(request.company.pk).select_related("document").filter(**{k: v for k, v in asked.items() if v})
    )
    return paged(rows if which.live is None else rows.filter(live=which.live), which, order="-id", make=shown)


@router.post("/", response={201: list[FapiaoOut]}, summary="Note numbers of e-invoices on bills")
def note(request: Any, body: NoteIn) -> Any:
    """All of them or none. The invoices were issued at the tax platform; this only says under which numbers."""
    request.desk.must("fapiao.note")
    company = request.company.pk
    bills = queries.bills_by_number(company, {r.document for r in body.rows})
    faults = [
        Fault("document", r.document, _("There is no such billing document."), _("Check its number."), n)
        for n, r in enumerate(body.rows, 1)
        if r.document not in bills
    ]
    faults += [
        Fault("amount", r.amount.currency, _("Every VAT invoice is in CNY."), row=n)
        for n, r in enumerate(body.rows, 1)
        if r.amount and r.amount.currency != CURRENCY
    ]
    if faults:
        raise Invalid(faults[0].reason, faults=tuple(faults))
    drafts = [
        Draft(bills[r.document].id, r.code.strip(), r.number.strip(), r.issued_on, r.amount.money().minor if r.amount else None, n)
        for n, r in enumerate(body.rows, 1)
    ]  # fmt: skip
    made = actions.note(act_of(request), drafts)
    rows = queries.fapiaos(company).select_related("document").filter(pk__in=made).order_by("id")
    return Status(201, [shown(row) for row in rows])


@router.post("/{pk}/strike", response=FapiaoOut, summary="Strike a number out")
def strike(request: Any, pk: Id, body: StrikeIn) -> Any:
    """It was noted by mistake. The row stays with the reason; at the tax platform nothing changes."""
    request.desk.must("fapiao.strike")
    actions.strike(act_of(request), pk, body.reason)
    return shown(queries.fapiao(request.company.pk, pk))
