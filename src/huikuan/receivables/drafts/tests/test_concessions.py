"""What is agreed with a customer or a group about their drafts: which term counts, the dialogs, REST, what stays as written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from huikuan.books.customers import actions as customers
from huikuan.kit.errors import Denied, Invalid, Missing, Refused
from huikuan.kit.money import RATE_SCALE
from huikuan.kit.words import _
from huikuan.office.company.actions import make_token
from huikuan.office.trail.models import Record
from huikuan.receivables.drafts import actions, queries, rules
from huikuan.receivables.drafts.models import Concession, Draft
from huikuan.receivables.drafts.tests.desk import paper
from huikuan.receivables.drafts.tests.test_actions import ON, Drafts
from huikuan.receivables.drafts.tests.test_doors import door, on_the_day  # noqa: F401 - on_the_day is a fixture

POLICY = rules.read_policy({"share": RATE_SCALE // 2, "days": 90, "rate": 6_000_000, "listed": ["江苏银行"]})
MINE, THEIRS = _("customer %(name)s", name="甲"), _("group %(name)s", name="乙")


@pytest.fixture
def drafts(cast: Any, act: Callable[..., Any]) -> Drafts:
    return Drafts(act)


def open_group(drafts: Drafts) -> int:
    return customers.save_group(drafts.act("liu.min"), "G1", "万家集团").pk


def agreed(whose: Any, **terms: Any) -> rules.Agreed:
    return rules.Agreed(whose, rules.read_terms(terms))


def test_of_each_term_the_most_specific_counts() -> None:
    found = rules.in_force(POLICY, [agreed(MINE, days=180), agreed(THEIRS, days=10, share=RATE_SCALE)])
    assert (found.days, found.share, found.rate) == (180, RATE_SCALE, 6_000_000)
    assert {n: str(w) for n, w in found.agreed.items()} == {"days": "customer 甲", "share": "group 乙"}
    verdict = rules.judge(paper(), found, ON, 0, 0)
    assert verdict.ok and verdict.charge == 0  # the policy alone asks for a grant, and charges 89 days
    assert [str(a) for a in verdict.agreed] == [
        "Days to the due date without a charge: as agreed with customer 甲, the most specific agreement there is",
        "Most of a customer's payments in drafts: as agreed with group 乙, the most specific agreement there is",
    ]
    assert not rules.judge(paper(), POLICY, ON, 0, 0).ok and rules.judge(paper(), POLICY, ON, 0, 0).charge
    stricter = rules.in_force(POLICY, [agreed(MINE, share=0)])
    [why] = rules.judge(paper(), stricter, ON, 0, 10**9).concerns
    assert "0.00% are allowed" in str(why) and "agreed with customer 甲" in str(why)


def test_an_agreed_list_of_banks_is_the_whole_list() -> None:
    only = rules.in_force(POLICY, [agreed(MINE, banks=["苏州银行", "招商银行股份有限公司"], share=RATE_SCALE)])
    for acceptor, ok, standing in (
        ("苏州银行股份有限公司", True, "listed"),
        ("招商银行股份有限公司上海分行", True, "first"),  # how it is booked is not a matter of agreement
        ("中国工商银行股份有限公司", False, "first"),
        ("江苏银行", False, "listed"),
    ):
        found = rules.judge(paper(acceptor=acceptor), only, ON, 0, 0)
        assert (found.ok, found.standing) == (ok, standing), acceptor
        assert ok or "agreed with customer 甲" in str(found.concerns[0])
    firm = paper(number="6" + paper().number[1:], acceptor="万家集团有限公司")
    assert not rules.judge(firm, only, ON, 0, 0).ok
    assert rules.judge(firm, rules.in_force(only, [agreed(MINE, acceptors=["万家集团"])]), ON, 0, 0).standing == "named"


@given(
    st.lists(st.dictionaries(st.sampled_from(["share", "days", "rate"]), st.integers(0, 400), min_size=1), max_size=3)
)
def test_nothing_agreed_is_lost_and_nothing_else_changes(levels: list[dict[str, int]]) -> None:
    found = rules.in_force(POLICY, [rules.Agreed(MINE, x) for x in levels])
    for name in ("share", "days", "rate"):
        said = [x[name] for x in levels if name in x]
        assert getattr(found, name) == (said[0] if said else getattr(POLICY, name))
        assert (name in found.agreed) == bool(said)
    assert (found.first, found.listed, found.banks) == (POLICY.first, POLICY.listed, None)


@pytest.mark.parametrize(
    ("bad", "field"),
    [({}, "share"), ({"share": None}, "share"), ({"first": ["x"]}, "first"), ({"share": RATE_SCALE + 1}, "share"), ({"days": -1}, "days"),
     ({"days": 401}, "days"), ({"rate": True}, "rate"), ({"rate": "1"}, "rate"), ({"banks": "工商银行"}, "banks"), ({"banks": [1]}, "banks"),
     ({"acceptors": ["x" * 201]}, "acceptors"), ({"banks": [" "]}, "share")],
)  # fmt: skip
def test_terms_that_are_none(bad: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules.read_terms(bad)
    assert caught.value.faults[0].field == field


def test_customer_payer_group_policy(drafts: Drafts) -> None:
    """A shop whose head office pays, in a group: each level is asked in turn, until the agreements end."""
    admin = drafts.act("admin")
    actions.set_policy(admin, {"share": 0})
    group = open_group(drafts)
    head = drafts.desk.customer("C2", "万家总部", group="G1")
    shop = drafts.desk.customer("C3", "万家门店", payer="C2")

    def days(customer: int, on: date = ON) -> tuple[int, str]:
        found = queries.policy_for(drafts.company, customer, on)
        return found.days, str(found.agreed.get("days", ""))

    assert days(shop) == (184, "")
    all_of = actions.concede(drafts.act("admin"), {"days": 30}, group_id=group)
    assert days(shop) == days(head) == (30, "group 万家集团") and days(drafts.shop) == (184, "")
    actions.concede(drafts.act("admin"), {"days": 60}, customer_id=head, until=date(2026, 12, 31))
    assert days(shop) == days(head) == (60, "customer 万家总部")
    mine = actions.concede(drafts.act("admin"), {"days": 90, "share": RATE_SCALE}, customer_id=shop)
    assert days(shop) == (90, "customer 万家门店") and days(head)[0] == 60
    assert days(shop, date(2027, 1, 1))[0] == 90 and days(head, date(2027, 1, 1)) == (30, "group 万家集团")
    row = actions.take(drafts.act("sun.tao", on=ON), paper(), shop, ON)
    assert row.state == rules.HELD and row.customer_id == head
    told = Record.objects.get(name="drafts.take").facts["agreed"]
    assert len(told) == 2 and "as agreed with customer 万家门店" in told[0]
    # a new agreement ends the one before, which stays in sight
    actions.concede(drafts.act("admin"), {"days": 45}, customer_id=shop)
    mine.refresh_from_db()
    assert (mine.live, mine.ended_by, days(shop)[0]) == (False, "admin", 45)
    assert queries.policy_for(drafts.company, shop, ON).share == 0  # of the old one nothing is left
    actions.end(drafts.act("admin"), all_of.pk, "集团协议到期")
    with pytest.raises(Refused):
        actions.end(drafts.act("admin"), all_of.pk, "x")
    assert days(head, date(2027, 1, 1)) == (184, "")
    drafts.whole()


def test_what_cannot_be_agreed(drafts: Drafts) -> None:
    for given_, error in (
        ({}, Invalid), ({"customer_id": drafts.shop, "group_id": 1}, Invalid), ({"customer_id": 10**9}, Missing), ({"group_id": 10**9}, Missing),
        ({"customer_id": drafts.shop, "until": date(2020, 1, 1)}, Invalid), ({"customer_id": drafts.shop, "note": "x" * 301}, Invalid),
    ):  # fmt: skip
        with pytest.raises(error):
            actions.concede(drafts.act("admin"), {"days": 1}, **given_)
    for login in ("sun.tao", "liu.min", "wu.gang"):
        with pytest.raises(Denied):
            actions.concede(drafts.act(login), {"days": 1}, customer_id=drafts.shop)
    row = actions.concede(drafts.act("admin"), {"days": 1}, customer_id=drafts.shop)
    with pytest.raises(Invalid):
        actions.end(drafts.act("admin"), row.pk, " ")
    for change in (
        lambda: Concession.objects.update(terms={}),
        lambda: Concession.objects.all().delete(),
        lambda: Concession.objects.create(
            company_id=row.company_id, customer_id=drafts.shop, terms={"days": 2}, by="x", at=row.at, act=1
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    drafts.whole()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_of_agreements(cast: Any, drafts: Drafts, language: str) -> None:
    admin, treasurer = door(cast, "admin", language), door(cast, "sun.tao", language)
    group = open_group(drafts)
    assert "Say(" not in admin.get("/drafts/concessions/new?customer=C1").content.decode()
    given_ = {"key": "a", "customer": "C1", "group": "", "share": "30%", "days": "", "rate": "4.35%", "banks": "苏州银行\n", "acceptors": "",
              "until": "", "note": "<b>年度协议</b>"}  # fmt: skip
    assert treasurer.post("/drafts/concessions/new", given_).status_code == 403
    for wrong in ({"share": "x"}, {"days": "500"}, {"customer": ""}, {"group": "G9", "customer": ""}, {"group": "G1"}, {"until": "2020-01-01"},
                  {"share": "", "rate": "", "banks": ""}):  # fmt: skip
        assert admin.post("/drafts/concessions/new", {**given_, "key": "w", **wrong}).status_code == 422, wrong
    assert not Concession.objects.exists()
    assert admin.post("/drafts/concessions/new", given_).status_code in (200, 204, 302)
    assert admin.post(
        "/drafts/concessions/new", {**given_, "key": "b", "customer": "", "group": "G1", "days": "30", "note": ""}
    ).status_code in (200, 204, 302)
    assert Concession.objects.get(customer=drafts.shop).terms == {
        "share": 30_000_000,
        "rate": 4_350_000,
        "banks": ["苏州银行"],
    }
    assert Concession.objects.get(group=group).terms["days"] == 30
    one = Concession.objects.get(customer=drafts.shop)
    for url in (
        "/drafts/concessions",
        "/drafts/concessions?tab=all",
        f"/drafts/of/{drafts.shop}",
        f"/drafts/concessions/{one.pk}/end",
    ):
        answer = admin.get(url)
        body = answer.content.decode()
        assert answer.status_code == 200 and "Say(" not in body and "%(" not in body and "<b>年度" not in body
        assert language == "en" or not any(w in body for w in ("Agree", "Ended", "In force", "as agreed"))
    assert "30%" in admin.get(f"/drafts/of/{drafts.shop}").content.decode()
    assert "/concessions/new" not in treasurer.get(f"/drafts/of/{drafts.shop}").content.decode()
    assert admin.post(f"/drafts/concessions/{one.pk}/end", {"key": "e", "reason": "到期"}).status_code in (
        200,
        204,
        302,
    )
    assert "年度协议" not in treasurer.get("/drafts/concessions?tab=live&live=1").content.decode()


def test_rest_of_agreements(cast: Any, drafts: Drafts) -> None:
    clients = {}
    for login in ("admin", "sun.tao"):
        make_token(drafts.act(login), "test", hashlib.sha256(login.encode()).hexdigest(), scope=["all", "sensitive"])
        clients[login] = Client(headers={"Authorization": f"Bearer {login}", "Accept-Language": "en"})

    def post(url: str, what: dict[str, Any], login: str = "admin") -> Any:
        return clients[login].post(f"/api/v1/drafts/{url}", json.dumps(what), content_type="application/json")

    good = {"customer": "C1", "share": "30%", "days": 20, "banks": ["苏州银行"]}
    assert post("concessions", good, "sun.tao").status_code == 403
    for bad in (
        {"customer": "C9"},
        {"customer": None},
        {"group": "G"},
        {"share": "x"},
        {"days": 401},
        {"until": "2020-01-01"},
        {"rate": "200%"},
    ):
        assert post("concessions", {**good, **bad}).status_code in {404, 422}, bad
    made = post("concessions", good)
    assert made.status_code == 201, made.content
    one = made.json()
    assert (one["customer"], one["share"], one["days"], one["rate"], one["banks"], one["live"]) == (
        "C1",
        "30%",
        20,
        None,
        ["苏州银行"],
        True,
    )
    listed = clients["sun.tao"].get("/api/v1/drafts/concessions?live=true&customer=C1").json()["items"]
    assert [x["id"] for x in listed] == [one["id"]]
    assert post(f"concessions/{one['id']}/end", {"reason": "x"}, "sun.tao").status_code == 403
    assert post(f"concessions/{one['id']}/end", {"reason": "到期"}).json()["live"] is False
    assert post(f"concessions/{one['id']}/end", {"reason": "到期"}).status_code == 409
    assert clients["sun.tao"].get("/api/v1/drafts/concessions?live=true").json()["items"] == []
    assert not Draft.objects.exists()
