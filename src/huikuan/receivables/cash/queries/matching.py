"""What matching sees: payers and open items."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import (
    Q,
    QuerySet,
)

from huikuan.books.customers import queries as customers
from huikuan.books.customers.rules import account_key, fold, read_terms
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.store import open_rows
from huikuan.kit.errors import Missing
from huikuan.kit.refs import read
from huikuan.kit.words import _
from huikuan.office.trail.store import among
from huikuan.receivables.cash.models import (
    BankLine,
    Lesson,
)
from huikuan.receivables.cash.rules import AdviceLine, Book, Directory, Open, Receipt, Wanted
from huikuan.receivables.cash.rules.payer import families as named_families
from huikuan.receivables.cash.rules.payer import head, words_key
from huikuan.receivables.cash.rules.refs import key as number_key
from huikuan.receivables.cash.rules.refs import mentions, usccs
from huikuan.receivables.cash.rules.tolerance import Band
from huikuan.sales.billing import queries as billing
from huikuan.sales.fapiao import queries as fapiao


def wanted(row: BankLine) -> Wanted:
    return Wanted(row.payer_name, row.payer_account, row.text)


def directory(company: int, asked: Sequence[Wanted], *, near: bool = True) -> Directory:
    """What is known for these payers; a fixed handful of queries however many they are."""
    numbers = {account_key(w.account) for w in asked if w.account}
    folded = {fold(w.name) for w in asked if w.name}
    taxed = {n for w in asked for n in usccs(f"{w.name} {w.text}")}
    accounts = customers.by_account(company, numbers)
    names = customers.by_folded(company, folded)
    taught: dict[str, dict[str, tuple[int, ...]]] = {"name": {}, "account": {}}
    rows = Lesson.objects.filter(company_id=company, live=True, key__in=among(folded | numbers))
    for kind, key, pk in rows.order_by("key", "customer_id").values_list("kind", "key", "customer_id"):
        taught[kind][key] = (*taught[kind].get(key, ()), pk)
    nobody = [w for w in asked if fold(w.name) not in names and account_key(w.account) not in accounts]
    everyone = customers.names(company) if near and nobody else []
    turned: dict[str, tuple[int, ...]] = defaultdict(tuple)
    if any(words_key(w.name) for w in nobody):
        for pk, name, name_en in customers.rows(company).values_list("pk", "name", "name_en"):
            for key in {words_key(name), words_key(name_en)} - {""}:
                turned[key] += (pk,)
    known = {i for m in (accounts, names, *taught.values(), turned) for some in m.values() for i in some} | {
        i for i, _n in everyone
    }
    return Directory(
        accounts=accounts,
        usccs=customers.by_uscc(company, taxed),
        names=names,
        taught_accounts=taught["account"],
        taught_names=taught["name"],
        sorted_names=turned,
        owes=customers.payers(company, known if len(known) < 2000 else None),
        near=everyone,
        shown=dict(customers.rows(company).values_list("pk", "name")) if everyone else {},
    )


def families(company: int) -> dict[int, tuple[int, ...]]:
    """Who belongs together by name and owes apart: a company and its branches (分公司). Customer id of who owes -> others."""
    branches = list(customers.rows(company).filter(folded__endswith="分公司").values_list("pk", "folded"))
    if not branches:
        return {}
    found = named_families(branches, customers.by_folded(company, {head(name) for _pk, name in branches}))
    owes = customers.payers(company, {pk for one, others in found.items() for pk in (one, *others)})
    out: dict[int, set[int]] = defaultdict(set)
    for one, others in found.items():
        out[owes.get(one, one)] |= {owes.get(x, x) for x in others}
    return {one: tuple(sorted(others - {one})) for one, others in out.items() if others - {one}}


# ---- open items as matching sees them ------------------------------------------------------------------------

_OPEN = (
    "id", "customer_id", "document", "reference", "kind", "document_date", "due_date", "remaining", "amount", "base_date",
)  # fmt: skip

# Who else knows our items by other numbers (an order's, the customer's own, a contract's, an e-invoice's, a statement's): find(company,
# written numbers) -> {number as it was written: the numbers of the documents it means; none when nothing is billed on it yet}.
# Floors above hand theirs down in their apps.py.
NumbersOf = Callable[[int, Collection[str]], Mapping[str, Collection[str]]]
other_numbers: dict[str, NumbersOf] = {"orders": billing.of_order_numbers, "fapiaos": fapiao.of_numbers}


@dataclass(frozen=True, slots=True)
class Known:
    """What matching knows of items beside their own row: other numbers by document, early-payment discounts by payer; and
    `ahead`, numbers of orders of which nothing is billed yet."""

    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    discounts: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    ahead: frozenset[str] = frozenset()


def known_beside(company: int, texts: Iterable[str]) -> Known:
    """Other numbers that these texts write, and who may take a discount for paying early."""
    written = {n for t in set(texts) for n in spans(t) if len(n) <= 80 and _DIGIT.search(n)}
    keys: dict[str, set[str]] = defaultdict(set)
    ahead: set[str] = set()
    for find in other_numbers.values() if written else ():
        for number, documents_ in find(company, written).items():
            if not documents_:
                ahead.add(number_key(number))
            for document in documents_:
                keys[document].add(number_key(number))
    early = {
        t.pk: read_terms(t.rule).discounts for t in customers.terms_rows(company).filter(rule__has_key="discounts")
    }
    early = {pk: found for pk, found in early.items() if found}
    discounts = {}
    if early:
        rows = customers.rows(company).filter(terms_id__in=list(early)).values_list("pk", "terms_id")
        discounts = {pk: tuple((d.days, d.rate) for d in early[terms]) for pk, terms in rows}
    return Known({d: tuple(sorted(k)) for d, k in keys.items()}, discounts, frozenset(ahead))


def _opens(rows: Iterable[Any], known: Known | None = None) -> list[Open]:
    if known is None or not (known.keys or known.discounts):
        return [Open(*r[:9]) for r in rows]
    out = []
    for r in rows:
        base = r[9] or r[5]
        early = tuple((base + timedelta(days=d), rate) for d, rate in known.discounts.get(r[1], ())) if r[7] > 0 else ()
        out.append(Open(*(*r[:9], known.keys.get(r[2], ()), early)))
    return out


def _payable(company: int, currency: str) -> QuerySet[Any]:
    """Open items a receipt may pay or be set off with: no receipts, nothing blocked for payment."""
    found = ledger.items(company).select_related(None).exclude(remaining=0).filter(currency=currency)
    return found.exclude(kind="receipt").exclude(kind="account", amount__lt=0)


def books(company: int, currency: str, customer_ids: Collection[int], known: Known | None = None) -> dict[int, Book]:
    found: dict[int, list[Open]] = defaultdict(list)
    rows = _payable(company, currency).filter(customer_id__in=among(set(customer_ids)))
    for item in _opens(rows.values_list(*_OPEN), known):
        found[item.customer].append(item)
    return {c: Book(some) for c, some in found.items()}


def everything(company: int, currency: str, known: Known | None = None) -> list[Open]:
    """All that is open, oldest first."""
    rows = open_rows(company, currency)
    some = [r for r in rows if r[4] != "receipt" and not (r[4] == "account" and r[8] < 0)]
    some.sort(key=lambda r: (r[6] or r[5], r[5], r[0]))  # as `Open.age`
    return _opens(some, known)


_DIGIT = re.compile(r"\d")
_RUN, _JOIN = re.compile(r"[A-Z0-9]+"), re.compile(r"[\s\-_/.#:·]{1,2}")


def spans(text: str) -> set[str]:
    """The numbers of a text as they may be stored: each run of letters and digits, and neighbours with the sign between."""
    clean = text.upper()[:2000]
    runs = list(_RUN.finditer(clean))[:120]
    out = set(mentions(text).whole)
    for i, run in enumerate(runs):
        for j in range(i, min(i + 5, len(runs))):
            if j > i and not _JOIN.fullmatch(clean, runs[j - 1].end(), runs[j].start()):
                break
            span = clean[run.start() : runs[j].end()]
            if len(span) >= 4:
                out.add(span)
    return out


def named(company: int, currency: str, texts: Iterable[str], known: Known | None = None) -> Book:
    """Open items whose number or reference is written in these texts, whoever owes them."""
    written = {s for t in texts for s in spans(t) if len(s) <= 80}
    numbers = sorted(written | set(known.keys if known else ()))
    found: dict[int, Open] = {}
    for i in range(0, len(numbers), 400):
        some = numbers[i : i + 400]
        rows = _payable(company, currency).filter(Q(document__in=some) | Q(reference__in=some))
        for item in _opens(rows.values_list(*_OPEN), known):
            found[item.id] = item
    return Book(found.values())


def receipt(
    row: BankLine,
    customer: int | None = None,
    advice: tuple[AdviceLine, ...] = (),
    band: Band | None = None,
    *,
    sure: bool = False,
) -> Receipt:
    """A line for matching; `row` comes from `lines`, so that what is left is known."""
    left: int = row.left  # type: ignore[attr-defined]
    return Receipt(row.pk, left, row.currency, row.date, row.text, customer, sure, advice, band)


def groups_of(company: int, customer_ids: Collection[int]) -> dict[int, str]:
    """customer id -> number of their group ("" for none)."""
    out: dict[int, str] = {}
    rows = customers.rows(company).filter(pk__in=among(set(customer_ids)))
    out.update({pk: number or "" for pk, number in rows.values_list("pk", "group__number")})
    return out


def documents(company: int, items: Collection[int]) -> dict[int, str]:
    """item id -> document number."""
    rows = ledger.items(company).select_related(None).order_by()
    return dict(rows.filter(pk__in=among(set(items))).values_list("pk", "document")) if items else {}


def line_of(company: int, clearing: int) -> int:
    """The bank line that a clearing applied. Raises Missing."""
    found = ledger.clearings(company).filter(pk=clearing).first()
    source = read(found.source) if found else None
    if source is None or source.kind != "cash.line":
        raise Missing(_("There is no such clearing."))
    return source.pk
