"""The run over all lines that wait: explain each, clear what is sure, keep the rest as proposals for a person.

Explaining is pure and happens outside any transaction, in two passes: first what numbers prove, then what amounts tell; in a
long run by a process beside this one, while this one clears what is sure already (docs/decisions/0016). Clearing happens in
chunks, each its own act and one call of the ledger; where a chunk is refused because an item went elsewhere in the meantime,
its lines are tried one by one. More lines than a window holds are read and explained window by window, oldest first, against
the same open items: memory grows with what is open, not with how many lines wait. Such a run clears nothing that one look at
all of them would not; what is a tie only until a line of a later window takes its share is proposed, and the next run clears
it.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import F
from django.db.models.base import ModelState

from huikuan.books.ledger import actions as ledger_actions
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.queries.days import Days, Freed
from huikuan.books.ledger.store import analyse
from huikuan.books.ledger.types import ClearDraft
from huikuan.kit.beside import Beside, processors
from huikuan.kit.errors import Refused, Stale
from huikuan.kit.failpoints import point
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, action, outermost, sha256
from huikuan.office.trail.store import among, dumps, fresh, insert
from huikuan.receivables.cash import queries, rules
from huikuan.receivables.cash.actions import differences
from huikuan.receivables.cash.actions.common import KIND, base_of, claim_draft, inner_act, unwatched
from huikuan.receivables.cash.models import BankLine, Proposal
from huikuan.receivables.cash.rules import Book, Limits, Payer
from huikuan.receivables.cash.rules.refs import mentions
from huikuan.receivables.cash.rules.tolerance import Band

CHUNK = 1000
APART = 2000  # from so many lines on, explaining is worth a process beside this one
WINDOW = 20_000  # lines that are explained together
LINKS = WINDOW  # about so many lines of a run are told one by one: more than a script reads, less than memory feels
NEEDS = "cash.match"


@dataclass(frozen=True, slots=True)
class Link:
    """A line and a document it pays (or might)."""

    line: int
    document: str
    amount: Money
    state: str  # cleared, proposed
    score: int
    why: Say
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    """What a run did: lines looked at = cleared + proposed + left."""

    lines: int
    cleared: int
    proposed: int
    left: int
    company: int = 0
    shown: tuple[tuple[str, int, str, rules.Proposal], ...] = field(default=(), repr=False)

    @property
    def links(self) -> tuple[Link, ...]:
        """What each line pays or might pay, of the first LINKS lines or so. Asks for the numbers of the documents."""
        documents = queries.documents(self.company, {i for _s, _l, _c, best in self.shown for i, _a in best.legs})
        return tuple(
            Link(line, documents.get(i, ""), Money(a, currency), state, best.score, best.why, best.rule)
            for state, line, currency, best in self.shown
            for i, a in best.legs
        )


@dataclass(slots=True)
class _Case(rules.Case):
    """A line, and what the rules say of it."""

    line: BankLine = field(kw_only=True)


_LOOKED = (
    "id", "company_id", "bank_id", "date", "amount", "currency", "payer_name", "payer_account", "folded", "remark", "reference",
    "serial", "state", "customer_id", "how", "item_id", "version", "left", "stood",
)  # fmt: skip


def _waiting(company: int, ids: Sequence[int] | None = None) -> list[int]:
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


def _cases(act: Act, rows: Sequence[BankLine]) -> list[_Case]:
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
        out.append(_Case(receipt, payer, line=r))
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

    def explain(self, cases: Sequence[_Case], limits: Limits, more: bool) -> Iterator[list[_Case]]:
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


def _texts(cases: Sequence[_Case]) -> list[str]:
    return [c.line.text for c in cases] + [x.ref for c in cases for x in c.receipt.advice]


class _Desk:
    """One run: its lines window by window, what is open in each currency."""

    def __init__(self, act: Act, windows: Sequence[Sequence[int] | None], limits: Limits) -> None:
        self.act, self.windows, self.limits = act, windows, limits
        self.open: dict[str, _Open] = {}

    def explained(self) -> Iterator[tuple[list[_Case], Iterator[list[_Case]]]]:
        """The cases of each window, and the same as they are settled. Whoever takes them goes through both, and stores them,
        before the next are made."""
        if len(self.windows) > 1:
            self._look_ahead()
        for n, ids in enumerate(self.windows):
            cases = _cases(self.act, _rows(self.act.company, ids))
            yield cases, self._window(n, cases)
            del cases  # not held here: two windows would be in memory at once

    def _window(self, n: int, cases: list[_Case]) -> Iterator[list[_Case]]:
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


@unwatched()
def match(
    act: Act, *, line_ids: Sequence[int] | None = None, progress: Callable[[int, int], None] | None = None
) -> Matched:
    """Explain every line that waits (or these); clear what is sure; keep proposals for the rest. Opens its own acts.

    Dry: says what it would do and changes nothing.
    """
    if act.is_open:
        raise RuntimeError("a run opens its own acts; call it from a door or a bot")
    asked = {"lines": list(line_ids)} if line_ids is not None else {}
    outermost(inner_act(act, "run"), "cash.run", NEEDS, asked, lambda: None)
    ids = _waiting(act.company, line_ids)
    windows: list[list[int] | None] = [ids[i : i + WINDOW] for i in range(0, len(ids), WINDOW)]
    if len(windows) <= 1 and line_ids is None:
        windows = [None]
    lines, cleared, proposed = 0, 0, 0
    told: list[tuple[str, int, str, rules.Proposal]] = []
    for cases, settled in _Desk(act, windows, queries.limits(act.company)).explained():

        def tell(n: int, before: int = lines) -> None:
            if progress is not None:
                progress(before + n, len(ids))

        gone = _clear_sure(act, cases, settled, tell)
        pks = {c.line.id for c in gone}
        shown = [c for c in cases if c.found and c.line.id not in pks]
        lines, cleared, proposed = lines + len(cases), cleared + len(gone), proposed + len(shown)
        if len(told) < LINKS:
            told += [("cleared", c.line.id, c.line.currency, c.found[0]) for c in gone[:LINKS]]
            told += [("proposed", c.line.id, c.line.currency, c.found[0]) for c in shown[:LINKS]]
        del cases, settled, gone, shown  # before the next window is read
        mentions.cache_clear()  # what is kept of this window's texts holds the memory around it
    return Matched(lines, cleared, proposed, lines - cleared - proposed, act.company, tuple(told))


def _clear_sure(
    act: Act, cases: list[_Case], settled: Iterator[list[_Case]], tell: Callable[[int], None]
) -> list[_Case]:
    """Clear what is sure of one window as soon as it is known, keep the rest as proposals; dry: only say. Returns those that
    were cleared."""
    gone: list[_Case] = []
    sure: list[_Case] = []
    left: dict[int, list[rules.Proposal]] = {}
    tried = 0

    def clear(some: list[_Case]) -> None:
        nonlocal gone, tried
        point("cash.match.explained")
        left.update(undone := _left_undone(act.company, some))
        some = [c for c in some if c.line.id not in undone]
        gone += some if act.dry else _clear_chunk(act, some) if some else []
        tell(tried := tried + len(some))

    for ready in settled:
        sure += [c for c in ready if c.sure]
        while len(sure) >= CHUNK:
            clear(sure[:CHUNK])
            del sure[:CHUNK]
    clear(sure)
    for c in cases if left else ():
        c.found = left.get(c.line.id, c.found)  # not before all are explained: what one took is not there for the next
    if act.dry:
        return gone
    went = {c.line.id for c in gone}
    # refused ones stay proposals: a person sees why they were nearly cleared
    open_ = [c for c in cases if not c.sure] + [c for c in cases if c.sure and c.line.id not in went]
    for start in range(0, len(open_), CHUNK):
        _propose_chunk(act, open_[start : start + CHUNK])
    tell(len(cases))
    return gone


def _left_undone(company: int, cases: Sequence[_Case]) -> dict[int, list[rules.Proposal]]:
    """A line of which a clearing was undone is a person's: the machine proposes, and clears nothing of it again by itself.
    Line -> what is proposed for it."""
    names = {ref(KIND, c.line.id): c for c in cases}
    undone = ledger.clearings(company).filter(reversed_by__isnull=False, source__in=among(names))
    note = _("A clearing of this line was undone; what it pays is for a person to say.")
    out = {}
    for source in undone.order_by().values_list("source", flat=True).distinct() if names else ():
        c = names[source]
        best = c.found[0]
        out[c.line.id] = [replace(best, sure=False, considered=(*best.considered, note)), *c.found[1:]]
    return out


def _clear_chunk(act: Act, cases: list[_Case]) -> list[_Case]:
    """Clear these lines in one act; if that is refused, one by one. Returns those that were cleared.

    Its key is made of what is cleared: tried again after a crash, the run finds other lines, and other keys for them.
    """
    inner = inner_act(act, f"clear:{_short(cases)}" if act.key else "")
    facts = {"lines": [c.line.id for c in cases]}
    try:
        outermost(inner, "cash.match", NEEDS, facts, lambda: _clear(inner, cases))
        return cases
    except Refused:
        if len(cases) == 1:
            return []
    done = []
    for case in cases:
        done += _clear_chunk(act, [case])
    return done


def _clear(act: Act, cases: Sequence[_Case]) -> int:
    pks = [c.line.id for c in cases]
    mine = BankLine.objects.filter(company_id=act.company, pk__in=among(pks))
    held = dict(mine.select_for_update(no_key=True).order_by("pk").values_list("pk", "version"))
    for c in cases:
        if held.get(c.line.id) != c.line.version:
            raise _changed(c)
    days = Days(act)
    strangers = [c for c in cases if c.line.item_id is None]
    if strangers:
        own = company.by_id(act.company).currency
        drafts = [
            claim_draft(
                c.line,
                c.sure.customer,
                None if c.line.currency == own else base_of(act, c.line.amount, c.line.currency, c.line.date),
                days.open(c.line.date),
            )
            for c in strangers
            if c.sure
        ]
        for c, posted in zip(strangers, ledger_actions.post(act, drafts), strict=True):
            assert c.sure
            c.line.item_id, c.line.customer_id, c.line.how = posted.items[0], c.sure.customer, "match"
    ids = {i for c in cases if c.sure for i, _a in c.sure.legs} | {c.line.item_id for c in cases if c.line.item_id}
    rows = ledger.items(act.company).select_related(None).order_by().filter(pk__in=among(ids))
    dates: dict[int, Any] = {}
    versions: dict[int, int] = {}
    for pk, day, version in rows.values_list("pk", "posting_date", "version"):
        dates[pk], versions[pk] = day, version
    for c in cases:
        if c.line.item_id in versions and c.line.stood not in (None, versions[c.line.item_id]):  # type: ignore[attr-defined]
            raise _changed(c)
    freed = Freed(ids)
    allowed = _allowed(act, cases, days, dates, freed)
    version = queries.limits(act.company).version
    groups = []
    for c in cases:
        best = c.sure
        assert best is not None and c.line.item_id is not None
        settled = allowed.get(c.line.id)
        more = tuple(leg for legs in settled.legs.values() for leg in legs) if settled else ()
        legs = (*best.legs, *more)
        taken = sum(a for _i, a in legs)
        first = max([c.line.date, dates[c.line.item_id], *(dates[i] for i, _a in best.legs if i in dates)])
        on = days.open(freed.day(first, (*legs, (c.line.item_id, -taken))))
        reason = f"{best.rule} v{version}"
        groups.append(ClearDraft(on, (*legs, (c.line.item_id, -taken)), reason=reason, source=ref(KIND, c.line.id)))
    clearings = ledger_actions.clear(act, groups)
    for c, clearing in zip(cases, clearings, strict=True):
        if (settled := allowed.get(c.line.id)) is not None:
            differences.keep(act, settled, dict.fromkeys((d.customer_id for d in settled.rows), clearing))
    point("cash.match.cleared")
    # No line is written for having been cleared: its item was, and the stamp of the line is of both.
    BankLine.objects.bulk_update([c.line for c in strangers], ["item", "customer", "how"], batch_size=200)
    _store(act, cases, dict(zip([c.line.id for c in cases], clearings, strict=True)))
    _told(act, sorted({c.line.customer_id for c in cases if c.line.customer_id}), [c.line.id for c in cases])
    act.subject(*(ref(KIND, c.line.id) for c in cases[:200]))
    act.note(lines=len(cases))
    return len(cases)


def _changed(case: _Case) -> Stale:
    return Stale(_("Bank line %(number)s was changed meanwhile. Look at it again.", number=case.line.document))


def _allowed(
    act: Act, cases: Sequence[_Case], days: Days, dates: dict[int, Any], freed: Freed
) -> dict[int, differences.Settled]:
    """Post what the terms or the tolerance let a payer take off: line -> what joins its clearing."""
    some = [c for c in cases if c.sure and any(d.by in differences.UNASKED for d in c.sure.deductions)]
    if not some:
        return {}
    ids = sorted({i for c in some if c.sure for i, _a in c.sure.legs})
    items = {i.id: i for n in range(0, len(ids), 800) for i in ledger.open_items(act.company, ids=ids[n : n + 800])}
    if gone := set(ids) - set(items):
        raise Refused(_("What was to be paid is not open any more (%(items)s).", items=sorted(gone)))
    jobs = []
    for c in some:
        assert c.sure is not None
        first = max([c.line.date, *(dates[i] for i, _a in c.sure.legs if i in dates)])
        on = days.open(freed.day(first, c.sure.legs))
        wanted = [
            differences.Wish(d.item, d.amount, d.code, by=d.by)
            for d in c.sure.deductions
            if d.by in differences.UNASKED
        ]
        jobs.append((c.line, wanted, on))
    settled = differences.settle_many(act, jobs, items, queries.limits(act.company).version)
    return {c.line.id: s for c, s in zip(some, settled, strict=True)}


@action("cash.apply", needs="cash.apply")
def _told(act: Act, payers: list[int], lines: list[int]) -> None:
    """One event for all whose money was applied by the run: their held orders are looked at again."""
    act.subject(*(ref(KIND, pk) for pk in lines[:50]))
    act.note(payers=payers, lines=len(lines), **({"payer": payers[0]} if len(payers) == 1 else {}))


def _propose_chunk(act: Act, cases: list[_Case]) -> None:
    live = _live([c.line.id for c in cases])
    if not any([(p.score, _legs(p)) for p in c.found] != live.get(c.line.id, []) for c in cases):
        return  # a second run over the same facts writes nothing
    inner = inner_act(act, f"propose:{_short(cases)}" if act.key else "")

    def body() -> None:
        _store(inner, cases, {})
        inner.note(lines=len(cases), proposed=sum(bool(c.found) for c in cases))

    outermost(inner, "cash.propose", NEEDS, {"lines": [c.line.id for c in cases]}, body)


def _short(cases: Sequence[_Case]) -> str:
    return sha256([[c.line.id, [[p.score, _legs(p)] for p in c.found]] for c in cases])[:24]


def _legs(p: rules.Proposal) -> list[list[int]]:
    return [list(leg) for leg in p.legs]


def _live(line_ids: Sequence[int]) -> dict[int, list[tuple[int, list[list[int]]]]]:
    out: dict[int, list[tuple[int, list[list[int]]]]] = defaultdict(list)
    rows = Proposal.objects.filter(line_id__in=among(line_ids), state="live").order_by("line_id", "rank")
    for line, score, legs in rows.values_list("line_id", "score", "legs"):
        out[line].append((score, legs))
    return out


_FOUND = (
    "company_id", "line_id", "customer_id", "rank", "score", "rule", "sure", "legs", "why", "considered", "deductions", "rest", "rules",
    "state", "clearing", "act",
)  # fmt: skip


def _store(act: Act, cases: Sequence[_Case], clearings: dict[int, int]) -> None:
    """Keep what was found: the one that was cleared with its clearing, the others as live proposals."""
    live = _live([c.line.id for c in cases])
    version = queries.limits(act.company).version
    stale: list[int] = []
    rows: list[tuple[Any, ...]] = []
    for c in cases:
        taken = clearings.get(c.line.id)
        if taken is None and [(p.score, _legs(p)) for p in c.found] == live.get(c.line.id, []):
            continue
        stale.append(c.line.id)
        state = "live" if taken is None else "cleared"
        for rank, p in enumerate(c.found if taken is None else c.found[:1], 1):
            less = dumps([[d.item, d.amount, d.code, d.by] for d in p.deductions]) if p.deductions else "[]"
            beside = dumps([s.pack() for s in p.considered]) if p.considered else "[]"
            rows.append(
                (
                    act.company, c.line.id, p.customer, rank, p.score, p.rule, p.sure, dumps(_legs(p)), dumps(p.why.pack()), beside,
                    less, p.rest, version, state, taken, act.id,
                )
            )  # fmt: skip
    if old := [pk for pk in stale if pk in live]:  # to find that there are none costs as much as to change them
        Proposal.objects.filter(line_id__in=among(old), state="live").update(state="past")
    insert(Proposal, _FOUND, rows)
    if len(cases) >= CHUNK:
        analyse(CHUNK, "cash_proposal")


@action("cash.look", needs="cash.apply")
def propose_line(act: Act, line_id: int) -> int:
    """Look at one line again, without clearing it: a person wants to see what there is. Returns how many proposals."""
    [(cases, settled)] = _Desk(act, [[line_id]], queries.limits(act.company)).explained()
    for _some in settled:
        pass
    _store(act, cases, {})
    act.subject(ref(KIND, line_id))
    return sum(len(c.found) for c in cases)
