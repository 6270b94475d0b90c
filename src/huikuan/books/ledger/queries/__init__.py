"""The ledger, read: as of any past date. Figures, items, entries; querysets for the ledger's own pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value, When

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import rules, store, sums
from huikuan.books.ledger.models import Account, Clearing, ClearingLeg, Entry, ItemChange, Line, OpenItem, Period
from huikuan.books.ledger.queries.lists import (
    SUBTOTAL_FIELDS,
    days_late,
    heaviest,
    item_rows,
    open_then,
    overdue_count,
    overdue_rows,
    overdue_without_reason,
    subtotals,
    with_clearing,
)
from huikuan.books.ledger.types import AgeRow, Item, Leg, Planned, TrialRow
from huikuan.kit.money import Money, parse_minor
from huikuan.kit.text import whole
from huikuan.kit.words import _
from huikuan.office.company.queries import people
from huikuan.office.trail.hands import Hit
from huikuan.office.trail.store import among, begins

BY = ("currency", "customer", "org")
__all__ = [  # of lists.py; what stands here is reached by its name all the same
    "SUBTOTAL_FIELDS",
    "days_late",
    "heaviest",
    "item_rows",
    "open_then",
    "overdue_count",
    "overdue_rows",
    "overdue_without_reason",
    "subtotals",
    "with_clearing",
]


def _item(row: OpenItem, remaining: int, base_remaining: int, due: date | None) -> Item:
    return Item(
        id=row.pk, entry_id=row.line.entry_id, customer_id=row.customer_id, account=row.account.code, kind=row.kind,
        document=row.document, document_date=row.document_date, posting_date=row.posting_date, due_date=due,
        base_date=row.base_date, awaiting=row.awaiting, currency=row.currency, amount=row.amount, remaining=remaining,
        base_amount=row.base_amount, base_remaining=base_remaining, reference=row.reference, text=row.text, block=row.block,
        dunning_level=row.dunning_level, owner=row.owner, expected_date=row.expected_date, reason_code=row.reason_code,
        version=row.version,
    )  # fmt: skip


_AS_IT_IS = (
    "id", "line__entry_id", "customer_id", "account__code", "kind", "document", "document_date", "posting_date", "due_date",
    "base_date", "awaiting", "currency", "amount", "remaining", "base_amount", "base_remaining", "reference", "text", "block",
    "dunning_level", "owner", "expected_date", "reason_code", "version",
)  # fmt: skip


def as_they_are(rows: QuerySet[OpenItem]) -> list[Item]:
    """These items as they stand now: only what is told of them is read, no models of line, entry and customer."""
    return [Item(*r) for r in rows.select_related(None).values_list(*_AS_IT_IS)]


def due_then(company: int, as_of: date, items: Sequence[int] | None = None) -> dict[int, date | None]:
    """Due dates that were changed after `as_of`, as they stood on it: the oldest later change says what was before."""
    changes = ItemChange.objects.filter(company_id=company, field="due_date", on__gt=as_of).order_by("-on", "-id")
    if items is not None:
        changes = changes.filter(item_id__in=items)
    return {pk: (date.fromisoformat(old) if old else None) for pk, old in changes.values_list("item_id", "old")}


def owed(company: int, customer_ids: Sequence[int], on: date) -> dict[int, dict[str, dict[str, int]]]:
    """What these customers owed at the end of a day and what of it was late: as the ageing says, credits taken off."""
    found: dict[int, dict[str, dict[str, int]]] = {}
    if not customer_ids:
        return found
    rows = [(str(pk), *rest) for pk, *rest in _by_customer(company, on, "due", (1,), list(customer_ids))]
    for row in rules.age(rows, on, (1,)):  # type: ignore[arg-type]
        one = found.setdefault(int(row.key), {"open": {}, "overdue": {}})
        one["open"][row.currency] = row.total.amount
        one["overdue"][row.currency] = row.total.amount - row.buckets["not_due"].amount
    return found


def items(company: int) -> QuerySet[OpenItem]:
    """For the line item page: every item, with its entry and account at hand."""
    return OpenItem.objects.filter(company_id=company).select_related("account", "line__entry", "customer")


def currencies(company: int) -> list[tuple[str, str]]:
    """The currencies that customers trade in, for a filter's choice (asking a million items would take too long)."""
    found = customers.rows(company).order_by("currency").values_list("currency", flat=True).distinct()
    return [(c, c) for c in found]


