"""Orders and deliveries taken over from the system that decided and posted them: no credit decision, no second posting.

A load tells each of them again as it is there; what is as it was stays untouched, what changed is written with its
difference in the trail. What has left and what is billed is counted anew from the deliveries, and exposure follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q, Sum

from huikuan.books.customers import actions as customer_actions
from huikuan.kit.errors import Refused
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action, subjects
from huikuan.sales.orders.actions.common import DELIVERY, ORDER, Held, hold, lock_credit
from huikuan.sales.orders.models import LEADS, Delivery, DeliveryLine, Order, OrderLine
from huikuan.sales.orders.queries import counted
from huikuan.sales.orders.rules import State, layers, progress
from huikuan.sales.orders.rules.taken import SAP, TakenDelivery, TakenOrder, Took, check_taken, differing, own_number

LINE_FACTS = ("item_id", "quantity", "unit", "price", "net")


def _parts(ids: Iterable[int], size: int = 900) -> Iterable[list[int]]:
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), size):
        yield wanted[start : start + size]


def _texts(keys: Iterable[str], size: int = 900) -> Iterable[list[str]]:
    wanted = sorted({k for k in keys if k})
    for start in range(0, len(wanted), size):
        yield wanted[start : start + size]


# --- orders -------------------------------------------------------------------------------------------------------


@action("orders.take_over", needs=None)
def take_over(act: Act, orders: list[TakenOrder], led: str = SAP) -> Took:
    """Keep orders as the other system has them. Refused for an order that Huikuan leads by now, or without lines."""
    for one in orders:
        check_taken(one)
    ids: dict[str, int] = {}
    for part in _texts(o.external for o in orders):
        ids.update(Order.objects.filter(company_id=act.company, external__in=part).values_list("external", "pk"))
    lock_credit(act, {o.payer for o in orders})
    held = hold(act, set(ids.values()), led=led)
    numbers = _numbers(act, Order, [o.number for o in orders if o.external not in ids])
    new: list[Held] = []
    changed: list[Held] = []
    was: dict[int, tuple[int, str, dict[str, int]]] = {}
    for told in orders:
        if told.external in ids:
            h = held[ids[told.external]]
            was[h.order.pk] = (h.order.payer_id, h.order.currency, h.layers())
            if _retell(act, h, told):
                changed.append(h)
        else:
            new.append(_first(act, told, led, numbers[told.number]))
    moves = []
    for h in changed:
        payer, currency, before = was[h.order.pk]
        moves += [(payer, currency, name, -amount) for name, amount in before.items()]
    moves += [(h.order.payer_id, h.order.currency, name, n) for h in (*changed, *new) for name, n in h.layers().items()]
    customer_actions.move_exposure(act, moves)
    Order.objects.bulk_create([h.order for h in new], batch_size=500)
    for h in new:
        for line in h.lines:
            line.order_id = h.order.pk
    OrderLine.objects.bulk_create([x for h in new for x in h.lines], batch_size=500)
    subjects(act, ORDER, sorted(h.order.pk for h in (*new, *changed)))
    took = Took(len(new), len(changed), len(orders) - len(new) - len(changed))
    act.note(taken_over=took.made, changed=took.changed)
    return took


def _first(act: Act, told: TakenOrder, led: str, number: str) -> Held:
    order = Order(
        company_id=act.company, number=number, external=told.external, led=led, mode="net",
        made_by=act.by, made_at=act.at, **_facts(told),
    )  # fmt: skip
    lines = [
        OrderLine(company_id=act.company, n=x.n, item_id=x.item, quantity=x.quantity, unit=x.unit[:32], price=x.price, net=x.net, tax=0,
                  gross=x.net, tax_code="EXT")
        for x in told.lines
    ]  # fmt: skip
    held = Held(order, lines)
    _settle(held, told.rejected)
    return held


def _numbers(act: Act, model: type[Order] | type[Delivery], wanted: Sequence[str]) -> dict[str, str]:
    """Number there -> number here; marked where a document of ours has it already."""
    own = {n: own_number(n) for n in wanted}
    taken: set[str] = set()
    for part in _texts(own.values()):
        rows = model._default_manager.filter(company_id=act.company, number__in=part)
        taken.update(rows.values_list("number", flat=True))
    return {n: f"SAP-{n}"[:24] if mine in taken else mine for n, mine in own.items()}


def _facts(told: TakenOrder) -> dict[str, object]:
    return {
        "customer_id": told.customer, "payer_id": told.payer, "terms_id": told.terms, "date": told.date, "requested": told.requested,
        "currency": told.currency, "said": told.said[:20], "note": told.note[:200], "reason": told.reason[:200],
    }  # fmt: skip


def _settle(held: Held, rejected: bool) -> None:
    """Amounts and state follow from the lines and from what has left."""
    order = held.order
    order.net = order.gross = sum(x.net for x in held.lines)
    order.tax = 0
    order.state = State.REJECTED.value if rejected else progress(counted(held.lines), State.FREE).value


def _retell(act: Act, held: Held, told: TakenOrder) -> bool:
    """Bring an order to what is said of it now. True when something differs."""
    order, subject = held.order, ref(ORDER, held.order.pk)
    before = (order.state, order.net)
    found = differing(order, list(_facts(told).items()))
    for name, old, new in found:
        act.changed(subject, name.removesuffix("_id"), old, new)
        setattr(order, name, new)
    moved = _relines(act, held, told)
    _settle(held, told.rejected)
    act.changed(subject, "state", before[0], order.state)
    if not found and not moved and before == (order.state, order.net):
        return False
    order.version += 1
    order.save()
    return True


def _relines(act: Act, held: Held, told: TakenOrder) -> bool:
    order, subject = held.order, ref(ORDER, held.order.pk)
    old = {x.n: x for x in held.lines}
    lines, moved = [], False
    for x in told.lines:
        line = old.pop(x.n, None)
        if line is None:
            line = OrderLine(company_id=act.company, order_id=order.pk, n=x.n, tax=0, tax_code="EXT")
            act.changed(subject, f"{x.n}.quantity", None, x.quantity)
        if line.delivered and line.item_id != x.item:
            raise Refused(_("Line %(n)s is delivered already; its item can't be another one now.", n=x.n))
        values = {
            "item_id": x.item,
            "quantity": max(x.quantity, line.delivered),
            "unit": x.unit[:32],
            "price": x.price,
            "net": x.net,
        }
        differs = line.pk is None or differing(line, list(values.items()))
        if differs:
            for name, was, now in differing(line, list(values.items())) if line.pk else ():
                act.changed(subject, f"{x.n}.{name.removesuffix('_id')}", was, now)
            for name, value in values.items():
                setattr(line, name, value)
            line.gross, moved = line.net, True
            line.save()
        lines.append(line)
    for n, gone in old.items():
        if gone.delivery_lines.exists():
            raise Refused(_("Line %(n)s is delivered already; it can't be taken off.", n=n))
        act.changed(subject, f"{n}.quantity", gone.quantity, None)
        gone.delete()
        moved = True
    held.lines = sorted(lines, key=lambda x: x.n)
    return moved


# --- deliveries ---------------------------------------------------------------------------------------------------


@action("orders.take_over_deliveries", needs=None)
def take_over_deliveries(act: Act, deliveries: list[TakenDelivery], led: str = SAP) -> Took:
    """Keep deliveries as the other system has them. Refused when the order or its line is not here."""
    orders: dict[str, int] = {}
    for part in _texts(d.order for d in deliveries):
        orders.update(Order.objects.filter(company_id=act.company, external__in=part).values_list("external", "pk"))
    if lost := {d.order for d in deliveries} - set(orders):
        raise Refused(_("The orders of these deliveries are not here: %(keys)s.", keys=sorted(lost)[:5]))
    there: dict[str, Delivery] = {}
    for part in _texts(d.external for d in deliveries):
        rows = Delivery.objects.select_for_update(no_key=True).filter(company_id=act.company, external__in=part)
        there.update({d.external: d for d in rows.order_by("pk")})
    held = hold(act, set(orders.values()) | {d.order_id for d in there.values()}, led=led)
    before = {pk: h.layers() for pk, h in held.items()}
    goods: dict[int, list[tuple[int, int]]] = {}
    for part_ids in _parts([d.pk for d in there.values()]):
        for gone in DeliveryLine.objects.filter(delivery_id__in=part_ids).order_by("id"):
            goods.setdefault(gone.delivery_id, []).append((gone.order_line_id, gone.quantity))
    numbers = _numbers(act, Delivery, [d.number for d in deliveries if d.external not in there])
    made: list[Delivery] = []
    changed: list[Delivery] = []
    emptied: list[int] = []
    touched: set[int] = set()
    fresh: list[DeliveryLine] = []
    for told in deliveries:
        order = held[orders[told.order]]
        wanted = _goods(order, told)
        row = there.get(told.external)
        if row is None:
            row = Delivery(
                company_id=act.company, number=numbers[told.number], external=told.external, led=led, order_id=order.order.pk,
                date=told.date, said=told.said[:20], state="cancelled" if told.cancelled else "open", made_by=act.by, made_at=act.at,
            )  # fmt: skip
            made.append(row)
            whole = False
        else:
            touched.add(row.order_id)
            now = sorted((line.pk, n) for line, n in wanted)
            whole = sorted(goods.get(row.pk, [])) == now
            if _redate(act, row, told, order.order.pk, led) or not whole:
                changed.append(row)
            if not whole:
                act.changed(
                    ref(DELIVERY, row.pk),
                    "quantity",
                    sum(n for _l, n in goods.get(row.pk, [])),
                    sum(n for _l, n in now),
                )
                emptied.append(row.pk)
        touched.add(order.order.pk)
        if not whole:
            fresh += [DeliveryLine(company_id=act.company, delivery=row, order_line=x, quantity=n) for x, n in wanted]
    Delivery.objects.bulk_create(made, batch_size=500)
    Delivery.objects.bulk_update(changed, ["order", "date", "said", "state"], batch_size=300)
    for part_ids in _parts(emptied):
        DeliveryLine.objects.filter(delivery_id__in=part_ids).delete()
    for x in fresh:
        x.delivery_id = x.delivery.pk
    DeliveryLine.objects.bulk_create(fresh, batch_size=500)
    subjects(act, DELIVERY, sorted(d.pk for d in (*made, *changed)))
    recount(act, {pk: held[pk] for pk in touched}, before)
    took = Took(len(made), len(changed), len(deliveries) - len(made) - len(changed))
    act.note(taken_over=took.made, changed=took.changed)
    return took


def _redate(act: Act, row: Delivery, told: TakenDelivery, order: int, led: str) -> bool:
    """Bring a delivery's facts to what is said of it now. True when something differs."""
    if row.led != led:
        raise Refused(_("Huikuan leads delivery %(number)s by now: a load of it is refused.", number=row.number))
    state = "cancelled" if told.cancelled else "open" if row.state == "cancelled" else row.state
    found = differing(row, [("order_id", order), ("date", told.date), ("said", told.said[:20]), ("state", state)])
    for name, was, now in found:
        act.changed(ref(DELIVERY, row.pk), name.removesuffix("_id"), was, now)
        setattr(row, name, now)
    return bool(found)


