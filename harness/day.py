"""A fixed day of work, step by step, as clients do it: each step has its keys, so that whoever was cut off asks again.

`picture` is what the company's books and desks look like afterwards, without the row numbers of the database: two runs of
the day are the same when their pictures are.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
BANK = "31050161360000001234"
OWN = "1001244319006547812"
NUMBERS = tuple(f"263120000000000000{n:02d}" for n in range(1, 4))  # of e-invoices
TOKEN = "hk_harness"  # wang.lei's, for REST


def prepare() -> int:
    """The company, its people, goods and customers, before the day begins. Returns the company's id."""
    from huikuan.books.catalog import actions as catalog
    from huikuan.books.customers import actions as customers
    from huikuan.books.ledger import actions as ledger
    from huikuan.kit.money import parse_price
    from huikuan.office.company import actions as office
    from huikuan.office.trail.act import Act
    from huikuan.site.cast import COMPANY, PEOPLE

    company = office.open_company(Act(by="system", company=None, at=NOON, door="harness"), **COMPANY)

    def act(login: str = "system") -> Act:
        return Act(by=login, company=company.pk, at=NOON, door="harness")

    for login, roles, facts in PEOPLE:
        office.add_person(act(), login, roles=list(roles), **facts)
    office.make_token(act("wang.lei"), "harness", hashlib.sha256(TOKEN.encode()).hexdigest())
    office.set_setting(act(), "billing.automatic", True)
    cola = catalog.create_item(act(), "COLA", "可乐", "箱", "V13")
    catalog.set_price(act(), cola.pk, parse_price("40"), "CNY", date(2026, 1, 1))
    for number, name, limit in (
        ("C1", "上海嘉禾商贸有限公司", 9_000_000),
        ("C2", "杭州西湖商贸有限公司", 50_000),
        ("C3", "永辉超市", None),
    ):
        one = customers.create(act(), number, name, credit_limit=limit, terms="N030")
        if number == "C1":
            customers.add_bank_account(act(), one.pk, OWN, name, "中国工商银行")
    ledger.open_periods(act(), date(2026, 1, 1), date(2026, 4, 30))
    return int(company.pk)


def bank_file(*rows: tuple[int, str, str, str, str], opening: int = 0, on: date = DAY) -> bytes:
    """A bank's CSV: (minor units, payer, account, remark, serial) each."""
    from huikuan.kit.money import minor_text

    out, balance = ["日期,收入,支出,余额,对方户名,对方账号,摘要,流水号"], opening
    for amount, payer, account, remark, serial in rows:
        balance += amount
        money = minor_text(abs(amount), 2)
        sides = f"{money if amount > 0 else ''},{money if amount < 0 else ''}"
        out.append(f"{on},{sides},{minor_text(balance, 2)},{payer},{account},{remark},{serial}")
    return ("\n".join(out) + "\n").encode("gb18030")


LIST_MAP = """
profile: receivables
system: old
numbers: "1,234.56"
fields:
  customer: No
  customer_name: {column: Name, optional: yes}
  document: Doc
  document_date: {column: Date, date: yyyy-mm-dd}
  due: {column: Due, date: yyyy-mm-dd, optional: yes}
  amount: Amount
  currency: {constant: CNY}
  settled: {column: Cleared, date: yyyy-mm-dd, optional: yes}
"""
OLD_LIST = (
    "No,Name,Doc,Date,Due,Amount,Cleared\n"
    "K1,旧客户甲,A1,2026-01-05,2026-02-04,100.00,2026-02-01\n"
    "K1,旧客户甲,A2,2026-01-06,2026-02-05,50.00,\n"
    "K2,旧客户乙,B1,2026-13-06,2026-02-05,70.00,\n"
    "K2,旧客户乙,B2,2026-01-09,2026-02-08,70.00,\n"
).encode()


