"""Chinese banks' files as they come: preambles, GBK, totals rows, and names that lie about what is inside."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from huikuan.connectors.bank import connect, outline, parse, types
from huikuan.connectors.bank.columns import read_map
from huikuan.kit.errors import Invalid

CCB = """中国建设银行 对公账户明细,,,,,,,,,
账号:,31050161360000001234,账户名称:,沪光食品饮料有限公司,,,,,,
币种:,人民币元,起始日期:,20260301,截止日期:,20260305,,,,
账号,交易时间,借方发生额(支取),贷方发生额(收入),余额,币种,对方户名,对方账号,对方开户机构,记账日期,摘要,备注,账户明细编号-交易流水号
31050161360000001234,20260302 09:12:33,0.00,"11,300.00","111,300.00",人民币元,杭州西湖商贸有限公司,6222001234,工商银行杭州分行,20260302,货款,90000001,101-1\t
31050161360000001234,20260303 10:00:00,300.00,0.00,"111,000.00",人民币元,上海物流有限公司,6222009999,中国银行,20260303,运费,,101-2\t
31050161360000001234,20260304 11:00:00,0.00,0.50,"111,000.50",人民币元,建设银行,,,20260304,利息,,101-3\t
合计,,300.00,"11,300.50",,,,,,,,,
"""


def one(text: str | bytes, **more: object):
    content = text if isinstance(text, bytes) else text.encode("gb18030")
    found = parse(content, **more)  # type: ignore[arg-type]
    assert len(found.statements) == 1
    return found.statements[0]


def workbook(*sheets: list[list[object]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for rows in sheets:
        sheet = book.add_worksheet()
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                sheet.write(r, c, cell)
    book.close()
    return out.getvalue()


@pytest.mark.parametrize("charset", ["gb18030", "gbk", "utf-8", "utf-8-sig", "utf-16"])
def test_ccb_in_any_alphabet(charset: str) -> None:
    found = parse(CCB.encode(charset))
    assert found.charset in {"gb18030", "utf-8", "utf-8-sig", "utf-16"}
    (s,) = found.statements
    assert [x.amount for x in s.lines] == [1130000, -30000, 50]
    assert (s.account, s.currency, s.opening, s.closing, s.broken) == (
        "31050161360000001234",
        "CNY",
        10000000,
        11100050,
        None,
    )
    first = s.lines[0]
    assert (first.booking_date, first.payer_name, first.payer_account) == (
        date(2026, 3, 2),
        "杭州西湖商贸有限公司",
        "6222001234",
    )
    assert (first.remark, first.serial, first.row) == ("货款 90000001", "101-1", 5)


def test_newest_first_is_turned_round() -> None:
    lines = CCB.splitlines()
    turned = "\n".join([*lines[:4], *lines[4:7][::-1], lines[7]])
    s = one(turned)
    assert [x.amount for x in s.lines] == [1130000, -30000, 50]
    assert (s.opening, s.closing, s.broken) == (10000000, 11100050, None)


def test_a_changed_amount_breaks_the_whole_statement() -> None:
    assert one(CCB.replace('"11,300.00"', '"11,800.00"')).broken is not None


def test_a_wrong_total_breaks_the_whole_statement() -> None:
    broken = one(CCB.replace('合计,,300.00,"11,300.50"', '合计,,300.00,"11,300.51"')).broken
    assert broken is not None
    assert "11,300.51" in str(broken.reason)


def test_a_missing_row_breaks_the_whole_statement() -> None:
    assert one("\n".join(x for i, x in enumerate(CCB.splitlines()) if i != 5 and "合计" not in x)).broken is not None


def test_rows_in_any_order_still_close() -> None:
    lines = CCB.splitlines()
    s = one("\n".join([*lines[:4], lines[5], lines[4], lines[6], lines[7]]))
    assert (s.opening, s.closing, s.broken) == (10000000, 11100050, None)


def test_bad_rows_stand_aside_and_good_rows_stay() -> None:
    text = (
        "交易日期,贷方金额,借方金额,对方名称,摘要,流水号\n"
        "2026-02-30,100.00,,甲,a,1\n2026-02-03,百元,,乙,b,2\n2026-02-04,=1+1,,丙,c,3\n2026-02-05,5.00,6.00,丁,d,4\n"
        "2026-02-06,7.001,,戊,e,5\n2026-02-07,,,己,f,6\n,8.00,,庚,g,7\n2026-02-08,1,200.00,,辛,h,8\n2026-02-09,9.00,,壬,i,9\n"
    )
    s = one(text)
    assert [x.amount for x in s.lines] == [900]
    assert [(b.row, b.faults[0].field) for b in s.bad] == [
        (2, "交易日期"), (3, "贷方金额"), (4, "贷方金额"), (5, "贷方金额"), (6, "贷方金额"), (7, "贷方金额"), (8, "交易日期"), (9, "row"),
    ]  # fmt: skip
    assert s.bad[0].faults[0].value == "2026-02-30"
    assert s.bad[0].raw["对方名称"] == "甲"


def test_one_row_of_another_alphabet() -> None:
    text = (
        "日期,收入,对方户名\n2026-03-01,1.00,甲公司\n2026-03-02,2.00,乙公司\n".encode()
        + "2026-03-03,3.00,丙公司\n".encode("gbk")
    )
    s = one(text)
    assert [x.amount for x in s.lines] == [100, 200]
    assert s.bad[0].row == 4


@pytest.mark.parametrize(
    ("flag", "sign"), [("贷", 1), ("借", -1), ("C", 1), ("D", -1), ("收入", 1), ("支出", -1), ("RC", -1), ("RD", 1)]
)
def test_one_amount_with_a_flag(flag: str, sign: int) -> None:
    s = one(f'交易日期,借贷标志,交易金额,对方户名\n20260301,{flag},"1,000.00",甲\n')
    assert s.lines[0].amount == sign * 100000


def test_a_flag_that_says_nothing() -> None:
    assert one("交易日期,借贷标志,交易金额\n20260301,?,1.00\n").bad[0].faults[0].field == "借贷标志"


def test_signed_amount_payer_and_payee() -> None:
    s = one(
        "查询账号[ Inquirer account number ],4563,,,\n总笔数,2,,,\n"
        "交易日期[ Transaction Date ],交易金额[ Trade Amount ],付款人名称[ Payer's Name ],收款人名称[ Payee's Name ],交易流水号[ Transaction reference number ]\n"
        "20260301,100.00,甲,沪光,1\n20260302,-40.00,沪光,乙,2\n"
    )
    assert [(x.amount, x.payer_name, x.serial) for x in s.lines] == [(10000, "甲", "1"), (-4000, "乙", "2")]
    assert s.account == "4563"


def test_a_count_that_differs() -> None:
    assert one("总笔数:,3\n交易日期,交易金额,摘要\n20260301,100.00,a\n20260302,-40.00,b\n").broken is not None


def test_red_rows_take_back() -> None:
    """A minus under a column that elsewhere has none is a movement taken back, not money the other way."""
    s = one("日期,收入,支出,摘要\n2026-03-01,,50.00,x\n2026-03-02,,-50.00,冲正\n2026-03-03,-7.00,,冲正\n")
    assert [x.amount for x in s.lines] == [-5000, 5000, -700]


def test_money_out_with_its_sign() -> None:
    s = one("日期,收入,支出,摘要\n2026-03-01,,-50.00,x\n2026-03-02,7.00,,y\n")
    assert [x.amount for x in s.lines] == [-5000, 700]


def test_html_named_xls() -> None:
    rows = "".join(
        f"<tr>{''.join(f'<td> {c}&nbsp;</td>' for c in line.split('|'))}</tr>"
        for line in (
            "交易日|贷方金额|借方金额|余额|收(付)方名称|摘要|流水号",
            "2026-03-01|100.00||600.00|甲|货款|1",
            "2026-03-02||20.00|580.00|乙|费|2",
        )
    )
    page = f"<!DOCTYPE html><html><head><meta charset=gb2312></head><body><table>{rows}</table></body></html>"
    found = parse(page.encode("gbk"), name="明细.xls")
    assert found.kind == "html"
    assert [x.amount for x in found.statements[0].lines] == [10000, -2000]
    assert found.statements[0].lines[0].payer_name == "甲"


def test_tsv_with_trailing_tabs_named_xls() -> None:
    s = one(
        "交易时间\t收入金额\t支出金额\t对方户名\t\n2026-03-01 10:00:01\t 1,234.50 \t\t甲 \t\n2026/3/2\t\t8.00\t乙\t\n"
    )
    assert [x.amount for x in s.lines] == [123450, -800]
    assert s.lines[1].booking_date == date(2026, 3, 2)


def test_every_sheet_that_has_the_heading_is_read() -> None:
    head: list[object] = ["日期", "收入", "支出", "对方名称", "流水号"]
    content = workbook(
        [head, [20260901, 100, "", "甲", "a"], [20260902, 50, "", "甲", "b"]],
        [head, [20261001, 100, "", "甲", "c"], [20261002, "", 1, "乙", "d"], [20261003, 7, "", "乙", "e"]],
        [["说明"], ["本文件仅供参考"]],
        [["日期", "收入", "支出", "余额"], [20260930, 150, 0, 150], [20261031, 107, 1, 256]],
        [[20261101, "9.50", "", "丙", "f"]],
    )
    found = parse(content)
    assert [[x.amount for x in s.lines] for s in found.statements] == [[10000, 5000], [10000, -100, 700]]
    assert [(f.field, f.value, f.row) for f in found.unread] == [
        ("note", "Sheet3", 1), ("sheet", "Sheet4", 1), ("sheet", "Sheet5", 1)]  # fmt: skip
    assert connect().read(content) == found
    one = parse(content, given={"sheet": "2"})
    assert [len(s.lines) for s in one.statements] == [3] and not one.unread
    assert outline(workbook([["说明"], ["a"], ["b"], ["c"]], [head, [20260901, 100, "", "甲", "a"]]))["heading"] == 1


def test_a_row_that_lost_its_date_and_amount_is_set_aside() -> None:
    text = "日期,收入,支出,对方户名,对方账号,摘要,流水号\n20260901,1.00,,甲,111,货款,S1\n,,,辛,888,货款 发票,S8\n合计,1.00,,,,,\n打印：甲,,,柜员：01,,,S9\n"
    (s,) = parse(text.encode()).statements
    assert ([x.amount for x in s.lines], [b.row for b in s.bad], s.broken) == ([100], [3], None)


def test_every_sheet_of_an_xml_workbook_is_read() -> None:
    row = "<ss:Row>{}</ss:Row>".format
    sheet = '<ss:Worksheet ss:Name="{}"><ss:Table>{}</ss:Table></ss:Worksheet>'.format

    def cells(*texts: str) -> str:
        return row("".join(f"<ss:Cell><ss:Data>{t}</ss:Data></ss:Cell>" for t in texts))

    head = cells("日期", "收入", "支出", "流水号")
    content = (
        '<?xml version="1.0"?><ss:Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        + sheet("9", head + cells("20260901", "1.00", "", "a"))
        + sheet("10", head + cells("20261001", "", "2.00", "b"))
        + "</ss:Workbook>"
    )
    assert [s.net for s in parse(content.encode()).statements] == [100, -200]


def test_workbook() -> None:
    found = parse(
        workbook(
            [["某某银行交易明细"], [], ["日期", "对方名称", "对方账号", "收入", "支出", "余额"], ["20260301", "甲", "0012", 0.3, "", 10.3],
             [20260302, "乙", "0099", "", 10, 0.3], ["合计", "", "", 0.3, 10]]
        )
    )  # fmt: skip
    (s,) = found.statements
    assert (found.kind, [x.amount for x in s.lines], s.opening, s.closing) == ("xlsx", [30, -1000], 1000, 30)
    assert s.lines[1].payer_account == "0099"
    assert s.lines[0].row == 4


def test_two_accounts_in_one_file() -> None:
    found = parse(
        "账号,日期,收入,支出\n111122,2026-03-01,1.00,\n333344,2026-03-01,2.00,\n111122,2026-03-02,,3.00\n".encode()
    )
    assert [(s.account, s.net) for s in found.statements] == [("111122", -200), ("333344", 200)]


def test_a_map_for_a_bank_that_calls_things_otherwise() -> None:
    given = {
        "header": ["什么时候", "多少钱"],
        "columns": {"date": "什么时候", "amount": "多少钱", "payer": "谁", "remark": ["为何", "还有"]},
        "date": "dd/mm/yyyy",
        "decimal": ",",
        "sign": "out",
        "currency": "EUR",
    }
    s = one("多少钱的表\n什么时候;谁;多少钱;为何;还有\n03/04/2026;甲;-1.234,50;a;b\n", given=given)
    assert (s.lines[0].booking_date, s.lines[0].amount, s.currency, s.lines[0].remark) == (
        date(2026, 4, 3),
        123450,
        "EUR",
        "a b",
    )


def test_a_map_that_is_wrong() -> None:
    with pytest.raises(Invalid) as e:
        parse(CCB.encode(), given={"colums": {}, "columns": {"when": "x"}, "sign": "up"})
    assert {f.field for f in e.value.faults} == {"colums", "columns.when", "sign"}


def test_days_and_months_that_could_be_either() -> None:
    with pytest.raises(Invalid, match="date"):
        parse(b"Date,Amount,Description\n03/04/2026,1.00,a\n05/04/2026,1.00,b\n")
    s = one(b"Date,Amount,Description\n03/04/2026,1.00,a\n25/04/2026,1.00,b\n")
    assert s.lines[0].booking_date == date(2026, 4, 3)


def test_stated_balances() -> None:
    head = "期初余额:,100.00\n期末余额:,{}\n日期,收入,支出,摘要\n2026-03-01,50.00,,x\n"
    assert one(head.format("150.00")).broken is None
    assert one(head.format("150.01")).broken is not None


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", "<Types/>")
        z.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"   ", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, b"just some text", b"\x89PNG\r\n\x1a\n\x00\x00",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', b"<x></x>",
        "日期,收入\n".encode() * 0 + b"a,b,c\n1,2,3\n",
    ],
)  # fmt: skip
def test_what_is_no_statement_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        parse(content)


def test_a_zip_bomb_is_refused_before_it_unfolds() -> None:
    content = bomb()
    assert len(content) < 400_000
    with pytest.raises(Invalid, match="unfold"):
        parse(content)


def test_a_workbook_with_a_document_type() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x/>')
    with pytest.raises(Invalid, match="document type"):
        parse(out.getvalue())


def test_the_child_gives_the_same() -> None:
    content = CCB.encode("gb18030")
    assert connect().read(content) == parse(content)


def test_a_long_file_is_read_as_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"2026-03-{1 + n % 28:02d},{n % 7 + 1}.00,,甲公司,货款" for n in range(1200)]
    content = "\n".join(["交易日期,收入,支出,对方户名,摘要", *rows]).encode()
    whole = parse(content)
    monkeypatch.setattr(types, "HELD", 1000)
    found = connect().read(content)
    [lines], [held] = [s.lines for s in found.statements], [s.lines for s in whole.statements]
    assert isinstance(lines, types.Lines) and isinstance(held, tuple)
    assert found == whole and lines[-1] == held[-1] and found.statements[0].net == sum(x.amount for x in held)
    one, two = iter(lines), iter(lines)  # who reads does not disturb who reads beside
    assert [next(one), next(two), *one] == [held[0], *held] and next(two) == held[1]
    # the third of three lines that say the same knows it, without those before it in memory
    first = [x for x in held if types.same(x) == types.same(held[0])]
    assert [lines.again.get(i, 1) for i, x in enumerate(held) if x in first] == list(range(1, len(first) + 1))


def test_the_child_refuses_alike() -> None:
    with pytest.raises(Invalid) as e:
        connect().read(b"a,b\n1,2\n", name="x.csv")
    assert e.value.faults[0].field == "heading"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_statement_or_a_refusal(content: bytes) -> None:
    for head in (
        b"",
        CCB.encode("gb18030")[:700],
        "日期,收入,支出,余额\n".encode(),
        b":20:X\n:25:1\n:60F:C260301CNY1,\n:61:",
    ):
        try:
            parse(head + content)
        except Invalid:
            continue


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-(10**9), 10**9).filter(bool), st.text("甲乙AB 1,;\"'", max_size=8)),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(["gb18030", "utf-8"]),
)
def test_what_was_written_is_read(rows: list[tuple[int, str]], charset: str) -> None:
    import csv

    out, balance = io.StringIO(), 5000
    w = csv.writer(out)
    w.writerow(["交易日期", "收入", "支出", "余额", "对方户名"])
    for amount, name in rows:
        balance += amount
        text = f"{abs(amount) / 100:,.2f}" if abs(amount) < 10**12 else ""
        w.writerow(["20260301", text if amount > 0 else "", text if amount < 0 else "", f"{balance / 100:.2f}", name])
    (s,) = parse(out.getvalue().encode(charset)).statements
    assert [x.amount for x in s.lines] == [a for a, _n in rows] or s.lines[0].row != 2
    assert s.net == sum(a for a, _n in rows)
    assert s.broken is None


MAPS = next(
    (p / "docs/examples/maps" for p in Path(__file__).resolve().parents if (p / "docs/examples/maps").is_dir()), None
)


@pytest.mark.skipif(MAPS is None, reason="the maps are not beside this installation")
def test_the_maps_we_ship_are_understood() -> None:
    assert MAPS is not None
    files = sorted(MAPS.glob("bank_*.yaml"))
    assert len(files) >= 8
    for file in files:
        read_map(yaml.safe_load(file.read_text(encoding="utf-8")))
    s = one(CCB, given=yaml.safe_load((MAPS / "bank_ccb.yaml").read_text(encoding="utf-8")))
    assert [x.amount for x in s.lines] == [1130000, -30000, 50]
