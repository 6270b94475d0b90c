"""The key figures by example, by property, and on a published set of 1,181 invoices."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.kit.dates import add_months, month_end, read_date
from huikuan.kit.money import parse_minor
from huikuan.review.kpis import rules
from huikuan.review.kpis.rules import Month

REAL = Path(__file__).resolve().parents[6] / "shared/data/ibm_ar/invoices.csv"


@dataclass(frozen=True)
class Row:
    on: date
    due: date
    settled: date
    amount: int


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    if not REAL.exists():
        pytest.skip(f"the published invoices are not here ({REAL}): figures stay unproven on them")
    with REAL.open(newline="") as f:
        return [
            Row(
                *(read_date(r[k], "m/d/yyyy") for k in ("InvoiceDate", "DueDate", "SettledDate")),
                parse_minor(r["InvoiceAmount"], "USD"),
            )
            for r in csv.DictReader(f)
        ]


def month_of(rows: list[Row], start: date) -> Month:
    end, eve = month_end(start), start - timedelta(days=1)

    def is_open(r: Row, day: date) -> bool:
        return r.on <= day < r.settled

    weight, settled = rules.late_weight((r.due, r.settled, r.amount) for r in rows if r.settled <= end)
    return Month(
        start,
        "USD",
        billed=sum(r.amount for r in rows if start <= r.on <= end),
        opening=sum(r.amount for r in rows if is_open(r, eve)),
        closing=sum(r.amount for r in rows if is_open(r, end)),
        not_due=sum(r.amount for r in rows if is_open(r, end) and r.due >= end),
        late_weight=weight,
        settled=settled,
    )


def test_published_figures(rows: list[Row]) -> None:
    months = [month_of(rows, add_months(date(2012, 1, 1), i)) for i in range(18)]
    june = months[-1]
    assert sum(r.amount for r in rows) == 6_945_755
    assert (june.closing, june.overdue, june.not_due) == (172_194, 35_968, 136_226)
    found = rules.figures(months)
    assert found.dso_month.text == "22.77"
    assert found.dso_quarter.text == "17.85"
    assert found.cei.text == "90.67"
    last = month_of(rows, date(2014, 1, 1))
    assert rules.places(rules.days_late(last).value, 4) == "3.1854"
    assert last.closing == 0
    # opening + billed - closing is what was settled, in every month: the two ways of counting meet
    for month in months:
        end = month_end(month.start)
        paid = sum(r.amount for r in rows if month.start <= r.settled <= end)
        assert month.opening + month.billed - month.closing == paid


def make(billed: int, closing: int = 0, start: date = date(2026, 6, 1), **more: int) -> Month:
    return Month(start, "CNY", billed=billed, closing=closing, **more)


def test_count_back_by_hand() -> None:
    april, may = make(3_000, start=date(2026, 4, 1)), make(2_000, start=date(2026, 5, 1))
    june = make(1_000, closing=4_500)
    # 30 days of June, 31 of May, and 1,500 of April's 3,000: 15 days
    found = rules.dso_countback([april, may, june])
    assert found.value == 76
    assert "15.00 of the 30 days of 2026-04" in str(found.how)
    assert rules.dso_countback([make(1_000, closing=250)]).value == Fraction(15, 2)
    # a month without billing gives its days, and is not divided by
    idle = Month(date(2026, 6, 1), "CNY", billed=0, closing=1_000)
    assert rules.dso_countback([may, idle]).value == 30 + Fraction(31, 2)
    too_short = rules.dso_countback([make(1_000, closing=1_001)])
    assert too_short.value is None and "too short" in str(too_short.how)
    assert rules.dso_countback([make(1_000, closing=-5)]).value == 0


def test_no_divisor_gives_no_figure_but_a_reason() -> None:
    idle = make(0)
    found = rules.figures([idle])
    assert [f.value for f in (found.dso_month, found.dso_quarter, found.cei, found.days_late)] == [None] * 4
    assert "Nothing was billed in 2026-06" in str(found.dso_month.how)
    assert found.dso_month.text is None


def test_how_shows_the_numbers() -> None:
    how = str(rules.dso_month(make(1_000_00, closing=500_00)).how)
    assert how == "Open at the end 500.00 CNY ÷ billed in the month 1,000.00 CNY × 30 days = 15.00 days"


def test_collected_everything_due_is_one_hundred_percent() -> None:
    assert rules.cei(make(5_000, closing=700, opening=3_000, not_due=700)).value == 100


def test_half_up() -> None:
    assert rules.places(Fraction(1, 8)) == "0.13"
    assert rules.places(Fraction(-1, 8)) == "-0.13"
    assert rules.places(Fraction(3), 2) == "3.00"


money = st.integers(0, 10**12)


@given(billed=st.lists(st.integers(1, 10**9), min_size=1, max_size=24), share=st.fractions(0, 1))
def test_count_back_never_leaves_its_history(billed: list[int], share: Fraction) -> None:
    """Open between nothing and everything billed: days between 0 and all days, and growing with what is open."""
    start = add_months(date(2026, 6, 1), 1 - len(billed))
    closing = int(sum(billed) * share)
    months = [Month(add_months(start, i), "CNY", billed=b) for i, b in enumerate(billed)]

    def days(open_: int) -> Fraction:
        last = Month(months[-1].start, "CNY", billed=billed[-1], closing=open_)
        value = rules.dso_countback([*months[:-1], last]).value
        assert value is not None
        return value

    assert 0 <= days(closing) <= sum(m.days for m in months)
    assert days(closing) <= days(min(closing + 1, sum(billed)))


@given(opening=money, billed=money, paid=st.fractions(0, 1), due=st.fractions(0, 1))
def test_effectiveness_stays_in_range(opening: int, billed: int, paid: Fraction, due: Fraction) -> None:
    """With nothing negative and not-due part of closing, effectiveness lies between 0 and 100 percent."""
    closing = int((opening + billed) * paid)
    found = rules.cei(make(billed, closing=closing, opening=opening, not_due=int(closing * due))).value
    assert found is None or 0 <= found <= 100


@given(st.lists(st.tuples(st.integers(-60, 60), st.integers(1, 10**9)), min_size=1))
def test_days_late_lies_between_the_earliest_and_the_latest(items: list[tuple[int, int]]) -> None:
    due = date(2026, 6, 1)
    weight, total = rules.late_weight((due, due + timedelta(days=d), a) for d, a in items)
    late = [max(0, d) for d, _amount in items]
    assert min(late) <= Fraction(weight, total) <= max(late)
