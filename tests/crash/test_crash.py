"""The crash harness itself, in its short form: it finds nothing in the house as it is, and it finds each planted bug."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def harness(name: str, *options: str) -> tuple[int, dict[str, Any]]:
    """One command of the harness on the database that the tests run on, with a server of its own: it is going to be killed."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("HUIKUAN_")}
    command = [sys.executable, "-m", f"harness.{name}", "--database", "sqlite", *options]
    if connection.vendor == "postgresql":
        command[4] = "postgres"
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=1800)
    assert done.stdout, done.stderr[-3000:]
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_a_hundred_crashes_and_nothing_is_lost() -> None:
    code, told = harness("crash")
    assert told["violations"] == [] and code == 0
    assert told["points"] == told["crashes_at_points"] >= 60
    assert told["kills"] >= 100 and told["acknowledged_lost"] == 0
    if connection.vendor == "postgresql":
        assert told["server_kills"] == 3


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("HUIKUAN_LONG"), reason="long: `make test-long`, or make crash ARGS='--plant all'"
)
def test_each_planted_bug_is_found() -> None:
    code, told = harness("crash", "--plant", "all")
    assert code == 1
    assert {name for name, found in told["planted"].items() if not found} == set()
