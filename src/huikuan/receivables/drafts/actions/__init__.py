"""Drafts, written: taken and moved on, and what was agreed with customers about theirs."""

from __future__ import annotations

from huikuan.receivables.drafts.actions.concessions import concede, end
from huikuan.receivables.drafts.actions.moves import (
    BANK,
    KIND,
    PAYABLE,
    discount,
    endorse,
    give_back,
    granted,
    honour,
    present,
    refuse,
    refused,
    set_policy,
    split,
    take,
)

__all__ = [
    "BANK",
    "KIND",
    "PAYABLE",
    "concede",
    "discount",
    "end",
    "endorse",
    "give_back",
    "granted",
    "honour",
    "present",
    "refuse",
    "refused",
    "set_policy",
    "split",
    "take",
]
