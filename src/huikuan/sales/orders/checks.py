"""What `verify` asks of orders, recounted from lines and deliveries, never from what was remembered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from huikuan.books.customers import queries as customers
from huikuan.kit.words import Say, _
from huikuan.office.company.checks import running
from huikuan.office.trail.hands import Broken, Check, Finding
from huikuan.sales.orders.models import CreditDecision, Delivery, DeliveryLine, Order, OrderLine, Release
from huikuan.sales.orders.rules import LIVE, Counted, layers

_NAMED = 200


def _finding(checked: int, broken: list[Broken], count: int = 0) -> Finding:
    return Finding(checked, tuple(broken[:_NAMED]), max(len(broken), count))


def _order(pk: int, number: str, field: str, why: Say) -> Broken:
    return Broken(f"orders.order:{pk}", number, field, why)


def unlike(layer: str, told: Mapping[tuple[int, str], int], real: Mapping[tuple[int, str], int]) -> list[Broken]:
    """Payers whose exposure in a layer is not what was counted."""
    return [
        Broken(f"customers.customer:{k[0]}", f"customer {k[0]} {k[1]}", layer,
               _("says %(told)s, counted %(real)s.", told=told.get(k, 0), real=real.get(k, 0)))
        for k in sorted({*told, *real})
        if told.get(k, 0) != real.get(k, 0)
    ]  # fmt: skip


def exposed(company: int) -> Finding:
    """I15: the layers of open orders and of deliveries not billed are what the orders' lines say."""
    real: dict[str, dict[tuple[int, str], int]] = {"orders": defaultdict(int), "deliveries": defaultdict(int)}
    rows = (
        OrderLine.objects.filter(company_id=company)
        .exclude(billed=F("quantity"))
        .exclude(delivered=F("billed"), order__state__in=["held", "rejected", "cancelled"])
    )
    fields = ("order__payer_id", "order__currency", "order__state", "quantity", "gross", "delivered", "billed")
    checked = 0
    for payer, currency, state, *counts in rows.values_list(*fields).iterator(5000):
        checked += 1
        for name, amount in layers(state, [Counted(*counts)]).items():
            real[name][payer, currency] += amount
    broken = [b for name, mine in real.items() for b in unlike(name, customers.exposure_amounts(company, name), mine)]
    return _finding(checked, broken)


def let_through(company: int) -> Finding:
    """I15: every order that may be delivered was let through by its newest decision, or a standing release names it."""
    newest = CreditDecision.objects.filter(order=OuterRef("pk")).order_by("-id").values("outcome")[:1]
    rows = Order.objects.filter(company_id=company, state__in=[s.value for s in LIVE]).annotate(
        verdict=Coalesce(Subquery(newest), Value("")),  # NULL is never unlike anything: nobody's decision would pass
        freed=Exists(Release.objects.filter(order=OuterRef("pk"), ended_on__isnull=True)),
    )
    loaded = Q(verdict="") & ~Q(external="")  # decided elsewhere, before it came here
    wrong = rows.exclude(verdict="free").exclude(freed=True).exclude(loaded)
    why = _("is live without a decision or release that let it through.")
    broken = [_order(o.pk, o.number, "state", why) for o in wrong[:_NAMED]]
    return _finding(rows.count(), broken, wrong.count())


def added_up(company: int) -> Finding:
    """I21: an order is the sum of its lines, and one of ours has some."""
    rows = Order.objects.filter(company_id=company).annotate(
        n=Count("lines"), a=Coalesce(Sum("lines__net"), 0), b=Coalesce(Sum("lines__tax"), 0),
        c=Coalesce(Sum("lines__gross"), 0),
    )  # fmt: skip
    off = rows.exclude(a=F("net"), b=F("tax"), c=F("gross")) | rows.filter(n=0, external="")
    broken = []
    for o in off[:_NAMED]:
        for field, there, should in (("net", o.net, o.a), ("tax", o.tax, o.b), ("gross", o.gross, o.c)):
            if there != should:
                why = _("says %(told)s, counted %(real)s.", told=there, real=should)
                broken.append(_order(o.pk, o.number, field, why))
        if not o.n:
            broken.append(_order(o.pk, o.number, "lines", _("has none.")))
    return _finding(rows.count(), broken, off.count())


def counted(company: int) -> Finding:
    """What is delivered and billed of each line is the sum of its deliveries."""
    live = Q(delivery_lines__delivery__state__in=["open", "billed"])
    rows = OrderLine.objects.filter(company_id=company).annotate(
        gone=Coalesce(Sum("delivery_lines__quantity", filter=live), 0),
        done=Coalesce(Sum("delivery_lines__quantity", filter=Q(delivery_lines__delivery__state="billed")), 0),
    )
    off = rows.exclude(gone=F("delivered"), done=F("billed"))
    broken = []
    for x in off.select_related("order")[:_NAMED]:
        for field, there, should in (("delivered", x.delivered, x.gone), ("billed", x.billed, x.done)):
            if there != should:
                why = _("says %(told)s, counted %(real)s.", told=there, real=should)
                broken.append(_order(x.order_id, f"{x.order.number}/{x.n}", field, why))
    return _finding(rows.count(), broken, off.count())


def numbered(company: int) -> Finding:
    """I10: our own numbers of orders have no gaps."""
    rows = Order.objects.filter(company_id=company).values_list("number", flat=True)
    return running(company, "ORD", "10", rows.iterator(5000))


def deliveries_numbered(company: int) -> Finding:
    rows = Delivery.objects.filter(company_id=company).values_list("number", flat=True)
    return running(company, "DEL", "80", rows.iterator(5000))


def batches(company: int) -> Finding:
    """I22: deliveries, their lines and orders are of one company."""
    rows = DeliveryLine.objects.filter(company_id=company)
    off = rows.exclude(delivery__company_id=company) | rows.exclude(order_line__company_id=company)
    why = _("joins two companies.")
    broken = [Broken(f"orders.delivery:{x.delivery_id}", f"delivery line {x.pk}", "company", why) for x in off[:_NAMED]]
    return _finding(rows.count(), broken, off.count())


CHECKS = (
    Check("I15", _("Exposure from open orders and deliveries is what their lines say"), exposed),
    Check("I15", _("Every order that may leave was let through by a decision or a release"), let_through),
    Check("I21", _("Every order is the sum of its lines"), added_up),
    Check("I08", _("What is delivered and billed of each line is the sum of its deliveries"), counted),
    Check("I10", _("Numbers of orders have no gaps"), numbered),
    Check("I10", _("Numbers of deliveries have no gaps"), deliveries_numbered),
    Check("I22", _("Deliveries and orders are of one company"), batches),
)
