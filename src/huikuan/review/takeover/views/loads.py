"""Loads: the list, one load, an upload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q

from huikuan.kit.refs import ref
from huikuan.kit.words import _, unpack
from huikuan.review.takeover import actions, queries
from huikuan.review.takeover.forms import UploadForm
from huikuan.review.takeover.models import Load
from huikuan.review.takeover.tables import (
    LOAD_MARKS,
    LOADS,
    PROFILE_NAMES,
    report,
)
from huikuan.web.pages import (
    ActionDialog,
    Button,
    Choice,
    Dates,
    Fact,
    Filter,
    Head,
    ListPage,
    ObjectPage,
    Section,
    Words,
    get_or_missing,
)


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
