"""Entries: the list, one voucher with its lines, its reversal, and a manual entry posted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import actions, queries
from huikuan.books.ledger.forms import EntryForm, LineForm, OnForm
from huikuan.books.ledger.models import Entry
from huikuan.books.ledger.tables import PERIOD, entry_columns, side, source_words
from huikuan.books.ledger.types import EntryDraft, LineDraft
from huikuan.kit.errors import Fault, Invalid, Missing, Trouble
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.text import whole
from huikuan.kit.words import _
from huikuan.office.company import queries as company
from huikuan.office.trail import queries as trail
from huikuan.office.trail.hands import subject_url
from huikuan.office.trail.tables import event_of
from huikuan.web.forms import ActionDialog
from huikuan.web.pages import (
    Button,
    Choice,
    Dates,
    Fact,
    Filter,
    Head,
    Hidden,
    Link,
    ListPage,
    Mark,
    ObjectPage,
    Page,
    Pasted,
    Section,
    Tab,
    Words,
)
from huikuan.web.shell import Event, said
from huikuan.web.tables import Column

MANUAL = "SA"  # the class of entries made by hand


class Entries(ListPage):
    title = _("Entries")
    needs = "ledger.see"
    order = "-posting_date"
    empty = _("Entries appear here when bills, receipts and loads are posted, or one is entered by hand.")
    tabs = (
        Tab("all", _("All")),
        Tab("manual", _("By hand"), {"klass": MANUAL}),
        Tab("fx", _("Exchange differences"), {"klass": "FX"}),
    )

    def all_columns(self) -> Sequence[Column]:
        return entry_columns(self.company.currency)

    def all_filters(self) -> Sequence[Filter]:
        pk = self.company.pk
        classes = sorted({s.klass for s in company.series(pk)} - {"CL"} | {MANUAL, "FX"})
        return (
            Words(where=lambda text: queries.entries_matching(pk, text)),
            Choice("klass", _("Class"), options=[(c, c) for c in classes]),
            Dates("posting_date", _("Posting date")),
            Dates("document_date", _("Document date")),
            Pasted("account", _("Accounts"), where=lambda codes: Q(pk__in=queries.on_accounts(pk, codes))),
            Hidden("source", _("Comes from")),
            Hidden("by", _("By")),
        )

    def rows(self) -> QuerySet[Entry]:
        return queries.entry_rows(self.company.pk).filter(posting_date__lte=self.today)

    def buttons(self) -> Sequence[Button]:
        return (Button(_("Enter by hand"), "/ledger/entries/new", "file-plus", needs="ledger.post", writes=True),)


class EntryPage(ObjectPage):
    """A voucher: what was debited and credited, where it came from, and what reverses it."""

    needs = "ledger.see"

    def load(self, pk: int) -> Any:
        found = queries.entry(self.company.pk, pk)
        if found is None:
            raise Missing(_("There is no such entry."))
        found.rows = list(queries.entry_lines(pk))  # type: ignore[attr-defined]
        return found

    def head(self, thing: Any) -> Head:
        by = getattr(thing, "reversed_by", None)
        closed = queries.legs(self.company.pk, items=[n.pk for n in thing.rows]) if thing.rows else []
        chain = [Link(_("Comes from"), source_words(thing.source), subject_url(thing.source))] if thing.source else []
        chain.append(Link(_("Entry"), thing.voucher, here=True))
        chain += [
            Link(_("Clearing"), n, f"/ledger/clearings/{pk}")
            for pk, n in list(dict.fromkeys((g.clearing_id, g.clearing_number) for g in closed))[:4]
        ]
        mark = (
            Mark(_("Reversed"), "done", "arrow-back-up")
            if by
            else Mark(_("Reversal"), "attention", "rotate")
            if thing.reverses_id
            else Mark(_("Posted"), "good")
        )
        notice: Any = ""
        if by:
            notice = _("Reversed by %(number)s on %(day)s.", number=by.voucher, day=by.posting_date)
        elif thing.reverses_id:
            notice = _(
                "This reverses %(number)s of %(day)s.", number=thing.reverses.voucher, day=thing.reverses.posting_date
            )
        buttons = (
            []
            if by or thing.reverses_id
            else [
                Button(
                    _("Reverse (red letter)"),
                    f"/ledger/entries/{thing.pk}/reverse",
                    "rotate",
                    dialog=True,
                    needs="ledger.reverse",
                    danger=True,
                )
            ]
        )
        other = by or thing.reverses
        if other:
            buttons.append(
                Button(_("Open %(number)s", number=other.voucher), f"/ledger/entries/{other.pk}", "external-link")
            )
        return Head(
            number=thing.voucher, name=thing.text, mark=mark,
            facts=[
                Fact(_("Amount"), sum(n.amount for n in thing.rows if n.amount > 0), "money", self.company.currency),
                Fact(_("Posting date"), thing.posting_date, "date"),
                Fact(_("Document date"), thing.document_date, "date"),
                Fact(_("Reference"), thing.reference or "–"),
                Fact(_("Period"), str(thing.period), note=PERIOD[thing.period.state].label, url=f"/ledger/periods/{thing.period_id}"),
            ],
            buttons=buttons, chain=chain, notice=notice, notice_tone="plain", back=(_("Entries"), "/ledger/entries"),
        )  # fmt: skip

    def sections(self, thing: Any) -> Sequence[Section]:
        code = self.company.currency
        rows = [(n, side(1)(n), side(-1)(n)) for n in thing.rows]
        context = {
            "entry": thing, "rows": rows, "code": code, "foreign": any(n.currency != code for n in thing.rows),
            "debit": sum(d or 0 for _n, d, _c in rows), "credit": sum(c or 0 for _n, _d, c in rows),
        }  # fmt: skip
        return (Section("lines", _("Entry lines"), "ledger/entry_lines.html", context, count=len(rows)),)

    def subject(self, thing: Any) -> str:
        return ref("ledger.entry", thing.pk)

    def timeline(self, thing: Any) -> Sequence[Event]:
        """What happened to it; one of thousands in a batch shows the batch's act."""
        done = None if (found := super().timeline(thing)) else trail.record(self.company.pk, thing.act)
        return found if done is None else [event_of(done)]


