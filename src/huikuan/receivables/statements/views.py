"""The page door: issued statements, a new one with its preview, one as it was issued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from huikuan.books.customers import queries as customers
from huikuan.kit.dates import month_end, month_start, read_date
from huikuan.kit.errors import Invalid, Missing, Trouble
from huikuan.kit.money import exponent, minor_text
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.receivables.statements import actions, paper, queries
from huikuan.receivables.statements.forms import IssueForm
from huikuan.receivables.statements.models import Statement
from huikuan.receivables.statements.rules import FLOW
from huikuan.receivables.statements.tables import COLUMNS, FILTERS, LANGUAGES
from huikuan.web.charts import Chart, Series
from huikuan.web.forms import ActionDialog
from huikuan.web.pages import Button, Fact, Head, ListPage, ObjectPage, Page, Section
from huikuan.web.shell import called

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Issued(ListPage):
    """Statements that were issued."""

    title = _("Statements of account")
    needs = "statements.see"
    columns = COLUMNS
    filters = FILTERS
    order = "-number"
    empty = _("Issued statements appear here. Choose a customer and a period to see one first.")
    empty_button = Button(_("New statement"), "/statements/new", "file-plus", primary=True)

    def rows(self) -> QuerySet[Statement]:
        return queries.issued(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        return (Button(_("New statement"), "/statements/new", "file-plus", primary=True),)


class New(Page):
    """Choose a customer and a period; see the statement; take it as PDF or XLSX, or issue it. ?customer ?from ?to ?language"""

    title = _("New statement")
    needs = "statements.see"
    template = "statements/new.html"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = _asked(request, self.today)
        context: dict[str, Any] = {"asked": asked, "trouble": None, "found": None, "some": ()}
        try:
            one, context["some"] = _customer(self.company.pk, asked["customer"])
            if one is not None:
                asked["customer"] = one.number
                found = queries.statement(
                    self.company.pk, one.id, _day(asked, "from"), _day(asked, "to"), asked["language"]
                )
                context |= shown(found, self.language) | {"customer": one, "query": urlencode(asked)}
                context["issued"] = queries.issued(self.company.pk).filter(customer_id=one.id)[:5]
        except Trouble as e:
            context["trouble"] = e
        return self.show(self.template, context, 200)


class Preview(Page):
    """The statement as a file that is not kept: ?as=pdf or ?as=xlsx."""

    needs = "statements.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = _asked(request, self.today)
        one = customers.customer(self.company.pk, asked["customer"])
        found = queries.statement(self.company.pk, one.id, _day(asked, "from"), _day(asked, "to"), asked["language"])
        as_book = request.GET.get("as") == "xlsx"
        body = paper.xlsx(found) if as_book else paper.pdf(found)
        name = f"{one.number} {found.since} {found.until}.{'xlsx' if as_book else 'pdf'}"
        answer = HttpResponse(body, content_type=XLSX if as_book else "application/pdf")
        answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        answer["Cache-Control"] = "private, no-store"
        return answer


class Issue(ActionDialog):
    """Number the letter and keep it."""

    title = _("Issue statement")
    needs = "statements.issue"
    form = IssueForm
    warning = _("The letter gets a number and is kept as it is. A later correction is a new statement.")
    done = _("The statement is issued.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        asked = _asked(self.request, self.today)
        return {
            "customer": asked["customer"],
            "since": asked["from"],
            "until": asked["to"],
            "language": asked["language"],
        }

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        one = customers.customer(act.company, data["customer"])
        return actions.issue(act, one.id, data["since"], data["until"], data["language"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/statements/{result.pk}"


class StatementPage(ObjectPage):
    """A statement as it was issued, beside what the books say of the same days now."""

    needs = "statements.see"

    def load(self, **kwargs: Any) -> Statement:
        return queries.issued_one(self.company.pk, kwargs["pk"])

    def head(self, thing: Any) -> Head:
        row: Statement = thing
        self.now = queries.statement(self.company.pk, row.customer_id, row.since, row.until, self.language)
        facts = [
            Fact(_("Closing balance"), f["closing"], "money", currency) for currency, f in sorted(row.figures.items())
        ]
        facts += [
            Fact(_("From"), row.since, "date"),
            Fact(_("To (cut-off)"), row.until, "date"),
            Fact(_("Language"), LANGUAGES[row.language]),
        ]
        return Head(
            number=row.number,
            name=called(row.customer),
            kind=_("Statement of account"),
            facts=facts,
            primary=Button(_("Open the letter"), f"/files/{row.file_id}?show=1", "file-type-pdf"),
            buttons=(
                Button(_("Customer"), f"/customers/{row.customer_id}", "building-store"),
                Button(
                    _("New statement"), f"/statements/new?{urlencode({'customer': row.customer.number})}", "file-plus"
                ),
            ),
            notice=self._moved(row),
            back=(_("Statements of account"), "/statements/"),
        )

    def _moved(self, row: Statement) -> Say | str:
        now = {s.currency: s.closing for s in self.now.sections}
        moved = [
            f"{minor_text(now.get(c, 0), exponent(c), grouped=True)} {c}"
            for c in sorted({*row.figures, *(c for c, minor in now.items() if minor)})
            if now.get(c, 0) != row.figures.get(c, {}).get("closing", 0)
        ]
        if not moved:
            return ""
        return _(
            "Something was posted into these days after the letter went out: the books now say %(now)s.", now=moved
        )

    def sections(self, thing: Any) -> Sequence[Section]:
        return (Section("now", _("In the books now"), "statements/sections.html", shown(self.now, self.language)),)

    def subject(self, thing: Any) -> str:
        return ref(actions.KIND, thing.pk)


class OfCustomer(Page):
    """A customer's statements, for its page."""

    needs = "statements.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        one = customers.by_id(self.company.pk, kwargs["pk"])
        rows = queries.issued(self.company.pk).filter(customer_id=one.id)[:8]
        return self.show("statements/panel.html", {"rows": rows, "query": urlencode({"customer": one.number})})


