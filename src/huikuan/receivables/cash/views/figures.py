"""How well matching works: cleared without a hand, taken back by one later, and how old the rest is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import TruncMonth

from huikuan.books.ledger import queries as ledger
from huikuan.kit.words import _
from huikuan.receivables.cash import queries
from huikuan.receivables.cash.models import BankLine, Proposal
from huikuan.web.charts import Chart, Figure, Series
from huikuan.web.look import amount
from huikuan.web.pages import Report
from huikuan.web.tables import Column

AGES = ((0, 7), (8, 30), (31, 60), (61, 90), (91, None))


@dataclass(frozen=True, slots=True)
class Month:
    """The receipts of a month in one currency: `lines` and `money`, and of them what no hand touched."""

    key: str
    month: str
    currency: str
    lines: int
    money: int
    touchless: int
    touchless_money: int
    person: int
    waiting: int
    false: int  # cleared by the machine, taken back by a person

    @property
    def rate(self) -> str:
        return share(self.touchless, self.lines)

    @property
    def money_rate(self) -> str:
        return share(self.touchless_money, self.money)


def share(part: int, whole: int) -> str:
    return f"{part * 100 / whole:.1f} %" if whole else "–"


def taken_back(company: int) -> dict[int, int]:
    """line -> how many of its clearings the machine made and a person undid. A person's own clearing carries no rule."""
    rows = Proposal.objects.filter(company_id=company, state="past", clearing__isnull=False)
    found = [(line, c or 0, rule, v) for line, c, rule, v in rows.values_list("line_id", "clearing", "rule", "rules")]
    reasons: dict[int, str] = {}
    ids = [c for _line, c, _rule, _v in found]
    for i in range(0, len(ids), 800):
        reasons.update(ledger.clearings(company).filter(pk__in=ids[i : i + 800]).values_list("pk", "reason"))
    out: dict[int, int] = {}
    for line, clearing, rule, version in found:
        if reasons.get(clearing) == f"{rule} v{version}":
            out[line] = out.get(line, 0) + 1
    return out


def months(company: int) -> list[Month]:
    """Newest month first. Touchless: applied in full by the machine, and standing."""
    machine = Exists(Proposal.objects.filter(line=OuterRef("pk"), state="cleared"))
    hand = Exists(Proposal.objects.filter(line=OuterRef("pk"), state="accepted"))
    alone = Q(stand="applied") & Q(machine=True) & Q(hand=False)
    rows: Any = queries.lines(company).filter(amount__gt=0).exclude(state__in=["ignored", "charged", "waiting", "out"])
    found = (
        rows.annotate(month=TruncMonth("date"), machine=machine, hand=hand)
        .values("month", "currency")
        .annotate(
            n=Count("id"), money=Sum("amount"), done=Count("id", filter=alone), done_money=Sum("amount", filter=alone),
            waiting=Count("id", filter=Q(stand__in=["unknown", "unapplied", "partly"])),
            person=Count("id", filter=Q(stand__in=["applied", "account"]) & ~alone),
        )
        .order_by("-month", "currency")
    )  # fmt: skip
    wrong: dict[tuple[Any, str], int] = {}
    back = taken_back(company)
    ids = sorted(back)
    for i in range(0, len(ids), 800):
        of = BankLine.objects.filter(pk__in=ids[i : i + 800]).values_list("pk", "date", "currency")
        for pk, day, currency in of:
            key = (day.replace(day=1), currency)
            wrong[key] = wrong.get(key, 0) + back[pk]
    return [
        Month(
            f"{r['month']:%Y-%m}{r['currency']}", f"{r['month']:%Y-%m}", r["currency"], r["n"], r["money"], r["done"], r["done_money"] or 0,
            r["person"], r["waiting"], wrong.get((r["month"], r["currency"]), 0),
        )
        for r in found
    ]  # fmt: skip


class Figures(Report):
    title = _("Figures of matching")
    needs = "cash.see"
    order = "-month"
    tie = "key"
    empty = _("Figures appear here once receipts have been matched.")

    def all_columns(self) -> Sequence[Column]:
        return (
            Column("month", _("Month")),
            Column("currency", _("Currency")),
            Column("lines", _("Receipts"), "number"),
            Column("money", _("Amount"), "money"),
            Column("touchless", _("Without a hand"), "number"),
            Column("rate", _("Rate by lines"), sort="-"),
            Column("money_rate", _("Rate by amount"), sort="-"),
            Column("person", _("By a person"), "number"),
            Column("waiting", _("Not explained"), "number"),
            Column("false", _("Found false later"), "number", note=_("Cleared by the machine, taken back by a person")),
        )

    @cached_property
    def found(self) -> list[Month]:
        return months(self.company.pk)

    def rows(self) -> list[Month]:
        return self.found

    @cached_property
    def ages(self) -> list[tuple[str, int, dict[str, int]]]:
        """(days, lines, minor units per currency) of what waits."""
        out = []
        for low, high in AGES:
            rows: Any = queries.work(self.company.pk).filter(date__lte=self.today - timedelta(low))
            if high is not None:
                rows = rows.filter(date__gte=self.today - timedelta(high))
            sums = {
                r["currency"]: (r["n"], r["s"] or 0)
                for r in rows.values("currency").annotate(n=Count("id"), s=Sum("left")).order_by("currency")
            }
            out.append(
                (
                    f"{low}–{high}" if high is not None else f"> {low - 1}",
                    sum(n for n, _s in sums.values()),
                    {c: s for c, (_n, s) in sums.items()},
                )
            )
        return out

    def figures(self) -> Sequence[Figure]:
        code = self.company.currency
        own = [m for m in self.found if m.currency == code]
        lines, done = sum(m.lines for m in self.found), sum(m.touchless for m in self.found)
        money, done_money = sum(m.money for m in own), sum(m.touchless_money for m in own)
        false = sum(m.false for m in self.found)
        waits = sum(n for _d, n, _s in self.ages)
        return (
            Figure(_("Without a hand, by lines"), share(done, lines), "/cash/?tab=applied&stand=applied", _("%(done)s of %(all)s", done=done, all=lines)),
            Figure(_("Without a hand, by amount"), share(done_money, money), "", _("%(currency)s only", currency=code)),
            Figure(_("Found false later"), str(false), "/cash/clearings", _("of %(all)s cleared by the machine", all=done + false), "late" if false else ""),
            Figure(_("Not applied yet"), amount(sum(s.get(code, 0) for _d, _n, s in self.ages), code), "/cash/match", _("%(n)s lines", n=waits)),
        )  # fmt: skip

    def charts(self) -> Sequence[Chart]:
        code = self.company.currency
        return (
            Chart(
                "age", _("Not applied yet, by days since the money came"), [d for d, _n, _s in self.ages],
                [Series(_("Amount"), [s.get(code, 0) for _d, _n, s in self.ages])], unit="money", currency=code, shades=True,
            ),
        )  # fmt: skip

    def how(self) -> Sequence[tuple[Any, Any]]:
        lines, done = sum(m.lines for m in self.found), sum(m.touchless for m in self.found)
        return (
            (_("Without a hand, by lines"), _("receipts that the machine applied in full and nobody took back ÷ receipts that came: %(done)s ÷ %(all)s",
                                              done=done, all=lines)),
            (_("Found false later"), _("clearings that the machine made and a person undid")),
        )  # fmt: skip
