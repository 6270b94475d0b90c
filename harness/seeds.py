"""Good files of every kind a person may hand in, small and our own, for breaking."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

_ROWS = [
    ["交易日期", "收入金额", "支出金额", "余额", "对方户名", "对方账号", "摘要", "交易流水号"],
    ["2026-03-02", "1,130.00", "", "2,130.00", "杭州万家超市有限公司", "6222020000000001", "8月货款 90000123", "S0001"],
    ["2026-03-02", "", "30.00", "2,100.00", "中国银行", "", "手续费", "S0002"],
    ["2026-03-03", "56.50", "", "2,156.50", "上海食品（集团）有限公司", "31001", "往来款", "S0003"],
]


def csv_text(rows: list[list[str]], mark: str = ",") -> str:
    return "\r\n".join(mark.join(f'"{c}"' if mark in c else c for c in row) for row in rows) + "\r\n"


def workbook(rows: list[list[str]], title: str = "明细") -> bytes:
    import xlsxwriter

    box = io.BytesIO()
    book = xlsxwriter.Workbook(box, {"in_memory": True})
    sheet = book.add_worksheet(title)
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            sheet.write_string(i, j, cell)
    book.close()
    return box.getvalue()


def html(rows: list[list[str]]) -> bytes:
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    return f'<html><head><meta charset="gbk"></head><body><table>{body}</table></body></html>'.encode("gb18030")


def sheet_xml(rows: list[list[str]]) -> bytes:
    body = "".join(
        "<ss:Row>" + "".join(f'<ss:Cell><ss:Data ss:Type="String">{c}</ss:Data></ss:Cell>' for c in row) + "</ss:Row>"
        for row in rows
    )
    return (
        '<?xml version="1.0"?><ss:Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<ss:Worksheet ss:Name="1"><ss:Table>{body}</ss:Table></ss:Worksheet></ss:Workbook>'
    ).encode()


MT940 = b"""{1:F01BANKCNSHAXXX0000000000}{4:
:20:STARTUMS
:25:31001/CNY
:28C:00001/001
:60F:C260301CNY1000,00
:61:2603020302C1130,00NTRF90000123//S0001
:86:166?00GUTSCHRIFT?20REF 90000123?21MARCH?30BKCHCNBJ?316222020000000001?32WANJIA STORES
:61:2603030303D30,00NMSCNONREF//S0002
:86:CHARGES
:62F:C260303CNY2100,00
-}
"""

MT942 = b""":20:INTERIM
:25:31001
:28C:1/1
:34F:CNY0,
:13D:2603021200+0800
:61:2603020302C100,00NTRFNONREF//S0009
:86:/NAME/WANJIA/REMI/INV 90000123
:90D:0CNY0,
:90C:1CNY100,
-
"""

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr>
<Stmt><Id>S1</Id><Acct><Id><Othr><Id>31001</Id></Othr></Id><Ccy>CNY</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">1000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-01</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">2130.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal>
<TxsSummry><TtlNtries><NbOfNtries>1</NbOfNtries><Sum>1130.00</Sum></TtlNtries></TxsSummry>
<Ntry><Amt Ccy="CNY">1130.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-03-02</Dt></BookgDt>
<ValDt><DtTm>2026-03-02T10:00:00+08:00</DtTm></ValDt><AcctSvcrRef>R1</AcctSvcrRef><NtryDtls>
<TxDtls><Refs><EndToEndId>90000123</EndToEndId></Refs><Amt Ccy="CNY">1000.00</Amt><RltdPties><Dbtr><Pty><Nm>万家超市</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>8月货款</Ustrd></RmtInf></TxDtls>
<TxDtls><Amt Ccy="CNY">130.00</Amt><RltdPties><Dbtr><Nm>上海食品</Nm></Dbtr></RltdPties><RmtInf><Strd><RfrdDocInf><Nb>90000124</Nb></RfrdDocInf></Strd></RmtInf></TxDtls>
</NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>
""".encode()

