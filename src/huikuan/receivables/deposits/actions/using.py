"""Deposits and advances, offset against invoices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action
from huikuan.receivables.deposits import queries, rules
from huikuan.receivables.deposits.actions.common import RECEIVABLE, clear, held, moved, take_off, take_out
from huikuan.receivables.deposits.models import Deposit


@action("deposits.offset", needs="deposits.offset")
def offset(
    act: Act, pk: int, on: date, legs: Sequence[tuple[int, int]] = (), documents: Sequence[str] = (), version: int | None = None
) -> Deposit:  # fmt: skip
    """Pay invoices with a deposit: `legs` (item id, minor units), or `documents` oldest due first, or with neither what is
    open of its order. The receivable is cleared as of `on`. Raises Invalid, Refused, Stale."""
    row = held(act, pk, version)
    documents = documents or ([] if legs else queries.of_order(act.company, row))
    if not legs and not documents:
        raise Invalid.one("documents", "", _("Name what it pays."))
    found = queries.offsettable(act.company, row, documents)
    by_item = {o.item: o for o in found}
    if legs:
        for item, amount in legs:
            if item not in by_item:
                raise Refused(_("What was to be paid is not open any more (%(items)s).", items=[item]))
            rules.check_amount(amount, by_item[item].remaining, row.currency)
        if len({i for i, _a in legs}) != len(legs):
            raise Invalid.one("legs", "", _("An invoice is named twice."))
        plan = tuple((int(i), int(a)) for i, a in legs)
    else:
        plan = rules.plan_offset(found, row.free)
    total = sum(a for _i, a in plan)
    take_off(act, row, total, on)
    text = "保证金抵扣货款" if row.kind == rules.DEPOSIT else "预收款抵扣货款"
    posted, base, cleared = take_out(act, row, total, on, text, RECEIVABLE)
    receipt = posted.items[-1]
    cleared += clear(act, row, on, text, [*plan, (receipt, -total)])
    paid = ", ".join(dict.fromkeys(by_item[i].document for i, _a in plan))
    moved(act, row, rules.OFFSET, on, -total, -base, posted.entry_id, clearings=cleared, document=paid[:300])
    return row
