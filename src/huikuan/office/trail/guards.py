"""The trigger manifest: what must hold in the database itself, written out for SQLite and PostgreSQL.

`AlterField` drops a table's triggers on SQLite, and a trigger that names an altered table stops migrate on both
databases. So `pre_migrate` drops every guard and `post_migrate` makes them anew, with column lists read from the
database. Start-up and `verify` compare what is there with what should be.

Every guard's message begins with the invariant's id, so that a door can say it in words.
"""

from __future__ import annotations

from typing import NamedTuple

from django.apps import apps
from django.db import connection, models

from huikuan.office.trail.hands import Kept, collect


class Statement(NamedTuple):
    name: str  # of the trigger or function; all begin with hk_
    table: str  # "" for a function
    sql: str
    body: str  # a function's source; else ""


def _columns(cursor, table: str) -> list[str]:  # type: ignore[no-untyped-def]
    return [c.name for c in connection.introspection.get_table_description(cursor, table)]


def _raise(vendor: str, words: str) -> str:
    words = words.replace("'", "''")
    return f"SELECT RAISE(ABORT, '{words}')" if vendor == "sqlite" else f"hk_refuse('{words}')"


def _kept(vendor: str, kept: Kept, columns: list[str]) -> list[Statement]:
    """I03: rows stay as they were written."""
    t, differs = kept.table, ("IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM")
    fixed = [f'OLD."{c}" {differs} NEW."{c}"' for c in columns if c not in (*kept.free, *kept.once)]
    once = [f'(OLD."{c}" IS NOT NULL AND OLD."{c}" {differs} NEW."{c}")' for c in kept.once]
    unless = f"NOT ({kept.while_sql}) AND " if kept.while_sql else ""
    words = f"I03 {t}: what was written is never changed or deleted"
    out = [
        _row_trigger(vendor, f"hk_keep_u_{t}", t, "BEFORE UPDATE", f"{unless}({' OR '.join([*fixed, *once])})", words)
    ]
    if not kept.deletable:
        out.append(_row_trigger(vendor, f"hk_keep_d_{t}", t, "BEFORE DELETE", "", words))
    if vendor == "postgresql":
        name = f"hk_keep_t_{t}"
        sql = (
            f"CREATE TRIGGER {name} BEFORE TRUNCATE ON \"{t}\" FOR EACH STATEMENT EXECUTE FUNCTION hk_refuse('{words}')"
        )
        out.append(Statement(name, t, sql, ""))
    return out


def _row_trigger(vendor: str, name: str, table: str, moment: str, when: str, words: str) -> Statement:
    clause = f" WHEN ({when})" if when else ""
    if vendor == "sqlite":
        sql = f'CREATE TRIGGER {name} {moment} ON "{table}" FOR EACH ROW{clause} BEGIN {_raise(vendor, words)}; END'
    else:
        sql = (
            f'CREATE TRIGGER {name} {moment} ON "{table}" FOR EACH ROW{clause} EXECUTE FUNCTION {_raise(vendor, words)}'
        )
    return Statement(name, table, sql, "")


def _one_company(vendor: str) -> list[Statement]:
    """I22: no row joins two companies. For every foreign key between two tables that both name their company."""
    out: list[Statement] = []
    for model in apps.get_models():
        pairs = [
            (f.column, f.related_model._meta.db_table)
            for f in model._meta.local_fields
            if isinstance(f, models.ForeignKey) and f.column != "company_id" and _has_company(f.related_model)
        ]
        if not pairs or not _has_company(model):
            continue
        t = model._meta.db_table
        words = f"I22 {t}: a row may not join two companies"
        if vendor == "sqlite":
            hit = " OR ".join(
                f'(SELECT company_id FROM "{ref}" WHERE id = NEW."{c}") <> NEW.company_id' for c, ref in pairs
            )
            for suffix, moment in (
                ("i", "AFTER INSERT"),
                ("u", f"AFTER UPDATE OF company_id, {', '.join(c for c, _ in pairs)}"),
            ):
                out.append(_row_trigger(vendor, f"hk_company_{suffix}_{t}", t, moment, hit, words))
            continue
        joined = " UNION ALL ".join(
            f'SELECT 1 FROM fresh n JOIN "{ref}" r ON r.id = n."{c}" WHERE r.company_id <> n.company_id'
            for c, ref in pairs
        )
        body = f"BEGIN IF EXISTS ({joined}) THEN RAISE EXCEPTION '{words}' USING ERRCODE = '23514'; END IF; RETURN NULL; END"
        out += function(
            f"hk_company_i_{t}", t, body, "AFTER INSERT", "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
        )
        single = " OR ".join(
            f'(SELECT company_id FROM "{ref}" WHERE id = NEW."{c}") <> NEW.company_id' for c, ref in pairs
        )
        body = f"BEGIN IF {single} THEN RAISE EXCEPTION '{words}' USING ERRCODE = '23514'; END IF; RETURN NULL; END"
        moved = " OR ".join(f'OLD."{c}" IS DISTINCT FROM NEW."{c}"' for c in ["company_id", *(c for c, _ in pairs)])
        out += function(f"hk_company_u_{t}", t, body, "AFTER UPDATE", f"FOR EACH ROW WHEN ({moved})")
    return out


