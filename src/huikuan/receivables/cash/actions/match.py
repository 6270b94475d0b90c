"""The run over all lines that wait: explain each, clear what is sure, keep the rest as proposals for a person.

Explaining is pure and happens outside any transaction, in two passes: first what numbers prove, then what amounts tell.
Clearing happens in chunks, each its own act and one call of the ledger; where a chunk is refused because an item went
elsewhere in the meantime, its lines are tried one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from huikuan.books.ledger import actions as ledger_actions
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.types import ClearDraft
from huikuan.kit.errors import Refused, Stale
from huikuan.kit.failpoints import point
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.trail.act import Act, action, outermost, sha256
from huikuan.office.trail.store import fresh, put
from huikuan.receivables.cash import queries, rules
from huikuan.receivables.cash.actions import differences
from huikuan.receivables.cash.actions.common import KIND, Days, base_of, claim_draft
from huikuan.receivables.cash.models import BankLine, Proposal
from huikuan.receivables.cash.rules import Book, Limits, Payer
from huikuan.receivables.cash.rules.tolerance import Band

CHUNK = 1000
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
    links: tuple[Link, ...] = ()


@dataclass(slots=True)
class _Case(rules.Case):
    """A line, and what the rules say of it."""

    row: BankLine | None = None

    @property
    def line(self) -> BankLine:
        assert self.row is not None
        return self.row


def _cases(act: Act, rows: Sequence[BankLine]) -> list[_Case]:
    asked = [queries.wanted(r) for r in rows]
    unknown = [w for r, w in zip(rows, asked, strict=True) if r.customer_id is None]
    directory = queries.directory(act.company, unknown) if unknown else None
    told = queries.advices(act.company, [r.pk for r in rows])
    bands = _bands(act, [r.customer_id for r in rows if r.customer_id is not None])
    out = []
    for r, w in zip(rows, asked, strict=True):
        if r.customer_id is not None:
            payer = Payer(r.customer_id, r.how or "person", _("The payer is known."))
        else:
            assert directory is not None
            payer = rules.identify(w, directory)
        band = bands.get(r.customer_id or 0)
        receipt = queries.receipt(r, payer.customer, told.get(r.pk, ()), band, sure=payer.customer is not None)
        out.append(_Case(receipt, payer, row=r))
    return out


def _bands(act: Act, payers: Sequence[int]) -> dict[int, Band]:
    """What may be let go for each payer by whoever runs the matching; empty where the company allows nobody anything."""
    book = queries.rule_book(act.company)
    if not (book.groups and book.users):
        return {}
    return {pk: book.band(group, act.by) for pk, group in queries.groups_of(act.company, payers).items()}


def _explain(company: int, cases: Sequence[_Case], currency: str, limits: Limits) -> None:
    """The lines of one currency, oldest first, against what is open."""
    some = [c for c in cases if c.line.currency == currency]
    if not some:
        return
    wanted = {c.payer.customer for c in some if c.payer.customer is not None} | {
        i for c in some for i, _s in c.payer.others
    }
    texts = [c.line.text for c in some] + [x.ref for c in some for x in c.receipt.advice]
    known = queries.known_beside(company, texts)
    if len(some) >= queries.ALL_FROM:
        items = queries.everything(company, currency, known)
        everyone = Book(items)
        by_owner: dict[int, list[rules.Open]] = defaultdict(list)
        for item in items:
            if item.customer in wanted:
                by_owner[item.customer].append(item)
        books = {c: Book(x) for c, x in by_owner.items()}
    else:
        books = queries.books(company, currency, wanted, known)
        everyone = queries.named(company, currency, texts, known)
    rules.explain_all(some, books, everyone, limits)


def match(
    act: Act, *, line_ids: Sequence[int] | None = None, progress: Callable[[int, int], None] | None = None
) -> Matched:
    """Explain every line that waits (or these); clear what is sure; keep proposals for the rest. Opens its own acts.

    Dry: says what it would do and changes nothing.
    """
    if act.is_open:
        raise RuntimeError("a run opens its own acts; call it from a door or a bot")
    asked = {"lines": list(line_ids)} if line_ids is not None else {}
    outermost(_inner(act, "run"), "cash.run", NEEDS, asked, lambda: None)
    found = queries.work(act.company).order_by("date", "pk")
    rows = list(found.filter(pk__in=line_ids) if line_ids is not None else found)
    cases = _cases(act, rows)
    limits = queries.limits(act.company)
    for currency in sorted({c.line.currency for c in cases}):
        _explain(act.company, cases, currency, limits)
    sure = [c for c in cases if c.sure]
    open_ = [c for c in cases if not c.sure]
    cleared: list[_Case] = []
    point("cash.match.explained")
    if act.dry:
        cleared = sure
    else:
        for start in range(0, len(sure), CHUNK):
            part = sure[start : start + CHUNK]
            cleared += _clear_chunk(act, part)
            if progress is not None:
                progress(min(start + CHUNK, len(sure)), len(sure))
        for start in range(0, len(open_), CHUNK):
            _propose_chunk(act, open_[start : start + CHUNK])
    done = {c.line.pk for c in cleared}
    shown = [c for c in cases if c.found and c.line.pk not in done]
    return Matched(
        lines=len(cases), cleared=len(cleared), proposed=len(shown), left=len(cases) - len(cleared) - len(shown),
        links=_links(act.company, cleared, shown),
    )  # fmt: skip


def _links(company: int, cleared: Sequence[_Case], shown: Sequence[_Case]) -> tuple[Link, ...]:
    documents = queries.documents(company, {i for c in (*cleared, *shown) for i, _a in c.found[0].legs})
    out = []
    for state, some in (("cleared", cleared), ("proposed", shown)):
        for c in some:
            best = c.found[0]
            out += [
                Link(c.line.pk, documents.get(i, ""), Money(a, c.line.currency), state, best.score, best.why, best.rule)
                for i, a in best.legs
            ]
    return tuple(out)


def _inner(act: Act, part: str) -> Act:
    return Act(
        by=act.by,
        company=act.company,
        at=act.at,
        door=act.door,
        key=f"{act.key}:{part}" if act.key else None,
        dry=act.dry,
    )


def _clear_chunk(act: Act, cases: list[_Case]) -> list[_Case]:
    """Clear these lines in one act; if that is refused, one by one. Returns those that were cleared.

    Its key is made of what is cleared: tried again after a crash, the run finds other lines, and other keys for them.
    """
    inner = _inner(act, f"clear:{_short(cases)}")
    facts = {"lines": [c.line.pk for c in cases]}
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
    held = {
        r.pk: r
        for i in range(0, len(cases), 800)
        for r in BankLine.objects.select_for_update(no_key=True)
        .filter(company_id=act.company, pk__in=[c.line.pk for c in cases[i : i + 800]])
        .order_by("pk")
    }
    for c in cases:
        if c.line.pk not in held or held[c.line.pk].version != c.line.version:
            raise Stale(_("Bank line %(number)s was changed meanwhile. Look at it again.", number=c.line.document))
    days = Days(act)
    strangers = [c for c in cases if c.line.item_id is None]
    if strangers:
        drafts = [
            claim_draft(
                c.line,
                c.sure.customer,
                base_of(act, c.line.amount, c.line.currency, c.line.date),
                days.open(c.line.date),
            )
            for c in strangers
            if c.sure
        ]
        for c, posted in zip(strangers, ledger_actions.post(act, drafts), strict=True):
            assert c.sure
            c.line.item_id, c.line.customer_id, c.line.how = posted.items[0], c.sure.customer, "match"
    dates: dict[int, Any] = {}
    ids = sorted(
        {i for c in cases if c.sure for i, _a in c.sure.legs} | {c.line.item_id for c in cases if c.line.item_id}
    )
    for i in range(0, len(ids), 800):
        dates.update(ledger.items(act.company).filter(pk__in=ids[i : i + 800]).values_list("pk", "posting_date"))
    allowed = _allowed(act, cases, days, dates)
    version = queries.limits(act.company).version
    groups = []
    for c in cases:
        best = c.sure
        assert best is not None and c.line.item_id is not None
        on = days.open(max([c.line.date, dates[c.line.item_id], *(dates[i] for i, _a in best.legs if i in dates)]))
        settled = allowed.get(c.line.pk)
        more = tuple(leg for legs in settled.legs.values() for leg in legs) if settled else ()
        legs = (*best.legs, *more)
        taken = sum(a for _i, a in legs)
        reason = f"{best.rule} v{version}"
        groups.append(ClearDraft(on, (*legs, (c.line.item_id, -taken)), reason=reason, source=ref(KIND, c.line.pk)))
    clearings = ledger_actions.clear(act, groups)
    for c, clearing in zip(cases, clearings, strict=True):
        if (settled := allowed.get(c.line.pk)) is not None:
            differences.keep(act, settled, dict.fromkeys((d.customer_id for d in settled.rows), clearing))
    point("cash.match.cleared")
    for c in cases:
        c.line.version += 1
    BankLine.objects.bulk_update([c.line for c in strangers], ["item", "customer", "how"], batch_size=200)
    for i in range(0, len(cases), 800):
        BankLine.objects.filter(pk__in=[c.line.pk for c in cases[i : i + 800]]).update(version=_next())
    _store(act, cases, dict(zip([c.line.pk for c in cases], clearings, strict=True)))
    _told(act, sorted({c.line.customer_id for c in cases if c.line.customer_id}), [c.line.pk for c in cases])
    act.subject(*(ref(KIND, c.line.pk) for c in cases[:200]))
    act.note(lines=len(cases))
    return len(cases)


def _allowed(act: Act, cases: Sequence[_Case], days: Days, dates: dict[int, Any]) -> dict[int, differences.Settled]:
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
        on = days.open(max([c.line.date, *(dates[i] for i, _a in c.sure.legs if i in dates)]))
        wanted = [
            differences.Wish(d.item, d.amount, d.code, by=d.by)
            for d in c.sure.deductions
            if d.by in differences.UNASKED
        ]
        jobs.append((c.line, wanted, on))
    settled = differences.settle_many(act, jobs, items, queries.limits(act.company).version)
    return {c.line.pk: s for c, s in zip(some, settled, strict=True)}


def _next() -> Any:
    from django.db.models import F

    return F("version") + 1


@action("cash.apply", needs="cash.apply")
def _told(act: Act, payers: list[int], lines: list[int]) -> None:
    """One event for all whose money was applied by the run: their held orders are looked at again."""
    act.subject(*(ref(KIND, pk) for pk in lines[:50]))
    act.note(payers=payers, lines=len(lines), **({"payer": payers[0]} if len(payers) == 1 else {}))


def _propose_chunk(act: Act, cases: list[_Case]) -> None:
    inner = _inner(act, f"propose:{_short(cases)}")

    def body() -> None:
        _store(inner, cases, {})
        inner.note(lines=len(cases), proposed=sum(bool(c.found) for c in cases))

    if _changed(cases):
        outermost(inner, "cash.propose", NEEDS, {"lines": [c.line.pk for c in cases]}, body)


def _short(cases: Sequence[_Case]) -> str:
    return sha256([[c.row.pk if c.row else 0, [[p.score, _legs(p)] for p in c.found]] for c in cases])[:24]


def _legs(p: rules.Proposal) -> list[list[int]]:
    return [list(leg) for leg in p.legs]


def _changed(cases: Sequence[_Case]) -> bool:
    """Whether any line's proposals differ from the live ones: a second run over the same facts writes nothing."""
    live = _live([c.line.pk for c in cases])
    return any([(p.score, _legs(p)) for p in c.found] != live.get(c.line.pk, []) for c in cases)


