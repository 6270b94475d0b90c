"""Bank files land once, bad rows wait, bad totals are refused."""

from __future__ import annotations

from datetime import date

import pytest

from huikuan.books.ledger import queries as ledger
from huikuan.connectors.bank import types
from huikuan.kit.errors import Denied, Invalid, Refused
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.actions import imports
from huikuan.receivables.cash.models import BankLine, BankStatement, HouseBank, QuarantinedLine, StatementFile
from huikuan.receivables.cash.tests.desk import NO, Desk


@pytest.fixture
def desk(cast, act) -> Desk:
    return Desk(act)


def test_lines_land_posted(desk: Desk) -> None:
    west = desk.customer("C1", "杭州西湖商贸有限公司")
    done = desk.bring(
        (11300, "杭州西湖商贸有限公司", "", "货款"), (500, "谁也不是", "", ""), (-300, "上海物流", "", "运费")
    )
    assert (done.read, done.landed, done.known, done.quarantined, done.errors) == (3, 3, 0, 0, ())
    known, unknown, out = queries.lines(desk.company).order_by("row")
    assert (known.customer_id, known.how, known.stand, known.left) == (west, "name", "unapplied", 11300)
    assert (unknown.customer_id, unknown.stand, unknown.left) == (None, "unknown", 500)
    assert (out.stand, out.entry_id) == ("out", None)
    assert ledger.balance(desk.company, "1002", date(2026, 3, 31)) == 11800
    assert ledger.balance(desk.company, "224101", date(2026, 3, 31)) == -500
    assert HouseBank.objects.get().number == NO
    desk.verify()


def test_the_same_again_adds_nothing(desk: Desk) -> None:
    content = desk.csv((100, "甲", "", "a"), (100, "甲", "", "a"), (200, "乙", "", "b"))
    one = actions.import_file(desk.act("sun.tao"), NO, content)
    two = actions.import_file(desk.act("sun.tao"), NO, content)
    assert (one.landed, two.landed, two.known) == (3, 0, 3)
    assert (BankLine.objects.count(), StatementFile.objects.count(), BankStatement.objects.count()) == (3, 1, 1)
    desk.verify()


def test_identical_lines_are_kept_and_overlaps_add_nothing(desk: Desk) -> None:
    same = [(100, "甲", "", "a", "2026-03-02", ""), (100, "甲", "", "a", "2026-03-02", "")]
    bare = "日期,收入,对方户名,摘要\n2026-03-02,1.00,甲,a\n2026-03-02,1.00,甲,a\n"
    assert actions.import_file(desk.act("sun.tao"), NO, bare.encode()).landed == 2
    more = actions.import_file(
        desk.act("sun.tao"), NO, (bare + "2026-03-02,1.00,甲,a\n2026-03-03,2.00,乙,b\n").encode()
    )
    assert (more.landed, more.known) == (2, 2)
    assert same
    desk.verify()


def test_a_long_file_lands_as_a_short_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(types, "HELD", 2)
    monkeypatch.setattr(imports, "CHUNK", 2)
    content = desk.csv(*[(100, "甲", "", "a") for _n in range(3)], (200, "乙", "", "b"), (300, "丙", "", "c"))
    tried = actions.import_file(desk.act("sun.tao", dry=True), NO, content)
    assert (tried.landed, len(tried.lines), BankLine.objects.count()) == (5, 5, 0)
    told: list[tuple[int, int]] = []
    done = actions.import_file(desk.act("sun.tao"), NO, content, progress=lambda n, of: told.append((n, of)))
    assert (done.read, done.landed, told) == (5, 5, [(2, 5), (4, 5), (5, 5)])
    assert BankStatement.objects.get().net == sum(BankLine.objects.values_list("amount", flat=True)) == 800
    again = actions.import_file(desk.act("sun.tao"), NO, content)
    assert (again.landed, again.known) == (0, 5)
    desk.verify()


