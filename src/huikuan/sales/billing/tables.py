"""How billing documents look in lists: kinds and states as marks, columns, filters, what search finds."""

from __future__ import annotations

from collections.abc import Sequence

from huikuan.kit.words import Say, _
from huikuan.office.trail.hands import Hit
from huikuan.sales.billing import queries
from huikuan.sales.orders.rules.taken import LED_BY
from huikuan.web.filters import Amounts, Choice, Dates, Pasted, Picked, Words
from huikuan.web.look import Mark
from huikuan.web.shell import called, said
from huikuan.web.tables import Column

KIND_WORDS = {"invoice": _("Bill"), "credit_note": _("Credit note"), "cancellation": _("Cancellation")}
KINDS = {
    "invoice": Mark(KIND_WORDS["invoice"], "plain", "file-dollar"),
    "credit_note": Mark(KIND_WORDS["credit_note"], "attention", "receipt-refund"),
    "cancellation": Mark(KIND_WORDS["cancellation"], "plain", "arrow-back-up"),
}
STATES = {
    "draft": Mark(_("Draft"), "attention", "pencil"),
    "posted": Mark(_("Posted"), "good"),
    "cancelled": Mark(_("Reversed"), "plain", "arrow-back-up"),
}


DOCUMENTS = (
    Column("number", _("Number"), "link", url="/billing/{pk}"),
    Column("kind", _("Kind"), "state", states=KINDS),
    Column("state", _("State"), "state", states=STATES),
    Column("payer", _("Payer"), value=lambda r: called(r.payer), sort="payer__name", url="/customers/{payer_id}", wide=True),
    Column("customer", _("Ordered by"), value=lambda r: called(r.customer), sort="customer__name", hidden=True, wide=True),
    Column("date", _("Date"), "date"),
    Column("net", _("Net"), "money", total=True),
    Column("tax", _("VAT"), "money", total=True),
    Column("gross", _("Gross"), "money", total=True),
    Column("order", _("Order"), value=lambda r: r.order.number if r.order else "", sort="order__number",
           url=lambda r: f"/orders/{r.order_id}" if r.order_id else ""),
    Column("reference", _("Reference")),
    Column("org", _("Org unit"), value=lambda r: called(r.org), sort="org__code", hidden=True),
    Column("terms", _("Payment terms"), value=lambda r: called(r.terms), sort="terms__code", hidden=True),
    Column("invoice_received_on", _("Invoice received"), "date", hidden=True),
    Column("made_by", _("Made by"), hidden=True),
    Column("external", _("External key"), hidden=True),
    Column("booked_as", _("Accounting document there"), hidden=True),
    Column("led", _("Led by"), value=lambda r: LED_BY[r.led], sort="led", hidden=True),
)  # fmt: skip
FILTERS = (
    Words("number", "reference", "payer__number", "payer__name", "payer__name_en", "payer__pinyin", whole=("number",)),
    Choice("kind", _("Kind"), options=KINDS),
    Choice("state", _("State"), options=STATES),
    Choice("led", _("Led by"), options=LED_BY),
    Dates("date", _("Date")),
    Amounts("gross", _("Gross")),
    Pasted("numbers", _("Numbers"), field="number"),
    Picked("payer", _("Payer"), field="payer__number", url="/customers/pick"),
)
DUE = (
    Column("number", _("Delivery"), "link", url="/orders/deliveries/{pk}"),
    Column("order", _("Order"), value="order.number", sort="order__number", url="/orders/{order_id}"),
    Column("payer", _("Payer"), value=lambda r: called(r.order.payer), sort="order__payer__name",
           url=lambda r: f"/customers/{r.order.payer_id}", wide=True),
    Column("date", _("Left on"), "date"),
    Column("signed_on", _("Signed for"), "date"),
    Column("amount", _("Order amount"), "money", value="order.gross", sort="order__gross", currency="order.currency"),
)  # fmt: skip
DUE_FILTERS = (
    Words("number", "order__number", "order__payer__number", "order__payer__name", "order__payer__name_en"),
    Dates("date", _("Left on")),
)


# What timelines call the facts and fields that acts on documents keep; marked here for the catalogue.
NAMED = (
    _("Documents"),
    _("First"),
    _("Last"),
    _("Amount"),
    _("Items"),
    _("Invoice received on"),
    _("Taken over"),
    _("Changed"),
    _("Led"),
    _("Moved"),
    _("Booked as"),
)
ACTS: dict[str, Say] = {
    "billing.bill": _("Billed and posted"),
    "billing.restand": _("Base stock credit: due dates settled"),
    "billing.issue": _("Invoices without an order posted"),
    "billing.run.open": _("Billing run started"),
    "billing.run.chunk": _("Billed and posted by the run"),
    "billing.post_drafts": _("Drafts posted"),
    "billing.ask_credit": _("Credit note asked for"),
    "billing.credit_note": _("Credit note posted"),
    "billing.cancel": _("Cancelled by its mirror image"),
    "billing.received_invoice": _("Invoice received"),
    "billing.signed_off": _("Due dates set by the sign-off"),
    "billing.take_over": _("Taken over from the system that posted it"),
    "billing.point": _("Points to its claim in the books"),
    "billing.hand_over": _("Another system leads from now on"),
}


def hits(company: int, text: str, limit: int) -> Sequence[Hit]:
    """What search finds of billing documents."""
    return [
        Hit(number, said(amount), f"/billing/{pk}", KIND_WORDS[kind])
        for pk, kind, number, amount in queries.find(company, text, limit)
    ]
