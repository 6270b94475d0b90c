"""From delivery to document to the books, and what changes a bill afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import actions as ledger
from huikuan.books.ledger import queries as books
from huikuan.books.ledger.types import ClearDraft
from huikuan.kit.errors import Denied, Invalid, Refused
from huikuan.kit.money import Money, parse_quantity
from huikuan.office.approvals import actions as approvals
from huikuan.office.approvals import queries as approval_queries
from huikuan.office.company.models import Setting
from huikuan.office.work.models import WorkOrder
from huikuan.sales.billing import actions, queries
from huikuan.sales.billing.models import Document
from huikuan.sales.orders import actions as order_actions
from huikuan.sales.orders.models import Delivery, Order
from huikuan.sales.orders.rules.drafts import DeliveryDraft, DeliveryLineDraft
from huikuan.sales.orders.tests.shop import DAY, Shop
from huikuan.sales.orders.tests.test_actions import layers

Acts = Callable[..., Any]


def ship(shop: Shop, customer: Any, quantity: str = "2", *, part: str = "", **facts: Any) -> Delivery:
    order = order_actions.place(shop.act("wang.lei"), shop.order(customer, quantity, **facts))
    lines = (DeliveryLineDraft(10, parse_quantity(part)),) if part else ()
    return order_actions.deliver(shop.act("wang.lei"), DeliveryDraft(order.pk, DAY, lines))


def bill(act: Acts, *deliveries: Delivery, on: date = DAY) -> Document:
    [pk] = actions.bill(act("chen.jing"), [d.pk for d in deliveries], on)
    return Document.objects.get(pk=pk)


def grant_credit(act: Acts, pk: int) -> Document:
    approval = approval_queries.by_id(Document.objects.first().company_id, pk)  # type: ignore[union-attr]
    approvals.grant(act("zhou.hui"), approval.id, approval.hash)
    return Document.objects.filter(kind="credit_note").latest("id")


def test_a_bill_is_posted_with_its_tax(shop: Shop, act: Acts) -> None:
    one = shop.customer("B1", terms="N030")
    doc = bill(act, ship(shop, one, "3", item=shop.juice, customer_po="PO-77"))
    assert (doc.number, doc.net, doc.tax, doc.gross, doc.state) == ("9026000001", 30_00, 3_90, 33_90, "posted")
    assert {(x.account.code, x.amount) for x in books.entry_lines(doc.entry_id or 0)} == {
        ("1122", 33_90),
        ("6001", -30_00),
        ("222101", -3_90),
    }
    [item] = books.open_items(doc.company_id)
    assert (item.document, item.due_date, item.kind, item.reference) == (
        doc.number,
        date(2026, 4, 1),
        "invoice",
        "PO-77",
    )
    assert layers(one) == (0, 0, 0, 33_90)
    order = Order.objects.get()
    assert order.state == "billed"
    with pytest.raises(Refused):
        actions.bill(act("chen.jing"), [Delivery.objects.get().pk], DAY)
    with pytest.raises(Denied):
        actions.bill(act("liu.min"), [Delivery.objects.get().pk], DAY)


def test_case_5_half_billed_leaves_exposure_as_it_was(shop: Shop, act: Acts) -> None:
    one = shop.customer("B2", "200")
    shop.invoice(one, "100")
    bill(act, ship(shop, one, "2", part="1"))
    assert layers(one) == (25_00, 0, 0, 125_00)
    assert sum(layers(one)) == 150_00
    assert Order.objects.get().state == "part_delivered"


def test_case_18_instalments_and_a_credit_note_that_stands_alone(shop: Shop, act: Acts) -> None:
    """100 in 30/50/20: receive 40 -> term 2 paid 10 open 40, term 3 open 20. Full credit note stands alone at -100."""
    one = shop.customer("B18")
    terms = customers.terms(one.company_id, "I352")
    shop.receipt(one, "30")  # the first part is cash before delivery
    doc = bill(act, ship(shop, one, "4", terms=terms.id))
    assert [i.amount for i in queries.items(doc)] == [30_00, 50_00, 20_00]
    first, second, _third = queries.items(doc)
    shop.receipt(one, "10")
    cash = [i for i in books.open_items(doc.company_id) if i.kind == "receipt"]
    ledger.clear(
        act("sun.tao"),
        [ClearDraft(DAY, ((first.id, 30_00), (second.id, 10_00), *((i.id, i.remaining) for i in cash)))],
    )
    assert [i.remaining for i in queries.items(doc)] == [0, 40_00, 20_00]
    credit = grant_credit(act, actions.ask_credit(act("chen.jing"), doc.pk, DAY, "goods came back"))
    [alone] = queries.items(credit)
    assert (alone.remaining, alone.kind) == (-100_00, "credit")
    assert [i.remaining for i in queries.items(doc)] == [0, 40_00, 20_00]


def test_pieces_of_an_order_line_add_up(shop: Shop, act: Acts) -> None:
    one = shop.customer("B3")
    order = order_actions.place(act("wang.lei"), shop.order(one, "3", price="0.335"))
    assert order.gross == 1_01
    parts = []
    for _n in range(3):
        gone = order_actions.deliver(
            act("wang.lei"), DeliveryDraft(order.pk, DAY, (DeliveryLineDraft(10, parse_quantity("1")),))
        )
        parts.append(bill(act, gone).gross)
    assert parts == [34, 33, 34]
    assert sum(parts) == order.gross
    assert layers(one) == (0, 0, 0, 1_01)


def test_cancelling_takes_it_all_back(shop: Shop, act: Acts) -> None:
    one = shop.customer("B4")
    gone = ship(shop, one)
    doc = bill(act, gone)
    mirror = actions.cancel(act("chen.jing"), doc.pk, date(2026, 3, 3), "wrong date")
    assert (mirror.kind, mirror.gross, mirror.cancels_id) == ("cancellation", -50_00, doc.pk)
    assert layers(one) == (0, 50_00, 0, 0)
    assert not books.open_items(doc.company_id)
    with pytest.raises(Refused):
        actions.cancel(act("chen.jing"), doc.pk, date(2026, 3, 3), "again")
    assert bill(act, gone, on=date(2026, 3, 3)).number == "9026000003"


def test_what_is_paid_in_part_is_not_cancelled(shop: Shop, act: Acts) -> None:
    one = shop.customer("B5")
    doc = bill(act, ship(shop, one))
    shop.receipt(one, "10")
    [item] = queries.items(doc)
    [cash] = [i for i in books.open_items(doc.company_id) if i.kind == "receipt"]
    ledger.clear(act("sun.tao"), [ClearDraft(DAY, ((item.id, 10_00), (cash.id, -10_00)))])
    with pytest.raises(Refused):
        actions.cancel(act("chen.jing"), doc.pk, DAY, "late")
    assert Document.objects.get(pk=doc.pk).state == "posted"
    assert Delivery.objects.get().state == "billed"


def test_credit_notes_by_line_by_amount_and_never_too_much(shop: Shop, act: Acts) -> None:
    one = shop.customer("B6")
    doc = bill(act, ship(shop, one, "10", item=shop.juice))  # 100.00 + 13.00
    first = grant_credit(
        act, actions.ask_credit(act("chen.jing"), doc.pk, DAY, "3 broken", [actions.CreditLine(1, parse_quantity("3"))])
    )
    assert (first.net, first.tax, first.gross, first.original_id) == (-30_00, -3_90, -33_90, doc.pk)
    second = grant_credit(act, actions.ask_credit(act("chen.jing"), doc.pk, DAY, "price", amount=Money(11_30, "CNY")))
    assert (second.net, second.tax) == (-10_00, -1_30)
    with pytest.raises(Refused):
        actions.ask_credit(act("chen.jing"), doc.pk, DAY, "too much", amount=Money(67_81, "CNY"))
    with pytest.raises(Invalid):
        actions.ask_credit(act("chen.jing"), doc.pk, DAY, " ", amount=Money(1, "CNY"))
    rest = grant_credit(act, actions.ask_credit(act("chen.jing"), doc.pk, DAY, "all"))
    assert first.gross + second.gross + rest.gross == -doc.gross
    with pytest.raises(Refused):
        actions.ask_credit(act("chen.jing"), doc.pk, DAY, "more")
    with pytest.raises(Refused):
        actions.cancel(act("chen.jing"), doc.pk, DAY, "has credit notes")


def test_the_asker_does_not_grant(shop: Shop, act: Acts) -> None:
    doc = bill(act, ship(shop, shop.customer("B7")))
    pk = actions.ask_credit(act("zhao.yan"), doc.pk, DAY, "mine")
    seen = approval_queries.by_id(doc.company_id, pk)
    with pytest.raises(Denied):
        approvals.grant(act("zhao.yan"), pk, seen.hash)
    assert Document.objects.count() == 1


def test_due_dates_wait_for_sign_off_and_invoice(shop: Shop, act: Acts) -> None:
    gone = ship(shop, shop.customer("B8", terms="S030"))
    doc = bill(act, gone)
    [item] = queries.items(doc)
    assert (item.awaiting, item.due_date) == ("sign_off", None)
    order_actions.sign_off(act("wang.lei"), gone.pk, date(2026, 3, 6))
    assert WorkOrder.objects.filter(kind="billing.signed_off", subject=f"orders.delivery:{gone.pk}").exists()
    assert actions.signed_off(act("robot"), gone.pk) == 1
    [item] = queries.items(doc)
    assert (item.awaiting, item.due_date, item.base_date) == ("", date(2026, 4, 5), date(2026, 3, 6))
    other = bill(act, ship(shop, shop.customer("B9", terms="R030")))
    actions.received_invoice(act("chen.jing"), other.pk, date(2026, 3, 10))
    assert queries.items(other)[0].due_date == date(2026, 4, 9)
    with pytest.raises(Refused):
        actions.received_invoice(act("chen.jing"), other.pk, date(2026, 3, 11))


def test_a_new_batch_makes_the_last_one_due(shop: Shop, act: Acts) -> None:
    one = shop.customer("B10", terms="ROLL")
    first = bill(act, ship(shop, one))
    assert queries.items(first)[0].awaiting == "next_batch"
    order = order_actions.place(act("wang.lei"), shop.order(one))
    gone = order_actions.deliver(act("wang.lei"), DeliveryDraft(order.pk, date(2026, 3, 20)))
    bill(act, gone, on=date(2026, 3, 20))
    assert (queries.items(first)[0].due_date, queries.items(first)[0].awaiting) == (date(2026, 3, 20), "")


def test_drafts_stand_in_their_own_layer(shop: Shop, act: Acts) -> None:
    one = shop.customer("B11")
    [pk] = actions.bill(act("chen.jing"), [ship(shop, one).pk], DAY, post=False)
    assert layers(one) == (0, 0, 50_00, 0)
    assert actions.post_drafts(act("chen.jing"), [pk]) == 1
    assert layers(one) == (0, 0, 0, 50_00)
    assert queries.items(Document.objects.get(pk=pk))[0].remaining == 50_00


def test_a_run_bills_all_that_left(shop: Shop, act: Acts) -> None:
    for n in range(3):
        ship(shop, shop.customer(f"B2{n}"))
    late = order_actions.place(act("wang.lei"), shop.order(shop.customer("B29")))
    order_actions.deliver(act("wang.lei"), DeliveryDraft(late.pk, date(2026, 3, 9)))
    run = actions.bill_due(act("chen.jing"), DAY, size=2)
    assert (run.done, run.refused, len(run.documents)) == (3, 0, 3)
    assert Document.objects.count() == 3


def test_posted_documents_do_not_change(shop: Shop, act: Acts) -> None:
    doc = bill(act, ship(shop, shop.customer("B12")))
    with pytest.raises(IntegrityError, match="I03"), transaction.atomic():
        Document.objects.filter(pk=doc.pk).update(gross=1, net=1)


def test_a_bill_is_not_older_than_the_goods(shop: Shop, act: Acts) -> None:
    with pytest.raises(Invalid):
        actions.bill(act("chen.jing"), [ship(shop, shop.customer("B13")).pk], date(2026, 3, 1))


def test_the_run_of_the_robots(shop: Shop, act: Acts) -> None:
    from datetime import UTC, datetime

    from huikuan.office.company.models import Setting
    from huikuan.office.work.bots import Job, bots

    one = shop.customer("B31", terms="S030")
    gone = ship(shop, one)
    doc = bill(act, gone)
    order_actions.sign_off(act("wang.lei"), gone.pk, date(2026, 3, 6))

    def job(kind: str, subject: str = "", **data: Any) -> str:
        at = datetime(2026, 3, 6, 2, tzinfo=UTC)
        found = Job(1, one.company_id, kind, subject, data, date(2026, 3, 6), 1, "robot", "w", lambda: at, 60)
        return str(bots()[kind].does(found))

    assert job("billing.signed_off", f"orders.delivery:{gone.pk}") == "1 items got their due date."
    assert queries.items(doc)[0].due_date == date(2026, 4, 5)
    ship(shop, one)
    assert "switched off" in job("billing.run")
    Setting.objects.create(company_id=one.company_id, key="billing.automatic", value=True)
    assert job("billing.run") == "1 orders billed, 0 refused."
    order_actions.place(act("wang.lei"), shop.order(shop.customer("B32", "0")))
    assert job("orders.recheck", "cash.line:1", facts={"payers": [one.pk]}).startswith("No order")
    assert job("orders.recheck").startswith("1 orders on hold were checked again, 0")


def test_verify_finds_nothing_and_then_what_is_wrong(shop: Shop, act: Acts) -> None:
    from huikuan.office.trail import guards
    from huikuan.sales.billing import checks as billing_checks
    from huikuan.sales.orders import checks as order_checks
    from huikuan.sales.orders.models import OrderLine

    one = shop.customer("B33")
    doc = bill(act, ship(shop, one, "5", item=shop.juice, part="2"))
    ship(shop, one, "3")
    order_actions.place(act("wang.lei"), shop.order(shop.customer("B34", "0")))
    grant_credit(
        act, actions.ask_credit(act("chen.jing"), doc.pk, DAY, "one", [actions.CreditLine(1, parse_quantity("1"))])
    )
    actions.bill(act("chen.jing"), [ship(shop, one).pk], DAY, post=False)

    def broken() -> set[str]:
        return {c.run.__name__ for c in (*order_checks.CHECKS, *billing_checks.CHECKS) if c.run(one.company_id).wrong}

    assert broken() == set()
    guards.drop()
    try:
        OrderLine.objects.filter(delivered__gt=0, billed=0).update(delivered=1)
        Document.objects.filter(pk=doc.pk).update(gross=1, net=1, tax=0)
        Delivery.objects.filter(state="billed").update(state="open")
        Order.objects.filter(state="held").update(state="free", number="1026999999")
        assert {"exposed", "counted", "let_through", "added_up", "booked", "once", "numbered"} <= broken()
    finally:
        guards.make()


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "人民币"), ("en", "Bill")])
def test_the_printed_bill(shop: Shop, act: Acts, language: str, words: str) -> None:
    from huikuan.sales.billing import paper

    doc = bill(
        act,
        ship(
            shop,
            shop.customer("B35", name="上海星河贸易有限公司", language=language, terms="S030"),
            "3",
            item=shop.juice,
        ),
    )
    found = queries.on_paper(doc.company_id, doc.pk)
    shown = paper.page(found)
    assert (shown["gross"], shown["language"]) == ("33.90", "zh" if language == "zh-hans" else "en")
    assert words in str(shown)
    body = paper.pdf(found)
    assert body[:5] == b"%PDF-"
    assert paper.pdf(found) == body


def test_what_a_payer_writes_of_an_order_leads_to_its_bills(shop: Shop, act: Acts) -> None:
    """The order's number, their own purchase order however they write it, and its number in the system beside us; on a
    bill of two orders too, which carries no single reference."""
    one = shop.customer("B7")
    first = ship(shop, one, "2", customer_po="po-Shanghai/77", external="0080001234", contract="XS-2026/18")
    second, third = ship(shop, one, "3", customer_po="HT2026-09"), ship(shop, one, "4", customer_po="HT2026-09")
    alone = bill(act, first)
    Setting.objects.create(company_id=one.company_id, key="billing.group", value="payer")
    both = bill(act, second, third)
    assert (alone.reference, both.reference) == ("po-Shanghai/77", "")
    number = Order.objects.get(pk=first.order_id).number
    waits = order_actions.place(act("wang.lei"), shop.order(one, contract="xs-2026/19"))
    written = {
        number,
        "PO-SHANGHAI/77",
        "0080001234",
        "HT2026-09",
        "HT2026-10",
        "XS-2026/18",
        "XS-2026/19",
        waits.number,
    }
    assert queries.of_order_numbers(alone.company_id, written) == {
        number: {alone.number}, "PO-SHANGHAI/77": {alone.number}, "0080001234": {alone.number}, "HT2026-09": {both.number},
        "XS-2026/18": {alone.number}, "XS-2026/19": set(), waits.number: set(),
    }  # fmt: skip
    assert queries.of_order_numbers(alone.company_id, set()) == {}