class Day:
    """The day for one company. `clock` is the robots' watch: a child that comes after a crash has a later one."""

    def __init__(self, company: int, clock: datetime = NOON) -> None:
        self.company, self.clock = company, clock

    def act(self, login: str, key: str | None = None) -> Any:
        from huikuan.office.trail.act import Act

        return Act(by=login, company=self.company, at=NOON, door="rest", key=f"day:{key}" if key else None)

    def customer(self, number: str) -> int:
        from huikuan.books.customers.models import Customer

        return Customer.objects.get(company_id=self.company, number=number).pk

    def order(self, external: str) -> Any:
        from huikuan.sales.orders.models import Order

        return Order.objects.get(company_id=self.company, external=external)

    def draft(self, customer: str, cases: str, external: str) -> Any:
        from huikuan.books.catalog.models import Item
        from huikuan.kit.money import parse_quantity
        from huikuan.sales.orders.rules.drafts import OrderDraft, OrderLineDraft

        line = OrderLineDraft(Item.objects.get(company_id=self.company, number="COLA").pk, parse_quantity(cases))
        return OrderDraft(self.customer(customer), DAY, (line,), external=external)

    # --- the steps, in the order of the day ---------------------------------------------------------------------------

    def opening_file(self) -> Any:
        """What came in overnight: a payer we know, one we do not, a fee; more lines than one chunk takes."""
        from huikuan.receivables.cash import actions as cash

        rows = [(120_00 + n, "上海嘉禾商贸有限公司", OWN, "往来", f"A{n}") for n in range(4)]
        rows += [(777_00, "陌生人", "", "货款", "A7"), (-5_00, "", "", "手续费", "A8")]
        done = cash.import_file(self.act("sun.tao", "open"), BANK, bank_file(*rows), name="night.csv")
        return done.landed + done.known

    def place(self) -> Any:
        from huikuan.sales.orders import actions as orders

        return orders.place(self.act("wang.lei", "place"), self.draft("C1", "10", "P1")).number

    def place_many(self) -> Any:
        from huikuan.sales.orders import actions as orders

        drafts = [
            self.draft("C1", "3", "P2"),
            self.draft("C2", "1", "P3"),
            self.draft("C2", "30", "P4"),
            self.draft("C3", "5", "P5"),
        ]
        return len(orders.place_many(self.act("wang.lei", "many"), drafts))

    def release(self) -> Any:
        """The one on hold is let go, with the bank's slip as evidence."""
        from huikuan.office.files import actions as files
        from huikuan.sales.orders import actions as orders

        slip = files.keep(self.act("chen.jing", "slip"), "slip.txt", b"paid", "evidence")
        return orders.release(self.act("chen.jing", "release"), self.order("P4").pk, "水单", evidence=slip.pk).number

    def deliver(self) -> Any:
        from huikuan.sales.orders import actions as orders
        from huikuan.sales.orders.rules.drafts import DeliveryDraft

        return [
            orders.deliver(self.act("wang.lei", f"out:{x}"), DeliveryDraft(self.order(x).pk, DAY)).number
            for x in ("P1", "P2", "P4")
        ]

    def bill(self) -> Any:
        from huikuan.sales.billing import actions as billing

        done = billing.bill_due(self.act("wang.lei", "bill"), DAY, size=1)
        return [done.done, done.refused]

    def note(self) -> Any:
        """Bills get their e-invoice numbers; one was mistyped, is struck out and noted as it is."""
        from huikuan.sales.billing.models import Document
        from huikuan.sales.fapiao import actions as fapiao
        from huikuan.sales.fapiao.models import Fapiao
        from huikuan.sales.fapiao.rules import Draft

        one, two = (Document.objects.get(lines__order_line__order__external=x) for x in ("P1", "P2"))
        drafts = [Draft(one.pk, "", NUMBERS[0], DAY, one.gross), Draft(two.pk, "", NUMBERS[1], DAY)]
        made = fapiao.note(self.act("wang.lei", "note"), drafts)
        wrong = Fapiao.objects.get(company_id=self.company, number=NUMBERS[1])
        fapiao.strike(self.act("wang.lei", "strike"), wrong.pk, "号码录错")
        again = [Draft(two.pk, "", NUMBERS[2], DAY, two.gross)]
        return len(made) + len(fapiao.note(self.act("wang.lei", "note2"), again))

    def paying_file(self) -> Any:
        """The customers pay: one bill by its number, one in part."""
        from huikuan.receivables.cash import actions as cash
        from huikuan.sales.billing.models import Document

        one, two = (Document.objects.get(lines__order_line__order__external=x) for x in ("P1", "P2"))
        rows = (
            (one.gross, "上海嘉禾商贸有限公司", OWN, f"货款 {one.number}", "B1"),
            (two.gross - 100, "上海嘉禾商贸有限公司", OWN, f"货款 {two.number} 部分", "B2"),
        )
        before = 120_00 + 120_01 + 120_02 + 120_03 + 777_00 - 5_00
        content = bank_file(*rows, opening=before)
        done = cash.import_file(self.act("sun.tao", "pay"), BANK, content, name="noon.csv")
        return done.landed + done.known

    def match(self) -> Any:
        from huikuan.receivables.cash import actions as cash

        cash.match(self.act("sun.tao", "match"))
        return "matched"

    def by_hand(self) -> Any:
        """A clerk says whose money the stranger's is, applies a part of it, and takes that back."""
        from huikuan.books.ledger.models import OpenItem
        from huikuan.receivables.cash import actions as cash
        from huikuan.receivables.cash.models import BankLine

        line = BankLine.objects.get(company_id=self.company, serial="A7")
        item = OpenItem.objects.get(company_id=self.company, customer=self.customer("C2"), kind="invoice")
        [made] = cash.apply(self.act("sun.tao", "apply"), line.pk, [(item.pk, 500_00)])
        cash.undo(self.act("sun.tao", "undo"), made, None, "错了")
        [again] = cash.apply(self.act("sun.tao", "apply2"), line.pk, [(item.pk, 400_00)])
        return bool(again)

    def more_money(self) -> Any:
        """A file of another account of ours: a stranger, interest, money for two customers, a deposit, and money out."""
        from huikuan.receivables.cash import actions as cash

        rows = (
            (500_00, "外地某某商行", "", "货款", "K1"), (3_21, "", "", "结息", "K2"), (900_00, "上海嘉禾商贸有限公司", OWN, "保证金", "K3"),
            (200_00, "上海嘉禾商贸有限公司", OWN, "合并付款", "K4"), (-300_00, "上海嘉禾商贸有限公司", OWN, "退保证金", "K5"),
        )  # fmt: skip
        done = cash.import_file(self.act("sun.tao", "more"), BANK[:-1] + "9", bank_file(*rows), name="other.csv")
        return done.landed + done.known

    def line(self, serial: str) -> int:
        from huikuan.receivables.cash.models import BankLine

        return int(BankLine.objects.get(company_id=self.company, serial=serial).pk)

    def grant(self, kind: str, key: str) -> None:
        """What waits for a grant gets it; asked again after a crash, it has been given."""
        from huikuan.office.approvals import actions as approvals
        from huikuan.office.approvals.models import Approval

        row = Approval.objects.get(company_id=self.company, kind=kind)
        approvals.grant(self.act("zhou.hui", key), row.pk, row.shown_hash)

    def explain(self) -> Any:
        """Sales claims the stranger's money, interest is charged to its account, a part moves to a sister company."""
        from huikuan.receivables.cash import actions as cash
        from huikuan.receivables.cash.models import Claim

        cash.claim(self.act("wang.lei", "claim"), self.line("K1"), self.customer("C2"), "客户电话确认")
        [claim] = Claim.objects.filter(company_id=self.company).values_list("pk", flat=True)
        cash.accept_claim(self.act("chen.jing", "accept"), claim)
        cash.charge_to(self.act("sun.tao", "charge"), self.line("K2"), "6603", "结息")
        cash.move(self.act("sun.tao", "move"), self.line("K4"), self.customer("C2"), 150_00)
        return "explained"

    def paper(self) -> Any:
        """A draft comes in, half of it is passed on."""
        from huikuan.receivables.drafts import actions as drafts
        from huikuan.receivables.drafts.models import Draft
        from huikuan.receivables.drafts.rules import Paper

        told = Paper(
            "5" + "308290003046" + "20260225" + "00000123" + "7", 1, 40_000, 40_000, date(2026, 2, 25), date(2026, 8, 20),
            "中国银行股份有限公司上海分行", "上海嘉禾商贸有限公司",
        )  # fmt: skip
        drafts.take(self.act("sun.tao", "draft"), told, self.customer("C1"), DAY)
        [whole] = Draft.objects.filter(company_id=self.company, parent=None).values_list("pk", flat=True)
        drafts.split(self.act("sun.tao", "split"), whole, 15_000, DAY)
        half = Draft.objects.get(company_id=self.company, start=1, parent__isnull=False).pk
        return str(drafts.endorse(self.act("sun.tao", "endorse"), half, "供应商", DAY))

    def keep(self) -> Any:
        """A deposit: taken, offset in part, forfeited in part, and asked back; the robots will find the payment."""
        from huikuan.receivables.deposits import actions as deposits
        from huikuan.receivables.deposits.models import Deposit
        from huikuan.sales.billing.models import Document

        deposits.take(self.act("chen.jing", "keep"), self.customer("C1"), "deposit", DAY, None, self.line("K3"))
        one = Deposit.objects.get(company_id=self.company).pk
        bill = Document.objects.get(company_id=self.company, lines__order_line__order__external="P2").number
        deposits.offset(self.act("chen.jing", "offset"), one, DAY, (), (bill,))
        deposits.ask_forfeit(self.act("sun.tao", "forfeit"), one, 50_00, DAY, "窜货")
        self.grant("deposits.forfeit", "grant1")
        deposits.ask_return(self.act("wang.lei", "return"), one, 300_00, DAY, "到期", "", OWN)
        self.grant("deposits.return", "grant2")
        return "kept"

    def reverse(self) -> Any:
        """An entry by hand, and its reversal."""
        from huikuan.books.ledger import actions as ledger
        from huikuan.books.ledger.types import EntryDraft, LineDraft
        from huikuan.kit.money import Money

        money = Money(321_00, "CNY")
        lines = (
            LineDraft("1122", money, party=self.customer("C3"), due=DAY, kind="invoice", document="H1"),
            LineDraft("6001", -money),
        )
        [posted] = ledger.post(self.act("sun.tao", "hand"), [EntryDraft("SA", DAY, "手工", lines)])
        return [posted.number, ledger.reverse(self.act("sun.tao", "reverse"), posted.entry_id, DAY, "错了").number]

    def refused(self) -> Any:
        """Something that is not allowed leaves its one row in the trail, or none when the power goes."""
        from huikuan.kit.errors import Refused
        from huikuan.sales.orders import actions as orders

        try:
            orders.cancel(self.act("wang.lei", "no"), self.order("P1").pk, "不要了")
        except Refused:
            return "refused"
        return "done"

    def load(self) -> Any:
        """A list of an older system: settled and open items, one bad row."""
        from huikuan.review.takeover import bots

        out = bots.receivables(self.act("sun.tao"), io.BytesIO(OLD_LIST), "old.csv", LIST_MAP, "old.yaml")
        return [out.read, out.landed + out.known, out.quarantined]

    def change_items(self) -> Any:
        """Many items at once, one of them cleared already: the run notes what it could not do."""
        from huikuan.books.ledger import actions as ledger
        from huikuan.books.ledger.models import OpenItem
        from huikuan.office.trail.actions import cancel_run, run_chunks

        found = OpenItem.objects.filter(company_id=self.company, kind="invoice").exclude(document="H1")
        ids = [str(pk) for pk in found.order_by("pk").values_list("pk", flat=True)]

        def do(inner: Any, chunk: list[str]) -> None:
            ledger.change_item(inner, [int(x) for x in chunk], {"text": "看过"}, "复核", DAY)

        run = run_chunks(
            self.act("sun.tao", "items"), "ledger.change_items", ids, do, needs="ledger.change_item", size=2
        )
        cancel_run(self.company, run.pk)  # too late: it stays done
        return [run.done, run.refused]

    def deliver_more(self) -> Any:
        from huikuan.sales.orders import actions as orders
        from huikuan.sales.orders.rules.drafts import DeliveryDraft

        drafts = [DeliveryDraft(self.order(x).pk, DAY) for x in ("P3", "P5")]
        return len(orders.deliver_many(self.act("wang.lei", "more"), drafts))

    def ask(self) -> Any:
        """Work for the robots: import a kept file, bill, match, load a list."""
        from huikuan.kit.words import _
        from huikuan.office.files import actions as files
        from huikuan.office.work import actions as work
        from huikuan.review.takeover import actions as takeover

        rows = [(66_00, "上海嘉禾商贸有限公司", OWN, "往来", "C1")]
        kept = files.keep(self.act("sun.tao", "drop"), "evening.csv", bank_file(*rows), "bank_statement")
        title = _("Work of the day")
        work.open_order(
            self.act("sun.tao", "w1"),
            "cash.import",
            f"files.file:{kept.pk}",
            title,
            data={"file": kept.pk, "account": "2" * 12},
            key="w1",
        )
        work.tick(self.act("robot", "tick"), "billing.nightly", "billing.run", title, DAY, "")
        work.open_order(self.act("sun.tao", "w3"), "cash.match", "", title, key="w3")
        more = OLD_LIST.replace(
            b"A2,2026-01-06,2026-02-05,50.00,", b"A2,2026-01-06,2026-02-05,50.00,2026-02-20"
        ).replace(b"-13-", b"-01-")
        takeover.ask_load(self.act("sun.tao", "w4"), "receivables", "old2.csv", more, LIST_MAP, "old.yaml")
        return "asked"

    def work(self) -> Any:
        """The robots do what there is. Whoever comes after a crash looks at a watch a minute later."""
        from huikuan.office.work.bots import work_once

        work_once(clock=lambda: self.clock, company_id=self.company, timed=False)
        return "worked"

    def statement(self) -> Any:
        from huikuan.receivables.statements import actions as statements

        return statements.issue(self.act("sun.tao", "letter"), self.customer("C1"), date(2026, 2, 1), DAY).number

    def send_back(self) -> Any:
        """From now on Huikuan leads the entries: SAP gets them as a file."""
        from huikuan.review.takeover import actions, bots

        actions.set_leader(self.act("admin", "lead"), "entry", "huikuan")
        bots.send_back(self.act("sun.tao"), DAY, "back.csv", "1000")
        return "sent"

    def close(self) -> Any:
        from huikuan.books.ledger import actions as ledger
        from huikuan.books.ledger.models import Period

        january = Period.objects.get(company_id=self.company, year=2026, month=1)
        return str(ledger.close_period(self.act("zhou.hui", "close"), january.pk))

    def digest(self) -> Any:
        """The chain's head goes to a file outside and by mail to someone outside."""
        from huikuan.kit.words import _
        from huikuan.office.work import actions as work

        work.open_order(self.act("sun.tao", "w5"), "trail.digest", "", _("Work of the day"), key="w5")
        return self.work()

    def seal(self) -> Any:
        from huikuan.office.trail.actions import seal_all

        seal_all()
        return "sealed"


