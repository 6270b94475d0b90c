"""Line items: open, cleared or all, as they stood at the end of any day; changed one by one or many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from huikuan.books.ledger import actions, queries, rules
from huikuan.books.ledger.forms import BulkForm, ClearForm, ItemForm, changes_of
from huikuan.books.ledger.rules import FIELDS
from huikuan.books.ledger.tables import (
    AWAITING,
    ITEM,
    KINDS,
    SUBTOTALS,
    cell_html,
    in_words,
    item_columns,
    item_filters,
    late_of,
    state_of,
)
from huikuan.books.ledger.types import ClearDraft
from huikuan.kit.errors import Missing, Refused, Stale, Trouble
from huikuan.kit.refs import ref
from huikuan.kit.text import whole
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company
from huikuan.office.trail import queries as trail
from huikuan.office.trail.actions import run_chunks
from huikuan.office.trail.hands import subject_url
from huikuan.office.trail.tables import event_of
from huikuan.web.charts import Figure
from huikuan.web.forms import ActionDialog, ActionForm, fresh_key
from huikuan.web.pages import Bulk, Button, Fact, Filter, Head, Link, ListPage, ObjectPage, Outcome, Section, Tab
from huikuan.web.shell import Event, called, language, require, said
from huikuan.web.tables import Column

AT_ONCE = 2000  # beyond this a change is a run in chunks, each its own transaction
PARAMETER = {"customer": "customer", "currency": "currency", "reason": "reason_code", "owner": "owner"}
SHOWN = 200  # rows of a dry run that are listed


class ItemList(ListPage):
    """What line items and overdue items share: the key date, the rows as they stood then, bulk acts, layouts."""

    needs = "ledger.see"
    template = "ledger/items.html"
    page = ""
    by: Sequence[str] = ("customer", "month", "currency")
    has_figures = False

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list first; subtotals and figures come by requests of their own, for they read every row."""
        part = request.GET.get("part", "")
        if part == "figures" and self.has_figures:
            self.prepare(request)
            return self.show("web/parts/figures.html", {"figures": self.figures()})
        if part == "subtotals":
            self.prepare(request)
            by = self.query.get("sub", "")
            found = self.subtotals(by) if by in self.by else ()
            return self.show(
                "ledger/parts/subtotals.html", {"subtotals": found, "sub": by, "sub_name": SUBTOTALS.get(by)}
            )
        return super().get(request, *args, **kwargs)

    def figures(self) -> Sequence[Figure]:
        return ()

    @cached_property
    def as_of(self) -> date:
        """The key date: the one in the address, else the page's."""
        try:
            return date.fromisoformat(self.request.GET.get("as_of", ""))
        except ValueError:
            return self.today

    @property
    def basis(self) -> str:
        return "invoice" if self.request.GET.get("basis") == "invoice" else "due"

    @property
    def now(self) -> bool:
        """Whether the key date is today, so that what is shown can be changed."""
        desk: Any = self.request
        return bool(self.as_of >= desk.desk.business_today)

    @cached_property
    def names(self) -> dict[str, str]:
        """People's names by login, in the language of the page."""
        return queries.owner_names(self.company.pk, self.language)

    def items(self) -> QuerySet[Any]:
        rows = queries.item_rows(self.company.pk, self.as_of, self.basis)
        return queries.with_clearing(rows, self.as_of) if any(c.key == "cleared_on" for c in self.shown) else rows

    def row_tone(self, row: Any) -> str:
        return "muted" if row.then == 0 else ""

    def show(self, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        own = {"web/parts/list.html": "ledger/parts/items.html", "web/parts/bulk.html": "ledger/parts/bulk.html"}
        return super().show(own.get(template, template), context, status)

    def context(self) -> dict[str, Any]:
        by = self.query.get("sub", "")
        parts = [
            (said(label), self.url(sub=code, after=None, before=None), by == code) for code, label in self.groups()
        ]
        strangers = queries.unknown(
            self.company.pk, self.read.values.get("customer") or (), self.read.values.get("documents") or ()
        )
        return {
            **super().context(),
            "as_of": self.as_of,
            "moved": self.as_of != self.today,
            "sub": by if by in self.by else "",
            "sub_name": SUBTOTALS.get(by),
            "sub_links": parts,
            "sub_none": self.url(sub=None, after=None, before=None),
            "sub_url": self.url(part="subtotals", after=None, before=None),
            "figures_url": self.url(part="figures", after=None, before=None) if self.has_figures else "",
            "strangers": strangers,
        }

    def subtotals(self, by: str) -> list[tuple[Any, Any, str]]:
        """(sums, name, address of their rows)."""
        out = []
        for row in queries.subtotals(self.matching(), by):
            if by in PARAMETER:
                url = self.url(**{PARAMETER[by]: row.key or "-"}, sub=None, after=None, before=None)
            elif row.key:
                first = date.fromisoformat(f"{row.key}-01")
                last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
                url = self.url(
                    due_from=str(first), due_to=str(last), currency=row.currency, sub=None, after=None, before=None
                )
            else:
                url = ""
            name = rules.REASONS.get(row.key) if by == "reason" else called(row) if row.name else ""
            out.append((row, name, url))
        return out

    def groups(self) -> list[tuple[str, Say]]:
        return [(code, SUBTOTALS[code]) for code in self.by]

    def tab_links(self) -> list[tuple[str, str, bool]]:
        keep = {k: self.query.getlist(k) for k in ("as_of", "customer", "customer_id", "documents") if k in self.query}
        here = self.query.get("view", "")
        out = []
        layouts = self.layout_links()
        for label, url, on in super().tab_links():
            if (label, url, on) in layouts:
                out.append((label, url, on))
                continue
            query = "&".join(f"{k}={v}" for k, vs in keep.items() for v in vs)
            out.append((label, f"{url}&{query}" if query else url, on and not here))
        return out

    # ---- bulk acts ----
    def acts(self) -> list[Bulk]:
        found = (
            Bulk("change", _("Change items"), self.run_change, "ledger.change_item", BulkForm, icon="pencil"),
            Bulk(
                "clear", _("Clear"), self.run_clear, "ledger.clear", ClearForm, icon="equal",
                warning=_(
                    "Debits and credits of each customer are cleared against each other, oldest first; what is left over "
                    "stays open. A clearing is taken back only by undoing it on a later or the same day."
                ),
            ),
        )  # fmt: skip
        return [b for b in found if self.may(b.needs)]

    def run_change(self, act: Any, ids: list[Any], data: dict[str, Any]) -> Outcome:
        """Each row says what becomes of it; refused rows keep back only themselves."""
        changes = changes_of(data)
        self.plan = queries.plan_change(self.company.pk, ids, changes)
        good = [p.item_id for p in self.plan if p.moves and p.refusal is None]
        refused = [(p.document, p.refusal) for p in self.plan if p.refusal is not None]
        same = len(self.plan) - len(good) - len(refused)
        desk: Any = self.request
        today, reason = desk.desk.business_today, data["reason"]
        if good and len(good) <= AT_ONCE:
            actions.change_item(act, good, changes, reason, today)
        elif good and not act.dry:

            def do(inner: Any, chunk: list[str]) -> None:
                actions.change_item(inner, [int(i) for i in chunk], changes, reason, today)

            run_chunks(
                act,
                "ledger.change_items",
                [str(i) for i in good],
                do,
                needs="ledger.change_item",
                given={"reason": reason},
            )
        if act.dry:
            return Outcome(_("%(n)s would change, %(same)s are so already.", n=len(good), same=same), refused)
        return Outcome(_("%(n)s are changed, %(same)s were so already.", n=len(good), same=same), refused)

    def run_clear(self, act: Any, ids: list[Any], data: dict[str, Any]) -> Outcome:
        """Per customer, debits against credits, oldest first."""
        groups: dict[int, list[rules.Standing]] = {}
        for item in queries.open_items(self.company.pk, ids=ids[:AT_ONCE]):
            day = item.due_date or item.document_date
            groups.setdefault(item.customer_id, []).append(rules.Standing(item.id, item.currency, item.remaining, day))
        if not groups:
            raise Refused(_("None of the chosen items is open any more."))
        drafts = [
            ClearDraft(data["on"], rules.settle(some), reason=data["reason"]) for _party, some in sorted(groups.items())
        ]
        made = actions.clear(act, drafts)
        return Outcome(
            _("%(legs)s items are cleared in %(n)s clearings.", legs=sum(len(d.legs) for d in drafts), n=len(made))
        )

    def extra(self) -> dict[str, Any]:
        plan = getattr(self, "plan", ())
        rows = [(p, [(said(FIELDS[f]), old, new) for f, old, new in p.moves]) for p in plan[:SHOWN]]
        return {"plan": rows, "plan_more": max(0, len(plan) - SHOWN)}


class LineItems(ItemList):
    title = _("Line items")
    page = "/ledger/items"
    order = "due"
    empty = _("Open items appear here once bills are posted or receipts booked. Load a file or post a document first.")
    tabs = (
        Tab("open", _("Open")),
        Tab("overdue", _("Overdue"), {"from_days": 1}),
        Tab("credits", _("Credits and receipts"), {"kind": ["credit", "receipt", "account"]}),
        Tab("cleared", _("Cleared"), {"status": "cleared", "sort": "-posting_date"}),
        Tab("all", _("All"), {"status": "all", "sort": "-posting_date"}),
    )

    def all_columns(self) -> Sequence[Column]:
        return item_columns(self.company.currency, names=self.names)

    def all_filters(self) -> Sequence[Filter]:
        return item_filters(self.company.pk, self.as_of)

    def rows(self) -> QuerySet[Any]:
        rows = self.items()
        asked = set(self.read.values.get("status") or ["open"])
        if "all" in asked or {"open", "cleared"} <= asked:
            return rows
        return rows.filter(then=0) if asked == {"cleared"} else queries.open_then(rows, self.company.pk, self.as_of)


def item_then(company_id: int, pk: int, today: date) -> Any:
    """One item as it stood on a day; one posted later is shown as it was posted. Raises Missing."""
    row = queries.item_rows(company_id, today).filter(pk=pk).first()
    if row is None:
        later = queries.item(company_id, pk)
        if later is not None:
            row = queries.item_rows(company_id, later.posting_date).filter(pk=pk).first()
    if row is None:
        raise Missing(_("There is no such open item (%(item)s).", item=pk))
    return row


class ItemPage(ObjectPage):
    """One item: what is owed, what closed it, what was changed and why."""

    needs = "ledger.see"

    def load(self, pk: int) -> Any:
        row = item_then(self.company.pk, pk, self.today)
        entry = row.line.entry
        row.source_text = entry.source.partition(":")[0] if entry.source else ""
        row.source_url = subject_url(entry.source) if entry.source else ""
        row.closed = [g for g in queries.legs(self.company.pk, items=[row.pk]) if g.on <= self.today]
        return row

    def head(self, thing: Any) -> Head:
        row, entry = thing, thing.line.entry
        chain = [Link(_("Comes from"), row.source_text, row.source_url)] if (row.source_text or row.source_url) else []
        chain += [
            Link(_("Entry"), entry.voucher, f"/ledger/entries/{entry.pk}"),
            Link(_("Open item"), row.document, here=True),
        ]
        chain += [Link(_("Clearing"), g.clearing_number, f"/ledger/clearings/{g.clearing_id}") for g in row.closed[:4]]
        return Head(
            number=row.document, name=called(row.customer), mark=state_of(row), kind=KINDS[row.kind].label if row.kind in KINDS else row.kind,
            facts=[
                Fact(_("Open"), row.then, "money", row.currency),
                Fact(_("Amount"), row.amount, "money", row.currency, f"/ledger/entries/{entry.pk}"),
                Fact(_("Due date"), row.due_then, "date", note=in_words(AWAITING, row.awaiting) if row.due_then is None else ""),
                Fact(_("Days late"), late_of(row), "days"),
                Fact(_("Customer"), row.customer.number, url=f"/ledger/items?customer={row.customer.number}"),
            ],
            primary=Button(_("Change"), f"/ledger/items/{row.pk}/change", "pencil", dialog=True, needs="ledger.change_item") if row.remaining else None,
            chain=chain, back=(_("Line items"), "/ledger/items"),
            notice=_("Blocked: %(why)s", why=in_words(rules.BLOCKS, row.block)) if row.block and row.then else "",
        )  # fmt: skip

    def sections(self, thing: Any) -> Sequence[Section]:
        changes = queries.changes(self.company.pk, thing.pk)
        for change in changes:
            change.words = FIELDS.get(change.field, change.field)  # type: ignore[attr-defined]
        facts = [
            (said(ITEM[key].label), ITEM[key].html(thing, self.zone), "")
            for key in ("document_date", "posting_date", "base_date", "reference", "text", "block", "dunning_level", "reason_code", "owner", "expected_date")
        ]  # fmt: skip
        return (
            Section(
                "facts", _("Facts"), "ledger/item_facts.html", {"item": thing, "facts": facts, "legs": thing.closed}
            ),
            Section("changes", _("Changes"), "ledger/item_changes.html", {"changes": changes}, count=len(changes)),
        )

    def subject(self, thing: Any) -> str:
        return ref("ledger.item", thing.pk)

    def timeline(self, thing: Any) -> Sequence[Event]:
        """What happened to it, and at the end the act that posted its entry."""
        done = trail.record(self.company.pk, thing.line.entry.act)
        return [*super().timeline(thing), *((event_of(done),) if done else ())]


class ChangeItem(ActionDialog):
    """Change one open item; a stale page is told what happened meanwhile."""

    title = _("Change item")
    needs = "ledger.change_item"
    form = ItemForm
    done = _("The item is changed.")

    def item(self, pk: int) -> Any:
        found = queries.item(self.company.pk, pk)
        if found is None:
            raise Missing(_("There is no such open item (%(item)s).", item=pk))
        return found

    def initial(self, pk: int) -> dict[str, Any]:  # type: ignore[override]
        row = self.item(pk)
        return {**{f: getattr(row, f) for f in FIELDS if f != "awaiting"}, "version": row.version}

    def make_form(self, data: Any = None, **kwargs: Any) -> ActionForm:
        form = super().make_form(data, **kwargs)
        form.keep_foreign(self.item(kwargs["pk"]))  # type: ignore[attr-defined]
        self.bound = form
        return form

    def about(self, pk: int) -> dict[str, Any]:  # type: ignore[override]
        row = self.item(pk)
        return {"facts": [(_("Document"), row.document), (_("Open"), row.open)]}

    def do(self, act: Any, data: dict[str, Any], pk: int) -> Any:  # type: ignore[override]
        desk: Any = self.request
        row, asked = self.item(pk), self.bound.changes()  # type: ignore[attr-defined]
        if row.due_date is None and asked.get("due_date"):
            asked["awaiting"] = ""  # the day it waited for has come
        changes = {f: v for f, v in asked.items() if getattr(row, f) != v} or {"text": row.text}
        return actions.change_item(
            act, [pk], changes, data["reason"], desk.desk.business_today, version=data.get("version")
        )


CELLS = ("reason_code", "owner", "expected_date")


class Cell(View):
    """One cell of a list, changed where it stands: GET gives a small form, POST saves it; 409 says what it is now."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        require(request, "ledger.change_item" if request.method == "POST" else "ledger.see")
        if kwargs["field"] not in CELLS:
            raise Missing(_("There is nothing to change here."))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: Any, pk: int, field: str) -> HttpResponse:
        row = item_then(request.company.pk, pk, request.today)
        if request.GET.get("done") or not request.desk.may("ledger.change_item"):
            return self.cell(row, field)
        return self.ask(request, row, field, getattr(row, field), row.version)

    def ask(
        self, request: Any, row: Any, field: str, value: Any, version: int, say: Say | None = None, status: int = 200
    ) -> HttpResponse:
        choices = (
            [("", "–"), *((code, said(word)) for code, word in rules.REASONS.items())] if field == "reason_code" else []
        )
        if value and choices and value not in dict(choices):
            choices.append((value, value))
        people = list(company.people(request.company.pk)) if field == "owner" else []
        context = {
            "item": row, "field": field, "label": FIELDS[field], "value": value, "version": version, "choices": choices,
            "people": people, "key": fresh_key(), "say": say,
        }  # fmt: skip
        answer = render(request, "ledger/parts/cell.html", context, status=status)
        if status >= 400:
            answer.headers["X-Shown"] = "yes"
        return answer

    def post(self, request: Any, pk: int, field: str) -> HttpResponse:
        text = request.POST.get("value", "").strip()
        row = item_then(request.company.pk, pk, request.today)
        try:
            value: Any = text[:80]
            if field == "expected_date":
                value = date.fromisoformat(text) if text else None
            act = request.act(key=request.POST.get("key") or None)
            seen = whole(request.POST.get("version"))
            actions.change_item(act, [pk], {field: value}, said(CELL_REASON), request.desk.business_today, version=seen)
        except ValueError:
            return self.ask(request, row, field, text, row.version, _("This date does not exist."), 422)
        except Stale as e:
            return self.ask(request, row, field, getattr(row, field), row.version, e.say, 409)
        except Trouble as e:
            return self.ask(request, row, field, text, row.version, e.say, e.status)
        return self.cell(item_then(request.company.pk, pk, request.today), field)

    def cell(self, row: Any, field: str) -> HttpResponse:
        [column] = item_columns("", field, names=queries.owner_names(row.company_id, language()))
        return HttpResponse(cell_html(row.pk, field, column.html(row), row.then != 0))


CELL_REASON = _("Changed in the list")
