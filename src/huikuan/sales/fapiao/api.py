"""The REST door of e-invoice numbers: what is noted, noting many, striking one out. Nothing here issues an invoice."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Literal, cast

from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile
from pydantic import Field

from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.words import _, unpack
from huikuan.sales.fapiao import actions, paper, queries
from huikuan.sales.fapiao.models import Fapiao, Sheet, SheetRow
from huikuan.sales.fapiao.rules import Draft
from huikuan.sales.fapiao.rules.judge import CURRENCY
from huikuan.web.rest import Amount, Day, Id, In, Out, Paged, Paging, Text, act_of, if_match, paged
from huikuan.web.shell import said

router = Router(tags=["fapiao"])
RowState = Literal["waiting", "landed", "known", "dropped", "past"]


class FapiaoOut(Out):
    """One VAT invoice number (数电票号码, or 发票代码 and 发票号码 of an older one) on one bill."""

    id: int
    document: str = Field(description="The number of the bill")
    code: str
    number: str
    issued_on: Day
    amount: Amount | None = Field(description="Of the whole invoice with tax, where it was told")
    live: bool
    struck_reason: str


class RowIn(In):
    document: str = Field(..., min_length=1, max_length=24, description="The number of the bill")
    code: str = Field("", max_length=12, description="Of an older invoice only: 10 or 12 digits")
    number: str = Field(..., min_length=1, max_length=20, description="20 digits; 8 beside a code")
    issued_on: Day
    amount: Amount | None = Field(None, description="Of the whole invoice with tax, in CNY; then it must fit the bills")


class NoteIn(In):
    rows: list[RowIn] = Field(..., min_length=1, max_length=1000)


class StrikeIn(In):
    reason: str = Field(..., min_length=1, max_length=200)


class Which(Paging):
    document: Text = Field("", max_length=24, description="The number of a bill")
    number: Text = Field("", max_length=20, description="The whole number")
    tail: Text = Field("", max_length=8, description="The last 8 digits")
    live: bool | None = None


def shown(row: Fapiao) -> FapiaoOut:
    return FapiaoOut(
        id=row.pk, document=row.document.number, code=row.code, number=row.number, issued_on=row.issued_on,
        amount=None if row.amount is None else Amount.minor(row.amount, CURRENCY), live=row.live, struck_reason=row.struck_reason or "",
    )  # fmt: skip


@router.get("/", response=Paged[FapiaoOut], summary="Numbers of e-invoices")
def index(request: Any, which: Query[Which]) -> Any:
    """Newest first, those struck out too."""
    request.desk.must("fapiao.see")
    asked = {"document__number": which.document, "number": which.number, "tail": which.tail}
    rows = (
        queries.fapiaos(request.company.pk).select_related("document").filter(**{k: v for k, v in asked.items() if v})
    )
    return paged(rows if which.live is None else rows.filter(live=which.live), which, order="-id", make=shown)


@router.post("/", response={201: list[FapiaoOut]}, summary="Note numbers of e-invoices on bills")
def note(request: Any, body: NoteIn) -> Any:
    """All of them or none. The invoices were issued at the tax platform; this only says under which numbers."""
    request.desk.must("fapiao.note")
    company = request.company.pk
    bills = queries.bills_by_number(company, {r.document for r in body.rows})
    faults = [
        Fault("document", r.document, _("There is no such billing document."), _("Check its number."), n)
        for n, r in enumerate(body.rows, 1)
        if r.document not in bills
    ]
    faults += [
        Fault("amount", r.amount.currency, _("Every VAT invoice is in CNY."), row=n)
        for n, r in enumerate(body.rows, 1)
        if r.amount and r.amount.currency != CURRENCY
    ]
    if faults:
        raise Invalid(faults[0].reason, faults=tuple(faults))
    drafts = [
        Draft(bills[r.document].id, r.code.strip(), r.number.strip(), r.issued_on, r.amount.money().minor if r.amount else None, n)
        for n, r in enumerate(body.rows, 1)
    ]  # fmt: skip
    made = actions.note(act_of(request), drafts)
    rows = queries.fapiaos(company).select_related("document").filter(pk__in=made).order_by("id")
    return Status(201, [shown(row) for row in rows])


@router.post("/{pk}/strike", response=FapiaoOut, summary="Strike a number out")
def strike(request: Any, pk: Id, body: StrikeIn) -> Any:
    """It was noted by mistake. The row stays with the reason; at the tax platform nothing changes."""
    request.desk.must("fapiao.strike")
    actions.strike(act_of(request), pk, body.reason)
    return shown(queries.fapiao(request.company.pk, pk))


# ---- registers ---------------------------------------------------------------------------------------------------


class FaultOut(Out):
    row: int | None
    field: str
    value: str
    reason: str
    remedy: str


class SheetOut(Out):
    """A register that was fed as a file, and what became of its rows then."""

    id: int
    name: str
    sha256: str
    read: int
    landed: int
    known: int
    refused: int
    by: str
    at: datetime


class FedOut(Out):
    sheet: int | None = Field(description="None where it was only tried")
    read: int
    landed: int
    known: int
    refused: int
    errors: list[FaultOut]


class SheetRowOut(Out):
    """A row that was refused: `cells` as it was written, `mended` what was corrected."""

    id: int
    sheet: int
    row: int
    state: RowState
    cells: dict[str, str]
    mended: dict[str, str]
    faults: list[FaultOut]
    later: int | None = Field(description="The register in which it came again")
    reason: str
    version: int


class MendedIn(In):
    row: int = Field(..., ge=1, le=2**31 - 1)
    version: int = Field(..., ge=1, le=2**31 - 1)
    cells: dict[str, Text] = Field(
        ...,
        max_length=20,
        description="Column (digital, code, number, issued_on, amount, buyer, bill, state, remark) to text",
    )


class AgainIn(In):
    rows: list[MendedIn] = Field([], max_length=1000)


class WhichRows(Paging):
    sheet: Id | None = None
    state: RowState | None = None


def _told(faults: Any) -> list[FaultOut]:
    return [
        FaultOut(row=f.row, field=f.field, value=str(f.value), reason=said(f.reason), remedy=said(f.remedy) if f.remedy else "")
        for f in faults
    ]  # fmt: skip


def _fed(done: actions.Fed, dry: bool) -> FedOut:
    return FedOut(sheet=None if dry else done.sheet, read=done.read, landed=done.landed, known=done.known, refused=done.refused,
                  errors=_told(done.faults))  # fmt: skip


def row_shown(row: SheetRow) -> SheetRowOut:
    faults = [
        FaultOut(row=row.row, field=f["field"], value=str(f["value"]), reason=said(unpack(f["reason"])),
                 remedy=said(unpack(f["remedy"])) if f.get("remedy") else "")
        for f in row.faults
    ]  # fmt: skip
    return SheetRowOut(
        id=row.pk, sheet=row.sheet_id, row=row.row, state=cast(RowState, row.state), cells=row.cells, mended=row.mended, faults=faults, later=row.later_id,
        reason=row.reason, version=row.version,
    )  # fmt: skip


@router.get("/sheets", response=Paged[SheetOut], summary="Registers of e-invoices")
def sheets(request: Any, paging: Query[Paging]) -> Any:
    request.desk.must("fapiao.see")

    def make(s: Sheet) -> SheetOut:
        return SheetOut(id=s.pk, name=s.name, sha256=s.sha256, read=s.read, landed=s.landed, known=s.known, refused=s.refused,
                        by=s.by, at=s.at)  # fmt: skip

    return paged(queries.sheets(request.company.pk), paging, order="-id", make=make)


@router.post("/sheets", response={200: FedOut, 201: FedOut}, summary="Feed a register of e-invoices")
def feed(
    request: Any,
    file: UploadedFile = File(...),  # noqa: B008 - ninja declares parameters so
    dry: bool = Form(False),
) -> Any:
    """The register as the tax bureau exports it (.xlsx, .xls or .csv). Good rows are noted; the others are in `errors`, and
    wait to be corrected and fed again."""
    request.desk.must("fapiao.note")
    if (file.size or 0) > paper.MOST_BYTES:
        raise Invalid.one("file", file.name, _("The file is larger than %(most)s MB.", most=paper.MOST_BYTES // 2**20))
    content = file.read()
    rows = paper.read_book(content)
    done = actions.feed(act_of(request, dry=dry), (file.name or "")[:200], hashlib.sha256(content).hexdigest(), rows)
    return Status(200 if dry else 201, _fed(done, dry))


@router.get("/rows", response=Paged[SheetRowOut], summary="Refused rows of registers")
def rows(request: Any, which: Query[WhichRows]) -> Any:
    request.desk.must("fapiao.see")
    asked = {"sheet_id": which.sheet, "state": which.state}
    found = queries.rows(request.company.pk).filter(**{k: v for k, v in asked.items() if v is not None})
    return paged(found, which, order="-id", make=row_shown)


@router.post("/sheets/{pk}/again", response=FedOut, summary="Feed the rows of a register that wait again")
def again(request: Any, pk: Id, body: AgainIn) -> Any:
    """With what was corrected of them. Each lands or stays by itself; what was corrected of one that stays is kept."""
    request.desk.must("fapiao.note")
    mended = [(r.row, r.version, dict(r.cells)) for r in body.rows]
    return _fed(actions.feed_again(act_of(request), pk, mended), False)


@router.post("/rows/{pk}/drop", response=SheetRowOut, summary="Drop a refused row")
def drop_row(request: Any, pk: Id, body: StrikeIn) -> Any:
    """It is no invoice on a bill of ours. It stays in sight with the reason."""
    request.desk.must("fapiao.note")
    return row_shown(actions.drop_row(act_of(request), pk, body.reason, if_match(request)))
