"""How a noted number, a register and its rows set aside are told to the trail when they are written, and read back when they
are verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import F

from huikuan.kit.words import _
from huikuan.office.trail.act import canonical
from huikuan.office.trail.hands import Witness
from huikuan.sales.fapiao.models import Fapiao, Sheet, SheetRow


def told(f: Fapiao) -> tuple[Any, ...]:
    """What of it never changes."""
    return (f.pk, f.company_id, f.document_id, f.code, f.number, f.tail, f.issued_on, f.amount, f.by, f.at, f.act)


def _read(company: int) -> Iterator[tuple[int | None, str, Sequence[Any]]]:
    for row in Fapiao.objects.filter(company_id=company).order_by("act", "id").iterator(2000):
        yield row.act, f"billing.document:{row.document_id}|{row.number}", told(row)


def sheet(s: Sheet) -> tuple[Any, ...]:
    return (s.pk, s.company_id, s.name, s.sha256, s.read, s.landed, s.known, s.refused, s.by, s.at, s.act)


def row(r: SheetRow) -> tuple[Any, ...]:
    """As it was written; what a person corrected, and what became of it, changes."""
    return (r.pk, r.company_id, r.sheet_id, r.row, canonical(r.cells).decode())


def _sheets(company: int) -> Iterator[tuple[int | None, str, Sequence[Any]]]:
    for s in Sheet.objects.filter(company_id=company).order_by("act", "id").iterator(2000):
        yield s.act, f"fapiao.sheet:{s.pk}|{s.name}", sheet(s)


def _rows(company: int) -> Iterator[tuple[int | None, str, Sequence[Any]]]:
    rows = SheetRow.objects.filter(company_id=company).annotate(by_act=F("sheet__act")).order_by("by_act", "id")
    for r in rows.iterator(2000):
        yield r.by_act, f"fapiao.sheet:{r.sheet_id}|row {r.row}", row(r)


WITNESSES = (
    Witness("fapiao_fapiao", _("Numbers of VAT invoices"), _read),
    Witness("fapiao_sheet", _("Registers of e-invoices"), _sheets, later=True),
    Witness("fapiao_sheetrow", _("Rows of registers set aside"), _rows, later=True),
)
