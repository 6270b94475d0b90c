"""The page door of deposits: the list, one deposit with its moves and running balance, requests, and each act as a dialog."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms as django_forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from huikuan.books.ledger import queries as ledger
from huikuan.kit.errors import Invalid, Missing
from huikuan.kit.money import Money, exponent, minor_text
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _, _in
from huikuan.receivables.cash import queries as cash
from huikuan.receivables.cash.forms import find_customer
from huikuan.receivables.deposits import actions, forms, queries, rules
from huikuan.receivables.deposits.models import Deposit, Request
from huikuan.receivables.deposits.tables import COLUMNS, FILTERS, KINDS, REQUESTS, STATES, WHATS
from huikuan.sales.orders import queries as orders
from huikuan.web.filters import Choice, Tab
from huikuan.web.forms import ActionDialog, ActionForm, AmountField
from huikuan.web.pages import Button, Column, Fact, Head, ListPage, ObjectPage, Page, Section
from huikuan.web.shell import called, said

TAKE = Button(_("Take a deposit or advance"), "/deposits/new", "plus", needs="deposits.take", dialog=True)


class Deposits(ListPage):
    """Every deposit and advance that we hold or held."""

    title = _("Deposits and advances")
    needs = "deposits.see"
    columns = COLUMNS
    filters = FILTERS
    order = "-number"
    tabs = (
        Tab("open", _in("deposit", "Held"), {"state": "open"}),
        Tab("deposits", _in("security", "Deposits"), {"state": "open", "kind": "deposit"}),
        Tab("advances", _("Advance receipts"), {"state": "open", "kind": "advance"}),
        Tab("settled", _("Settled"), {"state": "settled"}),
        Tab("all", _("All")),
    )
    start_tab = "open"
    empty = _("Deposits and advances appear here once one is taken from a receipt.")
    empty_button = TAKE

    def rows(self) -> QuerySet[Deposit]:
        return queries.deposits(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        return (Button(_("Requests"), "/deposits/requests", "hourglass"), TAKE)

    def row_tone(self, row: Any) -> str:
        return "late" if row.state == rules.OPEN and row.due_back and row.due_back < self.today else ""


class Requests(ListPage):
    """Returns and forfeitures that were asked for."""

    title = _("Requests for deposits")
    needs = "deposits.see"
    columns = (
        Column("number", _("Deposit"), "link", value="deposit.number", url="/deposits/{deposit_id}"),
        Column("what", _("Asked for"), "state", states=WHATS),
        Column("customer", _("Customer"), value=lambda r: called(r.deposit.customer), sort="deposit__customer__pinyin", url=lambda r: f"/customers/{r.deposit.customer_id}"),
        Column("amount", _("Amount"), "money", currency="deposit.currency", total=True),
        Column("state", _("State"), "state", states=REQUESTS),
        Column("on", _("Date"), "date"),
        Column("by", _("Asked by")),
        Column("granted_by", _("Granted by")),
        Column("reason", _("Reason"), wide=True),
        Column("payee", _("Paid to"), hidden=True),
    )  # fmt: skip
    filters = (
        Choice("state", _("State"), options=REQUESTS),
        Choice(
            "what",
            _("Asked for"),
            options={k: WHATS[k] for k in (rules.RETURNED, rules.FORFEITED)},
        ),
    )
    order = "-id"
    tabs = (
        Tab("asked", _("Waits for a grant"), {"state": "asked"}),
        Tab("granted", _("Granted, to be paid"), {"state": "granted"}),
        Tab("all", _("All")),
    )
    start_tab = "all"
    empty = _("Nobody has asked to return or keep a deposit.")

    def rows(self) -> QuerySet[Request]:
        return queries.requests(self.company.pk)


class RequestPage(Page):
    """A request stands on its deposit's page."""

    needs = "deposits.see"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = queries.request(self.company.pk, kwargs["pk"])
        return HttpResponseRedirect(f"/deposits/{found.deposit_id}?section=requests")


