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
from huikuan.sales.billing.actions.standing import restand_all
from huikuan.sales.billing.actions.taking import hand_over, point, take_over

__all__ = [
    "CreditLine",
    "Ran",
    "ask_credit",
    "bill",
    "bill_due",
    "cancel",
    "credit_note",
    "granted",
    "hand_over",
    "issue",
    "point",
    "post_drafts",
    "received_invoice",
    "restand_all",
    "signed_off",
    "take_over",
]
