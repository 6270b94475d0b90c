"""The REST door of cash: bank lines, importing a file, proposals, applying and undoing."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Invalid
from huikuan.kit.words import _
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.api.claims import router as claims
from huikuan.receivables.cash.api.differences import router as differences
from huikuan.receivables.cash.api.shapes import (
    AcceptIn,
    ApplyIn,
    AssignIn,
    BankOut,
    CellsIn,
    DropIn,
    FileOut,
    IdentifyIn,
    ImportedOut,
    LineOut,
    LineWhole,
    LinkOut,
    MatchedOut,
    MatchIn,
    NoteIn,
    ProposalOut,
    ReasonIn,
    RowOut,
    TakenBackIn,
    UndoIn,
    Which,
    WhichRows,
    bank_shown,
    fault_shown,
    in_money,
    proposals_of,
    row_shown,
    shown,
    whole,
)
from huikuan.web.rest import Amount, Id, Paged, Paging, act_of, if_match, paged
from huikuan.web.shell import said

router = Router(tags=["cash"])
router.add_router("", differences)
router.add_router("", claims)
MOST_BYTES = 32 * 1024 * 1024


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
                      errors=[fault_shown(f) for f in done.errors], file=done.file, notes=[said(n) for n in done.notes])  # fmt: skip
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
def drop_row(request: Any, pk: Id, body: DropIn) -> Any:
    return row_shown(actions.drop_row(act_of(request), pk, body.reason, if_match(request), anyway=body.anyway))


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
    actions.accept(act_of(request), pk, body.proposal, body.on, if_match(request), body.settle)
    return whole(request, response, pk)


@router.post("/lines/{pk}/apply", response=LineWhole, summary="Apply a receipt")
def apply(request: Any, response: HttpResponse, pk: Id, body: ApplyIn) -> Any:
    """What is not applied stays on the receipt; an item paid short stays open by the rest."""
    request.desk.must("cash.apply")
    currency = queries.line(request.company.pk, pk).currency
    legs: list[tuple[int, int]] = []
    for n, leg in enumerate(body.legs, 1):
        legs.append((leg.item, in_money(leg.amount, currency, n)))
    off = [(d.item, in_money(d.amount, currency, n), d.reason, d.how, d.note) for n, d in enumerate(body.deductions, 1)]
    actions.apply(act_of(request), pk, legs, body.on, body.reason, if_match(request), None, off)
    return whole(request, response, pk)


@router.post("/lines/{pk}/identify", response=LineWhole, summary="Say whose money it is")
def identify(request: Any, response: HttpResponse, pk: Id, body: IdentifyIn) -> Any:
    request.desk.must("cash.apply")
    customer = customers.customer(request.company.pk, body.customer).id
    actions.identify(act_of(request), pk, customer, body.on, if_match(request))
    return whole(request, response, pk)


@router.post("/lines/{pk}/taken-back", response=LineWhole, summary="Say which receipt a reversal takes back")
def taken_back(request: Any, response: HttpResponse, pk: Id, body: TakenBackIn) -> Any:
    """For a reversal of the bank that no one receipt answers to. What the receipt paid is open again."""
    request.desk.must("cash.apply")
    actions.say_taken_back(act_of(request), pk, body.original, if_match(request))
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
