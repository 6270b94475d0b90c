"""From deliveries to documents to the books. One engine for one delivery and for ten thousand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from huikuan.books.catalog import queries as catalog
from huikuan.books.customers import actions as customer_actions
from huikuan.books.customers import queries as customers
from huikuan.books.customers.rules import Bases, TermsData, due_dates, rest_of
from huikuan.books.ledger import actions as ledger
from huikuan.books.ledger.types import EntryDraft, LineDraft
from huikuan.kit.dates import WorkCalendar
from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.failpoints import point
from huikuan.kit.money import Money, convert, parse_rate
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company import actions as company_actions
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, action, subjects
from huikuan.office.trail.actions import run_chunks
from huikuan.office.trail.store import fresh, put, reserve
from huikuan.sales.billing import queries
from huikuan.sales.billing.actions.standing import settle
from huikuan.sales.billing.models import Document, DocumentLine
from huikuan.sales.billing.rules import RECEIVABLE, Instalment, Piece, posting_lines, totals
from huikuan.sales.orders import actions as order_actions
from huikuan.sales.orders import queries as orders
from huikuan.sales.orders.queries import Shipped

DOCUMENT = "billing.document"
SERIES, PREFIX, VOUCHER = "BIL", "90", "RV"
TITLES = {"invoice": "开账", "credit_note": "贷项通知单", "cancellation": "冲销账单"}
ITEM_KINDS = {"invoice": "invoice", "credit_note": "credit", "cancellation": "credit"}


@dataclass(slots=True)
class Drawn:
    """A document with its lines and instalments, not stored yet."""

    row: Document
    lines: list[DocumentLine]
    parts: list[Instalment] = field(default_factory=list)


class Desk:
    """What drawing up documents reads once: terms, names, calendar, rates."""

    def __init__(
        self, act: Act, payers: set[int], terms: set[int], known: Mapping[int, customers.Known] | None = None
    ) -> None:  # fmt: skip
        self.company = company.by_id(act.company)
        self.people = {pk: known[pk] for pk in payers} if known else customers.by_ids(act.company, payers)
        self.terms = customers.terms_by_ids(act.company, terms)
        self.calendar: WorkCalendar = company.calendar(act.company)
        self.given: dict[str, str] = company.setting(act.company, "billing.rates", {})  # of companies set up before 1.1
        self.rates: dict[tuple[str, date], int | None] = {}
        self.free: dict[int, int] = {}  # payer -> what is left of a base stock credit

    def instalments(self, payer: int, terms: int | None, bases: Bases, gross: Money) -> list[Instalment]:
        """When a document of a payer is due. Under base stock credit what older open invoices leave free of it stands."""
        data = self.data(terms)
        if data.kind != "base_stock":
            return instalments(data, bases, gross, self.calendar)
        who = self.people[payer]
        if payer not in self.free:
            whole = who.base_stock if who.base_stock is not None else data.standing.minor if data.standing else 0
            self.free[payer] = max(0, whole - queries.stands(self.company.pk, payer, gross.currency))
        bases = replace(
            bases, contract_end=who.contract_end, standing=who.base_stock, standing_left=self.free[payer]
        )  # fmt: skip
        parts = instalments(data, bases, gross, self.calendar)
        self.free[payer] -= sum(p.amount for p in parts if p.awaiting == "contract_end")
        return parts

    def data(self, terms: int | None) -> TermsData:
        return self.terms[terms].data if terms in self.terms else TermsData()

    def base(self, amount: int, currency: str, on: date) -> int | None:
        """A document's minor units in the company's currency; None where they are the same."""
        if currency == self.company.currency:
            return None
        if (currency, on) not in self.rates:
            found = catalog.exchange_rate(self.company.pk, currency, on)
            self.rates[currency, on] = (
                parse_rate(self.given[currency]) if not found and currency in self.given else found
            )
        rate = self.rates[currency, on]
        if rate is None:
            raise Refused(
                _("There is no exchange rate of %(currency)s up to %(on)s. Enter one.", currency=currency, on=on)
            )
        return convert(amount, currency, self.company.currency, rate)


def instalments(data: TermsData, bases: Bases, gross: Money, calendar: WorkCalendar) -> list[Instalment]:
    return [
        Instalment(p.amount.minor, p.due, p.base, p.awaiting, p.why)
        for p in due_dates(data, bases, gross, calendar)
        if p.amount.minor
    ]


def due_json(parts: Sequence[Instalment]) -> list[dict[str, Any]]:
    return [
        {
            "n": n,
            "amount": p.amount,
            "due": p.due.isoformat() if p.due else None,
            "awaiting": p.awaiting,
            "why": p.why.pack() if p.why else None,
        }
        for n, p in enumerate(parts, 1)
    ]


# --- bills --------------------------------------------------------------------------------------------------------


def _groups(rows: Sequence[Shipped], how: str) -> list[list[Shipped]]:
    """Deliveries that make one document: never across payers, orderers' org units, currencies, terms or price modes."""
    found: dict[tuple[Any, ...], list[Shipped]] = defaultdict(list)
    for s in rows:
        own = {"delivery": s.id, "order": s.order, "payer": 0}[how]
        found[s.payer, s.currency, s.mode, s.terms, s.org, own].append(s)
    return sorted(found.values(), key=lambda g: g[0].id)


