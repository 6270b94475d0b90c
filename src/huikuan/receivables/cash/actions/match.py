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

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from huikuan.books.ledger import actions as ledger_actions
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.queries.days import Days, Freed
from huikuan.books.ledger.store import analyse
from huikuan.books.ledger.types import ClearDraft
from huikuan.kit.errors import Refused, Stale
from huikuan.kit.failpoints import point
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, action, outermost, sha256
from huikuan.office.trail.store import among, dumps, insert, looked_up
from huikuan.receivables.cash import queries, rules
from huikuan.receivables.cash.actions import differences
from huikuan.receivables.cash.actions.common import KIND, base_of, claim_draft, inner_act, unwatched
from huikuan.receivables.cash.actions.run import Case, Desk, waiting
from huikuan.receivables.cash.models import BankLine, Proposal
from huikuan.receivables.cash.rules.refs import mentions

CHUNK = 1000
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
    ids = waiting(act.company, line_ids)
    windows: list[list[int] | None] = [ids[i : i + WINDOW] for i in range(0, len(ids), WINDOW)]
    if len(windows) <= 1 and line_ids is None:
        windows = [None]
    lines, cleared, proposed = 0, 0, 0
    told: list[tuple[str, int, str, rules.Proposal]] = []
    for cases, settled in Desk(act, windows, queries.limits(act.company)).explained():

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


def _clear_sure(act: Act, cases: list[Case], settled: Iterator[list[Case]], tell: Callable[[int], None]) -> list[Case]:
    """Clear what is sure of one window as soon as it is known, keep the rest as proposals; dry: only say. Returns those that
    were cleared."""
    gone: list[Case] = []
    sure: list[Case] = []
    left: dict[int, list[rules.Proposal]] = {}
    tried = 0

    def clear(some: list[Case]) -> None:
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


def _left_undone(company: int, cases: Sequence[Case]) -> dict[int, list[rules.Proposal]]:
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


def _clear_chunk(act: Act, cases: list[Case]) -> list[Case]:
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


def _clear(act: Act, cases: Sequence[Case]) -> int:
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


def _changed(case: Case) -> Stale:
    return Stale(_("Bank line %(number)s was changed meanwhile. Look at it again.", number=case.line.document))


def _allowed(
    act: Act, cases: Sequence[Case], days: Days, dates: dict[int, Any], freed: Freed
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


def _propose_chunk(act: Act, cases: list[Case]) -> None:
    live = _live([c.line.id for c in cases])
    if not any([(p.score, _legs(p)) for p in c.found] != live.get(c.line.id, []) for c in cases):
        return  # a second run over the same facts writes nothing
    inner = inner_act(act, f"propose:{_short(cases)}" if act.key else "")

    def body() -> None:
        _store(inner, cases, {})
        inner.note(lines=len(cases), proposed=sum(bool(c.found) for c in cases))

    outermost(inner, "cash.propose", NEEDS, {"lines": [c.line.id for c in cases]}, body)


def _short(cases: Sequence[Case]) -> str:
    return sha256([[c.line.id, [[p.score, _legs(p)] for p in c.found]] for c in cases])[:24]


def _legs(p: rules.Proposal) -> list[list[int]]:
    return [list(leg) for leg in p.legs]


def _live(line_ids: Sequence[int]) -> dict[int, list[tuple[int, list[list[int]]]]]:
    out: dict[int, list[tuple[int, list[list[int]]]]] = defaultdict(list)
    rows = Proposal.objects.filter(looked_up(Proposal, "line_id", line_ids), state="live").order_by("line_id", "rank")
    for line, score, legs in rows.values_list("line_id", "score", "legs"):
        out[line].append((score, legs))
    return out


_FOUND = (
    "company_id", "line_id", "customer_id", "rank", "score", "rule", "sure", "legs", "why", "considered", "deductions", "rest", "rules",
    "state", "clearing", "act",
)  # fmt: skip


def _store(act: Act, cases: Sequence[Case], clearings: dict[int, int]) -> None:
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
    [(cases, settled)] = Desk(act, [[line_id]], queries.limits(act.company)).explained()
    for _some in settled:
        pass
    _store(act, cases, {})
    act.subject(ref(KIND, line_id))
    return sum(len(c.found) for c in cases)
