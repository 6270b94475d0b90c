"""Explanations as they are found: what one says, when it may clear by itself, and which is the best of several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from huikuan.kit.money import Money
from huikuan.kit.words import Say, _
from huikuan.receivables.cash.rules.book import Open, Receipt


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds of matching.

    From which score a sure proposal is cleared and any proposal shown; how many items a search for sums may span, and
    how many of them for its only answer to be trusted; how many steps it may take; how short a payment may be to be
    shown as a short payment (in 1/10,000 of the item); how many proposals are kept. `version` numbers the company's
    rules (0: as delivered).
    """

    clear: int = 90
    propose: int = 40
    subset: int = 18
    subset_sure: int = 12
    short: int = 800
    most: int = 4
    version: int = 0


ROUND = 100_000  # minor units: who pays a multiple of it on items that come to something else pays round sums

GUESS = 45  # the score of "oldest first" when nothing else is known

# What a payer took off, by code; the company's reason codes (rules/tolerance.py) say what may be done about it.
DISCOUNT, TAIL, CHARGE = "discount", "tail", "charge"


@dataclass(frozen=True, slots=True)
class Deduction:
    """What a payer took off an item: minor units (+ less was paid), why, and who says so: their words, our terms, or a
    guess from the amount."""

    item: int
    amount: int
    code: str
    by: str = "stated"  # stated, terms, guess, tolerance


@dataclass(slots=True)  # not frozen: made by the ten thousand
class Proposal:
    """`legs`: (item id, minor units with the sign of the item). `rest` stays on the receipt. `sure`: may clear by itself.

    `rule` names the explanation; `considered` says what else was looked at and why it was not taken; `deductions` what
    the payer took off.
    """

    legs: tuple[tuple[int, int], ...]
    score: int
    sure: bool
    rule: str
    why: Say
    rest: int
    customer: int
    considered: tuple[Say, ...] = ()
    deductions: tuple[Deduction, ...] = ()

    def __reduce__(self) -> tuple[type[Proposal], tuple[Any, ...]]:
        return Proposal, (
            self.legs, self.score, self.sure, self.rule, self.why, self.rest, self.customer, self.considered, self.deductions
        )  # fmt: skip # pickled by the ten thousand, as a Say is

    @property
    def applied(self) -> int:
        return sum(amount for _item, amount in self.legs)


def full(items: Iterable[Open]) -> tuple[tuple[int, int], ...]:
    return tuple((x.id, x.remaining) for x in items)


def sum_of(items: Iterable[Open]) -> int:
    return sum(x.remaining for x in items)


def names_of(items: Sequence[Open]) -> Say | list[str]:
    names = [x.document for x in items[:6]]
    return names if len(items) <= 6 else _("%(some)s and %(more)s more", some=names, more=len(items) - 6)


def money(receipt: Receipt, amount: int) -> Money:
    return Money(amount, receipt.currency)


def oldest_first(items: Sequence[Open], amount: int) -> tuple[tuple[int, int], ...]:
    legs, left = [], amount
    for x in items:
        if left <= 0:
            break
        part = min(left, x.remaining)
        legs.append((x.id, part))
        left -= part
    return tuple(legs)


NUMBERS = ("reference", "tail", "advice")  # explanations that rest on written numbers


class Found:
    """Explanations as they are found; the same legs are kept once, with the best score."""

    def __init__(self, receipt: Receipt, limits: Limits) -> None:
        self.receipt, self.limits = receipt, limits
        self.proposals: dict[tuple[tuple[int, int], ...], Proposal] = {}
        self.notes: list[Say] = []

    def add(
        self,
        items: Sequence[Open],
        score: int,
        rule: str,
        why: Say,
        *,
        sure: bool = False,
        legs: tuple[tuple[int, int], ...] = (),
        deductions: tuple[Deduction, ...] = (),
        considered: tuple[Say, ...] = (),
    ) -> None:
        chosen = tuple(sorted(legs or full(items)))
        applied = sum(a for _i, a in chosen)
        if not chosen or applied <= 0 or applied > self.receipt.amount:
            return
        made = Proposal(
            chosen, score, sure, rule, why, self.receipt.amount - applied, items[0].customer, considered, deductions
        )
        old = self.proposals.get(chosen)
        if old is None or (made.score, made.sure) > (old.score, old.sure):
            self.proposals[chosen] = made

    def ranked(self) -> list[Proposal]:
        best = sorted(self.proposals.values(), key=lambda p: (-p.score, p.rest, len(p.legs), p.legs))
        best = [p for p in best if p.score >= self.limits.propose]
        sure = [p for p in best if p.sure and p.score >= self.limits.clear]
        top = best[0].rule if best else ""
        if len(sure) > 1 and not top.startswith(("reference", "advice")):
            # two exact explanations of one amount: a person decides (never clear a tie)
            note = _("Another explanation gives exactly the same amount.")
            best = [replace(p, sure=False, considered=(*p.considered, note)) if p.sure else p for p in best]
        else:  # only the first may be sure: a weaker explanation never clears past a stronger one that is not
            best = [
                replace(p, sure=False) if p.sure and (i or p.score < self.limits.clear) else p
                for i, p in enumerate(best)
            ]
        return [
            replace(p, considered=(*p.considered, *self.notes)) if i == 0 and self.notes else p
            for i, p in enumerate(best[: self.limits.most])
        ]
