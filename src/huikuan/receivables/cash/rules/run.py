"""All lines that wait, explained together: what surely goes to one is not there for the next.

First what numbers prove, for every line; then what amounts tell, so that a line without a number cannot take an item which
another line names. Two lines that name one item, of which the first is not sure, are both left to a person: one of them
may be paying twice. Pure: the run over the bank's lines and the score sheet call the same function.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import NamedTuple

from huikuan.kit.words import _
from huikuan.receivables.cash.rules.amounts import SHARES
from huikuan.receivables.cash.rules.book import RESIDUE, Book, Receipt
from huikuan.receivables.cash.rules.engine import explain
from huikuan.receivables.cash.rules.found import NUMBERS, ROUND, Limits, Proposal
from huikuan.receivables.cash.rules.payer import Payer

# Sure only where no earlier receipt of the payer is unexplained: their amounts are not exact, so what they leave open or
# take may have been paid by that one.
LOOSE = ("reference_over", "advice_over", "reference_short", "reference_round")
# Sure only of what is not long overdue and is no round sum, or where no earlier receipt is unexplained.
STALE = ("amount", "only_sum", "oldest_first")
OVERDUE = 60  # days
SLACK = 20  # how much weaker an explanation may be for leaving to another line what is proposed to that
TRIES = 3  # how often a guess is sent elsewhere
WELL = 76  # from this score on, an explanation is taken for what it is, although a person has to say so
CLAIM = 70  # from this score on, an explanation by numbers keeps its items from being cleared by another line
SLICE = 250  # so many sure ones are told at a time


def _nothing(_item: int) -> bool:
    return False


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

    `claims`: item -> the first case that names it without being sure; `pending`: payer -> the day of their last case that
    is not sure; `strangers`: amounts of receipts whose payer nobody knows, `nobody`: the day of the last one that is a round
    sum; `rounds`: payer -> the day of their last such sum; `same`: (payer, amount) of receipts that are not sure; `fitting`:
    item -> the first case whose amount it fits to the cent; `later`: items that lines of later parts name.
    """

    seen: int = 0
    claims: dict[int, int] = field(default_factory=dict)
    nobody: date = date.min
    pending: dict[int, date] = field(default_factory=dict)
    strangers: set[int] = field(default_factory=set)
    rounds: dict[int, date] = field(default_factory=dict)
    same: dict[tuple[int, int], None] = field(default_factory=dict)  # in their order, as `fitting`: `since` cuts by it
    fitting: dict[int, int] = field(default_factory=dict)
    later: Callable[[int], bool] = _nothing

    def since(self, same: int, fitting: int) -> Carry:
        """The same with only what came after so many: what grows with the lines is told once."""
        cut = dict(islice(self.same.items(), same, None)), dict(islice(self.fitting.items(), fitting, None))
        return replace(self, same=cut[0], fitting=cut[1], later=_nothing)

    def joined(self, told: Carry) -> Carry:
        """What is carried on where `told` comes `since` this."""
        self.same.update(told.same)
        self.fitting.update(told.fitting)
        return replace(told, same=self.same, fitting=self.fitting, later=self.later)


class Told(NamedTuple):
    """Cases by their place, with what was found for each; with the last, what the next part of a run needs to know."""

    found: list[tuple[int, list[Proposal]]]
    carry: Carry | None = None


def take_all(told: Told, books: Mapping[int, Book], everyone: Book) -> None:
    """Take from books here what was taken elsewhere, when it was explained."""
    for _at, found in told.found:
        if found[0].sure:
            _book_out(found[0], books, everyone)


def _book_out(best: Proposal, books: Mapping[int, Book], everyone: Book) -> None:
    for pk, amount in best.legs:
        everyone.take(pk, amount)
        if best.customer in books:
            books[best.customer].take(pk, amount)


def explain_all(
    cases: Sequence[Case], books: Mapping[int, Book], everyone: Book, limits: Limits, carry: Carry | None = None
) -> None:
    """Fill `found` of each case, in their order (oldest first). Books are taken from as lines become sure.

    A run of very many lines hands them over in parts, with the same books and one `carry`.
    """
    for _told in explaining(cases, books, everyone, limits, carry):
        pass


