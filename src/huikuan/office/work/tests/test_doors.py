"""The queue through its pages: what each person sees, may press, and gets back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from huikuan.kit.words import _
from huikuan.office.work import actions, bots
from huikuan.office.work.models import WorkOrder


@pytest.fixture
def desk(cast: Any) -> Any:
    """desk("chen.jing") is a signed-in browser, in English."""
    from huikuan.office.company import queries

    def sit(login: str, language: str = "en") -> Client:
        person = queries.person(login)
        assert person is not None
        type(person).objects.filter(pk=person.pk).update(language=language)
        client = Client()
        client.force_login(person)
        return client

    return sit


def a_task(act: Any, **more: Any) -> WorkOrder:
    return actions.open_order(
        act("admin"),
        "test.look",
        "orders.order:7",
        _("Look at order %(number)s", number="SO-7"),
        data={"amount": "12.00"},
        **more,
    )


def test_my_list_shows_mine_and_only_mine(desk: Any, act: Any, django_assert_max_num_queries: Any) -> None:
    a_task(act, person="chen.jing")
    client = desk("chen.jing")
    with django_assert_max_num_queries(30):
        page = client.get("/work/")
    assert page.status_code == 200 and b"Look at order SO-7" in page.content
    assert b"Look at order SO-7" not in desk("sun.tao").get("/work/").content


@pytest.mark.parametrize("tab", ["mine", "role", "bots", "failed", "done", "all"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_tab_opens_in_both_languages(desk: Any, act: Any, tab: str, language: str) -> None:
    a_task(act, role="CRE")
    page = desk("chen.jing", language).get(f"/work/?tab={tab}")
    assert page.status_code == 200
    assert (b"SO-7" in page.content) == (tab in ("role", "all"))


def test_list_exports_what_it_shows(desk: Any, act: Any) -> None:
    a_task(act, role="CRE")
    page = desk("chen.jing").get("/work/?tab=role&export=xlsx")
    assert page.status_code == 200 and page.content.startswith(b"PK")


def test_take_hand_over_and_finish_through_dialogs(desk: Any, act: Any) -> None:
    order = a_task(act, role="CRE")
    client = desk("chen.jing")
    assert b"Take" in client.get(f"/work/{order.pk}").content
    form = client.get(f"/work/{order.pk}/take").context["form"]
    answer = client.post(f"/work/{order.pk}/take", {"key": form.initial["key"], "version": form.initial["version"]})
    assert (answer.status_code, answer.url) == (302, f"/work/{order.pk}")
    stale = client.post(f"/work/{order.pk}/finish", {"key": "k", "version": order.version, "outcome": "x"})
    assert stale.status_code == 409
    assert client.post(f"/work/{order.pk}/hand-over", {"key": "h"}).status_code == 422
    assert (
        client.post(f"/work/{order.pk}/hand-over", {"key": "i", "person": "zhao.yan", "note": "look"}).status_code
        == 302
    )
    assert client.post(f"/work/{order.pk}/comment", {"key": "c", "text": "said <b>so</b>"}).status_code == 302
    other = desk("zhao.yan")
    shown = other.get(f"/work/{order.pk}?section=comments").content
    assert b"look" in shown and b"&lt;b&gt;so" in shown
    assert other.post(f"/work/{order.pk}/finish", {"key": "f", "outcome": "done"}).status_code == 302
    order.refresh_from_db()
    assert (order.state, order.ended_by, order.outcome) == ("done", "zhao.yan", "done")


def test_the_auditor_reads_and_is_refused(desk: Any, act: Any) -> None:
    order = a_task(act, role="CRE")
    client = desk("wu.gang")
    assert client.get(f"/work/{order.pk}").status_code == 200
    assert client.post(f"/work/{order.pk}/take", {"key": "k"}).status_code in (403, 422)
    order.refresh_from_db()
    assert order.person == ""


def test_failed_work_goes_back_to_the_robots(desk: Any, act: Any, cast: Any) -> None:
    order = actions.open_order(act("admin"), "test.nobody", "", "x")
    bots.work_once(company_id=cast.company.pk, timed=False)
    client = desk("admin")
    page = client.get(f"/work/{order.pk}")
    assert "No robot knows the work “test.nobody”." in page.content.decode()
    assert client.post(f"/work/{order.pk}/retry", {"key": "r"}).status_code == 302
    order.refresh_from_db()
    assert order.state == "waiting"


def test_tile_and_panel(desk: Any, act: Any) -> None:
    a_task(act, person="chen.jing")
    client = desk("chen.jing")
    assert b"Look at order SO-7" in client.get("/work/today").content
    assert b"Look at order SO-7" in client.get("/work/panel?subject=orders.order:7").content
    assert b"Nothing waits for you" in desk("zhou.hui").get("/work/today").content


def test_bulk_finish(desk: Any, act: Any) -> None:
    mine = [a_task(act, person="chen.jing") for _n in range(3)]
    client = desk("chen.jing")
    answer = client.post(
        "/work/", {"bulk": "finish", "step": "do", "key": "b", "outcome": "ok", "pick": [o.pk for o in mine]}
    )
    assert answer.status_code == 302
    assert set(WorkOrder.objects.values_list("state", "outcome")) == {("done", "ok")}


def test_nothing_of_another_company(desk: Any, act: Any) -> None:
    assert desk("chen.jing").get("/work/999999").status_code == 404
