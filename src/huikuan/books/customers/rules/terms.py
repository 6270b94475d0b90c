"""Payment terms as data: what a rule may say, reading and writing it, and saying it in words. due.py decides by it.

A rule is JSON that `read_terms` accepts:

    {"kind": "days", "days": 30}                                  N days after the invoice date
    {"kind": "month_end", "days": 30}                             月结30天: end of the invoice's month + 30 days
    {"kind": "next_month_end", "days": 0}                         次月结: end of the following month
    {"kind": "invoice_receipt", "days": 30, "deemed_days": 7}     票到30天; taken as received 7 days after its date
    {"kind": "sign_off", "days": 45}                              签收45天
    {"kind": "cash_first"}                                        款到发货: due at the order, to be covered first
    {"kind": "rolling", "latest_days": 60}                        滚结/批结: due when the next batch goes, or then
    {"kind": "base_stock", "standing": {"amount": "50000.00", "currency": "CNY"}, "rest": {…}}      铺底
    {"kind": "parts", "parts": [{"percent": "30", "terms": {…}}, …]}                                instalments

and beside each: "pay_days": [10, 25] · "shift": "none|next|previous" · "discounts": [{"days": 10, "rate": "2%"}].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.money import RATE_SCALE, Money, parse_rate, scaled_text
from huikuan.kit.words import Say, _

KINDS = (
    "days",
    "month_end",
    "next_month_end",
    "invoice_receipt",
    "sign_off",
    "cash_first",
    "rolling",
    "base_stock",
    "parts",
)
SHIFTS = ("none", "next", "previous")
MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Discount:
    """Paid within `days` of the base date, `rate` (10^-8) is taken off."""

    days: int
    rate: int


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the total (10^-8; the shares of one rule add up to one) under its own terms."""

    share: int
    terms: TermsData


@dataclass(frozen=True, slots=True)
class TermsData:
    """A payment term, read. Which fields count depends on `kind` (see the head of this file)."""

    kind: str = "days"
    days: int = 0
    pay_days: tuple[int, ...] = ()
    shift: str = "none"
    discounts: tuple[Discount, ...] = ()
    deemed_days: int | None = None
    latest_days: int | None = None
    standing: Money | None = None
    rest: TermsData | None = None
    parts: tuple[Part, ...] = ()


# ---- reading -------------------------------------------------------------------------------------------------

_COMMON = {"kind", "pay_days", "shift"}
_FIELDS: dict[str, set[str]] = {
    "days": {"days", "discounts"},
    "month_end": {"days", "discounts"},
    "next_month_end": {"days", "discounts"},
    "invoice_receipt": {"days", "discounts", "deemed_days"},
    "sign_off": {"days", "discounts", "deemed_days"},
    "cash_first": set(),
    "rolling": {"latest_days"},
    "base_stock": {"standing", "rest"},
    "parts": {"parts"},
}


def read_terms(data: Any, *, inner: str = "") -> TermsData:
    """JSON as TermsData. Raises Invalid with one fault for each wrong field; unknown fields are refused."""
    reader = _Reader(inner)
    terms = reader.read(data)
    if reader.faults:
        raise Invalid(_("These payment terms cannot be understood."), faults=tuple(reader.faults))
    return terms


