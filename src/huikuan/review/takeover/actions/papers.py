"""Documents with their lines, and master data, as the system beside us has them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from huikuan.books.catalog import actions as catalog
from huikuan.books.catalog.queries import tax_codes
from huikuan.books.customers import actions as customers
from huikuan.books.customers.queries import by_numbers
from huikuan.books.ledger.store import insert
from huikuan.kit.errors import Invalid
from huikuan.kit.refs import ref
from huikuan.kit.text import whole
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action
from huikuan.review.takeover.actions.claims import land
from huikuan.review.takeover.actions.objects import take
from huikuan.review.takeover.models import Document, DocumentLine, Link, Load, Reject
from huikuan.review.takeover.rules.claims import Claim
from huikuan.review.takeover.rules.papers import Paper


def flat(paper: Paper, digest: str = "") -> dict[str, Any]:
    """A paper as plain values for an action; the lines as one JSON text, as there may be hundreds of thousands."""
    lines = [
        [x.row, x.item, x.text, x.quantity, x.price, x.net, x.unit, x.reference, x.n, x.rejected] for x in paper.lines
    ]
    return {
        "key": paper.key, "customer": paper.customer, "kind": paper.kind, "document": paper.document, "date": paper.day,
        "currency": paper.currency, "net": paper.net, "state": paper.state, "reference": paper.reference, "terms": paper.terms,
        "stands": paper.stands, "requested": paper.requested, "posted_as": paper.posted_as, "digest": digest or paper.digest(), "lines": json.dumps(lines, ensure_ascii=False, separators=(",", ":")),
    }  # fmt: skip


@action("takeover.land_papers", needs="takeover.load")
def land_papers(
    act: Act, load_id: int, object: str, papers: Sequence[dict[str, Any]], claims: Sequence[Claim] = (),
    parties: Sequence[dict[str, Any]] = (), rates: dict[str, int] | None = None, create: bool = True, take_over: bool = False,
) -> dict[str, int]:  # fmt: skip
    """Keep papers (see `flat`) and book the claims that they make. A changed paper becomes the next version.

    `take_over`: they become orders, deliveries and bills of ours too, led by the system beside us.
    Returns counts: post (new), change, same; of what was taken over made, changed and apart (kept as papers only).
    """
    load = Load.objects.get(company_id=act.company, pk=load_id)
    act.subject(ref("takeover.load", load_id))
    links = {
        x.key: x
        for x in Link.objects.filter(
            company_id=act.company, system=load.system, object=object, key__in=[p["key"] for p in papers]
        )
    }
    counts = {"post": 0, "change": 0, "same": 0}
    wanted = [p for p in papers if p["key"] not in links or links[p["key"]].digest != p["digest"]]
    counts["same"] = len(papers) - len(wanted)
    keys = {p["key"] for p in wanted}
    if claims:
        land(act, load_id, [c for c in claims if c.key in keys], parties, rates, create)
    entries = dict(
        Link.objects.filter(
            company_id=act.company, system=load.system, object="entry", key__in=keys, live=True
        ).values_list("key", "entry")
    )
    ids = {
        number: one.id
        for number, one in by_numbers(act.company, {p["customer"] for p in wanted if p["customer"]}).items()
    }
    if claims or parties:  # a paper that comes to nothing makes no claim, but its customer is a customer
        missing = {p["customer"] for p in wanted if p["customer"]} - set(ids)
        if missing:
            told = {p["number"]: p for p in parties}
            landed = customers.land(
                act, [{"number": n, "name": told.get(n, {}).get("name") or n, "currency": told.get(n, {}).get("currency") or "CNY"}
                      for n in sorted(missing)],
            )  # fmt: skip
            ids.update({n: landed.ids[n] for n in missing if n in landed.ids})
    old = {p["key"]: links[p["key"]] for p in wanted if p["key"] in links}
    versions = dict(
        Document.objects.filter(company_id=act.company, system=load.system, object=object, number__in=list(old), live=True)
        .values_list("number", "version")
    )  # fmt: skip
    Document.objects.filter(
        company_id=act.company, system=load.system, object=object, number__in=list(old), live=True
    ).update(live=False)
    made, rows = [], []
    for p in wanted:
        lines = json.loads(p["lines"])
        rows.append(lines)
        made.append(
            Document(
                company_id=act.company, system=load.system, object=object, kind=p["kind"], number=p["document"], date=p["date"],
                version=versions.get(p["key"], 0) + 1, customer_id=ids.get(p["customer"]), currency=p["currency"], net=p["net"],
                state=p["state"], reference=p["reference"], terms=p["terms"], entry=entries.get(p["key"]), lines_count=len(lines), load=load,
            )
        )  # fmt: skip
        counts["change" if p["key"] in old else "post"] += 1
    Document.objects.bulk_create(made, batch_size=500)
    insert(DocumentLine, _LINE, (
        (doc.pk, n, x[0], x[1], x[2][:200], x[3], x[4], x[5], x[6], *_split(x[7]))
        for doc, lines in zip(made, rows, strict=True) for n, x in _numbered(lines)
    ))  # fmt: skip
    apart: set[str] = set()
    if take_over:  # all of them: what is the same paper may lead to an object that is not here yet
        took, apart = take(act, load, object, papers)
        counts |= {"made": took.made, "changed": took.changed, "apart": len(apart)}
    new = []
    for p, doc in zip(wanted, made, strict=True):
        link = old.get(p["key"])
        data = {
            "net": p["net"],
            "stands": p["stands"],
            "currency": p["currency"],
            "date": p["date"].isoformat(),
            "kind": p["kind"],
            "customer": p["customer"],
            **({"apart": True} if p["key"] in apart else {}),
        }
        if link is None:
            new.append(Link(company_id=act.company, system=load.system, object=object, key=p["key"], pk_of=doc.pk, digest=p["digest"],
                            data=data, load=load))  # fmt: skip
        else:
            link.pk_of, link.digest, link.data, link.load = doc.pk, p["digest"], data, load
    Link.objects.bulk_create(new, batch_size=500)
    Link.objects.bulk_update(old.values(), ["pk_of", "digest", "data", "load"], batch_size=200)
    Reject.objects.filter(company_id=act.company, system=load.system, key__in=keys, state="waiting").update(
        state="fixed", note=load.name[:200], ended_by=act.by, ended_at=act.at
    )
    act.note(object=object, **counts)
    return counts


@action("takeover.land_partners", needs="takeover.load")
def land_partners(
    act: Act, load_id: int, partners: Sequence[dict[str, Any]], products: Sequence[dict[str, Any]]
) -> dict[str, int]:
    """Customers and items from an extract: rows as customers.land and catalog.land take them, plus key, digest, data and,
    for customers, aliases and why it is blocked."""
    load = Load.objects.get(company_id=act.company, pk=load_id)
    act.subject(ref("takeover.load", load_id))
    ids: dict[str, dict[str, int]] = {"customer": {}, "item": {}}
    apart = ("key", "digest", "data", "aliases")
    if partners:
        landed = customers.land(act, [{k: v for k, v in p.items() if k not in apart} for p in partners])
        if landed.faults:
            raise Invalid(
                _("%(field)s: %(reason)s", field=landed.faults[0].field, reason=landed.faults[0].reason),
                faults=landed.faults,
            )
        ids["customer"] = dict(landed.ids)
        for p in partners:
            for alias in p["aliases"]:
                customers.add_alias(act, landed.ids[p["key"]], alias)
    if products:
        _tax_code(act)
        landed_items = catalog.land_items(act, [{k: v for k, v in p.items() if k not in apart} for p in products])
        if landed_items.faults:
            first = landed_items.faults[0]
            raise Invalid(
                _("%(field)s: %(reason)s", field=first.field, reason=first.reason), faults=landed_items.faults
            )
        ids["item"] = dict(landed_items.ids)
    counts = {"post": 0, "change": 0, "same": 0}
    for name, rows in (("customer", partners), ("item", products)):
        found = {
            x.key: x
            for x in Link.objects.filter(
                company_id=act.company, system=load.system, object=name, key__in=[r["key"] for r in rows]
            )
        }
        new = []
        for r in rows:
            link = found.get(r["key"])
            if link is None:
                new.append(Link(company_id=act.company, system=load.system, object=name, key=r["key"], pk_of=ids[name].get(r["key"]),
                                digest=r["digest"], data=r["data"], load=load))  # fmt: skip
                counts["post"] += 1
            elif link.digest != r["digest"]:
                link.digest, link.data, link.load, link.pk_of = r["digest"], r["data"], load, ids[name].get(r["key"])
                counts["change"] += 1
            else:
                counts["same"] += 1
        Link.objects.bulk_create(new, batch_size=500)
        Link.objects.bulk_update(found.values(), ["digest", "data", "load", "pk_of"], batch_size=200)
    return counts


_LINE = ("document_id", "n", "row", "item", "text", "quantity", "price", "net", "unit", "before", "before_line")


def _numbered(lines: Sequence[Any]) -> list[tuple[int, Any]]:
    """Lines under their own numbers where each has one of its own, else by their place."""
    own = [whole(str(x[8])) or 0 for x in lines]
    told = all(own) and len(set(own)) == len(own)
    return [(own[i] if told else i + 1, x) for i, x in enumerate(lines)]


def _split(reference: str) -> tuple[str, str]:
    """ "740556/10" as the paper and its line."""
    paper, _slash, line = reference.partition("/")
    return paper, line


THEIRS = "EXT"


def _tax_code(act: Act) -> None:
    """The tax code of items whose rate only the system beside us knows: 0 here, as Huikuan does not bill them."""
    if THEIRS not in {row.code for row in tax_codes(act.company).values()}:
        catalog.save_tax_code(
            act,
            THEIRS,
            "税率由外部系统决定",
            0,
            date(1970, 1, 1),
            name_en="Rate decided by the system beside us",
            kind="untaxed",
        )
