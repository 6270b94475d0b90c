"""What we send back to SAP: accounting documents as a CSV in the shape of S/4's "Upload General Journal Entries" list.

One line per item, header fields repeated; amounts with a point, dates yyyymmdd, UTF-8 with a mark so that Excel
opens it rightly. Our voucher number stands in the reference (XBLNR), by which SAP refuses a second upload.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from huikuan.connectors.sap.types import PostBackLine
from huikuan.kit.money import exponent, minor_text

COLUMNS = (
    "CompanyCode", "AccountingDocumentType", "DocumentDate", "PostingDate", "DocumentReferenceID", "TransactionCurrency",
    "LedgerItem", "PostingKey", "GLAccount", "Customer", "AmountInTransactionCurrency", "CompanyCodeCurrency",
    "AmountInCompanyCodeCurrency", "DueCalculationBaseDate", "AssignmentReference", "DocumentItemText",
)  # fmt: skip


def safe(text: str) -> str:
    """A text that a spreadsheet will not compute."""
    text = " ".join(text.split())
    return "'" + text if text[:1] in {"=", "+", "-", "@"} else text


def write(lines: Sequence[PostBackLine]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for x in lines:
        writer.writerow(
            [
                x.company_code, x.document_type, f"{x.document_date:%Y%m%d}", f"{x.posting_date:%Y%m%d}", safe(x.document), x.currency,
                x.n, x.posting_key, x.account, safe(x.customer), minor_text(x.amount, exponent(x.currency)), x.company_currency,
                minor_text(x.amount_in_company_currency, exponent(x.company_currency)), f"{x.due:%Y%m%d}" if x.due else "",
                safe(x.assignment)[:18], safe(x.text)[:50],
            ]
        )  # fmt: skip
    return b"\xef\xbb\xbf" + out.getvalue().encode()
