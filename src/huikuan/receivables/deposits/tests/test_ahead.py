"""Money that names an order of which nothing is billed yet: it clears nothing by its amount, and one button keeps it as an
advance that lets the order go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from huikuan.kit.money import Money
from huikuan.receivables.cash import queries
from huikuan.receivables.cash.tests.desk import DAY, Desk
from huikuan.receivables.cash.tests.test_doors import door, page
from huikuan.receivables.deposits.models import Deposit
from huikuan.sales.orders import actions as orders
from huikuan.sales.orders.models import Order
from huikuan.sales.orders.tests.shop import Shop, open_shop


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-03-02T02:00:00+00:00")
    settings.FILES_HOME = tmp_path / "files"


@pytest.fixture
def shop(cast: Any, act: Callable[..., Any]) -> Shop:
    return open_shop(act)


@pytest.fixture
def desk(cast: Any, act: Callable[..., Any]) -> Desk:
    return Desk(act)


def test_it_clears_nothing_by_its_amount_alone(shop: Shop, desk: Desk) -> None:
    west = shop.customer("C1", name="西湖商贸")
    item = desk.bill(west.pk, "90000001", 5000)
    order = orders.place(desk.act("wang.lei"), shop.order(west, contract="XS2026-18"))
    assert order.gross == 5000
    ahead = desk.line(5000, "西湖商贸", "", f"预付订单{order.number}")
    by_contract = desk.line(5000, "西湖商贸", "", "合同xs2026-18预付款")
    assert (desk.match().cleared, desk.left(item)) == (0, 5000)
    for line in (ahead, by_contract):
        [only] = queries.proposals(line.pk)
        assert only.legs == [[item, 5000]] and not only.sure
        assert "of which nothing is billed yet" in str([queries.says(c) for c in only.considered])
        [coming] = queries.to_come(desk.company, line.text, "CNY")
        assert (coming.number, coming.rest, coming.payer) == (order.number, Money(5000, "CNY"), west.pk)
    # without an order's number an amount is the invoice's, as it always was
    other = desk.bill(west.pk, "90004711", 7300)
    desk.line(7300, "西湖商贸", "", "货款")
    assert (desk.match().cleared, desk.left(other), desk.left(item)) == (1, 0, 5000)
    desk.verify()


def test_what_is_billed_or_gone_is_not_to_come(shop: Shop, desk: Desk) -> None:
    west = shop.customer("C1", name="西湖商贸")
    some = [orders.place(desk.act("wang.lei"), shop.order(west, contract="XS2026-18", date=DAY)) for _n in range(2)]
    orders.cancel(desk.act("wang.lei"), some[0].pk, "doubled")
    assert [c.number for c in queries.to_come(desk.company, "合同 XS2026-18", "CNY")] == [some[1].number]
    assert queries.to_come(desk.company, "合同 XS2026-18", "USD") == []
    assert queries.to_come(desk.company, "货款 XS2026-1 及 18", "CNY") == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_one_button_keeps_it_as_an_advance_and_the_order_goes(cast: Any, shop: Shop, desk: Desk, language: str) -> None:
    west = shop.customer("C1", "10", name="西湖商贸")
    order = orders.place(desk.act("wang.lei"), shop.order(west))
    assert order.state == "held"
    line = desk.line(5000, "王五", "6222", f"付{order.number}")
    sun = door(cast, "sun.tao", language)
    shown = page(sun, f"/cash/match?case={line.pk}")
    at = f"/deposits/new?receipt={line.document}&amp;customer=C1&amp;kind=advance&amp;order={order.number}"
    assert at in shown and 'data-way="p"' in shown
    form = page(sun, at.replace("&amp;", "&"))
    assert f'value="{order.number}"' in form and 'value="advance" selected' in form
    facts = {
        "customer": "C1",
        "kind": "advance",
        "receipt": line.document,
        "on": "2026-03-02",
        "order": order.number,
        "key": "k1",
    }
    assert sun.post("/deposits/new", facts).status_code in (200, 302)
    kept = Deposit.objects.get()
    assert (kept.order_id, kept.balance, desk.rest(line.pk)) == (order.pk, 5000, 0)
    assert Order.objects.get(pk=order.pk).state == "free"
    assert 'data-way="p"' not in page(sun, f"/cash/match?case={line.pk}")
    # who may not keep advances sees the order, not the button
    other = desk.line(100, "王五", "6222", f"付{order.number}")
    seen = page(door(cast, "zhou.hui", language), f"/cash/match?case={other.pk}")
    assert order.number in seen and 'data-way="p"' not in seen
