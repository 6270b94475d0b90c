"""How allauth behaves here: no public sign-up, growing waits, a second step, and when the password was last given.

The session keeps three marks of ours: `began` and `seen` (its ages) and `fresh` (the last password or code).
"""

from __future__ import annotations

import base64
import hashlib
import time
from datetime import UTC, datetime
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from huikuan.kit.words import Say, _
from huikuan.office.company import queries, rules, store
from huikuan.office.company.models import Person
from huikuan.web.shell import said

log = structlog.get_logger("huikuan.sign_in")

MISMATCH = _("Login and password do not match. Check both and try again.")
WRONG_CODE = _("This code is not right, or was used already. Wait for the next one.")


def address(request: HttpRequest) -> str:
    """Where the call comes from; behind our own proxy the last address that it added."""
    if settings.BEHIND_PROXY:
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if told:
            return told[:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def wait_words(seconds: int) -> Say:
    minutes = max(1, -(-seconds // 60))
    return _(
        "Too many wrong tries. Try again in %(minutes)s min, or ask an administrator to unlock you.", minutes=minutes
    )


def begin(request: Any, person: Person) -> None:
    """Mark a session that has just been opened, and whether the second step must be set up in it."""
    now = int(time.time())
    request.session.update({"began": now, "seen": now, "fresh": now})
    request.session.pop("enrol", None)
    if person.kind == "person" and not settings.DEMO and not queries.has_second_step(person):
        for company in queries.companies_of(person.login):
            if queries.needs_second_step(company.pk, queries.roles(person.login, company.pk)):
                request.session["enrol"] = True


def is_fresh(request: Any) -> bool:
    return time.time() - request.session.get("fresh", 0) < rules.FRESH


class AccountAdapter(DefaultAccountAdapter):
    """Passwords by login name; every wrong one is counted, for the login and for the address."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # people are made by an administrator

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """We say things in our own words."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Such mail goes through our letters, not past them."""

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code == "username_password_mismatch":
            return ValidationError(said(MISMATCH), code=code)
        if code == "incorrect_password":
            return ValidationError(said(_("The password is not right.")), code=code)
        return super().validation_error(code, *args)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        login = str(credentials.get("username", ""))
        seconds = store.waiting(datetime.now(UTC), store.login_key(login), store.address_key(address(request)))
        if seconds:
            request.wait = seconds  # type: ignore[attr-defined]
            raise ValidationError(said(wait_words(seconds)), code="wait")

    def _rollback_login_failed_rl_usage(self) -> None:
        """Our own counters do not count what went right."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        wrong(request, str(credentials.get("username", "")), "password")

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        begin(request, user)
        store.passed(user.login)
        log.info("signed_in", login=user.login, address=address(request))

    def get_client_ip(self, request: HttpRequest) -> str:
        return address(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not is_fresh(context.request)


def wrong(request: HttpRequest, login: str, what: str) -> int:
    """Count and log one wrong try; returns the seconds to wait."""
    seconds = store.failed(datetime.now(UTC), login, address(request))
    known = queries.person(login) is not None
    log.warning(
        "sign_in_failed", what=what, login=login if known else "(unknown)", address=address(request), wait=seconds
    )
    return seconds


class SecondStepAdapter(DefaultMFAAdapter):
    """Keys of the second step are kept encrypted under the installation's own key, so that a copied database is not
    enough to make codes."""

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code == "incorrect_code":
            return ValidationError(said(WRONG_CODE), code=code)
        return super().validation_error(code, *args)

    def get_totp_label(self, user: Any) -> str:
        return str(user.login)

    def get_totp_issuer(self) -> str:
        return "Huikuan"

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> Fernet:
    key = hashlib.sha256(b"huikuan second step " + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
