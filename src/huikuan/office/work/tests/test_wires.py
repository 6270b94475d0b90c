"""The wires: everything handed down has someone who does it, and the command prints it."""

from __future__ import annotations

import threading

from huikuan.office.trail.act import actions
from huikuan.office.trail.hands import collect
from huikuan.office.work import bots
from huikuan.office.work.rules import last_slot
from huikuan.site.commands.work import clock, wiring


def test_every_reaction_hears_an_action_that_exists_and_has_a_robot_or_a_role() -> None:
    known, robots = bots.bots(), actions()
    for capability, r in collect("reactions"):
        assert r.on in robots, f"{capability}: nobody does {r.on}"
        assert r.role or r.kind in known, f"{capability}: nobody does the work {r.kind}"


def test_every_schedule_is_readable_and_has_a_robot() -> None:
    for capability, s in collect("schedules"):
        assert s.kind in bots.bots(), f"{capability}: no robot for {s.kind}"
        last_slot(clock()(), "Asia/Shanghai", every=s.every)


def test_the_command_names_every_hand() -> None:
    table = wiring()
    assert "files.sweep: daily 03:40 -> files.sweep by office.files.bots.sweep" in table["files"]["schedule"]
    assert {"work", "approvals", "robots"} <= set(table)


def test_a_stopped_worker_stops_at_once(db: None) -> None:
    stop = threading.Event()
    stop.set()
    assert bots.work_forever(stop).done == 0