STEPS: tuple[str, ...] = (
    "opening_file", "place", "place_many", "release", "deliver", "bill", "note", "paying_file", "match", "by_hand", "more_money", "explain",
    "paper", "keep", "reverse",
    "refused", "load", "change_items", "deliver_more", "ask", "work", "statement", "send_back", "close", "digest", "seal",
)  # fmt: skip

# What a second try does once more, rightly: looking again, asking again, and being told no again.
# A run that goes on cuts what is left into other chunks: what the chunks did is compared, not how many they were.
AGAIN = {
    "work.claim", "work.renew", "work.fail", "takeover.open", "takeover.close", "takeover.set_aside", "takeover.fail",
    "takeover.run.open", "ledger.change_items.chunk", "ledger.change_item",
}  # fmt: skip


def picture(company: int) -> dict[str, Any]:
    """Everything that must be the same after a day with crashes as after one without, free of row numbers."""
    from django.db.models import Sum

    from huikuan.books.customers.models import Customer, Exposure
    from huikuan.books.ledger.models import Clearing, ClearingLeg, Entry, ItemChange, Line, OpenItem, Period
    from huikuan.office.company.models import Series
    from huikuan.office.files import store
    from huikuan.office.files.models import File
    from huikuan.office.trail.models import Record, Run, RunItem
    from huikuan.office.work.models import WorkOrder
    from huikuan.receivables.cash.models import BankLine, Claim, QuarantinedLine, StatementFile
    from huikuan.receivables.deposits.models import Deposit, Move, Request
    from huikuan.receivables.drafts.models import Draft
    from huikuan.receivables.statements.models import Statement
    from huikuan.review.takeover.models import Link, Load, PostBackRecord, Reject
    from huikuan.sales.billing.models import Document
    from huikuan.sales.fapiao.models import Fapiao
    from huikuan.sales.orders.models import CreditDecision, Delivery, Order

    known = {
        f"BL{pk:08d}": f"BL-{serial}"
        for pk, serial in BankLine.objects.filter(company_id=company).values_list("pk", "serial")
    }

    def name(text: str) -> str:
        return re.sub(r"BL\d{8}", lambda m: known.get(m[0], m[0]), text)

    mine: dict[str, Any] = {"company_id": company}
    plain: dict[str, Any] = {"company": company}
    lines: dict[int, list[Any]] = {}
    for entry, code, party, cur, doc, base in (
        Line.objects.filter(**mine)
        .order_by("entry_id", "n")
        .values_list("entry_id", "account__code", "party__number", "currency", "doc_amount", "amount")
    ):
        lines.setdefault(entry, []).append([code, party, cur, doc, base])
    legs: dict[int, list[Any]] = {}
    for clearing, doc, amount in ClearingLeg.objects.filter(**mine).values_list(
        "clearing_id", "item__document", "amount"
    ):
        legs.setdefault(clearing, []).append([name(doc), amount])
    files = File.objects.filter(**mine)
    return {
        "trial balance": dict(Line.objects.filter(**mine).values_list("account__code").annotate(t=Sum("amount")).order_by("account__code")),
        "open items": sorted(
            [number, kind, name(doc), amount, left, str(due), name(text)]
            for number, kind, doc, amount, left, due, text in OpenItem.objects.filter(**mine).values_list(
                "customer__number", "kind", "document", "amount", "remaining", "due_date", "text")
        ),
        "entries": sorted([e.voucher, str(e.posting_date), name(e.text), e.reference, lines[e.pk]] for e in Entry.objects.filter(**mine)),
        "clearings": sorted([c.voucher, str(c.date), c.reason, sorted(legs[c.pk])] for c in Clearing.objects.filter(**mine)),
        "numbers": sorted(map(list, Series.objects.filter(**mine).values_list("klass", "year", "last"))),
        "periods": sorted([str(p), p.state, p.totals] for p in Period.objects.filter(**mine)),
        "changes": sorted([name(d), f, new] for d, f, new in ItemChange.objects.filter(**mine).values_list("item__document", "field", "new")),
        "customers": sorted(map(list, Customer.objects.filter(**mine).values_list("number", "name", "state"))),
        "exposure": sorted(map(list, Exposure.objects.filter(**mine).exclude(amount=0).values_list("customer__number", "layer", "amount"))),
        "orders": sorted(map(list, Order.objects.filter(**mine).values_list("external", "number", "state", "gross", "shortfall"))),
        "decisions": sorted(map(list, CreditDecision.objects.filter(**mine).values_list("order__external", "cause", "outcome"))),
        "deliveries": sorted(map(list, Delivery.objects.filter(**mine).values_list("number", "order__external", "state"))),
        "bills": sorted(map(list, Document.objects.filter(**mine).values_list("number", "state", "gross", "payer__number"))),
        "e-invoice numbers": sorted(map(list, Fapiao.objects.filter(**mine).values_list("number", "document__number", "live", "by"))),
        "bank lines": sorted(map(list, BankLine.objects.filter(**mine).values_list("serial", "amount", "state", "customer__number", "how"))),
        "bank files": sorted([n, sha, read, kept is not None] for n, sha, read, kept in
                             StatementFile.objects.filter(**mine).values_list("name", "sha256", "read", "file")),
        "claims": sorted(map(list, Claim.objects.filter(**mine).values_list("line__serial", "customer__number", "state"))),
        "drafts": sorted(map(list, Draft.objects.filter(**mine).values_list("start", "end", "state", "booked", "exposed", "holder"))),
        "deposits": sorted(map(list, Deposit.objects.filter(**mine).values_list("number", "balance", "reserved", "state"))),
        "moves": sorted([w, a, name(d)] for w, a, d in Move.objects.filter(**mine).values_list("what", "amount", "document")),
        "requests": sorted(map(list, Request.objects.filter(**mine).values_list("what", "amount", "state"))),
        "set aside": QuarantinedLine.objects.filter(**mine).count(),
        "letters": sorted(map(list, Statement.objects.filter(**mine).values_list("number", "customer__number"))),
        "runs": sorted([*r, RunItem.objects.filter(run=pk, outcome="done").count()] for pk, *r in
                       Run.objects.filter(**plain).exclude(kind="takeover.run").values_list("pk", "kind", "state", "done", "refused")),
        "work": sorted([k, s, "" if k == "trail.digest" else str(o)] for k, s, o in WorkOrder.objects.filter(**mine).exclude(kind="takeover.load").values_list("kind", "state", "outcome")),
        "loads of work": sorted(map(list, WorkOrder.objects.filter(**mine, kind="takeover.load").values_list("state"))),
        "loads": sorted({(r["name"], r["read"], r["quarantined"]) for r in Load.objects.filter(**mine, state="done").values("name", "read", "quarantined")}),
        "loads still open": Load.objects.filter(**mine, state="running").count(),
        "links": sorted(map(list, Link.objects.filter(**mine).values_list("object", "key"))),
        "rejects": sorted(map(list, Reject.objects.filter(**mine).values_list("state", "digest"))),
        "letters by mail": len(set(postbox().read_text().split())) if postbox().exists() else 0,
        "sent back": PostBackRecord.objects.filter(**mine).count(),
        "files": sorted([k, n] for k, n in files.values_list("kind", "name")),
        "bytes lost": sorted(s for s in files.values_list("sha256", flat=True) if not _whole(store.path_of(s), s)),
        "acts": dict(sorted(Counter(
            n for n in Record.objects.filter(**plain, outcome="done").values_list("name", flat=True) if n not in AGAIN
        ).items())),
    }  # fmt: skip


