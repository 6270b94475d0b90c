"""Which numbers may be noted on which bills, and why not. Pure.

One bill may stand under several invoices (split), and one invoice may cover several bills (merged), but those of one payer
only. Where amounts are told, the invoices of some bills must come to what these bills do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from huikuan.kit.errors import Fault
from huikuan.kit.money import Money
from huikuan.kit.words import Say, _
from huikuan.sales.fapiao.rules.number import form, name

CURRENCY = "CNY"  # every VAT invoice is in yuan


@dataclass(frozen=True, slots=True)
class Draft:
    """A number that is to be noted on a bill. `amount`: the whole invoice with tax, in fen, where it is told; `row`: where
    it stands in what was handed in."""

    document: int
    code: str
    number: str
    issued_on: date
    amount: int | None = None
    row: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        return (self.code, self.number)


@dataclass(frozen=True, slots=True)
class Bill:
    id: int
    number: str
    kind: str
    state: str
    payer: int
    customer: int
    date: date
    gross: int
    currency: str


@dataclass(frozen=True, slots=True)
class There:
    """A number that was noted before and is not struck out, with the bill it stands on."""

    document: int
    bill: str
    payer: int
    gross: int
    currency: str
    code: str
    number: str
    amount: int | None

    @property
    def key(self) -> tuple[str, str]:
        return (self.code, self.number)


def judge(
    drafts: Sequence[Draft], bills: Mapping[int, Bill], there: Sequence[There], today: date
) -> dict[int, tuple[Fault, ...]]:
    """Place in `drafts` -> what is wrong with it. `there`: what is noted on these bills or under these numbers already, and
    whatever hangs together with that."""
    wrong: dict[int, list[Fault]] = defaultdict(list)
    twice = {(t.document, t.key) for t in there}
    payer = {t.key: (t.payer, t.bill) for t in there}
    amounts = {t.key: t.amount for t in there if t.amount is not None}
    for i, draft in enumerate(drafts):
        bill = bills.get(draft.document)
        row = _Row(draft, draft.row or i + 1, wrong[i])
        if row.look(bill, today) or bill is None:
            continue
        no, other = row.no, payer.get(draft.key)
        come = amounts.get(draft.key, draft.amount)
        if (draft.document, draft.key) in twice:
            no("number", name(*draft.key), _("%(bill)s has this number already.", bill=bill.number))
        elif other and other[0] != bill.payer:
            no("number", name(*draft.key), _("This number stands on %(bill)s of another payer.", bill=other[1]),
               _("An invoice is one payer's: check the number and the bill."))  # fmt: skip
        elif draft.amount is not None and come is not None and come != draft.amount:
            no(
                "amount",
                _money(draft.amount),
                _("Elsewhere the same invoice comes to %(amount)s.", amount=Money(come, CURRENCY)),
            )
        else:
            twice.add((draft.document, draft.key))
            payer.setdefault(draft.key, (bill.payer, bill.number))
            if draft.amount is not None:
                amounts[draft.key] = draft.amount
    good = [(i, d) for i, d in enumerate(drafts) if not wrong[i]]
    for i, fault in _unexplained(good, bills, there):
        wrong[i].append(fault)
    return {i: tuple(some) for i, some in wrong.items() if some}


def _money(minor: int) -> str:
    return Money(minor, CURRENCY).text()


@dataclass(frozen=True, slots=True)
class _Row:
    """What is wrong with one draft by itself."""

    draft: Draft
    row: int
    faults: list[Fault]

    def no(self, field: str, value: object, why: Say, remedy: Say | None = None) -> None:
        self.faults.append(Fault(field, str(value)[:200], why, remedy, self.row))

    def look(self, bill: Bill | None, today: date) -> bool:
        draft = self.draft
        if bad := form(draft.code, draft.number):
            self.no(*bad)
        if bill is None:
            self.no("document", draft.document, _("There is no such billing document."), _("Check its number."))
            return True
        if bill.state == "draft":
            self.no("document", bill.number, _("The bill is a draft."), _("Post it first."))
        elif bill.state != "posted" or bill.kind == "cancellation":
            self.no(
                "document",
                bill.number,
                _("The bill is cancelled."),
                _("Note the number on the bill that took its place."),
            )
        if draft.issued_on < bill.date:
            self.no("issued_on", draft.issued_on, _("It lies before the date of the bill, %(day)s.", day=bill.date),
                    _("Check the date, and whether it is this bill."))  # fmt: skip
        if draft.issued_on > today:
            self.no("issued_on", draft.issued_on, _("The day lies in the future."))
        return bool(self.faults)


def _unexplained(
    drafts: Sequence[tuple[int, Draft]], bills: Mapping[int, Bill], there: Sequence[There]
) -> list[tuple[int, Fault]]:
    """Bills and invoices that hang together, directly or by others, must come to the same. An invoice whose amount nobody
    told stands for whatever is missing, but not for what is too much."""
    root: dict[object, object] = {}

    def top(x: object) -> object:
        root.setdefault(x, x)
        while root[x] != x:
            root[x] = root[root[x]]
            x = root[x]
        return x

    billed = {t.document: (t.bill, t.gross, t.currency) for t in there}
    billed |= {d.document: (b.number, b.gross, b.currency) for _i, d in drafts if (b := bills[d.document])}
    told: dict[tuple[str, str], int | None] = {}
    every: list[There | Draft] = [*there, *(d for _i, d in drafts)]
    for each in every:
        root[top(each.document)] = top(each.key)
        if told.get(each.key) is None:
            told[each.key] = each.amount
    groups: dict[object, list[tuple[int, Draft]]] = defaultdict(list)
    for i, draft in drafts:
        groups[top(draft.key)].append((i, draft))
    mine: dict[object, list[tuple[str, int, str]]] = defaultdict(list)
    for document, facts in billed.items():
        mine[top(document)].append(facts)
    amounts: dict[object, list[int | None]] = defaultdict(list)
    for key, amount in told.items():
        amounts[top(key)].append(amount)
    out = []
    for group, some in groups.items():
        if all(d.amount is None for _i, d in some) or any(c != CURRENCY for _n, _g, c in mine[group]):
            continue
        gross = sum(g for _n, g, _c in mine[group])
        known = sum(a for a in amounts[group] if a is not None)
        known = -abs(known) if gross < 0 else known  # a red invoice, with or without its sign
        if known == gross or (None in amounts[group] and known * gross >= 0 and abs(known) <= abs(gross)):
            continue
        why = _("The invoices of %(bills)s come to %(told)s, what was billed to %(gross)s.",
                bills=[n for n, _g, _c in mine[group][:5]], told=Money(known, CURRENCY), gross=Money(gross, CURRENCY))  # fmt: skip
        remedy = _("Give all invoices of these bills at once, or check which bill it is.")
        out += [
            (i, Fault("amount", _money(d.amount), why, remedy, d.row or i + 1)) for i, d in some if d.amount is not None
        ]
    return out
