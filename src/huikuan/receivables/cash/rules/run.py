"""All lines that wait, explained together: what surely goes to one is not there for the next.

First what numbers prove, for every line; then what amounts tell, so that a line without a number cannot take an item which
another line names. Two lines that name one item, of which the first is not sure, are both left to a person: one of them
may be paying twice. Pure: the run over the bank's lines and the score sheet call the same function.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from huikuan.kit.words import _
from huikuan.receivables.cash.rules.book import Book, Receipt
from huikuan.receivables.cash.rules.engine import explain
from huikuan.receivables.cash.rules.found import NUMBERS, Limits, Proposal
from huikuan.receivables.cash.rules.payer import Payer

LOOSE = ("reference_over", "advice_over")  # sure only where no earlier receipt of the payer is unexplained
SLACK = 20  # how much weaker an explanation may be for leaving to another line what is proposed to that
CLAIM = 70  # from this score on, an explanation by numbers keeps its items from being cleared by another line


@dataclass(slots=True)
class Case:
    """A receipt, who paid it, and what was found."""

    receipt: Receipt
    payer: Payer
    found: list[Proposal] = field(default_factory=list)

    @property
    def sure(self) -> Proposal | None:
        return self.found[0] if self.found and self.found[0].sure else None


@dataclass(slots=True)
class Carry:
    """What one part of a very long run leaves for the next, so that memory does not grow with the number of lines.

    `claims`: item -> the first case that names it without being sure; `pending`: payer -> their first case that is not
    sure; `strangers`: amounts of receipts whose payer nobody knows; `later`: items that lines of later parts name.
    """

    seen: int = 0
    claims: dict[int, int] = field(default_factory=dict)
    pending: dict[int, int] = field(default_factory=dict)
    strangers: set[int] = field(default_factory=set)
    later: Callable[[int], bool] = lambda item: False


def explain_all(
    cases: Sequence[Case], books: Mapping[int, Book], everyone: Book, limits: Limits, carry: Carry | None = None
) -> None:
    """Fill `found` of each case, in their order (oldest first). Books are taken from as lines become sure.

    A run of very many lines hands them over in parts, with the same books and one `carry`.
    """
    carry = carry or Carry()
    claims = carry.claims
    for numbers_only in (True, False):
        strangers, pending = set(carry.strangers), dict(carry.pending)
        for n, case in enumerate(cases, carry.seen):
            if case.sure:
                continue
            if case.payer.customer is not None:
                pending.setdefault(case.payer.customer, n)
            case.found = explain(case.receipt, case.payer, books, everyone, limits, references_only=numbers_only)
            best = case.found[0] if case.found else None
            if case.payer.customer is None and not numbers_only and not (best and best.sure):
                strangers.add(case.receipt.amount)
            if best is None:
                continue
            if best.sure and any(claims.get(i, n) != n for i, _a in best.legs):
                note = _("Another receipt names this too.")
                best = replace(best, sure=False, considered=(*best.considered, note))
                case.found[0] = best
            if best.sure and not best.rule.startswith(NUMBERS) and any(carry.later(i) for i, _a in best.legs):
                note = _("Another receipt names this too.")
                best = replace(best, sure=False, considered=(*best.considered, note))
                case.found[0] = best
            if best.sure and best.rule in LOOSE and pending.get(case.payer.customer or 0, n) < n:
                # what seems open may have been paid by the earlier receipt, which nobody has explained yet
                note = _("An earlier receipt of this payer is not explained yet.")
                best = replace(best, sure=False, considered=(*best.considered, note))
                case.found[0] = best
            if best.sure and not best.rule.startswith(NUMBERS) and case.receipt.amount in strangers:
                # somebody unknown paid exactly this before: one of the two may be the other's second payment
                note = _("An earlier receipt of exactly this amount is not explained yet.")
                best = replace(best, sure=False, considered=(*best.considered, note))
                case.found[0] = best
            if best.sure:
                if pending.get(case.payer.customer or 0) == n:
                    pending.pop(case.payer.customer or 0)
                for pk, amount in best.legs:
                    everyone.take(pk, amount)
                    if best.customer in books:
                        books[best.customer].take(pk, amount)
            elif best.score >= CLAIM and best.rule.startswith(NUMBERS):
                for pk, _amount in best.legs:
                    claims.setdefault(pk, n)
            if numbers_only and not case.sure:
                case.found = []
    carry.seen += len(cases)
    carry.pending, carry.strangers = pending, strangers
    _pencil(cases, books, limits)


def _pencil(cases: Sequence[Case], books: Mapping[int, Book], limits: Limits) -> None:
    """What is only proposed to one line is not proposed to the next of the same payer: so that a person can take them one
    after the other, and a payer who pays round sums is followed from receipt to receipt. Nothing becomes sure here."""
    waiting: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        payer = case.payer.customer
        if payer is not None and payer in books and case.receipt.amount > 0 and case.found and not case.sure:
            waiting[payer].append(case)
    for payer, some in waiting.items():
        named = [{i for i, _a in c.found[0].legs} for c in some]
        if len(set().union(*named)) == sum(map(len, named)):
            continue  # they do not get in each other's way
        shown = Book(books[payer].items.values())
        strong = [c for c in some if c.found[0].score >= CLAIM]
        for case in (*strong, *(c for c in some if c.found[0].score < CLAIM)):
            again = explain(case.receipt, case.payer, {payer: shown}, None, limits)
            if again and again[0].score >= case.found[0].score - SLACK:
                old = {p.legs for p in again}
                kept = [p for p in case.found if p.legs not in old]
                case.found = [replace(p, sure=False) for p in (*again, *kept)][: limits.most]
            if case.found[0].customer == payer:
                for pk, amount in case.found[0].legs:
                    held = shown.items.get(pk)
                    if held is not None and abs(amount) <= abs(held.remaining):
                        shown.take(pk, amount)
