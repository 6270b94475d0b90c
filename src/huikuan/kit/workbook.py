"""Workbooks that people hand in, read safely: any sheet of an XLSX or XLS as rows of texts. Pure: bytes and values.

A workbook is looked at before it is read: what it unfolds to (counted, for what it says of its size may be a lie), how
many parts it has, whether one brings a document type, whether a cell holds a formula (a reader would show only its last
value, which nobody has checked). `read` does it all in a child process.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from huikuan.kit.apart import apart
from huikuan.kit.errors import Invalid
from huikuan.kit.words import _

MEGABYTE = 1024 * 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"  # not just PK: a heading may begin with it
_BOOK = _("Give an XLSX or XLS workbook, best one that Excel has saved.")
_SPLIT = _("Open it, keep only the sheet that is wanted, and save it again.")


@dataclass(frozen=True, slots=True)
class Caps:
    """How much a workbook may hold. Bytes; `ratio` counts from `suspect` bytes on: honest sheets fold 5 to 50 times."""

    packed: int = 64 * MEGABYTE
    unfolded: int = 256 * MEGABYTE
    suspect: int = 16 * MEGABYTE
    ratio: int = 200
    parts: int = 2000
    rows: int = 1_048_576
    columns: int = 500


@dataclass(frozen=True, slots=True)
class Workbook:
    """One sheet: its cells as texts as a person sees them; `formulas` maps (row, column) from 0 to the formula's text."""

    names: tuple[str, ...]
    name: str
    rows: list[list[str]]
    formulas: dict[tuple[int, int], str]


