"""Receipts nobody can place: claimed by sales with evidence, checked by another; charged to an account; moved on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from huikuan.books.ledger import queries as ledger
from huikuan.kit.errors import Denied, Invalid, Missing, Refused
from huikuan.office.files import queries as files
from huikuan.office.work.models import WorkOrder
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.models import BankLine, Claim
from huikuan.receivables.cash.tests.desk import Desk
from huikuan.receivables.cash.tests.test_rest import rest  # noqa: F401 - a fixture

END = date(2026, 12, 31)


@pytest.fixture
def desk(cast: Any, act: Any, settings: Any, tmp_path: Any) -> Desk:
    settings.FILES_HOME = tmp_path / "files"
    return Desk(act)


def unknown_balance(desk: Desk) -> int:
    return ledger.balance(desk.company, queries.UNIDENTIFIED, END)


def test_a_claim_is_made_by_sales_and_checked_by_cash(desk: Desk) -> None:
    west, east = desk.customer("C1", "西湖商贸"), desk.customer("C2", "东海贸易")
    line = desk.line(5000, "张三", "", "")
    made = actions.claim(desk.act("wang.lei"), line.pk, west, "老板个人账户付的", b"%PDF-1.4 slip", "slip.pdf")
    assert made.file and files.read(desk.company, made.file) == b"%PDF-1.4 slip"
    rival = actions.claim(desk.act("wang.lei"), line.pk, east, "customer says so")
    assert [x.customer_id for x in queries.claims(desk.company, line=line.pk, state="asked")] == [east, west]
    assert queries.unknown(desk.company).get(pk=line.pk).asked == 2  # type: ignore[attr-defined]
    assert WorkOrder.objects.filter(kind="cash.check_claim", role="CSH", state="person").count() == 2
    with pytest.raises(Refused):
        actions.claim(desk.act("wang.lei"), line.pk, west, "again")
    with pytest.raises(Denied):
        actions.accept_claim(desk.act("wang.lei"), made.pk)
    accepted = actions.accept_claim(desk.act("chen.jing"), made.pk, "slip fits")
    assert (accepted.state, accepted.decided_by) == ("accepted", "chen.jing")
    rival.refresh_from_db()
    row = queries.line(desk.company, line.pk)
    assert (rival.state, row.customer_id, row.stand, unknown_balance(desk)) == ("past", west, "unapplied", 0)  # type: ignore[attr-defined]
    assert not WorkOrder.objects.filter(kind="cash.check_claim").exclude(state="done").exists()
    with pytest.raises(Refused):
        actions.claim(desk.act("wang.lei"), line.pk, east, "too late")
    desk.verify()


def test_a_claim_needs_evidence_and_is_refused_with_a_reason(desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    line = desk.line(5000, "张三", "", "")
    for evidence in ("", "   ", "x" * 1001):
        with pytest.raises(Invalid):
            actions.claim(desk.act("wang.lei"), line.pk, west, evidence)
    with pytest.raises(Denied):
        actions.claim(desk.act("chen.jing"), line.pk, west, "the cash desk does not claim")
    with pytest.raises(Missing):
        actions.claim(desk.act("wang.lei"), 999_999, west, "x")
    made = actions.claim(desk.act("wang.lei"), line.pk, west, "they said so")
    with pytest.raises(Invalid):
        actions.refuse_claim(desk.act("chen.jing"), made.pk, " ")
    actions.refuse_claim(desk.act("chen.jing"), made.pk, "no slip")
    assert WorkOrder.objects.get(kind="cash.claim_refused").person == "wang.lei"
    with pytest.raises(Refused):
        actions.accept_claim(desk.act("chen.jing"), made.pk)
    again = actions.claim(desk.act("wang.lei"), line.pk, west, "now with the slip")
    assert actions.withdraw_claim(desk.act("wang.lei"), again.pk).state == "withdrawn"
    assert queries.line(desk.company, line.pk).customer_id is None
    assert queries.claims_count(desk.company, "") == 0
    desk.verify()


def test_who_claims_never_checks(cast: Any, desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    line = desk.line(5000, "张三", "", "")
    made = Claim.objects.create(
        company_id=desk.company, line=line, customer_id=west, evidence="x", by="chen.jing", at=desk.act().at, act=1
    )
    with pytest.raises(Refused):
        actions.accept_claim(desk.act("chen.jing"), made.pk)
    with pytest.raises(Refused):
        actions.refuse_claim(desk.act("chen.jing"), made.pk, "mine")


def test_interest_is_charged_to_its_account_and_taken_back(desk: Desk) -> None:
    line = desk.line(1234, "", "", "结息")
    desk.line(500, "谁", "", "")
    with pytest.raises(Invalid):
        actions.charge_to(desk.act("chen.jing"), line.pk, "6603", " ")
    for account in ("9999", "1122", queries.UNIDENTIFIED):
        with pytest.raises(Invalid):
            actions.charge_to(desk.act("chen.jing"), line.pk, account, "interest")
    with pytest.raises(Denied):
        actions.charge_to(desk.act("wang.lei"), line.pk, "6603", "interest")
    actions.charge_to(desk.act("chen.jing"), line.pk, "6603", "利息收入")
    row: Any = queries.line(desk.company, line.pk)
    assert (row.stand, row.left, unknown_balance(desk)) == ("charged", 0, -500)
    assert ledger.balance(desk.company, "6603", END) == -1234
    desk.verify()
    for again in (
        lambda: actions.charge_to(desk.act("chen.jing"), line.pk, "6603", "twice"),
        lambda: actions.identify(desk.act("chen.jing"), line.pk, desk.customer("C9", "某公司")),
        lambda: actions.reopen(desk.act("chen.jing"), line.pk),
    ):
        with pytest.raises(Refused):
            again()
    with pytest.raises(Invalid):
        actions.uncharge(desk.act("chen.jing"), line.pk, "")
    actions.uncharge(desk.act("chen.jing"), line.pk, "it was a customer")
    with pytest.raises(Refused):
        actions.uncharge(desk.act("chen.jing"), line.pk, "twice")
    assert (unknown_balance(desk), ledger.balance(desk.company, "6603", END)) == (-1734, 0)
    desk.verify()


def test_what_was_given_to_a_customer_is_charged_and_taken_back(desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    bill = desk.bill(west, "90000001", 800)
    line = desk.line(1000, "西湖商贸", "", "")
    actions.charge_to(desk.act("chen.jing"), line.pk, "1002", "own transfer")
    assert ledger.balance(desk.company, "1002", END) == 0
    assert ledger.balance(desk.company, "1122", END) == 800
    desk.verify()
    actions.uncharge(desk.act("chen.jing"), line.pk, "no")
    assert desk.rest(line.pk) == 1000
    actions.apply(desk.act("chen.jing"), line.pk, [(bill, 800)])
    with pytest.raises(Refused):
        actions.charge_to(desk.act("chen.jing"), line.pk, "1002", "too late")
    desk.verify()


def test_part_of_a_receipt_moves_to_a_sister_company(desk: Desk) -> None:
    west, east = desk.customer("C1", "西湖商贸"), desk.customer("C2", "东海贸易")
    bill = desk.bill(east, "90000002", 300)
    line = desk.line(1000, "西湖商贸", "", "")
    for amount in (0, -1, 1001):
        with pytest.raises(Invalid):
            actions.move(desk.act("chen.jing"), line.pk, east, amount)
    with pytest.raises(Invalid):
        actions.move(desk.act("chen.jing"), line.pk, west, 300)
    made = actions.move(desk.act("chen.jing"), line.pk, east, 300)
    assert (desk.rest(line.pk), desk.left(made), desk.left(bill)) == (700, -300, 300)
    desk.verify()


def test_sales_are_asked(desk: Desk) -> None:
    line = desk.line(1000, "谁", "", "")
    actions.ask_sales(desk.act("chen.jing"), line.pk, "whose?")
    assert WorkOrder.objects.get(kind="cash.ask_sales").role == "SAL"
    with pytest.raises(Denied):
        actions.ask_sales(desk.act("wang.lei"), line.pk)


def test_the_database_refuses_one_hand_that_claims_and_decides(desk: Desk) -> None:
    from django.db import IntegrityError, transaction

    west = desk.customer("C1", "西湖商贸")
    line = desk.line(1000, "谁", "", "")
    made = actions.claim(desk.act("wang.lei"), line.pk, west, "x")
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=made.pk).update(state="accepted", decided_by="wang.lei")
    with pytest.raises(IntegrityError), transaction.atomic():
        BankLine.objects.filter(pk=line.pk).update(state="charged")


def test_claims_and_charges_over_rest(rest: Any, desk: Desk) -> None:  # noqa: F811 - the fixture
    desk.customer("C1", "西湖商贸")
    desk.customer("C2", "东海贸易")
    line = desk.line(5000, "张三", "", "").pk
    sales, cash = rest("wang.lei"), rest("chen.jing")
    assert [x["id"] for x in cash("get", "/cash/unknown").json()["items"]] == [line]
    slip = SimpleUploadedFile("slip.txt", b"slip")
    made = sales("post", f"/cash/lines/{line}/claims", form={"customer": "C1", "file": slip})
    assert (made.status_code, made.json()["state"], bool(made.json()["file"])) == (201, "asked", True)
    for form, status in (
        ({"customer": "C1", "evidence": "again"}, 409), ({"customer": "C2"}, 422), ({"customer": "C404", "evidence": "x"}, 404),
        ({"evidence": "x"}, 422),
    ):  # fmt: skip
        assert sales("post", f"/cash/lines/{line}/claims", form=form).status_code == status, form
    assert cash("post", f"/cash/lines/{line}/claims", form={"customer": "C2", "evidence": "x"}).status_code == 403
    at = f"/cash/claims/{made.json()['id']}"
    assert sales("post", f"{at}/accept", {}).status_code == 403
    assert cash("post", f"{at}/refuse", {"reason": ""}).status_code == 422
    assert cash("post", f"{at}/accept", {"note": "fits"}).json()["state"] == "accepted"
    assert cash("post", f"{at}/withdraw", {}).status_code == 403
    assert [c["state"] for c in cash("get", f"/cash/claims?line={line}").json()["items"]] == ["accepted"]
    half = {"amount": "20.00", "currency": "CNY"}
    assert (
        cash("post", f"/cash/lines/{line}/move", {"customer": "C2", "amount": half}).json()["left"]["amount"] == "30.00"
    )
    interest = desk.line(77, "", "", "结息").pk
    assert cash("post", f"/cash/lines/{interest}/ask-sales", {"note": "?"}).status_code == 200
    assert cash("post", f"/cash/lines/{interest}/charge-to", {"account": "1122", "text": "x"}).status_code == 422
    done = cash("post", f"/cash/lines/{interest}/charge-to", {"account": "6603", "text": "利息"})
    assert (done.status_code, done.json()["state"]) == (200, "charged")
    assert cash("post", f"/cash/lines/{interest}/uncharge", {"reason": "no"}).json()["state"] == "unknown"
    desk.verify()
