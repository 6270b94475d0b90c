"""What stands around every page: the rail, the person's desk, the words of now. Filled by the floors above.

`request.desk` (made by the middleware of office/company) is a `Desk` as far as pages are concerned; pages also work
without one (sign-in, errors). The rail's entries come as `Nav` records of the hand-downs; `rail()` puts them in the
order of the work. What a timeline shows is provided by the front step (`provide`), for `web` stands below the trail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from django.http import HttpRequest
from django.utils.translation import get_language

from huikuan.kit.errors import Denied
from huikuan.kit.money import Money
from huikuan.kit.words import Say, _


class Desk(Protocol):
    """The person at work: who, in which company, on which day, allowed what. Made by office/company."""

    company: Any
    person: Any
    language: str

    @property
    def today(self) -> date: ...  # the as-of date where one is set
    @property
    def business_today(self) -> date: ...
    @property
    def is_past(self) -> bool: ...
    @property
    def nav(self) -> Sequence[Any]: ...

    def may(self, duty: str) -> bool: ...
    def must(self, duty: str) -> None: ...


def language() -> str:
    """The language of this request: "zh-hans" or "en"."""
    return "en" if (get_language() or "zh-hans").startswith("en") else "zh-hans"


def said(value: Any) -> str:
    """Anything as words in the language of this request: a Say, a lazy text, Money, a date, None as nothing."""
    if value is None:
        return ""
    if isinstance(value, Say):
        return value.to(language())
    if isinstance(value, Money):
        return f"{value.text(grouped=True)} {value.currency}"
    if isinstance(value, (datetime, date)):
        return value.isoformat()[:10]
    return str(value)


def called(thing: Any) -> str:
    """The name of a row (customer, item, person, reason …) in the language of this request; "" of nothing."""
    if thing is None:
        return ""
    english = getattr(thing, "name_en", "") if language() == "en" else ""
    return str(english or getattr(thing, "name", thing))


def desk(request: HttpRequest) -> Desk | None:
    return getattr(request, "desk", None)


def may(request: HttpRequest, duty: str) -> bool:
    """Whether the person may; "" is open to everyone signed in."""
    if not duty:
        return True
    here = desk(request)
    return bool(here and here.may(duty))


def require(request: HttpRequest, duty: str) -> None:
    """Raise Denied when the person may not; the Troubles middleware makes the page of it."""
    here = desk(request)
    if here is not None and duty:
        here.must(duty)
    elif duty:
        raise Denied(_("Sign in first"))


# ---- the rail --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    title: Say
    url: str
    icon: str = ""
    counted: bool = False  # live work stands beside it, asked by a second request: site/today.counts


@dataclass(frozen=True, slots=True)
class Section:
    code: str
    title: Say
    icon: str
    entries: tuple[Entry, ...] = ()

    @property
    def url(self) -> str:
        return self.entries[0].url if self.entries else "/"


SECTIONS: tuple[tuple[str, Say, str], ...] = (
    ("today", _("Today"), "sun-high"),
    ("customers", _("Customers"), "building-store"),
    ("sales", _("Sales"), "shopping-cart"),
    ("receivables", _("Receivables"), "cash"),
    ("ledger", _("Ledger"), "book-2"),
    ("review", _("Review"), "chart-histogram"),
    ("settings", _("Settings"), "settings"),
)


def rail(navs: Iterable[Any]) -> list[Section]:
    """Nav records (section, title, url, order, icon, count), already filtered by what the person may, in order.

    Also takes (section, Nav) pairs, as the desk gives them.
    """
    found: dict[str, list[Any]] = {code: [] for code, _title, _icon in SECTIONS}
    for given in navs:
        nav = given[1] if isinstance(given, tuple) else given
        found.setdefault(nav.section, []).append(nav)
    out = []
    for code, title, icon in SECTIONS:
        entries = [
            Entry(n.title, n.url, n.icon, bool(n.count or getattr(n, "count_on", None)))
            for n in sorted(found[code], key=lambda n: n.order)
        ]
        if code == "today" and not any(e.url == "/" for e in entries):
            entries.insert(0, Entry(title, "/", icon))
        if entries:
            out.append(Section(code, title, icon, tuple(entries)))
    return out


# ---- what the floors above provide -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a timeline."""

    at: datetime
    who: str
    what: str  # in the reader's language
    door: str = ""  # page, rest, cli, bot, demo
    outcome: str = "done"
    changes: Sequence[tuple[str, str, str]] = ()  # (field, old, new)
    facts: Sequence[tuple[str, str]] = ()
    reason: str = ""
    url: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """A kept layout of a list: its query under a name. `start`: what the list opens with (its name is empty)."""

    pk: int
    name: str
    query: str
    mine: bool
    team: bool

    @property
    def start(self) -> bool:
        return not self.name


@dataclass(slots=True)
class Provided:
    timeline: Callable[[HttpRequest, str, int], Sequence[Event]] = lambda request, subject, limit: ()
    subject_url: Callable[[str], str] = lambda subject: ""
    layouts: Callable[[HttpRequest, str], Sequence[Layout]] = lambda request, page: ()
    extra: dict[str, Any] = field(default_factory=dict)


provided = Provided()


def provide(**functions: Any) -> None:
    """Called by the front step (site) and by office when they are loaded."""
    for name, function in functions.items():
        setattr(provided, name, function)
