"""What `verify` asks of the books, recomputed from the lines and legs, never from what was remembered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import groupby

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Sum

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries, store
from huikuan.books.ledger.actions import line_digest
from huikuan.books.ledger.models import Account, Clearing, ClearingLeg, Entry, ItemChange, Line, OpenItem, Period
from huikuan.books.ledger.rules import voucher
from huikuan.books.ledger.witness import ITEM_FREE, told
from huikuan.kit.dates import month_end, month_start
from huikuan.kit.words import Say, _
from huikuan.office.company.queries import series
from huikuan.office.trail.hands import Broken, Check, Finding, collect
from huikuan.office.trail.queries import records
from huikuan.office.trail.store import among

_NAMED = 200


def _finding(checked: int, broken: list[Broken], count: int | None = None) -> Finding:
    return Finding(checked, tuple(broken[:_NAMED]), max(len(broken), count or 0))


def _entry(pk: int, name: str, field: str, why: Say) -> Broken:
    return Broken(f"ledger.entry:{pk}", name or f"entry {pk}", field, why)


def _item(item: OpenItem, field: str, why: Say) -> Broken:
    return Broken(f"ledger.item:{item.pk}", item.document, field, why)


def _says(there: object, should: object) -> Say:
    return _("says %(told)s, counted %(real)s.", told=str(there), real=str(should))


def balanced(company: int) -> Finding:
    """I01: at least two lines, debits are credits, in company currency and in each document currency."""
    entries = Entry.objects.filter(company_id=company)
    lines = Line.objects.filter(company_id=company).order_by()
    # One pass over the lines; by currency only those are added up again that are off, or in more than one.
    sums = lines.values("entry_id").annotate(
        n=Count("pk"), s=Sum("amount"), d=Sum("doc_amount"), low=Min("currency"), high=Max("currency")
    )
    odd = sums.filter(Q(n__lt=2) | ~Q(s=0) | ~Q(d=0) | Q(low__lt=F("high"))).values_list("entry_id", "n", "s")
    found = list(odd)
    off = sorted((e, n, s) for e, n, s in found if n < 2 or s)
    bare = entries.filter(~Exists(Line.objects.filter(entry_id=OuterRef("pk")))).order_by("pk")
    off += [(pk, 0, 0) for pk in bare.values_list("pk", flat=True)]
    named = Entry.objects.in_bulk([e for e, _n, _s in off[:_NAMED]])
    broken = [
        _entry(
            e, named[e].voucher if e in named else "", "lines", _("has %(n)s lines and is off by %(s)s.", n=n, s=s or 0)
        )
        for e, n, s in off[:_NAMED]
    ]
    wrong = len(off)
    groups = lines.filter(entry_id__in=among([e for e, _n, _s in found])).values("entry_id", "currency")
    for g in groups.annotate(s=Sum("doc_amount")).exclude(s=0)[:_NAMED] if found else ():
        why = _("is off by %(s)s in %(currency)s.", s=g["s"], currency=g["currency"])
        broken.append(_entry(g["entry_id"], "", "doc_amount", why))
    # NOT EXISTS, not NOT IN: PostgreSQL walks the whole list for each row once it is too long to be hashed.
    lost = Line.objects.filter(~Exists(Entry.objects.filter(pk=OuterRef("entry_id"))), company_id=company)
    stray = list(lost[:_NAMED])
    for line in stray:
        broken.append(_entry(line.entry_id, f"line {line.pk}", "entry", _("has no entry.")))
    return _finding(entries.count(), broken, wrong + (lost.count() if stray else 0))


def _lines(company: int) -> Iterator[tuple[int, list[tuple[object, ...]]]]:
    fields = ("entry_id", "n", "account_id", "party_id", "currency", "doc_amount", "amount", "posting_date")
    rows = Line.objects.filter(company_id=company).order_by("entry_id", "n").values_list(*fields)
    for entry, some in groupby(rows.iterator(5000), key=lambda r: r[0]):
        yield entry, [r[1:] for r in some]


def as_written(company: int) -> Finding:
    """I03: every entry's lines still give the digest it was sealed with, and the act that posted it is in the trail."""
    checked, broken = 0, list[Broken]()
    groups = _lines(company)
    at, lines = next(groups, (0, []))
    rows = Entry.objects.filter(company_id=company).order_by("id")
    for pk, klass, year, number, digest in rows.values_list("pk", "klass", "year", "number", "digest").iterator(5000):
        checked += 1
        while at and at < pk:
            at, lines = next(groups, (0, []))
        if line_digest(lines if at == pk else []) != digest:
            broken.append(_entry(pk, voucher(klass, year, number), "lines", _("are not what was posted.")))
    by_act = rows.filter(~Exists(records(company).filter(outcome="done", pk=OuterRef("act"))))
    for e in by_act[:_NAMED]:
        broken.append(_entry(e.pk, e.voucher, "act", _("is not in the trail.")))
    return _finding(checked, broken, len(broken) + max(0, by_act.count() - _NAMED))


