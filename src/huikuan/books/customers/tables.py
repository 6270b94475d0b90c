"""Columns of the customers' lists."""

from __future__ import annotations

from typing import Any

from huikuan.books.customers.rules import KLASS_NAMES, LABELS, ORG_NAMES, STATE_NAMES, describe, percent, read_terms
from huikuan.kit.words import Say, _
from huikuan.web.look import Mark
from huikuan.web.shell import called
from huikuan.web.tables import Column

STATES = {
    "open": Mark(STATE_NAMES["open"], "good"),
    "blocked": Mark(STATE_NAMES["blocked"], "blocked"),
    "closed": Mark(STATE_NAMES["closed"], "done"),
}


def klass(row: Any) -> Say:
    return KLASS_NAMES.get(row.klass, KLASS_NAMES["other"])


def used(row: Any) -> int | None:
    """Exposure ÷ limit, 10^-8; None where there is no limit to use up."""
    return row.exposure * 10**8 // row.credit_limit if row.credit_limit else None


CUSTOMERS = (
    Column("number", LABELS["number"], "link", url="/customers/{pk}"),
    Column("name", LABELS["name"], "link", value=called, sort="pinyin", url="/customers/{pk}", wide=True),
    Column("state", LABELS["state"], "state", states=STATES),
    Column("klass", LABELS["klass"], value=klass, sort="klass"),
    Column("org", LABELS["org"], value=lambda r: called(r.org), sort="org__code"),
    Column("group", LABELS["group"], value=lambda r: called(r.group), sort="group__number", hidden=True),
    Column("payer", LABELS["payer"], value="payer.number", url="/customers/{payer_id}"),
    Column("terms", LABELS["terms"], value=lambda r: called(r.terms), sort="terms__code"),
    Column("credit_limit", LABELS["credit_limit"], "money", note=_("Empty: no limit. 0: nothing allowed.")),
    Column(
        "exposure",
        _("Exposure"),
        "money",
        total=True,
        note=_("Open orders, deliveries, bills and open items, as payer"),
    ),
    Column(
        "owed",
        _("Open items"),
        "money",
        value=lambda r: r.owes.get("open"),
        sort="-",
        note=_("Fetched for the rows shown, so it can't be sorted by; the ageing by customer can."),
    ),
    Column(
        "late",
        _("Overdue"),
        "money",
        value=lambda r: r.owes.get("overdue"),
        sort="-",
        note=_(
            "Open items past their due date, credits taken off. Fetched for the rows shown, so it can't be sorted by."
        ),
    ),
    Column("used", _("Limit used"), "rate", value=used, sort="-"),
    Column("uscc", LABELS["uscc"], hidden=True),
    Column("external", LABELS["external"], hidden=True),
    Column("short_name", LABELS["short_name"], hidden=True),
    Column("contact", LABELS["contact"], hidden=True),
    Column("phone", LABELS["phone"], hidden=True),
    Column("owner", LABELS["owner"], hidden=True),
    Column("currency", LABELS["currency"], hidden=True),
)

GROUPS = (
    Column("number", LABELS["number"], "link", url="/customers/groups/{pk}"),
    Column("name", LABELS["name"], value=called, sort="name"),
    Column("member_count", _("Customers"), "number", url="/customers/?group={pk}"),
    Column("credit_limit", LABELS["credit_limit"], "money"),
    Column("exposure", _("Exposure"), "money", total=True),
)

ORG = (
    Column("code", _("Code"), "link", url=lambda r: f"/customers/?org={r.pk}"),
    Column("kind", _("Level"), value=lambda r: ORG_NAMES[r.kind], sort="kind"),
    Column("name", LABELS["name"], value=called, sort="name"),
    Column("parent", _("Belongs to"), value=lambda r: called(r.parent), sort="parent__code"),
    Column("member_count", _("Customers"), "number", url="/customers/?org={pk}"),
    Column("since", _("From"), "date"),
    Column("until", _("Until"), "date"),
)


def rule_words(row: Any) -> Say:
    return describe(read_terms(row.rule))


TERMS = (
    Column("code", _("Code"), "link", url="/customers/terms/{pk}"),
    Column("name", LABELS["name"], value=called, sort="name"),
    Column("rule", _("Rule"), value=rule_words, sort="-", wide=True),
    Column("member_count", _("Customers"), "number", url="/customers/?terms={pk}"),
    Column("active", _("In use"), "bool"),
)

POLICIES = (
    Column("scope", _("Holds for"), value=lambda r: scope(r), sort="klass", url="/customers/policies/{pk}"),
    Column("check_limit", _("Checks the limit"), "bool"),
    Column("oldest_overdue_days", _("Oldest overdue, days"), "days"),
    Column(
        "overdue_share",
        _("Overdue share"),
        value=lambda r: percent(r.overdue_share) if r.overdue_share is not None else "",
    ),
    Column("horizon_days", _("Horizon, days"), "days"),
    Column("grace_days", _("Grace, days"), "days"),
)


def scope(row: Any) -> Say | str:
    if row.customer_id:
        return f"{row.customer.number} {called(row.customer)}"
    return KLASS_NAMES[row.klass] if row.klass else _("All customers")
