"""The page door of e-invoice numbers: the list, what stands on a bill, dialogs to note and to strike out, registers as files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header

from huikuan.kit.errors import Fault, Invalid, Refused, Trouble
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.text import whole as whole_number
from huikuan.kit.words import Say, _, _in, unpack
from huikuan.office.trail.store import among
from huikuan.sales.billing import queries as billing
from huikuan.sales.fapiao import actions, paper, queries, rules
from huikuan.sales.fapiao.forms import FeedForm, NoteForm, StrikeForm
from huikuan.sales.fapiao.models import Fapiao, Sheet, SheetRow
from huikuan.sales.fapiao.rules import Draft, sheet
from huikuan.sales.fapiao.tables import FAPIAOS, FILTERS, ROW_STATES, ROWS, SHEETS, STATES
from huikuan.web.filters import Choice
from huikuan.web.forms import ActionDialog, fresh_key
from huikuan.web.pages import Button, Fact, Head, ListPage, ObjectPage, Page, Section, Tab
from huikuan.web.shell import called, language, require, said

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FEED = Button(_("Feed a register"), "/fapiao/sheets/new", "upload", primary=True, needs="fapiao.note", writes=True)
SHOWN = 200
WIDE = {"digital": 15, "buyer": 16, "remark": 14, "state": 7}  # of the columns in which rows are corrected, in em


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
    """The rows of a register that wait, each with its reasons."""
    require(request, "fapiao.see")
    found = queries.sheet(request.company.pk, pk)
    waiting = queries.rows(found.company_id).filter(sheet=found, state="waiting").order_by("row")
    rows = [(r.whole, "; ".join(f"{name}: {text}" for name, _v, text in worded(r.faults))) for r in waiting]
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
        return (
            Button(_("E-invoices"), "/fapiao/", "receipt-tax"),
            Button(_("Refused rows"), "/fapiao/rows", "list-details"),
            FEED,
        )


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
    """One register: what became of its rows, and those that were refused, to be corrected in place and fed again."""

    needs = "fapiao.see"

    def load(self, **kwargs: Any) -> Sheet:
        return queries.sheet(self.company.pk, kwargs["pk"])

    def head(self, thing: Any) -> Head:
        row: Sheet = thing
        waiting = row.rows.filter(state="waiting").count()
        return Head(
            name=row.name,
            kind=_("Register of e-invoices"),
            facts=[
                Fact(_("Rows"), row.read, "number"),
                Fact(_in("e-invoice", "Noted"), row.landed, "number"),
                Fact(_("Known before"), row.known, "number"),
                Fact(_in("register", "Refused"), row.refused, "number"),
                Fact(_in("register", "Still wait"), waiting, "number"),
            ],
            buttons=[Button(_("Rows that wait as a file"), f"/fapiao/sheets/{row.pk}/refused", "download")]
            if waiting
            else [],
            notice=_(
                "%(n)s rows wait. Correct them here and feed them again, or take the file, correct it and feed that.",
                n=waiting,
            )
            if waiting
            else "",
            back=(_("Registers of e-invoices"), "/fapiao/sheets"),
        )

    def sections(self, thing: Any) -> Sequence[Section]:
        waiting = thing.rows.filter(state="waiting").order_by("row")
        count = waiting.count()
        rows = []
        for r in waiting[:SHOWN]:
            wrong = {f["field"] for f in r.faults}
            rows.append(
                (
                    r,
                    [(f, heading(f), r.whole.get(f, ""), f in wrong, WIDE.get(f, 9)) for f in sheet.COLUMNS],
                    worded(r.faults),
                )
            )
        done = [
            (r, ROW_STATES[r.state], r.whole.get("digital") or r.whole.get("number", ""))
            for r in thing.rows.exclude(state="waiting").select_related("later").order_by("row")[:SHOWN]
        ]
        context = {
            "sheet": thing, "rows": rows, "more": max(0, count - SHOWN), "heads": [heading(f) for f in sheet.COLUMNS],
            "key": fresh_key(), "may": self.may("fapiao.note"),
        }  # fmt: skip
        return (
            Section("refused", _in("register", "Wait"), "fapiao/waiting.html", context, count=count),
            Section("done", _in("register", "Dealt with"), "fapiao/done.html", {"rows": done}, count=len(done)),
        )

    def subject(self, thing: Any) -> str:
        return ref(actions.SHEET, thing.pk)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Feed what waits again, with what was corrected. Only rows whose cells differ are named."""
        kept = self.load(**kwargs)
        given: dict[int, dict[str, str]] = {}
        versions: dict[int, int] = {}
        for name, value in request.POST.items():
            text, _dash, field = name.partition("-")
            n = whole_number(text)
            if n is None:
                continue
            if field == "version":
                versions[n] = whole_number(value) or 0
            elif field in sheet.COLUMNS:
                given.setdefault(n, {})[field] = value
        as_is = {r.row: r.whole for r in kept.rows.filter(state="waiting", row__in=among(set(given)))}
        mended = [
            (n, versions.get(n, 0), cells)
            for n, cells in sorted(given.items())
            if any(v != as_is.get(n, {}).get(f, "") for f, v in cells.items())
        ]
        try:
            fed = actions.feed_again(request.act(key=request.POST.get("key") or None), kept.pk, mended)
        except (Invalid, Refused) as e:
            messages.error(request, said(e.say))
            return redirect(f"/fapiao/sheets/{kept.pk}")
        words = _("%(landed)s rows were noted, %(known)s were known, %(waiting)s still wait.", landed=fed.landed, known=fed.known,
                  waiting=fed.refused)  # fmt: skip
        messages.success(request, said(words))
        return redirect(f"/fapiao/sheets/{kept.pk}")


class Rows(ListPage):
    """Rows of all registers that were refused."""

    title = _("Refused rows of registers")
    needs = "fapiao.see"
    columns = ROWS
    filters = (Choice("state", _("State"), options=ROW_STATES),)
    order = "-id"
    tabs = (Tab("waiting", _in("register", "Wait"), {"state": "waiting"}), Tab("all", _("All")))
    start_tab = "waiting"
    empty = _("No row waits. Rows of registers that cannot be noted wait here to be corrected.")

    def rows(self) -> QuerySet[SheetRow]:
        return queries.rows(self.company.pk).select_related("sheet")

    def buttons(self) -> Sequence[Button]:
        return (Button(_("Registers"), "/fapiao/sheets", "file-spreadsheet"), FEED)


class DropRow(ActionDialog):
    title = _("Drop row")
    needs = "fapiao.note"
    form = StrikeForm
    danger = True
    warning = _("The row is no invoice on a bill of ours. It stays in sight with your reason, and waits no more.")
    done = _("The row is dropped.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.drop_row(act, kwargs["pk"], data["reason"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/fapiao/sheets/{result.sheet_id}"
