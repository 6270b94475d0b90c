"""Four people clear the same receipt at the same moment: one of them does, the others read a sentence.

The negative control takes the locks away: then nobody waits, and only the database's own CHECK is left to refuse.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection

from huikuan.books.customers.models import Customer
from huikuan.books.ledger import actions, checks, queries
from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
from huikuan.kit.errors import Refused
from huikuan.kit.money import Money

ON = date(2026, 3, 2)
RIVALS = 4


def one_receipt(company: int, act: Any) -> tuple[int, list[int]]:
    """A receipt of 100.00 and four invoices of 100.00, all of one customer."""
    party = Customer.objects.create(company_id=company, number="C1", name="上海永辉商贸有限公司", currency="CNY").pk
    drafts = []
    for n in range(RIVALS + 1):
        money = Money(-100_00 if n == 0 else 100_00, "CNY")
        lines = (
            LineDraft("1122", money, party=party, document=f"D{n}"),
            LineDraft("1002" if n == 0 else "6001", -money),
        )
        drafts.append(EntryDraft("DZ" if n == 0 else "RV", ON, "x", lines))
    first, *others = [p.items[0] for p in actions.post(act(), drafts)]
    return first, others


def all_at_once(act: Any, receipt: int, invoices: list[int]) -> list[str]:
    """What became of each rival: "done", "told" how much is left, or "stopped" by the database's own CHECK."""
    start = Barrier(RIVALS)

    def one(invoice: int) -> str:
        try:
            start.wait(30)
            actions.clear(act(), [ClearDraft(ON, ((invoice, 100_00), (receipt, -100_00)))])
            return "done"
        except (Refused, IntegrityError) as e:
            return "told" if "cannot be cleared" in str(e) else "stopped"
        finally:
            connection.close()

    with ThreadPoolExecutor(RIVALS) as pool:
        return sorted(pool.map(one, invoices))


def broken(company: int) -> list[str]:
    return [c.id for c in checks.CHECKS if c.run(company).wrong]


def test_one_receipt_is_cleared_once(live_cast: Any, act: Any) -> None:
    company = live_cast.company.pk
    receipt, invoices = one_receipt(company, act)
    assert all_at_once(act, receipt, invoices) == ["done", "told", "told", "told"]
    left = [i.remaining for i in queries.open_items(company)]
    assert left == [100_00] * (RIVALS - 1)
    assert broken(company) == []


def test_without_the_locks_nobody_is_told(live_cast: Any, act: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: were the locks gone, the test above would fail."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time: there is no lock of rows to take away")
    company = live_cast.company.pk
    receipt, invoices = one_receipt(company, act)
    together = Barrier(RIVALS)
    monkeypatch.setattr(
        actions.customers, "move_exposure", lambda *_a, **_k: None
    )  # its row lock serialises a customer

    def read_together(_ids: Any, found: Any = None) -> Any:
        together.wait(30)
        return found

    monkeypatch.setattr(actions.store, "lock_items", read_together)
    fates = all_at_once(act, receipt, invoices)
    assert "told" not in fates and "stopped" in fates