def instants(company: int) -> Finding:
    """I23: an entry has the instant and the person of the act that posted it."""
    wrong = store.other_than_act(company)
    count = Entry.objects.filter(company_id=company).count()
    why = _("is not that of its act.")
    return _finding(count, [_entry(pk, voucher(k, y, n), field, why) for pk, k, y, n, field in wrong])


def mirrored(company: int) -> Finding:
    """I04: a reversal is the mirror image of one entry, of one clearing."""
    broken = [
        _entry(pk, "", "lines", _("is not the mirror of entry %(other)s.", other=other))
        for pk, other in store.unlike_entries(company)
    ]
    broken += [
        Broken(
            f"ledger.clearing:{pk}",
            f"clearing {pk}",
            "legs",
            _("is not the mirror of clearing %(other)s.", other=other),
        )
        for pk, other in store.unlike_clearings(company)
    ]
    reversals = Entry.objects.filter(company_id=company).exclude(reverses=None).count()
    return _finding(reversals + Clearing.objects.filter(company_id=company).exclude(reverses=None).count(), broken)


def in_period(company: int) -> Finding:
    """I05: posting dates lie in their periods; a closed period still has the totals it was closed with."""
    entries = Entry.objects.filter(company_id=company)
    astray = entries.filter(
        Q(posting_date__lt=F("period__start")) | Q(posting_date__gt=F("period__end")) | ~Q(year=F("period__year"))
    )
    broken = [
        _entry(
            e.pk,
            e.voucher,
            "posting_date",
            _("%(day)s lies outside %(period)s.", day=e.posting_date, period=str(e.period)),
        )
        for e in astray.select_related("period")[:_NAMED]
    ]
    spans = Period.objects.filter(company_id=company).order_by("start", "pk")
    before: Period | None = None
    for period in spans:
        if period.end < period.start or (before is not None and period.start <= before.end):
            broken.append(
                Broken(
                    f"ledger.period:{period.pk}",
                    str(period),
                    "start",
                    _("overlaps %(other)s.", other=str(before or period)),
                )
            )
        before = period
    for period in Period.objects.filter(company_id=company, state="closed"):
        now = queries.period_totals(company, period)
        for what in sorted({*now, *(period.totals or {})}):
            if (period.totals or {}).get(what) != now.get(what):
                why = _("are not those it was closed with.")
                broken.append(Broken(f"ledger.period:{period.pk}", str(period), what, why))
    return _finding(entries.count() + Period.objects.filter(company_id=company).count(), broken, astray.count())


