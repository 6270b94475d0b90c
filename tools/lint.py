"""House rules that a machine can hold, over the syntax tree: `python tools/lint.py` prints what breaks them, exit 1.

money     a float, or a float or decimal column (a line that says "not money" is believed)
call-out  a call to the network while a transaction is open
write     rows written outside of an action's rooms
xml       an XML parser that reads entities or the network, and all of the standard library's
export    a workbook or CSV written elsewhere than by kit/cells.py
digits    int() of a text of which str.isdigit has said yes: "²" is a digit to it, and five thousand of them are too many

tests/test_house.py plants one sin of each kind and sees it found. Exempt writers are listed below with their reasons.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).resolve().parent.parent / "src" / "huikuan"

FLOATS = {"DecimalField", "FloatField"}
NETWORK = {
    "httpx",
    "requests",
    "urllib.request",
    "smtplib",
    "imaplib",
    "poplib",
    "ftplib",
    "socket",
    "http.client",
    "paramiko",
}
OPENS = {"atomic", "turn"}
WRITES = {"save", "create", "bulk_create", "bulk_update", "update", "delete", "get_or_create", "update_or_create"}
READERS = {"fromstring", "parse", "iterparse", "XML", "XMLParser", "XMLPullParser", "parseString"}
XML = {"lxml", "xml"}
# Rooms that write: actions (room or folder), the vendor SQL rooms, the write path itself.
ROOMS = {"actions", "actions.py", "store.py", "guards.py", "act.py"}
# Writers that are no action, each with its reason.
EXEMPT = {
    "kit/cells.py": "writes cells, not rows",
    "site/demo": "calls actions; writes no rows itself but its progress",
    "site/commands/demo.py": "removes the demo's own database file",
    "site/backup.py": "copies and restores whole databases",
}


class Sin(NamedTuple):
    path: str
    line: int
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.what}"


def name_of(node: ast.AST) -> str:
    """ "a.b.c" of a name or attribute; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = name_of(node.value)
        return f"{head}.{node.attr}" if head else node.attr
    if isinstance(node, ast.Call):
        return name_of(node.func)
    return ""


def imported(tree: ast.AST) -> dict[str, str]:
    """Local name -> module or module.thing, of every import in the file."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                found[one.asname or one.name.split(".")[0]] = one.name if one.asname else one.name.split(".")[0]
                if not one.asname and "." in one.name:
                    found[one.name] = one.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                found[one.asname or one.name] = f"{node.module}.{one.name}"
    return found


def whole(node: ast.AST, known: dict[str, str]) -> str:
    """A dotted name with its first part replaced by what it was imported from."""
    dotted = name_of(node)
    head, dot, rest = dotted.partition(".")
    return known.get(head, head) + dot + rest


def sins(path: str, text: str) -> list[Sin]:
    """What one file does wrong. `path` is relative to src/huikuan, with slashes."""
    tree = ast.parse(text)
    lines = text.splitlines()
    known = imported(tree)
    found = [
        *_money(path, tree, lines),
        *_call_out(path, tree, known),
        *_xml(path, tree, known),
        *_export(path, tree, known, lines),
        *_digits(path, tree),
    ]
    return sorted([*found, *_write(path, tree, known)], key=lambda s: s.line)


def _money(path: str, tree: ast.AST, lines: list[str]) -> Iterator[Sin]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            last = name_of(node.func).rsplit(".", 1)[-1]
            if (last in FLOATS or last == "float") and "not money" not in lines[node.lineno - 1]:
                yield Sin(path, node.lineno, "money", f"{last}(): amounts are whole numbers of minor units")


def _network(node: ast.AST, known: dict[str, str]) -> str:
    if not isinstance(node, ast.Call):
        return ""
    called = whole(node.func, known)
    for module in NETWORK:
        if called == module or called.startswith(module + "."):
            return called
    if ".connectors." in f".{called}" and called.rsplit(".", 1)[-1] == "connect":
        return called
    return ""


def _call_out(path: str, tree: ast.AST, known: dict[str, str]) -> Iterator[Sin]:
    """Inside `with atomic()` or `with turn()`, and anywhere inside an action: the frame around it is a transaction."""
    for node in ast.walk(tree):
        opened = ""
        if isinstance(node, ast.With):
            opened = next((n for i in node.items if (n := name_of(i.context_expr).rsplit(".", 1)[-1]) in OPENS), "")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            opened = next(
                (n for d in node.decorator_list if (n := name_of(d).rsplit(".", 1)[-1]) in {"action", "atomic"}), ""
            )
        if not opened:
            continue
        for inner in ast.walk(node):
            called = _network(inner, known)
            if called:
                yield Sin(path, inner.lineno, "call-out", f"{called}() inside {opened}: say, commit, call, record")  # type: ignore[attr-defined]


def _xml(path: str, tree: ast.AST, known: dict[str, str]) -> Iterator[Sin]:
    """lxml with a parser that resolves no entities and asks no network; the standard library's parsers not at all."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = whole(node.func, known)
        top, last = called.split(".", 1)[0], called.rsplit(".", 1)[-1]
        if top not in XML or last not in READERS:
            continue
        given = {k.arg: k.value for k in node.keywords}
        if top == "lxml" and last in {"XMLParser", "XMLPullParser", "iterparse"}:
            off = given.get("resolve_entities"), given.get("huge_tree")
            closed = isinstance(off[0], ast.Constant) and off[0].value is False
            huge = isinstance(off[1], ast.Constant) and off[1].value is True
            if (
                closed
                and not huge
                and not (isinstance(n := given.get("no_network"), ast.Constant) and n.value is False)
            ):
                continue
        elif top == "lxml" and (len(node.args) > 1 or "parser" in given):
            continue
        yield Sin(path, node.lineno, "xml", f"{called}(): give it a parser that resolves no entities")


