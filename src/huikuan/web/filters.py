"""Filters of a list. Their whole state is in the URL, so a filtered list is a link.

Each filter has a `key` (its name in the URL), a `label` and a `field` (an ORM path of the rows). Give `where` where a
field is not enough: a function of the value to a Q. For rows in memory the field is a path of attributes, and `keep`
(row, value) -> bool does what `where` does for querysets.

    filters = (
        Words("number", "customer__name", "customer__pinyin"),
        Choice("state", _("State"), options=STATES),                   # several may be ticked
        Dates("due", _("Due date"), field="due_date"),                 # ?due_from=…&due_to=…
        Amounts("open", _("Open"), field="remaining"),                 # ?open_min=…&open_max=…
        Flag("overdue", _("Overdue only"), where=lambda on: Q(due_date__lt=…)),
        Pasted("numbers", _("Document numbers"), field="document"),    # a list pasted from Excel
        Hidden("customer", _("Customer"), field="customer_id", name=lambda v: …),   # only from links; shown as a chip
    )
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict

from huikuan.kit.errors import Invalid
from huikuan.kit.money import parse_minor
from huikuan.kit.words import Say, _
from huikuan.web.look import Mark
from huikuan.web.shell import said

Options = Mapping[Any, Any] | Sequence[tuple[Any, Any]] | Callable[[HttpRequest], Iterable[tuple[Any, Any]]]


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.replace("__", ".").split("."))


def look_up(row: Any, path: str) -> Any:
    """The value at "customer.name" or "customer__name" of a row: attributes, keys of a dict, properties."""
    value = row
    for name in _steps(path):
        if value is None:
            return None
        value = value.get(name) if isinstance(value, dict) else getattr(value, name)
    return value


@dataclass(frozen=True)
class Filter:
    key: str
    label: Say
    field: str = ""
    where: Callable[[Any], Q] | None = None
    keep: Callable[[Any, Any], bool] | None = None
    kind: ClassVar[str] = "text"

    @property
    def path(self) -> str:
        return self.field or self.key

    @property
    def params(self) -> tuple[str, ...]:
        """The names it uses in the URL."""
        return (self.key,)

    def read(self, query: QueryDict, request: HttpRequest) -> Any:
        """Its value in the URL; None when it is not set. Raises Invalid."""
        return query.get(self.key, "").strip() or None

    def q(self, value: Any) -> Q:
        return self.where(value) if self.where else self._q(value)

    def _q(self, value: Any) -> Q:
        return Q(**{self.path: value})

    def fits(self, row: Any, value: Any) -> bool:
        return self.keep(row, value) if self.keep else self._fits(row, value)

    def _fits(self, row: Any, value: Any) -> bool:
        return bool(look_up(row, self.path) == value)

    def apply(self, rows: Any, value: Any) -> Any:
        if isinstance(rows, QuerySet):
            try:
                return rows.filter(self.q(value))
            except (ValueError, TypeError) as e:
                raise Invalid.one(self.key, value, _("this value does not fit")) from e
        return [r for r in rows if self.fits(r, value)]

    def words(self, value: Any, request: HttpRequest) -> str:
        """What its chip says after the label."""
        return said(value)


@dataclass(frozen=True)
class Words(Filter):
    """The free text `q` over several fields: contains, without regard to case or full width.

    `whole` are keys with an index: where one of them is exactly what was typed, that row is the answer, and a million others
    are not read to see whether they contain it too."""

    fields: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    kind: ClassVar[str] = "words"

    def __init__(self, *fields: str, whole: tuple[str, ...] = (), where: Callable[[str], Q] | None = None) -> None:
        for name, value in (("key", "q"), ("label", _("Search")), ("field", ""), ("where", where), ("keep", None)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "whole", whole)

    def apply(self, rows: Any, value: str) -> Any:
        for key in self.whole if isinstance(rows, QuerySet) else ():
            exactly = rows.filter(**{key: value})
            if exactly.exists():
                return exactly
        return super().apply(rows, value)

    def read(self, query: QueryDict, request: HttpRequest) -> str | None:
        return unicodedata.normalize("NFKC", query.get("q", "")).replace("\x00", "").strip()[:100] or None

    def _q(self, value: str) -> Q:
        found = Q()
        for one in self.fields:
            found |= Q(**{f"{one}__icontains": value})
        return found

    def _fits(self, row: Any, value: str) -> bool:
        return any(value.casefold() in str(look_up(row, f) or "").casefold() for f in self.fields)


@dataclass(frozen=True)
class Choice(Filter):
    """One or several of given values: `options` is {value: label or Mark}, pairs, or a function of the request."""

    options: Options = ()
    kind: ClassVar[str] = "choice"

    def pairs(self, request: HttpRequest) -> list[tuple[str, Any]]:
        found = self.options(request) if callable(self.options) else self.options
        items = found.items() if isinstance(found, Mapping) else found
        return [(str(value), label.label if isinstance(label, Mark) else label) for value, label in items]

    def read(self, query: QueryDict, request: HttpRequest) -> list[str] | None:
        known = {value for value, _label in self.pairs(request)}
        return [v for v in dict.fromkeys(query.getlist(self.key)) if v in known] or None

    def _q(self, value: list[str]) -> Q:
        return Q(**{f"{self.path}__in": value})

    def _fits(self, row: Any, value: list[str]) -> bool:
        return str(look_up(row, self.path)) in value

    def words(self, value: list[str], request: HttpRequest) -> str:
        names = dict(self.pairs(request))
        return " · ".join(said(names.get(v, v)) for v in value)


@dataclass(frozen=True)
class Dates(Filter):
    """From and to, both included. The value is (from | None, to | None)."""

    kind: ClassVar[str] = "dates"

    @property
    def params(self) -> tuple[str, ...]:
        return (f"{self.key}_from", f"{self.key}_to")

    def read(self, query: QueryDict, request: HttpRequest) -> tuple[date | None, date | None] | None:
        found: list[date | None] = []
        for name in self.params:
            text = query.get(name, "").strip()
            try:
                found.append(date.fromisoformat(text) if text else None)
            except ValueError as e:
                raise Invalid.one(name, text, _("this date does not exist"), _("Write it as 2026-03-31.")) from e
        return (found[0], found[1]) if any(found) else None

    def _q(self, value: tuple[date | None, date | None]) -> Q:
        found = Q()
        if value[0]:
            found &= Q(**{f"{self.path}__gte": value[0]})
        if value[1]:
            found &= Q(**{f"{self.path}__lte": value[1]})
        return found

    def _fits(self, row: Any, value: tuple[date | None, date | None]) -> bool:
        day = look_up(row, self.path)
        return day is not None and (not value[0] or day >= value[0]) and (not value[1] or day <= value[1])

    def words(self, value: tuple[date | None, date | None], request: HttpRequest) -> str:
        return f"{value[0] or '…'} – {value[1] or '…'}"


@dataclass(frozen=True)
class Amounts(Filter):
    """From and to, written as people write amounts, in the decimals of the company's currency."""

    kind: ClassVar[str] = "amounts"

    @property
    def params(self) -> tuple[str, ...]:
        return (f"{self.key}_min", f"{self.key}_max")

    def read(self, query: QueryDict, request: HttpRequest) -> tuple[int | None, int | None] | None:
        currency = getattr(getattr(getattr(request, "desk", None), "company", None), "currency", "CNY")
        found: list[int | None] = []
        for name in self.params:
            text = query.get(name, "").strip()
            try:
                found.append(parse_minor(text, currency) if text else None)
            except ValueError as e:
                raise Invalid.one(name, text, _("this is not an amount"), _("Write it as 1,234.50.")) from e
        return (found[0], found[1]) if any(v is not None for v in found) else None

    def _q(self, value: tuple[int | None, int | None]) -> Q:
        found = Q()
        if value[0] is not None:
            found &= Q(**{f"{self.path}__gte": value[0]})
        if value[1] is not None:
            found &= Q(**{f"{self.path}__lte": value[1]})
        return found

    def _fits(self, row: Any, value: tuple[int | None, int | None]) -> bool:
        minor = look_up(row, self.path)
        return minor is not None and (value[0] is None or minor >= value[0]) and (value[1] is None or minor <= value[1])

    def words(self, value: tuple[int | None, int | None], request: HttpRequest) -> str:
        low, high = (request.GET.get(name, "").strip() or "…" for name in self.params)
        return f"{low} – {high}"


