"""Orders on hold: checked again, released, rejected, cancelled; and whether the money on a slip really came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from huikuan.kit.errors import Denied, Missing, Refused, Stale
from huikuan.kit.money import Money
from huikuan.kit.refs import read, ref
from huikuan.kit.words import Say, _
from huikuan.office.approvals import actions as approvals
from huikuan.office.approvals import queries as approval_queries
from huikuan.office.approvals.rules import Checker, limit_of
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, action
from huikuan.office.work import actions as work
from huikuan.office.work import queries as work_queries
from huikuan.office.work import rules as work_rules
from huikuan.sales.orders.actions.common import (
    ORDER,
    Held,
    end_releases,
    hold_one,
    judge,
    move_layers,
    must_say,
    put,
    settle,
    void_approvals,
)
from huikuan.sales.orders.models import Order, Release
from huikuan.sales.orders.queries import Standing, counted, decisions, held_ids
from huikuan.sales.orders.rules import State, check_move, progress

RELEASE, MONEY = "orders.release", "orders.money_came"


# --- checked again ------------------------------------------------------------------------------------------------


def _check(act: Act, held: Held, on: date, cause: str) -> Order:
    order = held.order
    check_move(order.number, order.state, "check")
    was = held.layers()
    source = order.copied_from
    copied = source.number if source is not None and source.state == State.HELD else ""
    standing = Standing(act.company, [order.payer_id], on, without=[order.pk])
    judged = judge(standing, held, on, resting=State.FREE, copied_held=copied)
    if not judged.decision.held:
        void_approvals(act, order, "close")
    return settle(act, held, was, judged, on, cause)


@action("orders.check", needs="orders.check")
def check_again(act: Act, order_id: int, on: date | None = None) -> Order:
    """Ask the credit rule about an order on hold again, as things stand now."""
    return _check(act, hold_one(act, order_id), on or company.today(act), "check")


@action("orders.recheck", needs="orders.check")
def recheck_held(
    act: Act, payer_id: int | None = None, on: date | None = None, members: list[int] | None = None
) -> dict[str, int]:
    """Check all orders on hold of a payer (or of everybody) again, oldest first: money came, or a limit was raised.

    Oldest first, because the credit that became free goes to whoever waits longest. Returns {"checked", "freed"}.
    """
    ids: list[int] = []
    payers: list[int | None] = [*members] if members else [payer_id]
    for payer in payers:
        ids += held_ids(act.company, payer)
    freed = 0
    for pk in sorted(set(ids)):
        order = _check(act, hold_one(act, pk), on or company.today(act), "cash")
        freed += order.state != State.HELD
    act.note(checked=len(set(ids)), freed=freed)
    return {"checked": len(set(ids)), "freed": freed}


# --- released -----------------------------------------------------------------------------------------------------


def within_limit(company_id: int, login: str, amount: Money) -> bool:
    """Whether this person may let so much go alone."""
    held = Checker(login, company.roles(login, company_id))
    if "SYS" in held.roles:
        return True
    most = limit_of(held, RELEASE, amount.currency, approval_queries.limits(company_id))
    return most is not None and amount.minor <= most


@action("orders.release", needs="orders.release")
def release(act: Act, order_id: int, reason: str, evidence: int | None = None, version: int | None = None) -> Order:
    """Let a held order go, with a reason and maybe evidence (a kept file, such as a bank slip).

    Within the person's limit it goes at once. Beyond, an approval is asked for and the order stays on hold; the grant
    lets it go. Nobody releases an order that they placed. Raises Refused, Stale, Denied, Invalid.
    """
    held = hold_one(act, order_id, version)
    order = held.order
    check_move(order.number, order.state, "release")
    reason = must_say("reason", reason)
    if order.made_by == act.by:
        raise Denied(_("You placed order %(number)s; someone else releases it.", number=order.number))
    amount = Money(order.gross, order.currency)
    if not within_limit(act.company, act.by, amount):
        last = decisions(order.pk)[:1]
        approvals.ask(
            act,
            RELEASE,
            ref(ORDER, order.pk),
            amount,
            {
                "order": order.number,
                "version": order.version,
                "customer": order.customer.name,
                "payer": order.payer.name,
                "amount": amount,
                "shortfall": Money(order.shortfall or 0, order.currency),
                "why_held": last[0].reasons if last else [],
                "reason": reason,
                "evidence": evidence or 0,
            },
            _(
                "Release order %(number)s of %(payer)s, %(amount)s",
                number=order.number,
                payer=order.payer.name,
                amount=amount,
            ),
        )
        act.note(asked=True)
        return order
    return _let_go(act, held, reason, evidence)


def granted(act: Act, approval: Any) -> None:
    """The approver said yes: let exactly the order that was shown go, in the transaction of the grant."""
    subject = read(approval.subject)
    if subject is None:
        raise Missing(_("There is no such order."))
    let_go(act, subject.pk, approval.shown["version"], approval.shown["reason"], approval.shown["evidence"] or None)


@action("orders.let_go", needs=None)
def let_go(act: Act, order_id: int, version: int, reason: str, evidence: int | None) -> Order:
    """The released order, under an approval. Raises Stale when the order is not what was approved."""
    held = hold_one(act, order_id)
    if held.order.version != version:
        raise Stale(
            _("Order %(number)s was changed after its release was asked for. Ask again.", number=held.order.number)
        )
    check_move(held.order.number, held.order.state, "release")
    return _let_go(act, held, reason, evidence)


def _let_go(act: Act, held: Held, reason: str, evidence: int | None) -> Order:
    order, was, on, short = held.order, held.layers(), company.today(act), held.order.shortfall or 0
    order.state = progress(counted(held.lines), State.RELEASED).value
    put(act, held, State.HELD.value, shortfall=None, held_on=None)
    move_layers(act, [(order, was, held.layers())])
    row = Release.objects.create(
        company_id=act.company, order=order, at=act.at, on=on, by=act.by, reason=reason, amount=order.gross, shortfall=short,
        evidence_id=evidence,
    )  # fmt: skip
    act.note(reason=reason, amount=Money(order.gross, order.currency), evidence=evidence)
    if evidence is not None:
        title = _(
            "Check that the money for order %(number)s of %(payer)s came: %(amount)s",
            number=order.number, payer=order.payer.name, amount=Money(order.gross, order.currency),
        )  # fmt: skip
        due = company.calendar(act.company).add(on, 3)
        work.open_order(
            act, MONEY, ref(ORDER, order.pk), title, due=due, role="CSH", data={"release": row.pk, "evidence": evidence},
            key=f"{MONEY}:{row.pk}",
        )  # fmt: skip
    return order


@action("orders.money_came", needs="orders.money")
def money_came(act: Act, order_id: int, came: bool, on: date, note: str = "") -> Order:
    """Whether the money on the slip is on the account. When it is not, an order that has not left is on hold again."""
    held = hold_one(act, order_id)
    order = held.order
    row = Release.objects.filter(order=order, ended_on__isnull=True, money_came_on__isnull=True).order_by("-id").first()
    if row is None:
        raise Refused(_("Order %(number)s has no release that waits for money.", number=order.number))
    if came:
        Release.objects.filter(pk=row.pk).update(money_came_on=on)
    else:
        end_releases(order, on)
        if order.state == State.RELEASED:
            was = held.layers()
            order.state = State.HELD.value
            put(act, held, State.RELEASED.value, held_on=on, shortfall=row.shortfall)
            move_layers(act, [(order, was, held.layers())])
    todo = work_queries.by_key(act.company, f"{MONEY}:{row.pk}")
    if todo is not None and todo.state in work_rules.OPEN:
        work.finish(act, todo.id, _("The money is on the account.") if came else _("The money did not come."))
    act.note(came=came, on=on, note=note.strip()[:200])
    return order


# --- ended --------------------------------------------------------------------------------------------------------


def _end(act: Act, order_id: int, reason: str, version: int | None, move: str, state: State) -> Order:
    held = hold_one(act, order_id, version)
    order, before = held.order, held.order.state
    check_move(order.number, before, move)
    reason = must_say("reason", reason)
    if any(line.delivered for line in held.lines):
        raise Refused(
            _("Part of order %(number)s has left. Take the open quantity off its lines instead.", number=order.number)
        )
    was = held.layers()
    order.state = state.value
    put(act, held, before, reason=reason, shortfall=None, held_on=None)
    move_layers(act, [(order, was, held.layers())])
    void_approvals(act, order, "close")
    end_releases(order, company.today(act))
    act.note(reason=reason)
    return order


@action("orders.reject", needs="orders.release")
def reject(act: Act, order_id: int, reason: str, version: int | None = None) -> Order:
    """Say no to an order on hold, and why: the customer is told that reason."""
    return _end(act, order_id, reason, version, "reject", State.REJECTED)


@action("orders.cancel", needs="orders.place")
def cancel(act: Act, order_id: int, reason: str, version: int | None = None) -> Order:
    """The customer, or we, do not want it any more. Only while nothing has left."""
    return _end(act, order_id, reason, version, "cancel", State.CANCELLED)


# --- many at once -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Many:
    """What became of a choice: how many did what was asked, and (number, why) of those that did not."""

    done: int
    refused: tuple[tuple[str, Say], ...] = ()


def _number(company_id: int, pk: int) -> str:
    return Order.objects.filter(company_id=company_id, pk=pk).values_list("number", flat=True).first() or str(pk)


@action("orders.check_many", needs="orders.check")
def check_many(act: Act, order_ids: list[int]) -> Many:
    """Check some orders on hold again, oldest first. `done` counts those that are free now."""
    freed, refused = 0, []
    for pk in sorted(set(order_ids)):
        tried = act.attempt(check_again, pk)
        if not tried.ok and tried.trouble is not None:
            refused.append((_number(act.company, pk), tried.trouble.say))
        elif tried.value.state != State.HELD:
            freed += 1
    return Many(freed, tuple(refused))


@action("orders.release_many", needs="orders.release")
def release_many(act: Act, order_ids: list[int], reason: str) -> Many:
    """Release some orders for one reason; those above the person's limit are passed on for approval."""
    done, refused = 0, []
    for pk in sorted(set(order_ids)):
        tried = act.attempt(release, pk, reason)
        if tried.ok:
            done += 1
        elif tried.trouble is not None:
            refused.append((_number(act.company, pk), tried.trouble.say))
    return Many(done, tuple(refused))
