"""Statistics after an upgrade, on SQLite: a column that is empty everywhere still finds its rows by its index."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from huikuan.sales.billing import actions
from huikuan.sales.billing.models import Document, DocumentLine
from huikuan.sales.billing.tests.test_direct import Acts, line
from huikuan.sales.billing.types import InvoiceDraft
from huikuan.sales.orders.tests.shop import DAY, Shop, open_shop
from huikuan.site import store


@pytest.fixture
def shop(cast: Any, act: Acts) -> Shop:
    return open_shop(act)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts empty columns apart")
def test_empty_columns_are_counted_apart(shop: Shop, act: Acts) -> None:
    one = shop.customer("B1").pk
    actions.issue(act("chen.jing"), [InvoiceDraft(one, DAY, (line(shop.juice),)) for _n in range(40)])
    assert Document.objects.filter(cancels__isnull=False).count() == 0
    store.count_anew()
    with connection.cursor() as cursor:
        cursor.execute("SELECT idx, stat FROM sqlite_stat1 WHERE tbl IN ('billing_documentline', 'billing_document')")
        told = dict(cursor.fetchall())
    [original] = [v for k, v in told.items() if k.startswith("billing_documentline_original")]
    [company] = [v for k, v in told.items() if k.startswith("billing_documentline_company")]
    assert (original, company) == ("40 1", "40 40")  # no line credits another; all are of one company
    plan = DocumentLine.objects.filter(company_id=act("chen.jing").company, original_id=1).explain()
    assert "billing_documentline_original" in plan, plan
