"""The page door of the ledger: line items, overdue items, entries, balances, clearings."""
