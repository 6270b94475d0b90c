"""Forms of deposits."""

from __future__ import annotations

from typing import Any

from django import forms

from huikuan.kit.words import _, _in
from huikuan.receivables.deposits import rules
from huikuan.web.forms import ActionForm, AmountField, DayField, label, pick

WORDS: dict[str, Any] = {"max_length": 300, "widget": forms.Textarea(attrs={"rows": 2})}
KINDS = [(kind, label(name)) for kind, name in rules.KINDS.items()]


class SourceForm(ActionForm):
    receipt = forms.CharField(
        label=label(_("Receipt")), max_length=40,
        help_text=label(_("A bank line such as BL00000012, or the document of a receipt that is on account.")),
    )  # fmt: skip
    amount = AmountField(
        label=label(_("Amount")), required=False, help_text=label(_("Empty takes all that is left of it."))
    )
    on = DayField(label=label(_("Date")))


class TakeForm(SourceForm):
    field_order = ("customer", "kind", "receipt", "amount", "on", "agreement", "purpose", "order", "due_back")
    customer = forms.CharField(
        label=label(_("Customer")), max_length=200, widget=pick("/customers/pick", autofocus=True)
    )
    kind = forms.ChoiceField(label=label(_("Kind")), choices=KINDS)
    agreement = forms.CharField(label=label(_("Agreement")), required=False, max_length=80)
    purpose = forms.CharField(label=label(_in("deposit", "Purpose")), required=False, max_length=200)
    order = forms.CharField(
        label=label(_("For order")), required=False, max_length=40, help_text=label(_("An advance lets this order go."))
    )
    due_back = DayField(label=label(_("Due back")), required=False)


class OffsetForm(ActionForm):
    documents = forms.CharField(
        label=label(_("Invoices")), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=label(_("Numbers, one a line; the oldest is paid first, as far as it goes.")),
    )  # fmt: skip
    on = DayField(label=label(_("Date")))


class ForfeitForm(ActionForm):
    amount = AmountField(label=label(_("Amount")))
    on = DayField(label=label(_("Date")))
    reason = forms.CharField(label=label(_("Reason")), **WORDS)


class ReturnForm(ForfeitForm):
    field_order = ("amount", "on", "payee", "payee_account", "reason")
    payee = forms.CharField(label=label(_("Paid to")), required=False, max_length=200)
    payee_account = forms.CharField(label=label(_("Account of the payee")), required=False, max_length=60)


class PaidForm(ActionForm):
    line = forms.ChoiceField(label=label(_("Payment of the bank")))


class PayForm(ActionForm):
    on = DayField(label=label(_("Date")))
    account = forms.CharField(label=label(_("Account")), max_length=12, initial="1001")


class UndoForm(ActionForm):
    reason = forms.CharField(label=label(_("Reason")), **WORDS)


class ChangeForm(ActionForm):
    agreement = forms.CharField(label=label(_("Agreement")), required=False, max_length=80)
    purpose = forms.CharField(label=label(_in("deposit", "Purpose")), required=False, max_length=200)
    due_back = DayField(label=label(_("Due back")), required=False)
