"""What `huikuan verify` asks of the queue."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Exists, F, Min, OuterRef, Q
from django.utils import timezone

from huikuan.kit.words import Say, _
from huikuan.office.trail.hands import Broken, Check, Finding, collect
from huikuan.office.trail.queries import records
from huikuan.office.work import rules
from huikuan.office.work.models import Tick, WorkOrder

NAMED = 200


def _work(pk: int, field: str, why: Say) -> Broken:
    return Broken(f"work.workorder:{pk}", f"work {pk}", field, why)


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
    broken = [Broken("", f"{job} {day} {item}".strip(), "order", _("was set off twice.")) for job, day, item in twice]
    broken += [Broken("", key, "key", _("stands twice.")) for key in keys]
    broken += [_work(pk, "business_date", _("is not of the day that set it off.")) for pk in strayed]
    return Finding(ticks.count() + orders.count(), tuple(broken[:NAMED]), len(broken))


def alive(company: int) -> Finding:
    """Nothing is left in a dead worker's hands: no lease ran out an hour ago without another worker taking it."""
    held = WorkOrder.objects.filter(company_id=company, state=rules.RUNNING)
    # Now is when anybody last did anything here: a demo company lives on a day of its own, and its robots with it.
    now = records(company).order_by("-pk").values_list("at", flat=True).first() or timezone.now()
    lost = held.filter(lease_until__lt=now - timedelta(hours=1)).order_by("id")
    why = _("its lease ran out over an hour ago.")
    broken = [_work(pk, "lease_until", why) for pk in lost.values_list("pk", flat=True)[:NAMED]]
    return Finding(held.count(), tuple(broken), lost.count())


def heard(company: int) -> Finding:
    """I13: every act that sets work off has its order, made in its own transaction, and every such order its act.

    Each act tells of the work it sets off (`witness`). Of acts that did not yet, the first order of a kind that is there
    says since when acts set it off: an older version may not have listened."""
    checked, broken = 0, list[Broken]()
    for kind in sorted({r.kind for _capability, r in collect("reactions")}):
        names = {r.on for _capability, r in collect("reactions") if r.kind == kind}
        orders = WorkOrder.objects.filter(company_id=company, kind=kind, key__startswith="on:")
        first = orders.aggregate(m=Min("opened_act"))["m"]
        checked += orders.count()
        if first is None:
            continue
        acts = records(company).filter(name__in=names, outcome="done", pk__gte=first)
        for pk in acts.filter(~Exists(orders.filter(opened_act=OuterRef("pk")))).values_list("pk", flat=True)[:NAMED]:
            why = _("set off no work of the kind %(kind)s.", kind=kind)
            broken.append(Broken(f"trail.record:{pk}", f"act {pk}", "work", why))
        acts = records(company).filter(name__in=names, outcome="done")
        for pk in orders.filter(~Exists(acts.filter(pk=OuterRef("opened_act")))).values_list("pk", flat=True)[:NAMED]:
            broken.append(_work(pk, "opened_act", _("names no act that sets off such work.")))
    return Finding(checked, tuple(broken[:NAMED]), len(broken))


CHECKS = (
    Check("I14", _("Each schedule's day and each key set off one work order"), once),
    Check("I13", _("Every act that sets work off has its order"), heard),
    Check("W01", _("No work is left in the hands of a worker that is gone"), alive),
)
