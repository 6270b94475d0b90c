"""A week of a cash clerk, from four bank files to zero unexplained.

Chen Jing opens four files of four banks between Monday and Thursday: a Chinese bank's CSV, an MT940, a camt.053, and a sheet
whose columns she named once. The machine clears what is certain. She settles the rest: a short payment with its reason, a
payment for a sister company, a dealer's deposit, money nobody knew until sales claimed it, a payment that the bank took back,
interest that is no customer's. On Friday nothing is unexplained, every yuan is traced, and the books prove themselves.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from typer.testing import CliRunner

from huikuan.books.customers import actions as customers
from huikuan.books.ledger import actions as books
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.types import EntryDraft, LineDraft
from huikuan.connectors import bank
from huikuan.kit.money import Money
from huikuan.office.approvals import actions as approvals
from huikuan.office.approvals import queries as asked
from huikuan.office.company.actions import make_token
from huikuan.office.trail.actions import prove
from huikuan.office.work.bots import work_once
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.cash import queries
from huikuan.receivables.deposits import actions as deposits
from huikuan.receivables.statements import actions as statements
from huikuan.receivables.statements import paper
from huikuan.site.cli import gather

CCB, CITI, HSBC, RURAL = "31050161360000001234", "NL12CITI0123456789", "31001", "88001"
MON, TUE, WED, THU, FRI = (date(2026, 3, day) for day in (2, 3, 4, 5, 6))

MONDAY = """中国建设银行 对公账户明细,,,,,,,,,
账号:,31050161360000001234,账户名称:,沪光食品饮料有限公司,,,,,,
账号,交易时间,借方发生额(支取),贷方发生额(收入),余额,币种,对方户名,对方账号,对方开户机构,记账日期,摘要,备注,账户明细编号-交易流水号
31050161360000001234,20260302 09:12:33,0.00,"11,300.00","111,300.00",人民币元,杭州西湖商贸有限公司,6222001234,工商银行,20260302,货款,90000001,101-1\t
31050161360000001234,20260302 10:00:00,0.00,"4,800.00","116,100.00",人民币元,万家超市有限公司,6222005678,中国银行,20260302,货款,90000002,101-2\t
31050161360000001234,20260302 11:00:00,0.00,"3,000.00","119,100.00",人民币元,王建国,6217001210000001,邮储银行,20260302,货款,,101-3\t
31050161360000001234,20260302 17:00:00,0.00,0.50,"119,100.50",人民币元,建设银行,,,20260302,利息,,101-4\t
"""
TUESDAY = """:20:WEEK10
:25:NL12CITI0123456789
:28C:10/1
:60F:C260302CNY1000,00
:61:2603030303C2000,00NTRFNONREF//T1
:86:/NAME/杭州西湖商贸有限公司/REMI/代东湖付 90000003
:61:2603030303D15,00NCHGNONREF//T2
:86:/REMI/CHARGES
:62F:C260303CNY2985,00
-
"""


def wednesday(statement: str) -> bytes:
    """A dealer's deposit, and a customer who quotes our statement of account instead of its invoices."""

    def entry(amount: str, name: str, text: str, ref: str) -> str:
        return (
            f'<Ntry><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-04</Dt></BookgDt>'
            f"<AcctSvcrRef>{ref}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr></RltdPties>"
            f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        )

    def balance(code: str, amount: str) -> str:
        return f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-04</Dt></Dt></Bal>'  # fmt: skip

    rows = entry("50000.00", "新客户经销有限公司", "经销保证金", "H1") + entry("4400.00", "南京盛源商贸有限公司", f"对账单 {statement}", "H2")  # fmt: skip
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
        f"<Id>S1</Id><Acct><Id><Othr><Id>{HSBC}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>{balance('OPBD', '0.00')}{balance('CLBD', '54400.00')}"
        f"{rows}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


# What she said once of the rural bank's columns.
COLUMNS = {
    "columns": {
        "date": ["哪天"],
        "in": ["来了"],
        "out": ["去了"],
        "payer": ["谁"],
        "remark": ["说了什么"],
        "serial": ["记号"],
    },
    "only": True,
}