BAI2 = b"""01,BANK,HUIKUAN,260302,0600,1,,,2/
02,HUIKUAN,BANK,1,260301,2359,USD,2/
03,31001,USD,010,100000,,,015,140000,,/
16,195,50000,V,260303,,W1,C1,WIRE, WANJIA STORES INV 90000123
88,AND 90000124
16,475,10000,D,2,0,5000,1,5000,CK9,,CHECK/
49,300000,5/
98,300000,1,7/
99,300000,1,9/
"""


def bank() -> list[bytes]:
    text = csv_text(_ROWS)
    signed = csv_text(
        [
            ["Date", "Amount", "Balance", "Counterparty", "Memo"],
            ["2026-03-02", "-12.50", "100.00", "A", "x"],
            ["2026-03-03", "20.00", "120.00", "B", "INV 1"],
        ]
    )
    preamble = (
        "账号：31001\r\n户名：沪光食品饮料有限公司\r\n期初余额：1,000.00\r\n" + text + "合计,1186.50,30.00,,,,,\r\n"
    )
    return [
        text.encode("utf-8-sig"), text.encode("gb18030"), preamble.encode(), csv_text(_ROWS, "\t").encode("gb18030"), signed.encode(), workbook(_ROWS),
        html(_ROWS), sheet_xml(_ROWS), MT940, MT942, CAMT, CAMT.replace(b"camt.053", b"camt.052").replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt").replace(b"<Stmt>", b"<Rpt>").replace(b"</Stmt>", b"</Rpt>"),
        BAI2,
    ]  # fmt: skip


def tables() -> list[bytes]:
    """Bank files that need somebody to say what their columns are."""
    return [csv_text(_ROWS).encode("gb18030"), workbook(_ROWS), html(_ROWS), sheet_xml(_ROWS)]


def receivables() -> list[bytes]:
    rows = [
        ["客户", "客户名称", "凭证号码", "凭证日期", "净收付款到期日", "本币金额", "货币"],
        ["1001", "杭州万家超市有限公司", "90000123", "2026-01-02", "2026-02-01", "1,130.00", "CNY"],
        ["1002", "上海食品有限公司", "90000124", "2026-01-05", "2026-02-04", "56.50-", "CNY"],
    ]
    text = csv_text(rows)
    return [
        text.encode(),
        text.encode("gb18030"),
        gzip.compress(text.encode(), mtime=0),
        workbook(rows),
        csv_text(rows, "\t").encode("utf-16"),
    ]


def sap() -> list[bytes]:
    records = [
        {"accountingDocument": "90000123", "customer": "1001", "amountInTransactionCurrency": "1130.00", "transactionCurrency": "CNY", "postingDate": "2026-01-02T00:00:00.000Z", "clearingDate": None},
        {"salesOrder": "5001", "soldToParty": "1001", "totalNetAmount": "1000.00", "creationDate": "2026-01-01T00:00:00.000Z"},
    ]  # fmt: skip
    return ["\n".join(json.dumps(r) for r in records).encode() + b"\n"]


def sheets() -> list[bytes]:
    orders = [
        ["客户", "订单号", "物料", "数量", "单价"],
        ["1001", "PO-1", "A100", "10", "12.50"],
        ["1001", "PO-1", "A200", "5", "3.00"],
    ]
    return [workbook(orders), workbook(_ROWS)]


def fapiaos() -> list[bytes]:
    rows = [
        [
            "序号",
            "发票代码",
            "发票号码",
            "数电发票号码",
            "购买方名称",
            "开票日期",
            "价税合计",
            "发票状态",
            "备注",
            "单据号",
        ],
        [
            "1",
            "",
            "",
            "26312000000012345678",
            "杭州万家超市有限公司",
            "2026-03-02 09:30:00",
            "60.00",
            "正常",
            "",
            "90000001",
        ],
        ["2", "044001900111", "00012345", "", "", "2026/3/2", "40.00", "正常", "账单90000001", ""],
        ["3", "", "26312000000087654321", "", "", "2026-03-01", "1,130.00", "已作废", "订单PO-1", ""],
    ]
    return [workbook(rows, "发票基础信息"), csv_text(rows).encode(), csv_text(rows, "\t").encode("gb18030")]


