"""SAP's records as ours: partners, products, papers with their flow, and receivables as claims. Says what it left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from huikuan.connectors.sap.types import Extract, Record
from huikuan.kit.errors import Fault
from huikuan.kit.money import PRICE_SCALE, QUANTITY_SCALE, exponent
from huikuan.kit.words import Say, _
from huikuan.review.takeover.rules.claims import BadRow, Claim, Warning, digest
from huikuan.review.takeover.rules.papers import Paper, PaperLine
from huikuan.review.takeover.rules.values import EMPTY_DATES, Bad, read_decimal, to_date, to_minor, to_scale

USED = (
    "business_partners", "business_partner_addresses", "customer_company_assignments", "customer_sales_area_assignments",
    "products", "product_descriptions", "sales_order_headers", "sales_order_items", "sales_order_schedule_lines",
    "outbound_delivery_headers", "outbound_delivery_items", "billing_document_headers", "billing_document_items",
    "billing_document_cancellations", "journal_entry_items_accounts_receivable",
)  # fmt: skip


CREDITS = {"G2", "RE"}  # types of billing documents that give value back


@dataclass(frozen=True, slots=True)
class Partner:
    """A business partner as customer. `terms` by sales area ("ABCD/05/99": "Z009")."""

    number: str
    name: str
    aliases: tuple[str, ...]
    blocked: bool
    archived: bool
    currency: str
    country: str
    address: str
    payer: str
    terms: tuple[tuple[str, str], ...]
    row: int

    def digest(self) -> str:
        return digest(
            [
                self.name,
                self.aliases,
                self.blocked,
                self.archived,
                self.currency,
                self.country,
                self.address,
                self.payer,
                self.terms,
            ]
        )


@dataclass(frozen=True, slots=True)
class Product:
    number: str
    name: str
    unit: str
    family: str
    closed: bool
    row: int

    def digest(self) -> str:
        return digest([self.name, self.unit, self.family, self.closed])


@dataclass(slots=True)
class Reading:
    """What an extract holds for us. `read` counts the records of the entities we use; `left_out` tells of the others."""

    read: int = 0
    partners: list[Partner] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    bad: list[tuple[str, BadRow]] = field(default_factory=list)
    warnings: dict[str, Warning] = field(default_factory=dict)
    left_out: dict[str, tuple[int, Say]] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)  # object kind → records that make it
    weights: dict[tuple[str, str], int] = field(default_factory=dict)  # (object, key) → records of that one paper

    def warn(self, code: str, say: Say, row: int) -> None:
        self.warnings.setdefault(code, Warning(say)).add(row)


class _Taking:
    """One record being read: a field's trouble becomes a fault with the record's row."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.faults: list[Fault] = []

    def text(self, name: str, most: int = 200, *, needed: bool = False) -> str:
        value = self.record.data.get(name)
        text = "" if value is None else str(value).strip()
        if text.startswith("="):
            self._no(name, text, _("The cell holds a formula."))
        elif needed and not text:
            self._no(name, text, _("This must not be empty."))
        elif len(text) > most:
            self._no(name, text, _("This is longer than %(most)s characters.", most=most))
        return text

    def day(self, name: str, *, needed: bool = False) -> date | None:
        text = self.text(name)
        if text in EMPTY_DATES:
            if needed:
                self._no(name, text, _("This must not be empty."))
            return None
        return self._try(name, text, lambda: to_date(text, ("iso",)))

    def number(self, name: str) -> Decimal:
        text = self.text(name)
        return self._try(name, text, lambda: read_decimal(text)) or Decimal(0)

    def minor(self, name: str, currency: str) -> int:
        text = self.text(name)
        return self._try(name, text, lambda: to_minor(read_decimal(text), currency, rounding=False)) or 0

    def quantity(self, name: str) -> int:
        text = self.text(name)
        return self._try(name, text, lambda: to_scale(read_decimal(text), QUANTITY_SCALE, rounding=False)) or 0

    def currency(self, name: str) -> str:
        text = self.text(name, 3, needed=True)
        try:
            exponent(text)
        except ValueError:
            self._no(name, text, _("There is no such currency."))
            return "XXX"
        return text

    def _try(self, name: str, text: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except Bad as bad:
            self._no(name, text, bad.reason, bad.remedy)
            return None

    def _no(self, name: str, text: str, reason: Say, remedy: Say | None = None) -> None:
        self.faults.append(Fault(name, text[:200], reason, remedy, self.record.row))

    def bad(self, out: Reading, kind: str, key: str = "") -> bool:
        """True, and the record waits, when anything was wrong with it."""
        if self.faults:
            raw = {k: "" if v is None else str(v)[:1000] for k, v in self.record.data.items()}
            out.bad.append((self.record.file, BadRow(self.record.row, {"_kind": kind, **raw}, tuple(self.faults), key)))
        return bool(self.faults)


def read_extract(extract: Extract) -> Reading:
    """Everything of an extract that we keep, what is wrong in it, and what was left out and why."""
    out = Reading()
    entity = extract.entities
    out.read = sum(len(entity.get(name, ())) for name in USED)
    for broken in extract.broken:
        if broken.file.split(".")[0].split("/")[0] in USED:
            out.read += 1
            out.bad.append(
                (broken.file, BadRow(broken.row, {"_kind": "record", "_text": broken.text}, (broken.fault,)))
            )
    _partners(out, entity)
    _products(out, entity)
    _orders(out, entity)
    _deliveries(out, entity)
    _billing(out, entity)
    _claims(out, entity)
    _left_out(out, entity)
    return out


def _by(records: Sequence[Record], name: str) -> dict[str, list[Record]]:
    out: dict[str, list[Record]] = {}
    for record in records:
        out.setdefault(str(record.data.get(name) or ""), []).append(record)
    return out


def _partners(out: Reading, entity: Mapping[str, tuple[Record, ...]]) -> None:
    addresses = _by(entity.get("business_partner_addresses", ()), "businessPartner")
    companies = _by(entity.get("customer_company_assignments", ()), "customer")
    areas = _by(entity.get("customer_sales_area_assignments", ()), "customer")
    for record in entity.get("business_partners", ()):
        t = _Taking(record)
        number = t.text("customer", 20) or t.text("businessPartner", 20, needed=True)
        name = t.text("businessPartnerFullName") or t.text("businessPartnerName") or number
        if t.bad(out, "customer", number):
            continue
        others = {t.text(n) for n in ("businessPartnerName", "organizationBpName1")} - {"", name}
        if others:
            out.warn(
                "names",
                _("A partner has several names. The full name counts, the others are kept as aliases."),
                record.row,
            )
        where = addresses.get(number, [])
        place = where[0].data if where else {}
        parts = [str(place.get(k) or "") for k in ("streetName", "postalCode", "cityName", "region", "country")]
        own = areas.get(number, [])
        terms = tuple(
            sorted(
                ("/".join(str(a.data.get(k) or "") for k in ("salesOrganization", "distributionChannel", "division")),
                 str(a.data.get("customerPaymentTerms") or ""))
                for a in own
            )
        )  # fmt: skip
        money = Counter(str(a.data.get("currency") or "") for a in own)
        payer = next(
            (
                str(c.data.get("alternativePayerAccount"))
                for c in companies.get(number, [])
                if c.data.get("alternativePayerAccount")
            ),
            "",
        )
        out.partners.append(
            Partner(
                number, name, tuple(sorted(others)), bool(record.data.get("businessPartnerIsBlocked")),
                bool(record.data.get("isMarkedForArchiving")), money.most_common(1)[0][0] if money else "", str(place.get("country") or ""),
                ", ".join(p for p in parts if p)[:300], payer, terms, record.row,
            )
        )  # fmt: skip
    out.records["customer"] = sum(len(entity.get(n, ())) for n in USED[:4])


def _products(out: Reading, entity: Mapping[str, tuple[Record, ...]]) -> None:
    names = _by(entity.get("product_descriptions", ()), "product")
    for record in entity.get("products", ()):
        t = _Taking(record)
        number = t.text("product", 40, needed=True)
        said = names.get(number, [])
        said.sort(key=lambda r: {"ZH": 0, "EN": 1}.get(str(r.data.get("language")), 2))
        name = str(said[0].data.get("productDescription") or "").strip()[:200] if said else ""
        unit, family = t.text("baseUnit", 32), t.text("productGroup", 60)
        if not t.bad(out, "item", number):
            out.products.append(
                Product(
                    number,
                    name or number,
                    unit or "PC",
                    family,
                    bool(record.data.get("isMarkedForDeletion")),
                    record.row,
                )
            )
    out.records["item"] = len(entity.get("products", ())) + len(entity.get("product_descriptions", ()))


def _paper(
    out: Reading, head: _Taking, kind: str, key: str, customer: str, day: date | None, currency: str, net: int, lines: list[PaperLine],
    *, state: str = "", reference: str = "", terms: str = "", requested: date | None = None, posted_as: str = "", more: int = 0,
) -> None:  # fmt: skip
    if head.bad(out, kind, key) or day is None:
        return
    if sum(x.net for x in lines) != net:
        out.warn(
            "sums",
            _("The lines of a document do not add up to its total. Both are kept as SAP says them."),
            head.record.row,
        )
    paper = Paper(
        key=key, customer=customer, kind=kind, document=key, day=day, currency=currency, net=net, exact=0, lines=tuple(lines),
        reference=reference, state=state, terms=terms, requested=requested, posted_as=posted_as,
    )  # fmt: skip
    out.papers.append(paper)
    out.weights[paper.object, key] = 1 + len(lines) + more


def _lines(
    head: _Taking,
    records: Sequence[Record],
    *,
    item: str,
    quantity: str,
    unit: str,
    net: str,
    currency: str,
    before: tuple[str, str] | None,
    n: str,
) -> list[PaperLine]:
    """Lines of one paper; a fault of a line is a fault of the paper, which lands whole or not at all."""
    out = []
    for record in records:
        t = _Taking(record)
        amount = t.minor(net, currency) if net else 0
        count = t.quantity(quantity)
        price = 0
        if count and net:
            price = amount * QUANTITY_SCALE * PRICE_SCALE // (10 ** exponent(currency) * count)
        previous = "/".join(t.text(n, 40).lstrip("0") for n in before) if before else ""
        out.append(
            PaperLine(
                record.row,
                t.text(item, 40) if item else "",
                "",
                count,
                price,
                amount,
                t.text(unit, 32),
                previous,
                t.text(n, 20).lstrip("0"),
                t.text("salesDocumentRjcnReason", 20),
            )
        )
        head.faults.extend(t.faults)
    return out


def _orders(out: Reading, entity: Mapping[str, tuple[Record, ...]]) -> None:
    items = _by(entity.get("sales_order_items", ()), "salesOrder")
    dates = _by(entity.get("sales_order_schedule_lines", ()), "salesOrder")
    for record in entity.get("sales_order_headers", ()):
        t = _Taking(record)
        key, currency = t.text("salesOrder", 40, needed=True), t.currency("transactionCurrency")
        lines = _lines(t, items.get(key, []), item="material", quantity="requestedQuantity", unit="requestedQuantityUnit", net="netAmount",
                       currency=currency, before=None, n="salesOrderItem")  # fmt: skip
        refused = sum(1 for r in items.get(key, []) if r.data.get("salesDocumentRjcnReason"))
        status = {"A": "open", "B": "part", "C": "delivered"}.get(t.text("overallDeliveryStatus"), "open")
        state = "rejected" if refused and refused == len(lines) else f"{status}+rejected" if refused else status
        _paper(out, t, "order", key, t.text("soldToParty", 20, needed=True), t.day("creationDate", needed=True), currency,
               t.minor("totalNetAmount", currency), lines, state=state, terms=t.text("customerPaymentTerms", 20),
               requested=t.day("requestedDeliveryDate"), more=len(dates.get(key, ())))  # fmt: skip
    out.records["order"] = sum(
        len(entity.get(n, ())) for n in ("sales_order_headers", "sales_order_items", "sales_order_schedule_lines")
    )


def _deliveries(out: Reading, entity: Mapping[str, tuple[Record, ...]]) -> None:
    items = _by(entity.get("outbound_delivery_items", ()), "deliveryDocument")
    bought = {str(r.data.get("salesOrder")): r.data for r in entity.get("sales_order_headers", ())}
    goods = {
        f"{r.data.get('salesOrder')}/{str(r.data.get('salesOrderItem') or '').lstrip('0')}": str(
            r.data.get("material") or ""
        )
        for r in entity.get("sales_order_items", ())
    }
    for record in entity.get("outbound_delivery_headers", ()):
        t = _Taking(record)
        key = t.text("deliveryDocument", 40, needed=True)
        own = items.get(key, [])
        order = bought.get(str(own[0].data.get("referenceSdDocument")) if own else "", {})
        lines = _lines(t, own, item="", quantity="actualDeliveryQuantity", unit="deliveryQuantityUnit", net="",
                       currency="XXX", before=("referenceSdDocument", "referenceSdDocumentItem"), n="deliveryDocumentItem")  # fmt: skip
        lines = [replace(x, item=goods.get(x.reference, "")[:40]) for x in lines]
        moved = t.day("actualGoodsMovementDate")
        status = (
            "shipped"
            if t.text("overallGoodsMovementStatus") == "C"
            else "picked"
            if t.text("overallPickingStatus") == "C"
            else "open"
        )
        _paper(out, t, "delivery", key, str(order.get("soldToParty") or ""), moved or t.day("creationDate", needed=True),
               str(order.get("transactionCurrency") or "XXX"), 0, lines, state=status)  # fmt: skip
    out.records["delivery"] = sum(
        len(entity.get(n, ())) for n in ("outbound_delivery_headers", "outbound_delivery_items")
    )


def _billing(out: Reading, entity: Mapping[str, tuple[Record, ...]]) -> None:
    items = _by(entity.get("billing_document_items", ()), "billingDocument")
    cancelled_by = {
        str(r.data.get("cancelledBillingDocument")): str(r.data.get("billingDocument"))
        for r in entity.get("billing_document_headers", ()) if r.data.get("cancelledBillingDocument")
    }  # fmt: skip
    again = _by(entity.get("billing_document_cancellations", ()), "billingDocument")
    types = {
        str(r.data.get("billingDocument")): r.data.get("billingDocumentType")
        for r in entity.get("billing_document_headers", ())
    }
    for record in entity.get("billing_document_headers", ()):
        t = _Taking(record)
        key, currency = t.text("billingDocument", 40, needed=True), t.currency("transactionCurrency")
        cancels = t.text("cancelledBillingDocument", 40)
        credit = (types.get(cancels) if cancels else types.get(key)) in CREDITS
        # SAP writes headers of cancellations and credit memos with a plus, and books them with a minus.
        sign = -1 if bool(cancels) != credit else 1
        lines = [
            replace(x, quantity=sign * x.quantity, net=sign * x.net)
            for x in _lines(t, items.get(key, []), item="material", quantity="billingQuantity", unit="billingQuantityUnit", net="netAmount",
                            currency=currency, before=("referenceSdDocument", "referenceSdDocumentItem"), n="billingDocumentItem")
        ]  # fmt: skip
        is_cancelled = bool(record.data.get("billingDocumentIsCancelled"))
        if is_cancelled and key not in cancelled_by:
            out.warn(
                "no_cancellation", _("An invoice is cancelled, but its cancellation is not in the extract."), record.row
            )
        booked = [t.text(n, 20) for n in ("companyCode", "fiscalYear", "accountingDocument")]
        _paper(out, t, "cancellation" if cancels else "credit" if credit else "invoice", key, t.text("soldToParty", 20, needed=True),
               t.day("billingDocumentDate", needed=True), currency, sign * t.minor("totalNetAmount", currency), lines,
               state="cancelled" if is_cancelled else "posted", reference=cancels or cancelled_by.get(key, ""),
               posted_as="/".join(booked) if booked[2] else "", more=len(again.get(key, ())))  # fmt: skip
    names = ("billing_document_headers", "billing_document_items", "billing_document_cancellations")
    out.records["billing"] = sum(len(entity.get(n, ())) for n in names)


def _claims(out: Reading, entity: Mapping[str, tuple[Record, ...]]) -> None:
    known = {p.number for p in out.partners}
    stood: dict[str, int] = {}
    for record in entity.get("journal_entry_items_accounts_receivable", ()):
        t = _Taking(record)
        currency, own = t.currency("transactionCurrency"), t.currency("companyCodeCurrency")
        parts = [
            t.text(n, 20, needed=True)
            for n in ("companyCode", "fiscalYear", "accountingDocument", "accountingDocumentItem")
        ]
        key = "/".join(parts)
        amount = t.minor("amountInTransactionCurrency", currency)
        base = t.minor("amountInCompanyCodeCurrency", own)
        customer, posted = t.text("customer", 20, needed=True), t.day("postingDate", needed=True)
        settled, clearing = t.day("clearingDate"), t.text("clearingAccountingDocument", 40)
        dated = t.day("documentDate") or posted
        due = t.day("netDueDate")
        if known and customer and customer not in known:
            t.faults.append(Fault("customer", customer, _("There is no customer with this number."), None, record.row))
        if not t.faults and amount == 0:
            t.faults.append(
                Fault("amountInTransactionCurrency", "0", _("The amount is zero: nothing is owed."), None, record.row)
            )
        if key in stood:
            t.faults.append(
                Fault(
                    "accountingDocument",
                    key,
                    _("This number stands in row %(row)s already.", row=stood[key]),
                    None,
                    record.row,
                )
            )
        if t.bad(out, "entry", key) or posted is None or dated is None:
            continue
        stood[key] = record.row
        out.claims.append(
            Claim(
                key=key, row=record.row, customer=customer, document=parts[2], kind="invoice" if amount > 0 else "credit",
                document_date=dated, posting_date=posted, due=due, base_date=None, amount=amount, currency=currency,
                base_amount=None if own == currency else base, settled=settled if clearing else None, clearing=clearing,
                reference=t.text("referenceDocument", 60), text=t.text("assignmentReference"), account="9901",
            )
        )  # fmt: skip
    out.records["entry"] = len(entity.get("journal_entry_items_accounts_receivable", ()))


def _left_out(out: Reading, entity: Mapping[str, tuple[Record, ...]]) -> None:
    keys = {c.key for c in out.claims}
    for name, records in entity.items():
        if name in USED or not records:
            continue
        if name == "payments_accounts_receivable":
            again = sum(
                "/".join(
                    str(r.data.get(n) or "")
                    for n in ("companyCode", "fiscalYear", "accountingDocument", "accountingDocumentItem")
                )
                in keys
                for r in records
            )
            if again == len(records):
                why = _("Holds no payments: its %(count)s rows are cleared items of the receivables again. Counting both would double them.",
                        count=again)  # fmt: skip
            else:
                why = _("%(again)s of its rows are items of the receivables again; the others name no item we know. Nothing of it is booked.",
                        again=again)  # fmt: skip
            out.left_out[name] = (len(records), why)
        else:
            out.left_out[name] = (len(records), _("Not needed for receivables; nothing of it is kept."))
