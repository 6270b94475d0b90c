"""Deposits, read: one, those of a list, its moves with the running balance, what an offset may pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from huikuan.books.customers.rules import fold
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.types import Item
from huikuan.kit.errors import Invalid, Missing
from huikuan.kit.words import _
from huikuan.receivables.cash import queries as cash
from huikuan.receivables.deposits import rules
from huikuan.receivables.deposits.models import Deposit, Move, Request
from huikuan.sales.billing import queries as billing

RECEIVABLE = "1122"
NOT_CASH = {"1121", "1221", "1231", "1405", "1901"}  # assets that no money is paid from


def deposits(company_id: int) -> QuerySet[Deposit]:
    return Deposit.objects.filter(company_id=company_id).select_related("customer", "order")


def deposit(company_id: int, pk: int) -> Deposit:
    """Raises Missing."""
    found = deposits(company_id).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such deposit."))
    return found


def move(company_id: int, pk: int) -> Move:
    """Raises Missing."""
    found = Move.objects.filter(company_id=company_id, pk=pk).first()
    if found is None:
        raise Missing(_("There is no such move."))
    return found


@dataclass(frozen=True, slots=True)
class Row:
    """A move of a deposit with what lay in it afterwards. `undone`: it was taken back."""

    move: Move
    balance: int
    undone: bool


def statement(deposit_id: int) -> list[Row]:
    """Every move in order, with the running balance."""
    moves = list(Move.objects.filter(deposit_id=deposit_id))
    back = {m.undoes_id for m in moves}
    out, balance = [], 0
    for m in moves:
        balance += m.amount
        out.append(Row(m, balance, m.pk in back))
    return out


def request(company_id: int, pk: int) -> Request:
    """Raises Missing."""
    found = Request.objects.filter(company_id=company_id, pk=pk).select_related("deposit").first()
    if found is None:
        raise Missing(_("There is no such request."))
    return found


def requests(company_id: int, *, deposit: int | None = None, states: Sequence[str] = ()) -> QuerySet[Request]:
    rows = Request.objects.filter(company_id=company_id).select_related("deposit", "deposit__customer")
    if deposit is not None:
        rows = rows.filter(deposit_id=deposit)
    return rows.filter(state__in=states) if states else rows


def items_of(company_id: int, deposit_id: int) -> list[Item]:
    """The open items of an advance on 2203, oldest first."""
    ids = Move.objects.filter(deposit_id=deposit_id, what=rules.RECEIVED).values_list("item", flat=True)
    found = ledger.open_items(company_id, ids=[i for i in ids if i is not None])
    return sorted((i for i in found if i.remaining < 0), key=lambda i: i.id)


def offsettable(company_id: int, row: Deposit, documents: Sequence[str] = ()) -> list[rules.Owed]:
    """Open invoices of the deposit's payer: all, those named, or those of its order. Raises Invalid for a number not open."""
    wanted = list(dict.fromkeys(d.strip() for d in documents if d.strip()))
    found = [
        i for i in ledger.open_items(company_id, customers=[row.customer_id], currency=row.currency, documents=wanted or None)
        if i.remaining > 0 and i.account == RECEIVABLE
    ]  # fmt: skip
    if missing := set(wanted) - {i.document for i in found}:
        raise Invalid.one("documents", ", ".join(sorted(missing)), _("is not open for this customer"))
    return [rules.Owed(i.id, i.document, i.due_date or i.document_date, i.remaining) for i in found]


def of_order(company_id: int, row: Deposit) -> list[str]:
    """Documents that bill the order an advance is for."""
    return [d.number for d in billing.of_order(company_id, row.order_id)] if row.order_id is not None else []


def paid_by(company_id: int, line_id: int) -> list[Request]:
    """Granted returns that a bank line may have paid: the same sum, and its payee or the account that was told."""
    line = cash.line(company_id, line_id)
    if line.amount >= 0 or line.state != "out" or line.note:
        return []
    rows = requests(company_id, states=(rules.GRANTED,)).filter(amount=-line.amount, deposit__currency=line.currency)
    account = "".join(line.payer_account.split())
    return [
        r for r in rows
        if (r.payee_account and "".join(r.payee_account.split()) == account) or (r.payee and fold(r.payee) == line.folded)
    ]  # fmt: skip


def due_count(company_id: int, login: str, on: date) -> int:
    """Deposits that are due back on a day, counted to 10,001."""
    return Deposit.objects.filter(company_id=company_id, state=rules.OPEN, due_back__lte=on)[:10_001].count()


def held(company_id: int, customer_id: int) -> dict[str, dict[str, int]]:
    """{kind: {currency: minor units}} that we hold of a customer."""
    out: dict[str, dict[str, int]] = {}
    for kind, currency, balance in Deposit.objects.filter(
        company_id=company_id, customer_id=customer_id, state=rules.OPEN
    ).values_list("kind", "currency", "balance"):
        mine = out.setdefault(kind, {})
        mine[currency] = mine.get(currency, 0) + balance
    return out


def find(company_id: int, text: str, limit: int) -> list[Deposit]:
    """By number or agreement, newest first."""
    text = text.strip()
    if len(text) < 2:
        return []
    rows = deposits(company_id).filter(Q(number__istartswith=text) | Q(agreement__istartswith=text))
    return list(rows.order_by("-id")[:limit])
