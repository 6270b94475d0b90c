"""Items, prices, tax rates and exchange rates, read. Others get frozen records; `…rows` are for this room's own pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from huikuan.books.catalog.models import ExchangeRate, Item, Price, TaxCode
from huikuan.books.catalog.rules import PriceFound, PriceRow, TaxRow, best_price, tax_on
from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Missing
from huikuan.kit.words import _

CHUNK = 900


@dataclass(frozen=True, slots=True)
class ItemKnown:
    """An item as other rooms see it. `tax_code` is an id; ask `tax` for the rate of a day."""

    id: int
    number: str
    external: str
    name: str
    name_en: str
    spec: str
    unit: str
    family: str
    tax_code: int
    tax_class: str
    tax_short: str
    shelf_life_days: int | None
    state: str
    version: int

    def title(self, language: str) -> str:
        return (self.name_en or self.name) if language.startswith("en") else self.name


def known(row: Item) -> ItemKnown:
    return ItemKnown(
        row.pk, row.number, row.external, row.name, row.name_en, row.spec, row.unit, row.family, row.tax_code_id, row.tax_class,
        row.tax_short, row.shelf_life_days, row.state, row.version,
    )  # fmt: skip


def rows(company: int) -> QuerySet[Item]:
    return Item.objects.filter(company_id=company)


def price_rows(company: int) -> QuerySet[Price]:
    return Price.objects.filter(company_id=company)


def tax_rows(company: int) -> QuerySet[TaxCode]:
    return TaxCode.objects.filter(company_id=company)


def chunks(values: Iterable[Any]) -> Iterable[list[Any]]:
    listed = sorted(set(values))
    for i in range(0, len(listed), CHUNK):
        yield listed[i : i + CHUNK]


def by_id(company: int, item_id: int) -> ItemKnown:
    """Raises Missing."""
    row = rows(company).filter(pk=item_id).first()
    if row is None:
        raise Missing(_("There is no such item."))
    return known(row)


def item(company: int, number: str) -> ItemKnown:
    """By our number. Raises Missing."""
    row = rows(company).filter(number=number).first()
    if row is None:
        raise Missing(_("There is no item %(number)s.", number=number))
    return known(row)


def by_ids(company: int, ids: Collection[int]) -> dict[int, ItemKnown]:
    return {row.pk: known(row) for part in chunks(ids) for row in rows(company).filter(pk__in=part)}


def by_numbers(company: int, numbers: Collection[str]) -> dict[str, ItemKnown]:
    return {row.number: known(row) for part in chunks(numbers) for row in rows(company).filter(number__in=part)}


def by_externals(company: int, keys: Collection[str]) -> dict[str, ItemKnown]:
    wanted = [k for k in keys if k]
    return {row.external: known(row) for part in chunks(wanted) for row in rows(company).filter(external__in=part)}


def matching(company: int, text: str) -> QuerySet[Any]:
    """Items whose number, name, spec or pinyin initials fit; best first by `rank`."""
    text = text.strip()
    q = Q(number__istartswith=text) | Q(name__icontains=text) | Q(name_en__icontains=text) | Q(spec__icontains=text)
    q |= Q(external__iexact=text) | Q(family__icontains=text)
    if text.isascii() and len(text) >= 2:
        q |= Q(pinyin__contains=text.lower())
    rank = Case(
        When(Q(number__iexact=text) | Q(external__iexact=text), then=Value(0)),
        When(Q(number__istartswith=text) | Q(name__startswith=text), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return rows(company).filter(q).annotate(rank=rank)


def find(company: int, text: str, limit: int = 20) -> list[ItemKnown]:
    if not text.strip():
        return []
    return [known(row) for row in matching(company, text).order_by("rank", "number")[:limit]]


# ---- tax -----------------------------------------------------------------------------------------------------


def _tax(row: TaxCode) -> TaxRow:
    return TaxRow(row.pk, row.code, row.name, row.name_en, row.rate, row.kind, row.since, row.until, row.successor_id)


def tax_codes(company: int) -> dict[int, TaxRow]:
    """All tax codes by id (a dozen or two)."""
    return {row.pk: _tax(row) for row in tax_rows(company).order_by("code")}


def tax(company: int, tax_code: int, on: date) -> TaxRow:
    """The code in force that day for an item that points at `tax_code`, with its rate. Raises Missing."""
    codes = tax_codes(company)
    found = tax_on(codes, tax_code, on) if tax_code in codes else None
    if found is None:
        name = codes[tax_code].code if tax_code in codes else tax_code
        raise Missing(_("Tax code %(code)s has no rate on %(date)s.", code=name, date=on))
    return found


def taxes(company: int, items: Collection[int], on: date) -> dict[int, TaxRow]:
    """item id -> the tax code in force that day; items whose code has no rate then are left out."""
    codes = tax_codes(company)
    found = {pk: tax_on(codes, one.tax_code, on) for pk, one in by_ids(company, items).items()}
    return {pk: row for pk, row in found.items() if row is not None}


def tax_code(company: int, code: str) -> TaxRow:
    """Raises Missing."""
    row = tax_rows(company).filter(code=code).first()
    if row is None:
        raise Missing(_("There is no tax code %(code)s.", code=code))
    return _tax(row)


# ---- prices --------------------------------------------------------------------------------------------------


def _price(row: Price) -> PriceRow:
    return PriceRow(
        row.pk, row.item_id, row.customer_id, row.klass, row.currency, row.price, row.mode, row.since, row.until
    )


def price(company: int, item_id: int, customer_id: int | None, currency: str, on: date) -> PriceFound:
    """The price that holds for this customer on that day, most specific first. Raises Missing."""
    found = prices(company, [item_id], customer_id, currency, on)
    if item_id not in found:
        one = by_id(company, item_id)
        raise Missing(
            _(
                "Item %(number)s has no price in %(currency)s on %(date)s.",
                number=one.number,
                currency=currency,
                date=on,
            )
        )
    return found[item_id]


def prices(
    company: int, items: Collection[int], customer_id: int | None, currency: str, on: date
) -> dict[int, PriceFound]:
    """item id -> the price that holds; items without one are left out."""
    klass = customers.by_id(company, customer_id).klass if customer_id is not None else ""
    scope = Q(customer__isnull=True, klass__in=("", klass)) | Q(customer_id=customer_id, customer__isnull=False)
    rows_of: dict[int, list[PriceRow]] = {}
    for part in chunks(items):
        some = price_rows(company).filter(scope, item_id__in=part, currency=currency, since__lte=on)
        for row in some.filter(Q(until__isnull=True) | Q(until__gte=on)):
            rows_of.setdefault(row.item_id, []).append(_price(row))
    found = {pk: best_price(some_rows, customer_id, klass, on) for pk, some_rows in rows_of.items()}
    return {pk: one for pk, one in found.items() if one is not None}


# ---- exchange rates --------------------------------------------------------------------------------------------


def exchange_rates(company: int) -> QuerySet[ExchangeRate]:
    """Every rate that was entered, with `old`: a newer one was entered for the same day."""
    newer = ExchangeRate.objects.filter(
        company_id=OuterRef("company_id"), currency=OuterRef("currency"), on=OuterRef("on"), pk__gt=OuterRef("pk")
    )
    return ExchangeRate.objects.filter(company_id=company).annotate(old=Exists(newer))


def exchange_rate(company: int, currency: str, on: date | None = None) -> int | None:
    """Company currency for one of `currency` (10^-8) on a day: the rate of that day, or of the last day before it that
    has one (banks publish none on holidays). None when there is none; without a day the latest."""
    rows = ExchangeRate.objects.filter(company_id=company, currency=currency)
    rows = rows if on is None else rows.filter(on__lte=on)
    return rows.order_by("-on", "-pk").values_list("rate", flat=True).first()


@dataclass(frozen=True, slots=True)
class RateDays:
    """The rates of some currencies over time, read once for many documents."""

    by: dict[str, list[tuple[date, int]]]  # newest first

    def on(self, currency: str, day: date) -> int | None:
        return next((rate for since, rate in self.by.get(currency, ()) if since <= day), None)


def rate_days(company: int, currencies: Collection[str]) -> RateDays:
    by: dict[str, list[tuple[date, int]]] = {}
    rows = ExchangeRate.objects.filter(company_id=company, currency__in=sorted(set(currencies)))
    for currency, on, rate in rows.order_by("currency", "-on", "-pk").values_list("currency", "on", "rate"):
        some = by.setdefault(currency, [])
        if not some or some[-1][0] != on:
            some.append((on, rate))
    return RateDays(by)
