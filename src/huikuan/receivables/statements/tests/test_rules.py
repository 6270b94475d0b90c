"""A statement adds up whatever was posted, cleared and undone; edges of the ageing are fixed here."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.books.ledger.rules import bucket_names, bucket_of
from huikuan.receivables.statements import rules
from huikuan.receivables.statements.rules import Leg, Piece, Section

D = date(2026, 3, 1)


def piece(
    id_: int, amount: int, day: int = 0, due: int | None = None, kind: str = "invoice", currency: str = "CNY"
) -> Piece:
    on = D + timedelta(days=day)
    late = on + timedelta(days=due) if due is not None else None
    aged_from = late if late and amount > 0 else on
    return Piece(id_, currency, kind, f"{kind[:2].upper()}-{id_}", on, on, late, aged_from, amount)


def section(
    currency: str, pieces: list[Piece], legs: list[Leg], names: dict[int, tuple[str, ...]], since: date, until: date
) -> Section:
    """What the query does: of earlier items only what was open on the eve, and only the period's clearings."""
    before = {p.id: p.amount - sum(x.amount for x in legs if x.item == p.id and x.on < since) for p in pieces}
    taken = [x for x in legs if since <= x.on <= until]
    touched = {x.item for x in taken}
    given = [p._replace(carried=before[p.id]) for p in pieces if p.posted >= since or before[p.id] or p.id in touched]
    return rules.section(currency, given, taken, names, since, until)


def leg(clearing: int, item: int, amount: int, day: int = 0) -> Leg:
    return Leg(clearing, item, D + timedelta(days=day), amount)


