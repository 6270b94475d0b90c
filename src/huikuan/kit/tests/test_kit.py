"""Money, dates and words, by example and by property."""

from __future__ import annotations

from datetime import date

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.kit.dates import WorkCalendar, add_months, month_end, read_date
from huikuan.kit.money import (
    Money,
    capitals,
    convert,
    divide,
    exponent,
    extend,
    parse_minor,
    parse_price,
    parse_quantity,
    parse_rate,
    scaled_text,
    share,
    split,
)
from huikuan.kit.words import Say, _, unpack


@pytest.mark.parametrize(("currency", "places"), [("CNY", 2), ("JPY", 0), ("KWD", 3), ("INR", 2)])
def test_exponents_are_those_of_iso_4217(currency, places):
    assert exponent(currency) == places


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1,234.50", 123450),
        ("(12.00)", -1200),
        ("-3", -300),
        ("１２.３", 1230),
        ("¥5", 500),
        ("123.45-", -12345),
        ("0", 0),
    ],
)
def test_amounts_are_read(text, minor):
    assert parse_minor(text, "CNY") == minor


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3", "=1+1", "1e5", "NaN", "12,34", "1,2345", "1.234", "--1", "99" * 20]
)
def test_what_is_not_an_amount_is_not_guessed_at(text):
    with pytest.raises(ValueError):
        parse_minor(text, "CNY")


@given(st.integers(-(10**15), 10**15), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_an_amount_written_is_read_back(minor, currency):
    money = Money(minor, currency)
    assert Money.parse(money.text(), currency) == money == Money.parse(money.text(grouped=True), currency)


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any))
def test_a_split_adds_up_and_no_piece_is_off_by_a_unit(total, weights):
    pieces = split(total, weights)
    assert sum(pieces) == total
    for piece, weight in zip(pieces, weights, strict=True):
        assert abs(piece * sum(weights) - total * weight) < sum(weights)


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_rounding_is_half_up_away_from_nothing(n, d):
    q = divide(n, d)
    assert abs(2 * (q * d - n)) <= d
    assert divide(-n, d) == -q


def test_known_figures():
    assert share(1600000, parse_rate("1%")) == 16000
    assert divide(1600000 * 1, 101) == 15842  # 16000.00 gross at 1 %: tax 158.42
    assert extend(parse_quantity("6"), parse_price("2.545"), "GBP") == 1527
    assert convert(10000, "USD", "JPY", parse_rate("150.5")) == 15050
    assert scaled_text(parse_price("2.5450"), 10**10, least=2) == "2.545"
    assert capitals(1600000, yuan="圆") == "壹万陆仟圆整" and capitals(221, yuan="圆") == "贰圆贰角壹分"
    assert capitals(10001) == "壹佰元零壹分" and capitals(0) == "零元整" and capitals(-5) == "负伍分"


@given(st.integers(1, 10**15))
def test_capitals_agree_with_another_library(minor):
    other = cn2an.an2cn(f"{minor // 100}.{minor % 100:02d}", "rmb").replace("整", "")
    assert capitals(minor).replace("整", "") == other
    assert capitals(minor).endswith("分") == bool(minor % 10)


def test_two_currencies_do_not_add_up():
    with pytest.raises(ValueError):
        Money(1, "CNY") + Money(1, "USD")


def test_dates_are_read_in_one_style_only():
    assert read_date("30-03-2020", "dd-mm-yyyy") == date(2020, 3, 30)
    assert read_date("2010-12-01 08:26:00") == date(2010, 12, 1)
    assert read_date("2025-04-02T00:00:00.000Z") == date(2025, 4, 2)
    assert read_date("4/6/2012", "m/d/yyyy") == date(2012, 4, 6)
    for text, style in (("2025-02-30", "iso"), ("30-03-2020", "iso"), ("03-30-2020", "dd-mm-yyyy"), ("", "iso")):
        with pytest.raises(ValueError):
            read_date(text, style)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-60, 60))
def test_months_keep_the_day_or_end(day, months):
    later = add_months(day, months)
    assert later.day == min(day.day, month_end(later).day)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months


def test_the_work_calendar():
    calendar = WorkCalendar({date(2026, 10, 1): False, date(2026, 10, 10): True}, frozenset({2026}))
    assert calendar.shift(date(2026, 10, 1), "next") == date(2026, 10, 2)
    assert calendar.shift(date(2026, 10, 10), "next") == date(2026, 10, 10)
    assert calendar.shift(date(2026, 10, 11), "previous") == date(2026, 10, 10)
    assert calendar.add(date(2026, 9, 30), 1) == date(2026, 10, 2) and not calendar.is_known(date(2027, 1, 1))


def test_a_sentence_is_stored_and_said_again():
    inner = _("No.")
    said = _("Order %(number)s: %(why)s (%(amount)s)", number="A", why=inner, amount=Money(150, "CNY"))
    again = unpack(said.pack())
    assert isinstance(again, Say) and str(again) == str(said) == "Order A: No. (1.50 CNY)"


def test_the_usual_currencies_are_as_the_table_says() -> None:
    import moneyed

    from huikuan.kit import money

    assert {c: len(str(moneyed.get_currency(c).sub_unit)) - 1 for c in money._USUAL} == money._USUAL
