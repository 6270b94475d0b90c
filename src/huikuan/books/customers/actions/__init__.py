"""Customers, written. Every change is one function: accounts (one customer), settings (what they hang on),
loads (thousands at once), exposure (the credit rows that orders, billing and ledger move)."""

from huikuan.books.customers.actions.accounts import (
    Refs,
    add_alias,
    add_bank_account,
    add_ship_to,
    change,
    change_ship_to,
    create,
    retire_bank_account,
    set_base_stock,
    set_state,
    set_terms,
)
from huikuan.books.customers.actions.exposure import lock_payers, move_exposure
from huikuan.books.customers.actions.limits import ask_group_limit, ask_limit, grant_limit, set_limit
from huikuan.books.customers.actions.loads import Landed, land
from huikuan.books.customers.actions.reveal import reveal
from huikuan.books.customers.actions.settings import save_group, save_org, save_policy, save_terms, seed

__all__ = [
    "Landed",
    "Refs",
    "add_alias",
    "add_bank_account",
    "add_ship_to",
    "ask_group_limit",
    "ask_limit",
    "change",
    "change_ship_to",
    "create",
    "grant_limit",
    "land",
    "lock_payers",
    "move_exposure",
    "retire_bank_account",
    "reveal",
    "save_group",
    "save_org",
    "save_policy",
    "save_terms",
    "seed",
    "set_base_stock",
    "set_limit",
    "set_state",
    "set_terms",
]
