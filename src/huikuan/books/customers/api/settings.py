"""Groups, org units, payment terms and the due-date calculator."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from huikuan.books.customers import actions, queries
from huikuan.books.customers.api.accounts import amount_of, router
from huikuan.books.customers.models import Group, OrgUnit, Terms
from huikuan.books.customers.rules import Bases, describe, due_dates, prepay, read_terms
from huikuan.kit.money import scaled_text
from huikuan.office.company import queries as company_queries
from huikuan.web.rest import (
    Amount,
    Day,
    In,
    Out,
    Paged,
    Paging,
    act_of,
    if_match,
    paged,
    with_etag,
)
from huikuan.web.shell import language

# ---- groups and org units ------------------------------------------------------------------------------------


class GroupOut(Out):
    id: int
    number: str
    name: str
    name_en: str
    currency: str
    credit_limit: Amount | None
    version: int


class OrgOut(Out):
    id: int
    code: str
    kind: str
    name: str
    name_en: str
    parent: str | None
    since: Day
    until: Day | None


def _group(row: Group) -> GroupOut:
    limit = amount_of(row.credit_limit, row.currency)
    names = ("number", "name", "name_en", "currency", "version")
    return GroupOut(id=row.pk, credit_limit=limit, **{n: getattr(row, n) for n in names})


def _org(row: OrgUnit) -> OrgOut:
    names = ("code", "kind", "name", "name_en", "since", "until")
    return OrgOut(id=row.pk, parent=row.parent.code if row.parent else None, **{n: getattr(row, n) for n in names})


@router.get("/groups", response=Paged[GroupOut], summary="Customer groups")
def groups(request: Any, paging: Query[Paging]) -> Any:
    request.desk.must("customers.see")
    return paged(queries.group_rows(request.company.pk), paging, order="number", make=_group)


@router.get("/org-units", response=Paged[OrgOut], summary="Org units: BU, MU, RU, AU")
def org_units(request: Any, paging: Query[Paging]) -> Any:
    request.desk.must("customers.see")
    rows = queries.org_rows(request.company.pk).select_related("parent")
    return paged(rows, paging, order="code", make=_org)


# ---- payment terms -------------------------------------------------------------------------------------------


class TermsOut(Out):
    id: int
    code: str
    name: str
    name_en: str
    rule: dict[str, Any]
    words: str = Field(description="The rule in a few words")
    active: bool
    version: int


class TermsIn(In):
    code: str = Field(min_length=1, max_length=20)
    name: str = Field(min_length=1, max_length=100)
    name_en: str = Field("", max_length=100)
    rule: dict[str, Any]
    active: bool = True


def _terms(row: Terms) -> TermsOut:
    words = describe(read_terms(row.rule)).to(language())
    names = ("code", "name", "name_en", "rule", "active", "version")
    return TermsOut(id=row.pk, words=words, **{n: getattr(row, n) for n in names})


@router.get("/terms", response=Paged[TermsOut], summary="Payment terms")
def terms(request: Any, paging: Query[Paging]) -> Any:
    request.desk.must("customers.see")
    return paged(queries.terms_rows(request.company.pk), paging, order="code", make=_terms)


@router.put("/terms", response=TermsOut, summary="Make or change payment terms by their code")
def save_terms(request: HttpRequest, response: HttpResponse, body: TermsIn) -> Any:
    row = actions.save_terms(act_of(request), **body.dict(), version=if_match(request))
    with_etag(request, response, row.version)
    return _terms(row)


class TryIn(In):
    terms: str = Field(min_length=1, max_length=20)
    total: Amount
    invoice: Day
    order: Day | None = None
    received: Day | None = None
    signed_off: Day | None = None
    next_batch: Day | None = None
    contract_end: Day | None = None


class DiscountOut(Out):
    until: Day
    rate: str


class InstalmentOut(Out):
    amount: Amount
    due: Day | None
    base: Day | None
    awaiting: str = Field(description="The event that the date still waits for; empty when it is settled")
    discounts: list[DiscountOut]
    why: str
    warning: str | None


class TryOut(Out):
    words: str
    prepay: Amount = Field(description="What must be covered before the goods may go")
    instalments: list[InstalmentOut]


@router.post("/terms/try", response=TryOut, summary="When would it be due, and why")
def try_terms(request: Any, body: TryIn) -> Any:
    """Changes nothing: the function that billing uses, to ask."""
    request.desk.must("customers.see")
    company = request.company.pk
    rule = queries.terms(company, body.terms).data
    total = body.total.money("total")
    bases = Bases(body.invoice, body.order, body.received, body.signed_off, body.next_batch, body.contract_end)
    found = due_dates(rule, bases, total, company_queries.calendar(company))
    words = language()
    return TryOut(
        words=describe(rule).to(words),
        prepay=Amount.of(prepay(rule, total)),
        instalments=[
            InstalmentOut(
                amount=Amount.of(one.amount), due=one.due, base=one.base, awaiting=one.awaiting, why=one.why.to(words),
                discounts=[DiscountOut(until=d, rate=scaled_text(r, 10**8)) for d, r in one.discounts],
                warning=one.warning.to(words) if one.warning else None,
            )
            for one in found
        ],
    )  # fmt: skip
