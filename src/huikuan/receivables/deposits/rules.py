"""Deposits (保证金) and advance receipts (预收款), decided: what may become of them, how much on which day, what an offset takes.

A deposit secures an agreement: it is other people's money that we hold (224103) and says nothing of what they owe. An advance
is paid for goods to come (2203): it stands on the customer's account and lets an order that waits for its money go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.money import Money, divide
from huikuan.kit.words import Say, _, _in

DEPOSIT, ADVANCE = "deposit", "advance"
KINDS: dict[str, Say] = {DEPOSIT: _in("security", "Deposit"), ADVANCE: _("Advance receipt")}
ACCOUNTS = {DEPOSIT: "224103", ADVANCE: "2203"}
INCOME = "6301"  # what is forfeited

RECEIVED, OFFSET, RETURNED, FORFEITED, UNDONE = "received", "offset", "returned", "forfeited", "undone"
WHATS: dict[str, Say] = {
    RECEIVED: _in("deposit", "Received"), OFFSET: _("Offset"), RETURNED: _("Returned"), FORFEITED: _("Forfeited"), UNDONE: _in("deposit", "Undone"),
}  # fmt: skip
OPEN, SETTLED = "open", "settled"
STATES: dict[str, Say] = {OPEN: _in("deposit", "Held"), SETTLED: _("Settled")}

ASKED, GRANTED, DONE, REFUSED = "asked", "granted", "done", "refused"
REQUESTS: dict[str, Say] = {
    ASKED: _("Waits for a grant"), GRANTED: _("Granted, to be paid"), DONE: _("Done"), REFUSED: _in("request", "Refused"), UNDONE: _in("deposit", "Undone"),
}  # fmt: skip
LIVE = (ASKED, GRANTED)  # requests that keep money back


def check_kind(kind: str) -> None:
    """Raises Invalid."""
    if kind not in KINDS:
        raise Invalid.one("kind", kind, _("is deposit or advance"))


def check_amount(amount: int, most: int, currency: str) -> None:
    """Raises Invalid that says how much there is."""
    if isinstance(amount, bool) or not 0 < amount <= most:
        raise Invalid.one(
            "amount", Money(amount, currency).text(), _("is nothing, or more than there is: %(most)s", most=Money(max(most, 0), currency))
        )  # fmt: skip


def free_on(moves: Sequence[tuple[date, int]], on: date, reserved: int = 0) -> int:
    """The least that lay in it on any day from `on` to now, less what requests keep back: what an act dated `on` may take."""
    days = {on, *(day for day, _amount in moves if day > on)}
    return min(sum(a for day, a in moves if day <= until) for until in days) - reserved


def base_share(amount: int, balance: int, base_balance: int) -> int:
    """The company-currency part of `amount` of a balance: all of it with the last piece, else in proportion."""
    return base_balance if amount == balance else divide(base_balance * amount, balance)


@dataclass(frozen=True, slots=True)
class Owed:
    """An open invoice as an offset sees it."""

    item: int
    document: str
    due: date
    remaining: int


def plan_offset(owed: Sequence[Owed], most: int) -> tuple[tuple[int, int], ...]:
    """(item, minor units) of what `most` pays, oldest due first. Raises Refused when there is nothing to pay."""
    legs: list[tuple[int, int]] = []
    for one in sorted(owed, key=lambda o: (o.due, o.item)):
        part = min(most, one.remaining)
        if part > 0:
            legs.append((one.item, part))
            most -= part
    if not legs:
        raise Refused(_("Nothing that is open can be offset."))
    return tuple(legs)


def check_undo(number: str, what: str, amount: int, free: int, currency: str) -> None:
    """A receipt can be undone only while the money is still there. Raises Refused."""
    if what == UNDONE:
        raise Refused(_("This undoes another move; enter the move anew instead."))
    if what == RECEIVED and amount > free:
        raise Refused(
            _("Of %(amount)s only %(free)s is left in %(number)s. Undo first what was taken from it.", amount=Money(amount, currency),
              free=Money(max(free, 0), currency), number=number)
        )  # fmt: skip
