"""Columns, cells, totals and the XLSX of a list. A list shows rows of a queryset or of a Python sequence alike.

    columns = (
        Column("number", _("Number"), "link", url="/orders/{pk}"),
        Column("customer", _("Customer"), value="customer.name", sort="customer__pinyin", url="/customers/{customer_id}"),
        Column("due", _("Due date"), "date", value="due_date"),
        Column("open", _("Open"), "money", value="remaining", total=True),      # minor units; currency from row.currency
        Column("state", _("State"), "state", states=STATES),                     # {"held": Mark(_("Held"), "blocked")}
        Column("why", _("Reason"), value=lambda row: row.reason_say, hidden=True),   # off until chosen
    )

Kinds: text, link, money (minor units or Money), number, quantity (10^-6), price (10^-10), rate (10^-8 as percent),
days, date, time, state, bool. `value` is a path ("customer.name") or a function of the row; default: the key.
`sort` is the ORM path to order by: default the value's path for a queryset; "-" says not sortable; "-due" orders the other
way round, for what rises as another falls (days late by the day, which has an index).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet, Sum
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from huikuan.kit.cells import workbook
from huikuan.kit.money import PRICE_SCALE, QUANTITY_SCALE, RATE_SCALE, Money, minor_text, scaled_text
from huikuan.kit.private import kind_of, masked
from huikuan.kit.words import Say, _
from huikuan.web.filters import look_up
from huikuan.web.look import Mark, Marks, amount, number_text, places, shown
from huikuan.web.shell import said

NUMERIC = {"money", "number", "quantity", "price", "rate", "days"}
COUNTED = 10_000  # counted exactly up to here, "10,000+" beyond until asked
EXPORTED = 100_000
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Column:
    key: str
    label: Say
    kind: str = "text"
    value: str | Callable[[Any], Any] = ""
    sort: str = ""
    url: str | Callable[[Any], str] = ""  # "/orders/{pk}" or a function of the row; "" answered by it means no link
    currency: str = "currency"  # path of the currency for money; "=CNY" for a fixed one
    total: bool | str = False  # True, or the ORM path to sum
    states: Marks = field(default_factory=dict)
    hidden: bool = False
    note: Say | None = None  # what it means, on hover
    wide: bool = False  # may wrap
    private: str = (
        ""  # how it is masked (kit.private: phone, number, mail, name, address), where its key does not say it
    )

    @property
    def path(self) -> str:
        return self.value if isinstance(self.value, str) and self.value else "" if callable(self.value) else self.key

    @property
    def order(self) -> str:
        """The ORM path to sort by; "" when it cannot be sorted."""
        return "" if self.sort == "-" else self.sort or self.path.replace(".", "__")

    @property
    def is_number(self) -> bool:
        return self.kind in NUMERIC

    @property
    def sums(self) -> str:
        """The ORM path (or path of attributes) that totals add up; "" for none."""
        return self.total if isinstance(self.total, str) else self.path.replace(".", "__") if self.total else ""

    def of(self, row: Any) -> Any:
        """The raw value of a row; a Mark for a known state."""
        found = self.value(row) if callable(self.value) else look_up(row, self.path)
        personal = self.private or kind_of(self.key)
        if personal and isinstance(found, str):  # lists and their exports never show it whole; see the object's page
            return masked(found, personal)
        return self.states.get(found, Mark(str(found))) if self.states and found not in (None, "") else found

    def currency_of(self, row: Any) -> str:
        return self.currency[1:] if self.currency.startswith("=") else str(look_up(row, self.currency) or "CNY")

    def link(self, row: Any) -> str:
        if not self.url:
            return ""
        if callable(self.url):
            return self.url(row) or ""
        names = {n: look_up(row, n) for n in _places(self.url)}
        return "" if any(v is None for v in names.values()) else self.url.format(**names)

    def html(self, row: Any, zone: str = "") -> SafeString | str:
        value = self.of(row)
        kind = "text" if self.kind == "link" else self.kind
        body = shown(
            value, kind, self.currency_of(row) if kind == "money" and not isinstance(value, Money) else "", zone
        )
        url = self.link(row)
        return format_html('<a href="{}">{}</a>', url, body) if url and body else body


@cache
def _places(pattern: str) -> list[str]:
    import string

    return [name for _text, name, _spec, _conv in string.Formatter().parse(pattern) if name]


@dataclass(frozen=True, slots=True)
class Cell:
    html: SafeString | str
    css: str


@dataclass(frozen=True, slots=True)
class Row:
    pk: Any
    url: str
    tone: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Heading:
    column: Column
    label: str
    sort: str  # the URL's sort value a click gives; "" when not sortable
    arrow: str  # "up", "down" or ""
    currency: str = ""

    @property
    def css(self) -> str:
        return "num-col" if self.column.is_number else ""


@dataclass(frozen=True, slots=True)
class Totals:
    """`count` rows in all (None: more than were counted); sums per currency by column key."""

    count: int | None
    sums: Mapping[str, Mapping[str, int]]  # currency -> column key -> minor units (or a plain sum under "")

    @property
    def count_text(self) -> str:
        return f"{COUNTED:,}+" if self.count is None else f"{self.count:,}"


def row_pk(row: Any, tie: str = "pk") -> Any:
    if isinstance(row, dict):
        return row.get("_tie", row.get(tie, row.get("id", "")))
    return row.pk if isinstance(row, Model) else getattr(row, tie, None) or getattr(row, "id", "")


def chosen(columns: Sequence[Column], cols: str) -> list[Column]:
    """The columns that the URL's `cols` (keys joined by commas, in order) names; the usual ones without it."""
    by_key = {c.key: c for c in columns}
    found = [by_key[k] for k in dict.fromkeys(cols.split(",")) if k in by_key] if cols else []
    return found or [c for c in columns if not c.hidden]


