"""Items, prices, tax codes: decided, written, read back."""

from __future__ import annotations

from datetime import date

import pytest

from huikuan.books.catalog import actions, checks, queries, rules
from huikuan.books.catalog.models import Price, TaxCode
from huikuan.books.customers import actions as customers
from huikuan.kit.errors import Denied, Invalid, Missing, Refused, Stale
from huikuan.kit.money import parse_price

DAY = date(2026, 3, 2)


@pytest.fixture
def cola(cast, act):
    return actions.create_item(
        act("liu.min"), "10001", "可乐 330ml×24", "箱", "V13", tax_class="1030307010000000000", tax_short="软饮料"
    )


def test_an_item_is_made_changed_and_found(cast, act, cola):
    assert queries.item(cast.company.pk, "10001").tax_short == "软饮料"
    changed = actions.change_item(act("liu.min"), cola.pk, {"name": "无糖可乐", "shelf_life_days": 270}, version=1)
    assert (changed.version, changed.pinyin) == (2, "wtkl")
    with pytest.raises(Stale):
        actions.change_item(act("liu.min"), cola.pk, {"name": "旧"}, version=1)
    assert [i.number for i in queries.find(cast.company.pk, "wtkl")] == ["10001"]
    assert [i.number for i in queries.find(cast.company.pk, "1000")] == ["10001"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"tax_class": "12"}, "tax_class"),
        ({"colour": "red"}, "colour"),
        ({"shelf_life_days": 0}, "shelf_life_days"),
        ({"state": "?"}, "state"),
    ],
)
def test_wrong_facts_are_named(cast, act, cola, facts, field):
    with pytest.raises(Invalid) as caught:
        actions.change_item(act("liu.min"), cola.pk, facts)
    assert [f.field for f in caught.value.faults] == [field]


def test_the_most_specific_price_wins(cast, act, cola):
    shop = customers.create(act("liu.min"), "1001", "好客", klass="shop")
    company = cast.company.pk
    with pytest.raises(Missing):
        queries.price(company, cola.pk, shop.pk, "CNY", DAY)
    actions.set_price(act("liu.min"), cola.pk, parse_price("48"), "CNY", date(2026, 1, 1))
    assert queries.price(company, cola.pk, shop.pk, "CNY", DAY).price == parse_price("48")
    actions.set_price(act("liu.min"), cola.pk, parse_price("46.5"), "CNY", date(2026, 2, 1), klass="shop", mode="gross")
    found = queries.price(company, cola.pk, shop.pk, "CNY", DAY)
    assert (found.price, found.mode) == (parse_price("46.5"), "gross")
    actions.set_price(act("liu.min"), cola.pk, parse_price("45.1234567891"), "CNY", DAY, customer_id=shop.pk)
    assert (
        str(queries.price(company, cola.pk, shop.pk, "CNY", DAY).why) == "Agreed with this customer, from 2026-03-02."
    )
    assert queries.price(company, cola.pk, shop.pk, "CNY", date(2026, 1, 15)).price == parse_price("48")
    assert queries.price(company, cola.pk, None, "CNY", DAY).price == parse_price("48")
    with pytest.raises(Missing):
        queries.price(company, cola.pk, shop.pk, "USD", DAY)


