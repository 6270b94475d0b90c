"""Vendor SQL of the ledger: bulk inserts, locks, set-based counters, the as-of sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import Any

from django.db import DatabaseError, connection, models

from huikuan.office.trail.store import array, insert

__all__ = [
    "Aged", "Beside", "DaysFrom", "analyse", "billed_months", "credit_sums", "insert", "items_at", "lock_items", "lock_periods",
    "open_rows", "open_sums", "settled_late", "snapshot", "sums_of", "take_off",
]  # fmt: skip


class DaysFrom(models.Func):
    """Whole days from the second date to the first, as a number in both databases; NULL where either is."""

    output_field = models.IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(julianday(%(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, arg_joiner=") - julianday(", template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, arg_joiner="::date - ", template="(%(expressions)s)", **context)


class Aged(models.Func):
    """The day an item is aged by: (amount, document date, due date). The zero stands in the SQL, not bound: SQLite knows an
    index on an expression by its very words (item_open_day)."""

    arity = 3
    output_field = models.DateField()

    def as_sql(  # type: ignore[override]  # one form, nothing of it to be given from outside
        self, compiler: Any, connection: Any, **context: Any
    ) -> Any:
        (amount, a), (own, b), (due, c) = (compiler.compile(e) for e in self.get_source_expressions())
        return f"CASE WHEN {amount} < 0 THEN {own} ELSE {due} END", (*a, *b, *c)


class Beside(models.Func):
    """A column that SQLite shall not choose its index by: nearly every row passes a test such as "posted by today", but it
    takes an index on it for the narrowest and reads all that was ever posted to find what is open."""

    arity = 1
    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)


def _many(ids: Sequence[int]) -> tuple[str, list[Any]]:
    """SQL for "in these ids" that does not run out of parameters."""
    if connection.vendor == "postgresql":
        return "= ANY(%s::bigint[])", [array(ids)]
    return "IN (SELECT value FROM json_each(%s))", ["[" + ",".join(map(str, ids)) + "]"]


def lock_periods(ids: Sequence[int]) -> None:
    """Read the periods under a share lock: a close waits for us, we for it (I05)."""
    if connection.vendor == "postgresql" and ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM ledger_period WHERE id = ANY(%s) ORDER BY id FOR SHARE", [sorted(set(ids))])


_ITEM = "id, customer_id, currency, account_id, remaining, base_remaining, posting_date, document"


def items_at(company: int, ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """These items of the company as clearing needs them: (id, customer, currency, account, left, left in company
    currency, posting date, document)."""
    where, values = _many(ids)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_ITEM} FROM ledger_openitem WHERE company_id = %s AND id {where}", [company, *values])  # nosec B608 # names of our own, values bound
        return list(cursor.fetchall())


def lock_items(ids: Sequence[int], found: list[tuple[Any, ...]] | None = None) -> list[tuple[Any, ...]]:
    """Lock open items in the order of their ids, so that two clearings of the same items wait rather than deadlock.

    Returns them as `items_at`, as they stand now that nobody else can move them. On SQLite the writer is alone already:
    `found` is what they were a moment ago in this transaction, and still are.
    """
    if connection.vendor == "postgresql" and ids:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {_ITEM} FROM ledger_openitem WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE",  # nosec B608 # names of our own, values bound
                [array(sorted(set(ids)))],
            )
            return list(cursor.fetchall())
    return found or []


def open_rows(company: int, currency: str) -> list[tuple[Any, ...]]:
    """All that is open in a currency, as (id, customer, document, reference, kind, document date, due date, left, amount,
    base date): for who must look at all of it, where Django's rows cost more than the reading."""
    with connection.cursor() as cursor:
        days = ["document_date", "due_date", "base_date"]
        if connection.vendor == "sqlite":
            days = [f"{d} || ''" for d in days]  # as text: Django's converter would read each of them anew
        cursor.execute(
            f"SELECT id, customer_id, document, reference, kind, {days[0]}, {days[1]}, remaining, amount, {days[2]}"  # nosec B608 # names of our own, values bound
            " FROM ledger_openitem WHERE company_id = %s AND currency = %s AND NOT (remaining = 0)",
            [company, currency],
        )
        if connection.vendor == "postgresql":
            return cursor.fetchall()
        day = cache(_as_date)  # few days, many rows
        return [(*r[:5], day(r[5]), day(r[6]), r[7], r[8], day(r[9])) for r in cursor.fetchall()]


