"""Remittance advice: read from what payers send, kept beside the receipt, taken at its word only where it fits."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.seeds import pdf
from huikuan.connectors.bank.remittance import parse, read_apart, read_text
from huikuan.kit.errors import Denied, Invalid
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.models import Advice
from huikuan.receivables.cash.rules import AdviceLine, Book, Limits, Open, Receipt, propose
from huikuan.receivables.cash.rules.advice import near, told
from huikuan.receivables.cash.tests.desk import DAY, Desk

WEST = "杭州西湖商贸有限公司"
D = date(2026, 2, 1)


@pytest.fixture
def desk(cast: Any, act: Any) -> Desk:
    return Desk(act)


CSV = '付款通知,,,\n致:沪光食品,,,\n发票号码,发票金额,扣款金额,实付金额,备注\n90000001,1000.00,,1000.00,\n90000002,"2,000.00",80.00,"1,920.00",残损\n合计,,,"2,920.00",\n'


def sheet() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for row in (
        ["Remittance advice"],
        [],
        ["Invoice No.", "Amount paid", "Remarks"],
        ["INV-1", 100.5, ""],
        ["INV-2", -20, "credit"],
    ):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("charset", ["utf-8-sig", "gb18030"])
def test_csv_with_preamble_deductions_and_total(charset: str) -> None:
    found = parse(CSV.encode(charset))
    assert [(x.ref, x.amount, x.deduction, x.memo) for x in found.lines] == [
        ("90000001", 100_000, None, ""),
        ("90000002", 192_000, 8_000, "残损"),
    ]
    assert (found.total, found.faults) == (292_000, ())


def test_xlsx_and_pdf() -> None:
    assert [(x.ref, x.amount, x.memo) for x in parse(sheet()).lines] == [
        ("INV-1", 10_050, ""),
        ("INV-2", -2_000, "credit"),
    ]
    page = pdf(["Payment advice 2026-03-02", "INV-00017  1,250.00", "INV-00018 less damage  80.50", "Total 1,330.50"])
    found = parse(page)
    assert [(x.ref, x.amount) for x in found.lines] == [("INV-00017", 125_000), ("INV-00018", 8_050)]
    assert (found.kind, found.total) == ("pdf", 133_050)


def test_a_map_names_other_headings() -> None:
    text = "Beleg;Betrag\nR-4711;12,50\n".replace(",", ".")
    with pytest.raises(Invalid):
        parse(text.encode())
    found = parse(text.encode(), given={"columns": {"ref": ["Beleg"], "amount": "Betrag"}})
    assert [(x.ref, x.amount) for x in found.lines] == [("R-4711", 1250)]
    with pytest.raises(Invalid):
        parse(text.encode(), given={"columns": {"nonsense": ["x"]}})


@pytest.mark.parametrize(
    "content",
    [b"", b"   ", b"%PDF-1.4 broken", b"PK\x03\x04 no archive", b"\x00\x01\x02" * 50, b"a,b\n1,2\n", b"<camt/>"],
)
def test_what_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        parse(content)


def test_a_row_that_cannot_be_read_is_a_fault() -> None:
    found = parse("发票号,金额\n90000001,壹佰\n,5.00\n90000002,7.00\n".encode())
    assert [(f.row, f.field) for f in found.faults] == [(2, "amount"), (3, "ref")]
    assert [x.ref for x in found.lines] == ["90000002"]


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_anything_is_read_or_refused(content: bytes) -> None:
    try:
        parse(content)
    except Invalid:
        pass


def test_text_lines() -> None:
    found = read_text("发票 26000123 金额 1,200.00\n日期 2026-03-02\n合计 1,200.00", "CNY")
    assert [(x.ref, x.amount) for x in found.lines] == [("26000123", 120_000)]


# ---- what it proves --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("memo", "amounts", "rates", "code", "part"),
    [
        ("Deduction: Damaged goods (-$180.31)", (18_031,), (), "damage", False),
        ("扣返利1,234.50元", (123_450,), (), "rebate", False),
        ("扣运费80元", (8_000,), (), "freight", False),
        ("Less 2% early pay discount", (), (2_000_000,), "discount", False),
        ("2.5% discount taken", (), (2_500_000,), "discount", False),
        ("Progress payment #2", (), (), "", True),
        ("", (), (), "", False),
    ],
)
def test_what_a_memo_says(memo: str, amounts: tuple[int, ...], rates: tuple[int, ...], code: str, part: bool) -> None:
    found = told(memo)
    assert (found.amounts, found.rates, found.code, found.part) == (amounts, rates, code, part)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("INV-00067", "INV-00076", True), ("INV-00085", "INV-00035", True), ("INV-0067", "INV-00067", True), ("A-1", "A-2", False),
     ("INV-00067", "INV-00095", False)],
)  # fmt: skip
def test_one_slip(one: str, other: str, same: bool) -> None:
    assert near(one, other) is near(other, one) is same


def item(n: int, amount: int, document: str = "") -> Open:
    return Open(n, 1, document or f"INV-{n:05d}", "", "invoice" if amount > 0 else "credit", D, D, amount, amount)


def advised(amount: int, *lines: AdviceLine, sure: bool = True) -> Receipt:
    return Receipt(1, amount, "CNY", DAY, "", 1, sure, lines)


@pytest.mark.parametrize(
    ("items", "receipt", "rule", "legs", "sure"),
    [
        ([item(1, 100), item(2, 70)], advised(170, AdviceLine("INV-1", 100), AdviceLine("Invoice #2", 70)), "advice", ((1, 100), (2, 70)), True),
        ([item(1, 100), item(2, -30)], advised(70, AdviceLine("INV-00001", 100), AdviceLine("INV-00002", -30)), "advice", ((1, 100), (2, -30)), True),
        ([item(1, 100)], advised(80, AdviceLine("INV-00001", 80, "扣残损0.20元")), "advice_deduction", ((1, 80),), True),
        ([item(1, 100)], advised(98, AdviceLine("INV-00001", 98, "2% discount taken")), "advice_deduction", ((1, 98),), True),
        ([item(1, 100)], advised(40, AdviceLine("INV-00001", 40, "Installment 1 of 3")), "advice_part", ((1, 40),), True),
        ([item(1, 100)], advised(110, AdviceLine("INV-00001", 110)), "advice_over", ((1, 100),), True),
        # the number is nobody's, the amount is one item's: shown, not taken
        ([item(1, 100), item(2, 70)], advised(70, AdviceLine("PO-88317", 70)), "advice_amount", ((2, 70),), False),
        # the number is another item's by one slip, the amount says which
        ([item(67, 100), item(76, 60)], advised(100, AdviceLine("INV-00076", 100)), "advice_amount", ((67, 100),), False),
        # lines that do not add up to the receipt prove nothing
        ([item(1, 100)], advised(150, AdviceLine("INV-00001", 100)), "advice_over", ((1, 100),), False),
        # a payer who is only likely pays by number and exact amount alone
        ([item(1, 100)], advised(40, AdviceLine("INV-00001", 40, "partial"), sure=False), "advice_part", ((1, 40),), False),
        ([item(1, 100)], advised(100, AdviceLine("INV-00001", 100), sure=False), "advice", ((1, 100),), True),
    ],
)  # fmt: skip
def test_each_advice(
    items: list[Open], receipt: Receipt, rule: str, legs: tuple[tuple[int, int], ...], sure: bool
) -> None:
    best = propose(receipt, Book(items), Limits())[0]
    assert (best.rule, best.legs, best.sure) == (rule, legs, sure)
    assert str(best.why)


cells = st.lists(
    st.tuples(st.sampled_from(["INV-00001", "INV-2", "PO-9", "INV-00011", ""]), st.none() | st.integers(-80, 200), st.sampled_from(["", "部分", "扣0.05元", "3%"])),
    max_size=5,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-60, 120).filter(bool), min_size=1, max_size=6), st.integers(1, 400), cells)
def test_no_advice_takes_more_than_there_is(
    amounts: list[int], paid: int, lines: list[tuple[str, int | None, str]]
) -> None:
    items = [item(n, a) for n, a in enumerate(amounts, 1)]
    by_id = {x.id: x for x in items}
    for p in propose(advised(paid, *(AdviceLine(*x) for x in lines)), Book(items), Limits()):
        assert 0 < p.applied <= paid
        for pk, part in p.legs:
            assert 0 < part <= by_id[pk].remaining or by_id[pk].remaining <= part < 0
        for d in p.deductions:
            assert dict(p.legs)[d.item] + d.amount <= by_id[d.item].remaining or d.amount < 0


# ---- in the books ----------------------------------------------------------------------------------------------


def test_an_advice_clears_what_no_remark_could(desk: Desk) -> None:
    west = desk.customer("C1", WEST)
    one, two = desk.bill(west, "90000001", 100_000), desk.bill(west, "90000002", 200_000)
    desk.bill(west, "90000003", 100_000)
    line = desk.line(292_000, WEST, "", "货款")
    assert desk.match().cleared == 0
    kept, read = actions.attach_advice(desk.act("sun.tao"), line.pk, CSV.encode(), "advice.csv")
    assert (len(read.lines), kept.total) == (2, 292_000)
    assert desk.match().cleared == 1
    assert (desk.left(one), desk.left(two), desk.rest(line.pk)) == (0, 8_000, 0)
    found = queries.decided(line.pk)[0]
    assert found.deductions == [[two, 8_000, "damage", "stated"]]
    desk.verify()


def test_a_newer_advice_counts_and_one_can_be_dropped(desk: Desk) -> None:
    line = desk.line(1_000, "谁", "", "")
    actions.note_advice(desk.act("sun.tao"), line.pk, [["A-1", 1_000]])
    second = actions.note_advice(desk.act("sun.tao"), line.pk, [["A-2", None, "x"]])
    assert [a.state for a in Advice.objects.order_by("pk")] == ["past", "live"]
    assert queries.advices(desk.company, [line.pk]) == {line.pk: (AdviceLine("A-2", None, "x"),)}
    actions.drop_advice(desk.act("sun.tao"), second.pk, "another receipt's")
    assert queries.advices(desk.company, [line.pk]) == {}
    for wrong in ([], [["", 1]], [["A", True]]):
        with pytest.raises(Invalid):
            actions.note_advice(desk.act("sun.tao"), line.pk, wrong)
    with pytest.raises(Denied):
        actions.note_advice(desk.act("wu.gang"), line.pk, [["A", 1]])
    with pytest.raises(Invalid):
        actions.attach_advice(desk.act("sun.tao"), line.pk, "发票号,金额\nA,壹\n".encode())


def test_the_child_process_gives_the_same() -> None:
    assert read_apart(CSV.encode()) == parse(CSV.encode())
    with pytest.raises(Invalid):
        read_apart(b"nothing,here\n1,2\n")


def test_taught_names_and_what_ends_them(desk: Desk) -> None:
    west = desk.customer("C1", WEST)
    [lesson] = actions.teach(desk.act("sun.tao"), west, "西湖老字号商行")
    assert desk.line(100, "西湖老字号商行", "", "").how == "taught"
    actions.end_lesson(desk.act("sun.tao"), lesson.pk, "moved away")
    assert desk.line(100, "西湖老字号商行", "", "").customer_id is None
    with pytest.raises(Invalid):
        actions.teach(desk.act("sun.tao"), west)
    from huikuan.kit.errors import Refused

    with pytest.raises(Refused):
        actions.teach(desk.act("sun.tao"), west, "财付通支付科技有限公司")
