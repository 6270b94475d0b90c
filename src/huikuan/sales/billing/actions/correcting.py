"""What changes a bill afterwards: credit notes (four eyes), cancellations, and due dates that come late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from huikuan.books.customers.rules import Bases
from huikuan.books.ledger import actions as ledger
from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.money import Money
from huikuan.kit.refs import read, ref
from huikuan.kit.words import _
from huikuan.office.approvals import actions as approvals
from huikuan.office.trail.act import Act, action
from huikuan.sales.billing import queries
from huikuan.sales.billing.actions.posting import DOCUMENT, Desk, Drawn, number_documents, redate, store
from huikuan.sales.billing.models import Document, DocumentLine
from huikuan.sales.billing.rules import Credited, Instalment, credit_all, credit_amount, credit_quantity
from huikuan.sales.orders import actions as order_actions
from huikuan.sales.orders import queries as orders
from huikuan.sales.orders.rules.taken import check_led

CREDIT = "billing.credit_note"  # the kind of approval


@dataclass(frozen=True, slots=True)
class CreditLine:
    """So much of line `n` of the original (10^-6)."""

    n: int
    quantity: int


def _hold(act: Act, pk: int) -> Document:
    row = Document.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=pk).first()
    if row is None:
        raise Missing(_("There is no such billing document."))
    check_led(row.led, _("billing document"), row.number)
    act.subject(ref(DOCUMENT, row.pk))
    return row


def _must_say(reason: str) -> str:
    if not reason.strip():
        raise Invalid.one("reason", reason, _("Say why, in a few words."))
    return reason.strip()[:200]


# --- credit notes -------------------------------------------------------------------------------------------------


def _creditable(row: Document) -> None:
    if row.kind != "invoice" or row.state != "posted":
        raise Refused(_("Only a posted bill can be credited; %(number)s is not one.", number=row.number))


def _taken(row: Document, lines: Sequence[CreditLine], amount: Money | None) -> list[Credited]:
    """What is credited: the lines named, or an amount over all lines, or (neither) everything that is left."""
    billed = queries.billed(row)
    if amount is not None:
        if amount.currency != row.currency:
            raise Invalid.one("amount", amount, _("The bill is in %(currency)s.", currency=row.currency))
        return credit_amount(billed, amount.minor, row.currency)
    if lines:
        numbered = dict(zip(queries.lines(row.pk).values_list("n", flat=True), billed, strict=True))
        if lost := {x.n for x in lines} - set(numbered):
            raise Invalid.one("n", sorted(lost)[0], _("The bill has no such line."))
        return [credit_quantity(numbered[x.n], x.quantity) for x in lines]
    found = credit_all(billed)
    if not found:
        raise Refused(_("All of %(number)s has been credited already.", number=row.number))
    return found


@action("billing.ask_credit", needs="billing.ask_credit")
def ask_credit(
    act: Act,
    document_id: int,
    on: date,
    reason: str,
    lines: list[CreditLine] | None = None,
    amount: Money | None = None,
) -> int:
    """Ask for a credit note: lines by quantity, an amount over all lines, or all that is left. The grant posts it.

    Returns the approval's id.
    """
    row = _hold(act, document_id)
    _creditable(row)
    reason = _must_say(reason)
    taken = _taken(row, lines or [], amount)
    gross = Money(sum(c.net + c.tax for c in taken), row.currency)
    asked = approvals.ask(
        act,
        CREDIT,
        ref(DOCUMENT, row.pk),
        gross,
        {
            "document": row.number,
            "customer": row.payer.name,
            "on": on,
            "credit": gross,
            "of": Money(row.gross, row.currency),
            "reason": reason,
            "lines": [[x.n, x.quantity] for x in lines or []],
            "amount": amount.minor if amount else None,
        },
        _(
            "Credit note of %(amount)s for %(number)s of %(payer)s",
            amount=gross,
            number=row.number,
            payer=row.payer.name,
        ),
    )
    return int(asked.pk)


def granted(act: Act, approval: Any) -> None:
    """The approver said yes: post exactly the credit note that was shown."""
    subject, shown = read(approval.subject), approval.shown
    if subject is None:
        raise Missing(_("There is no such billing document."))
    on = date.fromisoformat(shown["on"]["$date"])
    lines = [CreditLine(n, quantity) for n, quantity in shown["lines"]]
    amount = None if shown["amount"] is None else Money(shown["amount"], approval.currency)
    credit_note(act, subject.pk, on, shown["reason"], lines, amount)


@action("billing.credit_note", needs=None)
def credit_note(
    act: Act,
    document_id: int,
    on: date,
    reason: str,
    lines: list[CreditLine] | None = None,
    amount: Money | None = None,
) -> Document:
    """A credit note against a bill, posted; under the grant of its approval. It stands as an open credit of its own
    until someone clears it: what it settles is the cashier's decision, not ours."""
    row = _hold(act, document_id)
    _creditable(row)
    reason = _must_say(reason)
    if on < row.date:
        raise Invalid.one("date", on, _("The bill is of %(date)s; a credit note can't be older.", date=row.date))
    taken = _taken(row, lines or [], amount)
    source = {x.pk: x for x in DocumentLine.objects.filter(document=row)}
    rows = []
    for n, c in enumerate(taken, 1):
        of = source[c.line_id]
        rows.append(
            DocumentLine(
                company_id=act.company, n=n, item_id=of.item_id, text=of.text, quantity=c.quantity, unit=of.unit,
                price=of.price if c.quantity else None, tax_code=of.tax_code, tax_rate=of.tax_rate, net=-c.net, tax=-c.tax,
                gross=-c.net - c.tax, order_line_id=of.order_line_id, delivery_id=of.delivery_id, original=of,
            )
        )  # fmt: skip
    net, tax = sum(x.net for x in rows), sum(x.tax for x in rows)
    credit = Document(
        company_id=act.company, kind="credit_note", customer_id=row.customer_id, payer_id=row.payer_id, org_id=row.org_id,
        terms_id=row.terms_id, order_id=row.order_id, date=on, currency=row.currency, mode=row.mode, net=net, tax=tax, gross=net + tax,
        reason=reason, reference=row.number, original=row, made_by=act.by, made_at=act.at,
    )  # fmt: skip
    parts = [Instalment(credit.gross, on, on)] if credit.gross else []
    [made] = store(act, Desk(act, {row.payer_id}, set()), [Drawn(credit, rows, parts)], post=True)
    act.note(reason=reason, amount=Money(credit.gross, credit.currency))
    return made


