"""A small shop for the tests of orders and billing: two items, a few customers, made through the actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from huikuan.books.catalog import actions as catalog
from huikuan.books.customers import actions as customers
from huikuan.books.ledger.actions import post
from huikuan.books.ledger.types import EntryDraft, LineDraft
from huikuan.kit.money import Money, parse_price, parse_quantity
from huikuan.sales.orders.rules.drafts import OrderDraft, OrderLineDraft

DAY = date(2026, 3, 2)


@dataclass
class Shop:
    act: Callable[..., Any]
    cola: Any  # 25.00 net, no tax: the figures of the cases
    juice: Any  # 10.00 net, 13 %

    def customer(self, number: str, limit: str | None = None, **facts: Any) -> Any:
        minor = None if limit is None else Money.parse(limit, "CNY").minor
        return customers.create(
            self.act("system"), number, facts.pop("name", f"客户{number}"), credit_limit=minor, **facts
        )

    def order(
        self, customer: Any, quantity: str = "2", *, item: Any = None, price: str | None = None, **facts: Any
    ) -> OrderDraft:
        line = OrderLineDraft((item or self.cola).pk, parse_quantity(quantity), parse_price(price) if price else None)
        return OrderDraft(customer.pk, facts.pop("date", DAY), facts.pop("lines", (line,)), **facts)

    def invoice(
        self, customer: Any, amount: str, *, on: date = DAY, due: date | None = None, document: str = "90001"
    ) -> Any:
        """An open item, posted by hand."""
        money = Money.parse(amount, "CNY")
        lines = (
            LineDraft("1122", money, party=customer.pk, due=due or on, kind="invoice", document=document),
            LineDraft("6001", -money),
        )
        return post(self.act("system"), [EntryDraft("AR", on, "发票", lines)])[0]

    def receipt(self, customer: Any, amount: str, *, on: date = DAY) -> Any:
        money = Money.parse(amount, "CNY")
        lines = (LineDraft("1002", money), LineDraft("1122", -money, party=customer.pk, kind="receipt", document="R1"))
        return post(self.act("system"), [EntryDraft("BK", on, "收款", lines)])[0]


def open_shop(act: Callable[..., Any]) -> Shop:
    system = act("system")
    cola = catalog.create_item(system, "COLA", "可乐", "箱", "V00")
    juice = catalog.create_item(system, "JUICE", "果汁", "箱", "V13", name_en="Juice")
    catalog.set_price(act("system"), cola.pk, parse_price("25"), "CNY", date(2026, 1, 1))
    catalog.set_price(act("system"), juice.pk, parse_price("10"), "CNY", date(2026, 1, 1))
    return Shop(act, cola, juice)
