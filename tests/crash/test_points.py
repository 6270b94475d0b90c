"""Every transaction and every call to the outside passes a fail point: what has none is a crash that nobody tries."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

import huikuan
from huikuan.kit.failpoints import points

SOURCE = Path(huikuan.__file__).parent
# Savepoints inside an act, and the one place that opens transactions.
INNER = {"office/trail/act.py", "office/work/actions.py", "office/company/actions.py", "books/ledger/actions.py"}


def rooms() -> list[Path]:
    return [p for p in SOURCE.rglob("*.py") if not {"tests", "migrations"} & set(p.parts)]


def test_only_the_trail_opens_transactions() -> None:
    """`writing` passes four points; a transaction of one's own would pass none. Inside an act there are savepoints only."""
    own = {str(p.relative_to(SOURCE)) for p in rooms() if re.search(r"\batomic\(|\bturn\(\)", p.read_text())}
    assert own - {"office/trail/store.py"} <= INNER | {"site/demo/__init__.py"}
    for room in INNER:
        assert "durable" not in (SOURCE / room).read_text().replace('writing("trail.act", durable=True)', "")


def test_each_outermost_act_passes_its_points() -> None:
    from huikuan.office.trail import act

    assert inspect.getsource(act).count("durable=True") == 1
    assert 'writing("trail.act", durable=True)' in inspect.getsource(act)


def test_each_call_to_the_outside_passes_its_points() -> None:
    doors = [p.parent.name for p in (SOURCE / "connectors").glob("*/__init__.py") if "def connect" in p.read_text()]
    assert {"bank", "sap"} <= set(doors)
    for name in doors:
        module = importlib.import_module(f"huikuan.connectors.{name}")
        tree = ast.parse(inspect.getsource(module))
        calls = [
            f
            for c in tree.body
            if isinstance(c, ast.ClassDef)
            for f in c.body
            if isinstance(f, ast.FunctionDef) and not f.name.startswith("_")
        ]
        assert calls, name
        for call in calls:
            assert f'outside("connectors.{name}' in ast.unparse(call).replace("'", '"'), (
                f"{name}.{call.name} passes no point"
            )
        assert any(p.startswith(f"connectors.{name}") for p in points())
