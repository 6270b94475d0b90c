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
from huikuan.receivables.drafts.models import Concession, Draft
from huikuan.web.rest import Amount, Day, Id, In, Out, Paged, Paging, Text, act_of, if_match, paged, with_etag

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


class ConcessionOut(Out):
    """Terms agreed with one customer or one group; a term that is null stays as the policy has it."""

    id: int
    customer: str | None
    group: str | None
    share: str | None
    days: int | None
    rate: str | None
    banks: list[str] | None
    acceptors: list[str] | None
    until: Day | None
    note: str
    live: bool
    end_reason: str


class ConcedeIn(In):
    customer: str | None = Field(None, min_length=1, max_length=20, description="The customer's number, or:")
    group: str | None = Field(None, min_length=1, max_length=20, description="the group's")
    share: str | None = Field(
        None, max_length=20, examples=["30%"], description="The most of twelve months' payments in drafts"
    )
    days: int | None = Field(None, ge=0, le=400, description="Days to the due date without a charge")
    rate: str | None = Field(None, max_length=20, examples=["4.35%"], description="Yearly charge for days beyond")
    banks: list[str] | None = Field(None, max_length=200, description="The whole list of banks whose drafts are taken")
    acceptors: list[str] | None = Field(None, max_length=200)
    until: Day | None = None
    note: str = Field("", max_length=300)


class EndIn(In):
    reason: str = Field(..., min_length=1, max_length=300)


class WhichAgreed(Paging):
    customer: Text = Field("", max_length=20)
    group: Text = Field("", max_length=20)
    live: bool | None = None


def agreed(c: Concession) -> ConcessionOut:
    told = {n: queries.told_one(n, c.terms[n]) for n in ("share", "rate") if n in c.terms}
    return ConcessionOut(
        id=c.pk, customer=c.customer.number if c.customer else None, group=c.group.number if c.group else None, share=told.get("share"),
        rate=told.get("rate"), days=c.terms.get("days"), banks=c.terms.get("banks"), acceptors=c.terms.get("acceptors"), until=c.until,
        note=c.note, live=c.live, end_reason=c.end_reason or "",
    )  # fmt: skip


@router.get("/concessions", response=Paged[ConcessionOut], summary="What was agreed about drafts")
def concessions(request: Any, which: Query[WhichAgreed]) -> Any:
    request.desk.must("drafts.see")
    asked = {"customer__number": which.customer, "group__number": which.group}
    rows = queries.concessions(request.company.pk).filter(**{k: v for k, v in asked.items() if v})
    return paged(rows if which.live is None else rows.filter(live=which.live), which, order="-id", make=agreed)


@router.post(
    "/concessions", response={201: ConcessionOut}, summary="Agree terms about drafts with a customer or a group"
)
def concede(request: Any, body: ConcedeIn) -> Any:
    """Of each term the most specific agreement counts: the customer's, the payer's, the group's, then the policy. What was
    agreed before with the same one ends."""
    request.desk.must("drafts.policy")
    company = request.company.pk
    who = customers.customer(company, body.customer).id if body.customer else None
    group = customers.group_rows(company).filter(number=body.group).first() if body.group else None
    if body.group and group is None:
        raise Invalid.one("group", body.group, _("There is no such group."))
    terms: dict[str, Any] = {n: v for n in ("days", "banks", "acceptors") if (v := getattr(body, n)) is not None}
    for name in ("share", "rate"):
        text = getattr(body, name)
        if text is not None:
            try:
                terms[name] = parse_rate(text)
            except ValueError as e:
                raise Invalid.one(name, text, _("This is not a rate.")) from e
    made = actions.concede(act_of(request), terms, who, group.pk if group else None, body.until, body.note)
    return Status(201, agreed(queries.concession(company, made.pk)))


@router.post("/concessions/{pk}/end", response=ConcessionOut, summary="End an agreement about drafts")
def end(request: Any, pk: Id, body: EndIn) -> Any:
    request.desk.must("drafts.policy")
    actions.end(act_of(request), pk, body.reason)
    return agreed(queries.concession(request.company.pk, pk))


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
