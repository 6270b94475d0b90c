"""Money of a line that a floor above keeps: a deposit taken from a receipt, a return that the bank paid out.

The line is held here, before anything of the ledger; what is posted for it is the business of the floor above.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Refused
from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action
from huikuan.receivables.cash.actions.apply import _give_to
from huikuan.receivables.cash.actions.common import held, moved, receiving
from huikuan.receivables.cash.models import BankLine, Proposal


@dataclass(frozen=True, slots=True)
class Handed:
    """A line that was handed on: the open item of its receipt (0 for money out), its day, the account of its bank."""

    item: int
    document: str
    date: date
    account: str


@action("cash.hand_on", needs="cash.apply")
def hand_on(act: Act, line_id: int, customer_id: int, on: date | None = None, version: int | None = None) -> Handed:
    """What is left of a receipt is going to be kept for this customer by a floor above. An unknown payer is theirs by it.

    Refused for money that is another customer's: it is moved first.
    """
    row = held(act, line_id, version)
    receiving(row)
    payer = customers.payer_of(act.company, customer_id).id
    if row.item_id is None:
        _give_to(act, row, payer, on)
    elif row.customer_id != payer:
        raise Refused(_("Bank line %(number)s is another customer's money; move it first.", number=row.document))
    assert row.item_id is not None
    row.state = "open"
    moved(row, "state")
    Proposal.objects.filter(line=row, state="live").update(state="past")
    return Handed(row.item_id, row.document, row.date, row.bank.account)


@action("cash.hand_out", needs="cash.import")
def hand_out(act: Act, line_id: int, amount: Money, note: str) -> Handed:
    """This money out is what a floor above paid. Refused when it is another sum, or explained already."""
    row = held(act, line_id)
    if row.state != "out" or row.amount >= 0:
        raise Refused(_("Bank line %(number)s is no money out.", number=row.document))
    if (-row.amount, row.currency) != (amount.minor, amount.currency):
        raise Refused(
            _("Bank line %(number)s is %(have)s, not %(want)s.", number=row.document, have=Money(-row.amount, row.currency), want=amount)
        )  # fmt: skip
    if row.note:
        raise Refused(_("Bank line %(number)s is explained already: %(note)s", number=row.document, note=row.note))
    row.note = note.strip()[:300]
    moved(row, "note")
    return Handed(0, row.document, row.date, row.bank.account)


@action("cash.hand_back", needs="cash.import")
def hand_back(act: Act, line_id: int) -> BankLine:
    """What money out was explained with is undone: it waits to be explained again."""
    row = held(act, line_id)
    if row.state != "out":
        raise Refused(_("Bank line %(number)s is no money out.", number=row.document))
    row.note = ""
    moved(row, "note")
    return row
