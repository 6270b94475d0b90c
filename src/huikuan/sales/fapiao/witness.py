"""How a noted number is told to the trail when it is written, and read back when it is verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from huikuan.kit.words import _
from huikuan.office.trail.hands import Witness
from huikuan.sales.fapiao.models import Fapiao


def told(f: Fapiao) -> tuple[Any, ...]:
    """What of it never changes."""
    return (f.pk, f.company_id, f.document_id, f.code, f.number, f.tail, f.issued_on, f.amount, f.by, f.at, f.act)


def _read(company: int) -> Iterator[tuple[int | None, str, Sequence[Any]]]:
    for row in Fapiao.objects.filter(company_id=company).order_by("act", "id").iterator(2000):
        yield row.act, f"billing.document:{row.document_id}|{row.number}", told(row)


WITNESSES = (Witness("fapiao_fapiao", _("Numbers of VAT invoices"), _read),)
