"""Pages and REST of the catalogue."""

from __future__ import annotations

import hashlib
import re

import pytest
from django.test import Client

from huikuan.books.catalog import actions
from huikuan.books.catalog.models import Item, Price, TaxCode
from huikuan.office.company import actions as company


@pytest.fixture
def cola(cast, act):
    return actions.create_item(act("liu.min"), "10001", "可乐", "箱", "V13", family="碳酸")


@pytest.fixture
def sign_in(cast):
    def as_(login: str, language: str = "zh-hans") -> Client:
        person = cast.people[login]
        person.language = language
        person.save()
        client = Client()
        client.force_login(person)
        return client

    return as_


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    "page",
    [
        "/catalog/",
        "/catalog/?q=kl",
        "/catalog/prices",
        "/catalog/prices?holds=1",
        "/catalog/tax",
        "/catalog/{pk}",
        "/catalog/{pk}?section=facts",
    ],
)
def test_pages_open(cola, act, sign_in, page, language):
    actions.set_price(act("liu.min"), cola.pk, 10**10, "CNY", cola.tax_code.since)
    answer = sign_in("wu.gang", language).get(page.format(pk=cola.pk))
    assert answer.status_code == 200 and not re.search(r"%\(\w+\)s", answer.content.decode())


def test_forms_work_for_those_who_may(cola, cast, sign_in):
    liu, admin = sign_in("liu.min"), sign_in("admin")
    item = {"number": "10002", "name": "雪碧", "unit": "箱", "tax_code": "V13", "state": "active"}
    assert liu.post("/catalog/new", {**item, "key": "a"}).status_code == 302
    assert liu.get(f"/catalog/{cola.pk}/change").status_code == 200
    assert (
        liu.post(f"/catalog/{cola.pk}/change", {**item, "number": "10001", "version": "1", "key": "b"}).status_code
        == 302
    )
    assert Item.objects.get(pk=cola.pk).name == "雪碧"
    price = {"price": "12.3456", "mode": "gross", "currency": "CNY", "since": "2026-03-01"}
    assert liu.post(f"/catalog/{cola.pk}/price", {**price, "key": "c"}).status_code == 302
    assert Price.objects.get().price == 123_456_000_000
    assert liu.post(f"/catalog/{cola.pk}/price", {**price, "price": "1e5", "key": "d"}).status_code == 422
    assert sign_in("wang.lei").get(f"/catalog/{cola.pk}/price").status_code == 403
    tax = {"code": "V12", "name": "12%", "rate": "12 %", "kind": "taxed", "since": "2027-01-01", "key": "e"}
    assert admin.post("/catalog/tax/new", tax).status_code == 302
    row = TaxCode.objects.get(code="V12")
    assert row.rate == 12_000_000
    assert admin.get(f"/catalog/tax/{row.pk}").status_code == 200
    assert admin.get(f"/catalog/tax/{row.pk}/change").status_code == 200
    assert liu.get("/catalog/tax/new").status_code == 403


def test_rest(cola, cast, act):
    company.make_token(act("liu.min"), "test", hashlib.sha256(b"hk_x").hexdigest())
    client = Client(headers={"Authorization": "Bearer hk_x"})
    assert client.get("/api/v1/catalog/items").json()["items"][0]["number"] == "10001"
    body = {"number": "10002", "name": "雪碧", "unit": "箱", "tax_code": "V13"}
    made = client.post("/api/v1/catalog/items", body, "application/json")
    assert made.status_code == 201
    at = f"/api/v1/catalog/items/{made.json()['id']}"
    assert (
        client.patch(at, {"name": "无糖雪碧"}, "application/json", headers={"If-Match": '"1"'}).json()["version"] == 2
    )
    assert client.patch(at, {"name": "旧"}, "application/json", headers={"If-Match": '"1"'}).status_code == 412
    price = {"price": "12.3456", "currency": "CNY", "since": "2026-03-01"}
    assert client.post(f"{at}/prices", price, "application/json").status_code == 201
    assert client.get(f"{at}/prices").json()["items"][0]["price"] == "12.3456"
    found = client.get(f"{at}/price?on=2026-03-02&currency=CNY").json()
    assert found["price"] == "12.3456" and found["why"]
    assert client.get(f"{at}/price?on=2026-02-02&currency=CNY").status_code == 404
    codes = client.get("/api/v1/catalog/tax-codes?limit=200").json()["items"]
    assert next(c for c in codes if c["code"] == "V13")["rate"] == "0.13"
