"""docs/reliability.md, benchmarks.md, scale.md and matching.md: their tables of figures, made from docs/results/*.json.

    python tools/results.py            (the harness and the benchmarks write the JSON with --write)

Each page keeps its own prose; only what stands between `<!-- results NAME -->` and `<!-- end -->` is made anew.
NAME is a file of docs/results without .json, or a prefix ending in `*`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
MARK = re.compile(r"(<!-- results (?P<name>[\w*.-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
HEAD = ("command", "on", "machine")


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{k} {_cell(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_cell(v) for v in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def table(facts: dict[str, Any]) -> str:
    """One result as a table: what was measured, and beside it the command, day and machine it came from."""
    out = [f"`{facts.get('command', '')}`, {facts.get('on', '')}, {facts.get('machine', '')}:", ""]
    rows = facts.get("rows")
    if isinstance(rows, list) and rows:
        names = list(rows[0])
        out += ["| " + " | ".join(names) + " |", "| " + " | ".join("---" for _ in names) + " |"]
        out += ["| " + " | ".join(_cell(row.get(n, "")) for n in names) + " |" for row in rows]
    else:
        out += ["| figure | value |", "| --- | --- |"]
        out += [f"| {k} | {_cell(v)} |" for k, v in facts.items() if k not in HEAD]
    return "\n".join(out) + "\n"


def main() -> None:
    for page in (DOCS / "reliability.md", DOCS / "benchmarks.md", DOCS / "scale.md", DOCS / "matching.md"):
        if not page.exists():
            continue

        def fill(found: re.Match[str]) -> str:
            files = sorted((DOCS / "results").glob(f"{found['name']}.json"))
            made = "\n".join(table(json.loads(f.read_text())) for f in files) or "Not run yet.\n"
            return found[1] + made + found[3]

        page.write_text(MARK.sub(fill, page.read_text()))


if __name__ == "__main__":
    main()
