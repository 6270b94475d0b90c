"""Thousands of customers at once: made or changed by their number, in a few statements. Good rows land, bad rows wait.

A row is a dict of rules.facts.FIELDS plus, if wanted, `row` (its line in the file). It is found by `external` (the key
of the system it comes from) where one is given, else by `number`. A second run of the same rows changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from huikuan.books.customers.actions.accounts import KIND, Refs
from huikuan.books.customers.models import Customer
from huikuan.books.customers.queries.people import chunks
from huikuan.books.customers.rules.facts import clean, masked
from huikuan.kit.errors import Fault
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company import queries as company_queries
from huikuan.office.trail.act import Act, action, subjects


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of the rows. `ids`: external key or number -> customer id, of every row that is kept."""

    created: int
    changed: int
    known: int
    ids: dict[str, int]
    faults: tuple[Fault, ...] = ()


class _Kept:
    """The customers that rows may mean."""

    def __init__(self, company: int, rows: Sequence[Mapping[str, Any]]) -> None:
        self.by_external: dict[str, Customer] = {}
        self.by_number: dict[str, Customer] = {}
        for part in chunks(r["external"] for r in rows if r.get("external")):
            for one in Customer.objects.filter(company_id=company, external__in=part):
                self.add(one)
        for part in chunks(r["number"] for r in rows if r.get("number")):
            for one in Customer.objects.filter(company_id=company, number__in=part):
                self.add(one)

    def add(self, one: Customer) -> None:
        self.by_number[one.number] = one
        if one.external:
            self.by_external[one.external] = one

    def get(self, values: Mapping[str, Any]) -> Customer | None:
        return self.by_external.get(values.get("external", "")) or self.by_number.get(values["number"])


@action("customers.land", needs="customers.load")
def land(act: Act, rows: list[dict[str, Any]]) -> Landed:
    """Make or change many customers. Payers and distributors may stand in the same batch, in any order."""
    faults: list[Fault] = []
    good: list[tuple[dict[str, Any], int | None]] = []
    seen: set[str] = set()
    for given in rows:
        facts = dict(given)
        n = facts.pop("row", None)
        facts["number"] = facts.get("number") or facts.get("external") or ""
        values, wrong = clean({"name": "", **facts}, n)
        for name in ("number", "external"):
            key = f"{name}:{values.get(name, '')}"
            if not wrong and values.get(name) and key in seen:
                wrong = [Fault(name, values[name], _("stands in this batch more than once"), None, n)]
            seen.add(key)
        faults += wrong
        if not wrong:
            good.append((values, n))
    later = [  # who pays or supplies may be made by this very batch: told in a second step
        {name: values.pop(name, None) for name in ("payer", "distributor")} for values, _n in good
    ]
    kept = _Kept(act.company, [values for values, _n in good])
    refs = Refs(act.company, [values for values, _n in good])
    currency = company_queries.by_id(act.company).currency
    new: list[Customer] = []
    changed: dict[int, tuple[Customer, set[str]]] = {}
    landed: list[tuple[Customer, dict[str, Any], int | None]] = []
    for (values, n), others in zip(good, later, strict=True):
        # An unknown reference is a fault of its row, as a wrong date would be.
        lost = refs.put(values, n)
        if lost:
            faults += lost
            continue
        row = kept.get(values)
        if row is None:
            row = Customer(company_id=act.company, **{"currency": currency, "credit_limit": 0, **values})
            new.append(row)
            kept.add(row)
        else:
            _put(act, row, values, changed)
        landed.append((row, others, n))
    Customer.objects.bulk_create(new, batch_size=200)
    made = {row.pk for row in new}
    faults += _link(act, made, landed, changed)
    _write(changed)
    older = changed.keys() - made
    for part in chunks(older):
        Customer.objects.filter(pk__in=part).update(version=F("version") + 1)
    subjects(act, KIND, sorted(made | older))
    act.note(created=len(new), changed=len(older), faults=len(faults), limits={row.pk: row.credit_limit for row in new})
    ids = {key: row.pk for row, _o, _n in landed for key in (row.number, row.external) if key}
    return Landed(len(new), len(older), len(landed) - len(new) - len(older), ids, tuple(faults))


def _put(act: Act, row: Customer, values: Mapping[str, Any], changed: dict[int, tuple[Customer, set[str]]]) -> None:
    for name, value in values.items():
        if getattr(row, name) != value:
            if name not in ("folded", "pinyin") and row.pk:
                act.changed(ref(KIND, row.pk), name, masked(name, getattr(row, name)), masked(name, value))
            setattr(row, name, value)
            changed.setdefault(row.pk, (row, set()))[1].add(name)


def _link(
    act: Act,
    made: set[int],
    landed: Sequence[tuple[Customer, dict[str, Any], int | None]],
    changed: dict[int, tuple[Customer, set[str]]],
) -> list[Fault]:
    """Payers and distributors, now that everyone of the batch is there. None = the row says nothing about it."""
    faults = []
    known = Refs(act.company, [{k: v for k, v in others.items() if v} for _row, others, _n in landed]).found["payer"]
    wanted: list[tuple[Customer, str, str, int | None, int | None]] = []
    for row, others, n in landed:
        for name, number in others.items():
            if number is None:
                continue
            if number and number not in known:
                faults.append(Fault(name, number, _("is not known here"), None, n))
                continue
            pk = known.get(number)
            own = pk == row.pk  # many extracts name a customer as its own payer
            wanted.append((row, name, number, None if own else pk, n))
    payers = _payers(act.company, {row.pk: pk for row, name, _number, pk, _n in wanted if name == "payer"})
    for row, name, number, pk, n in wanted:
        if name == "payer" and pk and payers.get(pk):  # a payer pays itself, or nobody could say who owes
            faults.append(Fault("payer", number, _("is itself paid for by another customer"), None, n))
        elif getattr(row, f"{name}_id") != pk:
            if row.pk not in made:
                act.changed(ref(KIND, row.pk), name, getattr(row, f"{name}_id"), pk)
            setattr(row, f"{name}_id", pk)
            changed.setdefault(row.pk, (row, set()))[1].add(f"{name}_id")
    return faults


def _payers(company: int, wanted: Mapping[int, int | None]) -> dict[int, int | None]:
    """customer -> payer as it would be after this batch, of everyone named as a payer."""
    found: dict[int, int | None] = {}
    for part in chunks({pk for pk in wanted.values() if pk}):
        found.update(Customer.objects.filter(company_id=company, pk__in=part).values_list("pk", "payer_id"))
    return {pk: wanted.get(pk, old) for pk, old in found.items()}


def _write(changed: Mapping[int, tuple[Customer, set[str]]]) -> None:
    """One statement for each set of fields that changed together, some hundred rows at a time."""
    together: dict[frozenset[str], list[Customer]] = {}
    for row, names in changed.values():
        together.setdefault(frozenset(names), []).append(row)
    for fields, some in together.items():
        Customer.objects.bulk_update(some, [name.removesuffix("_id") for name in sorted(fields)], batch_size=100)
