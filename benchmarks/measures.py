"""What `make bench` measures, on the database that Django is set up with. Each measure adds its rows to the table.

Two companies' worth of work in one database: first everything that is asked at about 100,000 documents (posting, import and
matching, statements, checks), then the company grows and what is asked at a million is asked (REST, ageing, lists).

Every figure stands beside a baseline of the same run, because on a shared machine only ratios last; for the same reason
seconds are processor seconds (of this process, its children and the database's), with the wall clock beside them. Waiting for
the disk is only in the latter. On a machine of one's own the two agree.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import generate
from benchmarks.generate import LAST_DAY, Made, Size


@dataclass(frozen=True)
class Scale:
    """How large: invoices per posting run (three), open items and bank lines of the match, letters, and the large company."""

    posts: tuple[int, int, int]
    bank_lines: int
    open_items: int
    letters: int
    large: int
    asks: int  # requests per list page and per REST measure
    long_file: int  # lines of a bank file that must not be held in memory


SCALES = {
    "small": Scale((500, 1000, 2000), 400, 1500, 10, 6_000, 4, 6_000),
    "middle": Scale((1000, 3000, 10_000), 3_000, 12_000, 30, 50_000, 6, 30_000),
    "full": Scale((10_000, 30_000, 100_000), 20_000, 100_000, 120, 1_000_000, 20, 300_000),
}


@dataclass
class Row:
    """One line of the table."""

    work: str
    target: str
    figure: str
    baseline: str
    ratio: str
    met: str


@dataclass
class Bench:
    scale: Scale
    made: Made = field(default_factory=lambda: Made(0))
    rows: list[Row] = field(default_factory=list)
    raw_rate: float = 0.0
    broken: list[str] = field(default_factory=list)
    tell: Callable[[str], None] = lambda text: None

    def proved(self, ok: bool) -> bool | None:
        """A target speaks of a size: at a smaller one it can be missed, but not met."""
        return (True if self.scale is SCALES["full"] else None) if ok else False

    def add(self, work: str, target: str, figure: str, baseline: str, ratio: float | None, met: bool | None) -> None:
        says = "" if met is None else "met" if met else "missed"
        self.rows.append(Row(work, target, figure, baseline, "" if ratio is None else f"{ratio:.2f}", says))
        self.tell(f"{work}: {figure} ({target}) {says}")


class Taken(list[float]):
    """Seconds that the work was busy (ours and the database's processor time), and those of the wall clock."""

    wall = 0.0


def _busy() -> tuple[float, int, float]:
    """(our processor seconds with those of child processes, the database's process, its processor seconds)."""
    from django.db import connection

    own = sum(
        u.ru_utime + u.ru_stime
        for u in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )
    if connection.vendor != "postgresql" or connection.connection is None:
        return own, 0, 0.0
    pid = connection.connection.info.backend_pid
    try:
        return own, pid, int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:  # a server elsewhere: its time is not known
        return own, pid, 0.0


@contextmanager
def clock() -> Iterator[Taken]:
    out, start, (own, pid, theirs) = Taken(), time.perf_counter(), _busy()
    yield out
    out.wall = time.perf_counter() - start
    own_after, pid_after, theirs_after = _busy()
    out.append(own_after - own + (theirs_after - theirs if pid == pid_after else theirs_after))


def timed(f: Callable[[], Any], times: int = 1) -> float:
    """The median of so many tries, in seconds."""
    taken = []
    for _n in range(times):
        with clock() as c:
            f()
        taken += c
    return statistics.median(taken)


def p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, math.ceil(len(values) * 0.95) - 1)]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


# ---- posting -----------------------------------------------------------------------------------------------------


