"""What browsers are told: no inline script anywhere, headers, cookies, CSRF; and production settings without a warning."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from huikuan.office.company.models import Membership, Person
from huikuan.office.trail.hands import collect
from tests.security.conftest import give_second_step

ROOT = Path(__file__).resolve().parents[2]
UNSAFE = "DJANGO_ALLOW_ASYNC_UNSAFE"  # set by the browser tests of the same worker
MOST = 260  # pages of one walk


class Page(HTMLParser):
    """What of a page a strict CSP would refuse, and where it leads by reading."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.leads: list[str] = []
        self.in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name, value in attrs:
            if name.startswith("on"):
                self.wrong.append(f"<{tag} {name}=…>")
            if name.startswith("hx-on") or (name == "hx-vals" and (value or "").startswith("js:")):
                self.wrong.append(f"<{tag} {name}=…> needs eval")
            if name in ("href", "src", "action", "formaction") and (value or "").strip().lower().startswith(
                "javascript:"
            ):
                self.wrong.append(f"<{tag} {name}={value!r}>")
        if tag == "script":
            self.in_script = "src" not in given
            src = given.get("src") or ""
            if src.startswith(("http:", "https:", "//")):
                self.wrong.append(f"script from elsewhere: {src}")
        if tag in ("link", "img", "iframe") and (given.get("href") or given.get("src") or "").startswith(
            ("http", "//")
        ):
            self.wrong.append(f"<{tag}> from elsewhere")
        for name in ("href", "hx-get", "data-url"):
            if given.get(name):
                self.leads.append(str(given[name]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self.in_script = False

    def handle_data(self, data: str) -> None:
        if self.in_script and data.strip():
            self.wrong.append(f"inline script: {data.strip()[:60]}")


def headers_of(answer) -> list[str]:
    """What is missing of the headers that every reply bears."""
    csp = answer.headers.get("Content-Security-Policy", "")
    parts = dict([*p.strip().split(" ", 1), ""][:2] for p in csp.split(";") if p.strip())
    wrong = []
    if parts.get("script-src", parts.get("default-src")) != "'self'":
        wrong.append(f"script-src {parts.get('script-src')}")
    for name, value in (
        ("frame-ancestors", "'none'"),
        ("object-src", "'none'"),
        ("base-uri", "'self'"),
        ("form-action", "'self'"),
    ):
        if parts.get(name) != value:
            wrong.append(f"{name} {parts.get(name)}")
    for name, value in (
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ):  # fmt: skip
        if answer.headers.get(name) != value:
            wrong.append(f"{name}: {answer.headers.get(name)}")
    if "no-store" not in answer.headers.get("Cache-Control", ""):
        wrong.append("may be cached")
    return wrong


def looked_at(answer, path: str, wrong: list[str]) -> list[str]:
    wrong += [f"{path}: {w}" for w in headers_of(answer)]
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return []
    page = Page(answer.content.decode())
    wrong += [f"{path}: {w}" for w in page.wrong]
    return [
        urlsplit(urljoin(path, lead)).path + ("?" + q if (q := urlsplit(lead).query) else "") for lead in page.leads
    ]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_has_inline_script(cast, door, language):
    """A walk over everything that can be reached by reading, dialogs too, as someone who holds every role."""
    person = Person.objects.get(login="zhao.yan")
    held = set(Membership.objects.filter(person=person).values_list("role", flat=True))
    roles = {r for _c, d in collect("duties") for r in d.roles} - held - {"BOT"}
    Membership.objects.bulk_create(Membership(company=cast.company, person=person, role=r) for r in sorted(roles))
    client = door("zhao.yan")
    Person.objects.filter(login="zhao.yan").update(language=language)
    wrong: list[str] = []
    todo = ["/", "/search?q=100", "/company/again", *dict.fromkeys(n.url for _c, n in collect("nav"))]
    seen: set[str] = set()
    shapes: dict[str, int] = {}
    n = 0
    while todo and n < MOST:
        path = todo.pop(0)
        bare = path.split("#")[0]
        shape = re.sub(r"\d+", "9", bare.split("?")[0])
        if bare in seen or not bare.startswith("/") or bare.startswith(("/static/", "/api/", "/company/sign-out")):
            continue
        seen.add(bare)
        shapes[shape] = shapes.get(shape, 0) + 1
        if shapes[shape] > 3 or "export=" in bare:
            continue
        answer = client.get(bare)
        n += 1
        if answer.status_code >= 500:
            wrong.append(f"{bare}: {answer.status_code}")
        todo += looked_at(answer, bare, wrong)
    assert not wrong, "\n".join(wrong[:40])
    assert n > 60, n


@pytest.mark.slow
def test_the_pages_before_sign_in_have_none_either(cast, door, settings):
    wrong: list[str] = []
    stranger = Client()
    for demo in (False, True):
        settings.DEMO = demo
        for path in (
            "/company/sign-in",
            "/company/sign-in?next=/customers/",
            "/nowhere",
            "/api/v1/nowhere",
            "/api/v1/docs",
        ):
            looked_at(stranger.get(path, follow=True), path, wrong)
    looked_at(stranger.post("/company/sign-in", {"login": "x", "password": "y"}), "wrong password", wrong)
    looked_at(Client(enforce_csrf_checks=True).post("/company/sign-in", {"login": "x"}), "CSRF", wrong)
    give_second_step("zhou.hui")
    looked_at(door("zhou.hui").get("/company/sign-in/code"), "code", wrong)
    client = door("sun.tao")
    for path in (
        "/company/safety",
        "/company/safety/second-step",
        "/company/again",
        "/company/safety/password",
        "/nowhere",
    ):
        looked_at(client.get(path), path, wrong)
    looked_at(client.post("/company/again", {"password": "no"}), "again", wrong)
    assert not wrong, "\n".join(wrong)


def test_the_walk_would_see_a_sin():
    for sin in (
        "<script>alert(1)</script>", '<a onclick="x()">', '<a href=" JavaScript:x()">', '<script src="https://cdn.example/x.js">',
        '<div hx-on:click="x()">',
    ):  # fmt: skip
        assert Page(sin).wrong, sin
    assert not Page(
        '<script src="/static/huikuan.js"></script><a href="/x">on</a><template data-on="x"></template>'
    ).wrong


def test_hostile_text_is_shown_as_text(cast, act, door):
    from huikuan.books.customers import actions

    bad = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    row = actions.create(act("liu.min"), "X001", bad)
    client = door("liu.min")
    for path in ("/customers/", f"/customers/{row.pk}", "/search?q=X001", f"/customers/{row.pk}/change", "/trail/"):
        answer = client.get(path)
        assert answer.status_code == 200 and not Page(answer.content.decode()).wrong, path


def test_forms_need_their_csrf_token(cast, settings):
    client = Client(enforce_csrf_checks=True)
    assert client.post("/company/sign-in", {"login": "chen.jing", "password": "x"}).status_code == 403
    client.force_login(cast.people["admin"])
    assert client.post("/company/people/sun.tao/active", {"reason": "x"}).status_code == 403
    assert Person.objects.get(login="sun.tao").is_active


def test_cookies_are_for_this_host_and_not_for_scripts(door, settings):
    client = door("chen.jing")
    for name in ("sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["domain"], name


def _ask(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    base = {k: v for k, v in os.environ.items() if k not in ("HUIKUAN_TESTS", "HUIKUAN_RATES", UNSAFE)}
    return subprocess.run(
        [sys.executable, *code.split(" ", 3)] if code.startswith("manage.py") else [sys.executable, "-c", code],
        capture_output=True, text=True, cwd=ROOT, env={**base, "HUIKUAN_DEMO": "0", **env},
    )  # fmt: skip


@pytest.mark.slow
def test_production_settings_have_no_warning():
    key = "a-long-key-of-production-0123456789-0123456789-0123456789-0123456789"
    ran = _ask("manage.py check --deploy --fail-level=WARNING", HUIKUAN_HTTPS="1", HUIKUAN_SECRET_KEY=key)
    assert ran.returncode == 0, ran.stderr
    ask = (
        "from huikuan.site import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS >= 31536000,"
        " s.SECURE_SSL_REDIRECT, s.DEBUG, s.DEMO, 'MD5' in str(s.PASSWORD_HASHERS), bool(s.RATES))"
    )
    assert _ask(ask, HUIKUAN_HTTPS="1").stdout.split() == [
        "True",
        "True",
        "True",
        "True",
        "False",
        "False",
        "False",
        "True",
    ]


@pytest.mark.slow
def test_the_check_would_see_a_plain_door():
    """The same command without HTTPS does warn, so that a silent pass above means something."""
    assert _ask("manage.py check --deploy --fail-level=WARNING", HUIKUAN_HTTPS="0").returncode != 0


def test_nobody_else_may_frame_fetch_or_host(cast, settings):
    stranger = Client(headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in stranger.get("/api/v1/company/me").headers
    assert Client(headers={"Host": "evil.example"}).get("/company/sign-in").status_code == 400
