"""Papers of the system beside us as orders, deliveries and bills of ours, led by it: found by its keys, told again by each load.

A paper that lacks what an object needs (a delivery whose order was never given to us) stays a paper; one that is wrong
(an item or a customer nobody knows) is refused, so that it waits with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from huikuan.books.catalog import queries as catalog
from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.kit.errors import Refused
from huikuan.kit.text import whole
from huikuan.kit.words import _
from huikuan.office.trail.act import Act
from huikuan.review.takeover.models import DocumentLine, Link, Load
from huikuan.sales.billing import actions as billing
from huikuan.sales.billing import queries as bills
from huikuan.sales.billing.rules import TakenBill, TakenBillLine
from huikuan.sales.orders import actions as orders
from huikuan.sales.orders import queries as order_queries
from huikuan.sales.orders.rules.taken import TakenDelivery, TakenLine, TakenOrder, Took

ROW, ITEM, TEXT, QUANTITY, PRICE, NET, UNIT, BEFORE, N, REJECTED = range(
    10
)  # cells of a line as `papers.flat` packs it
KINDS = {"invoice": "invoice", "credit": "credit_note", "cancellation": "cancellation"}
Flat = Mapping[str, Any]


def key_of(system: str, key: str, order: str = "") -> str:
    """The external key here. A delivery of several orders is several here: the first bears the plain key."""
    return f"{system}:{key}" + (f":{order}" if order else "")


def take(act: Act, load: Load, object: str, papers: Sequence[Flat]) -> tuple[Took, set[str]]:
    """Bring papers of one object to where they are said to be. Returns what happened and the keys that stay papers."""
    if not papers:
        return Took(), set()
    return {"order": _orders, "delivery": _deliveries, "billing": _bills}[object](act, load, papers)


def number_of_line(x: Sequence[Any], place: int) -> int:
    """A line's number there, else its place."""
    told = whole(str(x[N]))
    return place * 10 if told is None else told


def _people(act: Act, papers: Sequence[Flat]) -> dict[str, customers.Known]:
    found = customers.by_numbers(act.company, {p["customer"] for p in papers if p["customer"]})
    for p in papers:
        if p["customer"] not in found:
            raise Refused(
                _(
                    "%(number)s: there is no customer %(customer)s here.",
                    number=p["document"],
                    customer=p["customer"] or "?",
                )
            )
    return found


def _items(act: Act, load: Load, numbers: Iterable[str]) -> dict[str, int]:
    """Item number there -> id; by the link of an earlier load, else by our own number."""
    wanted = {n for n in numbers if n}
    own = {n: i.id for n, i in catalog.by_numbers(act.company, wanted).items()}
    linked = Link.objects.filter(
        company_id=act.company, system=load.system, object="item", key__in=wanted, pk_of__isnull=False
    )
    return own | {key: pk for key, pk in linked.values_list("key", "pk_of") if pk}


def _terms(act: Act, papers: Sequence[Flat]) -> dict[str, int]:
    wanted = {p["terms"] for p in papers if p["terms"]}
    return dict(customers.terms_rows(act.company).filter(code__in=wanted).values_list("code", "pk")) if wanted else {}


# --- orders -------------------------------------------------------------------------------------------------------


def _orders(act: Act, load: Load, papers: Sequence[Flat]) -> tuple[Took, set[str]]:
    people, terms = _people(act, papers), _terms(act, papers)
    lines = {p["key"]: json.loads(p["lines"]) for p in papers}
    items = _items(act, load, (x[ITEM] for some in lines.values() for x in some))
    drafts = [_order(load, p, lines[p["key"]], people[p["customer"]], items, terms) for p in papers]
    return orders.take_over(act, drafts), set()


