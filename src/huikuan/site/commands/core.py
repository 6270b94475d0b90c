"""init, serve, verify: a company, its pages, and the proof that its books are sound."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import Annotated
from zoneinfo import available_timezones

import typer

from huikuan.kit.errors import Invalid
from huikuan.kit.words import _
from huikuan.site.commands import frame

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
) -> None:
    """Serve the pages and REST, and work the queue beside them."""
    frame.ready()
    frame.guarded()
    run_server(port, host, work=not no_work)


def run_server(port: int, host: str = "127.0.0.1", *, work: bool = True) -> None:
    """Granian in the foreground, one worker of the queue as a child process. Stops both on SIGTERM or Ctrl+C."""
    worker = subprocess.Popen([sys.executable, "-m", "huikuan.site.cli", "work"]) if work else None
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1",
        "--blocking-threads", "8", "--backpressure", "128", "--no-ws", "--log-level", "warning", "huikuan.site.wsgi:application",
    ]  # fmt: skip
    server = subprocess.Popen(command, env=os.environ.copy())  # noqa: S603
    asked = threading.Event()

    def end(_signal: int, _frame: object) -> None:
        asked.set()
        server.terminate()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        code = server.wait()
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait(timeout=30)
    if code and not asked.is_set():
        raise RuntimeError(f"the server ended with {code}; is port {port} taken?")


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
                    {"id": c.id, "title": c.title.to(language), "checked": c.checked, "broken": c.wrong}
                    for c in found.checks
                ],
            }
        )
    else:
        for c in found.checks:
            mark = "ok " if not c.wrong else "BAD"
            print(f"{mark} {c.id}  {c.title.to(language)}: {c.checked:,} / {c.wrong:,}")
            for row in c.broken:
                print(f"      {row}")
    if not found.ok:
        raise typer.Exit(frame.WRONG)
