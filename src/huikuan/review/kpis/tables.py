"""Columns of the two reports, and the addresses behind each figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from huikuan.kit.dates import month_end
from huikuan.kit.money import PRICE_SCALE, RATE_SCALE, divide
from huikuan.kit.words import Say, _
from huikuan.review.kpis.rules import Figures, Month
from huikuan.web.tables import Column

ITEMS = "/ledger/items"
ANY: tuple[int | None, int | None] = (None, None)  # however late


@dataclass(frozen=True, slots=True)
class Aged:
    """A row of the ageing as shown: amounts by bucket in their order, credits within them, and where to look."""

    pk: str
    key: str
    name: str
    url: str
    currency: str
    cells: Mapping[str, int]
    items: tuple[int, ...]
    total: int
    count: int
    credits: int
    scope: Mapping[str, str]

    @property
    def amounts(self) -> tuple[int, ...]:
        return tuple(self.cells.values())

    @property
    def overdue(self) -> int:
        return sum(self.amounts[1:])


@dataclass(frozen=True, slots=True)
class MonthRow:
    month: Month
    figures: Figures
    currency: str

    @property
    def pk(self) -> str:
        return f"{self.month.start:%Y-%m}"


def bucket_word(name: str) -> Say:
    """A bucket as people read it: "not_due", "1-30", "over-90"."""
    if name == "not_due":
        return _("Not due")
    if name.startswith("over-"):
        return _("Over %(days)s days", days=name.removeprefix("over-"))
    low, _dash, high = name.partition("-")
    return _("%(low)s–%(high)s days", low=low, high=high)


def items_url(as_of: date, basis: str, days: tuple[int | None, int | None] = ANY, **scope: str) -> str:
    """The line items behind a figure: open on a day, `days` late (from, to; None: no bound)."""
    query = {"status": "open", "as_of": as_of.isoformat(), "basis": basis, **scope}
    low, high = days
    if low is not None:
        query["from_days"] = str(low)
    if high is not None:
        query["to_days"] = str(high)
    return f"{ITEMS}?{urlencode(query)}"


def spans(bounds: Sequence[int]) -> list[tuple[int | None, int | None]]:
    """Days late of each bucket: (None, 0), (1, 30), …, (91, None)."""
    lows = [1, *(b + 1 for b in bounds)]
    highs: list[int | None] = [*bounds, None]
    return [(None, 0), *zip(lows, highs, strict=True)]


def ageing_columns(
    names: Sequence[str], bounds: Sequence[int], as_of: date, basis: str, by: str, several: bool
) -> list[Column]:
    """`several`: more than one currency stands in the rows, so that each row says its own."""

    def link(i: int, days: tuple[int | None, int | None]) -> Callable[[Aged], str]:
        return lambda row: items_url(as_of, basis, days, **row.scope) if row.items[i] else ""

    key = {"currency": _("Currency"), "customer": _("Customer"), "org": _("Org unit")}[by]
    columns = [Column("key", key, "link", url=lambda row: row.url)]
    if by != "currency":
        columns += [Column("name", _("Name"), wide=True), Column("currency", _("Currency"), hidden=not several)]
    for i, (name, span) in enumerate(zip(names, spans(bounds), strict=True)):
        columns.append(Column(name, bucket_word(name), "money", value=f"cells.{name}", url=link(i, span), total=True))
    columns += [
        Column("total", _("Total"), "money", url=lambda row: items_url(as_of, basis, ANY, **row.scope), total=True),
        Column("overdue", _("Overdue"), "money", total=True, hidden=True),
        Column(
            "credits",
            _("of which credits"),
            "money",
            total=True,
            note=_("Credit notes and receipts not applied; they stand, negative, in the bucket of their own date."),
        ),
        Column("count", _("Items"), "number", hidden=by != "currency"),
    ]
    return columns


def _days(value: Fraction | None) -> int | None:
    """Days with two places in the table's 10^-10."""
    return None if value is None else divide(value.numerator * 100, value.denominator) * (PRICE_SCALE // 100)


def _percent(value: Fraction | None) -> int | None:
    """Percent with two places in the table's 10^-8."""
    return None if value is None else divide(value.numerator * 100, value.denominator) * (RATE_SCALE // 10_000)


def month_columns() -> list[Column]:
    def days(name: str) -> Callable[[MonthRow], int | None]:
        return lambda row: _days(getattr(row.figures, name).value)

    def at_end(row: MonthRow) -> str:
        return items_url(month_end(row.month.start), "due", currency=row.currency)

    def late(row: MonthRow) -> str:
        return items_url(month_end(row.month.start), "due", (1, None), currency=row.currency)

    def billed(row: MonthRow) -> str:
        query = [
            ("status", "all"), ("kind", "invoice"), ("kind", "debit"), ("currency", row.currency),
            ("document_date_from", row.month.start.isoformat()), ("document_date_to", month_end(row.month.start).isoformat()),
        ]  # fmt: skip
        return f"{ITEMS}?{urlencode(query)}"

    def percent(row: MonthRow) -> int | None:
        return _percent(row.figures.cei.value)

    return [
        Column("month", _("Month"), "link", value="pk", url="/kpis/?month={pk}&currency={currency}"),
        Column("billed", _("Billed"), "money", value="month.billed", url=billed),
        Column("closing", _("Open at the end"), "money", value="month.closing", url=at_end),
        Column("overdue", _("Overdue"), "money", value="month.overdue", url=late),
        Column("dso_month", _("DSO month"), "price", value=days("dso_month")),
        Column("dso_quarter", _("DSO quarter"), "price", value=days("dso_quarter")),
        Column("dso_countback", _("DSO count-back"), "price", value=days("dso_countback")),
        Column("cei", _("CEI"), "rate", value=percent),
    ]


def hundredths(value: Fraction | None) -> int | None:
    """For charts: days and percent in hundredths."""
    return None if value is None else divide(value.numerator * 100, value.denominator)


def chosen_currency(rows: Sequence[Any], asked: str, own: str) -> Any:
    """The row of the asked currency, else of the company's own, else the one with the most open."""
    by = {r.currency: r for r in rows}
    return by.get(asked) or by.get(own) or max(rows, key=lambda r: abs(r.last.closing), default=None)
