"""Papers of the system beside us as they were said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.review.takeover import queries
from huikuan.review.takeover.models import Document
from huikuan.review.takeover.tables import (
    KIND_NAMES,
    PAPERS,
    STATE_MARKS,
)
from huikuan.web.pages import (
    Choice,
    Dates,
    Fact,
    Filter,
    Head,
    Hidden,
    Link,
    ListPage,
    ObjectPage,
    Section,
    Words,
    get_or_missing,
)
from huikuan.web.shell import require


class Papers(ListPage):
    title = _("Papers of the system beside us")
    needs = "takeover.see"
    order = "-date"
    columns = PAPERS
    empty = _("Orders, deliveries and billing documents of the system beside us appear here once they are loaded.")

    def all_filters(self) -> Sequence[Filter]:
        return (
            Words("number", "customer__name", "customer__number", "reference"),
            Choice("kind", _("Kind"), options=KIND_NAMES),
            Choice("state", _("State"), options=STATE_MARKS),
            Dates("date", _("Date")),
            Hidden("customer", _("Customer"), field="customer_id"),
        )

    def rows(self) -> Any:
        return queries.documents(self.company.pk).select_related("customer")


class PaperPage(ObjectPage):
    needs = "takeover.see"

    def load(self, pk: int) -> Document:
        found: Document = get_or_missing(Document.objects.select_related("customer"), self.company.pk, pk)
        return found

    def head(self, thing: Document) -> Head:
        before, after = queries.flow(thing)

        def step(x: queries.Step) -> Link:
            return Link(KIND_NAMES.get(x.kind, x.kind), x.number, f"/takeover/papers/{x.id}")

        here = Link(KIND_NAMES.get(thing.kind, thing.kind), thing.number, here=True)
        return Head(
            number=thing.number,
            name=thing.customer.name if thing.customer else "",
            mark=STATE_MARKS.get(thing.state),
            kind=KIND_NAMES.get(thing.kind, thing.kind),
            facts=(
                Fact(_("Net"), thing.net, "money", thing.currency),
                Fact(_("Date"), thing.date, "date"),
                Fact(
                    _("Customer"),
                    thing.customer.number if thing.customer else "—",
                    url=f"/customers/{thing.customer_id}" if thing.customer_id else "",
                ),
                Fact(_("System"), thing.system),
                Fact(_("Entry"), thing.entry or "—", url=f"/ledger/entries/{thing.entry}" if thing.entry else ""),
            ),
            chain=(*(step(x) for x in before[:6]), here, *(step(x) for x in after[:6])),
            notice="" if thing.live else _("A later load changed this paper: this is an earlier version."),
            back=(_("Papers"), "/takeover/papers"),
        )

    def sections(self, thing: Document) -> Sequence[Section]:
        lines = queries.lines(thing.pk)[:500]
        return (
            Section(
                "lines",
                _("Lines"),
                "takeover/lines.html",
                {"lines": lines, "currency": thing.currency},
                count=thing.lines_count,
            ),
        )

    def subject(self, thing: Document) -> str:
        return ref("takeover.load", thing.load_id)


def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """A customer's papers, for the customer's page."""
    require(request, "takeover.see")
    company: Any = request.company  # type: ignore[attr-defined]
    rows = queries.documents(company.pk).filter(customer_id=pk).order_by("-date", "-pk")
    shown = [(d, KIND_NAMES.get(d.kind, d.kind), STATE_MARKS.get(d.state)) for d in rows[:20]]
    return render(request, "takeover/panel.html", {"rows": shown, "count": rows.count(), "pk": pk})
