"""Forms of orders: dialogs on one order or delivery, the order form with its lines, the sheet upload."""

from __future__ import annotations

from typing import Any

from django import forms

from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.money import parse_price, parse_quantity, parse_rate
from huikuan.kit.text import whole
from huikuan.kit.words import _
from huikuan.web.forms import ActionForm, DayField, label, pick

REASON: dict[str, Any] = {"max_length": 200, "widget": forms.Textarea(attrs={"rows": 2})}
MOST_FORM_LINES = 200
BLANK_LINES = 5


class ReasonForm(ActionForm):
    reason = forms.CharField(label=label(_("Reason")), **REASON)


class ReleaseForm(ActionForm):
    reason = forms.CharField(label=label(_("Reason")), **REASON)
    evidence = forms.FileField(
        label=label(_("Evidence, such as a bank slip")),
        required=False,
        help_text=label(_("With evidence, cash application checks that the money really came.")),
    )


class CopyForm(ActionForm):
    on = DayField(label=label(_("Order date")))
    requested = DayField(label=label(_("Requested")), required=False)


class MoneyForm(ActionForm):
    came = forms.ChoiceField(
        label=label(_("The money")),
        choices=(("yes", label(_("is on the account"))), ("no", label(_("did not come")))),
        widget=forms.RadioSelect,
    )
    on = DayField(label=label(_("Date")))
    note = forms.CharField(label=label(_("Note")), max_length=200, required=False)


class SignOffForm(ActionForm):
    on = DayField(label=label(_("Signed for on")))
    by = forms.CharField(label=label(_("Signed by")), max_length=60, required=False)


class RedateForm(ActionForm):
    etd = DayField(label=label(_("ETD")), required=False)
    eta = DayField(label=label(_("ETA")), required=False)
    carrier = forms.CharField(label=label(_("Carrier")), max_length=60, required=False)


class DeliverForm(ActionForm):
    """Quantities per line stand in the page's own table; see `lines_of`."""

    on = DayField(label=label(_("Left on")))
    etd = DayField(label=label(_("ETD")), required=False)
    eta = DayField(label=label(_("ETA")), required=False)
    carrier = forms.CharField(label=label(_("Carrier")), max_length=60, required=False)


class FeedForm(ActionForm):
    file = forms.FileField(label=label(_("Sheet (.xlsx)")), max_length=200)
    on = DayField(label=label(_("Order date where the sheet has none")))


class OrderForm(ActionForm):
    """The head of an order. Its lines are rows of inputs (item-1, quantity-1 …) and a text pasted from Excel."""

    customer = forms.CharField(
        label=label(_("Customer")),
        max_length=100,
        widget=pick("/customers/pick"),
    )
    date = DayField(label=label(_("Order date")))
    requested = DayField(label=label(_("Requested")), required=False)
    ship_to = forms.CharField(label=label(_("Ship-to no.")), max_length=20, required=False)
    terms = forms.ChoiceField(label=label(_("Payment terms")), required=False)
    customer_po = forms.CharField(label=label(_("Customer's order")), max_length=60, required=False)
    contract = forms.CharField(label=label(_("Contract no.")), max_length=60, required=False)
    note = forms.CharField(label=label(_("Note")), max_length=200, required=False)
    pasted = forms.CharField(
        label=label(_("Or paste lines from Excel")),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "ITEM ⇥ 12 ⇥ 9.90 ⇥ 5%"}),
        help_text=label(
            _("One line each: item, quantity, and where they differ from the list, unit price and discount.")
        ),
    )

    def __init__(self, *args: Any, terms: list[tuple[str, str]], **kwargs: Any) -> None:
        self.offered = terms
        super().__init__(*args, **kwargs)
        self.offer()

    def offer(self) -> None:
        self.fields["terms"].choices = [("", "–"), *self.offered]  # type: ignore[attr-defined]

    def full_clean(self) -> None:
        self.offer()  # the base class looks for errors while it is being made
        super().full_clean()


FIELDS = ("n", "item", "quantity", "price", "discount")


def typed_lines(data: Any) -> list[dict[str, str]]:
    """The rows of line inputs in a request, with the pasted ones after them; empty rows are left out."""
    rows = []
    for i in range(1, MOST_FORM_LINES + 1):
        row = {f: str(data.get(f"{f}-{i}", "")).strip()[:60] for f in FIELDS}
        if row["item"] or row["quantity"]:
            rows.append(row)
    for text in str(data.get("pasted", "")).splitlines()[:MOST_FORM_LINES]:
        cells = [c.strip()[:60] for c in text.replace(";", "\t").split("\t")]
        if any(cells):
            rows.append({"n": "", **dict(zip(FIELDS[1:], [*cells, "", "", "", ""], strict=False))})
    return rows


def read_lines(rows: list[dict[str, str]], items: dict[str, int]) -> list[tuple[int, int, int | None, int, int]]:
    """(item id, quantity, price or None, discount, n) of typed rows; Invalid with a fault for each wrong cell."""
    faults, found = [], []
    for i, row in enumerate(rows, 1):
        item = items.get(row["item"].upper())
        if item is None:
            faults.append(Fault("item", row["item"], _("There is no such item."), row=i))
        numbers: dict[str, int | None] = {}
        for name, parse in (("quantity", parse_quantity), ("price", parse_price), ("discount", parse_rate)):
            try:
                numbers[name] = parse(row[name]) if row[name] else None
            except ValueError:
                faults.append(Fault(name, row[name], _("This is not a number."), row=i))
        if not row["quantity"]:
            faults.append(Fault("quantity", "", _("The cell is empty."), row=i))
        n = (whole(row["n"]) or 0) if len(row["n"]) < 7 else 0
        found.append((item or 0, numbers.get("quantity") or 0, numbers.get("price"), numbers.get("discount") or 0, n))
    if faults:
        raise Invalid(_("Some lines can't be read."), faults=tuple(faults))
    return found
