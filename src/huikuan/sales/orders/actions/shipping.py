"""Deliveries: goods leave, are signed for, are counted as billed. One engine for one and for many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import F

from huikuan.kit.errors import Fault, Invalid, Missing, Refused
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company import actions as company_actions
from huikuan.office.trail.act import Act, action, subjects
from huikuan.office.trail.store import among
from huikuan.sales.orders.actions.common import DELIVERY, ORDER, Held, hold, move_layers, must_say, number
from huikuan.sales.orders.actions.holding import Many
from huikuan.sales.orders.models import Delivery, DeliveryLine, Order, OrderLine, Release
from huikuan.sales.orders.queries import counted
from huikuan.sales.orders.rules import State, check_move, progress
from huikuan.sales.orders.rules.drafts import DeliveryDraft
from huikuan.sales.orders.rules.taken import check_led

Goods = list[tuple[OrderLine, int, str, date | None]]


def _goods(held: Held, draft: DeliveryDraft) -> Goods:
    """What of which line leaves. Empty lines: everything that is open. Raises Invalid with the lines that are wrong."""
    if not draft.lines:
        goods: Goods = [(x, x.quantity - x.delivered, "", None) for x in held.lines if x.delivered < x.quantity]
    else:
        mine, goods, faults = {x.n: x for x in held.lines}, [], []
        left = {x.n: x.quantity - x.delivered for x in held.lines}
        for i, line in enumerate(draft.lines, 1):
            if line.n not in mine:
                faults.append(Fault("n", str(line.n), _("The order has no such line."), row=i))
            elif line.quantity <= 0 or line.quantity > left[line.n]:
                faults.append(
                    Fault("quantity", str(line.quantity), _("More than is open on the line, or nothing."), row=i)
                )
            else:
                left[line.n] -= line.quantity  # the same line may leave in several batches
                goods.append((mine[line.n], line.quantity, line.batch.strip()[:40], line.expiry))
        if faults:
            raise Invalid(_("Order %(number)s can't be delivered so.", number=held.order.number), faults=tuple(faults))
    if not goods:
        raise Refused(_("Nothing of order %(number)s is left to deliver.", number=held.order.number))
    return goods


def _count(lines: Sequence[OrderLine], field: str) -> None:
    """Store a counter of many lines. Whole lines are the rule: they take one plain statement instead of a long CASE."""
    full = "quantity" if field == "delivered" else "delivered"
    whole = [x.pk for x in lines if getattr(x, field) == getattr(x, full)]
    if whole:
        OrderLine.objects.filter(pk__in=among(whole)).update(**{field: F(full)})
    rest = [x for x in lines if getattr(x, field) != getattr(x, full)]
    OrderLine.objects.bulk_update(rest, [field], batch_size=200)


def _write(act: Act, touched: Sequence[tuple[Held, str, dict[str, int]]], fields: list[str]) -> None:
    """Counters of lines, then state and version of orders, then exposure, for many orders in a few statements."""
    _count([x for h, _b, _w in touched for x in h.lines], fields[0])
    by_move: dict[tuple[str, str], list[int]] = defaultdict(list)
    for h, before, _was in touched:
        by_move[before, h.order.state].append(h.order.pk)
        act.changed(ref(ORDER, h.order.pk), "state", before, h.order.state)
    for (before, after), pks in by_move.items():
        # Guarded: the orders are under lock, so a different count means that a lock was left out somewhere.
        mine = Order.objects.filter(pk__in=among(pks), state=before)
        if mine.update(state=after, version=F("version") + 1) != len(pks):
            raise Refused(_("An order was changed by someone else meanwhile."))
    move_layers(act, [(h.order, was, h.layers()) for h, _before, was in touched])


def _deliver(act: Act, drafts: Sequence[DeliveryDraft]) -> list[Delivery]:
    if not drafts:
        return []
    held = hold(act, {d.order for d in drafts})
    before = {pk: (h.order.state, h.layers()) for pk, h in held.items()}
    rows: list[tuple[Delivery, Goods]] = []
    for draft in drafts:
        h = held[draft.order]
        check_move(h.order.number, h.order.state, "deliver")
        if draft.eta and draft.etd and draft.eta < draft.etd:
            raise Invalid.one("eta", draft.eta, _("The goods can't arrive before they leave."))
        goods = _goods(h, draft)
        for line, quantity, _batch, _expiry in goods:
            line.delivered += quantity
        h.order.state = progress(counted(h.lines), State(h.order.state)).value
        rows.append(
            (
                Delivery(
                    company_id=act.company, number=draft.number, order_id=h.order.pk, date=draft.date, etd=draft.etd or draft.date,
                    eta=draft.eta, carrier=draft.carrier.strip()[:60], external=draft.external.strip()[:60],
                    made_by=act.by, made_at=act.at,
                ),
                goods,
            )
        )  # fmt: skip
    _write(act, [(h, *before[pk]) for pk, h in held.items()], ["delivered"])
    for year in sorted({d.date.year for d, _g in rows if not d.number}):
        mine = [d for d, _g in rows if d.date.year == year and not d.number]
        first, _last = company_actions.take_numbers(act, "DEL", year, len(mine))
        for i, one in enumerate(mine):
            one.number = number("DEL", year, first + i)
    Delivery.objects.bulk_create([d for d, _g in rows], batch_size=500)
    DeliveryLine.objects.bulk_create(
        [
            DeliveryLine(
                company_id=act.company, delivery=d, order_line=line, quantity=quantity, batch=batch, expiry=expiry
            )
            for d, goods in rows
            for line, quantity, batch, expiry in goods
        ],
        batch_size=500,
    )
    subjects(act, DELIVERY, [d.pk for d, _g in rows])
    subjects(act, ORDER, sorted(held))
    return [d for d, _g in rows]


@action("orders.deliver", needs="orders.deliver")
def deliver(act: Act, draft: DeliveryDraft) -> Delivery:
    """Goods leave, all that is open or the lines named, by batch. Raises Refused for an order on hold, Invalid."""
    return _deliver(act, [draft])[0]


@action("orders.deliver_many", needs="orders.deliver")
def deliver_many(act: Act, drafts: list[DeliveryDraft]) -> list[int]:
    """Many deliveries in a few statements. Returns their ids."""
    return [d.pk for d in _deliver(act, drafts)]


@action("orders.redate", needs="orders.deliver")
def redate(
    act: Act, delivery_id: int, etd: date | None = None, eta: date | None = None, carrier: str | None = None
) -> Delivery:
    """New word from the carrier."""
    row = _delivery(act, delivery_id)
    for name, new in (("etd", etd), ("eta", eta), ("carrier", carrier)):
        if new is not None:
            act.changed(ref(DELIVERY, row.pk), name, getattr(row, name), new)
            setattr(row, name, new)
    if row.eta and row.etd and row.eta < row.etd:
        raise Invalid.one("eta", row.eta, _("The goods can't arrive before they leave."))
    row.save(update_fields=["etd", "eta", "carrier"])
    return row


@action("orders.sign_off", needs="orders.deliver")
def sign_off(act: Act, delivery_id: int, on: date, by: str = "") -> Delivery:
    """The customer signed for the goods. Items whose due date waits for it get one (billing hears of it)."""
    row = _delivery(act, delivery_id)
    if row.state == "cancelled":
        raise Refused(_("Delivery %(number)s is cancelled.", number=row.number))
    if on < row.date:
        raise Invalid.one("on", on, _("The goods left on %(date)s only.", date=row.date))
    if row.signed_on == on:
        return row
    if row.signed_on is not None:
        raise Refused(_("Delivery %(number)s was signed for on %(date)s.", number=row.number, date=row.signed_on))
    act.changed(ref(DELIVERY, row.pk), "signed_on", None, on)
    row.signed_on, row.signed_by = on, by.strip()[:60]
    row.save(update_fields=["signed_on", "signed_by"])
    return row


def _delivery(act: Act, pk: int) -> Delivery:
    row = Delivery.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=pk).first()
    if row is None:
        raise Missing(_("There is no such delivery."))
    check_led(row.led, _("delivery"), row.number)
    act.subject(ref(DELIVERY, row.pk), ref(ORDER, row.order_id))
    return row


@action("orders.cancel_delivery", needs="orders.deliver")
def cancel_delivery(act: Act, delivery_id: int, reason: str) -> Delivery:
    """The goods came back or never left; only while the delivery is not billed."""
    reason = must_say("reason", reason)
    _move_deliveries(act, [delivery_id], "open", "cancelled")
    act.note(reason=reason)
    return Delivery.objects.get(pk=delivery_id)


def _released(order_ids: Sequence[int]) -> set[int]:
    """Those of the orders that a standing release let go."""
    rows = Release.objects.filter(order_id__in=among(order_ids), ended_on__isnull=True)
    return set(rows.values_list("order_id", flat=True))


def _move_deliveries(act: Act, ids: Sequence[int], old: str, new: str) -> list[int]:
    """Take deliveries from one state to another with the counters of their orders' lines. Returns the order ids."""
    wanted = sorted(set(ids))
    mine = Delivery.objects.filter(company_id=act.company, pk__in=among(wanted))
    rows = {d.pk: d for d in mine}
    if len(rows) != len(wanted):
        raise Missing(_("There is no such delivery."))
    held = hold(act, {d.order_id for d in rows.values()})
    before = {pk: (h.order.state, h.layers()) for pk, h in held.items()}
    if mine.filter(state=old).update(state=new) != len(wanted):
        late = mine.exclude(state=new).values_list("number", flat=True)
        raise Refused(
            _("A delivery is not what it was: %(numbers)s.", numbers=list(late[:5]) or [rows[wanted[0]].number])
        )
    lines = {x.pk: x for h in held.values() for x in h.lines}
    field, sign = {"billed": ("billed", 1), "open": ("billed", -1), "cancelled": ("delivered", -1)}[new]
    for gone in DeliveryLine.objects.filter(delivery_id__in=among(wanted)):
        line = lines[gone.order_line_id]
        setattr(line, field, getattr(line, field) + sign * gone.quantity)
    released = _released(sorted(held))
    move = {"billed": "bill", "open": "unbill", "cancelled": "undeliver"}[new]
    for h in held.values():
        if not (
            new == "billed" and h.order.state == State.HELD
        ):  # what has left is billed, whatever became of the rest
            check_move(h.order.number, h.order.state, move)
        resting = State(h.order.state)
        if resting not in (State.HELD, State.FREE, State.RELEASED):
            resting = State.RELEASED if h.order.pk in released else State.FREE
        h.order.state = progress(counted(h.lines), resting).value
    _write(act, [(h, *before[pk]) for pk, h in held.items()], [field])
    subjects(act, DELIVERY, wanted)
    subjects(act, ORDER, sorted(held))
    return sorted(held)


@action("orders.mark_billed", needs=None)
def mark_billed(act: Act, delivery_ids: list[int]) -> list[int]:
    """Billing took these deliveries. Each only once: a second bill for the same goods is refused."""
    return _move_deliveries(act, delivery_ids, "open", "billed")


@action("orders.unmark_billed", needs=None)
def unmark_billed(act: Act, delivery_ids: list[int]) -> list[int]:
    """Their bill was cancelled: they are to be billed again."""
    return _move_deliveries(act, delivery_ids, "billed", "open")


@action("orders.sign_many", needs="orders.deliver")
def sign_many(act: Act, delivery_ids: list[int], on: date, by: str = "") -> Many:
    """Some deliveries were signed for on one day."""
    done, refused = 0, []
    for pk in sorted(set(delivery_ids)):
        tried = act.attempt(sign_off, pk, on, by)
        if tried.ok:
            done += 1
        elif tried.trouble is not None:
            name = Delivery.objects.filter(company_id=act.company, pk=pk).values_list("number", flat=True).first()
            refused.append((name or str(pk), tried.trouble.say))
    return Many(done, tuple(refused))
