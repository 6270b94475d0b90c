"""Vendor SQL of the front step: emptying the demo's database, one moment for a backup, the swap of a restore."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from huikuan.kit.text import whole


def has_tables() -> bool:
    with connection.cursor() as cursor:
        return "company_company" in connection.introspection.table_names(cursor)


def empty_schema() -> None:
    """PostgreSQL only: drop everything in the schema. The caller has made sure that it holds nothing but a demo."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")


# ---- backup and restore -------------------------------------------------------------------------------------------


@contextmanager
def one_moment() -> Iterator[str]:
    """PostgreSQL: a read-only look at one moment; gives the name under which pg_dump can look at the same moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def tables() -> list[str]:
    """Every table of this database, by name."""
    with connection.cursor() as cursor:
        return sorted(t.name for t in connection.introspection.get_table_list(cursor) if t.type == "t")


def counts() -> dict[str, int]:
    """How many rows each table has."""
    out = {}
    for table in tables():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # nosec B608 # names of our own, values bound
            out[table] = cursor.fetchone()[0]
    return out


def server() -> tuple[int, str]:
    """(major version, name and version) of the database server."""
    if connection.vendor == "sqlite":
        import sqlite3

        return sqlite3.sqlite_version_info[0], f"SQLite {sqlite3.sqlite_version}"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        words = cursor.fetchone()[0]
    return int(words.split(".")[0].split()[0]), f"PostgreSQL {words}"


def others_connected() -> int:
    """PostgreSQL: how many other sessions use this database just now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def put_aside(schema: str) -> None:
    """PostgreSQL: keep everything there is under another name, and begin an empty schema."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER SCHEMA public RENAME TO {schema}")
        cursor.execute("CREATE SCHEMA public")


def bring_back(schema: str) -> None:
    """PostgreSQL: undo `put_aside`."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute(f"ALTER SCHEMA {schema} RENAME TO public")


def throw_away(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {schema} CASCADE")


# ---- readiness and figures ----------------------------------------------------------------------------------------


def alive() -> None:
    """Raises OperationalError when the database does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def wait_at_most(time: str) -> None:
    """PostgreSQL: a statement of this session waits so long for a lock and then gives up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [time])


def count_anew() -> None:
    """Fresh statistics of all tables: an index that a migration made is not chosen before somebody counted."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    if connection.vendor == "sqlite":
        _leave_nothing_out_of_count()


FEW = 10  # an index with fewer values than this, its empty ones among them, is looked at again


def _leave_nothing_out_of_count() -> None:
    """SQLite counts empty columns as one value: of a column that is empty in nearly every row (what a line credits, what a
    document cancels) it then believes that each value finds nearly every row, and walks the table instead of its index.
    Here such an index is counted by the values that are there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tbl, idx, stat FROM sqlite_stat1 WHERE idx IS NOT NULL")
        for table, index, stat in cursor.fetchall():
            total, *found = [n for x in stat.split() if (n := whole(x)) is not None]
            cursor.execute(f'PRAGMA index_info("{index}")')
            column = cursor.fetchone()[2]
            if column is None or not found or total < FEW or found[0] * FEW < total:
                continue
            cursor.execute(f'SELECT COUNT("{column}"), COUNT(DISTINCT "{column}") FROM "{table}"')  # nosec B608 # names of our own
            there, values = cursor.fetchone()
            if there < total:
                each = max(1, there // max(1, values))
                told = " ".join(str(x) for x in (total, *(min(x, each) for x in found)))
                cursor.execute("UPDATE sqlite_stat1 SET stat = %s WHERE tbl = %s AND idx = %s", [told, table, index])
        cursor.execute("ANALYZE sqlite_schema")  # what was written is read anew
