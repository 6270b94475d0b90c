"""A day's work as locust does it: people at pages, and other systems at the REST door. Started by harness/load.py.

Each user is one of the cast with a session of their own, signed in through the page; writes go through REST with that
person's token, as the pages' forms would (the same actions), and one through a form. Between two steps people think
(2 to 6 seconds). What one makes another takes on: held orders are released, free ones delivered, billed, signed for.
A refusal by a rule (409) is an answer, not an error: it is counted by its own name.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import re
from collections import deque
from pathlib import Path
from typing import Any

from locust import HttpUser, between, task

FACTS: dict[str, Any] = json.loads(Path(os.environ["HUIKUAN_LOAD_FACTS"]).read_text())
TODAY = FACTS["today"]
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
held: deque[int] = deque(FACTS["held"])
free: deque[int] = deque(FACTS["free"])
delivered: deque[int] = deque()
lines: deque[int] = deque(FACTS["lines"])
desks = deque(FACTS["tokens"])
seats = itertools.count(1)
HTMX = {"HX-Request": "true"}


class Person(HttpUser):
    """One who sits at a desk."""

    wait_time = between(
        float(os.environ.get("HUIKUAN_LOAD_THINK", "2")), 3 * float(os.environ.get("HUIKUAN_LOAD_THINK", "2"))
    )

    def on_start(self) -> None:
        self.login = desks[0]
        desks.rotate(-1)
        self.rng = random.Random(f"{self.login} {next(seats)}")
        page = self.client.get("/company/sign-in", name="sign-in page").text
        found = CSRF.search(page)
        self.client.post(
            "/company/sign-in", {"csrfmiddlewaretoken": found[1] if found else "", "cast": self.login, "next": "/customers/"},
            name="sign in", headers={"Referer": self.host or ""},
        )  # fmt: skip

    def read(self, path: str, name: str, **more: Any) -> Any:
        return self.client.get(path, name=name, allow_redirects=False, **more)

    def part(self, path: str, name: str) -> None:
        self.read(path, name, headers=HTMX)

    def rest(self, method: str, path: str, name: str, body: Any = None, by: str = "") -> Any:
        """A call with a token; {} when it was refused by a rule or failed."""
        headers = {"Authorization": f"Bearer {FACTS['tokens'][by or self.login]}"}
        with self.client.request(
            method, f"/api/v1{path}", name=name, json=body, headers=headers, catch_response=True
        ) as answer:
            if answer.status_code == 409:
                answer.success()
                self.environment.refused = getattr(self.environment, "refused", 0) + 1
                return {}
            if answer.status_code >= 400 or answer.status_code == 0:
                answer.failure(f"{answer.status_code} {answer.text[:200]}")
                return {}
            return answer.json() if "json" in answer.headers.get("Content-Type", "") else {}

    def customer(self) -> tuple[int, str]:
        pk, number = self.rng.choice(FACTS["customers"])
        return int(pk), str(number)

    # ---- reading -----------------------------------------------------------------------------------------------------

    @task(6)
    def today(self) -> None:
        page = self.read("/", "Today").text
        for tile in sorted(set(re.findall(r'hx-get="(/[^"]+)"', page)))[:6]:
            self.part(tile.replace("&amp;", "&"), "Today, a tile")

    @task(8)
    def lists(self) -> None:
        path, name = self.rng.choice(
            [("/customers/", "customers"), ("/orders/", "orders"), ("/orders/held", "held orders"), ("/billing/", "invoices"),
             ("/ledger/items", "line items"), ("/ledger/overdue", "overdue"), ("/ledger/entries", "entries"), ("/cash/", "bank lines")]
        )  # fmt: skip
        self.read(path, f"list: {name}")

    @task(6)
    def one_customer(self) -> None:
        pk, _number = self.customer()
        page = self.read(f"/customers/{pk}", "customer").text
        for panel in sorted(set(re.findall(r'hx-get="(/[^"]+)"', page)))[:5]:
            self.part(panel.replace("&amp;", "&"), "customer, a panel")

    @task(2)
    def search(self) -> None:
        _pk, number = self.customer()
        self.part(f"/search?q={number}", "search")

    @task(2)
    def ageing(self) -> None:
        self.read("/kpis/ageing", "ageing")

    @task(1)
    def ageing_rest(self) -> None:
        self.rest("GET", f"/kpis/ageing?as_of={TODAY}&by=customer", "REST ageing by customer")

    @task(2)
    def statement(self) -> None:
        _pk, number = self.customer()
        self.rest("GET", f"/statements/preview?customer={number}&since=2026-01-01&until={TODAY}", "REST statement")

    @task(1)
    def statement_pdf(self) -> None:
        _pk, number = self.customer()
        self.rest("GET", f"/statements/preview/pdf?customer={number}&since=2026-01-01&until={TODAY}", "statement, PDF")

    @task(3)
    def rest_reads(self) -> None:
        pk, number = self.customer()
        path, name = self.rng.choice(
            [(f"/ledger/items?customer={number}&limit=50", "REST items"), ("/orders/?limit=50", "REST orders"),
             (f"/customers/customer/{pk}/exposure", "REST exposure"), ("/billing/?limit=50", "REST invoices")]
        )  # fmt: skip
        self.rest("GET", path, name)

    # ---- writing -----------------------------------------------------------------------------------------------------

    def _order_lines(self) -> list[dict[str, str]]:
        return [{"item": self.rng.choice(FACTS["items"]), "quantity": str(self.rng.randint(1, 9))} for _n in range(2)]

    @task(3)
    def place(self) -> None:
        _pk, number = self.customer()
        body = {"customer": number, "date": TODAY, "lines": self._order_lines()}
        made = self.rest("POST", "/orders/", "place an order", body, by="liu.min")
        if made.get("id"):
            (held if made.get("state") == "held" else free).append(made["id"])
            self.read(f"/orders/{made['id']}", "order")

    @task(1)
    def release(self) -> None:
        if held:
            pk = held.popleft()
            made = self.rest(
                "POST", f"/orders/{pk}/release", "release an order", {"reason": "已承诺付款"}, by="zhao.yan"
            )
            if made.get("state") == "released":
                free.append(pk)

    @task(2)
    def deliver_and_bill(self) -> None:
        if not free:
            return
        pk = free.popleft()
        gone = self.rest("POST", f"/orders/{pk}/deliveries", "deliver", {"date": TODAY}, by="liu.min")
        if gone.get("id"):
            body = {"deliveries": [gone["id"]], "date": TODAY}
            made = self.rest("POST", "/billing/bill", "bill", body, by="wang.lei")
            for document in (made.get("documents") or [])[:1]:
                number = document["id"] if isinstance(document, dict) else document
                self.read(f"/billing/{number}", "invoice")

    @task(2)
    def invoice(self) -> None:
        _pk, number = self.customer()
        items = [{**line, "price": f"{self.rng.randint(100, 9900) / 100:.2f}"} for line in self._order_lines()]
        self.rest(
            "POST",
            "/billing/invoices",
            "post an invoice",
            {"customer": number, "date": TODAY, "lines": items},
            by="wang.lei",
        )

    @task(3)
    def bank_line(self) -> None:
        if not lines:
            return
        pk = lines.popleft()
        self.read(f"/cash/lines/{pk}", "bank line")
        told = self.rest("GET", f"/cash/lines/{pk}/proposals", "proposals", by="chen.jing")
        some = told.get("items", []) if isinstance(told, dict) else told
        if some:
            self.rest(
                "POST", f"/cash/lines/{pk}/accept", "accept a proposal", {"proposal": some[0]["id"]}, by="chen.jing"
            )
        else:
            self.rest("POST", f"/cash/lines/{pk}/on-account", "on account", {"note": "不明"}, by="chen.jing")

    @task(1)
    def note(self) -> None:
        """Through a page's form: the one who owns an item writes down what the customer said."""
        pk = self.rng.choice(FACTS["open_items"])
        with self.read(f"/ledger/items/{pk}/change", "form of an item", catch_response=True) as shown:
            if shown.status_code == 403:  # not every desk may change items: it is told so, which is an answer
                shown.success()
            page = shown.text
        form = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
        if "csrfmiddlewaretoken" not in form:
            return
        form |= {"text": f"客户答复 {self.rng.randint(1, 999)}", "reason": "电话"}
        with self.client.post(
            f"/ledger/items/{pk}/change", form, name="change an item (form)", allow_redirects=False, catch_response=True,
            headers={"Referer": self.host or ""},
        ) as answer:  # fmt: skip
            if answer.status_code in (409, 403):  # someone else changed it meanwhile; or this desk may not
                answer.success()

    @task(1)
    def issue_statement(self) -> None:
        _pk, number = self.customer()
        body = {"customer": number, "since": "2026-01-01", "until": TODAY}
        self.rest("POST", "/statements/", "issue a statement", body, by="chen.jing")
