"""Base stock credit (铺底): what stands, oldest first, and what falls due when it no longer does."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from huikuan.books.customers.rules import Owed, covered, left_of, restand, standing
from huikuan.kit.money import Money

DAY = date(2026, 3, 2)
END = date(2026, 12, 31)


def owed(item, days_ago, remaining, stands=False, due=None):
    on = DAY - timedelta(days=days_ago)
    return Owed(item, on, remaining, due, on + timedelta(days=30), "", stands)


def cny(minor):
    return Money(minor, "CNY")


def test_when_the_oldest_is_paid_the_next_stands_in_its_place():
    rows = [owed(1, 90, 0, True, END), owed(2, 60, 40, True, END), owed(3, 60, 10), owed(4, 20, 40)]
    moves = restand(cny(100), END, rows, DAY)
    assert [(m.item, m.due, m.awaits) for m in moves] == [(3, END, "contract_end"), (4, END, "contract_end")]
    assert "100" in str(moves[0].why) or "1.00" in str(moves[0].why)


def test_a_smaller_amount_makes_the_newest_due_but_not_before_today():
    rows = [owed(1, 90, 60, True, END), owed(2, 60, 40, True, END), owed(3, 10, 30)]
    [move] = restand(cny(60), END, rows, DAY)
    assert (move.item, move.due, move.awaits) == (2, DAY, "")
    [move] = restand(cny(60), END, [owed(1, 90, 60, True, END), owed(2, 5, 40, True, END)], DAY)
    assert move.due == DAY + timedelta(days=25)  # its own terms give it longer than that


def test_when_the_contract_is_over_all_of_it_is_due_on_its_end():
    end = DAY - timedelta(days=1)
    moves = restand(cny(100), end, [owed(1, 90, 60, True, end), owed(2, 5, 40)], DAY)
    assert [(m.item, m.due) for m in moves] == [(1, end)]
    assert restand(cny(100), DAY, [owed(1, 90, 60, True, DAY)], DAY) == []  # on the day itself it still stands
    [later] = restand(cny(100), END, [owed(1, 90, 60, True, DAY)], DAY)
    assert later.due == END  # the contract was prolonged


ITEMS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 500), st.booleans()), max_size=12).map(
    lambda rows: [owed(n, days, left, was, END if was else None) for n, (days, left, was) in enumerate(rows, 1)]
)


@given(ITEMS, st.integers(0, 1500))
def test_what_stands_is_the_oldest_and_never_more_than_agreed(items, amount):
    stand = covered(amount, items)
    assert sum(stand.values()) <= amount
    order = sorted((i for i in items if i.remaining), key=lambda i: (i.on, i.item))
    n = len(stand)
    assert [i.item for i in order[:n]] == list(stand)
    if n < len(order):  # the next one does not fit: nothing older was passed over for it
        assert sum(stand.values()) + order[n].remaining > amount


@given(ITEMS, st.integers(0, 1500), st.sampled_from([None, END, DAY - timedelta(days=3)]))
def test_to_stand_again_changes_nothing_more(items, amount, end):
    """One settlement is enough: applied and asked again it moves nothing."""
    moves = {m.item: m for m in restand(cny(amount), end, items, DAY)}
    after = [
        Owed(
            i.item,
            i.on,
            i.remaining,
            moves[i.item].due,
            i.rest_due,
            i.rest_awaits,
            moves[i.item].awaits == "contract_end",
        )
        if i.item in moves
        else i
        for i in items
    ]
    assert restand(cny(amount), end, after, DAY) == []
    stands = sum(i.remaining for i in after if i.stands)
    assert stands + left_of(standing(amount, end, DAY), after) <= max(amount, stands)
    for i in after:
        if not i.stands and i.item in moves:
            assert i.due is None or i.due >= min(DAY, end or DAY)
