"""Items as lists show them: as they stood on a day, what is overdue and how heavy it is, and their sums."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DateField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf, TruncMonth
from django.db.models.lookups import GreaterThan, LessThanOrEqual

from huikuan.books.ledger import store
from huikuan.books.ledger.models import ClearingLeg, ItemChange, OpenItem
from huikuan.books.ledger.types import Subtotal


def overdue_count(company: int, login: str, on: date) -> int:
    """Debits past their due date, counted to 10,001."""
    late = OpenItem.objects.filter(company_id=company, remaining__gt=0, due_date__lt=on).exclude(remaining=0)
    return late.order_by()[:10_001].count()


def item_rows(company: int, as_of: date, basis: str = "due") -> QuerySet[Any]:
    """Items posted by the end of a day, each with how it stood then, for lists that filter, sort and page in SQL.

    Adds `then` and `base_then` (what was open, minor units), `due_then`, `day` (what it is aged by, as `ageing` does)
    and `late` (days from `day`; none for a date not known yet). Nothing is computed where nothing happened later.
    """
    # Fetched beside, not joined: a list sorts a hundred thousand rows to show fifty.
    by_then = LessThanOrEqual(store.Beside("posting_date", output_field=DateField()), as_of)
    rows: QuerySet[Any] = OpenItem.objects.filter(by_then, company_id=company)
    rows = rows.prefetch_related("account", "line__entry", "customer")
    later = ClearingLeg.objects.filter(company_id=company, date__gt=as_of)
    if later.exists():
        # By the item alone: with the company too, SQLite would walk all later legs for each row.
        mine = ClearingLeg.objects.filter(item=OuterRef("pk"), date__gt=as_of).order_by().values("item")

        def then(now: str, taken: str) -> Case:
            back = F(now) + Coalesce(Subquery(mine.annotate(s=Sum(taken)).values("s")), 0)
            return Case(When(pk__in=later.values("item_id"), then=back), default=F(now), output_field=BigIntegerField())

        rows = rows.annotate(then=then("remaining", "amount"), base_then=then("base_remaining", "base_amount"))
    else:
        rows = rows.annotate(then=F("remaining"), base_then=F("base_remaining"))
    moved = ItemChange.objects.filter(company_id=company, field="due_date", on__gt=as_of)
    if moved.exists():
        first = ItemChange.objects.filter(item=OuterRef("pk"), field="due_date", on__gt=as_of).order_by("on", "id")
        was = Cast(NullIf(Subquery(first.values("old")[:1]), Value("")), DateField())
        rows = rows.annotate(
            due_then=Case(When(Exists(first), then=was), default=F("due_date"), output_field=DateField())
        )
    else:
        rows = rows.annotate(due_then=F("due_date"))
    aged = F("document_date") if basis == "invoice" else store.Aged("amount", "document_date", "due_then")
    return rows.annotate(day=aged).annotate(late=store.DaysFrom(Value(as_of, DateField()), F("day")))


def open_then(rows: QuerySet[Any], company: int, as_of: date) -> QuerySet[Any]:
    """Of `item_rows`, those that were open at the end of the day."""
    later = ClearingLeg.objects.filter(company_id=company, date__gt=as_of)
    if not later.exists():
        return rows.exclude(remaining=0)
    touched = Q(pk__in=later.values("item_id"))
    return rows.filter(~touched & ~Q(remaining=0) | touched & ~Q(then=0))


def overdue_rows(company: int, as_of: date) -> QuerySet[Any]:
    """Debits past their due date; `weight` is what is open (whole units of company currency) times the days late."""
    debits = GreaterThan(store.Beside("amount", output_field=BigIntegerField()), 0)  # nearly all of them are
    late = open_then(item_rows(company, as_of), company, as_of).filter(debits, due_then__lt=as_of)
    # Whole units, so that the product stays within what both databases hold.
    return late.annotate(weight=F("base_then") / 100 * F("late"))


def heaviest(
    rows: QuerySet[Any], company: int, as_of: date, most: int, *, below: int | None = None, above: int | None = None
) -> QuerySet[Any]:
    """Of `overdue_rows`, filtered as they may be, a part that surely holds the `most` heaviest: of all, of those `below` a
    weight, or the lightest of those `above` one. Small items are left out by an index: none is late by more days than the
    oldest, so one too small to reach the last of the page even with those is none of it.
    """
    if not _is_now(company, as_of):
        return rows
    late = OpenItem.objects.filter(company_id=company, due_date__lt=as_of).exclude(remaining=0)
    oldest = late.order_by("due_date").values_list("due_date", flat=True).first()
    if oldest is None:
        return rows
    weight = above
    if weight is None:
        # The largest, whenever they fell due: the last of the page is at least as heavy as the last of the same number of them.
        some = rows.order_by("-base_remaining").values_list("weight", flat=True)[: 20 * most]
        known = sorted((w for w in some if below is None or w < below), reverse=True)
        weight = known[most - 1] if len(known) >= most else 0
    least = -(-weight // (as_of - oldest).days) * 100
    return rows.filter(base_remaining__gte=least) if least > 0 else rows


def _is_now(company: int, as_of: date) -> bool:
    """Whether nothing was cleared or re-dated after the day, so that what was open then is what is open now."""
    later = ClearingLeg.objects.filter(company_id=company, date__gt=as_of)
    moved = ItemChange.objects.filter(company_id=company, field="due_date", on__gt=as_of)
    return not later.exists() and not moved.exists()


def overdue_without_reason(company: int, as_of: date) -> int:
    """How many debits are overdue and nobody has said why."""
    if not _is_now(company, as_of):
        return overdue_rows(company, as_of).filter(reason_code="").count()
    by_then = LessThanOrEqual(store.Beside("posting_date", output_field=DateField()), as_of)
    late = OpenItem.objects.filter(by_then, company_id=company, due_date__lt=as_of, remaining__gt=0, reason_code="")
    return late.exclude(remaining=0).count()  # in the words of its index, which holds all of it


def with_clearing(rows: QuerySet[Any], as_of: date) -> QuerySet[Any]:
    """Adds `cleared_on`, the day of the last clearing by `as_of`."""
    legs_then = ClearingLeg.objects.filter(item=OuterRef("pk"), date__lte=as_of).order_by("-date", "-id")
    return rows.annotate(cleared_on=Subquery(legs_then.values("date")[:1]))


def days_late(low: int | None, high: int | None, as_of: date) -> Q:
    """Rows of `item_rows` that are `low` to `high` days late, both included. Not due (and not known yet) counts as 0."""
    found = Q()
    if low is not None and low > 0:
        found &= Q(day__lte=as_of - timedelta(days=low))
    if high is not None:
        at_most = Q(day__gte=as_of - timedelta(days=max(0, high)))
        found &= at_most if low is not None and low > 0 else at_most | Q(day=None)
    return found


SUBTOTAL_FIELDS = {
    "customer": ("customer__number", "customer__name", "customer__name_en"),
    "currency": ("currency",),
    "reason": ("reason_code",),
    "owner": ("owner",),
}


def subtotals(rows: QuerySet[Any], by: str, limit: int = 200) -> list[Subtotal]:
    """Rows of `item_rows` added up by customer, currency, reason, owner or month (of the due date), per currency."""
    fields: tuple[str, ...]
    if by == "month":
        rows, fields = rows.annotate(month=TruncMonth("due_then")), ("month",)
    else:
        fields = SUBTOTAL_FIELDS[by]
    groups = rows.order_by().values(*dict.fromkeys((*fields, "currency")))
    found = groups.annotate(n=Count("id"), s=Sum("then"), o=Sum("then", filter=Q(late__gt=0)))
    found = found.order_by("month", "currency") if by == "month" else found.order_by("-s", *fields)
    out = []
    for r in found[:limit]:
        key = r[fields[0]]
        text = f"{key:%Y-%m}" if isinstance(key, date) else key or ""
        name, name_en = (r[fields[1]], r[fields[2]]) if len(fields) > 1 else ("", "")
        out.append(Subtotal(text, name, name_en, r["currency"], r["n"], r["s"], r["o"] or 0))
    return out
