"""The unattended door: payments of the bank that returned a deposit are found, where there is no doubt."""

from __future__ import annotations

from typing import Any

from huikuan.kit.errors import Trouble
from huikuan.kit.words import Say, _
from huikuan.office.work.bots import Job, bot
from huikuan.receivables.cash import queries as cash
from huikuan.receivables.deposits import actions, queries, rules

MOST = 500  # lines looked at in one go


@bot("deposits.look", role="TRE")
def look(job: Job) -> Say:
    """A bank file came: money out that is a granted return, by sum and payee, and the only one that fits, is booked."""
    waiting = list(queries.requests(job.company, states=(rules.GRANTED,)).values_list("amount", flat=True)[:MOST])
    done: list[int] = []
    if waiting:
        rows = cash.lines(job.company).filter(state="out", note="", amount__in=[-a for a in waiting]).order_by("pk")
        for line in list(rows.values_list("pk", flat=True)[:MOST]):
            found = [r for r in queries.paid_by(job.company, line) if r.pk not in done]
            if len(found) == 1:
                _paid(job, found[0].pk, line, done)
    # Tried again after a crash it finds less to do, and says the same: what it booked stands in the trail.
    return _("The bank's payments were compared with the returns that wait.")


def _paid(job: Any, request: int, line: int, done: list[int]) -> None:
    try:
        actions.paid(job.act(f"paid:{line}"), request, line)
        done.append(request)
    except Trouble:  # a person was faster, or may do what the robot may not: the work order of the treasurer stands
        return
