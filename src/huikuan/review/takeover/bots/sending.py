"""What goes back to SAP: the file of what Huikuan leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from huikuan.connectors.sap import connect
from huikuan.office.trail.act import Act
from huikuan.review.takeover import actions, queries
from huikuan.review.takeover.bots.frame import copy


@dataclass(frozen=True)
class Sent:
    """What went into a file for SAP."""

    content: bytes
    records: int
    lines: int
    objects: tuple[str, ...]


def send_back(act: Act, until: date, name: str, company_code: str) -> Sent:
    """The entries and receipts that Huikuan leads, posted until then and not sent before, as SAP's upload; marks them."""
    leaders = queries.leaders(act.company)
    objects = tuple(o for o in ("entry", "receipt") if leaders[o] == "huikuan")
    if not objects:
        return Sent(b"", 0, 0, ())
    lines, marks = queries.to_send(act.company, until, objects, company_code)
    if not marks:
        return Sent(b"", 0, 0, objects)
    content = connect().write(lines)
    actions.post_back(copy(act), name, content, marks, len(lines))
    return Sent(content, len(marks), len(lines), objects)
