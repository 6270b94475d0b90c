"""The desk of a run: the lines that wait, window by window, against what is open in each currency, and what the rules say of
them. Nothing is written here."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import F
from django.db.models.base import ModelState

from huikuan.kit.beside import Beside, processors
from huikuan.kit.words import _
from huikuan.office.trail.act import Act
from huikuan.office.trail.store import fresh
from huikuan.receivables.cash import queries, rules
from huikuan.receivables.cash.models import BankLine
from huikuan.receivables.cash.rules import Book, Limits, Payer
from huikuan.receivables.cash.rules.refs import mentions
from huikuan.receivables.cash.rules.tolerance import Band

APART = 2000  # from so many lines on, explaining is worth a process beside this one


@dataclass(slots=True)
class Case(rules.Case):
    """A line, and what the rules say of it."""

    line: BankLine = field(kw_only=True)


_LOOKED = (
    "id", "company_id", "bank_id", "date", "amount", "currency", "payer_name", "payer_account", "folded", "remark", "reference",
    "serial", "state", "customer_id", "how", "item_id", "version", "left", "stood",
)  # fmt: skip


def waiting(company: int, ids: Sequence[int] | None = None) -> list[int]:
    """The lines that wait, oldest first."""
    found = queries.work(company) if ids is None else queries.still(company, ids)
    return list(found.order_by("date", "pk").values_list("pk", flat=True))


def _rows(company: int, ids: Sequence[int] | None = None) -> list[BankLine]:
    """The lines that wait, oldest first, as matching needs them: with `left` and the version of their item (`stood`), without
    the row of the file. Not to be saved."""
    some = queries.work(company) if ids is None else queries.still(company, ids)
    # untyped: the stubs do not see annotations
    found: Any = some.annotate(stood=F("item__version")).order_by("date", "pk")
    out = []
    plain = fresh(BankLine).__dict__
    for values in found.values_list(*_LOOKED):
        row = BankLine.__new__(BankLine)
        row.__dict__ = {**plain, **dict(zip(_LOOKED, values, strict=True)), "_state": ModelState()}
        row._state.adding, row._state.db = False, "default"
        out.append(row)
    return out


def _cases(act: Act, rows: Sequence[BankLine]) -> list[Case]:
    unknown = [queries.wanted(r) for r in rows if r.customer_id is None]
    directory = queries.directory(act.company, unknown) if unknown else None
    payers = rules.identify_all(unknown, directory) if directory else iter(())
    told = queries.advices(act.company, [r.pk for r in rows])
    bands = _bands(act, [r.customer_id for r in rows if r.customer_id is not None])
    family = queries.families(act.company) if rows else {}
    out = []
    for r in rows:
        if r.customer_id is not None:
            payer = Payer(r.customer_id, r.how or "person", _("The payer is known."))
        else:
            payer = next(payers)
        if payer.customer in family:
            payer = replace(payer, family=family[payer.customer])
        band = bands.get(r.customer_id or 0)
        receipt = queries.receipt(r, payer.customer, told.get(r.pk, ()), band, sure=payer.customer is not None)
        out.append(Case(receipt, payer, line=r))
    return out


def _bands(act: Act, payers: Sequence[int]) -> dict[int, Band]:
    """What may be let go for each payer by whoever runs the matching; empty where the company allows nobody anything."""
    book = queries.rule_book(act.company)
    if not (book.groups and book.users):
        return {}
    return {pk: book.band(group, act.by) for pk, group in queries.groups_of(act.company, payers).items()}


class _Named:
    """Which items the lines of which window name. Apart from what is open: who asks must not hold that, or nobody frees it."""

    def __init__(self) -> None:
        self.last: dict[int, int] = {}  # item -> the last window that names it
        self.window = 0

    def later(self, item: int) -> bool:
        return self.last.get(item, -1) > self.window


class _Open:
    """What is open in one currency, read once for all windows of a run, and what one window leaves for the next."""

    def __init__(self, company: int, currency: str) -> None:
        self.company, self.currency = company, currency
        self.carry = rules.Carry()
        self.everyone: Book | None = None  # all that is open; None: each window reads what it names
        self.books: dict[int, Book] = {}
        self.named = _Named()
        self.ahead: frozenset[str] = frozenset()  # numbers of orders of which nothing is billed yet

    def read_all(self, known: queries.Known) -> None:
        self.ahead |= known.ahead
        items = queries.everything(self.company, self.currency, known)
        self.everyone = Book(items, sorted_by_age=True)
        by_owner: dict[int, list[rules.Open]] = defaultdict(list)
        for item in items:
            by_owner[item.customer].append(item)
        # Numbers are looked up among all: a payer's own are those of them that are in their book.
        self.books = {c: Book(x, sorted_by_age=True, like=self.everyone) for c, x in by_owner.items()}
        self.carry.later = self.named.later
        gc.freeze()  # the items stay as long as the run (`unwatched`)

    def learn(self, known: queries.Known) -> None:
        """Other numbers that a later window writes."""
        assert self.everyone is not None
        self.ahead |= known.ahead
        for document, numbers in known.keys.items():
            for item in list(self.everyone.by_key.get(rules.key(document), ())):
                held = self.everyone.items[item]
                if held.document == document:
                    self.everyone.know(item, numbers)
                    self.books[held.customer].know(item, numbers)

    def notice(self, window: int, texts: Iterable[str]) -> None:
        """Remember which items the lines of a window name, before any window is explained."""
        assert self.everyone is not None
        by_key = self.everyone.by_key
        for text in texts:
            for number in mentions(text).whole:
                for item in by_key.get(number, ()):
                    self.named.last[item] = window

    def explain(self, cases: Sequence[Case], limits: Limits, more: bool) -> Iterator[list[Case]]:
        """The lines of one window, oldest first, against what is open. Yields them as they are settled: those that are sure
        while others are still looked at (by a process beside this one, where many lines wait and a processor is free).
        `more`: other windows follow."""
        books, everyone = self.books, self.everyone
        if everyone is None:
            wanted = {c.payer.customer for c in cases if c.payer.customer is not None}
            wanted |= {i for c in cases for i in (*c.payer.family, *(i for i, _s in c.payer.others))}
            known = queries.known_beside(self.company, _texts(cases))
            self.ahead = known.ahead
            books = queries.books(self.company, self.currency, wanted, known)
            everyone = queries.named(self.company, self.currency, _texts(cases), known)
        for c in cases if self.ahead else ():
            if named := mentions(c.receipt.text).whole & self.ahead:
                c.receipt = replace(c.receipt, ahead=tuple(sorted(named)))
        work = rules.explaining(cases, books, everyone, limits, self.carry)
        beside = Beside(work, apart=len(cases) >= APART and processors() > 1)
        for told in beside:
            for at, found in told.found:
                cases[at].found = found
            if beside.apart and more:
                rules.take_all(told, books, everyone)
                if told.carry is not None:
                    self.carry = self.carry.joined(told.carry)
            yield [cases[at] for at, _found in told.found]


def _texts(cases: Sequence[Case]) -> list[str]:
    return [c.line.text for c in cases] + [x.ref for c in cases for x in c.receipt.advice]


class Desk:
    """One run: its lines window by window, what is open in each currency."""

    def __init__(self, act: Act, windows: Sequence[Sequence[int] | None], limits: Limits) -> None:
        self.act, self.windows, self.limits = act, windows, limits
        self.open: dict[str, _Open] = {}

    def explained(self) -> Iterator[tuple[list[Case], Iterator[list[Case]]]]:
        """The cases of each window, and the same as they are settled. Whoever takes them goes through both, and stores them,
        before the next are made."""
        if len(self.windows) > 1:
            self._look_ahead()
        for n, ids in enumerate(self.windows):
            cases = _cases(self.act, _rows(self.act.company, ids))
            yield cases, self._window(n, cases)
            del cases  # not held here: two windows would be in memory at once

    def _window(self, n: int, cases: list[Case]) -> Iterator[list[Case]]:
        for currency in sorted({c.line.currency for c in cases}):
            some = [c for c in cases if c.line.currency == currency]
            desk = self.open.setdefault(currency, _Open(self.act.company, currency))
            desk.named.window = n
            if desk.everyone is None and len(some) >= queries.ALL_FROM:
                desk.read_all(queries.known_beside(self.act.company, _texts(some)))
            yield from desk.explain(some, self.limits, n + 1 < len(self.windows))

    def _look_ahead(self) -> None:
        """Which items do the lines of each window name? Then none is cleared by its amount alone in an earlier one. The texts
        of a window are forgotten before the next is read."""
        for n, ids in enumerate(self.windows):
            self._look_at(n, ids)

    def _look_at(self, n: int, ids: Sequence[int] | None) -> None:
        rows = _rows(self.act.company, ids)
        told = queries.advices(self.act.company, [r.pk for r in rows])
        for currency in sorted({r.currency for r in rows}):
            texts = {r.text for r in rows if r.currency == currency}
            texts |= {x.ref for r in rows if r.currency == currency for x in told.get(r.pk, ())}
            desk = self.open.setdefault(currency, _Open(self.act.company, currency))
            known = queries.known_beside(self.act.company, texts)
            if desk.everyone is None:
                desk.read_all(known)
            else:
                desk.learn(known)
            desk.notice(n, texts)
