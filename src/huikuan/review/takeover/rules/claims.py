"""Rows of a list of receivables as claims: each row an item that a customer owes (or that we owe), open or settled."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from huikuan.kit.errors import Fault
from huikuan.kit.words import Say, _
from huikuan.review.takeover.rules.files import Row, Sheet, fit_to_show
from huikuan.review.takeover.rules.maps import Map
from huikuan.review.takeover.rules.values import Bad, Column, fault, lay, to_minor, totals


@dataclass(frozen=True, slots=True)
class Claim:
    """One item of a customer's account. `amount` in minor units of `currency`, + they owe, - we owe.

    `key` is the system's own key of the row. `settled` None = open. `clearing` is the system's clearing document ("" =
    it names none: then items of one customer settled on one day are cleared by one receipt). `rate` 10^-8.
    """

    key: str
    row: int
    customer: str
    document: str
    kind: str
    document_date: date
    posting_date: date
    due: date | None
    base_date: date | None
    amount: int
    currency: str
    base_amount: int | None = None
    settled: date | None = None
    clearing: str = ""
    reference: str = ""
    text: str = ""
    terms: str = ""
    disputed: bool = False
    block: str = ""
    cancelled: bool = False
    account: str = "9901"  # the account on the other side

    @property
    def group(self) -> str:
        """What is cleared together: the system's clearing document, or a customer's day. "" when open."""
        if self.settled is None or self.cancelled:
            return ""
        return (
            f"D|{self.customer}|{self.clearing}"
            if self.clearing
            else f"T|{self.customer}|{self.currency}|{self.settled}"
        )

    def stored(self) -> dict[str, Any]:
        """As kept beside the link, for finding out later what changed."""
        out = {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(self).items() if k != "row"}
        return {k: v for k, v in out.items() if v not in (None, "", False)}


_DATES = ("document_date", "posting_date", "due", "base_date", "settled")


def revived(stored: Mapping[str, Any]) -> Claim:
    """A claim from what was stored of it."""
    values: dict[str, Any] = {k: date.fromisoformat(v) if k in _DATES and v else v for k, v in stored.items()}
    return Claim(**{"row": 0, "due": None, "base_date": None, **values})


def digest(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(slots=True)
class Party:
    """A customer as the file shows it: every spelling with how often it stands there."""

    number: str
    names: Counter[str] = field(default_factory=Counter)
    currencies: Counter[str] = field(default_factory=Counter)
    terms: str = ""
    country: str = ""

    @property
    def name(self) -> str:
        """The most frequent spelling, the first of equals; the number when the file gives no name."""
        return self.names.most_common(1)[0][0] if self.names else self.number

    @property
    def spellings(self) -> list[str]:
        return [n for n in self.names if n != self.name]

    @property
    def currency(self) -> str:
        return self.currencies.most_common(1)[0][0]


@dataclass(slots=True)
class Warning:
    say: Say
    rows: list[int] = field(default_factory=list)
    count: int = 0

    def add(self, row: int) -> None:
        self.count += 1
        if len(self.rows) < 50:
            self.rows.append(row)


@dataclass(slots=True)
class BadRow:
    """A row that waits: what it holds and everything that is wrong with it. `key` is its number where that could be read."""

    row: int
    raw: dict[str, str]
    faults: tuple[Fault, ...]
    key: str = ""


@dataclass(slots=True)
class ClaimsReading:
    read: int
    claims: list[Claim]
    bad: list[BadRow]
    parties: dict[str, Party]
    warnings: dict[str, Warning]

    def warn(self, code: str, say: Say, row: int) -> None:
        self.warnings.setdefault(code, Warning(say)).add(row)


def raw_of(sheet: Sheet, cells: Iterable[str]) -> dict[str, str]:
    """A row as it stands in the file, by heading, fit for storing."""
    out: dict[str, str] = {}
    for place, text in enumerate(cells):
        heading = sheet.headings[place] if place < len(sheet.headings) and sheet.headings[place] else f"({place + 1})"
        out[heading if heading not in out else f"{heading} ({place + 1})"] = fit_to_show(text, 1000)
    return out


def is_shifted(sheet: Sheet, cells: Sequence[str]) -> bool:
    """A line of a CSV with something beyond its headings: a comma inside an amount or a name has moved its cells."""
    return (
        len(cells) > len(sheet.headings)
        and sheet.kind == "csv"
        and any(c.strip() for c in cells[len(sheet.headings) :])
    )


def width_fault(sheet: Sheet, row: Row) -> Fault:
    return Fault("", str(len(row.cells)), _("The row has %(have)s cells, the headings are %(want)s.",
                                            have=len(row.cells), want=len(sheet.headings)), None, row.number)  # fmt: skip


def read_claims(sheet: Sheet, mapped: Map, *, known: Collection[str] | None = None) -> ClaimsReading:
    """Every row of a sheet as a claim or as a bad row. `known`: customers' numbers, asked when the map says must_exist."""
    laid = lay(sheet, mapped)
    out = ClaimsReading(0, [], [], {}, {})
    stood: dict[str, int] = {}
    left_out = totals(sheet, mapped)
    for row in sheet.rows:
        if row.number in left_out:
            out.warn("totals", _("Rows without number and customer are totals. They are left out."), row.number)
            continue
        out.read += 1
        faults = list(row.faults)
        got: dict[str, Any] = {}
        if not any(f.field == "" and not f.remedy for f in row.faults):
            got = _values(laid, row.number, row.cells, faults)
            if sheet.kind == "csv" and (
                len(row.cells) < len([h for h in sheet.headings if h]) or is_shifted(sheet, row.cells)
            ):
                faults.append(width_fault(sheet, row))
        key = "/".join(got[n] for n in ("company_code", "year", "document", "item") if got.get(n))
        if not got.get("document"):
            key = ""  # the other parts name no row
        if not faults:
            _judge(got, laid, row, mapped, known, faults)
        if key and not faults:
            if key in stood:
                faults.append(
                    Fault(
                        "document",
                        key,
                        _("This number stands in row %(row)s already.", row=stood[key]),
                        _ONCE,
                        row.number,
                    )
                )
                key = ""  # the number is the other row's: when that one lands, this one still waits
            else:
                stood[key] = row.number
        if not faults:
            claim = _claim(got, key, row.number, mapped, faults)
        if faults:
            out.bad.append(BadRow(row.number, raw_of(sheet, row.cells), tuple(faults), key))
            continue
        out.claims.append(claim)
        _note(out, claim, got)
    return out


