"""A row that waits, mended by a person: read again by the map of its load, landed, or kept with what is still wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from huikuan.books.customers import queries as customers
from huikuan.connectors.sap.types import Extract, Record
from huikuan.kit.errors import Fault, Invalid, Refused
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action
from huikuan.review.takeover import queries
from huikuan.review.takeover.actions.claims import land
from huikuan.review.takeover.actions.loads import _waiting, keep_mended, mark_fixed
from huikuan.review.takeover.actions.papers import flat, land_papers
from huikuan.review.takeover.models import Load, Reject
from huikuan.review.takeover.rules.claims import Party, read_claims
from huikuan.review.takeover.rules.extract import read_extract
from huikuan.review.takeover.rules.files import Row, Sheet
from huikuan.review.takeover.rules.maps import Map, read_map
from huikuan.review.takeover.rules.papers import read_papers


def packed(f: Fault) -> dict[str, Any]:
    return {
        "field": f.field,
        "value": f.value,
        "row": f.row,
        "reason": f.reason.pack(),
        "remedy": f.remedy.pack() if f.remedy else None,
    }


@action("takeover.mend", needs="takeover.load")
def mend(act: Act, reject_id: int, cells: dict[str, str], version: int | None = None) -> tuple[bool, list[Any]]:
    """Put other cells into a row that waits and try it again, with the other rows of its document where it has any.

    Returns (True, []) when it landed, else (False, faults as packed dicts): then the cells are kept as they are now.
    """
    row = _waiting(act, reject_id, version)
    unknown = [name for name in cells if name not in row.raw]
    if unknown:
        raise Invalid.one(unknown[0], cells[unknown[0]], _("The row has no such column."))
    row.raw = {**row.raw, **{k: v.strip()[:1000] for k, v in cells.items()}}
    load = row.load
    if row.profile == "sap-s4":
        faults, landed = _sap(act, load, row)
    elif row.profile == "documents":
        faults, landed = _document(act, load, row)
    else:
        faults, landed = _claim(act, load, row)
    if faults:
        told = [packed(f) for f in faults]
        keep_mended(act, row.pk, row.raw, told)
        return False, told
    mark_fixed(act, landed, "")
    return True, []


def _again(rows: list[Reject], load: Load) -> tuple[Sheet, Map]:
    headings = tuple(rows[0].raw)
    sheet = Sheet("csv", "utf-8", headings, tuple(Row(r.row, [r.raw.get(h, "") for h in headings]) for r in rows))
    return sheet, read_map(load.map_text, profile=load.profile)


def _known(act: Act, mapped: Map) -> tuple[bool, set[str]]:
    """(may the file open customers, the numbers there are)."""
    create = mapped.customers == "create" and queries.leaders(act.company)["customer"] == "sap"
    return create, set() if create else {c.number for c in customers.every(act.company)}


def _parties(parties: Mapping[str, Party]) -> list[dict[str, Any]]:
    return [
        {"number": p.number, "name": p.name, "currency": p.currency, "aliases": tuple(p.spellings)}
        for p in parties.values()
    ]


def _claim(act: Act, load: Load, row: Reject) -> tuple[list[Fault], list[int]]:
    sheet, mapped = _again([row], load)
    create, numbers = _known(act, mapped)
    got = read_claims(sheet, mapped, known=None if create else numbers)
    if got.bad:
        return list(got.bad[0].faults), []
    key = got.claims[0].key
    if key != row.key and queries.said(act.company, load.system, "entry", [key]):
        return [Fault("document", key, _("This number is taken. Give the row its own."), None, row.row)], []
    settling = queries.settling(act.company, mapped)
    land(act, load.pk, [settling.claim(c) for c in got.claims], _parties(got.parties), settling.rates, create)
    return [], [row.pk]


def _document(act: Act, load: Load, row: Reject) -> tuple[list[Fault], list[int]]:
    others = [r for r in queries.together(row) if r.pk != row.pk]
    rows = sorted([row, *others], key=lambda r: r.row)
    sheet, mapped = _again(rows, load)
    create, numbers = _known(act, mapped)
    got = read_papers(sheet, mapped, known=None if create else numbers)
    mine = next((b for b in got.bad if b.row == row.row), None)
    if mine is not None:
        return list(mine.faults), []
    settling = queries.settling(act.company, mapped)
    claims = [settling.claim(p.claim(mapped.revenue)) for p in got.papers if p.net]
    land_papers(
        act, load.pk, "billing", [flat(p) for p in got.papers], claims, _parties(got.parties), settling.rates, create
    )
    return [], [r.pk for r in rows]


def _sap(act: Act, load: Load, row: Reject) -> tuple[list[Fault], list[int]]:
    entity = row.file.split(".")[0].split("/")[0]
    if entity != "journal_entry_items_accounts_receivable":
        raise Refused(_("Only items of the receivables are mended here. Correct the extract and load it again."))
    if "_text" in row.raw:
        try:
            data = json.loads(row.raw["_text"])
        except ValueError as e:
            return [
                Fault(
                    "_text",
                    row.raw["_text"][:200],
                    _("The line is no JSON record: %(what)s.", what=str(e)[:100]),
                    None,
                    row.row,
                )
            ], []
    else:
        data = {k: v for k, v in row.raw.items() if not k.startswith("_")}
    got = read_extract(Extract({entity: (Record(row.file, row.row, data),)}))
    if got.bad:
        return list(got.bad[0][1].faults), []
    settling = queries.settling(act.company, None)
    land(act, load.pk, [settling.claim(c) for c in got.claims], (), settling.rates, False)
    return [], [row.pk]
