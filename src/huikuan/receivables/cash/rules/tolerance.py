"""How much of a difference may be written off, by whom, and for which reason.

Gain (more came) and loss (less came) apart; amount and percent, of which the lower counts; the customer group's and the
user's, of which the stricter counts. A blank amount or percent is no tolerance at all. A reason code has caps of its own:
the tolerance of a group never opens them (a payment of 50 on 100,000 is not a difference). Above its cap a second person
decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.words import Say, _

ONE = 100_000_000  # rates are 10^-8


@dataclass(frozen=True, slots=True)
class Side:
    """Up to `amount` minor units and up to `rate` of what is cleared, the lower. None: none at all."""

    amount: int | None = None
    rate: int | None = None

    def most(self, of: int) -> int:
        if self.amount is None or self.rate is None:
            return 0
        return max(0, min(self.amount, abs(of) * self.rate // ONE))


@dataclass(frozen=True, slots=True)
class Band:
    """What a group or a user may let go: `gain` when more came than is open, `loss` when less came."""

    gain: Side = Side()
    loss: Side = Side()


NOTHING = Band()


def allowed(difference: int, of: int, *bands: Band) -> int:
    """How much of a difference may go unasked: + less came than is open (loss), - more came (gain). All bands hold."""
    if not bands or difference == 0:
        return 0
    return min((b.loss if difference > 0 else b.gain).most(of) for b in bands)


def within(difference: int, of: int, *bands: Band) -> bool:
    return difference != 0 and abs(difference) <= allowed(difference, of, *bands)


@dataclass(frozen=True, slots=True)
class Code:
    """A reason for a difference: the account it is charged to ("" : none, it stays a claim), its own caps, and whether
    it is a matter for a dispute."""

    code: str
    name: str
    name_en: str
    account: str = ""
    cap: Side = Side()
    dispute: bool = True


CODES: tuple[Code, ...] = (
    Code("tail", "尾差", "Small difference", "660304", Side(100, ONE // 100), dispute=False),
    Code("charge", "手续费", "Bank charge", "660303", Side(5_000, ONE // 50), dispute=False),
    Code("discount", "现金折扣", "Early-payment discount", "660302", Side(), dispute=False),
    Code("rebate", "返利", "Rebate"),
    Code("fee", "费用", "Fee of the customer"),
    Code("damage", "残损", "Damage or quality"),
    Code("price", "价差", "Price difference"),
    Code("short", "短少", "Short delivery"),
    Code("return", "退货", "Return"),
    Code("retention", "质保金", "Retention"),
    Code("penalty", "罚款", "Penalty"),
    Code("freight", "运费", "Freight"),
    Code("tax", "税差", "Tax difference"),
    Code("other", "其他", "Other"),
)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """A company's rules of differences, in one approved version: bands by customer group ("": everybody else) and by
    user ("": everybody else), and reason codes."""

    groups: Mapping[str, Band] = field(default_factory=dict)
    users: Mapping[str, Band] = field(default_factory=dict)
    codes: Mapping[str, Code] = field(default_factory=lambda: {c.code: c for c in CODES})

    def bands(self, group: str, user: str) -> tuple[Band, Band]:
        return (
            self.groups.get(group, self.groups.get("", NOTHING)),
            self.users.get(user, self.users.get("", NOTHING)),
        )

    def band(self, group: str, user: str) -> Band:
        """The stricter of both as one band: of two "lower of amount and percent" the lower of all."""
        one, two = self.bands(group, user)
        return Band(_stricter(one.gain, two.gain), _stricter(one.loss, two.loss))


def _stricter(one: Side, two: Side) -> Side:
    if one.amount is None or one.rate is None or two.amount is None or two.rate is None:
        return Side()
    return Side(min(one.amount, two.amount), min(one.rate, two.rate))


@dataclass(frozen=True, slots=True)
class Verdict:
    """May the difference be charged off now? Else `asks`: a second person decides. `why` says on what ground."""

    may: bool
    asks: bool
    why: Say


def may_charge(difference: int, of: int, code: Code, bands: Iterable[Band]) -> Verdict:
    """Whether someone may let a difference go for this reason. `of`: what is cleared; + less came than is open.

    A small difference lies within the bands of group and user. Any other reason lies within its own cap: a wide
    percentage of a band never opens it.
    """
    if not code.account:
        return Verdict(False, True, _("%(code)s is charged to no account: it stays a claim.", code=code.name))
    if code.code == "tail" and within(difference, of, *bands):
        return Verdict(True, False, _("The difference lies within the tolerance of the customer and of the user."))
    cap = code.cap.most(of)
    if code.code != "tail" and abs(difference) <= cap:
        return Verdict(True, False, _("The difference lies within the cap of its reason."))
    return Verdict(False, True, _("The difference lies above what its reason allows; a second person decides."))


# ---- reading what a company has set ---------------------------------------------------------------------------


def read_rules(data: Mapping[str, Any]) -> RuleBook:
    """{"groups": {number: {"gain": {"amount", "rate"}, "loss": …}}, "users": …, "codes": [{"code", …}]} as a RuleBook.

    Amounts are minor units, rates 10^-8; both may be null. Raises Invalid with one fault for each wrong value.
    """
    faults: list[Fault] = []

    def whole(value: Any, where: str, most: int) -> int | None:
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            faults.append(Fault(where, str(value), _("is a whole number from 0 to %(most)s", most=most)))
            return None
        return value

    def side(value: Any, where: str) -> Side:
        some = value if isinstance(value, Mapping) else {}
        if (value is not None and not isinstance(value, Mapping)) or set(some) - {"amount", "rate"}:
            faults.append(Fault(where, str(value), _("gives an amount and a rate")))
        return Side(whole(some.get("amount"), f"{where}.amount", 10**15), whole(some.get("rate"), f"{where}.rate", ONE))

    def bands(value: Any, where: str) -> dict[str, Band]:
        out = {}
        for name, band in (value or {}).items():
            some = band if isinstance(band, Mapping) else {}
            if some is not band or set(some) - {"gain", "loss"}:
                faults.append(Fault(f"{where}.{name}", str(band), _("gives gain and loss")))
            out[str(name)] = Band(
                side(some.get("gain"), f"{where}.{name}.gain"), side(some.get("loss"), f"{where}.{name}.loss")
            )
        return out

    codes = {c.code: c for c in CODES}
    for n, given in enumerate(data.get("codes") or ()):
        known = codes.get(str(given.get("code", "")))
        code = str(given.get("code", "")).strip()
        if not code or len(code) > 20:
            faults.append(Fault(f"codes.{n}.code", code, _("a reason has a code of at most 20 letters")))
            continue
        codes[code] = Code(
            code, str(given.get("name", known.name if known else code))[:60], str(given.get("name_en", known.name_en if known else code))[:60],
            str(given.get("account", known.account if known else ""))[:12],
            side(given["cap"], f"codes.{n}.cap") if "cap" in given else (known.cap if known else Side()),
            bool(given.get("dispute", known.dispute if known else True)),
        )  # fmt: skip
    made = RuleBook(bands(data.get("groups"), "groups"), bands(data.get("users"), "users"), codes)
    if faults:
        raise Invalid(_("These rules cannot be read."), faults=tuple(faults))
    return made
