"""Values as people read them: marks (states), amounts, dates. HTML is made here and nowhere else in Python."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from huikuan.kit.money import PRICE_SCALE, QUANTITY_SCALE, RATE_SCALE, Money, divide, exponent, minor_text, scaled_text
from huikuan.kit.words import Say, _
from huikuan.web.shell import language, said

TONES = {
    "good": "circle-check",
    "attention": "alert-triangle",
    "late": "clock-exclamation",
    "blocked": "lock",
    "plain": "circle",
    "done": "check",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A state as word + icon + colour. Tones: good, attention, late, blocked; plain and done carry no colour."""

    label: Say | str
    tone: str = "plain"
    icon: str = ""

    def __str__(self) -> str:
        return said(self.label)


Marks = Mapping[Any, Mark]


@cache
def asset(name: str) -> str:
    """The address of a static file with a mark of its content (kept for the life of the process)."""
    found = finders.find(name)
    if not isinstance(found, str):
        return static(name)
    return f"{static(name)}?v={hashlib.sha256(Path(found).read_bytes()).hexdigest()[:10]}"


@cache
def icon(name: str, extra: str = "") -> SafeString:
    """An icon of the sprite (names: ICONS in tools/frontend.py). Decoration: readers skip it. A page holds a hundred of a
    few: each is written once."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        extra,
        asset("vendor/icons.svg"),
        name,
    )


def badge(mark: Mark | Say | str | None) -> SafeString:
    if mark is None or mark == "":
        return mark_safe("")  # nosec B308 # built from escaped parts
    if not isinstance(mark, Mark):
        mark = Mark(mark)
    return _badge(mark.tone if mark.tone in TONES else "plain", mark.icon, said(mark.label))


@lru_cache(2000)
def _badge(tone: str, shape: str, words: str) -> SafeString:
    """The same word in the same dress looks the same in every row."""
    return format_html('<span class="mark mark-{}">{}{}</span>', tone, icon(shape or TONES[tone]), words)


def places(currency: str) -> int:
    try:
        return exponent(currency)
    except ValueError:
        return 2


def amount_text(minor: int, currency: str) -> str:
    """ "-1,234.50" with the currency's decimals."""
    return minor_text(minor, places(currency), grouped=True)


def amount(minor: int | None, currency: str, *, code: bool = False) -> SafeString:
    """An amount, negative in red with a minus sign; `code` shows the currency beside it."""
    if minor is None:
        return mark_safe("")  # nosec B308 # built from escaped parts
    text = amount_text(minor, currency).replace("-", "−")  # digits, points and signs: nothing in it to escape
    tail = format_html(' <span class="cur">{}</span>', currency) if code else ""
    return SafeString(f'<span class="num amt{" neg" if minor < 0 else ""}">{text}{tail}</span>')  # nosec B308, B703 # digits and signs


def short_amount(minor: int, currency: str) -> str:
    """For tiles and axes: 1,234 · 12.3 万 · 1.23 亿 in Chinese; 12.3 k · 1.23 M in English."""
    value = minor / 10 ** places(currency)
    steps = ((1e8, "亿"), (1e4, "万")) if language() == "zh-hans" else ((1e9, "B"), (1e6, "M"), (1e3, "k"))
    for size, name in steps:
        if abs(value) >= size:
            return f"{value / size:,.2f} {name}".replace("-", "−")
    return f"{value:,.0f}".replace("-", "−")


def day_text(value: date | datetime | None, zone: str = "") -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and zone:
        value = value.astimezone(ZoneInfo(zone))
    return value.strftime("%Y-%m-%d")


def time_text(value: datetime | None, zone: str = "") -> str:
    """An instant in the company's zone, to the minute."""
    if value is None:
        return ""
    return (value.astimezone(ZoneInfo(zone)) if zone else value).strftime("%Y-%m-%d %H:%M")


def rate_text(rate: int) -> str:
    """A rate (10^-8) in percent, rounded to two places for reading (the export keeps them all)."""
    return f"{minor_text(divide(rate, RATE_SCALE // 10_000), 2, grouped=True)} %"


def number_text(value: int, kind: str) -> str:
    if kind == "quantity":
        return _grouped(scaled_text(value, QUANTITY_SCALE))
    if kind == "price":
        return _grouped(scaled_text(value, PRICE_SCALE, least=2))
    if kind == "rate":
        return rate_text(value)
    return f"{value:,}"


def _grouped(text: str) -> str:
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    head, dot, tail = text.partition(".")
    return f"{sign}{int(head):,}{dot}{tail}"


def shown(value: Any, kind: str, currency: str = "", zone: str = "") -> str | SafeString:
    """A value of a column's kind as HTML."""
    if value is None or value == "":
        return ""
    if isinstance(value, Mark):
        return badge(value)
    if kind == "money":
        if isinstance(value, Money):
            return amount(value.minor, value.currency)
        return amount(int(value), currency)
    if kind == "state":
        return badge(value)
    if kind in ("number", "quantity", "price", "rate", "days"):
        text = number_text(int(value), kind).replace("-", "−")
        return SafeString(f'<span class="num{" neg" if int(value) < 0 else ""}">{text}</span>')  # nosec B308, B703 # digits and signs
    if kind == "date" and isinstance(value, (date, datetime)):
        return day_text(value, zone)
    if kind == "time" and isinstance(value, datetime):
        return time_text(value, zone)
    if kind == "bool":
        return said(YES if value else NO)
    if isinstance(value, (list, tuple)):
        return format_html_join("、" if language() == "zh-hans" else ", ", "{}", ((said(v),) for v in value))
    return said(value)


YES, NO = _("Yes"), _("No")
