"""The REST door of statements: see one, take it as PDF or XLSX, issue it, list what was issued."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from ninja import Query, Router, Schema, Status
from pydantic import Field

from huikuan.books.customers import queries as customers
from huikuan.office.files import queries as files
from huikuan.receivables.statements import actions, paper, queries, rules
from huikuan.receivables.statements.models import Statement
from huikuan.web.rest import Amount, Day, Id, In, Out, Paged, Paging, Text, act_of, paged

router = Router(tags=["statements"])
Language = Literal["zh-hans", "en"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SettledOut(Out):
    """So much was cleared on a day against these documents."""

    on: Day
    amount: Amount
    against: list[str]


class LineOut(Out):
    on: Day
    kind: str
    document: str
    due: Day | None
    amount: Amount
    balance: Amount
    settled: list[SettledOut]


class OpenOut(Out):
    on: Day
    kind: str
    document: str
    due: Day | None
    amount: Amount
    open: Amount
    days_late: int


class AgedOut(Out):
    name: str
    amount: Amount


class SectionOut(Out):
    """The statement in one currency: opening plus the lines is closing."""

    currency: str
    opening: Amount
    closing: Amount
    lines: list[LineOut]
    open: list[OpenOut]
    ageing: list[AgedOut]


class PreviewOut(Out):
    customer: str
    since: Day
    until: Day
    language: str
    sections: list[SectionOut]


class Which(Schema):
    """Whose statement, for which days."""

    customer: Text = Field(..., max_length=20, min_length=1, description="The customer's number")
    since: Day
    until: Day
    language: Language | None = Field(None, description="default: the customer's")


class IssueIn(In):
    customer: str = Field(..., max_length=20, min_length=1)
    since: Day
    until: Day
    language: Language | None = None


class IssuedOut(Out):
    """A statement as it was issued; its letter is at /statements/{id}/letter."""

    id: int
    number: str
    customer: str
    since: Day
    until: Day
    language: str
    opening: list[Amount]
    closing: list[Amount]
    sha256: str
    issued_by: str
    issued_at: datetime


def shown(row: Statement) -> IssuedOut:
    figures = sorted(row.figures.items())
    return IssuedOut(
        id=row.pk,
        number=row.number,
        customer=row.customer.number,
        since=row.since,
        until=row.until,
        language=row.language,
        opening=[Amount.minor(f["opening"], c) for c, f in figures],
        closing=[Amount.minor(f["closing"], c) for c, f in figures],
        sha256=row.file.sha256,
        issued_by=row.issued_by,
        issued_at=row.issued_at,
    )


def drawn(request: Any, which: Which) -> rules.Statement:
    request.desk.must("statements.see")
    one = customers.customer(request.company.pk, which.customer)
    return queries.statement(request.company.pk, one.id, which.since, which.until, which.language or "")


def file(found: rules.Statement, kind: str, media: str, content: bytes) -> HttpResponse:
    answer = HttpResponse(content, content_type=media)
    name = f"{found.customer.number} {found.since} {found.until}.{kind}"
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


@router.get("/preview", response=PreviewOut, summary="A statement of account, not issued")
def preview(request: Any, which: Query[Which]) -> Any:
    """Opening, movements with what cleared them, closing, open items and ageing, a section for each currency."""
    found = drawn(request, which)
    return PreviewOut(
        customer=found.customer.number,
        since=found.since,
        until=found.until,
        language=found.language,
        sections=[section(s) for s in found.sections],
    )


def section(s: rules.Section) -> SectionOut:
    def money(minor: int) -> Amount:
        return Amount.minor(minor, s.currency)

    return SectionOut(
        currency=s.currency,
        opening=money(s.opening),
        closing=money(s.closing),
        lines=[
            LineOut(
                on=x.on, kind=x.kind, document=x.document, due=x.due, amount=money(x.amount), balance=money(x.balance),
                settled=[SettledOut(on=y.on, amount=money(y.amount), against=list(y.against)) for y in x.settled],
            )
            for x in s.lines
        ],
        open=[
            OpenOut(
                on=x.on, kind=x.kind, document=x.document, due=x.due, amount=money(x.amount), open=money(x.left),
                days_late=max(0, x.late),
            )
            for x in s.open
        ],
        ageing=[AgedOut(name=name, amount=money(minor)) for name, minor in s.ageing.items()],
    )  # fmt: skip


@router.get("/preview/pdf", summary="The same as PDF/A")
def preview_pdf(request: Any, which: Query[Which]) -> Any:
    found = drawn(request, which)
    return file(found, "pdf", "application/pdf", paper.pdf(found))


@router.get("/preview/xlsx", summary="The same as XLSX")
def preview_xlsx(request: Any, which: Query[Which]) -> Any:
    found = drawn(request, which)
    return file(found, "xlsx", XLSX, paper.xlsx(found))


class Sought(Paging):
    customer: Text | None = Field(None, max_length=20)


@router.get("/", response=Paged[IssuedOut], summary="Issued statements")
def issued(request: Any, sought: Query[Sought]) -> Any:
    """Newest first."""
    request.desk.must("statements.see")
    rows = queries.issued(request.company.pk)
    if sought.customer is not None:
        rows = rows.filter(customer__number=sought.customer)
    return paged(rows, sought, order="-id", make=shown)


@router.post("/", response={201: IssuedOut}, summary="Issue a statement of account")
def issue(request: Any, body: IssueIn) -> Any:
    """The letter is made, numbered and kept. The same Idempotency-Key gives the same letter."""
    request.desk.must("statements.issue")
    one = customers.customer(request.company.pk, body.customer)
    row = actions.issue(act_of(request), one.id, body.since, body.until, body.language or "")
    return Status(201, shown(row))


@router.get("/{pk}", response=IssuedOut, summary="One issued statement")
def one(request: Any, pk: Id) -> Any:
    request.desk.must("statements.see")
    return shown(queries.issued_one(request.company.pk, pk))


@router.get("/{pk}/letter", summary="The letter as it was issued (PDF/A)")
def letter(request: Any, pk: Id) -> Any:
    request.desk.must("statements.see")
    row = queries.issued_one(request.company.pk, pk)
    answer = HttpResponse(files.read(request.company.pk, row.file_id), content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(True, f"{row.number}.pdf") or "attachment"
    return answer
