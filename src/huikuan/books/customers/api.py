"""The REST door of the customers: customers, their limits and accounts, payment terms with the due-date calculator."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import Field, StringConstraints, model_validator

from huikuan.books.customers import actions, queries
from huikuan.books.customers.models import Customer, Group, OrgUnit, Terms
from huikuan.books.customers.rules import Bases, check_tax_number, describe, due_dates, prepay, read_terms
from huikuan.kit.errors import Invalid
from huikuan.kit.money import scaled_text
from huikuan.kit.private import masked
from huikuan.kit.words import _
from huikuan.office.company import queries as company_queries
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
    paged_list,
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


def _row(request: Any, pk: int) -> Customer:
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
    return Status(201, shown(_row(request, row.pk)))


@router.get("/customer/{pk}", response=CustomerOut, summary="A customer")
def customer(request: Any, response: HttpResponse, pk: Id) -> Any:
    request.desk.must("customers.see")
    row = _row(request, pk)
    with_etag(request, response, row.version)
    return shown(row)


@router.patch("/customer/{pk}", response=CustomerOut, summary="Change a customer")
def change(request: HttpRequest, response: HttpResponse, pk: Id, body: CustomerChange) -> Any:
    """Fields that are left out stay as they are. If-Match names the version that was read (412 when it is stale)."""
    facts = {k: ("" if v is None else v) for k, v in body.dict(exclude_unset=True).items()}
    row = actions.change(act_of(request), pk, facts, if_match(request))
    with_etag(request, response, row.version)
    return shown(_row(request, row.pk))


class StateIn(In):
    state: State
    reason: Reason


@router.post("/customer/{pk}/state", response=CustomerOut, summary="Block, unblock, close or reopen an account")
def state(request: HttpRequest, response: HttpResponse, pk: Id, body: StateIn) -> Any:
    row = actions.set_state(act_of(request), pk, body.state, body.reason, if_match(request))
    with_etag(request, response, row.version)
    return shown(_row(request, row.pk))


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
        row = _row(request, pk)
        money = body.limit.money("limit")
        if money.currency != row.currency:
            raise Invalid.one(
                "limit", body.limit.currency, _("the limit of this customer is in %(currency)s", currency=row.currency)
            )
        minor = money.minor
    asked = actions.ask_limit(act_of(request), pk, minor, body.reason, if_match(request))
    return LimitOut(done=not asked, approval=asked or None, customer=shown(_row(request, pk)))


class BaseStockIn(In):
    amount: Amount | None = Field(None, description="null = the amount of the payment terms")
    contract_end: Day | None = None
    reason: Reason


@router.put("/customer/{pk}/base-stock", response=CustomerOut, summary="Base stock credit and the contract's end")
def base_stock(request: HttpRequest, response: HttpResponse, pk: Id, body: BaseStockIn) -> Any:
    """The oldest open invoices stand up to the amount until the contract ends; what no longer stands falls due."""
    minor = None
    if body.amount is not None:
        money, currency = body.amount.money("amount"), _row(request, pk).currency
        if money.currency != currency:
            reason = _("the limit of this customer is in %(currency)s", currency=currency)
            raise Invalid.one("amount", money.currency, reason)
        minor = money.minor
    row = actions.set_base_stock(act_of(request), pk, minor, body.contract_end, body.reason, if_match(request))
    with_etag(request, response, row.version)
    return shown(_row(request, row.pk))


class LayersOut(Out):
    orders: Amount
    deliveries: Amount
    billing: Amount
    items: Amount
    drafts: Amount
    total: Amount


class GroupExposureOut(Out):
    number: str
    name: str
    limit: Amount | None
    free: Amount | None
    layers: LayersOut


class ExposureOut(Out):
    payer: str
    limit: Amount | None = Field(None, description="null = no limit")
    free: Amount | None = None
    layers: LayersOut
    elsewhere: list[LayersOut] = []
    group: GroupExposureOut | None = None


def _amount(minor: int | None, currency: str) -> Amount | None:
    return None if minor is None else Amount.minor(minor, currency)


def _layers(found: queries.Layers, currency: str) -> LayersOut:
    names = ("orders", "deliveries", "billing", "items", "drafts", "total")
    return LayersOut(**{name: Amount.minor(getattr(found, name), currency) for name in names})


@router.get("/customer/{pk}/exposure", response=ExposureOut, summary="The exposure of a customer's payer, by layer")
def exposure(request: Any, pk: Id) -> Any:
    request.desk.must("customers.see")
    found = queries.exposure(request.company.pk, pk)
    group = found.group
    return ExposureOut(
        payer=found.number,
        limit=_amount(found.limit, found.currency),
        free=_amount(found.free, found.currency),
        layers=_layers(found.layers, found.currency),
        elsewhere=[_layers(layers, currency) for currency, layers in found.elsewhere],
        group=GroupExposureOut(
            number=group.number, name=group.name, limit=_amount(group.limit, group.currency), free=_amount(group.free, group.currency),
            layers=_layers(group.layers, group.currency),
        ) if group else None,
    )  # fmt: skip


class BankOut(Out):
    id: int
    number: str
    name: str
    bank: str
    bank_code: str
    state: str

    @model_validator(mode="after")
    def _number(self) -> BankOut:
        self.__dict__["number"] = masked(self.number)
        return self


class BankIn(In):
    number: str = Field(min_length=1, max_length=50)
    name: str = Field("", max_length=200)
    bank: str = Field("", max_length=120)
    bank_code: Annotated[str, StringConstraints(pattern=r"^([0-9]{12})?$")] = ""


@router.get("/customer/{pk}/bank-accounts", response=Paged[BankOut], summary="Bank accounts a customer pays from")
def bank_accounts(request: Any, pk: Id, paging: Query[Paging]) -> Any:
    request.desk.must("customers.see")
    queries.by_id(request.company.pk, pk)
    return paged_list(queries.bank_accounts(request.company.pk, pk), paging)


@router.post("/customer/{pk}/bank-accounts", response={201: BankOut}, summary="Add a bank account")
def add_bank_account(request: HttpRequest, pk: Id, body: BankIn) -> Any:
    return Status(201, actions.add_bank_account(act_of(request), pk, **body.dict()))


class RevealIn(In):
    reason: str = Field(min_length=1, max_length=200)


class WholeAccount(Out):
    """One bank account in full."""

    whole: ClassVar[bool] = True
    number: str
    name: str
    bank: str


class WholeOut(Out):
    """Personal data and account numbers in full."""

    whole: ClassVar[bool] = True
    number: str
    contact: str
    phone: str
    email: str
    address: str
    tax_phone: str
    tax_address: str
    tax_account: str
    bank_accounts: list[WholeAccount]


@router.post("/customer/{pk}/reveal", response=WholeOut, summary="See personal data and account numbers in full")
def reveal(request: HttpRequest, pk: Id, body: RevealIn) -> Any:
    """Replies mask them. That they were seen, and why, stands in the trail."""
    actions.reveal(act_of(request), pk, body.reason)
    company = request.company.pk  # type: ignore[attr-defined]
    row = _row(request, pk)
    names = ("number", "contact", "phone", "email", "address", "tax_phone", "tax_address", "tax_account")
    accounts = [WholeAccount(number=a.number, name=a.name, bank=a.bank) for a in queries.bank_accounts(company, pk)]
    return WholeOut(bank_accounts=accounts, **{n: getattr(row, n) for n in names})


class ShipToOut(Out):
    id: int
    number: str
    name: str
    address: str
    contact: str
    phone: str
    active: bool


class ShipToIn(In):
    number: str = Field(min_length=1, max_length=20)
    name: str = Field(min_length=1, max_length=200)
    address: str = Field("", max_length=300)
    contact: str = Field("", max_length=100)
    phone: str = Field("", max_length=60)


@router.get("/customer/{pk}/ship-tos", response=Paged[ShipToOut], summary="Where a customer's goods go")
def ship_tos(request: Any, pk: Id, paging: Query[Paging]) -> Any:
    request.desk.must("customers.see")
    queries.by_id(request.company.pk, pk)
    return paged_list(queries.ship_tos(request.company.pk, pk), paging)


@router.post("/customer/{pk}/ship-tos", response={201: ShipToOut}, summary="Add a ship-to")
def add_ship_to(request: HttpRequest, pk: Id, body: ShipToIn) -> Any:
    return Status(201, actions.add_ship_to(act_of(request), pk, **body.dict()))


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
    limit = _amount(row.credit_limit, row.currency)
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
