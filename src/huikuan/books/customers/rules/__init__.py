"""What is decided about customers, purely: payment terms, when money is due and why, which names are the same."""

from huikuan.books.customers.rules.due import Bases, Instalment, due_dates, prepay
from huikuan.books.customers.rules.names import check_tax_number, fold, initials
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

__all__ = [
    "STANDARD",
    "Bases",
    "Discount",
    "Instalment",
    "Part",
    "TermsData",
    "check_tax_number",
    "describe",
    "due_dates",
    "fold",
    "initials",
    "percent",
    "prepay",
    "read_terms",
    "write_terms",
]
