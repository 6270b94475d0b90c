"""What `verify` asks of the books, recomputed from the lines and legs, never from what was remembered."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import date

from django.db.models import Count, F, Max, Min, Q, Sum

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries
from huikuan.books.ledger.actions import line_digest
from huikuan.books.ledger.models import Clearing, ClearingLeg, Entry, Line, OpenItem, Period
from huikuan.kit.words import _
from huikuan.office.company.queries import series
from huikuan.office.trail.hands import Check, Finding
from huikuan.office.trail.queries import records

_NAMED = 20


def _finding(checked: int, broken: list[str]) -> Finding:
    return Finding(checked, tuple(broken[:_NAMED]), len(broken))


def balanced(company: int) -> Finding:
    """I01: at least two lines, debits are credits, in company currency and in each document currency."""
    entries = Entry.objects.filter(company_id=company)
    off = entries.annotate(n=Count("lines"), s=Sum("lines__amount")).filter(Q(n__lt=2) | ~Q(s=0))
    broken = [f"entry {e.voucher}: {e.n} lines, off by {e.s}" for e in off[:_NAMED]]
    groups = (
        Line.objects.filter(company_id=company)
        .values("entry_id", "currency")
        .annotate(s=Sum("doc_amount"))
        .exclude(s=0)
    )
    broken += [f"entry {g['entry_id']}: off by {g['s']} {g['currency']}" for g in groups[:_NAMED]]
    orphans = Line.objects.filter(company_id=company).exclude(entry_id__in=entries.values("id")).count()
    if orphans:
        broken.append(f"{orphans} lines without an entry")
    return Finding(entries.count(), tuple(broken[:_NAMED]), off.count() + groups.count() + orphans)


def as_written(company: int) -> Finding:
    """I03/I19: every entry's lines still give the digest it was sealed with, and each act names what it posted."""
    checked, broken = 0, []
    lines: dict[int, list[tuple[object, ...]]] = defaultdict(list)
    rows = Line.objects.filter(company_id=company).order_by("entry_id", "n")
    for entry, *rest in rows.values_list(
        "entry_id", "n", "account_id", "party_id", "currency", "doc_amount", "amount", "posting_date"
    ).iterator(5000):
        lines[entry].append(tuple(rest))
    by_act: dict[int, list[str]] = defaultdict(list)
    for e in (
        Entry.objects.filter(company_id=company)
        .order_by("id")
        .only("id", "digest", "klass", "year", "number", "act")
        .iterator(5000)
    ):
        checked += 1
        if line_digest(lines.get(e.pk, [])) != e.digest:
            broken.append(f"entry {e.voucher}: its lines are not what was posted")
        by_act[e.act].append(e.digest)
    named = {r.pk: r for r in records(company).filter(pk__in=list(by_act)).only("id", "facts")} if by_act else {}
    for act, digests in by_act.items():
        record = named.get(act)
        if record is None:
            broken.append(f"act {act}: posted {len(digests)} entries and is not in the trail")
    posts = records(company).filter(outcome="done", name="ledger.post", facts__has_key="digest").only("id", "facts")
    for r in posts:
        told = hashlib.sha256("".join(by_act.get(r.pk, [])).encode()).hexdigest()
        if r.facts.get("entries") != len(by_act.get(r.pk, [])) or r.facts.get("digest") != told:
            broken.append(f"act {r.pk}: its entries are not those it names")
    return _finding(checked, broken)


def mirrored(company: int) -> Finding:
    """I04: a reversal is the mirror image of one entry."""
    broken = []
    reversals = Entry.objects.filter(company_id=company).exclude(reverses=None)
    for pair in reversals.values_list("id", "reverses_id"):
        off = (
            Line.objects.filter(entry_id__in=pair).values("account_id", "party_id", "currency")
            .annotate(s=Sum("amount"), d=Sum("doc_amount")).exclude(s=0, d=0)
        )  # fmt: skip
        if off.exists():
            broken.append(f"entry {pair[0]} is not the mirror of {pair[1]}")
    return _finding(reversals.count(), broken)


def in_period(company: int) -> Finding:
    """I05: posting dates lie in their periods; a closed period still has the totals it was closed with."""
    entries = Entry.objects.filter(company_id=company)
    astray = entries.filter(Q(posting_date__lt=F("period__start")) | Q(posting_date__gt=F("period__end")))
    broken = [
        f"entry {e.voucher}: {e.posting_date} is outside {e.period}" for e in astray.select_related("period")[:_NAMED]
    ]
    for period in Period.objects.filter(company_id=company, state="closed"):
        if queries.period_totals(company, period) != period.totals:
            broken.append(f"period {period}: its totals are not those it was closed with")
    early = ClearingLeg.objects.filter(company_id=company).filter(
        Q(date__lt=F("item__posting_date")) | ~Q(date=F("clearing__date"))
    )
    broken += [f"clearing {g.clearing_id}: dated before item {g.item_id}" for g in early[:_NAMED]]
    return _finding(entries.count() + Period.objects.filter(company_id=company).count(), broken)


def _days(company: int) -> list[date]:
    """Days worth asking about: the ends of all months that have postings, and the last day."""
    span = Line.objects.filter(company_id=company).aggregate(a=Min("posting_date"), b=Max("posting_date"))
    if not span["b"]:
        return []
    ends = Period.objects.filter(company_id=company, end__gte=span["a"], start__lte=span["b"]).order_by("-end")
    last = ClearingLeg.objects.filter(company_id=company).aggregate(m=Max("date"))["m"]
    return sorted({*ends.values_list("end", flat=True)[:36], span["b"], last or span["b"]})