def _order(
    load: Load, p: Flat, rows: Sequence[Any], one: customers.Known, items: Mapping[str, int], terms: Mapping[str, int]
) -> TakenOrder:
    rejected = bool(rows) and all(x[REJECTED] for x in rows)
    kept, apart = [], []
    for place, x in enumerate(rows, 1):
        n = number_of_line(x, place)
        if x[QUANTITY] <= 0 or (x[REJECTED] and not rejected):
            apart.append(f"{n}" + (f" ({x[REJECTED]})" if x[REJECTED] else ""))
            continue
        if x[ITEM] not in items:
            raise Refused(_("Order %(number)s: there is no item %(item)s here. Load it, or open it, first.", number=p["document"],
                            item=x[ITEM] or "?"))  # fmt: skip
        kept.append(TakenLine(n, items[x[ITEM]], x[QUANTITY], x[UNIT], max(x[PRICE], 0), x[NET]))
    why = sorted({x[REJECTED] for x in rows if x[REJECTED]}) if rejected else []
    return TakenOrder(
        external=key_of(load.system, p["key"]), number=p["document"], customer=one.id, payer=one.payer, date=p["date"],
        currency=p["currency"], lines=tuple(kept), requested=p["requested"], terms=terms.get(p["terms"]), rejected=rejected,
        reason=f"SAP {', '.join(why)}"[:200] if why else "", said=p["state"],
        note=f"SAP: {', '.join(apart)} –"[:200] if apart else "",
    )  # fmt: skip


# --- deliveries ---------------------------------------------------------------------------------------------------


def _deliveries(act: Act, load: Load, papers: Sequence[Flat]) -> tuple[Took, set[str]]:
    split: dict[str, dict[str, list[tuple[int, int]]]] = {}
    for p in papers:
        mine = split.setdefault(p["key"], {})
        for x in json.loads(p["lines"]):
            order, _slash, n = str(x[BEFORE]).partition("/")
            line = whole(n)
            if order and line is not None:
                mine.setdefault(order, []).append((line, x[QUANTITY]))
    here = order_queries.known_externals(act.company, [key_of(load.system, o) for some in split.values() for o in some])
    drafts, apart = [], set()
    for p in papers:
        known = [o for o in sorted(split[p["key"]]) if key_of(load.system, o) in here]
        if not known or len(known) < len(split[p["key"]]):
            apart.add(p["key"])
        for place, order in enumerate(known):
            more = order if place else ""
            drafts.append(
                TakenDelivery(
                    external=key_of(load.system, p["key"], more), number=f"{p['document']}-{order}"[:24] if more else p["document"],
                    order=key_of(load.system, order), date=p["date"], lines=tuple(split[p["key"]][order]), said=p["state"],
                )
            )  # fmt: skip
    return orders.take_over_deliveries(act, drafts), apart


# --- bills --------------------------------------------------------------------------------------------------------


def _bills(act: Act, load: Load, papers: Sequence[Flat]) -> tuple[Took, set[str]]:
    people, terms = _people(act, papers), _terms(act, papers)
    lines = {p["key"]: json.loads(p["lines"]) for p in papers}
    items = _items(act, load, (x[ITEM] for some in lines.values() for x in some))
    goods = _Goods(act, load, {str(x[BEFORE]).partition("/")[0] for some in lines.values() for x in some if x[BEFORE]})
    claims = claims_of(act, load, [p["posted_as"] for p in papers])
    known = bills.by_externals(act.company, [key_of(load.system, p["reference"]) for p in papers if p["reference"]])
    coming = {p["key"] for p in papers}
    drafts, apart = [], set()
    for p in papers:
        cancels = p["kind"] == "cancellation"
        if cancels and p["reference"] not in coming and key_of(load.system, p["reference"]) not in known:
            apart.add(p["key"])  # what it cancels was never given to us
            continue
        one = people[p["customer"]]
        entry, payer = claims.get(p["posted_as"], (None, one.payer))
        rows = tuple(_bill_line(x, place, items, goods) for place, x in enumerate(lines[p["key"]], 1))
        found = {goods.order_of(x[BEFORE]) for x in lines[p["key"]]}
        drafts.append(
            TakenBill(
                external=key_of(load.system, p["key"]), number=p["document"], kind=KINDS[p["kind"]], customer=one.id, payer=payer,
                date=p["date"], currency=p["currency"], lines=rows, order=found.pop() if len(found) == 1 else None,
                terms=terms.get(p["terms"]), cancelled=p["state"] == "cancelled",
                cancels=key_of(load.system, p["reference"]) if cancels else "", entry=entry, booked_as=p["posted_as"] or p["document"],
                reference=p["reference"] if cancels else "",
            )
        )  # fmt: skip
    return billing.take_over(act, drafts), apart


