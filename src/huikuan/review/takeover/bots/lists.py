"""Lists by a column map: open and settled items (receivables), invoice lines (documents)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Fault
from huikuan.kit.money import exponent, minor_text
from huikuan.kit.text import whole
from huikuan.kit.words import Say
from huikuan.office.trail.act import Act
from huikuan.review.takeover import actions, queries
from huikuan.review.takeover.actions.papers import flat
from huikuan.review.takeover.bots.frame import (
    Loading,
    Outcome,
    Progress,
    caps_of,
    copy,
    figures,
    land_claims,
    paper_figures,
)
from huikuan.review.takeover.rules.again import alike
from huikuan.review.takeover.rules.claims import BadRow, Claim, Party, raw_of, read_claims
from huikuan.review.takeover.rules.files import Sheet, fold, read
from huikuan.review.takeover.rules.maps import Map, read_map
from huikuan.review.takeover.rules.papers import Paper, read_papers

REJECT_HEADING = "huikuan_reject"  # stands in files of rejects that are fed again


def _open(
    act: Act, profile: str, stream: IO[bytes], name: str, map_text: str, map_name: str, progress: Progress | None
) -> tuple[Loading, Sheet, Map]:
    mapped = read_map(map_text, profile=profile, system=Path(map_name).stem)
    sheet = read(stream, finds=mapped.finds, charset=mapped.charset, delimiter=mapped.delimiter, sheet=mapped.sheet, header=mapped.header,
                 caps=caps_of(act.company))  # fmt: skip
    sha = hashlib.sha256()
    for row in sheet.rows:
        sha.update("\x1f".join(row.cells).encode("utf-8", "surrogateescape") + b"\x1e")
    return Loading(act, profile, name, sha.hexdigest(), mapped, map_name, map_text, progress), sheet, mapped


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
    found = ((r.number, whole(r.cells[place].strip())) for r in sheet.rows if place < len(r.cells))
    return {row: reject for row, reject in found if reject is not None}


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
    landed, refused = land_claims(job, claims, lambda lot: _parties(parties, {c.customer for c in lot}), create)
    bad.extend((name, BadRow(c.row, raw_of(sheet, rows[c.row].cells), (Fault("document", c.document, why, None, c.row),), c.key))
               for c, why in refused)  # fmt: skip
    job.aside(bad)
    _mend(job, _refed(sheet), {c.row for c in landed}, lambda n: raw_of(sheet, rows[n].cells))
    job.out.counts |= {
        "entry": figures(claims),
        "customers": len(parties),
        "spellings": len({n for p in parties.values() for n in p.names}),
    }
    return job.end()


def _mend(job: Loading, refed: Mapping[int, int], landed: set[int], raw: Callable[[int], Mapping[str, str]]) -> None:
    """Settle the rows that waited and have landed now: those that our own column names, and, of those whose number could
    not be read and that no number can find therefore, those that are alike but for what was wrong with them."""
    if job.act.dry:
        return
    fixed = [pk for row, pk in refed.items() if row in landed]
    waits = queries.without_number(job.act.company, job.system, job.profile, job.load)
    if waits and job.mapped:
        fixed += alike(waits, [raw(n) for n in sorted(landed - set(refed))], job.mapped)
    for start in range(0, len(fixed), 2000):
        actions.mark_fixed(copy(job.act), fixed[start : start + 2000], job.name)


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
    _mend(job, _refed(sheet), {x.row for p in landed for x in p.lines}, lambda n: raw_of(sheet, rows[n].cells))
    job.out.counts |= {"documents": got.documents, "customers": len(got.parties), "billing": paper_figures(got.papers)}
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


def _land_papers(
    job: Loading, object: str, papers: Sequence[Paper], claims: Mapping[str, Claim],
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