@pytest.mark.parametrize(
    ("late", "name"),
    [
        (-5, "not_due"),
        (0, "not_due"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (90, "61-90"),
        (91, "over-90"),
    ],
)
def test_edges_of_the_buckets(late: int, name: str) -> None:
    assert bucket_names(rules.BOUNDS)[bucket_of(late, rules.BOUNDS)] == name


def test_bucket_names_follow_the_bounds() -> None:
    assert tuple(bucket_names((7, 15))) == ("not_due", "1-7", "8-15", "over-15")


def test_an_invoice_paid_in_part() -> None:
    """200, an advance of 50, then 125: 25 stay open (case 21)."""
    items = [piece(1, 20_000, 0, due=30), piece(2, -5_000, 1, kind="receipt"), piece(3, -12_500, 5, kind="receipt")]
    legs = [leg(7, 1, 5_000, 2), leg(7, 2, -5_000, 2), leg(8, 1, 12_500, 5), leg(8, 3, -12_500, 5)]
    names = {7: ("IN-1", "RE-2"), 8: ("IN-1", "RE-3")}
    found = section("CNY", items, legs, names, D, D + timedelta(days=45))
    assert (found.opening, found.closing) == (0, 2_500)
    assert found.flow == {
        "opening": 0,
        "invoiced": 20_000,
        "credited": 0,
        "received": -17_500,
        "other": 0,
        "closing": 2_500,
    }
    assert [line.balance for line in found.lines] == [20_000, 15_000, 2_500]
    assert [(s.amount, s.against) for s in found.lines[0].settled] == [(5_000, ("RE-2",)), (12_500, ("RE-3",))]
    assert found.ageing == {"not_due": 0, "1-30": 2_500, "31-60": 0, "61-90": 0, "over-90": 0}
    # asked for the first days only, the later receipt is not there yet
    early = section("CNY", items, legs, names, D, D + timedelta(days=3))
    assert early.closing == 15_000 and [o.left for o in early.open] == [15_000]
    # and a later period begins with what was open
    later = section("CNY", items, legs, names, D + timedelta(days=4), D + timedelta(days=45))
    assert (later.opening, later.closing, len(later.lines)) == (15_000, 2_500, 1)


def test_paid_before_due_ages_what_is_left() -> None:
    """10,000 due 2017-02-28, 4,500 received before: 5,500 in 31-60 on 2017-04-04 (case 35)."""
    due = date(2017, 2, 28)
    bill = Piece(1, "USD", "invoice", "IN-1", date(2017, 1, 29), date(2017, 1, 29), due, due, 1_000_000)
    paid = [
        Piece(i, "USD", "receipt", f"RE-{i}", on, on, None, on, -amount)
        for i, on, amount in (
            (2, date(2017, 2, 1), 150_000),
            (3, date(2017, 2, 10), 100_000),
            (4, date(2017, 2, 20), 200_000),
        )
    ]
    legs = [Leg(p.id, item, p.posted, a) for p in paid for item, a in ((1, -p.amount), (p.id, p.amount))]
    found = section("USD", [bill, *paid], legs, {}, date(2017, 1, 1), date(2017, 4, 4))
    assert found.ageing["31-60"] == 550_000 == found.closing


def test_an_undone_clearing_leaves_no_mark_on_the_statement() -> None:
    items = [piece(1, 10_000, 0, due=10), piece(2, -10_000, 3, kind="receipt")]
    legs = [leg(5, 1, 10_000, 3), leg(5, 2, -10_000, 3), leg(5, 1, -10_000, 8), leg(5, 2, 10_000, 8)]
    found = section("CNY", items, legs, {5: ("IN-1", "RE-2")}, D, D + timedelta(days=20))
    assert found.lines[0].settled == () and found.closing == 0 and len(found.open) == 2
    # the receipt stands, negative, in the bucket of its own day
    assert found.ageing["1-30"] == 0
    assert [o.late for o in found.open] == [10, 17]


def test_paid_by_someone_else() -> None:
    """The parent's receipt cleared our invoice: it moves our balance, and the line says so."""
    found = section(
        "CNY", [piece(1, 10_000, 0, due=10)], [leg(5, 1, 10_000, 3)], {5: ("IN-1", "RE-9")}, D, D + timedelta(days=9)
    )
    assert found.closing == 0
    assert [(line.kind, line.amount, line.document) for line in found.lines] == [
        ("invoice", 10_000, "IN-1"),
        ("transfer", -10_000, "IN-1, RE-9"),
    ]
    assert found.flow["other"] == -10_000


@st.composite
def books(draw: st.DrawFn) -> tuple[list[Piece], list[Leg]]:
    """Invoices and receipts of one customer, with clearings of which some are undone later."""
    days, amounts = st.integers(0, 90), st.integers(1, 10**8)
    bills = [
        piece(i, draw(amounts), draw(days), due=draw(st.integers(0, 60))) for i in range(1, draw(st.integers(1, 6)) + 1)
    ]
    cash = [piece(i, -draw(amounts), draw(days), kind="receipt") for i in range(101, 101 + draw(st.integers(0, 6)))]
    left = {p.id: abs(p.amount) for p in [*bills, *cash]}
    legs: list[Leg] = []
    for clearing, receipt in enumerate(cash, 1):
        bill = draw(st.sampled_from(bills))
        amount = draw(st.integers(0, min(left[bill.id], left[receipt.id])))
        if not amount:
            continue
        on = max(bill.posted, receipt.posted) + timedelta(days=draw(st.integers(0, 20)))
        pair = [Leg(clearing, bill.id, on, amount), Leg(clearing, receipt.id, on, -amount)]
        legs += pair
        if draw(st.booleans()):
            undone = on + timedelta(days=draw(st.integers(0, 20)))
            legs += [Leg(clearing, one.item, undone, -one.amount) for one in pair]
        else:
            left[bill.id] -= amount
            left[receipt.id] -= amount
    return [*bills, *cash], legs


@given(books(), st.integers(0, 130), st.integers(0, 40))
def test_every_statement_adds_up(given_: tuple[list[Piece], list[Leg]], start: int, length: int) -> None:
    pieces, legs = given_
    since = D + timedelta(days=start)
    until = since + timedelta(days=length)
    found = section("CNY", pieces, legs, {}, since, until)
    assert found.opening + sum(line.amount for line in found.lines) == found.closing
    assert sum(found.ageing.values()) == found.closing == sum(o.left for o in found.open)
    assert sum(found.flow[k] for k in rules.FLOW[:-1]) == found.flow["closing"]
    # the closing of one period is the opening of the next
    following = section("CNY", pieces, legs, {}, until + timedelta(days=1), until + timedelta(days=30))
    assert following.opening == found.closing
