"""docs/security.md names a test for each thing it says is done: those tests exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security.md"


def test_every_test_that_the_page_names_exists():
    named = re.findall(r"`([\w/.-]+\.py)::(\w+)`", PAGE.read_text())
    assert len(named) > 40
    missing = []
    for file, name in named:
        path = ROOT / file if "/" in file else ROOT / "tests" / "security" / file
        found = (
            {n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)}
            if path.exists()
            else set()
        )
        if name not in found:
            missing.append(f"{file}::{name}")
    assert missing == []


def test_every_line_of_the_page_names_one_or_says_that_none_does():
    rows = [r for r in PAGE.read_text().splitlines() if r.startswith("| ") and not r.startswith("| what")]
    assert len(rows) > 30
    assert [r for r in rows if ".py::" not in r and not r.rstrip(" |").endswith("no test")] == []
