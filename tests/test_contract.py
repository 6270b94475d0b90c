"""The REST contract: whatever schemathesis thinks of, every operation answers as docs/openapi.json says.

As three roles: someone with many duties, so that calls get past the door; an auditor, who only reads; and someone
whose role opens almost nothing. A handful of thoughts per operation; HUIKUAN_FUZZ=50 thinks longer, and
`make fuzz ARGS="--api"` asks as every role.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.fuzz_api import broken

pytest.importorskip("schemathesis")
THOUGHTS = int(os.environ.get("HUIKUAN_FUZZ", "1"))
MANY = ("SAL", "SMG", "CMD", "CRE", "BIL", "CSH", "ARA", "CLO", "ADM")


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The end of a request would close the connection that the test's transaction lives on."""
    from django.core import signals
    from django.db import close_old_connections

    for one in (signals.request_started, signals.request_finished):
        one.disconnect(close_old_connections)
    yield
    for one in (signals.request_started, signals.request_finished):
        one.connect(close_old_connections)


def bearer(cast: Any, login: str, roles: tuple[str, ...]) -> str:
    from huikuan.office.company import actions
    from huikuan.office.company.models import Membership
    from huikuan.office.trail.act import Act

    person = cast.people[login]
    Membership.objects.filter(person=person).exclude(role__in=roles).delete()
    held = set(Membership.objects.filter(person=person).values_list("role", flat=True))
    Membership.objects.bulk_create(
        Membership(company=cast.company, person=person, role=r) for r in roles if r not in held
    )
    secret = f"a-token-of-the-contract-test-{login}"
    act = Act(by=person.login, company=cast.company.pk, at=datetime(2026, 3, 2, tzinfo=UTC), door="test")
    actions.make_token(act, "contract", hashlib.sha256(secret.encode()).hexdigest(), None, ["all", "sensitive"])
    return secret


@pytest.mark.parametrize(
    ("login", "roles", "share"), [("zhao.yan", MANY, 1), ("wu.gang", ("AUD",), 4), ("liu.min", ("INC",), 4)], ids=["many", "AUD", "INC"]
)  # fmt: skip
def test_every_operation_keeps_the_contract(
    cast: Any, one_connection: None, login: str, roles: tuple[str, ...], share: int
) -> None:
    wrong = broken(bearer(cast, login, roles), max(1, THOUGHTS // share))
    assert not wrong, "\n\n".join(f"{k}\n{v}" for k, v in wrong.items())
