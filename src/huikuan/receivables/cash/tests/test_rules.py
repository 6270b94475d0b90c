"""Matching decided purely: examples of each explanation, and what holds for any mix of items and receipts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huikuan.connectors.bank.types import StatementLine
from huikuan.receivables.cash.rules import (
    Book,
    Limits,
    Open,
    Payer,
    Receipt,
    explain,
    import_ids,
    mentions,
    propose,
    same_but,
)
from huikuan.receivables.cash.rules.amounts import subsets
from huikuan.receivables.cash.rules.payer import Directory, Wanted, identify

D = date(2026, 3, 2)


def item(pk: int, amount: int, document: str = "", day: int = 1, customer: int = 1, reference: str = "") -> Open:
    when = date(2026, 2, day)
    return Open(
        pk, customer, document or f"INV-{pk:05d}", reference, "invoice" if amount > 0 else "credit", when, when, amount
    )


def receipt(amount: int, text: str = "", sure: bool = True) -> Receipt:
    return Receipt(1, amount, "CNY", D, text, 1, sure)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("货款90001234", {"90001234"}),
        ("付发票 INV-2026-0001、INV-2026-0002", {"INV20260001", "INV20260002"}),
        ("90001234/35/36", {"90001234", "90001235", "90001236"}),
        ("90001234-36", {"90001234", "90001235", "90001236"}),
        ("90001234至90001236", {"90001234", "90001235", "90001236"}),
        ("inv 00012", {"INV00012"}),
        ("付90000001、2、3号", {"90000001", "90000002", "90000003"}),
        ("INV–00012", {"00012"}),
    ],
)
def test_numbers_in_a_remark(text: str, numbers: set[str]) -> None:
    assert numbers <= mentions(text).whole


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("8月货款", {(0, 8)}),
        ("2026年12月账款", {(2026, 12)}),
        ("1-3月货款", {(0, 1), (0, 2), (0, 3)}),
        ("3月5日", set()),
    ],
)
def test_months_in_a_remark(text: str, months: set[tuple[int, int]]) -> None:
    found = mentions(text).months
    assert found == months or (months and months <= found)


@pytest.mark.parametrize(
    ("items", "amount", "text", "rule", "legs", "sure"),
    [
        ([item(1, 100), item(2, 100)], 100, "INV-00002", "reference", ((2, 100),), True),
        ([item(1, 100), item(2, 200)], 300, "INV-00001,INV-00002", "reference", ((1, 100), (2, 200)), True),
        ([item(1, 100), item(27, 200)], 80, "INV-00001", "reference_short", ((1, 80),), True),
        ([item(1, 1000), item(27, 2000)], 370, "INV-00001", "reference_short", ((1, 370),), False),  # neither nearly all nor a share
        ([item(1, 1000), item(2, 2000)], 800, "INV-00001", "reference_short", ((1, 800),), False),  # 40 % of the number beside it
        ([item(1, 1000), item(2, 975)], 970, "INV-00001", "reference_short", ((1, 970),), False),  # the one beside it fits as well
        ([item(1, 1000), item(2, 970)], 970, "INV-00001", "reference_near", ((2, 970),), False),  # ... or to the cent
        ([item(1, 1000), item(27, 970)], 970, "INV-00001", "reference_short", ((1, 970),), False),
        ([item(1, 1000), item(27, -200)], 300, "INV-00001,INV-00027", "reference_short", ((1, 500), (27, -200)), False),
        ([item(1, 100)], 125, "INV-00001", "reference_over", ((1, 100),), True),
        ([item(1, 100)], 130, "INV-00001", "reference_over", ((1, 100),), False),
        ([item(1, 1000), item(27, 500)], 1100, "INV-00001", "reference_over", ((1, 1000),), True),
        ([item(1, 1000), item(2, 1090)], 1100, "INV-00001", "reference_over", ((1, 1000),), False),
        ([item(1, 1000), item(2, 500)], 1100, "INV-00001、INV-00001", "reference_near", ((1, 1000), (2, 100)), False),  # listed twice
        ([item(1, 100), item(2, -30)], 70, "INV-00001", "reference_less_credit", ((1, 100), (2, -30)), True),
        ([item(1, 100), item(2, 30)], 130, "INV-00001", "reference_and_amount", ((1, 100), (2, 30)), False),
        ([item(150, 100), item(2, 100)], 100, "Invoice 150", "tail", ((150, 100),), True),
        ([item(1, 100), item(2, 250)], 250, "", "amount", ((2, 250),), True),
        ([item(1, 100), item(2, 100, day=5)], 100, "", "amount_several", ((1, 100),), False),
        ([item(1, 100), item(2, 250), item(3, 70, day=9)], 350, "", "oldest_first", ((1, 100), (2, 250)), True),
        ([item(1, 100), item(2, 250), item(3, 70)], 420, "", "everything", ((1, 100), (2, 250), (3, 70)), True),
        ([item(1, 100), item(2, 250), item(3, 77, day=9)], 177, "", "only_sum", ((1, 100), (3, 77)), True),
        ([item(1, 100), item(2, 250), item(3, -60)], 190, "", "amount_less_credit", ((2, 250), (3, -60)), False),
        ([item(1, 1000), item(2, 2500)], 980, "", "short", ((1, 980),), False),
        ([item(1, 1000), item(2, 2500)], 1700, "", "by_age", ((1, 1000), (2, 700)), False),
    ],
)  # fmt: skip
def test_each_explanation(
    items: list[Open], amount: int, text: str, rule: str, legs: tuple[tuple[int, int], ...], sure: bool
) -> None:
    best = propose(receipt(amount, text), Book(items))[0]
    assert (best.rule, best.legs, best.sure) == (rule, legs, sure)
    assert str(best.why)
    assert best.rest == amount - sum(a for _i, a in legs)


def test_two_ways_are_no_way() -> None:
    """The single item and the two oldest give the same amount: both are shown, none is taken."""
    found = propose(receipt(300), Book([item(1, 100), item(2, 200), item(3, 300, day=20), item(4, 5, day=21)]))
    assert [p.rule for p in found[:2]] == ["amount", "oldest_first"]
    assert not any(p.sure for p in found)


@pytest.mark.parametrize(
    ("items", "amount", "text"),
    [
        ([item(1, 517), item(2, 300, day=2)], 300, "扣费用"),  # something was taken off: then 300 is not all of it
        ([item(1, 10_000), item(2, 5_000, day=2)], 5_000, ""),  # half of the other item as well
        (
            [item(1, 700), item(2, 111, day=2), item(3, 222, day=3), item(4, 333, day=4)],
            333,
            "",
        ),  # and of two neighbours
        (
            [item(1, 100), item(2, 250), item(3, 100, day=9)],
            350,
            "",
        ),  # a newer item of the same amount would do as well
    ],
)
def test_an_amount_that_something_else_explains_clears_nothing(items: list[Open], amount: int, text: str) -> None:
    found = propose(receipt(amount, text), Book(items))
    assert found and not any(p.sure for p in found)


def test_a_tax_number_takes_nothing_off() -> None:
    assert propose(receipt(300, "货款 税号91310000BKQHPDFE5X"), Book([item(1, 517), item(2, 300, day=2)]))[0].sure


def test_what_was_taken_off_neighbours() -> None:
    items = [item(1, 90), item(2, 250, day=2), item(3, 600, day=3), item(4, 77, day=4)]
    best = propose(receipt(350, "扣费用5.00元"), Book(items))[0]
    assert (best.rule, best.legs, best.sure) == ("deduction", ((2, 250), (3, 100)), False)


def test_a_payer_who_is_not_sure_clears_nothing_by_amount() -> None:
    assert not any(p.sure for p in propose(receipt(250, sure=False), Book([item(1, 100), item(2, 250)])))


def test_what_was_billed_later_was_not_paid_before() -> None:
    late = Open(1, 1, "INV-00001", "", "invoice", date(2026, 4, 1), date(2026, 4, 1), 100)
    [found] = propose(receipt(100), Book([late]))
    assert (found.rule, found.sure) == ("ahead", False)


def test_a_number_of_another_customer_is_only_proposed() -> None:
    other = Book([item(9, 100, "90000009", customer=2)])
    found = explain(receipt(100, "90000009"), Payer(1, "name", found_why()), {1: Book([item(1, 500)])}, other, Limits())
    assert found[0].legs == ((9, 100),)
    assert not any(p.sure for p in found)


def test_more_is_named_than_the_amount_is_of() -> None:
    """The last digits of another item stand beside the number: whoever pays, the amount of one is not that of both."""
    book = Book([item(1, 319_790, "26000361"), item(2, 1_000_000, "26000482")])
    paid = Receipt(1, 1_000_000, "CNY", D, "发票号00361、26000482")
    found = explain(paid, Payer(None, "unknown", found_why()), {1: book}, book, Limits())
    assert found and not any(p.sure for p in found)
    beside = Receipt(1, 1_000_000, "CNY", D, "合同7788991、26000482")
    assert explain(beside, Payer(None, "unknown", found_why()), {1: book}, book, Limits())[0].sure


def found_why():  # type: ignore[no-untyped-def]
    from huikuan.kit.words import _

    return _("known")


NAMES = Directory(
    names={"甲公司": (1,), "乙公司": (2, 3)}, accounts={"6222": (4,), "7": (1, 2)}, usccs={"91310000MA1FL0QG6K": (5,)}, owes={3: 2, 4: 40},
    near=((1, "上海沪光食品有限公司"), (2, "上海沪光食品有限公可")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "customer", "how"),
    [
        (Wanted("某某", "6222"), 40, "account"),
        (Wanted("甲公司", "7"), 1, "name"),
        (Wanted("甲公司", "6222"), None, "tie"),
        (Wanted("乙公司"), 2, "name"),
        (Wanted("某某", "", "税号91310000MA1FL0QG6K"), 5, "uscc"),
        (Wanted("支付宝(中国)网络技术有限公司", "6222"), None, "house"),
        (Wanted("上海沪光食品有限公句"), None, "tie"),
        (Wanted(""), None, "unknown"),
    ],
)
def test_who_paid(wanted: Wanted, customer: int | None, how: str) -> None:
    found = identify(wanted, NAMES)
    assert (found.customer, found.how) == (customer, how)


amounts = st.integers(1, 60)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(amounts, st.booleans()), min_size=1, max_size=14),
    st.integers(1, 300),
    st.sampled_from(["", "INV-00001", "INV-00001 INV-00003", "2月货款"]),
)
def test_no_proposal_goes_beyond_the_item_or_the_line(rows: list[tuple[int, bool]], amount: int, text: str) -> None:
    items = [item(n, -a if credit and n > 1 else a, day=1 + n) for n, (a, credit) in enumerate(rows, 1)]
    by_id = {x.id: x for x in items}
    found = propose(receipt(amount, text), Book(items))
    for p in found:
        assert 0 < p.applied <= amount
        assert p.rest == amount - p.applied
        for pk, part in p.legs:
            assert 0 < part <= by_id[pk].remaining or by_id[pk].remaining <= part < 0
    assert sum(p.sure for p in found) <= 1
    assert not any(p.sure for p in found[1:])
    if found and found[0].sure and not found[0].rule.startswith(("reference", "tail")):
        assert found[0].rest == 0


@settings(max_examples=150, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=9), st.integers(1, 200))
def test_subset_search_finds_them_all(some: list[int], target: int) -> None:
    from itertools import combinations

    want = {
        c
        for n in range(1, len(some) + 1)
        for c in combinations(range(len(some)), n)
        if sum(some[i] for i in c) == target
    }
    assert set(subsets(tuple(some), target, most=10_000)) == want


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["", "S1", "S2"])), max_size=12))
def test_lines_keep_their_keys_in_a_longer_file(rows: list[tuple[int, str]]) -> None:
    lines = [StatementLine(n, D, D, a, "CNY", serial=s) for n, (a, s) in enumerate(rows)]
    keys = import_ids(lines)
    assert len(set(keys)) == len(keys)
    assert import_ids(lines[: len(lines) // 2]) == keys[: len(lines) // 2]


def test_which_fixed_row_was_which() -> None:
    assert same_but({"a": "1", "b": "x"}, {"a": "2", "b": "x"}, {"a"})
    assert not same_but({"a": "1", "b": "x"}, {"a": "1", "b": "y"}, {"a"})
