"""保证金与预收款: customers' deposits and advance receipts, a ledger of their own."""
