"""The REST door of the ledger: items as of any day, entries, clearings, periods, trial balance. The pages' own actions."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import actions, queries, rules
from huikuan.books.ledger.types import KINDS, ClearDraft, EntryDraft, LineDraft
from huikuan.kit.dates import month_start
from huikuan.kit.errors import Invalid, Missing
from huikuan.kit.money import Money, minor_text
from huikuan.kit.words import _
from huikuan.web.rest import Amount, Id, In, Out, Paged, Paging, Text, act_of, if_match, paged, with_etag
from huikuan.web.rest import Day as Written

router = Router(tags=["ledger"])
Day = Annotated[Written, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))]
Short = Annotated[Text, Field(max_length=200)]
Kind = Literal["invoice", "credit", "receipt", "account", "debit", "other"]
assert set(KINDS) == {"invoice", "credit", "receipt", "account", "debit", "other"}


# ---- items -------------------------------------------------------------------------------------------------------


class ItemOut(Out):
    """An item as it stood at the end of the key date; `open` is what was open then."""

    id: int
    document: str
    kind: str
    customer: str
    entry: int
    account: str
    document_date: Day
    posting_date: Day
    due_date: Day | None
    base_date: Day | None
    days_late: int | None
    amount: Amount
    open: Amount
    reference: str
    text: str
    block: str
    dunning_level: int
    owner: str
    expected_date: Day | None
    reason_code: str
    awaiting: str
    version: int


class ItemQuery(In):
    status: Literal["open", "cleared", "all"] = "open"
    as_of: Day | None = Field(None, description="Key date; default today")
    basis: Literal["due", "invoice"] = "due"
    customer: Text | None = Field(None, max_length=2000, description="Customer numbers, separated by commas")
    documents: Text | None = Field(None, max_length=8000, description="Document numbers, separated by commas")
    currency: str | None = Field(None, pattern="^[A-Z]{3}$")
    kind: Kind | None = None
    from_days: int | None = Field(None, ge=-100_000, le=100_000, description="At least so many days late")
    to_days: int | None = Field(None, ge=-100_000, le=100_000, description="At most so many days late; 0 is not due")


class ItemChange(In):
    """Fields that are left out stay as they are; null empties a date."""

    due_date: Day | None = None
    base_date: Day | None = None
    block: Annotated[Text, Field(max_length=20)] | None = None
    dunning_level: int | None = Field(None, ge=0, le=9)
    reference: Annotated[Text, Field(max_length=80)] | None = None
    text: Short | None = None
    owner: Annotated[Text, Field(max_length=80)] | None = None
    expected_date: Day | None = None
    reason_code: Annotated[Text, Field(max_length=20)] | None = None
    reason: Annotated[Text, Field(min_length=1, max_length=200)]


def _item(r: Any) -> dict[str, Any]:
    return {
        "id": r.pk, "document": r.document, "kind": r.kind, "customer": r.customer.number, "entry": r.line.entry_id, "account": r.account.code,
        "document_date": r.document_date, "posting_date": r.posting_date, "due_date": r.due_then, "base_date": r.base_date, "days_late": r.late,
        "amount": Amount.minor(r.amount, r.currency), "open": Amount.minor(r.then, r.currency), "reference": r.reference, "text": r.text,
        "block": r.block, "dunning_level": r.dunning_level, "owner": r.owner, "expected_date": r.expected_date, "reason_code": r.reason_code,
        "awaiting": r.awaiting, "version": r.version,
    }  # fmt: skip


def _texts(value: str | None) -> list[str]:
    return [t.strip() for t in (value or "").split(",") if t.strip()]


@router.get("/items", response=Paged[ItemOut], summary="Line items: open, cleared or all, as of a day")
def items(request: Any, asked: Query[ItemQuery], paging: Query[Paging]) -> dict[str, Any]:
    request.desk.must("ledger.see")
    company, day = request.company.pk, asked.as_of or request.today
    rows = queries.item_rows(company, day, asked.basis)
    if asked.status == "open":
        rows = queries.open_then(rows, company, day)
    elif asked.status == "cleared":
        rows = rows.filter(then=0)
    if asked.customer is not None:
        rows = rows.filter(customer_id__in=queries.customer_ids(company, _texts(asked.customer)))
    if asked.documents is not None:
        rows = rows.filter(document__in=_texts(asked.documents))
    if asked.currency:
        rows = rows.filter(currency=asked.currency)
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    rows = rows.filter(queries.days_late(asked.from_days, asked.to_days, day))
    return paged(rows, paging, order="due_then", make=_item)


def _one(request: Any, pk: int) -> Any:
    company = request.company.pk
    row = queries.item_rows(company, request.today).filter(pk=pk).first()
    later = queries.item(company, pk) if row is None else None
    if later is not None:
        row = queries.item_rows(company, later.posting_date).filter(pk=pk).first()
    if row is None:
        raise Missing(_("There is no such open item (%(item)s).", item=pk))
    return row


@router.get("/items/{pk}", response=ItemOut, summary="One item; its version is the ETag")
def item(request: Any, response: HttpResponse, pk: Id) -> dict[str, Any]:
    request.desk.must("ledger.see")
    row = _one(request, pk)
    with_etag(request, response, row.version)
    return _item(row)


@router.patch("/items/{pk}", response=ItemOut, summary="Change an open item (If-Match: its version)")
def change(request: Any, response: HttpResponse, pk: Id, body: ItemChange) -> dict[str, Any]:
    given = body.dict(exclude_unset=True)
    reason = given.pop("reason")
    if not given:
        raise Invalid.one("body", "", _("nothing is to be changed"))
    for name, value in given.items():
        if value is None and name not in ("due_date", "base_date", "expected_date"):
            raise Invalid.one(name, "null", _("only a date can be emptied with null; use an empty text"))
    _one(request, pk)
    actions.change_item(act_of(request), [pk], given, reason, request.desk.business_today, version=if_match(request))
    row = _one(request, pk)
    with_etag(request, response, row.version)
    return _item(row)


# ---- entries -----------------------------------------------------------------------------------------------------


class LineOut(Out):
    n: int
    account: str
    customer: str | None
    amount: Amount
    base_amount: Amount
    text: str
    reference: str
    item: int | None


class EntryOut(Out):
    id: int
    number: str
    klass: str
    posting_date: Day
    document_date: Day
    text: str
    reference: str
    source: str
    reverses: int | None
    reversed_by: int | None
    digest: str
    by: str


class EntryFull(EntryOut):
    lines: list[LineOut]


class LineIn(In):
    """Debit positive, credit negative. A line on a control account names its customer."""

    account: Annotated[Text, Field(min_length=1, max_length=12)]
    amount: Amount
    customer: Annotated[Text, Field(max_length=20)] | None = None
    base_amount: Amount | None = Field(None, description="In the company's currency, when `amount` is in another")
    due_date: Day | None = None
    kind: Kind = "other"
    document: Annotated[Text, Field(max_length=40)] = ""
    text: Short = ""
    reference: Annotated[Text, Field(max_length=80)] = ""


class EntryIn(In):
    posting_date: Day
    document_date: Day | None = None
    text: Annotated[Text, Field(min_length=1, max_length=200)]
    reference: Annotated[Text, Field(max_length=80)] = ""
    lines: list[LineIn] = Field(min_length=2, max_length=500)


class DayReason(In):
    on: Day
    reason: Annotated[Text, Field(min_length=1, max_length=200)]


def _entry(e: Any) -> dict[str, Any]:
    other = getattr(e, "reversed_by", None)
    return {
        "id": e.pk, "number": e.voucher, "klass": e.klass, "posting_date": e.posting_date, "document_date": e.document_date, "text": e.text,
        "reference": e.reference, "source": e.source, "reverses": e.reverses_id, "reversed_by": other.pk if other else None,
        "digest": e.digest, "by": e.by,
    }  # fmt: skip


def _full(request: Any, pk: int) -> dict[str, Any]:
    found = queries.entry(request.company.pk, pk)
    if found is None:
        raise Missing(_("There is no such entry."))
    code = request.company.currency
    lines = [
        {
            "n": n.n, "account": n.account.code, "customer": n.party.number if n.party else None, "amount": Amount.minor(n.doc_amount, n.currency),
            "base_amount": Amount.minor(n.amount, code), "text": n.text, "reference": n.reference, "item": n.pk if getattr(n, "item", None) else None,
        }
        for n in queries.entry_lines(pk)
    ]  # fmt: skip
    return {**_entry(found), "lines": lines}


@router.get("/entries", response=Paged[EntryOut], summary="Entries, newest first")
def entries(
    request: Any, paging: Query[Paging], since: Day | None = None, until: Day | None = None,
    klass: Annotated[Text, Field(max_length=8)] | None = None, source: Annotated[Text, Field(max_length=80)] | None = None,
    account: Annotated[Text, Field(max_length=12)] | None = None,
) -> dict[str, Any]:  # fmt: skip
    request.desk.must("ledger.see")
    company = request.company.pk
    rows = queries.entries(company).select_related("reversed_by")
    if since:
        rows = rows.filter(posting_date__gte=since)
    if until:
        rows = rows.filter(posting_date__lte=until)
    if klass:
        rows = rows.filter(klass=klass)
    if source:
        rows = rows.filter(source=source)
    if account:
        rows = rows.filter(pk__in=queries.on_accounts(company, [account]))
    return paged(rows, paging, make=_entry)


@router.get("/entries/{pk}", response=EntryFull, summary="One entry with its lines")
def entry(request: Any, pk: Id) -> dict[str, Any]:
    request.desk.must("ledger.see")
    return _full(request, pk)


@router.post("/entries", response={201: EntryFull}, summary="Post an entry by hand")
def post(request: Any, body: EntryIn, dry: bool = False) -> Any:
    numbers = [line.customer for line in body.lines if line.customer]
    known = customers.by_numbers(request.company.pk, numbers)
    lines = []
    for row, line in enumerate(body.lines, 1):
        party = known.get(line.customer or "")
        if line.customer and party is None:
            raise Invalid.one("customer", line.customer, _("there is no such customer"), row=row)
        base = line.base_amount.money("base_amount") if line.base_amount else None
        if base is not None and base.currency != request.company.currency:
            raise Invalid.one("base_amount", base.currency, _("must be in the company's currency"), row=row)
        lines.append(
            LineDraft(
                line.account, line.amount.money(), party=party.payer if party else None, due=line.due_date, text=line.text, kind=line.kind,
                document=line.document, reference=line.reference, base_amount=base.minor if base else None,
            )
        )  # fmt: skip
    draft = EntryDraft(
        "SA", body.posting_date, body.text, tuple(lines), document_date=body.document_date, reference=body.reference
    )
    [posted] = actions.post(act_of(request, dry=dry), [draft])
    if dry:
        code, today = request.company.currency, body.document_date or body.posting_date
        made = [
            {
                "n": n, "account": x.account, "customer": line.customer, "amount": Amount.of(x.amount), "text": x.text, "reference": x.reference,
                "base_amount": Amount.minor(x.amount.minor if x.base_amount is None else x.base_amount, code), "item": None,
            }
            for n, (x, line) in enumerate(zip(lines, body.lines, strict=True), 1)
        ]  # fmt: skip
        tried = {
            "id": 0, "number": posted.number, "klass": "SA", "posting_date": body.posting_date, "document_date": today, "text": body.text,
            "reference": body.reference, "source": "", "reverses": None, "reversed_by": None, "digest": "", "by": request.desk.person.login,
            "lines": made,
        }  # fmt: skip
        return Status(201, tried)
    return Status(201, _full(request, posted.entry_id))


@router.post("/entries/{pk}/reverse", response={201: EntryFull}, summary="Reverse an entry by its mirror image")
def reverse(request: Any, pk: Id, body: DayReason) -> Any:
    posted = actions.reverse(act_of(request), pk, body.on, body.reason)
    return Status(201, _full(request, posted.entry_id))


# ---- clearings ---------------------------------------------------------------------------------------------------


class LegOut(Out):
    item: int
    document: str
    amount: Amount


class ClearingOut(Out):
    id: int
    number: str
    date: Day
    reason: str
    source: str
    reverses: int | None
    reversed_by: int | None
    legs: list[LegOut]


class LegIn(In):
    """What is taken off an item, with the item's own sign."""

    item: Id
    amount: Amount


