"""What we send back to SAP: lists as CSV, several of them in one ZIP. docs/sap.md says what stands in each column.

Journal: in the shape of S/4's "Upload General Journal Entries" list, one line per item, header fields repeated; amounts
with a point, dates yyyymmdd, UTF-8 with a mark so that Excel opens it rightly. Our voucher number stands in the
reference (XBLNR), by which SAP refuses a second upload. The same content makes the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from huikuan.connectors.sap.types import PostBackLine, PostBackTable
from huikuan.kit import cells
from huikuan.kit.money import exponent, minor_text

COLUMNS = (
    "CompanyCode", "AccountingDocumentType", "DocumentDate", "PostingDate", "DocumentReferenceID", "TransactionCurrency",
    "LedgerItem", "PostingKey", "GLAccount", "Customer", "AmountInTransactionCurrency", "CompanyCodeCurrency",
    "AmountInCompanyCodeCurrency", "DueCalculationBaseDate", "AssignmentReference", "DocumentItemText",
)  # fmt: skip
EPOCH = (1980, 1, 1, 0, 0, 0)


def journal(lines: Sequence[PostBackLine]) -> PostBackTable:
    rows = tuple(
        (
            x.company_code, x.document_type, f"{x.document_date:%Y%m%d}", f"{x.posting_date:%Y%m%d}", x.document, x.currency, str(x.n),
            x.posting_key, x.account, x.customer, minor_text(x.amount, exponent(x.currency)), x.company_currency,
            minor_text(x.amount_in_company_currency, exponent(x.company_currency)), f"{x.due:%Y%m%d}" if x.due else "",
            x.assignment[:18], x.text[:50],
        )
        for x in lines
    )  # fmt: skip
    return PostBackTable("journal.csv", COLUMNS, rows)


def write(table: PostBackTable) -> bytes:
    out = io.StringIO()
    writer = cells.Writer(out, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([" ".join(text.split()) for text in row] for row in table.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def pack(tables: Sequence[PostBackTable]) -> tuple[bytes, str]:
    if not tables:
        return b"", "csv"
    if len(tables) == 1:
        return write(tables[0]), "csv"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for table in tables:
            box.writestr(zipfile.ZipInfo(table.name, EPOCH), write(table), zipfile.ZIP_DEFLATED)
    return out.getvalue(), "zip"
