"""Loads from the systems beside us, run from a door: read the file, find what changed, land it in lots, say what waits.

Reading is pure and done before anything is written; each lot is its own transaction, so that the books are open to
others in between and a load that is stopped goes on where it was: what has landed is known the second time.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from huikuan.books.customers import queries as customers
from huikuan.connectors.sap import connect
from huikuan.kit.dates import business_date
from huikuan.kit.errors import Fault, Invalid, Refused, Trouble
from huikuan.kit.money import exponent, minor_text
from huikuan.kit.words import Say, _, unpack
from huikuan.office.company import queries as company_queries
from huikuan.office.trail.act import Act, outermost
from huikuan.office.trail.actions import run_chunks
from huikuan.office.work.bots import Job, bot
from huikuan.review.takeover import actions, queries
from huikuan.review.takeover.actions.papers import flat
from huikuan.review.takeover.rules import extract as sap
from huikuan.review.takeover.rules import plan, tie
from huikuan.review.takeover.rules.claims import (
    BadRow,
    Claim,
    Party,
    Warning,
    digest,
    in_company,
    raw_of,
    read_claims,
    revived,
)
from huikuan.review.takeover.rules.files import Caps, Sheet, fold, read
from huikuan.review.takeover.rules.maps import Map, read_map
from huikuan.review.takeover.rules.papers import Paper, read_papers

NEEDS = "takeover.load"
SIZE = 1000  # groups a lot; a lot is one transaction of about a second
REJECT_HEADING = "huikuan_reject"  # stands in files of rejects that are fed again
Progress = Callable[[int, int], None]


@dataclass
class Outcome:
    """What a load did. Every row read is landed, known or quarantined."""

    profile: str
    read: int = 0
    landed: int = 0
    known: int = 0
    quarantined: int = 0
    errors: list[tuple[str, Fault]] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)
    left_out: list[tuple[str, int, Say]] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    load: int | None = None
    dry: bool = False


def _copy(act: Act) -> Act:
    return Act(by=act.by, company=act.company, at=act.at, door=act.door, dry=act.dry)


def caps_of(company: int) -> Caps:
    """How large a file may be; an administrator may set takeover.most_megabytes."""
    most = company_queries.setting(company, "takeover.most_megabytes")
    return Caps(unfolded=int(most) * 1024 * 1024) if most else Caps()


class _Loading:
    """One load on its way: what all profiles do alike."""

    def __init__(self, act: Act, profile: str, name: str, sha256: str, mapped: Map | None, map_name: str, map_text: str,
                 progress: Progress | None) -> None:  # fmt: skip
        self.act, self.profile, self.name, self.mapped, self.progress = act, profile, name, mapped, progress
        self.company = company_queries.by_id(act.company)
        self.system = mapped.system if mapped else "sap"
        self.out = Outcome(profile, dry=act.dry)
        self.leaders = queries.leaders(act.company)
        self.run: int | None = None
        self.about = (profile, self.system, name, sha256, map_name, mapped.digest if mapped else "", map_text)
        self.load = 0 if act.dry else actions.open_load(_copy(act), *self.about)
        self.out.load = self.load or None
        self.rates: dict[str, int] = {}

    def refuse_led(self, *objects: str) -> None:
        """Where Huikuan leads, nobody else's file may write."""
        mine = [o for o in objects if self.leaders[o] == "huikuan"]
        if mine:
            raise Refused(
                _("Huikuan leads %(objects)s here, so a load of them is refused. Change who leads under Settings, or leave them out.",
                  objects=[queries.OBJECT_NAMES[o] for o in mine])
            )  # fmt: skip

    def settle(self, claims: Sequence[Claim]) -> list[Claim]:
        """Claims as they are to be booked; what had to be assumed is said in the outcome."""
        settling = queries.settling(self.act.company, self.mapped)
        out = settling.all(claims)
        self.rates = settling.rates
        self.out.warnings.extend(settling.told())
        return out

    def trial(self, do: Callable[[Act], Any]) -> Any:
        """Do it whole, in a transaction that is rolled back; the load it belongs to is opened inside."""

        def body() -> Any:
            self.load = actions.open_load(act, *self.about)
            return do(act)

        act = _copy(self.act)
        return outermost(act, "takeover.try", NEEDS, {"name": self.name}, body)

    def aside(self, bad: Sequence[tuple[str, BadRow]]) -> None:
        """Bad rows wait; those that a person dropped or mended before are known."""
        seen: Counter[str] = Counter()
        rows = []
        for file, b in bad:
            plain = digest([self.profile, file if self.profile == "sap-s4" else "", b.raw])
            seen[plain] += 1
            packed = tuple((f.field, f.value, f.reason, f.remedy) for f in b.faults)
            rows.append(
                (
                    (
                        file,
                        b.row,
                        b.key,
                        digest([plain, seen[plain]]),
                        json.dumps(b.raw, ensure_ascii=False),
                        _packed(b.row, packed),
                    ),
                    b,
                )
            )
        for start in range(0, len(rows), 2000):
            part = rows[start : start + 2000]
            if self.act.dry:
                states = dict.fromkeys((r[3] for r, _b in part), "waiting") | queries.reject_states(
                    self.act.company, self.system, [r[3] for r, _b in part]
                )
            else:
                states = actions.set_aside(_copy(self.act), self.load, [r for r, _b in part])
            for r, b in part:
                if states[r[3]] == "waiting":
                    self.out.quarantined += 1
                    self.out.errors.extend((r[0], f) for f in b.faults)
                else:
                    self.out.known += 1

    def in_lots(
        self, lots: Mapping[str, list[Any]], do: Callable[[Act, list[Any]], Any], size: int = SIZE
    ) -> dict[str, Say]:
        """Each lot is a list of things that must land together. Gives back the lots that were refused, with the reason."""
        names = list(lots)
        if self.act.dry:
            refused = {}
            for start in range(0, len(names), size):
                part = names[start : start + size]
                try:
                    self.trial(lambda act, part=part: do(act, [x for n in part for x in lots[n]]))  # type: ignore[misc]
                except Trouble:
                    for n in part:
                        try:
                            self.trial(lambda act, n=n: do(act, lots[n]))  # type: ignore[misc]
                        except Trouble as trouble:
                            refused[n] = trouble.say
            return refused
        if not names:
            return {}
        run = run_chunks(
            _copy(self.act), "takeover.run", names, lambda act, chunk: do(act, [x for n in chunk for x in lots[n]]), needs=NEEDS, size=size,
            given={"load": self.load}, progress=self.progress,
        )  # fmt: skip
        self.run = run.pk
        if not run.refused:
            return {}
        return {item: unpack(note) for item, note in run.items.filter(outcome="refused").values_list("item", "note")}

    def end(self) -> Outcome:
        out = self.out
        out.errors.sort(key=lambda e: (e[0], e[1].row or 0))
        if self.act.dry:
            return out
        actions.close_load(
            _copy(self.act), self.load, out.read, out.landed, out.known, out.quarantined, out.counts,
            [{"say": w.say.pack(), "count": w.count, "rows": w.rows} for w in out.warnings],
            [{"name": n, "rows": c, "say": s.pack()} for n, c, s in out.left_out], self.run,
        )  # fmt: skip
        return out


