"""The page door of drafts: the list, what falls due, one draft with its moves, and each move as a dialog."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.kit.dates import WorkCalendar
from huikuan.kit.errors import Invalid, Missing
from huikuan.kit.money import RATE_SCALE, scaled_text
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _, _in
from huikuan.office.company import queries as company
from huikuan.receivables.drafts import actions, forms, queries, rules
from huikuan.receivables.drafts.models import Concession, Draft
from huikuan.receivables.drafts.tables import COLUMNS, CONCESSION_FILTERS, CONCESSIONS, FILTERS, STATES
from huikuan.web.filters import Tab
from huikuan.web.forms import ActionDialog, ActionForm
from huikuan.web.pages import Button, Fact, Head, ListPage, ObjectPage, Page, Section
from huikuan.web.shell import called

TAKE = Button(_("Take a draft"), "/drafts/new", "plus", needs="drafts.take", dialog=True)


class Drafts(ListPage):
    """Every sub-range that came in."""

    title = _("Acceptance drafts")
    needs = "drafts.see"
    columns = COLUMNS
    filters = FILTERS
    order = "due"
    tabs = (
        Tab("held", _in("draft", "Held"), {"state": "held"}),
        Tab("presented", _in("draft", "Presented"), {"state": "presented"}),
        Tab("endorsed", _("Endorsed on"), {"state": "endorsed"}),
        Tab("discounted", _in("draft", "Discounted"), {"state": "discounted"}),
        Tab("asked", _("Waits for a grant"), {"state": "asked"}),
        Tab("all", _("All")),
    )
    start_tab = "held"
    empty = _("Acceptance drafts appear here once one is taken.")
    empty_button = TAKE

    def rows(self) -> QuerySet[Draft]:
        return queries.drafts(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Due calendar"), "/drafts/due", "calendar-due"),
            Button(_("Agreements"), "/drafts/concessions", "list-details"),
            Button(_in("draft", "Policy"), "/drafts/policy", "settings", needs="drafts.policy", dialog=True),
            TAKE,
        )

    def row_tone(self, row: Any) -> str:
        return "late" if row.state in queries.LIVE and row.due < self.today else ""


class Due(Page):
    """What falls due, when it can be presented and when its money comes, on work days."""

    title = _("Due calendar")
    needs = "drafts.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        found = queries.falling(self.company.pk, self.today)
        weeks: dict[Any, list[queries.Falling]] = {}
        for f in found:
            weeks.setdefault(f.paid - timedelta(days=f.paid.weekday()), []).append(f)
        groups = [(monday, some, sum(f.draft.amount for f in some)) for monday, some in sorted(weeks.items())]
        return self.show("drafts/due.html", {"groups": groups, "states": STATES, "called": called})


def _present(first: date, last: date, calendar: WorkCalendar) -> Say:
    if not calendar.is_known(last):
        return _(
            "presented from %(first)s to %(last)s; the holidays of %(year)s are not entered yet",
            first=first, last=last, year=str(last.year),
        )  # fmt: skip
    return _("presented from %(first)s to %(last)s", first=first, last=last)


class DraftPage(ObjectPage):
    needs = "drafts.see"

    def load(self, **kwargs: Any) -> Draft:
        return queries.draft(self.company.pk, kwargs["pk"])

    def head(self, thing: Any) -> Head:
        row: Draft = thing
        at = f"/drafts/{row.pk}"
        calendar = company.calendar(self.company.pk)
        first, last = rules.present_window(row.due, calendar)
        alive = row.state in queries.LIVE
        facts = [
            Fact(_("Amount"), row.amount, "money", row.currency),
            Fact(
                _("Due date"),
                row.due,
                "date",
                note=_present(first, last, calendar) if alive else "",
            ),
            Fact(_("Acceptor"), row.acceptor, note=rules.KIND_NAMES[row.kind]),
            Fact(_("Customer"), called(row.customer), url=f"/customers/{row.customer_id}"),
            Fact(_("Still exposed"), row.exposed, "money", row.currency),
        ]
        moves = {
            rules.PRESENTED: Button(_in("draft", "Present"), f"{at}/present", "clock", needs="drafts.use", dialog=True),
            rules.HONOURED: Button(_("Honoured"), f"{at}/honour", "check", needs="drafts.use", dialog=True),
            rules.ENDORSED: Button(_("Endorse"), f"{at}/endorse", "arrow-up-right", needs="drafts.use", dialog=True),
            rules.DISCOUNTED: Button(_in("draft", "Discount"), f"{at}/discount", "arrow-up-right", needs="drafts.use", dialog=True),
            rules.SPLIT: Button(_in("draft", "Split"), f"{at}/split", "circle-dot", needs="drafts.use", dialog=True),
            rules.REFUSED_BY_BANK: Button(_in("draft", "Refused"), f"{at}/refuse", "alert-triangle", needs="drafts.use", dialog=True),
            rules.RETURNED: Button(_("Give back"), f"{at}/give-back", "arrow-back-up", needs="drafts.use", dialog=True),
        }  # fmt: skip
        open_to = [s for s in moves if s in rules.MOVES[row.state] and (s != rules.SPLIT or row.end)]
        primary = rules.PRESENTED if row.state == rules.HELD and row.due <= self.today else rules.HONOURED
        return Head(
            number=str(row), name=called(row.customer), mark=STATES[row.state], kind=rules.KIND_NAMES[row.kind], facts=facts,
            primary=moves[primary] if primary in open_to else None, buttons=[moves[s] for s in open_to if s != primary],
            notice=_("Passed on to %(holder)s; a liability stands until it is honoured.", holder=row.holder) if row.contra else "",
            back=(_("Acceptance drafts"), "/drafts/"),
        )  # fmt: skip

    def sections(self, thing: Any) -> Sequence[Section]:
        row: Draft = thing
        moves = list(queries.moves(row.pk))
        entries = {
            e.pk: e.voucher for e in ledger.entries(self.company.pk).filter(pk__in=[m.entry for m in moves if m.entry])
        }
        shown = [(m, STATES[m.to], entries.get(m.entry or 0, "")) for m in moves]
        told = [
            (_("Number of the draft"), row.number), (_("Sub-range"), f"{row.start}-{row.end}" if row.end else "0"), (_("Drawer"), row.drawer),
            (_("Issued on"), row.issued.isoformat()), (_("Received on"), row.received.isoformat()), (_("Documents it pays"), ", ".join(row.documents)),
        ]  # fmt: skip
        parts = list(row.parts.all())
        return (
            Section("moves", _("What happened to it"), "drafts/moves.html", {"moves": shown, "currency": row.currency}, count=len(shown)),
            Section("facts", _("What it says"), "drafts/told.html", {"told": told, "parts": parts, "parent": row.parent}),
        )  # fmt: skip

    def subject(self, thing: Any) -> str:
        return ref("drafts.draft", thing.pk)


class OfCustomer(Page):
    """A customer's drafts, as a panel of the customer's page."""

    needs = "drafts.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = list(queries.drafts(self.company.pk).filter(customer_id=kwargs["pk"]).order_by("-id")[:50])
        policy = queries.policy_for(self.company.pk, kwargs["pk"], self.today)
        terms = [
            (rules.TERM_NAMES[n], queries.told_one(n, getattr(policy, n)), whose) for n, whose in policy.agreed.items()
        ]
        own = queries.concessions(self.company.pk).filter(customer_id=kwargs["pk"], live=True).first()
        context = {"rows": [(r, STATES[r.state]) for r in rows], "terms": terms, "own": own, "may": self.may("drafts.policy"),
                   "number": customers.by_id(self.company.pk, kwargs["pk"]).number}  # fmt: skip
        return self.show("drafts/of.html", context)


def find_customer(company_id: int, text: str) -> int:
    text = text.split("·")[0].strip()
    try:
        return customers.customer(company_id, text).id
    except Missing:
        found = customers.find(company_id, text, 2)
    if len(found) != 1:
        raise Invalid.one("customer", text, _("No customer fits, or several do."), _("Give the number."))
    return found[0].id


class Take(ActionDialog):
    title = _("Take a draft")
    needs = "drafts.take"
    form = forms.TakeForm

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"on": self.today, "customer": self.request.GET.get("customer", "")}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        paper = rules.Paper(
            "".join(data["number"].split()), data["start"], data["end"], data["amount"], data["issued"], data["due"], data["acceptor"],
            data["drawer"],
        )  # fmt: skip
        payer = find_customer(act.company, data["customer"])
        return actions.take(act, paper, payer, data["on"], data["documents"].split(), data["reason"])

    def said_done(self, result: Any) -> Say | None:
        if result.state == rules.ASKED:
            return _("The draft lies outside the policy: a second person was asked.")
        return _("The draft is booked.")

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/drafts/{result.pk}"


class _Move(ActionDialog):
    needs = "drafts.use"
    form: type[ActionForm] = forms.DayForm

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        row = queries.draft(self.company.pk, kwargs["pk"])
        return {"on": self.today, "version": row.version}

    def about(self, **kwargs: Any) -> dict[str, Any]:
        row = queries.draft(self.company.pk, kwargs["pk"])
        return {"facts": [(_("Draft"), str(row)), (_("Due date"), row.due), (_("Acceptor"), row.acceptor)]}

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/drafts/{kwargs['pk']}"


class Present(_Move):
    title = _in("draft", "Present")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.present(act, kwargs["pk"], data["on"], data["version"])


class Honour(_Move):
    title = _("Honoured")
    form = forms.LineForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.honour(act, kwargs["pk"], data["on"], data["line"], data["account"], data["version"])


class Endorse(_Move):
    title = _("Endorse")
    form = forms.EndorseForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.endorse(act, kwargs["pk"], data["to"], data["on"], data["account"], data["version"])


class Discount(_Move):
    title = _in("draft", "Discount")
    form = forms.DiscountForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.discount(
            act, kwargs["pk"], data["bank"], data["rate"], data["on"], data["line"], data["account"], data["version"]
        )


class Split(_Move):
    title = _in("draft", "Split")
    form = forms.SplitForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.split(act, kwargs["pk"], data["amount"], data["on"], data["version"])


class Refuse(_Move):
    title = _("Refused by the acceptor")
    form = forms.ReasonForm
    danger = True
    warning = _("The customer owes again, due at once.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.refuse(act, kwargs["pk"], data["on"], data["reason"], data["version"])


class GiveBack(_Move):
    title = _("Give back")
    form = forms.ReasonForm
    danger = True
    warning = _("The customer owes again, due at once.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.give_back(act, kwargs["pk"], data["on"], data["reason"], data["version"])


class SetPolicy(ActionDialog):
    title = _("Whose drafts are taken")
    needs = "drafts.policy"
    form = forms.PolicyForm
    button = _("Keep")
    done = _("The policy holds from now on.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        found = queries.policy(self.company.pk)
        lists = {n: "\n".join(getattr(found, n)) for n in ("first", "listed", "acceptors")}
        rates = {n: scaled_text(getattr(found, n) * 100, RATE_SCALE) + "%" for n in ("share", "rate")}
        return {**lists, **rates, "days": found.days}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        lists = {n: [x.strip() for x in data[n].splitlines() if x.strip()] for n in ("first", "listed", "acceptors")}
        return actions.set_policy(act, {**lists, "share": data["share"], "days": data["days"], "rate": data["rate"]})

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/drafts/"


# ---- what was agreed with customers ------------------------------------------------------------------------------

AGREE = Button(_("Agree terms"), "/drafts/concessions/new", "plus", needs="drafts.policy", dialog=True)


class Concessions(ListPage):
    """What was agreed with customers and groups about their drafts, the ended too."""

    title = _("Agreements about drafts")
    needs = "drafts.see"
    columns = CONCESSIONS
    filters = CONCESSION_FILTERS
    order = "-id"
    tabs = (
        Tab("live", _in("agreement", "In force"), {"live": "1"}),
        Tab("ended", _in("agreement", "Ended"), {"live": "0"}),
        Tab("all", _("All")),
    )
    start_tab = "live"
    empty = _("The company's policy holds for everybody. Terms that are agreed with a customer or a group appear here.")
    empty_button = AGREE

    def rows(self) -> QuerySet[Concession]:
        return queries.concessions(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        return (AGREE,)

    def row_tone(self, row: Any) -> str:
        return "" if row.live and (row.until is None or self.today <= row.until) else "muted"


class Concede(ActionDialog):
    title = _("Agree terms")
    needs = "drafts.policy"
    form = forms.ConcedeForm
    warning = _(
        "Of each term the most specific agreement counts: the customer's, then the payer's, then the group's, then the policy."
    )
    done = _("The terms hold from now on.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"customer": self.request.GET.get("customer", "")}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        terms = {n: data[n] for n in ("share", "days", "rate") if data[n] is not None}
        lists = {n: [x.strip() for x in data[n].splitlines() if x.strip()] for n in ("banks", "acceptors")}
        who = find_customer(act.company, data["customer"]) if data["customer"].strip() else None
        group = find_group(act.company, data["group"]) if data["group"].strip() else None
        return actions.concede(
            act, {**terms, **{n: x for n, x in lists.items() if x}}, who, group, data["until"], data["note"]
        )

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/drafts/concessions"


def find_group(company_id: int, number: str) -> int:
    found = customers.group_rows(company_id).filter(number=number.strip()).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid.one("group", number, _("There is no such group."))
    return found


class End(ActionDialog):
    title = _("End the agreement")
    needs = "drafts.policy"
    form = forms.EndForm
    danger = True
    done = _("The agreement has ended.")

    def about(self, **kwargs: Any) -> dict[str, Any]:
        row = queries.concession(self.company.pk, kwargs["pk"])
        return {"facts": [(_in("agreement", "With whom"), queries.whose(row)), *queries.told(row.terms)]}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.end(act, kwargs["pk"], data["reason"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/drafts/concessions"
