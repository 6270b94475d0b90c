"""Files: kept once, read back whole, swept when nobody names them, seen when they rot."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from huikuan.kit.errors import Denied, Invalid, Missing, Refused
from huikuan.kit.words import _
from huikuan.office.files import actions, checks, queries, store
from huikuan.office.files.models import File
from huikuan.office.trail.act import Act, action
from huikuan.office.trail.models import Record

pytestmark = pytest.mark.django_db(transaction=True)
Acts = Callable[..., Act]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.FILES_HOME = tmp_path / "files"
    return tmp_path / "files"


def test_kept_once_and_read_back(cast: Any, act: Acts) -> None:
    content = "%PDF-1.7 回单".encode()
    first = actions.keep(act("sun.tao"), "../回单 3月.pdf", content, "evidence", "orders.order:1")
    again = actions.keep(act("chen.jing"), "copy.pdf", content, "evidence", "orders.order:1")
    other = actions.keep(act("chen.jing"), "copy.pdf", content, "evidence", "orders.order:2")
    company = cast.company.pk
    assert first.pk == again.pk != other.pk
    assert (first.name, first.media, first.size) == ("回单 3月.pdf", "application/pdf", len(content))
    assert queries.read(company, first.pk) == content
    assert [f.id for f in queries.of_subject(company, "orders.order:1")] == [first.pk]
    assert queries.by_digest(company, first.sha256) == queries.by_id(company, first.pk)
    assert len(list(store.all_digests())) == 1
    assert Record.objects.filter(name="files.keep").first().facts["sha256"] == first.sha256  # type: ignore[union-attr]
    with pytest.raises(Missing):
        queries.read(company + 1, first.pk)


def test_who_and_what_is_not_kept(act: Acts) -> None:
    with pytest.raises(Denied):
        actions.keep(act("wu.gang"), "a.txt", b"x", "evidence")
    with pytest.raises(Invalid):
        actions.keep(act("sun.tao"), "a.txt", b"", "evidence")


def test_a_dry_run_writes_no_bytes(act: Acts) -> None:
    actions.keep(act("sun.tao", dry=True), "a.txt", b"x", "evidence")
    assert (File.objects.count(), list(store.all_digests())) == (0, [])


@action("test.keeps", needs=None)
def keeps_and_refuses(act: Act) -> None:
    actions.keep(act, "slip.txt", b"slip", "evidence")
    raise Refused(_("No."))


def test_bytes_of_a_refused_act_are_swept_a_day_later(cast: Any, act: Acts) -> None:
    kept = actions.keep(act("sun.tao"), "a.txt", b"kept", "evidence")
    with pytest.raises(Refused):
        keeps_and_refuses(act("sun.tao"))
    assert len(list(store.all_digests())) == 2
    assert actions.sweep() == 0  # too young: its act may still be about to commit
    assert actions.sweep(time.time() + 90_000) == 1
    assert list(store.all_digests()) == [kept.sha256]
    assert queries.read(cast.company.pk, kept.pk) == b"kept"


def test_an_orphan_that_is_wanted_again_is_young_again(home: Path) -> None:
    sha256 = store.write(b"slip")
    os.utime(store.path_of(sha256), (1, 1))
    store.write(b"slip")
    assert actions.sweep() == 0


def test_half_written_files_are_swept(home: Path) -> None:
    sha256 = store.write(b"slip")
    torn = store.path_of(sha256).parent / ".new-abc"
    torn.write_bytes(b"sl")
    os.utime(torn, (1, 1))
    assert actions.sweep() == 1
    assert list(store.all_digests()) == [sha256]


def test_verify_sees_lost_and_changed_bytes(cast: Any, act: Acts) -> None:
    company = cast.company.pk
    kept = [actions.keep(act("sun.tao"), f"{n}.txt", f"file {n}".encode(), "evidence") for n in range(3)]
    assert (checks.bytes_stand(company).checked, checks.bytes_stand(company).wrong) == (3, 0)
    store.path_of(kept[0].sha256).write_bytes(b"file X")
    store.path_of(kept[1].sha256).unlink()
    assert checks.bytes_stand(company).wrong == 2
    assert checks.bytes_stand(company, read_at_most=0).wrong == 1  # only presence and size
    for lost in kept[:2]:
        with pytest.raises(Refused, match="lost or were changed"):
            queries.read(company, lost.pk)


def test_a_kept_file_never_changes(act: Acts) -> None:
    kept = actions.keep(act("sun.tao"), "a.txt", b"x", "evidence")
    with pytest.raises(IntegrityError, match="I03"), transaction.atomic():
        File.objects.filter(pk=kept.pk).update(name="b.txt")
    with pytest.raises(IntegrityError, match="I03"), transaction.atomic():
        kept.delete()
