"""Pages of one statement that came in files of their own: equal lines of theirs are two movements (I09).

Lines without the bank's serial are known again by what they say and how often it was said. Within a file the parser counts;
here the count goes on past the lines of those statements in the books that lie beside the one that comes in
(`types.run_among`), whichever came first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import count, islice

from huikuan.connectors.bank.types import Span, Statement, StatementLine, mark, run_among, runs
from huikuan.receivables.cash.models import BankLine, BankStatement, HouseBank

Work = Sequence[tuple[int, StatementLine]]
Runs = Mapping[int, Sequence[Span]]


def numbered(good: Sequence[tuple[int, Statement]]) -> dict[int, list[Statement]]:
    """The run of each statement of a file that has a number, by its place in the file."""
    of = runs([s for _n, s in good])
    members: dict[int, list[Statement]] = defaultdict(list)
    for (_n, s), run in zip(good, of, strict=True):
        members[run].append(s)
    return {n: members[run] for (n, s), run in zip(good, of, strict=True) if s.number}


def past(bank: HouseBank, work: Work, keys: Sequence[str], found: Runs, ids: Mapping[int, int]) -> Sequence[str]:
    """The keys of these lines, past those that lines of neighbouring statements have. Called with the account held."""
    asked: dict[int, tuple[Sequence[Span], list[int]]] = {}  # a run, and which of the lines are of it
    for i, ((n, _x), k) in enumerate(zip(work, keys, strict=True)):
        if n in found and k.startswith("h:"):
            asked.setdefault(id(found[n]), (found[n], []))[1].append(i)
    out = list(keys)
    for run, places in asked.values():
        taken = _taken(bank, run, [work[i][1].booking_date for i in places], set(ids.values()))
        for i in places if taken else ():
            base, _mark, told = keys[i].partition("#")
            # the first of them is the first that no neighbour has, and so on: the same at every try, in every order
            n = next(islice((n for n in count(1) if n not in taken[base]), int(told or 1) - 1, None))
            out[i] = base if n == 1 else f"{base}#{n}"
    return out


def _taken(bank: HouseBank, run: Sequence[Span], days: Sequence[date], own: Collection[int]) -> dict[str, set[int]]:
    """What the lines of neighbouring statements in the books say -> the counts under which they stand."""
    edges = [*days, *(d for s in run for d in (s.since, s.until) if d)]
    stored = {
        s.pk: s
        for s in BankStatement.objects.filter(
            company_id=bank.company_id, bank=bank, currency=run[0].currency, since__lte=max(edges), until__gte=min(edges)
        ).exclude(number="")
        if s.pk not in own
    }  # fmt: skip
    others = run_among(run, stored) if stored else []
    out: dict[str, set[int]] = defaultdict(set)
    if others:
        rows = BankLine.objects.filter(
            statement_id__in=others, date__range=(min(days), max(days)), import_id__startswith="h:"
        )
        for key in (*rows.values_list("import_id", flat=True), *(k for pk in others for k in stored[pk].shared)):
            base, _mark, n = key.partition("#")
            out[base].add(int(n or 1))
    return out


def note_shared(work: Work, keys: Sequence[str], owner: Mapping[str, int], found: Runs, ids: Mapping[int, int]) -> None:
    """Keep of a numbered statement which of its lines stand with another (an interim one that came before): a neighbour's
    equal line is not one of those either. A second copy needs no note: it lies where the first does."""
    told: dict[int, list[str]] = defaultdict(list)
    for (n, _x), k in zip(work, keys, strict=True):
        if n in found and k.startswith("h:") and owner.get(k, ids[n]) != ids[n]:
            told[ids[n]].append(k)
    if not told:
        return
    rows = BankStatement.objects.in_bulk({*told, *(owner[k] for some in told.values() for k in some)})
    for pk, some in told.items():
        row = rows[pk]
        had = set(row.shared)
        more = [k for k in some if mark(rows[owner[k]]) != mark(row) and k not in had]
        if more:
            row.shared = [*row.shared, *more]
            row.save(update_fields=["shared"])
