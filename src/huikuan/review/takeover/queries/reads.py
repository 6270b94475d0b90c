"""The take-over, read: what was kept of the system beside us, what waits, who leads, and how the two sides compare."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from huikuan.books.customers import queries as customers
from huikuan.books.customers.rules import read_terms
from huikuan.kit.money import RATE_SCALE, scaled
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company_queries
from huikuan.review.takeover.models import (
    OBJECTS,
    Document,
    DocumentLine,
    Leader,
    Link,
    Load,
    Reject,
)
from huikuan.review.takeover.rules.maps import Map
from huikuan.review.takeover.rules.settle import Settling

OBJECT_NAMES: dict[str, Say] = {
    "customer": _("Customer"),
    "item": _("Item"),
    "order": _("Order"),
    "delivery": _("Delivery"),
    "billing": _("Billing document"),
    "entry": _("Entry (open item)"),
    "receipt": _("Receipt"),
    "clearing": _("Clearing"),
}
LEADER_NAMES: dict[str, Say] = {"sap": _("SAP (or the system beside us)"), "huikuan": _("Huikuan")}


@dataclass(frozen=True, slots=True)
class Said:
    """What a link keeps: the row it leads to, the digest and data of what was said last."""

    key: str
    pk_of: int | None
    entry: int | None
    group: str
    digest: str
    data: dict[str, Any]
    live: bool


def _parts(keys: Iterable[str], size: int = 5000) -> Iterable[list[str]]:
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), size):
        yield wanted[start : start + size]


def said(company: int, system: str, object: str, keys: Collection[str]) -> dict[str, Said]:
    """What was said of these keys, by key."""
    out = {}
    for part in _parts(keys):
        rows = Link.objects.filter(company_id=company, system=system, object=object, key__in=part)
        for row in rows.values_list("key", "pk_of", "entry", "group", "digest", "data", "live"):
            out[row[0]] = Said(*row)
    return out


def leaders(company: int) -> dict[str, str]:
    """Object → "sap" or "huikuan"; where nobody decided, the system beside us leads."""
    return dict.fromkeys(OBJECTS, "sap") | dict(
        Leader.objects.filter(company_id=company).values_list("object", "leader")
    )


def leader_rows(company: int) -> dict[str, Leader]:
    return {row.object: row for row in Leader.objects.filter(company_id=company)}


def settling(company: int, mapped: Map | None) -> Settling:
    """What this company decides about claims: its currency, terms, calendar, rates, and who leads clearing."""
    led = leaders(company)
    rates = company_queries.setting(company, "take_over_rate", {})
    given = {cur: scaled(str(rate), RATE_SCALE) for cur, rate in rates.items()} if isinstance(rates, dict) else {}
    rows = customers.terms_rows(company).values_list("code", "rule")
    return Settling(
        currency=company_queries.by_id(company).currency, terms={code: read_terms(rule) for code, rule in rows},
        calendar=company_queries.calendar(company), clears=led["receipt"] == "sap" and led["clearing"] == "sap",
        given={**given, **(mapped.rates if mapped else {})},
    )  # fmt: skip


def loads(company: int) -> QuerySet[Load]:
    return Load.objects.filter(company_id=company)


def rejects(company: int) -> QuerySet[Reject]:
    return Reject.objects.filter(company_id=company)


def waiting_count(company: int, _login: str = "") -> int:
    return Reject.objects.filter(company_id=company, state="waiting").count()


def reject_states(company: int, system: str, digests: Collection[str]) -> dict[str, str]:
    """Digest → state of rows that were set aside before."""
    return dict(
        Reject.objects.filter(company_id=company, system=system, digest__in=digests).values_list("digest", "state")
    )


def states_of(load_id: int) -> dict[str, int]:
    rows = Reject.objects.filter(load_id=load_id).values("state").annotate(n=Count("pk"))
    return {r["state"]: r["n"] for r in rows}


def together(reject: Reject) -> list[Reject]:
    """The waiting rows of the same document, which lands whole or not at all."""
    return list(
        Reject.objects.filter(company_id=reject.company_id, system=reject.system, key=reject.key, state="waiting")
        .exclude(key="").order_by("row")[:2000]
    )  # fmt: skip


def without_number(company: int, system: str, profile: str, load: int) -> list[tuple[int, dict[str, str], list[str]]]:
    """(id, cells, fields that were wrong) of rows of earlier loads that wait and whose number could not be read."""
    rows = Reject.objects.filter(
        company_id=company, system=system, profile=profile, state="waiting", key="", load_id__lt=load
    )
    return [
        (pk, raw, [f["field"] for f in faults])
        for pk, raw, faults in rows.order_by("pk").values_list("pk", "raw", "faults")[:5000]
    ]


def documents(company: int) -> QuerySet[Document]:
    return Document.objects.filter(company_id=company, live=True)


def lines(document_id: int) -> QuerySet[DocumentLine]:
    return DocumentLine.objects.filter(document_id=document_id).order_by("n")


@dataclass(frozen=True, slots=True)
class Step:
    """A paper before or after another in the flow order → delivery → billing document → cancellation."""

    id: int
    object: str
    kind: str
    number: str


def flow(document: Document) -> tuple[list[Step], list[Step]]:
    """(papers it follows, papers that follow it)."""
    mine = Document.objects.filter(company_id=document.company_id, system=document.system, live=True)
    before = set(lines(document.pk).exclude(before="").values_list("before", flat=True)[:500])
    cancelled = [document.reference] if document.kind == "cancellation" and document.reference else []
    back = mine.filter(number__in=[*before, *cancelled])
    follow = Q(pk__in=DocumentLine.objects.filter(before=document.number).values("document_id"))
    after = mine.filter(follow | Q(kind="cancellation", reference=document.number)).exclude(pk=document.pk)

    def steps(rows: QuerySet[Document]) -> list[Step]:
        return [Step(*r) for r in rows.order_by("date", "number").values_list("pk", "object", "kind", "number")[:100]]

    return steps(back.exclude(pk=document.pk)), steps(after)


def one_sided(company: int, load: int | None = None, system: str = "") -> list[dict[str, Any]]:
    """Clearings whose partner lies outside what was given, with what the counter item makes up for."""
    rows = Link.objects.filter(company_id=company, object="clearing", live=True)
    if load is not None:
        rows = rows.filter(load_id=load)
    if system:
        rows = rows.filter(system=system)
    found = [r for r in rows.order_by("key") if r.data.get("one_sided")]
    ids = customers.by_numbers(company, {r.data["customer"] for r in found})
    return [
        {
            **r.data, "on": date.fromisoformat(r.data["on"]), "clearing": r.pk_of, "entry": r.entry,
            "customer_id": ids[r.data["customer"]].id if r.data["customer"] in ids else None,
        }
        for r in found
    ]  # fmt: skip


def spellings(company: int) -> int:
    return len(customers.names(company))
