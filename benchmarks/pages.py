"""What one request costs: processor milliseconds and queries of the commonest reads and writes, by pages and REST.

    python -m benchmarks.pages [--database postgres] [--invoices 20000] [--times 6] [--only TEXT] [--write]
    … --home DIR [--url URL]   a home that benchmarks.generate made (it is written to: take a copy)
    … --only TEXT --profile    the functions that take the time of what has TEXT in its name;  --sql  its queries

The requests are those of harness/desk.py, one after another in one process, as the same people. Processor time is ours and the
database's; the middle and the highest of --times, after two that warm up. Each write is a new one. `python -m harness.load` says how long people wait when fifty of them ask at once.
"""

from __future__ import annotations

import cProfile
import hashlib
import itertools
import json
import logging
import os
import pstats
import random
import re
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from harness import frame

TODAY = "2026-09-25"
SINCE = "2026-01-01"


class Desk:
    """The people, what they choose from, and what each request leaves for the next."""

    def __init__(self, company: int) -> None:
        from django.test import Client

        from huikuan.books.catalog.models import Item
        from huikuan.books.customers.models import Customer
        from huikuan.books.ledger.models import OpenItem
        from huikuan.office.company.actions import make_token
        from huikuan.office.company.models import Person
        from huikuan.office.trail.act import Act
        from huikuan.receivables.cash.models import BankLine
        from huikuan.sales.billing.models import Document
        from huikuan.sales.orders.models import Order

        self.rng = random.Random(1)
        self.at: dict[str, Any] = {}
        self.rest: dict[str, Any] = {}
        for login in ("liu.min", "wang.lei", "chen.jing", "zhao.yan", "sun.tao"):
            page = Client()
            page.force_login(
                Person.objects.get(login=login), backend="django.contrib.auth.backends.ModelBackend"
            )  # fmt: skip
            self.at[login] = page
            secret = f"pages-{login}-{os.urandom(8).hex()}"
            make_token(
                Act(by=login, company=company, at=datetime(2026, 9, 25, 2, tzinfo=UTC), door="bench"), "pages",
                hashlib.sha256(secret.encode()).hexdigest(), scope=["all", "sensitive"],
            )  # fmt: skip
            self.rest[login] = Client(headers={"Authorization": f"Bearer {secret}"})
        people = Customer.objects.filter(company_id=company, number__startswith="G").order_by("pk")
        self.customers = list(people.values_list("pk", "number")[:2000])
        goods = Item.objects.filter(company_id=company, number__startswith="GI").order_by("pk")
        self.items = list(goods.values_list("number", flat=True)[:200])
        self.held = list(
            Order.objects.filter(company_id=company, state="held").order_by("-pk").values_list("pk", flat=True)[:200]
        )
        bank = BankLine.objects.filter(company_id=company, state="open").order_by("-pk")
        self.lines = list(bank.values_list("pk", flat=True)[:400])
        owed = OpenItem.objects.filter(company_id=company, kind="invoice").exclude(remaining=0).order_by("-pk")
        self.owed = list(owed.values_list("pk", flat=True)[:400])
        self.document = Document.objects.filter(company_id=company).order_by("-pk").values_list("pk", flat=True)[0]
        self.order = 0
        self.left: dict[str, list[int]] = {"free": [], "delivered": []}

    def customer(self) -> tuple[int, str]:
        pk, number = self.rng.choice(self.customers)
        return int(pk), str(number)

    def letter(self) -> str:
        return f"customer={self.customer()[1]}&since={SINCE}&until={TODAY}"

    def goods(self) -> list[dict[str, str]]:
        return [{"item": self.rng.choice(self.items), "quantity": str(self.rng.randint(1, 9))} for _n in range(2)]

    # ---- reading ---------------------------------------------------------------------------------------------------

    def reads(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        def page(name: str, login: str, path: str, **more: Any) -> tuple[str, Callable[[], Any]]:
            return name, lambda: self.at[login].get(path, **more)

        def rest(name: str, login: str, path: str) -> tuple[str, Callable[[], Any]]:
            return name, lambda: self.rest[login].get(f"/api/v1{path}")

        pk, number = self.customers[7 % len(self.customers)]
        part = {"headers": {"HX-Request": "true"}}
        yield page("page: Today", "sun.tao", "/")
        tiles = sorted(set(re.findall(r'hx-get="(/[^"]+)"', self.at["sun.tao"].get("/").content.decode())))[:6]
        yield from (
            page(f"Today, tile {u.split('?')[0]}", "sun.tao", u.replace("&amp;", "&"), **part) for u in tiles
        )  # fmt: skip
        for path in ("/customers/", "/ledger/items", "/ledger/overdue", "/ledger/entries"):
            yield page(f"list: {path}", "sun.tao", path)
        for path, login in (("/orders/", "liu.min"), ("/orders/held", "liu.min"), ("/billing/", "wang.lei"), ("/cash/", "chen.jing")):  # fmt: skip
            yield page(f"list: {path}", login, path)
        yield page("page: a customer", "sun.tao", f"/customers/{pk}")
        panels = re.findall(r'hx-get="(/[^"]+)"', self.at["sun.tao"].get(f"/customers/{pk}").content.decode())
        for u in sorted(p for p in set(panels) if p != "/search")[:5]:
            yield page(f"customer, panel {u.split('?')[0].replace(str(pk), '…')}", "sun.tao", u.replace("&amp;", "&"), **part)  # fmt: skip
        yield page("search for a customer's number", "sun.tao", f"/search?q={number}", **part)
        yield page("page: ageing", "sun.tao", "/kpis/ageing")
        yield page("page: an invoice", "wang.lei", f"/billing/{self.document}")
        if self.lines:
            yield page("page: a bank line", "chen.jing", f"/cash/lines/{self.lines[-1]}")
        yield page("form of an item", "sun.tao", f"/ledger/items/{self.owed[-1]}/change")
        yield rest("REST: ageing by customer", "sun.tao", f"/kpis/ageing?as_of={TODAY}&by=customer")
        # Of another customer each time: the printer remembers what it has laid out.
        yield "REST: a statement", lambda: self.rest["sun.tao"].get(f"/api/v1/statements/preview?{self.letter()}")
        yield (
            "REST: a statement as PDF",
            lambda: self.rest["sun.tao"].get(f"/api/v1/statements/preview/pdf?{self.letter()}"),
        )
        yield rest("REST: 50 open items of a customer", "sun.tao", f"/ledger/items?customer={number}&limit=50")
        yield rest("REST: 50 orders", "sun.tao", "/orders/?limit=50")
        yield rest("REST: 50 invoices", "sun.tao", "/billing/?limit=50")
        yield rest("REST: exposure", "sun.tao", f"/customers/customer/{pk}/exposure")
        if self.lines:
            yield rest("REST: proposals for a bank line", "chen.jing", f"/cash/lines/{self.lines[-1]}/proposals")

    # ---- writing ---------------------------------------------------------------------------------------------------

    def writes(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        yield "sign in", self.sign_in
        yield "REST: place an order", self.place
        yield "REST: release an order", self.release
        yield "REST: deliver", self.deliver
        yield "REST: bill", self.bill
        yield "REST: post an invoice", self.invoice
        yield "REST: accept a proposal", self.accept
        yield "REST: put on account", lambda: self.send("chen.jing", f"/cash/lines/{self.lines.pop()}/on-account", {"note": "不明"})  # fmt: skip
        yield "REST: issue a statement", self.issue
        yield "form: issue a statement", self.issue_by_form
        yield "form: change an item", self.change

    def send(self, login: str, path: str, body: dict[str, Any]) -> Any:
        return self.rest[login].post(f"/api/v1{path}", json.dumps(body), content_type="application/json")

    def sign_in(self) -> Any:
        from django.test import Client

        return Client().post("/company/sign-in", {"cast": "sun.tao", "next": "/customers/"})

    def place(self) -> Any:
        made = self.send("liu.min", "/orders/", {"customer": self.customer()[1], "date": TODAY, "lines": self.goods()})
        if made.status_code == 201 and made.json()["state"] != "held":
            self.left["free"].append(made.json()["id"])
        return made

    def release(self) -> Any:
        pk = self.held.pop()
        made = self.send("zhao.yan", f"/orders/{pk}/release", {"reason": "已承诺付款"})
        if made.status_code < 400 and made.json().get("state") == "released":
            self.left["free"].append(pk)
        return made

    def deliver(self) -> Any:
        made = self.send("liu.min", f"/orders/{self.left['free'].pop()}/deliveries", {"date": TODAY})
        self.left["delivered"].append(made.json()["id"])
        return made

    def bill(self) -> Any:
        return self.send("wang.lei", "/billing/bill", {"deliveries": [self.left["delivered"].pop()], "date": TODAY})

    def invoice(self) -> Any:
        lines = [{**x, "price": f"{self.rng.randint(100, 9900) / 100:.2f}"} for x in self.goods()]
        return self.send(
            "wang.lei", "/billing/invoices", {"customer": self.customer()[1], "date": TODAY, "lines": lines}
        )

    def accept(self) -> Any:
        return self.send("chen.jing", f"/cash/lines/{self.proposed[0]}/accept", {"proposal": self.proposed[1]})

    def issue(self) -> Any:
        return self.send("chen.jing", "/statements/", {"customer": self.customer()[1], "since": SINCE, "until": TODAY})

    def issue_by_form(self) -> Any:
        form = {"customer": self.customer()[1], "since": SINCE, "until": TODAY, "language": ""}
        return self.at["chen.jing"].post("/statements/issue", form)

    def change(self) -> Any:
        form = {**self.form, "text": f"客户答复 {self.rng.randint(1, 999)}", "reason": "电话"}
        return self.at["sun.tao"].post(f"/ledger/items/{self.owed[-1]}/change", form)

    def ready(self, name: str) -> bool:
        """What must be there before the clock starts; False where there is nothing (left) to do it to."""
        if name == "REST: deliver":
            while not self.left["free"] and self.held:
                self.release()
            return bool(self.left["free"])
        if name == "REST: bill":
            if not self.left["delivered"] and self.ready("REST: deliver"):
                self.deliver()
            return bool(self.left["delivered"])
        if name == "REST: release an order":
            return bool(self.held)
        if name == "REST: put on account":
            return bool(self.lines)
        if name == "REST: accept a proposal":
            while self.lines:
                line = self.lines.pop()
                told = self.rest["chen.jing"].get(f"/api/v1/cash/lines/{line}/proposals").json()
                some = told.get("items", []) if isinstance(told, dict) else told
                if some:
                    self.proposed = (line, some[0]["id"])
                    return True
            return False
        if name == "form: change an item":
            shown = self.at["sun.tao"].get(f"/ledger/items/{self.owed[-1]}/change").content.decode()
            self.form = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', shown))
        return True


@contextmanager
def counted(told: list[str] | None = None) -> Iterator[list[int]]:
    """How many statements went to the database; `told` gets their words."""
    from django.db import connection

    n = [0]

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        n[0] += 1
        if told is not None:
            told.append(f"{sql}  {str(params)[:200]}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield n


def main() -> None:
    parser = frame.parser(__doc__.splitlines()[0])
    parser.add_argument("--invoices", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=6)
    parser.add_argument("--only", default="")
    parser.add_argument("--home", default="")
    parser.add_argument("--url", default="")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--sql", action="store_true")
    given = parser.parse_args()
    if given.home:
        frame.use_home(given.home, given.url)
    else:
        frame.fresh_home(given.database)
    os.environ |= {"HUIKUAN_TODAY": TODAY, "HUIKUAN_DEMO": "1", "HUIKUAN_RATES": "off"}
    frame.set_up()
    logging.disable(logging.WARNING)
    from django.db import connection

    from benchmarks.generate import Size, build
    from huikuan.office.company.models import Company
    from huikuan.sales.billing.models import Document

    n = given.invoices
    if not Company.objects.exists():
        build(Size(invoices=n, orders=max(200, n // 40), bank_lines=max(200, n // 100)))
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")  # as autovacuum would have, had the company grown in months
    desk = Desk(Company.objects.order_by("pk")[0].pk)
    rows, wrong = [], []
    for name, ask in itertools.chain(desk.reads(), desk.writes()):
        if given.only not in name:
            continue
        row = _measure(desk, name, ask, given)
        bad = row.pop("answered")
        wrong += [f"{name}: {bad}"] if bad else []
        rows.append(row)
        if given.profile or given.sql:
            print(row)
    figures = {
        "database": connection.vendor.replace("postgresql", "postgres"),
        "invoices": Document.objects.count(),
        "rows": rows,
    }
    frame.report("pages", figures, wrong, write=given.write)


def _measure(desk: Desk, name: str, ask: Callable[[], Any], given: Any) -> dict[str, Any]:
    from benchmarks.measures import clock

    taken: list[float] = []
    statements, bad = 0, ""
    for n in range(given.times + 2):
        if not desk.ready(name):
            break
        with counted() as asked, clock() as c:
            answer = ask()
        statements = asked[0]
        if n >= 2:
            taken += c
        if answer.status_code >= 400:
            bad = f"{answer.status_code} {answer.content[:200]!r}"
            break
    if given.sql and desk.ready(name):
        told: list[str] = []
        with counted(told):
            ask()
        print("\n".join(f"  {s}" for s in told))
    if given.profile:
        profile = cProfile.Profile()
        for _n in range(given.times):
            if desk.ready(name):
                profile.enable()
                ask()
                profile.disable()
        pstats.Stats(profile).sort_stats("cumulative").print_stats(70)
    return {
        "request": name,
        "processor ms": round(1000 * statistics.median(taken), 1) if taken else "nothing to do it to",
        "highest": round(1000 * max(taken), 1) if taken else "",
        "queries": statements,
        "answered": bad,
    }


if __name__ == "__main__":
    main()
