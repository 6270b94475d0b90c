"""How orders and deliveries look in lists: states as marks, columns, filters, what search finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from huikuan.kit.words import Say, _
from huikuan.office.trail.hands import Hit
from huikuan.sales.orders import queries
from huikuan.sales.orders.rules import WORDS, State
from huikuan.sales.orders.rules.taken import LED_BY
from huikuan.web.filters import Amounts, Choice, Dates, Hidden, Pasted, Picked, Words
from huikuan.web.look import Mark
from huikuan.web.shell import called, said
from huikuan.web.tables import Column

TONES = {
    State.FREE: ("good", "circle-check"),
    State.HELD: ("blocked", "hand-stop"),
    State.RELEASED: ("attention", "lock-open"),
    State.REJECTED: ("plain", "x"),
    State.PART_DELIVERED: ("attention", "truck"),
    State.DELIVERED: ("good", "truck-delivery"),
    State.BILLED: ("done", "check"),
    State.CANCELLED: ("plain", "ban"),
}
STATES = {s.value: Mark(WORDS[s], *TONES[s]) for s in State}
OUTCOMES = {"free": Mark(_("Let through"), "good"), "held": Mark(_("Put on hold"), "blocked", "hand-stop")}
CAUSES: dict[str, Say] = {
    "place": _("when placed"),
    "change": _("after a change"),
    "copy": _("as a copy"),
    "check": _("checked again"),
    "cash": _("checked again by itself"),
}
DELIVERY_STATES = {
    "open": Mark(_("Not billed"), "attention", "truck"),
    "billed": Mark(_("On a bill"), "done", "check"),
    "cancelled": Mark(_("Cancelled"), "plain", "ban"),
}
ROW_STATES = {
    "waiting": Mark(_("Waits"), "attention"),
    "landed": Mark(_("Landed"), "good"),
    "dropped": Mark(_("Dropped"), "plain", "ban"),
}


def customer(row: Any) -> str:
    return called(row.customer)


def payer(row: Any) -> str:
    return called(row.payer)


LED = Column("led", _("Led by"), value=lambda r: LED_BY[r.led], sort="led")
LED_FILTER = Choice("led", _("Led by"), options=LED_BY)
NUMBER = Column("number", _("Order"), "link", url="/orders/{pk}")
ORDERS = (
    NUMBER,
    Column("state", _("State"), "state", states=STATES),
    Column("customer", _("Customer"), value=customer, sort="customer__name", url="/customers/{customer_id}", wide=True),
    Column("payer", _("Payer"), value=payer, sort="payer__name", url="/customers/{payer_id}", wide=True, hidden=True),
    Column("date", _("Date"), "date"),
    Column("requested", _("Requested"), "date"),
    Column("customer_po", _("Customer's order")),
    Column("contract", _("Contract no."), hidden=True),
    Column("gross", _("Amount (gross)"), "money", total=True),
    Column("net", _("Net"), "money", total=True, hidden=True),
    Column("tax", _("VAT"), "money", total=True, hidden=True),
    Column("shortfall", _("Shortfall"), "money", hidden=True),
    Column("terms", _("Payment terms"), value=lambda r: called(r.terms), sort="terms__code", hidden=True),
    Column("org", _("Org unit"), value=lambda r: called(r.org), sort="org__code", hidden=True),
    Column("made_by", _("Placed by")),
    Column("made_at", _("Placed at"), "time", hidden=True),
    Column("external", _("External key"), hidden=True),
    replace(LED, hidden=True),
)
WORDS_IN = (
    "number",
    "customer_po",
    "contract",
    "customer__number",
    "customer__name",
    "customer__name_en",
    "customer__pinyin",
)
FILTERS = (
    Words(*WORDS_IN, whole=("number",)),
    Choice("state", _("State"), options=STATES),
    LED_FILTER,
    Dates("date", _("Date")),
    Dates("requested", _("Requested")),
    Amounts("gross", _("Amount (gross)")),
    Pasted("numbers", _("Order numbers"), field="number"),
    Picked("customer", _("Customer"), field="customer__number", url="/customers/pick"),
    Hidden("payer", _("Payer no."), field="payer__number"),
)
DELIVERIES = (
    Column("number", _("Delivery"), "link", url="/orders/deliveries/{pk}"),
    Column("state", _("State"), "state", states=DELIVERY_STATES),
    Column("order", _("Order"), value="order.number", sort="order__number", url="/orders/{order_id}"),
    Column("customer", _("Customer"), value=lambda r: called(r.order.customer), sort="order__customer__name",
           url=lambda r: f"/customers/{r.order.customer_id}", wide=True),
    Column("date", _("Left on"), "date"),
    Column("etd", _("ETD"), "date", hidden=True),
    Column("eta", _("ETA"), "date"),
    Column("signed_on", _("Signed for"), "date"),
    Column("carrier", _("Carrier")),
    Column("made_by", _("Entered by"), hidden=True),
    replace(LED, hidden=True),
)  # fmt: skip
DELIVERY_FILTERS = (
    Words(
        "number",
        "order__number",
        "order__customer__number",
        "order__customer__name",
        "order__customer__name_en",
        "carrier",
        whole=("number",),
    ),
    Choice("state", _("State"), options=DELIVERY_STATES),
    LED_FILTER,
    Dates("date", _("Left on")),
    Dates("eta", _("ETA")),
    Pasted("numbers", _("Delivery numbers"), field="number"),
)
SHEETS = (
    Column("name", _("File"), "link", url="/orders/sheets/{pk}"),
    Column("made_at", _("Fed at"), "time"),
    Column("made_by", _("By")),
    Column("read", _("Rows"), "number"),
    Column("landed", _("Landed"), "number"),
    Column("known", _("Known before"), "number"),
    Column("quarantined", _("Waiting"), "number"),
)


def hits(company: int, text: str, limit: int) -> Sequence[Hit]:
    """What search finds of orders and deliveries."""
    kinds = {"order": (_("Order"), "/orders/{}"), "delivery": (_("Delivery"), "/orders/deliveries/{}")}
    return [
        Hit(number, said(amount), kinds[kind][1].format(pk), kinds[kind][0])
        for kind, pk, number, amount in queries.find(company, text, limit)
    ]


# What timelines call the facts and fields that acts on orders keep; marked here for the catalogue.
NAMED = (
    _("Orders"), _("Held"), _("Outcome"), _("Shortfall"), _("Asked"), _("Came"), _("On"), _("Freed"), _("Checked"), _("Read"),
    _("Signed on"), _("Customer po"), _("Terms"), _("Etd"), _("Eta"), _("Said"), _("Taken over"), _("Changed"), _("Led"), _("Moved"),
)  # fmt: skip
ACTS: dict[str, Say] = {
    "orders.place": _("Placed"),
    "orders.place_many": _("Placed with others"),
    "orders.change": _("Changed"),
    "orders.copy": _("Copied"),
    "orders.check": _("Checked again"),
    "orders.check_many": _("Checked again with others"),
    "orders.recheck": _("Checked again by itself"),
    "orders.release": _("Released, or passed on for approval"),
    "orders.release_many": _("Released with others"),
    "orders.let_go": _("Released under an approval"),
    "orders.reject": _("Rejected"),
    "orders.cancel": _("Cancelled"),
    "orders.money_came": _("The money was looked for"),
    "orders.deliver": _("Delivered"),
    "orders.deliver_many": _("Delivered with others"),
    "orders.redate": _("Dates changed"),
    "orders.sign_off": _("Signed for"),
    "orders.sign_many": _("Signed for with others"),
    "orders.cancel_delivery": _("Delivery cancelled"),
    "orders.mark_billed": _("On a bill"),
    "orders.unmark_billed": _("Bill taken back"),
    "orders.feed": _("Sheet fed"),
    "orders.feed_again": _("Mended rows fed"),
    "orders.drop_rows": _("Rows dropped"),
    "orders.take_over": _("Taken over from the system that leads it"),
    "orders.take_over_deliveries": _("Deliveries taken over from the system that leads them"),
    "orders.take_over_billed": _("Billed or not, as the leading system says"),
    "orders.hand_over": _("Another system leads from now on"),
}
