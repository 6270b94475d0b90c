"""What an act says of the rows it wrote, so that the chain of acts covers the books as well (I19).

An act keeps for each table it wrote to how many rows, a digest over all of them, and a short mark of each, by which a
changed, missing or added row is found among its neighbours. The text of a row is the same whether it comes from memory
or is read back from the database. Pure.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

from huikuan.kit.text import whole

MARK = 4  # hex digits of a row's mark: enough to find it among its act's rows; the digest is what proves
MOST = 20_000  # rows of one table in one act beyond which marks are left out


@lru_cache(4096)
def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a stored row has no {type(value).__name__}")


# JSON's own encoder makes its inner one anew for each call, which costs more than the row: posting does this by the million.
_make: Any = getattr(json.encoder, "c_make_encoder", None)
_rows: Any = _make and _make(None, _plain, json.encoder.encode_basestring_ascii, None, ":", ",", False, False, True)


def text_of(row: Sequence[Any]) -> bytes:
    """A stored row as bytes that do not depend on where it was read. Columns in a fixed order."""
    if _rows is None:
        return json.dumps(row, separators=(",", ":"), default=_plain).encode()
    return "".join(_rows(row, 0)).encode()


class Tally:
    """Rows of one table, added up in the order of their ids."""

    __slots__ = ("_marks", "_sha")

    def __init__(self) -> None:
        self._marks, self._sha = array("H"), hashlib.sha256()

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        texts = [text_of(row) for row in rows]
        self._sha.update(b"".join(texts))
        self._marks.extend(crc32(t) & 0xFFFF for t in texts)

    @property
    def n(self) -> int:
        return len(self._marks)

    @property
    def marks(self) -> list[str]:
        return [f"{m:04x}" for m in self._marks]

    def told(self) -> str:
        """ "count:digest:marks", as the act keeps it."""
        return f"{self.n}:{self._sha.hexdigest()[:40]}:{''.join(self.marks) if self.n <= MOST else ''}"


class Wrong(NamedTuple):
    """What is wrong with the rows of one act: a row that was changed ("row"), is not the act's ("extra"), or is gone
    ("gap": `name` is the row before it, "" when it was the first)."""

    act: int
    what: str
    name: str
    n: int = 1


def compare(act: int, told: str, mine: Tally, names: Sequence[str]) -> Iterator[Wrong]:
    """What differs between what an act says it wrote and what is there."""
    if mine.told() == told:
        return
    n, _digest, text = told.split(":", 2) if told.count(":") == 2 else ("0", "", "")
    if not mine.n:
        yield Wrong(act, "gap", "", count if (count := whole(n)) is not None else 1)
        return
    said, marks = [text[i : i + MARK] for i in range(0, len(text), MARK)], mine.marks
    found = False
    if said:
        blocks = (
            [("replace", 0, len(said), 0, mine.n)]
            if len(said) == mine.n
            else SequenceMatcher(None, said, marks, autojunk=False).get_opcodes()
        )
        for kind, a, b, c, d in blocks:
            if kind == "equal":
                continue
            same = min(b - a, d - c)
            for i in range(same):
                if said[a + i] != marks[c + i]:
                    found = True
                    yield Wrong(act, "row", names[c + i])
            for i in range(c + same, d):
                found = True
                yield Wrong(act, "extra", names[i])
            if b - a > same:
                found = True
                yield Wrong(act, "gap", names[d - 1] if d else "", b - a - same)
    if not found:
        # The marks agree, or there are none: one of these rows it is.
        yield Wrong(act, "row", f"{names[0]} … {names[-1]}" if len(names) > 1 else "".join(names))


def walk(told: Iterable[tuple[int, str]], rows: Iterable[tuple[int | None, str, Sequence[Any]]]) -> Iterator[Wrong]:
    """Compare two streams, both ordered by act: (act, what it says) and (act, name, row). Rows of acts that say nothing
    are of no act."""
    sayings = iter(told)
    saying = next(sayings, None)
    act: int | None = None
    tally, names = Tally(), list[str]()

    def close() -> Iterator[Wrong]:
        nonlocal saying
        while saying is not None and (act is None or saying[0] < act):
            yield from compare(saying[0], saying[1], Tally(), ())
            saying = next(sayings, None)
        if saying is not None and saying[0] == act:
            yield from compare(act, saying[1], tally, names)
            saying = next(sayings, None)
        elif act is not None:
            yield from (Wrong(act, "extra", name) for name in names)

    for mine, name, row in rows:
        if mine != act or act is None:
            if names:
                yield from close()
            act, tally, names = mine if mine is not None else 0, Tally(), []
        tally.add((row,))
        names.append(name)
    if names:
        yield from close()
    act = None
    while saying is not None:
        yield from compare(saying[0], saying[1], Tally(), ())
        saying = next(sayings, None)
