"""The matching page as a clerk uses it: queue, proposals with what was taken off, ticks, undo, strong proposals, claims."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.models import BankLine, Claim, Difference
from huikuan.receivables.cash.tests.desk import DAY, Desk
from huikuan.receivables.cash.tests.test_doors import door, page
from huikuan.receivables.cash.views import figures


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-03-02T02:00:00+00:00")
    settings.FILES_HOME = tmp_path / "files"


@pytest.fixture
def desk(cast: Any, act: Callable[..., Any]) -> Desk:
    return Desk(act)


def version(pk: int) -> str:
    return str(BankLine.objects.get(pk=pk).stamp)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_new_page_opens_in_both_languages(cast: Any, desk: Desk, language: str) -> None:
    west = desk.customer("C1", "西湖商贸")
    desk.bill(west, "90000001", 10000)
    unknown, known = desk.line(500, "谁", "6222", ""), desk.line(9900, "西湖商贸", "", "90000001")
    claim = actions.claim(desk.act("wang.lei"), unknown.pk, west, "x", b"slip", "slip.txt")
    actions.match(desk.act("sun.tao"))
    charged = desk.line(20, "", "", "结息")
    actions.charge_to(desk.act("chen.jing"), charged.pk, "6603", "利息")
    client = door(cast, "chen.jing", language)
    at = f"/cash/lines/{unknown.pk}"
    for url in (
        "/cash/match", "/cash/match?by=amount&only=unknown", "/cash/match?only=mine", "/cash/match?by=x&only=y", "/cash/match/strong",
        "/cash/match/strong?least=40", "/cash/match/run", f"/cash/match?case={known.pk}&customer=C1,C9,zz,{10**15}",
        "/cash/figures", "/cash/rules", "/cash/lessons", "/cash/unknown", "/cash/claims", "/cash/claims?tab=all", f"/cash/claims/{claim.pk}",
        f"/cash/claims/{claim.pk}/accept", f"/cash/claims/{claim.pk}/refuse", f"{at}/charge", f"{at}/ask",
        f"/cash/lines/{known.pk}/move", f"/cash/lines/{charged.pk}/uncharge", f"/cash/lines/{charged.pk}", f"/cash/match?case={unknown.pk}",
    ):  # fmt: skip
        assert "%(" not in page(client, url), url
    assert client.get("/cash/figures?export=xlsx").status_code == 200
    sales = door(cast, "wang.lei", language)
    for url in ("/cash/unknown", f"{at}/claim", f"/cash/claims/{claim.pk}", f"/cash/claims/{claim.pk}/withdraw"):
        page(sales, url)
    page(sales, f"/cash/claims/{claim.pk}/accept", 403)
    page(sales, f"{at}/charge", 403)
    page(sales, "/cash/match/strong", 403)
    page(client, f"{at}/claim", 403)
    page(client, "/cash/claims/999999", 404)


def test_the_queue_is_ordered_and_the_next_line_follows_it(cast: Any, desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    item = desk.bill(west, "90000001", 100_000)
    small, large, mid = (desk.line(a, "西湖商贸", "", "") for a in (100, 9000, 700))
    client = door(cast, "chen.jing")
    body = page(client, "/cash/match?by=amount")
    spots = [body.index(f'data-case="{x.pk}"') for x in (large, mid, small)]
    assert spots == sorted(spots)
    where = {"HX-Request": "true", "HX-Current-URL": f"http://x/cash/match?case={large.pk}&by=amount"}
    share = {f"share-{item}": "90.00", "version": version(large.pk), "key": "k"}
    answer = client.post(f"/cash/lines/{large.pk}/apply", share, headers=where)
    assert answer.headers["HX-Redirect"] == f"/cash/match?case={mid.pk}&by=amount"
    body = page(client, "/cash/match?by=amount")  # u takes it back
    done = queries.last_clearing(desk.company, "chen.jing")
    assert f"/cash/clearings/{done.pk}/undo?quick=1" in body
    client.post(f"/cash/clearings/{done.pk}/undo", {"on": str(DAY), "reason": "Taken back at once"})
    assert desk.rest(large.pk) == 9000
    assert queries.last_clearing(desk.company, "chen.jing") is None
    desk.verify()


def test_a_deduction_is_typed_with_its_reason(cast: Any, desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    item = desk.bill(west, "90000001", 10_000)
    line = desk.line(9_500, "西湖商贸", "", "")
    client = door(cast, "chen.jing")
    form = {f"share-{item}": "95.00", f"off-{item}": "5.00", "version": version(line.pk), "key": "k"}
    at = f"/cash/lines/{line.pk}"
    assert "Choose a reason" in client.post(f"{at}/difference", form).content.decode()
    assert "12.00" in client.post(f"{at}/difference", {f"share-{item}": "107.00"}).content.decode()  # more than came in
    assert "is not an amount" in client.post(f"{at}/difference", {f"off-{item}": "abc"}).content.decode()
    answer = client.post(f"{at}/apply", form, follow=True).content.decode()  # no reason: nothing was done
    assert desk.left(item) == 10_000 and "There is no such reason" in answer
    form |= {f"code-{item}": "damage", f"how-{item}": "residual", "key": "k2"}
    client.post(f"{at}/apply", form)
    made = Difference.objects.get()
    assert (made.how, made.code, made.amount, desk.left(item), desk.rest(line.pk)) == ("residual", "damage", 500, 0, 0)
    desk.verify()


def test_a_receipt_is_split_over_the_items_of_two_customers(cast: Any, desk: Desk) -> None:
    west, east = desk.customer("C1", "西湖商贸"), desk.customer("C2", "东海贸易")
    one, two = desk.bill(west, "90000001", 600), desk.bill(east, "90000002", 400)
    line = desk.line(1_000, "西湖商贸", "", "")
    client = door(cast, "chen.jing")
    body = page(client, f"/cash/match?case={line.pk}&customer=C1,C2")
    assert f"share-{one}" in body and f"share-{two}" in body
    form = {f"share-{one}": "6.00", f"share-{two}": "4.00", "version": version(line.pk), "key": "k"}
    client.post(f"/cash/lines/{line.pk}/apply", form)
    assert (desk.left(one), desk.left(two), desk.rest(line.pk)) == (0, 0, 0)
    desk.verify()


def test_strong_proposals_are_tried_then_taken(cast: Any, desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    desk.bill(west, "90000001", 10_000)
    line = desk.line(10_000, "西湖商贸有限", "", "")  # like a name: proposes, never clears
    actions.match(desk.act("sun.tao"))
    [best, *_more] = queries.proposals(line.pk)
    client = door(cast, "chen.jing")
    body = page(client, f"/cash/match/strong?least={best.score}")
    assert f'value="{line.pk}"' in body and desk.rest(line.pk) == 10_000  # only tried
    assert f'value="{line.pk}"' not in page(client, f"/cash/match/strong?least={best.score + 1}")
    assert client.post("/cash/match/strong", {"key": "a"}).status_code == 302 and desk.rest(line.pk) == 10_000
    client.post("/cash/match/strong", {"line": str(line.pk), "least": str(best.score), "key": "b"})
    assert desk.rest(line.pk) == 0
    desk.verify()


def test_a_claim_goes_through_the_pages(cast: Any, desk: Desk) -> None:
    desk.customer("C1", "西湖商贸")
    line = desk.line(500, "谁", "6222", "")
    sales, cash = door(cast, "wang.lei"), door(cast, "chen.jing")
    slip = SimpleUploadedFile("slip.txt", b"paid by the boss")
    assert sales.post(f"/cash/lines/{line.pk}/claim", {"customer": "C1", "key": "a"}).status_code == 422  # no evidence
    assert (
        sales.post(f"/cash/lines/{line.pk}/claim", {"customer": "nobody", "evidence": "x", "key": "b"}).status_code
        == 422
    )
    assert sales.post(f"/cash/lines/{line.pk}/claim", {"customer": "C1", "file": slip, "key": "c"}).status_code == 302
    made = Claim.objects.get()
    assert f"/files/{made.file}" in page(cash, f"/cash/claims/{made.pk}")
    assert sales.post(f"/cash/claims/{made.pk}/accept", {"key": "d"}).status_code == 403
    assert cash.post(f"/cash/claims/{made.pk}/accept", {"key": "e"}).status_code == 302
    assert queries.line(desk.company, line.pk).customer_id
    desk.verify()


def test_the_figures_count_what_no_hand_touched_and_what_was_false(desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    for n in range(3):
        desk.bill(west, f"9000000{n}", 1_000 + n)
    lines = [desk.line(1_000 + n, "西湖商贸", "", f"9000000{n}") for n in range(3)]
    desk.line(77, "谁", "", "")
    desk.match()
    [month] = figures.months(desk.company)
    assert (month.lines, month.touchless, month.waiting, month.false, month.rate) == (4, 3, 1, 0, "75.0 %")
    assert (month.money, month.touchless_money) == (3_080, 3_003)
    [done] = queries.applied(desk.company, queries.line(desk.company, lines[0].pk))
    actions.undo(desk.act("chen.jing"), done.clearing, None, "wrong")
    item = done.item
    actions.apply(desk.act("chen.jing"), lines[0].pk, [(item, 1_000)])
    [own] = [a for a in queries.applied(desk.company, queries.line(desk.company, lines[0].pk)) if not a.undone]
    actions.undo(desk.act("chen.jing"), own.clearing, None, "a person's own is not the machine's")
    [month] = figures.months(desk.company)
    assert (month.touchless, month.waiting, month.false) == (2, 2, 1)


def test_the_dialog_of_keys_names_every_key_of_the_page(cast: Any, desk: Desk) -> None:
    """cash.js hears them; the dialog that ? opens says so, on this page only."""
    import re
    from pathlib import Path

    from huikuan.receivables.cash.views.match import Match

    script = (Path(__file__).parents[1] / "static" / "cash.js").read_text()
    heard = set(re.findall(r"(\w): 1", script)) | set(re.findall(r"(\w): \"\[data", script)) | set(re.findall(r'e\.key === "(\w)"', script))  # fmt: skip
    assert heard | {"a"} == {key for key, _words in Match.keys}  # "a" is heard by the shell, for pages that assign
    client = door(cast, "chen.jing")
    for url, there in (("/cash/match", True), ("/cash/", False)):
        page = client.get(url).content.decode()
        assert [f"<kbd>{key}</kbd>" in page for key in "isroq"] == [there] * 5
