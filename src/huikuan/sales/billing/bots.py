"""The unattended door of billing: the nightly run, and due dates that wait for a sign-off."""

from __future__ import annotations

from huikuan.kit.refs import read
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company
from huikuan.office.work.bots import Job, bot
from huikuan.sales.billing import actions


@bot("billing.signed_off", role="BIL")
def signed_off(job: Job) -> Say:
    subject = read(job.subject)
    if subject is None:
        return _("There is no delivery to look at.")
    moved = actions.signed_off(job.act("dates"), subject.pk)
    return _("%(items)s items got their due date.", items=moved)


@bot("billing.restand", role="BIL")
def restand(job: Job) -> Say:
    """Base stock credit: of the payer that changed, or once a day of all, what stands and what is due."""
    facts = job.data.get("facts") or {}
    payers = [int(p) for p in facts.get("payers") or [] if isinstance(p, int)]
    subject = read(job.subject)
    if not payers and subject is not None and subject.kind == "customers.customer":
        payers = [subject.pk]
    moved = actions.restand_all(job.act("dates"), payers or None)
    return _("%(items)s items got another due date.", items=moved)


@bot("billing.run", role="BIL")
def run(job: Job) -> Say:
    """Bill what left until today, where the company wants it done by itself (setting billing.automatic)."""
    if not company.setting(job.company, "billing.automatic", False):
        return _("Billing by itself is switched off here (setting billing.automatic).")
    done = actions.bill_due(job.act("run"), job.today)
    return _("%(done)s orders billed, %(refused)s refused.", done=done.done, refused=done.refused)
