"""The write path: permission, key, dry run, nesting, refusals, the chain."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from huikuan.kit.errors import Denied, Refused
from huikuan.kit.words import _
from huikuan.office.company.models import Setting
from huikuan.office.trail import checks, guards
from huikuan.office.trail.act import Act, action
from huikuan.office.trail.actions import run_chunks, seal_all
from huikuan.office.trail.models import Key, Record, Run, RunItem


@action("test.inner", needs=None)
def inner(act: Act, name: str, fail: bool = False) -> str:
    Setting.objects.create(company_id=act.company, key=name, value=1)
    act.subject("test.thing:1")
    if fail:
        raise Refused(_("No."))
    return name


@action("test.outer", needs="company.settings")
def outer(act: Act, names: list[str], fail: bool = False, swallow: bool = False) -> list[str]:
    out = []
    for name in names:
        if swallow:
            try:
                inner(act, name, fail)
            except Refused:
                pass
        else:
            out.append(inner(act, name, fail))
    return out


@action("test.tries", needs=None)
def tries(act: Act) -> bool:
    inner(act, "kept")
    return act.attempt(inner, "lost", True).ok


def test_a_tree_of_acts_is_written(cast, act):
    assert outer(act("admin"), ["a", "b"]) == ["a", "b"]
    rows = list(Record.objects.filter(name__startswith="test.").order_by("id"))
    assert [r.name for r in rows] == ["test.outer", "test.inner", "test.inner"]
    assert {r.root for r in rows} == {rows[0].pk} and rows[1].cause == rows[0].pk
    assert Setting.objects.filter(key__in=["a", "b"]).count() == 2


def test_who_may_not_is_denied_and_written_down(cast, act):
    with pytest.raises(Denied):
        outer(act("wu.gang"), ["a"])
    row = Record.objects.get(name="test.outer")
    assert row.outcome == "denied" and row.by == "wu.gang"


def test_a_refusal_leaves_one_row_and_nothing_else(cast, act):
    with pytest.raises(Refused):
        outer(act("admin"), ["a"], fail=True)
    assert not Setting.objects.filter(key="a").exists()
    assert [r.outcome for r in Record.objects.filter(name__startswith="test.")] == ["refused"]


def test_a_swallowed_refusal_does_not_commit(cast, act):
    with pytest.raises(RuntimeError, match="swallowed"):
        outer(act("admin"), ["a"], fail=True, swallow=True)
    assert not Setting.objects.filter(key="a").exists()


def test_attempt_undoes_only_what_it_tried(cast, act):
    assert tries(act("admin")) is False
    assert Setting.objects.filter(key="kept").exists() and not Setting.objects.filter(key="lost").exists()


def test_a_dry_run_leaves_nothing(cast, act):
    assert outer(act("admin", dry=True), ["a"]) == ["a"]
    assert not Record.objects.filter(name__startswith="test.").exists()
    assert not Setting.objects.filter(key="a").exists()


def test_the_same_key_gives_the_first_reply(cast, act):
    assert outer(act("admin", key="k"), ["a"]) == ["a"]
    again = act("admin", key="k")
    assert outer(again, ["a"]) == ["a"] and again.replayed
    assert Setting.objects.filter(key="a").count() == 1
    with pytest.raises(Refused, match="other input"):
        outer(act("admin", key="k"), ["b"])


def test_a_refusal_does_not_burn_the_key(cast, act):
    with pytest.raises(Refused):
        outer(act("admin", key="k"), ["a"], fail=True)
    assert not Key.objects.filter(key="k").exists()


def test_a_run_keeps_back_only_the_bad_item_and_goes_on(cast, act):
    def do(a: Act, items: list[str]) -> None:
        for i in items:
            inner(a, i, fail=i == "bad")

    run = run_chunks(act("admin"), "test.run", ["x", "bad", "y"], do, needs=None, size=2)
    assert (run.state, run.done, run.refused) == ("done", 2, 1)
    run_chunks(act("admin"), "test.run", ["x", "bad", "y", "z"], do, needs=None, size=2, resume=run.pk)
    assert set(RunItem.objects.filter(run=run).values_list("item", flat=True)) == {"x", "bad", "y", "z"}
    assert Run.objects.count() == 1


def test_the_chain_finds_an_edit(cast, act):
    outer(act("admin"), ["a", "b"])
    assert checks.chain(cast.company.pk).wrong == 0
    row = Record.objects.filter(name="test.inner").first()
    with pytest.raises(IntegrityError, match="I03"), transaction.atomic():
        Record.objects.filter(pk=row.pk).update(by="someone.else")
    guards.drop()
    Record.objects.filter(pk=row.pk).update(by="someone.else")
    found = checks.chain(cast.company.pk)
    guards.make()
    assert found.wrong == 1 and str(row.pk) in str(found.broken[0])


def test_no_guard_is_missing_and_a_dropped_one_is_noticed(cast):
    assert guards.differences() == []
    with connection.cursor() as cursor:
        on = ' ON "trail_record"' if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER hk_keep_u_trail_record{on}")
    assert guards.differences() == ["hk_keep_u_trail_record is missing"]
    guards.make()


def test_sealing_goes_on_where_it_stopped(cast, act):
    seal_all()
    inner(act("admin"), "a")
    assert seal_all() == 1
    numbers = list(Record.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_act_needs_a_zone():
    with pytest.raises(ValueError):
        Act(by="x", company=1, at=datetime(2026, 1, 1), door="test")
    Act(by="x", company=1, at=datetime(2026, 1, 1, tzinfo=UTC), door="test")
