"""Deposits and advances, written: taken from a receipt, offset against invoices, returned, kept for good; each by one entry.

Money leaves only by a request that one person makes, another grants and (for a return) a third pays out; until then it is
reserved. What was written is corrected by `undo`, a dated reversal.
"""

from huikuan.receivables.deposits.actions.common import KIND, KLASS, RECEIVABLE, REQUEST, SERIES
from huikuan.receivables.deposits.actions.giving import (
    FORFEIT,
    PAY,
    RETURN,
    ask_forfeit,
    ask_return,
    granted_forfeit,
    granted_return,
    paid,
    pay,
    refused,
)
from huikuan.receivables.deposits.actions.taking import change, take, top_up
from huikuan.receivables.deposits.actions.undo import undo
from huikuan.receivables.deposits.actions.using import offset

__all__ = [
    "FORFEIT", "KIND", "KLASS", "PAY", "RECEIVABLE", "REQUEST", "RETURN", "SERIES",
    "ask_forfeit", "ask_return", "change", "granted_forfeit", "granted_return", "offset", "paid", "pay", "refused", "take", "top_up", "undo",
]  # fmt: skip