def pdf(lines: list[str]) -> bytes:
    """A page of text."""
    text = "BT /F1 10 Tf 50 780 Td 14 TL " + " ".join(f"({x}) Tj T*" for x in lines) + " ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream".encode(), b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]  # fmt: skip
    out, places = b"%PDF-1.4\n", []
    for n, o in enumerate(objects, 1):
        places.append(len(out))
        out += f"{n} 0 obj\n".encode() + o + b"\nendobj\n"
    xref = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{p:010d} 00000 n \n".encode() for p in places)
    return out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF".encode()


_ADVICE = [
    ["发票号码", "付款金额", "扣款", "备注"],
    ["90000123", "1,130.00", "", "8月货款"],
    ["90000124", "56.50", "3.00", "折让"],
    ["合计", "1,186.50", "3.00", ""],
]


def advices() -> list[bytes]:
    english = [["Invoice no", "Amount paid", "Deduction", "Memo"], ["90000123", "1130.00", "5.00", "2% discount"]]
    return [csv_text(_ADVICE).encode(), csv_text(_ADVICE).encode("gb18030"), workbook(english), html(_ADVICE)]


def papers() -> list[bytes]:
    return [pdf(["Payment advice 2026-03-02", "90000123 1,130.00", "90000124 less damage 53.50", "Total 1,183.50"])]


def fbl5n() -> list[bytes]:
    rows = [
        ["客户", "客户名称", "凭证编号", "凭证类型", "凭证日期", "过账日期", "净到期日", "凭证货币金额", "凭证货币", "本币金额", "清帐日期", "清帐凭证", "文本"],
        ["1001", "万家超市", "90000123", "RV", "2026-01-02", "2026-01-02", "2026-02-01", "1,130.00", "CNY", "1,130.00", "", "", "x"],
        ["1001", "万家超市", "14000001", "DZ", "2026-01-20", "2026-01-20", "", "500.00-", "CNY", "500.00-", "2026-01-20", "14000001", ""],
        ["1002", "上海食品", "90000124", "DG", "2026/01/05", "2026/01/05", "", "56.50-", "USD", "401.15-", "", "", "=1+1"],
    ]  # fmt: skip
    return [csv_text(rows).encode(), csv_text(rows, "\t").encode("utf-16")]


def invoice_lines() -> list[bytes]:
    rows = [
        ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"],
        ["536365", "85123A", "HOLDER", "6", "2010-12-01", "2.55", "17850.0", "United Kingdom"],
        ["536365", "71053", "LANTERN", "6", "2010-12-01", "3.395", "17850.0", "United Kingdom"],
        ["C536379", "D", "Discount", "-1", "2010-12-01", "27.50", "14527.0", "France"],
    ]
    return [csv_text(rows).encode()]


def orders() -> list[bytes]:
    rows = [
        ["Order reference", "Customer", "Order date", "Item", "Quantity", "Unit price", "Discount", "Note"],
        ["PO-1", "1001", "2026-03-02", "A100", "10", "12.50", "5", ""],
        ["PO-1", "1001", "2026-03-02", "A200", "5", "", "", "quick"],
        ["PO-2", "1002", "", "A100", "1.5", "3", "", ""],
    ]
    return [workbook(rows)]


def rates() -> list[bytes]:
    rows = [["货币", "日期", "汇率", "单位"], ["USD", "2026-03-02", "7.1234", ""], ["JPY", "2026-03-02", "4.9", "100"]]
    return [csv_text(rows).encode(), csv_text(rows, "\t").encode("gb18030"), csv_text(rows[1:]).encode()]


def _maps(names: str) -> list[bytes]:
    return [p.read_bytes() for p in sorted((Path(__file__).parent.parent / "docs" / "examples" / "maps").glob(names))]


def bank_maps() -> list[bytes]:
    return _maps("bank_*.yaml")


