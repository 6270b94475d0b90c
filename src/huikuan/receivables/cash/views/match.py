"""The matching page: the queue, one line with its customer's open items, the proposals with their why. All by keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.kit.errors import Fault, Invalid, Missing, Trouble
from huikuan.kit.money import Money, parse_minor
from huikuan.kit.private import masked
from huikuan.kit.words import Say, _
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.models import BankLine, Proposal
from huikuan.receivables.cash.tables import HOW, STANDS, called
from huikuan.receivables.cash.views.line import ways
from huikuan.web.forms import fresh_key, htmx_redirect
from huikuan.web.pages import Button, Case, Page, Worklist
from huikuan.web.shell import said

QUEUE = 200  # lines shown at once; the count says how many there are
ITEMS = 60  # open items shown of one customer, besides those a proposal names


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal as the page shows it."""

    pk: int
    score: int
    why: Say
    considered: tuple[Say, ...]
    customer: str
    legs: tuple[tuple[str, Money], ...]
    rest: Money
    sure: bool
    legs_by_item: dict[int, int]


class Match(Worklist):
    title = _("Matching")
    needs = "cash.see"
    empty = _("Every receipt is explained. New ones come with the next bank file.")

    def queue(self) -> Sequence[Case]:
        rows = queries.work(self.company.pk).select_related("customer").order_by("date", "-amount", "pk")[:QUEUE]
        best = dict(
            Proposal.objects.filter(line__in=[r.pk for r in rows], state="live", rank=1).values_list("line_id", "score")
        )
        return [
            Case(
                r.pk, r.payer_name or masked(r.payer_account) or r.document,
                note=_("best proposal %(score)s", score=best[r.pk]) if r.pk in best else _("no proposal"),
                mark=STANDS[r.stand], amount=Money(r.left, r.currency), due=r.date,  # type: ignore[attr-defined]
            )
            for r in rows
        ]  # fmt: skip

    def extra(self) -> dict[str, Any]:
        buttons = (
            Button(
                _("Run matching"), "/cash/match/run", "bolt", primary=True, needs="cash.match", writes=True, dialog=True
            ),
        )
        return {"buttons": self.allowed(buttons), "total": queries.work_count(self.company.pk, "")}

    def case(self, pk: str) -> tuple[str, dict[str, Any]]:
        if not pk.isdigit():
            raise Missing(_("There is no such bank line."))
        return "cash/case.html", case_of(
            self.company.pk, int(pk), self.may("cash.apply"), self.request.GET.get("customer", "")
        )


def case_of(company: int, pk: int, may: bool, customer: str = "") -> dict[str, Any]:
    """Everything the middle and the right of the matching page show for a line."""
    row: Any = queries.line(company, pk)
    offers = [_offer(p) for p in queries.proposals(pk)]
    looked = (
        int(customer)
        if customer.isdigit()
        else row.customer_id or (queries.proposals(pk)[0].customer_id if offers else None)
    )
    named = {i for o in offers for i in o.legs_by_item}
    items = (
        [i for i in ledger.open_items(company, customers=[looked], currency=row.currency) if i.id != row.item_id]
        if looked
        else []
    )
    items = [i for i in items if i.kind != "receipt"]
    shown = items if len(items) <= ITEMS else [i for n, i in enumerate(items) if n < ITEMS or i.id in named]
    first = offers[0].legs_by_item if offers else {}
    picked = [(i, Money(first[i.id], i.currency) if i.id in first else None) for i in shown]
    return {
        "row": row, "mark": STANDS[row.stand], "how": HOW.get(row.how, ""), "offers": offers, "items": picked, "more": len(items) - len(shown),
        "ways": ways(row, f"/cash/lines/{row.pk}") if may else [], "may": may and bool(row.left), "key": fresh_key(),
        "looked": customers.by_ids(company, [looked]).get(looked) if looked else None, "name": called(row.customer),
        "applied": queries.applied(company, row), "left": Money(row.left, row.currency),
        "difference": Money(row.left - sum(first.values()), row.currency),
    }  # fmt: skip


def _offer(p: Proposal) -> Offer:
    items = queries.documents(p.company_id, [i for i, _a in p.legs])
    money = p.line.currency
    return Offer(
        p.pk, p.score, queries.says(p.why), tuple(queries.says(c) for c in p.considered), called(p.customer),
        tuple((items.get(i, "?"), Money(a, money)) for i, a in p.legs), Money(p.rest, money), p.sure, dict(p.legs),
    )  # fmt: skip


