"""The page and REST doors of e-invoice numbers: both languages, who may, dialogs, registers, many at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huikuan.office.company.actions import make_token
from huikuan.sales.fapiao import actions
from huikuan.sales.fapiao.models import Fapiao, Sheet
from huikuan.sales.fapiao.rules import Draft
from huikuan.sales.fapiao.tests.test_actions import CODE, OLD, ONE, TWO, book
from huikuan.sales.orders.tests.shop import DAY, Shop
from huikuan.sales.orders.tests.test_doors import door, on_the_day, page  # noqa: F401 - on_the_day is a fixture

Acts = Callable[..., Any]
Bills = Callable[..., Any]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_in_both_languages(cast: Any, shop: Shop, bill: Bills, act: Acts, language: str) -> None:
    one = bill(shop.customer("C1"))
    kept, gone = actions.note(act("chen.jing"), [Draft(one.pk, "", ONE, DAY), Draft(one.pk, CODE, OLD, DAY)])
    actions.strike(act("chen.jing"), gone, "登记错了")
    rows = [(2, {"digital": "12", "issued_on": "x", "remark": ""})]
    fed = actions.feed(act("chen.jing"), "登记簿.csv", "0" * 64, rows)
    client = door(cast, "chen.jing", language)
    for url in (
        "/fapiao/", "/fapiao/?tab=struck&live=0", f"/fapiao/?q={ONE}", "/fapiao/?sort=-amount", "/fapiao/?q=12345678&tab=all", f"/fapiao/of/{one.pk}",
        f"/fapiao/note/{one.pk}", f"/fapiao/{kept}/strike", "/fapiao/sheets", "/fapiao/sheets/new", f"/fapiao/sheets/{fed.sheet}",
        f"/billing/{one.pk}",
    ):  # fmt: skip
        body = page(client, url)
        assert "Say(" not in body and "%(" not in body
        if language == "zh-hans":
            assert "E-invoice" not in body and "Noted" not in body and "Struck" not in body and ">Register" not in body
    assert f"/fapiao/of/{one.pk}" in page(client, f"/billing/{one.pk}?section=p0")
    for q in (ONE, "12345678"):
        assert one.number in page(client, f"/search?q={q}")
    assert client.get("/fapiao/?export=xlsx").content[:2] == b"PK"
    assert client.get(f"/fapiao/sheets/{fed.sheet}/refused").content[:2] == b"PK"


def test_doors_by_role(cast: Any, shop: Shop, bill: Bills, act: Acts) -> None:
    one = bill(shop.customer("C1"))
    [pk] = actions.note(act("chen.jing"), [Draft(one.pk, "", ONE, DAY)])
    taxes, sales = door(cast, "wu.gang"), door(cast, "liu.min")
    for client in (taxes, sales):
        assert ONE in page(client, "/fapiao/")
        seen = page(client, f"/fapiao/of/{one.pk}")
        assert ONE in seen and "/strike" not in seen and "/note/" not in seen
        for url in (f"/fapiao/note/{one.pk}", f"/fapiao/{pk}/strike", "/fapiao/sheets/new"):
            page(client, url, 403)
    assert sales.post(f"/fapiao/note/{one.pk}", {"key": "n", "numbers": TWO}).status_code == 403
    seen = page(door(cast, "chen.jing"), f"/fapiao/of/{one.pk}")
    assert f"/fapiao/{pk}/strike" in seen and f"/fapiao/note/{one.pk}" in seen
    assert Fapiao.objects.count() == 1


def test_numbers_are_noted_and_struck_out_on_the_bill(cast: Any, shop: Shop, bill: Bills) -> None:
    one = bill(shop.customer("C1"))
    client = door(cast, "chen.jing")
    bad = client.post(f"/fapiao/note/{one.pk}", {"key": "n1", "numbers": f"{ONE}\n{TWO} 2026-03-01\n12"})
    assert bad.status_code == 422 and "Line 3, 12" in bad.content.decode()
    assert "20 digits" in bad.content.decode() and not Fapiao.objects.exists()
    early = client.post(f"/fapiao/note/{one.pk}", {"key": "n2", "numbers": f"{ONE}\n{TWO} 2026-03-01"})
    assert early.status_code == 422 and "Line 2, 2026-03-01" in early.content.decode()
    given = {"key": "n3", "numbers": f"{ONE}\n{CODE} {OLD} 2026-03-02"}
    for _twice in range(2):  # a double click notes once
        assert client.post(f"/fapiao/note/{one.pk}", given).status_code == 302
    pk = Fapiao.objects.get(number=ONE).pk
    assert client.post(f"/fapiao/{pk}/strike", {"key": "s1", "reason": "错号"}).status_code == 302
    assert list(Fapiao.objects.order_by("id").values_list("number", "code", "live")) == [
        (ONE, "", False),
        (OLD, CODE, True),
    ]
    assert "错号" in page(client, f"/fapiao/of/{one.pk}")


def test_a_register_is_tried_and_fed(cast: Any, shop: Shop, bill: Bills) -> None:
    one = bill(shop.customer("C1"))
    content = book(
        [1, "", "", ONE, "", "2026-03-02", "", "", "", one.number], [2, "", "", TWO, "", "2026-03-02", "", "", "", "X"]
    )
    client = door(cast, "chen.jing")

    def post(step: str, body: bytes = content) -> Any:
        return client.post(
            "/fapiao/sheets/new", {"key": "r1", "step": step, "file": SimpleUploadedFile("r.xlsx", body)}
        )

    tried = post("try")
    assert tried.status_code == 200 and "There is no bill X" in tried.content.decode() and not Sheet.objects.exists()
    done = post("do")
    kept = Sheet.objects.get()
    assert done.url == f"/fapiao/sheets/{kept.pk}" and (kept.landed, kept.refused) == (1, 1)
    assert post("do").url == done.url and Sheet.objects.count() == 1
    assert "There is no bill X" in page(client, done.url)
    assert post("do", b"nothing").status_code == 422


def test_the_rest_door(shop: Shop, bill: Bills, act: Acts) -> None:
    one = bill(shop.customer("C1"))
    clients = {}
    for login in ("chen.jing", "liu.min"):
        make_token(act(login), "test", hashlib.sha256(f"hk_{login}".encode()).hexdigest())
        clients[login] = Client(headers={"Authorization": f"Bearer hk_{login}"})

    def post(login: str, url: str, body: Any, **headers: str) -> Any:
        return clients[login].post(url, json.dumps(body), content_type="application/json", headers=headers)

    good = {
        "document": one.number,
        "number": ONE,
        "issued_on": "2026-03-02",
        "amount": {"amount": "60.00", "currency": "CNY"},
    }
    rest = {
        "document": one.number,
        "code": CODE,
        "number": OLD,
        "issued_on": "2026-03-02",
        "amount": {"amount": "40.00", "currency": "CNY"},
    }
    assert post("liu.min", "/api/v1/fapiao/", {"rows": [good]}).status_code == 403
    short = post("chen.jing", "/api/v1/fapiao/", {"rows": [good]})
    assert short.status_code == 422 and "60.00" in short.content.decode()
    for change in (
        {"document": "X"},
        {"number": "1"},
        {"amount": {"amount": "1", "currency": "USD"}},
        {"issued_on": "2026-02-30"},
    ):
        assert post("chen.jing", "/api/v1/fapiao/", {"rows": [{**good, **change}, rest]}).status_code == 422
    for _twice in range(2):
        made = post("chen.jing", "/api/v1/fapiao/", {"rows": [good, rest]}, **{"Idempotency-Key": "k"})
        assert made.status_code == 201, made.content
    first = made.json()[0]
    assert (first["document"], first["number"], first["amount"]) == (
        one.number,
        ONE,
        {"amount": "60.00", "currency": "CNY"},
    )
    assert post("liu.min", f"/api/v1/fapiao/{first['id']}/strike", {"reason": "错"}).status_code == 403
    gone = post("chen.jing", f"/api/v1/fapiao/{first['id']}/strike", {"reason": "错"})
    assert (gone.json()["live"], gone.json()["struck_reason"]) == (False, "错")
    assert post("chen.jing", f"/api/v1/fapiao/{first['id']}/strike", {"reason": "错"}).status_code == 409
    seen = lambda q: [x["number"] for x in clients["liu.min"].get(f"/api/v1/fapiao/{q}").json()["items"]]  # noqa: E731
    assert (seen(""), seen("?live=true"), seen("?tail=12345678"), seen("?document=X")) == ([OLD, ONE], [OLD], [ONE], [])
