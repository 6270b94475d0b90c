"""What the REST door of orders takes and gives, and how drafts are made of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
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
from huikuan.sales.orders import queries
from huikuan.sales.orders.models import CreditDecision, Delivery, Order
from huikuan.sales.orders.rules.drafts import OrderDraft, OrderLineDraft
from huikuan.web.rest import Amount, Day, Id, In, Out, Paging, Text, with_etag
from huikuan.web.shell import said

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
    contract: str = Field("", max_length=60, description="Number of the sales contract")
    note: str = Field("", max_length=200)
    external: str = Field("", max_length=60, description="Your own key: the same key is refused a second time")


class ChangeIn(In):
    """What the order shall be; what is left out stays."""

    lines: list[ChangedLineIn] | None = Field(None, min_length=1, max_length=2000)
    terms: str | None = Field(None, max_length=20)
    requested: Day | None = None
    customer_po: str | None = Field(None, max_length=60)
    contract: str | None = Field(None, max_length=60)
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
    contract: str
    note: str
    reason: str
    external: str
    led: Literal["huikuan", "sap"] = Field(
        "huikuan", description="Who decides about it; what SAP leads is not moved here"
    )
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
    led: Literal["huikuan", "sap"] = Field(
        "huikuan", description="Who decides about it; what SAP leads is not moved here"
    )


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
        "contract": o.contract,
        "note": o.note, "reason": o.reason, "external": o.external, "led": o.led, "held_on": o.held_on, "copied_from": o.copied_from_id,
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


def answer(request: Any, response: HttpResponse, pk: int) -> OrderWhole:
    found = whole(request.company.pk, pk)
    with_etag(request, response, found.version)
    return found


def delivery_shown(d: Delivery) -> DeliveryOut:
    return DeliveryOut(**_delivery(d))


def _delivery(d: Delivery) -> dict[str, Any]:
    names = ("number", "date", "etd", "eta", "signed_on", "signed_by", "carrier", "state", "external", "led")
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


def lines_in(company: int, given: list[Any]) -> tuple[OrderLineDraft, ...]:
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


def terms_in(company: int, code: str | None) -> int | None:
    return customers.terms(company, code).id if code else None


def draft_in(company: int, body: OrderIn) -> OrderDraft:
    one = customers.customer(company, body.customer)
    ship_to = None
    if body.ship_to:
        ship_to = next((p.id for p in customers.ship_tos(company, one.id) if p.number == body.ship_to), None)
        if ship_to is None:
            raise Invalid.one("ship_to", body.ship_to, _("The customer has no such ship-to."))
    return OrderDraft(
        one.id, body.date, lines_in(company, body.lines), body.requested, ship_to, terms_in(company, body.terms), body.currency, body.mode,
        body.customer_po, body.note, body.external, contract=body.contract,
    )  # fmt: skip