def dated(company: int) -> Finding:
    """I05/I07: clearings lie on or after their items, and on no day was more taken off an item than there was of it."""
    legs = ClearingLeg.objects.filter(company_id=company)
    early = legs.filter(Q(date__lt=F("item__posting_date")) | ~Q(date=F("clearing__date"))).select_related(
        "item", "clearing"
    )
    broken = [
        Broken(f"ledger.clearing:{g.clearing_id}", g.clearing.voucher, "date",
               _("%(day)s lies before %(document)s (%(posted)s), or its leg has another day.", day=g.date, document=g.item.document,
                 posted=g.item.posting_date))
        for g in early[:_NAMED]
    ]  # fmt: skip
    for pk, document, day, left, amount in store.overtaken(company):
        why = _("%(left)s of %(amount)s was left on %(day)s.", left=left, amount=amount, day=str(day))
        broken.append(Broken(f"ledger.item:{pk}", document, "remaining", why))
    return _finding(legs.count(), broken, early.count())


def control(company: int) -> Finding:
    """I06: per control account and currency, open items are the balance, at every month's end, in both currencies."""
    moves: dict[tuple[str, str], dict[date, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0, 0]))
    chart = dict(Account.objects.filter(company_id=company).values_list("pk", "code"))
    kept = list(Account.objects.filter(company_id=company, control=True).values_list("pk", flat=True))
    sources = (
        (Line.objects.filter(company_id=company, account_id__in=kept).values_list("account_id", "currency", "posting_date"),
         "doc_amount", "amount", 0, 1),
        (OpenItem.objects.filter(company_id=company).values_list("account_id", "currency", "posting_date"),
         "amount", "base_amount", 2, 1),
        (ClearingLeg.objects.filter(company_id=company).values_list("item__account_id", "item__currency", "date"),
         "amount", "base_amount", 2, -1),
    )  # fmt: skip
    for rows, doc, base, place, sign in sources:
        # By the day and put into months here: SQLite would call Python to truncate each row's date.
        for account, currency, day, a, b in rows.annotate(a=Sum(doc), b=Sum(base)).order_by():
            found = moves[chart.get(account, str(account)), currency][month_start(day)]
            found[place] += sign * a
            found[place + 1] += sign * b
    broken, checked = list[Broken](), 0
    codes = dict(Account.objects.filter(company_id=company, control=True).values_list("code", "pk"))
    for (account, currency), by_month in sorted(moves.items()):
        sums = [0, 0, 0, 0]
        for month in sorted(by_month):
            checked += 1
            sums = [x + y for x, y in zip(sums, by_month[month], strict=True)]
            if sums[0] != sums[2] or sums[1] != sums[3]:
                why = _(
                    "%(day)s: open items %(items)s, balance %(books)s (company currency %(base_items)s, %(base_books)s).",
                    day=month_end(month), items=sums[2], books=sums[0], base_items=sums[3], base_books=sums[1],
                )  # fmt: skip
                broken.append(
                    Broken(f"ledger.account:{codes.get(account, 0)}", f"{account} {currency}", "balance", why)
                )
    return _finding(checked, broken)


def buckets(company: int) -> Finding:
    """I06: the ageing's buckets are the open items are the control accounts, on the last days that months ended."""
    broken = list[Broken]()
    days = _days(company)
    for day in days:
        books = queries.control_totals(company, day)
        items = queries.open_totals(company, day)
        ages = {r.currency: r.total.amount for r in queries.ageing(company, day)}
        for currency in sorted({*items, *books, *ages}):
            three = (ages.get(currency, 0), items.get(currency, (0, 0))[0], books.get(currency, (0, 0))[0])
            if len(set(three)) > 1:
                why = _("buckets %(ages)s, items %(items)s, control accounts %(books)s.", ages=three[0], items=three[1], books=three[2])  # fmt: skip
                broken.append(Broken("", f"{day} {currency}", "ageing", why))
    return _finding(len(days), broken)


def _days(company: int) -> list[date]:
    """Days worth asking the ageing about: the last month ends that have postings, and the last day."""
    span = Line.objects.filter(company_id=company).aggregate(a=Min("posting_date"), b=Max("posting_date"))
    if not span["b"]:
        return []
    ends = Period.objects.filter(company_id=company, end__gte=span["a"], start__lte=span["b"]).order_by("-end")
    last = ClearingLeg.objects.filter(company_id=company).aggregate(m=Max("date"))["m"]
    return sorted({*ends.values_list("end", flat=True)[:3], span["b"], last or span["b"]})


