"""Base stock credit (铺底) in the books: what bills do, what a payment frees, what a shorter contract makes due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from huikuan.books.customers import actions as customer_actions
from huikuan.books.ledger import actions as ledger
from huikuan.books.ledger import queries as books
from huikuan.books.ledger.types import ClearDraft
from huikuan.kit.dates import business_date
from huikuan.kit.errors import Denied, Refused
from huikuan.kit.money import Money
from huikuan.office.work.models import WorkOrder
from huikuan.sales.billing import actions, queries
from huikuan.sales.billing.tests.test_actions import bill, ship
from huikuan.sales.orders.tests.shop import DAY, Shop

Acts = Callable[..., Any]
END = date(2026, 12, 31)


@pytest.fixture
def dealer(shop: Shop, act: Acts) -> Any:
    """Base stock of 100.00 until the end of the year, the rest 30 days."""
    rule = {
        "kind": "base_stock",
        "standing": {"amount": "100.00", "currency": "CNY"},
        "rest": {"kind": "days", "days": 30},
    }
    customer_actions.save_terms(act("system"), "PD", "铺底", rule)
    one = shop.customer("D1", terms="PD")
    customer_actions.set_base_stock(act("liu.min"), one.pk, None, END, "经销合同 2026")
    return one


def open_items(one: Any) -> list[tuple[str, int, date | None, str]]:
    rows = books.items(one.company_id).filter(customer_id=one.pk, remaining__gt=0, kind="invoice").order_by("id")
    return [(i.document, i.remaining, i.due_date, i.awaiting) for i in rows]


def pay(shop: Shop, act: Acts, one: Any, item: int, amount: str) -> None:
    shop.receipt(one, amount)
    receipt = books.items(one.company_id).filter(customer_id=one.pk, kind="receipt").latest("id")
    minor = Money.parse(amount, "CNY").minor
    ledger.clear(act("system"), [ClearDraft(DAY, ((item, minor), (receipt.pk, -minor)))])


def test_the_oldest_stand_and_what_goes_beyond_is_due(shop: Shop, act: Acts, dealer: Any) -> None:
    first, second = bill(act, ship(shop, dealer, "3")), bill(act, ship(shop, dealer, "2"))
    third = bill(act, ship(shop, dealer, "1"))
    due = DAY + timedelta(days=30)
    assert open_items(dealer) == [
        (first.number, 7500, END, "contract_end"),
        (second.number, 2500, END, "contract_end"),
        (second.number, 2500, due, ""),
        (third.number, 2500, due, ""),
    ]
    found = queries.base_stock(dealer.company_id, dealer.pk)
    assert found is not None and (found.stands.minor, found.free.minor, found.end) == (100_00, 0, END)
    assert "base stock" in str(second.due[1]["why"])


def test_a_payment_makes_room_for_the_next_oldest(shop: Shop, act: Acts, dealer: Any) -> None:
    first, second = bill(act, ship(shop, dealer, "3")), bill(act, ship(shop, dealer, "2"))
    item = books.items(dealer.company_id).get(document=first.number)
    pay(shop, act, dealer, item.pk, "75.00")
    third = bill(act, ship(shop, dealer, "3"))
    assert open_items(dealer) == [
        (second.number, 2500, END, "contract_end"),
        (second.number, 2500, END, "contract_end"),
        (third.number, 5000, END, "contract_end"),
        (third.number, 2500, DAY + timedelta(days=30), ""),
    ]
    assert actions.restand_all(act("chen.jing")) == 0


def test_a_smaller_amount_and_an_ended_contract_make_it_due(shop: Shop, act: Acts, dealer: Any) -> None:
    first, second = bill(act, ship(shop, dealer, "2")), bill(act, ship(shop, dealer, "2"))
    customer_actions.set_base_stock(act("liu.min"), dealer.pk, 60_00, END, "减少铺底")
    assert WorkOrder.objects.filter(kind="billing.restand").count() == 2  # one when the credit was first given
    today = business_date(act("chen.jing").at, dealer.company.zone)
    assert actions.restand_all(act("chen.jing"), [dealer.pk]) == 1
    due = max(DAY + timedelta(days=30), today)
    assert open_items(dealer) == [(first.number, 5000, END, "contract_end"), (second.number, 5000, due, "")]
    ended = DAY - timedelta(days=40)
    customer_actions.set_base_stock(act("liu.min"), dealer.pk, None, ended, "合同终止")
    actions.restand_all(act("chen.jing"), [dealer.pk])
    assert open_items(dealer)[0][2:] == (max(ended, DAY), "")
    third = bill(act, ship(shop, dealer, "1"))
    assert open_items(dealer)[-1] == (third.number, 2500, DAY + timedelta(days=30), "")


def test_only_who_may_and_only_under_such_terms(shop: Shop, act: Acts, dealer: Any) -> None:
    with pytest.raises(Denied):
        customer_actions.set_base_stock(act("chen.jing"), dealer.pk, 1, END, "x")
    other = shop.customer("D2", terms="N030")
    with pytest.raises(Refused):
        customer_actions.set_base_stock(act("liu.min"), other.pk, 1, END, "x")
    with pytest.raises(Denied):
        actions.restand_all(act("liu.min"))
