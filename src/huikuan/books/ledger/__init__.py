"""The double-entry ledger: entries, open items, clearing, periods. The sub-ledger is the ledger."""
