"""Is the database of this program's age? An older one wants `huikuan upgrade`, a newer one a newer program.

Neither is worked on: a program that guesses at columns it does not know writes what nobody can put right.
"""

from __future__ import annotations

import os
from typing import Literal

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from huikuan.kit.errors import Trouble
from huikuan.kit.words import _

Age = Literal["empty", "same", "older", "newer"]
Named = tuple[str, str]


def applied() -> set[Named]:
    """The migrations that this database has had."""
    return set(MigrationRecorder(connection).applied_migrations())


def known() -> set[Named]:
    """The migrations that this program has."""
    return set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def age(had: set[Named], have: set[Named]) -> tuple[Age, list[Named]]:
    """How a database that had `had` stands to a program that has `have`, and by which migrations they differ."""
    if not had:
        return "empty", []
    if os.environ.get("HUIKUAN_APPS"):  # a part of the house: what the rest brought is no news
        mine = {app for app, _name in have}
        had = {(app, name) for app, name in had if app in mine}
    beyond, missing = sorted(had - have), sorted(have - had)
    if beyond:
        return "newer", beyond
    return ("older", missing) if missing else ("same", [])


def state() -> tuple[Age, list[Named]]:
    executor = MigrationExecutor(connection)
    had = set(executor.loader.applied_migrations)
    have = set(executor.loader.disk_migrations)
    return age(had, have)


def named(migrations: list[Named]) -> str:
    return ", ".join(f"{app}.{name}" for app, name in migrations[:3]) + (" …" if len(migrations) > 3 else "")


def refusal(found: Age, differ: list[Named]) -> Trouble | None:
    """The one sentence with which to refuse a start; None when the ages agree."""
    if found == "newer":
        return Trouble(
            _(
                "This database is newer than this program (%(what)s): run the program that made it, or a later one.",
                what=named(differ),
            )
        )
    if found == "older":
        return Trouble(
            _(
                "This database is older than this program (%(what)s is missing): run huikuan upgrade, which makes a backup first.",
                what=named(differ),
            )
        )
    return None
