"""What can be done with a customer, a dialog each: opening, changing, limits, base stock, state, accounts, ship-tos, names."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from huikuan.books.customers import actions, queries
from huikuan.books.customers.forms import (
    LABELS,
    AliasForm,
    BankForm,
    BaseStockForm,
    ChangeShipToForm,
    CustomerForm,
    LimitForm,
    ReasonForm,
    ShipToForm,
)
from huikuan.books.customers.models import Customer
from huikuan.books.customers.rules import describe
from huikuan.kit.money import Money, exponent, minor_text
from huikuan.kit.private import hide, is_masked
from huikuan.kit.words import Say, _
from huikuan.web.pages import (
    ActionDialog,
    ActionForm,
    get_or_missing,
)
from huikuan.web.shell import called

PERSONAL = ("contact", "phone", "email", "address", "tax_phone", "tax_address", "tax_account")


class _Dialog(ActionDialog):
    needs = "customers.write"

    def row(self, pk: int) -> Customer:
        found: Customer = get_or_missing(Customer, self.company.pk, pk, _("There is no such customer."))
        return found

    def about(self, **kwargs: Any) -> dict[str, Any]:
        if "pk" not in kwargs:
            return {}
        row = self.row(kwargs["pk"])
        return {"facts": [(_("Customer"), f"{row.number} {called(row)}")]}

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/customers/{kwargs['pk']}"


class Create(_Dialog):
    title = _("Open an account")
    form = CustomerForm
    done = _("The account is open with a limit of 0. Credit sets the limit.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"currency": self.company.currency}

    def make_form(self, data: Any = None, **kwargs: Any) -> CustomerForm:
        form = super().make_form(data, **kwargs)
        assert isinstance(form, CustomerForm)
        form.offer(self.company.pk)
        return form

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Customer:
        return actions.create(act, **data)

    def then(self, result: Customer, **kwargs: Any) -> str:
        return f"/customers/{result.pk}"


class Change(Create):
    title = _("Change master data")
    done = _("Changed.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        row = self.row(kwargs["pk"])
        names = [n for n in CustomerForm.base_fields if hasattr(row, n)]
        out = {n: getattr(row, n) for n in names}
        out |= {n: out[n].number if out[n] else "" for n in ("payer", "distributor", "group")}
        out |= {n: hide(n, out[n]) for n in names if isinstance(out[n], str)}
        return out | {n: out[n].code if out[n] else "" for n in ("org", "terms")}

    def make_form(self, data: Any = None, **kwargs: Any) -> CustomerForm:
        form = super().make_form(data, **kwargs)
        form.fields["email"].validators = [
            v for v in form.fields["email"].validators if not is_masked(str(form["email"].value()))
        ]
        return form

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Customer:
        version = data.pop("version", None)
        data = {k: v for k, v in data.items() if not is_masked(v)}  # shown masked and left so: not changed
        return actions.change(act, kwargs["pk"], data, version)


class Reveal(_Dialog):
    """Personal data and account numbers in full, for a reason that is kept."""

    title = _("Show personal data in full")
    needs = "customers.reveal"
    form = ReasonForm
    button = _("Show it")
    warning = _("That you looked, and why, stands in the trail.")

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.show(form, 422, **kwargs)
        actions.reveal(request.act(key=form.cleaned_data.get("key") or None), kwargs["pk"], form.cleaned_data["reason"])
        row = self.row(kwargs["pk"])
        seen = [(LABELS[n], getattr(row, n)) for n in PERSONAL if getattr(row, n)]
        context = {
            "title": self.title, "customer": row, "seen": seen, "accounts": queries.bank_accounts(self.company.pk, row.pk),
            "places": queries.ship_tos(self.company.pk, row.pk),
        }  # fmt: skip
        htmx = bool(getattr(request, "htmx", False))
        return render(request, "customers/parts/revealed.html" if htmx else "customers/revealed.html", context)


class Limit(_Dialog):
    title = _("Change the credit limit")
    needs = "customers.limit"
    form = LimitForm
    warning = _("A lower limit holds at once. A higher one waits for the approval of a second person.")

    def make_form(self, data: Any = None, **kwargs: Any) -> LimitForm:
        form = super().make_form(data, **kwargs)
        assert isinstance(form, LimitForm)
        field: Any = form.fields["limit"]
        field.currency = self.row(kwargs["pk"]).currency
        return form

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        row = self.row(kwargs["pk"])
        limit = row.credit_limit
        return {
            "version": row.version,
            "limit": "" if limit is None else minor_text(limit, exponent(row.currency), grouped=True),
        }

    def about(self, **kwargs: Any) -> dict[str, Any]:
        found = queries.exposure(self.company.pk, kwargs["pk"])
        row = self.row(kwargs["pk"])
        limit = _("No limit") if row.credit_limit is None else Money(row.credit_limit, row.currency)
        facts = [
            (_("Customer"), f"{row.number} {called(row)}"), (_("Limit today"), limit),
            (_("Exposure"), Money(found.layers.total, found.currency)),
        ]  # fmt: skip
        return {"facts": facts}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> int:
        return actions.ask_limit(act, kwargs["pk"], data["limit"], data["reason"], data.get("version"))

    def said_done(self, result: int) -> Say:
        return _("A higher limit is asked for; it holds once it is approved.") if result else _("The limit is changed.")


class BaseStock(_Dialog):
    title = _("Base stock credit")
    needs = "customers.terms"
    form = BaseStockForm
    warning = _(
        "Open invoices get their due dates again: what no longer stands falls due. That is dated and stays in the trail."
    )
    done = _("The base stock credit is changed.")

    def make_form(self, data: Any = None, **kwargs: Any) -> BaseStockForm:
        form = super().make_form(data, **kwargs)
        assert isinstance(form, BaseStockForm)
        field: Any = form.fields["amount"]
        field.currency = self.row(kwargs["pk"]).currency
        return form

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        row = self.row(kwargs["pk"])
        amount = "" if row.base_stock is None else minor_text(row.base_stock, exponent(row.currency), grouped=True)
        return {"version": row.version, "amount": amount, "contract_end": row.contract_end}

    def about(self, **kwargs: Any) -> dict[str, Any]:
        row = self.row(kwargs["pk"])
        found = queries.terms_by_ids(self.company.pk, [row.terms_id]) if row.terms_id else {}
        rule = [describe(t.data) for t in found.values()]
        return {"facts": [(_("Customer"), f"{row.number} {called(row)}"), (LABELS["terms"], rule[0] if rule else "—")]}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Customer:
        return actions.set_base_stock(
            act, kwargs["pk"], data["amount"], data["contract_end"], data["reason"], data.get("version")
        )


class State(_Dialog):
    """Block, unblock, close, reopen: one dialog each (set in urls)."""

    needs = "customers.state"
    form = ReasonForm
    to = ""
    done = _("Done.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"version": self.row(kwargs["pk"]).version}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Customer:
        return actions.set_state(act, kwargs["pk"], self.to, data["reason"], data.get("version"))


class AddBank(_Dialog):
    title = _("Add a bank account")
    needs = "customers.sensitive"
    form = BankForm
    warning = _(
        "Payments from this account will be recognised as this customer's. A refund to it must be confirmed first."
    )

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.add_bank_account(act, kwargs["pk"], **data)

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/customers/{kwargs['pk']}?section=accounts"


class RetireBank(_Dialog):
    title = _("Take a bank account out of use")
    needs = "customers.sensitive"
    form = ReasonForm
    danger = True

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.retire_bank_account(act, kwargs["account"], data["reason"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/customers/{kwargs['pk']}?section=accounts"


class AddShipTo(_Dialog):
    title = _("Add a ship-to")
    form: type[ActionForm] = ShipToForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.add_ship_to(act, kwargs["pk"], **data)

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/customers/{kwargs['pk']}?section=places"


class ChangeShipTo(AddShipTo):
    title = _("Change a ship-to")
    form = ChangeShipToForm

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        place = next((p for p in queries.ship_tos(self.company.pk, kwargs["pk"]) if p.id == kwargs["place"]), None)
        found = {n: getattr(place, n) for n in ChangeShipToForm.base_fields if hasattr(place, n)}
        return {n: hide(n, v) if isinstance(v, str) else v for n, v in found.items()}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.change_ship_to(act, kwargs["place"], {k: v for k, v in data.items() if not is_masked(v)})


class AddAlias(_Dialog):
    title = _("Add another name")
    needs = "customers.alias"
    form = AliasForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.add_alias(act, kwargs["pk"], data["name"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/customers/{kwargs['pk']}?section=facts"
