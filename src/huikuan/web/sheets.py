"""Sheets that people hand in on a page: the first sheet of a workbook as rows of texts, formulas shown as formulas.

The reading itself, with its limits and in a process of its own, is kit/workbook.
"""

from __future__ import annotations

from huikuan.kit import workbook
from huikuan.kit.errors import Invalid
from huikuan.kit.words import Say, _

MOST_BYTES = 20 * 2**20


def refuse(reason: Say, value: object = "") -> Invalid:
    return Invalid.one("file", value, reason, _("Use the template, saved as .xlsx."))


def cells(content: bytes, most_rows: int) -> list[list[str]]:
    """The first sheet, row by row from the first, as texts; a formula as "=…". Raises Invalid."""
    book = workbook.read(content, caps=workbook.Caps(packed=MOST_BYTES, columns=200))
    if len(book.rows) > most_rows + 1:
        raise refuse(_("At most %(most)s rows at a time.", most=most_rows), len(book.rows))
    for (row, column), text in book.formulas.items():
        if row < len(book.rows):
            line = book.rows[row]
            line.extend([""] * (column + 1 - len(line)))
            line[column] = f"={text}"
    return book.rows