def counters(company: int) -> Finding:
    """I07/I08: what is left of every item is its amount less its clearings; and each item is its line."""
    rows = OpenItem.objects.filter(company_id=company)
    broken = list[Broken]()
    for pk, document, field, there, should in store.off_counters(company):
        broken.append(Broken(f"ledger.item:{pk}", document, field, _says(there, should)))
    pairs = {"amount": "doc_amount", "base_amount": "amount", "customer": "party", "currency": "currency",
             "account": "account", "posting_date": "posting_date", "company": "company"}  # fmt: skip
    differs = Q()
    for field, theirs in pairs.items():
        differs |= ~Q(**{field: F(f"line__{theirs}")})
    # One pass over all items; which field it is, is asked only when there is one.
    for field, theirs in pairs.items() if rows.filter(differs).exists() else ():
        for item in rows.exclude(**{field: F(f"line__{theirs}")})[:_NAMED]:
            broken.append(_item(item, field, _("is not what its line says.")))
    kept = list(Account.objects.filter(company_id=company, control=True).values_list("pk", flat=True))
    without = ~Exists(OpenItem.objects.filter(line_id=OuterRef("pk")))
    lost = Line.objects.filter(without, company_id=company, account_id__in=kept).exclude(doc_amount=0)
    some = list(lost.values_list("pk", flat=True)[:_NAMED])
    for line in Line.objects.filter(pk__in=some).select_related("entry") if some else ():
        broken.append(_entry(line.entry_id, f"{line.entry.voucher}/{line.n}", "item", _("has no open item.")))
    return _finding(rows.count(), broken)


def changed(company: int) -> Finding:
    """I20: what an item says now is what its last change made of it, each change began where the one before ended, and
    its version counts them and its clearings."""
    broken = list[Broken]()
    last: dict[tuple[int, str], str] = {}
    rows = (
        ItemChange.objects.filter(company_id=company).order_by("id").values_list("pk", "item_id", "field", "old", "new")
    )
    checked = 0
    for pk, item, field, old, new in rows.iterator(5000):
        checked += 1
        if last.get((item, field), old) != old:
            why = _(
                "began with %(old)s, the one before ended with %(new)s.", old=old or "–", new=last[item, field] or "–"
            )
            broken.append(Broken(f"ledger.item:{item}", f"change {pk}", field, why))
        last[item, field] = new
    wanted = sorted({item for item, _field in last})
    for start in range(0, len(wanted), 500):
        for found in OpenItem.objects.filter(pk__in=wanted[start : start + 500]):
            for field in ITEM_FREE:
                new = last.get((found.pk, field), told(getattr(found, field)))  # type: ignore[assignment]
                if told(getattr(found, field)) != new:
                    now = told(getattr(found, field)) or "–"
                    broken.append(
                        _item(
                            found, field, _("says %(now)s, its last change made it %(new)s.", now=now, new=new or "–")
                        )
                    )
    for pk, document, there, should in store.off_versions(company):
        broken.append(Broken(f"ledger.item:{pk}", document, "version", _says(there, should)))
    return _finding(checked + OpenItem.objects.filter(company_id=company).count(), broken)


