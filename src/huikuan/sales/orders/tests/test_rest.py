"""Orders through REST: keys, versions, faults in words, and who may."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from huikuan.office.company.actions import make_token
from huikuan.sales.orders.models import Order
from huikuan.sales.orders.tests.shop import Shop

Call = Callable[..., Any]


@pytest.fixture
def rest(cast: Any, act: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Call]:
    """rest("chen.jing")(method, path, body, **headers) calls the API as that person, on 2026-03-02."""
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-03-02T02:00:00+00:00")

    def sit(login: str) -> Call:
        secret = f"hk_{login}"
        make_token(act(login), "test", hashlib.sha256(secret.encode()).hexdigest(), None, ["all", "sensitive"])
        client = Client(headers={"Authorization": f"Bearer {secret}"})

        def call(method: str, path: str, body: Any = None, **headers: str) -> Any:
            data = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
            return getattr(client, method)(
                f"/api/v1{path}", headers={k.replace("_", "-"): v for k, v in headers.items()}, **data
            )

        return call

    return sit


def test_an_order_through_its_life(rest: Callable[[str], Call], shop: Shop) -> None:
    shop.customer("C1", "60")
    call = rest("wang.lei")
    body = {"customer": "C1", "date": "2026-03-02", "lines": [{"item": "COLA", "quantity": "4"}], "external": "WEB-1"}
    seen = call("post", "/orders/preview", body).json()
    assert (seen["state"], seen["gross"], seen["shortfall"]["amount"]) == (
        "held",
        {"amount": "100.00", "currency": "CNY"},
        "40.00",
    )
    assert Order.objects.count() == 0
    first = call("post", "/orders/", body, Idempotency_Key="k1")
    again = call("post", "/orders/", body, Idempotency_Key="k1")
    assert (first.status_code, first.json()["id"], first.json()["state"]) == (201, again.json()["id"], "held")
    assert call("post", "/orders/", body, Idempotency_Key="k2").status_code == 409  # the external key is known
    pk = first.json()["id"]
    assert "60.00 CNY" in first.json()["reasons"][0]
    [decision] = call("get", f"/orders/{pk}/decisions").json()
    assert (decision["limit"]["amount"], decision["exposure"]["items"]["amount"]) == ("60.00", "0.00")
    changed = call(
        "patch",
        f"/orders/{pk}",
        {"lines": [{"n": 10, "item": "COLA", "quantity": "3"}]},
        If_Match=first.headers["ETag"],
    )
    assert changed.json()["gross"]["amount"] == "75.00"
    assert call("patch", f"/orders/{pk}", {"note": "x"}, If_Match=first.headers["ETag"]).status_code == 412
    credit = rest("chen.jing")
    assert call("post", f"/orders/{pk}/release", {"reason": "please"}).status_code == 403
    assert credit("post", f"/orders/{pk}/release", {"reason": "paid"}).json()["state"] == "released"
    assert credit("post", f"/orders/{pk}/release", {"reason": "paid"}).status_code == 409
    gone = call(
        "post", f"/orders/{pk}/deliveries", {"date": "2026-03-02", "lines": [{"n": 10, "quantity": "1", "batch": "B1"}]}
    )
    assert gone.json()["lines"][0]["batch"] == "B1"
    signed = call("post", f"/orders/deliveries/{gone.json()['id']}/sign-off", {"on": "2026-03-02"})
    assert signed.json()["signed_on"] == "2026-03-02"
    assert call("get", "/orders/?state=part_delivered&customer=C1").json()["items"][0]["id"] == pk
    assert call("get", f"/orders/deliveries?order={pk}").json()["items"][0]["state"] == "open"
    copied = call("post", f"/orders/{pk}/copy", {"date": "2026-03-03"})
    assert copied.status_code == 201
    assert (
        call("post", f"/orders/{copied.json()['id']}/cancel", {"reason": "not wanted"}).json()["state"] == "cancelled"
    )
    bill = credit("post", "/billing/bill", {"deliveries": [gone.json()["id"]], "date": "2026-03-02"}).json()[
        "documents"
    ]
    shown = credit("get", f"/billing/{bill[0]}").json()
    assert (shown["gross"]["amount"], shown["due"][0]["open"]["amount"], shown["lines"][0]["quantity"]) == (
        "25.00",
        "25.00",
        "1",
    )
    assert credit("get", f"/billing/{bill[0]}/pdf").content[:5] == b"%PDF-"
    asked = credit(
        "post",
        f"/billing/{bill[0]}/credit-notes",
        {"date": "2026-03-02", "reason": "broken", "amount": {"amount": "5.00", "currency": "CNY"}},
    )
    assert asked.status_code == 202
    assert credit("get", "/billing/?kind=invoice").json()["items"][0]["id"] == bill[0]
    assert credit("get", "/billing/due").json()["items"] == []
    assert credit("post", "/billing/run", {"until": "2026-03-02"}).json()["orders"] == 0
    mirror = credit("post", f"/billing/{bill[0]}/cancel", {"date": "2026-03-02", "reason": "wrong"})
    assert (mirror.status_code, mirror.json()["cancels"]) == (201, bill[0])


def test_what_is_wrong_is_said_by_field(rest: Callable[[str], Call], shop: Shop) -> None:
    shop.customer("C1")
    call = rest("wang.lei")
    wrong = call(
        "post", "/orders/", {"customer": "C1", "date": "2026-03-02", "lines": [{"item": "NONE", "quantity": "1"}]}
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["field"], wrong.json()["errors"][0]["row"]) == (422, "item", 1)
    assert (
        call(
            "post", "/orders/", {"customer": "C9", "date": "2026-03-02", "lines": [{"item": "COLA", "quantity": "1"}]}
        ).status_code
        == 404
    )
    assert (
        call(
            "post", "/orders/", {"customer": "C1", "date": "2026-03-02", "lines": [{"item": "COLA", "quantity": "0"}]}
        ).status_code
        == 422
    )
    assert call("post", "/orders/", {"customer": "C1", "date": "2026-03-02", "lines": [], "x": 1}).status_code == 422
    assert call("get", "/orders/999").status_code == 404
    auditor = rest("wu.gang")
    assert auditor("get", "/orders/").status_code == 200
    body = {"customer": "C1", "date": "2026-03-02", "lines": [{"item": "COLA", "quantity": "1"}]}
    assert auditor("post", "/orders/", body).status_code == 403
