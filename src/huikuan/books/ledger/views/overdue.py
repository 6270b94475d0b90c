"""What is overdue, the costliest first: why, who looks after it, when the money is expected, each changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from huikuan.books.ledger import queries
from huikuan.books.ledger.tables import WEIGHT, item_columns, item_filters
from huikuan.books.ledger.views.items import ItemList
from huikuan.kit.words import _
from huikuan.web import keyset
from huikuan.web.charts import Figure
from huikuan.web.look import amount
from huikuan.web.pages import Filter, Tab
from huikuan.web.tables import Column

COLUMNS = (
    "document", "customer", "name", "due", "late", "then", "reason_code", "owner", "expected_date", "reference", "block",
    "dunning_level", "amount", "base", "currency", "text", "document_date",
)  # fmt: skip
HIDDEN = {"base", "currency", "text", "document_date", "amount", "reference", "block", "dunning_level"}


class Overdue(ItemList):
    """Debits past their due date. Credits that stand against them are seen in the ageing."""

    title = _("Overdue items")
    page = "/ledger/overdue"
    has_figures = True
    order = "-weight"
    by = ("customer", "reason", "owner", "month", "currency")
    empty = _("Nothing is overdue. Items appear here on the day after their due date.")
    note = _(
        "Sorted by what is open times the days it is late. Reason, owner and expected date are changed where they stand."
    )

    @property
    def tabs(self) -> Sequence[Tab]:  # type: ignore[override]
        desk: Any = self.request
        return (
            Tab("all", _("All")),
            Tab("mine", _("Mine"), {"owner": desk.desk.person.login}),
            Tab("no_reason", _("No reason yet"), {"reason_code": "-"}),
            Tab("nobody", _("Nobody looks after it"), {"owner": "-"}),
            Tab("long", _("Over 90 days"), {"from_days": 91}),
        )

    def all_columns(self) -> Sequence[Column]:
        found = item_columns(
            self.company.currency, *COLUMNS, edit=self.now and self.may("ledger.change_item"), names=self.names
        )
        return [*(_shown(c) for c in found), WEIGHT]

    def all_filters(self) -> Sequence[Filter]:
        return [f for f in item_filters(self.company.pk, self.as_of) if f.key not in ("status", "kind", "open")]

    def rows(self) -> QuerySet[Any]:
        return queries.overdue_rows(self.company.pk, self.as_of)

    def matching_page(self) -> QuerySet[Any]:
        """By weight, nothing holds the order: of a million the page is cut from those that are large enough for it."""
        found: QuerySet[Any] = self.matching()
        after, before = self.query.get("after", ""), self.query.get("before", "")
        if self.sort != self.order or any(
            k not in ("late", "as_of") and v != ["-"] for k, v in self.read.values.items()
        ):
            return found  # another order, or a filter that leaves few
        place = keyset.unpack(after or before)[0] if after or before else None
        if not isinstance(place, int | None):
            return found  # a cursor of another list: the cut says so
        where = {"below" if after else "above": place}
        return queries.heaviest(found, self.company.pk, self.as_of, self.page_size() + 1, **where)

    def figures(self) -> Sequence[Figure]:
        code = self.company.currency
        found = self.rows().order_by().aggregate(
            s=Sum("base_then"), n=Count("id"), silent=Sum("base_then", filter=Q(reason_code="")),
            alone=Sum("base_then", filter=Q(owner="")), promised=Sum("base_then", filter=Q(expected_date__gte=self.as_of)),
        )  # fmt: skip

        def tile(label: Any, key: str, url: str) -> Figure:
            return Figure(label, amount(found[key] or 0, code), url, code)

        return (
            Figure(
                _("Overdue"),
                amount(found["s"] or 0, code),
                self.page,
                _("%(code)s, %(n)s items", code=code, n=found["n"]),
                "late" if found["n"] else "",
            ),
            tile(_("Without a reason"), "silent", f"{self.page}?tab=no_reason&reason_code=-"),
            tile(_("Nobody looks after it"), "alone", f"{self.page}?tab=nobody&owner=-"),
            tile(
                _("Expected on a day to come"),
                "promised",
                f"{self.page}?cols=document,name,due,late,then,reason_code,owner,expected_date&sort=expected_date",
            ),
        )


def _shown(column: Column) -> Column:
    from dataclasses import replace

    return replace(column, hidden=column.key in HIDDEN)
