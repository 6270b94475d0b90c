"""The page door of the take-over: loads, rows that wait, papers, who leads, tie-outs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _, unpack
from huikuan.review.takeover import actions, queries
from huikuan.review.takeover.forms import AskForm, DropForm, LeaderForm, MendForm, UploadForm
from huikuan.review.takeover.models import OBJECTS, Document, Load, Reject, TieOut
from huikuan.review.takeover.rules.files import fold
from huikuan.review.takeover.rules.maps import read_map
from huikuan.review.takeover.tables import (
    BACKS,
    KIND_NAMES,
    LOAD_MARKS,
    LOADS,
    PAPERS,
    PROFILE_NAMES,
    REJECT_MARKS,
    REJECTS,
    STATE_MARKS,
    TIES,
    WHAT_NAMES,
    report,
)
from huikuan.web.pages import (
    ActionDialog,
    ActionForm,
    Bulk,
    Button,
    Choice,
    Dates,
    Fact,
    Filter,
    Head,
    Hidden,
    Link,
    ListPage,
    Mark,
    ObjectPage,
    Outcome,
    Page,
    Section,
    Tab,
    Words,
    get_or_missing,
)
from huikuan.web.shell import require
from huikuan.web.tables import XLSX_TYPE, Column


class Loads(ListPage):
    title = _("Loads from the system beside us")
    needs = "takeover.see"
    order = "-pk"
    columns = LOADS
    empty = _("Loads appear here. Upload a list with its column map, or run: huikuan load sap-s4 FOLDER.")
    filters: Sequence[Filter] = (
        Words("name", "system", "by"),
        Choice("profile", _("What it holds"), options=PROFILE_NAMES),
        Choice("state", _("State"), options=LOAD_MARKS),
        Dates("started", _("Begun"), field="started__date"),
    )

    def rows(self) -> Any:
        return queries.loads(self.company.pk).annotate(waits=Count("rejects", filter=Q(rejects__state="waiting")))

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Rows that wait"), "/takeover/rejects?state=waiting", "list-check"),
            Button(_("Who leads"), "/takeover/leaders", "arrows-split"),
            Button(_("Upload"), "/takeover/upload", "upload", primary=True, dialog=True, needs="takeover.load"),
        )


class LoadPage(ObjectPage):
    needs = "takeover.see"

    def load(self, pk: int) -> Load:
        found: Load = get_or_missing(Load, self.company.pk, pk, _("There is no such load."))
        return found

    def head(self, thing: Load) -> Head:
        states = queries.states_of(thing.pk)
        waits = states.get("waiting", 0)
        return Head(
            number=f"#{thing.pk}",
            name=thing.name,
            mark=LOAD_MARKS[thing.state],
            kind=_("Load"),
            facts=(
                Fact(_("Read"), thing.read, "number"),
                Fact(_("Landed"), thing.landed, "number"),
                Fact(_("Known"), thing.known, "number"),
                Fact(_("Set aside"), thing.quarantined, "number", url=f"/takeover/rejects?load={thing.pk}"),
                Fact(_("Wait now"), waits, "number", url=f"/takeover/rejects?load={thing.pk}&state=waiting"),
            ),
            primary=Button(_("Mend rows that wait"), f"/takeover/rejects?load={thing.pk}&state=waiting", "pencil") if waits else None,
            buttons=(Button(_("Download rows that wait"), f"/takeover/{thing.pk}/rejects.xlsx", "download"),) if waits else (),
            notice=unpack(thing.trouble) if thing.trouble else "",
            back=(_("Loads"), "/takeover/"),
        )  # fmt: skip

    def sections(self, thing: Load) -> Sequence[Section]:
        warnings = [(unpack(w["say"]), w["count"], w["rows"][:12]) for w in thing.warnings]
        left_out = [(w["name"], w["rows"], unpack(w["say"])) for w in thing.left_out]
        sides = queries.one_sided(self.company.pk, thing.pk)
        facts = [
            (_("What it holds"), PROFILE_NAMES.get(thing.profile, thing.profile)),
            (_("System"), thing.system),
            (_("Map"), thing.map_name),
            ("SHA-256", thing.sha256),
        ]
        return (
            Section("summary", _("What happened"), "takeover/summary.html",
                    {"warnings": warnings, "left_out": left_out, "report": report(thing.counts), "facts": facts}),
            Section("one-sided", _("One-sided clearings"), "takeover/one_sided.html", {"rows": sides}, count=len(sides)),
            Section("map", _("Column map"), "takeover/map.html", {"text": thing.map_text}),
        )  # fmt: skip

    def subject(self, thing: Load) -> str:
        return ref("takeover.load", thing.pk)


class Upload(ActionDialog):
    title = _("Upload a list")
    needs = "takeover.load"
    form = UploadForm
    done = _("The file is kept. A robot loads it; it appears in the list in a moment.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        file = data["file"]
        return actions.ask_load(act, data["profile"], file.name, file.read(), data["map_text"], data["map"].name)

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/takeover/"


def _drop(act: Any, ids: list[Any], data: dict[str, Any]) -> Outcome:
    done = actions.drop(act, [int(i) for i in ids], data["reason"])
    return Outcome(_("%(count)s rows are dropped.", count=done))


class Rejects(ListPage):
    title = _("Rows that were set aside")
    needs = "takeover.see"
    order = "-pk"
    columns = REJECTS
    empty = _("Rows of a file that could not land wait here with their reasons, until someone mends or drops them.")
    bulk = (
        Bulk("drop", _("Drop"), _drop, needs="takeover.load", form=DropForm, danger=True,
             warning=_("Dropped rows never land by themselves. They stay here with the reason; a corrected file can still bring them.")),
    )  # fmt: skip
    tabs = (Tab("all", _("All")), Tab("waiting", _("Wait"), {"state": "waiting"}))

    def all_filters(self) -> Sequence[Filter]:
        return (
            Words("key", "file", "raw", "note"),
            Choice("state", _("State"), options=REJECT_MARKS),
            Choice("system", _("System"), options=lambda _r: [(s, s) for s in queries.systems(self.company.pk)]),
            Hidden("load", _("Load"), field="load_id"),
        )

    def rows(self) -> Any:
        return queries.rejects(self.company.pk)

    def row_tone(self, row: Any) -> str:
        return "" if row.state == "waiting" else "muted"


def headings(row: Reject) -> dict[str, str]:
    """Field → the heading it stands under in the file, where the load had a map."""
    if not row.load.map_text:
        return {}
    fields = read_map(row.load.map_text, profile=row.profile).fields
    have = {fold(k): k for k in row.raw}
    return {n: have[fold(c)] for n, f in fields.items() for c in reversed(f.columns) if fold(c) in have}


class RejectPage(ObjectPage):
    needs = "takeover.see"

    def load(self, pk: int) -> Reject:
        found: Reject = get_or_missing(
            Reject.objects.select_related("load"), self.company.pk, pk, _("There is no such row.")
        )
        return found

    def head(self, thing: Reject) -> Head:
        waits = thing.state == "waiting"
        return Head(
            number=f"{thing.file} : {thing.row}",
            name=thing.key,
            mark=REJECT_MARKS[thing.state],
            kind=_("Row of a file"),
            facts=(
                Fact(_("Load"), f"#{thing.load_id} {thing.load.name}", url=f"/takeover/{thing.load_id}"),
                Fact(_("Note"), thing.note or "—"),
            ),
            primary=Button(
                _("Mend"), f"/takeover/rejects/{thing.pk}/mend", "pencil", dialog=True, needs="takeover.load"
            )
            if waits
            else None,
            back=(_("Rows that were set aside"), f"/takeover/rejects?load={thing.load_id}"),
        )

    def sections(self, thing: Reject) -> Sequence[Section]:
        named = headings(thing)
        faults = [
            (
                named.get(f["field"], f["field"]),
                f["value"],
                unpack(f["reason"]),
                unpack(f["remedy"]) if f["remedy"] else "",
            )
            for f in thing.faults
        ]
        others = [r for r in queries.together(thing) if r.pk != thing.pk] if thing.profile == "documents" else []
        cells = [(k, v) for k, v in thing.raw.items() if not k.startswith("_") or k == "_text"]
        return (
            Section(
                "row",
                _("Row"),
                "takeover/reject.html",
                {"faults": faults, "cells": cells, "others": others[:50], "more": len(others)},
            ),
        )

    def subject(self, thing: Reject) -> str:
        return ref("takeover.reject", thing.pk)


class Mend(ActionDialog):
    title = _("Mend a row")
    button = _("Try again")
    needs = "takeover.load"
    form = MendForm

    def row(self, pk: int) -> Reject:
        found: Reject = get_or_missing(
            Reject.objects.select_related("load"), self.company.pk, pk, _("There is no such row.")
        )
        return found

    def make_form(self, data: Any = None, **kwargs: Any) -> ActionForm:
        row = self.row(kwargs["pk"])
        form = MendForm(data) if data is not None else MendForm(initial={"version": row.version})
        named = headings(row)
        form.offer(row.raw, {named.get(f["field"], f["field"]) for f in row.faults})
        return form

    def about(self, **kwargs: Any) -> dict[str, Any]:
        row = self.row(kwargs["pk"])
        named = headings(row)
        return {"facts": [(named.get(f["field"], f["field"]) or _("Row"), unpack(f["reason"])) for f in row.faults]}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        row = self.row(kwargs["pk"])
        names = list(row.raw)
        cells = {names[int(k[1:])]: str(v) for k, v in data.items() if k.startswith("c") and k[1:].isdigit()}
        return actions.mend(act, row.pk, {k: v for k, v in cells.items() if v != row.raw[k]}, data.get("version"))

    def said_done(self, result: Any) -> Say:
        return _("The row has landed.") if result[0] else _("Not yet: something is still wrong with this row.")

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/takeover/rejects/{kwargs['pk']}"


def rejects_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows of a load that still wait, as a workbook that can be mended and fed again with the same map."""
    import io

    import xlsxwriter

    require(request, "takeover.see")
    company: Any = request.company  # type: ignore[attr-defined]
    load: Load = get_or_missing(Load, company.pk, pk, _("There is no such load."))
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet("rejects")
    headings: list[str] = []
    rows = queries.rejects(company.pk).filter(load=load, state="waiting").order_by("row", "pk")
    for n, row in enumerate(rows.iterator(chunk_size=2000)):
        if not headings:
            headings = [k for k in row.raw if not k.startswith("_")]
            for c, name in enumerate([*headings, "huikuan_reject", "huikuan_row", "huikuan_reason"]):
                page.write_string(0, c, name)
        told = "; ".join(f"{f['field']}: {unpack(f['reason'])}" for f in row.faults)
        for c, text in enumerate([*(str(row.raw.get(h, "")) for h in headings), str(row.pk), str(row.row), told]):
            page.write_string(n + 1, c, text[:32767])
    book.close()
    response = HttpResponse(out.getvalue(), content_type=XLSX_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="rejects-{load.pk}.xlsx"'
    return response


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


class Leaders(Page):
    title = _("Who leads")
    needs = "takeover.see"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        led = queries.leaders(self.company.pk)
        rows = [(o, queries.OBJECT_NAMES[o], queries.LEADER_NAMES[led[o]], led[o]) for o in OBJECTS]
        return self.show("takeover/leaders.html", {"rows": rows, "may_lead": self.may("takeover.lead")})


class SetLeader(ActionDialog):
    title = _("Who leads")
    button = _("Save")
    needs = "takeover.lead"
    form = LeaderForm
    warning = _("Loads of what Huikuan leads are refused from then on; what SAP leads is overwritten by its loads.")
    done = _("Saved.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        row = queries.leader_rows(self.company.pk).get(kwargs["object"])
        return {"leader": row.leader if row else "sap", "version": row.version if row else None}

    def about(self, **kwargs: Any) -> dict[str, Any]:
        return {"facts": [(_("Object"), queries.OBJECT_NAMES.get(kwargs["object"], kwargs["object"]))]}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.set_leader(act, kwargs["object"], data["leader"], data.get("version"))

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/takeover/leaders"


class TieOuts(ListPage):
    title = _("Tie-out with the system beside us")
    needs = "takeover.see"
    order = "-pk"
    columns = TIES
    empty = _("Comparisons appear here each morning, or when someone compares. Load something first.")
    filters: Sequence[Filter] = (Words("system", "source", "by"), Dates("date", _("As of")))

    def rows(self) -> Any:
        return queries.tie_outs(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Files for SAP"), "/takeover/post-backs", "send"),
            Button(
                _("Compare now"), "/takeover/tie-outs/new", "scale", primary=True, dialog=True, needs="takeover.tie"
            ),
        )


class Compare(ActionDialog):
    title = _("Compare now")
    needs = "takeover.tie"
    form = AskForm
    warning = _("What each system said last is compared with the books as of the date on top.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        company, day = self.company.pk, self.today
        found = [
            (s, queries.compare(company, s, day, queries.kept_claims(company, s))) for s in queries.systems(company)
        ]
        return actions.keep_tie_outs(act, day, found)

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/takeover/tie-outs"


class TiePage(ObjectPage):
    needs = "takeover.see"

    def load(self, pk: int) -> TieOut:
        found: TieOut = get_or_missing(TieOut, self.company.pk, pk)
        return found

    def head(self, thing: TieOut) -> Head:
        return Head(
            number=thing.system,
            name=thing.date.isoformat(),
            mark=Mark(_("Ties"), "good") if thing.ok else Mark(_("Differs"), "late"),
            kind=_("Tie-out"),
            facts=(
                Fact(_("Differences"), thing.count, "number"),
                Fact(_("Compared with"), thing.source),
                Fact(_("As of"), thing.date, "date"),
            ),
            back=(_("Tie-out"), "/takeover/tie-outs"),
        )

    def sections(self, thing: TieOut) -> Sequence[Section]:
        rows = [{**r, "name": queries.OBJECT_NAMES.get(r["object"], r["object"])} for r in thing.rows]
        off = [
            {
                **d,
                "name": queries.OBJECT_NAMES.get(d["object"], d["object"]),
                "says": WHAT_NAMES.get(d["what"], d["what"]),
            }
            for d in thing.differences
        ]
        return (
            Section("sums", _("Counts and sums"), "takeover/tie.html", {"rows": rows}),
            Section(
                "differences",
                _("Differences"),
                "takeover/differences.html",
                {"rows": off, "count": thing.count},
                count=thing.count,
            ),
        )

    def subject(self, thing: TieOut) -> str:
        return ref("takeover.tieout", thing.pk)


class PostBacks(ListPage):
    title = _("Files for SAP")
    needs = "takeover.see"
    order = "-pk"
    columns: Sequence[Column] = BACKS
    empty = _("Files of what Huikuan leads appear here once they are written with: huikuan post-back OUT.csv.")

    def rows(self) -> Any:
        return queries.post_backs(self.company.pk)