def take_off(clearing_ids: Sequence[int]) -> int:
    """Take the legs of these clearings off their items' counters; returns how many items moved. The CHECK refuses more
    than there is (I07)."""
    where, values = _many(clearing_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_openitem SET remaining = ledger_openitem.remaining - s.amount,"  # nosec B608 # names of our own, values bound
            " base_remaining = ledger_openitem.base_remaining - s.base, version = version + 1"
            " FROM (SELECT item_id, SUM(amount) AS amount, SUM(base_amount) AS base FROM ledger_clearingleg"
            f" WHERE clearing_id {where} GROUP BY item_id) s WHERE s.item_id = ledger_openitem.id",
            values,
        )
        return cursor.rowcount


@contextmanager
def snapshot() -> Iterator[None]:
    """Several questions to one state of the database, reading only and holding nobody up. Not inside a transaction.

    Django's own `atomic` would take SQLite's write lock, and on PostgreSQL would show each question a state of its own."""
    begin = "BEGIN" if connection.vendor == "sqlite" else "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(begin)
    try:
        yield
    finally:
        try:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
        except DatabaseError:  # the connection is gone, and with it the snapshot
            connection.close()


def sums_of(entry_ids: Sequence[int]) -> tuple[int, int]:
    """(lines, sum) of these entries as they were stored: the second look at what was posted."""
    where, values = _many(entry_ids)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM ledger_line WHERE entry_id {where}", values)  # nosec B608 # names of our own, values bound
        lines, total = cursor.fetchone()
        return int(lines), int(total)


