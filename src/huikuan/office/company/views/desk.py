"""The middleware that seats whoever is signed in: company, day, language, and the act that pages change things with."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation

from huikuan.kit.errors import Refused
from huikuan.kit.words import _
from huikuan.office.company import queries
from huikuan.office.company.seat import Seat, demo_today
from huikuan.office.company.views.gate import is_fresh
from huikuan.office.trail.act import Act

NOWHERE = _("You belong to no company")


class Desk:
    """Middleware: request.desk, .company, .today and .act(key) for whoever is signed in; the language; the way in."""

    OPEN = (
        "/company/sign-in",
        "/company/sign-out",
        "/company/language",
        "/static/",
        "/api/",
        "/health",
        "/ready",
        "/favicon",
    )

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    # What someone who must first set up the second step, or choose a password, may still open.
    FIRST = ("/company/safety", "/company/again", "/company/sign-out")

    def __call__(self, request: Any) -> HttpResponse:
        if request.user.is_authenticated and not request.path.startswith(("/static/", "/api/")):
            _ages(request)
        person = request.user if request.user.is_authenticated else None
        now = demo_today() or datetime.now(UTC)
        company, others = None, None
        if person is not None:
            chosen = request.session.get("company")
            mine = list(queries.companies_of(person.login))
            company = next((c for c in mine if c.pk == chosen), None) or next(iter(mine), None)
            others = len(mine) > 1
        seat = Seat(person, company, now, others=others, fresh=person is not None and is_fresh(request))
        as_of = request.session.get("as_of") if person is not None else None
        if as_of:
            seat.as_of = date.fromisoformat(as_of)
        request.desk, request.company, request.today = seat, company, seat.today

        def act(key: str | None = None, dry: bool = False) -> Act:
            if person is None or company is None:
                raise PermissionDenied
            if seat.is_past and not dry:
                raise Refused(_("You are looking at %(day)s. Go back to today to change anything.", day=seat.today))
            made = Act(by=person.login, company=company.pk, at=now, door="page", key=key, dry=dry)
            made.asks = seat.asks
            return made

        request.act = act
        asked = request.COOKIES.get("language", "")
        language = (
            person.language if person is not None else (asked if asked in {"zh-hans", "en"} else settings.LANGUAGE_CODE)
        )
        with translation.override(language):
            request.LANGUAGE_CODE = language
            if person is None and not request.path.startswith(self.OPEN):
                if request.headers.get("HX-Request"):
                    answer = HttpResponse(status=401)
                    answer["HX-Redirect"] = settings.LOGIN_URL
                    return answer
                return redirect(f"{settings.LOGIN_URL}?next={request.get_full_path()}")
            if person is not None and company is None and not request.path.startswith(self.OPEN):
                return render(request, "company/nowhere.html", {"title": NOWHERE}, status=403)
            first = _first(request, person)
            if first and not request.path.startswith((*self.OPEN, *self.FIRST)):
                if request.headers.get("HX-Request"):
                    answer = HttpResponse(status=204)
                    answer["HX-Redirect"] = first
                    return answer
                return redirect(first)
            answer = self.get_response(request)
            if hasattr(answer, "render") and not getattr(answer, "is_rendered", True):
                answer = answer.render()
            return answer


def _ages(request: Any) -> None:
    """End a session that was idle or open for too long. Its marks are written at most once a minute."""
    now = int(time.time())
    marks = request.session
    began, seen = marks.get("began"), marks.get("seen")
    if began is None:  # opened by a test; our doors mark every session they open
        marks.update({"began": now, "seen": now, "fresh": now})
    elif now - seen > settings.SESSION_IDLE or now - began > settings.SESSION_COOKIE_AGE:
        logout(request)
    elif now - seen >= 60:
        marks["seen"] = now


def _first(request: Any, person: Any) -> str:
    """What must be done before anything else: choose one's own password, set up the second step."""
    if person is None:
        return ""
    if person.must_change:
        return "/company/safety/password"
    return "/company/safety/second-step" if request.session.get("enrol") else ""
