"""The REST door of the customers: customers, their limits and accounts, payment terms with the due-date calculator."""

from huikuan.books.customers.api import around, settings  # the order of the contract
from huikuan.books.customers.api.accounts import router

__all__ = ["around", "router", "settings"]
