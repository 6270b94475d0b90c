"""Hand-downs: what a capability gives to those beneath it. The only calls you cannot see from the caller.

Each capability makes one `Hands` in its apps.py and hands it down by name; `huikuan wires` prints them all.
Callables here are always called with plain values, so that a floor below never learns the models above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from huikuan.kit.words import Say

EVERYONE = (
    "SAL",
    "SMG",
    "CMD",
    "CRE",
    "BIL",
    "TAX",
    "CSH",
    "COL",
    "ARA",
    "APR",
    "TRE",
    "CLO",
    "INC",
    "ADM",
    "AUD",
    "BOT",
)


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing a role may do. `ref` is its row in the duties table (A07; R for reading; S for the system itself).

    `roles` may do it; `checkers` may grant it when it needs a second person; `limited`: amounts are held against limits.
    """

    code: str
    ref: str
    en: str
    zh: str
    roles: tuple[str, ...]
    checkers: tuple[str, ...] = ()
    limited: bool = False
    sensitive: bool = False  # a page asks for the password or a code again first; a token needs it in its scope


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of approval. on_granted(act, approval) runs in the transaction of the grant."""

    code: str
    en: str
    zh: str
    duty: str
    on_granted: Callable[..., Any]
    on_refused: Callable[..., Any] | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """When the act `on` commits, a work order of `kind` about the same subject is made in its transaction."""

    on: str
    kind: str
    title: Say
    role: str = ""  # "" = a bot


@dataclass(frozen=True, slots=True)
class Schedule:
    """`every` is "daily HH:MM" in the company's zone, or "Nm" / "Ns"."""

    name: str
    kind: str
    every: str
    title: Say


@dataclass(frozen=True, slots=True)
class Broken:
    """One broken row: what it is ("ledger.entry:42"), its name as people know it, which field, and what is wrong."""

    ref: str
    name: str
    field: str = ""
    why: Say | str = ""

    def __str__(self) -> str:
        where = " ".join(x for x in (self.name, self.field) if x)
        return f"{where}: {self.why}" if self.why else where


@dataclass(frozen=True, slots=True)
class Witness:
    """A table whose rows the acts that wrote them answer for (`act.keeps`).

    read(company_id) gives (act, "ref|name", row) of every row, ordered by act and then by id. `later`: acts began to tell of it
    when it had rows already; rows of acts before the first that told are not asked."""

    table: str
    title: Say
    read: Callable[[int], Iterable[tuple[int | None, str, Sequence[Any]]]]
    later: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw: how many rows it looked at, and the broken ones by name."""

    checked: int
    broken: tuple[Broken | str, ...] = ()
    count: int | None = None  # broken rows in all, when more than are named

    @property
    def wrong(self) -> int:
        return self.count if self.count is not None else len(self.broken)


@dataclass(frozen=True, slots=True)
class Check:
    """One question of `huikuan verify`. run(company_id) -> Finding."""

    id: str  # "I06"
    title: Say
    run: Callable[[int], Finding]


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of another capability's page, loaded by htmx. `url` is a path with {pk}."""

    on: str  # "customers.customer"
    title: Say
    url: str
    needs: str = ""
    order: int = 50


@dataclass(frozen=True, slots=True)
class Way:
    """A way on from a page of a floor below: a button there that opens a dialog of ours. `url` takes the facts that the page
    says of its thing ("cash.line": a receipt with something left; {document}, {customer} its number or nothing; "cash.order": an
    order that its remark names and that is still to be billed; {order} too)."""

    on: str
    title: Say
    url: str
    icon: str
    needs: str


@dataclass(frozen=True, slots=True)
class Hit:
    title: str
    note: str
    url: str
    kind: Say


