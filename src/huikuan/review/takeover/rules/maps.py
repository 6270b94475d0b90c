"""The column map: which heading means what, in which style, with which assumptions. docs/examples/maps/README.md tells it.

Everything in a map is text (dates, rates and yes/no too), so that YAML's own guesses ("No" is false, 1.10 is 1.1)
never touch business data. What the map does not know, it refuses: a misspelt setting must not be a silent one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from huikuan.kit.dates import FORMATS
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.maps import read_yaml
from huikuan.kit.money import RATE_SCALE, exponent, scaled
from huikuan.kit.text import whole
from huikuan.kit.words import Say, _
from huikuan.review.takeover.rules.files import columns, fold

# field → what its cells are. "kind" is a choice among KINDS, "flag" yes or no.
FIELDS: dict[str, dict[str, str]] = {
    "receivables": {
        "customer": "text", "customer_name": "text", "document": "text", "company_code": "text", "year": "text",
        "item": "text", "kind": "kind", "document_date": "date", "posting_date": "date", "base_date": "date", "due": "date",
        "amount": "amount", "currency": "currency", "base_amount": "amount", "settled": "date", "clearing": "text",
        "reference": "text", "text": "text", "terms": "text", "disputed": "flag", "block": "text", "cancelled": "flag",
    },
    "documents": {
        "customer": "text", "customer_name": "text", "country": "text", "document": "text", "kind": "kind",
        "document_date": "date", "due": "date", "currency": "currency", "item": "text", "text": "text", "unit": "text",
        "quantity": "number", "price": "number", "reference": "text", "terms": "text",
    },
}  # fmt: skip
NEEDED = {
    "receivables": ("customer", "document", "document_date", "amount", "currency"),
    "documents": ("customer", "document", "document_date", "quantity", "price", "currency"),
}
KINDS = {
    "receivables": ("invoice", "credit", "receipt", "account", "other"),
    "documents": ("invoice", "credit", "adjustment"),
}
WIDEST = 100  # digits a number is padded to
MOST = 64 * 1024  # characters of a map; its lists of values may be long
EMPTY = frozenset({"", "#", "NULL", "null", "None", "nan", "NaN"})
EMPTY_DATES = EMPTY | {"00000000", "00.00.0000", "0000-00-00", "00/00/0000"}


@dataclass(frozen=True, slots=True)
class FieldMap:
    """One field: the headings it may stand under (first found counts) or a constant, and how its cells are read."""

    name: str
    columns: tuple[str, ...] = ()
    constant: str | None = None
    styles: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    starts: Mapping[str, str] = field(default_factory=dict)
    strip: tuple[str, ...] = ()
    pad: int = 0
    prefix: str = ""
    pattern: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Map:
    """A column map as read. `digest` is of the file's bytes; `rates` are 10^-8 of company currency per one unit."""

    profile: str
    system: str
    title: Mapping[str, str]
    fields: Mapping[str, FieldMap]
    charset: str = "auto"
    delimiter: str = "auto"
    sheet: str | int = 1
    header: str | int = "auto"
    numbers: str = "auto"
    customers: str = "create"
    rounding: str = "refuse"
    rates: Mapping[str, int] = field(default_factory=dict)
    skip_empty: tuple[str, ...] = ()
    counter: str = "9901"
    revenue: str = "6001"
    digest: str = ""

    def finds(self, headings: Sequence[str]) -> bool:
        """True when a row of cells holds every heading that this map needs."""
        have = columns(headings)
        return all(
            f.constant is not None or f.optional or any(fold(c) in have for c in f.columns)
            for f in self.fields.values()
        ) and any(fold(c) in have for f in self.fields.values() for c in f.columns)


