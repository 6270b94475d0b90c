"""Numbers noted, struck out and fed by the register; what the database itself refuses; what verify sees."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import xlsxwriter
from django.db import IntegrityError, connection, transaction

from huikuan.connectors import bank
from huikuan.kit.errors import Denied, Invalid, Missing, Refused
from huikuan.office.trail import guards
from huikuan.office.trail.actions import prove
from huikuan.office.trail.models import Record
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.cash.tests.desk import Desk
from huikuan.sales.billing import actions as billing
from huikuan.sales.billing import queries as bills
from huikuan.sales.fapiao import actions, checks, paper, queries
from huikuan.sales.fapiao.models import Fapiao, Sheet, SheetRow
from huikuan.sales.fapiao.rules import Draft
from huikuan.sales.orders.tests.shop import DAY, Shop

Acts = Callable[..., Any]
Bills = Callable[..., Any]
ONE, TWO = "26312000000012345678", "26312000000087654321"
CODE, OLD = "044001900111", "00012345"
HEAD = [
    "序号",
    "发票代码",
    "发票号码",
    "数电发票号码",
    "购买方名称",
    "开票日期",
    "价税合计",
    "发票状态",
    "备注",
    "单据号",
]


def book(*rows: list[Any], formula: tuple[int, int] | None = None) -> bytes:
    out = io.BytesIO()
    file = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = file.add_worksheet("发票基础信息")
    for r, row in enumerate([HEAD, *rows]):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    if formula:
        sheet.write_formula(*formula, "=1+1", None, 2)
    file.close()
    return out.getvalue()


def feed(act: Any, content: bytes) -> actions.Fed:
    return actions.feed(act, "全量发票.xlsx", hashlib.sha256(content).hexdigest(), paper.read_book(content))


def well(company: int) -> None:
    assert [(c.title.text, c.broken) for c in prove(company).checks if c.wrong] == []


def test_a_number_is_noted_once_and_struck_out(shop: Shop, bill: Bills, act: Acts) -> None:
    one, other = bill(shop.customer("C1")), bill(shop.customer("C2"))
    noted = actions.note(act("chen.jing", key="k1"), [Draft(one.pk, "", ONE, DAY), Draft(one.pk, CODE, OLD, DAY)])
    assert (
        actions.note(act("chen.jing", key="k1"), [Draft(one.pk, "", ONE, DAY), Draft(one.pk, CODE, OLD, DAY)]) == noted
    )
    rows = Fapiao.objects.order_by("id")
    assert [(f.number, f.tail, f.live, f.by) for f in rows] == [
        (ONE, "12345678", True, "chen.jing"), (OLD, OLD, True, "chen.jing"),
    ]  # fmt: skip
    assert Record.objects.get(pk=rows[0].act).subject == f"billing.document:{one.pk}"
    for drafts, field in (
        ([Draft(one.pk, "", ONE, DAY)], "number"),
        ([Draft(other.pk, "", ONE, DAY)], "number"),
        ([Draft(other.pk, "", TWO, DAY), Draft(other.pk, "", "123", DAY)], "number"),
        ([Draft(other.pk, "", TWO, DAY - timedelta(1))], "issued_on"),
        ([Draft(other.pk + 99, "", TWO, DAY)], "document"),
        ([], "rows"),
    ):
        with pytest.raises(Invalid) as e:
            actions.note(act("chen.jing"), drafts)
        assert [f.field for f in e.value.faults] == [field]
    assert Fapiao.objects.count() == 2
    for who in ("liu.min", "wu.gang"):
        with pytest.raises(Denied):
            actions.note(act(who), [Draft(other.pk, "", TWO, DAY)])
        with pytest.raises(Denied):
            actions.strike(act(who), noted[0], "错")
    for reason in (" ", "x" * 201):
        with pytest.raises(Invalid):
            actions.strike(act("chen.jing"), noted[0], reason)
    assert actions.strike(act("chen.jing"), noted[0], "登记错了") == one.pk
    with pytest.raises(Refused):
        actions.strike(act("chen.jing"), noted[0], "再来")
    with pytest.raises(Missing):
        actions.strike(act("chen.jing"), noted[0] + 99, "错")
    actions.note(act("chen.jing"), [Draft(other.pk, "", ONE, DAY)])  # free again, for whom it is


def test_a_bill_that_is_cancelled_keeps_its_number_and_takes_no_more(shop: Shop, bill: Bills, act: Acts) -> None:
    one = bill(shop.customer("C1"))
    actions.note(act("chen.jing"), [Draft(one.pk, "", ONE, DAY)])
    assert queries.of_numbers(one.company_id, {ONE}) == {ONE: {one.number}}
    billing.cancel(act("chen.jing"), one.pk, DAY, "错")
    with pytest.raises(Invalid):
        actions.note(act("chen.jing"), [Draft(one.pk, "", TWO, DAY)])
    assert queries.of_numbers(one.company_id, {ONE}) == {}
    assert not checks.on_bills(one.company_id).wrong


def test_the_database_holds_it_too(shop: Shop, bill: Bills, act: Acts) -> None:
    one, other = bill(shop.customer("C1")), bill(shop.customer("C2"))
    actions.note(act("chen.jing"), [Draft(one.pk, "", ONE, DAY)])
    row = Fapiao.objects.get()
    facts = {f.attname: getattr(row, f.attname) for f in Fapiao._meta.local_fields if f.name != "id"}

    def refused(**change: Any) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Fapiao.objects.create(**{**facts, **change})

    refused()
    refused(document_id=other.pk)
    for number in (TWO[:-1], TWO[:-1] + "X"):
        refused(number=number, tail=number[-8:])
    refused(number=TWO)  # its tail is another's
    refused(number=TWO, tail=TWO[-8:], issued_on=DAY - timedelta(1))
    refused(number=OLD, tail=OLD, code="12345678901")
    refused(number=TWO, tail=TWO[-8:], live=False)
    for change in ({"number": TWO}, {"issued_on": DAY + timedelta(1)}, {"document_id": other.pk}, {"live": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Fapiao.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.delete()
    # Without the guards the damage is done, and verify names it.
    with transaction.atomic():
        guards.drop()
        Fapiao.objects.create(**{**facts, "document_id": other.pk})
        Fapiao.objects.filter(pk=row.pk).update(issued_on=DAY - timedelta(9))
        broken = {c.title.text: [b.name for b in c.broken] for c in prove(one.company_id).checks if c.wrong}
        assert broken["Every e-invoice number is one payer's"] == [f"{other.number} {ONE}"]
        assert broken["Every e-invoice number stands on a bill that was posted"] == [f"{one.number} {ONE}"]
        assert any(ONE in names for title, names in broken.items() if not title.startswith("Every e-invoice")), broken
        transaction.set_rollback(True)
    if guards.differences():
        guards.make()


def test_a_register_is_fed_and_its_bad_rows_come_back(shop: Shop, bill: Bills, act: Acts) -> None:
    who = shop.customer("C1", name="杭州万家超市有限公司")
    one, two, three = bill(who), bill(who, "2"), bill(shop.customer("C2"))
    day = "2026-03-02 09:30:00"
    content = book(
        [1, "", "", ONE, who.name, day, "100.00", "正常", "", one.number],
        [2, CODE, OLD, "", who.name, day, 50, "正常", f"账单{two.number}", ""],
        [3, "", "", TWO, who.name, day, "99.00", "正常", "", three.number],  # another's bill
        [4, "", "", ONE, "", day, "", "正常", "", three.number],  # another payer's number
        [5, "", "", "", "", "", "", "正常", "", ""],
    )
    tried = feed(act("chen.jing", dry=True), content)
    assert (tried.read, tried.landed, tried.known, tried.refused) == (5, 2, 0, 3)
    assert Fapiao.objects.count() == Sheet.objects.count() == 0
    fed = feed(act("chen.jing", key="f1"), content)
    assert [(f.row, f.field) for f in fed.faults] == [
        (4, "buyer"),
        (5, "digital"),
        (6, "number"),
        (6, "issued_on"),
        (6, "remark"),
    ]
    assert set(Fapiao.objects.values_list("document__number", "code", "number", "amount")) == {
        (one.number, "", ONE, 100_00), (two.number, CODE, OLD, 50_00),
    }  # fmt: skip
    again = feed(act("chen.jing"), content)
    assert (again.landed, again.known, again.refused) == (0, 2, 3)
    # what was refused twice waits once, with the register that was fed last
    assert set(SheetRow.objects.filter(sheet=fed.sheet).values_list("state", "later")) == {("past", again.sheet)}
    waiting = list(SheetRow.objects.filter(sheet=again.sheet, state="waiting"))
    back = paper.read_book(paper.rejects([(r.cells, "why") for r in waiting], "zh-hans"))
    assert [cells for _n, cells in back] == [r.cells for r in waiting] and len(waiting) == 3
    well(who.company_id)


def test_a_register_as_text(shop: Shop, bill: Bills, act: Acts) -> None:
    one = bill(shop.customer("C1"))
    text = (
        f'数电票号码,开票日期,账单号\r\n{ONE}\t,2026/3/2,{one.number}\r\n="{TWO}",2026-03-02,{one.number}\r\n坏,,\r\n'
    )
    for charset in ("gb18030", "utf-8-sig", "utf-16"):
        fed = feed(act("chen.jing", dry=True), text.encode(charset))
        assert (fed.landed, fed.refused) == (1, 2)
    fed = feed(act("chen.jing"), text.encode() + b"\x00\xff,,\r\n")  # what no database keeps
    assert (fed.landed, fed.refused) == (1, 3)
    for bad in (
        b"",
        b"hello",
        b"PK\x03\x04broken",
        "数电票号码,开票日期\n1,2\n".encode(),
        "数电票号码,开票日期,备注\n".encode(),
    ):
        with pytest.raises(Invalid):
            paper.read_book(bad)
    with pytest.raises(Invalid, match="rows at a time"):
        paper.read_book(text.splitlines()[0].encode() + b"\n1,2,3" * 5_002)


def test_a_formula_is_refused_by_cell(shop: Shop, bill: Bills, act: Acts) -> None:
    one = bill(shop.customer("C1"))
    fed = feed(act("chen.jing"), book([1, "", "", ONE, "", "2026-03-02", "", "", "", one.number], formula=(1, 3)))
    assert (fed.landed, [f.field for f in fed.faults]) == (0, ["digital"])


def test_asking_costs_the_same_for_many(shop: Shop, bill: Bills, act: Acts) -> None:
    one = bill(shop.customer("C1"))

    def statements(n: int, first: int) -> int:
        seen = []

        def counted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            seen.append(sql)
            return execute(sql, params, many, context)

        drafts = [Draft(one.pk, "", f"2631200000{first + i:010d}", DAY) for i in range(n)]
        with connection.execute_wrapper(counted):
            actions.note(act("chen.jing"), drafts)
            queries.of_numbers(one.company_id, {d.number for d in drafts})
        return len(seen)

    statements(1, 100)
    assert statements(2, 0) == statements(40, 10)


def test_what_payers_write(shop: Shop, bill: Bills, act: Acts) -> None:
    who, company = shop.customer("C1"), act().company
    one, two, three = bill(who), bill(who, "2"), bill(shop.customer("C2"))
    twin = TWO[:10] + "99" + ONE[12:]
    drafts = [
        Draft(one.pk, "", ONE, DAY),
        Draft(two.pk, "", TWO, DAY),
        Draft(one.pk, "", TWO, DAY),
        Draft(three.pk, CODE, OLD, DAY),
    ]
    actions.note(act("chen.jing"), drafts)
    both = {one.number, two.number}
    assert queries.of_numbers(company, {ONE, "12345678", "87654321", f"{CODE}-{OLD}", OLD, "99999999", "1"}) == {
        ONE: {one.number}, "87654321": both, f"{CODE}-{OLD}": {three.number}, f"{CODE}{OLD}": {three.number},
    }  # fmt: skip
    assert queries.of_numbers(company, {"12345678"}) == {ONE: {one.number}}
    assert [h[2] for h in queries.find(company, "12345678", 5)] == [one.number]
    assert {h[2] for h in queries.find(company, f" {TWO} ", 5)} == both
    assert [h[2] for h in queries.find(company, f"{CODE} {OLD}", 5)] == [three.number]
    assert queries.find(company, "2345678", 5) == queries.find(company, "abc", 5) == []
    actions.note(act("chen.jing"), [Draft(three.pk, "", twin, DAY)])  # ends in the same digits
    assert queries.of_numbers(company, {"12345678"}) == {}
    assert queries.of_numbers(company, {twin}) == {twin: {three.number}}


def test_receipts_that_name_an_invoice_clear_its_bill(
    shop: Shop, bill: Bills, act: Acts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole, with its code, by its last digits: of bills that are alike, so that the amount alone proves nothing. Last digits
    without an exact amount are shown to a person."""
    monkeypatch.setattr(cash.door, "read", bank.parse)
    desk, lines, left = Desk(act), [], {}
    for n, written in enumerate(
        (f"货款{ONE}", "数电票尾号12345679", f"发票{CODE} {OLD}", "尾号87654321", "尾号12345670")
    ):
        name = f"杭州西湖{'甲乙丙丁戊'[n]}商贸有限公司"
        who = shop.customer(f"C{n}", name=name)
        one, two, three = bill(who), bill(who), bill(who)
        merged, short = n == 3, n == 4
        code, number = (CODE, OLD) if n == 2 else ("", TWO if merged else ONE[:-1] + {0: "8", 1: "9", 4: "0"}[n])
        on = (two, three) if merged else (two,)
        actions.note(act("chen.jing"), [Draft(x.pk, code, number, DAY) for x in on])
        lines.append((70_00 if short else 200_00 if merged else 100_00, name, "", written))
        left |= {one.pk: 100_00, two.pk: 100_00 if short else 0, three.pk: 0 if merged else 100_00}
    actions.strike(act("chen.jing"), Fapiao.objects.get(number=OLD, live=True).pk, "重登")
    actions.note(act("chen.jing"), [Draft(Fapiao.objects.get(number=OLD).document_id, CODE, OLD, DAY)])
    desk.bring(*lines)
    done = desk.match()
    assert (done.cleared, done.proposed) == (4, 1)
    assert {pk: bills.open_amount(bills.document(desk.company, pk)).minor for pk in left} == left
    well(desk.company)
