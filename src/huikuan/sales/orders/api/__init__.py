"""The REST door of orders and deliveries."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router, Status

from huikuan.kit.money import (
    parse_quantity,
)
from huikuan.sales.orders import actions, queries
from huikuan.sales.orders.api.shapes import (
    ChangeIn,
    CopyIn,
    DecisionOut,
    DeliveryIn,
    DeliveryOut,
    DeliveryWhole,
    OrderIn,
    OrderOut,
    OrderWhole,
    PreviewOut,
    ReasonIn,
    RecheckOut,
    ReleaseIn,
    SignOffIn,
    Which,
    WhichDeliveries,
    answer,
    decision_shown,
    delivery_shown,
    delivery_whole,
    draft_in,
    lines_in,
    shown,
    terms_in,
)
from huikuan.sales.orders.rules.drafts import DeliveryDraft, DeliveryLineDraft, OrderChange
from huikuan.web.rest import Amount, Id, Paged, act_of, if_match, paged
from huikuan.web.shell import said

router = Router(tags=["orders"])


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
    seen = actions.preview_order(act_of(request, dry=True), draft_in(request.company.pk, body))

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
    order = actions.place(act_of(request), draft_in(request.company.pk, body))
    return Status(201, answer(request, response, order.pk))


@router.get("/{pk}", response=OrderWhole, summary="One order")
def one(request: Any, response: HttpResponse, pk: Id) -> Any:
    request.desk.must("orders.see")
    return answer(request, response, pk)


@router.patch("/{pk}", response=OrderWhole, summary="Change an order")
def change(request: Any, response: HttpResponse, pk: Id, body: ChangeIn) -> Any:
    """A change of quantity, price or terms is checked for credit again."""
    company = request.company.pk
    request.desk.must("orders.place")
    lines = lines_in(company, body.lines) if body.lines is not None else None
    terms = terms_in(company, body.terms)
    wanted = OrderChange(lines, terms, body.requested, None, body.customer_po, body.note, body.contract)
    actions.change(act_of(request), pk, wanted, if_match(request))
    return answer(request, response, pk)


@router.get("/{pk}/decisions", response=list[DecisionOut], summary="Credit decisions of an order")
def decisions(request: Any, pk: Id) -> Any:
    """Newest first, with exposure by layer as it stood."""
    request.desk.must("orders.see")
    return [decision_shown(d) for d in queries.decisions(queries.order(request.company.pk, pk).pk)]


@router.post("/{pk}/release", response=OrderWhole, summary="Release an order on hold")
def release(request: Any, response: HttpResponse, pk: Id, body: ReleaseIn) -> Any:
    """Above your limit an approval is asked for, and the order stays on hold until it is granted."""
    actions.release(act_of(request), pk, body.reason, body.evidence, if_match(request))
    return answer(request, response, pk)


@router.post("/{pk}/reject", response=OrderWhole, summary="Reject an order on hold")
def reject(request: Any, response: HttpResponse, pk: Id, body: ReasonIn) -> Any:
    actions.reject(act_of(request), pk, body.reason, if_match(request))
    return answer(request, response, pk)


@router.post("/{pk}/check", response=OrderWhole, summary="Check an order on hold again")
def check(request: Any, response: HttpResponse, pk: Id) -> Any:
    actions.check_again(act_of(request), pk)
    return answer(request, response, pk)


@router.post("/{pk}/cancel", response=OrderWhole, summary="Cancel an order")
def cancel(request: Any, response: HttpResponse, pk: Id, body: ReasonIn) -> Any:
    actions.cancel(act_of(request), pk, body.reason, if_match(request))
    return answer(request, response, pk)


@router.post("/{pk}/copy", response={201: OrderWhole}, summary="Copy an order")
def copy(request: Any, response: HttpResponse, pk: Id, body: CopyIn) -> Any:
    """A copy of an order on hold is on hold."""
    order = actions.copy(act_of(request), pk, body.date, body.requested)
    return Status(201, answer(request, response, order.pk))


@router.post("/{pk}/deliveries", response={201: DeliveryWhole}, summary="Deliver an order")
def deliver(request: Any, pk: Id, body: DeliveryIn) -> Any:
    lines = tuple(DeliveryLineDraft(x.n, parse_quantity(x.quantity), x.batch, x.expiry) for x in body.lines)
    made = actions.deliver(
        act_of(request), DeliveryDraft(pk, body.date, lines, body.etd, body.eta, body.carrier, body.external)
    )
    return Status(201, delivery_whole(request.company.pk, made.pk))
