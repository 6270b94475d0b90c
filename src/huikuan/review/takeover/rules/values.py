"""From a cell's text to a value, strictly: no date is guessed, no formula computed, no text taken for a number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from huikuan.kit.dates import read_date
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.money import exponent, read_number
from huikuan.kit.words import Say, _
from huikuan.review.takeover.rules.files import Sheet, columns, fit_to_show, fold
from huikuan.review.takeover.rules.maps import EMPTY, EMPTY_DATES, FIELDS, FieldMap, Map

MOST = 10**15  # minor units of one amount; sums of millions of them still fit 63 bits
FIRST_YEAR, LAST_YEAR = 1970, 2199
_FORMULA = re.compile(r"^\s*(=|[@+\-].*[(|!])")
_KEPT_ZEROS = re.compile(r'^="([\w\-./ ]*)"$')  # how exports keep Excel from eating leading zeros: a text, no formula
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BREAKS = re.compile(r"[\t\r\n\x0b\x0c\x85\u2028\u2029]+")
_ISO = re.compile(r"^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?$")
_GERMAN = re.compile(r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?-?$")
YES = frozenset({"yes", "y", "true", "1", "x", "是", "√", "✓", "on"})
NO = frozenset({"no", "n", "false", "0", "", "否", "off", "-"})


class Bad(Exception):
    def __init__(self, reason: Say, remedy: Say | None = None) -> None:
        self.reason, self.remedy = reason, remedy
        super().__init__(str(reason))


def number_style(texts: Iterable[str]) -> str | None:
    """ "." or ",": the decimal mark of a column of numbers; None when no number has a mark.

    Both marks in one number, a mark that repeats, or one not followed by three digits tell. A few rows that speak
    against the many are wrong rows. Raises Bad when the column speaks for both, or only of numbers such as 1.234.
    """
    votes = {".": 0, ",": 0}
    marked = False
    for text in texts:
        marks = [c for c in text if c in ".,"]
        if not marks:
            continue
        marked = True
        last = marks[-1]
        other = "," if last == "." else "."
        tail = len(re.sub(r"\D", "", text.rpartition(last)[2]))
        if other in marks:
            votes[last] += 1
        elif marks.count(last) > 1:
            votes[other] += 1
        elif tail != 3:
            votes[last] += 1
    most, least = (".", ",") if votes["."] >= votes[","] else (",", ".")
    if marked and (not votes[most] or votes[least] * 3 >= votes[most] > 0 < votes[least]):
        raise Bad(_("These numbers may have a decimal point or a decimal comma: nothing tells which."),
                  _("Say in the map which it is, under numbers."))  # fmt: skip
    return most if marked else None


def read_decimal(text: str, mark: str = ".") -> Decimal:
    """A written number with that decimal mark; a trailing minus (SAP) is read. Raises Bad."""
    clean = text.strip()
    if mark == ",":
        bare = clean.replace(" ", "").replace("\u00a0", "")
        if not _GERMAN.match(bare):
            raise Bad(_("This is not a number."), _("Write it like 1.234,56."))
        clean = bare.replace(".", "").replace(",", ".")
    try:
        return read_number(clean)
    except ValueError as e:
        raise Bad(_("This is not a number."), _("Write it like 1,234.56, without words or currency names.")) from e


@lru_cache(maxsize=65536)
def to_scale(number: Decimal, scale: int, *, rounding: bool) -> int:
    """A number as an integer of 1/scale, half-up; Bad when it has more decimals and rounding was not agreed."""
    value = number * scale
    whole = int(value.to_integral_value(rounding="ROUND_HALF_UP"))
    if whole != value and not rounding:
        raise Bad(
            _("This has more decimals than can be kept."), _("If rounding is meant, say rounding: half-up in the map.")
        )
    if abs(whole) > MOST * 1000:
        raise Bad(_("This is larger than any amount here can be."))
    return whole


def to_minor(number: Decimal, currency: str, *, rounding: bool) -> int:
    minor = to_scale(number, 10 ** exponent(currency), rounding=rounding)
    if abs(minor) > MOST:
        raise Bad(_("This is larger than any amount here can be."))
    return minor


def to_date(text: str, styles: Sequence[str], *, workbook: bool = False) -> date:
    """A date in one of the styles and no other; a workbook's own date cells come as yyyy-mm-dd. Raises Bad."""
    if workbook and _ISO.match(text):
        styles = ("iso",)
    for style in styles:
        try:
            day = read_date(text, style)
        except ValueError:
            continue
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Bad(_("The year is outside %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR))
        return day
    raise Bad(_("There is no such date, read as %(style)s.", style=list(styles)))


class Column:
    """One field of a map laid over one file: cells → value. Remembers what it read, as columns repeat themselves."""

    __slots__ = ("_decimal", "_kind", "_place", "_rounding", "_seen", "_spec", "_workbook")

    def __init__(self, spec: FieldMap, kind: str, have: dict[str, int], *, workbook: bool, decimal: str = ".") -> None:
        self._spec, self._kind, self._workbook, self._decimal = spec, kind, workbook, decimal
        self._place = next((have[fold(c)] for c in spec.columns if fold(c) in have), None)
        self._seen: dict[str, Any] = {}

    @property
    def is_there(self) -> bool:
        return self._place is not None or self._spec.constant is not None

    def text(self, cells: Sequence[str]) -> str:
        """The cell as it is written, without blanks around it."""
        if self._place is None:
            return self._spec.constant or ""
        return cells[self._place].strip() if self._place < len(cells) else ""

    def value(self, cells: Sequence[str]) -> Any:
        """None when empty; str, date, Decimal (amount, number), bool (flag). Raises Bad."""
        text = self.text(cells)
        seen = self._seen.get(text, self)
        if seen is self:
            if len(self._seen) > 50_000:
                self._seen.clear()
            try:
                seen = self._read(text)
            except Bad as e:
                seen = e
            self._seen[text] = seen
        if isinstance(seen, Bad):
            raise seen
        return seen

    def _read(self, text: str) -> Any:
        spec, kind = self._spec, self._kind
        zeros = _KEPT_ZEROS.match(text)
        if zeros:
            text = zeros[1]
        if _FORMULA.match(text):
            raise Bad(_("The cell holds a formula."), _("Replace it by its value: a file must not compute."))
        if _CONTROL.search(text):
            raise Bad(_("The cell holds control characters."))
        if text in spec.values:
            text = spec.values[text]
        elif spec.values and text and spec.otherwise is None and kind != "flag":
            raise Bad(_("The map has no meaning for this value."), _("It knows: %(names)s.", names=sorted(spec.values)))
        elif spec.values and spec.otherwise is not None:
            text = spec.otherwise
        if spec.starts:
            text = next((v for k, v in spec.starts.items() if text.startswith(k)), spec.otherwise or text)
        if text in (EMPTY_DATES if kind == "date" else EMPTY):
            return False if kind == "flag" else None
        if kind == "date":
            return to_date(text, spec.styles, workbook=self._workbook)
        if kind in {"amount", "number"}:
            return read_decimal(text, self._decimal)
        if kind == "flag":
            low = text.lower()
            if low in YES or low in NO:
                return low in YES
            raise Bad(_("This is neither yes nor no."))
        for tail in spec.strip:
            text = text.removesuffix(tail)
        if spec.pad and text.isdigit():
            text = text.zfill(spec.pad)
        if spec.pattern and not re.fullmatch(spec.pattern, text):
            raise Bad(_("This does not look as the map says it must: %(pattern)s.", pattern=spec.pattern))
        text = spec.prefix + _BREAKS.sub(" ", text)
        if kind == "currency":
            try:
                exponent(text)
            except ValueError as e:
                raise Bad(_("There is no such currency.")) from e
        if len(text) > 200:
            raise Bad(_("This is longer than 200 characters."))
        return text


def lay(sheet: Sheet, mapped: Map) -> dict[str, Column]:
    """The map's columns over a sheet. Raises Invalid when the style of the numbers can't be told."""
    have = columns(sheet.headings)
    kinds = FIELDS[mapped.profile]
    out = {}
    for name, spec in mapped.fields.items():
        decimal = "."
        if kinds[name] in {"amount", "number"}:
            decimal = _decimal_mark(spec, have, sheet, mapped.numbers)
        column = Column(spec, kinds[name], have, workbook=sheet.kind != "csv", decimal=decimal)
        if column.is_there:
            out[name] = column
    return out


def totals(sheet: Sheet, mapped: Map) -> frozenset[int]:
    """The numbers of rows that the map says to leave out: all cells it names are empty, as in lines of totals."""
    if not mapped.skip_empty:
        return frozenset()
    have = columns(sheet.headings)
    named = [mapped.fields[n] for n in mapped.skip_empty if n in mapped.fields]
    places = [next((have[fold(c)] for c in spec.columns if fold(c) in have), None) for spec in named]
    return frozenset(
        r.number for r in sheet.rows
        if not r.faults and all(p is not None and (p >= len(r.cells) or not r.cells[p].strip()) for p in places)
    )  # fmt: skip


def _decimal_mark(spec: FieldMap, have: dict[str, int], sheet: Sheet, numbers: str) -> str:
    if numbers != "auto":
        return "," if numbers == "1.234,56" else "."
    place = next((have[fold(c)] for c in spec.columns if fold(c) in have), None)
    if place is None or (
        sheet.kind != "csv" and not any("," in r.cells[place] for r in sheet.rows if place < len(r.cells))
    ):
        return "."
    texts = (r.cells[place].strip() for r in sheet.rows if place < len(r.cells))
    try:
        return number_style(t for t in texts if _GERMAN.match(t) or re.fullmatch(r"[+-]?[\d,]*\.?\d*-?", t)) or "."
    except Bad as e:
        raise Invalid.one(spec.name, spec.columns, e.reason, e.remedy) from e


def fault(row: int, name: str, text: str, bad: Bad) -> Fault:
    return Fault(name, fit_to_show(text), bad.reason, bad.remedy, row)