def control(company: int) -> Finding:
    """I06: buckets = open items = control account, in each currency and in company currency, at every month's end."""
    broken = []
    days = _days(company)
    for day in days:
        items, books = queries.open_totals(company, day), queries.control_totals(company, day)
        ages = {r.currency: r.total.amount for r in queries.ageing(company, day)}
        for currency in {*items, *books}:
            if items.get(currency, (0, 0))[0] != books.get(currency, (0, 0))[0]:
                broken.append(f"{day} {currency}: items {items.get(currency)}, control account {books.get(currency)}")
            if ages.get(currency, 0) != items.get(currency, (0, 0))[0]:
                broken.append(f"{day} {currency}: buckets {ages.get(currency)}, items {items.get(currency)}")
        if sum(b for _a, b in items.values()) != sum(b for _a, b in books.values()):
            broken.append(f"{day}: items and control account differ in company currency")
    return _finding(len(days), broken)


def counters(company: int) -> Finding:
    """I07/I08: what is left of every item is its amount less its clearings; and each item is its line."""
    rows = OpenItem.objects.filter(company_id=company).annotate(
        taken=Sum("legs__amount"), base_taken=Sum("legs__base_amount")
    )
    off = rows.filter(
        ~Q(remaining=F("amount") - F("taken")) & Q(taken__isnull=False)
        | ~Q(base_remaining=F("base_amount") - F("base_taken")) & Q(taken__isnull=False)
        | Q(taken=None) & (~Q(remaining=F("amount")) | ~Q(base_remaining=F("base_amount")))
    )
    broken = [f"item {i.pk} {i.document}: {i.remaining} left of {i.amount}, cleared {i.taken}" for i in off[:_NAMED]]
    other = OpenItem.objects.filter(company_id=company).filter(
        ~Q(amount=F("line__doc_amount")) | ~Q(base_amount=F("line__amount")) | ~Q(customer=F("line__party"))
        | ~Q(currency=F("line__currency")) | ~Q(account=F("line__account")) | ~Q(posting_date=F("line__posting_date"))
    )  # fmt: skip
    broken += [f"item {i.pk} {i.document} is not what its line says" for i in other[:_NAMED]]
    lost = Line.objects.filter(company_id=company, account__control=True, item=None).exclude(doc_amount=0)
    broken += [f"line {line.pk} on a control account has no item" for line in lost[:_NAMED]]
    return _finding(OpenItem.objects.filter(company_id=company).count(), broken)


def cleared(company: int) -> Finding:
    """I06: the legs of each clearing add up to nothing in each currency."""
    off = (
        ClearingLeg.objects.filter(company_id=company)
        .values("clearing_id", "item__currency")
        .annotate(s=Sum("amount"))
        .exclude(s=0)
    )
    broken = [f"clearing {g['clearing_id']}: off by {g['s']} {g['item__currency']}" for g in off[:_NAMED]]
    return Finding(Clearing.objects.filter(company_id=company).count(), tuple(broken), off.count())


def numbered(company: int) -> Finding:
    """I10: each series is used without gaps up to its counter."""
    broken, checked = [], 0
    counted = {(s.klass, s.year): s.last for s in series(company)}
    groups = list(
        Entry.objects.filter(company_id=company).values_list("klass", "year").annotate(n=Count("id"), top=Max("number"))
    ) + [
        ("CL", y, n, top)
        for y, n, top in Clearing.objects.filter(company_id=company)
        .values_list("year")
        .annotate(n=Count("id"), top=Max("number"))
    ]
    for klass, year, n, top in groups:
        checked += n
        if n != top or counted.get((klass, year)) != top:
            broken.append(f"{klass}-{year}: {n} numbers, highest {top}, counter {counted.get((klass, year))}")
    return _finding(checked, broken)


def exposed(company: int) -> Finding:
    """I15: the items layer of every customer's exposure is what is open."""
    told = customers.exposure_amounts(company, "items")
    real: dict[tuple[int, str], int] = {}
    rows = (
        OpenItem.objects.filter(company_id=company).values_list("customer_id", "currency").annotate(s=Sum("remaining"))
    )
    for party, currency, s in rows:
        real[party, currency] = s
    broken = [
        f"customer {k[0]} {k[1]}: exposure says {told.get(k, 0)}, items {real.get(k, 0)}"
        for k in sorted({*told, *real})
        if told.get(k, 0) != real.get(k, 0)
    ]
    return _finding(len({*told, *real}), broken)


CHECKS = (
    Check("I01", _("Every entry balances and has at least two lines"), balanced),
    Check("I03", _("Every entry is as it was posted, and the trail names it"), as_written),
    Check("I04", _("Every reversal mirrors its entry"), mirrored),
    Check("I05", _("Every posting lies in its period, and closed periods kept their totals"), in_period),
    Check("I06", _("Buckets are the open items are the control account, at every month's end"), control),
    Check("I06", _("Every clearing adds up to nothing"), cleared),
    Check("I07", _("What is left of every item is its amount less its clearings"), counters),
    Check("I10", _("Voucher numbers have no gaps"), numbered),
    Check("I15", _("Exposure from open items is what is open"), exposed),
)
