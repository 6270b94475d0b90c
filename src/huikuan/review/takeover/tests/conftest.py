"""Somebody of the cast, signed in."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def sign_in(cast: Any) -> Any:
    def as_(login: str, language: str = "zh-hans") -> Client:
        person = cast.people[login]
        person.language = language
        person.save()
        client = Client()
        client.force_login(person)
        return client

    return as_
