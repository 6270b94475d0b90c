"""What customers hang on: payment terms, groups, org units, credit policies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q, QuerySet

from huikuan.books.customers.models import CreditPolicy, Group, OrgUnit, Terms
from huikuan.books.customers.queries.people import by_id, chunks
from huikuan.books.customers.rules import TermsData, klass_name, read_terms
from huikuan.kit.errors import Missing
from huikuan.kit.words import Say, _


@dataclass(frozen=True, slots=True)
class TermsFound:
    id: int
    code: str
    name: str
    name_en: str
    data: TermsData

    def title(self, language: str) -> str:
        return (self.name_en or self.name) if language.startswith("en") else self.name


@dataclass(frozen=True, slots=True)
class PolicyFound:
    """What the credit check asks of a payer, and why this policy."""

    check_limit: bool = True
    oldest_overdue_days: int | None = None
    overdue_share: int | None = None  # 10^-8
    horizon_days: int | None = None
    grace_days: int = 0
    why: Say = field(default_factory=lambda: _("No policy is set: only the limit is checked."))


@dataclass(frozen=True, slots=True)
class Unit:
    """An org unit with its place in the tree, topmost first (ids)."""

    id: int
    kind: str
    code: str
    name: str
    name_en: str
    parent: int | None
    path: tuple[int, ...]
    since: date
    until: date | None


def _terms(row: Terms) -> TermsFound:
    return TermsFound(row.pk, row.code, row.name, row.name_en, read_terms(row.rule))


def terms(company: int, code: str) -> TermsFound:
    """Raises Missing."""
    row = Terms.objects.filter(company_id=company, code=code).first()
    if row is None:
        raise Missing(_("There are no payment terms %(code)s.", code=code))
    return _terms(row)


def terms_by_ids(company: int, ids: Collection[int]) -> dict[int, TermsFound]:
    return {
        row.pk: _terms(row) for part in chunks(ids) for row in Terms.objects.filter(company_id=company, pk__in=part)
    }


def terms_of(company: int, customer_id: int) -> TermsFound:
    """The customer's own terms, or the payer's; without any, due at once."""
    one = by_id(company, customer_id)
    pk = one.terms or (by_id(company, one.payer).terms if one.payer != one.id else None)
    if pk is None:
        return TermsFound(0, "", "即期", "Due at once", TermsData())
    return terms_by_ids(company, [pk])[pk]


def terms_rows(company: int) -> QuerySet[Terms]:
    return Terms.objects.filter(company_id=company)


def group_rows(company: int) -> QuerySet[Group]:
    return Group.objects.filter(company_id=company)


def org_rows(company: int) -> QuerySet[OrgUnit]:
    return OrgUnit.objects.filter(company_id=company)


def units(company: int, on: date | None = None) -> dict[int, Unit]:
    """Org units by id, with their path from the top. `on`: only those valid that day."""
    found = {row.pk: row for row in org_rows(company)}

    def path(pk: int) -> tuple[int, ...]:
        steps: list[int] = []
        at: int | None = pk
        while at is not None and at not in steps:
            steps.append(at)
            at = found[at].parent_id
        return tuple(reversed(steps))

    return {
        pk: Unit(pk, u.kind, u.code, u.name, u.name_en, u.parent_id, path(pk), u.since, u.until)
        for pk, u in found.items()
        if on is None or (u.since <= on and (u.until is None or on <= u.until))
    }


def policy_of(company: int, customer_id: int) -> PolicyFound:
    """The customer's own policy, else its class's, else the company's, else only the limit."""
    one = by_id(company, customer_id)
    found = CreditPolicy.objects.filter(company_id=company).filter(
        Q(customer_id=customer_id) | Q(customer__isnull=True, klass__in=("", one.klass))
    )
    ranked = sorted(found, key=lambda p: (p.customer_id is None, p.klass == ""))
    if not ranked:
        return PolicyFound()
    best = ranked[0]
    if best.customer_id:
        why = _("The policy set for this customer.")
    elif best.klass:
        why = _("The policy of the class %(klass)s.", klass=klass_name(best.klass))
    else:
        why = _("The company's policy.")
    return PolicyFound(
        best.check_limit, best.oldest_overdue_days, best.overdue_share, best.horizon_days, best.grace_days, why
    )


def policy_rows(company: int) -> QuerySet[CreditPolicy]:
    return CreditPolicy.objects.filter(company_id=company).select_related("customer")
