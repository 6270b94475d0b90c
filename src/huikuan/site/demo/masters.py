"""The demo's first day: people, customers, goods, prices, limits, credit rules, our bank accounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.contrib.auth.hashers import make_password

from huikuan.books.catalog import actions as catalog
from huikuan.books.customers import actions as customers
from huikuan.kit.money import RATE_SCALE, parse_price
from huikuan.office.company import actions as company
from huikuan.office.trail.act import Act
from huikuan.site.cast import COMPANY, PASSWORD, PEOPLE
from huikuan.site.demo.firm import CITIES, GROUPS, ITEMS, UNITS, Buyer

# class -> share of the list price (10^-8)
PRICES = {"ka": 92, "distributor": 86, "special": 95, "indirect": 97, "online": 90}
FIRST_PRICE_DAY = date(2026, 1, 1)

Door = Callable[..., Act]


def open_company(at: datetime) -> int:
    """The company and its cast; returns the company's id."""
    made = company.open_company(Act(by="system", company=None, at=at, door="demo"), **COMPANY)
    hashed = make_password(PASSWORD)
    for login, roles, facts in PEOPLE:
        act = Act(by="system", company=made.pk, at=at, door="demo")
        company.add_person(act, login, roles=list(roles), password_hash=hashed, **facts)
    return made.pk


def settle_in(door: Door, buyers: list[Buyer]) -> tuple[dict[str, int], dict[str, int]]:
    """Customers and goods. Returns (customer ids, item ids) by number."""
    for code, kind, name, name_en, parent in UNITS:
        customers.save_org(door("liu.min"), code, kind, name, FIRST_PRICE_DAY, parent=parent, name_en=name_en)
    groups = [customers.save_group(door("liu.min"), *row).pk for row in GROUPS]
    people = customers.land(door("system"), [_customer(b) for b in buyers])  # limits come with the take-over
    ids = {b.number: people.ids[b.number] for b in buyers}
    for b in buyers:
        if not b.payer:
            customers.add_bank_account(door("liu.min"), ids[b.number], b.account, b.name, "中国工商银行")
    customers.ask_group_limit(door("chen.jing"), groups[0], 150_000_000, "集团授信 Group limit")
    customers.save_policy(door("admin"), oldest_overdue_days=30, overdue_share=RATE_SCALE // 2)
    customers.save_policy(door("admin"), klass="ka", oldest_overdue_days=60)
    goods = catalog.land_items(door("system"), [_item(i) for i in ITEMS])
    prices = []
    for number, _name, _en, _unit, _tax, price in ITEMS:
        listed = parse_price(price)
        row = {"item_id": goods.ids[number], "currency": "CNY", "mode": "net", "since": FIRST_PRICE_DAY}
        prices.append({**row, "price": listed})
        prices += [{**row, "klass": klass, "price": listed * share // 100} for klass, share in PRICES.items()]
    catalog.land_prices(door("system"), prices)
    return ids, {number: goods.ids[number] for number, *_rest in ITEMS}


def _customer(b: Buyer) -> dict[str, object]:
    where, _en, unit, _region = CITIES[b.city]
    return {
        "number": b.number, "name": b.name, "name_en": b.name_en, "klass": b.klass, "org": unit, "terms": b.terms,
        "payer": b.payer, "group": b.group, "distributor": b.distributor, "uscc": b.uscc, "tax_title": b.name,
        "tax_account": b.account, "tax_bank": "中国工商银行" + where + "分行", "address": where + "市人民路1号", "owner": "chen.jing",
        "credit_limit": None if b.limit is None else b.limit * 100,
    }  # fmt: skip


def _item(row: tuple[str, str, str, str, str, str]) -> dict[str, object]:
    number, name, name_en, unit, tax, _price = row
    return {"number": number, "name": name, "name_en": name_en, "unit": unit, "tax_code": tax}
