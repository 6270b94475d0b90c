"""What `verify` asks of statements: the numbers of issued letters run without a gap (I10)."""

from __future__ import annotations

from huikuan.kit.words import _
from huikuan.office.company import queries as company_queries
from huikuan.office.trail.hands import Broken, Check, Finding
from huikuan.receivables.statements.models import Statement


def numbers(company: int) -> Finding:
    """Within each year, as many letters as the highest number says. (That their bytes stand, files' own check asks.)"""
    series: dict[str, list[int]] = {}
    checked = 0
    for number in Statement.objects.filter(company_id=company).values_list("number", flat=True).iterator():
        checked += 1
        head, _dash, n = number.rpartition("-")
        series.setdefault(head, []).append(int(n))
    counters = {f"ST-{s.year}": s.last for s in company_queries.series(company) if s.klass == "ST"}
    broken = []
    for head in sorted({*series, *counters}):
        some, last = series.get(head, []), counters.get(head, 0)
        if len(set(some)) != last or max(some, default=0) != last:
            gone = [f"{head}-{n:06d}" for n in range(1, max([last, *some]) + 1) if n not in set(some)][:20]
            why = _("%(n)s numbers, highest %(top)s, counter %(last)s; missing: %(gone)s.", n=len(some), top=max(some, default=0),
                    last=last, gone=gone or ["–"])  # fmt: skip
            broken.append(Broken("", head, "number", why))
    return Finding(checked, tuple(broken))


CHECKS = (Check("S01", _("Issued statements are numbered without gaps"), numbers),)
