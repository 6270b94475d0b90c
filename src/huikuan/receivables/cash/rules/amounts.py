"""No number helps: which of a payer's items give exactly this amount? Ordered passes; bounded searches; ties stay open."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from huikuan.kit.words import _
from huikuan.receivables.cash.rules.advice import ahead, taken_off
from huikuan.receivables.cash.rules.book import Book, Open, Shelf
from huikuan.receivables.cash.rules.differences import by_difference, pieces_of
from huikuan.receivables.cash.rules.found import GUESS, ROUND, Found, money, names_of, oldest_first, sum_of
from huikuan.receivables.cash.rules.refs import Mentions

SHARES = (30, 50, 60, 70, 40, 20, 10, 80, 90, 25, 75, 95)  # percent: what contracts split a price into
SHARED = 24  # of so many of the oldest items
NETTED = 3  # credits that are tried against sums
ODDS = 20  # a sum is trusted where chance gives it less than once in so many times
WELL = 76  # from this score on nobody looks for what may have been taken off


def by_amount(found: Found, book: Book, told: Mentions, *, named_other: bool, guess: bool = True) -> None:
    """No number helps: which of this customer's items give exactly this amount? `guess`: else show what comes nearest."""
    receipt, amount, limits = found.receipt, found.receipt.amount, found.limits
    # What was billed after the money came cannot be what it paid, unless the payer says so.
    # What was taken off before is not what the next receipt is for; but who pays round sums leaves rests to pay.
    every = book.owing if amount % ROUND == 0 else book.live
    if not every.items:
        return
    if book.newest > receipt.on:
        debits, sums = every.until(receipt.on)
    else:
        debits, sums = every.items, book.sums if every is book.live else every.sums()
    credits = [x for x in book.credits if x.kind != "receipt" and x.document_date <= receipt.on]
    owed = sums[-1] if sums else 0
    # money that is said to come ahead pays nothing that is open, even where an amount happens to fit
    early = ahead(receipt.text)
    known = receipt.sure and not named_other and not early
    off_said = taken_off(receipt.text)  # who says that something was taken off does not pay in full
    sure = known and not off_said
    off = 0 if not named_other else 12  # a number that names something else speaks against

    exact = [x for x in book.with_amount(amount) if x.document_date <= receipt.on]
    pieces = pieces_of(sums, amount)
    if len(exact) == 1:
        # An item paid in part a moment ago was as good a guess before: then the one that is left is not the only one.
        # Nor is it where so much is an instalment of another, or where neighbours come to it.
        rivals = (
            any(first for first, _last in pieces)
            or (amount in book.was.values() and any(book.was.get(x.id) == amount for x in debits))
            or (book.shared(amount, SHARES) and any(share(x, amount) for x in debits))
        )
        found.add(
            exact, 94 - off if not rivals else 75, "amount",
            _("Exactly this amount is open on %(docs)s, and on no other of their items.", docs=exact[0].document), sure=sure and not rivals,
        )  # fmt: skip
        sure = sure and not rivals
    for n, x in enumerate(exact[:3] if len(exact) > 1 else ()):
        found.add(
            [x],
            70 - n - off,
            "amount_several",
            _("%(n)s items are open with exactly this amount; this is one of the oldest.", n=len(exact)),
        )
    sure = sure and len(exact) < 2

    month = (
        [
            x
            for x in debits
            if any(m == x.document_date.month and y in (0, x.document_date.year) for y, m in told.months)
        ]
        if told.months
        else []
    )
    if told.months and len(month) > 1 and sum_of(month) == amount:
        found.add(
            month,
            96,
            "period",
            _("The remark names the period, and these are all its items: %(docs)s.", docs=names_of(month)),
            sure=receipt.sure and not early and not off_said,
        )
    if len(debits) > 1 and owed == amount:
        found.add(
            debits,
            93 - off,
            "everything",
            _("It is exactly all that was open: %(docs)s.", docs=names_of(debits)),
            sure=sure,
        )
    if credits and debits and owed + sum_of(credits) == amount:
        both = [*debits, *credits]
        found.add(
            both,
            93 - off,
            "everything_net",
            _("It is exactly all that was open, less their credits: %(docs)s.", docs=names_of(both)),
            sure=sure,
        )
    _runs(found, debits, sums, pieces, sure, off)
    if credits:
        _with_credit(found, debits, sums, credits, month, off)
    if not found.proposals and 2 < len(debits) <= limits.subset:
        _subset(found, debits, credits, sure, off)
    elif not found.proposals and len(debits) > limits.subset:
        found.notes.append(
            _("%(n)s items are open: too many for a sum of some of them to prove anything.", n=len(debits))
        )
    if not any(p.score >= WELL - off for p in found.proposals.values()):
        by_difference(found, book, debits, sums, known, off)
    if guess and not early and (not found.proposals or named_other):
        _guesses(found, book, every, debits, sums, exact)


