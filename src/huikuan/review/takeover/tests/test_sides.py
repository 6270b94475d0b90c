"""Both sides: who leads, what goes back to SAP and only once, and whether counts and sums agree."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from huikuan.books.customers import actions as customer_actions
from huikuan.books.ledger import actions as ledger
from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.money import Money
from huikuan.office.work.bots import Job
from huikuan.review.takeover import actions, bots, queries
from huikuan.review.takeover.models import PostBack, PostBackRecord, TieOut
from huikuan.review.takeover.tests.extracts import Extract
from huikuan.sales.billing import actions as billing
from huikuan.sales.orders import actions as orders
from huikuan.sales.orders.rules.drafts import DeliveryDraft
from huikuan.sales.orders.tests.shop import DAY, open_shop

pytestmark = pytest.mark.django_db
ALL = ("customer", "order", "billing", "entry", "receipt", "clearing")


def job(company: int, kind: str, **data: Any) -> Job:
    at = datetime(2026, 3, 2, 2, tzinfo=UTC)
    return Job(1, company, kind, "", data, DAY, 1, "robot", "w", lambda: at, 60)


def lists(sent: bots.Sent) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(sent.content)) as box:
        return {n: list(csv.DictReader(io.StringIO(box.read(n).decode("utf-8-sig")))) for n in box.namelist()}


@pytest.fixture
def traded(cast: Any, act: Any) -> int:
    """An order delivered, billed, paid and cleared here; Huikuan leads all of it."""
    shop = open_shop(act)
    buyer = shop.customer("C1", "10000", name="=上海嘉禾")
    order = orders.place(act("wang.lei"), shop.order(buyer, "2"))
    gone = orders.deliver(act("wang.lei"), DeliveryDraft(order.pk, DAY))
    [bill] = billing.bill(act(), [gone.pk], DAY)
    money = Money(5000, "CNY")
    lines = (LineDraft("1002", money), LineDraft("1122", -money, party=buyer.pk, kind="receipt", document="R1"))
    [paid] = ledger.post(act(), [EntryDraft("BR", DAY, "收款", lines)])
    [item] = billing_items(cast.company.pk, bill)
    ledger.clear(act(), [ClearDraft(DAY, ((item, 5000), (paid.items[0], -5000)), reason="对上了")])
    for name in ALL:
        actions.set_leader(act(), name, "huikuan")
    return cast.company.pk


def billing_items(company: int, bill: int) -> list[int]:
    from huikuan.sales.billing import queries as bills

    return [i.id for i in bills.items(bills.document(company, bill))]


def test_all_that_huikuan_leads_goes_back_once(traded: int, act: Any) -> None:
    look = queries.to_send(traded, DAY, "1000")
    assert look.counts == {"customer": 1, "order": 1, "billing": 1, "entry": 1, "receipt": 1, "clearing": 1}
    assert not PostBackRecord.objects.exists()
    with pytest.raises(Invalid, match="several lists"):
        bots.send_back(act(), DAY, "back.csv", "1000")
    dry = bots.send_back(act(dry=True), DAY, "back.zip", "1000")
    assert dry.records == 6 and not PostBackRecord.objects.exists()
    sent = bots.send_back(act(), DAY, "back", "1000")
    assert (sent.kind, sent.records, sent.content) == ("zip", 6, dry.content)
    found = lists(sent)
    assert set(found) == {"journal.csv", "clearings.csv", "customers.csv", "orders.csv", "bills.csv"}
    [bill], [order], [customer] = found["bills.csv"], found["orders.csv"], found["customers.csv"]
    assert (bill["GrossAmount"], bill["SalesOrder"], bill["Quantity"]) == ("50.00", order["OrderHere"], "2")
    assert (order["State"], order["Delivered"], order["Billed"]) == ("billed", "2", "2")
    assert customer["Name"] == "'=上海嘉禾" and customer["CustomerHere"] == "C1"
    assert [(r["AmountInTransactionCurrency"], r["DocumentReferenceID"]) for r in found["clearings.csv"]] == [
        ("50.00", bill["BillingDocument"]), ("-50.00", "R1"),
    ]  # fmt: skip
    assert sum(Decimal(r["AmountInTransactionCurrency"]) for r in found["journal.csv"]) == 0
    assert bots.send_back(act(), DAY, "back", "1000").records == 0
    # Again on demand: the same bytes, nothing is marked.
    name, content = bots.send_again(traded, PostBack.objects.get().pk)
    assert (name, content) == ("back.zip", sent.content) and PostBackRecord.objects.count() == 6


def test_what_changed_since_goes_again_and_an_undone_clearing_too(traded: int, act: Any) -> None:
    from huikuan.books.customers import queries as customers
    from huikuan.books.ledger import queries as books

    bots.send_back(act(), DAY, "one", "1000")
    customer_actions.change(act(), customers.customer(traded, "C1").id, {"name_en": "Jiahe"})
    [clearing] = books.clearings(traded)
    ledger.unclear(act(), clearing.pk, on=DAY, reason="认错了")
    sent = bots.send_back(act(), DAY, "two", "1000")
    assert sent.counts == {"customer": 1, "order": 0, "billing": 0, "entry": 0, "receipt": 0, "clearing": 1}
    rows = lists(sent)["clearings.csv"]
    assert {r["Undoes"] for r in rows} == {clearing.voucher}
    assert bots.send_back(act(), DAY, "three", "1000").records == 0


def test_two_who_write_at_once(traded: int, act: Any) -> None:
    parcel = queries.to_send(traded, DAY, "1000")
    bots.send_back(act(), DAY, "one", "1000")
    with pytest.raises(Refused, match="sent meanwhile"):
        actions.post_back(act(), "two.zip", b"x", parcel.marks, parcel.rows)
    assert PostBack.objects.count() == 1


def test_what_sap_leads_and_what_came_from_there_stays(traded: int, act: Any, tmp_path: Path) -> None:
    for name in ALL:
        actions.set_leader(act(), name, "sap")
    sap = Extract(tmp_path)
    sap.order("4711", ("10", "COLA", "1", "10.00"), customer="S1")
    sap.delivery("8100", "4711", ("10", "1"))
    sap.bill("9100", ("10", "COLA", "1", "10.00", "8100"), customer="S1")
    sap.item("9100", "11.30", customer="S1", clearing="77")
    bots.sap_s4(act(), sap.write())
    assert queries.to_send(traded, DAY, "1000").marks == []
    for name in ("billing", "entry", "clearing"):
        actions.set_leader(act(), name, "huikuan")
    counts = queries.to_send(traded, DAY, "1000").counts
    assert counts == {"billing": 1, "entry": 1, "clearing": 1}  # those that were made here


def test_the_page_looks_dry_and_a_robot_writes(traded: int, sign_in: Any, act: Any) -> None:
    client = sign_in("sun.tao")
    page = client.get("/takeover/post-backs/new")
    assert page.status_code == 200 and "clearings.csv" in page.content.decode()
    assert client.get("/takeover/post-backs/new?until=2026-02-31&code=1").status_code == 422
    assert client.get("/takeover/post-backs/new?until=2026-01-31&code=1").status_code == 200
    assert not PostBackRecord.objects.exists()
    answer = client.post("/takeover/post-backs/new", {"until": "2026-03-02", "code": "1000", "key": "k1"})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    from huikuan.office.work.models import WorkOrder

    order = WorkOrder.objects.get(kind="takeover.post_back")
    assert "6 records" in str(bots.write_post_back(job(traded, order.kind, **order.data)))
    assert "nothing new" in str(bots.write_post_back(job(traded, order.kind, **order.data)))
    pk = PostBack.objects.get().pk
    answer = client.get(f"/takeover/post-backs/{pk}/file")
    assert answer.status_code == 200 and answer.content[:2] == b"PK"
    assert sign_in("wu.gang").get("/takeover/post-backs/new").status_code == 403
    assert client.get("/takeover/post-backs/999/file").status_code == 404


def run(*args: str) -> Any:
    from huikuan.site.cli import gather

    return CliRunner().invoke(gather(), list(args))


def test_commands(traded: int, tmp_path: Path, monkeypatch: Any) -> None:
    from huikuan.site.commands import frame

    monkeypatch.setattr(frame, "ready", lambda: None)
    told = run("leads", "--json")
    assert json.loads(told.stdout)["leaders"]["clearing"] == "huikuan"
    assert run("leads", "clearing", "sap").exit_code == 0
    assert json.loads(run("leads", "clearing", "--json").stdout) == {"leaders": {"clearing": "sap"}}
    assert run("leads", "cat").exit_code == 2 and run("leads", "entry", "cat").exit_code == 2
    out = tmp_path / "back.zip"
    assert run("post-back", str(tmp_path / "no" / "back.zip")).exit_code == 2
    assert run("post-back", str(out), "--only", "cats").exit_code == 2
    dry = json.loads(run("post-back", str(out), "--until", "2026-03-02", "--dry-run", "--json").stdout)
    assert dry["records"] == 5 and not out.exists()
    assert run("post-back", str(tmp_path / "back.csv"), "--until", "2026-03-02").exit_code == 2
    one = run("post-back", str(tmp_path / "orders.csv"), "--until", "2026-03-02", "--only", "order", "--json")
    assert json.loads(one.stdout)["counts"] == {"order": 1}
    done = run("post-back", str(out), "--until", "2026-03-02", "--json")
    assert json.loads(done.stdout)["records"] == 4
    number = json.loads(done.stdout)["number"]
    assert run("post-back", str(tmp_path / "copy.zip"), "--again", str(number)).exit_code == 0
    assert (tmp_path / "copy.zip").read_bytes() == out.read_bytes()
    assert run("post-back", str(tmp_path / "copy.zip"), "--again", "999").exit_code == 2


def test_the_morning_compares_every_object(cast: Any, act: Any, tmp_path: Path) -> None:
    company = cast.company.pk
    sap = Extract(tmp_path)
    sap.order("1", ("10", "COLA", "2", "20.00"), ("20", "JUICE", "1", "5.00", "61"))
    sap.delivery("2", "1", ("10", "2"))
    sap.bill("3", ("10", "COLA", "2", "20.00", "2"))
    sap.item("3", "22.60", clearing="77")
    sap.item("4", "7.00")
    sap.delivery("9", "gone", ("10", "1"))
    bots.sap_s4(act(), sap.write())
    assert "no difference" in str(bots.daily_tie_out(job(company, "takeover.tie_out")))
    rows = {
        r["object"]: (r["their_count"], r["our_count"], r["their_sum"], r["our_sum"]) for r in TieOut.objects.get().rows
    }
    assert rows == {
        "billing": (1, 1, 2000, 2000), "clearing": (1, 1, 2260, 2260), "customer": (1, 1, 0, 0), "delivery": (2, 2, 0, 0),
        "entry": (2, 2, 2960, 2960), "item": (2, 2, 0, 0), "order": (1, 1, 2000, 2000),
    }  # fmt: skip
    # Someone undoes a clearing here: the next morning says so, by its key.
    from huikuan.books.ledger import queries as books

    [clearing] = books.clearings(company)
    ledger.unclear(act(), clearing.pk, on=date(2026, 3, 2), reason="查一下")
    assert "2 differences" in str(bots.daily_tie_out(job(company, "takeover.tie_out")))
    off = {(d["object"], d["what"]) for d in TieOut.objects.order_by("-pk")[0].differences}
    assert off == {("clearing", "missing here"), ("entry", "open")}
