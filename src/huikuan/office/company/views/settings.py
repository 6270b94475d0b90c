"""The work calendar, access tokens, settings, number series, and the layouts that people keep of their lists."""

from __future__ import annotations

import calendar
import json
from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpResponse
from django.shortcuts import render

from huikuan.kit.errors import Missing, Trouble
from huikuan.kit.text import whole
from huikuan.kit.words import Say, _
from huikuan.office.company import actions, queries
from huikuan.office.company.forms import DayForm, SettingForm, TokenForm, ViewForm
from huikuan.office.trail.hands import collect
from huikuan.web.forms import ActionDialog
from huikuan.web.pages import Button, Column, ListPage, Mark, Page
from huikuan.web.shell import language, said

TOKENS = {
    "live": Mark(_("Valid"), "good"),
    "revoked": Mark(_("Revoked"), "done"),
    "over": Mark(_("Run out"), "attention"),
}


class Calendar(Page):
    """A year of work days and free days. Due dates and runs go by it."""

    title = _("Work calendar")
    needs = "company.own"

    def get(self, request: Any) -> HttpResponse:
        asked = whole(request.GET.get("year"))
        year = asked if asked is not None and 2000 <= asked <= 2100 else self.today.year
        known = queries.years(self.company.pk)
        plan = queries.calendar(self.company.pk)
        notes = {w.day: w.note for w in queries.workdays(self.company.pk, year)}
        months = []
        for month in range(1, 13):
            weeks = [
                [
                    (d, plan.is_workday(d), d in notes, notes.get(d, ""), d == self.today) if d.month == month else None
                    for d in week
                ]
                for week in calendar.Calendar().monthdatescalendar(year, month)
            ]
            days = [c for week in weeks for c in week if c]
            months.append((date(year, month, 1), weeks, sum(1 for c in days if c[1])))
        context = {
            "year": year, "months": months, "years": sorted({*known, self.today.year, self.today.year + 1, year}), "unknown": year not in known,
            "next_missing": self.today.year + 1 if self.today.month >= 11 and self.today.year + 1 not in known else 0,
            "may": self.may("company.calendar"), "work_days": sum(m[2] for m in months),
        }  # fmt: skip
        return self.show("company/calendar.html", context)


class SetDay(ActionDialog):
    title = _("Change a day")
    needs = "company.calendar"
    form = DayForm
    done = _("The day is changed.")
    warning = _("Due dates that were computed before stay as they are; new ones go by this.")

    def _day(self, day: str) -> date:
        try:
            return date.fromisoformat(day)
        except ValueError as e:
            raise Missing(_("There is no day %(day)s.", day=day)) from e

    def about(self, day: str) -> dict[str, Any]:  # type: ignore[override]
        return {"facts": [(_("Day"), self._day(day))]}

    def initial(self, day: str) -> dict[str, Any]:  # type: ignore[override]
        on = self._day(day)
        found = queries.workdays(self.company.pk, on.year).filter(day=on).first()
        works = found.works if found else on.weekday() < 5
        return {"works": "1" if works else "0", "note": found.note if found else ""}

    def do(self, act: Any, data: dict[str, Any], day: str) -> None:  # type: ignore[override]
        actions.set_day(act, self._day(day), data["works"] == "1", data["note"])

    def then(self, result: Any, day: str) -> str:  # type: ignore[override]
        return f"/company/calendar?year={self._day(day).year}"


def token_state(token: Any, today: date) -> str:
    over = token.until is not None and token.until < today
    return "revoked" if token.revoked else "over" if over else "live"


def scope_words(scope: Sequence[str]) -> Say:
    """What a token may do, in words."""
    if "all" in scope:
        return _("everything, sensitive acts too") if "sensitive" in scope else _("everything but sensitive acts")
    if "read" in scope:
        return _("read only")
    return Say(", ".join(scope).replace("%", "%%"))


class Tokens(ListPage):
    title = _("Access tokens")
    needs = "company.own"
    order = "-made_at"
    note = _("A token lets a script act as you through the REST door, with your duties and under your name.")
    columns = (
        Column("name", _("What it is for")),
        Column("state", _("State"), "state", value="state", states=TOKENS, sort="-"),
        Column("scope", _("It may"), value=lambda t: said(scope_words(t.scope)), sort="-"),
        Column("made_at", _("Made"), "time"),
        Column("last_used", _("Last used"), "time", note=_("To the hour.")),
        Column("until", _("Valid until"), "date"),
        Column(
            "revoke",
            _("Revoke"),
            value=lambda t: said(_("Revoke")) if t.state == "live" else "",
            sort="-",
            url=lambda t: f"/company/tokens/{t.pk}/revoke" if t.state == "live" else "",
        ),
    )
    empty = _("You have no tokens. Make one to use the REST door from a script.")
    empty_button = Button(_("Make a token"), "/company/tokens/make", dialog=True)

    def rows(self) -> Any:
        found = list(queries.tokens(self.company.pk, self.request.user.get_username()))
        for t in found:
            t.state = token_state(t, self.today)  # type: ignore[attr-defined]
        return found

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Make a token"), "/company/tokens/make", "plus", dialog=True, primary=True),
            Button(_("REST documentation"), "/api/v1/docs", "code"),
        )


