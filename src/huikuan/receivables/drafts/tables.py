"""How drafts look in lists."""

from __future__ import annotations

from typing import Any

from huikuan.kit.money import RATE_SCALE, scaled_text
from huikuan.kit.words import _, _in
from huikuan.receivables.drafts import rules
from huikuan.web.filters import Amounts, Choice, Dates, Words
from huikuan.web.look import Mark
from huikuan.web.shell import called, said
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


def _rate(row: Any, name: str) -> str:
    return f"{scaled_text(row.terms[name] * 100, RATE_SCALE)}%" if name in row.terms else ""


LIVE = {"1": Mark(_in("agreement", "In force"), "good"), "0": Mark(_in("agreement", "Ended"), "plain", "ban")}
CONCESSIONS = (
    Column("whose", _in("agreement", "With whom"), value=lambda r: r.group.name if r.group else called(r.customer), sort="-", wide=True,
           url=lambda r: f"/customers/{r.customer_id}" if r.customer_id else ""),
    Column("kind", _in("agreement", "Level"), value=lambda r: said(_("Group") if r.group_id else _("Customer")), sort="-"),
    Column("share", _("Most in drafts"), value=lambda r: _rate(r, "share"), sort="-", note=rules.TERM_NAMES["share"]),
    Column("days", _("Free days"), value=lambda r: r.terms.get("days", ""), sort="-", note=rules.TERM_NAMES["days"]),
    Column("rate", _("Charge a year"), value=lambda r: _rate(r, "rate"), sort="-", note=rules.TERM_NAMES["rate"]),
    Column("banks", rules.TERM_NAMES["banks"], value=lambda r: ", ".join(r.terms.get("banks", ())), sort="-", wide=True),
    Column("acceptors", rules.TERM_NAMES["acceptors"], value=lambda r: ", ".join(r.terms.get("acceptors", ())), sort="-", wide=True, hidden=True),
    Column("until", _("Until"), "date"),
    Column("live", _("State"), "state", value=lambda r: LIVE[str(int(r.live))], sort="-"),
    Column("note", _("Note"), wide=True),
    Column("by", _("By")),
    Column("at", _("Since"), "time"),
    Column("end_reason", _("Why it ended"), hidden=True, wide=True),
)  # fmt: skip
CONCESSION_FILTERS = (
    Words("customer__number", "customer__name", "customer__pinyin", "group__number", "group__name"),
    Choice("live", _("State"), options=LIVE),
)