def headings(columns: Sequence[Column], order: str, rows: Sequence[Any]) -> list[Heading]:
    """The header row: a click sorts up, a second click down. One currency in all rows stands in the header."""
    found = []
    down, key = order.startswith("-"), order.lstrip("-")
    for c in columns:
        here = c.key == key
        sort = (
            (c.key if here and down else f"-{c.key}" if here or c.is_number or c.kind in ("date", "time") else c.key)
            if c.order
            else ""
        )
        found.append(Heading(c, said(c.label), sort, ("down" if down else "up") if here else "", one_currency(c, rows)))
    return found


def one_currency(column: Column, rows: Sequence[Any]) -> str:
    """The currency of a money column when all rows share it."""
    if column.kind != "money":
        return ""
    seen = set()
    for row in rows:
        value = column.of(row)
        if value is not None:
            seen.add(value.currency if isinstance(value, Money) else column.currency_of(row))
    return seen.pop() if len(seen) == 1 else ""


def cells(heads: Sequence[Heading], row: Any, zone: str) -> list[Cell]:
    found = []
    for head in heads:
        c = head.column
        html = c.html(row, zone)
        if c.kind == "money" and not head.currency and html:
            value = c.of(row)
            code = value.currency if isinstance(value, Money) else c.currency_of(row)
            html = format_html('{} <span class="cur">{}</span>', html, code)
        css = "num-col" if c.is_number else "wide-col" if c.wide else ""
        found.append(Cell(html, css))
    return found


def body(rows: Sequence[Row], choose: str = "") -> SafeString:
    """The rows of a list's table. Written here and not by a template, which takes as long for one cell as this for ten;
    `choose`: what the box before each row says, where rows can be chosen."""
    box = escape(choose)
    out: list[str] = []
    for row in rows:
        url = f' data-url="{conditional_escape(row.url)}"' if row.url else ""
        tone = f' class="tone-{conditional_escape(row.tone)}"' if row.tone else ""
        out.append(f"\n    <tr{url}{tone}>")
        if choose:
            out.append(
                f'<td class="pick-col"><input type="checkbox" name="pick" value="{escape(str(row.pk))}" aria-label="{box}"></td>'
            )
        for cell in row.cells:
            found = cell.html
            inner = found if isinstance(found, SafeString) else escape(found)
            out.append(f'<td class="{cell.css}">{inner}</td>' if cell.css else f"<td>{inner}</td>")
        out.append("</tr>")
    return SafeString("".join(out))  # nosec B308, B703 # built from escaped parts


