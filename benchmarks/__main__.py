"""make bench: the table of design/performance.md as far as it is built, on SQLite and on PostgreSQL, with everything on.

    python -m benchmarks [--size small|middle|full] [--database sqlite|postgres|both] [--only posting,cash,…] [--write]
    … --only rest,ageing,lists --home DIR [--url URL]   on a company that benchmarks.generate made there (it is written to)

Each database is measured in a process and a home of its own. Every figure stands beside a baseline of the same run; the
ratio is ours to it. `--write` keeps docs/results/bench-DATABASE.json (with --home
bench-large-DATABASE.json; match, lists or cash300k alone bench-match-… and so on), from which tools/results.py makes docs/benchmarks.md.
Exits 1 only when something broke: a missed target is said in the table, not hidden and not an error (small sizes prove
that the bench works, not the targets).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"
HEADS = ("work", "target", "figure", "baseline", "ratio", "met")


def measure(database: str, size: str, only: list[str], home: str, url: str) -> None:
    """In the child: a fresh home (or the one named), the measures, and the rows as one JSON line."""
    from harness.frame import fresh_home, set_up, use_home

    if home:
        use_home(home, url)
    else:
        fresh_home(database)
    set_up()
    from benchmarks.measures import SCALES, run

    done = run(SCALES[size], only, lambda text: print(f"  {database}: {text}", file=sys.stderr, flush=True), bool(home))
    print(json.dumps([asdict(r) for r in done.rows], ensure_ascii=False))
    sys.exit(1 if done.broken else 0)


def width(text: str) -> int:
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text)


def table(rows: list[dict[str, Any]]) -> str:
    wide = {h: max(width(h), *(width(r[h]) for r in rows)) for h in HEADS}
    wide = {h: min(w, 64) for h, w in wide.items()}
    out = ["  ".join(h + " " * (wide[h] - width(h)) for h in HEADS)]
    out += ["  ".join(r[h] + " " * max(0, wide[h] - width(r[h])) for h in HEADS).rstrip() for r in rows]
    return "\n".join(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("small", "middle", "full"), default="small")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument(
        "--only",
        default="",
        help="measures, joined by commas: posting cash letters checks grow rest ageing lists matchpage cash300k match",
    )
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/results/")
    parser.add_argument("--home", default="", help="a company that is there already")
    parser.add_argument("--url", default="", help="its database, where it is on PostgreSQL")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.home and (not given.only or given.database == "both"):
        parser.error("--home wants --only and one --database")
    only = [x for x in given.only.split(",") if x]
    if given.child:
        measure(given.database, given.size, only, given.home, given.url)
        return
    failed = False
    for database in ("sqlite", "postgres") if given.database == "both" else (given.database,):
        load = os.getloadavg()[0]
        command = [sys.executable, "-m", "benchmarks", "--child", "--size", given.size, "--database", database]
        started = datetime.now(UTC)
        done = subprocess.run(
            [*command, "--only", given.only, "--home", given.home, "--url", given.url],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        failed = failed or done.returncode != 0
        if not done.stdout.strip():
            print(f"{database}: the bench broke off ({done.returncode})")
            continue
        rows = json.loads(done.stdout.strip().splitlines()[-1])
        minutes = (datetime.now(UTC) - started).total_seconds() / 60
        facts = {
            "command": "python -m benchmarks " + " ".join(shlex.quote(a) for a in sys.argv[1:] if a != "--write"),
            "on": started.date().isoformat(),
            "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, {database}, "
            f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after, {minutes:.0f} minutes",
        }  # fmt: skip
        print(f"\n{facts['machine']}\n{table(rows)}\n")
        print(
            json.dumps(
                {
                    "bench": database,
                    "size": given.size,
                    "missed": sum(r["met"] == "missed" for r in rows),
                    "rows": len(rows),
                }
            )
        )
        if given.write:
            RESULTS.mkdir(parents=True, exist_ok=True)
            kept = {**facts, "size": given.size, "database": database, "rows": rows}
            part = f"{only[0]}-" if only in (["match"], ["lists"], ["cash300k"]) else "large-" if given.home else ""
            name = f"bench-{part}{database}.json"
            (RESULTS / name).write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
