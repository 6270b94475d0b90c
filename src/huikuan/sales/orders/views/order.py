"""One order: its lines, the credit decision with reasons and exposure, what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from huikuan.books.customers.rules import LAYER_NAMES
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.approvals import queries as approvals
from huikuan.office.files import actions as files
from huikuan.office.trail.hands import collect
from huikuan.sales.orders import actions, queries
from huikuan.sales.orders.forms import CopyForm, MoneyForm, ReasonForm, ReleaseForm
from huikuan.sales.orders.models import CreditDecision, Order
from huikuan.sales.orders.rules import may
from huikuan.sales.orders.rules.taken import HUIKUAN, LED_BY, SAID, led_notice
from huikuan.sales.orders.tables import CAUSES, DELIVERY_STATES, OUTCOMES, STATES
from huikuan.web.forms import ActionDialog, ActionForm
from huikuan.web.pages import Button, Fact, Head, Link, ObjectPage, Page, Section
from huikuan.web.shell import called

LAYERS = ("orders", "deliveries", "billing", "items", "drafts")


def panels(page: Page, on: str, pk: int) -> list[Section]:
    """What the floors above have to say about this thing, each loaded by a request of its own."""
    found = sorted((p for _capability, p in collect("panels") if p.on in (on, "*")), key=lambda p: p.order)
    return [
        Section(f"p{i}", p.title, url=p.url.format(pk=pk, subject=ref(on, pk)))
        for i, p in enumerate(found)
        if page.may(p.needs)
    ]


def judged(decision: CreditDecision) -> dict[str, Any]:
    """A decision as the template shows it."""
    used = sum(decision.exposure.get(n, 0) for n in LAYERS)
    return {
        "d": decision,
        "mark": OUTCOMES[decision.outcome],
        "cause": CAUSES.get(decision.cause, decision.cause),
        "reasons": queries.reasons(decision),
        "layers": [(LAYER_NAMES[n], decision.exposure.get(n, 0)) for n in LAYERS],
        "used": used,
        "after": used + decision.amount,
        "free": None if decision.limit is None else decision.limit - used,
    }


class OrderPage(ObjectPage):
    """The order."""

    needs = "orders.see"

    def load(self, **kwargs: Any) -> Order:
        return queries.order(self.company.pk, kwargs["pk"])

    def head(self, thing: Any) -> Head:
        order: Order = thing
        at = f"/orders/{order.pk}"
        self.decisions = queries.decisions(order.pk)
        facts = [
            Fact(
                _("Amount (gross)"),
                order.gross,
                "money",
                order.currency,
                note=_("net %(net)s", net=Money(order.net, order.currency)),
            ),
            Fact(_("Customer"), called(order.customer), url=f"/customers/{order.customer_id}"),
            Fact(_("Payment terms"), called(order.terms) or "–"),
            Fact(_("Requested"), order.requested, "date") if order.requested else Fact(_("Date"), order.date, "date"),
        ]
        if order.payer_id != order.customer_id:
            facts.insert(2, Fact(_("Payer"), called(order.payer), url=f"/customers/{order.payer_id}"))
        if order.led != HUIKUAN:
            facts.append(Fact(_("Led by"), LED_BY[order.led], note=SAID.get(order.said, order.said)))
        if order.shortfall:
            facts.insert(1, Fact(_("Shortfall"), order.shortfall, "money", order.currency, f"{at}?section=credit"))
        primary, buttons = self._moves(order, at)
        notice, tone = self._notice(order)
        return Head(
            number=order.number,
            name=called(order.customer),
            mark=STATES[order.state],
            kind=_("Order"),
            facts=facts,
            primary=primary,
            buttons=buttons,
            chain=self._chain(order),
            notice=notice,
            notice_tone=tone,
            back=(_("Orders"), "/orders/"),
        )

    def _moves(self, order: Order, at: str) -> tuple[Button | None, Sequence[Button]]:
        """The next action, and the other ones that the state allows. What another system leads is moved there."""
        copy = Button(_("Copy"), f"{at}/copy", "copy", dialog=True, needs="orders.place")
        if order.led != HUIKUAN:
            return None, [copy]
        dialogs = {
            "release": Button(_("Release order"), f"{at}/release", "lock-open", dialog=True, needs="orders.release"),
            "check": Button(_("Check again"), f"{at}/check", "refresh", dialog=True, needs="orders.check"),
            "deliver": Button(_("Deliver"), f"{at}/deliver", "truck-delivery", needs="orders.deliver", writes=True),
            "change": Button(_("Change"), f"{at}/change", "pencil", needs="orders.place", writes=True),
            "reject": Button(
                _("Reject"), f"{at}/reject", "thumb-down", dialog=True, needs="orders.release", danger=True
            ),
            "cancel": Button(_("Cancel order"), f"{at}/cancel", "ban", dialog=True, needs="orders.place", danger=True),
        }
        open_moves = [m for m in dialogs if may(order.state, m)]
        first = next((m for m in ("release", "deliver") if m in open_moves and self.may(dialogs[m].needs)), None)
        rest = [dialogs[m] for m in open_moves if m != first]
        waits = order.releases.filter(
            ended_on__isnull=True, evidence__isnull=False, money_came_on__isnull=True
        ).exists()
        if waits:
            rest.insert(0, Button(_("Did the money come?"), f"{at}/money", "cash", dialog=True, needs="orders.money"))
        rest.append(copy)
        return (dialogs[first] if first else None), rest

    def _notice(self, order: Order) -> tuple[Say | str, str]:
        if order.led != HUIKUAN:
            return led_notice(order.led), "plain"
        if order.state == "held":
            asked = approvals.open_of(self.company.pk, ref("orders.order", order.pk), "orders.release")
            if asked:
                return _(
                    "%(person)s has asked for the release; it waits for approval.", person=asked.asked_by
                ), "attention"
            if self.decisions:
                return queries.reasons(self.decisions[0])[0], "blocked"
        if order.state in ("rejected", "cancelled"):
            return order.reason, "plain"
        return "", "attention"

    def _chain(self, order: Order) -> Sequence[Link]:
        steps = [Link(_("Order"), order.number, here=True)]
        if order.copied_from_id and order.copied_from:
            steps.insert(0, Link(_("Copied from"), order.copied_from.number, f"/orders/{order.copied_from_id}"))
        steps += [
            Link(_("Delivery"), d.number, f"/orders/deliveries/{d.pk}") for d in order.deliveries.order_by("id")[:4]
        ]
        return steps

    def sections(self, thing: Any) -> Sequence[Section]:
        order: Order = thing
        lines = list(queries.lines(order.pk))
        gone = [(d, DELIVERY_STATES[d.state]) for d in order.deliveries.order_by("id")]
        releases = list(order.releases.order_by("-id"))
        return (
            Section(
                "lines",
                _("Lines"),
                "orders/lines.html",
                {"order": order, "lines": [(x, called(x.item)) for x in lines]},
                count=len(lines),
            ),
            Section(
                "credit",
                _("Credit decision"),
                "orders/credit.html",
                {"order": order, "decisions": [judged(d) for d in self.decisions], "releases": releases},
                count=len(self.decisions),
            ),
            Section(
                "deliveries",
                _("Deliveries"),
                "orders/deliveries.html",
                {"order": order, "deliveries": gone},
                count=len(gone),
            ),
            *panels(self, "orders.order", order.pk),
        )

    def subject(self, thing: Any) -> str:
        return ref("orders.order", thing.pk)


class _Dialog(ActionDialog):
    """A move of one order."""

    def order(self, pk: int) -> Order:
        return queries.order(self.company.pk, pk)

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"version": self.order(kwargs["pk"]).version}

    def about(self, **kwargs: Any) -> dict[str, Any]:
        order = self.order(kwargs["pk"])
        facts = [
            (_("Order"), f"{order.number} · {called(order.customer)}"),
            (_("Amount (gross)"), Money(order.gross, order.currency)),
        ]
        if order.shortfall:
            facts.append((_("Shortfall"), Money(order.shortfall, order.currency)))
        return {"facts": facts}

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/orders/{kwargs['pk']}"


class Release(_Dialog):
    title = _("Release order")
    needs = "orders.release"
    form = ReleaseForm
    warning = _("The goods may leave after this. Above your limit the release is passed on for approval.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        slip = data["evidence"]
        evidence = None
        if slip is not None:
            # The file is kept in an act of its own: should the release be refused, the slip is still there to be looked at.
            request: Any = self.request
            keeping = request.act(key=f"{act.key}:slip" if act.key else None)
            evidence = files.keep(keeping, slip.name, slip.read(), "bank slip", ref("orders.order", kwargs["pk"])).pk
        return actions.release(act, kwargs["pk"], data["reason"], evidence, data.get("version"))

    def said_done(self, result: Any) -> Say:
        if result.state == "held":
            return _("The amount is above your limit: the release was passed on for approval.")
        return _("The order is released.")


class Reject(_Dialog):
    title = _("Reject order")
    needs = "orders.release"
    form = ReasonForm
    danger = True
    warning = _("A rejected order does not come back; the customer would have to order again.")
    done = _("The order is rejected.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.reject(act, kwargs["pk"], data["reason"], data.get("version"))


class Cancel(_Dialog):
    title = _("Cancel order")
    needs = "orders.place"
    form = ReasonForm
    danger = True
    warning = _("A cancelled order does not come back; copy it to order again.")
    done = _("The order is cancelled.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.cancel(act, kwargs["pk"], data["reason"], data.get("version"))


class Check(_Dialog):
    title = _("Check again")
    needs = "orders.check"
    form = ActionForm

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.check_again(act, kwargs["pk"])

    def said_done(self, result: Any) -> Say:
        return (
            _("The order is free now.")
            if result.state != "held"
            else _("It stays on hold; the new reasons stand in its credit decision.")
        )

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/orders/{kwargs['pk']}?section=credit"


class Copy(_Dialog):
    title = _("Copy order")
    needs = "orders.place"
    form = CopyForm
    done = _("The copy is placed.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"on": self.today}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.copy(act, kwargs["pk"], data["on"], data["requested"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/orders/{result.pk}"


class MoneyCame(_Dialog):
    title = _("Did the money come?")
    needs = "orders.money"
    form = MoneyForm
    warning = _("When it did not come, an order that has not left is put on hold again.")
    done = _("Noted.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"on": self.today}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.money_came(act, kwargs["pk"], data["came"] == "yes", data["on"], data["note"])
