"""Orders from sheets: good orders land, bad rows wait here with their reasons, and are fed again when mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from huikuan.books.catalog import queries as catalog
from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Fault, Missing, Refused, Trouble
from huikuan.kit.refs import ref
from huikuan.kit.text import whole
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action
from huikuan.sales.orders.actions.placing import place, place_many
from huikuan.sales.orders.models import OrderImport, OrderImportRow
from huikuan.sales.orders.queries import known_externals
from huikuan.sales.orders.rules import sheet

KIND = "orders.import"


@dataclass(frozen=True, slots=True)
class Fed:
    """What became of a sheet: rows read, landed, known before, waiting; the orders made; every fault by row."""

    sheet: int
    read: int
    landed: int
    known: int
    quarantined: int
    orders: tuple[int, ...] = ()
    faults: tuple[Fault, ...] = field(default=())


def _known(act: Act, rows: Sequence[tuple[int, Mapping[str, str]]], on: date) -> sheet.Known:
    """What the company has of what the rows name. Numbers are compared without regard to case."""

    def named(name: str) -> set[str]:
        texts = {str(cells.get(name, "")).strip() for _n, cells in rows}
        return {t for text in texts if text and len(text) <= 60 for t in (text, text.upper())}

    people = customers.by_numbers(act.company, named("customer"))
    items = catalog.by_numbers(act.company, named("item"))
    ids = {c.number.upper(): c.id for c in people.values()}
    places = {}
    if any(cells.get("ship_to", "").strip() for _n, cells in rows):
        for owner in ids.values():
            places.update({(owner, p.number.upper()): p.id for p in customers.ship_tos(act.company, owner) if p.active})
    keys = {
        sheet.external(pk, cells["order"])
        for _n, cells in rows
        if (pk := ids.get(cells.get("customer", "").strip().upper(), 0)) and cells.get("order", "").strip()
    }
    landed = frozenset(known_externals(act.company, sorted(keys)))
    return sheet.Known(ids, {i.number.upper(): i.id for i in items.values()}, places, landed, on)


def _land(
    act: Act, rows: Sequence[tuple[int, Mapping[str, str]]], on: date
) -> tuple[sheet.Read, dict[int, int], dict[int, list[Fault]]]:
    """Read and place. Returns (what was read, row -> order id, row -> faults)."""
    found = sheet.read(rows, _known(act, rows, on))
    faults = {n: list(some) for n, some in found.faults.items()}
    orders: dict[int, int] = {}
    if found.landings:
        # All at once when all are well; one by one when one is not, so that it keeps back only itself.
        whole = act.attempt(place_many, [p.draft for p in found.landings])
        if whole.ok:
            for landing, pk in zip(found.landings, whole.value, strict=True):
                orders.update(dict.fromkeys(landing.rows, pk))
        else:
            for landing in found.landings:
                one = act.attempt(place, landing.draft)
                if one.ok:
                    orders.update(dict.fromkeys(landing.rows, one.value.pk))
                else:
                    for n in landing.rows:
                        faults[n] = _said(one.trouble, n)
    return found, orders, faults


def _said(trouble: Trouble | None, row: int) -> list[Fault]:
    assert trouble is not None
    if trouble.faults:
        return [Fault(f.field, f.value, f.reason, f.remedy, row) for f in trouble.faults]
    return [Fault("order", "", trouble.say, None, row)]


def _packed(faults: Sequence[Fault]) -> list[dict[str, object]]:
    return [
        {"field": f.field, "value": f.value, "reason": f.reason.pack(), "remedy": f.remedy.pack() if f.remedy else None}
        for f in faults
    ]


@action("orders.feed", needs="orders.place")
def feed(act: Act, name: str, sha256: str, rows: list[tuple[int, dict[str, str]]], on: date) -> Fed:
    """Place the orders of a sheet (rows as paper.read_book gives them). Rows that are wrong wait with their reasons."""
    found, orders, faults = _land(act, rows, on)
    book = OrderImport.objects.create(
        company_id=act.company, name=name[:200], sha256=sha256, read=len(rows), landed=len(orders), known=len(found.known),
        quarantined=len(faults), made_by=act.by, made_at=act.at,
    )  # fmt: skip
    OrderImportRow.objects.bulk_create(
        [
            OrderImportRow(
                company_id=act.company, sheet=book, row=n, cells=dict(cells), faults=_packed(faults.get(n, ())),
                state="waiting" if n in faults else "landed", order_id=orders.get(n),
            )
            for n, cells in rows
            if n in faults or n in orders
        ],
        batch_size=500,
    )  # fmt: skip
    _drop_older(act, book.pk, [cells for n, cells in rows if n in orders or n in found.known])
    act.subject(ref(KIND, book.pk))
    act.note(read=len(rows), landed=len(orders), known=len(found.known), waiting=len(faults))
    return _fed(book.pk, len(rows), found, orders, faults)


def _fed(pk: int, read: int, found: sheet.Read, orders: dict[int, int], faults: dict[int, list[Fault]]) -> Fed:
    told = tuple(f for n in sorted(faults) for f in faults[n])
    return Fed(pk, read, len(orders), len(found.known), len(faults), tuple(sorted(set(orders.values()))), told)


def _drop_older(act: Act, newest: int, landed: Sequence[Mapping[str, str]]) -> None:
    """Rows of earlier sheets that waited for an order which has come by a later one wait no more."""

    def key(cells: Mapping[str, str]) -> tuple[str, str]:
        return sheet.fold(cells.get("customer", "")), sheet.fold(cells.get("order", ""))

    come = {key(c) for c in landed}
    if come:
        waiting = OrderImportRow.objects.filter(company_id=act.company, state="waiting").exclude(sheet_id=newest)
        gone = [r.pk for r in waiting if key(r.cells) in come]
        OrderImportRow.objects.filter(pk__in=gone).update(state="dropped")


@action("orders.feed_again", needs="orders.place")
def feed_again(act: Act, import_id: int, mended: dict[str, dict[str, str]], on: date) -> Fed:
    """Feed the waiting rows of a sheet again, with what was mended (row number as text -> field -> text)."""
    book = OrderImport.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=import_id).first()
    if book is None:
        raise Missing(_("There is no such sheet."))
    act.subject(ref(KIND, book.pk))
    waiting = {r.row: r for r in OrderImportRow.objects.filter(sheet=book, state="waiting").order_by("row")}
    if not waiting:
        raise Refused(_("No row of this sheet waits any more."))
    for text, cells in mended.items():
        row = waiting.get(whole(text) or 0)
        if row is not None:
            row.cells = {**row.cells, **{k: str(v)[:200] for k, v in cells.items() if k in sheet.COLUMNS}}
    rows = [(n, r.cells) for n, r in waiting.items()]
    found, orders, faults = _land(act, rows, on)
    for n, row in waiting.items():
        row.faults = _packed(faults.get(n, ()))
        row.state = "waiting" if n in faults else "landed" if n in orders else "dropped"
        row.order_id = orders.get(n)
    OrderImportRow.objects.bulk_update(waiting.values(), ["cells", "faults", "state", "order"], batch_size=200)
    book.landed += len(orders)
    book.known += len(found.known)
    book.quarantined = len(faults)
    book.save(update_fields=["landed", "known", "quarantined"])
    act.note(landed=len(orders), waiting=len(faults))
    return _fed(book.pk, len(rows), found, orders, faults)


@action("orders.drop_rows", needs="orders.place")
def drop_rows(act: Act, import_id: int, rows: list[int]) -> int:
    """These waiting rows are not wanted. They stay in sight as dropped."""
    act.subject(ref(KIND, import_id))
    mine = OrderImportRow.objects.filter(company_id=act.company, sheet_id=import_id, state="waiting", row__in=rows)
    gone = mine.update(state="dropped")
    left = OrderImportRow.objects.filter(sheet_id=import_id, state="waiting").count()
    OrderImport.objects.filter(company_id=act.company, pk=import_id).update(quarantined=left)
    return gone


__all__ = ["Fed", "drop_rows", "feed", "feed_again"]
