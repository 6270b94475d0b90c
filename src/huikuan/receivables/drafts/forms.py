"""Forms of drafts."""

from __future__ import annotations

from typing import Any

from django import forms

from huikuan.kit.money import parse_rate
from huikuan.kit.words import _, _in
from huikuan.web.forms import ActionForm, AmountField, DayField, label, pick

WORDS: dict[str, Any] = {"max_length": 300, "widget": forms.Textarea(attrs={"rows": 2})}


class TakeForm(ActionForm):
    customer = forms.CharField(
        label=label(_("Customer")), max_length=200, widget=pick("/customers/pick", autofocus=True)
    )
    number = forms.CharField(label=label(_("Number of the draft")), max_length=40, help_text=label(_("30 digits")))
    start = forms.IntegerField(
        label=label(_("Sub-range from")), min_value=0, initial=0, help_text=label(_("0 where it cannot be split"))
    )
    end = forms.IntegerField(label=label(_("Sub-range to")), min_value=0, initial=0)
    amount = AmountField(label=label(_("Amount")))
    issued = DayField(label=label(_("Issued on")))
    due = DayField(label=label(_("Due date")))
    acceptor = forms.CharField(label=label(_("Acceptor")), max_length=200)
    drawer = forms.CharField(label=label(_("Drawer")), max_length=200)
    on = DayField(label=label(_("Received on")))
    documents = forms.CharField(
        label=label(_("Documents it pays")),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=label(_("Numbers, one a line; what is left stays on account.")),
    )
    reason = forms.CharField(label=label(_("Reason, where it is outside the policy")), required=False, **WORDS)


class DayForm(ActionForm):
    on = DayField(label=label(_("Date")))


class ReasonForm(DayForm):
    reason = forms.CharField(label=label(_("Reason")), **WORDS)


class LineForm(DayForm):
    line = forms.IntegerField(
        label=label(_("Bank line")),
        required=False,
        min_value=1,
        help_text=label(_("The money as the bank file brought it; without it the account below is debited.")),
    )
    account = forms.CharField(label=label(_("Account")), max_length=12, initial="1002")


class EndorseForm(DayForm):
    to = forms.CharField(label=label(_("Passed on to")), max_length=200)
    account = forms.CharField(label=label(_("Account")), max_length=12, initial="2202")


class DiscountForm(LineForm):
    bank = forms.CharField(label=label(_in("draft", "Bank")), max_length=200)
    rate = forms.CharField(label=label(_("Yearly rate")), max_length=20, help_text=label(_("such as 1.85%")))

    def clean_rate(self) -> int:
        try:
            return parse_rate(self.cleaned_data["rate"])
        except ValueError as e:
            raise forms.ValidationError(label(_("This is not a rate."))) from e


class SplitForm(DayForm):
    amount = AmountField(label=label(_("Amount of the first part")))


class PolicyForm(ActionForm):
    first = forms.CharField(label=label(_("First banks")), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 6}),
                            help_text=label(_("One a line. Their drafts free the customer's exposure and leave the books when passed on.")))  # fmt: skip
    listed = forms.CharField(
        label=label(_("Other banks that are taken")),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    acceptors = forms.CharField(label=label(_("Firms whose commercial drafts are taken")), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))  # fmt: skip
    share = forms.CharField(label=label(_("Most of a customer's payments in drafts")), max_length=20, initial="100%")
    days = forms.IntegerField(
        label=label(_("Days to the due date without a charge")), min_value=0, max_value=400, initial=184
    )
    rate = forms.CharField(label=label(_("Yearly charge for days beyond")), max_length=20, initial="0%")

    def _rate(self, name: str) -> int:
        try:
            return parse_rate(self.cleaned_data[name])
        except ValueError as e:
            raise forms.ValidationError(label(_("This is not a rate."))) from e

    def clean_share(self) -> int:
        return self._rate("share")

    def clean_rate(self) -> int:
        return self._rate("rate")


class ConcedeForm(ActionForm):
    customer = forms.CharField(
        label=label(_("Customer")), required=False, max_length=200, widget=pick("/customers/pick", autofocus=True)
    )
    group = forms.CharField(
        label=label(_("Or group")), required=False, max_length=20, help_text=label(_("Its number; then leave the customer empty."))
    )  # fmt: skip
    share = forms.CharField(
        label=label(_("Most of a customer's payments in drafts")), required=False, max_length=20,
        help_text=label(_("such as 30%. What is left empty stays as the policy, or the group's agreement, has it.")),
    )  # fmt: skip
    days = forms.IntegerField(
        label=label(_("Days to the due date without a charge")), required=False, min_value=0, max_value=400
    )
    rate = forms.CharField(label=label(_("Yearly charge for days beyond")), required=False, max_length=20)
    banks = forms.CharField(
        label=label(_("Banks whose drafts are taken")), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=label(_("One a line. These and no others, the first banks neither.")),
    )  # fmt: skip
    acceptors = forms.CharField(
        label=label(_("Firms whose commercial drafts are taken")), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip
    until = DayField(label=label(_("Until")), required=False)
    note = forms.CharField(label=label(_("Note")), required=False, **WORDS)

    def _rate(self, name: str) -> int | None:
        text = self.cleaned_data[name].strip()
        try:
            return parse_rate(text) if text else None
        except ValueError as e:
            raise forms.ValidationError(label(_("This is not a rate."))) from e

    def clean_share(self) -> int | None:
        return self._rate("share")

    def clean_rate(self) -> int | None:
        return self._rate("rate")


class EndForm(ActionForm):
    reason = forms.CharField(label=label(_("Reason")), **WORDS)
