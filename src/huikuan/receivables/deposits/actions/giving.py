"""Deposits and advances, returned or kept for good: one asks, another grants, a third pays out. Until then the money is reserved."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.queries.days import Days
from huikuan.kit.errors import Denied, Invalid, Missing, Refused, Stale
from huikuan.kit.money import Money
from huikuan.kit.refs import read, ref
from huikuan.kit.words import _
from huikuan.office.approvals import actions as approvals
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, action
from huikuan.office.work import actions as work
from huikuan.office.work import queries as work_queries
from huikuan.office.work import rules as work_rules
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.deposits import queries, rules, witness
from huikuan.receivables.deposits.actions.common import KIND, REQUEST, held, moved, take_off, take_out
from huikuan.receivables.deposits.models import Deposit, Move, Request

RETURN, FORFEIT, PAY = "deposits.return", "deposits.forfeit", "deposits.pay"


def _ask(act: Act, row: Deposit, what: str, amount: int, on: date, reason: str, **facts: str) -> Request:
    if not reason.strip():
        raise Invalid.one("reason", reason, _("is needed: the trail keeps it"))
    take_off(act, row, amount, on)
    made = Request.objects.create(
        company_id=act.company, deposit=row, what=what, amount=amount, on=on, reason=reason.strip()[:300], by=act.by, at=act.at, act=act.id,
        **facts,
    )  # fmt: skip
    act.keeps("deposits_request", [witness.request(made)])
    _reserve(row, amount)
    act.subject(ref(REQUEST, made.pk))
    money = Money(amount, row.currency)
    name = customers.by_id(act.company, row.customer_id).name
    shown = {
        "number": row.number, "customer": name, "amount": money.text(grouped=True), "currency": row.currency,
        "held": Money(row.balance, row.currency).text(grouped=True), "purpose": row.purpose, "agreement": row.agreement, "on": on,
        "reason": made.reason, **facts,
    }  # fmt: skip
    title = (
        _("Return %(amount)s of deposit %(number)s to %(name)s", amount=money, number=row.number, name=name)
        if what == rules.RETURNED
        else _("Keep %(amount)s of deposit %(number)s of %(name)s for good", amount=money, number=row.number, name=name)
    )
    approvals.ask(act, RETURN if what == rules.RETURNED else FORFEIT, ref(REQUEST, made.pk), money, shown, title)
    act.note(amount=money)
    return made


def _reserve(row: Deposit, amount: int) -> None:
    changed = Deposit.objects.filter(pk=row.pk, version=row.version).update(
        reserved=F("reserved") + amount, version=row.version + 1
    )
    if changed != 1:
        raise Stale(_("Deposit %(number)s has changed since it was read.", number=row.number))
    row.refresh_from_db()


@action("deposits.ask_return", needs="deposits.ask")
def ask_return(
    act: Act, pk: int, amount: int, on: date, reason: str, payee: str = "", payee_account: str = "", version: int | None = None
) -> Request:  # fmt: skip
    """Ask that so much goes back to the customer. It is reserved at once; a second person grants it, then it is paid out."""
    row = held(act, pk, version)
    payee = payee.strip() or customers.by_id(act.company, row.customer_id).name
    return _ask(
        act, row, rules.RETURNED, amount, on, reason, payee=payee[:200], payee_account=payee_account.strip()[:60]
    )


@action("deposits.ask_forfeit", needs="deposits.ask")
def ask_forfeit(act: Act, pk: int, amount: int, on: date, reason: str, version: int | None = None) -> Request:
    """Ask that so much is kept for good (没收). A second person grants it, which books it as other income."""
    row = held(act, pk, version)
    if row.kind != rules.DEPOSIT:
        raise Refused(_("%(number)s is an advance for goods; only a deposit can be forfeited.", number=row.number))
    return _ask(act, row, rules.FORFEITED, amount, on, reason)


def _request(act: Act, pk: int, state: str) -> tuple[Request, Deposit]:
    """A request with its deposit, both locked. Raises Missing, Refused."""
    found = Request.objects.filter(company_id=act.company, pk=pk).first()
    if found is None:
        raise Missing(_("There is no such request."))
    row = held(act, found.deposit_id)
    found = Request.objects.select_for_update(no_key=True).get(pk=pk)
    act.subject(ref(REQUEST, pk))
    if found.state != state:
        raise Refused(
            _("The request for %(number)s is %(state)s.", number=row.number, state=rules.REQUESTS[found.state])
        )
    return found, row


def _settle(found: Request, state: str, **facts: Any) -> None:
    Request.objects.filter(pk=found.pk, state=found.state).update(state=state, **facts)
    found.state = state


def granted_return(act: Act, approval: Any) -> None:
    """What the grant of a return does: the treasurer has it to pay."""
    subject = read(approval.subject)
    assert subject is not None
    found, row = _request(act, subject.pk, rules.ASKED)
    _settle(found, rules.GRANTED, granted_by=act.by)
    work.open_order(
        act, PAY, ref(KIND, row.pk),
        _("Pay %(amount)s of deposit %(number)s back to %(name)s %(account)s", amount=Money(found.amount, row.currency), number=row.number,
          name=found.payee, account=found.payee_account),
        role="TRE", due=max(found.on, company.today(act)), data={"request": found.pk}, key=f"{PAY}:{found.pk}",
    )  # fmt: skip


def granted_forfeit(act: Act, approval: Any) -> None:
    """What the grant of a forfeiture does: it is income."""
    subject = read(approval.subject)
    assert subject is not None
    found, row = _request(act, subject.pk, rules.ASKED)
    _settle(found, rules.DONE, granted_by=act.by)
    _reserve(row, -found.amount)
    _out(act, row, found, rules.FORFEITED, Days(act).open(found.on), "没收保证金", rules.INCOME, None)


def refused(act: Act, approval: Any) -> None:
    """What the refusal of either does: the money is free again."""
    subject = read(approval.subject)
    assert subject is not None
    found, row = _request(act, subject.pk, rules.ASKED)
    _settle(found, rules.REFUSED)
    _reserve(row, -found.amount)


def _out(
    act: Act, row: Deposit, found: Request, what: str, on: date, text: str, account: str, line: int | None
) -> Move:
    take_off(act, row, found.amount, on)
    posted, base, cleared = take_out(act, row, found.amount, on, text, account)
    return moved(
        act, row, what, on, -found.amount, -base, posted.entry_id, clearings=cleared, line=line, request=found, note=found.reason,
        document=found.payee[:300],
    )  # fmt: skip


def _paid_out(act: Act, found: Request, row: Deposit, on: date, account: str, line: int | None) -> Deposit:
    if act.by == found.by:
        raise Denied(_("You asked for this return; someone else pays it."))
    _settle(found, rules.DONE)
    _reserve(row, -found.amount)
    _out(
        act, row, found, rules.RETURNED, on, "退还保证金" if row.kind == rules.DEPOSIT else "退还预收款", account, line
    )
    todo = work_queries.by_key(act.company, f"{PAY}:{found.pk}")
    if todo is not None and todo.state in work_rules.OPEN:
        work.finish(act, todo.id, _("Paid back on %(day)s.", day=on))
    return row


@action("deposits.paid", needs="deposits.paid")
def paid(act: Act, request_id: int, line_id: int) -> Deposit:
    """The bank says that a granted return left: bank line `line_id` is that payment. Raises Refused when it is another sum."""
    number = queries.request(act.company, request_id)
    handed = cash.hand_out(act, line_id, Money(number.amount, number.deposit.currency), number.deposit.number)
    found, row = _request(act, request_id, rules.GRANTED)
    return _paid_out(act, found, row, Days(act).open(max(handed.date, found.on)), handed.account, line_id)


@action("deposits.pay", needs="deposits.pay")
def pay(act: Act, request_id: int, on: date, account: str = "1002") -> Deposit:
    """A granted return was paid, from cash or an account whose lines do not come here. Raises Invalid, Refused, Denied."""
    known = ledger.account(act.company, account.strip())
    if known is None or known.control or known.kind != "asset" or account.strip() in queries.NOT_CASH:
        raise Invalid.one("account", account, _("is no account that money is paid from"))
    found, row = _request(act, request_id, rules.GRANTED)
    return _paid_out(act, found, row, on, known.code, None)
