"""A deposit's life in the books, on whichever database runs: taken, used, returned, kept, undone; never twice, never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.connectors import bank
from huikuan.kit.errors import Denied, Invalid, Missing, Refused, Stale
from huikuan.kit.money import Money
from huikuan.office.approvals import actions as approvals
from huikuan.office.approvals.models import Approval
from huikuan.office.trail import guards
from huikuan.office.trail.actions import prove
from huikuan.office.trail.hands import collect
from huikuan.office.work import bots
from huikuan.office.work.models import WorkOrder
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.cash import queries as lines
from huikuan.receivables.cash.tests.desk import DAY, Desk
from huikuan.receivables.deposits import actions, checks, queries, rules
from huikuan.receivables.deposits.models import Deposit, Move, Request

END = date(2026, 12, 31)


class Deposits:
    def __init__(self, act: Callable[..., Any]) -> None:
        self.act, self.desk = act, Desk(act)
        self.company = act().company
        self.shop = self.desk.customer("C1", "杭州万家超市有限公司")

    def money(self, amount: int = 1_000_000, payer: str = "杭州万家超市有限公司", remark: str = "保证金") -> int:
        return int(self.desk.line(amount, payer, "", remark).pk)

    def take(
        self, kind: str = rules.DEPOSIT, amount: int | None = None, line: int | None = None, **facts: Any
    ) -> Deposit:
        return actions.take(
            self.act("chen.jing"), self.shop, kind, DAY, amount, line or self.money(), purpose="经销保证金", agreement="JX-2026-01", **facts
        )  # fmt: skip

    def grant(self, login: str = "zhou.hui") -> None:
        row = Approval.objects.filter(state="asked").latest("pk")
        approvals.grant(self.act(login), row.pk, row.shown_hash)

    def balance(self, account: str) -> int:
        return ledger.balance(self.company, account, END)

    def rest(self, line: int) -> int:
        return int(lines.line(self.company, line).left)  # type: ignore[attr-defined]

    def items(self) -> int:
        return customers.exposure_amounts(self.company, "items").get((self.shop, "CNY"), 0)

    def whole(self) -> None:
        """What verify asks of the books and of deposits; the whole proof is asked once, below."""
        for capability, check in collect("checks"):
            if capability in {"cash", "ledger", "customers", "deposits"}:
                found = check.run(self.company)
                assert not found.wrong, (capability, str(check.title), found.broken)


@pytest.fixture
def deposits(act: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Deposits:
    monkeypatch.setattr(cash.door, "read", bank.parse)  # its reader in a process of its own is held elsewhere
    return Deposits(act)


def test_taken_from_a_bank_line_it_is_a_liability_and_not_money_on_account(deposits: Deposits) -> None:
    line = deposits.money()
    assert deposits.items() == -1_000_000
    row = deposits.take(line=line)
    assert (row.number, row.balance, row.state) == ("DEP-2026-000001", 1_000_000, "open")
    assert deposits.balance("224103") == -1_000_000 and deposits.balance("1122") == 0
    assert deposits.items() == 0 and deposits.rest(line) == 0
    assert [(r.move.what, r.balance, r.move.line) for r in queries.statement(row.pk)] == [("received", 1_000_000, line)]
    deposits.whole()


def test_money_of_nobody_known_becomes_theirs_by_it(deposits: Deposits) -> None:
    line = deposits.money(payer="王建国")
    assert deposits.balance("224101") == -1_000_000
    deposits.take(line=line, amount=400_000)
    assert deposits.balance("224101") == 0 and deposits.balance("224103") == -400_000
    assert deposits.rest(line) == 600_000  # the rest stays on the receipt, to be matched
    deposits.whole()


def test_from_on_account_and_topped_up(deposits: Deposits) -> None:
    line = deposits.money()
    item = lines.line(deposits.company, line).item_id
    row = actions.take(deposits.act("chen.jing"), deposits.shop, rules.ADVANCE, DAY, 300_000, item_id=item)
    assert (
        deposits.balance("2203") == -300_000 and deposits.items() == -1_000_000
    )  # an advance still stands for the customer
    row = actions.top_up(deposits.act("chen.jing"), row.pk, DAY, item_id=item, version=row.version)
    assert row.balance == 1_000_000 and deposits.balance("1122") == 0
    with pytest.raises(Refused):
        actions.top_up(deposits.act("chen.jing"), row.pk, DAY, item_id=item)
    with pytest.raises(Stale):
        actions.top_up(deposits.act("chen.jing"), row.pk, DAY, line_id=deposits.money(5), version=1)
    deposits.whole()


@pytest.mark.parametrize("kind", [rules.DEPOSIT, rules.ADVANCE])
def test_offset_pays_invoices_as_of_a_day_and_is_undone_by_reversal(deposits: Deposits, kind: str) -> None:
    first = deposits.desk.bill(deposits.shop, "90000001", 600_000)
    second = deposits.desk.bill(deposits.shop, "90000002", 700_000, on=date(2026, 2, 3))
    row = deposits.take(kind)
    row = actions.offset(
        deposits.act("chen.jing"), row.pk, DAY, documents=["90000002", "90000001"], version=row.version
    )
    assert (row.balance, row.state) == (0, "settled")
    assert (deposits.desk.left(first), deposits.desk.left(second)) == (0, 300_000)
    assert deposits.balance(rules.ACCOUNTS[kind]) == 0 and deposits.balance("1122") == 300_000 == deposits.items()
    used = Move.objects.get(what="offset")
    assert used.document == "90000001, 90000002" and used.on == DAY
    deposits.whole()
    back = actions.undo(deposits.act("chen.jing"), used.pk, "发票开错")
    assert back.balance == 1_000_000 and deposits.desk.left(first) == 600_000
    assert [r.balance for r in queries.statement(row.pk)] == [1_000_000, 0, 1_000_000]
    with pytest.raises(Refused):
        actions.undo(deposits.act("chen.jing"), used.pk, "again")
    actions.offset(deposits.act("chen.jing"), row.pk, date(2026, 3, 2), [(second, 700_000)])
    assert deposits.desk.left(second) == 0
    deposits.whole()


def test_what_an_offset_refuses(deposits: Deposits) -> None:
    item = deposits.desk.bill(deposits.shop, "90000001", 600_000)
    other = deposits.desk.bill(deposits.desk.customer("C2", "别家商贸"), "90000009", 600_000)
    row = deposits.take()
    by = deposits.act
    for legs, documents, on, wrong in (
        ([(item, 600_001)], [], DAY, Invalid),
        ([(item, 0)], [], DAY, Invalid),
        ([(item, 1), (item, 1)], [], DAY, Invalid),
        ([(other, 100)], [], DAY, Refused),
        ([], ["90000009"], DAY, Invalid),
        ([], [], DAY, Invalid),
        ([(item, 100)], [], date(2026, 2, 20), Refused),  # before the money came
    ):
        with pytest.raises(wrong):
            actions.offset(by("chen.jing"), row.pk, on, legs, documents)
    with pytest.raises(Denied):
        actions.offset(by("wang.lei"), row.pk, DAY, [(item, 100)])
    deposits.whole()


def test_taking_refuses_what_cannot_be(deposits: Deposits) -> None:
    line = deposits.money()
    other = deposits.desk.customer("C2", "别家商贸")
    act = deposits.act("chen.jing")
    for kwargs, wrong in (
        ({"kind": "bond"}, Invalid), ({"amount": 1_000_001}, Invalid), ({"amount": 0}, Invalid), ({"on": date(2026, 3, 1)}, Invalid),
        ({"due_back": date(2026, 3, 1)}, Invalid), ({"line_id": None}, Invalid), ({"item_id": 5}, Invalid),
        ({"line_id": None, "item_id": 10**9}, Missing), ({"purpose": "x" * 201}, Invalid), ({"customer_id": other}, Refused),
    ):  # fmt: skip
        facts = {"customer_id": deposits.shop, "kind": "deposit", "on": DAY, "line_id": line, **kwargs}
        with pytest.raises(wrong):
            actions.take(act, **facts)
    assert not Deposit.objects.exists() and deposits.rest(line) == 1_000_000
    deposits.whole()


def test_returned_by_three_people_when_the_bank_says_so(deposits: Deposits) -> None:
    row = deposits.take(due_back=date(2026, 3, 31))
    ask = deposits.act("liu.min")
    made = actions.ask_return(ask, row.pk, 1_000_000, DAY, "合同终止", "", "6222000000000001", row.version)
    row.refresh_from_db()
    assert (row.balance, row.reserved, row.free) == (1_000_000, 1_000_000, 0)
    item = deposits.desk.bill(deposits.shop, "90000001", 600_000)
    with pytest.raises(Invalid):
        actions.offset(deposits.act("chen.jing"), row.pk, DAY, [(item, 100)])  # it is asked back
    with pytest.raises(Refused):
        actions.pay(deposits.act("sun.tao"), made.pk, DAY, "1001")  # nobody granted it yet
    deposits.grant()
    todo = WorkOrder.objects.get(kind="deposits.pay")
    assert todo.role == "TRE" and "6222000000000001" in str(todo.title)
    # the bank file brings the payment: the robot knows it by sum and account
    deposits.desk.bring((-999_999, "杭州万家超市有限公司", "6222000000000001", "退款"), (-1_000_000, "杭州万家超市有限公司", "6222000000000001", "退还保证金"), opening=1_000_000)  # fmt: skip
    noon = datetime(2026, 3, 2, 4, tzinfo=UTC)
    bots.work_once(company_id=deposits.company, clock=lambda: noon, timed=False)
    row.refresh_from_db()
    todo.refresh_from_db()
    made.refresh_from_db()
    assert (row.balance, row.reserved, row.state, made.state, todo.state) == (0, 0, "settled", "done", "done")
    assert deposits.balance("224103") == 0 and deposits.balance("1002") == 0
    assert lines.lines(deposits.company).get(amount=-1_000_000).note == row.number
    deposits.whole()
    # the wrong one: undone, and the payment can be explained again
    actions.undo(deposits.act("chen.jing"), Move.objects.get(what="returned").pk, "认错付款")
    row.refresh_from_db()
    assert row.balance == 1_000_000 and Request.objects.get().state == "undone"
    assert lines.lines(deposits.company).get(amount=-1_000_000).note == ""
    assert [(c.id, str(c.title), c.broken) for c in prove(deposits.company).checks if c.wrong] == []


def test_nobody_grants_or_pays_what_they_asked_for(deposits: Deposits) -> None:
    row = deposits.take()
    made = actions.ask_return(deposits.act("sun.tao"), row.pk, 100, DAY, "多收")
    approval = Approval.objects.get()
    with pytest.raises(Denied):
        approvals.grant(deposits.act("sun.tao"), approval.pk, approval.shown_hash)
    deposits.grant()
    with pytest.raises(Denied):
        actions.pay(deposits.act("sun.tao"), made.pk, DAY, "1001")
    with pytest.raises(Invalid):
        actions.pay(deposits.act("system"), made.pk, DAY, "1122")
    actions.pay(deposits.act("system"), made.pk, DAY, "1001")
    with pytest.raises(Refused):
        actions.pay(deposits.act("system"), made.pk, DAY, "1001")
    deposits.whole()


def test_a_payment_of_another_sum_is_not_the_return(deposits: Deposits) -> None:
    row = deposits.take()
    made = actions.ask_return(deposits.act("liu.min"), row.pk, 100, DAY, "多收")
    deposits.grant()
    other = deposits.desk.line(-101, "x", "", "y")
    with pytest.raises(Refused):
        actions.paid(deposits.act("sun.tao"), made.pk, other.pk)
    with pytest.raises(Refused):
        actions.paid(deposits.act("sun.tao"), made.pk, deposits.money(5))
    right = deposits.desk.line(-100, "x", "", "y")
    assert queries.paid_by(deposits.company, right.pk) == []  # the payee is another: a person says so, no robot
    actions.paid(deposits.act("sun.tao"), made.pk, right.pk)
    again = actions.ask_return(deposits.act("liu.min"), row.pk, 100, DAY, "再退")
    deposits.grant()
    with pytest.raises(Refused):
        actions.paid(deposits.act("sun.tao"), again.pk, right.pk)
    deposits.whole()


def test_forfeited_with_a_grant_and_refused_without(deposits: Deposits) -> None:
    row = deposits.take()
    actions.ask_forfeit(deposits.act("sun.tao"), row.pk, 400_000, DAY, "窜货违约")
    approval = Approval.objects.get()
    approvals.refuse(deposits.act("zhou.hui"), approval.pk, "证据不足")
    row.refresh_from_db()
    assert (row.reserved, row.balance) == (0, 1_000_000)
    actions.ask_forfeit(deposits.act("sun.tao"), row.pk, 250_000, DAY, "窜货违约,证据齐全")
    deposits.grant()
    row.refresh_from_db()
    assert row.balance == 750_000 and deposits.balance("6301") == -250_000 and deposits.balance("224103") == -750_000
    advance = deposits.take(rules.ADVANCE)
    with pytest.raises(Refused):
        actions.ask_forfeit(deposits.act("sun.tao"), advance.pk, 100, DAY, "no")
    deposits.whole()


def test_received_is_undone_only_while_it_is_there(deposits: Deposits) -> None:
    item = deposits.desk.bill(deposits.shop, "90000001", 600_000)
    line = deposits.money()
    row = deposits.take(rules.ADVANCE, line=line)
    came = Move.objects.get(what="received")
    actions.offset(deposits.act("chen.jing"), row.pk, DAY, [(item, 1000)])
    with pytest.raises(Refused):
        actions.undo(deposits.act("chen.jing"), came.pk, "收错")
    actions.undo(deposits.act("chen.jing"), Move.objects.get(what="offset").pk, "收错")
    row = actions.undo(deposits.act("chen.jing"), came.pk, "收错")
    assert (row.balance, row.state) == (0, "settled") and deposits.rest(line) == 1_000_000
    deposits.whole()
    cash.apply(deposits.act("chen.jing"), line, [(item, 600_000)])
    deposits.whole()


def test_the_clearing_of_a_deposit_is_not_undone_from_the_bank_line(deposits: Deposits) -> None:
    line = deposits.money()
    deposits.take(line=line)
    [applied] = lines.applied(deposits.company, lines.line(deposits.company, line))
    assert applied.document == "DEP-2026-000001"
    with pytest.raises(Refused, match="DEP-2026-000001"):
        cash.undo(deposits.act("chen.jing"), applied.clearing, None, "no")
    bill = deposits.desk.bill(deposits.shop, "90000001", 600_000)
    actions.offset(deposits.act("chen.jing"), Deposit.objects.get().pk, DAY, [(bill, 600_000)])
    for clearing in Move.objects.get(what="offset").clearings:
        with pytest.raises(Refused):
            cash.undo(deposits.act("chen.jing"), clearing, None, "no")
    deposits.whole()


def test_facts_change_and_the_trail_knows(deposits: Deposits) -> None:
    row = deposits.take()
    row = actions.change(
        deposits.act("chen.jing"), row.pk, {"due_back": date(2027, 1, 1), "agreement": "JX-2"}, row.version
    )
    assert (row.agreement, row.due_back) == ("JX-2", date(2027, 1, 1))
    for facts in ({"balance": 5}, {"purpose": "x" * 201}, {"due_back": date(2020, 1, 1)}):
        with pytest.raises(Invalid):
            actions.change(deposits.act("chen.jing"), row.pk, facts)
    deposits.whole()


def test_in_another_currency_the_rate_of_the_day_goes_along(deposits: Deposits) -> None:
    from huikuan.books.catalog import actions as catalog

    rate = [(1, {"currency": "USD", "on": "2026-03-01", "rate": "7.10", "per": "1"})]
    catalog.set_rates(deposits.act("zhou.hui"), rate, "test")
    cash.open_house_bank(deposits.act("sun.tao"), "31050161360000001234", currency="USD")
    line = deposits.money(100_000)
    row = deposits.take(line=line)
    assert (row.currency, row.balance, row.base_balance) == ("USD", 100_000, 710_000)
    made = actions.ask_return(deposits.act("liu.min"), row.pk, 33_333, DAY, "退一部分")
    approvals.set_limit(deposits.act("system"), Money(10**6, "USD"), role="APR")
    deposits.grant()
    actions.pay(deposits.act("system"), made.pk, DAY, "1001")
    row.refresh_from_db()
    assert row.base_balance == 710_000 - 236_664
    deposits.whole()


def test_the_database_itself_holds_the_balance(deposits: Deposits) -> None:
    row = deposits.take()
    for wrong in ({"balance": 1}, {"base_balance": 1}, {"reserved": 1_000_001}, {"state": "settled"}, {"number": "X"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Deposit.objects.filter(pk=row.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Move.objects.update(amount=5)
    with pytest.raises(IntegrityError), transaction.atomic():
        Move.objects.all().delete()


def test_verify_sees_what_was_changed_behind_its_back(deposits: Deposits) -> None:
    row = deposits.take()
    moves, rows = Move.objects.filter(deposit=row), Deposit.objects.filter(pk=row.pk)
    back = transaction.savepoint()
    guards.drop()
    for some, change, seen in (
        (moves, {"amount": 999_999}, {"I07", "I06"}), (moves, {"base": 7}, {"I07", "I06"}), (rows, {"base_balance": 7}, {"I07", "I06"}),
        (rows, {"reserved": 5}, {"I07"}), (rows, {"balance": 999_999}, {"I07"}),
    ):  # fmt: skip
        once = transaction.savepoint()
        some.update(**change)
        assert {c.id for c in checks.CHECKS if c.run(deposits.company).wrong} == seen, change
        transaction.savepoint_rollback(once)
    moves.update(note="x")
    guards.make()
    broken = [str(c.title) for c in prove(deposits.company).checks if c.wrong]
    transaction.savepoint_rollback(back)
    assert broken == ["Moves of deposits are as the acts that wrote them say"]


def test_the_ledger_does_not_take_back_half_of_it(deposits: Deposits, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its clearing nor its entry from the ledger's own pages; and if it were, verify would say so."""
    from huikuan.books.ledger import actions as books

    row = deposits.take()
    move = Move.objects.get(deposit=row)
    act = deposits.act
    for take_back in (lambda: books.unclear(act(), move.clearings[0], DAY, "x"), lambda: books.reverse(act(), move.entry, DAY, "x")):  # fmt: skip
        with pytest.raises(Refused, match="page of its own"):
            take_back()
    deposits.whole()
    monkeypatch.setattr(books, "_kept_elsewhere", lambda *_a: None)
    books.unclear(act(), move.clearings[0], DAY, "x")
    mirror = books.reverse(act(), move.entry, DAY, "x")
    assert "I06" in {c.id for c in prove(deposits.company).checks if c.wrong}
    [settled] = ledger.clearings_of(deposits.company, f"ledger.entry:{move.entry}")
    with pytest.raises(Refused, match="settles an entry"):
        books.unclear(act(), settled.pk, DAY, "x")
    assert mirror.items
