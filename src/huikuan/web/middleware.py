"""Headers that browsers hold us to, and troubles turned into designed pages, inline alerts or problem details."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import translation

from huikuan.kit.errors import Again, Denied, Invalid, Missing, Stale, Trouble
from huikuan.kit.words import Say, _
from huikuan.web.shell import language

log = logging.getLogger("huikuan.web")
GetResponse = Callable[[HttpRequest], HttpResponse]

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
)


class SecurityHeaders:
    """CSP and friends on everything that is not a static file; a trace mark for log lines and error pages."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not hasattr(request, "trace"):  # the outermost middleware gave one already, for its log lines
            request.trace = secrets.token_hex(6)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CSP)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        # Figures of a company do not belong into a shared disk cache.
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("X-Request-Id", request.trace)  # type: ignore[attr-defined]
        return response


TITLES: dict[int, Say] = {
    400: _("This request cannot be read"),
    401: _("Sign in first"),
    403: _("You may not do this"),
    404: _("There is nothing here"),
    405: _("This address does not know that method"),
    409: _("This cannot be done now"),
    412: _("Someone else changed this meanwhile"),
    422: _("Something in the input is wrong"),
    429: _("Too many requests"),
    500: _("Something broke on our side"),
}


def problem(status: int, detail: str, *, errors: list[dict[str, Any]] | None = None, trace: str = "") -> HttpResponse:
    """RFC 9457."""
    title = TITLES.get(status, TITLES[500 if status >= 500 else 400])
    body: dict[str, Any] = {"type": "about:blank", "title": title.to(language()), "status": status, "detail": detail}
    if errors is not None:
        body["errors"] = errors
    if trace:
        body["trace"] = trace
    return JsonResponse(
        body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
    )


def trouble_problem(request: HttpRequest, trouble: Trouble) -> HttpResponse:
    """A trouble as RFC 9457. Stale is 412 only where If-Match was given, otherwise a conflict like any other."""
    status = trouble.status
    if isinstance(trouble, Stale) and "If-Match" not in request.headers:
        status = 409
    errors = [f.to(language()) for f in trouble.faults]
    return problem(status, trouble.say.to(language()), errors=errors, trace=getattr(request, "trace", ""))


class Troubles:
    """Turns `kit.errors.Trouble` that a view raised into what the asker can show.

    A page gets a page; htmx gets an inline alert (reading) or a toast (writing); /api gets problem details, also for
    what Django itself answers there (unknown paths, wrong methods).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            asked = request.headers.get("Accept-Language", "")
            with translation.override("en" if asked.lower().startswith("en") else "zh-hans"):
                return self.api(request)
        return self.get_response(request)

    def api(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= 400:
            kind = response.headers.get("Content-Type", "")
            if not kind.startswith(("application/problem+json", "application/json")):
                status = response.status_code
                words = TITLES.get(status, TITLES[400]).to(language())
                answer = problem(status, words, trace=getattr(request, "trace", ""))
                for name in ("Allow", "WWW-Authenticate", "Retry-After"):
                    if name in response.headers:
                        answer.headers[name] = response.headers[name]
                return answer
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Trouble):
            return None
        if request.path.startswith("/api/"):
            return trouble_problem(request, exception)
        if isinstance(exception, Again):
            return once_more(request)
        return trouble_page(request, exception)


def once_more(request: HttpRequest) -> HttpResponse:
    """Off to the page that asks for the password or a code, and back to where the person is now."""
    here = request.get_full_path() if request.method == "GET" else request.headers.get("Referer", "/")
    came = urlsplit(request.headers.get("HX-Current-URL") or here)
    back = quote((came.path or "/") + (f"?{came.query}" if came.query else ""))
    url = f"{settings.AGAIN_URL}?next={back}"
    if not getattr(request, "htmx", False):
        return HttpResponseRedirect(url)
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = url
    return response


def trouble_page(request: HttpRequest, trouble: Trouble) -> HttpResponse:
    """The page, toast or inline alert of a trouble."""
    status = 409 if isinstance(trouble, Stale) else trouble.status
    context = {
        "trouble": trouble,
        "title": TITLES.get(status, TITLES[400]),
        "status": status,
        "stale": isinstance(trouble, Stale),
        "denied": isinstance(trouble, Denied),
        "missing": isinstance(trouble, Missing),
        "invalid": isinstance(trouble, Invalid),
        "record": trouble.record,
    }
    if not getattr(request, "htmx", False):
        return render(request, "web/trouble.html", context, status=status)
    target = getattr(getattr(request, "htmx", None), "target", "")
    if isinstance(trouble, Denied) and target == "dialog-body":  # asked for in a dialog: answered there, in full
        response = render(request, "web/parts/denied.html", context, status=status)
        response.headers["HX-Reswap"] = "innerHTML"
        response.headers["HX-Push-Url"] = "false"
        response.headers["X-Shown"] = "yes"
        return response
    writing = request.method not in ("GET", "HEAD")
    response = render(request, "web/parts/toast.html" if writing else "web/parts/alert.html", context, status=status)
    response.headers["HX-Reswap"] = "beforeend" if writing else "innerHTML"
    if writing:
        response.headers["HX-Retarget"] = "#toasts"
    response.headers["HX-Push-Url"] = "false"
    response.headers["X-Shown"] = "yes"  # huikuan.js swaps error replies only when they were made to be shown
    return response
