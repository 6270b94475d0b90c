"""What `verify` asks of the company: duties are declared, numbers have no gaps behind their counters."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from huikuan.kit.text import whole
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

    def read(number: str) -> tuple[int, int] | None:
        if len(number) != len(prefix) + 8 or not number.isdecimal() or not number.startswith(prefix):
            return None
        return 2000 + int(number[len(prefix) :][:2]), int(number[len(prefix) + 2 :])

    return _gapless(company, klass, numbers, read, lambda year, n: f"{prefix}{year % 100:02d}{n:06d}")


def dashed(company: int, klass: str, numbers: Iterable[str]) -> Finding:
    """The same of numbers like "DEP-2026-000001"."""

    def read(number: str) -> tuple[int, int] | None:
        head, _dash, n = number.rpartition("-")
        year, count = whole(head.removeprefix(f"{klass}-")), whole(n)
        return (year, count) if year is not None and count is not None else None

    return _gapless(company, klass, numbers, read, lambda year, n: f"{klass}-{year}-{n:06d}")


def _gapless(
    company: int, klass: str, numbers: Iterable[str], read: Callable[[str], tuple[int, int] | None], write: Callable[[int, int], str]
) -> Finding:  # fmt: skip
    """Each year's numbers against the counter of their series; a counter that nothing uses is broken too."""
    found: dict[int, set[int]] = {}
    broken, checked = list[Broken](), 0
    for number in numbers:
        place = read(number)
        if place is None:
            continue
        checked += 1
        mine = found.setdefault(place[0], set())
        if place[1] in mine:
            broken.append(Broken("", number, "number", _("stands twice.")))
        mine.add(place[1])
    counters = {s.year: s.last for s in series(company) if s.klass == klass}
    for year in sorted({*found, *counters}):
        mine, last = found.get(year, set()), counters.get(year, 0)
        top = max(mine, default=0)
        if len(mine) != last or top != last or not mine:
            gone = [write(year, n) for n in range(1, max(top, last) + 1) if n not in mine][:20]
            why = _("%(n)s numbers, highest %(top)s, counter %(last)s; missing: %(gone)s.", n=len(mine), top=top, last=last, gone=gone or ["–"])  # fmt: skip
            broken.append(Broken("", f"{klass}-{year}", "number", why))
    return Finding(checked, tuple(broken[:200]), len(broken))


CHECKS = (Check("D01", _("Every action needs a duty that someone can hold"), every_action_has_a_duty),)
