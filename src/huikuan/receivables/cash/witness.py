"""How claims and differences are told to the trail when they are written, and read back when they are verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from huikuan.kit.words import _
from huikuan.office.trail.act import canonical
from huikuan.office.trail.hands import Witness
from huikuan.receivables.cash.models import Claim, Difference

Rows = Iterator[tuple[int | None, str, Sequence[Any]]]


def claim(c: Claim) -> tuple[Any, ...]:
    """What of it never changes."""
    return (c.pk, c.company_id, c.line_id, c.customer_id, c.evidence, c.file, c.by, c.at, c.act)


def difference(d: Difference) -> tuple[Any, ...]:
    return (
        d.pk, d.company_id, d.line_id, d.item_id, d.customer_id, d.code, d.how, d.amount, d.currency, d.residual_id, d.rules,
        canonical(d.why).decode(), d.note, d.by, d.at, d.act,
    )  # fmt: skip


def _claims(company: int) -> Rows:
    for row in Claim.objects.filter(company_id=company).order_by("act", "id").iterator(2000):
        yield row.act, f"cash.claim:{row.pk}|claim {row.pk}", claim(row)


def _differences(company: int) -> Rows:
    for row in Difference.objects.filter(company_id=company).order_by("act", "id").iterator(2000):
        yield row.act, f"cash.difference:{row.pk}|difference {row.pk}", difference(row)


WITNESSES = (
    Witness("cash_claim", _("Claims on receipts"), _claims, later=True),
    Witness("cash_difference", _("Differences settled"), _differences, later=True),
)
