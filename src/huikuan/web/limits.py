"""How often one caller may ask: a fixed number a minute per kind, then 429 with the seconds to wait.

Counted in the memory of each serving process: a reading request writes nothing anywhere. With several processes the
bounds add up; `huikuan serve` runs one. Wrong passwords are counted in the database instead (office/company/store.py).

Kinds: rest (per token, else per address) · upload (multipart, per session) · export (XLSX, CSV, PDF, per session).
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from huikuan.kit.errors import Slow
from huikuan.kit.words import _
from huikuan.web.middleware import trouble_page, trouble_problem

WINDOW = 60  # seconds
_MOST_KEYS = 20_000  # callers remembered at once; past it the oldest windows are forgotten


class Counter:
    """Calls per key in the running window."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.seen: dict[tuple[str, str], tuple[int, int]] = {}

    def over(self, kind: str, key: str, most: int, now: float) -> int:
        """Count one call; the seconds to wait when it is one too many, else 0."""
        window = int(now // WINDOW)
        with self.lock:
            if len(self.seen) > _MOST_KEYS:
                self.seen = {k: v for k, v in self.seen.items() if v[0] == window}
            began, n = self.seen.get((kind, key), (window, 0))
            n = n + 1 if began == window else 1
            self.seen[kind, key] = (window, n)
        return 0 if n <= most else max(1, int((window + 1) * WINDOW - now) + 1)

    def clear(self) -> None:
        with self.lock:
            self.seen.clear()


counter = Counter()


def kinds(request: HttpRequest) -> list[tuple[str, str]]:
    """(kind, who) of everything this request counts as."""
    rest = request.path.startswith("/api/")
    given = request.headers.get("Authorization", "") if rest else request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    who = hashlib.sha256(given.encode()).hexdigest()[:24] if given else str(request.META.get("REMOTE_ADDR", ""))
    found = [("rest", who)] if rest else []
    if request.method == "POST" and (request.content_type or "").startswith("multipart/"):
        found.append(("upload", who))
    if "export" in request.GET or request.path.endswith((".xlsx", ".csv", ".pdf", "/xlsx", "/csv", "/pdf", "/export")):
        found.append(("export", who))
    return found


class Limits:
    """Middleware, before anything is read or looked up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        for kind, who in kinds(request):
            most = settings.RATES.get(kind, 0)
            wait = counter.over(kind, who, most, time.time()) if most else 0
            if wait:
                slow = Slow(_("Too many requests. Try again in %(wait)s s.", wait=wait), wait)
                rest = request.path.startswith("/api/")
                answer = trouble_problem(request, slow) if rest else trouble_page(request, slow)
                answer.headers["Retry-After"] = str(wait)
                return answer
        return self.get_response(request)
