"""Orders through their actions: the acceptance cases, what may not be done, and exposure that follows every move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from huikuan.books.customers import actions as customers
from huikuan.books.customers import queries as customer_queries
from huikuan.kit.errors import Denied, Invalid, Refused, Stale
from huikuan.kit.money import parse_quantity
from huikuan.office.approvals import actions as approvals
from huikuan.office.approvals import queries as approval_queries
from huikuan.office.files.actions import keep
from huikuan.office.work.models import WorkOrder
from huikuan.sales.orders import actions
from huikuan.sales.orders.models import CreditDecision, DeliveryLine, Order
from huikuan.sales.orders.queries import decisions, reasons
from huikuan.sales.orders.rules.drafts import DeliveryDraft, DeliveryLineDraft, OrderChange, OrderLineDraft
from huikuan.sales.orders.tests.shop import DAY, Shop

Acts = Callable[..., Any]


def layers(customer: Any) -> tuple[int, int, int, int]:
    found = customer_queries.exposure(customer.company_id, customer.pk).layers
    return found.orders, found.deliveries, found.billing, found.items


def fresh(order: Any) -> Order:
    return Order.objects.get(pk=order.pk)


@pytest.mark.parametrize(
    ("limit", "quantity", "state"),
    [(None, "400", "free"), ("0", "0.000001", "held"), ("200", "0.000001", "free"), ("200", "6", "held")],
)
def test_case_4(shop: Shop, act: Acts, limit: str | None, quantity: str, state: str) -> None:
    """AR 100. Limit empty: any amount passes. Limit 0: 0 refused. Limit 200: 0 passes, 150 refused."""
    one = shop.customer("C4", limit)
    shop.invoice(one, "100")
    order = actions.place(act("wang.lei"), shop.order(one, quantity))
    assert order.state == state
    [decision] = decisions(order.pk)
    assert decision.outcome == state
    assert [r.to("zh-hans") for r in reasons(decision)]
    assert decision.exposure["items"] == 100_00
    assert layers(one)[0] == (order.gross if state == "free" else 0)


def test_case_5(shop: Shop, act: Acts) -> None:
    """Limit 100, AR 100, order 2 x 25: stopped. Limit 200: goes. Limit 100 again: goes on. 1 of 2 billed: still 150."""
    one = shop.customer("C5", "100")
    shop.invoice(one, "100")
    order = actions.place(act("wang.lei"), shop.order(one))
    assert (order.state, order.shortfall) == ("held", 50_00)
    with pytest.raises(Refused, match="On hold"):
        actions.deliver(act("wang.lei"), DeliveryDraft(order.pk, DAY))
    type(one).objects.filter(pk=one.pk).update(credit_limit=200_00)
    assert actions.check_again(act("chen.jing"), order.pk).state == "free"
    assert sum(layers(one)) == 150_00
    customers.set_limit(act("chen.jing"), one.pk, 100_00, "back to what it was")
    actions.deliver(act("wang.lei"), DeliveryDraft(order.pk, DAY, (DeliveryLineDraft(10, parse_quantity("1")),)))
    assert fresh(order).state == "part_delivered"
    assert layers(one) == (25_00, 25_00, 0, 100_00)


def test_the_payer_is_judged_and_the_group_rolls_up(shop: Shop, act: Acts) -> None:
    group = customers.save_group(act("system"), "G1", "星河集团", "CNY")
    type(group).objects.filter(pk=group.pk).update(credit_limit=100_00)
    payer = shop.customer("P1", None, group="G1")
    sister = shop.customer("P2", None, group="G1")
    shop.customer("S1", "0", payer="P1")  # its own limit of 0 does not matter: it does not pay
    orderer = type(payer).objects.get(number="S1")
    first = actions.place(act("wang.lei"), shop.order(sister, "3"))
    assert first.state == "free"
    order = actions.place(act("wang.lei"), shop.order(orderer))
    assert (order.payer_id, order.state, order.shortfall) == (payer.pk, "held", 25_00)
    assert "星河集团" in str(reasons(decisions(order.pk)[0])[0])


def test_orders_of_one_batch_are_judged_one_after_the_other(shop: Shop, act: Acts) -> None:
    one = shop.customer("B1", "100")
    ids = actions.place_many(act("wang.lei"), [shop.order(one) for _n in range(3)])
    assert [o.state for o in Order.objects.filter(pk__in=ids).order_by("pk")] == ["free", "free", "held"]
    assert layers(one)[0] == 100_00
    assert [o.number for o in Order.objects.order_by("pk")] == ["1026000001", "1026000002", "1026000003"]


def test_amounts_add_up_with_tax(shop: Shop, act: Acts) -> None:
    one = shop.customer("T1")
    lines = (
        OrderLineDraft(shop.juice.pk, parse_quantity("3"), discount=10_000_000),
        OrderLineDraft(shop.cola.pk, parse_quantity("1")),
    )
    order = actions.place(act("wang.lei"), shop.order(one, lines=lines))
    assert (order.net, order.tax, order.gross) == (27_00 + 25_00, 3_51, 55_51)
    assert [(x.tax_rate, x.gross) for x in order.lines.all()] == [(13_000_000, 30_51), (0, 25_00)]


def test_release_within_the_limit_and_never_twice(shop: Shop, act: Acts) -> None:
    one = shop.customer("R1", "0")
    order = actions.place(act("wang.lei"), shop.order(one))
    with pytest.raises(Invalid):
        actions.release(act("chen.jing"), order.pk, "  ")
    with pytest.raises(Denied):
        actions.release(act("liu.min"), order.pk, "please")
    released = actions.release(act("chen.jing"), order.pk, "paid by phone")
    assert (released.state, released.shortfall) == ("released", None)
    assert layers(one)[0] == 50_00
    with pytest.raises(Refused, match="Released"):
        actions.release(act("zhao.yan"), order.pk, "me too")
    with pytest.raises(Stale):
        actions.cancel(act("wang.lei"), order.pk, "late", version=1)


def test_nobody_releases_what_they_placed(shop: Shop, act: Acts) -> None:
    order = actions.place(act("system"), shop.order(shop.customer("R2", "0")))
    with pytest.raises(Denied, match="someone else"):
        actions.release(act("system"), order.pk, "mine")


def test_release_beyond_the_limit_is_asked_for(shop: Shop, act: Acts) -> None:
    one = shop.customer("R3", "0")
    order = actions.place(act("wang.lei"), shop.order(one, "600"))  # 15,000.00, above the 10,000 of CRE
    asked = actions.release(act("chen.jing"), order.pk, "good payer")
    assert asked.state == "held"
    seen = approval_queries.open_of(one.company_id, f"orders.order:{order.pk}", "orders.release")
    assert seen is not None
    assert seen.amount is not None
    approvals.grant(act("zhou.hui"), seen.id, seen.hash)
    order = fresh(order)
    assert order.state == "released"
    assert order.releases.get().by == "zhou.hui"


def test_a_change_voids_what_was_asked_and_is_checked_again(shop: Shop, act: Acts) -> None:
    one = shop.customer("R4", "0")
    order = actions.place(act("wang.lei"), shop.order(one, "600"))
    actions.release(act("chen.jing"), order.pk, "good payer")
    seen = approval_queries.open_of(one.company_id, f"orders.order:{order.pk}", "orders.release")
    assert seen is not None
    line = OrderLineDraft(shop.cola.pk, parse_quantity("2"), n=10)
    changed = actions.change(act("wang.lei"), order.pk, OrderChange(lines=(line,)))
    assert (changed.state, changed.gross, changed.shortfall) == ("held", 50_00, 50_00)
    with pytest.raises(Refused):
        approvals.grant(act("zhou.hui"), seen.id, seen.hash)
    actions.release(act("chen.jing"), order.pk, "small now")
    changed = actions.change(act("wang.lei"), order.pk, OrderChange(customer_po="PO 7"), version=fresh(order).version)
    assert changed.state == "released"  # not a matter of credit
    again = actions.change(
        act("wang.lei"), order.pk, OrderChange(lines=(OrderLineDraft(shop.cola.pk, parse_quantity("3"), n=10),))
    )
    assert again.state == "held"
    assert layers(one) == (0, 0, 0, 0)
    assert [d.cause for d in CreditDecision.objects.filter(order=order).order_by("id")] == ["place", "change", "change"]


def test_a_change_of_terms_is_checked_again(shop: Shop, act: Acts) -> None:
    one = shop.customer("R5", None, terms="N030")
    order = actions.place(act("wang.lei"), shop.order(one))
    assert order.state == "free"
    cash = customer_queries.terms(one.company_id, "CASH")
    changed = actions.change(act("wang.lei"), order.pk, OrderChange(terms=cash.id))
    assert (changed.state, changed.shortfall, changed.prepay) == ("held", 50_00, 50_00)
    assert "Cash first" in str(reasons(decisions(order.pk)[0])[0])
    shop.receipt(one, "50")
    assert actions.recheck_held(act("robot"), one.pk) == {"checked": 1, "freed": 1}
    second = actions.place(act("wang.lei"), shop.order(one, terms=cash.id))
    assert second.state == "held"  # the money is spoken for


def test_a_copy_of_a_held_order_is_held(shop: Shop, act: Acts) -> None:
    one = shop.customer("R6", "0")
    order = actions.place(act("wang.lei"), shop.order(one))
    type(one).objects.filter(pk=one.pk).update(credit_limit=None)
    copy = actions.copy(act("wang.lei"), order.pk, DAY)
    assert (copy.state, copy.copied_from_id) == ("held", order.pk)
    assert actions.check_again(act("chen.jing"), copy.pk).state == "held"
    assert actions.check_again(act("chen.jing"), order.pk).state == "free"
    assert actions.check_again(act("chen.jing"), copy.pk).state == "free"


def test_reject_and_cancel_need_a_reason_and_free_credit(shop: Shop, act: Acts) -> None:
    one = shop.customer("R7", "60")
    held = actions.place(act("wang.lei"), shop.order(one, "3"))
    with pytest.raises(Invalid):
        actions.reject(act("chen.jing"), held.pk, "")
    assert actions.reject(act("chen.jing"), held.pk, "no security").state == "rejected"
    free = actions.place(act("wang.lei"), shop.order(one))
    assert actions.cancel(act("wang.lei"), free.pk, "wrong item").state == "cancelled"
    assert layers(one) == (0, 0, 0, 0)
    with pytest.raises(Refused):
        actions.release(act("chen.jing"), held.pk, "after all")


def test_evidence_opens_a_check_that_the_money_came(shop: Shop, act: Acts) -> None:
    one = shop.customer("R8", "0")
    order = actions.place(act("wang.lei"), shop.order(one))
    slip = keep(act("chen.jing"), "slip.png", b"\x89PNG slip", "bank slip", f"orders.order:{order.pk}")
    actions.release(act("chen.jing"), order.pk, "slip shown", evidence=slip.pk)
    todo = WorkOrder.objects.get(kind="orders.money_came")
    assert (todo.role, todo.subject, todo.due) == ("CSH", f"orders.order:{order.pk}", date(2026, 3, 5))
    assert actions.money_came(act("sun.tao"), order.pk, False, DAY).state == "held"
    assert layers(one)[0] == 0
    assert WorkOrder.objects.get(pk=todo.pk).state == "done"
    with pytest.raises(Refused):
        actions.money_came(act("sun.tao"), order.pk, True, DAY)


def test_deliveries_by_batch_and_their_way_back(shop: Shop, act: Acts) -> None:
    one = shop.customer("D1")
    order = actions.place(act("wang.lei"), shop.order(one, "10"))
    part = (
        DeliveryLineDraft(10, parse_quantity("2"), "B1", date(2026, 9, 1)),
        DeliveryLineDraft(10, parse_quantity("3"), "B2"),
    )
    first = actions.deliver(act("wang.lei"), DeliveryDraft(order.pk, DAY, part, eta=date(2026, 3, 4)))
    assert list(DeliveryLine.objects.filter(delivery=first).values_list("batch", flat=True)) == ["B1", "B2"]
    with pytest.raises(Invalid):
        actions.deliver(act("wang.lei"), DeliveryDraft(order.pk, DAY, (DeliveryLineDraft(10, parse_quantity("6")),)))
    assert layers(one) == (125_00, 125_00, 0, 0)
    rest = actions.deliver(act("wang.lei"), DeliveryDraft(order.pk, DAY))
    assert fresh(order).state == "delivered"
    with pytest.raises(Refused):
        actions.deliver(act("wang.lei"), DeliveryDraft(order.pk, DAY))
    actions.cancel_delivery(act("wang.lei"), rest.pk, "came back")
    assert fresh(order).state == "part_delivered"
    assert layers(one) == (125_00, 125_00, 0, 0)
    with pytest.raises(Invalid):
        actions.sign_off(act("wang.lei"), first.pk, date(2026, 3, 1))
    assert actions.sign_off(act("wang.lei"), first.pk, date(2026, 3, 5), "王师傅").signed_on == date(2026, 3, 5)
    with pytest.raises(Refused):
        actions.cancel(act("wang.lei"), order.pk, "too late")
    closed = actions.change(
        act("wang.lei"), order.pk, OrderChange(lines=(OrderLineDraft(shop.cola.pk, parse_quantity("5"), n=10),))
    )
    assert closed.state == "delivered"
    assert layers(one) == (0, 125_00, 0, 0)


def test_a_repeated_key_places_one_order(shop: Shop, act: Acts) -> None:
    one = shop.customer("K1")
    first = actions.place(act("wang.lei", key="form-1"), shop.order(one))
    second = actions.place(act("wang.lei", key="form-1"), shop.order(one))
    assert first.pk == second.pk
    assert Order.objects.count() == 1
    actions.place(act("wang.lei", dry=True), shop.order(one))
    assert Order.objects.count() == 1


def test_cash_and_limits_ask_for_a_recheck(shop: Shop, act: Acts) -> None:
    one = shop.customer("E1", "100")
    customers.set_limit(act("chen.jing"), one.pk, 50_00, "lower")
    assert WorkOrder.objects.filter(kind="orders.recheck", state="waiting").count() == 1
