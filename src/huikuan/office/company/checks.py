"""What `verify` asks of the company: duties are declared, numbers have no gaps behind their counters."""

from __future__ import annotations

from huikuan.kit.words import _
from huikuan.office.company.models import DutyRole
from huikuan.office.company.queries import duties
from huikuan.office.trail.act import actions
from huikuan.office.trail.hands import Check, Finding


def every_action_has_a_duty(company: int) -> Finding:
    """An action without a duty row would be an unguarded door."""
    declared = duties()
    wrong = [f"{name} needs {needs}" for name, needs in sorted(actions().items()) if needs and needs not in declared]
    strange = DutyRole.objects.filter(company_id=company).exclude(duty__in=declared).values_list("duty", flat=True)
    wrong += [f"{code} is no duty" for code in sorted(set(strange))]
    return Finding(len(actions()), tuple(wrong))


CHECKS = (Check("D01", _("Every action needs a duty that someone can hold"), every_action_has_a_duty),)
