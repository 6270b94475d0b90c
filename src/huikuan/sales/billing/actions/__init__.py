"""Billing, written: bills from deliveries (posting), credit notes, cancellations and late due dates (correcting)."""

from huikuan.sales.billing.actions.correcting import (
    CreditLine,
    ask_credit,
    cancel,
    credit_note,
    granted,
    received_invoice,
    signed_off,
)
from huikuan.sales.billing.actions.direct import issue
from huikuan.sales.billing.actions.posting import Ran, bill, bill_due, post_drafts

__all__ = [
    "CreditLine",
    "Ran",
    "ask_credit",
    "bill",
    "bill_due",
    "cancel",
    "credit_note",
    "granted",
    "issue",
    "post_drafts",
    "received_invoice",
    "signed_off",
]