@dataclass(frozen=True)
class Flag(Filter):
    """A tick box. Needs `where` (and `keep` for rows in memory), called with True."""

    kind: ClassVar[str] = "flag"

    def read(self, query: QueryDict, request: HttpRequest) -> bool | None:
        return True if query.get(self.key) in ("1", "on", "true") else None

    def _q(self, value: bool) -> Q:
        return Q(**{self.path: True})

    def words(self, value: bool, request: HttpRequest) -> str:
        return ""


@dataclass(frozen=True)
class Pasted(Filter):
    """A list pasted from Excel: numbers split at spaces, commas and lines."""

    kind: ClassVar[str] = "pasted"

    def read(self, query: QueryDict, request: HttpRequest) -> list[str] | None:
        text = unicodedata.normalize("NFKC", query.get(self.key, "")).replace("\x00", "")
        return list(dict.fromkeys(t for t in re.split(r"[\s,;、]+", text) if t))[:2000] or None

    def _q(self, value: list[str]) -> Q:
        return Q(**{f"{self.path}__in": value})

    def _fits(self, row: Any, value: list[str]) -> bool:
        return str(look_up(row, self.path)) in value

    def words(self, value: list[str], request: HttpRequest) -> str:
        return value[0] if len(value) == 1 else f"{value[0]} … ({len(value)})"


