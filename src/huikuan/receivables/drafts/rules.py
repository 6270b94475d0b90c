"""Acceptance drafts (承兑汇票), decided: what a number says, when to present, what discounting costs, whether to take one.

A draft is named by its number and its sub-range (子票区间): the same number with several ranges is normal, each hundredth of
a yuan being one unit of the range. Facts: shared/domain/china.md §4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from huikuan.kit.dates import WorkCalendar, add_months
from huikuan.kit.errors import Fault, Invalid, Refused
from huikuan.kit.money import RATE_SCALE, Money
from huikuan.kit.words import Say, _, _in

DIGITS = 30
LARGEST = 100_000_000_000  # 1 bn yuan in fen: the most one pack holds
PRESENT_WITHIN = 10  # days from the due date in which the acceptor must be asked
TENOR = 6  # months, for drafts issued since 2023
KINDS = {"1": "bank", "2": "commercial", "5": "bank", "6": "commercial", "8": "bank", "7": "commercial"}
NEW_SYSTEM = frozenset("5678")  # the new system splits drafts; the old ECDS (1, 2) does not

ASKED, HELD, PRESENTED, HONOURED = "asked", "held", "presented", "honoured"
ENDORSED, DISCOUNTED, REFUSED_BY_BANK, SPLIT, RETURNED, DECLINED = (
    "endorsed", "discounted", "refused", "split", "returned", "declined",
)  # fmt: skip
MOVES: dict[str, frozenset[str]] = {
    ASKED: frozenset({HELD, DECLINED}),
    HELD: frozenset({PRESENTED, HONOURED, ENDORSED, DISCOUNTED, REFUSED_BY_BANK, SPLIT, RETURNED}),
    PRESENTED: frozenset({HONOURED, REFUSED_BY_BANK}),
    ENDORSED: frozenset({HONOURED, REFUSED_BY_BANK}),
    DISCOUNTED: frozenset({HONOURED, REFUSED_BY_BANK}),
    HONOURED: frozenset(), REFUSED_BY_BANK: frozenset(), SPLIT: frozenset(), RETURNED: frozenset(), DECLINED: frozenset(),
}  # fmt: skip
STATES: dict[str, Say] = {
    ASKED: _("Waits for a grant"), HELD: _in("draft", "Held"), PRESENTED: _in("draft", "Presented"), HONOURED: _("Honoured"), ENDORSED: _("Endorsed on"),
    DISCOUNTED: _in("draft", "Discounted"), REFUSED_BY_BANK: _("Refused by the acceptor"), SPLIT: _in("draft", "Split"), RETURNED: _("Given back"),
    DECLINED: _in("draft", "Not taken"),
}  # fmt: skip
KIND_NAMES: dict[str, Say] = {"bank": _("Bank acceptance draft"), "commercial": _("Commercial acceptance draft")}


def check_move(number: str, now: str, to: str) -> None:
    """Raises Refused with the state in words."""
    if to not in MOVES[now]:
        raise Refused(
            _("Draft %(number)s is %(state)s; it cannot become %(wanted)s.", number=number, state=STATES[now], wanted=STATES[to])
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paper:
    """What a draft says of itself. `start` and `end` are its sub-range in hundredths of a yuan, both 0 where the draft
    cannot be split; `amount` minor units."""

    number: str
    start: int
    end: int
    amount: int
    issued: date
    due: date
    acceptor: str
    drawer: str
    currency: str = "CNY"

    @property
    def kind(self) -> str:
        return KINDS.get(self.number[:1], "commercial")


def check(paper: Paper) -> None:
    """Everything that makes a draft impossible, all at once. Raises Invalid."""
    faults: list[Fault] = []

    def wrong(name: str, value: Any, reason: Say, remedy: Say | None = None) -> None:
        faults.append(Fault(name, str(value), reason, remedy))

    if not (paper.number.isascii() and paper.number.isdigit() and len(paper.number) == DIGITS):
        wrong("number", paper.number, _("A draft's number has %(n)s digits.", n=DIGITS), _("Copy it from the draft."))
    elif paper.number[0] not in KINDS:
        wrong("number", paper.number, _("No kind of draft begins with %(digit)s.", digit=paper.number[0]))
    else:
        told = paper.number[13:21]
        try:
            registered = date(int(told[:4]), int(told[4:6]), int(told[6:]))
            if not paper.issued - timedelta(days=1) <= registered <= paper.issued + timedelta(days=31):
                wrong("issued", paper.issued, _("The number says that it was registered on %(day)s.", day=registered))
        except ValueError:
            wrong("number", paper.number, _("Digits 14 to 21 of the number are no day: %(told)s.", told=told))
    if paper.amount <= 0 or paper.amount > LARGEST:
        wrong(
            "amount",
            Money(paper.amount, paper.currency).text(),
            _("A draft is over more than nothing and at most 1 bn."),
        )
    if (paper.start, paper.end) == (0, 0):
        pass
    elif paper.number[:1] not in NEW_SYSTEM:
        wrong(
            "start",
            f"{paper.start}-{paper.end}",
            _("A draft of the old system has no sub-range."),
            _("Leave both at 0."),
        )
    elif not 0 < paper.start <= paper.end < 10**12:
        wrong("start", f"{paper.start}-{paper.end}", _("A sub-range goes from a smaller to a larger unit, from 1 on."))
    elif paper.end - paper.start + 1 != paper.amount:
        wrong(
            "end", f"{paper.start}-{paper.end}",
            _("The sub-range is worth %(range)s, the draft %(amount)s.", range=Money(paper.end - paper.start + 1, "CNY"),
              amount=Money(paper.amount, paper.currency)),
        )  # fmt: skip
    if paper.due <= paper.issued:
        wrong("due", paper.due, _("It is due before it was issued."))
    elif paper.issued >= date(2023, 1, 1) and paper.due > add_months(paper.issued, TENOR):
        wrong("due", paper.due, _("A draft issued since 2023 runs for %(n)s months at most.", n=TENOR))
    for name in ("acceptor", "drawer"):
        if not getattr(paper, name).strip():
            wrong(name, "", _("is needed"))
    if paper.currency != "CNY":
        wrong("currency", paper.currency, _("Drafts are drawn in yuan."))
    if faults:
        raise Invalid(_("The draft cannot be taken: %(why)s", why=[f.reason for f in faults]), faults=tuple(faults))


@dataclass(frozen=True, slots=True)
class Policy:
    """Whose drafts are taken, as the company has set it. `first` and `listed`: names of banks (the usual "6+9", and other
    listed ones); `acceptors`: firms whose commercial drafts are taken; `share`: the most of a customer's payments of
    the last twelve months that may come as drafts (10^-8); `days`: the longest run to the due date without a charge;
    `rate`: the yearly charge for each day beyond (10^-8)."""

    first: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    acceptors: tuple[str, ...] = ()
    share: int = RATE_SCALE
    days: int = 184
    rate: int = 0
    banks: tuple[str, ...] | None = None  # the whole list of banks, where one was agreed with a customer
    agreed: Mapping[str, Say] = field(default_factory=dict)  # which of these were agreed, and with whom


FIRST = (
    "中国工商银行", "中国农业银行", "中国银行", "中国建设银行", "中国邮政储蓄银行", "交通银行",
    "招商银行", "浦发银行", "上海浦东发展银行", "中信银行", "中国光大银行", "华夏银行", "中国民生银行", "平安银行", "兴业银行", "浙商银行",
)  # fmt: skip


def read_policy(given: Mapping[str, Any] | None) -> Policy:
    """A policy from its setting. Raises Invalid that names the key."""
    given = given or {}
    unknown = sorted(set(given) - {"first", "listed", "acceptors", "share", "days", "rate"})
    if unknown:
        raise Invalid.one(unknown[0], "", _("The policy knows no such key."))
    for name in ("share", "days", "rate"):
        value = given.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise Invalid.one(name, value, _("Give a whole number, not below 0."))

    def names(key: str, default: Sequence[str]) -> tuple[str, ...]:
        return tuple(str(n).strip() for n in given.get(key, default) if str(n).strip())

    return Policy(
        names("first", FIRST), names("listed", ()), names("acceptors", ()), int(given.get("share", RATE_SCALE)), int(given.get("days", 184)),
        int(given.get("rate", 0)),
    )  # fmt: skip


TERMS = ("share", "days", "rate", "banks", "acceptors")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed with one customer or group instead of the policy (收票条件): each of TERMS that was; `whose` names it.

    Which banks come first is not among them: that is how a draft is booked, and not agreed with anybody."""

    whose: Say
    terms: Mapping[str, Any]


