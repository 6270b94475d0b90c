"""What `verify` asks of the take-over, and what search finds here."""

from __future__ import annotations

from huikuan.books.ledger import queries as ledger
from huikuan.kit.words import _
from huikuan.office.trail.hands import Check, Finding, Hit
from huikuan.review.takeover import queries
from huikuan.review.takeover.models import Document, Link, Load


def links_lead_somewhere(company: int) -> Finding:
    """Every live item of the system beside us has its open item here, with the amount that was said."""
    checked, broken = 0, []
    links = Link.objects.filter(company_id=company, object="entry", live=True).values_list(
        "system", "key", "pk_of", "data"
    )
    rows = list(links.iterator(chunk_size=5000))
    for start in range(0, len(rows), 5000):
        part = rows[start : start + 5000]
        amounts = dict(ledger.items(company).filter(pk__in=[r[2] for r in part if r[2]]).values_list("pk", "amount"))
        for system, key, pk, data in part:
            checked += 1
            if pk is None or amounts.get(pk) != data.get("amount"):
                broken.append(f"{system} {key}")
    return Finding(checked, tuple(broken[:20]), len(broken))


def every_row_is_told_of(company: int) -> Finding:
    """A finished load says of each row it read that it landed, was known, or waits."""
    rows = list(
        Load.objects.filter(company_id=company, state="done").values_list(
            "pk", "read", "landed", "known", "quarantined"
        )
    )
    broken = [f"{pk}" for pk, read, landed, known, waiting in rows if read != landed + known + waiting]
    return Finding(len(rows), tuple(broken[:20]), len(broken))


CHECKS = (
    Check("T01", _("What was taken over stands in the books as it was said"), links_lead_somewhere),
    Check("T02", _("Every row of every load landed, was known, or waits"), every_row_is_told_of),
)


def search(company: int, text: str, limit: int) -> list[Hit]:
    """Papers by their number."""
    found = Document.objects.filter(company_id=company, live=True, number__istartswith=text.strip()).select_related(
        "customer"
    )
    return [
        Hit(
            d.number,
            d.customer.name if d.customer else "",
            f"/takeover/papers/{d.pk}",
            queries.OBJECT_NAMES.get(d.object, _("Paper")),
        )
        for d in found.order_by("number")[:limit]
    ]
