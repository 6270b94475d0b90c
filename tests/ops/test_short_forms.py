"""The drill and the load in their short forms, on the database that this run tests: the same commands, smaller numbers."""

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
pytestmark = pytest.mark.slow


def harness(*args: str) -> tuple[int, dict[str, Any], str]:
    database = "postgres" if connection.vendor == "postgresql" else "sqlite"
    env = {
        k: v for k, v in os.environ.items() if k not in ("HUIKUAN_HOME", "HUIKUAN_DATABASE_URL", "HUIKUAN_DIGEST_DIR")
    }
    done = subprocess.run(
        [sys.executable, "-m", *args, "--database", database],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=600,
    )
    lines = done.stdout.strip().splitlines()
    return done.returncode, json.loads(lines[-1]) if lines else {}, done.stderr[-2000:]


def test_drill() -> None:
    code, told, said = harness("harness.drill", "--seconds", "2", "--posters", "2", "--flips", "20", "--kills", "2")
    assert code == 0 and told["ok"], (told.get("violations"), said)
    assert told["found"] == told["bytes_flipped"] >= 20
    assert told["folder"]["before"] > 0 and told["upgrade"]["kills"] >= 1


def test_load() -> None:
    code, told, said = harness(
        "harness.load", "--invoices", "300", "--users", "3", "--seconds", "15", "--think", "0.3", "--no-timing"
    )
    assert code == 0 and told["ok"], (told.get("violations"), said)
    assert told["errors"] == 0 and told["locked"] == 0 and told["requests"] > 10 and told["acts"]["done"] > 0


def test_a_command_that_does_not_end_is_told_as_one_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness import drill

    monkeypatch.setattr(drill, "HUIKUAN", [sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(drill, "PATIENCE", 1)
    code, told, said = drill._huikuan("restore", "x")
    assert code and told is None and "restore" in said
