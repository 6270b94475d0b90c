"""The drill: work goes on while a backup is taken; it is put back elsewhere; old data goes through every migration.

    python -m harness.drill [--database postgres] [--seconds 20] [--posters 4] [--flips 200] [--kills all|N] [--write]

1. Children post entries and say so (an acknowledgement is a line written after the commit). In the middle of it
   `huikuan backup` runs, as a folder and as one file. Restored elsewhere, `verify` is clean, every acknowledgement
   from before the backup is there, and the backup's head of the chain is a link of the live chain and of the digest kept
   outside, which goes on.
2. One byte is flipped, in every part and at random places: each time it is found and the part is named; a damaged
   backup is not restored, and a restore onto something that is there is refused.
3. Data of an earlier release goes forward; the process is killed in the middle of each migration and started again.
   Tables and guards equal those of a new database, `verify` is clean.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from harness import frame

ROOT = Path(__file__).resolve().parent.parent
DAY = date(2026, 3, 2)
HUIKUAN = [sys.executable, "-m", "huikuan.site.cli"]
PATIENCE = 600  # seconds for one command


def main() -> None:
    parser = frame.parser(__doc__.splitlines()[0])
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="how long the children work, the backups in the middle"
    )
    parser.add_argument("--posters", type=int, default=4)
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--kills", default="all", help="in how many migrations to be killed: all, or a number")
    parser.add_argument("--poster", default="", help="(a child of the drill) company:number")
    given = parser.parse_args()
    if given.poster:
        _post_on(*(int(x) for x in given.poster.split(":")))
        return
    wrong: list[str] = []
    home = frame.fresh_home(given.database)
    frame.set_up()
    figures: dict[str, Any] = {"database": given.database}
    figures |= _under_load(home, given, wrong)
    figures |= _upgrades(home, given, wrong)
    frame.report("drill", figures, wrong, write=given.write)


# ---- backup under load -----------------------------------------------------------------------------------------------


def _firm() -> tuple[int, list[int]]:
    from datetime import UTC, datetime

    from huikuan.books.customers import actions as customers
    from huikuan.office.company.actions import open_company
    from huikuan.office.trail.act import Act

    at = datetime(2026, 3, 2, 2, tzinfo=UTC)
    made = open_company(Act(by="system", company=None, at=at, door="drill"), "900", "演练", "CNY")
    act = Act(by="system", company=made.pk, at=at, door="drill")
    return made.pk, [customers.create(act, f"D{n:03d}", f"客户{n}").pk for n in range(20)]


def _post_on(company: int, number: int) -> None:
    """A child: post, keep a file now and then, say each as it is committed, until stdin closes."""
    import select
    from datetime import UTC, datetime

    frame.set_up(migrate=False)
    from huikuan.books.customers.models import Customer
    from huikuan.books.ledger import actions
    from huikuan.books.ledger.types import EntryDraft, LineDraft
    from huikuan.kit.money import Money
    from huikuan.office.files.actions import keep
    from huikuan.office.trail.act import Act

    payers = list(Customer.objects.filter(company_id=company).order_by("pk").values_list("pk", flat=True))
    turn = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        turn += 1
        act = Act(by="system", company=company, at=datetime(2026, 3, 2, 2, tzinfo=UTC), door="drill")
        drafts = []
        for n in range(5):
            gross, document = 10_000 + turn * 7 + n, f"D{number}-{turn}-{n}"
            drafts.append(
                EntryDraft(
                    "RV", DAY, "演练",
                    (LineDraft("1122", Money(gross, "CNY"), party=payers[(turn + n) % len(payers)], due=DAY, kind="invoice",
                               document=document),
                     LineDraft("6001", Money(-gross, "CNY"))),
                )
            )  # fmt: skip
        for entry in actions.post(act, drafts):
            print(f"{time.time():.6f} entry {entry.entry_id}", flush=True)
        if turn % 5 == 0:
            act = Act(by="system", company=company, at=datetime(2026, 3, 2, 2, tzinfo=UTC), door="drill")
            kept = keep(act, f"{number}-{turn}.txt", f"evidence {number} {turn}".encode() * 50, "evidence")
            print(f"{time.time():.6f} file {kept.pk}", flush=True)


def _acks(folder: Path, before: float) -> dict[str, set[int]]:
    out: dict[str, set[int]] = {"entry": set(), "file": set()}
    for file in folder.glob("acks-*"):
        for line in file.read_text().splitlines():
            at, kind, pk = line.split()
            if float(at) < before:
                out[kind].add(int(pk))
    return out


def _huikuan(*args: str, env: dict[str, str] | None = None) -> tuple[int, Any, str]:
    """(exit code, what it told as JSON, what it said). A command that does not end is told like one that fails: the drill
    ends with its line all the same."""
    try:
        done = subprocess.run(
            [*HUIKUAN, *args], env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return 124, None, f"huikuan {args[0]} did not end within {PATIENCE} s"
    try:
        return done.returncode, json.loads(done.stdout), done.stderr
    except ValueError:
        return done.returncode, None, done.stderr + done.stdout


def _under_load(home: Path, given: Any, wrong: list[str]) -> dict[str, Any]:
    from django.db import connection, connections

    company, _payers = _firm()
    connections.close_all()
    children, outs = [], []
    for n in range(given.posters):
        out = (home / f"acks-{n}").open("w")
        outs.append(out)
        command = [sys.executable, "-m", "harness.drill", "--poster", f"{company}:{n}"]
        children.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, cwd=ROOT))
    end = time.monotonic() + 120
    while min((home / f"acks-{n}").stat().st_size for n in range(given.posters)) < 200:
        if time.monotonic() > end or any(c.poll() is not None for c in children):
            wrong.append("the children do not post")
            break
        time.sleep(0.1)
    time.sleep(given.seconds / 3)
    digest = _digest(company)
    backups = {}
    for name in ("folder", "file.tar"):
        began = time.time()
        code, told, said = _huikuan("backup", str(home / name), "--json")
        ended = time.time()
        if code:
            wrong.append(f"backup {name}: {said[:300]}")
        backups[name] = (began, ended, told)
    time.sleep(given.seconds / 3)
    for child in children:
        child.stdin.close()  # type: ignore[union-attr]
    for child in children:
        if child.wait(60):
            wrong.append(f"a child ended with {child.returncode}")
    for out in outs:
        out.close()

    from huikuan.office.trail.actions import seal_all
    from huikuan.office.trail.models import Record

    seal_all()
    live = dict(Record.objects.filter(number__isnull=False).values_list("number", "hash"))
    everything = _acks(home, float("inf"))
    figures: dict[str, Any] = {
        "posters": given.posters,
        "acknowledged": len(everything["entry"]),
        "files": len(everything["file"]),
    }
    for name, (began, ended, told) in backups.items():
        if not told:
            continue
        before, during = _acks(home, began)["entry"], _acks(home, ended)["entry"] - _acks(home, began)["entry"]
        seconds, there, head = _put_back(home, home / name, given, wrong)
        lost = [pk for pk in before if pk not in there["ledger_entry"]]
        lost_files = [pk for pk in _acks(home, began)["file"] if pk not in there["files_file"]]
        if lost or lost_files:
            wrong.append(f"{name}: {len(lost)} entries, {len(lost_files)} files from before the backup are not in it")
        number, hashed = told["chain"]["number"], told["chain"]["hash"]
        if live.get(number) != hashed:
            wrong.append(f"{name}: its head {number} is no link of the live chain")
        if head.get(number) != hashed or any(live.get(n) != h for n, h in head.items() if n <= number):
            wrong.append(f"{name}: the restored chain is not the live chain's beginning")
        if digest and head.get(digest[0]) != digest[1]:
            wrong.append(f"{name}: the digest kept outside ({digest[0]}) is not in the restored chain")
        figures[name.replace(".", "_")] = {
            "backup_s": round(ended - began, 1), "restore_and_verify_s": seconds, "before": len(before),
            "committed_meanwhile": len(during), "restored": len(there["ledger_entry"]), "chain": number,
            "megabytes": round(sum(p["bytes"] for p in told["parts"]) / 1e6, 1),
        }  # fmt: skip
    figures |= _flips(home, given, wrong)
    if problems := frame.violations_of_verify(company):
        wrong.append(f"live: {problems}")
    connection.close()
    return figures


def _digest(company: int) -> tuple[int, str] | None:
    """The head of the chain as it is kept outside the database; None where nobody keeps it."""
    from datetime import UTC, datetime

    from django.db import connections

    try:
        from huikuan.office.trail import outside  # type: ignore[attr-defined]
        from huikuan.office.trail.actions import seal_all
    except ImportError:
        return None
    seal_all()
    told = outside.write(datetime.now(UTC))[1]
    connections.close_all()
    return int(told["number"]), str(told["hash"])


def _elsewhere(home: Path, name: str) -> dict[str, str]:
    """An empty home, and on PostgreSQL an empty database beside ours: the environment of another server."""
    # Digests too: whoever runs the drill may keep those of the live database somewhere of their own.
    env = {"HUIKUAN_HOME": str(home / name), "HUIKUAN_DIGEST_DIR": str(home / name / "digests")}
    if not os.environ.get("HUIKUAN_DATABASE_URL"):
        return env
    import psycopg

    url = os.environ["HUIKUAN_DATABASE_URL"]
    fresh = name.replace("-", "_").replace(".", "_")
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f'CREATE DATABASE "{fresh}"')
    return {**env, "HUIKUAN_DATABASE_URL": beside(url, fresh)}


def beside(url: str, name: str) -> str:
    """The address of another database on the same server. The server's own may be a folder with slashes (?host=/tmp/…)."""
    from urllib.parse import urlsplit

    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _look(env: dict[str, str], sql: str) -> list[Any]:
    if url := env.get("HUIKUAN_DATABASE_URL"):
        import psycopg

        with psycopg.connect(url) as db:
            return db.execute(sql).fetchall()  # type: ignore[call-overload,no-any-return]
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(Path(env["HUIKUAN_HOME"]) / "huikuan.sqlite3")) as db:
        return db.execute(sql).fetchall()


