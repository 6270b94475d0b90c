"""Who may decide an approval, and why not. Pure: the facts come in, the answer goes out with its reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from huikuan.kit.money import Money
from huikuan.kit.words import Say, _, _in

ASKED, GRANTED, REFUSED, VOID = "asked", "granted", "refused", "void"
STATES = (ASKED, GRANTED, REFUSED, VOID)
STATE_WORDS: dict[str, Say] = {
    ASKED: _in("approval", "Asked"),
    GRANTED: _("Granted"),
    REFUSED: _in("approval", "Refused"),
    VOID: _("No longer valid"),
}


def shown_hash(shown: Any) -> str:
    """SHA-256 of what the checker is shown, written canonically: sorted keys, no spaces, UTF-8.

    `shown` is plain JSON (texts, whole numbers, booleans, lists, dicts). A float raises TypeError: two
    machines write floats differently, and no amount is one.
    """
    _no_floats(shown)
    text = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _no_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("what is shown for approval holds a float")
    if isinstance(value, dict):
        for key, one in value.items():
            if not isinstance(key, str):
                raise TypeError("what is shown for approval has a key that is not a text")
            _no_floats(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            _no_floats(one)


@dataclass(frozen=True, slots=True)
class LimitRow:
    """Up to `up_to` minor units of `currency`; for a role or for one person; for one duty or ("") for all."""

    role: str
    person: str
    duty: str
    up_to: int
    currency: str


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be decided: who asked, who gains, the amount held against limits, who granted first."""

    asked_by: str
    beneficiary: str
    duty: str
    limited: bool
    amount: Money | None
    first_by: str = ""


@dataclass(frozen=True, slots=True)
class Checker:
    """Who wants to decide: login and roles in the company."""

    login: str
    roles: Collection[str]


def limit_of(checker: Checker, duty: str, currency: str, rows: Iterable[LimitRow]) -> int | None:
    """The checker's limit in minor units of `currency`, or None when there is none.

    A row for the person wins over rows for roles (so that one approver can be held lower, or higher, than her
    role); a row for the duty wins over a general one. Among roles the highest counts.
    """
    best: dict[int, int] = {}
    for row in rows:
        if row.currency != currency or row.duty not in ("", duty):
            continue
        if row.person:
            if row.person != checker.login:
                continue
        elif row.role not in checker.roles:
            continue
        rank = 2 * bool(row.person) + bool(row.duty)
        best[rank] = max(best.get(rank, 0), row.up_to)
    return best[max(best)] if best else None


@dataclass(frozen=True, slots=True)
class Answer:
    """May the checker decide? `why` when not. `second`: her grant is the first of the two that are needed."""

    may: bool
    why: Say | None = None
    second: bool = False
    passes_up: bool = False


def may_decide(case: Case, checker: Checker, checkers: Collection[str], rows: Collection[LimitRow]) -> Answer:
    """May this person grant this case (four eyes, role, limit)? Above every limit, two holders of the highest agree."""
    if checker.login == case.asked_by:
        return Answer(False, _("You asked for it; someone else decides."))
    if case.beneficiary and checker.login == case.beneficiary:
        return Answer(False, _("It is to your own benefit; someone else decides."))
    if checker.login == case.first_by:
        return Answer(False, _("You granted it first; a second person decides."))
    if not set(checker.roles) & set(checkers):
        return Answer(False, _("It is decided by %(roles)s.", roles=sorted(checkers)))
    if not case.limited or case.amount is None:
        return Answer(True)
    amount = abs(case.amount.minor)
    mine = limit_of(checker, case.duty, case.amount.currency, rows)
    if mine is None:
        return Answer(False, _("You have no limit in %(currency)s.", currency=case.amount.currency), passes_up=True)
    if amount <= mine:
        return Answer(True)
    top = max((r.up_to for r in rows if r.currency == case.amount.currency and r.duty in ("", case.duty)), default=0)
    if amount > top and mine == top:
        return Answer(True, second=not case.first_by)
    why = _("%(amount)s is above your limit of %(limit)s.", amount=case.amount, limit=Money(mine, case.amount.currency))
    return Answer(False, why, passes_up=True)
