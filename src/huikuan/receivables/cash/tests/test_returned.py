"""Payments that the bank takes back: their clearings are undone by reversal, and somebody gets it to do."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from huikuan.books.ledger import queries as ledger
from huikuan.office.work.models import WorkOrder
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.models import BankLine
from huikuan.receivables.cash.tests.desk import NO, Desk
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


@pytest.mark.parametrize("words", ["退汇", "退票", "付款退回 户名不符", "账号户名不符退票", "Reversal"])
def test_a_bank_says_in_many_words_that_it_takes_back(desk: Desk, words: str) -> None:
    west = desk.customer("C1", "西湖商贸")
    bill = desk.bill(west, "90000001", 1000)
    line = desk.line(1000, "西湖商贸", "6222", "90000001")
    actions.apply(desk.act("chen.jing"), line.pk, [(bill, 1000)])
    desk.line(-1000, "西湖商贸", "6222", words)
    assert (desk.left(bill), WorkOrder.objects.filter(kind="cash.returned").count()) == (1000, 1)
    desk.verify()


@pytest.mark.parametrize("words", ["投标保证金退回", "多付货款退回", "退款"])
def test_what_we_give_back_ourselves_is_no_return(desk: Desk, words: str) -> None:
    desk.customer("C1", "西湖商贸")
    line = desk.line(1000, "西湖商贸", "6222", "")
    desk.line(-1000, "西湖商贸", "6222", words)
    assert desk.rest(line.pk) == 1000 and not WorkOrder.objects.filter(kind="cash.returned").exists()


def camt(number: str) -> str:
    def entry(amount: str, mark: str, ref: str, more: str = "") -> str:
        return (
            f'<Ntry><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>{more}<Sts>BOOK</Sts><BookgDt><Dt>2026-03-02</Dt></BookgDt>'
            f"<AcctSvcrRef>{ref}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Dbtr><Nm>西湖商贸</Nm></Dbtr></RltdPties></TxDtls></NtryDtls></Ntry>"
        )

    body = entry("10.00", "CRDT", "a") + entry("10.00", "DBIT", "b", "<RvslInd>true</RvslInd>")
    return f"<Document><BkToCstmrStmt><Stmt><Acct><Id><Othr><Id>{number}</Id></Othr></Id></Acct>{body}</Stmt></BkToCstmrStmt></Document>"


RED = "日期,借方发生额,贷方发生额,对方户名,摘要,流水号\n2026-03-02,,10.00,西湖商贸,货款,a\n2026-03-02,,-10.00,西湖商贸,,b\n"
FLAG = "日期,借贷标志,金额,对方户名,流水号\n2026-03-02,贷,10.00,西湖商贸,a\n2026-03-02,{},西湖商贸,b\n"
BAI = "01,B,H,260302,0600,1,,,2/\n02,H,B,1,260302,,CNY,2/\n03,{},,010,0,,,015,0,,/\n16,195,1000,,a,,X/\n16,555,1000,,b,,X/\n49,2000,4/\n98,2000,1,6/\n99,2000,1,8/\n"


@pytest.mark.parametrize(
    "content",
    [camt(NO), RED, FLAG.format("贷,-10.00"), FLAG.format("冲贷,10.00"), FLAG.format("冲贷,-10.00"), BAI.format(NO)],
)
def test_a_bank_marks_what_it_takes_back(desk: Desk, content: str) -> None:
    desk.customer("C1", "西湖商贸")
    done = actions.import_file(desk.act("sun.tao"), NO, content.encode())
    assert (done.landed, done.errors) == (2, ())
    back = BankLine.objects.get(amount=-1000)
    assert (back.how, back.state) == ("reversal", "open")
    assert not queries.work(desk.company).exists()
    desk.verify()
