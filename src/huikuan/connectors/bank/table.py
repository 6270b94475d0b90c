"""Any file that holds a table, as rows of text: CSV, TSV, XLSX, XLS, and HTML or XML that calls itself .xls.

Everything that could hurt is refused before it is read: archives that would unfold to more than they may, document
types and entities. Cells come out as text exactly as a person sees them, without blanks and tabs around them.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from huikuan.connectors.bank.charset import decode
from huikuan.kit.errors import Invalid
from huikuan.kit.text import whole
from huikuan.kit.words import _
from huikuan.kit.workbook import Caps, cell_text, check_archive

Row = tuple[int, list[str]]  # (line in the file, cells)

UNFOLDED = 400 * 1024 * 1024  # the most an archive may unfold to
SUSPECT = 20 * 1024 * 1024  # below this any ratio is fine
RATIO = 60  # honest sheets fold 5 to 30 times
WIDEST = 400  # columns
_BLANKS = " \t\r\n\x0b\x0c\x00\xa0\u3000\ufeff\u200b"

_OTHERS = (b"%PDF", b"\x89PNG", b"\x7fELF", b"\xff\xd8\xff", b"MZ\x90", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of(content: bytes) -> str:
    """ "xlsx", "xls", "html", "camt", "xml", "mt940", "bai2" or "csv", by what the bytes are, whatever the name says."""
    head = content[:4096]
    if head.startswith(b"PK\x03\x04"):  # not just PK: a heading may begin with it
        return "xlsx"
    if head.startswith(_OLE) or head[:2] == b"\x09\x08":
        return "xls"
    # a NUL or two in a text are a bad cell; more of them, or a known beginning, are another kind of file
    marked = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if head.startswith(_OTHERS) or (head.count(b"\x00") * 50 > len(head) and not marked):
        raise Invalid.one("file", "", _("This is not a bank statement: it holds binary data."), _FORMATS)
    text = decode(head.replace(b"\x01", b""))[0].lstrip(_BLANKS).lower()
    if re.search(r"<(!doctype html|html|table|head|body|meta)\b", text):
        return "html"
    if text.startswith("<"):
        return "camt" if _CAMT.search(content[:20000]) else "xml"
    if re.match(r"01,[^,\n]*,[^,\n]*,\d{6,8},\d{0,4},", text):
        return "bai2"
    if re.search(r"^:?\{?1:|^:(20|25|28c?|60[fm]?|61|62[fm]?|64|13d?|34f|86):", text, re.MULTILINE):
        return "mt940"
    if re.search(rb"^:(61|60[FM]?|62[FM]?):", content, re.MULTILINE):  # a bank's own lines before the first tag
        return "mt940"
    return "csv"


_CAMT = re.compile(rb"BkToCstmr(Stmt|AcctRpt|DbtCdtNtfctn)|camt\.05[234]")
_FORMATS = _("Give a CSV, XLS, XLSX, MT940, camt or BAI2 file as the bank's own site saves it.")


def rows(content: bytes, kind: str, *, charset: str = "", sheet: str = "") -> tuple[list[Row], str]:
    """(rows of the longest sheet, charset). Raises Invalid when the file as a whole cannot be read."""
    found, charset = sheets(content, kind, charset=charset, sheet=sheet)
    return max((rows for _name, rows in found), key=len, default=[]), charset


def sheets(content: bytes, kind: str, *, charset: str = "", sheet: str = "") -> tuple[list[tuple[str, list[Row]]], str]:
    """([(name, rows)] of each sheet that holds something, charset); one without a name where the format knows no sheets.
    Raises Invalid when the file as a whole cannot be read."""
    if kind in {"xlsx", "xls"}:
        return _workbook(content, kind, sheet), ""
    if kind == "xml":
        return _xml(content), "xml"
    rows, charset = _html(content, charset) if kind == "html" else _plain(content, charset)
    return [("", rows)], charset


def _plain(content: bytes, charset: str) -> tuple[list[Row], str]:
    text, found = decode(content, charset, western="cp1252" if _fits_cp1252(content) else "latin-1")
    return _delimited(text), found


def _fits_cp1252(content: bytes) -> bool:
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True


_CLOAKS = frozenset("='")


def clean(cell: str) -> str:
    """A cell without padding, and without the ="…" with which exports keep Excel from eating zeros."""
    cell = cell.strip(_BLANKS)
    if cell[:1] not in _CLOAKS:
        return cell
    if len(cell) > 3 and cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1].strip(_BLANKS)
    if len(cell) > 1 and cell[0] == "'" and cell[1:2].isdigit():  # the apostrophe that makes a number text
        return cell[1:].strip(_BLANKS)
    return cell


@lru_cache(maxsize=4096)
def fold(heading: str) -> str:
    """A heading for comparing: full width, brackets, blanks and case do not count."""
    return re.sub(r"[\s_\-:：*]+", "", unicodedata.normalize("NFKC", heading)).lower()


def _delimited(text: str) -> list[Row]:
    sample = text[:20000]
    lines = [x for x in sample.splitlines()[:60] if x.strip()]
    best, score = ",", 0
    for mark in (",", "\t", ";", "|", "^"):
        counts = sorted((x.count(mark) for x in lines), reverse=True)
        # the table is the part of the file with the most cells a line; its median is what a preamble cannot fake
        found = counts[len(counts) // 3] if counts else 0
        if found > score:
            best, score = mark, found
    csv.field_size_limit(sys.maxsize)
    out: list[Row] = []
    if text.count('"') % 2 == 1:  # a lone quotation mark would swallow the rest of the file
        reader = csv.reader(text.splitlines(), delimiter=best, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=best)
    try:
        for cells in reader:
            if len(cells) > WIDEST * 5:
                raise Invalid.one("file", len(cells), _("The sheet is larger than any statement."), _FORMATS)
            if any(made := [clean(c) for c in cells]):
                out.append((reader.line_num, made))
    except csv.Error as e:
        raise Invalid.one(
            "file", str(e), _("The file stops being a table at line %(row)s.", row=reader.line_num), _FORMATS
        ) from e
    return out


def _doctype() -> Invalid:
    return Invalid.one(
        "file", "DOCTYPE", _("The file carries a document type, which could pull in foreign data."), _FORMATS
    )


def _workbook(content: bytes, kind: str, sheet: str) -> list[tuple[str, list[Row]]]:
    from python_calamine import CalamineWorkbook

    if kind == "xlsx":
        check_archive(content, Caps(unfolded=UNFOLDED, suspect=SUSPECT, ratio=RATIO))
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = book.sheet_names
        place = whole(sheet) or 0
        if sheet and sheet not in names and not 0 < place <= len(names):
            raise Invalid.one("sheet", sheet, _("The workbook has no such sheet; it has %(names)s.", names=names))
        wanted = [sheet] if sheet in names else [names[place - 1]] if sheet else names
        found = ((name, list(_sheet(book.get_sheet_by_name(name)))) for name in wanted)
        return [(name, rows) for name, rows in found if rows]
    except Invalid:
        raise
    except MemoryError:
        raise
    except BaseException as e:  # calamine panics arrive as BaseException of pyo3; a parser says only typed things
        if isinstance(e, (KeyboardInterrupt, SystemExit)):
            raise
        raise Invalid.one("file", "", _("The workbook is damaged or not a workbook."), _FORMATS) from e


def _sheet(sheet: object) -> Iterator[Row]:
    height = getattr(sheet, "total_height", 0)
    width = getattr(sheet, "total_width", 0)
    if width > WIDEST * 5 or height * max(1, width) > 20_000_000:
        raise Invalid.one("file", f"{height} x {width}", _("The sheet is larger than any statement."), _FORMATS)
    for number, cells in enumerate(sheet.iter_rows(), start=1):  # type: ignore[attr-defined]
        texts = [_text(c) for c in cells[:WIDEST]]
        if any(texts):
            yield number, texts


def _text(cell: object) -> str:
    return clean(cell) if isinstance(cell, str) else cell_text(cell)


def _html(content: bytes, charset: str) -> tuple[list[Row], str]:
    from lxml import html as lxml_html
    from lxml.etree import LxmlError

    named = re.search(rb"charset\s*=\s*[\"']?([\w-]+)", content[:4096])
    text, found = decode(content, charset or (named[1].decode("ascii", "ignore") if named else ""))
    if "<!ENTITY" in text[:20000]:
        raise _doctype()
    try:
        parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True)
        tree = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (LxmlError, ValueError) as e:
        raise Invalid.one("file", "", _("The page in this file cannot be read."), _FORMATS) from e
    out: list[Row] = []
    for number, tr in enumerate(tree.iter("tr"), start=1):
        cells: list[str] = []
        for cell in tr.iterchildren("td", "th"):
            cells.append(clean(" ".join(cell.itertext())))
            span = whole(cell.get("colspan"))
            cells.extend([""] * (min(span, WIDEST) - 1 if span is not None else 0))
        if any(cells):
            out.append((number, cells[:WIDEST]))
    return out, found


_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"


def safe_xml(content: bytes) -> object:
    """The root of an XML document; any document type or entity refuses it."""
    from lxml import etree

    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or re.search(rb"<\x00?!\x00?D\x00?O\x00?C", content[:4096]):
        raise _doctype()
    try:
        return etree.fromstring(
            content.lstrip(b"\xef\xbb\xbf \r\n\t"),
            etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False),
        )
    except (etree.LxmlError, ValueError) as e:
        raise Invalid.one("file", "", _("The XML in this file cannot be read."), _FORMATS) from e


def _xml(content: bytes) -> list[tuple[str, list[Row]]]:
    """Excel's XML of 2003, which some banks' sites save as .xls."""
    root: Any = safe_xml(content)
    found = ((x.get(f"{_SS}Name", ""), _xml_rows(x)) for x in root.iter(f"{_SS}Worksheet"))
    out = [(name, rows) for name, rows in found if rows] or [("", rows) for rows in [_xml_rows(root)] if rows]
    if not out:
        raise Invalid.one("file", "", _("This XML is neither a sheet nor a camt statement."), _FORMATS)
    return out


def _xml_rows(node: Any) -> list[Row]:
    out: list[Row] = []
    for number, row in enumerate(node.iter(f"{_SS}Row"), start=1):
        cells: list[str] = []
        for cell in row.iterchildren(f"{_SS}Cell"):
            index = whole(cell.get(f"{_SS}Index"))
            if index is not None:
                cells.extend([""] * (min(index, WIDEST) - 1 - len(cells)))
            cells.append(clean("".join(cell.itertext())))
        if any(cells):
            out.append((number, cells))
    return out