def _packed(row: int, faults: tuple[tuple[str, str, Say, Say | None], ...]) -> str:
    """Faults as JSON text."""
    return json.dumps(
        [
            {"field": f, "value": v, "row": row, "reason": why.pack(), "remedy": how.pack() if how else None}
            for f, v, why, how in faults
        ],
        ensure_ascii=False,
    )


def _open(
    act: Act, profile: str, stream: IO[bytes], name: str, map_text: str, map_name: str, progress: Progress | None
) -> tuple[_Loading, Sheet, Map]:
    mapped = read_map(map_text, profile=profile, system=Path(map_name).stem)
    sheet = read(stream, finds=mapped.finds, charset=mapped.charset, delimiter=mapped.delimiter, sheet=mapped.sheet, header=mapped.header,
                 caps=caps_of(act.company))  # fmt: skip
    sha = hashlib.sha256()
    for row in sheet.rows:
        sha.update("\x1f".join(row.cells).encode("utf-8", "surrogateescape") + b"\x1e")
    return _Loading(act, profile, name, sha.hexdigest(), mapped, map_name, map_text, progress), sheet, mapped


def _parties(parties: Mapping[str, Party], wanted: set[str]) -> list[dict[str, Any]]:
    return [
        {"number": p.number, "name": p.name, "currency": p.currency, "aliases": tuple(p.spellings)}
        for n, p in sorted(parties.items()) if n in wanted
    ]  # fmt: skip


