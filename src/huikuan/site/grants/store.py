"""Grants for the app role, derived from the same manifest as the guards.

The owner (HUIKUAN_MIGRATE_URL) holds the tables and runs migrations; the app role (HUIKUAN_DATABASE_URL) owns nothing:
it cannot take a trigger off. On a table whose rows stay as written it may SELECT, INSERT and UPDATE the columns that
may still change (and `id`, which row locks ask for and the guard refuses to change); DELETE only where rows may go;
TRUNCATE nowhere. So two things must be wrong before a posted row can change: the guard and the grant.
"""

from __future__ import annotations

import re

from django.apps import apps
from django.db import connection

from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.words import _
from huikuan.office.trail.hands import Kept, collect

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def check(role: str) -> str:
    if not _NAME.fullmatch(role):
        raise Invalid.one("role", role, _("has small letters, digits and _ only"))
    if connection.vendor != "postgresql":
        raise Refused(_("Only PostgreSQL has roles; an SQLite file is guarded by its triggers and by who may open it."))
    return role


def kept_tables() -> dict[str, Kept]:
    return {kept.table: kept for _capability, kept in collect("kept")}


def statements(role: str, tables: dict[str, list[str]]) -> list[str]:
    """GRANT and REVOKE for these tables (name -> columns). `role` has been checked."""
    kept = kept_tables()
    out = [f"REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}", f"GRANT USAGE ON SCHEMA public TO {role}"]
    for table, columns in sorted(tables.items()):
        out.append(f'REVOKE ALL ON "{table}" FROM {role}')
        if table == "django_migrations":
            out.append(f'GRANT SELECT ON "{table}" TO {role}')
            continue
        rule = kept.get(table)
        if rule is None:
            out.append(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {role}')
            continue
        out.append(f'GRANT SELECT, INSERT ON "{table}" TO {role}')
        if rule.while_sql:  # rows still open change freely; the guard looks at each
            out.append(f'GRANT UPDATE ON "{table}" TO {role}')
        else:
            free = [c for c in columns if c in (*rule.free, *rule.once)] + ["id"] * ("id" in columns)
            out.append(f'GRANT UPDATE ({", ".join(dict.fromkeys(free))}) ON "{table}" TO {role}')
        if rule.deletable:
            out.append(f'GRANT DELETE ON "{table}" TO {role}')
    out.append(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
    return out


def grant(role: str, password: str = "") -> int:  # nosec B107 # no password: the role keeps its own
    """Make the role where it is missing, and give it exactly what it needs. Returns how many tables were granted."""
    check(role)
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [role])
        found = cursor.fetchone()
        if found and found[0]:
            raise Refused(_("%(role)s is a superuser: grants do not bind it. Name another role.", role=role))
        cursor.execute("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = %s", [role])
        if cursor.fetchone()[0]:
            raise Refused(
                _("%(role)s owns tables here: an owner can take the guards off. Name another role.", role=role)
            )
        if found is None:
            cursor.execute(f"CREATE ROLE {role} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION")
        if password:
            from psycopg import sql

            cursor.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
            )
        names = set(connection.introspection.table_names(cursor))
        ours = {m._meta.db_table for m in apps.get_models(include_auto_created=True)} | {"django_migrations"}
        tables = {
            t: [c.name for c in connection.introspection.get_table_description(cursor, t)] for t in sorted(names & ours)
        }
        for one in statements(role, tables):
            cursor.execute(one)
    return len(tables)


def again() -> list[str]:
    """After a migration: grant anew to every role that was an app role before, so that new tables are theirs too."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT g.grantee FROM information_schema.role_table_grants g JOIN pg_roles r ON r.rolname = g.grantee"
            " WHERE g.table_schema = 'public' AND g.table_name = 'trail_record' AND g.privilege_type = 'INSERT'"
            " AND NOT r.rolsuper AND g.grantee <> (SELECT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename = 'trail_record')"
        )
        roles = [row[0] for row in cursor.fetchall() if _NAME.fullmatch(row[0])]
    for role in roles:
        grant(role)
    return roles
