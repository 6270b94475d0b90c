"""What the trail's lists say of an act: who, when, through which door, what, about what, with which outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q
from django.http import HttpRequest

from huikuan.kit.money import Money
from huikuan.kit.words import Say, _, unpack
from huikuan.office.trail import queries
from huikuan.office.trail.act import actions, hooks
from huikuan.office.trail.hands import act_words, subject_url
from huikuan.office.trail.queries import Done
from huikuan.web.filters import Choice, Dates, Filter, Hidden, Words
from huikuan.web.look import Mark
from huikuan.web.shell import Event, language, said
from huikuan.web.tables import Column

OUTCOMES = {
    "done": Mark(_("Done"), "done"),
    "refused": Mark(_("Refused"), "attention"),
    "denied": Mark(_("Not allowed"), "blocked"),
}
DOORS = {
    "page": _("Web page"),
    "rest": _("REST"),
    "cli": _("Command line"),
    "bot": _("Bot"),
    "demo": _("Demo"),
    "test": _("Test"),
}
PROOFS = {True: Mark(_("Holds"), "done", "shield-check"), False: Mark(_("Broken"), "late", "shield-x")}
RUNS = {
    "running": Mark(_("Running"), "attention", "progress"),
    "done": Mark(_("Done"), "done"),
    "cancelled": Mark(_("Cancelled"), "plain", "player-stop"),
    "failed": Mark(_("Failed"), "late"),
}


def what(name: str) -> str:
    """An act's name in the language of the page; a run's chunks are called as the run is."""
    for asked in (name, name.removesuffix(".open").removesuffix(".chunk"), actions().get(name) or ""):
        found = act_words(asked) if asked else asked
        if isinstance(found, tuple):
            return found[0] if language() == "en" else found[1]
        if isinstance(found, Say):
            return said(found)
    return name.replace(".", ": ", 1).replace("_", " ")


def who(login: str) -> str:
    return hooks.names([login], language()).get(login, login)


def about(subject: str) -> str:
    """ "ledger.entry:42" as "ledger.entry 42"."""
    return subject.replace(":", " ")


def event_of(done: Done) -> Event:
    """One act as a line of a timeline, for a thing whose act did not name it (one of thousands in a batch)."""
    return Event(
        at=done.at, who=who(done.by), what=what(done.name), door=said(DOORS.get(done.door, done.door)) if done.door != "page" else "page",
        outcome=done.outcome, id=done.id, url=f"/trail/{done.root}",
    )  # fmt: skip


def words(value: Any) -> str:
    """A stored value in words: amounts, dates, sentences, lists, and what is nested in them."""
    if value is None or value == "":
        return "–"
    if isinstance(value, dict):
        if "$money" in value:
            return said(Money(value["$money"], value["currency"]))
        for mark in ("$date", "$at", "$sha256"):
            if mark in value:
                return str(value[mark])
        if "$row" in value:
            return f"{value['$row']} {value['pk']}"
        if "$record" in value:
            return words(value["fields"])
        if "say" in value:
            return said(unpack(value))
        if "sha256" in value and "count" in value:
            return said(_("%(n)s values, fingerprint %(hash)s", n=value["count"], hash=value["sha256"][:12]))
        return ", ".join(f"{k}: {words(v)}" for k, v in value.items()) or "–"
    if isinstance(value, list):
        more = f" … ({len(value)})" if len(value) > 12 else ""
        return (", ".join(words(v) for v in value[:12]) or "–") + more
    if isinstance(value, bool):
        return said(_("yes") if value else _("no"))
    return str(value)


def pairs(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(k, words(v) if k != "kept" else _rows_kept(v)) for k, v in facts.items()]


def _rows_kept(kept: Any) -> str:
    """How many rows of which table an act answers for, without the digests."""
    return ", ".join(f"{table} {str(told).partition(':')[0]}" for table, told in sorted(dict(kept).items()))


def columns(called: Callable[[str], str]) -> tuple[Column, ...]:
    """`called` gives a person's name by login."""
    return (
        Column("at", _("When"), "time", sort="id"),
        Column("by", _("Who"), value=lambda r: called(r.by), sort="by"),
        Column("name", _("What"), "link", value=lambda r: what(r.name), sort="name", url="/trail/{root}"),
        Column("subject", _("About"), value=lambda r: about(r.subject), sort="-", url=lambda r: subject_url(r.subject)),
        Column("outcome", _("Outcome"), "state", states=OUTCOMES, sort="outcome"),
        Column("reason", _("Why not"), value=lambda r: unpack(r.reason) if r.reason else "", sort="-", wide=True),
        Column("door", _("Door"), value=lambda r: DOORS.get(r.door, r.door), sort="door"),
        Column(
            "number",
            _("Chain number"),
            "number",
            sort="-",
            note=_("Its place in the sealed chain; empty until it is sealed"),
        ),
        Column("code", _("Act"), value="name", sort="-", hidden=True),
        Column("key", _("Key"), sort="-", hidden=True),
        Column("digest", _("Fingerprint"), value=lambda r: r.digest[:16], sort="-", hidden=True),
    )


def filters(company: int, zone: str) -> tuple[Filter, ...]:
    """Days are days of the company's zone."""

    def between(value: tuple[date | None, date | None]) -> Q:
        found, there = Q(), ZoneInfo(zone)
        if value[0]:
            found &= Q(at__gte=datetime.combine(value[0], time(), there))
        if value[1]:
            found &= Q(at__lt=datetime.combine(value[1] + timedelta(days=1), time(), there))
        return found

    return (
        Words("name", "by", "subject"),
        Dates("at", _("When"), where=between),
        Choice("outcome", _("Outcome"), options=OUTCOMES),
        Choice("door", _("Door"), options=DOORS),
        Choice("act", _("What"), field="name", options=_names),
        Hidden("by", _("Who"), name=lambda v: who(v)),
        Hidden("subject", _("About"), where=lambda v: Q(pk__in=queries.mentioning(company, v)), name=about),
        Hidden("whole", _("Whole acts"), where=lambda v: Q(root=F("id")) if v == "1" else Q(), name=lambda v: ""),
    )


def _names(request: HttpRequest) -> list[tuple[str, str]]:
    """Every action in words; where two are called alike, the code tells them apart."""
    found = {name: what(name) for name in actions()}
    often = Counter(found.values())
    shown = ((name, f"{w} ({name})" if often[w] > 1 else w) for name, w in found.items())
    return sorted(shown, key=lambda pair: pair[1])
