"""Items, tax codes, prices and exchange rates, written. Prices are dated: a new one ends the one before it, no past day changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F

from huikuan.books.catalog.models import MODES, ExchangeRate, Item, Price, TaxCode
from huikuan.books.catalog.queries import chunks
from huikuan.books.catalog.rules import SEED, clean, read_rates
from huikuan.books.customers import queries as customers
from huikuan.books.customers.rules import KLASS_NAMES, initials
from huikuan.kit.dates import business_date
from huikuan.kit.errors import Fault, Invalid, Missing, Refused, Stale
from huikuan.kit.money import BIGGEST, RATE_SCALE, exponent, scaled_text
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company import queries as company_queries
from huikuan.office.trail.act import Act, action, subjects

KIND = "catalog.item"


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of the rows of a load. `ids`: external key or number -> item id."""

    created: int
    changed: int
    known: int
    ids: dict[str, int]
    faults: tuple[Fault, ...] = ()


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        some = [_("%(field)s %(reason)s", field=f.field, reason=f.reason) for f in faults[:5]]
        raise Invalid(_("Something in the input is wrong: %(what)s.", what=some), faults=tuple(faults))


def _finish(values: dict[str, Any], codes: Mapping[str, int], row: int | None = None) -> list[Fault]:
    """Derived columns, and the tax code as an id."""
    if values.get("name"):
        values["pinyin"] = initials(values["name"])
    if "tax_code" in values:
        code = values.pop("tax_code")
        if code not in codes:
            return [Fault("tax_code", code, _("is not known here"), None, row)]
        values["tax_code_id"] = codes[code]
    return []


def _codes(act: Act) -> dict[str, int]:
    return dict(TaxCode.objects.filter(company_id=act.company).values_list("code", "pk"))


@action("catalog.create_item", needs="catalog.write")
def create_item(act: Act, number: str, name: str, unit: str, tax_code: str, **facts: Any) -> Item:
    """A new item. `facts`: name_en, spec, family, tax_class, tax_short, shelf_life_days, external."""
    values, faults = clean({"number": number, "name": name, "unit": unit, "tax_code": tax_code, **facts})
    if not faults:
        faults = _finish(values, _codes(act))
    _refuse(faults)
    for key in ("number", "external"):
        if values.get(key) and Item.objects.filter(company_id=act.company, **{key: values[key]}).exists():
            raise Refused(_("There is an item %(number)s already.", number=values[key]))
    row = Item.objects.create(company_id=act.company, **values)
    act.subject(ref(KIND, row.pk))
    act.note(number=row.number)
    return row


@action("catalog.change_item", needs="catalog.write")
def change_item(act: Act, item_id: int, facts: dict[str, Any], version: int | None = None) -> Item:
    """Change some fields, naming the version that was read. Raises Stale when someone was faster."""
    row = Item.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=item_id).first()
    if row is None:
        raise Missing(_("There is no such item."))
    values, faults = clean(facts)
    if not faults:
        faults = _finish(values, _codes(act))
    _refuse(faults)
    if version is not None and version != row.version:
        raise Stale(
            _("Someone else changed item %(number)s meanwhile. Look at it again before you save.", number=row.number)
        )
    for key in ("number", "external"):
        taken = Item.objects.filter(company_id=act.company, **{key: values.get(key)}).exclude(pk=row.pk)
        if values.get(key) and taken.exists():
            raise Refused(_("There is an item %(number)s already.", number=values[key]))
    act.subject(ref(KIND, row.pk))
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        if name != "pinyin":
            act.changed(ref(KIND, row.pk), name, getattr(row, name), values[name])
        setattr(row, name, values[name])
    if changed:
        row.version += 1
        row.save(update_fields=[*changed, "version"])
    return row


