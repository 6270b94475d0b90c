"""收款核销 Cash: what the bank says came in, whose it is, and what it pays."""
