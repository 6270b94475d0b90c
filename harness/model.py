"""The whole flow as a person with a notebook would keep it: orders, deliveries, bills, receipts, clearings, in plain
dictionaries. Pure: nothing of Huikuan's code is asked, so that a mistake there is not repeated here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

PRICES = {"COLA": (2500, 0), "JUICE": (1033, 13), "NUTS": (37, 13)}  # fen each, VAT per cent
USD = 713  # fen for one cent, by hundred


def half_up(n: int, d: int) -> int:
    sign = -1 if (n < 0) != (d < 0) else 1
    return sign * ((2 * abs(n) + abs(d)) // (2 * abs(d)))


def net_of(item: str, milli: int) -> int:
    """Price x quantity (thousandths), rounded once."""
    return half_up(PRICES[item][0] * milli, 1000)


def gross_of(item: str, milli: int, before: int = 0) -> int:
    net = net_of(item, before + milli) - net_of(item, before)
    return net + half_up(net * PRICES[item][1], 100)


def in_base(currency: str, minor: int) -> int:
    return minor if currency == "CNY" else half_up(minor * USD, 100)


@dataclass
class Person:
    currency: str
    limit: int | None


@dataclass
class Order:
    customer: int
    item: str
    quantity: int
    gross: int
    state: str
    on: date
    let_go: bool = False
    delivered: int = 0
    billed: int = 0

    def part(self, quantity: int) -> int:
        return half_up(self.gross * quantity, self.quantity)

    @property
    def live(self) -> bool:
        return self.state in {"free", "released", "part_delivered", "delivered", "billed"}

    def settle(self) -> None:
        """Where the counts put it."""
        if self.state in {"held", "rejected", "cancelled"}:
            return
        if self.billed == self.quantity:
            self.state = "billed"
        elif self.delivered == self.quantity:
            self.state = "delivered"
        elif self.delivered:
            self.state = "part_delivered"
        else:
            self.state = "released" if self.let_go else "free"


@dataclass
class Delivery:
    order: int
    quantity: int
    on: date
    state: str = "open"


@dataclass
class Bill:
    customer: int
    gross: int
    on: date
    item: int
    entry: int
    delivery: int
    credited: int = 0
    state: str = "posted"


@dataclass
class Item:
    """An open item: what was taken off it, by date, in both currencies."""

    customer: int
    currency: str
    kind: str
    posted: date
    amount: int
    base: int
    takes: list[tuple[date, int, int]] = field(default_factory=list)
    account: str = "1122"

    @property
    def left(self) -> int:
        return self.amount - sum(a for _d, a, _b in self.takes)

    @property
    def base_left(self) -> int:
        return self.base - sum(b for _d, _a, b in self.takes)

    def free(self, since: date) -> int:
        """The most that can be taken from `since` on: on no later day may less than nothing be left."""
        days = {since, *(d for d, _a, _b in self.takes if d > since)}
        return min((self.amount - sum(a for d, a, _b in self.takes if d <= day) for day in days), key=abs)

    def share(self, amount: int) -> int:
        """What so much of it is in company currency."""
        return self.base_left if amount == self.left else half_up(self.base_left * amount, self.left)

    def take(self, on: date, amount: int) -> int:
        """Take off; returns what that is in company currency."""
        base = self.share(amount)
        self.takes.append((on, amount, base))
        return base


@dataclass
class Clearing:
    on: date
    legs: dict[int, tuple[int, int]]
    undone: bool = False
    undoes: bool = False
    exchange: int = 0  # entries of an exchange difference
    kept: bool = False  # half of a reversal, a charge, a draft's or a deposit's move: not undone by itself


@dataclass
class Line:
    """A receipt on the bank account."""

    amount: int
    currency: str
    customer: int | None
    item: int | None
    on: date
    charged: bool = False
    charge: int = 0  # the entry that charged it to an account


@dataclass
class Deposit:
    """Money of a customer that is kept: what came and went, by date, in both currencies."""

    customer: int
    currency: str
    kind: str
    moves: list[tuple[date, int, int]] = field(default_factory=list)
    items: list[int] = field(default_factory=list)  # of an advance, on 2203
    can_undo: dict[int, tuple[str, int, int, list[int]]] = field(default_factory=dict)

    @property
    def balance(self) -> int:
        return sum(a for _d, a, _b in self.moves)

    @property
    def base(self) -> int:
        return sum(b for _d, _a, b in self.moves)

    def free(self, since: date) -> int:
        days = {since, *(d for d, _a, _b in self.moves if d > since)}
        return min(sum(a for d, a, _b in self.moves if d <= day) for day in days)

    def share(self, amount: int) -> int:
        return self.base if amount == self.balance else half_up(self.base * amount, self.balance)


@dataclass
class Noted:
    """An e-invoice number on a bill; `told`: what the whole invoice comes to, where somebody said."""

    bill: int
    number: str
    told: int | None
    live: bool = True


@dataclass
class Model:
    people: dict[int, Person] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    bills: dict[int, Bill] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    clearings: dict[int, Clearing] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=dict)
    entries: dict[int, tuple[date, bool, int]] = field(default_factory=dict)  # by hand: day, may be reversed, item
    closed: set[int] = field(default_factory=set)  # months
    numbers: Counter[str] = field(default_factory=Counter)
    unknown: int = 0  # on 224101, company currency
    claims: dict[int, int] = field(default_factory=dict)  # line: claim
    drafts: dict[int, tuple[int, int, int]] = field(default_factory=dict)  # customer, amount, its receipt
    deposits: dict[int, Deposit] = field(default_factory=dict)
    kept: Counter[str] = field(default_factory=Counter)  # on 1121
    noted: dict[int, Noted] = field(default_factory=dict)

    # --- what the system must say ------------------------------------------------------------------------------

    def exposure(self) -> dict[tuple[int, str, str], int]:
        found: Counter[tuple[int, str, str]] = Counter()
        for o in self.orders.values():
            currency = self.people[o.customer].currency
            gone = o.part(o.delivered)
            if o.live:
                found[o.customer, currency, "orders"] += o.gross - gone
            found[o.customer, currency, "deliveries"] += gone - o.part(o.billed)
        for i in self.items.values():
            found[i.customer, i.currency, "items"] += i.left
        return {k: v for k, v in found.items() if v}

    def used(self, customer: int) -> int:
        return sum(v for (c, _currency, _layer), v in self.exposure().items() if c == customer)

    def passes(self, customer: int, gross: int) -> bool:
        limit = self.people[customer].limit
        return limit is None or (limit != 0 and self.used(customer) + gross <= limit)

    def open_sums(self) -> dict[tuple[int, str, str], tuple[int, int]]:
        """(customer, currency, kind) -> what is left, in both currencies. Receipts are the money not applied."""
        found: dict[tuple[int, str, str], tuple[int, int]] = {}
        for i in self.items.values():
            a, b = found.get((i.customer, i.currency, i.kind), (0, 0))
            found[i.customer, i.currency, i.kind] = (a + i.left, b + i.base_left)
        return {k: v for k, v in found.items() if any(v)}

    def control(self) -> dict[str, tuple[int, int]]:
        """The control account: per currency, its document amounts less what clearings moved between items (nothing)."""
        found: dict[str, tuple[int, int]] = {}
        for i in self.items.values():
            if i.account == "1122":
                a, b = found.get(i.currency, (0, 0))
                found[i.currency] = (a + i.left, b + i.base_left)
        return {k: v for k, v in found.items() if any(v)}

    def kept_money(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(account, currency) -> what stands on 1121, 2203 and 224103, in both currencies."""
        found: dict[tuple[str, str], tuple[int, int]] = {("1121", "CNY"): (self.kept["1121"], self.kept["1121"])}
        for i in self.items.values():
            if i.account == "2203":
                a, b = found.get((i.account, i.currency), (0, 0))
                found[i.account, i.currency] = (a + i.left, b + i.base_left)
        for d in self.deposits.values():
            if d.kind == "deposit":
                a, b = found.get(("224103", d.currency), (0, 0))
                found["224103", d.currency] = (a - d.balance, b - d.base)
        return {k: v for k, v in found.items() if any(v)}

    def may_note(self, bill: int, number: str, told: int | None) -> bool:
        """Once on a bill, one payer's, and what is told of the invoices comes to what is billed under them."""
        live = [n for n in self.noted.values() if n.live]
        mine = [n for n in live if n.number == number]
        before = {n.told for n in mine} - {None}
        if any(n.bill == bill or self.bills[n.bill].customer != self.bills[bill].customer for n in mine):
            return False
        if told is None:
            return True
        if before - {told}:
            return False
        bills, numbers = {bill}, {number}  # and whatever hangs together with them
        while True:
            more = [n for n in live if n.bill in bills or n.number in numbers]
            if {n.bill for n in more} <= bills and {n.number for n in more} <= numbers:
                break
            bills |= {n.bill for n in more}
            numbers |= {n.number for n in more}
        if any(self.people[self.bills[b].customer].currency != "CNY" for b in bills):
            return True
        says = {n.number: n.told for n in more if n.told is not None} | {number: told}
        known, gross = sum(says.values()), sum(self.bills[b].gross for b in bills)
        return known == gross or (len(says) < len(numbers) and known <= gross)

    def numbers_noted(self) -> Counter[tuple[int, str, str]]:
        return Counter((n.bill, n.number, "live" if n.live else "struck") for n in self.noted.values())

    def is_open(self, on: date) -> bool:
        return on.month not in self.closed

    def clear(self, pk: int, on: date, legs: dict[int, int]) -> None:
        taken = {item: (amount, self.items[item].take(on, amount)) for item, amount in legs.items()}
        off = sum(b for _a, b in taken.values())
        self.clearings[pk] = Clearing(on, taken, exchange=1 if off else 0)
        self.numbers["CL"] += 1
        self.numbers["FX"] += 1 if off else 0

    def undo(self, pk: int, new: int, on: date) -> None:
        c = self.clearings[pk]
        c.undone = True
        for item, (amount, base) in c.legs.items():
            self.items[item].takes.append((on, -amount, -base))
        self.clearings[new] = Clearing(on, {i: (-a, -b) for i, (a, b) in c.legs.items()}, undone=True, undoes=True)
        self.numbers["CL"] += 1
        self.numbers["FX"] += c.exchange
