"""Columns of the catalogue's lists."""

from __future__ import annotations

from typing import Any

from huikuan.books.catalog.rules import LABELS, MODES, STATES, TAX_KINDS
from huikuan.books.customers.rules import KLASS_NAMES
from huikuan.kit.words import Say, _
from huikuan.web.look import Mark
from huikuan.web.shell import called
from huikuan.web.tables import Column

MARKS = {"active": Mark(STATES["active"], "good"), "closed": Mark(STATES["closed"], "done")}


def scope(row: Any) -> Say | str:
    """Whom a price is for."""
    if row.customer_id:
        return f"{row.customer.number} {called(row.customer)}"
    return KLASS_NAMES[row.klass] if row.klass else _("Everyone")


ITEMS = (
    Column("number", LABELS["number"], "link", url="/catalog/{pk}"),
    Column("name", LABELS["name"], "link", value=called, sort="pinyin", url="/catalog/{pk}", wide=True),
    Column("spec", LABELS["spec"]),
    Column("unit", LABELS["unit"]),
    Column("family", LABELS["family"]),
    Column("tax_code", LABELS["tax_code"], value="tax_code.code"),
    Column("tax_class", LABELS["tax_class"], hidden=True),
    Column("shelf_life_days", LABELS["shelf_life_days"], "days", hidden=True),
    Column("external", LABELS["external"], hidden=True),
    Column("state", LABELS["state"], "state", states=MARKS),
)
PRICES = (
    Column("item", _("Product"), "link", value="item.number", url="/catalog/{item_id}"),
    Column("name", LABELS["name"], value=lambda r: called(r.item), sort="item__pinyin", wide=True),
    Column("scope", _("Price for"), value=scope, sort="klass"),
    Column("price", LABELS["price"], "price"),
    Column("currency", LABELS["currency"]),
    Column("mode", LABELS["mode"], value=lambda r: MODES[r.mode], sort="mode"),
    Column("since", LABELS["since"], "date"),
    Column("until", LABELS["until"], "date"),
)
TAXES = (
    Column("code", _("Code"), "link", url="/catalog/tax/{pk}"),
    Column("name", LABELS["name"], value=called, sort="name"),
    Column("rate", _("Tax rate"), "rate"),
    Column("kind", _("Kind of tax"), value=lambda r: TAX_KINDS[r.kind], sort="kind"),
    Column("since", LABELS["since"], "date"),
    Column("until", LABELS["until"], "date"),
    Column("successor", _("Followed by"), value="successor.code"),
    Column("used", _("Products"), "number", url="/catalog/?tax_code={pk}"),
)
RATE_STATES = {False: Mark(_("Holds"), "good"), True: Mark(_("Replaced"), "plain", "arrow-back-up")}
# A rate is kept in 10^-8 and a price in 10^-10: shown and exported like a price, exactly.
RATES = (
    Column("currency", LABELS["currency"]),
    Column("on", _("Holds from"), "date"),
    Column("rate", _("Exchange rate"), "price", value=lambda r: r.rate * 100, sort="-"),
    Column("source", _("Where it comes from"), wide=True),
    Column("by", _("Entered by")),
    Column("at", _("Entered at"), "time"),
    Column("old", _("State"), "state", states=RATE_STATES, sort="-"),
)
