"""The pages of what customers hang on: groups, org units, payment terms with their calculator, credit policies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse

from huikuan.books.customers import actions, queries
from huikuan.books.customers.forms import (
    LABELS,
    GroupForm,
    GroupLimitForm,
    OrgForm,
    PolicyForm,
    TermsForm,
    TryTermsForm,
)
from huikuan.books.customers.models import CreditPolicy, Exposure, Group, OrgUnit, Terms
from huikuan.books.customers.rules import STANDARD, Bases, describe, due_dates, prepay, read_terms
from huikuan.books.customers.tables import GROUPS, ORG, POLICIES, TERMS, scope
from huikuan.books.customers.views.accounts import panels
from huikuan.kit.money import Money, exponent, minor_text, parse_rate, scaled_text
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company_queries
from huikuan.web.pages import (
    ActionDialog,
    Button,
    Fact,
    Filter,
    Flag,
    Head,
    ListPage,
    ObjectPage,
    Page,
    Section,
    Words,
    get_or_missing,
)
from huikuan.web.shell import called, said

# ---- groups --------------------------------------------------------------------------------------------------


def groups(company: int) -> Any:
    mine = Exposure.objects.filter(customer__group=OuterRef("pk"), currency=OuterRef("currency")).order_by()
    summed = mine.values("customer__group").annotate(sum=Sum("amount")).values("sum")
    exposure = Coalesce(Subquery(summed), 0, output_field=BigIntegerField())
    return queries.group_rows(company).annotate(member_count=Count("members"), exposure=exposure)


class Groups(ListPage):
    title = _("Customer groups")
    needs = "customers.see"
    order = "number"
    columns = GROUPS
    filters: Sequence[Filter] = (Words("number", "name", "name_en"),)
    empty = _("Groups of customers under one owner appear here. Their exposure is added up against the group's limit.")

    def rows(self) -> Any:
        return groups(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        return (
            Button(
                _("Add a group"), "/customers/groups/new", "plus", primary=True, dialog=True, needs="customers.write"
            ),
        )


class GroupPage(ObjectPage):
    needs = "customers.see"

    def load(self, pk: int) -> Any:
        return get_or_missing(groups(self.company.pk), self.company.pk, pk, _("There is no such group."))

    def head(self, thing: Any) -> Head:
        limit = thing.credit_limit
        return Head(
            number=thing.number,
            name=called(thing),
            kind=_("Group"),
            facts=(
                Fact(LABELS["credit_limit"], _("No limit") if limit is None else limit, "text" if limit is None else "money", thing.currency),
                Fact(_("Exposure"), thing.exposure, "money", thing.currency),
                Fact(_("Customers"), thing.member_count, "number", url=f"/customers/?group={thing.pk}"),
            ),
            primary=Button(_("Change limit"), f"/customers/groups/{thing.pk}/limit", "gavel", dialog=True, needs="customers.limit"),
            buttons=(Button(_("Change"), f"/customers/groups/{thing.pk}/change", "pencil", dialog=True, needs="customers.write"),),
            back=(_("Customer groups"), "/customers/groups"),
        )  # fmt: skip

    def sections(self, thing: Any) -> Sequence[Section]:
        people = list(queries.rows(self.company.pk).filter(group_id=thing.pk).order_by("number")[:500])
        found = {e.payer: e for e in queries.exposures(self.company.pk, [p.pk for p in people])}
        rows = [(p, called(p), found[p.pk]) for p in people]
        own = Section("members", _("Customers"), "customers/members.html", {"rows": rows}, count=len(rows))
        return (own, *panels(self, "customers.group", thing.pk))

    def subject(self, thing: Any) -> str:
        return ref("customers.group", thing.pk)


class SaveGroup(ActionDialog):
    title = _("Add a group")
    needs = "customers.write"
    form = GroupForm
    done = _("Saved.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        if "pk" not in kwargs:
            return {}
        row = get_or_missing(Group, self.company.pk, kwargs["pk"])
        return {n: getattr(row, n) for n in ("number", "name", "name_en", "version")}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.save_group(act, **data)

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/customers/groups/{result.pk}"


class LimitGroup(ActionDialog):
    title = _("Change the group's limit")
    needs = "customers.limit"
    form = GroupLimitForm
    warning = _("A group's limit stands beside its members' limits: an order must fit under both.")

    def row(self, pk: int) -> Group:
        found: Group = get_or_missing(Group, self.company.pk, pk)
        return found

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        row = self.row(kwargs["pk"])
        limit = row.credit_limit
        return {
            "version": row.version,
            "limit": "" if limit is None else minor_text(limit, exponent(row.currency), grouped=True),
        }

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.ask_group_limit(act, kwargs["pk"], data["limit"], data["reason"], data.get("version"))

    def said_done(self, result: int) -> Say:
        return _("A higher limit is asked for; it holds once it is approved.") if result else _("The limit is changed.")


# ---- org units -----------------------------------------------------------------------------------------------


class Org(ListPage):
    title = _("Org units")
    needs = "customers.see"
    order = "code"
    columns = ORG
    note = _(
        "Business unit › market unit › regional unit › area unit, each with its dates. A filter by a unit takes in all beneath it."
    )

    empty = _("Org units appear here: business unit › market unit › regional unit › area unit.")

    def all_filters(self) -> Sequence[Filter]:
        today = self.today
        valid = Q(since__lte=today) & (Q(until__isnull=True) | Q(until__gte=today))
        return (Words("code", "name", "name_en"), Flag("valid", _("Valid today"), where=lambda _on: valid))

    def rows(self) -> Any:
        return queries.org_rows(self.company.pk).select_related("parent").annotate(member_count=Count("customers"))

    def row_url(self, row: Any) -> str:
        return f"/customers/org/{row.pk}/change" if self.may("customers.write") else ""

    def buttons(self) -> Sequence[Button]:
        return (
            Button(
                _("Add an org unit"), "/customers/org/new", "plus", primary=True, dialog=True, needs="customers.write"
            ),
        )


class SaveOrg(ActionDialog):
    title = _("Org unit")
    needs = "customers.write"
    form = OrgForm
    done = _("Saved.")

    def make_form(self, data: Any = None, **kwargs: Any) -> Any:
        form = super().make_form(data, **kwargs)
        field: Any = form.fields["parent"]
        rows = queries.org_rows(self.company.pk).order_by("code")
        field.choices = [("", "—"), *((u.code, f"{u.kind} {u.code} {called(u)}") for u in rows)]
        return form

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        if "pk" not in kwargs:
            return {"since": self.today}
        row: OrgUnit = get_or_missing(OrgUnit, self.company.pk, kwargs["pk"])
        out = {n: getattr(row, n) for n in ("code", "kind", "name", "name_en", "since", "until", "version")}
        return out | {"parent": row.parent.code if row.parent else ""}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.save_org(act, **data)

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/customers/org"


# ---- payment terms -------------------------------------------------------------------------------------------


class TermsList(ListPage):
    title = _("Payment terms")
    needs = "customers.see"
    order = "code"
    columns = TERMS
    filters: Sequence[Filter] = (Words("code", "name", "name_en"), Flag("active", _("In use")))

    def rows(self) -> Any:
        return queries.terms_rows(self.company.pk).annotate(member_count=Count("customers"))

    def row_tone(self, row: Any) -> str:
        return "" if row.active else "muted"

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Why is it due then?"), "/customers/terms/try", "calculator"),
            Button(
                _("Add payment terms"),
                "/customers/terms/new",
                "plus",
                primary=True,
                needs="customers.terms",
                writes=True,
            ),
        )


class TermsPage(ObjectPage):
    needs = "customers.see"

    def load(self, pk: int) -> Terms:
        found: Terms = get_or_missing(Terms, self.company.pk, pk, _("There are no such payment terms."))
        return found

    def head(self, thing: Terms) -> Head:
        return Head(
            number=thing.code,
            name=called(thing),
            kind=_("Payment terms"),
            facts=(Fact(_("Customers"), thing.customers.count(), "number", url=f"/customers/?terms={thing.pk}"),),
            primary=Button(_("Why is it due then?"), f"/customers/terms/try?terms={thing.code}", "calculator"),
            buttons=(Button(_("Change"), f"/customers/terms/{thing.pk}/change", "pencil", needs="customers.terms", writes=True),),
            notice="" if thing.active else _("These terms are no longer in use."),
            back=(_("Payment terms"), "/customers/terms"),
        )  # fmt: skip

    def sections(self, thing: Terms) -> Sequence[Section]:
        rule = json.dumps(thing.rule, ensure_ascii=False, indent=2)
        words = describe(read_terms(thing.rule))
        return (Section("rule", _("Rule"), "customers/rule.html", {"words": words, "rule": rule}),)

    def subject(self, thing: Terms) -> str:
        return ref("customers.terms", thing.pk)


class SaveTerms(ActionDialog):
    title = _("Payment terms")
    needs = "customers.terms"
    form = TermsForm
    done = _("Saved. What is billed from now on follows it.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        if "pk" not in kwargs:
            return {"rule": json.dumps(STANDARD[10][3])}
        row: Terms = get_or_missing(Terms, self.company.pk, kwargs["pk"])
        out = {n: getattr(row, n) for n in ("code", "name", "name_en", "active", "version")}
        return out | {"rule": json.dumps(row.rule, ensure_ascii=False, indent=2)}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.save_terms(act, **data)

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/customers/terms/{result.pk}"


class TryTerms(Page):
    """Why is it due then? Terms, dates and an amount in the address; the due dates with their reasons below."""

    title = _("Why is it due then?")
    needs = "customers.see"
    template = "customers/try_terms.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = list(queries.terms_rows(self.company.pk).filter(active=True).order_by("code"))
        start = {"amount": "10,000.00", "invoice": self.today, "terms": rows[0].code if rows else ""}
        given = request.GET.dict()
        form = TryTermsForm(start | given)
        field: Any = form.fields["terms"]
        field.choices = [(r.code, f"{r.code} {called(r)}") for r in rows]
        context: dict[str, Any] = {"form": form, "found": None}
        for bound in form.fields.values():
            css = "form-select" if hasattr(bound, "choices") else "form-control"
            bound.widget.attrs["class"] = css
        if form.is_valid():
            self.answer(form, context)
        return self.show(self.template, context)

    def answer(self, form: TryTermsForm, context: dict[str, Any]) -> None:
        data = form.cleaned_data
        try:
            total = Money.parse(data["amount"], self.company.currency)
        except ValueError:
            form.add_error("amount", said(_("%(value)s is not an amount. Write it as 1,234.50.", value=data["amount"])))
            return
        terms = queries.terms(self.company.pk, data["terms"]).data
        bases = Bases(
            data["invoice"], order=data["order"], received=data["received"], signed_off=data["signed_off"],
            next_batch=data["next_batch"], contract_end=data["contract_end"],
        )  # fmt: skip
        if terms.standing and terms.standing.currency != total.currency:
            form.add_error(
                "terms", said(_("These terms are for amounts in %(currency)s.", currency=terms.standing.currency))
            )
            return
        calendar = company_queries.calendar(self.company.pk)
        context["found"] = due_dates(terms, bases, total, calendar)
        context["words"] = describe(terms)
        context["prepay"] = prepay(terms, total)
        context["total"] = total


# ---- credit policies -----------------------------------------------------------------------------------------


class Policies(ListPage):
    title = _("Credit policies")
    needs = "customers.see"
    order = "klass"
    columns = POLICIES
    note = _(
        "What the credit check asks. A customer's own policy goes before its class's, and this before the company's."
    )

    def rows(self) -> Any:
        return queries.policy_rows(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        return (
            Button(
                _("Add a policy"),
                "/customers/policies/new",
                "plus",
                primary=True,
                dialog=True,
                needs="customers.policy",
            ),
        )


class PolicyPage(ObjectPage):
    needs = "customers.see"

    def load(self, pk: int) -> CreditPolicy:
        found: CreditPolicy = get_or_missing(queries.policy_rows(self.company.pk), self.company.pk, pk)
        return found

    def head(self, thing: CreditPolicy) -> Head:
        def days(value: int | None) -> Any:
            return _("Not asked") if value is None else value

        share = _("Not asked") if thing.overdue_share is None else f"{scaled_text(thing.overdue_share, 10**6)}%"
        return Head(
            name=said(scope(thing)),
            kind=_("Credit policy"),
            facts=(
                Fact(_("Checks the limit"), thing.check_limit, "bool"),
                Fact(_("Oldest overdue, days"), days(thing.oldest_overdue_days)),
                Fact(_("Overdue share"), share),
                Fact(_("Horizon, days"), days(thing.horizon_days)),
                Fact(_("Grace, days"), thing.grace_days, "number"),
            ),
            primary=Button(_("Change"), f"/customers/policies/{thing.pk}/change", "pencil", dialog=True, needs="customers.policy"),
            back=(_("Credit policies"), "/customers/policies"),
        )  # fmt: skip

    def subject(self, thing: CreditPolicy) -> str:
        return ref("customers.creditpolicy", thing.pk)


class SavePolicy(ActionDialog):
    title = _("Credit policy")
    needs = "customers.policy"
    form = PolicyForm
    done = _("Saved. Orders are checked by it from now on.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        if "pk" not in kwargs:
            return {}
        row: CreditPolicy = get_or_missing(queries.policy_rows(self.company.pk), self.company.pk, kwargs["pk"])
        names = ("klass", "check_limit", "oldest_overdue_days", "horizon_days", "grace_days", "version")
        out = {n: getattr(row, n) for n in names}
        share = None if row.overdue_share is None else scaled_text(row.overdue_share, 10**6)
        return out | {"customer": row.customer.number if row.customer else "", "overdue_percent": share}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        number, share = data.pop("customer", ""), data.pop("overdue_percent", None)
        data["customer_id"] = queries.customer(self.company.pk, number).id if number else None
        data["overdue_share"] = None if share is None else parse_rate(f"{share}%")
        return actions.save_policy(act, **data)

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/customers/policies"
