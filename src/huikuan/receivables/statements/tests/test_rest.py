"""Statements, ageing and key figures over REST."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from huikuan.books.customers import actions as customers
from huikuan.books.ledger import actions as books
from huikuan.office.company.actions import make_token
from huikuan.receivables.statements.tests.test_actions import entry

API = "/api/v1"
MARCH = {"customer": "C1001", "since": "2026-03-01", "until": "2026-03-31"}


@pytest.fixture
def rest(cast: Any, act: Any, tmp_path: Path, settings: Any) -> Client:
    settings.FILES_HOME = tmp_path / "files"
    a = act()
    one = customers.create(a, "C1001", "滨江便利店", currency="CNY").pk
    books.post(
        a,
        [
            entry(one, "invoice", "B1", date(2026, 2, 10), "100", date(2026, 3, 12)),
            entry(one, "receipt", "R1", date(2026, 3, 5), "-40"),
        ],
    )
    make_token(act("chen.jing"), "test", hashlib.sha256(b"secret").hexdigest())
    return Client(headers={"Authorization": "Bearer secret", "Accept-Language": "en"})


def test_preview_issue_letter(rest: Client) -> None:
    found = rest.get(f"{API}/statements/preview", MARCH)
    assert found.status_code == 200, found.content
    (section,) = found.json()["sections"]
    assert (section["opening"]["amount"], section["closing"]["amount"]) == ("100.00", "60.00")
    assert section["lines"][0]["document"] == "R1"
    assert rest.get(f"{API}/statements/preview/pdf", MARCH).content.startswith(b"%PDF-")
    assert rest.get(f"{API}/statements/preview/xlsx", MARCH).content.startswith(b"PK")
    replies = [
        rest.post(f"{API}/statements/", MARCH, content_type="application/json", headers={"Idempotency-Key": "a"})
        for _again in range(2)
    ]
    assert [r.status_code for r in replies] == [201, 201], replies[0].content
    assert replies[0].json() == replies[1].json()
    pk = replies[0].json()["id"]
    assert rest.get(f"{API}/statements/", {"customer": "C1001"}).json()["items"] == [
        rest.get(f"{API}/statements/{pk}").json()
    ]
    assert rest.get(f"{API}/statements/{pk}/letter").content.startswith(b"%PDF-")


def test_refusals_are_problems(rest: Client) -> None:
    assert rest.get(f"{API}/statements/preview", MARCH | {"customer": "C9"}).status_code == 404
    assert rest.get(f"{API}/statements/preview", MARCH | {"until": "2026-01-01"}).status_code == 422
    late = rest.post(f"{API}/statements/", MARCH | {"until": "2099-01-01"}, content_type="application/json")
    assert late.status_code == 422 and late["Content-Type"].startswith("application/problem+json")
    assert rest.post(f"{API}/statements/", MARCH | {"x": 1}, content_type="application/json").status_code == 422
    assert rest.get(f"{API}/statements/999").status_code == 404


def test_ageing_and_figures(rest: Client) -> None:
    found = rest.get(f"{API}/kpis/ageing", {"as_of": "2026-03-31", "by": "customer"}).json()
    assert [(b["name"], b["amount"]["amount"], b["items"]) for b in found["rows"][0]["buckets"]][:2] == [
        ("not_due", "0.00", 0),
        ("1-30", "60.00", 2),
    ]
    assert rest.get(f"{API}/kpis/ageing", {"as_of": "2026-03-31", "buckets": "30,20"}).status_code == 422
    (row,) = rest.get(f"{API}/kpis/figures", {"month": "2026-03"}).json()["rows"]
    assert row["open"] == {"amount": "60.00", "currency": "CNY"} and row["dso_month"]["value"] is None
    assert "Nothing was billed in 2026-03" in row["dso_month"]["how"]
    assert rest.get(f"{API}/kpis/figures", {"month": "2026-13"}).status_code == 422
    assert rest.get(f"{API}/kpis/figures", {"month": "9999-12"}).status_code == 422
