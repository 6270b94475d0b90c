"""Pages by key: walking forward and back shows every row once, in the order of one big sort."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huikuan.kit.errors import Missing
from huikuan.web import keyset

VALUES = st.one_of(
    st.integers(-(2**63) + 1, 2**63 - 1), st.text().filter(lambda t: "\x00" not in t), st.none(), st.dates(), st.booleans(),
    st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, st.integers(0, 2**62))
def test_a_cursor_comes_back(value: object, tie: int) -> None:
    try:
        packed = keyset.pack(value, tie)
    except UnicodeEncodeError:  # a lone surrogate never comes out of a database
        return
    assert keyset.unpack(packed) == (value, tie)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_a_foreign_cursor_is_refused_not_broken(text: str) -> None:
    try:
        keyset.unpack(text)
    except Missing:
        pass


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers()), st.integers(1, 7))
def test_a_list_is_walked_whole_both_ways(rows: list[int], size: int) -> None:
    seen, part = [], keyset.cut_list(rows, size)
    seen += part.rows
    while part.next:
        part = keyset.cut_list(rows, size, after=part.next)
        seen += part.rows
    assert seen == rows
    back = list(part.rows)
    while part.previous:
        part = keyset.cut_list(rows, size, before=part.previous)
        back = part.rows + back
    assert back == rows


@pytest.mark.parametrize("order", ["credit_limit", "-credit_limit", "name", "-name", "payer__number", "-number", "pk"])
def test_a_table_is_walked_whole_both_ways(cast, order: str) -> None:
    from huikuan.books.customers.models import Customer

    dice = random.Random(order)
    Customer.objects.bulk_create(
        Customer(
            company=cast.company, number=f"K{i:03}", name=dice.choice("甲乙丙丁"), folded="x", currency="CNY",
            credit_limit=dice.choice([None, None, 0, 5, 5, 7]),
        )
        for i in range(37)
    )  # fmt: skip
    ids = list(Customer.objects.values_list("pk", flat=True))
    for pk in ids[::3]:
        Customer.objects.filter(pk=pk).update(payer=dice.choice([i for i in ids if i != pk]))
    rows = Customer.objects.filter(company=cast.company)
    down, path = order.startswith("-"), order.lstrip("-")
    expected = [r.pk for r in keyset.ordered(rows, path, "pk", down)]
    assert len(expected) == 37

    part = keyset.cut(rows, order, 5)
    seen = [r.pk for r in part.rows]
    while part.next:
        part = keyset.cut(rows, order, 5, after=part.next)
        seen += [r.pk for r in part.rows]
    assert seen == expected
    back = [r.pk for r in part.rows]
    while part.previous:
        part = keyset.cut(rows, order, 5, before=part.previous)
        back = [r.pk for r in part.rows] + back
    assert back == expected


def test_a_cursor_of_another_list_is_refused(cast) -> None:
    from huikuan.books.customers.models import Customer

    with pytest.raises(Missing):
        list(keyset.cut(Customer.objects.all(), "credit_limit", 5, after=keyset.pack("abc", 1)).rows)
    with pytest.raises(Missing):
        list(keyset.cut(Customer.objects.all(), "pk", 5, after=keyset.pack("abc", "x")).rows)


def test_a_date_in_a_cursor_stays_a_date() -> None:
    assert keyset.unpack(keyset.pack(date(2026, 3, 2), 7)) == (date(2026, 3, 2), 7)
    at = datetime(2026, 3, 2, 1, 2, 3, tzinfo=UTC)
    assert keyset.unpack(keyset.pack(at, 7)) == (at, 7)
