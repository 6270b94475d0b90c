"""Sixty rows edited, deleted, inserted, swapped, renumbered by plain SQL: `verify` and the digests outside name each."""

from __future__ import annotations

from datetime import date

import pytest

from harness.tamper import company_with_history
from harness.tampering import lifted, score
from huikuan.books.ledger.models import ItemChange
from huikuan.office.company.models import Series
from huikuan.office.trail.actions import prove, put, seal_all
from huikuan.office.trail.hands import collect


@pytest.mark.django_db(transaction=True)
def test_every_tampering_is_found_and_named() -> None:
    company = company_with_history(steps=110, seed=5)
    found = score(company, 60, seed=5)
    assert (found.done, found.found, found.located) == (60, 60, 60), found.missed


@pytest.mark.django_db(transaction=True)
def test_a_row_that_cannot_even_be_read_breaks_its_question_and_no_other() -> None:
    """A due date of before that is no date: whoever asks what was due then cannot read it, everyone else still can."""
    company = company_with_history(steps=110, seed=5)
    seal_all()
    before = {c.id for c in prove(company).checks}
    with lifted():
        changed = ItemChange.objects.filter(company_id=company, field="due_date").update(
            old="T471217", on=date(2999, 1, 1)
        )
        assert changed > 0
        proof = prove(company)
    assert {c.id for c in proof.checks} == before and not proof.ok
    told = [str(b) for c in proof.checks for b in c.broken]
    assert any("could not be asked" in t and "T471217" in t for t in told), told
    assert any(b.ref.startswith("ledger.item") for c in proof.checks for b in c.broken), told


@pytest.mark.django_db(transaction=True)
def test_every_counter_answers_to_the_numbers_it_gave() -> None:
    """Each counter one too high, and one of a year in which nothing was numbered."""
    company = company_with_history(steps=110, seed=5)
    seal_all()
    quiet = "Every guard of the manifest stands in the database"
    rows = list(Series.objects.filter(company_id=company))
    assert {"ORD", "DEL", "BIL", "DEP", "RV", "BR", "CL"} <= {r.klass for r in rows}
    for row in rows:
        for field, wrong in (("last", row.last + 1), ("year", 2035)):
            with lifted():
                Series.objects.filter(pk=row.pk).update(**{field: wrong})
                checks = [c for _capability, c in collect("checks") if c.id in ("I10", "S01")]
                told = [str(b) for c in checks if c.title.text != quiet for b in put(c, company).broken]
            assert any(row.klass in t for t in told), (row.klass, field, told)
