"""Who owes us: customers, their payers, groups, places, accounts, terms and limits."""