def read(content: bytes, *, sheet: str | int = 1, caps: Caps | None = None) -> Workbook:
    """The sheet of that name or place (from 1), read in a child process. Raises Invalid."""
    caps = caps or Caps()
    if len(content) > caps.packed:
        raise Invalid.one(
            "file", len(content), _("The file is larger than %(limit)s MB.", limit=caps.packed // MEGABYTE), _SPLIT
        )
    found = apart("huikuan.kit.workbook:work", content, {"sheet": sheet, "caps": asdict(caps)})
    formulas = {(row, column): text for row, column, text in found["formulas"]}
    return Workbook(tuple(found["names"]), found["name"], found["rows"], formulas)


def work(content: bytes, given: dict[str, Any]) -> dict[str, Any]:
    """`read_here` for the child process."""
    book = read_here(content, sheet=given["sheet"], caps=Caps(**given["caps"]))
    formulas = [[row, column, text] for (row, column), text in book.formulas.items()]
    return {"names": book.names, "name": book.name, "rows": book.rows, "formulas": formulas}


def read_here(content: bytes, *, sheet: str | int = 1, caps: Caps | None = None) -> Workbook:
    """The same in this process, for the child itself and for tests."""
    from python_calamine import CalamineWorkbook

    caps = caps or Caps()
    folded = content.startswith(ZIP)
    if folded:
        check_archive(content, caps)
    elif not content.startswith(OLE):
        raise Invalid.one("file", "", _("This is not a workbook."), _BOOK)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = list(book.sheet_names)
        if isinstance(sheet, int):
            chosen = names[sheet - 1] if 0 < sheet <= len(names) else None
        else:
            chosen = sheet if sheet in names else None
        if chosen is None:
            raise Invalid.one("sheet", sheet, _("The workbook has no such sheet; it has %(names)s.", names=names))
        table = book.get_sheet_by_name(chosen)
        high, wide = table.total_height, table.total_width
        if wide > caps.columns * 4 or high > caps.rows or high * max(1, wide) > 20_000_000:
            raise Invalid.one("file", f"{high} x {wide}", _("The sheet is larger than any list."), _SPLIT)
        grid = table.to_python(skip_empty_area=False)
    except Invalid:
        raise
    except BaseException as e:  # calamine's panics arrive as BaseException; the door wants a sentence
        if isinstance(e, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        raise _damaged(e) from e
    rows = [[cell_text(c) for c in cells[: caps.columns]] for cells in grid]
    return Workbook(tuple(names), chosen, rows, formula_cells(content, chosen) if folded else {})


def _damaged(e: BaseException) -> Invalid:
    return Invalid.one("file", f"{type(e).__name__}: {e}"[:100], _("The workbook is damaged or not a workbook."), _BOOK)


def check_archive(content: bytes, caps: Caps | None = None) -> None:
    """Refuse a workbook that would unfold to more than it may, is locked, hides files, or brings a document type."""
    caps = caps or Caps()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > caps.parts:
                raise Invalid.one("file", len(members), _("The workbook hides %(n)s files.", n=len(members)), _BOOK)
            total = 0
            for member in members:
                if member.flag_bits & 1:
                    raise Invalid.one(
                        "file", member.filename, _("The workbook is locked with a password."), _("Save it without one.")
                    )
                text = member.filename.lower().endswith((".xml", ".rels", ".vml"))
                tail = b""
                with archive.open(member) as part:
                    while piece := part.read(MEGABYTE):
                        total += len(piece)
                        if text and _brings_types(tail + piece):
                            raise Invalid.one(
                                "file",
                                "DOCTYPE",
                                _("The workbook carries a document type, which could pull in foreign data."),
                                _BOOK,
                            )
                        tail = piece[-20:]
                        if total > caps.unfolded or (total > caps.suspect and total > caps.ratio * len(content)):
                            raise Invalid.one(
                                "file",
                                f"{total} / {len(content)}",
                                _("The file unfolds to more than it may: %(large)s MB and more from %(small)s KB.",
                                  large=total // MEGABYTE, small=max(1, len(content) // 1024)),
                                _SPLIT,
                            )  # fmt: skip
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, ValueError, RuntimeError) as e:
        raise _damaged(e) from e


def _brings_types(piece: bytes) -> bool:
    plain = piece.replace(b"\0", b"") if b"\0" in piece else piece  # also in UTF-16
    return b"<!DOCTYPE" in plain or b"<!ENTITY" in plain


def cell_text(cell: object) -> str:
    """A workbook's cell as a person sees it; dates as yyyy-mm-dd."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (int, float)):
        # A workbook keeps numbers as doubles, of which Excel shows 15 digits; what stands behind them is noise.
        text = format(Decimal(format(cell, ".15g") if isinstance(cell, float) else cell), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d") if cell.time() == time() else cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?f>)", re.DOTALL)


def formula_cells(content: bytes, sheet: str) -> dict[tuple[int, int], str]:
    """(row, column) from 0 → text, of every cell of an XLSX sheet that holds a formula: its shown value may be stale or
    missing."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            book = archive.read("xl/workbook.xml") if "xl/workbook.xml" in names else b""
            rels = archive.read("xl/_rels/workbook.xml.rels") if "xl/_rels/workbook.xml.rels" in names else b""
            part = _part_of(sheet, book, rels, names)
            if part is None:
                return {}
            xml = archive.read(part)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, ValueError, KeyError) as e:
        raise _damaged(e) from e
    found: dict[tuple[int, int], str] = {}
    if not re.search(rb"<(?:\w+:)?f\b", xml):
        return found
    for letters, number, inside in _CELL.findall(xml):
        formula = _FORMULA.search(inside)
        if formula:
            column = 0
            for letter in letters:
                column = column * 26 + letter - 64
            found[int(number) - 1, column - 1] = (formula[1] or b"").decode("utf-8", "replace")[:100]
    return found


def _part_of(sheet: str, book: bytes, rels: bytes, names: Sequence[str]) -> str | None:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    link = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    try:
        ids = {e.get("name"): e.get(link) for e in etree.fromstring(book, parser).iter("{*}sheet")}
        targets = {e.get("Id"): e.get("Target") for e in etree.fromstring(rels, parser).iter("{*}Relationship")}
    except (etree.LxmlError, ValueError):
        return None
    target = targets.get(ids.get(sheet)) or ""
    path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    return path if path in names else None
