"""应收: cash, matching and statements."""
