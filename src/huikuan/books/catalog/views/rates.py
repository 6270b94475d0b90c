"""Exchange rates: the list, and entering one, several pasted ones or a workbook, looked at before they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect

from huikuan.books.catalog import actions, queries
from huikuan.books.catalog.forms import RatesForm
from huikuan.books.catalog.rules import RATE_COLUMNS, rate_rows
from huikuan.books.catalog.tables import RATES
from huikuan.kit.errors import Trouble
from huikuan.kit.words import Say, _
from huikuan.office.trail.hands import collect
from huikuan.web import sheets
from huikuan.web.pages import Button, Choice, Dates, Filter, Flag, ListPage, Page, Tab, Words
from huikuan.web.shell import may, said

MOST_ROWS = 5000
FIELDS: dict[str, Say] = {
    "currency": _("Currency"),
    "on": _("Holds from"),
    "rate": _("Exchange rate"),
    "per": _("Per units"),
}


class Rates(ListPage):
    """Every rate by currency and day. The day before a document's date counts where its own day has none."""

    title = _("Exchange rates")
    needs = "catalog.see"
    columns = RATES
    order = "-on"
    template = "catalog/rates.html"
    tabs: Sequence[Tab] = (Tab("holds", _("In force"), {"holds": "1"}), Tab("all", _("All that were entered")))
    start_tab = "holds"
    empty = _("Exchange rates appear here: enter one, paste several, or take a workbook.")
    empty_button = Button(_("Enter rates"), "/catalog/rates/new", "plus", primary=True, needs="catalog.rates")

    @property
    def note(self) -> Say:  # type: ignore[override]
        return _(
            "%(own)s for one unit of the currency. A document takes the rate of its own day, or of the last day before it that has one.",
            own=self.company.currency,
        )

    def rows(self) -> Any:
        return queries.exchange_rates(self.company.pk)

    def all_filters(self) -> Sequence[Filter]:
        known = (
            queries.exchange_rates(self.company.pk).order_by("currency").values_list("currency", flat=True).distinct()
        )
        return (
            Words("source", "by"),
            Choice("currency", _("Currency"), options=[(c, c) for c in known]),
            Dates("on", _("Holds from")),
            Flag("holds", _("In force only"), where=lambda _on: Q(old=False)),
        )

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Enter rates"), "/catalog/rates/new", "plus", primary=True, needs="catalog.rates", writes=True),
        )

    def extra(self) -> dict[str, Any]:
        panels = [p for _c, p in collect("panels") if p.on == "catalog.rates" and may(self.request, p.needs)]
        return {"panels": sorted(panels, key=lambda p: p.order)}


class Enter(Page):
    """POST step=try shows what would be entered, step=do enters it. What is wrong stays in the box to be mended."""

    title = _("Enter rates")
    needs = "catalog.rates"
    template = "catalog/enter_rates.html"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.GET
        form = RatesForm(initial={"currency": asked.get("currency", ""), "on": asked.get("on") or self.today})
        form.offer(self.company.currency)
        return self.show(self.template, {"form": form})

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = RatesForm(request.POST, request.FILES)
        form.offer(self.company.currency)
        found: actions.RatesSet | None = None
        step, left = request.POST.get("step", "try"), ""
        if form.is_valid():
            try:
                rows = self.given(form)
                key = None if step == "try" else form.cleaned_data["key"] or None
                act = request.act(key=key, dry=step == "try")
                found = actions.set_rates(act, rows, form.cleaned_data["source"])
                if step == "do" and not found.faults:
                    messages.success(request, said(told(found)))
                    return redirect("/catalog/rates")
                wrong = {f.row for f in found.faults}
                left = "\n".join(
                    "\t".join(cells.get(f, "") for f in RATE_COLUMNS)
                    for n, cells in rows
                    if step == "try" or n in wrong
                )
            except Trouble as e:
                form.take(e)
        if found is not None:  # the file and the single rate stand in the box from here on
            form = RatesForm(initial={"pasted": left, "source": form.cleaned_data["source"]})
            form.offer(self.company.currency)
        lines = left.split("\n")
        faults = [
            {"row": f.row, "label": said(FIELDS.get(f.field, f.field)), "value": f.value, "why": said(f.reason), "how": said(f.remedy)}
            for f in (found.faults if found else ())
        ]  # fmt: skip
        context = {"form": form, "found": found, "step": step, "faults": faults[:200], "lines": len(lines)}
        return self.show(self.template, context, 422 if found is None or found.faults else 200)

    def given(self, form: RatesForm) -> list[tuple[int, dict[str, str]]]:
        """All rows of the form: the file's, the pasted ones, the single one; numbered as they stand in the box."""
        data = form.cleaned_data
        day = data["on"].isoformat() if data["on"] else ""
        table: list[list[str]] = []
        if data.get("file"):
            table += sheets.cells(data["file"].read(), MOST_ROWS)
        pasted = data["pasted"].splitlines()
        rows = rate_rows(table, day)
        more = rate_rows([_split(line) for line in pasted], day)
        last = rows[-1][0] if rows else 0
        rows += [(last + n, cells) for n, cells in more]
        if data["rate"] or (data["currency"] and not rows):
            last = rows[-1][0] if rows else 0
            rows.append((last + 1, {"currency": data["currency"], "on": day, "rate": data["rate"], "per": ""}))
        return rows


def _split(line: str) -> list[str]:
    if "\t" in line:
        return line.split("\t")
    return line.replace(",", " ").replace(";", " ").split()


def told(found: actions.RatesSet) -> Say:
    return _(
        "%(entered)s rates entered, %(known)s stood there already, %(wrong)s refused.",
        entered=found.entered,
        known=found.known,
        wrong=len({f.row for f in found.faults}),
    )
