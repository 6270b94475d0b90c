"""Bank lines that wait for an exchange rate: which for which, on the pages; posted once the rate is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from huikuan.books.ledger import queries as ledger
from huikuan.office.work.models import WorkOrder
from huikuan.receivables.cash import actions, bots, queries
from huikuan.receivables.cash.tests.desk import Desk
from huikuan.receivables.cash.tests.test_doors import door, page

TEXT = "日期,币种,收入,流水号\n2026-02-10,USD,10.00,1\n2026-03-02,USD,20.00,2\n"


@pytest.fixture
def desk(cast: Any, act: Callable[..., Any]) -> Desk:
    return Desk(act)


def test_each_line_takes_the_rate_of_its_own_day(desk: Desk, cast: Any) -> None:
    actions.import_file(desk.act("sun.tao"), "USD1", TEXT.encode())
    assert [(w.currency, w.on, w.lines, w.amount.minor) for w in queries.waits_for_rate(desk.company)] == [
        ("USD", date(2026, 2, 10), 1, 1000),
        ("USD", date(2026, 3, 2), 1, 2000),
    ]
    client = door(cast, "sun.tao")
    for url in ("/cash/?tab=all", "/cash/waits", "/catalog/rates"):
        body = page(client, url)
        assert url == "/catalog/rates" or "/catalog/rates/new?currency=USD&amp;on=2026-02-10" in body
    assert "/cash/waits" in page(client, "/catalog/rates")  # the panel that the floor above hands down
    line = queries.lines(desk.company).order_by("pk").first()
    assert line is not None
    assert "no exchange rate of USD is known up to 2026-02-10" in page(client, f"/cash/lines/{line.pk}")
    actions.set_rate(desk.act("admin"), "USD", "7.0", date(2026, 3, 1))
    assert WorkOrder.objects.filter(kind="cash.post_waiting").exists()
    at = desk.act("robot").at
    told = bots.post_waiting(SimpleNamespace(company=desk.company, by="robot", id=1, clock=lambda: at))  # type: ignore[arg-type]
    assert "1 lines" in str(told)  # February still waits
    actions.set_rate(desk.act("admin"), "USD", "6.5", date(2026, 2, 1))
    answer = client.post("/cash/waits/post", {"key": "a"})
    assert answer.status_code == 302 and not queries.waits_for_rate(desk.company)
    assert ledger.balance(desk.company, "1002", date(2026, 3, 31)) == 6500 + 14000
    assert door(cast, "liu.min").post("/cash/waits/post", {"key": "b"}).status_code == 403
    desk.verify()
