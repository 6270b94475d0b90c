"""What SAP says in files, as frozen records: an extract's entities row by row, and what we send back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from huikuan.kit.errors import Fault


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON record of an entity; `row` is its line in `file`, from 1."""

    file: str
    row: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A line that is no record, with what is wrong with it."""

    file: str
    row: int
    text: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Extract:
    """A folder of an S/4 extract: entity name ("sales_order_headers") → its records, in the order of the file.

    `digest` is over all files; `files` name → lines.
    """

    entities: Mapping[str, tuple[Record, ...]]
    broken: tuple[BrokenRecord, ...] = ()
    digest: str = ""
    files: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PostBackTable:
    """A list for SAP: its file's name, its headings, its rows as texts."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PostBackLine:
    """One line of an accounting document for SAP's upload: amounts in minor units, debit +, credit -.

    `document` is our voucher number (goes to the reference document number, XBLNR), `posting_key` as SAP counts them:
    01 invoice, 11 credit memo, 15 incoming payment, 40/50 general ledger debit/credit.
    """

    document: str
    n: int
    company_code: str
    document_type: str
    document_date: date
    posting_date: date
    currency: str
    posting_key: str
    account: str
    customer: str
    amount: int
    amount_in_company_currency: int
    company_currency: str
    due: date | None
    assignment: str
    text: str
