"""The only writers of the ledger. Posted rows are reversed, never edited; clearings are undone by a dated reversal."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from huikuan.books.customers import actions as customers
from huikuan.books.ledger import rules, store
from huikuan.books.ledger.models import Account, Clearing, ClearingLeg, Entry, ItemChange, Line, OpenItem, Period
from huikuan.books.ledger.queries import period_totals
from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft, Posted
from huikuan.books.ledger.witness import (
    CHANGE_COLUMNS,
    CLEARING_COLUMNS,
    ENTRY_COLUMNS,
    ITEM_COLUMNS,
    LEG_COLUMNS,
    LINE_COLUMNS,
    items_told,
    told,
)
from huikuan.kit.dates import month_end, month_start
from huikuan.kit.errors import Invalid, Missing, Refused, Stale
from huikuan.kit.failpoints import point
from huikuan.kit.money import Money
from huikuan.kit.refs import read, ref
from huikuan.kit.words import _
from huikuan.office.company.actions import take_numbers
from huikuan.office.company.queries import by_id
from huikuan.office.trail.act import Act, action, canonical
from huikuan.office.trail.hands import collect
from huikuan.office.trail.store import among, reserve

LARGE = 2000  # from here on a batch refreshes the database's statistics


def line_digest(rows: Sequence[Sequence[Any]]) -> str:
    """SHA-256 of an entry's canonical lines: (n, account id, party, currency, document minor, base minor, date)."""
    if all(row[3].isalnum() and row[3].isascii() for row in rows):
        # The same JSON, written out: posting does this by the million.
        texts = (f'[{n},{a},{"null" if p is None else p},"{c}",{d},{b},"{day}"]' for n, a, p, c, d, b, day in rows)
        return hashlib.sha256(f"[{','.join(texts)}]".encode()).hexdigest()
    return hashlib.sha256(canonical([[str(v) if isinstance(v, date) else v for v in row] for row in rows])).hexdigest()


def _accounts(company: int) -> dict[str, rules.AccountFacts]:
    rows = Account.objects.filter(company_id=company).values_list("id", "code", "control", "blocked")
    return {code: rules.AccountFacts(pk, code, control, blocked) for pk, code, control, blocked in rows}


def _periods(act: Act, days: set[date]) -> dict[tuple[int, int], Period]:
    """The open periods of these days, share-locked. A month that nobody has opened yet is opened by its first entry."""
    months = {(d.year, d.month) for d in days}
    found = {
        (p.year, p.month): p for p in Period.objects.filter(company_id=act.company, year__in={y for y, _m in months})
    }
    for year, month in sorted(months - set(found)):
        first = date(year, month, 1)
        try:
            with transaction.atomic():
                found[year, month] = Period.objects.create(
                    company_id=act.company, year=year, month=month, start=first, end=month_end(first)
                )
        except IntegrityError:  # a rival opened it first
            found[year, month] = Period.objects.get(company_id=act.company, year=year, month=month)
    store.lock_periods([found[m].pk for m in months])
    if months:
        states = dict(Period.objects.filter(pk__in=[found[m].pk for m in months]).values_list("pk", "state"))
        for m in sorted(months):
            if states[found[m].pk] != "open":
                raise Refused(
                    _(
                        "Period %(period)s is closed. Use a date in an open period, or have it reopened.",
                        period=str(found[m]),
                    )
                )
    return found


@action("ledger.post", needs="ledger.post")
def post(act: Act, drafts: Sequence[EntryDraft]) -> list[Posted]:
    """Post entries in one go: check, number without gaps, store lines, then the entries that seal them, then look again.

    Raises Invalid for a draft that does not balance, Refused for a closed period.
    """
    return _post(act, list(drafts))