@dataclass(frozen=True)
class Hidden(Filter):
    """Set by links only (?customer=12): no control, but a chip that can be taken away. `name` says it in words."""

    name: Callable[[str], Any] | None = None
    kind: ClassVar[str] = "hidden"

    def words(self, value: str, request: HttpRequest) -> str:
        return said(self.name(value)) if self.name else said(value)


@dataclass(frozen=True)
class Picked(Filter):
    """One customer or item by its number, found as one types at `url` (see forms.pick)."""

    url: str = ""
    name: Callable[[str], Any] | None = None
    kind: ClassVar[str] = "pick"

    def read(self, query: QueryDict, request: HttpRequest) -> str | None:
        return unicodedata.normalize("NFKC", query.get(self.key, "")).replace("\x00", "").strip()[:60] or None

    def words(self, value: str, request: HttpRequest) -> str:
        return said(self.name(value)) if self.name else value


@dataclass(frozen=True, slots=True)
class Tab:
    """A view with its filters already set: `params` are what the URL gets."""

    code: str
    label: Say
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    words: str
    drop: str  # the URL without it


@dataclass(frozen=True, slots=True)
class Read:
    """The filters of one request with their values, read once."""

    values: Mapping[str, Any]
    filters: Sequence[Filter]
    query: QueryDict

    @classmethod
    def of(cls, request: HttpRequest, filters: Sequence[Filter], query: QueryDict | None = None) -> Read:
        query = request.GET if query is None else query
        values = {f.key: f.read(query, request) for f in filters}
        return cls({k: v for k, v in values.items() if v is not None}, filters, query)

    def apply(self, rows: Any) -> Any:
        for one in self.filters:
            if one.key in self.values:
                rows = one.apply(rows, self.values[one.key])
        return rows

    def chips(self, request: HttpRequest) -> list[Chip]:
        found = []
        for one in self.filters:
            if one.key in self.values and one.kind != "words":
                query = self.query.copy()
                for name in (*one.params, "after", "before", "part", "tab"):
                    query.pop(name, None)
                drop = f"{request.path}?{query.urlencode()}"
                found.append(Chip(said(one.label), one.words(self.values[one.key], request), drop))
        return found
