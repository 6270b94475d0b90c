"""A sheet of orders, read row by row: which rows make which order, and what is wrong with the others. Pure.

A row is one line; rows of the same customer and order reference make one order. An order lands whole or not at all:
when one of its rows is wrong, the others wait with it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from huikuan.kit.dates import read_date
from huikuan.kit.errors import Fault
from huikuan.kit.money import parse_price, parse_quantity, parse_rate
from huikuan.kit.words import Say, _
from huikuan.sales.orders.rules.drafts import OrderDraft, OrderLineDraft

# field -> (heading in English, heading in Chinese, other headings people use, must be filled)
COLUMNS: Mapping[str, tuple[str, str, tuple[str, ...], bool]] = {
    "order": (
        "Order reference",
        "订单参考号",
        ("order", "order no", "订单号", "客户订单号", "customer po", "po"),
        True,
    ),
    "customer": ("Customer", "客户编号", ("customer number", "客户", "sold-to", "售达方"), True),
    "date": ("Order date", "订单日期", ("date", "日期"), False),
    "requested": ("Requested date", "要求交货日期", ("requested", "delivery date", "交货日期"), False),
    "ship_to": ("Ship-to", "送达方", ("ship to",), False),
    "contract": ("Contract no.", "合同号", ("contract", "合同编号"), False),
    "item": ("Item", "物料编号", ("item number", "material", "sku", "物料", "商品编号"), True),
    "quantity": ("Quantity", "数量", ("qty",), True),
    "price": ("Unit price", "单价", ("price",), False),
    "discount": ("Discount", "折扣", ("discount %",), False),
    "note": ("Note", "备注", ("remark",), False),
}
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Known:
    """What the company has: customers, items and ship-tos by number (folded to upper case), and references that
    landed before, as (customer id, reference)."""

    customers: Mapping[str, int]
    items: Mapping[str, int]
    ship_tos: Mapping[tuple[int, str], int]
    landed: frozenset[str]
    on: date  # the order date where a row names none


@dataclass(frozen=True, slots=True)
class Landing:
    """One order that may land, with the rows it came from."""

    draft: OrderDraft
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Read:
    landings: tuple[Landing, ...]
    known: tuple[int, ...]  # rows of orders that landed before
    faults: Mapping[int, tuple[Fault, ...]]  # row -> what is wrong; a row that only waits for another says so


def fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).strip().casefold().split())


def headings(cells: Iterable[str]) -> dict[int, str]:
    """Column index -> field, by heading in either language. Unknown columns are left out."""
    names: dict[str, str] = {}
    for name, (en, zh, others, _must) in COLUMNS.items():
        for heading in (name, en, zh, *others):
            names.setdefault(fold(heading), name)
    found: dict[int, str] = {}
    for i, cell in enumerate(cells):
        field = names.get(fold(str(cell)).rstrip(" *"))
        if field and field not in found.values():
            found[i] = field
    return found


def missing(found: Iterable[str]) -> tuple[str, ...]:
    """The English headings of columns that must be there and are not."""
    have = set(found)
    return tuple(en for name, (en, _zh, _others, must) in COLUMNS.items() if must and name not in have)


def external(customer: int, reference: str) -> str:
    """The key by which a sheet's order is known again."""
    return f"sheet:{customer}:{fold(reference)}"[:60]


def read(rows: Iterable[tuple[int, Mapping[str, str]]], known: Known) -> Read:
    """Rows (number, field -> text) as orders. Texts are exactly what the cells show; "=" at the head is a formula."""
    faults: dict[int, list[Fault]] = {}
    groups: dict[tuple[str, str], list[int]] = {}
    lines: dict[int, tuple[int | None, date, date | None, int | None, str, OrderLineDraft | None, str]] = {}
    for number, cells in rows:
        row = _Row(number, cells, known)
        lines[number] = row.read()
        if row.faults:
            faults[number] = row.faults
        groups.setdefault((fold(cells.get("customer", "")), fold(cells.get("order", "")) or f"\0{number}"), []).append(
            number
        )
    landings, seen = [], []
    for numbers in groups.values():
        first = lines[numbers[0]]
        bad = [n for n in numbers if n in faults]
        key = external(first[0], first[6]) if first[0] is not None and first[6] else ""
        if not bad and key in known.landed:
            seen.extend(numbers)
            continue
        for n in numbers:
            if lines[n][1:5] != first[1:5] and n not in faults:
                faults[n] = [
                    Fault(
                        "order",
                        lines[n][6],
                        _("Dates, ship-to or contract differ from row %(row)s of the same order.", row=numbers[0]),
                        row=n,
                    )
                ]
                bad.append(n)
        if bad:
            waits = _("Waits for row %(rows)s of the same order.", rows=sorted(bad))
            for n in numbers:
                faults.setdefault(n, [Fault("order", lines[n][6], waits, row=n)])
            continue
        customer, on, requested, ship_to, contract, _line, reference = first
        assert customer is not None
        goods = tuple(line for n in numbers if (line := lines[n][5]) is not None)
        landings.append(
            Landing(
                OrderDraft(
                    customer, on, goods, requested, ship_to, customer_po=reference[:60], external=key, contract=contract
                ),
                tuple(numbers),
            )
        )
    return Read(tuple(landings), tuple(seen), {n: tuple(found) for n, found in sorted(faults.items())})


