"""Billing documents, read: records for other floors, querysets for this room's own pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, QuerySet, Sum, Value
from django.db.models.functions import Upper

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.types import Item
from huikuan.kit.errors import Missing, Refused
from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.office.company import queries as company_queries
from huikuan.office.trail.store import among, begins
from huikuan.sales.billing.models import Document, DocumentLine
from huikuan.sales.billing.paper import WORDS, Paper, PaperLine, Party, waits
from huikuan.sales.billing.rules import Billed
from huikuan.sales.orders import queries as orders


def documents(company: int) -> QuerySet[Document]:
    """For this room's own pages and REST."""
    return Document.objects.filter(company_id=company)


def document(company: int, pk: int) -> Document:
    """Raises Missing; a document of another company is missing too (I22)."""
    # The rest is read when it is asked for: with all eight joined PostgreSQL planned for 25 ms and looked for half of one.
    rows = documents(company).select_related("customer", "payer", "entry")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such billing document."))
    return found


def told(company: int) -> QuerySet[Document]:
    """Documents with what REST says of them beside their own columns: numbers of payer, customer and entry."""
    return documents(company).annotate(
        payer_number=F("payer__number"), customer_number=F("customer__number"), entry_klass=F("entry__klass"),
        entry_year=F("entry__year"), entry_number=F("entry__number"),
    )  # fmt: skip


def told_one(company: int, pk: int) -> Any:
    """One of them. Raises Missing."""
    found = told(company).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such billing document."))
    return found


def told_lines(document_id: int) -> QuerySet[Any]:
    return DocumentLine.objects.filter(document_id=document_id).annotate(item_number=F("item__number")).order_by("n")


def by_number(company: int, number: str) -> Document:
    found = documents(company).filter(number=number).first()
    if found is None:
        raise Missing(_("There is no billing document %(number)s.", number=number))
    return found


def by_externals(company: int, keys: Collection[str]) -> dict[str, int]:
    """Key in the system beside us -> document id."""
    return dict(documents(company).filter(external__in=among({k for k in keys if k})).values_list("external", "pk"))


def booked(company: int, keys: Collection[str]) -> bool:
    """Whether any document of the system beside us was posted there under one of these accounting documents."""
    return documents(company).filter(booked_as__in=among(keys)).exists()


def lines(document_id: int) -> QuerySet[DocumentLine]:
    return (
        DocumentLine.objects.filter(document_id=document_id)
        .select_related("item", "delivery", "delivery_line")
        .order_by("n")
    )


def lines_of(company: int, documents_: Collection[int]) -> QuerySet[DocumentLine]:
    """The lines of some documents with their items, in order."""
    rows = DocumentLine.objects.filter(company_id=company, document_id__in=documents_)
    return rows.select_related("item").order_by("document_id", "n")


def of_order(company: int, order_id: int) -> list[Document]:
    """Every document with a line of that order, oldest first."""
    return list(documents(company).filter(lines__order_line__order_id=order_id).distinct().order_by("id"))


def of_order_numbers(company: int, numbers: Collection[str]) -> dict[str, set[str]]:
    """What a payer may write of an order (`orders.written`) -> the numbers of the posted documents that bill it, those that
    bill several orders too; none where nothing is billed yet."""
    of = orders.written(company, numbers)
    posted = documents(company).order_by().filter(state="posted")
    bills = set(posted.filter(order_id__in=among(of)).values_list("order_id", "number"))
    lines = DocumentLine.objects.filter(order_line__order_id__in=among(of), document__state="posted")
    bills |= set(lines.order_by().values_list("order_line__order_id", "document__number").distinct())
    out: dict[str, set[str]] = {number: set() for some in of.values() for number in some}
    for pk, document in bills:
        for number in of[pk or 0]:
            out[number].add(document)
    return out


