"""Vendor SQL of the ledger: bulk inserts, locks, set-based counters, the as-of sums."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, models

from huikuan.office.trail.store import insert

__all__ = [
    "DaysFrom", "analyse", "billed_months", "insert", "lock_items", "lock_periods", "open_sums", "settled_late", "sums_of",
    "take_off",
]  # fmt: skip


class DaysFrom(models.Func):
    """Whole days from the second date to the first, as a number in both databases; NULL where either is."""

    output_field = models.IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(julianday(%(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, arg_joiner=") - julianday(", template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, arg_joiner="::date - ", template="(%(expressions)s)", **context)


def _many(ids: Sequence[int]) -> tuple[str, list[Any]]:
    """SQL for "in these ids" that does not run out of parameters."""
    if connection.vendor == "postgresql":
        return "= ANY(%s)", [list(ids)]
    return "IN (SELECT value FROM json_each(%s))", ["[" + ",".join(map(str, ids)) + "]"]


def lock_periods(ids: Sequence[int]) -> None:
    """Read the periods under a share lock: a close waits for us, we for it (I05)."""
    if connection.vendor == "postgresql" and ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM ledger_period WHERE id = ANY(%s) ORDER BY id FOR SHARE", [sorted(set(ids))])


def lock_items(ids: Sequence[int]) -> None:
    """Lock open items in the order of their ids, so that two clearings of the same items wait rather than deadlock."""
    if connection.vendor == "postgresql" and ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM ledger_openitem WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [sorted(set(ids))]
            )


def take_off(clearing_ids: Sequence[int]) -> int:
    """Take the legs of these clearings off their items' counters; returns how many items moved. The CHECK refuses more
    than there is (I07)."""
    where, values = _many(clearing_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_openitem SET remaining = ledger_openitem.remaining - s.amount,"
            " base_remaining = ledger_openitem.base_remaining - s.base, version = version + 1"
            " FROM (SELECT item_id, SUM(amount) AS amount, SUM(base_amount) AS base FROM ledger_clearingleg"
            f" WHERE clearing_id {where} GROUP BY item_id) s WHERE s.item_id = ledger_openitem.id",
            values,
        )
        return cursor.rowcount


def sums_of(entry_ids: Sequence[int]) -> tuple[int, int]:
    """(lines, sum) of these entries as they were stored: the second look at what was posted."""
    where, values = _many(entry_ids)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM ledger_line WHERE entry_id {where}", values)
        lines, total = cursor.fetchone()
        return int(lines), int(total)


def analyse(*tables: str) -> None:
    """Fresh statistics after a large batch: without them PostgreSQL chose nested loops 34 times slower, and SQLite read
    all items of a company to show one customer's (2.2 s for 0.3 s)."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 1000")  # a sample: 0.1 s instead of a scan
        for table in tables:
            cursor.execute(f"ANALYZE {table}")


def _day(basis: str) -> str:
    """The day an item is aged by: credits and receipts stand on their own date."""
    return (
        "i.document_date" if basis == "invoice" else "CASE WHEN i.amount < 0 THEN i.document_date ELSE i.due_date END"
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
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, i.currency, {day}, SUM(i.remaining), COUNT(*), SUM(i.base_remaining) FROM ledger_openitem i"
            f" WHERE i.company_id = %s AND i.posting_date <= %s AND i.remaining <> 0{scope} GROUP BY 1, 2, 3",
            [company, as_of, *scoped],
        )
        rows = list(cursor.fetchall())
        cursor.execute(
            f"SELECT {key}, i.currency, {day}, SUM(s.amount), SUM(CASE WHEN i.remaining = 0 AND s.amount <> 0 THEN 1"
            " WHEN i.remaining <> 0 AND i.remaining + s.amount = 0 THEN -1 ELSE 0 END), SUM(s.base) FROM"
            " (SELECT item_id, SUM(amount) AS amount, SUM(base_amount) AS base FROM ledger_clearingleg WHERE company_id = %s"
            " AND date > %s GROUP BY item_id) s JOIN ledger_openitem i ON i.id = s.item_id WHERE i.posting_date <= %s"
            f"{scope} GROUP BY 1, 2, 3",
            [company, as_of, as_of, *scoped],
        )
        rows += cursor.fetchall()
    return [(int(k), c, _as_date(d), int(a), int(n), int(b)) for k, c, d, a, n, b in rows]


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
            f"SELECT i.currency, {month}, SUM(i.amount), COUNT(*) FROM ledger_openitem i JOIN ledger_line l ON l.id = i.line_id"
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
            f"SELECT i.currency, SUM(i.amount), SUM(i.amount * CASE WHEN i.due_date IS NULL OR {late} < 0 THEN 0 ELSE"
            f" CAST({late} AS BIGINT) END), COUNT(*) FROM ledger_openitem i JOIN (SELECT item_id, SUM(amount) AS amount,"
            " MAX(date) AS cleared FROM ledger_clearingleg WHERE company_id = %s AND date <= %s GROUP BY item_id) l"
            " ON l.item_id = i.id JOIN ledger_line n ON n.id = i.line_id JOIN ledger_entry e ON e.id = n.entry_id"
            f" WHERE l.amount = i.amount AND i.kind IN ({places}) AND e.reverses_id IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM ledger_entry r WHERE r.reverses_id = e.id AND r.posting_date <= %s) GROUP BY 1 ORDER BY 1",
            [company, until, *kinds, until],
        )
        return [(c, int(a), int(w), int(n)) for c, a, w, n in cursor.fetchall()]
