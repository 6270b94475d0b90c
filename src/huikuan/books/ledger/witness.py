"""How the ledger's rows are told to the trail when they are written, and read back when they are verified.

An open item is told as it was first: what may change of it is reckoned back by its dated changes, which are told too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from huikuan.books.ledger.models import Clearing, ClearingLeg, Entry, ItemChange, Line, OpenItem
from huikuan.books.ledger.rules import voucher
from huikuan.kit.words import _
from huikuan.office.trail.hands import Witness

LINE_COLUMNS = (
    "id", "company_id", "entry_id", "n", "account_id", "party_id", "currency", "doc_amount", "amount", "posting_date", "text",
    "reference",
)  # fmt: skip
ITEM_FIXED = (
    "id", "line_id", "company_id", "customer_id", "account_id", "kind", "document", "document_date", "posting_date", "currency",
    "amount", "base_amount",
)  # fmt: skip
ITEM_FREE = (
    "due_date", "base_date", "awaiting", "block", "dunning_level", "reference", "text", "owner", "expected_date", "reason_code",
)  # fmt: skip
ITEM_COLUMNS = (*ITEM_FIXED, "remaining", "base_remaining", *ITEM_FREE, "version")
ENTRY_COLUMNS = (
    "id", "company_id", "period_id", "klass", "year", "number", "posting_date", "document_date", "text", "reference", "source",
    "reverses_id", "digest", "act", "by", "at",
)  # fmt: skip
CLEARING_COLUMNS = ("id", "company_id", "year", "number", "date", "reason", "source", "reverses_id", "act", "by")
LEG_COLUMNS = ("id", "company_id", "clearing_id", "item_id", "amount", "base_amount", "date")
CHANGE_COLUMNS = ("id", "company_id", "item_id", "field", "old", "new", "on", "reason", "act", "by")

Rows = Iterator[tuple[int | None, str, Sequence[Any]]]
_FIXED, _REST = len(ITEM_FIXED), len(ITEM_FIXED) + 2


def told(value: Any) -> str:
    """A field that may change as its history keeps it."""
    return "" if value is None else str(value)[:200]


def items_told(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Fresh items, in the order of ITEM_COLUMNS, as they are told: what is left of them is reckoned, not told."""
    for row in rows:
        yield (*row[:_FIXED], *["" if v is None else str(v)[:200] for v in row[_REST:-1]])  # as `told` does


def first_values(company: int) -> dict[tuple[int, str], str]:
    """What each field of each item said before its first change."""
    found: dict[tuple[int, str], str] = {}
    rows = ItemChange.objects.filter(company_id=company).order_by("id").values_list("item_id", "field", "old")
    for item, field, old in rows.iterator(5000):
        found.setdefault((item, field), old)
    return found


def _entries(company: int) -> Rows:
    rows = Entry.objects.filter(company_id=company).order_by("act", "id").values_list(*ENTRY_COLUMNS)
    for row in rows.iterator(5000):
        yield row[13], f"ledger.entry:{row[0]}|{voucher(row[3], row[4], row[5])}", row


def _lines(company: int) -> Rows:
    fields = ("entry__act", "entry__klass", "entry__year", "entry__number", *LINE_COLUMNS)
    rows = Line.objects.filter(company_id=company).order_by("entry__act", "id").values_list(*fields)
    for act, klass, year, number, *row in rows.iterator(5000):
        yield act, f"ledger.entry:{row[2]}|{voucher(klass, year, number)}/{row[3]}", row


def _items(company: int) -> Rows:
    first = first_values(company)
    fields = ("line__entry__act", *ITEM_FIXED, *ITEM_FREE)
    rows = OpenItem.objects.filter(company_id=company).order_by("line__entry__act", "id").values_list(*fields)
    for act, *row in rows.iterator(5000):
        pk, free = row[0], map(told, row[_FIXED:])
        if first:
            free = (first.get((pk, name), now) for name, now in zip(ITEM_FREE, free, strict=True))  # type: ignore[assignment]
        yield act, f"ledger.item:{pk}|{row[6]}", (*row[:_FIXED], *free)


def _clearings(company: int) -> Rows:
    rows = Clearing.objects.filter(company_id=company).order_by("act", "id").values_list(*CLEARING_COLUMNS)
    for row in rows.iterator(5000):
        yield row[8], f"ledger.clearing:{row[0]}|{voucher('CL', row[2], row[3])}", row


def _legs(company: int) -> Rows:
    fields = ("clearing__act", "clearing__year", "clearing__number", *LEG_COLUMNS)
    rows = ClearingLeg.objects.filter(company_id=company).order_by("clearing__act", "id").values_list(*fields)
    for act, year, number, *row in rows.iterator(5000):
        yield act, f"ledger.clearing:{row[2]}|{voucher('CL', year, number)} item {row[3]}", row


def _changes(company: int) -> Rows:
    rows = ItemChange.objects.filter(company_id=company).order_by("act", "id").values_list(*CHANGE_COLUMNS)
    for row in rows.iterator(5000):
        yield row[8], f"ledger.item:{row[2]}|change {row[0]} of {row[3]}", row


WITNESSES = (
    Witness("ledger_entry", _("Entries"), _entries),
    Witness("ledger_line", _("Lines of entries"), _lines),
    Witness("ledger_openitem", _("Open items"), _items),
    Witness("ledger_clearing", _("Clearings"), _clearings),
    Witness("ledger_clearingleg", _("Legs of clearings"), _legs),
    Witness("ledger_itemchange", _("Changes of items"), _changes),
)
