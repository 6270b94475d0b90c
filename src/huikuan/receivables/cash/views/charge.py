"""Money that is no customer's, and money of another customer: the dialogs."""

from __future__ import annotations

from typing import Any

from django import forms

from huikuan.books.ledger import queries as ledger
from huikuan.kit.words import _
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.forms import ReasonForm, find_customer
from huikuan.receivables.cash.views.line import _Dialog
from huikuan.web.forms import ActionForm, AmountField, DayField, label, pick
from huikuan.web.shell import called


class ChargeForm(ActionForm):
    account = forms.ChoiceField(label=label(_("Account")))
    text = forms.CharField(label=label(_("Text of the entry")), max_length=200)
    on = DayField(label=label(_("Date")), required=False)


class Charge(_Dialog):
    title = _("Charge to an account")
    form = ChargeForm
    warning = _("For interest, transfers of our own and the like. It is taken back by a reversal.")
    done = _("The line is charged to the account.")

    def make_form(self, data: Any = None, **kwargs: Any) -> ActionForm:
        form = super().make_form(data, **kwargs)
        field = form.fields["account"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (a.code, f"{a.code} {called(a)}")
            for a in ledger.accounts(self.company.pk)
            if not a.control and a.code not in queries.KEPT
        ]
        return form

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.charge_to(act, kwargs["pk"], data["account"], data["text"], data.get("on"), data.get("version"))


class Uncharge(_Dialog):
    title = _("Take the charge back")
    form = ReasonForm
    warning = _("The entry is reversed with today's date; the line waits to be explained again.")
    done = _("The line waits to be explained again.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.uncharge(act, kwargs["pk"], data["reason"], None, data.get("version"))


class MoveForm(ActionForm):
    customer = forms.CharField(
        label=label(_("To customer")), max_length=200, widget=pick("/customers/pick", autofocus=True)
    )
    amount = AmountField(label=label(_("Amount")))
    on = DayField(label=label(_("Date")), required=False)


class Move(_Dialog):
    title = _("Split: part for another customer")
    form = MoveForm
    done = _("That part stands on their account now.")

    def make_form(self, data: Any = None, **kwargs: Any) -> ActionForm:
        form = super().make_form(data, **kwargs)
        field = form.fields["amount"]
        assert isinstance(field, AmountField)
        field.currency = self.row(kwargs["pk"]).currency
        return form

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        to = find_customer(act.company, data["customer"])
        return actions.move(act, kwargs["pk"], to, data["amount"], data.get("on"), data.get("version"))
