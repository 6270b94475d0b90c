"""The ledger against a model of a few lines: random histories of posting, clearing, undoing, reversing and closing.

The model keeps, for every item, its amount and the dated pieces taken off it. After each step the books must say the
same on dates before, at and after it; at the end nothing that `verify` asks is broken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from huikuan.books.customers.models import Customer
from huikuan.books.ledger import checks, queries
from huikuan.books.ledger.actions import clear, close_period, open_periods, post, reverse, unclear
from huikuan.books.ledger.models import Period
from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.money import Money
from huikuan.office.company.actions import open_company
from huikuan.office.trail.act import Act

FIRST = date(2026, 1, 1)
DAYS = 120  # January to April
RATES = {"CNY": 1, "USD": 7}
AT = datetime(2026, 5, 4, 2, tzinfo=UTC)


@dataclass
class Piece:
    """An item of the model: what was taken off it, by date."""

    company: int
    entry: int
    currency: str
    posted: date
    amount: int
    taken: list[tuple[date, int]] = field(default_factory=list)

    def left(self, on: date) -> int:
        return self.amount - sum(x for day, x in self.taken if day <= on) if self.posted <= on else 0

    def free(self, since: date) -> int:
        """The most that can be taken from `since` on: on no later day may less than nothing be left."""
        days = {since, *(day for day, _x in self.taken if day > since)}
        return min((self.left(day) for day in days), key=abs)


@dataclass
class Taking:
    company: int
    on: date
    legs: dict[int, int]
    undone: bool = False
    tied: bool = False  # an entry with its reversal: one stands while the other does


@dataclass
class Model:
    items: dict[int, Piece] = field(default_factory=dict)
    clearings: dict[int, Taking] = field(default_factory=dict)
    entries: dict[int, tuple[int, date, bool]] = field(default_factory=dict)  # company, date, may be reversed
    closed: set[tuple[int, int]] = field(default_factory=set)  # company, month

    def is_open(self, company: int, on: date) -> bool:
        return (company, on.month) not in self.closed

    def take(self, company: int, clearing: int, on: date, legs: dict[int, int]) -> None:
        self.clearings[clearing] = Taking(company, on, legs)
        for item, amount in legs.items():
            self.items[item].taken.append((on, amount))

    def undo(self, clearing: int, on: date) -> None:
        taking = self.clearings[clearing]
        taking.undone = True
        for item, amount in taking.legs.items():
            self.items[item].taken.append((on, -amount))


def system(company: int | None) -> Act:
    return Act(by="system", company=company, at=AT, door="test")


def tried(may: bool, do: Callable[[], Any]) -> Any:
    """What the books did; None when both sides say no. They must agree."""
    try:
        done = do()
    except (Refused, Invalid, Missing):
        assert not may, "the books refuse what the model allows"
        return None
    assert may, "the books allow what the model refuses"
    return done


def one_post(m: Model, draw: Any, customers: dict[int, list[int]]) -> None:
    company = draw(st.sampled_from(sorted(customers)))
    on = FIRST + timedelta(draw(st.integers(0, DAYS - 1)))
    currency = draw(st.sampled_from(["CNY", "CNY", "USD"]))
    minor = draw(st.sampled_from([1, 2, 3, 100, 101, 99_999_999_999])) * draw(st.sampled_from([1, -1]))
    base = (
        None if currency == "CNY" else minor * RATES[currency] + draw(st.integers(-3, 3)) * (1 if abs(minor) > 3 else 0)
    )
    money, kind = Money(minor, currency), "invoice" if minor > 0 else "receipt"
    draft = EntryDraft(
        "RV", on, "x",
        (
            LineDraft("1122", money, party=draw(st.sampled_from(customers[company])), due=on, kind=kind, base_amount=base),
            LineDraft("6001" if minor > 0 else "1002", -money, base_amount=None if base is None else -base),
        ),
    )  # fmt: skip
    done = tried(m.is_open(company, on), lambda: post(system(company), [draft]))
    if done:
        m.items[done[0].items[0]] = Piece(company, done[0].entry_id, currency, on, minor)
        m.entries[done[0].entry_id] = (company, on, True)


def one_clear(m: Model, draw: Any, companies: list[int]) -> None:
    up = [i for i, p in m.items.items() if p.amount > 0 and p.left(date.max) > 0]
    down = [i for i, p in m.items.items() if p.amount < 0 and p.left(date.max) < 0]
    if not up or not down:
        return
    a, b = draw(st.sampled_from(up)), draw(st.sampled_from(down))
    one, other = m.items[a], m.items[b]
    on = max(one.posted, other.posted) + timedelta(draw(st.integers(-2, 40)))
    most = min(one.left(date.max), -other.left(date.max))
    amount = draw(st.sampled_from([most, most, max(1, most // 2), most + 1]))
    company = draw(st.sampled_from([one.company] * 4 + companies))
    may = (
        one.company == other.company == company
        and one.currency == other.currency
        and on >= max(one.posted, other.posted)
        and m.is_open(company, on)
        and amount <= min(one.free(on), -other.free(on))
    )
    legs = {a: amount, b: -amount}
    done = tried(may, lambda: clear(system(company), [ClearDraft(on, tuple(legs.items()))]))
    if done:
        m.take(company, done[0], on, legs)


def one_unclear(m: Model, draw: Any) -> None:
    if not m.clearings:
        return
    pk = draw(st.sampled_from(sorted(m.clearings)))
    taking = m.clearings[pk]
    on = taking.on + timedelta(draw(st.integers(-1, 60)))
    may = not taking.undone and not taking.tied and on >= taking.on and m.is_open(taking.company, on)
    if tried(may, lambda: unclear(system(taking.company), pk, on, "wrong")):
        m.undo(pk, on)


def one_reverse(m: Model, draw: Any) -> None:
    if not m.entries:
        return
    pk = draw(st.sampled_from(sorted(m.entries)))
    company, posted, free = m.entries[pk]
    [(item, piece)] = [(i, p) for i, p in m.items.items() if p.entry == pk]
    on = posted + timedelta(draw(st.integers(-1, 40)))
    untouched = piece.left(date.max) == piece.amount and piece.free(on) == piece.amount if on >= posted else False
    may = free and untouched and m.is_open(company, on)
    before = {c.pk for c in queries.clearings(company)}
    done = tried(may, lambda: reverse(system(company), pk, on, "wrong"))
    if done:
        mirror = done.items[0]
        m.items[mirror] = Piece(company, done.entry_id, piece.currency, on, -piece.amount)
        m.entries[pk] = (company, posted, False)
        m.entries[done.entry_id] = (company, on, False)
        [clearing] = {c.pk for c in queries.clearings(company)} - before
        m.take(company, clearing, on, {item: piece.amount, mirror: -piece.amount})
        m.clearings[clearing].tied = True


def one_close(m: Model, draw: Any, companies: list[int]) -> None:
    company, month = draw(st.sampled_from(companies)), draw(st.sampled_from([1, 2, 3]))
    # Months are closed in their order, and not all of them: later steps need somewhere to post.
    if (
        (company, month) in m.closed
        or any((company, n) not in m.closed for n in range(1, month))
        or draw(st.booleans())
    ):
        return
    close_period(system(company), Period.objects.get(company_id=company, year=2026, month=month).pk)
    m.closed.add((company, month))


def agree(m: Model, companies: list[int], on: date) -> None:
    for company in companies:
        mine = {i: p.left(on) for i, p in m.items.items() if p.company == company and p.left(on)}
        theirs = queries.open_items(company, on)
        assert {i.id: i.remaining for i in theirs} == mine, on
        assert sum(i.base_remaining for i in theirs) == queries.balance(company, "1122", on), on
        sums: dict[str, list[int]] = {}
        for item in mine:
            told = sums.setdefault(m.items[item].currency, [0, 0])
            told[0] += mine[item]
            told[1] += 1
        aged = {r.currency: [r.total.amount, r.total.items] for r in queries.ageing(company, on)}
        assert aged == sums, on
    now = {i.id: i.remaining for company in companies for i in queries.open_items(company)}
    assert now == {i: p.left(date.max) for i, p in m.items.items() if p.left(date.max)}


def history(draw: Any, companies: list[int], customers: dict[int, list[int]]) -> None:
    m = Model()
    steps = draw(st.lists(st.sampled_from("pccccccuuurrx"), min_size=12, max_size=20))
    for step in ["p", "p", "p", "c", *steps]:
        {
            "p": lambda: one_post(m, draw, customers),
            "c": lambda: one_clear(m, draw, companies),
            "u": lambda: one_unclear(m, draw),
            "r": lambda: one_reverse(m, draw),
            "x": lambda: one_close(m, draw, companies),
        }[step]()
        agree(m, companies, FIRST + timedelta(draw(st.integers(-1, DAYS + 60))))
    for p in list(m.items.values())[:6]:
        for day in {p.posted, *(d for d, _x in p.taken)}:
            agree(m, companies, day)
    for company in companies:
        assert [(c.id, f.broken) for c in checks.CHECKS if (f := c.run(company)).wrong] == []


@pytest.mark.django_db
@settings(
    max_examples=8, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(data=st.data())
def test_books_and_model_agree(two: tuple[list[int], dict[int, list[int]]], data: st.DataObject) -> None:
    companies, customers = two
    back = transaction.savepoint()
    try:
        history(data.draw, companies, customers)
    finally:
        transaction.savepoint_rollback(back)


@pytest.fixture
def two(cast: Any) -> tuple[list[int], dict[int, list[int]]]:
    """Two companies with two customers each, January to June open."""
    other = open_company(system(None), "200", "另一家公司", "CNY")
    companies = [cast.company.pk, other.pk]
    customers = {
        c: [Customer.objects.create(company_id=c, number=f"C{n}", name=f"客户{n}", currency="CNY").pk for n in range(2)]
        for c in companies
    }
    for c in companies:
        open_periods(system(c), FIRST, date(2026, 6, 30))
    return companies, customers


def test_a_history_in_which_more_was_taken_than_there_was_is_refused(cast: Any, act: Any) -> None:
    """Cleared in February, undone in March: on the days between nothing was left, so a new clearing can't be dated there."""
    company = cast.company.pk
    customer = Customer.objects.create(company_id=company, number="C1", name="x", currency="CNY").pk

    def one(minor: int) -> int:
        money = Money(minor, "CNY")
        lines = (LineDraft("1122", money, party=customer), LineDraft("6001", -money))
        [posted] = post(act(), [EntryDraft("RV", FIRST, "x", lines)])
        return posted.items[0]

    bill, first, second = one(100), one(-100), one(-100)
    [made] = clear(act(), [ClearDraft(date(2026, 2, 1), ((bill, 100), (first, -100)))])
    unclear(act(), made, date(2026, 3, 1), "wrong receipt")
    with pytest.raises(Refused, match="between"):
        clear(act(), [ClearDraft(date(2026, 2, 15), ((bill, 100), (second, -100)))])
    clear(act(), [ClearDraft(date(2026, 3, 1), ((bill, 100), (second, -100)))])
    assert {i.id: i.remaining for i in queries.open_items(company, date(2026, 2, 20))} == {second: -100}
