"""The key by which a line is known again, and which fixed row was which bad one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from huikuan.connectors.bank.types import Lines, StatementLine, same


def import_ids(lines: Sequence[StatementLine]) -> list[str]:
    """One key a line (I09). The bank's serial where there is one, else a digest of what the line says; the same content
    twice in one file gets a counter, so that identical lines are kept while an overlapping download adds nothing.
    """
    return [k for _x, k in keyed(lines)]


def keyed(lines: Sequence[StatementLine], seen: Counter[str] | None = None) -> Iterator[tuple[StatementLine, str]]:
    """Each line with its key, one after the other: nothing is held of a statement that is read from a file. `seen`: what
    the statements that it carries on counted (`counters`)."""
    told = lines.again if isinstance(lines, Lines) else None
    seen = Counter() if seen is None else seen
    for i, x in enumerate(lines):
        base = same(x)
        if told is None:
            seen[base] += 1
        n = seen[base] if told is None else told.get(i, 1)
        yield x, base if n == 1 else f"{base}#{n}"


def same_but(old: Mapping[str, str], new: Mapping[str, str], wrong: Collection[str]) -> bool:
    """Whether `new` is the row `old` with only the cells corrected that were wrong."""
    names = (set(old) | set(new)) - set(wrong)
    return bool(names) and all(old.get(n, "") == new.get(n, "") for n in names)