def _refed(sheet: Sheet) -> dict[int, int]:
    """Row → the reject it mends, where the file is one of our own lists of rejects."""
    place = next((i for i, h in enumerate(sheet.headings) if fold(h) == fold(REJECT_HEADING)), None)
    if place is None:
        return {}
    return {
        r.number: int(r.cells[place]) for r in sheet.rows if place < len(r.cells) and r.cells[place].strip().isdigit()
    }


def receivables(
    act: Act, stream: IO[bytes], name: str, map_text: str, map_name: str = "", progress: Progress | None = None
) -> Outcome:
    """A list of open and settled items by a map. Raises Invalid when the map or the file as a whole cannot be read."""
    job, sheet, mapped = _open(act, "receivables", stream, name, map_text, map_name, progress)
    job.refuse_led("entry")
    create = mapped.customers == "create" and job.leaders["customer"] == "sap"
    known_numbers = None if create else {c.number for c in customers.every(act.company)}
    got = read_claims(sheet, replace(mapped, customers="create" if create else "must_exist"), known=known_numbers)
    job.out.read = got.read
    job.out.warnings.extend(got.warnings.values())
    claims = job.settle(got.claims)
    rows = {r.number: r for r in sheet.rows}
    bad = [(name, b) for b in got.bad]
    parties = got.parties
    landed, refused = _land_claims(job, claims, lambda lot: _parties(parties, {c.customer for c in lot}), create)
    bad.extend((name, BadRow(c.row, raw_of(sheet, rows[c.row].cells), (Fault("document", c.document, why, None, c.row),), c.key))
               for c, why in refused)  # fmt: skip
    job.aside(bad)
    _mend(job, _refed(sheet), {c.row for c in landed})
    job.out.counts |= {
        "entry": _figures(claims),
        "customers": len(parties),
        "spellings": len({n for p in parties.values() for n in p.names}),
    }
    return job.end()


def _land_claims(
    job: _Loading, claims: Sequence[Claim], parties: Callable[[list[Claim]], list[dict[str, Any]]], create: bool
) -> tuple[list[Claim], list[tuple[Claim, Say]]]:
    """(claims that are in the books now, claims that were refused and why)."""
    said = queries.said(job.act.company, job.system, "entry", [c.key for c in claims])
    olds, todo, same = {}, [], []
    for claim in claims:
        was = said.get(claim.key)
        if was is None:
            todo.append(claim)
        elif was.digest == digest(claim.stored()):
            same.append(claim)
        else:
            olds[claim.key] = revived(was.data)
            todo.append(claim)
    moves = [plan.Move("", c) for c in todo]
    lots = plan.lots(moves, olds)
    tally: dict[str, dict[str, Any]] = {}

    def do(act: Act, some: list[Claim]) -> None:
        tally[some[0].key] = actions.land(act, job.load, some, parties(some), job.rates, create)

    refused_lots = job.in_lots({n: [m.claim for m in lot] for n, lot in lots.items()}, do)
    refused = [(m.claim, refused_lots[n]) for n in refused_lots for m in lots[n]]
    lost = {c.key for c, _why in refused}
    landed = [c for c in todo if c.key not in lost]
    job.out.landed += len(landed)
    job.out.known += len(same)
    totals: Counter[str] = Counter()
    for counts in tally.values():
        totals.update(counts)
    job.out.counts["moves"] = dict(totals)
    return landed, refused


