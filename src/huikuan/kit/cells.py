"""Workbooks and CSV that a spreadsheet will not compute: the only place that opens one for writing.

A text beginning with = + - @ (also in full width), a tab or a carriage return is a formula to Excel and its like
("=HYPERLINK(…)" in a customer's name sends away what stands beside it). XLSX: every text is written as a string cell.
CSV: such a text gets an apostrophe in front, unless it is a number as we write them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Any

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)?%?")


def workbook(out: Any, **options: Any) -> Any:
    """An xlsxwriter workbook in which texts stay texts; `out` is a path or a binary stream."""
    import xlsxwriter  # here, since every process would load it and few write a workbook

    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return xlsxwriter.Workbook(out, {**options, **safe})


def cell(value: Any) -> Any:
    """A value of a CSV cell that no spreadsheet computes."""
    if not isinstance(value, str) or not value.lstrip(" ").startswith(_STARTS) or _NUMBER.fullmatch(value.strip()):
        return value
    return "'" + value


class Writer:
    """csv.writer with every cell made safe."""

    def __init__(self, out: Any, **how: Any) -> None:
        self._writer = csv.writer(out, **how)

    def writerow(self, row: Iterable[Any]) -> None:
        self._writer.writerow([cell(v) for v in row])

    def writerows(self, rows: Iterable[Iterable[Any]]) -> None:
        for row in rows:
            self.writerow(row)
