"""The pages of customer accounts: the list, one customer, what is found while typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse, JsonResponse

from huikuan.books.customers import queries
from huikuan.books.customers.forms import (
    LABELS,
    LANGUAGE_NAMES,
    TAX_KINDS,
)
from huikuan.books.customers.models import Customer, Exposure
from huikuan.books.customers.rules import KLASS_NAMES, LAYER_NAMES, STATE_NAMES, check_tax_number, describe
from huikuan.books.customers.tables import CUSTOMERS, STATES
from huikuan.kit.money import Money
from huikuan.kit.private import hide
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.approvals import queries as approvals
from huikuan.office.company import queries as company_queries
from huikuan.office.trail.hands import collect
from huikuan.web.forms import picked
from huikuan.web.pages import (
    Amounts,
    Button,
    Choice,
    Fact,
    Filter,
    Flag,
    Head,
    ListPage,
    ObjectPage,
    Page,
    Pasted,
    Section,
    Tab,
    Words,
    get_or_missing,
)
from huikuan.web.shell import called, language, require


def with_exposure(rows: Any) -> Any:
    """Each customer with its exposure in its own currency."""
    mine = Exposure.objects.filter(customer=OuterRef("pk"), currency=OuterRef("currency")).order_by()
    summed = mine.values("customer").annotate(sum=Sum("amount")).values("sum")
    return rows.annotate(exposure=Coalesce(Subquery(summed), 0, output_field=BigIntegerField()))


class Customers(ListPage):
    title = _("Customers")
    needs = "customers.see"
    order = "number"
    columns = CUSTOMERS
    tabs = (
        Tab("all", _("All")),
        Tab("open", STATE_NAMES["open"], {"state": "open"}),
        Tab("blocked", STATE_NAMES["blocked"], {"state": "blocked"}),
        Tab("over", _("Over the limit"), {"over": "1"}),
    )
    empty = _(
        "Customers appear here once they are opened or loaded. Open one, or load them from SAP with: huikuan load."
    )

    def rows(self) -> Any:
        rows = queries.rows(self.company.pk).select_related("payer", "org", "group", "terms")
        return with_exposure(rows)

    def beside(self, rows: Sequence[Any]) -> Sequence[Any]:
        """What each owes and what of it is late, from the floor above: one question for the shown rows."""
        asked = {c.key for c in self.shown} & {"owed", "late"}
        for row in rows:
            row.owes = {}
        for _capability, hand in collect("beside") if asked else ():
            if hand.on == "customers.customer" and self.may(hand.needs):
                found = hand.find(self.company.pk, [r.pk for r in rows], self.today)
                for row in rows:
                    names = found.get(row.pk, {})
                    row.owes = {n: by.get(row.currency, 0) for n, by in names.items()} or {"open": 0, "overdue": 0}
        return rows

    def all_filters(self) -> Sequence[Filter]:
        company = self.company.pk

        def words(text: str) -> Q:
            return Q(pk__in=queries.matching(company, text).values("pk"))

        def below(values: list[str]) -> Q:
            units = queries.units(company)
            wanted = {int(v) for v in values}
            return Q(org_id__in=[pk for pk, u in units.items() if wanted & set(u.path)])

        def options(rows: Any) -> list[tuple[str, str]]:
            return [(str(r.pk), f"{getattr(r, 'code', '') or r.number} {called(r)}") for r in rows]

        return (
            Words(where=words),
            Choice("klass", LABELS["klass"], options=KLASS_NAMES),
            Choice("state", LABELS["state"], options=STATES),
            Choice("org", LABELS["org"], where=below, options=options(queries.org_rows(company).order_by("code"))),
            Choice(
                "group",
                LABELS["group"],
                field="group_id",
                options=options(queries.group_rows(company).order_by("number")),
            ),
            Choice(
                "terms",
                LABELS["terms"],
                field="terms_id",
                options=options(queries.terms_rows(company).order_by("code")),
            ),
            Amounts("exposure", _("Exposure"), field="exposure"),
            Flag("over", _("Over the limit"), where=lambda _on: Q(exposure__gt=Coalesce("credit_limit", 2**63 - 1))),
            Pasted("numbers", _("Customer numbers"), field="number"),
        )

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Open an account"), "/customers/new", "plus", primary=True, needs="customers.write", writes=True),
        )

    def row_tone(self, row: Any) -> str:
        return "blocked" if row.state == "blocked" else "muted" if row.state == "closed" else ""


def panels(page: Page, on: str, pk: int) -> list[Section]:
    """What the floors above have to say about this thing, each loaded by a request of its own."""
    found = sorted((p for _capability, p in collect("panels") if p.on == on), key=lambda p: p.order)
    return [Section(f"p{i}", p.title, url=p.url.format(pk=pk)) for i, p in enumerate(found) if page.may(p.needs)]


class CustomerPage(ObjectPage):
    needs = "customers.see"

    def load(self, pk: int) -> Customer:
        rows = queries.rows(self.company.pk).select_related("payer", "distributor", "group", "org", "terms")
        found: Customer = get_or_missing(rows, self.company.pk, pk, _("There is no such customer."))
        self.found = queries.exposure(self.company.pk, pk)
        return found

    def head(self, thing: Customer) -> Head:
        at, found = f"/customers/{thing.pk}", self.found
        facts = [
            Fact(_("Exposure"), found.layers.total, "money", found.currency, f"{at}?section=credit"),
            Fact(LABELS["credit_limit"], found.limit, "money", found.currency) if found.limit is not None
            else Fact(LABELS["credit_limit"], _("No limit")),
            Fact(_("Free credit"), found.free, "money", found.currency) if found.free is not None else Fact(_("Free credit"), "—"),
            Fact(LABELS["terms"], called(thing.terms) if thing.terms else "—",
                 url=f"/customers/terms/{thing.terms_id}" if thing.terms_id else ""),
        ]  # fmt: skip
        if thing.payer:
            facts.insert(
                0,
                Fact(
                    LABELS["payer"], f"{thing.payer.number} {called(thing.payer)}", url=f"/customers/{thing.payer_id}"
                ),
            )
        notice, tone = self.notice(thing)
        close = Button(_("Close the account"), f"{at}/close", "door-exit", dialog=True, needs="customers.write")
        state = {
            "open": (Button(_("Block"), f"{at}/block", "lock", dialog=True, needs="customers.state"), close),
            "blocked": (
                Button(_("Unblock"), f"{at}/unblock", "lock-open", dialog=True, needs="customers.state"),
                close,
            ),
            "closed": (Button(_("Reopen"), f"{at}/reopen", "rotate", dialog=True, needs="customers.write"),),
        }[thing.state]
        stock: tuple[Button, ...] = ()
        if thing.terms and thing.terms.rule.get("kind") == "base_stock":
            stock = (
                Button(_("Base stock credit"), f"{at}/base-stock", "stack-2", dialog=True, needs="customers.terms"),
            )
        return Head(
            number=thing.number,
            name=called(thing),
            mark=STATES[thing.state],
            kind=_("Customer"),
            facts=facts,
            primary=Button(_("Change limit"), f"{at}/limit", "gavel", dialog=True, needs="customers.limit"),
            buttons=(
                Button(_("Change"), f"{at}/change", "pencil", needs="customers.write", writes=True),
                *stock,
                *state,
            ),
            notice=notice,
            notice_tone=tone,
            back=(_("Customers"), "/customers/"),
        )

    def notice(self, thing: Customer) -> tuple[Say | str, str]:
        asked = approvals.open_of(self.company.pk, ref("customers.customer", thing.pk), "customers.limit")
        if thing.state == "blocked":
            return _("This account is blocked: %(reason)s", reason=thing.block_reason), "blocked"
        if thing.state == "closed":
            return _(
                "This account was closed on %(date)s: %(reason)s", date=thing.closed, reason=thing.block_reason
            ), "plain"
        if asked:
            new = Money(asked.shown["new"], asked.shown["currency"])
            who = company_queries.person(asked.asked_by)
            name = called(who) if who else asked.asked_by
            return _(
                "%(person)s has asked for a limit of %(new)s; it waits for approval.", person=name, new=new
            ), "attention"
        if self.found.free is not None and self.found.free < 0:
            return _("The exposure is above the limit: new orders are held."), "late"
        return "", "attention"

    def sections(self, thing: Customer) -> Sequence[Section]:
        company = self.company.pk
        places = queries.ship_tos(company, thing.pk)
        accounts = queries.bank_accounts(company, thing.pk)
        others = list(thing.aliases.order_by("name"))
        policy = queries.policy_of(company, thing.payer_key)
        layers = [
            (LAYER_NAMES[name], getattr(self.found.layers, name),
             getattr(self.found.group.layers, name) if self.found.group else None)
            for name in LAYER_NAMES
        ]  # fmt: skip
        above = panels(self, "customers.customer", thing.pk)
        credit = {"exposure": self.found, "layers": layers, "policy": policy}
        return (
            *above[:1],  # what is open comes first, then what a caller asks about, then the rest
            Section("credit", _("Credit standing"), "customers/credit.html", credit),
            Section(
                "facts",
                _("Master data"),
                "customers/facts.html",
                {"facts": self.facts(thing), "others": others, "may_reveal": self.may("customers.reveal")},
            ),
            *above[1:],
            Section("places", _("Ship-to"), "customers/places.html", {"places": places}, count=len(places)),
            Section(
                "accounts", _("Bank accounts"), "customers/accounts.html", {"accounts": accounts}, count=len(accounts)
            ),
        )

    def facts(self, thing: Customer) -> list[tuple[Say, str, list[tuple[Say, Any, str]]]]:
        """(heading, …) of the master data: (label, value, link)."""
        word = {"klass": KLASS_NAMES, "language": LANGUAGE_NAMES, "tax_kind": TAX_KINDS}

        def one(name: str) -> tuple[Say, Any, str]:
            value = getattr(thing, name)
            if name in word:
                return LABELS[name], word[name].get(value, value), ""
            if name == "base_stock" and value is not None:
                return LABELS[name], Money(value, thing.currency), ""
            if name in ("payer", "distributor") and value:
                return LABELS[name], f"{value.number} {called(value)}", f"/customers/{value.pk}"
            if name == "group" and value:
                return LABELS[name], f"{value.number} {called(value)}", f"/customers/groups/{value.pk}"
            if name == "terms" and value:
                rule = describe(queries.terms_by_ids(self.company.pk, [value.pk])[value.pk].data)
                return (
                    LABELS[name],
                    _("%(name)s (%(rule)s)", name=called(value), rule=rule),
                    f"/customers/terms/{value.pk}",
                )
            if isinstance(value, str):
                return LABELS[name], hide(name, value), ""
            return LABELS[name], called(value) if hasattr(value, "name") else value, ""

        warning = check_tax_number(thing.uscc) if thing.tax_kind != "foreign" else None
        blocks = (
            (_("Customer account"), "", ("number", "external", "name", "name_en", "short_name", "klass", "language", "owner", "opened")),
            (_("Where it belongs"), "", ("payer", "distributor", "group", "org", "terms", "base_stock", "contract_end", "currency")),
            (_("VAT invoices"), warning or "",
             ("uscc", "tax_title", "tax_kind", "tax_address", "tax_phone", "tax_bank", "tax_account")),
            (_("Contact"), "", ("address", "contact", "phone", "email")),
        )  # fmt: skip
        return [(title, note, [one(n) for n in names]) for title, note, names in blocks]  # type: ignore[misc]

    def subject(self, thing: Customer) -> str:
        return ref("customers.customer", thing.pk)


def find(request: Any) -> JsonResponse:
    """Suggestions for a field that names a customer: [{number, name, klass}], best first."""
    require(request, "customers.see")
    found = queries.find(request.company.pk, request.GET.get("q", "")[:100], 10)
    return JsonResponse({"items": [{"id": c.id, "number": c.number, "name": c.name, "state": c.state} for c in found]})


def pick(request: Any) -> HttpResponse:
    """Options for a field that names a customer: by number, name, pinyin initials, tax number, bank account."""
    require(request, "customers.see")
    found = queries.find(request.company.pk, request.GET.get("q", "").replace("\x00", "")[:100], 12)
    return picked(
        request, [(c.number, c.title(language()), "" if c.state == "open" else STATE_NAMES[c.state]) for c in found]
    )
