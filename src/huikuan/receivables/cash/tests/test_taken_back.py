"""Reversals whose counterparty is written otherwise, or not at all: one answer is taken, any other is a person's to give."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from huikuan.kit.errors import Denied, Invalid, Refused, Stale
from huikuan.office.company.actions import make_token
from huikuan.office.work.models import WorkOrder
from huikuan.receivables.cash import actions, queries, rules
from huikuan.receivables.cash.actions.imports import is_reversal
from huikuan.receivables.cash.models import BankLine, QuarantinedLine
from huikuan.receivables.cash.tests.desk import DAY, NO, Desk
from huikuan.receivables.cash.tests.test_doors import door

WEST, SOUTH = "杭州西湖商贸有限公司", "宁波南塘食品有限公司"
ACCOUNT = "6222020200112233445"


@dataclass
class Line:
    pk: int = 0
    date: date = DAY
    payer_account: str = ""
    folded: str = ""
    remark: str = ""
    reference: str = ""
    serial: str = ""


def back(**facts: Any) -> Line:
    return Line(99, DAY, **facts)


MINE = Line(1, DAY, ACCOUNT, "杭州西湖商贸有限公司", "货款", "90000001", "TX20260302001")
ELSE = Line(2, DAY, "3100998877665544", "宁波南塘食品有限公司", "货款", "90000002", "TX20260302002")


@pytest.mark.parametrize(
    ("row", "receipts", "original"),
    [
        (back(remark="冲正 原流水TX20260302001"), [MINE, ELSE], 1),  # named, whoever the bank says it went to
        (back(remark="退汇", reference="90000002", folded="待清算资金"), [MINE, ELSE], 2),
        (back(serial="TX20260302001"), [MINE, ELSE], 1),
        (back(folded="西湖商贸"), [MINE, ELSE], 1),  # a shorter name
        (back(payer_account="6222****3445", folded="*湖商贸"), [MINE, ELSE], 1),  # a masked account
        (
            back(payer_account=ACCOUNT, folded="应付汇款"),
            [MINE, ELSE],
            1,
        ),  # the account is the payer's, the name the bank's
        (back(), [MINE], 1),  # nothing is said, and nothing else may be meant
        (back(), [MINE, ELSE], None),
        (back(folded="待清算资金"), [MINE], None),  # another name: a person looks
        (back(folded="待清算资金"), [Line(3, DAY)], 3),
        (back(folded="待清算资金"), [Line(3, DAY), ELSE], None),
        (back(), [Line(1, DAY - timedelta(days=32))], None),  # too long ago for the amount alone
        (back(folded="西湖商贸"), [Line(1, DAY - timedelta(days=300), folded="杭州西湖商贸有限公司")], 1),
        (back(folded="西湖商贸"), [Line(1, DAY - timedelta(days=401), folded="杭州西湖商贸有限公司")], None),
        (back(remark="冲正 TX20260302001 TX20260302002"), [MINE, ELSE], None),
        (back(remark="TX20260302001 TX20260302002", folded="西湖商贸"), [MINE, ELSE], 1),
        (back(remark="货款冲正 2026"), [MINE, ELSE], None),  # words and years name nothing
        (back(), [], None),
    ],
)
def test_one_answer_or_none(row: Line, receipts: list[Line], original: int | None) -> None:
    found = rules.taken_back(row, receipts, ())
    assert found.original == original, str(found.why)
    assert original is not None or len(found.others) == len([x for x in receipts if (DAY - x.date).days <= 400])


def test_of_two_of_one_payer_the_later_unless_one_paid_something() -> None:
    twin = Line(3, DAY, ACCOUNT, MINE.folded)
    assert rules.taken_back(back(payer_account=ACCOUNT), [MINE, twin], ()).original == 3
    for touched in ((1,), (3,), (1, 3)):
        found = rules.taken_back(back(payer_account=ACCOUNT), [MINE, twin], touched)
        assert (found.original, found.others) == (None, (3, 1))


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "甲甲甲甲", "乙乙乙乙"]), st.sampled_from(["", "TX100001", "TX100002"])),
        max_size=4,
    ),
    st.data(),
)
def test_silence_never_picks_among_several(told: list[tuple[str, str]], data: st.DataObject) -> None:
    rows: list[Any] = [Line(n, DAY, "", name, "", "", serial) for n, (name, serial) in enumerate(told)]
    name, remark = data.draw(st.sampled_from(["", "甲甲甲甲"])), data.draw(st.sampled_from(["", "冲TX100001"]))
    found = rules.taken_back(back(folded=name, remark=remark), rows, {x.pk for x in rows})
    if found.original is not None:
        one = rows[found.original]
        fits = (
            [x for x in rows if x.serial == "TX100001"]
            if remark and any(x.serial == "TX100001" for x in rows)
            else rows
        )
        likely = [x for x in fits if name and x.folded == name] or fits
        assert likely == [one]


@pytest.fixture
def desk(cast: Any, act: Any) -> Desk:
    return Desk(act)


def paid(desk: Desk, number: str, name: str, account: str) -> tuple[int, BankLine]:
    """A customer, an invoice of theirs over 10.00, and the receipt that paid it."""
    item = desk.bill(desk.customer(number, name), f"9000000{number[1:]}", 1000)
    line = desk.line(1000, name, account, f"货款9000000{number[1:]}", DAY, f"TX2026030200{number[1:]}")
    assert desk.match().cleared == 1
    return item, line


@pytest.mark.parametrize(
    ("payer", "account", "remark"),
    [("", "", "冲正 TX20260302001"), ("待清算资金", "999", "退汇 原流水号:TX20260302001"), ("西湖商贸", "", "退汇"), ("", ACCOUNT[:4] + "****" + ACCOUNT[-4:], "退汇")],
)  # fmt: skip
def test_what_answers_alone_is_taken_back(desk: Desk, payer: str, account: str, remark: str) -> None:
    item, line = paid(desk, "C1", WEST, ACCOUNT)
    other, kept = paid(desk, "C2", SOUTH, "3100998877665544")
    row = desk.line(-1000, payer, account, remark, DAY + timedelta(days=1))
    assert (desk.left(item), desk.left(other), desk.rest(line.pk), desk.rest(kept.pk)) == (1000, 0, 0, 0)
    told = WorkOrder.objects.get(kind="cash.returned")
    assert (row.state, told.data["original"]) == ("open", line.pk)
    desk.verify()


def test_a_person_says_which_it_takes_back(desk: Desk, cast: Any) -> None:
    item, line = paid(desk, "C1", WEST, ACCOUNT)
    other, kept = paid(desk, "C2", SOUTH, "3100998877665544")
    row = desk.line(-1000, "", "", "冲正", DAY + timedelta(days=1))
    assert (row.state, row.how, row.entry_id, desk.left(item), desk.left(other)) == ("out", "reversal", None, 0, 0)
    told = WorkOrder.objects.get(kind="cash.returned")
    assert told.data["candidates"] == [kept.pk, line.pk] and told.subject == f"cash.line:{row.pk}"
    assert not queries.work(desk.company).filter(pk=row.pk).exists()
    for language in ("zh-hans", "en"):
        client = door(cast, "chen.jing", language)
        assert f"/cash/lines/{row.pk}/taken-back" in client.get(f"/cash/lines/{row.pk}").content.decode()
        dialog = client.get(f"/cash/lines/{row.pk}/taken-back").content.decode()
        assert line.document in dialog and kept.document in dialog and "Say(" not in dialog and ACCOUNT not in dialog
        assert language == "en" or "Which receipt" not in dialog
    with pytest.raises(Denied):
        actions.say_taken_back(desk.act("wu.gang"), row.pk, line.pk)
    with pytest.raises(Stale):
        actions.say_taken_back(desk.act("chen.jing"), row.pk, line.pk, row.stamp + 1)
    for wrong in (row.pk, 10**9):
        with pytest.raises(Invalid):
            actions.say_taken_back(desk.act("chen.jing"), row.pk, wrong)
    assert (
        client.post(
            f"/cash/lines/{row.pk}/taken-back", {"key": "a", "original": "99999", "version": row.stamp}
        ).status_code
        == 422
    )
    given_ = {"key": "b", "original": line.pk, "version": row.stamp}
    for _twice in range(2):
        assert client.post(f"/cash/lines/{row.pk}/taken-back", given_).status_code in (200, 204, 302)
    assert (desk.left(item), desk.left(other), desk.rest(line.pk), desk.rest(row.pk)) == (1000, 0, 0, 0)
    with pytest.raises(Refused):
        actions.say_taken_back(desk.act("chen.jing"), row.pk, kept.pk)
    desk.verify()


def test_a_person_says_it_through_rest(desk: Desk) -> None:
    item, line = paid(desk, "C1", WEST, ACCOUNT)
    row = desk.line(
        -1000, "待清算资金", "", "冲正", DAY + timedelta(days=1)
    )  # another name: nobody undoes by the amount alone
    assert desk.left(item) == 0
    clients = {}
    for login in ("chen.jing", "wu.gang"):
        make_token(desk.act(login), "test", hashlib.sha256(login.encode()).hexdigest())
        clients[login] = Client(headers={"Authorization": f"Bearer {login}"})

    def post(login: str, original: int) -> Any:
        body = json.dumps({"original": original})
        return clients[login].post(f"/api/v1/cash/lines/{row.pk}/taken-back", body, content_type="application/json")

    assert post("wu.gang", line.pk).status_code == 403
    assert post("chen.jing", row.pk).status_code == 422
    assert post("chen.jing", line.pk).status_code == 200 and desk.left(item) == 1000
    assert post("chen.jing", line.pk).status_code == 409
    desk.verify()


def test_one_receipt_is_taken_back_once(desk: Desk) -> None:
    _item, line = paid(desk, "C1", WEST, ACCOUNT)
    one = (-1000, "", "", "冲正", DAY, "R1")
    desk.bring(one, (-1000, "", "", "冲正", DAY, "R2"), opening=1000)
    assert [x.state for x in BankLine.objects.filter(amount=-1000).order_by("pk")] == ["open", "out"]
    assert sorted(w.data["original"] or 0 for w in WorkOrder.objects.filter(kind="cash.returned")) == [0, line.pk]
    desk.verify()


def test_a_row_that_was_fixed_takes_back_too(desk: Desk) -> None:
    item, line = paid(desk, "C1", WEST, ACCOUNT)
    text = (
        f"日期,收入,支出,对方户名,摘要,流水号\n2026-02-30,,10.00,{WEST},冲正,R1\n2026-03-03,,10.00,某,退票手续费,R2\n"
    )
    actions.import_file(desk.act("sun.tao"), NO, text.encode())
    row = QuarantinedLine.objects.get()
    made = actions.fix_row(desk.act("sun.tao"), row.pk, {**row.cells, "日期": "2026-03-03"})
    assert made is not None and (desk.left(item), desk.rest(line.pk), desk.rest(made.pk)) == (1000, 0, 0)
    assert WorkOrder.objects.filter(kind="cash.returned").count() == 1
    desk.verify()


@pytest.mark.parametrize(
    ("remark", "back"), [("退票手续费", False), ("退汇服务费", False), ("冲正 服务费", True), ("退汇 户名不符", True)]
)
def test_a_fee_of_the_bank_is_no_reversal_and_a_customers_fee_is(remark: str, back: bool) -> None:
    assert is_reversal(BankLine(remark=remark, amount=-1000)) is back
