"""The parts that pages are declared with: buttons, heads, facts, sections, bulk acts, cases, steps. Values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from huikuan.kit.money import Money
from huikuan.kit.words import Say
from huikuan.web.forms import ActionForm
from huikuan.web.look import Mark


@dataclass(frozen=True, slots=True)
class Button:
    """`url` is opened; with `dialog` it is loaded into the dialog (an ActionDialog answers it)."""

    label: Say
    url: str
    icon: str = ""
    primary: bool = False
    dialog: bool = False
    needs: str = ""
    danger: bool = False
    writes: bool = False  # disabled while a past date is shown; dialogs always are


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a bulk act did: a sentence, and for what was refused (name, why)."""

    say: Say
    refused: Sequence[tuple[str, Say | str]] = ()


@dataclass(frozen=True, slots=True)
class Bulk:
    """An act on the chosen rows. run(act, ids, data) -> Outcome | Say; it is first tried dry, then done."""

    code: str
    label: Say
    run: Callable[[Any, list[Any], dict[str, Any]], Outcome | Say | None]
    needs: str = ""
    form: type[ActionForm] | None = None
    warning: Say | None = None  # what cannot be taken back, and what it would be corrected by
    danger: bool = False
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure or word of a header: kind as for columns; `url` opens its rows."""

    label: Say
    value: Any
    kind: str = "text"
    currency: str = ""
    url: str = ""
    note: Say | str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One step of the chain order → delivery → bill → entry → clearing → bank line."""

    label: Say | str
    text: str
    url: str = ""
    here: bool = False


@dataclass(frozen=True)
class Head:
    number: str = ""
    name: str = ""
    mark: Mark | None = None
    kind: Say | str = ""  # "Order", above the number
    facts: Sequence[Fact] = ()
    primary: Button | None = None  # the next action
    buttons: Sequence[Button] = ()
    chain: Sequence[Link] = ()
    notice: Say | str = ""  # one sentence about the state that matters now
    notice_tone: str = "attention"
    back: tuple[Say | str, str] | None = None  # (label, url) of the list


@dataclass(frozen=True)
class Section:
    """A part of an object's page: a `template` with `context`, or a `url` that htmx loads."""

    code: str
    title: Say | str
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One entry of a worklist's queue."""

    pk: Any
    title: str
    note: Say | str = ""  # the reason it stands here, in this place
    mark: Mark | None = None
    amount: Money | None = None
    due: date | datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    label: Say | str
    url: str = ""
    done: bool = False
    here: bool = False