def _draw(act: Act, desk: Desk, group: Sequence[Shipped], on: date, before: dict[int, int]) -> Drawn:
    """A document of some deliveries. `before` counts how much of each order line is billed, and goes on counting."""
    first = group[0]
    pieces: list[Piece] = []
    lines: list[DocumentLine] = []
    for s in group:
        if on < s.date:
            raise Invalid.one("date", on, _("Delivery %(number)s left on %(date)s only.", number=s.number, date=s.date))
        for line in s.lines:
            done = before[line.order_line]
            before[line.order_line] += line.quantity
            pieces.append(Piece(line.quantity, line.price, line.tax_rate, line.discount, done))
            lines.append(
                fresh(
                    DocumentLine, company_id=act.company, n=len(lines) + 1, item_id=line.item, text=line.text, quantity=line.quantity, unit=line.unit,
                    price=line.price, tax_code=line.tax_code, tax_rate=line.tax_rate, order_line_id=line.order_line,
                    delivery_id=s.id, delivery_line_id=line.id,
                )
            )  # fmt: skip
    sums = totals(pieces, first.mode, first.currency)
    for row, a in zip(lines, sums.lines, strict=True):
        row.net, row.tax, row.gross, row.discount = a.net, a.tax, a.gross, a.discount
    signed = [s.signed_on for s in group]
    bases = Bases(
        invoice=on,
        order=max(s.order_date for s in group),
        signed_off=max(d for d in signed if d) if all(signed) else None,
    )
    parts = desk.instalments(first.payer, first.terms, bases, Money(sums.gross, first.currency)) if sums.gross else []
    one_order = len({s.order for s in group}) == 1
    document = fresh(
        Document, company_id=act.company, kind="invoice", customer_id=first.customer, payer_id=first.payer, org_id=first.org, terms_id=first.terms,
        order_id=first.order if one_order else None, date=on, currency=first.currency, mode=first.mode, net=sums.net, tax=sums.tax,
        gross=sums.gross, reference=first.customer_po if one_order else "", due=due_json(parts), made_by=act.by, made_at=act.at,
    )  # fmt: skip
    return Drawn(document, lines, parts)


def entry_of(desk: Desk, d: Drawn) -> EntryDraft | None:
    """Dr receivable per instalment, Cr revenue, Cr output tax; None where nothing is owed."""
    row = d.row
    lines = []
    name = desk.people[row.payer_id].name
    title = f"{TITLES[row.kind]} {row.number} {name}"[:200]
    base_sum = 0
    drafted = posting_lines(row.gross, row.net, row.tax, d.parts)
    for k, (account, minor, i) in enumerate(drafted):
        # A credit note takes the rate of what it corrects, so that both come to nothing in company currency too.
        base = desk.base(minor, row.currency, row.original.date if row.original else row.date)
        if base is not None:
            # The last line takes what rounding left, so that the entry balances in company currency too.
            base = -base_sum if k == len(drafted) - 1 else base
            base_sum += base
        part = d.parts[i] if i is not None else None
        lines.append(
            LineDraft(
                account, Money(minor, row.currency), party=row.payer_id if account == RECEIVABLE else None,
                due=part.due if part else None, base=part.base if part else None, awaiting=part.awaiting if part else "",
                kind=ITEM_KINDS[row.kind] if part else "other", document=row.number if part else "", document_date=row.date,
                reference=row.reference, text=title, base_amount=base,
            )
        )  # fmt: skip
    if not lines:
        return None
    return EntryDraft(
        VOUCHER,
        row.date,
        title,
        tuple(lines),
        document_date=row.date,
        source=ref(DOCUMENT, row.pk),
        reference=row.reference,
    )


