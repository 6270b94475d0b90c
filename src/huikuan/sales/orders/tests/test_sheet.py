"""A sheet of orders: good orders land whole, bad rows say what is wrong, a second feeding adds nothing."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from huikuan.sales.orders.rules import sheet
from huikuan.sales.orders.rules.sheet import Known

DAY = date(2026, 3, 2)
KNOWN = Known({"C1": 1, "C2": 2}, {"SKU1": 11, "SKU2": 12}, {(1, "S1"): 5}, frozenset(), DAY)


def row(**cells: str) -> dict[str, str]:
    return {"order": "PO1", "customer": "C1", "item": "SKU1", "quantity": "10", **cells}


def test_rows_of_one_reference_make_one_order() -> None:
    got = sheet.read(
        [(2, row()), (3, row(item="sku2", price="3.5", discount="5%")), (4, row(order="PO2", customer="c2"))], KNOWN
    )
    assert not got.faults
    assert [(p.draft.customer, len(p.draft.lines), p.rows) for p in got.landings] == [(1, 2, (2, 3)), (2, 1, (4,))]
    line = got.landings[0].draft.lines[1]
    assert (line.item, line.quantity, line.price, line.discount) == (12, 10_000_000, 35_000_000_000, 5_000_000)
    assert got.landings[0].draft.date == DAY


def test_a_bad_row_holds_back_its_order_only() -> None:
    got = sheet.read([(2, row()), (3, row(quantity="ten")), (4, row(order="PO2"))], KNOWN)
    assert [p.rows for p in got.landings] == [(4,)]
    assert [f.field for f in got.faults[3]] == ["quantity"]
    assert "3" in str(got.faults[2][0].reason)


def test_each_fault_names_its_field() -> None:
    bad = row(customer="C9", item="=A1", quantity="-1", date="2026-02-30", ship_to="S1", discount="120%", price="1,2")
    got = sheet.read([(2, bad)], KNOWN)
    assert {f.field for f in got.faults[2]} == {"customer", "item", "quantity", "date", "discount", "price"}
    assert all(f.row == 2 for f in got.faults[2])


def test_what_landed_before_is_known() -> None:
    known = Known(KNOWN.customers, KNOWN.items, KNOWN.ship_tos, frozenset({sheet.external(1, "po1")}), DAY)
    got = sheet.read([(2, row())], known)
    assert got.known == (2,)
    assert not got.landings


def test_headings_in_both_languages() -> None:
    assert sheet.headings(["订单参考号", "Customer *", "SKU", "Qty", "?"]) == {
        0: "order",
        1: "customer",
        2: "item",
        3: "quantity",
    }
    assert sheet.missing(["order", "customer", "item"]) == ("Quantity",)


@given(st.lists(st.dictionaries(st.sampled_from(list(sheet.COLUMNS)), st.text(max_size=12)), max_size=8))
def test_any_text_gives_an_answer_for_every_row(rows: list[dict[str, str]]) -> None:
    got = sheet.read(list(enumerate(rows, 2)), KNOWN)
    told = set(got.faults) | set(got.known) | {n for p in got.landings for n in p.rows}
    assert told == set(range(2, 2 + len(rows)))
