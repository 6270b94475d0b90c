"""How drafts and their moves are told to the trail when they are written, and read back when they are verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from huikuan.kit.words import _
from huikuan.office.trail.act import canonical
from huikuan.office.trail.hands import Witness
from huikuan.receivables.drafts.models import Concession, Draft, Move

Rows = Iterator[tuple[int | None, str, Sequence[Any]]]


def draft(d: Draft) -> tuple[Any, ...]:
    """What of it never changes."""
    return (
        d.pk, d.company_id, d.customer_id, d.number, d.start, d.end, d.amount, d.currency, d.issued, d.due, d.acceptor, d.drawer,
        d.kind, d.standing, d.received, d.charge, d.parent_id, list(d.documents), d.act,
    )  # fmt: skip


def move(m: Move) -> tuple[Any, ...]:
    return (m.pk, m.company_id, m.draft_id, m.to, m.on, m.amount, m.cost, m.entry, m.line, m.note, m.by, m.at, m.act)


def concession(c: Concession) -> tuple[Any, ...]:
    """What of it never changes."""
    return (
        c.pk,
        c.company_id,
        c.customer_id,
        c.group_id,
        canonical(c.terms).decode(),
        c.until,
        c.note,
        c.by,
        c.at,
        c.act,
    )


def _concessions(company: int) -> Rows:
    for row in Concession.objects.filter(company_id=company).order_by("act", "id").iterator(2000):
        yield row.act, f"drafts.concession:{row.pk}|concession {row.pk}", concession(row)


def _drafts(company: int) -> Rows:
    for row in Draft.objects.filter(company_id=company).order_by("act", "id").iterator(2000):
        yield row.act, f"drafts.draft:{row.pk}|{row}", draft(row)


def _moves(company: int) -> Rows:
    for row in Move.objects.filter(company_id=company).order_by("act", "id").iterator(2000):
        yield row.act, f"drafts.draft:{row.draft_id}|move {row.pk}", move(row)


WITNESSES = (
    Witness("drafts_draft", _("Acceptance drafts"), _drafts, later=True),
    Witness("drafts_concession", _("Agreements about drafts"), _concessions),
    Witness("drafts_move", _("Moves of acceptance drafts"), _moves, later=True),
)
