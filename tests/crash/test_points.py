"""Every transaction and every call to the outside passes a fail point: what has none is a crash that nobody tries."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import huikuan
from huikuan.kit.failpoints import points

SOURCE = Path(huikuan.__file__).parent
# Savepoints inside an act, and the one place that opens transactions.
INNER = {
    "office/trail/act.py", "office/work/actions.py", "office/company/actions.py", "books/ledger/actions.py",
    "review/takeover/actions/ties.py", "receivables/cash/actions/claims.py", "office/trail/actions.py",
}  # fmt: skip
# No act and nothing of the books: counters of failed sign-ins and the hour a token was used; guards dropped and made by
# migrate; the demo's own start and the upgrade's copies.
OTHERS = {"office/trail/store.py", "office/trail/guards.py", "office/company/store.py", "site/store.py"}


def rooms() -> list[Path]:
    return [p for p in SOURCE.rglob("*.py") if not {"tests", "migrations"} & set(p.parts)]


def test_only_the_trail_opens_transactions() -> None:
    """`writing` passes four points; a transaction of one's own would pass none. Inside an act there are savepoints only."""
    own = {str(p.relative_to(SOURCE)) for p in rooms() if re.search(r"\batomic\(|\bturn\(\)", p.read_text())}
    assert own - OTHERS <= INNER
    for room in INNER:
        assert "durable" not in (SOURCE / room).read_text().replace('writing("trail.act", durable=True)', "")


def test_each_outermost_act_passes_its_points() -> None:
    from huikuan.office.trail import act

    assert inspect.getsource(act).count("durable=True") == 1
    assert 'writing("trail.act", durable=True)' in inspect.getsource(act)


def test_each_call_to_the_outside_passes_its_points() -> None:
    """A room with `connect` is a door: whatever its classes let others call stands between two points."""
    doors = [
        p for p in (SOURCE / "connectors").rglob("*.py") if re.search(r"^def connect\(", p.read_text(), re.MULTILINE)
    ]
    assert len(doors) >= 3
    passed = set()
    for room in doors:
        for kind in (c for c in ast.parse(room.read_text()).body if isinstance(c, ast.ClassDef)):
            for call in (f for f in kind.body if isinstance(f, ast.FunctionDef) and not f.name.startswith("_")):
                found = re.findall(r"(?:outside|point)\('([\w.]+)'\)", ast.unparse(call))
                assert found, f"{room.relative_to(SOURCE)}: {kind.name}.{call.name} passes no point"
                passed.update(found)
    assert {n for n in passed if not any(p.startswith(n) for p in points())} == set()
