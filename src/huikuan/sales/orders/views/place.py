"""The order form: place or change an order, with prices, tax and the credit decision shown before anything is stored."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from huikuan.books.catalog import queries as catalog
from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Invalid, Trouble
from huikuan.kit.money import PRICE_SCALE, QUANTITY_SCALE, RATE_SCALE, scaled_text
from huikuan.kit.words import _
from huikuan.sales.orders import actions, queries
from huikuan.sales.orders.forms import BLANK_LINES, MOST_FORM_LINES, OrderForm, read_lines, typed_lines
from huikuan.sales.orders.models import Order
from huikuan.sales.orders.rules.drafts import OrderChange, OrderDraft, OrderLineDraft
from huikuan.sales.orders.tables import STATES
from huikuan.web.pages import Page
from huikuan.web.shell import called, said


class OrderEntry(Page):
    """GET shows the form; POST with step=try shows what would become of it, without a trace; POST places the order."""

    title = _("New order")
    needs = "orders.place"
    template = "orders/entry.html"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.make(initial={"date": self.today, "customer": request.GET.get("customer", "")[:20]})
        return self.page(form, [])

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.make(request.POST)
        typed = typed_lines(request.POST)
        step = request.POST.get("step", "do")
        if step == "more":
            return self.page(form, typed, blank=BLANK_LINES * 2)
        tried: dict[str, Any] | None = None
        if form.is_valid():
            try:
                if step == "try":
                    tried = self.tried(request.act(dry=True), form.cleaned_data, typed)
                else:
                    order = self.do(request.act(key=form.cleaned_data["key"] or None), form.cleaned_data, typed)
                    self.tell(request, order)
                    return redirect(f"/orders/{order.pk}")
            except Trouble as e:
                form.take(e)
        wrong = not form.is_valid() or bool(form.errors)
        if getattr(request, "htmx", False) and step == "try":
            return self.show("orders/tried.html", {"form": form, "tried": tried})
        return self.page(form, typed, tried, status=422 if wrong else 200)

    # ---- parts
    def make(self, data: Any = None, initial: dict[str, Any] | None = None) -> OrderForm:
        rows = customers.terms_rows(self.company.pk).filter(active=True).order_by("code")
        terms = [(str(t.pk), f"{t.code} {called(t)}") for t in rows]
        return OrderForm(data, terms=terms) if data is not None else OrderForm(initial=initial, terms=terms)

    def page(
        self,
        form: OrderForm,
        typed: list[dict[str, str]],
        tried: Any = None,
        status: int = 200,
        blank: int = BLANK_LINES,
    ) -> HttpResponse:
        empty = {"n": "", "item": "", "quantity": "", "price": "", "discount": ""}
        count = max(0, min(blank, MOST_FORM_LINES - len(typed)))
        rows = [*typed, *([empty] * count)]
        context = {
            "form": form,
            "lines": list(enumerate(rows, 1)),
            "tried": tried,
            "here": self.request.path,
        }
        if form.is_bound:
            kept: Any = form.data
            kept = kept.copy()
            kept["pasted"] = ""  # what was pasted stands in the rows now
            form.data = kept
        return self.show(self.template, context, status)

    def lines(self, typed: list[dict[str, str]]) -> tuple[OrderLineDraft, ...]:
        numbers = {t["item"] for t in typed} | {t["item"].upper() for t in typed}
        items = {i.number.upper(): i.id for i in catalog.by_numbers(self.company.pk, numbers).values()}
        return tuple(OrderLineDraft(*row[:4], n=row[4]) for row in read_lines(typed, items))

    def customer(self, text: str) -> customers.Known:
        """By number, or the only one that fits the words."""
        exact = customers.by_numbers(self.company.pk, [text, text.upper()])
        if exact:
            return next(iter(exact.values()))
        some = customers.find(self.company.pk, text, 2)
        if len(some) == 1:
            return some[0]
        raise Invalid.one(
            "customer",
            text,
            _("There is no such customer.") if not some else _("Several customers fit; use the number."),
        )

    def draft(self, data: dict[str, Any], typed: list[dict[str, str]]) -> OrderDraft:
        one = self.customer(data["customer"])
        ship_to = None
        if data["ship_to"]:
            ship_to = next(
                (p.id for p in customers.ship_tos(self.company.pk, one.id) if p.number == data["ship_to"]), None
            )
            if ship_to is None:
                raise Invalid.one("ship_to", data["ship_to"], _("The customer has no such ship-to."))
        terms = int(data["terms"]) if data["terms"] else None
        return OrderDraft(
            one.id,
            data["date"],
            self.lines(typed),
            data["requested"],
            ship_to,
            terms,
            customer_po=data["customer_po"],
            note=data["note"],
            contract=data["contract"],
        )

    def do(self, act: Any, data: dict[str, Any], typed: list[dict[str, str]]) -> Order:
        return actions.place(act, self.draft(data, typed))

    def tried(self, act: Any, data: dict[str, Any], typed: list[dict[str, str]]) -> dict[str, Any]:
        """What would become of it: the act is rolled back, so all is read while it is still there."""
        seen = actions.preview_order(act, self.draft(data, typed))
        return self.seen(seen)

    def seen(self, seen: actions.Preview) -> dict[str, Any]:
        return {"seen": seen, "mark": STATES[seen.state], "reasons": seen.reasons}

    def tell(self, request: Any, order: Order) -> None:
        words = _("Order %(number)s is placed.", number=order.number)
        if order.state == "held":
            words = _("Order %(number)s is placed and on hold.", number=order.number)
        messages.success(request, said(words))


class OrderChangePage(OrderEntry):
    """The same form over an order that stands."""

    title = _("Change order")

    def found(self) -> Order:
        if not hasattr(self, "_found"):
            self._found = queries.order(self.company.pk, self.kwargs["pk"])
        return self._found

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        order = self.found()
        form = self.make(
            initial={
                "customer": order.customer.number,
                "date": order.date,
                "requested": order.requested,
                "ship_to": order.ship_to.number if order.ship_to else "",
                "terms": str(order.terms_id or ""),
                "customer_po": order.customer_po,
                "contract": order.contract,
                "note": order.note,
                "version": order.version,
            }
        )
        rows = [
            {
                "n": str(x.n),
                "item": x.item.number,
                "quantity": scaled_text(x.quantity, QUANTITY_SCALE),
                "price": scaled_text(x.price, PRICE_SCALE),
                "discount": scaled_text(x.discount, RATE_SCALE // 100) + "%" if x.discount else "",
            }
            for x in queries.lines(order.pk)
        ]
        return self.page(form, rows, blank=3)

    def make(self, data: Any = None, initial: dict[str, Any] | None = None) -> OrderForm:
        form = super().make(data, initial)
        for name in ("customer", "date"):
            form.fields[name].widget.attrs["readonly"] = True
        return form

    def change(self, data: dict[str, Any], typed: list[dict[str, str]]) -> OrderChange:
        order = self.found()
        ship_to = None
        if data["ship_to"]:
            ship_to = next(
                (p.id for p in customers.ship_tos(self.company.pk, order.customer_id) if p.number == data["ship_to"]),
                None,
            )
            if ship_to is None:
                raise Invalid.one("ship_to", data["ship_to"], _("The customer has no such ship-to."))
        return OrderChange(
            self.lines(typed),
            int(data["terms"]) if data["terms"] else None,
            data["requested"],
            ship_to,
            data["customer_po"],
            data["note"],
            data["contract"],
        )

    def do(self, act: Any, data: dict[str, Any], typed: list[dict[str, str]]) -> Order:
        return actions.change(act, self.found().pk, self.change(data, typed), data.get("version"))

    def tried(self, act: Any, data: dict[str, Any], typed: list[dict[str, str]]) -> dict[str, Any]:
        return self.seen(actions.preview_change(act, self.found().pk, self.change(data, typed), data.get("version")))

    def tell(self, request: Any, order: Order) -> None:
        words = _("Order %(number)s is changed.", number=order.number)
        if order.state == "held":
            words = _("Order %(number)s is changed and on hold: see its credit decision.", number=order.number)
        messages.success(request, said(words))


__all__ = ["OrderChangePage", "OrderEntry"]
