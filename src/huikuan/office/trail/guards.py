"""The trigger manifest: what must hold in the database itself, written out for SQLite and PostgreSQL.

`AlterField` drops a table's triggers on SQLite, and a trigger that names an altered table stops migrate on both
databases. So `pre_migrate` drops every guard and `post_migrate` makes them anew, with column lists read from the
database. Start-up and `verify` compare what is there with what should be.

Every guard's message begins with the invariant's id, so that a door can say it in words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

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
    """I22: no row joins two companies. For every foreign key between two tables that both name their company.

    A key without a constraint of the database (docs/decisions/0015) is looked up here instead: what it names is there."""
    out: list[Statement] = []
    for model in apps.get_models():
        keys = [
            f
            for f in model._meta.local_fields
            if isinstance(f, models.ForeignKey) and f.column != "company_id" and _has_company(f.related_model)
        ]
        if not keys or not _has_company(model):
            continue
        t = model._meta.db_table
        words = f"I22 {t}: a row may not join two companies"
        if any(not f.db_constraint for f in keys):  # type: ignore[attr-defined]
            words += " or name what is not there"
        row, company = ("n", "n.company_id") if vendor == "postgresql" else ("NEW", "NEW.company_id")
        hits = {f: _strange(vendor, f, row, company) for f in keys}
        single = " OR ".join(_strange(vendor, f, "NEW", "NEW.company_id") for f in keys)
        if vendor == "sqlite":
            for suffix, moment in (
                ("i", "AFTER INSERT"),
                ("u", f"AFTER UPDATE OF company_id, {', '.join(f.column for f in keys)}"),
            ):
                out.append(_row_trigger(vendor, f"hk_company_{suffix}_{t}", t, moment, single, words))
            continue
        stop = f"THEN RAISE EXCEPTION '{words}' USING ERRCODE = '23514'; END IF; "
        # A column that may be empty is looked at only where it is not.
        often = " OR ".join(hit for f, hit in hits.items() if not f.null)
        body = "BEGIN "
        if often:
            body += f"IF EXISTS (SELECT 1 FROM fresh n WHERE {often}) {stop}"  # nosec B608 # names of our own, values bound
        for f, hit in hits.items():
            if f.null:
                body += f"IF EXISTS (SELECT 1 FROM fresh n WHERE {hit}) {stop}"  # nosec B608 # names of our own, values bound
        body += "RETURN NULL; END"
        out += function(
            f"hk_company_i_{t}", t, body, "AFTER INSERT", "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
        )
        body = f"BEGIN IF {single} THEN RAISE EXCEPTION '{words}' USING ERRCODE = '23514'; END IF; RETURN NULL; END"
        moved = " OR ".join(f'OLD."{c}" IS DISTINCT FROM NEW."{c}"' for c in ["company_id", *(f.column for f in keys)])
        out += function(f"hk_company_u_{t}", t, body, "AFTER UPDATE", f"FOR EACH ROW WHEN ({moved})")
    return out


def _strange(vendor: str, f: models.ForeignKey[Any, Any], row: str, company: str) -> str:
    """SQL for: what this key names is another company's; or is not there, where no constraint asks that."""
    there = f.related_model._meta  # type: ignore[union-attr]
    key = there.pk.column if there.pk is not None else "id"
    bound = f.db_constraint  # type: ignore[attr-defined]
    differs = "<>" if bound else "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    test = f'(SELECT company_id FROM "{there.db_table}" WHERE "{key}" = {row}."{f.column}") {differs} {company}'  # nosec B608 # names of our own, values bound
    return f'({row}."{f.column}" IS NOT NULL AND {test})' if f.null else test


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


_BY_KEY = " SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"


def function(name: str, table: str, body: str, moment: str, how: str) -> list[Statement]:
    """A PostgreSQL trigger with a function of its own. `body` is plpgsql; `how` e.g. "FOR EACH ROW".

    A guard looks up by key what its new rows name, whatever the statistics say: for a few thousand new rows PostgreSQL
    would rather read all items there ever were. What is looked up stands in a subquery of its own: of a join with a table
    that it takes for empty, PostgreSQL would read all new rows for each row there is."""
    made = f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql{_BY_KEY} AS $hk${body}$hk$"
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


def differences(expected: list[Statement] | None = None) -> list[str]:
    """What of the manifest is missing, strange or changed; empty when all stands."""
    expected = manifest() if expected is None else expected
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


# --- what does not hold, asked of the rows themselves: guards may have been off -----------------------------------------

_MOST = 200


def _ours() -> list[type[models.Model]]:
    return [m for m in apps.get_models(include_auto_created=True) if m.__module__.startswith("huikuan.")]