def _runs(
    found: Found, debits: list[Open], sums: list[int], pieces: list[tuple[int, int]], sure: bool, off: int
) -> None:
    """The oldest items in one piece; else any piece of neighbours."""
    amount = found.receipt.amount
    first = bisect_left(sums, amount)
    if first < len(sums) and sums[first] == amount:
        n = first + 1
        if 1 < n < len(debits):
            # a newer item of the same amount as one of these would do as well
            twins = {x.remaining for x in debits[:n]} & {x.remaining for x in debits[n:]}
            found.add(
                debits[:n],
                92 - off if not twins else 79 - off,
                "oldest_first",
                _("It is exactly the %(n)s oldest items: %(docs)s.", n=n, docs=names_of(debits[:n])),
                sure=sure and not twins,
            )
        return
    if len(pieces) == 1:
        first, last = pieces[0]
        found.add(
            debits[first:last],
            78 - off,
            "neighbours",
            _("Neighbouring items give exactly this amount: %(docs)s.", docs=names_of(debits[first:last])),
        )


def _with_credit(
    found: Found, debits: list[Open], sums: list[int], credits: list[Open], month: list[Open], off: int
) -> None:
    """One item, the oldest items, or those of the month that is named, less one credit."""
    amount = found.receipt.amount
    by_amount: dict[int, list[Open]] = {}
    for x in debits:
        by_amount.setdefault(x.remaining, []).append(x)
    pairs = [([x], c) for c in credits for x in by_amount.get(amount - c.remaining, ())]
    points = 82
    if not pairs:
        runs = {s: n + 1 for n, s in enumerate(sums)}
        pairs = [(debits[: runs[amount - c.remaining]], c) for c in credits if amount - c.remaining in runs]
        pairs += [(month, c) for c in credits if len(month) > 1 and sum_of(month) + c.remaining == amount]
        points = 78
    for some, c in pairs[:2]:
        score = points if len(pairs) == 1 else 64
        found.add(
            [*some, c],
            score - off,
            "amount_less_credit",
            _("%(docs)s less the credit %(credit)s is exactly this amount.", docs=names_of(some), credit=c.document),
        )


