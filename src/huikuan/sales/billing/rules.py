"""What a credit note takes of a bill, and what a bill becomes in the books. Pure.

The arithmetic of lines, discount and VAT stands in `orders.rules.amounts`, so that an order and its bill reckon alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from huikuan.kit.errors import Refused
from huikuan.kit.money import Money, divide
from huikuan.kit.words import Say, _
from huikuan.sales.orders.rules.amounts import (
    Amounts,
    Piece,
    Totals,
    assemble,
    piece_value,
    share_tax,
    tax_of,
    totals,
    value,
)

__all__ = [
    "Amounts",
    "Billed",
    "Credited",
    "Instalment",
    "Piece",
    "TakenBill",
    "TakenBillLine",
    "Totals",
    "assemble",
    "credit_all",
    "credit_amount",
    "credit_quantity",
    "piece_value",
    "posting_lines",
    "share_tax",
    "tax_of",
    "totals",
    "value",
]

# --- credit notes -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Billed:
    """A line of the original document and what earlier credit notes took from it (net, positive)."""

    line_id: int
    quantity: int | None
    net: int
    tax: int
    tax_rate: int
    credited_quantity: int = 0
    credited_net: int = 0
    credited_tax: int = 0

    @property
    def net_left(self) -> int:
        return self.net - self.credited_net

    @property
    def tax_left(self) -> int:
        return self.tax - self.credited_tax


@dataclass(frozen=True, slots=True)
class Credited:
    """What a credit note takes from a line, positive."""

    line_id: int
    quantity: int | None
    net: int
    tax: int


def credit_all(lines: Iterable[Billed]) -> list[Credited]:
    """Everything that is left of every line."""
    return [
        Credited(b.line_id, None if b.quantity is None else b.quantity - b.credited_quantity, b.net_left, b.tax_left)
        for b in lines
        if b.net_left or b.tax_left
    ]


def credit_quantity(line: Billed, quantity: int) -> Credited:
    """So much of a line given back; the last piece takes the remainder. Refused beyond what is left."""
    if line.quantity is None or quantity <= 0 or quantity > line.quantity - line.credited_quantity:
        raise Refused(_("No more can be credited on a line than was billed and not yet credited."))
    if line.credited_quantity + quantity == line.quantity:
        return Credited(line.line_id, quantity, line.net_left, line.tax_left)
    net = min(divide(line.net * quantity, line.quantity), line.net_left)
    tax = min(divide(line.tax * quantity, line.quantity), line.tax_left)
    return Credited(line.line_id, quantity, net, tax)


def credit_amount(lines: Sequence[Billed], gross: int, currency: str) -> list[Credited]:
    """A gross amount taken off the document in proportion to what is left of each line (折让). Refused beyond that."""
    left = [b.net_left + b.tax_left for b in lines]
    if gross <= 0 or gross > sum(left):
        raise Refused(
            _(
                "Between 0 and %(left)s can be credited, not %(asked)s.",
                left=Money(sum(left), currency),
                asked=Money(gross, currency),
            )
        )
    pieces, rest, below = [], gross, sum(left)
    for b, weight in zip(lines, left, strict=True):  # running remainder: adds up, never above what a line has left
        piece = divide(rest * weight, below) if below else 0
        rest, below = rest - piece, below - weight
        if not piece:
            continue
        tax = b.tax_left if piece == weight else min(tax_of(piece, b.tax_rate, "gross"), b.tax_left)
        if piece - tax > b.net_left:  # the tax must carry what the net has no room for
            tax = piece - b.net_left
        pieces.append(Credited(b.line_id, None, piece - tax, tax))
    return pieces


# --- into the books -----------------------------------------------------------------------------------------------

RECEIVABLE, REVENUE, OUTPUT_TAX = "1122", "6001", "222101"


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of what is owed. `due` None while it waits for the invoice's receipt or the sign-off."""

    amount: int
    due: date | None
    base: date | None
    awaiting: str = ""
    why: Say | None = None


def posting_lines(gross: int, net: int, tax: int, parts: Sequence[Instalment]) -> list[tuple[str, int, int | None]]:
    """(account, signed minor, index of the instalment or None): Dr receivable, Cr revenue, Cr output tax."""
    if sum(p.amount for p in parts) != gross or net + tax != gross:
        raise ValueError("instalments, net and tax must add up to gross")
    lines: list[tuple[str, int, int | None]] = [(RECEIVABLE, p.amount, i) for i, p in enumerate(parts) if p.amount]
    if net:
        lines.append((REVENUE, -net, None))
    if tax:
        lines.append((OUTPUT_TAX, -tax, None))
    return lines


# --- bills that another system posted -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TakenBillLine:
    """A line as the other system billed it: quantity 10^-6, price 10^-10, net minor units with the document's sign."""

    n: int
    net: int
    item: int | None = None
    text: str = ""
    quantity: int | None = None
    unit: str = ""
    price: int | None = None
    order_line: int | None = None
    delivery: int | None = None


@dataclass(frozen=True, slots=True)
class TakenBill:
    """A billing document as the other system posted it. `cancels` is the external key of what it cancels, `entry` the
    entry that its claim came in with, `booked_as` the accounting document there. The tax is not told: gross = net."""

    external: str
    number: str
    kind: str  # as of Document
    customer: int
    payer: int
    date: date
    currency: str
    lines: tuple[TakenBillLine, ...]
    order: int | None = None
    terms: int | None = None
    cancelled: bool = False
    cancels: str = ""
    entry: int | None = None
    booked_as: str = ""
    reference: str = ""
    reason: str = ""
