"""Key figures, decided: days sales outstanding three ways, collection effectiveness, days late.

Pure and exact: integers of minor units in, fractions out, never a float. Every figure carries the sentence
that says how it came about with the numbers that went in, so that "how this is computed" is an answer and
not a manual.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from huikuan.kit.dates import add_months, month_end
from huikuan.kit.money import Money, divide, minor_text
from huikuan.kit.words import Say, _


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and how it was found. `value` is None where the divisor is zero or the history is too short."""

    value: Fraction | None
    how: Say

    @property
    def text(self) -> str | None:
        return places(self.value)


@dataclass(frozen=True, slots=True)
class Month:
    """What one month and currency brought, in minor units; `start` is its first day.

    `opening` and `closing` are what was open on the eve of the month and at its end, `not_due` the part of
    `closing` whose day had not passed at its end. `days_late` and `settled` are sums over every invoice
    settled up to the month's end: days late x amount, and amount.
    """

    start: date
    currency: str
    billed: int = 0
    opening: int = 0
    closing: int = 0
    not_due: int = 0
    late_weight: int = 0
    settled: int = 0

    @property
    def days(self) -> int:
        return days_in(self.start)

    @property
    def overdue(self) -> int:
        return self.closing - self.not_due


NAMES = {
    "dso_month": _("DSO of the month"),
    "dso_quarter": _("DSO of three months"),
    "dso_countback": _("DSO by count-back"),
    "cei": _("Collection effectiveness (CEI)"),
    "days_late": _("Average days late"),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """The five figures of one month and currency."""

    dso_month: Figure
    dso_quarter: Figure
    dso_countback: Figure
    cei: Figure
    days_late: Figure


def days_in(month: date) -> int:
    return month_end(month).day


def places(value: Fraction | None, digits: int = 2) -> str | None:
    """A fraction as text with that many places, rounded half-up; None stays None."""
    if value is None:
        return None
    return minor_text(divide(value.numerator * 10**digits, value.denominator), digits)


def percent(part: int, whole: int) -> Fraction | None:
    """A part of a whole in percent; None of nothing."""
    return Fraction(part * 100, whole) if whole else None


def dso_month(month: Month) -> Figure:
    """Days sales outstanding over one month: closing open / billed x days."""
    if month.billed == 0:
        return Figure(None, _("Nothing was billed in %(month)s, so there is nothing to divide by.", month=_name(month)))
    value = Fraction(month.closing * month.days, month.billed)
    return Figure(
        value,
        _(
            "Open at the end %(open)s ÷ billed in the month %(billed)s × %(days)s days = %(value)s days",
            open=_money(month.closing, month),
            billed=_money(month.billed, month),
            days=month.days,
            value=places(value),
        ),
    )


def dso_quarter(months: Sequence[Month]) -> Figure:
    """The same over the sums of the three calendar months that end with the last one given (oldest first); a month
    before the first posting billed nothing, and its days count like any other's."""
    three = months[-3:]
    last = three[-1]
    begun = add_months(last.start, -2)
    billed, days = sum(m.billed for m in three), (month_end(last.start) - begun).days + 1
    if billed == 0:
        return Figure(
            None,
            _(
                "Nothing was billed from %(first)s to %(last)s, so there is nothing to divide by.",
                first=f"{begun:%Y-%m}",
                last=_name(last),
            ),
        )
    value = Fraction(last.closing * days, billed)
    return Figure(
        value,
        _(
            "Open at the end %(open)s ÷ billed from %(first)s to %(last)s %(billed)s × %(days)s days = %(value)s days",
            open=_money(last.closing, last),
            first=f"{begun:%Y-%m}",
            last=_name(last),
            billed=_money(billed, last),
            days=days,
            value=places(value),
        ),
    )


def dso_countback(months: Sequence[Month]) -> Figure:
    """Count-back: take whole months' billing off what is open, newest first; of the last month its share of days.

    `months` run without a gap, oldest first. When what is open is more than all billing known, there is no answer.
    """
    last = months[-1]
    left, days = last.closing, 0
    if left <= 0:
        return Figure(Fraction(0), _("Nothing is open at the end of %(month)s: 0 days", month=_name(last)))
    for used, month in enumerate(reversed(months)):
        if month.billed and left <= month.billed:
            part = Fraction(left * month.days, month.billed)
            value = days + part
            if used == 0:
                return Figure(
                    value,
                    _(
                        "Open at the end %(open)s is %(share)s %% of what %(month)s billed (%(billed)s); "
                        "that share of its %(days)s days = %(value)s days",
                        open=_money(last.closing, last),
                        share=places(Fraction(left * 100, month.billed)),
                        month=_name(month),
                        billed=_money(month.billed, month),
                        days=month.days,
                        value=places(value),
                    ),
                )
            return Figure(
                value,
                _(
                    "Open at the end %(open)s less the billing of %(used)s whole months (%(whole)s days) leaves %(left)s, "
                    "which is %(part)s of the %(month_days)s days of %(month)s (billed %(billed)s): %(value)s days",
                    open=_money(last.closing, last),
                    used=used,
                    whole=days,
                    left=_money(left, month),
                    part=places(part),
                    month_days=month.days,
                    month=_name(month),
                    billed=_money(month.billed, month),
                    value=places(value),
                ),
            )
        left -= month.billed
        days += month.days
    return Figure(
        None,
        _(
            "What is open (%(open)s) is more than all that was billed since %(first)s: the history is too short to count back.",
            open=_money(last.closing, last),
            first=_name(months[0]),
        ),
    )


def cei(month: Month) -> Figure:
    """Collection effectiveness in percent: what was collected of what could have been collected in the month."""
    collected = month.opening + month.billed - month.closing
    possible = month.opening + month.billed - month.not_due
    facts = {
        "opening": _money(month.opening, month),
        "billed": _money(month.billed, month),
        "closing": _money(month.closing, month),
        "not_due": _money(month.not_due, month),
    }
    if possible == 0:
        return Figure(
            None,
            _(
                "Opening %(opening)s + billed %(billed)s − closing not due %(not_due)s is nothing, "
                "so nothing could have been collected.",
                **{k: v for k, v in facts.items() if k != "closing"},
            ),
        )
    value = Fraction(collected * 100, possible)
    return Figure(
        value,
        _(
            "(Opening %(opening)s + billed %(billed)s − closing %(closing)s) ÷ "
            "(opening %(opening)s + billed %(billed)s − closing not due %(not_due)s) = %(value)s %%",
            value=places(value),
            **facts,
        ),
    )


def days_late(month: Month) -> Figure:
    """Average days late, weighted by amount, over every invoice settled on or before the end of the month."""
    end = month_end(month.start)
    if month.settled == 0:
        return Figure(None, _("No invoice was settled up to %(day)s.", day=end))
    value = Fraction(month.late_weight, month.settled)
    return Figure(
        value,
        _(
            "Days late (settled after due, otherwise 0) × amount over every invoice settled up to %(day)s ÷ "
            "their amount %(settled)s = %(value)s days",
            day=end,
            settled=_money(month.settled, month),
            value=places(value),
        ),
    )


def late_weight(settled: Iterable[tuple[date, date, int]]) -> tuple[int, int]:
    """(sum of days late x amount, sum of amount) over (due, settled, amount)."""
    weight = total = 0
    for due, paid, amount in settled:
        weight += max(0, (paid - due).days) * amount
        total += amount
    return weight, total


def figures(months: Sequence[Month]) -> Figures:
    """All figures of the last of these months (one currency, without a gap, oldest first)."""
    last = months[-1]
    return Figures(dso_month(last), dso_quarter(months), dso_countback(months), cei(last), days_late(last))


def _name(month: Month) -> str:
    return f"{month.start:%Y-%m}"


def _money(minor: int, month: Month) -> Money:
    return Money(minor, month.currency)


# ---- subscriptions -----------------------------------------------------------------------------------------------

EVERY: dict[str, Say] = {
    "daily": _("every day"),
    "weekly": _("every Monday"),
    "monthly": _("on the first of the month"),
}
REPORTS: dict[str, Say] = {"ageing": _("Ageing"), "figures": _("Key figures")}


def slot(every: str, today: date) -> date:
    """The newest day on which such a report falls due."""
    if every == "weekly":
        return today - timedelta(days=today.weekday())
    return today.replace(day=1) if every == "monthly" else today


def is_due(every: str, last: date | None, today: date) -> bool:
    """Once for each slot; slots that were missed are not made up for, the newest one says more."""
    return last is None or last < slot(every, today)


def day_of(every: str, today: date) -> date:
    """The day whose figures a report of that slot shows: the last one before it that is over."""
    return slot(every, today) - timedelta(days=1)
