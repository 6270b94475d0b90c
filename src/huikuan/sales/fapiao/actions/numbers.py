"""Numbers of VAT invoices, written: noted on bills and struck out again.

Nothing here speaks to the tax platform: somebody issued there, and says under which number.
"""

from __future__ import annotations

from collections.abc import Sequence

from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.failpoints import point
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company.queries import today
from huikuan.office.trail.act import Act, action
from huikuan.office.trail.store import reserve
from huikuan.sales.fapiao import queries, rules, witness
from huikuan.sales.fapiao.models import Fapiao
from huikuan.sales.fapiao.rules import Draft, sheet
from huikuan.sales.fapiao.store import hold

DOCUMENT = "billing.document"
MOST = sheet.MOST_ROWS


def write(act: Act, drafts: Sequence[Draft]) -> list[int]:
    """Store numbers that were judged, with the room held."""
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
    ids = write(act, drafts)
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
