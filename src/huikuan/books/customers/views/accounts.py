"""The pages of customer accounts: the list, one customer, the forms that change it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from huikuan.books.customers import actions, queries
from huikuan.books.customers.forms import (
    LABELS,
    LANGUAGE_NAMES,
    TAX_KINDS,
    AliasForm,
    BankForm,
    BaseStockForm,
    ChangeShipToForm,
    CustomerForm,
    LimitForm,
    ReasonForm,
    ShipToForm,
)
from huikuan.books.customers.models import Customer, Exposure
from huikuan.books.customers.rules import KLASS_NAMES, LAYER_NAMES, STATE_NAMES, check_tax_number, describe
from huikuan.books.customers.tables import CUSTOMERS, STATES
from huikuan.kit.money import Money, exponent, minor_text
from huikuan.kit.private import hide, is_masked
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.approvals import queries as approvals
from huikuan.office.company import queries as company_queries
from huikuan.office.trail.hands import collect
from huikuan.web.forms import picked
from huikuan.web.pages import (
    ActionDialog,
    ActionForm,
    Amounts,
    Button,
    Choice,
    Fact,
    Filter,
    Flag,
    Head,
    ListPage,
    ObjectPage,
    Page,
    Pasted,
    Section,
    Tab,
    Words,
    get_or_missing,
)
from huikuan.web.shell import called, language, require

PERSONAL = ("contact", "phone", "email", "address", "tax_phone", "tax_address", "tax_account")


def with_exposure(rows: Any) -> Any:
    """Each customer with its exposure in its own currency."""
    mine = Exposure.objects.filter(customer=OuterRef("pk"), currency=OuterRef("currency")).order_by()
    summed = mine.values("customer").annotate(sum=Sum("amount")).values("sum")
    return rows.annotate(exposure=Coalesce(Subquery(summed), 0, output_field=BigIntegerField()))


class Customers(ListPage):
    title = _("Customers")
    needs = "customers.see"
    order = "number"
    columns = CUSTOMERS
    tabs = (
        Tab("all", _("All")),
        Tab("open", STATE_NAMES["open"], {"state": "open"}),
        Tab("blocked", STATE_NAMES["blocked"], {"state": "blocked"}),
        Tab("over", _("Over the limit"), {"over": "1"}),
    )
    empty = _(
        "Customers appear here once they are opened or loaded. Open one, or load them from SAP with: huikuan load."
    )

    def rows(self) -> Any:
        rows = queries.rows(self.company.pk).select_related("payer", "org", "group", "terms")
        return with_exposure(rows)

    def beside(self, rows: Sequence[Any]) -> Sequence[Any]:
        """What each owes and what of it is late, from the floor above: one question for the shown rows."""
        asked = {c.key for c in self.shown} & {"owed", "late"}
        for row in rows:
            row.owes = {}
        for _capability, hand in collect("beside") if asked else ():
            if hand.on == "customers.customer" and self.may(hand.needs):
                found = hand.find(self.company.pk, [r.pk for r in rows], self.today)
                for row in rows:
                    names = found.get(row.pk, {})
                    row.owes = {n: by.get(row.currency, 0) for n, by in names.items()} or {"open": 0, "overdue": 0}
        return rows

    def all_filters(self) -> Sequence[Filter]:
        company = self.company.pk

        def words(text: str) -> Q:
            return Q(pk__in=queries.matching(company, text).values("pk"))

        def below(values: list[str]) -> Q:
            units = queries.units(company)
            wanted = {int(v) for v in values}
            return Q(org_id__in=[pk for pk, u in units.items() if wanted & set(u.path)])

        def options(rows: Any) -> list[tuple[str, str]]:
            return [(str(r.pk), f"{getattr(r, 'code', '') or r.number} {called(r)}") for r in rows]

        return (
            Words(where=words),
            Choice("klass", LABELS["klass"], options=KLASS_NAMES),
            Choice("state", LABELS["state"], options=STATES),
            Choice("org", LABELS["org"], where=below, options=options(queries.org_rows(company).order_by("code"))),
            Choice(
                "group",
                LABELS["group"],
                field="group_id",
                options=options(queries.group_rows(company).order_by("number")),
            ),
            Choice(
                "terms",
                LABELS["terms"],
                field="terms_id",
                options=options(queries.terms_rows(company).order_by("code")),
            ),
            Amounts("exposure", _("Exposure"), field="exposure"),
            Flag("over", _("Over the limit"), where=lambda _on: Q(exposure__gt=Coalesce("credit_limit", 2**63 - 1))),
            Pasted("numbers", _("Customer numbers"), field="number"),
        )

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Open an account"), "/customers/new", "plus", primary=True, needs="customers.write", writes=True),
        )

    def row_tone(self, row: Any) -> str:
        return "blocked" if row.state == "blocked" else "muted" if row.state == "closed" else ""


def panels(page: Page, on: str, pk: int) -> list[Section]:
    """What the floors above have to say about this thing, each loaded by a request of its own."""
    found = sorted((p for _capability, p in collect("panels") if p.on == on), key=lambda p: p.order)
    return [Section(f"p{i}", p.title, url=p.url.format(pk=pk)) for i, p in enumerate(found) if page.may(p.needs)]


class CustomerPage(ObjectPage):
    needs = "customers.see"

    def load(self, pk: int) -> Customer:
        rows = queries.rows(self.company.pk).select_related("payer", "distributor", "group", "org", "terms")
        found: Customer = get_or_missing(rows, self.company.pk, pk, _("There is no such customer."))
        self.found = queries.exposure(self.company.pk, pk)
        return found

    def head(self, thing: Customer) -> Head:
        at, found = f"/customers/{thing.pk}", self.found
        facts = [
            Fact(_("Exposure"), found.layers.total, "money", found.currency, f"{at}?section=credit"),
            Fact(LABELS["credit_limit"], found.limit, "money", found.currency) if found.limit is not None
            else Fact(LABELS["credit_limit"], _("No limit")),
            Fact(_("Free credit"), found.free, "money", found.currency) if found.free is not None else Fact(_("Free credit"), "—"),
            Fact(LABELS["terms"], called(thing.terms) if thing.terms else "—",
                 url=f"/customers/terms/{thing.terms_id}" if thing.terms_id else ""),
        ]  # fmt: skip
        if thing.payer:
            facts.insert(
                0,
                Fact(
                    LABELS["payer"], f"{thing.payer.number} {called(thing.payer)}", url=f"/customers/{thing.payer_id}"
                ),
            )
        notice, tone = self.notice(thing)
        close = Button(_("Close the account"), f"{at}/close", "door-exit", dialog=True, needs="customers.write")
        state = {
            "open": (Button(_("Block"), f"{at}/block", "lock", dialog=True, needs="customers.state"), close),
            "blocked": (
                Button(_("Unblock"), f"{at}/unblock", "lock-open", dialog=True, needs="customers.state"),
                close,
            ),
            "closed": (Button(_("Reopen"), f"{at}/reopen", "rotate", dialog=True, needs="customers.write"),),
        }[thing.state]
        stock: tuple[Button, ...] = ()
        if thing.terms and thing.terms.rule.get("kind") == "base_stock":
            stock = (
                Button(_("Base stock credit"), f"{at}/base-stock", "stack-2", dialog=True, needs="customers.terms"),
            )
        return Head(
            number=thing.number,
            name=called(thing),
            mark=STATES[thing.state],
            kind=_("Customer"),
            facts=facts,
            primary=Button(_("Change limit"), f"{at}/limit", "gavel", dialog=True, needs="customers.limit"),
            buttons=(
                Button(_("Change"), f"{at}/change", "pencil", needs="customers.write", writes=True),
                *stock,
                *state,
            ),
            notice=notice,
            notice_tone=tone,
            back=(_("Customers"), "/customers/"),
        )

    def notice(self, thing: Customer) -> tuple[Say | str, str]:
        asked = approvals.open_of(self.company.pk, ref("customers.customer", thing.pk), "customers.limit")
        if thing.state == "blocked":
            return _("This account is blocked: %(reason)s", reason=thing.block_reason), "blocked"
        if thing.state == "closed":
            return _(
                "This account was closed on %(date)s: %(reason)s", date=thing.closed, reason=thing.block_reason
            ), "plain"
        if asked:
            new = Money(asked.shown["new"], asked.shown["currency"])
            who = company_queries.person(asked.asked_by)
            name = called(who) if who else asked.asked_by
            return _(
                "%(person)s has asked for a limit of %(new)s; it waits for approval.", person=name, new=new
            ), "attention"
        if self.found.free is not None and self.found.free < 0:
            return _("The exposure is above the limit: new orders are held."), "late"
        return "", "attention"

    def sections(self, thing: Customer) -> Sequence[Section]:
        company = self.company.pk
        places = queries.ship_tos(company, thing.pk)
        accounts = queries.bank_accounts(company, thing.pk)
        others = list(thing.aliases.order_by("name"))
        policy = queries.policy_of(company, thing.payer_key)
        layers = [
            (LAYER_NAMES[name], getattr(self.found.layers, name),
             getattr(self.found.group.layers, name) if self.found.group else None)
            for name in LAYER_NAMES
        ]  # fmt: skip
        above = panels(self, "customers.customer", thing.pk)
        credit = {"exposure": self.found, "layers": layers, "policy": policy}
        return (
            *above[:1],  # what is open comes first, then what a caller asks about, then the rest
            Section("credit", _("Credit standing"), "customers/credit.html", credit),
            Section(
                "facts",
                _("Master data"),
                "customers/facts.html",
                {"facts": self.facts(thing), "others": others, "may_reveal": self.may("customers.reveal")},
            ),
            *above[1:],
            Section("places", _("Ship-to"), "customers/places.html", {"places": places}, count=len(places)),
            Section(
                "accounts", _("Bank accounts"), "customers/accounts.html", {"accounts": accounts}, count=len(accounts)
            ),
        )

    def facts(self, thing: Customer) -> list[tuple[Say, str, list[tuple[Say, Any, str]]]]:
        """(heading, …) of the master data: (label, value, link)."""
        word = {"klass": KLASS_NAMES, "language": LANGUAGE_NAMES, "tax_kind": TAX_KINDS}

        def one(name: str) -> tuple[Say, Any, str]:
            value = getattr(thing, name)
            if name in word:
                return LABELS[name], word[name].get(value, value), ""
            if name == "base_stock" and value is not None:
                return LABELS[name], Money(value, thing.currency), ""
            if name in ("payer", "distributor") and value:
                return LABELS[name], f"{value.number} {called(value)}", f"/customers/{value.pk}"
            if name == "group" and value:
                return LABELS[name], f"{value.number} {called(value)}", f"/customers/groups/{value.pk}"
            if name == "terms" and value:
                rule = describe(queries.terms_by_ids(self.company.pk, [value.pk])[value.pk].data)
                return (
                    LABELS[name],
                    _("%(name)s (%(rule)s)", name=called(value), rule=rule),
                    f"/customers/terms/{value.pk}",
                )
            if isinstance(value, str):
                return LABELS[name], hide(name, value), ""
            return LABELS[name], called(value) if hasattr(value, "name") else value, ""

        warning = check_tax_number(thing.uscc) if thing.tax_kind != "foreign" else None
        blocks = (
            (_("Customer account"), "", ("number", "external", "name", "name_en", "short_name", "klass", "language", "owner", "opened")),
            (_("Where it belongs"), "", ("payer", "distributor", "group", "org", "terms", "base_stock", "contract_end", "currency")),
            (_("VAT invoices"), warning or "",
             ("uscc", "tax_title", "tax_kind", "tax_address", "tax_phone", "tax_bank", "tax_account")),
            (_("Contact"), "", ("address", "contact", "phone", "email")),
        )  # fmt: skip
        return [(title, note, [one(n) for n in names]) for title, note, names in blocks]  # type: ignore[misc]

    def subject(self, thing: Customer) -> str:
        return ref("customers.customer", thing.pk)


def find(request: Any) -> JsonResponse:
    """Suggestions for a field that names a customer: [{number, name, klass}], best first."""
    require(request, "customers.see")
    found = queries.find(request.company.pk, request.GET.get("q", "")[:100], 10)
    return JsonResponse({"items": [{"id": c.id, "number": c.number, "name": c.name, "state": c.state} for c in found]})


def pick(request: Any) -> HttpResponse:
    """Options for a field that names a customer: by number, name, pinyin initials, tax number, bank account."""
    require(request, "customers.see")
    found = queries.find(request.company.pk, request.GET.get("q", "").replace("\x00", "")[:100], 12)
    return picked(
        request, [(c.number, c.title(language()), "" if c.state == "open" else STATE_NAMES[c.state]) for c in found]
    )


# ---- forms ---------------------------------------------------------------------------------------------------


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
