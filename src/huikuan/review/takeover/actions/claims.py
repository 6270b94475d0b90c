"""Claims into the ledger: posted, changed, reversed and posted anew, cleared. One lot is one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from huikuan.books.customers import actions as customers
from huikuan.books.customers.queries import by_numbers
from huikuan.books.ledger import actions as ledger
from huikuan.books.ledger import queries as ledger_queries
from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
from huikuan.kit.dates import business_date
from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.money import RATE_SCALE, Money, convert, scaled_text
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company.queries import by_id
from huikuan.office.trail.act import Act, action
from huikuan.review.takeover.actions.objects import point
from huikuan.review.takeover.models import Link, Load, Reject
from huikuan.review.takeover.rules.claims import Claim, digest, revived
from huikuan.review.takeover.rules.plan import SOFT, Clearing, Move, clearings, decide

CONTROL = "1122"
COUNTER = "9901"
KLASS, RECEIPTS = "TO", "TR"  # voucher classes: taken-over items, counter items of clearings


class _Lot:
    """One lot being landed: what every step needs to know."""

    def __init__(self, act: Act, load_id: int, rates: Mapping[str, int]) -> None:
        self.act, self.load = act, Load.objects.get(company_id=act.company, pk=load_id)
        company = by_id(act.company)
        self.currency, self.rates = company.currency, rates
        self.today = business_date(act.at, company.zone)
        self.closed = {(p.year, p.month) for p in ledger_queries.periods(act.company) if p.state != "open"}
        self.ids: dict[str, int] = {}
        self.links: dict[str, Link] = {}

    def on(self, day: date) -> date:
        """The date of a correction: the day it corrects while that month is open, so that past dates read rightly; else today."""
        return self.today if (day.year, day.month) in self.closed else day

    def base(self, claim: Claim) -> int | None:
        if claim.currency == self.currency:
            return None
        if claim.base_amount is not None:
            return claim.base_amount
        return convert(claim.amount, claim.currency, self.currency, self.rates.get(claim.currency, RATE_SCALE))


@action("takeover.land", needs="takeover.load")
def land(
    act: Act, load_id: int, claims: Sequence[Claim], parties: Sequence[dict[str, Any]] = (), rates: dict[str, int] | None = None,
    create: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Bring one lot of claims to where the system beside us says they are. The same lot again changes nothing.

    `parties`: customers of the lot, number, name, currency, aliases. `rates` 10^-8. Returns counts by verb, and the
    keys that were changed ("done").
    """
    lot = _Lot(act, load_id, rates or {})
    act.subject(ref("takeover.load", load_id))
    lot.ids = _customers(act, lot.load, [c.customer for c in claims], parties, create)
    found = Link.objects.filter(
        company_id=act.company, system=lot.load.system, object="entry", key__in=[c.key for c in claims]
    )
    lot.links = {x.key: x for x in found}
    moves = []
    for claim in claims:
        old = lot.links.get(claim.key)
        moves.append(decide(revived(old.data) if old else None, claim, live=old.live if old else True))
    groups = {
        g
        for m in moves
        if m.clears
        for g in (m.claim.group, lot.links[m.claim.key].group if m.claim.key in lot.links else "")
        if g
    }
    undone = _undo(lot, groups)
    _reverse(lot, moves)
    _post(lot, moves)
    point(act, {m.claim.key: lot.links[m.claim.key].entry or 0 for m in moves if m.verb in {"post", "repost"}})
    _change(lot, moves)
    _remember(lot, moves)
    cleared, one_sided = _clear(lot, groups, undone)
    counts: dict[str, Any] = defaultdict(int)
    for m in moves:
        counts[m.verb] += 1
    done = [m.claim.key for m in moves if m.verb != "same"]
    Reject.objects.filter(company_id=act.company, system=lot.load.system, key__in=done, state="waiting").exclude(
        key=""
    ).update(state="fixed", note=f"{lot.load.name}"[:200], ended_by=act.by, ended_at=act.at)
    act.note(**counts, cleared=cleared, one_sided=one_sided)
    return {**counts, "cleared": cleared, "one_sided": one_sided}


