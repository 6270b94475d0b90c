"""What rivals contend for: each contest makes its rounds, says what one rival does, and judges what became of them all.

`off(database)` takes its guard away, in the process of the rivals, for the negative control: then the same judge must find
bad rounds. What a guard of the database itself is, `drop` takes away in the control's own copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from harness import day
from huikuan.kit import failpoints

APRIL = date(2026, 4, 10)
Facts = dict[str, Any]


def act(company: int, login: str = "system", key: str | None = None) -> Any:
    from huikuan.office.trail.act import Act

    return Act(by=login, company=company, at=day.NOON, door="rest", key=key)


def told(do: Callable[[], Any], good: Callable[[Any], str] = lambda _x: "done") -> str:
    """Run it: what `good` makes of the reply, or "told" where a sentence said no. Any other error is an error."""
    from huikuan.kit.errors import Trouble

    try:
        return good(do())
    except Trouble as e:
        return f"told: {e}"


def short(fates: list[str]) -> Counter[str]:
    return Counter(f.partition(":")[0] for f in fates)


class Contest:
    """One thing that only one (or so many) may get."""

    name = ""
    meets = ""  # the fail point between reading and writing where rivals of the control meet
    drops: tuple[tuple[str, str], ...] = ()  # (table, constraint) that the control's copy loses

    def __init__(self, company: int, rivals: int) -> None:
        self.company, self.rivals = company, rivals

    def rounds(self, many: int) -> Iterator[Facts]:
        raise NotImplementedError

    def rival(self, facts: Facts, n: int, meet: Any) -> str:
        raise NotImplementedError

    def judge(self, facts: Facts, fates: list[str]) -> str:
        """What was wrong with the round; "" when nothing was."""
        raise NotImplementedError

    def off(self) -> None:
        """Take this contest's own guard away, beyond the locks that every control goes without."""


def _no_exposure() -> None:
    """Exposure's row is written before anything else and would hold rivals of one customer apart."""
    from huikuan.books.ledger import actions as ledger

    ledger.customers.move_exposure = lambda *_a, **_k: None


class OneReceipt(Contest):
    """Many invoices, one receipt: it pays one of them."""

    name = "one receipt"
    meets = "ledger.clear.read"
    drops = (("ledger_openitem", "i07_no_more_is_cleared_than_there_is"),)
    one, many = "receipt", "invoice"

    def rounds(self, many: int) -> Iterator[Facts]:
        from huikuan.books.customers import actions as customers
        from huikuan.books.ledger import actions as ledger
        from huikuan.books.ledger.types import EntryDraft, LineDraft
        from huikuan.kit.money import Money

        party = customers.create(act(self.company), f"X-{self.one}", self.name, credit_limit=None).pk
        sign = -1 if self.one == "receipt" else 1

        def draft(kind: str, minor: int, n: int) -> EntryDraft:
            money = Money(minor, "CNY")
            lines = (
                LineDraft("1122", money, party=party, kind=kind, document=f"{kind[0]}{n}"),
                LineDraft("1002", -money),
            )
            return EntryDraft("RV", day.DAY, "x", lines)

        drafts = [draft(self.one, sign * 100_00, 0)] + [draft(self.many, -sign * 100_00, n) for n in range(self.rivals)]
        for start in range(0, many, 20):
            posted = ledger.post(act(self.company), drafts * min(20, many - start))
            ids = [p.items[0] for p in posted]
            for i in range(0, len(ids), self.rivals + 1):
                yield {"one": ids[i], "many": ids[i + 1 : i + self.rivals + 1], "sign": sign}

    def rival(self, facts: Facts, n: int, meet: Any) -> str:
        from huikuan.books.ledger import actions as ledger
        from huikuan.books.ledger.types import ClearDraft

        minor = facts["sign"] * 100_00
        legs = ((facts["one"], minor), (facts["many"][n], -minor))
        return told(lambda: ledger.clear(act(self.company), [ClearDraft(day.DAY, legs)]))

    def judge(self, facts: Facts, fates: list[str]) -> str:
        from huikuan.books.ledger.models import ClearingLeg, OpenItem

        taken = sum(ClearingLeg.objects.filter(item=facts["one"]).values_list("amount", flat=True))
        left = dict(OpenItem.objects.filter(pk__in=[facts["one"], *facts["many"]]).values_list("pk", "remaining"))
        open_ = sum(bool(left[pk]) for pk in facts["many"])
        seen = short(fates)
        good = seen == {"done": 1, "told": self.rivals - 1}
        if good and taken == facts["sign"] * 100_00 and left[facts["one"]] == 0 and open_ == self.rivals - 1:
            return ""
        return f"{dict(seen)}, {taken} taken off {facts['sign'] * 100_00}, {open_} of {self.rivals} still open"

    def off(self) -> None:
        _no_exposure()


