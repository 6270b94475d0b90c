"""Who sits at a desk: the person, the company, the date, and what they may. Doors and templates ask it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.conf import settings

from huikuan.kit.dates import business_date
from huikuan.kit.errors import Denied
from huikuan.office.company import queries, rules
from huikuan.office.company.models import Company, Person
from huikuan.office.trail.hands import Nav, collect


@dataclass
class Seat:
    """Who sits at this desk, in which company, on which date; `may` is asked by pages and templates alike."""

    person: Person | None
    company: Company | None
    now: datetime
    as_of: date | None = None

    @cached_property
    def roles(self) -> frozenset[str]:
        return queries.roles(self.person.login, self.company.pk) if self.person and self.company else frozenset()

    @cached_property
    def duties(self) -> frozenset[str]:
        return queries.duty_map(self.company.pk, self.roles) if self.company else frozenset()

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
            marked = queries.marked(self.company.pk, duty) if self.company else ()
            raise Denied(rules.refusal(login_, duty, marked))

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
    """A demo company lives on a day of its own (HUIKUAN_TODAY, an ISO instant), so that its figures stay interesting."""
    text = os.environ.get("HUIKUAN_TODAY", "")
    return datetime.fromisoformat(text) if text else None
