"""What every move of an order shares: locks in the house's order, the decision written down, exposure moved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from huikuan.books.customers import actions as customer_actions
from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Invalid, Missing, Refused, Stale
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.approvals import actions as approvals
from huikuan.office.trail.act import Act
from huikuan.office.trail.store import among
from huikuan.sales.orders.models import CreditDecision, Order, OrderLine, Release
from huikuan.sales.orders.queries import Judged, Standing, counted
from huikuan.sales.orders.rules import Facts, State, layers, progress
from huikuan.sales.orders.rules.taken import HUIKUAN, check_led

ORDER, DELIVERY = "orders.order", "orders.delivery"
NUMBERS = {"ORD": "10", "DEL": "80"}  # series -> what its numbers begin with, as people know them from SAP


def number(series: str, year: int, n: int) -> str:
    """ "1026000001": what it is, the year, the running number."""
    return f"{NUMBERS[series]}{year % 100:02d}{n:06d}"


def must_say(field: str, text: str) -> str:
    clean = text.strip()
    if not clean:
        raise Invalid.one(field, text, _("Say why, in a few words."))
    return clean[:200]


def lock_credit(act: Act, payers: Collection[int]) -> None:
    """Hold the credit of these payers and of everyone who shares a group's limit with them, in the order of ids."""
    everyone = set(payers)
    for found in customers.exposures(act.company, payers):
        if found.group is not None and found.group.limit is not None:
            everyone.update(found.group.members)
    customer_actions.lock_payers(act, everyone)


@dataclass(slots=True)
class Held:
    """An order under lock, with its lines as they stand."""

    order: Order
    lines: list[OrderLine]

    def layers(self) -> dict[str, int]:
        return layers(self.order.state, counted(self.lines))


def hold(act: Act, ids: Collection[int], version: int | None = None, led: str = HUIKUAN) -> dict[int, Held]:
    """Lock payers' credit, then the orders. Raises Missing, Stale when an order is not the version that was read, and
    Refused when it is led by someone else than `led`: only a load moves what another system leads, and only that."""
    wanted = sorted(set(ids))
    mine = Order.objects.filter(company_id=act.company, pk__in=among(wanted))
    payers = dict(mine.values_list("pk", "payer_id"))
    if len(payers) != len(wanted):
        raise Missing(_("There is no such order."))
    lock_credit(act, set(payers.values()))
    found = {o.pk: Held(o, []) for o in mine.select_for_update(no_key=True).order_by("pk")}
    for line in OrderLine.objects.filter(order_id__in=among(wanted)).order_by("order_id", "n"):
        found[line.order_id].lines.append(line)
    for one in found.values():
        if led == HUIKUAN:
            check_led(one.order.led, _("order"), one.order.number)
        elif one.order.led != led:
            raise Refused(_("Huikuan leads order %(number)s by now: a load of it is refused.", number=one.order.number))
    if version is not None:
        for one in found.values():
            if one.order.version != version:
                raise Stale(_("Order %(number)s was changed meanwhile. Look at it again.", number=one.order.number))
    return found


def hold_one(act: Act, pk: int, version: int | None = None) -> Held:
    one = hold(act, [pk], version)[pk]
    act.subject(ref(ORDER, pk))
    return one


def put(act: Act, held: Held, before: str, **values: object) -> None:
    """Write an order's new state and values, guarded by the state it was in: someone who was faster is not overruled."""
    order = held.order
    act.changed(ref(ORDER, order.pk), "state", before, order.state)
    version = order.version
    order.version = version + 1
    for name, value in values.items():
        setattr(order, name, value)
    moved = Order.objects.filter(pk=order.pk, state=before, version=version).update(
        state=order.state, version=order.version, **values
    )
    if moved != 1:
        raise Refused(_("Order %(number)s was changed by someone else meanwhile.", number=order.number))


def move_layers(act: Act, changes: Iterable[tuple[Order, dict[str, int], dict[str, int]]]) -> None:
    """Move exposure from what orders took to what they take now: (order, layers before, layers after)."""
    moves = []
    for order, was, now in changes:
        moves += [
            (order.payer_id, order.currency, name, now[name] - was[name]) for name in now if now[name] != was[name]
        ]
    customer_actions.move_exposure(act, moves)


def judge(standing: Standing, held: Held, on: date, *, resting: State, copied_held: str = "") -> Judged:
    """Ask the credit rule about an order that would rest in `resting` if it were let through."""
    order = held.order
    amount = layers(resting.value, counted(held.lines))["orders"]
    billed_part = order.gross - amount
    return standing.judge(
        order.payer_id,
        Facts(
            order.number,
            amount,
            order.currency,
            on,
            prepay=max(0, min(order.prepay - billed_part, amount)) if order.prepay else 0,
            copied_held=copied_held,
            requested=order.requested,
        ),
    )


def write_decisions(act: Act, rows: Sequence[tuple[Order, Judged]], on: date, cause: str) -> None:
    CreditDecision.objects.bulk_create(
        [
            CreditDecision(
                company_id=act.company, order_id=order.pk, at=act.at, on=on, by=act.by, act=act.id, cause=cause,
                outcome=judged.decision.outcome.value, reasons=[r.pack() for r in judged.decision.reasons],
                exposure=judged.exposure, limit=judged.limit, amount=order.gross, currency=order.currency,
                shortfall=judged.decision.shortfall,
            )
            for order, judged in rows
        ],
        batch_size=500,
    )  # fmt: skip


def settle(act: Act, held: Held, was: dict[str, int], judged: Judged, on: date, cause: str, **values: object) -> Order:
    """Put an order where its decision says: on hold, or free (part delivered, when some of it has left)."""
    order, before = held.order, held.order.state
    if judged.decision.held:
        order.state = State.HELD.value
        values |= {"shortfall": judged.decision.shortfall, "held_on": order.held_on or on}
    else:
        order.state = progress(counted(held.lines), State.FREE).value
        values |= {"shortfall": None, "held_on": None}
    put(act, held, before, **values)
    move_layers(act, [(order, was, held.layers())])
    write_decisions(act, [(order, judged)], on, cause)
    act.note(outcome=judged.decision.outcome.value, shortfall=Money(judged.decision.shortfall, order.currency))
    return order


def void_approvals(act: Act, order: Order, why: str) -> None:
    """What was asked about the order as it was does not hold for the order as it is (I16)."""
    approvals.void(
        act, ref(ORDER, order.pk), _("The order was changed.") if why == "change" else _("The order is closed.")
    )


def end_releases(order: Order, on: date) -> None:
    Release.objects.filter(order=order, ended_on__isnull=True).update(ended_on=on)