def _put_back(
    home: Path, backup: Path, given: Any, wrong: list[str]
) -> tuple[float, dict[str, set[int]], dict[int, str]]:
    env = _elsewhere(home, f"elsewhere-{backup.name}")
    extra = ["--into", env["HUIKUAN_HOME"]]
    began = time.monotonic()
    code, told, said = _huikuan("restore", str(backup), *extra, "--json", env=env)
    seconds = round(time.monotonic() - began, 1)
    if code or not told or not told["ok"]:
        wrong.append(f"restore of {backup.name}: {code} {said[:300]} {str(told)[:300]}")
        return seconds, {"ledger_entry": set(), "files_file": set()}, {}
    there = {t: {pk for (pk,) in _look(env, f"SELECT id FROM {t}")} for t in ("ledger_entry", "files_file")}
    head = dict(_look(env, "SELECT number, hash FROM trail_record WHERE number IS NOT NULL"))
    for _pk, sha in _look(env, "SELECT id, sha256 FROM files_file"):
        if not (Path(env["HUIKUAN_HOME"]) / "files" / sha[:2] / sha[2:]).exists():
            wrong.append(f"restore of {backup.name}: a kept file lacks its bytes")
    # A second time, onto what is there now: refused, and nothing is touched.
    code, _told, _said = _huikuan("restore", str(backup), *extra, env=env)
    if code != 3:
        wrong.append(f"a restore onto a full home ended with {code}")
    return seconds, there, head


