"""The names of classes, states and exposure layers, in both languages."""

from __future__ import annotations

from huikuan.kit.words import Say, _

KLASS_NAMES = {
    "ka": _("Key account"),
    "distributor": _("Distributor"),
    "shop": _("Shop"),
    "special": _("Special channel"),
    "indirect": _("Indirect trade"),
    "online": _("Online"),
    "other": _("Other"),
}
STATE_NAMES = {"open": _("Active account"), "blocked": _("Account blocked"), "closed": _("Account closed")}
LAYER_NAMES = {
    "orders": _("Open orders"),
    "deliveries": _("Delivered, not billed"),
    "billing": _("Billed, not posted"),
    "items": _("Open items"),
    "drafts": _("Drafts not honoured"),
}


def klass_name(klass: str) -> Say:
    return KLASS_NAMES.get(klass, KLASS_NAMES["other"])


LABELS: dict[str, Say] = {
    "number": _("Number"), "external": _("Number in the other system"), "name": _("Name"), "name_en": _("English name"),
    "short_name": _("Short name"), "klass": _("Customer class"), "payer": _("Payer"), "distributor": _("Distributor"), "group": _("Group"),
    "org": _("Org unit"), "terms": _("Payment terms"), "currency": _("Currency"), "language": _("Language"),
    "credit_limit": _("Credit limit"), "uscc": _("Tax number (USCC)"), "tax_title": _("Title on VAT invoices"),
    "tax_kind": _("Taxpayer"), "tax_address": _("Registered address"), "tax_phone": _("Registered phone"),
    "tax_bank": _("Bank on VAT invoices"), "tax_account": _("Account on VAT invoices"), "address": _("Address"),
    "contact": _("Contact"), "phone": _("Phone"), "email": _("E-mail"), "owner": _("Account owner"), "state": _("State"),
    "block_reason": _("Reason of the block"), "base_stock": _("Base stock credit"), "contract_end": _("The contract ends on"), "opened": _("Opened on"), "closed": _("Closed on"),
}  # fmt: skip
ORG_NAMES: dict[str, Say] = {
    "BU": _("Business unit"),
    "MU": _("Market unit"),
    "RU": _("Regional unit"),
    "AU": _("Area unit"),
}

# What the trail's differences and facts are called in a timeline (site/today.named).
NAMED = (_("Base stock"), _("Contract end"), _("Terms"), _("Payer id"), _("Payers"))
