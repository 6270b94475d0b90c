"""What `huikuan verify` asks of approvals (I16)."""

from __future__ import annotations

from django.db.models import F, Q

from huikuan.kit.words import _
from huikuan.office.approvals import rules
from huikuan.office.approvals.models import Approval
from huikuan.office.trail.hands import Check, Finding

NAMED = 10


def four_eyes(company: int) -> Finding:
    """No approval was decided by who asked or gains, or by one person twice."""
    rows = Approval.objects.filter(company_id=company)
    alone = rows.filter(
        Q(state__in=[rules.GRANTED, rules.REFUSED], decided_by=F("asked_by"))
        | Q(state=rules.GRANTED, decided_by=F("beneficiary"))
        | (~Q(first_by="") & (Q(first_by=F("asked_by")) | Q(state=rules.GRANTED, first_by=F("decided_by"))))
    )
    return Finding(
        rows.count(), tuple(f"approval {pk}" for pk in alone.values_list("pk", flat=True)[:NAMED]), alone.count()
    )


def bound(company: int) -> Finding:
    """Each hash is that of what was shown, and each grant names it."""
    checked, broken = 0, []
    rows = Approval.objects.filter(company_id=company).order_by("id")
    for row in rows.iterator(chunk_size=1000):
        checked += 1
        if rules.shown_hash(row.shown) != row.shown_hash or (
            row.state == rules.GRANTED and row.granted_hash != row.shown_hash
        ):
            broken.append(f"approval {row.pk}")
    return Finding(checked, tuple(broken[:NAMED]), len(broken))


CHECKS = (
    Check("I16", _("Nobody decides what they asked for or gain by"), four_eyes),
    Check("I16h", _("Each approval is bound to what was shown"), bound),
)
