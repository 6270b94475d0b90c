"""What waits on the demo's desks on its last day: orders held for different reasons, foreign money, letters, a bad sheet."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import TYPE_CHECKING

from huikuan.books.catalog import actions as catalog
from huikuan.books.customers import actions as customers
from huikuan.books.ledger import queries as ledger
from huikuan.kit.dates import add_months
from huikuan.kit.money import QUANTITY_SCALE, RATE_SCALE
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.statements import actions as statements
from huikuan.review.kpis import actions as kpis
from huikuan.sales.billing import queries as bills
from huikuan.sales.fapiao import actions as fapiao
from huikuan.sales.fapiao.rules import Draft
from huikuan.sales.orders import actions as orders
from huikuan.sales.orders import queries as order_queries
from huikuan.sales.orders.rules.drafts import DeliveryDraft, OrderDraft, OrderLineDraft
from huikuan.site.demo.firm import ITEMS, Buyer

if TYPE_CHECKING:
    from huikuan.site.demo.months import Demo

# Central parity rates as one would type them off the bank's page: yen per 100.
RATES = (("USD", "7.0853", "1"), ("EUR", "8.3127", "1"), ("JPY", "4.7620", "100"), ("GBP", "9.5410", "1"))
ABROAD = ("Pacific Pantry Pte. Ltd.", "Victoria Harbour Foods Ltd.")


def first_day(demo: Demo) -> None:
    """Terms and rates that hold from the beginning."""
    for buyer in demo.buyers:
        if buyer.terms == "BASE":
            customers.set_base_stock(
                demo.door("liu.min"),
                demo.people[buyer.number],
                None,
                date(2026, 12, 31),
                "2026年经销合同 Dealer contract 2026",
            )
    set_rates(demo, demo.first)


def set_rates(demo: Demo, day: date) -> None:
    """The month's first rates, a little other each month."""
    month = day.month % 5
    rows = [
        {"currency": currency, "on": day.isoformat(), "rate": f"{rate[:-1]}{month}", "per": per}
        for currency, rate, per in RATES
    ]
    catalog.set_rates(demo.door("sun.tao"), list(enumerate(rows, 1)), "中国人民银行中间价 PBC central parity rate")


def _order(demo: Demo, buyer: Buyer, day: date, cases: int, item: int = 0, po: str = "") -> OrderDraft:
    line = OrderLineDraft(item=demo.goods[ITEMS[item][0]], quantity=cases * QUANTITY_SCALE)
    return OrderDraft(
        customer=demo.people[buyer.number], date=day, lines=(line,), requested=day + timedelta(days=4), customer_po=po
    )


