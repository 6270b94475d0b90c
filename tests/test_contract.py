"""The REST contract: whatever schemathesis thinks of, every operation answers as docs/openapi.json says.

One test on one database, with a handful of thoughts per operation; HUIKUAN_FUZZ=50 thinks longer. `rest` is the
token of someone with many duties, so that calls get past the door.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

schemathesis = pytest.importorskip("schemathesis")
THOUGHTS = int(os.environ.get("HUIKUAN_FUZZ", "4"))
ROLES = ("SAL", "SMG", "CMD", "CRE", "BIL", "CSH", "ARA", "CLO", "ADM")


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


@pytest.fixture
def rest(cast: Any) -> str:
    from huikuan.office.company import actions
    from huikuan.office.company.models import Membership
    from huikuan.office.trail.act import Act

    person = cast.people["zhao.yan"]
    held = set(Membership.objects.filter(person=person).values_list("role", flat=True))
    Membership.objects.bulk_create(
        Membership(company=cast.company, person=person, role=r) for r in ROLES if r not in held
    )
    secret = "a-token-of-the-contract-test"
    act = Act(by=person.login, company=cast.company.pk, at=datetime(2026, 3, 2, tzinfo=UTC), door="test")
    actions.make_token(act, "contract", hashlib.sha256(secret.encode()).hexdigest())
    return secret


def test_every_operation_keeps_the_contract(rest: str, one_connection: None) -> None:
    from django.core.wsgi import get_wsgi_application

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    broken: dict[str, str] = {}
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=THOUGHTS, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {rest}"})

        try:
            holds()
        except BaseException as e:
            if isinstance(e, KeyboardInterrupt):
                raise
            broken[operation.label] = _brief(e)
    assert not broken, "\n\n".join(f"{k}\n{v}" for k, v in broken.items())


def _brief(error: BaseException) -> str:
    inner = getattr(error, "exceptions", None)
    lines = [_brief(e) for e in inner] if inner else [f"  {type(error).__name__}: {str(error)[:700]}"]
    return "\n".join(dict.fromkeys(lines))
