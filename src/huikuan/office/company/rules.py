"""Who may: decided from the roles someone holds and the marks a duty has; how long a stranger waits. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from huikuan.kit.words import Say, _

DESKS = {
    "sales": _("Sales operations"),
    "o2c": _("Order to cash"),
    "credit": _("AR and credit"),
    "lead": _("Customer-service-finance lead"),
    "accountant": _("AR accountant"),
}


def may(held: Iterable[str], marked: Iterable[str]) -> bool:
    """Someone may when one of their roles is marked; the server's own command line (SYS) always may."""
    roles = set(held)
    return "SYS" in roles or bool(roles & set(marked))


def refusal(login: str, duty: str, marked: Iterable[str]) -> Say:
    roles = sorted(marked)
    if not roles:
        return _("No role may do this (%(duty)s). Ask the administrator.", duty=duty)
    return _(
        "%(login)s may not do this (%(duty)s). It needs one of the roles %(roles)s.",
        login=login,
        duty=duty,
        roles=roles,
    )


FREE_TRIES, FREE_TRIES_OF_ADDRESS = 5, 20
LONGEST_WAIT = 3600
FORGET_AFTER = 24 * 3600  # seconds without a failure after which the count begins again
FRESH = 600  # seconds that a password or code counts for sensitive acts
READ, ALL, SENSITIVE = "read", "all", "sensitive"


def wait(fails: int, free: int = FREE_TRIES) -> int:
    """Seconds until the next try after so many failures: a minute at first, then twice as long each time, an hour at most.

    Growing rather than final, so that nobody can lock a colleague out for good by typing their login.
    """
    return 0 if fails < free else min(60 * 2 ** min(fails - free, 20), LONGEST_WAIT)


def token_may(scope: Iterable[str], duty: str, *, sensitive: bool) -> bool:
    """Whether a token's scope covers a duty. A sensitive one must be named, or "sensitive" be granted."""
    held = set(scope)
    if duty in held:
        return True
    return bool(held & {READ, ALL}) and (not sensitive or SENSITIVE in held)


def token_refusal(duty: str, *, sensitive: bool) -> Say:
    if sensitive:
        return _(
            "This token may not do %(duty)s: make one whose scope names it, or that includes sensitive acts.", duty=duty
        )
    return _("This token may not do %(duty)s: its scope does not name it.", duty=duty)


def mark(sha256: str) -> str:
    """By what an act's row knows a token's digest again, without keeping it: who reads the trail must not be able to find it."""
    return hashlib.sha256(f"token {sha256}".encode()).hexdigest()[:24]
