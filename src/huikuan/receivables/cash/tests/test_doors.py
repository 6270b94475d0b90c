"""The doors of cash: pages in both languages, who may do what, the matching page's acts, REST, the bot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.models import BankLine, HouseBank, QuarantinedLine, StatementFile
from huikuan.receivables.cash.tests.desk import DAY, NO, Desk


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-03-02T02:00:00+00:00")
    settings.FILES_HOME = tmp_path / "files"


@pytest.fixture
def desk(cast: Any, act: Callable[..., Any]) -> Desk:
    return Desk(act)


def door(cast: Any, login: str, language: str = "en") -> Client:
    client = Client()
    person = cast.people[login]
    type(person).objects.filter(pk=person.pk).update(language=language)
    person.refresh_from_db()
    client.force_login(person)
    return client


def page(client: Client, url: str, status: int = 200, **headers: Any) -> str:
    answer = client.get(url, **headers)
    assert answer.status_code == status, f"{url}: {answer.status_code} {answer.content[:1500]!r}"
    return answer.content.decode()


def some_work(desk: Desk) -> dict[str, int]:
    west = desk.customer("C1", "西湖商贸")
    item = desk.bill(west, "90000001", 10000)
    desk.bill(west, "90000002", 10000)
    line = desk.line(10000, "西湖商贸", "", "货款")
    desk.line(500, "谁", "6222", "")
    desk.bill(west, "90000003", 700)
    paid = desk.line(700, "西湖商贸", "", "90000003")
    desk.match()
    [clearing, *_more] = [a.clearing for a in queries.applied(desk.company, queries.line(desk.company, paid.pk))]
    actions.import_file(
        desk.act("sun.tao"), "BAD1", "日期,收入,摘要\n2026-02-30,1.00,a\n2026-03-02,2.00,b\n".encode(), name="bad.csv"
    )
    return {"west": west, "item": item, "line": line.pk, "paid": paid.pk, "clearing": clearing}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_in_both_languages(cast: Any, desk: Desk, language: str) -> None:
    made = some_work(desk)
    file, row, bank = StatementFile.objects.last(), QuarantinedLine.objects.get(), HouseBank.objects.first()
    assert file is not None
    assert bank is not None
    client = door(cast, "sun.tao", language)
    line = made["line"]
    for url in (
        "/cash/", "/cash/?tab=all", "/cash/?tab=applied&stand=applied", f"/cash/?customer={made['west']}&tab=all", "/cash/?part=totals&tab=all",
        "/cash/match", f"/cash/match?case={line}", f"/cash/match?case={made['paid']}", f"/cash/lines/{line}", f"/cash/lines/{made['paid']}",
        f"/cash/lines/{line}?section=told", f"/cash/lines/{line}/identify", f"/cash/lines/{line}/account", f"/cash/lines/{line}/ignore",
        f"/cash/lines/{line}/assign", "/cash/clearings", f"/cash/clearings/{made['clearing']}/undo", "/cash/lessons", "/cash/files",
        "/cash/files/new", f"/cash/files/{file.pk}", f"/cash/files/{file.pk}?section=rows", "/cash/rows", f"/cash/rows/{row.pk}",
        f"/cash/rows/{row.pk}/drop", "/cash/banks", f"/cash/banks/{bank.pk}/map", f"/cash/customer/{made['west']}", "/cash/today",
        "/cash/match/run",
    ):  # fmt: skip
        assert "%(" not in page(client, url), url
    assert client.get("/cash/?tab=all&export=xlsx").status_code == 200
    assert page(client, f"/cash/match?case={line}", headers={"HX-Request": "true", "HX-Target": "case"})


def test_who_may_see_and_do(cast: Any, desk: Desk) -> None:
    made = some_work(desk)
    for login in ("liu.min", "wang.lei", "wu.gang", "zhou.hui"):
        client = door(cast, login)
        page(client, "/cash/")
        page(client, f"/cash/match?case={made['line']}")
        assert client.post(f"/cash/lines/{made['line']}/apply", {f"share-{made['item']}": "1.00"}).status_code == 403
        page(client, "/cash/files/new", 403)
        page(client, "/cash/match/run", 403)
        page(client, f"/cash/lines/{made['line']}/identify", 403)
    assert Client().get("/cash/").status_code in (302, 401, 403)


def test_shares_are_applied_and_undone(cast: Any, desk: Desk) -> None:
    made = some_work(desk)
    client = door(cast, "sun.tao")
    share = {
        f"share-{made['item']}": "25.00",
        "version": str(BankLine.objects.get(pk=made["line"]).stamp),
        "key": "k1",
    }
    shown = client.post(f"/cash/lines/{made['line']}/difference", share).content.decode()
    assert "75.00" in shown
    answer = client.post(f"/cash/lines/{made['line']}/apply", share)
    assert answer.status_code == 302
    assert desk.left(made["item"]) == 10000 - 2500
    again = client.post(f"/cash/lines/{made['line']}/apply", share)  # a double click acts once
    assert again.status_code == 302
    assert desk.left(made["item"]) == 10000 - 2500
    [done] = queries.applied(desk.company, queries.line(desk.company, made["line"]))
    client.post(f"/cash/clearings/{done.clearing}/undo", {"on": str(DAY), "reason": "wrong"})
    assert desk.left(made["item"]) == 10000
    desk.verify()


def test_a_proposal_is_taken_and_the_next_line_opens(cast: Any, desk: Desk) -> None:
    made = some_work(desk)
    client = door(cast, "chen.jing")
    [best, *_more] = queries.proposals(made["line"])
    answer = client.post(f"/cash/lines/{made['line']}/accept/{best.pk}", {"key": "a"}, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert "/cash/match?case=" in answer.headers["HX-Redirect"]
    assert desk.rest(made["line"]) == 0


def test_a_file_is_tried_and_imported(cast: Any, desk: Desk) -> None:
    client = door(cast, "sun.tao")
    content = "日期,收入,对方户名,流水号\n2026-03-01,1.00,甲,1\n2026-02-30,2.00,乙,2\n".encode("gb18030")
    answer = client.post(
        "/cash/files/new", {"account": NO, "file": SimpleUploadedFile("三月.csv", content), "map": "", "key": "u1"}
    )
    assert answer.status_code == 302, answer.content[:500]
    tried = page(client, answer.url)
    assert "2026-02-30" in tried
    assert not BankLine.objects.exists()
    done = client.post(answer.url, {"key": "u2"})
    assert done.status_code == 302
    assert BankLine.objects.count() == 1
    row = QuarantinedLine.objects.get()
    wrong = client.post(f"/cash/rows/{row.pk}", {"cell-0": "2026-02-31", "cell-1": "2.00", "key": "r1"})
    assert wrong.status_code == 422
    right = client.post(f"/cash/rows/{row.pk}", {"cell-0": "2026-02-28", "cell-1": "2.00", "key": "r2"})
    assert right.status_code == 302
    assert BankLine.objects.count() == 2
    bad = client.post(
        "/cash/files/new", {"account": NO, "file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n"), "map": "", "key": "u3"}
    )
    assert "a · b" in page(client, bad.url, 422)


def test_identify_assign_ignore(cast: Any, desk: Desk) -> None:
    some_work(desk)
    client = door(cast, "sun.tao")
    line = BankLine.objects.get(payer_name="谁")
    assert client.post(f"/cash/lines/{line.pk}/identify", {"customer": "nobody", "key": "1"}).status_code == 422
    assert client.post(f"/cash/lines/{line.pk}/identify", {"customer": "C1", "key": "2"}).status_code == 302
    assert (
        client.post(f"/cash/lines/{line.pk}/assign", {"person": "liu.min", "note": "?", "key": "3"}).status_code == 302
    )
    assert client.post(f"/cash/lines/{line.pk}/account", {"note": "预收", "key": "4"}).status_code == 302
    assert queries.line(desk.company, line.pk).stand == "account"


def test_search_finds_amounts_and_payers(desk: Desk) -> None:
    from huikuan.receivables.cash.views.lists import search

    some_work(desk)
    assert [h.url for h in search(desk.company, "5.00", 5)] == [
        f"/cash/lines/{BankLine.objects.get(payer_name='谁').pk}"
    ]
    assert len(search(desk.company, "西湖", 5)) == 2


def test_lists_ask_a_fixed_number_of_queries(cast: Any, desk: Desk, django_assert_max_num_queries: Any) -> None:
    some_work(desk)
    client = door(cast, "sun.tao")
    for url, most in (("/cash/?tab=all", 30), ("/cash/clearings", 25), ("/cash/match", 45)):
        page(client, url)
        with django_assert_max_num_queries(most):
            page(client, url)


def test_the_bot_imports_and_matches(desk: Desk) -> None:
    from huikuan.office.files.actions import keep
    from huikuan.office.work.actions import open_order
    from huikuan.office.work.bots import work_once
    from huikuan.office.work.models import WorkOrder

    west = desk.customer("C1", "西湖商贸")
    item = desk.bill(west, "90000001", 10000)
    kept = keep(desk.act("sun.tao"), "x.csv", desk.csv((10000, "西湖商贸", "", "90000001")), "bank_statement")
    open_order(
        desk.act("sun.tao"), "cash.import", f"files.file:{kept.pk}", "Import", data={"file": kept.pk, "account": NO}
    )
    work_once(clock=lambda: desk.act().at)
    open_order(desk.act("sun.tao"), "cash.match", "", "Match")
    work_once(clock=lambda: desk.act().at)
    states = dict(WorkOrder.objects.filter(kind__startswith="cash.").values_list("kind", "state"))
    assert set(states.values()) == {"done"}, list(WorkOrder.objects.values("kind", "state", "trouble"))
    assert desk.left(item) == 0
