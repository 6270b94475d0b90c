"""One customer account: opened, changed, blocked, closed; its ship-tos, bank accounts and other names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import F

from huikuan.books.customers.models import (
    Alias,
    BankAccount,
    Customer,
    Exposure,
    Group,
    OrgUnit,
    ShipTo,
    Terms,
)
from huikuan.books.customers.queries.people import chunks
from huikuan.books.customers.rules import STATE_NAMES, account_key, fold
from huikuan.books.customers.rules.facts import SENSITIVE, clean, masked
from huikuan.kit.errors import Fault, Invalid, Missing, Refused, Stale
from huikuan.kit.money import BIGGEST
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company_queries
from huikuan.office.trail.act import Act, action, hooks

KIND = "customers.customer"


class Refs:
    """References written as numbers and codes, found in one query each."""

    def __init__(self, company: int, rows: Iterable[Mapping[str, Any]]) -> None:
        self.company = company
        wanted: dict[str, set[str]] = {name: set() for name in ("payer", "distributor", "group", "org", "terms")}
        for row in rows:
            for name, keys in wanted.items():
                if row.get(name):
                    keys.add(row[name])
        self.found: dict[str, dict[str, int]] = {}
        people = self._ids(Customer, "number", wanted["payer"] | wanted["distributor"])
        self.found["payer"] = self.found["distributor"] = people
        self.found["group"] = self._ids(Group, "number", wanted["group"])
        self.found["org"] = self._ids(OrgUnit, "code", wanted["org"])
        self.found["terms"] = self._ids(Terms, "code", wanted["terms"])

    def _ids(self, model: Any, key: str, wanted: set[str]) -> dict[str, int]:
        out: dict[str, int] = {}
        for part in chunks(wanted):
            out.update(model.objects.filter(company_id=self.company, **{f"{key}__in": part}).values_list(key, "pk"))
        return out

    def put(self, values: dict[str, Any], row: int | None = None) -> list[Fault]:
        """Replace the references in `values` by ids; give back those that lead nowhere."""
        faults = []
        for name, known in self.found.items():
            if name not in values:
                continue
            text = values.pop(name)
            pk = known.get(text) if text else None
            if text and pk is None:
                faults.append(Fault(name, text, _("is not known here"), None, row))
            values[f"{name}_id"] = pk
        return faults


def refuse(faults: list[Fault]) -> None:
    if faults:
        what = _("Something in the input is wrong: %(what)s.", what=[
            _("%(field)s %(reason)s", field=f.field, reason=f.reason) for f in faults[:5]
        ])  # fmt: skip
        raise Invalid(what, faults=tuple(faults))


def get(act: Act, customer_id: int) -> Customer:
    """The row, locked for this act. Raises Missing."""
    row = Customer.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=customer_id).first()
    if row is None:
        raise Missing(_("There is no such customer."))
    return row


def stale(number: str) -> Stale:
    return Stale(
        _("Someone else changed customer %(number)s meanwhile. Look at it again before you save.", number=number)
    )


def save(act: Act, row: Customer, values: Mapping[str, Any], version: int | None) -> list[str]:
    """Write what differs, one version on; the differences go into the trail. Returns the fields that changed."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if version is not None and version != row.version:
        raise stale(row.number)
    act.subject(ref(KIND, row.pk))
    if not changed:
        return []
    subject = ref(KIND, row.pk)
    for name in changed:
        if name not in ("folded", "pinyin"):
            act.changed(subject, name, masked(name, getattr(row, name)), masked(name, values[name]))
        setattr(row, name, values[name])
    mine = Customer.objects.filter(pk=row.pk, version=row.version)
    if mine.update(**{name: values[name] for name in changed}, version=F("version") + 1) != 1:
        raise stale(row.number)
    row.version += 1
    return changed


def check_payer(row_id: int | None, payer_id: int | None, company: int) -> None:
    """A payer pays itself: no chains, or nobody could say who owes."""
    if payer_id is None:
        return
    payer = Customer.objects.get(company_id=company, pk=payer_id)
    if payer.pk == row_id:
        raise Invalid.one("payer", payer.number, _("is this customer; leave it empty when it pays itself"))
    if payer.payer_id:
        raise Invalid.one("payer", payer.number, _("is itself paid for by another customer"), _("Name that one."))
    if row_id and Customer.objects.filter(payer_id=row_id).exists():
        raise Refused(_("This customer pays for others, so nobody else can pay for it. Change those first."))


