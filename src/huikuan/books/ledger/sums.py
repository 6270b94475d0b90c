"""The sub-ledger added up by month, kept in memory and brought up to date by what was posted since the last look.

Key figures speak of years of entries, and are asked for every time somebody opens Today. What they are made of never
changes: entries, their lines and the legs of clearings stay as they were written (I03). Their numbers have no gaps and
are taken under a lock that is held until the commit (I10), so whoever sees a series' counter sees every row that will ever
stand below it, and what came since the last look is what has a number above. Sums kept from then plus those few rows
are today's sums, to the fen. Nothing can be stale: each look reads the counters again, in one snapshot with the rows.

What may change of an item is its due date, and each change of it is a row that stays: they are counted, and those not
seen yet move their item from one day to the other. A database that was put back to an earlier state, or is another one,
does not hold the entry that was seen last: then everything is added up anew. Inside a transaction nothing is kept, for
it may yet be rolled back.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Case, F, Q, QuerySet, Sum, When

from huikuan.books.ledger import store
from huikuan.books.ledger.models import ClearingLeg, Entry, ItemChange, Line, OpenItem
from huikuan.kit.dates import month_start
from huikuan.office.company.queries import series
from huikuan.office.trail.hands import collect
from huikuan.office.trail.store import among

AGED = Case(When(amount__lt=0, then=F("document_date")), default=F("due_date"))
AT_MOST = 20_000  # rows to catch up with; past it adding everything up anew is as fast
KEPT = 16  # companies a process remembers
_ITEM = ("currency", "kind", "amount", "document_date", "due_date", "posting_date")

Version = dict[tuple[str, int], int]  # (class, year) -> the last number given


@dataclass
class Sums:
    """Minor units. `standing`: posted less cleared, by (currency, the day it is aged by, month it happened in).

    `billed`: items by (currency, kind, month of the document "2026-03", month from which it counts), without entries
    that reverse and, from its reversal on, without what was reversed. `control`: the lines of control accounts by
    (currency, posting date) in document and company currency, from the lines and not from the items.
    """

    standing: dict[tuple[str, date | None, date], int] = field(default_factory=lambda: defaultdict(int))
    billed: dict[tuple[str, str, str, date], int] = field(default_factory=lambda: defaultdict(int))
    control: dict[tuple[str, date], tuple[int, int]] = field(default_factory=dict)
    version: Version = field(default_factory=dict)
    changes: frozenset[int] = frozenset()
    last: tuple[int, str, datetime] | None = None  # the newest entry: id, digest, instant

    def copy(self) -> Sums:
        """To be changed while others read this one."""
        return Sums(
            defaultdict(int, self.standing), defaultdict(int, self.billed), dict(self.control), self.version, self.changes, self.last
        )  # fmt: skip

    def control_totals(self, as_of: date) -> dict[str, tuple[int, int]]:
        """{currency: (document, company currency)} on the control accounts at the end of a day."""
        out: dict[str, tuple[int, int]] = {}
        for (currency, on), (doc, base) in self.control.items():
            if on <= as_of:
                a, b = out.get(currency, (0, 0))
                out[currency] = (a + doc, b + base)
        return out

    # ---- one row more ----
    def _post(self, row: Sequence[Any], sign: int = 1) -> None:
        currency, kind, amount, documented, due, posted = row
        month = month_start(posted)
        self.standing[currency, documented if amount < 0 else due, month] += sign * amount
        self._bill(currency, kind, documented, month, sign * amount)

    def _bill(self, currency: str, kind: str, documented: date, month: date, amount: int) -> None:
        self.billed[currency, kind, f"{documented:%Y-%m}", month] += amount

    def _clear(self, currency: str, amount: int, documented: date, due: date | None, on: date, leg: int) -> None:
        self.standing[currency, documented if amount < 0 else due, month_start(on)] -= leg

    def _line(self, currency: str, on: date, doc: int, base: int) -> None:
        a, b = self.control.get((currency, on), (0, 0))
        self.control[currency, on] = (a + doc, b + base)

    def _reversals(self, pairs: Sequence[tuple[int, int, date]]) -> None:
        """(reversal, reversed, day): neither was ever billed from the later of their days on; the first not at all."""
        day = {undone: on for _pk, undone, on in pairs}
        undoing = {pk for pk, _undone, _on in pairs}
        rows = OpenItem.objects.filter(line__entry_id__in=among([*day, *undoing]))
        for entry, currency, kind, amount, documented, _due, posted in rows.values_list("line__entry_id", *_ITEM):
            on = posted if entry in undoing else max(posted, day[entry])
            self._bill(currency, kind, documented, month_start(on), -amount)


_kept: dict[tuple[Any, ...], Sums] = {}
_lock = threading.Lock()


def of(company: int) -> Sums:
    """The sums as they are now. What is handed out is not changed any more."""
    if connection.in_atomic_block:
        return _added_up(company)
    where = connection.settings_dict
    key = (where["NAME"], where["HOST"], where["PORT"], company)
    with _lock:  # whoever comes second has it for nothing
        with store.snapshot():
            before = _kept.pop(key, None)
            found = _caught_up(company, before) if before else None
            found = found or _added_up(company)
        while len(_kept) >= KEPT:
            del _kept[next(iter(_kept))]
        _kept[key] = found  # last in the row of those that may be forgotten
    return found


def forget() -> None:
    """For tests that change what is never changed."""
    with _lock:
        _kept.clear()


def _version(company: int) -> Version:
    """The counters of the ledger's own series; those of documents above it are no business of ours."""
    others = {klass for _capability, klass in collect("series")}
    return {(s.klass, s.year): s.last for s in series(company) if s.klass not in others}


