"""A person's hand on a line: whose it is, what it pays, left on account, not ours; and each of it undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from huikuan.books.customers import queries as customers
from huikuan.books.customers.rules import account_key, fold
from huikuan.books.ledger import actions as ledger_actions
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.queries.days import Days
from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.money import Money
from huikuan.kit.refs import read, ref
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, action
from huikuan.office.work.actions import open_order
from huikuan.receivables.cash import queries
from huikuan.receivables.cash.actions import differences
from huikuan.receivables.cash.actions.common import (
    CONTROL,
    KIND,
    KLASS,
    base_of,
    claim_draft,
    held,
    moved,
    receiving,
)
from huikuan.receivables.cash.models import BankLine, Lesson, Proposal
from huikuan.receivables.cash.rules import is_house
from huikuan.receivables.cash.rules.undo import Side, undone_with

UNSEEN = 60  # the least score of a proposal that may be taken in bulk
PEOPLE = {"page", "rest", "test", "demo"}  # doors behind which a person decides, from whom matching may learn


@action("cash.identify", needs="cash.apply")
def identify(
    act: Act, line_id: int, customer_id: int, on: date | None = None, version: int | None = None, teach: bool = True
) -> BankLine:
    """Say whose money a line is: it moves from 224101 (or from another customer) to the account of who owes for them.

    Refused when some of it has been applied already: that is undone first.
    """
    row = held(act, line_id, version)
    receiving(row)
    _give_to(act, row, customers.payer_of(act.company, customer_id).id, on)
    if teach:
        _teach(act, row)
    return row


def _give_to(act: Act, row: BankLine, ower: int, on: date | None) -> None:
    if row.customer_id == ower:
        return
    days = Days(act)
    day = on or days.open(row.date)
    old = row.customer_id
    if row.item_id is None:
        [posted] = ledger_actions.post(
            act, [claim_draft(row, ower, base_of(act, row.amount, row.currency, row.date), day)]
        )
        row.item_id = posted.items[0]
    else:
        item = ledger.item(act.company, row.item_id)
        if item is None or item.remaining != item.amount:
            raise Refused(_("Some of bank line %(number)s has been applied. Undo that first.", number=row.document))
        if on is None:
            day = days.to_clear(day, [(item.id, item.amount)])
        row.item_id = _transfer(act, row, ower, row.amount, day)
    act.changed(ref(KIND, row.pk), "customer", old, ower)
    row.customer_id, row.how, row.state = ower, "person" if act.door in PEOPLE else row.how or "match", "open"
    moved(row, "item", "customer", "how", "state")
    act.subject(ref("customers.customer", ower))
    Proposal.objects.filter(line=row, state="live").update(state="past")


def _transfer(act: Act, row: BankLine, to: int, amount: int, on: date) -> int:
    """Move part of a receipt to another customer's account: a debit that clears it there, a receipt here. The new item."""
    assert row.item_id is not None and row.customer_id is not None
    item = ledger.item(act.company, row.item_id)
    assert item is not None
    money = Money(amount, row.currency)
    base = None
    if item.base_amount != item.amount or row.currency != company.by_id(act.company).currency:
        base = item.base_remaining if amount == -item.remaining else item.base_remaining * amount // item.remaining
        base = abs(base)
    draft = EntryDraft(
        KLASS, on, f"转付款方 {row.document}",
        (
            LineDraft(CONTROL, money, party=row.customer_id, due=on, kind="account", document=row.document, document_date=row.date, base_amount=base),
            LineDraft(
                CONTROL, -money, party=to, due=on, kind="receipt", document=row.document, document_date=row.date, text=row.remark[:200],
                base_amount=None if base is None else -base,
            ),
        ),
        document_date=row.date, source=ref(KIND, row.pk),
    )  # fmt: skip
    [posted] = ledger_actions.post(act, [draft])
    debit, credit = posted.items
    ledger_actions.clear(
        act, [ClearDraft(on, ((row.item_id, -amount), (debit, amount)), reason="转付款方", source=ref(KIND, row.pk))]
    )
    return credit