def test_a_new_price_ends_the_one_before_and_gives_way_to_a_later_one(cast, act, cola):
    for price, since in (
        ("1", date(2026, 1, 1)),
        ("3", date(2026, 3, 1)),
        ("2", date(2026, 2, 1)),
        ("2.5", date(2026, 2, 1)),
    ):
        actions.set_price(act("liu.min"), cola.pk, parse_price(price), "CNY", since)
    rows = Price.objects.order_by("since").values_list("price", "since", "until")
    assert [(p // 10**9 / 10, s.month, u and u.isoformat()) for p, s, u in rows] == [
        (1.0, 1, "2026-01-31"), (2.5, 2, "2026-02-28"), (3.0, 3, None),
    ]  # fmt: skip
    assert checks.prices(cast.company.pk).wrong == 0
    Price.objects.filter(since=date(2026, 1, 1)).update(until=None)
    assert checks.prices(cast.company.pk).wrong == 1


def test_a_price_that_ended_leaves_none(cast, act, cola):
    actions.set_price(act("liu.min"), cola.pk, 1, "CNY", date(2026, 1, 1), until=date(2026, 1, 31))
    with pytest.raises(Missing):
        queries.price(cast.company.pk, cola.pk, None, "CNY", DAY)


def test_tax_follows_the_law_by_its_dates(cast, cola):
    company = cast.company.pk
    on = [
        (date(2018, 1, 1), "V17"),
        (date(2018, 5, 1), "V16"),
        (date(2019, 3, 31), "V16"),
        (date(2019, 4, 1), "V13"),
        (DAY, "V13"),
    ]
    assert [queries.tax(company, cola.tax_code_id, day).code for day, _c in on] == [c for _d, c in on]
    low = queries.tax_code(company, "V01")
    assert queries.tax(company, low.id, date(2028, 1, 1)).code == "V03"
    assert queries.taxes(company, [cola.pk], DAY)[cola.pk].rate == 13_000_000
    with pytest.raises(Missing):
        queries.tax(company, cola.tax_code_id, date(1990, 1, 1))
    assert checks.successors(company).wrong == 0
    TaxCode.objects.filter(code="V13").update(since=date(2019, 4, 2))
    assert checks.successors(company).wrong == 1


def test_a_rate_in_use_is_succeeded_not_changed(cast, act, cola):
    with pytest.raises(Refused):
        actions.save_tax_code(act("admin"), "V13", "x", 12_000_000, date(2019, 4, 1))
    actions.save_tax_code(act("admin"), "V12", "销项税12%", 12_000_000, date(2027, 1, 1))
    actions.save_tax_code(
        act("admin"), "V13", "销项税13%", 13_000_000, date(2019, 4, 1), until=date(2026, 12, 31), successor="V12"
    )
    assert queries.tax(cast.company.pk, cola.tax_code_id, date(2027, 1, 1)).rate == 12_000_000
    with pytest.raises(Denied):
        actions.save_tax_code(act("liu.min"), "V99", "x", 1, DAY)


def test_loads_land_once(cast, act):
    rows = [
        {"row": 2, "external": "TG11", "name": "矿泉水", "unit": "箱", "tax_code": "V13"},
        {"row": 3, "external": "TG12", "name": "薯片", "unit": "箱", "tax_code": "V99"},
        {"row": 4, "external": "TG13", "name": "", "unit": "箱", "tax_code": "V13"},
    ]
    landed = actions.land_items(act("liu.min"), rows)
    assert (landed.created, [(f.row, f.field) for f in landed.faults]) == (1, [(3, "tax_code"), (4, "name")])
    again = actions.land_items(act("liu.min"), [{**rows[0], "name": "天然矿泉水"}])
    assert (again.created, again.changed) == (0, 1)
    assert queries.by_externals(cast.company.pk, ["TG11"])["TG11"].name == "天然矿泉水"
    prices = [{"item_id": landed.ids["TG11"], "price": 10**10, "currency": "CNY", "since": DAY}]
    assert actions.land_prices(act("liu.min"), prices) == 1
    assert actions.land_prices(act("liu.min"), prices) == 0
    assert actions.seed(act()) == 0


def test_best_price_is_of_the_day():
    row = rules.PriceRow(1, 1, None, "", "CNY", 5, "net", date(2026, 1, 1), date(2026, 1, 31))
    assert rules.best_price([row], 1, "ka", date(2026, 1, 31)) is not None
    assert rules.best_price([row], 1, "ka", date(2026, 2, 1)) is None
    assert (
        rules.best_price([rules.PriceRow(2, 1, None, "ka", "CNY", 6, "net", date(2026, 1, 1), None)], 1, "", DAY)
        is None
    )
