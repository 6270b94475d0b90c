"""The REST door of the company: its bearer (a token names its person and company), who I am, who works here."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from ninja.security import HttpBearer

from huikuan.kit.errors import Denied
from huikuan.kit.words import _
from huikuan.office.company import queries, rules, store
from huikuan.office.company.models import Person
from huikuan.office.company.seat import Seat, demo_today
from huikuan.office.trail.act import Act
from huikuan.web.rest import Day, Out, Paged, Paging, paged


class Bearer(HttpBearer):
    """Sets request.desk, .company and .today, and gives request.act(key, dry) with door "rest"."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        now = demo_today() or datetime.now(UTC)
        found = queries.token(hashlib.sha256(token.encode()).hexdigest(), now.date())
        if found is None:
            return None
        seat = Seat(found.person, found.company, now, scope=tuple(found.scope))
        scope = set(found.scope)
        if rules.READ in scope and rules.ALL not in scope and request.method not in ("GET", "HEAD"):
            raise Denied(_("This token may only read."))
        store.used(found, datetime.now(UTC))
        asked: Any = request

        def act(key: str | None = None, dry: bool = False) -> Act:
            made = Act(by=found.person.login, company=found.company_id, at=now, door="rest", key=key, dry=dry)
            made.asks = seat.asks
            return made

        asked.desk, asked.company, asked.today, asked.act = seat, found.company, seat.today, act
        return found.person


bearer = Bearer()


router = Router(tags=["company"])


class MeOut(Out):
    login: str
    name: str
    name_en: str
    language: str
    company: str
    currency: str
    today: Day
    roles: list[str]
    duties: list[str]


class PersonOut(Out):
    login: str
    name: str
    name_en: str
    title: str
    kind: str
    active: bool
    roles: list[str]


@router.get("/me", response=MeOut, summary="Who this token acts as, and what they may do")
def me(request: Any) -> dict[str, Any]:
    seat = request.desk
    return {
        "login": seat.person.login, "name": seat.person.name, "name_en": seat.person.name_en, "language": seat.person.language,
        "company": seat.company.code, "currency": seat.company.currency, "today": seat.today, "roles": sorted(seat.roles),
        "duties": sorted(seat.duties),
    }  # fmt: skip


@router.get("/people", response=Paged[PersonOut], summary="People of the company with their roles")
def people(request: Any, paging: Query[Paging]) -> dict[str, Any]:
    request.desk.must("company.see")

    def shown(p: Person) -> dict[str, Any]:
        return {
            "login": p.login, "name": p.name, "name_en": p.name_en, "title": p.title, "kind": p.kind, "active": p.is_active, "roles": p.held,
        }  # fmt: skip

    return paged(queries.everyone(request.company.pk), paging, order="login", make=shown)
