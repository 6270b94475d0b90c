"""Signing in and out, the language, the day everything is shown as of, the company one works in."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from allauth.account.views import LoginView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as MfaReauthenticateView
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from huikuan.kit.dates import read_date
from huikuan.kit.text import whole
from huikuan.kit.words import _
from huikuan.office.company import actions, queries, store
from huikuan.office.company.models import Person
from huikuan.office.company.seat import AGAIN
from huikuan.office.company.views import gate
from huikuan.office.trail.act import Act
from huikuan.web.shell import said

BACKEND = "django.contrib.auth.backends.ModelBackend"


def _next(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or "/"
    return asked if url_has_allowed_host_and_scheme(asked, {request.get_host()}) else "/"


def _cast() -> list[Person]:
    """In demo mode only: those whom one click signs in."""
    if not settings.DEMO:
        return []
    return list(Person.objects.filter(kind="person", is_active=True).order_by("id")[:12])


class SignIn(LoginView):
    """Login and password; in demo mode also one click on a member of the cast."""

    template_name = "company/sign_in.html"
    redirect_field_name = "next"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        chosen = request.POST.get("cast", "")
        if chosen and settings.DEMO:
            person = Person.objects.filter(login=chosen, kind="person", is_active=True).first()
            if person is not None:
                login(request, person, backend=BACKEND)
                gate.begin(request, person)
                return HttpResponseRedirect(_next(request))
        return super().post(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return _next(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        said_wrong = [e for errors in self.get_form_errors().values() for e in errors]
        return {
            **super().get_context_data(**kwargs), "cast": _cast(), "wrong": said_wrong, "next": _next(self.request),
            "demo": settings.DEMO, "login": self.request.POST.get("login", "") if said_wrong else "",
        }  # fmt: skip

    def get_form_errors(self) -> dict[str, Any]:
        return getattr(self, "_errors", {})

    def form_invalid(self, form: Any) -> HttpResponse:
        self._errors = form.errors
        answer = self.render_to_response(self.get_context_data(form=form), status=401)
        return _slow(self.request, answer)


def _slow(request: Any, answer: HttpResponse) -> HttpResponse:
    """429 with the seconds to wait, where waiting is the reason."""
    wait = getattr(request, "wait", 0)
    if wait:
        answer.status_code = 429
        answer.headers["Retry-After"] = str(wait)
    return answer


class SecondStep(AuthenticateView):
    """The code of the app, or a recovery code, after the password was right. Wrong codes count as wrong passwords do."""

    template_name = "company/second_step.html"

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        login_ = self.stage.login.user.login
        seconds = store.waiting(datetime.now(UTC), store.login_key(login_))
        if seconds:
            request.wait = seconds
            self.said_wait = said(gate.wait_words(seconds))
            return _slow(request, super().get(request))
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        gate.wrong(self.request, self.stage.login.user.login, "code")
        answer = super().form_invalid(form)
        answer.status_code = 401
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wait = getattr(self, "said_wait", "")
        wrong = [wait] if wait else [e for es in self.form.errors.values() for e in es] if self.form else []
        return {**super().get_context_data(**kwargs), "wrong": wrong}


class _Again:
    """Showing once more that it is oneself, then on to where one was."""

    def form_valid(self, form: Any) -> HttpResponse:
        self.request.session["fresh"] = int(time.time())  # type: ignore[attr-defined]
        store.passed(self.request.user.login)  # type: ignore[attr-defined]
        return super().form_valid(form)  # type: ignore[misc,no-any-return]

    def get_default_success_url(self) -> str:
        return "/"

    def form_invalid(self, form: Any) -> HttpResponse:
        answer = super().form_invalid(form)  # type: ignore[misc]
        answer.status_code = 401
        return _slow(self.request, answer)  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.get("form")
        wrong = [e for es in form.errors.values() for e in es] if form is not None and form.is_bound else []
        return {
            **super().get_context_data(**kwargs), "wrong": wrong, "title": AGAIN, "next": _next(self.request),  # type: ignore[misc,attr-defined]
            "demo": settings.DEMO, "has_code": queries.has_second_step(self.request.user),  # type: ignore[attr-defined]
        }  # fmt: skip


class AgainByPassword(_Again, ReauthenticateView):
    template_name = "company/again.html"

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if settings.DEMO and request.POST.get("demo"):
            request.session["fresh"] = int(time.time())
            return HttpResponseRedirect(_next(request))
        return super().post(request, *args, **kwargs)


class AgainByCode(_Again, MfaReauthenticateView):
    template_name = "company/again.html"

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        seconds = store.waiting(datetime.now(UTC), store.login_key(request.user.login))
        if seconds:
            request.wait = seconds
            form = self.get_form()
            form.add_error(None, said(gate.wait_words(seconds)))
            return self.form_invalid(form)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        if not getattr(self.request, "wait", 0):
            gate.wrong(self.request, self.request.user.login, "code")
        return super().form_invalid(form)


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
        chosen = whole(request.POST.get("company"))
        found = mine.filter(pk=chosen).first() if chosen is not None else None
        if found is not None:
            request.session["company"] = found.pk
            request.session.pop("as_of", None)
            return redirect("/")
    return render(request, "company/switch.html", {"title": SWITCH, "companies": mine})


SWITCH = _("Company")
