"""Vendor SQL of the customers: payers under lock, and their exposure moved in one statement however many there are."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from django.db import connection


def lock_payers(company: int, ids: Collection[int]) -> int:
    """Hold these customers' rows in the order of their ids until the transaction ends; returns how many there are.

    On SQLite the writer is alone already, and they are only counted.
    """
    wanted = sorted(set(ids))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT id FROM customers_customer WHERE company_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                [company, wanted],
            )
            return len(cursor.fetchall())
        cursor.execute(
            "SELECT COUNT(*) FROM customers_customer WHERE company_id = %s AND id IN (SELECT value FROM json_each(%s))",
            [company, json.dumps(wanted)],
        )
        return int(cursor.fetchone()[0])


def add_exposure(company: int, moves: Sequence[tuple[int, str, str, int]]) -> None:
    """Add (customer, currency, layer, minor units) to the exposure rows, making those that are not there yet.

    Each row once, in the order of `exposure_once`, so that the row locks are taken in one order too.
    """
    rows = sorted(moves)
    into = "INSERT INTO customers_exposure (company_id, customer_id, currency, layer, amount)"
    clash = (
        " ON CONFLICT (customer_id, currency, layer) DO UPDATE SET amount = customers_exposure.amount + excluded.amount"
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"{into} SELECT %s, m.* FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[]) m{clash}",  # nosec B608 # names of our own, values bound
                [company, *([row[i] for row in rows] for i in range(4))],
            )
            return
        cursor.execute(
            f"{into} SELECT %s, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),"  # nosec B608 # names of our own, values bound
            f" json_extract(value, '$[3]') FROM json_each(%s) WHERE true{clash}",
            [company, json.dumps(rows)],
        )
