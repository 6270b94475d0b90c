"""What `verify` asks of the customers: names folded as they should be, payers that pay themselves, whole exposure rows.

Whether exposure equals what orders, bills and items say is asked by the floors that know these, with
`queries.exposure_amounts(company, layer)` and `compare`.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count, F

from huikuan.books.customers.models import Customer, Exposure, Group, Terms
from huikuan.books.customers.queries import exposure_amounts
from huikuan.books.customers.rules import fold, read_terms
from huikuan.kit.errors import Invalid
from huikuan.kit.money import Money
from huikuan.kit.words import Say, _
from huikuan.office.trail.hands import Broken, Check, Finding
from huikuan.office.trail.queries import records, told

_NAMED = 200


def _customer(pk: int, name: str, field: str, why: Say) -> Broken:
    return Broken(f"customers.customer:{pk}", name, field, why)


def compare(company: int, layer: str, counted: Mapping[tuple[int, str], int]) -> Finding:
    """One layer as stored against a recount, (payer id, currency) -> minor units. For the floor that can count it."""
    stored = exposure_amounts(company, layer)
    wrong = []
    for pk, currency in sorted({*stored, *(k for k, v in counted.items() if v)}):
        there, should = stored.get((pk, currency), 0), counted.get((pk, currency), 0)
        if there != should:
            why = _("says %(told)s, counted %(real)s.", told=Money(there, currency), real=Money(should, currency))
            wrong.append(_customer(pk, f"customer {pk}", layer, why))
    return Finding(len({*stored, *counted}), tuple(wrong[:_NAMED]), len(wrong))


def payers(company: int) -> Finding:
    """Who pays for others pays itself, and exposure stands on payers only."""
    rows = Customer.objects.filter(company_id=company)
    why = _("is paid for by one who does not pay itself.")
    second = rows.filter(payer__payer__isnull=False).values_list("pk", "number")
    wrong = [_customer(pk, n, "payer", why) for pk, n in second]
    stray = Exposure.objects.filter(company_id=company, customer__payer__isnull=False).exclude(amount=0)
    why = _("has exposure, but another pays.")
    wrong += [_customer(pk, n, "exposure", why) for pk, n in stray.values_list("customer_id", "customer__number")]
    return Finding(rows.count(), tuple(wrong[:_NAMED]), len(wrong))


def exposure_once(company: int) -> Finding:
    """One row for each payer, currency and layer; nothing below zero but open items (credits may outweigh)."""
    rows = Exposure.objects.filter(company_id=company)
    twice = rows.values("customer_id", "currency", "layer").annotate(n=Count("id")).filter(n__gt=1)
    wrong = [
        _customer(t["customer_id"], f"customer {t['customer_id']}", f"{t['layer']} {t['currency']}", _("stands twice."))
        for t in twice
    ]
    strange = rows.exclude(customer__company_id=F("company_id"))
    why = _("is of another company's customer.")
    wrong += [
        Broken(f"customers.exposure:{pk}", f"exposure row {pk}", "customer", why)
        for pk in strange.values_list("pk", flat=True)
    ]
    return Finding(rows.count(), tuple(wrong[:_NAMED]), len(wrong))


def folded(company: int) -> Finding:
    """Matching goes by the folded name, so it must be the fold of the name."""
    checked, wrong = 0, []
    why = _("is not the fold of its name.")
    for pk, number, name, kept in (
        Customer.objects.filter(company_id=company).values_list("pk", "number", "name", "folded").iterator(2000)
    ):
        checked += 1
        if fold(name) != kept:
            wrong.append(_customer(pk, number, "folded", why))
    return Finding(checked, tuple(wrong[:_NAMED]), len(wrong))


def readable_terms(company: int) -> Finding:
    wrong = []
    rows = list(Terms.objects.filter(company_id=company))
    for row in rows:
        try:
            read_terms(row.rule)
        except Invalid as e:
            wrong.append(Broken(f"customers.terms:{row.pk}", f"terms {row.code}", "rule", e.say))
    return Finding(len(rows), tuple(wrong[:_NAMED]), len(wrong))


def limits_set(company: int) -> Finding:
    """I15: a credit limit is what the last act that changed it says, or what the customer was made with. A group is made
    without one. Customers of loads that did not tell are asked once their limit has been changed."""
    made: dict[int, int | None] = {}
    acts = records(company).filter(name__in=("customers.create", "customers.land"), outcome="done").order_by("pk")
    for name, subject, given, facts in acts.values_list("name", "subject", "input", "facts").iterator(2000):
        if name == "customers.create":
            made[int(subject.rpartition(":")[2])] = (given.get("facts") or {}).get("credit_limit", 0)
        made |= {int(pk): limit for pk, limit in facts.get("limits", {}).items()}
    ways = ("customers.set_limit", "customers.grant_limit", "customers.land")
    now = {s: last for s, (_first, last) in told(company, ways, "credit_limit").items()}
    group_ways = ("customers.ask_group_limit", "customers.grant_group_limit")
    groups = {s: last for s, (_first, last) in told(company, group_ways, "credit_limit").items()}
    checked, wrong = 0, []
    why = _("is not what acts set it to.")
    rows = Customer.objects.filter(company_id=company).order_by("pk").values_list("pk", "number", "credit_limit")
    for pk, number, limit in rows.iterator(5000):
        subject = f"customers.customer:{pk}"
        checked += 1
        if (subject in now or pk in made) and limit != now.get(subject, made.get(pk)):
            wrong.append(_customer(pk, number, "credit_limit", why))
    for pk, number, limit in Group.objects.filter(company_id=company).values_list("pk", "number", "credit_limit"):
        checked += 1
        if limit != groups.get(f"customers.group:{pk}"):
            wrong.append(Broken(f"customers.group:{pk}", number, "credit_limit", why))
    return Finding(checked, tuple(wrong[:_NAMED]), len(wrong))


CHECKS = (
    Check("P01", _("Whoever pays for others pays itself, and exposure stands on payers"), payers),
    Check("P02", _("Exposure has one row for each payer, currency and layer"), exposure_once),
    Check("P03", _("Names are folded as matching expects"), folded),
    Check("P04", _("Payment terms can be read"), readable_terms),
    Check("I15", _("Credit limits are what acts set them to"), limits_set),
)
