"""Bank files: put down, tried dry, imported; the rows set aside, corrected one by one; our accounts and their maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from huikuan.kit.errors import Fault, Invalid, Missing, Trouble
from huikuan.kit.refs import ref
from huikuan.kit.text import whole
from huikuan.kit.words import _, _in
from huikuan.office.files import actions as files
from huikuan.office.files import queries as kept_files
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.forms import DropForm, MapForm, UploadForm
from huikuan.receivables.cash.models import QuarantinedLine, StatementFile
from huikuan.receivables.cash.tables import FILES, QUARANTINE, ROWS
from huikuan.receivables.cash.views.lists import IMPORT
from huikuan.receivables.cash.views.mapping import FIELDS
from huikuan.web.filters import Choice, Hidden, Tab, Words
from huikuan.web.forms import ActionDialog, ActionForm, fresh_key
from huikuan.web.pages import Button, Fact, Head, ListPage, ObjectPage, Page, Section
from huikuan.web.shell import said


class Files(ListPage):
    """Every bank file that was imported."""

    title = _("Bank files")
    needs = "cash.see"
    columns = FILES
    filters = (Words("name", "bank__number", "by"), Hidden("bank", _("Our account"), field="bank_id"))
    order = "-pk"
    empty = _("Bank files appear here once one is imported.")
    empty_button = IMPORT

    def rows(self) -> QuerySet[StatementFile]:
        return queries.files(self.company.pk).annotate(
            landed=Count("statements__own_lines", distinct=True),
            unclosed=Count("statements", filter=~Q(statements__waiting=0), distinct=True),
            waiting=Count("statements__quarantined", filter=Q(statements__quarantined__state="waiting"), distinct=True),
        )

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Rows set aside"), "/cash/rows", "list-check"),
            Button(_("Our accounts"), "/cash/banks", "building-bank"),
            IMPORT,
        )


class FilePage(ObjectPage):
    needs = "cash.see"

    def load(self, **kwargs: Any) -> StatementFile:
        found = queries.files(self.company.pk).filter(pk=kwargs["pk"]).first()
        if found is None:
            raise Missing(_("There is no such bank file."))
        return found

    def head(self, thing: Any) -> Head:
        waiting = QuarantinedLine.objects.filter(statement__file=thing, state="waiting").count()
        return Head(
            number=thing.name or thing.sha256[:12], name=str(thing.bank), kind=_("Bank file"),
            facts=[Fact(_("Lines read"), thing.read, "number"), Fact(_("Set aside"), waiting, "number"),
                   Fact(_("Format"), f"{thing.kind} {thing.charset}".strip()), Fact(_("Imported"), thing.at, "moment", note=thing.by)],
            buttons=[Button(_("Download"), f"/files/{thing.file}/download", "download", needs="files.see")] if thing.file else [],
            primary=Button(_("Bank lines"), f"/cash/?file={thing.pk}", "list-check"), back=(_("Bank files"), "/cash/files"),
            notice=_("%(n)s statements of this file were refused: their sums do not close.", n=len(thing.refused)) if thing.refused else "",
        )  # fmt: skip

    def sections(self, thing: Any) -> Sequence[Section]:
        statements = list(thing.statements.order_by("n"))
        rows = list(queries.quarantined(self.company.pk).filter(statement__file=thing).order_by("row"))
        refused = [{**r, "reason": queries.says(r["reason"])} for r in thing.refused]
        return (
            Section(
                "statements",
                _("Statements"),
                "cash/statements.html",
                {"statements": statements, "refused": refused},
                count=len(statements),
            ),
            Section(
                "rows", _("Rows set aside"), "cash/aside.html", {"rows": [shown_row(r) for r in rows]}, count=len(rows)
            ),
        )

    def subject(self, thing: Any) -> str:
        return ref("cash.file", thing.pk)


def shown_row(row: QuarantinedLine) -> dict[str, Any]:
    return {
        "pk": row.pk, "row": row.row, "mark": ROWS[row.state], "state": row.state, "line": row.line_id,
        "faults": [(f["field"], f["value"], queries.says(f["reason"]), queries.says(f["remedy"]) if f.get("remedy") else "") for f in row.faults],
    }  # fmt: skip


class Rows(ListPage):
    """Rows of bank files that could not be read."""

    title = _("Rows set aside")
    needs = "cash.see"
    columns = QUARANTINE
    filters = (Choice("state", _("State"), options=ROWS), Hidden("bank", _("Our account"), field="bank_id"))
    order = "-pk"
    tabs = (Tab("waiting", _in("row of a file", "Waits"), {"state": "waiting"}), Tab("all", _("All")))
    start_tab = "waiting"
    empty = _("No row was set aside. Rows of bank files that cannot be read wait here to be corrected.")

    def rows(self) -> QuerySet[QuarantinedLine]:
        return queries.quarantined(self.company.pk)


class Upload(Page):
    """Put a bank file down; it is kept, then tried dry on the next page."""

    title = _("Import a bank file")
    needs = "cash.import"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.form(UploadForm(initial={"account": request.GET.get("account", "")}))

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.form(form, 422)
        data = form.cleaned_data
        try:
            assert actions.door.check_map is not None
            actions.door.check_map(data["map"])  # before anything is kept
            kept = files.keep(
                request.act(key=f"{data['key']}:keep"), data["file"].name, data["file"].read(), "bank_statement"
            )
            if data["map"]:
                actions.map_account(request.act(key=f"{data['key']}:map"), data["account"], data["map"])
        except Trouble as e:
            form.take(e)
            return self.form(form, 422)
        return redirect(f"{reverse('cash:try')}?{urlencode({'kept': kept.pk, 'account': data['account']})}")

    def form(self, form: ActionForm, status: int = 200) -> HttpResponse:
        return self.show("cash/upload.html", {"form": form, "accounts": queries.house_banks(self.company.pk)}, status)


class Try(Page):
    """What an import would do, line by line and fault by fault; then the import itself."""

    title = _("Import a bank file")
    needs = "cash.import"

    def asked(self) -> tuple[int, str, bytes, str]:
        pk, account = whole(self.request.GET.get("kept")), self.request.GET.get("account", "")
        if pk is None:
            raise Missing(_("There is no such file."))
        kept = kept_files.by_id(self.company.pk, pk)
        return kept.id, account, kept_files.read(self.company.pk, kept.id), kept.name

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        _pk, account, content, name = self.asked()
        faults: Sequence[Fault] = ()
        tried, refused = None, ""
        try:
            tried = actions.import_file(request.act(dry=True), account, content, name=name)
            faults = tried.errors
        except Invalid as e:
            refused, faults = said(e.say), e.faults
        context = {"tried": tried, "faults": faults[:50], "more": max(0, len(faults) - 50), "refused": refused, "name": name, "account": account,
                   "key": fresh_key(), "here": request.get_full_path()}  # fmt: skip
        return self.show("cash/try.html", context, 422 if refused else 200)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        _pk, account, content, name = self.asked()
        try:
            done = actions.import_file(request.act(key=request.POST.get("key") or None), account, content, name=name)
        except Trouble as e:
            messages.error(request, said(e.say))
            return redirect(request.get_full_path())
        words = _("%(read)s lines read: %(landed)s landed, %(known)s known, %(quarantined)s set aside.", read=done.read, landed=done.landed,
                  known=done.known, quarantined=done.quarantined)  # fmt: skip
        messages.success(request, said(words))
        return redirect(f"/cash/files/{done.file}")


class FixRow(Page):
    """A row that was set aside, cell by cell: corrected and fed again, or dropped."""

    title = _("Row set aside")
    needs = "cash.see"

    def row(self) -> QuarantinedLine:
        found = queries.quarantined(self.company.pk).filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Missing(_("There is no such row."))
        return found

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = self.row()
        return self.page(row, row.cells, {f["field"]: said(queries.says(f["reason"])) for f in row.faults})

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = self.row()
        cells = {name: request.POST.get(f"cell-{n}", old).strip() for n, (name, old) in enumerate(row.raw)}
        try:
            line = actions.fix_row(request.act(key=request.POST.get("key") or None), row.pk, cells, row.version)
        except Trouble as e:
            return self.page(
                row, cells, {f.field: said(f.reason) for f in e.faults}, 422, "" if e.faults else said(e.say)
            )
        messages.success(request, said(_("Row %(row)s has landed.", row=row.row)))
        return redirect(f"/cash/lines/{line.pk}" if line else "/cash/rows")

    def page(
        self, row: QuarantinedLine, cells: dict[str, str], wrong: dict[str, str], status: int = 200, trouble: str = ""
    ) -> HttpResponse:
        labels = {name: said(FIELDS[name]) for name in cells if name in FIELDS} if "…" in cells else {}
        shown = [
            (n, labels.get(name, name), value, wrong.get(name, "")) for n, (name, value) in enumerate(cells.items())
        ]
        other = [f"{k}: {v}" for k, v in wrong.items() if k not in cells]
        context = {"row": row, "cells": shown, "other": other, "trouble": trouble, "mark": ROWS[row.state], "key": fresh_key(),
                   "may": self.may("cash.import") and row.state == "waiting"}  # fmt: skip
        return self.show("cash/row.html", context, status)


class DropRow(ActionDialog):
    title = _("Drop row")
    needs = "cash.import"
    form = DropForm
    danger = True
    warning = _("The row is no movement and waits no more.")
    done = _("The row is dropped.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.drop_row(act, kwargs["pk"], data["reason"], anyway=data["anyway"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/cash/rows"


class Banks(Page):
    """Our accounts: what was imported last for each, and with which map."""

    title = _("Our accounts")
    needs = "cash.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        _looked, gaps = queries.gaps(self.company.pk)
        rows = [
            (b, b.statements.order_by("-until", "-pk").first(), b.lines.count())
            for b in queries.house_banks(self.company.pk)
        ]
        return self.show("cash/banks.html", {"rows": rows, "gaps": gaps[:20]})


class SetMap(ActionDialog):
    title = _("Column map")
    button = _("Keep")
    needs = "cash.import"
    form = MapForm
    done = _("Files of this account are read with this map from now on.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        bank = queries.house_banks(self.company.pk).filter(pk=kwargs["pk"]).first()
        text = yaml.safe_dump(bank.map, allow_unicode=True, sort_keys=False) if bank and bank.map else ""
        return {"map": text}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.set_map(act, kwargs["pk"], data["map"])