def number_documents(act: Act, drawn: Sequence[Drawn]) -> None:
    for year in sorted({d.row.date.year for d in drawn if not d.row.number}):
        mine = [d.row for d in drawn if d.row.date.year == year and not d.row.number]
        first, _last = company_actions.take_numbers(act, SERIES, year, len(mine))
        for i, row in enumerate(mine):
            row.number = f"{PREFIX}{year % 100:02d}{first + i:06d}"


def store(act: Act, desk: Desk, drawn: Sequence[Drawn], *, post: bool) -> list[Document]:
    """Number, book, then store, so that a posted document is written once, with its entry."""
    number_documents(act, drawn)
    for pk, d in zip(reserve(Document, len(drawn)), drawn, strict=True):
        d.row.pk = pk
        d.row.state = "posted" if post else "draft"
    if post:
        _book(act, desk, drawn)
    else:
        customer_actions.move_exposure(act, [(d.row.payer_id, d.row.currency, "billing", d.row.gross) for d in drawn])
    rows = [d.row for d in drawn]
    put(rows)
    for d in drawn:
        for line in d.lines:
            line.document_id = d.row.pk
    put([line for d in drawn for line in d.lines])
    subjects(act, DOCUMENT, [r.pk for r in rows])
    if len(rows) > 1:
        act.note(documents=len(rows), first=rows[0].number if rows else "", last=rows[-1].number if rows else "")
    return rows


def _book(act: Act, desk: Desk, drawn: Sequence[Drawn]) -> None:
    drafts = [(d, e) for d in drawn if (e := entry_of(desk, d)) is not None]
    for (d, _e), posted in zip(drafts, ledger.post(act, [e for _d, e in drafts]), strict=True):
        d.row.entry_id = posted.entry_id


def _bill(act: Act, ids: Sequence[int], on: date, *, post: bool = True) -> list[Document]:
    if not ids:
        return []
    # First the deliveries, under their orders' locks: whoever is second finds them billed.
    order_actions.mark_billed(act, sorted(set(ids)))
    point("billing.bill.marked")
    rows = orders.shipped(act.company, ids)
    desk = Desk(act, {s.payer for s in rows}, {s.terms for s in rows if s.terms})
    # How much of each order line was billed before these deliveries, which are counted by now.
    before: dict[int, int] = {}
    for line in (line for s in rows for line in s.lines):
        before[line.order_line] = before.get(line.order_line, line.before) - line.quantity
    for payer in sorted({s.payer for s in rows if desk.data(s.terms).kind == "base_stock"}):
        settle(act, payer, on)  # what was paid since the last bill makes room for the oldest first
    drawn = [_draw(act, desk, g, on, before) for g in _groups(rows, queries.due_settings(act.company)[0])]
    made = store(act, desk, drawn, post=post)
    point("billing.bill.stored")
    _next_batch(act, desk, rows, on)
    subjects(act, "orders.delivery", sorted(set(ids)))
    return made


def _next_batch(act: Act, desk: Desk, rows: Sequence[Shipped], on: date) -> None:
    """滚结: a new batch makes the one before it due."""
    rolling = {(s.payer, s.terms) for s in rows if s.terms and desk.data(s.terms).kind == "rolling"}
    for payer, terms in sorted(rolling):
        first = min(s.date for s in rows if (s.payer, s.terms) == (payer, terms))
        waiting = queries.documents(act.company).filter(
            payer_id=payer, terms_id=terms, state="posted", date__lt=first, kind="invoice", led="huikuan"
        )
        recent = list(waiting.order_by("-id")[:20])
        for row in recent:
            redate(act, row, Bases(invoice=row.date, next_batch=first), "next_batch", on, desk)


