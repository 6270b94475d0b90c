"""Browser tests: Debian's Chromium on the test server, signed in as a member of the cast, in either language.

    def test_x(desk):                       # needs live rows: uses live_cast
        page = desk("chen.jing", "en")      # a Playwright page; page.goto("/customers/") is relative to the server
        …
        shot(page, "customers")             # shots/customers-en-1280.png (ignored by git): look at it as a designer

Without Chromium these tests skip and say so. `faults(page)` gives what the browser complained about: console errors,
failed requests, requests to other hosts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "shots"
FONTS = ROOT / "src" / "huikuan" / "web" / "fonts"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
WIDE, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}

Desk = Callable[..., Any]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("NO CHROMIUM HERE: the pages are not tested in a browser (apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api")
    if not any(Path("/usr/share/fonts").rglob("*CJK*")) and FONTS.exists():
        # Without a Chinese font screenshots show only boxes; the PDFs' own fonts will do.
        home = tmp_path_factory.mktemp("fonts")
        (home / "fonts.conf").write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
            f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{FONTS}</dir>'
            f"<cachedir>{home}</cachedir></fontconfig>"
        )
        os.environ["FONTCONFIG_FILE"] = str(home / "fonts.conf")
    # Playwright runs its own loop in this thread; the ORM calls of fixtures beside it are safe all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(
    chromium: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Any]]:
    """new_page(size=WIDE, dark=False): a page of nobody yet, that remembers what went wrong."""
    if "demo_company" not in request.fixturenames:  # which sets a day of its own
        monkeypatch.setenv("HUIKUAN_TODAY", "2026-03-02")
    open_contexts = []

    def make(size: dict[str, int] = WIDE, dark: bool = False) -> Any:
        context = chromium.new_context(
            base_url=live_server.url, viewport=size, color_scheme="dark" if dark else "light", locale="zh-CN"
        )
        open_contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.wrong = []
        page.on("console", lambda m: page.wrong.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: page.wrong.append(str(e)))
        page.on(
            "request",
            lambda r: (
                None
                if r.url.startswith((live_server.url, "data:", "blob:"))
                else page.wrong.append(f"asked elsewhere: {r.url}")
            ),
        )
        return page

    yield make
    for context in open_contexts:
        context.close()


@pytest.fixture
def desk(new_page: Callable[..., Any], live_server: Any, request: pytest.FixtureRequest) -> Desk:
    """desk(login, language="zh-hans", size=WIDE, dark=False): a page of someone who is signed in."""
    if "demo_company" not in request.fixturenames:
        request.getfixturevalue("live_cast")

    def sit(login: str, language: str = "zh-hans", **how: Any) -> Any:
        from django.conf import settings
        from django.test import Client

        from huikuan.office.company.models import Person

        person = Person.objects.get(login=login)
        if person.language != language:
            Person.objects.filter(pk=person.pk).update(language=language)
        client = Client()
        client.force_login(Person.objects.get(login=login))
        page = new_page(**how)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        return page

    return sit


@pytest.fixture
def demo_company(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A month of a small demo company, made by the actions."""
    from huikuan.site.demo.months import LAST_DAY, Demo

    made = Demo(1, 8, 7, lambda what, done, total: None)
    made.build()
    monkeypatch.setenv("HUIKUAN_TODAY", LAST_DAY.isoformat())
    return made


def settle(page: Any) -> None:
    """Wait until panels and charts have arrived."""
    from playwright.sync_api import expect

    page.wait_for_load_state("networkidle")
    expect(page.locator(".htmx-request")).to_have_count(0)  # wait_for_function would need eval, which the CSP refuses


def shot(page: Any, name: str) -> Path:
    SHOTS.mkdir(exist_ok=True)
    language = "en" if page.locator("html").get_attribute("lang") == "en" else "zh"
    file = SHOTS / f"{name}-{language}-{page.viewport_size['width']}.png"
    page.screenshot(path=str(file))
    return file


def faults(page: Any) -> list[str]:
    return list(dict.fromkeys(page.wrong))