class MakeToken(ActionDialog):
    """The secret is shown in the reply to the form and never again."""

    title = _("Make a token")
    needs = "company.safety"
    form = TokenForm

    def make_form(self, data: Any = None, **kwargs: Any) -> Any:
        english = language() == "en"
        desk: Any = self.request.desk  # type: ignore[attr-defined]
        may = sorted((d.code, d.en if english else d.zh) for d in queries.duties().values() if desk.may(d.code))
        return TokenForm(data, may=[(code, f"{words} ({code})") for code, words in may])

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.show(form, 422)
        secret, digest = actions.new_secret()
        try:
            act = request.act(key=form.cleaned_data.get("key") or None)
            given = form.cleaned_data
            token = actions.make_token(act, given["name"], digest, given["until"], given["scope"])
        except Trouble as e:
            form.take(e)
            return self.show(form, 409 if e.status in (409, 412) else 422)
        context = {"title": self.title, "secret": secret, "token": token}
        htmx = bool(getattr(request, "htmx", False))
        return render(request, "company/parts/secret.html" if htmx else "company/secret.html", context)


class RevokeToken(ActionDialog):
    title = _("Revoke the token")
    needs = "company.own"
    warning = _("Scripts that use it stop at their next call. It cannot be taken back; make a new one instead.")
    done = _("The token is revoked.")
    danger = True

    def do(self, act: Any, data: dict[str, Any], pk: int) -> None:  # type: ignore[override]
        actions.revoke_token(act, pk)

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/company/tokens"


class Settings(ListPage):
    title = _("Settings")
    needs = "company.see"
    order = "key"
    columns = (
        Column("key", _("Setting"), "link", url="/company/settings/{key}"),
        Column("value", _("Value"), value=lambda s: json.dumps(s.value, ensure_ascii=False)[:300], sort="-", wide=True),
    )
    note = _("What differs from the rules every capability brings. Old values stay in the trail.")
    empty = _("Nothing is set apart from the rules that every capability brings.")

    def rows(self) -> Any:
        return queries.setting_rows(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        return (
            Button(
                _("Set something"), "/company/settings/new", "plus", dialog=True, needs="company.settings", primary=True
            ),
            Button(_("Number series"), "/company/series", "list-check"),
        )


class SetSetting(ActionDialog):
    title = _("Setting")
    needs = "company.settings"
    form = SettingForm
    button = _("Set")
    done = _("It is set.")

    def initial(self, name: str = "") -> dict[str, Any]:  # type: ignore[override]
        found = queries.setting(self.company.pk, name) if name else None
        return {"name": name, "value": "" if found is None else json.dumps(found, ensure_ascii=False, indent=1)}

    def do(self, act: Any, data: dict[str, Any], name: str = "") -> None:  # type: ignore[override]
        actions.set_setting(act, data["name"], data["value"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/company/settings"


class Series(ListPage):
    """Numbers without gaps, and whether the documents say so too."""

    title = _("Number series")
    needs = "company.see"
    order = "klass"
    template = "company/series.html"
    columns = (
        Column("klass", _("Series")),
        Column("year", _("Year"), value=lambda s: str(s.year), sort="year"),
        Column("last", _("Last number"), "number"),
    )
    empty = _("No number was taken yet.")

    def rows(self) -> Any:
        return queries.series(self.company.pk)

    def extra(self) -> dict[str, Any]:
        if getattr(self.request, "htmx", False):
            return {}
        checks = [(c, c.run(self.company.pk)) for _capability, c in collect("checks") if c.id == "I10"]
        return {"checks": checks}


class KeepView(ActionDialog):
    """Keep a list as it is now under a name."""

    title = _("Keep this layout")
    needs = "company.own"
    form = ViewForm
    button = _("Keep the layout")
    done = _("The layout is kept. It stands among the views of this list.")
    DROP = ("after", "before", "part", "export", "view")

    def _page(self) -> str:
        return str(self.request.GET.get("page", ""))

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        came = self.request.headers.get("HX-Current-URL") or self.request.headers.get("Referer") or ""
        pairs = [(k, v) for k, v in parse_qsl(urlsplit(came).query) if k not in self.DROP]
        return {"query": urlencode(pairs)}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.keep_view(act, self._page(), data["name"], data["query"], data["team"])

    def then(self, result: Any, **kwargs: Any) -> str:
        query = f"{result.query}&view={result.pk}".lstrip("&")
        return f"{result.page}?{query}"


class DropView(ActionDialog):
    title = _("Forget this layout")
    needs = "company.own"
    done = _("The layout is forgotten.")

    def do(self, act: Any, data: dict[str, Any], pk: int) -> None:  # type: ignore[override]
        found = queries.view(self.company.pk, act.by, pk)
        self.page = found.page if found else "/"
        actions.drop_view(act, pk)

    def then(self, result: Any, **kwargs: Any) -> str:
        return self.page
