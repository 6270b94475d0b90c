"""Key figures, read from the ledger: one month, or a run of months, in a fixed handful of queries.

Everything comes from sums that the ledger keeps, which are few whatever the number of items: what was posted less what
was cleared by (aging day, month), what was billed by month. The rest is addition. Billed are the invoices and debit
notes of a month by document date, tax included; reversed ones are left out and credit notes are not taken off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import QuerySet

from huikuan.books.ledger import queries as ledger
from huikuan.kit.dates import add_months, month_end, month_start
from huikuan.kit.errors import Invalid, Missing
from huikuan.kit.words import _
from huikuan.review.kpis import rules
from huikuan.review.kpis.models import Delivery, Subscription
from huikuan.review.kpis.rules import Figures, Month

BILLED = ("invoice", "debit")
LAST_YEAR = 2100


@dataclass(frozen=True, slots=True)
class Row:
    """One currency: its months without a gap, oldest first, and the figures of the last."""

    currency: str
    months: tuple[Month, ...]
    figures: Figures

    @property
    def last(self) -> Month:
        return self.months[-1]


def figures(company: int, month: date, *, settled_late: bool = True) -> list[Row]:
    """The figures of the month that holds this day, a row for each currency that ever had an item, in order.

    Raises Invalid for a month beyond any plan: the months in between are walked one by one. Days late are asked of every
    invoice that was ever settled: who does not show them leaves them out.
    """
    last = month_start(month)
    if last.year > LAST_YEAR:
        raise Invalid.one("month", f"{last:%Y-%m}", _("lies too far ahead"))
    settled = ledger.settled_late(company, month_end(last), BILLED) if settled_late else {}
    out = []
    for currency, months in sorted(history(company, last).items()):
        amount, weight, _items = settled.get(currency, (0, 0, 0))
        months = [*months[:-1], replace(months[-1], late_weight=weight, settled=amount)]
        out.append(Row(currency, tuple(months), rules.figures(months)))
    return out


def series(row: Row, count: int = 13) -> list[tuple[Month, Figures]]:
    """The last `count` months of a row with their figures (days late stands for the last month only)."""
    first = max(0, len(row.months) - count)
    return [(row.months[i], rules.figures(row.months[: i + 1])) for i in range(first, len(row.months))]


def history(company: int, last: date) -> dict[str, list[Month]]:
    """{currency: months from the first that has anything up to `last` (a first of month), without a gap}."""
    sums = ledger.month_sums(company)
    billed: dict[tuple[str, date], int] = defaultdict(int)
    for (currency, kind, month, since), amount in sums.billed.items():
        if kind in BILLED and since <= last:
            billed[currency, date.fromisoformat(f"{month}-01")] += amount
    moved: dict[str, dict[date, list[tuple[date | None, int]]]] = defaultdict(lambda: defaultdict(list))
    for (currency, aged, since), amount in sums.standing.items():
        if since <= last:
            moved[currency][since].append((aged, amount))
    out: dict[str, list[Month]] = {}
    for currency, by_month in moved.items():
        start = min([*by_month, *(m for (c, m), amount in billed.items() if c == currency and amount and m <= last)])
        months: list[Month] = []
        standing: dict[date | None, int] = defaultdict(int)  # by the day it is aged by
        opening = 0
        while start <= last:
            for aged, amount in by_month.get(start, ()):
                standing[aged] += amount
            day = month_end(start)
            closing = sum(standing.values())
            not_due = sum(amount for aged, amount in standing.items() if aged is None or aged >= day)
            months.append(Month(start, currency, billed.get((currency, start), 0), opening, closing, not_due))
            opening, start = closing, add_months(start, 1)
        out[currency] = _as_known_then(company, months)
    return out


def credits(company: int, as_of: date, by: str = "currency") -> dict[tuple[str, str], int]:
    """{(key, currency): minor units} of credit notes and receipts that stood open on a day; keys as in the ledger's ageing."""
    return ledger.credits(company, as_of, by)


def _as_known_then(company: int, months: Sequence[Month]) -> list[Month]:
    """Put right what is not due where a due date was changed after a month's end: that month knew the earlier date."""
    out: list[Month] = []
    for i, month in enumerate(months):
        end = month_end(month.start)
        then = ledger.due_then(company, end)
        if not then:  # nothing was changed after this month's end, so nothing after any later one
            return [*out, *months[i:]]
        now = dict(ledger.items(company).filter(pk__in=list(then)).values_list("pk", "due_date"))
        moved = 0
        for item in ledger.open_items(company, end, ids=list(then), currency=month.currency):
            if item.amount > 0:
                moved += item.remaining * (_not_due(item.due_date, end) - _not_due(now[item.id], end))
        out.append(replace(month, not_due=month.not_due + moved))
    return out


def _not_due(due: date | None, day: date) -> int:
    return int(due is None or due >= day)


# ---- subscriptions ---------------------------------------------------------------------------------------------


def subscriptions(company: int, person: str = "") -> QuerySet[Subscription]:
    rows = Subscription.objects.filter(company_id=company)
    return rows.filter(person=person) if person else rows


def due(company: int, today: date) -> list[Subscription]:
    """Live subscriptions whose report of the newest slot has not been delivered."""
    rows = Subscription.objects.filter(company_id=company, live=True).order_by("pk")
    return [r for r in rows if rules.is_due(r.every, r.last, today)]


def delivery(company: int, pk: int) -> Delivery:
    """Raises Missing."""
    row = Delivery.objects.filter(company_id=company, pk=pk).select_related("subscription").first()
    if row is None:
        raise Missing(_("There is no such report."))
    return row


def deliveries(company: int, person: str) -> QuerySet[Delivery]:
    """What was made for a person, newest first."""
    rows = Delivery.objects.filter(company_id=company, subscription__person=person)
    return rows.select_related("subscription").order_by("-at", "-pk")
