"""Key figures, read from the ledger: one month, or a run of months, in a fixed handful of queries.

Everything comes from sums by day, which are few whatever the number of items: what was posted by (aging day, posting
day), what was cleared by (aging day, clearing day), what was billed by month. The rest is addition. Billed are the
invoices and debit notes of a month by document date, tax included; reversed ones are left out and credit notes are
not taken off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Case, F, QuerySet, Sum, When

from huikuan.books.ledger import queries as ledger
from huikuan.kit.dates import add_months, month_end, month_start
from huikuan.kit.errors import Invalid
from huikuan.kit.words import _
from huikuan.review.kpis import rules
from huikuan.review.kpis.models import Delivery, Subscription
from huikuan.review.kpis.rules import Figures, Month

BILLED = ("invoice", "debit")
LAST_YEAR = 2100

Sums = dict[tuple[date | None, date], int]  # (aging day, day it happened) -> minor units


@dataclass(frozen=True, slots=True)
class Row:
    """One currency: its months without a gap, oldest first, and the figures of the last."""

    currency: str
    months: tuple[Month, ...]
    figures: Figures

    @property
    def last(self) -> Month:
        return self.months[-1]


def figures(company: int, month: date) -> list[Row]:
    """The figures of the month that holds this day, a row for each currency that ever had an item, in order.

    Raises Invalid for a month beyond any plan: the months in between are walked one by one.
    """
    last = month_start(month)
    if last.year > LAST_YEAR:
        raise Invalid.one("month", f"{last:%Y-%m}", _("lies too far ahead"))
    settled = ledger.settled_late(company, month_end(last), BILLED)
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
    end = month_end(last)
    posted, cleared = _sums(company, end)
    billed = ledger.billed_months(company, BILLED, end)
    out: dict[str, list[Month]] = {}
    for currency, sums in posted.items():
        first = min(month_start(day) for _aged, day in sums)
        billed_first = [date.fromisoformat(f"{m}-01") for c, m in billed if c == currency]
        start = min([first, *(d for d in billed_first if d <= last)])
        months: list[Month] = []
        opening = 0
        while start <= last:
            closing, not_due = _standing(month_end(start), sums, cleared.get(currency, {}))
            amount = billed.get((currency, f"{start:%Y-%m}"), 0)
            months.append(Month(start, currency, amount, opening, closing, not_due))
            opening, start = closing, add_months(start, 1)
        out[currency] = _as_known_then(company, months)
    return out


def credits(company: int, as_of: date, by: str = "currency") -> dict[tuple[str, str], int]:
    """{(key, currency): minor units} of credit notes and receipts that stood open on a day; keys as in the ledger's ageing."""
    path = {"currency": "currency", "customer": "customer__number", "org": "customer__org__code"}[by]
    rows = ledger.items(company).filter(amount__lt=0, posting_date__lte=as_of).order_by()
    now = rows.exclude(remaining=0).values_list(path, "currency").annotate(Sum("remaining"))
    since = rows.filter(legs__date__gt=as_of).values_list(path, "currency").annotate(Sum("legs__amount"))
    out: dict[tuple[str, str], int] = defaultdict(int)
    for key, *rest in (*now, *since):
        currency, amount = (rest[0], rest[1]) if by != "currency" else (key, rest[-1])
        out[key or "-", currency] += amount
    return out


def _standing(day: date, posted: Sums, cleared: Sums) -> tuple[int, int]:
    """(open, not due) at the end of a day."""
    closing = not_due = 0
    for sums, sign in ((posted, 1), (cleared, -1)):
        for (aged, on), amount in sums.items():
            if on <= day:
                closing += sign * amount
                if aged is None or aged >= day:
                    not_due += sign * amount
    return closing, not_due


def _sums(company: int, end: date) -> tuple[dict[str, Sums], dict[str, Sums]]:
    """Per currency what was posted, and what was cleared, up to a day. Credits age by their own day."""
    aged = Case(When(amount__lt=0, then=F("document_date")), default=F("due_date"))
    rows = ledger.items(company).filter(posting_date__lte=end).annotate(aged=aged).order_by()
    posted = rows.values_list("currency", "aged", "posting_date").annotate(Sum("amount"))
    cleared = (
        rows.filter(legs__date__lte=end).values_list("currency", "aged", "legs__date").annotate(Sum("legs__amount"))
    )
    return _by_currency(posted), _by_currency(cleared)


def _by_currency(rows: Iterable[tuple[str, date | None, date, int]]) -> dict[str, Sums]:
    out: dict[str, Sums] = defaultdict(dict)
    for currency, aged, on, amount in rows:
        out[currency][aged, on] = int(amount)
    return out


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


def deliveries(company: int, person: str) -> QuerySet[Delivery]:
    """What was made for a person, newest first."""
    rows = Delivery.objects.filter(company_id=company, subscription__person=person)
    return rows.select_related("subscription").order_by("-at", "-pk")
