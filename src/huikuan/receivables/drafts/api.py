"""The REST door of drafts."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Invalid
from huikuan.kit.money import parse_rate
from huikuan.kit.words import _
from huikuan.receivables.drafts import actions, queries, rules
from huikuan.receivables.drafts.models import Draft
from huikuan.web.rest import Amount, Day, Id, In, Out, Paged, Paging, act_of, if_match, paged, with_etag

router = Router(tags=["drafts"])
State = Literal[
    "asked", "held", "presented", "honoured", "endorsed", "discounted", "refused", "split", "returned", "declined"
]


class DraftOut(Out):
    """One sub-range of an acceptance draft; `start` and `end` are 0 where it cannot be split."""

    id: int
    number: str
    start: int
    end: int
    kind: str
    amount: Amount
    exposed: Amount
    issued: Day
    due: Day
    received: Day
    acceptor: str
    drawer: str
    customer: str
    state: str
    standing: str
    holder: str
    version: int


class TakeIn(In):
    customer: str = Field(..., min_length=1, max_length=20, description="The customer's number")
    number: str = Field(..., pattern=r"^\d{30}$")
    start: int = Field(0, ge=0, lt=10**12)
    end: int = Field(0, ge=0, lt=10**12)
    amount: Amount
    issued: Day
    due: Day
    acceptor: str = Field(..., min_length=1, max_length=200)
    drawer: str = Field(..., min_length=1, max_length=200)
    on: Day
    documents: list[str] = Field([], max_length=200)
    reason: str = Field("", max_length=300)


class MoveIn(In):
    on: Day


class LineIn(MoveIn):
    line: int | None = Field(None, ge=1, lt=2**63, description="The bank line that brought the money")
    account: str = Field("1002", min_length=1, max_length=12)


class EndorseIn(MoveIn):
    to: str = Field(..., min_length=1, max_length=200)
    account: str = Field("2202", min_length=1, max_length=12)


class DiscountIn(LineIn):
    bank: str = Field(..., min_length=1, max_length=200)
    rate: str = Field(..., max_length=20, examples=["1.85%"])


class ReasonIn(MoveIn):
    reason: str = Field(..., min_length=1, max_length=300)


class SplitIn(MoveIn):
    amount: Amount


class Which(Paging):
    state: State | None = None
    due_until: Day | None = None


def shown(row: Draft) -> DraftOut:
    return DraftOut(
        id=row.pk, number=row.number, start=row.start, end=row.end, kind=row.kind, amount=Amount.minor(row.amount, row.currency),
        exposed=Amount.minor(row.exposed, row.currency), issued=row.issued, due=row.due, received=row.received, acceptor=row.acceptor,
        drawer=row.drawer, customer=row.customer.number, state=row.state, standing=row.standing, holder=row.holder, version=row.version,
    )  # fmt: skip


def answer(request: Any, response: HttpResponse, row: Draft) -> DraftOut:
    with_etag(request, response, row.version)
    return shown(queries.draft(request.company.pk, row.pk))


@router.get("/", response=Paged[DraftOut], summary="Acceptance drafts")
def index(request: Any, which: Query[Which]) -> Any:
    request.desk.must("drafts.see")
    rows = queries.drafts(request.company.pk)
    if which.state:
        rows = rows.filter(state=which.state)
    if which.due_until:
        rows = rows.filter(due__lte=which.due_until)
    return paged(rows, which, order="-id", make=shown)


@router.get("/{pk}", response=DraftOut, summary="One draft")
def one(request: Any, response: HttpResponse, pk: Id) -> Any:
    request.desk.must("drafts.see")
    return answer(request, response, queries.draft(request.company.pk, pk))


@router.post("/", response={201: DraftOut}, summary="Take a draft; outside the policy a second person is asked")
def take(request: Any, response: HttpResponse, body: TakeIn) -> Any:
    request.desk.must("drafts.take")
    money = body.amount.money()
    paper = rules.Paper(
        body.number, body.start, body.end, money.minor, body.issued, body.due, body.acceptor, body.drawer, money.currency,
    )  # fmt: skip
    payer = customers.customer(request.company.pk, body.customer).id
    row = actions.take(act_of(request), paper, payer, body.on, body.documents, body.reason)
    return Status(201, answer(request, response, row))


@router.post("/{pk}/present", response=DraftOut, summary="Ask the acceptor to pay")
def present(request: Any, response: HttpResponse, pk: Id, body: MoveIn) -> Any:
    request.desk.must("drafts.use")
    return answer(request, response, actions.present(act_of(request), pk, body.on, if_match(request)))


@router.post("/{pk}/honour", response=DraftOut, summary="The acceptor has paid")
def honour(request: Any, response: HttpResponse, pk: Id, body: LineIn) -> Any:
    request.desk.must("drafts.use")
    return answer(
        request, response, actions.honour(act_of(request), pk, body.on, body.line, body.account, if_match(request))
    )


@router.post("/{pk}/endorse", response=DraftOut, summary="Pass the draft on")
def endorse(request: Any, response: HttpResponse, pk: Id, body: EndorseIn) -> Any:
    request.desk.must("drafts.use")
    return answer(
        request, response, actions.endorse(act_of(request), pk, body.to, body.on, body.account, if_match(request))
    )


@router.post("/{pk}/discount", response=DraftOut, summary="Sell the draft to a bank")
def discount(request: Any, response: HttpResponse, pk: Id, body: DiscountIn) -> Any:
    request.desk.must("drafts.use")
    try:
        rate = parse_rate(body.rate)
    except ValueError as e:
        raise Invalid.one("rate", body.rate, _("This is not a rate.")) from e
    row = actions.discount(act_of(request), pk, body.bank, rate, body.on, body.line, body.account, if_match(request))
    return answer(request, response, row)


@router.post("/{pk}/split", response=list[DraftOut], summary="Two drafts of one")
def split(request: Any, pk: Id, body: SplitIn) -> Any:
    request.desk.must("drafts.use")
    parts = actions.split(act_of(request), pk, body.amount.money().minor, body.on, if_match(request))
    return [shown(queries.draft(request.company.pk, p.pk)) for p in parts]


@router.post("/{pk}/refuse", response=DraftOut, summary="The acceptor did not pay")
def refuse(request: Any, response: HttpResponse, pk: Id, body: ReasonIn) -> Any:
    request.desk.must("drafts.use")
    return answer(request, response, actions.refuse(act_of(request), pk, body.on, body.reason, if_match(request)))


@router.post("/{pk}/give-back", response=DraftOut, summary="The draft goes back to the customer")
def give_back(request: Any, response: HttpResponse, pk: Id, body: ReasonIn) -> Any:
    request.desk.must("drafts.use")
    return answer(request, response, actions.give_back(act_of(request), pk, body.on, body.reason, if_match(request)))
