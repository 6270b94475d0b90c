"""Where an order stands, which moves it may make, and what it takes of credit. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from huikuan.kit.errors import Refused
from huikuan.kit.money import divide
from huikuan.kit.words import Say, _


class State(StrEnum):
    FREE = "free"  # credit was there
    HELD = "held"  # waits for credit, for money, or for a person
    RELEASED = "released"  # let go by a person, beyond the rule
    REJECTED = "rejected"
    PART_DELIVERED = "part_delivered"
    DELIVERED = "delivered"
    BILLED = "billed"
    CANCELLED = "cancelled"


WORDS: Mapping[State, Say] = {
    State.FREE: _("Free"),
    State.HELD: _("On hold"),
    State.RELEASED: _("Released"),
    State.REJECTED: _("Rejected"),
    State.PART_DELIVERED: _("Part delivered"),
    State.DELIVERED: _("Delivered"),
    State.BILLED: _("Fully billed"),
    State.CANCELLED: _("Cancelled"),
}

# move -> states it may start from. Where it ends is the move's own affair (a check ends free or held).
MOVES: Mapping[str, frozenset[State]] = {
    "change": frozenset({State.FREE, State.HELD, State.RELEASED, State.PART_DELIVERED}),
    "check": frozenset({State.HELD}),
    "release": frozenset({State.HELD}),
    "reject": frozenset({State.HELD}),
    "cancel": frozenset({State.FREE, State.HELD, State.RELEASED}),
    "deliver": frozenset({State.FREE, State.RELEASED, State.PART_DELIVERED}),
    "bill": frozenset({State.PART_DELIVERED, State.DELIVERED}),
    "unbill": frozenset({State.PART_DELIVERED, State.DELIVERED, State.BILLED}),
    "undeliver": frozenset({State.PART_DELIVERED, State.DELIVERED}),
}
MOVE_WORDS: Mapping[str, Say] = {
    "change": _("be changed"),
    "check": _("be checked again"),
    "release": _("be released"),
    "reject": _("be rejected"),
    "cancel": _("be cancelled"),
    "deliver": _("be delivered"),
    "bill": _("be billed"),
    "unbill": _("have its billing cancelled"),
    "undeliver": _("have a delivery cancelled"),
}
LIVE = frozenset({State.FREE, State.RELEASED, State.PART_DELIVERED, State.DELIVERED, State.BILLED})  # take up credit


def may(state: str, move: str) -> bool:
    return State(state) in MOVES[move]


def check_move(number: str, state: str, move: str) -> None:
    """Refused, in words, when an order in `state` may not make that move."""
    if not may(state, move):
        raise Refused(
            _(
                "Order %(number)s is “%(state)s” and can't %(move)s.",
                number=number,
                state=WORDS[State(state)],
                move=MOVE_WORDS[move],
            )
        )


# --- what an order takes of credit -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counted:
    """One order line as far as credit is concerned: gross for the whole quantity and how far it has come."""

    quantity: int
    gross: int
    delivered: int = 0
    billed: int = 0


def layers(state: str, lines: Iterable[Counted]) -> dict[str, int]:
    """What the order takes of its payer's credit: {"orders": open, "deliveries": delivered, not billed}.

    Derived from counts alone, so that `verify` can say it again. A held, rejected or cancelled order takes nothing
    for what has not left; what has left counts in every state.
    """
    waiting = left = 0
    for line in lines:
        gone = divide(line.gross * line.delivered, line.quantity)
        waiting += line.gross - gone
        left += gone - divide(line.gross * line.billed, line.quantity)
    return {"orders": waiting if State(state) in LIVE else 0, "deliveries": left}


def progress(lines: Iterable[Counted], resting: State) -> State:
    """The state that follows from the counts; `resting` (free, released or held) while nothing has left."""
    counted = list(lines)
    if all(c.billed == c.quantity for c in counted):
        return State.BILLED
    if all(c.delivered == c.quantity for c in counted):
        return State.DELIVERED
    if resting in (State.FREE, State.RELEASED) and any(c.delivered for c in counted):
        return State.PART_DELIVERED
    return resting
