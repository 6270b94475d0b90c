"""How approvals look: states as marks, columns, and what is shown to the checker as label and value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from huikuan.kit.money import Money
from huikuan.kit.words import Say, _
from huikuan.office.approvals import queries, rules
from huikuan.office.trail.act import revive
from huikuan.office.trail.hands import subject_url
from huikuan.office.work.queries import short
from huikuan.web.filters import Amounts, Choice, Dates, Words
from huikuan.web.look import Mark
from huikuan.web.shell import language, said
from huikuan.web.tables import Column

TONES = {
    rules.ASKED: ("attention", "hourglass"),
    rules.GRANTED: ("good", "circle-check"),
    rules.REFUSED: ("blocked", "circle-x"),
    rules.VOID: ("plain", "ban"),
}
STATES = {state: Mark(rules.STATE_WORDS[state], *TONES[state]) for state in rules.STATES}


def kind_name(code: str) -> str:
    found = queries.kinds().get(code)
    return (found.en if language() == "en" else found.zh) if found else code


def title_of(row: Any) -> str:
    return said(row.says)


# What capabilities show to a checker, in her words. A key that is not here is shown as it is written.
LABELS: dict[str, Say] = {
    "order": _("Order"),
    "document": _("Bill"),
    "customer": _("Customer"),
    "group": _("Group"),
    "payer": _("Payer"),
    "amount": _("Amount"),
    "shortfall": _("Above the credit limit by"),
    "why_held": _("Why it is on hold"),
    "why": _("Why"),
    "reason": _("Reason given"),
    "on": _("Dated"),
    "credit": _("To be credited"),
    "of": _("Out of"),
    "old": _("Until now"),
    "new": _("From then on"),
    "currency": _("Currency"),
    "lines": _("Lines"),
    "evidence": _("Evidence"),
    "item": _("Item"),
    "quantity": _("Quantity"),
    "limit": _("Limit"),
    "credit_limit": _("Credit limit"),
    "note": _("Remark"),
}
_MINOR = {"old", "new", "amount", "limit"}  # whole numbers under these names are minor units of the approval's currency
_MACHINE = {"version"}  # bound by the hash, of no use to the eye


def shown_lines(shown: dict[str, Any], currency: str = "") -> list[dict[str, Any]]:
    """What the checker decides on: {"label", "text"}, "list", "rows" with "heads" for a list of records, or "url"."""
    out = []
    for key, value in revive(shown).items():
        if key in _MACHINE or value is None or value == "" or value == []:
            continue
        line: dict[str, Any] = {"label": _label(key)}
        if key == "evidence" and isinstance(value, int):
            if not value:
                continue
            line |= {"text": f"#{value}", "url": f"/files/{value}?show=1"}
        elif isinstance(value, bool):
            line["text"] = said(_("Yes") if value else _("No"))
        elif isinstance(value, int) and key in _MINOR and currency:
            line["text"] = said(Money(value, currency))
        elif isinstance(value, list) and all(isinstance(v, dict) for v in value):
            heads = list(value[0])
            line |= {"heads": [_label(h) for h in heads], "rows": [[said(v.get(h)) for h in heads] for v in value]}
        elif isinstance(value, dict):
            line["text"] = "; ".join(f"{_label(k)}: {said(v)}" for k, v in value.items())
        elif isinstance(value, list):
            line["list"] = [" · ".join(said(x) for x in v) if isinstance(v, list) else said(v) for v in value]
        else:
            line["text"] = said(value)
        out.append(line)
    return out


def _label(key: str) -> str:
    words = key.replace("_", " ")
    return said(LABELS.get(key)) or words[:1].upper() + words[1:]


def columns(names: dict[str, str]) -> tuple[Column, ...]:
    """The list's columns; `names` are people by login, read once for the page."""

    def named(field: str) -> Callable[[Any], str]:
        return lambda row: names.get(getattr(row, field), getattr(row, field))

    people = ("asked_by", "decided_by")
    return tuple(replace(c, value=named(c.key), sort=c.key) if c.key in people else c for c in COLUMNS)


COLUMNS = (
    Column("number", _("Number"), "link", value="pk", sort="pk", url="/approvals/{pk}"),
    Column("title", _("What is asked"), "link", value=title_of, sort="-", url="/approvals/{pk}", wide=True),
    Column("kind", _("Kind"), value=lambda row: kind_name(row.kind), sort="kind"),
    Column("state", _("State"), "state", states=STATES),
    Column("amount", _("Amount"), "money", total=True),
    Column("asked_by", _("Asked by")),
    Column("asked_at", _("Asked at"), "time"),
    Column("decided_by", _("Decided by")),
    Column("decided_at", _("Decided at"), "time"),
    Column("reason", _("Reason"), wide=True),
    Column(
        "subject",
        _("About"),
        value=lambda row: short(row.subject),
        sort="subject",
        url=lambda row: subject_url(row.subject),
    ),
)
FILTERS = (
    Words("subject", "asked_by", "decided_by", "reason", "kind"),
    Choice("state", _("State"), options=STATES),
    Choice("kind", _("Kind"), options=lambda request: [(code, kind_name(code)) for code in queries.kinds()]),
    Amounts("amount", _("Amount"), field="amount"),
    Dates("asked", _("Asked at"), field="asked_at__date"),
)
LIMITS = (
    Column("whose", _("Role or person"), value=lambda row: row.person or row.role, sort="role"),
    Column("duty", _("Duty"), value=lambda row: row.duty or said(_("all")), sort="duty"),
    Column("up_to", _("Up to"), "money"),
    Column("currency", _("Currency")),
    Column("set_by", _("Set by")),
    Column("set_at", _("Set at"), "time"),
)
