"""Figures that other systems' users and tests state (cases 20, 21, 22, 35), asked of our ledger, ageing and statements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from huikuan.books.customers import actions as customers
from huikuan.books.ledger import actions as books
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.types import ClearDraft
from huikuan.receivables.statements import queries as statements
from huikuan.review.kpis.tests.test_queries import bill, cny, receipt

Make = Callable[..., Any]


@pytest.fixture
def shop(act: Make) -> int:
    return int(customers.create(act(), "C1", "滨江便利店", currency="CNY").pk)


def open_on(company: int, day: date) -> dict[str, int]:
    return {i.document: i.remaining for i in ledger.open_items(company, day)}


def ages(company: int, day: date) -> dict[str, int]:
    return {k: b.amount for r in ledger.ageing(company, day) for k, b in r.buckets.items() if b.items}


@pytest.mark.parametrize(
    ("received", "cleared", "after"),
    [("100", 10_000, {}), ("110", 10_000, {"R1": -1_000}), ("99.99", 9_999, {"B1": 1})],
)
def test_receipts_of_a_later_day(
    cast: Any, act: Make, shop: int, received: str, cleared: int, after: dict[str, int]
) -> None:
    """Case 20: on the day before, the invoice is open in full; from the receipt on, only what it leaves."""
    items = [
        p.items[0]
        for p in books.post(
            act(),
            [
                bill(shop, "B1", date(2026, 1, 10), date(2026, 2, 9), cny("100")),
                receipt(shop, "R1", date(2026, 2, 20), cny(received)),
            ],
        )
    ]
    books.clear(act(), [ClearDraft(date(2026, 2, 20), ((items[0], cleared), (items[1], -cleared)))])
    here = cast.company.pk
    assert open_on(here, date(2026, 2, 19)) == {"B1": 10_000}
    assert open_on(here, date(2026, 2, 20)) == after
    assert ledger.control_totals(here, date(2026, 2, 20))["CNY"][0] == sum(after.values())


def test_one_receipt_for_two_invoices(cast: Any, act: Make, shop: int) -> None:
    """Case 20: one receipt of 100 pays two invoices of 50; a day before, each has 50 open."""
    items = [
        p.items[0]
        for p in books.post(
            act(),
            [
                bill(shop, "B1", date(2026, 1, 10), date(2026, 2, 9), cny("50")),
                bill(shop, "B2", date(2026, 1, 11), date(2026, 2, 10), cny("50")),
                receipt(shop, "R1", date(2026, 2, 20), cny("100")),
            ],
        )
    ]
    legs = ((items[0], 5_000), (items[1], 5_000), (items[2], -10_000))
    books.clear(act(), [ClearDraft(date(2026, 2, 20), legs)])
    assert open_on(cast.company.pk, date(2026, 2, 19)) == {"B1": 5_000, "B2": 5_000}
    assert open_on(cast.company.pk, date(2026, 2, 20)) == {}


def test_part_payments(cast: Any, act: Make, shop: int) -> None:
    """Case 21: 200 with an advance of 50 is 150; 125 more leave 25, all in bucket 1; items equal the ledger."""
    items = [
        p.items[0]
        for p in books.post(
            act(),
            [
                receipt(shop, "R1", date(2026, 1, 5), cny("50")),
                bill(shop, "B1", date(2026, 1, 10), date(2026, 2, 9), cny("200")),
                receipt(shop, "R2", date(2026, 2, 1), cny("125")),
            ],
        )
    ]
    books.clear(act(), [ClearDraft(date(2026, 1, 10), ((items[1], 5_000), (items[0], -5_000)))])
    books.clear(act(), [ClearDraft(date(2026, 2, 1), ((items[1], 12_500), (items[2], -12_500)))])
    here = cast.company.pk
    assert open_on(here, date(2026, 1, 10)) == {"B1": 15_000}
    assert ages(here, date(2026, 2, 28)) == {"1-30": 2_500}
    for day in (date(2026, 1, 5), date(2026, 1, 10), date(2026, 2, 1)):
        assert sum(open_on(here, day).values()) == ledger.control_totals(here, day)["CNY"][0]


def test_one_open_item(cast: Any, act: Make, shop: int) -> None:
    """Case 22: one open 100: bucket 1 holds it, the rest nothing; as a running account the balance is 100."""
    books.post(act(), [bill(shop, "B1", date(2026, 1, 10), date(2026, 2, 9), cny("100"))])
    assert ages(cast.company.pk, date(2026, 2, 28)) == {"1-30": 10_000}
    (section,) = statements.statement(cast.company.pk, shop, date(2026, 1, 1), date(2026, 2, 28)).sections
    assert [line.balance for line in section.lines] == [10_000]
    assert {k: v for k, v in section.ageing.items() if v} == {"1-30": 10_000}


def test_paid_before_due_ages_what_is_left(cast: Any, act: Make, shop: int) -> None:
    """Case 35: 10,000 due 2017-02-28, 4,500 received before: 5,500 in 31-60 on 2017-04-04."""
    days = (date(2017, 2, 1), date(2017, 2, 10), date(2017, 2, 20))
    drafts = [bill(shop, "B1", date(2017, 1, 29), date(2017, 2, 28), cny("10000"))]
    drafts += [
        receipt(shop, f"R{i}", on, cny(a)) for i, (on, a) in enumerate(zip(days, ("1500", "1000", "2000"), strict=True))
    ]
    items = [p.items[0] for p in books.post(act(), drafts)]
    taken = [
        ClearDraft(on, ((items[0], minor), (item, -minor)))
        for on, minor, item in zip(days, (150_000, 100_000, 200_000), items[1:], strict=True)
    ]
    books.clear(act(), taken)
    assert ages(cast.company.pk, date(2017, 4, 4)) == {"31-60": 550_000}


def test_edges(cast: Any, act: Make, shop: int) -> None:
    """Due on the day is not due; exactly 30 days late is in 1-30; a credit stands, negative, by its own day."""
    books.post(
        act(),
        [
            bill(shop, "B1", date(2026, 3, 1), date(2026, 3, 31), cny("1")),
            bill(shop, "B2", date(2026, 1, 30), date(2026, 3, 1), cny("20")),
            bill(shop, "B3", date(2026, 1, 29), date(2026, 2, 28), cny("300")),
            receipt(shop, "R1", date(2026, 3, 31), cny("4")),
            receipt(shop, "R2", date(2025, 12, 1), cny("50")),
        ],
    )
    assert ages(cast.company.pk, date(2026, 3, 31)) == {
        "not_due": 100 - 400,
        "1-30": 2_000,
        "31-60": 30_000,
        "over-90": -5_000,
    }
