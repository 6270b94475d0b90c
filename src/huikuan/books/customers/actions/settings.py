"""What customers hang on: payment terms, groups, org units, credit policies. Saved by its code: made or changed."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from django.db.models import Model

from huikuan.books.customers.models import KLASSES, ORG_KINDS, CreditPolicy, Customer, Group, OrgUnit, Terms
from huikuan.books.customers.rules import STANDARD, read_terms, write_terms
from huikuan.kit.errors import Invalid, Missing, Stale
from huikuan.kit.money import RATE_SCALE, exponent
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company import queries as company_queries
from huikuan.office.trail.act import Act, action

M = TypeVar("M", bound=Model)


def save_row(act: Act, model: type[M], key: dict[str, Any], values: dict[str, Any], version: int | None) -> M:
    """Make the row of this key or change it; differences go into the trail."""
    row: Any = model._default_manager.select_for_update(no_key=True).filter(company_id=act.company, **key).first()
    kind = model._meta.label_lower
    if row is None:
        if version:
            raise Missing(_("It no longer exists."))
        row = model._default_manager.create(company_id=act.company, **key, **values)
        act.subject(ref(kind, row.pk))
        return row  # type: ignore[no-any-return]
    act.subject(ref(kind, row.pk))
    if version is not None and version != row.version:
        raise Stale(_("Someone else changed this meanwhile. Look at it again before you save."))
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        act.changed(ref(kind, row.pk), name, getattr(row, name), values[name])
        setattr(row, name, values[name])
    if changed:
        row.version += 1
        row.save(update_fields=[*changed, "version"])
    return row  # type: ignore[no-any-return]


def _named(code: str, name: str, most: int) -> None:
    if not code.strip() or len(code) > 20:
        raise Invalid.one("code", code, _("must have 1 to 20 characters"))
    if not name.strip() or len(name) > most:
        raise Invalid.one("name", name, _("must have 1 to %(most)s characters", most=most))


@action("customers.save_terms", needs="customers.terms")
def save_terms(
    act: Act,
    code: str,
    name: str,
    rule: dict[str, Any],
    name_en: str = "",
    active: bool = True,
    version: int | None = None,
) -> Terms:
    """Payment terms (the rule as rules.terms says). A change holds for what is billed from now on."""
    _named(code, name, 100)
    rule = write_terms(read_terms(rule))
    values = {"name": name, "name_en": name_en[:100], "rule": rule, "active": active}
    return save_row(act, Terms, {"code": code}, values, version)


@action("customers.save_group", needs="customers.write")
def save_group(
    act: Act, number: str, name: str, name_en: str = "", currency: str = "", version: int | None = None
) -> Group:
    """A group of customers. Its limit is credit's business (limits.ask_group_limit)."""
    _named(number, name, 200)
    values = {"name": name, "name_en": name_en[:200]}
    if currency:
        exponent(currency)
        values["currency"] = currency
    elif not Group.objects.filter(company_id=act.company, number=number).exists():
        values["currency"] = company_queries.by_id(act.company).currency
    return save_row(act, Group, {"number": number}, values, version)


@action("customers.save_org", needs="customers.write")
def save_org(
    act: Act,
    code: str,
    kind: str,
    name: str,
    since: date,
    parent: str = "",
    name_en: str = "",
    until: date | None = None,
    version: int | None = None,
) -> OrgUnit:
    """An org unit under its parent: BU › MU › RU › AU, no level skipped upwards."""
    _named(code, name, 200)
    if kind not in ORG_KINDS:
        raise Invalid.one("kind", kind, _("is not one of %(choices)s", choices=list(ORG_KINDS)))
    above = OrgUnit.objects.filter(company_id=act.company, code=parent).first() if parent else None
    if parent and above is None:
        raise Invalid.one("parent", parent, _("is not known here"))
    if (above is None) != (kind == "BU") or (above and ORG_KINDS.index(above.kind) >= ORG_KINDS.index(kind)):
        raise Invalid.one("parent", parent, _("must be a unit above: BU, MU, RU, AU in this order"))
    if until and until < since:
        raise Invalid.one("until", until, _("is before the first day"))
    values = {
        "kind": kind, "name": name, "name_en": name_en[:200], "parent_id": above.pk if above else None,
        "since": since, "until": until,
    }  # fmt: skip
    return save_row(act, OrgUnit, {"code": code}, values, version)


@action("customers.save_policy", needs="customers.policy")
def save_policy(
    act: Act,
    klass: str = "",
    customer_id: int | None = None,
    check_limit: bool = True,
    oldest_overdue_days: int | None = None,
    overdue_share: int | None = None,
    horizon_days: int | None = None,
    grace_days: int = 0,
    version: int | None = None,
) -> CreditPolicy:
    """What the credit check asks: for a customer, a class, or the company (neither given)."""
    if klass and klass not in KLASSES:
        raise Invalid.one("klass", klass, _("is not one of %(choices)s", choices=list(KLASSES)))
    if klass and customer_id:
        raise Invalid.one("klass", klass, _("cannot stand beside a customer: a policy is for one or the other"))
    if customer_id and not Customer.objects.filter(company_id=act.company, pk=customer_id).exists():
        raise Missing(_("There is no such customer."))
    if overdue_share is not None and not 0 <= overdue_share <= RATE_SCALE:
        raise Invalid.one("overdue_share", overdue_share, _("must be between 0 and 100 %%"))
    for name, days in (
        ("oldest_overdue_days", oldest_overdue_days),
        ("horizon_days", horizon_days),
        ("grace_days", grace_days),
    ):
        if days is not None and not 0 <= days <= 3660:
            raise Invalid.one(name, days, _("must be a whole number of days from 0 to %(most)s", most=3660))
    values = {
        "check_limit": check_limit, "oldest_overdue_days": oldest_overdue_days, "overdue_share": overdue_share,
        "horizon_days": horizon_days, "grace_days": grace_days,
    }  # fmt: skip
    return save_row(act, CreditPolicy, {"klass": klass, "customer_id": customer_id}, values, version)


@action("customers.seed", needs=None)
def seed(act: Act) -> int:
    """Terms and a credit policy to begin with. Safe to call again: what is there stays as it is."""
    there = set(Terms.objects.filter(company_id=act.company).values_list("code", flat=True))
    currency = company_queries.by_id(act.company).currency
    rows = [
        Terms(company_id=act.company, code=code, name=name, name_en=name_en, rule=write_terms(read_terms(rule)))
        for code, name, name_en, rule in STANDARD
        if code not in there and (rule.get("kind") != "base_stock" or currency == "CNY")
    ]
    Terms.objects.bulk_create(rows)
    CreditPolicy.objects.get_or_create(company_id=act.company, klass="", customer=None, defaults={"check_limit": True})
    return len(rows)
