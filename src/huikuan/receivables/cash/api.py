"""The REST door of cash: bank lines, importing a file, proposals, applying and undoing."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from django.http import HttpResponse
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile
from pydantic import Field

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.models import HouseBank, Proposal, QuarantinedLine
from huikuan.web.rest import Amount, Id, In, Out, Paged, Paging, Text, act_of, if_match, paged, with_etag
from huikuan.web.shell import said

router = Router(tags=["cash"])
Stand = Literal["unknown", "unapplied", "partly", "applied", "account", "reversal", "waiting", "ignored", "out"]
MOST_BYTES = 32 * 1024 * 1024


class LineOut(Out):
    id: int
    number: str
    account: str = Field(description="Our account")
    date: dt.date
    value_date: dt.date
    amount: Amount
    left: Amount = Field(description="Not applied yet")
    state: Stand
    payer_name: str
    payer_account: str
    payer_bank: str
    remark: str
    reference: str
    serial: str
    customer: str | None = Field(description="Number of who owes; null while unknown")
    identified_by: str
    note: str
    version: int


class LegOut(Out):
    item: int
    document: str
    amount: Amount


class ProposalOut(Out):
    id: int
    rank: int
    score: int
    rule: str
    sure: bool
    customer: str
    why: str
    considered: list[str]
    legs: list[LegOut]
    stays: Amount


class AppliedOut(Out):
    clearing: int
    number: str
    on: dt.date
    document: str
    item: int
    amount: Amount
    undone: bool


class LineWhole(LineOut):
    applied: list[AppliedOut]
    proposals: list[ProposalOut]


class BankOut(Out):
    id: int
    number: str
    name: str
    currency: str
    ledger_account: str


class FileOut(Out):
    id: int
    name: str
    account: str
    kind: str
    charset: str
    sha256: str
    read: int
    refused: int
    at: dt.datetime
    by: str


class FaultOut(Out):
    row: int | None
    field: str
    value: str
    reason: str
    remedy: str | None


class ImportedOut(Out):
    read: int
    landed: int
    known: int
    quarantined: int
    errors: list[FaultOut]
    file: int | None


class RowOut(Out):
    id: int
    row: int
    file: int
    state: Literal["waiting", "fixed", "dropped"]
    cells: dict[str, str]
    faults: list[FaultOut]
    line: int | None
    version: int


class LinkOut(Out):
    line: int
    document: str
    amount: Amount
    state: Literal["cleared", "proposed"]
    score: int
    why: str


class MatchedOut(Out):
    lines: int
    cleared: int
    proposed: int
    left: int
    links: list[LinkOut]


class LegIn(In):
    item: Id
    amount: Amount = Field(description="With the sign of the item: credit notes are negative")


class ApplyIn(In):
    legs: list[LegIn] = Field(min_length=1, max_length=500)
    on: dt.date | None = None
    reason: str = Field("", max_length=200)


class AcceptIn(In):
    proposal: Id
    on: dt.date | None = None


class IdentifyIn(In):
    customer: str = Field(min_length=1, max_length=20, description="Our customer number")
    on: dt.date | None = None


class ReasonIn(In):
    reason: str = Field(min_length=1, max_length=300)


class NoteIn(In):
    note: str = Field("", max_length=300)


class AssignIn(In):
    person: str = Field(min_length=1, max_length=80, description="Login")
    note: str = Field("", max_length=300)


class UndoIn(ReasonIn):
    on: dt.date | None = None


class MatchIn(In):
    dry: bool = False


class CellsIn(In):
    cells: dict[str, str] = Field(max_length=200)


class Which(Paging):
    """Which bank lines."""

    state: Stand | None = None
    customer: Text | None = Field(None, max_length=20)
    account: Text | None = Field(None, max_length=60)
    since: dt.date | None = None
    until: dt.date | None = None
    serial: Text | None = Field(None, max_length=120)


class WhichRows(Paging):
    state: Literal["waiting", "fixed", "dropped"] | None = None


# ---- shown -------------------------------------------------------------------------------------------------------


def _facts(r: Any) -> dict[str, Any]:
    return {
        "id": r.pk, "number": r.document, "account": r.bank.number, "date": r.date, "value_date": r.value_date,
        "amount": Amount.minor(r.amount, r.currency), "left": Amount.minor(r.left, r.currency), "state": r.stand, "payer_name": r.payer_name,
        "payer_account": r.payer_account, "payer_bank": r.payer_bank, "remark": r.remark, "reference": r.reference, "serial": r.serial,
        "customer": r.customer.number if r.customer else None, "identified_by": r.how, "note": r.note, "version": r.version,
    }  # fmt: skip


def shown(r: Any) -> LineOut:
    return LineOut(**_facts(r))


def proposal_shown(p: Proposal, documents: dict[int, str]) -> ProposalOut:
    money = p.line.currency
    return ProposalOut(
        id=p.pk, rank=p.rank, score=p.score, rule=p.rule, sure=p.sure, customer=p.customer.number, why=said(queries.says(p.why)),
        considered=[said(queries.says(c)) for c in p.considered], stays=Amount.minor(p.rest, money),
        legs=[LegOut(item=i, document=documents.get(i, ""), amount=Amount.minor(a, money)) for i, a in p.legs],
    )  # fmt: skip


def proposals_of(company: int, pk: int) -> list[ProposalOut]:
    found = queries.proposals(pk)
    documents = queries.documents(company, [i for p in found for i, _a in p.legs])
    return [proposal_shown(p, documents) for p in found]


def whole(request: Any, response: HttpResponse, pk: int) -> LineWhole:
    company = request.company.pk
    r = queries.line(company, pk)
    with_etag(request, response, r.version)
    applied = [
        AppliedOut(
            clearing=a.clearing,
            number=a.number,
            on=a.on,
            document=a.document,
            item=a.item,
            amount=Amount.of(a.amount),
            undone=a.undone,
        )
        for a in queries.applied(company, r)
    ]
    return LineWhole(**_facts(r), applied=applied, proposals=proposals_of(company, pk))


def fault_shown(f: Fault) -> FaultOut:
    return FaultOut(
        row=f.row, field=f.field, value=f.value, reason=said(f.reason), remedy=said(f.remedy) if f.remedy else None
    )


def row_shown(q: QuarantinedLine) -> RowOut:
    faults = [
        FaultOut(row=q.row, field=f["field"], value=f["value"], reason=said(queries.says(f["reason"])),
                 remedy=said(queries.says(f["remedy"])) if f.get("remedy") else None)
        for f in q.faults
    ]  # fmt: skip
    return RowOut(
        id=q.pk,
        row=q.row,
        file=q.statement.file_id,
        state=q.state,  # type: ignore[arg-type]
        cells=q.cells,
        faults=faults,
        line=q.line_id,
        version=q.version,
    )


def bank_shown(b: HouseBank) -> BankOut:
    return BankOut(id=b.pk, number=b.number, name=b.name, currency=b.currency, ledger_account=b.account)


# ---- bank files --------------------------------------------------------------------------------------------------


@router.get("/banks", response=Paged[BankOut], summary="Our accounts")
def banks(request: Any, paging: Query[Paging]) -> Any:
    request.desk.must("cash.see")
    return paged(queries.house_banks(request.company.pk), paging, order="number", make=bank_shown)


@router.get("/files", response=Paged[FileOut], summary="Imported bank files")
def files(request: Any, paging: Query[Paging]) -> Any:
    request.desk.must("cash.see")

    def make(f: Any) -> FileOut:
        return FileOut(id=f.pk, name=f.name, account=f.bank.number, kind=f.kind, charset=f.charset, sha256=f.sha256, read=f.read,
                       refused=len(f.refused), at=f.at, by=f.by)  # fmt: skip

    return paged(queries.files(request.company.pk), paging, order="-id", make=make)


@router.post("/files", response={200: ImportedOut, 201: ImportedOut}, summary="Import a bank file")
def import_file(
    request: Any,
    file: UploadedFile = File(...),  # noqa: B008 - ninja declares parameters so
    account: str = Form(..., min_length=1, max_length=60, description="Our account's number"),
    dry: bool = Form(False),
) -> Any:
    """Format and alphabet are found by content. Nothing lands twice; rows that cannot be read are in `errors`."""
    request.desk.must("cash.import")
    if (file.size or 0) > MOST_BYTES:
        raise Invalid.one("file", file.name, _("The file is larger than %(limit)s MB.", limit=MOST_BYTES // 1048576))
    if "\x00" in account:
        raise Invalid.one("account", "", _("a NUL character cannot be kept"))
    done = actions.import_file(act_of(request, dry=dry), account, file.read(), name=file.name or "")
    out = ImportedOut(read=done.read, landed=done.landed, known=done.known, quarantined=done.quarantined,
                      errors=[fault_shown(f) for f in done.errors], file=done.file)  # fmt: skip
    return Status(200 if dry else 201, out)


@router.get("/rows", response=Paged[RowOut], summary="Rows set aside")
def rows(request: Any, which: Query[WhichRows]) -> Any:
    request.desk.must("cash.see")
    found = queries.quarantined(request.company.pk)
    return paged(found.filter(state=which.state) if which.state else found, which, order="-id", make=row_shown)


@router.post("/rows/{pk}/fix", response=LineOut, summary="Feed a corrected row")
def fix_row(request: Any, pk: Id, body: CellsIn) -> Any:
    request.desk.must("cash.import")
    line = actions.fix_row(act_of(request), pk, body.cells, if_match(request))
    assert line is not None
    return shown(queries.line(request.company.pk, line.pk))


@router.post("/rows/{pk}/drop", response=RowOut, summary="Drop a row that is no movement")
def drop_row(request: Any, pk: Id, body: ReasonIn) -> Any:
    return row_shown(actions.drop_row(act_of(request), pk, body.reason, if_match(request)))


# ---- matching ----------------------------------------------------------------------------------------------------


@router.post("/match", response=MatchedOut, summary="Explain every receipt that waits")
def match(request: Any, body: MatchIn) -> Any:
    """What is sure is cleared, the rest is proposed. `dry`: says what it would do."""
    request.desk.must("cash.match")
    done = actions.match(act_of(request, dry=body.dry))
    links = [
        LinkOut(
            line=x.line,
            document=x.document,
            amount=Amount.of(x.amount),
            state="cleared" if x.state == "cleared" else "proposed",
            score=x.score,
            why=said(x.why),
        )
        for x in done.links
    ]
    return MatchedOut(lines=done.lines, cleared=done.cleared, proposed=done.proposed, left=done.left, links=links)


@router.post("/clearings/{pk}/undo", response=LineWhole, summary="Undo one clearing of a receipt")
def undo(request: Any, response: HttpResponse, pk: Id, body: UndoIn) -> Any:
    """By its dated reversal; the items and the receipt are open again by what it took."""
    request.desk.must("cash.apply")
    actions.undo(act_of(request), pk, body.on, body.reason)
    return whole(request, response, queries.line_of(request.company.pk, pk))


@router.get("/lines", response=Paged[LineOut], summary="Bank lines")
def lines(request: Any, which: Query[Which]) -> Any:
    """Newest first."""
    request.desk.must("cash.see")
    asked = {
        "stand": which.state, "customer__number": which.customer, "bank__number": which.account, "date__gte": which.since,
        "date__lte": which.until, "serial": which.serial,
    }  # fmt: skip
    found = queries.lines(request.company.pk).select_related("customer", "bank", "item")
    return paged(found.filter(**{k: v for k, v in asked.items() if v is not None}), which, order="-id", make=shown)


@router.get("/lines/{pk}", response=LineWhole, summary="One bank line")
def line(request: Any, response: HttpResponse, pk: Id) -> Any:
    request.desk.must("cash.see")
    return whole(request, response, pk)


@router.get("/lines/{pk}/proposals", response=list[ProposalOut], summary="Proposals for a bank line")
def proposals(request: Any, pk: Id) -> Any:
    """Best first, each with its evidence and what else was looked at."""
    request.desk.must("cash.see")
    return proposals_of(request.company.pk, queries.line(request.company.pk, pk).pk)


@router.post("/lines/{pk}/accept", response=LineWhole, summary="Take a proposal")
def accept(request: Any, response: HttpResponse, pk: Id, body: AcceptIn) -> Any:
    actions.accept(act_of(request), pk, body.proposal, body.on, if_match(request))
    return whole(request, response, pk)


@router.post("/lines/{pk}/apply", response=LineWhole, summary="Apply a receipt")
def apply(request: Any, response: HttpResponse, pk: Id, body: ApplyIn) -> Any:
    """What is not applied stays on the receipt; an item paid short stays open by the rest."""
    request.desk.must("cash.apply")
    currency = queries.line(request.company.pk, pk).currency
    legs: list[tuple[int, int]] = []
    for n, leg in enumerate(body.legs, 1):
        money: Money = leg.amount.money("amount")
        if money.currency != currency:
            raise Invalid.one("currency", money.currency, _("the receipt is in %(currency)s", currency=currency), row=n)
        legs.append((leg.item, money.minor))
    actions.apply(act_of(request), pk, legs, body.on, body.reason, if_match(request))
    return whole(request, response, pk)


@router.post("/lines/{pk}/identify", response=LineWhole, summary="Say whose money it is")
def identify(request: Any, response: HttpResponse, pk: Id, body: IdentifyIn) -> Any:
    request.desk.must("cash.apply")
    customer = customers.customer(request.company.pk, body.customer).id
    actions.identify(act_of(request), pk, customer, body.on, if_match(request))
    return whole(request, response, pk)


@router.post("/lines/{pk}/on-account", response=LineWhole, summary="Leave the rest on account")
def on_account(request: Any, response: HttpResponse, pk: Id, body: NoteIn) -> Any:
    actions.on_account(act_of(request), pk, body.note, if_match(request))
    return whole(request, response, pk)


@router.post("/lines/{pk}/ignore", response=LineWhole, summary="Not a customer's money")
def ignore(request: Any, response: HttpResponse, pk: Id, body: ReasonIn) -> Any:
    actions.ignore(act_of(request), pk, body.reason, if_match(request))
    return whole(request, response, pk)


@router.post("/lines/{pk}/reopen", response=LineWhole, summary="Take a line up again")
def reopen(request: Any, response: HttpResponse, pk: Id) -> Any:
    actions.reopen(act_of(request), pk, if_match(request))
    return whole(request, response, pk)


@router.post("/lines/{pk}/assign", response=LineWhole, summary="Ask a colleague")
def assign(request: Any, response: HttpResponse, pk: Id, body: AssignIn) -> Any:
    actions.assign(act_of(request), pk, body.person, body.note, if_match(request))
    return whole(request, response, pk)
