"""On which day something may be posted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from huikuan.books.ledger import rules
from huikuan.books.ledger.models import ClearingLeg, OpenItem
from huikuan.books.ledger.queries import periods
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act
from huikuan.office.trail.store import among


class Days:
    """Dates that may be posted to: a day in a closed period gives way to today."""

    def __init__(self, act: Act) -> None:
        self.today = company.today(act)
        self.closed = {(p.year, p.month) for p in periods(act.company).filter(state="closed")}

    def open(self, wanted: date) -> date:
        return max(wanted, self.today) if (wanted.year, wanted.month) in self.closed else wanted

    def to_clear(self, wanted: date, legs: Collection[tuple[int, int]]) -> date:
        """The first such day, not before `wanted`, on which these legs (item, minor units) may be cleared: what an undone
        clearing gave back is there from the day of the undo on. For one clearing; for many, read `Freed` once."""
        return self.open(Freed([item for item, _amount in legs]).day(wanted, legs))


class Freed:
    """What undone clearings gave back to these items, and so the day from which so much of them may be cleared again."""

    def __init__(self, items: Collection[int]) -> None:
        mine = ClearingLeg.objects.filter(item_id__in=among(set(items)))
        back = set(mine.filter(clearing__reverses__isnull=False).values_list("item_id", flat=True).distinct())
        self.legs: dict[int, list[tuple[date, int]]] = defaultdict(list)
        self.remaining: dict[int, int] = {}
        if back:
            for item, day, amount in ClearingLeg.objects.filter(item_id__in=among(back)).values_list(
                "item_id", "date", "amount"
            ):
                self.legs[item].append((day, amount))
            rows = OpenItem.objects.filter(pk__in=among(back))
            self.remaining = dict(rows.values_list("pk", "remaining"))

    def day(self, wanted: date, legs: Iterable[tuple[int, int]]) -> date:
        """The first day, not before `wanted`, that a clearing of these legs (item, minor units) may have."""
        asked: dict[int, int] = defaultdict(int)
        for item, amount in legs:
            asked[item] += amount
        return rules.free_from(wanted, asked, self.remaining, self.legs)
