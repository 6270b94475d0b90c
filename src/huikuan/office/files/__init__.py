"""Files kept as evidence: bytes outside the database under their SHA-256, rows inside it."""
