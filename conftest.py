"""Fixtures of all tests: the cast, acts, and a teardown that the guards allow."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management.commands.migrate import Command as Migrate
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

from tests.cast import COMPANY, PASSWORD, PEOPLE

# A busy machine is not a broken property: no deadlines, and the same examples each time.
settings.register_profile("huikuan", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("huikuan")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that no worker is left alone with one of them at the end."""
    items.sort(key=lambda item: "slow" not in item.keywords and "browser" not in item.keywords)


_clean: dict[str, Any] = {}  # on SQLite: the test database as it was made, in memory


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Keep the empty database, guards and all: putting it back is a hundred times faster than deleting and guarding anew."""
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            connection.ensure_connection()
            _clean["copy"] = sqlite3.connect(":memory:", check_same_thread=False)
            connection.connection.backup(_clean["copy"])


def _empty_tables(self: Any) -> None:
    """TransactionTestCase would flush with DELETE or TRUNCATE, which the guards refuse, rightly."""
    from django.apps import apps

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT seq, name FROM sqlite_sequence")
            reached = cursor.fetchall()
        _clean["copy"].backup(connection.connection)
        with connection.cursor() as cursor:
            # No test meets the row numbers of the test before it, in case a process remembers anything by number.
            cursor.execute("DELETE FROM sqlite_sequence")
            cursor.executemany("INSERT INTO sqlite_sequence (seq, name) VALUES (%s, %s)", reached)
        return
    tables = [m._meta.db_table for m in apps.get_models(include_auto_created=True) if m._meta.managed]
    keep = {"django_content_type", "auth_permission", "django_migrations"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica;"
            + "".join(f'DELETE FROM "{table}";' for table in tables if table not in keep)
            + "SET session_replication_role = DEFAULT"
        )


def _at_once(self: Any, *args: Any, **options: Any) -> Any:
    """A test database is made as a new one is (site/newborn); tests/ops holds that against what the migrations make."""
    from huikuan.site import newborn

    if newborn.is_empty():
        newborn.create()
    return _migrate(self, *args, **options)


_migrate = Migrate.handle
Migrate.handle = _at_once  # type: ignore[method-assign]
TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _digests_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a chain of its own, so the digests that are kept outside the database are its own too."""
    monkeypatch.setenv("HUIKUAN_DIGEST_DIR", str(tmp_path_factory.getbasetemp() / f"digests-{uuid4().hex}"))


@dataclass(frozen=True)
class Cast:
    company: Any
    people: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.people[name.replace("_", ".")]


def open_cast() -> Cast:
    """The company and its people, made through the actions."""
    from huikuan.office.company import actions
    from huikuan.office.trail.act import Act

    at = datetime(2026, 1, 4, 1, tzinfo=UTC)
    company = actions.open_company(Act(by="system", company=None, at=at, door="test"), **COMPANY)
    people = {}
    hashed = make_password(PASSWORD, hasher="md5")
    for login, roles, facts in PEOPLE:
        act = Act(by="system", company=company.pk, at=at, door="test")
        people[login] = actions.add_person(act, login, roles=list(roles), password_hash=hashed, **facts)
    return Cast(company, people)


@pytest.fixture
def cast(db: None) -> Cast:
    return open_cast()


@pytest.fixture
def live_cast(transactional_db: None) -> Cast:
    """The cast where threads, processes or a server must see it: rows are really committed."""
    return open_cast()


@pytest.fixture
def act(request: pytest.FixtureRequest, db: None) -> Iterator[Callable[..., Any]]:
    """act("chen.jing", on=date(2026, 3, 2), key=None, dry=False): an Act at 10:00 Shanghai of that day."""
    from huikuan.office.trail.act import Act

    chosen = "live_cast" if "live_cast" in request.fixturenames else "cast"
    company = request.getfixturevalue(chosen).company

    def make(
        login: str = "system",
        *,
        on: date = date(2026, 3, 2),
        key: str | None = None,
        dry: bool = False,
        door: str = "test",
    ) -> Act:
        at = datetime(on.year, on.month, on.day, 2, tzinfo=UTC)
        return Act(by=login, company=company.pk, at=at, door=door, key=key, dry=dry)

    yield make
