"""Customers by id, number, name, tax number or bank account; who pays for whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Upper

from huikuan.books.customers.models import Alias, BankAccount, Customer, ShipTo
from huikuan.books.customers.rules import account_key, fold
from huikuan.kit.errors import Missing
from huikuan.kit.words import _
from huikuan.office.trail.store import among

CHUNK = 900  # ids in one statement: SQLite's limit on parameters, with room


@dataclass(frozen=True, slots=True)
class Known:
    """A customer as other rooms see it. `payer` is the id of who owes (itself, when nobody else does)."""

    id: int
    number: str
    name: str
    name_en: str
    short_name: str
    external: str
    folded: str
    klass: str
    state: str
    payer: int
    distributor: int | None
    group: int | None
    org: int | None
    terms: int | None
    currency: str
    language: str
    credit_limit: int | None
    uscc: str
    tax_title: str
    tax_kind: str
    tax_address: str
    tax_phone: str
    tax_bank: str
    tax_account: str
    address: str
    contact: str
    phone: str
    email: str
    owner: str
    version: int
    base_stock: int | None = None  # 铺底, where it differs from the terms' amount
    contract_end: date | None = None

    def title(self, language: str) -> str:
        """The name in a language; the other one where there is none."""
        return (self.name_en or self.name) if language.startswith("en") else self.name


@dataclass(frozen=True, slots=True)
class Place:
    """A ship-to."""

    id: int
    customer: int
    number: str
    name: str
    address: str
    contact: str
    phone: str
    active: bool


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account that a customer pays from."""

    id: int
    customer: int
    number: str
    name: str
    bank: str
    bank_code: str
    state: str


_SIMPLE = (
    "number", "name", "name_en", "short_name", "external", "folded", "klass", "state", "currency", "language",
    "credit_limit", "uscc", "tax_title", "tax_kind", "tax_address", "tax_phone", "tax_bank", "tax_account", "address",
    "contact", "phone", "email", "owner", "version", "base_stock", "contract_end",
)  # fmt: skip


def known(row: Customer) -> Known:
    return Known(
        id=row.pk,
        payer=row.payer_key,
        distributor=row.distributor_id,
        group=row.group_id,
        org=row.org_id,
        terms=row.terms_id,
        **{name: getattr(row, name) for name in _SIMPLE},
    )


def rows(company: int) -> QuerySet[Customer]:
    """For this room's own pages and REST."""
    return Customer.objects.filter(company_id=company)


def chunks(values: Iterable[Any]) -> Iterable[list[Any]]:
    listed = sorted(set(values))
    for i in range(0, len(listed), CHUNK):
        yield listed[i : i + CHUNK]


# ---- one and many --------------------------------------------------------------------------------------------


def by_id(company: int, customer_id: int) -> Known:
    """Raises Missing."""
    row = rows(company).filter(pk=customer_id).first()
    if row is None:
        raise Missing(_("There is no such customer."))
    return known(row)


def customer(company: int, number: str) -> Known:
    """By our number. Raises Missing."""
    row = rows(company).filter(number=number).first()
    if row is None:
        raise Missing(_("There is no customer %(number)s.", number=number))
    return known(row)


def by_ids(company: int, ids: Collection[int]) -> dict[int, Known]:
    return {row.pk: known(row) for part in chunks(ids) for row in rows(company).filter(pk__in=part)}


def numbers_of(company: int, ids: Collection[int]) -> dict[int, str]:
    """Their numbers alone, for lists of thousands."""
    return dict(rows(company).filter(pk__in=among(ids)).order_by().values_list("pk", "number"))


def orgs_of(company: int, ids: Collection[int]) -> dict[int, int | None]:
    """The org unit that each belongs to."""
    return {
        pk: org for part in chunks(ids) for pk, org in rows(company).filter(pk__in=part).values_list("pk", "org_id")
    }


def by_numbers(company: int, numbers: Collection[str]) -> dict[str, Known]:
    return {row.number: known(row) for part in chunks(numbers) for row in rows(company).filter(number__in=part)}


def by_externals(company: int, keys: Collection[str]) -> dict[str, Known]:
    """By the number in the system beside us."""
    wanted = [k for k in keys if k]
    return {row.external: known(row) for part in chunks(wanted) for row in rows(company).filter(external__in=part)}


def every(company: int) -> list[Known]:
    return [known(row) for row in rows(company).order_by("number").iterator(2000)]


def payer_of(company: int, customer_id: int) -> Known:
    one = by_id(company, customer_id)
    return one if one.payer == one.id else by_id(company, one.payer)


