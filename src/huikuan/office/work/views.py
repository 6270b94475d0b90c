"""The page door of the queue: my work, one work order, what Today shows of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.utils import timezone

from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act
from huikuan.office.trail.hands import subject_url
from huikuan.office.work import actions, queries, rules
from huikuan.office.work.forms import CommentForm, HandOverForm, OutcomeForm, ReasonForm
from huikuan.office.work.models import WorkOrder
from huikuan.office.work.tables import COLUMNS, FILTERS, STATES, columns, holder, title_of
from huikuan.web.forms import ActionDialog, ActionForm
from huikuan.web.pages import (
    Bulk,
    Button,
    Fact,
    Head,
    ListPage,
    ObjectPage,
    Outcome,
    Page,
    Section,
    Tab,
    get_or_missing,
)
from huikuan.web.shell import called, language
from huikuan.web.tables import Column


def _many(what: str) -> Any:
    """A bulk run over orders: what is refused is said, the rest is done, in one act."""

    def run(act: Act, ids: list[Any], data: dict[str, Any]) -> Outcome:
        found = actions.many(act, what, [int(i) for i in ids], data.get("outcome", ""))
        return Outcome(
            _("%(n)s of %(all)s done.", n=found.done, all=len(ids)), [(f"#{pk}", why) for pk, why in found.refused]
        )

    return run


class Work(ListPage):
    """The one queue; its tabs are whose turn it is."""

    title = _("Work")
    needs = "work.see"
    columns = COLUMNS
    filters = FILTERS
    order = "priority"
    start_tab = "mine"
    tabs = (
        Tab("mine", _("Mine")),
        Tab("role", _("My roles'")),
        Tab("bots", _("Robots")),
        Tab("failed", _("Failed")),
        Tab("done", _("Done")),
        Tab("all", _("All")),
    )
    bulk = (
        Bulk("take", _("Take"), _many("take"), needs="work.do", icon="user-check"),
        Bulk("finish", _("Finish"), _many("finish"), needs="work.do", form=OutcomeForm, icon="check"),
        Bulk("retry", _("Give to the robots again"), _many("retry"), needs="work.do", icon="rotate"),
    )
    empty = _(
        "Nothing to do here. Work appears when a robot is unsure, a colleague hands something over, or a rule asks for a person."
    )

    def rows(self) -> QuerySet[WorkOrder]:
        tab = self.request.GET.get("tab") or "mine"
        login = self.request.user.get_username()
        found = {
            "mine": queries.mine,
            "role": queries.for_roles,
        }.get(tab)
        if found is not None:
            return found(self.company.pk, login)
        by_tab = {"bots": queries.robots, "failed": queries.failed, "done": queries.ended}
        return by_tab.get(tab, queries.orders)(self.company.pk)

    @cached_property
    def named(self) -> tuple[Column, ...]:
        return columns({p.login: called(p) for p in company.people(self.company.pk)})

    def all_columns(self) -> Sequence[Column]:
        return self.named

    def row_tone(self, row: Any) -> str:
        if row.state == rules.PERSON and rules.overdue(row.due, self.today):
            return "late"
        return "" if row.is_open else "muted"


class WorkPage(ObjectPage):
    """One work order: what it is about, its facts, what was tried, what was said."""

    needs = "work.see"

    def load(self, **kwargs: Any) -> WorkOrder:
        pk = kwargs["pk"]
        return get_or_missing(WorkOrder, self.company, pk, _("There is no work order %(number)s.", number=pk))  # type: ignore[no-any-return]

    def head(self, thing: Any) -> Head:
        order: WorkOrder = thing
        about = subject_url(order.subject)
        here = f"/work/{order.pk}"
        facts = [
            Fact(_("About"), queries.short(order.subject) or "–", url=about),
            Fact(_("With whom"), holder(order, {login: name_of(login) for login in (order.person, order.ended_by)})),
            Fact(
                _("Due by"),
                order.due,
                "date",
                note=_("late") if rules.overdue(order.due, self.today) and order.is_open else "",
            ),
            Fact(_("Tries"), order.attempts, "number"),
        ]
        return Head(
            number=f"#{order.pk}", name=title_of(order), mark=STATES[order.state], kind=_("Work order"), facts=facts,
            primary=self._primary(order, here, about), buttons=self._buttons(order, here, about), notice=_notice(order),
            notice_tone="attention" if order.trouble and order.is_open else "plain", back=(_("Work"), "/work/"),
        )  # fmt: skip

    def _primary(self, order: WorkOrder, here: str, about: str) -> Button | None:
        if order.state != rules.PERSON:
            return None
        if order.person != self.request.user.get_username():
            return Button(_("Take"), f"{here}/take", "user-check", dialog=True, needs="work.do")
        return Button(_("Finish"), f"{here}/finish", "check", dialog=True, needs="work.do")

    def _buttons(self, order: WorkOrder, here: str, about: str) -> Sequence[Button]:
        out = [Button(_("Open what it is about"), about, "external-link")] if about else []
        do = {"dialog": True, "needs": "work.do"}
        if order.state in (rules.PERSON, rules.WAITING):
            out.append(Button(_("Hand over"), f"{here}/hand-over", "users", **do))  # type: ignore[arg-type]
        if order.state == rules.PERSON and order.person != self.request.user.get_username():
            out.append(Button(_("Finish"), f"{here}/finish", "check", **do))  # type: ignore[arg-type]
        if order.trouble is not None and rules.may_move(order.state, rules.WAITING) and order.state != rules.RUNNING:
            out.append(Button(_("Give to the robots again"), f"{here}/retry", "rotate", **do))  # type: ignore[arg-type]
        out.append(Button(_("Comment"), f"{here}/comment", "message", **do))  # type: ignore[arg-type]
        if order.state in (rules.PERSON, rules.WAITING):
            out.append(Button(_("Cancel it"), f"{here}/cancel", "ban", danger=True, **do))  # type: ignore[arg-type]
        return out

    def sections(self, thing: Any) -> Sequence[Section]:
        order: WorkOrder = thing
        said = queries.comments(self.company.pk, order.pk)
        facts = [(k, v) for k, v in sorted(order.data.items()) if k not in ("on", "record", "facts")]
        facts += sorted(order.data.get("facts", {}).items()) if isinstance(order.data.get("facts"), dict) else []
        return (
            Section("case", _("The case"), "work/case.html", self._case(order, facts)),
            Section(
                "comments", _("Comments"), "work/comments.html", {"order": order, "comments": said}, count=len(said)
            ),
        )

    def _case(self, order: WorkOrder, facts: list[tuple[str, Any]]) -> dict[str, Any]:
        people = {"opened_by": name_of(order.opened_by), "ended_by": name_of(order.ended_by)}
        return {"order": order, "facts": [(k, _fact(v)) for k, v in facts], **people}

    def subject(self, thing: Any) -> str:
        return ref(actions.KIND, thing.pk)


def name_of(login: str) -> str:
    """A person's name in the language of the page; the login where nobody is called so."""
    found = company.person(login) if login else None
    return called(found) if found else login


