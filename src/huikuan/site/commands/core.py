"""init, serve, verify: a company, its pages, and the proof that its books are sound."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

import typer
from django.conf import settings
from django.db import connection

from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.words import Say, _
from huikuan.site import health, logs
from huikuan.site.commands import frame

log = logs.logger("huikuan.server")

Company = Annotated[str | None, typer.Option("--company", help="The company's code, where there is more than one.")]


def register(app: typer.Typer) -> None:
    app.command("init")(init)
    app.command("serve")(serve)
    app.command("verify")(verify)


@frame.command
def init(
    company: Annotated[str, typer.Option("--company", help="The company's name.")],
    currency: Annotated[str, typer.Option(help="Its currency, such as CNY.")] = "CNY",
    code: Annotated[str, typer.Option(help="Its code.")] = "100",
    name_en: Annotated[str, typer.Option("--name-en", help="Its English name.")] = "",
    zone: Annotated[str, typer.Option(help="Its time zone.")] = "Asia/Shanghai",
) -> None:
    """Make a company with its chart of accounts, calendar, terms and duties."""
    from huikuan.office.company.actions import open_company
    from huikuan.office.trail.act import Act

    for field, value, most in (("company", company, 120), ("code", code, 10)):
        if not 0 < len(value.strip()) <= most:
            raise Invalid.one(field, value[:40], _("has 1 to %(most)s characters", most=most))
    if zone not in available_timezones():
        raise Invalid.one("zone", zone, _("is no time zone"), _("Write it as Asia/Shanghai."))
    frame.ready()
    act = Act(by="system", company=None, at=frame.now(), door="cli")
    made = open_company(act, code, company, currency, name_en=name_en, zone=zone)
    frame.say(_("Company %(code)s %(name)s is ready.", code=made.code, name=made.name).to(frame.language()))


@frame.command
def serve(
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    no_work: Annotated[bool, typer.Option("--no-work", help="Serve pages only; run no bots.")] = False,
    web: Annotated[int, typer.Option("--web", help="How many web processes.", min=1, max=32)] = 1,
    bots: Annotated[int, typer.Option("--bots", help="How many workers of the queue.", min=1, max=32)] = 1,
) -> None:
    """Serve the pages and REST, and work the queue beside them. The log is JSON; HUIKUAN_LOG_FORMAT=line is for people."""
    frame.ready()
    frame.guarded()
    os.environ.setdefault("HUIKUAN_LOG_FORMAT", "json")
    os.environ.setdefault("HUIKUAN_LOG", "INFO")
    with frame.using_home():
        run_server(port, host, web=web, bots=0 if no_work else bots)


STOP_SECONDS = 60


def run_server(port: int, host: str = "127.0.0.1", *, web: int = 1, bots: int = 1) -> None:
    """Granian and the workers of the queue as child processes; a worker that dies is started again.

    SIGTERM, Ctrl+C and a closed terminal stop them in order: running requests are answered, a robot's chunk is
    finished and its lease given back. What has not ended after a minute is ended.
    """
    if connection.vendor == "sqlite" and (kind := health.on_network(Path(settings.DATABASES["default"]["NAME"]))):
        raise Refused(
            _("SQLite's locks do not hold on %(kind)s. Put HUIKUAN_HOME on a disk, or use PostgreSQL.", kind=kind)
        )
    figures = health.run_folder() / f"metrics-{port}"
    shutil.rmtree(figures, ignore_errors=True)  # counters begin with the server
    figures.mkdir()
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(figures), "HUIKUAN_WORKERS_WANTED": str(bots)}
    asked = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sign, lambda _signal, _frame: asked.set())
    started: list[subprocess.Popen[bytes]] = []

    def start(command: list[str]) -> subprocess.Popen[bytes]:
        # A session of their own: Ctrl+C reaches only us, and we stop them once.
        started.append(subprocess.Popen([sys.executable, "-m", *command], env=env, start_new_session=True))  # noqa: S603  # nosec B603 # a fixed command of ours, no shell
        return started[-1]

    try:
        workers = [start(["huikuan.site.cli", "work"]) for _n in range(bots)]
        server = start(
            ["granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(web),
             "--blocking-threads", "8", "--backpressure", "128", "--no-ws", "--respawn-failed-workers", "--log-level",
             "warning", "huikuan.site.wsgi:application"]
        )  # fmt: skip
        while server.poll() is None and not asked.is_set():
            with suppress(subprocess.TimeoutExpired):
                server.wait(0.2)
            for i, one in enumerate(workers):
                if one.poll() is not None and not asked.is_set():
                    log.error("a worker ended; another is started", code=one.returncode)
                    started.remove(one)
                    workers[i] = start(["huikuan.site.cli", "work"])
    finally:
        told = asked.is_set()
        for one in started:  # once: a worker that is told twice lays its work down in the middle
            one.terminate()
        until = time.monotonic() + STOP_SECONDS
        for one in started:
            with suppress(subprocess.TimeoutExpired):
                one.wait(timeout=max(0.0, until - time.monotonic()))
            with suppress(ProcessLookupError):  # with its children: a web process would go on without its master
                os.killpg(one.pid, signal.SIGKILL)
            one.wait()
    if server.returncode and not told:
        raise RuntimeError(f"the server ended with {server.returncode}; is port {port} taken?")


@frame.command
def verify(
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False, company: Company = None
) -> None:
    """Check every invariant built so far and say what was checked. Exit 1 when any is broken."""
    from huikuan.office.trail.actions import verify as prove

    found = prove(frame.cli_act(frame.open_company(company)))
    language = frame.language()
    if json:
        frame.out_json(
            {
                "ok": found.ok,
                "checks": [
                    {
                        "id": c.id,
                        "title": c.title.to(language),
                        "checked": c.checked,
                        "broken": c.wrong,
                        "rows": [
                            {"ref": b.ref, "name": b.name, "field": b.field, "why": _words(b.why, language)}
                            for b in c.broken
                        ],
                    }
                    for c in found.checks
                ],
            }
        )
    else:
        for c in found.checks:
            mark = "ok " if not c.wrong else "BAD"
            print(f"{mark} {c.id}  {c.title.to(language)}: {c.checked:,} / {c.wrong:,}")
            for row in c.broken[:20]:
                where = " ".join(x for x in (row.name, row.field) if x)
                print(f"      {where}: {_words(row.why, language)}" if row.why else f"      {where}")
    if not found.ok:
        raise typer.Exit(frame.WRONG)


def _words(why: Say | str, language: str) -> str:
    return why.to(language) if isinstance(why, Say) else why
