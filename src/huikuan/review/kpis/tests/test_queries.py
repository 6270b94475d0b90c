"""Key figures out of the ledger: equal to its ageing on every month's end, and to the published figures."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from huikuan.books.customers import actions as customers
from huikuan.books.ledger import actions as books
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
from huikuan.kit.dates import month_end, read_date
from huikuan.kit.money import Money, parse_minor
from huikuan.review.kpis import queries, rules
from huikuan.review.kpis.tests.test_rules import REAL

Make = Callable[..., Any]


def bill(party: int, number: str, on: date, due: date, amount: Money) -> EntryDraft:
    """Dr receivable, Cr take-over clearing: what a load posts."""
    foreign = {"base_amount": amount.minor} if amount.currency != "CNY" else {}
    back = {"base_amount": -amount.minor} if foreign else {}
    return EntryDraft(
        "AR", on, number,
        (LineDraft("1122", amount, party=party, due=due, kind="invoice", document=number, document_date=on, **foreign),
         LineDraft("9901", -amount, **back)),
        document_date=on,
    )  # fmt: skip


def receipt(party: int, number: str, on: date, amount: Money) -> EntryDraft:
    foreign = {"base_amount": -amount.minor} if amount.currency != "CNY" else {}
    back = {"base_amount": amount.minor} if foreign else {}
    return EntryDraft(
        "BK", on, number,
        (LineDraft("1122", -amount, party=party, kind="receipt", document=number, document_date=on, **foreign),
         LineDraft("1002", amount, **back)),
        document_date=on,
    )  # fmt: skip


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


@pytest.fixture
def small(act: Make) -> int:
    """Three months by hand. January 1,000 (due 31 Jan) paid 20 Feb; February 2,000 (due 10 Mar) paid half on 5 Mar;
    March 500 (due 20 Apr); a receipt of 300 on account on 15 Mar."""
    a = act()
    one = customers.create(a, "C1", "华东经销商", currency="CNY").pk
    drafts = [
        bill(one, "B1", date(2026, 1, 5), date(2026, 1, 31), cny("1000")),
        bill(one, "B2", date(2026, 2, 8), date(2026, 3, 10), cny("2000")),
        bill(one, "B3", date(2026, 3, 20), date(2026, 4, 20), cny("500")),
        receipt(one, "R1", date(2026, 2, 20), cny("1000")),
        receipt(one, "R2", date(2026, 3, 5), cny("1000")),
        receipt(one, "R3", date(2026, 3, 15), cny("300")),
    ]
    items = [p.items[0] for p in books.post(act(), drafts)]
    books.clear(
        act(),
        [
            ClearDraft(date(2026, 2, 20), ((items[0], 100_000), (items[3], -100_000))),
            ClearDraft(date(2026, 3, 5), ((items[1], 100_000), (items[4], -100_000))),
        ],
    )
    return one


def test_by_hand(small: int, cast: Any) -> None:
    (row,) = queries.figures(cast.company.pk, date(2026, 3, 9))
    assert [(m.billed, m.opening, m.closing) for m in row.months] == [
        (100_000, 0, 100_000),
        (200_000, 100_000, 200_000),
        (50_000, 200_000, 120_000),
    ]
    # 31 March: B2 has 1,000 open, 21 days late; B3 500 not due; the 300 on account stand as of 15 March, so overdue
    assert (row.last.not_due, row.last.overdue) == (50_000, 70_000)
    assert row.figures.dso_month.text == "74.40"  # 1,200 / 500 x 31
    assert row.figures.dso_quarter.text == "30.86"  # 1,200 / 3,500 x 90
    assert row.figures.dso_countback.text == "40.80"  # 31 + (700 / 2,000) x 28
    assert row.figures.cei.text == "65.00"  # (2,000 + 500 - 1,200) / (2,000 + 500 - 500)
    assert row.figures.days_late.text == "20.00"  # only B1 is settled: 20 days late
    assert [m.start.month for m, _f in queries.series(row, 2)] == [2, 3]


def test_months_agree_with_the_ageing(small: int, cast: Any, act: Make) -> None:
    """On every month's end the sums by day say what the ledger's ageing says, due dates changed later included."""
    item = ledger.items_by_document(cast.company.pk, ["B2"])["B2"][0]
    books.change_item(act(on=date(2026, 3, 25)), [item.id], {"due_date": date(2026, 5, 1)}, "agreed", date(2026, 3, 25))
    for end in (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)):
        (row,) = queries.figures(cast.company.pk, end)
        (aged,) = ledger.ageing(cast.company.pk, end)
        assert (row.last.closing, row.last.not_due) == (aged.total.amount, aged.buckets["not_due"].amount)
        assert row.last.closing == ledger.control_totals(cast.company.pk, end)["CNY"][0]


def test_nothing_yet(cast: Any) -> None:
    assert queries.figures(cast.company.pk, date(2026, 3, 1)) == []


def test_few_queries(small: int, cast: Any, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(9):  # outside a transaction most of it is kept: test_sums
        queries.figures(cast.company.pk, date(2026, 3, 31))


@pytest.mark.slow
def test_published_invoices(act: Make, cast: Any) -> None:
    """1,181 invoices posted and settled in the ledger give the published figures (as documents say them)."""
    if not REAL.exists():
        pytest.skip(f"the published invoices are not here ({REAL})")
    with REAL.open(newline="") as f:
        rows = list(csv.DictReader(f))
    a = act()
    parties = {n: customers.create(a, n, n, currency="USD").pk for n in sorted({r["customerID"] for r in rows})}
    bills, cash, days = [], [], []
    for r in rows:
        on, due, paid = (read_date(r[k], "m/d/yyyy") for k in ("InvoiceDate", "DueDate", "SettledDate"))
        amount = Money(parse_minor(r["InvoiceAmount"], "USD"), "USD")
        bills.append(bill(parties[r["customerID"]], r["invoiceNumber"], on, due, amount))
        cash.append(receipt(parties[r["customerID"]], f"R{r['invoiceNumber']}", paid, amount))
        days.append((paid, amount.minor))
    posted = [p.items[0] for p in books.post(act(), [*bills, *cash])]
    pairs = zip(posted[: len(bills)], posted[len(bills) :], days, strict=True)
    books.clear(act(), [ClearDraft(on, ((i, minor), (c, -minor))) for i, c, (on, minor) in pairs])

    (row,) = queries.figures(cast.company.pk, date(2013, 6, 30))
    assert (row.last.closing, row.last.overdue) == (172_194, 35_968)
    assert (row.figures.dso_month.text, row.figures.dso_quarter.text, row.figures.cei.text) == (
        "22.77",
        "17.85",
        "90.67",
    )
    (row,) = queries.figures(cast.company.pk, date(2014, 1, 31))
    assert rules.places(row.figures.days_late.value, 4) == "3.1854"
    assert sum(m.billed for m in row.months) == 6_945_755
    for day, buckets in (
        (date(2012, 12, 31), {"not_due": (244_936, 42), "1-30": (20_091, 4)}),
        (date(2013, 6, 30), {"not_due": (136_226, 23), "1-30": (35_968, 6)}),
    ):
        (aged,) = ledger.ageing(cast.company.pk, day)
        assert {k: (b.amount, b.items) for k, b in aged.buckets.items() if b.items} == buckets
    for m in row.months:
        (aged,) = ledger.ageing(cast.company.pk, month_end(m.start)) or (None,)
        assert m.closing == (aged.total.amount if aged else 0)
        eve = m.start - timedelta(days=1)
        assert m.opening == sum(r.total.amount for r in ledger.ageing(cast.company.pk, eve))
