"""The trail's pages: acts and refusals, an act's tree, the timeline of a thing, proofs."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from huikuan.kit.errors import Refused
from huikuan.office.company.actions import set_day, set_setting
from huikuan.office.trail.actions import run_chunks, verify
from huikuan.office.trail.models import Record, Verification


def text(response):
    assert response.status_code == 200, response.content[:500]
    return re.sub(r"<[^>]+>", " ", response.content.decode())


def rows(response):
    return re.sub(r"<[^>]+>", " ", re.search(r"<tbody>.*?</tbody>", response.content.decode(), re.DOTALL)[0])


def test_acts_and_refusals_are_listed(cast, act, sit):
    set_setting(act("admin"), "orders.mode", "gross")
    with pytest.raises(Refused):
        from huikuan.office.company.actions import revoke_token

        revoke_token(act("sun.tao"), 99)
    page = sit("wu.gang")
    assert "Setting changed" in rows(page.get("/trail/")) and "Company opened" in rows(page.get("/trail/"))
    refused = rows(page.get("/trail/?outcome=refused"))
    assert "You have no such token" in refused and "Setting changed" not in refused
    assert "设置" in text(sit("wu.gang", "zh-hans").get("/trail/?at_from=2026-03-02&at_to=2026-03-02"))
    assert "Setting changed" not in rows(sit("wu.gang").get("/trail/?at_to=2026-03-01"))
    only = rows(page.get(f"/trail/?subject=company.company:{cast.company.pk}&tab=all"))
    assert "Setting changed" in only and "Person added" not in only


def test_an_act_is_a_tree(cast, act, sit):
    root = Record.objects.get(name="company.open")
    got = sit("admin").get(f"/trail/{root.pk}")
    assert "Chart of accounts made" in text(got) and "company.open" in text(got) and root.digest in text(got)
    child = Record.objects.filter(root=root.pk).exclude(pk=root.pk).first()
    assert sit("admin").get(f"/trail/record/{child.pk}").url == f"/trail/{root.pk}#act-{child.pk}"
    assert sit("admin").get("/trail/999999").status_code == 404


def test_the_timeline_of_anything(cast, act, sit):
    from datetime import date

    set_day(act("admin"), date(2026, 3, 4), False, "Stocktaking")
    page = sit("liu.min")
    assert "Administrator" in text(page.get(f"/trail/of/company.company:{cast.company.pk}"))
    assert page.get("/trail/of/nonsense").status_code == 404


def test_runs_say_what_they_kept_back(cast, act, sit):
    def do(inner, chunk):
        if "7" in chunk:
            raise Refused("seven is not allowed")

    run = run_chunks(act("admin"), "test.run", [str(n) for n in range(10)], do, needs="company.settings", size=4)
    page = sit("wu.gang")
    assert f"#{run.pk}" in text(page.get("/trail/runs"))
    got = text(page.get(f"/trail/runs/{run.pk}"))
    assert "seven is not allowed" in got
    assert page.post(f"/trail/runs/{run.pk}/cancel").status_code == 422  # somebody else's


def test_proofs_are_kept_and_shown(cast, act, sit):
    assert "Nothing was verified yet" in text(sit("wu.gang").get("/trail/verify"))
    assert sit("liu.min").post("/trail/verify/now", {"key": "v"}).status_code == 403
    verify(act("admin"))
    Verification.objects.create(
        company=cast.company.pk, at=act("admin").at, by="admin", ok=False,
        checks=[{"id": "I01", "title": {"say": "Every entry balances", "facts": {}}, "checked": 5, "wrong": 1, "broken": ["entry RV-2026-000007"]}],
    )  # fmt: skip
    got = text(sit("wu.gang").get("/trail/verify"))
    assert "RV-2026-000007" in got and "broken" in got


def test_the_trail_by_rest(cast, act, sit):
    from huikuan.office.company import actions

    secret, digest = actions.new_secret()
    actions.make_token(act("wu.gang"), "audit", digest)
    set_setting(act("admin"), "orders.mode", "gross")
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    got = Client().get("/api/v1/trail/records", {"name": "company.set", "limit": 5}, **bearer).json()["items"]
    assert [r["by"] for r in got] == ["admin"]
    about = (
        Client()
        .get("/api/v1/trail/records", {"subject": f"company.company:{cast.company.pk}"}, **bearer)
        .json()["items"]
    )
    assert got[0]["id"] in [r["id"] for r in about]
    [one] = Client().get(f"/api/v1/trail/records/{got[0]['id']}", **bearer).json()
    assert one["changes"][0]["new"] == "gross"
    assert Client().get("/api/v1/trail/records/999999", **bearer).status_code == 404
    assert Client().get("/api/v1/company/people", **bearer).json()["items"][0]["login"] == "admin"