class ClearIn(In):
    on: Day
    reason: Short = ""
    legs: list[LegIn] = Field(min_length=2, max_length=2000)


def _clearings(company: int, found: list[Any]) -> dict[int, list[dict[str, Any]]]:
    out: dict[int, list[dict[str, Any]]] = {c.pk: [] for c in found}
    for leg in queries.legs(company, clearings=list(out)) if out else []:
        out[leg.clearing_id].append(
            {"item": leg.item_id, "document": leg.document, "amount": Amount.minor(leg.amount, leg.currency)}
        )
    return out


def _clearing(c: Any, legs: list[dict[str, Any]]) -> dict[str, Any]:
    other = getattr(c, "reversed_by", None)
    return {
        "id": c.pk, "number": c.voucher, "date": c.date, "reason": c.reason, "source": c.source, "reverses": c.reverses_id,
        "reversed_by": other.pk if other else None, "legs": legs,
    }  # fmt: skip


def _cleared(request: Any, pk: int) -> dict[str, Any]:
    found = queries.clearing(request.company.pk, pk)
    if found is None:
        raise Missing(_("There is no such clearing."))
    return _clearing(found, _clearings(request.company.pk, [found])[pk])


@router.get("/clearings", response=Paged[ClearingOut], summary="Clearings, newest first")
def clearings(
    request: Any, paging: Query[Paging], since: Day | None = None, until: Day | None = None
) -> dict[str, Any]:
    request.desk.must("ledger.see")
    company = request.company.pk
    rows = queries.clearings(company).select_related("reversed_by")
    if since:
        rows = rows.filter(date__gte=since)
    if until:
        rows = rows.filter(date__lte=until)
    page = paged(rows, paging)
    legs = _clearings(company, page["items"])
    return {**page, "items": [_clearing(c, legs[c.pk]) for c in page["items"]]}


