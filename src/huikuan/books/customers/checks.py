"""What `verify` asks of the customers: names folded as they should be, payers that pay themselves, whole exposure rows.

Whether exposure equals what orders, bills and items say is asked by the floors that know these, with
`queries.exposure_amounts(company, layer)` and `compare`.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count, F

from huikuan.books.customers.models import Customer, Exposure, Terms
from huikuan.books.customers.queries import exposure_amounts
from huikuan.books.customers.rules import fold, read_terms
from huikuan.kit.errors import Invalid
from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.office.trail.hands import Check, Finding

_NAMED = 20


def compare(company: int, layer: str, counted: Mapping[tuple[int, str], int]) -> Finding:
    """One layer as stored against a recount, (payer id, currency) -> minor units. For the floor that can count it."""
    stored = exposure_amounts(company, layer)
    wrong = []
    for pk, currency in sorted({*stored, *(k for k, v in counted.items() if v)}):
        there, should = stored.get((pk, currency), 0), counted.get((pk, currency), 0)
        if there != should:
            wrong.append(f"customer {pk} {layer}: {Money(there, currency)} stored, {Money(should, currency)} counted")
    return Finding(len({*stored, *counted}), tuple(wrong[:_NAMED]), len(wrong))


def payers(company: int) -> Finding:
    """Who pays for others pays itself, and exposure stands on payers only."""
    rows = Customer.objects.filter(company_id=company)
    wrong = [f"customer {n} is paid for by one who does not pay itself" for n in rows.filter(payer__payer__isnull=False).values_list("number", flat=True)]  # fmt: skip
    stray = Exposure.objects.filter(company_id=company, customer__payer__isnull=False).exclude(amount=0)
    wrong += [f"customer {n} has exposure, but another pays" for n in stray.values_list("customer__number", flat=True)]
    return Finding(rows.count(), tuple(wrong[:_NAMED]), len(wrong))


def exposure_once(company: int) -> Finding:
    """One row for each payer, currency and layer; nothing below zero but open items (credits may outweigh)."""
    rows = Exposure.objects.filter(company_id=company)
    twice = rows.values("customer_id", "currency", "layer").annotate(n=Count("id")).filter(n__gt=1)
    wrong = [f"customer {t['customer_id']} {t['layer']} {t['currency']}: {t['n']} rows" for t in twice]
    strange = rows.exclude(customer__company_id=F("company_id"))
    wrong += [f"exposure row {pk} of another company's customer" for pk in strange.values_list("pk", flat=True)]
    return Finding(rows.count(), tuple(wrong[:_NAMED]), len(wrong))


def folded(company: int) -> Finding:
    """Matching goes by the folded name, so it must be the fold of the name."""
    checked, wrong = 0, []
    for number, name, kept in (
        Customer.objects.filter(company_id=company).values_list("number", "name", "folded").iterator(2000)
    ):
        checked += 1
        if fold(name) != kept:
            wrong.append(f"customer {number}: the folded name is not that of its name")
    return Finding(checked, tuple(wrong[:_NAMED]), len(wrong))


def readable_terms(company: int) -> Finding:
    wrong = []
    rows = list(Terms.objects.filter(company_id=company))
    for row in rows:
        try:
            read_terms(row.rule)
        except Invalid as e:
            wrong.append(f"terms {row.code}: {e}")
    return Finding(len(rows), tuple(wrong[:_NAMED]), len(wrong))


CHECKS = (
    Check("P01", _("Whoever pays for others pays itself, and exposure stands on payers"), payers),
    Check("P02", _("Exposure has one row for each payer, currency and layer"), exposure_once),
    Check("P03", _("Names are folded as matching expects"), folded),
    Check("P04", _("Payment terms can be read"), readable_terms),
)
