"""Pages and REST of the customers: who may, what they show, what they refuse."""

from __future__ import annotations

import hashlib
import re

import pytest
from django.test import Client

from huikuan.books.customers import actions, queries
from huikuan.books.customers.models import Customer, Terms
from huikuan.office.company import actions as company

PAGES = (
    "/customers/",
    "/customers/groups",
    "/customers/org",
    "/customers/terms",
    "/customers/terms/try",
    "/customers/policies",
)


@pytest.fixture
def shop(cast, act):
    return actions.create(
        act("liu.min"), "1001", "沪光食品(上海)有限公司", name_en="Huguang Food", klass="distributor", terms="M030"
    )


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


@pytest.fixture
def rest(cast, act):
    def as_(login: str) -> Client:
        secret = "hk_test_" + login
        company.make_token(act(login), "test", hashlib.sha256(secret.encode()).hexdigest(), scope=["all", "sensitive"])
        return Client(headers={"Authorization": f"Bearer {secret}"})

    return as_


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_pages_open_for_everyone_who_may_see(shop, sign_in, page, language):
    answer = sign_in("wu.gang", language).get(page)
    assert answer.status_code == 200
    assert not re.search(r"%\(\w+\)s", answer.content.decode())


def test_pages_ask_for_a_sign_in(cast):
    assert Client().get("/customers/").status_code == 302


def test_the_list_finds_by_pinyin_and_exports(shop, sign_in):
    client = sign_in("liu.min")
    assert "1001" in client.get("/customers/?q=hgsp").content.decode()
    assert "1001" not in client.get("/customers/?q=zzzz").content.decode()
    assert "1001" not in client.get("/customers/?over=1&state=open").content.decode()
    answer = client.get("/customers/?export=xlsx")
    assert answer.status_code == 200 and answer.content[:2] == b"PK"
    for sort in ("number", "-exposure", "credit_limit", "name", "-klass", "payer", "terms", "org"):
        assert client.get(f"/customers/?sort={sort}").status_code == 200


def test_the_list_asks_few_questions(cast, act, sign_in, django_assert_max_num_queries):
    actions.land(act(), [{"number": f"{n:04d}", "name": f"客户{n}", "terms": "N030"} for n in range(120)])
    client = sign_in("liu.min")
    client.get("/customers/")
    with django_assert_max_num_queries(25):
        client.get("/customers/")


@pytest.mark.parametrize("section", ["", "credit", "facts", "places", "accounts"])
def test_one_customer(shop, act, sign_in, section):
    actions.add_bank_account(act("liu.min"), shop.pk, "6222000011112222", bank="工商银行")
    actions.add_ship_to(act("liu.min"), shop.pk, "01", "一号仓")
    actions.set_state(act("chen.jing"), shop.pk, "blocked", "欠款")
    body = sign_in("chen.jing").get(f"/customers/{shop.pk}?section={section}").content.decode()
    assert "沪光食品" in body and "欠款" in body
    if section == "accounts":
        assert "6222000011112222" not in body and "6222••••••••2222" in body  # whole only by a reveal


def test_another_company_is_not_seen(shop, sign_in):
    assert sign_in("liu.min").get(f"/customers/{shop.pk + 7}").status_code == 404


def key_of(body: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', body)
    assert found
    return found[1]


FORM = {
    "number": "1002",
    "name": "好客商店",
    "klass": "shop",
    "currency": "CNY",
    "language": "zh-hans",
    "tax_kind": "general",
}


def test_an_account_is_opened_by_the_form_once(shop, sign_in):
    client = sign_in("liu.min")
    key = key_of(client.get("/customers/new").content.decode())
    wrong = client.post("/customers/new", {**FORM, "key": key, "uscc": "911"})
    assert wrong.status_code == 422 and not Customer.objects.filter(number="1002").exists()
    for _ in range(2):  # a double click
        answer = client.post("/customers/new", {**FORM, "key": key, "uscc": "911", "uscc_anyway": "on"})
        assert answer.status_code == 302
    row = Customer.objects.get(number="1002")
    assert (row.credit_limit, row.uscc) == (0, "911")
    assert client.post("/customers/new", {**FORM, "key": "other"}).status_code == 409


def test_a_change_by_a_stale_form_is_told_so(shop, act, sign_in):
    client = sign_in("liu.min")
    body = client.get(f"/customers/{shop.pk}/change").content.decode()
    assert 'name="version" value="1"' in body
    actions.change(act("liu.min"), shop.pk, {"short_name": "沪光"})
    data = {**FORM, "number": "1001", "name": "新名字", "version": "1", "key": "k1"}
    assert client.post(f"/customers/{shop.pk}/change", data).status_code == 409
    assert client.post(f"/customers/{shop.pk}/change", {**data, "version": "2", "key": "k2"}).status_code == 302
    row = Customer.objects.get(pk=shop.pk)
    assert (row.name, row.terms_id) == ("新名字", None)


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/customers/new", {"liu.min"}),
        ("/customers/{pk}/change", {"liu.min"}),
        ("/customers/{pk}/limit", {"chen.jing", "zhao.yan"}),
        ("/customers/{pk}/block", {"liu.min", "chen.jing", "zhao.yan"}),
        ("/customers/{pk}/bank", {"liu.min"}),
        ("/customers/{pk}/alias", {"liu.min", "chen.jing", "zhao.yan", "sun.tao"}),
        ("/customers/{pk}/ship-to", {"liu.min"}),
        ("/customers/groups/new", {"liu.min"}),
        ("/customers/org/new", {"liu.min"}),
        ("/customers/terms/new", {"liu.min"}),
        ("/customers/policies/new", {"admin"}),
    ],
)
def test_each_form_opens_for_those_who_may_only(shop, sign_in, path, may):
    opened = {
        login
        for login in ("liu.min", "wang.lei", "chen.jing", "zhao.yan", "sun.tao", "zhou.hui", "wu.gang", "admin")
        if sign_in(login).get(path.format(pk=shop.pk)).status_code == 200
    }
    assert opened == may


