"""Which receipt a reversal of the bank takes back: decided only where one receipt answers to it.

The amount is the receipt's to the cent. What else the bank writes of a reversal differs from bank to bank: the same payer, a
shorter name, a masked account, its own clearing account, nothing at all, often the serial or the reference of the receipt.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from huikuan.kit.words import Say, _
from huikuan.receivables.cash.rules.statement import same_account

LONG, SHORT = (
    400,
    31,
)  # days back to a receipt that is named or whose payer agrees, and to one that only the amount leads to
_LEAST = 6  # signs of a serial or reference that name a receipt
_TOKEN = re.compile(r"[A-Z0-9][A-Z0-9\-]*[A-Z0-9]")


class Line(Protocol):
    """What of a bank line counts here."""

    pk: int
    date: date
    payer_account: str
    folded: str
    remark: str
    reference: str
    serial: str


@dataclass(frozen=True, slots=True)
class Found:
    """`original` with its why, or None: then `others` are those it may be, for a person to say."""

    original: int | None
    why: Say
    others: tuple[int, ...] = ()


def _tokens(*texts: str) -> set[str]:
    """What may be a serial or a number of a document: long enough, with digits."""
    found = {t for text in texts for t in _TOKEN.findall(text.upper())}
    return {t for t in found if len(t) >= _LEAST and sum(c.isdigit() for c in t) >= 4}


def names(row: Line, receipt: Line) -> bool:
    """Whether the reversal writes the receipt's serial or reference."""
    return bool(_tokens(row.remark, row.reference, row.serial) & _tokens(receipt.reference, receipt.serial))


def agrees(row: Line, receipt: Line) -> bool | None:
    """Whether both tell of one payer; None where one of them tells nothing."""
    told: list[bool] = []
    if row.payer_account and receipt.payer_account:
        told.append(same_account(row.payer_account, receipt.payer_account))
    if row.folded and receipt.folded:
        short, long_ = sorted((row.folded, receipt.folded), key=len)
        told.append(short == long_ or (len(short) >= 4 and short in long_))
    return any(told) if told else None


def taken_back(row: Line, receipts: Sequence[Line], touched: Collection[int]) -> Found:
    """Judge receipts of exactly this amount that are not later and were not taken back, oldest first. `touched`: those that
    paid something already: which of them it is makes a difference then."""
    near = [x for x in receipts if (row.date - x.date).days <= LONG]
    named = [x for x in near if names(row, x)]
    payer = {x.pk: agrees(row, x) for x in near}
    for some, why in (
        (named, _("its serial or reference is written in the reversal")),
        ([x for x in named if payer[x.pk]], _("its serial or reference is written in the reversal, and the payer agrees")),
    ):  # fmt: skip
        if len(some) == 1:
            return Found(some[0].pk, why)
    if not named:
        same = [x for x in near if payer[x.pk]]
        if len(same) == 1 or (same and not any(x.pk in touched for x in same)):
            return Found(same[-1].pk, _("the payer agrees"))
        if not same:
            late = [x for x in near if (row.date - x.date).days <= SHORT]
            silent = [x for x in late if payer[x.pk] is None]
            if len(silent) == len(late) == 1:
                return Found(late[0].pk, _("it is the only receipt of this amount in %(days)s days", days=SHORT))
    others = tuple(x.pk for x in reversed(near))
    return Found(
        None,
        _("several receipts may be meant, or the payer is another")
        if others
        else _("there is no receipt of this amount"),
        others,
    )
