"""The trail's pages: all acts, one act as a tree, the acts about a thing, long runs, and whether all of it still holds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from huikuan.kit.errors import Missing
from huikuan.kit.refs import read
from huikuan.kit.words import Say, _, unpack
from huikuan.office.trail import queries
from huikuan.office.trail.act import hooks
from huikuan.office.trail.actions import cancel_run, verify
from huikuan.office.trail.checks import NOT_ASKED
from huikuan.office.trail.hands import subject_url
from huikuan.office.trail.models import Record, Run
from huikuan.office.trail.tables import DOORS, OUTCOMES, PROOFS, RUNS, about, columns, filters, pairs, what, who, words
from huikuan.web.charts import Chart, Figure, Series
from huikuan.web.forms import ActionDialog
from huikuan.web.look import time_text
from huikuan.web.pages import Button, Column, Fact, Filter, Head, ListPage, ObjectPage, Report, Section, Tab
from huikuan.web.shell import language, provided, require, said


class Trail(ListPage):
    """Who did what, when, through which door; refusals too."""

    title = _("Trail")
    needs = "trail.see"
    order = "at"
    start_tab = "whole"
    tabs = (
        Tab("whole", _("Whole acts"), {"whole": "1", "sort": "-at"}),
        Tab("all", _("Every step"), {"sort": "-at"}),
        Tab("refused", _("Refused"), {"outcome": ["refused", "denied"], "sort": "-at"}),
        Tab("bots", _("By bots"), {"door": "bot", "whole": "1", "sort": "-at"}),
    )
    empty = _("Nothing has been done yet. Every change and every refusal will stand here.")

    def all_columns(self) -> Sequence[Column]:
        return columns(self.called)

    @cached_property
    def _names(self) -> dict[str, str]:
        return {}

    def called(self, login: str) -> str:
        """A person's name; each is asked for once a page."""
        if login not in self._names:
            self._names[login] = who(login)
        return self._names[login]

    def all_filters(self) -> Sequence[Filter]:
        return filters(self.company.pk, self.zone)

    def rows(self) -> QuerySet[Record]:
        return queries.records(self.company.pk)

    def row_tone(self, row: Any) -> str:
        return "" if row.outcome == "done" else "late"

    def buttons(self) -> Sequence[Button]:
        return (Button(_("Verify"), "/trail/verify", "shield-check"), Button(_("Runs"), "/trail/runs", "progress"))


def tree(request: Any, root: int) -> HttpResponse:
    """An act with everything it caused, what it was given, what it changed, and its place in the chain."""
    require(request, "trail.see")
    found = queries.tree(request.company.pk, root)
    if not found:
        raise Missing(_("There is no such act."))
    names = hooks.names([d.by for d in found], language())
    depth: dict[int, int] = {}
    rows = []
    for done in found:
        depth[done.id] = depth.get(done.cause or 0, -1) + 1
        changes = [(c["subject"], c["field"], words(c["old"]), words(c["new"])) for c in done.changes]
        rows.append(
            {
                "done": done, "depth": depth[done.id], "what": what(done.name), "who": names.get(done.by, done.by),
                "door": said(DOORS.get(done.door, done.door)), "mark": OUTCOMES[done.outcome], "about": about(done.subject),
                "url": subject_url(done.subject), "input": pairs(done.input), "facts": pairs(done.facts), "changes": changes[:100],
                "more": max(0, len(changes) - 100),
            }
        )  # fmt: skip
    return render(
        request,
        "trail/tree.html",
        {"title": rows[0]["what"], "rows": rows, "root": rows[0], "also": queries.subjects_of(root)},
    )


def one(request: Any, pk: int) -> HttpResponse:
    """A trail row by its id: its tree, at its place."""
    require(request, "trail.see")
    done = queries.record(request.company.pk, pk)
    if done is None:
        raise Missing(_("There is no such act."))
    return HttpResponseRedirect(f"/trail/{done.root}#act-{pk}")


def of(request: Any, subject: str) -> HttpResponse:
    """The timeline of anything, as object pages show it on the right."""
    require(request, "trail.see")
    if read(subject) is None:
        raise Missing(_("There is nothing called %(subject)s.", subject=subject))
    return render(request, "web/parts/timeline.html", {"timeline": provided.timeline(request, subject, 60)})


