"""How approvals are told to the trail: what was asked, who granted first, what was decided; and read back by `verify`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from huikuan.kit.words import _
from huikuan.office.approvals.models import Approval
from huikuan.office.trail.act import canonical
from huikuan.office.trail.hands import Witness


def asked(a: Approval) -> tuple[Any, ...]:
    title = canonical(a.title).decode()
    return (
        a.pk, a.company_id, a.kind, a.subject, title, a.amount, a.currency, a.shown_hash, a.beneficiary, a.asked_by, a.asked_at,
        a.asked_act,
    )  # fmt: skip


def first(a: Approval) -> tuple[Any, ...]:
    return (a.pk, a.first_by, a.first_act)


def decided(a: Approval) -> tuple[Any, ...]:
    return (a.pk, a.state, a.decided_by, a.decided_at, a.decided_act, a.granted_hash, a.reason)


def _reader(act: str, row: Callable[[Approval], Sequence[Any]]) -> Callable[[int], Iterator[Any]]:
    def read(company: int) -> Iterator[tuple[int | None, str, Sequence[Any]]]:
        rows = Approval.objects.filter(company_id=company, **{f"{act}__isnull": False}).order_by(act, "id")
        for a in rows.iterator(2000):
            yield getattr(a, act), f"approvals.approval:{a.pk}|{a.pk} {a.kind}", row(a)

    return read


WITNESSES = (
    Witness("approvals_approval", _("Requests for approval"), _reader("asked_act", asked)),
    Witness("approvals_approval.first", _("First grants of two"), _reader("first_act", first)),
    Witness("approvals_approval.decided", _("Decisions"), _reader("decided_act", decided)),
)