def _goods(held: Held, told: TakenDelivery) -> list[tuple[OrderLine, int]]:
    mine = {x.n: x for x in held.lines}
    if lost := {n for n, _q in told.lines} - set(mine):
        raise Refused(
            _(
                "Delivery %(number)s names lines that its order does not have: %(lines)s.",
                number=told.number,
                lines=sorted(lost)[:5],
            )
        )
    return [(mine[n], quantity) for n, quantity in told.lines if quantity > 0]


def recount(act: Act, held: dict[int, Held], before: dict[int, dict[str, int]]) -> None:
    """Count what has left and what is billed of these orders from their deliveries, then state and exposure follow."""
    if not held:
        return
    sums: dict[int, tuple[int, int]] = {}
    for part in _parts(list(held)):
        rows = (
            DeliveryLine.objects.filter(order_line__order_id__in=part, delivery__state__in=["open", "billed"])
            .values_list("order_line_id")
            .annotate(gone=Sum("quantity"), billed=Sum("quantity", filter=Q(delivery__state="billed")))
        )
        sums.update({pk: (gone or 0, billed or 0) for pk, gone, billed in rows.order_by()})
    lines, orders = [], []
    for h in held.values():
        for x in h.lines:
            gone, billed = sums.get(x.pk, (0, 0))
            if (x.delivered, x.billed) == (gone, billed):
                continue
            if gone > x.quantity:  # more left there than was ordered: then so much was ordered
                act.changed(ref(ORDER, h.order.pk), f"{x.n}.quantity", x.quantity, gone)
                x.quantity = gone
            x.delivered, x.billed = gone, billed
            lines.append(x)
        state = h.order.state
        if state != State.REJECTED or any(x.delivered for x in h.lines):
            h.order.state = progress(counted(h.lines), State.FREE).value
        if state != h.order.state:
            act.changed(ref(ORDER, h.order.pk), "state", state, h.order.state)
            h.order.version += 1
            orders.append(h.order)
    OrderLine.objects.bulk_update(lines, ["delivered", "billed", "quantity"], batch_size=200)
    Order.objects.bulk_update(orders, ["state", "version"], batch_size=300)
    moves = []
    for pk, h in held.items():
        now = layers(h.order.state, counted(h.lines))
        moves += [(h.order.payer_id, h.order.currency, name, now[name] - before[pk][name]) for name in now]
    customer_actions.move_exposure(act, moves)
    subjects(act, ORDER, sorted(held))


