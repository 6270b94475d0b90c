"""Rows of before an upgrade: their acts told of nothing, and nobody reports them as broken for that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from harness.flow import NO, open_world, reading_here
from huikuan.books.customers import actions as customers
from huikuan.office.company.checks import duties_marked
from huikuan.office.trail import guards
from huikuan.office.trail.act import Act
from huikuan.office.trail.checks import witnessed
from huikuan.office.trail.models import Record
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.cash.models import BankLine
from huikuan.receivables.cash.witness import WITNESSES

DAY = date(2026, 1, 7)


@contextmanager
def lifted() -> Iterator[None]:
    """The guards off, and acts possible all the same."""
    guards.drop()
    try:
        yield
    finally:
        guards.make()


def wrong(company: int) -> list[str]:
    return [str(b) for w in WITNESSES for b in witnessed(company, w).broken] + [
        str(b) for b in duties_marked(company).broken
    ]


@pytest.mark.django_db
def test_rows_that_nobody_told_of_are_not_asked() -> None:
    company = open_world().company

    def act() -> Act:
        return Act(by="system", company=company, at=datetime(2026, 1, 7, 2, tzinfo=UTC), door="test")

    def bring(serial: str) -> int:
        told = {"on": DAY.isoformat(), "amount": 1_00, "currency": "CNY", "account": "", "name": "x", "serial": serial}
        with reading_here():
            cash.import_file(act(), NO["CNY"], json.dumps(told).encode(), name="t.csv")
        return BankLine.objects.get(company_id=company, serial=serial).pk

    with lifted():
        old = bring("before")
        for row in Record.objects.filter(
            company=company, name__in=("cash.import", "company.seed_duties")
        ):  # as it was then
            Record.objects.filter(pk=row.pk).update(
                facts={k: v for k, v in row.facts.items() if k != "kept"}, changes=[]
            )
        with connection.cursor() as cursor:
            cursor.execute("UPDATE cash_bankstatement SET act = NULL")
        assert wrong(company) == []
        new = bring("after")  # the first act that tells
        assert wrong(company) == []
        for pk, seen in ((old, 0), (new, 1)):
            BankLine.objects.filter(pk=pk).update(remark="other")
            assert len(wrong(company)) == seen


@pytest.mark.django_db
def test_customers_of_loads_that_did_not_tell_are_asked_once_their_limit_was_changed() -> None:
    from huikuan.books.customers.checks import limits_set

    company = open_world().company

    def act(by: str = "system") -> Act:
        return Act(by=by, company=company, at=datetime(2026, 1, 7, 2, tzinfo=UTC), door="test")

    one, two = customers.land(
        act(), [{"number": n, "name": n, "credit_limit": 5_00} for n in ("L1", "L2")]
    ).ids.values()
    with lifted():
        assert limits_set(company).wrong == 0
        made = Record.objects.get(company=company, name="customers.land")
        Record.objects.filter(pk=made.pk).update(facts={k: v for k, v in made.facts.items() if k != "limits"})
        customers.set_limit(act(), one, 3_00, "less")
        assert limits_set(company).wrong == 0
        with connection.cursor() as cursor:
            cursor.execute("UPDATE customers_customer SET credit_limit = 900 WHERE id IN (%s, %s)", [one, two])
        assert [b.ref for b in limits_set(company).broken] == [f"customers.customer:{one}"]  # type: ignore[union-attr]
        Record.objects.filter(pk=made.pk).update(facts=made.facts)
        assert limits_set(company).wrong == 2
