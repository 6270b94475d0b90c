"""Payment terms: each kind by example, and what holds for all of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.books.customers.rules import (
    STANDARD,
    Bases,
    TermsData,
    check_tax_number,
    describe,
    due_dates,
    fold,
    initials,
    prepay,
    read_terms,
    write_terms,
)
from huikuan.kit.dates import WorkCalendar
from huikuan.kit.errors import Invalid
from huikuan.kit.money import Money

CALENDAR = WorkCalendar({date(2026, 10, 1): False, date(2026, 10, 10): True}, frozenset({2025, 2026}))
INVOICED = date(2026, 1, 15)


def due(
    rule: dict[str, Any], total: int = 10000, invoice: date = INVOICED, **bases: Any
) -> list[tuple[int, date | None, str]]:
    found = due_dates(read_terms(rule), Bases(invoice, **bases), Money(total, "CNY"), CALENDAR)
    return [(one.amount.minor, one.due, one.awaiting) for one in found]


@pytest.mark.parametrize(
    ("rule", "bases", "expected"),
    [
        ({"kind": "days", "days": 30}, {}, date(2026, 2, 14)),
        ({"kind": "days"}, {}, INVOICED),
        ({"kind": "month_end", "days": 30}, {}, date(2026, 3, 2)),
        ({"kind": "month_end"}, {"invoice": date(2026, 1, 31)}, date(2026, 1, 31)),
        ({"kind": "next_month_end", "days": 0}, {"invoice": date(2026, 1, 31)}, date(2026, 2, 28)),
        ({"kind": "next_month_end", "days": 15}, {}, date(2026, 3, 15)),
        ({"kind": "invoice_receipt", "days": 30}, {"received": date(2026, 1, 20)}, date(2026, 2, 19)),
        ({"kind": "sign_off", "days": 45}, {"signed_off": date(2026, 1, 10)}, date(2026, 2, 24)),
        ({"kind": "cash_first"}, {"order": date(2026, 1, 9)}, date(2026, 1, 9)),
        ({"kind": "cash_first"}, {}, INVOICED),
        ({"kind": "days", "days": 30, "pay_days": [10, 25]}, {}, date(2026, 2, 25)),
        ({"kind": "days", "days": 26, "pay_days": [10, 25]}, {}, date(2026, 2, 10)),
        ({"kind": "days", "days": 30, "pay_days": [31]}, {}, date(2026, 2, 28)),
        ({"kind": "days", "days": 15, "pay_days": [10]}, {}, date(2026, 2, 10)),
        ({"kind": "days", "days": 2, "shift": "next"}, {}, date(2026, 1, 19)),  # 17 January is a Saturday
        ({"kind": "days", "days": 2, "shift": "previous"}, {}, date(2026, 1, 16)),
        (
            {"kind": "days", "shift": "previous"},
            {"invoice": date(2026, 1, 17)},
            date(2026, 1, 19),
        ),  # never before its base
        ({"kind": "days", "shift": "next"}, {"invoice": date(2026, 10, 1)}, date(2026, 10, 2)),
        ({"kind": "days", "shift": "next"}, {"invoice": date(2026, 10, 10)}, date(2026, 10, 10)),  # a make-up Saturday
        ({"kind": "rolling", "latest_days": 60}, {"next_batch": date(2026, 2, 3)}, date(2026, 2, 3)),
        ({"kind": "rolling", "latest_days": 10}, {"next_batch": date(2026, 2, 3)}, date(2026, 1, 25)),
    ],
)
def test_each_kind_gives_its_day(rule: dict[str, Any], bases: dict[str, Any], expected: date) -> None:
    assert due(rule, **bases) == [(10000, expected, "")]


def test_what_is_not_known_yet_is_awaited() -> None:
    assert due({"kind": "invoice_receipt", "days": 30}) == [(10000, None, "invoice_receipt")]
    assert due({"kind": "sign_off", "days": 30}) == [(10000, None, "sign_off")]
    assert due({"kind": "rolling"}) == [(10000, None, "next_batch")]
    # A contract may say when it counts as received, or how long a batch may take: a due date that may yet move.
    assert due({"kind": "invoice_receipt", "days": 30, "deemed_days": 7}) == [
        (10000, date(2026, 2, 21), "invoice_receipt")
    ]
    assert due({"kind": "rolling", "latest_days": 60}) == [(10000, date(2026, 3, 16), "next_batch")]


def test_base_stock_stands_until_the_contract_ends_and_the_rest_does_not() -> None:
    rule = {
        "kind": "base_stock",
        "standing": {"amount": "60.00", "currency": "CNY"},
        "rest": {"kind": "days", "days": 30},
    }
    end = date(2026, 12, 31)
    assert due(rule, contract_end=end) == [(6000, end, "contract_end"), (4000, date(2026, 2, 14), "")]
    assert due(rule, contract_end=end, standing_left=1000) == [
        (1000, end, "contract_end"),
        (9000, date(2026, 2, 14), ""),
    ]
    assert due(rule, contract_end=end, standing=2000) == [(2000, end, "contract_end"), (8000, date(2026, 2, 14), "")]
    assert due(rule, contract_end=date(2026, 1, 14)) == [(10000, date(2026, 2, 14), "")]  # the contract was over
    assert due(rule, contract_end=end, standing_left=0) == [(10000, date(2026, 2, 14), "")]
    assert due(rule, total=500) == [(500, None, "contract_end")]


def test_instalments_30_50_20_as_case_18_wants_them() -> None:
    """Case 18: 100 in 30/50/20; and a full credit note then stands alone."""
    rule = {
        "kind": "parts",
        "parts": [{"percent": p, "terms": {"kind": "days", "days": d}} for p, d in (("30", 0), ("50", 30), ("20", 60))],
    }
    assert due(rule) == [(3000, INVOICED, ""), (5000, date(2026, 2, 14), ""), (2000, date(2026, 3, 16), "")]
    assert due(rule, total=-10000) == [(-10000, INVOICED, "")]
    assert [minor for minor, _due, _w in due(rule, total=101)] == [
        30,
        51,
        20,
    ]  # 30.3, 50.5, 20.2: the largest remainder


def test_early_payment_discount_and_its_why() -> None:
    terms = read_terms(
        {"kind": "days", "days": 30, "discounts": [{"days": 20, "rate": "1%"}, {"days": 10, "rate": "0.02"}]}
    )
    [one] = due_dates(terms, Bases(INVOICED), Money(10000, "CNY"), CALENDAR)
    assert one.discounts == ((date(2026, 1, 25), 2_000_000), (date(2026, 2, 4), 1_000_000))
    assert (one.discount_until, one.discount_rate) == (date(2026, 1, 25), 2_000_000)
    assert str(one.why) == (
        "Counted from the invoice date, 2026-01-15. 30 days later is 2026-02-14. "
        "Paid by 2026-01-25, 2% is taken off. Paid by 2026-02-04, 1% is taken off."
    )


def test_a_year_without_a_calendar_is_said_aloud() -> None:
    [one] = due_dates(read_terms({"kind": "days", "shift": "next"}), Bases(date(2027, 1, 2)), Money(1, "CNY"), CALENDAR)
    assert one.due == date(2027, 1, 4)
    assert one.warning and "2027" in str(one.warning) and "not published" in str(one.why)


def test_prepay_is_the_cash_first_part() -> None:
    assert prepay(read_terms({"kind": "cash_first"}), Money(500, "CNY")).minor == 500
    assert prepay(read_terms({"kind": "days"}), Money(500, "CNY")).minor == 0
    rule = {"kind": "parts", "parts": [{"percent": "30", "terms": {"kind": "cash_first"}}, {"percent": "70"}]}
    assert prepay(read_terms(rule), Money(101, "CNY")).minor == 30


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (None, "rule"),
        ({}, "kind"),
        ({"kind": "some day"}, "kind"),
        ({"kind": "days", "days": -1}, "days"),
        ({"kind": "days", "days": True}, "days"),
        ({"kind": "days", "days": "30"}, "days"),
        ({"kind": "cash_first", "days": 3}, "days"),
        ({"kind": "days", "pay_days": [0]}, "pay_days"),
        ({"kind": "days", "shift": "up"}, "shift"),
        ({"kind": "days", "discounts": [{"days": 3, "rate": "200%"}]}, "discounts"),
        (
            {"kind": "base_stock", "standing": {"amount": "1.005", "currency": "CNY"}, "rest": {"kind": "days"}},
            "standing",
        ),
        ({"kind": "base_stock", "standing": {"amount": "1", "currency": "CNY"}}, "rest.rule"),
        ({"kind": "parts", "parts": [{"percent": "60"}, {"percent": "30"}]}, "parts"),
        ({"kind": "parts", "parts": [{"percent": "100", "terms": {"kind": "parts", "parts": []}}]}, "parts.1.kind"),
        ({"kind": "days", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_rule_names_its_field(rule: Any, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_terms(rule)
    assert field in [fault.field for fault in caught.value.faults]


def test_standard_terms_can_all_be_read_and_said() -> None:
    for _code, _name, _english, rule in STANDARD:
        terms = read_terms(rule)
        assert read_terms(write_terms(terms)) == terms
        assert str(describe(terms))


# ---- properties

simple = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["days", "month_end", "next_month_end", "invoice_receipt", "sign_off"]),
        "days": st.integers(0, 400),
    },
    optional={
        "pay_days": st.lists(st.integers(1, 31), max_size=3),
        "shift": st.sampled_from(["none", "next", "previous"]),
        "discounts": st.lists(st.fixed_dictionaries({"days": st.integers(0, 60), "rate": st.just("1.5%")}), max_size=2),
    },
)
other = st.one_of(
    st.just({"kind": "cash_first"}),
    st.fixed_dictionaries({"kind": st.just("rolling")}, optional={"latest_days": st.integers(0, 90)}),
)


@st.composite
def in_parts(draw: st.DrawFn) -> dict[str, Any]:
    cuts = sorted(draw(st.sets(st.integers(1, 99), max_size=4)))
    shares = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    return {"kind": "parts", "parts": [{"percent": str(s), "terms": draw(st.one_of(simple, other))} for s in shares]}


base_stock = st.builds(
    lambda rest, minor: {"kind": "base_stock", "standing": {"amount": f"{minor}.50", "currency": "CNY"}, "rest": rest},
    simple,
    st.integers(0, 1000),
)
rules = st.one_of(simple, other, in_parts(), base_stock)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
maybe = st.one_of(st.none(), days)
bases = st.builds(Bases, days, order=maybe, received=maybe, signed_off=maybe, next_batch=maybe, contract_end=maybe,
                  standing_left=st.one_of(st.none(), st.integers(-10, 10**6)))  # fmt: skip


@given(rules, bases, st.integers(-(10**9), 10**12))
def test_parts_add_up_and_nothing_is_due_before_its_base(rule: dict[str, Any], base: Bases, minor: int) -> None:
    total = Money(minor, "CNY")
    found = due_dates(read_terms(rule), base, total, CALENDAR)
    assert found and sum(one.amount.minor for one in found) == minor
    for one in found:
        assert (one.amount.minor > 0) == (minor > 0)
        assert one.why.to("en")
        assert one.due is not None or one.awaiting
        if one.due and one.base:
            assert one.due >= one.base
        for until, rate in one.discounts:
            assert one.base and until >= one.base and 0 < rate < 10**8


@given(simple, bases, st.integers(1, 10**9))
def test_a_later_invoice_is_never_due_earlier(rule: dict[str, Any], base: Bases, minor: int) -> None:
    later = Bases(base.invoice + timedelta(days=1), received=base.received, signed_off=base.signed_off)
    [a] = due_dates(read_terms(rule), base, Money(minor, "CNY"), CALENDAR)
    [b] = due_dates(read_terms(rule), later, Money(minor, "CNY"), CALENDAR)
    assert (a.due is None) == (b.due is None)
    assert a.due is None or (b.due is not None and a.due <= b.due)


@given(rules)
def test_written_and_read_again_is_the_same(rule: dict[str, Any]) -> None:
    terms = read_terms(rule)
    assert read_terms(write_terms(terms)) == terms
    assert isinstance(terms, TermsData) and describe(terms).to("en")


json = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from(["days", "parts", "base_stock"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["kind", "days", "parts", "percent", "terms", "standing", "rest", "discounts", "rate"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(json)
def test_any_json_is_read_or_refused_but_never_breaks(data: Any) -> None:
    try:
        read_terms(data)
    except Invalid as e:
        assert e.faults


# ---- names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("沪光食品（上海）有限公司", "沪光食品(上海)有限责任公司"),
        ("Ｈｕｇｕａｎｇ　Ｆｏｏｄ Co., Ltd.", "huguang food co ltd"),
        ("阿·凡提 商行", "阿凡提商行"),
        ("沪光（中国）饮料", "沪光中国饮料"),
    ],
)
def test_spellings_of_one_name_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_a_branch_is_not_its_parent() -> None:
    assert fold("沪光食品有限公司苏州分公司") != fold("沪光食品有限公司")
    assert fold("---") == "---"


@given(st.text(max_size=300))
def test_folding_twice_changes_nothing_and_fits(name: str) -> None:
    folded = fold(name)
    assert len(folded) <= 200 and fold(folded) == folded


def test_initials() -> None:
    assert initials("重庆沪光食品(上海)有限公司") == "cqhgspshyxgs"
    assert initials("A8 咖啡 Co.") == "a8kfco"


def test_tax_numbers_are_warned_about_not_refused() -> None:
    assert check_tax_number("") is None
    assert check_tax_number("91110000600037341L") is None
    assert check_tax_number("91110000600037341l") is None
    assert "check digit" in str(check_tax_number("91110000600037341M"))
    assert "characters" in str(check_tax_number("123"))
    assert check_tax_number("11010519491231002X") is None  # the identity card of GB 11643's own example
    assert "signs" in str(check_tax_number("9111000060003734①"))
