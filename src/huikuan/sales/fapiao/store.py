"""The one lock of this room, in each database's own words."""

from __future__ import annotations

from django.db import connection


def hold(company: int) -> None:
    """Wait until nobody else notes numbers of this company; held to the end of the transaction. SQLite's write lock does the
    same. Whether a number is another payer's already cannot be asked of rows that a rival has not committed yet."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7011, %s)", [company])
