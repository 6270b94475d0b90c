"""Their figures and ours, for the comparison: what was said last of each object against what stands here."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import QuerySet

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.review.takeover.models import Document, Link, TieOut
from huikuan.review.takeover.queries.reads import leaders
from huikuan.review.takeover.rules.claims import Claim, revived
from huikuan.review.takeover.rules.plan import clearings
from huikuan.review.takeover.rules.tie import Figure, Tie, cleared, figures, object_of, tie
from huikuan.sales.billing import queries as bills
from huikuan.sales.orders import queries as orders

PAPERS = ("order", "delivery", "billing")


def kept_claims(company: int, system: str) -> list[Claim]:
    """Every item that the system beside us said last, cancelled ones left out."""
    rows = Link.objects.filter(company_id=company, system=system, object="entry", live=True).values_list(
        "data", flat=True
    )
    return [revived(d) for d in rows.iterator(chunk_size=5000)]


def kept_figures(company: int, system: str) -> list[Figure]:
    """What was said last of everything that is no item: master data, orders, deliveries, bills."""
    rows = Link.objects.filter(company_id=company, system=system, object__in=["customer", "item", *PAPERS])
    return [
        Figure(object_, key, "" if object_ == "delivery" else data.get("currency", ""), data.get("stands", data.get("net", 0)), 0, "")
        if object_ in PAPERS else Figure(object_, key, "", 0, 0, "")
        for object_, key, data in rows.values_list("object", "key", "data").iterator(chunk_size=5000)
    ]  # fmt: skip


def systems(company: int) -> list[str]:
    return list(Link.objects.filter(company_id=company).values_list("system", flat=True).distinct().order_by("system"))


def our_figures(company: int, system: str, as_of: date) -> list[Figure]:
    """Every linked row as our books have it on a date, for the tie-out."""
    out: list[Figure] = []
    rows = Link.objects.filter(company_id=company, system=system, object="entry", live=True, pk_of__isnull=False)
    links = {pk: key for pk, key in rows.values_list("pk_of", "key").iterator(chunk_size=5000) if pk}
    remaining = {i.id: i.remaining for i in ledger.open_items(company, as_of)}
    numbers = dict(customers.rows(company).values_list("pk", "number"))
    for part in chunks(list(links)):
        items = ledger.items(company).filter(pk__in=part, posting_date__lte=as_of)
        for pk, kind, cur, amount, customer in items.values_list("pk", "kind", "currency", "amount", "customer_id"):
            out.append(Figure(object_of(kind), links[pk], cur, amount, remaining.get(pk, 0), numbers.get(customer, "")))
    out += _our_clearings(company, system, as_of)
    out += _our_papers(company, system)
    masters = Link.objects.filter(
        company_id=company, system=system, object__in=["customer", "item"], pk_of__isnull=False
    )
    out += [Figure(object_, key, "", 0, 0, "") for object_, key in masters.values_list("object", "key")]
    return out


def _our_clearings(company: int, system: str, as_of: date) -> list[Figure]:
    """Clearings that stand, with their debit side."""
    rows = Link.objects.filter(company_id=company, system=system, object="clearing", live=True, pk_of__isnull=False)
    links = {pk: key for pk, key in rows.values_list("pk_of", "key") if pk}
    sums: dict[int, tuple[str, int]] = {}
    for part in chunks(list(links)):
        for leg in ledger.legs(company, clearings=part, until=as_of):
            if leg.reversed_by_id is None:
                sums[leg.clearing_id] = (leg.currency, sums.get(leg.clearing_id, ("", 0))[1] + max(leg.amount, 0))
    return [Figure("clearing", links[pk], currency, amount, 0, "") for pk, (currency, amount) in sums.items()]


def _our_papers(company: int, system: str) -> list[Figure]:
    """Orders, deliveries and bills that were taken over; papers that are kept as papers count as they are."""
    head = f"{system}:"
    found = {("order", x[len(head) :]): (cur, net) for x, cur, net in
             orders.orders(company).filter(external__startswith=head).values_list("external", "currency", "net")}  # fmt: skip
    for external in orders.deliveries(company).filter(external__startswith=head).values_list("external", flat=True):
        found["delivery", external.split(":")[1]] = ("", 0)  # one of several orders is several here
    for x, cur, net in (
        bills.documents(company).filter(external__startswith=head).values_list("external", "currency", "net")
    ):
        found["billing", x[len(head) :]] = (cur, net)
    apart = Link.objects.filter(company_id=company, system=system, object__in=PAPERS, data__apart=True)
    only = set(apart.values_list("object", "key"))
    papers = Document.objects.filter(company_id=company, system=system, live=True)
    for object_, number, cur, net, profile in papers.values_list(
        "object", "number", "currency", "net", "load__profile"
    ):
        if profile == "documents" or (object_, number) in only:
            found.setdefault((object_, number), ("" if object_ == "delivery" else cur, net))
    return [Figure(object_, key, cur, net, 0, "") for (object_, key), (cur, net) in found.items()]


def compare(
    company: int, system: str, as_of: date, claims: Collection[Claim], others: Collection[Figure] | None = None
) -> Tie:
    """Their items and clearings (and papers and masters, where given) against our books on a date.

    Orders, deliveries and bills that Huikuan leads by now went their own way: they are not compared."""
    led = leaders(company)
    apart = {o for o in PAPERS if led[o] == "huikuan"}
    theirs = [
        *figures(claims, as_of),
        *cleared(clearings(claims), as_of),
        *(f for f in others or () if f.object not in apart),
    ]
    spoken = frozenset({"entry", "receipt", "clearing", *(f.object for f in others or ())} - apart)
    return tie(theirs, our_figures(company, system, as_of), objects=spoken)


def chunks(ids: list[int], size: int = 5000) -> Iterable[list[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def tie_outs(company: int) -> QuerySet[TieOut]:
    return TieOut.objects.filter(company_id=company)
