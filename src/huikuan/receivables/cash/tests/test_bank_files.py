"""Files as banks send them on a bad day: statements that overlap within one file, accounts that are not ours, rows of
formats without columns."""

from __future__ import annotations

import io

import pytest
import xlsxwriter

from huikuan.connectors.bank import types
from huikuan.kit.errors import Invalid, Refused
from huikuan.receivables.cash import actions
from huikuan.receivables.cash.actions import imports
from huikuan.receivables.cash.checks import statements_unclosed
from huikuan.receivables.cash.models import BankLine, BankStatement, QuarantinedLine
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


def camt(*entries: str, closing: str) -> bytes:
    def balance(code: str, amount: str) -> str:
        return f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal>'

    return (
        f"<Document><BkToCstmrStmt><Stmt><Id>S1</Id><Acct><Id><Othr><Id>{NO}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>"
        f"{balance('OPBD', '10.00')}{balance('CLBD', closing)}{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(amount: str, serial: str, day: str = "2026-03-02", name: str = "西湖商贸") -> str:
    return (
        f'<Ntry><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt>'
        f"<AcctSvcrRef>{serial}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties></TxDtls></NtryDtls></Ntry>"
    )


def test_bad_entries_of_an_xml_on_one_line_are_each_kept_and_fixed(desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    content = camt(entry("5.00", "a"), entry("1x0.00", "b"), entry("2x0.00", "c"), closing="45.00")
    done = actions.import_file(desk.act("sun.tao"), NO, content)
    assert (done.read, done.landed, done.quarantined) == (3, 1, 2)
    one, two = QuarantinedLine.objects.order_by("row")
    assert [(r.row, r.cells["serial"], r.cells["amount"]) for r in (one, two)] == [
        (2, "b", "1x0.00"),
        (3, "c", "2x0.00"),
    ]
    with pytest.raises(Invalid):
        actions.fix_row(desk.act("sun.tao"), one.pk, {"amount": "1y"})
    line = actions.fix_row(desk.act("sun.tao"), one.pk, {"amount": "10.00"})
    assert line is not None
    assert (line.amount, line.date.isoformat(), line.payer_name, line.serial) == (1000, "2026-03-02", "西湖商贸", "b")
    assert (line.customer_id, line.row) == (west, 2)
    with pytest.raises(Refused):  # the rest is held against the total
        actions.fix_row(desk.act("sun.tao"), two.pk, {"amount": "2.00"})
    actions.fix_row(desk.act("sun.tao"), two.pk, {"amount": "20.00"})
    assert BankStatement.objects.get().waiting == 0
    desk.verify()


def test_bad_entries_that_come_again_right_wait_no_more(desk: Desk) -> None:
    actions.import_file(desk.act("sun.tao"), NO, camt(entry("5x", "a"), closing="15.00"))
    assert actions.import_file(desk.act("sun.tao"), NO, camt(entry("5.00", "a"), closing="15.00")).landed == 1
    assert QuarantinedLine.objects.get().state == "fixed"
    assert [s.waiting for s in BankStatement.objects.all()] == [0, 0]
    desk.verify()


BAI = (
    "01,B,H,260302,0600,1,,,2/\n02,H,B,1,260302,,CNY,2/\n03,{},,010,0,,,015,0,,/\n16,195,1000,,a,,WANJIA/\n16,715,{},,b,C1,FEE, MAY/\n"
    "49,2000,4/\n98,2000,1,6/\n99,2000,1,8/\n"
)


def test_a_bad_movement_of_bai2_is_fixed_by_its_fields(desk: Desk) -> None:
    done = actions.import_file(desk.act("sun.tao"), NO, BAI.format(NO, 1000).encode())
    assert (done.landed, done.quarantined) == (1, 1)
    row = QuarantinedLine.objects.get()
    assert (row.cells["date"], row.cells["amount"], row.cells["remark"], row.cells["serial"]) == (
        "2026-03-02", "10.00", "FEE, MAY", "b")  # fmt: skip
    line = actions.fix_row(desk.act("sun.tao"), row.pk, {"amount": "-10.00"})
    assert line is not None
    assert (line.amount, line.state, line.reference, BankStatement.objects.get().waiting) == (-1000, "out", "C1", 0)
    desk.verify()


def test_bad_rows_do_not_hide_a_total_that_is_wrong(desk: Desk) -> None:
    wrong_day = ":61:2609310931C300,00NTRFREF2//B2"
    done = actions.import_file(desk.act("sun.tao"), NO, statement(*SERIAL, wrong_day, closing="9999,00").encode())
    assert (done.landed, done.quarantined, BankLine.objects.count()) == (0, 2, 0)
    assert [f.field for f in done.errors] == [":61:", ":62F:"]
    day = camt(entry("5.00", "a"), entry("1.00", "b", "2026-02-30"), closing="99.00")
    done = actions.import_file(desk.act("sun.tao"), NO, day)
    assert (done.landed, done.errors[-1].field) == (0, "CLBD")
    good = actions.import_file(desk.act("sun.tao"), NO, day.replace(b"99.00", b"16.00"))
    assert (good.landed, good.quarantined, BankStatement.objects.get().waiting) == (1, 1, 100)


def test_a_row_that_the_balance_needs_is_not_dropped_unnoticed(desk: Desk) -> None:
    unread = ":61:2603020302Q8499,00NTRFREF2//B2"
    actions.import_file(desk.act("sun.tao"), NO, statement(*SERIAL, unread, closing="9999,00").encode())
    row = QuarantinedLine.objects.get()
    with pytest.raises(Refused) as refused:
        actions.drop_row(desk.act("sun.tao"), row.pk, "away")
    assert "8,499.00" in str(refused.value)
    desk.verify()
    actions.drop_row(desk.act("sun.tao"), row.pk, "the bank's own error, letter of 3 March", anyway=True)
    assert "8,499.00" in str(statements_unclosed(desk.company).broken[0].why)


def test_a_fixed_row_like_its_neighbour_is_another_movement(desk: Desk) -> None:
    bare = "期初余额:,0.00\n期末余额:,2.00\n日期,收入,对方户名\n2026-03-02,1.00,甲\n2026-03-32,1.00,甲\n"
    actions.import_file(desk.act("sun.tao"), NO, bare.encode())
    row = QuarantinedLine.objects.get()
    actions.fix_row(desk.act("sun.tao"), row.pk, {**row.cells, "日期": "2026-03-02"})
    assert BankLine.objects.count() == 2
    desk.verify()
