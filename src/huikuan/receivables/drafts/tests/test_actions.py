"""A draft's life in the books, on whichever database runs: taken, passed on, honoured, refused; never twice, never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger import sums
from huikuan.kit.errors import Invalid, Refused, Stale
from huikuan.office.approvals import actions as approvals
from huikuan.office.approvals.models import Approval
from huikuan.office.company import queries as company
from huikuan.office.trail.actions import prove
from huikuan.office.work.models import WorkOrder
from huikuan.receivables.cash.tests.desk import Desk
from huikuan.receivables.drafts import actions, rules
from huikuan.receivables.drafts.models import Draft, Move
from huikuan.receivables.drafts.tests.desk import paper

ON = date(2026, 1, 12)
DUE = date(2026, 7, 10)
LISTED = {"listed": ["江苏银行"]}


class Drafts:
    def __init__(self, act: Callable[..., Any]) -> None:
        self.act, self.desk = act, Desk(act)
        self.company = act().company
        self.shop = self.desk.customer("C1", "杭州万家超市有限公司")

    def take(self, **facts: Any) -> Draft:
        more = {k: facts.pop(k) for k in ("documents", "reason") if k in facts}
        return actions.take(self.act("sun.tao", on=ON), paper(**facts), self.shop, ON, **more)

    def balance(self, account: str, on: date = date(2026, 12, 31)) -> int:
        return ledger.balance(self.company, account, on)

    def layer(self, name: str) -> int:
        return customers.exposure_amounts(self.company, name).get((self.shop, "CNY"), 0)

    def whole(self) -> None:
        assert [(c.id, str(c.title), c.broken) for c in prove(self.company).checks if c.wrong] == []


@pytest.fixture
def drafts(act: Callable[..., Any]) -> Drafts:
    return Drafts(act)


def test_taken_it_clears_the_receivable(drafts: Drafts) -> None:
    first = drafts.desk.bill(drafts.shop, "90000001", 600_000, on=date(2026, 1, 5))
    second = drafts.desk.bill(drafts.shop, "90000002", 700_000, on=date(2026, 1, 6))
    row = drafts.take(documents=["90000002", "90000001"])
    assert row.state == rules.HELD and row.booked
    assert (ledger.item(drafts.company, first).remaining, ledger.item(drafts.company, second).remaining) == (0, 300_000)
    assert drafts.balance("1121") == 1_000_000 and drafts.balance("1122") == 300_000
    assert (drafts.layer("drafts"), drafts.layer("items")) == (0, 300_000)  # a first bank's draft frees the exposure
    drafts.whole()


def test_key_figures_know_what_drafts_cleared(drafts: Drafts) -> None:
    """The sums behind days sales outstanding, caught up from what was kept and added up anew."""
    drafts.desk.bill(drafts.shop, "90000001", 1_200_000, on=date(2026, 1, 5))
    year_end = date(2026, 12, 31)
    assert ledger.month_sums(drafts.company).control_totals(year_end)["CNY"][1] == 1_200_000
    drafts.take(documents=["90000001"])
    for _turn in ("caught up", "anew"):
        assert ledger.month_sums(drafts.company).control_totals(year_end)["CNY"][1] == drafts.balance("1122") == 200_000
        sums.forget()


def test_a_listed_banks_draft_keeps_the_exposure_until_honoured(drafts: Drafts) -> None:
    actions.set_policy(drafts.act("admin"), LISTED)
    drafts.desk.bill(drafts.shop, "90000001", 1_000_000, on=date(2026, 1, 5))
    row = drafts.take(acceptor="江苏银行股份有限公司", documents=["90000001"])
    assert (drafts.layer("drafts"), drafts.layer("items")) == (1_000_000, 0)
    actions.present(drafts.act("sun.tao"), row.pk, DUE)
    line = drafts.desk.line(1_000_000, "江苏银行", "", "票据兑付")
    row = actions.honour(drafts.act("sun.tao"), row.pk, DUE, line.pk)
    assert row.state == rules.HONOURED and drafts.layer("drafts") == 0
    assert drafts.balance("1121") == 0 and drafts.balance("1122") == 0 and drafts.balance("1002") == 1_000_000
    assert drafts.balance("224101") == 0  # the bank's line is explained, and booked once
    drafts.whole()


def test_outside_the_policy_a_second_person_decides(drafts: Drafts) -> None:
    row = drafts.take(acceptor="某某村镇银行", reason="老客户")
    assert row.state == rules.ASKED and drafts.balance("1121") == 0 and not Move.objects.exists()
    asked = Approval.objects.get(kind="drafts.take")
    approvals.grant(drafts.act("zhou.hui"), asked.pk, asked.shown_hash)
    row.refresh_from_db()
    assert row.state == rules.HELD and drafts.balance("1121") == 1_000_000
    other = drafts.take(acceptor="某某村镇银行", start=1_000_001, end=1_000_100, amount=100)
    asked = Approval.objects.get(kind="drafts.take", state="asked")
    approvals.refuse(drafts.act("zhou.hui"), asked.pk, "银行不在名单")
    other.refresh_from_db()
    assert other.state == rules.DECLINED and drafts.balance("1121") == 1_000_000
    drafts.whole()


def test_no_part_of_a_draft_is_taken_twice(drafts: Drafts) -> None:
    row = drafts.take()
    for facts in ({}, {"start": 999_999, "end": 1_000_100, "amount": 102}, {"start": 0, "end": 0}):  # 0-0 is all of it
        with pytest.raises(Refused, match="here already"):
            drafts.take(**facts)
    drafts.take(start=1_000_001, end=1_000_100, amount=100)  # another range of the same number is another draft
    with pytest.raises(IntegrityError), transaction.atomic():
        Draft.objects.create(**{f.attname: getattr(row, f.attname) for f in Draft._meta.fields if f.name != "id"})
    actions.give_back(drafts.act("sun.tao"), row.pk, ON, "票面有误")
    drafts.take()  # given back, it may come again
    drafts.whole()


def test_split_and_endorse_a_part(drafts: Drafts) -> None:
    actions.set_policy(drafts.act("admin"), LISTED)
    row = drafts.take(acceptor="江苏银行股份有限公司")
    one, two = actions.split(drafts.act("sun.tao"), row.pk, 400_000, ON)
    assert [(p.start, p.end, p.amount) for p in (one, two)] == [(1, 400_000, 400_000), (400_001, 1_000_000, 600_000)]
    assert drafts.layer("drafts") == 1_000_000 and drafts.balance("1121") == 1_000_000
    actions.endorse(drafts.act("sun.tao"), one.pk, "包装材料供应商", ON)
    # not a first bank's: it stays on the books, a liability stands against it
    assert (drafts.balance("1121"), drafts.balance("224102"), drafts.balance("2202")) == (1_000_000, -400_000, 400_000)
    actions.honour(drafts.act("sun.tao"), one.pk, DUE)
    assert (drafts.balance("1121"), drafts.balance("224102"), drafts.layer("drafts")) == (600_000, 0, 600_000)
    with pytest.raises(Refused):
        actions.endorse(drafts.act("sun.tao"), row.pk, "x", ON)
    drafts.whole()


def test_discount_with_interest_and_the_banks_line(drafts: Drafts) -> None:
    row = drafts.take()
    cost, net, _days = rules.discount(1_000_000, 1_850_000, ON, DUE, company.calendar(drafts.company))
    line = drafts.desk.line(net, "招商银行", "", "贴现款")
    row = actions.discount(drafts.act("sun.tao"), row.pk, "招商银行", 1_850_000, ON, line.pk)
    assert row.state == rules.DISCOUNTED and not row.booked
    assert (drafts.balance("1121"), drafts.balance("660305"), drafts.balance("1002"), drafts.balance("224101")) == (
        0,
        cost,
        net,
        0,
    )
    with pytest.raises(Invalid):
        actions.discount(drafts.act("sun.tao"), row.pk, "x", 0, ON)
    drafts.whole()


def test_refused_the_customer_owes_again(drafts: Drafts) -> None:
    drafts.desk.bill(drafts.shop, "90000001", 1_000_000, on=date(2026, 1, 5))
    row = drafts.take(documents=["90000001"])
    assert drafts.balance("1122") == 0
    with pytest.raises(Refused, match="due on"):
        actions.present(drafts.act("sun.tao"), row.pk, ON)
    actions.present(drafts.act("sun.tao"), row.pk, DUE)
    row = actions.refuse(drafts.act("sun.tao"), row.pk, DUE, "账户余额不足")
    owed = ledger.item(drafts.company, row.item)
    assert owed.remaining == 1_000_000 and owed.due_date == DUE and owed.document == row.number
    assert drafts.layer("items") == 1_000_000 and WorkOrder.objects.filter(kind="drafts.recourse").exists()
    drafts.whole()


def test_refused_after_it_was_passed_on(drafts: Drafts) -> None:
    actions.set_policy(drafts.act("admin"), LISTED)
    row = drafts.take(acceptor="江苏银行股份有限公司")
    actions.endorse(drafts.act("sun.tao"), row.pk, "供应商", ON)
    actions.refuse(drafts.act("sun.tao"), row.pk, DUE, "拒付")
    balances = [drafts.balance(a) for a in ("1121", "224102", "2202", "2241")]
    assert balances == [0, 0, 1_000_000, -1_000_000]  # the supplier was paid with it and is owed again
    assert (drafts.layer("drafts"), drafts.layer("items")) == (0, 0)  # what we took as receipt and what is owed again
    drafts.whole()


def test_stale_moves_and_reasons(drafts: Drafts) -> None:
    row = drafts.take()
    with pytest.raises(Stale):
        actions.present(drafts.act("sun.tao"), row.pk, DUE, version=row.version + 1)
    with pytest.raises(Invalid):
        actions.give_back(drafts.act("sun.tao"), row.pk, ON, "  ")
    with pytest.raises(Invalid, match="not open"):
        drafts.take(start=2_000_001, end=2_000_100, amount=100, documents=["99999999"])
    assert Draft.objects.count() == 1


def test_moves_and_facts_stay_as_written(drafts: Drafts) -> None:
    row = drafts.take()
    for change in (
        lambda: Move.objects.update(note="x"),
        lambda: Move.objects.all().delete(),
        lambda: Draft.objects.filter(pk=row.pk).update(amount=5, end=5),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_verify_sees_a_draft_that_is_not_in_the_books(drafts: Drafts) -> None:
    row = drafts.take()
    Draft.objects.filter(pk=row.pk).update(booked=False)
    assert any(c.wrong for c in prove(drafts.company).checks if "1121" in str(c.title))
