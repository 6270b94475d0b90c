"""What every template may count on: desk, rail, language, today, past, demo."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from huikuan.web.shell import Section, desk, language, rail


def active(sections: list[Section], path: str) -> tuple[str, str]:
    """(section code, entry url) of the longest entry that the path lies under."""
    best = ("today" if path == "/" else "", "/" if path == "/" else "")
    for section in sections:
        for entry in section.entries:
            url = entry.url.split("?")[0]
            under = path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
            if under and len(url) > len(best[1].split("?")[0]):
                best = (section.code, entry.url)
    if not best[0]:  # an object's page: the section whose capability it belongs to
        head = "/" + path.strip("/").split("/")[0] + "/"
        for section in sections:
            for entry in section.entries:
                if (entry.url + "/").startswith(head):
                    return (section.code, entry.url)
    return best


def shell(request: HttpRequest) -> dict[str, Any]:
    here = desk(request)
    signed_in = here is not None and getattr(here, "person", None) is not None

    def around() -> dict[str, Any]:
        sections = rail(here.nav) if signed_in and here else []
        code, url = active(sections, request.path)
        return {"sections": sections, "section": code, "entry": url}

    return {
        "desk": here if signed_in else None,
        "rail": SimpleLazyObject(around),
        "language": language(),
        "demo": bool(getattr(settings, "DEMO", False)),
        "today": here.today if signed_in and here else None,
        "business_today": here.business_today if signed_in and here else None,
        "past": bool(signed_in and here and here.is_past),
        "trace": getattr(request, "trace", ""),
    }