@action("catalog.set_price", needs="catalog.price")
def set_price(
    act: Act,
    item_id: int,
    price: int,
    currency: str,
    since: date,
    mode: str = "net",
    until: date | None = None,
    customer_id: int | None = None,
    klass: str = "",
) -> Price:
    """A price (10^-10 per unit) from `since`: for one customer, a class, or everyone. Ends the one before it.

    A price that begins later in the same scope stays, and this one ends the day before it.
    """
    row = Item.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=item_id).first()
    if row is None:
        raise Missing(_("There is no such item."))
    if customer_id is not None:
        customers.by_id(act.company, customer_id)
    _check_price(price, currency, mode, klass if customer_id is None else "", since, until)
    if customer_id is not None and klass:
        raise Invalid.one("klass", klass, _("cannot stand beside a customer: a price is for one or the other"))
    act.subject(ref(KIND, row.pk))
    scope = Price.objects.filter(item=row, klass=klass, currency=currency)
    scope = scope.filter(customer__isnull=True) if customer_id is None else scope.filter(customer_id=customer_id)
    following = scope.filter(since__gt=since).order_by("since").first()
    if following and (until is None or until >= following.since):
        until = following.since - timedelta(days=1)
    before = scope.filter(since__lt=since).order_by("-since").first()
    if before and (before.until is None or before.until >= since):
        act.changed(ref("catalog.price", before.pk), "until", before.until, since - timedelta(days=1))
        before.until = since - timedelta(days=1)
        before.save(update_fields=["until"])
    same = scope.filter(since=since).first()
    if same is not None:
        for name, value in (("price", price), ("mode", mode), ("until", until)):
            act.changed(ref("catalog.price", same.pk), name, getattr(same, name), value)
            setattr(same, name, value)
        same.save(update_fields=["price", "mode", "until"])
        return same
    return Price.objects.create(
        company_id=act.company, item=row, customer_id=customer_id, klass=klass, currency=currency, price=price, mode=mode, since=since,
        until=until,
    )  # fmt: skip


def _check_price(price: Any, currency: str, mode: str, klass: str, since: date, until: date | None) -> None:
    if type(price) is not int or not 0 <= price <= BIGGEST:
        raise Invalid.one("price", price, _("must be 0 or more"))
    try:
        exponent(currency)
    except ValueError as e:
        raise Invalid.one("currency", currency, _("is no ISO 4217 currency")) from e
    if mode not in MODES:
        raise Invalid.one("mode", mode, _("is not one of %(choices)s", choices=list(MODES)))
    if klass and klass not in KLASS_NAMES:
        raise Invalid.one("klass", klass, _("is not one of %(choices)s", choices=list(KLASS_NAMES)))
    if until is not None and until < since:
        raise Invalid.one("until", until, _("is before the first day"))


@action("catalog.save_tax_code", needs="catalog.tax")
def save_tax_code(
    act: Act,
    code: str,
    name: str,
    rate: int,
    since: date,
    name_en: str = "",
    kind: str = "taxed",
    until: date | None = None,
    successor: str = "",
    version: int | None = None,
) -> TaxCode:
    """A tax code by its code: made or changed. A rate that was used is not changed; a new code succeeds the old one."""
    if not code.strip() or len(code) > 10:
        raise Invalid.one("code", code, _("must have 1 to 10 characters"))
    if not 0 <= rate <= RATE_SCALE or (kind != "taxed" and rate):
        raise Invalid.one("rate", rate, _("must be between 0 and 100 %%, and 0 where nothing is taxed"))
    if kind not in ("taxed", "zero", "exempt", "untaxed"):
        raise Invalid.one("kind", kind, _("is not one of %(choices)s", choices=["taxed", "zero", "exempt", "untaxed"]))
    if until is not None and until < since:
        raise Invalid.one("until", until, _("is before the first day"))
    codes = _codes(act)
    if successor and (successor not in codes or successor == code):
        raise Invalid.one("successor", successor, _("is not known here"))
    values = {
        "name": name[:100], "name_en": name_en[:100], "rate": rate, "kind": kind, "since": since, "until": until,
        "successor_id": codes.get(successor),
    }  # fmt: skip
    row = TaxCode.objects.select_for_update(no_key=True).filter(company_id=act.company, code=code).first()
    if row is None:
        row = TaxCode.objects.create(company_id=act.company, code=code, **values)
        act.subject(ref("catalog.taxcode", row.pk))
        return row
    act.subject(ref("catalog.taxcode", row.pk))
    if version is not None and version != row.version:
        raise Stale(_("Someone else changed this meanwhile. Look at it again before you save."))
    if row.rate != rate and row.items.exists():
        raise Refused(
            _("Tax code %(code)s is in use: end it and name a successor, so that past days keep their rate.", code=code)
        )
    for field, value in values.items():
        act.changed(ref("catalog.taxcode", row.pk), field, getattr(row, field), value)
        setattr(row, field, value)
    row.version += 1
    row.save()
    return row


