"""The five page patterns. A page of a capability is one class here plus columns, a query and panels.

    class Orders(ListPage):
        title = _("Orders"); needs = "orders.see"; order = "-number"
        columns = (Column("number", _("Number"), "link", url="/orders/{pk}"), …)
        filters = (Words("number", "customer__name"), Choice("state", _("State"), options=STATES))
        tabs = (Tab("all", _("All")), Tab("held", _("Held"), {"state": "held"}))
        bulk = (Bulk("release", _("Release orders"), release_many, needs="orders.release", form=ReasonForm),)
        empty = _("Orders appear here once they are placed or loaded. Place one or import a file.")
        def rows(self): return Order.objects.filter(company=self.company).select_related("customer")

    class OrderPage(ObjectPage):
        needs = "orders.see"
        def load(self, pk): return get_or_missing(Order, self.company, pk)
        def head(self, order): return Head(number=order.number, name=order.customer.name, mark=STATES[order.state], …)
        def sections(self, order): return (Section("lines", _("Lines"), template="orders/lines.html", context={…}),
                                           Section("items", _("Open items"), url=f"/ledger/items?customer=…"))
        def subject(self, order): return ref("orders.order", order.pk)          # brings the timeline

    urlpatterns = [path("", Orders.as_view(), name="list"), path("<int:pk>", OrderPage.as_view(), name="one")]

In every page: self.request, self.company, self.today (the as-of date where one is set), self.kwargs, self.may(duty).
Changing something is an `ActionDialog` (forms.py). `rows()` gives a queryset or a list of any records.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from huikuan.kit.errors import Missing
from huikuan.kit.words import Say, _
from huikuan.web.charts import Chart, Figure
from huikuan.web.filters import Amounts, Choice, Dates, Filter, Flag, Hidden, Pasted, Picked, Tab, Words
from huikuan.web.forms import ActionDialog, ActionForm
from huikuan.web.lists import ListPage, Page, Report
from huikuan.web.look import Mark
from huikuan.web.parts import Bulk, Button, Case, Fact, Head, Link, Outcome, Section, Step
from huikuan.web.shell import Event, provided
from huikuan.web.tables import Column


class ObjectPage(Page):
    """One thing: header, sections, timeline, its place in the chain."""

    template = "web/object.html"

    def load(self, *args: Any, **kwargs: Any) -> Any:
        """The object, by the address's parts; raises Missing. See get_or_missing."""
        raise NotImplementedError

    def head(self, thing: Any) -> Head:
        raise NotImplementedError

    def sections(self, thing: Any) -> Sequence[Section]:
        return ()

    def subject(self, thing: Any) -> str:
        """Its reference ("orders.order:42"): brings the timeline."""
        return ""

    def timeline(self, thing: Any) -> Sequence[Event]:
        subject = self.subject(thing)
        return provided.timeline(self.request, subject, 40) if subject else ()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.thing = self.load(**kwargs)
        head = self.head(self.thing)
        sections = list(self.sections(self.thing))
        asked = request.GET.get("section", "")
        open_one = next((s for s in sections if s.code == asked), sections[0] if sections else None)
        context = {
            "thing": self.thing,
            "head": head,
            "title": head.number or head.name or self.title,
            "primary": head.primary if head.primary and self.may(head.primary.needs) else None,
            "buttons": self.allowed(head.buttons),
            "sections": sections,
            "open": open_one,
            "timeline": self.timeline(self.thing),
        }
        htmx = getattr(request, "htmx", None)
        if htmx and htmx.target == "section" and open_one:
            return self.show("web/parts/section.html", context)
        return self.show(self.template, context)


class Worklist(Page):
    """A queue on the left, the case in the middle, evidence and proposals on the right.

    `queue()` gives the cases in order; `case(pk)` gives (template, context) for the middle and right: its template
    extends "web/case.html" (blocks `case` and `evidence`). Keys: j/k next, Enter the form marked data-accept,
    e data-edit, x data-skip, u data-undo.
    """

    template = "web/worklist.html"
    empty: Say = _("The queue is empty. Nothing waits for you.")

    def queue(self) -> Sequence[Case]:
        raise NotImplementedError

    def case(self, pk: str) -> tuple[str, dict[str, Any]]:
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.GET.get("case", "")
        htmx = getattr(request, "htmx", None)
        if htmx and htmx.target == "case" and asked:
            template, more = self.case(asked)
            return self.show(template, {**more, "pk": asked})
        cases = list(self.queue())
        keys = [str(c.pk) for c in cases]
        open_pk = asked if asked in keys or asked else (keys[0] if keys else "")
        context: dict[str, Any] = {"cases": cases, "open_pk": open_pk, "case_template": ""}
        if open_pk:
            template, more = self.case(open_pk)
            context |= {"case_template": template, **more, "pk": open_pk}
        return self.show(self.template, context)


class StepPage(Page):
    """One step of a step form. Templates extend "web/steps.html" (block `step`); `steps()` draws the bar."""

    template = "web/steps.html"

    def steps(self) -> Sequence[Step]:
        return ()

    def extra(self) -> dict[str, Any]:
        return {"steps": self.steps()}


def get_or_missing(kind: Any, company: Any, pk: Any, what: Say | None = None) -> Any:
    """A row of this company by id (`kind` a model or a queryset). Raises Missing."""
    rows = kind if isinstance(kind, QuerySet) else kind._default_manager.all()
    found = rows.filter(company=company, pk=pk).first()
    if found is None:
        raise Missing(what or _("There is no such thing in this company."))
    return found


__all__ = [
    "ActionDialog", "ActionForm", "Amounts", "Bulk", "Button", "Case", "Chart", "Choice", "Column", "Dates", "Event",
    "Fact", "Figure", "Filter", "Flag", "Head", "Hidden", "Link", "ListPage", "Mark", "ObjectPage", "Outcome",
    "Page", "Pasted", "Picked", "Report", "Section", "Step", "StepPage", "Tab", "Words", "Worklist", "get_or_missing",
]  # fmt: skip
