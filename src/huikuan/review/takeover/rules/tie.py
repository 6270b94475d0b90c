"""Their figures against ours: counts and sums per object and currency, and every difference by its key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from huikuan.review.takeover.rules.claims import Claim
from huikuan.review.takeover.rules.plan import Clearing

MOST = 1000  # differences that are named; the rest is counted


@dataclass(frozen=True, slots=True)
class Figure:
    """One record of one side: its amount and what of it is open, minor units."""

    object: str
    key: str
    currency: str
    amount: int
    open: int
    customer: str


@dataclass(frozen=True, slots=True)
class Difference:
    """`what`: "missing here", "missing there", "amount", "open", "customer"."""

    object: str
    key: str
    what: str
    currency: str
    theirs: int | None
    ours: int | None


@dataclass(frozen=True, slots=True)
class TieRow:
    object: str
    currency: str
    their_count: int
    our_count: int
    their_sum: int
    our_sum: int
    their_open: int
    our_open: int

    @property
    def ties(self) -> bool:
        return (self.their_count, self.their_sum, self.their_open) == (self.our_count, self.our_sum, self.our_open)


@dataclass(frozen=True, slots=True)
class Tie:
    rows: tuple[TieRow, ...]
    differences: tuple[Difference, ...]
    count: int

    @property
    def ok(self) -> bool:
        return self.count == 0 and all(r.ties for r in self.rows)


def figures(claims: Iterable[Claim], as_of: date) -> list[Figure]:
    """Their items as of a date: posted by then; open when not settled by then. An item cancelled there counts for nothing."""
    return [
        Figure(
            object_of(c.kind),
            c.key,
            c.currency,
            c.amount,
            0 if c.settled and c.settled <= as_of else c.amount,
            c.customer,
        )
        for c in claims
        if not c.cancelled and c.posting_date <= as_of
    ]


def object_of(kind: str) -> str:
    """Which object an item belongs to by its kind: money that came in is a receipt, all else an entry."""
    return "receipt" if kind in {"receipt", "account"} else "entry"


def cleared(groups: Iterable[Clearing], as_of: date) -> list[Figure]:
    """Their clearings as of a date, with the larger of both sides: what is missing on the other a counter item makes up."""
    return [
        Figure("clearing", f"{c.group}|{c.currency}"[:160], c.currency, max(c.debit, c.debit - c.rest), 0, "")
        for c in groups if c.on <= as_of
    ]  # fmt: skip


def tie(theirs: Iterable[Figure], ours: Iterable[Figure], *, objects: frozenset[str] | None = None) -> Tie:
    """Compare both sides. `objects` limits it to what the file speaks of."""
    left = {(f.object, f.key): f for f in theirs}
    right = {(f.object, f.key): f for f in ours if objects is None or f.object in objects}
    found: list[Difference] = []
    for key in sorted(left.keys() | right.keys()):
        a, b = left.get(key), right.get(key)
        if a is None and b is not None:
            found.append(Difference(b.object, b.key, "missing there", b.currency, None, b.amount))
        elif b is None and a is not None:
            found.append(Difference(a.object, a.key, "missing here", a.currency, a.amount, None))
        elif a is not None and b is not None:
            if (a.amount, a.currency) != (b.amount, b.currency):
                found.append(Difference(a.object, a.key, "amount", a.currency, a.amount, b.amount))
            elif a.open != b.open:
                found.append(Difference(a.object, a.key, "open", a.currency, a.open, b.open))
            if a.customer and b.customer and a.customer != b.customer:
                found.append(Difference(a.object, a.key, "customer", a.currency, None, None))
    groups = sorted({(f.object, f.currency) for f in (*left.values(), *right.values())})
    rows = []
    for object_, currency in groups:
        mine = [f for f in left.values() if (f.object, f.currency) == (object_, currency)]
        other = [f for f in right.values() if (f.object, f.currency) == (object_, currency)]
        rows.append(
            TieRow(object_, currency, len(mine), len(other), sum(f.amount for f in mine), sum(f.amount for f in other),
                   sum(f.open for f in mine), sum(f.open for f in other))
        )  # fmt: skip
    return Tie(tuple(rows), tuple(found[:MOST]), len(found))
