"""The REST door of deposits and advances."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Invalid
from huikuan.kit.words import _
from huikuan.receivables.deposits import actions, queries
from huikuan.receivables.deposits.models import Deposit, Request
from huikuan.sales.orders import queries as orders
from huikuan.web.rest import Amount, Day, Id, In, Out, Paged, Paging, act_of, if_match, paged, with_etag

router = Router(tags=["deposits"])
Kind = Literal["deposit", "advance"]


class DepositOut(Out):
    """Money of a customer that we hold: a deposit (保证金) or an advance (预收款). `reserved` is asked back."""

    id: int
    number: str
    kind: str
    customer: str
    balance: Amount
    reserved: Amount
    state: str
    received: Day
    due_back: Day | None
    agreement: str
    purpose: str
    order: str
    version: int


class MoveOut(Out):
    """One move; `balance` is what lay in it afterwards."""

    id: int
    what: str
    on: Day
    amount: Amount
    balance: Amount
    entry: int
    line: int | None
    document: str
    note: str
    undone: bool


class RequestOut(Out):
    """A question to return a deposit, or to keep it."""

    id: int
    deposit: str
    what: str
    amount: Amount
    on: Day
    state: str
    reason: str
    payee: str
    payee_account: str


class SourceIn(In):
    on: Day
    line: int | None = Field(None, ge=1, lt=2**63, description="The bank line that brought the money")
    item: int | None = Field(None, ge=1, lt=2**63, description="Or the customer's receipt that is on account")
    amount: Amount | None = Field(None, description="Without it: all that is left of the receipt")


class TakeIn(SourceIn):
    customer: str = Field(..., min_length=1, max_length=20, description="The customer's number")
    kind: Kind
    agreement: str = Field("", max_length=80)
    purpose: str = Field("", max_length=200)
    order: str = Field("", max_length=40, description="The order that an advance lets go")
    due_back: Day | None = None


class LegIn(In):
    item: int = Field(..., ge=1, lt=2**63)
    amount: Amount


class OffsetIn(In):
    on: Day
    legs: list[LegIn] = Field([], max_length=500)
    documents: list[str] = Field([], max_length=500)


class AskIn(In):
    on: Day
    amount: Amount
    reason: str = Field(..., min_length=1, max_length=300)


class ReturnIn(AskIn):
    payee: str = Field("", max_length=200)
    payee_account: str = Field("", max_length=60)


class PaidIn(In):
    line: int = Field(..., ge=1, lt=2**63, description="The payment as the bank file brought it")


class PayIn(In):
    on: Day
    account: str = Field("1001", min_length=1, max_length=12)


class UndoIn(In):
    reason: str = Field(..., min_length=1, max_length=300)


class Which(Paging):
    state: Literal["open", "settled"] | None = None
    kind: Kind | None = None
    due_until: Day | None = None
    customer: str = Field("", max_length=20)


class WhichRequests(Paging):
    state: Literal["asked", "granted", "done", "refused", "undone"] | None = None


def shown(row: Deposit) -> DepositOut:
    return DepositOut(
        id=row.pk, number=row.number, kind=row.kind, customer=row.customer.number, balance=Amount.minor(row.balance, row.currency),
        reserved=Amount.minor(row.reserved, row.currency), state=row.state, received=row.received, due_back=row.due_back,
        agreement=row.agreement, purpose=row.purpose, order=row.order.number if row.order else "", version=row.version,
    )  # fmt: skip


def asked(r: Request) -> RequestOut:
    return RequestOut(
        id=r.pk, deposit=r.deposit.number, what=r.what, amount=Amount.minor(r.amount, r.deposit.currency), on=r.on, state=r.state,
        reason=r.reason, payee=r.payee, payee_account=r.payee_account,
    )  # fmt: skip


def answer(request: Any, response: HttpResponse, row: Deposit) -> DepositOut:
    fresh = queries.deposit(request.company.pk, row.pk)
    with_etag(request, response, fresh.version)
    return shown(fresh)


def minor(amount: Amount | None, currency: str) -> int | None:
    """Raises Invalid for another currency than the deposit's."""
    if amount is None:
        return None
    money = amount.money()
    if money.currency != currency:
        raise Invalid.one("amount", money.currency, _("is in another currency than %(currency)s", currency=currency))
    return money.minor


def of(request: Any, pk: int) -> Deposit:
    return queries.deposit(request.company.pk, pk)


@router.get("/", response=Paged[DepositOut], summary="Deposits and advances")
def index(request: Any, which: Query[Which]) -> Any:
    request.desk.must("deposits.see")
    rows = queries.deposits(request.company.pk)
    for name, value in (("state", which.state), ("kind", which.kind), ("customer__number", which.customer)):
        rows = rows.filter(**{name: value}) if value else rows
    if which.due_until:
        rows = rows.filter(due_back__lte=which.due_until)
    return paged(rows, which, order="-id", make=shown)


