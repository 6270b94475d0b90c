"""A statement made of the rows that could be read, proven by what its file states and by its running balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from huikuan.connectors.bank.columns import Map
from huikuan.connectors.bank.stated import Said
from huikuan.connectors.bank.types import BadLine, Statement, StatementLine
from huikuan.connectors.bank.values import minor, number_of
from huikuan.kit.errors import Fault
from huikuan.kit.money import Money
from huikuan.kit.words import _


@dataclass(slots=True)
class Group:
    """One account in one currency, while its rows are read."""

    lines: list[StatementLine] = field(default_factory=list)
    bad: list[tuple[BadLine, int | None]] = field(default_factory=list)  # with its amount where that could be read


def statement_of(account: str, currency: str, group: Group, said: Said, wanted: Map) -> Statement:
    lines, broken = group.lines, None
    opening = closing = None
    if wanted.balance_check and len([x for x in lines if x.balance is not None]) == len(lines) and lines:
        lines, opening, closing, broken = _chain(lines, len(group.bad))
    amounts = [a for _b, a in group.bad]
    known = all(a is not None for a in amounts)
    edges = {b.row for b, _a in group.bad}
    if edges and lines and (min(edges) < min(x.row for x in lines) or max(edges) > max(x.row for x in lines)):
        opening = closing = None  # the first or last row is among those set aside: the ends are not known
    stated = _stated(said, currency, wanted)
    if stated["opening"] is not None:
        opening = stated["opening"]
    if stated["closing"] is not None and (stated["opening"] is not None or opening is not None):
        closing = stated["closing"]
    total = sum(x.amount for x in lines) + sum(a or 0 for a in amounts)
    if broken is None and known and opening is not None and closing is not None and opening + total != closing:
        broken = Fault(
            "balance",
            _show(closing, currency),
            _("Opening balance and movements give %(sum)s, the statement says %(closing)s.", sum=_show(opening + total, currency),
              closing=_show(closing, currency)),
            _WHOLE,
            said.row,
        )  # fmt: skip
    if broken is None and known:
        everything = [x.amount for x in lines] + [a for a in amounts if a is not None]
        broken = _control(stated, everything, currency, said.row)
    days = [x.booking_date for x in lines]
    return Statement(
        account=account,
        currency=currency,
        opening=opening,
        closing=closing,
        since=min(days) if days else None,
        until=max(days) if days else None,
        lines=tuple(lines),
        bad=tuple(b for b, _a in group.bad),
        broken=broken,
    )


_WHOLE = _("Download the whole statement again, all movements in and out; nothing of this one was booked.")


def _show(amount: int, currency: str) -> str:
    return Money(amount, currency).text(grouped=True)


def _stated(said: Said, currency: str, wanted: Map) -> dict[str, int | None]:
    out: dict[str, int | None] = {}
    for name in ("opening", "closing", "sum_in", "sum_out"):
        text = getattr(said, name)
        try:
            out[name] = minor(text, currency, wanted.decimal) if text else None
        except ValueError:
            out[name] = None
    for name in ("count_in", "count_out", "count"):
        text = getattr(said, name)
        out[name] = int(number_of(text, ".")) if text else None
    return out


def _control(stated: dict[str, int | None], amounts: Sequence[int], currency: str, row: int | None) -> Fault | None:
    """The totals that the file states against those of its rows. Reversals may stand on either side, so a side is only
    held against the file when no reversed movement could explain it."""
    got = {
        "sum_in": sum(a for a in amounts if a > 0),
        "sum_out": sum(-a for a in amounts if a < 0),
        "count_in": sum(a > 0 for a in amounts),
        "count_out": sum(a < 0 for a in amounts),
        "count": len(amounts),
    }
    names = {
        "sum_in": _("total of money in"),
        "sum_out": _("total of money out"),
        "count_in": _("number of movements in"),
        "count_out": _("number of movements out"),
        "count": _("number of movements"),
    }
    for name, have in got.items():
        want = stated[name]
        if want is None or abs(want) == have:
            continue
        text = (lambda n: _show(n, currency)) if name.startswith("sum") else str
        return Fault(
            "total",
            text(abs(want)),
            _(
                "The file states a %(what)s of %(want)s, its rows give %(have)s.",
                what=names[name],
                want=text(abs(want)),
                have=text(have),
            ),
            _WHOLE,
            row,
        )
    return None


def _chain(lines: list[StatementLine], bad: int) -> tuple[list[StatementLine], int | None, int | None, Fault | None]:
    """(lines oldest first, opening, closing, fault). The running balance tells the order and whether a row is missing.

    Each row leads from one balance to another; a whole statement is one path through all of them, in whatever order its
    rows are listed. Each row set aside may tear the path once; another tear means that a movement is missing or wrong.
    Where no row leads to another the column is no running balance and proves nothing.
    """
    down = sum(_bal(b) == _bal(a) + b.amount for a, b in pairwise(lines))
    up = sum(_bal(a) == _bal(b) + a.amount for a, b in pairwise(lines))
    newest_first = up > down or (up == down and lines[0].booking_date > lines[-1].booking_date)
    ordered = lines[::-1] if newest_first else lines
    ends: Counter[int] = Counter()
    for x in ordered:
        ends[_bal(x)] += 1
        ends[_bal(x) - x.amount] -= 1
    starts = sorted(k for k, n in ends.items() if n < 0)
    stops = sorted(k for k, n in ends.items() if n > 0)
    torn = sum(-ends[k] for k in starts)  # the number of pieces; 0 when the last balance equals the first
    if len(ordered) >= 3 and torn >= len(ordered):
        return ordered, None, None, None
    if torn <= 1:
        opening = starts[0] if starts else _bal(ordered[0]) - ordered[0].amount
        return ordered, opening, stops[0] if stops else opening, None
    opening, closing = _bal(ordered[0]) - ordered[0].amount, _bal(ordered[-1])
    if torn - 1 <= bad:
        return ordered, opening, closing, None
    before = ordered[0]
    for earlier, later in pairwise(ordered):
        if _bal(earlier) + later.amount != _bal(later):
            before, after = earlier, later
            break
    else:
        after = ordered[-1]
    return ordered, opening, closing, Fault(
        "balance",
        _show(_bal(after), after.currency),
        _("The balance moves from %(before)s to %(after)s, but the movement of row %(row)s is %(amount)s.",
          before=_show(_bal(before), after.currency), after=_show(_bal(after), after.currency), row=after.row,
          amount=_show(after.amount, after.currency)),
        _WHOLE,
        after.row,
    )  # fmt: skip


def _bal(line: StatementLine) -> int:
    assert line.balance is not None
    return line.balance
