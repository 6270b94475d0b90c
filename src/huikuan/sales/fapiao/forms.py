"""Forms of e-invoice numbers."""

from __future__ import annotations

from django import forms

from huikuan.kit.words import _
from huikuan.web.forms import ActionForm, label


class NoteForm(ActionForm):
    numbers = forms.CharField(
        label=label(_("E-invoice numbers")), max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "autofocus": True, "spellcheck": "false"}),
        help_text=label(_("One a line: the 20 digits, or code and number of an older invoice. A date may follow, such as 2026-03-31; without one it is today.")),
    )  # fmt: skip


class StrikeForm(ActionForm):
    reason = forms.CharField(
        label=label(_("Reason")), max_length=200, widget=forms.Textarea(attrs={"rows": 2, "autofocus": True})
    )


class FeedForm(ActionForm):
    file = forms.FileField(label=label(_("Register (.xlsx, .xls or .csv)")), max_length=200)
