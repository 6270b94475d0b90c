"""Forms of the reports."""

from __future__ import annotations

from typing import Any

from django import forms

from huikuan.kit.words import Say, _
from huikuan.review.kpis.rules import EVERY
from huikuan.web.forms import ActionForm, label


def pairs(names: dict[str, Say]) -> list[tuple[str, Any]]:
    return [(code, label(name)) for code, name in names.items()]


class SubscribeForm(ActionForm):
    name = forms.CharField(label=label(_("Name")), max_length=120, required=False)
    every = forms.ChoiceField(label=label(_("How often")), choices=pairs(EVERY), initial="weekly")
    language = forms.ChoiceField(label=label(_("Language")), choices=[("zh-hans", "中文"), ("en", "English")])
    email = forms.CharField(
        label=label(_("Mail address")), max_length=254, required=False,
        help_text=label(_("May stay empty: the report stands on your Today. With an address it is sent there as well, where the administrator has set up a mail server.")),
    )  # fmt: skip
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4000)
