"""How deposits, their moves and requests are told to the trail when they are written, and read back when they are verified."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from huikuan.kit.words import _
from huikuan.office.trail.hands import Witness
from huikuan.receivables.deposits.models import Deposit, Move, Request


def deposit(d: Deposit) -> tuple[Any, ...]:
    """What of it never changes."""
    return (d.pk, d.company_id, d.customer_id, d.number, d.kind, d.currency, d.received, d.order_id, d.act)


def move(m: Move) -> tuple[Any, ...]:
    return (
        m.pk, m.company_id, m.deposit_id, m.what, m.on, m.amount, m.base, m.entry, list(m.clearings), m.item, m.line, m.request_id,
        m.undoes_id, m.document, m.note, m.by, m.at, m.act,
    )  # fmt: skip


def request(r: Request) -> tuple[Any, ...]:
    return (
        r.pk, r.company_id, r.deposit_id, r.what, r.amount, r.on, r.reason, r.payee, r.payee_account, r.by, r.at, r.act,
    )  # fmt: skip


def _reader(model: Any, name: Callable[[Any], str], told: Callable[[Any], Sequence[Any]]) -> Callable[[int], Iterator[Any]]:  # fmt: skip
    def read(company: int) -> Iterator[tuple[int | None, str, Sequence[Any]]]:
        for row in model.objects.filter(company_id=company).order_by("act", "id").iterator(2000):
            yield row.act, name(row), told(row)

    return read


WITNESSES = (
    Witness("deposits_deposit", _("Deposits"), _reader(Deposit, lambda d: f"deposits.deposit:{d.pk}|{d.number}", deposit)),
    Witness(
        "deposits_move", _("Moves of deposits"),
        _reader(Move, lambda m: f"deposits.deposit:{m.deposit_id}|move {m.pk}", move),
    ),
    Witness(
        "deposits_request", _("Requests to return or keep a deposit"),
        _reader(Request, lambda r: f"deposits.deposit:{r.deposit_id}|request {r.pk}", request),
    ),
)  # fmt: skip
