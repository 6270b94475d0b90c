"""SAP's orders, deliveries and bills as ours: landed once, changed by what comes later, led by SAP until someone says otherwise."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.kit.errors import Refused
from huikuan.office.trail.actions import prove
from huikuan.office.trail.models import Mention, Record
from huikuan.review.takeover import actions, bots, queries
from huikuan.review.takeover.models import Reject
from huikuan.review.takeover.tests.extracts import Extract
from huikuan.sales.billing import actions as billing
from huikuan.sales.billing import queries as bills
from huikuan.sales.billing.models import Document
from huikuan.sales.orders import actions as orders
from huikuan.sales.orders import queries as order_queries
from huikuan.sales.orders.models import CreditDecision, Delivery, Order
from huikuan.sales.orders.rules.drafts import DeliveryDraft

ROOT = Path(__file__).resolve().parents[5]
DATA = Path(os.environ.get("HUIKUAN_SHARED", ROOT.parent / "shared")) / "data" / "sap_o2c"
pytestmark = pytest.mark.django_db
ON = date(2026, 3, 2)


@pytest.fixture
def company(cast: Any) -> Any:
    yield cast.company.pk
    found = prove(cast.company.pk)
    assert found.ok, [(c.id, c.broken) for c in found.checks if c.wrong]


def states(model: Any) -> dict[str, int]:
    return dict(Counter(model.objects.values_list("state", flat=True)))


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data sets are absent")
def test_the_extract_as_orders_deliveries_and_bills(company: int, act: Any) -> None:
    bots.sap_s4(act(), DATA)
    assert states(Order) == {"rejected": 14, "delivered": 83, "billed": 3}
    assert states(Delivery) == {"open": 83, "billed": 3}
    assert states(Document) == {"cancelled": 80, "posted": 83}
    assert Counter(Document.objects.values_list("kind", flat=True)) == {"invoice": 83, "cancellation": 80}
    assert sum(Order.objects.values_list("net", flat=True)) == 7_087_831  # all that was ordered, the rejected too
    assert CreditDecision.objects.count() == 0
    # SAP's bills claim 123 times: each such bill points to where its claim stands; the others have none in the extract.
    assert Document.objects.filter(entry__isnull=False).count() == 123
    assert ledger.counts(company)["entries"] == 123 + 32  # nothing was posted a second time
    live = Document.objects.filter(kind="invoice", state="posted")
    assert {(d.number, bills.open_amount(d).minor) for d in live} == {
        ("90504248", 76500),
        ("90628265", 87048),
        ("90628266", 101916),
    }
    assert {d.order.state for d in live if d.order} == {"billed"}
    gone = Document.objects.get(number="90504219")
    assert (
        gone.state == "cancelled"
        and gone.cancelled_by.kind == "cancellation"
        and gone.gross == -gone.cancelled_by.gross
    )
    # Exposure: 83 deliveries whose bills were cancelled, and the three open items.
    open_orders = Order.objects.filter(state="delivered")
    told = {n: sum(customers.exposure_amounts(company, n).values()) for n in ("orders", "deliveries", "items")}
    assert told == {"orders": 0, "deliveries": sum(o.gross for o in open_orders), "items": 265_464}
    before = (Record.objects.count(), Order.objects.count(), states(Delivery), states(Document))
    again = bots.sap_s4(act(), DATA)
    assert (again.landed, again.known) == (0, 1470)
    assert before[1:] == (Order.objects.count(), states(Delivery), states(Document))
    assert (
        not Record.objects.filter(pk__gt=0, name__startswith="orders.take").count() > 2 * 3
    )  # the second load asks nothing of them


def test_from_an_order_to_a_cancelled_bill_by_deltas(company: int, act: Any, tmp_path: Path) -> None:
    sap = Extract(tmp_path)
    sap.order("4711", ("10", "COLA", "5", "500.00"), ("20", "JUICE", "2", "50.00"))
    out = bots.sap_s4(act(), sap.write())
    assert (out.quarantined, out.read) == (0, out.landed)
    order = Order.objects.get(number="4711")
    assert (order.state, order.led, order.gross, order.requested) == ("free", "sap", 55_000, date(2026, 2, 10))
    assert customers.exposure_amounts(company, "orders") == {(order.payer_id, "CNY"): 55_000}
    sap.order("4711", ("10", "COLA", "5", "500.00"), ("20", "JUICE", "2", "50.00"), requested="2026-02-20", status="B")
    sap.delivery("8100", "4711", ("10", "5"))
    out = bots.sap_s4(act(), sap.write())
    order.refresh_from_db()
    assert (order.state, order.requested) == ("part_delivered", date(2026, 2, 20))
    assert customers.exposure_amounts(company, "deliveries") == {(order.payer_id, "CNY"): 50_000}
    told = [c for r in Record.objects.filter(name="orders.take_over") for c in r.changes if c["field"] == "requested"]
    assert [c["new"] for c in told] == [{"$date": "2026-02-20"}]
    sap.delivery("8100", "4711", ("10", "5"), moved="2026-02-12")
    sap.bill("9100", ("10", "COLA", "5", "500.00", "8100"))
    sap.item("9100", "565.00")
    bots.sap_s4(act(), sap.write())
    delivery, bill = Delivery.objects.get(), Document.objects.get()
    assert (delivery.state, delivery.date, delivery.said) == ("billed", date(2026, 2, 12), "shipped")
    assert (bill.state, bill.gross, bill.order_id, bills.open_amount(bill).minor) == (
        "posted",
        50_000,
        order.pk,
        56_500,
    )
    assert customers.exposure_amounts(company, "deliveries").get((order.payer_id, "CNY"), 0) == 0
    sap.bill("9100", ("10", "COLA", "5", "500.00", "8100"), cancelled=True)
    sap.bill("9101", ("10", "COLA", "5", "500.00", "8100"), cancels="9100")
    sap.item("9100", "565.00", clearing="77")
    sap.item("9101", "-565.00", clearing="77")
    bots.sap_s4(act(), sap.write())
    bill.refresh_from_db()
    delivery.refresh_from_db()
    assert (bill.state, bill.cancelled_by.number, delivery.state) == ("cancelled", "9101", "open")
    assert not ledger.open_items(company, ON)
    assert customers.exposure_amounts(company, "deliveries") == {(order.payer_id, "CNY"): 50_000}
    mine = set(Mention.objects.filter(subject=f"billing.document:{bill.pk}").values_list("record__name", flat=True))
    assert "billing.take_over" in mine
    again = bots.sap_s4(act(), sap.write())
    assert (again.landed, again.quarantined) == (0, 0)


def test_a_cancellation_alone_takes_its_bill_back(company: int, act: Any, tmp_path: Path) -> None:
    sap = Extract(tmp_path)
    sap.order("1", ("10", "COLA", "1", "10.00"))
    sap.delivery("2", "1", ("10", "1"))
    sap.bill("3", ("10", "COLA", "1", "10.00", "2"))
    bots.sap_s4(act(), sap.write())
    later = Extract(tmp_path / "later")
    later.bill("4", ("10", "COLA", "1", "10.00", "2"), cancels="3")
    out = bots.sap_s4(act(), later.write())
    assert out.quarantined == 0
    assert Document.objects.get(number="3").state == "cancelled"
    assert Delivery.objects.get().state == "open"


def test_the_claim_may_come_before_or_after_its_bill(company: int, act: Any, tmp_path: Path) -> None:
    early, late = Extract(tmp_path / "a"), Extract(tmp_path / "b")
    early.partner("C1")
    early.item("9100", "11.30")
    bots.sap_s4(act(), early.write())
    late.order("1", ("10", "COLA", "1", "10.00"))
    late.delivery("2", "1", ("10", "1"))
    late.bill("9100", ("10", "COLA", "1", "10.00", "2"))
    bots.sap_s4(act(), late.write())
    bill = Document.objects.get(number="9100")
    assert bills.open_amount(bill).minor == 1130
    early.item("9100", "12.00")  # SAP says another amount: the claim is reversed and posted anew, and the bill follows
    bots.sap_s4(act(), early.write())
    bill.refresh_from_db()
    assert bills.open_amount(bill).minor == 1200


def test_what_sap_leads_is_not_moved_here(company: int, act: Any, tmp_path: Path) -> None:
    sap = Extract(tmp_path)
    sap.order("1", ("10", "COLA", "2", "20.00"))
    sap.delivery("2", "1", ("10", "1"))
    sap.bill("3", ("10", "COLA", "1", "10.00", "2"))
    sap.order("5", ("10", "COLA", "1", "10.00"))
    bots.sap_s4(act(), sap.write())
    order, other, delivery, bill = (
        Order.objects.get(number="1"),
        Order.objects.get(number="5"),
        Delivery.objects.get(),
        Document.objects.get(),
    )
    for move in (
        lambda: orders.cancel(act("wang.lei"), order.pk, "不要了"),
        lambda: orders.deliver(act("wang.lei"), DeliveryDraft(order.pk, ON)),
        lambda: orders.cancel_delivery(act("wang.lei"), delivery.pk, "退回"),
        lambda: orders.sign_off(act("wang.lei"), delivery.pk, ON),
        lambda: orders.redate(act("wang.lei"), delivery.pk, eta=ON),
        lambda: billing.cancel(act("system"), bill.pk, ON, "错了"),
        lambda: billing.ask_credit(act("system"), bill.pk, ON, "折让"),
        lambda: billing.received_invoice(act("system"), bill.pk, ON),
    ):
        with pytest.raises(Refused, match="SAP leads"):
            move()
    assert not order_queries.billable(company, ON).exists()
    # At the cut-over Huikuan leads: what is open goes on here, and loads leave it alone.
    actions.set_leader(act(), "order", "huikuan")
    actions.set_leader(act(), "delivery", "huikuan")
    orders.deliver(act("wang.lei"), DeliveryDraft(other.pk, ON))
    assert order_queries.billable(company, ON).count() == 1
    sap.order("5", ("10", "COLA", "9", "90.00"))
    out = bots.sap_s4(act(), sap.write())
    assert {name for name, _n, _why in out.left_out} >= {"order", "delivery"}
    other.refresh_from_db()
    assert (other.gross, other.state) == (1000, "delivered")
    assert order.lines.count() == 1
    actions.set_leader(act(), "order", "sap")
    order.refresh_from_db()
    assert order.led == "sap"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_say_who_leads(company: int, act: Any, tmp_path: Path, sign_in: Any, language: str) -> None:
    sap = Extract(tmp_path)
    sap.order("1", ("10", "COLA", "2", "20.00"))
    sap.delivery("2", "1", ("10", "1"))
    sap.bill("3", ("10", "COLA", "1", "10.00", "2"))
    sap.item("3", "11.30")
    bots.sap_s4(act(), sap.write())
    order, delivery, bill = Order.objects.get(), Delivery.objects.get(), Document.objects.get()
    client = sign_in("liu.min", language)
    word = "SAP 为准" if language == "zh-hans" else "SAP leads this"
    for page in (f"/orders/{order.pk}", f"/orders/deliveries/{delivery.pk}", f"/billing/{bill.pk}"):
        text = client.get(page).content.decode()
        assert word in text, page
        assert "/cancel" not in text and "/release" not in text and "/redate" not in text, page
    assert "/copy" in client.get(f"/orders/{order.pk}").content.decode()
    for page in (f"/orders/of/{order.customer_id}", f"/billing/of/{bill.payer_id}", f"/billing/of-order/{order.pk}"):
        assert "SAP" in client.get(page).content.decode(), page
    for page in ("/orders/?led=sap", "/orders/deliveries?led=sap", "/billing/?led=sap"):
        assert client.get(page).status_code == 200 and "<table" in client.get(page).content.decode()
    assert client.get(f"/billing/{bill.pk}/pdf").status_code == 409
    assert client.post(f"/orders/{order.pk}/cancel", {"reason": "x", "key": "k"}).status_code in (409, 422)


def test_what_is_wrong_waits_whole_and_lands_when_it_is_mended(company: int, act: Any, tmp_path: Path) -> None:
    sap = Extract(tmp_path)
    sap.order("1", ("10", "COLA", "1", "10.00"))
    sap.order("2", ("10", "GONE", "1", "10.00"))
    sap.delivery("3", "2", ("10", "1"))
    sap.items_known.discard("GONE")
    out = bots.sap_s4(act(), sap.write())
    assert out.quarantined == 2 and "GONE" in str(out.errors[0][1].reason)
    assert set(Order.objects.values_list("number", flat=True)) == {"1"}
    sap.items_known.add("GONE")
    out = bots.sap_s4(act(), sap.write())
    assert out.quarantined == 0 and Order.objects.count() == 2 and Delivery.objects.count() == 1
    assert set(Reject.objects.values_list("state", flat=True)) == {"fixed"}


def test_parts_of_an_order_are_rejected_and_more_leaves_than_was_ordered(
    company: int, act: Any, tmp_path: Path
) -> None:
    sap = Extract(tmp_path)
    sap.order("1", ("10", "COLA", "2", "20.00"), ("20", "JUICE", "1", "5.00", "61"))
    sap.delivery("2", "1", ("10", "3"))
    sap.delivery("9", "nobody", ("10", "1"))
    out = bots.sap_s4(act(), sap.write())
    order = Order.objects.get()
    assert (order.gross, order.state, order.lines.count()) == (2000, "delivered", 1)
    assert "20 (61)" in order.note
    assert [str(w.say)[:6] for w in out.warnings if "never given" in str(w.say)] == ["Papers"]
    assert queries.documents(company).filter(object="delivery").count() == 2 and Delivery.objects.count() == 1
    assert bots.sap_s4(act(), sap.write()).landed == 0


def test_a_number_that_looks_like_ours_is_marked(company: int, act: Any, tmp_path: Path) -> None:
    sap = Extract(tmp_path)
    sap.order("1026000001", ("10", "COLA", "1", "10.00"))
    bots.sap_s4(act(), sap.write())
    assert Order.objects.get().number == "SAP-1026000001"


def test_a_dry_run_says_the_same_and_keeps_nothing(company: int, act: Any, tmp_path: Path) -> None:
    sap = Extract(tmp_path)
    sap.order("1", ("10", "COLA", "1", "10.00"))
    sap.delivery("2", "1", ("10", "1"))
    sap.bill("3", ("10", "COLA", "1", "10.00", "2"))
    sap.item("3", "11.30")
    dry = bots.sap_s4(act(dry=True), sap.write())
    assert (dry.quarantined, dry.landed) == (0, dry.read)
    assert (
        not Order.objects.exists()
        and not Document.objects.exists()
        and not Record.objects.filter(name__startswith="takeover").exists()
    )
    wet = bots.sap_s4(act(), sap.write())
    assert (wet.read, wet.landed, wet.known) == (dry.read, dry.landed, dry.known)


class Stopped(Exception):
    """The power goes."""


@pytest.mark.parametrize("after", [1, 2, 4])
def test_a_load_that_is_stopped_and_run_again_ends_the_same(
    company: int, act: Any, tmp_path: Path, monkeypatch: Any, after: int
) -> None:
    from huikuan.review.takeover.bots import extract as bot

    sap = Extract(tmp_path)
    for n in range(6):
        sap.order(f"1{n}", ("10", "COLA", "1", "10.00"))
        sap.delivery(f"2{n}", f"1{n}", ("10", "1"))
        sap.bill(f"3{n}", ("10", "COLA", "1", "10.00", f"2{n}"), cancelled=n % 2 == 0)
        sap.item(f"3{n}", "11.30", clearing=f"7{n}" if n % 2 == 0 else "")
        if n % 2 == 0:
            sap.bill(f"4{n}", ("10", "COLA", "1", "10.00", f"2{n}"), cancels=f"3{n}")
    folder = sap.write()
    monkeypatch.setattr(bot, "CHAINS", 1)
    landed, real = [], bot.actions.land_papers

    def stops(*args: Any, **kwargs: Any) -> Any:
        landed.append(1)
        if len(landed) > after * 3:
            raise Stopped
        return real(*args, **kwargs)

    monkeypatch.setattr(bot.actions, "land_papers", stops)
    with pytest.raises(Stopped):
        bots.sap_s4(act(), folder)
    assert 0 < Order.objects.count() < 6
    monkeypatch.setattr(bot.actions, "land_papers", real)
    out = bots.sap_s4(act(), folder)
    assert out.quarantined == 0
    assert states(Order) == {"delivered": 3, "billed": 3}
    assert states(Document) == {"cancelled": 3, "posted": 6}
    assert {d.number: bills.open_amount(d).minor for d in Document.objects.filter(kind="invoice", state="posted")} == {
        "31": 1130, "33": 1130, "35": 1130,
    }  # fmt: skip
    assert json.loads(json.dumps(out.counts["entry"]["CNY"]))["open"] == "33.90"
    assert bots.sap_s4(act(), folder).landed == 0
