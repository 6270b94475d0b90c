"""What `verify` asks of the company: duties are declared, numbers have no gaps behind their counters."""

from __future__ import annotations

from collections.abc import Iterable

from huikuan.kit.words import _
from huikuan.office.company.models import DutyRole
from huikuan.office.company.queries import duties, series
from huikuan.office.trail.act import actions
from huikuan.office.trail.hands import Broken, Check, Finding


def every_action_has_a_duty(company: int) -> Finding:
    """An action without a duty row would be an unguarded door."""
    declared = duties()
    wrong = [f"{name} needs {needs}" for name, needs in sorted(actions().items()) if needs and needs not in declared]
    strange = DutyRole.objects.filter(company_id=company).exclude(duty__in=declared).values_list("duty", flat=True)
    wrong += [f"{code} is no duty" for code in sorted(set(strange))]
    return Finding(len(actions()), tuple(wrong))


def running(company: int, klass: str, prefix: str, numbers: Iterable[str]) -> Finding:
    """I10: our own numbers, "90" + "26" + 000001, have no gaps up to their counter. For the floor that has the rows.

    Numbers of another form came from elsewhere and are not counted."""
    found: dict[int, set[int]] = {}
    twice, checked = list[Broken](), 0
    for number in numbers:
        if len(number) != len(prefix) + 8 or not number.isdecimal() or not number.startswith(prefix):
            continue
        checked += 1
        year, n = 2000 + int(number[len(prefix) :][:2]), int(number[len(prefix) + 2 :])
        mine = found.setdefault(year, set())
        if n in mine:
            twice.append(Broken("", number, "number", _("stands twice.")))
        mine.add(n)
    counters = {s.year: s.last for s in series(company) if s.klass == klass}
    for year in sorted({*found, *counters}):
        mine, last = found.get(year, set()), counters.get(year, 0)
        top = max(mine, default=0)
        if len(mine) != last or top != last:
            gone = [f"{prefix}{year % 100:02d}{n:06d}" for n in range(1, max(top, last) + 1) if n not in mine][:20]
            why = _("%(n)s numbers, highest %(top)s, counter %(last)s; missing: %(gone)s.", n=len(mine), top=top, last=last, gone=gone or ["–"])  # fmt: skip
            twice.append(Broken("", f"{klass} {year}", "number", why))
    return Finding(checked, tuple(twice[:200]), len(twice))


CHECKS = (Check("D01", _("Every action needs a duty that someone can hold"), every_action_has_a_duty),)
