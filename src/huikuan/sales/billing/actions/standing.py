"""铺底, kept up: which open invoices stand under base stock credit today, and which fall due (customers/rules/standing)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from huikuan.books.customers import queries as customers
from huikuan.books.customers.rules import Bases, Owed, due_dates, rest_of, restand
from huikuan.books.ledger import actions as ledger
from huikuan.books.ledger import queries as books
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, action
from huikuan.sales.billing import queries
from huikuan.sales.billing.models import Document, DocumentLine
from huikuan.sales.orders import queries as orders

AWAITS = "contract_end"


def settle(act: Act, payer: int, on: date) -> int:
    """Give a payer's open invoices under base stock terms the dates they have today. Returns how many items moved."""
    who = customers.by_id(act.company, payer)
    own = customers.terms_by_ids(act.company, [who.terms])[who.terms].data if who.terms else None
    standing = own.standing if own is not None and own.kind == "base_stock" else None
    rows = {
        d.number: d
        for d in queries.documents(act.company).filter(
            payer_id=payer, kind="invoice", state="posted", led="huikuan", terms__rule__kind="base_stock"
        )
    }
    items = [
        i
        for i in books.items(act.company).filter(customer_id=payer, kind="invoice", remaining__gt=0)
        if i.document in rows and i.line.entry_id == rows[i.document].entry_id
    ]
    whole = Money(
        0 if standing is None else standing.minor if who.base_stock is None else who.base_stock,
        standing.currency if standing else who.currency,
    )
    here = [i for i in items if i.currency == whole.currency]
    dues = _rest_dues(act, [rows[i.document] for i in here if i.awaiting == AWAITS])
    owed = [
        Owed(
            i.pk, i.document_date, i.remaining, i.due_date, *dues.get(i.document, (None, "")), stands=i.awaiting == AWAITS
        )
        for i in here
    ]  # fmt: skip
    moves = restand(whole, who.contract_end, owed, on)
    for move in moves:
        base = move.due if move.awaits == AWAITS else next(i.document_date for i in here if i.pk == move.item)
        changes = {"due_date": move.due, "base_date": base, "awaiting": move.awaits}
        ledger.change_item(act, [move.item], changes, str(move.why), on)
    return len(moves)


def _rest_dues(act: Act, rows: list[Document]) -> dict[str, tuple[date | None, str]]:
    """Document -> when what does not stand of it is due, and what that still waits for."""
    if not rows:
        return {}
    calendar = company.calendar(act.company)
    terms = customers.terms_by_ids(act.company, {r.terms_id for r in rows if r.terms_id})
    deliveries: dict[int, set[int]] = defaultdict(set)
    lines = DocumentLine.objects.filter(document__in=[r.pk for r in rows], delivery__isnull=False)
    for document, delivery in lines.values_list("document_id", "delivery_id"):
        deliveries[document].add(delivery)  # type: ignore[arg-type]
    signed = {s.id: s.signed_on for s in orders.shipped(act.company, {d for some in deliveries.values() for d in some})}
    out: dict[str, tuple[date | None, str]] = {}
    for row in rows:
        days = [signed.get(d) for d in deliveries[row.pk]]
        bases = Bases(
            row.date,
            received=row.invoice_received_on,
            signed_off=max(d for d in days if d) if days and all(days) else None,
        )
        assert row.terms_id is not None
        [part] = due_dates(rest_of(terms[row.terms_id].data), bases, Money(1, row.currency), calendar)
        out[row.number] = (part.due, part.awaiting)
    return out


@action("billing.restand", needs="billing.dates")
def restand_all(act: Act, payers: list[int] | None = None) -> int:
    """Of these payers, or of all who have base stock credit: what stands today, and what is due. Returns items moved."""
    on = company.today(act)
    asked = queries.base_stock_payers(act.company) if payers is None else sorted(set(payers))
    moved = 0
    for payer in asked:
        found = settle(act, payer, on)
        if found:
            act.subject(ref("customers.customer", payer))
        moved += found
    act.note(moved=moved, payers=len(asked))
    return moved
