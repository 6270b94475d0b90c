"""Forms of approvals. Each names the hash of what was seen."""

from __future__ import annotations

from typing import Any

from django import forms

from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.web.forms import ActionForm, label
from huikuan.web.shell import said


class GrantForm(ActionForm):
    shown_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = forms.CharField(
        label=label(_("Remark")), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class RefuseForm(ActionForm):
    shown_hash = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    reason = forms.CharField(label=label(_("Reason")), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class WithdrawForm(ActionForm):
    reason = forms.CharField(
        label=label(_("Reason")), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class LimitForm(ActionForm):
    role = forms.ChoiceField(label=label(_("Role")), required=False)
    person = forms.ChoiceField(label=label(_("Or one person")), required=False)
    duty = forms.ChoiceField(label=label(_("Duty")), required=False)
    up_to = forms.CharField(
        label=label(_("Up to")), max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    currency = forms.CharField(label=label(_("Currency")), max_length=3, min_length=3)

    def __init__(self, *args: Any, options: dict[str, list[tuple[str, str]]], **kwargs: Any) -> None:
        self.options = options
        super().__init__(*args, **kwargs)
        self.fill()

    def fill(self) -> None:
        for name, pairs in self.options.items():
            self.fields[name].choices = [("", "–"), *pairs]  # type: ignore[attr-defined]

    def full_clean(self) -> None:
        self.fill()  # the base class looks for errors while it is being made
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        try:
            data["limit"] = Money.parse(data.get("up_to", ""), data.get("currency", "").upper())
        except ValueError:
            self.add_error("up_to", said(_("This is not an amount in a known currency.")))
        return data
