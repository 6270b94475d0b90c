"""What one customer owes in one currency, while payments are being explained."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate, compress
from typing import TYPE_CHECKING, NamedTuple

from huikuan.receivables.cash.rules.refs import all_keys, key, tail

if TYPE_CHECKING:
    from huikuan.receivables.cash.rules.advice import AdviceLine
    from huikuan.receivables.cash.rules.tolerance import Band


RESIDUE = 10  # a tenth of an item or less, left by an earlier receipt, is what somebody took off


class Open(NamedTuple):
    """An open item as matching sees it. `remaining` in minor units: + owed to us, - a credit note or the like; `amount` is
    what it was at first (0: the same). `keys`: other numbers it is known by (order, contract, e-invoice), as `refs.key`
    writes them; `discounts`: (until when, rate in 10^-8) its terms allow for paying early."""

    id: int
    customer: int
    document: str
    reference: str
    kind: str
    document_date: date
    due: date | None
    remaining: int
    amount: int = 0
    keys: tuple[str, ...] = ()
    discounts: tuple[tuple[date, int], ...] = ()

    @property
    def whole(self) -> bool:
        """Nothing of it has been cleared yet."""
        return self.amount in (0, self.remaining)

    @property
    def residue(self) -> bool:
        """A little that was left when the rest was paid: the payer has taken it off, and nobody has decided about it yet.
        The next receipt is not for that."""
        return not self.whole and 0 < self.remaining * RESIDUE <= self.amount

    @property
    def age(self) -> tuple[date, date, int]:
        return (self.due or self.document_date, self.document_date, self.id)

    def flipped(self) -> Open:
        """The item seen from the other side: money out against a credit is money in against a debit."""
        return self._replace(remaining=-self.remaining, amount=-self.amount)


@dataclass(slots=True)  # not frozen: made by the ten thousand
class Receipt:
    """Money that came in and what is left of it, with all that was written beside it. `sure` says whether its payer is.

    `advice`: what the payer's remittance advice lists; `band`: the difference that may be written off unasked; `ahead`: numbers
    in the text that are orders of which nothing is billed yet.
    """

    id: int
    amount: int
    currency: str
    on: date
    text: str
    customer: int | None = None
    sure: bool = False
    advice: tuple[AdviceLine, ...] = ()
    band: Band | None = None
    ahead: tuple[str, ...] = ()


def by_age(x: Open) -> tuple[date, date, int]:
    """For sorting: `age`, without the way through a property."""
    return (x.due or x.document_date, x.document_date, x.id)


@dataclass(slots=True)
class Shelf:
    """Items, oldest first, with the day and the amount of each beside them: a payer's hundreds are asked for both at once."""

    items: list[Open]
    days: list[date]
    amounts: list[int]

    @classmethod
    def of(cls, items: list[Open]) -> Shelf:
        return cls(items, [x.document_date for x in items], [x.remaining for x in items])

    def until(self, day: date) -> tuple[list[Open], list[int]]:
        """Those that were billed by this day, and what the oldest one, two, three … of them come to."""
        billed = list(map(day.__ge__, self.days))
        return list(compress(self.items, billed)), list(accumulate(compress(self.amounts, billed)))

    def sums(self) -> list[int]:
        """What the oldest one, two, three … come to: it rises where all are debits."""
        return list(accumulate(self.amounts))

    def drop(self, item: Open) -> None:
        if item in self.items:
            n = self.items.index(item)
            del self.items[n], self.days[n], self.amounts[n]

    def swap(self, old: Open, new: Open) -> None:
        if old in self.items:
            n = self.items.index(old)
            self.items[n], self.amounts[n] = new, new.remaining


