"""Pages of one statement in files of their own: equal lines are kept, in every order; what overlaps adds nothing."""

from __future__ import annotations

import pytest

from huikuan.connectors.bank import parse, types
from huikuan.connectors.bank.tests.test_camt import camt, entry
from huikuan.receivables.cash import actions
from huikuan.receivables.cash.actions import imports
from huikuan.receivables.cash.models import BankLine, BankStatement, QuarantinedLine
from huikuan.receivables.cash.tests.desk import NO, Desk
from huikuan.receivables.cash.tests.test_bank_files import PLAIN, statement

ONE = statement(*PLAIN, closing="1500,00", close_as="62M", number="5/1")
TWO = statement(*PLAIN, *PLAIN, opening="1500,00", closing="2500,00", number="5/2", open_as="60M", close_as="62M")
THREE = statement(*PLAIN, opening="2500,00", closing="3000,00", number="5/3", open_as="60M")


@pytest.fixture
def desk(cast, act) -> Desk:
    return Desk(act)


def bring(desk: Desk, content: str | bytes) -> tuple[int, int]:
    content = content if isinstance(content, bytes) else content.encode()
    done = actions.import_file(desk.act("sun.tao"), NO, content)
    assert done.errors == ()
    return done.landed, done.known


def test_pages_in_files_of_their_own_keep_their_equal_lines(desk: Desk) -> None:
    assert [bring(desk, page) for page in (ONE, TWO, THREE)] == [(1, 0), (2, 0), (1, 0)]
    # downloaded again: one by one with another head, two in one file, all of them, and the day in one file without pages
    for again in (ONE, THREE, TWO + THREE, ONE + TWO + THREE, ONE + THREE):
        lines = again.count(":61:")
        assert bring(desk, "\r\n" + again) == (0, lines)
    whole = statement(*PLAIN * 4, closing="3000,00", number="5")
    assert bring(desk, whole) == (0, 4)
    assert sorted(BankLine.objects.values_list("statement__number", flat=True)) == ["5/1", "5/2", "5/2", "5/3"]
    desk.verify()


@pytest.mark.parametrize("order", [(TWO, THREE, ONE), (THREE, ONE, TWO)])
def test_pages_may_come_in_any_order(desk: Desk, order: tuple[str, ...]) -> None:
    assert sum(bring(desk, page)[0] for page in order) == 4
    assert bring(desk, ONE + TWO + THREE) == (0, 4)
    assert bring(desk, "\n".join(order)) == (0, 4)
    desk.verify()


def test_a_long_page_is_cut_into_chunks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(types, "HELD", 0)
    monkeypatch.setattr(imports, "CHUNK", 1)
    assert [bring(desk, page) for page in (TWO, ONE, THREE)] == [(2, 0), (1, 0), (1, 0)]
    assert bring(desk, ONE + TWO) == (0, 3)
    desk.verify()


def test_the_next_day_may_hold_what_the_day_before_held(desk: Desk) -> None:
    """A late movement with the value date of the day before, told without an entry date."""
    first = statement(":61:260302C500,00NTRFNONREF", closing="1500,00", number="7/1")
    late = statement(":61:260302C500,00NTRFNONREF", opening="1500,00", closing="2000,00", number="8/1")
    assert [bring(desk, x) for x in (first, late, "\n" + late, late + "\n" + first)] == [(1, 0), (1, 0), (0, 1), (0, 2)]
    desk.verify()


def test_what_does_not_follow_may_overlap(desk: Desk) -> None:
    """A number alone proves nothing: downloads of a day that are numbered one after the other overlap."""
    bring(desk, statement(*PLAIN, closing="1500,00", number="61/1"))
    assert bring(desk, statement(*PLAIN, *PLAIN, closing="2000,00", number="61/3")) == (1, 1)
    assert bring(desk, statement(*PLAIN, closing="1500,00", number="61/5")) == (0, 1)
    assert bring(desk, statement(*PLAIN, opening="1500,00", closing="2000,00", number="9")) == (0, 1)
    desk.verify()