def read_terms(given: Mapping[str, Any]) -> dict[str, Any]:
    """Terms as they are kept. Raises Invalid that names the key; also where nothing is said."""
    unknown = sorted(set(given) - set(TERMS))
    if unknown:
        raise Invalid.one(unknown[0], "", _("There is no such term."))
    out: dict[str, Any] = {}
    for name in ("share", "days", "rate"):
        value = given.get(name)
        if value is None:
            continue
        most = 400 if name == "days" else RATE_SCALE
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise Invalid.one(name, value, _("Give a whole number from 0 to %(most)s.", most=most))
        out[name] = value
    for name in ("banks", "acceptors"):
        value = given.get(name)
        if value is None:
            continue
        if not isinstance(value, (list, tuple)) or not all(isinstance(n, str) and len(n.strip()) <= 200 for n in value):
            raise Invalid.one(name, "", _("Give a list of names of at most 200 characters."))
        if names := list(dict.fromkeys(n.strip() for n in value if n.strip())):
            out[name] = names
    if not out:
        raise Invalid.one("share", "", _("Say at least one term: what is left empty stays as the policy has it."))
    return out


def in_force(policy: Policy, levels: Sequence[Agreed]) -> Policy:
    """The policy for one payer. `levels`: what was agreed with the customer, with who pays for them, with the group: of each
    term the most specific one counts, whether it is stricter or not, for it was agreed knowing the others; a term that
    nobody agreed stays as the company's policy has it."""
    found: dict[str, Any] = {}
    agreed: dict[str, Say] = {}
    for level in levels:
        for name, value in level.terms.items():
            if name not in found:
                found[name] = tuple(value) if isinstance(value, (list, tuple)) else value
                agreed[name] = level.whose
    return replace(policy, **found, agreed=agreed)


