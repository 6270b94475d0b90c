"""A small set of books: two customers, bills due early and late, a receipt, a credit note, one bill in dollars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.test import Client

from huikuan.books.customers.models import Customer
from huikuan.books.ledger.actions import change_item, clear, post
from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
from huikuan.kit.money import Money

D = date


@dataclass
class Books:
    cast: Any
    act: Any
    yonghui: Customer
    nanjing: Customer
    items: dict[str, int]
    entries: dict[str, int]
    clearing: int


def bill(
    customer: Customer, document: str, minor: int, on: date, due: date, currency: str = "CNY", base: int | None = None
) -> EntryDraft:
    money, kind = Money(minor, currency), "invoice" if minor > 0 else "credit"
    return EntryDraft(
        "RV", on, f"销售 {document}",
        (
            LineDraft("1122", money, party=customer.pk, due=due, kind=kind, document=document, base_amount=base, reference=f"PO-{document}"),
            LineDraft("6001", -money, base_amount=None if base is None else -base),
        ),
    )  # fmt: skip


def receipt(customer: Customer, document: str, minor: int, on: date) -> EntryDraft:
    money = Money(minor, "CNY")
    return EntryDraft(
        "DZ",
        on,
        "收款",
        (LineDraft("1002", money), LineDraft("1122", -money, party=customer.pk, kind="receipt", document=document)),
    )


@pytest.fixture
def books(cast: Any, act: Any, monkeypatch: pytest.MonkeyPatch) -> Books:
    """As of 2026-04-15. B1 was paid on 2026-04-10, so that on 2026-03-31 it was still open; B3's due date was moved."""
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-04-15T02:00:00+00:00")
    yonghui = Customer.objects.create(
        company=cast.company, number="C001", name="上海永辉商贸有限公司", currency="CNY", pinyin="shyhsm"
    )
    nanjing = Customer.objects.create(
        company=cast.company, number="C002", name="南京新街口食品行", name_en="Nanjing Foods", currency="CNY"
    )
    drafts = [
        bill(yonghui, "B1", 100_00, D(2026, 2, 1), D(2026, 3, 1)),
        bill(yonghui, "B2", 250_00, D(2026, 2, 10), D(2026, 3, 16)),
        bill(yonghui, "B3", 400_00, D(2026, 1, 5), D(2026, 2, 4)),
        bill(nanjing, "B4", 80_50, D(2026, 3, 20), D(2026, 4, 19)),
        bill(nanjing, "B5", 999_99, D(2025, 12, 1), D(2025, 12, 31)),
        bill(nanjing, "G1", -30_00, D(2026, 3, 25), D(2026, 3, 25)),
        bill(nanjing, "U1", 500_00, D(2026, 2, 1), D(2026, 3, 3), "USD", 3600_00),
        receipt(yonghui, "R1", 100_00, D(2026, 4, 10)),
        receipt(nanjing, "R2", 12_34, D(2026, 4, 2)),
    ]
    posted = post(act("sun.tao", on=D(2026, 4, 10)), drafts)
    names = ("B1", "B2", "B3", "B4", "B5", "G1", "U1", "R1", "R2")
    items = {name: p.items[0] for name, p in zip(names, posted, strict=True)}
    entries = {name: p.entry_id for name, p in zip(names, posted, strict=True)}
    legs = ((items["B1"], 100_00), (items["R1"], -100_00))
    [clearing] = clear(act("sun.tao", on=D(2026, 4, 10)), [ClearDraft(D(2026, 4, 10), legs, reason="paid")])
    change_item(act("sun.tao", on=D(2026, 4, 1)), [items["B3"]], {"due_date": D(2026, 4, 30)}, "agreed", D(2026, 4, 1))
    return Books(cast, act, yonghui, nanjing, items, entries, clearing)


@pytest.fixture
def sit(books: Books) -> Any:
    """sit("sun.tao"): a browser with that person signed in."""

    def seat(login: str, language: str = "en") -> Client:
        from huikuan.office.company.models import Person

        Person.objects.filter(login=login).update(language=language)
        client = Client()
        client.force_login(Person.objects.get(login=login), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return seat
