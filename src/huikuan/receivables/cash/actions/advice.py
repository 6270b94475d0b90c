"""Remittance advice: kept beside the receipt it came for, so that matching reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from huikuan.connectors.bank.types import RemittanceAdvice
from huikuan.kit.errors import Invalid, Missing
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.files import actions as files
from huikuan.office.trail.act import Act, action
from huikuan.receivables.cash.actions.common import KIND, held, inner_act, moved, receiving
from huikuan.receivables.cash.models import Advice, BankLine, Proposal


class Door:
    """How bytes become an advice. Filled by apps.py: only bots speak to connectors."""

    read: Callable[..., RemittanceAdvice] | None = None

    def __call__(self, content: bytes, *, name: str, given: dict[str, Any] | None, currency: str) -> RemittanceAdvice:
        if self.read is None:
            raise RuntimeError("no reader of remittance advice was handed down")
        return self.read(content, name=name, given=given, currency=currency)


advice_door = Door()


@action("cash.note_advice", needs="cash.apply")
def note_advice(
    act: Act,
    line_id: int,
    lines: Sequence[Sequence[Any]],
    name: str = "",
    total: int | None = None,
    file: int | None = None,
    version: int | None = None,
) -> Advice:
    """Keep what an advice says about a receipt: lines of (number, minor units or None, memo, taken off or None, code).

    A newer advice replaces the one before. Nothing is cleared; the next look at the line reads it.
    """
    row = held(act, line_id, version)
    receiving(row)
    clean: list[list[Any]] = []
    for n, line in enumerate(lines, 1):
        given = [*line, *("", None, "", None, "")[len(line) :]]
        number, amount, memo, off, code = given[:5]
        if not str(number).strip():
            raise Invalid.one("ref", str(number), _("is missing"), row=n)
        if any(v is not None and (isinstance(v, bool) or not isinstance(v, int)) for v in (amount, off)):
            raise Invalid.one("amount", str(amount), _("is not an amount"), row=n)
        clean.append([str(number).strip()[:80], amount, str(memo or "")[:200], off, str(code or "")[:20]])
    if not clean:
        raise Invalid.one("lines", "0", _("An advice names what it pays."))
    Advice.objects.filter(line=row, state="live").update(state="past")
    made = Advice.objects.create(
        company_id=act.company, line=row, name=name[:200], file=file, payer=row.payer_name, total=total, currency=row.currency,
        on=row.date, lines=clean, by=act.by, at=act.at, act=act.id,
    )  # fmt: skip
    Proposal.objects.filter(line=row, state="live").update(state="past")
    moved(row)
    act.subject(ref("cash.advice", made.pk))
    act.note(lines=len(clean), total=total)
    return made


def attach_advice(
    act: Act,
    line_id: int,
    content: bytes,
    name: str = "",
    given: dict[str, Any] | None = None,
    version: int | None = None,
) -> tuple[Advice, RemittanceAdvice]:
    """Read an advice (XLSX, CSV, PDF) and keep it for a receipt. Opens its own acts: reading is another process.

    Returns what was kept and what was read; raises Invalid with a fault for each row that cannot be read.
    """
    row = BankLine.objects.filter(company_id=act.company, pk=line_id).first()
    if row is None:
        raise Missing(_("There is no bank line %(number)s.", number=line_id))
    found = advice_door(content, name=name, given=given, currency=row.currency)
    if found.faults:
        raise Invalid(_("Some rows of the advice cannot be read."), faults=found.faults)
    kept = (
        None
        if act.dry
        else files.keep(inner_act(act, "file"), name or "advice", content, "cash.advice", ref(KIND, row.pk))
    )
    lines = [[x.ref, x.amount, x.memo, x.deduction, ""] for x in found.lines]
    made = note_advice(act, line_id, lines, name, found.total, kept.pk if kept else None, version)
    return made, found


@action("cash.drop_advice", needs="cash.apply")
def drop_advice(act: Act, advice_id: int, reason: str) -> Advice:
    """An advice belongs to another receipt, or is wrong: matching does not read it any more."""
    found = Advice.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=advice_id).first()
    if found is None:
        raise Missing(_("There is no such advice."))
    if not reason.strip():
        raise Invalid.one("reason", reason, _("is needed: the trail keeps it"))
    found.state = "past"
    found.save(update_fields=["state"])
    act.subject(ref("cash.advice", found.pk), ref(KIND, found.line_id or 0))
    act.note(reason=reason)
    return found
