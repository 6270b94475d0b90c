"""Fail points: silent when nothing is armed, strict about their names, each of them standing somewhere in the code."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from huikuan.kit import failpoints
from huikuan.kit.failpoints import armed, at, fails, meets, point, points

SOURCE = Path(failpoints.__file__).resolve().parent.parent


def test_nothing_happens_when_nothing_is_armed() -> None:
    point("trail.act.done")
    point("no such name")  # the name is only looked at when something is armed: off, a point is one look at a global


def test_an_armed_point_must_be_registered() -> None:
    with armed(lambda _n: None), pytest.raises(LookupError):
        point("no such name")


def test_it_fails_the_time_it_was_told_to() -> None:
    with armed(at("trail.act.done", fails(RuntimeError("now")), nth=2)):
        point("trail.act.done")
        point("trail.act.written")
        with pytest.raises(RuntimeError, match="now"):
            point("trail.act.done")
        point("trail.act.done")
    point("trail.act.done")


def test_rivals_meet() -> None:
    met: list[str] = []
    both = threading.Barrier(2)

    def rival() -> None:
        point("ledger.clear.read")
        met.append("after")

    with armed(meets("ledger.clear.read", both)):
        one = threading.Thread(target=rival)
        one.start()
        assert not met
        rival()
        one.join(10)
    assert met == ["after", "after"]


def test_who_waits_alone_goes_on() -> None:
    with armed(meets("ledger.clear.read", threading.Barrier(2), timeout=0.01)):
        point("ledger.clear.read")


def test_each_registered_point_stands_in_the_code_and_each_in_the_code_is_registered() -> None:
    """A point that nobody passes would be a crash that nobody has tried."""
    used: set[str] = set()
    for file in SOURCE.rglob("*.py"):
        if "tests" in file.parts or file.name == "failpoints.py":
            continue
        text = file.read_text()
        used.update(re.findall(r'\bpoint\("([\w.]+)"\)', text))
        for name in re.findall(r'\bwriting\("([\w.]+)"', text):
            used.update(f"{name}.{edge}" for edge in failpoints.EDGES)
        for name in re.findall(r'\boutside\("([\w.]+)"', text):
            used.update({f"{name}.before", f"{name}.after"})
    assert used == set(points())
