"""What `huikuan verify` asks of approvals (I16)."""

from __future__ import annotations

from django.db.models import F, Q

from huikuan.kit.words import Say, _
from huikuan.office.approvals import rules
from huikuan.office.approvals.models import Approval
from huikuan.office.trail.hands import Broken, Check, Finding

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


CHECKS = (
    Check("I16", _("Nobody decides what they asked for or gain by"), four_eyes),
    Check("I16", _("Each approval is bound to what was shown"), bound),
)
