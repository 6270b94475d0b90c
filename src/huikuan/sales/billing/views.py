"""The page door of billing: what is to be billed, documents, credit notes, the printed bill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Fault, Invalid, Trouble
from huikuan.kit.money import Money, parse_quantity
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _, unpack
from huikuan.office.approvals import queries as approvals
from huikuan.office.trail.act import Act
from huikuan.office.trail.hands import collect
from huikuan.sales.billing import actions, paper, queries
from huikuan.sales.billing.forms import CancelForm, CreditForm, OnForm, RunForm
from huikuan.sales.billing.models import Document
from huikuan.sales.billing.tables import DOCUMENTS, DUE, DUE_FILTERS, FILTERS, KINDS, STATES
from huikuan.sales.orders.rules.taken import HUIKUAN, LED_BY, led_notice
from huikuan.web.forms import ActionDialog
from huikuan.web.pages import Bulk, Button, Fact, Head, Link, ListPage, ObjectPage, Outcome, Page, Section, Tab
from huikuan.web.shell import called, language, said


def panels(page: Page, on: str, pk: int) -> list[Section]:
    """What the floors above have to say about this thing, each loaded by a request of its own."""
    found = sorted((p for _capability, p in collect("panels") if p.on in (on, "*")), key=lambda p: p.order)
    return [
        Section(f"p{i}", p.title, url=p.url.format(pk=pk, subject=ref(on, pk)))
        for i, p in enumerate(found)
        if page.may(p.needs)
    ]


class Documents(ListPage):
    """Bills, credit notes, cancellations."""

    title = _("Bills and credit notes")
    needs = "billing.see"
    columns = DOCUMENTS
    filters = FILTERS
    order = "-id"
    tabs = (
        Tab("all", _("All")),
        Tab("bills", _("Bills"), {"kind": "invoice"}),
        Tab("credits", _("Credit notes"), {"kind": "credit_note"}),
        Tab("drafts", _("Drafts"), {"state": "draft"}),
        Tab("cancelled", _("Reversed"), {"state": "cancelled"}),
    )
    empty = _("Bills appear here once deliveries are billed.")
    empty_button = Button(_("To bill"), "/billing/due", "receipt", primary=True)

    def rows(self) -> QuerySet[Document]:
        # With all five joined, PostgreSQL planned longer than it read.
        rows = queries.documents(self.company.pk).select_related("payer", "customer")
        return rows.prefetch_related("order", "terms", "org")

    def buttons(self) -> Sequence[Button]:
        return (Button(_("To bill"), "/billing/due", "receipt"),)

    def row_tone(self, row: Any) -> str:
        return "muted" if row.state == "cancelled" or row.kind == "cancellation" else ""


def bill_chosen(act: Act, ids: list[Any], data: dict[str, Any]) -> Outcome:
    made = actions.bill(act, [int(i) for i in ids], data["on"])
    return Outcome(_("%(deliveries)s deliveries on %(documents)s bills.", deliveries=len(ids), documents=len(made)))


class Due(ListPage):
    """Deliveries that are to be billed."""

    title = _("To bill")
    needs = "billing.see"
    columns = DUE
    filters = DUE_FILTERS
    order = "date"
    bulk = (
        Bulk(
            "bill",
            _("Bill"),
            bill_chosen,
            needs="billing.post",
            form=OnForm,
            icon="receipt",
            warning=_("The bills are posted at once. A wrong one is cancelled by its mirror image."),
        ),
    )
    empty = _("Everything that has left is billed.")

    def rows(self) -> QuerySet[Any]:
        return queries.due_list(self.company.pk, self.today).select_related("order", "order__payer")

    def buttons(self) -> Sequence[Button]:
        return (
            Button(
                _("Bill all until a day"),
                "/billing/run",
                "player-play",
                primary=True,
                dialog=True,
                needs="billing.post",
            ),
        )

    def row_tone(self, row: Any) -> str:
        return "late" if (self.today - row.date).days > 3 else ""


class RunBilling(ActionDialog):
    """The run: every chunk is an act of its own, so that one bad order holds back only itself."""

    title = _("Bill all until a day")
    needs = "billing.post"
    form = RunForm
    warning = _(
        "All deliveries until that day are billed and posted with that date. What is refused stays on the list."
    )

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"until": self.today}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        if data["until"] > self.today:
            raise Invalid.one("until", data["until"], _("The day lies in the future."))
        return actions.bill_due(act, data["until"])

    def said_done(self, result: Any) -> Say:
        return _("%(documents)s bills from %(orders)s orders; %(refused)s refused.", documents=len(result.documents), orders=result.done,
                 refused=result.refused)  # fmt: skip

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/billing/due" if result.refused else "/billing/"


class DocumentPage(ObjectPage):
    """One document: lines, what is due when and why, its credit notes and its place in the chain."""

    needs = "billing.see"

    def load(self, **kwargs: Any) -> Document:
        return queries.document(self.company.pk, kwargs["pk"])

    def head(self, thing: Any) -> Head:
        row: Document = thing
        at = f"/billing/{row.pk}"
        self.items = queries.items(row)
        left = sum(i.remaining for i in self.items)
        facts = [
            Fact(_("Gross"), row.gross, "money", row.currency, note=_("net %(net)s, VAT %(tax)s", net=Money(row.net, row.currency), tax=Money(row.tax, row.currency))),
            Fact(_("Open"), left, "money", row.currency),
            Fact(_("Payer"), called(row.payer), url=f"/customers/{row.payer_id}"),
            Fact(_("Date"), row.date, "date"),
            Fact(_("Payment terms"), called(row.terms) or "–"),
        ]  # fmt: skip
        if row.booked_as:
            return self._their_head(row, facts)
        buttons = [Button(_("Print"), f"{at}/pdf?language={language()}", "file-type-pdf")]
        if row.state == "posted" and row.kind == "invoice":
            buttons.append(
                Button(_("Credit note"), f"{at}/credit", "receipt-refund", needs="billing.ask_credit", writes=True)
            )
            if any(i.awaiting == "invoice_receipt" for i in self.items):
                buttons.append(
                    Button(_("Invoice received"), f"{at}/received", "inbox", dialog=True, needs="billing.dates")
                )
        if row.state == "posted" and row.kind != "cancellation":
            buttons.append(
                Button(
                    _("Cancel document"),
                    f"{at}/cancel",
                    "arrow-back-up",
                    dialog=True,
                    needs="billing.cancel",
                    danger=True,
                )
            )
        primary = Button(_("The document as PDF"), f"{at}/pdf", "file-type-pdf")
        if row.state == "draft":
            primary = Button(_("Post"), f"{at}/post", "check", dialog=True, needs="billing.post")
        return Head(
            number=row.number,
            name=called(row.payer),
            mark=STATES[row.state],
            kind=KINDS[row.kind].label,
            facts=facts,
            primary=primary,
            buttons=buttons,
            chain=self._chain(row),
            notice=self._notice(row),
            notice_tone="plain",
            back=(_("Bills and credit notes"), "/billing/"),
        )

    def _their_head(self, row: Document, facts: list[Fact]) -> Head:
        """A document that another system posted: its tax is not told, its paper is printed there, and it is moved there
        as long as that system leads."""
        claim = sum(i.amount for i in self.items)
        facts[0] = Fact(_("Net"), row.net, "money", row.currency, note=_("The tax was not given to us."))
        if self.items:
            facts.insert(1, Fact(_("Claim in the books"), claim, "money", row.currency))
        facts.append(Fact(_("Led by"), LED_BY[row.led], note=row.booked_as))
        buttons = []
        if row.led == HUIKUAN and row.state == "posted" and row.kind != "cancellation":
            buttons.append(Button(_("Cancel document"), f"/billing/{row.pk}/cancel", "arrow-back-up", dialog=True, needs="billing.cancel",
                                  danger=True))  # fmt: skip
        return Head(
            number=row.number, name=called(row.payer), mark=STATES[row.state], kind=KINDS[row.kind].label, facts=facts, buttons=buttons,
            chain=self._chain(row), notice=led_notice(row.led) if row.led != HUIKUAN else row.reason, notice_tone="plain",
            back=(_("Bills and credit notes"), "/billing/"),
        )  # fmt: skip

    def _notice(self, row: Document) -> Say | str:
        asked = approvals.open_of(self.company.pk, ref("billing.document", row.pk), "billing.credit_note")
        if asked:
            return _(
                "%(person)s has asked for a credit note of %(amount)s; it waits for approval.",
                person=asked.asked_by,
                amount=asked.amount,
            )
        return row.reason

    def _chain(self, row: Document) -> Sequence[Link]:
        steps: list[Link] = []
        if row.order:
            steps.append(Link(_("Order"), row.order.number, f"/orders/{row.order_id}"))
        seen = {x.delivery_id: x.delivery.number for x in queries.lines(row.pk) if x.delivery}
        steps += [Link(_("Delivery"), number, f"/orders/deliveries/{pk}") for pk, number in list(seen.items())[:3]]
        before = row.original or row.cancels
        if before:
            steps.append(Link(KINDS[before.kind].label, before.number, f"/billing/{before.pk}"))
        steps.append(Link(KINDS[row.kind].label, row.number, here=True))
        steps += [Link(_("Credit note"), c.number, f"/billing/{c.pk}") for c in row.credit_notes.order_by("id")[:3]]
        after = Document.objects.filter(cancels=row).first()
        if after:
            steps.append(Link(_("Cancellation"), after.number, f"/billing/{after.pk}"))
        if row.entry:
            steps.append(Link(_("Entry"), row.entry.voucher, f"/ledger/entries/{row.entry_id}"))
        return steps

    def sections(self, thing: Any) -> Sequence[Section]:
        row: Document = thing
        lines = [(x, called(x.item) if x.item else x.text) for x in queries.lines(row.pk)]
        whys = [unpack(d.get("why")) for d in row.due]
        due = [
            (i, whys[n] if n < len(whys) else None, paper.waits(i.awaiting) if i.awaiting else None)
            for n, i in enumerate(self.items)
        ]
        return (
            Section("lines", _("Lines"), "billing/lines.html", {"doc": row, "lines": lines}, count=len(lines)),
            Section("due", _("Due"), "billing/due.html", {"doc": row, "due": due}, count=len(due)),
            *panels(self, "billing.document", row.pk),
        )

    def subject(self, thing: Any) -> str:
        return ref("billing.document", thing.pk)


class Pdf(Page):
    """The document as it is printed, in the payer's language, or ?language=."""

    needs = "billing.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.GET.get("language", "")
        found = queries.on_paper(self.company.pk, kwargs["pk"], asked if asked in ("zh-hans", "en") else "")
        answer = HttpResponse(paper.pdf(found), content_type="application/pdf")
        answer["Content-Disposition"] = content_disposition_header(False, f"{found.number}.pdf") or "inline"
        answer["Cache-Control"] = "private, no-store"
        return answer