def explaining(
    cases: Sequence[Case], books: Mapping[int, Book], everyone: Book, limits: Limits, carry: Carry | None = None
) -> Iterator[Told]:
    """The same, told as it goes: first those that are sure, SLICE at a time (nothing that comes later changes them), at the
    end the others. Whoever stands elsewhere with the same cases learns all of it from what is told."""
    carry = carry or Carry()
    before = len(carry.same), len(carry.fitting)
    sure: list[tuple[int, list[Proposal]]] = []
    for at in _one_by_one(cases, books, everyone, limits, carry):
        sure.append((at, cases[at].found))
        if len(sure) == SLICE:
            yield Told(sure)
            sure = []
    yield Told(sure)
    _pencil(cases, books, limits)
    yield Told([(at, c.found) for at, c in enumerate(cases) if c.found and not c.sure], carry.since(*before))


def _one_by_one(
    cases: Sequence[Case], books: Mapping[int, Book], everyone: Book, limits: Limits, carry: Carry
) -> Iterator[int]:
    """The places of those that become sure."""
    claims = carry.claims
    for numbers_only in (True, False):
        strangers, pending, nobody = set(carry.strangers), dict(carry.pending), carry.nobody
        rounds = dict(carry.rounds)
        for n, case in enumerate(cases, carry.seen):
            if case.sure:
                continue
            case.found = explain(case.receipt, case.payer, books, everyone, limits, references_only=numbers_only)
            best = case.found[0] if case.found else None
            if case.payer.customer is None and not (best and best.sure):
                strangers.add(case.receipt.amount)
                if case.receipt.amount % ROUND == 0:
                    nobody = case.receipt.on
            if best is None:
                _wait(pending, rounds, case)
                if not numbers_only:
                    _keep(case, n, carry)
                continue
            if best.sure and any(claims.get(i, n) != n for i, _a in best.legs):
                note = _("Another receipt names this too.")
                best = replace(best, sure=False, considered=(*best.considered, note))
                case.found[0] = best
            if best.sure and not best.rule.startswith(NUMBERS) and any(carry.later(i) for i, _a in best.legs):
                note = _("Another receipt names this too.")
                best = replace(best, sure=False, considered=(*best.considered, note))
                case.found[0] = best
            waits = max(pending.get(c, date.min) for c in (best.customer, *case.payer.family))
            if case.receipt.amount % ROUND == 0 and best.rule in LOOSE:
                # whoever pays round sums pays many: one of somebody unknown may be theirs
                waits = date.max if numbers_only else max(waits, nobody)
            if best.sure and (
                (waits > date.min and _loose(best, books, case.receipt, waits))
                or (best.rule == "reference_short" and strangers and _paid_by_share(best, books, strangers))
                or (best.rule == "reference" and _on_account(best, books, case.receipt, rounds))
            ):
                # what seems open may have been paid by the earlier receipt, which nobody has explained yet
                note = _("An earlier receipt of this payer is not explained yet.")
                best = replace(best, sure=False, considered=(*best.considered, note))
                case.found[0] = best
            if best.sure and not best.rule.startswith(NUMBERS) and case.receipt.amount in strangers:
                # somebody unknown paid exactly this before: one of the two may be the other's second payment
                note = _("An earlier receipt of exactly this amount is not explained yet.")
                best = replace(best, sure=False, considered=(*best.considered, note))
                case.found[0] = best
            if best.sure and not best.rule.startswith(NUMBERS) and _fits_earlier(case, n, carry):
                # one of the two may be paying twice, or the earlier one paid this
                note = _("An earlier receipt that is not explained yet fits this as well.")
                best = replace(best, sure=False, considered=(*best.considered, note))
                case.found[0] = best
            if not best.sure:
                _wait(pending, rounds, case)
                if not numbers_only:
                    _keep(case, n, carry)
            if best.sure:
                _book_out(best, books, everyone)
                yield n - carry.seen
            elif best.score >= CLAIM and best.rule.startswith(NUMBERS):
                for pk, _amount in best.legs:
                    claims.setdefault(pk, n)
            if numbers_only and not case.sure:
                case.found = []
    carry.seen += len(cases)
    carry.pending, carry.strangers, carry.nobody, carry.rounds = pending, strangers, nobody, rounds