def _export(path: str, tree: ast.AST, known: dict[str, str], lines: list[str]) -> Iterator[Sin]:
    if path == "kit/cells.py":
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = whole(node.func, known)
            if called in {"xlsxwriter.Workbook", "xlsxwriter.workbook.Workbook", "openpyxl.Workbook"}:
                yield Sin(path, node.lineno, "export", f"{called}(): open it with kit.cells.workbook")
            if called in {"csv.writer", "csv.DictWriter"} and "read back" not in lines[node.lineno - 1]:
                yield Sin(path, node.lineno, "export", f"{called}(): write it with kit.cells.Writer")


def _bare(node: ast.AST) -> str:
    """An expression without the str(…) and .strip() around it, as text for comparing."""
    while isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "strip":
            node = node.func.value
        elif isinstance(node.func, ast.Name) and node.func.id == "str" and node.args:
            node = node.args[0]
        else:
            break
    return ast.dump(node)


def _digits(path: str, tree: ast.AST) -> Iterator[Sin]:
    """In one function, .isdigit() of an expression and int() of the same."""
    if path == "kit/text.py":
        return
    for node in tree.body if isinstance(tree, ast.Module) else ():
        calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
        read = {_bare(c.args[0]) for c in calls if isinstance(c.func, ast.Name) and c.func.id == "int" and c.args}
        for c in calls:
            if (
                isinstance(c.func, ast.Attribute)
                and c.func.attr in {"isdigit", "isdecimal", "isnumeric"}
                and _bare(c.func.value) in read
            ):
                yield Sin(path, c.lineno, "digits", f"int() after .{c.func.attr}(): ask kit.text.whole")


def _rows(node: ast.Call, known: dict[str, str]) -> bool:
    """Whether a call writes rows: .objects.create(…), queryset.update(…), row.save(…)."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in WRITES:
        return False
    target = name_of(node.func.value)
    chain = target.split(".")
    if "objects" in chain or "_default_manager" in chain:
        return True
    if any(isinstance(n, ast.Attribute) and n.attr == "objects" for n in ast.walk(node.func.value)):
        return True
    if node.func.attr in {"bulk_create", "bulk_update", "get_or_create", "update_or_create"}:
        return True
    # row.save(), rows.filter(…).delete(): a bare .update() may be a dict's, a .create() a form's
    return (
        node.func.attr in {"save", "delete"}
        and "session" not in chain
        and isinstance(node.func.value, (ast.Name, ast.Call))
    )


def _write(path: str, tree: ast.AST, known: dict[str, str]) -> Iterator[Sin]:
    parts = set(path.split("/"))
    if ROOMS & parts or any(path.startswith(p) for p in EXEMPT) or "models" in known.get("", ""):
        return
    if path.endswith("models.py"):  # a manager's own create_user
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _rows(node, known):
            yield Sin(path, node.lineno, "write", f".{node.func.attr}(): rows are written in actions")  # type: ignore[attr-defined]


def every_file() -> list[Path]:
    return [p for p in sorted(SOURCE.rglob("*.py")) if not {"tests", "migrations"} & set(p.parts)]


def main() -> int:
    found = [s for p in every_file() for s in sins(p.relative_to(SOURCE).as_posix(), p.read_text())]
    for sin in found:
        print(sin)
    print(f"lint: {len(every_file())} files, {len(found)} sins", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
