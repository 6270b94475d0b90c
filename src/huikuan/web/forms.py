"""Forms that end in an action, and the dialog around them.

    class ReleaseForm(ActionForm):
        reason = forms.CharField(label=label(_("Reason")), max_length=200)

    class Release(ActionDialog):
        title = _("Release order"); needs = "orders.release"; form = ReleaseForm
        warning = _("The goods may leave after this. A release is taken back by holding the order again.")
        def do(self, act, data, pk): return actions.release(act, pk, reason=data["reason"])
        def then(self, result, pk): return f"/orders/{pk}"
        done = _("The order is released.")

    path("<int:pk>/release", Release.as_view(), name="release")     # Button(_("Release order"), url, dialog=True)

Every rendered form carries an idempotency key, so a double click or a resent page acts once; `version` where the row
has one: a stale one is answered with what changed. Faults of an action land beside their fields.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import lazy
from django.views import View

from huikuan.kit.errors import Denied, Stale, Trouble
from huikuan.kit.money import parse_minor
from huikuan.kit.words import Say, _
from huikuan.web.shell import require, said

label = lazy(said, str)  # a Say as a form field's label, rendered in the language of the request


def fresh_key() -> str:
    return f"form-{secrets.token_urlsafe(16)}"


class AmountField(forms.CharField):
    """An amount as people write it ("1,234.50"); gives minor units. Its currency may be set per form instance."""

    def __init__(self, *, currency: str = "CNY", **kwargs: Any) -> None:
        self.currency = currency
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "num", "autocomplete": "off"})
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return None
        try:
            return parse_minor(text, self.currency)
        except ValueError as e:
            raise forms.ValidationError(said(_("%(value)s is not an amount. Write it as 1,234.50.", value=text))) from e


def pick(url: str, **attrs: Any) -> forms.TextInput:
    """The widget of a field that names a customer or an item: it finds by number, name or pinyin initials at `url`,
    which answers with `picked` options; what is sent is the number."""
    return forms.TextInput(attrs={"data-pick": url, "autocomplete": "off", "spellcheck": "false", **attrs})


def picked(request: HttpRequest, found: Iterable[tuple[str, str, Any]]) -> HttpResponse:
    """The answer to a field made with `pick`: (number, name, note), best first."""
    options = [{"value": value, "name": name, "note": note} for value, name, note in found]
    return render(request, "web/parts/picks.html", {"picks": options, "q": request.GET.get("q", "")})


class DayField(forms.DateField):
    """A date with the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        kwargs.setdefault("input_formats", ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"])
        super().__init__(**kwargs)


class ActionForm(forms.Form):
    """A form that ends in an action. Rendered by `{% include "web/parts/fields.html" %}`."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=120)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial.setdefault("key", fresh_key())
        for field in self.fields.values():
            widget = field.widget
            css = widget.attrs.get("class", "")
            if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
                widget.attrs["class"] = f"form-check-input {css}".strip()
            elif isinstance(widget, (forms.Select, forms.SelectMultiple)):
                widget.attrs["class"] = f"form-select {css}".strip()
            elif not isinstance(widget, forms.HiddenInput):
                widget.attrs["class"] = f"form-control {css}".strip()

    def full_clean(self) -> None:
        """Mark what is wrong. Not in __init__: a form's choices may still be filled in before it is checked."""
        super().full_clean()
        for name in self.errors:
            if name in self.fields:
                widget = self.fields[name].widget
                widget.attrs["class"] = f"{widget.attrs.get('class', '')} is-invalid".strip()

    def plain(self) -> dict[str, Any]:
        """The cleaned values without the form's own key; `version` only where the form has one."""
        out = {k: v for k, v in self.cleaned_data.items() if k != "key"}
        if out.get("version") is None:
            out.pop("version", None)
        return out

    def take(self, trouble: Trouble) -> None:
        """Put the faults of an action beside their fields, and its sentence on top."""
        placed = False
        for fault in trouble.faults:
            words = said(fault.reason) + (f" {said(fault.remedy)}" if fault.remedy else "")
            if fault.field in self.fields and fault.field not in ("key", "version"):
                self.add_error(fault.field, words)
                placed = True
            else:
                self.add_error(None, f"{fault.field}: {words}")
                placed = True
        if not placed:
            self.add_error(None, said(trouble.say))


def htmx_redirect(request: HttpRequest, url: str) -> HttpResponse:
    """Go there: a redirect for a page, the header for htmx (the whole page is fetched anew)."""
    if getattr(request, "htmx", False):
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = url
        return response
    return HttpResponseRedirect(url)


class ActionDialog(View):
    """GET shows the form in the dialog (or as a page of its own); POST does the action and goes on to `then`."""

    title: Say = _("Action")
    needs: str = ""
    form: type[ActionForm] = ActionForm
    button: Say | None = None  # the verb; default: the title
    warning: Say | None = None
    done: Say | None = None
    danger: bool = False
    template: str = "web/parts/dialog.html"

    @property
    def company(self) -> Any:
        return getattr(self.request, "company", None)

    @property
    def today(self) -> Any:
        return getattr(self.request, "today", None)

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        """Starting values, `version` among them where the row has one."""
        return {}

    def make_form(self, data: Any = None, **kwargs: Any) -> ActionForm:
        """For forms that need more than data (choices of this company). Files arrive in self.request.FILES."""
        files = self.request.FILES if data is not None else None
        return self.form(data, files) if data is not None else self.form(initial=self.initial(**kwargs))

    def about(self, **kwargs: Any) -> dict[str, Any]:
        """More for the dialog: {"facts": [(label, value), …]} shows what the action is about."""
        return {}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        """Call the action."""
        raise NotImplementedError

    def then(self, result: Any, **kwargs: Any) -> str:
        """Where to go when done; default: where the person came from."""
        return self.request.headers.get("HX-Current-URL") or self.request.headers.get("Referer") or "/"

    def said_done(self, result: Any) -> Say | None:
        return self.done

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        require(request, self.needs)
        asks = getattr(getattr(request, "desk", None), "asks", None)
        if asks is not None and self.needs:
            asks(self.needs)  # raises Again before anything is typed in that would be lost
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(self.make_form(**kwargs), 200, **kwargs)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST, **kwargs)
        stale: Trouble | None = None
        if form.is_valid():
            try:
                result = self.do(request.act(key=form.cleaned_data.get("key") or None), form.plain(), **kwargs)
            except Denied:
                raise  # no form would help: the middleware says so, with 403 (or asks who it is once more)
            except Trouble as e:
                form.take(e)
                stale = e if isinstance(e, Stale) else None
                return self.show(form, 409 if e.status in (409, 412) else 422, stale=stale, **kwargs)
            words = self.said_done(result)
            if words:
                messages.success(request, said(words))
            return htmx_redirect(request, self.then(result, **kwargs))
        return self.show(form, 422, **kwargs)

    def show(self, form: ActionForm, status: int, stale: Trouble | None = None, **kwargs: Any) -> HttpResponse:
        context = {
            "view": self, "title": self.title, "form": form, "button": self.button or self.title, "warning": self.warning,
            "danger": self.danger, "stale": stale, "here": self.request.get_full_path(), **self.about(**kwargs),
        }  # fmt: skip
        htmx = bool(getattr(self.request, "htmx", False))
        response = render(self.request, self.template if htmx else "web/form_page.html", context, status=status)
        if status >= 400:
            response.headers["X-Shown"] = "yes"
        return response
