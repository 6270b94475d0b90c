"""Who paid, and what for. Pure: every answer brings its why."""

from huikuan.receivables.cash.rules.advice import AdviceLine
from huikuan.receivables.cash.rules.book import Book, Open, Receipt
from huikuan.receivables.cash.rules.engine import explain
from huikuan.receivables.cash.rules.found import Deduction, Limits, Proposal
from huikuan.receivables.cash.rules.match import propose
from huikuan.receivables.cash.rules.payer import (
    Directory,
    Payer,
    Wanted,
    families,
    head,
    identify,
    identify_all,
    is_house,
)
from huikuan.receivables.cash.rules.refs import Mentions, key, mentions
from huikuan.receivables.cash.rules.returned import LONG as RETURNED_WITHIN
from huikuan.receivables.cash.rules.returned import Found as Returned
from huikuan.receivables.cash.rules.returned import taken_back
from huikuan.receivables.cash.rules.run import Carry, Case, Told, explain_all, explaining, take_all
from huikuan.receivables.cash.rules.statement import import_ids, is_number, keyed, same_account, same_but

__all__ = [
    "RETURNED_WITHIN",
    "AdviceLine",
    "Book",
    "Carry",
    "Case",
    "Deduction",
    "Directory",
    "Limits",
    "Mentions",
    "Open",
    "Payer",
    "Proposal",
    "Receipt",
    "Returned",
    "Told",
    "Wanted",
    "explain",
    "explain_all",
    "explaining",
    "families",
    "head",
    "identify",
    "identify_all",
    "import_ids",
    "is_house",
    "is_number",
    "key",
    "keyed",
    "mentions",
    "propose",
    "same_account",
    "same_but",
    "take_all",
    "taken_back",
]  # fmt: skip
