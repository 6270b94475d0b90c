"""Forms of the queue."""

from __future__ import annotations

from typing import Any

from django import forms

from huikuan.kit.words import _
from huikuan.web.forms import ActionForm, DayField, label


class ReasonForm(ActionForm):
    reason = forms.CharField(label=label(_("Reason")), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class OutcomeForm(ActionForm):
    outcome = forms.CharField(
        label=label(_("How it ended")), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class CommentForm(ActionForm):
    text = forms.CharField(label=label(_("Comment")), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class HandOverForm(ActionForm):
    """To a person or to a role; `people` and `roles` are the company's."""

    person = forms.ChoiceField(label=label(_("To a person")), required=False)
    role = forms.ChoiceField(label=label(_("Or to everyone of a role")), required=False)
    due = DayField(label=label(_("Due by")), required=False)
    note = forms.CharField(
        label=label(_("Note")), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], roles: list[tuple[str, str]], **kwargs: Any) -> None:
        self.options = {"person": people, "role": roles}
        super().__init__(*args, **kwargs)
        self.fill()

    def fill(self) -> None:
        for name, pairs in self.options.items():
            self.fields[name].choices = [("", "–"), *pairs]  # type: ignore[attr-defined]

    def full_clean(self) -> None:
        self.fill()  # the base class looks for errors while it is being made
        super().full_clean()
