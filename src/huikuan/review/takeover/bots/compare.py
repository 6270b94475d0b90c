"""Whether both sides agree: counts and sums per object with the differences listed, on demand and each morning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from huikuan.connectors.sap import connect
from huikuan.kit.money import exponent, minor_text
from huikuan.office.company import queries as company_queries
from huikuan.office.trail.act import Act
from huikuan.review.takeover import actions, queries
from huikuan.review.takeover.bots.frame import caps_of, copy
from huikuan.review.takeover.rules import extract as sap
from huikuan.review.takeover.rules import tie
from huikuan.review.takeover.rules.claims import Claim, in_company, read_claims
from huikuan.review.takeover.rules.files import read
from huikuan.review.takeover.rules.maps import read_map
from huikuan.review.takeover.rules.papers import read_papers


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
            tie.Figure(p.object, p.document, "" if p.object == "delivery" else p.currency, p.stands, 0, "")
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
    pk = actions.keep_tie_out(copy(act), system, as_of, source, found)
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
