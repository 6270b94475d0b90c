"""Forms of cash: whose money, how much on what, a file, a corrected row."""

from __future__ import annotations

from typing import Any

from django import forms

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Invalid, Missing
from huikuan.kit.maps import read_yaml as plain_yaml
from huikuan.kit.text import MOST
from huikuan.kit.words import _
from huikuan.web.forms import ActionForm, DayField, label, pick
from huikuan.web.shell import said

WORDS: dict[str, Any] = {"max_length": 300, "widget": forms.Textarea(attrs={"rows": 2})}


def find_customer(company: int, text: str) -> int:
    """A customer by number, or by anything that fits only one. Raises Invalid with the candidates."""
    text = text.split("·")[0].strip()
    try:
        return customers.customer(company, text).id
    except Missing:
        found = customers.find(company, text, 4)
    if len(found) == 1:
        return found[0].id
    reason = (
        _("No customer fits.")
        if not found
        else _("Several fit: %(some)s.", some=[f"{c.number} {c.name}" for c in found])
    )
    raise Invalid.one("customer", text, reason)


class IdentifyForm(ActionForm):
    customer = forms.CharField(
        label=label(_("Customer")),
        max_length=200,
        help_text=label(_("Number, name, pinyin initials or tax number. The next line from this payer will be known.")),
        widget=pick("/customers/pick", autofocus=True),
    )
    on = DayField(label=label(_("Date")), required=False)


class ReasonForm(ActionForm):
    reason = forms.CharField(label=label(_("Reason")), **WORDS)


class DropForm(ReasonForm):
    anyway = forms.BooleanField(
        label=label(_("Drop it although the statement does not close without it")), required=False
    )


class NoteForm(ActionForm):
    note = forms.CharField(label=label(_("Note")), required=False, **WORDS)


class TakenBackForm(ActionForm):
    original = forms.ChoiceField(label=label(_("Receipt")), widget=forms.RadioSelect)


class AssignForm(ActionForm):
    person = forms.ChoiceField(label=label(_("Who")))
    note = forms.CharField(label=label(_("Question")), required=False, **WORDS)


class UndoForm(ActionForm):
    on = DayField(label=label(_("Date")), required=False)
    reason = forms.CharField(label=label(_("Reason")), **WORDS)


class UploadForm(ActionForm):
    account = forms.CharField(
        label=label(_("Our account")),
        max_length=60,
        widget=forms.TextInput(attrs={"list": "accounts", "autocomplete": "off"}),
        help_text=label(_("A number that is not known yet is opened.")),
    )
    file = forms.FileField(
        label=label(_("Bank file")), help_text=label(_("CSV, XLS, XLSX or MT940, as the bank's site saves it."))
    )
    map = forms.CharField(
        label=label(_("Column map (YAML)")),
        required=False,
        max_length=MOST,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=label(_("Only for a bank whose headings are not understood; kept for the account.")),
    )

    def clean_map(self) -> dict[str, Any] | None:
        return read_yaml(self.cleaned_data.get("map", ""))


class MapForm(ActionForm):
    map = forms.CharField(
        label=label(_("Column map (YAML)")),
        required=False,
        max_length=MOST,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )

    def clean_map(self) -> dict[str, Any] | None:
        return read_yaml(self.cleaned_data.get("map", ""))


def read_yaml(text: str) -> dict[str, Any] | None:
    """YAML as a map, None when empty. Raises ValidationError."""
    if not text.strip():
        return None
    try:
        given = plain_yaml(text)
    except Invalid as e:
        raise forms.ValidationError([said(_("This is not a map in YAML.")), said(e.faults[0].reason)]) from e
    if not isinstance(given, dict):
        raise forms.ValidationError(said(_("This is not a map in YAML.")))
    return given