@dataclass(frozen=True, slots=True)
class Search:
    name: str
    find: Callable[[int, str, int], Sequence[Hit]]  # (company_id, text, limit)
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of Today, loaded by htmx from `url`; `roles` are those it is meant for (empty: everyone who may)."""

    name: str
    title: Say
    url: str
    needs: str = ""
    roles: tuple[str, ...] = ()
    order: int = 50
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Nav:
    """An entry of the left rail. `section`: customers, sales, receivables, ledger, review, settings, today."""

    section: str
    title: Say
    url: str
    needs: str = ""
    order: int = 50
    icon: str = ""
    count: Callable[[int, str], int] | None = None  # (company_id, login) -> live work, counted to 10,001 at most
    count_on: Callable[[int, str, date], int] | None = None  # the same, where it depends on the day


@dataclass(frozen=True, slots=True)
class Beside:
    """Amounts that a floor above puts beside the rows of a list below, for the shown rows only.

    find(company_id, ids, day) -> {row's id: {name: {currency: minor units}}}."""

    on: str  # "customers.customer"
    find: Callable[[int, Sequence[int], date], dict[int, dict[str, dict[str, int]]]]
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger set of the manifest, written out for both databases. `name` is unique; statements may use no tokens."""

    name: str
    table: str
    sqlite: tuple[str, ...]
    postgres: tuple[tuple[str, str, str, str, str], ...]  # (name, table, plpgsql body, moment, how): guards.function


@dataclass(frozen=True, slots=True)
class Kept:
    """A table whose rows stay as they were written (I03). `free` columns may change; `once` may go from NULL to a
    value only; `while_sql` (over OLD) says when rows may still change freely, e.g. "OLD.state = 'asked'"."""

    table: str
    free: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    while_sql: str = ""
    deletable: bool = False


@dataclass(frozen=True, slots=True)
class Hands:
    name: tuple[str, str] = ("", "")
    duties: tuple[Duty, ...] = ()
    approvals: tuple[Kind, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    checks: tuple[Check, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    panels: tuple[Panel, ...] = ()
    ways: tuple[Way, ...] = ()
    search: tuple[Search, ...] = ()
    beside: tuple[Beside, ...] = ()
    today: tuple[Tile, ...] = ()
    nav: tuple[Nav, ...] = ()
    kept: tuple[Kept, ...] = ()
    guards: tuple[Guard, ...] = ()
    series: tuple[str, ...] = ()  # number series of its own, beside the ledger's classes of vouchers
    setup: tuple[Callable[..., Any], ...] = ()  # (act) run once when a company is made, in the order of the house
    subjects: dict[str, str] = field(default_factory=dict)  # "orders.order" -> "/orders/{pk}"
    owns: tuple[str, ...] = ()  # subjects whose entries and clearings are taken back in their own room
    acts: dict[str, Say] = field(default_factory=dict)  # "orders.release" -> what a timeline calls it: _("Released")


_given: dict[str, Hands] = {}


def hand_down(capability: str, hands: Hands) -> None:
    """Called once by each capability's apps.py."""
    _given[capability] = hands


def all_hands() -> dict[str, Hands]:
    return dict(_given)


def collect(part: str) -> Iterator[tuple[str, Any]]:
    """Every (capability, thing) of one part, in the order of the house."""
    for capability, hands in _given.items():
        for thing in getattr(hands, part):
            yield capability, thing


def subject_url(subject: str) -> str:
    """Where a subject such as "orders.order:42" is shown; "" when nobody shows it."""
    kind, _, pk = subject.rpartition(":")
    for hands in _given.values():
        if kind in hands.subjects:
            return hands.subjects[kind].format(pk=pk)
    return ""


def act_words(name: str) -> Say | tuple[str, str] | str:
    """What an act is called: its capability's word, else the words (English, Chinese) of its duty, else its name."""
    for hands in _given.values():
        if name in hands.acts:
            return hands.acts[name]
    for hands in _given.values():
        for duty in hands.duties:
            if duty.code == name:
                return (duty.en, duty.zh)
    return name
