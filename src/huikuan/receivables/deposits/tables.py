"""Columns and filters of deposits, and what search finds of them."""

from __future__ import annotations

from collections.abc import Sequence

from huikuan.kit.money import Money
from huikuan.kit.words import _, _in
from huikuan.office.trail.hands import Hit
from huikuan.receivables.deposits import queries, rules
from huikuan.web.filters import Amounts, Choice, Dates, Words
from huikuan.web.look import Mark
from huikuan.web.shell import called, said
from huikuan.web.tables import Column

STATES = {
    rules.OPEN: Mark(rules.STATES[rules.OPEN], "plain", "lock"),
    rules.SETTLED: Mark(rules.STATES[rules.SETTLED], "done", "check"),
}
KINDS = {kind: Mark(name, "plain") for kind, name in rules.KINDS.items()}
TONES = {
    rules.RECEIVED: ("plain", "inbox"), rules.OFFSET: ("done", "check"), rules.RETURNED: ("plain", "arrow-back-up"),
    rules.FORFEITED: ("attention", "gavel"), rules.UNDONE: ("late", "rotate"),
}  # fmt: skip
WHATS = {what: Mark(rules.WHATS[what], *TONES[what]) for what in TONES}
REQUESTS = {
    rules.ASKED: Mark(rules.REQUESTS[rules.ASKED], "attention", "hourglass"),
    rules.GRANTED: Mark(rules.REQUESTS[rules.GRANTED], "attention", "clock"),
    rules.DONE: Mark(rules.REQUESTS[rules.DONE], "done", "check"),
    rules.REFUSED: Mark(rules.REQUESTS[rules.REFUSED], "plain", "ban"),
    rules.UNDONE: Mark(rules.REQUESTS[rules.UNDONE], "late", "rotate"),
}


COLUMNS = (
    Column("number", _("Deposit"), "link", url="/deposits/{pk}"),
    Column("kind", _("Kind"), "state", states=KINDS),
    Column("customer", _("Customer"), value=lambda r: called(r.customer), sort="customer__pinyin", url="/customers/{customer_id}"),
    Column("balance", _("Balance"), "money", total=True),
    Column("reserved", _("Asked back"), "money", total=True, note=_("Kept back for returns and forfeitures that are asked for")),
    Column("due_back", _("Due back"), "date"),
    Column("state", _("State"), "state", states=STATES),
    Column("received", _in("deposit", "Received on"), "date"),
    Column("agreement", _("Agreement")),
    Column("purpose", _in("deposit", "Purpose"), wide=True),
    Column("order", _("Order"), value=lambda r: r.order.number if r.order else "", sort="order__number",
           url=lambda r: f"/orders/{r.order_id}" if r.order_id else "", hidden=True),
    Column("currency", _("Currency"), hidden=True),
)  # fmt: skip
FILTERS = (
    Words("number", "agreement", "purpose", "customer__number", "customer__name", "customer__pinyin"),
    Choice("state", _("State"), options=STATES),
    Choice("kind", _("Kind"), options=KINDS),
    Dates("due_back", _("Due back")),
    Dates("received", _in("deposit", "Received on")),
    Amounts("balance", _("Balance")),
)
# What timelines call the facts that acts on deposits keep; marked here for the catalogue.
NAMED = (_("Balance"), _("Due back"), _("Agreement"), _in("deposit", "Purpose"))


def hits(company: int, text: str, limit: int) -> Sequence[Hit]:
    """What search finds of deposits: by number or agreement."""
    return [
        Hit(
            d.number,
            f"{called(d.customer)} {said(Money(d.balance, d.currency))}",
            f"/deposits/{d.pk}",
            rules.KINDS[d.kind],
        )
        for d in queries.find(company, text, limit)
    ]
