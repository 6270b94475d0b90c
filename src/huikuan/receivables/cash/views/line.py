"""One bank line: what the bank said, whose it is, what it pays, and every way on from here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from huikuan.books.ledger import queries as ledger
from huikuan.kit.money import Money
from huikuan.kit.private import masked
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company
from huikuan.office.trail.hands import collect
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.forms import AssignForm, IdentifyForm, NoteForm, ReasonForm, TakenBackForm, find_customer
from huikuan.receivables.cash.models import BankLine
from huikuan.receivables.cash.tables import HOW, STANDS
from huikuan.web.forms import ActionDialog, ActionForm
from huikuan.web.pages import Button, Fact, Head, Link, ObjectPage, Section
from huikuan.web.shell import called


class LinePage(ObjectPage):
    needs = "cash.see"

    def load(self, **kwargs: Any) -> BankLine:
        return queries.line(self.company.pk, kwargs["pk"])

    def head(self, thing: Any) -> Head:
        row, at = thing, f"/cash/lines/{thing.pk}"
        facts = [
            Fact(_("Amount"), row.amount, "money", row.currency),
            Fact(_("Left"), row.left, "money", row.currency),
            Fact(_("Date"), row.date, "date"),
            Fact(
                _("Customer"),
                called(row.customer) or "–",
                url=f"/customers/{row.customer_id}" if row.customer_id else "",
                note=HOW.get(row.how, ""),
            ),
        ]
        return Head(
            number=row.document, name=row.payer_name, mark=STANDS[row.stand], kind=_("Bank line"), facts=facts,
            primary=Button(_("Apply"), f"/cash/match?case={row.pk}", "arrows-join", needs="cash.apply") if row.left else None,
            buttons=ways(row, at), chain=chain(row), notice=waits(row) or row.note, back=(_("Bank lines"), "/cash/"),
        )  # fmt: skip

    def sections(self, thing: Any) -> Sequence[Section]:
        found = queries.applied(self.company.pk, thing)
        why = [(queries.says(p.why), p) for p in queries.decided(thing.pk)]
        told = [(_("Payer"), thing.payer_name), (_("Payer's account"), masked(thing.payer_account)), (_("Payer's bank"), thing.payer_bank),
                (_("Remark"), thing.remark), (_("Reference"), thing.reference), (_("Bank's serial"), thing.serial),
                (_("Value date"), thing.value_date.isoformat()), (_("Our account"), str(thing.bank)),
                (_("File"), thing.statement.file.name), (_("Row"), str(thing.row))]  # fmt: skip
        return (
            Section(
                "paid",
                _("What it paid"),
                "cash/applied.html",
                {"applied": found, "why": why, "row": thing},
                count=len(found),
            ),
            Section("told", _("What the bank said"), "cash/told.html", {"told": told, "raw": thing.raw}),
        )

    def subject(self, thing: Any) -> str:
        return ref("cash.line", thing.pk)


def waits(row: Any) -> Say | None:
    if row.state != "waiting":
        return None
    return _(
        "Not posted yet: no exchange rate of %(currency)s is known up to %(on)s.", currency=row.currency, on=row.date
    )


def ways(row: Any, at: str) -> list[Button]:
    """What can be done with a line besides applying it."""
    out: list[Button] = []
    if row.state == "waiting":
        to = f"/catalog/rates/new?currency={row.currency}&on={row.date}"
        out.append(Button(_("Enter the rate"), to, "coin-yuan", primary=True, needs="catalog.rates", writes=True))
    if row.state in {"account", "ignored"}:
        out.append(Button(_("Take up again"), f"{at}/reopen", "refresh", dialog=True, needs="cash.apply"))
    if row.state == "out" and row.how == "reversal":
        out.append(
            Button(_("Which receipt it takes back"), f"{at}/taken-back", "arrow-back-up", dialog=True, needs="cash.apply", primary=True)
        )  # fmt: skip
    if row.state == "charged":
        out.append(
            Button(_("Take the charge back"), f"{at}/uncharge", "arrow-back-up", dialog=True, needs="cash.apply")
        )
    if row.stand == "unknown":
        out.append(Button(_("Claim this receipt"), f"{at}/claim", "user-check", dialog=True, needs="cash.claim"))
    if row.left and row.state == "open":
        out += [
            Button(_("Whose money"), f"{at}/identify", "user", dialog=True, needs="cash.apply"),
            Button(_("Ask a colleague"), f"{at}/assign", "message", dialog=True, needs="cash.apply"),
            Button(_("Ask sales"), f"{at}/ask", "message", dialog=True, needs="cash.apply"),
        ]
        if row.item_id:
            out.append(Button(_("Split"), f"{at}/move", "arrows-split", dialog=True, needs="cash.apply"))
            out.append(Button(_("Leave on account"), f"{at}/account", "inbox", dialog=True, needs="cash.apply"))
        facts = {"document": row.document, "customer": row.customer.number if row.customer_id else ""}
        out += [
            Button(w.title, w.url.format(**facts), w.icon, dialog=True, needs=w.needs)
            for _capability, w in collect("ways")
            if w.on == "cash.line"
        ]
        if row.stand != "partly":
            out.append(Button(_("Charge to an account"), f"{at}/charge", "receipt-2", dialog=True, needs="cash.apply"))
        out.append(Button(_("Not ours"), f"{at}/ignore", "ban", dialog=True, needs="cash.apply"))
    return out


def to_come(row: Any) -> list[tuple[queries.ToCome, list[Button]]]:
    """Orders that the remark names and that are still to be billed, with what can be done about them with this money."""
    if not row.left or row.state != "open" or row.left < 0:
        return []
    out = []
    for o in queries.to_come(row.company_id, row.text, row.currency):
        facts = {"document": row.document, "customer": o.payer_number, "order": o.number}
        some = [w for _capability, w in collect("ways") if w.on == "cash.order"]
        out.append((o, [Button(w.title, w.url.format(**facts), w.icon, dialog=True, needs=w.needs) for w in some]))
    return out


def chain(row: Any) -> list[Link]:
    out = [
        Link(_("Bank file"), row.statement.file.name or "–", f"/cash/files/{row.statement.file_id}"),
        Link(_("Bank line"), row.document, here=True),
    ]
    entry = ledger.entry(row.company_id, row.entry_id) if row.entry_id else None
    if entry is not None:
        out.append(Link(_("Entry"), entry.voucher, f"/ledger/entries/{entry.pk}"))
    return out


class _Dialog(ActionDialog):
    needs = "cash.apply"

    def row(self, pk: int) -> Any:
        return queries.line(self.company.pk, pk)

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"version": self.row(kwargs["pk"]).stamp}

    def about(self, **kwargs: Any) -> dict[str, Any]:
        row = self.row(kwargs["pk"])
        return {
            "facts": [
                (_("Bank line"), f"{row.document} · {row.payer_name or masked(row.payer_account)}"),
                (_("Amount"), Money(row.amount, row.currency)),
            ]
        }


class Identify(_Dialog):
    title = _("Whose money is this?")
    button = _("It is theirs")
    form = IdentifyForm
    done = _("The money stands on their account now.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.identify(
            act, kwargs["pk"], find_customer(act.company, data["customer"]), data.get("on"), data.get("version")
        )


class OnAccount(_Dialog):
    title = _("Leave on account")
    form = NoteForm
    done = _("It stays on their account.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.on_account(act, kwargs["pk"], data["note"], data.get("version"))


class Ignore(_Dialog):
    title = _("Not ours")
    form = ReasonForm
    warning = _("The line leaves the queue. It can be taken up again at any time.")
    done = _("The line is set aside.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.ignore(act, kwargs["pk"], data["reason"], data.get("version"))


class Reopen(_Dialog):
    title = _("Take up again")
    form = ActionForm
    done = _("The line waits to be explained again.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.reopen(act, kwargs["pk"], data.get("version"))


class Assign(_Dialog):
    title = _("Ask a colleague")
    form = AssignForm
    done = _("It is on their list now.")

    def make_form(self, data: Any = None, **kwargs: Any) -> ActionForm:
        form = super().make_form(data, **kwargs)
        field = form.fields["person"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(p.login, called(p)) for p in company.people(self.company.pk) if p.kind == "person"]
        return form

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.assign(act, kwargs["pk"], data["person"], data["note"], data.get("version"))

    def said_done(self, result: Any) -> Say:
        return _("%(person)s has it on their list now.", person=result.assigned)


class TakenBack(_Dialog):
    title = _("Which receipt it takes back")
    button = _("It is this one")
    form = TakenBackForm
    warning = _("What the receipt paid is open again.")
    done = _("Receipt and reversal settle each other.")

    def make_form(self, data: Any = None, **kwargs: Any) -> ActionForm:
        form = super().make_form(data, **kwargs)
        field = form.fields["original"]
        assert isinstance(field, forms.ChoiceField)
        rows: Any = queries.lines(self.company.pk).filter(
            pk__in=[x.pk for x in queries.receipts(self.row(kwargs["pk"]))]
        )
        field.choices = [
            (str(r.pk), " · ".join(filter(None, (r.document, str(r.date), r.payer_name or masked(r.payer_account), str(STANDS[r.stand])))))
            for r in rows.select_related("customer").order_by("-date", "-pk")
        ]  # fmt: skip
        return form

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.say_taken_back(act, kwargs["pk"], int(data["original"]), data.get("version"))

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/cash/lines/{kwargs['pk']}"
