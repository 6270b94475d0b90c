"""The page on which a person says what the columns of an unknown bank's file are."""

from __future__ import annotations

import re
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huikuan.kit.words import _
from huikuan.receivables.cash import queries

# Headings that no word of ours knows, two amounts that look alike, a preamble and a totals row.
FILE = (
    "网点流水导出\n户主,沪光食品饮料有限公司\n"
    "记号,哪天,来了,去了,剩下,谁,说了什么\n"
    '1,2026-03-02,"1,130.00",,"2,130.00",杭州万家超市,8月货款\n'
    "2,2026-03-03,,30.00,2100.00,银行,手续费\n"
    "全部,,1130.00,30.00,,,\n"
)
CHOICE = {"head": "3", "c0": "serial", "c1": "date", "c2": "in", "c3": "out", "c4": "balance", "c5": "payer", "c6": "remark", "totals": "全部"}  # fmt: skip


@pytest.fixture
def desk(client: Client, cast: object) -> Client:
    client.force_login(cast.people["sun.tao"])  # type: ignore[attr-defined]
    return client


def put_down(desk: Client, text: str = FILE) -> dict[str, str]:
    form = desk.get("/cash/files/new").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', form)
    assert key
    file = SimpleUploadedFile("流水.csv", text.encode("gb18030"))
    done = desk.post("/cash/files/new", {"key": key[1], "account": "31001", "file": file, "map": ""})
    assert done.status_code == 302, done.content.decode()[:500]
    kept = re.search(r"kept=(\d+)", done["Location"])
    assert kept
    return {"kept": kept[1], "account": "31001"}


def test_unknown_headings_are_named_by_a_person_and_kept(desk: Client, cast: object) -> None:
    asked = put_down(desk)
    tried = desk.get("/cash/files/try", asked)
    assert tried.status_code == 422 and "/cash/files/columns?" in tried.content.decode()
    page = desk.get("/cash/files/columns", asked)
    assert page.status_code == 200 and "说了什么" in page.content.decode()
    shown = desk.get("/cash/files/columns", {**asked, **CHOICE}).content.decode()
    assert "杭州万家超市" in shown and "1,130.00" in shown and "-30.00" in shown.replace("−", "-")
    key = re.search(r'name="key" value="([^"]+)"', shown)
    assert key
    where = "/cash/files/columns?" + "&".join(f"{k}={v}" for k, v in {**asked, **CHOICE}.items())
    done = desk.post(where, {"key": key[1]})
    assert done.status_code == 302 and "/cash/files/try" in done["Location"]
    bank = queries.house_bank(cast.company.pk, "31001")  # type: ignore[attr-defined]
    assert bank and bank.map["columns"]["in"] == "来了" and bank.map["only"] is True
    again = desk.get(done["Location"])
    assert again.status_code == 200 and "8月货款" in again.content.decode()


MARKED = "到帐日,发生数,方向,往来单位\n20260901,120.00,进,甲公司\n20260902,20.00,出,乙公司\n"


def test_words_for_in_and_out_are_named_on_the_page(desk: Client) -> None:
    asked = put_down(desk, MARKED)
    choice = {"head": "1", "c0": "date", "c1": "amount", "c2": "flag", "c3": "payer"}
    why = desk.get("/cash/files/columns", {**asked, **choice}).content.decode()
    assert (
        why.count(_("This says neither money in nor money out.").to("zh-hans")) == 2
        and 'method="post" action="/cash/files/columns' not in why
    )
    marks = {"in_marks": "进", "out_marks": "出，付"}
    shown = desk.get("/cash/files/columns", {**asked, **choice, **marks}).content.decode()
    assert "甲公司" in shown and "-20.00" in shown.replace("−", "-") and 'value="出，付"' in shown
    assert 'method="post" action="/cash/files/columns' in shown


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"head": "3", "c1": "date"}, "which the amount"),
        ({"head": "3", "c1": "date", "c2": "in", "c3": "in"}, "Two columns are given"),
        ({"head": "3", "c1": "amount", "c2": "date"}, ""),
    ],
)
def test_choices_that_cannot_be_are_said(desk: Client, choice: dict[str, str], says: str) -> None:
    asked = put_down(desk)
    desk.cookies["django_language"] = "en"
    page = desk.get("/cash/files/columns", {**asked, **choice}, headers={"accept-language": "en"})
    assert page.status_code == 200
    if says:
        assert 'role="alert"' in page.content.decode()
    done = desk.post(
        "/cash/files/columns?" + "&".join(f"{k}={v}" for k, v in {**asked, **choice}.items()), {"key": "k" * 20}
    )
    assert done.status_code in ({422} if says else {302, 422})


