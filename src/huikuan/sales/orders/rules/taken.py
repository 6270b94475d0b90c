"""Orders and deliveries that another system decided and posted, as they are taken over. Pure.

Quantities 10^-6, prices 10^-10, amounts minor units; ids are primary keys, `external` is "system:key".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from huikuan.kit.errors import Refused
from huikuan.kit.words import Say, _

Day = date  # a field may be called date
HUIKUAN, SAP = "huikuan", "sap"
LED_BY: dict[str, Say] = {HUIKUAN: _("Huikuan"), SAP: _("SAP")}
# What the other system says of an order or a delivery, in words.
SAID: dict[str, Say] = {
    "open": _("not delivered"),
    "part": _("delivered in part"),
    "delivered": _("delivered"),
    "rejected": _("rejected"),
    "open+rejected": _("not delivered, some rejected"),
    "part+rejected": _("delivered in part, some rejected"),
    "delivered+rejected": _("delivered, some rejected"),
    "picked": _("picked, goods issue not posted"),
    "shipped": _("goods issue posted"),
}
OURS = re.compile(r"^(10|80|90)\d{8}$")  # our own numbers of orders, deliveries and bills


@dataclass(frozen=True, slots=True)
class TakenLine:
    """A line under its own number there. `net` is told, not reckoned; the price follows from it."""

    n: int
    item: int
    quantity: int
    unit: str
    price: int
    net: int


@dataclass(frozen=True, slots=True)
class TakenOrder:
    """An order as the other system has it. `rejected`: all of it was refused there; `said` its state in their words."""

    external: str
    number: str
    customer: int
    payer: int
    date: Day
    currency: str
    lines: tuple[TakenLine, ...]
    requested: Day | None = None
    terms: int | None = None
    rejected: bool = False
    reason: str = ""
    said: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TakenDelivery:
    """A delivery there: `lines` are (number of the order's line, quantity)."""

    external: str
    number: str
    order: str  # the order's external key
    date: Day
    lines: tuple[tuple[int, int], ...]
    said: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Took:
    """What became of a lot: rows that are new, that changed, and that were as they are."""

    made: int = 0
    changed: int = 0
    same: int = 0

    def __add__(self, other: Took) -> Took:
        return Took(self.made + other.made, self.changed + other.changed, self.same + other.same)


def own_number(number: str) -> str:
    """The other system's number as ours; one that looks like our own series is marked, so that ours stay without gaps."""
    return f"SAP-{number}"[:24] if OURS.match(number) else number[:24]


def check_led(led: str, kind: Say, number: str) -> None:
    """Refused, in words, when another system leads the row."""
    if led != HUIKUAN:
        raise Refused(
            _(
                "%(leader)s leads %(kind)s %(number)s: change it there, and the next load brings the change here. "
                "Who leads is set under Settings.",
                leader=LED_BY[led],
                kind=kind,
                number=number,
            )
        )


def led_notice(led: str) -> Say:
    """Why there is nothing to be done with a row here."""
    return _("%(leader)s leads this: it is changed there, and loads bring the changes here.", leader=LED_BY[led])


def check_taken(order: TakenOrder) -> None:
    """Refused when an order cannot be kept as one: no lines, or the same line twice."""
    if not order.lines:
        raise Refused(_("Order %(number)s has no lines that could be delivered.", number=order.number))
    numbers = [x.n for x in order.lines]
    if len(set(numbers)) != len(numbers):
        raise Refused(_("Order %(number)s has the same line number twice.", number=order.number))


def differing(old: object, new: Sequence[tuple[str, object]]) -> list[tuple[str, object, object]]:
    """(name, before, after) of what another load says otherwise."""
    return [(name, getattr(old, name), value) for name, value in new if getattr(old, name) != value]
