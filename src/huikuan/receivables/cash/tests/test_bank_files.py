"""Files as banks send them on a bad day: statements that overlap within one file, accounts that are not ours, rows of
formats without columns."""

from __future__ import annotations

import io

import pytest
import xlsxwriter

from huikuan.connectors.bank import types
from huikuan.receivables.cash import actions
from huikuan.receivables.cash.actions import imports
from huikuan.receivables.cash.models import BankLine, BankStatement
from huikuan.receivables.cash.tests.desk import NO, Desk


@pytest.fixture
def desk(cast, act) -> Desk:
    return Desk(act)


def statement(
    *lines: str,
    opening: str = "1000,00",
    closing: str,
    number: str = "7/1",
    open_as: str = "60F",
    close_as: str = "62F",
) -> str:
    return "\r\n".join(
        (":20:X", f":25:{NO}", f":28C:{number}", f":{open_as}:C260301CNY{opening}", *lines, f":{close_as}:C260303CNY{closing}", "-", "")
    )  # fmt: skip


PLAIN = (":61:2603020302C500,00NTRFNONREF", ":86:/NAME/ACME/REMI/RENT")  # nothing tells it from its twin
SERIAL = (":61:2603020302C500,00NTRFREF1//B1", ":86:/NAME/ACME/REMI/INV1")


def test_a_line_in_two_statements_of_one_file_counts_once(desk: Desk) -> None:
    content = statement(*SERIAL, closing="1500,00") * 2
    done = actions.import_file(desk.act("sun.tao"), NO, content.encode())
    assert (done.read, done.landed, done.known, done.errors) == (2, 1, 1, ())
    wider = statement(*PLAIN, closing="1500,00", number="9/1") + statement(
        *PLAIN, *PLAIN, closing="2000,00", number="5/1"
    )
    more = actions.import_file(desk.act("sun.tao"), NO, wider.encode())
    assert (more.landed, more.known) == (2, 1)  # the wider one tells how many there are
    desk.verify()


@pytest.mark.parametrize("held", [False, True])
def test_equal_lines_on_two_pages_are_two(desk: Desk, held: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if held:
        monkeypatch.setattr(types, "HELD", 0)
        monkeypatch.setattr(imports, "CHUNK", 1)
    first = statement(*PLAIN, closing="1500,00", close_as="62M")
    pages = first + statement(*PLAIN, opening="1500,00", closing="2000,00", number="7/2", open_as="60M")
    done = actions.import_file(desk.act("sun.tao"), NO, pages.encode())
    assert (done.read, done.landed, done.known, done.errors) == (2, 2, 0, ())
    again = actions.import_file(desk.act("sun.tao"), NO, (pages + first).encode())
    assert (again.landed, again.known, BankLine.objects.count()) == (0, 3, 2)
    assert sorted(BankStatement.objects.values_list("number", flat=True)) == ["7/1", "7/1", "7/1", "7/2", "7/2"]
    desk.verify()


def test_the_next_statement_of_a_file_counts_on(desk: Desk) -> None:
    days = statement(*PLAIN, closing="1500,00") + statement(*PLAIN, opening="1500,00", closing="2000,00", number="8/1")
    assert actions.import_file(desk.act("sun.tao"), NO, days.encode()).landed == 2
    desk.verify()


def test_sheets_that_are_not_read_are_told(desk: Desk) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    head = ["日期", "收入", "支出", "对方名称", "流水号"]
    for name, rows in (
        ("9月", [head, ["20260901", "1.00", "", "甲", "a"]]),
        ("10月", [head, ["20261001", "2.00", "", "甲", "b"], ["20261001", "3.00", "", "甲", "c"]]),
        ("说明", [["仅供参考"]]),
        ("续", [["20261101", "4.00", "", "甲", "d"]]),
    ):
        sheet = book.add_worksheet(name)
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
    book.close()
    done = actions.import_file(desk.act("sun.tao"), NO, out.getvalue())
    assert (done.read, done.landed, BankStatement.objects.count()) == (3, 3, 2)
    assert [(f.field, f.value) for f in done.errors] == [("sheet", "续")]
    assert any("说明" in n.to("en") for n in done.notes)
    desk.verify()