def standing(paper: Paper, policy: Policy) -> str:
    """ "first", "listed" or "other" for a bank's draft, "named" or "other" for a firm's. Names begin alike: a branch
    accepts for its bank."""
    name = paper.acceptor.replace("股份有限公司", "").strip()
    if paper.kind == "bank":
        for label, banks in (("first", policy.first), ("listed", policy.listed), ("listed", policy.banks or ())):
            if _among(name, banks):
                return label
        return "other"
    return "named" if any(paper.acceptor.startswith(a) for a in policy.acceptors) else "other"


def _among(name: str, banks: Sequence[str]) -> bool:
    return any(name.startswith(b.replace("股份有限公司", "")) for b in banks)


def _taken(paper: Paper, policy: Policy, stands: str) -> bool:
    """Whether its acceptor is one whose drafts are taken. A list that was agreed with the customer is the whole list."""
    if paper.kind == "bank" and policy.banks is not None:
        return _among(paper.acceptor.replace("股份有限公司", "").strip(), policy.banks)
    return stands != "other"


def keeps_exposure(standing: str) -> bool:
    """Whether the customer's exposure stays until the draft is honoured: for all but the first banks'."""
    return standing != "first"


def leaves_books(standing: str) -> bool:
    """Whether endorsing or discounting takes the draft off our books: only where nobody expects a recourse."""
    return standing == "first"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a draft is taken at once (`ok`), or what a second person has to grant; `charge` in minor units for days
    beyond those that are free; `agreed`: which terms were agreed with the customer or group rather than the policy's."""

    ok: bool
    standing: str
    concerns: tuple[Say, ...] = field(default=())
    charge: int = 0
    why: Say | None = None
    agreed: tuple[Say, ...] = ()