@router.get("/clearings/{pk}", response=ClearingOut, summary="One clearing")
def clearing(request: Any, pk: Id) -> dict[str, Any]:
    request.desk.must("ledger.see")
    return _cleared(request, pk)


@router.post("/clearings", response={201: ClearingOut}, summary="Clear items against each other")
def clear(request: Any, body: ClearIn) -> Any:
    currency = {i.id: i.currency for i in queries.items_by_ids(request.company.pk, [leg.item for leg in body.legs])}
    legs = []
    for row, leg in enumerate(body.legs, 1):
        money = leg.amount.money()
        if currency.get(leg.item, money.currency) != money.currency:
            raise Invalid.one("amount", money, _("is not in the currency of its item"), row=row)
        legs.append((leg.item, money.minor))
    [pk] = actions.clear(act_of(request), [ClearDraft(body.on, tuple(legs), reason=body.reason)])
    return Status(201, _cleared(request, pk))


@router.post("/clearings/{pk}/undo", response={201: ClearingOut}, summary="Undo a clearing by its dated reversal")
def undo(request: Any, pk: Id, body: DayReason) -> Any:
    return Status(201, _cleared(request, actions.unclear(act_of(request), pk, body.on, body.reason)))


# ---- periods, balances, ageing -----------------------------------------------------------------------------------


