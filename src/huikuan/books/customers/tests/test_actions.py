"""Customers, written and read back, on a real database."""

from __future__ import annotations

import random
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from huikuan.books.customers import actions, checks, queries
from huikuan.books.customers.models import Customer, Exposure, Group
from huikuan.kit.errors import Denied, Invalid, Missing, Refused, Stale
from huikuan.office.approvals import actions as approvals
from huikuan.office.trail.act import action
from huikuan.office.trail.queries import timeline


@pytest.fixture
def shop(cast, act):
    return actions.create(
        act("liu.min"),
        "1001",
        "沪光食品（上海）有限责任公司",
        klass="distributor",
        terms="M030",
        uscc="91110000600037341l",
        phone="13812345678",
    )


@action("customers.test_move", needs=None)
def move(act, moves):
    actions.move_exposure(act, moves)


def test_an_account_is_opened_with_a_limit_of_nothing(cast, act, shop):
    one = queries.customer(cast.company.pk, "1001")
    assert (one.folded, one.klass, one.currency, one.credit_limit) == ("沪光食品上海有限公司", "distributor", "CNY", 0)
    assert one.uscc == "91110000600037341L"
    assert one.payer == one.id
    assert queries.terms_of(cast.company.pk, one.id).code == "M030"
    [event] = timeline(cast.company.pk, f"customers.customer:{one.id}")
    assert (event.name, event.input["facts"]["phone"]) == (
        "customers.create",
        "138••••5678",
    )  # personal data stays out of the trail


