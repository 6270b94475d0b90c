"""Who was cut off asks again, with the same key, and gets the whole thing done once: one test for each mend."""

from __future__ import annotations

import io
import sys
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from huikuan.books.ledger import queries as ledger
from huikuan.kit.failpoints import armed, at, fails
from huikuan.kit.words import _
from huikuan.office.files.models import File
from huikuan.office.trail.actions import run_chunks
from huikuan.office.trail.models import Record, Run
from huikuan.office.work import actions as work
from huikuan.office.work import bots
from huikuan.office.work.models import WorkOrder
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.cash.actions import imports
from huikuan.receivables.cash.models import BankLine, StatementFile
from huikuan.receivables.cash.tests.desk import NO, Desk
from huikuan.review.takeover import bots as takeover
from huikuan.review.takeover.models import Load
from huikuan.review.takeover.tests.test_rules import HEAD, MAP


class PowerCut(Exception):
    pass


def cut(point: str, nth: int = 1) -> Any:
    return armed(at(point, fails(PowerCut()), nth=nth))


@pytest.fixture
def desk(live_cast: Any, act: Any) -> Desk:
    return Desk(act)


@pytest.mark.parametrize(
    ("point", "nth"), [("cash.import.noted", 1), ("cash.import.kept", 1), ("trail.act.commit.after", 4)]
)
def test_an_import_that_was_cut_off_is_finished_under_its_key(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, point: str, nth: int
) -> None:
    """It landed nothing more and kept no bytes: the first act's reply was taken for the whole."""
    monkeypatch.setattr(imports, "CHUNK", 2)
    content = desk.csv(*((100 + n, "甲", "", "x") for n in range(5)))
    with cut(point, nth), pytest.raises(PowerCut):
        cash.import_file(desk.act("sun.tao", key="k"), NO, content, name="a.csv")
    assert BankLine.objects.count() < 5
    done = cash.import_file(desk.act("sun.tao", key="k"), NO, content, name="a.csv")
    again = cash.import_file(desk.act("sun.tao", key="k"), NO, content, name="a.csv")
    assert (done.landed, done.known) == (again.landed, again.known) == (5, 0), "the same key gets the same reply"
    assert BankLine.objects.count() == 5
    assert StatementFile.objects.get().file == File.objects.get(kind="bank_statement").pk
    desk.verify()


def test_a_matching_that_was_cut_off_goes_on_in_chunks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its chunks were numbered: the second try found fewer lines, used the same numbers, and was refused."""
    monkeypatch.setattr(sys.modules[cash.match.__module__], "CHUNK", 2)
    west = desk.customer("C1", "西湖商贸")
    items = [desk.bill(west, f"9000000{n}", 10000 + n) for n in range(6)]
    desk.bring(*((10000 + n, "西湖商贸", "", f"9000000{n}") for n in range(6)))
    with cut("cash.match.cleared", 2), pytest.raises(PowerCut):
        cash.match(desk.act("robot", key="m"))
    assert sum(desk.left(i) == 0 for i in items) == 2
    assert cash.match(desk.act("robot", key="m")).cleared == 4
    assert all(desk.left(i) == 0 for i in items)
    assert not Record.objects.filter(outcome="refused").exists()
    desk.verify()


def test_a_run_whose_items_are_fewer_now_goes_on_under_its_key(live_cast: Any, act: Any) -> None:
    """How many items there were counted as input, so billing asked for again with its key was refused."""
    did: list[str] = []

    def do(_inner: Any, chunk: list[str]) -> None:
        did.extend(chunk)

    with cut("trail.run.chunk.after", 2), pytest.raises(PowerCut):
        run_chunks(act(key="r"), "test.run", list("abcd"), do, needs=None, size=1)
    run = run_chunks(act(key="r"), "test.run", list("cd"), do, needs=None, size=1)
    assert did == list("abcd")
    assert (Run.objects.get().pk, run.state, run.done) == (run.pk, "done", 4)


def test_a_load_that_was_cut_off_does_not_run_for_ever(live_cast: Any, act: Any) -> None:
    def load() -> takeover.Outcome:
        rows = HEAD + "C1,甲,A1,2026-01-05,2026-02-04,100.00,\n"
        return takeover.receivables(act(), io.BytesIO(rows.encode()), "list.csv", MAP, "t.yaml")

    with cut("ledger.post.lines"), pytest.raises(PowerCut):
        load()
    assert load().landed == 1
    assert list(Load.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "done"]
    assert len(ledger.open_items(live_cast.company.pk, date(2026, 3, 2))) == 1


def test_the_work_of_a_worker_that_is_gone_is_free_after_a_minute(live_cast: Any, act: Any) -> None:
    order = work.open_order(act(), "test.gone", "", _("Do it"))
    company = live_cast.company.pk
    noon = datetime(2026, 3, 2, 4, tzinfo=UTC)
    with bots.borrowed("test.gone", lambda _job: "done", lease=int(bots.rules.LEASE.total_seconds())):
        with cut("work.job.done"), pytest.raises(PowerCut):
            bots.work_once(company_id=company, clock=lambda: noon, timed=False)
        order.refresh_from_db()
        assert order.state == "running"
        for late, done in ((59, 0), (61, 1)):
            watch = noon + timedelta(seconds=late)
            assert bots.work_once(company_id=company, clock=lambda watch=watch: watch, timed=False).done == done
    order.refresh_from_db()
    assert (order.state, order.attempts) == ("done", 2)


def test_long_work_keeps_its_lease(live_cast: Any, act: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A robot that takes longer than its lease: the lease is renewed beside it, and nobody else gets the order."""
    order = work.open_order(act(), "test.long", "", _("Do it"))
    renewed = threading.Event()
    real = work.renew

    def renew(*args: Any) -> None:
        real(*args)
        renewed.set()

    monkeypatch.setattr(work, "renew", renew)

    def long(_job: Any) -> str:
        assert renewed.wait(20), "nobody renewed the lease"
        return "done"

    monkeypatch.setitem(bots._bots, "test.long", bots.Bot("test.long", long, "", 1))
    assert bots.work_once(company_id=live_cast.company.pk, timed=False).done == 1
    assert WorkOrder.objects.get(pk=order.pk).state == "done"
    assert Record.objects.filter(name="work.renew", outcome="done").exists()
