"""Vendor SQL that the trail needs: reserving ids, the sealer's lock, the file lock that makes SQLite fair."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, models, transaction

from huikuan.kit.failpoints import point

_held = threading.local()
waited: Callable[[float], None] = lambda seconds: None  # noqa: E731 - who counts how long acts wait for their turn (site)


def reserve(model: type[models.Model], n: int) -> list[int]:
    """`n` fresh primary keys of a table, ascending, before its rows exist. Call inside a transaction."""
    table = model._meta.db_table
    if n <= 0:
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s RETURNING seq", [n, table])
            row = cursor.fetchone()
            if row is None:
                cursor.execute(f'SELECT COALESCE(MAX(id), 0) + %s FROM "{table}"', [n])
                row = cursor.fetchone()
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, row[0]])
            return list(range(row[0] - n + 1, row[0] + 1))
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, n])
        return sorted(row[0] for row in cursor.fetchall())


def sealer_lock() -> None:
    """Wait until no other sealer works; held to the end of the transaction. SQLite's write lock does the same."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7001)")


@contextmanager
def turn() -> Iterator[None]:
    """One writer after another on SQLite: its busy handler is unfair (a writer of eight waited 6 s).

    Every outermost act takes this file lock before BEGIN IMMEDIATE. Re-entrant in a thread. Nothing on PostgreSQL.
    """
    name = str(connection.settings_dict["NAME"])
    if (
        connection.vendor != "sqlite"
        or getattr(_held, "depth", False)
        or name.startswith("file:")
        or name == ":memory:"
    ):
        yield
        return
    with Path(name + ".turn").open("a") as handle:
        asked = time.perf_counter()
        fcntl.flock(handle, fcntl.LOCK_EX)
        waited(time.perf_counter() - asked)
        _held.depth = True
        try:
            yield
        finally:
            _held.depth = False
            fcntl.flock(handle, fcntl.LOCK_UN)


@contextmanager
def writing(name: str, *, durable: bool = False) -> Iterator[None]:
    """One transaction, in its turn, with a fail point on both sides of both its edges. All writing goes through here."""
    point(f"{name}.begin.before")
    with turn(), transaction.atomic(durable=durable):
        point(f"{name}.begin.after")
        yield
        point(f"{name}.commit.before")
    point(f"{name}.commit.after")
