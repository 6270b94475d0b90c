"""The real files, to the cent."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from huikuan.books.ledger import queries as ledger
from huikuan.review.takeover import bots, queries
from huikuan.review.takeover.models import DocumentLine, Link, Reject

ROOT = Path(__file__).resolve().parents[5]
DATA = Path(os.environ.get("HUIKUAN_SHARED", ROOT.parent / "shared")) / "data"
MAPS = ROOT / "docs" / "examples" / "maps"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not DATA.is_dir(), reason=f"the shared data sets are not at {DATA} (HUIKUAN_SHARED names their folder)"
    ),
]
ON = date(2026, 3, 2)


def load(act: Any, profile: str, file: str, map_name: str) -> bots.Outcome:
    run: Callable[..., bots.Outcome] = {"receivables": bots.receivables, "documents": bots.documents}[profile]
    with (DATA / file).open("rb") as stream:
        return run(act, stream, Path(file).name, (MAPS / map_name).read_text(), map_name)


def ageing(company: int, day: date) -> dict[str, tuple[int, int]]:
    [row] = ledger.ageing(company, day)
    return {name: (b.amount, b.items) for name, b in row.buckets.items() if b.items}


def test_ibm(cast: Any, act: Any) -> None:
    out = load(act(), "receivables", "ibm_ar/invoices.csv", "ibm_ar.yaml")
    assert (out.read, out.landed, out.known, out.quarantined, out.errors) == (1181, 1181, 0, 0, [])
    company = cast.company.pk
    assert out.counts["customers"] == 47
    assert sum(ledger.billed_months(company).values()) == 6_945_755
    assert ageing(company, date(2012, 12, 31)) == {"not_due": (244936, 42), "1-30": (20091, 4)}
    assert ageing(company, date(2013, 6, 30)) == {"not_due": (136226, 23), "1-30": (35968, 6)}
    assert ledger.open_items(company, ON) == []
    again = load(act(), "receivables", "ibm_ar/invoices.csv", "ibm_ar.yaml")
    assert (again.read, again.landed, again.known, again.quarantined) == (1181, 0, 1181, 0)


def test_highradius(cast: Any, act: Any) -> None:
    out = load(act(), "receivables", "highradius_open/open_items.csv.gz", "highradius_open.yaml")
    assert (out.read, out.landed, out.quarantined) == (4011, 4011, 0)
    company = cast.company.pk
    assert (out.counts["customers"], out.counts["spellings"]) == (282, 909)
    [row] = ledger.ageing(company, date(2020, 5, 31))
    late = [b for name, b in row.buckets.items() if name != "not_due"]
    assert (row.total.amount, row.total.items) == (14_096_415_257, 4011)
    assert (sum(b.amount for b in late), sum(b.items for b in late)) == (14_010_510_818, 3942)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)  # as in life: in one transaction SQLite keeps half a million rows to undo
def test_online_retail(cast: Any, act: Any) -> None:
    out = load(act(), "documents", "online_retail/lines.csv.gz", "online_retail.yaml")
    assert (out.read, out.landed, out.known, out.quarantined) == (271_645, 205_412, 0, 66_233)
    assert out.counts["documents"] == {"read": 13_139, "landed": 11_298, "waiting": 1_841}
    assert out.counts["rounding"]["GBP"] == {
        "exact": "5052888.803", "rounded": "5052888.80", "exact_landed": "4362985.663", "rounded_landed": "4362985.66", "exact_waiting": "689903.14",
    }  # fmt: skip
    assert out.counts["kinds"]["credit GBP"] == {"documents": 1_927, "amount": "-578894.11"}
    assert out.counts["kinds"]["adjustment GBP"] == {"documents": 2, "amount": "0.00"}
    company = cast.company.pk
    assert Reject.objects.filter(company_id=company, state="waiting").count() == 66_233
    assert DocumentLine.objects.count() == 205_412
    [total] = ledger.open_totals(company, ON).items()
    assert total[0] == "GBP" and total[1][0] == 436_298_566
    again = load(act(), "documents", "online_retail/lines.csv.gz", "online_retail.yaml")
    assert (again.landed, again.known, again.quarantined) == (0, 205_412, 66_233)


def test_sap(cast: Any, act: Any) -> None:
    out = bots.sap_s4(act(), DATA / "sap_o2c")
    assert (out.read, out.landed, out.quarantined) == (1470, 1470, 0)
    company = cast.company.pk
    links = Link.objects.filter(company_id=company, object="entry")
    assert links.count() == 123 and sum(x.data["amount"] for x in links) == 1_209_969
    left = ledger.open_items(company, ON)
    assert (len(left), sum(i.remaining for i in left)) == (3, 265_464)
    assert out.counts["clearing"] == {
        "documents": 76,
        "net_to_zero": 44,
        "one_sided": 32,
        "one_sided_amount": {"INR": "9445.05"},
    }
    assert len(queries.one_sided(company)) == 32
    assert [(name, rows) for name, rows, _why in out.left_out if name.startswith("pay")] == [
        ("payments_accounts_receivable", 120)
    ]
    again = bots.sap_s4(act(), DATA / "sap_o2c")
    assert (again.landed, again.known) == (0, 1470)
