"""Undoing one clearing: what goes alone, what goes as a whole, what is taken back elsewhere."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import Any

import pytest

from huikuan.books.ledger import queries as ledger
from huikuan.connectors import bank
from huikuan.kit.errors import Refused
from huikuan.kit.words import _
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.rules.undo import Side, undone_with
from huikuan.receivables.cash.tests.desk import DAY, Desk


@pytest.fixture
def desk(cast: Any, act: Any, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(actions.door, "read", bank.parse)
    return Desk(act)


def test_the_rule() -> None:
    bill, receipt = Side(1, "invoice", 100, False), Side(2, "receipt", -100, True)
    assert undone_with("cash.line", (bill, receipt), "") is None
    assert undone_with("drafts.draft", (bill, receipt), "") is None
    moved = Side(3, "account", 100, True, partner=4)
    assert undone_with("cash.line", (moved, receipt), "") == moved
    assert undone_with("cash.line", (Side(3, "debit", 100, True), receipt), "") is None
    for source, made in (
        ("cash.line", Side(3, "account", 100, True)),
        ("cash.line", Side(3, "account", 100, True, partner=4, untouched=False)),
        ("deposits.deposit", Side(3, "debit", 100, True)),
        ("deposits.deposit", Side(3, "account", -100, True)),
    ):
        with pytest.raises(Refused):
            undone_with(source, (made, receipt), "DEP-1")


def clearing(desk: Desk, line: int, kind: str) -> int:
    """The live clearing of a line that has an item of this kind."""
    live = [c.pk for c in ledger.clearings_of(desk.company, f"cash.line:{line}") if c.reverses_id is None]
    legs = [g for g in ledger.legs(desk.company, clearings=live) if not g.reversed_by_id and g.kind == kind]
    return legs[-1].clearing_id


def test_a_part_moved_to_another_customer_comes_back_whole(desk: Desk) -> None:
    west, east = desk.customer("C1", "西湖商贸"), desk.customer("C2", "东湖商贸")
    line = desk.line(1000, "西湖商贸", "", "货款").pk
    bill = desk.bill(east, "90000001", 400)
    moved = actions.move(desk.act("chen.jing"), line, east, 400)
    assert desk.rest(line) == 600
    transfer = clearing(desk, line, "account")
    actions.undo(desk.act("chen.jing"), transfer, None, "认错客户")
    assert (desk.rest(line), desk.left(moved)) == (1000, 0)
    assert ledger.owed(desk.company, [west, east], DAY)[east]["open"] == {"CNY": 400}
    assert ledger.owed(desk.company, [west, east], DAY)[west]["open"] == {"CNY": -1000}
    desk.verify()
    # used there: that is undone first, then the move
    actions.apply(desk.act("chen.jing"), line, [(bill, 400)])
    with pytest.raises(Refused, match="has been used there"):
        actions.undo(desk.act("chen.jing"), clearing(desk, line, "account"), None, "x")
    actions.undo(desk.act("chen.jing"), clearing(desk, line, "invoice"), None, "x")
    actions.undo(desk.act("chen.jing"), clearing(desk, line, "account"), None, "x")
    assert (desk.rest(line), desk.left(bill)) == (1000, 400)
    desk.verify()


def test_a_whole_line_given_to_another_goes_back_to_who_had_it(desk: Desk) -> None:
    west, east = desk.customer("C1", "西湖商贸"), desk.customer("C2", "东湖商贸")
    line = desk.line(1000, "西湖商贸", "", "货款").pk
    actions.identify(desk.act("chen.jing"), line, east, teach=False)
    assert queries.line(desk.company, line).customer_id == east
    actions.undo(desk.act("chen.jing"), clearing(desk, line, "account"), None, "认错客户")
    row = queries.line(desk.company, line)
    assert (row.customer_id, desk.rest(line)) == (west, 1000)
    desk.verify()


def test_a_charge_is_taken_back_not_undone(desk: Desk) -> None:
    desk.customer("C1", "西湖商贸")
    line = desk.line(1000, "西湖商贸", "", "利息").pk
    actions.charge_to(desk.act("chen.jing"), line, "6603", "利息收入")
    with pytest.raises(Refused, match="take the charge back"):
        actions.undo(desk.act("chen.jing"), clearing(desk, line, "account"), None, "x")
    actions.uncharge(desk.act("chen.jing"), line, "认错")
    assert desk.rest(line) == 1000
    desk.verify()


def test_the_bank_takes_back_what_was_moved_on(desk: Desk) -> None:
    """Payment for a sister company, returned by the bank: her invoice is open again, nobody keeps money."""
    west, east = desk.customer("C1", "西湖商贸"), desk.customer("C2", "东湖商贸")
    line = desk.line(1000, "西湖商贸", "", "货款").pk
    bill = desk.bill(east, "90000001", 400)
    actions.apply(desk.act("chen.jing"), line, [(bill, 400)])
    desk.line(-1000, "西湖商贸", "", "冲正")
    assert (desk.left(bill), desk.rest(line)) == (400, 0)
    assert ledger.owed(desk.company, [west], DAY).get(west, {"open": {}})["open"].get("CNY", 0) == 0
    desk.verify()


@pytest.mark.parametrize("account", ["1121", "224102", "224103"])
def test_accounts_kept_by_their_own_ledger_take_no_charge(desk: Desk, account: str) -> None:
    desk.customer("C1", "西湖商贸")
    line = desk.line(1000, "西湖商贸", "", "x").pk
    from huikuan.kit.errors import Invalid

    with pytest.raises(Invalid):
        actions.charge_to(desk.act("chen.jing"), line, account, "no")


# ---- after an undo of today, the receipt is of an earlier day -------------------------------------------------------

EARLIER = date(2026, 2, 20)


def test_what_was_undone_today_is_applied_again_without_naming_a_day(desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    right, wrong = desk.bill(west, "90000001", 300), desk.bill(west, "90000002", 450)
    line = desk.line(300, "西湖商贸", "", "", EARLIER)
    [done] = actions.apply(desk.act("chen.jing"), line.pk, [(wrong, 300)])
    actions.undo(desk.act("chen.jing"), done, None, "oops")
    again = actions.apply(desk.act("chen.jing"), line.pk, [(right, 300)])
    assert [c.date for c in ledger.clearings(desk.company).filter(pk__in=again)] == [
        DAY
    ]  # the receipt is free from the undo on
    assert (desk.left(right), desk.left(wrong), desk.rest(line.pk)) == (0, 450, 0)
    # the item that was freed can be paid by another receipt of an earlier day, by a person and by the machine
    other = desk.line(450, "西湖商贸", "", "90000002", EARLIER)
    assert desk.match().cleared == 1 and desk.left(wrong) == 0
    assert [a.on for a in queries.applied(desk.company, queries.line(desk.company, other.pk))] == [DAY]
    desk.verify()


def test_a_freed_item_is_paid_by_the_machine_from_the_day_of_the_undo_on(desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    bill = desk.bill(west, "90000001", 880)
    one, two = desk.line(880, "西湖商贸", "6222", "", EARLIER), desk.line(880, "西湖商贸", "6222", "90000001", EARLIER)
    [done] = actions.apply(desk.act("chen.jing"), one.pk, [(bill, 880)])
    actions.undo(desk.act("chen.jing"), done, None, "the other receipt is for it")
    assert desk.match().cleared == 1
    [paid] = queries.applied(desk.company, queries.line(desk.company, two.pk))
    assert (paid.on, desk.left(bill), desk.rest(one.pk)) == (DAY, 0, 880)
    desk.verify()


def test_the_machine_does_not_clear_again_what_a_person_undid(desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    bill = desk.bill(west, "90000001", 880)
    line = desk.line(880, "西湖商贸", "", "90000001", EARLIER)
    assert desk.match().cleared == 1
    [paid] = queries.applied(desk.company, queries.line(desk.company, line.pk))
    actions.undo(desk.act("chen.jing"), paid.clearing, None, "not for this")
    done = desk.match()
    assert (done.cleared, done.proposed, desk.left(bill)) == (0, 1, 880)
    [best] = queries.proposals(line.pk)
    assert not best.sure and "undone" in str([queries.says(c) for c in best.considered])
    actions.accept(desk.act("chen.jing"), line.pk, best.pk)  # a person may
    assert desk.left(bill) == 0
    desk.verify()


def test_a_sure_case_that_is_refused_is_proposed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    west = desk.customer("C1", "西湖商贸")
    bill = desk.bill(west, "90000001", 880)
    line = desk.line(880, "西湖商贸", "", "90000001")

    def refuse(*_args: Any, **_more: Any) -> Any:
        raise Refused(_("no"))

    run = import_module("huikuan.receivables.cash.actions.match")  # the package's name is the function's
    monkeypatch.setattr(run.ledger_actions, "clear", refuse)
    done = desk.match()
    assert (done.cleared, done.proposed, desk.left(bill)) == (0, 1, 880)
    assert [p.legs for p in queries.proposals(line.pk)] == [[[bill, 880]]]


def test_money_moves_to_another_customer_after_an_undo(desk: Desk) -> None:
    west, east = desk.customer("C1", "西湖商贸"), desk.customer("C2", "东方商贸")
    bill = desk.bill(west, "90000001", 300)
    line = desk.line(300, "西湖商贸", "", "", EARLIER)
    for _n in range(2):
        [done] = actions.apply(desk.act("chen.jing"), line.pk, [(bill, 100)])
        actions.undo(desk.act("chen.jing"), done, None, "oops")
    actions.move(desk.act("chen.jing"), line.pk, east, 120)
    actions.identify(desk.act("chen.jing"), desk.line(70, "谁", "", "", EARLIER).pk, east)
    assert desk.rest(line.pk) == 180
    desk.verify()


def test_what_an_undone_clearing_taught_is_forgotten(desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    bill = desk.bill(west, "90000001", 300)
    line = desk.line(300, "王五", "6222", "", EARLIER)
    [done] = actions.apply(desk.act("chen.jing"), line.pk, [(bill, 300)])
    assert desk.line(10, "王五", "6222", "").customer_id == west
    actions.undo(desk.act("chen.jing"), done, None, "not theirs")
    assert desk.line(20, "王五", "6222", "").customer_id is None
    actions.apply(desk.act("chen.jing"), line.pk, [(bill, 300)])  # it was theirs after all
    assert desk.line(30, "王五", "6222", "").customer_id == west
