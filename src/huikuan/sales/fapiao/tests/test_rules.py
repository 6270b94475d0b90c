"""Numbers as they are written, what may be noted on what, and registers row by row."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huikuan.kit.errors import Invalid
from huikuan.sales.fapiao import rules
from huikuan.sales.fapiao.rules import Bill, Draft, There, judge, sheet

DAY = date(2026, 3, 2)
ONE, TWO = "26312000000012345678", "26312000000087654321"
CODE, OLD = "044001900111", "00012345"
BILL = Bill(1, "90000001", "invoice", "posted", 7, 8, DAY, 100_00, "CNY")
NEXT = Bill(2, "90000002", "invoice", "posted", 7, 8, DAY, 50_00, "CNY")
OTHER = Bill(3, "90000003", "invoice", "posted", 9, 9, DAY, 100_00, "CNY")
CREDIT = Bill(4, "90000004", "credit_note", "posted", 7, 8, DAY, -20_00, "CNY")
BILLS = {b.id: b for b in (BILL, NEXT, OTHER, CREDIT)}


def there(bill: Bill, number: str = ONE, amount: int | None = None, code: str = "") -> There:
    return There(bill.id, bill.number, bill.payer, bill.gross, bill.currency, code, number, amount)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ONE, ("", ONE)),
        (" 2631 2000 0000 1234 5678 ", ("", ONE)),
        ("２６３１２０００００００１２３４５６７８", ("", ONE)),
        (f"{CODE} {OLD}", (CODE, OLD)),
        (f"{CODE}-{OLD}", (CODE, OLD)),
        ("1234567", ("", "1234567")),
    ],
)
def test_how_numbers_are_written(text: str, found: tuple[str, str]) -> None:
    assert rules.split(text) == found


@pytest.mark.parametrize(
    ("code", "number", "field"),
    [
        ("", ONE, ""),
        (CODE, OLD, ""),
        ("0440019001", OLD, ""),
        ("", ONE[:-1], "number"),
        ("", OLD, "number"),
        ("", "2631200000001234567X", "number"),
        ("", "²" * 20, "number"),
        (CODE[1:], OLD, "code"),
        (CODE, ONE, "number"),
    ],
)
def test_what_is_a_number(code: str, number: str, field: str) -> None:
    wrong = rules.form(code, number)
    assert (wrong[0] if wrong else "") == field


def test_numbers_typed_one_a_line() -> None:
    text = f"{ONE}\n\n{CODE} {OLD} 2026/3/1\n{TWO}, 2026-03-02\n"
    assert rules.typed(text, DAY) == [("", ONE, DAY), (CODE, OLD, date(2026, 3, 1)), ("", TWO, DAY)]
    with pytest.raises(Invalid) as e:
        rules.typed(f"{ONE}\n123\n2026-03-02", DAY)
    assert [(f.row, f.value) for f in e.value.faults] == [(2, "123"), (3, "2026-03-02")]
    with pytest.raises(Invalid):
        rules.typed(" \n", DAY)


@pytest.mark.parametrize(
    ("draft", "stands", "field"),
    [
        (Draft(1, "", ONE, DAY), (), ""),
        (Draft(1, "", TWO, DAY), (there(BILL),), ""),  # split
        (Draft(2, "", ONE, DAY), (there(BILL),), ""),  # merged
        (Draft(4, "", ONE, DAY), (), ""),
        (Draft(1, "", ONE, DAY), (there(BILL),), "number"),
        (Draft(3, "", ONE, DAY), (there(BILL),), "number"),  # another payer's
        (Draft(1, "", ONE, DAY - timedelta(1)), (), "issued_on"),
        (Draft(1, "", ONE, DAY + timedelta(2)), (), "issued_on"),
        (Draft(5, "", ONE, DAY), (), "document"),
        (Draft(1, "", ONE, DAY, 100_00), (), ""),
        (Draft(1, "", ONE, DAY, 99_99), (), "amount"),
        (Draft(1, "", TWO, DAY, 40_00), (there(BILL, ONE, 60_00),), ""),
        (Draft(1, "", TWO, DAY, 40_00), (there(BILL, ONE),), ""),  # the other may be the 60.00
        (Draft(1, "", TWO, DAY, 140_00), (there(BILL, ONE),), "amount"),
        (Draft(2, "", ONE, DAY, 150_00), (there(BILL, ONE, 150_00),), ""),
        (Draft(2, "", ONE, DAY, 150_00), (there(BILL, ONE, 100_00),), "amount"),
        (Draft(4, "", ONE, DAY, -20_00), (), ""),
        (Draft(4, "", ONE, DAY, 20_00), (), ""),
        (Draft(1, "", ONE, DAY, -100_00), (), "amount"),
    ],
)
def test_what_may_be_noted(draft: Draft, stands: tuple[There, ...], field: str) -> None:
    wrong = judge([draft], BILLS, stands, DAY + timedelta(1))
    assert [f.field for f in wrong.get(0, ())] == ([field] if field else [])


@pytest.mark.parametrize("change", [{"state": "draft"}, {"state": "cancelled"}, {"kind": "cancellation"}])
def test_bills_that_take_no_number(change: dict[str, str]) -> None:
    facts = {f: getattr(BILL, f) for f in BILL.__slots__}
    wrong = judge([Draft(1, "", ONE, DAY)], {1: Bill(**(facts | change))}, (), DAY)
    assert [f.field for f in wrong[0]] == ["document"]


def test_amounts_of_several_at_once() -> None:
    split = [Draft(1, "", ONE, DAY, 60_00), Draft(1, "", TWO, DAY, 40_00)]
    assert judge(split, BILLS, (), DAY) == {}
    merged = [Draft(1, "", ONE, DAY, 150_00), Draft(2, "", ONE, DAY, 150_00)]
    assert judge(merged, BILLS, (), DAY) == {}
    assert set(judge(merged[:1], BILLS, (), DAY)) == {0}
    twice = [Draft(1, "", ONE, DAY), Draft(1, "", ONE, DAY)]
    assert set(judge(twice, BILLS, (), DAY)) == {1}


def row(**cells: str) -> dict[str, str]:
    return {"digital": ONE, "issued_on": "2026-03-02 10:20:30", "bill": "90000001", **cells}


def read(*rows: dict[str, str], stands: tuple[There, ...] = ()) -> sheet.Read:
    known = sheet.Known({b.number: b for b in BILLS.values()}, stands, {"万家": (8,), "别家": (9,)}, DAY)
    return sheet.read(list(enumerate(rows, 2)), known)


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({}, ""),
        ({"digital": f"{ONE}\t"}, ""),
        ({"digital": "", "number": ONE}, ""),
        ({"digital": "", "code": CODE, "number": OLD}, ""),
        ({"amount": "100.00", "buyer": "万家"}, ""),
        ({"amount": "¥100.00", "buyer": "谁知道"}, ""),
        ({"bill": "", "remark": "订单PO-1,账单90000001"}, ""),
        ({"bill": "", "remark": "订单PO-1"}, "remark"),
        ({"bill": ""}, "remark"),
        ({"bill": "90000009"}, "bill"),
        ({"bill": "90000001、90000003"}, "bill"),
        ({"buyer": "别家"}, "buyer"),
        ({"state": "已作废"}, "state"),
        ({"digital": "=A1"}, "digital"),
        ({"digital": "26312000000012300000"}, "digital"),
        ({"digital": "2.6312E+19"}, "digital"),
        ({"digital": ""}, "number"),
        ({"digital": "123"}, "digital"),
        ({"issued_on": "32.1.2026"}, "issued_on"),
        ({"issued_on": "2026-03-01"}, "issued_on"),
        ({"amount": "abc"}, "amount"),
        ({"amount": "99.00"}, "amount"),
    ],
)
def test_rows_of_a_register(cells: dict[str, str], field: str) -> None:
    found = read(row(**cells))
    assert [f.field for f in found.faults.get(2, ())] == ([field] if field else [])
    assert len(found.drafts) == (not field)


def test_rows_that_belong_together() -> None:
    merged = read(row(bill="90000001 90000002", amount="150"))
    assert [d.document for d in merged.drafts] == [1, 2]
    split = read(row(amount="60"), row(digital=TWO, amount="40"))
    assert (len(split.drafts), split.faults) == (2, {})
    # the second row falls, and the first rested on it
    fallen = read(row(amount="60"), row(digital=TWO, amount="40", issued_on="2026-03-01"))
    assert (fallen.drafts, set(fallen.faults)) == ((), {2, 3})
    again = read(row(), row(), row(digital=TWO), stands=(there(BILL),))
    assert (again.known, [d.number for d in again.drafts]) == ((2, 3), [TWO])
    odd = read(row(amount="100"), row(amount="40"))
    assert (len(odd.drafts), [f.field for f in odd.faults[3]]) == (1, ["amount"])


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, 4]), st.sampled_from([ONE, TWO, "26312000000000000001"]), st.sampled_from([None, 50_00, 100_00, 150_00])), max_size=8))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_what_lands_is_always_sound(given_rows: list[tuple[int, str, int | None]]) -> None:
    """Every row is noted, known or refused; what is noted has one payer for each number, once on each bill; and the same rows
    again add nothing."""
    rows = [row(digital=n, bill=BILLS[pk].number, amount="" if a is None else f"{a // 100}") for pk, n, a in given_rows]
    found = read(*rows)
    told = [{d.row for d in found.drafts}, set(found.known), set(found.faults)]
    assert sum(map(len, told)) == len(rows) and set().union(*told) == set(range(2, len(rows) + 2))
    payers = {(n, BILLS[d.document].payer) for d in found.drafts for n in (d.number,)}
    assert len(payers) == len({n for n, _p in payers})
    assert len({(d.document, d.number) for d in found.drafts}) == len(found.drafts)
    stands = tuple(there(BILLS[d.document], d.number, d.amount) for d in found.drafts)
    assert read(*(r for n, r in enumerate(rows, 2) if n in told[0]), stands=stands).drafts == ()


def test_what_a_payer_may_mean() -> None:
    old = f"{CODE}{OLD}"
    assert rules.asked([ONE, "12345678", f"{CODE}-{OLD}", "20260302", "1234567", "A2345678", "90000001234"]) == {
        ONE: ONE, "12345678": "12345678", f"{CODE}-{OLD}": old,
    }  # fmt: skip
