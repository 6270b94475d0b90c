"""Our accounts, thresholds, rates and lessons."""

from __future__ import annotations

from datetime import date
from typing import Any

from huikuan.books.catalog import actions as catalog
from huikuan.books.customers import queries as customers
from huikuan.books.customers.rules import account_key, fold
from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.money import currencies
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, action
from huikuan.receivables.cash import queries
from huikuan.receivables.cash.models import HouseBank, Lesson
from huikuan.receivables.cash.rules import is_house


@action("cash.open_house_bank", needs="cash.import")
def open_house_bank(
    act: Act,
    number: str,
    name: str = "",
    currency: str = "",
    bank: str = "",
    account: str = "1002",
    spellings: list[str] | None = None,
) -> HouseBank:
    """An account of ours that statements may be imported for. Refused when there is one with that number."""
    number = number.strip()
    if not number:
        raise Invalid.one("number", number, _("an account has a number"))
    money = currency or company.by_id(act.company).currency
    if money not in currencies():
        raise Invalid.one("currency", money, _("There is no such currency."))
    if queries.house_bank(act.company, number):
        raise Refused(_("There is an account %(number)s already.", number=number))
    made = HouseBank.objects.create(
        company_id=act.company, number=number[:60], name=(name or number)[:120], bank=bank[:120], currency=money, account=account,
        spellings=spellings or [],
    )  # fmt: skip
    act.subject(ref("cash.bank", made.pk))
    return made


@action("cash.set_map", needs="cash.import")
def set_map(act: Act, bank_id: int, given: dict[str, Any] | None) -> HouseBank:
    """Keep the column map with which the files of an account are read from now on. Raises Invalid that names each key
    which the reader of bank files does not understand."""
    from huikuan.receivables.cash.actions.imports import door  # which opens accounts, and so imports this room

    assert door.check_map is not None
    door.check_map(given)
    bank = HouseBank.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=bank_id).first()
    if bank is None:
        raise Missing(_("There is no such account."))
    act.subject(ref("cash.bank", bank.pk))
    act.changed(ref("cash.bank", bank.pk), "map", str(bank.map or ""), str(given or ""))
    bank.map, bank.version = given, bank.version + 1
    bank.save(update_fields=["map", "version"])
    return bank


@action("cash.map_account", needs="cash.import")
def map_account(act: Act, number: str, given: dict[str, Any]) -> HouseBank:
    """`set_map` for the account with that number, opened where there is none: both or neither."""
    found = queries.house_bank(act.company, number) or open_house_bank(act, number)
    return set_map(act, found.pk, given)


@action("cash.set_rate", needs="cash.rules")
def set_rate(act: Act, currency: str, rate: str, on: date | None = None) -> None:
    """Company currency for one of `currency`, as "7.1234", from a day on (today). Kept with the other exchange rates."""
    day = on or company.today(act)
    row = {"currency": currency, "on": day.isoformat(), "rate": rate}
    catalog.set_rates(act, [(1, row)], "cash.set_rate", True)


@action("cash.end_lesson", needs="cash.apply")
def end_lesson(act: Act, lesson_id: int, reason: str = "") -> Lesson:
    """A lesson was wrong: it is not used any more."""
    found = Lesson.objects.filter(company_id=act.company, pk=lesson_id).first()
    if found is None:
        raise Missing(_("There is no such lesson."))
    found.live = False
    found.save(update_fields=["live"])
    act.subject(ref("customers.customer", found.customer_id))
    act.note(name=found.shown, reason=reason)
    return found


@action("cash.teach", needs="cash.apply")
def teach(act: Act, customer_id: int, name: str = "", account: str = "") -> list[Lesson]:
    """Say that a name or an account pays for a customer: a former name, a legal person, an affiliate. Payment houses pay
    for everybody and teach nothing."""
    owner = customers.by_id(act.company, customer_id)
    if is_house(name):
        raise Refused(_("%(name)s pays for everybody; its name says nothing about who owes.", name=name))
    given = [("name", fold(name), name), ("account", account_key(account), account)]
    if not any(key for _kind, key, _shown in given):
        raise Invalid.one("name", name, _("name who pays, or from which account"))
    out = []
    for kind, key, shown in given:
        if not key:
            continue
        Lesson.objects.filter(company_id=act.company, kind=kind, key=key, live=True).exclude(
            customer_id=owner.id
        ).update(live=False)  # the newest lesson counts
        row, _made = Lesson.objects.update_or_create(
            company_id=act.company, kind=kind, key=key, customer_id=owner.id,
            defaults={"shown": shown[:300], "line": None, "live": True, "by": act.by, "at": act.at, "act": act.id},
        )  # fmt: skip
        out.append(row)
    act.subject(ref("customers.customer", owner.id))
    act.note(name=name, lessons=len(out))
    return out
