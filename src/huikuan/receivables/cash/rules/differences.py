"""What a payer took off: said in words, allowed by terms, small enough to let go, or the charge of a bank.

A difference explains a payment only where it is exact: the amount that the remark states, the discount that the terms allow
on that day, a difference within the tolerance of payer and user. What remains is a guess, and shown as one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from huikuan.kit.words import _
from huikuan.receivables.cash.rules.advice import Told, less, told
from huikuan.receivables.cash.rules.book import Book, Open, Receipt
from huikuan.receivables.cash.rules.found import CHARGE, DISCOUNT, TAIL, Deduction, Found, money, names_of
from huikuan.receivables.cash.rules.tolerance import within

CHARGES = (100, 200, 300, 500, 550, 1000, 1050, 1500, 2000, 2500, 3000, 5000)  # what banks take from a transfer
SMALL = 100  # minor units that a person would call a small difference


def due_discounts(receipt: Receipt, items: Sequence[Open]) -> tuple[int, ...]:
    """What the terms let be taken off each item on the day of the receipt (0 where they do not)."""
    if not any(x.discounts for x in items):
        return (0,) * len(items)
    out = []
    for x in items:
        rate = max((r for until, r in x.discounts if receipt.on <= until), default=0)
        out.append(x.remaining - less(x.remaining, rate) if rate and x.remaining > 0 else 0)
    return tuple(out)


def on_named(found: Found, debits: Sequence[Open], gap: int, strange: bool) -> bool:
    """The remark names these items and pays `gap` less. Is the gap explained? Adds the explanation."""
    receipt = found.receipt
    sure = receipt.sure and not strange
    words = told(receipt.text)
    owed = gap + receipt.amount
    last = debits[-1]
    offs = due_discounts(receipt, debits)
    if sum(offs) == gap:
        legs = tuple((x.id, x.remaining - off) for x, off in zip(debits, offs, strict=True))
        deductions = tuple(Deduction(x.id, off, DISCOUNT, "terms") for x, off in zip(debits, offs, strict=True) if off)
        found.add(
            debits, 97, "reference_discount",
            _("The remark names %(docs)s; what is missing is exactly the discount for paying early.", docs=names_of(debits)),
            legs=legs, deductions=deductions, sure=sure,
        )  # fmt: skip
        return True
    if last.remaining <= gap:
        return False
    legs = tuple((x.id, x.remaining - (gap if x is last else 0)) for x in debits)
    if receipt.band is not None and within(gap, owed, receipt.band):
        found.add(
            debits, 96, "reference_tail",
            _("The remark names %(docs)s; %(short)s is missing, which is within tolerance.", docs=names_of(debits),
              short=money(receipt, gap)), legs=legs, deductions=(Deduction(last.id, gap, TAIL, "tolerance"),), sure=sure,
        )  # fmt: skip
        return True
    if gap in words.amounts:
        found.add(
            debits, 95, "reference_deduction",
            _("The remark names %(docs)s, and says that %(off)s was taken off.", docs=names_of(debits), off=money(receipt, gap)),
            legs=legs, deductions=(Deduction(last.id, gap, words.code or "other"),), sure=sure,
        )  # fmt: skip
        return True
    return False


def pieces_of(sums: Sequence[int], amount: int) -> list[tuple[int, int]]:
    """(first, after the last) of neighbours, two or more, that come to an amount. `sums`: what the oldest come to."""
    later = sums[bisect_left(sums, amount) :]
    starts = {0, *sums}.intersection(map(amount.__rsub__, later)) if later else ()
    if not starts:
        return []
    found = [(bisect_left(sums, s) + 1 if s else 0, bisect_left(sums, s + amount) + 1) for s in sorted(starts)]
    return [(first, last) for first, last in found if last - first > 1]


def guess_code(gap: int, words: Told) -> str:
    return words.code or (TAIL if gap < SMALL else CHARGE if gap in CHARGES else "other")


def by_difference(found: Found, book: Book, debits: Sequence[Open], sums: Sequence[int], sure: bool, off: int) -> None:
    """No sum is exact. Which items would be, but for a difference that is known? `sums`: what the oldest come to."""
    receipt, amount = found.receipt, found.receipt.amount
    words = told(receipt.text)
    before = len(found.proposals)
    early = [
        x for x, less_off in zip(debits, due_discounts(receipt, debits) if book.discounted else (), strict=book.discounted)
        if less_off and x.remaining - less_off == amount
    ]  # fmt: skip
    if early:
        x = early[0]
        found.add(
            [x], (93 if len(early) == 1 else 70) - off, "discount",
            _("%(docs)s less its discount for paying early is exactly this amount.", docs=x.document),
            legs=((x.id, amount),), deductions=(Deduction(x.id, x.remaining - amount, DISCOUNT, "terms"),),
            sure=sure and len(early) == 1,
        )  # fmt: skip
        return

    def short_of(gap: int, code: str, score: int, *, stated: bool) -> None:
        """One item, or the oldest items, less a known amount."""
        wanted = amount + gap
        if single := [x for x in book.with_amount(wanted) if x.document_date <= receipt.on]:
            _legs_short(found, single[:1], gap, code, score - (0 if len(single) == 1 else 14), stated=stated)
        elif (n := bisect_left(sums, wanted)) < len(sums) and sums[n] == wanted:
            _legs_short(found, debits[: n + 1], gap, code, score - 4, stated=stated)
        elif stated and len(some := pieces_of(sums, wanted)) == 1:
            first, last = some[0]
            _legs_short(found, debits[first:last], gap, code, score - 6, stated=stated)

    for said in words.amounts[:3]:
        short_of(said, words.code or "other", 86 - off, stated=True)
    if len(found.proposals) > before:
        return
    band = receipt.band
    within_band = [] if band is None else [x for x in debits if within(x.remaining - amount, x.remaining, band)]
    if len(within_band) == 1 and within_band[0].remaining > amount:
        x = within_band[0]
        found.add(
            [x], 91 - off, "tail", _("%(docs)s but for %(short)s, which is within tolerance.", docs=x.document,
                                     short=money(receipt, x.remaining - amount)), legs=((x.id, amount),),
            deductions=(Deduction(x.id, x.remaining - amount, TAIL, "tolerance"),), sure=sure,
        )  # fmt: skip
        return
    most = amount + SMALL
    close = [x for x in book.between(amount, most) if (x.remaining - amount) * 100 < x.remaining and x in debits]
    for n, x in enumerate(close[:2]):
        found.add(
            [x], (74 if len(close) == 1 else 58) - n - off, "tail",
            _("%(docs)s but for a small difference of %(short)s.", docs=x.document, short=money(receipt, x.remaining - amount)),
            legs=((x.id, amount),), deductions=(Deduction(x.id, x.remaining - amount, TAIL, "guess"),),
        )  # fmt: skip
    if len(found.proposals) > before:
        return
    for n in range(max(1, bisect_right(sums, amount)), bisect_left(sums, amount + SMALL)):
        if (sums[n] - amount) * 100 < sums[n]:
            _legs_short(found, debits[: n + 1], sums[n] - amount, TAIL, 68 - off)
    for charge in CHARGES:
        if charge * 50 > amount:
            break
        wanted = amount + charge
        if wanted in book.by_amount or ((n := bisect_left(sums, wanted)) < len(sums) and sums[n] == wanted):
            short_of(charge, CHARGE, 66 - off, stated=False)


def _legs_short(found: Found, items: Sequence[Open], gap: int, code: str, score: int, *, stated: bool = False) -> None:
    last = next((x for x in reversed(items) if x.remaining > gap), None)
    if last is None:
        return
    legs = tuple((x.id, x.remaining - (gap if x is last else 0)) for x in items)
    why = (
        _("%(docs)s less %(off)s, which the remark says was taken off.", docs=names_of(items), off=money(found.receipt, gap))
        if stated
        else _("%(docs)s less %(off)s, as a bank or a rounding would take.", docs=names_of(items), off=money(found.receipt, gap))
    )  # fmt: skip
    by = "stated" if stated else "guess"
    found.add(
        items, score, "deduction" if stated else code, why, legs=legs, deductions=(Deduction(last.id, gap, code, by),)
    )
