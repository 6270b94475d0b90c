"""Both sides: who leads, whether they agree, what goes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.review.takeover import actions, queries
from huikuan.review.takeover.forms import AskForm, LeaderForm
from huikuan.review.takeover.models import OBJECTS, TieOut
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
