"""Forms of the catalogue's pages."""

from __future__ import annotations

from typing import Any

from django import forms

from huikuan.books.catalog import queries
from huikuan.books.catalog.rules import LABELS, MODES, STATES, TAX_KINDS
from huikuan.books.customers.rules import KLASS_NAMES
from huikuan.kit.money import currencies, parse_price, parse_rate
from huikuan.kit.words import Say, _
from huikuan.web.forms import ActionForm, DayField, label, pick
from huikuan.web.shell import said


def pairs(names: dict[str, Say]) -> list[tuple[str, Any]]:
    return [(code, label(name)) for code, name in names.items()]


class ItemForm(ActionForm):
    number = forms.CharField(label=label(LABELS["number"]), max_length=40)
    name = forms.CharField(label=label(LABELS["name"]), max_length=200)
    name_en = forms.CharField(label=label(LABELS["name_en"]), max_length=200, required=False)
    spec = forms.CharField(label=label(LABELS["spec"]), max_length=150, required=False)
    unit = forms.CharField(label=label(LABELS["unit"]), max_length=32)
    family = forms.CharField(label=label(LABELS["family"]), max_length=60, required=False)
    tax_code = forms.ChoiceField(label=label(LABELS["tax_code"]))
    tax_class = forms.RegexField(
        r"^\d{19}$", label=label(LABELS["tax_class"]), required=False, help_text=label(_("19 digits"))
    )
    tax_short = forms.CharField(label=label(LABELS["tax_short"]), max_length=120, required=False)
    shelf_life_days = forms.IntegerField(
        label=label(LABELS["shelf_life_days"]), required=False, min_value=1, max_value=36599
    )
    state = forms.ChoiceField(label=label(LABELS["state"]), choices=pairs(STATES), initial="active")
    external = forms.CharField(label=label(LABELS["external"]), max_length=40, required=False)

    def offer(self, company: int) -> None:
        field: Any = self.fields["tax_code"]
        field.choices = [(t.code, f"{t.code} {t.name}") for t in queries.tax_codes(company).values()]


class PriceForm(ActionForm):
    price = forms.CharField(label=label(LABELS["price"]), max_length=30, help_text=label(_("Up to ten decimals.")))
    mode = forms.ChoiceField(label=label(LABELS["mode"]), choices=pairs(MODES))
    currency = forms.CharField(label=label(LABELS["currency"]), min_length=3, max_length=3)
    since = DayField(label=label(LABELS["since"]))
    until = DayField(label=label(LABELS["until"]), required=False)
    klass = forms.ChoiceField(label=label(_("For a class")), required=False, choices=[("", "—"), *pairs(KLASS_NAMES)])
    customer = forms.CharField(
        label=label(_("Or for one customer")), max_length=20, required=False, widget=pick("/customers/pick"),
        help_text=label(_("Neither: the list price for everyone.")),
    )  # fmt: skip

    def clean_price(self) -> int:
        text = self.cleaned_data["price"]
        try:
            return parse_price(text)
        except ValueError as e:
            raise forms.ValidationError(said(_("%(value)s is not a price. Write it as 12.3456.", value=text))) from e


class TaxForm(ActionForm):
    code = forms.CharField(label=label(_("Code")), max_length=10)
    name = forms.CharField(label=label(LABELS["name"]), max_length=100)
    name_en = forms.CharField(label=label(LABELS["name_en"]), max_length=100, required=False)
    rate = forms.CharField(label=label(_("Tax rate")), max_length=20, help_text=label(_("Such as 13 %.")))
    kind = forms.ChoiceField(label=label(_("Kind of tax")), choices=pairs(TAX_KINDS))
    since = DayField(label=label(LABELS["since"]))
    until = DayField(label=label(LABELS["until"]), required=False)
    successor = forms.ChoiceField(
        label=label(_("Followed by")), required=False,
        help_text=label(_("When this code ends, items go on with the one that follows.")),
    )  # fmt: skip

    def clean_rate(self) -> int:
        text = self.cleaned_data["rate"].replace(" ", "")
        try:
            return parse_rate(text)
        except ValueError as e:
            raise forms.ValidationError(said(_("%(value)s is not a rate. Write it as 13 %%.", value=text))) from e


class RatesForm(ActionForm):
    """One rate, several pasted ones, or a file; all three may be given together."""

    currency = forms.ChoiceField(label=label(LABELS["currency"]), required=False)
    on = DayField(label=label(_("Holds from")), required=False)
    rate = forms.CharField(
        label=label(_("Exchange rate")),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num", "autocomplete": "off"}),
    )
    pasted = forms.CharField(
        label=label(_("Several at once")),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(
            attrs={
                "rows": 6,
                "spellcheck": "false",
                "placeholder": "USD\t2026-03-02\t6.8912\nJPY\t2026-03-02\t4.6210\t100",
            }
        ),
        help_text=label(
            _("Paste from Excel: currency, date, rate, and per how many units where it is not 1 (yen per 100).")
        ),
    )
    file = forms.FileField(
        label=label(_("Or a workbook (.xlsx)")),
        required=False,
        help_text=label(_("Columns: currency, date, rate, per. Headings in Chinese or English.")),
    )
    source = forms.CharField(
        label=label(_("Where they come from")),
        max_length=80,
        help_text=label(_("Such as: central parity rate of the PBC, or the bank's own.")),
    )

    def offer(self, own: str) -> None:
        field: Any = self.fields["currency"]
        field.choices = [
            ("", "—"),
            *((c, c) for c in (*COMMON, *(c for c in currencies() if c not in COMMON)) if c != own),
        ]


COMMON = ("USD", "EUR", "JPY", "HKD", "GBP", "CNY")
