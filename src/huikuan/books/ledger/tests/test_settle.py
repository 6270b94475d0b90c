"""Settling chosen items: whatever is chosen, the legs add up to nothing and take no more than there is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.books.ledger.rules import Standing, settle
from huikuan.kit.errors import Refused

DAY = date(2026, 1, 1)


def test_the_oldest_are_settled_first():
    items = [Standing(1, "CNY", 100, DAY + timedelta(9)), Standing(2, "CNY", 70, DAY), Standing(3, "CNY", -120, DAY)]
    assert settle(items) == ((2, 70), (3, -120), (1, 50))


def test_one_side_alone_is_refused():
    with pytest.raises(Refused, match="stands against"):
        settle([Standing(1, "CNY", 100, DAY), Standing(2, "USD", -100, DAY)])


amounts = st.integers(-(10**12), 10**12).filter(bool)
standing = st.builds(
    Standing, id=st.integers(1, 10**6), currency=st.sampled_from(("CNY", "USD")), remaining=amounts,
    day=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)  # fmt: skip


@given(st.lists(standing, min_size=1, max_size=40, unique_by=lambda s: s.id))
def test_legs_add_up_and_never_take_too_much(items):
    by_id = {i.id: i for i in items}
    try:
        legs = settle(items)
    except Refused:
        sides = {(i.currency, i.remaining > 0) for i in items}
        assert any((c, not up) not in sides for c, up in sides)
        return
    assert len({pk for pk, _amount in legs}) == len(legs)
    sums: dict[str, int] = {}
    for pk, amount in legs:
        item = by_id[pk]
        assert amount and (amount > 0) == (item.remaining > 0) and abs(amount) <= abs(item.remaining)
        sums[item.currency] = sums.get(item.currency, 0) + amount
    assert not any(sums.values())
    for currency in sums:  # one side is used up
        left = [i.remaining - dict(legs).get(i.id, 0) for i in items if i.currency == currency]
        assert not (any(x > 0 for x in left) and any(x < 0 for x in left))
