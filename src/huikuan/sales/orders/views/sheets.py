"""Orders by sheet: the template, the upload with a dry run first, rows that wait, rejects back as a file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header

from huikuan.kit.errors import Invalid, Missing, Trouble
from huikuan.kit.refs import ref
from huikuan.kit.words import _, unpack
from huikuan.sales.orders import actions, paper, queries
from huikuan.sales.orders.forms import FeedForm
from huikuan.sales.orders.models import OrderImport
from huikuan.sales.orders.rules import sheet
from huikuan.sales.orders.tables import ROW_STATES, SHEETS
from huikuan.web.forms import ActionDialog, ActionForm
from huikuan.web.pages import Button, Fact, Head, ListPage, ObjectPage, Page, Section
from huikuan.web.shell import language, require, said

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_file(name: str, body: bytes) -> HttpResponse:
    answer = HttpResponse(body, content_type=XLSX)
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["Cache-Control"] = "private, no-store"
    return answer


def template(request: Any) -> HttpResponse:
    require(request, "orders.place")
    chinese = language() != "en"
    return as_file("订单模板.xlsx" if chinese else "orders-template.xlsx", paper.template(language()))


def rejects(request: Any, pk: int) -> HttpResponse:
    """The waiting rows of a sheet with their reasons."""
    require(request, "orders.place")
    book = _sheet(request.company.pk, pk)
    rows = [
        (r.cells, "; ".join(f"{w['label']}: {w['why']}" for w in worded(r.faults)))
        for r in book.rows.filter(state="waiting").order_by("row")
    ]
    return as_file(f"rejects {book.name}"[:100].removesuffix(".xlsx") + ".xlsx", paper.rejects(rows, language()))


def _sheet(company: int, pk: int) -> OrderImport:
    found = queries.imports(company).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such sheet."))
    return found


def heading(field: str) -> str:
    en, zh, _others, _must = sheet.COLUMNS.get(field, (field, field, (), False))
    return en if language() == "en" else zh


def worded(faults: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Stored faults in words."""
    out = []
    for f in faults:
        remedy = said(unpack(f["remedy"])) if f.get("remedy") else ""
        out.append(
            {
                "field": f["field"],
                "label": heading(f["field"]),
                "value": f["value"],
                "why": f"{said(unpack(f['reason']))} {remedy}".strip(),
            }
        )
    return out


class Sheets(ListPage):
    title = _("Orders by sheet")
    needs = "orders.place"
    columns = SHEETS
    order = "-id"
    empty = _(
        "Sheets of orders appear here. Take the template, fill it, and feed it: you see what would land before it does."
    )
    empty_button = Button(
        _("Feed a sheet"), "/orders/sheets/new", "upload", primary=True, needs="orders.place", writes=True
    )

    def rows(self) -> QuerySet[OrderImport]:
        return queries.imports(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        take = Button(_("Template"), "/orders/sheets/template", "download")
        return (
            take,
            Button(_("Feed a sheet"), "/orders/sheets/new", "upload", primary=True, needs="orders.place", writes=True),
        )


class Feed(Page):
    """POST step=try reads the sheet and says what would happen; step=do lands it. The file travels both times."""

    title = _("Feed a sheet")
    needs = "orders.place"
    template = "orders/feed.html"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(self.template, {"form": FeedForm(initial={"on": self.today}), "fed": None})

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = FeedForm(request.POST, request.FILES)
        fed: actions.Fed | None = None
        if form.is_valid():
            try:
                given = form.cleaned_data["file"]
                if given.size > paper.MOST_BYTES:
                    raise Invalid.one(
                        "file", given.name, _("The file is larger than %(most)s MB.", most=paper.MOST_BYTES // 2**20)
                    )
                content = given.read()
                rows = paper.read_book(content)
                dry = request.POST.get("step") == "try"
                act = request.act(key=None if dry else form.cleaned_data["key"] or None, dry=dry)
                fed = actions.feed(act, given.name, hashlib.sha256(content).hexdigest(), rows, form.cleaned_data["on"])
                if not dry:
                    return redirect(f"/orders/sheets/{fed.sheet}")
            except Trouble as e:
                form.take(e)
        faults = [
            {"row": f.row, "label": heading(f.field), "value": f.value, "why": said(f.reason)}
            for f in (fed.faults if fed else ())
        ]
        return self.show(self.template, {"form": form, "fed": fed, "faults": faults[:200]}, 200 if fed else 422)


class SheetPage(ObjectPage):
    """One sheet: what landed, and the rows that wait, to be mended in place."""

    needs = "orders.place"

    def load(self, **kwargs: Any) -> OrderImport:
        return _sheet(self.company.pk, kwargs["pk"])

    def head(self, thing: Any) -> Head:
        at = f"/orders/sheets/{thing.pk}"
        waiting = thing.rows.filter(state="waiting").count()
        buttons = []
        if waiting:
            buttons = [
                Button(_("Rejects as a file"), f"{at}/rejects", "download"),
                Button(_("Drop what waits"), f"{at}/drop", "trash", dialog=True, needs="orders.place", danger=True),
            ]
        return Head(
            name=thing.name,
            kind=_("Sheet"),
            facts=[
                Fact(_("Rows"), thing.read, "number"),
                Fact(_("Landed"), thing.landed, "number"),
                Fact(_("Known before"), thing.known, "number"),
                Fact(_("Waiting"), waiting, "number"),
            ],
            buttons=buttons,
            notice=_(
                "%(n)s rows wait to be mended. Correct them here, or take the file, correct it and feed it again.",
                n=waiting,
            )
            if waiting
            else "",
            back=(_("Orders by sheet"), "/orders/sheets"),
        )

    def sections(self, thing: Any) -> Sequence[Section]:
        waiting = list(thing.rows.filter(state="waiting").order_by("row")[:200])
        rows = [
            (r, [(f, r.cells.get(f, "")) for f in sheet.COLUMNS], worded(r.faults), {f["field"] for f in r.faults})
            for r in waiting
        ]
        done = list(thing.rows.exclude(state="waiting").select_related("order").order_by("row")[:500])
        return (
            Section(
                "waiting",
                _("Waiting"),
                "orders/sheet_waiting.html",
                {
                    "book": thing,
                    "rows": rows,
                    "heads": [heading(f) for f in sheet.COLUMNS],
                    "key": ActionForm().initial["key"],
                },
                count=len(waiting),
            ),
            Section(
                "landed",
                _("Landed"),
                "orders/sheet_landed.html",
                {"rows": [(r, ROW_STATES[r.state]) for r in done]},
                count=len(done),
            ),
        )

    def subject(self, thing: Any) -> str:
        return ref("orders.import", thing.pk)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Feed what waits again, as it was mended."""
        book = self.load(**kwargs)
        mended: dict[str, dict[str, str]] = {}
        for name, value in request.POST.items():
            row, _dash, field = name.partition("-")
            if row.isdigit() and field in sheet.COLUMNS:
                mended.setdefault(row, {})[field] = value
        actions.feed_again(request.act(key=request.POST.get("key") or None), book.pk, mended, self.today)
        return redirect(f"/orders/sheets/{book.pk}")


class Drop(ActionDialog):
    title = _("Drop what waits")
    needs = "orders.place"
    danger = True
    warning = _("The rows stay in sight as dropped, but can't be fed again from here.")
    done = _("Dropped.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        book = _sheet(self.company.pk, kwargs["pk"])
        return actions.drop_rows(act, book.pk, list(book.rows.filter(state="waiting").values_list("row", flat=True)))

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/orders/sheets/{kwargs['pk']}"
