"""A database made at once from the models is the one that every migration makes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def shape(how: str, home: Path) -> dict[str, object]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("HUIKUAN_")}
    done = subprocess.run(
        [sys.executable, "-m", "harness.shape", how], cwd=ROOT, env={**env, "HUIKUAN_HOME": str(home)}, capture_output=True, text=True
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_migrations_and_models_make_the_same_database(tmp_path: Path) -> None:
    one, other = shape("migrations", tmp_path / "a"), shape("newborn", tmp_path / "b")
    assert one["guards differ"] == other["guards differ"] == []
    assert set(one) == set(other)
    assert {t: (one[t], other[t]) for t in one if one[t] != other[t]} == {}
