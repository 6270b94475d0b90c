"""What stands around a customer: exposure, bank accounts, ship-tos, personal data seen in full."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from django.http import HttpRequest
from ninja import Query, Status
from pydantic import Field, StringConstraints, model_validator

from huikuan.books.customers import actions, queries
from huikuan.books.customers.api.accounts import amount_of, router, row_of
from huikuan.kit.private import masked
from huikuan.web.rest import (
    Amount,
    Id,
    In,
    Out,
    Paged,
    Paging,
    act_of,
    paged_list,
)


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
        limit=amount_of(found.limit, found.currency),
        free=amount_of(found.free, found.currency),
        layers=_layers(found.layers, found.currency),
        elsewhere=[_layers(layers, currency) for currency, layers in found.elsewhere],
        group=GroupExposureOut(
            number=group.number, name=group.name, limit=amount_of(group.limit, group.currency), free=amount_of(group.free, group.currency),
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
    row = row_of(request, pk)
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