def cleared(company: int) -> Finding:
    """I06: the legs of each clearing add up to nothing in each currency and on each control account."""
    groups = ClearingLeg.objects.filter(company_id=company).values(
        "clearing_id", "item__currency", "item__account__code"
    )
    off = groups.annotate(s=Sum("amount")).exclude(s=0)
    broken = [
        Broken(f"ledger.clearing:{g['clearing_id']}", f"clearing {g['clearing_id']}", "amount",
               _("is off by %(s)s in %(currency)s.", s=g["s"], currency=f"{g['item__currency']} {g['item__account__code']}"))
        for g in off[:_NAMED]
    ]  # fmt: skip
    rows = Clearing.objects.filter(company_id=company)
    bare = rows.filter(~Exists(ClearingLeg.objects.filter(company_id=company, clearing_id=OuterRef("pk"))))
    broken += [Broken(f"ledger.clearing:{c.pk}", c.voucher, "legs", _("has none.")) for c in bare[:_NAMED]]
    lost = ClearingLeg.objects.filter(~Exists(rows.filter(pk=OuterRef("clearing_id"))), company_id=company)
    broken += [
        Broken(f"ledger.clearing:{g.clearing_id}", f"leg {g.pk}", "clearing", _("is not there.")) for g in lost[:_NAMED]
    ]
    return _finding(rows.count(), broken)


def numbered(company: int) -> Finding:
    """I10: each series is used without gaps up to its counter, and there is no counter without use."""
    broken, checked = list[Broken](), 0
    counted = {(s.klass, s.year): s.last for s in series(company)}
    groups = [
        *Entry.objects.filter(company_id=company)
        .values_list("klass", "year")
        .annotate(n=Count("id"), top=Max("number")),
        *(
            ("CL", y, n, top)
            for y, n, top in Clearing.objects.filter(company_id=company)
            .values_list("year")
            .annotate(n=Count("id"), top=Max("number"))
        ),
    ]
    for klass, year, n, top in groups:
        checked += n
        last = counted.get((klass, year))
        if n != top or last != top:
            gone = store.gaps(company, klass, year, max(top, last or 0)) if n < 2_000_000 else []
            why = _("%(n)s numbers, highest %(top)s, counter %(last)s; missing: %(gone)s.", n=n, top=top,
                    last=last if last is not None else "–", gone=[voucher(klass, year, g) for g in gone[:20]] or ["–"])  # fmt: skip
            broken.append(Broken("", f"{klass}-{year}", "number", why))
    others = {klass for _capability, klass in collect("series")}
    idle = {(k, y) for k, y in counted if k not in others} - {(k, y) for k, y, *_rest in groups}
    for klass, year in sorted(idle):
        broken.append(Broken("", f"{klass}-{year}", "last", _("counts numbers that nothing has.")))
    return _finding(checked, broken)


def exposed(company: int) -> Finding:
    """I15: the items layer of every customer's exposure is what is open."""
    stored = customers.exposure_amounts(company, "items")
    rows = (
        OpenItem.objects.filter(company_id=company).values_list("customer_id", "currency").annotate(s=Sum("remaining"))
    )
    real = {(party, currency): s for party, currency, s in rows}
    broken = [
        Broken(
            f"customers.customer:{k[0]}", f"customer {k[0]} {k[1]}", "items", _says(stored.get(k, 0), real.get(k, 0))
        )
        for k in sorted({*stored, *real})
        if stored.get(k, 0) != real.get(k, 0)
    ]
    return _finding(len({*stored, *real}), broken)


CHECKS = (
    Check("I01", _("Every entry balances and has at least two lines"), balanced),
    Check("I03", _("Every entry's lines are as they were posted, by an act of the trail"), as_written),
    Check("I04", _("Every reversal mirrors what it reverses"), mirrored),
    Check("I05", _("Every posting lies in its period, and closed periods kept their totals"), in_period),
    Check("I05", _("Nothing was cleared before it was there, or beyond what there was on any day"), dated),
    Check("I06", _("Each control account is its open items, at every month's end"), control),
    Check("I06", _("The ageing's buckets are the open items are the control accounts"), buckets),
    Check("I06", _("Every clearing adds up to nothing"), cleared),
    Check("I07", _("What is left of every item is its amount less its clearings"), counters),
    Check("I10", _("Voucher numbers have no gaps"), numbered),
    Check("I15", _("Exposure from open items is what is open"), exposed),
    Check("I20", _("What items say now is what their changes made of them"), changed),
    Check("I23", _("Entries have the instant and the person of their act"), instants),
)
