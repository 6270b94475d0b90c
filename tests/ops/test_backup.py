"""A backup says for every byte whether it is as it was; a restore touches nothing that is there. (The drill restores.)"""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from typer.testing import CliRunner, Result

from huikuan.kit.errors import Refused, Trouble
from huikuan.kit.words import Say
from huikuan.office.files.actions import keep
from huikuan.office.trail.models import Record
from huikuan.site import backup, health, versions
from huikuan.site.cli import gather
from huikuan.site.commands import frame


def run(*args: str) -> Result:
    return CliRunner().invoke(gather(), list(args))


@pytest.fixture
def kept(live_cast: Any, act: Any, settings: Any, tmp_path: Path) -> Any:
    settings.HOME = tmp_path / "home"
    settings.FILES_HOME = settings.HOME / "files"
    settings.HOME.mkdir()
    (settings.HOME / "secret.key").write_text("s" * 60)
    return keep(act("chen.jing"), "slip.txt", b"paid on Friday" * 20, "evidence", "orders.order:1")


def flip(file: Path, place: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def test_everything_is_in_it_and_every_flipped_byte_is_named(kept: Any, live_cast: Any, tmp_path: Path) -> None:
    made = backup.take(tmp_path / "b")
    names = {p["name"] for p in made.manifest["parts"]}
    database = backup.DATABASE[connection.vendor]
    assert names == {database, f"files/{kept.sha256[:2]}/{kept.sha256[2:]}", "settings/secret.key"}
    head = Record.objects.order_by("-number").first()
    assert head is not None and made.manifest["chain"] == {"number": head.number, "hash": head.hash}
    assert made.manifest["counts"]["trail_record"] == Record.objects.count()
    assert made.manifest["companies"] == [live_cast.company.code]
    assert backup.look(tmp_path / "b")[1] == []
    rng = random.Random(4)
    for file in [p for p in (tmp_path / "b").rglob("*") if p.is_file()]:
        place = rng.randrange(file.stat().st_size)
        flip(file, place)
        wrong = backup.look(tmp_path / "b")[1]
        flip(file, place)
        name = str(file.relative_to(tmp_path / "b"))
        assert any(line.startswith(name) or name in line for line in wrong), (name, wrong)
    assert (tmp_path / "b").stat().st_mode & 0o077 == 0  # it holds the key


def test_one_file_is_read_by_tar_and_checked_to_its_last_byte(kept: Any, tmp_path: Path) -> None:
    import tarfile

    file = tmp_path / "b.tar"
    backup.take(file)
    with tarfile.open(file) as tar:
        assert backup.MANIFEST in tar.getnames()
    assert run("restore", str(file), "--check").exit_code == 0
    size = file.stat().st_size
    for place in (0, 130, 700, size // 2, size - 700, size - 90, size - 2):  # header, padding, contents, the last line
        flip(file, place)
        assert run("restore", str(file), "--check").exit_code == 1, place
        flip(file, place)
    cut = file.read_bytes()[:-3000]
    file.write_bytes(cut)
    told = run("restore", str(file), "--check", "--json")
    assert told.exit_code == 1 and json.loads(told.stdout)["wrong"]


def test_missing_and_added_parts_are_named(kept: Any, tmp_path: Path) -> None:
    backup.take(tmp_path / "b")
    (tmp_path / "b" / "settings" / "secret.key").unlink()
    (tmp_path / "b" / "more.txt").write_text("x")
    wrong = backup.look(tmp_path / "b")[1]
    assert wrong == ["settings/secret.key: is missing", "more.txt: is not in the manifest"]
    (tmp_path / "empty").mkdir()
    assert "no backup" in backup.look(tmp_path / "empty")[1][0]


def test_a_kept_file_that_is_damaged_already_is_named(kept: Any, tmp_path: Path, settings: Any) -> None:
    flip(settings.FILES_HOME / kept.sha256[:2] / kept.sha256[2:], 5)
    told = run("backup", str(tmp_path / "b"))
    assert told.exit_code == 1 and kept.sha256[2:] in told.stderr
    assert backup.look(tmp_path / "b")[1] == []  # the backup itself is whole


def test_nothing_that_is_there_is_overwritten(kept: Any, tmp_path: Path) -> None:
    backup.take(tmp_path / "b")
    with pytest.raises(Refused):
        backup.take(tmp_path / "b")
    before = Record.objects.count()
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "x").write_text("mine")
    for args in ((), ("--into", str(tmp_path / "there"))):
        told = run("restore", str(tmp_path / "b"), *args)
        assert told.exit_code == 3, told.output
    assert (tmp_path / "there" / "x").read_text() == "mine" and Record.objects.count() == before


def test_a_damaged_or_newer_backup_is_not_restored(kept: Any, tmp_path: Path) -> None:
    backup.take(tmp_path / "b")
    flip(tmp_path / "b" / backup.DATABASE[connection.vendor], 300)
    told = run("restore", str(tmp_path / "b"), "--into", str(tmp_path / "new"))
    assert told.exit_code == 3 and backup.DATABASE[connection.vendor] in told.stderr and not (tmp_path / "new").exists()
    flip(tmp_path / "b" / backup.DATABASE[connection.vendor], 300)
    manifest = json.loads((tmp_path / "b" / backup.MANIFEST).read_text())
    manifest["migrations"].append(["ledger", "9999_from_tomorrow"])
    (tmp_path / "b" / backup.MANIFEST).write_text(json.dumps(manifest))
    (tmp_path / "b" / backup.SEAL).write_text(backup.digest_of(tmp_path / "b" / backup.MANIFEST) + "\n")
    told = run("restore", str(tmp_path / "b"), "--into", str(tmp_path / "new"))
    assert told.exit_code == 3 and "9999_from_tomorrow" in told.stderr and not (tmp_path / "new").exists()


def test_no_restore_beside_a_running_server(kept: Any, tmp_path: Path) -> None:
    backup.take(tmp_path / "b")
    with health.using(tmp_path / "busy"), pytest.raises(Refused, match="running"), backup.alone(tmp_path / "busy"):
        pass
    with backup.alone(tmp_path / "busy"), health.using(tmp_path / "busy") as got:
        assert not got


def test_a_torn_archive_cannot_write_outside(tmp_path: Path) -> None:
    import io
    import tarfile

    file = tmp_path / "evil.tar"
    with tarfile.open(file, "w") as tar:
        for name in ("../outside.txt", "/tmp/ops-outside.txt"):
            info = tarfile.TarInfo(name)
            info.size = 1
            tar.addfile(info, io.BytesIO(b"x"))
        link = tarfile.TarInfo("manifest.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with backup.opened(file) as (_folder, wrong):
        assert sum("does not belong" in line for line in wrong) == 3
    assert not (tmp_path / "outside.txt").exists()


@pytest.mark.django_db
def test_an_old_sqlite_copy_opens_by_itself(kept: Any, tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the copy of PostgreSQL is a dump")
    backup.take(tmp_path / "b")
    with closing(sqlite3.connect(tmp_path / "b" / "database.sqlite3")) as copy:
        assert copy.execute("SELECT COUNT(*) FROM trail_record").fetchone()[0] == Record.objects.count()
    assert [p.name for p in (tmp_path / "b").glob("*-wal")] == []


def test_ages() -> None:
    have = {("a", "0001"), ("a", "0002")}
    assert versions.age(set(), have) == ("empty", [])
    assert versions.age(have, have) == ("same", [])
    assert versions.age({("a", "0001")}, have) == ("older", [("a", "0002")])
    assert versions.age(have | {("b", "0001")}, have) == ("newer", [("b", "0001")])
    assert versions.age({("a", "0001"), ("b", "0001")}, have)[0] == "newer"  # both: a newer program made it


@pytest.mark.parametrize("age", ["older", "newer"])
def test_a_database_of_another_age_is_refused_in_one_sentence(live_cast: Any, monkeypatch: Any, age: str) -> None:
    monkeypatch.setattr(versions, "state", lambda: (age, [("ledger", "0009_tomorrow")]))
    told = run("verify")
    assert told.exit_code == 3 and "0009_tomorrow" in told.stderr and len(told.stderr.strip().splitlines()) == 1
    with pytest.raises(Trouble) as e:
        frame.ready()
    assert isinstance(e.value.say, Say)


def test_the_tools_of_postgresql_must_be_of_its_age(monkeypatch: Any) -> None:
    with pytest.raises(Trouble, match="postgresql-client-99"):
        backup._tool("pg_dump", 99)


def test_upgrade_of_what_is_up_to_date_backs_up_and_verifies(kept: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(frame, "migrate", lambda: None)
    told = run("upgrade", "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert found["ok"] and found["migrations"] == [] and Path(found["backup"]).is_dir()
    assert str(settings.HOME) in found["backup"]