class _Reader:
    def __init__(self, path: str) -> None:
        self.path = path
        self.faults: list[Fault] = []

    def wrong(self, name: str, value: Any, reason: Say) -> None:
        self.faults.append(Fault(f"{self.path}{name}", str(value)[:200], reason))

    def read(self, data: Any, depth: int = 0) -> TermsData:
        if not isinstance(data, Mapping):
            self.wrong("rule", data, _("must be an object"))
            return TermsData()
        kind = data.get("kind")
        if not isinstance(kind, str) or kind not in KINDS or (depth and kind in ("parts", "base_stock")):
            self.wrong("kind", kind, _("is not a kind of payment term that can stand here"))
            return TermsData()
        for name in data:
            if name not in _COMMON | _FIELDS[kind]:
                self.wrong(str(name), data[name], _("is not known for this kind of payment term"))
        terms = TermsData(
            kind=kind,
            days=self.number(data, "days", 0) or 0,
            pay_days=self.pay_days(data.get("pay_days", ())),
            shift=self.shift(data.get("shift", "none")),
            discounts=self.discounts(data.get("discounts", ())),
            deemed_days=self.number(data, "deemed_days", None),
            latest_days=self.number(data, "latest_days", None),
        )
        if kind == "base_stock":
            terms = replace(
                terms, standing=self.standing(data.get("standing")), rest=self.nested("rest", data.get("rest"), depth)
            )
        if kind == "parts":
            terms = replace(terms, parts=self.parts(data.get("parts"), depth))
        return terms

    def nested(self, name: str, data: Any, depth: int) -> TermsData:
        outer, self.path = self.path, f"{self.path}{name}."
        try:
            return self.read(data, depth + 1)
        finally:
            self.path = outer

    def number(self, data: Mapping[str, Any], name: str, default: int | None) -> int | None:
        value = data.get(name, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_DAYS:
            self.wrong(name, value, _("must be a whole number of days from 0 to %(most)s", most=MOST_DAYS))
            return default
        return value

    def pay_days(self, value: Any) -> tuple[int, ...]:
        good = isinstance(value, (list, tuple)) and all(type(d) is int and 1 <= d <= 31 for d in value)
        if not good:
            self.wrong("pay_days", value, _("must be a list of days of the month, 1 to 31"))
            return ()
        return tuple(sorted(set(value)))

    def shift(self, value: Any) -> str:
        if value in SHIFTS:
            return str(value)
        self.wrong("shift", value, _("must be none, next or previous"))
        return "none"

    def discounts(self, value: Any) -> tuple[Discount, ...]:
        found = []
        for row in value if isinstance(value, (list, tuple)) else [value]:
            try:
                days, rate = row["days"], parse_rate(str(row["rate"]))
            except (KeyError, TypeError, ValueError):
                days, rate = None, 0
            if (
                type(days) is not int
                or not 0 <= days <= MOST_DAYS
                or not 0 < rate < RATE_SCALE
                or set(row) != {"days", "rate"}
            ):
                self.wrong(
                    "discounts", row, _("must be days and a rate between 0 and 100 %%, such as 10 days and 2 %%")
                )
                continue
            found.append(Discount(days, rate))
        return tuple(sorted(found, key=lambda d: d.days))

    def standing(self, value: Any) -> Money | None:
        try:
            money = Money.parse(str(value["amount"]), str(value["currency"]))
        except (KeyError, TypeError, ValueError):
            self.wrong("standing", value, _("must be an amount with its currency"))
            return None
        if money.minor <= 0:
            self.wrong("standing", value, _("must be more than 0"))
        return money

    def parts(self, value: Any, depth: int) -> tuple[Part, ...]:
        if not isinstance(value, (list, tuple)) or not value or len(value) > 60:
            self.wrong("parts", value, _("must be a list of 1 to 60 parts"))
            return ()
        found = []
        for i, row in enumerate(value, 1):
            try:
                share = parse_rate(f"{row['percent']}%")
            except (KeyError, TypeError, ValueError):
                share = 0
            if share <= 0:
                self.wrong(f"parts.{i}.percent", row, _("must be a percentage above 0"))
                continue
            found.append(Part(share, self.nested(f"parts.{i}", row.get("terms", {"kind": "days"}), depth)))
        if not self.faults and sum(p.share for p in found) != RATE_SCALE:
            self.wrong("parts", [scaled_text(p.share, RATE_SCALE // 100) for p in found], _("must add up to 100 %%"))
        return tuple(found)


def write_terms(terms: TermsData) -> dict[str, Any]:
    """The JSON that read_terms reads back to the same terms."""
    out: dict[str, Any] = {"kind": terms.kind}
    if "days" in _FIELDS[terms.kind]:
        out["days"] = terms.days
    if terms.pay_days:
        out["pay_days"] = list(terms.pay_days)
    if terms.shift != "none":
        out["shift"] = terms.shift
    if terms.discounts:
        out["discounts"] = [{"days": d.days, "rate": scaled_text(d.rate, RATE_SCALE)} for d in terms.discounts]
    for name in ("deemed_days", "latest_days"):
        if getattr(terms, name) is not None:
            out[name] = getattr(terms, name)
    if terms.standing and terms.rest:
        out["standing"] = {"amount": terms.standing.text(), "currency": terms.standing.currency}
        out["rest"] = write_terms(terms.rest)
    if terms.parts:
        out["parts"] = [
            {"percent": scaled_text(p.share, RATE_SCALE // 100), "terms": write_terms(p.terms)} for p in terms.parts
        ]
    return out


# ---- saying --------------------------------------------------------------------------------------------------


def percent(rate: int) -> str:
    """A rate of 10^-8 as "2 %"."""
    return f"{scaled_text(rate, RATE_SCALE // 100)}%"


def describe(terms: TermsData) -> Say:
    """The term in a few words."""
    n = terms.days
    match terms.kind:
        case "days":
            say = _("%(days)s days after the invoice date", days=n)
        case "month_end":
            say = _("%(days)s days after the end of the month", days=n)
        case "next_month_end":
            say = _("%(days)s days after the end of the following month", days=n)
        case "invoice_receipt":
            say = _("%(days)s days after the invoice is received", days=n)
        case "sign_off":
            say = _("%(days)s days after the goods are signed for", days=n)
        case "cash_first":
            say = _("cash before delivery")
        case "rolling":
            say = _("paid when the next batch is delivered")
        case "base_stock":
            assert terms.standing and terms.rest
            say = _(
                "%(standing)s stands until the contract ends, the rest: %(rest)s",
                standing=terms.standing,
                rest=describe(terms.rest),
            )
        case _kind:
            say = _("in parts: %(parts)s", parts=[
                _("%(percent)s %(terms)s", percent=percent(p.share), terms=describe(p.terms)) for p in terms.parts
            ])  # fmt: skip
    if terms.latest_days is not None:
        say = _("%(terms)s, at the latest after %(days)s days", terms=say, days=terms.latest_days)
    if terms.pay_days:
        say = _("%(terms)s, paid on day %(pay_days)s of a month", terms=say, pay_days=list(terms.pay_days))
    for d in terms.discounts:
        say = _("%(terms)s, %(rate)s off within %(days)s days", terms=say, rate=percent(d.rate), days=d.days)
    return say


# ---- what every company begins with ---------------------------------------------------------------------------

STANDARD: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("CASH", "款到发货", "Cash before delivery", {"kind": "cash_first"}),
    ("N000", "即期", "Due at once", {"kind": "days", "days": 0}),
    ("N007", "7天", "7 days", {"kind": "days", "days": 7}),
    ("N015", "15天", "15 days", {"kind": "days", "days": 15}),
    ("N030", "30天", "30 days", {"kind": "days", "days": 30}),
    ("N045", "45天", "45 days", {"kind": "days", "days": 45}),
    ("N060", "60天", "60 days", {"kind": "days", "days": 60}),
    ("N090", "90天", "90 days", {"kind": "days", "days": 90}),
    ("E030", "30天,10天内付款优惠2%", "30 days, 2% off within 10",
     {"kind": "days", "days": 30, "discounts": [{"days": 10, "rate": "0.02"}]}),
    ("M000", "月结", "End of month", {"kind": "month_end", "days": 0}),
    ("M030", "月结30天", "30 days from end of month", {"kind": "month_end", "days": 30}),
    ("M060", "月结60天", "60 days from end of month", {"kind": "month_end", "days": 60}),
    ("X000", "次月结", "End of following month", {"kind": "next_month_end", "days": 0}),
    ("X015", "次月结15天", "15 days from end of following month", {"kind": "next_month_end", "days": 15}),
    ("R030", "票到30天", "30 days from receipt of invoice", {"kind": "invoice_receipt", "days": 30}),
    ("R060", "票到60天", "60 days from receipt of invoice", {"kind": "invoice_receipt", "days": 60}),
    ("S030", "签收30天", "30 days from sign-off", {"kind": "sign_off", "days": 30}),
    ("S045", "签收45天", "45 days from sign-off", {"kind": "sign_off", "days": 45}),
    ("P030", "30天,每月10日和25日付款", "30 days, paid on the 10th and 25th",
     {"kind": "days", "days": 30, "pay_days": [10, 25], "shift": "next"}),
    ("ROLL", "滚结(批结),最长60天", "Rolling, 60 days at the latest", {"kind": "rolling", "latest_days": 60}),
    ("BASE", "铺底10万元,其余月结30天", "Base stock 100,000, rest 30 days from end of month",
     {"kind": "base_stock", "standing": {"amount": "100000.00", "currency": "CNY"},
      "rest": {"kind": "month_end", "days": 30}}),
    ("I352", "分期30/50/20", "Instalments 30/50/20",
     {"kind": "parts", "parts": [
         {"percent": "30", "terms": {"kind": "cash_first"}},
         {"percent": "50", "terms": {"kind": "days", "days": 30}},
         {"percent": "20", "terms": {"kind": "days", "days": 90}}]}),
)  # fmt: skip
