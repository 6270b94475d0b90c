"""The page and REST doors of orders: who may come in, what they show, what they do."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huikuan.sales.orders import actions
from huikuan.sales.orders.models import Delivery, Order, OrderImport
from huikuan.sales.orders.rules.drafts import DeliveryDraft
from huikuan.sales.orders.tests.shop import DAY, Shop
from huikuan.sales.orders.tests.test_sheets import book

Acts = Callable[..., Any]


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-03-02T02:00:00+00:00")
    settings.FILES_HOME = tmp_path / "files"


def door(cast: Any, login: str, language: str = "en") -> Client:
    client = Client()
    person = cast.people[login]
    type(person).objects.filter(pk=person.pk).update(language=language)
    person.refresh_from_db()
    client.force_login(person)
    return client


def page(client: Client, url: str, status: int = 200, **headers: Any) -> str:
    answer = client.get(url, **headers)
    assert answer.status_code == status, f"{url}: {answer.status_code} {answer.content[:800]!r}"
    return answer.content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_in_both_languages(cast: Any, shop: Shop, act: Acts, language: str) -> None:
    one = shop.customer("C1", "60", terms="N030")
    free = actions.place(act("wang.lei"), shop.order(one, customer_po="PO-1"))
    held = actions.place(act("wang.lei"), shop.order(one, "4"))
    gone = actions.deliver(act("wang.lei"), DeliveryDraft(free.pk, DAY))
    client = door(cast, "wang.lei", language)
    for url in (
        "/orders/", "/orders/?tab=held&state=held", "/orders/held", "/orders/today", f"/orders/of/{one.pk}", "/orders/new",
        f"/orders/{free.pk}", f"/orders/{held.pk}", f"/orders/{held.pk}?section=credit", f"/orders/{free.pk}?section=deliveries",
        f"/orders/{held.pk}/change", f"/orders/{held.pk}/copy", f"/orders/{held.pk}/cancel", f"/orders/{held.pk}/check",
        "/orders/deliveries", "/orders/deliveries?tab=unsigned", f"/orders/deliveries/{gone.pk}", f"/orders/deliveries/{gone.pk}/sign",
        f"/orders/deliveries/{gone.pk}/redate", f"/orders/deliveries/{gone.pk}/cancel", "/orders/sheets", "/orders/sheets/new",
        "/customers/pick?q=C1", "/catalog/pick?q=COLA",
    ):  # fmt: skip
        body = page(client, url)
        assert "Say(" not in body
    shown = page(client, f"/orders/{held.pk}?section=credit")
    assert "100.00" in shown
    assert "60.00" in shown
    assert page(client, "/search?q=1026").count("1026") >= 2
    answer = client.get("/orders/?export=xlsx")
    assert answer.content[:2] == b"PK"


def test_doors_by_role(cast: Any, shop: Shop, act: Acts) -> None:
    held = actions.place(act("wang.lei"), shop.order(shop.customer("C1", "0")))
    auditor = door(cast, "wu.gang")
    page(auditor, f"/orders/{held.pk}")
    for url in (f"/orders/{held.pk}/release", "/orders/new", f"/orders/{held.pk}/deliver", "/orders/sheets"):
        page(auditor, url, 403)
    page(door(cast, "liu.min"), f"/orders/{held.pk}/release", 403)
    page(door(cast, "chen.jing"), f"/orders/{held.pk}/release")
    page(door(cast, "chen.jing"), "/orders/999999", 404)
    page(door(cast, "wang.lei"), f"/orders/{held.pk}/deliver", 409)


def test_an_order_is_tried_and_placed(cast: Any, shop: Shop) -> None:
    shop.customer("C1", "60")
    client = door(cast, "wang.lei")
    key = re.search(r'name="key" value="([^"]+)"', page(client, "/orders/new?customer=C1"))
    assert key
    given = {
        "key": key[1],
        "customer": "c1",
        "date": "2026-03-02",
        "item-1": "cola",
        "quantity-1": "2",
        "pasted": "JUICE\t1\t9.99\t10%",
    }
    tried = client.post("/orders/new", {**given, "step": "try"}, headers={"hx-request": "true"})
    assert "60.16" in tried.content.decode()  # 50.00 + 8.99 + 1.17
    assert "exceed" in tried.content.decode()
    assert Order.objects.count() == 0
    placed = client.post("/orders/new", {**given, "step": "do"})
    again = client.post("/orders/new", {**given, "step": "do"})
    order = Order.objects.get()
    assert placed.headers["Location"] == again.headers["Location"] == f"/orders/{order.pk}"
    assert (order.state, order.gross) == ("held", 60_16)
    wrong = client.post("/orders/new", {**given, "step": "do", "quantity-1": "two", "key": "other"})
    assert wrong.status_code == 422
    assert "not a number" in wrong.content.decode()


def test_an_order_is_changed_released_delivered_and_signed(cast: Any, shop: Shop, act: Acts) -> None:
    order = actions.place(act("liu.min"), shop.order(shop.customer("C1", "0")))
    client = door(cast, "wang.lei")
    body = page(client, f"/orders/{order.pk}/change")
    given = {
        "key": "k1",
        "version": "1",
        "customer": "C1",
        "date": "2026-03-02",
        "n-1": "10",
        "item-1": "COLA",
        "quantity-1": "3",
        "step": "do",
    }
    assert 'value="10"' in body
    assert client.post(f"/orders/{order.pk}/change", given).status_code == 302
    assert (
        client.post(f"/orders/{order.pk}/change", {**given, "key": "k2", "quantity-1": "5"}).status_code == 422
    )  # stale
    slip = SimpleUploadedFile("slip.png", b"\x89PNG\r\n\x1a\nslip")
    credit = door(cast, "chen.jing")
    done = credit.post(f"/orders/{order.pk}/release", {"key": "k3", "reason": "paid", "evidence": slip, "version": "2"})
    assert done.status_code == 302
    assert Order.objects.get().state == "released"
    again = credit.post(f"/orders/{order.pk}/release", {"key": "k4", "reason": "paid"})
    assert again.status_code == 409
    page(client, f"/orders/{order.pk}/deliver")
    client.post(
        f"/orders/{order.pk}/deliver",
        {"key": "k5", "on": "2026-03-02", "quantity-10": "1", "batch-10": "B7", "expiry-10": "2026-09-01"},
    )
    gone = Delivery.objects.get()
    assert (gone.lines.get().batch, gone.lines.get().quantity) == ("B7", 1_000_000)
    client.post(f"/orders/deliveries/{gone.pk}/sign", {"key": "k6", "on": "2026-03-02", "by": "门卫"})
    assert Delivery.objects.get().signed_on == date(2026, 3, 2)
    assert "门卫" in page(client, f"/orders/deliveries/{gone.pk}")
    assert "slip" in page(credit, f"/orders/{order.pk}?section=credit").lower()


def test_held_orders_are_released_in_bulk(cast: Any, shop: Shop, act: Acts) -> None:
    one = shop.customer("C1", "0")
    small, big = (actions.place(act("wang.lei"), shop.order(one, q)) for q in ("1", "600"))
    mine = actions.place(act("chen.jing"), shop.order(one, "1"))
    client = door(cast, "chen.jing")
    given = {"bulk": "release", "pick": [small.pk, big.pk, mine.pk], "reason": "agreed", "key": "b1"}
    tried = client.post("/orders/held", {**given, "step": "try"}, headers={"hx-request": "true"})
    assert Order.objects.filter(state="released").count() == 0
    assert mine.number in tried.content.decode()
    client.post("/orders/held", {**given, "step": "do"}, headers={"hx-request": "true"})
    assert list(Order.objects.filter(state="released").values_list("pk", flat=True)) == [small.pk]
    assert "waits for approval" in page(client, f"/orders/{big.pk}")


def test_a_sheet_is_tried_fed_and_mended(cast: Any, shop: Shop) -> None:
    shop.customer("C1")
    client = door(cast, "wang.lei")
    content = book([["PO1", "C1", "COLA", 2, ""], ["PO2", "C1", "COLA", "zwei", ""]])

    def given(step: str) -> dict[str, Any]:
        return {"step": step, "key": "s1", "on": "2026-03-02", "file": SimpleUploadedFile("o.xlsx", content)}

    assert "zwei" in client.post("/orders/sheets/new", given("try")).content.decode()
    assert OrderImport.objects.count() == 0
    client.post("/orders/sheets/new", given("do"))
    sheet = OrderImport.objects.get()
    assert "zwei" in page(client, f"/orders/sheets/{sheet.pk}")
    rejects = client.get(f"/orders/sheets/{sheet.pk}/rejects")
    assert rejects.content[:2] == b"PK"
    client.post(f"/orders/sheets/{sheet.pk}", {"key": "s2", "3-quantity": "2"})
    assert Order.objects.count() == 2
    assert io.BytesIO(client.get("/orders/sheets/template").content).read(2) == b"PK"
    broken = client.post("/orders/sheets/new", {**given("try"), "file": SimpleUploadedFile("o.xlsx", b"no")})
    assert broken.status_code == 422


def test_lists_ask_the_database_a_fixed_number_of_times(
    cast: Any, shop: Shop, act: Acts, django_assert_max_num_queries: Any
) -> None:
    one = shop.customer("C1", "0")
    actions.place_many(act("wang.lei"), [shop.order(one) for _n in range(30)])
    client = door(cast, "chen.jing")
    for url in ("/orders/", "/orders/held", "/orders/deliveries"):
        with django_assert_max_num_queries(16):
            page(client, url)
