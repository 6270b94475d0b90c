"""Drafts decided: numbers, ranges, days, interest, policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.kit.dates import WorkCalendar
from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.money import RATE_SCALE
from huikuan.receivables.drafts import rules
from huikuan.receivables.drafts.tests.desk import paper

CALENDAR = WorkCalendar({}, frozenset(range(2000, 2100)))
POLICY = rules.read_policy(None)


def test_a_good_draft_passes() -> None:
    rules.check(paper())
    rules.check(paper(start=0, end=0))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"number": "5" + "1" * 28}, "number"),
        ({"number": "4" + paper().number[1:]}, "number"),
        ({"number": paper().number[:13] + "20261332" + paper().number[21:]}, "number"),
        ({"amount": 0, "start": 0, "end": 0}, "amount"),
        ({"end": 99}, "end"),
        ({"start": 5, "end": 4}, "start"),
        ({"number": "1" + paper().number[1:]}, "start"),
        ({"due": date(2026, 1, 10)}, "due"),
        ({"due": date(2026, 7, 11)}, "due"),
        ({"acceptor": " "}, "acceptor"),
        ({"issued": date(2025, 11, 1), "due": date(2026, 4, 1)}, "issued"),
        ({"currency": "USD"}, "currency"),
    ],
)
def test_impossible_drafts_are_refused_by_field(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules.check(replace(paper(), **wrong))  # type: ignore[arg-type]
    assert field in {f.field for f in caught.value.faults}


def test_standing_follows_the_lists() -> None:
    assert rules.standing(paper(acceptor="招商银行股份有限公司上海分行"), POLICY) == "first"
    assert rules.standing(paper(acceptor="某某农村商业银行"), POLICY) == "other"
    listed = rules.read_policy({"listed": ["江苏银行"]})
    assert rules.standing(paper(acceptor="江苏银行股份有限公司"), listed) == "listed"
    firm = replace(paper(acceptor="大商集团"), number="6" + paper().number[1:])
    assert rules.standing(firm, POLICY) == "other"
    assert rules.standing(firm, rules.read_policy({"acceptors": ["大商集团"]})) == "named"
    assert [rules.keeps_exposure(s) for s in ("first", "listed", "named", "other")] == [False, True, True, True]


def test_the_policy_says_what_a_second_person_decides() -> None:
    on = date(2026, 1, 12)
    assert rules.judge(paper(), POLICY, on, 0, 0).ok
    half = rules.read_policy({"share": RATE_SCALE // 2})
    assert not rules.judge(paper(), half, on, 0, 0).ok
    assert rules.judge(paper(), half, on, 0, paper().amount).ok  # exactly half
    assert not rules.judge(paper(), half, on, 1, paper().amount - 1).ok
    strange = rules.judge(paper(acceptor="某某村镇银行"), POLICY, on, 0, 0)
    assert not strange.ok and "某某村镇银行" in str(strange.concerns[0])
    long = rules.read_policy({"days": 90, "rate": 6_000_000})
    verdict = rules.judge(paper(), long, on, 0, 0)
    assert verdict.ok and verdict.charge == rules.interest(paper().amount, 6_000_000, (paper().due - on).days - 90) > 0
    assert not rules.judge(paper(), POLICY, date(2026, 8, 1), 0, 0).ok


@pytest.mark.parametrize("bad", [{"x": 1}, {"share": -1}, {"days": "9"}, {"rate": True}])
def test_a_wrong_policy_is_named(bad: dict[str, object]) -> None:
    with pytest.raises(Invalid) as caught:
        rules.read_policy(bad)
    assert caught.value.faults[0].field == next(iter(bad))


@given(st.integers(1, 10**11), st.integers(0, RATE_SCALE), st.integers(0, 400))
def test_interest_is_half_up(amount: int, rate: int, days: int) -> None:
    exact = Fraction(amount * rate * days, RATE_SCALE * 360)
    assert rules.interest(amount, rate, days) == (exact + Fraction(1, 2)).__floor__()


def test_discount_runs_to_the_day_of_the_money() -> None:
    # 2026-07-11 is a Saturday: interest runs to Monday the 13th, 31 days; 1,000,000.00 at 1.85 %: 1,593.06
    cost, net, days = rules.discount(100_000_000, 1_850_000, date(2026, 6, 12), date(2026, 7, 11), CALENDAR)
    assert (days, cost, net) == (31, 159_306, 100_000_000 - 159_306)
    with pytest.raises(Invalid):
        rules.discount(100, 1_850_000, date(2026, 7, 13), date(2026, 7, 11), CALENDAR)


@given(st.integers(1, 10**11), st.integers(1, 10**10), st.data())
def test_a_split_loses_nothing(start: int, width: int, data: st.DataObject) -> None:
    end = start + width
    first = data.draw(st.integers(1, width))
    (a, b), (c, d) = rules.split_at(start, end, first)
    assert (a, d) == (start, end) and c == b + 1 and b - a + 1 == first


def test_what_cannot_be_split() -> None:
    for start, end, first in ((0, 0, 5), (1, 10, 0), (1, 10, 10)):
        with pytest.raises(Invalid):
            rules.split_at(start, end, first)


def test_moves_end_where_they_end() -> None:
    rules.check_move("x", rules.HELD, rules.PRESENTED)
    for state in (rules.HONOURED, rules.SPLIT, rules.RETURNED, rules.DECLINED, rules.REFUSED_BY_BANK):
        with pytest.raises(Refused):
            rules.check_move("x", state, rules.HELD)
