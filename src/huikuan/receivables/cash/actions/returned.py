"""A payment that the bank takes back: what the receipt paid is open again, receipt and reversal settle each other, and a
person gets it to do."""

from __future__ import annotations

from collections.abc import Sequence

from huikuan.books.ledger import actions as ledger_actions
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.queries.days import Days
from huikuan.books.ledger.types import ClearDraft
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action
from huikuan.office.work.actions import open_order
from huikuan.receivables.cash import queries
from huikuan.receivables.cash.actions.apply import undo
from huikuan.receivables.cash.actions.common import KIND, held, moved
from huikuan.receivables.cash.models import BankLine, Proposal


def take_back_all(act: Act, rows: Sequence[BankLine]) -> None:
    """Settle the reversals among lines that have just landed. They are few: one after the other, each in a savepoint, so
    that one that cannot be settled (a closed period, a residual that was paid) still lands and becomes work."""
    for row in rows:
        if row.amount > 0 or row.how != "reversal":
            continue
        if row.state == "open":
            tried = act.attempt(take_back, row.pk)
            if not tried.ok:
                _tell(act, row, None, (), str(tried.trouble.say) if tried.trouble else "")
        elif row.state == "out":
            _ask(act, row)


@action("cash.take_back", needs="cash.import")
def take_back(act: Act, line_id: int, original_id: int | None = None) -> list[int]:
    """Undo what the receipt paid, by reversal, and settle receipt and reversal with each other. Returns the clearings that
    were undone. `original_id`: which receipt it is, where a person said so."""
    row = held(act, line_id)
    found = queries.taken_back(row)
    pk = original_id or found.original
    original = held(act, pk) if pk is not None else None
    if original is None or original.customer_id != row.customer_id:  # somebody was faster
        _tell(act, row, None, (), "")
        return []
    act.note(why=_("a person said so") if original_id else found.why)
    if (
        original.item_id is None or row.item_id is None
    ):  # nobody knew the payer: both stand on 224101 and are nothing together
        original.state, original.note = "ignored", f"↩ {row.document}"
        moved(original, "state", "note")
        Proposal.objects.filter(line=original, state="live").update(state="past")
        return []
    applied = [a for a in queries.applied(act.company, original) if not a.undone]
    undone = sorted({a.clearing for a in applied} | queries.transfers(act.company, original), reverse=True)
    for clearing in undone:  # the newest first: what a transfer paid elsewhere before the transfer
        undo(act, clearing, None, f"退回 {row.document}")
    receipt, debit = ledger.item(act.company, original.item_id), ledger.item(act.company, row.item_id)
    assert receipt is not None and debit is not None
    amount = min(-receipt.remaining, debit.remaining)
    if amount > 0:
        legs = ((receipt.id, -amount), (debit.id, amount))
        # the bank's reversal is mostly of a day before today, of which the undo is: the receipt is free from then on
        on = Days(act).to_clear(max(receipt.posting_date, debit.posting_date), legs)
        ledger_actions.clear(act, [ClearDraft(on, legs, reason=f"退回 {original.document}", source=ref(KIND, row.pk))])
    Proposal.objects.filter(line=original, state="live").update(state="past")
    act.note(original=original.pk, undone=undone, amount=Money(amount, row.currency))
    _tell(act, row, original, sorted({a.document for a in applied}), "")
    return undone


def _tell(act: Act, row: BankLine, original: BankLine | None, documents: Sequence[str], trouble: str) -> None:
    """Somebody looks at it: what is open again has to be claimed again."""
    open_order(
        act, "cash.returned", ref(KIND, row.pk),
        _(
            "The bank took back %(amount)s of %(date)s (%(payer)s). Open again: %(documents)s",
            amount=Money(-row.amount, row.currency), date=row.date, payer=row.payer_name or "?",
            documents=list(documents[:12]) or "–",
        ),
        role="CSH",
        data={"line": row.pk, "original": original.pk if original else None, "documents": list(documents[:50]), "trouble": trouble},
        key=f"cash.returned:{row.pk}",
    )  # fmt: skip


def _ask(act: Act, row: BankLine) -> None:
    """A reversal that no one receipt answers to: somebody says which it takes back, on the line's page."""
    found = queries.taken_back(row)
    near = BankLine.objects.filter(pk__in=found.others[:12]).order_by("-date", "-pk")
    open_order(
        act, "cash.returned", ref(KIND, row.pk),
        _(
            "The bank took back %(amount)s of %(date)s (%(payer)s), and %(why)s. It may be: %(receipts)s",
            amount=Money(-row.amount, row.currency), date=row.date, payer=row.payer_name or "?", why=found.why,
            receipts=[f"{x.document} {x.date} {x.payer_name}".strip() for x in near] or "–",
        ),
        role="CSH", data={"line": row.pk, "original": None, "candidates": list(found.others)}, key=f"cash.returned:{row.pk}",
    )  # fmt: skip
