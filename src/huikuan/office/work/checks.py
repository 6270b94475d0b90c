"""What `huikuan verify` asks of the queue."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, F, Q
from django.utils import timezone

from huikuan.kit.words import _
from huikuan.office.trail.hands import Check, Finding
from huikuan.office.work import rules
from huikuan.office.work.models import Tick, WorkOrder

NAMED = 10


def once(company: int) -> Finding:
    """I14: a schedule's (job, business date, item) and a key have set off one work order each."""
    ticks = Tick.objects.filter(company_id=company)
    twice = list(
        ticks.values("job", "business_date", "item")
        .annotate(n=Count("id"))
        .filter(n__gt=1)
        .values_list("job", "business_date", "item")
    )
    orders = WorkOrder.objects.filter(company_id=company).exclude(key="")
    keys = list(orders.values("key").annotate(n=Count("id")).filter(n__gt=1).values_list("key", flat=True))
    strayed = list(
        ticks.filter(~Q(order__business_date=F("business_date")) | ~Q(order__company_id=F("company_id"))).values_list(
            "order_id", flat=True
        )
    )
    broken = [f"{job} {day} {item}".strip() for job, day, item in twice] + keys + [f"work {pk}" for pk in strayed]
    return Finding(ticks.count() + orders.count(), tuple(broken[:NAMED]), len(broken))


def alive(company: int) -> Finding:
    """Nothing is left in a dead worker's hands: no lease ran out an hour ago without another worker taking it."""
    held = WorkOrder.objects.filter(company_id=company, state=rules.RUNNING)
    # The oracle asks the real clock: a lease is about now, not about a business date.
    lost = held.filter(lease_until__lt=timezone.now() - timedelta(hours=1)).order_by("id")
    return Finding(held.count(), tuple(f"work {pk}" for pk in lost.values_list("pk", flat=True)[:NAMED]), lost.count())


CHECKS = (
    Check("I14", _("Each schedule's day and each key set off one work order"), once),
    Check("W01", _("No work is left in the hands of a worker that is gone"), alive),
)