def analyse(rows: int, *tables: str) -> None:
    """Fresh statistics after a large batch: without them PostgreSQL chose nested loops 34 times slower, and SQLite read
    all items of a company to show one customer's (2.2 s for 0.3 s). Not where the table was counted when it had twenty
    times these `rows` already, nor where it has not doubled since: one batch more changes no plan."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 1000")  # a sample: 0.1 s instead of a scan
        for table in tables:
            counted, doubled = _counted(cursor, table)
            if counted < 20 * rows and doubled:
                cursor.execute(f"ANALYZE {table}{_indexed(cursor, table)}")


def _indexed(cursor: Any, table: str) -> str:
    """PostgreSQL: only the columns by which rows are found; to sort a sample of remarks and JSON takes longest of all."""
    if connection.vendor != "postgresql":
        return ""
    cursor.execute(
        "SELECT string_agg(DISTINCT quote_ident(a.attname), ', ') FROM pg_index i"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) WHERE i.indrelid = %s::regclass",
        [table],
    )
    return f" ({cursor.fetchone()[0]})"


def _counted(cursor: Any, table: str) -> tuple[int, bool]:
    """How many rows a table had when its statistics were made (0 when they never were); whether it has doubled since."""
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT reltuples::bigint, pg_relation_size(oid) >= 2 * relpages * current_setting('block_size')::bigint"
            " FROM pg_class WHERE oid = %s::regclass",
            [table],
        )
        counted, doubled = cursor.fetchone()
        return int(counted), bool(doubled)
    cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")
    if cursor.fetchone() is None:
        return 0, True
    cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = %s LIMIT 1", [table])
    found = cursor.fetchone()
    counted = int(str(found[0]).split()[0]) if found else 0
    cursor.execute(f"SELECT MAX(rowid) FROM {table}")  # nosec B608 # names of our own, values bound
    return counted, (cursor.fetchone()[0] or 0) >= 2 * counted


def _day(basis: str) -> str:
    """The day an item is aged by: credits and receipts stand on their own date."""
    return (
        "i.document_date" if basis == "invoice" else "CASE WHEN i.amount < 0 THEN i.document_date ELSE i.due_date END"
    )


def _open(alias: str = "i") -> str:
    """ "Open and posted by", so that both databases read what is open by its own indexes. SQLite knows a partial index by
    the very words of its condition; the plus keeps it from reading every item that was ever posted instead."""
    plus = "+" if connection.vendor == "sqlite" else ""
    return f"NOT ({alias}.remaining = 0) AND {plus}{alias}.posting_date <= %s"


def _later(key: str, day: str, scope: str) -> str:
    """What was open on a day and is cleared since, by the legs dated after it: (company, day, day)."""
    return (
        f"SELECT {key}, i.currency, {day}, SUM(s.amount), SUM(CASE WHEN i.remaining = 0 AND s.amount <> 0 THEN 1"  # nosec B608 # names of our own, values bound
        " WHEN i.remaining <> 0 AND i.remaining + s.amount = 0 THEN -1 ELSE 0 END), SUM(s.base) FROM"
        " (SELECT item_id, SUM(amount) AS amount, SUM(base_amount) AS base FROM ledger_clearingleg WHERE company_id = %s"
        " AND date > %s GROUP BY item_id) s JOIN ledger_openitem i ON i.id = s.item_id WHERE i.posting_date <= %s"
        f"{scope} GROUP BY 1, 2, 3"
    )


def open_sums(
    company: int, as_of: date, basis: str, by_customer: bool, customers: Sequence[int] | None = None
) -> list[tuple[int, str, date | None, int, int, int]]:
    """What was open on a date: (customer id or 0, currency, day, minor units, items, company-currency minor units).

    Open now (posted until then) plus what was cleared after then, each item once.
    """
    key = "i.customer_id" if by_customer else "0"
    day = _day(basis)
    scope = ""
    scoped: list[Any] = []
    if customers is not None:
        where, scoped = _many(customers)
        scope = f" AND i.customer_id {where}"
    what = "SUM(i.remaining), COUNT(*), SUM(i.base_remaining) FROM ledger_openitem i WHERE i.company_id = %s"
    if basis == "due" and not by_customer and customers is None:
        # Debits come out of their index in the order of their days, so that nothing is sorted; credits are few.
        now = [
            f"SELECT 0, i.currency, i.due_date, {what} AND {_open()} AND i.remaining > 0 GROUP BY i.due_date, i.currency",  # nosec B608 # names of our own, values bound
            f"SELECT 0, i.currency, i.document_date, {what} AND {_open()} AND i.remaining < 0 GROUP BY 1, 2, 3",
        ]
    else:
        now = [f"SELECT {key}, i.currency, {day}, {what} AND {_open()}{scope} GROUP BY 1, 2, 3"]  # nosec B608 # names of our own, values bound
    rows: list[Any] = []
    with connection.cursor() as cursor:
        for sql in now:
            cursor.execute(sql, [company, as_of, *scoped])
            rows += cursor.fetchall()
        cursor.execute(_later(key, day, scope), [company, as_of, as_of, *scoped])
        rows += cursor.fetchall()
    return [(int(k), c, _as_date(d), int(a), int(n), int(b)) for k, c, d, a, n, b in rows]


def open_spans(
    company: int, as_of: date, basis: str, starts: Sequence[date], customers: Sequence[int] | None = None
) -> list[tuple[int, str, date | None, int, int]]:
    """What was open on a date by customer, in spans of days: (customer, currency, first day of the span, minor units, items).

    `starts` are the first days of the spans, latest first; what lies before the last of them is in the last, what has no
    day yet in the first. By customer the days are as many as the items, so they are put into spans where they are read.
    """
    day, scope = _day(basis), ""
    scoped: list[Any] = []
    if customers is not None:
        where, scoped = _many(customers)
        scope = f" AND i.customer_id {where}"
    asked, values = [], []
    for n, start in enumerate(starts):
        if n == 0:
            test, some = f"({day} >= %s OR {day} IS NULL)", [start]
        elif n == len(starts) - 1:
            test, some = f"{day} < %s", [starts[n - 1]]
        else:
            test, some = f"{day} >= %s AND {day} < %s", [start, starts[n - 1]]
        asked.append(f"SUM(CASE WHEN {test} THEN i.remaining ELSE 0 END), SUM(CASE WHEN {test} THEN 1 ELSE 0 END)")
        values += [*some, *some]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT i.customer_id, i.currency, {', '.join(asked)} FROM ledger_openitem i WHERE i.company_id = %s"  # nosec B608 # names of our own, values bound
            f" AND {_open()}{scope} GROUP BY i.customer_id, i.currency",
            [*values, company, as_of, *scoped],
        )
        out: list[tuple[int, str, date | None, int, int]] = []
        for pk, currency, *pairs in cursor.fetchall():
            for n, start in enumerate(starts):
                if pairs[2 * n + 1]:
                    out.append((pk, currency, start, int(pairs[2 * n]), int(pairs[2 * n + 1])))
        cursor.execute(_later("i.customer_id", day, scope), [company, as_of, as_of, *scoped])
        out += [(int(k), c, _as_date(d), int(a), int(n)) for k, c, d, a, n, _base in cursor.fetchall()]
    return out


def credit_sums(company: int, as_of: date, by_customer: bool) -> list[tuple[int, str, int]]:
    """(customer id or 0, currency, minor units) of credits and receipts that stood open on a day: what is open now, and
    what was cleared since. The legs are read by their date, for there are few after a day that anyone asks about."""
    key = "i.customer_id" if by_customer else "0"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, i.currency, SUM(i.remaining) FROM ledger_openitem i WHERE i.company_id = %s"  # nosec B608 # names of our own, values bound
            f" AND {_open()} AND i.remaining < 0 GROUP BY 1, 2",
            [company, as_of],
        )
        rows = list(cursor.fetchall())
        cursor.execute(
            f"SELECT {key}, i.currency, SUM(s.amount) FROM (SELECT item_id, SUM(amount) AS amount FROM ledger_clearingleg"  # nosec B608 # names of our own, values bound
            " WHERE company_id = %s AND date > %s GROUP BY item_id) s JOIN ledger_openitem i ON i.id = s.item_id"
            " WHERE i.amount < 0 AND i.posting_date <= %s GROUP BY 1, 2",
            [company, as_of, as_of],
        )
        return [(int(k), c, int(a)) for k, c, a in (*rows, *cursor.fetchall())]


def _as_date(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def billed_months(company: int, kinds: Sequence[str], until: date) -> list[tuple[str, str, int, int]]:
    """(currency, "YYYY-MM", minor units, items) of items of these kinds by document month, as known at the end of `until`:
    what was reversed by then is left out with its reversal, what is reversed later still counts."""
    month = (
        "to_char(i.document_date, 'YYYY-MM')"
        if connection.vendor == "postgresql"
        else "strftime('%%Y-%%m', i.document_date)"
    )
    places = ", ".join(["%s"] * len(kinds))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT i.currency, {month}, SUM(i.amount), COUNT(*) FROM ledger_openitem i JOIN ledger_line l ON l.id = i.line_id"  # nosec B608 # names of our own, values bound
            " JOIN ledger_entry e ON e.id = l.entry_id"
            f" WHERE i.company_id = %s AND i.kind IN ({places}) AND i.posting_date <= %s AND e.reverses_id IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM ledger_entry r WHERE r.reverses_id = e.id AND r.posting_date <= %s)"
            " GROUP BY 1, 2 ORDER BY 1, 2",
            [company, *kinds, until, until],
        )
        return [(c, m, int(a), int(n)) for c, m, a, n in cursor.fetchall()]


def settled_late(company: int, until: date, kinds: Sequence[str]) -> list[tuple[str, int, int, int]]:
    """(currency, amount, amount x days late, items) over items of these kinds that were wholly cleared on or before `until`.

    Days late = max(0, last clearing date - due date); an item without a due date is not late.
    """
    late = (
        "l.cleared - i.due_date"
        if connection.vendor == "postgresql"
        else "julianday(l.cleared) - julianday(i.due_date)"
    )
    places = ", ".join(["%s"] * len(kinds))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT i.currency, SUM(i.amount), SUM(i.amount * CASE WHEN i.due_date IS NULL OR {late} < 0 THEN 0 ELSE"  # nosec B608 # names of our own, values bound
            f" CAST({late} AS BIGINT) END), COUNT(*) FROM ledger_openitem i JOIN (SELECT item_id, SUM(amount) AS amount,"
            " MAX(date) AS cleared FROM ledger_clearingleg WHERE company_id = %s AND date <= %s GROUP BY item_id) l"
            " ON l.item_id = i.id JOIN ledger_line n ON n.id = i.line_id JOIN ledger_entry e ON e.id = n.entry_id"
            f" WHERE l.amount = i.amount AND i.kind IN ({places}) AND e.reverses_id IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM ledger_entry r WHERE r.reverses_id = e.id AND r.posting_date <= %s) GROUP BY 1 ORDER BY 1",
            [company, until, *kinds, until],
        )
        return [(c, int(a), int(w), int(n)) for c, a, w, n in cursor.fetchall()]


# --- what `verify` asks, in one statement each ---------------------------------------------------------------------


def _asked(sql: str, values: Sequence[Any], most: int = 200) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {most}", values)
        return cursor.fetchall()


def overtaken(company: int) -> list[tuple[int, str, date, int, int]]:
    """(item, document, day, left, amount) where more was taken off an item by a day than there was, or less than nothing."""
    rows = _asked(
        "SELECT i.id, i.document, d.date, i.amount - d.taken, i.amount FROM (SELECT item_id, date, SUM(SUM(amount)) OVER"
        " (PARTITION BY item_id ORDER BY date) AS taken FROM ledger_clearingleg WHERE company_id = %s GROUP BY item_id, date) d"
        " JOIN ledger_openitem i ON i.id = d.item_id WHERE (i.amount > 0 AND (d.taken < 0 OR d.taken > i.amount))"
        " OR (i.amount < 0 AND (d.taken > 0 OR d.taken < i.amount)) ORDER BY i.id, d.date",
        [company],
    )
    return [(pk, document, day, int(left), int(amount)) for pk, document, day, left, amount in rows]


def off_counters(company: int) -> list[tuple[int, str, str, int, int]]:
    """(item, document, field, stored, counted): what is left of an item against its amount less its legs."""
    # The plus keeps SQLite from taking an index of the company: in the order of items, each item's legs are at hand.
    own = "i.company_id" if connection.vendor == "postgresql" else "+i.company_id"
    left, base = "i.amount - COALESCE(SUM(g.amount), 0)", "i.base_amount - COALESCE(SUM(g.base_amount), 0)"
    rows = _asked(
        f"SELECT i.id, i.document, i.remaining, {left}, i.base_remaining, {base} FROM ledger_openitem i"  # nosec B608 # names of our own, values bound
        f" LEFT JOIN ledger_clearingleg g ON g.item_id = i.id WHERE {own} = %s GROUP BY i.id"
        f" HAVING i.remaining <> {left} OR i.base_remaining <> {base} ORDER BY i.id",
        [company],
    )
    both = []
    for pk, document, there, counted, base_there, base_counted in rows:
        both += [(pk, document, "remaining", int(there), int(counted))] if there != counted else []
        both += (
            [(pk, document, "base_remaining", int(base_there), int(base_counted))] if base_there != base_counted else []
        )
    return both


def off_versions(company: int) -> list[tuple[int, str, int, int]]:
    """(item, document, stored, counted): an item's version is one more than the acts that cleared or changed it."""
    return [
        (pk, document, int(there), int(should))
        for pk, document, there, should in _asked(
            "SELECT i.id, i.document, i.version, 1 + COALESCE(s.n, 0) FROM ledger_openitem i LEFT JOIN (SELECT item_id,"
            " COUNT(*) AS n FROM (SELECT g.item_id, c.act FROM ledger_clearingleg g JOIN ledger_clearing c ON c.id ="
            " g.clearing_id UNION SELECT item_id, -act FROM ledger_itemchange) u GROUP BY item_id) s ON s.item_id = i.id"
            " WHERE i.company_id = %s AND i.version <> 1 + COALESCE(s.n, 0) ORDER BY i.id",
            [company],
        )
    ]