def typed(post: Any, currency: str) -> list[tuple[int, int]]:
    """The shares a person typed: share-<item> fields. Raises Invalid for what is no amount."""
    legs, faults = [], []
    for name, text in post.items():
        if not name.startswith("share-") or not text.strip():
            continue
        try:
            amount = parse_minor(text, currency)
        except ValueError:
            faults.append(Fault(name, text, _("this is not an amount"), _("Write it as 1,234.50.")))
            continue
        if amount and name[6:].isdigit():
            legs.append((int(name[6:]), amount))
    if faults:
        raise Invalid(_("%(value)s is not an amount.", value=faults[0].value), faults=tuple(faults))
    return legs


class _Act(Page):
    """A button of the matching page: does it, says so, and opens the next line."""

    needs = "cash.apply"

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        pk: int = kwargs["pk"]
        try:
            words = self.do(request.act(key=request.POST.get("key") or None), pk)
        except Trouble as e:
            messages.error(request, said(e.say))
            return htmx_redirect(request, f"/cash/match?case={pk}")
        messages.success(request, said(words))
        return htmx_redirect(request, f"/cash/match{following(self.company.pk, pk)}")

    def do(self, act: Any, pk: int) -> Say:
        raise NotImplementedError

    def version(self) -> int | None:
        text = self.request.POST.get("version", "")
        return int(text) if text.isdigit() else None


def following(company: int, pk: int) -> str:
    """The address part of the next line in the queue."""
    row = BankLine.objects.get(pk=pk)
    after = queries.work(company).exclude(pk=pk).filter(date__gte=row.date).order_by("date", "-amount", "pk").first()
    after = after or queries.work(company).exclude(pk=pk).order_by("date", "-amount", "pk").first()
    return f"?case={after.pk}" if after else ""


class Accept(_Act):
    """Take a proposal as it stands."""

    def do(self, act: Any, pk: int) -> Say:
        done = actions.accept(act, pk, int(self.kwargs["proposal"]), None, self.version())
        return _("Applied. u takes it back: clearing %(clearing)s.", clearing=_names(self.company.pk, done))


class Apply(_Act):
    """Apply the shares that were typed."""

    def do(self, act: Any, pk: int) -> Say:
        row = queries.line(self.company.pk, pk)
        legs = typed(self.request.POST, row.currency)
        done = actions.apply(act, pk, legs, None, "", self.version())
        return _("Applied. u takes it back: clearing %(clearing)s.", clearing=_names(self.company.pk, done))


def _names(company: int, clearings: list[int]) -> list[str]:
    return [c.voucher for c in ledger.clearings(company).filter(pk__in=clearings)]


class Difference(Page):
    """What is left of the line with the shares as they stand in the form, while someone types."""

    needs = "cash.see"

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row: Any = queries.line(self.company.pk, kwargs["pk"])
        wrong = ""
        try:
            total = sum(a for _i, a in typed(request.POST, row.currency))
        except Invalid as e:
            total, wrong = 0, said(e.say)
        return self.show(
            "cash/difference.html",
            {"difference": Money(row.left - total, row.currency), "total": Money(total, row.currency), "wrong": wrong},
        )


class Look(_Act):
    """Look at one line again."""

    def do(self, act: Any, pk: int) -> Say:
        return _("%(n)s proposals.", n=actions.propose_line(act, pk))

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        del response
        return htmx_redirect(request, f"/cash/match?case={kwargs['pk']}")


class Run(Page):
    """Run matching over everything that waits: first tried dry, then done."""

    title = _("Run matching")
    needs = "cash.match"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        tried = actions.match(request.act(dry=True))
        return self.show(
            "cash/run.html",
            {"tried": tried, "key": fresh_key(), "links": [x for x in tried.links if x.state == "cleared"][:12]},
        )

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            done = actions.match(request.act(key=request.POST.get("key") or None))
        except Trouble as e:
            messages.error(request, said(e.say))
            return htmx_redirect(request, "/cash/match")
        words = _("%(lines)s lines: %(cleared)s cleared, %(proposed)s proposed, %(left)s left.", lines=done.lines, cleared=done.cleared,
                  proposed=done.proposed, left=done.left)  # fmt: skip
        messages.success(request, said(words))
        return htmx_redirect(request, "/cash/match")
