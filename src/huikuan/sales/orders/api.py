"""The REST door of orders and deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from huikuan.books.catalog import queries as catalog
from huikuan.books.customers import queries as customers
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
from huikuan.kit.words import _
from huikuan.sales.orders import actions, queries
from huikuan.sales.orders.models import CreditDecision, Delivery, Order
from huikuan.sales.orders.rules.drafts import DeliveryDraft, DeliveryLineDraft, OrderChange, OrderDraft, OrderLineDraft
from huikuan.web.rest import Amount, Day, Id, In, Out, Paged, Paging, Text, act_of, if_match, paged, with_etag
from huikuan.web.shell import said

router = Router(tags=["orders"])
State = Literal["free", "held", "released", "rejected", "part_delivered", "delivered", "billed", "cancelled"]
NUMBER = r"^\d{1,12}(\.\d{1,10})?$"
QUANTITY = r"^\d{1,12}(\.\d{1,6})?$"
RATE = r"^\d{1,3}(\.\d{1,6})?%?$"


class OrderLineIn(In):
    """`item` is our item number; without a price the price list's is taken; discount as "5%" or "0.05"."""

    item: str = Field(min_length=1, max_length=40, examples=["COLA"])
    quantity: str = Field(pattern=QUANTITY, examples=["12"])
    price: str | None = Field(None, pattern=NUMBER, examples=["9.90"])
    discount: str = Field("0", pattern=RATE, examples=["5%"])
    text: str = Field("", max_length=200)


class ChangedLineIn(OrderLineIn):
    """`n` names a line that stands; 0 is a new one. A line left out is taken off."""

    n: int = Field(0, ge=0, le=999_999)


class OrderIn(In):
    customer: str = Field(min_length=1, max_length=20, description="Our customer number")
    date: Day
    lines: list[OrderLineIn] = Field(min_length=1, max_length=2000)
    requested: Day | None = None
    ship_to: str = Field("", max_length=20)
    terms: str = Field("", max_length=20, description="Code of payment terms; empty: the customer's")
    currency: str = Field("", pattern=r"^([A-Z]{3})?$")
    mode: Literal["", "net", "gross"] = ""
    customer_po: str = Field("", max_length=60)
    note: str = Field("", max_length=200)
    external: str = Field("", max_length=60, description="Your own key: the same key is refused a second time")


class ChangeIn(In):
    """What the order shall be; what is left out stays."""

    lines: list[ChangedLineIn] | None = Field(None, min_length=1, max_length=2000)
    terms: str | None = Field(None, max_length=20)
    requested: Day | None = None
    customer_po: str | None = Field(None, max_length=60)
    note: str | None = Field(None, max_length=200)


class ReasonIn(In):
    reason: str = Field(min_length=1, max_length=200)


class ReleaseIn(ReasonIn):
    evidence: Id | None = Field(None, description="Id of a kept file, such as a bank slip")


class CopyIn(In):
    date: Day
    requested: Day | None = None


class DeliveryLineIn(In):
    n: int = Field(ge=1, le=999_999)
    quantity: str = Field(pattern=QUANTITY)
    batch: str = Field("", max_length=40)
    expiry: Day | None = None


class DeliveryIn(In):
    """No lines: everything that is open leaves."""

    date: Day
    lines: list[DeliveryLineIn] = Field(default_factory=list, max_length=2000)
    etd: Day | None = None
    eta: Day | None = None
    carrier: str = Field("", max_length=60)
    external: str = Field("", max_length=60)


class SignOffIn(In):
    on: Day
    by: str = Field("", max_length=60)


class LineOut(Out):
    n: int
    item: str
    name: str
    quantity: str
    unit: str
    price: str
    discount: str
    tax_rate: str
    net: Amount
    tax: Amount
    gross: Amount
    delivered: str
    billed: str


class OrderOut(Out):
    id: int
    number: str
    state: State
    customer: str
    payer: str
    date: Day
    requested: Day | None
    terms: str | None
    mode: str
    net: Amount
    tax: Amount
    gross: Amount
    shortfall: Amount | None
    customer_po: str
    note: str
    reason: str
    external: str
    held_on: Day | None
    copied_from: int | None
    made_by: str
    made_at: datetime
    version: int


class OrderWhole(OrderOut):
    lines: list[LineOut]
    reasons: list[str] = Field(description="Why it is free or on hold")


