"""REST's shapes of cash: what goes in, what comes out, and how a row is shown."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from django.http import HttpResponse
from pydantic import Field

from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.receivables.cash import queries
from huikuan.receivables.cash.models import Advice, Difference, HouseBank, Lesson, Proposal, QuarantinedLine, RuleSet
from huikuan.web.rest import Amount, Id, In, Out, Paging, Text, with_etag
from huikuan.web.shell import said

Stand = Literal[
    "unknown", "unapplied", "partly", "applied", "account", "reversal", "waiting", "ignored", "out", "charged"
]


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


class DeductionOut(Out):
    item: int
    amount: Amount = Field(description="What the payer took off; negative: paid too much")
    reason: str
    said_by: Literal["stated", "terms", "tolerance", "guess"]


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
    deductions: list[DeductionOut]
    stays: Amount
    rules: int = Field(description="The version of the company's rules it was found under; 0: as delivered")


class AppliedOut(Out):
    clearing: int
    number: str
    on: dt.date
    document: str
    item: int
    amount: Amount
    undone: bool


class ToComeOut(Out):
    id: int
    number: str
    written: list[str] = Field(description="How the remark writes it")
    payer: str
    rest: Amount = Field(description="Still to be billed, gross")


class LineWhole(LineOut):
    applied: list[AppliedOut]
    proposals: list[ProposalOut]
    orders: list[ToComeOut] = Field(
        description="Orders that the remark names and that are still to be billed: it may be an advance"
    )


class DifferenceOut(Out):
    id: int
    line: int
    item: int
    document: str
    customer: str
    reason: str
    how: Literal["charged", "residual"]
    amount: Amount
    state: Literal["asked", "done", "undone", "refused"]
    clearing: int | None
    residual: int | None = Field(description="The item in dispute")
    note: str
    by: str


class AdviceLineOut(Out):
    number: str
    amount: Amount | None
    memo: str
    taken_off: Amount | None
    reason: str


class AdviceOut(Out):
    id: int
    line: int
    name: str
    total: Amount | None
    lines: list[AdviceLineOut]
    by: str


class LessonOut(Out):
    id: int
    kind: Literal["name", "account"]
    shown: str
    customer: str
    line: int | None = Field(description="The bank line it was learnt from")
    live: bool
    by: str
    at: dt.datetime


class RuleSetOut(Out):
    version: int
    state: Literal["asked", "live", "past", "refused"]
    values: dict[str, Any]
    note: str
    by: str
    at: dt.datetime
    granted_by: str


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
    notes: list[str] = Field([], description="Worth saying: sheets that were not read, money of another currency")


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


class DeductionIn(In):
    item: Id
    amount: Amount = Field(description="Less was paid; negative: more came")
    reason: str = Field(min_length=1, max_length=20)
    how: Literal["charged", "residual"] = "charged"
    note: Text = Field("", max_length=300)


class ApplyIn(In):
    legs: list[LegIn] = Field(min_length=1, max_length=500)
    deductions: list[DeductionIn] = Field([], max_length=500)
    on: dt.date | None = None
    reason: str = Field("", max_length=200)


class AcceptIn(In):
    proposal: Id
    on: dt.date | None = None
    settle: Literal["", "charged", "residual"] = Field(
        "", description="What becomes of what the payer took off; empty: it stays open"
    )


class ChargeIn(In):
    item: Id
    amount: Amount
    reason: str = Field(min_length=1, max_length=20)
    how: Literal["charged", "residual"] = "charged"
    note: Text = Field("", max_length=300)


class TeachIn(In):
    customer: str = Field(min_length=1, max_length=20, description="Our customer number")
    name: Text = Field("", max_length=200)
    account: Text = Field("", max_length=60)


class AdviceLineIn(In):
    number: Text = Field(min_length=1, max_length=80)
    amount: Amount | None = None
    memo: Text = Field("", max_length=200)
    taken_off: Amount | None = None


class AdviceIn(In):
    lines: list[AdviceLineIn] = Field(min_length=1, max_length=2000)
    name: Text = Field("", max_length=200)


class RulesIn(In):
    values: dict[str, Any] = Field(description="limits, groups, users, codes")
    note: Text = Field("", max_length=300)


class IdentifyIn(In):
    customer: str = Field(min_length=1, max_length=20, description="Our customer number")
    on: dt.date | None = None


class ReasonIn(In):
    reason: str = Field(min_length=1, max_length=300)


class TakenBackIn(In):
    original: int = Field(..., ge=1, lt=2**63, description="The bank line that brought the money")


class DropIn(ReasonIn):
    anyway: bool = Field(
        False, description="Also where the statement closes only with this row; it is shown as not closing."
    )


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
        "customer": r.customer.number if r.customer else None, "identified_by": r.how, "note": r.note, "version": r.stamp,
    }  # fmt: skip


def shown(r: Any) -> LineOut:
    return LineOut(**_facts(r))


def proposal_shown(p: Proposal, documents: dict[int, str]) -> ProposalOut:
    money = p.line.currency
    return ProposalOut(
        id=p.pk, rank=p.rank, score=p.score, rule=p.rule, sure=p.sure, customer=p.customer.number, why=said(queries.says(p.why)),
        considered=[said(queries.says(c)) for c in p.considered], stays=Amount.minor(p.rest, money),
        legs=[LegOut(item=i, document=documents.get(i, ""), amount=Amount.minor(a, money)) for i, a in p.legs],
        deductions=[DeductionOut(item=i, amount=Amount.minor(a, money), reason=c, said_by=by) for i, a, c, by in p.deductions],
        rules=p.rules,
    )  # fmt: skip


def proposals_of(company: int, pk: int) -> list[ProposalOut]:
    found = queries.proposals(pk)
    documents = queries.documents(company, [i for p in found for i, _a in p.legs])
    return [proposal_shown(p, documents) for p in found]


def whole(request: Any, response: HttpResponse, pk: int) -> LineWhole:
    company = request.company.pk
    r = queries.line(company, pk)
    with_etag(request, response, r.stamp)
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
    coming = [
        ToComeOut(id=o.id, number=o.number, written=list(o.written), payer=o.payer_number, rest=Amount.of(o.rest))
        for o in queries.to_come(company, r.text, r.currency)
    ]
    return LineWhole(**_facts(r), applied=applied, proposals=proposals_of(company, pk), orders=coming)


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


def in_money(amount: Amount, currency: str, row: int) -> int:
    money: Money = amount.money("amount")
    if money.currency != currency:
        raise Invalid.one("currency", money.currency, _("the receipt is in %(currency)s", currency=currency), row=row)
    return money.minor


def _money(minor: int | None, currency: str) -> Amount | None:
    return None if minor is None else Amount.minor(minor, currency)


def difference_shown(d: Difference) -> DifferenceOut:
    return DifferenceOut(
        id=d.pk, line=d.line_id, item=d.item_id, document=d.item.document, customer=d.customer.number, reason=d.code,
        how=d.how, amount=Amount.minor(d.amount, d.currency), state=d.state, clearing=d.clearing, residual=d.residual_id,  # type: ignore[arg-type]
        note=d.note, by=d.by,
    )  # fmt: skip


def advice_shown(a: Advice) -> AdviceOut:
    lines = [
        AdviceLineOut(number=n, amount=_money(m, a.currency), memo=memo, taken_off=_money(off, a.currency), reason=code)
        for n, m, memo, off, code in a.lines
    ]
    return AdviceOut(id=a.pk, line=a.line_id or 0, name=a.name, total=_money(a.total, a.currency), lines=lines, by=a.by)


def lesson_shown(x: Lesson) -> LessonOut:
    return LessonOut(
        id=x.pk, kind=x.kind, shown=x.shown, customer=x.customer.number, line=x.line_id, live=x.live, by=x.by, at=x.at  # type: ignore[arg-type]
    )  # fmt: skip


def rules_shown(r: RuleSet) -> RuleSetOut:
    return RuleSetOut(
        version=r.number, state=r.state, values=r.values, note=r.note, by=r.by, at=r.at, granted_by=r.granted_by  # type: ignore[arg-type]
    )  # fmt: skip
