"""Invoice lines as documents: lines of one number are one document, extended exactly and rounded once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from huikuan.kit.errors import Fault
from huikuan.kit.money import PRICE_SCALE, QUANTITY_SCALE, divide, exponent
from huikuan.kit.words import _
from huikuan.review.takeover.rules.claims import BadRow, Claim, Party, Warning, digest, is_shifted, raw_of, width_fault
from huikuan.review.takeover.rules.files import Row, Sheet
from huikuan.review.takeover.rules.maps import Map
from huikuan.review.takeover.rules.values import MOST, Bad, fault, lay, to_scale

EXACT = (
    QUANTITY_SCALE * PRICE_SCALE
)  # a line's value is an integer of 10^-16 currency units until the document is summed


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One line: quantity 10^-6, price 10^-10, `net` minor units (its share of the rounded document)."""

    row: int
    item: str
    text: str
    quantity: int
    price: int
    net: int
    unit: str = ""
    reference: str = ""
    n: str = ""  # its number there
    rejected: str = ""  # why it was refused there


@dataclass(frozen=True, slots=True)
class Paper:
    """One document with its lines. `net` is the exact sum rounded half-up once; `exact` that sum in 10^-16 units.

    `posted_as` is the accounting document that a bill was posted under there.
    """

    key: str
    customer: str
    kind: str  # invoice, credit, adjustment; order, delivery, cancellation from SAP
    document: str
    day: date
    currency: str
    net: int
    exact: int
    lines: tuple[PaperLine, ...]
    due: date | None = None
    reference: str = ""
    state: str = ""
    terms: str = ""
    requested: date | None = None
    posted_as: str = ""

    @property
    def object(self) -> str:
        """What it is among the objects that someone leads."""
        return self.kind if self.kind in {"order", "delivery"} else "billing"

    @property
    def stands(self) -> int:
        """What of it counts: lines that were refused there do not, unless all of it was."""
        if self.object != "order" or not self.lines:
            return sum(x.net for x in self.lines) if self.posted_as and self.lines else self.net
        kept = [x for x in self.lines if x.quantity > 0]
        live = [x for x in kept if not x.rejected]
        return sum(x.net for x in (kept if all(x.rejected for x in self.lines) else live))

    def digest(self) -> str:
        """Of all that is said. What only some systems say counts only where it is said, so that digests stay as they were."""
        more = [
            self.requested.isoformat() if self.requested else "",
            self.posted_as,
            [[x.n, x.rejected] for x in self.lines if x.n],
        ]
        return digest([self.customer, self.kind, self.day.isoformat(), self.currency, self.net, self.state, self.reference,
                       [[x.item, x.text, x.quantity, x.price, x.net, x.unit, x.reference] for x in self.lines],
                       *([more] if any(more) else [])])  # fmt: skip

    def claim(self, mapped_revenue: str) -> Claim:
        """The item that the document makes on the customer's account."""
        kind = "other" if self.kind == "adjustment" else "invoice" if self.net > 0 else "credit"
        return Claim(
            key=self.key, row=self.lines[0].row, customer=self.customer, document=self.document, kind=kind,
            document_date=self.day, posting_date=self.day, due=self.due, base_date=None, amount=self.net,
            currency=self.currency, reference=self.reference, terms=self.terms, account=mapped_revenue,
        )  # fmt: skip