class Book:
    """Open items, oldest first, with ways to find them. `take` is how a clearing lets the next receipt see what is left."""

    def __init__(self, items: Iterable[Open], *, sorted_by_age: bool = False, like: Book | None = None) -> None:
        """`like`: a book that holds all of these items (and maybe more), whose ways to find them are used."""
        self.items: dict[int, Open] = {x.id: x for x in (items if sorted_by_age else sorted(items, key=by_age))}
        self.was: dict[int, int] = {}  # what was open on items that have been paid in part since
        self._paid: tuple[dict[str, int], set[str]] = {}, set()
        self._taken: list[Open] = []  # paid since, and not in there yet: most are never asked for
        if like is not None:
            self.by_key = like.by_key
            for name in ("by_tail", "by_digits", "spelt"):
                if name in like.__dict__:
                    self.__dict__[name] = like.__dict__[name]

    def again(self) -> Book:
        """The same as it stands now, to try something on."""
        other = Book(self.items.values(), sorted_by_age=True, like=self)
        other._paid, other.was = ({}, set(self.paid)), dict(self.was)
        return other

    def _numbers_paid(self) -> tuple[dict[str, int], set[str]]:
        gone, paid = self._paid
        for x in self._taken:
            own = key(x.document)
            gone[own] = x.remaining
            paid.update((own, key(x.reference), *x.keys))
        self._taken.clear()
        return self._paid

    @property
    def gone(self) -> dict[str, int]:
        """Number -> what was open on an item that has been paid since."""
        return self._numbers_paid()[0]

    @property
    def paid(self) -> set[str]:
        """Every number that such an item was known by."""
        return self._numbers_paid()[1]

    @cached_property
    def by_key(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        items = list(self.items.values())
        own_keys, other_keys = all_keys([x.document for x in items]), all_keys([x.reference for x in items])
        for x, own, other in zip(items, own_keys, other_keys, strict=True):
            if len(own) >= 3:
                found[own].append(x.id)
            if len(other) >= 3 and other != own:
                found[other].append(x.id)
            for more in x.keys:
                if more not in (own, other):
                    found[more].append(x.id)
        return found

    @cached_property
    def spelt(self) -> dict[int, list[tuple[str, int]]]:
        """Length -> numbers of that length as keys with their items (also those that were paid since): for damaged ones."""
        found: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for x in self.items.values():
            for k in {key(x.document), key(x.reference), *x.keys}:
                found[len(k)].append((k, x.id))
        return found

    @cached_property
    def by_tail(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for x in self.items.values():
            for digits in {tail(x.document), tail(x.reference), *(tail(k) for k in x.keys)} - {""}:
                found[digits].append(x.id)
        return found

    @cached_property
    def by_digits(self) -> dict[str, list[int]]:
        """By the digits that end a number, however few: for a cell in which nothing but a number is expected."""
        found: dict[str, list[int]] = defaultdict(list)
        for x in self.items.values():
            for digits in {last_digits(x.document), last_digits(x.reference)} - {""}:
                found[digits].append(x.id)
        return found

    @cached_property
    def by_amount(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for x in self.items.values():
            found[x.remaining].append(x.id)
        return found

    @cached_property
    def rising(self) -> list[int]:
        """The amounts of `by_amount` that something is open with."""
        return sorted(a for a, some in self.by_amount.items() if some)

    @cached_property
    def owing(self) -> Shelf:
        """All debits. Not to be changed by who asks: kept up as things are taken."""
        return Shelf.of([x for x in self.items.values() if x.remaining > 0])

    @property
    def debits(self) -> list[Open]:
        """Oldest first."""
        return self.owing.items

    @cached_property
    def credits(self) -> list[Open]:
        return [x for x in self.items.values() if x.remaining < 0]

    @cached_property
    def live(self) -> Shelf:
        """Debits that a payer may still want to pay: without what they have taken off before."""
        return Shelf.of([x for x in self.debits if x.remaining == x.amount or not x.residue])

    @cached_property
    def sums(self) -> list[int]:
        """What the oldest one, two, three … of these come to: it rises."""
        return self.live.sums()

    @cached_property
    def newest(self) -> date:
        """No item was billed after this day (it may have been paid since)."""
        return max((x.document_date for x in self.items.values()), default=date.min)

    @cached_property
    def discounted(self) -> bool:
        """Whether any item may be paid with a discount."""
        return any(x.discounts for x in self.items.values())

    def named(self, numbers: Iterable[str]) -> list[Open]:
        """Items whose number or reference is among these keys, oldest first. A reference that several share names them all."""
        known = self.by_key
        ids = {i for n in numbers if n in known for i in known[n]}
        return self.those(ids)

    def those(self, ids: Iterable[int]) -> list[Open]:
        """Those of these items that are still open, oldest first."""
        found = [self.items[i] for i in ids if i in self.items]
        return sorted(found, key=by_age) if len(found) > 1 else found

    def ending(self, digits: str) -> list[Open]:
        return self.those(self.by_digits.get(digits, ()))

    def with_amount(self, amount: int) -> list[Open]:
        ids = self.by_amount.get(amount)
        return self.those(ids) if ids else []

    def between(self, low: int, high: int) -> list[Open]:
        """Items of which more than `low` and less than `high` is open, oldest first."""
        some = self.rising[bisect_right(self.rising, low) : bisect_left(self.rising, high)]
        return self.those(i for a in some for i in self.by_amount[a]) if some else []

    def shared(self, part: int, percents: Iterable[int]) -> bool:
        """Whether `part` may be so many percent of anything, to the cent: a look at the amounts before one at each item."""
        rising = self.rising
        return any(
            (n := bisect_left(rising, (part * 100 - 100) // p)) < len(rising) and rising[n] * p <= part * 100 + 100
            for p in percents
        )

    def know(self, item: int, numbers: Iterable[str]) -> None:
        """Other numbers of an item, which nobody had written when the book was made."""
        old = self.items[item]
        more = [n for n in numbers if n not in old.keys]
        if not more:
            return
        self.items[item] = old._replace(keys=(*old.keys, *more))
        for name in ("owing", "live", "credits", "by_tail", "spelt"):
            self.__dict__.pop(name, None)
        by_key: dict[str, list[int]] | None = self.__dict__.get("by_key")
        if by_key is not None:
            for n in more:
                if n not in (key(old.document), key(old.reference)):
                    by_key[n].append(item)

    def take(self, item: int, amount: int) -> None:
        """`amount` (sign of the item) was cleared."""
        old = self.items.get(item)
        if old is None:
            return
        left = old.remaining - amount
        if left == 0:
            self._kept_up(old, None)
            del self.items[item]
            self._taken.append(old)
            return
        new = old._replace(remaining=left)
        self._kept_up(old, new)
        self.was.setdefault(item, old.remaining)
        self.items[item] = new

    def _kept_up(self, old: Open, new: Open | None) -> None:
        """What has been asked for before is kept up, item by item: a payer may owe on thousands."""
        kept = self.__dict__
        kept.pop("sums", None)
        if old.remaining < 0:
            kept.pop("credits", None)
        for name in ("owing", "live"):
            shelf: Shelf | None = kept.get(name)
            if shelf is None:
                continue
            if new is None or new.remaining < 0 or (name == "live" and new.residue):
                shelf.drop(old)
            elif old.remaining > 0:
                shelf.swap(old, new)
            else:
                del kept[name]
        amounts: dict[int, list[int]] | None = kept.get("by_amount")
        if amounts is None:
            return
        rising: list[int] | None = kept.get("rising")
        same = amounts[old.remaining]
        same.remove(old.id)
        if rising is not None and not same:
            del rising[bisect_left(rising, old.remaining)]
        if new is not None:
            if rising is not None and not amounts[new.remaining]:
                insort(rising, new.remaining)
            amounts[new.remaining].append(new.id)


_LAST = re.compile(r"(\d+)\D*$")


def last_digits(number: str) -> str:
    match = _LAST.search(number)
    return match[1].lstrip("0") if match else ""
