"""Two clerks and a bot on one line: one wins, the others are told, nothing is over-applied."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from huikuan.kit.errors import Trouble
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.models import BankLine
from huikuan.receivables.cash.tests.desk import Desk


@pytest.fixture
def desk(live_cast: Any, act: Callable[..., Any]) -> Desk:
    return Desk(act)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment; each gives its result or the Trouble it met."""
    out: list[Any] = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(i: int, call: Callable[[], Any]) -> None:
        gate.wait()
        try:
            out[i] = call()
        except Trouble as e:
            out[i] = e
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i, c)) for i, c in enumerate(calls)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return out


def test_one_line_two_clerks_and_the_bot(desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    items = [desk.bill(west, f"9000000{n}", 10000) for n in (1, 2)]
    line = desk.line(10000, "西湖商贸", "", "90000001")
    version = BankLine.objects.get(pk=line.pk).stamp
    told = at_once(
        lambda: actions.apply(desk.act("sun.tao"), line.pk, [(items[0], 10000)], version=version),
        lambda: actions.apply(desk.act("chen.jing"), line.pk, [(items[1], 10000)], version=version),
        lambda: desk.match("robot").cleared,
    )
    won = [x for x in told if isinstance(x, list) or x == 1]
    assert len(won) == 1, told
    assert desk.rest(line.pk) == 0
    assert sum(desk.left(i) for i in items) == 10000
    desk.verify()


def test_the_same_file_twice_at_once(desk: Desk) -> None:
    content = desk.csv(*((100 + n, "甲", "", "x") for n in range(20)))
    actions.open_house_bank(desk.act("sun.tao"), "A1")
    told = at_once(*(lambda: actions.import_file(desk.act("sun.tao"), "A1", content) for _i in range(3)))
    assert sorted(x.landed for x in told) == [0, 0, 20], told
    assert BankLine.objects.count() == 20
    assert len(queries.unmatched(desk.company)) == 1
    desk.verify()