@action("customers.create", needs="customers.write")
def create(act: Act, number: str, name: str, **facts: Any) -> Customer:
    """Open an account. `facts`: any of rules.facts.FIELDS; payer, distributor, group, org, terms by number or code.

    The limit begins at 0 (nothing allowed); another limit, or None for none, needs the credit duty as well.
    """
    values, faults = clean({"number": number, "name": name, **facts})
    faults += Refs(act.company, [values]).put(values)
    refuse(faults)
    if values.setdefault("credit_limit", 0) != 0:
        hooks.authorize(act, "customers.limit")
    if Customer.objects.filter(company_id=act.company, number=values["number"]).exists():
        raise Refused(_("There is a customer %(number)s already.", number=values["number"]))
    external = values.get("external")
    if external and Customer.objects.filter(company_id=act.company, external=external).exists():
        raise Refused(_("Another customer has the number %(number)s in the other system.", number=external))
    check_payer(None, values.get("payer_id"), act.company)
    values.setdefault("currency", company_queries.by_id(act.company).currency)
    row = Customer.objects.create(company_id=act.company, **values)
    act.subject(ref(KIND, row.pk))
    act.note(number=row.number)
    return row


@action("customers.change", needs="customers.write")
def change(act: Act, customer_id: int, facts: dict[str, Any], version: int | None = None) -> Customer:
    """Change some fields, naming the version that was read. Where money goes or who is billed needs A02 as well.

    State and limit have actions of their own. Raises Stale when someone was faster.
    """
    row = get(act, customer_id)
    values, faults = clean(facts)
    for name in ("state", "credit_limit"):
        if values.pop(name, getattr(row, name)) != getattr(row, name):
            faults.append(Fault(name, str(facts[name]), _("is changed by an action of its own")))
    faults += Refs(act.company, [values]).put(values)
    refuse(faults)
    if any(getattr(row, n) != values[n] for n in (*SENSITIVE, "payer_id") if n in values):
        hooks.authorize(act, "customers.sensitive")
    if values.get("payer_id") != row.payer_id and "payer_id" in values:
        check_payer(row.pk, values["payer_id"], act.company)
        if Exposure.objects.filter(customer=row).exclude(amount=0).exists():
            raise Refused(
                _("%(number)s has open exposure; settle or move it before someone else pays.", number=row.number)
            )
    for name in ("number", "external"):
        taken = Customer.objects.filter(company_id=act.company, **{name: values.get(name)}).exclude(pk=row.pk)
        if values.get(name) and taken.exists():
            raise Refused(_("Another customer has %(field)s %(value)s.", field=name, value=values[name]))
    save(act, row, values, version)
    return row


@action("customers.set_terms", needs="customers.write")
def set_terms(act: Act, customer_id: int, code: str, reason: str = "", version: int | None = None) -> Customer:
    """Give a customer payment terms for what is sold from now on; what is open keeps its dates."""
    row = get(act, customer_id)
    values: dict[str, Any] = {"terms": code}
    refuse(Refs(act.company, [values]).put(values))
    save(act, row, values, version)
    act.note(terms=code, reason=reason)
    return row


@action("customers.set_base_stock", needs="customers.terms")
def set_base_stock(
    act: Act, customer_id: int, amount: int | None, contract_end: date | None, reason: str, version: int | None = None
) -> Customer:
    """铺底: how much stands until the contract ends (None: the amount of the terms), and when it ends. Billing gives the
    open invoices their dates again: the oldest stand, what no longer stands falls due."""
    row = get(act, customer_id)
    if not reason.strip():
        raise Invalid.one("reason", "", _("must not be empty"))
    if amount is not None and not 0 <= amount <= BIGGEST:
        raise Invalid.one("amount", amount, _("must be an amount of 0 or more, or empty for the amount of the terms"))
    found = Terms.objects.filter(pk=row.terms_id or 0).first()
    if (amount is not None or contract_end is not None) and (found is None or found.rule.get("kind") != "base_stock"):
        raise Refused(
            _(
                "The terms of customer %(number)s have no base stock credit. Give it such terms first.",
                number=row.number,
            )
        )
    save(act, row, {"base_stock": amount, "contract_end": contract_end}, version)
    act.note(reason=reason, payers=[row.payer_key])
    return row


_MOVES = {("open", "blocked"), ("blocked", "open"), ("open", "closed"), ("blocked", "closed"), ("closed", "open")}