def _post(act: Act, drafts: list[EntryDraft], reverses: int | None = None) -> list[Posted]:
    if not drafts:
        return []
    currency = by_id(act.company).currency
    accounts = _accounts(act.company)
    bases_of = [rules.check_draft(draft, accounts, currency) for draft in drafts]
    period_ids = {month: p.pk for month, p in _periods(act, {d.posting_date for d in drafts}).items()}
    point("ledger.post.period")

    # Exposure moves under the customers' lock, before anything is numbered (the one lock order).
    moves: dict[tuple[int, str], int] = defaultdict(int)
    for draft in drafts:
        for line in draft.lines:
            if accounts[line.account].control and line.party is not None:
                moves[line.party, line.amount.currency] += line.amount.minor
    customers.move_exposure(
        act, [(party, cur, "items", minor) for (party, cur), minor in sorted(moves.items()) if minor]
    )

    # Numbers last of all locks; nothing is locked after them.
    groups: dict[tuple[str, int], list[int]] = defaultdict(list)
    for i, draft in enumerate(drafts):
        groups[draft.klass, draft.posting_date.year].append(i)
    numbers = [0] * len(drafts)
    for (klass, year), members in sorted(groups.items()):
        first, _last = take_numbers(act, klass, year, len(members))
        for offset, i in enumerate(members):
            numbers[i] = first + offset
    point("ledger.post.numbered")

    entry_ids = reserve(Entry, len(drafts))
    line_ids = iter(reserve(Line, sum(len(d.lines) for d in drafts)))
    lines: list[tuple[Any, ...]] = []
    items: list[tuple[Any, ...]] = []
    entries: list[tuple[Any, ...]] = []
    posted: list[Posted] = []
    digests = hashlib.sha256()
    company, act_id, by, at = act.company, act.id, act.by, act.at
    for i, draft in enumerate(drafts):
        entry, on = entry_ids[i], draft.posting_date
        year = on.year
        made, canon = [], []
        for n, (line, base) in enumerate(zip(draft.lines, bases_of[i], strict=True), 1):
            pk, account, cur, minor = next(line_ids), accounts[line.account], line.amount.currency, line.amount.minor
            text, reference = (line.text or draft.text)[:200], (line.reference or draft.reference)[:80]
            lines.append((pk, company, entry, n, account.id, line.party, cur, minor, base, on, text, reference))
            canon.append((n, account.id, line.party, cur, minor, base, on))
            if account.control and minor:
                documented = line.document_date or draft.document_date or on
                document = (line.document or rules.voucher(draft.klass, year, numbers[i]))[:40]
                items.append(
                    (
                        pk, pk, company, line.party, account.id, line.kind, document, documented, on, cur, minor,
                        base, minor, base, line.due if line.awaiting or line.due else documented, line.base, line.awaiting, "", 0,
                        reference, text, "", None, "", 1,
                    )
                )  # fmt: skip
                made.append(pk)
        digest = line_digest(canon)
        digests.update(digest.encode())
        entries.append(
            (
                entry, company, period_ids[year, on.month], draft.klass, year, numbers[i], on, draft.document_date or on,
                draft.text[:200], draft.reference[:80], draft.source[:80], reverses, digest, act_id, by, at,
            )
        )  # fmt: skip
        posted.append(Posted(entry, rules.voucher(draft.klass, year, numbers[i]), tuple(made)))

    store.insert(Line, LINE_COLUMNS, lines, partial(act.keeps, "ledger_line", lines))
    store.insert(OpenItem, ITEM_COLUMNS, items, lambda: act.keeps("ledger_openitem", items_told(items)))
    point("ledger.post.lines")
    store.insert(Entry, ENTRY_COLUMNS, entries, partial(act.keeps, "ledger_entry", entries))
    point("ledger.post.entries")
    if store.sums_of(entry_ids) != (len(lines), 0):  # the second look: what was stored, not what was meant
        raise Refused(_("I01 The entries were not stored as they were meant."))
    if len(drafts) >= LARGE:
        store.analyse(len(drafts), "ledger_line", "ledger_openitem", "ledger_entry")
    act.note(entries=len(drafts), digest=digests.hexdigest(), first=posted[0].number, last=posted[-1].number)
    if len(posted) <= 50:
        act.subject(*(ref("ledger.entry", p.entry_id) for p in posted))
    return posted


def _kept_elsewhere(act: Act, source: str, number: str) -> None:
    """What a floor above keeps in a table of its own is taken back there: here it would be taken back by half."""
    known = read(source)
    if act.is_outermost and known is not None and any(known.kind == kind for _capability, kind in collect("owns")):
        raise Refused(_("%(number)s belongs to a record with a page of its own; take it back there.", number=number))