def redate(act: Act, row: Document, bases: Bases, event: str, on: date, desk: Desk | None = None) -> int:
    """Give the items of a document that wait for `event` their due dates. Returns how many got one."""
    desk = desk or Desk(act, {row.payer_id}, {row.terms_id} if row.terms_id else set())
    found = list(queries.items(row))
    data = desk.data(row.terms_id)
    if data.kind == "base_stock":  # what stands of the document waits for something else
        found = [i for i in found if i.awaiting != "contract_end"]
        data, whole = rest_of(data), sum(i.amount for i in found)
    else:
        whole = row.gross
    parts = instalments(data, bases, Money(whole, row.currency), desk.calendar)
    moved = 0
    for item, part in zip(found, parts, strict=False):
        if item.awaiting != event or not item.remaining or part.awaiting == event:
            continue
        changes = {"due_date": part.due, "base_date": part.base, "awaiting": part.awaiting}
        moved += ledger.change_item(act, [item.id], changes, str(part.why or ""), on)
    return moved


@action("billing.bill", needs="billing.post")
def bill(act: Act, delivery_ids: list[int], on: date, post: bool = True) -> list[int]:
    """Bill deliveries: a document per order (or delivery, or payer: setting billing.group), posted at once.

    Returns the documents' ids. Refused for a delivery that is billed already, Invalid for a date before the goods left.
    """
    return [d.pk for d in _bill(act, delivery_ids, on, post=post)]


@action("billing.post_drafts", needs="billing.post")
def post_drafts(act: Act, document_ids: list[int]) -> int:
    """Book documents that were drawn up without being posted. Returns how many."""
    rows = list(
        Document.objects.select_for_update(no_key=True)
        .filter(company_id=act.company, pk__in=document_ids, state="draft")
        .order_by("pk")
    )
    if len(rows) != len(set(document_ids)):
        raise Refused(_("One of these documents is not a draft (any more)."))
    desk = Desk(act, {r.payer_id for r in rows}, {r.terms_id for r in rows if r.terms_id})
    drawn = [
        Drawn(
            r,
            [],
            [
                Instalment(p["amount"], date.fromisoformat(p["due"]) if p["due"] else None, None, p["awaiting"])
                for p in r.due
            ],
        )
        for r in rows
    ]
    customer_actions.move_exposure(act, [(r.payer_id, r.currency, "billing", -r.gross) for r in rows])
    _book(act, desk, drawn)
    for r in rows:
        r.state = "posted"
        r.save(update_fields=["state", "entry"])
    subjects(act, DOCUMENT, [r.pk for r in rows])
    return len(rows)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a billing run did: orders done and refused, the ids of the documents it made."""

    run: int
    done: int
    refused: int
    documents: tuple[int, ...]


def bill_due(act: Act, until: date, on: date | None = None, size: int = 200) -> Ran:
    """Bill all that left until a day, in chunks, each its own act. What is refused stays and says why (RunItem rows).

    Not an action itself: a run opens its own.
    """
    by_order: dict[int, list[int]] = defaultdict(list)
    for order, pk in queries.due_list(act.company, until).order_by("order_id", "id").values_list("order_id", "pk"):
        by_order[order].append(pk)
    made: set[int] = set()

    def do(inner: Act, chunk: list[str]) -> None:
        made.update(d.pk for d in _bill(inner, [pk for text in chunk for pk in by_order[int(text)]], on or until))

    todo = [str(o) for o in by_order]
    given = {"until": until.isoformat()}
    run = run_chunks(act, "billing.run", todo, do, needs="billing.post", size=size, given=given)
    # A chunk that was rolled back may have left ids here: only those that stand count.
    stand = Document.objects.filter(company_id=act.company, pk__in=made).order_by("pk").values_list("pk", flat=True)
    return Ran(run.pk, run.done, run.refused, tuple(stand))
