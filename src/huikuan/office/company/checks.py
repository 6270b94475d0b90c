"""What `verify` asks of the company: duties are declared, numbers have no gaps behind their counters."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from huikuan.kit.text import whole
from huikuan.kit.words import _
from huikuan.office.company import rules
from huikuan.office.company.models import DutyRole, Membership, Person, Token
from huikuan.office.company.queries import duties, series
from huikuan.office.trail.act import actions, plain
from huikuan.office.trail.hands import Broken, Check, Finding
from huikuan.office.trail.queries import anywhere, records, told


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


def roles_given(company: int) -> Finding:
    """Everyone has the roles that acts gave them, and is let in or kept out as the last act said."""
    said: dict[str, set[str]] = {}
    acts = records(company).filter(name__in=("company.join", "company.set_roles"), outcome="done").order_by("pk")
    for name, subject, given, facts, changes in acts.values_list("name", "subject", "input", "facts", "changes"):
        mine = said.setdefault(subject, set())
        if name == "company.join":
            mine |= set(facts.get("roles") or given.get("roles") or ())
        for c in changes:
            if c["field"] == "roles":
                said[subject] = set(c["new"])
    server = Person.objects.filter(login="system").values_list("pk", flat=True).first()  # is made with its company
    if server and records(company).filter(name="company.open", outcome="done").exists():
        said.setdefault(f"company.person:{server}", set()).add("SYS")
    held: dict[int, set[str]] = {}
    people: dict[int, tuple[str, bool]] = {}
    rows = Membership.objects.filter(company_id=company)
    if server and f"company.person:{server}" not in said:
        rows = rows.exclude(person_id=server, role="SYS")
    for pk, login, active, role in rows.values_list("person_id", "person__login", "person__is_active", "role"):
        held.setdefault(pk, set()).add(role)
        people[pk] = (login, active)
    broken = []
    given_to = {n for s in said if (n := whole(s.rpartition(":")[2])) is not None}
    for pk in sorted({*held, *given_to}):
        subject = f"company.person:{pk}"
        extra = held.get(pk, set()) - said.get(subject, set())
        lost = said.get(subject, set()) - held.get(pk, set())
        name = people.get(pk, (subject, True))[0]
        if extra:
            broken.append(
                Broken(subject, name, "roles", _("has roles that no act gave: %(roles)s.", roles=sorted(extra)))
            )
        if lost:
            why = _("lacks roles that an act gave: %(roles)s.", roles=sorted(lost))
            broken.append(Broken(subject, name, "roles", why))
    # Whoever works in several companies is let in and kept out in each of them.
    last: dict[str, bool] = {}
    for subject, changes in anywhere("company.set_active").values_list("subject", "changes"):
        if changes:
            last[subject] = changes[-1]["new"]
    why = _("is let in, or kept out, and no act said so.")
    broken += [
        Broken(f"company.person:{pk}", login, "active", why)
        for pk, (login, active) in sorted(people.items())
        if active != last.get(f"company.person:{pk}", True)
    ]
    return Finding(len(held), tuple(broken[:200]), len(broken))


def duties_marked(company: int) -> Finding:
    """Who may do a duty, or grant it, is what the acts say that seeded and marked it. Companies opened before seeding was
    told are asked for the duties that were marked since."""
    names = ("company.seed_duties", "company.mark_duty")
    opened = records(company).filter(name="company.open", outcome="done").values("pk")
    strict = records(company).filter(name="company.seed_duties", root__in=opened).exclude(changes=[]).exists()
    held: dict[tuple[str, str], set[str]] = {}
    for duty, mark, role in DutyRole.objects.filter(company_id=company).values_list("duty", "mark", "role"):
        held.setdefault((duty, mark), set()).add(role)
    said = {
        (subject.removeprefix("duty:"), mark): set(now)
        for mark in ("do", "check")
        for subject, (_before, now) in told(company, names, mark).items()
    }
    broken = []
    for duty, mark in sorted({*held, *said} if strict else said):
        there, meant = held.get((duty, mark), set()), said.get((duty, mark), set())
        if there != meant:
            why = _(
                "may be done by %(there)s, acts say %(meant)s.",
                there=sorted(there) or ["–"],
                meant=sorted(meant) or ["–"],
            )
            if mark == "check":
                why = _(
                    "may be granted by %(there)s, acts say %(meant)s.",
                    there=sorted(there) or ["–"],
                    meant=sorted(meant) or ["–"],
                )
            broken.append(Broken(f"company.duty:{duty}", duty, mark, why))
    return Finding(len(held), tuple(broken[:200]), len(broken))


def tokens_made(company: int) -> Finding:
    """A token of REST was made by an act of its person, with its scope and end, and is revoked when an act said so."""
    acts = records(company).filter(outcome="done")
    made = {
        subject: (by, given, facts)
        for subject, by, given, facts in acts.filter(name="company.make_token").values_list(
            "subject", "by", "input", "facts"
        )
    }
    revoking = acts.filter(name__in=("company.revoke_token", "company.revoke_token_of"))
    revoked = {facts.get("which", subject) for subject, facts in revoking.values_list("subject", "facts")}
    rows = list(Token.objects.filter(company_id=company).select_related("person").order_by("pk"))
    broken = []
    for row in rows:
        by, given, facts = made.get(f"company.token:{row.pk}", ("", {}, {}))
        name = f"{row.person.login}: {row.name}"
        there = (row.person.login, plain(row.until), row.scope, rules.mark(row.sha256))
        meant = (by, given.get("until"), facts.get("scope", row.scope), facts.get("mark", there[3]))
        if there != meant or (not row.revoked and f"company.token:{row.pk}" in revoked):
            why = _("is not what an act of this person made, or revoked.") if by else _("was made by no act.")
            broken.append(Broken(f"company.token:{row.pk}", name, "", why))
    return Finding(len(rows), tuple(broken[:200]), len(broken))


CHECKS = (
    Check("D01", _("Every action needs a duty that someone can hold"), every_action_has_a_duty),
    Check("I03", _("Roles are what acts gave, and nobody is let in by anything else"), roles_given),
    Check("I03", _("Duties are marked as acts say"), duties_marked),
    Check("I03", _("Tokens are what their persons made"), tokens_made),
)