@action("ledger.reverse", needs="ledger.reverse")
def reverse(act: Act, entry_id: int, on: date, reason: str) -> Posted:
    """Reverse an entry by its mirror image (I04), and clear its open items with the mirror's.

    Refused when it was reversed before, is a reversal itself, or when an item of it has been cleared in part: that
    clearing is undone first. `on` may not lie before the entry's own date.
    """
    entry = Entry.objects.filter(company_id=act.company, pk=entry_id).first()
    if entry is None:
        raise Missing(_("There is no such entry."))
    _kept_elsewhere(act, entry.source, entry.voucher)
    _periods(act, {on})
    items = {i.pk: i for i in OpenItem.objects.filter(company_id=act.company, line__entry=entry)}
    store.lock_items(list(items))
    if Entry.objects.filter(reverses=entry).exists():
        raise Refused(_("Entry %(number)s has been reversed already.", number=entry.voucher))
    if entry.reverses_id is not None:
        raise Refused(_("Entry %(number)s is a reversal; post the entry anew instead.", number=entry.voucher))
    if on < entry.posting_date:
        raise Invalid.one("on", on, _("lies before the entry's own date %(day)s", day=entry.posting_date))
    fresh = {i.pk: i for i in OpenItem.objects.filter(pk__in=list(items))}
    for item in fresh.values():
        if item.remaining != item.amount:
            raise Refused(
                _("Item %(document)s has been cleared in part; undo that clearing first.", document=item.document)
            )
    drafted = []
    for line in Line.objects.filter(entry=entry).order_by("n").select_related("account"):
        mine = fresh.get(line.pk)
        drafted.append(
            LineDraft(
                account=line.account.code, amount=Money(-line.doc_amount, line.currency), base_amount=-line.amount, party=line.party_id,
                text=line.text, reference=line.reference, kind=mine.kind if mine else "other", document=mine.document if mine else "",
                document_date=on, due=on,
            )
        )  # fmt: skip
    draft = EntryDraft(
        entry.klass, on, f"冲销 {entry.voucher}:{reason}"[:200], tuple(drafted), document_date=on, reference=entry.reference,
        source=entry.source,
    )  # fmt: skip
    [posted] = _post(act, [draft], reverses=entry.pk)
    pairs = zip(sorted(items), posted.items, strict=True)
    legs = tuple(leg for old, new in pairs for leg in ((old, fresh[old].amount), (new, -fresh[old].amount)))
    if legs:
        _clear(act, [ClearDraft(on, legs, reason=reason, source=ref("ledger.entry", entry.pk))])
    act.subject(ref("ledger.entry", entry.pk))
    return posted


@action("ledger.clear", needs="ledger.clear")
def clear(act: Act, groups: Sequence[ClearDraft]) -> list[int]:
    """Clear items against each other; each group is one clearing and adds up to nothing in each currency.

    Raises Refused when an item has less left than a leg takes, when a date is closed or lies before one of the items.
    Realised exchange differences are posted to 660301.
    """
    return _clear(act, list(groups))


@dataclass(slots=True)
class _Left:
    """What is left of an item while a batch of clearings takes from it."""

    remaining: int
    base_remaining: int
    posted: date
    document: str
    account: str


