"""The whole flow, step by step at random, beside a notebook (harness/model.py): both must say the same after each step.

A step is a verb and a number; the number decides everything in it. So a history is a list of (verb, number), which is what
a failure prints and what can be played again. The bank file is read in this process: its reader is held elsewhere.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from harness.keeping import KEEPING, Keeping
from harness.model import PRICES, USD, Bill, Delivery, Item, Line, Model, Order, Person, gross_of, in_base
from harness.noting import NOTING, Noting

FIRST = date(2026, 1, 5)
LAST = date(2026, 5, 29)
NO = {"CNY": "31050161360000001234", "USD": "31050161360000009999"}
# How often each verb comes, out of all.
VERBS = {
    "place": 16, "check": 3, "release": 5, "reject": 1, "cancel_order": 1, "deliver": 15, "bill": 14, "cancel_bill": 3,
    "credit": 4, "receive": 8, "receive_again": 1, "identify": 2, "apply": 12, "settle": 3, "undo": 5, "redate": 4, "post": 2,
    "reverse": 2, "lock": 1, "unlock": 2, "limit": 3, **KEEPING, **NOTING,
}  # fmt: skip


# All that is compared after a step, in one question.
ALL = """
SELECT 'exposure', customer_id, currency, layer, amount, 0 FROM customers_exposure WHERE company_id = %s AND amount <> 0
UNION ALL SELECT 'items', customer_id, currency, kind, SUM(remaining), SUM(base_remaining) FROM ledger_openitem
WHERE company_id = %s GROUP BY customer_id, currency, kind
UNION ALL SELECT 'books', 0, a.code, l.currency, SUM(l.doc_amount), SUM(l.amount) FROM ledger_line l JOIN ledger_account a
ON a.id = l.account_id WHERE l.company_id = %s AND a.code IN ('1122', '224101', '1121', '2203', '224103') GROUP BY a.code, l.currency
UNION ALL SELECT 'numbers', 0, klass, '', last, 0 FROM company_series WHERE company_id = %s
UNION ALL SELECT 'orders', id, '', state, 0, 0 FROM orders_order WHERE company_id = %s
UNION ALL SELECT 'noted', document_id, number, CASE WHEN live THEN 'live' ELSE 'struck' END, COUNT(*), 0 FROM fapiao_fapiao
WHERE company_id = %s GROUP BY document_id, number, live
"""


class Differs(AssertionError):
    """The notebook and the books say different things."""


@contextmanager
def reading_here() -> Iterator[None]:
    """Bank files are JSON that this process reads: no child process for each step."""
    from huikuan.connectors.bank.types import BankFile, Statement, StatementLine
    from huikuan.receivables.cash import actions

    def read(content: bytes, *, name: str = "", given: Any = None, currency: str = "CNY") -> BankFile:
        d = json.loads(content)
        on = date.fromisoformat(d["on"])
        line = StatementLine(
            1, on, on, d["amount"], d["currency"], payer_name=d["name"], payer_account=d["account"], serial=d["serial"]
        )
        return BankFile("csv", "utf-8", (Statement(NO[d["currency"]], d["currency"], None, None, on, on, (line,)),))

    before = actions.door.read
    actions.door.read = read
    try:
        yield
    finally:
        actions.door.read = before


def open_world(code: str = "100") -> World:
    """A company with its people, goods, prices and customers: what all histories begin with."""
    from huikuan.books.catalog import actions as catalog
    from huikuan.books.customers import actions as customers
    from huikuan.books.ledger.actions import open_periods
    from huikuan.kit.money import parse_price
    from huikuan.office.company import actions as company
    from huikuan.office.company.models import Company
    from huikuan.office.trail.act import Act
    from huikuan.receivables.cash import actions as cash

    at = datetime(2026, 1, 4, 1, tzinfo=UTC)
    known = Company.objects.filter(code=code).first()
    made = known or company.open_company(Act(by="system", company=None, at=at, door="test"), code, "流程", "CNY")

    def act(login: str = "system", on: date = FIRST) -> Act:
        return Act(by=login, company=made.pk, at=datetime(on.year, on.month, on.day, 2, tzinfo=UTC), door="test")

    if known is None:
        for login, roles in (("maker", ["SAL", "BIL"]), ("checker", ["CRE", "CLO", "APR"])):
            company.add_person(act(), login, login, roles)
    goods = {}
    for number, (fen, vat) in PRICES.items():
        item = catalog.create_item(act(), number, number, "箱", "V13" if vat else "V00")
        goods[number] = item.pk
        for currency in ("CNY", "USD"):
            catalog.set_price(act(), item.pk, parse_price(f"{fen / 100:.2f}"), currency, date(2026, 1, 1))
    catalog.set_rates(
        act(), [(1, {"currency": "USD", "on": "2026-01-01", "rate": f"{USD / 100:.2f}", "per": "1"})], "test"
    )
    cash.open_house_bank(act(), NO["CNY"], currency="CNY")
    cash.open_house_bank(act(), NO["USD"], currency="USD")
    open_periods(act(), date(2026, 1, 1), date(2026, 6, 30))
    people = {}
    for n, (currency, limit) in enumerate((("CNY", 500_000), ("CNY", None), ("CNY", 60_000), ("USD", 300_000))):
        row = customers.create(act(), f"C{n}", f"客户{'甲乙丙丁'[n]}商贸", currency=currency, credit_limit=limit)
        customers.add_bank_account(act(), row.pk, f"62220000000000{n:02d}", f"客户{n}", "ICBC")
        people[row.pk] = Person(currency, limit)
    return World(made.pk, goods, people)


class World:
    """What stands before a history begins."""

    def __init__(self, company: int, goods: dict[str, int], people: dict[int, Person]) -> None:
        self.company, self.goods, self.people = company, goods, people


class Flow(Keeping, Noting):
    """One history in one company."""

    def __init__(self, world: World) -> None:
        from huikuan.office.company.queries import series

        self.world, self.company, self.goods = world, world.company, world.goods
        self.m = Model(people={pk: Person(p.currency, p.limit) for pk, p in world.people.items()})
        self.on = FIRST
        self.steps: list[tuple[str, int]] = []
        self.files: list[bytes] = []
        self.names = {pk: n for n, pk in enumerate(sorted(world.people))}
        self.before = Counter({s.klass: s.last for s in series(self.company)})
        self.rng = random.Random(0)
        self.agreed = 0
        self.periods: dict[int, int] = {}

    # --- one step ------------------------------------------------------------------------------------------------

    def step(self, verb: str, number: int) -> None:
        """Do the verb as the number says, then compare. Raises Differs."""
        self.steps.append((verb, number))
        self.rng = random.Random(number)
        if self.rng.random() < 0.12 and self.on < LAST:
            self.on += timedelta(self.rng.choice([1, 1, 2, 5, 9]))
        getattr(self, verb)()
        self.agree()

    def act(self, login: str = "system") -> Any:
        from huikuan.office.trail.act import Act

        at = datetime(self.on.year, self.on.month, self.on.day, 2, tzinfo=UTC)
        return Act(by=login, company=self.company, at=at, door="test")

    def tried(self, may: bool, do: Callable[[], Any]) -> Any:
        """What the books did; None when both say no."""
        from huikuan.kit.errors import Denied, Trouble

        try:
            done = do()
        except Trouble as e:
            if may or isinstance(e, Denied):  # nobody here asks for what is not theirs
                raise Differs(f"{self.steps[-1]}: the books refuse what the notebook allows: {e}") from e
            return None
        if not may:
            raise Differs(f"{self.steps[-1]}: the books allow what the notebook refuses")
        return done if done is not None else True

    def some(self, found: Any) -> Any:
        """One of these, None when there are none."""
        listed = sorted(found) if not isinstance(found, list) else found
        return self.rng.choice(listed) if listed else None

    def past(self) -> date:
        """Mostly today, sometimes a day before."""
        return self.on if self.rng.random() < 0.8 else max(FIRST, self.on - timedelta(self.rng.randint(1, 40)))

    # --- orders --------------------------------------------------------------------------------------------------

    def place(self) -> None:
        from huikuan.sales.orders import actions as orders
        from huikuan.sales.orders.rules.drafts import OrderDraft, OrderLineDraft

        customer, item = self.some(self.m.people), self.some(PRICES)
        milli = self.rng.choice([1000, 2000, 3000, 7000, 13000, 1500, 333, 20000, 100_000])
        gross = gross_of(item, milli)
        line = OrderLineDraft(self.goods[item], milli * 1000)
        may = self.m.passes(customer, gross)
        made = orders.place(self.act("maker"), OrderDraft(customer, self.on, (line,)))
        if made.gross != gross:
            raise Differs(f"{self.steps[-1]}: the order says {made.gross}, the notebook {gross}")
        self.m.orders[made.pk] = Order(customer, item, milli, gross, "free" if may else "held", self.on)
        self.m.numbers["ORD"] += 1

    def _order(self, *states: str) -> tuple[int, Order] | None:
        pk = self.some([p for p, o in self.m.orders.items() if o.state in states])
        return None if pk is None else (pk, self.m.orders[pk])

    def check(self) -> None:
        from huikuan.sales.orders import actions as orders

        if found := self._order("held"):
            pk, o = found
            may = self.m.passes(o.customer, o.gross)
            orders.check_again(self.act("checker"), pk)
            o.state = "free" if may else "held"

    def release(self) -> None:
        from huikuan.sales.orders import actions as orders

        if found := self._order("held", "held", "free"):
            pk, o = found
            if self.tried(o.state == "held", lambda: orders.release(self.act(), pk, "客户已付款")):
                o.state, o.let_go = "released", True

    def reject(self) -> None:
        from huikuan.sales.orders import actions as orders

        if found := self._order("held", "free"):
            pk, o = found
            if self.tried(o.state == "held", lambda: orders.reject(self.act("checker"), pk, "no")):
                o.state = "rejected"

    def cancel_order(self) -> None:
        from huikuan.sales.orders import actions as orders

        if found := self._order("held", "free", "released", "delivered"):
            pk, o = found
            if self.tried(
                o.state != "delivered" and not o.delivered, lambda: orders.cancel(self.act("maker"), pk, "no")
            ):
                o.state = "cancelled"

    def deliver(self) -> None:
        from huikuan.sales.orders import actions as orders
        from huikuan.sales.orders.rules.drafts import DeliveryDraft, DeliveryLineDraft

        states = ("free", "released", "part_delivered") if self.rng.random() < 0.9 else ("held", "billed", "rejected")
        if found := self._order(*states):
            pk, o = found
            left = o.quantity - o.delivered
            milli = self.rng.choice([left, left, max(1, left // 2), left + 1])
            may = o.state in {"free", "released", "part_delivered"} and milli <= left
            draft = DeliveryDraft(pk, self.on, (DeliveryLineDraft(10, milli * 1000),))
            if made := self.tried(may, lambda: orders.deliver(self.act("maker"), draft)):
                o.delivered += milli
                o.settle()
                self.m.deliveries[made.pk] = Delivery(pk, milli, self.on)
                self.m.numbers["DEL"] += 1

    # --- bills ---------------------------------------------------------------------------------------------------

    def bill(self) -> None:
        from huikuan.books.ledger import queries as ledger
        from huikuan.sales.billing import actions as billing
        from huikuan.sales.billing import queries as bills

        wanted = "open" if self.rng.random() < 0.93 else "billed"
        pk = self.some([p for p, d in self.m.deliveries.items() if d.state == wanted])
        if pk is None:
            return
        d = self.m.deliveries[pk]
        o = self.m.orders[d.order]
        on = self.past()
        gross = gross_of(o.item, d.quantity, o.billed)
        may = d.state == "open" and on >= d.on and (self.m.is_open(on) or gross == 0)
        made = self.tried(may, lambda: billing.bill(self.act("maker"), [pk], on))
        if not made:
            return
        row = bills.document(self.company, made[0])
        if row.gross != gross:
            raise Differs(f"{self.steps[-1]}: the bill says {row.gross}, the notebook {gross}")
        d.state = "billed"
        o.billed += d.quantity
        o.settle()
        self.m.numbers["BIL"] += 1
        item = 0
        if gross:
            [item] = ledger.items(self.company).filter(line__entry_id=row.entry_id).values_list("pk", flat=True)
            self._item(item, o.customer, "invoice", on, gross)
            self.m.numbers["RV"] += 1
        self.m.bills[made[0]] = Bill(o.customer, gross, on, item, row.entry_id or 0, pk)

    def _item(self, pk: int, customer: int, kind: str, on: date, amount: int) -> None:
        currency = self.m.people[customer].currency
        self.m.items[pk] = Item(customer, currency, kind, on, amount, in_base(currency, amount))

    def _untouched(self, item: int, on: date) -> bool:
        i = self.m.items[item]
        return i.left == i.amount and on >= i.posted and i.free(on) == i.amount

    def cancel_bill(self) -> None:
        from huikuan.sales.billing import actions as billing

        pk = self.some(list(self.m.bills))
        if pk is None:
            return
        b, on = self.m.bills[pk], self.past()
        may = (
            b.state == "posted"
            and not b.credited
            and (not b.gross or (self.m.is_open(on) and self._untouched(b.item, on)))
        )
        made = self.tried(may, lambda: billing.cancel(self.act("maker"), pk, on, "wrong"))
        if not made:
            return
        b.state = "cancelled"
        self.m.numbers["BIL"] += 1
        d = self.m.deliveries[b.delivery]
        d.state = "open"
        o = self.m.orders[d.order]
        o.billed -= d.quantity
        o.settle()
        if b.gross:
            self._mirror(made.entry_id, b.item, on, "RV")

    def _mirror(self, entry: int, item: int, on: date, klass: str) -> None:
        """An entry was reversed: the mirror's item cleared with the old one."""
        from huikuan.books.ledger import queries as ledger

        [new] = ledger.items(self.company).filter(line__entry_id=entry).values_list("pk", flat=True)
        old = self.m.items[item]
        self.m.items[new] = Item(old.customer, old.currency, old.kind, on, -old.amount, -old.base)
        self.m.numbers[klass] += 1
        clearing = ledger.clearings(self.company).order_by("-pk").values_list("pk", flat=True)[0]
        self.m.clear(clearing, on, {item: old.amount, new: -old.amount})
        self.m.clearings[clearing].kept = True

    def credit(self) -> None:
        from huikuan.books.ledger import queries as ledger
        from huikuan.kit.money import Money
        from huikuan.office.approvals import actions as approvals
        from huikuan.office.approvals import queries as asked
        from huikuan.sales.billing import actions as billing
        from huikuan.sales.billing import queries as bills

        pk = self.some([p for p, b in self.m.bills.items() if self.m.people[b.customer].currency == "CNY" and b.gross])
        if pk is None:
            return
        b = self.m.bills[pk]
        left = b.gross - b.credited
        amount = self.rng.choice([left, max(1, left // 3), 1, left + 1])
        may = b.state == "posted" and 0 < amount <= left
        money = Money(amount, "CNY")
        ask = self.tried(may, lambda: billing.ask_credit(self.act("maker"), pk, self.on, "少货", amount=money))
        if not ask:
            return
        shown = asked.by_id(self.company, ask).hash
        if not self.tried(self.m.is_open(self.on), lambda: approvals.grant(self.act("checker"), ask, shown)):
            return
        row = bills.documents(self.company).filter(kind="credit_note").order_by("-pk")[0]
        [item] = ledger.items(self.company).filter(line__entry_id=row.entry_id).values_list("pk", flat=True)
        self._item(item, b.customer, "credit", self.on, -amount)
        b.credited += amount
        self.m.numbers["BIL"] += 1
        self.m.numbers["RV"] += 1

    # --- money ---------------------------------------------------------------------------------------------------

    def receive(self) -> None:
        """A bank file of one line: of a customer whose account is known, or of nobody."""
        from huikuan.receivables.cash import queries as cash

        customer = self.some(self.m.people)
        currency = self.m.people[customer].currency
        owed = [i.left for i in self.m.items.values() if i.customer == customer and i.left > 0]
        amount = self.rng.choice([*owed[:6], 100, 99_999, *([sum(owed)] if owed else [])])
        stranger = self.rng.random() < 0.2
        on = self.past()
        # Every stranger is another one: matching learns who paid once.
        account = f"9558{len(self.files):012d}" if stranger else f"62220000000000{self.names[customer]:02d}"
        told = {"on": on.isoformat(), "amount": amount, "currency": currency, "account": account,
                "name": f"{len(self.files)}号路人" if stranger else f"客户{self.names[customer]}", "serial": f"S{len(self.files)}"}  # fmt: skip
        day = on if self.m.is_open(on) else self.on
        made = self.tried(self.m.is_open(day), lambda: self._import(json.dumps(told).encode(), currency))
        if not made:
            return
        self.files.append(json.dumps(told).encode())
        line = cash.lines(self.company).order_by("-pk")[0]
        self.m.numbers["BR"] += 1
        self.m.lines[line.pk] = Line(amount, currency, None if stranger else customer, line.item_id, on)
        if stranger:
            self.m.unknown += in_base(currency, amount)
        else:
            self._item(line.item_id or 0, customer, "receipt", day, -amount)

    def _import(self, content: bytes, currency: str) -> Any:
        from huikuan.receivables.cash import actions as cash

        return cash.import_file(self.act(), NO[currency], content, name="b.csv")

    def receive_again(self) -> None:
        """The same file a second time adds nothing."""
        content = self.some(self.files)
        if content is None:
            return
        # Nothing is to be posted, so not even a closed month is in the way.
        done = self.tried(True, lambda: self._import(content, json.loads(content)["currency"]))
        if (done.landed, done.known) != (0, 1):
            raise Differs(f"{self.steps[-1]}: a file again landed {done.landed} lines")

    def identify(self) -> None:
        """A stranger's money turns out to be a customer's."""
        from huikuan.receivables.cash import actions as cash
        from huikuan.receivables.cash import queries

        pk = self.some([p for p, line in self.m.lines.items() if line.customer is None and not line.charged])
        if pk is None:
            return
        line = self.m.lines[pk]
        customer = self.some([c for c, p in self.m.people.items() if p.currency == line.currency])
        day = line.on if self.m.is_open(line.on) else self.on
        if not self.tried(self.m.is_open(day), lambda: cash.identify(self.act(), pk, customer, teach=False)):
            return
        line.customer, line.item = customer, queries.lines(self.company).get(pk=pk).item_id
        self.m.unknown -= in_base(line.currency, line.amount)
        self.m.numbers["BR"] += 1
        self._item(line.item or 0, customer, "receipt", day, -line.amount)

    def apply(self) -> None:
        """A receipt pays one or two items of its customer."""
        from huikuan.receivables.cash import actions as cash

        pk = self.some([p for p, x in self.m.lines.items() if x.item and self.m.items[x.item].left])
        if pk is None:
            return
        line = self.m.lines[pk]
        receipt = self.m.items[line.item or 0]
        due = [i for i, x in self.m.items.items() if x.customer == line.customer and x.left > 0]
        if not due:
            return
        chosen = self.rng.sample(sorted(due), min(len(due), self.rng.choice([1, 1, 2])))
        left, legs = -receipt.left, {}
        for i in chosen:
            legs[i] = min(left, self.m.items[i].left)
            left -= legs[i]
        legs = {i: a for i, a in legs.items() if a}
        if self.rng.random() < 0.1:
            legs[chosen[0]] = (
                legs.get(chosen[0], 0) + 1
            )  # more than there is, of one or the other, unless the other has it
        on = max(self.past(), receipt.posted)
        total = sum(legs.values())
        rest = {**legs, line.item or 0: -total}
        fits = all(
            abs(a) <= abs(self.m.items[i].free(on)) and abs(a) <= abs(self.m.items[i].left) for i, a in rest.items()
        )
        may = fits and all(on >= self.m.items[i].posted for i in rest) and self.m.is_open(on)
        done = self.tried(may, lambda: cash.apply(self.act(), pk, list(legs.items()), on))
        if done:
            self.m.clear(done[0], on, rest)

    def settle(self) -> None:
        """A credit, or money back, is taken off an item of the same customer, without a bank line."""
        from huikuan.books.ledger import actions as ledger
        from huikuan.books.ledger.types import ClearDraft

        down = self.some(
            [i for i, x in self.m.items.items() if x.left < 0 and x.kind != "receipt" and x.account == "1122"]
        )
        if down is None:
            return
        other = self.m.items[down]
        up = self.some([i for i, x in self.m.items.items() if x.left > 0 and x.customer == other.customer])
        if up is None:
            return
        amount = min(-other.left, self.m.items[up].left) + (1 if self.rng.random() < 0.1 else 0)
        on = self.past()
        legs = {up: amount, down: -amount}
        fits = all(
            abs(a) <= abs(self.m.items[i].left) and abs(a) <= abs(self.m.items[i].free(on)) for i, a in legs.items()
        )
        may = fits and all(on >= self.m.items[i].posted for i in legs) and self.m.is_open(on)
        done = self.tried(may, lambda: ledger.clear(self.act(), [ClearDraft(on, tuple(legs.items()))]))
        if done:
            self.m.clear(done[0], on, legs)

    def undo(self) -> None:
        from huikuan.receivables.cash import actions as cash

        pk = self.some(list(self.m.clearings))
        if pk is None:
            return
        c, on = self.m.clearings[pk], self.past()
        may = not c.undone and not c.undoes and not c.kept and on >= c.on and self.m.is_open(on)
        new = self.tried(may, lambda: cash.undo(self.act(), pk, on, "wrong"))
        if new:
            self.m.undo(pk, new, on)

    # --- the ledger ----------------------------------------------------------------------------------------------

    def redate(self) -> None:
        from huikuan.books.ledger import actions as ledger

        pk = self.some(list(self.m.items))
        if pk is not None:
            due = self.on + timedelta(self.rng.randint(0, 60))
            may = self.m.items[pk].left != 0
            self.tried(may, lambda: ledger.change_item(self.act(), [pk], {"due_date": due}, "agreed", self.on))

    def post(self) -> None:
        """An entry by hand."""
        from huikuan.books.ledger import actions as ledger
        from huikuan.books.ledger.types import EntryDraft, LineDraft
        from huikuan.kit.money import Money

        customer = self.some(self.m.people)
        currency = self.m.people[customer].currency
        amount, on = self.rng.choice([1, 2, 333, 100_000]) * self.rng.choice([1, -1]), self.past()
        base = None if currency == "CNY" else in_base(currency, amount)
        lines = (
            LineDraft("1122", Money(amount, currency), party=customer, due=on, kind="other", base_amount=base),
            LineDraft("6001", Money(-amount, currency), base_amount=None if base is None else -base),
        )
        done = self.tried(self.m.is_open(on), lambda: ledger.post(self.act(), [EntryDraft("AR", on, "x", lines)]))
        if done:
            self._item(done[0].items[0], customer, "other", on, amount)
            self.m.numbers["AR"] += 1
            self.m.entries[done[0].entry_id] = (on, True, done[0].items[0])

    def reverse(self) -> None:
        from huikuan.books.ledger import actions as ledger

        pk = self.some(list(self.m.entries))
        if pk is None:
            return
        posted, free, item = self.m.entries[pk]
        on = self.past()
        may = free and self.m.is_open(on) and on >= posted and self._untouched(item, on)
        done = self.tried(may, lambda: ledger.reverse(self.act(), pk, on, "wrong"))
        if done:
            self.m.entries[pk] = (posted, False, item)
            self._mirror(done.entry_id, item, on, "AR")

    def _period(self, month: int) -> int:
        from huikuan.books.ledger import queries as ledger

        if not self.periods:
            self.periods = dict(ledger.periods(self.company).filter(year=2026).values_list("month", "pk"))
        return self.periods[month]

    def lock(self) -> None:
        from huikuan.books.ledger import actions as ledger

        month = self.rng.randint(1, self.on.month)
        if self.rng.random() < 0.5 and month == self.on.month:
            return  # not too often today's own month: all else would be refused
        if self.tried(month not in self.m.closed, lambda: ledger.close_period(self.act(), self._period(month))):
            self.m.closed.add(month)

    def unlock(self) -> None:
        from huikuan.books.ledger import actions as ledger

        month = self.some(self.m.closed) or 6
        if self.tried(
            month in self.m.closed, lambda: ledger.reopen_period(self.act(), self._period(month), "late bill")
        ):
            self.m.closed.discard(month)

    def limit(self) -> None:
        from huikuan.books.customers import actions as customers
        from huikuan.office.approvals import actions as approvals
        from huikuan.office.approvals import queries as asked

        customer = self.some([c for c, p in self.m.people.items() if p.limit is not None and p.currency == "CNY"])
        person = self.m.people[customer]
        wanted = self.rng.choice([0, 30_000, 200_000, 500_000, 900_000])
        if wanted == person.limit:
            return
        ask = customers.ask_limit(self.act(), customer, wanted, "reviewed")
        if ask:
            approvals.grant(self.act("checker"), ask, asked.by_id(self.company, ask).hash)
        person.limit = wanted

    # --- both sides compared ------------------------------------------------------------------------------------

    def agree(self) -> None:
        """Exposure per layer, open sums per customer and kind, control account, counters, order states, e-invoice numbers. Raises Differs."""
        from django.db import connection

        found: dict[str, dict[Any, Any]] = {
            part: {} for part in ("exposure", "items", "books", "numbers", "orders", "noted")
        }
        with connection.cursor() as cursor:
            cursor.execute(ALL, [self.company] * 6)
            for part, n, code, word, a, b in cursor.fetchall():
                key: Any = (
                    (n, code, word)
                    if part in {"exposure", "items", "noted"}
                    else (code, word)
                    if part == "books"
                    else n or code
                )
                found[part][key] = (
                    word if part == "orders" else (int(a), int(b)) if part in {"items", "books"} else int(a)
                )
        m, books = self.m, found["books"]
        self._same("exposure", found["exposure"], m.exposure())
        self._same("open items", {k: v for k, v in found["items"].items() if any(v)}, m.open_sums())
        control = {cur: v for (code, cur), v in books.items() if code == "1122" and any(v)}
        self._same("control account", control, m.control())
        kept = {k: v for k, v in books.items() if k[0] in {"1121", "2203", "224103"} and any(v)}
        self._same("kept money", kept, m.kept_money())
        self._same("unknown payers", -sum(b for (code, _cur), (_a, b) in books.items() if code == "224101"), m.unknown)
        taken = {k: v - self.before[k] for k, v in found["numbers"].items() if v != self.before[k]}
        self._same("numbers", taken, {k: v for k, v in m.numbers.items() if v})
        self._same("e-invoice numbers", found["noted"], dict(m.numbers_noted()))
        orders = found["orders"]
        self._same("orders", {pk: orders.get(pk) for pk in m.orders}, {pk: o.state for pk, o in m.orders.items()})
        self.agreed += 1

    def _same(self, what: str, books: Any, notebook: Any) -> None:
        if books != notebook:
            if isinstance(books, dict):
                keys = sorted(k for k in {*books, *notebook} if books.get(k) != notebook.get(k))
                books, notebook = {k: books.get(k) for k in keys}, {k: notebook.get(k) for k in keys}
            raise Differs(f"{self.steps[-1] if self.steps else ''}: {what}: books {books}, notebook {notebook}")

    def proved(self) -> None:
        """Whatever `verify` asks holds. Raises Differs."""
        from huikuan.office.trail.actions import prove

        wrong = [f"{c.id} {b}" for c in prove(self.company).checks for b in c.broken or ([c.title] if c.wrong else [])]
        if wrong:
            raise Differs(f"verify after {len(self.steps)} steps: {wrong[:5]}")


def draw(rng: random.Random) -> tuple[str, int]:
    """The next step of a history."""
    return rng.choices(list(VERBS), list(VERBS.values()))[0], rng.getrandbits(32)


def play(flow: Flow, steps: list[tuple[str, int]]) -> None:
    """A list of steps again. Raises Differs where it did before."""
    for verb, number in steps:
        flow.step(verb, number)
