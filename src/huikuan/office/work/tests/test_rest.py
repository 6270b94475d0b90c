"""The office through REST: work orders, files and approvals with tokens, keys and versions."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huikuan.kit.money import Money
from huikuan.office.approvals.actions import ask
from huikuan.office.company.actions import make_token
from huikuan.office.trail.hands import Duty, Hands, Kind, hand_down
from huikuan.office.work import actions


@pytest.fixture
def rest(act: Any) -> Any:
    """rest("chen.jing") calls the API as that person: rest(login)(method, path, body, **headers)."""

    def sit(login: str) -> Any:
        secret = f"hk_{login}"
        make_token(act(login), "test", hashlib.sha256(secret.encode()).hexdigest(), None, ["all", "sensitive"])
        client = Client(headers={"Authorization": f"Bearer {secret}"})

        def call(method: str, path: str, body: Any = None, **headers: str) -> Any:
            data = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
            return getattr(client, method)(
                f"/api/v1{path}", headers={k.replace("_", "-"): v for k, v in headers.items()}, **data
            )

        call.client = client  # type: ignore[attr-defined]
        return call

    return sit


def test_work_through_its_life(rest: Any, act: Any) -> None:
    call = rest("chen.jing")
    body = {"title": "Call 永辉", "role": "CRE", "subject": "customers.customer:1", "due": "2026-03-05"}
    first = call("post", "/work/", body, Idempotency_Key="one")
    again = call("post", "/work/", body, Idempotency_Key="one")
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert call("post", "/work/", {**body, "title": "x"}, Idempotency_Key="one").status_code == 409
    pk = first.json()["id"]
    assert call("post", f"/work/{pk}/take", If_Match='"9"').status_code == 412
    assert call("post", f"/work/{pk}/take").json()["person"] == "chen.jing"
    assert call("post", f"/work/{pk}/comments", {"text": "rang"}).status_code == 201
    assert call("get", f"/work/{pk}/comments").json()[0]["text"] == "rang"
    assert call("post", f"/work/{pk}/hand-over", {"person": "nobody"}).status_code == 422
    done = call("post", f"/work/{pk}/finish", {"outcome": "paid"})
    assert (done.json()["state"], done.json()["outcome"]) == ("done", "paid")
    assert [w["id"] for w in call("get", "/work/?state=done&person=chen.jing").json()["items"]] == [pk]
    assert call("get", "/work/999").status_code == 404
    assert call("post", "/work/", {"title": "x", "role": "CRE", "more": 1}).status_code == 422


def test_the_auditor_reads_only(rest: Any, act: Any) -> None:
    order = actions.open_order(act("admin"), "x", "", "x", role="CRE")
    call = rest("wu.gang")
    assert call("get", "/work/").json()["items"][0]["id"] == order.pk
    assert call("post", f"/work/{order.pk}/take").status_code == 403


def test_files(rest: Any, tmp_path: Path, settings: Any) -> None:
    settings.FILES_HOME = tmp_path / "files"
    call = rest("sun.tao")
    upload = SimpleUploadedFile("a.csv", b"a,b", content_type="text/html")
    made = call.client.post("/api/v1/files/", {"file": upload, "subject": "cash.receipt:1"})
    assert made.status_code == 201, made.content
    assert (made.status_code, made.json()["media"], made.json()["name"]) == (201, "text/plain", "a.csv")
    got = call("get", f"/files/{made.json()['id']}/content")
    assert (got.content, got["X-Content-Type-Options"]) == (b"a,b", "nosniff")
    assert len(call("get", "/files/?subject=cash.receipt:1").json()["items"]) == 1


def test_approvals(rest: Any, act: Any) -> None:
    duty = Duty("test.release", "A07", "Release", "释放", ("CRE",), ("APR",), limited=True)
    hand_down(
        "test", Hands(duties=(duty,), approvals=(Kind("test.release", "R", "释", "test.release", lambda act, a: None),))
    )
    try:
        asked = ask(
            act("chen.jing"),
            "test.release",
            "orders.order:1",
            Money(500_00, "CNY"),
            {"customer": "永辉"},
            "Release SO-1",
        )
        maker, checker = rest("chen.jing"), rest("zhou.hui")
        waiting = checker("get", "/approvals/inbox").json()
        assert [(w["approval"]["id"], w["may_grant"]) for w in waiting] == [(asked.pk, True)]
        assert waiting[0]["approval"]["amount"] == {"amount": "500.00", "currency": "CNY"}
        body = {"shown_hash": waiting[0]["approval"]["shown_hash"]}
        assert maker("post", f"/approvals/{asked.pk}/grant", body).status_code == 403
        assert checker("post", f"/approvals/{asked.pk}/grant", {"shown_hash": "0" * 64}).status_code == 409
        assert checker("post", f"/approvals/{asked.pk}/grant", body).json()["state"] == "granted"
        assert checker("post", f"/approvals/{asked.pk}/refuse", {"reason": "late"}).status_code == 409
        assert len(checker("get", "/approvals/limits").json()) == 4
        given = {"role": "APR", "up_to": {"amount": "5.00", "currency": "CNY"}}
        assert checker("post", "/approvals/limits", given).status_code == 403
        assert rest("admin")("post", "/approvals/limits", given).json()["up_to"]["amount"] == "5.00"
    finally:
        hand_down("test", Hands())
