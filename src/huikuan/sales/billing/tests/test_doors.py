"""The page doors of billing: what they show, who may come in, what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from huikuan.sales.billing import actions
from huikuan.sales.billing.models import Document
from huikuan.sales.billing.tests.test_actions import bill, grant_credit, ship
from huikuan.sales.billing.tests.test_direct import line
from huikuan.sales.billing.types import InvoiceDraft
from huikuan.sales.orders.tests.shop import DAY, Shop
from huikuan.sales.orders.tests.test_doors import door, on_the_day, page  # noqa: F401 - on_the_day is a fixture

Acts = Callable[..., Any]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_in_both_languages(cast: Any, shop: Shop, act: Acts, language: str) -> None:
    one = shop.customer("C1", terms="E030", name="上海星河贸易有限公司")
    doc = bill(act, ship(shop, one, "4", item=shop.juice, customer_po="PO-9"))
    credit = grant_credit(
        act, actions.ask_credit(act("chen.jing"), doc.pk, DAY, "broken", [actions.CreditLine(1, 1_000_000)])
    )
    gone = ship(shop, one)
    other = bill(act, ship(shop, shop.customer("C2", terms="R030")))
    mirror = actions.cancel(act("chen.jing"), other.pk, DAY, "wrong")
    client = door(cast, "chen.jing", language)
    for url in (
        "/billing/", "/billing/?tab=credits&kind=credit_note", "/billing/due", "/billing/run", "/billing/today", f"/billing/of/{one.pk}",
        f"/billing/of-order/{doc.order_id}", f"/billing/{doc.pk}", f"/billing/{doc.pk}?section=due", f"/billing/{credit.pk}",
        f"/billing/{mirror.pk}", f"/billing/{doc.pk}/credit", f"/billing/{doc.pk}/cancel", f"/orders/deliveries/{gone.pk}",
        f"/orders/{doc.order_id}?section=p0",
    ):  # fmt: skip
        assert "Say(" not in page(client, url)
    pdf = client.get(f"/billing/{credit.pk}/pdf?language={language}")
    assert pdf.content[:5] == b"%PDF-"
    assert page(client, "/search?q=9026").count("9026") >= 2
    assert client.get("/billing/?export=xlsx").content[:2] == b"PK"


def test_a_whole_number_is_the_answer_and_a_part_of_one_finds_all(cast: Any, shop: Shop, act: Acts) -> None:
    one = bill(act, ship(shop, shop.customer("C1")))
    quoting = InvoiceDraft(shop.customer("C2").pk, DAY, (line(shop.juice),), reference=f"see {one.number}")
    actions.issue(act("chen.jing"), [quoting])
    client = door(cast, "chen.jing")
    rows = lambda q: page(client, f"/billing/?q={q}").count("<tr data-url")  # noqa: E731
    assert (rows(one.number), rows(one.number[:6]), rows(f"see {one.number}"), rows("nothing")) == (1, 2, 1, 0)


def test_doors_by_role(cast: Any, shop: Shop, act: Acts) -> None:
    doc = bill(act, ship(shop, shop.customer("C1")))
    page(door(cast, "wu.gang"), f"/billing/{doc.pk}")
    for url in (f"/billing/{doc.pk}/credit", f"/billing/{doc.pk}/cancel", "/billing/run"):
        page(door(cast, "wu.gang"), url, 403)


def test_billing_by_choice_and_by_run(cast: Any, shop: Shop, act: Acts) -> None:
    first, second = ship(shop, shop.customer("C1")), ship(shop, shop.customer("C2"))
    client = door(cast, "chen.jing")
    given = {"bulk": "bill", "pick": [first.pk], "on": "2026-03-02", "key": "b1"}
    client.post("/billing/due", {**given, "step": "try"}, headers={"hx-request": "true"})
    assert Document.objects.count() == 0
    client.post("/billing/due", {**given, "step": "do"}, headers={"hx-request": "true"})
    assert Document.objects.get().lines.get().delivery_id == first.pk
    client.post("/billing/run", {"key": "r1", "until": "2026-03-02"})
    assert Document.objects.latest("id").lines.get().delivery_id == second.pk
    assert client.post("/billing/run", {"key": "r2", "until": "2026-03-03"}).status_code == 422


def test_a_credit_note_is_asked_for_on_its_page(cast: Any, shop: Shop, act: Acts) -> None:
    doc = bill(act, ship(shop, shop.customer("C1"), "4"))
    client = door(cast, "chen.jing")
    both = client.post(
        f"/billing/{doc.pk}/credit", {"key": "c1", "on": "2026-03-02", "reason": "r", "amount": "1", "quantity-1": "1"}
    )
    assert both.status_code == 422
    done = client.post(
        f"/billing/{doc.pk}/credit", {"key": "c2", "on": "2026-03-02", "reason": "broken", "quantity-1": "1"}
    )
    assert done.status_code == 302
    assert "waits for approval" in page(client, f"/billing/{doc.pk}")
    cancelled = client.post(f"/billing/{doc.pk}/cancel", {"key": "c3", "on": "2026-03-02", "reason": "wrong"})
    assert cancelled.status_code == 302
    assert Document.objects.get(pk=doc.pk).state == "cancelled"
