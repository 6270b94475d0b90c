"""How work orders look in lists: states as marks, columns, filters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from huikuan.kit.words import Say, _
from huikuan.office.trail.hands import subject_url
from huikuan.office.work import rules
from huikuan.office.work.queries import short
from huikuan.web.filters import Choice, Dates, Words
from huikuan.web.look import Mark
from huikuan.web.shell import language
from huikuan.web.tables import Column

TONES = {
    rules.WAITING: ("plain", "hourglass"),
    rules.RUNNING: ("plain", "robot"),
    rules.PERSON: ("attention", "user"),
    rules.DONE: ("done", "check"),
    rules.FAILED: ("blocked", "circle-x"),
    rules.CANCELLED: ("plain", "ban"),
}
STATES = {state: Mark(rules.STATE_WORDS[state], *TONES[state]) for state in rules.STATES}


def holder(row: Any, names: dict[str, str] | None = None) -> str:
    """Whose it is: a person (by name where `names` has it), a role, the worker that holds it; who ended it."""
    login = row.person or ("" if row.is_open else row.ended_by)
    if login:
        return (names or {}).get(login, login)
    return row.role or (row.leased_by.rsplit("/", 2)[0] if row.leased_by else "")


def columns(names: dict[str, str]) -> tuple[Column, ...]:
    """The list's columns; `names` are people by login, read once for the page."""
    return tuple(replace(c, value=lambda row: holder(row, names)) if c.key == "holder" else c for c in COLUMNS)


def trouble(row: Any) -> Say | str | None:
    return row.ended_with if not row.is_open and row.outcome else row.last_trouble


def title_of(row: Any) -> str:
    return row.says.to(language()) if isinstance(row.says, Say) else str(row.says)


COLUMNS = (
    Column("title", _("What is to be done"), "link", value=title_of, sort="-", url="/work/{pk}", wide=True),
    Column("state", _("State"), "state", states=STATES),
    Column(
        "subject",
        _("About"),
        value=lambda row: short(row.subject),
        sort="subject",
        url=lambda row: subject_url(row.subject),
    ),
    Column("holder", _("With whom"), value=holder, sort="person"),
    Column("due", _("Due by"), "date"),
    Column("why", _("Reason or outcome"), value=trouble, sort="-", wide=True),
    Column("attempts", _("Tries"), "number", hidden=True),
    Column("kind", _("Kind of work"), hidden=True),
    Column("business_date", _("Business date"), "date", hidden=True),
    Column("opened_at", _("Opened at"), "time"),
    Column("ended_at", _("Ended at"), "time", hidden=True),
    Column("ended_by", _("Ended by"), hidden=True),
)
FILTERS = (
    Words("kind", "subject", "person", "role"),
    Choice("state", _("State"), options=STATES),
    Dates("due", _("Due by"), field="due"),
)
