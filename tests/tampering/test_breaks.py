"""Rows that belong together, taken apart by plain SQL with the guards lifted: each break is found and its row named.

`harness.tamper` edits at random what acts answer for; here stands what only a recount finds, question by question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from harness.tamper import company_with_history
from harness.tampering import ask, lifted
from huikuan.kit.words import _
from huikuan.office.trail.act import Act
from huikuan.office.trail.models import Key
from huikuan.office.work.actions import open_order
from huikuan.office.work.models import WorkOrder
from huikuan.sales.billing.models import Document
from huikuan.sales.orders.models import DeliveryLine, Order

Break = tuple[
    str, tuple[str, ...], tuple[str, ...]
]  # what, the statements, what the proof must name ("I21 billing.document:1")


def _sales(company: int) -> Iterator[Break]:
    held = Order.objects.filter(company_id=company, state="held").order_by("pk")[0]
    yield ("a held order without lines", (f"DELETE FROM orders_orderline WHERE order_id = {held.pk}",),
           (f"I21 orders.order:{held.pk}",))  # fmt: skip
    free = Order.objects.filter(company_id=company, state="free", releases=None).order_by("pk")[0]
    yield ("a live order that nobody let through", (f"DELETE FROM orders_creditdecision WHERE order_id = {free.pk}",),
           (f"I15 orders.order:{free.pk}",))  # fmt: skip
    gone = DeliveryLine.objects.filter(company_id=company).order_by("pk")[0]
    yield ("a delivery without lines", (f"DELETE FROM orders_deliveryline WHERE delivery_id = {gone.delivery_id}",),
           (f"I08 orders.order:{gone.order_line.order_id}",))  # fmt: skip
    one = Document.objects.filter(company_id=company, kind="invoice", state="posted").order_by("pk")[0]
    two = Document.objects.filter(company_id=company, kind="invoice").exclude(payer=one.payer).order_by("pk")[0]
    bill = f"UPDATE billing_document SET %s WHERE id = {one.pk}"
    yield ("a bill without lines", (f"DELETE FROM billing_documentline WHERE document_id = {one.pk}",),
           (f"I21 billing.document:{one.pk}",))  # fmt: skip
    yield ("a bill of another payer than its entry", (bill % f"payer_id = {two.payer_id}, customer_id = {two.customer_id}",),
           (f"I21 billing.document:{one.pk}",))  # fmt: skip
    swap = (
        bill % f"entry_id = {two.entry_id}",
        f"UPDATE billing_document SET entry_id = {one.entry_id} WHERE id = {two.pk}",
    )
    yield ("two bills with each other's entries", swap,
           (f"I21 billing.document:{one.pk}", f"I21 billing.document:{two.pk}", f"I21 ledger.entry:{one.entry_id}"))  # fmt: skip


def _keys(company: int) -> Iterator[Break]:
    one, two = Key.objects.filter(company=company).order_by("pk")[:2]
    mine, its = f"I12 trail.key:{one.pk}", f"I03 trail.key:{one.pk}"
    at = f"UPDATE trail_key SET %s WHERE id = {one.pk}"
    yield ("a key that is gone", (f"DELETE FROM trail_key WHERE id = {one.pk}",),
           (f"I12 trail.record:{one.record}", f"I03 trail.record:{one.record}"))  # fmt: skip
    yield ("another reply", (at % "reply = '{\"value\": 7}'",), (its,))
    yield ("another input", (at % f"digest = '{two.digest[::-1]}'",), (its,))
    yield ("the key of another act", (at % f"record = {two.record}",), (mine, f"I12 trail.record:{one.record}"))
    yield ("another key", (at % "key = 'other'",), (mine, its))


def _outbox(company: int) -> Iterator[Break]:
    rows = WorkOrder.objects.filter(company_id=company, key__startswith="on:").order_by("pk")
    first, last = rows[0], rows.order_by("-pk")[0]
    acts = tuple(sorted({f"I03 trail.record:{w.opened_act}" for w in (first, last)}))
    yield ("the first work of a kind", (f"DELETE FROM work_workorder WHERE id = {first.pk}",),
           (f"I03 trail.record:{first.opened_act}",))  # fmt: skip
    yield ("all work of a kind", (f"DELETE FROM work_workorder WHERE kind = '{first.kind}'",),
           (f"I03 trail.record:{first.opened_act}",))  # fmt: skip
    yield ("all work", ("DELETE FROM work_workorder",), acts)
    yield ("work about another thing", (f"UPDATE work_workorder SET subject = 'test.other:1' WHERE id = {first.pk}",),
           (f"I03 work.workorder:{first.pk}",))  # fmt: skip


QUESTIONS: tuple[Callable[[int], Iterator[Break]], ...] = (_sales, _keys, _outbox)


def _more(company: int) -> None:
    """What no verb of the flow does."""

    def act(key: str | None = None) -> Act:
        return Act(by="maker", company=company, at=datetime(2026, 6, 2, 2, tzinfo=UTC), door="test", key=key)

    for n in (1, 2):
        open_order(act(f"k{n}"), "test.look", "", _("Look %(n)s", n=n), role="CSH")


@pytest.mark.django_db(transaction=True)
def test_every_break_is_found_and_its_row_named() -> None:
    company = company_with_history(steps=110, seed=5)
    _more(company)
    assert ask(company) == []
    blind: list[Any] = []
    for what, statements, named in (b for of in QUESTIONS for b in of(company)):
        with lifted():
            with connection.cursor() as cursor:
                for sql in statements:
                    cursor.execute(sql)
                    assert cursor.rowcount > 0, (what, sql)
            said = ask(company)
        blind += [(what, name, said[:4]) for name in named if not any(f"{name} " in text for text in said)]
    assert not blind, blind
