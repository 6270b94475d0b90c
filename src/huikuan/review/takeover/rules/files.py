"""From the bytes of a file to rows of cells: unfolding with a cap, alphabets, delimiters, workbooks, formulas.

A file is refused as a whole (`Invalid`) only when nothing in it can be trusted; what is wrong with one row stays
with that row, so that the others can land.
"""

from __future__ import annotations

import csv
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

from huikuan.kit import workbook
from huikuan.kit.charset import certain, is_damaged
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.words import _

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Caps:
    """How much a file may hold. `unfolded` in bytes; `ratio` counts from `suspect` bytes on: honest tables fold 5 to 50 times."""

    unfolded: int = 256 * MEGABYTE
    suspect: int = 16 * MEGABYTE
    ratio: int = 200
    rows: int = 3_000_000
    columns: int = 500
    cell: int = 32_767  # what Excel holds


class Row(NamedTuple):
    """One row: its number as a person sees it (the heading of a plain file is row 1), its cells as text, its faults."""

    number: int
    cells: Sequence[str]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: `kind` is "csv", "xlsx" or "xls"; `skipped` counts the rows before the headings and empty rows."""

    kind: str
    charset: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    skipped: int = 0


def fold(text: str) -> str:
    """A heading for comparing: width, case, blanks, dots, dashes and brackets do not count."""
    return re.sub(r"[\s_\-.:：*()（）/]+", "", unicodedata.normalize("NFKC", text)).lower()


def _whole(value: object, reason: Any, remedy: Any = None) -> Invalid:
    return Invalid.one("file", value, reason, remedy)


def unfold(stream: IO[bytes], caps: Caps) -> bytes:
    """The bytes of a file, unpacked when it is gzip. Raises Invalid at the first byte over the caps, not after it."""
    head = stream.read(2)
    if head != b"\x1f\x8b":
        content = head + stream.read(caps.unfolded + 1)
        if len(content) > caps.unfolded:
            raise _whole(
                f"> {caps.unfolded}", _("The file is larger than %(cap)s MB.", cap=caps.unfolded // MEGABYTE), _SPLIT
            )
        return content
    out, size, taken, pending = [], 0, 2, head
    reader = zlib.decompressobj(wbits=31)
    ended = False
    try:
        while pending or (pending := stream.read(65536)):
            taken += len(pending)
            piece = reader.decompress(pending, MEGABYTE)
            pending = reader.unconsumed_tail
            taken -= len(pending)
            size += len(piece)
            out.append(piece)
            if size > caps.unfolded or (size > caps.suspect and size > caps.ratio * taken):
                raise _whole(
                    f"{size} / {taken}",
                    _("The file unfolds to more than it may: %(large)s MB and more from %(small)s KB.",
                      large=size // MEGABYTE, small=max(1, taken // 1024)),
                    _SPLIT,
                )  # fmt: skip
            ended = reader.eof
            if ended:  # several gzip members may follow each other
                pending = reader.unused_data + pending
                reader = zlib.decompressobj(wbits=31)
                if not pending.lstrip(b"\0"):
                    pending = b""
                ended = not pending
    except zlib.error as e:
        raise _whole(str(e), _("The packed file is damaged."), _("Pack it again, or load it unpacked.")) from e
    if not ended:  # cut short on its way here: what is missing might be rows, or the end of an amount
        raise _whole(taken, _("The packed file is damaged."), _("Pack it again, or load it unpacked."))
    return b"".join(out)


_SPLIT = _("Load it in parts, or unpacked. An administrator can raise the cap.")


def decode(content: bytes, charset: str = "auto") -> tuple[str, str]:
    """(text, charset). Bytes of another alphabet than the rest come as lone surrogates, so that only their row waits.

    Raises Invalid when the alphabet can't be told.
    """
    try:
        known = certain(content, charset)
    except LookupError as e:
        raise _whole(charset, _("There is no charset called %(name)s.", name=charset)) from e
    if known is not None:
        return known
    text = content.decode("gb18030", errors="surrogateescape")
    wide = [c for c in text if ord(c) > 0x7F]
    # GB18030 reads nearly any pair of bytes; only text made of common characters is believed.
    usual = sum(_is_usual(c) for c in wide)
    if usual >= 0.9 * len(wide):
        return text, "gb18030"
    if content.count(b"\0") > len(content) // 20:
        raise _whole("", _("This is not a table: it holds binary data."), _FORMATS)
    raise _whole("", _("The alphabet of this file can't be told."), _("Name it in the map under file: charset."))


def _is_usual(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


_FORMATS = _("Give a CSV (also as .gz), XLSX or XLS file.")


def fit_to_show(text: str, most: int = 200) -> str:
    """Any text made fit for showing and storing: no lone surrogates, no NUL, not too long."""
    if is_damaged(text):
        text = text.encode("utf-8", "surrogateescape").decode("gb18030", "replace")
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text if len(text) <= most else text[: most - 1] + "…"


def delimiter_of(line: str) -> str:
    """The mark that parts the headings: the one that stands in them most often, outside quotation marks."""
    bare = re.sub(r'"[^"]*"', "", line)
    counts = {mark: bare.count(mark) for mark in (",", "\t", ";", "|")}
    best = max(counts, key=lambda m: counts[m])
    return best if counts[best] else ","


def _records(lines: Sequence[str], delimiter: str, most: int) -> Iterator[tuple[int, list[str], str]]:
    """(first line's number from 1, cells, trouble). A record that breaks the rules of quoting costs one line, no more."""
    csv.field_size_limit(most)
    start = 0
    while start < len(lines):
        reader = csv.reader((lines[i] for i in range(start, len(lines))), delimiter=delimiter, strict=True)
        taken = 0
        try:
            for cells in reader:
                yield start + taken + 1, cells, ""
                taken = reader.line_num
            return
        except csv.Error as e:
            bad = start + taken
            yield bad + 1, [lines[bad].rstrip("\r\n")], str(e)
            start = bad + 1


_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def _delimited(content: bytes, charset: str, delimiter: str, caps: Caps) -> tuple[list[Row], str]:
    text, found = decode(content, charset)
    text = text.removeprefix("\ufeff")
    lines = _LINES.findall(text)  # not splitlines(): a line separator inside a name is no new row
    if delimiter in {"", "auto"}:
        delimiter = delimiter_of(max(lines[:30], key=lambda x: len(re.findall(r"[,;\t|]", x)), default=""))
    delimiter = {"tab": "\t", "comma": ",", "semicolon": ";"}.get(delimiter, delimiter)
    hurt = is_damaged(text)
    out: list[Row] = []
    for number, cells, trouble in _records(lines, delimiter, 4 * caps.cell):
        faults: tuple[Fault, ...] = ()
        if "field limit" in trouble:
            faults = (Fault("", fit_to_show(cells[0]), _("A cell is longer than a cell may be, or its quotation mark does not close."),
                            None, number),)  # fmt: skip
        elif trouble:
            faults = (
                Fault("", fit_to_show(cells[0]), _("The quotation marks of this row do not close: %(what)s.", what=trouble),
                      None, number),
            )  # fmt: skip
        elif hurt and any(is_damaged(c) for c in cells):
            faults = tuple(
                Fault("", fit_to_show(c), _("The bytes of this cell are not %(charset)s like the rest of the file.",
                                            charset=found.upper()), _SAVE_AS, number)
                for c in cells if is_damaged(c)
            )  # fmt: skip
        out.append(Row(number, cells, faults))
        if len(out) > caps.rows:
            raise _whole(f"> {caps.rows}", _("The file has more than %(cap)s rows.", cap=caps.rows), _SPLIT)
    return out, found


_SAVE_AS = _("Save the whole file in one charset, best UTF-8.")


def _workbook(content: bytes, sheet: str | int, caps: Caps) -> list[Row]:
    book = workbook.read(
        content,
        sheet=sheet,
        caps=workbook.Caps(
            packed=caps.unfolded, unfolded=caps.unfolded, suspect=caps.suspect, ratio=caps.ratio, columns=caps.columns
        ),
    )
    by_row: dict[int, list[int]] = {}
    for row, column in book.formulas:
        by_row.setdefault(row, []).append(column)
    out = []
    for at, texts in enumerate(book.rows):
        for column in by_row.get(at, ()):
            if column < len(texts):
                texts[column] = "=" + texts[column].removeprefix("=")  # the mark by which values.py refuses it
            else:
                texts.extend([""] * (column - len(texts)) + ["="])
        out.append(Row(at + 1, texts))
    return out


def read(
    stream: IO[bytes], *, finds: Callable[[Sequence[str]], bool], charset: str = "auto", delimiter: str = "auto",
    sheet: str | int = 1, header: str | int = "auto", caps: Caps | None = None,
) -> Sheet:  # fmt: skip
    """A file as a table. `finds(headings)` says whether a row is the row of headings; `header` may name it instead.

    Raises Invalid when the file as a whole cannot be read or has no row of headings.
    """
    caps = caps or Caps()
    content = unfold(stream, caps)
    if content.startswith(workbook.ZIP):
        kind, found = "xlsx", ""
        rows = _workbook(content, sheet, caps)
    elif content.startswith(workbook.OLE):
        kind, found = "xls", ""
        rows = _workbook(content, sheet, caps)
    else:
        kind = "csv"
        rows, found = _delimited(content, charset, delimiter, caps)
    at = _heading(rows, header, finds)
    if at is None:
        first = next((list(r.cells) for r in rows if any(c.strip() for c in r.cells)), [])
        raise Invalid.one(
            "file",
            fit_to_show(" | ".join(first)),
            _("No row of this file has the headings that the map names."),
            _("Compare the first rows with the map; headings are compared without regard to case and blanks."),
        )
    headings = tuple(fit_to_show(c.strip()) for c in rows[at].cells)
    body = tuple(r for r in rows[at + 1 :] if r.faults or any(c.strip() for c in r.cells))
    return Sheet(kind, found, headings, body, len(rows) - 1 - len(body))


def _heading(rows: Sequence[Row], header: str | int, finds: Callable[[Sequence[str]], bool]) -> int | None:
    if isinstance(header, int):
        at = next((i for i, r in enumerate(rows) if r.number == header), None)
        return at if at is not None and finds(rows[at].cells) else None
    return next((i for i, r in enumerate(rows[:40]) if finds(r.cells)), None)


def columns(headings: Iterable[str]) -> dict[str, int]:
    """Folded heading → its place; of two alike the first counts."""
    out: dict[str, int] = {}
    for place, heading in enumerate(headings):
        out.setdefault(fold(heading), place)
    return out