def _teach(act: Act, row: BankLine) -> None:
    """What a person said about a payer is remembered, for the next line from them. Payment houses teach nothing."""
    if act.door not in PEOPLE or row.customer_id is None or is_house(row.payer_name):
        return
    lessons = [
        ("name", fold(row.payer_name), row.payer_name),
        ("account", account_key(row.payer_account), row.payer_account),
    ]
    for kind, key, shown in lessons:
        if not key:
            continue
        known = Lesson.objects.filter(company_id=act.company, kind=kind, key=key, live=True)
        if known.filter(customer_id=row.customer_id).exists():
            continue
        known.update(live=False)  # the newest lesson counts
        Lesson.objects.update_or_create(
            company_id=act.company, kind=kind, key=key, customer_id=row.customer_id,
            defaults={"shown": shown[:300], "line": row, "live": True, "by": act.by, "at": act.at, "act": act.id},
        )  # fmt: skip


@action("cash.apply", needs="cash.apply")
def apply(
    act: Act,
    line_id: int,
    legs: Sequence[tuple[int, int]],
    on: date | None = None,
    reason: str = "",
    version: int | None = None,
    proposal: int | None = None,
    deductions: Sequence[Any] = (),
) -> list[int]:
    """Pay items with a line: `legs` are (item id, minor units with the item's sign). Returns the clearings.

    What is not applied stays on the receipt; an item paid short stays open by the rest, unless `deductions` say otherwise:
    (item id, minor units, reason[, "charged" | "residual"[, note]]), + less was paid, - more came. Items of another
    customer are paid by moving that part of the receipt to them first. Refused when more is applied than there is on
    either side.
    """
    wanted = [w if isinstance(w, differences.Wish) else differences.wishes([w])[0] for w in deductions]
    row = held(act, line_id, version)
    receiving(row)
    taken: dict[int, int] = defaultdict(int)
    for item, amount in legs:
        taken[int(item)] += int(amount)
    if not taken or any(a == 0 for a in taken.values()):
        raise Invalid.one("legs", "0", _("name what is paid, and how much of it"))
    items = {i.id: i for i in ledger.open_items(act.company, ids=list(taken))}
    if missing := set(taken) - set(items):
        raise Refused(_("What was to be paid is not open any more (%(items)s).", items=sorted(missing)))
    for pk, amount in taken.items():
        if items[pk].currency != row.currency:
            raise Refused(_("%(document)s is in %(other)s, the receipt in %(currency)s.", document=items[pk].document,
                            other=items[pk].currency, currency=row.currency))  # fmt: skip
        if (amount > 0) != (items[pk].remaining > 0) or abs(amount) > abs(items[pk].remaining):
            raise Refused(
                _("%(document)s has %(left)s left; %(asked)s cannot be paid on it.", document=items[pk].document, left=items[pk].open,
                  asked=Money(amount, row.currency))
            )  # fmt: skip
    days = Days(act)
    day = on or days.open(max([row.date, *(items[pk].posting_date for pk in taken)]))
    owners = {items[pk].customer_id for pk in taken}
    if row.item_id is None:
        if len(owners) > 1:
            raise Refused(_("Say first whose money this is: the items are of several customers."))
        _give_to(act, row, owners.pop(), min(day, days.open(row.date)))
    receipt = ledger.item(act.company, row.item_id or 0)
    assert receipt is not None
    for w in wanted:
        if w.item not in taken or abs(taken[w.item] + max(0, w.amount)) > abs(items[w.item].remaining):
            raise Refused(_("The difference is more than is left open on what is paid."))
    total = sum(taken.values()) - sum(w.amount for w in wanted if w.amount < 0)
    if not 0 < total <= -receipt.remaining:
        raise Refused(
            _("Of bank line %(number)s %(left)s is left; %(asked)s cannot be applied.", number=row.document,
              left=Money(-receipt.remaining, row.currency), asked=Money(total, row.currency))
        )  # fmt: skip
    by_owner: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pk, amount in sorted(taken.items()):
        by_owner[items[pk].customer_id].append((pk, amount))
    day = max(day, receipt.posting_date)
    if on is None:  # what an undo gave back is there from its own day on
        off = [(w.item, w.amount) for w in wanted if w.amount > 0 and items[w.item].remaining > 0]
        day = days.to_clear(day, [*taken.items(), *off, (receipt.id, -total)])
    settled = differences.settle(act, row, wanted, items, day, queries.limits(act.company).version)
    for pk, legs_of in settled.legs.items():
        by_owner[items[pk].customer_id] += legs_of
    groups = []
    for owner, some in sorted(by_owner.items()):
        part = sum(a for _i, a in some)
        if part <= 0:
            raise Refused(_("Credits alone cannot be paid; take them off an invoice of the same customer."))
        source = receipt.id if owner == row.customer_id else _transfer(act, row, owner, part, day)
        groups.append(ClearDraft(day, (*some, (source, -part)), reason=reason[:200], source=ref(KIND, row.pk)))
    done = ledger_actions.clear(act, groups)
    if wanted:
        differences.keep(act, settled, dict(zip(sorted(by_owner), done, strict=True)))
    row.state = "open"
    moved(row, "state")
    _settle_proposals(row, proposal, done[0])
    if act.door in PEOPLE and row.how not in {"account", "uscc", "name"}:
        _teach(act, row)
    act.subject(*(ref("customers.customer", o) for o in sorted(by_owner)))
    act.note(payer=row.customer_id, payers=sorted(by_owner), amount=Money(total, row.currency), clearings=done)
    return done


