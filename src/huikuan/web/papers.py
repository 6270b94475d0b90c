"""A report on paper: the same figures, rows and formulas as its page, as PDF through typst.

The layout stands in `layout/report.typ`; it gets ready words and numbers as JSON and computes nothing. One compiler is
kept for the life of the process, because starting one costs more than a page.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst
from django.utils.html import strip_tags

from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.web import tables
from huikuan.web.look import Mark, amount_text, number_text, time_text
from huikuan.web.shell import language, said
from huikuan.web.tables import Column

HERE = Path(__file__).resolve().parent / "layout"
FONTS = Path(__file__).resolve().parent / "fonts"
MOST_ROWS = 2000
PDF_TYPE = "application/pdf"
_lock = Lock()  # a compiler serves one call at a time


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(str(HERE / "report.typ"), root=str(HERE), font_paths=[str(FONTS)], ignore_system_fonts=True)


def plain(value: Any) -> str:
    """A value as words without its HTML."""
    return html.unescape(strip_tags(str(value))) if hasattr(value, "__html__") else said(value)


def cell(column: Column, row: Any, zone: str) -> str:
    """What the page shows in a cell, as text: amounts with their currency's places, never rounded."""
    value = column.of(row)
    if value is None or value == "":
        return ""
    if column.kind == "money":
        minor, code = (
            (value.minor, value.currency) if isinstance(value, Money) else (int(value), column.currency_of(row))
        )
        return amount_text(minor, code).replace("-", "−")
    if column.is_number and not isinstance(value, Mark):
        return number_text(int(value), column.kind).replace("-", "−")
    return tables.plain_text(value, column.kind, zone)


def report(
    *,
    title: str,
    company: str,
    made: datetime,
    zone: str,
    conditions: Sequence[tuple[str, str]],
    figures: Sequence[Any],
    columns: Sequence[Column],
    rows: Sequence[Any],
    how: Sequence[tuple[Any, Any]],
    empty: str,
) -> bytes:
    """The PDF of a report's figures, rows (2,000 at most, and then it says so), totals and formulas."""
    shown = rows[:MOST_ROWS]
    codes = {c.key: tables.one_currency(c, shown) for c in columns}
    sums = tables.total_rows(tables.totals(list(rows), columns), columns, False)
    totals = []
    for code, cells in sums:
        line = [plain(c) for c in cells]
        if line and not line[0]:
            line[0] = f"{said(TOTAL)} {code}"
        totals.append(line)
    data = {
        "language": "en" if language() == "en" else "zh",
        "title": title,
        "company": company,
        "made": time_text(made, zone),
        "conditions": [list(c) for c in conditions],
        "figures": [[plain(f.label), plain(f.value), plain(f.note)] for f in figures],
        "heads": [[f"{said(c.label)} {codes[c.key]}".strip(), c.is_number] for c in columns],
        "rows": [[_with_code(cell(c, r, zone), c, r, codes) for c in columns] for r in shown],
        "totals": totals,
        "how": [[plain(name), plain(formula)] for name, formula in how],
        "how_title": said(HOW),
        "empty": empty,
        "cut": said(_("Only the first %(n)s rows are printed; the XLSX has them all.", n=MOST_ROWS)) if len(rows) > MOST_ROWS else "",
    }  # fmt: skip
    inputs: Any = {"data": json.dumps(data, ensure_ascii=False)}
    with _lock:
        made_of: Any = _compiler().compile(
            sys_inputs=inputs, format="pdf", timestamp=int(made.timestamp()), pdf_tags=False
        )
    return bytes(made_of)


def _with_code(text: str, column: Column, row: Any, codes: dict[str, str]) -> str:
    """An amount without its currency is half an amount."""
    if column.kind != "money" or codes[column.key] or not text:
        return text
    value = column.of(row)
    return f"{text} {value.currency if isinstance(value, Money) else column.currency_of(row)}"


TOTAL, HOW = _("Total"), _("How this is computed")
