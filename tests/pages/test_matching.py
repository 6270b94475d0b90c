"""The matching page in a browser: after a decision the next line, fetched before, stands there at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from huikuan.receivables.cash import actions
from huikuan.receivables.cash.tests.desk import Desk
from huikuan.receivables.cash.tests.test_doors import door
from tests.pages.conftest import faults, settle, shot

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lines(
    live_cast: Any, act: Callable[..., Any], settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Any:
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-03-02T02:00:00+00:00")
    settings.FILES_HOME = tmp_path / "files"
    cash = Desk(act)
    west = cash.customer("C1", "西湖商贸")
    for n, minor in enumerate((10_000, 20_000, 30_000), 1):
        cash.bill(west, f"9000000{n}", minor)
    made = [cash.line(minor, "西湖商贸有限", "", "货款") for minor in (10_000, 20_000, 30_000)]
    actions.match(cash.act("sun.tao"))
    assert (
        door(live_cast, "chen.jing", "en").get("/cash/match").status_code == 200
    )  # compiled before a browser waits for it
    return made


def test_the_next_line_stands_there_before_the_page_is_fetched_anew(lines: Any, desk: Any) -> None:
    page = desk("chen.jing", "en")
    page.goto("/cash/match?by=amount")
    settle(page)
    third, second, first = lines[2], lines[1], lines[0]
    page.wait_for_selector(f"[data-worklist][data-ahead='{second.pk}']")
    page.evaluate("window.here = true")  # gone with the page when it is loaded anew
    held: list[Any] = []
    free: list[bool] = []
    page.route("**/cash/match?case=*", lambda route: route.continue_() if free else held.append(route))
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#case h2:has-text('{second.document}')")
    assert page.evaluate("window.here") is True
    assert f"case={second.pk}" in page.url
    assert page.locator(f"[data-worklist] a[data-case='{third.pk}']").count() == 0
    shot(page, "matching-next")
    free.append(True)  # until now nothing more was fetched
    for route in held:
        route.continue_()
    page.wait_for_selector("[data-undo]")  # what was fetched behind: what was done can be taken back
    assert "3" not in page.locator(".page-title .count").inner_text()
    page.wait_for_selector(f"[data-worklist][data-ahead='{first.pk}']")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#case h2:has-text('{first.document}')")
    assert page.evaluate("window.here") is True
    assert faults(page) == []