def owner_names(company: int, language: str) -> dict[str, str]:
    """Names by login, in a language."""
    return {p.login: (p.name_en if language == "en" and p.name_en else p.name) for p in people(company)}


def owners(company: int) -> list[tuple[str, str]]:
    """Who may look after an item: (login, name) of the people here."""
    return [(p.login, p.name) for p in people(company) if p.kind == "person"]


def customer_ids(company: int, numbers: Sequence[str]) -> list[int]:
    """Ids of the customers with these numbers: asked first, so that the items are read by their customers."""
    return [c.id for c in customers.by_numbers(company, numbers).values()]


def customer_name(company: int, key: str) -> str:
    """ "C001 上海永辉商贸有限公司" for an id written in an address; the text itself when there is no such customer."""
    row = customers.rows(company).filter(pk=pk).first() if (pk := whole(key)) is not None else None
    return f"{row.number} {row.name}" if row else key


def unknown(company: int, numbers: Sequence[str], documents: Sequence[str]) -> tuple[list[str], list[str]]:
    """Of pasted numbers those that are no customer, and no document, of this company."""
    known = customers.by_numbers(company, numbers) if numbers else {}
    there: set[str] = set()
    for at in range(0, len(documents), 900):
        part = OpenItem.objects.filter(company_id=company, document__in=documents[at : at + 900])
        there |= set(part.values_list("document", flat=True))
    return [n for n in numbers if n not in known], [d for d in documents if d not in there]


def plan_change(company: int, ids: Sequence[int], changes: dict[str, Any]) -> list[Planned]:
    """What `change_item` would do to each of these items, refusals by item instead of for all."""
    out = []
    for r in items(company).filter(pk__in=ids).order_by("id"):
        if r.remaining == 0:
            out.append(
                Planned(r.pk, r.document, r.customer.number, refusal=_("is cleared; it is not changed any more"))
            )
            continue
        pairs = ((f, getattr(r, f), new) for f, new in changes.items())
        moves = tuple(
            (f, "" if old is None else str(old), "" if new is None else str(new)) for f, old, new in pairs if old != new
        )
        out.append(Planned(r.pk, r.document, r.customer.number, moves))
    return out


