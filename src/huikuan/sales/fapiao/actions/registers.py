"""Registers of VAT invoices, fed as files: good rows land, the others are set aside, corrected in place and fed again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Fault, Invalid, Missing, Refused
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company.queries import today
from huikuan.office.trail.act import Act, action
from huikuan.sales.fapiao import queries, witness
from huikuan.sales.fapiao.actions.numbers import write
from huikuan.sales.fapiao.models import Sheet, SheetRow
from huikuan.sales.fapiao.rules import sheet
from huikuan.sales.fapiao.store import hold

SHEET = "fapiao.sheet"
Rows = Sequence[tuple[int, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Fed:
    """What became of a register: rows read, landed, known before, refused; every fault by row."""

    sheet: int
    read: int
    landed: int
    known: int
    refused: int
    faults: tuple[Fault, ...] = field(default=())


@action("fapiao.feed", needs="fapiao.note")
def feed(act: Act, name: str, sha256: str, rows: list[tuple[int, dict[str, str]]]) -> Fed:
    """Note the numbers of a register (rows as paper.read_book gives them). Good rows land; the others are set aside, each
    with its reasons, to be corrected and fed again."""
    hold(act.company)
    found = sheet.read(rows, _known(act, rows))
    write(act, found.drafts) if found.drafts else None
    landed = len({d.row for d in found.drafts})
    kept = Sheet.objects.create(
        company_id=act.company, name=name[:200], sha256=sha256, read=len(rows), landed=landed, known=len(found.known),
        refused=len(found.faults), by=act.by, at=act.at, act=act.id,
    )  # fmt: skip
    _came_again(act, kept, rows)
    aside = SheetRow.objects.bulk_create(
        [
            SheetRow(company_id=act.company, sheet=kept, row=n, cells=dict(cells), faults=_packed(found.faults[n]))
            for n, cells in rows
            if n in found.faults
        ],
        batch_size=500,
    )
    act.keeps("fapiao_sheet", [witness.sheet(kept)])
    act.keeps("fapiao_sheetrow", [witness.row(r) for r in aside]) if aside else None
    act.subject(ref(SHEET, kept.pk))
    act.note(read=len(rows), noted=len(found.drafts), known=len(found.known), refused=len(found.faults))
    return _fed(kept.pk, len(rows), landed, found)


def _fed(pk: int, read: int, landed: int, found: sheet.Read) -> Fed:
    told = tuple(f for n in sorted(found.faults) for f in found.faults[n])
    return Fed(pk, read, landed, len(found.known), len(found.faults), told)


def _came_again(act: Act, kept: Sheet, rows: Rows) -> None:
    """Rows of earlier registers that stand in this one too, but for the cells that were wrong, wait no more: whether they
    land or not is told here."""
    here: dict[tuple[str, ...], list[Mapping[str, str]]] = defaultdict(list)
    for _n, cells in rows:
        for key in _keys(cells):
            here[key].append(cells)
    gone = []
    for old in SheetRow.objects.select_for_update(no_key=True).filter(company_id=act.company, state="waiting"):
        wrong = {f["field"] for f in old.faults}
        near = [x for key in _keys(old.cells) for x in here.get(key, ())[:50]]
        if any(all(old.cells.get(c, "") == x.get(c, "") for c in sheet.COLUMNS if c not in wrong) for x in near):
            old.state, old.later, old.version = "past", kept, old.version + 1
            gone.append(old)
    SheetRow.objects.bulk_update(gone, ["state", "later", "version"], batch_size=200)


def _keys(cells: Mapping[str, str]) -> list[tuple[str, ...]]:
    """By what a row may be found again: its number, and what names its bills."""
    number = tuple(sheet.text(cells, n) for n in ("digital", "code", "number"))
    bills = tuple(sheet.text(cells, n) for n in ("bill", "remark"))
    found = [("number", *number)] * any(number) + [("bills", *bills)] * any(bills)
    return found or [("neither", *(cells.get(c, "") for c in sheet.COLUMNS))]


@action("fapiao.feed_again", needs="fapiao.note")
def feed_again(act: Act, sheet_id: int, mended: list[tuple[int, int, dict[str, str]]]) -> Fed:
    """Feed the rows of a register that wait again, with what was corrected: (row, its version, field -> text). Each lands
    or stays by itself; what was corrected of one that stays is kept. Refused where somebody else was at a row meanwhile."""
    kept = _sheet(act, sheet_id)
    hold(act.company)
    waiting = {r.row: r for r in SheetRow.objects.select_for_update(no_key=True).filter(sheet=kept, state="waiting")}
    for n, version, cells in mended:
        row = waiting.get(n)
        if row is None or row.version != version:
            raise Refused(_("Row %(row)s has been dealt with already.", row=n))
        changed = {k: str(v).replace("\x00", "\ufffd")[:500] for k, v in cells.items() if k in sheet.COLUMNS}
        row.mended = {k: v for k, v in {**row.mended, **changed}.items() if v != row.cells.get(k, "")}
        if changed:
            act.changed(ref(SHEET, kept.pk), f"row {n}", str(row.cells)[:500], str(row.whole)[:500])
    if not waiting:
        raise Refused(_("No row of this register waits any more."))
    rows = [(n, waiting[n].whole) for n in sorted(waiting)]
    found = sheet.read(rows, _known(act, rows))
    write(act, found.drafts) if found.drafts else None
    landed, known = {d.row for d in found.drafts}, set(found.known)
    for n, row in waiting.items():
        row.state = "landed" if n in landed else "known" if n in known else "waiting"
        row.faults = _packed(found.faults.get(n, ()))
        row.version += 1
    SheetRow.objects.bulk_update(waiting.values(), ["mended", "faults", "state", "version"], batch_size=200)
    act.note(landed=len(landed), known=len(known), waiting=len(found.faults))
    return _fed(kept.pk, len(rows), len(landed), found)


def _sheet(act: Act, pk: int) -> Sheet:
    found = queries.sheet(act.company, pk)
    act.subject(ref(SHEET, found.pk))
    return found


@action("fapiao.drop_row", needs="fapiao.note")
def drop_row(act: Act, pk: int, reason: str, version: int | None = None) -> SheetRow:
    """This row is no invoice of ours on a bill, and waits no more. It stays in sight with the reason."""
    found = SheetRow.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=pk).first()
    if found is None:
        raise Missing(_("There is no such row."))
    act.subject(ref(SHEET, found.sheet_id))
    reason = reason.strip()
    if not reason or len(reason) > 200:
        raise Invalid.one("reason", reason[:40], _("Give a reason of at most 200 characters."))
    if found.state != "waiting" or (version is not None and found.version != version):
        raise Refused(_("Row %(row)s has been dealt with already.", row=found.row))
    found.state, found.reason, found.version = "dropped", reason, found.version + 1
    found.save(update_fields=["state", "reason", "version"])
    act.note(row=found.row, reason=reason)
    return found


def _known(act: Act, rows: Sequence[tuple[int, Mapping[str, str]]]) -> sheet.Known:
    """What the company has of what the rows name."""
    named = {n for _row, cells in rows for n in sheet.bills_named(cells)}
    bills = queries.bills_by_number(act.company, named)
    numbers = {sheet.text(cells, name) for _row, cells in rows for name in ("digital", "number")} - {""}
    there = queries.there(act.company, {b.id for b in bills.values()}, numbers)
    called = customers.by_folded(act.company, {sheet.buyer(cells) for _row, cells in rows})
    return sheet.Known(bills, there, called, today(act))


def _packed(faults: Sequence[Fault]) -> list[dict[str, object]]:
    return [
        {"field": f.field, "value": f.value, "reason": f.reason.pack(), "remedy": f.remedy.pack() if f.remedy else None}
        for f in faults
    ]
