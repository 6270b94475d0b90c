"""Pages made for the tests of the patterns: rows in memory and rows of a table, dialogs, troubles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.urls import include, path
from ninja import Query, Router

from huikuan.books.customers.models import Customer
from huikuan.kit.errors import Denied, Invalid, Missing, Refused, Stale
from huikuan.kit.words import _
from huikuan.web.charts import Series
from huikuan.web.forms import AmountField, label
from huikuan.web.pages import (
    ActionDialog,
    ActionForm,
    Amounts,
    Bulk,
    Case,
    Chart,
    Choice,
    Column,
    Dates,
    Fact,
    Figure,
    Flag,
    Head,
    ListPage,
    Mark,
    ObjectPage,
    Outcome,
    Pasted,
    Report,
    Section,
    Tab,
    Words,
    Worklist,
)
from huikuan.web.rest import Amount, HuikuanAPI, Id, In, OwnDocs, Paged, Paging, act_of, frame, if_match, paged_list

STATES = {"open": Mark("Open", "good"), "late": Mark("Late", "late")}


@dataclass(frozen=True)
class Item:
    id: int
    number: str
    amount: int
    currency: str
    due: date | None
    state: str


ITEMS = [
    Item(i, f"N{i:03}", (-1) ** i * i * 101, "JPY" if i % 5 == 0 else "CNY", date(2026, 1, 1 + i % 28) if i % 7 else None, "late" if i % 3 else "open")
    for i in range(1, 121)
]  # fmt: skip

COLUMNS = (
    Column("number", _("Number"), "link", url="/items/{id}"),
    Column("due", _("Due date"), "date"),
    Column("amount", _("Amount"), "money", total=True),
    Column("state", _("State"), "state", states=STATES),
    Column("twice", _("Twice"), "number", value=lambda r: r.id * 2, hidden=True),
)


def run(act: Any, ids: list[Any], data: dict[str, Any]) -> Outcome:
    if data["note"] == "no":
        raise Refused(_("Not today."))
    return Outcome(_("%(n)s items marked.", n=len(ids)), [("N001", "is closed")] if data["note"] == "some" else ())


class NoteForm(ActionForm):
    note = forms.CharField(label=label(_("Note")), max_length=20)


class Items(ListPage):
    title = _("Items")
    columns = COLUMNS
    order = "-number"
    tie = "id"
    filters = (
        Words("number"),
        Choice("state", _("State"), options=STATES),
        Dates("due", _("Due date")),
        Amounts("amount", _("Amount")),
        Flag("minus", _("Negative"), keep=lambda row, on: row.amount < 0),
        Pasted("numbers", _("Numbers"), field="number"),
    )
    tabs = (Tab("all", _("All")), Tab("late", _("Late"), {"state": "late"}))
    bulk = (Bulk("mark", _("Mark"), run, form=NoteForm),)
    empty = _("Items appear here.")

    def rows(self) -> Any:
        return ITEMS if self.request.GET.get("none") is None else []


class Rows(ListPage):
    title = _("Customers")
    columns = (
        Column("number", _("Number"), "link", url="/customers/{pk}"),
        Column("name", _("Name")),
        Column("credit_limit", _("Limit"), "money", total=True),
    )
    filters = (Words(where=lambda t: Q(name__icontains=t)), Choice("state", _("State"), options={"open": "Open"}))
    order = "number"

    def rows(self) -> Any:
        return Customer.objects.filter(company=self.company)


class ItemPage(ObjectPage):
    def load(self, pk: int) -> Item:
        if pk > len(ITEMS):
            raise Missing(_("There is no item %(pk)s.", pk=pk))
        return ITEMS[pk - 1]

    def head(self, thing: Item) -> Head:
        return Head(
            thing.number,
            "thing",
            STATES[thing.state],
            facts=(Fact(_("Amount"), thing.amount, "money", thing.currency),),
        )

    def sections(self, thing: Item) -> tuple[Section, ...]:
        return (Section("one", _("One"), url="/items"), Section("two", _("Two"), url="/items", count=3))


class Ageing(Report):
    title = _("Ageing")
    columns = COLUMNS
    order = "number"
    tie = "id"

    def rows(self) -> Any:
        return ITEMS[:5]

    def figures(self) -> tuple[Figure, ...]:
        return (Figure(_("Open"), "1.00", url="/items", tone="late"),)

    def charts(self) -> tuple[Chart, ...]:
        return (
            Chart(
                "ageing", _("Ageing"), ("a", "b"), (Series("open", (123456, 50), urls=("/items?a", "")),), unit="money",
                currency="CNY", shades=True,
            ),
        )  # fmt: skip

    def how(self) -> tuple[tuple[Any, Any], ...]:
        return ((_("Open"), "1 + 1 = 2"),)


class Queue(Worklist):
    title = _("Queue")

    def queue(self) -> list[Case]:
        return [Case(i.id, i.number, "why", STATES[i.state]) for i in ITEMS[:3]]

    def case(self, pk: str) -> tuple[str, dict[str, Any]]:
        return "web/case.html", {}


class PayForm(ActionForm):
    amount = AmountField(label=label(_("Amount")))


class Pay(ActionDialog):
    title = _("Pay")
    form = PayForm
    done = _("Paid.")

    def do(self, act: Any, data: dict[str, Any], what: str) -> str:
        if what == "stale":
            raise Stale(_("Someone changed it: was 1, is 2."))
        if what == "wrong":
            raise Invalid.one("amount", data["amount"], _("is more than is open"), _("At most 5.00."))
        return what

    def then(self, result: Any, what: str) -> str:
        return "/items"


def trouble(request: Any, what: str) -> Any:
    raise {
        "denied": Denied(_("No.")),
        "missing": Missing(_("Gone.")),
        "refused": Refused(_("Not now.")),
        "stale": Stale(_("Changed.")),
        "invalid": Invalid.one("due", "2025-02-30", _("this date does not exist"), row=17),
    }[what]


router = Router(tags=["items"])


class PayIn(In):
    amount: Amount
    note: str = ""


@router.get("/", response=Paged[dict[str, Any]], auth=None)
def items(request: Any, paging: Query[Paging]) -> Any:
    return paged_list(ITEMS, paging, make=lambda i: {"number": i.number})


@router.post("/{pk}/pay", auth=None)
def pay(request: Any, pk: Id, body: PayIn) -> Any:
    given = body.amount.money()
    if given.minor > 500:
        raise Refused(_("Too much."))
    if if_match(request) == 1:
        raise Stale(_("Changed."))
    return {"minor": given.minor}


@router.get("/broken", auth=None)
def broken(request: Any) -> Any:
    raise RuntimeError("secret detail")


@router.get("/mine")
def mine(request: Any) -> Any:
    return {"key": act_of(request).key}


def _bearer(request: Any) -> Any:
    return None


api = frame(HuikuanAPI(title="Test", version="1", urls_namespace="test", docs=OwnDocs(), auth=_bearer))
api.add_router("/items/", router)

urlpatterns = [
    path("items", Items.as_view()),
    path("items/<int:pk>", ItemPage.as_view()),
    path("rows", Rows.as_view()),
    path("ageing", Ageing.as_view()),
    path("queue", Queue.as_view()),
    path("pay/<str:what>", Pay.as_view()),
    path("trouble/<str:what>", trouble),
    path("api/v1/", api.urls),
    path("", include("huikuan.site.urls")),
]
