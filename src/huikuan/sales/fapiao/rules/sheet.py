"""A register of invoices as the electronic tax bureau exports it, read row by row. Pure.

Which bill a row is of stands in a column of our own, or in the remark, where whoever issues writes the bill's number. A row
may name several bills of one payer. A number that a bill has already adds nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from huikuan.books.customers.rules import fold as fold_name
from huikuan.kit.errors import Fault
from huikuan.kit.money import parse_minor
from huikuan.kit.words import Say, _
from huikuan.sales.fapiao.rules.judge import CURRENCY, Bill, Draft, There, judge
from huikuan.sales.fapiao.rules.number import DIGITAL, day

# field -> (heading in English, heading in Chinese, other headings that are exported)
COLUMNS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "digital": (
        "E-invoice number", "数电发票号码",
        ("数电票号码", "全电发票号码", "数电票号", "数电发票号", "e-invoice no", "e-invoice"),
    ),
    "code": ("Invoice code", "发票代码", ()),
    "number": ("Invoice number", "发票号码", ("发票号", "invoice no")),
    "issued_on": ("Date of issue", "开票日期", ("开具日期", "开票时间", "issue date", "date")),
    "amount": ("Total with tax", "价税合计", ("价税合计(元)", "价税合计金额", "total")),
    "buyer": ("Buyer", "购买方名称", ("购方名称", "购货方名称", "购买方", "buyer name")),
    "bill": ("Bill", "单据号", ("账单号", "我方单号", "单据编号", "bill number", "billing document")),
    "state": ("State", "发票状态", ("状态", "status")),
    "remark": ("Remark", "备注", ("note",)),
}  # fmt: skip
MOST_ROWS = 5_000
ROUNDED = "0" * (DIGITAL - 15)  # Excel keeps 15 digits of a number
_LIST = re.compile(r"[\s,;、/|+&和及]+")
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9_\-]{3,23}")


@dataclass(frozen=True, slots=True)
class Known:
    """What the company has: bills by number, what is noted already (see `judge`), who is called what (folded name ->
    customers), and the day it is."""

    bills: Mapping[str, Bill]
    there: Sequence[There]
    called: Mapping[str, Collection[int]]
    today: date


@dataclass(frozen=True, slots=True)
class Read:
    """`rows` of each draft are in the drafts; `known`: rows that add nothing; `faults`: row -> what is wrong with it."""

    drafts: tuple[Draft, ...]
    known: tuple[int, ...]
    faults: Mapping[int, tuple[Fault, ...]]


def fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).strip().casefold().split())


def headings(cells: Iterable[str]) -> dict[int, str]:
    """Column index -> field, by heading in either language. Unknown columns are left out."""
    names: dict[str, str] = {}
    for name, (en, zh, others) in COLUMNS.items():
        for heading in (name, en, zh, *others):
            names.setdefault(fold(heading), name)
    found: dict[int, str] = {}
    for i, cell in enumerate(cells):
        field = names.get(fold(str(cell)).rstrip(" *"))
        if field and field not in found.values():
            found[i] = field
    return found


def missing(found: Collection[str]) -> list[str]:
    """Headings that must be there and are not: a number, a date, and what tells the bill."""
    must = (("digital", "number"), ("issued_on",), ("bill", "remark"))
    return [" / ".join(COLUMNS[n][1] for n in some) for some in must if not set(some) & set(found)]


def text(cells: Mapping[str, str], field: str) -> str:
    """What a cell says: exports put a tab behind a number, and people an apostrophe before it, to keep it a text."""
    return unicodedata.normalize("NFKC", cells.get(field, "")).strip().lstrip("'").strip()


def buyer(cells: Mapping[str, str]) -> str:
    """The buyer's name as customers are found by."""
    return fold_name(text(cells, "buyer"))


def bills_named(cells: Mapping[str, str]) -> list[str]:
    """What may be numbers of bills in a row, in capitals: those in the column for it, else whatever the remark holds."""
    given = [x for x in _LIST.split(text(cells, "bill").upper()) if x]
    return given or list(dict.fromkeys(_NUMBER.findall(text(cells, "remark").upper())))[:50]


