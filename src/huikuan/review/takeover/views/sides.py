"""Both sides: who leads, whether they agree, what goes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from huikuan.kit.errors import Missing, Trouble
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.files import queries as files
from huikuan.office.files.tables import download
from huikuan.review.takeover import actions, queries
from huikuan.review.takeover.forms import AskForm, LeaderForm, PostBackForm
from huikuan.review.takeover.models import OBJECTS, PostBack, TieOut
from huikuan.review.takeover.tables import (
    BACKS,
    TIES,
    WHAT_NAMES,
)
from huikuan.web.pages import (
    ActionDialog,
    Button,
    Dates,
    Fact,
    Filter,
    Head,
    ListPage,
    Mark,
    ObjectPage,
    Page,
    Section,
    Words,
    get_or_missing,
)
from huikuan.web.shell import said
from huikuan.web.tables import Column


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
            (s, queries.compare(company, s, day, queries.kept_claims(company, s), queries.kept_figures(company, s)))
            for s in queries.systems(company)
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
    empty = _("Files of what Huikuan leads appear here once they are written.")

    def rows(self) -> Any:
        return queries.post_backs(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Who leads"), "/takeover/leaders", "arrows-split"),
            Button(_("Look and write"), "/takeover/post-backs/new", "send", primary=True, needs="takeover.send"),
        )


class PostBackFile(Page):
    """A file for SAP, as often as it is wanted: the same bytes each time, nothing is marked."""

    needs = "takeover.see"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row: PostBack = get_or_missing(PostBack, self.company.pk, kwargs["pk"], _("There is no such file."))
        if row.file is None:
            raise Missing(_("There is no such file."))
        kept = files.by_id(self.company.pk, row.file)
        return download(row.name, kept.media, files.read(self.company.pk, kept.id), inline=False)


class WritePostBack(Page):
    """What would go back to SAP until a day, looked at dry; written by a robot when someone says so."""

    title = _("What goes back to SAP")
    needs = "takeover.send"
    shown = 200  # rows of each list on the page; the file has all

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        data = {"until": self.today, "code": self.company.code}
        if "until" in request.GET:
            asked = PostBackForm(request.GET)
            if not asked.is_valid():
                return self.page(asked, None, 422)
            data = {name: asked.cleaned_data[name] for name in data}
        parcel = queries.to_send(self.company.pk, data["until"], data["code"])
        return self.page(PostBackForm(initial=data), parcel)  # a fresh form, with a key of its own

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = PostBackForm(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            try:
                actions.ask_post_back(request.act(key=data["key"] or None), data["until"], data["code"])
            except Trouble as e:
                form.take(e)
            else:
                messages.success(request, said(_("A robot writes the file; it appears here in a moment.")))
                return redirect("/takeover/post-backs")
        return self.page(form, None, 422)

    def page(self, form: PostBackForm, parcel: Any, status: int = 200) -> HttpResponse:
        counts = [(queries.OBJECT_NAMES[o], n) for o, n in parcel.counts.items()] if parcel else []
        tables = []
        if parcel and parcel.lines:
            heads = (_("Document"), _("Posted"), _("Type"), _("Account"), _("Customer"), _("Amount"), _("Text"))
            rows = [(x.document, x.posting_date, x.document_type, x.account, x.customer, Money(x.amount, x.currency), x.text)
                    for x in parcel.lines[: self.shown]]  # fmt: skip
            tables.append(("journal.csv", heads, rows, len(parcel.lines)))
        for t in parcel.tables if parcel else ():
            tables.append((t.name, t.columns, t.rows[: self.shown], len(t.rows)))
        led = [queries.OBJECT_NAMES[o] for o in parcel.objects] if parcel else []
        return self.show("takeover/post_back.html", {"form": form, "counts": counts, "tables": tables, "led": led, "shown": self.shown,
                                                     "any": bool(parcel and parcel.marks)}, status)  # fmt: skip
