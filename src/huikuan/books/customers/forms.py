"""Forms of the customers' pages."""

from __future__ import annotations

from typing import Any

from django import forms

from huikuan.books.customers import queries
from huikuan.books.customers.rules import KLASS_NAMES, LABELS, ORG_NAMES, check_tax_number
from huikuan.kit.errors import Invalid
from huikuan.kit.text import read_json
from huikuan.kit.words import Say, _
from huikuan.web.forms import ActionForm, AmountField, DayField, label, pick
from huikuan.web.shell import said

TAX_KINDS: dict[str, Say] = {
    "general": _("General taxpayer"),
    "small": _("Small-scale taxpayer"),
    "person": _("Natural person"),
    "foreign": _("Foreign"),
}
LANGUAGE_NAMES: dict[str, Say] = {"zh-hans": _("Chinese"), "en": _("English")}


def pairs(names: dict[str, Say]) -> list[tuple[str, Any]]:
    return [(code, label(name)) for code, name in names.items()]


def text(
    name: str, most: int, *, required: bool = False, hint: Say | None = None, widget: forms.Widget | None = None
) -> forms.CharField:
    return forms.CharField(
        label=label(LABELS[name]),
        max_length=most,
        required=required,
        help_text=label(hint) if hint else "",
        widget=widget,
    )


CUSTOMERS = "/customers/pick"


class CustomerForm(ActionForm):
    """Everything but state and limit, which have forms of their own."""

    number = text("number", 20, required=True)
    name = text("name", 200, required=True)
    name_en = text("name_en", 200)
    short_name = text("short_name", 60)
    klass = forms.ChoiceField(label=label(LABELS["klass"]), choices=pairs(KLASS_NAMES), initial="other")
    distributor = text(
        "distributor", 20, hint=_("The distributor who delivers, for indirect trade."), widget=pick(CUSTOMERS)
    )
    payer = text("payer", 20, hint=_("The customer who owes; empty when it pays itself."), widget=pick(CUSTOMERS))
    group = forms.ChoiceField(label=label(LABELS["group"]), required=False)
    org = forms.ChoiceField(label=label(LABELS["org"]), required=False)
    terms = forms.ChoiceField(label=label(LABELS["terms"]), required=False)
    currency = forms.CharField(label=label(LABELS["currency"]), min_length=3, max_length=3)
    language = forms.ChoiceField(label=label(LABELS["language"]), choices=pairs(LANGUAGE_NAMES), initial="zh-hans")
    uscc = text("uscc", 20)
    uscc_anyway = forms.BooleanField(
        label=label(_("Keep this tax number although its check digit is wrong")), required=False
    )
    tax_title = text("tax_title", 300)
    tax_kind = forms.ChoiceField(label=label(LABELS["tax_kind"]), choices=pairs(TAX_KINDS), initial="general")
    tax_address = text("tax_address", 300)
    tax_phone = text("tax_phone", 60)
    tax_bank = text("tax_bank", 120)
    tax_account = text("tax_account", 50)
    address = text("address", 300)
    contact = text("contact", 100)
    phone = text("phone", 60)
    email = forms.EmailField(label=label(LABELS["email"]), required=False)
    owner = text("owner", 150, hint=_("Sign-in name of the person who looks after the account."))
    external = text("external", 40)

    def offer(self, company: int) -> None:
        """Fill the choices with what this company has."""
        nothing = [("", "—")]
        for name, rows, key in (
            ("group", queries.group_rows(company).order_by("number"), "number"),
            ("org", queries.org_rows(company).order_by("code"), "code"),
            ("terms", queries.terms_rows(company).filter(active=True).order_by("code"), "code"),
        ):
            field: Any = self.fields[name]
            field.choices = nothing + [(getattr(r, key), str(r)) for r in rows]

    def clean(self) -> dict[str, Any]:
        data = dict(super().clean() or {})
        warning = check_tax_number(data.get("uscc", "")) if data.get("tax_kind") != "foreign" else None
        if warning and not data.pop("uscc_anyway", False):
            self.add_error("uscc", said(warning) + " " + said(_("Tick the box below to keep it as it is.")))
        data.pop("uscc_anyway", None)
        return data


class LimitForm(ActionForm):
    limit = AmountField(label=label(LABELS["credit_limit"]))
    reason = forms.CharField(label=label(_("Reason")), max_length=200)


class BaseStockForm(ActionForm):
    amount = AmountField(
        label=label(_("Stands at most")), required=False, help_text=label(_("Empty: the amount of the payment terms."))
    )
    contract_end = DayField(
        label=label(_("The contract ends on")),
        required=False,
        help_text=label(_("Until then the oldest open invoices are not due, up to the amount. Empty: not known yet.")),
    )
    reason = forms.CharField(label=label(_("Reason")), max_length=200)


class GroupLimitForm(ActionForm):
    limit = AmountField(
        label=label(LABELS["credit_limit"]),
        required=False,
        help_text=label(_("Empty: the group has no limit of its own.")),
    )
    reason = forms.CharField(label=label(_("Reason")), max_length=200)


class ReasonForm(ActionForm):
    reason = forms.CharField(label=label(_("Reason")), max_length=200)


