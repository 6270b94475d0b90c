"""Ask, grant, refuse, void: through the doors' rules, and once more in the database itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from huikuan.kit.errors import Denied, Invalid, Missing, Refused, Stale
from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.office.approvals import actions, checks, queries
from huikuan.office.approvals.models import Approval, Limit
from huikuan.office.trail import guards
from huikuan.office.trail.act import Act, action
from huikuan.office.trail.hands import Duty, Hands, Kind, hand_down
from huikuan.office.trail.models import Record
from huikuan.office.work.models import WorkOrder

pytestmark = pytest.mark.django_db(transaction=True)
Acts = Callable[..., Act]
SHOWN = {"customer": "10000001 永辉", "limit": Money(50_000_000, "CNY"), "why": _("Over the limit by %(n)s.", n=3)}
TITLE = _("Release order %(number)s", number="SO-1")
released: list[str] = []


@action("test.let_go", needs=None)
def let_go(act: Act, subject: str, fails: bool = False) -> None:
    act.subject(subject)
    if fails:
        raise Refused(_("The order is gone."))
    released.append(subject)


def _granted(act: Act, approval: Approval) -> None:
    let_go(act, approval.subject, approval.subject.endswith(":13"))


@pytest.fixture(autouse=True)
def kind() -> Any:
    """A kind of approval handed down by a capability that exists for these tests."""
    released.clear()
    duty = Duty("test.release", "A07", "Release", "释放", ("CRE",), ("APR", "CRE"), limited=True)
    hand_down(
        "test",
        Hands(
            duties=(duty,), approvals=(Kind("test.release", "Release an order", "释放订单", "test.release", _granted),)
        ),
    )
    yield
    hand_down("test", Hands())


def ask(act: Act, yuan: int | None = 5_000, subject: str = "orders.order:1", **more: Any) -> Approval:
    amount = None if yuan is None else Money(yuan * 100, "CNY")
    return actions.ask(act, "test.release", subject, amount, SHOWN, TITLE, **more)


def test_the_seeded_limits(cast: Any) -> None:
    rows = Limit.objects.filter(company=cast.company).order_by("up_to", "role").values_list("role", "up_to")
    assert list(rows) == [("CRE", 1_000_000), ("SMG", 10_000_000), ("APR", 100_000_000), ("CLO", 100_000_000)]


def test_granted_by_another_and_what_follows_stands_in_the_same_tree(act: Acts) -> None:
    asked = ask(act("wang.lei"))
    granted = actions.grant(act("chen.jing"), asked.pk, asked.shown_hash)
    assert (granted.state, granted.decided_by, released) == ("granted", "chen.jing", ["orders.order:1"])
    grant = Record.objects.get(name="approvals.grant")
    assert Record.objects.get(name="test.let_go").cause == grant.pk
    with pytest.raises(Refused, match="closed already: Granted"):
        actions.grant(act("zhou.hui"), asked.pk, asked.shown_hash)


def test_nobody_grants_what_they_asked_for(act: Acts) -> None:
    asked = ask(act("chen.jing"))
    for no in (
        lambda: actions.grant(act("chen.jing"), asked.pk, asked.shown_hash),
        lambda: actions.refuse(act("chen.jing"), asked.pk, "x"),
    ):
        with pytest.raises(Denied, match="You asked for it"):
            no()
    robots = ask(act("robot"), subject="orders.order:2", maker="zhao.yan", beneficiary="zhou.hui")
    with pytest.raises(Denied, match="You asked for it"):
        actions.grant(act("zhao.yan"), robots.pk, robots.shown_hash)
    with pytest.raises(Denied, match="own benefit"):
        actions.grant(act("zhou.hui"), robots.pk, robots.shown_hash)
    assert Record.objects.filter(outcome="denied").count() == 4


@pytest.mark.parametrize("login", ["liu.min", "wu.gang", "admin", "robot", "sun.tao"])
def test_only_the_checkers_roles_decide(act: Acts, login: str) -> None:
    asked = ask(act("wang.lei"))
    with pytest.raises(Denied):
        actions.grant(act(login), asked.pk, asked.shown_hash)
    with pytest.raises(Denied):
        actions.refuse(act(login), asked.pk, "no")


def test_above_the_limit_it_passes_up(cast: Any, act: Acts) -> None:
    asked = ask(act("wang.lei"), yuan=10_001)
    with pytest.raises(Refused, match=r"10,001.00 CNY is above your limit of 10,000.00 CNY"):
        actions.grant(act("chen.jing"), asked.pk, asked.shown_hash)
    company = cast.company.pk
    mine = queries.inbox(company, "chen.jing")[0]
    assert (mine.answer.may, mine.answer.passes_up) == (False, True)
    assert (queries.waiting_count(company, "chen.jing"), queries.waiting_count(company, "zhou.hui")) == (0, 1)
    assert queries.inbox(company, "liu.min") == []
    actions.grant(act("zhou.hui"), asked.pk, asked.shown_hash)
    assert queries.inbox(company, "zhou.hui") == []


def test_above_every_limit_two_agree(act: Acts) -> None:
    asked = ask(act("wang.lei"), yuan=1_000_001)
    first = actions.grant(act("zhou.hui"), asked.pk, asked.shown_hash)
    assert (first.state, first.first_by, released) == ("asked", "zhou.hui", [])
    with pytest.raises(Denied, match="a second person"):
        actions.grant(act("zhou.hui"), asked.pk, asked.shown_hash)
    second = actions.grant(act("zhao.yan"), asked.pk, asked.shown_hash)
    assert (second.state, released) == ("granted", ["orders.order:1"])


def test_a_persons_own_limit_wins(act: Acts) -> None:
    actions.set_limit(act("admin"), Money(100_00, "CNY"), person="zhao.yan")
    asked = ask(act("wang.lei"), yuan=101)
    with pytest.raises(Refused, match=r"above your limit of 100\.00 CNY"):
        actions.grant(act("zhao.yan"), asked.pk, asked.shown_hash)
    with pytest.raises(Denied):
        actions.set_limit(act("zhao.yan"), Money(10**10, "CNY"), person="zhao.yan")


def test_a_grant_names_what_was_seen_and_an_edit_asks_anew(act: Acts) -> None:
    asked = ask(act("wang.lei"))
    assert ask(act("wang.lei")).pk == asked.pk
    with pytest.raises(Stale):
        actions.grant(act("chen.jing"), asked.pk, "0" * 64)
    other = ask(act("wang.lei"), yuan=6_000)
    asked.refresh_from_db()
    assert (asked.state, other.state) == ("void", "asked")
    with pytest.raises(Refused, match="No longer valid"):
        actions.grant(act("chen.jing"), asked.pk, asked.shown_hash)
    assert actions.void(act("wang.lei"), "orders.order:1", _("The order was changed.")) == 1


def test_what_the_grant_sets_off_refuses_and_nothing_stands(act: Acts) -> None:
    asked = ask(act("wang.lei"), subject="orders.order:13")
    with pytest.raises(Refused, match="The order is gone"):
        actions.grant(act("chen.jing"), asked.pk, asked.shown_hash)
    asked.refresh_from_db()
    assert asked.state == "asked"
    assert Record.objects.get(name="approvals.grant").outcome == "refused"


def test_refused_with_a_reason_that_comes_back_as_work(act: Acts) -> None:
    asked = ask(act("wang.lei"), yuan=50_000)
    with pytest.raises(Invalid):
        actions.refuse(act("chen.jing"), asked.pk, "  ")
    # Above her limit: she may not say yes, but she may say no.
    assert actions.refuse(act("chen.jing"), asked.pk, "no slip").state == "refused"
    todo = WorkOrder.objects.get(kind="approvals.refused")
    assert (todo.person, str(todo.says)) == ("wang.lei", "Refused by chen.jing: Release order SO-1. Reason: no slip")


def test_taken_back_by_who_asked(act: Acts) -> None:
    asked = ask(act("wang.lei"))
    with pytest.raises(Denied):
        actions.withdraw(act("liu.min"), asked.pk)
    assert actions.withdraw(act("wang.lei"), asked.pk).state == "void"


def test_another_company_sees_nothing(act: Acts, cast: Any) -> None:
    asked = ask(act("wang.lei"))
    with pytest.raises(Missing):
        queries.by_id(cast.company.pk + 1, asked.pk)


def raw(pk: int, **values: Any) -> None:
    """Past the actions, as a console would."""
    with transaction.atomic():
        Approval.objects.filter(pk=pk).update(**values)


def test_the_database_refuses_too(act: Acts, cast: Any) -> None:
    asked = ask(act("wang.lei"))
    whole = {"state": "granted", "decided_at": asked.asked_at, "decided_act": 1, "granted_hash": asked.shown_hash}
    for wrong in (
        {**whole, "decided_by": "wang.lei"},  # maker = checker
        {**whole, "decided_by": "zhou.hui", "granted_hash": "0" * 64},  # another document
        {**whole, "decided_by": ""},
        {"shown": {"other": 1}},  # an edit under the same question
        {"amount": 1},
        {"shown_hash": "0" * 64},
        {"asked_by": "liu.min"},
        {"first_by": "wang.lei"},
    ):
        with pytest.raises(IntegrityError):
            raw(asked.pk, **wrong)
    actions.grant(act("chen.jing"), asked.pk, asked.shown_hash)
    for wrong in ({"state": "asked"}, {"decided_by": "zhou.hui"}, {"reason": "rewritten"}):
        with pytest.raises(IntegrityError, match="I16"):
            raw(asked.pk, **wrong)
    with pytest.raises(IntegrityError, match="I03"), transaction.atomic():
        Approval.objects.filter(pk=asked.pk).delete()
    assert all(c.run(cast.company.pk).wrong == 0 for c in checks.CHECKS)


def test_without_the_guard_the_violation_is_possible_and_verify_sees_it(act: Acts, cast: Any) -> None:
    """The negative control: a guard that cannot be seen to hold proves nothing."""
    asked = ask(act("wang.lei"))
    guards.drop()
    try:
        raw(asked.pk, shown={"other": 1})
        _without_maker_check(asked.pk, asked)
    finally:
        guards.make()
    assert [c.run(cast.company.pk).wrong for c in checks.CHECKS] == [1, 1, 0]


def _without_maker_check(pk: int, asked: Approval) -> None:
    """Switch the CHECK off in the way each database has, write the violation past it."""
    from django.db import connection

    values = {
        "state": "granted", "decided_by": "wang.lei", "decided_at": asked.asked_at, "decided_act": 1, "granted_hash": asked.shown_hash,
        "version": 2,
    }  # fmt: skip
    constraint = next(c for c in Approval._meta.constraints if c.name == "approval_i16_maker")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints=ON")
        try:
            raw(pk, **values)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA ignore_check_constraints=OFF")
        return
    with connection.schema_editor() as editor:
        editor.remove_constraint(Approval, constraint)
    raw(pk, **values)
    # NOT VALID: the row that violates it stays for the check to find.
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE approvals_approval ADD CONSTRAINT approval_i16_maker"
            " CHECK (state NOT IN ('granted', 'refused') OR decided_by <> asked_by) NOT VALID"
        )
