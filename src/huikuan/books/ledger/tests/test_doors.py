"""The ledger's REST door: the same figures, actions and refusals as the pages; keys, versions, cursors, companies."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from huikuan.books.ledger import queries
from huikuan.books.ledger.actions import post as book
from huikuan.books.ledger.models import Clearing, Entry, OpenItem, Period
from huikuan.books.ledger.tests.conftest import bill
from huikuan.office.company import actions as company

D = date


@pytest.fixture
def rest(books, act):
    """rest("sun.tao"): get, post and patch with that person's token."""

    def seat(login, of=None):
        secret, digest = company.new_secret()
        maker = act(login)
        if of is not None:
            maker.company = of.pk
        company.make_token(maker, "test", digest, None, ["all", "sensitive"])
        client = Client()

        class Door:
            def get(self, path, **query):
                return client.get(f"/api/v1/ledger/{path}", query, HTTP_AUTHORIZATION=f"Bearer {secret}")

            def send(self, method, path, body, **headers):
                send = getattr(client, method)
                extra = {f"HTTP_{k.upper()}": v for k, v in headers.items()}
                return send(
                    f"/api/v1/ledger/{path}",
                    body,
                    content_type="application/json",
                    HTTP_AUTHORIZATION=f"Bearer {secret}",
                    **extra,
                )

            def post(self, path, body, **headers):
                return self.send("post", path, body, **headers)

            def patch(self, path, body, **headers):
                return self.send("patch", path, body, **headers)

        return Door()

    return seat


def test_without_a_token_nothing(books):
    got = Client().get("/api/v1/ledger/items")
    assert got.status_code == 401 and got["Content-Type"].startswith("application/problem+json")


def test_items_as_of_with_cursors(rest, books):
    door, found, cursor = rest("wu.gang"), [], None
    while True:
        page = door.get("items", as_of="2026-03-31", limit=2, **({"cursor": cursor} if cursor else {})).json()
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [i["document"] for i in found] == ["B5", "B3", "B1", "U1", "B2", "G1", "B4"]
    assert found[1]["due_date"] == "2026-02-04" and found[3]["open"] == {"amount": "500.00", "currency": "USD"}
    late = door.get("items", as_of="2026-03-31", from_days=1, to_days=30, currency="CNY").json()["items"]
    [row] = [r for r in queries.ageing(books.cast.company.pk, D(2026, 3, 31)) if r.currency == "CNY"]
    assert len(late) == row.buckets["1-30"].items
    cells = door.get("ageing", as_of="2026-03-31").json()["rows"]
    assert {c["name"]: c["items"] for c in cells[0]["buckets"]}["1-30"] == len(late)
    assert door.get("items", customer="C001,C777", status="all").json()["items"][0]["customer"] == "C001"
    assert door.get("items", status="sideways").status_code == 422


def test_an_item_is_changed_with_its_version(rest, books):
    door, pk = rest("sun.tao"), books.items["B2"]
    seen = door.get(f"items/{pk}")
    assert seen["ETag"] == '"1"'
    done = door.patch(f"items/{pk}", {"block": "dunning", "reason": "asked"}, if_match='"1"')
    assert done.status_code == 200 and done.json()["block"] == "dunning" and done["ETag"] == '"2"'
    stale = door.patch(f"items/{pk}", {"block": "", "reason": "asked"}, if_match='"1"')
    assert stale.status_code == 412
    assert door.patch(f"items/{pk}", {"amount": "1", "reason": "x"}).status_code == 422
    assert door.patch(f"items/{pk}", {"reason": "x"}).status_code == 422
    assert door.patch(f"items/{books.items['B1']}", {"text": "x", "reason": "x"}).status_code == 409  # cleared
    assert rest("wu.gang").patch(f"items/{pk}", {"text": "x", "reason": "x"}).status_code == 403
    assert door.patch("items/999999", {"text": "x", "reason": "x"}).status_code == 404