class _Dialog(ActionDialog):
    def about(self, **kwargs: Any) -> dict[str, Any]:
        row = queries.document(self.company.pk, kwargs["pk"])
        return {
            "facts": [
                (KINDS[row.kind].label, f"{row.number} · {called(row.payer)}"),
                (_("Gross"), Money(row.gross, row.currency)),
            ]
        }

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"on": self.today}

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/billing/{kwargs['pk']}"


class Cancel(_Dialog):
    title = _("Cancel document")
    needs = "billing.cancel"
    form = CancelForm
    danger = True
    warning = _("It is reversed by its mirror image; its deliveries are to be billed again. This can't be taken back.")
    done = _("The document is cancelled.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.cancel(act, kwargs["pk"], data["on"], data["reason"])


class Received(_Dialog):
    title = _("Invoice received")
    needs = "billing.dates"
    form = OnForm
    done = _("Noted. The due dates follow.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.received_invoice(act, kwargs["pk"], data["on"])


class Post(_Dialog):
    title = _("Post")
    needs = "billing.post"
    done = _("The document is posted.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.post_drafts(act, [kwargs["pk"]])


class Credit(Page):
    """Ask for a credit note: quantities of lines, an amount over the bill, or all that is left."""

    title = _("Ask for a credit note")
    needs = "billing.ask_credit"
    template = "billing/credit.html"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.page(CreditForm(initial={"on": self.today}), {})

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row, form = self.row(), CreditForm(request.POST)
        field: Any = form.fields["amount"]
        field.currency = row.currency
        if form.is_valid():
            data = form.cleaned_data
            try:
                lines = self.typed(row)
                amount = Money(data["amount"], row.currency) if data["amount"] is not None else None
                if amount is not None and lines:
                    raise Invalid.one("amount", amount, _("Name an amount or quantities, not both."))
                actions.ask_credit(
                    request.act(key=data["key"] or None), row.pk, data["on"], data["reason"], lines, amount
                )
                messages.success(request, said(_("The credit note was passed on for approval.")))
                return redirect(f"/billing/{row.pk}")
            except Trouble as e:
                form.take(e)
        return self.page(form, request.POST, 422)

    def row(self) -> Document:
        return queries.document(self.company.pk, self.kwargs["pk"])

    def typed(self, row: Document) -> list[actions.CreditLine]:
        found, faults = [], []
        for line in queries.lines(row.pk):
            text = self.request.POST.get(f"quantity-{line.n}", "").strip()
            if not text or text == "0":
                continue
            try:
                found.append(actions.CreditLine(line.n, parse_quantity(text)))
            except ValueError:
                faults.append(Fault("quantity", text, _("This is not a number."), row=line.n))
        if faults:
            raise Invalid(faults[0].reason, faults=tuple(faults))
        return found

    def page(self, form: CreditForm, typed: Any, status: int = 200) -> HttpResponse:
        row = self.row()
        left = {b.line_id: b for b in queries.billed(row)}
        rows = []
        for line in queries.lines(row.pk):
            b = left[line.pk]
            quantity = None if b.quantity is None else b.quantity - b.credited_quantity
            rows.append(
                (
                    line,
                    called(line.item) if line.item else line.text,
                    quantity,
                    b.net_left + b.tax_left,
                    typed.get(f"quantity-{line.n}", ""),
                )
            )
        whole = sum(b.net_left + b.tax_left for b in left.values())
        return self.show(
            self.template, {"doc": row, "form": form, "rows": rows, "whole": whole, "name": called(row.payer)}, status
        )


class Of(Page):
    """A payer's documents, or those of an order, for their pages."""

    needs = "billing.see"
    by_order = False

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        number = ""
        if self.by_order:
            found = queries.of_order(self.company.pk, kwargs["pk"])
        else:
            found = list(queries.documents(self.company.pk).filter(payer_id=kwargs["pk"]).order_by("-id")[:12])
            number = customers.by_id(self.company.pk, kwargs["pk"]).number
        rows = [(d, KINDS[d.kind], STATES[d.state], queries.open_amount(d)) for d in found]
        stock = None if self.by_order else queries.base_stock(self.company.pk, kwargs["pk"])
        return self.show("billing/of.html", {"rows": rows, "number": number, "by_order": self.by_order, "stock": stock})


class Today(Page):
    """The tile on Today: how much waits to be billed."""

    needs = "billing.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        found = queries.due_list(self.company.pk, self.today)
        rows = found.select_related("order", "order__payer").order_by("date", "id")[:5]
        shown = [(d, called(d.order.payer), (self.today - d.date).days) for d in rows]
        return self.show("billing/today.html", {"rows": shown, "count": found.count()})
