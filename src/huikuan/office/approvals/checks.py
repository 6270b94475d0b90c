"""What `huikuan verify` asks of approvals (I16)."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q

from huikuan.kit.money import Money
from huikuan.kit.words import Say, _
from huikuan.office.approvals import rules
from huikuan.office.approvals.models import Approval, Limit
from huikuan.office.trail.act import plain
from huikuan.office.trail.hands import Broken, Check, Finding
from huikuan.office.trail.queries import records

NAMED = 200


def _broken(pk: int, kind: str, field: str, why: Say) -> Broken:
    return Broken(f"approvals.approval:{pk}", f"{pk} {kind}", field, why)


def four_eyes(company: int) -> Finding:
    """No approval was decided by who asked or gains, or by one person twice."""
    rows = Approval.objects.filter(company_id=company)
    alone = rows.filter(
        Q(state__in=[rules.GRANTED, rules.REFUSED], decided_by=F("asked_by"))
        | Q(state=rules.GRANTED, decided_by=F("beneficiary"))
        | (~Q(first_by="") & (Q(first_by=F("asked_by")) | Q(state=rules.GRANTED, first_by=F("decided_by"))))
    )
    why = _("was decided by who asked, or gains by it, or twice by one person.")
    broken = [_broken(a.pk, a.kind, "decided_by", why) for a in alone[:NAMED]]
    return Finding(rows.count(), tuple(broken), alone.count())


def bound(company: int) -> Finding:
    """Each hash is that of what was shown, and each grant names it; what was decided is whole."""
    checked, broken = 0, list[Broken]()
    rows = Approval.objects.filter(company_id=company).order_by("id")
    for row in rows.iterator(chunk_size=1000):
        checked += 1
        if rules.shown_hash(row.shown) != row.shown_hash:
            broken.append(_broken(row.pk, row.kind, "shown", _("is not what its hash was made of.")))
        if row.state == rules.GRANTED and row.granted_hash != row.shown_hash:
            broken.append(_broken(row.pk, row.kind, "granted_hash", _("is not the hash of what was shown.")))
        said = (bool(row.decided_by), row.decided_at is not None, row.decided_act is not None)
        if len({*said, row.state != rules.ASKED}) > 1 or bool(row.first_by) != (row.first_act is not None):
            broken.append(
                _broken(row.pk, row.kind, "state", _("and who decided, when and in which act, do not agree."))
            )
        steps = 1 + (row.first_act is not None) + (row.decided_act is not None)
        if row.version != steps:
            broken.append(
                _broken(
                    row.pk, row.kind, "version", _("says %(told)s, counted %(real)s.", told=row.version, real=steps)
                )
            )
    return Finding(checked, tuple(broken[:NAMED]), len(broken))


def limits_set(company: int) -> Finding:
    """Each limit is what the last act that set it said. Acts and limits are few."""
    said: dict[str, Any] = {}
    acts = records(company).filter(name="approvals.set_limit", outcome="done").order_by("pk")
    for subject, given in acts.values_list("subject", "input"):
        said[subject] = given.get("up_to")
    rows = list(Limit.objects.filter(company_id=company).order_by("pk"))
    why = _("is not what an act set it to.")
    broken = [
        Broken(f"approvals.limit:{x.pk}", f"{x.role or x.person} {x.duty}".strip(), "up_to", why)
        for x in rows
        if said.pop(f"approvals.limit:{x.pk}", None) != plain(Money(x.up_to, x.currency))
    ]
    gone = _("was set by an act, and is not there.")
    broken += [Broken(subject, subject, "up_to", gone) for subject in sorted(said)]
    return Finding(len(rows), tuple(broken[:NAMED]), len(broken))


CHECKS = (
    Check("I16", _("Nobody decides what they asked for or gain by"), four_eyes),
    Check("I16", _("Each approval is bound to what was shown"), bound),
    Check("I16", _("Limits are what was set"), limits_set),
)
