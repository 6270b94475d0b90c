"""Price x quantity, discount and VAT. Pure; orders and bills reckon alike.

Price x quantity is rounded once per line, half-up. Tax is computed for all lines of one rate together and shared
out by largest remainder, so that lines add up to the document and each line is within one unit of its own tax.
Pieces of one order line, billed at different times, add up to the whole line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huikuan.kit.money import PRICE_SCALE, QUANTITY_SCALE, RATE_SCALE, divide, exponent


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
    whole = value(upto, piece.price, piece.discount, currency)
    return whole - value(done, piece.price, piece.discount, currency) if done else whole


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
    full = bases
    if any(p.discount for p in pieces):
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
