"""A move of a deposit, taken back by its dated reversal."""

from __future__ import annotations

from datetime import date

from huikuan.books.ledger import actions as ledger_actions
from huikuan.books.ledger import queries as ledger
from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.words import _
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, action
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.deposits import queries, rules
from huikuan.receivables.deposits.actions.common import held, moved
from huikuan.receivables.deposits.models import Deposit, Move, Request


@action("deposits.undo", needs="deposits.undo")
def undo(act: Act, move_id: int, reason: str, on: date | None = None) -> Deposit:
    """Take one move back by its dated reversal: invoices are open again, the money lies where it came from.

    Raises Refused when it was undone before, or when money that came in is not there any more.
    """
    if not reason.strip():
        raise Invalid.one("reason", reason, _("is needed: the trail keeps it"))
    move = queries.move(act.company, move_id)
    if move.what == rules.RETURNED and move.line is not None:
        cash.hand_back(act, move.line)
    row = held(act, move.deposit_id)
    if Move.objects.filter(undoes=move).exists():
        raise Refused(_("This move was undone already."))
    rules.check_undo(row.number, move.what, move.amount, row.free, row.currency)
    entry = ledger.entry(act.company, move.entry)
    assert entry is not None
    day = on or max(company.today(act), entry.posting_date)
    for clearing in sorted(move.clearings, reverse=True):
        ledger_actions.unclear(act, clearing, day, reason)
    reversed_ = ledger_actions.reverse(act, entry.pk, day, reason.strip()[:200])
    moved(
        act, row, rules.UNDONE, day, -move.amount, -move.base, reversed_.entry_id, undoes=move, line=move.line, note=reason.strip()[:300],
        document=move.document,
    )  # fmt: skip
    if move.request_id is not None:
        Request.objects.filter(pk=move.request_id).update(state=rules.UNDONE)
    return row