def _has_company(model: type[models.Model] | str) -> bool:
    if isinstance(model, str):
        return False
    return any(f.column == "company_id" and isinstance(f, models.ForeignKey) for f in model._meta.local_fields)


def _whole_numbers() -> list[Statement]:
    """I02 on SQLite, which keeps 1.5 or 'abc' in an integer column: money and the like are integers, or nothing."""
    out: list[Statement] = []
    for model in apps.get_models():
        if not model.__module__.startswith("huikuan."):
            continue
        columns = [
            f.column for f in model._meta.local_fields if isinstance(f, models.IntegerField) and not f.primary_key
        ]
        if columns:
            t = model._meta.db_table
            hit = " OR ".join(f"typeof(NEW.\"{c}\") NOT IN ('integer', 'null')" for c in columns)
            words = f"I02 {t}: amounts and counts are whole numbers"
            out.append(_row_trigger("sqlite", f"hk_whole_i_{t}", t, "AFTER INSERT", hit, words))
            named = ", ".join(f'"{c}"' for c in columns)
            out.append(_row_trigger("sqlite", f"hk_whole_u_{t}", t, f"AFTER UPDATE OF {named}", hit, words))
    return out


def function(name: str, table: str, body: str, moment: str, how: str) -> list[Statement]:
    """A PostgreSQL trigger with a function of its own. `body` is plpgsql; `how` e.g. "FOR EACH ROW"."""
    made = f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $hk${body}$hk$"
    hung = f'CREATE TRIGGER {name} {moment} ON "{table}" {how} EXECUTE FUNCTION {name}()'
    return [Statement(name, "", made, body), Statement(name, table, hung, "")]


_REFUSE = "BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = '23514'; END"


def manifest() -> list[Statement]:
    """Every guard that this database should have, in the order they are made."""
    vendor = connection.vendor
    out: list[Statement] = []
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if vendor == "postgresql":
            made = f"CREATE FUNCTION hk_refuse() RETURNS trigger LANGUAGE plpgsql AS $hk${_REFUSE}$hk$"
            out.append(Statement("hk_refuse", "", made, _REFUSE))
        for _capability, kept in collect("kept"):
            if kept.table in tables:
                out += _kept(vendor, kept, _columns(cursor, kept.table))
    for _capability, guard in collect("guards"):
        if guard.table in tables:
            if vendor == "sqlite":
                out += [Statement(sql.split()[2], guard.table, sql, "") for sql in guard.sqlite]
            else:
                for part in guard.postgres:
                    out += function(*part)
    out += [s for s in _one_company(vendor) if not s.table or s.table in tables]
    if vendor == "sqlite":
        out += [s for s in _whole_numbers() if s.table in tables]
    live = {s.name for s in out if s.table}
    return [s for s in out if s.table or s.name in live or s.name == "hk_refuse"]


def _present(cursor) -> tuple[dict[str, str], dict[str, str]]:  # type: ignore[no-untyped-def]
    """(triggers by name, functions by name) as they are; a trigger's text on SQLite, its table (and "off") on PostgreSQL."""
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'hk\\_%' ESCAPE '\\'")
        return dict(cursor.fetchall()), {}
    cursor.execute(
        "SELECT t.tgname, c.relname || CASE t.tgenabled WHEN 'O' THEN '' ELSE ' (off)' END FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE NOT t.tgisinternal AND t.tgname LIKE 'hk\\_%' AND n.nspname = current_schema()"
    )
    triggers = dict(cursor.fetchall())
    cursor.execute(
        "SELECT p.proname, p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE p.proname LIKE 'hk\\_%' AND n.nspname = current_schema()"
    )
    return triggers, dict(cursor.fetchall())


def drop() -> None:
    """Take every guard off (before a migration, or a test that needs to see the violation)."""
    with connection.cursor() as cursor:
        triggers, functions = _present(cursor)
        for name, where in triggers.items():
            on = f' ON "{where.removesuffix(" (off)")}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{on}")
        for name in functions:
            cursor.execute(f"DROP FUNCTION {name}()")


def make() -> None:
    """Make every guard anew."""
    drop()
    with connection.cursor() as cursor:
        for statement in manifest():
            cursor.execute(statement.sql)


def differences() -> list[str]:
    """What of the manifest is missing, strange or changed; empty when all stands."""
    expected = manifest()
    with connection.cursor() as cursor:
        triggers, functions = _present(cursor)
    wrong: list[str] = []
    for s in expected:
        there = triggers.get(s.name) if s.table else functions.get(s.name)
        should = s.sql if connection.vendor == "sqlite" else (s.table or s.body)
        if there is None:
            wrong.append(f"{s.name} is missing")
        elif there != should:
            wrong.append(f"{s.name} was changed")
    names = {s.name for s in expected}
    return wrong + [f"{name} is not ours" for name in sorted({*triggers, *functions} - names)]
