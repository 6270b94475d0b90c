"""What is agreed with a customer or a group about their drafts, written: each agreement once, ended with a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company.queries import today
from huikuan.office.trail.act import Act, action
from huikuan.receivables.drafts import rules, witness
from huikuan.receivables.drafts.models import Concession

CONCESSION = "drafts.concession"


@action("drafts.concede", needs="drafts.policy")
def concede(
    act: Act, terms: dict[str, Any], customer_id: int | None = None, group_id: int | None = None, until: date | None = None,
    note: str = "",
) -> Concession:  # fmt: skip
    """Agree terms (rules.TERMS) with a customer or a group: they count instead of the policy's for drafts taken from now on.
    What was agreed before with the same one ends. Raises Invalid, Missing."""
    kept = rules.read_terms(terms)
    if (customer_id is None) == (group_id is None):
        raise Invalid.one("customer", "", _("Name a customer or a group, one of them."))
    if until is not None and until < today(act):
        raise Invalid.one("until", until, _("This day is over."))
    if len(note.strip()) > 300:
        raise Invalid.one("note", note[:40], _("Give at most 300 characters."))
    if customer_id is not None:
        act.subject(ref("customers.customer", customers.by_id(act.company, customer_id).id))
    elif group_id is not None and not customers.group_rows(act.company).filter(pk=group_id).exists():
        raise Missing(_("There is no such group."))
    before = Concession.objects.select_for_update(no_key=True).filter(company_id=act.company, live=True)
    whose: dict[str, Any] = {"group_id": group_id} if customer_id is None else {"customer_id": customer_id}
    for old in before.filter(**whose):
        _end(act, old, "→")
    made = Concession.objects.create(
        company_id=act.company, customer_id=customer_id, group_id=group_id, terms=kept, until=until, note=note.strip(), by=act.by,
        at=act.at, act=act.id,
    )  # fmt: skip
    act.keeps("drafts_concession", [witness.concession(made)])
    act.subject(ref(CONCESSION, made.pk))
    act.note(terms=kept, until=until)
    return made


@action("drafts.end_concession", needs="drafts.policy")
def end(act: Act, pk: int, reason: str) -> Concession:
    """From now on the group's agreement counts, or the company's policy."""
    found = Concession.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=pk).first()
    if found is None:
        raise Missing(_("There is no such agreement."))
    act.subject(ref(CONCESSION, found.pk))
    if found.customer_id:
        act.subject(ref("customers.customer", found.customer_id))
    if not reason.strip() or len(reason.strip()) > 300:
        raise Invalid.one("reason", reason[:40], _("is needed: the trail keeps it"))
    if not found.live:
        raise Refused(_("This agreement has ended already."))
    _end(act, found, reason.strip())
    act.note(reason=reason.strip())
    return found


def _end(act: Act, row: Concession, reason: str) -> None:
    row.live, row.end_reason, row.ended_by, row.ended_at = False, reason, act.by, act.at
    row.save(update_fields=["live", "end_reason", "ended_by", "ended_at"])
