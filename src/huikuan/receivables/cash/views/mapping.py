"""A bank nobody knows yet: its file is shown, a person says which row is the heading and which column is what, sees how
the lines would be read, and keeps it as the map of the account. All choices stand in the address until they are kept."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from huikuan.kit.errors import Invalid, Missing, Trouble
from huikuan.kit.text import whole
from huikuan.kit.words import Say, _, _in
from huikuan.office.files import queries as kept_files
from huikuan.receivables.cash import actions, queries
from huikuan.web.forms import fresh_key
from huikuan.web.pages import Page
from huikuan.web.shell import said

FIELDS: dict[str, Say] = {
    "date": _("Booking date"),
    "value": _("Value date"),
    "in": _("Money in"),
    "out": _("Money out"),
    "amount": _("Amount, one column"),
    "flag": _("Credit or debit"),
    "balance": _("Balance after it"),
    "currency": _("Currency"),
    "account": _("Our account"),
    "payer": _("Payer"),
    "payer_account": _("Payer's account"),
    "payer_bank": _("Payer's bank"),
    "payee": _("Payee"),
    "payee_account": _("Payee's account"),
    "payee_bank": _("Payee's bank"),
    "remark": _in("bank line", "Remark"),
    "reference": _("Reference"),
    "serial": _("Bank's serial number"),
}
MANY = ("remark", "reference")
CHARSETS = ("utf-8", "gb18030", "big5", "latin-1", "utf-16")
DATES = (
    "auto",
    "dd/mm/yyyy",
    "mm/dd/yyyy",
    "dd-mm-yyyy",
    "dd.mm.yyyy",
    "%d %b %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%m-%d-%Y",
)


def map_of(asked: QueryDict, headings: list[str]) -> dict[str, Any]:
    """The column map that the choices of the page make. Raises Invalid where they contradict each other."""
    columns: dict[str, list[str]] = {}
    for place, heading in enumerate(headings):
        field = asked.get(f"c{place}", "")
        if field in FIELDS and heading:
            columns.setdefault(field, []).append(heading)
    twice = [f for f, names in columns.items() if len(names) > 1 and f not in MANY]
    if twice:
        raise Invalid.one(
            str(FIELDS[twice[0]]), ", ".join(columns[twice[0]]), _("Two columns are given for one field."), _("Keep one of them.")
        )  # fmt: skip
    if not ({"date", "value"} & set(columns)) or not ({"amount", "in", "out"} & set(columns)):
        raise Invalid.one("columns", "", _("Say at least which column holds the date and which the amount."))
    made: dict[str, Any] = {
        "kind": "bank",
        "header": [columns[f][0] for f in ("date", "value", "amount", "in", "out") if f in columns],
        "columns": {f: names if len(names) > 1 else names[0] for f, names in columns.items()},
        "only": True,
    }
    if asked.get("date_style", "auto") in DATES[1:]:
        made["date"] = asked["date_style"]
    if asked.get("decimal") == ",":
        made["decimal"] = ","
    if asked.get("sign") == "out":
        made["sign"] = "out"
    if asked.get("charset"):
        made["charset"] = asked["charset"][:20]
    for marks in ("in_marks", "out_marks"):
        if named := [m.strip()[:40] for m in re.split("[,，、;；]", asked.get(marks, "")) if m.strip()]:
            made[marks] = named
    totals = [t.strip()[:40] for t in asked.get("totals", "").split(",") if t.strip()]
    if totals:
        made["totals"] = totals
    if asked.get("unchained"):
        made["balance_check"] = False
    assert actions.door.check_map is not None
    actions.door.check_map(made)
    return made


class Columns(Page):
    """`?kept=` the file, `account=`, `head=` the heading's row, `c0`, `c1` … the field of each column."""

    title = _("Columns of a bank file")
    needs = "cash.import"

    def asked(self) -> tuple[QueryDict, str, bytes, str]:
        asked = self.request.GET
        pk = whole(asked.get("kept"))
        if pk is None:
            raise Missing(_("There is no such file."))
        kept = kept_files.by_id(self.company.pk, pk)
        return asked, asked.get("account", ""), kept_files.read(self.company.pk, kept.id), kept.name

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        asked, account, content, name = self.asked()
        return self.look(asked, account, content, name)

    def look(
        self, asked: QueryDict, account: str, content: bytes, name: str, wrong: Trouble | None = None
    ) -> HttpResponse:
        context: dict[str, Any] = {"name": name, "account": account, "asked": asked, "fields": FIELDS, "dates": DATES,
                                   "key": fresh_key(), "here": self.request.get_full_path(), "decimals": (".", ","), "charsets": CHARSETS}  # fmt: skip
        try:
            given = {"charset": asked["charset"][:20]} if asked.get("charset") else None
            found = _outline(content, given)
        except Invalid as e:
            return self.show("cash/columns.html", {**context, "refused": said(e.say)}, 422)
        head = _row(asked, found)
        headings: list[str] = next((cells for n, cells in found["rows"] if n == head), [])
        guessed = {place: field for field, places in found["columns"].items() for place in places}
        chosen = "c0" in asked or any(k[:1] == "c" and k[1:].isdigit() for k in asked)
        columns = [
            (n, heading, asked.get(f"c{n}", "") if chosen else guessed.get(n, "")) for n, heading in enumerate(headings)
        ]
        context |= {
            "found": found,
            "head": head,
            "columns": columns,
            "width": max((len(c) for _n, c in found["rows"]), default=0),
        }
        if headings:
            try:
                choice = asked if chosen else _guessed(asked, guessed)
                made = map_of(choice, headings)
                bank = queries.house_bank(self.company.pk, account)
                read = actions.door(
                    content, name=name, given=made, currency=bank.currency if bank else self.company.currency
                )
                lines = [x for s in read.statements for x in s.lines]
                bad = [b for s in read.statements for b in s.bad]
                context |= {
                    "lines": lines[:10], "count": len(lines), "bad": bad[:5], "bad_count": len(bad), "made": made,
                    "broken": [s.broken for s in read.statements if s.broken],
                }  # fmt: skip
            except Invalid as e:
                context["refused"] = said(e.say)
        if wrong is not None:
            context["refused"] = said(wrong.say)
        return self.show("cash/columns.html", context, 422 if wrong is not None else 200)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        asked, account, content, name = self.asked()
        key = request.POST.get("key", "")
        try:
            found = _outline(content, {"charset": asked["charset"][:20]} if asked.get("charset") else None)
            head = _row(asked, found)
            headings: list[str] = next((cells for n, cells in found["rows"] if n == head), [])
            guessed = {place: field for field, places in found["columns"].items() for place in places}
            chosen = any(k[:1] == "c" and k[1:].isdigit() for k in asked)
            made = map_of(asked if chosen else _guessed(asked, guessed), headings)
            actions.map_account(request.act(key=f"{key}:map"), account, made)
        except Trouble as e:
            return self.look(asked, account, content, name, e)
        return redirect(f"{reverse('cash:try')}?{urlencode({'kept': asked.get('kept', ''), 'account': account})}")


def _outline(content: bytes, given: dict[str, Any] | None) -> dict[str, Any]:
    assert actions.door.outline is not None
    return actions.door.outline(content, given)


def _row(asked: QueryDict, found: dict[str, Any]) -> int | None:
    """The row of the headings: as asked, else as found."""
    told = whole(asked.get("head"))
    return found["heading"] if told is None else told


def _guessed(asked: QueryDict, guessed: dict[int, str]) -> QueryDict:
    """The choices as the usual words make them, before a person has chosen any."""
    made = asked.copy()
    for place, field in guessed.items():
        made[f"c{place}"] = field
    return made
