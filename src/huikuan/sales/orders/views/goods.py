"""Deliveries: the list, one delivery, the page that ships an order by line and batch, sign-off and dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect

from huikuan.kit.dates import read_date
from huikuan.kit.errors import Fault, Invalid, Trouble
from huikuan.kit.money import QUANTITY_SCALE, parse_quantity, scaled_text
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.trail.act import Act
from huikuan.sales.orders import actions, queries
from huikuan.sales.orders.forms import DeliverForm, ReasonForm, RedateForm, SignOffForm
from huikuan.sales.orders.models import Delivery, Order
from huikuan.sales.orders.rules import check_move
from huikuan.sales.orders.rules.drafts import DeliveryDraft, DeliveryLineDraft
from huikuan.sales.orders.rules.taken import HUIKUAN, LED_BY, SAID, led_notice
from huikuan.sales.orders.tables import DELIVERIES, DELIVERY_FILTERS, DELIVERY_STATES, STATES
from huikuan.sales.orders.views.order import panels
from huikuan.web.forms import ActionDialog
from huikuan.web.pages import Bulk, Button, Fact, Head, Link, ListPage, ObjectPage, Outcome, Page, Section, Tab
from huikuan.web.shell import called, said


def sign_many(act: Act, ids: list[Any], data: dict[str, Any]) -> Outcome:
    told = actions.sign_many(act, [int(i) for i in ids], data["on"], data["by"])
    return Outcome(_("%(done)s of %(all)s signed for.", done=told.done, all=len(ids)), told.refused)


class Deliveries(ListPage):
    title = _("Deliveries")
    needs = "orders.see"
    columns = DELIVERIES
    filters = DELIVERY_FILTERS
    order = "-id"
    tabs = (
        Tab("all", _("All")),
        Tab("open", _("Not billed"), {"state": "open"}),
        Tab("unsigned", _("Not signed for")),
        Tab("billed", _("On a bill"), {"state": "billed"}),
    )
    bulk = (Bulk("sign", _("Signed for"), sign_many, needs="orders.deliver", form=SignOffForm, icon="check"),)
    empty = _("Deliveries appear here when an order leaves. Open an order that is free and choose “Deliver”.")

    def rows(self) -> QuerySet[Delivery]:
        found = queries.deliveries(self.company.pk).select_related("order", "order__customer")
        if self.request.GET.get("tab") == "unsigned":
            found = found.filter(signed_on__isnull=True).exclude(state="cancelled")
        return found

    def row_tone(self, row: Any) -> str:
        if row.state == "cancelled":
            return "muted"
        return "late" if row.eta and row.signed_on is None and row.eta < self.today else ""


class DeliveryPage(ObjectPage):
    needs = "orders.see"

    def load(self, **kwargs: Any) -> Delivery:
        return queries.delivery(self.company.pk, kwargs["pk"])

    def head(self, thing: Any) -> Head:
        row: Delivery = thing
        at = f"/orders/deliveries/{row.pk}"
        facts = [
            Fact(_("Left on"), row.date, "date"),
            Fact(_("ETD"), row.etd, "date"),
            Fact(_("ETA"), row.eta, "date"),
            Fact(_("Signed for"), row.signed_on, "date", note=row.signed_by)
            if row.signed_on
            else Fact(_("Signed for"), "–"),
        ]
        ours = row.led == HUIKUAN
        if not ours:
            facts.append(Fact(_("Led by"), LED_BY[row.led], note=SAID.get(row.said, row.said)))
        buttons = []
        if ours and row.state != "cancelled":
            buttons.append(
                Button(_("Dates and carrier"), f"{at}/redate", "calendar", dialog=True, needs="orders.deliver")
            )
        if ours and row.state == "open":
            buttons.append(
                Button(_("Cancel delivery"), f"{at}/cancel", "ban", dialog=True, needs="orders.deliver", danger=True)
            )
        sign = Button(_("Signed for"), f"{at}/sign", "check", dialog=True, needs="orders.deliver")
        return Head(
            number=row.number,
            name=called(row.order.customer),
            mark=DELIVERY_STATES[row.state],
            kind=_("Delivery"),
            facts=facts,
            primary=sign if ours and row.signed_on is None and row.state != "cancelled" else None,
            buttons=buttons,
            notice="" if ours else led_notice(row.led),
            notice_tone="plain",
            chain=(
                Link(_("Order"), row.order.number, f"/orders/{row.order_id}"),
                Link(_("Delivery"), row.number, here=True),
            ),
            back=(_("Deliveries"), "/orders/deliveries"),
        )

    def sections(self, thing: Any) -> Sequence[Section]:
        lines = [
            (x, called(x.order_line.item))
            for x in thing.lines.select_related("order_line", "order_line__item").order_by("id")
        ]
        return (
            Section("lines", _("Lines"), "orders/delivery_lines.html", {"lines": lines}, count=len(lines)),
            *panels(self, "orders.delivery", thing.pk),
        )

    def subject(self, thing: Any) -> str:
        return ref("orders.delivery", thing.pk)


class _Dialog(ActionDialog):
    needs = "orders.deliver"

    def about(self, **kwargs: Any) -> dict[str, Any]:
        row = queries.delivery(self.company.pk, kwargs["pk"])
        return {"facts": [(_("Delivery"), f"{row.number} · {called(row.order.customer)}")]}

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/orders/deliveries/{kwargs['pk']}"


class SignOff(_Dialog):
    title = _("Signed for")
    form = SignOffForm
    done = _("The sign-off is noted. Due dates that wait for it follow.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"on": self.today}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.sign_off(act, kwargs["pk"], data["on"], data["by"])


class Redate(_Dialog):
    title = _("Dates and carrier")
    form = RedateForm
    done = _("Changed.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        row = queries.delivery(self.company.pk, kwargs["pk"])
        return {"etd": row.etd, "eta": row.eta, "carrier": row.carrier}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.redate(act, kwargs["pk"], data["etd"], data["eta"], data["carrier"])


class CancelDelivery(_Dialog):
    title = _("Cancel delivery")
    form = ReasonForm
    danger = True
    warning = _("The goods count as not delivered again; deliver the order anew when they leave.")
    done = _("The delivery is cancelled.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.cancel_delivery(act, kwargs["pk"], data["reason"])


class Deliver(Page):
    """What leaves of an order: a quantity, batch and expiry for each line, prefilled with what is open."""

    title = _("Deliver")
    needs = "orders.deliver"
    template = "orders/deliver.html"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        order = self.order()
        check_move(order.number, order.state, "deliver")
        return self.page(order, DeliverForm(initial={"on": self.today, "etd": self.today}), {})

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        order, form = self.order(), DeliverForm(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            try:
                draft = DeliveryDraft(
                    order.pk, data["on"], self.typed(order), data["etd"], data["eta"], data["carrier"]
                )
                made = actions.deliver(request.act(key=data["key"] or None), draft)
                messages.success(request, said(_("Delivery %(number)s has left.", number=made.number)))
                return redirect(f"/orders/deliveries/{made.pk}")
            except Trouble as e:
                form.take(e)
        return self.page(order, form, request.POST, 422)

    def order(self) -> Order:
        return queries.order(self.company.pk, self.kwargs["pk"])

    def typed(self, order: Order) -> tuple[DeliveryLineDraft, ...]:
        faults, found = [], []
        for i, line in enumerate(queries.lines(order.pk), 1):
            text = self.request.POST.get(f"quantity-{line.n}", "").strip()
            if not text or text == "0":
                continue
            try:
                quantity = parse_quantity(text)
            except ValueError:
                faults.append(Fault("quantity", text, _("This is not a number."), row=i))
                continue
            expiry: date | None = None
            if day := self.request.POST.get(f"expiry-{line.n}", "").strip():
                try:
                    expiry = read_date(day)
                except ValueError:
                    faults.append(Fault("expiry", day, _("This is not a date."), row=i))
            found.append(DeliveryLineDraft(line.n, quantity, self.request.POST.get(f"batch-{line.n}", ""), expiry))
        if not found and not faults:
            faults.append(Fault("quantity", "", _("Nothing was chosen.")))
        if faults:
            raise Invalid(faults[0].reason, faults=tuple(faults))
        return tuple(found)

    def page(self, order: Order, form: DeliverForm, typed: Any, status: int = 200) -> HttpResponse:
        rows = []
        for line in queries.lines(order.pk):
            left = line.quantity - line.delivered
            if left:
                shown = typed.get(f"quantity-{line.n}", scaled_text(left, QUANTITY_SCALE))
                rows.append(
                    (
                        line,
                        called(line.item),
                        left,
                        shown,
                        typed.get(f"batch-{line.n}", ""),
                        typed.get(f"expiry-{line.n}", ""),
                    )
                )
        context = {
            "order": order,
            "form": form,
            "rows": rows,
            "mark": STATES[order.state],
            "name": called(order.customer),
        }
        return self.show(self.template, context, status)
