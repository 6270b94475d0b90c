"""PostgreSQL's own no: the role that serves the pages works, and cannot change what was posted, guard or no guard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from huikuan.kit.errors import Invalid, Refused
from huikuan.office.trail import guards
from huikuan.site.grants import store

ROLE = "huikuan_app_test"
on_postgres = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL has roles")


@pytest.fixture
def role(cast) -> Iterator[str]:
    store.grant(ROLE)
    yield ROLE


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {role}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def refused(sql: str) -> bool:
    """Whether PostgreSQL says no for want of a right (42501), before any trigger is asked."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError as e:
        assert getattr(e.__cause__, "sqlstate", "") == "42501", e
        return True
    return False


@on_postgres
def test_posted_tables_refuse_the_app_role_even_without_guards(role):
    guards.drop()
    try:
        with acting_as(role):
            for table, kept in store.kept_tables().items():
                assert refused(f'TRUNCATE "{table}" CASCADE'), table
                if not kept.deletable:
                    assert refused(f'DELETE FROM "{table}"'), table
            for change in (
                "UPDATE ledger_entry SET text = 'x'", "UPDATE ledger_line SET amount = amount + 1", "UPDATE trail_record SET by = 'x'",
                "UPDATE ledger_clearingleg SET amount = 0", "UPDATE trail_record SET digest = ''", "DELETE FROM trail_record",
                "UPDATE approvals_approval SET asked_by = 'x'", "DELETE FROM django_migrations",
            ):  # fmt: skip
                assert refused(change), change
            assert not refused("UPDATE trail_record SET number = number WHERE number IS NULL AND id < 0")  # free once
    finally:
        guards.make()


@on_postgres
def test_the_app_role_takes_no_guard_off_and_makes_nothing(role):
    with acting_as(role):
        for bad in (
            "DROP TRIGGER hk_keep_u_trail_record ON trail_record", "ALTER TABLE trail_record DISABLE TRIGGER ALL",
            "CREATE TABLE public.mine (id int)", "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "SET session_replication_role = replica", "DROP TABLE trail_record", "ALTER TABLE ledger_line OWNER TO CURRENT_USER",
            "CREATE ROLE other SUPERUSER",
        ):  # fmt: skip
            assert refused(bad), bad


@on_postgres
def test_a_working_day_passes_as_the_app_role(live_cast, act):
    """The story from an order to cleared cash and the proof of the books, with the app role's rights alone."""
    from tests.stories.test_order_to_cash import test_an_order_becomes_cleared_cash as story

    store.grant(ROLE)
    with acting_as(ROLE):
        story(live_cast, act)


def test_grants_follow_the_manifest():
    """No posted table without its rule: a new Kept is bound by the next grant."""
    tables = {t: ["id", "company_id", "written", *k.free, *k.once] for t, k in store.kept_tables().items()}
    said = store.statements("app", {**tables, "django_migrations": ["id"], "work_order": ["id"]})
    assert 'GRANT SELECT, INSERT, UPDATE, DELETE ON "work_order" TO app' in said
    assert 'GRANT SELECT ON "django_migrations" TO app' in said
    for table, kept in store.kept_tables().items():
        mine = [s for s in said if f'"{table}"' in s]
        assert mine[0].startswith("REVOKE ALL")
        assert kept.deletable or not [s for s in mine if "DELETE" in s], table
        assert kept.while_sql or not [s for s in mine if "UPDATE ON" in s or "written" in s], table
        assert not [s for s in mine if "TRUNCATE" in s or "ALL PRIVILEGES" in s]
    assert {"ledger_entry", "ledger_line", "trail_record", "approvals_approval"} <= set(tables)


def test_a_strange_name_is_refused():
    for bad in ('x"; DROP TABLE trail_record; --', "X", "1a", "", "a" * 64):
        with pytest.raises((Invalid, Refused)):
            store.check(bad)


def test_the_owner_url_is_for_commands_that_change_tables():
    import os
    import subprocess
    import sys

    ask = "import sys; sys.argv = ['huikuan', '{}']; from huikuan.site import settings; print(settings.DATABASES['default']['USER'])"
    env = {
        **os.environ, "HUIKUAN_DATABASE_URL": "postgres://app:x@127.0.0.1/huikuan", "HUIKUAN_MIGRATE_URL": "postgres://owner:x@127.0.0.1/huikuan",
    }  # fmt: skip
    found = {
        c: subprocess.run([sys.executable, "-c", ask.format(c)], capture_output=True, text=True, env=env).stdout.strip()
        for c in ("serve", "work", "upgrade", "app-role")
    }
    assert found == {"serve": "app", "work": "app", "upgrade": "owner", "app-role": "owner"}
