"""账簿: customers, goods and the ledger."""