# --- cancellation -------------------------------------------------------------------------------------------------


@action("billing.cancel", needs="billing.cancel")
def cancel(act: Act, document_id: int, on: date, reason: str) -> Document:
    """Cancel a bill or credit note by its mirror image; its deliveries are to be billed again.

    Refused once it was cancelled, credited, or paid in part: undo that first. Returns the cancellation.
    """
    found = queries.document(act.company, document_id)
    check_led(found.led, _("billing document"), found.number)
    deliveries = sorted(
        set(DocumentLine.objects.filter(document=found, delivery__isnull=False).values_list("delivery_id", flat=True))
    )
    if found.kind == "invoice" and deliveries and found.state == "posted":
        order_actions.unmark_billed(act, deliveries)  # orders before documents: the house's one lock order
    row = _hold(act, document_id)
    reason = _must_say(reason)
    if row.kind == "cancellation" or row.state != "posted":
        raise Refused(_("%(number)s can't be cancelled (any more).", number=row.number))
    if row.credit_notes.filter(state="posted").exists():
        raise Refused(_("%(number)s has a credit note; cancel that first.", number=row.number))
    if Document.objects.filter(pk=row.pk, state="posted").update(state="cancelled", version=row.version + 1) != 1:
        raise Refused(_("%(number)s was cancelled by someone else meanwhile.", number=row.number))
    act.changed(ref(DOCUMENT, row.pk), "state", "posted", "cancelled")
    approvals.void(act, ref(DOCUMENT, row.pk), _("The document was cancelled."))
    mirror = Document(
        company_id=act.company, kind="cancellation", customer_id=row.customer_id, payer_id=row.payer_id, org_id=row.org_id,
        terms_id=row.terms_id, order_id=row.order_id, date=on, currency=row.currency, mode=row.mode, net=-row.net, tax=-row.tax,
        gross=-row.gross, reason=reason, reference=row.number, cancels=row, made_by=act.by, made_at=act.at,
    )  # fmt: skip
    if row.entry_id is not None:
        mirror.entry_id = ledger.reverse(act, row.entry_id, on, reason).entry_id
    lines = [
        DocumentLine(
            company_id=act.company, n=x.n, item_id=x.item_id, text=x.text, quantity=x.quantity, unit=x.unit, price=x.price,
            discount=-x.discount, net=-x.net, tax_code=x.tax_code, tax_rate=x.tax_rate, tax=-x.tax, gross=-x.gross,
            order_line_id=x.order_line_id, delivery_id=x.delivery_id,
        )
        for x in DocumentLine.objects.filter(document=row).order_by("n")
    ]  # fmt: skip
    number_documents(act, [Drawn(mirror, lines)])
    mirror.save(force_insert=True)
    for line in lines:
        line.document = mirror
    DocumentLine.objects.bulk_create(lines, batch_size=300)
    act.subject(ref(DOCUMENT, mirror.pk))
    act.note(reason=reason)
    return mirror


