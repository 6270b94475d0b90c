"""What undoing one clearing takes along, decided: some clearings are half of a movement and cannot go alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huikuan.kit.errors import Refused
from huikuan.kit.words import _

LINE = "cash.line"


@dataclass(frozen=True, slots=True)
class Side:
    """An item of a clearing. `own`: its entry was posted by whoever made the clearing; `partner`: the open item that the same
    entry put elsewhere (a transfer's receipt on the other account), and whether all of that is still there."""

    item: int
    kind: str
    amount: int
    own: bool
    partner: int = 0
    untouched: bool = True


def undone_with(source: str, sides: Sequence[Side], document: str) -> Side | None:
    """The transfer that has to be undone with a clearing of source `source` ("cash.line"), None when it goes alone.

    Raises Refused for a half whose other half is taken back elsewhere: a charge, or what another desk keeps.
    """
    if source != LINE:
        if any(s.own and s.kind in {"account", "debit"} for s in sides):
            raise Refused(_("This clearing belongs to %(document)s; take it back there.", document=document))
        return None
    made = next((s for s in sides if s.own and s.amount > 0 and s.kind == "account"), None)
    if made is None:
        return None
    if not made.partner:
        raise Refused(_("This clearing is a charge to an account; take the charge back instead."))
    if not made.untouched:
        raise Refused(
            _("What was moved to the other customer has been used there. Undo that first, then the move.")
        )  # fmt: skip
    return made
