"""A payer's remittance advice: which items they say they pay, with how much, and what they took off.

A line is taken at its word when its number is ours and its amount is what is open there, or differs from it by exactly what
the line says was taken off. Where number and amount do not agree, the amount among this payer's items decides what is
shown, and a person decides whether it is so: numbers are mistyped, amounts hardly ever.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import OSA

from huikuan.kit.words import Say, _
from huikuan.receivables.cash.rules.book import Book, Open, last_digits
from huikuan.receivables.cash.rules.found import DISCOUNT, Deduction, Found, money, names_of
from huikuan.receivables.cash.rules.refs import key

ONE = 100_000_000  # rates are 10^-8
USUAL = tuple(r * ONE // 1000 for r in (5, 10, 15, 20, 25, 30, 40, 50))  # discounts that payers take: 0.5 % to 5 %


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """One line of an advice. `amount`: what was paid on it in minor units, - for a credit taken off; None: not said.
    `deduction`: what was taken off, when the advice has a column for it."""

    ref: str
    amount: int | None
    memo: str = ""
    deduction: int | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a memo says: amounts and rates taken off, the kind of deduction, and whether it is a part payment or none of
    our items at all."""

    amounts: tuple[int, ...] = ()
    rates: tuple[int, ...] = ()
    code: str = ""
    part: bool = False
    ahead: bool = False


_CODES = (
    ("charge", r"手续费|汇费|bank charge|wire fee|bank fee"),
    ("discount", r"现金折扣|早付|提前付款|discount|early\s*pay"),
    ("rebate", r"返利|返点|折让|rebate|bonus"),
    ("fee", r"费用|促销|陈列|堆头|进场|广告|fee\b|promo|display"),
    ("damage", r"残损|破损|质量|damag|defect|quality|broken"),
    ("price", r"价差|价格|单价|pric"),
    ("short", r"短少|少货|缺货|短装|missing|short\s*(?:ship|deliv)|shortage"),
    ("return", r"退货|return"),
    ("retention", r"质保金|保留金|retention"),
    ("penalty", r"罚款|违约|penalty|late deliver"),
    ("freight", r"运费|物流费|freight|shipping"),
    ("tax", r"税|\btax"),
)
_CODE = tuple((code, re.compile(pattern, re.IGNORECASE)) for code, pattern in _CODES)
_OFF = re.compile(r"扣|减|抵|折|less|deduct|discount|off\b|short|withh|net\b|early|terms", re.IGNORECASE)
_TAKEN = re.compile(r"(?<!代)扣|减|抵|\bless\b|deduct|withh", re.IGNORECASE)  # 代扣: the bank collects
_PART = re.compile(r"部分|分期|首付|进度|尾款|part(?:ial)?\b|instal|progress|on acc(?:oun)?t", re.IGNORECASE)
_AHEAD = re.compile(r"预付|预收|定金|订金|advance|pre-?pay|deposit", re.IGNORECASE)
_AMOUNT = re.compile(r"(?<![\d.])(\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+\.\d{1,2})(?![\d.]*%)(?=\D|$)|(\d+)(?=\s*元)")
_RATE = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*[%%]")
_NET = re.compile(r"net\s*(9\d(?:\.\d+)?)\b", re.IGNORECASE)