def test_the_limit_form_asks_or_does(shop, act, sign_in):
    client = sign_in("chen.jing")
    path = f"/customers/{shop.pk}/limit"
    assert client.post(path, {"limit": "1,000.00", "reason": "旺季", "key": "a", "version": "1"}).status_code == 302
    assert Customer.objects.get(pk=shop.pk).credit_limit == 0
    assert "1,000.00" in client.get(f"/customers/{shop.pk}").content.decode()
    Customer.objects.filter(pk=shop.pk).update(credit_limit=None)
    assert client.post(path, {"limit": "500", "reason": "降低", "key": "b"}).status_code == 302
    assert Customer.objects.get(pk=shop.pk).credit_limit == 50000


def test_the_other_forms_work(shop, sign_in):
    liu, chen, admin = sign_in("liu.min"), sign_in("chen.jing"), sign_in("admin")
    at = f"/customers/{shop.pk}"
    steps = (
        (chen, f"{at}/block", {"reason": "欠款", "version": "1"}),
        (chen, f"{at}/unblock", {"reason": "付清", "version": "2"}),
        (liu, f"{at}/bank", {"number": "6222 0000", "bank_code": "102290000011"}),
        (liu, f"{at}/ship-to", {"number": "01", "name": "一号仓"}),
        (liu, f"{at}/alias", {"name": "老沪光"}),
        (liu, "/customers/groups/new", {"number": "G1", "name": "沪光集团"}),
        (liu, "/customers/org/new", {"code": "BU1", "kind": "BU", "name": "饮料", "since": "2026-01-01"}),
        (
            liu,
            "/customers/org/new",
            {"code": "MU1", "kind": "MU", "name": "华东", "since": "2026-01-01", "parent": "BU1"},
        ),
        (
            liu,
            "/customers/terms/new",
            {"code": "M045", "name": "月结45天", "rule": '{"kind": "month_end", "days": 45}', "active": "on"},
        ),
        (
            admin,
            "/customers/policies/new",
            {"klass": "ka", "check_limit": "on", "overdue_percent": "12.5", "grace_days": "3"},
        ),
    )
    for n, (client, path, data) in enumerate(steps):
        answer = client.post(path, {**data, "key": f"k{n}"})
        assert answer.status_code == 302, (path, answer.content.decode()[-3000:])
    [place] = queries.ship_tos(shop.company_id, shop.pk)
    [bank] = queries.bank_accounts(shop.company_id, shop.pk)
    assert liu.post(f"{at}/ship-to/{place.id}", {"name": "二号仓", "key": "x"}).status_code == 302
    assert liu.post(f"{at}/bank/{bank.id}/retire", {"reason": "销户", "key": "y"}).status_code == 302
    group = queries.group_rows(shop.company_id).get()
    assert (
        chen.post(f"/customers/groups/{group.pk}/limit", {"limit": "9,000", "reason": "授信", "key": "z"}).status_code
        == 302
    )
    assert liu.get(f"/customers/groups/{group.pk}").status_code == 200
    terms = Terms.objects.get(code="M045")
    assert liu.get(f"/customers/terms/{terms.pk}").status_code == 200
    assert liu.get(f"/customers/terms/{terms.pk}/change").status_code == 200
    policy = queries.policy_rows(shop.company_id).get(klass="ka")
    assert policy.overdue_share == 12_500_000
    assert admin.get(f"/customers/policies/{policy.pk}").status_code == 200
    assert admin.get(f"/customers/policies/{policy.pk}/change").status_code == 200
    bad = liu.post(
        "/customers/terms/new", {"code": "X", "name": "x", "rule": '{"kind": "days", "days": -1}', "key": "q"}
    )
    assert bad.status_code == 422 and "days" in bad.content.decode()


def test_the_calculator_says_why(cast, sign_in):
    client = sign_in("liu.min", "en")
    body = client.get("/customers/terms/try?terms=I352&amount=100&invoice=2026-01-15&order=2026-01-10").content.decode()
    assert "Part 1 of 3, 30%." in body and "2026-02-14" in body and "30.00" in body
    assert client.get("/customers/terms/try?terms=M030&amount=abc&invoice=2026-01-15").status_code == 200
    assert client.get("/customers/terms/try?terms=M030&amount=1&invoice=2026-02-30").status_code == 200
    assert "2027" in client.get("/customers/terms/try?terms=P030&amount=1&invoice=2027-01-15").content.decode()


