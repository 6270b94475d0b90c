"""How drafts look in lists."""

from __future__ import annotations

from huikuan.kit.words import _
from huikuan.receivables.drafts import rules
from huikuan.web.filters import Amounts, Choice, Dates, Words
from huikuan.web.look import Mark
from huikuan.web.shell import called
from huikuan.web.tables import Column

TONES = {
    rules.ASKED: ("attention", "hourglass"),
    rules.HELD: ("plain", "inbox"),
    rules.PRESENTED: ("attention", "clock"),
    rules.HONOURED: ("done", "check"),
    rules.ENDORSED: ("plain", "arrow-up-right"),
    rules.DISCOUNTED: ("plain", "arrow-up-right"),
    rules.REFUSED_BY_BANK: ("late", "alert-triangle"),
    rules.SPLIT: ("plain", "circle-dot"),
    rules.RETURNED: ("plain", "arrow-back-up"),
    rules.DECLINED: ("plain", "ban"),
}
STATES = {state: Mark(rules.STATES[state], *TONES[state]) for state in TONES}
KINDS = {kind: Mark(name, "plain") for kind, name in rules.KIND_NAMES.items()}


COLUMNS = (
    Column("number", _("Draft"), "link", url="/drafts/{pk}", note=_("30 digits, as the draft says")),
    Column("range", _("Sub-range"), value=lambda r: f"{r.start}-{r.end}" if r.end else "0", sort="-"),
    Column("kind", _("Kind"), "state", states=KINDS),
    Column("amount", _("Amount"), "money", total=True),
    Column("due", _("Due date"), "date"),
    Column("state", _("State"), "state", states=STATES),
    Column("customer", _("Customer"), value=lambda r: called(r.customer), sort="customer__pinyin", url="/customers/{customer_id}"),
    Column("acceptor", _("Acceptor"), wide=True),
    Column("received", _("Received on"), "date"),
    Column("exposed", _("Still exposed"), "money", total=True, note=_("Counts as the customer's exposure until it is honoured")),
    Column("drawer", _("Drawer"), hidden=True, wide=True),
    Column("issued", _("Issued on"), "date", hidden=True),
    Column("holder", _("Passed on to"), hidden=True),
)  # fmt: skip
FILTERS = (
    Words("number", "acceptor", "customer__number", "customer__name", "customer__pinyin"),
    Choice("state", _("State"), options=STATES),
    Choice("kind", _("Kind"), options=KINDS),
    Dates("due", _("Due date")),
    Amounts("amount", _("Amount")),
)