class _Row:
    def __init__(self, number: int, cells: Mapping[str, str], known: Known) -> None:
        self.number, self.cells, self.known = number, cells, known
        self.faults: list[Fault] = []

    def wrong(self, field: str, reason: Say, remedy: Say | None = None) -> None:
        self.faults.append(Fault(field, self.cells.get(field, "")[:200], reason, remedy, self.number))

    def read(self) -> tuple[int | None, date, date | None, int | None, str, OrderLineDraft | None, str]:
        for field, (_en, _zh, _others, must) in COLUMNS.items():
            text = self.cells.get(field, "")
            if text.startswith("="):
                self.wrong(field, _("The cell holds a formula."), _("Paste it as a value."))
            elif must and not text.strip():
                self.wrong(field, _("The cell is empty."))
            elif len(text) > 200:
                self.wrong(field, _("The text is too long."))
        customer = self.find("customer", self.known.customers, _("There is no such customer."))
        item = self.find("item", self.known.items, _("There is no such item."))
        ship_to = None
        if customer is not None and (name := self.text("ship_to")):
            ship_to = self.known.ship_tos.get((customer, name.upper()))
            if ship_to is None:
                self.wrong("ship_to", _("The customer has no such ship-to."))
        on, requested = self.day("date") or self.known.on, self.day("requested")
        if requested and requested < on:
            self.wrong("requested", _("The requested date lies before the order date, %(date)s.", date=on))
        quantity = self.number_of("quantity", parse_quantity)
        if quantity is not None and quantity <= 0:
            self.wrong("quantity", _("The quantity must be more than 0."))
        price = self.number_of("price", parse_price)
        if price is not None and price < 0:
            self.wrong("price", _("The price must not be negative."))
        discount = self.number_of("discount", parse_rate) or 0
        if not 0 <= discount <= 10**8:
            self.wrong("discount", _("The discount must be between 0 and 100 %%."))
        line = None
        if item is not None and quantity is not None and not self.faults:
            line = OrderLineDraft(item, quantity, price, discount, self.text("note"))
        contract = self.text("contract")
        if len(contract) > 60:
            self.wrong("contract", _("The text is too long."))
        return customer, on, requested, ship_to, contract, line, self.text("order")

    def text(self, field: str) -> str:
        return unicodedata.normalize("NFKC", self.cells.get(field, "")).strip()

    def blank(self, field: str) -> bool:
        return not self.text(field) or any(f.field == field for f in self.faults)

    def find(self, field: str, among: Mapping[str, int], reason: Say) -> int | None:
        if self.blank(field):
            return None
        found = among.get(self.text(field).upper())
        if found is None:
            self.wrong(field, reason, _("Check the number, or create it first."))
        return found

    def day(self, field: str) -> date | None:
        if self.blank(field):
            return None
        for style in ("iso", "yyyy/mm/dd", "yyyy.mm.dd", "yyyymmdd", "yyyy年mm月dd日"):
            try:
                return read_date(self.text(field), style)
            except ValueError:
                continue
        self.wrong(field, _("This is not a date."), _("Write it as 2026-03-31."))
        return None

    def number_of(self, field: str, parse: Callable[[str], int]) -> int | None:
        if self.blank(field):
            return None
        try:
            return parse(self.text(field))
        except ValueError:
            self.wrong(field, _("This is not a number."), _("Write digits only, such as 12.5."))
            return None
