"""The page patterns through the whole stack: list, export, bulk acts, dialogs, troubles, the strictness of the headers."""

from __future__ import annotations

import importlib.util
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client

pytestmark = [pytest.mark.urls("huikuan.web.tests.urls"), pytest.mark.django_db]
SOURCE = Path(__file__).resolve().parents[2]


@pytest.fixture
def page(cast: Any) -> Client:
    client = Client()
    client.force_login(cast.people["chen.jing"])
    return client


def text(response: Any) -> str:
    return response.content.decode()


def numbers(body: str) -> list[str]:
    return re.findall(r">(N\d{3})<", body)


def test_a_list_sorts_pages_and_says_where_one_is(page: Client) -> None:
    first = text(page.get("/items"))
    assert numbers(first)[:2] == ["N120", "N119"] and len(numbers(first)) == 50
    assert "Content-Security-Policy" in page.get("/items").headers
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = text(page.get(following[1].replace("&amp;", "&")))
    assert numbers(second)[0] == "N070"
    back = re.search(r'rel="prev" href="([^"]+)"', second)
    assert back and numbers(text(page.get(back[1].replace("&amp;", "&")))) == numbers(first)


def test_filters_are_the_address(page: Client) -> None:
    body = text(page.get("/items?state=late&due_from=2026-01-05&due_to=2026-01-06&minus=1"))
    assert set(numbers(body)) and 'class="chip"' in body
    assert "没有符合条件的行" in text(page.get("/items?q=zzz"))
    assert numbers(text(page.get("/items?numbers=N003,%20N001%0AN002&sort=number"))) == ["N001", "N002", "N003"]
    assert numbers(text(page.get("/items?amount_min=110.00&sort=amount"))) == [
        "N110",
        "N112",
        "N114",
        "N116",
        "N118",
        "N120",
    ]
    wrong = page.get("/items?due_from=2025-02-30")
    assert wrong.status_code == 200 and "2026-03-31" in text(wrong) and len(numbers(text(wrong))) == 50


def test_an_empty_list_says_what_would_be_here(page: Client) -> None:
    assert "Items appear here." in text(page.get("/items?none="))


def test_htmx_gets_only_the_list(page: Client) -> None:
    body = text(page.get("/items?sort=amount", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="list"))
    assert "<html" not in body and 'hx-swap-oob="true"' in body


def test_totals_are_by_currency(page: Client) -> None:
    body = text(page.get("/items?part=totals", HTTP_HX_REQUEST="true"))
    assert "CNY" in body and "JPY" in body and "<tfoot" in body


def test_the_export_is_what_is_shown(page: Client) -> None:
    response = page.get("/items?state=open&sort=-amount&cols=amount,number,twice&export=xlsx")
    book = openpyxl.load_workbook(BytesIO(response.content))
    rows = list(book.worksheets[0].values)
    assert (len(rows) == 41 and [r[2] for r in rows[1:3]] == ["N114", "N120"]) or rows[1][2].startswith("N")
    assert [type(v) for v in rows[1][:1]] in ([float], [int])
    amounts = [r[0] for r in rows[1:]]
    assert len(rows[0]) == 4  # a currency beside the amount
    assert any("State" in str(r[0]) or "状态" in str(r[0]) for r in book.worksheets[1].values)
    assert amounts


def test_a_table_is_listed_with_a_fixed_number_of_queries(
    page: Client, cast: Any, django_assert_max_num_queries: Any
) -> None:
    from huikuan.books.customers.models import Customer

    Customer.objects.bulk_create(
        Customer(company=cast.company, number=f"K{i:03}", name="甲", folded="x", currency="CNY", credit_limit=i)
        for i in range(60)
    )
    with django_assert_max_num_queries(12):
        body = text(page.get("/rows"))
    assert 'hx-get="/rows?part=totals"' in body.replace("&amp;", "&")
    with django_assert_max_num_queries(10):
        sums = text(page.get("/rows?part=totals"))
    assert "17.70" in sums and ">60" in sums


def test_a_bulk_act_asks_tries_and_does(page: Client) -> None:
    asked = page.post("/items?state=late", {"bulk": "mark", "pick": ["1", "2", "3"]}, HTTP_HX_REQUEST="true")
    key = re.search(r'name="key" value="([^"]+)"', text(asked))
    assert asked.status_code == 200 and key and 'value="1"' in text(asked) and 'value="3"' not in text(asked)
    tried = page.post(
        "/items?state=late", {"bulk": "mark", "pick": ["1"], "step": "try", "note": "some", "key": key[1]}
    )
    assert "is closed" in text(tried)
    empty = page.post("/items", {"bulk": "mark", "pick": ["1"], "step": "do", "note": ""})
    assert empty.status_code == 422
    refused = page.post("/items", {"bulk": "mark", "all": "1", "step": "do", "note": "no", "key": "k"})
    assert refused.status_code == 422 and "Not today." in text(refused)
    done = page.post(
        "/items", {"bulk": "mark", "all": "1", "step": "do", "note": "x", "key": "k"}, HTTP_HX_REQUEST="true"
    )
    assert done.headers["HX-Redirect"] == "/items"
    assert "120" in text(page.get("/items"))