def open_items(
    company: int,
    as_of: date | None = None,
    *,
    customers: Sequence[int] | None = None,
    currency: str = "",
    documents: Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> list[Item]:
    """Open items now, or as they stood at the end of `as_of`, oldest due first."""
    rows = items(company)
    if customers is not None:
        rows = rows.filter(customer_id__in=among(customers))
    if currency:
        rows = rows.filter(currency=currency)
    if documents is not None:
        rows = rows.filter(document__in=among(documents))
    if ids is not None:
        rows = rows.filter(pk__in=among(ids))
    if as_of is None:
        return as_they_are(rows.exclude(remaining=0).order_by("due_date", "id"))
    return items_as_of(rows, company, as_of)


def items_as_of(rows: QuerySet[OpenItem], company: int, as_of: date, *, cleared: bool = False) -> list[Item]:
    """These items as they stood at the end of a day; those that were cleared by then only where `cleared`."""
    since = Q(legs__date__gt=as_of)
    rows = rows.filter(posting_date__lte=as_of).annotate(
        back=Sum("legs__amount", filter=since), base_back=Sum("legs__base_amount", filter=since)
    )
    if not cleared:
        rows = rows.exclude(Q(remaining=0) & Q(back=None))
    then = due_then(company, as_of)
    out = []
    for r in rows.order_by("due_date", "id"):
        left = r.remaining + (r.back or 0)
        if left or cleared:
            out.append(_item(r, left, r.base_remaining + (r.base_back or 0), then.get(r.pk, r.due_date)))
    return out


def item(company: int, pk: int) -> Item | None:
    row = items(company).filter(pk=pk).first()
    return _item(row, row.remaining, row.base_remaining, row.due_date) if row else None


def items_by_ids(company: int, ids: Sequence[int]) -> list[Item]:
    """These items as they stand now, cleared ones too."""
    return [
        _item(r, r.remaining, r.base_remaining, r.due_date) for r in items(company).filter(pk__in=ids).order_by("id")
    ]


def ageing(
    company: int,
    as_of: date,
    *,
    basis: str = "due",
    bounds: Sequence[int] = (30, 60, 90),
    by: str = "currency",
    customers: Sequence[int] | None = None,
) -> list[AgeRow]:
    """Open items on a date in buckets. `by` currency, customer (number) or org (code); one row for each key and currency.

    The sum of the buckets is the open items is the control accounts' balance, on every date.
    """
    if by == "currency":
        found = store.open_sums(company, as_of, basis, False, customers)
        rows = [(0, currency, day, amount, n) for _key, currency, day, amount, n, _base in found]
        if basis == "due":
            rows += _moved_due_dates(company, as_of, False, customers)
        return rules.age([(cur, cur, day, amount, n) for _key, cur, day, amount, n in rows], as_of, bounds)
    rows = _by_customer(company, as_of, basis, bounds, customers)
    names = _names(company, by, {key for key, *_rest in rows})
    return rules.age([(names.get(key, ""), cur, day, amount, n) for key, cur, day, amount, n in rows], as_of, bounds)


def _by_customer(
    company: int, as_of: date, basis: str, bounds: Sequence[int], customers: Sequence[int] | None
) -> list[tuple[int, str, date | None, int, int]]:
    """(customer id, currency, a day, minor units, items): the day is one in the bucket that the sum belongs to."""
    rules.bucket_names(bounds)  # refuses bounds that do not rise
    starts = [_days_before(as_of, b) for b in (0, *bounds, bounds[-1] + 1)]
    rows = store.open_spans(company, as_of, basis, starts, customers)
    return rows + (_moved_due_dates(company, as_of, True, customers) if basis == "due" else [])


def _days_before(day: date, n: int) -> date:
    """So many days before, or the first day there is."""
    return day - timedelta(days=n) if n < day.toordinal() else date.min


def _moved_due_dates(
    company: int, as_of: date, by_customer: bool, customers: Sequence[int] | None
) -> list[tuple[int, str, date | None, int, int]]:
    """Corrections for items whose due date was changed after the day asked about: out of today's day, into that day's."""
    then = due_then(company, as_of)
    if not then:
        return []
    out: list[tuple[int, str, date | None, int, int]] = []
    rows = items(company).filter(pk__in=list(then), amount__gt=0)
    if customers is not None:
        rows = rows.filter(customer_id__in=customers)
    now = {r.pk: r.due_date for r in rows}
    for i in items_as_of(rows, company, as_of):
        key = i.customer_id if by_customer else 0
        out.append((key, i.currency, now[i.id], -i.remaining, -1))
        out.append((key, i.currency, i.due_date, i.remaining, 1))
    return out


def _names(company: int, by: str, keys: set[int]) -> dict[int, str]:
    if by == "customer":
        return customers.numbers_of(company, keys)
    units = customers.units(company)
    return {pk: units[org].code if org in units else "-" for pk, org in customers.orgs_of(company, keys).items()}


def open_totals(company: int, as_of: date, customer_ids: Sequence[int] | None = None) -> dict[str, tuple[int, int]]:
    """{currency: (minor units, company-currency minor units)} open on a date."""
    out: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for _key, currency, _day, amount, _n, base in store.open_sums(company, as_of, "invoice", False, customer_ids):
        out[currency][0] += amount
        out[currency][1] += base
    return {c: (a, b) for c, (a, b) in out.items()}


def month_sums(company: int) -> sums.Sums:
    """What was posted and cleared by month, what was billed, the control accounts by day: kept, and as it is now."""
    return sums.of(company)


def credits(company: int, as_of: date, by: str = "currency") -> dict[tuple[str, str], int]:
    """{(key, currency): minor units} of credit notes and receipts that stood open on a day; keys as in `ageing`."""
    by_customer = by != "currency"
    rows = store.credit_sums(company, as_of, by_customer)
    names = _names(company, by, {pk for pk, *_rest in rows}) if by_customer else {}
    out: dict[tuple[str, str], int] = defaultdict(int)
    for pk, currency, amount in rows:
        out[(names.get(pk) or "-") if by_customer else currency, currency] += amount
    return out


def control_totals(company: int, as_of: date) -> dict[str, tuple[int, int]]:
    """{currency: (document minor units, company-currency minor units)} on the control accounts at the end of a day."""
    rows = (
        Line.objects.filter(company_id=company, account__control=True, posting_date__lte=as_of)
        .values("currency")
        .annotate(doc=Sum("doc_amount"), base=Sum("amount"))
    )
    return {r["currency"]: (r["doc"], r["base"]) for r in rows}


def trial_balance(company: int, since: date, until: date) -> list[TrialRow]:
    """Every account that moved: opening before `since`, debits and credits in between, in company-currency minor units."""
    rows = (
        Account.objects.filter(company_id=company, line__posting_date__lte=until)
        .values("code", "name", "name_en")
        .annotate(
            opening=Sum("line__amount", filter=Q(line__posting_date__lt=since)),
            debit=Sum("line__amount", filter=Q(line__posting_date__range=(since, until), line__amount__gt=0)),
            credit=Sum("line__amount", filter=Q(line__posting_date__range=(since, until), line__amount__lt=0)),
        )
        .order_by("code")
    )
    return [
        TrialRow(r["code"], r["name"], r["name_en"], r["opening"] or 0, r["debit"] or 0, -(r["credit"] or 0))
        for r in rows
    ]


def balance(company: int, account: str, as_of: date) -> int:
    """An account's balance at the end of a day, company-currency minor units, debit positive."""
    found = Line.objects.filter(company_id=company, account__code=account, posting_date__lte=as_of).aggregate(
        s=Sum("amount")
    )
    return int(found["s"] or 0)


def period_totals(company: int, period: Period) -> dict[str, Any]:
    """What a closed period keeps: entries, lines and each account's movement."""
    lines = Line.objects.filter(company_id=company, entry__period=period)
    accounts = dict(lines.values_list("account__code").annotate(s=Sum("amount")).order_by("account__code"))
    return {
        "entries": Entry.objects.filter(period=period).count(),
        "lines": lines.count(),
        "accounts": accounts,
        "clearings": Clearing.objects.filter(company_id=company, date__range=(period.start, period.end)).count(),
    }


def periods(company: int) -> QuerySet[Period]:
    return Period.objects.filter(company_id=company).order_by("-start")


def account(company: int, code: str) -> Account | None:
    return Account.objects.filter(company_id=company, code=code).first()


def entries(company: int) -> QuerySet[Entry]:
    return Entry.objects.filter(company_id=company)


def entry_rows(company: int) -> QuerySet[Entry]:
    """Entries for lists: `debit` is the sum of the debits in company currency, `was_reversed` whether one reverses it."""
    debits = (
        Line.objects.filter(entry=OuterRef("pk"), amount__gt=0).order_by().values("entry").annotate(s=Sum("amount"))
    )
    return entries(company).annotate(
        debit=Subquery(debits.values("s")), was_reversed=Exists(Entry.objects.filter(reverses=OuterRef("pk")))
    )


def entries_matching(company: int, text: str) -> Q:
    """Entries that a text may mean: a voucher number, a document's number, or words of summary and reference."""
    found = Q(text__icontains=text) | Q(reference__icontains=text)
    return (
        found
        | _voucher(text)
        | Q(pk__in=OpenItem.objects.filter(company_id=company, document=text).values("line__entry_id"))
    )


def on_accounts(company: int, codes: Sequence[str]) -> QuerySet[Line, Any]:
    """The entries (as a subquery of ids) with a line on one of these accounts."""
    return Line.objects.filter(company_id=company, account__code__in=codes).values("entry_id")


def entry(company: int, pk: int) -> Entry | None:
    return Entry.objects.filter(company_id=company, pk=pk).select_related("period", "reverses", "reversed_by").first()


def entry_lines(entry_id: int) -> QuerySet[Line]:
    return Line.objects.filter(entry_id=entry_id).select_related("account", "party", "item").order_by("n")


def lines_of(company: int, entries: Sequence[int]) -> QuerySet[Line]:
    """The lines of some entries with their accounts and items, in order."""
    rows = Line.objects.filter(company_id=company, entry_id__in=among(entries))
    return rows.select_related("account", "item").order_by("entry_id", "n")


def entries_of(company: int, source: str) -> list[Entry]:
    """The entries that a document handed down."""
    return list(Entry.objects.filter(company_id=company, source=source).order_by("id"))


def accounts(company: int) -> QuerySet[Account]:
    return Account.objects.filter(company_id=company).order_by("code")


def clearings(company: int) -> QuerySet[Clearing]:
    return Clearing.objects.filter(company_id=company)


def clearings_of(company: int, source: str) -> list[Clearing]:
    return list(Clearing.objects.filter(company_id=company, source=source).order_by("id"))


def legs(
    company: int,
    *,
    items: Sequence[int] | None = None,
    clearings: Sequence[int] | None = None,
    customers: Sequence[int] | None = None,
    since: date | None = None,
    until: date | None = None,
) -> list[Leg]:
    """What closed what: the legs of these items, clearings, customers or days, in order."""
    rows = ClearingLeg.objects.filter(company_id=company)
    if items is not None:
        rows = rows.filter(item_id__in=items)
    if clearings is not None:
        rows = rows.filter(clearing_id__in=clearings)
    if customers is not None:
        mine = OpenItem.objects.filter(company_id=company, customer_id__in=customers)
        rows = rows.filter(item_id__in=mine.values("pk"))
    if since is not None:
        rows = rows.filter(date__gte=since)
    if until is not None:
        rows = rows.filter(date__lte=until)
    found = rows.order_by().values_list(
        "clearing_id", "id", "clearing__year", "clearing__number", "date", "item_id", "item__document", "item__kind",
        "item__customer_id", "item__currency", "amount", "clearing__reverses_id", "clearing__reversed_by__id",
    )  # fmt: skip
    # Sorted here: asked for the order, SQLite walks all legs there are along the index of clearings.
    return [Leg(r[0], f"CL-{r[2]}-{r[3]:06d}", *r[4:]) for r in sorted(found)]


def movements(company: int, customers: Sequence[int], since: date, until: date) -> list[Item]:
    """Items of these customers posted in a span of days, in order; `remaining` is what is open at its end."""
    rows = items(company).filter(customer_id__in=customers, posting_date__gte=since)
    return sorted(items_as_of(rows, company, until, cleared=True), key=lambda i: (i.posting_date, i.id))


def billed_months(
    company: int, kinds: Sequence[str] = ("invoice",), until: date = date.max
) -> dict[tuple[str, str], int]:
    """{(currency, "YYYY-MM"): minor units} billed by document month; what was reversed by `until` is left out."""
    return {(c, m): amount for c, m, amount, _n in store.billed_months(company, kinds, until)}


def settled_late(company: int, until: date, kinds: Sequence[str] = ("invoice",)) -> dict[str, tuple[int, int, int]]:
    """{currency: (amount, amount x days late, items)} of invoices wholly cleared by `until`."""
    return {c: (a, w, n) for c, a, w, n in store.settled_late(company, until, kinds)}


def overdue(company: int, customer_ids: Sequence[int], on: date) -> list[Item]:
    """Debit items of these customers that are overdue on a day, oldest first."""
    return [i for i in open_items(company, customers=customer_ids) if i.amount > 0 and i.due_date and i.due_date < on]


def changes(company: int, item_id: int) -> list[ItemChange]:
    return list(ItemChange.objects.filter(company_id=company, item_id=item_id).order_by("-id"))


def items_by_document(company: int, documents: Sequence[str]) -> dict[str, list[Item]]:
    """Items of these document numbers, cleared ones too."""
    out: dict[str, list[Item]] = defaultdict(list)
    rows = OpenItem.objects.filter(company_id=company, document__in=among(documents))
    for i in as_they_are(rows.order_by("id")):
        out[i.document].append(i)
    return out


def last_clearing(company: int, item_ids: Sequence[int]) -> dict[int, date]:
    rows = (
        ClearingLeg.objects.filter(company_id=company, item_id__in=item_ids)
        .values_list("item_id")
        .annotate(d=Max("date"))
    )
    return dict(rows)


def balance_until(company: int, account: int, day: date, line: int) -> int:
    """An account's balance after one of its lines, in the order (posting date, id)."""
    upto = Q(posting_date__lt=day) | Q(posting_date=day, pk__lte=line)
    found = (
        Line.objects.filter(company_id=company, account_id=account, posting_date__lte=day)
        .filter(upto)
        .aggregate(s=Sum("amount"))
    )
    return int(found["s"] or 0)


def account_lines(company: int, account: int) -> QuerySet[Line]:
    return Line.objects.filter(company_id=company, account_id=account).select_related("entry", "party")


def clearing_rows(company: int) -> QuerySet[Clearing]:
    """Clearings for lists: `n` legs, `cleared` (the debit side, minor units of `cur`), the first item's customer."""
    legs = ClearingLeg.objects.filter(clearing=OuterRef("pk")).order_by()
    side = legs.annotate(size=Case(When(amount__gt=0, then=F("amount")), default=Value(0))).values("clearing")
    first = legs.order_by("item_id")
    return clearings(company).annotate(
        n=Subquery(legs.values("clearing").annotate(n=Count("id")).values("n")),
        cleared=Subquery(side.annotate(s=Sum("size")).values("s")),
        cur=Subquery(first.values("item__currency")[:1]),
        party=Subquery(first.values("item__customer__number")[:1]),
        party_name=Subquery(first.values("item__customer__name")[:1]),
        was_reversed=Exists(Clearing.objects.filter(reverses=OuterRef("pk"))),
    )


def clearings_on(company: int, **items: Any) -> QuerySet[ClearingLeg, Any]:
    """The clearings (as a subquery of ids) that took from items with these properties."""
    wanted = {f"item__{name}": value for name, value in items.items()}
    return ClearingLeg.objects.filter(company_id=company, **wanted).values("clearing_id")


def clearings_matching(company: int, text: str) -> Q:
    """Clearings that a text may mean: their number, an item's document, words of the reason."""
    return Q(reason__icontains=text) | Q(pk__in=clearings_on(company, document=text)) | _voucher(text, clearing=True)


def clearing(company: int, pk: int) -> Clearing | None:
    return Clearing.objects.filter(company_id=company, pk=pk).select_related("reverses", "reversed_by").first()


def counts(company: int) -> dict[str, int]:
    """How much there is of what, for verify and the demo's last line."""
    found = OpenItem.objects.filter(company_id=company).aggregate(
        n=Count("id"), o=Count("id", filter=~Q(remaining=F("amount") * 0))
    )
    return {"entries": Entry.objects.filter(company_id=company).count(), "items": found["n"], "open": found["o"]}


def find(company: int, text: str, limit: int) -> list[Hit]:
    """Hits of the search: documents by the start of their number, vouchers, clearings, and exact amounts."""
    found: list[Hit] = []
    clean = text.strip()
    rows = items(company).order_by("-posting_date", "-id")
    found += [_hit(i) for i in rows.filter(begins("document", clean))[:limit]]
    for e in entries(company).filter(_voucher(clean)).order_by("-id")[:limit]:
        found.append(Hit(e.voucher, f"{e.posting_date} {e.text}", f"/ledger/entries/{e.pk}", _("Entry")))
    for c in clearings(company).filter(_voucher(clean, clearing=True)).order_by("-id")[:limit]:
        found.append(Hit(c.voucher, f"{c.date} {c.reason}", f"/ledger/clearings/{c.pk}", _("Clearing")))
    amount = _amount(clean)
    if amount and len(found) < limit:
        exact = rows.filter(Q(amount=amount) | Q(amount=-amount) | Q(remaining=amount) | Q(remaining=-amount))
        found += [_hit(i) for i in exact[: limit - len(found)]]
    return found[:limit]


def _hit(item: OpenItem) -> Hit:
    left = Money(item.remaining, item.currency) if item.remaining not in (0, item.amount) else None
    note = f"{item.customer.name} · {Money(item.amount, item.currency).text(grouped=True)} {item.currency}"
    return Hit(
        item.document,
        f"{note} ({left.text(grouped=True)})" if left else note,
        f"/ledger/items/{item.pk}",
        _("Open item"),
    )


def _voucher(text: str, clearing: bool = False) -> Q:
    """A number such as RV-2026-000012, whole; nothing else matches."""
    parts = text.upper().rsplit("-", 2)
    year, number = (whole(parts[1]), whole(parts[2])) if len(parts) == 3 else (None, None)
    if year is None or number is None or len(parts[1]) != 4 or len(parts[2]) > 15:
        return Q(pk=None)
    found = Q(year=year, number=number)
    if clearing:
        return found if parts[0] == "CL" else Q(pk=None)
    return found & Q(klass=parts[0])


def _amount(text: str) -> int:
    """Minor units (two places) of a text that is written as an amount, such as 1,234.50; 0 for anything else."""
    try:
        return parse_minor(text, "CNY") if "." in text or "," in text else 0
    except ValueError:
        return 0
