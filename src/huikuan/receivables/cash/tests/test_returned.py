"""Payments that the bank takes back: their clearings are undone by reversal, and somebody gets it to do."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from huikuan.books.ledger import queries as ledger
from huikuan.office.work.models import WorkOrder
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.tests.desk import Desk
from huikuan.receivables.cash.tests.test_claims import END


@pytest.fixture
def desk(cast: Any, act: Any) -> Desk:
    return Desk(act)


def test_a_returned_payment_undoes_its_clearing(desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    bill = desk.bill(west, "90000001", 800)
    line = desk.line(1000, "西湖商贸", "", "90000001")
    actions.apply(desk.act("chen.jing"), line.pk, [(bill, 800)])
    back = desk.line(-1000, "西湖商贸", "", "冲正")
    assert (desk.left(bill), desk.rest(line.pk)) == (800, 0)  # owed again; receipt and reversal are settled
    assert ledger.balance(desk.company, "1002", END) == 0
    first, settled = queries.applied(desk.company, queries.line(desk.company, line.pk))
    assert (first.undone, settled.undone, settled.document) == (True, False, back.document)
    told = WorkOrder.objects.get(kind="cash.returned")
    assert (told.role, told.data["documents"], told.data["original"]) == ("CSH", ["90000001"], line.pk)
    assert told.subject == f"cash.line:{back.pk}"
    desk.verify()


def test_the_second_return_takes_the_other_receipt(desk: Desk) -> None:
    desk.customer("C1", "西湖商贸")
    one, two = desk.line(1000, "西湖商贸", "", "a"), desk.line(1000, "西湖商贸", "", "b")
    desk.line(-1000, "西湖商贸", "", "冲正")
    assert sorted([desk.rest(one.pk), desk.rest(two.pk)]) == [0, 1000]
    desk.line(-1000, "西湖商贸", "", "冲正")
    assert [desk.rest(one.pk), desk.rest(two.pk)] == [0, 0]
    assert WorkOrder.objects.filter(kind="cash.returned").count() == 2
    desk.verify()


def test_a_return_of_unknown_money_leaves_nothing_to_explain(desk: Desk) -> None:
    line = desk.line(500, "谁", "6222", "")
    desk.line(-500, "谁", "6222", "冲正")
    assert not queries.work(desk.company).exists()
    row: Any = queries.line(desk.company, line.pk)
    assert (row.stand, ledger.balance(desk.company, queries.UNIDENTIFIED, END)) == ("ignored", 0)
    desk.verify()


def test_money_out_of_our_own_is_no_return(desk: Desk) -> None:
    desk.customer("C1", "西湖商贸")
    line = desk.line(1000, "西湖商贸", "", "")
    desk.line(-1000, "西湖商贸", "", "付款")
    assert desk.rest(line.pk) == 1000 and not WorkOrder.objects.filter(kind="cash.returned").exists()


def test_a_return_of_an_earlier_day_undoes_it_too(desk: Desk) -> None:
    """The bank tells it the day after: the undo is of today, so receipt and reversal settle today."""
    west = desk.customer("C1", "西湖商贸")
    bill = desk.bill(west, "90000001", 1000)
    line = desk.line(1000, "西湖商贸", "6222", "90000001", date(2026, 2, 24))
    assert desk.match().cleared == 1
    back = desk.line(-1000, "西湖商贸", "6222", "冲正", date(2026, 2, 25))
    assert (desk.left(bill), desk.rest(line.pk), queries.line(desk.company, back.pk).left) == (1000, 0, 0)
    told = WorkOrder.objects.get(kind="cash.returned")
    assert (told.data["trouble"], told.data["original"]) == ("", line.pk)
    again = desk.line(1000, "西湖商贸", "6222", "90000001", date(2026, 2, 26))
    assert desk.match().cleared == 1 and (desk.left(bill), desk.rest(again.pk)) == (0, 0)
    desk.verify()