class DepositPage(ObjectPage):
    needs = "deposits.see"

    def load(self, **kwargs: Any) -> Deposit:
        return queries.deposit(self.company.pk, kwargs["pk"])

    def head(self, thing: Any) -> Head:
        row: Deposit = thing
        at = f"/deposits/{row.pk}"
        late = row.state == rules.OPEN and row.due_back is not None and row.due_back < self.today
        facts = [
            Fact(_("Balance"), row.balance, "money", row.currency),
            Fact(
                _in("deposit", "Free"),
                row.free,
                "money",
                row.currency,
                note=_("less what is asked back") if row.reserved else "",
            ),
            Fact(_("Customer"), called(row.customer), url=f"/customers/{row.customer_id}"),
            Fact(_in("deposit", "Received on"), row.received, "date"),
        ]
        if row.due_back is not None:
            facts.append(Fact(_("Due back"), row.due_back, "date", note=_("overdue") if late else ""))
        if row.agreement:
            facts.append(Fact(_("Agreement"), row.agreement))
        if row.purpose:
            facts.append(Fact(_in("deposit", "Purpose"), row.purpose))
        if row.order is not None:
            facts.append(Fact(_("Order"), row.order.number, url=f"/orders/{row.order_id}"))
        give_back = Button(_("Ask to return"), f"{at}/return", "arrow-back-up", needs="deposits.ask", dialog=True)
        offset = Button(_("Offset"), f"{at}/offset", "check", needs="deposits.offset", dialog=True)
        more = [Button(_("Top up"), f"{at}/top-up", "plus", needs="deposits.take", dialog=True)]
        if row.free and row.kind == rules.DEPOSIT:
            more.append(Button(_("Ask to forfeit"), f"{at}/forfeit", "gavel", needs="deposits.ask", dialog=True))
        more.append(Button(_("Change"), f"{at}/change", "pencil", needs="deposits.take", dialog=True))
        first, second = (offset, give_back) if row.kind == rules.ADVANCE else (give_back, offset)
        return Head(
            number=row.number, name=called(row.customer), mark=STATES[row.state], kind=rules.KINDS[row.kind], facts=facts,
            primary=first if row.free else None, buttons=[second, *more] if row.free else more,
            back=(_("Deposits and advances"), "/deposits/"),
        )  # fmt: skip

    def sections(self, thing: Any) -> Sequence[Section]:
        row: Deposit = thing
        rows = queries.statement(row.pk)
        entries = {e.pk: e.voucher for e in ledger.entries(self.company.pk).filter(pk__in=[r.move.entry for r in rows])}
        shown = [(r, WHATS[r.move.what], entries.get(r.move.entry, "")) for r in reversed(rows)]
        asked = [(r, WHATS[r.what], REQUESTS[r.state]) for r in queries.requests(self.company.pk, deposit=row.pk)]
        may = {"undo": self.may("deposits.undo"), "pay": self.may("deposits.pay"), "paid": self.may("deposits.paid")}
        return (
            Section("moves", _("Statement of the deposit"), "deposits/moves.html", {"moves": shown, "row": row, "may": may}, count=len(shown)),
            Section("requests", _("Requests"), "deposits/requests.html", {"requests": asked, "row": row, "may": may}, count=len(asked)),
        )  # fmt: skip

    def subject(self, thing: Any) -> str:
        return ref("deposits.deposit", thing.pk)


class OfCustomer(Page):
    """A customer's deposits, as a panel of the customer's page."""

    needs = "deposits.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = list(queries.deposits(self.company.pk).filter(customer_id=kwargs["pk"]).order_by("state", "-id")[:50])
        return self.show("deposits/of.html", {"rows": [(r, KINDS[r.kind], STATES[r.state]) for r in rows]})


def source(company: int, customer: int, text: str) -> dict[str, int]:
    """The receipt that someone named: {"line_id": …} or {"item_id": …}. Raises Invalid."""
    text = text.strip().upper()
    if found := re.fullmatch(r"BL0*(\d{1,18})", text):
        line = cash.lines(company).filter(pk=int(found[1])).first()
        if line is None:
            raise Invalid.one("receipt", text, _("There is no such bank line."))
        return {"line_id": line.pk}
    items = [i for i in ledger.open_items(company, customers=[customer], documents=[text]) if i.remaining < 0]
    if len(items) != 1:
        raise Invalid.one("receipt", text, _("is no receipt of this customer that has anything left"))
    return {"item_id": items[0].id}