def _figures(claims: Sequence[Claim]) -> dict[str, Any]:
    """Counts and sums per currency, as text amounts."""
    out: dict[str, Any] = {}
    for currency in sorted({c.currency for c in claims}):
        mine = [c for c in claims if c.currency == currency]
        places = exponent(currency)
        out[currency] = {
            "items": len(mine), "amount": minor_text(sum(c.amount for c in mine), places),
            "open_items": sum(c.settled is None for c in mine),
            "open": minor_text(sum(c.amount for c in mine if c.settled is None), places),
        }  # fmt: skip
    return out


def _mend(job: _Loading, refed: Mapping[int, int], landed: set[int]) -> None:
    fixed = [] if job.act.dry else [pk for row, pk in refed.items() if row in landed]
    for start in range(0, len(fixed), 2000):
        actions.mark_fixed(_copy(job.act), fixed[start : start + 2000], job.name)


def documents(
    act: Act, stream: IO[bytes], name: str, map_text: str, map_name: str = "", progress: Progress | None = None
) -> Outcome:
    """Invoice lines as documents by a map; rows of the result are lines."""
    job, sheet, mapped = _open(act, "documents", stream, name, map_text, map_name, progress)
    job.refuse_led("billing", "entry")
    create = mapped.customers == "create" and job.leaders["customer"] == "sap"
    known_numbers = None if create else {c.number for c in customers.every(act.company)}
    got = read_papers(sheet, replace(mapped, customers="create" if create else "must_exist"), known=known_numbers)
    job.out.read = got.read
    job.out.warnings.extend(got.warnings.values())
    claims = {c.key: c for c in job.settle([p.claim(mapped.revenue) for p in got.papers if p.net])}
    bad = [(name, b) for b in got.bad]
    rows = {r.number: r for r in sheet.rows}
    landed, refused = _land_papers(
        job, "billing", got.papers, claims, lambda lot: _parties(got.parties, {p.customer for p in lot}), create
    )
    for paper, why in refused:
        bad.extend((name, BadRow(x.row, raw_of(sheet, rows[x.row].cells), (Fault("document", paper.document, why, None, x.row),), paper.key))
                   for x in paper.lines)  # fmt: skip
    job.aside(bad)
    _mend(job, _refed(sheet), {x.row for p in landed for x in p.lines})
    job.out.counts |= {"documents": got.documents, "customers": len(got.parties), "billing": _paper_figures(got.papers)}
    job.out.counts["kinds"] = {
        f"{kind} {currency}": {"documents": n, "amount": minor_text(net, exponent(currency))}
        for (kind, currency), (n, net) in got.kinds.items()
    }
    job.out.counts["rounding"] = {
        currency: {
            "exact": _exact(total),
            "rounded": minor_text(sum(n for (_k, cur), (_c, n) in got.kinds.items() if cur == currency), exponent(currency)),
            "exact_landed": _exact(total - got.waiting_exact.get(currency, Fraction())),
            "rounded_landed": minor_text(sum(p.net for p in got.papers if p.currency == currency), exponent(currency)),
            "exact_waiting": _exact(got.waiting_exact.get(currency, Fraction())),
        }
        for currency, total in got.exact.items() if currency
    }  # fmt: skip
    return job.end()


