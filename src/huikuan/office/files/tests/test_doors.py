"""Files through their pages: kept from a form, handed out so that no browser runs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huikuan.office.files import actions
from huikuan.office.files.models import File


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> None:
    settings.FILES_HOME = tmp_path / "files"


@pytest.fixture
def desk(cast: Any) -> Any:
    from huikuan.office.company import queries

    def sit(login: str) -> Client:
        person = queries.person(login)
        assert person is not None
        client = Client()
        client.force_login(person)
        return client

    return sit


def test_kept_from_a_form_and_downloaded(desk: Any) -> None:
    client = desk("sun.tao")
    upload = SimpleUploadedFile("回单.html", b"<script>alert(1)</script>", content_type="text/html")
    answer = client.post("/files/keep", {"key": "k", "subject": "orders.order:1", "file": upload})
    assert answer.status_code == 302
    kept = File.objects.get()
    page = client.get(f"/files/{kept.pk}?show=1")
    assert page.content == b"<script>alert(1)</script>"
    assert page["Content-Type"] == "text/plain" and page["X-Content-Type-Options"] == "nosniff"
    assert page["Content-Disposition"].startswith("attachment") and "sandbox" in page["Content-Security-Policy"]
    assert "回单.html" in client.get("/files/panel?subject=orders.order:1").content.decode()
    assert "回单.html" in client.get("/files/").content.decode()


def test_a_pdf_is_shown_in_place_when_asked(desk: Any, act: Any) -> None:
    kept = actions.keep(act("sun.tao"), "slip.pdf", b"%PDF-1.7", "evidence")
    client = desk("wu.gang")
    assert client.get(f"/files/{kept.pk}")["Content-Disposition"].startswith("attachment")
    shown = client.get(f"/files/{kept.pk}?show=1")
    assert shown["Content-Disposition"].startswith("inline") and shown["Content-Type"] == "application/pdf"


def test_the_auditor_keeps_nothing(desk: Any) -> None:
    upload = SimpleUploadedFile("a.txt", b"x")
    assert desk("wu.gang").post("/files/keep", {"key": "k", "file": upload}).status_code == 403
    assert desk("wu.gang").get("/files/999").status_code == 404


def test_too_large_is_refused_beside_its_field(desk: Any, settings: Any, cast: Any) -> None:
    from huikuan.office.company import queries

    assert queries.setting(cast.company.pk, "files.most_bytes", None) is None
    upload = SimpleUploadedFile("empty.txt", b"")
    assert desk("sun.tao").post("/files/keep", {"key": "k", "file": upload}).status_code == 422