def unlike_entries(company: int) -> list[tuple[int, int]]:
    """(reversal, entry) whose lines together are not nothing on each account, party and currency."""
    return _asked(  # type: ignore[return-value]
        "SELECT DISTINCT e.id, e.reverses_id FROM ledger_entry e JOIN ledger_line l ON l.entry_id IN (e.id, e.reverses_id)"
        " WHERE e.company_id = %s AND e.reverses_id IS NOT NULL GROUP BY e.id, e.reverses_id, l.account_id, l.party_id,"
        " l.currency HAVING SUM(l.amount) <> 0 OR SUM(l.doc_amount) <> 0",
        [company],
    )


def unlike_clearings(company: int) -> list[tuple[int, int]]:
    """(reversal, clearing) whose legs together are not nothing on each item."""
    return _asked(  # type: ignore[return-value]
        "SELECT DISTINCT c.id, c.reverses_id FROM ledger_clearing c JOIN ledger_clearingleg g ON g.clearing_id IN"
        " (c.id, c.reverses_id) WHERE c.company_id = %s AND c.reverses_id IS NOT NULL GROUP BY c.id, c.reverses_id, g.item_id"
        " HAVING SUM(g.amount) <> 0 OR SUM(g.base_amount) <> 0",
        [company],
    )


def other_than_act(company: int) -> list[tuple[int, str, int, int, str]]:
    """(entry, class, year, number, field) of entries whose instant or person is not that of their act."""
    return _asked(  # type: ignore[return-value]
        "SELECT e.id, e.klass, e.year, e.number, CASE WHEN e.at <> r.at THEN 'at' ELSE 'by' END FROM ledger_entry e"
        ' JOIN trail_record r ON r.id = e.act WHERE e.company_id = %s AND (e.at <> r.at OR e."by" <> r."by") ORDER BY e.id',
        [company],
    )


def gaps(company: int, klass: str, year: int, top: int) -> list[int]:
    """The numbers up to `top` that a series of vouchers does not have (at most 200)."""
    table, own = ("ledger_clearing", "") if klass == "CL" else ("ledger_entry", " AND klass = %s")
    values: list[Any] = [company, year, *([klass] if own else [])]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT number FROM {table} WHERE company_id = %s AND year = %s{own}", values)  # nosec B608 # names of our own, values bound
        there = {row[0] for row in cursor.fetchall()}
    return [n for n in range(1, top + 1) if n not in there][:200]
