"""Sheets of orders as files: the template, an upload read safely, rejects with their reasons. Pure: bytes and values.

An upload is looked at before it is read: what it would inflate to, how many parts it has, whether a cell holds a
formula (a reader would show only its last value, which nobody has checked).
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import xlsxwriter
from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook

from huikuan.kit.errors import Invalid
from huikuan.kit.words import Say, _
from huikuan.sales.orders.rules import sheet

MOST_BYTES = 20 * 2**20
MOST_INFLATED = 200 * 2**20
MOST_RATIO = 200  # a sheet of repeated numbers packs about 1:30
MOST_PARTS = 500
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def _refuse(reason: Say, value: object = "") -> Invalid:
    return Invalid.one("file", value, reason, _("Use the template, saved as .xlsx."))


def look(content: bytes) -> None:
    """Raise Invalid unless the bytes are a workbook of a size that can be read."""
    if len(content) > MOST_BYTES:
        raise _refuse(_("The file is larger than %(most)s MB.", most=MOST_BYTES // 2**20), len(content))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            parts = book.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as e:
        raise _refuse(_("This is not an .xlsx workbook.")) from e
    if len(parts) > MOST_PARTS:
        raise _refuse(_("The workbook has too many parts."), len(parts))
    inflated = sum(p.file_size for p in parts)
    packed = sum(p.compress_size for p in parts) or 1
    if inflated > MOST_INFLATED or (inflated > 10 * 2**20 and inflated // packed > MOST_RATIO):
        raise _refuse(_("The file would inflate to %(size)s MB; it is not read.", size=inflated // 2**20), inflated)


def _xml(book: zipfile.ZipFile, name: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    tree = etree.fromstring(book.read(name), parser)
    if tree.getroottree().docinfo.doctype:
        raise _refuse(_("The workbook holds a DOCTYPE; it is not read."))
    return tree


def formulas(content: bytes) -> dict[tuple[int, int], str]:
    """(row, column), both from 0, of every formula in the first sheet -> its text."""
    found: dict[tuple[int, int], str] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            first = _xml(book, "xl/workbook.xml").find(f"{MAIN}sheets/{MAIN}sheet")
            rels = _xml(book, "xl/_rels/workbook.xml.rels")
            target = next(r.get("Target") for r in rels if r.get("Id") == first.get(RELATION))
            name = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            with book.open(name) as part:
                for _event, cell in etree.iterparse(
                    part, tag=f"{MAIN}c", resolve_entities=False, no_network=True, huge_tree=False
                ):
                    formula = cell.find(f"{MAIN}f")
                    if formula is not None and (place := _place(cell.get("r", ""))):
                        found[place] = (formula.text or "")[:100]
                    cell.clear()
    except (
        KeyError,
        AttributeError,
        StopIteration,
        etree.XMLSyntaxError,
        zipfile.BadZipFile,
        NotImplementedError,
    ) as e:
        raise _refuse(_("The workbook is damaged.")) from e
    return found


def _place(ref: str) -> tuple[int, int] | None:
    """ "B3" as (2, 1)."""
    match = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", ref)
    if not match:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


def _text(value: Any) -> str:
    """A cell as it would be written: whole numbers without a point, days as 2026-03-31."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):  # Excel keeps 15 digits; more of them are noise
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def read_book(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """The first sheet as (row number as Excel shows it, field -> text); empty rows are left out. Raises Invalid."""
    look(content)
    formula = formulas(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        cells = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError, ValueError) as e:
        raise _refuse(_("The workbook can't be read.")) from e
    if len(cells) > sheet.MOST_ROWS + 1:
        raise _refuse(_("At most %(most)s rows at a time.", most=sheet.MOST_ROWS), len(cells))
    at = next((i for i, row in enumerate(cells[:20]) if len(sheet.headings(map(_text, row))) >= 3), None)
    if at is None:
        raise _refuse(_("The headings were not found: %(headings)s.", headings=[c[0] for c in sheet.COLUMNS.values()]))
    columns = sheet.headings(map(_text, cells[at]))
    if lost := sheet.missing(columns.values()):
        raise _refuse(_("These columns are missing: %(columns)s.", columns=list(lost)))
    found = []
    for i, row in enumerate(cells[at + 1 :], at + 1):
        values = {}
        for column, name in columns.items():
            is_formula = (i, column) in formula
            values[name] = f"={formula[i, column]}" if is_formula else _text(row[column] if column < len(row) else None)
        if any(v.strip() for v in values.values()):
            found.append((i + 1, values))
    if not found:
        raise _refuse(_("The sheet has no rows."))
    return found


def _write(
    columns: Sequence[str], rows: Sequence[Mapping[str, str]], language: str, notes: Sequence[str] = ()
) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
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