def test_bad_rows_wait_and_come_again_corrected(desk: Desk) -> None:
    head = "日期,收入,对方户名,摘要,流水号\n"
    bad = head + "2026-02-30,1.00,甲,a,1\n2026-03-02,2.00,乙,b,2\n2026-03-03,三元,丙,c,3\n"
    done = actions.import_file(desk.act("sun.tao"), NO, bad.encode())
    assert (done.read, done.landed, done.quarantined) == (3, 1, 2)
    assert [(f.row, f.field, f.value) for f in done.errors] == [(2, "日期", "2026-02-30"), (4, "收入", "三元")]
    again = actions.import_file(desk.act("sun.tao"), NO, bad.encode())
    assert (again.landed, again.known, again.quarantined, QuarantinedLine.objects.count()) == (0, 1, 2, 2)
    good = head + "2026-02-28,1.00,甲,a,1\n2026-03-02,2.00,乙,b,2\n2026-03-03,三元,丙,c,3\n"
    third = actions.import_file(desk.act("sun.tao"), NO, good.encode())
    assert (third.landed, third.known, third.quarantined) == (1, 1, 1)
    assert QuarantinedLine.objects.filter(state="fixed").count() == 1
    desk.verify()


def test_a_row_is_fixed_by_hand(desk: Desk) -> None:
    done = actions.import_file(
        desk.act("sun.tao"), NO, "日期,收入,对方户名,流水号\n2026-02-30,1.00,甲,1\n2026-03-02,2.00,乙,2\n".encode()
    )
    row = QuarantinedLine.objects.get()
    with pytest.raises(Invalid):
        actions.fix_row(desk.act("sun.tao"), row.pk, {**row.cells, "日期": "2026-02-31"})
    line = actions.fix_row(desk.act("sun.tao"), row.pk, {**row.cells, "日期": "2026-02-28"})
    assert line is not None
    assert (line.amount, line.date, line.row) == (100, date(2026, 2, 28), 2)
    with pytest.raises(Refused):
        actions.drop_row(desk.act("sun.tao"), row.pk, "x")
    assert done.quarantined == 1
    desk.verify()


def test_what_a_fixed_row_must_come_to(desk: Desk) -> None:
    text = "期初余额:,0.00\n期末余额:,3.00\n日期,收入,对方户名,流水号\n2026-03-01,一,甲,1\n2026-03-02,2.00,乙,2\n"
    done = actions.import_file(desk.act("sun.tao"), NO, text.encode())
    assert (done.landed, done.quarantined) == (1, 1)
    row = QuarantinedLine.objects.get()
    assert row.statement.waiting == 100
    with pytest.raises(Refused):
        actions.fix_row(desk.act("sun.tao"), row.pk, {**row.cells, "收入": "1.50"})
    actions.fix_row(desk.act("sun.tao"), row.pk, {**row.cells, "收入": "1.00"})
    statement = BankStatement.objects.get()
    assert (statement.net, statement.waiting) == (300, 0)
    desk.verify()


def test_bad_totals_refuse_the_statement(desk: Desk) -> None:
    done = actions.import_file(
        desk.act("sun.tao"), NO, "期初余额:,0.00\n期末余额:,9.00\n日期,收入,摘要\n2026-03-02,2.00,乙\n".encode()
    )
    assert (done.read, done.landed, done.quarantined) == (1, 0, 1)
    assert done.errors[0].field == "balance"
    assert not BankLine.objects.exists()
    assert StatementFile.objects.get().refused[0]["lines"] == 1


def test_dry_run_changes_nothing(desk: Desk) -> None:
    done = actions.import_file(desk.act("sun.tao", dry=True), NO, desk.csv((100, "甲", "", "a")))
    assert (done.landed, len(done.lines)) == (1, 1)
    assert not BankLine.objects.exists()
    assert not HouseBank.objects.exists()


def test_a_file_of_another_account(desk: Desk) -> None:
    text = "账号,日期,收入\n111122223333,2026-03-01,1.00\n444455556666,2026-03-01,2.00\n"
    done = actions.import_file(desk.act("sun.tao"), "111122223333", text.encode())
    assert (done.landed, done.quarantined, done.errors[0].value) == (1, 1, "4444••••6666")
    other = actions.import_file(desk.act("sun.tao"), "444455556666", text.encode())  # the same file for the other
    assert (other.landed, other.quarantined) == (1, 1)
    assert sorted(BankLine.objects.values_list("bank__number", "amount")) == [
        ("111122223333", 100),
        ("444455556666", 200),
    ]
    for bank in ("777788889999", "111122223333"):  # one that has no lines yet, and one that has
        with pytest.raises(Invalid) as refused:
            actions.import_file(desk.act("sun.tao"), bank, "账号,日期,收入\n444455550000,2026-03-02,1.00\n".encode())
        assert "4444••••0000" in str(refused.value) and bank not in str(refused.value)
    assert HouseBank.objects.count() == 2
    desk.verify()


