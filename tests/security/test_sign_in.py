"""Signing in: passwords, waits, the second step, sessions and their ends, showing once more that it is oneself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from huikuan.kit.errors import Refused
from huikuan.office.company import actions, queries, rules, store
from huikuan.office.company.forms import OwnPasswordForm, PersonForm
from huikuan.office.company.models import Lock, Membership, Person
from huikuan.office.trail.models import Record
from tests.cast import PASSWORD
from tests.security.conftest import code_of, give_second_step


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()  # where a used code is remembered


def test_a_password_lets_in_and_a_wrong_one_does_not(door):
    good = door("chen.jing")
    assert good.answer.status_code == 302 and good.answer.url == "/"
    assert good.get("/customers/").status_code == 200
    bad = door("chen.jing", "wrong")
    assert bad.answer.status_code == 401 and "do not match" in bad.answer.content.decode()
    assert bad.get("/customers/").status_code == 302
    unknown = door("nobody", "wrong")  # says the same, so that logins cannot be tried out
    assert unknown.answer.status_code == 401 and "do not match" in unknown.answer.content.decode()


def test_next_never_leads_to_another_host(door):
    assert door("chen.jing", next="/ledger/items").answer.url == "/ledger/items"
    for bad in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert door("chen.jing", next=bad).answer.url == "/"


def test_nobody_signs_themselves_up(cast, client):
    for path in ("/company/sign-up", "/accounts/signup/", "/company/signup", "/company/password/reset/"):
        assert client.get(path).status_code in (302, 404)
    assert client.post("/accounts/signup/", {"username": "x", "password1": "a-long-pass-phrase"}).status_code != 200
    assert not Person.objects.filter(login="x").exists()


def test_one_click_is_for_the_demo_only(cast, settings):
    settings.DEMO = False
    client = Client()
    assert client.post("/company/sign-in", {"cast": "chen.jing"}).status_code == 401
    assert client.get("/customers/").status_code == 302
    assert "cast-one" not in client.get("/company/sign-in").content.decode()
    inside = Client()
    inside.post("/company/sign-in", {"login": "chen.jing", "password": PASSWORD})
    session = inside.session
    session["fresh"] = 0
    session.save()
    assert inside.post("/company/again", {"demo": "1"}).status_code == 401
    settings.DEMO = True
    assert client.post("/company/sign-in", {"cast": "chen.jing"}).status_code == 302
    assert client.get("/customers/").status_code == 200
    assert Client().post("/company/sign-in", {"cast": "robot"}).status_code == 401


def test_waits_grow_and_end_by_themselves_or_by_an_administrator(door, cast, act):
    for _n in range(rules.FREE_TRIES):
        assert door("chen.jing", "wrong").answer.status_code == 401
    locked = door("chen.jing")  # the right one, too early
    assert locked.answer.status_code == 429 and 0 < int(locked.answer["Retry-After"]) <= 60
    assert locked.get("/customers/").status_code == 302
    assert door("sun.tao").answer.status_code == 302  # another login from the same address may
    with pytest.raises(Refused):
        actions.unlock(act("admin"), "wang.lei", "called back")
    actions.unlock(act("admin"), "chen.jing", "called back")
    assert Record.objects.filter(name="company.unlock", outcome="done", facts__fails=rules.FREE_TRIES).exists()
    assert door("chen.jing").answer.status_code == 302
    waits = [rules.wait(n) for n in range(12)]
    assert waits[:5] == [0] * 5 and waits[5:8] == [60, 120, 240] and max(waits) <= 3600 and rules.wait(10**6) == 3600


def test_an_address_waits_when_it_tries_many_logins(door, cast):
    for n in range(rules.FREE_TRIES_OF_ADDRESS):
        door(f"someone{n}", "guess")
    assert door("sun.tao").answer.status_code == 429
    Lock.objects.update(until=datetime.now(UTC) - timedelta(seconds=1))
    assert door("sun.tao").answer.status_code == 302
    assert not Lock.objects.filter(key__contains="someone").exists()  # what was typed is kept as a digest


def test_a_good_sign_in_forgets_the_failures(door, cast):
    for _n in range(rules.FREE_TRIES - 1):
        door("chen.jing", "wrong")
    assert door("chen.jing").answer.status_code == 302
    assert not Lock.objects.filter(key=store.login_key("chen.jing")).exists()


def test_weak_passwords_are_refused(cast):
    person = Person.objects.get(login="chen.jing")
    for weak in ("short", "administrator", "chen.jing.chen", "123456789012"):
        form = OwnPasswordForm({"password": weak, "again": weak}, person=person)
        assert not form.is_valid(), weak
    assert not OwnPasswordForm({"password": "three small words", "again": "four small words"}, person=person).is_valid()
    good = OwnPasswordForm({"password": "three small words", "again": "three small words"}, person=person)
    assert good.is_valid()
    new = {"login": "he.xinyue", "name": "何", "language": "en", "roles": ["COL"], "password": "he.xinyue2026"}
    assert not PersonForm(new).is_valid()


def test_a_session_is_a_new_one_after_sign_in(cast):
    client = Client()
    client.get("/company/sign-in")
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    client.post("/company/sign-in", {"login": "chen.jing", "password": PASSWORD})
    assert client.cookies["sessionid"].value != planted
    stranger = Client()
    stranger.cookies["sessionid"] = planted
    assert stranger.get("/customers/").status_code == 302


@pytest.mark.parametrize("mark", ["seen", "began"])
def test_a_session_ends_when_idle_or_old(door, settings, mark):
    client = door("chen.jing")
    session = client.session
    session[mark] = int(time.time()) - (settings.SESSION_IDLE if mark == "seen" else settings.SESSION_COOKIE_AGE) - 5
    session.save()
    assert client.get("/customers/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_out_everywhere_means_everywhere(door):
    one, other = door("chen.jing"), door("chen.jing")
    assert one.post("/company/safety/everywhere", {"key": "k"}).status_code == 302
    assert other.get("/customers/").status_code == 302 and one.get("/customers/").status_code == 302


def test_leaving_and_losing_a_role_count_at_the_next_request(door, cast, act):
    client = door("sun.tao")
    assert client.get("/ledger/items").status_code == 200
    actions.set_roles(act("admin"), "sun.tao", ["AUD"])
    assert client.get("/ledger/items").status_code == 302  # the session ended with the change
    again = door("sun.tao")
    assert again.get("/ledger/entries/new").status_code in (403, 404)
    actions.set_active(act("admin"), "sun.tao", False, "left")
    assert again.get("/ledger/items").status_code == 302
    assert door("sun.tao").answer.status_code == 401
    kept = door("liu.min")
    Membership.objects.filter(person__login="liu.min").delete()
    assert kept.get("/customers/").status_code == 403


def test_a_given_password_is_changed_first(door, cast, act):
    actions.set_password(act("admin"), "sun.tao", Person.objects.get(login="liu.min").password)
    client = door("sun.tao")
    assert client.get("/ledger/items").url == "/company/safety/password"
    new = {"password": "four words of mine", "again": "four words of mine", "key": "p"}
    assert client.post("/company/safety/password", new).status_code == 302
    assert client.get("/ledger/items").status_code == 200  # this session goes on
    assert door("sun.tao").answer.status_code == 401
    assert door("sun.tao", "four words of mine").answer.status_code == 302


# ---- the second step ---------------------------------------------------------------------------------------------


def test_a_role_that_needs_it_sets_the_second_step_up_first(door, cast, settings):
    settings.SECOND_STEP_ROLES = ["ADM", "APR", "TRE"]
    client = door("zhou.hui")
    assert client.get("/approvals/").url == "/company/safety/second-step"
    assert client.get("/approvals/", headers={"HX-Request": "true"})["HX-Redirect"] == "/company/safety/second-step"
    page = client.get("/company/safety/second-step").content.decode()
    assert "data:image/svg+xml;base64," in page and "Your role signs in with a second step" in page
    assert client.post("/company/safety/second-step", {"code": "000000"}).status_code in (422,)
    from allauth.mfa.totp.internal import auth

    secret = client.session["mfa.totp.secret"]
    code = auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30))
    shown = client.post("/company/safety/second-step", {"code": code}).content.decode()
    codes = queries.recovery_codes(Person.objects.get(login="zhou.hui"))
    assert len(codes) == 10 and all(c in shown for c in codes)
    assert client.get("/approvals/").status_code == 200
    done = Record.objects.get(name="company.second_step_on")
    assert secret not in str(done.input) and secret not in str(Authenticator.objects.get(type="totp").data)
    assert door("chen.jing").get("/customers/").status_code == 200  # whose role does not need it


def test_a_company_says_which_roles(cast, act):
    assert not queries.needs_second_step(cast.company.pk, {"SAL"})
    actions.set_setting(act("admin"), "company.second_step_roles", ["SAL"])
    assert queries.needs_second_step(cast.company.pk, {"SAL"}) and not queries.needs_second_step(
        cast.company.pk, {"ADM"}
    )


def test_the_demo_needs_no_second_step_and_production_does():
    ask = "from huikuan.site import settings; print(settings.SECOND_STEP_ROLES)"
    found = {}
    for demo in ("0", "1"):
        env = {**os.environ, "HUIKUAN_DEMO": demo}
        env.pop("HUIKUAN_SECOND_STEP_ROLES", None)
        found[demo] = subprocess.run(
            [sys.executable, "-c", ask], capture_output=True, text=True, env=env
        ).stdout.strip()
    assert found == {"0": "['ADM', 'APR', 'TRE']", "1": "[]"}


def test_the_code_is_asked_after_the_password(door, cast):
    give_second_step("zhou.hui")
    client = door("zhou.hui")
    assert client.answer.url == "/company/sign-in/code"
    assert client.get("/approvals/").status_code == 302  # the password alone opens nothing
    assert client.post("/company/sign-in/code", {"code": "123"}).status_code == 401
    code = code_of("zhou.hui")
    assert client.post("/company/sign-in/code", {"code": code}).status_code == 302
    assert client.get("/approvals/").status_code == 200
    replay = door("zhou.hui")
    assert replay.post("/company/sign-in/code", {"code": code}).status_code == 401  # a code counts once
    spare = queries.recovery_codes(Person.objects.get(login="zhou.hui"))
    assert replay.post("/company/sign-in/code", {"code": spare[0]}).status_code == 302
    once = door("zhou.hui")
    assert once.post("/company/sign-in/code", {"code": spare[0]}).status_code == 401


def test_wrong_codes_wait_as_wrong_passwords_do(door, cast):
    give_second_step("zhou.hui")
    client = door("zhou.hui")
    for _n in range(rules.FREE_TRIES):
        assert client.post("/company/sign-in/code", {"code": "000000"}).status_code == 401
    late = client.post("/company/sign-in/code", {"code": code_of("zhou.hui")})
    assert late.status_code == 429 and "Too many wrong tries" in late.content.decode()
    assert client.post("/company/sign-out").status_code == 302  # one may give up and sign in as someone else
    assert client.get("/company/sign-in").status_code == 200


def test_the_second_step_comes_off_by_oneself_or_by_an_administrator(door, cast, act, settings):
    give_second_step("sun.tao")
    settings.SECOND_STEP_ROLES = ["TRE"]
    with pytest.raises(Refused, match="role needs"):
        actions.second_step_off(act("sun.tao"))
    actions.reset_second_step(act("admin"), "sun.tao", "new phone")
    assert not Authenticator.objects.filter(user__login="sun.tao").exists()
    settings.SECOND_STEP_ROLES = []
    give_second_step("sun.tao")
    actions.second_step_off(act("sun.tao"))
    assert not queries.has_second_step(Person.objects.get(login="sun.tao"))


# ---- once more ---------------------------------------------------------------------------------------------------


def test_sensitive_acts_ask_once_more_and_lead_back(door, cast, stale):
    client = door("admin")
    assert client.get("/company/people/sun.tao/roles").status_code == 200  # just signed in
    stale(client)
    sent = client.get("/company/people/sun.tao/roles")
    assert sent.status_code == 302 and sent.url == "/company/again?next=/company/people/sun.tao/roles"
    dialog = client.get(
        "/company/people/sun.tao/roles",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/company/people/sun.tao?section=tokens"},
    )
    assert dialog["HX-Redirect"] == "/company/again?next=/company/people/sun.tao%3Fsection%3Dtokens"
    refused = client.post("/company/people/sun.tao/roles", {"roles": ["AUD"], "key": "r1"})
    assert refused.status_code == 302 and "/company/again" in refused.url
    assert "AUD" not in queries.roles("sun.tao", cast.company.pk)
    assert client.post("/company/again?next=/x", {"password": "wrong"}).status_code == 401
    back = client.post("/company/again", {"password": PASSWORD, "next": "/company/people/sun.tao"})
    assert back.status_code == 302 and back.url == "/company/people/sun.tao"
    client.post("/company/people/sun.tao/roles", {"roles": ["AUD"], "key": "r2"})
    assert queries.roles("sun.tao", cast.company.pk) == {"AUD"}


def test_a_code_counts_as_well_as_the_password(door, cast, stale):
    client = door("admin")
    give_second_step("admin")
    stale(client)
    assert "/company/again/code" in client.get("/company/again").content.decode()
    assert client.post("/company/again/code", {"code": "111111"}).status_code == 401
    assert client.post("/company/again/code", {"code": code_of("admin")}).status_code == 302
    assert client.get("/company/people/sun.tao/roles").status_code == 200


def test_the_action_itself_asks_too(door, cast, stale):
    """A page that forgot to ask is refused by the action's own frame."""
    from huikuan.kit.errors import Again
    from huikuan.office.company.seat import Seat
    from huikuan.office.trail.act import Act

    seat = Seat(cast.people["admin"], cast.company, datetime.now(UTC), fresh=False)
    made = Act(by="admin", company=cast.company.pk, at=datetime.now(UTC), door="page")
    made.asks = seat.asks
    with pytest.raises(Again):
        actions.set_roles(made, "sun.tao", ["AUD"])


def test_the_sensitive_duties_are_these():
    """Which acts ask once more is data on the duty; this list is the reader's copy of it."""
    named = {d.code for d in queries.duties().values() if d.sensitive}
    assert {"company.people", "company.settings", "company.safety"} <= named
    assert {
        "customers.sensitive", "customers.limit", "customers.policy", "approvals.limits", "ledger.close", "cash.rules",
    } <= named  # fmt: skip


@pytest.mark.slow
def test_passwords_are_kept_slowly_hashed():
    """Asked of a process of its own: in tests passwords are hashed fast."""
    ask = (
        "import django; django.setup(); from django.contrib.auth.hashers import make_password as m, identify_hasher as i;"
        "k = m('three small words'); print(k.split('$')[0], k.split('$')[1]); i('md5$salt$0123')"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "huikuan.site.settings", "HUIKUAN_TESTS": "0"}
    ran = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, env=env)
    name, rounds = ran.stdout.split()
    assert name == "pbkdf2_sha256" and int(rounds) >= 600_000
    assert "Unknown password hashing algorithm" in ran.stderr  # a fast hash is not even read