def test_entries_are_posted_once_and_reversed(rest, books):
    door = rest("sun.tao")
    body = {
        "posting_date": "2026-04-15", "text": "手工",
        "lines": [
            {"account": "1122", "customer": "C001", "amount": {"amount": "12.30", "currency": "CNY"}, "due_date": "2026-05-01"},
            {"account": "6051", "amount": {"amount": "-12.30", "currency": "CNY"}},
        ],
    }  # fmt: skip
    before = Entry.objects.count()
    assert door.post("entries?dry=true", body).status_code == 201 and Entry.objects.count() == before
    first = door.post("entries", body, idempotency_key="k1")
    again = door.post("entries", body, idempotency_key="k1")
    assert (
        first.status_code == again.status_code == 201
        and first.json()["id"] == again.json()["id"]
        and Entry.objects.count() == before + 1
    )
    other = door.post("entries", {**body, "text": "anders"}, idempotency_key="k1")
    assert other.status_code == 409
    assert first.json()["lines"][0]["item"] == OpenItem.objects.latest("id").pk
    body["lines"][1]["amount"]["amount"] = "-12.31"
    off = door.post("entries", body)
    assert off.status_code == 422 and "I01" in off.json()["detail"]
    body["lines"][0]["customer"] = "C9"
    assert door.post("entries", body).json()["errors"][0]["row"] == 1
    pk = first.json()["id"]
    mirror = door.post(f"entries/{pk}/reverse", {"on": "2026-04-15", "reason": "wrong"})
    assert mirror.status_code == 201 and mirror.json()["reverses"] == pk
    assert door.get(f"entries/{pk}").json()["reversed_by"] == mirror.json()["id"]
    assert door.post(f"entries/{pk}/reverse", {"on": "2026-04-15", "reason": "wrong"}).status_code == 409
    assert [e["id"] for e in door.get("entries", klass="SA").json()["items"]] == [mirror.json()["id"], pk]


def test_clearings_by_rest(rest, books):
    door = rest("chen.jing")
    legs = [
        {"item": books.items["B5"], "amount": {"amount": "12.34", "currency": "CNY"}},
        {"item": books.items["R2"], "amount": {"amount": "-12.34", "currency": "CNY"}},
    ]
    made = door.post("clearings", {"on": "2026-04-15", "legs": legs, "reason": "paid"})
    assert made.status_code == 201 and OpenItem.objects.get(document="R2").remaining == 0
    pk = made.json()["id"]
    assert door.get(f"clearings/{pk}").json()["legs"][0]["amount"]["amount"] in ("12.34", "-12.34")
    assert len(door.get("clearings").json()["items"]) == 2
    undone = door.post(f"clearings/{pk}/undo", {"on": "2026-04-15", "reason": "wrong"})
    assert (
        undone.status_code == 201
        and undone.json()["reverses"] == pk
        and OpenItem.objects.get(document="R2").remaining == -12_34
    )
    legs[0]["amount"]["currency"] = legs[1]["amount"]["currency"] = "USD"
    assert door.post("clearings", {"on": "2026-04-15", "legs": legs}).status_code == 422
    assert Clearing.objects.count() == 3


def test_periods_and_the_trial_balance(rest, books):
    door, pk = rest("zhou.hui"), Period.objects.get(year=2026, month=1).pk
    assert door.post(f"periods/{pk}/close", {}).json()["state"] == "closed"
    assert door.post(f"periods/{pk}/close", {}).status_code == 409
    assert door.post(f"periods/{pk}/reopen", {"reason": "late bill"}).json()["state"] == "open"
    assert rest("sun.tao").post(f"periods/{pk}/close", {}).status_code == 403
    got = door.get("trial-balance", since="2025-12-01", until="2026-04-15").json()
    assert {r["account"]: r["closing"] for r in got["rows"]}["1002"] == "112.34"
    assert len(door.get("accounts", limit=200).json()["items"]) >= 20


def test_another_company_sees_nothing_of_this_one(rest, books, act):
    other = company.open_company(act("system"), "200", "别家", "CNY")
    stranger = act("system")
    stranger.company = other.pk
    company.add_person(stranger, "qian.yi", "钱一", ["ARA", "CSH", "CLO"])
    door = rest("qian.yi", of=other)
    assert door.get("items", status="all").json()["items"] == [] and door.get("entries").json()["items"] == []
    for path in (f"items/{books.items['B2']}", f"entries/{books.entries['B2']}", f"clearings/{books.clearing}"):
        assert door.get(path).status_code == 404
    assert door.patch(f"items/{books.items['B2']}", {"text": "x", "reason": "x"}).status_code == 404
    assert door.post(f"entries/{books.entries['B2']}/reverse", {"on": "2026-04-15", "reason": "x"}).status_code == 404
    assert door.post(f"clearings/{books.clearing}/undo", {"on": "2026-04-15", "reason": "x"}).status_code == 404
    assert OpenItem.objects.get(document="B2").text != "x"


def test_many_items_page_with_few_queries(books, act, sit, django_assert_max_num_queries):
    book(act("sun.tao"), [bill(books.yonghui, f"M{n}", 100 + n, D(2026, 3, 1), D(2026, 3, 20)) for n in range(120)])
    page = sit("sun.tao")
    page.get("/ledger/items")
    with django_assert_max_num_queries(24):
        page.get("/ledger/items?as_of=2026-03-31&size=100")
    with django_assert_max_num_queries(24):
        page.get("/ledger/overdue?size=100")
    with django_assert_max_num_queries(20):
        page.get("/ledger/entries?size=100")