def thursday() -> bytes:
    """An overpayment, a payment and its return on the same day, and the deposit paid back in part."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    rows = (
        ("网点流水导出", "", "", "", "", ""),
        ("记号", "哪天", "来了", "去了", "谁", "说了什么"),
        ("X1", "2026-03-05", "6,000.00", "", "杭州西湖商贸有限公司", "90000005 多付请挂账"),
        ("X2", "2026-03-05", "700.00", "", "万家超市有限公司", "90000006"),
        ("X3", "2026-03-05", "", "700.00", "万家超市有限公司", "冲正"),
        ("X4", "2026-03-05", "", "10,000.00", "新客户经销有限公司", "退保证金"),
    )
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            sheet.write(r, c, cell)
    book.close()
    return out.getvalue()


@pytest.mark.django_db
def test_a_week_of_cash(
    live_cast: Any, act: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    company = live_cast.company.pk
    monkeypatch.setattr(cash.door, "read", bank.parse)  # the reader in a process of its own is tested elsewhere
    monkeypatch.setattr(paper, "pdf", lambda *_a: b"%PDF")  # so is the letter
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-03-06T02:00:00+00:00")

    # Who owes what when the week begins.
    def customer(number: str, name: str) -> int:
        return int(customers.create(act("liu.min"), number, name).pk)

    west, wanjia, east, nanjing, lin, dealer = (
        customer(number, name)
        for number, name in (
            ("C1", "杭州西湖商贸有限公司"), ("C2", "万家超市有限公司"), ("C3", "杭州东湖商贸有限公司"), ("C4", "南京盛源商贸有限公司"),
            ("C5", "林记商行"), ("C6", "新客户经销有限公司"),
        )
    )  # fmt: skip

    def bill(who: int, document: str, fen: int, on: date) -> int:
        lines = (
            LineDraft(
                "1122", Money(fen, "CNY"), party=who, due=on, kind="invoice", document=document, document_date=on
            ),
            LineDraft("6001", Money(-fen, "CNY")),
        )
        return books.post(act("sun.tao"), [EntryDraft("RV", on, document, lines)])[0].items[0]

    owed = {
        document: bill(who, document, fen, on)
        for who, document, fen, on in (
            (west, "90000001", 11_300_00, date(2026, 2, 2)), (wanjia, "90000002", 5_100_00, date(2026, 2, 3)),
            (east, "90000003", 2_000_00, date(2026, 2, 4)), (nanjing, "90000041", 1_400_00, date(2026, 2, 5)),
            (nanjing, "90000042", 3_000_00, date(2026, 2, 9)), (west, "90000005", 5_500_00, date(2026, 2, 10)),
            (wanjia, "90000006", 700_00, date(2026, 2, 11)), (lin, "90000007", 3_000_00, date(2026, 2, 12)),
        )
    }  # fmt: skip
    letter = statements.issue(act("chen.jing", on=MON), nanjing, date(2026, 2, 1), date(2026, 2, 28)).number

    def left(document: str) -> int:
        found = ledger.item(company, owed[document])
        assert found is not None
        return found.remaining

    def line(amount: int) -> Any:
        return queries.lines(company).get(amount=amount)

    # Monday. The bank's own site gives GBK; she puts the file down through REST, as her script does every morning.
    make_token(act("chen.jing"), "her script", hashlib.sha256(b"secret").hexdigest())
    script = Client(headers={"Authorization": "Bearer secret"})
    file = SimpleUploadedFile("建行.csv", MONDAY.encode("gb18030"))
    told = script.post("/api/v1/cash/files", {"file": file, "account": CCB})
    assert told.status_code == 201 and told.json()["landed"] == 4, told.content
    assert cash.match(act("chen.jing", on=MON)).cleared == 2
    assert left("90000001") == 0, "the number was written and the sum is right: nobody had to look"
    assert left("90000002") == 300_00, "and what was paid short stays open, for a person to decide"
    # A crate was damaged: the invoice is paid, and the rest is a new item in dispute, with its reason and a work order.
    cash.charge_off(
        act("chen.jing", on=MON), line(4_800_00).pk, owed["90000002"], 300_00, "damage", "residual", "破损一箱"
    )
    assert left("90000002") == 0
    # Interest is no customer's; a Mr Wang is nobody's customer, so she asks sales.
    cash.charge_to(act("chen.jing", on=MON), line(50).pk, "6603", "存款利息")
    cash.ask_sales(act("chen.jing", on=MON), line(3_000_00).pk, "王建国是哪家的?")

    # Tuesday. MT940 from the command line: one payment for a sister company, one fee.
    (tmp_path / "week10.sta").write_text(TUESDAY)
    done = CliRunner().invoke(gather(), ["import-bank", str(tmp_path / "week10.sta"), "--account", CITI, "--json"])
    assert done.exit_code == 0, done.output
    cash.match(act("chen.jing", on=TUE))
    if left("90000003"):  # the payer owes something else: she decides, the machine does not
        cash.apply(act("chen.jing", on=TUE), line(2_000_00).pk, [(owed["90000003"], 2_000_00)])
    assert left("90000003") == 0 and line(2_000_00).customer_id == west

    # Wednesday. camt.053: a statement's number clears what the statement lists; a dealer's deposit is kept.
    cash.import_file(act("chen.jing", on=WED), HSBC, wednesday(letter), name="hsbc.xml")
    assert cash.match(act("chen.jing", on=WED)).cleared == 1
    assert left("90000041") == left("90000042") == 0
    held = deposits.take(act("chen.jing", on=WED), dealer, "deposit", WED, line_id=line(50_000_00).pk, agreement="JX-2026-009")  # fmt: skip
    # It was 10,000.00 too much. Sales asks for it back, a second person grants it, the treasurer pays.
    wish = deposits.ask_return(act("liu.min", on=WED), held.pk, 10_000_00, WED, "多交一万")
    waiting = asked.open_of(company, f"deposits.request:{wish.pk}", "deposits.return")
    assert waiting is not None
    approvals.grant(act("zhou.hui", on=WED), waiting.id, waiting.hash)

    # Thursday. The rural bank's sheet, by the columns she named; the bank takes one payment back.
    cash.import_file(act("chen.jing", on=THU), RURAL, thursday(), name="农商行.xlsx", given=COLUMNS, currency="CNY")
    assert left("90000006") == 700_00, "returned: the customer owes it again"
    cash.match(act("chen.jing", on=THU))
    if left("90000005"):
        cash.apply(act("chen.jing", on=THU), line(6_000_00).pk, [(owed["90000005"], 5_500_00)])
    cash.on_account(act("chen.jing", on=THU), line(6_000_00).pk, "客户要求挂账")
    # The robot finds the payment that returned the deposit, by its sum and payee.
    work_once(clock=lambda: datetime(2026, 3, 5, 8, tzinfo=UTC), company_id=company, timed=False)
    held.refresh_from_db()
    assert (held.balance, held.reserved) == (40_000_00, 0)

    # Friday. Sales knows Mr Wang: he is Lin's husband. She checks the claim, and the money pays Lin's invoice.
    assert [x.amount for x in queries.unknown(company)] == [3_000_00]
    claim = cash.claim(act("liu.min", on=FRI), line(3_000_00).pk, lin, "王建国是林记老板,微信确认")
    cash.accept_claim(act("chen.jing", on=FRI), claim.pk)
    cash.match(act("chen.jing", on=FRI))
    if left("90000007"):
        cash.apply(act("chen.jing", on=FRI), line(3_000_00).pk, [(owed["90000007"], 3_000_00)])

    # Zero unexplained: nothing waits, nothing is unknown, no row was set aside.
    assert not queries.work(company).exists() and not queries.unknown(company).exists()
    assert not queries.quarantined(company).filter(state="waiting").exists()
    assert ledger.balance(company, "224101", FRI) == 0
    # Every yuan traced: what came in is cleared, charged, kept as a deposit, taken back or on account, and no fen besides.
    came = sum(x.amount for x in queries.lines(company) if x.amount > 0)
    paid = sum(
        a.amount.minor
        for x in queries.lines(company)
        for a in queries.applied(company, x)
        if not a.undone and x.amount > 0
    )
    charged = sum(x.amount for x in queries.lines(company) if x.state == "charged")
    on_account = sum(x.left for x in queries.lines(company) if x.amount > 0 and x.state == "account")  # type: ignore[attr-defined]
    assert came == paid + charged + on_account and on_account == 500_00 and charged == 50
    # What is still owed: the damage in dispute and the payment that came back; the overpayment stands against West Lake.
    still = {(i.document, i.remaining) for i in ledger.open_items(company) if i.remaining > 0}
    assert {300_00, 700_00} == {amount for _document, amount in still}
    # The bank account in the books is what came in, less what was taken back and returned; the fee is the treasury's.
    assert ledger.balance(company, "1002", FRI) == came - 700_00 - 10_000_00
    assert ledger.balance(company, "224103", FRI) == -40_000_00
    assert [(c.id, str(c.title), c.broken) for c in prove(company).checks if c.wrong] == []
    # The same four files again add nothing.
    again = cash.import_file(act("chen.jing", on=FRI), HSBC, wednesday(letter), name="hsbc.xml")
    assert (again.landed, again.known) == (0, 2)
