"""Load: people doing the day's work on a large company, while the robots work beside them.

    python -m harness.load [--database postgres] [--users N] [--seconds 120] [--invoices 200000] [--think 2] [--write]
    … --home DIR   a home that benchmarks.generate made, instead of making one; with --url its database on PostgreSQL
    … --no-timing  judge no times

Starts `huikuan serve` (2 web and 2 worker processes on PostgreSQL, 1 and 1 on SQLite), then locust with 50 users
(10 on SQLite). Violations: any error, any "locked", p95 of reads over 500 ms or of writes over 800 ms, any wait over
3 s, and anything that `verify` finds afterwards. Times are those that locust's own process measured.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from harness import frame

ROOT = Path(__file__).resolve().parent.parent
TODAY = "2026-09-25"
READ_P95, WRITE_P95, MOST = 500, 800, 3000
WRITERS = ("liu.min", "wang.lei", "chen.jing", "zhao.yan", "sun.tao")


def main() -> None:
    parser = frame.parser(__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=0, help="default: 50 on PostgreSQL, 10 on SQLite")
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--invoices", type=int, default=200_000)
    parser.add_argument(
        "--think", type=float, default=2.0, help="users wait between this and three times this between steps"
    )
    parser.add_argument("--home", default="", help="a home that is there already")
    parser.add_argument("--url", default="", help="the database of that home, where it is on PostgreSQL")
    parser.add_argument("--processes", type=int, default=0, help="web and as many workers; default: 2 on PostgreSQL, 1")
    parser.add_argument("--no-timing", action="store_true", help="judge errors and books only")
    given = parser.parse_args()
    many = given.database == "postgres"
    usual = 2 if many else 1
    processes = given.processes or usual
    users = given.users or (50 if many else 10)
    if given.home:
        frame.use_home(given.home, given.url)
    else:
        frame.fresh_home(given.database)
    os.environ |= {"HUIKUAN_TODAY": TODAY, "HUIKUAN_DEMO": "1", "HUIKUAN_RATES": "off"}
    frame.set_up()
    wrong: list[str] = []
    facts, figures = _prepare(given)
    told = _work(given, users, facts, wrong, processes)
    violations = frame.violations_of_verify(facts["company"])
    wrong += [f"verify: {v}" for v in violations]
    frame.report(
        "load" if processes == usual else f"load-{processes}x{processes}",
        {"database": given.database, "users": users, "seconds": given.seconds, "think_s": f"{given.think:g} to {3 * given.think:g}",
         "web_and_workers": f"{processes} + {processes}", "cores_shared_with_others": _load(), **figures, **told},
        wrong, write=given.write,
    )  # fmt: skip


def _load() -> str:
    return f"load average {os.getloadavg()[1]:.1f}"


def _prepare(given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The company, tokens of those who write, and what the users pick from."""
    from django.db import connections

    from benchmarks.generate import Size, build
    from huikuan.books.catalog.models import Item
    from huikuan.books.customers.models import Customer
    from huikuan.books.ledger.models import OpenItem
    from huikuan.office.company.actions import make_token
    from huikuan.office.company.models import Company
    from huikuan.office.trail.act import Act
    from huikuan.office.work import bots
    from huikuan.receivables.cash import actions as cash
    from huikuan.receivables.cash.models import BankLine
    from huikuan.sales.billing.models import Document
    from huikuan.sales.orders.models import Order
    from huikuan.site.commands.work import clock

    started = time.perf_counter()
    n = given.invoices
    if not given.home or not Company.objects.exists():
        build(Size(invoices=n, orders=max(40, n // 40), bank_lines=max(60, n // 100)))
    made = Company.objects.order_by("pk")[0]
    import hashlib
    from datetime import UTC, datetime

    at = datetime(2026, 9, 25, 2, tzinfo=UTC)
    cash.match(Act(by="system", company=made.pk, at=at, door="bench"))
    # What the clock sets off at night (verify among it) is done before the day begins.
    bots.work_once(clock=clock())
    tokens = {}
    for login in WRITERS:
        secret = f"load-{login}-{os.urandom(8).hex()}"
        scope = ["all", "sensitive"]
        make_token(
            Act(by=login, company=made.pk, at=at, door="bench"),
            "load",
            hashlib.sha256(secret.encode()).hexdigest(),
            scope=scope,
        )
        tokens[login] = secret

    def ids(rows: Any, most: int) -> list[int]:
        return list(rows.order_by("-pk").values_list("pk", flat=True)[:most])

    open_items = OpenItem.objects.filter(company=made, kind="invoice").exclude(remaining=0)
    facts = {
        "company": made.pk, "today": TODAY, "tokens": tokens,
        "customers": list(Customer.objects.filter(company=made, number__startswith="G").order_by("pk").values_list("pk", "number")[:2000]),
        "items": list(Item.objects.filter(company=made, number__startswith="GI").order_by("pk").values_list("number", flat=True)[:200]),
        "held": ids(Order.objects.filter(company=made, state="held"), 500),
        "free": ids(Order.objects.filter(company=made, state="free"), 2000),
        "lines": ids(BankLine.objects.filter(company=made, state="open"), 3000),
        "open_items": ids(open_items, 2000),
    }  # fmt: skip
    connections.close_all()
    there = Document.objects.filter(company=made, kind="invoice").count() if given.home else n
    figures = {"invoices": there, "prepared_s": round(time.perf_counter() - started)}
    return facts, figures


def _work(given: Any, users: int, facts: dict[str, Any], wrong: list[str], processes: int) -> dict[str, Any]:
    home = Path(os.environ["HUIKUAN_HOME"])
    file = home / "load.json"
    file.write_text(json.dumps(facts))
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    log = home / "load-server.log"
    shape = ["--web", str(processes), "--bots", str(processes)]
    command = [sys.executable, "-m", "huikuan.site.cli", "serve", "--port", str(port), *shape]
    before = _spent()
    with log.open("w") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, "HUIKUAN_LOG": "WARNING"})
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{base}/ready", server)
        env = {**os.environ, "HUIKUAN_LOAD_FACTS": str(file), "HUIKUAN_LOAD_THINK": str(given.think)}
        done = subprocess.run(
            [sys.executable, "-m", "locust", "-f", str(ROOT / "harness" / "desk.py"), "--headless", "--users", str(users),
             "--spawn-rate", str(max(1, users // 10)), "--run-time", f"{given.seconds}s", "--stop-timeout", "30", "--host", base,
             "--json", "--only-summary", "--exit-code-on-error", "0", "--loglevel", "ERROR"],
            env=env, capture_output=True, text=True, cwd=tempfile.gettempdir(),
        )  # fmt: skip
        start = done.stdout.find("[")
        rows = json.loads(done.stdout[start:]) if start >= 0 else []
        asking = _spent() - before  # locust's own: the server's children are counted when it has ended
        metrics = urllib.request.urlopen(f"{base}/metrics", timeout=30).read().decode()
    finally:
        server.send_signal(signal.SIGTERM)
        code = server.wait(120)
    serving = _spent() - before - asking
    if code:
        wrong.append(f"the server ended with {code}")
    said = log.read_text()
    locked = sum(said.count(w) for w in ("database is locked", "deadlock detected", "could not serialize"))
    if locked:
        wrong.append(f"{locked} times locked")
    if '"level": "error"' in said:
        first = next(x for x in said.splitlines() if '"level": "error"' in x)
        wrong.append(f"errors in the log: {first[:400]}")
    if not rows:
        wrong.append(f"locust: {done.stderr[-500:]}")
        return {}
    found = _judge(given, rows, wrong)
    # On a shared machine waits say what others do; processor time says what we do. Start and workers of the queue are in it.
    cpu = {
        "server_cpu_s": round(serving, 1),
        "server_cpu_ms_per_request": round(1000 * serving / max(1, found["requests"])),
    }
    return found | {"locked": locked, "acts": _acts(metrics), **cpu}


def _spent() -> float:
    """Processor seconds of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _acts(metrics: str) -> dict[str, int]:
    out: dict[str, int] = {}
    for line in metrics.splitlines():
        if line.startswith("huikuan_acts_total{"):
            outcome = line.split('outcome="')[1].split('"')[0]
            out[outcome] = out.get(outcome, 0) + int(float(line.rsplit(" ", 1)[1]))
    return out


def _share(times: dict[float, int], part: float) -> float:
    left = sum(times.values()) * part
    for ms in sorted(times):
        left -= times[ms]
        if left <= 0:
            return ms
    return 0.0


def _judge(given: Any, rows: list[dict[str, Any]], wrong: list[str]) -> dict[str, Any]:
    kinds: dict[str, dict[float, int]] = {"read": {}, "write": {}}
    errors, most, table = 0, 0.0, []
    for row in rows:
        times = {float(ms): n for ms, n in row["response_times"].items()}
        kind = "read" if row["method"] == "GET" else "write"
        for ms, n in times.items():
            kinds[kind][ms] = kinds[kind].get(ms, 0) + n
        errors += row["num_failures"]
        most = max(most, row["max_response_time"])
        table.append(
            {"what": row["name"], "kind": kind, "requests": row["num_requests"], "p50": _share(times, 0.5), "p95": _share(times, 0.95),
             "max": round(row["max_response_time"]), "errors": row["num_failures"]}
        )  # fmt: skip
        if row["num_failures"]:
            wrong.append(f"{row['name']}: {row['num_failures']} errors")
    table.sort(key=lambda r: -float(r["p95"]))
    reads, writes = _share(kinds["read"], 0.95), _share(kinds["write"], 0.95)
    if not given.no_timing:
        if reads > READ_P95:
            wrong.append(f"p95 of reads {reads:.0f} ms, wanted {READ_P95}")
        if writes > WRITE_P95:
            wrong.append(f"p95 of writes {writes:.0f} ms, wanted {WRITE_P95}")
        if most > MOST:
            wrong.append(f"the longest wait was {most:.0f} ms, wanted {MOST}")
    asked = sum(sum(t.values()) for t in kinds.values())
    return {
        "requests": asked, "per_second": round(asked / given.seconds, 1), "errors": errors, "read_p50_ms": _share(kinds["read"], 0.5),
        "read_p95_ms": reads, "write_p50_ms": _share(kinds["write"], 0.5), "write_p95_ms": writes, "longest_ms": round(most),
        "slowest": {r["what"]: f"p95 {r['p95']:.0f} of {r['requests']}" for r in table[:8]},
    }  # fmt: skip


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 240
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        try:
            urllib.request.urlopen(address, timeout=10).close()
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"{address} did not get ready")


if __name__ == "__main__":
    main()