def test_objects_reports_and_worklists(page: Client) -> None:
    body = text(page.get("/items/3"))
    assert "N003" in body and 'hx-get="?section=two"' in body
    assert page.get("/items/999").status_code == 404
    report = text(page.get("/ageing"))
    assert '"values": [1234.56, 0.5]' in report and "1,234.56" in report and "1 + 1 = 2" in report
    assert "case-middle" in text(page.get("/queue"))


def test_a_dialog_keeps_its_key_and_puts_faults_beside_fields(page: Client) -> None:
    shown = text(page.get("/pay/right", HTTP_HX_REQUEST="true"))
    assert re.search(r'name="key" value="form-', shown) and "<html" not in shown
    assert page.post("/pay/right", {"amount": "abc", "key": "k"}).status_code == 422
    wrong = page.post("/pay/wrong", {"amount": "9", "key": "k"}, HTTP_HX_REQUEST="true")
    assert wrong.status_code == 422 and "At most 5.00." in text(wrong) and 'value="k"' in text(wrong)
    assert page.post("/pay/stale", {"amount": "9", "key": "k"}, HTTP_HX_REQUEST="true").status_code == 409
    assert page.post("/pay/right", {"amount": "9", "key": "k"}).url == "/items"


@pytest.mark.parametrize(
    ("what", "status"), [("denied", 403), ("missing", 404), ("refused", 409), ("stale", 409), ("invalid", 422)]
)
def test_troubles_are_pages_toasts_and_alerts(page: Client, what: str, status: int) -> None:
    whole = page.get(f"/trouble/{what}")
    assert whole.status_code == status and "trouble-say" in text(whole)
    toast = page.post(f"/trouble/{what}", HTTP_HX_REQUEST="true")
    assert toast.status_code == status and toast.headers["HX-Retarget"] == "#toasts" and "<html" not in text(toast)
    alert = page.get(f"/trouble/{what}", HTTP_HX_REQUEST="true")
    assert "inline-alert" in text(alert) and "X-Shown" in alert.headers


def test_a_past_date_disables_every_write(page: Client) -> None:
    page.post("/company/as-of", {"as_of": "2020-01-31"})
    body = text(page.get("/items"))
    assert "past-bar" in body and "is-past" in body
    assert page.post("/pay/right", {"amount": "9", "key": "k"}, HTTP_HX_REQUEST="true").status_code in (409, 422)


def test_both_languages(page: Client) -> None:
    assert 'lang="zh-Hans"' in text(page.get("/items")) and "下一页" in text(page.get("/items"))
    page.post("/company/language", {"language": "en"})
    body = text(page.get("/items"))
    assert 'lang="en"' in body and "Next page" in body and "下一页" not in body


# ---- held for all templates ----


def templates() -> list[Path]:
    return list(SOURCE.rglob("templates/**/*.html"))


def test_no_template_has_inline_script_or_foreign_addresses() -> None:
    for file in templates():
        body = file.read_text()
        where = str(file.relative_to(SOURCE))
        assert not re.search(r"<script(?![^>]*\bsrc=)", body), f"{where}: inline script"
        assert not re.search(r"\son(click|change|load|submit|input|keyup|keydown|error)\s*=", body), f"{where}: handler"
        assert not re.search(r"""(src|href)=["'](https?:)?//""", body), f"{where}: an address elsewhere"
        assert "hx-on" not in body, f"{where}: hx-on needs eval"


def test_every_icon_is_in_the_sprite() -> None:
    spec = importlib.util.spec_from_file_location("frontend", SOURCE.parents[1] / "tools" / "frontend.py")
    assert spec and spec.loader
    frontend = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(frontend)
    known = set(frontend.ICONS)
    used = {name: str(f) for f in templates() for name in re.findall(r'{% icon "([^"]+)"', f.read_text())}
    for file in SOURCE.rglob("*.py"):
        if "tests" not in file.parts:
            for name in re.findall(r'icon="([a-z0-9-]+)"', file.read_text()):
                used[name] = str(file)
    missing = {k: v for k, v in used.items() if k not in known}
    assert not missing
