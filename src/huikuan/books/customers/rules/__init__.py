"""What is decided about customers, purely: payment terms, when money is due and why, which names are the same."""

from huikuan.books.customers.rules.due import Bases, Instalment, due_dates, prepay, rest_of
from huikuan.books.customers.rules.names import account_key, check_tax_number, fold, initials
from huikuan.books.customers.rules.standing import Move, Owed, covered, left_of, restand, standing
from huikuan.books.customers.rules.terms import (
    STANDARD,
    Discount,
    Part,
    TermsData,
    describe,
    percent,
    read_terms,
    write_terms,
)
from huikuan.books.customers.rules.words import KLASS_NAMES, LABELS, LAYER_NAMES, ORG_NAMES, STATE_NAMES, klass_name

__all__ = [
    "KLASS_NAMES",
    "LABELS",
    "LAYER_NAMES",
    "ORG_NAMES",
    "STANDARD",
    "STATE_NAMES",
    "Bases",
    "Discount",
    "Instalment",
    "Move",
    "Owed",
    "Part",
    "TermsData",
    "account_key",
    "check_tax_number",
    "covered",
    "describe",
    "due_dates",
    "fold",
    "initials",
    "klass_name",
    "left_of",
    "percent",
    "prepay",
    "read_terms",
    "rest_of",
    "restand",
    "standing",
    "write_terms",
]
