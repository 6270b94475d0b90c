"""The queue: opened once, done once, handed to a person when it cannot be done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from huikuan.kit.errors import Denied, Invalid, Missing, Refused, Stale
from huikuan.kit.words import Say, _
from huikuan.office.trail.act import Act, action
from huikuan.office.trail.hands import Hands, Reaction, Schedule, all_hands, hand_down
from huikuan.office.trail.models import Record
from huikuan.office.work import actions, bots, checks, queries, rules
from huikuan.office.work.bots import Job
from huikuan.office.work.models import Tick, WorkOrder

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
Acts = Callable[..., Act]
TITLE = _("Look at order %(number)s", number="SO-1")


class Clock:
    """A clock that is set by hand."""

    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **time: float) -> None:
        self.at += timedelta(**time)


def once(cast: Any, clock: Clock, *, timed: bool = False) -> bots.Tally:
    return bots.work_once(clock=clock, company_id=cast.company.pk, timed=timed)


def test_opened_once_per_key(act: Acts) -> None:
    first = actions.open_order(act("chen.jing"), "look", "orders.order:1", TITLE, role="CRE", key="k1")
    again = actions.open_order(act("wang.lei"), "look", "orders.order:1", TITLE, role="CRE", key="k1")
    other = actions.open_order(act("wang.lei"), "look", "orders.order:1", TITLE, role="CRE")
    assert first.pk == again.pk != other.pk
    assert (first.state, str(first.says), str(first.business_date)) == ("person", "Look at order SO-1", "2026-03-02")


def test_whose_work_it_is(cast: Any, act: Acts) -> None:
    actions.open_order(act("admin"), "look", "", TITLE, role="CRE")
    actions.open_order(act("admin"), "look", "", TITLE, person="wang.lei")
    company = cast.company.pk
    assert queries.live_count(company, "chen.jing") == 1
    assert queries.live_count(company, "wang.lei") == 1
    assert queries.live_count(company, "zhou.hui") == 0


def test_take_hand_over_finish(cast: Any, act: Acts) -> None:
    order = actions.open_order(act("admin"), "look", "", TITLE, role="CRE")
    actions.take(act("chen.jing"), order.pk, order.version)
    with pytest.raises(Refused, match=r"is with chen\.jing"):
        actions.take(act("zhao.yan"), order.pk)
    with pytest.raises(Stale):
        actions.take(act("chen.jing"), order.pk, order.version)
    actions.hand_over(act("chen.jing"), order.pk, person="zhao.yan", note="please look")
    done = actions.finish(act("zhao.yan"), order.pk, "looked at it")
    assert (done.state, done.ended_by, done.outcome) == ("done", "zhao.yan", "looked at it")
    assert actions.finish(act("zhao.yan"), order.pk).outcome == "looked at it"
    with pytest.raises(Refused, match="stands at"):
        actions.cancel(act("zhao.yan"), order.pk, "too late")
    assert [c.text for c in queries.comments(cast.company.pk, order.pk)] == ["please look"]


def test_handing_over_to_a_stranger(act: Acts) -> None:
    order = actions.open_order(act("admin"), "look", "", TITLE, role="CRE")
    with pytest.raises(Invalid):
        actions.hand_over(act("chen.jing"), order.pk, person="nobody")
    with pytest.raises(Invalid):
        actions.hand_over(act("chen.jing"), order.pk)


@pytest.mark.parametrize("login", ["wu.gang"])
def test_the_auditor_only_looks(act: Acts, login: str) -> None:
    with pytest.raises(Denied):
        actions.open_order(act(login), "look", "", TITLE, role="CRE")


def test_a_person_does_not_do_the_robots_part(cast: Any, act: Acts) -> None:
    order = actions.open_order(act("chen.jing"), "bot", "", TITLE)
    with pytest.raises(Denied):
        actions.claim(act("chen.jing"), order.pk, "me", 60)


def test_a_robot_does_it_and_says_so(cast: Any, act: Acts) -> None:
    order = actions.open_order(act("chen.jing"), "test.look", "orders.order:7", TITLE, data={"n": 3})
    seen: list[Job] = []

    def look(job: Job) -> Say:
        seen.append(job)
        return _("Looked %(n)s times.", n=job.data["n"])

    with bots.borrowed("test.look", look):
        tally = once(cast, Clock())
    order.refresh_from_db()
    assert (tally.done, order.state, str(order.ended_with), order.ended_by) == (1, "done", "Looked 3 times.", "robot")
    assert (seen[0].subject, seen[0].by, str(seen[0].today)) == ("orders.order:7", "robot", "2026-03-02")


def test_three_tries_then_a_person_of_the_robots_role(cast: Any, act: Acts) -> None:
    order = actions.open_order(act("chen.jing"), "test.fails", "", TITLE)
    clock, tries = Clock(), 0

    def fails(job: Job) -> str:
        nonlocal tries
        tries += 1
        raise Refused(_("The bank does not answer."))

    with bots.borrowed("test.fails", fails, role="CSH"):
        once(cast, clock)
        once(cast, clock)  # too early: the pause is not over
        assert tries == 1
        clock.pass_(minutes=2)
        once(cast, clock)
        clock.pass_(minutes=7)
        once(cast, clock)
        clock.pass_(days=2)
        once(cast, clock)
    order.refresh_from_db()
    assert (tries, order.state, order.role, order.attempts) == (3, "person", "CSH", 3)
    assert str(order.last_trouble) == "The robot tried 3 times and stopped. Last: The bank does not answer."
    assert queries.live_count(cast.company.pk, "sun.tao") == 1
    again = actions.retry(act("sun.tao"), order.pk)
    assert (again.state, again.attempts, again.role) == ("waiting", 0, "")
    with bots.borrowed("test.fails", lambda job: "went well"):
        clock.pass_(minutes=1)
        assert once(cast, clock).done == 1


def test_a_step_that_was_done_is_not_done_again_with_other_facts(cast: Any, act: Acts) -> None:
    """The first try commits its step and then fails; the second finds a changed world and must not act on it."""
    order = actions.open_order(act("chen.jing"), "test.steps", "", TITLE)
    clock, tries = Clock(), []

    def steps(job: Job) -> str:
        tries.append(release(job.act("first"), 100 + len(tries)))
        if len(tries) == 1:
            raise Refused(_("The second step has to wait."))
        return str(release(job.act("second"), 7))

    with bots.borrowed("test.steps", steps):
        once(cast, clock)
        clock.pass_(minutes=2)
        once(cast, clock)
    order.refresh_from_db()
    assert (order.state, tries) == ("done", [100, 100])
    assert Record.objects.filter(name="test.release").count() == 2


def test_wrong_input_is_not_tried_again_and_a_bug_names_itself(cast: Any, act: Acts) -> None:
    wrong = actions.open_order(act("chen.jing"), "test.wrong", "", TITLE)
    bug = actions.open_order(act("chen.jing"), "test.bug", "", TITLE)
    nobody = actions.open_order(act("chen.jing"), "test.nobody", "", TITLE)

    def no(job: Job) -> str:
        raise Missing(_("No such customer."))

    def bad(job: Job) -> str:
        raise ZeroDivisionError("100 % wrong")

    with bots.borrowed("test.wrong", no), bots.borrowed("test.bug", bad):
        assert once(cast, Clock()).failed == 3
    for one in (wrong, bug, nobody):
        one.refresh_from_db()
    assert (wrong.state, wrong.role) == ("person", "ADM")
    assert bug.state == "waiting" and "ZeroDivisionError" in str(bug.last_trouble)
    assert (nobody.state, str(nobody.last_trouble)) == ("person", "No robot knows the work “test.nobody”.")


def test_two_workers_one_job(cast: Any, act: Acts) -> None:
    order = actions.open_order(act("chen.jing"), "test.one", "", TITLE)
    assert actions.claim(act("robot"), order.pk, "w1", 60) is not None
    assert actions.claim(act("robot"), order.pk, "w2", 60) is None
    with pytest.raises(Refused, match="no longer held by w2"):
        actions.ran(act("robot"), order.pk, "w2", 1, "done")
    with pytest.raises(Refused, match="just now"):
        actions.take(act("chen.jing"), order.pk)
    assert actions.ran(act("robot"), order.pk, "w1", 1, "done").state == "done"


def test_a_silent_worker_loses_its_lease_and_its_word(cast: Any, act: Acts) -> None:
    order = actions.open_order(act("chen.jing"), "test.slow", "", TITLE)
    clock, company = Clock(), cast.company.pk

    def robot() -> Act:
        return Act(by="robot", company=company, at=clock(), door="bot")

    actions.claim(robot(), order.pk, "w1", 60)
    clock.pass_(seconds=59)
    assert actions.claim(robot(), order.pk, "w2", 60) is None
    actions.renew(robot(), order.pk, "w1", 1, 60)
    clock.pass_(seconds=61)
    assert actions.claim(robot(), order.pk, "w2", 60) is not None
    for late in (
        lambda: actions.ran(robot(), order.pk, "w1", 1, "x"),
        lambda: actions.renew(robot(), order.pk, "w1", 1, 60),
    ):
        with pytest.raises(Refused, match="no longer held by w1"):
            late()
    clock.pass_(seconds=61)
    assert actions.claim(robot(), order.pk, "w3", 60) is not None
    clock.pass_(seconds=61)
    assert actions.claim(robot(), order.pk, "w4", 60) is None  # it has killed three workers
    order.refresh_from_db()
    assert (order.state, order.attempts) == ("person", 3)
    assert "stopped in the middle" in str(order.last_trouble)


@pytest.fixture
def hands() -> Any:
    """A capability for a test, taken back afterwards."""
    yield lambda h: hand_down("test", h)
    hand_down("test", Hands())


@action("test.release", needs="work.do")
def release(act: Act, number: int, fail: bool = False) -> int:
    act.subject(f"orders.order:{number}")
    act.note(number=number)
    if fail:
        raise Refused(_("No."))
    return number


def test_an_act_sets_work_off_in_its_own_transaction(cast: Any, act: Acts, hands: Any) -> None:
    hands(
        Hands(
            reactions=(
                Reaction("test.release", "test.bill", TITLE),
                Reaction("test.release", "test.tell", TITLE, role="SAL"),
            )
        )
    )
    release(act("chen.jing", key="a"), 42)
    release(act("chen.jing", key="a"), 42)  # the same key: the first reply, and no second work
    with pytest.raises(Refused):
        release(act("chen.jing"), 43, fail=True)
    release(act("chen.jing", dry=True), 44)
    found = list(
        WorkOrder.objects.filter(kind__startswith="test.")
        .order_by("kind")
        .values_list("kind", "subject", "state", "role")
    )
    assert found == [("test.bill", "orders.order:42", "waiting", ""), ("test.tell", "orders.order:42", "person", "SAL")]
    bill = WorkOrder.objects.get(kind="test.bill")
    assert bill.data["facts"] == {"number": 42}
    assert Record.objects.get(pk=bill.data["record"]).name == "test.release"


def test_a_schedule_sets_off_once_per_business_date(cast: Any, hands: Any) -> None:
    hands(
        Hands(
            schedules=(
                Schedule("test.night", "test.night", "daily 09:30", TITLE),
                Schedule("test.often", "test.often", "15m", TITLE),
            )
        )
    )
    clock, ran = Clock(), []

    def night(job: Job) -> str:
        ran.append((job.kind, str(job.today), job.data["item"]))
        return "ok"

    with bots.borrowed("test.night", night), bots.borrowed("test.often", night):
        once(cast, clock, timed=True)
        once(cast, clock, timed=True)
        clock.pass_(minutes=15)
        once(cast, clock, timed=True)
        clock.pass_(days=3)  # nobody worked over the week end: one run catches up
        once(cast, clock, timed=True)
    assert [r for r in ran if r[0] == "test.night"] == [
        ("test.night", "2026-03-02", ""),
        ("test.night", "2026-03-05", ""),
    ]
    assert [r[1:] for r in ran if r[0] == "test.often"] == [
        ("2026-03-02", "10:00:00"),
        ("2026-03-02", "10:15:00"),
        ("2026-03-05", "10:15:00"),
    ]
    assert (
        actions.tick(
            Act(by="robot", company=cast.company.pk, at=AT, door="bot"), "test.night", "x", "t", clock.at.date(), ""
        )
        is None
    )
    assert Tick.objects.filter(job="test.night").count() == 2
    assert all(f.run(cast.company.pk).wrong == 0 for f in checks.CHECKS)


def test_verify_sees_work_in_dead_hands(cast: Any, act: Acts) -> None:
    order = actions.open_order(act("chen.jing"), "test.slow", "", TITLE)
    actions.claim(act("robot"), order.pk, "w1", 60)
    assert checks.alive(cast.company.pk).wrong == 0
    actions.open_order(act("chen.jing", on=date(2026, 3, 3)), "test.other", "", TITLE)  # a day later
    found = checks.alive(cast.company.pk)
    assert (found.checked, [b.ref for b in found.broken]) == (1, [f"work.workorder:{order.pk}"])


def test_every_capability_has_a_name() -> None:
    assert all_hands()["work"].name == ("Work", "工作")
    assert set(rules.STATE_WORDS) == set(rules.STATES)


def test_many_workers_at_once_do_each_order_once(live_cast: Any) -> None:
    """Four threads over twenty orders: each done by one worker, none left, none twice."""
    company = live_cast.company.pk
    for n in range(20):
        actions.open_order(Act(by="chen.jing", company=company, at=AT, door="test"), "test.race", f"t.t:{n}", TITLE)
    done: list[str] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait(20)
        try:
            bots.work_once(clock=Clock(), company_id=company, timed=False)
        finally:
            connection.close()

    with bots.borrowed("test.race", lambda job: done.append(job.subject) or "ok"):
        threads = [threading.Thread(target=work) for _n in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(60)
        bots.work_once(clock=Clock(), company_id=company, timed=False)
    assert sorted(done) == sorted(f"t.t:{n}" for n in range(20))
    assert WorkOrder.objects.filter(kind="test.race", state="done").count() == 20
