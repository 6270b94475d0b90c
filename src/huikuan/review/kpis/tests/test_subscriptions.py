"""Reports on paper and from time to time: the same figures, once for each slot, in the reader's language."""

from __future__ import annotations

import io
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from huikuan.books.customers import actions as customers
from huikuan.books.ledger import actions as books
from huikuan.connectors.mail.sandbox import serving
from huikuan.kit.errors import Denied, Invalid, Missing, Refused
from huikuan.office.files import queries as files
from huikuan.office.work import bots as work
from huikuan.office.work import queries as orders
from huikuan.office.work.bots import work_once
from huikuan.office.work.models import WorkOrder
from huikuan.review.kpis import actions, bots, queries, rules
from huikuan.review.kpis.models import Delivery, Subscription
from huikuan.review.kpis.tests.test_queries import bill, cny

DAY = date(2026, 3, 2)


@pytest.fixture
def shop(cast: Any, act: Any) -> int:
    one = customers.create(act(), "C1001", "滨江便利店", name_en="Riverside", currency="CNY").pk
    books.post(act(), [bill(one, "B1", date(2026, 1, 5), date(2026, 2, 4), cny("1234.5"))])
    books.post(act(), [bill(one, "B2", date(2026, 2, 20), date(2026, 3, 22), cny("65.05"))])
    return int(cast.company.pk)


def sit(cast: Any, login: str, language: str = "en") -> Client:
    person = cast.people[login]
    person.language = language
    person.save()
    client = Client()
    client.force_login(person)
    return client


def text(pdf: bytes) -> str:
    return "\n".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize(
    ("language", "title", "total"), [("en", "Ageing", "Total CNY"), ("zh-hans", "账龄", "合计 CNY")]
)
def test_a_report_on_paper_has_the_figures_of_its_page(
    shop: int, cast: Any, language: str, title: str, total: str
) -> None:
    page = sit(cast, "chen.jing", language)
    answer = page.get("/kpis/ageing?as_of=2026-03-02&by=customer&export=pdf")
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
    words = text(answer.content)
    assert title in words and total in words and "1,234.50" in words and "1,299.55" in words and "2026-03-02" in words
    assert ("Riverside" if language == "en" else "滨江便利店") in words
    figures = page.get("/kpis/?month=2026-02&export=pdf")
    assert "65.05" in text(figures.content)


@given(
    st.sampled_from(["daily", "weekly", "monthly"]), st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 70)
)
def test_each_slot_comes_once_and_shows_a_day_that_is_over(every: str, today: date, later: int) -> None:
    slot = rules.slot(every, today)
    assert slot <= today and rules.day_of(every, today) < slot
    assert rules.is_due(every, None, today) and not rules.is_due(every, slot, today)
    then = today + timedelta(days=later)
    assert rules.is_due(every, slot, then) == (rules.slot(every, then) != slot)


def test_the_robot_makes_what_is_due_once(shop: int, cast: Any, act: Any) -> None:
    row = actions.subscribe(act("chen.jing"), "ageing", "by=customer&as_of=2020-01-01&evil=1", "daily", email="a@b.cn")
    assert row.query == "by=customer"  # its day is that of its slot
    job = orders.schedules()
    assert any(s.kind == "kpis.subscriptions" for s in job)
    bot = work.bots()["kpis.subscriptions"]
    told = run(bot, act, shop)
    assert "1 reports" in str(told)
    made = Delivery.objects.get()
    today = date.today()
    assert (made.state, made.email, made.slot) == (
        "queued",
        "a@b.cn",
        made.day + timedelta(days=1),
    ) and made.day < today
    pdf, xlsx = files.read(shop, made.pdf), files.read(shop, made.xlsx)
    assert "1,299.55" in text(pdf) and str(made.day) in text(pdf)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(xlsx)).get_sheet_by_index(0).to_python()
    assert any(1299.55 in line for line in sheet)
    assert "0 reports" in str(run(bot, act, shop)) and Delivery.objects.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Delivery.objects.update(title="x")
    page = sit(cast, "chen.jing")
    assert f"/files/{made.pdf}" in page.get("/kpis/today/reports").content.decode()
    listed = page.get("/kpis/subscriptions?tab=made").content.decode()
    assert "no mail went out" in listed
    assert f"/files/{made.pdf}" not in sit(cast, "sun.tao").get("/kpis/subscriptions?tab=made").content.decode()


