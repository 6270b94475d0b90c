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
}


def klass_name(klass: str) -> Say:
    return KLASS_NAMES.get(klass, KLASS_NAMES["other"])