def shown(found: Any, language: str) -> dict[str, Any]:
    """A statement as templates show it: each section with its waterfall and words."""
    sections = []
    for s in found.sections:
        moving = [k for k in FLOW if k in ("opening", "closing") or s.flow[k]]
        labels = [paper.FLOW_WORDS[k] for k in moving]
        chart = Chart(
            f"flow-{s.currency}", _("From opening to closing"), labels,
            (Series(_("Amount"), [s.flow[k] for k in moving]),), kind="waterfall", unit="money", currency=s.currency, height=200,
        )  # fmt: skip
        sections.append(
            {
                "s": s,
                "chart": chart if s.lines else None,
                "flow": [(paper.FLOW_WORDS[k], s.flow[k]) for k in FLOW],
                "ageing": [(paper.bucket_word(k), v) for k, v in s.ageing.items()],
                "lines": [(x, paper.kind_word(x.kind), paper.cleared_with(x, s.currency)) for x in s.lines],
                "open": [(x, paper.kind_word(x.kind)) for x in s.open],
            }
        )
    return {"found": found, "shown": sections}


def _asked(request: Any, today: date) -> dict[str, str]:
    """What the address names; the last whole month where it names no days."""
    last = month_start(today) - timedelta(days=1)
    get = request.GET.get
    language = get("language", "")
    return {
        "customer": get("customer", "").strip()[:100],
        "from": get("from") or month_start(last).isoformat(),
        "to": get("to") or month_end(last).isoformat(),
        "language": language if language in LANGUAGES else "",
    }


def _day(asked: dict[str, str], name: str) -> date:
    try:
        return read_date(asked[name])
    except ValueError as e:
        raise Invalid.one(name, asked[name], _("is not a date"), _("Write it as 2026-03-31.")) from e


def _customer(company: int, words: str) -> tuple[customers.Known | None, Sequence[customers.Known]]:
    """The customer of this number, or the only one that fits these words; else those to choose from."""
    if not words:
        return None, ()
    exact = customers.by_numbers(company, [words.upper(), words])
    if exact:
        return next(iter(exact.values())), ()
    some = customers.find(company, words, 12)
    if not some:
        raise Missing(
            _("No customer fits %(words)s. Use a number, a part of the name, its initials or the USCC.", words=words)
        )
    return (some[0], ()) if len(some) == 1 else (None, some)
