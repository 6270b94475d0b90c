"""The company's pages: people and duties, calendar, tokens, settings, layouts; who may, and what each refuses."""

from __future__ import annotations

import hashlib
import re

import pytest
from django.test import Client

from huikuan.kit.errors import Invalid, Refused
from huikuan.office.company import actions, queries
from huikuan.office.company.models import Company, Membership, Person, SavedView, Token


@pytest.fixture
def sit(cast):
    def seat(login, language="en"):
        Person.objects.filter(login=login).update(language=language)
        client = Client()
        client.force_login(Person.objects.get(login=login), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return seat


def text(response):
    assert response.status_code == 200, response.content[:500]
    return re.sub(r"<[^>]+>", " ", response.content.decode())


def test_people_are_seen_by_few_and_changed_by_one(cast, sit):
    page = sit("admin")
    assert "Sun Tao" in text(page.get("/company/people")) and "孙涛" in text(
        sit("wu.gang", "zh-hans").get("/company/people")
    )
    assert sit("liu.min").get("/company/people").status_code == 403
    assert "Liu Min" in text(sit("admin").get("/company/people?role=SAL")) and "Sun Tao" not in text(
        page.get("/company/people?role=SAL")
    )
    new = {
        "login": "he.xin",
        "name": "何欣",
        "language": "en",
        "roles": ["COL", "CSH"],
        "password": "a-long-pass-phrase",
        "key": "n1",
    }
    assert page.post("/company/people/add", {**new, "password": "short"}).status_code == 422
    assert page.post("/company/people/add", new).url == "/company/people/he.xin"
    assert Client().login(username="he.xin", password="a-long-pass-phrase")
    assert "COL" in text(page.get("/company/people/he.xin"))
    page.post("/company/people/he.xin/roles", {"roles": ["AUD"], "key": "n2"})
    assert queries.roles("he.xin", cast.company.pk) == {"AUD"}
    page.post("/company/people/he.xin/active", {"reason": "left", "key": "n3"})
    assert queries.roles("he.xin", cast.company.pk) == frozenset()
    assert sit("wu.gang").post("/company/people/he.xin/roles", {"roles": ["ADM"]}).status_code == 403


def test_nobody_gives_themselves_rights(cast, act, sit):
    with pytest.raises(Refused, match="own rights"):
        actions.set_roles(act("admin"), "admin", ["ADM", "APR"])
    with pytest.raises(Invalid):
        actions.set_roles(act("admin"), "sun.tao", ["SYS"])
    assert sit("admin").post("/company/people/admin/roles", {"roles": ["APR"], "key": "x"}).status_code == 409


def test_the_matrix_of_duties(cast, act, sit):
    assert "Release" in text(sit("wu.gang").get("/company/duties")) or "entries" in text(
        sit("wu.gang").get("/company/duties")
    )
    page = sit("admin")
    page.post("/company/duties/ledger.close", {"do": ["CLO"], "check": ["APR"], "key": "d1"})
    assert queries.marked(cast.company.pk, "ledger.close") == {"CLO"} and queries.marked(
        cast.company.pk, "ledger.close", "check"
    ) == {"APR"}
    assert page.post("/company/duties/ledger.close", {"do": [], "key": "d2"}).status_code == 422
    assert page.get("/company/duties/nothing").status_code == 404
    assert sit("wu.gang").post("/company/duties/ledger.close", {"do": ["AUD"]}).status_code == 403


def test_a_year_of_work_days(cast, sit, monkeypatch):
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-11-22T02:00:00+00:00")
    page = sit("zhou.hui")
    shown = text(page.get("/company/calendar?year=2026"))
    assert "The holidays of 2027 are still missing" in shown
    assert "not entered yet" in text(page.get("/company/calendar?year=2027"))
    page.post("/company/calendar/2026-11-24", {"works": "0", "note": "Stocktaking", "key": "c1"})
    assert not queries.calendar(cast.company.pk).is_workday(__import__("datetime").date(2026, 11, 24))
    assert "Stocktaking" in page.get("/company/calendar?year=2026").content.decode()
    assert page.get("/company/calendar/2026-02-31").status_code == 404
    assert sit("liu.min").post("/company/calendar/2026-11-25", {"works": "0"}).status_code == 403


def test_a_token_is_shown_once_and_revoked(cast, sit):
    page = sit("sun.tao")
    got = page.post("/company/tokens/make", {"name": "Excel", "reach": "all", "key": "t1"})
    secret = re.search(r"hk_[\w-]+", got.content.decode())[0]
    token = Token.objects.get()
    assert token.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in text(page.get("/company/tokens")) and "Excel" in text(page.get("/company/tokens"))
    assert Client().get("/api/v1/company/me", HTTP_AUTHORIZATION=f"Bearer {secret}").json()["login"] == "sun.tao"
    assert sit("chen.jing").post(f"/company/tokens/{token.pk}/revoke", {"key": "t2"}).status_code == 409
    page.post(f"/company/tokens/{token.pk}/revoke", {"key": "t3"})
    assert Client().get("/api/v1/company/me", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 401


def test_settings_are_json(cast, sit):
    page = sit("admin")
    assert page.post("/company/settings/new", {"name": "orders.mode", "value": "net", "key": "s1"}).status_code == 422
    page.post("/company/settings/new", {"name": "orders.mode", "value": '"net"', "key": "s2"})
    assert queries.setting(cast.company.pk, "orders.mode") == "net" and "orders.mode" in text(
        page.get("/company/settings")
    )
    assert "no gap found" in text(page.get("/company/series"))
    assert sit("wu.gang").post("/company/settings/new", {"name": "a.b", "value": "1"}).status_code == 403


def test_layouts_are_ones_own_or_the_teams(cast, sit):
    page = sit("sun.tao")
    dialog = page.get(
        "/company/views/keep?page=/ledger/items",
        HTTP_HX_CURRENT_URL="http://x/ledger/items?customer=C1&cols=document&view=9&after=zz",
    )
    assert "customer=C1&amp;cols=document" in dialog.content.decode()
    done = page.post(
        "/company/views/keep?page=/ledger/items", {"name": "Mine", "query": "customer=C1", "team": "on", "key": "l1"}
    )
    kept = SavedView.objects.get()
    assert done.url == f"/ledger/items?customer=C1&view={kept.pk}"
    assert [v.name for v in queries.views_of(cast.company.pk, "chen.jing", "/ledger/items")] == ["Mine"]
    assert sit("chen.jing").post(f"/company/views/{kept.pk}/drop", {"key": "l2"}).status_code == 409
    assert page.post(f"/company/views/{kept.pk}/drop", {"key": "l3"}).url == "/ledger/items"
    assert (
        page.post("/company/views/keep?page=https://evil.example/", {"name": "x", "query": "", "key": "l4"}).status_code
        == 422
    )


def test_the_company_is_chosen_among_ones_own(cast, act, sit):
    other = actions.open_company(act("system"), "200", "分公司", "CNY")
    page = sit("sun.tao")
    page.post("/company/switch", {"company": other.pk})
    assert page.session.get("company") is None  # not one of theirs
    Membership.objects.create(company=other, person=Person.objects.get(login="sun.tao"), role="ARA")
    assert (
        "分公司" in text(page.get("/company/switch"))
        and 'href="/company/switch"' in page.get("/company/tokens").content.decode()
    )
    page.post("/company/switch", {"company": other.pk})
    assert page.session["company"] == other.pk
    assert Company.objects.count() == 2


def test_whoever_belongs_nowhere_is_told_so(cast, sit):
    Membership.objects.filter(person__login="wu.gang").delete()
    got = sit("wu.gang").get("/ledger/items")
    assert got.status_code == 403 and "no company" in got.content.decode()