def _subset(found: Found, debits: list[Open], credits: Sequence[Open], sure: bool, off: int) -> None:
    """Every way to add up some of the items is tried; only a single answer is worth something."""
    limits, receipt = found.limits, found.receipt
    ways = subsets(tuple(x.remaining for x in debits), receipt.amount, most=3)
    # the same amount may be other items less a credit of theirs: then a single sum is not the only answer
    netted = [
        (c, way)
        for c in credits[:NETTED] if len(debits) <= limits.subset_sure
        for way in subsets(tuple(x.remaining for x in debits), receipt.amount - c.remaining, most=2)
    ]  # fmt: skip
    if len(ways) == 1:
        chosen = [debits[i] for i in ways[0]]
        trusted = sure and len(debits) <= limits.subset_sure and len(chosen) <= 6 and not netted
        trusted = trusted and not by_chance(receipt.amount, debits)
        found.add(
            chosen,
            90 - off if trusted else 76 - off,
            "only_sum",
            _(
                "Of all sums of their %(n)s open items only one gives this amount: %(docs)s.",
                n=len(debits),
                docs=names_of(chosen),
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
                _("%(docs)s give this amount, and so do other items.", docs=names_of(chosen)),
            )
    for c, way in netted[:2]:
        chosen = [debits[i] for i in way]
        found.add(
            [*chosen, c], (77 if len(netted) == 1 and not ways else 57) - off, "sum_less_credit",
            _("%(docs)s less the credit %(credit)s is exactly this amount.", docs=names_of(chosen), credit=c.document),
        )  # fmt: skip


def by_chance(amount: int, debits: Sequence[Open]) -> bool:
    """Whether some of these items might come to this amount although they were not meant: many items in round amounts make
    many round sums. Sums of the items that are as round as the amount, against how many such amounts there are at all."""
    unit = next((u for u in (100_000, 10_000, 1_000, 100) if amount % u == 0), 1)
    round_ones = [x.remaining for x in debits if x.remaining % unit == 0]
    return 2 ** len(round_ones) * unit * ODDS > sum(round_ones)


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


def _shares(found: Found, book: Book, debits: list[Open], sums: list[int]) -> None:
    """An instalment: exactly so many percent of an item, alone or as the last of the oldest ones. By contract a third is paid
    at the order and the rest on delivery, or half and half."""
    amount, last = found.receipt.amount, bisect_right(sums, found.receipt.amount)
    alone = enumerate(debits[:SHARED]) if book.shared(amount, SHARES) else ()
    ways = [(n, [x], amount) for n, x in alone if amount < x.remaining and share(x, amount)]
    rest = amount - sums[last - 1] if 0 < last < min(len(debits), SHARED) else 0
    if rest and share(debits[last], rest):
        ways.append((last, debits[: last + 1], rest))
    hits = [(some, part) for _n, some, part in sorted(ways, key=lambda way: way[0])]
    for n, (some, rest) in enumerate(hits[:2]):
        found.add(
            some, (67 if len(hits) == 1 else 57) - n - 2 * (len(some) > 1), "share",
            _("%(percent)s %% of %(docs)s is exactly this amount.", percent=share(some[-1], rest), docs=some[-1].document)
            if len(some) == 1 else
            _("%(docs)s is exactly this amount, of the last of them %(percent)s %%.", percent=share(some[-1], rest), docs=names_of(some)),
            legs=tuple((x.id, rest if x is some[-1] else x.remaining) for x in some),
        )  # fmt: skip


def share(item: Open, part: int) -> int:
    """The percentage of an item that a part is, to the cent; 0 when it is none that contracts have."""
    percent = (part * 200 + item.remaining) // (item.remaining * 2)
    return percent if percent in SHARES and abs(item.remaining * percent - part * 100) < 100 else 0


def _guesses(found: Found, book: Book, every: Shelf, debits: list[Open], sums: list[int], exact: list[Open]) -> None:
    """Nothing is exact. What a person would look at first: a single item paid a little short, then oldest first."""
    receipt, amount, limits = found.receipt, found.receipt.amount, found.limits
    billed_after = [x for x in book.with_amount(amount) if x.document_date > receipt.on and x in every.items]
    if len(billed_after) == 1 and not exact:
        found.add(
            billed_after,
            68 if amount % ROUND else 55,
            "ahead",
            _(
                "Exactly this amount is open on %(docs)s, which was billed after the money came.",
                docs=billed_after[0].document,
            ),
        )
    _shares(found, book, debits, sums)
    most = amount * 10_000 // max(1, 10_000 - limits.short) + 2
    close = [
        x for x in book.between(amount, most)
        if x.remaining - amount <= x.remaining * limits.short // 10_000 and x.document_date <= receipt.on
        and (every is book.owing or not x.residue)
    ]  # fmt: skip
    rounded = amount % ROUND == 0 and len(debits) > 1
    if close and not exact and not rounded:
        x = min(close, key=lambda x: (x.remaining - amount, x.age))
        score = 62 if len(close) == 1 else 52
        short = x.remaining - amount
        found.add(
            [x], score, "short",
            _("%(docs)s would be paid but for %(short)s.", docs=x.document, short=money(receipt, short)), legs=((x.id, amount),),
        )  # fmt: skip
    if debits:
        legs = oldest_first(debits, amount)
        taken = debits[: len(legs)]
        found.add(
            taken,
            GUESS
            + (13 if rounded else 0),  # a round sum is paid on account of what is owed, not for one item less something
            "by_age",
            _("No amount fits. Oldest first it would pay %(docs)s.", docs=names_of(taken)),
            legs=legs,
        )