@dataclass(frozen=True, slots=True)
class RatesSet:
    """What became of rows of rates: how many were read, entered, and stood there already; what is wrong by row."""

    read: int
    entered: int
    known: int
    currencies: tuple[str, ...]
    faults: tuple[Fault, ...] = ()


@action("catalog.set_rates", needs="catalog.rates")
def set_rates(act: Act, rows: list[tuple[int, dict[str, str]]], source: str, whole: bool = False) -> RatesSet:
    """Enter exchange rates: rows of texts (currency, on, rate, per) and where they come from. Good rows land, bad rows
    are given back with their reasons; `whole` refuses all when one is wrong. A rate that stands already is left alone."""
    source = source.strip()
    if not source or len(source) > 80:
        raise Invalid.one("source", source, _("Say where the rates come from, in at most 80 characters."))
    company = company_queries.by_id(act.company)
    good, faults = read_rates(rows, company.currency, business_date(act.at, company.zone))
    if whole:
        _refuse(faults)
    holds: dict[tuple[str, date], int] = {}
    days = ExchangeRate.objects.filter(company_id=act.company, currency__in=sorted({r.currency for r in good}))
    if good:
        days = days.filter(on__range=(min(r.on for r in good), max(r.on for r in good)))
        for row in days.order_by("pk"):
            holds[row.currency, row.on] = row.rate
    new = [r for r in good if holds.get((r.currency, r.on)) != r.rate]
    for r in new:
        act.changed(
            f"catalog.rates:{r.currency}", r.on.isoformat(), _rate(holds.get((r.currency, r.on))), _rate(r.rate)
        )
    ExchangeRate.objects.bulk_create(
        [
            ExchangeRate(company_id=act.company, currency=r.currency, on=r.on, rate=r.rate, source=source, by=act.by, at=act.at)
            for r in new
        ],
        batch_size=500,
    )  # fmt: skip
    found = tuple(sorted({r.currency for r in new}))
    act.note(entered=len(new), source=source, currencies=list(found))
    return RatesSet(len(rows), len(new), len(good) - len(new), found, tuple(faults))


def _rate(value: int | None) -> str:
    return "" if value is None else scaled_text(value, RATE_SCALE)


