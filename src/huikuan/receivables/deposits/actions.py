"""Deposits and advances, written: taken from a receipt, offset against invoices, returned, kept for good; each by one entry.

Money leaves only by a request that one person makes, another grants and (for a return) a third pays out; until then it is
reserved. What was written is corrected by `undo`, a dated reversal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import F

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import actions as ledger_actions
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.types import ClearDraft, EntryDraft, Item, LineDraft
from huikuan.kit.dates import business_date
from huikuan.kit.errors import Denied, Invalid, Missing, Refused, Stale
from huikuan.kit.money import Money
from huikuan.kit.refs import read, ref
from huikuan.kit.words import _
from huikuan.office.approvals import actions as approvals
from huikuan.office.company import queries as company
from huikuan.office.company.actions import take_numbers
from huikuan.office.trail.act import Act, action
from huikuan.office.trail.store import reserve
from huikuan.office.work import actions as work
from huikuan.office.work import queries as work_queries
from huikuan.office.work import rules as work_rules
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.deposits import queries, rules, witness
from huikuan.receivables.deposits.models import Deposit, Move, Request
from huikuan.sales.orders import actions as orders
from huikuan.sales.orders import queries as order_queries

KIND, REQUEST = "deposits.deposit", "deposits.request"
KLASS, SERIES, RECEIVABLE = "DE", "DEP", "1122"
RETURN, FORFEIT, PAY = "deposits.return", "deposits.forfeit", "deposits.pay"


def _today(act: Act) -> date:
    return business_date(act.at, company.by_id(act.company).zone)


def _open_day(act: Act, wanted: date) -> date:
    """A day in a closed period gives way to today."""
    closed = {(p.year, p.month) for p in ledger.periods(act.company).filter(state="closed")}
    return max(wanted, _today(act)) if (wanted.year, wanted.month) in closed else wanted


def _held(act: Act, pk: int, version: int | None = None) -> Deposit:
    """The deposit, locked until the act ends. Raises Missing, Stale."""
    row = Deposit.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=pk).first()
    if row is None:
        raise Missing(_("There is no such deposit."))
    act.subject(ref(KIND, row.pk), ref("customers.customer", row.customer_id))
    if version is not None and version != row.version:
        raise Stale(_("Deposit %(number)s has changed since it was read.", number=row.number))
    return row


def _take_off(act: Act, row: Deposit, amount: int, on: date) -> None:
    """Whether `amount` was there on that day and ever since, and nobody asked for it. Raises Invalid, Refused."""
    rules.check_amount(amount, row.free, row.currency)
    moves = Move.objects.filter(deposit=row).values_list("on", "amount")
    free = rules.free_on(list(moves), on, row.reserved)
    if amount > free:
        raise Refused(
            _("%(number)s had %(free)s free between %(day)s and now. Use a later date.", number=row.number,
              free=Money(max(free, 0), row.currency), day=on)
        )  # fmt: skip


def _moved(act: Act, row: Deposit, what: str, on: date, amount: int, base: int, entry: int, **facts: Any) -> Move:
    """Write the move, then the balance: the guard holds the one against the other."""
    [pk] = reserve(Move, 1)
    move = Move(
        id=pk, company_id=act.company, deposit=row, what=what, on=on, amount=amount, base=base, entry=entry, by=act.by, at=act.at, act=act.id,
        **facts,
    )  # fmt: skip
    move.save(force_insert=True)
    act.keeps("deposits_move", [witness.move(move)])
    balance = row.balance + amount
    changed = Deposit.objects.filter(pk=row.pk, version=row.version).update(
        balance=F("balance") + amount, base_balance=F("base_balance") + base, version=row.version + 1,
        state=rules.OPEN if balance else rules.SETTLED,
    )  # fmt: skip
    if changed != 1:
        raise Stale(_("Deposit %(number)s has changed since it was read.", number=row.number))
    row.refresh_from_db()
    act.note(amount=Money(amount, row.currency), balance=Money(row.balance, row.currency))
    return move


def _line(row: Deposit, account: str, minor: int, base: int, on: date) -> LineDraft:
    """A line of a deposit's entry; on a control account it is an item of the customer."""
    control = account in {RECEIVABLE, rules.ACCOUNTS[rules.ADVANCE]}
    return LineDraft(
        account, Money(minor, row.currency), party=row.customer_id if control else None, due=on if control else None,
        kind=("debit" if minor > 0 else "account") if control else "other", document=row.number if control else "", document_date=on,
        text=(row.purpose or row.agreement)[:200], reference=row.number, base_amount=base,
    )  # fmt: skip


