"""The shell in a browser: signing in, both languages, the phone, keys, the list, a past date."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pages.conftest import PHONE, faults, settle, shot

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_one_click_signs_in_and_out_again(new_page: Any, live_cast: Any, settings: Any) -> None:
    settings.DEMO = True
    page = new_page()
    page.goto("/customers/")
    assert "/company/sign-in" in page.url
    shot(page, "sign-in")
    page.click('.switch button[value="en"]')
    assert page.locator("h1").inner_text() == "Sign in"
    shot(page, "sign-in")
    page.click('button[value="chen.jing"]')
    settle(page)
    assert page.url.endswith("/customers/")
    page.click(".person")
    page.click('form[action="/company/sign-out"] button')
    assert "/company/sign-in" in page.url
    assert faults(page) == []


def test_a_wrong_password_is_said_in_words(new_page: Any, live_cast: Any) -> None:
    page = new_page()
    page.goto("/company/sign-in")
    assert page.locator(".door-cast").count() == 0  # the cast is one click away in demo mode only
    page.fill("#login", "chen.jing")
    page.fill("#password", "wrong")
    page.click(".door-form button.btn-primary")
    assert "登录名与密码不符" in page.locator(".inline-alert").inner_text()


def test_the_phone_shows_the_rail_on_demand(desk: Any) -> None:
    page = desk("zhao.yan", size=PHONE)
    page.goto("/")
    settle(page)
    assert not page.locator(".rail").is_visible()
    page.click("[data-rail]")
    assert page.locator(".rail").is_visible()
    shot(page, "rail")
    page.click(".rail-link >> nth=1")
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shot(page, "customers")
    assert faults(page) == []


def test_a_list_by_keyboard(desk: Any, live_cast: Any) -> None:
    from huikuan.books.customers.models import Customer

    Customer.objects.bulk_create(
        Customer(company=live_cast.company, number=f"K{i:03}", name=f"客户{i}", folded=f"客户{i}", currency="CNY")
        for i in range(60)
    )
    page = desk("zhao.yan")
    page.goto("/customers/?sort=number")
    settle(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator("tr.at").inner_text().startswith("K001")
    page.keyboard.press("n")
    page.wait_for_url("**after=**")
    settle(page)
    assert "K050" in page.locator("table[data-list] tbody").inner_text()
    page.go_back()
    settle(page)
    page.fill("#filters .q", "客户5")
    sync_api.expect(page.locator("table[data-list] tbody tr")).to_have_count(11)
    assert "q=" in page.url and page.locator("#count").inner_text().strip() == "11"
    page.locator("body").click(position={"x": 700, "y": 5})
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.fill("#search-text", "K05")
    page.wait_for_selector(".hit")
    shot(page, "search")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/*")
    assert faults(page) == []


def test_a_past_date_tints_the_bar(desk: Any) -> None:
    page = desk("zhao.yan", "en")
    page.goto("/customers/")
    page.click(".as-of summary")
    page.fill("#as-of-day", "2026-01-31")
    page.click(".as-of-menu .btn-primary")
    assert "as it stood on 2026-01-31" in page.locator(".past-bar").inner_text()
    shot(page, "past")
    page.click(".past-bar button")
    assert page.locator(".past-bar").count() == 0


def test_dark_and_row_height_stay(desk: Any) -> None:
    page = desk("zhao.yan")
    page.goto("/")
    page.click("[data-theme-switch]")
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    settle(page)
    shot(page, "today-dark")
