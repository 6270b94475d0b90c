"""How kept files look: in a list, and as an answer to a browser."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from huikuan.kit.words import _
from huikuan.office.files import rules
from huikuan.office.trail.hands import subject_url
from huikuan.web.filters import Dates, Words
from huikuan.web.tables import Column


def size_text(size: int) -> str:
    """ "734 B", "12.3 KB", "4.0 MB": in whole numbers until the last digit."""
    for unit, name in ((1024 * 1024, "MB"), (1024, "KB")):
        if size >= unit:
            tenths = (size * 10 + unit // 2) // unit
            return f"{tenths // 10}.{tenths % 10} {name}"
    return f"{size} B"


COLUMNS = (
    Column("name", _("Name"), "link", url="/files/{pk}", wide=True),
    Column("kind", _("Kind")),
    Column("subject", _("About"), url=lambda row: subject_url(row.subject)),
    Column("media", _("Type")),
    Column("size", _("Size"), value=lambda row: size_text(row.size), sort="size"),
    Column("kept_by", _("Kept by")),
    Column("kept_at", _("Kept at"), "time"),
    Column("sha256", _("SHA-256"), hidden=True),
)
FILTERS = (Words("name", "kind", "subject", "sha256"), Dates("kept", _("Kept at"), field="kept_at__date"))


def download(name: str, media: str, content: bytes, *, inline: bool = False) -> HttpResponse:
    """The bytes as an answer that a browser saves, or shows in a locked room; it never runs them or guesses."""
    show = inline and rules.may_show(media)
    answer = HttpResponse(content, content_type=media)
    answer["Content-Disposition"] = content_disposition_header(not show, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer
