"""The middleware that seats whoever is signed in: company, day, language, and the act that pages change things with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation

from huikuan.kit.errors import Refused
from huikuan.kit.words import _
from huikuan.office.company import queries
from huikuan.office.company.seat import Seat, demo_today
from huikuan.office.trail.act import Act

NOWHERE = _("You belong to no company")


class Desk:
    """Middleware: request.desk, .company, .today and .act(key) for whoever is signed in; the language; the way in."""

    OPEN = ("/company/sign-in", "/company/language", "/static/", "/api/", "/health", "/ready", "/favicon")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        person = request.user if request.user.is_authenticated else None
        now = demo_today() or datetime.now(UTC)
        company = None
        if person is not None:
            chosen = request.session.get("company")
            mine = queries.companies_of(person.login)
            company = mine.filter(pk=chosen).first() if chosen else None
            company = company or mine.first()
        seat = Seat(person, company, now)
        as_of = request.session.get("as_of") if person is not None else None
        if as_of:
            seat.as_of = date.fromisoformat(as_of)
        request.desk, request.company, request.today = seat, company, seat.today

        def act(key: str | None = None, dry: bool = False) -> Act:
            if person is None or company is None:
                raise PermissionDenied
            if seat.is_past and not dry:
                raise Refused(_("You are looking at %(day)s. Go back to today to change anything.", day=seat.today))
            return Act(by=person.login, company=company.pk, at=now, door="page", key=key, dry=dry)

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
            if (
                person is not None
                and company is None
                and not request.path.startswith((*self.OPEN, "/company/sign-out"))
            ):
                return render(request, "company/nowhere.html", {"title": NOWHERE}, status=403)
            answer = self.get_response(request)
            if hasattr(answer, "render") and not getattr(answer, "is_rendered", True):
                answer = answer.render()
            return answer
