"""Lists of orders, what is on hold, what other pages show of orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from huikuan.kit.words import _
from huikuan.office.trail.act import Act
from huikuan.sales.orders import actions, queries
from huikuan.sales.orders.forms import ReasonForm
from huikuan.sales.orders.models import Order
from huikuan.sales.orders.tables import FILTERS, ORDERS, STATES
from huikuan.web.forms import ActionForm
from huikuan.web.pages import Bulk, Button, Filter, ListPage, Outcome, Page, Tab
from huikuan.web.shell import called
from huikuan.web.tables import Column

PLACE = Button(_("New order"), "/orders/new", "plus", primary=True, needs="orders.place", writes=True)


def check_many(act: Act, ids: list[Any], data: dict[str, Any]) -> Outcome:
    told = actions.check_many(act, [int(i) for i in ids])
    return Outcome(_("%(freed)s of %(all)s are free now.", freed=told.done, all=len(ids)), told.refused)


def release_many(act: Act, ids: list[Any], data: dict[str, Any]) -> Outcome:
    told = actions.release_many(act, [int(i) for i in ids], data["reason"])
    return Outcome(
        _("%(done)s of %(all)s released or passed on for approval.", done=told.done, all=len(ids)), told.refused
    )


class Orders(ListPage):
    """All orders, by state."""

    title = _("Orders")
    needs = "orders.see"
    columns = ORDERS
    filters = FILTERS
    order = "-id"
    tabs: Sequence[Tab] = (
        Tab("all", _("All")),
        Tab("held", _("On hold"), {"state": "held"}),
        Tab("open", _("To deliver"), {"state": ["free", "released", "part_delivered"]}),
        Tab("delivered", _("Delivered"), {"state": "delivered"}),
        Tab("billed", _("Fully billed"), {"state": "billed"}),
        Tab("ended", _("Rejected or cancelled"), {"state": ["rejected", "cancelled"]}),
    )
    bulk: Sequence[Bulk] = (
        Bulk("check", _("Check again"), check_many, needs="orders.check", form=ActionForm, icon="refresh"),
    )
    empty = _("Orders appear here once they are placed, loaded or fed from a sheet.")
    empty_button: Button | None = PLACE

    def rows(self) -> QuerySet[Order]:
        return queries.orders(self.company.pk).select_related("customer", "payer", "terms", "org")

    def buttons(self) -> Sequence[Button]:
        return (Button(_("From a sheet"), "/orders/sheets", "upload", needs="orders.place"), PLACE)

    def row_tone(self, row: Any) -> str:
        return {"held": "blocked", "rejected": "muted", "cancelled": "muted"}.get(row.state, "")


class Held(Orders):
    """What waits for credit: by how much, since when, and why."""

    why: Mapping[int, Sequence[Any]] = {}  # of the shown orders, set by `beside`
    title = _("Orders on hold")
    tabs = ()
    order = "held_on"
    bulk = (
        Bulk("check", _("Check again"), check_many, needs="orders.check", form=ActionForm, icon="refresh"),
        Bulk(
            "release",
            _("Release"),
            release_many,
            needs="orders.release",
            form=ReasonForm,
            icon="lock-open",
            warning=_("The goods may leave after this. Orders above your limit are passed on for approval."),
        ),
    )
    empty = _("No order is on hold. When credit stops one it waits here, with the reason and what is missing.")
    empty_button = None
    note = _(
        "Oldest first. When cash is applied or a limit is raised, orders of that payer are checked again by themselves."
    )

    def all_columns(self) -> Sequence[Column]:
        first = {c.key: c for c in ORDERS}
        age = Column(
            "age",
            _("Days waiting"),
            "days",
            value=lambda r: (self.today - r.held_on).days if r.held_on else None,
            sort="held_on",
        )
        short = replace(first["shortfall"], hidden=False, total=True)
        why = Column("why", _("Why"), value=lambda r: next(iter(self.why.get(r.pk, ())), ""), sort="-", wide=True)
        rest = [replace(first[k], hidden=True) for k in ("payer", "customer_po", "terms", "org", "made_by")]
        return (first["number"], first["customer"], age, first["gross"], short, why, first["date"], *rest)

    def all_filters(self) -> Sequence[Filter]:
        return [f for f in FILTERS if f.key != "state"]

    def rows(self) -> QuerySet[Order]:
        return super().rows().filter(state="held")

    def beside(self, rows: Sequence[Any]) -> Sequence[Any]:
        self.why = queries.newest_reasons(self.company.pk, [r.pk for r in rows])
        return rows

    def buttons(self) -> Sequence[Button]:
        return ()

    def row_tone(self, row: Any) -> str:
        return "late" if row.held_on and (self.today - row.held_on).days > 3 else ""


class OfCustomer(Page):
    """A customer's orders, for its page: as orderer and as payer."""

    needs = "orders.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = queries.of_customer(self.company.pk, kwargs["pk"])[:12]
        shown = [(o, STATES[o.state], called(o.customer) if o.customer_id != kwargs["pk"] else "") for o in rows]
        number = queries.number_of(self.company.pk, kwargs["pk"])
        return self.show("orders/of_customer.html", {"rows": shown, "number": number})


class Today(Page):
    """The tile on Today: what is on hold, how much, the oldest ones."""

    needs = "orders.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = (
            queries.orders(self.company.pk).filter(state="held").select_related("payer").order_by("held_on", "id")[:6]
        )
        shown = [(o, called(o.payer), (self.today - o.held_on).days if o.held_on else 0) for o in rows]
        return self.show("orders/today.html", {"rows": shown, "sums": queries.held_sums(self.company.pk)})
