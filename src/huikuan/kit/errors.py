"""What can go wrong, in words a person can act on. Doors turn these into pages, problem details and exit codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from huikuan.kit.words import Say, _


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one value: where it stands, what it is, why it is wrong, what to do."""

    field: str
    value: str
    reason: Say
    remedy: Say | None = None
    row: int | None = None

    def to(self, language: str) -> dict[str, Any]:
        return {
            "row": self.row,
            "field": self.field,
            "value": self.value,
            "reason": self.reason.to(language),
            "remedy": self.remedy.to(language) if self.remedy else None,
        }


class Trouble(Exception):
    """The root of everything Huikuan says no with. `say` is for people; `status` is what REST answers."""

    status = 400
    record = 0  # the trail row that keeps the refusal, once there is one

    def __init__(self, say: Say | str, *, faults: tuple[Fault, ...] = ()) -> None:
        self.say = Say(say) if isinstance(say, str) else say
        self.faults = faults
        super().__init__(str(self.say))


class Refused(Trouble):
    """A rule says no, and the state of things is why. Everything the act did is rolled back."""

    status = 409


class Stale(Refused):
    """Someone else changed the row since it was read (I20). REST answers 412 where If-Match was given."""

    status = 412


class Denied(Trouble):
    """The person may not do this."""

    status = 403


class Again(Denied):
    """The person may, but must first prove that it is still they who sit there."""


class Slow(Trouble):
    """Too many tries; `wait` seconds until the next one is answered."""

    status = 429

    def __init__(self, say: Say | str, wait: int) -> None:
        super().__init__(say)
        self.wait = max(1, wait)


class Missing(Trouble):
    """No such thing, or not in this company."""

    status = 404


class Invalid(Trouble):
    """The input is wrong; `faults` says where."""

    status = 422

    @classmethod
    def one(cls, field: str, value: object, reason: Say, remedy: Say | None = None, row: int | None = None) -> Invalid:
        fault = Fault(field, str(value)[:200], reason, remedy, row)
        return cls(_("%(field)s: %(reason)s", field=field, reason=reason), faults=(fault,))
