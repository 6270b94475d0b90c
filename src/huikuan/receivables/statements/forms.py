"""Forms of statements."""

from __future__ import annotations

from django import forms

from huikuan.kit.words import _
from huikuan.web.forms import ActionForm, DayField, label


class IssueForm(ActionForm):
    """Which letter to issue; filled from the preview."""

    customer = forms.CharField(label=label(_("Customer no.")), max_length=20)
    since = DayField(label=label(_("From")))
    until = DayField(label=label(_("To (cut-off)")))
    language = forms.ChoiceField(
        label=label(_("Language of the letter")), choices=(("zh-hans", "中文"), ("en", "English")), required=False
    )
