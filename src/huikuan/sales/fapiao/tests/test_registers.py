"""Refused rows of a register: corrected in place and fed again, come again in a later register, dropped. Three doors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from huikuan.kit.errors import Denied, Invalid, Missing, Refused
from huikuan.office.company.actions import make_token
from huikuan.sales.fapiao import actions, paper
from huikuan.sales.fapiao.models import Fapiao, Sheet, SheetRow
from huikuan.sales.fapiao.tests.test_actions import ONE, TWO, book, feed, well
from huikuan.sales.orders.tests.shop import Shop
from huikuan.sales.orders.tests.test_doors import door, on_the_day, page  # noqa: F401 - on_the_day is a fixture

Acts = Callable[..., Any]
Bills = Callable[..., Any]


def register(one: str, two: str, three: str = "无") -> bytes:
    """Two invoices in a file, and one whose bill nobody knows."""
    day = "2026-03-02"
    return book(
        [1, "", "", ONE, "", day, "60.00", "", "", one],
        [2, "", "", TWO, "", day, "40.00", "", "", two],
        [3, "", "", TWO[:-1] + "9", "", day, "", "", "", three],
    )


def states(sheet: int) -> list[str]:
    return list(SheetRow.objects.filter(sheet=sheet).order_by("row").values_list("state", flat=True))


def test_rows_are_corrected_and_fed_again(shop: Shop, bill: Bills, act: Acts) -> None:
    """Two rows of one bill rest on each other: neither lands before both are right."""
    one = bill(shop.customer("C1"))
    fed = feed(act("chen.jing"), register("X1", "X2"))
    assert (fed.landed, fed.refused, states(fed.sheet)) == (0, 3, ["waiting"] * 3)
    assert [r.mended for r in SheetRow.objects.all()] == [{}] * 3
    half = actions.feed_again(act("chen.jing"), fed.sheet, [(2, 1, {"bill": one.number, "amount": "60.00"})])
    assert (half.landed, half.refused, Fapiao.objects.count()) == (0, 3, 0)  # 60 of 100 are on the bill
    first = SheetRow.objects.get(row=2)
    assert (first.cells["bill"], first.mended, first.version) == ("X1", {"bill": one.number}, 2)
    assert {f["field"] for f in first.faults} == {"amount"}
    with pytest.raises(Refused, match="dealt with already"):  # somebody else was at it meanwhile
        actions.feed_again(act("chen.jing"), fed.sheet, [(2, 1, {"bill": "Y"})])
    both = actions.feed_again(act("chen.jing", key="a"), fed.sheet, [(3, 2, {"bill": one.number})])
    assert (both.landed, both.refused, states(fed.sheet)) == (2, 1, ["landed", "landed", "waiting"])
    assert actions.feed_again(act("chen.jing", key="a"), fed.sheet, [(3, 2, {"bill": one.number})]) == both
    assert set(Fapiao.objects.values_list("number", "document__number")) == {(ONE, one.number), (TWO, one.number)}
    with pytest.raises(Refused):
        actions.feed_again(act("chen.jing"), fed.sheet, [(2, 3, {"bill": "Y"})])  # it has landed
    row = SheetRow.objects.get(row=4)
    for wrong in ("", "x" * 201):
        with pytest.raises(Invalid):
            actions.drop_row(act("chen.jing"), row.pk, wrong)
    with pytest.raises(Refused):
        actions.drop_row(act("chen.jing"), row.pk, "别家的", row.version + 1)
    dropped = actions.drop_row(act("chen.jing"), row.pk, "别家的", row.version)
    assert (dropped.state, dropped.reason) == ("dropped", "别家的")
    with pytest.raises(Refused, match="waits any more"):
        actions.feed_again(act("chen.jing"), fed.sheet, [])
    for deed in (
        lambda: actions.feed_again(act("liu.min"), fed.sheet, []),
        lambda: actions.drop_row(act("liu.min"), row.pk, "x"),
    ):
        with pytest.raises(Denied):
            deed()
    with pytest.raises(Missing):
        actions.drop_row(act("chen.jing"), 10**9, "x")
    with pytest.raises(Missing):
        actions.feed_again(act("chen.jing"), 10**9, [])
    well(one.company_id)


def test_a_row_whose_number_was_noted_meanwhile_adds_nothing(shop: Shop, bill: Bills, act: Acts) -> None:
    one = bill(shop.customer("C1"))
    content = book([1, "", "", ONE, "", "2026-03-02", "", "", "", "X"])
    fed = feed(act("chen.jing"), content)
    feed(act("chen.jing"), book([9, "", "", ONE, "别名", "2026-03-02", "100.00", "", "", one.number]))
    assert states(fed.sheet) == ["waiting"]  # it says another buyer: another row
    done = actions.feed_again(act("chen.jing"), fed.sheet, [(2, 1, {"bill": one.number})])
    assert (done.landed, done.known, states(fed.sheet), Fapiao.objects.count()) == (0, 1, ["known"], 1)


def test_rows_that_come_again_corrected_wait_no_more(shop: Shop, bill: Bills, act: Acts) -> None:
    one = bill(shop.customer("C1"))
    first = feed(act("chen.jing"), register("X1", one.number))
    assert (first.landed, first.refused) == (0, 3)  # 40 of 100
    later = feed(act("chen.jing"), register(one.number, one.number))
    assert (later.landed, later.refused) == (2, 1)
    assert (states(first.sheet), states(later.sheet)) == (["past"] * 3, ["waiting"])
    well(one.company_id)


def test_what_was_written_stays_as_written(shop: Shop, bill: Bills, act: Acts) -> None:
    fed = feed(act("chen.jing"), register("X1", "X2"))
    for column, value in (("cells", {}), ("row", 9), ("sheet", None)):
        with pytest.raises(IntegrityError), transaction.atomic():
            SheetRow.objects.filter(sheet=fed.sheet, row=2).update(**{column: value})
    with pytest.raises(IntegrityError), transaction.atomic():
        SheetRow.objects.filter(sheet=fed.sheet).delete()


def test_registers_of_before_have_their_rows(shop: Shop, bill: Bills, act: Acts) -> None:
    told = [
        {
            "row": 7,
            "cells": {"digital": "12"},
            "faults": [{"field": "digital", "value": "12", "reason": ["x", {}], "remedy": None}],
        }
    ]
    old = Sheet.objects.create(company_id=act().company, name="旧", sha256="0" * 64, read=1, landed=0, known=0, refused=1,
                               rejects=told, by="chen.jing", at=act().at, act=1)  # fmt: skip
    import_module("huikuan.sales.fapiao.migrations.0002_rows_of_registers").set_aside(apps, None)
    [row] = SheetRow.objects.all()
    assert (row.sheet_id, row.row, row.cells, row.faults, row.state) == (
        old.pk,
        7,
        {"digital": "12"},
        told[0]["faults"],
        "waiting",
    )


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_corrects_in_place(cast: Any, shop: Shop, bill: Bills, act: Acts, language: str) -> None:
    one = bill(shop.customer("C1"))
    fed = feed(act("chen.jing"), register("<b>X1</b>", "X2"))
    client, url = door(cast, "chen.jing", language), f"/fapiao/sheets/{fed.sheet}"
    body = page(client, url)
    assert 'name="2-bill" value="&lt;b&gt;X1&lt;/b&gt;"' in body and 'name="2-version" value="1"' in body
    for text in (
        body,
        page(client, f"{url}?section=done"),
        page(client, "/fapiao/rows"),
        page(client, "/fapiao/rows?tab=all"),
    ):
        assert "Say(" not in text and "%(" not in text
        assert language == "en" or not any(
            w in text for w in ("Feed again", "Refused rows", "Drop row", ">Wait", "rows wait")
        )
    given = {"key": "k", "2-version": "1", "2-bill": one.number, "2-digital": ONE, "3-version": "1", "3-bill": one.number, "4-version": "1",
             "4-bill": "无", "99-bill": "x", "x-y": "", "2-cells": "x", "5": ""}  # fmt: skip
    assert client.post(url, {**given, "99-bill": "x"}).status_code == 302
    assert states(fed.sheet) == ["waiting"] * 3  # row 99 is none: nothing was done, and that is said
    assert "99" in page(client, url)
    del given["99-bill"]
    for _twice in range(2):
        assert client.post(url, {**given, "key": "k2"}).status_code == 302
    assert states(fed.sheet) == ["landed", "landed", "waiting"]
    row = SheetRow.objects.get(sheet=fed.sheet, row=4)
    assert row.mended == {}
    assert [c for _n, c in paper.read_book(client.get(f"{url}/refused").content)] == [row.cells]
    page(client, f"/fapiao/rows/{row.pk}/drop")
    assert client.post(f"/fapiao/rows/{row.pk}/drop", {"key": "d", "reason": "别家的"}).status_code == 302
    assert "别家的" in page(client, f"{url}?section=done") and states(fed.sheet)[-1] == "dropped"
    sales = door(cast, "liu.min", language)
    assert "form-control" not in page(sales, url).split("<main")[-1]
    assert sales.post(url, {"key": "s"}).status_code == 403


def test_the_rest_door_of_registers(shop: Shop, bill: Bills, act: Acts) -> None:
    one = bill(shop.customer("C1"))
    clients = {}
    for login in ("chen.jing", "liu.min"):
        make_token(act(login), "test", hashlib.sha256(f"hk_{login}".encode()).hexdigest())
        clients[login] = Client(headers={"Authorization": f"Bearer hk_{login}"})

    def post(url: str, body: Any, login: str = "chen.jing", **headers: str) -> Any:
        return clients[login].post(
            f"/api/v1/fapiao{url}", json.dumps(body), content_type="application/json", headers=headers
        )

    def put(content: bytes, login: str = "chen.jing", **more: Any) -> Any:
        return clients[login].post("/api/v1/fapiao/sheets", {"file": SimpleUploadedFile("r.xlsx", content), **more})

    content = register(one.number, "X2")
    tried = put(content, dry=True)
    assert (tried.status_code, tried.json()["sheet"], Sheet.objects.count()) == (200, None, 0)
    made = put(content)
    assert made.status_code == 201 and (made.json()["read"], made.json()["refused"]) == (3, 3)
    assert {e["field"] for e in made.json()["errors"]} == {"amount", "bill"}
    assert put(content, "liu.min").status_code == 403 and put(b"nothing").status_code == 422
    sheet = made.json()["sheet"]
    seen = clients["liu.min"].get(f"/api/v1/fapiao/rows?sheet={sheet}&state=waiting").json()["items"]
    assert [(r["row"], r["version"]) for r in seen] == [(4, 1), (3, 1), (2, 1)]
    fix = {"row": 3, "version": 1, "cells": {"bill": one.number}}
    assert post(f"/sheets/{sheet}/again", {"rows": [fix]}, "liu.min").status_code == 403
    assert post(f"/sheets/{sheet}/again", {"rows": [{**fix, "version": 7}]}).status_code == 409
    assert post(f"/sheets/{sheet}/again", {"rows": [{**fix, "cells": {"bill": "a\x00"}}]}).status_code == 422
    assert post("/sheets/999999/again", {"rows": []}).status_code == 404
    done = post(f"/sheets/{sheet}/again", {"rows": [fix]})
    assert (done.status_code, done.json()["landed"], done.json()["refused"]) == (200, 2, 1)
    gone = post(f"/rows/{seen[0]['id']}/drop", {"reason": "别家的"}, **{"If-Match": '"1"'})
    assert gone.status_code in {409, 412}  # feeding again looked at it too
    gone = post(f"/rows/{seen[0]['id']}/drop", {"reason": "别家的"}, **{"If-Match": '"2"'})
    assert (gone.status_code, gone.json()["state"], gone.json()["reason"]) == (200, "dropped", "别家的")
    assert [s["id"] for s in clients["liu.min"].get("/api/v1/fapiao/sheets").json()["items"]] == [sheet]