def test_formats_that_need_no_map_say_so(desk: Client) -> None:
    asked = put_down(desk, ":20:X\n:25:31001\n:60F:C260301CNY1,00\n:62F:C260301CNY1,00\n-\n")
    assert desk.get("/cash/files/columns", asked).status_code == 422


def test_only_who_may_import(client: Client, cast: object) -> None:
    client.force_login(cast.people["wu.gang"])  # type: ignore[attr-defined]
    assert client.get("/cash/files/columns", {"kept": "1", "account": "x"}).status_code == 403


BOMB = "a0: &a0 ['x','x','x','x','x','x','x','x','x']\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 7)
)
HOSTILE = ("a: 2026-99-99", "[" * 3000, "a: &x [*x]", "a: .nan", "x: " + "9" * 5000, "a: {b: 2026-01-01}", "a: !!set {x}", BOMB,
           "columns: {date: {a: b}}", "sign: [in]", "only: perhaps", "skip: ²", 'account: "\\ud800"', "- a", "header: {a: b}")  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_map_made_to_hurt_is_refused_whole(desk: Client, cast: object, text: str) -> None:
    """322 bytes of nested anchors took 35 s and 691 MB; others were errors of their own, and left an account behind."""
    company = cast.company.pk  # type: ignore[attr-defined]
    file = SimpleUploadedFile("流水.csv", FILE.encode("gb18030"))
    desk.post("/cash/files/new", {"key": "h0", "account": "31001", "file": file, "map": "skip: 2"})
    bank = queries.house_bank(company, "31001")
    assert bank is not None
    start = time.process_time()
    file.seek(0)
    made = desk.post("/cash/files/new", {"key": "h1", "account": "NEW-1", "file": file, "map": text})
    assert made.status_code == 422
    assert queries.house_bank(company, "NEW-1") is None
    assert desk.post(f"/cash/banks/{bank.pk}/map", {"key": "h2", "map": text}).status_code == 422
    bank.refresh_from_db()
    assert bank.map == {"skip": "2"}
    assert time.process_time() - start < 3


def test_a_map_that_nobody_would_understand_is_not_kept(desk: Client, cast: object) -> None:
    company = cast.company.pk  # type: ignore[attr-defined]
    file = SimpleUploadedFile("流水.csv", FILE.encode("gb18030"))
    good = "columns: {date: 哪天, in: 来了}\nonly: true\nbalance_check: 'no'\nskip: 2\n"
    done = desk.post("/cash/files/new", {"key": "g1", "account": "NEW-2", "file": file, "map": good})
    assert done.status_code == 302
    bank = queries.house_bank(company, "NEW-2")
    assert bank is not None and bank.map["columns"] == {"date": "哪天", "in": "来了"}
    wrong = desk.post(f"/cash/banks/{bank.pk}/map", {"key": "g2", "map": "colums: {date: 哪天}"})
    assert wrong.status_code == 422 and "colums" in wrong.content.decode()
    shown = desk.get(f"/cash/banks/{bank.pk}/map").content.decode()
    assert "balance_check" in shown and "哪天" in shown
