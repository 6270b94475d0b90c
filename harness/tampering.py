"""Tampering as someone with the database in hand would do it: guards off, plain SQL, one row at a time.

A `Tampering` is made by a seed, done inside a transaction that is rolled back again, and asked of `verify` and of the
digests outside. Found: some check is broken. Located: the proof names the row that was touched, or, for one that is gone,
the act (or number, or neighbour) where it is missing.
"""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction

TABLES = {
    "acts": ("trail_record",),
    "entries": ("ledger_entry",),
    "lines": ("ledger_line",),
    "items": ("ledger_openitem",),
    "changes": ("ledger_itemchange",),
    "clearings": ("ledger_clearing", "ledger_clearingleg"),
    "approvals": ("approvals_approval",),
    "numbers": ("company_series",),
    "keys": ("trail_key",),
    "drafts": ("drafts_move",),
    "letters": ("statements_statement",),
    "banks": ("cash_bankline", "cash_bankline", "cash_bankstatement", "cash_statementfile"),
    "noted": ("fapiao_fapiao",),
    "rights": ("company_membership", "company_dutyrole"),
    "masters": ("customers_customer", "catalog_exchangerate"),
}
# Of a table whose rows go on changing: the columns that somebody answers for. Of the others: all.
ANSWERED = {
    "cash_bankline": (
        "company_id", "bank_id", "statement_id", "import_id", "row", "date", "value_date", "amount", "currency", "payer_name",
        "payer_account", "payer_bank", "folded", "remark", "reference", "serial", "raw", "act",
    ),
    "cash_bankstatement": (
        "bank_id", "file_id", "n", "number", "account", "currency", "since", "until", "opening", "closing", "net", "act",
    ),
    "cash_statementfile": ("bank_id", "sha256", "name", "kind", "charset", "read", "refused", "at", "by", "act"),
    "fapiao_fapiao": ("document_id", "code", "number", "issued_on", "amount", "struck_reason", "struck_by", "struck_at", "by", "at", "act"),
    "customers_customer": ("credit_limit",),
    "catalog_exchangerate": ("company_id", "currency", "on", "rate", "source", "by", "at"),
    "company_membership": ("company_id", "person_id", "role"),
    "company_dutyrole": ("company_id", "duty", "role", "mark"),
}  # fmt: skip
ONLY = {"customers_customer": ("edit", "swap")}  # a customer that is gone is named by whatever names it
FRESH = {  # what a copy of a row may not share with it
    "cash_bankline": ("import_id", "item_id"), "cash_bankstatement": ("n",), "cash_statementfile": ("sha256",),
}  # fmt: skip
KINDS = ("edit", "edit", "edit", "delete", "insert", "swap", "rehash", "renumber")
NUMBERS = {
    "trail_record": "number", "ledger_entry": "number", "ledger_clearing": "number", "ledger_line": "n", "company_series": "last",
}  # fmt: skip


@dataclass(frozen=True)
class Done:
    """What was done, and the words of which one must stand in the proof for the row to count as located."""

    what: str
    table: str
    kind: str
    names: tuple[str, ...]


class Skip(Exception):
    """Nothing was tampered with: the database itself refused it, or the row says the same as before."""


