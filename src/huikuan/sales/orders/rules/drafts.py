"""What is asked for: orders, changes and deliveries as plain frozen values, as doors hand them to actions. Pure.

Quantities 10^-6, prices 10^-10, discount rates 10^-8; ids are primary keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.money import BIGGEST, RATE_SCALE, exponent
from huikuan.kit.words import _

Day = date  # a field may be called date
MOST = BIGGEST // 100  # minor units: sums of many orders still fit
MOST_LINES = 2000  # as many rows as one fully digital e-invoice takes


@dataclass(frozen=True, slots=True)
class OrderLineDraft:
    """`price` None takes the price list's. `n` names a line of the order that is changed; 0 is a new line."""

    item: int
    quantity: int
    price: int | None = None
    discount: int = 0
    text: str = ""
    n: int = 0


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """`mode` says whether prices are net or gross ("" as the price list or the company has it); `terms` None as the
    payer has them."""

    customer: int
    date: Day
    lines: tuple[OrderLineDraft, ...]
    requested: Day | None = None
    ship_to: int | None = None
    terms: int | None = None
    currency: str = ""
    mode: str = ""
    customer_po: str = ""
    note: str = ""
    external: str = ""
    number: str = ""  # "" takes the next of the series; a loaded order keeps its own
    contract: str = ""


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What the order shall be. `lines` None leaves them as they are; a line left out of `lines` is taken off."""

    lines: tuple[OrderLineDraft, ...] | None = None
    terms: int | None = None
    requested: Day | None = None
    ship_to: int | None = None
    customer_po: str | None = None
    note: str | None = None
    contract: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryLineDraft:
    """So much of line `n` of the order."""

    n: int
    quantity: int
    batch: str = ""
    expiry: Day | None = None


@dataclass(frozen=True, slots=True)
class DeliveryDraft:
    """`lines` empty delivers everything that is still open."""

    order: int
    date: Day
    lines: tuple[DeliveryLineDraft, ...] = ()
    etd: Day | None = None
    eta: Day | None = None
    carrier: str = ""
    external: str = ""
    number: str = ""


def check_lines(lines: Sequence[OrderLineDraft]) -> None:
    """Raise Invalid, with a fault for each wrong value, unless the lines can stand on an order."""
    faults = []
    if not lines:
        faults.append(Fault("lines", "", _("An order needs at least one line.")))
    if len(lines) > MOST_LINES:
        faults.append(Fault("lines", str(len(lines)), _("An order takes at most %(most)s lines.", most=MOST_LINES)))
    for i, line in enumerate(lines, 1):
        if not 0 < line.quantity <= BIGGEST // 10**6:
            faults.append(Fault("quantity", str(line.quantity), _("The quantity must be more than 0."), row=i))
        if line.price is not None and not 0 <= line.price <= BIGGEST // 10**2:
            faults.append(Fault("price", str(line.price), _("The price must not be negative."), row=i))
        if not 0 <= line.discount <= RATE_SCALE:
            faults.append(Fault("discount", str(line.discount), _("The discount must be between 0 and 100 %%."), row=i))
    named = [line.n for line in lines if line.n]
    if len(set(named)) != len(named):
        faults.append(Fault("lines", "", _("A line is named twice.")))
    if faults:
        raise Invalid(faults[0].reason, faults=tuple(faults))


def check_dates(when: date, requested: date | None) -> None:
    if requested is not None and requested < when:
        raise Invalid.one(
            "requested", requested, _("The requested date lies before the order date, %(date)s.", date=when)
        )


def check_currency(code: str) -> None:
    try:
        exponent(code)
    except ValueError as e:
        raise Invalid.one("currency", code, _("There is no such currency.")) from e