def _fits_earlier(case: Case, n: int, carry: Carry) -> bool:
    """Whether an earlier receipt of the payer or of their family, which waits, is of the same amount or fits the same items."""
    best = case.found[0]
    payers = (best.customer, *case.payer.family)
    return any((c, case.receipt.amount) in carry.same for c in payers) or any(
        carry.fitting.get(i, n) != n for i, _a in best.legs
    )


def _keep(case: Case, n: int, carry: Carry) -> None:
    if case.payer.customer is None:
        return
    carry.same[case.payer.customer, case.receipt.amount] = None
    best = case.found[0] if case.found else None
    if best is not None and best.rest == 0 and best.score >= WELL:
        for pk, _amount in best.legs:
            carry.fitting.setdefault(pk, n)


def _on_account(best: Proposal, books: Mapping[int, Book], receipt: Receipt, rounds: Mapping[int, date]) -> bool:
    """Whether an earlier round sum of the payer, which waits, may have begun to pay what this round sum is to the cent: who
    pays round sums pays on account, and names where they are."""
    until = rounds.get(best.customer, date.min) if receipt.amount % ROUND == 0 else date.min
    book = books.get(best.customer)
    held = [book.items[i] for i, _a in best.legs if i in book.items] if book is not None else []
    return any(x.remaining > 0 and x.document_date <= until for x in held)


def _wait(pending: dict[int, date], rounds: dict[int, date], case: Case) -> None:
    """Nobody has explained this yet: it may have paid anything that its payer owed on that day."""
    best = case.found[0] if case.found else None
    exact = best is not None and best.rest == 0 and best.score >= WELL
    if exact and case.receipt.amount % ROUND:
        return  # an explanation for every cent of it: nothing else was paid by it
    payer = case.payer.customer or (best.customer if best else None)
    payers = [payer] if payer is not None else [c for c, _l in case.payer.others]
    if case.receipt.amount % ROUND == 0:
        rounds.update(dict.fromkeys(payers, case.receipt.on))
    for c in payers:
        pending[c] = max(case.receipt.on, pending.get(c, date.min))


def _loose(best: Proposal, books: Mapping[int, Book], receipt: Receipt, waits: date) -> bool:
    """Whether a receipt of `waits`, which nobody has explained yet, may have paid what this one seems to pay.

    Where a number is written and nearly all of the item is paid, nothing can have been paid on it before. An amount alone
    is proof among what is due; of an item long overdue it may well be that it was paid by the receipt that waits.
    """
    book = books.get(best.customer)
    held = [(book.items[i], a) for i, a in best.legs if i in book.items] if book is not None else []
    if not held or min(x.document_date for x, _a in held) > waits:
        return not held and best.rule in LOOSE
    if best.rule in STALE:
        # who pays round sums pays on account: that one item is as round is chance
        return receipt.amount % ROUND == 0 or any(
            (receipt.on - (x.due or x.document_date)).days > OVERDUE for x, _a in held
        )
    if best.rule == "reference_short" and receipt.amount % ROUND:
        return any((x.remaining - a) * RESIDUE > x.remaining for x, a in held)
    return best.rule in LOOSE


def _paid_by_share(best: Proposal, books: Mapping[int, Book], strangers: Set[int]) -> bool:
    """Whether somebody unknown paid exactly so many percent of an item, and this part of it on top would be too much."""
    book = books.get(best.customer)
    for i, part in best.legs:
        x = book.items.get(i) if book is not None else None
        if x is not None and any(
            x.remaining - part < x.remaining * percent // 100 + cent
            for percent in SHARES
            for cent in (0, 1)
            if x.remaining * percent // 100 + cent in strangers
        ):
            return True
    return False


def _pencil(cases: Sequence[Case], books: Mapping[int, Book], limits: Limits) -> None:
    """What is only proposed to one line is not proposed to the next of the same payer: so that a person can take them one
    after the other, and a payer who pays round sums is followed from receipt to receipt. Nothing becomes sure here.

    In the order in which the money came. A guess does not take what a later line names, where that would leave the later
    one worse explained.
    """
    waiting: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        if case.found and not case.sure and case.receipt.amount > 0:
            payer = case.payer.customer or case.found[0].customer
            if payer in books:
                waiting[payer].append(case)
    for payer, some in waiting.items():
        named = [{i for i, _a in c.found[0].legs} for c in some]
        if len(set().union(*named)) == sum(map(len, named)):
            continue  # they do not get in each other's way
        _replay(payer, some, books[payer], limits)


