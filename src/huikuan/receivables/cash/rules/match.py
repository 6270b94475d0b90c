"""What a receipt is for: ordered explanations, each with its evidence, its score and what else was looked at.

A receipt is cleared by itself only when an explanation is sure: the numbers are written and the sum is exact, or the
payer is certain and one way alone gives exactly this amount. Where two ways give it, both are proposed and none is
taken. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from huikuan.kit.money import Money
from huikuan.kit.words import Say, _
from huikuan.receivables.cash.rules.book import Book, Open, Receipt
from huikuan.receivables.cash.rules.refs import Mentions, mentions


@dataclass(frozen=True, slots=True)
class Limits:
    """From which score a sure proposal is cleared and any proposal shown; how many items a search for sums may span,
    and how many of them for its only answer to be trusted; how short a payment may be to be shown as a short payment
    (in 1/10,000 of the item)."""

    clear: int = 90
    propose: int = 40
    subset: int = 18
    subset_sure: int = 12
    short: int = 800
    most: int = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """`legs`: (item id, minor units with the sign of the item). `rest` stays on the receipt. `sure`: may clear by itself.

    `rule` names the explanation; `considered` says what else was looked at and why it was not taken.
    """

    legs: tuple[tuple[int, int], ...]
    score: int
    sure: bool
    rule: str
    why: Say
    rest: int
    customer: int
    considered: tuple[Say, ...] = ()

    @property
    def applied(self) -> int:
        return sum(amount for _item, amount in self.legs)


def _full(items: Iterable[Open]) -> tuple[tuple[int, int], ...]:
    return tuple((x.id, x.remaining) for x in items)


def _sum(items: Iterable[Open]) -> int:
    return sum(x.remaining for x in items)


def _docs(items: Sequence[Open]) -> Say | list[str]:
    names = [x.document for x in items[:6]]
    return names if len(items) <= 6 else _("%(some)s and %(more)s more", some=names, more=len(items) - 6)


class _Found:
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
    ) -> None:
        chosen = tuple(sorted(legs or _full(items)))
        applied = sum(a for _i, a in chosen)
        if not chosen or applied <= 0 or applied > self.receipt.amount:
            return
        made = Proposal(chosen, score, sure, rule, why, self.receipt.amount - applied, items[0].customer)
        old = self.proposals.get(chosen)
        if old is None or (made.score, made.sure) > (old.score, old.sure):
            self.proposals[chosen] = made

    def ranked(self) -> list[Proposal]:
        best = sorted(self.proposals.values(), key=lambda p: (-p.score, p.rest, len(p.legs), p.legs))
        best = [p for p in best if p.score >= self.limits.propose]
        sure = [p for p in best if p.sure and p.score >= self.limits.clear]
        top = best[0].rule if best else ""
        if len(sure) > 1 and not top.startswith("reference"):
            # two exact explanations of one amount: a person decides (never clear a tie)
            note = _("Another explanation gives exactly the same amount.")
            best = [replace(p, sure=False, considered=(*p.considered, note)) if p.sure else p for p in best]
        else:  # only the first may be sure: a weaker explanation never clears past a stronger one that is not
            best = [replace(p, sure=False) if p.sure and i else p for i, p in enumerate(best)]
        return [
            replace(p, considered=(*p.considered, *self.notes)) if i == 0 else p
            for i, p in enumerate(best[: self.limits.most])
        ]


def propose(
    receipt: Receipt, book: Book, limits: Limits | None = None, *, named: Mentions | None = None, amounts: bool = True
) -> list[Proposal]:
    """Explanations of a receipt from one customer's open items, best first; the first alone may be sure.

    Without `amounts` only what numbers prove is looked for.
    """
    limits = limits or Limits()
    found = _Found(receipt, limits)
    told = named if named is not None else mentions(receipt.text)
    strong = book.named(told.whole)
    if strong:
        _by_reference(found, book, strong)
    weak = [] if strong else _by_tail(found, book, told)
    exact = [p for p in found.proposals.values() if p.sure]
    if amounts and not exact:
        _by_amount(found, book, told, named_other=bool(strong or weak))
    return found.ranked()


def _money(receipt: Receipt, amount: int) -> Money:
    return Money(amount, receipt.currency)


def _by_reference(found: _Found, book: Book, strong: list[Open]) -> None:
    """The remark names documents of this customer."""
    receipt, amount = found.receipt, found.receipt.amount
    debits = [x for x in strong if x.remaining > 0]
    credits = [x for x in strong if x.remaining < 0]
    docs = _docs(strong)
    total = _sum(strong)
    if total == amount and debits:
        found.add(
            strong,
            100,
            "reference",
            _("The remark names %(docs)s, and the amount is exactly what is open there.", docs=docs),
            sure=True,
        )
        return
    if not debits:
        return
    owed = _sum(debits)
    if credits and owed == amount:
        found.add(
            debits,
            97,
            "reference",
            _("The amount is exactly what is open on %(docs)s, before the credit that is named.", docs=_docs(debits)),
            sure=True,
        )
        return
    if owed > amount:
        _less_credits(found, book, debits, owed - amount, docs)
        single = len(debits) == 1
        why = (
            _(
                "The remark names %(docs)s; %(short)s less was paid than is open there.",
                docs=docs,
                short=_money(receipt, owed - amount),
            )
            if single
            else _(
                "The remark names %(docs)s; %(short)s is missing, which is left on the newest.",
                docs=docs,
                short=_money(receipt, owed - amount),
            )
        )
        found.add(
            debits,
            91 if single else 82,
            "reference_short",
            why,
            legs=_oldest_first(debits, amount),
            sure=single and receipt.sure,
        )
        return
    extra = amount - owed
    others = [x for x in book.with_amount(extra) if x not in strong]
    if len(others) == 1:
        found.add(
            [*debits, others[0]], 88, "reference_and_amount",
            _("The remark names %(docs)s; the rest is exactly what is open on %(other)s.", docs=docs, other=others[0].document),
        )  # fmt: skip
    found.add(
        debits, 92 if not others else 80, "reference_over",
        _("The remark names %(docs)s, which the payment covers; %(rest)s stays on the receipt.", docs=docs, rest=_money(receipt, extra)),
        # more than is left of something paid in part before: the earlier payment may have been put on the wrong item
        sure=not others and receipt.sure and all(x.whole for x in debits),
    )  # fmt: skip


def _less_credits(found: _Found, book: Book, debits: list[Open], gap: int, docs: Say | list[str]) -> None:
    """What is missing is exactly a credit that the customer has with us."""
    credits = [x for x in book.credits if x.kind != "receipt"]
    singles = [x for x in credits if -x.remaining == gap]
    if len(singles) == 1:
        found.add(
            [*debits, singles[0]], 95, "reference_less_credit",
            _("The remark names %(docs)s; what is missing is exactly the credit %(credit)s.", docs=docs, credit=singles[0].document),
            sure=True,
        )  # fmt: skip
    elif len(credits) > 1 and -_sum(credits) == gap:
        found.add(
            [*debits, *credits], 94, "reference_less_credit",
            _("The remark names %(docs)s; what is missing is exactly their open credits %(credits)s.", docs=docs, credits=_docs(credits)),
            sure=True,
        )  # fmt: skip
    elif singles:
        for x in singles[:2]:
            found.add(
                [*debits, x], 80, "reference_less_credit",
                _("The remark names %(docs)s; the credit %(credit)s would explain what is missing, and so would another.", docs=docs, credit=x.document),
            )  # fmt: skip


def _oldest_first(items: Sequence[Open], amount: int) -> tuple[tuple[int, int], ...]:
    legs, left = [], amount
    for x in items:
        if left <= 0:
            break
        part = min(left, x.remaining)
        legs.append((x.id, part))
        left -= part
    return tuple(legs)


def _by_tail(found: _Found, book: Book, told: Mentions) -> list[Open]:
    """Numbers that are cut or written without their letters. They count only with an amount that is exact."""
    if not told.tails:
        return []
    hits: list[Open] = []
    for digits in sorted(told.tails):
        ids = [i for i in book.by_tail.get(digits, ()) if i in book.items]
        if not ids and len(digits) >= 4:
            ids = [i for t, many in book.by_tail.items() if t.endswith(digits) for i in many if i in book.items]
        if len(set(ids)) == 1:
            hits.append(book.items[ids[0]])
    unique = sorted(set(hits), key=lambda x: x.age)
    if not unique or _sum(unique) <= 0:
        return unique
    receipt = found.receipt
    if _sum(unique) == receipt.amount:
        found.add(
            unique,
            95,
            "tail",
            _(
                "The remark gives the last digits of %(docs)s, and the amount is exactly what is open there.",
                docs=_docs(unique),
            ),
            sure=receipt.sure,
        )
    else:
        debits = [x for x in unique if x.remaining > 0]
        found.add(
            debits,
            72,
            "tail_short",
            _("The remark may mean %(docs)s; the amount is another.", docs=_docs(debits)),
            legs=_oldest_first(debits, receipt.amount),
        )
    return unique


def _by_amount(found: _Found, book: Book, told: Mentions, *, named_other: bool) -> None:
    """No number helps: which of this customer's items give exactly this amount?"""
    receipt, amount, limits = found.receipt, found.receipt.amount, found.limits
    # What was billed after the money came cannot be what it paid, unless the payer says so.
    debits = [x for x in book.debits if x.document_date <= receipt.on]
    credits = [x for x in book.credits if x.kind != "receipt" and x.document_date <= receipt.on]
    later = [x for x in book.debits if x.document_date > receipt.on]
    if not debits and not later:
        return
    sure = receipt.sure and not named_other
    off = 0 if not named_other else 12  # a number that names something else speaks against

    exact = [x for x in debits if x.remaining == amount]
    if len(exact) == 1:
        # An item paid in part a moment ago was as good a guess before: then the one that is left is not the only one.
        rivals = [x for x in debits if book.was.get(x.id) == amount]
        found.add(
            exact, 94 - off if not rivals else 75, "amount",
            _("Exactly this amount is open on %(docs)s, and on no other of their items.", docs=exact[0].document), sure=sure and not rivals,
        )  # fmt: skip
    for n, x in enumerate(exact[:3] if len(exact) > 1 else ()):
        found.add(
            [x],
            70 - n - off,
            "amount_several",
            _("%(n)s items are open with exactly this amount; this is one of the oldest.", n=len(exact)),
        )

    month = [
        x for x in debits if any(m == x.document_date.month and y in (0, x.document_date.year) for y, m in told.months)
    ]
    if told.months and len(month) > 1 and _sum(month) == amount:
        found.add(
            month,
            96,
            "period",
            _("The remark names the period, and these are all its items: %(docs)s.", docs=_docs(month)),
            sure=receipt.sure,
        )
    if len(debits) > 1 and _sum(debits) == amount:
        found.add(
            debits,
            93 - off,
            "everything",
            _("It is exactly all that was open: %(docs)s.", docs=_docs(debits)),
            sure=sure,
        )
    if credits and debits and _sum(debits) + _sum(credits) == amount:
        both = [*debits, *credits]
        found.add(
            both,
            93 - off,
            "everything_net",
            _("It is exactly all that was open, less their credits: %(docs)s.", docs=_docs(both)),
            sure=sure,
        )
    _runs(found, debits, sure, off)
    _with_credit(found, debits, credits, off)
    if not found.proposals and 2 < len(debits) <= limits.subset:
        _subset(found, debits, sure, off)
    elif not found.proposals and len(debits) > limits.subset:
        found.notes.append(
            _("%(n)s items are open: too many for a sum of some of them to prove anything.", n=len(debits))
        )
    if not found.proposals or named_other:
        _guesses(found, debits, later, exact)


