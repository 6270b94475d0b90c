"""The page door of approvals: the inbox, one approval, all of them, the limits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from huikuan.kit.refs import ref
from huikuan.kit.text import whole
from huikuan.kit.words import Say, _, _in
from huikuan.office.approvals import actions, queries, rules
from huikuan.office.approvals.forms import GrantForm, LimitForm, RefuseForm, WithdrawForm
from huikuan.office.approvals.models import Approval, Limit
from huikuan.office.approvals.tables import COLUMNS, FILTERS, LIMITS, STATES, columns, kind_name, shown_lines, title_of
from huikuan.office.company import queries as company
from huikuan.office.trail.hands import subject_url
from huikuan.office.work.queries import short
from huikuan.web.forms import ActionDialog, ActionForm, fresh_key
from huikuan.web.look import Mark
from huikuan.web.pages import (
    Button,
    Case,
    Fact,
    Head,
    ListPage,
    ObjectPage,
    Page,
    Section,
    Tab,
    Worklist,
    get_or_missing,
)
from huikuan.web.shell import called, language, said
from huikuan.web.tables import Column

ABOVE = Mark(_("Above your limit"), "blocked", "lock")
SECOND = Mark(_("Second of two"), "attention", "users")


def name_of(login: str) -> str:
    """A person's name in the language of the page; the login where nobody is called so."""
    found = company.person(login) if login else None
    return called(found) if found else login


def names_of(company_id: int) -> dict[str, str]:
    """{login: name} of everyone here, in the language of the page."""
    return {p.login: called(p) for p in company.people(company_id)}


def _facts(approval: Approval, answer: rules.Answer | None) -> dict[str, Any]:
    """What the case template shows."""
    return {
        "approval": approval,
        "heading": title_of(approval),
        "mark": STATES[approval.state],
        "kind": kind_name(approval.kind),
        "lines": shown_lines(approval.shown, approval.currency),
        "asker": name_of(approval.asked_by),
        "first": name_of(approval.first_by),
        "decider": name_of(approval.decided_by),
        "about_url": subject_url(approval.subject),
        "about": short(approval.subject),
        "answer": answer,
        "grant_key": fresh_key(),
        "refuse_key": fresh_key(),
    }


class Inbox(Worklist):
    """What waits for this person's decision: what, who asked, how much, the facts; grant or refuse with a reason."""

    title = _("Approvals")
    needs = "approvals.see"
    empty = _(
        "Nothing waits for your decision. Requests appear here when a colleague or a rule asks for a second person."
    )

    def queue(self) -> Sequence[Case]:
        out = []
        for waiting in queries.inbox(self.company.pk, self.request.user.get_username()):
            a, answer = waiting.approval, waiting.answer
            mark = (
                None if answer.may and not a.first_by else SECOND if answer.may else ABOVE if answer.passes_up else None
            )
            if not answer.may and not answer.passes_up:
                continue  # one's own requests stand under "Asked by me"
            note = f"{kind_name(a.kind)} · {name_of(a.asked_by)}"
            out.append(Case(a.id, said(a.title), note, mark, a.amount))
        return out

    def case(self, pk: str) -> tuple[str, dict[str, Any]]:
        approval = get_or_missing(Approval, self.company, whole(pk) or 0)
        answer = None
        if approval.state == rules.ASKED:
            answer = queries.answer(self.company.pk, approval, self.request.user.get_username())
        history = [a for a in queries.of_subject(self.company.pk, approval.subject) if a.id != approval.pk]
        past = [(a, STATES[a.state], name_of(a.decided_by)) for a in history]
        return "approvals/case.html", {
            **_facts(approval, answer),
            "history": past,
            "can_decide": self.may("approvals.grant"),
        }

    def extra(self) -> dict[str, Any]:
        return {"buttons": [Button(_("All approvals"), "/approvals/all", "list-check")]}


class Approvals(ListPage):
    """Every approval, by who asked and what became of it."""

    title = _("All approvals")
    needs = "approvals.see"
    columns = COLUMNS
    filters = FILTERS
    order = "-pk"
    tabs = (
        Tab("all", _("All")),
        Tab("open", _in("approval", "Asked"), {"state": rules.ASKED}),
        Tab("mine", _("Asked by me")),
        Tab("decided", _("Decided by me")),
    )
    empty = _("Approvals appear here when something needs a second person.")

    def rows(self) -> QuerySet[Approval]:
        found = queries.approvals(self.company.pk)
        login = self.request.user.get_username()
        tab = self.request.GET.get("tab")
        if tab == "mine":
            return found.filter(asked_by=login)
        return found.filter(decided_by=login) if tab == "decided" else found

    @cached_property
    def named(self) -> tuple[Column, ...]:
        return columns(names_of(self.company.pk))

    def all_columns(self) -> Sequence[Column]:
        return self.named

    def buttons(self) -> Sequence[Button]:
        return (Button(_("Inbox"), "/approvals/", "inbox"),)


