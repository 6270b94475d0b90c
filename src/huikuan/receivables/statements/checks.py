"""What `verify` asks of statements: the numbers of issued letters run without a gap (I10)."""

from __future__ import annotations

from huikuan.kit.words import _
from huikuan.office.trail.hands import Check, Finding
from huikuan.receivables.statements.models import Statement


def numbers(company: int) -> Finding:
    """Within each year, as many letters as the highest number says. (That their bytes stand, files' own check asks.)"""
    series: dict[str, list[int]] = {}
    checked = 0
    for number in Statement.objects.filter(company_id=company).values_list("number", flat=True).iterator():
        checked += 1
        head, _dash, n = number.rpartition("-")
        series.setdefault(head, []).append(int(n))
    broken = [f"{head}: {len(some)} of {max(some)}" for head, some in series.items() if max(some) != len(some)]
    return Finding(checked, tuple(broken))


CHECKS = (Check("S01", _("Issued statements are numbered without gaps"), numbers),)