class PeriodOut(Out):
    id: int
    period: str
    start: Day
    end: Day
    state: str


class ReasonIn(In):
    reason: Annotated[Text, Field(min_length=1, max_length=200)]


class TrialOut(Out):
    account: str
    name: str
    name_en: str
    opening: str
    debit: str
    credit: str
    closing: str


class TrialBalance(Out):
    since: Day
    until: Day
    currency: str
    rows: list[TrialOut]


def _period(p: Any) -> dict[str, Any]:
    return {"id": p.pk, "period": str(p), "start": p.start, "end": p.end, "state": p.state}


@router.get("/periods", response=Paged[PeriodOut], summary="Periods, newest first")
def periods(request: Any, paging: Query[Paging]) -> dict[str, Any]:
    request.desk.must("ledger.see")
    return paged(queries.periods(request.company.pk), paging, order="-start", make=_period)


@router.post("/periods/{pk}/close", response=PeriodOut, summary="Close a month")
def close(request: Any, pk: Id) -> dict[str, Any]:
    return _period(actions.close_period(act_of(request), pk))


@router.post("/periods/{pk}/reopen", response=PeriodOut, summary="Reopen a closed month")
def reopen(request: Any, pk: Id, body: ReasonIn) -> dict[str, Any]:
    return _period(actions.reopen_period(act_of(request), pk, body.reason))


