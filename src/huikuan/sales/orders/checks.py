"""What `verify` asks of orders, recounted from lines and deliveries, never from what was remembered."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Exists, F, Max, OuterRef, Q, Subquery, Sum

from huikuan.books.customers import queries as customers
from huikuan.kit.words import _
from huikuan.office.company.queries import series
from huikuan.office.trail.hands import Check, Finding
from huikuan.sales.orders.models import CreditDecision, Delivery, DeliveryLine, Order, OrderLine, Release
from huikuan.sales.orders.rules import LIVE, Counted, layers

_NAMED = 20


def _finding(checked: int, broken: list[str]) -> Finding:
    return Finding(checked, tuple(broken[:_NAMED]), len(broken))


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
    broken = []
    for name, mine in real.items():
        told = customers.exposure_amounts(company, name)
        broken += [
            f"customer {k[0]} {k[1]}: layer {name} says {told.get(k, 0)}, orders {mine.get(k, 0)}"
            for k in sorted({*told, *mine})
            if told.get(k, 0) != mine.get(k, 0)
        ]
    return _finding(checked, broken)


def let_through(company: int) -> Finding:
    """I15: every order that may be delivered was let through by its newest decision, or a standing release names it."""
    newest = CreditDecision.objects.filter(order=OuterRef("pk")).order_by("-id").values("outcome")[:1]
    rows = Order.objects.filter(company_id=company, state__in=[s.value for s in LIVE]).annotate(
        said=Subquery(newest), freed=Exists(Release.objects.filter(order=OuterRef("pk"), ended_on__isnull=True))
    )
    loaded = Q(said=None) & ~Q(external="")  # decided elsewhere, before it came here
    wrong = rows.exclude(said="free").exclude(freed=True).exclude(loaded)
    broken = [f"order {o.number} is {o.state} without a decision or release" for o in wrong[:_NAMED]]
    return Finding(rows.count(), tuple(broken), wrong.count())


def added_up(company: int) -> Finding:
    """I21: an order is the sum of its lines."""
    rows = Order.objects.filter(company_id=company).annotate(
        a=Sum("lines__net"), b=Sum("lines__tax"), c=Sum("lines__gross")
    )
    off = rows.exclude(a=F("net"), b=F("tax"), c=F("gross"))
    broken = [f"order {o.number}: lines {o.a}/{o.b}/{o.c}, order {o.net}/{o.tax}/{o.gross}" for o in off[:_NAMED]]
    return Finding(rows.count(), tuple(broken), off.count())


def counted(company: int) -> Finding:
    """What is delivered and billed of each line is the sum of its deliveries."""
    live = Q(delivery_lines__delivery__state__in=["open", "billed"])
    rows = OrderLine.objects.filter(company_id=company).annotate(
        gone=Sum("delivery_lines__quantity", filter=live),
        done=Sum("delivery_lines__quantity", filter=Q(delivery_lines__delivery__state="billed")),
    )
    off = rows.exclude(Q(gone=F("delivered")) | Q(gone=None, delivered=0)) | rows.exclude(
        Q(done=F("billed")) | Q(done=None, billed=0)
    )
    broken = [f"line {x.pk}: delivered {x.delivered}/{x.gone}, billed {x.billed}/{x.done}" for x in off[:_NAMED]]
    return Finding(rows.count(), tuple(broken), off.count())


def numbered(company: int) -> Finding:
    """I10: our own numbers of orders and deliveries have no gaps."""
    broken, checked = [], 0
    last = {(s.klass, s.year): s.last for s in series(company)}
    for klass, prefix, rows in (("ORD", "10", Order.objects), ("DEL", "80", Delivery.objects)):
        for (name, year), top in sorted(last.items()):
            if name == klass:
                head = f"{prefix}{year % 100:02d}"
                mine = rows.filter(company_id=company, number__regex=rf"^{head}\d{{6}}$")
                n, highest = mine.count(), mine.aggregate(m=Max("number"))["m"]
                checked += n
                if n != top or highest != f"{head}{top:06d}":
                    broken.append(f"{klass} {year}: {n} numbers, highest {highest}, counter {top}")
    return _finding(checked, broken)


def batches(company: int) -> Finding:
    """I22: deliveries, their lines and orders are of one company."""
    rows = DeliveryLine.objects.filter(company_id=company)
    off = rows.exclude(delivery__company_id=company) | rows.exclude(order_line__company_id=company)
    return Finding(rows.count(), tuple(f"delivery line {x.pk}" for x in off[:_NAMED]), off.count())


CHECKS = (
    Check("I15", _("Exposure from open orders and deliveries is what their lines say"), exposed),
    Check("I15", _("Every order that may leave was let through by a decision or a release"), let_through),
    Check("I21", _("Every order is the sum of its lines"), added_up),
    Check("I08", _("What is delivered and billed of each line is the sum of its deliveries"), counted),
    Check("I10", _("Numbers of orders and deliveries have no gaps"), numbered),
    Check("I22", _("Deliveries and orders are of one company"), batches),
)
