"""What floors above hand down to be booked, and what they get back. Frozen; no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from huikuan.kit.money import Money
from huikuan.kit.words import Say

KINDS = ("invoice", "credit", "receipt", "account", "debit", "other")


# Drafts are not frozen: a batch makes them by the ten thousand, and frozen ones take four times as long.


@dataclass(slots=True)
class LineDraft:
    """One line: debit positive, credit negative, in document currency.

    On a control account it becomes an open item and needs a `party` (customer id). `due` None with `awaiting`
    ("invoice_receipt", "sign_off", "next_batch") means that the due date is not known yet. `base_amount` is in minor
    units of the company's currency, needed when the document's currency is another.
    """

    account: str
    amount: Money
    party: int | None = None
    due: date | None = None
    base: date | None = None
    text: str = ""
    reference: str = ""
    kind: str = "other"
    document: str = ""
    document_date: date | None = None
    base_amount: int | None = None
    awaiting: str = ""


@dataclass(slots=True)
class EntryDraft:
    """An entry to be posted. `klass` is the voucher class its number is taken from; `source` a subject text."""

    klass: str
    posting_date: date
    text: str
    lines: tuple[LineDraft, ...]
    document_date: date | None = None
    reference: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """A posted entry: its id, voucher number ("RV-2026-000012") and the ids of its open items, in line order."""

    entry_id: int
    number: str
    items: tuple[int, ...]


@dataclass(slots=True)
class ClearDraft:
    """Items to be cleared against each other on a date: (item id, minor units with the sign of the item), adding to 0."""

    on: date
    legs: tuple[tuple[int, int], ...]
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """An open item as it stood on a date: `remaining` is what was open then, in minor units of `currency`."""

    id: int
    entry_id: int
    customer_id: int
    account: str
    kind: str
    document: str
    document_date: date
    posting_date: date
    due_date: date | None
    base_date: date | None
    awaiting: str
    currency: str
    amount: int
    remaining: int
    base_amount: int
    base_remaining: int
    reference: str
    text: str
    block: str
    dunning_level: int
    owner: str
    expected_date: date | None
    reason_code: str
    version: int

    @property
    def open(self) -> Money:
        return Money(self.remaining, self.currency)


@dataclass(frozen=True, slots=True)
class Bucket:
    amount: int = 0
    items: int = 0


@dataclass(frozen=True, slots=True)
class AgeRow:
    """One line of an ageing: buckets by name ("not_due", "1-30", …, "over-90"), amounts in minor units."""

    key: str
    currency: str
    buckets: dict[str, Bucket]
    total: Bucket


@dataclass(frozen=True, slots=True)
class TrialRow:
    account: str
    name: str
    name_en: str
    opening: int
    debit: int
    credit: int

    @property
    def closing(self) -> int:
        return self.opening + self.debit - self.credit


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a clearing."""

    clearing_id: int
    clearing_number: str
    on: date
    item_id: int
    document: str
    kind: str
    customer_id: int
    currency: str
    amount: int
    reverses_id: int | None
    reversed_by_id: int | None


@dataclass(frozen=True, slots=True)
class Planned:
    """What a change would do to one item: (field, old, new) for what differs, or why it is refused."""

    item_id: int
    document: str
    customer: str
    moves: tuple[tuple[str, str, str], ...] = ()
    refusal: Say | None = None


@dataclass(frozen=True, slots=True)
class Subtotal:
    """A group of items: its key (customer number, "2026-03" or "" without a due date, currency), a name, and sums."""

    key: str
    name: str
    name_en: str
    currency: str
    items: int
    remaining: int
    overdue: int