def test_opening_with_a_limit_needs_the_credit_duty(cast, act):
    with pytest.raises(Denied):
        actions.create(act("liu.min"), "1002", "好客商店", credit_limit=None)
    with pytest.raises(Denied):
        actions.create(act("liu.min"), "1002", "好客商店", credit_limit=100)
    assert actions.create(act(), "1002", "好客商店", credit_limit=None).credit_limit is None


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"klass": "friend"}, "klass"),
        ({"currency": "XXY"}, "currency"),
        ({"terms": "NONE"}, "terms"),
        ({"payer": "404"}, "payer"),
        ({"name_en": "x" * 201}, "name_en"),
        ({"name_en": "a\nb"}, "name_en"),
        ({"credit_limit": -1}, "credit_limit"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_facts_are_named(cast, act, facts, field):
    with pytest.raises(Invalid) as caught:
        actions.create(act(), "1009", "好客", **facts)
    assert [f.field for f in caught.value.faults] == [field]
    assert not Customer.objects.exists()


def test_numbers_are_given_once(cast, act, shop):
    with pytest.raises(Refused):
        actions.create(act("liu.min"), "1001", "另一家")


def test_a_change_names_the_version_it_read(cast, act, shop):
    changed = actions.change(
        act("liu.min"), shop.pk, {"name": "沪光食品苏州有限公司", "phone": "13999999999"}, version=1
    )
    assert (changed.version, changed.folded, changed.pinyin[:4]) == (2, "沪光食品苏州有限公司", "hgsp")
    with pytest.raises(Stale):
        actions.change(act("liu.min"), shop.pk, {"name": "旧"}, version=1)
    event = timeline(cast.company.pk, f"customers.customer:{shop.pk}")[0]
    fields = {c["field"]: (c["old"], c["new"]) for c in event.changes}
    assert fields["phone"] == ("138••••5678", "139••••9999")  # personal data stays masked in the trail
    assert fields["name"][1] == "沪光食品苏州有限公司"
    assert (
        actions.change(act("liu.min"), shop.pk, {"name": "沪光食品苏州有限公司"}, version=2).version == 2
    )  # nothing new


def test_state_and_limit_are_not_changed_by_the_way(cast, act, shop):
    for facts in ({"credit_limit": 5}, {"state": "closed"}):
        with pytest.raises(Invalid):
            actions.change(act("liu.min"), shop.pk, facts)


def test_the_payer_owes_and_payers_make_no_chain(cast, act, shop):
    a = act("liu.min")
    head = actions.create(a, "2000", "总部")
    actions.change(act("liu.min"), shop.pk, {"payer": "2000"})
    assert queries.payer_of(cast.company.pk, shop.pk).number == "2000"
    assert queries.payers(cast.company.pk) == {shop.pk: head.pk, head.pk: head.pk}
    with pytest.raises(Invalid):
        actions.create(act("liu.min"), "2001", "门店", payer="1001")
    with pytest.raises(Refused):
        actions.change(act("liu.min"), head.pk, {"payer": actions.create(act("liu.min"), "2002", "又一家").number})
    with pytest.raises(Invalid):
        actions.change(act("liu.min"), head.pk, {"payer": "2000"})


def test_a_payer_with_exposure_is_not_swapped(cast, act, shop):
    actions.create(act("liu.min"), "2000", "总部")
    move(act(), [(shop.pk, "CNY", "items", 100)])
    with pytest.raises(Refused):
        actions.change(act("liu.min"), shop.pk, {"payer": "2000"})


def test_blocking_closing_and_opening_again(cast, act, shop):
    actions.set_state(act("chen.jing"), shop.pk, "blocked", "三个月未付款")
    assert Customer.objects.get(pk=shop.pk).block_reason == "三个月未付款"
    actions.set_state(act("chen.jing"), shop.pk, "open", "已付清")
    with pytest.raises(Invalid):
        actions.set_state(act("liu.min"), shop.pk, "closed", " ")
    with pytest.raises(Denied):  # closing is master data, not credit
        actions.set_state(act("chen.jing"), shop.pk, "closed", "停业")
    move(act(), [(shop.pk, "CNY", "orders", 1)])
    with pytest.raises(Refused):
        actions.set_state(act("liu.min"), shop.pk, "closed", "停业")
    move(act(), [(shop.pk, "CNY", "orders", -1)])
    closed = actions.set_state(act("liu.min", on=date(2026, 3, 3)), shop.pk, "closed", "停业")
    assert (closed.state, closed.closed) == ("closed", date(2026, 3, 3))


# ---- limits


def test_lowering_is_done_at_once_and_raising_takes_two(cast, act, shop):
    Customer.objects.filter(pk=shop.pk).update(credit_limit=None)
    assert actions.set_limit(act("chen.jing"), shop.pk, 20000, "新客户").credit_limit == 20000
    assert actions.ask_limit(act("chen.jing"), shop.pk, 10000, "风险上升") == 0
    with pytest.raises(Refused):
        actions.set_limit(act("chen.jing"), shop.pk, 20000, "旺季")
    with pytest.raises(Denied):
        actions.set_limit(act("liu.min"), shop.pk, 0, "不行")
    with pytest.raises(Invalid):
        actions.ask_limit(act("chen.jing"), shop.pk, None, "无限")
    asked = actions.ask_limit(act("chen.jing"), shop.pk, 20000, "旺季")
    from huikuan.office.approvals.queries import by_id

    seen = by_id(cast.company.pk, asked)
    with pytest.raises(Denied):
        approvals.grant(act("chen.jing"), asked, seen.hash)
    approvals.grant(act("zhou.hui"), asked, seen.hash)
    assert Customer.objects.get(pk=shop.pk).credit_limit == 20000


def test_a_grant_does_not_overwrite_what_changed_meanwhile(cast, act, shop):
    from huikuan.office.approvals.queries import by_id

    asked = actions.ask_limit(act("chen.jing"), shop.pk, 20000, "旺季")
    actions.change(act("liu.min"), shop.pk, {"short_name": "沪光"})
    with pytest.raises(Stale):
        approvals.grant(act("zhou.hui"), asked, by_id(cast.company.pk, asked).hash)


# ---- exposure


def test_exposure_adds_up_in_layers_and_currencies(cast, act, shop):
    move(act(), [(shop.pk, "CNY", "orders", 100), (shop.pk, "CNY", "orders", 50), (shop.pk, "USD", "items", 7)])
    move(act(), [(shop.pk, "CNY", "orders", -150), (shop.pk, "CNY", "deliveries", 150)])
    found = queries.exposure(cast.company.pk, shop.pk)
    assert found.layers == queries.Layers(deliveries=150)
    assert (found.layers.total, found.limit, found.free) == (150, 0, -150)
    assert found.elsewhere == (("USD", queries.Layers(items=7)),)
    assert found.in_currency("USD").total == 7
    assert queries.exposure_amounts(cast.company.pk, "deliveries") == {(shop.pk, "CNY"): 150}
    assert checks.compare(cast.company.pk, "deliveries", {(shop.pk, "CNY"): 150}).wrong == 0
    assert checks.compare(cast.company.pk, "deliveries", {(shop.pk, "CNY"): 151}).wrong == 1


def test_many_moves_at_once(cast, act):
    rows = [{"number": f"C{n:04d}", "name": f"客户{n}"} for n in range(700)]
    ids = sorted(actions.land(act(), rows).ids.values())
    for _ in range(2):
        move(act(), [(pk, "CNY", layer, n) for n, pk in enumerate(ids) for layer in ("orders", "items")])
    assert Exposure.objects.count() == 2 * 699  # the first moved nothing
    assert queries.exposure_amounts(cast.company.pk, "items")[ids[10], "CNY"] == 20


@pytest.mark.parametrize("seed", range(6))
def test_any_moves_add_up_as_one_by_one(cast, act, seed):
    rng = random.Random(seed)
    layers = ("orders", "deliveries", "billing", "items")
    batches = [
        [
            (rng.randrange(5), rng.choice(("CNY", "USD")), rng.choice(layers), rng.randint(-(2**55), 2**55))
            for _ in range(rng.randrange(13))
        ]
        for _ in range(4)
    ]
    ids = sorted(actions.land(act(), [{"number": f"P{n}", "name": f"客户{n}"} for n in range(5)]).ids.values())
    before: dict[tuple[int, str, str], int] = {}
    for batch in batches:
        move(act(), [(ids[n], *rest) for n, *rest in batch])
        for n, currency, layer, delta in batch:
            key = (ids[n], currency, layer)
            before[key] = before.get(key, 0) + delta
    after = {(e.customer_id, e.currency, e.layer): e.amount for e in Exposure.objects.filter(customer_id__in=ids)}
    assert {k: v for k, v in after.items() if v} == {k: v for k, v in before.items() if v}


def test_a_thousand_moves_are_one_lock_and_one_statement(cast, act):
    ids = sorted(actions.land(act(), [{"number": f"Q{n}", "name": f"客户{n}"} for n in range(1000)]).ids.values())
    seen = []

    def counted(execute, sql, params, many, context):
        if "customers_" in sql:
            seen.append(sql.split()[0])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(counted):
        move(act(), [(pk, "CNY", "orders", 1) for pk in ids])
    assert seen == ["SELECT", "INSERT"]


def test_exposure_moves_only_inside_an_act_and_for_known_customers(cast, act, shop):
    with pytest.raises(RuntimeError):
        actions.move_exposure(act(), [(shop.pk, "CNY", "items", 1)])
    with pytest.raises(Missing):
        move(act(), [(shop.pk + 99, "CNY", "items", 1)])


def test_a_group_rolls_up_against_its_own_limit(cast, act, shop):
    actions.save_group(act("liu.min"), "G1", "沪光集团")
    assert actions.ask_group_limit(act("chen.jing"), Group.objects.get().pk, 1000, "集团授信") == 0
    actions.change(act("liu.min"), shop.pk, {"group": "G1"})
    other = actions.create(act("liu.min"), "1002", "沪光饮料", group="G1")
    move(act(), [(shop.pk, "CNY", "items", 300), (other.pk, "CNY", "orders", 400), (other.pk, "USD", "orders", 5)])
    group = queries.exposure(cast.company.pk, shop.pk).group
    assert group is not None
    assert (group.limit, group.layers, group.free) == (1000, queries.Layers(orders=400, items=300), 300)
    assert group.members == (shop.pk, other.pk)


def test_the_limit_of_case_4_can_be_told_apart(cast, act, shop):
    """Case 4: limit empty = any amount passes; 0 = nothing; 200 with 100 owed leaves 100."""
    move(act(), [(shop.pk, "CNY", "items", 100)])
    for limit, free in ((None, None), (0, -100), (200, 100)):
        Customer.objects.filter(pk=shop.pk).update(credit_limit=limit)
        assert queries.exposure(cast.company.pk, shop.pk).free == free


# ---- settings


def test_policies_most_specific_first(cast, act, shop):
    a = cast.company.pk
    assert queries.policy_of(a, shop.pk).check_limit
    actions.save_policy(act("admin"), klass="distributor", oldest_overdue_days=60, overdue_share=30_000_000)
    assert queries.policy_of(a, shop.pk).oldest_overdue_days == 60
    actions.save_policy(act("admin"), customer_id=shop.pk, check_limit=False)
    found = queries.policy_of(a, shop.pk)
    assert (found.check_limit, found.oldest_overdue_days, str(found.why)) == (
        False,
        None,
        "The policy set for this customer.",
    )
    with pytest.raises(Invalid):
        actions.save_policy(act("admin"), klass="ka", overdue_share=10**8 + 1)
    with pytest.raises(Denied):
        actions.save_policy(act("liu.min"), klass="ka")


def test_org_units_stand_in_order(cast, act):
    a, day = act("liu.min"), date(2026, 1, 1)
    actions.save_org(a, "BU1", "BU", "饮料", day)
    actions.save_org(act("liu.min"), "MU1", "MU", "华东", day, parent="BU1")
    actions.save_org(act("liu.min"), "AU1", "AU", "上海一区", day, parent="MU1", until=date(2026, 6, 30))
    for code, kind, parent in (("MU2", "MU", ""), ("BU2", "BU", "BU1"), ("RU1", "RU", "AU1")):
        with pytest.raises(Invalid):
            actions.save_org(act("liu.min"), code, kind, "错", day, parent=parent)
    units = queries.units(cast.company.pk)
    au = next(u for u in units.values() if u.code == "AU1")
    assert [units[pk].code for pk in au.path] == ["BU1", "MU1", "AU1"]
    assert "AU1" not in {u.code for u in queries.units(cast.company.pk, date(2026, 7, 1)).values()}


def test_terms_are_saved_and_changed_by_their_code(cast, act):
    rule = {"kind": "month_end", "days": 45}
    row = actions.save_terms(act("liu.min"), "M045", "月结45天", rule)
    assert queries.terms(cast.company.pk, "M045").data.days == 45
    actions.save_terms(act("liu.min"), "M045", "月结45天", {**rule, "days": 46}, version=row.version)
    with pytest.raises(Stale):
        actions.save_terms(act("liu.min"), "M045", "月结45天", rule, version=row.version)
    with pytest.raises(Invalid):
        actions.save_terms(act("liu.min"), "BAD", "错", {"kind": "days", "days": -1})
    assert actions.seed(act()) == 0


# ---- finding


def test_people_are_found_as_they_are_typed(cast, act, shop):
    actions.create(act("liu.min"), "1002", "重庆好客商店", external="0000012345")
    actions.add_alias(act("chen.jing"), shop.pk, "老沪光")
    actions.add_alias(act("chen.jing"), shop.pk, "老 沪光")
    actions.add_bank_account(act("liu.min"), shop.pk, "0012 3456 7890", bank="工商银行")
    for text, number in (
        ("1001", "1001"), ("沪光", "1001"), ("hgsp", "1001"), ("CQHK", "1002"), ("91110000600037341L", "1001"), ("0000012345", "1002"),
        ("老沪光", "1001"), ("001234567890", "1001"), ("沪光食品(上海)", "1001"),
    ):  # fmt: skip
        assert [c.number for c in queries.find(cast.company.pk, text)] == [number], text
    assert queries.find(cast.company.pk, " ") == []
    assert queries.find(cast.company.pk, "%") == []
    a = cast.company.pk
    assert queries.by_account(a, ["001234567890", "9"]) == {"001234567890": (shop.pk,)}
    assert queries.by_folded(a, ["老沪光", "沪光食品上海有限公司"]) == {
        "老沪光": (shop.pk,),
        "沪光食品上海有限公司": (shop.pk,),
    }
    assert queries.by_uscc(a, ["91110000600037341l"]) == {"91110000600037341L": (shop.pk,)}
    assert len(queries.names(a)) == 3
    actions.retire_bank_account(act("liu.min"), queries.bank_accounts(a, shop.pk)[0].id, "销户")
    assert queries.by_account(a, ["001234567890"]) == {}


def test_ship_tos(cast, act, shop):
    place = actions.add_ship_to(act("liu.min"), shop.pk, "01", "一号仓", address="宝山区")
    actions.change_ship_to(act("liu.min"), place.pk, {"active": False})
    assert [(s.number, s.active) for s in queries.ship_tos(cast.company.pk, shop.pk)] == [("01", False)]
    with pytest.raises(Refused):
        actions.add_ship_to(act("liu.min"), shop.pk, "01", "又一个")


# ---- loads


def test_a_load_lands_good_rows_and_names_bad_ones(cast, act):
    rows = [
        {"row": 2, "external": "0017", "name": "甲店", "payer": "0019", "terms": "N030", "credit_limit": None},
        {"row": 3, "external": "0018", "name": "", "payer": ""},
        {"row": 4, "external": "0019", "name": "甲总部", "payer": "0019"},
        {"row": 5, "external": "0020", "name": "乙店", "terms": "NOPE"},
        {"row": 6, "external": "0021", "name": "丙店", "distributor": "0404"},
        {"row": 7, "external": "0017", "name": "甲店又来"},
    ]
    landed = actions.land(act("liu.min"), rows)
    assert (landed.created, landed.changed, landed.known) == (3, 0, 0)
    assert sorted((f.row, f.field) for f in landed.faults) == [
        (3, "name"),
        (5, "terms"),
        (6, "distributor"),
        (7, "number"),
    ]
    one = queries.customer(cast.company.pk, "0017")
    assert (one.payer, one.credit_limit) == (landed.ids["0019"], None)
    again = actions.land(act("liu.min"), rows)
    assert (again.created, again.changed, again.known) == (0, 0, 3)
    third = actions.land(act("liu.min"), [{"external": "0017", "name": "甲店(新)", "payer": ""}])
    assert (third.created, third.changed, third.known) == (0, 1, 0)
    one = queries.customer(cast.company.pk, "0017")
    assert (one.name, one.payer, one.version) == ("甲店(新)", one.id, 2)


def test_a_load_makes_no_payer_chains(cast, act):
    rows = [
        {"number": "A", "name": "a", "payer": "B"},
        {"number": "B", "name": "b", "payer": "C"},
        {"number": "C", "name": "c"},
    ]
    landed = actions.land(act(), rows)
    assert [f.field for f in landed.faults] == ["payer"]
    assert checks.payers(cast.company.pk).wrong == 0


def test_a_large_load_takes_few_statements(cast, act, django_assert_max_num_queries):
    rows = [{"number": f"{n:05d}", "name": f"客户{n}", "terms": "N030", "payer": "00000"} for n in range(2000)]
    with django_assert_max_num_queries(120):
        assert actions.land(act(), rows).created == 2000
    with django_assert_max_num_queries(60):
        assert actions.land(act(), rows).known == 2000


# ---- guards and checks


def test_the_database_keeps_its_own_word(cast, act, shop):
    Group.objects.create(company=cast.company, number="G", name="g", currency="CNY")
    for wrong in ({"klass": "friend"}, {"credit_limit": -1}, {"state": "gone"}, {"name": ""}, {"payer_id": shop.pk}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Customer.objects.filter(pk=shop.pk).update(**wrong)


def test_checks_find_what_is_broken(cast, act, shop):
    assert all(c.run(cast.company.pk).wrong == 0 for c in checks.CHECKS)
    Customer.objects.filter(pk=shop.pk).update(folded="别的")
    assert checks.folded(cast.company.pk).wrong == 1
    other = actions.create(act(), "1002", "总部")
    third = actions.create(act(), "1003", "总部的总部")
    move(act(), [(shop.pk, "CNY", "items", 1)])
    Customer.objects.filter(pk=shop.pk).update(payer=other)
    Customer.objects.filter(pk=other.pk).update(payer=third)
    assert checks.payers(cast.company.pk).wrong == 2
    from huikuan.books.customers.models import Terms

    Terms.objects.filter(code="N030").update(rule={"kind": "someday"})
    assert checks.readable_terms(cast.company.pk).wrong == 1


@pytest.mark.parametrize(
    "login", ["wang.lei", "chen.jing", "zhao.yan", "sun.tao", "zhou.hui", "wu.gang", "admin", "robot"]
)
def test_only_the_desk_of_master_data_opens_accounts(cast, act, login):
    with pytest.raises(Denied):
        actions.create(act(login), "1", "x")


def test_rivals_lose_no_move(live_cast, act):
    """Two acts that both make a payer's first exposure row, and many that add to it, lose nothing."""
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    ids = sorted(actions.land(act(), [{"number": f"{n}", "name": f"客户{n}"} for n in range(3)]).ids.values())

    def one(n: int) -> None:
        try:
            order = ids if n % 2 else ids[::-1]
            move(act(), [(pk, "CNY", "orders", 1) for pk in order])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(40)))
    assert queries.exposure_amounts(live_cast.company.pk, "orders") == {(pk, "CNY"): 40 for pk in ids}
