"""The rules of matching in their versions: who asked, who granted, which is live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from huikuan.kit.words import _
from huikuan.receivables.cash import queries
from huikuan.web.look import Mark
from huikuan.web.pages import Button, ListPage
from huikuan.web.tables import Column

STATES = {
    "asked": Mark(_("To be granted"), "attention", "clock"),
    "live": Mark(_("In use"), "good", "check"),
    "past": Mark(_("Replaced"), "plain"),
    "refused": Mark(_("Refused"), "late", "x"),
}


class RuleSets(ListPage):
    title = _("Rules of matching")
    needs = "cash.see"
    columns = (
        Column("number", _("Version"), value=str, sort="number"),
        Column("state", _("State"), "state", states=STATES),
        Column("note", _("Note"), wide=True),
        Column("by", _("Proposed by")),
        Column("at", _("When"), "moment"),
        Column("granted_by", _("Granted by")),
        Column("granted_at", _("Granted"), "moment"),
        Column("values", _("What it says"), value=lambda r: ", ".join(sorted(r.values)), sort="-"),
    )
    order = "-number"
    empty = _(
        "The rules stand as delivered. Versions that this company sets appear here, with who set them and who granted them."
    )

    def rows(self) -> Any:
        return queries.rule_sets(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        return (Button(_("Lessons"), "/cash/lessons", "bulb"),)
