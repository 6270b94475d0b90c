"""Approvals through their pages: the inbox by role, granting what was seen, refusing with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.office.approvals import actions
from huikuan.office.approvals.models import Approval, Limit
from huikuan.office.approvals.tables import shown_lines
from huikuan.office.trail.hands import Duty, Hands, Kind, hand_down


@pytest.fixture(autouse=True)
def kind() -> Any:
    duty = Duty("test.release", "A07", "Release", "释放", ("CRE",), ("APR", "CRE"), limited=True)
    release = Kind("test.release", "Release an order", "释放订单", "test.release", lambda act, approval: None)
    hand_down("test", Hands(duties=(duty,), approvals=(release,)))
    yield
    hand_down("test", Hands())


@pytest.fixture
def desk(cast: Any) -> Any:
    from huikuan.office.company import queries

    def sit(login: str, language: str = "en") -> Client:
        person = queries.person(login)
        assert person is not None
        type(person).objects.filter(pk=person.pk).update(language=language)
        client = Client()
        client.force_login(person)
        return client

    return sit


def ask(act: Any, yuan: int = 5_000, n: int = 1) -> Approval:
    shown = {
        "customer": "10000001 <永辉>", "credit_limit": Money(50_000_000, "CNY"), "why": [_("Over the limit."), "x"],
        "lines": [{"item": "cola", "amount": Money(1, "CNY")}],
    }  # fmt: skip
    title = _("Release order %(number)s", number=f"SO-{n}")
    return actions.ask(act("wang.lei"), "test.release", f"orders.order:{n}", Money(yuan * 100, "CNY"), shown, title)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_inbox_shows_what_is_decided_on(desk: Any, act: Any, language: str) -> None:
    ask(act)
    page = desk("chen.jing", language).get("/approvals/")
    text = page.content.decode()
    assert page.status_code == 200
    for words in ("SO-1", "&lt;永辉&gt;", "500,000.00 CNY", "5,000.00", "cola"):
        assert words in text, words
    if language == "en":
        assert "Credit limit" in text and "Over the limit." in text


def test_the_inbox_by_role(desk: Any, act: Any) -> None:
    ask(act, 20_000)
    above = desk("chen.jing").get("/approvals/").content.decode()
    assert "Above your limit" in above and "data-accept" not in above
    assert "data-accept" in desk("zhou.hui").get("/approvals/").content.decode()
    for login in ("liu.min", "wang.lei", "wu.gang", "admin"):
        assert "SO-1" not in desk(login).get("/approvals/").content.decode()


def test_grant_and_refuse(desk: Any, act: Any) -> None:
    first, second = ask(act), ask(act, n=2)
    client = desk("chen.jing")
    wrong = client.post(f"/approvals/{first.pk}/grant", {"key": "a", "shown_hash": "0" * 64})
    assert wrong.status_code == 409
    assert client.post(f"/approvals/{first.pk}/grant", {"key": "b", "shown_hash": first.shown_hash}).status_code == 302
    assert client.post(f"/approvals/{second.pk}/refuse", {"key": "c", "reason": ""}).status_code == 422
    assert client.post(f"/approvals/{second.pk}/refuse", {"key": "d", "reason": "no slip"}).status_code == 302
    assert list(Approval.objects.order_by("pk").values_list("state", "decided_by")) == [
        ("granted", "chen.jing"),
        ("refused", "chen.jing"),
    ]
    assert "no slip" in client.get(f"/approvals/{second.pk}").content.decode()
    assert "no slip" in desk("wang.lei").get("/work/").content.decode()


@pytest.mark.parametrize("login", ["wang.lei", "liu.min", "wu.gang", "admin", "sun.tao"])
def test_others_are_refused(desk: Any, act: Any, login: str) -> None:
    asked = ask(act)
    answer = desk(login).post(f"/approvals/{asked.pk}/grant", {"key": "a", "shown_hash": asked.shown_hash})
    assert answer.status_code in (403, 422)  # no page of hers, or the dialog that says why
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_object_list_tile_panel_and_taking_back(desk: Any, act: Any) -> None:
    asked = ask(act)
    mine = desk("wang.lei")
    assert "Take back" in mine.get(f"/approvals/{asked.pk}").content.decode()
    for url in ("/approvals/all", "/approvals/all?tab=mine", f"/approvals/panel?subject={asked.subject}"):
        assert "SO-1" in mine.get(url).content.decode(), url
    assert "1 of yours are undecided" in mine.get("/approvals/today").content.decode()
    assert "SO-1" in desk("zhou.hui").get("/approvals/today").content.decode()
    assert mine.post(f"/approvals/{asked.pk}/withdraw", {"key": "w"}).status_code == 302
    asked.refresh_from_db()
    assert asked.state == "void"
    assert mine.get("/approvals/999").status_code == 404


def test_limits_are_seen_by_all_and_set_by_the_administrator(desk: Any, act: Any, cast: Any) -> None:
    assert "1,000,000.00" in desk("zhou.hui").get("/approvals/limits").content.decode()
    given = {"key": "l", "person": "zhao.yan", "up_to": "100,000.00", "currency": "CNY"}
    assert desk("zhou.hui").post("/approvals/limits/set", given).status_code == 403
    client = desk("admin")
    assert client.post("/approvals/limits/set", {**given, "up_to": "abc"}).status_code == 422
    assert client.post("/approvals/limits/set", given).status_code == 302
    assert Limit.objects.get(person="zhao.yan").up_to == 10_000_000


def test_sentences_with_amounts_come_back_as_they_were_said(act: Any) -> None:
    """A reason with Money in it goes through the database and is still a sentence."""
    shown = {"why_held": [_("%(amount)s is overdue.", amount=Money(5_558_561, "CNY"))]}
    asked = actions.ask(act("wang.lei"), "test.release", "orders.order:9", None, shown, "x")
    asked.refresh_from_db()
    assert shown_lines(asked.shown)[0]["list"][0].startswith("55,585.61 CNY")
