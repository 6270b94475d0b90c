"""Reports from time to time: ordering one, the list of them, what was made, and making one as its reader would see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import translation

from huikuan.kit.errors import Denied
from huikuan.kit.private import hide
from huikuan.kit.words import _, _in
from huikuan.office.company import queries as company
from huikuan.office.company.seat import Seat
from huikuan.review.kpis import actions, queries
from huikuan.review.kpis.forms import SubscribeForm
from huikuan.review.kpis.paper import Made
from huikuan.review.kpis.rules import EVERY, REPORTS
from huikuan.review.kpis.views.reports import Ageing, KeyFigures
from huikuan.web.look import Mark
from huikuan.web.pages import ActionDialog, ActionForm, Button, ListPage, Page, Tab
from huikuan.web.shell import said
from huikuan.web.tables import Column

PAGES: dict[str, tuple[type[Any], str]] = {"ageing": (Ageing, "/kpis/ageing"), "figures": (KeyFigures, "/kpis/")}
SENT = {
    "here": Mark(_("on Today"), "good", "sun-high"),
    "queued": Mark(_("on Today; no mail went out"), "attention", "mail"),
    "sent": Mark(_("sent"), "good", "mail"),
}
LIVE = {True: Mark(_("running"), "good"), False: Mark(_("ended"), "plain", "ban")}
COLUMNS = (
    Column("name", _("Name"), "link", url=lambda r: f"{PAGES[r.report][1]}?{r.query}"),
    Column("report", _("Report"), value=lambda r: REPORTS[r.report], sort="report"),
    Column("every", _("How often"), value=lambda r: EVERY[r.every], sort="every"),
    Column("language", _("Language"), value=lambda r: "English" if r.language == "en" else "中文", sort="language"),
    Column("email", _("Mail address"), value=lambda r: hide("email", r.email) if r.email else "", sort="-"),
    Column("last", _("Last made for"), "date"),
    Column("live", _("State"), "state", states=LIVE, sort="live"),
    Column("end", _("End it"), "link", value=lambda r: _("End it") if r.live else "", sort="-",
           url=lambda r: f"/kpis/subscriptions/{r.pk}/end" if r.live else ""),
)  # fmt: skip
MADE = (
    Column("title", _("Report"), wide=True),
    Column("day", _("Figures of"), "date"),
    Column("pdf", "PDF", "link", value=lambda r: "PDF", sort="-", url="/files/{pdf}"),  # type: ignore[arg-type]
    Column("xlsx", "XLSX", "link", value=lambda r: "XLSX", sort="-", url="/files/{xlsx}"),  # type: ignore[arg-type]
    Column("at", _("Made at"), "time"),
    Column("state", _("Where it is"), "state", states=SENT),
)


class Subscriptions(ListPage):
    """One's own subscriptions, or with ?tab=made what was made for them."""

    title = _("My reports")
    needs = "kpis.subscribe"
    order = "-pk"
    tabs = (Tab("orders", _("Subscriptions")), Tab("made", _in("reports", "Made")))
    note = _(
        "Reports stand here and on Today. With a mail address they are sent there too, where the administrator has set up a mail server."
    )
    empty = _("Open a report and choose Subscribe: it is then made for you every day, week or month.")

    @property
    def made(self) -> bool:
        return bool(self.query.get("tab") == "made")

    def all_columns(self) -> Sequence[Column]:
        return MADE if self.made else COLUMNS

    def rows(self) -> Any:
        desk: Any = self.request
        login = desk.desk.person.login
        return (
            queries.deliveries(self.company.pk, login) if self.made else queries.subscriptions(self.company.pk, login)
        )

    def buttons(self) -> Sequence[Button]:
        return (Button(_("Ageing"), "/kpis/ageing", "chart-bar"), Button(_("Key figures"), "/kpis/", "chart-line"))

    def row_tone(self, row: Any) -> str:
        return "" if self.made or row.live else "muted"


class Subscribe(ActionDialog):
    title = _("Subscribe")
    needs = "kpis.subscribe"
    form: type[ActionForm] = SubscribeForm
    done = _("Subscribed. The first one is made with the next daily run.")

    def report(self) -> str:
        asked = self.request.GET.get("report", "")
        return asked if asked in PAGES else "ageing"

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        came = urlsplit(self.request.headers.get("HX-Current-URL") or self.request.headers.get("Referer") or "")
        desk: Any = self.request
        return {"query": came.query[:4000], "language": desk.desk.language, "every": "weekly"}

    def about(self, **kwargs: Any) -> dict[str, Any]:
        return {"facts": [(_("Report"), REPORTS[self.report()])]}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.subscribe(act, self.report(), **data)

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/kpis/subscriptions"


class End(ActionDialog):
    title = _("End the subscription")
    needs = "kpis.subscribe"
    done = _("Ended. What was made stays.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.unsubscribe(act, kwargs["pk"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/kpis/subscriptions"


class Today(Page):
    """The tile on Today: what was made for this person lately."""

    needs = "kpis.subscribe"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = queries.deliveries(self.company.pk, request.desk.person.login)[:5]
        return self.show("kpis/today_reports.html", {"rows": [(r, SENT[r.state]) for r in rows]})


def make(company_id: int, login: str, report: str, query: str, language: str, day: date) -> Made:
    """A report as this person would see it on that day, as files. Raises Denied when they may not (any more)."""
    person = company.person(login)
    here = company.by_id(company_id)
    if person is None or not person.is_active or not company.companies_of(login).filter(pk=company_id).exists():
        raise Denied(_("%(person)s does not work here any more.", person=login))
    page_class, path = PAGES[report]
    asked = {"as_of": day.isoformat()} if report == "ageing" else {"month": f"{day:%Y-%m}"}
    told = urlencode(dict(parse_qsl(query)) | asked)
    request: Any = HttpRequest()
    request.method, request.path, request.path_info, request.GET = "GET", path, path, QueryDict(told)
    request.META = {"QUERY_STRING": told}
    seat = Seat(person, here, datetime.combine(day, time(12), UTC))
    seat.must(page_class.needs)
    request.desk, request.company, request.today, request.user = seat, here, day, person
    with translation.override(language):
        page = page_class()
        page.setup(request)
        page.prepare(request)
        return Made(said(page.title), page.paper(), page.workbook()[0])


__all__ = ["End", "Subscribe", "Subscriptions", "Today", "make"]