# ---- flipped bytes ---------------------------------------------------------------------------------------------------


def _flip(file: Path, place: int) -> None:
    with file.open("r+b") as handle:
        handle.seek(place)
        byte = handle.read(1)
        handle.seek(place)
        handle.write(bytes([byte[0] ^ 0x20]))


def _flips(home: Path, given: Any, wrong: list[str]) -> dict[str, Any]:
    """Flip one byte, ask, flip it back."""
    from huikuan.site import backup

    rng = random.Random(given.seed)
    folder, file = home / "folder", home / "file.tar"
    if not folder.is_dir() or not file.exists():
        return {}
    if (trouble := backup.look(folder)[1]) or _look_file(file):
        wrong.append(f"a whole backup is called damaged: {trouble}")
    parts = sorted(p for p in folder.rglob("*") if p.is_file() and p.stat().st_size)
    big = [p for p in parts if p.name.startswith("database")]
    first = parts[: given.flips // 2]
    chosen = first + [rng.choice(parts + big * 5) for _n in range(given.flips - len(first))]
    found = 0
    for part in chosen:
        place = rng.randrange(part.stat().st_size)
        _flip(part, place)
        said = backup.look(folder)[1]
        _flip(part, place)
        if any(str(part.relative_to(folder)) in line for line in said):
            found += 1
        else:
            wrong.append(f"byte {place} of {part.name} was flipped and not found: {said[:2]}")
    in_file = max(5, given.flips // 10)
    for _n in range(in_file):
        place = rng.randrange(file.stat().st_size)
        _flip(file, place)
        said = _look_file(file)
        _flip(file, place)
        if said:
            found += 1
        else:
            wrong.append(f"byte {place} of {file.name} was flipped and not found")
    # And through the door: a damaged backup is not restored, and leaves nothing.
    place = rng.randrange(big[0].stat().st_size)
    _flip(big[0], place)
    env = _elsewhere(home, "elsewhere-damaged")
    code, told, _said = _huikuan("restore", str(folder), "--check", "--json")
    if code != 1 or not any(big[0].name in line for line in (told or {}).get("wrong", [])):
        wrong.append(f"restore --check of a damaged backup: {code} {told}")
    code, _told, said = _huikuan("restore", str(folder), "--into", env["HUIKUAN_HOME"], env=env)
    if code != 3 or big[0].name not in said or (Path(env["HUIKUAN_HOME"]) / "huikuan.sqlite3").exists():
        wrong.append(f"a damaged backup was restored: {code} {said[:200]}")
    _flip(big[0], place)
    return {"bytes_flipped": len(chosen) + in_file, "found": found}


def _look_file(file: Path) -> list[str]:
    from huikuan.site import backup

    with backup.opened(file) as (folder, wrong):
        return wrong + backup.look(folder)[1]


# ---- upgrades --------------------------------------------------------------------------------------------------------


def _upgrades(home: Path, given: Any, wrong: list[str]) -> dict[str, Any]:
    """In a child, whose Django stands on another database: lay the old data, then be killed and start again."""
    env = {**os.environ, **_elsewhere(home, "upgraded"), "HUIKUAN_TODAY": "2026-09-25"}
    fresh = {**os.environ, **_elsewhere(home, "fresh")}
    done = subprocess.run(
        [sys.executable, "-m", "harness.upgrades", given.kills], env=env, capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode:
        wrong.append(f"upgrades: {done.stderr[-600:]}")
        return {}
    told = json.loads(done.stdout.splitlines()[-1])
    wrong += told.pop("wrong")
    new = subprocess.run(
        [sys.executable, "-m", "harness.upgrades", "fresh"], env=fresh, capture_output=True, text=True, cwd=ROOT
    )
    if new.returncode:
        wrong.append(f"a fresh database: {new.stderr[-600:]}")
        return {}
    mine, theirs = told.pop("schema"), json.loads(new.stdout.splitlines()[-1])["schema"]
    if mine != theirs:
        differ = [x for x in mine if x not in theirs][:3] + [x for x in theirs if x not in mine][:3]
        wrong.append(f"the upgraded database is not like a new one: {differ}")
    return {"upgrade": told}


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
