"""The credit limit. Lowering is done at once; raising, or taking the limit away, is asked of a second person (A06)."""

from __future__ import annotations

from typing import Any

from huikuan.books.customers.actions.accounts import KIND, get, refuse, save, stale
from huikuan.books.customers.actions.settings import save_row
from huikuan.books.customers.models import Customer, Group
from huikuan.books.customers.rules.facts import clean
from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.money import Money
from huikuan.kit.refs import read, ref
from huikuan.kit.words import Say, _
from huikuan.office.approvals.actions import ask
from huikuan.office.trail.act import Act, action


def raises(old: int | None, new: int | None) -> bool:
    """Whether the new limit allows more than the old (None = no limit)."""
    return old is not None and (new is None or new > old)


def _words(limit: int | None, currency: str) -> Say | Money:
    return _("no limit") if limit is None else Money(limit, currency)


def _checked(limit: int | None, reason: str) -> None:
    _values, faults = clean({"credit_limit": limit})
    refuse(faults)
    if not reason.strip():
        raise Invalid.one("reason", "", _("must not be empty"))


@action("customers.set_limit", needs="customers.limit")
def set_limit(act: Act, customer_id: int, limit: int | None, reason: str, version: int | None = None) -> Customer:
    """Lower a limit (minor units of the customer's currency; None = no limit). Raising goes through `ask_limit`."""
    _checked(limit, reason)
    row = get(act, customer_id)
    if raises(row.credit_limit, limit):
        raise Refused(
            _("A higher limit for %(number)s needs a second person. Ask for its approval.", number=row.number)
        )
    save(act, row, {"credit_limit": limit}, version)
    act.note(reason=reason)
    return row


@action("customers.ask_limit", needs="customers.limit")
def ask_limit(act: Act, customer_id: int, limit: int | None, reason: str, version: int | None = None) -> int:
    """Lower at once (returns 0), or ask for the approval of a higher limit and return the approval's id.

    Taking a limit away is not asked for: an approval is held against an amount. A policy may stop the limit's check.
    """
    _checked(limit, reason)
    row = get(act, customer_id)
    if not raises(row.credit_limit, limit):
        set_limit(act, customer_id, limit, reason, version)
        return 0
    if limit is None:
        raise Invalid.one(
            "limit", "", _("must be an amount"), _("To stop checking the limit, change the credit policy.")
        )
    if version is not None and version != row.version:
        raise stale(row.number)
    act.subject(ref(KIND, row.pk))
    old, new = _words(row.credit_limit, row.currency), _words(limit, row.currency)
    shown: dict[str, Any] = {
        "customer": f"{row.number} {row.name}", "currency": row.currency, "old": row.credit_limit, "new": limit,
        "reason": reason, "version": row.version,
    }  # fmt: skip
    title = _(
        "Raise the credit limit of %(number)s %(name)s from %(old)s to %(new)s",
        number=row.number,
        name=row.name,
        old=old,
        new=new,
    )
    asked = ask(act, "customers.limit", ref(KIND, row.pk), Money(limit, row.currency), shown, title)
    return int(asked.pk)


@action("customers.grant_limit", needs=None)
def grant_limit(act: Act, customer_id: int, limit: int | None, version: int) -> Customer:
    """Inside the grant: the limit as it was shown, if the customer has not changed since."""
    row = get(act, customer_id)
    save(act, row, {"credit_limit": limit}, version)
    return row


def granted(act: Act, approval: Any) -> None:
    """What the grant of a "customers.limit" approval does."""
    subject = read(approval.subject)
    assert subject is not None
    grant_limit(act, subject.pk, approval.shown["new"], approval.shown["version"])


GROUP = "customers.group"


@action("customers.ask_group_limit", needs="customers.limit")
def ask_group_limit(act: Act, group_id: int, limit: int | None, reason: str, version: int | None = None) -> int:
    """A limit over all members' exposure, in the group's currency: lowered at once (returns 0), raised by approval."""
    _checked(limit, reason)
    row = Group.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=group_id).first()
    if row is None:
        raise Missing(_("There is no such group."))
    if not raises(row.credit_limit, limit):
        save_row(act, Group, {"number": row.number}, {"credit_limit": limit}, version)
        act.note(reason=reason)
        return 0
    if limit is None:
        raise Invalid.one("limit", "", _("must be an amount"))
    act.subject(ref(GROUP, row.pk))
    old, new = _words(row.credit_limit, row.currency), _words(limit, row.currency)
    shown = {
        "group": f"{row.number} {row.name}", "currency": row.currency, "old": row.credit_limit, "new": limit, "reason": reason,
        "version": row.version,
    }  # fmt: skip
    title = _(
        "Raise the limit of the group %(number)s %(name)s from %(old)s to %(new)s",
        number=row.number,
        name=row.name,
        old=old,
        new=new,
    )
    return int(ask(act, "customers.group_limit", ref(GROUP, row.pk), Money(limit, row.currency), shown, title).pk)


@action("customers.grant_group_limit", needs=None)
def grant_group_limit(act: Act, group_id: int, limit: int, version: int) -> Group:
    """Inside the grant: the group's limit as it was shown."""
    row = Group.objects.get(company_id=act.company, pk=group_id)
    return save_row(act, Group, {"number": row.number}, {"credit_limit": limit}, version)


def group_granted(act: Act, approval: Any) -> None:
    """What the grant of a "customers.group_limit" approval does."""
    subject = read(approval.subject)
    assert subject is not None
    grant_group_limit(act, subject.pk, approval.shown["new"], approval.shown["version"])
