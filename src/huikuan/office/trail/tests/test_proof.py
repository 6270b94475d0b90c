"""The nightly proof, the digest outside and its mail; each tampering that the chain alone cannot see."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from huikuan.connectors.mail.sandbox import serving
from huikuan.office.company.actions import set_day
from huikuan.office.trail import actions, checks, guards, outside
from huikuan.office.trail.act import row_digest
from huikuan.office.trail.models import Record, Verification
from huikuan.office.trail.witness import Tally, compare, text_of, walk
from huikuan.office.work.bots import work_once
from huikuan.office.work.models import WorkOrder

Acts = Callable[..., Any]


def lived(act: Acts, n: int = 6) -> None:
    for day in range(2, 2 + n):
        set_day(act("admin"), date(2026, 3, day), False, "Stocktaking")


def rewritten(start: int) -> Record:
    """The chain made anew from an act on, so that it is whole in itself."""
    tail = list(Record.objects.filter(number__gte=start).order_by("number"))
    prev = Record.objects.filter(number=start - 1).values_list("hash", flat=True).first() or actions.GENESIS
    tail[0].by = "someone.else"
    tail[0].digest = row_digest(tail[0])
    Record.objects.filter(pk__in=[r.pk for r in tail]).update(number=None, prev=None, hash=None)
    for n, r in enumerate(tail, start):
        r.number, r.prev, r.hash = n, prev, actions.link(prev, r.digest)
        prev = r.hash
    Record.objects.bulk_update(tail, ["number", "prev", "hash", "digest", "by"])
    return tail[0]


def test_a_chain_written_anew_is_seen_by_the_digest_outside(cast: Any, act: Acts) -> None:
    lived(act)
    actions.digest(act("admin"))
    lived(act, 3)
    file, told = actions.digest(act("admin", on=date(2026, 3, 3)))
    assert (
        len(told["marks"]) == 8 * (told["number"] - told["since"]) and told["counts"]["trail_record"] >= told["number"]
    )
    assert actions.prove(cast.company.pk).ok
    guards.drop()
    changed = rewritten(told["number"] - 2)
    guards.make()
    assert checks.chain(cast.company.pk).wrong == 0, "whole in itself"
    found = checks.outside_digests(cast.company.pk)
    assert [(b.ref, b.field) for b in found.broken] == [(f"trail.record:{changed.pk}", "hash")] and file.name in str(
        found.broken[0]
    )


def test_acts_cut_off_at_the_end_are_missed(cast: Any, act: Acts) -> None:
    lived(act)
    _file, told = actions.digest(act("admin"))
    guards.drop()
    last = Record.objects.filter(number__gte=told["number"] - 1)
    from huikuan.office.trail.models import Mention

    Mention.objects.filter(record__in=last).delete()
    Record.objects.filter(number=None).delete()
    last.delete()
    guards.make()
    [broken] = checks.outside_digests(cast.company.pk).broken
    assert "saw 2 more after it" in str(broken)


def test_digests_are_never_written_again_and_hold_each_other(cast: Any, act: Acts) -> None:
    lived(act)
    first, told = actions.digest(act("admin"))
    again, same = outside.write(act("admin").at)
    assert (again, same["number"]) != (first, 0) or same == told
    lived(act, 2)
    actions.digest(act("admin", on=date(2026, 3, 4)))
    assert checks.outside_digests(cast.company.pk).wrong == 0
    first.chmod(0o644)
    first.write_text(json.dumps({**told, "number": told["number"] - 1}))
    assert checks.outside_digests(cast.company.pk).wrong >= 1
    first.write_text("{")
    assert "cannot be read" in " ".join(str(b) for b in checks.outside_digests(cast.company.pk).broken)


def test_each_night_the_books_are_proved_and_the_head_goes_out_by_mail(
    live_cast: Any, act: Acts, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(act)
    with serving() as server:
        monkeypatch.setenv("HUIKUAN_SMTP_URL", server.url)
        monkeypatch.setenv("HUIKUAN_DIGEST_TO", "audit@example.com, cfo@example.com")
        night = datetime(2026, 3, 2, 19, tzinfo=UTC)  # 03:00 in Shanghai
        assert work_once(clock=lambda: night).failed == 0
        [letter] = server.letters
        assert letter["To"] == "audit@example.com, cfo@example.com"
        [part] = letter.iter_attachments()
        told = json.loads(part.get_content())
        assert outside.files()[0].read_bytes() == part.get_content() and len(told["hash"]) == 64
        assert work_once(clock=lambda: night).done == 0 and len(server.letters) == 1, "once a night"
    run = Verification.objects.get()
    assert run.ok and run.by == "robot"
    sent = Record.objects.get(name="trail.mailed")
    assert (
        sent.facts["to"] == ["audit@example.com", "cfo@example.com"] and sent.facts["file"] == outside.files()[0].name
    )


def test_without_a_mail_server_the_digest_stays_in_its_file(
    live_cast: Any, act: Acts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUIKUAN_SMTP_URL", raising=False)
    actions.digest(act("admin"))
    assert work_once(clock=lambda: datetime(2026, 3, 2, 2, tzinfo=UTC), timed=False).failed == 0
    assert "No mail is set up" in WorkOrder.objects.get(kind="trail.mail_digest").outcome["say"]


def test_a_broken_run_becomes_work_of_a_person_with_the_rows_named(cast: Any, act: Acts, sit: Any) -> None:
    lived(act)
    guards.drop()
    row = Record.objects.filter(name="company.set_day").first()
    assert row is not None
    Record.objects.filter(pk=row.pk).update(subject="company.company:99")
    guards.make()
    proof = actions.verify(act("robot"))
    assert not proof.ok
    order = WorkOrder.objects.get(kind="trail.broken")
    assert (
        order.role == "CLO" and f"act {row.pk}" in str(order.says) and order.subject.startswith("trail.verification:")
    )
    run = Verification.objects.get()
    for login in ("zhou.hui", "wu.gang", "admin"):
        assert f"act {row.pk}" in sit(login).get("/trail/today").content.decode()
    page = sit("wu.gang").get(f"/trail/verify/{run.pk}").content.decode()
    assert (f"act {row.pk}" in page and "/trail/record/" in page) or f"act {row.pk}" in page
    assert sit("wu.gang").get("/trail/verify/999999").status_code == 404


def test_rows_are_told_the_same_from_memory_and_from_the_database() -> None:
    at = datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert (
        text_of((1, None, "回款", date(2026, 3, 2), at, True))
        == b'[1,null,"\\u56de\\u6b3e","2026-03-02","2026-03-02T10:00:00+00:00",true]'
    )
    with pytest.raises(TypeError):
        text_of((1.5j,))


def rows(*values: int) -> list[tuple[int, str, tuple[int, ...]]]:
    return [(7, f"row {v}", (v,)) for v in values]


def told(*values: int) -> str:
    tally = Tally()
    tally.add([(v,) for v in values])
    return tally.told()


@pytest.mark.parametrize(
    ("there", "wrong"),
    [
        ((1, 2, 3), []),
        ((1, 9, 3), [("row", "row 9", 1)]),
        ((1, 3), [("gap", "row 1", 1)]),
        ((2, 3), [("gap", "", 1)]),
        ((1, 2, 3, 4), [("extra", "row 4", 1)]),
        ((3, 2, 1), [("row", "row 3", 1), ("row", "row 1", 1)]),
        ((), [("gap", "", 3)]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_acts_rows_is_named(there: tuple[int, ...], wrong: list[tuple[str, str, int]]) -> None:
    found = list(walk([(5, told()), (7, told(1, 2, 3))], rows(*there)))
    assert [(w.what, w.name, w.n) for w in found if w.act == 7] == wrong


def test_rows_of_an_act_that_says_nothing_are_of_no_act() -> None:
    assert [(w.what, w.name) for w in walk([(9, told(1))], [*rows(5), (9, "row 1", (1,))])] == [("extra", "row 5")]
    assert list(compare(1, "rubbish", Tally(), ())) != []


def test_storage_is_asked(cast: Any) -> None:
    found = checks.storage(cast.company.pk)
    assert found.wrong == 0 and found.checked >= 4
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA recursive_triggers=OFF")
            assert [str(b) for b in checks.storage(cast.company.pk).broken] == ["recursive_triggers: says 0."]
            cursor.execute("PRAGMA recursive_triggers=ON")
        else:
            cursor.execute("SET LOCAL synchronous_commit = off")
            assert "synchronous_commit: says off." in [str(b) for b in checks.storage(cast.company.pk).broken]


def test_a_tail_that_takes_the_place_of_the_next_act_is_an_answer(cast: Any, act: Acts) -> None:
    """An old act numbered as the newest: the next one to be sealed finds its place taken, and verify says so."""
    lived(act)
    actions.seal_all()
    first = Record.objects.exclude(number=None).order_by("number")[2]
    guards.drop()
    Record.objects.filter(pk=first.pk).update(number=first.number + 10_000)
    guards.make()
    lived(act, 2)
    found = actions.prove(cast.company.pk)
    assert not found.ok
    assert any("cannot be sealed" in str(b.why) for c in found.checks for b in c.broken)