def posting(b: Bench) -> None:
    """Batches of 2,000 through billing.issue, three sizes, then the rows of the last size raw. Small runs last a second or
    less, where noise bends the slope: they are taken in turn three times over, and the median of each size counts."""
    from huikuan.sales.billing import actions as billing

    b.made = generate.build(Size(invoices=0, customers=max(200, b.scale.posts[-1] // 100)))
    rounds = 3 if b.scale.posts[-1] <= 10_000 else 1
    size = Size(invoices=sum(b.scale.posts) * rounds)
    taken: dict[int, Taken] = {count: Taken() for count in b.scale.posts}
    walls: list[float] = []
    first = 0
    for count in b.scale.posts * rounds:
        batches = [generate.drafts(b.made, size, first + i, min(2000, count - i)) for i in range(0, count, 2000)]
        first += count
        with clock() as c:
            for some in batches:
                billing.issue(generate.act(b.made.company, some[-1].date), some)
        taken[count] += c
        walls.append(c.wall)
    seconds = [statistics.median(taken[count]) for count in b.scale.posts]
    walls = walls[len(b.scale.posts) - 1 :: len(b.scale.posts)]
    raw = _raw(b, b.scale.posts[-1])
    b.raw_rate = b.scale.posts[-1] / raw
    rate = b.scale.posts[-1] / seconds[-1]
    # The slope of time against size: 1 is linear.
    xs, ys = [math.log(n) for n in b.scale.posts], [math.log(s) for s in seconds]
    slope = statistics.linear_regression(xs, ys).slope
    b.add(
        f"post {b.scale.posts[-1]:,} invoices in batches", "≥ 0.3 of raw (aim 0.6)", f"{rate:,.0f} invoices/s (wall {b.scale.posts[-1] / statistics.median(walls):,.0f})",
        f"{b.raw_rate:,.0f}/s: the same rows raw", rate / b.raw_rate, rate / b.raw_rate >= 0.3,
    )  # fmt: skip
    b.add(
        "… growth over " + ", ".join(f"{n:,}" for n in b.scale.posts), "exponent ≤ 1.05",
        f"{slope:.2f}" + (f", medians of {rounds}" if rounds > 1 else ""),
        " / ".join(" ".join(f"{s:.2f}" for s in taken[n]) + " s" for n in b.scale.posts), None, slope <= 1.05,
    )  # fmt: skip


def _raw(b: Bench, count: int) -> float:
    """Seconds to write the rows of the last `count` invoices once more: same tables, indexes, keys and CHECKs, one
    transaction, no guards. Values are ready before the clock starts. Foreign keys are checked, then it is rolled back (so
    the commit's flush is not in it, which makes raw look faster, not slower)."""
    from django.db import connection, transaction

    from huikuan.books.ledger.models import Entry, Line, OpenItem
    from huikuan.office.trail import guards
    from huikuan.office.trail.store import for_sqlite, reserve
    from huikuan.sales.billing.models import Document, DocumentLine

    documents = list(Document.objects.order_by("-id")[:count])
    entries = {d.entry_id for d in documents}
    low, least = min(e for e in entries if e), documents[-1].pk
    plan: list[tuple[Any, list[str], list[list[Any]]]] = []
    for model, rows in (
        (Line, Line.objects.filter(entry_id__gte=low).order_by("id")),
        (OpenItem, OpenItem.objects.filter(line__entry_id__gte=low).order_by("id")),
        (Entry, Entry.objects.filter(pk__gte=low).order_by("id")),
        (Document, Document.objects.filter(pk__gte=least).order_by("id")),
        (DocumentLine, DocumentLine.objects.filter(document_id__gte=least).order_by("id")),
    ):
        columns = [f.column for f in model._meta.concrete_fields]
        values = [list(v) for v in rows.values_list(*(f.attname for f in model._meta.concrete_fields))]
        for place in [i for i, f in enumerate(model._meta.concrete_fields) if f.get_internal_type() == "JSONField"]:
            for v in values:
                v[place] = None if v[place] is None else json.dumps(v[place])
        plan.append((model, columns, values))
    # New keys for all of them, the same distance apart.
    with transaction.atomic():
        shift = {m: reserve(m, len(v))[0] - v[0][0] for m, _c, v in plan if m is not OpenItem}
    shift[OpenItem] = shift[Line]
    moved = {"entry_id": Entry, "line_id": Line, "document_id": Document}
    for model, columns, values in plan:
        places = [
            (i, shift[model] if c == "id" else shift[moved[c]])
            for i, c in enumerate(columns)
            if c == "id" or c in moved
        ]
        spot = columns.index("klass") if model is Entry else columns.index("number") if model is Document else None
        for v in values:
            for i, by in places:
                v[i] = None if v[i] is None else v[i] + by
            if spot is not None:
                v[spot] = "RX" if model is Entry else "X" + v[spot]
    if connection.vendor == "sqlite":
        plan = [(m, c, for_sqlite(m, c, v)) for m, c, v in plan]
    guards.drop()
    try:
        with transaction.atomic():
            with clock() as c, connection.cursor() as cursor:
                for model, columns, values in plan:
                    names = ", ".join(connection.ops.quote_name(x) for x in columns)
                    table = model._meta.db_table
                    if connection.vendor == "postgresql":
                        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                            for v in values:
                                copy.write_row(v)
                    else:
                        marks = ", ".join(["?"] * len(columns))
                        cursor.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)
                if connection.vendor == "postgresql":
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
    finally:
        guards.make()
    return c[0]


# ---- cash --------------------------------------------------------------------------------------------------------


@contextmanager
def peak() -> Iterator[Taken]:
    """The most memory, in MB, that this process held meanwhile, and the largest child it ever had (what a child that is a
    fork shares with this process counts for both)."""
    out = Taken()
    Path("/proc/self/clear_refs").write_text("5")  # forget what was the most so far
    yield out
    status = Path("/proc/self/status").read_text()
    out.append(int(status.split("VmHWM:")[1].split()[0]) / 1024)
    out.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


def cash(b: Bench) -> None:
    """A statement imported and matched against the open items there are."""
    _cash(b, b.scale.bank_lines, b.scale is SCALES["full"])


def cash_at_size(b: Bench) -> None:
    """The same at the size of which its target speaks, whatever the size of the others: 100,000 invoices are made first."""
    full = SCALES["full"]
    many = ["--invoices", str(full.open_items), "--customers", str(full.open_items // 100), "--paid", "0"]
    # By a process of its own, as people's files come to one that has not made a hundred thousand invoices before.
    subprocess.run([sys.executable, "-m", "benchmarks.generate", *many], check=True, stdout=subprocess.DEVNULL)
    b.made = generate.build(Size(invoices=0, customers=full.open_items // 100))
    _cash(b, full.bank_lines, True)


def _posted(b: Bench) -> float:
    """Invoices a second that this process posts in batches: how fast the machine is at the moment."""
    from huikuan.sales.billing import actions as billing

    size = Size(invoices=6000)
    some = [generate.drafts(b.made, size, first, 2000) for first in (0, 2000, 4000)]
    with clock() as c:
        for drafts in some:
            billing.issue(generate.act(b.made.company, drafts[-1].date), drafts)
    return size.invoices / c[0]


def _cash(b: Bench, lines: int, at_size: bool) -> None:
    from huikuan.books.ledger.models import OpenItem
    from huikuan.receivables.cash import actions

    open_items = OpenItem.objects.filter(company_id=b.made.company, kind="invoice").exclude(remaining=0).count()
    content = generate.statement(b.made, lines)
    with clock() as imported, peak() as one:
        done = actions.import_file(generate.act(b.made.company), "62220010001", content, name="bench.csv")
    assert done.landed == lines, done
    with clock() as matched, peak() as two:
        found = actions.match(generate.act(b.made.company))
    # By the wall clock, as the person waits who brought the file: parts of it run beside each other.
    rate = lines / (imported.wall + matched.wall)
    met = rate >= 2000
    base = b.raw_rate or _posted(b)
    b.add(
        f"import and match {lines:,} bank lines, {open_items:,} open items", "≥ 2,000 lines/s (aim 10,000)",
        f"{rate:,.0f} lines/s; import {imported.wall:.1f} s ({imported[0]:.1f} of processors), match {matched.wall:.1f} s ({matched[0]:.1f}), "
        f"{found.cleared:,} cleared; at most {one[0]:,.0f} MB importing, {two[0]:,.0f} MB matching, {two[1]:,.0f} MB in a process beside",
        f"{base:,.0f} invoices/s {'raw' if b.raw_rate else 'posted by the same process'}", rate / base,
        (True if at_size else None) if met else False,
    )  # fmt: skip


def long_cash(b: Bench) -> None:
    """A file of very many lines, after one of a tenth of them: what does memory do? Before both two more tenths: what a process
    keeps of its first runs (code, caches, holes between what is in use) is not taken for growth."""
    from huikuan.books.ledger.models import OpenItem
    from huikuan.receivables.cash import actions

    open_items = OpenItem.objects.filter(company_id=b.made.company, kind="invoice").exclude(remaining=0).count()
    most: list[float] = []
    rate, cleared = 0.0, 0
    for n, lines in enumerate((*[b.scale.long_file // 10] * 3, b.scale.long_file)):
        content = generate.statement(b.made, lines, seed=100 + n)
        with clock() as imported, peak() as one:
            done = actions.import_file(generate.act(b.made.company), "62220010009", content, name="long.csv")
        assert done.landed == lines, done
        del content  # ours, not the product's
        with clock() as matched, peak() as two:
            found = actions.match(generate.act(b.made.company))
        most = [*most, one[0], two[0], two[1]][-6:]
        rate, cleared = lines / (imported.wall + matched.wall), found.cleared
        del found  # it tells of the first 20,000 lines one by one
    grown = max(long - tenth for tenth, long in zip(most[:3], most[3:], strict=True))
    b.add(
        f"import and match {b.scale.long_file:,} bank lines, {open_items:,} open items", "memory flat: ≤ 100 MB more than for a tenth",
        f"{rate:,.0f} lines/s, {cleared:,} cleared; at most {most[3]:,.0f} MB importing, {most[4]:,.0f} MB matching, {most[5]:,.0f} MB beside",
        f"{most[0]:,.0f}, {most[1]:,.0f} and {most[2]:,.0f} MB for a tenth of the lines",
        max(long / tenth for tenth, long in zip(most[:3], most[3:], strict=True)), b.proved(grown <= 100),
    )  # fmt: skip


# ---- statements --------------------------------------------------------------------------------------------------


def letters(b: Bench) -> None:
    from django.db import connection

    from huikuan.receivables.statements import paper, queries

    since, until = LAST_DAY - timedelta(days=1000), LAST_DAY
    company = b.made.company
    with clock() as c:
        made = list(queries.statements(company, since, until))
    lines = sum(map(_lines, made))
    fields = "id, customer_id, currency, kind, document, document_date, posting_date, due_date, amount, remaining, text"

    def plainly() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {fields} FROM ledger_openitem WHERE company_id = %s", [company])
            cursor.fetchall()

    base = timed(plainly, 3)
    per = c[0] * 100_000 / max(lines, 1)
    b.add(
        f"statements of all {len(made):,} customers, {lines:,} lines, no PDF", "≤ 3 s per 100,000 lines (aim 1 s)",
        f"{c[0]:.2f} s; {per:.2f} s per 100,000", f"{base:.2f} s: reading the same items", c[0] / base, b.proved(per <= 3),
    )  # fmt: skip
    month = [one for one in queries.statements(company, until.replace(day=1), until) if _lines(one)]
    at = generate.at(LAST_DAY)
    for what, letters_, target in (("a month", month, 30), ("all there ever was", made, 0)):
        some = letters_[: b.scale.letters]
        if not some:
            continue
        paper.pdf(some[0], at)
        with clock() as c:
            for one in some:
                paper.pdf(one, at)
        rate, mean = len(some) / c[0], sum(map(_lines, some)) // len(some)
        b.add(
            f"{len(some)} statements of {what} as PDF, {mean} lines each, one process", "≥ 30 a second on 2 cores (aim 60)" if target else "",
            f"{rate:.0f} a second", "", None, rate * 2 >= target if target else None,
        )  # fmt: skip


def _lines(statement: Any) -> int:
    return sum(len(s.lines) for s in statement.sections)


# ---- checks ------------------------------------------------------------------------------------------------------


def checks(b: Bench) -> None:
    from django.db import connection

    from huikuan.books.ledger import checks as ledger
    from huikuan.books.ledger.models import Entry
    from huikuan.office.trail.actions import prove, seal_all

    company = b.made.company
    entries = Entry.objects.filter(company_id=company).count()
    four = (ledger.balanced, ledger.control, ledger.counters, ledger.numbered)
    taken = {f.__name__: timed(lambda f=f: f(company)) for f in four}

    def plainly() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT entry_id, COUNT(*), SUM(amount) FROM ledger_line GROUP BY entry_id HAVING SUM(amount) <> 0"
            )
            cursor.fetchall()

    base, total = timed(plainly, 3), sum(taken.values())
    per = total * 100_000 / max(entries, 1)
    told = ", ".join(f"{k} {v:.2f}" for k, v in taken.items())
    b.add(
        f"close checks over {entries:,} entries, four proofs", "≤ 2 s per 100,000 (aim 0.5 s)", f"{total:.2f} s ({told})",
        f"{base:.2f} s: the lines grouped by entry", total / base, b.proved(per <= 2),
    )  # fmt: skip
    seal_all()
    with clock() as c:
        proof = prove(company)
    b.add(
        f"huikuan verify, all {len(proof.checks)} checks, {entries:,} entries", "", f"{c[0]:.1f} s, {'whole' if proof.ok else 'BROKEN'}",
        f"{base:.2f} s: the lines grouped by entry", c[0] / base, proof.ok,
    )  # fmt: skip


# ---- at a million ------------------------------------------------------------------------------------------------


def grow(b: Bench) -> None:
    from huikuan.books.ledger.models import Entry
    from huikuan.sales.billing.models import Document

    there = Document.objects.count()
    size = Size(
        invoices=max(0, b.scale.large - there), customers=max(200, min(20_000, b.scale.large // 100)), paid=60,
        orders=b.scale.large // 50, bank_lines=0,
    )  # fmt: skip
    with clock() as c:
        grown = generate.build(size)
    b.made.customers, b.made.items = grown.customers, grown.items
    rate = grown.counts.get("invoices_per_second", 0)
    b.add(
        f"grow to {Document.objects.count():,} invoices, {Entry.objects.count():,} entries", "1M invoices in minutes",
        f"{c[0] / 60:.1f} minutes (wall {c.wall / 60:.1f}); invoices {rate:,}/s, paid {grown.counts['paid']:,}", "", None, None,
    )  # fmt: skip
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum would on PostgreSQL by then


def _client(b: Bench, login: str) -> Any:
    from django.test import Client

    from huikuan.office.company.models import Person

    client = Client()
    client.force_login(Person.objects.get(login=login), backend="django.contrib.auth.backends.ModelBackend")
    return client


def rest(b: Bench) -> None:
    from django.test import Client

    from huikuan.books.catalog.models import Item
    from huikuan.books.customers.models import Customer
    from huikuan.office.company.actions import make_token
    from huikuan.sales.billing import actions as billing
    from huikuan.sales.billing.models import Document

    secret = f"hk_bench_{os.urandom(8).hex()}"
    make_token(generate.act(b.made.company, by="wang.lei"), "bench", hashlib.sha256(secret.encode()).hexdigest())
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    people = list(
        Customer.objects.filter(company_id=b.made.company, number__startswith="G").values_list("number", flat=True)[:50]
    )
    goods = list(
        Item.objects.filter(company_id=b.made.company, number__startswith="GI").values_list("number", flat=True)[:50]
    )
    taken, alone, walls = [], [], []
    asks = b.scale.asks * 5
    for n in range(asks + 3):
        lines = [{"item": goods[(n + k) % len(goods)], "quantity": "3", "price": "12.50"} for k in range(2)]
        body = json.dumps({"customer": people[n % len(people)], "date": LAST_DAY.isoformat(), "lines": lines})
        with clock() as c:
            got = client.post("/api/v1/billing/invoices", body, content_type="application/json")
        assert got.status_code == 201, got.content[:500]
        taken += c
        walls.append(c.wall)
        [draft] = generate.drafts(b.made, Size(invoices=10), n % 10, 1)
        with clock() as c:
            billing.issue(generate.act(b.made.company, draft.date), [draft])
        alone += c
    taken, alone = taken[3:], alone[3:]
    base = statistics.median(alone)
    b.add(
        f"post one invoice through REST, {Document.objects.count():,} invoices there", "p95 < 50 ms (aim 20 ms)",
        f"p50 {ms(statistics.median(taken))}, p95 {ms(p95(taken))} (wall p50 {ms(statistics.median(walls))})",
        f"{ms(base)}: the action alone", statistics.median(taken) / base,
        b.proved(p95(taken) < 0.05),
    )  # fmt: skip


def ages(b: Bench) -> None:
    from django.db import connection

    from huikuan.books.ledger import queries
    from huikuan.books.ledger.models import ClearingLeg, OpenItem

    company = b.made.company
    items, legs = (
        OpenItem.objects.filter(company_id=company).count(),
        ClearingLeg.objects.filter(company_id=company).count(),
    )
    still = OpenItem.objects.filter(company_id=company).exclude(remaining=0).count()

    def plainly() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT currency, due_date, SUM(remaining), COUNT(*) FROM ledger_openitem WHERE company_id = %s GROUP BY 1, 2",
                [company],
            )
            cursor.fetchall()

    base = timed(plainly, 3)
    days = (
        ("now", LAST_DAY, 1.5),
        ("a day in the open period", LAST_DAY.replace(day=10), 1.5),
        ("a past day", LAST_DAY - timedelta(days=270), 3.0),
    )
    for by in ("currency", "customer"):
        for name, day, most in days:
            taken = timed(lambda day=day, by=by: queries.ageing(company, day, by=by), 3)
            b.add(
                f"ageing by {by}, {name}: {still:,} open of {items:,} items, {legs:,} legs", f"≤ {most} s at 1M items", f"{taken:.2f} s",
                f"{base:.2f} s: one GROUP BY over the items", taken / base, b.proved(taken <= most),
            )  # fmt: skip


LISTS = (
    "/ledger/entries", "/ledger/entries?sort=number", "/ledger/items", "/ledger/items?status=all", "/ledger/items?sort=-then",
    "/ledger/items?sort=-amount", "/ledger/items?sort=-late", "/ledger/items?as_of=2026-01-31", "/ledger/items?customer={customer}",
    "/ledger/overdue", "/ledger/clearings", "/ledger/accounts/1122", "/ledger/accounts/6001", "/orders/", "/orders/held",
    "/orders/deliveries", "/billing/", "/billing/?sort=-gross", "/billing/?q={document}", "/billing/due", "/customers/",
    "/customers/?sort=name", "/cash/", "/cash/match", "/cash/?sort=-amount", "/cash/clearings", "/cash/files", "/statements/", "/trail/",
    "/work/", "/catalog/",
)  # fmt: skip


def lists(b: Bench) -> None:
    """Every list page: its first page and the one after it, p95 over all asks; `totals` is what the page asks for after."""
    import re

    from huikuan.books.ledger.models import Line
    from huikuan.sales.billing.models import Document

    client = _client(b, "sun.tao")
    seller = _client(b, "wang.lei")
    fit = {"customer": "G000007", "document": Document.objects.order_by("-id").values_list("number", flat=True)[0]}
    frame = timed(lambda: client.get("/ledger/periods"), 5)
    slow: list[tuple[float, str]] = []
    every: list[float] = []
    walls: list[float] = []
    bad: list[str] = []
    for path in LISTS:
        url = path.format(**fit)
        who = seller if url.startswith(("/orders", "/billing")) else client
        got = who.get(url)
        if got.status_code != 200:
            bad.append(f"{url} {got.status_code}")
            continue
        after = re.search(r'href="([^"]*[?&;]after=[^"]*)"', got.content.decode())
        urls = [url, *([after[1].replace("&amp;", "&")] if after else [])]
        taken = []
        for n in range(max(2, b.scale.asks // 2)):
            for one in urls:
                with clock() as c:
                    assert who.get(one).status_code == 200
                taken += c
                walls.append(c.wall)
            if n == 1 and sum(taken) > 20:  # a page this slow has said what it had to say
                break
        every += taken
        slow.append((p95(taken), path))
    slow.sort(reverse=True)
    late = [f"{p} {ms(t)}" for t, p in slow if t >= 0.3]
    worst = ", ".join(f"{p} {ms(t)}" for t, p in slow[:4])
    b.add(
        f"{len(slow)} list pages, {Document.objects.count():,} invoices, {Line.objects.count():,} ledger lines", "p95 < 300 ms each (aim 100)",
        f"p50 {ms(statistics.median(every))}, p95 {ms(p95(every))} (wall p50 {ms(statistics.median(walls))}); slowest {worst}", f"{ms(frame)}: a page of twelve rows",
        statistics.median(every) / frame, b.proved(not late and not bad),
    )  # fmt: skip
    if late or bad:
        b.add("… pages over 300 ms", "none", "; ".join([*late, *bad]), "", None, False)


def match_page(b: Bench) -> None:
    """The matching page with its queue, its counts and the first line's items, and the next line after it."""
    import re

    from huikuan.books.ledger.models import OpenItem
    from huikuan.receivables.cash import actions, queries
    from huikuan.receivables.cash.models import BankLine

    if not BankLine.objects.filter(company_id=b.made.company).exists():
        content = generate.statement(b.made, b.scale.bank_lines)
        actions.import_file(generate.act(b.made.company), "62220010001", content, name="bench.csv")
        actions.match(generate.act(b.made.company))
    client = _client(b, "sun.tao")
    frame = timed(lambda: client.get("/ledger/periods"), 5)
    taken: list[float] = []
    client.get("/cash/match")
    for n in range(b.scale.asks):
        url = ("/cash/match", "/cash/match?by=amount", "/cash/match?only=unapplied")[n % 3]
        with clock() as c:
            got = client.get(url)
        assert got.status_code == 200, got.content[:500]
        case = re.findall(r"[?&;]case=(\d+)", got.content.decode())
        taken += c
        if case:
            with clock() as c:
                assert client.get(f"/cash/match?case={case[n % len(case)]}").status_code == 200
            taken += c
    still = OpenItem.objects.filter(company_id=b.made.company).exclude(remaining=0).count()
    b.add(
        f"the matching page, {queries.work(b.made.company).count():,} lines wait, {still:,} open items", "p95 < 300 ms (aim 100)",
        f"p50 {ms(statistics.median(taken))}, p95 {ms(p95(taken))}", f"{ms(frame)}: a page of twelve rows", statistics.median(taken) / frame,
        b.proved(p95(taken) < 0.3),
    )  # fmt: skip


MEASURES: dict[str, Callable[[Bench], None]] = {
    "posting": posting, "cash": cash, "letters": letters, "checks": checks, "grow": grow, "rest": rest, "ageing": ages, "lists": lists,
    "matchpage": match_page, "cash300k": long_cash, "match": cash_at_size,
}  # fmt: skip
ASKED = ("cash300k", "match")  # only when named: they take as long as all the others


def open_for_match(b: Bench) -> None:
    """Pay the oldest until so many are open as the match is asked against."""
    from huikuan.books.ledger.models import OpenItem

    there = OpenItem.objects.filter(company_id=b.made.company, kind="invoice").exclude(remaining=0).count()
    if there > b.scale.open_items:
        percent = 100 * (there - b.scale.open_items) // there
        generate._receipts(b.made, Size(invoices=there, paid=percent), lambda what, done, total: None)


def run(scale: Scale, only: list[str], tell: Callable[[str], None], there: bool = False) -> Bench:
    """`there`: the company is there already, nothing is made but what a measure itself writes."""
    os.environ["HUIKUAN_TODAY"] = f"{LAST_DAY.isoformat()}T02:00:00+00:00"
    b = Bench(scale, tell=tell)
    if there:
        b.made = generate.build(Size(invoices=0))
    for name, measure in MEASURES.items():
        if (only or there or name in ASKED) and name not in only and (there or name != "posting" or only == ["match"]):
            continue
        if name == "cash":
            open_for_match(b)
        try:
            measure(b)
        except Exception as e:  # what was measured before must not be lost with it
            traceback.print_exc()
            b.add(name, "", f"broke off: {e!r}"[:200], "", None, False)
            b.broken.append(name)
    return b


__all__ = ["MEASURES", "SCALES", "Bench", "Row", "Scale", "run"]