def _customers(
    act: Act, load: Load, numbers: Sequence[str], parties: Sequence[dict[str, Any]], create: bool
) -> dict[str, int]:
    """Number → id, opening those that are not there yet, with every spelling the file has for them."""
    wanted = sorted(set(numbers))
    ids = {number: one.id for number, one in by_numbers(act.company, wanted).items()}
    missing = [n for n in wanted if n not in ids]
    told = {p["number"]: p for p in parties}
    if missing and not create:
        raise Invalid.one("customer", missing[0], _("There is no customer with this number."),
                          _("Open the customer first, or let the map say customers: create."))  # fmt: skip
    if missing:
        rows = [
            {
                "number": n,
                "name": told.get(n, {}).get("name") or n,
                "currency": told.get(n, {}).get("currency") or "CNY",
            }
            for n in missing
        ]
        landed = customers.land(act, rows)
        if landed.faults:
            first = landed.faults[0]
            raise Invalid(_("%(field)s: %(reason)s", field=first.field, reason=first.reason), faults=landed.faults)
        ids.update({n: landed.ids[n] for n in missing})
    linked = set(
        Link.objects.filter(company_id=act.company, system=load.system, object="customer", key__in=wanted).values_list(
            "key", flat=True
        )
    )
    Link.objects.bulk_create(
        [
            Link(company_id=act.company, system=load.system, object="customer", key=n, pk_of=ids[n], digest=digest(n), load=load)
            for n in wanted if n not in linked
        ],
        batch_size=500,
    )  # fmt: skip
    for number in wanted:
        for alias in told.get(number, {}).get("aliases", ()):
            customers.add_alias(act, ids[number], alias)
    return ids


def _undo(lot: _Lot, groups: set[str]) -> dict[str, Link]:
    """Take back the clearings of these groups and the counter items made for them. Returns their links by key."""
    found = Link.objects.filter(company_id=lot.act.company, system=lot.load.system, object="clearing", group__in=groups)
    links = {x.key: x for x in found}
    why = _("The system beside us says it otherwise since load %(load)s.", load=lot.load.pk)
    for link in links.values():
        if not link.live:
            continue
        day = date.fromisoformat(link.data["on"])
        ledger.unclear(lot.act, link.pk_of or 0, on=lot.on(day), reason=str(why))
        if link.entry:
            ledger.reverse(lot.act, link.entry, on=lot.on(day), reason=str(why))
        link.live = False
        link.load = lot.load
    Link.objects.bulk_update(links.values(), ["live", "load"], batch_size=500)
    return links


def _reverse(lot: _Lot, moves: Sequence[Move]) -> None:
    for m in moves:
        if m.verb not in {"repost", "cancel"}:
            continue
        link = lot.links[m.claim.key]
        old = revived(link.data)
        what = _("%(system)s changed: %(what)s.", system=lot.load.system, what=list(m.what))
        ledger.reverse(lot.act, link.entry or 0, on=lot.on(old.posting_date), reason=str(what))
        link.live = False


def _post(lot: _Lot, moves: Sequence[Move]) -> None:
    fresh = [m.claim for m in moves if m.verb in {"post", "repost"}]
    posted = ledger.post(lot.act, [_draft(lot, c) for c in fresh])
    marks: dict[tuple[str, str], list[int]] = defaultdict(list)
    for claim, made in zip(fresh, posted, strict=True):
        link = lot.links.setdefault(
            claim.key, Link(company_id=lot.act.company, system=lot.load.system, object="entry", key=claim.key)
        )
        link.entry, link.pk_of, link.live = made.entry_id, made.items[0], True
        if not claim.group:  # what is cleared at once needs no mark
            if claim.disputed:
                marks["reason_code", "disputed"].append(made.items[0])
            if claim.block:
                marks["block", claim.block].append(made.items[0])
    for (field, value), items in marks.items():
        ledger.change_item(lot.act, items, {field: value}, lot.load.name[:200], lot.today)


def _draft(lot: _Lot, claim: Claim) -> EntryDraft:
    base, money, text = lot.base(claim), Money(claim.amount, claim.currency), f"接管 {lot.load.system} {claim.document}"
    if base is not None and claim.base_amount is None:
        rate = lot.rates.get(claim.currency)
        text += f" 汇率 {scaled_text(rate, RATE_SCALE)}" if rate else " 汇率未给出,按 1:1"
    return EntryDraft(
        KLASS, claim.posting_date, text[:200],
        (
            LineDraft(
                CONTROL, money, party=lot.ids[claim.customer], due=claim.due, base=claim.base_date, text=claim.text, kind=claim.kind,
                reference=claim.reference, document=claim.document, document_date=claim.document_date, base_amount=base,
            ),
            LineDraft(claim.account, -money, base_amount=None if base is None else -base),
        ),
        document_date=claim.document_date, reference=claim.document, source=ref("takeover.load", lot.load.pk),
    )  # fmt: skip


def _change(lot: _Lot, moves: Sequence[Move]) -> None:
    """Due date, base date, block, reference, text, dispute: dated changes of items that are still open."""
    wanted = [m for m in moves if m.verb == "change" and any(w in SOFT for w in m.what)]
    if not wanted:
        return
    items = [lot.links[m.claim.key].pk_of or 0 for m in wanted]
    left = dict(ledger_queries.items(lot.act.company).filter(pk__in=items).values_list("pk", "remaining"))
    for m, item in zip(wanted, items, strict=True):
        if not left.get(item):
            continue  # cleared: it keeps what it had; what was said stands in the link
        changes: dict[str, Any] = {}
        for name in m.what:
            if name in SOFT:
                value = getattr(m.claim, name)
                changes[SOFT[name]] = ("disputed" if value else "") if name == "disputed" else value
        if "due_date" in changes and changes["due_date"] is None:
            changes["due_date"] = m.claim.document_date
        ledger.change_item(lot.act, [item], changes, f"{lot.load.system}: {lot.load.name}"[:200], lot.today)


