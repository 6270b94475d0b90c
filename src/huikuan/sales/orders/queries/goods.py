"""Items with their prices and tax rates, read once for many order lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from huikuan.books.catalog import queries as catalog
from huikuan.books.catalog.rules import PriceRow, TaxRow, best_price, tax_on
from huikuan.kit.errors import Missing, Refused
from huikuan.kit.money import RATE_SCALE, divide
from huikuan.kit.words import _


@dataclass(frozen=True, slots=True)
class Good:
    """An item on a day: its unit, its tax code and rate (10^-8)."""

    id: int
    number: str
    name: str
    unit: str
    tax_code: str
    tax_rate: int


class Shop:
    """What is sold to these customers: `good` and `price` answer without asking the database again."""

    def __init__(
        self, company: int, items: Collection[int], customers: Collection[int], *, priced: bool = True
    ) -> None:  # fmt: skip
        self.items = catalog.by_ids(company, items)
        if lost := set(items) - set(self.items):
            raise Missing(_("There is no such item (%(ids)s).", ids=sorted(lost)))
        self.taxes = catalog.tax_codes(company)
        self.known: dict[tuple[int, date], TaxRow | None] = {}
        self.prices: dict[tuple[int, str], list[PriceRow]] = defaultdict(list)
        wanted = sorted(set(items)) if priced else []
        for i in range(0, len(wanted), 400):
            rows = catalog.price_rows(company).filter(item_id__in=wanted[i : i + 400])
            if len(customers) <= 400:
                rows = rows.filter(Q(customer__isnull=True) | Q(customer_id__in=sorted(set(customers))))
            for r in rows:
                row = PriceRow(r.pk, r.item_id, r.customer_id, r.klass, r.currency, r.price, r.mode, r.since, r.until)
                self.prices[r.item_id, r.currency].append(row)

    def good(self, item: int, on: date) -> Good:
        """Raises Refused for a closed item, Missing when no tax rate holds that day."""
        one = self.items[item]
        if one.state != "active":
            raise Refused(_("Item %(number)s is closed.", number=one.number))
        if (one.tax_code, on) not in self.known:
            self.known[one.tax_code, on] = tax_on(self.taxes, one.tax_code, on)
        tax = self.known[one.tax_code, on]
        if tax is None:
            raise Missing(_("Item %(number)s has no tax rate on %(date)s.", number=one.number, date=on))
        return Good(one.id, one.number, one.name, one.unit, tax.code, tax.rate)

    def price(self, item: int, customer: int, klass: str, currency: str, on: date, mode: str) -> int | None:
        """The list's price in the terms of `mode`; a net price asked for as gross takes the day's tax, and back."""
        found = best_price(self.prices.get((item, currency), ()), customer, klass, on)
        if found is None or found.mode == mode:
            return found.price if found else None
        rate = self.good(item, on).tax_rate
        if mode == "gross":
            return divide(found.price * (RATE_SCALE + rate), RATE_SCALE)
        return divide(found.price * RATE_SCALE, RATE_SCALE + rate)
