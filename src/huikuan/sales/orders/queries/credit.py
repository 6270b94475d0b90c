"""What the credit rule has to know of payers on a day, read once for many orders.

Orders of one act add up here (`add`), so that ten orders in one batch are judged as if they came one by one.
Reads exposure as it stands: call it after the payers' exposure rows are locked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from huikuan.books.customers import queries as customers
from huikuan.books.customers.rules import STATE_NAMES
from huikuan.books.ledger import queries as ledger
from huikuan.kit.money import divide
from huikuan.kit.words import Say, _
from huikuan.sales.orders.models import Order, OrderLine
from huikuan.sales.orders.rules import (
    LIVE,
    Account,
    Counted,
    Decision,
    Facts,
    Items,
    Layers,
    Open,
    Policy,
    State,
    credit_decision,
    layers,
    weigh,
)

WAITING = tuple(s.value for s in LIVE if s is not State.BILLED)
NAMES = ("orders", "deliveries", "billing", "items", "drafts")


def counted(lines: Iterable[OrderLine]) -> list[Counted]:
    return [Counted(line.quantity, line.gross, line.delivered, line.billed) for line in lines]


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision with what it was taken on: exposure by layer before the order, and the limit."""

    decision: Decision
    exposure: dict[str, int]
    limit: int | None


class Standing:
    """Payers as credit sees them on `on`. `without`: orders that are being judged and shall not count as prepaid."""

    def __init__(self, company: int, payers: Collection[int], on: date, without: Collection[int] = ()) -> None:
        self.company, self.on = company, on
        self.exposures = {e.payer: e for e in customers.exposures(company, payers)}
        self.people = customers.by_ids(company, payers)
        self.policies = _policies(company, self.people)
        self._added: dict[tuple[str, int, str], Layers] = {}
        self._prepaid = _prepaid(company, self.exposures, without)
        self._items: dict[tuple[int, str], list[Open]] = {}
        for item in ledger.open_items(company, customers=sorted(self.exposures)):
            mine = self._items.setdefault((item.customer_id, item.currency), [])
            mine.append(Open(item.document, item.kind, item.due_date, item.remaining))

    def add(self, payer: int, currency: str, delta: dict[str, int], prepay: int = 0) -> None:
        """An order that was judged (or taken back) counts for the next one."""
        group = self.exposures[payer].group
        for key in [("payer", payer, currency)] + ([("group", group.id, currency)] if group else []):
            was = self._added.get(key, Layers())
            self._added[key] = Layers(**{n: getattr(was, n) + delta.get(n, 0) for n in NAMES})
        self._prepaid[payer, currency] = self._prepaid.get((payer, currency), 0) + prepay

    def items(self, payer: int, currency: str) -> Items:
        return weigh(self._items.get((payer, currency), ()), self.on, self._prepaid.get((payer, currency), 0))

    def exposure(self, payer: int, currency: str) -> Layers:
        own = self.exposures[payer].in_currency(currency)
        return _plus(_as_layers(own), self._added.get(("payer", payer, currency)))

    def accounts(self, payer: int, currency: str) -> tuple[Account, ...]:
        """The payer, then its group where that has a limit of its own."""
        own = self.exposures[payer]
        if own.limit is not None and own.currency != currency:
            exposure = _as_layers(own.layers)
        else:
            exposure = self.exposure(payer, currency)
            if horizon := self.policies[payer].horizon_days:
                exposure = replace(exposure, orders=exposure.orders - self._beyond(payer, currency, horizon))
        found = [Account(own.name, own.limit, exposure, own.currency if own.limit is not None else currency)]
        if own.group is not None and own.group.limit is not None:
            g, of = own.group, own.group.layers
            base = _as_layers(of)
            found.append(
                Account(
                    g.name, g.limit, _plus(base, self._added.get(("group", g.id, g.currency))), g.currency, group=True
                )
            )
        return tuple(found)

    def _beyond(self, payer: int, currency: str, horizon: int) -> int:
        far = Order.objects.filter(
            company_id=self.company,
            payer_id=payer,
            currency=currency,
            state__in=WAITING,
            requested__gt=self.on + timedelta(horizon),
        ).prefetch_related("lines")
        return sum(layers(o.state, counted(o.lines.all()))["orders"] for o in far)

    def judge(self, payer: int, facts: Facts) -> Judged:
        own, one = self.exposures[payer], self.people[payer]
        blocked: Say | None = None
        if one.state != "open":
            blocked = _("The account of %(payer)s is %(state)s.", payer=one.name, state=STATE_NAMES[one.state])
        elsewhere = tuple(c for c, _layers in own.elsewhere if c != facts.currency) if own.limit is not None else ()
        accounts = self.accounts(payer, facts.currency)
        decision = credit_decision(
            replace(facts, blocked=facts.blocked or blocked, elsewhere=elsewhere),
            accounts,
            self.policies[payer],
            self.items(payer, facts.currency),
        )
        before = accounts[0].exposure
        return Judged(decision, {n: getattr(before, n) for n in NAMES}, own.limit)


def _as_layers(found: customers.Layers) -> Layers:
    return Layers(*(getattr(found, n) for n in NAMES))


def _plus(base: Layers, more: Layers | None) -> Layers:
    return base if more is None else Layers(*(getattr(base, n) + getattr(more, n) for n in NAMES))


def _policies(company: int, people: Mapping[int, customers.Known]) -> dict[int, Policy]:
    """The policy of each payer: its own, else its class's, else the company's, else only the limit."""
    own: dict[int, Policy] = {}
    by_klass: dict[str, Policy] = {}
    for row in customers.policy_rows(company):
        found = Policy(row.check_limit, row.oldest_overdue_days, row.overdue_share, row.grace_days, row.horizon_days)
        if row.customer_id is not None:
            own[row.customer_id] = found
        else:
            by_klass[row.klass] = found
    general = by_klass.get("", Policy())
    return {pk: own.get(pk, by_klass.get(one.klass, general)) for pk, one in people.items()}


def _prepaid(company: int, payers: Collection[int], without: Collection[int]) -> dict[tuple[int, str], int]:
    """What other live orders still want to have before they go, less what of them is billed (that is an item now)."""
    found: dict[tuple[int, str], int] = {}
    rows = Order.objects.filter(company_id=company, payer_id__in=list(payers), state__in=WAITING, prepay__gt=0).exclude(
        pk__in=without
    )
    for order in rows.prefetch_related("lines"):
        billed = sum(divide(line.gross * line.billed, line.quantity) for line in order.lines.all())
        left = divide(order.prepay * (order.gross - billed), order.gross) if order.gross else 0
        key = (order.payer_id, order.currency)
        found[key] = found.get(key, 0) + left
    return found
