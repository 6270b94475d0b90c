"""The REST door of the files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import File as FileOf
from ninja import Form, Query, Router, Status
from ninja.files import UploadedFile
from pydantic import Field

from huikuan.office.files import actions, queries, rules
from huikuan.office.files.models import File
from huikuan.office.files.tables import download
from huikuan.web.pages import get_or_missing
from huikuan.web.rest import Id, Out, Paged, Paging, Text, act_of, paged

router = Router(tags=["files"])


class FileOut(Out):
    """A kept file; its bytes are at /files/{id}/content."""

    id: int
    name: str
    media: str
    size: int
    sha256: str
    kind: str
    subject: str
    kept_by: str
    kept_at: datetime


def shown(row: File) -> FileOut:
    return FileOut(
        id=row.pk, name=row.name, media=row.media, size=row.size, sha256=row.sha256, kind=row.kind, subject=row.subject,
        kept_by=row.kept_by, kept_at=row.kept_at,
    )  # fmt: skip


class Which(Paging):
    """Which files."""

    subject: Text | None = Field(None, max_length=80)
    kind: Text | None = Field(None, max_length=40)


@router.get("/", response=Paged[FileOut], summary="Kept files")
def files(request: Any, which: Query[Which]) -> Any:
    """Newest first."""
    request.desk.must("files.see")
    given = {k: v for k, v in which.dict(exclude={"cursor", "limit"}).items() if v is not None}
    return paged(queries.files(request.company.pk).filter(**given), which, order="-id", make=shown)


@router.get("/{pk}", response=FileOut, summary="One kept file")
def one(request: Any, pk: Id) -> Any:
    request.desk.must("files.see")
    return shown(get_or_missing(File, request.company, pk))


@router.get("/{pk}/content", summary="The bytes of a kept file")
def content(request: Any, pk: Id) -> Any:
    request.desk.must("files.see")
    kept = queries.by_id(request.company.pk, pk)
    return download(kept.name, kept.media, queries.read(request.company.pk, kept.id))


@router.post("/", response={201: FileOut}, summary="Keep a file as evidence")
def keep(
    request: Any,
    file: UploadedFile = FileOf(...),  # noqa: B008 - how ninja marks the parts of a form
    kind: Text = Form("evidence", max_length=40, min_length=1, pattern=r"^[a-z0-9_.]+$"),  # noqa: B008
    subject: Text = Form("", max_length=80),  # noqa: B008
) -> Any:
    """The same bytes of the same kind about the same subject are kept once."""
    name = file.name or "file"
    rules.check_size(name, file.size or 0)
    return Status(201, shown(actions.keep(act_of(request), name, file.read(), kind, subject)))
