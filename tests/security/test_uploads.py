"""Files that come in: names that would climb or hide, bytes that are not what they say, sizes; by page and by REST."""

from __future__ import annotations

import pytest
from django.conf import settings as conf
from django.core.files.uploadedfile import SimpleUploadedFile

from huikuan.office.files import rules
from huikuan.office.files.models import File
from tests.security.test_tokens import bearer

NAMES = (
    "../../etc/passwd", "..\\..\\windows\\system32\\drivers\\etc\\hosts", "/etc/shadow", "C:\\boot.ini", "a/../../b.csv", "....//x",
    "nul", "CON.txt", "com1.pdf", "x\x00.exe", "a" * 5000 + ".pdf", "账" * 400 + ".xlsx", "inv\u202efdp.exe", "a\u200b\u2066b.pdf",
    "\ud800.pdf", " . ", "..", "", "<script>.html", "a\r\nSet-Cookie: x=1.txt", "-rf", "$(id).csv", "x;y|z&.csv", "文件\uff0f..\uff0f.csv",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_only_a_name(name):
    clean = rules.clean_name(name)
    assert clean and len(clean.encode()) <= 200 and clean not in (".", "..")
    assert not set(clean) & set('/\\\x00\r\n<>:"|?*\u202e\u200b\u2066')
    assert clean.split(".")[0].lower() not in {"nul", "con", "com1"}


def everything_under(home) -> set[str]:
    return {str(p.relative_to(home)) for p in home.rglob("*") if p.is_file()}


@pytest.mark.parametrize("which", ["page", "rest"])
def test_odd_names_stay_inside_and_are_handed_back_as_downloads(cast, door, act, which, tmp_path, settings):
    settings.FILES_HOME = tmp_path / "home" / "files"
    client = door("liu.min") if which == "page" else bearer(act, "liu.min", "all")
    for n, name in enumerate(NAMES):
        sent = SimpleUploadedFile("x", f"content {n} {which}".encode())
        sent._name = name.encode("utf-8", "replace").decode()  # past Django's own cleaning of the client
        if which == "page":
            answer = client.post("/files/keep", {"file": sent, "subject": "", "key": f"u{n}"})
        else:
            answer = client.post("/api/v1/files/", {"file": sent})
        assert answer.status_code in (200, 201, 302, 400, 422), (name[:40], answer.status_code)
    assert {p.split("/")[0] for p in everything_under(tmp_path)} <= {"home"}
    for kept in File.objects.all():
        got = client.get(f"/files/{kept.pk}" if which == "page" else f"/api/v1/files/{kept.pk}/content")
        told = got.headers["Content-Disposition"]
        assert got.status_code == 200 and told.startswith("attachment") and "\n" not in told and "/" not in kept.name
        assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert File.objects.count() >= 10


LIES = (
    ("invoice.pdf", "application/pdf", b"<html><script>alert(1)</script></html>"),
    ("photo.png", "image/png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ("page.html", "text/html", b"<!doctype html><script>alert(1)</script>"),
    ("x.svg", "image/svg+xml", b"<?xml version='1.0'?><svg onload='alert(1)'/>"),
    ("run.pdf", "application/pdf", b"MZ\x90\x00\x03"),
)


@pytest.mark.parametrize(("name", "said", "content"), LIES)
def test_bytes_are_believed_not_names(cast, door, name, said, content):
    client = door("liu.min")
    client.post("/files/keep", {"file": SimpleUploadedFile(name, content, said), "key": name})
    kept = File.objects.latest("pk")
    assert kept.media not in ("application/pdf", "image/png", "text/html", "image/svg+xml")
    got = client.get(f"/files/{kept.pk}?show=1")  # asking to show it does not help
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert not got.headers["Content-Type"].startswith(("text/html", "image/svg"))


@pytest.mark.parametrize("which", ["page", "rest"])
def test_sizes_are_kept(cast, door, act, which):
    client = door("liu.min") if which == "page" else bearer(act, "liu.min", "all")
    for content in (b"", b"x" * (rules.MOST_BYTES + 1)):
        sent = SimpleUploadedFile("big.bin", content)
        if which == "page":
            answer = client.post("/files/keep", {"file": sent, "key": "k"})
        else:
            answer = client.post("/api/v1/files/", {"file": sent})
        assert answer.status_code in (400, 413, 422), answer.status_code
    assert not File.objects.exists()
    huge = {"Content-Type": "application/json"}
    body = b'{"number": "' + b"x" * (conf.DATA_UPLOAD_MAX_MEMORY_SIZE + 10) + b'"}'
    if which == "rest":
        assert client.post("/api/v1/customers/", body, "application/json", headers=huge).status_code in (400, 413, 422)


def test_no_path_of_an_address_leaves_its_room(cast, door):
    client = door("liu.min")
    for path in (
        "/static/../settings.py",
        "/static/%2e%2e/site/settings.py",
        "/static/..%2f..%2fpyproject.toml",
        "/files/..%2f1",
    ):
        answer = client.get(path)
        assert answer.status_code in (301, 302, 400, 404), path
        assert b"SECRET_KEY" not in b"".join(answer.streaming_content if answer.streaming else [answer.content])
