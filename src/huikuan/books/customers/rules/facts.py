"""What may be said about a customer, and whether it can be kept: one check for pages, REST and loads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huikuan.books.customers.rules.names import fold, initials
from huikuan.kit.errors import Fault
from huikuan.kit.money import BIGGEST, exponent
from huikuan.kit.private import hide
from huikuan.kit.words import Say, _

TEXTS = {
    "number": 20, "external": 40, "name": 200, "name_en": 200, "short_name": 60, "uscc": 20, "tax_title": 300,
    "tax_address": 300, "tax_phone": 60, "tax_bank": 120, "tax_account": 50, "address": 300, "contact": 100,
    "phone": 60, "email": 254, "owner": 150,
}  # fmt: skip
CHOICES = {
    "klass": ("ka", "distributor", "shop", "special", "indirect", "online", "other"),
    "language": ("zh-hans", "en"),
    "tax_kind": ("general", "small", "person", "foreign"),
    "state": ("open", "blocked", "closed"),
}
REFS = ("payer", "distributor", "group", "org", "terms")  # by number or code
SENSITIVE = ("payer", "uscc", "tax_title", "tax_account", "tax_bank")  # A02: where money goes and who is billed
FIELDS = (*TEXTS, *CHOICES, *REFS, "currency", "credit_limit", "opened")


def clean(facts: Mapping[str, Any], row: int | None = None) -> tuple[dict[str, Any], list[Fault]]:
    """(values ready to be kept, what is wrong). Texts are stripped; None means empty; references stay texts."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []

    def wrong(name: str, value: Any, reason: Say, remedy: Say | None = None) -> None:
        faults.append(Fault(name, str(value)[:200], reason, remedy, row))

    for name, value in facts.items():
        if name in TEXTS or name in REFS:
            text = "" if value is None else str(value).strip()
            if any(ord(c) < 32 or ord(c) == 127 for c in text):
                wrong(name, text, _("holds a control character"), _("Remove line breaks and other unseen signs."))
            elif len(text) > TEXTS.get(name, 20):
                wrong(name, text, _("is longer than %(most)s characters", most=TEXTS.get(name, 20)))
            else:
                values[name] = text.upper() if name == "uscc" else text
        elif name in CHOICES:
            if value in CHOICES[name]:
                values[name] = value
            else:
                wrong(name, value, _("is not one of %(choices)s", choices=list(CHOICES[name])))
        elif name == "currency":
            try:
                exponent(str(value))
                values[name] = str(value)
            except ValueError:
                wrong(name, value, _("is no ISO 4217 currency"), _("Use a code such as CNY or USD."))
        elif name == "credit_limit":
            if value is None or (type(value) is int and 0 <= value <= BIGGEST):
                values[name] = value
            else:
                wrong(name, value, _("must be an amount of 0 or more, or empty for no limit"))
        elif name == "opened":
            values[name] = value
        else:
            wrong(name, value, _("is not a field of a customer"))
    for name in ("number", "name"):
        if name in facts and not values.get(name, "x"):
            wrong(name, "", _("must not be empty"))
    if values.get("name"):
        values |= {"folded": fold(values["name"]), "pinyin": initials(values["name"])}
    return values, faults


def masked(name: str, value: Any) -> Any:
    """Personal data as the trail keeps it: a few signs, by which those who know it recognise it."""
    return hide(name, value) if isinstance(value, str) else value
