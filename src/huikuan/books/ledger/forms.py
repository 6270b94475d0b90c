"""Forms of the ledger's pages: changing items, reversing, clearing, closing, a manual entry."""

from __future__ import annotations

from typing import Any

from django import forms

from huikuan.books.ledger import rules
from huikuan.books.ledger.rules import ACCOUNT_KINDS, FIELDS
from huikuan.kit.words import _
from huikuan.web.forms import ActionForm, AmountField, DayField, label

EMPTY = [("", "–")]


def _choices(words: Any) -> Any:
    return lambda: [*EMPTY, *((code, label(say)) for code, say in words.items())]


class ItemFields(ActionForm):
    """What may change of an open item."""

    due_date = DayField(label=label(_("Due date")), required=False)
    base_date = DayField(label=label(_("Base date")), required=False)
    block = forms.ChoiceField(label=label(_("Block")), required=False, choices=_choices(rules.BLOCKS))
    reason_code = forms.ChoiceField(
        label=label(_("Reason it is open")), required=False, choices=_choices(rules.REASONS)
    )
    owner = forms.CharField(label=label(_("Owner")), required=False, max_length=80)
    expected_date = DayField(label=label(_("Expected on")), required=False)
    dunning_level = forms.IntegerField(label=label(_("Dunning level")), required=False, min_value=0, max_value=9)
    reference = forms.CharField(label=label(_("Reference")), required=False, max_length=80)
    text = forms.CharField(label=label(_("Text")), required=False, max_length=200)

    DATES = ("due_date", "base_date", "expected_date")

    def keep_foreign(self, item: Any) -> None:
        """A code that came from another system stays choosable while the item carries it."""
        for name in ("block", "reason_code"):
            code = getattr(item, name)
            field: Any = self.fields[name]
            if code and code not in dict(field.choices):
                field.choices = [*field.choices, (code, code)]


class ItemForm(ItemFields):
    """All of one item's fields: what stands in the form is what the item gets."""

    reason = forms.CharField(label=label(_("Why it is changed")), max_length=200)

    def changes(self) -> dict[str, Any]:
        data = self.plain()
        out = {}
        for name in FIELDS:
            if name in self.fields:
                value = data.get(name)
                out[name] = (value or 0) if name == "dunning_level" else value if name in self.DATES else value or ""
        return out


class BulkForm(ItemFields):
    """The same change for many items: what is left empty stays as it is, unless it is ticked to be emptied."""

    clear = forms.MultipleChoiceField(
        label=label(_("Empty these")), required=False, widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(n, label(FIELDS[n])) for n in ("block", "reason_code", "owner", "expected_date", "reference", "text")],
    )  # fmt: skip
    reason = forms.CharField(label=label(_("Why they are changed")), max_length=200)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not changes_of(data):
            self.add_error(None, label(_("Fill in at least one field that is to change.")))
        return data


def changes_of(data: dict[str, Any]) -> dict[str, Any]:
    """What a BulkForm asks for: filled fields, and those to be emptied."""
    out = {n: data[n] for n in FIELDS if data.get(n) not in (None, "")}
    for name in data.get("clear") or ():
        out[name] = None if name in ItemFields.DATES else ""
    return out


class OnForm(ActionForm):
    """A day and a reason: for reversing and undoing."""

    on = DayField(label=label(_("On which day")))
    reason = forms.CharField(label=label(_("Reason")), max_length=200)


class ClearForm(ActionForm):
    on = DayField(label=label(_("Clearing date")))
    reason = forms.CharField(label=label(_("Reason")), max_length=200, required=False)


class ReasonForm(ActionForm):
    reason = forms.CharField(label=label(_("Reason")), max_length=200)


class OpenPeriodsForm(ActionForm):
    first = DayField(label=label(_("First month")))
    last = DayField(label=label(_("Last month")))


class AccountForm(ActionForm):
    code = forms.RegexField(r"^[0-9A-Za-z.\-]{1,12}$", label=label(_("Account")), max_length=12)
    name = forms.CharField(label=label(_("Name")), max_length=80)
    name_en = forms.CharField(label=label(_("Name in English")), max_length=80, required=False)
    kind = forms.ChoiceField(
        label=label(_("Kind")),
        choices=lambda: [(k, label(v)) for k, v in ACCOUNT_KINDS.items()],
    )


class EntryForm(ActionForm):
    """The head of a manual entry; its lines come beside it (LineForm, one row each)."""

    posting_date = DayField(label=label(_("Posting date")))
    document_date = DayField(label=label(_("Document date")), required=False)
    text = forms.CharField(label=label(_("Summary")), max_length=200)
    reference = forms.CharField(label=label(_("Reference")), max_length=80, required=False)
    currency = forms.RegexField(r"^[A-Z]{3}$", label=label(_("Currency")), max_length=3)


class LineForm(forms.Form):
    """One line of a manual entry: an account, a customer where the account wants one, debit or credit."""

    account = forms.CharField(max_length=12, required=False)
    customer = forms.CharField(max_length=20, required=False)
    text = forms.CharField(max_length=200, required=False)
    debit = AmountField(required=False)
    credit = AmountField(required=False)
    base = AmountField(required=False)
    due = DayField(required=False)

    def __init__(self, *args: Any, currency: str = "CNY", base: str = "CNY", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            css = "form-control num" if name in ("debit", "credit", "base") else "form-control"
            field.widget.attrs.update({"class": css, "aria-label": label(LINE_LABELS[name])})
        self.fields["account"].widget.attrs["list"] = "accounts"
        money: Any = self.fields
        money["debit"].currency = money["credit"].currency = currency
        money["base"].currency = base

    @property
    def is_blank(self) -> bool:
        return not any(str(self.data.get(self.add_prefix(n), "")).strip() for n in self.fields)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.is_blank or self.errors:
            return data
        if not data.get("account"):
            self.add_error("account", label(_("Which account?")))
        if bool(data.get("debit")) == bool(data.get("credit")):
            self.add_error("debit", label(_("Either a debit or a credit.")))
        return data


LINE_LABELS = {
    "account": _("Account"),
    "customer": _("Customer"),
    "text": _("Summary"),
    "debit": _("Debit"),
    "credit": _("Credit"),
    "base": _("In company currency"),
    "due": _("Due date"),
}
