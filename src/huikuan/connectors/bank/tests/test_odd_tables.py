"""Tables as a stranger brings them: headings of two rows, amounts that are none or in other money, days in Han numerals, signs
that nobody sees."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol

from huikuan.connectors.bank import parse


def rows(text: str) -> tuple[list[int], list[str]]:
    """(amounts that landed, the fields that rows set aside are wrong in)."""
    found = parse(text.encode()).statements
    return [x.amount for s in found for x in s.lines], [f.field for s in found for b in s.bad for f in b.faults]


def book(*table: list[Any], merge: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    made.add_worksheet("空")
    sheet, plain = made.add_worksheet("明细"), made.add_format()
    for r, row in enumerate(table):
        sheet.write_row(r, 0, row)
    for place in merge:
        r, c = xl_cell_to_rowcol(place.split(":")[0])
        sheet.merge_range(place, table[r][c], plain)
    made.close()
    return out.getvalue()


@pytest.mark.parametrize(
    "table",
    [
        (["交易日期", "金额", "", "对方信息", "", "流水号"], ["", "借方", "贷方", "户名", "账号", ""],
         ["2026-03-01", "", 100, "甲", "123456", "a"], ["2026-03-02", 30, "", "乙", "654321", "b"]),
        (["某银行对账单"], ["日期", "发生额", "", "对方户名", "对方账号", "摘要"], ["", "支出", "收入", "", "", ""],
         ["2026-03-01", "", 100, "甲", "123456", "x"], ["2026-03-02", 30, "", "乙", "654321", "y"]),
    ],
)  # fmt: skip
def test_a_heading_of_two_rows(table: tuple[list[Any], ...]) -> None:
    """Of 金额 over 借方 and 贷方 the first column alone was read, and money out came in."""
    for content in (book(*table), "\n".join(",".join(map(str, r)) for r in table).encode()):
        (statement,) = parse(content).statements
        told = [(x.amount, x.payer_name, x.payer_account) for x in statement.lines]
        assert (told, statement.bad) == ([(10000, "甲", "123456"), (-3000, "乙", "654321")], ())
        assert list(statement.lines[0].raw)[-1] != ""


def test_a_row_of_words_below_a_heading_is_no_heading() -> None:
    assert rows("日期,金额,对方户名\n,合并,说明\n2026-03-01,1.00,甲\n")[0] == [100]
    assert rows("日期,收入,支出,对方户名\n收入,支出,支出,收入\n2026-03-01,1.00,,甲\n")[0] == [100]


@pytest.mark.parametrize("nothing", ["null", "NULL", "None", "N/A", "\\N", "-", "--", "—", "无", ""])
def test_what_exports_write_where_no_amount_is(nothing: str) -> None:
    text = f"日期,收入,支出,余额,对方户名\n2026-03-01,{nothing},1.00,{nothing},甲\n2026-03-01,2.00,{nothing},{nothing},乙\n"
    assert rows(text) == ([-100, 200], [])
    assert rows(f"日期,收入,支出,对方户名\n2026-03-01,{nothing},{nothing},甲\n")[0] == []


@pytest.mark.parametrize(
    ("written", "amount"),
    [("(50.00)", -5000), ('"(1,234.50)"', -123450), ('"（1,234.50）"', -123450), ('"-1,234.50"', -123450), ('"1,234.50-"', -123450),
     ("－100", -10000), ("−100", -10000), ("１２３．４５", 12345), ("¥1.00", 100), ("￥1", 100), ("RMB 5", 500), ("5.00元", 500), ("CNY5", 500)],
)  # fmt: skip
def test_amounts_as_people_write_them(written: str, amount: int) -> None:
    assert rows(f"日期,金额,对方户名\n2026-03-01,{written},甲\n") == ([amount], [])


@pytest.mark.parametrize("written", ["$5", "USD 5", "5 EUR", "€5", "£5", "HK$5", "US$5", "5.00 JPY"])
def test_other_money_in_a_row_of_yuan(written: str) -> None:
    assert rows(f"日期,金额,对方户名\n2026-03-01,{written},甲\n2026-03-01,1,乙\n") == ([100], ["金额"])


def test_the_money_of_the_row_itself() -> None:
    text = "日期,币种,金额,对方户名\n2026-03-01,美元,$5,甲\n2026-03-01,USD,USD 6,甲\n2026-03-01,HKD,$7,甲\n2026-03-01,日元,¥8,甲\n2026-03-01,USD,€9,甲\n"
    assert rows(text) == ([500, 600, 700, 8], ["金额"])


@pytest.mark.parametrize(
    "day",
    ["二〇二六年三月十二日", "二○二六年三月十二日", "二零二六年三月十二", "２０２６－０３－１２", "2026年3月12日", "2026年03月12日 12时30分",
     "2026/03/12 上午9:05", "2026-03-12 下午 3:05:06", "2026-03-12T09:05:06+08:00", "46093", "46093.5", "20260312 123000", "2026.3.12"],
)  # fmt: skip
def test_days_in_many_hands(day: str) -> None:
    (statement,) = parse(f"日期,收入,对方户名\n{day},1,甲\n".encode()).statements
    assert [x.booking_date.isoformat() for x in statement.lines] == ["2026-03-12"]


@pytest.mark.parametrize(
    "day",
    [
        "二〇二六年十三月一日",
        "二〇二六年二月三十日",
        "三月一日",
        "26/3/1",
        "3月1日",
        "0000-00-00",
        "9999-12-31",
        "99999",
    ],
)
def test_days_that_are_none(day: str) -> None:
    assert rows(f"日期,收入,对方户名\n{day},1,甲\n2026-03-01,1,乙\n") == ([100], ["日期"])


def test_signs_that_nobody_sees() -> None:
    """They would keep one payer from being the other, or turn the page's writing round; what was written stays in `raw`."""
    text = "日期,收入,对方户名,摘要,流水号\n2026-03-01,1.00,甲\ufeff乙\u200b,\u202e款货🎉\u2066,\u200b77\n2026-03-01,2.00,شركة الأمل,👨\u200d👩\u200d👧,78\n"
    (statement,) = parse(text.encode()).statements
    one, two = statement.lines
    assert (one.payer_name, one.remark, one.serial, one.raw["对方户名"]) == ("甲乙", "款货🎉", "77", "甲\ufeff乙")
    assert (two.payer_name, two.remark) == ("شركة الأمل", "👨\u200d👩\u200d👧")


