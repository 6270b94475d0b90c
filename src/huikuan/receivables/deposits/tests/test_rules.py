"""Deposits decided: what is free on a day, what an offset takes, shares in company currency."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.kit.errors import Invalid, Refused
from huikuan.receivables.deposits import rules

D = [date(2026, 3, day) for day in range(1, 31)]


def test_what_is_free_on_a_day_was_there_ever_since() -> None:
    moves = [(D[0], 100), (D[9], -60), (D[19], 50)]
    assert [rules.free_on(moves, d) for d in (D[0], D[9], D[19])] == [40, 40, 90]
    assert rules.free_on(moves, D[19], 30) == 60
    assert rules.free_on([(D[4], 100)], D[0]) == 0
    assert rules.free_on([], D[0]) == 0


@given(st.lists(st.tuples(st.sampled_from(D), st.integers(1, 1000)), max_size=8), st.data())
def test_nothing_free_is_ever_more_than_there_was(ins: list[tuple[date, int]], data: st.DataObject) -> None:
    moves = list(ins)
    for _n in range(4):
        on = data.draw(st.sampled_from(D))
        free = rules.free_on(moves, on)
        if free > 0:
            moves.append((on, -data.draw(st.integers(1, free))))
    for day in D:
        assert sum(a for d, a in moves if d <= day) >= 0


@given(st.integers(1, 10**12), st.integers(0, 10**12), st.data())
def test_base_shares_lose_nothing(balance: int, base: int, data: st.DataObject) -> None:
    left, left_base, taken = balance, base, 0
    while left:
        part = data.draw(st.integers(max(1, left // 3), left))
        share = rules.base_share(part, left, left_base)
        left, left_base, taken = left - part, left_base - share, taken + share
    assert (left_base, taken) == (0, base)


def test_an_offset_pays_the_oldest_first() -> None:
    owed = [rules.Owed(1, "B", D[5], 70), rules.Owed(2, "A", D[2], 50), rules.Owed(3, "C", D[9], 10)]
    assert rules.plan_offset(owed, 100) == ((2, 50), (1, 50))
    assert rules.plan_offset(owed, 1000) == ((2, 50), (1, 70), (3, 10))
    for some, most in (([], 5), (owed, 0)):
        with pytest.raises(Refused):
            rules.plan_offset(some, most)


@pytest.mark.parametrize("amount", [0, -1, 101, True])
def test_amounts_lie_between_nothing_and_what_there_is(amount: int) -> None:
    with pytest.raises(Invalid):
        rules.check_amount(amount, 100, "CNY")
    rules.check_amount(100, 100, "CNY")


def test_money_that_was_used_cannot_be_un_received() -> None:
    rules.check_undo("D", rules.RECEIVED, 100, 100, "CNY")
    rules.check_undo("D", rules.OFFSET, -100, 0, "CNY")
    with pytest.raises(Refused):
        rules.check_undo("D", rules.RECEIVED, 100, 99, "CNY")
    with pytest.raises(Refused):
        rules.check_undo("D", rules.UNDONE, 100, 100, "CNY")
    with pytest.raises(Invalid):
        rules.check_kind("bond")