def totals(rows: Any, columns: Sequence[Column], *, full: bool = False) -> Totals:
    """Count and sums of everything that matches. Beyond 10,000 rows only when `full`."""
    summed = [c for c in columns if c.sums and c.kind == "money"]
    if not isinstance(rows, QuerySet):
        by: dict[str, dict[str, int]] = {}
        for c in summed:
            for row in rows:
                value = c.of(row) if c.total is True else look_up(row, c.sums)
                if value is not None:
                    code, minor = (
                        (value.currency, value.minor) if isinstance(value, Money) else (c.currency_of(row), int(value))
                    )
                    by.setdefault(code, {})[c.key] = by.get(code, {}).get(c.key, 0) + minor
        return Totals(len(rows), by)
    plain = rows.order_by()
    count: int | None = plain.count() if full else plain[: COUNTED + 1].count()
    if count is not None and count > COUNTED and not full:
        return Totals(None, {})
    sums: dict[str, dict[str, int]] = {}
    for path in dict.fromkeys(c.currency for c in summed):
        mine = [c for c in summed if c.currency == path]
        asked = {f"_sum_{i}": Sum(c.sums) for i, c in enumerate(mine)}
        if path.startswith("="):
            found: Iterable[tuple[str, Mapping[str, Any]]] = [(path[1:], plain.aggregate(**asked))]
        else:
            name = path.replace(".", "__")
            found = [(str(r[name]), r) for r in plain.values(name).annotate(**asked).order_by(name)]
        for code, values in found:
            for i, c in enumerate(mine):
                sums.setdefault(code, {})[c.key] = int(values[f"_sum_{i}"] or 0)
    return Totals(count, sums)


def total_rows(found: Totals, columns: Sequence[Column], selectable: bool) -> list[tuple[str, list[SafeString | str]]]:
    """Per currency: its code and a cell for each column."""
    out = []
    for code, by in sorted(found.sums.items()):
        line: list[SafeString | str] = [amount(by[c.key], code) if c.key in by else mark_safe("") for c in columns]  # nosec B308 # built from escaped parts
        out.append((code, line))
    return out


# ---- XLSX ------------------------------------------------------------------------------------------------------

