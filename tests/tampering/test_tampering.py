"""Sixty rows edited, deleted, inserted, swapped, renumbered by plain SQL: `verify` and the digests outside name each."""

from __future__ import annotations

import pytest

from harness.tamper import company_with_history
from harness.tampering import score


@pytest.mark.django_db(transaction=True)
def test_every_tampering_is_found_and_named() -> None:
    company = company_with_history(steps=110, seed=5)
    found = score(company, 60, seed=5)
    assert (found.done, found.found, found.located) == (60, 60, 60), found.missed