def test_an_interim_statement_that_came_before(desk: Desk) -> None:
    """Its line is the first page's, so the second page's is another."""
    interim = (
        f":20:X\r\n:25:{NO}\r\n:28C:5/1\r\n:34F:CNY0,\r\n:13D:2603021200+0800\r\n" + "\r\n".join(PLAIN) + "\r\n-\r\n"
    )
    assert [bring(desk, x) for x in (interim, ONE, TWO)] == [(1, 0), (0, 1), (2, 0)]
    assert bring(desk, "\n" + ONE + TWO) == (0, 3)
    assert [len(x) for x in BankStatement.objects.order_by("pk").values_list("shared", flat=True)] == [0, 1, 0, 1, 0]
    desk.verify()


def test_a_row_of_a_later_page_that_was_fixed_is_a_movement_of_its_own(desk: Desk) -> None:
    bring(desk, ONE)
    bad = TWO.replace("2603020302C500,00", "2613020302C500,00", 1)
    done = actions.import_file(desk.act("sun.tao"), NO, bad.encode())
    assert (done.landed, done.quarantined) == (1, 1)
    row = QuarantinedLine.objects.get()
    line = actions.fix_row(desk.act("sun.tao"), row.pk, {":61:": "2603020302C500,00NTRFNONREF"})
    assert line is not None and line.statement.number == "5/2" and BankLine.objects.count() == 3
    desk.verify()


def page(number: int, last: bool, *, balances: tuple[tuple[str, str], ...], place: str = "message") -> bytes:
    """One page of a statement in camt.053: without a reference two entries of its are equal."""
    told = f"<PgNb>{number}</PgNb><LastPgInd>{'true' if last else 'false'}</LastPgInd>"
    given = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        "<Dt><Dt>2026-03-02</Dt></Dt></Bal>"
        for code, amount in balances
    )
    bare = entry().replace("<AcctSvcrRef>R100.00CRDT</AcctSvcrRef>", "")
    text = camt(bare, opening="", extra=f"<ElctrncSeqNb>61</ElctrncSeqNb>{given}").decode().replace("31001", NO)
    if place == "message":
        return text.replace("<BkToCstmrStmt>", f"<BkToCstmrStmt><GrpHdr><MsgPgntn>{told}</MsgPgntn></GrpHdr>").encode()
    return text.replace("<Id>S1</Id>", f"<Id>S1</Id><StmtPgntn>{told}</StmtPgntn>").encode()


@pytest.mark.parametrize(("place", "balances"), [("message", "interim"), ("statement", "whole"), ("message", "none")])
def test_pages_of_camt(desk: Desk, place: str, balances: str) -> None:
    told = {
        "interim": [(("OPBD", "1000"), ("ITBD", "1100")), (("ITBD", "1100"), ("ITBD", "1200")), (("ITBD", "1200"), ("CLBD", "1300"))],
        "whole": [(("OPBD", "1000"), ("CLBD", "1300"))] * 3,
        "none": [()] * 3,
    }[balances]  # fmt: skip
    files = [page(n, n == 3, balances=told[n - 1], place=place) for n in (1, 2, 3)]
    assert [bring(desk, x) for x in files] == [(1, 0)] * 3
    assert [bring(desk, x + b"\n") for x in files[1:]] == [(0, 1)] * 2
    numbers = list(BankStatement.objects.order_by("pk").values_list("number", "part", "opening", "closing"))[:3]
    assert [n[:2] for n in numbers] == [("61/1", False), ("61/2", True), ("61/3", True)]
    if balances == "interim":
        assert [n[2:] for n in numbers] == [(100000, 110000), (110000, 120000), (120000, 130000)]
    desk.verify()


def test_a_page_of_camt_that_does_not_add_up_is_broken() -> None:
    for balances in ((("ITBD", "1100"), ("ITBD", "1300")), (("ITBD", "1100"), ("ITBD", "x"))):
        (s,) = parse(page(2, False, balances=balances)).statements
        assert s.broken is not None
    (s,) = parse(page(1, True, balances=(("OPBD", "1000"), ("ITBD", "7"), ("CLBD", "1100")))).statements
    assert (s.number, s.part, s.opening, s.closing, s.broken) == ("61", False, 100000, 110000, None)