class PreviewOut(Out):
    state: State
    net: Amount
    tax: Amount
    gross: Amount
    shortfall: Amount
    reasons: list[str]


class DecisionOut(Out):
    at: datetime
    on: Day
    by: str
    cause: str
    outcome: Literal["free", "held"]
    reasons: list[str]
    exposure: dict[str, Amount]
    limit: Amount | None
    amount: Amount
    shortfall: Amount


class DeliveryLineOut(Out):
    n: int
    item: str
    quantity: str
    batch: str
    expiry: Day | None


class DeliveryOut(Out):
    id: int
    number: str
    order: int
    date: Day
    etd: Day | None
    eta: Day | None
    signed_on: Day | None
    signed_by: str
    carrier: str
    state: Literal["open", "billed", "cancelled"]
    external: str


class DeliveryWhole(DeliveryOut):
    lines: list[DeliveryLineOut]


class RecheckOut(Out):
    checked: int
    freed: int


class Which(Paging):
    """Which orders."""

    state: State | None = None
    customer: Text | None = Field(None, max_length=20)
    payer: Text | None = Field(None, max_length=20)
    since: Day | None = None
    until: Day | None = None
    external: Text | None = Field(None, max_length=60)


class WhichDeliveries(Paging):
    """Which deliveries."""

    state: Literal["open", "billed", "cancelled"] | None = None
    order: Id | None = None


# ---- shown -------------------------------------------------------------------------------------------------------


def shown(o: Order) -> OrderOut:
    return OrderOut(**_facts(o))


def _facts(o: Order) -> dict[str, Any]:
    def money(minor: int) -> Amount:
        return Amount.minor(minor, o.currency)

    return {
        "id": o.pk, "number": o.number, "state": o.state, "customer": o.customer.number, "payer": o.payer.number, "date": o.date,
        "requested": o.requested, "terms": o.terms.code if o.terms else None, "mode": o.mode, "net": money(o.net), "tax": money(o.tax),
        "gross": money(o.gross), "shortfall": money(o.shortfall) if o.shortfall is not None else None, "customer_po": o.customer_po,
        "note": o.note, "reason": o.reason, "external": o.external, "held_on": o.held_on, "copied_from": o.copied_from_id,
        "made_by": o.made_by, "made_at": o.made_at, "version": o.version,
    }  # fmt: skip


def whole(company: int, pk: int) -> OrderWhole:
    o = queries.order(company, pk)

    def money(minor: int) -> Amount:
        return Amount.minor(minor, o.currency)

    lines = [
        LineOut(
            n=x.n, item=x.item.number, name=x.item.name, quantity=scaled_text(x.quantity, QUANTITY_SCALE), unit=x.unit,
            price=scaled_text(x.price, PRICE_SCALE), discount=scaled_text(x.discount, RATE_SCALE),
            tax_rate=scaled_text(x.tax_rate, RATE_SCALE), net=money(x.net), tax=money(x.tax), gross=money(x.gross),
            delivered=scaled_text(x.delivered, QUANTITY_SCALE), billed=scaled_text(x.billed, QUANTITY_SCALE),
        )
        for x in queries.lines(pk)
    ]  # fmt: skip
    newest = queries.decisions(pk)[:1]
    return OrderWhole(**_facts(o), lines=lines, reasons=[said(r) for d in newest for r in queries.reasons(d)])


def _answer(request: Any, response: HttpResponse, pk: int) -> OrderWhole:
    found = whole(request.company.pk, pk)
    with_etag(request, response, found.version)
    return found


def delivery_shown(d: Delivery) -> DeliveryOut:
    return DeliveryOut(**_delivery(d))


def _delivery(d: Delivery) -> dict[str, Any]:
    names = ("number", "date", "etd", "eta", "signed_on", "signed_by", "carrier", "state", "external")
    return {"id": d.pk, "order": d.order_id, **{n: getattr(d, n) for n in names}}


def delivery_whole(company: int, pk: int) -> DeliveryWhole:
    d = queries.delivery(company, pk)
    lines = [
        DeliveryLineOut(
            n=x.order_line.n,
            item=x.order_line.item.number,
            quantity=scaled_text(x.quantity, QUANTITY_SCALE),
            batch=x.batch,
            expiry=x.expiry,
        )
        for x in d.lines.select_related("order_line", "order_line__item").order_by("id")
    ]
    return DeliveryWhole(**_delivery(d), lines=lines)