class OneItem(OneReceipt):
    """Many receipts, one invoice."""

    name = "one open item"
    one, many = "invoice", "receipt"


class CreditLimit(Contest):
    """Credit for so many orders, asked for by more."""

    name = "credit limit"
    meets = "orders.place.judged"
    gross = 45_20  # one case of cola at 40.00 and 13 %

    @property
    def fits(self) -> int:
        return self.rivals // 4

    def rounds(self, many: int) -> Iterator[Facts]:
        from huikuan.books.customers import actions as customers
        from huikuan.sales.orders import actions as orders

        desk = day.Day(self.company)
        for n in range(many):
            number = f"L{n}"
            limit = (self.fits + 1) * self.gross
            party = customers.create(act(self.company), number, f"赊销{n}", credit_limit=limit).pk
            orders.place(act(self.company), desk.draft(number, "1", f"L{n}-first"))
            yield {"number": number, "party": party, "limit": limit}

    def rival(self, facts: Facts, n: int, meet: Any) -> str:
        from huikuan.sales.orders import actions as orders

        draft = day.Day(self.company).draft(facts["number"], "1", f"{facts['number']}-{n}")
        return told(lambda: orders.place(act(self.company), draft), lambda order: str(order.state))

    def judge(self, facts: Facts, fates: list[str]) -> str:
        from huikuan.books.customers.models import Exposure

        taken = sum(Exposure.objects.filter(customer=facts["party"]).values_list("amount", flat=True))
        seen = short(fates)
        if seen == {"free": self.fits, "held": self.rivals - self.fits} and taken == facts["limit"]:
            return ""
        return f"{dict(seen)}, exposure {taken} of {facts['limit']}"


class Numbers(Contest):
    """Vouchers of one series: no number twice, none left out."""

    name = "number"
    drops = (("ledger_entry", "entry_number_once"),)  # so that the judge sees what the database would refuse

    def rounds(self, many: int) -> Iterator[Facts]:
        from huikuan.office.company.models import Series

        for _n in range(many):
            row = Series.objects.filter(company_id=self.company, klass="NR", year=2026).first()
            yield {"last": row.last if row else 0}

    def rival(self, facts: Facts, n: int, meet: Any) -> str:
        return told(lambda: _post(self.company, "NR", day.DAY), lambda p: str(p[0].number))

    def judge(self, facts: Facts, fates: list[str]) -> str:
        meant = [f"NR-2026-{facts['last'] + 1 + n:06d}" for n in range(self.rivals)]
        return (
            ""
            if sorted(fates) == meant
            else f"after {facts['last']}: {sorted(set(fates))[:4]} …, {len(set(fates))} different"
        )

    def off(self) -> None:
        """A counter that is read, and written a moment later."""
        from huikuan.books.ledger import actions as ledger
        from huikuan.office.company.models import Series

        def naive(inner: Any, klass: str, year: int, n: int = 1) -> tuple[int, int]:
            row = Series.objects.filter(company_id=inner.company, klass=klass, year=year).first()
            last = row.last if row else 0
            failpoints.point("ledger.post.period")  # the rivals meet here once more, between reading and writing
            if row is None:
                Series.objects.get_or_create(company_id=inner.company, klass=klass, year=year, defaults={"last": n})
            else:
                Series.objects.filter(pk=row.pk).update(last=last + n)
            return last + 1, last + n

        ledger.take_numbers = naive

    meets = "ledger.post.period"


def _post(company: int, klass: str, on: date, key: str | None = None, reference: str = "") -> Any:
    from huikuan.books.ledger import actions as ledger
    from huikuan.books.ledger.types import EntryDraft, LineDraft
    from huikuan.kit.money import Money

    lines = (LineDraft("1002", Money(1_00, "CNY")), LineDraft("6001", Money(-1_00, "CNY")))
    return ledger.post(act(company, key=key), [EntryDraft(klass, on, "x", lines, reference=reference)])