class _Reading:
    """Collects everything wrong with a map, so that one look mends it."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def no(self, where: str, value: object, reason: Say, remedy: Say | None = None) -> None:
        self.faults.append(Fault(where, str(value)[:200], reason, remedy))

    def table(self, data: Any, where: str) -> dict[str, Any]:
        if data is None or data == "":
            return {}
        if not isinstance(data, dict) or not all(isinstance(k, str) for k in data):
            self.no(where, data, _("This must be a list of names with values."))
            return {}
        return data

    def known(self, data: dict[str, Any], where: str, names: Sequence[str]) -> None:
        for name in data:
            if name not in names:
                self.no(
                    f"{where}{name}",
                    name,
                    _("The map knows no such setting."),
                    _("It knows: %(names)s.", names=list(names)),
                )

    def one_of(self, data: dict[str, Any], name: str, allowed: Sequence[str], default: str) -> str:
        value = str(data.get(name, default))
        if value not in allowed:
            self.no(name, value, _("This may be: %(names)s.", names=list(allowed)))
            return default
        return value


_TOP = (
    "map",
    "profile",
    "system",
    "title",
    "file",
    "fields",
    "customers",
    "rounding",
    "numbers",
    "rates",
    "accounts",
    "skip_empty",
    "notes",
)
_FIELD = (
    "column",
    "constant",
    "date",
    "values",
    "otherwise",
    "starts",
    "strip",
    "pad",
    "prefix",
    "pattern",
    "optional",
)


def read_map(text: str, *, profile: str = "", system: str = "") -> Map:
    """A map from its YAML. `profile` is the one asked for; `system` stands in when the map names none. Raises Invalid."""
    data = read_yaml(text, most=MOST)
    r = _Reading()
    top = r.table(data, "map")
    r.known(top, "", _TOP)
    named = str(top.get("profile", profile))
    if named not in FIELDS:
        raise Invalid.one("profile", named, _("The map must name its profile: %(names)s.", names=list(FIELDS)))
    if profile and named != profile:
        raise Invalid.one(
            "profile", named, _("This map is for the profile %(named)s, not for %(asked)s.", named=named, asked=profile)
        )
    file = r.table(top.get("file"), "file")
    r.known(file, "file.", ("charset", "delimiter", "sheet", "header"))
    accounts = r.table(top.get("accounts"), "accounts")
    r.known(accounts, "accounts.", ("counter", "revenue"))
    title = top.get("title", "")
    made = Map(
        profile=named,
        system=str(top.get("system") or system or "file")[:40],
        title={"en": title} if isinstance(title, str) else {k: str(v) for k, v in r.table(title, "title").items()},
        fields=_fields(r, r.table(top.get("fields"), "fields"), named),
        charset=str(file.get("charset", "auto")),
        delimiter=str(file.get("delimiter", "auto")),
        sheet=_place(file.get("sheet", "1")),
        header=_place(file.get("header", "auto")),
        numbers=r.one_of(top, "numbers", ("auto", "1,234.56", "1.234,56"), "auto"),
        customers=r.one_of(top, "customers", ("create", "must_exist"), "create"),
        rounding=r.one_of(top, "rounding", ("refuse", "half-up"), "refuse"),
        rates=_rates(r, r.table(top.get("rates"), "rates")),
        skip_empty=_skips(r, top.get("skip_empty"), FIELDS[named]),
        counter=str(accounts.get("counter", "9901")),
        revenue=str(accounts.get("revenue", "6001")),
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )
    if r.faults:
        first = r.faults[0]
        raise Invalid(
            _("The map cannot be used: %(field)s: %(reason)s", field=first.field, reason=first.reason),
            faults=tuple(r.faults),
        )
    return made


def _skips(r: _Reading, given: Any, fields: Mapping[str, str]) -> tuple[str, ...]:
    names = _texts(given)
    r.known(dict.fromkeys(names), "skip_empty.", tuple(fields))
    return names


def _place(value: Any) -> str | int:
    number = whole(value)
    return str(value) if number is None else number


def _rates(r: _Reading, data: dict[str, Any]) -> dict[str, int]:
    out = {}
    for currency, text in data.items():
        try:
            exponent(currency)
            rate = scaled(str(text), RATE_SCALE)
            if rate <= 0:
                raise ValueError
            out[currency] = rate
        except ValueError:
            r.no(f"rates.{currency}", text, _("A rate is a currency and a number above 0, such as USD: 7.1."))
    return out


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, list) else (str(value),) if value not in (None, "") else ()


def _fields(r: _Reading, data: dict[str, Any], profile: str) -> dict[str, FieldMap]:
    kinds = FIELDS[profile]
    r.known(data, "fields.", tuple(kinds))
    for name in NEEDED[profile]:
        if name not in data:
            r.no(f"fields.{name}", "", _("The map must say where %(field)s stands.", field=name))
    out = {}
    for name, given in data.items():
        if name not in kinds:
            continue
        spec = {"column": given} if isinstance(given, (str, list)) else r.table(given, f"fields.{name}")
        r.known(spec, f"fields.{name}.", _FIELD)
        made = FieldMap(
            name=name,
            columns=_texts(spec.get("column")),
            constant=str(spec["constant"]) if "constant" in spec else None,
            styles=_texts(spec.get("date")) if kinds[name] == "date" else (),
            values={k: str(v) for k, v in r.table(spec.get("values"), f"fields.{name}.values").items()},
            otherwise=str(spec["otherwise"]) if "otherwise" in spec else None,
            starts={k: str(v) for k, v in r.table(spec.get("starts"), f"fields.{name}.starts").items()},
            strip=_texts(spec.get("strip")),
            pad=min(whole(spec.get("pad")) or 0, WIDEST),
            prefix=str(spec.get("prefix", "")),
            pattern=str(spec.get("pattern", "")),
            optional=str(spec.get("optional", "no")).lower() in {"yes", "true"},
        )
        _check_field(r, made, kinds[name], profile)
        out[name] = made
    return out


def _check_field(r: _Reading, made: FieldMap, kind: str, profile: str) -> None:
    where = f"fields.{made.name}"
    if not made.columns and made.constant is None:
        r.no(where, "", _("Name a column or a constant."))
    if kind == "date" and made.columns and not made.styles:
        r.no(f"{where}.date", "", _("Say how the dates are written, such as dd-mm-yyyy: nobody should guess it."),
             _("It knows: %(names)s.", names=sorted(FORMATS)))  # fmt: skip
    for style in made.styles:
        if style not in FORMATS and "%" not in style:
            r.no(f"{where}.date", style, _("No such style of dates."), _("It knows: %(names)s.", names=sorted(FORMATS)))
    if kind == "kind":
        for value in [*made.values.values(), *made.starts.values(), *([made.otherwise] if made.otherwise else [])]:
            if value not in KINDS[profile] and value != "by sign":
                r.no(where, value, _("This may be: %(names)s.", names=[*KINDS[profile], "by sign"]))
    if kind == "currency" and made.constant is not None:
        try:
            exponent(made.constant)
        except ValueError:
            r.no(where, made.constant, _("There is no such currency."))
    if made.pattern:
        try:
            re.compile(made.pattern)
        except re.error as e:
            r.no(f"{where}.pattern", made.pattern, _("This pattern cannot be read: %(what)s.", what=str(e)))
