"""When work is tried again, when a person gets it, when a schedule falls due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from huikuan.kit.words import _
from huikuan.office.work import rules

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_three_tries_and_then_a_person_with_the_reason() -> None:
    reason = _("The bank does not answer.")
    first = rules.after_failure(1, AT, 7, reason)
    assert first.state == rules.WAITING and first.not_before is not None and first.not_before > AT
    assert rules.after_failure(2, AT, 7, reason).state == rules.WAITING
    last = rules.after_failure(3, AT, 7, reason)
    assert (last.state, last.not_before) == (rules.PERSON, None)
    assert str(last.why) == "The robot tried 3 times and stopped. Last: The bank does not answer."


def test_what_cannot_change_is_not_tried_again() -> None:
    assert rules.after_failure(1, AT, 7, _("No such customer."), hopeless=True).state == rules.PERSON


@given(st.integers(1, 12), st.integers(1, 10**9))
def test_pauses_grow_and_stay_within_a_quarter_of_the_rule(attempt: int, order_id: int) -> None:
    base = min(timedelta(minutes=5 ** (attempt - 1)), timedelta(days=1))
    assert base <= rules.pause(attempt, order_id) <= base * 1.25
    assert rules.pause(attempt, order_id) == rules.pause(attempt, order_id)


@given(st.sampled_from(rules.STATES), st.sampled_from(rules.STATES))
def test_what_is_done_stays_done(old: str, new: str) -> None:
    if old == rules.DONE:
        assert not rules.may_move(old, new)
    if new == rules.RUNNING and rules.may_move(old, new):
        assert old == rules.WAITING


def test_a_daily_job_belongs_to_yesterday_until_its_hour() -> None:
    # 01:59Z is 09:59 in Shanghai
    before = datetime(2026, 3, 2, 1, 59, tzinfo=UTC)
    assert rules.last_slot(before, "Asia/Shanghai", every="daily 10:00") == rules.Slot(date(2026, 3, 1), "")
    assert rules.last_slot(AT, "Asia/Shanghai", every="daily 10:00") == rules.Slot(date(2026, 3, 2), "")


def test_every_quarter_of_an_hour() -> None:
    at = datetime(2026, 3, 2, 2, 44, 59, tzinfo=UTC)
    assert rules.last_slot(at, "Asia/Shanghai", every="15m") == rules.Slot(date(2026, 3, 2), "10:30:00")
    assert rules.last_slot(at, "Asia/Shanghai", every="30s") == rules.Slot(date(2026, 3, 2), "10:44:30")


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), st.sampled_from(["daily 08:30", "7m", "90s", "60m"]))
def test_a_slot_never_lies_ahead_and_never_runs_backwards(at: datetime, every: str) -> None:
    now = at.replace(tzinfo=UTC)
    here = rules.last_slot(now, "Asia/Shanghai", every=every)
    later = rules.last_slot(now + timedelta(minutes=3), "Asia/Shanghai", every=every)
    assert (here.day, here.item) <= (later.day, later.item)
    assert here.day <= (now + timedelta(hours=8)).date()


def test_whose_work_it_is() -> None:
    assert rules.is_mine("wang.lei", "", "wang.lei", [])
    assert not rules.is_mine("wang.lei", "SAL", "liu.min", ["SAL"])
    assert rules.is_mine("", "CSH", "chen.jing", ["CSH", "BIL"])
    assert not rules.is_mine("", "TRE", "chen.jing", ["CSH", "BIL"])
