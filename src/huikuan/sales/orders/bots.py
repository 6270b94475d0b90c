"""The unattended door of orders: when cash came or a limit changed, orders on hold are checked again by themselves."""

from __future__ import annotations

from huikuan.books.customers import queries as customers
from huikuan.kit.refs import read
from huikuan.kit.words import Say, _
from huikuan.office.work.bots import Job, bot
from huikuan.sales.orders import actions, queries


@bot("orders.recheck", role="CRE")
def recheck(job: Job) -> Say:
    """The payers named by the event (facts, or its subject); nobody named: everyone who has orders on hold."""
    facts = job.data.get("facts") or {}
    named = [int(p) for p in [*(facts.get("payers") or []), facts.get("payer")] if isinstance(p, int)]
    subject = read(job.subject)
    if not named and subject is not None and subject.kind == "customers.customer":
        named = [subject.pk]
    payers: set[int] = set()
    for found in customers.exposures(job.company, set(named)):
        # Credit that became free in a group is free for all its members.
        payers |= {found.payer, *(found.group.members if found.group else ())}
    members = sorted(pk for pk in payers if queries.held_ids(job.company, pk)) if named else None
    if members == [] or not queries.held_count(job.company):
        return _("No order on hold is touched by this.")
    done = actions.recheck_held(job.act("recheck"), None, job.today, members)
    return _(
        "%(checked)s orders on hold were checked again, %(freed)s are free now.",
        checked=done["checked"],
        freed=done["freed"],
    )
