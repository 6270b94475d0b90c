"""Statements out of a real ledger, issued and kept."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from huikuan.books.customers import actions as customers
from huikuan.books.ledger import actions as books
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.money import Money
from huikuan.office.files import queries as files
from huikuan.receivables.statements import actions, checks, paper, queries

Make = Callable[..., Any]
MARCH = (date(2026, 3, 1), date(2026, 3, 31))
APRIL = date(2026, 4, 1)  # the day the letters go out


def entry(party: int, kind: str, number: str, on: date, text: str, due: date | None = None) -> EntryDraft:
    amount = Money.parse(text, "CNY")
    line = LineDraft("1122", amount, party=party, due=due, kind=kind, document=number, document_date=on, text=number)
    return EntryDraft("AR", on, number, (line, LineDraft("9901", -amount)), document_date=on)


@pytest.fixture
def shop(act: Make) -> int:
    """100 open from February; in March 200 (advance of 50, then 125: case 21), a credit note of 30, 40 on account."""
    a = act()
    one = customers.create(a, "C1001", "滨江便利店", name_en="Riverside Stores", currency="CNY", language="zh-hans").pk
    other = customers.create(a, "C1002", "别家", currency="CNY").pk
    drafts = [
        entry(one, "invoice", "B1", date(2026, 2, 10), "100", date(2026, 3, 12)),
        entry(one, "receipt", "R0", date(2026, 3, 1), "-50"),
        entry(one, "invoice", "B2", date(2026, 3, 2), "200", date(2026, 3, 12)),
        entry(one, "receipt", "R1", date(2026, 3, 16), "-125"),
        entry(one, "credit", "K1", date(2026, 3, 20), "-30"),
        entry(one, "receipt", "R2", date(2026, 3, 28), "-40"),
        entry(other, "invoice", "X1", date(2026, 3, 2), "999", date(2026, 3, 12)),
    ]
    items = [p.items[0] for p in books.post(a, drafts)]
    books.clear(
        act(),
        [
            ClearDraft(date(2026, 3, 2), ((items[2], 5_000), (items[1], -5_000))),
            ClearDraft(date(2026, 3, 16), ((items[2], 12_500), (items[3], -12_500))),
        ],
    )
    return one


def test_opening_movements_closing(shop: int, cast: Any) -> None:
    found = queries.statement(cast.company.pk, shop, *MARCH)
    (s,) = found.sections
    assert (s.opening, s.closing) == (10_000, 5_500)
    assert [(line.document, line.amount) for line in s.lines] == [
        ("R0", -5_000), ("B2", 20_000), ("R1", -12_500), ("K1", -3_000), ("R2", -4_000),
    ]  # fmt: skip
    assert [(x.amount, x.against) for x in s.lines[1].settled] == [(5_000, ("R0",)), (12_500, ("R1",))]
    assert {o.document: o.left for o in s.open} == {"B1": 10_000, "B2": 2_500, "K1": -3_000, "R2": -4_000}
    # Exactly what the ledger's ageing says of this customer: credits stand, negative, by their own day.
    (aged,) = ledger.ageing(cast.company.pk, MARCH[1], customers=[shop])
    assert dict(s.ageing) == {k: b.amount for k, b in aged.buckets.items()}
    assert s.ageing["1-30"] == 5_500
    with pytest.raises(Invalid):
        queries.statement(cast.company.pk, shop, MARCH[1], MARCH[0])


def test_any_two_days_and_all_customers(shop: int, cast: Any, django_assert_num_queries: Any) -> None:
    days = [
        date(2026, 2, 9),
        date(2026, 3, 1),
        date(2026, 3, 2),
        date(2026, 3, 16),
        date(2026, 3, 31),
        date(2026, 6, 1),
    ]
    for since, until in pairwise(days):
        whole = {s.customer.number: s for s in queries.statements(cast.company.pk, since, until)}
        for number, one in whole.items():
            pk = shop if number == "C1001" else None
            if pk:
                assert one == queries.statement(cast.company.pk, pk, since, until)
        closing = sum(x.closing for s in whole.values() for x in s.sections)
        assert closing == ledger.control_totals(cast.company.pk, until).get("CNY", (0, 0))[0]
    with django_assert_num_queries(6):
        assert len(list(queries.statements(cast.company.pk, *MARCH))) == 2


def test_undone_clearing(shop: int, cast: Any, act: Make) -> None:
    last = ledger.legs(cast.company.pk, customers=[shop])[-1].clearing_id
    books.unclear(act(), last, date(2026, 3, 25), "wrong invoice")
    (s,) = queries.statement(cast.company.pk, shop, *MARCH).sections
    assert s.closing == 5_500 and {o.document: o.left for o in s.open}["B2"] == 15_000
    (before,) = queries.statement(cast.company.pk, shop, MARCH[0], date(2026, 3, 24)).sections
    assert {o.document: o.left for o in before.open}["B2"] == 2_500


def test_nothing_happened(cast: Any, act: Make) -> None:
    quiet = customers.create(act(), "C9", "安静的客户", currency="USD").pk
    (s,) = queries.statement(cast.company.pk, quiet, *MARCH).sections
    assert (s.currency, s.opening, s.closing, s.lines) == ("USD", 0, 0, ())


def test_issue_keeps_the_letter(shop: int, cast: Any, act: Make) -> None:
    first = actions.issue(act("chen.jing", on=APRIL), shop, *MARCH)
    second = actions.issue(act("chen.jing", on=APRIL), shop, *MARCH, language="en")
    assert (first.number, second.number) == ("ST-2026-000001", "ST-2026-000002")
    assert first.figures == {"CNY": {"opening": 10_000, "closing": 5_500, "owed_to_us": 5_500, "owed_by_us": 0}}
    content = files.read(cast.company.pk, first.file_id)
    assert content.startswith(b"%PDF-") and b"pdfaid" in content
    assert checks.numbers(cast.company.pk).wrong == 0
    assert (first.language, second.language) == ("zh-hans", "en")
    tried = actions.issue(act("chen.jing", on=APRIL, dry=True), shop, *MARCH)
    assert tried.number == "ST-2026-000003" and queries.issued(cast.company.pk).count() == 2


def test_a_name_that_cannot_be_printed(cast: Any, act: Make) -> None:
    odd = customers.create(act(), "C8", "𠮷野商店", currency="CNY").pk
    with pytest.raises(Refused, match="cannot be printed"):
        actions.issue(act("chen.jing", on=APRIL), odd, *MARCH)


def test_a_missing_number_is_seen(shop: int, cast: Any, act: Make) -> None:
    row = actions.issue(act("chen.jing", on=APRIL), shop, *MARCH)
    type(row).objects.bulk_create([type(row)(**{**_plain(row), "id": row.pk + 1, "number": "ST-2026-000009"})])
    [broken] = checks.numbers(cast.company.pk).broken
    assert str(broken).startswith("ST-2026 number: 2 numbers, highest 9, counter 1; missing: ST-2026-000002")


def _plain(row: Any) -> dict[str, Any]:
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}


def test_workbook_says_the_same(shop: int, cast: Any) -> None:
    found = queries.statement(cast.company.pk, shop, *MARCH, "en")
    book = CalamineWorkbook.from_filelike(io.BytesIO(paper.xlsx(found)))
    assert book.sheet_names == ["Statement of account", "CNY"]
    rows = book.get_sheet_by_name("CNY").to_python()
    assert rows[1][6] == 100 and rows[3][2:7] == ["B2", date(2026, 3, 12), 200, "", 250]
    closing = next(r for r in rows if r[0] == "Closing balance")
    assert closing[6] == 55
    assert next(r for r in rows if r[2] == "K1")[5] == 30


def test_a_statement_number_means_what_it_lists_and_is_still_open(shop: int, act: Make) -> None:
    number = actions.issue(act(on=APRIL), shop, *MARCH).number
    company = act().company
    later = books.post(act(), [entry(shop, "invoice", "B3", date(2026, 4, 2), "70", date(2026, 5, 2))])
    assert later and queries.of_numbers(company, {number, "90000001"}) == {
        number: {"B1", "B2", "K1", "R0", "R1", "R2"} & _open(company)
    }
    assert queries.of_numbers(company, {"ST-2026-999999"}) == {}
    from huikuan.receivables.cash import queries as cash

    assert cash.other_numbers["statements"] is queries.of_numbers  # handed down, so that matching asks it
    found = cash.known_beside(company, [f"付对账单{number}"])
    assert set(found.keys) == queries.of_numbers(company, {number})[number]


def _open(company: int) -> set[str]:
    return {i.document for i in ledger.open_items(company) if i.document != "B3"}
