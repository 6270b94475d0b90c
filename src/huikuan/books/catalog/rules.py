"""Which price and which tax rate hold, purely; whether what is said about an item or a rate can be kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from huikuan.kit.dates import read_date
from huikuan.kit.errors import Fault
from huikuan.kit.money import currencies, divide, parse_rate
from huikuan.kit.words import Say, _

TEXTS = {
    "number": 40, "external": 40, "name": 200, "name_en": 200, "spec": 150, "unit": 32, "family": 60, "tax_class": 19,
    "tax_short": 120, "tax_code": 10,
}  # fmt: skip
STATES = {"active": _("On sale"), "closed": _("No longer sold")}


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A stored price (10^-10): for one customer, a class, or (neither) everyone."""

    id: int
    item: int
    customer: int | None
    klass: str
    currency: str
    price: int
    mode: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class PriceFound:
    """The price that holds, net or gross of VAT, and why this one."""

    price: int
    mode: str
    currency: str
    why: Say


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A tax code with its dates; `successor` follows it when the law changes."""

    id: int
    code: str
    name: str
    name_en: str
    rate: int
    kind: str
    since: date
    until: date | None
    successor: int | None


def best_price(rows: Iterable[PriceRow], customer: int | None, klass: str, on: date) -> PriceFound | None:
    """The most specific price that holds on that day: the customer's own, its class's, everyone's; the newest of these."""
    hold = [r for r in rows if r.since <= on and (r.until is None or on <= r.until)]
    for mine, why in (
        (
            [r for r in hold if customer is not None and r.customer == customer],
            _("Agreed with this customer, from %(since)s."),
        ),
        (
            [r for r in hold if r.customer is None and klass and r.klass == klass],
            _("The price of this class, from %(since)s."),
        ),
        ([r for r in hold if r.customer is None and not r.klass], _("The list price, from %(since)s.")),
    ):
        if mine:
            one = max(mine, key=lambda r: (r.since, r.id))
            return PriceFound(one.price, one.mode, one.currency, Say(why.text, {"since": one.since}))
    return None


def tax_on(codes: Mapping[int, TaxRow], start: int, on: date) -> TaxRow | None:
    """The code that holds on that day in the line of `start`: forward by successors, back to those it succeeds."""
    before = {row.successor: row.id for row in codes.values() if row.successor is not None}
    at: int | None = start
    seen: set[int] = set()
    while at is not None and at not in seen:
        seen.add(at)
        row = codes[at]
        if on < row.since:
            at = before.get(at)
        elif row.until is not None and on > row.until:
            at = row.successor
        else:
            return row
    return None


