"""What Chinese payers write and pay, explanation by explanation: damaged numbers, round sums from receipt to receipt,
instalments, branches, and where an amount proves nothing. Each with the case in which it must not clear."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huikuan.receivables.cash.rules import (
    Book,
    Carry,
    Case,
    Limits,
    Open,
    Payer,
    Receipt,
    Told,
    explain,
    explain_all,
    explaining,
    families,
    head,
    propose,
    take_all,
)
from huikuan.receivables.cash.rules.damaged import damaged, unknown_numbers
from huikuan.receivables.cash.rules.payer import Directory, Wanted, identify
from huikuan.receivables.cash.rules.refs import is_uscc

DAY = date(2026, 3, 2)
KNOWN = Payer(1, "name", identify(Wanted("甲"), Directory(names={"甲": (1,)})).why)


def item(pk: int, amount: int, document: str, day: int = 1, customer: int = 1, **more: object) -> Open:
    on = date(2026, 2, day)
    return Open(pk, customer, document, "", "invoice" if amount > 0 else "credit", on, on, amount, amount, **more)  # type: ignore[arg-type]


def receipt(amount: int, text: str = "", pk: int = 1, on: date = DAY, sure: bool = True) -> Receipt:
    return Receipt(pk, amount, "CNY", on, text, 1, sure)


ITEMS = [item(1, 12_345_67, "26001234"), item(2, 800_00, "26001301", 3), item(3, 9_900_10, "26005678", 5)]


@pytest.mark.parametrize(
    ("text", "amount", "legs", "sure"),
    [
        ("付发票26001234、26001302", 13_145_67, {1: 12_345_67, 2: 800_00}, True),  # a digit wrong, the sum is exact
        ("付发票26001234、260013", 13_145_67, {1: 12_345_67, 2: 800_00}, True),  # cut off
        ("付发票26001234、05678", 22_245_77, {1: 12_345_67, 3: 9_900_10}, True),  # the last five digits
        ("26001302", 800_00, {2: 800_00}, True),  # nothing else is written
        ("付发票26001234、26001302", 13_100_00, {1: 12_345_67, 2: 754_33}, False),  # not exact: shown, not cleared
        ("付发票26001234、26009999", 13_145_67, {1: 12_345_67, 2: 800_00}, False),  # nothing of ours is like it
    ],
)
def test_a_damaged_number_counts_with_an_exact_amount(text: str, amount: int, legs: dict[int, int], sure: bool) -> None:
    best = propose(receipt(amount, text), Book(ITEMS))[0]
    assert (dict(best.legs), best.sure) == (legs, sure)
    assert not any(
        p.sure for p in propose(receipt(amount, text, sure=False), Book(ITEMS)) if p.rule == "reference_near"
    )


def test_two_readings_of_a_damaged_number_are_none() -> None:
    """Of 2600130 both 26001301 and 26001302 may be meant, and both come to the amount: a person decides."""
    twins = [*ITEMS, item(4, 800_00, "26001302", 4)]
    found = propose(receipt(13_145_67, "26001234、2600130"), Book(twins))
    assert not any(p.sure for p in found)


def test_a_piece_of_a_number_beside_the_number_is_another_one() -> None:
    """SO250017 is no part of SO25001793 where that stands beside it; of one that is written in parts each part is."""
    named = [item(1, 100, "SO25001793")]
    assert unknown_numbers(receipt(100, "付订单:SO250017,SO25001793"), named) == ["SO250017"]
    assert unknown_numbers(receipt(100, "INV-2026-0001"), [item(1, 100, "INV-2026-0001")]) == []
    assert unknown_numbers(receipt(100, "26001403/542"), [item(1, 100, "26001403")]) == ["542"]


def test_an_invoice_number_of_eighteen_digits_is_no_tax_number() -> None:
    assert is_uscc("91310000MA1FL0QG6K") is (unknown_numbers(receipt(1, "税号91310000MA1FL0QG6K"), []) == [])
    assert unknown_numbers(receipt(1, "数电票263120005750734493"), []) == ["263120005750734493"]


@settings(max_examples=120, deadline=None)
@given(st.from_regex(r"[A-Z]{0,2}\d{8,20}", fullmatch=True), st.data())
def test_a_number_with_one_slip_is_known_again(number: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(number) - 1))
    wrong = number[:at] + ("7" if number[at] != "7" else "8") + number[at + 1 :]
    assert damaged(wrong, number)
    assert damaged(number[:-2], number)
    assert damaged(number[-5:], number)
    assert not damaged(number, number + "1234")


def run(receipts: list[tuple[int, str]], items: list[Open]) -> list[Case]:
    """These receipts of one payer, one a day, explained together."""
    cases = [Case(receipt(a, text, n, DAY + timedelta(days=n)), KNOWN) for n, (a, text) in enumerate(receipts, 1)]
    explain_all(cases, {1: Book(items)}, Book(items), Limits())
    return cases


ROUND = [item(1, 6_000_50, "26000001"), item(2, 7_000_25, "26000002", 2), item(3, 9_000_75, "26000003", 3)]


def test_round_sums_are_followed_from_receipt_to_receipt() -> None:
    """10,000 without a word, then 10,000 that names where it goes on: the second starts where the first ended."""
    one, two = run([(10_000_00, "货款"), (10_000_00, "26000002、26000003")], ROUND)
    assert dict(one.found[0].legs) == {1: 6_000_50, 2: 3_999_50}
    assert dict(two.found[0].legs) == {2: 3_000_75, 3: 6_999_25}
    assert not one.sure and not two.sure  # the first is a guess, and the second rests on it


def test_a_round_sum_that_names_its_items_clears() -> None:
    [one] = run([(10_000_00, "26000001、26000002")], ROUND)
    assert one.sure and (one.sure.rule, dict(one.sure.legs)) == ("reference_round", {1: 6_000_50, 2: 3_999_50})


def test_a_round_sum_waits_where_somebody_unknown_paid_one() -> None:
    stranger = Case(Receipt(9, 10_000_00, "CNY", DAY, "往来款"), Payer(None, "unknown", KNOWN.why))
    mine = Case(receipt(10_000_00, "26000001、26000002", 10, DAY + timedelta(days=1)), KNOWN)
    explain_all([stranger, mine], {1: Book(ROUND)}, Book(ROUND), Limits())
    assert mine.found[0].rule == "reference_round" and not mine.sure


def test_more_is_named_than_is_paid() -> None:
    """The first alone would take it all: something of it was paid before, which nobody has told."""
    best = propose(receipt(5_000_10, "26000001、26000002"), Book(ROUND))[0]
    assert (best.rule, best.score, best.sure) == ("reference_short", 74, False)


def test_part_of_a_named_item_waits_for_an_earlier_receipt() -> None:
    """Half of an invoice clears by its number; not while an earlier receipt of the payer may have paid some of it."""
    [alone] = run([(3_000_25, "26000001")], ROUND)
    assert alone.sure
    _guess, later = run([(4_123_00, "货款"), (3_000_25, "26000001")], ROUND)
    assert later.found[0].rule == "reference_short" and not later.sure
    _guess, nearly = run([(4_123_00, "货款"), (5_900_00, "26000001")], ROUND)
    assert nearly.sure  # nearly all of it: nothing can have been paid on it before


def test_part_of_a_named_item_waits_for_a_receipt_that_is_probably_theirs() -> None:
    first = Case(Receipt(9, 4_123_00, "CNY", DAY, "货款"), Payer(None, "like", KNOWN.why, others=((1, 88),)))
    part = Case(receipt(3_000_25, "26000001", 10, DAY + timedelta(days=1)), KNOWN)
    explain_all([first, part], {1: Book(ROUND)}, Book(ROUND), Limits())
    assert part.found[0].rule == "reference_short" and not part.sure


def test_the_same_amount_twice_is_asked_about() -> None:
    """The first is of neighbours, which a person has to say; the second, of all that is open then, may be paid twice."""
    items = [item(1, 1_000_07, "26000001"), item(2, 2_000_11, "26000112", 2), item(3, 3_100_16, "26000223", 4)]
    one, between, two = run([(5_100_27, "货款"), (1_000_07, "货款"), (5_100_27, "货款")], items)
    assert between.sure and two.found[0].rule == "everything"
    assert not one.sure and not two.sure


def test_a_round_item_of_who_pays_round_sums_is_chance() -> None:
    """10,000.00 is open, and 10,000.00 comes: but an earlier round sum waits, so this one too is paid on account."""
    items = [*ROUND, item(4, 10_000_00, "26000444", 4)]
    [alone] = run([(10_000_00, "货款")], items)
    assert alone.sure
    _first, second = run([(20_000_00, "货款"), (10_000_00, "货款")], items)
    assert not second.sure
    _first, named = run([(20_000_00, "货款"), (10_000_00, "26000444")], items)
    assert named.found[0].rule == "reference" and not named.sure


def test_what_was_taken_off_before_is_not_what_the_next_receipt_is_for() -> None:
    left = Open(1, 1, "26000001", "", "invoice", DAY, DAY, 50_00, 6_000_00)
    found = propose(receipt(7_500_00 - 1), Book([left, item(2, 9_000_00, "26000002", 2)]))
    assert all(i != 1 for i, _a in found[0].legs)


def test_an_instalment_is_a_percentage_to_the_cent() -> None:
    best = propose(receipt(4_200_15), Book(ROUND))[0]  # 60 % of 7,000.25, and of nothing else
    assert (best.rule, best.legs, best.sure) == ("share", ((2, 4_200_15),), False)


def test_sums_that_chance_would_make_are_not_cleared() -> None:
    """Items in whole hundreds make many whole thousands; items in cents do not."""
    plain = [item(n, a * 100_00, f"2600000{n}", n) for n, a in enumerate((13, 149, 150, 238, 61), 1)]
    assert not any(p.sure for p in propose(receipt(400_00 * 100), Book(plain)))
    odd = [item(n, a, f"2600000{n}", n) for n, a in enumerate((130_07, 1_490_11, 1_500_13, 2_380_17, 610_19), 1)]
    best = propose(receipt(130_07 + 1_500_13 + 610_19), Book(odd))[0]
    assert (best.rule, best.sure) == ("only_sum", True)


def test_a_sum_that_a_credit_would_give_too_is_not_cleared() -> None:
    debits = [item(1, 1_000_07, "26000001"), item(2, 2_000_11, "26000002", 2), item(3, 3_100_16, "26000003", 4)]
    amount = 1_000_07 + 3_100_16
    [sure, *_more] = propose(receipt(amount), Book(debits))
    assert sure.sure
    credit = item(9, amount - 2_000_11 - 3_100_16, "26000009", 3)
    assert credit.remaining < 0
    assert not any(p.sure for p in propose(receipt(amount), Book([*debits, credit])))


def test_money_that_comes_ahead_is_not_guessed_at() -> None:
    assert propose(receipt(3_333_33, "预付款"), Book(ROUND)) == []


def test_a_company_pays_for_its_branch() -> None:
    near = [(1, "西安天悦商贸有限公司"), (2, "西安天悦商贸有限公司宁波分公司"), (3, "宁波百川食品有限公司")]
    assert head(near[1][1]) == near[0][1] and head(near[0][1]) == ""
    family = families([near[1]], {near[0][1]: (1,)})
    assert family == {1: (2,), 2: (1,)}
    mine, theirs = item(1, 552_570, "26000806"), item(2, 552_570, "26001304", customer=2)
    payer = replace(KNOWN, family=family[1])
    found = explain(receipt(552_570), payer, {1: Book([mine]), 2: Book([theirs])}, None, Limits())
    assert {p.customer for p in found} == {1, 2} and not any(p.sure for p in found)  # both owe just that
    found = explain(receipt(552_570), payer, {1: Book([item(1, 99_99, "26000806")]), 2: Book([theirs])}, None, Limits())
    assert (found[0].customer, found[0].sure) == (2, False)
    found = explain(receipt(552_570), KNOWN, {1: Book([mine])}, None, Limits())
    assert found[0].sure  # without a branch it is theirs


def test_a_branch_is_known_by_its_place() -> None:
    names = ("广州金桥食品股份有限公司", "广州金桥食品股份有限公司南京分公司")
    directory = Directory(near=tuple(enumerate(names, 1)), shown=dict(enumerate(names, 1)))
    assert identify(Wanted("金桥食品南京分公司"), directory).others[0][0] == 2


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1_00, 30_000_00), min_size=1, max_size=7),
    st.lists(
        st.tuples(st.integers(1_00, 40_000_00), st.sampled_from(["", "货款", "26000001", "26000002、2600000", "2月货款"])),
        min_size=1, max_size=5,
    ),
)  # fmt: skip
def test_no_mix_of_receipts_clears_more_than_is_open(amounts: list[int], paid: list[tuple[int, str]]) -> None:
    items = [item(n, a, f"2600000{n}", n) for n, a in enumerate(amounts, 1)]
    taken: dict[int, int] = {}
    for case in run(paid, items):
        for p in case.found:
            assert 0 < p.applied <= case.receipt.amount
        for i, a in case.sure.legs if case.sure else ():
            taken[i] = taken.get(i, 0) + a
    assert all(taken[i] <= amounts[i - 1] for i in taken)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from((100_00, 200_00, 333_10, 100_05)), st.sampled_from((1, 2))), min_size=4, max_size=8
    ),
    st.lists(
        st.tuples(
            st.sampled_from((100_00, 200_00, 333_10, 433_15, 50_00, 100_05)),
            st.sampled_from(("货款", "26000001", "26000002 26000003", "付 26000004 部分")),
            st.sampled_from((1, 2, None)),
        ),
        min_size=3,
        max_size=9,
    ),
    st.integers(1, 4),
)
def test_what_is_told_is_what_was_explained(
    owed: list[tuple[int, int]], paid: list[tuple[int, str, int | None]], part: int
) -> None:
    """Parts of a run that are explained elsewhere, with books and cases of their own, come to the same as parts explained
    here: all that the next part needs is told."""
    items = [item(n, a, f"2600000{n}", n, customer=c) for n, (a, c) in enumerate(owed, 1)]

    def books() -> tuple[dict[int, Book], Book]:
        return {c: Book([x for x in items if x.customer == c]) for c in (1, 2)}, Book(items)

    def cases() -> list[Case]:
        return [
            Case(receipt(a, text, n, DAY + timedelta(days=n), who is not None), replace(KNOWN, customer=who))
            for n, (a, text, who) in enumerate(paid, 1)
        ]

    here, there = cases(), cases()
    mine, everyone = books()
    carry = Carry()
    for start in range(0, len(here), part):
        explain_all(here[start : start + part], mine, everyone, Limits(), carry)

    theirs, all_of_theirs = books()
    kept = Carry()
    for start in range(0, len(there), part):
        some = there[start : start + part]
        told: list[Told] = []
        for step in explaining(*pickle.loads(pickle.dumps((some, theirs, all_of_theirs, Limits(), kept)))):
            told.append(pickle.loads(pickle.dumps(step)))
        for step in told:
            for at, found in step.found:
                some[at].found = found
            take_all(step, theirs, all_of_theirs)
            if step.carry is not None:
                kept = kept.joined(step.carry)
    assert [c.found for c in there] == [c.found for c in here]
    assert (kept.same, kept.fitting, kept.pending, kept.claims) == (
        carry.same,
        carry.fitting,
        carry.pending,
        carry.claims,
    )
