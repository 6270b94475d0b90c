"""Keys without a constraint of the database (docs/decisions/0015): guards look them up, and no entry walks all bank lines."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import IntegrityError, connection, models, transaction

from huikuan.books.ledger.models import ClearingLeg, Entry, OpenItem
from huikuan.kit.errors import Refused
from huikuan.office.trail.act import outermost
from huikuan.office.trail.guards import strays
from huikuan.office.trail.store import fresh, put
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.actions import run
from huikuan.receivables.cash.models import BankLine, Proposal
from huikuan.receivables.cash.tests.desk import Desk

WEST, NOBODY = "杭州西湖商贸有限公司", 10**9


@pytest.fixture
def desk(cast, act) -> Desk:
    return Desk(act)


def again(row: models.Model, **other: object) -> None:
    """Store a row once more with a key of its own and these values, past every action."""
    model = type(row)
    model.objects.bulk_create([model(**{**values_of(row), "id": 10**8, **other})])


def values_of(row: models.Model) -> dict[str, object]:
    return {f.attname: getattr(row, f.attname) for f in type(row)._meta.concrete_fields}


@pytest.mark.parametrize("column", ["bank_id", "statement_id", "entry_id", "item_id", "charge_id"])
def test_a_bank_line_names_what_is_there(desk: Desk, column: str) -> None:
    desk.customer("C1", WEST)
    row = desk.line(11300, WEST, "", "货款")
    more = {
        "item_id": None,
        "import_id": "x",
        column: NOBODY,
        **({"state": "charged"} if column == "charge_id" else {}),
    }
    with pytest.raises(IntegrityError, match="I22"), transaction.atomic():
        again(row, **more)
    if column in {"entry_id", "item_id"}:  # what may change of a line that is there
        with pytest.raises(IntegrityError, match="I22"), transaction.atomic():
            BankLine.objects.filter(pk=row.pk).update(**{column: NOBODY})
    assert strays(BankLine)[1] == []


def test_what_a_guard_says_of_many_rows_at_once_is_a_refusal(desk: Desk) -> None:
    """By COPY too, whose errors are the driver's own."""
    desk.customer("C1", WEST)
    row = desk.line(11300, WEST, "", "货款")
    stray = fresh(
        BankLine, **{**values_of(row), "id": 10**8, "import_id": "x", "item_id": None, "statement_id": NOBODY}
    )
    act = desk.act("sun.tao")
    with pytest.raises(Refused, match="I22"):
        outermost(act, "test.put", "cash.import", {}, lambda: put([stray]))
    assert not BankLine.objects.filter(pk=10**8).exists()


def test_items_legs_and_proposals_name_what_is_there(desk: Desk) -> None:
    item = desk.bill(desk.customer("C1", WEST), "90000001", 11300)
    desk.line(11300, WEST, "", "货款90000001")
    assert desk.match().cleared == 1
    cases: list[tuple[models.Model, dict[str, int]]] = [
        (OpenItem.objects.get(pk=item), {"id": NOBODY, "line_id": NOBODY}),
        (ClearingLeg.objects.all()[0], {"item_id": NOBODY, "clearing_id": NOBODY}),
        (Proposal.objects.all()[0], {"line_id": NOBODY}),
        (Entry.objects.all()[0], {"period_id": NOBODY, "number": NOBODY}),
    ]
    for row, other in cases:
        with pytest.raises(IntegrityError, match=r"I\d\d"), transaction.atomic():
            again(row, **other)


def test_an_entry_walks_no_table_for_rows_that_name_it(desk: Desk) -> None:
    """On SQLite a constraint without an index has every entry that is posted walk all rows that could name it."""
    if connection.vendor != "sqlite":
        return
    bare = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'PRAGMA foreign_key_list("{table}")')
            keys = [(f[2], f[3]) for f in cursor.fetchall()]
            cursor.execute(f'PRAGMA index_list("{table}")')
            begins = set()
            for index in [i[1] for i in cursor.fetchall()]:
                cursor.execute(f'PRAGMA index_info("{index}")')
                begins.add(cursor.fetchone()[2])
            bare += [
                (table, column)
                for parent, column in keys
                if parent in {"ledger_entry", "ledger_line", "ledger_openitem", "ledger_clearing"}
                and column not in begins
            ]
    assert bare == []


@pytest.mark.parametrize("apart", [False, True])
def test_other_numbers_are_learned_from_later_windows(desk: Desk, monkeypatch: pytest.MonkeyPatch, apart: bool) -> None:
    """An order's number that only a later window writes leads to its bill, and keeps it from being cleared by its amount."""
    west = desk.customer("C1", WEST)
    bills = [desk.bill(west, f"9000{n:04d}", 1000 * n) for n in range(1, 6)]
    orders = {"SO-77001": ["90000002"], "SO-77002": ["90000004"]}
    monkeypatch.setitem(
        queries.other_numbers, "test", lambda company, written: {n: orders[n] for n in orders if n in written}
    )
    rows = [
        (2000, WEST, "", "货款"),
        (1000, WEST, "", "90000001"),
        (4000, WEST, "", "SO-77002"),
        (2000, WEST, "", "SO-77001"),
    ]
    desk.bring(*rows)
    monkeypatch.setattr(import_module(actions.match.__module__), "WINDOW", 2)
    if apart:
        monkeypatch.setattr(run, "APART", 1)
        monkeypatch.setattr(run, "processors", lambda: 2)
    done = actions.match(desk.act("sun.tao"))
    first = min(x.line for x in done.links)
    assert {(x.line - first, x.document) for x in done.links if x.state == "cleared"} == {
        (1, "90000001"),
        (2, "90000004"),
        (3, "90000002"),
    }
    assert [desk.left(i) for i in bills] == [0, 0, 3000, 0, 5000]
    desk.verify()
