"""People, their roles, and which role may do what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect

from huikuan.kit.errors import Missing
from huikuan.kit.words import Say, _
from huikuan.office.company import actions, queries
from huikuan.office.company.forms import ActiveForm, DutyForm, PasswordForm, PersonForm, ReasonForm, RolesForm
from huikuan.office.company.models import ROLES, Person
from huikuan.office.company.views.settings import TOKENS, scope_words, token_state
from huikuan.office.trail.hands import all_hands
from huikuan.web.forms import ActionDialog
from huikuan.web.pages import Button, Choice, Column, Fact, Head, ListPage, Mark, ObjectPage, Page, Section, Words
from huikuan.web.shell import called, language, require

KINDS = {
    "person": Mark(_("Person"), "plain", "user"),
    "bot": Mark(_("Bot"), "plain", "robot"),
    "system": Mark(_("Server"), "plain", "server"),
}
ACTIVE = {True: Mark(_("May sign in"), "good"), False: Mark(_("Kept out"), "blocked")}


def role_words(codes: Sequence[str]) -> list[str]:
    names = {code: (en if language() == "en" else zh) for code, en, zh in ROLES}
    return [f"{c} {names.get(c, '')}" for c in codes]


class People(ListPage):
    title = _("People and duties")
    needs = "company.see"
    order = "login"
    columns = (
        Column(
            "name",
            _("Name"),
            "link",
            value=called,
            sort="name",
            url="/company/people/{login}",
        ),
        Column("login", _("Login")),
        Column(
            "desk",
            _("Desk"),
            value=lambda p: p.title_en if language() == "en" and p.title_en else p.title,
            sort="title",
        ),
        Column("roles", _("Roles"), value=lambda p: role_words(p.held), sort="-", wide=True),
        Column("kind", _("Kind"), "state", states=KINDS),
        Column("is_active", _("Access"), "state", states=ACTIVE),
        Column("last_login", _("Last signed in"), "time"),
    )
    filters = (
        Words("name", "name_en", "login", "title"),
        Choice("role", _("Role"), options=[(c, f"{c}") for c, _en, _zh in ROLES], field="memberships__role"),
    )
    empty = _("Nobody here yet. Add the first person.")

    def rows(self) -> QuerySet[Person]:
        return queries.everyone(self.company.pk)

    def row_tone(self, row: Any) -> str:
        return "" if row.is_active else "muted"

    def buttons(self) -> Sequence[Button]:
        return (
            Button(
                _("Add a person"), "/company/people/add", "user-plus", dialog=True, needs="company.people", primary=True
            ),
            Button(_("Who may do what"), "/company/duties", "shield-check"),
        )


class AddPerson(ActionDialog):
    title = _("Add a person")
    needs = "company.people"
    form = PersonForm
    done = _("The person is added.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"language": "zh-hans"}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Person:
        password = data.pop("password")
        return actions.add_person(
            act, data.pop("login"), data.pop("name"), data.pop("roles"), password_hash=password,
            must_change=bool(password), **data,
        )  # fmt: skip

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/company/people/{result.login}"


class PersonPage(ObjectPage):
    needs = "company.see"

    def load(self, login: str) -> Any:
        found = queries.everyone(self.company.pk).filter(login=login).first()
        if found is None:
            raise Missing(_("There is nobody with the login %(login)s here.", login=login))
        return found

    def head(self, thing: Any) -> Head:
        here = f"/company/people/{thing.login}"
        mine = thing.login == self.request.user.get_username() or thing.kind == "system"
        do: dict[str, Any] = {"dialog": True, "needs": "company.people"}
        buttons = [] if mine else [
            Button(_("New password"), f"{here}/password", "key", **do),
            *([Button(_("Unlock sign-in"), f"{here}/unlock", "lock-open", **do)] if queries.locked_until(thing.login) else []),
            *([Button(_("Reset the second step"), f"{here}/second-step", "phone", **do)] if queries.has_second_step(thing) else []),
            Button(_("Keep out"), f"{here}/active", "ban", danger=True, **do) if thing.is_active else Button(_("Let in again"), f"{here}/active", "login", **do),
        ]  # fmt: skip
        return Head(
            number=thing.login, name=called(thing), mark=ACTIVE[thing.is_active], kind=_("Person"),
            facts=[Fact(_("Desk"), thing.title_en if language() == "en" and thing.title_en else thing.title), Fact(_("Roles"), role_words(thing.held))],
            primary=None if mine else Button(_("Change roles"), f"{here}/roles", "users", **do), buttons=buttons,
            back=(_("People and duties"), "/company/people"),
            notice=_("Nobody changes their own rights. Ask another administrator.") if mine and self.may("company.people") else "",
        )  # fmt: skip

    def sections(self, thing: Any) -> Sequence[Section]:
        duties = queries.duty_map(self.company.pk, frozenset(thing.held))
        checks = queries.duty_map(self.company.pk, frozenset(thing.held), "check")
        rows = [(d, d.code in duties, d.code in checks) for d in queries.duties().values() if d.code in duties | checks]
        tokens = [
            {"token": t, "scope": scope_words(t.scope), "mark": TOKENS[token_state(t, self.today)]}
            for t in queries.tokens(self.company.pk, thing.login)
        ]
        return (
            Section(
                "duties", _("What this person may do"), "company/person_duties.html", {"rows": rows}, count=len(rows)
            ),
            Section(
                "tokens", _("Access tokens"), "company/person_tokens.html", {"tokens": tokens, "login": thing.login, "may": self.may("company.people") and thing.login != self.request.user.get_username()},
                count=len(tokens),
            ),
        )  # fmt: skip

    def subject(self, thing: Any) -> str:
        return f"company.person:{thing.pk}"


class _OfPerson(ActionDialog):
    needs = "company.people"

    def about(self, login: str) -> dict[str, Any]:  # type: ignore[override]
        found = queries.person(login)
        return {"facts": [(_("Person"), f"{found.name} ({login})" if found else login)]}

    def then(self, result: Any, login: str) -> str:  # type: ignore[override]
        return f"/company/people/{login}"


class ChangeRoles(_OfPerson):
    title = _("Change roles")
    form = RolesForm
    warning = _("It takes effect at the person's next click, tokens included.")
    done = _("The roles are changed.")

    def initial(self, login: str) -> dict[str, Any]:  # type: ignore[override]
        return {"roles": sorted(queries.roles(login, self.company.pk))}

    def do(self, act: Any, data: dict[str, Any], login: str) -> None:  # type: ignore[override]
        actions.set_roles(act, login, data["roles"])


class NewPassword(_OfPerson):
    title = _("New password")
    form = PasswordForm
    done = _("The password is set.")

    def do(self, act: Any, data: dict[str, Any], login: str) -> None:  # type: ignore[override]
        actions.set_password(act, login, password_hash=data["password"])


class Unlock(_OfPerson):
    title = _("Unlock sign-in")
    form = ReasonForm
    done = _("They can try again at once.")
    warning = _("Ask the person first: wrong tries may come from someone else.")

    def do(self, act: Any, data: dict[str, Any], login: str) -> None:  # type: ignore[override]
        actions.unlock(act, login, data["reason"])


class ResetSecondStep(_OfPerson):
    title = _("Reset the second step")
    form = ReasonForm
    done = _("The second step is off; where the role needs it, it is set up at the next sign-in.")
    warning = _("Make sure by another way that the person asked for it. Their sessions end.")

    def do(self, act: Any, data: dict[str, Any], login: str) -> None:  # type: ignore[override]
        actions.reset_second_step(act, login, data["reason"])


class RevokeTokenOf(_OfPerson):
    title = _("Revoke the token")
    form = ReasonForm
    danger = True
    done = _("The token is revoked.")
    warning = _("Scripts that use it stop at their next call. It cannot be taken back; make a new one instead.")

    def about(self, login: str, pk: int) -> dict[str, Any]:  # type: ignore[override]
        return super().about(login)

    def do(self, act: Any, data: dict[str, Any], login: str, pk: int) -> None:  # type: ignore[override]
        actions.revoke_token_of(act, pk, data["reason"])

    def then(self, result: Any, login: str, pk: int) -> str:  # type: ignore[override]
        return f"/company/people/{login}?section=tokens"


class SetActive(_OfPerson):
    title = _("Access")
    form = ActiveForm
    done = _("The access is changed.")
    warning = _("Someone kept out is stopped at their next click. What they did stays in the trail.")

    def do(self, act: Any, data: dict[str, Any], login: str) -> None:  # type: ignore[override]
        found = queries.person(login)
        actions.set_active(act, login, not (found and found.is_active), data["reason"])


class Duties(Page):
    """Every duty with the roles that may do or grant it."""

    title = _("Who may do what")
    needs = "company.see"

    def get(self, request: Any) -> HttpResponse:
        roles = [r for r in ROLES if r[0] != "SYS"]
        found = queries.duty_marks(self.company.pk)
        groups = []
        for capability, hands in all_hands().items():
            rows = [
                (d, [(r[0] in found.get((d.code, "do"), ()), r[0] in found.get((d.code, "check"), ())) for r in roles])
                for d in hands.duties
            ]
            if rows:
                groups.append((hands.name[0 if language() == "en" else 1] or capability, rows))
        people = {code: queries.people(self.company.pk, code).count() for code, _en, _zh in roles}
        context = {
            "groups": groups,
            "roles": [(c, en if language() == "en" else zh, people[c]) for c, en, zh in roles],
            "may": self.may("company.people"),
        }
        return self.show("company/duties.html", context)


class MarkDuty(ActionDialog):
    title = _("Who may do this")
    needs = "company.people"
    form = DutyForm
    warning = _("It takes effect at once, for everyone who holds these roles.")
    done = _("The duty is changed.")

    def about(self, duty: str) -> dict[str, Any]:  # type: ignore[override]
        found = queries.duties().get(duty)
        if found is None:
            raise Missing(_("There is no duty %(duty)s.", duty=duty))
        words: Say | str = found.en if language() == "en" else found.zh
        return {"facts": [(_("Duty"), words), (_("Code"), f"{found.ref} {duty}")]}

    def initial(self, duty: str) -> dict[str, Any]:  # type: ignore[override]
        return {mark: sorted(queries.marked(self.company.pk, duty, mark)) for mark in ("do", "check")}

    def do(self, act: Any, data: dict[str, Any], duty: str) -> None:  # type: ignore[override]
        actions.mark_duty(act, duty, data["do"], data["check"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/company/duties"


def by_id(request: Any, pk: int) -> HttpResponse:
    """A person as the trail names them."""
    require(request, "company.see")
    found = queries.everyone(request.company.pk).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is nobody with the number %(number)s here.", number=pk))
    return HttpResponseRedirect(f"/company/people/{found.login}")
