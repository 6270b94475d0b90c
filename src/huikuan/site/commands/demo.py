"""demo: build the demo company through the actions, then serve it. A second call serves what is there."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from django.db import connection

from huikuan.kit.errors import Refused
from huikuan.kit.words import _
from huikuan.site import versions
from huikuan.site.commands import frame
from huikuan.site.commands.core import run_server
from huikuan.site.commands.ops import bring_up
from huikuan.site.store import empty_schema, has_tables

MARK = "demo.json"


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


def _mark() -> dict[str, Any]:
    file = Path(settings.HOME) / MARK
    return json.loads(file.read_text()) if file.exists() else {}


def _write_mark(**facts: Any) -> None:
    file = Path(settings.HOME) / MARK
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(facts))


def _clear() -> None:
    """An empty database where a demo stood; anything else is left alone (Refused)."""
    from huikuan.office.company.models import Company

    if has_tables() and not _mark() and Company.objects.exists():
        raise Refused(_("This database holds a company that is not a demo. Point HUIKUAN_HOME elsewhere for a demo."))
    if connection.vendor == "sqlite":
        connection.close()
        name = str(settings.DATABASES["default"]["NAME"])
        for suffix in ("", "-wal", "-shm", ".turn"):
            Path(name + suffix).unlink(missing_ok=True)
    else:
        empty_schema()


class _Bar:
    """Progress on stderr: one line that is rewritten, or a line a month where stderr is no terminal."""

    def __init__(self) -> None:
        self.tty, self.last = sys.stderr.isatty(), ""

    def __call__(self, what: str, done: int, total: int) -> None:
        if self.tty:
            width = 28 * done // max(total, 1)
            sys.stderr.write(f"\r  {what:<22} [{'#' * width}{'.' * (28 - width)}] {done}/{total} ")
            if done == total:
                sys.stderr.write("\n")
        elif what != self.last:
            sys.stderr.write(f"  {what} ...\n")
        self.last = what
        sys.stderr.flush()


def build(months: int, customers: int, seed: int) -> None:
    """Make the demo company from nothing. An interrupted build is begun again by the next call."""
    from huikuan.site.demo.months import LAST_DAY, Demo

    started = time.monotonic()
    _clear()
    _write_mark(complete=False)
    frame.ready()
    made = Demo(months, customers, seed, _Bar())
    made.build()
    _write_mark(complete=True, today=LAST_DAY.isoformat(), months=months, customers=customers, seed=seed)
    frame.say(f"  {time.monotonic() - started:.1f} s")


@frame.command
def demo(
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw the demo away and build it anew.")] = False,
    months: Annotated[int, typer.Option(help="Months of business.", min=1, max=36)] = 3,
    customers: Annotated[int, typer.Option(help="How many customers.", min=8, max=2000)] = 40,
    seed: Annotated[int, typer.Option(help="The same seed makes the same company.")] = 7,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Build only.")] = False,
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
) -> None:
    """Build the demo company (once) and serve it."""
    if fresh or not _mark().get("complete"):
        frame.say(f"Building the demo company ({months} months, {customers} customers, seed {seed}) ...")
        build(months, customers, seed)
    if versions.state()[0] == "older":
        frame.say("Bringing the demo company up to this version ...")
        bring_up(Path(settings.HOME) / "backups")
    frame.ready()
    frame.guarded()
    if no_serve:
        return
    from huikuan.site.cast import PASSWORD, PEOPLE

    os.environ["HUIKUAN_DEMO"] = "1"
    print(f"\nHuikuan 回款  http://127.0.0.1:{port}\n\nOne click signs in; or with the password {PASSWORD}:")
    for login, _roles, facts in PEOPLE:
        if facts.get("kind") != "bot":
            print(f"  {login:<10} {facts['name']}  {facts['title']} / {facts['title_en']}")
    print("\nCtrl+C stops it.", flush=True)
    with frame.using_home():
        run_server(port)
