"""How what cash keeps is told to the trail when it is written, and read back when it is verified: what the bank's files said
(files, statements, rows set aside, lines), claims and differences. Only what no later act may change is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from huikuan.kit.words import _
from huikuan.office.trail.act import canonical
from huikuan.office.trail.hands import Witness
from huikuan.receivables.cash.models import (
    BankLine,
    BankStatement,
    Claim,
    Difference,
    QuarantinedLine,
    StatementFile,
)

Rows = Iterator[tuple[int | None, str, Sequence[Any]]]
LINE = (
    "id", "company_id", "bank_id", "statement_id", "import_id", "row", "date", "value_date", "amount", "currency", "payer_name",
    "payer_account", "payer_bank", "folded", "remark", "reference", "serial", "raw", "act",
)  # fmt: skip
_line = itemgetter(*LINE)


def claim(c: Claim) -> tuple[Any, ...]:
    """What of it never changes."""
    return (c.pk, c.company_id, c.line_id, c.customer_id, c.evidence, c.file, c.by, c.at, c.act)


def difference(d: Difference) -> tuple[Any, ...]:
    return (
        d.pk, d.company_id, d.line_id, d.item_id, d.customer_id, d.code, d.how, d.amount, d.currency, d.residual_id, d.rules,
        canonical(d.why).decode(), d.note, d.by, d.at, d.act,
    )  # fmt: skip


def file(f: StatementFile) -> tuple[Any, ...]:
    refused = canonical(f.refused).decode()  # a database may give its parts in another order
    return (f.pk, f.company_id, f.bank_id, f.sha256, f.name, f.kind, f.charset, f.read, refused, f.at, f.by, f.act)


def statement(s: BankStatement) -> tuple[Any, ...]:
    return (
        s.pk, s.company_id, s.bank_id, s.file_id, s.n, s.number, s.account, s.currency, s.since, s.until, s.opening, s.closing,
        s.part, s.act,
    )  # fmt: skip


def set_aside(q: QuarantinedLine) -> tuple[Any, ...]:
    return (q.pk, q.company_id, q.bank_id, q.statement_id, q.row, canonical([q.raw, q.faults]).decode(), q.act)


def lines(rows: Iterable[BankLine]) -> Iterator[tuple[Any, ...]]:
    """Thousands at a time."""
    return (_line(r.__dict__) for r in rows)


def _claims(company: int) -> Rows:
    for row in Claim.objects.filter(company_id=company).order_by("act", "id").iterator(2000):
        yield row.act, f"cash.claim:{row.pk}|claim {row.pk}", claim(row)


def _differences(company: int) -> Rows:
    for row in Difference.objects.filter(company_id=company).order_by("act", "id").iterator(2000):
        yield row.act, f"cash.difference:{row.pk}|difference {row.pk}", difference(row)


def _files(company: int) -> Rows:
    for row in StatementFile.objects.filter(company_id=company).order_by("act", "id").iterator(2000):
        yield row.act, f"cash.file:{row.pk}|{row.name or row.sha256[:12]}", file(row)


# Statements and rows set aside of before have no act of their own: they are their file's, whose act told of none.
def _statements(company: int) -> Rows:
    rows = BankStatement.objects.filter(company_id=company).annotate(by_act=Coalesce("act", F("file__act")))
    for row in rows.order_by("by_act", "id").iterator(2000):
        yield row.by_act, f"cash.file:{row.file_id}|statement {row.pk}", statement(row)


def _set_aside(company: int) -> Rows:
    rows = QuarantinedLine.objects.filter(company_id=company).annotate(
        by_act=Coalesce("act", F("statement__file__act")), of=F("statement__file")
    )
    for row in rows.order_by("by_act", "id").iterator(2000):
        yield row.by_act, f"cash.file:{row.of}|row {row.row} set aside ({row.pk})", set_aside(row)


def _lines(company: int) -> Rows:
    rows = BankLine.objects.filter(company_id=company).order_by("act", "id").values_list(*LINE)
    for row in rows.iterator(5000):
        yield row[-1], f"cash.line:{row[0]}|BL{row[0]:08d}", row


WITNESSES = (
    Witness("cash_statementfile", _("Files of banks"), _files, later=True),
    Witness("cash_bankstatement", _("Statements of banks"), _statements, later=True),
    Witness("cash_quarantinedline", _("Rows set aside"), _set_aside, later=True),
    Witness("cash_bankline", _("Bank lines"), _lines, later=True),
    Witness("cash_claim", _("Claims on receipts"), _claims, later=True),
    Witness("cash_difference", _("Differences settled"), _differences, later=True),
)
