"""What has to happen to our books when a system beside us says again how things are: the difference since it last spoke.

A load is a delta. Each claim is compared with what was kept of it: the same is known; a new one is posted; a changed
amount is reversed and posted anew; another due date is a dated change; settled since is cleared. Claims that were or
will be cleared together are undone and cleared as one, so that a partner who comes later finds its clearing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from huikuan.review.takeover.rules.claims import Claim
from huikuan.review.takeover.rules.papers import Paper

# what an open item may change by a dated action; everything else of a posted line is reversed and posted anew
SOFT = {
    "due": "due_date",
    "base_date": "base_date",
    "block": "block",
    "reference": "reference",
    "text": "text",
    "disputed": "reason_code",
}
# says nothing about our entry: where the row stood, what it is cleared with, whose terms those are
APART = frozenset({"row", "settled", "clearing", "cancelled", "terms", "account", *SOFT})
HARD = tuple(f.name for f in fields(Claim) if f.name not in APART and f.name != "key")


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of one claim. `what` names the changed fields.

    verb: "post" (new), "same", "change" (soft fields), "repost" (reverse, then post), "cancel" (reverse),
    "skip" (cancelled before we ever knew it). `clears` is true when its clearing has to be redone.
    """

    verb: str
    claim: Claim
    what: tuple[str, ...] = ()
    clears: bool = False


def decide(old: Claim | None, new: Claim, *, live: bool = True) -> Move:
    """How a claim as the file says it now follows from the one kept. `live`: it has an entry that was not reversed."""
    if old is None or (not live and not new.cancelled):
        return Move("skip", new) if new.cancelled else Move("post", new, clears=bool(new.group))
    if new.cancelled:
        return Move("cancel", new, ("cancelled",), clears=bool(old.group)) if live else Move("same", new)
    hard = tuple(n for n in HARD if getattr(old, n) != getattr(new, n))
    soft = tuple(n for n in SOFT if getattr(old, n) != getattr(new, n))
    moved = old.group != new.group or old.settled != new.settled
    if hard:
        return Move("repost", new, hard + soft, clears=bool(old.group or new.group))
    if soft:
        return Move("change", new, soft + (("settled",) if moved else ()), clears=moved)
    if moved:
        return Move("change", new, ("settled",), clears=True)
    return Move("same", new, tuple(n for n in ("terms", "account") if getattr(old, n) != getattr(new, n)))


@dataclass(frozen=True, slots=True)
class Leg:
    """One open item of a group to clear: its claim's key and what of it is cleared (the whole amount)."""

    key: str
    amount: int


@dataclass(frozen=True, slots=True)
class Clearing:
    """What is cleared together, and what is missing from it.

    `rest` is the sum of the legs: 0 = the group nets to zero; else a counter item of -rest is needed: the receipt of
    that day, or, where the system names a clearing document whose partner we were not given, a counter item that
    says so (`one_sided`).
    """

    group: str
    on: Any
    customer: str
    currency: str
    legs: tuple[Leg, ...]
    rest: int
    rest_base: int | None
    document: str
    one_sided: bool

    @property
    def debit(self) -> int:
        return sum(max(leg.amount, 0) for leg in self.legs)


def clearings(claims: Iterable[Claim]) -> list[Clearing]:
    """The groups among settled claims. One currency and one customer each; the clearing is on its latest date."""
    groups: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        if claim.group:
            groups.setdefault((claim.group, claim.currency), []).append(claim)
    out = []
    for (group, currency), members in groups.items():
        first = members[0]
        on = max(m.settled for m in members if m.settled is not None)
        rest = sum(m.amount for m in members)
        bases = [m.base_amount for m in members]
        out.append(
            Clearing(
                group=group, on=on, customer=first.customer, currency=currency,
                legs=tuple(Leg(m.key, m.amount) for m in members), rest=rest,
                rest_base=None if None in bases else sum(b for b in bases if b is not None),
                document=first.clearing or f"{first.customer}-{on:%Y%m%d}"[:40], one_sided=bool(first.clearing) and rest != 0,
            )
        )  # fmt: skip
    return out


class _Sets:
    """Names that belong together."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def root(self, name: str) -> str:
        while self.parent.setdefault(name, name) != name:
            self.parent[name] = self.parent[self.parent[name]]
            name = self.parent[name]
        return name

    def join(self, one: str, other: str) -> None:
        self.parent[self.root(one)] = self.root(other)


def chains(papers: Sequence[Paper]) -> dict[str, list[Paper]]:
    """Papers by what must land together: an order, its deliveries, their bills and cancellations are one chain.

    In each chain what others follow comes first, so that the second finds the first.
    """
    sets = _Sets()
    before = {"delivery": "order", "billing": "delivery"}
    for p in papers:
        mine = f"{p.object}:{p.document}"
        sets.root(mine)
        for number in {x.reference.partition("/")[0] for x in p.lines if x.reference}:
            if p.object in before:
                sets.join(mine, f"{before[p.object]}:{number}")
        if p.object == "billing" and p.reference:
            sets.join(mine, f"billing:{p.reference}")
    out: dict[str, list[Paper]] = {}
    for p in sorted(papers, key=lambda p: (_ORDER[p.object], p.kind == "cancellation", p.document)):
        out.setdefault(sets.root(f"{p.object}:{p.document}")[:120], []).append(p)
    return out


_ORDER = {"order": 0, "delivery": 1, "billing": 2}


def lots(moves: Sequence[Move], olds: Mapping[str, Claim]) -> dict[str, list[Move]]:
    """Moves by what must land together: those of one clearing group, before or now, are one lot."""
    sets = _Sets()
    names = []
    for move in moves:
        old = olds.get(move.claim.key)
        mine = [g for g in (move.claim.group, old.group if old else "") if g] or [f"K|{move.claim.key}"]
        for other in mine[1:]:
            sets.join(other, mine[0])
        names.append(mine[0])
    out: dict[str, list[Move]] = {}
    for move, name in zip(moves, names, strict=True):
        out.setdefault(sets.root(name)[:120], []).append(move)
    return out
