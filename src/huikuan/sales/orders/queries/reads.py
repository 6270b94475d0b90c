"""Orders and deliveries, read: frozen records for the floors above, querysets for this room's own pages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum, Value
from django.db.models.functions import Upper

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Missing
from huikuan.kit.money import Money
from huikuan.kit.words import Say, _, unpack
from huikuan.office.trail.store import among, begins
from huikuan.sales.orders.models import CreditDecision, Delivery, DeliveryLine, Order, OrderImport, OrderLine, Release

Day = date  # a field may be called date


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a delivery with what a bill needs of its order line. `before`: billed of the line up to now."""

    id: int
    order_line: int
    n: int
    item: int
    text: str
    unit: str
    quantity: int
    price: int
    discount: int
    tax_code: str
    tax_rate: int
    before: int
    batch: str
    expiry: Day | None


@dataclass(frozen=True, slots=True)
class Shipped:
    """A delivery with its order's facts: what billing needs."""

    id: int
    number: str
    order: int
    order_number: str
    order_date: Day
    customer: int
    payer: int
    org: int | None
    terms: int | None
    date: Day
    signed_on: Day | None
    state: str
    currency: str
    mode: str
    customer_po: str
    lines: tuple[Line, ...]


def orders(company: int) -> QuerySet[Order]:
    """For this room's own pages and REST."""
    return Order.objects.filter(company_id=company)


def order(company: int, pk: int) -> Order:
    """One order with its payer and customer. Raises Missing; an order of another company is missing too."""
    # The rest is read when it is asked for: six joins take PostgreSQL longer to plan than to read.
    found = orders(company).select_related("customer", "payer").filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such order."))
    return found


def by_number(company: int, number: str) -> Order:
    found = orders(company).filter(number=number).first()
    if found is None:
        raise Missing(_("There is no order %(number)s.", number=number))
    return found


def waits_for_money(company: int, order_id: int) -> bool:
    """Whether it was let go on a slip whose money nobody has confirmed yet."""
    return Release.objects.filter(
        company_id=company, order_id=order_id, ended_on__isnull=True, evidence__isnull=False, money_came_on__isnull=True
    ).exists()


def lines(order_id: int) -> QuerySet[OrderLine]:
    return OrderLine.objects.filter(order_id=order_id).select_related("item").order_by("n")


def known_externals(company: int, keys: Collection[str]) -> dict[str, int]:
    """External key -> order id, of those that are here already."""
    return dict(orders(company).filter(external__in=among({k for k in keys if k})).values_list("external", "pk"))


def deliveries_by_external(company: int, keys: Collection[str]) -> dict[str, Delivery]:
    """External key -> delivery with its order, of those that are here."""
    rows = deliveries(company).filter(external__in=among({k for k in keys if k})).select_related("order")
    return {d.external: d for d in rows}


def line_ids(company: int, orders_: Collection[int]) -> dict[tuple[int, int], int]:
    """(order, line number) -> id of the line."""
    rows = OrderLine.objects.filter(company_id=company, order_id__in=among(set(orders_)))
    return {(o, n): pk for o, n, pk in rows.values_list("order_id", "n", "pk")}


def lines_of(company: int, orders_: Collection[int]) -> QuerySet[OrderLine]:
    """The lines of some orders with their items, in order."""
    return (
        OrderLine.objects.filter(company_id=company, order_id__in=orders_)
        .select_related("item")
        .order_by("order_id", "n")
    )


def decisions(order_id: int) -> list[CreditDecision]:
    """Newest first."""
    return list(CreditDecision.objects.filter(order_id=order_id).order_by("-id"))


def reasons(decision: CreditDecision) -> list[Say]:
    return [unpack(r) for r in decision.reasons]


def deliveries(company: int) -> QuerySet[Delivery]:
    return Delivery.objects.filter(company_id=company)


def delivery(company: int, pk: int) -> Delivery:
    found = deliveries(company).select_related("order", "order__customer", "order__payer").filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such delivery."))
    return found


def imports(company: int) -> QuerySet[OrderImport]:
    return OrderImport.objects.filter(company_id=company)


def billable(company: int, until: date, *, signed: bool = False) -> QuerySet[Delivery]:
    """Deliveries that left on or before a day and are not billed; `signed`: only those signed for by then. What another
    system leads is billed there."""
    found = deliveries(company).filter(state="open", date__lte=until, led="huikuan", order__led="huikuan")
    return found.filter(signed_on__lte=until) if signed else found


