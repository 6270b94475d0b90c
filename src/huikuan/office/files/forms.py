"""The form that keeps a file."""

from __future__ import annotations

from django import forms

from huikuan.kit.words import _
from huikuan.web.forms import ActionForm, label


class KeepForm(ActionForm):
    subject = forms.CharField(widget=forms.HiddenInput, max_length=80, required=False)
    file = forms.FileField(label=label(_("File")), max_length=300)