@lru_cache(maxsize=25_000)
def told(memo: str, places: int = 2) -> Told:
    """What a memo says about the difference between what is open and what was paid."""
    text = unicodedata.normalize("NFKC", memo)[:300]
    if not text:
        return Told()
    code = next((code for code, pattern in _CODE if pattern.search(text)), "")
    off = bool(_OFF.search(text)) or bool(code)
    amounts, rates = [], []
    if off:
        for grouped, whole in _AMOUNT.findall(text):
            number, _dot, cents = (grouped or whole).replace(",", "").partition(".")
            if len(number) <= 15:
                amounts.append(int(number) * 10**places + int((cents + "00000")[:places] or 0))
        rates = [_percent(r) for r in _RATE.findall(text)]
        rates += [ONE - _percent(r) for r in _NET.findall(text)]
    return Told(
        tuple(amounts), tuple(r for r in rates if 0 < r < ONE // 2), code, bool(_PART.search(text)),
        bool(_AHEAD.search(text)),
    )  # fmt: skip


@lru_cache(maxsize=25_000)
def ahead(text: str) -> bool:
    """Whether a remark says that the money comes before what it is for."""
    return bool(_AHEAD.search(unicodedata.normalize("NFKC", text)[:300]))


@lru_cache(maxsize=25_000)
def taken_off(text: str) -> bool:
    """Whether a remark says that something was taken off."""
    return bool(_TAKEN.search(unicodedata.normalize("NFKC", text)[:300]))


def _percent(text: str) -> int:
    whole, _dot, part = text.partition(".")
    return int(whole) * (ONE // 100) + int((part + "0000")[:4]) * (ONE // 1_000_000)


def less(amount: int, rate: int) -> int:
    """An amount less a rate, half up."""
    off = (abs(amount) * rate * 2 + ONE) // (2 * ONE)
    return amount - off if amount >= 0 else amount + off


@dataclass(frozen=True, slots=True)
class _Fit:
    """How an amount fits an item: points, what of the item it pays, what was taken off, whether it may be sure."""

    points: int
    part: int
    off: int = 0
    code: str = ""
    by: str = ""
    sure: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    """One line read against the book: the item it means, how it was found (number, digits, amount, near) and the fit."""

    line: AdviceLine
    item: Open
    how: str
    fit: _Fit


_HOW = {"number": 0, "digits": 2, "amount": 8, "near": 16, "guess": 22}


def fits(item: Open, line: AdviceLine, words: Told, found: Found) -> _Fit | None:
    """How this line's amount fits this item; None when it cannot be meant."""
    left = item.remaining
    paid = line.amount
    if paid is None or paid == left:
        return _Fit(100, left, sure=True)
    if (paid > 0) != (left > 0):
        return None
    gap = left - paid
    stated = {line.deduction} if line.deduction else set(words.amounts)
    sign = 1 if left > 0 else -1
    if gap * sign in stated and gap * sign > 0:
        return _Fit(98, paid, gap, line.code or words.code or "other", "stated", sure=True)
    if any(abs(less(left, r) - paid) <= 1 for r in words.rates):
        return _Fit(97, paid, gap, DISCOUNT, "stated", sure=True)
    if any(abs(less(left, r) - paid) <= 1 for until, r in item.discounts if found.receipt.on <= until):
        return _Fit(97, paid, gap, DISCOUNT, "terms", sure=True)
    if abs(paid) > abs(left):
        # paying on two months after the item was paid is not over-paying it: the surplus must be small to be one
        close = abs(paid) <= abs(left) * 5 // 4
        return _Fit(84 if close else 40, left, sure=close and item.whole)
    if words.code == DISCOUNT or (words.code == "" and _usual(left, paid) and not words.part):
        points = 90 if _usual(left, paid) else 72
        return _Fit(points, paid, gap, DISCOUNT, "guess", sure=_usual(left, paid) and words.code == DISCOUNT)
    if words.part:
        return _Fit(90, paid, sure=True)
    return _Fit(78, paid, sure=True)


def _usual(left: int, paid: int) -> bool:
    return any(abs(less(left, r) - paid) <= 1 for r in USUAL)


_GENERIC = {"", "INVOICE", "INV", "NO", "NR", "BILL", "DOC", "DOCUMENT", "发票", "发票号", "单号", "账单", "NUMBER"}


def _letters(number: str) -> str:
    return re.sub(r"\d.*$", "", key(number))


def _said(line: AdviceLine, book: Book) -> tuple[list[Open], str]:
    """Items that the line's number names, and how."""
    wanted = key(line.ref)
    if len(wanted) >= 3 and (strong := book.named([wanted])):
        return strong, "number"
    digits = last_digits(line.ref)
    if digits:
        some = [
            x for x in book.ending(digits)
            if _letters(line.ref) in _GENERIC or _letters(line.ref) in (_letters(x.document), _letters(x.reference))
        ]  # fmt: skip
        if some:
            return some, "digits"
    return [], ""


def near(one: str, other: str) -> bool:
    """Whether a number is another but for one slip: a digit wrong, lost or added, two neighbours swapped, or letters lost."""
    a, b = key(one), key(other)
    if a == b or min(len(a), len(b)) < 4 or abs(len(a) - len(b)) > 1:
        return a == b
    return one_slip(a, b)


def one_slip(a: str, b: str) -> bool:
    """The same of two keys that differ in length by no more than one."""
    return bool(OSA.distance(a, b, score_cutoff=1) <= 1)


def alike(one: str, other: str) -> bool:
    """Looser than `near`: the same digits in another order, or two digits wrong. Only ever to choose among few."""
    a, b = last_digits(key(one)), last_digits(key(other))
    if len(a) < 3 or len(b) < 3:
        return False
    return sorted(a.zfill(len(b))) == sorted(b.zfill(len(a))) or a.endswith(b) or b.endswith(a)


def _slips(line: AdviceLine, item: Open) -> int:
    """2 a near number, 1 alike, 0 another."""
    if any(near(line.ref, n) for n in (item.document, item.reference) if n):
        return 2
    return int(any(alike(line.ref, n) for n in (item.document, item.reference) if n))


def by_advice(found: Found, book: Book) -> bool:
    """Read the advice against what this customer owes. Returns whether it explains anything."""
    receipt = found.receipt
    lines = [x for x in receipt.advice if x.amount != 0]
    if not lines:
        return False
    words = {id(x): told(x.memo) for x in lines}
    reads: dict[int, _Read] = {}
    used: dict[int, int] = {}  # item -> what lines have taken of it

    def free(items: Iterable[Open]) -> list[Open]:
        out = []
        for x in items:
            left = x.remaining - used.get(x.id, 0)
            if left and (left > 0) == (x.remaining > 0):
                out.append(x if left == x.remaining else x._replace(remaining=left))
        return out

    def keep(i: int, item: Open, how: str, fit: _Fit) -> None:
        reads[i] = _Read(lines[i], item, how, fit)
        used[item.id] = used.get(item.id, 0) + fit.part

    strange = False  # a number says one item, and the amount is exactly that of another
    for i, line in enumerate(lines):
        some, how = _said(line, book)
        best = [(f, x) for x in free(some) if (f := fits(x, line, words[id(line)], found))]
        if not best:
            continue
        fit, item = max(best, key=lambda b: b[0].points)
        # the number is ours, the amount is not: another item with a number like it and exactly this amount?
        if fit.points < 95 and how == "number" and any(
            x.id != item.id and _slips(line, x) == 2 and (g := fits(x, line, words[id(line)], found)) and g.points >= 97
            for x in free(book.items.values())
        ):  # fmt: skip
            strange = True
            continue
        if fit.points < 95 and book.with_amount(line.amount or 0):
            strange = True
        if fit.points < 60 or (how == "digits" and fit.points < 78):
            continue
        if how == "digits" and len([b for b in best if b[0].points == fit.points]) > 1:
            continue
        keep(i, item, how, fit)
    for i, line in enumerate(lines):
        if key(line.ref) in book.gone:
            # paid a moment ago by another receipt: this one may be paying twice, which is no reason to guess
            found.notes.append(_("%(ref)s has just been paid by another receipt.", ref=line.ref))
            continue
        if i not in reads and (choice := _by_amount(line, words[id(line)], free(book.items.values()), found)):
            keep(i, *choice)
    if not reads:
        return False
    _add(found, lines, [reads.get(i) for i in range(len(lines))], strange)
    return True


def _by_amount(line: AdviceLine, words: Told, items: list[Open], found: Found) -> tuple[Open, str, _Fit] | None:
    """The line's number leads nowhere (or to what cannot be meant): which item could it be?"""
    if line.amount is None or words.ahead:
        return None
    options = [(f, x) for x in items if x.document_date <= found.receipt.on and (f := fits(x, line, words, found))]
    exact = [(f, x) for f, x in options if f.points >= 97]
    if exact:
        top = max(f.points for f, _x in exact)
        best = sorted((b for b in exact if b[0].points == top), key=lambda b: (-_slips(line, b[1]), b[1].age))
        slip = _slips(line, best[0][1])
        alone = len(best) == 1 or (slip > 0 and slip > _slips(line, best[1][1]))
        fit, item = best[0]
        return item, "amount" if alone else "guess", replace(fit, sure=False)
    close = [(f, x) for f, x in options if f.points >= 72 and _slips(line, x)]
    if close:
        fit, item = max(close, key=lambda b: (_slips(line, b[1]), b[0].points, -b[1].age[0].toordinal()))
        return item, "near", replace(fit, sure=False)
    usual = [(f, x) for f, x in options if f.points == 90 and f.code == DISCOUNT]
    if len(usual) == 1:
        return usual[0][1], "amount", replace(usual[0][0], points=84, sure=False)
    rest = [(f, x) for f, x in options if f.points >= 72]
    if len(rest) == 1:
        return rest[0][1], "guess", replace(rest[0][0], sure=False)
    if rest:
        fit, item = max(rest, key=lambda b: (b[0].points, -b[1].age[0].toordinal(), -b[1].id))
        return item, "guess", replace(fit, points=fit.points - 10, sure=False)
    return None


def _add(found: Found, lines: list[AdviceLine], reads: list[_Read | None], strange: bool) -> None:
    receipt = found.receipt
    good = [r for r in reads if r is not None]
    lost = [x for x, r in zip(lines, reads, strict=True) if r is None]
    taken: dict[int, int] = {}
    for r in good:
        taken[r.item.id] = taken.get(r.item.id, 0) + r.fit.part
    paid = sum(taken.values())
    if paid > receipt.amount:
        return
    items = [r.item for r in good]
    said = [x.amount for x in lines]
    adds_up = all(a is not None for a in said) and sum(a or 0 for a in said) == receipt.amount
    adds_up = adds_up or (None in said and paid == receipt.amount)
    weakest = min(good, key=lambda r: r.fit.points - _HOW[r.how])
    score = weakest.fit.points - _HOW[weakest.how] - (0 if adds_up else 10) - min(30, 15 * len(lost))
    whole = all(r.how in ("number", "digits") and r.fit.points == 100 for r in good)
    written = all(r.how == "number" or (r.how == "digits" and r.fit.points >= 97) for r in good)
    # whoever pays: our numbers and our amounts; a payer who is certain: our numbers, and amounts that are explained
    proven = whole and all(r.how == "number" for r in good)
    sure = (
        adds_up and not lost and written and not strange and all(r.fit.sure for r in good) and (receipt.sure or proven)
    )
    if sure:
        score = max(score, 91)
    if whole and adds_up and not lost:
        rule, why = "advice", _("The advice names %(docs)s with exactly what is open there.", docs=names_of(items))
    elif any(r.how in ("amount", "near", "guess") for r in good):
        rule = "advice_amount"
        why = _("The advice names %(refs)s; by its amounts that is %(docs)s.",
                refs=[r.line.ref for r in good if r.how not in ("number", "digits")][:6], docs=names_of(items))  # fmt: skip
    elif any(r.fit.off for r in good):
        off = sum(r.fit.off for r in good)
        rule = "advice_deduction"
        why = _("The advice names %(docs)s; %(off)s was taken off (%(codes)s).", docs=names_of(items), off=money(receipt, off),
                codes=sorted({r.fit.code for r in good if r.fit.off}))  # fmt: skip
    elif receipt.amount > paid:
        rule = "advice_over"
        why = _("The advice names %(docs)s, which the payment covers; %(rest)s stays on the receipt.", docs=names_of(items),
                rest=money(receipt, receipt.amount - paid))  # fmt: skip
    else:
        rule = "advice_part"
        why = _("The advice names %(docs)s, and pays part of what is open there.", docs=names_of(items))
    notes: list[Say] = []
    if lost:
        notes.append(_("The advice also names %(refs)s, which is not open here.", refs=[x.ref for x in lost][:6]))
    if not adds_up:
        notes.append(_("The lines of the advice do not add up to the receipt."))
    deductions = tuple(
        Deduction(r.item.id, r.fit.off, r.fit.code, r.fit.by) for r in good if r.fit.off and r.item.remaining > 0
    )
    found.add(
        items, score, rule, why, sure=sure, legs=tuple(sorted(taken.items())), deductions=deductions,
        considered=tuple(notes),
    )  # fmt: skip
