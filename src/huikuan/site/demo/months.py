"""The demo's months, day by day: orders, credit, deliveries, bills, bank files, matching. All through the actions.

The seed, the first day and the last day fix everything: the same command makes the same company.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from huikuan.books.customers import actions as customers
from huikuan.books.ledger import actions as ledger
from huikuan.books.ledger import queries as ledger_queries
from huikuan.kit.dates import WorkCalendar, add_months, month_start
from huikuan.kit.money import QUANTITY_SCALE, Money
from huikuan.kit.refs import read, ref
from huikuan.office.company import queries as company_queries
from huikuan.office.trail.act import Act
from huikuan.office.work import actions as work
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.cash import queries as cash_queries
from huikuan.sales.billing import actions as billing
from huikuan.sales.orders import actions as orders
from huikuan.sales.orders import queries as order_queries
from huikuan.sales.orders.rules.drafts import DeliveryDraft, OrderDraft, OrderLineDraft
from huikuan.site.demo import desks
from huikuan.site.demo.bank import Teller
from huikuan.site.demo.firm import ITEMS, Buyer, buyers
from huikuan.site.demo.masters import open_company, settle_in
from huikuan.site.demo.notes import notes, securities

LAST_DAY = date(2026, 9, 25)  # the Friday before the mid-autumn and national holidays: a full desk

Progress = Callable[[str, int, int], None]


@dataclass
class Demo:
    """One demo in the making."""

    months: int
    customers: int
    seed: int
    progress: Progress
    company: int = 0
    rng: random.Random = field(init=False)
    people: dict[str, int] = field(default_factory=dict)
    goods: dict[str, int] = field(default_factory=dict)
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)  # noqa: S311 - the same seed makes the same company  # nosec B311 # a demo, not a secret
        self.first = month_start(add_months(LAST_DAY, 1 - self.months))
        self.now = self._at(self.first)

    @staticmethod
    def _at(day: date, hour: int = 2) -> datetime:
        return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)

    def door(self, login: str, key: str | None = None) -> Act:
        return Act(by=login, company=self.company, at=self.now, door="demo", key=key)

    def build(self) -> None:
        """The whole company, from its opening to the last day."""
        self.progress("opening the company", 0, 1)
        self.company = open_company(self._at(self.first - timedelta(days=40)))
        self.buyers = buyers(self.customers, self.seed)
        self.people, self.goods = settle_in(self.door, self.buyers)
        self.teller = Teller(self)
        desks.first_day(self)
        calendar = company_queries.calendar(self.company)
        days = [self.first + timedelta(days=n) for n in range((LAST_DAY - self.first).days + 1)]
        for n, day in enumerate(days, 1):
            self.now = self._at(day)
            if day.day == 1 and day != self.first:
                desks.set_rates(self, day)
            self._day(day, calendar)
            self.progress(f"{day:%Y-%m}", n, len(days))
        self._loose_ends()

    def _day(self, day: date, calendar: WorkCalendar) -> None:
        if not calendar.is_workday(day):
            return
        self._order(day)
        if day.weekday() in (0, 2, 4):
            self._deliver(day)
        if day.weekday() in (1, 3) or day == LAST_DAY:
            self._sign(day)
            billing.bill_due(self.door("wang.lei"), day - timedelta(days=1), on=day)
            self.teller.invoices_arrive(day)
        if day.weekday() in (0, 2, 4):
            self.teller.bank_day(day)
        if day.weekday() in (2, 4):
            orders.recheck_held(self.door("robot"), on=day)
            self._held(day)

    def _order(self, day: date) -> None:
        weights = [b.weight for b in self.buyers]
        drafts = []
        for _n in range(max(2, len(self.buyers) // 7)):
            buyer = self.rng.choices(self.buyers, weights)[0]
            drafts.append(self._draft(buyer, day))
        orders.place_many(self.door("liu.min"), drafts)

    def _held(self, day: date) -> None:
        """What is on hold: shops send the money first; of the rest, credit lets some go and says no to a few."""
        by_id = {pk: next(b for b in self.buyers if b.number == number) for number, pk in self.people.items()}
        for order in (
            order_queries.orders(self.company).filter(state="held", date__lte=day - timedelta(days=1)).order_by("id")
        ):
            buyer, age = by_id[order.customer_id], (day - order.date).days
            if buyer.terms == "CASH":
                if self.rng.random() < 0.7:
                    self.teller.prepay(order.number, buyer, order.gross)
            elif age >= 3 and self.rng.random() < 0.35 and order.gross <= 100_000_00:
                orders.release(self.door("zhao.yan"), order.pk, "客户承诺本周付款 Promised to pay this week")
            elif age >= 10 and self.rng.random() < 0.3:
                orders.reject(self.door("zhao.yan"), order.pk, "逾期未清,暂不供货 Overdue not settled")

    def _draft(self, buyer: Buyer, day: date) -> OrderDraft:
        chosen = self.rng.sample(range(len(ITEMS)), self.rng.randint(1, 4))
        lines = tuple(
            OrderLineDraft(
                item=self.goods[ITEMS[i][0]],
                quantity=max(2, int(buyer.size * self.rng.uniform(0.3, 1.1))) * QUANTITY_SCALE,
                discount=self.rng.choice((0, 0, 0, 0, 2_000_000)),
            )
            for i in chosen
        )
        po = f"PO{day:%y%m}{self.rng.randrange(10_000):04d}" if buyer.klass == "ka" else ""
        deal = f"XS{day:%Y}-{buyer.number}" if buyer.klass in ("ka", "distributor") else ""
        return OrderDraft(
            customer=self.people[buyer.number], date=day, lines=lines, requested=day + timedelta(days=3), customer_po=po, contract=deal
        )  # fmt: skip

    def _deliver(self, day: date) -> None:
        """Free and released orders of earlier days go out; one in ten goes in two parts."""
        ready = order_queries.orders(self.company).filter(
            state__in=("free", "released", "part_delivered"), date__lt=day
        )
        drafts = []
        for pk in ready.order_by("id").values_list("id", flat=True):
            if self.rng.random() < 0.15:
                continue
            drafts.append(
                DeliveryDraft(
                    order=pk, date=day, etd=day, eta=day + timedelta(days=self.rng.randint(1, 4)), carrier=self.rng.choice(("德通物流", "华远物流"))
                )
            )  # fmt: skip
        orders.deliver_many(self.door("wang.lei"), drafts)

    def _sign(self, day: date) -> None:
        due = order_queries.deliveries(self.company).filter(signed_on=None, eta__lt=day, state__in=("open", "billed"))
        for one in due.filter(order__terms__code="S030", eta__isnull=False).order_by("id")[:20]:
            signed = (one.eta or day) + timedelta(days=1)
            orders.sign_off(self.door("wang.lei"), one.pk, min(day, signed), "仓库签收")

    def _loose_ends(self) -> None:
        """What a desk has on an ordinary day: things asked for, things to decide."""
        ledger.open_periods(self.door("zhou.hui"), self.first, add_months(LAST_DAY, 2))
        self.teller.loose_ends(LAST_DAY)
        desk = self.door
        notes(self, LAST_DAY)
        securities(self, LAST_DAY)
        late = [
            i
            for i in ledger_queries.open_items(self.company)
            if i.kind == "invoice" and i.due_date and i.due_date < LAST_DAY
        ]
        for n, item in enumerate(late[:6]):
            facts = {
                "owner": "chen.jing",
                "reason_code": ("PRICE", "QUALITY", "CASHFLOW")[n % 3],
                "expected_date": LAST_DAY + timedelta(days=7 + n),
            }
            ledger.change_item(desk("chen.jing"), [item.id], facts, "电话催收 Called the customer", LAST_DAY)
        for item in [i for i in late if i.amount > 2_000_00][:2]:
            source = read(next(e.source for e in [ledger_queries.entry(self.company, item.entry_id)] if e))
            if source is not None:
                billing.ask_credit(
                    desk("chen.jing"),
                    source.pk,
                    LAST_DAY,
                    "破损补偿 Damaged in transit",
                    amount=Money(item.remaining // 10, "CNY"),
                )
        dealer = next(b for b in self.buyers if b.klass == "distributor" and b.limit)
        customers.ask_limit(
            desk("chen.jing"), self.people[dealer.number], (dealer.limit or 0) * 150, "旺季备货 Stock for the holidays"
        )
        for order in (
            order_queries.orders(self.company).filter(state="held", gross__gt=10_000_00).order_by("-gross")[:1]
        ):
            orders.release(desk("chen.jing"), order.pk, "节前备货,已收承兑 Holiday stock, draft received")
        desks.held_orders(self, LAST_DAY)
        desks.money_ahead(self, LAST_DAY)
        desks.goods_out(self, LAST_DAY)
        desks.foreign_money(self, LAST_DAY)
        desks.papers(self, LAST_DAY)
        desks.fapiaos(self)
        for n, line in enumerate(cash_queries.work(self.company).order_by("-amount")[:3]):
            cash.assign(
                desk("sun.tao"), line.pk, ("chen.jing", "liu.min", "chen.jing")[n], "请确认这笔款 Whose money is this?"
            )
        for login, title in (
            ("liu.min", "补齐新客户的开票资料 Complete the tax title of a new customer"),
            ("wang.lei", "与客户确认中秋后的到货日期 Agree the delivery day after the holiday"),
            ("zhao.yan", "复核九月信用释放 Review the releases of September"),
            ("sun.tao", "核对建设银行九月余额 Agree the September balance of the bank"),
        ):  # fmt: skip
            work.open_order(
                desk("system"), "desk.todo", ref("company.company", self.company), title, due=LAST_DAY, person=login
            )