def _settle_proposals(row: BankLine, proposal: int | None, clearing: int) -> None:
    live = Proposal.objects.filter(line=row, state="live")
    if proposal is not None:
        live.filter(pk=proposal).update(state="accepted", clearing=clearing)
    Proposal.objects.filter(line=row, state="live").update(state="past")


@action("cash.accept", needs="cash.apply")
def accept(
    act: Act, line_id: int, proposal_id: int, on: date | None = None, version: int | None = None, settle: str = ""
) -> list[int]:
    """Take a proposal as it stands. Refused when it has been overtaken.

    What the payer took off stays open on the items unless the terms or the tolerance allow it, or `settle` says that it
    is "charged" to its reason or becomes a "residual" item in dispute.
    """
    found = Proposal.objects.filter(company_id=act.company, line_id=line_id, pk=proposal_id).first()
    if found is None:
        raise Missing(_("There is no such proposal."))
    if found.state != "live":
        raise Refused(_("This proposal has been overtaken. Look at the line again."))
    act.subject(ref(KIND, line_id))
    if settle not in {"", "charged", "residual"}:
        raise Invalid.one("settle", settle, _("is charged, or a residual item"))
    wanted = [
        differences.Wish(i, a, code, settle or "charged", by="terms" if by == "terms" and settle != "residual" else "person")
        for i, a, code, by in found.deductions
        if settle or by in differences.UNASKED
    ]  # fmt: skip
    return apply(act, line_id, [(i, a) for i, a in found.legs], on, "", version, found.pk, wanted)


@action("cash.accept_many", needs="cash.apply")
def accept_many(act: Act, line_ids: Sequence[int], least: int = UNSEEN) -> dict[str, list[Any]]:
    """Take the best proposal of each of these lines: {"done": line ids, "refused": [[line id, why], …]}.

    A proposal that scores under `least` is a guess (oldest first, say) and is not taken unseen.
    """
    done: list[int] = []
    refused: list[list[Any]] = []
    for line_id in line_ids:
        best = Proposal.objects.filter(company_id=act.company, line_id=line_id, state="live").order_by("rank").first()
        if best is None:
            refused.append([line_id, str(_("There is no proposal."))])
            continue
        if best.score < least:
            refused.append(
                [line_id, str(_("The best proposal scores %(score)s: too weak to be taken unseen.", score=best.score))]
            )
            continue
        tried = act.attempt(accept, line_id, best.pk)
        if tried.ok:
            done.append(line_id)
        else:
            refused.append([line_id, str(tried.trouble.say) if tried.trouble else ""])
    return {"done": done, "refused": refused}


