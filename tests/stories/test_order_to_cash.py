"""From an order to cleared cash, told as the desk would tell it.

Wang Lei places an order that is too much for the customer's limit. Chen Jing lets it go with a bank slip in hand.
The goods leave, the bill is posted, the bank file comes in, the matching clears what is sure, and the next order,
which waited for the credit, is set free by nobody but the money. At the end the books prove themselves.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from huikuan.books.catalog import actions as catalog
from huikuan.books.customers import actions as customers
from huikuan.books.customers import queries as customer_queries
from huikuan.books.ledger import queries as ledger
from huikuan.kit.errors import Refused
from huikuan.kit.money import parse_price, parse_quantity
from huikuan.office.files import actions as files
from huikuan.office.trail.actions import seal_all, verify
from huikuan.office.trail.queries import timeline
from huikuan.office.work.bots import work_once
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.statements import queries as statements
from huikuan.sales.billing import actions as billing
from huikuan.sales.orders import actions as orders
from huikuan.sales.orders import queries as order_queries
from huikuan.sales.orders.rules.drafts import DeliveryDraft, OrderDraft, OrderLineDraft

MONDAY = date(2026, 3, 2)


@pytest.mark.django_db
def test_an_order_becomes_cleared_cash(live_cast, act):
    company = live_cast.company.pk

    # The customer: 30 days, a limit of 5,000.00, a bank account that pays from.
    shop = customers.create(
        act("system"),
        "C001",
        "上海嘉禾商贸有限公司",
        name_en="Shanghai Jiahe Trading",
        terms="N030",
        credit_limit=500_000,
    )
    customers.add_bank_account(act("liu.min"), shop.pk, "1001244319006547812", "上海嘉禾商贸有限公司", "中国工商银行")
    cola = catalog.create_item(act("liu.min"), "10001", "沪光可乐 330ml*24", "箱", "V13")
    catalog.set_price(act("liu.min"), cola.pk, parse_price("40"), "CNY", date(2026, 1, 1))

    # 200 cases at 40.00 and 13 % VAT are 9,040.00: more than the limit, so the order is held and says why.
    def order(cases: str) -> int:
        line = OrderLineDraft(cola.pk, parse_quantity(cases))
        return orders.place(act("wang.lei"), OrderDraft(shop.pk, MONDAY, (line,))).pk

    big = order("200")
    held = order_queries.order(company, big)
    assert held.state == "held" and held.gross == 904_000 and held.shortfall == 404_000
    assert any("5,000.00" in str(r) for r in order_queries.reasons(order_queries.decisions(big)[0]))

    # Goods on hold do not leave. Nobody lets go of what they placed themselves.
    with pytest.raises(Refused):
        orders.deliver(act("wang.lei"), DeliveryDraft(big, MONDAY))
    # Chen Jing has the bank slip; she may release up to her limit, and a check that the money came is opened.
    slip = files.keep(act("chen.jing"), "slip.txt", b"paid 9040.00", "evidence")
    orders.release(act("chen.jing"), big, "客户已付款,附水单", evidence=slip.pk)
    assert order_queries.order(company, big).state == "released"

    # The goods leave on Tuesday in one batch and are billed the same day, due thirty days later.
    tuesday = date(2026, 3, 3)
    orders.deliver(act("wang.lei", on=tuesday), DeliveryDraft(big, tuesday, etd=tuesday, eta=date(2026, 3, 5)))
    billing.bill_due(act("wang.lei", on=tuesday), tuesday)
    [bill] = ledger.open_items(company)
    assert (bill.amount, bill.due_date) == (904_000, date(2026, 4, 2))
    assert customer_queries.exposure(company, shop.pk).layers.items == 904_000

    # A second order of 40 cases finds no credit left, and waits.
    small = order("40")
    assert order_queries.order(company, small).state == "held"

    # The bank's file of Friday: one transfer that names the bill.
    friday = date(2026, 3, 6)
    content = (
        "账号:31050161363600001234\r\n"
        "交易时间,借方发生额,贷方发生额,余额,对方户名,对方账号,摘要,备注,交易流水号\r\n"
        f"20260306,0.00,9040.00,9040.00,上海嘉禾商贸有限公司,1001244319006547812,转账,货款 {bill.document},0001\r\n"
    ).encode("gb18030")
    done = cash.import_file(act("sun.tao", on=friday), "31050161363600001234", content, name="ccb.csv")
    assert (done.read, done.landed, done.known, done.quarantined) == (1, 1, 0, 0)
    again = cash.import_file(act("sun.tao", on=friday), "31050161363600001234", content, name="ccb.csv")
    assert (again.landed, again.known) == (0, 1), "the same line twice adds nothing"

    matched = cash.match(act("robot", on=friday))
    assert (matched.lines, matched.cleared) == (1, 1)
    assert ledger.open_items(company) == []
    # On Thursday it was still open: the past does not change.
    assert [i.remaining for i in ledger.open_items(company, date(2026, 3, 5))] == [904_000]

    # The robot hears of the cash and checks the waiting order again; nobody had to think of it.
    work_once(clock=lambda: datetime(2026, 3, 6, 8, tzinfo=UTC))
    assert order_queries.order(company, small).state == "free"

    # The statement says the same as the ledger, and the trail tells the whole story.
    paper = statements.statement(company, shop.pk, date(2026, 3, 1), date(2026, 3, 31))
    [section] = paper.sections
    assert (section.opening, section.closing) == (0, 0) and [line.amount for line in section.lines] == [
        904_000,
        -904_000,
    ]
    assert {"orders.place", "orders.release"} <= {e.name for e in timeline(company, f"orders.order:{big}")}
    seal_all()
    proof = verify(act("system", on=friday))
    assert proof.ok, [(c.id, c.broken) for c in proof.checks if c.wrong]
