"""Every page of the rail, and the first thing of every list, in both languages: it loads, fits and complains of nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pages.conftest import PHONE, faults, settle, shot

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def nav() -> list[str]:
    from huikuan.office.trail.hands import collect

    return ["/", *dict.fromkeys(n.url for _capability, n in collect("nav"))]


def name(url: str) -> str:
    return url.split("?")[0].strip("/").replace("/", "-") or "today"


def look(page: Any, url: str, wrong: list[str], shown: str = "") -> None:
    try:
        answer = page.goto(url)
        settle(page)
    except sync_api.Error as e:
        wrong.append(f"{url}: {e.message.splitlines()[0]}")
        return
    if answer.status != 200:
        wrong.append(f"{url}: {answer.status}")
        page.wrong.clear()
        return
    if page.locator("h1").count() != 1:
        wrong.append(f"{url}: {page.locator('h1').count()} h1")
    if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
        wrong.append(f"{url}: wider than the window")
    if page.locator(".chart-canvas:not([data-drawn])").count():
        wrong.append(f"{url}: a chart was not drawn")
    wrong += [f"{url}: {w}" for w in faults(page)]
    page.wrong.clear()
    shot(page, shown or name(url))


def test_every_page_of_the_rail(demo_company: Any, desk: Any) -> None:
    from huikuan.office.company.models import Membership, Person

    # One person who may see everything, so that one walk meets every page.
    person = Person.objects.get(login="zhao.yan")
    held = set(Membership.objects.filter(person=person).values_list("role", flat=True))
    company = Membership.objects.filter(person=person).first().company
    Membership.objects.bulk_create(
        Membership(company=company, person=person, role=r) for r in {"ADM", "AUD", "CLO", "ARA", "CSH", "SAL"} - held
    )
    wrong: list[str] = []
    for language in ("zh-hans", "en"):
        page = desk("zhao.yan", language)
        for url in nav():
            look(page, url, wrong)
            row = page.locator("tr[data-url]").first
            if language == "zh-hans" and row.count() and not row.get_attribute("data-url").startswith("/files/"):
                look(page, row.get_attribute("data-url"), wrong, f"{name(url)}-one")  # a file is a download
    phone = desk("zhao.yan", "zh-hans", size=PHONE)
    for url in ("/", "/customers/", "/approvals/"):
        look(phone, url, wrong)
    assert not wrong, "\n".join(wrong)