class Take(ActionDialog):
    title = _("Take a deposit or advance")
    needs = "deposits.take"
    form = forms.TakeForm
    done = _("It is kept; the receipt is settled by it.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"on": self.today, **{n: self.request.GET.get(n, "") for n in ("customer", "receipt", "kind", "order")}}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        customer = find_customer(act.company, data["customer"])
        order = None
        if data["order"].strip():
            try:
                order = orders.by_number(act.company, data["order"].strip()).pk
            except Missing as e:
                raise Invalid.one("order", data["order"], e.say) from e
        return actions.take(
            act, customer, data["kind"], data["on"], data["amount"], **source(act.company, customer, data["receipt"]),
            purpose=data["purpose"], agreement=data["agreement"], order_id=order, due_back=data["due_back"],
        )  # fmt: skip

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/deposits/{result.pk}"


class _Dialog(ActionDialog):
    """A dialog about one deposit."""

    form: type[ActionForm]

    def row(self, **kwargs: Any) -> Deposit:
        return queries.deposit(self.company.pk, kwargs["pk"])

    def make_form(self, data: Any = None, **kwargs: Any) -> ActionForm:
        form = super().make_form(data, **kwargs)
        field = form.fields.get("amount")
        if isinstance(field, AmountField):
            field.currency = self.row(**kwargs).currency
        return form

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        row = self.row(**kwargs)
        return {"on": self.today, "version": row.version, "amount": minor_text(row.free, exponent(row.currency))}

    def about(self, **kwargs: Any) -> dict[str, Any]:
        row = self.row(**kwargs)
        facts = [
            (_("Deposit"), row.number),
            (_("Customer"), called(row.customer)),
            (_in("deposit", "Free"), said(Money(row.free, row.currency))),
        ]
        return {"facts": facts}

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/deposits/{kwargs['pk']}"


class TopUp(_Dialog):
    title = _("Top up")
    needs = "deposits.take"
    form = forms.SourceForm
    done = _("The deposit holds more.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().initial(**kwargs), "amount": ""}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        named = source(act.company, self.row(**kwargs).customer_id, data["receipt"])
        return actions.top_up(act, kwargs["pk"], data["on"], data["amount"], **named, version=data.get("version"))


class Offset(_Dialog):
    title = _("Offset against invoices")
    needs = "deposits.offset"
    form = forms.OffsetForm
    button = _("Offset")
    done = _("The invoices are paid by it.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        row = self.row(**kwargs)
        named = set(queries.of_order(self.company.pk, row))
        left, picked = row.free, []
        found = sorted(
            queries.offsettable(self.company.pk, row), key=lambda o: (o.document not in named, o.due, o.item)
        )
        for one in found:
            if left <= 0 or (named and one.document not in named):
                break
            picked.append(one.document)
            left -= one.remaining
        return {"on": self.today, "version": row.version, "documents": "\n".join(picked)}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        named = re.split(r"[\s,,;]+", data["documents"].strip())
        return actions.offset(act, kwargs["pk"], data["on"], (), named, data.get("version"))


class AskReturn(_Dialog):
    title = _("Ask to return")
    needs = "deposits.ask"
    form = forms.ReturnForm
    warning = _("A second person grants it, then the treasurer pays. Until then the amount is kept back.")
    done = _("A second person was asked.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.ask_return(
            act, kwargs["pk"], data["amount"], data["on"], data["reason"], data["payee"], data["payee_account"], data.get("version")
        )  # fmt: skip


class AskForfeit(_Dialog):
    title = _("Ask to forfeit")
    needs = "deposits.ask"
    form = forms.ForfeitForm
    danger = True
    warning = _("Once a second person grants it, it is other income.")
    done = _("A second person was asked.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.ask_forfeit(act, kwargs["pk"], data["amount"], data["on"], data["reason"], data.get("version"))


class Change(_Dialog):
    title = _("Change")
    needs = "deposits.take"
    form = forms.ChangeForm
    done = _("Changed.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        row = self.row(**kwargs)
        return {"version": row.version, "agreement": row.agreement, "purpose": row.purpose, "due_back": row.due_back}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        version = data.pop("version", None)
        return actions.change(act, kwargs["pk"], data, version)


class _Request(ActionDialog):
    """A dialog about one request."""

    def found(self, **kwargs: Any) -> Request:
        return queries.request(self.company.pk, kwargs["pk"])

    def about(self, **kwargs: Any) -> dict[str, Any]:
        r = self.found(**kwargs)
        facts = [(_("Deposit"), r.deposit.number), (_("Amount"), said(Money(r.amount, r.deposit.currency))),
                 (_("Paid to"), f"{r.payee} {r.payee_account}".strip()), (_("Reason"), r.reason)]  # fmt: skip
        return {"facts": facts}

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/deposits/{result.pk}"


class Paid(_Request):
    title = _("Which payment was it?")
    needs = "deposits.paid"
    form = forms.PaidForm
    button = _("That was it")
    done = _("The return is booked.")

    def make_form(self, data: Any = None, **kwargs: Any) -> ActionForm:
        form = super().make_form(data, **kwargs)
        field = form.fields["line"]
        assert isinstance(field, django_forms.ChoiceField)
        r = self.found(**kwargs)
        rows = cash.lines(self.company.pk).filter(state="out", note="", amount=-r.amount, currency=r.deposit.currency)
        field.choices = [(x.pk, f"{x.document} {x.date} {x.payer_name} {x.remark}"[:120]) for x in rows.order_by("-date", "-pk")[:50]]  # fmt: skip
        return form

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.paid(act, kwargs["pk"], int(data["line"]))


class Pay(_Request):
    title = _("Paid without a bank line")
    needs = "deposits.pay"
    form = forms.PayForm
    warning = _(
        "For cash, or an account whose statements do not come here. A payment of a bank file is chosen instead."
    )
    done = _("The return is booked.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"on": self.today, "account": "1001"}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.pay(act, kwargs["pk"], data["on"], data["account"])


class Undo(ActionDialog):
    title = _("Undo this move")
    needs = "deposits.undo"
    form = forms.UndoForm
    danger = True
    warning = _("Its entry is reversed with today's date; nothing is deleted.")
    done = _("The move is undone.")

    def about(self, **kwargs: Any) -> dict[str, Any]:
        m = queries.move(self.company.pk, kwargs["pk"])
        row = queries.deposit(self.company.pk, m.deposit_id)
        what: Say = rules.WHATS[m.what]
        return {"facts": [(_("Deposit"), row.number), (_("Date"), m.on), (_("Move"), said(what)), (_("Amount"), said(Money(m.amount, row.currency)))]}  # fmt: skip

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.undo(act, kwargs["pk"], data["reason"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/deposits/{result.pk}"
