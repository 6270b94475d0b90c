"""Who may decide, and why not; what is shown is bound by its hash."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from huikuan.kit.money import Money
from huikuan.office.approvals.rules import Case, Checker, LimitRow, limit_of, may_decide, shown_hash

L1, L2, L3 = 1_000_000, 10_000_000, 100_000_000
ROWS = (
    LimitRow("CRE", "", "", L1, "CNY"),
    LimitRow("SMG", "", "", L2, "CNY"),
    LimitRow("APR", "", "", L3, "CNY"),
    LimitRow("", "zhao.yan", "", L2, "CNY"),
)
ZHAO = Checker("zhao.yan", ("CRE", "APR"))
ZHOU = Checker("zhou.hui", ("APR",))


def case(minor: int | None, asked_by: str = "chen.jing", **more: object) -> Case:
    amount = None if minor is None else Money(minor, "CNY")
    return Case(asked_by=asked_by, beneficiary="", duty="orders.release", limited=True, amount=amount, **more)  # type: ignore[arg-type]


def test_within_the_limit() -> None:
    assert may_decide(case(L2), ZHAO, ("APR",), ROWS).may


def test_above_ones_own_limit_it_passes_up() -> None:
    answer = may_decide(case(L2 + 1), ZHAO, ("APR",), ROWS)
    assert (answer.may, answer.passes_up) == (False, True)
    assert str(answer.why) == "100,000.01 CNY is above your limit of 100,000.00 CNY."
    assert may_decide(case(L2 + 1), ZHOU, ("APR",), ROWS).may


def test_above_every_limit_two_of_the_highest_agree() -> None:
    first = may_decide(case(L3 + 1), ZHOU, ("APR",), ROWS)
    assert (first.may, first.second) == (True, True)
    again = may_decide(case(L3 + 1, first_by="zhou.hui"), ZHOU, ("APR",), ROWS)
    assert not again.may
    other = may_decide(case(L3 + 1, first_by="zhou.hui"), Checker("he.fang", ("APR",)), ("APR",), ROWS)
    assert (other.may, other.second) == (True, False)
    assert not may_decide(case(L3 + 1, first_by="zhou.hui"), ZHAO, ("APR",), ROWS).may


def test_a_role_that_does_not_check_this_duty() -> None:
    answer = may_decide(case(1), Checker("liu.min", ("SAL", "CMD")), ("APR", "CLO"), ROWS)
    assert str(answer.why) == "It is decided by APR, CLO."


def test_a_limit_for_the_duty_wins_over_a_general_one() -> None:
    rows = (*ROWS, LimitRow("APR", "", "orders.release", 5, "CNY"))
    assert limit_of(ZHOU, "orders.release", "CNY", rows) == 5
    assert limit_of(ZHOU, "billing.credit", "CNY", rows) == L3


def test_no_limit_in_that_currency() -> None:
    foreign = Case("chen.jing", "", "orders.release", True, Money(1, "USD"))
    answer = may_decide(foreign, ZHOU, ("APR",), ROWS)
    assert str(answer.why) == "You have no limit in USD."


@given(
    st.integers(-(10**12), 10**12),
    st.sampled_from(["zhao.yan", "zhou.hui", "a"]),
    st.sets(st.sampled_from(["APR", "CRE", "SMG"])),
)
def test_nobody_ever_grants_what_they_asked_for(minor: int, login: str, roles: set[str]) -> None:
    assert not may_decide(case(minor, asked_by=login), Checker(login, roles), ("APR", "CRE", "SMG"), ROWS).may


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.sampled_from([ZHAO, ZHOU]))
def test_who_may_grant_more_may_grant_less(less: int, more: int, who: Checker) -> None:
    assume(less <= more <= L3)
    if may_decide(case(more), who, ("APR",), ROWS).may:
        assert may_decide(case(less), who, ("APR",), ROWS).may
    assert may_decide(case(more), who, ("APR",), ROWS).may == may_decide(case(-more), who, ("APR",), ROWS).may


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda s: st.lists(s) | st.dictionaries(st.text(), s),
)


@given(JSON)
def test_the_hash_survives_the_way_through_the_database(shown: object) -> None:
    assert shown_hash(shown) == shown_hash(json.loads(json.dumps(shown)))


@given(st.dictionaries(st.text(), st.integers(), min_size=1), st.integers())
def test_any_other_figure_is_another_hash(shown: dict[str, int], other: int) -> None:
    key = sorted(shown)[0]
    assume(shown[key] != other)
    assert shown_hash(shown) != shown_hash({**shown, key: other})


def test_a_float_is_not_shown() -> None:
    with pytest.raises(TypeError):
        shown_hash({"amount": [1, {"x": 1.5}]})
