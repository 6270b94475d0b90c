"""The key by which a line is known again, which fixed row was which bad one, and whose account a file is of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from huikuan.connectors.bank.types import Lines, StatementLine, same
from huikuan.receivables.cash.rules.payer import account_key

_TAIL = 6  # signs that an account's own number has at least, after a branch's or a bank's before it
_HIDDEN = re.compile(r"[*•·×＊xX]{2,}|…")


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


def is_number(account: str) -> bool:
    """Whether this is an account's number, not what people call it ("基本户")."""
    return sum(c.isdigit() for c in account) >= 4


def same_account(one: str, other: str) -> bool:
    """Whether two spellings are of one account: dashes, blanks and leading zeros do not count, a branch or an IBAN's head may
    stand before, and the middle may be hidden (6222****1234)."""
    for a, b in ((one, other), (other, one)):
        head, *more = _HIDDEN.split(a)
        if more:
            start, end, whole = account_key(head).lstrip("0"), account_key(more[-1]), account_key(b).lstrip("0")
            return len(end) >= 4 and whole.startswith(start) and whole.endswith(end)
    x, y = (account_key(t).lstrip("0") for t in (one, other))
    if not x or not y:
        return one.strip() == other.strip()
    return x == y or (len(y) >= _TAIL and x.endswith(y)) or (len(x) >= _TAIL and y.endswith(x))