COUNTRY_FORMATS = {"date": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm"}


def exact(minor: int, decimals: int) -> Decimal | str:
    """Minor units as a number Excel keeps exactly (15 digits); longer ones as text rather than rounded."""
    text = minor_text(minor, decimals)
    return Decimal(text) if len(str(abs(minor))) <= 15 else text


def plain_text(value: Any, kind: str, zone: str) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(said(v) for v in value)
    return (
        str(value)
        if isinstance(value, Mark)
        else said(shown(value, kind, zone=zone))
        if kind == "bool"
        else said(value)
    )


def xlsx(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Any],
    *,
    conditions: Sequence[tuple[str, str]] = (),
    zone: str = "UTC",
) -> tuple[bytes, int, bool]:
    """A workbook of exactly these columns and rows. Returns (bytes, rows written, whether it was cut at 100,000).

    Texts stay texts (never formulas or links), amounts are numbers made from integers, and a second sheet says under
    which conditions the list was taken.
    """
    target = io.BytesIO()
    book = workbook(target, constant_memory=True, default_date_format="yyyy-mm-dd", remove_timezone=True)
    sheet = book.add_worksheet("".join(c for c in title if c not in "[]:*?/\\'")[:31] or "Huikuan")
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF3F3", "text_wrap": True, "valign": "top"})
    dates = {k: book.add_format({"num_format": v}) for k, v in COUNTRY_FORMATS.items()}
    numbers: dict[str, Any] = {}

    def number_format(pattern: str) -> Any:
        if pattern not in numbers:
            numbers[pattern] = book.add_format({"num_format": pattern})
        return numbers[pattern]

    # An amount without its currency is half an amount: where no column says it, one is added after the first amount.
    shows_currency = any(c.key == "currency" for c in columns)
    first_money = next((c for c in columns if c.kind == "money"), None)
    layout: list[tuple[Column, bool]] = []
    for c in columns:
        layout.append((c, False))
        if c is first_money and not shows_currency:
            layout.append((c, True))
    for at, (c, is_code) in enumerate(layout):
        width = {"money": 16, "date": 11, "time": 16, "number": 10, "days": 8, "state": 12}.get(c.kind, 22)
        sheet.set_column(at, at, 9 if is_code else width)
    for at, (c, is_code) in enumerate(layout):
        sheet.write_string(0, at, said(CURRENCY if is_code else c.label), head)
    sheet.freeze_panes(1, 1)
    written, was_cut = 0, False
    for row in rows:
        if written == EXPORTED:
            was_cut = True
            break
        written += 1
        for at, (c, is_code) in enumerate(layout):
            value = c.of(row)
            if value is None or value == "":
                continue
            if c.kind == "money":
                code = value.currency if isinstance(value, Money) else c.currency_of(row)
                if is_code:
                    sheet.write_string(written, at, code)
                    continue
                decimals = places(code)
                found = exact(value.minor if isinstance(value, Money) else int(value), decimals)
                zeros = "." + "0" * decimals if decimals else ""
                _write(sheet, written, at, found, number_format(f"#,##0{zeros};[Red]-#,##0{zeros}"))
            elif c.kind in ("number", "days") and not isinstance(value, Mark):
                _write(sheet, written, at, exact(int(value), 0), number_format("#,##0"))
            elif c.kind in ("quantity", "price", "rate"):
                scale = {"quantity": QUANTITY_SCALE, "price": PRICE_SCALE, "rate": RATE_SCALE}[c.kind]
                text = scaled_text(int(value), scale)
                fits = len(text.replace(".", "").lstrip("-0")) <= 15
                pattern = "0.00##%" if c.kind == "rate" else "#,##0.######"
                _write(sheet, written, at, Decimal(text) if fits else text, number_format(pattern))
            elif c.kind in ("date", "time") and isinstance(value, (date, datetime)):
                _write_date(sheet, written, at, value, zone, dates[c.kind])
            else:
                sheet.write_string(written, at, plain_text(value, c.kind, zone)[:32_000])
    if written:
        sheet.autofilter(0, 0, written, len(layout) - 1)
    notes = book.add_worksheet(said(CONDITIONS))
    notes.set_column(0, 0, 24)
    notes.set_column(1, 1, 60)
    lines = [*conditions, (said(ROWS), f"{written:,}")]
    if was_cut:
        lines.append((said(CUT), said(_("Only the first 100,000 rows are here. Narrow the filters for the rest."))))
    for at, (name, words) in enumerate(lines):
        notes.write_string(at, 0, name, head)
        notes.write_string(at, 1, words)
    book.close()
    return target.getvalue(), written, was_cut


CURRENCY, CONDITIONS, ROWS, CUT = _("Currency"), _("Conditions"), _("Rows"), _("Cut off")


def _write(sheet: Any, row: int, at: int, value: Decimal | str, how: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, at, value)
    else:
        sheet.write_number(row, at, value, how)


def _write_date(sheet: Any, row: int, at: int, value: date, zone: str, how: Any) -> None:
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone or "UTC")).replace(tzinfo=None) if value.tzinfo else value
        sheet.write_datetime(row, at, value, how)
    elif value.year < 1900:  # Excel has no such dates
        sheet.write_string(row, at, value.isoformat())
    else:
        sheet.write_datetime(
            row, at, datetime(value.year, value.month, value.day, tzinfo=UTC).replace(tzinfo=None), how
        )


__all__ = ["Cell", "Column", "Heading", "Mark", "Row", "Totals", "body", "cells", "chosen", "exact", "headings", "number_text",
           "row_pk", "total_rows", "totals", "xlsx"]  # fmt: skip
