"""Lists: bank lines by state, recent clearings, lessons; what other pages show of cash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from huikuan.books.ledger import queries as ledger
from huikuan.kit.errors import Trouble
from huikuan.kit.money import Money, parse_minor
from huikuan.kit.words import Say, _
from huikuan.office.trail.act import Act
from huikuan.office.trail.hands import Hit
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.forms import ReasonForm, UndoForm
from huikuan.receivables.cash.models import BankLine, Lesson
from huikuan.receivables.cash.tables import CLEARINGS, LESSONS, LINE_FILTERS, LINES, STANDS
from huikuan.web.filters import Dates, Tab, Words
from huikuan.web.forms import ActionDialog, ActionForm
from huikuan.web.pages import Bulk, Button, ListPage, Outcome, Page
from huikuan.web.shell import called, said

IMPORT = Button(_("Import a bank file"), "/cash/files/new", "upload", primary=True, needs="cash.import", writes=True)


def accept_many(act: Act, ids: list[Any], data: dict[str, Any]) -> Outcome:
    told = actions.accept_many(act, [int(i) for i in ids])
    refused = [(str(pair[0]), str(pair[1])) for pair in told["refused"]]
    return Outcome(_("%(done)s of %(all)s proposals taken.", done=len(told["done"]), all=len(ids)), refused)


def ignore_many(act: Act, ids: list[Any], data: dict[str, Any]) -> Outcome:
    refused, done = [], 0
    for pk in ids:
        tried = act.attempt(actions.ignore, int(pk), data["reason"])
        done += tried.ok
        if tried.trouble:
            refused.append((str(pk), tried.trouble.say))
    return Outcome(_("%(done)s of %(all)s set aside.", done=done, all=len(ids)), refused)


class BankLines(ListPage):
    """Every movement the banks reported, by what became of it."""

    title = _("Bank lines")
    needs = "cash.see"
    columns = LINES
    filters = LINE_FILTERS
    order = "-date"
    tabs: Sequence[Tab] = (
        Tab("work", _("To explain"), {"stand": ["unknown", "unapplied", "partly"]}),
        Tab("unknown", _("Payer unknown"), {"stand": "unknown"}),
        Tab("account", _("On account"), {"stand": "account"}),
        Tab("applied", _("Applied"), {"stand": "applied"}),
        Tab("other", _("Not ours, out, waiting"), {"stand": ["ignored", "out", "waiting", "reversal"]}),
        Tab("all", _("All")),
    )
    start_tab = "work"
    bulk = (
        Bulk("accept", _("Take the first proposal"), accept_many, needs="cash.apply", form=ActionForm, icon="check"),
        Bulk("ignore", _("Not ours"), ignore_many, needs="cash.apply", form=ReasonForm, icon="ban"),
    )
    empty = _("Bank lines appear here once a bank file is imported.")
    empty_button = IMPORT
    template = "cash/lines.html"

    def extra(self) -> dict[str, Any]:
        return {"waits": queries.waits_for_rate(self.company.pk)}

    def rows(self) -> QuerySet[BankLine]:
        return queries.lines(self.company.pk).select_related("customer", "bank", "item")

    def prepare(self, request: HttpRequest) -> None:
        counted = queries.counts(self.company.pk)
        tabs = []
        for tab in type(self).tabs:
            stands = tab.params.get("stand", list(STANDS))
            n = sum(counted.get(s, 0) for s in ([stands] if isinstance(stands, str) else stands))
            tabs.append(replace(tab, label=_("%(what)s %(n)s", what=tab.label, n=n)))
        self.tabs = tuple(tabs)
        super().prepare(request)

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Match"), "/cash/match", "arrows-join"),
            Button(_("Clearings"), "/cash/clearings", "list-check"),
            Button(_("Lessons"), "/cash/lessons", "bulb"),
            IMPORT,
        )

    def row_tone(self, row: Any) -> str:
        return {"ignored": "muted", "out": "muted", "applied": "", "unknown": "late"}.get(row.stand, "")


class Clearings(ListPage):
    """What receipts paid, newest first; each can be undone by its dated reversal."""

    title = _("Cash clearings")
    needs = "cash.see"
    columns = CLEARINGS
    filters = (Words("source", "reason", "by"), Dates("date", _("Date")))
    order = "-pk"
    empty = _("Clearings of receipts appear here.")

    def rows(self) -> Any:
        return queries.clearings(self.company.pk)


class Lessons(ListPage):
    """Whom people said a name or an account belongs to: used after master data, before likeness."""

    title = _("Lessons of matching")
    needs = "cash.see"
    columns = LESSONS
    filters = (Words("shown", "customer__name", "customer__number", "by"),)
    order = "-pk"
    empty = _("When someone says whose money a line is, the name and the account are remembered here.")

    def rows(self) -> QuerySet[Lesson]:
        return queries.lessons(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Rules of matching"), "/cash/rules", "adjustments-horizontal"),
            Button(_("Figures"), "/cash/figures", "chart-bar"),
        )

    bulk = (
        Bulk(
            "end",
            _("Withdraw"),
            lambda act, ids, data: _ended(act, ids, data["reason"]),
            needs="cash.apply",
            form=ReasonForm,
            icon="ban",
        ),
    )


def _ended(act: Act, ids: list[Any], reason: str) -> Say:
    for pk in ids:
        actions.end_lesson(act, int(pk), reason)
    return _("%(n)s lessons ended.", n=len(ids))


class Undo(ActionDialog):
    """Take one clearing back."""

    title = _("Undo clearing")
    needs = "cash.apply"
    form = UndoForm
    danger = True
    warning = _("The clearing stays in the books with a reversal of today; the items and the receipt are open again.")
    done = _("The clearing is undone.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        quick = (
            {"reason": said(_("Taken back at once"))} if self.request.GET.get("quick") else {}
        )  # u on the matching page
        return {"on": self.today, **quick}

    def about(self, **kwargs: Any) -> dict[str, Any]:
        found = ledger.legs(self.company.pk, clearings=[kwargs["clearing"]])
        return {"facts": [(x.document, Money(x.amount, x.currency)) for x in found]}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.undo(act, kwargs["clearing"], data["on"], data["reason"])


class Today(Page):
    """The tile on Today: how much waits, and the oldest of it."""

    needs = "cash.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = queries.work(self.company.pk).order_by("date", "pk")[:6]
        shown = [(r, STANDS[r.stand], (self.today - r.date).days) for r in rows]  # type: ignore[attr-defined]
        context = {
            "rows": shown,
            "sums": queries.unmatched(self.company.pk),
            "aside": queries.waiting_count(self.company.pk),
        }
        return self.show("cash/today.html", context)


class Waits(Page):
    """Which lines wait for which rate, for the page of rates."""

    needs = "cash.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show("cash/waits.html", {"waits": queries.waits_for_rate(self.company.pk)})


class PostWaiting(ActionDialog):
    """Post now what the bot would post in a moment."""

    title = _("Post lines that waited")
    needs = "cash.import"

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.post_waiting(act)

    def said_done(self, result: Any) -> Say | None:
        return _("%(n)s lines that waited for a rate are posted.", n=result)

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/cash/?tab=all"


class OfCustomer(Page):
    """A customer's receipts, for its page."""

    needs = "cash.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = queries.of_customer(self.company.pk, kwargs["pk"])[:12]
        return self.show("cash/of_customer.html", {"rows": [(r, STANDS[r.stand]) for r in rows], "pk": kwargs["pk"]})  # type: ignore[attr-defined]


def search(company: int, text: str, limit: int) -> Sequence[Hit]:
    """Bank lines by amount, payer, serial or remark."""
    text = text.strip()
    if len(text) < 2:
        return ()
    q = Q(payer_name__icontains=text) | Q(serial=text) | Q(reference=text)
    if len(text) >= 4:
        q |= Q(remark__icontains=text)
    try:
        q |= Q(amount=parse_minor(text, "CNY"))
    except (ValueError, Trouble):
        pass
    rows = queries.lines(company).filter(q).select_related("customer").order_by("-date", "-pk")[:limit]
    return [
        Hit(f"{r.document} · {Money(r.amount, r.currency).text(grouped=True)}", f"{r.date} {r.payer_name or called(r.customer)}", f"/cash/lines/{r.pk}",
            _("Bank line"))
        for r in rows
    ]  # fmt: skip
