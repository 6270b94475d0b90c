"""Figures of running for Prometheus, and the outermost middleware, which counts, times and logs every request.

Counters live in each process; with PROMETHEUS_MULTIPROC_DIR (which `serve` sets) all processes of a server are added
up. What the database knows (queue, sealing, last proof) is asked when someone looks at /metrics.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from huikuan.office.trail import act as trail
from huikuan.office.trail import store as trail_store
from huikuan.site import health, logs

REQUESTS = Counter("huikuan_requests", "Requests by route and status", ["method", "route", "status"])
SECONDS = Histogram(
    "huikuan_request_seconds", "How long requests take", ["method", "route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.8, 1, 3, 10),
)  # fmt: skip
DB_SECONDS = Histogram(
    "huikuan_request_database_seconds", "How much of a request waits for the database", ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3),
)  # fmt: skip
TURN_SECONDS = Histogram(
    "huikuan_turn_seconds", "How long an act on SQLite waits for its turn to write", buckets=(0.001, 0.01, 0.05, 0.1, 0.5, 1, 3)
)  # fmt: skip
ACTS = Counter("huikuan_acts", "Outermost acts by name and what became of them", ["name", "door", "outcome"])

log = logs.logger("huikuan.request")


def _seen(act: trail.Act, name: str, outcome: str, record: int) -> None:
    ACTS.labels(name, act.door, "dry" if act.dry and outcome == "done" else outcome).inc()
    logs.seen(record)


def listen() -> None:
    """Count the acts of this process. The web does it by its middleware, commands by their start."""
    trail.hooks.seen = staticmethod(_seen)  # type: ignore[assignment]
    trail_store.waited = TURN_SECONDS.observe


# ---- what the database knows ------------------------------------------------------------------------------------------


class Asked:
    """Gauges that are asked of the database when someone looks."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("huikuan_database_up", "Whether the database answers")
        try:
            found = [*self._queue(), *self._trail(), *self._proofs()]
            up.add_metric([], 1)
        except DatabaseError:
            connection.close()
            found = []
            up.add_metric([], 0)
        heard, silent = health.workers()
        workers = GaugeMetricFamily("huikuan_workers", "Workers of the queue", labels=["state"])
        workers.add_metric(["heard"], heard)
        workers.add_metric(["silent"], len(silent))
        yield from [up, *found, workers]

    def _queue(self) -> Iterator[GaugeMetricFamily]:
        from huikuan.office.work.models import WorkOrder

        depth = GaugeMetricFamily("huikuan_queue_orders", "Work orders of robots", labels=["kind", "state"])
        oldest = GaugeMetricFamily("huikuan_queue_oldest_seconds", "Age of the oldest waiting order", labels=["kind"])
        people = GaugeMetricFamily("huikuan_queue_people", "Work orders that wait for a person", labels=["role"])
        now, ages = _now(), dict[str, float]()
        rows = WorkOrder.objects.filter(state__in=("waiting", "running")).order_by()
        for kind, state, n, since in rows.values_list("kind", "state").annotate(Count("pk"), Min("opened_at")):
            depth.add_metric([kind, state], n)
            if state == "waiting":
                ages[kind] = max(0.0, (now - since).total_seconds())
        for kind, age in ages.items():
            oldest.add_metric([kind], age)
        for role, n in WorkOrder.objects.filter(state="person").order_by().values_list("role").annotate(Count("pk")):
            people.add_metric([role or "named"], n)
        yield from (depth, oldest, people)

    def _trail(self) -> Iterator[GaugeMetricFamily]:
        from huikuan.office.trail.models import Record

        found = Record.objects.filter(number__isnull=True).aggregate(n=Count("pk"), since=Min("at"))
        unsealed = GaugeMetricFamily("huikuan_trail_unsealed", "Trail rows that wait for their place in the chain")
        unsealed.add_metric([], found["n"])
        lag = GaugeMetricFamily("huikuan_trail_unsealed_oldest_seconds", "Age of the oldest of them")
        lag.add_metric([], max(0.0, (_now() - found["since"]).total_seconds()) if found["since"] else 0.0)
        yield from (unsealed, lag)

    def _proofs(self) -> Iterator[GaugeMetricFamily]:
        from huikuan.office.trail.models import Verification

        ok = GaugeMetricFamily("huikuan_verify_ok", "Whether the last verify found nothing broken", labels=["company"])
        at = GaugeMetricFamily("huikuan_verify_last_seconds", "When it ran, since 1970", labels=["company"])
        last = Verification.objects.order_by().values("company").annotate(last=Max("pk")).values_list("last", flat=True)
        for row in Verification.objects.filter(pk__in=list(last)).only("company", "ok", "at"):
            ok.add_metric([str(row.company)], int(row.ok))
            at.add_metric([str(row.company)], row.at.timestamp())
        yield from (ok, at)


def _now() -> datetime:
    from huikuan.site.commands.frame import now

    return now()


def page(request: HttpRequest) -> HttpResponse:
    """/metrics: for this machine, or for a bearer of HUIKUAN_METRICS_TOKEN; nobody else learns that it is there."""
    if not health.trusted(request):
        return HttpResponse(status=404)
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        text = generate_latest(registry)
    else:
        text = generate_latest(REGISTRY)
    asked = CollectorRegistry()
    asked.register(Asked())
    response = HttpResponse(text + generate_latest(asked), content_type=CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response


# ---- the outermost middleware -------------------------------------------------------------------------------------------


class Watch:
    """Gives the request its id; counts, times and logs it. Answers probes by itself: they know no host, no session."""

    PROBES = {"/health": health.health, "/ready": health.ready, "/metrics": page}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        listen()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = self.PROBES.get(request.path_info)
        if probe is not None and request.method in ("GET", "HEAD"):
            return probe(request)
        trace = secrets.token_hex(6)
        request.trace = trace  # type: ignore[attr-defined]
        logs.begin(request=trace)
        started, waited = time.perf_counter(), 0.0

        def timed(execute: Callable[..., Any], *given: Any) -> Any:
            nonlocal waited
            start = time.perf_counter()
            try:
                return execute(*given)
            finally:
                waited += time.perf_counter() - start

        try:
            with connection.execute_wrapper(timed):
                response = self.get_response(request)
            seconds = time.perf_counter() - started
            self._tell(request, response, seconds, waited)
            return response
        finally:
            logs.end()

    def _tell(self, request: HttpRequest, response: HttpResponse, seconds: float, waited: float) -> None:
        found = getattr(request, "resolver_match", None)
        route = (
            "/" + found.route if found is not None else ("static" if request.path.startswith("/static/") else "none")
        )
        method = request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
        REQUESTS.labels(method, route, str(response.status_code)).inc()
        if route == "static":
            return
        SECONDS.labels(method, route).observe(seconds)
        DB_SECONDS.labels(method, route).observe(waited)
        desk = getattr(request, "desk", None)
        log.log(
            40 if response.status_code >= 500 else 20,
            "request",
            method=request.method, path=request.path, status=response.status_code, ms=round(seconds * 1000, 1),
            db_ms=round(waited * 1000, 1), by=desk.person.login if desk is not None and desk.person else "",
        )  # fmt: skip
