"""Browsers without a browser: a client that signs in through the door, with or without a second step."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client

from huikuan.office.company.models import Person
from tests.cast import PASSWORD


@pytest.fixture(autouse=True)
def plain_doors(settings: Any) -> None:
    """Tests say for themselves which roles need a second step."""
    settings.SECOND_STEP_ROLES = []


@pytest.fixture
def door(cast: Any):
    """door("chen.jing"): a client that went through the sign-in page with the password, in English."""

    def enter(login: str, password: str = PASSWORD, **more: str) -> Client:
        Person.objects.filter(login=login).update(language="en")
        client = Client(headers={"Accept-Language": "en"})
        client.cookies["language"] = "en"
        client.answer = client.post("/company/sign-in", {"login": login, "password": password, **more})  # type: ignore[attr-defined]
        return client

    return enter


@pytest.fixture
def stale():
    """Make a session's last password long ago."""

    def age(client: Client, seconds: int = 3600) -> None:
        session = client.session
        session["fresh"] = int(time.time()) - seconds
        session.save()

    return age


def code_of(login: str, ahead: int = 0) -> str:
    """What this person's app shows now."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal import auth

    kept = Authenticator.objects.get(user__login=login, type="totp")
    return auth.format_hotp_value(auth.hotp_value(auth.decrypt(kept.data["secret"]), int(time.time()) // 30 + ahead))


def give_second_step(login: str) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    person = Person.objects.get(login=login)
    TOTP.activate(person, generate_totp_secret())
    RecoveryCodes.activate(person)
