"""The page door of the files: the list, a download, the files of a subject, keeping one more."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from huikuan.kit.words import _
from huikuan.office.files import actions, queries, rules
from huikuan.office.files.forms import KeepForm
from huikuan.office.files.models import File
from huikuan.office.files.tables import COLUMNS, FILTERS, download, size_text
from huikuan.web.forms import ActionDialog
from huikuan.web.pages import ListPage, Page


class Files(ListPage):
    """Every kept file."""

    title = _("Files")
    needs = "files.see"
    columns = COLUMNS
    filters = FILTERS
    order = "-pk"
    empty = _("Files appear here when evidence is kept: bank slips, imported files, letters.")

    def rows(self) -> QuerySet[File]:
        return queries.files(self.company.pk)


class Download(Page):
    """The bytes of one file; `?show=1` shows a PDF or picture in place."""

    needs = "files.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        kept = queries.by_id(self.company.pk, kwargs["pk"])
        content = queries.read(self.company.pk, kept.id)
        return download(kept.name, kept.media, content, inline=request.GET.get("show") == "1")


class Panel(Page):
    """The files of one subject (?subject=), with a way to keep one more."""

    needs = "files.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        subject = request.GET.get("subject", "")[:80]
        rows = [(f, size_text(f.size), rules.may_show(f.media)) for f in queries.of_subject(self.company.pk, subject)]
        return self.show("files/panel.html", {"rows": rows, "subject": subject, "may_keep": self.may("files.keep")})


class Keep(ActionDialog):
    """Keep a file about a subject."""

    title = _("Keep a file")
    button = _("Keep")
    needs = "files.keep"
    form = KeepForm
    done = _("The file is kept.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"subject": self.request.GET.get("subject", "")[:80]}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        given = data["file"]
        rules.check_size(given.name, given.size)  # before the bytes are read into memory
        return actions.keep(act, given.name, given.read(), "evidence", data["subject"])
