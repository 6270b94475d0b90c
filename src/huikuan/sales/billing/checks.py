"""What `verify` asks of billing documents, recounted from lines, entries and deliveries."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Count, F, Max, Q, Sum

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.kit.words import _
from huikuan.office.company.queries import series
from huikuan.office.trail.hands import Check, Finding
from huikuan.sales.billing.models import Document, DocumentLine
from huikuan.sales.orders import queries as orders

_NAMED = 20


def _finding(checked: int, broken: list[str]) -> Finding:
    return Finding(checked, tuple(broken[:_NAMED]), len(broken))


def added_up(company: int) -> Finding:
    """I21: a document is the sum of its lines (documents that came without lines are left out)."""
    rows = Document.objects.filter(company_id=company, lines__isnull=False).annotate(
        a=Sum("lines__net"), b=Sum("lines__tax"), c=Sum("lines__gross")
    )
    off = rows.exclude(a=F("net"), b=F("tax"), c=F("gross"))
    broken = [f"document {d.number}: lines {d.a}/{d.b}/{d.c}, document {d.net}/{d.tax}/{d.gross}" for d in off[:_NAMED]]
    return Finding(rows.count(), tuple(broken), off.count())


def booked(company: int) -> Finding:
    """I21: what a posted document claims is what its entry books on receivables of its payer."""
    posted = Document.objects.filter(company_id=company, state__in=["posted", "cancelled"])
    broken = [
        f"document {d.number} is posted without an entry" for d in posted.filter(entry=None).exclude(gross=0)[:_NAMED]
    ]
    rows = posted.filter(entry__isnull=False)
    sums = rows.annotate(
        claimed=Sum(
            "entry__lines__doc_amount", filter=Q(entry__lines__account__control=True, entry__lines__party=F("payer"))
        )
    )
    off = sums.exclude(claimed=F("gross"))
    broken += [f"document {d.number}: gross {d.gross}, entry {d.claimed}" for d in off[:_NAMED]]
    double = rows.values("entry_id").annotate(n=Count("id")).filter(n__gt=1)
    broken += [f"entry {r['entry_id']} stands for {r['n']} documents" for r in double[:_NAMED]]
    return _finding(posted.count(), broken)


def drafts(company: int) -> Finding:
    """I15: the layer of bills not posted is the sum of the drafts."""
    told = customers.exposure_amounts(company, "billing")
    rows = (
        Document.objects.filter(company_id=company, state="draft")
        .values_list("payer_id", "currency")
        .annotate(s=Sum("gross"))
    )
    real = {(p, c): s for p, c, s in rows if s}
    broken = [
        f"customer {k[0]} {k[1]}: layer billing says {told.get(k, 0)}, drafts {real.get(k, 0)}"
        for k in sorted({*told, *real})
        if told.get(k, 0) != real.get(k, 0)
    ]
    return _finding(len({*told, *real}), broken)


def once(company: int) -> Finding:
    """A billed delivery stands on exactly one live bill, an open one on none."""
    lines = DocumentLine.objects.filter(
        company_id=company, delivery__isnull=False, document__kind="invoice", document__state__in=["draft", "posted"]
    )
    live: dict[int, int] = defaultdict(int)
    for pk, n in lines.values_list("delivery_id").annotate(n=Count("document_id", distinct=True)).iterator(5000):
        live[pk] = n
    broken, checked = [], 0
    for pk, number, state in orders.deliveries(company).values_list("pk", "number", "state").iterator(5000):
        checked += 1
        if live[pk] != (1 if state == "billed" else 0):
            broken.append(f"delivery {number} is {state} and stands on {live[pk]} live bills")
    return _finding(checked, broken)


def credited(company: int) -> Finding:
    """I08: no line is credited beyond what was billed; a cancelled document and its cancellation are nothing together."""
    rows = DocumentLine.objects.filter(company_id=company, document__kind="invoice").annotate(
        back=Sum("credited_by__gross", filter=Q(credited_by__document__state="posted"))
    )
    off = rows.filter(back__isnull=False, gross__lt=-1 * F("back"))
    broken = [f"document {x.document_id} line {x.n}: {x.gross} billed, {x.back} credited" for x in off[:_NAMED]]
    pairs = Document.objects.filter(company_id=company, kind="cancellation")
    unlike = pairs.exclude(gross=-1 * F("cancels__gross")) | pairs.exclude(cancels__state="cancelled")
    broken += [f"cancellation {d.number} is not the mirror of what it cancels" for d in unlike[:_NAMED]]
    return _finding(rows.count() + pairs.count(), broken)


def numbered(company: int) -> Finding:
    """I10: our own document numbers have no gaps."""
    broken, checked = [], 0
    for s in series(company):
        if s.klass != "BIL":
            continue
        head = f"90{s.year % 100:02d}"
        mine = Document.objects.filter(company_id=company, number__regex=rf"^{head}\d{{6}}$")
        n, highest = mine.count(), mine.aggregate(m=Max("number"))["m"]
        checked += n
        if n != s.last or highest != f"{head}{s.last:06d}":
            broken.append(f"BIL {s.year}: {n} numbers, highest {highest}, counter {s.last}")
    return _finding(checked, broken)


def sourced(company: int) -> Finding:
    """Every entry that names a billing document is that document's, or its reversal's."""
    known = set(Document.objects.filter(company_id=company, entry__isnull=False).values_list("entry_id", flat=True))
    named = ledger.entries(company).filter(source__startswith="billing.document:").values_list("pk", "source")
    found = list(named)
    return _finding(
        len(found), [f"entry {pk} says {source}, which does not know it" for pk, source in found if pk not in known]
    )


CHECKS = (
    Check("I21", _("Every billing document is the sum of its lines"), added_up),
    Check("I21", _("Every posted document claims what its entry books"), booked),
    Check("I15", _("Exposure from bills not posted is the sum of the drafts"), drafts),
    Check("I08", _("Every delivery is billed once"), once),
    Check("I08", _("Nothing is credited beyond what was billed"), credited),
    Check("I10", _("Numbers of billing documents have no gaps"), numbered),
    Check("I21", _("Every entry of a bill has its document"), sourced),
)
