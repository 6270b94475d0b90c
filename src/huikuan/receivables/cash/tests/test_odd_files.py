"""Files for the wrong account, in other money, with headings of two rows: by page and by command they are told, not swallowed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from huikuan.connectors.bank.tests.test_odd_tables import BAI, CAMT, ENTRY, MT, book
from huikuan.receivables.cash import actions
from huikuan.receivables.cash.models import BankLine, BankStatement, QuarantinedLine
from huikuan.receivables.cash.tests.desk import NO, Desk
from huikuan.receivables.cash.tests.test_doors import door


@pytest.fixture
def desk(cast, act) -> Desk:
    return Desk(act)


def test_a_file_in_other_money_than_its_account_is_told(desk: Desk, cast: Any) -> None:
    """One number may be kept in several currencies, so it lands and waits for its rate; nobody is left unaware."""
    own = actions.import_file(desk.act("sun.tao"), NO, desk.csv((100, "甲", "", "a")))
    assert [str(n).split(" ")[0] for n in own.notes] == ["Account"]  # that it was opened
    text = (
        "日期,币种,收入,对方户名,流水号\n2026-03-02,USD,10.00,甲,1\n2026-03-02,EUR,20.00,乙,2\n2026-03-02,CNY,3,丙,3\n"
    )
    tried = actions.import_file(desk.act("sun.tao", dry=True), NO, text.encode())
    done = actions.import_file(desk.act("sun.tao"), NO, text.encode())
    for found in (tried, done):
        [note] = found.notes
        assert "EUR, USD" in str(note) and "kept in CNY" in str(note) and NO not in str(note)
    assert sorted(BankLine.objects.values_list("currency", "state")) == [
        ("CNY", "open"),
        ("CNY", "open"),
        ("EUR", "waiting"),
        ("USD", "waiting"),
    ]
    for language, word in (("zh-hans", "请核对是否选对文件"), ("en", "kept in CNY")):
        client = door(cast, "sun.tao", language)
        kept = client.post(
            "/cash/files/new",
            {"key": f"k{language}", "account": NO, "map": "", "file": SimpleUploadedFile("x.csv", text.encode())},
        )
        assert kept.status_code == 302
        body = client.get(kept.url).content.decode()
        assert word in body
    desk.verify()


def test_a_heading_of_two_rows_lands_with_its_signs(desk: Desk) -> None:
    head = (["交易日期", "金额", "", "余额", "对方信息", "", "流水号"], ["", "借方", "贷方", "", "户名", "账号", ""])
    table = (*head, ["2026-03-01", "", 100, 100, "甲", "123456", "a"], ["2026-03-02", 30, "", 70, "乙", "654321", "b"])
    content = book(*table, merge=("B1:C1", "E1:F1", "A1:A2"))
    done = actions.import_file(desk.act("sun.tao"), NO, content)
    assert (done.landed, done.quarantined, done.errors) == (2, 0, ())
    assert sorted(BankLine.objects.values_list("amount", "payer_name", "payer_account")) == [
        (-3000, "乙", "654321"),
        (10000, "甲", "123456"),
    ]
    statement = BankStatement.objects.get()
    assert (statement.opening, statement.closing) == (0, 7000)
    assert actions.import_file(desk.act("sun.tao"), NO, content).known == 2
    desk.verify()


@pytest.mark.parametrize(
    "content", [MT.format("0", "CNY"), CAMT.format(ENTRY.format("0.00") + ENTRY.format("5.00")), BAI]
)
def test_a_movement_of_nothing_stops_no_file(desk: Desk, content: str) -> None:
    number = "31001" if "31001" in content else NO
    done = actions.import_file(desk.act("sun.tao"), number, content.encode())
    assert (done.landed, done.quarantined) == (1, 1)
    row = QuarantinedLine.objects.get()
    assert row.statement.waiting == 0
    assert actions.drop_row(desk.act("sun.tao"), row.pk, "零金额").state == "dropped"
    desk.verify()


def test_the_matching_page_shows_whatever_a_bank_writes(desk: Desk, cast: Any) -> None:
    """Markup stays text, a long remark does not fill the page, nothing that a payer writes is run."""
    evil = [
        "<script>alert(1)</script>\"'",
        "شركة \u202eالأمل‏",
        "👨‍👩‍👧🎉货款90000001",
        "{{ 7*7 }}{% url %}%(x)s%s",
        "=HYPERLINK(1)",
        "长" * 3000,
        "&lt;b&gt;",
    ]
    desk.bill(desk.customer("C1", evil[0]), "90000001", 100)
    desk.bring(*[(100 + n, text.replace(",", ""), "", text.replace(",", "")) for n, text in enumerate(evil)])
    actions.match(desk.act("sun.tao"))
    for language in ("zh-hans", "en"):
        client = door(cast, "chen.jing", language)
        for row in BankLine.objects.order_by("pk"):
            for url in (f"/cash/match?case={row.pk}", f"/cash/lines/{row.pk}", f"/cash/lines/{row.pk}?section=told"):
                answer = client.get(url)
                body = answer.content.decode()
                assert answer.status_code == 200, url
                assert "<script>alert" not in body and "Say(" not in body and ">49<" not in body, url
        listed = client.get("/cash/?tab=all").content.decode()
        assert "<script>alert" not in listed and "长" * 1001 not in listed
    assert client.get("/cash/?export=xlsx").content[:2] == b"PK"
    desk.verify()
