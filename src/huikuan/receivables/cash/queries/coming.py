"""Orders that a remark names and that are not wholly billed yet: the money may be for goods to come."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from huikuan.kit.money import Money, divide
from huikuan.office.trail.store import among
from huikuan.receivables.cash.queries.matching import spans
from huikuan.sales.orders import queries as orders

MOST = 5


@dataclass(frozen=True, slots=True)
class ToCome:
    """An order that a line's remark names as `written`, and what of it is still to be billed (gross)."""

    id: int
    number: str
    written: tuple[str, ...]
    payer: int
    payer_number: str
    payer_name: str
    rest: Money


def to_come(company: int, text: str, currency: str) -> list[ToCome]:
    """The orders in this currency that a remark names and that have something left to bill, oldest first, MOST of them."""
    named = orders.written(company, {s for s in spans(text) if len(s) <= 60})
    if not named:
        return []
    some = orders.orders(company).filter(pk__in=among(named), currency=currency)
    live = some.exclude(state__in=("rejected", "cancelled", "billed")).select_related("payer")
    found = list(live.order_by("date", "id")[:MOST])
    rest: dict[int, int] = defaultdict(int)
    for line in orders.lines_of(company, [o.pk for o in found]):
        rest[line.order_id] += line.gross - divide(line.gross * line.billed, line.quantity)
    return [
        ToCome(
            o.pk,
            o.number,
            tuple(sorted(named[o.pk])),
            o.payer_id,
            o.payer.number,
            o.payer.name,
            Money(rest[o.pk], currency),
        )
        for o in found
        if rest[o.pk] > 0
    ]
