"""A person at the pages."""

from __future__ import annotations

import pytest
from django.test import Client

from huikuan.office.company.models import Person


@pytest.fixture
def sit(cast):
    def seat(login, language="en"):
        Person.objects.filter(login=login).update(language=language)
        client = Client()
        client.force_login(Person.objects.get(login=login), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return seat
