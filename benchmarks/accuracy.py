"""How well the engine explains receipts: every labelled problem and seed in one table.

    python -m benchmarks.accuracy [--seeds 301-315] [--lines 2000] [--shared DIR] [--kinds] [--write]

Problems: the shared set with truth (n10 to n300), a ledger of settled invoices turned into receipts, with and without
references, and made Chinese receipts at three difficulties, each seed by itself. The rules were tuned on other seeds, which
docs/matching.md names; what docs say is seeds 301 to 315. `--kinds` adds what was missed, by the kind of payment and what was written (not kept by
`--write`). Exits 1 when anything was cleared by itself that is wrong. `--write` keeps docs/results/accuracy.json, from which
tools/results.py makes the table of docs/matching.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.receipts import LEVELS, chinese, ledger
from benchmarks.score_matching import read, score

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "results"
WRITTEN = "accuracy"


def problems(shared: Path, seeds: list[int], lines: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, labelled problem), one at a time."""
    for n in (10, 30, 100, 300):
        for path in sorted((shared / "cash_application").glob(f"n{n}_seed*.json*")):
            yield path.name.split(".")[0], read(path)
    invoices = shared / "ibm_ar" / "invoices.csv"
    if invoices.exists():
        yield "ledger, references", ledger(invoices, references=True)
        yield "ledger, no references", ledger(invoices, references=False)
    for difficulty in LEVELS:
        for seed in seeds:
            yield f"Chinese {difficulty}, seed {seed}", chinese(difficulty, lines=lines, seed=seed)


def seeds_of(text: str) -> list[int]:
    """The numbers of a list like 1,5,301-315."""
    out: list[int] = []
    for part in text.split(","):
        first, _dash, last = part.partition("-")
        out += range(int(first), int(last or first) + 1)
    return out


def row(name: str, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "problem": name, "lines": found["lines"], "links": found["links"], "cleared wrong": found["cleared_wrong"],
        "precision": f"{found['precision']:.4f}", "recall": f"{found['recall']:.4f}", "touchless": f"{found['touchless']:.4f}",
        "proposed right": f"{found['proposed_precision']:.4f}",
    }  # fmt: skip


def written(noise: list[str]) -> str:
    """What the remark of a receipt gave, in a word."""
    if broken := next((x for x in noise if x.startswith("number:")), ""):
        return broken
    if "remark:period" in noise:
        return "a period"
    if any(x.startswith("remark:") and x != "remark:plain" for x in noise):
        return "numbers"
    return "an advice" if "advice" in noise else "nothing"


def kinds(problem: dict[str, Any], found: dict[str, Any]) -> Counter[str]:
    """Missing links by the kind of payment, what was written, and the name it was paid under."""
    noise = {p["payment_id"]: p.get("noise", []) for p in problem["payments"]}
    out: Counter[str] = Counter()
    for x in found["wrong_or_missing"]:
        if x["state"] == "missing":
            said = noise[x["payment"]]
            name = next((n for n in said if n.startswith("name:")), "name as it is")
            out[f"{x['kind']}; {written(said)}; {name}"] += 1
    return out


def table(rows: list[dict[str, Any]]) -> str:
    wide = {h: max(len(h), *(len(str(r[h])) for r in rows)) for h in rows[0]}
    return "\n".join("  ".join(str(r[h]).ljust(wide[h]) for h in wide).rstrip() for r in [{h: h for h in wide}, *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="301-315", help="as 11,12 or 301-315")
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument(
        "--shared", type=Path, default=Path(os.environ.get("HUIKUAN_SHARED", ROOT.parent / "shared")) / "data"
    )
    parser.add_argument("--kinds", action="store_true", help="what was missed, by kind")
    parser.add_argument("--write", action="store_true", help=f"keep docs/results/{WRITTEN}.json")
    given = parser.parse_args()
    rows, wrong, missed = [], 0, Counter[str]()
    for name, problem in problems(given.shared, seeds_of(given.seeds), given.lines):
        found = score(problem, links=given.kinds)
        rows.append(row(name, found))
        wrong += found["cleared_wrong"]
        if given.kinds:
            missed += kinds(problem, found)
    print(table(rows))
    for kind, n in missed.most_common():
        print(f"{n:6}  {kind}")
    if given.write:
        asked = " ".join(shlex.quote(a) for a in sys.argv[1:] if a != "--write")
        facts = {
            "command": f"python -m benchmarks.accuracy {asked}".strip(), "on": datetime.now(UTC).date().isoformat(),
            "machine": f"Python {platform.python_version()}", "rows": rows,
        }  # fmt: skip
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{WRITTEN}.json").write_text(
            json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
