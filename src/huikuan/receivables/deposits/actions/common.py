"""What the moves of a deposit share: the row held against rivals, its balance and moves, entries and clearings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import F

from huikuan.books.ledger import actions as ledger_actions
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
from huikuan.kit.errors import Missing, Refused, Stale
from huikuan.kit.failpoints import point
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.trail.act import Act
from huikuan.office.trail.store import reserve
from huikuan.receivables.deposits import queries, rules, witness
from huikuan.receivables.deposits.models import Deposit, Move

KIND, REQUEST = "deposits.deposit", "deposits.request"
KLASS, SERIES, RECEIVABLE = "DE", "DEP", "1122"


def held(act: Act, pk: int, version: int | None = None) -> Deposit:
    """The deposit, locked until the act ends. Raises Missing, Stale."""
    row = Deposit.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=pk).first()
    if row is None:
        raise Missing(_("There is no such deposit."))
    act.subject(ref(KIND, row.pk), ref("customers.customer", row.customer_id))
    if version is not None and version != row.version:
        raise Stale(_("Deposit %(number)s has changed since it was read.", number=row.number))
    return row


def take_off(act: Act, row: Deposit, amount: int, on: date) -> None:
    """Whether `amount` was there on that day and ever since, and nobody asked for it. Raises Invalid, Refused."""
    rules.check_amount(amount, row.free, row.currency)
    moves = Move.objects.filter(deposit=row).values_list("on", "amount")
    free = rules.free_on(list(moves), on, row.reserved)
    if amount > free:
        raise Refused(
            _("%(number)s had %(free)s free between %(day)s and now. Use a later date.", number=row.number,
              free=Money(max(free, 0), row.currency), day=on)
        )  # fmt: skip
    point("deposits.free.read")


def moved(act: Act, row: Deposit, what: str, on: date, amount: int, base: int, entry: int, **facts: Any) -> Move:
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


def line(row: Deposit, account: str, minor: int, base: int, on: date) -> LineDraft:
    """A line of a deposit's entry; on a control account it is an item of the customer."""
    control = account in {RECEIVABLE, rules.ACCOUNTS[rules.ADVANCE]}
    return LineDraft(
        account, Money(minor, row.currency), party=row.customer_id if control else None, due=on if control else None,
        kind=("debit" if minor > 0 else "account") if control else "other", document=row.number if control else "", document_date=on,
        text=(row.purpose or row.agreement)[:200], reference=row.number, base_amount=base,
    )  # fmt: skip


def post(act: Act, row: Deposit, text: str, on: date, debit: str, credit: str, amount: int, base: int) -> Any:
    if ledger.account(act.company, rules.ACCOUNTS[rules.DEPOSIT]) is None or ledger.account(act.company, rules.INCOME) is None:  # fmt: skip
        ledger_actions.seed(act)  # a company that was opened before deposits came
    lines = (line(row, debit, amount, base, on), line(row, credit, -amount, -base, on))
    [posted] = ledger_actions.post(
        act, [EntryDraft(KLASS, on, f"{text} {row.number}"[:200], lines, document_date=on, reference=row.number, source=ref(KIND, row.pk))]
    )  # fmt: skip
    return posted


def clear(act: Act, row: Deposit, on: date, text: str, *groups: Sequence[tuple[int, int]]) -> list[int]:
    drafts = [ClearDraft(on, tuple(legs), reason=text, source=ref(KIND, row.pk)) for legs in groups if legs]
    return ledger_actions.clear(act, drafts) if drafts else []


def take_out(act: Act, row: Deposit, amount: int, on: date, text: str, account: str) -> tuple[Any, int, list[int]]:
    """Dr the deposit's account, Cr `account`; an advance's items are cleared by it, oldest first. (entry, base, clearings)"""
    if row.kind == rules.DEPOSIT:
        base = rules.base_share(amount, row.balance, row.base_balance)
        return post(act, row, text, on, rules.ACCOUNTS[row.kind], account, amount, base), base, []
    legs, base, left = [], 0, amount
    for item in queries.items_of(act.company, row.pk):
        part = min(left, -item.remaining)
        if part > 0:
            legs.append((item.id, -part))
            base -= rules.base_share(-part, item.remaining, item.base_remaining)
            left -= part
    if left:
        raise Refused(_("The books hold less for %(number)s than it says.", number=row.number))
    posted = post(act, row, text, on, rules.ACCOUNTS[row.kind], account, amount, base)
    return posted, base, clear(act, row, on, text, [*legs, (posted.items[0], amount)])
