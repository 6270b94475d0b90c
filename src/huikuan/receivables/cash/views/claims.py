"""Receipts nobody can place, for the cash desk and for sales: claimed with evidence (认款), checked, given to the payer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet

from huikuan.kit.errors import Missing
from huikuan.kit.money import Money
from huikuan.kit.private import masked
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.forms import NoteForm, ReasonForm, find_customer
from huikuan.receivables.cash.models import BankLine, Claim
from huikuan.receivables.cash.views.line import _Dialog
from huikuan.web.filters import Amounts, Choice, Dates, Tab, Words
from huikuan.web.forms import ActionDialog, ActionForm, label, pick
from huikuan.web.look import Mark
from huikuan.web.pages import Button, Fact, Head, Link, ListPage, ObjectPage, Section
from huikuan.web.shell import called
from huikuan.web.tables import Column

CLAIMS = {
    "asked": Mark(_("To be checked"), "attention", "clock"),
    "accepted": Mark(_("Accepted"), "good", "check"),
    "refused": Mark(_("Refused"), "late", "x"),
    "withdrawn": Mark(_("Withdrawn"), "plain", "arrow-back-up"),
    "past": Mark(_("Overtaken"), "plain", "ban"),
}
UNKNOWN = (
    Column("document", _("Bank line"), "link", value="document", sort="pk", url="/cash/lines/{pk}"),
    Column("date", _("Date"), "date"),
    Column("payer", _("Payer"), value="payer_name", wide=True),
    Column("amount", _("Amount"), "money", total=True),
    Column("remark", _("Remark"), wide=True),
    Column("asked", _("Claims"), "number"),
    Column("account", _("Payer's account"), value=lambda r: masked(r.payer_account), sort="-", hidden=True),
    Column("bank", _("Our account"), value="bank.number", sort="bank__number", hidden=True),
)
COLUMNS = (
    Column("line", _("Bank line"), "link", value=lambda r: r.line.document, sort="line_id", url="/cash/claims/{pk}"),
    Column("amount", _("Amount"), "money", value=lambda r: r.line.amount, sort="line__amount", currency="line.currency"),
    Column("date", _("Date"), "date", value=lambda r: r.line.date, sort="line__date"),
    Column("customer", _("Customer"), value=lambda r: called(r.customer), sort="customer__pinyin", wide=True),
    Column("evidence", _("Evidence"), wide=True),
    Column("by", _("Claimed by")),
    Column("at", _("When"), "moment"),
    Column("state", _("State"), "state", states=CLAIMS),
    Column("decided_by", _("Checked by")),
    Column("reason", _("Reason"), hidden=True, wide=True),
)  # fmt: skip


class Unknown(ListPage):
    """Receipts whose payer nobody knows: sales look for theirs here."""

    title = _("Unidentified receipts")
    needs = "cash.see"
    columns = UNKNOWN
    filters = (
        Words("payer_name", "remark", "reference", "payer_account"),
        Dates("date", _("Date")),
        Amounts("amount", _("Amount")),
    )
    order = "date"
    empty = _("Every receipt has its payer. Receipts that nobody can place appear here, for sales to claim.")

    def rows(self) -> QuerySet[BankLine]:
        return queries.unknown(self.company.pk).select_related("bank")

    def buttons(self) -> Sequence[Button]:
        return (Button(_("Claims"), "/cash/claims", "user-check"), Button(_("Matching"), "/cash/match", "arrows-join"))


class Claims(ListPage):
    """What sales claimed, and what became of it."""

    title = _("Claims on receipts")
    needs = "cash.see"
    columns = COLUMNS
    filters = (
        Words("customer__name", "customer__number", "evidence", "by"),
        Choice("state", _("State"), options=CLAIMS),
    )
    tabs = (Tab("asked", _("To be checked"), {"state": "asked"}), Tab("all", _("All")))
    start_tab = "asked"
    order = "-pk"
    empty = _("Claims of sales on unidentified receipts appear here.")

    def rows(self) -> QuerySet[Claim]:
        return queries.claims(self.company.pk)


class ClaimPage(ObjectPage):
    needs = "cash.see"

    def load(self, **kwargs: Any) -> Claim:
        found = queries.claims(self.company.pk).filter(pk=kwargs["pk"]).first()
        if found is None:
            raise Missing(_("There is no such claim."))
        return found

    def head(self, thing: Any) -> Head:
        at, row = f"/cash/claims/{thing.pk}", thing.line
        mine = thing.by == self.request.desk.person.login  # type: ignore[attr-defined]
        buttons: list[Button] = []
        primary = None
        if thing.state == "asked" and not mine:
            primary = Button(
                _("Accept claim"), f"{at}/accept", "check", needs="cash.check_claim", dialog=True, writes=True
            )
            buttons.append(
                Button(_("Refuse claim"), f"{at}/refuse", "x", needs="cash.check_claim", dialog=True, writes=True)
            )
        if thing.state == "asked" and mine:
            buttons.append(
                Button(_("Withdraw"), f"{at}/withdraw", "arrow-back-up", needs="cash.claim", dialog=True, writes=True)
            )
        facts = [
            Fact(_("Amount"), row.amount, "money", row.currency),
            Fact(_("Date"), row.date, "date"),
            Fact(_("Payer"), row.payer_name or "–"),
            Fact(_("Claimed for"), called(thing.customer), url=f"/customers/{thing.customer_id}"),
            Fact(_("Claimed by"), thing.by),
        ]
        return Head(
            number=row.document, name=called(thing.customer), mark=CLAIMS[thing.state], kind=_("Claim on a receipt"), facts=facts,
            primary=primary, buttons=buttons, notice=thing.reason, back=(_("Claims on receipts"), "/cash/claims"),
            chain=[Link(_("Bank line"), row.document, f"/cash/lines/{row.pk}"), Link(_("Claim on a receipt"), str(thing.pk), here=True)],
        )  # fmt: skip

    def sections(self, thing: Any) -> Sequence[Section]:
        rivals = [
            (c, CLAIMS[c.state]) for c in queries.claims(self.company.pk, line=thing.line_id).exclude(pk=thing.pk)
        ]
        told = [(_("Remark"), thing.line.remark), (_("Reference"), thing.line.reference),
                (_("Payer's account"), masked(thing.line.payer_account)), (_("Payer's bank"), thing.line.payer_bank)]  # fmt: skip
        return (Section("why", _("Evidence"), "cash/claim.html", {"claim": thing, "rivals": rivals, "told": told}),)

    def subject(self, thing: Any) -> str:
        return ref("cash.claim", thing.pk)


class ClaimForm(ActionForm):
    customer = forms.CharField(
        label=label(_("Customer")), max_length=200, widget=pick("/customers/pick", autofocus=True),
        help_text=label(_("Number, name, pinyin initials or tax number.")),
    )  # fmt: skip
    evidence = forms.CharField(
        label=label(_("How do you know?")), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    file = forms.FileField(label=label(_("Payment slip or message")), required=False)


class NewClaim(_Dialog):
    title = _("Claim this receipt")
    needs = "cash.claim"
    form = ClaimForm
    done = _("The cash desk checks the claim now.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        file = data.get("file")
        content = file.read() if file else None
        name = file.name if file else ""
        return actions.claim(
            act, kwargs["pk"], find_customer(act.company, data["customer"]), data["evidence"], content, name
        )


class _Decide(ActionDialog):
    needs = "cash.check_claim"

    def about(self, **kwargs: Any) -> dict[str, Any]:
        found = queries.claims(self.company.pk).filter(pk=kwargs["pk"]).first()
        if found is None:
            raise Missing(_("There is no such claim."))
        row = found.line
        rivals = queries.claims(self.company.pk, line=row.pk, state="asked").exclude(pk=found.pk)
        facts = [(_("Bank line"), f"{row.document} · {row.payer_name}"), (_("Amount"), Money(row.amount, row.currency)),
                 (_("Claimed for"), called(found.customer)), (_("Evidence"), found.evidence or "–")]  # fmt: skip
        facts += [(_("Claimed too by"), f"{c.by}: {called(c.customer)} · {c.evidence}") for c in rivals]
        return {"facts": facts}

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/cash/claims/{kwargs['pk']}"


class AcceptClaim(_Decide):
    title = _("Accept claim")
    form = NoteForm
    warning = _("The money goes to this customer's account. Other claims on it are overtaken.")
    done = _("The money stands on their account now.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.accept_claim(act, kwargs["pk"], data["note"])


class RefuseClaim(_Decide):
    title = _("Refuse claim")
    form = ReasonForm
    done = _("The claim is refused; who claimed is told why.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.refuse_claim(act, kwargs["pk"], data["reason"])


class WithdrawClaim(_Decide):
    title = _("Withdraw claim")
    needs = "cash.claim"
    form = NoteForm
    done = _("The claim is withdrawn.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.withdraw_claim(act, kwargs["pk"], data["note"])


class AskSales(_Dialog):
    title = _("Ask sales")
    form = NoteForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.ask_sales(act, kwargs["pk"], data["note"])

    def said_done(self, result: Any) -> Say:
        return _("Sales have it on their list now (work order %(number)s).", number=result)
