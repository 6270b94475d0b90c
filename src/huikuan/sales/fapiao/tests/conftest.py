"""A shop that bills without orders, and a way to bill."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from huikuan.kit.money import parse_price, parse_quantity
from huikuan.sales.billing import actions as billing
from huikuan.sales.billing.models import Document
from huikuan.sales.billing.types import InvoiceDraft, InvoiceLineDraft
from huikuan.sales.orders.tests.shop import DAY, Shop, open_shop


@pytest.fixture
def shop(cast: Any, act: Callable[..., Any]) -> Shop:
    return open_shop(act)


@pytest.fixture
def bill(shop: Shop, act: Callable[..., Any]) -> Callable[..., Document]:
    """bill(customer, "4") is a posted bill of 4 x 25.00 without tax."""

    def make(customer: Any, quantity: str = "4", on: date = DAY) -> Document:
        lines = (InvoiceLineDraft(shop.cola.pk, parse_quantity(quantity), parse_price("25")),)
        [pk] = billing.issue(act("chen.jing"), [InvoiceDraft(customer.pk, on, lines)])
        return Document.objects.get(pk=pk)

    return make
