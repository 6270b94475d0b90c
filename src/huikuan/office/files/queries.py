"""Files, read: one by id, those of a subject, the bytes themselves (checked against their digest)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from huikuan.kit.errors import Missing, Refused
from huikuan.kit.words import _
from huikuan.office.files import store
from huikuan.office.files.models import File


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept file without its bytes; `size` in bytes."""

    id: int
    name: str
    media: str
    size: int
    sha256: str
    kind: str
    subject: str
    kept_by: str
    kept_at: datetime


def _kept(row: File) -> Kept:
    return Kept(row.pk, row.name, row.media, row.size, row.sha256, row.kind, row.subject, row.kept_by, row.kept_at)


def files(company: int) -> QuerySet[File]:
    """For the files' own page."""
    return File.objects.filter(company_id=company)


def by_id(company: int, pk: int) -> Kept:
    """Raises Missing; a file of another company is missing too (I22)."""
    row = File.objects.filter(company_id=company, pk=pk).first()
    if row is None:
        raise Missing(_("There is no file %(number)s.", number=pk))
    return _kept(row)


def of_subject(company: int, subject: str) -> list[Kept]:
    """Newest first."""
    return [_kept(row) for row in File.objects.filter(company_id=company, subject=subject).order_by("-id")]


def by_digest(company: int, sha256: str, kind: str = "") -> Kept | None:
    """The first keeping of these bytes: asked by loads that refuse the same file twice."""
    rows = File.objects.filter(company_id=company, sha256=sha256)
    row = (rows.filter(kind=kind) if kind else rows).order_by("id").first()
    return _kept(row) if row else None


def read(company: int, pk: int) -> bytes:
    """The bytes of a kept file. Raises Missing, or Refused when the disk has lost or changed them."""
    kept = by_id(company, pk)
    try:
        return store.read(kept.sha256)
    except (FileNotFoundError, ValueError) as e:
        raise Refused(
            _("The bytes of %(name)s are lost or were changed. Restore them from the backup.", name=kept.name)
        ) from e