def _runs(found: _Found, debits: list[Open], sure: bool, off: int) -> None:
    """The oldest items in one piece; else any piece of neighbours."""
    amount = found.receipt.amount
    sums = list(accumulate(x.remaining for x in debits))
    if amount in sums:
        n = sums.index(amount) + 1
        if 1 < n < len(debits):
            found.add(
                debits[:n],
                92 - off,
                "oldest_first",
                _("It is exactly the %(n)s oldest items: %(docs)s.", n=n, docs=_docs(debits[:n])),
                sure=sure,
            )
        return
    at = {0: 0, **{s: i + 1 for i, s in enumerate(sums)}}
    pieces = [(at[s - amount], i + 1) for i, s in enumerate(sums) if s - amount in at and i + 1 - at[s - amount] > 1]
    if len(pieces) == 1:
        first, last = pieces[0]
        found.add(
            debits[first:last],
            78 - off,
            "neighbours",
            _("Neighbouring items give exactly this amount: %(docs)s.", docs=_docs(debits[first:last])),
        )


def _with_credit(found: _Found, debits: list[Open], credits: list[Open], off: int) -> None:
    """One item less one credit."""
    amount = found.receipt.amount
    by_amount: dict[int, list[Open]] = {}
    for x in debits:
        by_amount.setdefault(x.remaining, []).append(x)
    pairs = [(x, c) for c in credits for x in by_amount.get(amount - c.remaining, ())]
    for x, c in pairs[:2]:
        score = 82 if len(pairs) == 1 else 64
        found.add(
            [x, c],
            score - off,
            "amount_less_credit",
            _("%(docs)s less the credit %(credit)s is exactly this amount.", docs=x.document, credit=c.document),
        )


def _subset(found: _Found, debits: list[Open], sure: bool, off: int) -> None:
    """Every way to add up some of the items is tried; only a single answer is worth something."""
    limits = found.limits
    ways = subsets(tuple(x.remaining for x in debits), found.receipt.amount, most=3)
    if len(ways) == 1:
        chosen = [debits[i] for i in ways[0]]
        trusted = sure and len(debits) <= limits.subset_sure and len(chosen) <= 6
        found.add(
            chosen,
            90 - off if trusted else 76 - off,
            "only_sum",
            _(
                "Of all sums of their %(n)s open items only one gives this amount: %(docs)s.",
                n=len(debits),
                docs=_docs(chosen),
            ),
            sure=trusted,
        )
    elif ways:
        for n, way in enumerate(ways[:2]):
            chosen = [debits[i] for i in way]
            found.add(
                chosen,
                58 - n - off,
                "some_sum",
                _("%(docs)s give this amount, and so do other items.", docs=_docs(chosen)),
            )


def subsets(amounts: tuple[int, ...], target: int, most: int) -> list[tuple[int, ...]]:
    """Index sets whose amounts add up to `target`, at most `most` of them. All are found (meeting in the middle): when one
    comes back it is the only one. Amounts are positive; the cost doubles with every two items."""
    half = len(amounts) // 2

    def sums(first: int, last: int) -> list[tuple[int, int]]:
        out = [(0, 0)]
        for i in range(first, last):
            out += [(s + amounts[i], bits | 1 << i) for s, bits in out if s + amounts[i] <= target]
        return out

    low: dict[int, list[int]] = {}
    for s, bits in sums(0, half):
        low.setdefault(s, []).append(bits)
    ways: list[tuple[int, ...]] = []
    for s, bits in sums(half, len(amounts)):
        for other in low.get(target - s, ()):
            if bits | other:
                ways.append(tuple(i for i in range(len(amounts)) if (bits | other) >> i & 1))
                if len(ways) >= most:
                    return ways
    return ways


