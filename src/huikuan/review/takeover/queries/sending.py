"""What goes back to SAP: what Huikuan leads and has not sent yet, as lists. docs/sap.md tells their columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.connectors.sap.types import PostBackLine, PostBackTable
from huikuan.kit.money import QUANTITY_SCALE, exponent, minor_text, scaled_text
from huikuan.office.company import queries as company_queries
from huikuan.review.takeover.models import Link, PostBack, PostBackRecord
from huikuan.review.takeover.queries.reads import leaders
from huikuan.review.takeover.queries.ties import chunks
from huikuan.sales.billing import queries as bills
from huikuan.sales.orders import queries as orders

SENDABLE = ("customer", "order", "billing", "entry", "receipt", "clearing")
POSTING_KEYS = {("invoice", True): "01", ("credit", False): "11", ("receipt", False): "15"}
FROM_LOAD = "takeover.load:"  # what entries and clearings of loads name as their source
Mark = tuple[str, int, int]  # object, id, version


@dataclass(slots=True)
class Parcel:
    """What would go in the next file: journal lines, other lists, and the marks of the records they hold."""

    objects: tuple[str, ...] = ()  # that Huikuan leads, and that were asked for
    lines: list[PostBackLine] = field(default_factory=list)
    tables: list[PostBackTable] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        return {o: sum(m[0] == o for m in self.marks) for o in self.objects}

    @property
    def rows(self) -> int:
        return len(self.lines) + sum(len(t.rows) for t in self.tables)


def post_backs(company: int) -> QuerySet[PostBack]:
    return PostBack.objects.filter(company_id=company)


def to_send(company: int, until: date, company_code: str, only: Collection[str] = ()) -> Parcel:
    """All that Huikuan leads, dated until then, and that was not sent as it is now."""
    led = leaders(company)
    objects = tuple(o for o in SENDABLE if led[o] == "huikuan" and (not only or o in only))
    out = Parcel(objects)
    names = {
        pk: external or number
        for pk, number, external in customers.rows(company).values_list("pk", "number", "external")
    }
    if {"entry", "receipt"} & set(objects):
        _journal(out, company, until, company_code, names)
    lists = {"clearing": _clearings, "customer": _customers, "order": _orders, "billing": _bills}
    for object_, make in lists.items():
        if object_ in objects:
            table = make(out, company, until, names)
            if table.rows:
                out.tables.append(table)
    return out


def _sent(company: int, object: str) -> set[tuple[int, int]]:
    """(id, version) of what was sent."""
    rows = PostBackRecord.objects.filter(company_id=company, object=object)
    return set(rows.values_list("pk_of", "version").iterator(chunk_size=5000))


def taken_over(company: int) -> set[int]:
    """The entries that came from the system beside us: they are not sent back."""
    rows = Link.objects.filter(company_id=company, entry__isnull=False)
    return {pk for pk in rows.values_list("entry", flat=True) if pk}


def _day(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""


def _parts(ids: Iterable[int]) -> Iterator[list[int]]:
    yield from chunks(list(ids), 900)


# --- entries and receipts -----------------------------------------------------------------------------------------


def _journal(out: Parcel, company: int, until: date, code: str, names: dict[int, str]) -> None:
    """Entries posted until then that did not come from there and were not sent."""
    own = company_queries.by_id(company).currency
    apart = taken_over(company)
    found = ledger.entries(company).filter(posting_date__lte=until).exclude(source__startswith=FROM_LOAD)
    ids = [pk for pk in found.order_by("posting_date", "id").values_list("pk", flat=True) if pk not in apart]
    kinds: dict[int, set[str]] = {}
    for part in _parts(ids):
        for pk, kind in ledger.items(company).filter(line__entry__in=part).values_list("line__entry", "kind"):
            kinds.setdefault(pk, set()).add(kind)
    what = {pk: "receipt" if "receipt" in kinds.get(pk, ()) else "entry" for pk in ids}
    done = {o: {pk for pk, _v in _sent(company, o)} for o in ("entry", "receipt")}
    for part in _parts(pk for pk in ids if what[pk] in out.objects and pk not in done[what[pk]]):
        heads = {e.pk: e for e in ledger.entries(company).filter(pk__in=part)}
        lines: dict[int, list[PostBackLine]] = {}
        for x in ledger.lines_of(company, part):
            entry, item = heads[x.entry_id], getattr(x, "item", None)
            key = POSTING_KEYS.get((item.kind, x.doc_amount > 0)) if item else None
            lines.setdefault(entry.pk, []).append(
                PostBackLine(
                    document=entry.voucher, n=x.n, company_code=code, document_type="DZ" if what[entry.pk] == "receipt" else "DR",
                    document_date=entry.document_date, posting_date=entry.posting_date, currency=x.currency,
                    posting_key=key or ("06" if x.doc_amount > 0 else "16") if item else ("40" if x.doc_amount > 0 else "50"),
                    account=x.account.code, customer=names.get(x.party_id, "") if x.party_id else "", amount=x.doc_amount,
                    amount_in_company_currency=x.amount, company_currency=own, due=item.due_date if item else None,
                    assignment=item.document if item else x.reference, text=x.text or entry.text,
                )
            )  # fmt: skip
        for pk in part:
            out.marks.append((what[pk], pk, 0))
            out.lines += lines.get(pk, [])


# --- clearings ----------------------------------------------------------------------------------------------------

CLEARING_COLUMNS = ("ClearingNumber", "ClearingDate", "Undoes", "Customer", "AccountingDocument", "DocumentReferenceID",
                    "TransactionCurrency", "AmountInTransactionCurrency")  # fmt: skip


def _clearings(out: Parcel, company: int, until: date, names: dict[int, str]) -> PostBackTable:
    """Clearings made here, and clearings that were undone here, each side a row. SAP's own document where it has one."""
    found = ledger.clearings(company).filter(date__lte=until).exclude(source__startswith=FROM_LOAD)
    found = found.exclude(reverses__source__startswith=FROM_LOAD, source="")
    done = {pk for pk, _v in _sent(company, "clearing")}
    wanted = {c.pk: c for c in found.select_related("reverses").order_by("id") if c.pk not in done}
    rows: list[tuple[str, ...]] = []
    for part in _parts(wanted):
        legs = ledger.legs(company, clearings=part)
        theirs = _their_documents(company, {leg.item_id for leg in legs})
        for leg in legs:
            clearing = wanted[leg.clearing_id]
            rows.append((clearing.voucher, _day(leg.on), clearing.reverses.voucher if clearing.reverses else "", names.get(leg.customer_id, ""),
                         theirs.get(leg.item_id, ""), leg.document, leg.currency, minor_text(leg.amount, exponent(leg.currency))))  # fmt: skip
    out.marks += [("clearing", pk, 0) for pk in wanted]
    return PostBackTable("clearings.csv", CLEARING_COLUMNS, tuple(rows))