def decision_shown(d: CreditDecision) -> DecisionOut:
    def money(minor: int) -> Amount:
        return Amount.minor(minor, d.currency)

    return DecisionOut(
        at=d.at, on=d.on, by=d.by, cause=d.cause, outcome=d.outcome, reasons=[said(r) for r in queries.reasons(d)],  # type: ignore[arg-type]
        exposure={k: money(v) for k, v in d.exposure.items()}, limit=None if d.limit is None else money(d.limit), amount=money(d.amount),
        shortfall=money(d.shortfall),
    )  # fmt: skip


# ---- read in -----------------------------------------------------------------------------------------------------


def _lines(company: int, given: list[Any]) -> tuple[OrderLineDraft, ...]:
    items = {i.number: i.id for i in catalog.by_numbers(company, {x.item for x in given}).values()}
    faults, found = [], []
    for row, x in enumerate(given, 1):
        if x.item not in items:
            faults.append(Fault("item", x.item, _("There is no such item."), row=row))
            continue
        price = parse_price(x.price) if x.price is not None else None
        found.append(
            OrderLineDraft(
                items[x.item], parse_quantity(x.quantity), price, parse_rate(x.discount), x.text, getattr(x, "n", 0)
            )
        )
    if faults:
        raise Invalid(faults[0].reason, faults=tuple(faults))
    return tuple(found)


def _terms(company: int, code: str | None) -> int | None:
    return customers.terms(company, code).id if code else None


def _draft(company: int, body: OrderIn) -> OrderDraft:
    one = customers.customer(company, body.customer)
    ship_to = None
    if body.ship_to:
        ship_to = next((p.id for p in customers.ship_tos(company, one.id) if p.number == body.ship_to), None)
        if ship_to is None:
            raise Invalid.one("ship_to", body.ship_to, _("The customer has no such ship-to."))
    return OrderDraft(
        one.id, body.date, _lines(company, body.lines), body.requested, ship_to, _terms(company, body.terms), body.currency, body.mode,
        body.customer_po, body.note, body.external,
    )  # fmt: skip


# ---- deliveries --------------------------------------------------------------------------------------------------


@router.get("/deliveries", response=Paged[DeliveryOut], summary="Deliveries")
def deliveries(request: Any, which: Query[WhichDeliveries]) -> Any:
    """Newest first."""
    request.desk.must("orders.see")
    rows = queries.deliveries(request.company.pk)
    if which.state:
        rows = rows.filter(state=which.state)
    if which.order:
        rows = rows.filter(order_id=which.order)
    return paged(rows, which, order="-id", make=delivery_shown)


@router.get("/deliveries/{pk}", response=DeliveryWhole, summary="One delivery")
def delivery(request: Any, pk: Id) -> Any:
    request.desk.must("orders.see")
    return delivery_whole(request.company.pk, pk)


@router.post("/deliveries/{pk}/sign-off", response=DeliveryWhole, summary="The goods were signed for")
def sign_off(request: Any, pk: Id, body: SignOffIn) -> Any:
    """Due dates that wait for it follow by themselves."""
    actions.sign_off(act_of(request), pk, body.on, body.by)
    return delivery_whole(request.company.pk, pk)


@router.post("/deliveries/{pk}/cancel", response=DeliveryWhole, summary="Cancel a delivery")
def cancel_delivery(request: Any, pk: Id, body: ReasonIn) -> Any:
    actions.cancel_delivery(act_of(request), pk, body.reason)
    return delivery_whole(request.company.pk, pk)


@router.post("/recheck", response=RecheckOut, summary="Check all orders on hold again")
def recheck(request: Any) -> Any:
    return actions.recheck_held(act_of(request))


@router.post("/preview", response=PreviewOut, summary="What an order would be")
def preview(request: Any, body: OrderIn) -> Any:
    """Price, tax and credit decision; nothing is stored."""
    request.desk.must("orders.place")
    seen = actions.preview_order(act_of(request, dry=True), _draft(request.company.pk, body))

    def money(minor: int) -> Amount:
        return Amount.minor(minor, seen.currency)

    return PreviewOut(
        state=seen.state, net=money(seen.net), tax=money(seen.tax), gross=money(seen.gross), shortfall=money(seen.shortfall),  # type: ignore[arg-type]
        reasons=[said(r) for r in seen.reasons],
    )  # fmt: skip