class BankForm(ActionForm):
    number = forms.CharField(label=label(_("Account number")), max_length=50)
    name = forms.CharField(label=label(_("Account holder")), max_length=200, required=False,
                           help_text=label(_("Empty: the customer's own name.")))  # fmt: skip
    bank = forms.CharField(label=label(_("Bank")), max_length=120, required=False)
    bank_code = forms.RegexField(r"^\d{12}$", label=label(_("Bank code (CNAPS, 12 digits)")), required=False)


class ShipToForm(ActionForm):
    number = forms.CharField(label=label(LABELS["number"]), max_length=20)
    name = forms.CharField(label=label(LABELS["name"]), max_length=200)
    address = forms.CharField(label=label(LABELS["address"]), max_length=300, required=False)
    contact = forms.CharField(label=label(LABELS["contact"]), max_length=100, required=False)
    phone = forms.CharField(label=label(LABELS["phone"]), max_length=60, required=False)


class ChangeShipToForm(ActionForm):
    name = forms.CharField(label=label(LABELS["name"]), max_length=200)
    address = forms.CharField(label=label(LABELS["address"]), max_length=300, required=False)
    contact = forms.CharField(label=label(LABELS["contact"]), max_length=100, required=False)
    phone = forms.CharField(label=label(LABELS["phone"]), max_length=60, required=False)
    active = forms.BooleanField(label=label(_("In use")), required=False)


class AliasForm(ActionForm):
    name = forms.CharField(label=label(_("Other name")), max_length=200)


class GroupForm(ActionForm):
    number = forms.CharField(label=label(LABELS["number"]), max_length=20)
    name = forms.CharField(label=label(LABELS["name"]), max_length=200)
    name_en = forms.CharField(label=label(LABELS["name_en"]), max_length=200, required=False)


class OrgForm(ActionForm):
    code = forms.CharField(label=label(_("Code")), max_length=20)
    kind = forms.ChoiceField(label=label(_("Level")), choices=pairs(ORG_NAMES))
    name = forms.CharField(label=label(LABELS["name"]), max_length=200)
    name_en = forms.CharField(label=label(LABELS["name_en"]), max_length=200, required=False)
    parent = forms.ChoiceField(label=label(_("Belongs to")), required=False)
    since = DayField(label=label(_("From")))
    until = DayField(label=label(_("Until")), required=False)


class TermsForm(ActionForm):
    code = forms.CharField(label=label(_("Code")), max_length=20)
    name = forms.CharField(label=label(LABELS["name"]), max_length=100)
    name_en = forms.CharField(label=label(LABELS["name_en"]), max_length=100, required=False)
    rule = forms.CharField(
        label=label(_("Rule")),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "code"}),
        help_text=label(_("Written as data; the examples on the list of terms show every kind.")),
    )
    active = forms.BooleanField(label=label(_("In use")), required=False, initial=True)

    def clean_rule(self) -> dict[str, Any]:
        try:
            return dict(read_json(self.cleaned_data["rule"]))
        except (Invalid, ValueError, TypeError) as e:
            raise forms.ValidationError(said(_('This is not written as {"kind": "days", "days": 30}.'))) from e


class PolicyForm(ActionForm):
    klass = forms.ChoiceField(
        label=label(LABELS["klass"]), required=False,
        choices=[("", label(_("All classes: the company's policy"))), *pairs(KLASS_NAMES)],
    )  # fmt: skip
    customer = forms.CharField(
        label=label(_("Or one customer (number)")), max_length=20, required=False,
        help_text=label(_("A customer's own policy goes before its class's, and this before the company's.")),
    )  # fmt: skip
    check_limit = forms.BooleanField(label=label(_("Check the credit limit")), required=False, initial=True)
    oldest_overdue_days = forms.IntegerField(label=label(_("Oldest overdue item, days at most")), required=False, min_value=0, max_value=3660)  # fmt: skip
    overdue_percent = forms.DecimalField(  # a rate, not money
        label=label(_("Overdue share of open items, percent at most")), required=False, min_value=0, max_value=100, decimal_places=2
    )  # fmt: skip
    horizon_days = forms.IntegerField(label=label(_("Open orders count for so many days ahead")), required=False, min_value=0, max_value=3660)  # fmt: skip
    grace_days = forms.IntegerField(label=label(_("Days of grace before an item counts as overdue")), min_value=0, max_value=3660, initial=0)  # fmt: skip


class TryTermsForm(forms.Form):
    """The calculator: dates and an amount in, due dates with their why out. Read by GET, so that it is a link."""

    terms = forms.ChoiceField(label=label(LABELS["terms"]))
    amount = forms.CharField(label=label(_("Amount")), max_length=30, initial="10,000.00")
    invoice = DayField(label=label(_("Invoice date")))
    order = DayField(label=label(_("Order date")), required=False)
    received = DayField(label=label(_("Invoice received")), required=False)
    signed_off = DayField(label=label(_("Goods signed for")), required=False)
    next_batch = DayField(label=label(_("Next batch delivered")), required=False)
    contract_end = DayField(label=label(_("Contract ends")), required=False)
