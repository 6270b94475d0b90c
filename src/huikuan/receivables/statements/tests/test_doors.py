"""Statements through their pages: found by name, previewed, taken as files, issued, compared with the books later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from huikuan.books.customers import actions as customers
from huikuan.books.ledger import actions as books
from huikuan.receivables.statements import queries
from huikuan.receivables.statements.tests.test_actions import entry

Make = Callable[..., Any]
DAYS = "from=2026-03-01&to=2026-03-31"


@pytest.fixture
def desk(client: Client, cast: Any, act: Make, tmp_path: Path, settings: Any) -> Client:
    settings.FILES_HOME = tmp_path / "files"
    a = act()
    one = customers.create(a, "C1001", "滨江便利店", name_en="Riverside Stores", currency="CNY").pk
    customers.create(a, "C1002", "滨江超市", currency="CNY")
    books.post(
        a,
        [
            entry(one, "invoice", "B1", date(2026, 2, 10), "100", date(2026, 3, 12)),
            entry(one, "receipt", "R1", date(2026, 3, 5), "-40"),
        ],
    )
    client.force_login(cast.people["chen.jing"])
    return client


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def test_preview_and_files(desk: Client) -> None:
    assert text(desk, "/statements/new")
    page = text(desk, f"/statements/new?customer=C1001&{DAYS}")
    assert "R1" in page and "60.00" in page and "−40.00" in page
    several = text(desk, f"/statements/new?customer=滨江&{DAYS}")
    assert "customer=C1001" in several and "customer=C1002" in several
    assert "客户" in text(desk, f"/statements/new?customer=nobody&{DAYS}")
    assert "2026-02-30" in text(desk, "/statements/new?customer=C1001&from=2026-02-30&to=2026-03-01")
    pdf = desk.get(f"/statements/file?customer=C1001&{DAYS}&as=pdf")
    assert pdf.content.startswith(b"%PDF-") and "attachment" in pdf["Content-Disposition"]
    assert desk.get(f"/statements/file?customer=C1001&{DAYS}&as=xlsx").content.startswith(b"PK")
    assert text(desk, f"/statements/file?customer=C9&{DAYS}&as=pdf", 404)


def test_issue_then_the_books_move(desk: Client, cast: Any, act: Make) -> None:
    assert "C1001" in text(desk, f"/statements/issue?customer=C1001&{DAYS}")
    data = {"key": "k1", "customer": "C1001", "since": "2026-03-01", "until": "2026-03-31", "language": ""}
    for _again in range(2):  # a double click issues once
        answer = desk.post("/statements/issue", data)
        assert answer.status_code == 302, answer.content.decode()[:2000]
    row = queries.issued(cast.company.pk).get()
    assert answer["Location"] == f"/statements/{row.pk}"
    assert "ST-2026-000001" in text(desk, "/statements/") and "ST-2026-000001" in text(
        desk, f"/statements/of/{row.customer_id}"
    )
    assert "45.00 CNY" not in text(desk, f"/statements/{row.pk}")
    books.post(act(), [entry(row.customer_id, "receipt", "R2", date(2026, 3, 30), "-15")])
    assert "45.00 CNY" in text(desk, f"/statements/{row.pk}")
    assert desk.get(f"/files/{row.file_id}").content.startswith(b"%PDF-")


def test_an_auditor_sees_but_does_not_issue(client: Client, cast: Any, desk: Client) -> None:
    client.force_login(cast.people["wu.gang"])
    assert text(client, "/statements/")
    assert client.post("/statements/issue", {"customer": "C1001"}).status_code == 403