def items(row: Document) -> list[Item]:
    """The open items that the document's entry made, in the order of its instalments, cleared ones too."""
    if row.entry_id is None:
        return []
    if (
        row.booked_as
    ):  # its claim came in by itself, under the accounting document's number, in as many entries as parts
        number = row.booked_as.rpartition("/")[2]
        mine = ledger.items_by_document(row.company_id, [number]).get(number, [])
        day = {i.document_date for i in mine if i.entry_id == row.entry_id}
        standing = ledger.entries(row.company_id).filter(
            pk__in={i.entry_id for i in mine if i.document_date in day}, reverses=None, reversed_by=None
        )
        live = set(standing.values_list("pk", flat=True))
        return [
            i
            for i in mine
            if i.entry_id in live and i.customer_id == row.payer_id and (i.amount > 0) == (row.gross >= 0)
        ]
    found = ledger.items_by_document(row.company_id, [row.number]).get(row.number, [])
    return [i for i in found if i.entry_id == row.entry_id]


def stands(company: int, payer: int, currency: str) -> int:
    """What of a payer's open items stands under base stock credit, in minor units."""
    found = ledger.items(company).filter(customer_id=payer, currency=currency, awaiting="contract_end", remaining__gt=0)
    return int(found.aggregate(s=Sum("remaining"))["s"] or 0)


def base_stock_payers(company: int) -> list[int]:
    """Payers who have invoices under base stock terms that may still stand or fall due."""
    found = documents(company).filter(kind="invoice", state="posted", led="huikuan", terms__rule__kind="base_stock")
    payers = sorted(set(found.values_list("payer_id", flat=True)))
    owing = ledger.items(company).filter(remaining__gt=0, kind="invoice", customer_id__in=payers)
    return sorted(set(owing.values_list("customer_id", flat=True)))


@dataclass(frozen=True, slots=True)
class BaseStock:
    """A payer's base stock credit as it is used: `end` None while the contract's end is not known."""

    whole: Money
    stands: Money
    free: Money
    end: date | None


def base_stock(company: int, payer: int) -> BaseStock | None:
    """None where the payer's terms have none."""
    who = customers.by_id(company, payer)
    data = customers.terms_by_ids(company, [who.terms])[who.terms].data if who.terms else None
    if data is None or data.standing is None:
        return None
    whole = data.standing if who.base_stock is None else Money(who.base_stock, data.standing.currency)
    used = Money(stands(company, payer, whole.currency), whole.currency)
    return BaseStock(whole, used, Money(max(0, whole.minor - used.minor), whole.currency), who.contract_end)


def open_amount(row: Document) -> Money:
    return Money(sum(i.remaining for i in items(row)), row.currency)


def billed(row: Document) -> list[Billed]:
    """The lines of an invoice with what live credit notes have taken of them."""
    taken: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    credits = DocumentLine.objects.filter(original__document=row, document__state__in=("draft", "posted"))
    for line in credits:
        assert line.original_id is not None
        sums = taken[line.original_id]
        sums[0] += line.quantity or 0
        sums[1] -= line.net
        sums[2] -= line.tax
    return [
        Billed(x.pk, x.quantity, x.net, x.tax, x.tax_rate, *taken[x.pk])
        for x in DocumentLine.objects.filter(document=row).order_by("n")
    ]


def due_settings(company: int) -> tuple[str, bool]:
    """(how deliveries are put together: order, delivery or payer; whether only signed deliveries are billed)."""
    group = str(company_queries.setting(company, "billing.group", "order"))
    return (group if group in ("order", "delivery", "payer") else "order"), bool(
        company_queries.setting(company, "billing.signed", False)
    )


def due_list(company: int, until: date) -> QuerySet[Any]:
    """Deliveries that are to be billed until a day."""
    return orders.billable(company, until, signed=due_settings(company)[1])


def due_count(company: int, login: str = "") -> int:
    return orders.billable(company, date.max).order_by()[:10_001].count()


