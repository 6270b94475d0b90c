"""Who may: decided from the roles someone holds and the marks a duty has. Pure."""

from __future__ import annotations

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
