"""The page door of e-invoice numbers: the list, what stands on a bill, dialogs to note and to strike out, registers as files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header

from huikuan.kit.errors import Fault, Invalid, Trouble
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _, _in, unpack
from huikuan.sales.billing import queries as billing
from huikuan.sales.fapiao import actions, paper, queries, rules
from huikuan.sales.fapiao.forms import FeedForm, NoteForm, StrikeForm
from huikuan.sales.fapiao.models import Fapiao, Sheet
from huikuan.sales.fapiao.rules import Draft, sheet
from huikuan.sales.fapiao.tables import FAPIAOS, FILTERS, SHEETS, STATES
from huikuan.web.forms import ActionDialog
from huikuan.web.pages import Button, Fact, Head, ListPage, ObjectPage, Page, Section, Tab
from huikuan.web.shell import called, language, require, said

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FEED = Button(_("Feed a register"), "/fapiao/sheets/new", "upload", primary=True, needs="fapiao.note", writes=True)
SHOWN = 200


class Fapiaos(ListPage):
    """Every number that was noted, those struck out too."""

    title = _("E-invoices")
    needs = "fapiao.see"
    columns = FAPIAOS
    filters = FILTERS
    order = "-id"
    tabs = (
        Tab("live", _in("e-invoice", "Noted"), {"live": "1"}),
        Tab("struck", _in("e-invoice", "Struck out"), {"live": "0"}),
        Tab("all", _("All")),
    )
    start_tab = "live"
    empty = _(
        "Numbers of e-invoices appear here once they are noted: on a bill's page, by the tax bureau's register, or by REST. Issuing them is not built."
    )
    empty_button = FEED

    def rows(self) -> QuerySet[Fapiao]:
        return queries.fapiaos(self.company.pk).select_related("document", "document__payer")

    def buttons(self) -> Sequence[Button]:
        return (Button(_("Registers"), "/fapiao/sheets", "file-spreadsheet"), FEED)

    def row_tone(self, row: Any) -> str:
        return "" if row.live else "muted"


class OfBill(Page):
    """The numbers of a bill, as a panel of its page."""

    needs = "fapiao.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        bill = billing.document(self.company.pk, kwargs["pk"])
        rows = [(f, STATES[str(int(f.live))]) for f in queries.of_document(self.company.pk, bill.pk)]
        open_ = bill.state == "posted" and bill.kind != "cancellation"
        may = {"note": open_ and self.may("fapiao.note"), "strike": self.may("fapiao.strike")}
        return self.show("fapiao/of.html", {"rows": rows, "bill": bill, "may": may})


def beside(e: Invalid) -> Invalid:
    """Faults of typed lines, put beside the one field of the dialog, each with its line."""
    faults = tuple(
        Fault("numbers", f.value, _("Line %(row)s, %(value)s: %(why)s", row=f.row or 1, value=f.value, why=f.reason), f.remedy, f.row)
        for f in e.faults
    )  # fmt: skip
    return Invalid(e.say, faults=faults)


class Note(ActionDialog):
    title = _("Note e-invoice numbers")
    needs = "fapiao.note"
    form = NoteForm
    button = _("Note down")
    done = _("Noted. Payers who write these numbers are understood.")

    def about(self, **kwargs: Any) -> dict[str, Any]:
        row = billing.document(self.company.pk, kwargs["pk"])
        return {"facts": [(_("Bill"), f"{row.number} · {called(row.payer)}"), (_("Date"), row.date), (_("Gross"), Money(row.gross, row.currency))]}  # fmt: skip

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        try:
            lines = rules.typed(data["numbers"], self.today)
            return actions.note(act, [Draft(kwargs["pk"], code, number, on) for code, number, on in lines])
        except Invalid as e:
            raise beside(e) from e

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/billing/{kwargs['pk']}"


class Strike(ActionDialog):
    title = _("Strike out an e-invoice number")
    needs = "fapiao.strike"
    form = StrikeForm
    button = _("Strike out")
    danger = True
    warning = _("The number stays in sight with your reason. At the tax platform nothing changes.")
    done = _("The number is struck out.")

    def about(self, **kwargs: Any) -> dict[str, Any]:
        row = queries.fapiao(self.company.pk, kwargs["pk"])
        return {"facts": [(_("E-invoice number"), str(row)), (_("Bill"), row.document.number)]}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.strike(act, kwargs["pk"], data["reason"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/billing/{result}"


# ---- registers ---------------------------------------------------------------------------------------------------


def heading(field: str) -> str:
    en, zh, _others = sheet.COLUMNS.get(field, (field, field, ()))
    return en if language() == "en" else zh


def why(reason: Say, remedy: Say | None) -> str:
    return f"{said(reason)} {said(remedy) if remedy else ''}".strip()


def worded(faults: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Stored faults as (column, value, why)."""
    return [
        (
            heading(f["field"]),
            f["value"],
            why(unpack(f["reason"]), unpack(f["remedy"]) if f.get("remedy") else None),
        )
        for f in faults
    ]


