"""Who paid, and what for. Pure: every answer brings its why."""

from huikuan.receivables.cash.rules.book import Book, Open, Receipt
from huikuan.receivables.cash.rules.engine import explain
from huikuan.receivables.cash.rules.match import Limits, Proposal, propose
from huikuan.receivables.cash.rules.payer import Directory, Payer, Wanted, identify, is_house
from huikuan.receivables.cash.rules.refs import Mentions, key, mentions
from huikuan.receivables.cash.rules.statement import import_ids, same_but

__all__ = [
    "Book", "Directory", "Limits", "Mentions", "Open", "Payer", "Proposal", "Receipt", "Wanted", "explain", "identify", "import_ids", "is_house",
    "key", "mentions", "propose", "same_but",
]  # fmt: skip
