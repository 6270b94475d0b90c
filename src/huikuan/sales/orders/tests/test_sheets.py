"""Orders by XLSX: template out, dry run, good orders land, bad rows wait and are fed again; hostile files are refused."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter

from huikuan.kit.errors import Invalid
from huikuan.sales.orders import actions, paper
from huikuan.sales.orders.models import Order, OrderImport, OrderImportRow
from huikuan.sales.orders.rules import sheet
from huikuan.sales.orders.tests.shop import DAY, Shop

HEAD = ["订单参考号", "客户编号", "物料编号", "数量", "单价"]


def book(rows: list[list[Any]], formula: tuple[int, int] | None = None) -> bytes:
    out = io.BytesIO()
    file = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = file.add_worksheet()
    for r, row in enumerate([HEAD, *rows]):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    if formula:
        sheet.write_formula(*formula, "=1+1", None, 2)
    file.close()
    return out.getvalue()


def feed(act: Any, content: bytes) -> actions.Fed:
    return actions.feed(act, "orders.xlsx", hashlib.sha256(content).hexdigest(), paper.read_book(content), DAY)


def test_good_orders_land_bad_rows_wait_and_are_fed_again(shop: Shop, act: Callable[..., Any]) -> None:
    shop.customer("C1")
    shop.customer("C2", "10")
    content = book(
        [
            ["PO1", "C1", "COLA", 2, ""],
            ["PO1", "C1", "JUICE", 1.5, 9.99],
            ["PO2", "C2", "COLA", "zwei", ""],
            ["PO3", "C2", "COLA", 1, ""],
        ]
    )
    tried = feed(act("wang.lei", dry=True), content)
    assert (tried.landed, tried.quarantined) == (3, 1)
    assert Order.objects.count() == OrderImport.objects.count() == 0
    fed = feed(act("wang.lei"), content)
    assert (fed.read, fed.landed, fed.known, fed.quarantined, len(fed.orders)) == (4, 3, 0, 1, 2)
    assert [(f.row, f.field) for f in fed.faults] == [(4, "quantity")]
    assert set(Order.objects.values_list("customer_po", "state")) == {("PO1", "free"), ("PO3", "held")}
    again = feed(act("wang.lei"), content)
    assert (again.landed, again.known, again.quarantined) == (0, 3, 1)
    waiting = OrderImportRow.objects.get(sheet_id=fed.sheet, state="waiting")
    assert waiting.cells["quantity"] == "zwei"
    back = paper.read_book(paper.rejects([(waiting.cells, "why")], "en"))
    assert back == [(2, {**dict.fromkeys(back[0][1], ""), **waiting.cells})]
    mended = actions.feed_again(act("wang.lei"), fed.sheet, {"4": {"quantity": "2"}}, DAY)
    assert (mended.landed, mended.quarantined) == (1, 0)
    assert Order.objects.count() == 3


def test_an_order_that_cannot_be_placed_waits_alone(shop: Shop, act: Callable[..., Any]) -> None:
    shop.customer("C1")
    shop.customer("C3", currency="USD")  # no price list in dollars
    fed = feed(act("wang.lei"), book([["A", "C1", "COLA", 1, ""], ["B", "C3", "COLA", 1, ""]]))
    assert (fed.landed, fed.quarantined) == (1, 1)
    assert fed.faults[0].field == "price"


def test_a_formula_is_refused_by_cell(shop: Shop, act: Callable[..., Any]) -> None:
    shop.customer("C1")
    fed = feed(act("wang.lei"), book([["A", "C1", "COLA", 2, ""]], formula=(1, 3)))
    assert (fed.landed, [f.field for f in fed.faults]) == (0, ["quantity"])


def test_the_template_is_read_back_with_no_rows() -> None:
    with pytest.raises(Invalid, match="no rows"):
        paper.read_book(paper.template("zh-hans"))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_said_so(content: bytes) -> None:
    with pytest.raises(Invalid):
        paper.read_book(content)


def test_a_bomb_is_not_inflated() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("xl/workbook.xml", "<workbook/>")
        with z.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _n in range(300):
                part.write(b"0" * 2**20)
    assert len(out.getvalue()) < 400_000
    with pytest.raises(Invalid, match="unfolds"):
        paper.read_book(out.getvalue())


def test_a_doctype_is_not_read() -> None:
    source, out = io.BytesIO(book([["A", "C1", "COLA", 2, ""]])), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            body = old.read(part)
            if part.filename == "xl/workbook.xml":
                body = body.replace(b"<workbook", b'<!DOCTYPE w [<!ENTITY e SYSTEM "file:///etc/passwd">]><workbook', 1)
            new.writestr(part, body)
    with pytest.raises(Invalid):
        paper.read_book(out.getvalue())


def test_missing_columns_are_named() -> None:
    out = io.BytesIO()
    file = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = file.add_worksheet()
    for c, value in enumerate(["Order reference", "Customer", "Item"]):
        sheet.write(0, c, value)
    file.close()
    with pytest.raises(Invalid, match="Quantity"):
        paper.read_book(out.getvalue())


def test_an_order_of_a_sheet_has_one_contract(shop: Shop, act: Callable[..., Any]) -> None:
    one = shop.customer("C1").pk
    known = sheet.Known({"C1": one}, {"COLA": shop.cola.pk}, {}, frozenset(), DAY)
    row = {"customer": "C1", "item": "COLA", "quantity": "1"}
    made = [
        row | {"order": po, "contract": deal}
        for po, deal in (("P1", "XS-1"), ("P1", "XS-1"), ("P2", "XS-1"), ("P2", "XS-2"))
    ]
    found = sheet.read(enumerate(made, 2), known)
    assert [(x.draft.contract, x.rows) for x in found.landings] == [("XS-1", (2, 3))]
    assert {n: [f.field for f in some] for n, some in found.faults.items()} == {4: ["order"], 5: ["order"]}
    assert sheet.headings(["客户", "合同号"]) == {0: "customer", 1: "contract"}