def _clear(act: Act, groups: list[ClearDraft]) -> list[int]:
    if not groups:
        return []
    _periods(act, {g.on for g in groups})
    ids = sorted({item for g in groups for item, _amount in g.legs})
    code_of = dict(Account.objects.filter(company_id=act.company).values_list("id", "code"))
    found = store.items_at(act.company, ids)
    customer_of = {row[0]: (row[1], row[2]) for row in found}
    account_of = {row[0]: code_of[row[3]] for row in found}
    moves: dict[tuple[int, str], int] = defaultdict(int)
    for g in groups:
        # On each control account too: its open items are its balance, and a clearing posts nothing from one to another.
        sums: dict[tuple[str, str], int] = {}
        for item, amount in g.legs:
            whose = customer_of.get(item)
            if whose is None:
                raise Missing(_("There is no such open item (%(item)s).", item=item))
            key = (whose[1], account_of[item])
            sums[key] = sums.get(key, 0) + amount
            moves[whose] -= amount
        if any(sums.values()):
            raise Invalid(
                _(
                    "I06 What is cleared does not add up to nothing: %(off)s.",
                    off=[f"{c} {a} {s}" for (c, a), s in sums.items() if s],
                )
            )
    customers.move_exposure(act, [(p, c, "items", minor) for (p, c), minor in sorted(moves.items()) if minor])
    found = store.lock_items(ids, found)  # read again, now locked
    left = {row[0]: _Left(row[4], row[5], row[6], row[7], code_of[row[3]]) for row in found}
    point("ledger.clear.read")
    rewound = _rewound(ids, min(g.on for g in groups))

    legs: list[tuple[Any, ...]] = []
    leg_ids = iter(reserve(ClearingLeg, sum(len({i for i, _a in g.legs}) for g in groups)))
    clearing_ids = reserve(Clearing, len(groups))
    differences: list[tuple[int, date, int, str, int, str]] = []
    company = act.company
    for clearing, g in zip(clearing_ids, groups, strict=True):
        taken: dict[int, int] = {}
        for item, amount in g.legs:
            taken[item] = taken.get(item, 0) + amount
        off: dict[str, int] = {}
        for item, amount in taken.items():
            row = left[item]
            if amount == 0 or (amount > 0) != (row.remaining > 0) or abs(amount) > abs(row.remaining):
                raise Refused(
                    _(
                        "%(document)s has %(left)s left; %(asked)s cannot be cleared.",
                        document=row.document, left=Money(row.remaining, customer_of[item][1]), asked=Money(amount, customer_of[item][1]),
                    )
                )  # fmt: skip
            if g.on < row.posted:
                raise Refused(
                    _(
                        "A clearing on %(day)s lies before %(document)s (%(posted)s).",
                        day=g.on,
                        document=row.document,
                        posted=row.posted,
                    )
                )
            free = rules.free_since(row.remaining, rewound[item], g.on) if item in rewound else row.remaining
            if abs(amount) > abs(free):
                raise Refused(
                    _(
                        "%(document)s had only %(left)s left between %(day)s and now: another clearing of it was undone later. "
                        "Use a later date.",
                        document=row.document, left=Money(free, customer_of[item][1]), day=g.on,
                    )
                )  # fmt: skip
            base = rules.base_share(amount, row.remaining, row.base_remaining)
            row.remaining -= amount
            row.base_remaining -= base
            off[row.account] = off.get(row.account, 0) + base
            legs.append((next(leg_ids), company, clearing, item, amount, base, g.on))
        for account, minor in sorted(off.items()):
            if not minor:
                continue
            first = next(i for i in taken if left[i].account == account)
            differences.append((clearing, g.on, minor, account, *customer_of[first]))

    if differences:
        _post(act, [_difference(*d) for d in differences])
    return _store_clearings(act, clearing_ids, groups, legs, None)


def _rewound(ids: list[int], since: date) -> dict[int, list[tuple[date, int]]]:
    """All legs of those items that got something back after `since`: only there was less left then than is left now."""
    back = ClearingLeg.objects.filter(item_id__in=among(ids), date__gt=since, clearing__reverses__isnull=False)
    out: dict[int, list[tuple[date, int]]] = {pk: [] for pk in back.values_list("item_id", flat=True).distinct()}
    if out:
        for item, day, amount in ClearingLeg.objects.filter(item_id__in=among(list(out))).values_list(
            "item_id", "date", "amount"
        ):
            out[item].append((day, amount))
    return out


def _difference(clearing: int, on: date, off: int, account: str, party: int, cur: str) -> EntryDraft:
    """The exchange difference of a clearing: the control account loses what the items lost in company currency."""
    nothing = Money(0, cur)
    return EntryDraft(
        "FX", on, "汇兑损益 Exchange difference",
        (
            LineDraft(account, nothing, party=party, base_amount=-off),
            LineDraft("660301", nothing, base_amount=off),
        ),
        source=ref("ledger.clearing", clearing),
    )  # fmt: skip


def _store_clearings(
    act: Act, clearing_ids: list[int], groups: list[ClearDraft], legs: list[tuple[Any, ...]], reverses: int | None
) -> list[int]:
    years: dict[int, list[int]] = defaultdict(list)
    for i, g in enumerate(groups):
        years[g.on.year].append(i)
    numbers = [0] * len(groups)
    for year, members in sorted(years.items()):
        first, _last = take_numbers(act, "CL", year, len(members))
        for offset, i in enumerate(members):
            numbers[i] = first + offset
    store.insert(ClearingLeg, LEG_COLUMNS, legs, partial(act.keeps, "ledger_clearingleg", legs))
    point("ledger.clear.legs")
    rows = [
        (pk, act.company, g.on.year, numbers[i], g.on, g.reason[:200], g.source[:80], reverses, act.id, act.by)
        for i, (pk, g) in enumerate(zip(clearing_ids, groups, strict=True))
    ]
    store.insert(Clearing, CLEARING_COLUMNS, rows, partial(act.keeps, "ledger_clearing", rows))
    point("ledger.clear.sealed")
    moved = store.take_off(clearing_ids)
    point("ledger.clear.taken")
    if moved != len({leg[3] for leg in legs}):
        raise Refused(_("I07 An item disappeared while it was being cleared."))
    if len(groups) >= LARGE:
        store.analyse(len(groups), "ledger_clearing", "ledger_clearingleg", "ledger_openitem")
    if len(clearing_ids) <= 50:
        act.subject(*(ref("ledger.clearing", c) for c in clearing_ids))
        act.subject(*(ref("ledger.item", i) for i in sorted({leg[3] for leg in legs})[:200]))
    act.note(clearings=len(clearing_ids), legs=len(legs))
    return clearing_ids


