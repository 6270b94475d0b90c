"""An S/4 extract: partners, products, orders with their deliveries and bills, receivables and their clearing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from huikuan.connectors.sap import connect
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.money import exponent, minor_text
from huikuan.kit.words import _
from huikuan.office.trail.act import Act
from huikuan.review.takeover import actions, queries
from huikuan.review.takeover.actions.objects import key_of
from huikuan.review.takeover.actions.papers import flat
from huikuan.review.takeover.bots.frame import Loading, Outcome, Progress, copy, figures, land_claims, paper_figures
from huikuan.review.takeover.rules import extract as sap
from huikuan.review.takeover.rules import plan
from huikuan.review.takeover.rules.claims import BadRow, Claim, Warning
from huikuan.review.takeover.rules.papers import Paper
from huikuan.sales.billing import queries as bills
from huikuan.sales.orders import queries as orders

OBJECTS = ("order", "delivery", "billing")  # in the order in which they follow each other
KINDS = {"order": {"order"}, "delivery": {"delivery"}, "billing": {"invoice", "credit", "cancellation"}}
CHAINS = 200  # chains a lot: an order, its deliveries and its bills
ITEMS_FILE = "journal_entry_items_accounts_receivable.jsonl"
Bad = list[tuple[str, BadRow]]


def look(folder: Path) -> None:
    """Raises Invalid when the folder is no extract: asked by doors before anything is begun."""
    if not connect().look(folder) & set(sap.USED):
        raise Invalid.one("path", folder.name, _("No file here bears the name of an entity that is loaded, such as %(some)s.",
                                                 some="sales_order_headers.jsonl"))  # fmt: skip


def sap_s4(act: Act, folder: Path, progress: Progress | None = None) -> Outcome:
    """An S/4 extract: partners, products, receivables and their clearing, then orders, deliveries and bills."""
    found = connect().read(folder)
    got = sap.read_extract(found)
    job = Loading(act, "sap-s4", folder.name, found.digest, None, "", "", progress)
    job.refuse_led("entry")
    job.out.read = got.read
    job.out.warnings.extend(got.warnings.values())
    job.out.left_out.extend((name, rows, why) for name, (rows, why) in got.left_out.items())
    lost = Counter(str(b.raw.get("_kind", "record")) for _file, b in got.bad)
    bad: Bad = list(got.bad)
    masters = _Masters(job, got)
    masters.land(lost)
    claims = _claims(job, got, bad)
    _papers(job, got, masters, lost, bad)
    job.aside(bad)
    _figures(job, got, claims)
    return job.end()


class _Masters:
    """Partners and products, where SAP leads them."""

    def __init__(self, job: Loading, got: sap.Reading) -> None:
        currency = job.company.currency
        self.job, self.got = job, got
        self.partners = (
            {p.number: _partner(p, currency) for p in got.partners} if job.leaders["customer"] == "sap" else {}
        )
        self.products = {p.number: _product(p) for p in got.products} if job.leaders["item"] == "sap" else {}

    def land(self, lost: Counter[str]) -> None:
        job, fresh = self.job, 0
        partners, products = list(self.partners.values()), list(self.products.values())
        if partners or products:
            if job.act.dry:
                counts = job.trial(lambda inner: actions.land_partners(inner, job.load, partners, products))
            else:
                counts = actions.land_partners(copy(job.act), job.load, partners, products)
            fresh = counts["post"] + counts["change"]
        records = self.got.records["customer"] + self.got.records["item"] - lost["customer"] - lost["item"]
        if fresh:
            job.out.landed += records
        else:
            job.out.known += records

    def again(self, act: Act, papers: Sequence[Paper]) -> None:
        """In a trial what was landed before is gone again: what these papers need is landed within it."""
        who = {p.customer for p in papers}
        goods = {x.item for p in papers for x in p.lines}
        partners = [row for n, row in self.partners.items() if n in who]
        products = [row for n, row in self.products.items() if n in goods]
        if partners or products:
            actions.land_partners(act, self.job.load, partners, products)


def _claims(job: Loading, got: sap.Reading, bad: Bad) -> list[Claim]:
    terms = _terms_by_customer(got)
    currency = job.company.currency
    claims = job.settle([replace(c, terms=terms.get(c.customer, "")) if not c.terms else c for c in got.claims])

    def parties(lot: list[Claim]) -> list[dict[str, Any]]:
        return [{"number": n, "name": n, "currency": currency} for n in {c.customer for c in lot}]

    _landed, refused = land_claims(job, claims, parties, job.leaders["customer"] == "sap")
    for c, why in refused:
        fault = Fault("accountingDocument", c.document, why, None, c.row)
        bad.append((ITEMS_FILE, BadRow(c.row, {"_kind": "entry", "key": c.key}, (fault,), c.key)))
    return claims


def _papers(job: Loading, got: sap.Reading, masters: _Masters, lost: Counter[str], bad: Bad) -> None:
    """Orders, deliveries and bills in lots of whole chains; what nobody here leads is left alone."""
    mine: list[Paper] = []
    told: dict[str, int] = {}  # records of each object that can be told of as landed or known
    for object_ in OBJECTS:
        told[object_] = got.records[object_] - sum(n for k, n in lost.items() if k in KINDS[object_])
        if job.leaders[object_] == "huikuan":
            why = _("Huikuan leads this object: the load leaves it alone.")
            job.out.left_out.append((object_, got.records[object_], why))
        else:
            mine += [p for p in got.papers if p.object == object_]
    fresh = _fresh(job, mine)
    chains = {n: chain for n, chain in plan.chains(mine).items() if any((p.object, p.key) in fresh for p in chain)}
    tally: Counter[str] = Counter()

    def do(act: Act, some: list[Paper]) -> None:
        counts: Counter[str] = Counter()
        if act.dry:
            masters.again(act, some)
        for object_ in OBJECTS:
            flats = [flat(p) for p in some if p.object == object_]
            if flats:
                counts.update(actions.land_papers(act, job.load, object_, flats, (), (), None, False, True))
        tally.update(counts)

    refused = job.in_lots(chains, do, CHAINS)
    said = {(p.object, p.key): why for n, why in refused.items() for p in chains[n] if fresh.get((p.object, p.key))}
    for p in mine:
        if (p.object, p.key) in said:
            fault = Fault("document", p.document, said[p.object, p.key], None, 0)
            row = p.lines[0].row if p.lines else 0
            bad.append((p.object, BadRow(row, {"_kind": p.kind, "number": p.document}, (fault,), p.key)))
    for object_ in OBJECTS:
        landed = sum(
            got.weights[key] for key, is_new in fresh.items() if is_new and key[0] == object_ and key not in said
        )
        job.out.landed += landed
        job.out.known += told[object_] - landed - sum(key[0] == object_ for key in said)
        if job.leaders[object_] != "huikuan":
            papers = [p for p in mine if p.object == object_]
            job.out.counts[object_] = paper_figures(papers) if object_ != "delivery" else {"documents": len(papers)}
    if tally["made"] or tally["changed"]:
        job.out.counts["objects"] = {"made": tally["made"], "changed": tally["changed"]}
    if tally["apart"]:
        why = _(
            "Papers whose order, delivery or cancelled bill was never given to us. They are kept as papers, not as ours."
        )
        job.out.warnings.append(Warning(why, [], tally["apart"]))


def _fresh(job: Loading, papers: Sequence[Paper]) -> dict[tuple[str, str], bool]:
    """(object, key) of what is to be landed: True when it is said otherwise than before, False when only ours is missing."""
    company, out = job.act.company, {}
    for object_ in OBJECTS:
        mine = {p.key: p for p in papers if p.object == object_}
        said = queries.said(company, job.system, object_, mine)
        keys = [key_of(job.system, k) for k in mine]
        ask: Any = {
            "order": orders.known_externals,
            "delivery": orders.deliveries_by_external,
            "billing": bills.by_externals,
        }[object_]
        here = ask(company, keys)
        for key, p in mine.items():
            was = said.get(key)
            if was is None or was.digest != p.digest():
                out[object_, key] = True
            elif key_of(job.system, key) not in here and not was.data.get("apart"):
                out[object_, key] = False
    return out


def _figures(job: Loading, got: sap.Reading, claims: Sequence[Claim]) -> None:
    cleared = plan.clearings(claims)
    sides = [c for c in cleared if c.one_sided]
    currencies = sorted({c.currency for c in cleared})
    job.out.counts |= {
        "customer": len(got.partners), "item": len(got.products), "entry": figures(claims),
        "clearing": {
            "documents": len(cleared), "net_to_zero": sum(c.rest == 0 for c in cleared), "one_sided": len(sides),
            "one_sided_amount": {cur: minor_text(sum(c.rest for c in sides if c.currency == cur), exponent(cur)) for cur in currencies},
        },
    }  # fmt: skip
    if sides:
        job.out.warnings.append(
            Warning(_("One-sided clearings: their partner lies outside the extract. A counter item stands in for it and says so; "
                      "the load's page lists them."), [], len(sides))
        )  # fmt: skip


def _terms_by_customer(got: sap.Reading) -> Mapping[str, str]:
    """The one payment term of a customer, where all its sales areas agree."""
    return {
        p.number: next(iter({t for _area, t in p.terms})) for p in got.partners if len({t for _area, t in p.terms}) == 1
    }


def _partner(p: sap.Partner, currency: str) -> dict[str, Any]:
    return {
        "key": p.number, "digest": p.digest(), "aliases": p.aliases, "row": p.row,
        "data": {"blocked": p.blocked, "archived": p.archived, "terms": dict(p.terms), "country": p.country, "payer": p.payer},
        "number": p.number, "external": p.number, "name": p.name, "currency": p.currency or currency, "address": p.address,
        "state": "blocked" if p.blocked or p.archived else "open", "language": "zh-hans" if p.country == "CN" else "en",
    }  # fmt: skip


def _product(p: sap.Product) -> dict[str, Any]:
    return {
        "key": p.number, "digest": p.digest(), "data": {"unit": p.unit, "family": p.family}, "row": p.row,
        "number": p.number, "external": p.number, "name": p.name, "unit": p.unit, "family": p.family, "tax_code": "EXT",
    }  # fmt: skip