def _their_documents(company: int, items: Collection[int]) -> dict[int, str]:
    """Open item -> the key that the system beside us knows it by."""
    out: dict[int, str] = {}
    for part in _parts(items):
        rows = Link.objects.filter(company_id=company, object="entry", pk_of__in=part, live=True)
        out.update({pk: key for pk, key in rows.values_list("pk_of", "key") if pk})
    return out


# --- customers, orders, bills -------------------------------------------------------------------------------------

CUSTOMER_COLUMNS = ("Customer", "CustomerHere", "Name", "NameEnglish", "TaxNumber", "Address", "Currency", "Language", "PaymentTerms",
                    "CreditLimit", "Payer", "State", "Version")  # fmt: skip
ORDER_COLUMNS = ("SalesOrder", "OrderHere", "CustomerPurchaseOrder", "SoldToParty", "Payer", "OrderDate", "RequestedDeliveryDate", "State",
                 "PaymentTerms", "Version", "Item", "Material", "Quantity", "Unit", "Delivered", "Billed", "Currency", "NetAmount",
                 "TaxAmount", "GrossAmount")  # fmt: skip
BILL_COLUMNS = ("BillingDocument", "Kind", "Cancels", "SalesOrder", "SoldToParty", "Payer", "BillingDate", "AccountingReference", "Item",
                "Material", "Text", "Quantity", "Unit", "Currency", "NetAmount", "TaxCode", "TaxAmount", "GrossAmount")  # fmt: skip