class ApprovalPage(ObjectPage):
    """One approval with what was shown, who decided and why."""

    needs = "approvals.see"

    def load(self, **kwargs: Any) -> Approval:
        pk = kwargs["pk"]
        return get_or_missing(Approval, self.company, pk, _("There is no approval %(number)s.", number=pk))  # type: ignore[no-any-return]

    def head(self, thing: Any) -> Head:
        approval: Approval = thing
        login = self.request.user.get_username()
        buttons = []
        primary = None
        notice: Say | str = approval.reason
        if approval.state == rules.ASKED:
            answer = queries.answer(self.company.pk, approval, login)
            notice = answer.why or ""
            if answer.may:
                primary = Button(
                    _("Grant"), f"/approvals/{approval.pk}/grant", "check", dialog=True, needs="approvals.grant"
                )
            if answer.may or answer.passes_up:
                refuse = f"/approvals/{approval.pk}/refuse"
                buttons.append(Button(_("Refuse"), refuse, "x", dialog=True, needs="approvals.refuse", danger=True))
            if approval.asked_by == login:
                back = f"/approvals/{approval.pk}/withdraw"
                buttons.append(Button(_("Take back"), back, "arrow-back-up", dialog=True, needs="approvals.withdraw"))
        facts = [
            Fact(_("Amount"), approval.money, "money") if approval.money else Fact(_("Amount"), "–"),
            Fact(_("Asked by"), name_of(approval.asked_by)),
            Fact(_("Decided by"), name_of(approval.decided_by) or "–"),
            Fact(_("About"), short(approval.subject), url=subject_url(approval.subject)),
        ]
        return Head(
            number=f"#{approval.pk}", name=title_of(approval), mark=STATES[approval.state], kind=kind_name(approval.kind),
            facts=facts, primary=primary, buttons=buttons, notice=notice, back=(_("Approvals"), "/approvals/"),
        )  # fmt: skip

    def sections(self, thing: Any) -> Sequence[Section]:
        return (Section("shown", _("What was shown"), "approvals/shown.html", _facts(thing, None)),)

    def subject(self, thing: Any) -> str:
        return ref(actions.KIND, thing.pk)


class _Decision(ActionDialog):
    needs = "approvals.grant"

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"shown_hash": get_or_missing(Approval, self.company, kwargs["pk"]).shown_hash}

    def about(self, **kwargs: Any) -> dict[str, Any]:
        approval = get_or_missing(Approval, self.company, kwargs["pk"])
        facts: list[tuple[Any, Any]] = [
            (_("What is asked"), title_of(approval)),
            (_("Asked by"), name_of(approval.asked_by)),
        ]
        if approval.money:
            facts.append((_("Amount"), approval.money))
        return {"facts": facts}

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/approvals/"


class Grant(_Decision):
    title = _("Grant")
    form = GrantForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.grant(act, kwargs["pk"], data["shown_hash"], data.get("reason", ""))

    def said_done(self, result: Any) -> Say:
        if result.state == rules.ASKED:
            return _("Granted by you; a second person of the highest limit has to agree.")
        return _("Granted: %(what)s.", what=result.says)


class Refuse(_Decision):
    title = _("Refuse")
    needs = "approvals.refuse"
    danger = True
    form = RefuseForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.refuse(act, kwargs["pk"], data["reason"], data.get("shown_hash", ""))

    def said_done(self, result: Any) -> Say:
        return _("Refused: %(what)s. %(who)s gets the reason as work.", what=result.says, who=name_of(result.asked_by))


class Withdraw(_Decision):
    title = _("Take back")
    needs = "approvals.withdraw"
    form = WithdrawForm
    done = _("The request is taken back.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.withdraw(act, kwargs["pk"], data["reason"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/approvals/{kwargs['pk']}"


class Limits(ListPage):
    """Who may grant how much."""

    title = _("Approval limits")
    needs = "approvals.see"
    columns = LIMITS
    order = "-up_to"
    note = _(
        "A limit for a person wins over her roles; one for a duty over the general one. Above the highest, two of its holders agree."
    )
    empty = _("No limits are set: nothing with an amount can be granted.")

    def rows(self) -> QuerySet[Limit]:
        return Limit.objects.filter(company=self.company)

    def buttons(self) -> Sequence[Button]:
        return (
            Button(
                _("Set a limit"), "/approvals/limits/set", "plus", primary=True, dialog=True, needs="approvals.limits"
            ),
        )


class SetLimit(ActionDialog):
    title = _("Set a limit")
    needs = "approvals.limits"
    done = _("The limit is set.")
    form = LimitForm

    def make_form(self, data: Any = None, **kwargs: Any) -> ActionForm:
        english = language() == "en"
        options = {
            "role": [(code, en if english else zh) for code, en, zh in company.role_names()],
            "person": [(p.login, called(p)) for p in company.people(self.company.pk) if p.kind == "person"],
            "duty": [(d.code, d.en if english else d.zh) for d in company.duties().values() if d.limited],
        }
        if data is not None:
            return LimitForm(data, options=options)
        return LimitForm(initial={"currency": self.company.currency}, options=options)

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.set_limit(act, data["limit"], role=data["role"], person=data["person"], duty=data["duty"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/approvals/limits"


class Today(Page):
    """The tile on Today: what this person can decide now, and what she waits for herself."""

    needs = "approvals.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        login = request.user.get_username()
        waiting = queries.inbox(self.company.pk, login)
        mine = [w.approval for w in waiting if w.answer.may]
        rows = [(a, said(a.title), kind_name(a.kind), name_of(a.asked_by)) for a in mine[:6]]
        above = sum(w.answer.passes_up for w in waiting)
        asked = queries.mine_open(self.company.pk, login)
        return self.show("approvals/today.html", {"rows": rows, "count": len(mine), "above": above, "asked": asked})


class Panel(Page):
    """Approvals about one subject (?subject=), for other capabilities' pages."""

    needs = "approvals.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        found = queries.of_subject(self.company.pk, request.GET.get("subject", "")[:80])
        rows = [(a, said(a.title), STATES[a.state], name_of(a.asked_by), name_of(a.decided_by)) for a in found]
        return self.show("approvals/panel.html", {"rows": rows})
