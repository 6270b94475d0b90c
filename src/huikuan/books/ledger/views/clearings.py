"""Clearings: what settled what, when and why, and undoing one by its dated reversal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from huikuan.books.ledger import actions, queries
from huikuan.books.ledger.forms import OnForm
from huikuan.books.ledger.models import Clearing
from huikuan.books.ledger.tables import CLEARINGS, KINDS, source_words, undone_of
from huikuan.kit.errors import Missing
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.trail import queries as trail
from huikuan.office.trail.hands import subject_url
from huikuan.office.trail.tables import event_of
from huikuan.web.forms import ActionDialog
from huikuan.web.pages import (
    Button,
    Dates,
    Fact,
    Filter,
    Head,
    Hidden,
    Link,
    ListPage,
    ObjectPage,
    Pasted,
    Section,
    Words,
)
from huikuan.web.shell import Event, require


class Clearings(ListPage):
    title = _("Clearings")
    needs = "ledger.see"
    order = "-id"
    columns = CLEARINGS
    empty = _("Clearings appear here when receipts are applied, credits are settled or entries reversed.")

    def all_filters(self) -> Sequence[Filter]:
        pk = self.company.pk
        return (
            Words("reason", where=lambda text: queries.clearings_matching(pk, text)),
            Dates("date", _("Date")),
            Pasted("customer", _("Customers"), where=lambda some: Q(pk__in=queries.clearings_on(pk, customer__number__in=some))),
            Pasted("documents", _("Document numbers"), where=lambda some: Q(pk__in=queries.clearings_on(pk, document__in=some))),
            Hidden("source", _("Comes from")),
        )  # fmt: skip

    def rows(self) -> QuerySet[Clearing]:
        return queries.clearing_rows(self.company.pk).filter(date__lte=self.today)

    def row_tone(self, row: Any) -> str:
        return "muted" if row.was_reversed else ""


class ClearingPage(ObjectPage):
    needs = "ledger.see"

    def load(self, pk: int) -> Any:
        found = queries.clearing(self.company.pk, pk)
        if found is None:
            raise Missing(_("There is no such clearing."))
        by = getattr(found, "reversed_by", None)
        found.was_reversed = by is not None  # type: ignore[attr-defined]
        found.by_other = by  # type: ignore[attr-defined]
        found.rows = queries.legs(self.company.pk, clearings=[pk])  # type: ignore[attr-defined]
        found.items = {i.pk: i for i in queries.items(self.company.pk).filter(pk__in=[g.item_id for g in found.rows])}  # type: ignore[attr-defined]
        return found

    def head(self, thing: Any) -> Head:
        by, of = thing.by_other, thing.reverses
        sums: dict[str, int] = {}
        for leg in thing.rows:
            sums[leg.currency] = sums.get(leg.currency, 0) + max(leg.amount, 0)
        chain = [Link(_("Comes from"), source_words(thing.source), subject_url(thing.source))] if thing.source else []
        chain.append(Link(_("Clearing"), thing.voucher, here=True))
        entries = queries.entries_of(self.company.pk, ref("ledger.clearing", thing.pk))
        chain += [Link(_("Exchange difference"), e.voucher, f"/ledger/entries/{e.pk}") for e in entries]
        notice: Any = ""
        if by:
            notice = _("Undone by %(number)s on %(day)s.", number=by.voucher, day=by.date)
        elif of:
            notice = _("This undoes %(number)s of %(day)s.", number=of.voucher, day=of.date)
        other = by or of
        buttons = (
            [Button(_("Open %(number)s", number=other.voucher), f"/ledger/clearings/{other.pk}", "external-link")]
            if other
            else []
        )
        if not other:
            buttons.append(
                Button(
                    _("Undo this clearing"),
                    f"/ledger/clearings/{thing.pk}/undo",
                    "unlink",
                    dialog=True,
                    needs="ledger.clear",
                    danger=True,
                )
            )
        return Head(
            number=thing.voucher, name=thing.reason, mark=undone_of(thing), kind=_("Clearing"),
            facts=[
                Fact(_("Date"), thing.date, "date"),
                *(Fact(_("Cleared"), minor, "money", code) for code, minor in sorted(sums.items())),
                Fact(_("By"), thing.by),
            ],
            buttons=buttons, chain=chain, notice=notice, notice_tone="plain", back=(_("Clearings"), "/ledger/clearings"),
        )  # fmt: skip

    def sections(self, thing: Any) -> Sequence[Section]:
        rows = [(g, thing.items[g.item_id], KINDS.get(g.kind)) for g in thing.rows]
        return (Section("legs", _("Items"), "ledger/clearing_legs.html", {"rows": rows}, count=len(rows)),)

    def subject(self, thing: Any) -> str:
        return ref("ledger.clearing", thing.pk)

    def timeline(self, thing: Any) -> Sequence[Event]:
        """What happened to it; one of thousands in a batch shows the batch's act."""
        done = None if (found := super().timeline(thing)) else trail.record(self.company.pk, thing.act)
        return found if done is None else [event_of(done)]


class Undo(ActionDialog):
    title = _("Undo this clearing")
    needs = "ledger.clear"
    form = OnForm
    danger = True
    warning = _("Its items are open again from that day on. The clearing and its undoing both stay in the books.")
    done = _("The clearing is undone.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"on": self.today}

    def about(self, pk: int) -> dict[str, Any]:  # type: ignore[override]
        found = queries.clearing(self.company.pk, pk)
        if found is None:
            raise Missing(_("There is no such clearing."))
        return {"facts": [(_("Clearing"), found.voucher), (_("Date"), found.date)]}

    def do(self, act: Any, data: dict[str, Any], pk: int) -> Any:  # type: ignore[override]
        return actions.unclear(act, pk, data["on"], data["reason"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/ledger/clearings/{result}"


def of_customer(request: Any, pk: int) -> HttpResponse:
    """The panel of open items on a customer's page: what is open per currency, and the oldest items."""
    require(request, "ledger.see")
    rows = queries.item_rows(request.company.pk, request.today).filter(customer_id=pk)
    still = queries.open_then(rows, request.company.pk, request.today)
    context = {
        "sums": queries.subtotals(still, "currency"),
        "items": still.order_by("day", "id")[:12],
        "number": queries.customer_name(request.company.pk, str(pk)).split(" ")[0],
        "pk": pk,
    }
    return render(request, "ledger/parts/customer.html", context)


def today(request: Any) -> HttpResponse:
    """Today's tile: the overdue items that cost most, those one looks after first."""
    require(request, "ledger.see")
    rows = queries.overdue_rows(request.company.pk, request.today)
    own = rows.filter(owner=request.desk.person.login).exclude(owner="")  # the words of the index of owners
    mine = list(own.order_by("-weight", "id")[:6])
    heavy = queries.heaviest(rows, request.company.pk, request.today, 6)
    found = mine or list(heavy.order_by("-weight", "id")[:6])
    context = {
        "items": found,
        "mine": bool(mine),
        "silent": queries.overdue_without_reason(request.company.pk, request.today),
        "login": request.desk.person.login,
    }
    return render(request, "ledger/parts/today.html", context)
