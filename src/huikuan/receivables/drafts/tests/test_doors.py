"""The doors of drafts: pages in both languages, who may do what, each move through its dialog, REST."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from huikuan.office.company.actions import make_token
from huikuan.receivables.drafts import actions
from huikuan.receivables.drafts.models import Draft
from huikuan.receivables.drafts.tests.desk import paper
from huikuan.receivables.drafts.tests.test_actions import DUE, ON, Drafts


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-07-10T02:00:00+00:00")


@pytest.fixture
def drafts(cast: Any, act: Callable[..., Any]) -> Drafts:
    return Drafts(act)


def door(cast: Any, login: str, language: str = "en") -> Client:
    client = Client()
    person = cast.people[login]
    type(person).objects.filter(pk=person.pk).update(language=language)
    person.refresh_from_db()
    client.force_login(person)
    return client


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens(cast: Any, drafts: Drafts, language: str) -> None:
    row = drafts.take()
    asked = drafts.take(acceptor="某某村镇银行", number="530829000304620260110000001245", start=0, end=0)
    treasurer = door(cast, "sun.tao", language)
    one = f"/drafts/{row.pk}"
    for url in ("/drafts/", "/drafts/?tab=all", "/drafts/due", f"/drafts/of/{drafts.shop}", one, f"{one}?section=facts", f"/drafts/{asked.pk}",
                "/drafts/new", *(f"{one}/{m}" for m in ("present", "honour", "endorse", "discount", "split", "refuse", "give-back"))):  # fmt: skip
        answer = treasurer.get(url)
        assert answer.status_code == 200, f"{url}: {answer.content[:800]!r}"
        if language == "zh-hans":
            assert "Acceptance" not in answer.content.decode()
    assert door(cast, "admin", language).get("/drafts/policy").status_code in (200, 302)
    assert treasurer.get("/drafts/?export=xlsx").status_code == 200


def test_who_may_do_what(cast: Any, drafts: Drafts) -> None:
    row = drafts.take()
    auditor = door(cast, "wu.gang")
    assert auditor.get(f"/drafts/{row.pk}").status_code == 200
    for url in ("/drafts/new", f"/drafts/{row.pk}/present", "/drafts/policy"):
        assert auditor.get(url).status_code == 403
    assert auditor.post(f"/drafts/{row.pk}/honour", {"on": "2026-07-10", "account": "1002"}).status_code == 403
    row.refresh_from_db()
    assert row.state == "held"


def test_taken_and_presented_through_the_dialogs(cast: Any, drafts: Drafts) -> None:
    treasurer = door(cast, "sun.tao")
    told = paper()
    form = {
        "customer": "C1", "number": told.number, "start": told.start, "end": told.end, "amount": "10,000.00", "issued": told.issued,
        "due": told.due, "acceptor": told.acceptor, "drawer": told.drawer, "on": ON, "documents": "", "reason": "", "key": "k1",
    }  # fmt: skip
    assert treasurer.post("/drafts/new", {**form, "end": 5}).status_code == 422
    assert treasurer.post("/drafts/new", form).status_code in (200, 204, 302)
    assert treasurer.post("/drafts/new", form).status_code in (200, 204, 302)  # the same key: the same draft
    row = Draft.objects.get()
    early = treasurer.post(f"/drafts/{row.pk}/present", {"on": "2026-07-09", "version": row.version, "key": "k2"})
    assert early.status_code in (409, 422) and "2026" in early.content.decode()
    assert treasurer.post(
        f"/drafts/{row.pk}/present", {"on": "2026-07-10", "version": row.version, "key": "k3"}
    ).status_code in (200, 204, 302)
    row.refresh_from_db()
    assert row.state == "presented"


def test_rest(cast: Any, drafts: Drafts) -> None:
    make_token(drafts.act("sun.tao"), "test", hashlib.sha256(b"secret").hexdigest())
    client = Client(headers={"Authorization": "Bearer secret", "Accept-Language": "en"})
    told = paper()
    body = {
        "customer": "C1", "number": told.number, "start": told.start, "end": told.end, "amount": {"amount": "10000.00", "currency": "CNY"},
        "issued": "2026-01-10", "due": "2026-07-10", "acceptor": told.acceptor, "drawer": told.drawer, "on": "2026-01-12",
    }  # fmt: skip

    def post(url: str, what: dict[str, Any], **headers: str) -> Any:
        return client.post(f"/api/v1/drafts/{url}", json.dumps(what), content_type="application/json", headers=headers)

    made = post("", body, **{"Idempotency-Key": "a1"})
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    assert post("", body, **{"Idempotency-Key": "a1"}).json()["id"] == pk
    assert post("", body).status_code == 409
    assert post("", {**body, "number": "1"}).status_code == 422
    assert post(f"{pk}/present", {"on": "2026-07-10"}, **{"If-Match": '"99"'}).status_code == 412
    assert post(f"{pk}/discount", {"on": "2026-01-12", "bank": "x", "rate": "abc"}).status_code == 422
    parts = post(f"{pk}/split", {"on": "2026-01-12", "amount": {"amount": "4000.00", "currency": "CNY"}})
    assert parts.status_code == 200 and [p["amount"]["amount"] for p in parts.json()] == ["4000.00", "6000.00"]
    listed = client.get("/api/v1/drafts/?state=held").json()
    assert len(listed["items"]) == 2
    assert client.get("/api/v1/drafts/999999").status_code == 404
    gone = post(f"{parts.json()[0]['id']}/endorse", {"on": "2026-01-12", "to": "供应商"})
    assert gone.json()["state"] == "endorsed"
    assert post(f"{parts.json()[1]['id']}/refuse", {"on": "2026-07-10", "reason": "拒付"}).json()["state"] == "refused"
    drafts.whole()


def test_the_calendar_says_what_was_missed(cast: Any, drafts: Drafts, monkeypatch: pytest.MonkeyPatch) -> None:
    row = drafts.take()
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-07-31T02:00:00+00:00")
    assert "missed" in door(cast, "sun.tao").get("/drafts/due").content.decode()
    actions.present(drafts.act("sun.tao"), row.pk, DUE)
    assert "missed" not in door(cast, "sun.tao").get("/drafts/due").content.decode()
