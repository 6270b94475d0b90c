"""What payers owe or will owe, in five layers, against their limits; groups rolled up.

The rows are moved by orders, billing and ledger in their own acts; here they are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Sum

from huikuan.books.customers.models import LAYERS, Exposure
from huikuan.books.customers.queries.people import by_ids, chunks, payer_of, rows
from huikuan.books.customers.queries.settings import group_rows
from huikuan.kit.money import Money


@dataclass(frozen=True, slots=True)
class Layers:
    """What is owed or will be, in four layers, minor units of one currency."""

    orders: int = 0
    deliveries: int = 0
    billing: int = 0
    items: int = 0
    drafts: int = 0

    @property
    def total(self) -> int:
        return self.orders + self.deliveries + self.billing + self.items + self.drafts


@dataclass(frozen=True, slots=True)
class GroupExposure:
    """A group's exposure: its members' (as payers) in the group's currency, against the group's limit."""

    id: int
    number: str
    name: str
    currency: str
    limit: int | None
    layers: Layers
    members: tuple[int, ...]

    @property
    def free(self) -> int | None:
        return None if self.limit is None else self.limit - self.layers.total


@dataclass(frozen=True, slots=True)
class ExposureFound:
    """A payer's exposure in its own currency. `limit` None = unlimited, 0 = nothing allowed.

    `elsewhere` holds what is owed in other currencies; it is shown, not converted.
    """

    payer: int
    number: str
    name: str
    currency: str
    limit: int | None
    layers: Layers
    elsewhere: tuple[tuple[str, Layers], ...] = ()
    group: GroupExposure | None = None

    @property
    def free(self) -> int | None:
        """What the limit leaves (may be negative); None = unlimited."""
        return None if self.limit is None else self.limit - self.layers.total

    def in_currency(self, currency: str) -> Layers:
        return self.layers if currency == self.currency else dict(self.elsewhere).get(currency, Layers())


def _layers(found: Iterable[tuple[str, int]]) -> Layers:
    return Layers(**{layer: amount for layer, amount in found if layer in LAYERS})


def exposure(company: int, customer_id: int) -> ExposureFound:
    """The exposure of the customer's payer, with its group rolled up. Raises Missing."""
    return exposures(company, [payer_of(company, customer_id).id])[0]


def exposures(company: int, payer_ids: Collection[int]) -> list[ExposureFound]:
    """Of these payers, in the order of their ids; a group's members are rolled up once."""
    people = by_ids(company, payer_ids)
    amounts: dict[int, dict[str, list[tuple[str, int]]]] = {}
    for part in chunks(people):
        found = Exposure.objects.filter(company_id=company, customer_id__in=part)
        for pk, currency, layer, amount in found.values_list("customer_id", "currency", "layer", "amount"):
            amounts.setdefault(pk, {}).setdefault(currency, []).append((layer, amount))
    groups = _group_exposures(company, {p.group for p in people.values() if p.group})
    out = []
    for pk in sorted(people):
        one, mine = people[pk], amounts.get(pk, {})
        elsewhere = tuple((c, _layers(a)) for c, a in sorted(mine.items()) if c != one.currency)
        out.append(
            ExposureFound(
                payer=pk,
                number=one.number,
                name=one.name,
                currency=one.currency,
                limit=one.credit_limit,
                layers=_layers(mine.get(one.currency, ())),
                elsewhere=tuple((c, found) for c, found in elsewhere if found != Layers()),
                group=groups.get(one.group or 0),
            )
        )
    return out


def _group_exposures(company: int, ids: Collection[int]) -> dict[int, GroupExposure]:
    out: dict[int, GroupExposure] = {}
    for part in chunks(ids):
        for group in group_rows(company).filter(pk__in=part):
            members = tuple(rows(company).filter(group=group).order_by("pk").values_list("pk", flat=True))
            sums = (
                Exposure.objects.filter(company_id=company, customer__group=group, currency=group.currency)
                .values_list("layer")
                .annotate(sum=Sum("amount"))
            )
            out[group.pk] = GroupExposure(
                group.pk, group.number, group.name, group.currency, group.credit_limit, _layers(sums), members
            )
    return out


def exposure_of(company: int, customer_id: int) -> list[tuple[str, Money]]:
    """(layer, amount) rows of one payer, as they are stored."""
    found = Exposure.objects.filter(company_id=company, customer_id=customer_id).order_by("currency", "layer")
    return [(e.layer, Money(e.amount, e.currency)) for e in found]


def exposure_amounts(company: int, layer: str) -> dict[tuple[int, str], int]:
    """(payer id, currency) -> amount of one layer, zeros left out: what `verify` compares with a recount."""
    found = Exposure.objects.filter(company_id=company, layer=layer).exclude(amount=0)
    return {(pk, c): a for pk, c, a in found.values_list("customer_id", "currency", "amount")}