@contextmanager
def lifted() -> Iterator[None]:
    """Guards and foreign keys off, as for someone with the owner's password. All is rolled back at the end."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys=OFF")
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute("SET LOCAL session_replication_role = replica")
                else:
                    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                    for name, _sql in cursor.fetchall():
                        cursor.execute(f'DROP TRIGGER "{name}"')
            yield
            transaction.set_rollback(True)
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA foreign_keys=ON")


def _run(sql: str, values: Sequence[Any] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return int(cursor.rowcount)


def _rows(table: str, where: str = "", values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" {where}', list(values))
        names = [c[0] for c in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _kinds(table: str) -> dict[str, str]:
    """{column: "int", "text", "json", "date", "instant"} from the model of the table."""
    from django.apps import apps
    from django.db import models

    model = next(m for m in apps.get_models() if m._meta.db_table == table)
    out = {}
    for f in model._meta.concrete_fields:
        kind = "text"
        if isinstance(f, models.JSONField):
            kind = "json"
        elif isinstance(f, models.DateTimeField):
            kind = "instant"
        elif isinstance(f, models.DateField):
            kind = "date"
        elif isinstance(f, (models.IntegerField, models.AutoField, models.ForeignKey, models.OneToOneField)):
            kind = "int"
        out[f.column] = kind
    return out


def _other(rng: random.Random, kind: str, value: Any) -> Any:
    """Another value of the same kind."""
    if kind == "int":
        return (value or 0) + rng.choice([1, -1, 10, 100, 1_000_000])
    if kind == "date":
        return f"20{rng.randint(10, 39)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    if kind == "instant":
        return f"2026-0{rng.randint(1, 9)}-1{rng.randint(0, 9)} 0{rng.randint(0, 9)}:00:00"
    if kind == "json":
        return json.dumps({"tampered": rng.randint(0, 10**6)})
    return (
        (str(value or ""))[:-1] + rng.choice("甲乙丙丁abcdef9") if rng.random() < 0.7 else f"T{rng.randint(0, 10**6)}"
    )


def names_of(table: str, row: dict[str, Any]) -> tuple[str, ...]:
    """How a proof may name this row. A leg is named by its clearing or item, a line by its entry."""
    pk = row["id"]
    if table == "trail_record":
        return (f"trail.record:{pk}",)
    if table == "ledger_entry":
        return (f"ledger.entry:{pk}",)
    if table == "ledger_line":
        return (f"ledger.entry:{row['entry_id']}",)
    if table == "ledger_openitem":
        return (f"ledger.item:{pk}", f"ledger.openitem:{pk}")  # the second where it names a line that is not there
    if table == "ledger_itemchange":
        return (f"change {pk}", f"ledger.item:{row['item_id']}")
    if table == "ledger_clearing":
        return (f"ledger.clearing:{pk}",)
    if table == "ledger_clearingleg":
        return (f"ledger.clearing:{row['clearing_id']}",)
    if table == "approvals_approval":
        return (f"approvals.approval:{pk}",)
    if table == "trail_key":
        return (f"trail.key:{pk}",)
    if table == "drafts_move":
        return (f"drafts.draft:{row['draft_id']}",)
    if table == "statements_statement":
        return (f"statements.statement:{pk}",)
    if table == "cash_bankline":
        return (f"cash.line:{pk}",)
    if table == "cash_bankstatement":
        return (f"statement {pk}",)
    if table == "cash_statementfile":
        return (f"cash.file:{pk}",)
    if table == "fapiao_fapiao":
        return (f"billing.document:{row['document_id']}",)
    if table == "company_membership":
        return (f"company.person:{row['person_id']}",)
    if table == "company_dutyrole":
        return (f"company.duty:{row['duty']} ",)
    if table == "customers_customer":
        return (f"customers.customer:{pk}",)
    if table == "catalog_exchangerate":
        return (f"catalog.exchangerate:{pk}",)
    return (f"{row['klass']}-{row['year']}", f"{row['klass']} {row['year']}")


def _act_of(table: str, row: dict[str, Any]) -> int | None:
    """The act that wrote the row: where a row that is gone is missing."""
    if table in {"company_membership", "company_dutyrole", "customers_customer"}:
        return None
    if "act" in row:
        return int(row["act"])
    if table == "catalog_exchangerate":
        return int(_rows("trail_record", "WHERE name = 'catalog.set_rates' ORDER BY id")[0]["id"])
    if table == "trail_key":
        return int(row["record"])
    if table == "ledger_line":
        found = _rows("ledger_entry", "WHERE id = %s", [row["entry_id"]])
    elif table == "ledger_openitem":
        found = _rows("ledger_entry", "WHERE id = (SELECT entry_id FROM ledger_line WHERE id = %s)", [row["line_id"]])
    elif table == "ledger_clearingleg":
        found = _rows("ledger_clearing", "WHERE id = %s", [row["clearing_id"]])
    else:
        return row.get("decided_act") or row.get("asked_act")
    return int(found[0]["act"]) if found else None


def _where(table: str, row: dict[str, Any]) -> tuple[str, ...]:
    """Where a proof names a row that is gone: its act's record, and for acts the one after it."""
    if table == "trail_record":
        after = _rows(table, "WHERE number > %s ORDER BY number LIMIT 1", [row["number"]])
        return (f"trail.record:{after[0]['id']}",) if after else ("chain-",)
    if table == "company_series":
        return names_of(table, row)
    act = _act_of(table, row)
    return (f"trail.record:{act}", *names_of(table, row)) if act else names_of(table, row)