# ---- orders ------------------------------------------------------------------------------------------------------


@router.get("/", response=Paged[OrderOut], summary="Orders")
def orders(request: Any, which: Query[Which]) -> Any:
    """Newest first."""
    request.desk.must("orders.see")
    asked = {
        "state": which.state, "customer__number": which.customer, "payer__number": which.payer, "date__gte": which.since,
        "date__lte": which.until, "external": which.external,
    }  # fmt: skip
    rows = queries.orders(request.company.pk).select_related("customer", "payer", "terms")
    return paged(rows.filter(**{k: v for k, v in asked.items() if v is not None}), which, order="-id", make=shown)


@router.post("/", response={201: OrderWhole}, summary="Place an order")
def place(request: Any, response: HttpResponse, body: OrderIn) -> Any:
    """It is priced, taxed and judged for credit: free, or on hold with its reasons."""
    request.desk.must("orders.place")
    order = actions.place(act_of(request), _draft(request.company.pk, body))
    return Status(201, _answer(request, response, order.pk))


@router.get("/{pk}", response=OrderWhole, summary="One order")
def one(request: Any, response: HttpResponse, pk: Id) -> Any:
    request.desk.must("orders.see")
    return _answer(request, response, pk)


@router.patch("/{pk}", response=OrderWhole, summary="Change an order")
def change(request: Any, response: HttpResponse, pk: Id, body: ChangeIn) -> Any:
    """A change of quantity, price or terms is checked for credit again."""
    company = request.company.pk
    request.desk.must("orders.place")
    lines = _lines(company, body.lines) if body.lines is not None else None
    wanted = OrderChange(lines, _terms(company, body.terms), body.requested, None, body.customer_po, body.note)
    actions.change(act_of(request), pk, wanted, if_match(request))
    return _answer(request, response, pk)


@router.get("/{pk}/decisions", response=list[DecisionOut], summary="Credit decisions of an order")
def decisions(request: Any, pk: Id) -> Any:
    """Newest first, with exposure by layer as it stood."""
    request.desk.must("orders.see")
    return [decision_shown(d) for d in queries.decisions(queries.order(request.company.pk, pk).pk)]


@router.post("/{pk}/release", response=OrderWhole, summary="Release an order on hold")
def release(request: Any, response: HttpResponse, pk: Id, body: ReleaseIn) -> Any:
    """Above your limit an approval is asked for, and the order stays on hold until it is granted."""
    actions.release(act_of(request), pk, body.reason, body.evidence, if_match(request))
    return _answer(request, response, pk)


@router.post("/{pk}/reject", response=OrderWhole, summary="Reject an order on hold")
def reject(request: Any, response: HttpResponse, pk: Id, body: ReasonIn) -> Any:
    actions.reject(act_of(request), pk, body.reason, if_match(request))
    return _answer(request, response, pk)


@router.post("/{pk}/check", response=OrderWhole, summary="Check an order on hold again")
def check(request: Any, response: HttpResponse, pk: Id) -> Any:
    actions.check_again(act_of(request), pk)
    return _answer(request, response, pk)


@router.post("/{pk}/cancel", response=OrderWhole, summary="Cancel an order")
def cancel(request: Any, response: HttpResponse, pk: Id, body: ReasonIn) -> Any:
    actions.cancel(act_of(request), pk, body.reason, if_match(request))
    return _answer(request, response, pk)


@router.post("/{pk}/copy", response={201: OrderWhole}, summary="Copy an order")
def copy(request: Any, response: HttpResponse, pk: Id, body: CopyIn) -> Any:
    """A copy of an order on hold is on hold."""
    order = actions.copy(act_of(request), pk, body.date, body.requested)
    return Status(201, _answer(request, response, order.pk))


@router.post("/{pk}/deliveries", response={201: DeliveryWhole}, summary="Deliver an order")
def deliver(request: Any, pk: Id, body: DeliveryIn) -> Any:
    lines = tuple(DeliveryLineDraft(x.n, parse_quantity(x.quantity), x.batch, x.expiry) for x in body.lines)
    made = actions.deliver(
        act_of(request), DeliveryDraft(pk, body.date, lines, body.etd, body.eta, body.carrier, body.external)
    )
    return Status(201, delivery_whole(request.company.pk, made.pk))
