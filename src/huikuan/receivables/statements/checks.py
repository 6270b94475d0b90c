"""What `verify` asks of statements: the numbers of issued letters run without a gap (I10)."""

from __future__ import annotations

from huikuan.kit.words import _
from huikuan.office.company.checks import dashed
from huikuan.office.trail.hands import Check, Finding
from huikuan.receivables.statements.models import Statement


def numbers(company: int) -> Finding:
    """Within each year, as many letters as the highest number says. (That their bytes stand, files' own check asks.)"""
    rows = Statement.objects.filter(company_id=company).values_list("number", flat=True)
    return dashed(company, "ST", rows.iterator(5000))


CHECKS = (Check("S01", _("Issued statements are numbered without gaps"), numbers),)
