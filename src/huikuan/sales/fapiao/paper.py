"""Registers of invoices as files: an upload read safely, whether workbook or CSV; refused rows back with their reasons. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from huikuan.kit import cells, workbook
from huikuan.kit.charset import certain
from huikuan.kit.errors import Invalid
from huikuan.kit.words import Say, _
from huikuan.sales.fapiao.rules import sheet
from huikuan.web import sheets

MOST_BYTES = sheets.MOST_BYTES
MOST_TEXT = 500  # signs of a cell that are kept
_HALF: dict[int, str | None] = {**dict.fromkeys(range(0xD800, 0xE000), "\ufffd"), 0: None}


def _refuse(reason: Say, value: object = "") -> Invalid:
    return Invalid.one("file", value, reason, _("Use the register as the tax bureau exports it, as .xlsx or .csv."))


def read_book(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """The rows as (row number as a spreadsheet shows it, field -> text); empty rows are left out. Raises Invalid."""
    table = (
        sheets.cells(content, sheet.MOST_ROWS) if content.startswith((workbook.ZIP, workbook.OLE)) else _csv(content)
    )
    at = next((i for i, row in enumerate(table[:20]) if len(sheet.headings(row)) >= 3), None)
    if at is None:
        raise _refuse(_("The headings were not found: %(headings)s.", headings=[c[1] for c in sheet.COLUMNS.values()]))
    columns = sheet.headings(table[at])
    if lost := sheet.missing(columns.values()):
        raise _refuse(_("These columns are missing: %(columns)s.", columns=lost))
    found = []
    for i, row in enumerate(table[at + 1 :], at + 2):
        values = {name: _tidy(row[column]) if column < len(row) else "" for column, name in columns.items()}
        if any(v.strip() for v in values.values()):
            found.append((i, values))
    if not found:
        raise _refuse(_("The sheet has no rows."))
    return found


def _tidy(cell: str) -> str:
    """What no database keeps is shown as lost."""
    return cell.translate(_HALF)[:MOST_TEXT]


def _csv(content: bytes) -> list[list[str]]:
    if len(content) > MOST_BYTES:
        raise _refuse(_("The file is larger than %(most)s MB.", most=MOST_BYTES // 2**20))
    known = certain(content)
    text = known[0] if known else content.decode("gb18030", errors="replace")
    head = text[:5000]
    mark = max(",\t;", key=head.count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
            rows.append(row)
            if len(rows) > sheet.MOST_ROWS + 1:
                raise _refuse(_("At most %(most)s rows at a time.", most=sheet.MOST_ROWS))
    except csv.Error as e:
        raise _refuse(_("This is neither a workbook nor a list of values."), str(e)[:100]) from e
    return rows


def rejects(rows: Sequence[tuple[Mapping[str, str], str]], language: str) -> bytes:
    """Rows that were refused, each with its reason in a last column that the reader ignores: mend and feed it again."""
    out = io.BytesIO()
    book = cells.workbook(out, in_memory=True)
    page = book.add_worksheet("Refused" if language == "en" else "退回")
    head, plain = (
        book.add_format({"bold": True, "bg_color": "#E6F0EE", "bottom": 1}),
        book.add_format({"num_format": "@"}),
    )
    names = [*sheet.COLUMNS, "reason"]
    for i, name in enumerate(names):
        en, zh, _others = sheet.COLUMNS.get(name, ("Reason", "原因", ()))
        page.write_string(0, i, en if language == "en" else zh, head)
        page.set_column(i, i, 60 if name == "reason" else 22, plain)
    for r, (row, why) in enumerate(rows, 1):
        for i, name in enumerate(names):
            page.write_string(r, i, why if name == "reason" else row.get(name, ""), plain)
    page.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
