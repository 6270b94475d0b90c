"""The matching page: the queue, one line with its customer's open items, the proposals with their why. All by keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.kit.errors import Fault, Invalid, Missing, Trouble
from huikuan.kit.money import Money, parse_minor
from huikuan.kit.private import masked
from huikuan.kit.text import whole
from huikuan.kit.words import Say, _
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.models import BankLine, Proposal
from huikuan.receivables.cash.tables import HOW, STANDS
from huikuan.receivables.cash.views.line import to_come, ways
from huikuan.web.forms import fresh_key, htmx_redirect
from huikuan.web.pages import Button, Case, Page, Worklist
from huikuan.web.shell import called, said

QUEUE = 50  # lines shown at once, as in lists; the count says how many there are
STRONG = 80  # from this score on a proposal is offered to be taken together with others
LISTED = 200  # lines that one dry run lists
ITEMS = 60  # open items shown of one customer, besides those a proposal names


ORDERS: dict[str, tuple[Say, tuple[str, ...]]] = {
    "age": (_("Oldest first"), ("date", "-amount", "pk")),
    "amount": (_("Largest first"), ("-amount", "date", "pk")),
}
ONLY = {
    "unknown": _("Payer unknown"),
    "unapplied": _("Not applied"),
    "partly": _("Partly applied"),
    "mine": _("Asked of me"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal as the page shows it. `off`: what the payer took off, with its reason; `open`: some of it nobody allowed yet."""

    pk: int
    score: int
    why: Say
    considered: tuple[Say, ...]
    customer: str
    legs: tuple[tuple[str, Money], ...]
    off: tuple[tuple[str, str, Money], ...]
    asks: bool
    rest: Money
    sure: bool
    legs_by_item: dict[int, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """An open item on the page: what the first proposal pays of it, and takes off it."""

    item: Any
    share: Money | None
    off: Money | None = None
    code: str = ""
    owner: str = ""  # only where items of several customers stand together


def ordered(get: Any) -> str:
    return get.get("by") if get.get("by") in ORDERS else "age"


def narrowed(get: Any, login: str) -> Q:
    """The part of the queue that is asked for: ?only=unknown|unapplied|partly|mine."""
    only = get.get("only")
    return Q(assigned=login) if only == "mine" else Q(stand=only) if only in ONLY else Q()


def kept(get: Any) -> str:
    """What of the address stays from line to line."""
    some = {k: get[k] for k in ("by", "only") if get.get(k) in {**ORDERS, **ONLY}}
    return f"&{urlencode(some)}" if some else ""


class Match(Worklist):
    title = _("Matching")
    needs = "cash.see"
    template = "cash/match.html"
    empty = _("Every receipt is explained. New ones come with the next bank file.")
    keys = (  # what cash.js hears on this page, for the dialog of keys
        ("i", _("To the customer's open items")), ("s", _("Take the shares as typed")), ("c", _("Items of another customer")),
        ("r", _("Whose money")), ("o", _("Leave on account")), ("p", _("Keep as an advance for the order named")), ("m", _("Split")), ("a", _("Ask a colleague")), ("q", _("Ask sales")),
    )  # fmt: skip

    @property
    def login(self) -> str:
        desk: Any = self.request
        return str(desk.desk.person.login)

    def queue(self) -> Sequence[Case]:
        get = self.request.GET
        rows = queries.queue(self.company.pk, ORDERS[ordered(get)][1], QUEUE, narrowed(get, self.login))
        best = dict(
            Proposal.objects.filter(line__in=[r.pk for r in rows], state="live", rank=1).values_list("line_id", "score")
        )
        return [
            Case(
                r.pk, r.payer_name or masked(r.payer_account) or r.document,
                note=_("best proposal %(score)s", score=best[r.pk]) if r.pk in best else _("no proposal"),
                mark=STANDS[r.stand], amount=Money(r.left, r.currency), due=r.date,
            )
            for r in rows
        ]  # fmt: skip

    def extra(self) -> dict[str, Any]:
        buttons = (
            Button(_("Take strong proposals"), "/cash/match/strong", "checklist", needs="cash.apply", writes=True, dialog=True),
            Button(_("Run matching"), "/cash/match/run", "bolt", primary=True, needs="cash.match", writes=True, dialog=True),
        )  # fmt: skip
        pk, get = self.company.pk, self.request.GET
        waits = queries.waiting(pk, self.login)
        counted = waits.counts
        by, only = ordered(get), get.get("only", "")
        facets = [("", _("All"), counted["all"])] + [(k, words, counted.get(k, 0)) for k, words in ONLY.items()]
        last = queries.last_clearing(pk, self.login) if self.may("cash.apply") else None
        return {
            "buttons": self.allowed(buttons), "total": counted["all"], "keep": kept(get), "more_queue": max(0, counted["all"] - QUEUE),
            "facets": [(f"?by={by}&only={k}" if k else f"?by={by}", words, n, k == only) for k, words, n in facets],
            "orders": [(f"?by={k}&only={only}", words, k == by) for k, (words, _order) in ORDERS.items()],
            "last": last, "sums": waits.sums,
        }  # fmt: skip

    def case(self, pk: str) -> tuple[str, dict[str, Any]]:
        number = whole(pk)
        if number is None:
            raise Missing(_("There is no such bank line."))
        found = case_of(self.company.pk, number, self.may("cash.apply"), self.request.GET.get("customer", ""))
        found["coming"] = [(o, self.allowed(buttons)) for o, buttons in found["coming"]]
        return "cash/case.html", {**found, "ways": self.allowed(found["ways"])}


def case_of(company: int, pk: int, may: bool, customer: str = "") -> dict[str, Any]:
    """Everything the middle and the right of the matching page show for a line. `customer`: others whose items may be paid
    with it too, their ids or numbers with commas between."""
    row: Any = queries.line(company, pk)
    found = queries.proposals(pk)
    codes = queries.rule_book(company).codes
    offers = [_offer(p, codes) for p in found]
    own = row.customer_id or (found[0].customer_id if found else None)
    looked = _looked(company, customer) or ([own] if own else [])
    named = {i for o in offers for i in o.legs_by_item}
    shown, more = queries.payable(company, looked, row.currency, ITEMS, named) if looked else ([], 0)
    shown = [i for i in shown if i.id != row.item_id]
    first = offers[0].legs_by_item if offers else {}
    off = {d[0]: d for d in found[0].deductions} if found else {}
    people = customers.by_ids(company, looked)
    several = len(looked) > 1
    picked = [
        Shown(
            i, Money(first[i.id], i.currency) if i.id in first else None,
            Money(off[i.id][1], i.currency) if i.id in off else None, off[i.id][2] if i.id in off else "",
            people[i.customer_id].name if several else "",
        )
        for i in shown
    ]  # fmt: skip
    return {
        "row": row, "mark": STANDS[row.stand], "how": HOW.get(row.how, ""), "offers": offers, "items": picked, "more": more,
        "ways": ways(row, f"/cash/lines/{row.pk}"), "coming": to_come(row), "before": not found and Proposal.objects.filter(line=row).exists(), "may": may and bool(row.left), "key": fresh_key(),
        "looked": people.get(looked[0]) if len(looked) == 1 else None, "several": [people[i] for i in looked if i in people] if several else [],
        "name": called(row.customer), "codes": (named_codes := [(c.code, called(c)) for c in codes.values()]), "options": _options(named_codes),
        "applied": queries.applied(company, row), "left": Money(row.left, row.currency), "others": customer,
        "difference": Money(row.left - sum(first.values()), row.currency), "claims": queries.claims(company, line=pk, state="asked"),
    }  # fmt: skip


def _options(codes: Sequence[tuple[str, str]]) -> SafeString:
    """The reasons as options, none chosen: written once, not once for each item."""
    return format_html_join("", '<option value="{}">{}</option>', codes)


def _looked(company: int, text: str) -> list[int]:
    """The customers that an address names, by id or number; unknown ones are left out."""
    asked = [x.strip() for x in text.split(",") if x.strip()][:8]
    ids = [n for x in asked if (n := whole(x)) is not None]
    found = set(customers.rows(company).filter(pk__in=ids).values_list("pk", flat=True))
    by_number = dict(customers.rows(company).filter(number__in=asked).values_list("number", "pk"))
    out = [by_number.get(x) or (n if (n := whole(x)) in found else None) for x in asked]
    return [pk for pk in dict.fromkeys(out) if pk is not None]


def _offer(p: Proposal, codes: Any) -> Offer:
    items = queries.documents(p.company_id, {i for i, _a in p.legs} | {d[0] for d in p.deductions})
    money = p.line.currency
    off = tuple(
        (items.get(i, "?"), called(codes[c]) if c in codes else c, Money(a, money)) for i, a, c, _by in p.deductions
    )
    return Offer(
        p.pk, p.score, queries.says(p.why), tuple(queries.says(c) for c in p.considered), called(p.customer),
        tuple((items.get(i, "?"), Money(a, money)) for i, a in p.legs), off,
        any(by not in {"terms", "tolerance"} for _i, _a, _c, by in p.deductions), Money(p.rest, money), p.sure, dict(p.legs),
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
        if amount and (item := whole(name[6:])) is not None:
            legs.append((item, amount))
    if faults:
        raise Invalid(_("%(value)s is not an amount.", value=faults[0].value), faults=tuple(faults))
    return legs


def deducted(post: Any, currency: str) -> list[tuple[int, int, str, str, str]]:
    """What a person takes off: off-<item>, with code-<item> and how-<item>. Raises Invalid for what is no amount."""
    out = []
    for name, text in post.items():
        number = whole(name[4:])
        if not name.startswith("off-") or not text.strip() or number is None:
            continue
        try:
            amount = parse_minor(text, currency)
        except ValueError as e:
            raise Invalid(
                _("%(value)s is not an amount.", value=text),
                faults=(Fault(name, text, _("this is not an amount"), _("Write it as 1,234.50.")),),
            ) from e
        if amount:
            item = name[4:]
            out.append(
                (
                    number,
                    amount,
                    post.get(f"code-{item}", ""),
                    post.get(f"how-{item}") or "charged",
                    post.get("note", ""),
                )
            )
    return out


class _Act(Page):
    """A button of the matching page: does it, says so, and opens the next line."""

    needs = "cash.apply"

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        pk: int = kwargs["pk"]
        try:
            words = self.do(request.act(key=request.POST.get("key") or None), pk)
        except Trouble as e:
            messages.error(request, said(e.say))
            return htmx_redirect(request, f"/cash/match?case={pk}{kept(self.came())}")
        messages.success(request, said(words))
        get = self.came()
        login = request.desk.person.login
        return htmx_redirect(request, f"/cash/match{following(self.company.pk, pk, get, login)}{kept(get)}")

    def came(self) -> dict[str, str]:
        """How the queue was asked for on the page this comes from."""
        here = self.request.headers.get("HX-Current-URL") or self.request.headers.get("Referer") or ""
        return dict(parse_qsl(urlsplit(here).query))

    def do(self, act: Any, pk: int) -> Say:
        raise NotImplementedError

    def version(self) -> int | None:
        return whole(self.request.POST.get("version"))


def following(company: int, pk: int, get: Any, login: str) -> str:
    """The address part of the line after this one, in the order of the queue; the first when it was the last."""
    row = BankLine.objects.get(pk=pk)
    order, asked = ORDERS[ordered(get)][1], narrowed(get, login)
    if ordered(get) == "amount":
        later = Q(amount__lt=row.amount) | Q(amount=row.amount, date__gte=row.date)
    else:
        later = Q(date__gt=row.date) | Q(date=row.date, amount__lte=row.amount)
    after = queries.queue(company, order, 1, asked & later, pk) or queries.queue(company, order, 1, asked, pk)
    return f"?case={after[0].pk}" if after else "?"


class Accept(_Act):
    """Take a proposal as it stands."""

    def do(self, act: Any, pk: int) -> Say:
        settle = self.request.POST.get("settle", "")
        done = actions.accept(act, pk, int(self.kwargs["proposal"]), None, self.version(), settle)
        return _("Applied. u takes it back: clearing %(clearing)s.", clearing=_names(self.company.pk, done))


class Apply(_Act):
    """Apply the shares that were typed."""

    def do(self, act: Any, pk: int) -> Say:
        row = queries.line(self.company.pk, pk)
        legs = typed(self.request.POST, row.currency)
        off = deducted(self.request.POST, row.currency)
        done = actions.apply(act, pk, legs, None, "", self.version(), None, off)
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
            legs = typed(request.POST, row.currency)
            off = deducted(request.POST, row.currency)
            total = sum(a for _i, a in legs) - sum(d[1] for d in off if d[1] < 0)
            if any(not d[2] for d in off):
                wrong = said(_("Choose a reason for what is taken off."))
            elif total > row.left:
                wrong = said(_("%(over)s more than came in.", over=Money(total - row.left, row.currency)))
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
        sure = [x for x in tried.links if x.state == "cleared"]
        lines = _lines(self.company.pk, [x.line for x in sure[:LISTED]])
        links = [(lines.get(x.line), x) for x in sure[:LISTED]]
        return self.show(
            "cash/run.html", {"tried": tried, "key": fresh_key(), "links": links, "unseen": len(sure) - len(links)}
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


def _lines(company: int, ids: Sequence[int]) -> dict[int, BankLine]:
    rows = queries.lines(company).select_related("customer").filter(pk__in=sorted(set(ids)))
    return {r.pk: r for r in rows}


class Strong(Page):
    """Take the first proposal of every line that has a strong one: tried first, then exactly what was listed."""

    title = _("Take strong proposals")
    needs = "cash.apply"

    def least(self) -> int:
        text = self.request.POST.get("least") or self.request.GET.get("least") or ""
        found = whole(text)
        return STRONG if found is None or found > 999 else found

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        least = self.least()
        found = queries.strong(self.company.pk, least)[: LISTED + 1]
        some = found[:LISTED]
        told = (
            actions.accept_many(request.act(dry=True), [p.line_id for p in some], least)
            if some
            else {"done": [], "refused": []}
        )
        why = dict(told["refused"])
        names = queries.documents(self.company.pk, {i for p in some for i, _a in p.legs})
        rows = [
            (p.line, called(p.customer), p.score, [(names.get(i, "?"), Money(a, p.line.currency)) for i, a in p.legs], queries.says(p.why),
             why.get(p.line_id, ""))
            for p in some
        ]  # fmt: skip
        return self.show(
            "cash/strong.html",
            {"rows": rows, "done": told["done"], "least": least, "key": fresh_key(), "more": len(found) > len(some)},
        )

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        ids = [n for x in request.POST.getlist("line") if (n := whole(x)) is not None][:LISTED]
        if not ids:
            messages.error(request, said(_("Nothing was chosen.")))
            return htmx_redirect(request, "/cash/match")
        try:
            told = actions.accept_many(request.act(key=request.POST.get("key") or None), ids, self.least())
        except Trouble as e:
            messages.error(request, said(e.say))
            return htmx_redirect(request, "/cash/match")
        messages.success(request, said(_("%(done)s of %(all)s proposals taken.", done=len(told["done"]), all=len(ids))))
        return htmx_redirect(request, "/cash/match")
