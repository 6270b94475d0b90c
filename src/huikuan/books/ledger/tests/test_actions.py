"""Posting, reversing, clearing, as-of figures and what the database itself refuses."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from huikuan.books.customers.models import Customer
from huikuan.books.ledger import checks, queries
from huikuan.books.ledger.actions import (
    change_item,
    clear,
    close_period,
    open_periods,
    post,
    reopen_period,
    reverse,
    unclear,
)
from huikuan.books.ledger.models import Clearing, Entry, Line, OpenItem, Period
from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
from huikuan.kit.errors import Denied, Invalid, Refused
from huikuan.kit.money import Money

D = date


@pytest.fixture
def customer(cast):
    return Customer.objects.create(company=cast.company, number="C001", name="上海永辉商贸有限公司", currency="CNY")


def invoice(customer, minor, on, due=None, document="INV1", currency="CNY", base=None, other=None):
    cents = Money(minor, currency)
    return EntryDraft(
        "RV", on, "销售发票",
        (
            LineDraft("1122", cents, party=customer.pk, due=due or on, kind="invoice" if minor > 0 else "credit", document=document, base_amount=base),
            LineDraft("6001", -cents, base_amount=-base if base is not None else None),
        ),
    )  # fmt: skip


def receipt(customer, minor, on, document="R1", currency="CNY", base=None):
    cents = Money(minor, currency)
    return EntryDraft(
        "DZ", on, "收款",
        (
            LineDraft("1002", cents, base_amount=base),
            LineDraft("1122", -cents, party=customer.pk, kind="receipt", document=document, base_amount=-base if base is not None else None),
        ),
    )  # fmt: skip


def item_of(posted):
    return posted.items[0]


def clean(cast):
    wrong = [(c.id, f.broken) for c in checks.CHECKS if (f := c.run(cast.company.pk)).wrong]
    assert wrong == []


def test_many_entries_are_posted_with_numbers_without_gaps(cast, act, customer):
    open_periods(act("sun.tao"), D(2026, 1, 1), D(2026, 1, 31))
    close_period(act("zhou.hui"), Period.objects.get(year=2026, month=1).pk)
    posted = post(act("sun.tao"), [invoice(customer, 100 * n, D(2026, 3, 1), document=f"I{n}") for n in range(1, 40)])
    assert [p.number for p in posted] == [f"RV-2026-{n:06d}" for n in range(1, 40)]
    with pytest.raises(Refused, match="closed"):  # taken back together with its number
        post(
            act("sun.tao"),
            [invoice(customer, 100, D(2026, 3, 1), document="X"), invoice(customer, 100, D(2026, 1, 1), document="Y")],
        )
    [next_one] = post(act("sun.tao"), [invoice(customer, 5, D(2026, 3, 1), document="J")])
    assert next_one.number == "RV-2026-000040"
    clean(cast)


def test_what_does_not_balance_is_refused_by_the_rule(cast, act, customer):
    lines = (LineDraft("1122", Money(100, "CNY"), party=customer.pk), LineDraft("6001", Money(-99, "CNY")))
    with pytest.raises(Invalid, match="I01"):
        post(act("sun.tao"), [EntryDraft("RV", D(2026, 3, 1), "x", lines)])
    with pytest.raises(Invalid, match="names its customer"):
        post(
            act("sun.tao"),
            [
                EntryDraft(
                    "RV", D(2026, 3, 1), "x", (LineDraft("1122", Money(1, "CNY")), LineDraft("6001", Money(-1, "CNY")))
                )
            ],
        )
    with pytest.raises(Denied):
        post(act("liu.min"), [invoice(customer, 1, D(2026, 3, 1))])


def test_the_database_refuses_it_too(cast, act, customer):
    [p] = post(act("sun.tao"), [invoice(customer, 100, D(2026, 3, 1))])
    line = Line.objects.get(entry_id=p.entry_id, n=1)
    tries = [
        ("I03", lambda: Line.objects.filter(pk=line.pk).update(amount=1)),
        ("I03", lambda: Entry.objects.filter(pk=p.entry_id)._raw_delete("default")),
        ("I03", lambda: OpenItem.objects.filter(pk=line.pk).update(amount=1)),
        ("I01", lambda: Line.objects.create(company=cast.company, entry_id=p.entry_id, n=9, account=line.account, currency="CNY", doc_amount=1, amount=1, posting_date=line.posting_date)),
        ("i07", lambda: OpenItem.objects.filter(pk=line.pk).update(remaining=200)),
        ("I05", lambda: Period.objects.all()._raw_delete("default")),
    ]  # fmt: skip
    for guard, attempt in tries:
        with pytest.raises(IntegrityError, match=guard), transaction.atomic():
            attempt()


def test_an_entry_without_lines_cannot_stand(cast, act, customer):
    [p] = post(act("sun.tao"), [invoice(customer, 100, D(2026, 3, 1))])
    e = Entry.objects.get(pk=p.entry_id)
    with pytest.raises(IntegrityError, match="I01"), transaction.atomic():
        Entry.objects.create(company=e.company, period=e.period, klass="RV", year=2026, number=2, posting_date=e.posting_date, document_date=e.posting_date, text="", digest="", act=1, by="x", at=e.at)  # fmt: skip


def test_a_clearing_and_its_undoing(cast, act, customer):
    [a, b] = post(act("sun.tao"), [invoice(customer, 20000, D(2026, 3, 1)), receipt(customer, 10000, D(2026, 3, 5))])
    [c] = clear(act("sun.tao"), [ClearDraft(D(2026, 3, 6), ((item_of(a), 10000), (item_of(b), -10000)))])
    assert [i.remaining for i in queries.open_items(cast.company.pk)] == [10000]
    assert {i.document: i.remaining for i in queries.open_items(cast.company.pk, D(2026, 3, 5))} == {
        "INV1": 20000,
        "R1": -10000,
    }
    unclear(act("sun.tao"), c, D(2026, 3, 7), "wrong")
    assert {i.document: i.remaining for i in queries.open_items(cast.company.pk)} == {"INV1": 20000, "R1": -10000}
    assert [i.remaining for i in queries.open_items(cast.company.pk, D(2026, 3, 6))] == [10000]
    with pytest.raises(Refused, match="undone already"):
        unclear(act("sun.tao"), c, D(2026, 3, 8), "again")
    clean(cast)


def test_no_more_is_cleared_than_there_is(cast, act, customer):
    [a, b] = post(act("sun.tao"), [invoice(customer, 100, D(2026, 3, 1)), receipt(customer, 300, D(2026, 3, 5))])
    with pytest.raises(Refused, match="left"):
        clear(act("sun.tao"), [ClearDraft(D(2026, 3, 6), ((item_of(a), 300), (item_of(b), -300)))])
    with pytest.raises(Invalid, match="I06"):
        clear(act("sun.tao"), [ClearDraft(D(2026, 3, 6), ((item_of(a), 100), (item_of(b), -300)))])
    with pytest.raises(Refused, match="before"):
        clear(act("sun.tao"), [ClearDraft(D(2026, 3, 4), ((item_of(a), 100), (item_of(b), -100)))])
    assert not Clearing.objects.exists()
    clean(cast)


def test_a_reversal_mirrors_and_closes(cast, act, customer):
    [a] = post(act("sun.tao"), [invoice(customer, 100, D(2026, 3, 1))])
    reverse(act("sun.tao"), a.entry_id, D(2026, 3, 10), "typo")
    assert queries.open_items(cast.company.pk) == []
    assert queries.open_totals(cast.company.pk, D(2026, 3, 9)) == {"CNY": (100, 100)}
    with pytest.raises(Refused, match="already"):
        reverse(act("sun.tao"), a.entry_id, D(2026, 3, 11), "again")
    clean(cast)


def test_a_closed_period_takes_nothing(cast, act, customer):
    post(act("sun.tao"), [invoice(customer, 100, D(2026, 3, 1))])
    march = Period.objects.get(year=2026, month=3)
    close_period(act("zhou.hui"), march.pk)
    with pytest.raises(Refused, match="closed"):
        post(act("sun.tao"), [invoice(customer, 100, D(2026, 3, 2), document="I2")])
    clean(cast)
    reopen_period(act("zhou.hui"), march.pk, "late invoice")
    post(act("sun.tao"), [invoice(customer, 100, D(2026, 3, 2), document="I2")])
    clean(cast)


def test_ageing_edges(cast, act, customer):
    post(act("sun.tao"), [
        invoice(customer, 100, D(2026, 1, 1), due=D(2026, 3, 31), document="due today"),
        invoice(customer, 200, D(2026, 1, 1), due=D(2026, 3, 1), document="30 late"),
        invoice(customer, 400, D(2026, 1, 1), due=D(2026, 2, 28), document="31 late"),
        invoice(customer, 800, D(2026, 1, 1), due=D(2025, 12, 31), document="90 late"),
        invoice(customer, 1600, D(2026, 1, 1), due=D(2025, 12, 30), document="91 late"),
        receipt(customer, 50, D(2026, 3, 20)),
    ])  # fmt: skip
    [row] = queries.ageing(cast.company.pk, D(2026, 3, 31))
    got = {k: (b.amount, b.items) for k, b in row.buckets.items()}
    assert got == {"not_due": (100, 1), "1-30": (150, 2), "31-60": (400, 1), "61-90": (800, 1), "over-90": (1600, 1)}
    assert row.total.amount == 3050 and row.total.items == 6
    [row] = queries.ageing(cast.company.pk, D(2026, 3, 31), basis="invoice", bounds=(60, 89), by="customer")
    assert row.key == "C001" and {k: b.amount for k, b in row.buckets.items()} == {
        "not_due": 0,
        "1-60": -50,
        "61-89": 3100,
        "over-89": 0,
    }


def test_case_35_paid_before_due_stays_where_it_is(cast, act, customer):
    """10,000 due 2017-02-28, receipts 1,500, 1,000, 2,000 before: on 2017-04-04 5,500 stands in 31-60."""
    [a, *rs] = post(act("sun.tao"), [
        invoice(customer, 1_000_000, D(2017, 1, 20), due=D(2017, 2, 28)),
        receipt(customer, 150_000, D(2017, 1, 25), "R1"), receipt(customer, 100_000, D(2017, 2, 1), "R2"), receipt(customer, 200_000, D(2017, 2, 10), "R3"),
    ])  # fmt: skip
    groups = [
        ClearDraft(D(2017, 2, 15), ((item_of(a), m), (item_of(r), -m)))
        for r, m in zip(rs, (150_000, 100_000, 200_000), strict=True)
    ]
    clear(act("sun.tao"), groups)
    [row] = queries.ageing(cast.company.pk, D(2017, 4, 4))
    assert {k: b.amount for k, b in row.buckets.items() if b.amount} == {"31-60": 550_000}


def test_a_later_due_date_does_not_change_the_past(cast, act, customer):
    [a] = post(act("sun.tao"), [invoice(customer, 100, D(2026, 1, 1), due=D(2026, 1, 31))])
    change_item(act("sun.tao"), [item_of(a)], {"due_date": D(2026, 4, 30)}, "agreed", D(2026, 3, 15))
    [before] = queries.ageing(cast.company.pk, D(2026, 3, 14))
    [after] = queries.ageing(cast.company.pk, D(2026, 3, 15))
    assert before.buckets["31-60"].amount == 100 and before.total.items == 1
    assert after.buckets["not_due"].amount == 100


def test_exchange_differences_are_posted_and_undone(cast, act, customer):
    [a, b] = post(
        act("sun.tao"),
        [
            invoice(customer, 10000, D(2026, 3, 1), currency="USD", base=72000),
            receipt(customer, 10000, D(2026, 3, 5), currency="USD", base=71000),
        ],
    )
    [c] = clear(act("sun.tao"), [ClearDraft(D(2026, 3, 6), ((item_of(a), 10000), (item_of(b), -10000)))])
    assert queries.balance(cast.company.pk, "660301", D(2026, 3, 31)) == 1000
    assert queries.balance(cast.company.pk, "1122", D(2026, 3, 31)) == 0
    clean(cast)
    unclear(act("sun.tao"), c, D(2026, 3, 7), "wrong")
    assert queries.balance(cast.company.pk, "660301", D(2026, 3, 31)) == 0
    clean(cast)


def test_verify_sees_what_the_guards_would_have_stopped(cast, act, customer):
    from huikuan.office.trail import guards

    [a] = post(act("sun.tao"), [invoice(customer, 100, D(2026, 3, 1))])
    guards.drop()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_line SET amount = 90, doc_amount = 90 WHERE entry_id = %s AND n = 1", [a.entry_id]
        )
        cursor.execute("UPDATE ledger_openitem SET remaining = 60")
    wrong = {c.id for c in checks.CHECKS if c.run(cast.company.pk).wrong}
    guards.make()
    assert {"I01", "I03", "I06", "I07", "I15"} <= wrong


def test_periods_are_opened_ahead(cast, act):
    assert open_periods(act("sun.tao"), D(2027, 1, 1), D(2027, 12, 31)) == 12