def _guesses(found: _Found, debits: list[Open], later: list[Open], exact: list[Open]) -> None:
    """Nothing is exact. What a person would look at first: a single item paid a little short, then oldest first."""
    receipt, amount, limits = found.receipt, found.receipt.amount, found.limits
    ahead = [x for x in later if x.remaining == amount]
    if len(ahead) == 1 and not exact:
        found.add(
            ahead,
            68,
            "ahead",
            _(
                "Exactly this amount is open on %(docs)s, which was billed after the money came.",
                docs=ahead[0].document,
            ),
        )
    close = [x for x in debits if 0 < x.remaining - amount <= x.remaining * limits.short // 10_000]
    if close and not exact:
        x = min(close, key=lambda x: (x.remaining - amount, x.age))
        score = 62 if len(close) == 1 else 52
        short = x.remaining - amount
        found.add(
            [x], score, "short",
            _("%(docs)s would be paid but for %(short)s.", docs=x.document, short=_money(receipt, short)), legs=((x.id, amount),),
        )  # fmt: skip
    if debits:
        legs = _oldest_first(debits, amount)
        taken = [x for x in debits if x.id in {i for i, _a in legs}]
        found.add(
            taken, 45, "by_age", _("No amount fits. Oldest first it would pay %(docs)s.", docs=_docs(taken)), legs=legs
        )