def _bill_line(x: Sequence[Any], place: int, items: Mapping[str, int], goods: _Goods) -> TakenBillLine:
    line, delivery = goods.line(x[BEFORE])
    return TakenBillLine(
        n=number_of_line(x, place), net=x[NET], item=items.get(x[ITEM]), text=x[TEXT] or x[ITEM], quantity=abs(x[QUANTITY]), unit=x[UNIT],
        price=abs(x[PRICE]), order_line=line, delivery=delivery,
    )  # fmt: skip


class _Goods:
    """What lines of bills follow: a delivery's line, or an order's."""

    def __init__(self, act: Act, load: Load, numbers: set[str]) -> None:
        said = DocumentLine.objects.filter(
            document__company_id=act.company, document__system=load.system, document__object="delivery", document__live=True,
            document__number__in=numbers,
        ).values_list("document__number", "n", "before", "before_line")  # fmt: skip
        self.lines = {f"{d}/{n}": (d, order, line) for d, n, order, line in said}
        sold = {order for _d, order, _n in self.lines.values()}
        self.orders = {
            key.partition(":")[2]: pk
            for key, pk in order_queries.known_externals(
                act.company, [key_of(load.system, o) for o in sold | numbers]
            ).items()
        }
        keys = [key_of(load.system, d, o) for d, o, _n in self.lines.values()] + [
            key_of(load.system, n) for n in numbers
        ]
        self.deliveries = {
            (d.external.split(":")[1], d.order_id): d.pk
            for d in order_queries.deliveries_by_external(act.company, keys).values()
        }
        self.order_lines = order_queries.line_ids(act.company, self.orders.values())

    def order_of(self, before: str) -> int | None:
        found = self.lines.get(before)
        return self.orders.get(found[1] if found else before.partition("/")[0])

    def line(self, before: str) -> tuple[int | None, int | None]:
        """(the order's line, the delivery) that "80738109/10" names; None where it is not here."""
        order = self.order_of(before)
        if order is None:
            return None, None
        found = self.lines.get(before)
        n = found[2] if found else before.partition("/")[2]
        delivery = self.deliveries.get((found[0], order)) if found else None
        return self.order_lines.get((order, whole(n) or 0)), delivery


def claims_of(act: Act, load: Load, posted: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Accounting document there -> (the entry that its first claim stands in here, whose account it is on)."""
    wanted = {p for p in posted if p}
    numbers = sorted({p.rpartition("/")[2] for p in wanted})
    items = [i for some in ledger.items_by_document(act.company, numbers).values() for i in some]
    owner = {i.id: i.customer_id for i in items}
    rows = Link.objects.filter(
        company_id=act.company, system=load.system, object="entry", live=True, pk_of__in=list(owner)
    )
    out: dict[str, tuple[int, int]] = {}
    for key, pk, entry in rows.order_by("key").values_list("key", "pk_of", "entry"):
        document = key.rpartition("/")[0]
        if document in wanted and entry and pk:
            out.setdefault(document, (entry, owner[pk]))
    return out


def point(act: Act, entries: Mapping[str, int]) -> None:
    """Let the bills of these claims (key there -> entry) point to where they stand now."""
    found: dict[str, int] = {}
    for key in sorted(entries):
        if key.count("/") == 3:
            found.setdefault(key.rpartition("/")[0], entries[key])
    if found and bills.booked(act.company, found):
        billing.point(act, found)