def _exact(value: Fraction) -> str:
    """An exact decimal text: the denominators here are powers of ten."""
    whole = value * 10**16
    text = minor_text(int(whole), 16).rstrip("0")
    head, _dot, tail = text.partition(".")
    return f"{head}.{tail.ljust(2, '0')}"


def _paper_figures(papers: Sequence[Paper]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for p in papers:
        row = out.setdefault(p.kind, {}).setdefault(p.currency, [0, 0])
        row[0] += 1
        row[1] += p.net
    return {
        k: {cur: {"documents": n, "amount": minor_text(net, exponent(cur))} for cur, (n, net) in by.items()}
        for k, by in out.items()
    }


def _land_papers(
    job: _Loading, object: str, papers: Sequence[Paper], claims: Mapping[str, Claim],
    parties: Callable[[list[Paper]], list[dict[str, Any]]], create: bool,
) -> tuple[list[Paper], list[tuple[Paper, Say]]]:  # fmt: skip
    """Papers in lots; in the outcome each counts with its lines."""
    said = queries.said(job.act.company, job.system, object, [p.key for p in papers])
    digests = {p.key: p.digest() for p in papers}
    todo = [p for p in papers if p.key not in said or said[p.key].digest != digests[p.key]]
    job.out.known += sum(len(p.lines) for p in papers) - sum(len(p.lines) for p in todo)

    def do(act: Act, some: list[Paper]) -> None:
        mine = [claims[p.key] for p in some if p.key in claims]
        actions.land_papers(
            act, job.load, object, [flat(p, digests[p.key]) for p in some], mine, parties(some), job.rates, create
        )

    refused_lots = job.in_lots({p.key: [p] for p in todo}, do, 500)
    by_key = {p.key: p for p in todo}
    refused = [(by_key[k], why) for k, why in refused_lots.items()]
    landed = [p for p in todo if p.key not in refused_lots]
    job.out.landed += sum(len(p.lines) for p in landed)
    return landed, refused


def sap_s4(act: Act, folder: Path, progress: Progress | None = None) -> Outcome:
    """An S/4 extract: partners, products, papers with their flow, receivables and their clearing."""
    found = connect().read(folder)
    got = sap.read_extract(found)
    job = _Loading(act, "sap-s4", folder.name, found.digest, None, "", "", progress)
    job.refuse_led("entry")
    job.out.read = got.read
    job.out.warnings.extend(got.warnings.values())
    job.out.left_out.extend((name, rows, why) for name, (rows, why) in got.left_out.items())
    lost = Counter(str(b.raw.get("_kind", "record")) for _file, b in got.bad)
    bad = list(got.bad)
    currency = job.company.currency
    partners = [_partner(p, currency) for p in got.partners] if job.leaders["customer"] == "sap" else []
    products = [_product(p) for p in got.products] if job.leaders["item"] == "sap" else []
    fresh = 0
    if partners or products:
        if act.dry:
            counts = job.trial(lambda inner: actions.land_partners(inner, job.load, partners, products))
        else:
            counts = actions.land_partners(_copy(act), job.load, partners, products)
        fresh = counts["post"] + counts["change"]
    _masters(job, got, fresh, lost)
    for object_ in ("order", "delivery", "billing"):
        papers = [
            p
            for p in got.papers
            if (p.kind == object_) or (object_ == "billing" and p.kind in {"invoice", "cancellation"})
        ]
        if job.leaders[object_] == "huikuan":
            job.out.left_out.append(
                (object_, got.records[object_], _("Huikuan leads this object: the load leaves it alone."))
            )
            job.out.known += got.records[object_] - sum(n for k, n in lost.items() if k in _KINDS[object_])
            continue
        before = (job.out.landed, job.out.known)
        landed, refused = _land_papers(job, object_, papers, {}, lambda _some: [], False)
        for paper, why in refused:
            bad.append((object_, BadRow(paper.lines[0].row if paper.lines else 0, {"_kind": paper.kind, "number": paper.document},
                                        (Fault("document", paper.document, why, None, 0),), paper.key)))  # fmt: skip
        job.out.landed, job.out.known = before
        _by_records(
            job,
            got.records[object_] - sum(n for k, n in lost.items() if k in _KINDS[object_]) - len(refused),
            bool(landed),
        )
        job.out.counts[object_] = _paper_figures(papers) if object_ != "delivery" else {"documents": len(papers)}
    terms = _terms_by_customer(got)
    claims = job.settle([replace(c, terms=terms.get(c.customer, "")) if not c.terms else c for c in got.claims])
    _landed, refused_claims = _land_claims(job, claims, lambda lot: [{"number": n, "name": n, "currency": currency} for n in {c.customer for c in lot}],
                                           job.leaders["customer"] == "sap")  # fmt: skip
    bad.extend(("journal_entry_items_accounts_receivable.jsonl",
                BadRow(c.row, {"_kind": "entry", "key": c.key}, (Fault("accountingDocument", c.document, why, None, c.row),), c.key))
               for c, why in refused_claims)  # fmt: skip
    job.aside(bad)
    cleared = plan.clearings(claims)
    job.out.counts |= {
        "customer": len(got.partners), "item": len(got.products), "entry": _figures(claims),
        "clearing": {
            "documents": len(cleared), "net_to_zero": sum(c.rest == 0 for c in cleared), "one_sided": sum(c.one_sided for c in cleared),
            "one_sided_amount": {cur: minor_text(sum(c.rest for c in cleared if c.one_sided and c.currency == cur), exponent(cur))
                                 for cur in sorted({c.currency for c in cleared})},
        },
    }  # fmt: skip
    sides = sum(c.one_sided for c in cleared)
    if sides:
        job.out.warnings.append(
            Warning(_("One-sided clearings: their partner lies outside the extract. A counter item stands in for it and says so; "
                      "the load's page lists them."), [], sides)
        )  # fmt: skip
    return job.end()


_KINDS = {"order": {"order"}, "delivery": {"delivery"}, "billing": {"invoice", "cancellation"}}


def _by_records(job: _Loading, records: int, fresh: bool) -> None:
    """Records of an object are told of with their paper: landed when any of them is new or changed, else known."""
    if fresh:
        job.out.landed += records
    else:
        job.out.known += records


def _masters(job: _Loading, got: sap.Reading, fresh: int, lost: Counter[str]) -> None:
    records = got.records["customer"] + got.records["item"] - lost["customer"] - lost["item"]
    _by_records(job, records, bool(fresh))


def _terms_by_customer(got: sap.Reading) -> dict[str, str]:
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


def their_figures(
    profile: str, path: Path, act: Act, map_text: str, map_name: str
) -> tuple[str, list[Claim], list[tie.Figure]]:
    """(system, claims, papers and masters) that a file speaks of, for the tie-out."""
    company = company_queries.by_id(act.company)
    if profile == "sap-s4":
        got = sap.read_extract(connect().read(path))
        others = [tie.Figure("customer", p.number, "", 0, 0, "") for p in got.partners]
        others += [tie.Figure("item", p.number, "", 0, 0, "") for p in got.products]
        others += [
            tie.Figure(
                "billing" if p.kind in {"invoice", "cancellation"} else p.kind, p.document, p.currency, p.net, 0, ""
            )
            for p in got.papers
        ]
        return "sap", [in_company(c, company.currency, exponent(company.currency)) for c in got.claims], others
    mapped = read_map(map_text, profile=profile, system=Path(map_name).stem)
    with path.open("rb") as stream:
        sheet = read(stream, finds=mapped.finds, charset=mapped.charset, delimiter=mapped.delimiter, sheet=mapped.sheet,
                     header=mapped.header, caps=caps_of(act.company))  # fmt: skip
    if profile == "documents":
        papers = read_papers(sheet, mapped).papers
        claims = [p.claim(mapped.revenue) for p in papers if p.net]
        return mapped.system, claims, [tie.Figure("billing", p.document, p.currency, p.net, 0, "") for p in papers]
    return mapped.system, read_claims(sheet, mapped).claims, []


def tie_out(
    act: Act, system: str, as_of: date, claims: Sequence[Claim], others: Sequence[tie.Figure] | None, source: str
) -> tuple[int, tie.Tie]:
    """Compare, and keep the comparison. `others` None: only the items are compared."""
    found = queries.compare(act.company, system, as_of, claims, others)
    pk = actions.keep_tie_out(_copy(act), system, as_of, source, found)
    return pk, found


def tie_json(found: tie.Tie) -> dict[str, Any]:
    """A comparison with its amounts as text."""

    def text(minor: int | None, currency: str) -> str | None:
        return None if minor is None else minor_text(minor, exponent(currency)) if currency else str(minor)

    return {
        "ok": found.ok, "count": found.count,
        "rows": [
            {"object": r.object, "currency": r.currency, "ties": r.ties,
             "theirs": {"count": r.their_count, "sum": text(r.their_sum, r.currency), "open": text(r.their_open, r.currency)},
             "ours": {"count": r.our_count, "sum": text(r.our_sum, r.currency), "open": text(r.our_open, r.currency)}}
            for r in found.rows
        ],
        "differences": [
            {"object": d.object, "key": d.key, "what": d.what, "currency": d.currency, "theirs": text(d.theirs, d.currency),
             "ours": text(d.ours, d.currency)}
            for d in found.differences
        ],
    }  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """What went into a file for SAP."""

    content: bytes
    records: int
    lines: int
    objects: tuple[str, ...]


def send_back(act: Act, until: date, name: str, company_code: str) -> Sent:
    """The entries and receipts that Huikuan leads, posted until then and not sent before, as SAP's upload; marks them."""
    leaders = queries.leaders(act.company)
    objects = tuple(o for o in ("entry", "receipt") if leaders[o] == "huikuan")
    if not objects:
        return Sent(b"", 0, 0, ())
    lines, marks = queries.to_send(act.company, until, objects, company_code)
    if not marks:
        return Sent(b"", 0, 0, objects)
    content = connect().write(lines)
    actions.post_back(_copy(act), name, content, marks, len(lines))
    return Sent(content, len(marks), len(lines), objects)


@bot("takeover.tie_out", role="ARA")
def daily_tie_out(job: Job) -> Say:
    """Each morning: what every system beside us said last against the books as they are now."""
    names, off = queries.systems(job.company), 0
    for system in names:
        act = job.act(f"tie:{system}")
        _pk, found = tie_out(act, system, business_date(act.at, company_queries.by_id(job.company).zone),
                             queries.kept_claims(job.company, system), None, "kept")  # fmt: skip
        off += found.count
    if off:
        return _(
            "%(systems)s systems compared, %(off)s differences. The tie-out page lists them.",
            systems=len(names),
            off=off,
        )
    return _("%(systems)s systems compared, no difference.", systems=len(names))


@bot("takeover.load", role="ARA")
def load_kept(job: Job) -> Say:
    """Load a file that a person uploaded; the order's data names it and the map."""
    import io

    from huikuan.office.files.queries import read as bytes_of

    act = Act(by=job.data.get("by") or job.by, company=job.company, at=job.clock(), door="bot")
    content = bytes_of(job.company, int(job.data["file"]))
    run = {"receivables": receivables, "documents": documents}[job.data["profile"]]
    try:
        out = run(act, io.BytesIO(content), job.data["name"], job.data["map"], job.data.get("map_name", ""))
    except Invalid as e:
        return e.say
    return _(
        "%(landed)s rows landed, %(known)s known, %(bad)s wait.",
        landed=out.landed,
        known=out.known,
        bad=out.quarantined,
    )