class Reverse(ActionDialog):
    title = _("Reverse (red letter)")
    needs = "ledger.reverse"
    form = OnForm
    danger = True
    warning = _(
        "A mirror entry is posted and cleared against this one. It cannot be taken back; post the entry anew if it was right."
    )

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"on": self.today}

    def about(self, pk: int) -> dict[str, Any]:  # type: ignore[override]
        found = queries.entry(self.company.pk, pk)
        if found is None:
            raise Missing(_("There is no such entry."))
        return {
            "facts": [(_("Entry"), found.voucher), (_("Summary"), found.text), (_("Posting date"), found.posting_date)]
        }

    def do(self, act: Any, data: dict[str, Any], pk: int) -> Any:  # type: ignore[override]
        return actions.reverse(act, pk, data["on"], data["reason"])

    def said_done(self, result: Any) -> Any:
        return _("Reversed by %(number)s.", number=result.number)

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/ledger/entries/{result.entry_id}"


class NewEntry(Page):
    """A manual entry: typed, checked by a dry run as often as one likes, then posted."""

    title = _("Enter by hand")
    needs = "ledger.post"
    ROWS, MOST = 6, 60

    def get(self, request: Any) -> HttpResponse:
        form = EntryForm(initial={"posting_date": self.today, "currency": self.company.currency})
        return self.ask(form, [self._line(at) for at in range(self.ROWS)])

    def _line(self, at: int, data: Any = None, currency: str = "") -> LineForm:
        base = self.company.currency
        return LineForm(data, prefix=f"l{at}", currency=currency or base, base=base)

    def post(self, request: Any) -> HttpResponse:
        step, form = request.POST.get("step", "try"), EntryForm(request.POST)
        form.is_valid()
        currency = form.cleaned_data.get("currency") or self.company.currency
        count = min(self.MOST, max(self.ROWS, whole(request.POST.get("rows")) or 0))
        try:
            lines = [self._line(at, request.POST, currency) for at in range(count)]
            good = all([f.is_valid() for f in lines])  # noqa: C419 - every line is to say what is wrong with it
        except ValueError:  # a currency that does not exist
            form.add_error("currency", said(_("This is no currency. Use a code such as CNY.")))
            lines, good = [self._line(at) for at in range(count)], False
        if step == "more":
            return self.ask(form, [*lines, *(self._line(count + n) for n in range(4))])
        if not (form.is_valid() and good):
            return self.ask(form, lines, status=422)
        try:
            draft = self.draft(form.cleaned_data, lines)
            act = request.act(key=None if step == "try" else form.cleaned_data["key"], dry=step == "try")
            [posted] = actions.post(act, [draft])
        except Trouble as e:
            form.take(e)
            return self.ask(form, lines, status=409 if e.status in (409, 412) else 422)
        if step == "try":
            return self.ask(form, lines, tried=posted)
        messages.success(request, said(_("%(number)s is posted.", number=posted.number)))
        return HttpResponseRedirect(f"/ledger/entries/{posted.entry_id}")

    def draft(self, head: dict[str, Any], lines: Sequence[LineForm]) -> EntryDraft:
        """Raises Invalid with the row that is wrong."""
        used = [(n, f.cleaned_data) for n, f in enumerate(lines, 1) if not f.is_blank]
        known = customers.by_numbers(self.company.pk, [d["customer"] for _n, d in used if d.get("customer")])
        currency, faults, made = head["currency"], [], []
        for n, d in used:
            party = known.get(d["customer"]) if d.get("customer") else None
            if d.get("customer") and party is None:
                faults.append(Fault("customer", d["customer"], _("there is no such customer"), row=n))
                continue
            minor = (d.get("debit") or 0) - (d.get("credit") or 0)
            base = d.get("base")
            made.append(
                LineDraft(
                    d["account"], Money(minor, currency), party=party.payer if party else None, due=d.get("due"), text=d.get("text") or "",
                    base_amount=None if base is None else base if minor > 0 else -base,
                )
            )  # fmt: skip
        if faults:
            raise Invalid(_("Some lines cannot be posted."), faults=tuple(faults))
        text, reference = head["text"], head.get("reference") or ""
        return EntryDraft(
            MANUAL,
            head["posting_date"],
            text,
            tuple(made),
            document_date=head.get("document_date"),
            reference=reference,
        )

    def ask(self, form: EntryForm, lines: Sequence[LineForm], tried: Any = None, status: int = 200) -> HttpResponse:
        sums = [0, 0]
        for f in lines:
            if f.is_bound and hasattr(f, "cleaned_data"):
                sums[0] += f.cleaned_data.get("debit") or 0
                sums[1] += f.cleaned_data.get("credit") or 0
        code = form.data.get("currency") or self.company.currency if form.is_bound else self.company.currency
        context = {
            "form": form, "lines": lines, "rows": len(lines), "debit": sums[0], "credit": sums[1], "off": sums[0] - sums[1], "code": code,
            "tried": tried, "accounts": queries.accounts(self.company.pk).filter(blocked=False),
        }  # fmt: skip
        return self.show("ledger/new_entry.html", context, status)