class Runs(ListPage):
    """Long work in chunks: how far it is, what it kept back."""

    title = _("Runs")
    needs = "trail.see"
    order = "-id"
    columns = (
        Column("id", _("Run"), "link", url="/trail/runs/{pk}", value=lambda r: f"#{r.pk}", sort="id"),
        Column("kind", _("What"), value=lambda r: what(r.kind), sort="kind"),
        Column("state", _("State"), "state", states=RUNS),
        Column("done", _("Done"), "number"),
        Column("refused", _("Kept back"), "number"),
        Column("total", _("Of"), "number"),
        Column("by", _("Who")),
        Column("started", _("Started"), "time"),
        Column("ended", _("Ended"), "time"),
    )
    empty = _("No long work was run yet.")

    def rows(self) -> QuerySet[Run]:
        return queries.runs(self.company.pk)


class RunPage(ObjectPage):
    needs = "trail.see"

    def load(self, pk: int) -> Any:
        found = queries.run(self.company.pk, pk)
        if found is None:
            raise Missing(_("There is no such run."))
        return found

    def head(self, thing: Any) -> Head:
        stop = Button(
            _("Stop after this chunk"), f"/trail/runs/{thing.pk}/cancel", "player-stop", dialog=True, danger=True
        )
        return Head(
            number=f"#{thing.pk}", name=what(thing.kind), mark=RUNS[thing.state], kind=_("Run"),
            facts=[Fact(_("Done"), thing.done, "number"), Fact(_("Kept back"), thing.refused, "number"), Fact(_("Of"), thing.total, "number")],
            buttons=[stop] if thing.state == "running" and thing.by == self.request.user.get_username() else [],
            back=(_("Runs"), "/trail/runs"),
        )  # fmt: skip

    def sections(self, thing: Any) -> Sequence[Section]:
        kept = [(i.item, unpack(i.note)) for i in queries.kept_back(thing.pk)]
        return (
            Section(
                "kept",
                _("Kept back"),
                "trail/run.html",
                {"run": thing, "kept": kept, "given": pairs(thing.input)},
                count=thing.refused,
            ),
        )

    def subject(self, thing: Any) -> str:
        return f"trail.run:{thing.pk}"


class CancelRun(ActionDialog):
    title = _("Stop after this chunk")
    needs = "trail.see"
    danger = True
    warning = _("What is done stays done. The rest can be run again later; nothing is done twice.")

    def do(self, act: Any, data: dict[str, Any], pk: int) -> bool:  # type: ignore[override]
        found = queries.run(self.company.pk, pk)
        if found is None or found.by != act.by:
            raise Missing(_("There is no such run of yours."))
        return cancel_run(self.company.pk, pk)

    def then(self, result: Any, pk: int) -> str:  # type: ignore[override]
        return f"/trail/runs/{pk}"