@router.get("/requests", response=Paged[RequestOut], summary="Returns and forfeitures that were asked for")
def requests(request: Any, which: Query[WhichRequests]) -> Any:
    request.desk.must("deposits.see")
    states = (which.state,) if which.state else ()
    return paged(queries.requests(request.company.pk, states=states), which, order="-id", make=asked)


@router.get("/{pk}", response=DepositOut, summary="One deposit")
def one(request: Any, response: HttpResponse, pk: Id) -> Any:
    request.desk.must("deposits.see")
    return answer(request, response, of(request, pk))


@router.get("/{pk}/moves", response=list[MoveOut], summary="Its statement: every move with the running balance")
def moves(request: Any, pk: Id) -> Any:
    request.desk.must("deposits.see")
    row = of(request, pk)
    return [
        MoveOut(
            id=r.move.pk, what=r.move.what, on=r.move.on, amount=Amount.minor(r.move.amount, row.currency),
            balance=Amount.minor(r.balance, row.currency), entry=r.move.entry, line=r.move.line, document=r.move.document, note=r.move.note,
            undone=r.undone,
        )
        for r in queries.statement(row.pk)
    ]  # fmt: skip


@router.post("/", response={201: DepositOut}, summary="Keep a receipt as a deposit or an advance")
def take(request: Any, response: HttpResponse, body: TakeIn) -> Any:
    request.desk.must("deposits.take")
    company = request.company.pk
    customer = customers.customer(company, body.customer).id
    order = orders.by_number(company, body.order).pk if body.order else None
    amount = body.amount.money().minor if body.amount else None
    row = actions.take(
        act_of(request), customer, body.kind, body.on, amount, body.line, body.item, body.purpose, body.agreement, order, body.due_back
    )  # fmt: skip
    return Status(201, answer(request, response, row))


@router.post("/{pk}/top-up", response=DepositOut, summary="More money for the same deposit")
def top_up(request: Any, response: HttpResponse, pk: Id, body: SourceIn) -> Any:
    request.desk.must("deposits.take")
    amount = minor(body.amount, of(request, pk).currency)
    row = actions.top_up(act_of(request), pk, body.on, amount, body.line, body.item, if_match(request))
    return answer(request, response, row)


@router.post("/{pk}/offset", response=DepositOut, summary="Pay invoices with it")
def offset(request: Any, response: HttpResponse, pk: Id, body: OffsetIn) -> Any:
    request.desk.must("deposits.offset")
    currency = of(request, pk).currency
    legs = [(leg.item, minor(leg.amount, currency) or 0) for leg in body.legs]
    return answer(
        request, response, actions.offset(act_of(request), pk, body.on, legs, body.documents, if_match(request))
    )


@router.post("/{pk}/return", response={201: RequestOut}, summary="Ask that it goes back to the customer")
def ask_return(request: Any, pk: Id, body: ReturnIn) -> Any:
    request.desk.must("deposits.ask")
    amount = minor(body.amount, of(request, pk).currency) or 0
    made = actions.ask_return(
        act_of(request), pk, amount, body.on, body.reason, body.payee, body.payee_account, if_match(request)
    )
    return Status(201, asked(queries.request(request.company.pk, made.pk)))


@router.post("/{pk}/forfeit", response={201: RequestOut}, summary="Ask that it is kept for good")
def ask_forfeit(request: Any, pk: Id, body: AskIn) -> Any:
    request.desk.must("deposits.ask")
    amount = minor(body.amount, of(request, pk).currency) or 0
    made = actions.ask_forfeit(act_of(request), pk, amount, body.on, body.reason, if_match(request))
    return Status(201, asked(queries.request(request.company.pk, made.pk)))


@router.post("/requests/{pk}/paid", response=DepositOut, summary="This payment of the bank was the return")
def paid(request: Any, response: HttpResponse, pk: Id, body: PaidIn) -> Any:
    request.desk.must("deposits.paid")
    return answer(request, response, actions.paid(act_of(request), pk, body.line))


@router.post("/requests/{pk}/pay", response=DepositOut, summary="A granted return was paid without a bank line")
def pay(request: Any, response: HttpResponse, pk: Id, body: PayIn) -> Any:
    request.desk.must("deposits.pay")
    return answer(request, response, actions.pay(act_of(request), pk, body.on, body.account))


@router.post("/moves/{pk}/undo", response=DepositOut, summary="Take a move back by its dated reversal")
def undo(request: Any, response: HttpResponse, pk: Id, body: UndoIn) -> Any:
    request.desk.must("deposits.undo")
    return answer(request, response, actions.undo(act_of(request), pk, body.reason))
