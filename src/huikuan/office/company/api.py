"""The bearer of the REST door: a token names its person and company."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from huikuan.office.company import queries
from huikuan.office.company.seat import Seat, demo_today
from huikuan.office.trail.act import Act


class Bearer(HttpBearer):
    """Sets request.desk, .company and .today, and gives request.act(key, dry) with door "rest"."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        now = demo_today() or datetime.now(UTC)
        found = queries.token(hashlib.sha256(token.encode()).hexdigest(), now.date())
        if found is None:
            return None
        seat = Seat(found.person, found.company, now)
        asked: Any = request

        def act(key: str | None = None, dry: bool = False) -> Act:
            return Act(by=found.person.login, company=found.company_id, at=now, door="rest", key=key, dry=dry)

        asked.desk, asked.company, asked.today, asked.act = seat, found.company, seat.today, act
        return found.person


bearer = Bearer()
