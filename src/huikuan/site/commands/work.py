"""`huikuan work`: the robots. `huikuan wires`: who hears what, since hand-downs are the only calls one cannot see."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from huikuan.kit.words import Say, _
from huikuan.office.company.seat import demo_today
from huikuan.site.commands import frame


def register(app: typer.Typer) -> None:
    """Add the commands of the queue."""
    app.command("work")(work)
    app.command("wires")(wires)


@frame.command
def work(once: Annotated[bool, typer.Option("--once", help="Do what can be done now, then stop.")] = False) -> None:
    """Do the robots' work until stopped; the order in hand is finished first, or laid down at its next chunk."""
    from huikuan.office.trail.actions import stopping
    from huikuan.office.work import bots
    from huikuan.site import health

    frame.ready()
    frame.guarded()
    stop = threading.Event()

    def leave(_signal: int, _frame: Any) -> None:
        # A second signal ends at once: the lease runs out and the next worker finishes.
        if stop.is_set():
            raise SystemExit(3)
        stop.set()
        stopping.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, leave)
    with frame.using_home(), health.beating():
        tally = bots.work_once(stop=stop, clock=clock()) if once else bots.work_forever(stop, clock=clock())
    words = _(
        "%(done)s done, %(failed)s failed, %(set_off)s set off by the clock.",
        done=tally.done,
        failed=tally.failed,
        set_off=tally.set_off,
    )
    frame.say(words.to(frame.language()))


def clock() -> Any:
    """The robots' clock. In a demo company it starts on the demo's day and runs on from there: leases must end."""
    start, real = demo_today(), datetime.now(UTC)
    return (lambda: datetime.now(UTC)) if start is None else (lambda: start + (datetime.now(UTC) - real))


@frame.command
def wires(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Print every capability's hands."""
    table = wiring()
    if as_json:
        frame.out_json(table)
        return
    for capability, parts in table.items():
        typer.echo(f"{capability}  {' · '.join(parts.pop('name'))}")
        for part, lines in parts.items():
            for line in lines:
                typer.echo(f"  {part:<10} {line}")


def _called(f: Any) -> str:
    return f"{getattr(f, '__module__', '')}.{getattr(f, '__name__', f)}".removeprefix("huikuan.")


def _text(words: Say | str) -> str:
    return words.to(frame.language()) if isinstance(words, Say) else words


def wiring() -> dict[str, dict[str, list[str]]]:
    """{capability: {part: [line]}}; every callable that is handed down is named by where it stands."""
    from huikuan.office.trail.act import actions
    from huikuan.office.trail.hands import all_hands
    from huikuan.office.work.bots import bots

    robots = bots()
    known = actions()
    out: dict[str, dict[str, list[str]]] = {}
    for capability, h in all_hands().items():
        parts: dict[str, list[str]] = {
            "reaction": [
                f"on {r.on}{'' if r.on in known else ' (no such action)'} -> {r.kind} by "
                f"{r.role or (_called(robots[r.kind].does) if r.kind in robots else 'nobody')}"
                for r in h.reactions
            ],
            "schedule": [
                f"{s.name}: {s.every} -> {s.kind} by {_called(robots[s.kind].does) if s.kind in robots else 'nobody'}"
                for s in h.schedules
            ],
            "approval": [
                f"{k.code} (duty {k.duty}) granted -> {_called(k.on_granted)}"
                + (f", refused -> {_called(k.on_refused)}" if k.on_refused else "")
                for k in h.approvals
            ],
            "check": [f"{c.id} {_text(c.title)} -> {_called(c.run)}" for c in h.checks],
            "panel": [f"on {p.on}: {_text(p.title)} -> {p.url}" for p in h.panels],
            "way": [f"on {w.on}: {_text(w.title)} -> {w.url}" for w in h.ways],
            "search": [f"{s.name} -> {_called(s.find)}" for s in h.search],
            "today": [f"{t.name}: {_text(t.title)} -> {t.url} {' '.join(t.roles)}".rstrip() for t in h.today],
            "nav": [
                f"{n.section}: {_text(n.title)} -> {n.url}" + (f" (counts {_called(n.count)})" if n.count else "")
                for n in h.nav
            ],
            "duty": [
                f"{d.code} {d.ref}: {' '.join(d.roles)}"
                + (f" / checked by {' '.join(d.checkers)}" if d.checkers else "")
                for d in h.duties
            ],
            "kept": [k.table for k in h.kept],
            "guard": [f"{g.name} on {g.table}" for g in h.guards],
            "setup": [_called(s) for s in h.setup],
            "subject": [f"{kind} -> {url}" for kind, url in h.subjects.items()],
        }
        out[capability] = {"name": list(h.name), **{part: lines for part, lines in parts.items() if lines}}
    stray = sorted(kind for kind in robots if kind)
    out["robots"] = {"name": ["Robots", "机器人"], "bot": [f"{kind} -> {_called(robots[kind].does)}" for kind in stray]}
    return out
