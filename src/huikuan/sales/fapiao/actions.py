"""Numbers of VAT invoices, written: noted on bills, one by one or by the register, and struck out again.

Nothing here speaks to the tax platform: somebody issued there, and says under which number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Fault, Invalid, Refused
from huikuan.kit.failpoints import point
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company.queries import today
from huikuan.office.trail.act import Act, action
from huikuan.office.trail.store import reserve
from huikuan.sales.fapiao import queries, rules, witness
from huikuan.sales.fapiao.models import Fapiao, Sheet
from huikuan.sales.fapiao.rules import Draft, sheet
from huikuan.sales.fapiao.store import hold

DOCUMENT, SHEET = "billing.document", "fapiao.sheet"
MOST = sheet.MOST_ROWS


@dataclass(frozen=True, slots=True)
class Fed:
    """What became of a register: rows read, landed, known before, refused; every fault by row."""

    sheet: int
    read: int
    landed: int
    known: int
    refused: int
    faults: tuple[Fault, ...] = field(default=())


def _write(act: Act, drafts: Sequence[Draft]) -> list[int]:
    point("fapiao.note.judged")
    ids = reserve(Fapiao, len(drafts))
    rows = [
        Fapiao(
            id=pk, company_id=act.company, document_id=d.document, code=d.code, number=d.number, tail=rules.tail(d.number),
            issued_on=d.issued_on, amount=d.amount, by=act.by, at=act.at, act=act.id,
        )
        for pk, d in zip(ids, drafts, strict=True)
    ]  # fmt: skip
    Fapiao.objects.bulk_create(rows, batch_size=500)
    act.keeps("fapiao_fapiao", [witness.told(f) for f in rows])
    act.subject(*dict.fromkeys(ref(DOCUMENT, d.document) for d in drafts))
    return ids


@action("fapiao.note", needs="fapiao.note")
def note(act: Act, drafts: list[Draft]) -> list[int]:
    """Note under which numbers bills stand at the tax platform: all of them or none. Raises Invalid with every fault."""
    if not drafts:
        raise Invalid.one("rows", "", _("Name at least one number."))
    if len(drafts) > MOST:
        raise Invalid.one("rows", len(drafts), _("At most %(most)s at a time.", most=MOST))
    hold(act.company)
    documents = {d.document for d in drafts}
    bills, there = (
        queries.bills(act.company, documents),
        queries.there(act.company, documents, {d.number for d in drafts}),
    )
    wrong = rules.judge(drafts, bills, there, today(act))
    if wrong:
        faults = tuple(f for i in sorted(wrong) for f in wrong[i])
        raise Invalid(faults[0].reason, faults=faults)
    ids = _write(act, drafts)
    act.note(noted=len(ids), numbers=[rules.name(*d.key) for d in drafts[:20]])
    return ids


@action("fapiao.strike", needs="fapiao.strike")
def strike(act: Act, pk: int, reason: str) -> int:
    """Take a number off its bill: it was noted by mistake. The row stays, with the reason. Returns the bill's id."""
    row = queries.fapiao(act.company, pk)
    act.subject(ref(DOCUMENT, row.document_id))
    reason = reason.strip()
    if not reason or len(reason) > 200:
        raise Invalid.one("reason", reason[:40], _("Give a reason of at most 200 characters."))
    gone = Fapiao.objects.filter(pk=row.pk, live=True).update(
        live=False, struck_reason=reason, struck_by=act.by, struck_at=act.at
    )
    if gone != 1:
        raise Refused(_("%(number)s has been struck out already.", number=str(row)))
    act.note(number=str(row), reason=reason)
    return row.document_id


@action("fapiao.feed", needs="fapiao.note")
def feed(act: Act, name: str, sha256: str, rows: list[tuple[int, dict[str, str]]]) -> Fed:
    """Note the numbers of a register (rows as paper.read_book gives them). Good rows land; the others stay with the register,
    each with its reasons, to be mended and fed again."""
    hold(act.company)
    found = sheet.read(rows, _known(act, rows))
    _write(act, found.drafts) if found.drafts else None
    landed = len({d.row for d in found.drafts})
    rejects = [
        {"row": n, "cells": dict(cells), "faults": _packed(found.faults[n])} for n, cells in rows if n in found.faults
    ]
    kept = Sheet.objects.create(
        company_id=act.company, name=name[:200], sha256=sha256, read=len(rows), landed=landed, known=len(found.known),
        refused=len(rejects), rejects=rejects, by=act.by, at=act.at, act=act.id,
    )  # fmt: skip
    act.subject(ref(SHEET, kept.pk))
    act.note(read=len(rows), noted=len(found.drafts), known=len(found.known), refused=len(rejects))
    told = tuple(f for n in sorted(found.faults) for f in found.faults[n])
    return Fed(kept.pk, len(rows), landed, len(found.known), len(rejects), told)


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


__all__ = ["Fed", "feed", "note", "strike"]
