"""One's own sign-in: the password, the second step with its recovery codes, ending every session."""

from __future__ import annotations

import base64
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import clear_totp_secret
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from huikuan.kit.errors import Trouble
from huikuan.kit.words import _
from huikuan.office.company import actions, queries
from huikuan.office.company.forms import OwnPasswordForm
from huikuan.web.forms import ActionDialog
from huikuan.web.pages import Page
from huikuan.web.shell import said

HERE = "/company/safety"


class Safety(Page):
    """What protects one's sign-in, and what can be done about it."""

    title = _("My sign-in")
    needs = "company.own"

    def get(self, request: Any) -> HttpResponse:
        person = request.user
        return self.show(
            "company/safety.html",
            {
                "person": person,
                "second_step": queries.has_second_step(person),
                "codes_left": len(queries.recovery_codes(person)),
                "needed": queries.needs_second_step(self.company.pk, request.desk.roles),
            },
        )


class SetUp(Page):
    """Set the second step up: scan, type the first code, keep the recovery codes. Forced where a role needs it."""

    title = _("Set up the second step")
    needs = "company.own"

    def get(self, request: Any) -> HttpResponse:
        if queries.has_second_step(request.user):
            return HttpResponseRedirect(HERE)
        request.desk.asks("company.safety")
        return self._form(request, ActivateTOTPForm(user=request.user), 200)

    def post(self, request: Any) -> HttpResponse:
        request.desk.asks("company.safety")
        form = ActivateTOTPForm(user=request.user, data=request.POST)
        if not form.is_valid():
            return self._form(request, form, 422)
        try:
            actions.second_step_on(request.act(), form.secret)
        except Trouble as e:
            form.add_error("code", said(e.say))
            return self._form(request, form, 409)
        clear_totp_secret(request)
        request.session.pop("enrol", None)
        return _codes(request)

    def _form(self, request: Any, form: Any, status: int) -> HttpResponse:
        drawn = get_adapter().build_totp_svg(get_adapter().build_totp_url(request.user, form.secret))
        grouped = " ".join(form.secret[i : i + 4] for i in range(0, len(form.secret), 4))
        wrong = [e for es in form.errors.values() for e in es] if form.is_bound else []
        context = {
            "title": self.title, "picture_uri": "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode(), "secret": grouped, "wrong": wrong, "forced": bool(request.session.get("enrol")),
        }  # fmt: skip
        return render(request, "company/set_up.html", context, status=status)


def _codes(request: Any) -> HttpResponse:
    """The recovery codes, shown this once."""
    context = {"title": _("Recovery codes"), "codes": queries.recovery_codes(request.user)}
    htmx = bool(getattr(request, "htmx", False))
    return render(request, "company/parts/codes.html" if htmx else "company/codes.html", context)


class NewCodes(ActionDialog):
    title = _("Make new recovery codes")
    needs = "company.safety"
    warning = _("The codes you have now will no longer work.")

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST)
        try:
            actions.new_recovery_codes(request.act())
        except Trouble as e:
            form.is_valid()
            form.take(e)
            return self.show(form, 409)
        return _codes(request)


class TakeOff(ActionDialog):
    title = _("Take the second step off")
    needs = "company.safety"
    warning = _("After this the password alone lets you in.")
    danger = True
    done = _("The second step is off.")

    def do(self, act: Any, data: dict[str, Any]) -> None:  # type: ignore[override]
        actions.second_step_off(act)

    def then(self, result: Any) -> str:  # type: ignore[override]
        return HERE


class OwnPassword(ActionDialog):
    """Change one's own password; every other session ends."""

    title = _("Change my password")
    needs = "company.safety"
    form = OwnPasswordForm
    done = _("The password is changed. You are signed out everywhere else.")

    def make_form(self, data: Any = None, **kwargs: Any) -> Any:
        person: Any = self.request.user
        return OwnPasswordForm(data, person=person)

    def do(self, act: Any, data: dict[str, Any]) -> Any:  # type: ignore[override]
        return actions.change_own_password(act, data["password"])

    def then(self, result: Any) -> str:  # type: ignore[override]
        update_session_auth_hash(self.request, result)
        return HERE


class SignOutEverywhere(ActionDialog):
    title = _("Sign out everywhere")
    needs = "company.own"
    warning = _("Every browser in which you are signed in has to sign in again, this one too. Tokens stay.")

    def do(self, act: Any, data: dict[str, Any]) -> Any:  # type: ignore[override]
        return actions.sign_out_everywhere(act)

    def then(self, result: Any) -> str:  # type: ignore[override]
        return "/company/sign-in"


__all__ = ["NewCodes", "OwnPassword", "Safety", "SetUp", "SignOutEverywhere", "TakeOff"]
