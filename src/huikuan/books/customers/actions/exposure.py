"""The credit rows. Orders, billing and ledger move them inside their own acts, under the payers' locks.

The lock is the payer's Customer row: an exposure row may not exist yet, and two first orders would both find
nothing to lock. Locks are taken in the order of the ids, before documents and items (house: one lock order).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from huikuan.books.customers import store
from huikuan.books.customers.models import LAYERS
from huikuan.kit.errors import Missing
from huikuan.kit.words import _
from huikuan.office.trail.act import Act

Move = tuple[int, str, str, int]  # (payer id, currency, layer, minor units)


def lock_payers(act: Act, customer_ids: Collection[int]) -> None:
    """Hold these payers' credit until the act ends: before a credit check, and before every move. Raises Missing."""
    if not act.is_open:
        raise RuntimeError("exposure moves only inside an act")
    if store.lock_payers(act.company, customer_ids) != len(set(customer_ids)):
        raise Missing(_("There is no such customer."))


def move_exposure(act: Act, moves: Sequence[Move]) -> None:
    """Add to the layers of payers, any number in one statement. Part of its caller's act: no trail row of its own.

    The customer of a move is the payer (queries.payers), who owes; moves of one row are added up first.
    """
    sums: dict[tuple[int, str, str], int] = defaultdict(int)
    for customer, currency, layer, delta in moves:
        if layer not in LAYERS:
            raise ValueError(f"no layer {layer!r}")
        sums[customer, currency, layer] += delta
    found = [(*key, delta) for key, delta in sums.items() if delta]
    if found:
        lock_payers(act, {customer for customer, *_rest in found})
        store.add_exposure(act.company, found)
