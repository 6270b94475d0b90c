"""Cash, written. Reading a file, posting its lines, finding payers, applying and undoing: each is one function."""

from huikuan.receivables.cash.actions.advice import advice_door, attach_advice, drop_advice, note_advice
from huikuan.receivables.cash.actions.apply import (
    accept,
    accept_many,
    apply,
    assign,
    identify,
    ignore,
    on_account,
    reopen,
    undo,
)
from huikuan.receivables.cash.actions.charge import charge_to, move, uncharge
from huikuan.receivables.cash.actions.chosen import say_taken_back
from huikuan.receivables.cash.actions.claims import accept_claim, ask_sales, claim, refuse_claim, withdraw_claim
from huikuan.receivables.cash.actions.differences import charge_off
from huikuan.receivables.cash.actions.hand import Handed, hand_back, hand_on, hand_out
from huikuan.receivables.cash.actions.imports import Imported, door, import_file
from huikuan.receivables.cash.actions.match import Link, Matched, match, propose_line
from huikuan.receivables.cash.actions.rulesets import ask_rules
from huikuan.receivables.cash.actions.settings import end_lesson, map_account, open_house_bank, set_map, set_rate, teach
from huikuan.receivables.cash.actions.waiting import drop_row, fix_row, post_waiting

__all__ = [
    "Handed", "Imported", "Link", "Matched", "accept", "accept_claim", "accept_many", "advice_door", "apply", "ask_rules",
    "ask_sales", "assign", "attach_advice", "charge_off", "charge_to", "claim", "door", "drop_advice", "drop_row",
    "end_lesson", "fix_row", "hand_back", "hand_on", "hand_out", "identify", "ignore", "import_file", "map_account", "match", "move", "note_advice",
    "on_account",
    "open_house_bank", "post_waiting", "propose_line", "refuse_claim", "reopen", "say_taken_back", "set_map", "set_rate", "teach",
    "uncharge", "undo", "withdraw_claim",
]  # fmt: skip