def strays(model: type[models.Model]) -> tuple[int, list[tuple[int, str, str]]]:
    """(rows, [(id, column, "lost" or "company")]): I22 and I25 of one table, all its foreign keys in one pass. A row is
    lost when what it names is not there, and wrong when that is another company's."""
    own = model._meta
    joins, cases = [], []
    for i, f in enumerate(own.local_fields):
        if not isinstance(f, models.ForeignKey) or isinstance(f.related_model, str):
            continue
        there = f.related_model._meta
        key = there.pk.column if there.pk is not None else "id"
        joins.append(f'LEFT JOIN "{there.db_table}" r{i} ON r{i}."{key}" = t."{f.column}"')
        cases.append(f'WHEN t."{f.column}" IS NOT NULL AND r{i}."{key}" IS NULL THEN \'{f.column} lost\'')
        if f.column != "company_id" and _has_company(model) and _has_company(f.related_model):
            cases.append(f"WHEN r{i}.company_id <> t.company_id THEN '{f.column} company'")
    pk = own.pk.column if own.pk is not None else "id"
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT COUNT(*) FROM "{own.db_table}"')  # nosec B608 # names of our own, values bound
        n = int(cursor.fetchone()[0])
        if not cases or not n:
            return n, []
        said = f'SELECT t."{pk}" AS pk, CASE {" ".join(cases)} END AS wrong FROM "{own.db_table}" t {" ".join(joins)}'  # nosec B608 # names of our own, values bound
        cursor.execute(f"SELECT pk, wrong FROM ({said}) s WHERE wrong IS NOT NULL ORDER BY pk LIMIT {_MOST}")  # nosec B608 # names of our own, values bound
        return n, [(pk, *wrong.rsplit(" ", 1)) for pk, wrong in cursor.fetchall()]


def not_whole(model: type[models.Model]) -> tuple[int, list[tuple[int, str, str]]]:
    """(rows, [(id, column, what it holds)]): I02 on SQLite; PostgreSQL's columns hold nothing else."""
    columns = [f.column for f in model._meta.local_fields if isinstance(f, models.IntegerField) and not f.primary_key]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if not columns:
            return 0, []
        if connection.vendor != "sqlite":
            cursor.execute(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()"
                " AND table_name = %s AND column_name = ANY(%s) AND data_type NOT IN ('bigint', 'integer', 'smallint')",
                [table, columns],
            )
            return len(columns), [(0, column, kind) for column, kind in cursor.fetchall()]
        cases = " ".join(f"WHEN typeof(\"{c}\") NOT IN ('integer', 'null') THEN '{c}'" for c in columns)
        cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # nosec B608 # names of our own, values bound
        n = int(cursor.fetchone()[0])
        cursor.execute(
            f'SELECT id, wrong FROM (SELECT "id", CASE {cases} END AS wrong FROM "{table}") WHERE wrong IS NOT NULL LIMIT {_MOST}'  # nosec B608 # names of our own, values bound
        )
        return n, [(pk, column, "") for pk, column in cursor.fetchall()]


def storage() -> tuple[int, list[tuple[str, str]]]:
    """(questions, [(which, what it says)]): I25, is what lies on the disk sound and are commits durable."""
    wrong: list[tuple[str, str]] = []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA integrity_check(20)")
            wrong += [("integrity_check", row[0]) for row in cursor.fetchall() if row[0] != "ok"]
            asked = {
                "journal_mode": {"wal"},
                "synchronous": {"2", "3"},
                "foreign_keys": {"1"},
                "recursive_triggers": {"1"},
            }
            for name, good in asked.items():
                cursor.execute(f"PRAGMA {name}")
                said = str(cursor.fetchone()[0])
                wrong += [(name, said)] if said not in good else []
            return len(asked) + 1, wrong
        settings = {"data_checksums": {"on"}, "fsync": {"on"}, "full_page_writes": {"on"},
                    "synchronous_commit": {"on", "local", "remote_write", "remote_apply"}}  # fmt: skip
        for name, good in settings.items():
            cursor.execute(f"SHOW {name}")
            said = str(cursor.fetchone()[0])
            wrong += [(name, said)] if said not in good else []
        cursor.execute("SELECT COUNT(*) FROM pg_extension WHERE extname = 'amcheck'")
        indexes = 0
        if cursor.fetchone()[0]:
            cursor.execute(
                "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_am a ON a.oid = c.relam JOIN pg_namespace n"
                " ON n.oid = c.relnamespace WHERE c.relkind = 'i' AND a.amname = 'btree' AND n.nspname = current_schema()"
            )
            for (name,) in cursor.fetchall():
                indexes += 1
                try:
                    with transaction.atomic():
                        cursor.execute("SELECT bt_index_check(%s::regclass, true)", [name])
                except DatabaseError as e:
                    wrong.append((name, str(e).splitlines()[0]))
        return len(settings) + indexes, wrong