_ONCE = _("Each number may stand once in a file. Remove the row that is wrong.")


def _values(laid: Mapping[str, Column], number: int, cells: Any, faults: list[Fault]) -> dict[str, Any]:
    got: dict[str, Any] = {}
    for name, column in laid.items():
        try:
            got[name] = column.value(cells)
        except Bad as bad:
            faults.append(fault(number, name, column.text(cells), bad))
    return got


def _judge(
    got: dict[str, Any],
    laid: Mapping[str, Column],
    row: Any,
    mapped: Map,
    known: Collection[str] | None,
    faults: list[Fault],
) -> None:
    """What is missing, too long or impossible in one row."""
    for name in ("customer", "document", "document_date", "amount", "currency"):
        if got.get(name) is None:
            shown = laid[name].text(row.cells) if name in laid else ""
            faults.append(Fault(name, shown, _("This must not be empty."), None, row.number))
    number = got.get("customer")
    if number and len(number) > 20:
        faults.append(Fault("customer", number, _("A customer's number has at most 20 characters."), None, row.number))
    elif number and known is not None and mapped.customers == "must_exist" and number not in known:
        faults.append(
            Fault("customer", number, _("There is no customer with this number."),
                  _("Open the customer first, or let the map say customers: create."), row.number)
        )  # fmt: skip
    for name, most in (("document", 40), ("reference", 60), ("terms", 20), ("clearing", 40)):
        if got.get(name) and len(got[name]) > most:
            faults.append(
                Fault(name, got[name], _("This is longer than %(most)s characters.", most=most), None, row.number)
            )


def _claim(got: dict[str, Any], key: str, number: int, mapped: Map, faults: list[Fault]) -> Claim:
    rounding = mapped.rounding == "half-up"
    amount, base = 0, None
    try:
        amount = to_minor(got["amount"], got["currency"], rounding=rounding)
        if amount == 0:
            raise Bad(_("The amount is zero: nothing is owed."), _("Leave the row out."))
    except Bad as bad:
        faults.append(fault(number, "amount", str(got["amount"]), bad))
    if isinstance(got.get("base_amount"), Decimal):
        base = got["base_amount"]
    posted = got.get("posting_date") or got["document_date"]
    settled = got.get("settled")
    if settled is not None and settled < posted:
        faults.append(Fault("settled", settled.isoformat(), _("It would be settled before it was posted (%(posted)s).", posted=posted),
                            None, number))  # fmt: skip
    if got.get("clearing") and settled is None:
        faults.append(Fault("settled", "", _("There is a clearing document but no clearing date."), None, number))
    kind = got.get("kind") or "by sign"
    if kind == "by sign":
        kind = "invoice" if amount > 0 else "credit"
    return Claim(
        key=key, row=number, customer=got["customer"], document=got["document"], kind=kind, document_date=got["document_date"],
        posting_date=posted, due=got.get("due"), base_date=got.get("base_date"), amount=amount, currency=got["currency"],
        base_amount=None if base is None else int((base * 10**8).to_integral_value()),  # 10^-8 until the company's currency is known
        settled=settled, clearing=got.get("clearing") or "", reference=got.get("reference") or "", text=got.get("text") or "",
        terms=got.get("terms") or "", disputed=bool(got.get("disputed")), block=(got.get("block") or "")[:20],
        cancelled=bool(got.get("cancelled")), account=mapped.counter,
    )  # fmt: skip


def in_company(claim: Claim, currency: str, places: int) -> Claim:
    """A claim whose amount in company currency, read from the file, is brought to that currency's minor units."""
    if claim.base_amount is None:
        return claim
    if claim.currency == currency:
        return replace(claim, base_amount=None)
    unit = 10 ** (8 - places)
    return replace(
        claim, base_amount=(abs(claim.base_amount) + unit // 2) // unit * (1 if claim.base_amount > 0 else -1)
    )


def _note(out: ClaimsReading, claim: Claim, got: Mapping[str, Any]) -> None:
    party = out.parties.setdefault(claim.customer, Party(claim.customer))
    party.currencies[claim.currency] += 1
    if got.get("customer_name"):
        party.names[got["customer_name"]] += 1
    if claim.terms and not party.terms:
        party.terms = claim.terms
    if claim.due is not None and claim.due < claim.posting_date:
        out.warn("due_first", _("The due date lies before the posting date. It is kept as it stands."), claim.row)
    if claim.posting_date != claim.document_date and claim.posting_date < claim.document_date:
        out.warn(
            "posted_first", _("The posting date lies before the document date. Both are kept as they stand."), claim.row
        )
