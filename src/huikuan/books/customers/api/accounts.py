"""Customers: opened, changed, blocked and closed; limits and base stock credit."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import Field, StringConstraints

from huikuan.books.customers import actions, queries
from huikuan.books.customers.models import Customer
from huikuan.books.customers.rules import check_tax_number
from huikuan.kit.errors import Invalid
from huikuan.kit.words import _
from huikuan.web.pages import get_or_missing
from huikuan.web.rest import (
    Amount,
    Day,
    Id,
    In,
    Out,
    Paged,
    Paging,
    Text,
    act_of,
    if_match,
    paged,
    with_etag,
)
from huikuan.web.shell import language

router = Router(tags=["customers"])

Words = Annotated[Text, Field(max_length=100)]
Number = Annotated[Text, Field(max_length=40)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Klass = Literal["ka", "distributor", "shop", "special", "indirect", "online", "other"]
State = Literal["open", "blocked", "closed"]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class CustomerOut(Out):
    id: int
    number: str
    external: str
    name: str
    name_en: str
    short_name: str
    klass: str
    state: str
    payer: str | None = Field(None, description="Number of the customer who owes; null when it pays itself")
    distributor: str | None = None
    group: str | None = None
    org: str | None = None
    terms: str | None = None
    currency: str
    language: str
    credit_limit: Amount | None = Field(None, description="null = no limit, 0 = nothing allowed")
    uscc: str
    uscc_warning: str | None = None
    tax_title: str
    tax_kind: str
    tax_address: str
    tax_phone: str
    tax_bank: str
    tax_account: str
    address: str
    contact: str
    phone: str
    email: str
    owner: str
    opened: Day | None = None
    base_stock: Amount | None = Field(
        None, description="Stands until the contract ends; null = the amount of the terms"
    )
    contract_end: Day | None = None
    version: int


class CustomerFacts(In):
    """Every field is optional on a change; references are written as numbers and codes, empty = none."""

    external: str | None = Field(None, max_length=40)
    name_en: str | None = Field(None, max_length=200)
    short_name: str | None = Field(None, max_length=60)
    klass: Klass | None = None
    payer: str | None = Field(None, max_length=20)
    distributor: str | None = Field(None, max_length=20)
    group: str | None = Field(None, max_length=20)
    org: str | None = Field(None, max_length=20)
    terms: str | None = Field(None, max_length=20)
    currency: Currency | None = None
    language: Literal["zh-hans", "en"] | None = None
    uscc: str | None = Field(None, max_length=20)
    tax_title: str | None = Field(None, max_length=300)
    tax_kind: Literal["general", "small", "person", "foreign"] | None = None
    tax_address: str | None = Field(None, max_length=300)
    tax_phone: str | None = Field(None, max_length=60)
    tax_bank: str | None = Field(None, max_length=120)
    tax_account: str | None = Field(None, max_length=50)
    address: str | None = Field(None, max_length=300)
    contact: str | None = Field(None, max_length=100)
    phone: str | None = Field(None, max_length=60)
    email: str | None = Field(None, max_length=254)
    owner: str | None = Field(None, max_length=150)


class CustomerIn(CustomerFacts):
    number: str = Field(min_length=1, max_length=20)
    name: str = Field(min_length=1, max_length=200)


class CustomerChange(CustomerFacts):
    number: str | None = Field(None, min_length=1, max_length=20)
    name: str | None = Field(None, min_length=1, max_length=200)


_PLAIN = (
    "number", "external", "name", "name_en", "short_name", "klass", "state", "currency", "language", "uscc", "tax_title", "tax_kind",
    "tax_address", "tax_phone", "tax_bank", "tax_account", "address", "contact", "phone", "email", "owner", "opened", "version",
)  # fmt: skip


def shown(row: Customer) -> CustomerOut:
    warning = check_tax_number(row.uscc) if row.tax_kind != "foreign" else None
    return CustomerOut(
        id=row.pk,
        payer=row.payer.number if row.payer else None,
        distributor=row.distributor.number if row.distributor else None,
        group=row.group.number if row.group else None,
        org=row.org.code if row.org else None,
        terms=row.terms.code if row.terms else None,
        base_stock=None if row.base_stock is None else Amount.minor(row.base_stock, row.currency),
        contract_end=row.contract_end,
        credit_limit=None if row.credit_limit is None else Amount.minor(row.credit_limit, row.currency),
        uscc_warning=warning.to(language()) if warning else None,
        **{name: getattr(row, name) for name in _PLAIN},
    )


def amount_of(minor: int | None, currency: str) -> Amount | None:
    return None if minor is None else Amount.minor(minor, currency)


def row_of(request: Any, pk: int) -> Customer:
    rows = queries.rows(request.company.pk).select_related("payer", "distributor", "group", "org", "terms")
    found: Customer = get_or_missing(rows, request.company.pk, pk, _("There is no such customer."))
    return found


@router.get("/", response=Paged[CustomerOut], summary="Customers")
def customers(
    request: Any,
    paging: Query[Paging],
    q: Words | None = None,
    number: Number | None = None,
    state: State | None = None,
    klass: Klass | None = None,
) -> Any:
    """`q` looks in number, name, other names, pinyin initials, tax number and bank accounts."""
    request.desk.must("customers.see")
    company = request.company.pk
    rows = queries.matching(company, q) if q and q.strip() else queries.rows(company)
    rows = rows.select_related("payer", "distributor", "group", "org", "terms")
    for name, value in (("number", number), ("state", state), ("klass", klass)):
        rows = rows.filter(**{name: value}) if value else rows
    return paged(rows, paging, order="number", make=shown)


@router.post("/", response={201: CustomerOut}, summary="Open a customer account")
def create(request: HttpRequest, response: HttpResponse, body: CustomerIn) -> Any:
    """The limit begins at 0; credit sets it."""
    row = actions.create(act_of(request), **body.dict(exclude_none=True))
    with_etag(request, response, row.version)
    return Status(201, shown(row_of(request, row.pk)))


@router.get("/customer/{pk}", response=CustomerOut, summary="A customer")
def customer(request: Any, response: HttpResponse, pk: Id) -> Any:
    request.desk.must("customers.see")
    row = row_of(request, pk)
    with_etag(request, response, row.version)
    return shown(row)


@router.patch("/customer/{pk}", response=CustomerOut, summary="Change a customer")
def change(request: HttpRequest, response: HttpResponse, pk: Id, body: CustomerChange) -> Any:
    """Fields that are left out stay as they are. If-Match names the version that was read (412 when it is stale)."""
    facts = {k: ("" if v is None else v) for k, v in body.dict(exclude_unset=True).items()}
    row = actions.change(act_of(request), pk, facts, if_match(request))
    with_etag(request, response, row.version)
    return shown(row_of(request, row.pk))


class StateIn(In):
    state: State
    reason: Reason


@router.post("/customer/{pk}/state", response=CustomerOut, summary="Block, unblock, close or reopen an account")
def state(request: HttpRequest, response: HttpResponse, pk: Id, body: StateIn) -> Any:
    row = actions.set_state(act_of(request), pk, body.state, body.reason, if_match(request))
    with_etag(request, response, row.version)
    return shown(row_of(request, row.pk))


class LimitIn(In):
    limit: Amount | None = Field(None, description="In the customer's currency; null = no limit")
    reason: Reason


class LimitOut(Out):
    done: bool = Field(description="true: the limit holds. false: it waits for approval")
    approval: int | None = None
    customer: CustomerOut


@router.post("/customer/{pk}/limit", response=LimitOut, summary="Lower a limit, or ask for a higher one")
def limit(request: HttpRequest, pk: Id, body: LimitIn) -> Any:
    minor = None
    if body.limit is not None:
        row = row_of(request, pk)
        money = body.limit.money("limit")
        if money.currency != row.currency:
            raise Invalid.one(
                "limit", body.limit.currency, _("the limit of this customer is in %(currency)s", currency=row.currency)
            )
        minor = money.minor
    asked = actions.ask_limit(act_of(request), pk, minor, body.reason, if_match(request))
    return LimitOut(done=not asked, approval=asked or None, customer=shown(row_of(request, pk)))


class BaseStockIn(In):
    amount: Amount | None = Field(None, description="null = the amount of the payment terms")
    contract_end: Day | None = None
    reason: Reason


@router.put("/customer/{pk}/base-stock", response=CustomerOut, summary="Base stock credit and the contract's end")
def base_stock(request: HttpRequest, response: HttpResponse, pk: Id, body: BaseStockIn) -> Any:
    """The oldest open invoices stand up to the amount until the contract ends; what no longer stands falls due."""
    minor = None
    if body.amount is not None:
        money, currency = body.amount.money("amount"), row_of(request, pk).currency
        if money.currency != currency:
            reason = _("the limit of this customer is in %(currency)s", currency=currency)
            raise Invalid.one("amount", money.currency, reason)
        minor = money.minor
    row = actions.set_base_stock(act_of(request), pk, minor, body.contract_end, body.reason, if_match(request))
    with_etag(request, response, row.version)
    return shown(row_of(request, row.pk))