def refused(request: Any, pk: int) -> HttpResponse:
    """The refused rows of a register, each with its reasons."""
    require(request, "fapiao.see")
    found = queries.sheet(request.company.pk, pk)
    rows = [(r["cells"], "; ".join(f"{name}: {text}" for name, _v, text in worded(r["faults"]))) for r in found.rejects]
    answer = HttpResponse(paper.rejects(rows, language()), content_type=XLSX)
    name = f"refused {found.name.rpartition('.')[0] or found.name}"[:100] + ".xlsx"
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["Cache-Control"] = "private, no-store"
    return answer


class Sheets(ListPage):
    title = _("Registers of e-invoices")
    needs = "fapiao.see"
    columns = SHEETS
    order = "-id"
    empty = _("Registers appear here once one is fed. You see what would be noted before it is.")
    empty_button = FEED

    def rows(self) -> QuerySet[Sheet]:
        return queries.sheets(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        return (Button(_("E-invoices"), "/fapiao/", "receipt-tax"), FEED)


class Feed(Page):
    """POST step=try reads the register and says what would happen; step=do notes it. The file travels both times."""

    title = _("Feed a register")
    needs = "fapiao.note"
    template = "fapiao/feed.html"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(self.template, {"form": FeedForm(), "fed": None})

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = FeedForm(request.POST, request.FILES)
        fed: actions.Fed | None = None
        if form.is_valid():
            try:
                given = form.cleaned_data["file"]
                if given.size > paper.MOST_BYTES:
                    raise Invalid.one("file", given.name, _("The file is larger than %(most)s MB.", most=paper.MOST_BYTES // 2**20))  # fmt: skip
                content = given.read()
                dry = request.POST.get("step") == "try"
                act = request.act(key=None if dry else form.cleaned_data["key"] or None, dry=dry)
                fed = actions.feed(act, given.name, hashlib.sha256(content).hexdigest(), paper.read_book(content))
                if not dry:
                    return redirect(f"/fapiao/sheets/{fed.sheet}")
            except Trouble as e:
                form.take(e)
        faults = [(f.row, heading(f.field), f.value, why(f.reason, f.remedy)) for f in (fed.faults if fed else ())]
        return self.show(self.template, {"form": form, "fed": fed, "faults": faults[:SHOWN]}, 200 if fed else 422)


class SheetPage(ObjectPage):
    """One register: what became of its rows, and those that were refused."""

    needs = "fapiao.see"

    def load(self, **kwargs: Any) -> Sheet:
        return queries.sheet(self.company.pk, kwargs["pk"])

    def head(self, thing: Any) -> Head:
        row: Sheet = thing
        return Head(
            name=row.name,
            kind=_("Register of e-invoices"),
            facts=[
                Fact(_("Rows"), row.read, "number"),
                Fact(_in("e-invoice", "Noted"), row.landed, "number"),
                Fact(_("Known before"), row.known, "number"),
                Fact(_in("register", "Refused"), row.refused, "number"),
            ],
            primary=Button(_("Refused rows as a file"), f"/fapiao/sheets/{row.pk}/refused", "download")
            if row.refused
            else None,
            notice=_("%(n)s rows were refused. Take the file, mend them and feed it again.", n=row.refused)
            if row.refused
            else "",
            back=(_("Registers of e-invoices"), "/fapiao/sheets"),
        )

    def sections(self, thing: Any) -> Sequence[Section]:
        rows = [(r["row"], worded(r["faults"])) for r in thing.rejects[:SHOWN]]
        context = {"rows": rows, "more": max(0, thing.refused - SHOWN)}
        return (Section("refused", _in("register", "Refused"), "fapiao/refused.html", context, count=thing.refused),)

    def subject(self, thing: Any) -> str:
        return ref(actions.SHEET, thing.pk)
