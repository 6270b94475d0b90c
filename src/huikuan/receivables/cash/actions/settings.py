"""Our accounts, thresholds, rates and lessons."""

from __future__ import annotations

from typing import Any

from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.money import currencies, parse_rate
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company import queries as company
from huikuan.office.company.actions import set_setting
from huikuan.office.trail.act import Act, action
from huikuan.receivables.cash import queries
from huikuan.receivables.cash.models import HouseBank, Lesson
from huikuan.receivables.cash.rules import Limits


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
    """Keep the column map with which the files of an account are read from now on."""
    bank = HouseBank.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=bank_id).first()
    if bank is None:
        raise Missing(_("There is no such account."))
    act.subject(ref("cash.bank", bank.pk))
    act.changed(ref("cash.bank", bank.pk), "map", str(bank.map or ""), str(given or ""))
    bank.map, bank.version = given, bank.version + 1
    bank.save(update_fields=["map", "version"])
    return bank


@action("cash.set_limits", needs="cash.rules")
def set_limits(act: Act, values: dict[str, int]) -> None:
    """The thresholds of matching: from which score a line is cleared by itself, from which it is shown."""
    wrong = sorted(set(values) - set(Limits.__dataclass_fields__))
    if wrong:
        raise Invalid.one(wrong[0], values[wrong[0]], _("There is no such threshold."))
    if not 50 <= values.get("clear", 90) <= 101 or not 0 <= values.get("propose", 40) <= values.get("clear", 90):
        raise Invalid.one("clear", values.get("clear"), _("clearing needs a score of 50 to 101, showing one no higher"))
    set_setting(act, "cash.match", values)


@action("cash.set_rate", needs="cash.rules")
def set_rate(act: Act, currency: str, rate: str) -> None:
    """Company currency for one of `currency`, as "7.1234". Used for receipts that are posted from now on."""
    try:
        value = parse_rate(rate)
    except ValueError as e:
        raise Invalid.one("rate", rate, _("This is not a rate.")) from e
    if value <= 0 or currency not in currencies():
        raise Invalid.one("rate", rate, _("This is not a rate."))
    stored = dict(company.setting(act.company, "cash.rates", {}) or {})
    set_setting(act, "cash.rates", {**stored, currency: value})


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
