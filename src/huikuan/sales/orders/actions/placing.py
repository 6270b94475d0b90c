"""Orders placed, changed, copied. Placing is one engine for one order and for ten thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from huikuan.books.customers import queries as customers
from huikuan.books.customers.rules import TermsData, prepay
from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.failpoints import point
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.company import actions as company_actions
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, action, subjects
from huikuan.sales.orders.actions.common import (
    ORDER,
    Held,
    end_releases,
    hold_one,
    judge,
    lock_credit,
    move_layers,
    number,
    put,
    settle,
    void_approvals,
    write_decisions,
)
from huikuan.sales.orders.models import Order, OrderLine
from huikuan.sales.orders.queries import Judged, Shop, Standing, counted, decisions, known_externals, reasons
from huikuan.sales.orders.rules import State, check_move, progress
from huikuan.sales.orders.rules.amounts import Piece, totals
from huikuan.sales.orders.rules.drafts import (
    MOST,
    OrderChange,
    OrderDraft,
    OrderLineDraft,
    check_currency,
    check_dates,
    check_lines,
)


class _Books(NamedTuple):
    """What placing reads once for all orders of one act."""

    people: dict[int, customers.Known]
    terms: dict[int, customers.TermsFound]
    shop: Shop
    mode: str


def _books(act: Act, drafts: Sequence[OrderDraft]) -> _Books:
    people = customers.by_ids(act.company, {d.customer for d in drafts})
    if lost := {d.customer for d in drafts} - set(people):
        raise Missing(_("There is no such customer (%(ids)s).", ids=sorted(lost)))
    people |= customers.by_ids(act.company, {p.payer for p in people.values()} - set(people))
    wanted = {p.terms for p in people.values()} | {d.terms for d in drafts}
    terms = customers.terms_by_ids(act.company, {t for t in wanted if t})
    shop = Shop(act.company, {line.item for d in drafts for line in d.lines}, set(people))
    return _Books(people, terms, shop, str(company.setting(act.company, "orders.mode", "net")))


def _priced(books: _Books, one: customers.Known, line: OrderLineDraft, on: date, currency: str, mode: str) -> OrderLine:
    """A line with its price (the list's, where none is named), its tax and its words; amounts follow."""
    item = books.shop.good(line.item, on)
    price = line.price
    if price is None:
        price = books.shop.price(line.item, one.id, one.klass, currency, on, mode)
        if price is None:
            raise Invalid.one(
                "price",
                item.number,
                _("The item has no price in %(currency)s on %(date)s.", currency=currency, date=on),
            )
    return OrderLine(
        n=line.n, item_id=item.id, text=line.text.strip()[:200], quantity=line.quantity, unit=item.unit, price=price,
        discount=line.discount, tax_code=item.tax_code, tax_rate=item.tax_rate,
    )  # fmt: skip


def _reckon(order: Order, lines: Sequence[OrderLine]) -> None:
    """Amounts of lines and order, adding up."""
    sums = totals([Piece(x.quantity, x.price, x.tax_rate, x.discount) for x in lines], order.mode, order.currency)
    if sums.gross > MOST:
        raise Invalid.one("lines", sums.gross, _("The amount is larger than can be booked."))
    for line, a in zip(lines, sums.lines, strict=True):
        line.net, line.tax, line.gross = a.net, a.tax, a.gross
    order.net, order.tax, order.gross = sums.net, sums.tax, sums.gross


def _terms_of(books: _Books, one: customers.Known, asked: int | None) -> tuple[int | None, TermsData]:
    """The order's terms, else the customer's, else the payer's, else due at once."""
    pk = asked or one.terms or books.people[one.payer].terms
    if pk is None:
        return None, TermsData()
    if pk not in books.terms:
        raise Missing(_("There are no such payment terms."))
    return pk, books.terms[pk].data


def _draw(act: Act, books: _Books, draft: OrderDraft) -> Held:
    """An order and its lines from a draft, priced and added up, not yet judged or stored."""
    check_lines(draft.lines)
    check_dates(draft.date, draft.requested)
    one = books.people[draft.customer]
    if one.state == "closed":
        raise Refused(_("The account of %(customer)s is closed.", customer=one.name))
    if draft.ship_to is not None and draft.ship_to not in {p.id for p in customers.ship_tos(act.company, one.id)}:
        raise Missing(_("The customer has no such ship-to."))
    currency = draft.currency or one.currency
    check_currency(currency)
    if len(draft.number) > 24:
        raise Invalid.one("number", draft.number, _("The text is too long."))
    mode = draft.mode or books.mode
    if mode not in ("net", "gross"):
        raise Invalid.one("mode", mode, _("must be net or gross"))
    terms, data = _terms_of(books, one, draft.terms)
    order = Order(
        company_id=act.company, number=draft.number, customer_id=one.id, payer_id=one.payer, ship_to_id=draft.ship_to,
        org_id=one.org, terms_id=terms, date=draft.date, requested=draft.requested, currency=currency, mode=mode,
        customer_po=draft.customer_po.strip()[:60], note=draft.note.strip()[:200], external=draft.external.strip()[:60],
        contract=draft.contract.strip()[:60],
        made_by=act.by, made_at=act.at,
    )  # fmt: skip
    lines = [_priced(books, one, line, draft.date, currency, mode) for line in draft.lines]
    for n, line in enumerate(lines, 1):
        line.company_id, line.n = act.company, n * 10
    _reckon(order, lines)
    order.prepay = prepay(data, Money(order.gross, currency)).minor
    return Held(order, lines)


def _store(act: Act, drawn: Sequence[Held]) -> None:
    """Numbers as late as can be, then orders and lines in two statements."""
    for year in sorted({h.order.date.year for h in drawn if not h.order.number}):
        mine = [h.order for h in drawn if h.order.date.year == year and not h.order.number]
        first, _last = company_actions.take_numbers(act, "ORD", year, len(mine))
        for i, order in enumerate(mine):
            order.number = number("ORD", year, first + i)
    Order.objects.bulk_create([h.order for h in drawn], batch_size=500)
    for h in drawn:
        for line in h.lines:
            line.order_id = h.order.pk
    OrderLine.objects.bulk_create([line for h in drawn for line in h.lines], batch_size=500)


def _place(act: Act, drafts: Sequence[OrderDraft], cause: str, copied: Order | None = None) -> list[Order]:
    """Price, lock, judge one after the other, store. What is let through counts for the next."""
    if not drafts:
        return []
    if known := known_externals(act.company, [d.external for d in drafts]):
        raise Refused(_("Orders with these keys are here already: %(keys)s.", keys=sorted(known)[:5]))
    books = _books(act, drafts)
    drawn = [_draw(act, books, d) for d in drafts]
    lock_credit(act, {h.order.payer_id for h in drawn})
    by_day: dict[date, Standing] = {}
    judged: list[tuple[Order, Judged]] = []
    for h in drawn:
        order = h.order
        if order.date not in by_day:
            by_day[order.date] = Standing(act.company, {x.order.payer_id for x in drawn}, order.date)
        copied_held = copied.number if copied is not None and copied.state == State.HELD else ""
        if copied is not None:
            order.copied_from = copied
        found = judge(by_day[order.date], h, order.date, resting=State.FREE, copied_held=copied_held)
        order.state = State.HELD.value if found.decision.held else State.FREE.value
        if found.decision.held:
            order.shortfall, order.held_on = found.decision.shortfall, order.date
        else:
            for standing in by_day.values():
                standing.add(order.payer_id, order.currency, h.layers(), order.prepay)
        judged.append((order, found))
    point("orders.place.judged")
    nothing = {"orders": 0, "deliveries": 0}
    move_layers(act, [(h.order, nothing, h.layers()) for h in drawn])
    point("orders.place.moved")
    _store(act, drawn)
    point("orders.place.stored")
    for cut in sorted({o.date for o, _j in judged}):
        write_decisions(act, [(o, j) for o, j in judged if o.date == cut], cut, cause)
    subjects(act, ORDER, [h.order.pk for h in drawn])
    if len(drawn) > 1:
        act.note(orders=len(drawn), held=sum(j.decision.held for _o, j in judged))
    return [h.order for h in drawn]


@action("orders.place", needs="orders.place")
def place(act: Act, draft: OrderDraft) -> Order:
    """Take an order: priced, taxed, judged for credit; free or on hold. Raises Invalid, Missing, Refused (same key)."""
    return _place(act, [draft], "place")[0]


@action("orders.place_many", needs="orders.place")
def place_many(act: Act, drafts: list[OrderDraft]) -> list[int]:
    """Many orders in a few statements, judged in the order given. Returns their ids."""
    return [o.pk for o in _place(act, drafts, "place")]


@action("orders.copy", needs="orders.place")
def copy(act: Act, order_id: int, on: date, requested: date | None = None) -> Order:
    """The same goods at the same prices again. A copy of an order on hold is on hold: copying is no way around credit."""
    old = Order.objects.filter(company_id=act.company, pk=order_id).first()
    if old is None:
        raise Missing(_("There is no such order."))
    lines = tuple(OrderLineDraft(x.item_id, x.quantity, x.price, x.discount, x.text) for x in old.lines.order_by("n"))
    draft = OrderDraft(
        old.customer_id,
        on,
        lines,
        requested,
        old.ship_to_id,
        old.terms_id,
        old.currency,
        old.mode,
        old.customer_po,
        old.note,
        contract=old.contract,
    )
    act.subject(ref(ORDER, old.pk))
    return _place(act, [draft], "copy", copied=old)[0]


@action("orders.change", needs="orders.place")
def change(act: Act, order_id: int, change: OrderChange, version: int | None = None) -> Order:
    """Change lines, terms or dates. A change of quantity, price or terms is checked for credit again, whoever let the
    order go before; what was asked of an approver about it is void. Raises Refused, Stale, Invalid."""
    held = hold_one(act, order_id, version)
    order, before = held.order, held.order.state
    check_move(order.number, before, "change")
    was = held.layers()
    books = _books(act, [_as_draft(order, change)])
    matters = False
    values: dict[str, object] = {}
    if change.terms is not None and change.terms != order.terms_id:
        act.changed(ref(ORDER, order.pk), "terms", order.terms_id, change.terms)
        values["terms_id"], matters = change.terms, True
    if change.lines is not None:
        matters = _relines(act, books, held, change.lines) or matters
        values |= {"net": order.net, "tax": order.tax, "gross": order.gross}
    for name in ("requested", "ship_to", "customer_po", "contract", "note"):
        new = getattr(change, name)
        column = "ship_to_id" if name == "ship_to" else name
        if new is not None and new != getattr(order, column):
            act.changed(ref(ORDER, order.pk), name, getattr(order, column), new)
            values[column] = new
    check_dates(order.date, change.requested)
    if not matters:
        if values:
            put(act, held, before, **values)
        return order
    _pk, data = _terms_of(books, books.people[order.customer_id], change.terms or order.terms_id)
    order.prepay = prepay(data, Money(order.gross, order.currency)).minor
    on = company.today(act)
    if all(x.delivered == x.quantity for x in held.lines):  # nothing is left to decide about
        order.state = progress(counted(held.lines), State.FREE).value
        put(act, held, before, prepay=order.prepay, shortfall=None, held_on=None, **values)
        move_layers(act, [(order, was, held.layers())])
        return order
    standing = Standing(act.company, [order.payer_id], on, without=[order.pk])
    if before != State.HELD:  # its own part is in exposure already: take it out before asking again
        standing.add(order.payer_id, order.currency, {"orders": -was["orders"]})
    judged = judge(standing, held, on, resting=State.FREE)
    void_approvals(act, order, "change")
    end_releases(order, on)
    return settle(act, held, was, judged, on, "change", prepay=order.prepay, **values)


def _as_draft(order: Order, change: OrderChange) -> OrderDraft:
    return OrderDraft(order.customer_id, order.date, change.lines or (), terms=change.terms or order.terms_id)


def _relines(act: Act, books: _Books, held: Held, wanted: Sequence[OrderLineDraft]) -> bool:
    """Put the wanted lines on the order. True when quantity, price, discount or item of any line differs."""
    check_lines(wanted)
    order, subject = held.order, ref(ORDER, held.order.pk)
    old = {x.n: x for x in held.lines}
    one = books.people[order.customer_id]
    new, differs = [], False
    last = max(old, default=0)
    for draft in wanted:
        if draft.n and draft.n not in old:
            raise Invalid.one("n", draft.n, _("The order has no such line."))
        line = _priced(books, one, draft, order.date, order.currency, order.mode)
        line.company_id, line.order_id = act.company, order.pk
        if draft.n:
            was = old.pop(draft.n)
            if draft.price is None and draft.item == was.item_id:  # an agreed price stays, whatever the list says now
                line.price = was.price
            if line.quantity < was.delivered or (was.delivered and line.item_id != was.item_id):
                raise Refused(_("Line %(n)s is delivered already; it can't be made less than that.", n=draft.n))
            line.pk, line.delivered, line.billed = was.pk, was.delivered, was.billed
            for name in ("item_id", "quantity", "price", "discount"):
                if getattr(was, name) != getattr(line, name):
                    act.changed(subject, f"{draft.n}.{name}", getattr(was, name), getattr(line, name))
                    differs = True
        else:
            last += 10
            line.n, differs = last, True
            act.changed(subject, f"{line.n}.quantity", None, line.quantity)
        new.append(line)
    for n, gone in old.items():
        if gone.delivered:
            raise Refused(_("Line %(n)s is delivered already; it can't be taken off.", n=n))
        act.changed(subject, f"{n}.quantity", gone.quantity, None)
        differs = True
    new.sort(key=lambda x: x.n)
    _reckon(order, new)
    OrderLine.objects.filter(pk__in=[x.pk for x in old.values()]).delete()
    for line in new:
        line.save(force_update=line.pk is not None, force_insert=line.pk is None)
    held.lines = new
    return differs


@dataclass(frozen=True, slots=True)
class Preview:
    """What an order would be: its amounts, where it would stand and why. Nothing of it is stored."""

    number: str
    state: str
    currency: str
    net: int
    tax: int
    gross: int
    shortfall: int
    lines: tuple[
        tuple[str, str, int, str, int, int, int, int], ...
    ]  # number, name, quantity, unit, price, net, tax, gross
    reasons: tuple[Say, ...]


def _preview(order: Order) -> Preview:
    lines = tuple(
        (x.item.number, x.item.name, x.quantity, x.unit, x.price, x.net, x.tax, x.gross)
        for x in OrderLine.objects.filter(order=order).select_related("item").order_by("n")
    )
    found = decisions(order.pk)[:1]
    why = tuple(reasons(found[0])) if found else ()
    sums = (order.net, order.tax, order.gross)
    return Preview(order.customer.name, order.state, order.currency, *sums, order.shortfall or 0, lines, why)


@action("orders.preview", needs="orders.place")
def preview_order(act: Act, draft: OrderDraft) -> Preview:
    """What `place` would make of it. Only in a dry act."""
    _only_dry(act)
    return _preview(_place(act, [draft], "place")[0])


@action("orders.preview_change", needs="orders.place")
def preview_change(act: Act, order_id: int, wanted: OrderChange, version: int | None = None) -> Preview:
    """What `change` would make of it. Only in a dry act."""
    _only_dry(act)
    return _preview(change(act, order_id, wanted, version))


def _only_dry(act: Act) -> None:
    if not act.dry:
        raise Refused(_("A preview changes nothing; use a dry run."))


__all__ = ["Preview", "change", "copy", "place", "place_many", "preview_change", "preview_order"]
