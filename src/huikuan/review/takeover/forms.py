"""Forms of the take-over: upload, mend, drop, who leads."""

from __future__ import annotations

from typing import Any

from django import forms

from huikuan.kit.errors import Invalid
from huikuan.kit.text import whole
from huikuan.kit.words import _
from huikuan.review.takeover.models import LEADERS
from huikuan.review.takeover.queries import LEADER_NAMES
from huikuan.review.takeover.rules.maps import read_map
from huikuan.web.forms import ActionForm, DayField, label
from huikuan.web.shell import said

PROFILES = (("receivables", _("Open and settled items")), ("documents", _("Invoice lines")))


class UploadForm(ActionForm):
    profile = forms.ChoiceField(label=label(_("What the file holds")), choices=[(v, label(n)) for v, n in PROFILES])
    file = forms.FileField(label=label(_("File (CSV, XLSX, XLS, also .gz)")))
    map = forms.FileField(label=label(_("Column map (YAML)")))

    def clean(self) -> dict[str, Any]:
        """A map that cannot be used is said here, before anything is kept."""
        data: dict[str, Any] = super().clean() or {}
        given = data.get("map")
        if given is not None:
            try:
                data["map_text"] = given.read().decode("utf-8")
                read_map(data["map_text"], profile=data.get("profile", ""))
            except UnicodeDecodeError:
                self.add_error("map", said(_("The map is not UTF-8.")))
            except Invalid as e:
                for f in e.faults:
                    self.add_error("map", f"{f.field}: {said(f.reason)}")
        return data


class DropForm(ActionForm):
    reason = forms.CharField(label=label(_("Reason")), max_length=200)


class MendForm(ActionForm):
    """One field for each cell of the row; made for the row at hand."""

    def offer(self, raw: dict[str, str], wrong: set[str]) -> None:
        for n, (name, value) in enumerate(raw.items()):
            if name.startswith("_") and name != "_text":
                continue
            field = forms.CharField(label=name, required=False, max_length=1000, initial=value)
            field.widget.attrs["class"] = "form-control"
            if name in wrong:
                field.widget.attrs["class"] += " is-invalid"
                field.widget.attrs["autofocus"] = True
            self.fields[f"c{n}"] = field

    def cells(self, raw: dict[str, str]) -> dict[str, str]:
        names = list(raw)
        places = ((whole(k[1:]), str(v)) for k, v in self.cleaned_data.items() if k.startswith("c"))
        out = {names[n]: v for n, v in places if n is not None}
        return {k: v for k, v in out.items() if v != raw[k]}


class LeaderForm(ActionForm):
    leader = forms.ChoiceField(label=label(_("Who leads")), choices=[(v, label(LEADER_NAMES[v])) for v in LEADERS])


class PostBackForm(ActionForm):
    until = DayField(label=label(_("Dated until")))
    code = forms.CharField(label=label(_("Company code in SAP")), max_length=10)


class AskForm(ActionForm):
    """Nothing to fill in."""