@router.get(
    "/trial-balance", response=TrialBalance, summary="Opening, debits, credits and closing of every account that moved"
)
def trial_balance(request: Any, since: Day | None = None, until: Day | None = None) -> dict[str, Any]:
    request.desk.must("ledger.see")
    last = until or request.today
    first = since or month_start(last)
    places = len(Money(0, request.company.currency).text().partition(".")[2])
    rows = [
        {
            "account": r.account, "name": r.name, "name_en": r.name_en, "opening": minor_text(r.opening, places), "debit": minor_text(r.debit, places),
            "credit": minor_text(r.credit, places), "closing": minor_text(r.closing, places),
        }
        for r in queries.trial_balance(request.company.pk, first, last)
    ]  # fmt: skip
    return {"since": first, "until": last, "currency": request.company.currency, "rows": rows}


class AccountOut(Out):
    code: str
    name: str
    name_en: str
    kind: str
    control: bool
    blocked: bool


@router.get("/accounts", response=Paged[AccountOut], summary="The chart of accounts")
def accounts(request: Any, paging: Query[Paging]) -> dict[str, Any]:
    request.desk.must("ledger.see")
    return paged(queries.accounts(request.company.pk), paging, order="code")


class BucketOut(Out):
    name: str
    amount: str
    items: int


class AgeOut(Out):
    key: str
    currency: str
    buckets: list[BucketOut]
    total: str
    items: int


class AgeingOut(Out):
    as_of: Day
    basis: str
    rows: list[AgeOut]


@router.get("/ageing", response=AgeingOut, summary="Open items in buckets, as of a day")
def ageing(
    request: HttpRequest, as_of: Day | None = None, basis: Literal["due", "invoice"] = "due",
    by: Literal["currency", "customer", "org"] = "currency", buckets: Annotated[Text, Field(pattern=r"^\d{1,5}(,\d{1,5}){0,9}$")] = "30,60,90",
) -> dict[str, Any]:  # fmt: skip
    asked: Any = request
    asked.desk.must("ledger.see")
    day, bounds = as_of or asked.today, tuple(int(b) for b in buckets.split(","))
    rules.bucket_names(bounds)
    rows = []
    for r in queries.ageing(asked.company.pk, day, basis=basis, bounds=bounds, by=by):
        cells = [
            {"name": n, "amount": Money(b.amount, r.currency).text(), "items": b.items} for n, b in r.buckets.items()
        ]
        total = Money(r.total.amount, r.currency).text()
        rows.append({"key": r.key, "currency": r.currency, "buckets": cells, "total": total, "items": r.total.items})
    return {"as_of": day, "basis": basis, "rows": rows}
