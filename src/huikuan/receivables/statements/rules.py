"""Statements, decided: from a customer's items and clearings to opening, movements, closing, what is open and how old.

Pure: it is given what the ledger says and never asks. Opening plus movements must be closing, and closing must be
what the items have left; where that fails the books are wrong and no statement is given (ValueError).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter, itemgetter
from typing import NamedTuple

from huikuan.books.ledger.rules import bucket_names, bucket_of

BOUNDS = (30, 60, 90)
FLOW = ("opening", "invoiced", "credited", "received", "other", "closing")
_FLOW_OF = {"invoice": "invoiced", "credit": "credited", "receipt": "received"}


class Piece(NamedTuple):
    """One item of the customer as the ledger has it. `amount` in minor units, debit +; `aged_from`: its due day, for
    credits their own day, None while the due day is not known (then it is not due). `carried` is what was open of an
    item posted before the period on its eve; for one posted in the period it is not asked."""

    id: int
    currency: str
    kind: str
    document: str
    on: date
    posted: date
    due: date | None
    aged_from: date | None
    amount: int
    text: str = ""
    carried: int = 0


class Leg(NamedTuple):
    """What one clearing took off one item on a day; signed like the item. `clearing` names the clearing it belongs
    to; a leg of its undoing carries the same name and the opposite sign."""

    clearing: int
    item: int
    on: date
    amount: int


@dataclass(frozen=True, slots=True)
class Settled:
    """So much of an item was cleared on a day against these documents."""

    on: date
    amount: int
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One movement. `amount` signed, `balance` after it; `settled`: what cleared it up to the end of the statement."""

    on: date
    kind: str
    document: str
    due: date | None
    text: str
    amount: int
    balance: int
    settled: tuple[Settled, ...] = ()

    @property
    def debit(self) -> int:
        return max(self.amount, 0)

    @property
    def credit(self) -> int:
        return max(-self.amount, 0)


@dataclass(frozen=True, slots=True)
class Open:
    """An item with something left at the end of the statement; `late` in days, 0 or less when not due."""

    on: date
    kind: str
    document: str
    due: date | None
    amount: int
    left: int
    late: int


@dataclass(frozen=True, slots=True)
class Section:
    """The statement in one currency. `flow` has one amount for each of FLOW; `ageing` one for each of the ledger's buckets."""

    currency: str
    opening: int
    closing: int
    lines: tuple[Line, ...]
    open: tuple[Open, ...]
    flow: Mapping[str, int]
    ageing: Mapping[str, int]

    @property
    def owed_to_us(self) -> int:
        return max(self.closing, 0)

    @property
    def owed_by_us(self) -> int:
        return max(-self.closing, 0)


def section(
    currency: str,
    pieces: Iterable[Piece],
    legs: Iterable[Leg],
    documents: Mapping[int, tuple[str, ...]],
    since: date,
    until: date,
    bounds: Sequence[int] = BOUNDS,
) -> Section:
    """One currency of a statement.

    `pieces` are the items of the period, those open on its eve and those with legs in it, `legs` the clearings dated in it;
    `documents` names, for each clearing, the documents on all its legs. Order: posting date, then id.
    """
    items = sorted((p for p in pieces if p.posted <= until), key=attrgetter("posted", "id"))
    known = {p.id: p for p in items}
    taken: dict[int, list[Leg]] = defaultdict(list)
    for leg in legs:
        if since <= leg.on <= until and leg.item in known:
            taken[leg.item].append(leg)

    opening = 0
    moves: list[tuple[date, int, Piece | None, int]] = []  # (day, its place in it, the item or nothing, amount)
    left: dict[int, int] = {}
    # A clearing moves nothing for the customer, unless its other side belongs to someone else (a parent paid).
    moved: dict[tuple[int, date], int] = defaultdict(int)
    for p in items:
        if p.posted >= since:
            moves.append((p.posted, p.id, p, p.amount))
            rest = p.amount
        else:
            opening += p.carried
            rest = p.carried
        for leg in taken.get(p.id, ()):
            moved[leg.clearing, leg.on] += leg.amount
            rest -= leg.amount
        left[p.id] = rest
    moves += [(on, clearing, None, -amount) for (clearing, on), amount in moved.items() if amount]

    balance, lines, flow = opening, [], dict.fromkeys(FLOW, 0)
    moves.sort(key=itemgetter(0, 1))
    for on, key, piece, amount in moves:
        balance += amount
        if piece is None:
            flow["other"] += amount
            lines.append(Line(on, "transfer", ", ".join(documents.get(key, ())), None, "", amount, balance))
        else:
            flow[_FLOW_OF.get(piece.kind, "other")] += amount
            settled = _settled(piece, taken[key], documents) if key in taken else ()
            lines.append(Line(piece.on, piece.kind, piece.document, piece.due, piece.text, amount, balance, settled))
    flow["opening"], flow["closing"] = opening, balance
    standing = tuple(
        Open(p.on, p.kind, p.document, p.due, p.amount, left[p.id], (until - p.aged_from).days if p.aged_from else 0)
        for p in items
        if left[p.id]
    )
    if sum(left.values()) != balance:
        raise ValueError(
            f"{currency}: opening {opening} and movements give {balance}, the items have {sum(left.values())}"
        )
    names = bucket_names(bounds)
    ageing = dict.fromkeys(names, 0)
    for o in standing:
        ageing[names[bucket_of(o.late, bounds)]] += o.left
    return Section(currency, opening, balance, tuple(lines), standing, flow, ageing)


def _settled(piece: Piece, legs: Sequence[Leg], documents: Mapping[int, tuple[str, ...]]) -> tuple[Settled, ...]:
    """What still stands of the clearings of an item; one that was undone is gone from the statement."""
    if len(legs) == 1:  # nearly all of them
        (leg,) = legs
        return (Settled(leg.on, leg.amount, tuple(d for d in documents.get(leg.clearing, ()) if d != piece.document)),)
    by_clearing: dict[int, list[Leg]] = defaultdict(list)
    for leg in legs:
        by_clearing[leg.clearing].append(leg)
    out = []
    for clearing, group in by_clearing.items():
        amount = sum(leg.amount for leg in group)
        if amount:
            against = tuple(d for d in documents.get(clearing, ()) if d != piece.document)
            out.append(Settled(min(leg.on for leg in group), amount, against))
    return tuple(sorted(out, key=lambda s: s.on))


@dataclass(frozen=True, slots=True)
class Party:
    """Who writes, or is written to. `number` is the customer's number with us."""

    name: str
    name_en: str = ""
    number: str = ""
    uscc: str = ""
    address: str = ""
    contact: str = ""
    phone: str = ""

    def called(self, language: str) -> str:
        return self.name if language.startswith("zh") else self.name_en or self.name


@dataclass(frozen=True, slots=True)
class Statement:
    """What one customer is told for a period: a section for each currency. `number` once it is issued."""

    sender: Party
    customer: Party
    since: date
    until: date
    language: str
    sections: tuple[Section, ...]
    number: str = ""