def _whole(path: Path, sha256: str) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


class _Post:
    """A mail server that writes down the ids of what it was given, safely, as soon as it has it."""

    def __enter__(self) -> _Post:
        return self

    def __exit__(self, *_what: object) -> None:
        return None

    def send_message(self, letter: Any, _sender: str, _to: list[str]) -> dict[str, Any]:
        with postbox().open("a") as box:
            box.write(f"{letter['Message-ID']}\n")
        return {}


def postbox() -> Path:
    from django.conf import settings

    return Path(settings.FILES_HOME) / "post"


def read_here() -> None:
    """The outside, near: bank files are read in this process (a reader of its own costs half a second, and would outlive
    a killed parent), and mail goes to a box of ours."""
    from huikuan.connectors import bank
    from huikuan.connectors.bank import child
    from huikuan.connectors.mail.smtp import Sender

    child.read_apart = bank.parse
    Sender._open = lambda _self: _Post()  # type: ignore[method-assign,assignment,return-value]
    os.environ["HUIKUAN_SMTP_URL"], os.environ["HUIKUAN_DIGEST_TO"] = "smtp://127.0.0.1:2525", "audit@example.com"


def play(company: int, first: int, clock: datetime, say: Callable[[Any], None], before: Callable[[str], None]) -> None:
    """The day from step `first` on, in this process. Says each step after it is done: from then on it is acknowledged."""
    day = Day(company, clock)
    for n, step in enumerate(STEPS[first:], first):
        before(step)
        say({"step": n, "reply": getattr(day, step)()})


def later(n: int) -> datetime:
    """The watch of the n-th child: each comes 61 seconds after the one before."""
    return NOON + timedelta(seconds=61 * n)
