"""What is asked to be invoiced without an order of ours, as plain frozen values. No Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

Day = date  # a field may be called date


@dataclass(frozen=True, slots=True)
class InvoiceLineDraft:
    """Goods or a service: quantity 10^-6, price 10^-10, discount 10^-8. `text` "" is the item's name."""

    item: int
    quantity: int
    price: int
    discount: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """`terms` None as the customer has them, "" for `currency` the customer's. `external` is the key of the system it
    comes from: the same key a second time is refused."""

    customer: int
    date: Day
    lines: tuple[InvoiceLineDraft, ...]
    terms: int | None = None
    currency: str = ""
    mode: str = "net"
    reference: str = ""
    external: str = ""
