"""What was done, read: timelines, the acts of a company, runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, QuerySet

from huikuan.kit.words import Say, unpack
from huikuan.office.trail.hands import Broken
from huikuan.office.trail.models import Mention, Record, Run, RunItem, Verification


@dataclass(frozen=True, slots=True)
class Done:
    """One trail row, as pages show it."""

    id: int
    name: str
    by: str
    at: datetime
    door: str
    outcome: str
    subject: str
    root: int
    cause: int | None
    input: dict[str, Any]
    facts: dict[str, Any]
    changes: list[dict[str, Any]]
    reason: Say | None
    number: int | None
    digest: str


def _done(row: Record) -> Done:
    return Done(
        row.pk, row.name, row.by, row.at, row.door, row.outcome, row.subject, row.root, row.cause, row.input, row.facts,
        row.changes, unpack(row.reason), row.number, row.digest,
    )  # fmt: skip


def timeline(company: int, subject: str, limit: int = 50) -> list[Done]:
    """What happened to one subject, newest first."""
    rows = Mention.objects.filter(company=company, subject=subject).order_by("-id").select_related("record")[:limit]
    return [_done(m.record) for m in rows]


def timeline_of(company: int, subjects: Sequence[str], limit: int = 100) -> list[Done]:
    rows = (
        Mention.objects.filter(company=company, subject__in=subjects).order_by("-id").select_related("record")[:limit]
    )
    return [_done(m.record) for m in rows]


def tree(company: int, root: int) -> list[Done]:
    """An act with everything it caused, in order."""
    return [_done(r) for r in Record.objects.filter(company=company, root=root).order_by("id")]


def records(company: int) -> QuerySet[Record]:
    """For the trail's own page."""
    return Record.objects.filter(company=company)


def anywhere(name: str) -> QuerySet[Record]:
    """The done acts of a name in all companies, in their order: people are in several."""
    return Record.objects.filter(name=name, outcome="done").order_by("pk")


def record(company: int, pk: int) -> Done | None:
    row = Record.objects.filter(company=company, pk=pk).first()
    return _done(row) if row else None


def head() -> tuple[int, str]:
    """(number, hash) of the last sealed row; (0, "") before the first."""
    row = Record.objects.filter(number__isnull=False).order_by("-number").first()
    return (row.number or 0, row.hash or "") if row else (0, "")


def unsealed() -> tuple[int, datetime | None]:
    """How many rows wait for their place in the chain, and the oldest one's instant."""
    found = Record.objects.filter(number__isnull=True).aggregate(n=Count("id"), last=Max("at"))
    return found["n"], found["last"]


def run(company: int, pk: int) -> Run | None:
    return Run.objects.filter(company=company, pk=pk).first()


def told(company: int, names: Sequence[str], field: str) -> dict[str, tuple[Any, Any]]:
    """Subject -> what acts of these names say that a field of it was before the first of them, and is after the last.

    Two that came at the same moment may stand the other way round by their ids; each says what it found, so what was found
    and never made is the first, and what was made and never found is the last. Lists come as tuples."""
    found: dict[str, list[tuple[Any, Any]]] = {}
    acts = Record.objects.filter(company=company, name__in=names, outcome="done").exclude(changes=[]).order_by("pk")
    for changes in acts.values_list("changes", flat=True).iterator(2000):
        for c in changes:
            if c["field"] == field:
                found.setdefault(c["subject"], []).append((_flat(c["old"]), _flat(c["new"])))
    out = {}
    for subject, steps in found.items():
        olds, news = Counter(o for o, _n in steps), Counter(n for _o, n in steps)
        begun, ended = list(olds - news), list(news - olds)
        first = begun[0] if len(begun) == 1 else steps[0][0]
        out[subject] = (first, ended[0] if len(ended) == 1 else steps[-1][1])
    return out


def _flat(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def runs(company: int) -> QuerySet[Run]:
    return Run.objects.filter(company=company)


def kept_back(run: int, limit: int = 200) -> list[RunItem]:
    """What a run did not do, and why."""
    return list(RunItem.objects.filter(run_id=run, outcome="refused").order_by("id")[:limit])


def verifications(company: int, limit: int = 30) -> list[Verification]:
    """The last proofs, newest first."""
    return list(Verification.objects.filter(company=company).order_by("-id")[:limit])


def verification(company: int, pk: int) -> Verification | None:
    return Verification.objects.filter(company=company, pk=pk).first()


def checks_of(run: Verification) -> list[dict[str, Any]]:
    """A proof's checks with their broken rows as they were found: {n, id, title, checked, wrong, broken: [Broken]}."""
    return [
        {**c, "n": n, "title": unpack(c["title"]), "broken": [_broken(b) for b in c["broken"]]}
        for n, c in enumerate(run.checks)
    ]


def _broken(kept: Any) -> Broken:
    return Broken("", kept) if isinstance(kept, str) else Broken(**{**kept, "why": unpack(kept["why"])})


def subjects_of(root: int) -> list[str]:
    """Everything a whole act was about."""
    found = Mention.objects.filter(record__root=root).order_by("id").values_list("subject", flat=True)[:400]
    return list(dict.fromkeys(found))


def mentioning(company: int, subject: str) -> QuerySet[Mention, Any]:
    """The acts (as a subquery of ids) that were about a subject."""
    return Mention.objects.filter(company=company, subject=subject).values("record_id")