def test_a_report_goes_by_mail_once(live_cast: Any, act: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a server it stays on Today and says so; with one the letter has both files; asked again, nothing goes twice."""
    company = int(live_cast.company.pk)
    one = customers.create(act(), "C1001", "滨江便利店", name_en="Riverside", currency="CNY").pk
    books.post(act(), [bill(one, "B1", date(2026, 1, 5), date(2026, 2, 4), cny("1234.5"))])
    robot = work.bots()["kpis.subscriptions"]
    mine = lambda: WorkOrder.objects.filter(kind="kpis.mail").order_by("pk")  # noqa: E731
    now = lambda: act("robot").at  # noqa: E731

    monkeypatch.delenv("HUIKUAN_SMTP_URL", raising=False)
    actions.subscribe(act("chen.jing"), "ageing", "by=customer", "daily")
    actions.subscribe(act("chen.jing"), "ageing", "by=customer", "daily", name="Quiet", email="quiet@b.cn")
    run(robot, act, company)
    assert work_once(clock=now, timed=False).failed == 0
    assert (
        mine().count() == 1 and "No mail server" in mine().get().outcome["say"]
    )  # the one without an address has none
    assert set(Delivery.objects.values_list("email", "state")) == {("", "here"), ("quiet@b.cn", "queued")}

    with serving() as server:
        monkeypatch.setenv("HUIKUAN_SMTP_URL", server.url)
        actions.subscribe(
            act("chen.jing"), "ageing", "by=customer", "daily", name="Ageing", email="a@b.cn", language="en"
        )
        run(robot, act, company)
        assert work_once(clock=now, timed=False).failed == 0
        [letter] = server.letters
        made = Delivery.objects.get(email="a@b.cn")
        assert (letter["To"], made.state, letter["Subject"]) == ("a@b.cn", "sent", made.title)
        pdf, xlsx = letter.iter_attachments()
        assert pdf.get_content() == files.read(company, made.pdf) and xlsx.get_content() == files.read(
            company, made.xlsx
        )
        assert "My reports" in letter.get_body().get_content()
        # The order taken up again after a crash: nothing goes twice.
        job = SimpleNamespace(company=company, data={"delivery": made.pk}, act=lambda step: act("robot"))
        assert "a@b.cn" in str(work.bots()["kpis.mail"].does(job)) and len(server.letters) == 1


def run(bot: Any, act: Any, company: int) -> Any:
    """The robot's step, as the queue would call it."""
    at = act("robot").at
    job = SimpleNamespace(company=company, today=at.date(), by="robot", clock=lambda: at, beat=lambda: None)
    return bot.does(job)


def test_who_left_gets_nothing_more(shop: int, cast: Any, act: Any) -> None:
    actions.subscribe(act("chen.jing"), "figures", "", "monthly")
    person = cast.people["chen.jing"]
    person.is_active = False
    person.save()
    assert "1 subscriptions ended" in str(run(work.bots()["kpis.subscriptions"], act, shop))
    assert not Subscription.objects.get().live and not Delivery.objects.exists()


def test_bad_input_and_other_peoples_subscriptions(shop: int, cast: Any, act: Any) -> None:
    for wrong in ({"report": "x"}, {"every": "hourly"}, {"email": "no"}, {"language": "fr"}):
        with pytest.raises(Invalid):
            actions.subscribe(act("chen.jing"), **{"report": "ageing", "query": "", "every": "daily"} | wrong)
    row = actions.subscribe(act("chen.jing"), "ageing", "", "weekly")
    with pytest.raises(Refused):
        actions.unsubscribe(act("sun.tao"), row.pk)
    with pytest.raises(Denied):
        actions.deliver(act("chen.jing"), row.pk, DAY, DAY, "x", 1, 1)
    actions.unsubscribe(act("chen.jing"), row.pk)
    with pytest.raises(Missing):
        actions.unsubscribe(act("chen.jing"), row.pk)
    assert queries.due(shop, DAY) == [] and bots.door.make is not None
    page = sit(cast, "chen.jing")
    assert page.get("/kpis/subscriptions/new?report=ageing").status_code == 200
    given = {"every": "daily", "language": "en", "email": "", "query": "by=org", "key": "k"}
    assert page.post("/kpis/subscriptions/new?report=ageing", given).status_code == 302
    assert Subscription.objects.get(live=True).query == "by=org"