class Verify(Report):
    """The last proofs: what was checked, how many rows, what was broken."""

    title = _("Verify")
    needs = "trail.see"
    template = "trail/verify.html"
    order = "id"
    size = 200
    tie = "id"
    empty = _("Nothing was verified yet. Verify now, or run: huikuan verify")

    def load(self) -> None:
        self.past = queries.verifications(self.company.pk, 30)
        self.last = self.past[0] if self.past else None

    def prepare(self, request: Any) -> None:
        self.load()
        super().prepare(request)

    def all_columns(self) -> Sequence[Column]:
        return (
            Column("id", _("Invariant"), sort="-"),
            Column("title", _("What must hold"), value=lambda r: r["title"], sort="-", wide=True),
            Column("checked", _("Checked"), "number", sort="-"),
            Column("wrong", _("Broken"), "number", sort="-"),
            Column("broken", _("Which"), value=self.named, url=self.rows_url, sort="-", wide=True),
        )

    def named(self, row: Any) -> str:
        """The first broken rows, in words."""
        return " · ".join(f"{b.name} {b.field}".strip() for b in row["broken"][:5]) + (" …" if row["wrong"] > 5 else "")

    def rows_url(self, row: Any) -> str:
        return f"/trail/verify/{self.last.pk}#{_anchor(row)}" if row["wrong"] and self.last is not None else ""

    def context(self) -> dict[str, Any]:
        past = [
            {"pk": v.pk, "at": v.at, "who": who(v.by), "mark": PROOFS[v.ok], "checked": sum(c["checked"] for c in v.checks),
             "wrong": sum(c["wrong"] for c in v.checks)}
            for v in self.past
        ]  # fmt: skip
        return {**super().context(), "past": past, "not_asked": NOT_ASKED}

    def rows(self) -> Any:
        if self.last is None:
            return []
        return [{**c, "_tie": n} for n, c in enumerate(queries.checks_of(self.last))]

    def sorted_rows(self, rows: Any) -> Any:
        return list(rows)

    def row_tone(self, row: Any) -> str:
        return "late" if row["wrong"] else ""

    def figures(self) -> Sequence[Figure]:
        number, digest = queries.head()
        waiting, _oldest = queries.unsealed()
        out = [
            Figure(
                _("Acts in the chain"),
                f"{number:,}",
                "/trail/",
                _("fingerprint of the last: %(hash)s", hash=digest[:16] or "–"),
            ),
            Figure(_("Waiting for the sealer"), f"{waiting:,}"),
        ]
        if self.last is not None:
            wrong = sum(c["wrong"] for c in self.last.checks)
            checked = sum(c["checked"] for c in self.last.checks)
            out.insert(
                0,
                Figure(
                    _("Last proof"),
                    said(_("holds")) if self.last.ok else said(_("broken")),
                    note=_("%(n)s rows checked, %(wrong)s broken", n=f"{checked:,}", wrong=wrong),
                    tone="" if self.last.ok else "late",
                ),
            )
        return out

    def charts(self) -> Sequence[Chart]:
        if len(self.past) < 2:
            return ()
        old = list(reversed(self.past))
        labels = [time_text(v.at, self.zone)[5:] for v in old]
        broken = [sum(c["wrong"] for c in v.checks) for v in old]
        rows = [sum(c["checked"] for c in v.checks) for v in old]
        charts = [Chart("checked", _("Rows checked at each proof"), labels, (Series(_("Rows"), rows),), height=180)]
        if any(broken):
            charts.append(
                Chart(
                    "broken",
                    _("Broken rows at each proof"),
                    labels,
                    (Series(_("Broken"), broken, tone="late"),),
                    height=180,
                )
            )
        return charts

    def buttons(self) -> Sequence[Button]:
        return (
            Button(
                _("Verify now"), "/trail/verify/now", "shield-check", dialog=True, needs="trail.verify", primary=True
            ),
        )

    @property
    def note(self) -> Say | None:  # type: ignore[override]
        if self.last is None:
            return None
        return _("Last proof %(at)s by %(who)s", at=time_text(self.last.at, self.zone), who=self.last.by)


def _anchor(check: dict[str, Any]) -> str:
    return f"check-{check['n']}"


def proof(request: Any, pk: int) -> HttpResponse:
    """One proof: every broken row by name, with what is wrong with it, and how much was checked."""
    require(request, "trail.see")
    run = queries.verification(request.company.pk, pk)
    if run is None:
        raise Missing(_("There is no such proof."))
    whole = queries.checks_of(run)
    for c in whole:
        c["anchor"], c["more"] = _anchor(c), max(0, c["wrong"] - len(c["broken"]))
        c["rows"] = [{"name": b.name, "field": b.field, "why": b.why, "url": subject_url(b.ref)} for b in c["broken"]]
    broken, checked, wrong = (
        [c for c in whole if c["wrong"]],
        sum(c["checked"] for c in whole),
        sum(c["wrong"] for c in whole),
    )
    told = {"title": _("Proof"), "run": run, "mark": PROOFS[run.ok], "who": who(run.by), "whole": whole, "checks": broken,
            "checked": checked, "wrong": wrong}  # fmt: skip
    return render(request, "trail/proof.html", told)


def proof_tile(request: Any) -> HttpResponse:
    """On Today: whether the last proof held, and what did not."""
    require(request, "trail.see")
    found = queries.verifications(request.company.pk, 1)
    if not found:
        return render(request, "trail/today.html", {"run": None})
    checks = queries.checks_of(found[0])
    rows = [{"check": c["id"], "name": b.name, "field": b.field, "why": b.why} for c in checks for b in c["broken"]]
    told = {
        "run": found[0],
        "rows": rows[:6],
        "checked": sum(c["checked"] for c in checks),
        "mark": PROOFS[found[0].ok],
    }
    return render(request, "trail/today.html", told)


class VerifyNow(ActionDialog):
    title = _("Verify now")
    needs = "trail.verify"
    warning = _(
        "Every row of the books is read again. With a million items this takes a minute or two; nobody is held up."
    )

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return verify(act)

    def said_done(self, result: Any) -> Say:
        return _("Everything holds.") if result.ok else _("%(n)s rows are broken. See which below.", n=result.wrong)

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/trail/verify"
