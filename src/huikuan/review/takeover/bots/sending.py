"""What goes back to SAP: the file of what Huikuan leads, each record once; and the same file again on demand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from huikuan.connectors.sap import connect
from huikuan.kit.errors import Invalid, Missing
from huikuan.kit.words import _
from huikuan.office.files.queries import read as bytes_of
from huikuan.office.trail.act import Act
from huikuan.review.takeover import actions, queries
from huikuan.review.takeover.bots.frame import copy


@dataclass(frozen=True)
class Sent:
    """What went into a file for SAP. `counts` records by object; `kind` of the file: csv, or zip of several lists."""

    content: bytes
    records: int
    lines: int
    objects: tuple[str, ...]
    counts: dict[str, int] = field(default_factory=dict)
    kind: str = "csv"
    id: int | None = None


def send_back(act: Act, until: date, name: str, company_code: str, only: Collection[str] = ()) -> Sent:
    """What Huikuan leads, dated until then and not sent before, as SAP's upload; marks it. Nothing to send: no file.

    `name` gets the ending that fits. Raises Invalid when it says .csv and there are several lists.
    """
    parcel = queries.to_send(act.company, until, company_code, only)
    if not parcel.marks:
        return Sent(b"", 0, 0, parcel.objects, parcel.counts)
    content, kind = connect().write(parcel.lines, parcel.tables)
    ending = Path(name).suffix.lower().lstrip(".")
    if ending == "csv" and kind == "zip":
        raise Invalid.one("out", name, _("There are several lists to write, which is a ZIP."),
                          _("Name a file ending in .zip, or one object by --only."))  # fmt: skip
    pk = actions.post_back(
        copy(act), name if ending else f"{name}.{kind}", content, parcel.marks, parcel.rows, until, company_code
    )
    return Sent(content, len(parcel.marks), parcel.rows, parcel.objects, parcel.counts, kind, pk)


def send_again(company: int, pk: int) -> tuple[str, bytes]:
    """(name, bytes) of a file that was written before: the same once more. Marks nothing. Raises Missing."""
    row = queries.post_backs(company).filter(pk=pk, file__isnull=False).first()
    if row is None or row.file is None:
        raise Missing(_("There is no file %(number)s for SAP.", number=pk))
    return row.name, bytes_of(company, row.file)
