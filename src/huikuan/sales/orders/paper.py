"""Sheets of orders as files: the template, an upload read safely (web/sheets), rejects with their reasons. Pure."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from huikuan.kit import cells
from huikuan.kit.words import _
from huikuan.sales.orders.rules import sheet
from huikuan.web import sheets
from huikuan.web.sheets import MOST_BYTES, refuse


def read_book(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """The first sheet as (row number as Excel shows it, field -> text); empty rows are left out. Raises Invalid."""
    cells = sheets.cells(content, sheet.MOST_ROWS)
    at = next((i for i, row in enumerate(cells[:20]) if len(sheet.headings(row)) >= 3), None)
    if at is None:
        raise refuse(_("The headings were not found: %(headings)s.", headings=[c[0] for c in sheet.COLUMNS.values()]))
    columns = sheet.headings(cells[at])
    if lost := sheet.missing(columns.values()):
        raise refuse(_("These columns are missing: %(columns)s.", columns=list(lost)))
    found = []
    for i, row in enumerate(cells[at + 1 :], at + 1):
        values = {name: row[column] if column < len(row) else "" for column, name in columns.items()}
        if any(v.strip() for v in values.values()):
            found.append((i + 1, values))
    if not found:
        raise refuse(_("The sheet has no rows."))
    return found


def _write(
    columns: Sequence[str], rows: Sequence[Mapping[str, str]], language: str, notes: Sequence[str] = ()
) -> bytes:
    out = io.BytesIO()
    book = cells.workbook(out, in_memory=True)
    page = book.add_worksheet("Orders" if language == "en" else "订单")
    head = book.add_format({"bold": True, "bg_color": "#E6F0EE", "bottom": 1})
    must = book.add_format({"bold": True, "bg_color": "#CFE5E1", "bottom": 1})
    text = book.add_format({"num_format": "@"})
    for i, name in enumerate(columns):
        en, zh, _others, needed = sheet.COLUMNS.get(name, ("Reason", "原因", (), False))
        page.write_string(0, i, en if language == "en" else zh, must if needed else head)
        page.set_column(i, i, 60 if name == "reason" else 18, text)
    for r, row in enumerate(rows, 1):
        for i, name in enumerate(columns):
            page.write_string(r, i, row.get(name, ""), text)
    page.freeze_panes(1, 0)
    if notes:
        other = book.add_worksheet("Notes" if language == "en" else "说明")
        other.set_column(0, 0, 100)
        for r, note in enumerate(notes):
            other.write_string(r, 0, note)
    book.close()
    return out.getvalue()


NOTES = (
    _("One row is one line. Rows with the same order reference and customer make one order."),
    _("Order reference, customer, item and quantity must be filled. Without a price the price list's is taken."),
    _("Dates as 2026-03-31, a discount as 5%%. Values only: cells with formulas are refused."),
    _("An order that has landed is known by its reference: feeding the same sheet again adds nothing."),
)


def template(language: str) -> bytes:
    """An empty sheet with the headings and how to fill it."""
    return _write(list(sheet.COLUMNS), [], language, [n.to(language) for n in NOTES])


def rejects(rows: Sequence[tuple[Mapping[str, str], str]], language: str) -> bytes:
    """Rows that wait, each with its reason in a last column that the reader ignores: mend and feed it again."""
    return _write([*sheet.COLUMNS, "reason"], [{**cells, "reason": why} for cells, why in rows], language)


__all__ = ["MOST_BYTES", "read_book", "rejects", "template"]