def _remember(lot: _Lot, moves: Sequence[Move]) -> None:
    """Keep what was said, for the next delta."""
    new: list[Link] = []
    old: list[Link] = []
    for m in moves:
        link = lot.links.get(m.claim.key)
        if link is None:
            link = Link(company_id=lot.act.company, system=lot.load.system, object="entry", key=m.claim.key, live=False)
        stored = m.claim.stored()
        link.digest, link.data, link.load, link.group = (
            digest(stored),
            stored,
            lot.load,
            m.claim.group if link.live else "",
        )
        (old if link.pk else new).append(link)
        lot.links[m.claim.key] = link
    Link.objects.bulk_create(new, batch_size=500)
    Link.objects.bulk_update(old, ["digest", "data", "load", "group", "entry", "pk_of", "live"], batch_size=200)


def _clear(lot: _Lot, groups: set[str], undone: Mapping[str, Link]) -> tuple[int, int]:
    """Clear every touched group as it stands now, with a counter item where it does not net to nothing."""
    if not groups:
        return 0, 0
    members = {
        x.key: x
        for x in Link.objects.filter(
            company_id=lot.act.company, system=lot.load.system, object="entry", group__in=groups, live=True
        )
    }
    facts = {key: revived(x.data) for key, x in members.items()}
    todo = clearings(facts.values())
    base = {key: lot.base(c) for key, c in facts.items()}
    counters = [c for c in todo if c.rest]
    posted = ledger.post(lot.act, [_counter(lot, c, base) for c in counters])
    made = {(c.group, c.currency): p for c, p in zip(counters, posted, strict=True)}
    drafts = []
    for c in todo:
        legs = [(members[leg.key].pk_of or 0, leg.amount) for leg in c.legs]
        if c.rest:
            legs.append((made[c.group, c.currency].items[0], -c.rest))
        if len(legs) < 2:
            raise Refused(_("%(group)s has nothing to be cleared against.", group=c.group))
        drafts.append(
            ClearDraft(
                c.on,
                tuple(legs),
                reason=f"{lot.load.system} {c.document}"[:200],
                source=ref("takeover.load", lot.load.pk),
            )
        )
    ids = ledger.clear(lot.act, drafts)
    new = list[Link]()
    old = list[Link]()
    for c, pk in zip(todo, ids, strict=True):
        key = f"{c.group}|{c.currency}"[:160]
        link = undone.get(key) or Link(
            company_id=lot.act.company, system=lot.load.system, object="clearing", key=key, group=c.group
        )
        entry = made.get((c.group, c.currency))
        link.pk_of, link.entry, link.live, link.load = pk, entry.entry_id if entry else None, True, lot.load
        link.data = {
            "on": c.on.isoformat(), "customer": c.customer, "currency": c.currency, "document": c.document, "rest": c.rest,
            "one_sided": c.one_sided, "items": len(c.legs),
        }  # fmt: skip
        link.digest = digest([link.data, [leg.key for leg in c.legs]])
        (old if link.pk else new).append(link)
    Link.objects.bulk_create(new, batch_size=500)
    Link.objects.bulk_update(old, ["pk_of", "entry", "live", "load", "data", "digest"], batch_size=200)
    return len(todo), sum(c.one_sided for c in todo)


def _counter(lot: _Lot, c: Clearing, base: Mapping[str, int | None]) -> EntryDraft:
    """The receipt of a day, or the counter item of a clearing document whose partner we were not given."""
    money = Money(-c.rest, c.currency)
    own = [base[leg.key] for leg in c.legs]
    local = None if None in own else -sum(b for b in own if b is not None)
    if c.one_sided:
        text = f"清账凭证 {c.document} 的对应项不在抽取范围内 Counter item: its partner lies outside the extract"
        kind = "other"
    else:
        text, kind = f"接管 {lot.load.system} 收款 Settled on {c.on}", "receipt" if c.rest > 0 else "other"
    return EntryDraft(
        RECEIPTS, c.on, text[:200],
        (
            LineDraft(
                CONTROL, money, party=lot.ids.get(c.customer) or by_numbers(lot.act.company, [c.customer])[c.customer].id, due=c.on,
                kind=kind, document=c.document[:40], document_date=c.on, base_amount=local,
            ),
            LineDraft(COUNTER, -money, base_amount=None if local is None else -local),
        ),
        document_date=c.on, reference=c.document[:80], source=ref("takeover.load", lot.load.pk),
    )  # fmt: skip
