"""铺底: base stock credit. Of what a customer owes, the oldest open invoices stand up to an agreed amount until the
contract ends; only what goes beyond them is due by the ordinary terms. When the oldest are paid, the next ones stand in
their place; when the amount shrinks or the contract ends, what no longer stands falls due. Pure.

Only whole items stand: an item of the ledger has one due date. Billing cuts an invoice in two where the amount runs out,
so that the part that stands is an item of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from huikuan.books.customers.rules.due import stands_why
from huikuan.kit.money import Money
from huikuan.kit.words import Say, _


@dataclass(frozen=True, slots=True)
class Owed:
    """An open item under base stock terms. `due` as it stands; `rest_due`: by the terms of the rest (None: not known yet).
    `stands`: it has been standing until now."""

    item: int
    on: date
    remaining: int
    due: date | None
    rest_due: date | None
    rest_awaits: str
    stands: bool


@dataclass(frozen=True, slots=True)
class Move:
    """An item whose due date changes, and why. `awaits`: the event it waits for."""

    item: int
    due: date | None
    awaits: str
    why: Say


def standing(amount: int, end: date | None, on: date) -> int:
    """How much stands on a day: nothing once the contract is over."""
    return 0 if end is not None and end < on else max(0, amount)


def covered(amount: int, items: Iterable[Owed]) -> dict[int, int]:
    """Item -> what of it stands: oldest first, whole items, until one does not fit."""
    found: dict[int, int] = {}
    left = amount
    for one in sorted(items, key=lambda i: (i.on, i.item)):
        if one.remaining <= 0:
            continue
        if one.remaining > left:
            break
        found[one.item] = one.remaining
        left -= one.remaining
    return found


def left_of(amount: int, items: Iterable[Owed]) -> int:
    """What older invoices leave free for a new one."""
    return max(0, amount - sum(i.remaining for i in items if i.stands and i.remaining > 0))


def restand(whole: Money, end: date | None, items: Iterable[Owed], on: date) -> list[Move]:
    """What moves on a day: items that begin to stand, that stand until another day now, and that stand no more.

    An item that stood and stands no more is due by its own terms, but never before the day it lost its standing.
    """
    rows = list(items)
    stand = covered(standing(whole.minor, end, on), rows)
    out = []
    for one in rows:
        if one.item in stand:
            if not one.stands or one.due != end:
                why = stands_why(Money(one.remaining, whole.currency), whole, end)
                out.append(Move(one.item, end, "contract_end", why))
        elif one.stands and one.remaining > 0:
            over = end is not None and end < on
            since = max(end, one.on) if over and end is not None else on
            if over:
                why = _("The contract ended on %(date)s: what stood as base stock credit is due.", date=end)
                due: date | None = since
            elif one.rest_due is None:
                why = _(
                    "The base stock credit is %(whole)s now and older invoices use it: the ordinary terms hold.",
                    whole=whole,
                )
                due = None
            else:
                due = max(one.rest_due, since)
                why = _(
                    "The base stock credit is %(whole)s now and older invoices use it: due on %(due)s.",
                    whole=whole,
                    due=due,
                )
            out.append(Move(one.item, due, "" if due else one.rest_awaits, why))
    return out
