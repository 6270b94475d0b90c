"""Receipts that a reversal of the bank may take back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db.models import F

from huikuan.books.ledger import queries as ledger
from huikuan.kit.refs import ref
from huikuan.receivables.cash import rules
from huikuan.receivables.cash.models import BankLine

MOST = 50


def receipts(row: BankLine) -> list[BankLine]:
    """Of exactly its amount, on the same account, not later, and not taken back before; oldest first, the last MOST."""
    found = list(
        BankLine.objects.filter(
            company_id=row.company_id, bank_id=row.bank_id, amount=-row.amount, currency=row.currency, date__lte=row.date,
            date__gte=row.date - timedelta(days=rules.RETURNED_WITHIN), state__in=["open", "account"],
        ).order_by("-date", "-pk")[:MOST]
    )  # fmt: skip
    items = [x.item_id for x in found if x.item_id is not None]
    before = _by_reversal(row) if items else set()
    taken = {
        leg.item_id
        for leg in (ledger.legs(row.company_id, items=items) if before else ())
        if leg.clearing_id in before and not leg.reversed_by_id
    }
    return [x for x in reversed(found) if x.item_id is None or x.item_id not in taken]


def _by_reversal(row: BankLine) -> set[int]:
    """Clearings that earlier reversals of this account made."""
    before = BankLine.objects.filter(
        company_id=row.company_id, bank_id=row.bank_id, amount=row.amount, how="reversal"
    ).exclude(pk=row.pk)
    names = [ref("cash.line", pk) for pk in before.values_list("pk", flat=True)[:200]]
    return set(ledger.clearings(row.company_id).filter(source__in=names).values_list("pk", flat=True))


def taken_back(row: BankLine, beside: Sequence[BankLine] = (), used: Collection[int] = ()) -> rules.Returned:
    """Which receipt it takes back, among those in the books and those `beside` it that are still to be stored. `used`: those
    that reversals before it in the same file took."""
    here = [
        x for x in beside if x.amount == -row.amount and x.currency == row.currency and x.date <= row.date and x.state == "open"
    ]  # fmt: skip
    found = list({x.pk: x for x in (*receipts(row), *here) if x.pk not in used}.values())
    items = [x.item_id for x in found if x.item_id is not None]
    touched: set[int] = set()
    if len(found) > 1 and items:
        paid = set(
            ledger.items(row.company_id)
            .filter(pk__in=items)
            .exclude(remaining=F("amount"))
            .values_list("pk", flat=True)
        )
        touched = {x.pk for x in found if x.item_id in paid}
    return rules.taken_back(row, found, touched)