def tamper(rng: random.Random, kind: str, group: str, company: int) -> Done:
    """Do one tampering. Raises Skip when the database refuses it or nothing changed."""
    table = rng.choice(TABLES[group])
    own = "company" if table in {"trail_record", "trail_key"} else "company_id"
    rows = _rows(table, f"WHERE {own} = %s ORDER BY id", [company])
    if table == "trail_record":
        rows = [r for r in rows if r["number"]]
    if not rows or (kind == "swap" and len(rows) < 2) or (kind == "rehash" and table != "trail_record"):
        raise Skip
    if kind not in ONLY.get(table, KINDS):
        raise Skip
    row = rng.choice(rows)
    try:
        with transaction.atomic():
            return _DO[kind](rng, table, row, rows)
    except DatabaseError as e:
        raise Skip from e


def _edit(rng: random.Random, table: str, row: dict[str, Any], rows: list[dict[str, Any]]) -> Done:
    kinds = _kinds(table)
    column = rng.choice(ANSWERED.get(table) or [c for c in kinds if c != "id" or table != "company_series"])
    value = _other(rng, kinds[column], row[column])
    if str(value) == str(row[column]) or not _run(
        f'UPDATE "{table}" SET "{column}" = %s WHERE id = %s', [value, row["id"]]
    ):
        raise Skip
    now = {**row, column: value}
    # A number in the chain that is another leaves a gap before the act that follows.
    after = (
        _where(table, row)
        if table in {"trail_record", "trail_key", "company_series"} or column.endswith("id") or column == "act"
        else ()
    )
    return Done(f"{table} {row['id']}: {column} {row[column]!r} -> {value!r}", table, "edit",
                (*names_of(table, row), *names_of(table, now), *after))  # fmt: skip


def _delete(rng: random.Random, table: str, row: dict[str, Any], rows: list[dict[str, Any]]) -> Done:
    names = _where(table, row)
    _run(f'DELETE FROM "{table}" WHERE id = %s', [row["id"]])
    return Done(f"{table} {row['id']} deleted", table, "delete", names)


def _insert(rng: random.Random, table: str, row: dict[str, Any], rows: list[dict[str, Any]]) -> Done:
    """A copy of a row under a key (and a number) of its own."""
    new = dict(row)
    new["id"] = max(r["id"] for r in _rows(table)) + rng.randint(1, 5)
    if "line_id" in new:
        new["line_id"] = new["id"]
    if table in NUMBERS and table != "company_series":
        new[NUMBERS[table]] = max(r[NUMBERS[table]] for r in rows) + 1
    if table == "trail_record":
        new["prev"], new["hash"] = (None, None) if rng.random() < 0.5 else (row["hash"][::-1], row["prev"][::-1])
        new["number"] = None if new["prev"] is None else new["number"]
    if table == "company_series":
        new["year"] += rng.choice([7, 8, 9])
    if table == "approvals_approval":
        new["subject"] = f"{new['subject']}9"[:80]
    if new.get("reverses_id"):
        new["reverses_id"] = None
    for column in FRESH.get(table, ()):
        kind = _kinds(table)[column]
        new[column] = None if column.endswith("_id") and kind == "int" else _other(rng, kind, new[column])
    if table in {"company_membership", "company_dutyrole"}:
        new["role"] = rng.choice(["SAL", "APR", "CLO", "TRE", "INC"])
    if table == "ledger_clearingleg":
        others = [r["id"] for r in _rows("ledger_openitem") if r["id"] != row["item_id"]]
        if not others:
            raise Skip
        new["item_id"] = rng.choice(others)
    columns = list(new)
    places = ", ".join(["%s"] * len(columns))
    _run(f'INSERT INTO "{table}" ({", ".join(chr(34) + c + chr(34) for c in columns)}) VALUES ({places})', [_sql(v) for v in new.values()])  # fmt: skip
    return Done(f"{table} {new['id']} inserted as a copy of {row['id']}", table, "insert", names_of(table, new))


