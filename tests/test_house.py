"""The house rules that a machine can hold: no strange imports, no SQL outside its rooms, no floats for money."""

from __future__ import annotations

import re
from pathlib import Path

import grimp
import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "huikuan"
FLOORS = ("office", "books", "sales", "receivables", "review")
# The only rooms with SQL of a vendor.
CURSOR = {"store.py", "guards.py"}


def files(*parts: str) -> list[Path]:
    return [p for p in SOURCE.rglob("*.py") if not {"tests", "migrations"} & set(p.parts)]


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("huikuan", include_external_packages=False)


def capability(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[:3]) if len(parts) > 3 and parts[1] in FLOORS else ""


def test_nobody_imports_the_tables_of_another_capability(graph):
    wrong = []
    for module in graph.modules:
        home = capability(module)
        if not home or ".models" not in module or not module.startswith(home + ".models"):
            continue
        for importer in graph.find_modules_that_directly_import(module):
            if not importer.startswith(home) and ".tests" not in importer:
                wrong.append(f"{importer} imports {module}")
    allowed = {line for line in wrong if line.startswith("huikuan.site.") or "company.models" in line}
    assert sorted(set(wrong) - allowed) == []


def test_sql_stands_in_its_rooms_only():
    wrong = [str(p.relative_to(SOURCE)) for p in files() if p.name not in CURSOR and ".cursor(" in p.read_text()]
    assert wrong == []


def test_money_is_never_a_float_or_a_decimal_field():
    banned = re.compile(r"DecimalField\(|FloatField\(|\bfloat\(")
    wrong = [f"{p.relative_to(SOURCE)}:{n}" for p in files() for n, line in enumerate(p.read_text().splitlines(), 1)
             if banned.search(line) and "not money" not in line]  # fmt: skip
    assert wrong == []


def test_no_room_grows_past_its_bounds():
    """A room near 400 lines wants its capability split; 650 is where this test says so."""
    wrong = [f"{p.relative_to(SOURCE)}: {n}" for p in files() if (n := len(p.read_text().splitlines())) > 650]
    assert wrong == []


def test_nothing_but_bots_calls_the_outside():
    banned = re.compile(r"^(?:import|from) (?:httpx|requests|smtplib|socket|urllib\.request)", re.MULTILINE)
    wrong = [
        str(p.relative_to(SOURCE))
        for p in files()
        if banned.search(p.read_text()) and "connectors" not in p.parts and p.name != "bots.py"
    ]
    assert wrong == []
