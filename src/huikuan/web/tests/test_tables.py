"""Columns and the XLSX: amounts to the cent, texts that stay texts, exactly what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import openpyxl
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.web import look, tables
from huikuan.web.tables import Column


@dataclass(frozen=True)
class Row:
    id: int = 1
    text: Any = ""
    amount: Any = 0
    currency: str = "CNY"
    day: Any = None
    quantity: int = 0


def sheet(columns: Any, rows: list[Any], **more: Any) -> Any:
    body, written, cut = tables.xlsx("T", columns, rows, **more)
    assert (written, cut) == (len(rows), False)
    return openpyxl.load_workbook(BytesIO(body)).worksheets[0], body


AMOUNT = Column("amount", _("Amount"), "money", total=True)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(-(10**15) + 1, 10**15 - 1), min_size=1, max_size=20))
def test_amounts_reach_excel_to_the_cent(minors: list[int]) -> None:
    found, _body = sheet((AMOUNT,), [Row(amount=m) for m in minors])
    for at, minor in enumerate(minors, start=2):
        value = found.cell(at, 1).value
        assert round(value * 100) == minor and found.cell(at, 2).value == "CNY"


def test_an_amount_too_long_for_excel_is_text_not_rounded() -> None:
    found, _body = sheet((AMOUNT,), [Row(amount=9007199254740993123)])
    assert found.cell(2, 1).value == "90071992547409931.23"


def test_texts_stay_texts() -> None:
    evil = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2", "http://x.example/", "0012", "１２", "名\n称"]
    found, body = sheet((Column("text", _("Text")),), [Row(text=t) for t in evil])
    assert [found.cell(i + 2, 1).value for i in range(len(evil))] == evil
    assert all(found.cell(i + 2, 1).data_type == "s" for i in range(len(evil)))
    inside = ZipFile(BytesIO(body))
    assert b"<f>" not in inside.read("xl/worksheets/sheet1.xml")
    assert "xl/worksheets/_rels/sheet1.xml.rels" not in inside.namelist()


def test_dates_currencies_and_decimals() -> None:
    columns = (
        Column("day", _("Day"), "date"),
        Column("amount", _("Amount"), "money"),
        Column("quantity", _("Quantity"), "quantity"),
    )
    rows = [
        Row(day=date(2026, 3, 2), amount=Money(1234, "JPY"), quantity=1_500_000),
        Row(day=datetime(2026, 3, 1, 20, tzinfo=UTC), amount=Money(1234, "KWD")),
        Row(day=date(1850, 1, 1), amount=None),
    ]
    found, _body = sheet(columns, rows, zone="Asia/Shanghai", conditions=[("As of", "2026-03-02")])
    assert found.cell(2, 1).value == datetime(2026, 3, 2) and found.cell(2, 2).value == 1234
    assert found.cell(3, 1).value.date() == date(2026, 3, 2) and found.cell(3, 2).value == 1.234
    assert found.cell(3, 3).value == "KWD" and found.cell(2, 4).value == 1.5
    assert found.cell(4, 1).value == "1850-01-01" and found.cell(4, 2).value is None


def test_totals_stand_by_currency() -> None:
    rows = [Row(1, amount=5), Row(2, amount=7), Row(3, amount=100, currency="USD"), Row(4, amount=None)]
    found = tables.totals(rows, (AMOUNT,))
    assert found.count == 4 and found.sums == {"CNY": {"amount": 12}, "USD": {"amount": 100}}


def test_the_currency_stands_in_the_header_only_when_it_is_one() -> None:
    assert tables.headings((AMOUNT,), "", [Row(amount=1)])[0].currency == "CNY"
    assert tables.headings((AMOUNT,), "", [Row(amount=1), Row(amount=1, currency="USD")])[0].currency == ""


def test_a_click_turns_the_order_around() -> None:
    heads = tables.headings((AMOUNT, Column("text", _("Text"))), "-amount", [])
    assert [(h.arrow, h.sort) for h in heads] == [("down", "amount"), ("", "text")]
    assert tables.headings((AMOUNT,), "amount", [])[0].sort == "-amount"


def test_what_people_read() -> None:
    assert look.amount(-123456, "CNY") == '<span class="num amt neg">−1,234.56</span>'
    assert look.amount_text(1234, "JPY") == "1,234" and look.amount_text(1234, "KWD") == "1.234"
    assert look.rate_text(13_000_000) == "13.00 %"
    assert look.number_text(1_500_000, "quantity") == "1.5"
    with translation.override("zh-hans"):
        assert look.short_amount(1_234_567_800, "CNY") == "1,234.57 万"
    with translation.override("en"):
        assert look.short_amount(1_234_567_800, "CNY") == "12.35 M"


def test_nothing_from_data_becomes_html() -> None:
    evil = Row(text="<script>alert(1)</script>")
    assert "<script" not in str(Column("text", _("Text"), "link", url=lambda r: '/x"><script>').html(evil))
    assert "&lt;script" in str(Column("text", _("Text"), "link", url=lambda r: "/x").html(evil))