def _customers(out: Parcel, company: int, until: date, names: dict[int, str]) -> PostBackTable:
    del until  # a customer has no date: as it is now
    done = _sent(company, "customer")
    rows = []
    for c in customers.rows(company).select_related("terms").order_by("number"):
        if (c.pk, c.version) in done:
            continue
        limit = "" if c.credit_limit is None else minor_text(c.credit_limit, exponent(c.currency))
        rows.append((c.external, c.number, c.name, c.name_en, c.uscc, c.address, c.currency, c.language, c.terms.code if c.terms else "",
                     limit, names.get(c.payer_id or c.pk, ""), c.state, str(c.version)))  # fmt: skip
        out.marks.append(("customer", c.pk, c.version))
    return PostBackTable("customers.csv", CUSTOMER_COLUMNS, tuple(rows))


def _theirs(external: str) -> str:
    """The number there of what came from there."""
    system, _colon, key = external.partition(":")
    return key if system == "sap" else ""


def _quantity(value: int | None) -> str:
    return "" if value is None else scaled_text(value, QUANTITY_SCALE)


def _orders(out: Parcel, company: int, until: date, names: dict[int, str]) -> PostBackTable:
    """Every order as it is now, each line a row; sent again when the order has changed since."""
    done = _sent(company, "order")
    heads = orders.orders(company).filter(led="huikuan", date__lte=until).select_related("terms").order_by("id")
    wanted = {o.pk: o for o in heads if (o.pk, o.version) not in done}
    rows: list[tuple[str, ...]] = []
    for x in (x for part in _parts(wanted) for x in orders.lines_of(company, part)):
        o = wanted[x.order_id]
        places = exponent(o.currency)
        rows.append((_theirs(o.external), o.number, o.customer_po, names.get(o.customer_id, ""), names.get(o.payer_id, ""), _day(o.date),
                     _day(o.requested), o.state, o.terms.code if o.terms else "", str(o.version), str(x.n), x.item.number,
                     _quantity(x.quantity), x.unit, _quantity(x.delivered), _quantity(x.billed), o.currency, minor_text(x.net, places),
                     minor_text(x.tax, places), minor_text(x.gross, places)))  # fmt: skip
    out.marks += [("order", pk, o.version) for pk, o in wanted.items()]
    return PostBackTable("orders.csv", ORDER_COLUMNS, tuple(rows))


def _bills(out: Parcel, company: int, until: date, names: dict[int, str]) -> PostBackTable:
    """Documents posted here, each line a row; a cancellation is a document of its own."""
    done = {pk for pk, _v in _sent(company, "billing")}
    heads = bills.documents(company).filter(led="huikuan", booked_as="", date__lte=until).exclude(state="draft")
    found = heads.select_related("order", "cancels", "entry").order_by("id")
    wanted = {d.pk: d for d in found if d.pk not in done}
    rows: list[tuple[str, ...]] = []
    for x in (x for part in _parts(wanted) for x in bills.lines_of(company, part)):
        d = wanted[x.document_id]
        places = exponent(d.currency)
        rows.append((d.number, d.kind, d.cancels.number if d.cancels else "", d.order.number if d.order else "", names.get(d.customer_id, ""),
                     names.get(d.payer_id, ""), _day(d.date), d.entry.voucher if d.entry else "", str(x.n), x.item.number if x.item else "",
                     x.text[:80], _quantity(x.quantity), x.unit, d.currency, minor_text(x.net, places), x.tax_code,
                     minor_text(x.tax, places), minor_text(x.gross, places)))  # fmt: skip
    out.marks += [("billing", pk, 0) for pk in wanted]
    return PostBackTable("bills.csv", BILL_COLUMNS, tuple(rows))
