"""What `verify` asks of billing documents, recounted from lines, entries and deliveries."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.kit.words import Say, _
from huikuan.office.company.checks import running
from huikuan.office.trail.hands import Broken, Check, Finding
from huikuan.sales.billing.models import Document, DocumentLine
from huikuan.sales.orders import queries as orders
from huikuan.sales.orders.checks import unlike

_NAMED = 200


def _finding(checked: int, broken: list[Broken], count: int = 0) -> Finding:
    return Finding(checked, tuple(broken[:_NAMED]), max(len(broken), count))


def _doc(pk: int, number: str, field: str, why: Say) -> Broken:
    return Broken(f"billing.document:{pk}", number, field, why)


def _says(there: object, should: object) -> Say:
    return _("says %(told)s, counted %(real)s.", told=str(there), real=str(should) if should is not None else "–")


# What the entry of a document names: it, or for a cancellation, whose entry is the reversal, what it cancels.
_SOURCE = Concat(Value("billing.document:"), Cast(Coalesce("cancels_id", "pk"), CharField()))
_THEIRS = ~Q(booked_as="")  # another system posted it, whoever leads it by now


def added_up(company: int) -> Finding:
    """I21: a document is the sum of its lines; without lines it is nothing."""
    rows = Document.objects.filter(company_id=company).annotate(
        a=Coalesce(Sum("lines__net"), 0), b=Coalesce(Sum("lines__tax"), 0), c=Coalesce(Sum("lines__gross"), 0)
    )
    off = rows.exclude(a=F("net"), b=F("tax"), c=F("gross"))
    broken = [
        _doc(d.pk, d.number, field, _says(there, should))
        for d in off[:_NAMED]
        for field, there, should in (("net", d.net, d.a), ("tax", d.tax, d.b), ("gross", d.gross, d.c))
        if there != should
    ]
    return _finding(rows.count(), broken, off.count())


def booked(company: int) -> Finding:
    """I21: what a posted document claims is what its entry books on receivables of its payer.

    What another system posted claims there, with a tax that we are not told: `pointed` asks where its claim is."""
    posted = Document.objects.filter(company_id=company, state__in=["posted", "cancelled"]).exclude(_THEIRS)
    bare = posted.filter(entry=None).exclude(gross=0)
    broken = [_doc(d.pk, d.number, "entry", _("is posted without an entry.")) for d in bare[:_NAMED]]
    rows = posted.filter(entry__isnull=False)
    sums = rows.annotate(
        claimed=Coalesce(
            Sum(
                "entry__lines__doc_amount",
                filter=Q(entry__lines__account__control=True, entry__lines__party=F("payer")),
            ),
            0,  # not NULL, which is unlike nothing: an entry of another payer would pass
        )
    )
    off = sums.exclude(claimed=F("gross"))
    broken += [_doc(d.pk, d.number, "gross", _says(d.gross, d.claimed)) for d in off[:_NAMED]]
    double = rows.values("entry_id").annotate(n=Count("id")).filter(n__gt=1)
    for r in double[:_NAMED]:
        why = _("stands for %(n)s documents.", n=r["n"])
        broken.append(Broken(f"ledger.entry:{r['entry_id']}", f"entry {r['entry_id']}", "source", why))
    strange = rows.exclude(entry__source=_SOURCE)
    why = _("is another document's.")
    broken += [_doc(d.pk, d.number, "entry", why) for d in strange[:_NAMED]]
    return _finding(posted.count(), broken, bare.count() + off.count() + double.count() + strange.count())


def pointed(company: int) -> Finding:
    """I21: a document that another system posted points to an entry on receivables of its payer, where it has one."""
    rows = Document.objects.filter(_THEIRS, company_id=company, entry__isnull=False)
    found = rows.annotate(
        n=Count("entry__lines", filter=Q(entry__lines__account__control=True, entry__lines__party=F("payer")))
    )
    off = found.filter(n=0)
    why = _("points to an entry that is not on its payer's account.")
    return _finding(rows.count(), [_doc(d.pk, d.number, "entry", why) for d in off[:_NAMED]], off.count())


def drafts(company: int) -> Finding:
    """I15: the layer of bills not posted is the sum of the drafts."""
    told = customers.exposure_amounts(company, "billing")
    rows = (
        Document.objects.filter(company_id=company, state="draft")
        .values_list("payer_id", "currency")
        .annotate(s=Sum("gross"))
    )
    real = {(p, c): s for p, c, s in rows if s}
    return _finding(len({*told, *real}), unlike("billing", told, real))


def once(company: int) -> Finding:
    """A billed delivery stands on exactly one live bill, an open one on none."""
    lines = DocumentLine.objects.filter(
        company_id=company, delivery__isnull=False, document__kind="invoice", document__state__in=["draft", "posted"]
    )
    live: dict[int, int] = defaultdict(int)
    for pk, n in lines.values_list("delivery_id").annotate(n=Count("document_id", distinct=True)).iterator(5000):
        live[pk] = n
    broken, checked = list[Broken](), 0
    rows = orders.deliveries(company).values_list("pk", "number", "state", "external")
    for pk, number, state, external in rows.iterator(5000):
        checked += 1
        found = min(live[pk], 1) if external else live[pk]  # another system may bill one delivery in parts
        if found != (1 if state == "billed" else 0):
            why = _("is %(state)s and stands on %(n)s live bills.", state=state, n=live[pk])
            broken.append(Broken(f"orders.delivery:{pk}", number, "state", why))
    return _finding(checked, broken)


def credited(company: int) -> Finding:
    """I08: no line is credited beyond what was billed; a cancelled document and its cancellation are nothing together."""
    # From what was credited, which is little: joined from what was billed, SQLite looks through all lines for each of them
    # once it has counted a company in which nothing was credited yet.
    backs = (
        DocumentLine.objects.filter(
            company_id=company, original__isnull=False, original__document__kind="invoice", document__state="posted"
        )
        .values("original_id", "original__gross", "original__n", "original__document_id", "original__document__number")
        .annotate(back=Sum("gross"))
        .order_by()
    )
    credited_, broken = 0, list[Broken]()
    for x in backs.iterator(5000):
        credited_ += 1
        if x["original__gross"] < -x["back"]:
            why = _("%(gross)s was billed, %(back)s credited.", gross=x["original__gross"], back=-x["back"])
            name = f"{x['original__document__number']}/{x['original__n']}"
            broken.append(_doc(x["original__document_id"], name, "gross", why))
    pairs = Document.objects.filter(company_id=company, kind="cancellation").exclude(_THEIRS)
    apart = pairs.exclude(cancels__isnull=False, gross=-1 * F("cancels__gross"), cancels__state="cancelled")
    over = len(broken)
    broken += [_doc(d.pk, d.number, "gross", _("is not the mirror of what it cancels.")) for d in apart[:_NAMED]]
    return _finding(credited_ + pairs.count(), broken, over + apart.count())


def numbered(company: int) -> Finding:
    """I10: our own document numbers have no gaps."""
    rows = Document.objects.filter(company_id=company).values_list("number", flat=True)
    return running(company, "BIL", "90", rows.iterator(5000))


def sourced(company: int) -> Finding:
    """Every entry that names a billing document is that document's, or its reversal's."""
    named = ledger.entries(company).filter(source__startswith="billing.document:")
    knows = Document.objects.filter(entry_id=OuterRef("pk")).annotate(names=_SOURCE).filter(names=OuterRef("source"))
    lost = named.filter(~Exists(knows)).order_by("pk")
    broken = [
        Broken(
            f"ledger.entry:{pk}", f"entry {pk}", "source", _("names %(source)s, which does not know it.", source=source)
        )
        for pk, source in lost.values_list("pk", "source")[:_NAMED]
    ]
    return _finding(named.count(), broken, lost.count() if broken else 0)


CHECKS = (
    Check("I21", _("Every billing document is the sum of its lines"), added_up),
    Check("I21", _("Every posted document claims what its entry books"), booked),
    Check("I21", _("Every bill that another system posted points to the account of its payer"), pointed),
    Check("I15", _("Exposure from bills not posted is the sum of the drafts"), drafts),
    Check("I08", _("Every delivery is billed once"), once),
    Check("I08", _("Nothing is credited beyond what was billed"), credited),
    Check("I10", _("Numbers of billing documents have no gaps"), numbered),
    Check("I21", _("Every entry of a bill has its document"), sourced),
)
