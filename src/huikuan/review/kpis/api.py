"""The REST door of ageing and key figures."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Query, Router, Schema
from pydantic import Field

from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.rules import bucket_names
from huikuan.books.ledger.types import Bucket
from huikuan.kit.dates import read_month
from huikuan.kit.errors import Invalid
from huikuan.kit.money import exponent, minor_text
from huikuan.kit.words import _
from huikuan.review.kpis import queries, rules
from huikuan.web.rest import Amount, Day, Out, Text, written
from huikuan.web.shell import language

router = Router(tags=["kpis"])


class BucketOut(Out):
    """One bucket of an ageing."""

    name: str
    amount: Amount
    items: int


class AgeOut(Out):
    """One row of an ageing: a currency, customer number or org code."""

    key: str
    currency: str
    buckets: list[BucketOut]
    total: BucketOut


class AgeingOut(Out):
    as_of: Day
    basis: str
    rows: list[AgeOut]


class AgeingIn(Schema):
    as_of: Day
    basis: Literal["due", "invoice"] = "due"
    buckets: Text = Field(
        "30,60,90", max_length=60, pattern=r"^\d{1,4}(,\d{1,4}){0,11}$", description="Upper bounds in days, rising."
    )
    by: Literal["currency", "customer", "org"] = "currency"


@router.get("/ageing", response=AgeingOut, summary="Open items on a day by how late they are")
def ageing(request: Any, asked: Query[AgeingIn]) -> Any:
    """Due on the day itself is not due; exactly 30 days late is in 1-30. Credits stand negative by their own date."""
    request.desk.must("kpis.see")
    bounds = tuple(int(b) for b in asked.buckets.split(","))
    bucket_names(bounds)

    # Thousands of customers with six amounts each: written as JSON here, for as objects that are looked at one by one
    # they took most of the answer's time.
    texts: dict[tuple[int, str], str] = {}

    def cell(name: str, b: Bucket, currency: str) -> dict[str, Any]:
        key = (b.amount, currency)
        text = texts.get(key) or texts.setdefault(key, minor_text(b.amount, exponent(currency)))
        return {"name": name, "amount": {"amount": text, "currency": currency}, "items": b.items}

    found = ledger.ageing(request.company.pk, asked.as_of, basis=asked.basis, bounds=bounds, by=asked.by)
    rows = [
        {
            "key": r.key,
            "currency": r.currency,
            "buckets": [cell(name, b, r.currency) for name, b in r.buckets.items()],
            "total": cell("total", r.total, r.currency),
        }
        for r in found
    ]
    return written({"as_of": asked.as_of.isoformat(), "basis": asked.basis, "rows": rows})


class FigureOut(Out):
    """A figure with two places, or null where there is nothing to divide by; and how it came about."""

    value: str | None
    how: str


class MonthOut(Out):
    currency: str
    billed: Amount
    open: Amount
    overdue: Amount
    dso_month: FigureOut
    dso_quarter: FigureOut
    dso_countback: FigureOut
    cei: FigureOut
    days_late_weighted: FigureOut


class FiguresOut(Out):
    month: str
    rows: list[MonthOut]


@router.get("/figures", response=FiguresOut, summary="Key figures of a month, as of its end")
def figures(request: Any, month: str = Query(..., pattern=r"^\d{4}-\d{2}$", description="2026-03")) -> Any:
    """DSO by month, by quarter and by count-back in days; CEI in percent; average days late weighted by amount."""
    request.desk.must("kpis.see")
    try:
        start = read_month(month)
    except ValueError as e:
        raise Invalid.one("month", month, _("is not a month"), _("Write it as 2026-03.")) from e

    def shown(figure: rules.Figure) -> FigureOut:
        return FigureOut(value=figure.text, how=figure.how.to(language()))

    rows = [
        MonthOut(
            currency=r.currency,
            billed=Amount.minor(r.last.billed, r.currency),
            open=Amount.minor(r.last.closing, r.currency),
            overdue=Amount.minor(r.last.overdue, r.currency),
            dso_month=shown(r.figures.dso_month),
            dso_quarter=shown(r.figures.dso_quarter),
            dso_countback=shown(r.figures.dso_countback),
            cei=shown(r.figures.cei),
            days_late_weighted=shown(r.figures.days_late),
        )
        for r in queries.figures(request.company.pk, start)
    ]
    return FiguresOut(month=f"{start:%Y-%m}", rows=rows)