def takeover_maps() -> list[bytes]:
    return [x for x in _maps("*.yaml") if b"profile:" in x]


def data() -> list[bytes]:
    """Payment terms and settings, as they are typed."""
    return [
        b'{"kind": "days", "days": 30, "shift": "next", "discounts": [{"days": 10, "rate": "2%"}]}',
        b'{"kind": "next_month_end", "days": 15, "pay_days": [10, 25]}',
        b'{"kind": "base_stock", "standing": {"amount": "1000.00", "currency": "CNY"}, "rest": {"kind": "rolling", "latest_days": 90}}',
        b'{"kind": "parts", "parts": [{"percent": "50", "terms": {"kind": "days", "days": 30}}, {"percent": "50", "terms": {"kind": "sign_off", "deemed_days": 7}}]}',
    ]  # fmt: skip


def extract() -> list[bytes]:
    """A small S/4 extract: files of JSON lines one after another, each behind a line with its name."""
    day = "2026-01-02T00:00:00.000Z"
    files: dict[str, list[dict[str, object]]] = {
        "business_partners": [{"businessPartner": "1001", "customer": "1001", "businessPartnerFullName": "万家超市"}],
        "business_partner_addresses": [{"businessPartner": "1001", "country": "CN", "cityName": "杭州", "streetName": "西湖路 1"}],
        "products": [{"product": "A100", "baseUnit": "PC", "productGroup": "G"}],
        "product_descriptions": [{"product": "A100", "language": "ZH", "productDescription": "橙汁"}],
        "sales_order_headers": [{"salesOrder": "5001", "soldToParty": "1001", "creationDate": day, "transactionCurrency": "CNY",
                                 "totalNetAmount": "1000.00", "overallDeliveryStatus": "C", "requestedDeliveryDate": day}],
        "sales_order_items": [{"salesOrder": "5001", "salesOrderItem": "10", "material": "A100", "requestedQuantity": "10",
                               "requestedQuantityUnit": "PC", "netAmount": "1000.00", "salesDocumentRjcnReason": ""}],
        "outbound_delivery_headers": [{"deliveryDocument": "8001", "creationDate": day, "actualGoodsMovementDate": day,
                                       "overallGoodsMovementStatus": "C", "overallPickingStatus": "C"}],
        "outbound_delivery_items": [{"deliveryDocument": "8001", "deliveryDocumentItem": "000010", "actualDeliveryQuantity": "10",
                                     "deliveryQuantityUnit": "PC", "referenceSdDocument": "5001", "referenceSdDocumentItem": "000010"}],
        "billing_document_headers": [{"billingDocument": "90000123", "billingDocumentType": "F2", "billingDocumentDate": day,
                                      "billingDocumentIsCancelled": False, "cancelledBillingDocument": "", "totalNetAmount": "1000.00",
                                      "transactionCurrency": "CNY", "companyCode": "1000", "fiscalYear": "2026",
                                      "accountingDocument": "9400000123", "soldToParty": "1001"}],
        "billing_document_items": [{"billingDocument": "90000123", "billingDocumentItem": "10", "material": "A100", "billingQuantity": "10",
                                    "billingQuantityUnit": "PC", "netAmount": "1000.00", "referenceSdDocument": "8001", "referenceSdDocumentItem": "10"}],
        "journal_entry_items_accounts_receivable": [
            {"companyCode": "1000", "fiscalYear": "2026", "accountingDocument": "9400000123", "accountingDocumentItem": "1",
             "referenceDocument": "90000123", "transactionCurrency": "CNY", "amountInTransactionCurrency": "1000.00", "companyCodeCurrency": "CNY",
             "amountInCompanyCodeCurrency": "1000.00", "postingDate": day, "documentDate": day, "customer": "1001", "clearingDate": None,
             "clearingAccountingDocument": "", "netDueDate": day}],
    }  # fmt: skip
    return [
        b"".join(
            f"#{name}\n".encode() + b"".join(json.dumps(r).encode() + b"\n" for r in rows)
            for name, rows in files.items()
        )
    ]
