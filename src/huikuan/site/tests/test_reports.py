"""The commands ageing, kpis and statement: shapes, edges, misuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner, Result

from huikuan.books.customers import actions as customers
from huikuan.books.ledger import actions as books
from huikuan.review.kpis.tests.test_queries import bill, cny, receipt
from huikuan.site.cli import gather

Make = Callable[..., Any]
NONE = {"amount": "0.00", "items": 0}


def run(*args: str) -> Result:
    return CliRunner().invoke(gather(), list(args))


def read(*args: str) -> Any:
    found = run(*args, "--json")
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


@pytest.fixture
def edges(act: Make) -> None:
    """As of 31 March: due that day; 30 days late; 31 days late; a receipt on account of 1 March (30 days)."""
    a = act()
    one = customers.create(a, "C1001", "滨江便利店", name_en="Riverside", currency="CNY").pk
    two = customers.create(a, "C1002", "东湖超市", currency="CNY").pk
    books.post(
        a,
        [
            bill(one, "B1", date(2026, 3, 1), date(2026, 3, 31), cny("10")),
            bill(one, "B2", date(2026, 1, 30), date(2026, 3, 1), cny("20.05")),
            bill(two, "B3", date(2026, 1, 29), date(2026, 2, 28), cny("40")),
            receipt(two, "R1", date(2026, 3, 1), cny("5")),
        ],
    )


def test_ageing_by_currency(edges: None) -> None:
    assert read("ageing", "--as-of", "2026-03-31") == {
        "as_of": "2026-03-31",
        "basis": "due",
        "rows": [
            {
                "key": "CNY",
                "currency": "CNY",
                "not_due": {"amount": "10.00", "items": 1},
                "1-30": {"amount": "15.05", "items": 2},
                "31-60": {"amount": "40.00", "items": 1},
                "61-90": NONE,
                "over-90": NONE,
                "total": {"amount": "65.05", "items": 4},
            }
        ],
    }


def test_ageing_otherwise(edges: None, tmp_path: Path) -> None:
    found = read("ageing", "--as-of", "2026-03-31", "--by", "customer", "--basis", "invoice", "--buckets", "29,59")
    assert [(r["key"], r["1-29"], r["30-59"]) for r in found["rows"]] == [
        ("C1001", NONE, {"amount": "10.00", "items": 1}),
        ("C1002", NONE, {"amount": "-5.00", "items": 1}),
    ]
    assert [r["over-59"]["amount"] for r in found["rows"]] == ["20.05", "40.00"]
    out = tmp_path / "age.xlsx"
    assert run("ageing", "--as-of", "2026-03-31", "--xlsx", str(out)).exit_code == 0
    rows = CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()
    assert rows[0][:4] == ["currency", "Currency", "not_due", "not_due items"]
    assert rows[1][:6] == ["CNY", "CNY", 10, 1, 15.05, 2]
    table = run("ageing", "--as-of", "2026-03-31")
    assert "65.05" in table.stdout and "31-60" in table.stdout


def test_kpis(edges: None) -> None:
    assert read("kpis", "--month", "2026-03") == {
        "month": "2026-03",
        "rows": [
            {
                "currency": "CNY",
                "billed": "10.00",
                "open": "65.05",
                "overdue": "55.05",
                "dso_month": "201.66",
                "dso_quarter": "83.58",
                "dso_countback": "87.42",
                "cei": "8.33",
                "days_late_weighted": None,
            }
        ],
    }
    said = run("kpis", "--month", "2026-03").stdout
    assert "Open at the end 65.05 CNY ÷ billed in the month 10.00 CNY × 31 days = 201.66 days" in said


def test_statement(edges: None, tmp_path: Path) -> None:
    pdf, book = tmp_path / "s.pdf", tmp_path / "s.xlsx"
    days = ("--from", "2026-02-01", "--to", "2026-03-31")
    found = run("statement", "C1001", *days, "--pdf", str(pdf), "--xlsx", str(book))
    assert found.exit_code == 0, found.output
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert CalamineWorkbook.from_path(str(book)).sheet_names[1] == "CNY"
    assert "CNY: opening 20.05, 1 movements, closing 30.05" in found.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("ageing", "--as-of", "2026-02-30"), "2026-02-30"),
        (("ageing", "--as-of", "2026-03-31", "--buckets", "30,20"), "rise"),
        (("ageing", "--as-of", "2026-03-31", "--buckets", "x"), "whole days"),
        (("ageing", "--as-of", "2026-03-31", "--basis", "moon"), "due, invoice"),
        (("ageing", "--as-of", "2026-03-31", "--by", "moon"), "currency, customer, org"),
        (("kpis", "--month", "2026-13"), "2026-13"),
        (("statement", "C1001", "--from", "2026-01-01", "--to", "2026-03-31"), "--pdf OUT"),
        (("statement", "C9", "--from", "2026-01-01", "--to", "2026-03-31", "--pdf", "x.pdf"), "C9"),
        (("statement", "C1001", "--from", "2026-03-01", "--to", "2026-01-31", "--pdf", "x.pdf"), "first day"),
        (("statement", "C1001", "--from", "2026-01-01", "--to", "2026-01-31", "--pdf", "/nowhere/x.pdf"), "/nowhere"),
        (("ageing",), "--as-of"),
    ],
)
def test_misuse(edges: None, args: tuple[str, ...], words: str) -> None:
    found = run(*args)
    assert found.exit_code == 2, found.output
    assert words in found.stderr and not found.stdout


def test_no_items_is_no_rows(cast: Any) -> None:
    assert read("ageing", "--as-of", "2026-03-31") == {"as_of": "2026-03-31", "basis": "due", "rows": []}
    assert read("kpis", "--month", "2026-03") == {"month": "2026-03", "rows": []}
    assert "Nothing is there" in run("kpis", "--month", "2026-03").stdout
