"""The page door of the customers."""

from __future__ import annotations

from collections.abc import Sequence

from huikuan.books.customers import queries
from huikuan.books.customers.rules import klass_name
from huikuan.kit.words import _
from huikuan.office.trail.hands import Hit


def search(company: int, text: str, limit: int) -> Sequence[Hit]:
    """What Ctrl+K finds: by number, name, pinyin initials, tax number or bank account."""
    return [
        Hit(f"{c.number} {c.name}", str(klass_name(c.klass)), f"/customers/{c.id}", _("Customer"))
        for c in queries.find(company, text, limit)
    ]
