"""How the work that an act sets off is told in the act's own row, and read back when it is verified (I13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from huikuan.kit.words import _
from huikuan.office.trail.hands import Witness
from huikuan.office.work.models import WorkOrder


def told(company: int, kind: str, subject: str, key: str, by: str, at: datetime, act: int) -> tuple[Any, ...]:
    """What never changes of it and is known before it is made: no id yet."""
    return (company, kind, subject, key, by, at, act)


def _read(company: int) -> Iterator[tuple[int | None, str, Sequence[Any]]]:
    fields = ("id", "company_id", "kind", "subject", "key", "opened_by", "opened_at", "opened_act")
    rows = WorkOrder.objects.filter(company_id=company, key__startswith="on:").order_by("opened_act", "id")
    for pk, *row in rows.values_list(*fields).iterator(2000):
        yield row[6], f"work.workorder:{pk}|work {pk} {row[1]}", told(*row)


WITNESSES = (Witness("work_workorder", _("Work that acts set off"), _read, later=True),)