def _replay(payer: int, some: Sequence[Case], book: Book, limits: Limits) -> None:
    shown = Book(book.items.values(), sorted_by_age=True, like=book)
    later: dict[int, list[Case]] = defaultdict(list)  # item -> lines still to come that name it
    for case in some:
        if case.found[0].score >= CLAIM and case.found[0].rule.startswith(NUMBERS):
            for i in {i for p in case.found if p.rule.startswith(NUMBERS) for i, _a in p.legs}:
                later[i].append(case)
    passed: set[int] = set()
    for case in some:
        again, gentle = _gently(case, payer, shown, later, passed, limits)
        if again and again[0].score >= case.found[0].score - SLACK:
            told = {p.legs: p.considered for p in case.found}  # why it is not cleared stays beside it
            new = {p.legs for p in again}
            kept = [p for p in case.found if p.legs not in new]
            shown_now = [*again, *kept][: limits.most]
            notes = [told.get(p.legs, p.considered) for p in shown_now]
            case.found = [
                replace(p, considered=note, sure=False) if p.sure or p.considered != note else p
                for p, note in zip(shown_now, notes, strict=True)
            ]
        for i, _a in case.found[0].legs:
            if case in later.get(i, ()):
                later[i].remove(case)
        if case.found[0].customer == payer and gentle:
            best = case.found[0]
            if best.rule == "reference_round":
                # who pays round sums pays oldest first, and says here how far they are: what is older has been paid
                first = min((shown.items[i].age for i, _a in best.legs if i in shown.items), default=None)
                passed |= {x.id for x in shown.debits if first is not None and x.age < first}
            _take(shown, best)


def _gently(
    case: Case, payer: int, shown: Book, later: Mapping[int, list[Case]], passed: set[int], limits: Limits
) -> tuple[list[Proposal], bool]:
    """What a line pays, without taking what a later line names; whether it is so, for a guess may find nothing else.
    A guess does not go for what is `passed` either."""
    found = _again(case, payer, shown, limits)
    kept = set(passed)
    if passed and found and found[0].score < CLAIM:
        rest = Book((x for x in shown.items.values() if x.id not in kept), sorted_by_age=True, like=shown)
        found = _again(case, payer, rest, limits) or found
    for _try in range(TRIES):
        if not found or found[0].score >= CLAIM:
            return found, True
        names = {i for i, _a in found[0].legs}
        rivals = {id(c): c for i in names for c in later.get(i, ()) if c is not case}
        spoilt = [
            c
            for c in rivals.values()
            if _best(c, payer, _after(shown, found[0]), limits) < _best(c, payer, shown, limits)
        ]
        if not spoilt:
            return found, True
        kept |= {i for i in names if any(c is x for c in later[i] for x in spoilt)}
        rest = Book((x for x in shown.items.values() if x.id not in kept), sorted_by_age=True, like=shown)
        found = _again(case, payer, rest, limits) or found
    return found, False


def _again(case: Case, payer: int, book: Book, limits: Limits) -> list[Proposal]:
    """A line explained from what is shown to it. Who names numbers need not be known."""
    return explain(case.receipt, case.payer, {payer: book}, book if case.payer.customer is None else None, limits)


def _best(case: Case, payer: int, book: Book, limits: Limits) -> tuple[int, int]:
    """How well a line is explained, and how many items it pays whole (who pays round sums starts in the middle of one)."""
    found = _again(case, payer, book, limits)
    if not found:
        return 0, 0
    held = (book.items.get(i) for i, _a in found[0].legs)
    whole = [x for x in held if x is not None and x.whole and x.id not in book.was]
    return found[0].score, len(whole) if case.receipt.amount % ROUND else 0


def _after(book: Book, taken: Proposal) -> Book:
    left = book.again()
    _take(left, taken)
    return left


def _take(book: Book, taken: Proposal) -> None:
    for pk, amount in taken.legs:
        held = book.items.get(pk)
        if held is not None and abs(amount) <= abs(held.remaining):
            book.take(pk, amount)