@action("catalog.land_items", needs="catalog.load")
def land_items(act: Act, rows: list[dict[str, Any]]) -> Landed:
    """Make or change many items, by `external` where given, else by `number`. Good rows land, bad rows wait."""
    codes = _codes(act)
    faults: list[Fault] = []
    good: list[dict[str, Any]] = []
    seen: set[str] = set()
    for given in rows:
        facts = dict(given)
        n = facts.pop("row", None)
        facts["number"] = facts.get("number") or facts.get("external") or ""
        values, wrong = clean({"name": "", "unit": "", "tax_code": "", **facts}, n)
        wrong = wrong or _finish(values, codes, n)
        if not wrong and values["number"] in seen:
            wrong = [Fault("number", values["number"], _("stands in this batch more than once"), None, n)]
        seen.add(values.get("number", ""))
        faults += wrong
        if not wrong:
            good.append(values)
    there: dict[str, Item] = {}
    for key in ("number", "external"):
        for part in chunks(v[key] for v in good if v.get(key)):
            for one in Item.objects.filter(company_id=act.company, **{f"{key}__in": part}):
                there[f"{key}:{getattr(one, key)}"] = one
    new: list[Item] = []
    changed: dict[int, Item] = {}
    landed: list[Item] = []
    for values in good:
        row = there.get(f"external:{values.get('external', '')}") or there.get(f"number:{values['number']}")
        if row is None:
            row = Item(company_id=act.company, **values)
            new.append(row)
        else:
            for name, value in values.items():
                if getattr(row, name) != value:
                    if name != "pinyin":
                        act.changed(ref(KIND, row.pk), name, getattr(row, name), value)
                    setattr(row, name, value)
                    changed[row.pk] = row
        landed.append(row)
    Item.objects.bulk_create(new, batch_size=200)
    if changed:
        fields = ["number", "external", "name", "name_en", "pinyin", "spec", "unit", "family", "tax_code", "tax_class", "tax_short",
                  "shelf_life_days", "state"]  # fmt: skip
        Item.objects.bulk_update(changed.values(), fields, batch_size=50)
        for part in chunks(changed):
            Item.objects.filter(pk__in=part).update(version=F("version") + 1)
    subjects(act, KIND, [row.pk for row in new] + list(changed))
    act.note(created=len(new), changed=len(changed), faults=len(faults))
    ids = {key: row.pk for row in landed for key in (row.number, row.external) if key}
    return Landed(len(new), len(changed), len(landed) - len(new) - len(changed), ids, tuple(faults))


@action("catalog.land_prices", needs="catalog.load")
def land_prices(act: Act, rows: list[dict[str, Any]]) -> int:
    """Many prices for a first day: dicts of set_price's arguments. Known ones are left alone; returns how many are new.

    For opening loads: it refuses a price whose scope already has another one (use set_price, which ends the one before).
    """
    items = {row["item_id"] for row in rows}
    there: dict[tuple[Any, ...], tuple[int, str]] = {}
    scopes: set[tuple[Any, ...]] = set()
    for part in chunks(items):
        for p in Price.objects.filter(company_id=act.company, item_id__in=part):
            scope = (p.item_id, p.customer_id, p.klass, p.currency)
            scopes.add(scope)
            there[*scope, p.since] = (p.price, p.mode)
    new = []
    for row in rows:
        scope = (row["item_id"], row.get("customer_id"), row.get("klass", ""), row["currency"])
        key = (*scope, row["since"])
        if there.get(key) == (row["price"], row.get("mode", "net")):
            continue
        if scope in scopes:
            raise Refused(_("An item of this load has a price already. Change it on its page."))
        scopes.add(scope)
        _check_price(
            row["price"], row["currency"], row.get("mode", "net"), row.get("klass", ""), row["since"], row.get("until")
        )
        new.append(Price(company_id=act.company, **row))
    Price.objects.bulk_create(new, batch_size=500)
    subjects(act, KIND, sorted({p.item_id for p in new}))
    act.note(created=len(new))
    return len(new)


@action("catalog.seed", needs=None)
def seed(act: Act) -> int:
    """China's VAT rates with their dates. Safe to call again: what is there stays as it is."""
    there = _codes(act)
    made: dict[str, TaxCode] = {}
    for code, name, name_en, rate, kind, since, until, _successor in SEED:
        if code not in there:
            made[code] = TaxCode(
                company_id=act.company, code=code, name=name, name_en=name_en, rate=rate, kind=kind, since=date.fromisoformat(since),
                until=date.fromisoformat(until) if until else None,
            )  # fmt: skip
    TaxCode.objects.bulk_create(made.values())
    codes = _codes(act)
    for code, _name, _en, _rate, _kind, _since, _until, successor in SEED:
        if code in made and successor:
            made[code].successor_id = codes[successor]
    TaxCode.objects.bulk_update(made.values(), ["successor"])
    return len(made)
