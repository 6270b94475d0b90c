"""What `verify` asks of the catalogue: prices of one scope never overlap; tax codes hand over without a gap."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from huikuan.books.catalog.models import ExchangeRate, Price
from huikuan.books.catalog.queries import tax_codes
from huikuan.kit.money import RATE_SCALE, scaled_text
from huikuan.kit.words import _
from huikuan.office.trail.hands import Broken, Check, Finding
from huikuan.office.trail.queries import records

_NAMED = 20


def prices(company: int) -> Finding:
    """In one scope (item, customer or class, currency) at most one price holds on a day."""
    rows = Price.objects.filter(company_id=company).order_by("item_id", "customer_id", "klass", "currency", "since")
    wrong = []
    fields = ("item_id", "customer_id", "klass", "currency", "since", "until", "pk")
    listed = list(rows.values_list(*fields))
    for one, following in pairwise(listed):
        if one[:4] == following[:4] and (one[5] is None or one[5] >= following[4]):
            wrong.append(f"price {one[6]} of item {one[0]} holds beyond the first day of price {following[6]}")
    return Finding(len(listed), tuple(wrong[:_NAMED]), len(wrong))


def successors(company: int) -> Finding:
    """A tax code that ends hands over without a gap."""
    codes = tax_codes(company)
    wrong = []
    for row in codes.values():
        after = codes.get(row.successor) if row.successor is not None else None
        # 1 % (reduced) hands over to 3 %, which is older: only a gap would leave a day without a rate.
        if after and row.until and after.since > row.until + timedelta(days=1):
            wrong.append(f"tax code {row.code} ends on {row.until}, {after.code} begins only on {after.since}")
    return Finding(len(codes), tuple(wrong[:_NAMED]), len(wrong))


def rates_set(company: int) -> Finding:
    """Every exchange rate was entered by an act, as it stands, and what acts entered is there."""
    acts = records(company).filter(name="catalog.set_rates", outcome="done").exclude(changes=[]).order_by("pk")
    said: dict[tuple[object, ...], list[int]] = {}
    for pk, by, at, facts, changes in acts.values_list("pk", "by", "at", "facts", "changes").iterator(2000):
        for c in changes:
            key = (c["subject"].rpartition(":")[2], c["field"], c["new"], facts.get("source"), by, at)
            said.setdefault(key, []).append(pk)
    checked, broken = 0, list[Broken]()
    why = _("is not what an act entered.")
    for row in ExchangeRate.objects.filter(company_id=company).order_by("pk").iterator(5000):
        checked += 1
        mine = said.get(
            (row.currency, row.on.isoformat(), scaled_text(row.rate, RATE_SCALE), row.source, row.by, row.at)
        )
        if mine:
            mine.pop()
        else:
            broken.append(Broken(f"catalog.exchangerate:{row.pk}", f"{row.currency} {row.on}", "rate", why))
    for (currency, on, *_rest), acts_left in said.items():
        gone = _("entered a rate of %(currency)s for %(day)s, which is not there.", currency=str(currency), day=str(on))
        broken += [Broken(f"trail.record:{pk}", f"act {pk}", "rate", gone) for pk in acts_left]
    return Finding(checked, tuple(broken[:200]), len(broken))


CHECKS = (
    Check("P11", _("In one scope at most one price holds on a day"), prices),
    Check("P12", _("Tax codes hand over without a gap"), successors),
    Check("I03", _("Exchange rates are what acts entered"), rates_set),
)