class PeriodLock(Contest):
    """One closes the month while the others post into it: what came in late is not in its totals."""

    name = "period lock against post"
    meets = "ledger.post.period"

    def rounds(self, many: int) -> Iterator[Facts]:
        from huikuan.books.ledger import actions as ledger
        from huikuan.books.ledger.models import Period

        april = Period.objects.get(company_id=self.company, year=2026, month=4)
        for n in range(many):
            yield {"period": april.pk, "closer": n % self.rivals}
            if Period.objects.get(pk=april.pk).state == "closed":
                ledger.reopen_period(act(self.company), april.pk, "once more")

    def rival(self, facts: Facts, n: int, meet: Any) -> str:
        from huikuan.books.ledger import actions as ledger

        if n != facts["closer"]:
            return told(lambda: _post(self.company, "PR", APRIL), lambda _p: "posted")
        fate = told(lambda: ledger.close_period(act(self.company), facts["period"]), lambda _p: "closed")
        if facts.get("control"):  # the others have read that the month is open, and go on now that it is not
            failpoints.meets("", meet)("")
        return fate

    def judge(self, facts: Facts, fates: list[str]) -> str:
        from huikuan.books.ledger.models import Period
        from huikuan.books.ledger.queries import period_totals

        period = Period.objects.get(pk=facts["period"])
        seen, now = short(fates), period_totals(self.company, period)
        if seen["closed"] == 1 and seen["posted"] + seen["told"] == self.rivals - 1 and period.totals == now:
            return ""
        return f"{dict(seen)}, totals at the close {period.totals}, now {now}"


class OneJob(Contest):
    """One work order, many workers."""

    name = "one job"
    meets = "work.claim.read"

    def rounds(self, many: int) -> Iterator[Facts]:
        from huikuan.kit.words import _
        from huikuan.office.work import actions as work
        from huikuan.office.work import bots

        bots.work_once(clock=lambda: day.NOON, company_id=self.company, timed=False)  # what earlier contests set off
        for n in range(many):
            subject = f"harness:race{n}"
            yield {
                "order": work.open_order(act(self.company), "harness.once", subject, _("Work of the day")).pk,
                "subject": subject,
            }

    def rival(self, facts: Facts, n: int, meet: Any) -> str:
        from huikuan.office.work import bots

        done = bots.work_once(clock=lambda: day.NOON, company_id=self.company, timed=False, most=1)
        return f"done {done.done}"

    def judge(self, facts: Facts, fates: list[str]) -> str:
        from huikuan.office.work.models import WorkOrder

        effects = WorkOrder.objects.filter(
            company_id=self.company, kind="harness.effect", subject=facts["subject"]
        ).count()
        row = WorkOrder.objects.get(pk=facts["order"])
        seen = Counter(fates)
        if (
            effects == 1
            and row.state == "done"
            and row.attempts == 1
            and seen == {"done 1": 1, "done 0": self.rivals - 1}
        ):
            return ""
        return f"{dict(seen)}, {effects} effects, the order is {row.state} after {row.attempts} tries"


def once(job: Any) -> str:
    """A robot whose effect has no key of its own: whoever claims twice does it twice."""
    from huikuan.kit.words import _
    from huikuan.office.work import actions as work

    work.open_order(act(job.company), "harness.effect", job.subject, _("Work of the day"), role="TRE")
    return "done"


class OneFile(Contest):
    """The same bank file, brought by many."""

    name = "one import twice"
    meets = "cash.land.known"
    drops = (
        ("cash_bankline", "i09_bank_line_once"), ("cash_statementfile", "i09_statement_file_once"),
        ("cash_bankstatement", "bankstatement_once"),
    )  # fmt: skip

    def rounds(self, many: int) -> Iterator[Facts]:
        from huikuan.receivables.cash import actions as cash
        from huikuan.receivables.cash import queries

        if queries.house_bank(self.company, day.BANK) is None:
            cash.open_house_bank(act(self.company), day.BANK)
        for n in range(many):
            yield {"n": n}

    def content(self, n: int) -> bytes:
        return day.bank_file(*((10_00 + n, "上海嘉禾商贸有限公司", day.OWN, "往来", f"R{n}-{k}") for k in range(3)))

    def rival(self, facts: Facts, n: int, meet: Any) -> str:
        from huikuan.receivables.cash import actions as cash

        content = self.content(facts["n"])
        return told(
            lambda: cash.import_file(act(self.company), day.BANK, content),
            lambda got: f"landed {got.landed} known {got.known}",
        )

    def judge(self, facts: Facts, fates: list[str]) -> str:
        from huikuan.receivables.cash.models import BankLine

        here = BankLine.objects.filter(company_id=self.company, serial__startswith=f"R{facts['n']}-").count()
        seen = Counter(fates)
        if here == 3 and seen == {"landed 3 known 0": 1, "landed 0 known 3": self.rivals - 1}:
            return ""
        return f"{dict(seen)}, {here} lines for 3"


