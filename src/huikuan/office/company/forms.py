"""Forms of the company's pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password

from huikuan.kit.errors import Invalid
from huikuan.kit.text import read_json
from huikuan.kit.words import _
from huikuan.office.company.models import ROLES, Person
from huikuan.web.forms import ActionForm, DayField, label
from huikuan.web.shell import language


def role_choices() -> list[tuple[str, str]]:
    zh = language() != "en"
    return [(code, f"{code} {name if zh else en}") for code, en, name in ROLES if code != "SYS"]


class RolesForm(ActionForm):
    roles = forms.MultipleChoiceField(
        label=label(_("Roles")), choices=role_choices, widget=forms.CheckboxSelectMultiple, required=False
    )


class PersonForm(ActionForm):
    """A new person. Without a password they cannot sign in until one is given."""

    login = forms.RegexField(
        r"^[a-z0-9][a-z0-9._\-]{1,79}$",
        label=label(_("Login")),
        help_text=label(_("Small letters, digits, dots. It stays with the person for ever.")),
    )
    name = forms.CharField(label=label(_("Name")), max_length=80)
    name_en = forms.CharField(label=label(_("Name in English")), max_length=80, required=False)
    title = forms.CharField(label=label(_("Desk")), max_length=80, required=False)
    title_en = forms.CharField(label=label(_("Desk in English")), max_length=80, required=False)
    language = forms.ChoiceField(label=label(_("Language")), choices=[("zh-hans", "简体中文"), ("en", "English")])
    password = forms.CharField(
        label=label(_("First password")),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    roles = forms.MultipleChoiceField(
        label=label(_("Roles")), choices=role_choices, widget=forms.CheckboxSelectMultiple
    )

    def clean_password(self) -> str:
        given = {k: self.cleaned_data.get(k, "") for k in ("login", "name", "name_en")}
        return _strong(self.cleaned_data["password"], Person(**given))


class OwnPasswordForm(ActionForm):
    """One's own new password, twice."""

    password = forms.CharField(
        label=label(_("New password")),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=label(_("At least 12 characters. Several words are easier to remember than signs.")),
    )
    again = forms.CharField(
        label=label(_("The same once more")), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("password") != given.get("again"):
            self.add_error("again", label(_("The two differ.")))
        elif given.get("password"):
            try:
                given["password"] = _strong(given["password"], self.person)
            except forms.ValidationError as e:
                self.add_error("password", e)
        given.pop("again", None)
        return given


class PasswordForm(ActionForm):
    password = forms.CharField(
        label=label(_("New password")), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_password(self) -> str:
        return _strong(self.cleaned_data["password"])


def _strong(password: str, person: Person | None = None) -> str:
    """Django's encoded form of a password that passes the rules; empty stays empty."""
    if password:
        validate_password(password, person)
    return make_password(password) if password else ""


class ReasonForm(ActionForm):
    reason = forms.CharField(label=label(_("Reason")), max_length=200)


class ActiveForm(ActionForm):
    reason = forms.CharField(label=label(_("Reason")), max_length=200)


class DutyForm(ActionForm):
    do = forms.MultipleChoiceField(
        label=label(_("May do it")), choices=role_choices, widget=forms.CheckboxSelectMultiple
    )
    check = forms.MultipleChoiceField(
        label=label(_("May grant it")), choices=role_choices, widget=forms.CheckboxSelectMultiple, required=False
    )


class DayForm(ActionForm):
    works = forms.ChoiceField(
        label=label(_("This day is")),
        choices=lambda: [("1", label(_("a work day"))), ("0", label(_("free")))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=label(_("Name of the holiday, or a note")), max_length=60, required=False)


class TokenForm(ActionForm):
    """A new token: what for, what it may, until when. `may` are the duties that its maker holds."""

    name = forms.CharField(label=label(_("What it is for")), max_length=60)
    reach = forms.ChoiceField(
        label=label(_("It may")),
        choices=lambda: [
            ("read", label(_("read only"))),
            ("all", label(_("do what I may, except sensitive acts"))),
            ("sensitive", label(_("do everything I may, sensitive acts too"))),
            ("duties", label(_("only the duties marked below"))),
        ],
        widget=forms.RadioSelect,
        initial="read",
    )
    duties = forms.MultipleChoiceField(
        label=label(_("Duties")), required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    until = DayField(label=label(_("Valid until")), required=False, help_text=label(_("Empty: until it is revoked.")))

    def __init__(self, *args: Any, may: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["duties"].choices = list(may)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """`scope` as the token keeps it."""
        given = self.cleaned_data
        reach, named = given.pop("reach", ""), given.pop("duties", [])
        if reach == "duties" and not named:
            self.add_error("duties", label(_("Mark at least one duty.")))
        given["scope"] = {"read": ["read"], "all": ["all"], "sensitive": ["all", "sensitive"]}.get(reach, list(named))
        return given


class SettingForm(ActionForm):
    name = forms.RegexField(r"^[a-z][a-z0-9_.]{1,79}$", label=label(_("Setting")), max_length=80)
    value = forms.CharField(
        label=label(_("Value (JSON)")), widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})
    )

    def clean_value(self) -> Any:
        try:
            return read_json(self.cleaned_data["value"])
        except Invalid as e:
            raise forms.ValidationError(label(_('This is not JSON. A text stands in quotes: "net".'))) from e


class ViewForm(ActionForm):
    name = forms.CharField(
        label=label(_("Name")),
        max_length=60,
        required=False,
        help_text=label(_("Empty: the list opens with this layout from now on.")),
    )
    team = forms.BooleanField(label=label(_("For everyone in this company")), required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4000)
