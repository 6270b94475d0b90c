"""Old data through every migration, killed in the middle of each (the part of the drill that needs a Django of its own).

    HUIKUAN_HOME=… [HUIKUAN_DATABASE_URL=…] python -m harness.upgrades all|N|fresh

`fresh` makes a new database and prints its tables and guards; else the landed data is laid, and `huikuan upgrade` is
killed in the middle of all (or of N) migrations, each time checked to be refused at the next start, and finished.
Prints one JSON line: {"schema": […], "migrations": n, "kills": n, "wrong": […]}.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

from harness import frame, landed


def main() -> None:
    frame.set_up(migrate=False)
    from django.core.management import call_command

    if sys.argv[1] == "fresh":
        call_command("migrate", verbosity=0, run_syncdb=True)
        print(json.dumps({"schema": schema()}))
        return
    print(json.dumps(through(sys.argv[1])))


def through(kills: str) -> dict[str, Any]:
    from django.conf import settings
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from huikuan.kit.errors import Trouble
    from huikuan.site import versions
    from huikuan.site.commands import frame as doors
    from huikuan.site.commands.ops import bring_up

    wrong: list[str] = []
    rows = landed.lay(Path(settings.HOME))
    plan = MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    names = [(m.app_label, m.name) for m, _back in plan]
    ours = [n for n in names if n[0] not in ("account", "mfa")] or names
    chosen = names if kills == "all" else ours[: int(kills)]
    killed = 0
    for name in chosen:
        connection.close()
        pid = os.fork()
        if pid == 0:  # the child that is killed
            try:
                _die_in(name)
                bring_up(None)
            finally:
                os._exit(7)
        _pid, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            wrong.append(f"{name}: was not killed ({status})")
            continue
        killed += 1
        if versions.state()[0] != "older":
            wrong.append(f"{name}: half of it counts as done")
        try:
            doors.ready()
            doors.guarded()
            wrong.append(f"{name}: killed in its middle, the next start was not refused")
        except Trouble:
            pass
    # The last death: all migrations done, the guards not yet made.
    connection.close()
    pid = os.fork()
    if pid == 0:
        try:
            from huikuan.office.trail import guards

            guards.make = lambda: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
            bring_up(None)
        finally:
            os._exit(7)
    os.waitpid(pid, 0)
    killed += 1
    if versions.state()[0] != "same":
        wrong.append("killed before its guards stood, the database is not of this program's age")
    try:
        doors.guarded()
        wrong.append("a database without its guards was not refused")
    except Trouble:
        pass
    told = bring_up(Path(settings.HOME) / "backups")
    if not told["ok"]:
        wrong.append(f"verify after the upgrade: {told['broken']}")
    if not Path(told["backup"]).is_dir():
        wrong.append("the upgrade made no backup")
    from huikuan.office.trail.guards import differences

    if differences():
        wrong.append(f"guards: {differences()[:3]}")
    missing = _counted(rows)
    return {
        "release": landed.FIRST.stem.split(".")[0], "rows": sum(rows.values()), "migrations": len(names), "kills": killed,
        "schema": schema(), "wrong": wrong + missing,
    }  # fmt: skip


def _die_in(name: tuple[str, str]) -> None:
    """SIGKILL in the middle of this migration: after the operation at its half."""
    from django.db.migrations.loader import MigrationLoader

    migration = MigrationLoader(None).get_migration(*name)
    operation = migration.operations[len(migration.operations) // 2] if migration.operations else None
    if operation is None:
        os.kill(os.getpid(), signal.SIGKILL)
        return
    kind = type(operation)
    before = kind.database_forwards

    def forwards(self: Any, *args: Any, **kwargs: Any) -> None:
        before(self, *args, **kwargs)
        if self is operation or self.deconstruct() == operation.deconstruct():
            os.kill(os.getpid(), signal.SIGKILL)

    kind.database_forwards = forwards


def _counted(rows: dict[str, int]) -> list[str]:
    """No row of the old release is lost."""
    from huikuan.site import store

    now = store.counts()
    return [f"{t}: {n} rows, now {now.get(t)}" for t, n in rows.items() if t in now and now[t] < n]


def schema() -> list[str]:
    """Tables, columns, indexes, constraints and guards as texts that can be compared."""
    from django.db import connection

    from huikuan.office.trail import guards

    with connection.cursor() as cursor:
        triggers, functions = guards._present(cursor)
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
                " AND name NOT LIKE 'sqlite_stat%'"
            )
            out = [" ".join([kind, name, re.sub(r"\s+", " ", sql)]) for kind, name, sql in cursor.fetchall()]
        else:
            cursor.execute(
                "SELECT table_name, column_name, data_type, is_nullable, COALESCE(character_maximum_length, 0)"
                " FROM information_schema.columns WHERE table_schema = 'public'"
            )
            out = [" ".join(str(x) for x in row) for row in cursor.fetchall()]
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
            out += [row[0] for row in cursor.fetchall()]
            cursor.execute(
                "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE connamespace = 'public'::regnamespace"
            )
            out += [" ".join(row) for row in cursor.fetchall()]
    return sorted(out) + [f"{k} {v}" for k, v in sorted({**triggers, **functions}.items())]


if __name__ == "__main__":
    main()
