"""A company of any size, made through the product's own bulk actions: customers, items, invoices, receipts, orders.

    python -m benchmarks.generate --invoices 200000 --home DIR                  (SQLite in DIR, made if it is not there)
    python -m benchmarks.generate --invoices 200000 --database-url postgres://…  (HUIKUAN_HOME as it is, or --home)
    … [--customers 2000] [--items 200] [--paid 60] [--orders 5000] [--bank-lines 20000] [--journal 0] [--days 540] [--batch 2000] [--seed 1]

--paid       percent of the invoices that a receipt has paid (ledger.post + ledger.clear), the oldest first
--orders     orders placed, half of them delivered, half of those billed (orders.place_many, deliver_many, billing.bill)
--journal    lines of entries of two hundred lines each (costs spread over accounts), on the days of the invoices
--bank-lines lines of a CSV statement, imported and not matched: half of them name an open invoice

The company is the demo's (code 100, the cast of site/cast.py with its password), opened where it is not there yet; a second
call adds to it. Every invoice has two lines of goods with 13 % VAT and its voucher. Invoices lie evenly on the --days days
before 2026-09-25, terms are 30 days. Ends with `{"generated": …}` as one JSON line; progress goes to stderr. Nothing is random
but by --seed. Measured speeds stand in docs/benchmarks.md.

From Python, with Django set up and migrated: `build(Size(invoices=10_000))` returns `Made`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

LAST_DAY = date(2026, 9, 25)
RESULT_FIRST_DAY = 30  # bank lines and orders lie in the last days


@dataclass(frozen=True)
class Size:
    invoices: int = 10_000
    customers: int = 0  # 0: one for every hundred invoices, 200 to 20,000
    items: int = 200
    paid: int = 60
    orders: int = 0
    bank_lines: int = 0
    journal: int = 0
    days: int = 540
    batch: int = 2000
    seed: int = 1


@dataclass
class Made:
    """What was made: ids for whoever goes on with it, counts, and seconds by part."""

    company: int
    customers: list[int] = field(default_factory=list)
    items: list[int] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)


def act(company: int, day: date = LAST_DAY, by: str = "system") -> Any:
    from huikuan.office.trail.act import Act

    return Act(by=by, company=company, at=at(day), door="bench")


def build(size: Size, tell: Callable[[str, int, int], None] = lambda what, done, total: None) -> Made:
    """Make (or add to) the company. Django must be set up and the database migrated."""
    from huikuan.office.company.models import Company
    from huikuan.site.cast import COMPANY
    from huikuan.site.demo.masters import open_company

    found = Company.objects.filter(code=COMPANY["code"]).first()
    made = Made(found.pk if found else open_company(at(LAST_DAY - timedelta(days=size.days + 40))))
    for part in (_masters, _invoices, _receipts, _orders, _bank, _journal):
        started = time.perf_counter()
        part(made, size, tell)
        made.seconds[part.__name__.strip("_")] = round(time.perf_counter() - started, 2)
    return made


def _masters(made: Made, size: Size, tell: Callable[[str, int, int], None]) -> None:
    from huikuan.books.catalog import actions as catalog
    from huikuan.books.customers import actions as customers

    people = size.customers or max(200, min(20_000, size.invoices // 100))
    start = at(LAST_DAY - timedelta(days=size.days + 30)).date()
    for i in range(0, people, size.batch):
        rows = [
            {"number": f"G{n:06d}", "name": f"{_name(n)}商贸有限公司", "name_en": f"Trading House {n}", "terms": "N030",
             "klass": ("distributor", "ka", "shop", "special")[n % 4]}
            for n in range(i, min(i + size.batch, people))
        ]  # fmt: skip
        landed = customers.land(act(made.company, start), rows)
        made.customers += [landed.ids[r["number"]] for r in rows]
        tell("customers", len(made.customers), people)
    goods = [
        {"number": f"GI{n:05d}", "name": f"货品 {n:05d}", "name_en": f"Goods {n:05d}", "unit": "箱", "tax_code": "V13"}
        for n in range(size.items)
    ]
    ids = catalog.land_items(act(made.company, start), goods).ids
    made.items = [ids[g["number"]] for g in goods]
    prices = [
        {"item_id": pk, "currency": "CNY", "mode": "net", "since": date(2020, 1, 1), "price": (30 + k % 70) * 10**10}
        for k, pk in enumerate(made.items)
    ]
    catalog.land_prices(act(made.company, start), prices)
    made.counts |= {"customers": people, "items": size.items}


_SYLLABLES = "恒盛嘉鑫百泰丰瑞宏德金同长佳益华信远达顺昌隆裕茂源润康安吉祥"


def _name(n: int) -> str:
    """A name of its own for every number, four signs long."""
    signs = len(_SYLLABLES)
    return "".join(_SYLLABLES[(n // signs**k * 7 + n + k * 11) % signs] for k in range(3)) + f"{n:05d}"


def drafts(made: Made, size: Size, first: int, count: int) -> list[Any]:
    """Invoices number `first` to `first + count` of the run, in the order of their days."""
    from huikuan.sales.billing.types import InvoiceDraft, InvoiceLineDraft

    out = []
    for n in range(first, first + count):
        day = LAST_DAY - timedelta(days=size.days - n * size.days // max(1, size.invoices))
        lines = tuple(
            InvoiceLineDraft(
                made.items[(n * 7 + k * 31) % len(made.items)], (1 + (n + k) % 40) * 10**6, (30_00 + (n * 13 + k * 7919) % 97_000) * 10**8
            )
            for k in range(2)
        )  # fmt: skip
        out.append(InvoiceDraft(made.customers[(n * 37) % len(made.customers)], day, lines, reference=f"PO{n:08d}"))
    return out


def _invoices(made: Made, size: Size, tell: Callable[[str, int, int], None]) -> None:
    from huikuan.sales.billing import actions as billing

    posting = 0.0
    for i in range(0, size.invoices, size.batch):
        some = drafts(made, size, i, min(size.batch, size.invoices - i))
        started = time.perf_counter()
        billing.issue(act(made.company, some[-1].date), some)
        posting += time.perf_counter() - started
        tell("invoices", i + len(some), size.invoices)
    made.counts["invoices"] = size.invoices
    made.counts["invoices_per_second"] = round(size.invoices / posting) if posting else 0


def _receipts(made: Made, size: Size, tell: Callable[[str, int, int], None]) -> None:
    """The oldest `paid` percent are paid: a receipt each, on the day it fell due, cleared at once."""
    from huikuan.books.ledger import actions as ledger
    from huikuan.books.ledger import queries
    from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
    from huikuan.kit.money import Money

    wanted = size.invoices * size.paid // 100
    rows = queries.items(made.company).select_related(None).filter(kind="invoice").exclude(remaining=0).order_by("id")
    done, last = 0, 0
    while done < wanted:
        fields = ("id", "customer_id", "remaining", "due_date", "document", "currency")
        some = list(rows.filter(id__gt=last).values_list(*fields)[: min(size.batch, wanted - done)])
        if not some:
            break
        last = some[-1][0]
        receipts = []
        for _pk, customer, minor, due, document, currency in some:
            day = min(due or LAST_DAY, LAST_DAY)
            money = Money(minor, currency)
            receipts.append(
                EntryDraft("BR", day, f"收款 {document}", (
                    LineDraft("1002", money),
                    LineDraft("1122", -money, party=customer, due=day, kind="receipt", document=f"R{document}"),
                ))
            )  # fmt: skip
        posted = ledger.post(act(made.company), receipts)
        groups = [
            ClearDraft(r.posting_date, ((item[0], item[2]), (p.items[0], -item[2])))
            for item, r, p in zip(some, receipts, posted, strict=True)
        ]
        ledger.clear(act(made.company), groups)
        done += len(some)
        tell("receipts", done, wanted)
    made.counts["paid"] = done


def _orders(made: Made, size: Size, tell: Callable[[str, int, int], None]) -> None:
    from huikuan.sales.billing import actions as billing
    from huikuan.sales.orders import actions as orders
    from huikuan.sales.orders.models import Order
    from huikuan.sales.orders.rules.drafts import DeliveryDraft, OrderDraft, OrderLineDraft

    batch = min(size.batch, 1000)
    for i in range(0, size.orders, batch):
        day = LAST_DAY - timedelta(days=RESULT_FIRST_DAY - i * RESULT_FIRST_DAY // size.orders)
        some = [
            OrderDraft(
                made.customers[(n * 41) % len(made.customers)], day,
                tuple(OrderLineDraft(made.items[(n * 3 + k * 17) % len(made.items)], (1 + n % 9) * 10**6) for k in range(2)),
                requested=day + timedelta(days=3),
            )
            for n in range(i, min(i + batch, size.orders))
        ]  # fmt: skip
        ids = orders.place_many(act(made.company, day), some)
        free = list(Order.objects.filter(pk__in=ids[: len(ids) // 2], state="free").values_list("pk", flat=True))
        if free:
            gone = orders.deliver_many(act(made.company, day), [DeliveryDraft(pk, day) for pk in free])
            if gone[: len(gone) // 2]:
                billing.bill(act(made.company, day), gone[: len(gone) // 2], day)
        tell("orders", i + len(some), size.orders)
    made.counts["orders"] = size.orders


def statement(made: Made, count: int, seed: int = 1) -> bytes:
    """A CSV bank statement with `count` receipts: half name an open invoice and pay it exactly, a quarter pay one without
    naming it, the rest are sums that fit nothing."""
    from huikuan.books.ledger import queries

    rng = random.Random(seed)
    rows = (
        queries.items(made.company)
        .select_related("customer")
        .filter(kind="invoice")
        .exclude(remaining=0)
        .order_by("-id")
    )
    some = list(rows.values_list("document", "remaining", "customer__name")[:count])
    out = bytearray(
        "交易日期,收入金额,支出金额,对方户名,对方账号,摘要,交易流水号".encode()
    )  # no more in memory than it is
    for n in range(count):
        document, minor, name = some[n % len(some)] if some else ("-", 100_00, "某公司")
        kind = n % 4
        if kind == 3:
            minor, document = 1 + rng.randrange(9_999_999), ""
        day = LAST_DAY - timedelta(days=(count - n) * 20 // count)
        text = f"货款 {document}" if kind < 2 else "货款"
        out += f"\n{day:%Y-%m-%d},{minor // 100}.{minor % 100:02d},,{name},,{text},S{seed}-{n:08d}".encode()
    return bytes(out)


def _bank(made: Made, size: Size, tell: Callable[[str, int, int], None]) -> None:
    from huikuan.receivables.cash import actions as cash

    if size.bank_lines:
        content = statement(made, size.bank_lines, size.seed)
        done = cash.import_file(
            act(made.company),
            "62220010002",
            content,
            name="generated.csv",
            progress=lambda d, t: tell("bank lines", d, t),
        )
        made.counts["bank_lines"] = done.landed


LONG = 200  # lines of a journal entry


def _journal(made: Made, size: Size, tell: Callable[[str, int, int], None]) -> None:
    """Costs of a day on two expense accounts against the bank, in long entries."""
    from huikuan.books.ledger import actions as ledger
    from huikuan.books.ledger.types import EntryDraft, LineDraft
    from huikuan.kit.money import Money

    entries, some = size.journal // LONG, max(1, size.batch * 5 // LONG)
    for i in range(0, entries, some):
        day = LAST_DAY - timedelta(days=size.days - i * size.days // max(1, entries))
        drafts = []
        for n in range(i, min(i + some, entries)):
            costs = [
                LineDraft(("6601", "660303")[k % 2], Money((1 + (n * 7 + k * 13) % 9000) * 10, "CNY"), text=f"费用分摊 {n}-{k}")
                for k in range(LONG - 1)
            ]  # fmt: skip
            total = sum(x.amount.minor for x in costs)
            drafts.append(EntryDraft("GL", day, f"费用分摊 {n}", (*costs, LineDraft("1002", Money(-total, "CNY")))))
        ledger.post(act(made.company, day), drafts)
        tell("journal lines", (i + len(drafts)) * LONG, size.journal)
    if entries:
        made.counts["journal_lines"] = entries * LONG


def _tell(what: str, done: int, total: int) -> None:
    if done >= total or done % 20_000 == 0:
        sys.stderr.write(f"  {what} {done:,} / {total:,}\n")
        sys.stderr.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", help="HUIKUAN_HOME: where the data goes")
    parser.add_argument("--database-url", help="HUIKUAN_DATABASE_URL, for PostgreSQL")
    for name, default in Size.__dataclass_fields__.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default.default)
    given = vars(parser.parse_args())
    home, url = given.pop("home"), given.pop("database_url")
    if not home and not url and "HUIKUAN_HOME" not in os.environ:
        parser.error("say where: --home DIR or --database-url URL")
    if home:
        Path(home).mkdir(parents=True, exist_ok=True)
        os.environ["HUIKUAN_HOME"] = home
        os.environ.pop("HUIKUAN_DATABASE_URL", None)
    if url:
        os.environ["HUIKUAN_DATABASE_URL"] = url
    from harness.frame import set_up

    set_up()
    started = time.perf_counter()
    made = build(Size(**given), _tell)
    from django.db import connection

    facts = {"database": connection.vendor, "company": made.company, **made.counts, "seconds": made.seconds}
    print(json.dumps({"generated": {**facts, "in_all": round(time.perf_counter() - started, 1)}}))


if __name__ == "__main__":
    main()
