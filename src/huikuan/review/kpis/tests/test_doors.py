"""The reports as pages: what they show, where their figures lead, and that wrong parameters are said, not thrown."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from huikuan.books.customers import actions as customers
from huikuan.books.ledger import actions as books
from huikuan.review.kpis.tests.test_queries import bill, cny, receipt

Make = Callable[..., Any]


@pytest.fixture
def desk(client: Client, cast: Any, act: Make) -> Client:
    """Chen Jing's desk over two customers; as of 31 March 65.05 are open."""
    a = act()
    one = customers.create(a, "C1001", "滨江便利店", name_en="Riverside", currency="CNY").pk
    two = customers.create(a, "C1002", "东湖超市", currency="CNY").pk
    books.post(
        a,
        [
            bill(one, "B1", date(2026, 3, 1), date(2026, 3, 31), cny("10")),
            bill(one, "B2", date(2026, 1, 30), date(2026, 3, 1), cny("20.05")),
            bill(two, "B3", date(2026, 1, 29), date(2026, 2, 28), cny("4000")),
            receipt(two, "R1", date(2026, 3, 1), cny("5")),
        ],
    )
    client.force_login(cast.people["chen.jing"])
    return client


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def test_ageing_page(desk: Client) -> None:
    page = text(desk, "/kpis/ageing?as_of=2026-03-31&by=customer")
    assert "4,000.00" in page and "滨江便利店" in page
    assert "/ledger/items?status=open&amp;as_of=2026-03-31&amp;basis=due&amp;currency=CNY&amp;customer=C1002" in page
    assert "from_days=31&amp;to_days=60" in page
    assert "4,025.05" in page  # the check in "how": buckets, open items and control account are one
    assert text(desk, "/kpis/ageing?as_of=2026-03-31&by=org&basis=invoice&buckets=10,20")
    empty = text(desk, "/kpis/ageing?as_of=2020-01-01")
    assert "/ledger/items?" not in empty


@pytest.mark.parametrize("query", ["as_of=2026-02-30", "buckets=30,20", "buckets=x", "by=moon", "basis=moon"])
def test_wrong_parameters_are_said(desk: Client, query: str) -> None:
    assert "<table" in text(desk, f"/kpis/ageing?{query}")


def test_ageing_workbook(desk: Client) -> None:
    answer = desk.get("/kpis/ageing?as_of=2026-03-31&by=customer&export=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [r[0] for r in rows[1:]] == ["C1002", "C1001"] and rows[1][5] == 4000 and rows[1][8] == 3995
    assert rows[1][9] == -5


def test_key_figures_page(desk: Client) -> None:
    page = text(desk, "/kpis/?month=2026-03")
    assert "4,025.05 CNY" in page  # the formula with its numbers
    assert "2026-01" in page and "12,477.66" in page
    assert "<table" in text(desk, "/kpis/?month=2026-99")
    answer = desk.get("/kpis/?month=2026-03&export=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [r[0] for r in rows[1:]] == ["2026-03", "2026-02", "2026-01"]


def test_parts(desk: Client) -> None:
    from huikuan.books.customers import queries

    pk = queries.customer(desk.get("/kpis/").wsgi_request.company.pk, "C1002").id  # type: ignore[attr-defined]
    assert "3,995.00" in text(desk, f"/kpis/of/{pk}")
    assert text(desk, "/kpis/today/overdue")
    assert text(desk, "/kpis/today/dso")
    assert text(desk, "/kpis/of/999999", 404)


def test_nothing_yet(client: Client, cast: Any) -> None:
    client.force_login(cast.people["chen.jing"])
    for url in ("/kpis/", "/kpis/ageing", "/kpis/today/overdue", "/kpis/today/dso"):
        assert text(client, url)


def test_signed_out(client: Client, cast: Any) -> None:
    assert client.get("/kpis/").status_code in (302, 401, 403)