def test_search_finds_customers(shop):
    from huikuan.books.customers.views import search

    assert [h.url for h in search(shop.company_id, "hgsp", 5)] == [f"/customers/{shop.pk}"]


# ---- REST


def test_rest_lists_pages_and_shows(cast, act, rest):
    actions.land(act(), [{"number": f"{n:04d}", "name": f"客户{n}", "credit_limit": None} for n in range(5)])
    client = rest("wu.gang")
    first = client.get("/api/v1/customers/?limit=3").json()
    assert [c["number"] for c in first["items"]] == ["0000", "0001", "0002"]
    second = client.get(f"/api/v1/customers/?limit=3&cursor={first['next']}").json()
    assert [c["number"] for c in second["items"]] == ["0003", "0004"] and second["next"] is None
    one = client.get(f"/api/v1/customers/customer/{first['items'][0]['id']}")
    assert one.json()["credit_limit"] is None and one["ETag"] == '"1"'
    assert [c["number"] for c in client.get("/api/v1/customers/?q=客户4").json()["items"]] == ["0004"]
    assert client.get("/api/v1/customers/customer/99999999").status_code == 404
    assert Client().get("/api/v1/customers/").status_code == 401


def test_rest_opens_changes_and_refuses(cast, act, rest):
    client = rest("liu.min")
    body = {"number": "1002", "name": "好客商店", "uscc": "911", "terms": "N030"}
    answer = client.post("/api/v1/customers/", body, "application/json", headers={"Idempotency-Key": "a"})
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (
        made["credit_limit"] == {"amount": "0.00", "currency": "CNY"}
        and made["uscc_warning"]
        and made["terms"] == "N030"
    )
    again = client.post("/api/v1/customers/", body, "application/json", headers={"Idempotency-Key": "a"})
    assert again.json()["id"] == made["id"]
    at = f"/api/v1/customers/customer/{made['id']}"
    assert client.patch(at, {"name": "好客"}, "application/json", headers={"If-Match": '"1"'}).json()["version"] == 2
    assert client.patch(at, {"name": "旧"}, "application/json", headers={"If-Match": '"1"'}).status_code == 412
    assert client.patch(at, {"terms": ""}, "application/json").json()["terms"] is None
    wrong = client.patch(at, {"payer": "404"}, "application/json")
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["field"] == "payer"
    assert client.patch(at, {"colour": "red"}, "application/json").status_code == 422
    assert (
        client.post(
            f"{at}/limit", {"limit": {"amount": "1.00", "currency": "CNY"}, "reason": "x"}, "application/json"
        ).status_code
        == 403
    )
    assert client.post(f"{at}/bank-accounts", {"number": "6222"}, "application/json").status_code == 201
    assert client.get(f"{at}/bank-accounts").json()["items"][0]["number"] == "••••"
    assert client.post(f"{at}/ship-tos", {"number": "1", "name": "仓"}, "application/json").status_code == 201
    assert len(client.get(f"{at}/ship-tos").json()["items"]) == 1
    credit = rest("chen.jing")
    asked = credit.post(
        f"{at}/limit", {"limit": {"amount": "5.00", "currency": "CNY"}, "reason": "旺季"}, "application/json"
    )
    assert asked.json()["done"] is False and asked.json()["approval"]
    usd = credit.post(
        f"{at}/limit", {"limit": {"amount": "5.00", "currency": "USD"}, "reason": "旺季"}, "application/json"
    )
    assert usd.status_code == 422
    assert (
        credit.post(f"{at}/state", {"state": "blocked", "reason": "x"}, "application/json").json()["state"] == "blocked"
    )
    assert credit.get(f"{at}/exposure").json()["layers"]["total"] == {"amount": "0.00", "currency": "CNY"}


def test_rest_terms(cast, act, rest):
    client = rest("liu.min")
    assert any(t["code"] == "M030" for t in client.get("/api/v1/customers/terms?limit=200").json()["items"])
    rule = {"kind": "days", "days": 10}
    assert (
        client.put(
            "/api/v1/customers/terms", {"code": "N010", "name": "10天", "rule": rule}, "application/json"
        ).status_code
        == 200
    )
    bad = client.put(
        "/api/v1/customers/terms", {"code": "N010", "name": "10天", "rule": {"kind": "?"}}, "application/json"
    )
    assert bad.status_code == 422
    asked = {"terms": "E030", "total": {"amount": "100.00", "currency": "CNY"}, "invoice": "2026-01-15"}
    found = client.post("/api/v1/customers/terms/try", asked, "application/json").json()
    assert found["instalments"][0]["due"] == "2026-02-14"
    assert found["instalments"][0]["discounts"] == [{"until": "2026-01-25", "rate": "0.02"}]
    for path in ("groups", "org-units"):
        assert client.get(f"/api/v1/customers/{path}").json() == {"items": [], "next": None}
