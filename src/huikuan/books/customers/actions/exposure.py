"""The credit rows. Orders, billing and ledger move them inside their own acts, under the payers' locks.

The lock is the payer's Customer row: an exposure row may not exist yet, and two first orders would both find
nothing to lock. Locks are taken in the order of the ids, before documents and items (house: one lock order).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import BigIntegerField, Case, F, Value, When

from huikuan.books.customers.models import LAYERS, Customer, Exposure
from huikuan.books.customers.queries.people import chunks
from huikuan.kit.errors import Missing
from huikuan.kit.words import _
from huikuan.office.trail.act import Act

Move = tuple[int, str, str, int]  # (payer id, currency, layer, minor units)


def lock_payers(act: Act, customer_ids: Collection[int]) -> None:
    """Hold these payers' credit until the act ends: before a credit check, and before every move. Raises Missing."""
    if not act.is_open:
        raise RuntimeError("exposure moves only inside an act")
    held = 0
    for part in chunks(customer_ids):
        mine = Customer.objects.select_for_update(no_key=True).filter(company_id=act.company, pk__in=part)
        held += len(mine.order_by("pk").values_list("pk", flat=True))
    if held != len(set(customer_ids)):
        raise Missing(_("There is no such customer."))


def move_exposure(act: Act, moves: Sequence[Move]) -> None:
    """Add to the layers of payers, any number in a few statements. Part of its caller's act: no trail row of its own.

    The customer of a move is the payer (queries.payers), who owes; moves of one row are added up first.
    """
    sums: dict[tuple[int, str, str], int] = defaultdict(int)
    for customer, currency, layer, delta in moves:
        if layer not in LAYERS:
            raise ValueError(f"no layer {layer!r}")
        sums[customer, currency, layer] += delta
    sums = defaultdict(int, {key: delta for key, delta in sums.items() if delta})
    if not sums:
        return
    customers = {key[0] for key in sums}
    lock_payers(act, customers)
    there: dict[tuple[int, str, str], int] = {}
    for part in chunks(customers):
        rows = Exposure.objects.filter(customer_id__in=part)
        there.update({(e.customer_id, e.currency, e.layer): e.pk for e in rows})
    Exposure.objects.bulk_create(
        [
            Exposure(company_id=act.company, customer_id=c, currency=cur, layer=layer, amount=sums[c, cur, layer])
            for c, cur, layer in sorted(sums)
            if (c, cur, layer) not in there
        ],
        batch_size=500,
    )
    deltas = sorted((there[key], delta) for key, delta in sums.items() if key in there)
    for i in range(0, len(deltas), 300):
        some = dict(deltas[i : i + 300])
        cases = Case(*(When(pk=pk, then=Value(d)) for pk, d in some.items()), output_field=BigIntegerField())
        Exposure.objects.filter(pk__in=some).update(amount=F("amount") + cases)
