"""How an issued statement is told to the trail when it is written, and read back when it is verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from huikuan.kit.words import _
from huikuan.office.trail.act import canonical
from huikuan.office.trail.hands import Witness
from huikuan.receivables.statements.models import Statement


def told(s: Statement) -> tuple[Any, ...]:
    figures = canonical(s.figures).decode()  # a database may give its parts in another order
    return (
        s.pk, s.company_id, s.number, s.customer_id, s.since, s.until, s.language, figures, s.file_id, s.issued_by, s.issued_at, s.act,
    )  # fmt: skip


def _read(company: int) -> Iterator[tuple[int | None, str, Sequence[Any]]]:
    for row in Statement.objects.filter(company_id=company).order_by("act", "id").iterator(2000):
        yield row.act, f"statements.statement:{row.pk}|{row.number}", told(row)


WITNESSES = (Witness("statements_statement", _("Issued statements of account"), _read, later=True),)