def _notice(order: WorkOrder) -> Say | str:
    if order.is_open:
        return order.last_trouble or ""
    return order.ended_with or ""


def _fact(value: Any) -> str:
    from huikuan.office.trail.act import revive
    from huikuan.web.shell import said

    alive = revive(value)
    if isinstance(alive, dict):
        return ", ".join(f"{k}: {said(v)}" for k, v in alive.items())
    if isinstance(alive, list):
        return ", ".join(said(v) for v in alive)
    return said(alive)


class _Dialog(ActionDialog):
    needs = "work.do"

    def order(self, pk: int) -> WorkOrder:
        return get_or_missing(WorkOrder, self.company, pk)  # type: ignore[no-any-return]

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"version": self.order(kwargs["pk"]).version}

    def about(self, **kwargs: Any) -> dict[str, Any]:
        return {"facts": [(_("Work order"), title_of(self.order(kwargs["pk"])))]}

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/work/{kwargs['pk']}"


class Take(_Dialog):
    title = _("Take")
    done = _("It is yours now.")
    form = ActionForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.take(act, kwargs["pk"], data.get("version"))


class Finish(_Dialog):
    title = _("Finish")
    done = _("The work is done.")
    form = OutcomeForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.finish(act, kwargs["pk"], data["outcome"], data.get("version"))


class HandOver(_Dialog):
    title = _("Hand over")
    done = _("It was handed over.")
    form = HandOverForm

    def make_form(self, data: Any = None, **kwargs: Any) -> ActionForm:
        english = language() == "en"
        people = [(p.login, called(p)) for p in company.people(self.company.pk) if p.kind == "person"]
        roles = [(code, en if english else zh) for code, en, zh in company.role_names()]
        if data is not None:
            return HandOverForm(data, people=people, roles=roles)
        return HandOverForm(initial=self.initial(**kwargs), people=people, roles=roles)

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.hand_over(
            act,
            kwargs["pk"],
            person=data["person"],
            role=data["role"],
            note=data["note"],
            due=data["due"],
            version=data.get("version"),
        )


class Retry(_Dialog):
    title = _("Give to the robots again")
    done = _("The robots have it again.")
    form = ActionForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.retry(act, kwargs["pk"], data.get("version"))


class Cancel(_Dialog):
    title = _("Cancel it")
    warning = _("Nobody will do this work. It can be handed over again later.")
    danger = True
    done = _("The work is cancelled.")
    form = ReasonForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.cancel(act, kwargs["pk"], data["reason"], data.get("version"))


class CommentOn(_Dialog):
    title = _("Comment")
    done = _("Your comment stands.")
    form = CommentForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.comment(act, kwargs["pk"], data["text"])


class Today(Page):
    """The tile on Today: the next things to do, late ones first, and how many there are."""

    needs = "work.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        login = request.user.get_username()
        mine = queries.mine(self.company.pk, login)
        roles = queries.for_roles(self.company.pk, login)
        first = list(mine.order_by(F("due").asc(nulls_last=True), "priority", "id")[:6])
        if len(first) < 6:
            first += list(roles.order_by(F("due").asc(nulls_last=True), "priority", "id")[: 6 - len(first)])
        rows = [
            {"order": o, "title": title_of(o), "late": rules.overdue(o.due, self.today), "mine": o.person == login}
            for o in first
        ]
        return self.show(
            "work/today.html", {"rows": rows, "mine": mine.count(), "roles": roles.count(), "now": timezone.now()}
        )


class Panel(Page):
    """Open work about one subject (?subject=), for other capabilities' pages."""

    needs = "work.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = [(o, STATES[o.state]) for o in queries.of_subject(self.company.pk, request.GET.get("subject", "")[:80])]
        return self.show("work/panel.html", {"rows": rows})
