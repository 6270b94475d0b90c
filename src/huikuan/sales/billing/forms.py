"""Forms of billing."""

from __future__ import annotations

from typing import Any

from django import forms

from huikuan.kit.words import _
from huikuan.web.forms import ActionForm, AmountField, DayField, label

REASON: dict[str, Any] = {"max_length": 200, "widget": forms.Textarea(attrs={"rows": 2})}


class OnForm(ActionForm):
    on = DayField(label=label(_("Date")))


class RunForm(ActionForm):
    until = DayField(label=label(_("What left until")))


class CancelForm(ActionForm):
    on = DayField(label=label(_("Posting date")))
    reason = forms.CharField(label=label(_("Reason")), **REASON)


class CreditForm(ActionForm):
    """Quantities per line stand in the page's own table; without them an amount, or all that is left."""

    on = DayField(label=label(_("Date")))
    amount = AmountField(
        label=label(_("Amount (gross)")),
        required=False,
        help_text=label(_("Off the whole bill, shared over its lines. Empty: the lines below, or all that is left.")),
    )
    reason = forms.CharField(label=label(_("Reason")), **REASON)
