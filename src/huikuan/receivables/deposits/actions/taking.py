"""Deposits and advances, taken from a receipt, topped up, described."""

from __future__ import annotations

from datetime import date
from typing import Any

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.types import Item
from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company.actions import take_numbers
from huikuan.office.trail.act import Act, action
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.deposits import queries, rules, witness
from huikuan.receivables.deposits.actions.common import KIND, RECEIVABLE, SERIES, clear, held, moved, post
from huikuan.receivables.deposits.models import Deposit, Move
from huikuan.sales.orders import actions as orders
from huikuan.sales.orders import queries as order_queries


@action("deposits.take", needs="deposits.take")
def take(
    act: Act,
    customer_id: int,
    kind: str,
    on: date,
    amount: int | None = None,
    line_id: int | None = None,
    item_id: int | None = None,
    purpose: str = "",
    agreement: str = "",
    order_id: int | None = None,
    due_back: date | None = None,
) -> Deposit:
    """Keep a customer's money as a deposit or an advance: from bank line `line_id`, or from their receipt `item_id` that is
    on account; `amount` None takes what is left of it.

    An advance for an order lets that order go if it waited for the money. Raises Invalid, Refused.
    """
    rules.check_kind(kind)
    payer = customers.payer_of(act.company, customer_id).id
    for name, value, most in (("purpose", purpose, 200), ("agreement", agreement, 80)):
        if len(value.strip()) > most:
            raise Invalid.one(name, value[:40], _("is longer than %(n)s characters", n=most))
    if due_back is not None and due_back < on:
        raise Invalid.one("due_back", str(due_back), _("lies before the day it came in"))
    if order_id is not None:
        order = order_queries.order(act.company, order_id)
        if kind != rules.ADVANCE or order.payer_id != payer:
            raise Invalid.one("order", order.number, _("is not an order of this payer that an advance can be for"))
    handed, source = _source(act, payer, line_id, item_id, on)
    row = Deposit.objects.create(
        company_id=act.company, customer_id=payer, number=_number(act, on), kind=kind, currency=source.currency, received=on,
        purpose=purpose.strip(), agreement=agreement.strip(), order_id=order_id, due_back=due_back, act=act.id,
    )  # fmt: skip
    act.keeps("deposits_deposit", [witness.deposit(row)])
    act.subject(ref(KIND, row.pk), ref("customers.customer", payer))
    _put_in(act, row, source, amount, on, handed)
    if order_id is not None:
        _free_order(act, order_id, on)
    return row


def _number(act: Act, on: date) -> str:
    first, _last = take_numbers(act, SERIES, on.year)
    return f"{SERIES}-{on.year}-{first:06d}"


def _source(act: Act, payer: int, line_id: int | None, item_id: int | None, on: date) -> tuple[int | None, Item]:
    """(the bank line, the receipt's item): where the money stands now."""
    if (line_id is None) == (item_id is None):
        raise Invalid.one("line", str(line_id or ""), _("Name either a bank line or a receipt on account."))
    if line_id is not None:
        item_id = cash.hand_on(act, line_id, payer, on).item
    item = ledger.item(act.company, item_id or 0)
    if item is None or item.customer_id != payer or item.account != RECEIVABLE:
        raise Missing(_("There is no such receipt of this customer."))
    if item.remaining >= 0 or item.kind not in {"receipt", "account"}:
        raise Refused(_("%(document)s has nothing left that could be kept.", document=item.document))
    return line_id, item


def _put_in(act: Act, row: Deposit, source: Item, amount: int | None, on: date, line: int | None) -> Move:
    """Out of the receivable, into the deposit: Dr 1122 clears the receipt, Cr 224103 or 2203."""
    part = -source.remaining if amount is None else amount
    rules.check_amount(part, -source.remaining, row.currency)
    if on < source.posting_date:
        raise Invalid.one("on", str(on), _("lies before the money came (%(day)s)", day=source.posting_date))
    base = -rules.base_share(-part, source.remaining, source.base_remaining)
    text = "收到保证金" if row.kind == rules.DEPOSIT else "转预收款"
    posted = post(act, row, text, on, RECEIVABLE, rules.ACCOUNTS[row.kind], part, base)
    cleared = clear(act, row, on, text, ((source.id, -part), (posted.items[0], part)))
    return moved(
        act, row, rules.RECEIVED, on, part, base, posted.entry_id, clearings=cleared, line=line, document=source.document,
        item=posted.items[1] if len(posted.items) > 1 else None,
    )  # fmt: skip


def _free_order(act: Act, order_id: int, on: date) -> None:
    """款到发货: the money is here. A held order is looked at again; a release on a slip is confirmed."""
    order = order_queries.order(act.company, order_id)
    if order.state == "held":
        orders.check_again(act, order_id, on)
    elif order_queries.waits_for_money(act.company, order_id):
        orders.money_came(act, order_id, True, on)
    act.subject(ref("orders.order", order_id))


@action("deposits.top_up", needs="deposits.take")
def top_up(
    act: Act, pk: int, on: date, amount: int | None = None, line_id: int | None = None, item_id: int | None = None,
    version: int | None = None,
) -> Deposit:  # fmt: skip
    """More money for the same deposit. Raises Invalid, Refused, Stale."""
    owner = queries.deposit(act.company, pk).customer_id
    line, source = _source(act, owner, line_id, item_id, on)
    row = held(act, pk, version)
    if source.currency != row.currency:
        raise Refused(_("%(number)s is in %(currency)s.", number=row.number, currency=row.currency))
    _put_in(act, row, source, amount, on, line)
    if row.order_id is not None:
        _free_order(act, row.order_id, on)
    return row


@action("deposits.change", needs="deposits.take")
def change(act: Act, pk: int, facts: dict[str, Any], version: int | None = None) -> Deposit:
    """Its purpose, agreement or due-back date. Raises Invalid for another key, Stale."""
    row = held(act, pk, version)
    fits = {"purpose": 200, "agreement": 80, "due_back": 0}
    for name, value in facts.items():
        if name not in fits:
            raise Invalid.one(name, "", _("cannot be changed"))
        if fits[name] and (not isinstance(value, str) or len(value.strip()) > fits[name]):
            raise Invalid.one(name, str(value)[:40], _("is longer than %(n)s characters", n=fits[name]))
        if name == "due_back" and value is not None and value < row.received:
            raise Invalid.one(name, str(value), _("lies before the day it came in"))
        new = value.strip() if isinstance(value, str) else value
        act.changed(ref(KIND, row.pk), name, str(getattr(row, name) or ""), str(new or ""))
        setattr(row, name, new)
    row.version += 1
    row.save(update_fields=[*facts, "version"])
    return row