def clean(facts: Mapping[str, Any], row: int | None = None) -> tuple[dict[str, Any], list[Fault]]:
    """(values ready to be kept, what is wrong) of an item. `tax_code` stays a code."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []

    def wrong(name: str, value: Any, reason: Say) -> None:
        faults.append(Fault(name, str(value)[:200], reason, None, row))

    for name, value in facts.items():
        if name in TEXTS:
            text = "" if value is None else str(value).strip()
            if any(ord(c) < 32 or ord(c) == 127 for c in text):
                wrong(name, text, _("holds a control character"))
            elif len(text) > TEXTS[name]:
                wrong(name, text, _("is longer than %(most)s characters", most=TEXTS[name]))
            elif name == "tax_class" and text and not (len(text) == 19 and text.isascii() and text.isdigit()):
                wrong(name, text, _("must have 19 digits"))
            else:
                values[name] = text
        elif name == "state":
            if value in STATES:
                values[name] = value
            else:
                wrong(name, value, _("is not one of %(choices)s", choices=list(STATES)))
        elif name == "shelf_life_days":
            if value is None or (type(value) is int and 0 < value < 36600):
                values[name] = value
            else:
                wrong(name, value, _("must be a whole number of days"))
        else:
            wrong(name, value, _("is not a field of an item"))
    for name in ("number", "name", "unit", "tax_code"):
        if name in facts and not values.get(name, "x"):
            wrong(name, "", _("must not be empty"))
    return values, faults


# China's VAT rates (docs: dated data, to be changed in the settings). (code, name, English, rate in 10^-8, kind, since, until, successor)
SEED: tuple[tuple[str, str, str, int, str, str, str | None, str | None], ...] = (
    ("V17", "销项税17%", "Output VAT 17%", 17_000_000, "taxed", "1994-01-01", "2018-04-30", "V16"),
    ("V16", "销项税16%", "Output VAT 16%", 16_000_000, "taxed", "2018-05-01", "2019-03-31", "V13"),
    ("V13", "销项税13%", "Output VAT 13%", 13_000_000, "taxed", "2019-04-01", None, None),
    ("V11", "销项税11%", "Output VAT 11%", 11_000_000, "taxed", "2016-05-01", "2018-04-30", "V10"),
    ("V10", "销项税10%", "Output VAT 10%", 10_000_000, "taxed", "2018-05-01", "2019-03-31", "V09"),
    ("V09", "销项税9%", "Output VAT 9%", 9_000_000, "taxed", "2019-04-01", None, None),
    ("V06", "销项税6%", "Output VAT 6%", 6_000_000, "taxed", "2012-01-01", None, None),
    ("V05", "简易计税5%", "Simple levy 5%", 5_000_000, "taxed", "2016-05-01", None, None),
    ("V03", "征收率3%", "Levy rate 3%", 3_000_000, "taxed", "1994-01-01", None, None),
    ("V01", "征收率1%(减征)", "Levy rate 1% (reduced)", 1_000_000, "taxed", "2020-03-01", "2027-12-31", "V03"),
    ("V00", "出口零税率", "Zero rate (export)", 0, "zero", "1994-01-01", None, None),
    ("VEX", "免税", "Exempt", 0, "exempt", "1994-01-01", None, None),
    ("VNT", "不征税", "Not taxed", 0, "untaxed", "1994-01-01", None, None),
)


LABELS: dict[str, Say] = {
    "number": _("Number"), "external": _("Number in the other system"), "name": _("Name"), "name_en": _("English name"),
    "spec": _("Specification"), "unit": _("Unit"), "family": _("Product family"), "tax_code": _("Tax code"),
    "tax_class": _("Tax classification code"), "tax_short": _("Short name of the tax class"),
    "shelf_life_days": _("Shelf life, days"), "state": _("State"), "price": _("Price"), "mode": _("Price is"),
    "currency": _("Currency"), "since": _("From"), "until": _("Until"), "klass": _("Customer class"), "customer": _("Customer"),
}  # fmt: skip
MODES: dict[str, Say] = {"net": _("without VAT"), "gross": _("with VAT")}
TAX_KINDS: dict[str, Say] = {
    "taxed": _("Taxed"),
    "zero": _("Zero rate"),
    "exempt": _("Exempt"),
    "untaxed": _("Not taxed"),
}


# ---- exchange rates --------------------------------------------------------------------------------------------

RATE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "currency": ("currency", "币种", "货币", "外币", "货币名称", "ccy"),
    "on": ("date", "on", "日期", "汇率日期", "生效日期", "发布日期"),
    "rate": ("rate", "exchange rate", "汇率", "中间价", "折算价", "中行折算价"),
    "per": ("per", "units", "单位", "每单位"),
}
STYLES = ("iso", "yyyy/mm/dd", "yyyy.mm.dd", "yyyymmdd", "yyyy年mm月dd日")
MOST_RATE = 10**6 * 10**8  # a million of ours for one of theirs: beyond it someone slipped


@dataclass(frozen=True, slots=True)
class RateRow:
    """Company currency for one of `currency` (10^-8) from `on` on."""

    currency: str
    on: date
    rate: int


def read_rates(
    rows: Iterable[tuple[int, Mapping[str, str]]], own: str, today: date
) -> tuple[list[RateRow], list[Fault]]:
    """Rows of texts (row number, field -> text) as rates, and what is wrong with the others.

    `per`: the units that the rate is quoted for (banks quote yen per 100); without one it is for one unit. A day that
    has not come yet is refused: nobody knows its rate.
    """
    good: list[RateRow] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, date], int] = {}
    for n, cells in rows:
        wrong: list[Fault] = []

        def no(
            field: str, value: str, reason: Say, remedy: Say | None = None, n: int = n, out: list[Fault] = wrong
        ) -> None:
            out.append(Fault(field, value[:200], reason, remedy, n))

        for field, text in cells.items():
            if text.startswith("="):
                no(field, text, _("The cell holds a formula."), _("Paste it as a value."))
        currency, on = cells.get("currency", "").strip().upper(), None
        if currency not in currencies():
            no("currency", currency, _("is no ISO 4217 currency"), _("Use a code such as CNY or USD."))
        elif currency == own:
            no("currency", currency, _("is the company's own currency"))
        text = cells.get("on", "").strip()
        for style in STYLES:
            try:
                on = read_date(text, style)
                break
            except ValueError:
                continue
        if on is None:
            no("on", text, _("This is not a date."), _("Write it as 2026-03-31."))
        elif on > today:
            no("on", text, _("lies in the future"))
        rate, per = 0, 1
        try:
            rate = parse_rate(cells.get("rate", "").strip())
        except ValueError:
            no("rate", cells.get("rate", ""), _("This is not a rate."), _("Write digits only, such as 7.1234."))
        else:
            if not 0 < rate <= MOST_RATE or "%" in cells.get("rate", ""):
                no("rate", cells.get("rate", ""), _("This is not a rate."), _("Write digits only, such as 7.1234."))
        units = cells.get("per", "").strip() or "1"
        if units in ("1", "10", "100", "1000", "10000"):
            per = int(units)
        else:
            no("per", units, _("must be 1, 10, 100, 1000 or 10000"))
        if not wrong and on is not None:
            if (currency, on) in seen:
                no("currency", currency, _("Row %(row)s has this currency and day already.", row=seen[currency, on]))
            else:
                value = divide(rate, per)
                if value:
                    seen[currency, on] = n
                    good.append(RateRow(currency, on, value))
                else:
                    no("rate", cells.get("rate", ""), _("This is not a rate."))
        faults += wrong
    return good, faults


def rate_fields(cells: Iterable[str]) -> dict[int, str]:
    """Column index -> field, by heading in either language; empty when this is no heading."""
    names = {h: field for field, all_ in RATE_COLUMNS.items() for h in all_}
    found: dict[int, str] = {}
    for i, cell in enumerate(cells):
        field = names.get(" ".join(str(cell).strip().casefold().split()))
        if field and field not in found.values():
            found[i] = field
    return found if {"currency", "rate"} <= set(found.values()) else {}


def rate_rows(table: Iterable[Iterable[str]], day: str = "") -> list[tuple[int, dict[str, str]]]:
    """A pasted or uploaded table as (row number, field -> text). Without a heading the order is currency, date, rate, per;
    a row of two cells is currency and rate of `day`."""
    columns: dict[int, str] = {}
    out: list[tuple[int, dict[str, str]]] = []
    for n, row in enumerate(table, 1):
        cells = [str(c).strip() for c in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if not out and not columns and (columns := rate_fields(cells)):
            continue
        if columns:
            found = {field: cells[i] if i < len(cells) else "" for i, field in columns.items()}
        else:
            names = ("currency", "rate") if len(cells) == 2 else ("currency", "on", "rate", "per")
            found = dict(zip(names, cells, strict=False))
        found["on"] = found.get("on") or day
        out.append((n, found))
    return out


# What the trail's facts are called in a timeline (site/today.named).
NAMED = (_("Entered"), _("Source"), _("Currencies"))