def sums(rows: QuerySet[Document]) -> list[tuple[str, int, int, int, int]]:
    """(currency, documents, net, tax, gross)."""
    found = (
        rows.values("currency").annotate(n=Count("id"), a=Sum("net"), b=Sum("tax"), c=Sum("gross")).order_by("currency")
    )
    return [(r["currency"], r["n"], r["a"], r["b"], r["c"]) for r in found]


def find(company: int, text: str, limit: int) -> list[tuple[int, str, str, Money]]:
    """(id, kind, number, gross) of documents whose number, reference or external key fits."""
    text = text.strip()
    if len(text) < 3:
        return []
    # Each by its own index: asked in one question with OR, all documents were looked at.
    rows = documents(company).order_by()
    ways = (
        rows.filter(begins("number", text)).order_by("-number"),
        rows.filter(external=text).exclude(external=""),
        rows.annotate(folded=Upper("reference")).filter(folded=Upper(Value(text))).exclude(reference=""),
    )
    pks = {pk for way in ways for pk in way.values_list("pk", flat=True)[:limit]}
    found = Document.objects.filter(pk__in=pks).order_by("-id")[:limit] if pks else ()
    return [(d.pk, d.kind, d.number, Money(d.gross, d.currency)) for d in found]


def on_paper(company: int, pk: int, language: str = "") -> Paper:
    """A document as its printed page, in `language` or the payer's."""
    row = document(company, pk)
    if row.booked_as:
        raise Refused(
            _("%(number)s was posted by another system, which knows its tax and prints it.", number=row.number)
        )
    payer = customers.by_id(company, row.payer_id)
    speaks = language or payer.language
    english = speaks.startswith("en")
    seller = company_queries.by_id(company)
    rows = list(lines(pk))
    facts = []
    numbers = sorted({x.delivery.number for x in rows if x.delivery})
    if row.order:
        facts.append(("order", row.order.number))
    if numbers:
        facts.append(("delivery", ", ".join(numbers[:8]) + (" …" if len(numbers) > 8 else "")))
    if row.original_id or row.cancels_id:
        facts.append(("refers", row.reference))
    elif row.reference:
        facts.append(("po", row.reference))
    if row.reason:
        facts.append(("reason", row.reason))
    parts = []
    for d in row.due:
        parts.append((d["due"] or waits(d["awaiting"]).to(speaks), d["amount"]))
    orderer = None
    if row.customer_id != row.payer_id:
        other = customers.by_id(company, row.customer_id)
        orderer = Party(other.title(speaks), other.number)
    return Paper(
        language=speaks,
        kind=row.kind,
        state=row.state,
        number=row.number,
        on=row.date,
        currency=row.currency,
        mode=row.mode,
        seller=Party((seller.name_en or seller.name) if english else seller.name, "", seller.uscc, seller.address),
        payer=Party(payer.title(speaks), payer.number, payer.uscc, payer.address),
        customer=orderer,
        facts=tuple(facts),
        lines=tuple(_paper_line(x, row.currency, speaks) for x in rows),
        net=row.net,
        tax=row.tax,
        gross=row.gross,
        terms=((row.terms.name_en or row.terms.name) if english else row.terms.name)
        if row.terms and row.kind == "invoice"
        else "",
        due=tuple(parts) if row.kind == "invoice" else (),
    )


def _paper_line(x: DocumentLine, currency: str, speaks: str) -> PaperLine:
    english = speaks.startswith("en")
    name = ((x.item.name_en or x.item.name) if english else x.item.name) if x.item else x.text
    text = x.text if x.text and (x.item is None or x.text != x.item.name) else name
    goods = x.delivery_line
    some = [x.item.number if x.item else "", x.delivery.number if x.delivery else ""]
    some += [goods.batch, goods.expiry.isoformat() if goods.expiry else ""] if goods else []
    if x.discount:
        some.append(f"{WORDS['discount'].to(speaks)} {Money(-x.discount, currency).text(grouped=True)}")
    return PaperLine(
        text, " · ".join(t for t in some if t), x.quantity, x.unit, x.price, x.net, x.tax_rate, x.tax, x.gross
    )