def payers(company: int, ids: Collection[int] | None = None) -> dict[int, int]:
    """customer id -> payer id; all customers when `ids` is None."""
    if ids is None:
        pairs = rows(company).values_list("pk", "payer_id")
        return {pk: payer or pk for pk, payer in pairs}
    pairs = rows(company).filter(pk__in=among(set(ids))).values_list("pk", "payer_id")
    return {pk: payer or pk for pk, payer in pairs}


def ship_tos(company: int, customer_id: int) -> list[Place]:
    found = ShipTo.objects.filter(company_id=company, customer_id=customer_id).order_by("number")
    return [Place(s.pk, s.customer_id, s.number, s.name, s.address, s.contact, s.phone, s.active) for s in found]


def bank_accounts(company: int, customer_id: int | None = None) -> list[Account]:
    found = BankAccount.objects.filter(company_id=company).order_by("customer_id", "pk")
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    return [Account(a.pk, a.customer_id, a.number, a.name, a.bank, a.bank_code, a.state) for a in found]


# ---- finding -------------------------------------------------------------------------------------------------


def matching(company: int, text: str) -> QuerySet[Any]:
    """Customers whose number, name, alias, pinyin initials, tax number or bank account fits; best first by `rank`."""
    text = text.strip()
    folded = fold(text)
    number = text.upper()
    q = (
        Q(number__istartswith=text)
        | Q(external__iexact=text)
        | Q(name__icontains=text)
        | Q(name_en__icontains=text)
        | Q(short_name__icontains=text)
        | Q(folded__contains=folded)
        | Q(uscc__istartswith=text)
        | Q(pk__in=Alias.objects.filter(company_id=company, folded__contains=folded).values("customer_id"))
    )
    if folded.isascii() and len(folded) >= 2:
        q |= Q(pinyin__contains=folded)
    if text.isdigit() and len(text) >= 6:
        q |= Q(pk__in=BankAccount.objects.filter(company_id=company, number__contains=text).values("customer_id"))
    rank = Case(
        When(Q(number__iexact=text) | Q(uscc=number) | Q(external__iexact=text), then=Value(0)),
        When(folded=folded, then=Value(1)),
        When(Q(number__istartswith=text) | Q(pinyin__startswith=folded), then=Value(2)),
        When(folded__startswith=folded, then=Value(3)),
        When(folded__contains=folded, then=Value(4)),
        default=Value(5),
        output_field=IntegerField(),
    )
    return rows(company).filter(q).annotate(rank=rank)


def find(company: int, text: str, limit: int = 20) -> list[Known]:
    """The best fits for what a person typed."""
    if not text.strip():
        return []
    return [known(row) for row in matching(company, text).order_by("rank", "number")[:limit]]


def by_account(company: int, numbers: Collection[str]) -> dict[str, tuple[int, ...]]:
    """Bank account -> ids of customers who pay from it (more than one when affiliates share it). By rules.account_key, of
    what is asked as of what is found: "0012-3456 789" is 00123456789."""
    found: dict[str, tuple[int, ...]] = {}
    keys = among({account_key(n) for n in numbers} - {""})
    pairs = BankAccount.objects.filter(company_id=company, key__in=keys, state="active").order_by("customer_id")
    for key, pk in pairs.values_list("key", "customer_id"):
        found[key] = (*found.get(key, ()), pk)
    return found


def by_uscc(company: int, numbers: Collection[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for part in chunks(n.upper() for n in numbers if n):
        pairs = rows(company).annotate(key=Upper("uscc")).filter(key__in=part).order_by("pk")
        for key, pk in pairs.values_list("key", "pk"):
            found[key] = (*found.get(key, ()), pk)
    return found


def by_folded(company: int, folded: Collection[str]) -> dict[str, tuple[int, ...]]:
    """Folded name (rules.fold) -> ids of the customers so called, aliases and former names too."""
    some = among({f for f in folded if f})
    own = rows(company).filter(folded__in=some).values_list("folded", "pk")
    other = Alias.objects.filter(company_id=company, folded__in=some).values_list("folded", "customer_id")
    found: dict[str, tuple[int, ...]] = {}
    for name, pk in sorted({*own, *other}):
        found[name] = (*found.get(name, ()), pk)
    return found


def names(company: int) -> list[tuple[int, str]]:
    """(customer id, folded name), aliases too: what a similarity search works on."""
    own = rows(company).values_list("pk", "folded")
    other = Alias.objects.filter(company_id=company).values_list("customer_id", "folded")
    return sorted({*own, *other})
