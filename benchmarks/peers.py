"""make bench-peers: the same work by Tryton from PyPI and by us, in the same run, as ratios.

    python -m benchmarks.peers [--invoices 100] [--write]

Tryton is installed with uv into a venv of its own (.venv-peers, or HUIKUAN_PEERS), driven through its public interface
(tryton_side.py) on SQLite in memory; we post the same invoices (two lines, 13 % VAT) on SQLite in a file, with guards, trail
and flushes on. Seconds are processor seconds, so that a busy machine does not choose the winner. One JSON line; exits 1
when either side failed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "docs" / "results"
PACKAGES = ("trytond==8.2.*", "trytond-account-invoice==8.2.*", "proteus==8.2.*")


def peer(count: int) -> dict[str, Any]:
    """Tryton's figures. Installs it when it is not there yet."""
    home = Path(os.environ.get("HUIKUAN_PEERS", HERE.parent / ".venv-peers"))
    python = home / "bin" / "python"
    if not (home / ".ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        uv = Path(sys.executable).parent / "uv"
        subprocess.run([str(uv), "pip", "install", "-q", "--python", str(python), *PACKAGES], check=True)
        (home / ".ready").touch()
    done = subprocess.run(
        [str(python), str(HERE / "tryton_side.py"), str(count)], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def ours(count: int) -> dict[str, Any]:
    """The same invoices by billing.issue in one batch, and one ageing by customer over them."""
    from harness.frame import fresh_home, set_up

    fresh_home("sqlite")
    set_up()
    from benchmarks import generate
    from benchmarks.measures import clock
    from huikuan.books.ledger import queries
    from huikuan.sales.billing import actions as billing

    made = generate.build(generate.Size(invoices=0, customers=20))
    size = generate.Size(invoices=count + 1, days=20)
    billing.issue(generate.act(made.company), generate.drafts(made, size, 0, 1))  # opens the period, warms up
    drafts = generate.drafts(made, size, 1, count)
    with clock() as posting:
        billing.issue(generate.act(made.company), drafts)
    with clock() as ageing:
        rows = queries.ageing(made.company, generate.LAST_DAY, by="customer")
    return {
        "invoices": count,
        "posted_per_second": round(count / posting[0], 1),
        "ageing": round(ageing[0], 4),
        "parties": len(rows),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--invoices", type=int, default=100)
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/results/")
    given = parser.parse_args()
    theirs, mine = peer(given.invoices), ours(given.invoices)
    rows = [
        {
            "work": f"make and post {given.invoices} invoices, invoices per processor second",
            theirs["peer"]: theirs["posted_per_second"], "Huikuan": mine["posted_per_second"],
            "ratio": round(mine["posted_per_second"] / theirs["posted_per_second"], 1),
        },
        {
            "work": "age what they left open, by customer, processor seconds",
            theirs["peer"]: theirs["ageing"], "Huikuan": mine["ageing"], "ratio": round(theirs["ageing"] / max(mine["ageing"], 1e-6), 1),
        },
    ]  # fmt: skip
    facts = {
        "command": "python -m benchmarks.peers " + " ".join(shlex.quote(a) for a in sys.argv[1:] if a != "--write"),
        "on": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}",
    }
    print(json.dumps({"bench": "peers", **facts, "rows": rows}, ensure_ascii=False))
    if given.write:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "peers.json").write_text(json.dumps({**facts, "rows": rows}, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
