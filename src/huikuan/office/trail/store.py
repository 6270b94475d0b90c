"""Vendor SQL for every floor: reserving ids, many rows at once, the sealer's lock, the file lock that makes SQLite fair."""

from __future__ import annotations

import fcntl
import json
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.base import ModelState
from django.db.models.expressions import RawSQL

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
                cursor.execute(f'SELECT COALESCE(MAX(id), 0) + %s FROM "{table}"', [n])  # nosec B608 # names of our own, values bound
                row = cursor.fetchone()
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, row[0]])
            return list(range(row[0] - n + 1, row[0] + 1))
        cursor.execute(
            # MATERIALIZED: else the sequence's name is looked up anew for every number.
            "WITH s AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS name)"
            " SELECT array_agg(nextval(s.name)) FROM s, generate_series(1, %s)",
            [table, n],
        )
        return sorted(cursor.fetchone()[0])


def count_up(model: type[models.Model], column: str, by: int, row: dict[str, Any]) -> int | None:
    """Add to a counter and say what it is now, in one statement that locks its row; None where there is no such row."""
    where = " AND ".join(f'"{name}" = %s' for name in row)
    sql = f'UPDATE "{model._meta.db_table}" SET "{column}" = "{column}" + %s WHERE {where} RETURNING "{column}"'  # nosec B608 # names of our own, values bound
    with connection.cursor() as cursor:
        cursor.execute(sql, [by, *row.values()])
        found = cursor.fetchall()
    return int(found[0][0]) if found else None


def array(values: Iterable[int] | Iterable[str]) -> str:
    """PostgreSQL's own text of an array, to be bound as one text and cast: the driver looks at each value of a list, which
    for thousands of keys costs more than the query."""
    some: list[Any] = list(values)
    if some and isinstance(some[0], str):
        texts = (str(v).replace("\\", "\\\\").replace('"', '\\"') for v in some)
        return '{"' + '","'.join(texts) + '"}'
    return "{" + ",".join(map(str, some)) + "}"


def among(values: Collection[int] | Collection[str]) -> Any:
    """For `filter(pk__in=among(ids))`: any number of ids or texts, bound as one value. Django would bind each by itself,
    which costs more than the query, and ends at 32,766 of them."""
    some: list[Any] = list(values)
    if not some:
        return []
    if connection.vendor == "postgresql":
        kind = "text" if isinstance(some[0], str) else "bigint"
        return RawSQL(f"SELECT unnest(%s::{kind}[])", [array(some)])  # noqa: S611 # nosec B611 # names of our own, values bound
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(some)])  # nosec B611 # values bound


def looked_up(model: type[models.Model], column: str, ids: Collection[int]) -> Any:
    """For `filter(looked_up(Proposal, "line_id", ids))`: the same as `among`, one look into the column's index for each. For
    tables that grow within a run: of what `among` joins, the planner does not know that it is little, and reads the table
    for each id while it believes it empty."""
    if connection.vendor != "postgresql" or not ids:
        return Q(**{f"{column}__in": among(ids)})
    name = f'"{model._meta.db_table}"."{column}"'
    return RawSQL(f"{name} = ANY(%s::bigint[])", [array(ids)], output_field=models.BooleanField())  # noqa: S611 # nosec B611 # names of our own, values bound


def begins(field: str, text: str) -> Q:
    """For `filter(begins("number", text))`: what begins with a text, as it is written or in capitals. A span of the index,
    which LIKE would not use on SQLite, nor on PostgreSQL under every collation."""
    out = Q()
    for start in sorted({text, text.upper()}):
        out |= Q(**{f"{field}__gte": start, f"{field}__lt": start + "\uffff", f"{field}__startswith": start})
    return out


def insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    meanwhile: Callable[[], object] | None = None,
) -> None:
    """Many rows at once: COPY on PostgreSQL, executemany on SQLite. Values in the order of `columns` (database names).

    `meanwhile`: what there is to reckon for these rows; done once they are handed over, while the server takes them in. It
    may not ask the database."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(c) for c in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            kinds = _wire(model, tuple(columns))
            cursor.adapters.register_dumper(None, _written())  # type: ignore[attr-defined]
            copying = cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)")  # type: ignore[attr-defined]
            with connection.wrap_database_errors, copying as copy:  # what a guard says of it is for `act.said`
                copy.set_types(kinds)
                for row in rows:
                    copy.write_row(row)
                if meanwhile is not None:
                    meanwhile()
            return
        if meanwhile is not None:
            meanwhile()
        made = for_sqlite(model, columns, rows)
        # Many rows to a statement: SQLite keeps, for each statement that a guard may refuse, a copy of every page it
        # touches. Row by row that is two thirds of the writing.
        one, at = f"({', '.join(['%s'] * len(columns))})", 0
        for size in (64, 8, 1):
            until = at + (len(made) - at) // size * size
            if at < until:
                some = [list(chain.from_iterable(made[i : i + size])) for i in range(at, until, size)]
                cursor.executemany(f"INSERT INTO {table} ({names}) VALUES {', '.join([one] * size)}", some)  # nosec B608 # names of our own, values bound
                at = until


@cache
def _wire(model: type[models.Model], columns: tuple[str, ...]) -> list[str]:
    """PostgreSQL's names of the columns' types. Told what comes, the driver writes numbers and days as the server keeps them,
    which takes it a fraction of the time that text takes."""
    kinds = {
        f.column: f.rel_db_type(connection) if f.is_relation else f.db_type(connection)
        for f in model._meta.concrete_fields
    }
    return [str(kinds[c]).partition("(")[0] for c in columns]


@cache
def _written() -> Any:
    """How JSON that is written already goes over that wire: a byte for the version of the form, then the text."""
    from psycopg.adapt import Dumper
    from psycopg.pq import Format

    class Written(Dumper):
        format = Format.BINARY
        oid = 3802  # jsonb

        def dump(self, obj: str) -> bytes:
            return b"\x01" + obj.encode()

    return Written


def unbind(editor: Any, table: str, *columns: str) -> None:
    """For migrations: take the database's own constraint off foreign keys that a guard looks up (docs/decisions/0015).

    SQLite's own manual has constraints taken out of a table's text: nothing that is stored changes, no row is written."""
    with editor.connection.cursor() as cursor:
        if editor.connection.vendor == "postgresql":
            for name, found in editor.connection.introspection.get_constraints(cursor, table).items():
                if found["foreign_key"] and found["columns"][0] in columns:
                    cursor.execute(f'SET CONSTRAINTS "{name}" IMMEDIATE')
                    cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
            return
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
        text = made = str(cursor.fetchone()[0])
        for column in columns:
            made = re.sub(
                rf'("{column}" [^,()]*?) REFERENCES "\w+" \("\w+"\) DEFERRABLE INITIALLY DEFERRED', r"\1", made
            )
        if made == text:
            return
        cursor.execute("PRAGMA schema_version")
        version = int(cursor.fetchone()[0])
        cursor.execute("PRAGMA writable_schema = ON")
        cursor.execute("UPDATE sqlite_master SET sql = %s WHERE type = 'table' AND name = %s", [made, table])
        cursor.execute(f"PRAGMA schema_version = {version + 1}")
        cursor.execute("PRAGMA writable_schema = OFF")


def unindex(editor: Any, table: str, column: str) -> None:
    """For migrations: drop the index over this column alone, where a longer one begins with it."""
    with editor.connection.cursor() as cursor:
        for name, found in editor.connection.introspection.get_constraints(cursor, table).items():
            alone = found["index"] and not found["unique"] and not found["foreign_key"] and found["columns"] == [column]
            if alone:
                cursor.execute(f'DROP INDEX "{name}"')


def for_sqlite(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """The rows with days and instants as SQLite keeps them. Only columns that hold such are looked at."""
    kinds = {f.column: f for f in model._meta.concrete_fields}
    days = [i for i, c in enumerate(columns) if isinstance(kinds[c], models.DateField)]
    out = [list(row) for row in rows]
    written: dict[Any, Any] = {None: None}  # a batch names few days, thousands of times
    for i in days:
        for row in out:
            value = row[i]
            found = written.get(value)
            if found is None and value is not None:
                instant = isinstance(value, datetime)
                found = connection.ops.adapt_datetimefield_value(value) if instant else value.isoformat()
                written[value] = found
            row[i] = found
    return out


def put(rows: Sequence[models.Model], meanwhile: Callable[[], object] | None = None) -> None:
    """Many new rows of one model at once, as `insert` does. Where they have no key yet, the database gives them one
    (and they do not learn it). No signals, no defaults of the database: what stands in the objects is written."""
    if not rows:
        return
    model = type(rows[0])
    fields = [f for f in model._meta.concrete_fields if not (f.primary_key and rows[0].pk is None)]
    get = itemgetter(*(f.attname for f in fields))
    texts = [i for i, f in enumerate(fields) if isinstance(f, models.JSONField)]
    made: list[Any] = [get(r.__dict__) for r in rows]
    if texts:
        made = [_with_json(list(row), texts) for row in made]
    insert(model, [str(f.column) for f in fields], made, meanwhile)


M = TypeVar("M", bound=models.Model)


@cache
def _blank(model: type[models.Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """What a new row of a model starts with: plain values, and what must be made for each row (an empty list)."""
    plain: dict[str, Any] = {}
    made: list[tuple[str, Callable[[], Any]]] = []
    for f in model._meta.concrete_fields:
        if callable(f.default) and f.has_default():
            made.append((f.attname, f.default))
        else:
            plain[f.attname] = f.get_default()
    return plain, made


def fresh(model: type[M], **values: Any) -> M:
    """A new row of a model, its values by column ("customer_id"), ten times faster than by its constructor: for those
    who make thousands. Raises TypeError for a name that is no column."""
    plain, made = _blank(model)
    row = model.__new__(model)
    row._state = ModelState()
    known = row.__dict__
    known.update(plain)
    for name, make in made:
        known[name] = make()
    size = len(known)
    known.update(values)
    if len(known) != size:
        raise TypeError(
            f"{model.__name__} has no {', '.join(sorted(values.keys() - plain.keys() - {n for n, _m in made}))}"
        )
    return row


def _with_json(row: list[Any], places: Sequence[int]) -> list[Any]:
    for i in places:
        row[i] = None if row[i] is None else dumps(row[i])
    return row


# JSON's own encoder makes its inner one anew for each call: for thousands of short texts that is most of their time.
_make: Any = getattr(json.encoder, "c_make_encoder", None)
_inner: Any = _make and _make(
    None, json.JSONEncoder().default, json.encoder.encode_basestring_ascii, None, ": ", ", ", False, False, True
)


def dumps(value: Any) -> str:
    """What `json.dumps` says of it."""
    return json.dumps(value) if _inner is None else "".join(_inner(value, 0))


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


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything as of one moment, without holding anybody up. Inside a transaction: that transaction's view."""
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")  # atomic() would begin IMMEDIATE and keep all writers out
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