def read(rows: Iterable[tuple[int, Mapping[str, str]]], known: Known) -> Read:
    """Rows (number, field -> text) as numbers to note. A row lands whole or not at all."""
    faults: dict[int, list[Fault]] = {}
    drafts: list[Draft] = []
    nothing: list[int] = []
    stands = {(t.document, t.key) for t in known.there}
    amounts: dict[tuple[int, tuple[str, str]], int | None] = {}
    columns = dict(rows)
    for number, cells in columns.items():
        row = _Row(number, cells, known)
        found = row.read()
        if row.faults:
            faults[number] = row.faults
            continue
        fresh = []
        for draft in found:
            place = (draft.document, draft.key)
            if place in amounts and amounts[place] != draft.amount:
                row.wrong("amount", _("The same invoice stands in an earlier row with another amount."))
            elif place not in stands and place not in amounts:
                fresh.append(draft)
        if row.faults:
            faults[number] = row.faults
            continue
        amounts.update({(d.document, d.key): d.amount for d in fresh})
        drafts += fresh
        if not fresh:
            nothing.append(number)
    bills = {b.id: b for b in known.bills.values()}
    # What one row is refused for may be what another one rests on: judged again without it, until nothing more falls.
    while drafts and (found_wrong := judge(drafts, bills, known.there, known.today)):
        for i, some in found_wrong.items():
            told = faults.setdefault(drafts[i].row or 0, [])
            told += [own for f in some if (own := replace(f, field=_column(f.field, columns[f.row or 0]))) not in told]
        drafts = [d for d in drafts if d.row not in faults]
    return Read(tuple(drafts), tuple(nothing), {n: tuple(some) for n, some in sorted(faults.items())})


def _column(field: str, cells: Mapping[str, str]) -> str:
    """The column in which a draft's field stood."""
    if field == "document":
        return "bill" if text(cells, "bill") else "remark"
    return "digital" if field == "number" and text(cells, "digital") else field


class _Row:
    def __init__(self, number: int, cells: Mapping[str, str], known: Known) -> None:
        self.number, self.cells, self.known = number, cells, known
        self.faults: list[Fault] = []

    def wrong(self, field: str, reason: Say, remedy: Say | None = None) -> None:
        self.faults.append(Fault(field, self.cells.get(field, "")[:200], reason, remedy, self.number))

    def read(self) -> list[Draft]:
        for field in COLUMNS:
            if text(self.cells, field).startswith("="):
                self.wrong(field, _("The cell holds a formula."), _("Paste it as a value."))
        if self.faults:
            return []
        if any(word in text(self.cells, "state") for word in ("作废", "void")):
            self.wrong("state", _("The invoice was voided at the tax platform."), _("Leave the row out."))
        code, number = self._number()
        issued = day(text(self.cells, "issued_on"))
        if issued is None:
            self.wrong("issued_on", _("This is not a date."), _("Write it as 2026-03-31."))
        amount = self._amount()
        bills = self._bills()
        if self.faults or issued is None:
            return []
        return [Draft(b.id, code, number, issued, amount, self.number) for b in bills]

    def _number(self) -> tuple[str, str]:
        field = "digital" if text(self.cells, "digital") else "number"
        number, code = text(self.cells, field), text(self.cells, "code")
        if not number:
            self.wrong(field, _("The cell is empty."), _("Copy the number from the invoice."))
        elif (len(number) == DIGITAL and number.endswith(ROUNDED)) or "E+" in number.upper():
            self.wrong(field, _("A spreadsheet has rounded this number: its last digits are lost."),
                       _("Keep the column as text, or note the number by hand."))  # fmt: skip
        return ("" if field == "digital" or len(number) == DIGITAL else code), number

    def _amount(self) -> int | None:
        written = text(self.cells, "amount")
        if not written:
            return None
        try:
            return parse_minor(written, CURRENCY)
        except ValueError:
            self.wrong("amount", _("This is not an amount."), _("Write it as 1234.50."))
            return None

    def _bills(self) -> list[Bill]:
        own = bool(text(self.cells, "bill"))
        field = "bill" if own else "remark"
        named = bills_named(self.cells)
        found = {b.id: b for n in named if (b := self.known.bills.get(n))}
        lost = [n for n in named if n not in self.known.bills] if own else []
        if lost:
            self.wrong("bill", _("There is no bill %(numbers)s.", numbers=lost[:5]), _("Check its number."))
        elif not found:
            self.wrong(field, _("No bill of ours is named here."), _("Write its number into a column 单据号."))
        elif len({b.payer for b in found.values()}) > 1:
            self.wrong(field, _("The bills that are named have different payers."), _("An invoice is one payer's."))
        else:
            who = set(self.known.called.get(buyer(self.cells), ()))
            if who and not who & {x for b in found.values() for x in (b.payer, b.customer)}:
                self.wrong("buyer", _("The bill is another customer's."), _("Check the number of the bill."))
        return list(found.values())