MT = ":20:X\n:25:31050161360000001234\n:60F:C260301CNY10,\n:61:260302C{},NTRFA//B1\n:61:260302C5,NTRFA//B2\n:62F:C260303{}15,\n"
CAMT = "<Document><BkToCstmrStmt><Stmt><Acct><Id><Othr><Id>31001</Id></Othr></Id><Ccy>CNY</Ccy></Acct>{}</Stmt></BkToCstmrStmt></Document>"
ENTRY = '<Ntry><Amt Ccy="CNY">{}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-02</Dt></BookgDt></Ntry>'
BAI = "01,B,H,260302,0600,1,,,2/\n02,H,B,1,260302,,CNY,2/\n03,31001,,010,0,,,015,500,,/\n16,195,0,,a,,X/\n16,195,500,,b,,X/\n49,1000,4/\n98,1000,1,6/\n99,1000,1,8/\n"


@pytest.mark.parametrize(
    "content", [MT.format("0", "CNY"), CAMT.format(ENTRY.format("0.00") + ENTRY.format("5.00")), BAI]
)
def test_a_movement_of_nothing_is_set_aside(content: str) -> None:
    """It stopped the whole file at the database, which keeps none."""
    (statement,) = parse(content.encode()).statements
    assert [x.amount for x in statement.lines] == [500] and statement.broken is None
    [bad] = statement.bad
    assert (bad.amount, bad.faults[0].reason.to("en")) == (0, "The row moves no money.")


def test_balances_in_two_currencies() -> None:
    (statement,) = parse(MT.format("5", "USD").encode()).statements
    assert statement.broken is not None and "this balance is in USD" in str(statement.broken.reason)