def _post(act: Act, row: Deposit, text: str, on: date, debit: str, credit: str, amount: int, base: int) -> Any:
    if ledger.account(act.company, rules.ACCOUNTS[rules.DEPOSIT]) is None or ledger.account(act.company, rules.INCOME) is None:  # fmt: skip
        ledger_actions.seed(act)  # a company that was opened before deposits came
    lines = (_line(row, debit, amount, base, on), _line(row, credit, -amount, -base, on))
    [posted] = ledger_actions.post(
        act, [EntryDraft(KLASS, on, f"{text} {row.number}"[:200], lines, document_date=on, reference=row.number, source=ref(KIND, row.pk))]
    )  # fmt: skip
    return posted


def _clear(act: Act, row: Deposit, on: date, text: str, *groups: Sequence[tuple[int, int]]) -> list[int]:
    drafts = [ClearDraft(on, tuple(legs), reason=text, source=ref(KIND, row.pk)) for legs in groups if legs]
    return ledger_actions.clear(act, drafts) if drafts else []


# --- taken --------------------------------------------------------------------------------------------------------


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
    posted = _post(act, row, text, on, RECEIVABLE, rules.ACCOUNTS[row.kind], part, base)
    cleared = _clear(act, row, on, text, ((source.id, -part), (posted.items[0], part)))
    return _moved(
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
    row = _held(act, pk, version)
    if source.currency != row.currency:
        raise Refused(_("%(number)s is in %(currency)s.", number=row.number, currency=row.currency))
    _put_in(act, row, source, amount, on, line)
    if row.order_id is not None:
        _free_order(act, row.order_id, on)
    return row


@action("deposits.change", needs="deposits.take")
def change(act: Act, pk: int, facts: dict[str, Any], version: int | None = None) -> Deposit:
    """Its purpose, agreement or due-back date. Raises Invalid for another key, Stale."""
    row = _held(act, pk, version)
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


# --- used ---------------------------------------------------------------------------------------------------------


def _take_out(act: Act, row: Deposit, amount: int, on: date, text: str, account: str) -> tuple[Any, int, list[int]]:
    """Dr the deposit's account, Cr `account`; an advance's items are cleared by it, oldest first. (entry, base, clearings)"""
    if row.kind == rules.DEPOSIT:
        base = rules.base_share(amount, row.balance, row.base_balance)
        return _post(act, row, text, on, rules.ACCOUNTS[row.kind], account, amount, base), base, []
    legs, base, left = [], 0, amount
    for item in queries.items_of(act.company, row.pk):
        part = min(left, -item.remaining)
        if part > 0:
            legs.append((item.id, -part))
            base -= rules.base_share(-part, item.remaining, item.base_remaining)
            left -= part
    if left:
        raise Refused(_("The books hold less for %(number)s than it says.", number=row.number))
    posted = _post(act, row, text, on, rules.ACCOUNTS[row.kind], account, amount, base)
    return posted, base, _clear(act, row, on, text, [*legs, (posted.items[0], amount)])


@action("deposits.offset", needs="deposits.offset")
def offset(
    act: Act, pk: int, on: date, legs: Sequence[tuple[int, int]] = (), documents: Sequence[str] = (), version: int | None = None
) -> Deposit:  # fmt: skip
    """Pay invoices with a deposit: `legs` (item id, minor units), or `documents` oldest due first, or with neither what is
    open of its order. The receivable is cleared as of `on`. Raises Invalid, Refused, Stale."""
    row = _held(act, pk, version)
    documents = documents or ([] if legs else queries.of_order(act.company, row))
    if not legs and not documents:
        raise Invalid.one("documents", "", _("Name what it pays."))
    found = queries.offsettable(act.company, row, documents)
    by_item = {o.item: o for o in found}
    if legs:
        for item, amount in legs:
            if item not in by_item:
                raise Refused(_("What was to be paid is not open any more (%(items)s).", items=[item]))
            rules.check_amount(amount, by_item[item].remaining, row.currency)
        if len({i for i, _a in legs}) != len(legs):
            raise Invalid.one("legs", "", _("An invoice is named twice."))
        plan = tuple((int(i), int(a)) for i, a in legs)
    else:
        plan = rules.plan_offset(found, row.free)
    total = sum(a for _i, a in plan)
    _take_off(act, row, total, on)
    text = "保证金抵扣货款" if row.kind == rules.DEPOSIT else "预收款抵扣货款"
    posted, base, cleared = _take_out(act, row, total, on, text, RECEIVABLE)
    receipt = posted.items[-1]
    cleared += _clear(act, row, on, text, [*plan, (receipt, -total)])
    paid = ", ".join(dict.fromkeys(by_item[i].document for i, _a in plan))
    _moved(act, row, rules.OFFSET, on, -total, -base, posted.entry_id, clearings=cleared, document=paid[:300])
    return row


# --- given back or kept -------------------------------------------------------------------------------------------


def _ask(act: Act, row: Deposit, what: str, amount: int, on: date, reason: str, **facts: str) -> Request:
    if not reason.strip():
        raise Invalid.one("reason", reason, _("is needed: the trail keeps it"))
    _take_off(act, row, amount, on)
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
    row = _held(act, pk, version)
    payee = payee.strip() or customers.by_id(act.company, row.customer_id).name
    return _ask(
        act, row, rules.RETURNED, amount, on, reason, payee=payee[:200], payee_account=payee_account.strip()[:60]
    )


@action("deposits.ask_forfeit", needs="deposits.ask")
def ask_forfeit(act: Act, pk: int, amount: int, on: date, reason: str, version: int | None = None) -> Request:
    """Ask that so much is kept for good (没收). A second person grants it, which books it as other income."""
    row = _held(act, pk, version)
    if row.kind != rules.DEPOSIT:
        raise Refused(_("%(number)s is an advance for goods; only a deposit can be forfeited.", number=row.number))
    return _ask(act, row, rules.FORFEITED, amount, on, reason)


def _request(act: Act, pk: int, state: str) -> tuple[Request, Deposit]:
    """A request with its deposit, both locked. Raises Missing, Refused."""
    found = Request.objects.filter(company_id=act.company, pk=pk).first()
    if found is None:
        raise Missing(_("There is no such request."))
    row = _held(act, found.deposit_id)
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
        role="TRE", due=max(found.on, _today(act)), data={"request": found.pk}, key=f"{PAY}:{found.pk}",
    )  # fmt: skip


