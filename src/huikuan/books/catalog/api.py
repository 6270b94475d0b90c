"""The REST door of the catalogue: items, prices, tax codes. Prices and rates are decimal texts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import Field, StringConstraints

from huikuan.books.catalog import actions, queries
from huikuan.books.catalog.models import Item, Price, TaxCode
from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Invalid
from huikuan.kit.money import PRICE_SCALE, RATE_SCALE, parse_price, scaled_text
from huikuan.kit.words import _
from huikuan.web.pages import get_or_missing
from huikuan.web.rest import Day, Id, In, Out, Paged, Paging, Text, act_of, if_match, paged, with_etag
from huikuan.web.shell import language

router = Router(tags=["catalog"])

Words = Annotated[Text, Field(max_length=100)]
Number = Annotated[Text, Field(max_length=40)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Klass = Literal["", "ka", "distributor", "shop", "special", "indirect", "online", "other"]


class ItemOut(Out):
    id: int
    number: str
    external: str
    name: str
    name_en: str
    spec: str
    unit: str
    family: str
    tax_code: str
    tax_class: str
    tax_short: str
    shelf_life_days: int | None
    state: str
    version: int


class ItemFacts(In):
    external: str | None = Field(None, max_length=40)
    name_en: str | None = Field(None, max_length=200)
    spec: str | None = Field(None, max_length=150)
    family: str | None = Field(None, max_length=60)
    tax_class: Annotated[str, StringConstraints(pattern=r"^([0-9]{19})?$")] | None = None
    tax_short: str | None = Field(None, max_length=120)
    shelf_life_days: int | None = Field(None, ge=1, le=36599)
    state: Literal["active", "closed"] | None = None


class ItemIn(ItemFacts):
    number: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=200)
    unit: str = Field(min_length=1, max_length=32)
    tax_code: str = Field(min_length=1, max_length=10)


class ItemChange(ItemFacts):
    number: str | None = Field(None, min_length=1, max_length=40)
    name: str | None = Field(None, min_length=1, max_length=200)
    unit: str | None = Field(None, min_length=1, max_length=32)
    tax_code: str | None = Field(None, min_length=1, max_length=10)


def shown(row: Item) -> ItemOut:
    names = [n for n in ItemOut.model_fields if n not in ("id", "tax_code")]
    return ItemOut(id=row.pk, tax_code=row.tax_code.code, **{n: getattr(row, n) for n in names})


def _row(request: Any, pk: int) -> Item:
    rows = queries.rows(request.company.pk).select_related("tax_code")
    found: Item = get_or_missing(rows, request.company.pk, pk, _("There is no such item."))
    return found


@router.get("/items", response=Paged[ItemOut], summary="Items")
def items(
    request: Any,
    paging: Query[Paging],
    q: Words | None = None,
    number: Number | None = None,
    state: Literal["active", "closed"] | None = None,
) -> Any:
    request.desk.must("catalog.see")
    company = request.company.pk
    rows = queries.matching(company, q) if q and q.strip() else queries.rows(company)
    for name, value in (("number", number), ("state", state)):
        rows = rows.filter(**{name: value}) if value else rows
    return paged(rows.select_related("tax_code"), paging, order="number", make=shown)


@router.post("/items", response={201: ItemOut}, summary="Make an item")
def create(request: HttpRequest, response: HttpResponse, body: ItemIn) -> Any:
    row = actions.create_item(act_of(request), **body.dict(exclude_none=True))
    with_etag(request, response, row.version)
    return Status(201, shown(_row(request, row.pk)))


@router.get("/items/{pk}", response=ItemOut, summary="An item")
def item(request: Any, response: HttpResponse, pk: Id) -> Any:
    request.desk.must("catalog.see")
    row = _row(request, pk)
    with_etag(request, response, row.version)
    return shown(row)


@router.patch("/items/{pk}", response=ItemOut, summary="Change an item")
def change(request: HttpRequest, response: HttpResponse, pk: Id, body: ItemChange) -> Any:
    """Fields that are left out stay as they are. If-Match names the version that was read."""
    row = actions.change_item(act_of(request), pk, body.dict(exclude_unset=True), if_match(request))
    with_etag(request, response, row.version)
    return shown(_row(request, row.pk))


class PriceOut(Out):
    id: int
    item: str
    customer: str | None
    klass: str
    currency: str
    price: str
    mode: str
    since: Day
    until: Day | None


class PriceIn(In):
    price: str = Field(pattern=r"^[0-9]{1,8}(\.[0-9]{1,10})?$", examples=["12.3456"])
    mode: Literal["net", "gross"] = "net"
    currency: Currency
    since: Day
    until: Day | None = None
    customer: str | None = Field(None, max_length=20, description="Number; null = not for one customer")
    klass: Klass = ""


class FoundOut(Out):
    price: str
    mode: str
    currency: str
    why: str


def _price(row: Price) -> PriceOut:
    names = ("klass", "currency", "mode", "since", "until")
    return PriceOut(
        id=row.pk,
        item=row.item.number,
        customer=row.customer.number if row.customer else None,
        price=scaled_text(row.price, PRICE_SCALE),
        **{n: getattr(row, n) for n in names},
    )


@router.get("/items/{pk}/prices", response=Paged[PriceOut], summary="The prices of an item")
def prices(request: Any, pk: Id, paging: Query[Paging]) -> Any:
    request.desk.must("catalog.see")
    _row(request, pk)
    rows = queries.price_rows(request.company.pk).filter(item_id=pk).select_related("item", "customer")
    return paged(rows, paging, order="-since", make=_price)


@router.post("/items/{pk}/prices", response={201: PriceOut}, summary="Set a price; it ends the one before it")
def set_price(request: Any, pk: Id, body: PriceIn) -> Any:
    customer = customers.customer(request.company.pk, body.customer).id if body.customer else None
    try:
        price = parse_price(body.price)
    except ValueError as e:
        raise Invalid.one("price", body.price, _("is too large")) from e
    row = actions.set_price(
        act_of(request), pk, price, body.currency, body.since, mode=body.mode, until=body.until, customer_id=customer, klass=body.klass
    )  # fmt: skip
    return Status(201, _price(row))


@router.get("/items/{pk}/price", response=FoundOut, summary="The price that holds for a customer on a day, and why")
def price(request: Any, pk: Id, on: Day, currency: Currency, customer: Number | None = None) -> Any:
    request.desk.must("catalog.see")
    who = customers.customer(request.company.pk, customer).id if customer else None
    found = queries.price(request.company.pk, pk, who, currency, on)
    return FoundOut(
        price=scaled_text(found.price, PRICE_SCALE), mode=found.mode, currency=found.currency, why=found.why.to(language())
    )  # fmt: skip


class TaxOut(Out):
    id: int
    code: str
    name: str
    name_en: str
    rate: str = Field(description="0.13 = 13 %")
    kind: str
    since: Day
    until: Day | None
    successor: str | None


def _tax(row: TaxCode) -> TaxOut:
    names = ("code", "name", "name_en", "kind", "since", "until")
    after = row.successor.code if row.successor else None
    return TaxOut(
        id=row.pk, rate=scaled_text(row.rate, RATE_SCALE), successor=after, **{n: getattr(row, n) for n in names}
    )


@router.get("/tax-codes", response=Paged[TaxOut], summary="Tax codes with their dates")
def tax_codes(request: Any, paging: Query[Paging]) -> Any:
    request.desk.must("catalog.see")
    return paged(queries.tax_rows(request.company.pk).select_related("successor"), paging, order="code", make=_tax)


class RateOut(Out):
    currency: str
    on: Day
    rate: str = Field(description="Company currency for one unit")
    source: str
    by: str
    replaced: bool = Field(description="A newer rate was entered for the same day")


class RateIn(In):
    currency: Currency
    on: Day
    rate: str = Field(max_length=30, examples=["6.8912"])
    per: Literal[1, 10, 100, 1000, 10000] = Field(1, description="Units the rate is quoted for")


class RatesIn(In):
    source: str = Field(min_length=1, max_length=80)
    rates: list[RateIn] = Field(min_length=1, max_length=5000)


class RatesOut(Out):
    read: int
    entered: int
    known: int
    currencies: list[str]


class WhichRates(Paging):
    currency: Currency | None = None
    on_from: Day | None = None
    on_to: Day | None = None


def _rate(row: Any) -> RateOut:
    text = scaled_text(row.rate, RATE_SCALE)
    return RateOut(currency=row.currency, on=row.on, rate=text, source=row.source, by=row.by, replaced=row.old)


@router.get("/rates", response=Paged[RateOut], summary="Exchange rates")
def rates(request: Any, which: Query[WhichRates]) -> Any:
    """Newest day first; a document takes the rate of its own day or of the last day before it that has one."""
    request.desk.must("catalog.see")
    rows = queries.exchange_rates(request.company.pk)
    for field, value in (("currency", which.currency), ("on__gte", which.on_from), ("on__lte", which.on_to)):
        rows = rows.filter(**{field: value}) if value is not None else rows
    return paged(rows, which, order="-on", make=_rate)


@router.post("/rates", response=RatesOut, summary="Enter exchange rates")
def set_rates(request: Any, body: RatesIn) -> Any:
    """All or none: one wrong rate refuses the call and is named by its place."""
    rows = [
        (n, {"currency": r.currency, "on": r.on.isoformat(), "rate": r.rate, "per": str(r.per)})
        for n, r in enumerate(body.rates, 1)
    ]
    done = actions.set_rates(act_of(request), rows, body.source, whole=True)
    return RatesOut(read=done.read, entered=done.entered, known=done.known, currencies=list(done.currencies))