def _sql(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def _swap(rng: random.Random, table: str, row: dict[str, Any], rows: list[dict[str, Any]]) -> Done:
    """Two rows change the values of a column or two with each other."""
    other = rng.choice([r for r in rows if r["id"] != row["id"]])
    differ = [c for c in ANSWERED.get(table, row) if c not in {"id", "company_id"} and row[c] != other[c]]
    if not differ:
        raise Skip
    columns = rng.sample(differ, min(len(differ), rng.choice([1, 2, 3])))
    for pk in (row["id"], other["id"]):  # out of the way first: numbers are unique
        for c in columns:
            if c in {"number", "prev", "hash", "digest"} and table == "trail_record":
                _run(f'UPDATE "{table}" SET number = NULL, prev = NULL, hash = NULL WHERE id = %s', [pk])
                columns = ["number", "prev", "hash"]
                break
            if _kinds(table)[c] == "int" and c in {"number", "n", "line_id", "reverses_id"}:
                _run(f'UPDATE "{table}" SET "{c}" = %s WHERE id = %s', [10**9 + pk, pk])
    sets = ", ".join(f'"{c}" = %s' for c in columns)
    _run(f'UPDATE "{table}" SET {sets} WHERE id = %s', [*(_sql(other[c]) for c in columns), row["id"]])
    _run(f'UPDATE "{table}" SET {sets} WHERE id = %s', [*(_sql(row[c]) for c in columns), other["id"]])
    names = {*names_of(table, row), *names_of(table, other), *_where(table, row), *_where(table, other)}
    return Done(f"{table} {row['id']} and {other['id']} swap {columns}", table, "swap", tuple(sorted(names)))


def _rehash(rng: random.Random, table: str, row: dict[str, Any], rows: list[dict[str, Any]]) -> Done:
    """An act is edited (or taken out), its digest made anew, and every link after it too: the chain is whole again."""
    from huikuan.office.trail import outside
    from huikuan.office.trail.act import row_digest
    from huikuan.office.trail.actions import GENESIS, link
    from huikuan.office.trail.models import Record

    kept = outside.files()
    if kept and row["number"] > json.loads(kept[-1].read_bytes())["number"]:
        raise Skip  # the digest's own act: the next digest covers it (docs/reliability.md, what verify cannot see)
    gone = rng.random() < 0.3
    start, names = row["number"], [f"trail.record:{row['id']}"]
    tail = list(Record.objects.filter(number__gte=start).order_by("number"))
    prev = Record.objects.filter(number=start - 1).values_list("hash", flat=True).first() or GENESIS
    first = tail[0]
    if gone:
        Record.objects.filter(pk=first.pk).delete() if False else _run(
            'DELETE FROM "trail_record" WHERE id = %s', [first.pk]
        )
        tail = tail[1:]
        names = [f"trail.record:{tail[0].pk}"] if tail else ["chain-", f"trail.record:{_last(start - 1)}"]
    else:
        first.by = "someone.else"
        first.digest = row_digest(first)
    Record.objects.filter(pk__in=[r.pk for r in tail]).update(number=None, prev=None, hash=None)
    number = start - 1
    for r in tail:
        number += 1
        r.number, r.prev, r.hash = number, prev, link(prev, r.digest)
        prev = r.hash
    Record.objects.bulk_update(tail, ["number", "prev", "hash", "digest", "by"], batch_size=200)
    did = "taken out" if gone else "edited"
    return Done(f"act {row['id']} {did} and {len(tail)} links made anew", table, "rehash", tuple(names))


def _last(number: int) -> int:
    found = _rows("trail_record", "WHERE number = %s", [number])
    return int(found[0]["id"]) if found else 0


def _renumber(rng: random.Random, table: str, row: dict[str, Any], rows: list[dict[str, Any]]) -> Done:
    """A row gets a number that nobody has, or all from it on move up by one."""
    column = NUMBERS.get(table)
    if column is None:
        raise Skip
    names = {*names_of(table, row), *_where(table, row)}
    top = max(r[column] for r in rows)
    value = rng.choice([top + 1, top + 7, row[column] + 10**6])
    _run(f'UPDATE "{table}" SET "{column}" = %s WHERE id = %s', [value, row["id"]])
    return Done(f"{table} {row['id']}: {column} {row[column]} -> {value}", table, "renumber", tuple(names))


_DO = {"edit": _edit, "delete": _delete, "insert": _insert, "swap": _swap, "rehash": _rehash, "renumber": _renumber}


@dataclass
class Score:
    """How many were done, found and located, and which were not."""

    done: int = 0
    found: int = 0
    located: int = 0
    refused: int = 0
    by_kind: dict[str, int] | None = None
    missed: list[str] | None = None


def ask(company: int, only: Collection[str] = ()) -> list[str]:
    """What the proof says, as texts in which rows are looked for; `only` these questions ("I09")."""
    from huikuan.office.trail.actions import put, seal_all
    from huikuan.office.trail.checks import of_witness
    from huikuan.office.trail.hands import Broken, collect

    # All of `verify` but two: the guards are off by intent, and so are foreign keys here. They would tell on us at once.
    quiet = {"Every guard of the manifest stands in the database", "The storage is sound"}
    asked = [c for _capability, c in collect("checks") if c.title.text not in quiet]
    seal_all()
    said = []
    for check in [*asked, *(of_witness(w) for _capability, w in collect("witnesses"))]:
        if only and check.id not in only:
            continue
        seen = put(check, company)
        if seen.wrong:
            named = [f"{check.id} {b.ref} | {b}" if isinstance(b, Broken) else f"{check.id} {b}" for b in seen.broken]
            said += named or [f"{check.id} {check.title}"]
    return said


def score(company: int, n: int, seed: int) -> Score:
    """`n` tamperings, spread over kinds and tables; each is rolled back before the next."""
    rng = random.Random(seed)
    out = Score(by_kind={}, missed=[])
    assert out.by_kind is not None and out.missed is not None
    groups = list(TABLES)
    turn = 0
    while out.done < n:
        kind, group = KINDS[turn % len(KINDS)], groups[(turn // len(KINDS) + turn) % len(groups)]
        group = "acts" if kind == "rehash" else group
        turn += 1
        if turn > 40 * n + 400:
            raise RuntimeError(f"only {out.done} of {n} could be done")
        with lifted():
            try:
                done = tamper(rng, kind, group, company)
            except Skip:
                out.refused += 1
                continue
            said = ask(company)
        out.done += 1
        out.by_kind[f"{group} {kind}"] = out.by_kind.get(f"{group} {kind}", 0) + 1
        located = any(_names(name, text) for text in said for name in done.names)
        out.found += bool(said)
        out.located += located
        if not located:
            out.missed.append(f"{'located not' if said else 'FOUND NOT'}: {done.what} {done.names}; said {said[:3]}")
    return out


def _names(name: str, text: str) -> bool:
    """Whether the text names exactly this row: "entry:4" is not "entry:42"."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if end == len(text) or not (text[end].isdigit() and name[-1].isdigit()):
            return True
        at = text.find(name, end)
    return False
