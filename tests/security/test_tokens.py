"""Tokens of the REST door: kept hashed, scoped, ended and revoked; and how often anyone may ask."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huikuan.kit.errors import Invalid
from huikuan.office.company import actions, queries, rules
from huikuan.office.company.models import Token
from huikuan.office.trail.models import Record
from huikuan.web import limits
from huikuan.web.limits import Counter, counter


def bearer(act, login: str, *scope: str, until: date | None = None) -> Client:
    """A client with a token of that scope."""
    secret, digest = actions.new_secret()
    actions.make_token(act(login), "test", digest, until, scope or ("all",))
    return Client(headers={"Authorization": f"Bearer {secret}", "Accept-Language": "en"})


def test_a_token_is_kept_as_a_digest_only(door):
    client = door("sun.tao")
    shown = client.post("/company/tokens/make", {"name": "Excel", "reach": "read", "key": "t1"}).content.decode()
    secret = re.search(r"hk_[\w-]{30,}", shown)[0]
    kept = Token.objects.get()
    assert kept.sha256 == hashlib.sha256(secret.encode()).hexdigest() and kept.scope == ["read"]
    everything = json.dumps(list(Token.objects.values()), default=str) + json.dumps(
        list(Record.objects.values()), default=str
    )
    assert secret not in everything
    assert secret not in client.get("/company/tokens").content.decode()
    assert Client().get("/api/v1/company/me", headers={"Authorization": f"Bearer {kept.sha256}"}).status_code == 401


def test_a_reading_token_only_reads(act, cast):
    rest = bearer(act, "liu.min", "read")
    assert rest.get("/api/v1/customers/").status_code == 200
    answer = rest.post("/api/v1/customers/", {"number": "T1", "name": "x"}, "application/json")
    assert answer.status_code == 403 and "only read" in answer.json()["detail"]


def test_a_token_of_duties_does_those_and_no_others(act, cast):
    rest = bearer(act, "liu.min", "customers.see", "customers.write")
    assert rest.get("/api/v1/customers/").status_code == 200
    made = rest.post("/api/v1/customers/", {"number": "T1", "name": "x"}, "application/json")
    assert made.status_code == 201
    assert rest.get("/api/v1/orders/").status_code == 403
    me = rest.get("/api/v1/company/me").json()
    assert me["duties"] == ["customers.see", "customers.write"]
    with pytest.raises(Invalid):
        actions.make_token(act("liu.min"), "x", "0" * 64, None, ["customers.nothing"])
    with pytest.raises(Invalid):
        actions.make_token(act("liu.min"), "x", "0" * 64, None, ["sensitive"])


def test_sensitive_acts_need_their_scope(act, cast):
    made = bearer(act, "liu.min", "all").post("/api/v1/customers/", {"number": "T1", "name": "x"}, "application/json")
    at = f"/api/v1/customers/customer/{made.json()['id']}/bank-accounts"
    account = {"number": "6222000011112222"}
    refused = bearer(act, "liu.min", "all").post(at, account, "application/json")
    assert refused.status_code == 403 and "sensitive" in refused.json()["detail"]
    assert bearer(act, "liu.min", "all", "sensitive").post(at, account, "application/json").status_code == 201
    named = bearer(act, "liu.min", "customers.sensitive", "customers.see")
    assert named.post(at, {"number": "6222000011113333"}, "application/json").status_code == 201


def test_scopes_by_rule():
    assert rules.token_may(["read"], "orders.see", sensitive=False)
    assert not rules.token_may(["read"], "customers.sensitive", sensitive=True)
    assert rules.token_may(["customers.sensitive"], "customers.sensitive", sensitive=True)
    assert not rules.token_may(["orders.see"], "orders.place", sensitive=False)
    assert not rules.token_may([], "orders.see", sensitive=False)


def test_a_token_does_not_outlive_its_end_its_maker_or_its_revocation(act, cast):
    today = datetime.now(UTC).date()
    assert bearer(act, "liu.min", "read", until=today - timedelta(days=1)).get("/api/v1/company/me").status_code == 401
    assert bearer(act, "liu.min", "read", until=today + timedelta(days=1)).get("/api/v1/company/me").status_code == 200
    rest = bearer(act, "sun.tao", "read")
    assert rest.get("/api/v1/ledger/accounts").status_code == 200
    actions.set_roles(act("admin"), "sun.tao", ["INC"])
    assert "ARA" not in rest.get("/api/v1/company/me").json()["roles"]  # a lost role counts at the next call
    actions.set_active(act("admin"), "sun.tao", False, "left")
    assert rest.get("/api/v1/company/me").status_code == 401
    other = bearer(act, "wu.gang", "read")
    assert other.get("/api/v1/company/me").status_code == 200
    actions.revoke_token_of(act("admin"), Token.objects.get(person__login="wu.gang").pk, "found in a public file")
    assert other.get("/api/v1/company/me").status_code == 401
    assert Record.objects.filter(name="company.revoke_token_of", outcome="done").exists()


def test_last_use_is_kept_to_the_hour_without_a_write_each_time(act, cast, django_assert_num_queries):
    rest = bearer(act, "sun.tao", "read")
    rest.get("/api/v1/company/me")
    first = Token.objects.get().last_used
    assert first is not None
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        rest.get("/api/v1/company/me")
    assert not [q for q in asked.captured_queries if q["sql"].startswith(("UPDATE", "INSERT", "DELETE"))]
    assert Token.objects.get().last_used == first


def test_an_administrator_sees_and_revokes_everyones_tokens(act, cast, door):
    bearer(act, "sun.tao", "all")
    page = door("admin").get("/company/people/sun.tao?section=tokens").content.decode()
    token = Token.objects.get()
    assert f"/company/people/sun.tao/tokens/{token.pk}/revoke" in page
    done = door("admin").post(f"/company/people/sun.tao/tokens/{token.pk}/revoke", {"reason": "lost", "key": "v1"})
    assert done.status_code == 302 and Token.objects.get().revoked
    assert door("sun.tao").get("/company/people/wu.gang/tokens/1/revoke").status_code == 403


# ---- how often ---------------------------------------------------------------------------------------------------


@pytest.fixture
def few(settings, monkeypatch):
    settings.RATES = {"rest": 3, "upload": 2, "export": 2}
    monkeypatch.setattr(limits.time, "time", lambda: 1_000_000.0)  # else the minute may turn between two calls
    counter.clear()
    yield
    counter.clear()


def test_rest_is_limited_per_token(act, cast, few):
    one, other = bearer(act, "sun.tao", "read"), bearer(act, "liu.min", "read")
    assert [one.get("/api/v1/company/me").status_code for _n in range(4)] == [200, 200, 200, 429]
    late = one.get("/api/v1/company/me")
    assert late["Content-Type"].startswith("application/problem+json") and late.json()["status"] == 429
    assert 1 <= int(late["Retry-After"]) <= 61
    assert other.get("/api/v1/company/me").status_code == 200


def test_exports_and_uploads_are_limited(cast, door, few):
    client = door("liu.min")
    assert [client.get("/customers/?export=xlsx").status_code for _n in range(3)] == [200, 200, 429]
    files = [SimpleUploadedFile("a.csv", b"x") for _n in range(3)]
    codes = [client.post("/files/keep", {"file": f, "key": str(n)}).status_code for n, f in enumerate(files)]
    assert codes[-1] == 429 and 429 not in codes[:2]
    assert client.get("/customers/").status_code == 200


def test_a_window_passes():
    mine = Counter()
    assert [mine.over("rest", "a", 2, 60.0) for _n in range(3)] == [0, 0, 61]
    assert mine.over("rest", "a", 2, 120.0) == 0
    assert queries  # the counter asks no database: nothing of it is written


def test_production_has_limits():
    import os
    import subprocess
    import sys

    ask = "from huikuan.site import settings; print(settings.RATES)"
    env = {**os.environ, "HUIKUAN_RATES": "on"}
    found = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, env=env).stdout
    assert all(kind in found for kind in ("rest", "upload", "export"))