@pytest.mark.parametrize(
    ("number", "spelling"),
    [(NO, f"{NO[:4]} {NO[4:8]}-{NO[8:]}"), ("00310599", "310599"), ("310599", "0310599"), (NO, f"CN12{NO}"),
     (NO, f"{NO[:4]}******{NO[-4:]}"), ("工行基本户", NO), (NO, "基本户")],
)  # fmt: skip
def test_one_account_in_several_spellings(desk: Desk, number: str, spelling: str) -> None:
    text = f"账号,日期,收入,流水号\n{spelling},2026-03-02,1.00,a\n"
    assert actions.import_file(desk.act("sun.tao"), number, text.encode()).landed == 1


def test_rows_that_may_be_of_either_account(desk: Desk) -> None:
    text = "账号,日期,收入,流水号\n111122223333,2026-03-01,1.00,a\n444455556666,2026-03-01,2.00,b\n,2026-03-01,4.00,c\n"
    done = actions.import_file(desk.act("sun.tao"), "111122223333", text.encode())
    assert (done.landed, done.quarantined, len(done.errors)) == (1, 2, 2)
    with pytest.raises(Invalid):  # and two strangers never become one
        actions.import_file(desk.act("sun.tao"), "123456789", text.encode())


def test_a_map_says_how_the_file_spells_the_account(desk: Desk) -> None:
    text = "账号,日期,收入,流水号\n888888777,2026-03-01,1.00,a\n"
    given = {"account": "888888777"}
    assert actions.import_file(desk.act("sun.tao"), NO, text.encode(), given=given).landed == 1


def test_who_may(desk: Desk) -> None:
    for login in ("wu.gang", "admin", "zhou.hui"):
        with pytest.raises(Denied):
            desk.bring((100, "甲", "", "a"), login=login)


def test_foreign_money_waits_for_a_rate(desk: Desk) -> None:
    text = "日期,币种,收入\n2026-03-02,USD,10.00\n"
    done = actions.import_file(desk.act("sun.tao"), "USD1", text.encode())
    assert done.landed == 1
    line = queries.lines(desk.company).get()
    assert (line.stand, line.currency, HouseBank.objects.get().currency) == ("waiting", "USD", "USD")
    actions.set_rate(desk.act("admin"), "USD", "7.1")
    assert actions.post_waiting(desk.act("sun.tao")) == 1
    assert ledger.balance(desk.company, "1002", date(2026, 3, 31)) == 7100
    desk.verify()


def test_a_receipt_taken_back(desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    text = ":20:X\n:25:{}\n:60F:C260301CNY0,\n:61:260302C5,00NTRFA//B1\n:86:166?00X?3131?32西湖商贸\n:61:260303RC5,00NTRFA//B2\n:86:166?00X?3131?32西湖商贸\n:62F:C260303CNY0,\n"
    done = actions.import_file(desk.act("sun.tao"), NO, text.format(NO).encode())
    assert (done.landed, done.errors) == (2, ())
    first, back = BankLine.objects.order_by("row")
    assert (first.customer_id, back.customer_id, back.amount) == (west, west, -500)
    assert ledger.balance(desk.company, "1122", date(2026, 3, 31)) == 0
    desk.verify()


def test_statement_numbers_carry_the_balance(desk: Desk) -> None:
    text = ":20:X\n:25:{}\n:28C:{}\n:60F:C260301CNY{},\n:61:260302C5,00NTRFA//{}\n:62F:C260303CNY{},\n"
    actions.import_file(desk.act("sun.tao"), NO, text.format(NO, "1/1", 0, "B1", 5).encode())
    wrong = actions.import_file(desk.act("sun.tao"), NO, text.format(NO, "2/1", 6, "B2", 11).encode())
    assert (wrong.landed, wrong.quarantined, wrong.errors[0].field) == (0, 1, "opening")
    right = actions.import_file(desk.act("sun.tao"), NO, text.format(NO, "2/1", 5, "B2", 10).encode())
    assert right.landed == 1
    desk.verify()