def held_orders(demo: Demo, day: date) -> None:
    """Orders of today that credit holds, each for another reason: over the limit, nothing paid yet, something old is open,
    too much of it late."""
    late: dict[int, int] = {}
    for i in ledger.open_items(demo.company):
        if i.kind == "invoice" and i.due_date and i.due_date < day - timedelta(days=7):
            late[i.customer_id] = late.get(i.customer_id, 0) + i.remaining
    over = [b for b in demo.buyers if b.klass == "distributor" and b.limit and b.terms != "BASE"][1:3]
    cash = [b for b in demo.buyers if b.terms == "CASH"][:2]
    slow = [b for b in demo.buyers if late.get(demo.people[b.number]) and b not in over][:3]
    for n, buyer in enumerate(slow):  # whoever was late before is asked about it sooner
        days, share = (7, None) if n % 2 == 0 else (None, RATE_SCALE // 100)
        customers.save_policy(
            demo.door("admin"), customer_id=demo.people[buyer.number], oldest_overdue_days=days, overdue_share=share
        )
    drafts = [_order(demo, b, day, (b.limit or 0) // 25, item=n) for n, b in enumerate(over)]
    drafts += [_order(demo, b, day, 160 + 40 * n, item=2 + n) for n, b in enumerate(cash)]
    drafts += [_order(demo, b, day, 30 + 5 * n, item=5 + n) for n, b in enumerate(slow)]
    drafts += [_order(demo, b, day, 700, item=3) for b in demo.buyers if b.klass == "indirect"][:1]
    orders.place_many(demo.door("liu.min"), drafts)


def money_ahead(demo: Demo, day: date) -> None:
    """A private person paid for an order that waits for money: nobody is known by that account, the remark says what for."""
    waits = order_queries.orders(demo.company).filter(state="held", date=day, terms__code="CASH").order_by("id").first()
    if waits is not None:
        demo.teller.brings("王芳", "6217001210098765432", waits.gross, f"预付货款 {waits.number}", day)


def goods_out(demo: Demo, day: date) -> None:
    """Goods that left today and wait to be billed."""
    ready = order_queries.orders(demo.company).filter(state__in=("free", "released"), date__lte=day).order_by("id")
    drafts = [
        DeliveryDraft(order=pk, date=day, etd=day, eta=day + timedelta(days=2), carrier="华远物流")
        for pk in ready.values_list("id", flat=True)[:5]
    ]
    orders.deliver_many(demo.door("wang.lei"), drafts)


def foreign_money(demo: Demo, day: date) -> None:
    """A dollar account whose rate is known, and one in Hong Kong dollars that waits for its rate."""
    for number, currency, name, amounts in (
        ("NRA44050012345678", "USD", ABROAD[0], ("12480.00", "3975.50")),
        ("NRA44050012345679", "HKD", ABROAD[1], ("86000.00", "15240.00")),
    ):
        rows = [
            f"账号,{number}",
            "交易日,起息日,交易类型,借方金额,贷方金额,余额,摘要,流水号,业务名称,用途,收(付)方名称,收(付)方账号,收(付)方开户行名",
        ]
        balance = 0
        for n, amount in enumerate(amounts, 1):
            balance += int(amount.replace(".", ""))
            rows.append(
                f"{day:%Y-%m-%d},{day:%Y-%m-%d},国际汇款,,{amount},{balance // 100}.{balance % 100:02d},PAYMENT {currency}{n},F{currency}{n:06d},"
                f"汇入汇款,GOODS,{name},8800{n}1234567,DBS"
            )
        content = ("\r\n".join(rows) + "\r\n").encode("gb18030")
        cash.import_file(
            demo.door("sun.tao"), number, content, name=f"外币户_{currency}_{day:%Y%m%d}.csv", currency=currency
        )


def fapiaos(demo: Demo) -> None:
    """The first month's bills were issued at the tax platform, and somebody noted under which numbers. Invented ones."""
    until = add_months(demo.first, 1)
    posted = bills.documents(demo.company).filter(state="posted", date__lt=until).exclude(kind="cancellation")
    drafts = [
        Draft(pk, "", f"{on:%y}312{61_000_000_000 + n * 104_729:015d}", on)
        for n, (pk, on) in enumerate(posted.order_by("id").values_list("pk", "date"), 1)
    ]
    if drafts:
        fapiao.note(demo.door("wang.lei"), drafts)


def papers(demo: Demo, day: date) -> None:
    """Letters that went out, a sheet of orders with a row to mend, reports that are read regularly."""
    first, last = day.replace(day=1) - timedelta(days=1), day
    for buyer in [b for b in demo.buyers if not b.payer and b.klass in ("ka", "distributor")][:3]:
        statements.issue(demo.door("chen.jing"), demo.people[buyer.number], first.replace(day=1), first)
    ka = [b for b in demo.buyers if b.klass == "ka" and not b.payer]
    rows = [
        (2, {"order": "SHEET-0925-1", "customer": ka[0].number, "item": ITEMS[1][0], "quantity": "40"}),
        (3, {"order": "SHEET-0925-1", "customer": ka[0].number, "item": ITEMS[4][0], "quantity": "60"}),
        (4, {"order": "SHEET-0925-2", "customer": ka[-1].number, "item": "19999", "quantity": "24"}),
        (5, {"order": "SHEET-0925-3", "customer": ka[-1].number, "item": ITEMS[7][0], "quantity": "十箱"}),
    ]
    digest = hashlib.sha256(b"demo sheet").hexdigest()
    orders.feed(demo.door("liu.min"), "节前补货.xlsx", digest, rows, last)
    kpis.subscribe(demo.door("zhao.yan"), "ageing", "by=org", "weekly", "账龄周报 Ageing of the week")
    kpis.subscribe(demo.door("zhou.hui"), "figures", "", "monthly", "经营指标月报 Key figures of the month")
