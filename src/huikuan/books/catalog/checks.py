"""What `verify` asks of the catalogue: prices of one scope never overlap; tax codes hand over without a gap."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from huikuan.books.catalog.models import Price
from huikuan.books.catalog.queries import tax_codes
from huikuan.kit.words import _
from huikuan.office.trail.hands import Check, Finding

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


CHECKS = (
    Check("P11", _("In one scope at most one price holds on a day"), prices),
    Check("P12", _("Tax codes hand over without a gap"), successors),
)
