"""The credit decision, and why. Pure: facts in, a decision with its reasons out.

Amounts are minor units, shares 10^-8. A limit of None is unlimited, a limit of 0 allows nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from huikuan.kit.money import RATE_SCALE, Money, divide, scaled_text
from huikuan.kit.words import Say, _


class Outcome(StrEnum):
    FREE = "free"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Policy:
    """What is asked. None = not asked."""

    check_limit: bool = True
    oldest_overdue_days: int | None = None
    overdue_share: int | None = None  # 10^-8
    grace_days: int = 0
    horizon_days: int | None = None


@dataclass(frozen=True, slots=True)
class Layers:
    """Exposure of one account (or group) in one currency, before this order."""

    orders: int = 0
    deliveries: int = 0
    billing: int = 0
    items: int = 0
    drafts: int = 0  # acceptance drafts that came for items and are not honoured yet

    @property
    def total(self) -> int:
        return self.orders + self.deliveries + self.billing + self.items + self.drafts


@dataclass(frozen=True, slots=True)
class Account:
    """Whose limit is judged: the payer, then the group it belongs to. `limit` in minor units of `currency`."""

    name: str
    limit: int | None
    exposure: Layers
    currency: str
    group: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """What the payer's open items say on the day, in the order's currency."""

    oldest_overdue: int = 0  # days late of the oldest overdue item
    oldest_document: str = ""
    overdue: int = 0  # sum of debit items due before the day
    open: int = 0  # sum of debit items
    on_account: int = 0  # money received and not applied, as a positive figure
    due_now: int = 0  # debit items due on or before the day: they have the first claim on that money
    prepaid_orders: int = 0  # other live orders that wait for their money, not yet billed


@dataclass(frozen=True, slots=True)
class Facts:
    """The order as credit sees it. `amount` is what it would add to exposure, in `currency`."""

    number: str
    amount: int
    currency: str
    on: date
    prepay: int = 0  # how much of it must be covered by money on account (款到发货, or the parts of it)
    credit: bool = False  # gives goods back: never stopped by credit
    blocked: Say | None = None  # the account is blocked or closed
    copied_held: str = ""  # number of the held order it was copied from
    requested: date | None = None
    elsewhere: tuple[str, ...] = ()  # other currencies in which the payer owes: shown, not converted


@dataclass(frozen=True, slots=True)
class Decision:
    outcome: Outcome
    reasons: tuple[Say, ...]
    shortfall: int = 0
    tests: tuple[str, ...] = field(default=())  # which tests stopped it, for queues and tests

    @property
    def held(self) -> bool:
        return self.outcome is Outcome.HELD


def credit_decision(order: Facts, accounts: tuple[Account, ...], policy: Policy, items: Items) -> Decision:
    """Free or held, every reason (not only the first), and by how much credit or cash falls short."""
    if order.credit:
        return Decision(Outcome.FREE, (_("It gives value back, so credit does not stop it."),))
    against: list[tuple[str, Say, int]] = []
    well: list[Say] = []
    if order.blocked is not None:
        against.append(("blocked", order.blocked, 0))
    if order.copied_held:
        against.append(("copy", _("It is a copy of order %(number)s, which is on hold.", number=order.copied_held), 0))
    if order.prepay > 0:
        _ask(_cash(order, items), "cash", against, well)
    if policy.check_limit and (order.amount > order.prepay or not order.prepay):
        for account in accounts:
            same = account.limit is None or account.currency == order.currency
            _ask(_limit(order, account) if same else _other_currency(order, account), "limit", against, well)
        if order.elsewhere:
            well.append(
                _("What is owed in %(others)s is not counted against this limit.", others=list(order.elsewhere))
            )
    if policy.oldest_overdue_days is not None:
        _ask(_oldest(items, policy.oldest_overdue_days + policy.grace_days), "overdue", against, well)
    if policy.overdue_share is not None:
        _ask(_overdue_share(order, items, policy.overdue_share), "share", against, well)
    if against:
        return Decision(
            Outcome.HELD, tuple(a[1] for a in against), max(a[2] for a in against), tuple(a[0] for a in against)
        )
    return Decision(Outcome.FREE, tuple(well) or (_("No credit test is asked of this customer."),))


Answer = tuple[bool, Say, int]


def _ask(answer: Answer, test: str, against: list[tuple[str, Say, int]], well: list[Say]) -> None:
    passed, say, short = answer
    if passed:
        well.append(say)
    else:
        against.append((test, say, short))


def _limit(order: Facts, account: Account) -> Answer:
    """Limit 0 allows nothing, not even an order of 0: an account with limit 0 is not meant to be sold to."""
    currency = account.currency
    on_credit = order.amount - order.prepay
    used, after = account.exposure.total, account.exposure.total + on_credit
    if account.limit is None:
        return True, _("%(account)s has no credit limit set, so any amount passes.", account=account.name), 0
    limit, amount = Money(account.limit, currency), Money(on_credit, currency)
    if account.limit == 0:
        return (
            False,
            _("The credit limit of %(account)s is 0: nothing may be sold on credit.", account=account.name),
            max(after, 0),
        )
    if after > account.limit:
        say = _(
            "%(account)s: exposure %(used)s and this order %(amount)s exceed the limit of %(limit)s by %(short)s.",
            account=account.name,
            used=Money(used, currency),
            amount=amount,
            limit=limit,
            short=Money(after - account.limit, currency),
        )
        return False, say, after - account.limit
    say = _(
        "%(account)s: exposure %(used)s and this order %(amount)s stay within the limit of %(limit)s.",
        account=account.name,
        used=Money(used, currency),
        amount=amount,
        limit=limit,
    )
    return True, say, 0


def _other_currency(order: Facts, account: Account) -> Answer:
    say = _(
        "The order is in %(currency)s, the limit of %(account)s in %(limit)s: a person decides.",
        currency=order.currency,
        account=account.name,
        limit=account.currency,
    )
    return False, say, 0


def _cash(order: Facts, items: Items) -> Answer:
    """Cash first: money on account, less what is due now and what other such orders wait for, must cover it all."""
    free = items.on_account - items.due_now - items.prepaid_orders
    say = _(
        "Cash first: %(cash)s on account, %(due)s of it for items that are due and %(others)s for other prepaid orders; "
        "this order needs %(amount)s first.",
        cash=Money(items.on_account, order.currency),
        due=Money(items.due_now, order.currency),
        others=Money(items.prepaid_orders, order.currency),
        amount=Money(order.prepay, order.currency),
    )
    short = order.prepay - max(free, 0)
    return short <= 0, say, max(short, 0)


def _oldest(items: Items, days: int) -> Answer:
    if items.oldest_overdue > days:
        return (
            False,
            _(
                "Item %(document)s is %(late)s days overdue; at most %(days)s are allowed.",
                document=items.oldest_document or "?",
                late=items.oldest_overdue,
                days=days,
            ),
            0,
        )
    return True, _("Nothing is overdue for more than %(days)s days.", days=days), 0


def _overdue_share(order: Facts, items: Items, most: int) -> Answer:
    share = divide(items.overdue * RATE_SCALE, items.open) if items.open > 0 else 0
    facts = {"share": percent(share), "most": percent(most), "overdue": Money(items.overdue, order.currency)}
    if share > most:
        return (
            False,
            _("%(share)s of the open items (%(overdue)s) is overdue; at most %(most)s is allowed.", **facts),
            0,
        )
    return True, _("%(share)s of the open items (%(overdue)s) is overdue, within the allowed %(most)s.", **facts), 0


def percent(rate: int) -> str:
    """A rate of 10^-8 as "13%" or "12.5%", two places at most."""
    return scaled_text(divide(rate, 10**4), 100) + "%"


@dataclass(frozen=True, slots=True)
class Open:
    """An open item as credit looks at it; `remaining` signed, `kind` as in the ledger."""

    document: str
    kind: str
    due: date | None
    remaining: int


def weigh(items: Iterable[Open], on: date, prepaid_orders: int = 0) -> Items:
    """Items of one payer in one currency, summed up for the tests. Due on the day itself is due, not overdue."""
    worst, document = 0, ""
    overdue = whole = cash = due_now = 0
    for item in items:
        if item.remaining < 0:
            cash -= item.remaining if item.kind in ("receipt", "account") else 0
            continue
        whole += item.remaining
        if item.due is None:
            continue
        due_now += item.remaining if item.due <= on else 0
        late = (on - item.due).days
        if late > 0:
            overdue += item.remaining
        if late > worst:
            worst, document = late, item.document
    return Items(worst, document, overdue, whole, cash, due_now, prepaid_orders)
