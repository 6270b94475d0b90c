"""What is decided about orders, purely: states and moves, the credit decision, amounts, the sheet of orders."""

from huikuan.sales.orders.rules.credit import (
    Account,
    Decision,
    Facts,
    Items,
    Layers,
    Open,
    Outcome,
    Policy,
    credit_decision,
    weigh,
)
from huikuan.sales.orders.rules.states import LIVE, MOVES, WORDS, Counted, State, check_move, layers, may, progress

__all__ = [
    "LIVE",
    "MOVES",
    "WORDS",
    "Account",
    "Counted",
    "Decision",
    "Facts",
    "Items",
    "Layers",
    "Open",
    "Outcome",
    "Policy",
    "State",
    "check_move",
    "credit_decision",
    "layers",
    "may",
    "progress",
    "weigh",
]