@action("cash.undo", needs="cash.apply")
def undo(act: Act, clearing_id: int, on: date | None, reason: str) -> int:
    """Take one clearing of a receipt back by its dated reversal; the items and the receipt are open again by it.

    Returns the reversal. `on` None: today. Nothing else of the line is touched, but a transfer to another customer goes as
    a whole. Refused for half of a charge, or of what another desk keeps (rules.undo).
    """
    if not reason.strip():
        raise Invalid.one("reason", reason, _("is needed: the trail keeps it"))
    clearing = ledger.clearings(act.company).filter(pk=clearing_id).first()
    if clearing is None:
        raise Missing(_("There is no such clearing."))
    source = read(clearing.source)
    row = held(act, source.pk) if source and source.kind == KIND else None
    sides = queries.sides(act.company, clearing_id)
    moved_on = undone_with(source.kind if source else "", sides, queries.made_by(act.company, sides))
    day = on or max(company.today(act), clearing.date)
    done = ledger_actions.unclear(act, clearing_id, day, reason)
    differences.reversed_with(act, clearing_id, day, reason)
    if row is not None:
        if moved_on is not None:
            _move_back(act, row, moved_on, sides, day, reason)
        row.state = "open"
        moved(row, "state", "item", "customer")
        Proposal.objects.filter(line=row, clearing=clearing_id).update(state="past")
        if act.door in PEOPLE:  # what it taught may be what was wrong; who applies it again, teaches again
            Lesson.objects.filter(company_id=act.company, line=row, live=True).update(live=False)
        act.note(payer=row.customer_id)
    return done


def _move_back(act: Act, row: BankLine, made: Side, sides: Sequence[Side], day: date, reason: str) -> None:
    """A transfer is undone as a whole: its entry is reversed, so that the money stands on one account again."""
    debit = ledger.item(act.company, made.item)
    assert debit is not None
    ledger_actions.reverse(act, debit.entry_id, day, reason.strip()[:200])
    if row.item_id == made.partner:  # the whole line had gone to them
        row.item_id = next(s.item for s in sides if s.item != made.item)
        act.changed(ref(KIND, row.pk), "customer", row.customer_id, debit.customer_id)
        row.customer_id = debit.customer_id
    Proposal.objects.filter(line=row, state="live").update(state="past")


@action("cash.on_account", needs="cash.apply")
def on_account(act: Act, line_id: int, note: str = "", version: int | None = None) -> BankLine:
    """Leave what is left of a line on the customer's account, on purpose. Its payer must be known."""
    row = held(act, line_id, version)
    receiving(row)
    if row.item_id is None:
        raise Refused(_("Say first whose money this is."))
    return _put(act, row, "account", note)


@action("cash.ignore", needs="cash.apply")
def ignore(act: Act, line_id: int, reason: str, version: int | None = None) -> BankLine:
    """This money is not a customer's (a transfer of our own, interest, a mistake): it is kept out of the queue."""
    if not reason.strip():
        raise Invalid.one("reason", reason, _("is needed: the trail keeps it"))
    row = held(act, line_id, version)
    if row.item_id is not None:
        item = ledger.item(act.company, row.item_id)
        if item is not None and item.remaining != item.amount:
            raise Refused(_("Some of bank line %(number)s has been applied. Undo that first.", number=row.document))
    return _put(act, row, "ignored", reason)


@action("cash.reopen", needs="cash.apply")
def reopen(act: Act, line_id: int, version: int | None = None) -> BankLine:
    """Take a line up again that was left on account or set aside."""
    row = held(act, line_id, version)
    if row.state not in {"account", "ignored"}:
        raise Refused(_("Bank line %(number)s is not set aside.", number=row.document))
    return _put(act, row, "open", "")


def _put(act: Act, row: BankLine, state: str, note: str) -> BankLine:
    act.changed(ref(KIND, row.pk), "state", row.state, state)
    row.state, row.note = state, note.strip()[:300]
    moved(row, "state", "note")
    return row


@action("cash.assign", needs="cash.apply")
def assign(act: Act, line_id: int, person: str, note: str = "", version: int | None = None) -> BankLine:
    """Ask a colleague what this money is for: it becomes work of theirs."""
    if not company.roles(person, act.company):
        raise Invalid.one("person", person, _("No such person in this company."))
    row = held(act, line_id, version)
    act.changed(ref(KIND, row.pk), "assigned", row.assigned, person)
    row.assigned, row.note = person, note.strip()[:300] or row.note
    moved(row, "assigned", "note")
    title: Say = _(
        "What is this money for? %(amount)s of %(date)s from %(payer)s", amount=Money(row.amount, row.currency), date=row.date,
        payer=row.payer_name or row.payer_account or "?",
    )  # fmt: skip
    open_order(
        act, "cash.explain", ref(KIND, row.pk), title, person=person, data={"note": note, "line": row.pk},
        key=f"cash.explain:{row.pk}:{person}:{row.version}",
    )  # fmt: skip
    return row
