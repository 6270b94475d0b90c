"""Counters of failed sign-ins. Written beside the acts, as sessions are: nobody is signed in yet who could act."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from huikuan.office.company import rules
from huikuan.office.company.models import Lock, Token
from huikuan.office.trail.store import turn


def login_key(login: str) -> str:
    """A digest: what people type as a login is sometimes their password."""
    return "login:" + hashlib.sha256(login.strip().lower().encode()).hexdigest()[:40]


def address_key(address: str) -> str:
    return f"address:{address}"[:60]


def waiting(now: datetime, *keys: str) -> int:
    """Seconds that these must still wait; 0 when they may try."""
    found = Lock.objects.filter(key__in=keys, until__gt=now).order_by("-until").values_list("until", flat=True).first()
    return 0 if found is None else max(1, int((found - now).total_seconds() + 0.999))


def failed(now: datetime, login: str, address: str) -> int:
    """Count one failure; returns the seconds to wait from now."""
    longest = 0
    for key, free in ((login_key(login), rules.FREE_TRIES), (address_key(address), rules.FREE_TRIES_OF_ADDRESS)):
        with turn(), transaction.atomic():
            mine = Lock.objects.filter(key=key)
            mine.filter(last__lt=now - timedelta(seconds=rules.FORGET_AFTER)).update(fails=0, until=None)
            if not mine.update(fails=F("fails") + 1, last=now):
                try:
                    with transaction.atomic():
                        Lock.objects.create(key=key, fails=1, last=now)
                except IntegrityError:  # a rival failed first
                    mine.update(fails=F("fails") + 1, last=now)
            seconds = rules.wait(mine.values_list("fails", flat=True)[0], free)
            if seconds:
                mine.update(until=now + timedelta(seconds=seconds))
            longest = max(longest, seconds)
    return longest


def passed(login: str) -> None:
    """Forget the failures of this login. The address keeps its own: one good sign-in does not pay for many tries."""
    mine = Lock.objects.filter(key=login_key(login))
    if mine.exists():
        with turn(), transaction.atomic():
            mine.delete()


def used(token: Token, now: datetime) -> None:
    """Note that a token was used, to the hour: a reading caller must not write with each call."""
    if token.last_used is None or now - token.last_used >= timedelta(hours=1):
        hour = Token.objects.filter(pk=token.pk)
        with turn(), transaction.atomic():
            hour.update(last_used=now)
