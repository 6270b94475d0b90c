"""The front page: a person's Today, and the search over everything. Both are collected from the hand-downs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from huikuan.kit.money import Money
from huikuan.kit.words import Say, _, unpack
from huikuan.office.company import queries as company
from huikuan.office.trail import queries as trail
from huikuan.office.trail.hands import Hit, Tile, collect, subject_url
from huikuan.office.trail.tables import what
from huikuan.web import shell
from huikuan.web.shell import Event, Layout, called, language, said


def page(request: Any) -> HttpResponse:
    """Tiles of the capabilities that this desk may see, in their order; each loads by itself."""
    if request.GET.get("part") == "rail":
        return counts(request)
    seat = request.desk
    tiles = sorted((t for _capability, t in collect("today") if _is_for(t, seat)), key=lambda t: t.order)
    return render(request, "web/today.html", {"title": _("Today"), "tiles": tiles, "person": seat.person})


def _is_for(tile: Tile, seat: Any) -> bool:
    return seat.may(tile.needs) and (not tile.roles or bool(seat.roles & set(tile.roles)))


def counts(request: Any) -> HttpResponse:
    """Live work beside the rail's entries: {url: count}."""
    seat = request.desk
    if seat.company is None:
        return JsonResponse({})
    found = {}
    for _section, nav in seat.nav:
        if nav.count is not None:
            found[nav.url] = nav.count(seat.company.pk, seat.person.login)
        elif nav.count_on is not None:
            found[nav.url] = nav.count_on(seat.company.pk, seat.person.login, seat.today)
    answer = JsonResponse(found)
    answer["Cache-Control"] = "private, max-age=20"  # from page to page they need not be counted anew
    return answer


def search(request: Any) -> HttpResponse:
    """Hits of every capability for a text; those whose start matches stand first."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    hits: list[Hit] = []
    if len(text) >= 2 and request.desk.company is not None:
        for _capability, one in collect("search"):
            if request.desk.may(one.needs):
                hits += one.find(request.desk.company.pk, text, 8)
        folded = text.casefold()
        hits.sort(key=lambda h: not h.title.casefold().startswith(folded))
    return render(request, "web/parts/hits.html", {"hits": hits[:40], "q": text})


# ---- what the pages beneath ask of the trail ---------------------------------------------------------------------


def timeline(request: Any, subject: str, limit: int) -> list[Event]:
    """The trail of one subject as pages show it: the duty's words for what was done, facts and differences in words."""
    seat = request.desk
    if seat.company is None:
        return []
    names: dict[str, str] = {}
    events = []
    for done in trail.timeline(seat.company.pk, subject, limit):
        if done.by not in names:
            found = company.person(done.by)
            names[done.by] = called(found) if found else done.by
        events.append(
            Event(
                at=done.at,
                who=names[done.by],
                what=said(action_words(done.name)),
                door=said(DOORS.get(done.door, done.door)) if done.door != "page" else "page",
                outcome=done.outcome,
                id=done.id,
                reason=said(done.reason) or str(done.input.get("reason", "") or ""),
                changes=[
                    (named(c["field"]), words(c["old"]), words(c["new"])) for c in about(done.changes, subject)[:12]
                ],
                facts=[(named(k), words(v)) for k, v in list(done.facts.items())[:8] if is_plain(v)],
            )
        )
    return events


def about(changes: list[dict[str, Any]], subject: str) -> list[dict[str, Any]]:
    """The differences that one thing's timeline tells: an act over many such things is told of by this one's alone."""
    kind = subject.partition(":")[0]
    many = any(c["subject"].partition(":")[0] == kind and c["subject"] != subject for c in changes)
    return [c for c in changes if c["subject"] == subject] if many else changes


DOORS = {"rest": "REST", "cli": _("command line"), "bot": _("bot"), "demo": _("demo"), "test": "test"}


def action_words(name: str) -> str:
    """What an action is called: its capability's word, the words of the duty it needs, or its own name."""
    return what(name)


def named(field: str) -> str:
    """A field's name in words, where some capability has said it in both languages ("due_date" as "Due date")."""
    return Say(field.replace("%", "%%").replace("_", " ").strip().capitalize()).to(language())


def is_plain(value: Any) -> bool:
    return not isinstance(value, (list, dict)) or (
        isinstance(value, dict) and bool({"say", "$money", "$date"} & set(value))
    )


def words(value: Any) -> str:
    """A stored value in words."""
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        if "$money" in value:
            return said(Money(value["$money"], value["currency"]))
        if "$date" in value:
            return str(value["$date"])
        if "say" in value:
            return said(unpack(value))
        return ", ".join(f"{k} {words(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(words(v) for v in value[:10])
    return str(value)


def _provided(request: HttpRequest, subject: str, limit: int) -> list[Event]:
    return timeline(request, subject, limit)


def layouts(request: Any, page: str) -> list[Layout]:
    """What this person kept of a list, and what others kept for the team."""
    seat = request.desk
    if seat is None or seat.company is None or seat.person is None:
        return []
    login = seat.person.login
    return [
        Layout(v.pk, v.name, v.query, v.person_id == seat.person.pk, v.team)
        for v in company.views_of(seat.company.pk, login, page)
    ]


shell.provide(layouts=layouts, timeline=_provided, subject_url=subject_url)
