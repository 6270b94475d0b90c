"""Invoices without an order: the same engine as a bill, one and many."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as books
from huikuan.kit.errors import Denied, Invalid, Missing, Refused
from huikuan.kit.money import parse_price, parse_quantity
from huikuan.office.company.actions import make_token
from huikuan.office.trail.actions import prove
from huikuan.sales.billing import actions
from huikuan.sales.billing.models import Document, DocumentLine
from huikuan.sales.billing.types import InvoiceDraft, InvoiceLineDraft
from huikuan.sales.orders.tests.shop import DAY, Shop

Acts = Callable[..., Any]


def line(item: Any, quantity: str = "3", price: str = "10", **more: Any) -> InvoiceLineDraft:
    return InvoiceLineDraft(
        item if isinstance(item, int) else item.pk, parse_quantity(quantity), parse_price(price), **more
    )


def test_an_invoice_without_an_order_is_booked(shop: Shop, act: Acts) -> None:
    one = shop.customer("B1", terms="N030")
    draft = InvoiceDraft(
        one.pk, DAY, (line(shop.juice), line(shop.juice, "1", text="运费")), reference="PO-1", external="X1"
    )
    [pk] = actions.issue(act("chen.jing"), [draft])
    doc = Document.objects.get(pk=pk)
    assert (doc.net, doc.tax, doc.gross, doc.state, doc.reference) == (40_00, 5_20, 45_20, "posted", "PO-1")
    assert list(DocumentLine.objects.filter(document=doc).values_list("n", "text", "net")) == [
        (1, shop.juice.name, 30_00),
        (2, "运费", 10_00),
    ]
    [item] = books.open_items(doc.company_id)
    assert (item.document, item.remaining, item.kind, item.reference) == (doc.number, 45_20, "invoice", "PO-1")
    assert customers.exposure(doc.company_id, one.pk).layers.items == 45_20
    assert [c for c in prove(doc.company_id).checks if c.wrong] == []


def test_what_is_wrong_is_said(shop: Shop, act: Acts) -> None:
    one = shop.customer("B1")
    good = InvoiceDraft(one.pk, DAY, (line(shop.juice),), external="X1")
    actions.issue(act("chen.jing"), [good])
    for wrong, trouble in (
        ([good], Refused),
        ([InvoiceDraft(one.pk, DAY, (line(shop.juice),), external="Y")] * 2, Refused),
        ([InvoiceDraft(one.pk + 999, DAY, (line(shop.juice),))], Missing),
        ([InvoiceDraft(one.pk, DAY, (line(99_999_999),))], Missing),
        ([InvoiceDraft(one.pk, DAY, ())], Invalid),
        ([InvoiceDraft(one.pk, DAY, (line(shop.juice, "0"),))], Invalid),
        ([InvoiceDraft(one.pk, DAY, (line(shop.juice),), mode="half")], Invalid),
        ([InvoiceDraft(one.pk, DAY, (line(shop.juice),), currency="XXQ")], Invalid),
    ):
        with pytest.raises(trouble):
            actions.issue(act("chen.jing"), wrong)
    with pytest.raises(Denied):
        actions.issue(act("wu.gang"), [InvoiceDraft(one.pk, DAY, (line(shop.juice),))])
    assert Document.objects.count() == 1


def test_many_invoices_take_as_many_statements_as_two(shop: Shop, act: Acts) -> None:
    """Twice the invoices are no more statements: nothing is asked in a loop. (Rows go to SQLite sixty-four at a time.)"""
    people = [shop.customer(f"B{n}") for n in range(4)]

    def statements(count: int) -> int:
        drafts = [InvoiceDraft(people[n % 4].pk, DAY, (line(shop.juice, str(1 + n)),)) for n in range(count)]
        seen = []

        def counted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            seen.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(counted):
            actions.issue(act("chen.jing"), drafts)
        return len(seen)

    statements(4)  # opens the period
    assert statements(128) == statements(64)
    assert [c for c in prove(people[0].company_id).checks if c.wrong] == []


def test_the_rest_door(shop: Shop, act: Acts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-03-02T02:00:00+00:00")
    shop.customer("B1", terms="N030")
    body = {
        "customer": "B1", "date": DAY.isoformat(), "external": "E-1",
        "lines": [{"item": shop.juice.number, "quantity": "2", "price": "10.00"}],
    }  # fmt: skip

    clients = {}
    for login in ("chen.jing", "wu.gang"):
        make_token(act(login), "test", hashlib.sha256(f"hk_{login}".encode()).hexdigest())
        clients[login] = Client(headers={"Authorization": f"Bearer hk_{login}"})

    def post(login: str, body: dict[str, Any]) -> Any:
        return clients[login].post("/api/v1/billing/invoices", json.dumps(body), content_type="application/json")

    made = post("chen.jing", body)
    assert made.status_code == 201, made.content
    assert made.json()["gross"] == {"amount": "22.60", "currency": "CNY"}
    assert post("chen.jing", body).status_code == 409  # the same key
    assert post("wu.gang", {**body, "external": ""}).status_code == 403
    assert post("chen.jing", {**body, "lines": [{"item": "NONE", "quantity": "2", "price": "1"}]}).status_code == 422
    assert post("chen.jing", {**body, "lines": []}).status_code == 422
