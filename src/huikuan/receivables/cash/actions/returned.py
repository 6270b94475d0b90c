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
        if row.amount < 0 and row.how == "reversal" and row.state == "open":
            tried = act.attempt(take_back, row.pk)
            if not tried.ok:
                _tell(act, row, None, (), str(tried.trouble.say) if tried.trouble else "")


def _original(row: BankLine) -> BankLine | None:
    """The receipt it takes back: same amount and payer, not later, and not taken back before."""
    found = BankLine.objects.filter(
        bank_id=row.bank_id,
        amount=-row.amount,
        currency=row.currency,
        date__lte=row.date,
        state__in=["open", "account"],
    )
    if row.payer_account or row.folded:
        found = found.filter(payer_account=row.payer_account, folded=row.folded)
    found = (found.filter(customer_id=row.customer_id) if row.customer_id else found.filter(customer=None)).order_by(
        "-date", "-pk"
    )[:20]
    before = _by_reversal(row)
    items = [x.item_id for x in found if x.item_id is not None]
    taken = {
        leg.item_id
        for leg in (ledger.legs(row.company_id, items=items) if before and items else ())
        if leg.clearing_id in before and not leg.reversed_by_id
    }
    return next((x for x in found if x.item_id not in taken), None)


def _by_reversal(row: BankLine) -> set[int]:
    """Clearings that earlier reversals of this account made."""
    before = BankLine.objects.filter(bank_id=row.bank_id, amount=row.amount, how="reversal").exclude(pk=row.pk)
    names = [ref(KIND, pk) for pk in before.values_list("pk", flat=True)[:200]]
    return set(ledger.clearings(row.company_id).filter(source__in=names).values_list("pk", flat=True))


@action("cash.take_back", needs="cash.import")
def take_back(act: Act, line_id: int) -> list[int]:
    """Undo what the receipt paid, by reversal, and settle receipt and reversal with each other. Returns the clearings that
    were undone."""
    row = held(act, line_id)
    original = _original(row)
    if original is None:
        _tell(act, row, None, (), "")
        return []
    original = held(act, original.pk)
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
