"""What a bank file says, as frozen records. Amounts are integers of minor units; + is money in, - is money out."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import IO, Any, Protocol, overload

from huikuan.kit.apart import pack_fault, unpack_fault
from huikuan.kit.errors import Fault


@dataclass(slots=True)  # not frozen: that costs three times the making, by the hundred thousand
class StatementLine:
    """One movement. `row` is its line in the file (1-based), `raw` the cells as they were written.

    `balance` is the running balance the bank printed beside it, None when it printed none. `serial` is the bank's own
    key of the movement ("" when it gives none). `reversed`: the bank marks it as taking an earlier movement back.
    """

    row: int
    value_date: date
    booking_date: date
    amount: int
    currency: str
    payer_name: str = ""
    payer_account: str = ""
    payer_bank: str = ""
    remark: str = ""
    reference: str = ""
    serial: str = ""
    balance: int | None = None
    raw: Mapping[str, str] = field(default_factory=dict)
    reversed: bool = False


def same(x: StatementLine) -> str:
    """What makes two movements one: the bank's serial where there is one, else a digest of all that the line says."""
    if x.serial.isalnum() or any(c.isalnum() for c in x.serial):
        # one serial may carry a payment and its fee: the amount tells them apart
        return f"s:{x.serial}:{x.booking_date.isoformat().replace('-', '')}:{x.amount}"
    told = (x.booking_date.isoformat(), x.value_date.isoformat(), x.amount, x.currency, x.payer_name, x.payer_account,
            x.remark, x.reference, x.balance)  # fmt: skip
    return "h:" + hashlib.sha256("\x1f".join(map(str, told)).encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A row that could not be read: the cells as written and what is wrong with each.

    Formats without columns give what they could read by the names of a map's fields (date, amount, payer, …), as a person
    would correct it, and the row itself under "…". `amount`: what it moves, None where that could not be read.
    """

    row: int
    faults: tuple[Fault, ...]
    raw: Mapping[str, str] = field(default_factory=dict)
    amount: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Statement:
    """The movements of one account over one period.

    `account` is the number the file gives ("" when it gives none), `opening` and `closing` are None when it states
    none. `broken` says why the statement cannot be believed as a whole (its totals do not add up): nothing of it may
    be booked. `number` is the bank's number of the statement. `part`: it is a page that carries on from an earlier one.
    """

    account: str
    currency: str
    opening: int | None
    closing: int | None
    since: date | None
    until: date | None
    lines: Sequence[StatementLine]
    bad: tuple[BadLine, ...] = ()
    number: str = ""
    broken: Fault | None = None
    part: bool = False

    @property
    def net(self) -> int:
        return self.lines.net if isinstance(self.lines, Lines) else sum(line.amount for line in self.lines)

    @property
    def read(self) -> int:
        return len(self.lines) + len(self.bad)


@dataclass(frozen=True, slots=True)
class BankFile:
    """A whole file: its kind ("mt940", "mt942", "camt.053", "camt.052", "camt.054", "bai2",
    "csv", "xlsx", "xls", "html", "xml"), charset and statements. `unread`: its sheets that were not read; those with the
    field "note" hold nothing that looks like a movement."""

    kind: str
    charset: str
    statements: tuple[Statement, ...]
    unread: tuple[Fault, ...] = ()

    @property
    def read(self) -> int:
        return sum(s.read for s in self.statements)


SOME = 500  # lines that are written, and read again, together
HELD = 5_000  # lines of a file that are held in memory; those of a longer one are read from it as they are asked for


def pack(file: BankFile) -> Iterator[Any]:
    """As plain JSON, for the way out of the child process: first all but the lines, then these, SOME at a time."""

    def line(x: StatementLine) -> list[Any]:
        return [
            x.row, x.value_date.isoformat(), x.booking_date.isoformat(), x.amount, x.currency, x.payer_name, x.payer_account,
            x.payer_bank, x.remark, x.reference, x.serial, x.balance, dict(x.raw),
            x.reversed,
        ]  # fmt: skip

    again = dict(_again([(n, s) for n, s in enumerate(file.statements) if s.broken is None]))
    yield {
        "kind": file.kind,
        "charset": file.charset,
        "unread": [pack_fault(f) for f in file.unread],
        "statements": [
            {
                "account": s.account,
                "currency": s.currency,
                "opening": s.opening,
                "closing": s.closing,
                "since": s.since.isoformat() if s.since else None,
                "until": s.until.isoformat() if s.until else None,
                "number": s.number,
                "broken": pack_fault(s.broken) if s.broken else None,
                "lines": len(s.lines),
                "net": s.net,
                "part": s.part,
                "again": again.get(n, []),
                "bad": [[b.row, [pack_fault(f) for f in b.faults], dict(b.raw)] for b in s.bad],
            }
            for n, s in enumerate(file.statements)
        ],
    }
    for s in file.statements:
        for i in range(0, len(s.lines), SOME):
            yield [line(x) for x in s.lines[i : i + SOME]]


def follows(before: str, after: str) -> bool:
    """Whether a statement's number ("7/1", "00160/001") comes right after another's."""
    a, b = ([int(x) for x in re.findall(r"\d+", n)[:2]] for n in (before, after))
    if not a or not b or not a[0] or not b[0]:
        return False
    return b[0] == a[0] + 1 or (len(a) == len(b) == 2 and b[0] == a[0] and b[1] == a[1] + 1)


class Span(Protocol):
    """What says where a statement lies among others: a `Statement`, or the row that is kept of one."""

    @property
    def number(self) -> str: ...
    @property
    def opening(self) -> int | None: ...
    @property
    def closing(self) -> int | None: ...
    @property
    def part(self) -> bool: ...
    @property
    def currency(self) -> str: ...
    @property
    def since(self) -> date | None: ...
    @property
    def until(self) -> date | None: ...


def mark(s: Span) -> tuple[str, int | None, int | None]:
    """Two statements of one account with the same mark are one, downloaded twice."""
    return s.number, s.opening, s.closing


def carries_on(before: Span, after: Span) -> bool:
    """Whether a statement opens with what the one numbered before it closed with, or what its earlier page did."""
    return (
        before.closing is not None
        and before.closing == after.opening
        and (follows(before.number, after.number) or (after.part and after.number == before.number))
    )


_PAGE = re.compile(r"(.*\S)\s*/\s*(\d{1,6})")


def beside(a: Span, b: Span) -> bool:
    """Whether both hold movements of their own, so that equal lines of them are two: one carries on from the other, or they
    are two pages of one statement, perhaps with others between."""
    if carries_on(a, b) or carries_on(b, a):
        return True
    one, other = _PAGE.fullmatch(a.number), _PAGE.fullmatch(b.number)
    if not one or not other or one[1] != other[1]:
        return False
    first, later = sorted(((int(one[2]), a), (int(other[2]), b)), key=lambda x: x[0])
    return first[0] < later[0] and later[1].part


def runs(statements: Sequence[Statement]) -> list[int]:
    """Of which run each statement of a file is. Those of one run lie beside each other; one that says again what the run
    already has begins another, and so does an overlapping one: its lines may be the same movements."""
    out: list[int] = []
    last: dict[tuple[str, str], tuple[int, Statement, set[tuple[str, int | None, int | None]]]] = {}
    for n, s in enumerate(statements):
        run, before, said = last.get((s.account, s.currency), (n, s, set()))
        if before is not s and (mark(s) in said or not beside(before, s)):
            run, said = n, set()
        said.add(mark(s))
        out.append(run)
        last[s.account, s.currency] = (run, s, said)
    return out


def run_among(run: Sequence[Span], others: Mapping[int, Span]) -> list[int]:
    """Which of the other statements of this account, by their keys, lie in one row with this run: none of their lines is a
    line of it. A second copy of a statement of the run is not among them."""
    said = {mark(s) for s in run}
    left = {k: s for k, s in others.items() if mark(s) not in said}
    row, out, grown = list(run), [], True
    while grown:
        grown = False
        for key, s in list(left.items()):
            twin = any(x.number == s.number and not carries_on(x, s) and not carries_on(s, x) for x in row)
            if not twin and any(beside(x, s) for x in row):
                row.append(s)
                out.append(key)
                # a copy of one that is in the row lies where that lies
                out += [k for k, x in left.items() if k != key and mark(x) == mark(s)]
                left = {k: x for k, x in left.items() if mark(x) != mark(s)}
                grown = True
                break
    return out


def counters(statements: Sequence[Statement]) -> list[Counter[str]]:
    """The counter that numbers the equal lines of each statement of a file: statements of one run share it."""
    shared: dict[int, Counter[str]] = {}
    return [shared.setdefault(run, Counter()) for run in runs(statements)]


def _again(statements: Sequence[tuple[int, Statement]]) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Of each statement: (place, how often so far) of each line that says what an earlier one said."""
    for (n, s), seen in zip(statements, counters([s for _n, s in statements]), strict=True):
        out = []
        for i, x in enumerate(s.lines):
            base = same(x)
            seen[base] += 1
            if seen[base] > 1:
                out.append((i, seen[base]))
        yield n, out


def unpack_file(head: dict[str, Any], rest: IO[bytes]) -> BankFile:
    """The reverse of `pack`. A long file stays in `rest`, and its lines are read from there."""
    held = sum(s["lines"] for s in head["statements"]) <= HELD
    statements = []
    for s in head["statements"]:
        lines = Lines(rest, rest.tell(), s["lines"], s["net"], dict(map(tuple, s["again"])))
        for _n in range(0, s["lines"], SOME):
            rest.readline()
        place = rest.tell()
        statements.append(
            Statement(
                account=s["account"],
                currency=s["currency"],
                opening=s["opening"],
                closing=s["closing"],
                since=date.fromisoformat(s["since"]) if s["since"] else None,
                until=date.fromisoformat(s["until"]) if s["until"] else None,
                lines=tuple(lines) if held else lines,
                bad=tuple(BadLine(row, tuple(unpack_fault(f) for f in faults), raw) for row, faults, raw in s["bad"]),
                number=s["number"],
                broken=unpack_fault(s["broken"]) if s["broken"] else None,
                part=s["part"],
            )
        )
        rest.seek(place)
    return BankFile(head["kind"], head["charset"], tuple(statements), tuple(unpack_fault(f) for f in head["unread"]))


@lru_cache(maxsize=2048)
def _day(text: str) -> date:
    return date.fromisoformat(text)


class Lines(Sequence[StatementLine]):
    """The lines of one statement in a file of JSON, read anew, some at a time, by whoever goes through them. `again`: place
    of a line -> how often it was said up to there, where that is more than once."""

    def __init__(self, file: IO[bytes], place: int, count: int, net: int, again: Mapping[int, int]) -> None:
        self._file, self._place, self._count = file, place, count
        self.net, self.again = net, again

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[StatementLine]:
        place = self._place
        for _n in range(0, self._count, SOME):
            self._file.seek(place)  # others may read in between
            text = self._file.readline()
            place += len(text)
            for x in json.loads(text):
                yield StatementLine(x[0], _day(x[1]), _day(x[2]), *x[3:])

    @overload
    def __getitem__(self, at: int) -> StatementLine: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[StatementLine, ...]: ...
    def __getitem__(self, at: int | slice) -> StatementLine | tuple[StatementLine, ...]:
        return tuple(self)[at]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Sequence)
            and len(other) == len(self)
            and all(a == b for a, b in zip(self, other, strict=True))
        )

    def __hash__(self) -> int:
        return hash((self._count, self.net))


@dataclass(frozen=True, slots=True)
class RemittanceLine:
    """What an advice says of one of our documents. Amounts in minor units; `amount` None: not said."""

    ref: str
    amount: int | None
    memo: str = ""
    deduction: int | None = None
    row: int = 0


@dataclass(frozen=True, slots=True)
class RemittanceAdvice:
    """An advice as it was read. `total`: what it says it comes to, None when it does not say."""

    kind: str
    currency: str
    lines: tuple[RemittanceLine, ...]
    total: int | None = None
    faults: tuple[Fault, ...] = ()