@action("customers.set_state", needs="customers.state")
def set_state(act: Act, customer_id: int, state: str, reason: str, version: int | None = None) -> Customer:
    """Block, unblock, close or reopen an account. A reason is wanted; an account with exposure is not closed."""
    row = get(act, customer_id)
    if not reason.strip():
        raise Invalid.one("reason", "", _("must not be empty"))
    if (row.state, state) not in _MOVES:
        old, new = (STATE_NAMES.get(s, Say(s)) for s in (row.state, state))
        raise Refused(
            _("Customer %(number)s is %(old)s and cannot become %(new)s.", number=row.number, old=old, new=new)
        )
    if state == "closed":
        hooks.authorize(act, "customers.write")
        if Exposure.objects.filter(customer=row).exclude(amount=0).exists():
            raise Refused(_("Customer %(number)s has open exposure and cannot be closed.", number=row.number))
    day = company_queries.today(act)
    values = {
        "state": state,
        "block_reason": reason[:200] if state != "open" else "",
        "closed": day if state == "closed" else None,
    }
    save(act, row, values, version)
    act.note(reason=reason)
    return row


@action("customers.add_ship_to", needs="customers.write")
def add_ship_to(
    act: Act, customer_id: int, number: str, name: str, address: str = "", contact: str = "", phone: str = ""
) -> ShipTo:
    row = get(act, customer_id)
    if ShipTo.objects.filter(customer=row, number=number).exists():
        raise Refused(_("Customer %(number)s has a ship-to %(place)s already.", number=row.number, place=number))
    act.subject(ref(KIND, row.pk))
    return ShipTo.objects.create(
        company_id=act.company, customer=row, number=number, name=name, address=address, contact=contact, phone=phone
    )


@action("customers.change_ship_to", needs="customers.write")
def change_ship_to(act: Act, ship_to_id: int, facts: dict[str, Any]) -> ShipTo:
    """`facts`: name, address, contact, phone, active."""
    place = ShipTo.objects.filter(company_id=act.company, pk=ship_to_id).first()
    if place is None:
        raise Missing(_("There is no such ship-to."))
    act.subject(ref(KIND, place.customer_id))
    for name, value in facts.items():
        if name not in ("name", "address", "contact", "phone", "active"):
            raise Invalid.one(name, value, _("is not a field of a ship-to"))
        act.changed(ref("customers.shipto", place.pk), name, masked(name, getattr(place, name)), masked(name, value))
        setattr(place, name, value)
    place.save(update_fields=list(facts))
    return place


@action("customers.add_bank_account", needs="customers.sensitive")
def add_bank_account(
    act: Act, customer_id: int, number: str, name: str = "", bank: str = "", bank_code: str = ""
) -> BankAccount:
    """An account that the customer pays from (A02). It helps matching; a refund will want it confirmed first."""
    row = get(act, customer_id)
    number = "".join(number.split())
    if not number or len(number) > 50 or not number.isascii():
        raise Invalid.one("number", number, _("is no account number"))
    if BankAccount.objects.filter(customer=row, number=number).exists():
        raise Refused(_("Customer %(number)s has this bank account already.", number=row.number))
    act.subject(ref(KIND, row.pk))
    act.note(account="…" + number[-4:])
    return BankAccount.objects.create(
        company_id=act.company, customer=row, number=number, key=account_key(number), name=name or row.name, bank=bank, bank_code=bank_code,
        entered_by=act.by, entered_at=act.at,
    )  # fmt: skip


@action("customers.retire_bank_account", needs="customers.sensitive")
def retire_bank_account(act: Act, account_id: int, reason: str) -> BankAccount:
    """Take an account out of use; the row stays, because payments were recognised by it."""
    found = BankAccount.objects.filter(company_id=act.company, pk=account_id).first()
    if found is None:
        raise Missing(_("There is no such bank account."))
    act.subject(ref(KIND, found.customer_id))
    act.changed(ref("customers.bankaccount", found.pk), "state", found.state, "retired")
    act.note(reason=reason, account="…" + found.number[-4:])
    found.state = "retired"
    found.save(update_fields=["state"])
    return found


@action("customers.add_alias", needs="customers.alias")
def add_alias(act: Act, customer_id: int, name: str) -> Alias:
    """Another name under which this customer pays. Learned from a clerk's decision; saying it twice changes nothing."""
    row = get(act, customer_id)
    act.subject(ref(KIND, row.pk))
    if not name.strip() or len(name) > 200:
        raise Invalid.one("name", name, _("must have 1 to 200 characters"))
    found = Alias.objects.filter(company_id=act.company, customer=row, folded=fold(name)).first()
    return found or Alias.objects.create(company_id=act.company, customer=row, name=name.strip(), folded=fold(name))
