"""The REST door of billing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from huikuan.books.catalog import queries as catalog
from huikuan.books.customers import queries as customers
from huikuan.books.ledger.rules import voucher
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.money import (
    PRICE_SCALE,
    QUANTITY_SCALE,
    RATE_SCALE,
    parse_price,
    parse_quantity,
    parse_rate,
    scaled_text,
)
from huikuan.kit.words import _, unpack
from huikuan.sales.billing import actions, paper, queries
from huikuan.sales.billing.types import InvoiceDraft, InvoiceLineDraft
from huikuan.web.rest import Amount, Day, Id, In, Out, Paged, Paging, Text, act_of, paged, with_etag
from huikuan.web.shell import said

router = Router(tags=["billing"])
Kind = Literal["invoice", "credit_note", "cancellation"]
State = Literal["draft", "posted", "cancelled"]


class BillIn(In):
    deliveries: list[Id] = Field(min_length=1, max_length=500)
    date: Day


class InvoiceLineIn(In):
    """`item` is our item number; the price is in the terms of `mode`; discount as "5%" or "0.05"."""

    item: str = Field(min_length=1, max_length=40, examples=["COLA"])
    quantity: str = Field(pattern=r"^\d{1,12}(\.\d{1,6})?$", examples=["12"])
    price: str = Field(pattern=r"^\d{1,12}(\.\d{1,10})?$", examples=["9.90"])
    discount: str = Field("0", pattern=r"^\d{1,3}(\.\d{1,6})?%?$", examples=["5%"])
    text: str = Field("", max_length=200)


class InvoiceIn(In):
    customer: str = Field(min_length=1, max_length=20, description="Our customer number")
    date: Day
    lines: list[InvoiceLineIn] = Field(min_length=1, max_length=2000)
    terms: str = Field("", max_length=20, description="Code of payment terms; empty: the customer's")
    currency: str = Field("", pattern=r"^([A-Z]{3})?$")
    mode: Literal["net", "gross"] = "net"
    reference: str = Field("", max_length=60)
    external: str = Field("", max_length=60, description="Your own key: the same key is refused a second time")


class RunIn(In):
    until: Day


class ReasonIn(In):
    date: Day
    reason: str = Field(min_length=1, max_length=200)


class CreditLineIn(In):
    n: int = Field(ge=1, le=999_999)
    quantity: str = Field(pattern=r"^\d{1,12}(\.\d{1,6})?$")


class CreditIn(ReasonIn):
    """Lines by quantity, or an amount over the whole bill, or (neither) all that is left."""

    lines: list[CreditLineIn] = Field(default_factory=list, max_length=2000)
    amount: Amount | None = None


class ReceivedIn(In):
    on: Day


class LineOut(Out):
    n: int
    item: str | None
    text: str
    quantity: str | None
    unit: str
    price: str | None
    net: Amount
    tax_rate: str
    tax: Amount
    gross: Amount
    delivery: int | None


class DueOut(Out):
    amount: Amount
    open: Amount
    due: Day | None
    awaiting: str
    why: str | None


class DocumentOut(Out):
    id: int
    number: str
    kind: Kind
    state: State
    payer: str
    customer: str
    order: int | None
    date: Day
    net: Amount
    tax: Amount
    gross: Amount
    reference: str
    reason: str
    original: int | None
    cancels: int | None
    external: str
    led: Literal["huikuan", "sap"] = Field(
        "huikuan", description="Who decides about it; what SAP leads is not moved here"
    )
    made_by: str
    made_at: datetime
    version: int


class DocumentWhole(DocumentOut):
    entry: str | None
    lines: list[LineOut]
    due: list[DueOut]


class BilledOut(Out):
    documents: list[int]


class RunOut(Out):
    run: int
    orders: int
    refused: int
    documents: list[int]


class AskedOut(Out):
    approval: int


class DueDelivery(Out):
    id: int
    number: str
    order: int
    date: Day
    signed_on: Day | None


class Which(Paging):
    """Which documents."""

    kind: Kind | None = None
    state: State | None = None
    payer: Text | None = Field(None, max_length=20)
    order: Id | None = None
    since: Day | None = None
    until: Day | None = None


class Until(Paging):
    """What left until a day (default: today)."""

    until: Day | None = None


def _facts(d: Any) -> dict[str, Any]:
    """Of a row of `queries.told`."""

    def money(minor: int) -> Amount:
        return Amount.minor(minor, d.currency)

    return {
        "id": d.pk, "number": d.number, "kind": d.kind, "state": d.state, "payer": d.payer_number, "customer": d.customer_number,
        "order": d.order_id, "date": d.date, "net": money(d.net), "tax": money(d.tax), "gross": money(d.gross),
        "reference": d.reference, "reason": d.reason, "original": d.original_id, "cancels": d.cancels_id, "external": d.external,
        "led": d.led,
        "made_by": d.made_by, "made_at": d.made_at, "version": d.version,
    }  # fmt: skip


def shown(d: Any) -> DocumentOut:
    return DocumentOut(**_facts(d))


def whole(company: int, pk: int) -> DocumentWhole:
    d = queries.told_one(company, pk)

    def money(minor: int) -> Amount:
        return Amount.minor(minor, d.currency)

    lines = [
        LineOut(
            n=x.n, item=x.item_number, text=x.text,
            quantity=None if x.quantity is None else scaled_text(x.quantity, QUANTITY_SCALE), unit=x.unit,
            price=None if x.price is None else scaled_text(x.price, PRICE_SCALE), net=money(x.net),
            tax_rate=scaled_text(x.tax_rate, RATE_SCALE), tax=money(x.tax), gross=money(x.gross), delivery=x.delivery_id,
        )
        for x in queries.told_lines(pk)
    ]  # fmt: skip
    whys = [unpack(p.get("why")) for p in d.due]
    due = [
        DueOut(
            amount=money(i.amount), open=money(i.remaining), due=i.due_date, awaiting=i.awaiting,
            why=said(whys[n]) if n < len(whys) and whys[n] else None,
        )
        for n, i in enumerate(queries.items(d))
    ]  # fmt: skip
    return DocumentWhole(
        **_facts(d),
        entry=voucher(d.entry_klass, d.entry_year, d.entry_number) if d.entry_id else None,
        lines=lines,
        due=due,
    )


def _answer(request: Any, response: HttpResponse, pk: int) -> DocumentWhole:
    found = whole(request.company.pk, pk)
    with_etag(request, response, found.version)
    return found


@router.get("/", response=Paged[DocumentOut], summary="Billing documents")
def documents(request: Any, which: Query[Which]) -> Any:
    """Newest first."""
    request.desk.must("billing.see")
    asked = {
        "kind": which.kind, "state": which.state, "payer__number": which.payer, "order_id": which.order, "date__gte": which.since,
        "date__lte": which.until,
    }  # fmt: skip
    rows = queries.told(request.company.pk)
    return paged(rows.filter(**{k: v for k, v in asked.items() if v is not None}), which, order="-id", make=shown)


@router.get("/due", response=Paged[DueDelivery], summary="Deliveries to be billed")
def due(request: Any, which: Query[Until]) -> Any:
    request.desk.must("billing.see")
    rows = queries.due_list(request.company.pk, which.until or request.today)
    return paged(
        rows, which, order="id",
        make=lambda d: DueDelivery(id=d.pk, number=d.number, order=d.order_id, date=d.date, signed_on=d.signed_on),
    )  # fmt: skip


@router.post("/bill", response={201: BilledOut}, summary="Bill deliveries")
def bill(request: Any, body: BillIn) -> Any:
    """Posted at once; a document per order, or as the company has set it."""
    return Status(201, {"documents": actions.bill(act_of(request), list(body.deliveries), body.date)})


@router.post("/run", response={202: RunOut}, summary="Bill all that left until a day")
def run(request: Any, body: RunIn) -> Any:
    """In chunks, each its own act: what is refused holds back only itself."""
    request.desk.must("billing.post")
    if body.until > request.today:
        raise Invalid.one("until", body.until, _("The day lies in the future."))
    done = actions.bill_due(act_of(request), body.until)
    return Status(
        202, {"run": done.run, "orders": done.done, "refused": done.refused, "documents": list(done.documents)}
    )


@router.post("/invoices", response={201: DocumentWhole}, summary="Post an invoice without an order")
def invoice(request: Any, response: HttpResponse, body: InvoiceIn) -> Any:
    """Drawn up, numbered and booked at once."""
    made = actions.issue(act_of(request), [_draft(request.company.pk, body)])
    return Status(201, _answer(request, response, made[0]))


def _draft(company: int, body: InvoiceIn) -> InvoiceDraft:
    items = {i.number: i.id for i in catalog.by_numbers(company, {x.item for x in body.lines}).values()}
    faults = [
        Fault("item", x.item, _("There is no such item."), row=n)
        for n, x in enumerate(body.lines, 1)
        if x.item not in items
    ]
    if faults:
        raise Invalid(faults[0].reason, faults=tuple(faults))
    lines = tuple(
        InvoiceLineDraft(
            items[x.item], parse_quantity(x.quantity), parse_price(x.price), parse_rate(x.discount), x.text
        )
        for x in body.lines
    )
    terms = customers.terms(company, body.terms).id if body.terms else None
    one = customers.customer(company, body.customer)
    return InvoiceDraft(one.id, body.date, lines, terms, body.currency, body.mode, body.reference, body.external)


@router.get("/{pk}", response=DocumentWhole, summary="One billing document")
def one(request: Any, response: HttpResponse, pk: Id) -> Any:
    request.desk.must("billing.see")
    return _answer(request, response, pk)


@router.get(
    "/{pk}/pdf",
    summary="The document as PDF",
    openapi_extra={"responses": {200: {"description": "PDF/A", "content": {"application/pdf": {}}}}},
)
def pdf(request: Any, pk: Id, language: Literal["zh-hans", "en"] | None = None) -> Any:
    request.desk.must("billing.see")
    return HttpResponse(
        paper.pdf(queries.on_paper(request.company.pk, pk, language or "")), content_type="application/pdf"
    )


@router.post("/{pk}/credit-notes", response={202: AskedOut}, summary="Ask for a credit note")
def credit(request: Any, pk: Id, body: CreditIn) -> Any:
    """Another person approves it; the grant posts it."""
    lines = [actions.CreditLine(x.n, parse_quantity(x.quantity)) for x in body.lines]
    amount = body.amount.money() if body.amount else None
    if lines and amount is not None:
        raise Invalid.one("amount", body.amount, _("Name an amount or quantities, not both."))
    return Status(202, {"approval": actions.ask_credit(act_of(request), pk, body.date, body.reason, lines, amount)})


@router.post("/{pk}/cancel", response={201: DocumentWhole}, summary="Cancel a document")
def cancel(request: Any, response: HttpResponse, pk: Id, body: ReasonIn) -> Any:
    """Answers with the cancellation, its mirror image."""
    made = actions.cancel(act_of(request), pk, body.date, body.reason)
    return Status(201, _answer(request, response, made.pk))


@router.post("/{pk}/received", response=DocumentWhole, summary="The customer has the invoice")
def received(request: Any, response: HttpResponse, pk: Id, body: ReceivedIn) -> Any:
    actions.received_invoice(act_of(request), pk, body.on)
    return _answer(request, response, pk)