def granted_forfeit(act: Act, approval: Any) -> None:
    """What the grant of a forfeiture does: it is income."""
    subject = read(approval.subject)
    assert subject is not None
    found, row = _request(act, subject.pk, rules.ASKED)
    _settle(found, rules.DONE, granted_by=act.by)
    _reserve(row, -found.amount)
    _out(act, row, found, rules.FORFEITED, _open_day(act, found.on), "没收保证金", rules.INCOME, None)


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
    _take_off(act, row, found.amount, on)
    posted, base, cleared = _take_out(act, row, found.amount, on, text, account)
    return _moved(
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
    return _paid_out(act, found, row, _open_day(act, max(handed.date, found.on)), handed.account, line_id)


@action("deposits.pay", needs="deposits.pay")
def pay(act: Act, request_id: int, on: date, account: str = "1002") -> Deposit:
    """A granted return was paid, from cash or an account whose lines do not come here. Raises Invalid, Refused, Denied."""
    known = ledger.account(act.company, account.strip())
    if known is None or known.control or known.kind != "asset" or account.strip() in queries.NOT_CASH:
        raise Invalid.one("account", account, _("is no account that money is paid from"))
    found, row = _request(act, request_id, rules.GRANTED)
    return _paid_out(act, found, row, on, known.code, None)


# --- undone -------------------------------------------------------------------------------------------------------


@action("deposits.undo", needs="deposits.undo")
def undo(act: Act, move_id: int, reason: str, on: date | None = None) -> Deposit:
    """Take one move back by its dated reversal: invoices are open again, the money lies where it came from.

    Raises Refused when it was undone before, or when money that came in is not there any more.
    """
    if not reason.strip():
        raise Invalid.one("reason", reason, _("is needed: the trail keeps it"))
    move = queries.move(act.company, move_id)
    if move.what == rules.RETURNED and move.line is not None:
        cash.hand_back(act, move.line)
    row = _held(act, move.deposit_id)
    if Move.objects.filter(undoes=move).exists():
        raise Refused(_("This move was undone already."))
    rules.check_undo(row.number, move.what, move.amount, row.free, row.currency)
    entry = ledger.entry(act.company, move.entry)
    assert entry is not None
    day = on or max(_today(act), entry.posting_date)
    for clearing in sorted(move.clearings, reverse=True):
        ledger_actions.unclear(act, clearing, day, reason)
    reversed_ = ledger_actions.reverse(act, entry.pk, day, reason.strip()[:200])
    _moved(
        act, row, rules.UNDONE, day, -move.amount, -move.base, reversed_.entry_id, undoes=move, line=move.line, note=reason.strip()[:300],
        document=move.document,
    )  # fmt: skip
    if move.request_id is not None:
        Request.objects.filter(pk=move.request_id).update(state=rules.UNDONE)
    return row