# --- due dates that come late -------------------------------------------------------------------------------------


@action("billing.received_invoice", needs="billing.dates")
def received_invoice(act: Act, document_id: int, on: date) -> Document:
    """The customer has the invoice (票到): its items get their due dates. A second date is refused."""
    row = _hold(act, document_id)
    if row.state != "posted":
        raise Refused(_("%(number)s is not posted.", number=row.number))
    if on < row.date:
        raise Invalid.one("on", on, _("The bill is of %(date)s only.", date=row.date))
    if row.invoice_received_on not in (None, on):
        raise Refused(
            _("%(number)s was received on %(date)s already.", number=row.number, date=row.invoice_received_on)
        )
    if row.invoice_received_on is None:
        act.changed(ref(DOCUMENT, row.pk), "invoice_received_on", None, on)
        row.invoice_received_on = on
        row.save(update_fields=["invoice_received_on"])
    moved = redate(act, row, Bases(invoice=row.date, received=on), "invoice_receipt", on)
    act.note(items=moved)
    return row


@action("billing.signed_off", needs="billing.dates")
def signed_off(act: Act, delivery_id: int, on: date | None = None) -> int:
    """Goods of a bill were signed for: once all its deliveries are, its items get their due dates. Returns how many.

    With `on` the delivery itself is signed off too, in the same act.
    """
    if on is not None:
        order_actions.sign_off(act, delivery_id, on)
    moved = 0
    rows = (
        queries.documents(act.company)
        .filter(kind="invoice", state="posted", led="huikuan", lines__delivery_id=delivery_id)
        .distinct()
    )
    for row in rows.order_by("pk"):
        ids = set(
            DocumentLine.objects.filter(document=row, delivery__isnull=False).values_list("delivery_id", flat=True)
        )
        dates = [s.signed_on for s in orders.shipped(act.company, ids)]
        if all(dates):
            last = max(d for d in dates if d)
            act.subject(ref(DOCUMENT, row.pk))
            moved += redate(act, row, Bases(invoice=row.date, signed_off=last), "sign_off", last)
    act.subject(ref("orders.delivery", delivery_id))
    return moved