@action("orders.take_over_billed", needs=None)
def take_over_billed(act: Act, billed: list[int], unbilled: list[int], led: str = SAP) -> int:
    """These deliveries stand on a live bill there, and those on none. Returns how many changed."""
    state = {**dict.fromkeys(unbilled, "open"), **dict.fromkeys(billed, "billed")}
    rows: list[Delivery] = []
    for part in _parts(list(state)):
        found = Delivery.objects.filter(company_id=act.company, pk__in=part, led=led, order__led=led).exclude(
            state="cancelled"
        )
        rows += [d for d in found if d.state != state[d.pk]]
    held = hold(act, {d.order_id for d in rows}, led=led)
    before = {pk: h.layers() for pk, h in held.items()}
    for d in rows:
        act.changed(ref(DELIVERY, d.pk), "state", d.state, state[d.pk])
        d.state = state[d.pk]
    Delivery.objects.bulk_update(rows, ["state"], batch_size=500)
    subjects(act, DELIVERY, sorted(d.pk for d in rows))
    recount(act, held, before)
    return len(rows)


# --- who leads ----------------------------------------------------------------------------------------------------


@action("orders.hand_over", needs=None)
def hand_over(act: Act, object: str, led: str, system: str = SAP) -> int:
    """From now on `led` decides about what came from there: "order" or "delivery". Returns how many rows."""
    if led not in LEADS:
        raise ValueError(led)
    model: type[Order] | type[Delivery] = Order if object == "order" else Delivery
    rows = model._default_manager.filter(company_id=act.company, external__startswith=f"{system}:").exclude(led=led)
    moved: int = rows.update(led=led)
    act.note(object=object, led=led, moved=moved)
    return moved
