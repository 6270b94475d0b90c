"""Money that is no customer's: interest, a transfer of our own, a mistake. It is charged to an account with a text, and
taken back by reversal. Money for a sister company moves to whose it is.
"""

from __future__ import annotations

from datetime import date

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import actions as ledger_actions
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.queries.days import Days
from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action
from huikuan.receivables.cash import queries
from huikuan.receivables.cash.actions.apply import _transfer
from huikuan.receivables.cash.actions.common import CONTROL, KIND, KLASS, base_of, held, moved, receiving
from huikuan.receivables.cash.models import BankLine, Claim, Proposal


@action("cash.charge_to", needs="cash.apply")
def charge_to(
    act: Act, line_id: int, account: str, text: str, on: date | None = None, version: int | None = None
) -> BankLine:
    """Charge what came to an account that is no customer's: from 224101, or from the customer it was given to.

    Refused when some of it has been applied; taken back with `uncharge`.
    """
    if not text.strip():
        raise Invalid.one("text", text, _("is needed: the entry carries it"))
    row = held(act, line_id, version)
    receiving(row)
    if row.state == "charged":
        raise Refused(_("Bank line %(number)s is charged already.", number=row.document))
    known = ledger.account(act.company, account.strip())
    if known is None:
        raise Invalid.one("account", account, _("is not in the chart of accounts"))
    if known.control or known.code in queries.KEPT:
        raise Invalid.one("account", account, _("is kept by customer, or is where unknown money waits; choose another"))
    days = Days(act)
    amount, item = Money(row.amount, row.currency), None
    if row.item_id is not None:
        item = ledger.item(act.company, row.item_id)
        if item is None or item.remaining != item.amount:
            raise Refused(_("Some of bank line %(number)s has been applied. Undo that first.", number=row.document))
    base = base_of(act, row.amount, row.currency, row.date)
    if item is not None and base is not None:
        base = -item.base_remaining
    own = [(item.id, item.amount)] if item is not None else []
    day = on or days.to_clear(max(row.date, item.posting_date) if item else row.date, own)
    words = text.strip()[:200]
    if item is None:
        debit = LineDraft(queries.UNIDENTIFIED, amount, text=words, reference=row.document, base_amount=base)
    else:
        debit = LineDraft(
            CONTROL, amount, party=item.customer_id, due=day, kind="account", document=row.document, document_date=row.date,
            text=words, base_amount=base,
        )  # fmt: skip
    credit = LineDraft(
        known.code, -amount, text=words, reference=row.document, base_amount=None if base is None else -base
    )
    [posted] = ledger_actions.post(
        act, [EntryDraft(KLASS, day, words, (debit, credit), document_date=row.date, source=ref(KIND, row.pk))]
    )
    if item is not None:
        legs = ((item.id, item.remaining), (posted.items[0], row.amount))
        ledger_actions.clear(act, [ClearDraft(day, legs, reason=words, source=ref(KIND, row.pk))])
    act.changed(ref(KIND, row.pk), "state", row.state, "charged")
    row.state, row.charge_id, row.note = "charged", posted.entry_id, words
    moved(row, "state", "charge", "note")
    Proposal.objects.filter(line=row, state="live").update(state="past")
    Claim.objects.filter(line=row, state="asked").update(state="past", reason=f"→ {known.code}")
    act.note(account=known.code, amount=amount)
    return row


@action("cash.uncharge", needs="cash.apply")
def uncharge(act: Act, line_id: int, reason: str, on: date | None = None, version: int | None = None) -> BankLine:
    """It was a customer's money after all: the charge is reversed, the line waits to be explained as before."""
    if not reason.strip():
        raise Invalid.one("reason", reason, _("is needed: the trail keeps it"))
    row = held(act, line_id, version)
    if row.state != "charged" or row.charge_id is None:
        raise Refused(_("Bank line %(number)s is not charged to an account.", number=row.document))
    entry = ledger.entry(act.company, row.charge_id)
    assert entry is not None
    days = Days(act)
    day = on or max(days.today, entry.posting_date)
    if row.item_id is not None:
        for leg in ledger.legs(act.company, items=[row.item_id]):
            if not leg.reverses_id and not leg.reversed_by_id:
                ledger_actions.unclear(act, leg.clearing_id, day, reason)
    ledger_actions.reverse(act, entry.pk, day, reason.strip()[:200])
    act.changed(ref(KIND, row.pk), "state", "charged", "open")
    row.state, row.charge_id, row.note = "open", None, ""
    moved(row, "state", "charge", "note")
    return row


@action("cash.move", needs="cash.apply")
def move(
    act: Act, line_id: int, customer_id: int, amount: int, on: date | None = None, version: int | None = None
) -> int:
    """Part of a receipt is another customer's (a sister company, the wrong payer): that part stands on their account.

    The whole of it is moved by `identify`. Returns the receipt item on the other account.
    """
    row = held(act, line_id, version)
    receiving(row)
    item = ledger.item(act.company, row.item_id) if row.item_id else None
    if item is None:
        raise Refused(_("Say first whose money this is."))
    to = customers.payer_of(act.company, customer_id).id
    if to == item.customer_id:
        raise Invalid.one("customer", str(customer_id), _("is who has it already"))
    if isinstance(amount, bool) or not 0 < amount <= -item.remaining:
        raise Invalid.one("amount", str(amount), _("is more than is left, or nothing"))
    days = Days(act)
    day = on or days.to_clear(max(row.date, item.posting_date), [(item.id, -amount)])
    made = _transfer(act, row, to, amount, day)
    moved(row)
    Proposal.objects.filter(line=row, state="live").update(state="past")
    act.subject(ref("customers.customer", item.customer_id), ref("customers.customer", to))
    act.note(amount=Money(amount, row.currency), payer=item.customer_id, to=to)
    return made
