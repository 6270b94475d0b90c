"""Signing in and out, the language, the day everything is shown as of, the company one works in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from huikuan.kit.dates import read_date
from huikuan.kit.words import _
from huikuan.office.company import actions, queries
from huikuan.office.company.models import Person
from huikuan.office.trail.act import Act


def _next(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or "/"
    return asked if url_has_allowed_host_and_scheme(asked, {request.get_host()}) else "/"


def _cast() -> list[Person]:
    """In demo mode only: those whom one click signs in."""
    if not settings.DEMO:
        return []
    return list(Person.objects.filter(kind="person", is_active=True).order_by("id")[:12])


def sign_in(request: HttpRequest) -> HttpResponse:
    """A password, or in demo mode one click on a member of the cast."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    wrong = False
    if request.method == "POST":
        chosen = request.POST.get("cast", "")
        if chosen and settings.DEMO:
            person = Person.objects.filter(login=chosen, kind="person", is_active=True).first()
        else:
            person = authenticate(
                request, username=request.POST.get("login", ""), password=request.POST.get("password", "")
            )
        if person is not None:
            login(request, person, backend="django.contrib.auth.backends.ModelBackend")
            return HttpResponseRedirect(_next(request))
        wrong = True
    context = {
        "cast": _cast(),
        "wrong": wrong,
        "next": _next(request),
        "demo": settings.DEMO,
        "login": request.POST.get("login", ""),
    }
    return render(request, "company/sign_in.html", context, status=401 if wrong else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect(settings.LOGIN_URL)


def _back(request: HttpRequest) -> str:
    came = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "/"
    parts = urlsplit(came)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@require_POST
def language(request: Any) -> HttpResponse:
    """Switch between Chinese and English; kept with the person, or in a cookie before sign-in."""
    chosen = request.POST.get("language", "")
    answer = redirect(_back(request))
    if chosen in {"zh-hans", "en"}:
        if request.desk.person is not None and request.desk.company is not None:
            seat = request.desk
            act = Act(by=seat.person.login, company=seat.company.pk, at=seat.now, door="page")
            actions.set_language(act, seat.person.login, chosen)
        answer.set_cookie("language", chosen, max_age=365 * 86400, samesite="Lax")
    return answer


@require_POST
def as_of(request: Any) -> HttpResponse:
    """Look at everything as it stood on a past date; empty goes back to today."""
    text = request.POST.get("as_of", "")
    try:
        day = read_date(text) if text else None
    except ValueError:
        day = None
    if day is None or day == request.desk.business_today:
        request.session.pop("as_of", None)
    else:
        request.session["as_of"] = day.isoformat()
    return redirect(_back(request))


def switch(request: Any) -> HttpResponse:
    """The companies one may work in; choosing one opens it."""
    mine = queries.companies_of(request.desk.person.login)
    if request.method == "POST":
        chosen = request.POST.get("company", "")
        found = mine.filter(pk=int(chosen)).first() if chosen.isdigit() and len(chosen) < 19 else None
        if found is not None:
            request.session["company"] = found.pk
            request.session.pop("as_of", None)
            return redirect("/")
    return render(request, "company/switch.html", {"title": SWITCH, "companies": mine})


SWITCH = _("Company")
