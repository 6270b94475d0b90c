"""Who sits at a desk: the person, the company, the date, and what they may. Doors and templates ask it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache, cached_property
from pathlib import Path

from django.conf import settings

from huikuan.kit.dates import business_date
from huikuan.kit.errors import Again, Denied
from huikuan.kit.words import _
from huikuan.office.company import queries, rules
from huikuan.office.company.models import Company, Person
from huikuan.office.trail.hands import Nav, collect

AGAIN = _("Show once more that it is you: give your password or a code.")


@dataclass
class Seat:
    """Who sits at this desk, in which company, on which date; `may` is asked by pages and templates alike."""

    person: Person | None
    company: Company | None
    now: datetime
    as_of: date | None = None
    scope: tuple[str, ...] | None = None  # of the token that called; None for a person at a page
    others: bool | None = None  # whether there are other companies to switch to, where the door knows already
    fresh: bool = True  # the password or a code was given within the last minutes

    @cached_property
    def roles(self) -> frozenset[str]:
        return queries.roles(self.person.login, self.company.pk) if self.person and self.company else frozenset()

    @cached_property
    def duties(self) -> frozenset[str]:
        held = queries.duty_map(self.company.pk, self.roles) if self.company else frozenset()
        return held if self.scope is None else frozenset(d for d in held if self._covers(d))

    def _covers(self, duty: str) -> bool:
        declared = queries.duties().get(duty)
        return rules.token_may(self.scope or (), duty, sensitive=bool(declared and declared.sensitive))

    def asks(self, duty: str) -> None:
        """What this door asks of a duty beyond the role: a token's scope, or the password lately for a sensitive one."""
        declared = queries.duties().get(duty)
        sensitive = bool(declared and declared.sensitive)
        if self.scope is not None:
            if not self._covers(duty):
                raise Denied(rules.token_refusal(duty, sensitive=sensitive))
        elif sensitive and not self.fresh:
            raise Again(AGAIN)

    @cached_property
    def checks(self) -> frozenset[str]:
        """Duties that these roles may grant."""
        return queries.duty_map(self.company.pk, self.roles, "check") if self.company else frozenset()

    def may(self, duty: str) -> bool:
        return not duty or duty in self.duties

    def must(self, duty: str) -> None:
        """Raise Denied unless this person may."""
        if not self.may(duty):
            login_ = self.person.login if self.person else ""
            if self.scope is not None and not self._covers(duty):
                self.asks(duty)
            marked = queries.marked(self.company.pk, duty) if self.company else ()
            raise Denied(rules.refusal(login_, duty, marked))

    @cached_property
    def has_others(self) -> bool:
        """Whether this person works in several companies, so that the top bar offers the switch."""
        if self.others is not None:
            return self.others
        return self.person is not None and queries.companies_of(self.person.login).count() > 1

    @property
    def business_today(self) -> date:
        return business_date(self.now, self.company.zone if self.company else "Asia/Shanghai")

    @property
    def today(self) -> date:
        """The date that pages speak of: the as-of date where one is set."""
        return self.as_of or self.business_today

    @property
    def is_past(self) -> bool:
        return self.as_of is not None and self.as_of != self.business_today

    @cached_property
    def nav(self) -> list[tuple[str, Nav]]:
        """The rail's entries that this person may open, in order."""
        found = [(n.section, n) for _capability, n in collect("nav") if self.may(n.needs)]
        return sorted(found, key=lambda pair: pair[1].order)

    @property
    def language(self) -> str:
        return self.person.language if self.person else settings.LANGUAGE_CODE


def demo_today() -> datetime | None:
    """A demo company lives on a day of its own, so that its desk stays full; the hour is the real one.

    The day stands in HUIKUAN_HOME/demo.json (written by `huikuan demo`) or in HUIKUAN_TODAY. None anywhere else.
    """
    text = os.environ.get("HUIKUAN_TODAY", "") or _marked_day(str(settings.HOME))
    if not text:
        return None
    china = timezone(timedelta(hours=8))
    return datetime.combine(date.fromisoformat(text[:10]), datetime.now(china).timetz()).astimezone(UTC)


@cache
def _marked_day(home: str) -> str:
    file = Path(home) / "demo.json"
    found = json.loads(file.read_text()) if file.exists() else {}
    return str(found.get("today", ""))
