"""The arithmetic of a bill, and what it becomes in the books. Pure.

Price x quantity is rounded once per line, half-up. Tax is computed for all lines of one rate together and shared
out by largest remainder, so that lines add up to the document and each line is within one unit of its own tax.
Pieces of one order line, billed at different times, add up to the whole line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from huikuan.kit.errors import Refused
from huikuan.kit.money import PRICE_SCALE, QUANTITY_SCALE, RATE_SCALE, Money, divide, exponent
from huikuan.kit.words import Say, _


@dataclass(frozen=True, slots=True)
class Piece:
    """What is billed of one order line: quantity 10^-6, price 10^-10, discount and tax rate 10^-8.

    `before` is how much of the line was billed earlier.
    """

    quantity: int
    price: int
    tax_rate: int
    discount: int = 0
    before: int = 0


@dataclass(frozen=True, slots=True)
class Amounts:
    net: int
    tax: int
    gross: int
    discount: int = 0  # taken off, in the terms of the price (net or gross)


@dataclass(frozen=True, slots=True)
class Totals:
    lines: tuple[Amounts, ...]
    net: int
    tax: int
    gross: int


def value(quantity: int, price: int, discount: int, currency: str) -> int:
    """Quantity x price less discount in minor units, rounded once."""
    return divide(
        quantity * price * (RATE_SCALE - discount) * 10 ** exponent(currency), QUANTITY_SCALE * PRICE_SCALE * RATE_SCALE
    )


def piece_value(piece: Piece, currency: str) -> int:
    """The value of a piece as the difference of two whole values: any cutting of a line adds up to the line."""
    done, upto = piece.before, piece.before + piece.quantity
    return value(upto, piece.price, piece.discount, currency) - value(done, piece.price, piece.discount, currency)


def tax_of(base: int, rate: int, mode: str) -> int:
    """VAT on a net amount, or within a gross amount, half-up (china.md 1.6)."""
    return divide(base * rate, RATE_SCALE) if mode == "net" else divide(base * rate, RATE_SCALE + rate)


def share_tax(bases: Sequence[int], rate: int, mode: str) -> list[int]:
    """The tax of all bases together, shared out so that it adds up: each share is its exact tax rounded down or up.

    Largest remainder, ties by position. Bases may be negative (discounts and returns beside goods).
    """
    below = RATE_SCALE if mode == "net" else RATE_SCALE + rate
    total = tax_of(sum(bases), rate, mode)
    taxes = [base * rate // below for base in bases]
    left = total - sum(taxes)  # 0 <= left < number of bases, as every floor takes less than one
    order = sorted(range(len(bases)), key=lambda i: (-(bases[i] * rate % below), i))
    for i in order[:left]:
        taxes[i] += 1
    return taxes


def totals(pieces: Sequence[Piece], mode: str, currency: str) -> Totals:
    """Net, tax and gross of every line and of the document; lines add up exactly (I21)."""
    bases = [piece_value(p, currency) for p in pieces]
    full = [piece_value(Piece(p.quantity, p.price, p.tax_rate, 0, p.before), currency) for p in pieces]
    return assemble(bases, [p.tax_rate for p in pieces], mode, [f - b for f, b in zip(full, bases, strict=True)])


def assemble(bases: Sequence[int], rates: Sequence[int], mode: str, discounts: Sequence[int] | None = None) -> Totals:
    """Lines from their values in the terms of `mode` and their rates."""
    taxes = [0] * len(bases)
    for rate in sorted(set(rates)):
        where = [i for i, r in enumerate(rates) if r == rate]
        for i, tax in zip(where, share_tax([bases[i] for i in where], rate, mode), strict=True):
            taxes[i] = tax
    lines = []
    for i, (base, tax) in enumerate(zip(bases, taxes, strict=True)):
        net = base if mode == "net" else base - tax
        lines.append(Amounts(net, tax, net + tax, discounts[i] if discounts else 0))
    net, tax = sum(line.net for line in lines), sum(line.tax for line in lines)
    return Totals(tuple(lines), net, tax, net + tax)


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