def _changes(company: int) -> QuerySet[ItemChange]:
    return ItemChange.objects.filter(company_id=company, field="due_date")


def _newest(company: int) -> tuple[int, str, datetime] | None:
    return Entry.objects.filter(company_id=company).order_by("-id").values_list("id", "digest", "at").first()


def _added_up(company: int) -> Sums:
    """Everything, in one pass over items, legs and lines each."""
    out = Sums(version=_version(company), last=_newest(company))
    rows: Any = OpenItem.objects.filter(company_id=company).annotate(aged=AGED).order_by()
    fields = ("currency", "kind", "aged", "document_date", "posting_date")
    for currency, kind, aged, documented, posted, amount in rows.values_list(*fields).annotate(s=Sum("amount")):
        out.standing[currency, aged, month_start(posted)] += amount
        out._bill(currency, kind, documented, month_start(posted), amount)
    cleared = (
        rows.filter(legs__isnull=False).values_list("currency", "aged", "legs__date").annotate(s=Sum("legs__amount"))
    )
    for currency, aged, on, amount in cleared:
        out.standing[currency, aged, month_start(on)] -= amount
    lines = Line.objects.filter(company_id=company, account__control=True).order_by()
    for currency, on, doc, base in lines.values_list("currency", "posting_date").annotate(
        a=Sum("doc_amount"), b=Sum("amount")
    ):
        out._line(currency, on, doc, base)
    undone = Entry.objects.filter(company_id=company, reverses__isnull=False)
    out._reversals(list(undone.values_list("id", "reverses_id", "posting_date")))
    out.changes = frozenset(_changes(company).values_list("id", flat=True))
    return out


def _caught_up(company: int, before: Sums) -> Sums | None:
    """What was kept, with what was posted, cleared and re-dated since. None where that is not to be had."""
    now = _version(company)
    there = Entry.objects.filter(pk=before.last[0]).values_list("id", "digest", "at").first() if before.last else None
    if there is None or there != before.last or any(now.get(k, -1) < n for k, n in before.version.items()):
        return None
    more = _changes(company).count() - len(before.changes)
    spans = {k: (before.version.get(k, 0), n) for k, n in now.items() if n != before.version.get(k, 0)}
    if more == 0 and not spans:
        return before
    if more < 0 or more + sum(b - a for a, b in spans.values()) > AT_MOST:
        return None
    out = before.copy()
    out.version = now
    entries = _numbered(Entry.objects.filter(company_id=company), {k: v for k, v in spans.items() if k[0] != "CL"})
    posted = list(entries.values_list("id", "reverses_id", "posting_date")) if entries is not None else []
    new = frozenset(pk for pk, _undone, _on in posted)
    if more and not _redate(out, company, more, new, before.version):
        return None
    for row in OpenItem.objects.filter(line__entry_id__in=among(new)).values_list(*_ITEM):
        out._post(row)
    lines = Line.objects.filter(entry_id__in=among(new), account__control=True)
    for line in lines.values_list("currency", "posting_date", "doc_amount", "amount"):
        out._line(*line)
    out._reversals([(pk, undone, on) for pk, undone, on in posted if undone is not None])
    fields = ("item__currency", "item__amount", "item__document_date", "item__due_date", "date", "amount")
    for (_klass, year), (a, b) in ((k, v) for k, v in spans.items() if k[0] == "CL"):
        made = {
            "clearing__company_id": company,
            "clearing__year": year,
            "clearing__number__gt": a,
            "clearing__number__lte": b,
        }
        for leg in ClearingLeg.objects.filter(**made).values_list(*fields):
            out._clear(*leg)
    out.last = _newest(company)
    return out


def _numbered(rows: QuerySet[Entry], spans: dict[tuple[str, int], tuple[int, int]]) -> QuerySet[Entry] | None:
    wanted = Q()
    for (klass, year), (a, b) in spans.items():
        wanted |= Q(klass=klass, year=year, number__gt=a, number__lte=b)
    return rows.filter(wanted) if spans else None


def _redate(out: Sums, company: int, more: int, new: frozenset[int], seen: Version) -> bool:
    """Take items whose due date was changed since from the day they were counted under to today's. Items that are new
    themselves come with today's, and so do new legs. False when the changes are not all found."""
    first: dict[int, str] = {}  # item -> the due date it was counted under: what its oldest unseen change began with
    found: list[int] = []
    for pk, item, old in _changes(company).order_by("-id").values_list("id", "item_id", "old")[: AT_MOST + more]:
        if pk not in out.changes:
            found.append(pk)
            first[item] = old
            if len(found) == more:
                break
    if len(found) != more:
        return False
    fields = ("pk", "line__entry_id", "currency", "amount", "due_date", "posting_date")
    counted: dict[int, tuple[str, date | None, date | None]] = {}
    for pk, entry, currency, amount, due, posted in OpenItem.objects.filter(pk__in=among(first)).values_list(*fields):
        if entry in new or amount < 0:  # a credit is aged by its own day
            continue
        was = date.fromisoformat(first[pk]) if first[pk] else None
        counted[pk] = (currency, was, due)
        out.standing[currency, was, month_start(posted)] -= amount
        out.standing[currency, due, month_start(posted)] += amount
    legs = ClearingLeg.objects.filter(item_id__in=among(counted))
    for pk, year, number, on, amount in legs.values_list(
        "item_id", "clearing__year", "clearing__number", "date", "amount"
    ):
        if number <= seen.get(("CL", year), 0):
            currency, was, due = counted[pk]
            out.standing[currency, was, month_start(on)] += amount
            out.standing[currency, due, month_start(on)] -= amount
    out.changes = out.changes | frozenset(found)
    return True
