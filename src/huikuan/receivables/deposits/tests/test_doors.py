"""The doors of deposits: pages in both languages, who may do what, each act through its dialog, REST; an order let go."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from huikuan.books.customers import queries as customers
from huikuan.connectors import bank
from huikuan.office.approvals.models import Approval
from huikuan.office.company.actions import make_token
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.cash.tests.desk import DAY
from huikuan.receivables.deposits import actions, rules
from huikuan.receivables.deposits.models import Deposit, Move, Request
from huikuan.receivables.deposits.tests.test_actions import Deposits
from huikuan.sales.billing import actions as billing
from huikuan.sales.orders import actions as orders
from huikuan.sales.orders.rules.drafts import DeliveryDraft
from huikuan.sales.orders.tests.shop import open_shop


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-03-02T02:00:00+00:00")


@pytest.fixture
def deposits(cast: Any, act: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Deposits:
    monkeypatch.setattr(cash.door, "read", bank.parse)
    return Deposits(act)


def door(cast: Any, login: str, language: str = "en") -> Client:
    client = Client()
    person = cast.people[login]
    type(person).objects.filter(pk=person.pk).update(language=language)
    person.refresh_from_db()
    client.force_login(person)
    return client


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens(cast: Any, deposits: Deposits, language: str) -> None:
    row = deposits.take(due_back=DAY)
    made = actions.ask_return(deposits.act("liu.min"), row.pk, 100, DAY, "退")
    deposits.grant()
    actions.ask_forfeit(deposits.act("liu.min"), row.pk, 100, DAY, "没收")
    advance = deposits.take(rules.ADVANCE)
    clerk, sales, treasurer = (door(cast, who, language) for who in ("chen.jing", "liu.min", "sun.tao"))
    one = f"/deposits/{row.pk}"
    for client, url in (
        *((clerk, u) for u in (
            "/deposits/", "/deposits/?tab=all", "/deposits/?tab=deposits&sort=due_back", "/deposits/requests", "/deposits/new", one, f"{one}?section=requests",
            f"/deposits/{advance.pk}", f"/deposits/of/{deposits.shop}", f"{one}/top-up", f"{one}/offset", f"{one}/change",
            f"/deposits/moves/{Move.objects.earliest('pk').pk}/undo", "/deposits/?export=xlsx", f"/search?q={row.number}", f"/customers/{deposits.shop}",
        )),
        *((sales, u) for u in (f"{one}/return", f"{one}/forfeit")),
        *((treasurer, u) for u in (f"/deposits/requests/{made.pk}/paid", f"/deposits/requests/{made.pk}/pay")),
    ):  # fmt: skip
        answer = client.get(url)
        assert answer.status_code == 200, f"{url}: {answer.content[:800]!r}"
        if language == "zh-hans" and "export" not in url:
            words = answer.content.decode()
            assert "deposit " not in words and ">Deposit" not in words and "Ask to" not in words
    assert clerk.get(f"/deposits/requests/{made.pk}").url == f"{one}?section=requests"  # type: ignore[attr-defined]
    assert "DEP-2026-000001" in clerk.get(f"/search?q={row.number}").content.decode()


def test_who_may_do_what(cast: Any, deposits: Deposits) -> None:
    row = deposits.take()
    auditor, treasurer = door(cast, "wu.gang"), door(cast, "zhou.hui")
    assert auditor.get(f"/deposits/{row.pk}").status_code == 200
    for what in ("top-up", "offset", "return", "forfeit", "change"):
        assert auditor.get(f"/deposits/{row.pk}/{what}").status_code == 403
        assert treasurer.post(f"/deposits/{row.pk}/{what}", {"on": "2026-03-02", "amount": "1", "reason": "x"}).status_code == 403  # fmt: skip
    assert auditor.get("/deposits/new").status_code == 403
    row.refresh_from_db()
    assert (row.balance, row.reserved) == (1_000_000, 0)


def test_a_life_through_the_dialogs(cast: Any, deposits: Deposits) -> None:
    line = deposits.money()
    deposits.desk.bill(deposits.shop, "90000001", 300_000)
    clerk = door(cast, "chen.jing")
    way = f"/deposits/new?receipt=BL{line:08d}&amp;customer=C1"
    assert way in clerk.get(f"/cash/lines/{line}").content.decode()
    assert "/deposits/new" not in door(cast, "zhou.hui").get(f"/cash/lines/{line}").content.decode()
    form = {
        "customer": "C1", "kind": "deposit", "receipt": f"BL{line:08d}", "amount": "9,000.00", "on": "2026-03-02", "agreement": "JX-1",
        "purpose": "经销保证金", "order": "", "due_back": "2026-12-31", "key": "k1",
    }  # fmt: skip
    for wrong in (
        {"receipt": "BL99999999"},
        {"receipt": "XYZ"},
        {"amount": "abc"},
        {"amount": "99,000"},
        {"order": "nope"},
        {"kind": "x"},
    ):
        assert clerk.post("/deposits/new", {**form, **wrong, "key": "w"}).status_code == 422
    assert clerk.post("/deposits/new", form).status_code in (200, 204, 302)
    assert clerk.post("/deposits/new", form).status_code in (200, 204, 302)  # a double click: the same deposit
    row = Deposit.objects.get()
    at = f"/deposits/{row.pk}"
    assert "90000001" in clerk.get(f"{at}/offset").content.decode()
    data = {"documents": "90000001", "on": "2026-03-02", "version": row.version, "key": "k2"}
    assert clerk.post(f"{at}/offset", {**data, "version": 99, "key": "w"}).status_code == 409
    assert clerk.post(f"{at}/offset", data).status_code in (200, 204, 302)
    rest = {"receipt": f"BL{line:08d}", "amount": "", "on": "2026-03-02", "key": "k3"}
    assert clerk.post(f"{at}/top-up", rest).status_code in (200, 204, 302)
    assert clerk.post(f"{at}/change", {"agreement": "JX-2", "purpose": "x", "due_back": "", "key": "k4"}).status_code in (200, 204, 302)  # fmt: skip
    sales = door(cast, "liu.min")
    ask = {
        "amount": "1,000.00",
        "on": "2026-03-02",
        "reason": "合同到期",
        "payee": "",
        "payee_account": "62220001",
        "key": "k5",
    }
    assert sales.post(f"{at}/return", ask).status_code in (200, 204, 302)
    assert sales.post(f"{at}/forfeit", {"amount": "100.00", "on": "2026-03-02", "reason": "窜货", "key": "k6"}).status_code in (200, 204, 302)  # fmt: skip
    for asked in Approval.objects.filter(state="asked"):
        page = door(cast, "zhou.hui").get(f"/approvals/{asked.pk}")
        assert page.status_code == 200 and "DEP-2026-000001" in page.content.decode()
        deposits.grant()
    deposits.desk.line(-100_000, "杭州万家超市有限公司", "62220001", "退保证金")
    request = Request.objects.get(what="returned")
    treasurer = door(cast, "sun.tao")
    page = treasurer.get(f"/deposits/requests/{request.pk}/paid").content.decode()
    chosen = page.split('<option value="')[1].split('"')[0]
    assert treasurer.post(f"/deposits/requests/{request.pk}/paid", {"line": chosen, "key": "k7"}).status_code in (200, 204, 302)  # fmt: skip
    row.refresh_from_db()
    assert (row.balance, row.reserved, row.agreement) == (1_000_000 - 300_000 - 100_000 - 10_000, 0, "JX-2")
    move = Move.objects.get(what="offset")
    assert clerk.post(f"/deposits/moves/{move.pk}/undo", {"reason": "x", "key": "k8"}).status_code in (200, 204, 302)
    deposits.whole()


def test_rest(cast: Any, deposits: Deposits) -> None:
    make_token(deposits.act("sun.tao"), "test", hashlib.sha256(b"secret").hexdigest())
    client = Client(headers={"Authorization": "Bearer secret", "Accept-Language": "en"})
    line, item = deposits.money(), deposits.desk.bill(deposits.shop, "90000001", 300_000)

    def post(url: str, what: dict[str, Any], **headers: str) -> Any:
        return client.post(
            f"/api/v1/deposits/{url}", json.dumps(what), content_type="application/json", headers=headers
        )

    def yuan(text: str, currency: str = "CNY") -> dict[str, str]:
        return {"amount": text, "currency": currency}

    body = {
        "customer": "C1",
        "kind": "deposit",
        "on": "2026-03-02",
        "line": line,
        "amount": yuan("6000.00"),
        "agreement": "A",
    }
    made = post("", body, **{"Idempotency-Key": "a1"})
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    assert post("", body, **{"Idempotency-Key": "a1"}).json()["id"] == pk
    assert post("", {**body, "kind": "x"}).status_code == 422
    assert post("", {**body, "customer": "C9"}).status_code == 404
    assert post(f"{pk}/top-up", {"on": "2026-03-02", "line": line, "amount": yuan("1.00", "USD")}).status_code == 422
    assert post(f"{pk}/top-up", {"on": "2026-03-02", "line": line}, **{"If-Match": '"99"'}).status_code == 412
    assert post(f"{pk}/top-up", {"on": "2026-03-02", "line": line}).json()["balance"]["amount"] == "10000.00"
    legs = [{"item": item, "amount": yuan("1000.00")}]
    assert post(f"{pk}/offset", {"on": "2026-03-02", "legs": legs}).json()["balance"]["amount"] == "9000.00"
    asked = post(f"{pk}/return", {"on": "2026-03-02", "amount": yuan("9000.00"), "reason": "到期"})
    assert asked.status_code == 201 and asked.json()["state"] == "asked"
    assert post(f"{pk}/forfeit", {"on": "2026-03-02", "amount": yuan("1.00"), "reason": "x"}).status_code == 422
    assert post(f"requests/{asked.json()['id']}/pay", {"on": "2026-03-02"}).status_code == 409
    assert post(f"requests/{asked.json()['id']}/paid", {"line": line}).status_code in (403, 409)
    told = client.get(f"/api/v1/deposits/{pk}/moves").json()
    assert [(m["what"], m["balance"]["amount"]) for m in told] == [("received", "6000.00"), ("received", "10000.00"), ("offset", "9000.00")]  # fmt: skip
    assert post(f"moves/{told[2]['id']}/undo", {"reason": "错"}).json()["balance"]["amount"] == "10000.00"
    assert len(client.get("/api/v1/deposits/?state=open&kind=deposit&customer=C1").json()["items"]) == 1
    assert client.get("/api/v1/deposits/requests?state=asked").json()["items"][0]["deposit"] == "DEP-2026-000001"
    assert client.get("/api/v1/deposits/999999").status_code == 404
    deposits.whole()


def test_an_order_that_waits_for_its_money_is_let_go_by_the_advance(cast: Any, deposits: Deposits) -> None:
    """款到发货 (cases: the goods go when the money is there, and the advance pays the invoice)."""
    act = deposits.act
    shop = open_shop(act)
    one = shop.customer("R5", None, name="先款后货商贸")
    terms = customers.terms(deposits.company, "CASH")
    order = orders.place(act("wang.lei"), shop.order(one, terms=terms.id))
    assert (order.state, order.prepay) == ("held", 50_00)
    line = deposits.money(50_00, "先款后货商贸", "预付款")
    clerk = door(cast, "chen.jing")
    form = {
        "customer": "R5",
        "kind": "deposit",
        "receipt": f"BL{line:08d}",
        "on": "2026-03-02",
        "order": order.number,
        "key": "k",
    }
    assert clerk.post("/deposits/new", form).status_code == 422  # a deposit secures, it pays no order
    assert clerk.post("/deposits/new", {**form, "kind": "advance", "key": "k2"}).status_code in (200, 204, 302)
    order.refresh_from_db()
    assert order.state == "free"
    row = Deposit.objects.get()
    left = orders.deliver(act("wang.lei"), DeliveryDraft(order.pk, DAY))
    billing.bill(act("wang.lei"), [left.pk], DAY)
    row = actions.offset(act("chen.jing"), row.pk, DAY)  # it knows what bills its order
    assert row.state == "settled" and customers.exposure_amounts(deposits.company, "items").get((one.pk, "CNY"), 0) == 0
    deposits.whole()


def test_a_release_on_a_slip_is_confirmed_by_the_advance(cast: Any, deposits: Deposits) -> None:
    from huikuan.office.files.actions import keep
    from huikuan.office.work.models import WorkOrder

    act = deposits.act
    shop = open_shop(act)
    one = shop.customer("R8", "0", name="先款后货商贸")
    order = orders.place(act("wang.lei"), shop.order(one))
    slip = keep(act("chen.jing"), "slip.png", b"\x89PNG slip", "bank slip", f"orders.order:{order.pk}")
    orders.release(act("chen.jing"), order.pk, "slip shown", evidence=slip.pk)
    line = deposits.money(50_00, "先款后货商贸", "预付款")
    actions.take(act("chen.jing"), one.pk, rules.ADVANCE, date(2026, 3, 2), line_id=line, order_id=order.pk)
    assert WorkOrder.objects.get(kind="orders.money_came").state == "done"
    deposits.whole()
