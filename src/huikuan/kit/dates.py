"""Business dates: reading them strictly, months, and the work calendar as a plain value.

Dates of business are passed in; nothing here asks the clock.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

FORMATS = {
    "iso": "%Y-%m-%d",
    "yyyy-mm-dd": "%Y-%m-%d",
    "yyyymmdd": "%Y%m%d",
    "dd-mm-yyyy": "%d-%m-%Y",
    "dd.mm.yyyy": "%d.%m.%Y",
    "dd/mm/yyyy": "%d/%m/%Y",
    "mm/dd/yyyy": "%m/%d/%Y",
    "m/d/yyyy": "%m/%d/%Y",
    "yyyy/mm/dd": "%Y/%m/%d",
    "yyyy.mm.dd": "%Y.%m.%d",
    "yyyy年mm月dd日": "%Y年%m月%d日",
}


def read_date(text: str, style: str = "iso") -> date:
    """A date in exactly the named style (see FORMATS; a strptime pattern is taken as it is). ValueError otherwise.

    A time after the date ("2010-12-01 08:26:00", "…T00:00:00.000Z") is dropped for the year-first styles.
    """
    clean = text.strip()
    pattern = FORMATS.get(style, style)
    if pattern.startswith("%Y") and len(clean) > 10 and "年" not in clean and (clean[10] in " T"):
        clean = clean[:10]
    return datetime.strptime(clean, pattern).date()


def business_date(instant: datetime, zone: str) -> date:
    """The date of an instant where the company is (I23)."""
    return instant.astimezone(ZoneInfo(zone)).date()


def month_start(day: date) -> date:
    return day.replace(day=1)


def month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """The same day `months` later; the 31st becomes the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def read_month(text: str) -> date:
    """ "2013-06" as its first day. ValueError otherwise."""
    return datetime.strptime(text.strip(), "%Y-%m").date()


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Work days as data: `days` holds what differs from Monday to Friday; `known` the years that were published."""

    days: Mapping[date, bool] = field(default_factory=dict)
    known: frozenset[int] = frozenset()

    def is_workday(self, day: date) -> bool:
        return self.days.get(day, day.weekday() < 5)

    def is_known(self, day: date) -> bool:
        return day.year in self.known

    def shift(self, day: date, how: str) -> date:
        """`how`: "none", "next" (first work day on or after) or "previous"."""
        step = {"none": 0, "next": 1, "previous": -1}[how]
        while step and not self.is_workday(day):
            day += timedelta(days=step)
        return day

    def add(self, day: date, workdays: int) -> date:
        """That many work days later (or earlier, when negative)."""
        step = 1 if workdays >= 0 else -1
        for _ in range(abs(workdays)):
            day += timedelta(days=step)
            while not self.is_workday(day):
                day += timedelta(days=step)
        return day