@action("ledger.unclear", needs="ledger.clear")
def unclear(act: Act, clearing_id: int, on: date, reason: str) -> int:
    """Undo one clearing by its dated reversal; its items are open again by what it took. Returns the reversal's id."""
    _periods(act, {on})
    clearing = Clearing.objects.filter(company_id=act.company, pk=clearing_id).first()
    if clearing is None:
        raise Missing(_("There is no such clearing."))
    _kept_elsewhere(act, clearing.source, clearing.voucher)
    if clearing.source.startswith("ledger.entry:"):
        raise Refused(_("Clearing %(number)s settles an entry with its reversal; it stays.", number=clearing.voucher))
    legs = list(ClearingLeg.objects.filter(clearing=clearing).order_by("item_id").select_related("item"))
    moves: dict[tuple[int, str], int] = defaultdict(int)
    for leg in legs:
        moves[leg.item.customer_id, leg.item.currency] += leg.amount
    customers.move_exposure(act, [(p, c, "items", minor) for (p, c), minor in sorted(moves.items()) if minor])
    store.lock_items([leg.item_id for leg in legs])
    if Clearing.objects.filter(reverses=clearing).exists():
        raise Refused(_("Clearing %(number)s has been undone already.", number=clearing.voucher))
    if clearing.reverses_id is not None:
        raise Refused(
            _("Clearing %(number)s undoes another one; clear the items anew instead.", number=clearing.voucher)
        )
    if on < clearing.date:
        raise Invalid.one("on", on, _("lies before the clearing's own date %(day)s", day=clearing.date))
    for entry in Entry.objects.filter(
        company_id=act.company, source=ref("ledger.clearing", clearing.pk), reverses=None
    ):
        lines = tuple(
            LineDraft(n.account.code, Money(0, n.currency), party=n.party_id, base_amount=-n.amount)
            for n in Line.objects.filter(entry=entry).order_by("n").select_related("account")
        )
        text = f"冲销 {entry.voucher}:{reason}"[:200]
        _post(act, [EntryDraft("FX", on, text, lines, source=entry.source)], reverses=entry.pk)
    [new] = reserve(Clearing, 1)
    ids = reserve(ClearingLeg, len(legs))
    rows = [
        (pk, act.company, new, leg.item_id, -leg.amount, -leg.base_amount, on)
        for pk, leg in zip(ids, legs, strict=True)
    ]
    _store_clearings(act, [new], [ClearDraft(on, (), reason=reason, source=clearing.source)], rows, clearing.pk)
    act.subject(ref("ledger.clearing", clearing.pk))
    return new


CHANGEABLE = {
    "due_date": date, "base_date": date, "block": str, "dunning_level": int, "reference": str, "text": str, "owner": str,
    "expected_date": date, "reason_code": str, "awaiting": str,
}  # fmt: skip


