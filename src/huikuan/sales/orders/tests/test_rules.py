"""The credit decision and the moves: the acceptance cases 4 and 5, and what must hold for any facts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.kit.errors import Refused
from huikuan.sales.orders import rules
from huikuan.sales.orders.rules import Account, Counted, Facts, Items, Layers, Outcome, Policy, State

DAY = date(2026, 3, 2)
Q = 1_000_000


def order(amount: int, **over: object) -> Facts:
    return Facts("SO1", amount, "CNY", DAY, **over)  # type: ignore[arg-type]


def account(limit: int | None, **layers: int) -> Account:
    return Account("Xinghe", limit, Layers(**layers), "CNY")


def decide(amount: int, limit: int | None, **layers: int) -> rules.Decision:
    return rules.credit_decision(order(amount), (account(limit, **layers),), Policy(), Items())


@pytest.mark.parametrize(
    ("limit", "amount", "outcome", "shortfall"),
    [
        (None, 99_999_999_00, "free", 0),
        (0, 0, "held", 100_00),
        (200_00, 0, "free", 0),
        (200_00, 100_00, "free", 0),
        (200_00, 150_00, "held", 50_00),
    ],
)
def test_case_4(limit: int | None, amount: int, outcome: str, shortfall: int) -> None:
    got = decide(amount, limit, items=100_00)
    assert (got.outcome, got.shortfall) == (outcome, shortfall)
    assert got.reasons


def test_case_5_exposure_stays_when_half_is_billed() -> None:
    assert decide(50_00, 100_00, items=100_00).held
    assert not decide(50_00, 200_00, items=100_00).held
    whole = Counted(2 * Q, 50_00, delivered=0)
    half = Counted(2 * Q, 50_00, delivered=Q, billed=Q)
    assert rules.layers("free", [whole]) == {"orders": 50_00, "deliveries": 0}
    after = rules.layers("part_delivered", [half])
    assert 100_00 + 25_00 + sum(after.values()) == 150_00  # the posted 25.00 is an item now


def test_the_group_is_judged_too() -> None:
    own = account(None)
    group = Account("Xinghe group", 1000, Layers(items=900), "CNY", group=True)
    got = rules.credit_decision(order(200), (own, group), Policy(), Items())
    assert got.held
    assert got.shortfall == 100
    assert "Xinghe group" in str(got.reasons[0])


def test_cash_first_needs_money_on_account() -> None:
    def cash(items: Items) -> rules.Decision:
        return rules.credit_decision(order(100, prepay=100), (account(None),), Policy(), items)

    assert cash(Items(on_account=100)).outcome is Outcome.FREE
    assert cash(Items(on_account=99)).shortfall == 1
    assert cash(Items(on_account=150, due_now=60)).shortfall == 10
    assert cash(Items(on_account=150, prepaid_orders=51)).shortfall == 1
    assert cash(Items(due_now=500)).shortfall == 100


def test_a_part_paid_first_leaves_the_rest_to_the_limit() -> None:
    part = order(100, prepay=30)
    got = rules.credit_decision(part, (account(70),), Policy(), Items(on_account=30))
    assert not got.held
    got = rules.credit_decision(part, (account(69),), Policy(), Items(on_account=29))
    assert got.tests == ("cash", "limit")


def test_overdue_days_and_share() -> None:
    late = Items(oldest_overdue=31, oldest_document="90001", overdue=50, open=100)
    got = rules.credit_decision(
        order(1), (account(None),), Policy(oldest_overdue_days=30, overdue_share=40_000_000), late
    )
    assert got.tests == ("overdue", "share")
    assert "90001" in str(got.reasons[0])
    assert "50%" in str(got.reasons[1])
    graced = Policy(oldest_overdue_days=30, grace_days=1, overdue_share=50_000_000)
    assert not rules.credit_decision(order(1), (account(None),), graced, late).held


def test_a_credit_passes_and_a_copy_of_a_held_order_does_not() -> None:
    assert not rules.credit_decision(order(-5, credit=True), (account(0),), Policy(), Items()).held
    assert rules.credit_decision(order(5, copied_held="SO0"), (account(None),), Policy(), Items()).tests == ("copy",)


@given(st.one_of(st.none(), st.integers(0, 10**12)), st.integers(0, 10**12), st.integers(-(10**12), 10**12))
def test_a_free_order_never_exceeds_the_limit(limit: int | None, amount: int, used: int) -> None:
    got = decide(amount, limit, items=used)
    if got.outcome is Outcome.FREE:
        assert limit is None or (limit > 0 and used + amount <= limit)
        assert got.shortfall == 0
    else:
        assert got.shortfall >= 0
    assert all(r.to("zh-hans") and r.to("en") for r in got.reasons)


counted = st.integers(1, 10**9).flatmap(
    lambda q: st.integers(0, q).flatmap(lambda d: st.integers(0, d).map(lambda b: (q, d, b)))
)


@given(st.lists(st.tuples(counted, st.integers(0, 10**10)), min_size=1, max_size=6))
def test_layers_never_lose_or_invent_value(rows: list[tuple[tuple[int, int, int], int]]) -> None:
    lines = [Counted(q, gross, d, b) for (q, d, b), gross in rows]
    got = rules.layers("free", lines)
    assert got["orders"] >= 0
    assert got["deliveries"] >= 0
    assert sum(got.values()) <= sum(c.gross for c in lines)
    if all(c.billed == c.quantity for c in lines):
        assert got == {"orders": 0, "deliveries": 0}
    assert rules.layers("held", lines) == {"orders": 0, "deliveries": got["deliveries"]}


def test_moves_say_why_not() -> None:
    rules.check_move("SO1", "held", "release")
    with pytest.raises(Refused, match="SO1"):
        rules.check_move("SO1", "free", "release")
    assert not rules.may("rejected", "deliver")


@pytest.mark.parametrize(
    ("counts", "resting", "then"),
    [
        ([(0, 0)], State.FREE, State.FREE),
        ([(1, 0), (0, 0)], State.RELEASED, State.PART_DELIVERED),
        ([(1, 0), (0, 0)], State.HELD, State.HELD),
        ([(2, 0)], State.FREE, State.DELIVERED),
        ([(2, 1)], State.FREE, State.DELIVERED),
        ([(2, 2)], State.FREE, State.BILLED),
    ],
)
def test_progress(counts: list[tuple[int, int]], resting: State, then: State) -> None:
    assert rules.progress([Counted(2, 10, d, b) for d, b in counts], resting) is then


def test_items_are_weighed_by_their_due_dates() -> None:
    from huikuan.sales.orders.rules import Open, weigh

    got = weigh(
        [
            Open("A", "invoice", date(2026, 2, 1), 100),
            Open("B", "invoice", DAY, 40),
            Open("C", "invoice", None, 7),
            Open("R", "receipt", None, -30),
            Open("G", "credit", DAY, -5),
        ],
        DAY,
    )
    assert (got.oldest_overdue, got.oldest_document, got.overdue, got.open, got.due_now, got.on_account) == (
        29,
        "A",
        100,
        147,
        140,
        30,
    )


def test_another_currency_is_a_person_s_decision() -> None:
    got = rules.credit_decision(Facts("SO1", 1, "USD", DAY), (account(100),), Policy(), Items())
    assert got.held
    assert "USD" in str(got.reasons[0])
