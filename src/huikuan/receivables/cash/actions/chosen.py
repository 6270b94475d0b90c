"""A reversal that a person explains: which receipt the bank takes back with it."""

from __future__ import annotations

from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action
from huikuan.receivables.cash import queries
from huikuan.receivables.cash.actions.common import held
from huikuan.receivables.cash.actions.imports import post_rows
from huikuan.receivables.cash.actions.returned import take_back
from huikuan.receivables.cash.models import BankLine, HouseBank


@action("cash.say_taken_back", needs="cash.apply")
def say_taken_back(act: Act, line_id: int, original_id: int, version: int | None = None) -> BankLine:
    """This money out takes that receipt back: it is posted, what the receipt paid is open again. Raises Invalid where it is
    no receipt of exactly this amount, or was taken back before; Refused, Stale, Missing."""
    row = held(act, line_id, version)
    if row.amount > 0 or row.state != "out":
        raise Refused(_("Bank line %(number)s is no money out that still has to be explained.", number=row.document))
    original = next((x for x in queries.receipts(row) if x.pk == original_id), None)
    if original is None:
        reason = _("is no receipt of this amount that could be taken back")
        raise Invalid.one("original", original_id, reason, _("Choose one of those that are shown."))
    row.state, row.customer_id, row.how = "open", original.customer_id, "reversal"
    post_rows(act, HouseBank.objects.get(pk=row.bank_id), [row])
    if row.state != "open":
        raise Refused(
            _(
                "There is no exchange rate for %(currency)s. Set one, then post the lines that wait.",
                currency=row.currency,
            )
        )
    row.version += 1
    row.save(update_fields=["state", "customer", "how", "entry", "item", "version"])
    take_back(act, row.pk, original.pk)
    row.refresh_from_db()
    return row