@action("ledger.change_item", needs="ledger.change_item")
def change_item(
    act: Act, item_ids: Sequence[int], changes: dict[str, Any], reason: str, on: date, version: int | None = None
) -> int:
    """Change what may change of open items: due date, base date, block, dunning level, reference, text, owner, expected
    date, reason code. Dated and kept; a cleared item is not changed any more (Refused). Returns how many changed.

    `version` names what the caller saw of the one item; a newer one is Stale."""
    for field, value in changes.items():
        kind = CHANGEABLE.get(field)
        if kind is None:
            raise Invalid.one(field, value, _("cannot be changed on an open item"))
        if value is not None and not isinstance(value, kind):
            raise Invalid.one(field, value, _("is not of the right form"))
        if isinstance(value, str) and len(value) > (getattr(OpenItem._meta.get_field(field), "max_length", 0) or 200):
            raise Invalid.one(field, value, _("is too long"))
    wanted = sorted(set(item_ids))
    store.lock_items(wanted)
    items = list(OpenItem.objects.filter(company_id=act.company, pk__in=wanted).order_by("pk"))
    if len(items) != len(wanted):
        raise Missing(_("There is no such open item (%(item)s).", item=sorted(set(wanted) - {i.pk for i in items})[:5]))
    for item in items:
        if version is not None and item.version != version:
            raise Stale(_("%(document)s was changed meanwhile. Look at it as it stands now.", document=item.document))
    history: list[ItemChange] = []
    touched: list[OpenItem] = []
    for item in items:
        if item.remaining == 0:
            raise Refused(_("%(document)s is cleared; it is not changed any more.", document=item.document))
        moved = False
        for field, value in changes.items():
            old = getattr(item, field)
            if old == value:
                continue
            act.changed(ref("ledger.item", item.pk), field, old, value)
            history.append(
                ItemChange(
                    company_id=act.company, item=item, field=field, old=told(old), new=told(value), on=on, reason=reason[:200],
                    act=act.id, by=act.by,
                )
            )  # fmt: skip
            setattr(item, field, value)
            moved = True
        if moved:
            item.version += 1
            touched.append(item)
    OpenItem.objects.bulk_update(touched, [*changes, "version"], batch_size=500)
    for pk, row in zip(reserve(ItemChange, len(history)), history, strict=True):
        row.pk = pk
    ItemChange.objects.bulk_create(history, batch_size=500)
    act.keeps("ledger_itemchange", [[getattr(row, c) for c in CHANGE_COLUMNS] for row in history])
    act.subject(*(ref("ledger.item", i.pk) for i in touched))
    return len(touched)


@action("ledger.open_periods", needs="ledger.periods")
def open_periods(act: Act, first: date, last: date) -> int:
    """Make the months from `first` to `last` where they do not exist yet. Returns how many were made."""
    rows, day = [], month_start(first)
    known = set(Period.objects.filter(company_id=act.company).values_list("year", "month"))
    while day <= last:
        if (day.year, day.month) not in known:
            rows.append(Period(company_id=act.company, year=day.year, month=day.month, start=day, end=month_end(day)))
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    Period.objects.bulk_create(rows)
    return len(rows)


@action("ledger.close_period", needs="ledger.close")
def close_period(act: Act, period_id: int) -> Period:
    """Close a month: after this no entry and no clearing enters it. Keeps its totals, which verify recomputes (I05)."""
    period = Period.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=period_id).first()
    if period is None:
        raise Missing(_("There is no such period."))
    if period.state == "closed":
        raise Refused(_("Period %(period)s is closed already.", period=str(period)))
    period.state, period.totals = "closed", period_totals(act.company, period)
    point("ledger.close.counted")
    period.save(update_fields=["state", "totals"])
    act.subject(ref("ledger.period", period.pk))
    act.changed(ref("ledger.period", period.pk), "state", "open", "closed")
    return period


@action("ledger.reopen_period", needs="ledger.close")
def reopen_period(act: Act, period_id: int, reason: str) -> Period:
    """Open a closed month again; the reason stays in the trail."""
    period = Period.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=period_id).first()
    if period is None or period.state != "closed":
        raise Refused(_("Only a closed period can be reopened."))
    if not reason.strip():
        raise Invalid.one("reason", reason, _("is needed to reopen a period"))
    period.state, period.totals = "open", None
    period.save(update_fields=["state", "totals"])
    act.subject(ref("ledger.period", period.pk))
    act.changed(ref("ledger.period", period.pk), "state", "closed", "open")
    act.note(reason=reason)
    return period


@action("ledger.add_account", needs="ledger.chart")
def add_account(act: Act, code: str, name: str, kind: str, name_en: str = "", control: bool = False) -> Account:
    if Account.objects.filter(company_id=act.company, code=code).exists():
        raise Refused(_("There is an account %(code)s already.", code=code))
    made = Account.objects.create(
        company_id=act.company, code=code, name=name, name_en=name_en, kind=kind, control=control
    )
    act.subject(ref("ledger.account", made.pk))
    return made


@action("ledger.seed", needs="ledger.chart")
def seed(act: Act) -> int:
    """The chart of accounts that every company starts with, and this year's periods."""
    known = set(Account.objects.filter(company_id=act.company).values_list("code", flat=True))
    rows = [
        Account(company_id=act.company, code=code, name=name, name_en=name_en, kind=kind, control=control)
        for code, name, name_en, kind, control in rules.CHART
        if code not in known
    ]
    Account.objects.bulk_create(rows)
    return len(rows)
