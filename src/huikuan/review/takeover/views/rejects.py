"""Rows that were set aside: the list, one row, mended or dropped, and back as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from huikuan.kit.refs import ref
from huikuan.kit.text import whole
from huikuan.kit.words import Say, _, unpack
from huikuan.review.takeover import actions, queries
from huikuan.review.takeover.forms import DropForm, MendForm
from huikuan.review.takeover.models import Load, Reject
from huikuan.review.takeover.rules.files import fold
from huikuan.review.takeover.rules.maps import read_map
from huikuan.review.takeover.tables import (
    REJECT_MARKS,
    REJECTS,
)
from huikuan.web.pages import (
    ActionDialog,
    ActionForm,
    Bulk,
    Button,
    Choice,
    Fact,
    Filter,
    Head,
    Hidden,
    ListPage,
    ObjectPage,
    Outcome,
    Section,
    Tab,
    Words,
    get_or_missing,
)
from huikuan.web.shell import require
from huikuan.web.tables import XLSX_TYPE


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
        places = ((whole(k[1:]), str(v)) for k, v in data.items() if k.startswith("c"))
        cells = {names[n]: v for n, v in places if n is not None}
        return actions.mend(act, row.pk, {k: v for k, v in cells.items() if v != row.raw[k]}, data.get("version"))

    def said_done(self, result: Any) -> Say:
        return _("The row has landed.") if result[0] else _("Not yet: something is still wrong with this row.")

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/takeover/rejects/{kwargs['pk']}"


def rejects_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows of a load that still wait, as a workbook that can be mended and fed again with the same map."""
    import io

    from huikuan.kit import cells

    require(request, "takeover.see")
    company: Any = request.company  # type: ignore[attr-defined]
    load: Load = get_or_missing(Load, company.pk, pk, _("There is no such load."))
    out = io.BytesIO()
    book = cells.workbook(out, constant_memory=True)
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