def judge(paper: Paper, policy: Policy, on: date, drafts_before: int, paid_before: int) -> Verdict:
    """Hold a draft against the policy. `drafts_before` and `paid_before`: what this customer paid in drafts, and in all,
    in the twelve months before `on`, minor units."""
    stands = standing(paper, policy)
    concerns: list[Say] = []

    def concern(what: Say, *names: str) -> None:
        """With whom the broken term was agreed, where it was."""
        whose = next((policy.agreed[n] for n in names if n in policy.agreed), None)
        concerns.append(
            what if whose is None else _("%(what)s This was agreed with %(whose)s.", what=what, whose=whose)
        )

    if not _taken(paper, policy, stands):
        if paper.kind == "bank":
            concern(_("%(name)s is not on the list of banks whose drafts are taken.", name=paper.acceptor), "banks")
        else:
            concern(_("%(name)s is not on the list of firms whose drafts are taken.", name=paper.acceptor), "acceptors")
    whole = paid_before + paper.amount
    share = (drafts_before + paper.amount) * RATE_SCALE // whole if whole else RATE_SCALE
    if share > policy.share:
        concern(
            _("Drafts would be %(share)s%% of this customer's payments of twelve months; %(most)s%% are allowed.",
              share=_percent(share), most=_percent(policy.share)),
            "share",
        )  # fmt: skip
    if paper.due < on:
        concern(_("The draft has been due since %(day)s.", day=paper.due))
    beyond = max(0, (paper.due - on).days - policy.days)
    charge = interest(paper.amount, policy.rate, beyond)
    why = (
        _("It runs %(days)s days beyond the %(free)s that are free.", days=beyond, free=policy.days) if charge else None
    )
    return Verdict(not concerns, stands, tuple(concerns), charge, why, _agreed(policy))


def _agreed(policy: Policy) -> tuple[Say, ...]:
    """Which terms were not the company's, and why they count."""
    return tuple(
        _("%(term)s: as agreed with %(whose)s, the most specific agreement there is", term=TERM_NAMES[n], whose=whose)
        for n, whose in policy.agreed.items()
    )


TERM_NAMES: dict[str, Say] = {
    "share": _("Most of a customer's payments in drafts"), "days": _("Days to the due date without a charge"),
    "rate": _("Yearly charge for days beyond"), "banks": _("Banks whose drafts are taken"),
    "acceptors": _("Firms whose commercial drafts are taken"),
}  # fmt: skip


def _percent(rate: int) -> str:
    whole, rest = divmod(rate * 10_000 // RATE_SCALE, 100)
    return f"{whole}.{rest:02d}"


def interest(amount: int, rate: int, days: int) -> int:
    """amount × yearly rate (10^-8) × days ÷ 360, half up, minor units."""
    below = RATE_SCALE * 360
    return (amount * rate * days * 2 + below) // (2 * below)


def paid_on(due: date, calendar: WorkCalendar) -> date:
    """The day the money comes: a draft due on a day off is paid on the next work day."""
    return calendar.shift(due, "next")


def discount(amount: int, rate: int, on: date, due: date, calendar: WorkCalendar) -> tuple[int, int, int]:
    """(interest, net, days) of a draft discounted on a day: interest runs to the day on which it is paid. Raises Invalid."""
    days = (paid_on(due, calendar) - on).days
    if days <= 0:
        raise Invalid.one("on", on, _("The draft is due already; present it."))
    cost = interest(amount, rate, days)
    return cost, amount - cost, days


def present_window(due: date, calendar: WorkCalendar) -> tuple[date, date]:
    """(first, last) day on which the acceptor can be asked to pay without losing recourse."""
    return due, calendar.shift(due + timedelta(days=PRESENT_WITHIN), "next")


def split_at(start: int, end: int, first: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Two ranges, the first worth `first` hundredths of a yuan. Raises Invalid."""
    if (start, end) == (0, 0):
        raise Invalid.one("amount", Money(first, "CNY").text(), _("This draft cannot be split."))
    if not 0 < first < end - start + 1:
        raise Invalid.one(
            "amount", Money(first, "CNY").text(), _("Give less than the whole: %(whole)s.", whole=Money(end - start + 1, "CNY"))
        )  # fmt: skip
    return (start, start + first - 1), (start + first, end)