def _live(line_ids: Sequence[int]) -> dict[int, list[tuple[int, list[list[int]]]]]:
    out: dict[int, list[tuple[int, list[list[int]]]]] = defaultdict(list)
    for i in range(0, len(line_ids), 800):
        rows = Proposal.objects.filter(line_id__in=line_ids[i : i + 800], state="live").order_by("line_id", "rank")
        for line, score, legs in rows.values_list("line_id", "score", "legs"):
            out[line].append((score, legs))
    return out


def _store(act: Act, cases: Sequence[_Case], clearings: dict[int, int]) -> None:
    """Keep what was found: the one that was cleared with its clearing, the others as live proposals."""
    live = _live([c.line.pk for c in cases])
    version = queries.limits(act.company).version
    stale, rows = [], []
    for c in cases:
        taken = clearings.get(c.line.pk)
        if taken is None and [(p.score, _legs(p)) for p in c.found] == live.get(c.line.pk, []):
            continue
        stale.append(c.line.pk)
        for rank, p in enumerate(c.found[:1] if taken is not None else c.found, 1):
            rows.append(
                fresh(
                    Proposal, company_id=act.company, line_id=c.line.pk, customer_id=p.customer, rank=rank, score=p.score, rule=p.rule, sure=p.sure,
                    legs=_legs(p), why=p.why.pack(), deductions=[[d.item, d.amount, d.code, d.by] for d in p.deductions], rules=version, considered=[s.pack() for s in p.considered], rest=p.rest,
                    state="cleared" if taken is not None else "live", clearing=taken, act=act.id,
                )
            )  # fmt: skip
    for i in range(0, len(stale), 800):
        Proposal.objects.filter(line_id__in=stale[i : i + 800], state="live").update(state="past")
    put(rows)


@action("cash.look", needs="cash.apply")
def propose_line(act: Act, line_id: int) -> int:
    """Look at one line again, without clearing it: a person wants to see what there is. Returns how many proposals."""
    rows = list(queries.work(act.company).filter(pk=line_id))
    cases = _cases(act, rows)
    for c in cases:
        _explain(act.company, cases, c.line.currency, queries.limits(act.company))
    _store(act, cases, {})
    act.subject(ref(KIND, line_id))
    return sum(len(c.found) for c in cases)
