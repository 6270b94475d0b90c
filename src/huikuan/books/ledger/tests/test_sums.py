"""The sums that are kept are those that would be added up anew, after everything that can happen to an item."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from django.db import connection, transaction

from huikuan.books.customers.models import Customer
from huikuan.books.ledger import queries, sums
from huikuan.books.ledger.actions import change_item, clear, post, reverse, unclear
from huikuan.books.ledger.models import OpenItem
from huikuan.books.ledger.tests.test_actions import invoice, receipt
from huikuan.books.ledger.types import ClearDraft
from huikuan.kit.errors import Refused

D = date
pytestmark = pytest.mark.django_db(transaction=True)  # inside a transaction nothing is kept


@pytest.fixture
def customer(cast):
    return Customer.objects.create(company=cast.company, number="C001", name="上海永辉商贸有限公司", currency="CNY")


def told(found):
    """What is not nothing, as one thing to compare."""
    parts = (found.standing, found.billed, found.control)
    return [{k: v for k, v in part.items() if v and v != (0, 0)} for part in parts], found.version, found.changes


def test_a_year_of_anything(cast, act, customer, django_assert_max_num_queries, monkeypatch):
    """Posting, clearing in part and whole, undoing, reversing, re-dating, in any order, looked at now and then. What was
    kept is never thrown away and made anew."""
    rng, here = Random(7), cast.company.pk
    sums.forget()
    sums.of(here)
    post(act("sun.tao"), [invoice(customer, 777, D(2026, 1, 2))])
    sums.of(here)
    anew = sums._added_up
    monkeypatch.setattr(sums, "_added_up", lambda company: pytest.fail("added up anew"))
    entries, cleared = [], []
    for step in range(60):
        day = D(2026, 1, 3) + timedelta(days=step * 4)
        kind = rng.choice(["bill", "bill", "pay", "clear", "undo", "reverse", "date", "date"])
        still = list(OpenItem.objects.filter(company=here, amount__gt=0).exclude(remaining=0).order_by("id"))
        credits = list(OpenItem.objects.filter(company=here, amount__lt=0).exclude(remaining=0).order_by("id"))
        try:
            if kind == "bill":
                some = [
                    invoice(
                        customer, rng.randint(1, 999), day, day + timedelta(days=rng.randint(0, 60)), f"I{step}-{n}"
                    )
                    for n in range(2)
                ]
                entries += [p.entry_id for p in post(act("sun.tao"), some)]
            elif kind == "pay":
                post(act("sun.tao"), [receipt(customer, rng.randint(1, 999), day, f"R{step}")])
            elif kind == "clear" and still and credits:
                one, other = rng.choice(still), rng.choice(credits)
                most = min(one.remaining, -other.remaining)
                cleared += clear(act("sun.tao"), [ClearDraft(day, ((one.pk, most), (other.pk, -most)))])
            elif kind == "undo" and cleared:
                unclear(act("sun.tao"), cleared.pop(), day, "wrong")
            elif kind == "reverse" and entries:
                reverse(act("sun.tao"), entries.pop(rng.randrange(len(entries))), day, "typo")
            elif kind == "date" and still:
                for one in rng.sample(still, min(2, len(still))):
                    change_item(
                        act("sun.tao"),
                        [one.pk],
                        {"due_date": day + timedelta(days=rng.randint(-40, 40))},
                        "agreed",
                        day,
                    )
        except Refused:
            continue
        if rng.random() < 0.6:
            assert told(sums.of(here)) == told(anew(here)), (step, kind)
    assert told(sums.of(here)) == told(anew(here))
    with django_assert_max_num_queries(5):  # begin, counters, the entry seen last, changes, end
        sums.of(here)
    assert sums.of(here).control_totals(D(2026, 6, 30)) == queries.control_totals(here, D(2026, 6, 30))


def test_nothing_is_kept_of_what_may_be_rolled_back(cast, act, customer):
    post(act("sun.tao"), [invoice(customer, 100, D(2026, 1, 2))])
    before = told(sums.of(cast.company.pk))
    with transaction.atomic():
        kept = dict(sums._kept)
        sums.of(cast.company.pk)
        assert sums._kept == kept
        transaction.set_rollback(True)
    assert told(sums.of(cast.company.pk)) == before


def test_another_history_is_added_up_anew(cast, act, customer):
    """A database put back to an earlier state, with the same numbers given to something else since."""
    here = cast.company.pk
    post(act("sun.tao"), [invoice(customer, 100, D(2026, 1, 2))])
    kept = sums.of(here)
    key = next(k for k in sums._kept if k[-1] == here)
    sums._kept[key] = sums.Sums(
        {("CNY", None, D(2020, 1, 1)): 5}, {}, {}, kept.version, kept.changes, (kept.last[0], "other", kept.last[2])
    )
    assert told(sums.of(here)) == told(kept)


def test_a_snapshot_ends(cast, act, customer):
    """Whatever happens inside it, the connection is as it was."""
    from huikuan.books.ledger import store

    with pytest.raises(ZeroDivisionError), store.snapshot():
        1 / 0  # noqa: B018
    assert not connection.in_atomic_block
    post(act("sun.tao"), [invoice(customer, 100, D(2026, 1, 2))])


def test_the_heaviest_of_many_are_the_heaviest_of_all(cast, act, customer):
    rng, day = Random(3), D(2026, 6, 30)
    some = [
        invoice(
            customer,
            rng.randint(100, 99_999),
            D(2026, 1, 2),
            D(2026, 1, 2) + timedelta(days=rng.randint(0, 200)),
            f"I{n}",
        )
        for n in range(80)
    ]
    post(act("sun.tao"), some)
    here = cast.company.pk
    order = ("-weight", "id")
    whole = [r.pk for r in queries.overdue_rows(here, day).order_by(*order)]
    rows = queries.overdue_rows(here, day)
    few = queries.heaviest(rows, here, day, 5).order_by(*order)
    assert [r.pk for r in few[:5]] == whole[:5]
    assert 5 <= few.count() < len(whole)  # the small ones were not looked at
    weights = [r.weight for r in rows.order_by(*order)]
    after = queries.heaviest(rows, here, day, 5, below=weights[9])
    assert [r.pk for r in after.filter(weight__lt=weights[9]).order_by(*order)[:5]] == whole[10:15]
    assert after.count() < len(whole)
    before = queries.heaviest(rows, here, day, 5, above=weights[9])
    assert [r.pk for r in before.filter(weight__gt=weights[9]).order_by(*order)] == whole[:9]
    assert before.count() < len(whole)
    assert queries.overdue_without_reason(here, day) == len(whole)
    change_item(act("sun.tao"), [whole[0]], {"due_date": D(2026, 12, 1)}, "agreed", D(2026, 7, 1))
    rows = queries.heaviest(queries.overdue_rows(here, day), here, day, 5)
    assert [r.pk for r in rows.order_by(*order)[:5]] == whole[:5]
    assert queries.overdue_without_reason(here, day) == len(whole)
    assert queries.overdue_without_reason(here, D(2026, 7, 1)) == queries.overdue_rows(here, D(2026, 7, 1)).count()