def share_out(exact: Sequence[int], unit: int) -> tuple[int, list[int]]:
    """(total, pieces): the sum of exact amounts (in 1/unit) rounded half-up once, and each rounded so that they add up.

    Each piece is its amount rounded down or up; those with the largest remainder go up, ties by position.
    """
    total = divide(sum(exact), unit)
    pieces = [x // unit for x in exact]
    left = total - sum(pieces)
    order = sorted(range(len(exact)), key=lambda i: (-(exact[i] % unit), i))
    for i in order[:left]:
        pieces[i] += 1
    return total, pieces


@dataclass(slots=True)
class PapersReading:
    """`read` counts lines; `rounding` says what rounding each document once did, per currency (exact fractions)."""

    read: int
    papers: list[Paper]
    bad: list[BadRow]
    parties: dict[str, Party]
    warnings: dict[str, Warning]
    documents: dict[str, int]
    exact: dict[str, Fraction]
    waiting_exact: dict[str, Fraction]
    kinds: dict[tuple[str, str], list[int]]  # (kind, currency) → documents, their rounded sum; the waiting ones too


_TOGETHER = _("A document lands whole or not at all: mend that row and load the document again.")


def read_papers(sheet: Sheet, mapped: Map, *, known: Collection[str] | None = None) -> PapersReading:
    """Every line as part of a document; a document with a bad line waits as a whole, each of its rows with its reason."""
    laid = lay(sheet, mapped)
    out = PapersReading(len(sheet.rows), [], [], {}, {}, {"read": 0, "landed": 0, "waiting": 0}, {}, {}, {})
    together: dict[str, list[tuple[Row, dict[str, Any]]]] = {}
    wrong: dict[str, list[tuple[Row, tuple[Fault, ...]]]] = {}
    stray: list[tuple[Row, tuple[Fault, ...]]] = []
    columns = list(laid.items())
    needed = ("customer", "document", "document_date", "quantity", "price", "currency")
    for row in sheet.rows:
        got: dict[str, Any] = {}
        faults = list(row.faults)
        number, cells, _faults = row
        if is_shifted(sheet, cells):
            faults.append(width_fault(sheet, row))
        for name, column in columns:
            try:
                got[name] = column.value(cells)
            except Bad as bad:
                faults.append(fault(number, name, column.text(cells), bad))
        faulty = {f.field for f in faults}
        for name in needed:
            if got.get(name) is None and name not in faulty:
                faults.append(Fault(name, "", _EMPTY[name], _MEND.get(name), number))
        customer = got.get("customer")
        if customer and len(customer) > 20:
            faults.append(
                Fault("customer", customer, _("A customer's number has at most 20 characters."), None, number)
            )
        elif customer and known is not None and mapped.customers == "must_exist" and customer not in known:
            faults.append(Fault("customer", customer, _("There is no customer with this number."),
                                _("Open the customer first, or let the map say customers: create."), number))  # fmt: skip
        for name in ("quantity", "price"):
            if got.get(name) is not None:
                try:
                    got[name] = to_scale(
                        got[name], QUANTITY_SCALE if name == "quantity" else PRICE_SCALE, rounding=False
                    )
                except Bad as bad:
                    faults.append(fault(number, name, str(got[name]), bad))
        document = got.get("document") if isinstance(got.get("document"), str) else None
        if document is None or len(document) > 40:
            stray.append(
                (
                    row,
                    tuple(faults)
                    or (
                        Fault(
                            "document",
                            str(document),
                            _("This is longer than %(most)s characters.", most=40),
                            None,
                            number,
                        ),
                    ),
                )
            )
        else:
            together.setdefault(document, []).append((row, got))
            if faults:
                wrong.setdefault(document, []).append((row, tuple(faults)))
    for key, lines in together.items():
        _document(out, sheet, mapped, key, lines, wrong.get(key, []))
    for row, faults_ in stray:
        out.bad.append(BadRow(row.number, raw_of(sheet, row.cells), faults_))
    out.bad.sort(key=lambda b: b.row)
    return out


_EMPTY = {
    "customer": _("The line names no customer. It is kept aside, not dropped and not given to anyone."),
    "document": _("The line names no document."),
    "document_date": _("The line has no date."),
    "quantity": _("The line has no quantity."),
    "price": _("The line has no price."),
    "currency": _("The line has no currency."),
}
_MEND = {"customer": _("Find out who it was and feed the row again with the customer's number.")}


def _document(
    out: PapersReading, sheet: Sheet, mapped: Map, key: str, lines: list[tuple[Row, dict[str, Any]]],
    wrong: list[tuple[Row, tuple[Fault, ...]]],
) -> None:  # fmt: skip
    out.documents["read"] += 1
    trouble = {row.number: faults for row, faults in wrong}
    first_row, first = lines[0]
    if not wrong:
        for row, got in lines[1:]:
            for name in ("customer", "currency"):
                if got[name] != first[name]:
                    trouble[row.number] = (
                        Fault(name, str(got[name]), _("Row %(row)s of the same document says %(other)s.", row=first_row.number,
                                                      other=str(first[name])), _TOGETHER, row.number),
                    )  # fmt: skip
    currency = str(first.get("currency") or "")
    exact = [
        got["quantity"] * got["price"]
        for _row, got in lines
        if isinstance(got.get("quantity"), int) and isinstance(got.get("price"), int)
    ]
    out.exact[currency] = out.exact.get(currency, Fraction()) + Fraction(sum(exact), EXACT)
    if currency:
        kind = first.get("kind") or "by sign"
        whole = divide(sum(exact), EXACT // 10 ** exponent(currency))
        tally = out.kinds.setdefault(
            (("credit" if whole < 0 else "invoice") if kind == "by sign" else kind, currency), [0, 0]
        )
        tally[0] += 1
        tally[1] += whole
    if trouble:
        out.documents["waiting"] += 1
        out.waiting_exact[currency] = out.waiting_exact.get(currency, Fraction()) + Fraction(sum(exact), EXACT)
        cause = min(trouble)
        for row, _got in lines:
            faults = trouble.get(row.number) or (
                Fault("document", key, _("Row %(row)s of this document is wrong.", row=cause), _TOGETHER, row.number),
            )
            out.bad.append(BadRow(row.number, raw_of(sheet, row.cells), faults, key))
        return
    unit = EXACT // 10 ** exponent(currency)
    net, pieces = share_out(exact, unit)
    if abs(net) > MOST:
        out.documents["waiting"] += 1
        for row, _got in lines:
            out.bad.append(BadRow(row.number, raw_of(sheet, row.cells),
                                  (Fault("document", key, _("This is larger than any amount here can be."), None, row.number),), key))  # fmt: skip
        return
    out.documents["landed"] += 1
    day = min(got["document_date"] for _row, got in lines)
    if any(got["document_date"] != day for _row, got in lines):
        out.warnings.setdefault("days", Warning(_("Lines of one document are of several days. The first counts."))).add(
            first_row.number
        )
    party = out.parties.setdefault(first["customer"], Party(first["customer"]))
    party.currencies[currency] += 1
    for name in ("customer_name", "country", "terms"):
        if first.get(name):
            if name == "customer_name":
                party.names[first[name]] += 1
            else:
                setattr(party, name, getattr(party, name) or first[name])
    kind = first.get("kind") or "by sign"
    if kind == "by sign" or kind not in {"invoice", "credit", "adjustment"}:
        kind = "credit" if net < 0 else "invoice"
    if net == 0:
        out.warnings.setdefault("zero", Warning(_("The document comes to zero: it is kept, and owes nothing."))).add(
            first_row.number
        )
    out.papers.append(
        Paper(
            key=key, customer=first["customer"], kind=kind, document=key, day=day, currency=currency, net=net, exact=sum(exact),
            lines=tuple(_line(row.number, got, piece) for (row, got), piece in zip(lines, pieces, strict=True)),
            due=first.get("due"), reference=first.get("reference") or "", terms=first.get("terms") or "",
        )
    )  # fmt: skip


def _line(number: int, got: Mapping[str, Any], net: int) -> PaperLine:
    return PaperLine(number, (got.get("item") or "")[:40], got.get("text") or "", got["quantity"], got["price"], net,
                     (got.get("unit") or "")[:32])  # fmt: skip
