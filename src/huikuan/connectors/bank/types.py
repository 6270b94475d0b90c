"""What a bank file says, as frozen records. Amounts are integers of minor units; + is money in, - is money out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from huikuan.kit.apart import pack_fault, unpack_fault
from huikuan.kit.errors import Fault


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement. `row` is its line in the file (1-based), `raw` the cells as they were written.

    `balance` is the running balance the bank printed beside it, None when it printed none. `serial` is the bank's own
    key of the movement ("" when it gives none).
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


@dataclass(frozen=True, slots=True)
class BadLine:
    """A row that could not be read: the cells as written and what is wrong with each."""

    row: int
    faults: tuple[Fault, ...]
    raw: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statement:
    """The movements of one account over one period.

    `account` is the number the file gives ("" when it gives none), `opening` and `closing` are None when it states
    none. `broken` says why the statement cannot be believed as a whole (its totals do not add up): nothing of it may
    be booked. `number` is the bank's number of the statement.
    """

    account: str
    currency: str
    opening: int | None
    closing: int | None
    since: date | None
    until: date | None
    lines: tuple[StatementLine, ...]
    bad: tuple[BadLine, ...] = ()
    number: str = ""
    broken: Fault | None = None

    @property
    def net(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def read(self) -> int:
        return len(self.lines) + len(self.bad)


@dataclass(frozen=True, slots=True)
class BankFile:
    """A whole file: its kind ("mt940", "mt942", "camt.053", "camt.052", "camt.054", "bai2",
    "csv", "xlsx", "xls", "html", "xml"), charset and statements."""

    kind: str
    charset: str
    statements: tuple[Statement, ...]

    @property
    def read(self) -> int:
        return sum(s.read for s in self.statements)


def pack(file: BankFile) -> dict[str, Any]:
    """As plain JSON, for the way out of the child process."""

    def line(x: StatementLine) -> list[Any]:
        return [
            x.row, x.value_date.isoformat(), x.booking_date.isoformat(), x.amount, x.currency, x.payer_name, x.payer_account,
            x.payer_bank, x.remark, x.reference, x.serial, x.balance, dict(x.raw),
        ]  # fmt: skip

    return {
        "kind": file.kind,
        "charset": file.charset,
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
                "lines": [line(x) for x in s.lines],
                "bad": [[b.row, [pack_fault(f) for f in b.faults], dict(b.raw)] for b in s.bad],
            }
            for s in file.statements
        ],
    }


def unpack_file(stored: dict[str, Any]) -> BankFile:
    """The reverse of `pack`."""

    def line(x: list[Any]) -> StatementLine:
        return StatementLine(x[0], date.fromisoformat(x[1]), date.fromisoformat(x[2]), *x[3:])

    def statement(s: dict[str, Any]) -> Statement:
        return Statement(
            account=s["account"],
            currency=s["currency"],
            opening=s["opening"],
            closing=s["closing"],
            since=date.fromisoformat(s["since"]) if s["since"] else None,
            until=date.fromisoformat(s["until"]) if s["until"] else None,
            lines=tuple(line(x) for x in s["lines"]),
            bad=tuple(BadLine(row, tuple(unpack_fault(f) for f in faults), raw) for row, faults, raw in s["bad"]),
            number=s["number"],
            broken=unpack_fault(s["broken"]) if s["broken"] else None,
        )

    return BankFile(stored["kind"], stored["charset"], tuple(statement(s) for s in stored["statements"]))


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