def shipped(company: int, ids: Collection[int]) -> list[Shipped]:
    """Deliveries with their lines, by id. Unknown ids are left out."""
    wanted = sorted(set(ids))
    rows: list[Delivery] = []
    goods: dict[int, list[Line]] = {}
    for i in range(0, len(wanted), 500):
        part = wanted[i : i + 500]
        rows += deliveries(company).filter(pk__in=part).select_related("order").order_by("pk")
        found = DeliveryLine.objects.filter(company_id=company, delivery_id__in=part).select_related(
            "order_line", "order_line__item"
        )
        for line in found.order_by("delivery_id", "id"):
            of = line.order_line
            goods.setdefault(line.delivery_id, []).append(
                Line(
                    line.pk,
                    of.pk,
                    of.n,
                    of.item_id,
                    of.text or of.item.name,
                    of.unit,
                    line.quantity,
                    of.price,
                    of.discount,
                    of.tax_code,
                    of.tax_rate,
                    of.billed,
                    line.batch,
                    line.expiry,
                )
            )
    return [
        Shipped(
            d.pk, d.number, d.order_id, d.order.number, d.order.date, d.order.customer_id, d.order.payer_id, d.order.org_id,
            d.order.terms_id, d.date, d.signed_on, d.state, d.order.currency, d.order.mode, d.order.customer_po,
            tuple(goods.get(d.pk, ())),
        )
        for d in rows
    ]  # fmt: skip


def held_ids(company: int, payer: int | None = None) -> list[int]:
    """Orders on hold, oldest first; of one payer, or of all."""
    found = orders(company).filter(state="held")
    if payer is not None:
        found = found.filter(payer_id=payer)
    return list(found.order_by("id").values_list("pk", flat=True))


def held_count(company: int, login: str = "") -> int:
    return orders(company).filter(state="held").order_by()[:10_001].count()


def held_sums(company: int) -> list[tuple[str, int, int, int]]:
    """(currency, orders, gross, shortfall) of what is on hold."""
    rows = (
        orders(company)
        .filter(state="held")
        .values("currency")
        .annotate(n=Count("id"), gross=Sum("gross"), short=Sum("shortfall"))
    )
    return [(r["currency"], r["n"], r["gross"], r["short"] or 0) for r in rows.order_by("currency")]


def state_counts(company: int) -> dict[str, int]:
    return dict(orders(company).values_list("state").annotate(n=Count("id")).order_by())


def find(company: int, text: str, limit: int) -> list[tuple[str, int, str, Money]]:
    """(kind, id, number, gross of the order) by number, purchase order, contract or external key."""
    text = text.strip()
    if len(text) < 3:
        return []
    # Each by its own index: asked in one question with OR, all orders were looked at.
    rows = orders(company).order_by()
    folded = rows.annotate(po=Upper("customer_po"), theirs=Upper("external"), deal=Upper("contract"))
    ways = (
        rows.filter(begins("number", text)).order_by("-number"),
        folded.filter(po=Upper(Value(text))).exclude(customer_po=""),
        folded.filter(theirs=Upper(Value(text))).exclude(external=""),
        folded.filter(deal=Upper(Value(text))).exclude(contract="").order_by("-number"),
    )
    pks = {pk for way in ways for pk in way.values_list("pk", flat=True)[:limit]}
    some = Order.objects.filter(pk__in=pks).order_by("-id")[:limit] if pks else ()
    found = [("order", o.pk, o.number, Money(o.gross, o.currency)) for o in some]
    gone = deliveries(company).filter(begins("number", text)).select_related("order")
    for d in gone.order_by("-number")[:limit]:
        found.append(("delivery", d.pk, d.number, Money(d.order.gross, d.order.currency)))
    return found[:limit]


def written(company: int, numbers: Collection[str]) -> dict[int, set[str]]:
    """Order -> which of these it is written by: its number, the customer's purchase order, the contract, its number in the
    system beside us. Letters count without their case."""
    wanted = {n.upper(): n for n in numbers}
    rows = orders(company).order_by()
    folded = rows.annotate(po=Upper("customer_po"), theirs=Upper("external"), deal=Upper("contract"))
    ways = (  # each by its own index
        rows.filter(number__in=among(set(numbers) | set(wanted))).values_list("pk", "number"),
        folded.filter(po__in=among(wanted)).exclude(customer_po="").values_list("pk", "po"),
        folded.filter(theirs__in=among(wanted)).exclude(external="").values_list("pk", "theirs"),
        folded.filter(deal__in=among(wanted)).exclude(contract="").values_list("pk", "deal"),
    )
    of: dict[int, set[str]] = {}
    for way in ways:
        for pk, number in way:
            of.setdefault(pk, set()).add(wanted.get(number.upper(), number))
    return of


def newest_reasons(company: int, order_ids: Collection[int]) -> dict[int, list[Say]]:
    """Order -> the reasons of its newest decision."""
    rows = CreditDecision.objects.filter(company_id=company, order_id__in=among(order_ids)).order_by("id")
    newest = dict(rows.values_list("order_id", "reasons"))
    found = {order_id: [unpack(r) for r in stored] for order_id, stored in newest.items()}
    return found


def of_customer(company: int, customer_id: int) -> QuerySet[Order]:
    """Newest first; as orderer or as payer."""
    mine = orders(company).filter(Q(customer_id=customer_id) | Q(payer_id=customer_id))
    return mine.select_related("customer").order_by("-id")


def number_of(company: int, customer_id: int) -> str:
    return customers.by_id(company, customer_id).number