class OneKey(Contest):
    """The same request with the same key, sent by many at once."""

    name = "one idempotency key"
    meets = "trail.act.claimed"

    def rounds(self, many: int) -> Iterator[Facts]:
        for n in range(many):
            yield {"key": f"race:{n}"}

    def rival(self, facts: Facts, n: int, meet: Any) -> str:
        return told(lambda: _post(self.company, "KR", day.DAY, facts["key"], facts["key"]), lambda p: str(p[0].number))

    def judge(self, facts: Facts, fates: list[str]) -> str:
        from huikuan.books.ledger.models import Entry

        entries = Entry.objects.filter(company_id=self.company, reference=facts["key"]).count()
        return (
            "" if entries == 1 and len(set(fates)) == 1 else f"{entries} entries, {len(set(fates))} different replies"
        )

    def off(self) -> None:
        from huikuan.office.trail import act as trail

        trail._claim = lambda *_a: None


class OfficeHour(CreditLimit):
    """Web processes and workers at once: orders come in through REST for one customer's credit, each twice with its key,
    while workers do the jobs that the same requests opened."""

    name = "office hour: web and worker processes"
    meets = ""

    def rounds(self, many: int) -> Iterator[Facts]:
        from huikuan.kit.words import _
        from huikuan.office.work import actions as work

        for n, facts in enumerate(super().rounds(many)):
            jobs = [
                work.open_order(act(self.company), "harness.once", f"harness:office{n}-{k}", _("Work of the day")).pk
                for k in range(4)
            ]
            yield {**facts, "n": n, "jobs": jobs}

    @property
    def fits(self) -> int:
        return max(1, self.rivals // 8)

    def rival(self, facts: Facts, n: int, meet: Any) -> str:
        import json

        from django.test import Client

        from huikuan.office.work import bots

        if n >= self.rivals // 2:
            done = bots.work_once(clock=lambda: day.NOON, company_id=self.company, timed=False)
            return f"worked {done.done}"
        body = {"customer": facts["number"], "date": str(day.DAY), "lines": [{"item": "COLA", "quantity": "1"}]}
        states = []
        for _again in range(2):  # the client that was not sure sends it once more
            got = Client(headers={"Authorization": f"Bearer {day.TOKEN}"}).post(
                "/api/v1/orders/", data=json.dumps(body), content_type="application/json",
                headers={"Idempotency-Key": f"office:{facts['n']}:{n}"},
            )  # fmt: skip
            if got.status_code not in (200, 201):
                return f"error: {got.status_code} {got.content[:200]!r}"
            states.append((got.json()["number"], got.json()["state"]))
        return states[0][1] if states[0] == states[1] else f"error: two replies {states}"

    def judge(self, facts: Facts, fates: list[str]) -> str:
        from huikuan.books.customers.models import Exposure
        from huikuan.office.work.models import WorkOrder

        web, work = fates[: self.rivals // 2], fates[self.rivals // 2 :]
        taken = sum(Exposure.objects.filter(customer=facts["party"]).values_list("amount", flat=True))
        effects = Counter(
            WorkOrder.objects.filter(
                kind="harness.effect", subject__startswith=f"harness:office{facts['n']}-"
            ).values_list("subject", flat=True)
        )
        undone = WorkOrder.objects.filter(pk__in=facts["jobs"]).exclude(state="done").count()
        seen = Counter(web)
        if (
            seen == {"free": self.fits, "held": len(web) - self.fits} and taken == facts["limit"] and len(effects) == 4
            and set(effects.values()) == {1} and not undone and all(w.startswith("worked") for w in work)
        ):  # fmt: skip
            return ""
        return f"{dict(seen)}, exposure {taken} of {facts['limit']}, effects {dict(effects)}, {undone} undone, {Counter(work)}"


CONTESTS: tuple[type[Contest], ...] = (OneReceipt, OneItem, CreditLimit, Numbers, PeriodLock, OneJob, OneFile, OneKey)
