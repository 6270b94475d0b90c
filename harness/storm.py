"""Part two of the crash harness: five busy processes, killed at random, and the database server with them.

Each process does one kind of work over and over, every piece under its own key, and says so after the commit. Who was
killed is started again and asks for the piece that it was not told of. At the end everything that was said must stand
exactly once.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from harness import day, frame
from harness.stage import Child, Stage, quiet

KINDS = ("posting", "billing", "import", "matching", "queue")
DOWN = ("OperationalError", "InterfaceError", "AdminShutdown", "ConnectionTimeout")
Say = Callable[[Any], None]


class Storm:
    def __init__(self, stage: Stage, company: int, rng: random.Random) -> None:
        self.stage, self.company, self.rng = stage, company, rng
        self.violations: list[str] = []
        self.said: dict[str, dict[int, Any]] = {k: {} for k in KINDS}
        self.kills: Counter[str] = Counter()
        self.servers = 0
        self.lives = 0

    def figures(self) -> dict[str, Any]:
        return {
            "random_kills": sum(self.kills.values()), "killed": dict(sorted(self.kills.items())), "server_kills": self.servers,
            "acknowledged": {k: len(v) for k, v in self.said.items()}, "acknowledged_lost": self.lost,
        }  # fmt: skip

    lost = 0

    # --- the work ------------------------------------------------------------------------------------------------------

    def piece(self, kind: str, n: int, clock: Any) -> Any:
        """Piece `n` of one kind of work, as a client asks for it; asked twice it gives the first reply."""
        desk = day.Day(self.company, clock)

        def act(login: str, part: str = "") -> Any:
            return desk.act(login, f"storm:{kind}:{n}:{part}")

        if kind == "posting":
            from huikuan.books.ledger import actions as ledger
            from huikuan.books.ledger.types import EntryDraft, LineDraft
            from huikuan.kit.money import Money

            money = Money(100_00 + n, "CNY")
            lines = (
                LineDraft("1122", money, party=desk.customer("C1"), due=day.DAY, kind="invoice", document=f"98{n:06d}"),
                LineDraft("6001", -money),
            )
            return ledger.post(act("sun.tao"), [EntryDraft("RV", day.DAY, "x", lines)])[0].number
        if kind == "billing":
            from huikuan.sales.billing import actions as billing
            from huikuan.sales.orders import actions as orders
            from huikuan.sales.orders.rules.drafts import DeliveryDraft

            order = orders.place(act("wang.lei", "place"), desk.draft("C3", "2", f"S{n}"))
            orders.deliver(act("wang.lei", "out"), DeliveryDraft(order.pk, day.DAY))
            return [order.number, billing.bill_due(act("wang.lei", "bill"), day.DAY, size=1).done]
        if kind == "import":
            from huikuan.receivables.cash import actions as cash

            rows = ((100_00 + n, "上海嘉禾商贸有限公司", day.OWN, f"货款 98{n:06d}", f"T{n}"),)
            opening = sum(100_00 + k for k in range(n))
            done = cash.import_file(act("sun.tao"), day.BANK, day.bank_file(*rows, opening=opening), name=f"t{n}.csv")
            return done.landed + done.known
        if kind == "matching":
            from huikuan.receivables.cash import actions as cash

            return sorted(x.line for x in cash.match(act("sun.tao")).links if x.state == "cleared")
        from huikuan.kit.words import _
        from huikuan.office.work import actions as work
        from huikuan.office.work import bots

        order = work.open_order(
            act("sun.tao"), "harness.effect", f"harness:{n}", _("Work of the day"), key=f"storm:{n}"
        )
        with bots.borrowed("harness.effect", effect, lease=60):
            bots.work_once(clock=lambda: clock, company_id=self.company, timed=False)
        return order.pk

    def child(self, kind: str) -> Child:
        first, clock = len(self.said[kind]), day.NOON + timedelta(seconds=61 * self.lives)
        self.lives += 1

        def run(say: Say) -> None:
            with quiet():
                for n in range(first, 100_000):
                    say([n, self.piece(kind, n, clock)])

        return Child(run)

    def hear(self, kind: str, child: Child) -> None:
        for x in child.listen():
            if isinstance(x, list):
                self.said[kind][x[0]] = x[1]

    # --- the weather ---------------------------------------------------------------------------------------------------

    def blow(self, kills: int, servers: int) -> None:
        name = self.stage.fresh()
        alive = {k: self.child(k) for k in KINDS}
        falls = {self.rng.randrange(kills) for _i in range(50)} if servers else set()
        falls = set(sorted(falls, key=lambda _x: self.rng.random())[:servers])
        for n in range(kills):
            self.pause(alive, self.rng.uniform(0.02, 0.25))
            patience = time.monotonic() + 5
            while not any(c.said for c in alive.values()) and time.monotonic() < patience:
                self.pause(alive, 0.02)  # a crowded machine: nobody has got anything done yet
            if n in falls:
                self.power_cut(alive)
            kind = self.victim(alive)
            alive[kind].kill()
            self.buried(kind, alive[kind], killed=True)
            alive[kind] = self.child(kind)
        for kind, child in alive.items():
            child.kill()
            self.buried(kind, child, killed=True)
        with quiet():
            self.judge()
        self.stage.drop(name)

    def victim(self, alive: dict[str, Child]) -> str:
        """Mostly someone who has got something done in this life: whoever is always killed at once proves little."""
        busy = [k for k, child in alive.items() if child.said]
        return self.rng.choice(busy if busy and self.rng.random() < 0.8 else KINDS)

    def pause(self, alive: dict[str, Child], seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for kind, child in alive.items():
                self.hear(kind, child)
                if child.poll() is not None:
                    self.buried(kind, child)
                    alive[kind] = self.child(kind)
            time.sleep(0.005)

    def buried(self, kind: str, child: Child, *, killed: bool = False, server: bool = False) -> None:
        self.hear(kind, child)
        said = child.end(60)
        for x in said:
            if isinstance(x, list):
                self.said[kind][x[0]] = x[1]
            elif not (server and any(w in x["error"] for w in DOWN)):
                self.violations.append(f"{kind} {len(self.said[kind])}: {x['error'].strip().splitlines()[-1]}")
        if killed and child.code == -9:
            self.kills[kind] += 1

    def power_cut(self, alive: dict[str, Child]) -> None:
        """The server dies with all its processes; everyone at work sees an error, and comes back to a server that recovered."""
        self.stage.kill_server()
        self.servers += 1
        for kind, child in alive.items():
            self.buried(kind, child, server=True)
        self.stage.start_server()
        for kind in alive:
            alive[kind] = self.child(kind)

    # --- the judgement -------------------------------------------------------------------------------------------------

    def judge(self) -> None:
        """Ask for what was not acknowledged, let the robots finish a minute later, then count."""
        last = day.NOON + timedelta(seconds=61 * (self.lives + 1))
        asked = {k: len(v) for k, v in self.said.items()}

        def run(say: Say) -> None:
            with quiet():
                for kind in KINDS:
                    self.piece(kind, asked[kind], last)
            say("asked")

        for x in Child(run).end():
            if isinstance(x, dict):
                self.violations.append(f"asking again: {x['error'].strip().splitlines()[-1]}")
        self.violations += self.counts(asked)
        self.violations += frame.violations_of_verify(self.company)

    def counts(self, asked: dict[str, int]) -> list[str]:
        from huikuan.books.ledger.models import Entry, OpenItem
        from huikuan.office.work.models import WorkOrder
        from huikuan.receivables.cash.models import BankLine
        from huikuan.sales.orders.models import Delivery, Order

        wrong: list[str] = []

        def once(what: str, found: Counter[str], wanted: list[str]) -> None:
            lost = [w for w in wanted if not found[w]]
            twice = [w for w, n in found.items() if n > 1]
            self.lost += len(lost)
            if lost or twice or len(found) != len(wanted):
                wrong.append(f"{what}: lost {lost[:5]}, twice {twice[:5]}, {len(wanted)} wanted, {len(found)} found")

        mine: dict[str, Any] = {"company_id": self.company}
        posted = OpenItem.objects.filter(**mine, document__startswith="98", kind="invoice").values_list(
            "document", flat=True
        )
        once("postings", Counter(posted), [f"98{n:06d}" for n in range(asked["posting"] + 1)])
        vouchers = {e.voucher for e in Entry.objects.filter(**mine)}
        gone = [v for v in self.said["posting"].values() if v not in vouchers]
        orders = dict(Order.objects.filter(**mine, external__startswith="S").values_list("external", "number"))
        once("orders", Counter(orders.keys()), [f"S{n}" for n in range(asked["billing"] + 1)])
        gone += [r[0] for r in self.said["billing"].values() if r[0] not in set(orders.values())]
        out = Counter(Delivery.objects.filter(**mine, state="billed").values_list("order__external", flat=True))
        once("billed deliveries", out, [f"S{n}" for n in range(asked["billing"] + 1)])
        lines = Counter(BankLine.objects.filter(**mine).values_list("serial", flat=True))
        once("bank lines", lines, [f"T{n}" for n in range(asked["import"] + 1)])
        cleared = {pk for some in self.said["matching"].values() for pk in some}
        still = BankLine.objects.filter(pk__in=cleared).exclude(item__remaining=0).count()
        effects = Counter(WorkOrder.objects.filter(**mine, kind="harness.done").values_list("subject", flat=True))
        once("effects of jobs", effects, [f"harness:{n}" for n in range(asked["queue"] + 1)])
        stuck = WorkOrder.objects.filter(**mine, kind="harness.effect").exclude(state="done").count()
        if gone or still or stuck:
            wrong.append(
                f"acknowledged and gone: {gone[:5]}; cleared lines open: {still}; jobs not done after 60 s: {stuck}"
            )
        self.lost += len(gone) + still
        if cleared and not self.said["matching"]:
            wrong.append("matching never answered")
        return wrong


def effect(job: Any) -> str:
    """What a job of the harness does: one to-do, once."""
    from huikuan.kit.words import _
    from huikuan.office.work import actions

    actions.open_order(job.act("do"), "harness.done", job.subject, _("Work of the day"), role="TRE")
    return "done"
