"""Two at once: one limit is not given out twice, one order is released once, one delivery is billed once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Refused
from huikuan.sales.billing import actions as billing
from huikuan.sales.billing.models import Document
from huikuan.sales.orders import actions
from huikuan.sales.orders.models import Order, Release
from huikuan.sales.orders.rules.drafts import DeliveryDraft
from huikuan.sales.orders.tests.shop import DAY, open_shop

Acts = Callable[..., Any]


def together(*jobs: Callable[[], Any]) -> list[Any]:
    """Run the jobs at once, each on a connection of its own; gives results and refusals."""
    gate, out = threading.Barrier(len(jobs)), []

    def run(job: Callable[[], Any]) -> None:
        try:
            gate.wait(30)
            out.append(job())
        except Refused as e:
            out.append(e)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(j,)) for j in jobs]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert len(out) == len(jobs)
    return out


def test_one_limit_is_given_out_once(live_cast: Any, act: Acts) -> None:
    shop = open_shop(act)
    one = shop.customer("C1", "50")
    together(*(lambda n=n: actions.place(act(("liu.min", "wang.lei")[n % 2]), shop.order(one)) for n in range(6)))
    assert sorted(Order.objects.values_list("state", flat=True)) == ["free", *["held"] * 5]
    assert customers.exposure(one.company_id, one.pk).layers.orders == 50_00
    assert sorted(Order.objects.values_list("number", flat=True)) == [f"10260000{n:02d}" for n in range(1, 7)]


def test_one_order_is_released_once(live_cast: Any, act: Acts) -> None:
    shop = open_shop(act)
    one = shop.customer("C1", "0")
    order = actions.place(act("wang.lei"), shop.order(one))
    out = together(*(lambda who=who: actions.release(act(who), order.pk, "paid") for who in ("chen.jing", "zhao.yan")))
    assert sum(isinstance(x, Refused) for x in out) == 1
    assert Release.objects.count() == 1
    assert customers.exposure(one.company_id, one.pk).layers.orders == 50_00


def test_one_delivery_is_billed_once(live_cast: Any, act: Acts) -> None:
    shop = open_shop(act)
    one = shop.customer("C1")
    order = actions.place(act("wang.lei"), shop.order(one))
    gone = actions.deliver(act("wang.lei"), DeliveryDraft(order.pk, DAY))
    out = together(
        *(lambda who=who: billing.bill(act(who), [gone.pk], DAY) for who in ("chen.jing", "zhao.yan", "wang.lei"))
    )
    assert sum(isinstance(x, Refused) for x in out) == 2
    assert Document.objects.count() == 1
    assert customers.exposure(one.company_id, one.pk).layers.total == 50_00
