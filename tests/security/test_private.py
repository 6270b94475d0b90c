"""People's data and secrets: masked in lists, replies, exports and the trail; seen in full only with a reason; never logged."""

from __future__ import annotations

import io
import json
import logging

import pytest
from django.test import Client
from openpyxl import load_workbook

from huikuan.books.customers import actions as customers
from huikuan.books.customers.models import Customer
from huikuan.kit import private
from huikuan.kit.private import scrub, without_secrets
from huikuan.office.trail.models import Key, Record
from tests.security.test_tokens import bearer

PHONE, MAIL, STREET, ACCOUNT = (
    "13812345678",
    "liu.yang@firm.example",
    "浦东新区世纪大道100号12楼",
    "6222021234567890123",
)
WHOLE = (PHONE, MAIL, STREET, ACCOUNT, "刘阳光")


@pytest.fixture
def shop(cast, act):
    row = customers.create(
        act("liu.min"), "P001", "私有数据商店", contact="刘阳光", phone=PHONE, email=MAIL, address=STREET, tax_account=ACCOUNT,
        tax_phone=PHONE,
    )  # fmt: skip
    customers.add_bank_account(act("liu.min"), row.pk, ACCOUNT, bank="工商银行")
    customers.add_ship_to(act("liu.min"), row.pk, "01", "一号仓", address=STREET, contact="刘阳光", phone=PHONE)
    return row


def test_masks_leave_what_those_who_know_recognise():
    assert private.hide("phone", PHONE) == "138••••5678"
    assert private.hide("payer_account", ACCOUNT) == "6222••••••••0123"
    assert private.hide("email", MAIL) == "l•••@firm.example"
    assert private.hide("contact", "刘阳光") == "刘••"
    assert private.hide("address", STREET) == "浦东新区世纪••••"
    assert private.hide("name", "公开") == "公开" and private.hide("phone", "") == ""
    for name in ("phone", "email", "contact", "address", "payer_account"):
        once = private.hide(name, "12345678901234")
        assert private.hide(name, once) == once  # masking what is masked changes nothing
    assert private.masked("卡号 6222021234567890123 付 1,234.50", "text") == "卡号 6222••••••••0123 付 1,234.50"


def test_pages_lists_and_exports_do_not_show_them(shop, door):
    client = door("liu.min")
    seen = [client.get(f"/customers/{shop.pk}?section={s}") for s in ("facts", "places", "accounts")]
    seen += [client.get("/customers/?cols=contact,phone,number"), client.get(f"/customers/{shop.pk}/change")]
    for answer in seen:
        assert answer.status_code == 200
        body = answer.content.decode()
        assert not [w for w in WHOLE if w in body], answer.request["PATH_INFO"]
    assert "138••••5678" in seen[0].content.decode()
    book = load_workbook(io.BytesIO(client.get("/customers/?cols=number,contact,phone&export=xlsx").content))
    cells = [str(c.value) for sheet in book for row in sheet for c in row]
    assert "138••••5678" in cells and not [w for w in WHOLE if any(w in c for c in cells)]


def test_replies_of_rest_do_not_show_them(shop, act):
    rest = bearer(act, "liu.min", "read")
    for path in ("", f"customer/{shop.pk}", f"customer/{shop.pk}/bank-accounts", f"customer/{shop.pk}/ship-tos"):
        answer = rest.get(f"/api/v1/customers/{path}")
        assert answer.status_code == 200 and not [w for w in WHOLE if w in answer.content.decode()], path


def test_what_is_sent_back_masked_changes_nothing(shop, door, act):
    client = door("liu.min")
    form = client.get(f"/customers/{shop.pk}/change").context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    assert sent["phone"] == "138••••5678" and sent["email"] == "l•••@firm.example"
    answer = client.post(f"/customers/{shop.pk}/change", {**sent, "short_name": "私店", "key": "c1"})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    now = Customer.objects.get(pk=shop.pk)
    assert (now.short_name, now.phone, now.email, now.tax_account) == ("私店", PHONE, MAIL, ACCOUNT)
    rest = bearer(act, "liu.min", "all", "sensitive")
    refused = rest.patch(f"/api/v1/customers/customer/{shop.pk}", {"phone": "138••••5678"}, "application/json")
    assert refused.status_code == 422 and Customer.objects.get(pk=shop.pk).phone == PHONE


def test_seeing_them_needs_a_duty_and_a_reason_and_is_kept(shop, door, act):
    client = door("liu.min")
    at = f"/customers/{shop.pk}/reveal"
    assert client.post(at, {"reason": "", "key": "r0"}).status_code == 422
    assert not Record.objects.filter(name="customers.reveal", outcome="done").exists()
    body = client.post(at, {"reason": "call about invoice 12", "key": "r1"}).content.decode()
    assert all(w in body for w in WHOLE)
    done = Record.objects.get(name="customers.reveal", outcome="done")
    assert (done.by, done.subject, done.facts["reason"]) == (
        "liu.min",
        f"customers.customer:{shop.pk}",
        "call about invoice 12",
    )
    assert door("wu.gang").post(at, {"reason": "curious", "key": "r2"}).status_code == 403
    rest = bearer(act, "liu.min", "all")
    seen = rest.post(
        f"/api/v1/customers/customer/{shop.pk}/reveal", {"reason": "post-back"}, "application/json",
        headers={"Idempotency-Key": "reveal-1"},
    )  # fmt: skip
    assert seen.json()["phone"] == PHONE and seen.json()["bank_accounts"][0]["number"] == ACCOUNT
    kept = json.dumps(list(Key.objects.values_list("reply", flat=True)), ensure_ascii=False)
    assert not [w for w in WHOLE if w in kept]


def test_the_trail_keeps_them_masked(shop, act):
    customers.change(act("liu.min"), shop.pk, {"phone": "13900001111", "contact": "王大同"})
    rows = Record.objects.filter(name__startswith="customers.")
    kept = json.dumps(list(rows.values("input", "changes", "facts")), ensure_ascii=False)
    assert rows.count() >= 4 and "138••••5678" in kept
    assert not [w for w in (*WHOLE, "13900001111", "王大同") if w in kept]


def test_the_digest_of_a_key_still_covers_all_of_the_input(cast, act):
    """Masking what is stored must not make two inputs the same call."""
    from huikuan.kit.errors import Refused

    customers.create(act("liu.min", key="one"), "P002", "甲", phone="13812345678")
    with pytest.raises(Refused, match="other input"):
        customers.create(act("liu.min", key="one"), "P002", "甲", phone="13899995678")  # masks alike


# ---- secrets -----------------------------------------------------------------------------------------------------

SECRET = "hk_" + "s3cr3tS3cr3ts3cr3t"


def test_secrets_never_reach_a_log_line(capsys):
    """Through the log's own chain, as JSON and as plain lines; by the field's name, and by form inside a message."""
    from huikuan.site import logs

    for form in ("json", "line"):
        out = io.StringIO()
        handler = logging.StreamHandler(out)
        config = logs.config("INFO", form)["formatters"]["line"]
        formatter = config["()"](processors=config["processors"], foreign_pre_chain=config["foreign_pre_chain"])
        handler.setFormatter(formatter)
        log = logging.getLogger(f"huikuan.test.{form}")
        log.propagate, log.handlers = False, [handler]
        log.setLevel("INFO")
        log.info("calling with Authorization: Bearer %s", SECRET)
        log.info("asked %s", f"https://bank.example/?token={SECRET}&day=1")
        log.info("connected to postgres://huikuan:Pa55word@db/huikuan")
        log.info("facts", extra={"password": "Pa55word", "cookies": {"sessionid": SECRET}, "phone": PHONE})
        log.info("nested", extra={"headers": {"Authorization": SECRET, "X-Api-Key": SECRET, "day": "2026-03-02"}})
        try:
            raise RuntimeError(f"login failed: password=Pa55word secret: '{SECRET}'")
        except RuntimeError:
            log.exception("it broke")
        text = out.getvalue()
        assert text.count("\n") >= 6 and "2026-03-02" in text and "it broke" in text
        assert not [w for w in (SECRET, "Pa55word", PHONE) if w in text], text


def test_a_failed_sign_in_logs_no_password(door, caplog):
    with caplog.at_level("INFO"):
        door("chen.jing", "my-secret-password")
        door("my-other-password", "x")  # typed into the wrong field
    assert "sign_in_failed" in caplog.text
    assert "my-secret-password" not in caplog.text and "my-other-password" not in caplog.text


def test_tokens_and_passwords_are_not_in_the_trail(door, act, cast):
    from django.contrib.auth.hashers import make_password

    from huikuan.office.company import actions

    hashed = make_password("three small words")
    actions.change_own_password(act("sun.tao"), hashed)
    actions.make_token(act("sun.tao"), "script", "ab" * 32)
    kept = json.dumps(list(Record.objects.values("input", "facts", "changes")), ensure_ascii=False)
    assert hashed not in kept and "ab" * 32 not in kept


def test_an_error_page_tells_nothing(cast, door, monkeypatch):
    from huikuan.books.customers import queries

    def broken(*a, **k):
        raise RuntimeError("password=Pa55word at /srv/huikuan/secret.py")

    monkeypatch.setattr(queries, "rows", broken)
    client = door("liu.min")
    client.raise_request_exception = False
    page = client.get("/customers/")
    assert (
        page.status_code == 500 and "Pa55word" not in page.content.decode() and "Traceback" not in page.content.decode()
    )
    assert Client().get("/api/v1/customers/").status_code == 401


@pytest.mark.parametrize(
    "text",
    [
        "HUIKUAN_SECRET_KEY='{0}'", 'HUIKUAN_SECRET_KEY="{0}"', "HUIKUAN_SECRET_KEY={0}", "key={0}", "key: {0}", "pwd: {0}", "pwd={0}&x=1", "DB_PASSWORD={0}",
        "password='{0} and more {0}'", "'secret': '{0}'", '{{"totp": {{"secret": "{0}"}}}}', "api-token: {0}", "api_key={0}", "postgres://u:{0}@db/x",
    ],
)  # fmt: skip
def test_secrets_in_text_are_scrubbed(text):
    assert "Ab3xY9" not in str(without_secrets(text.format("Ab3xY9")))


@pytest.mark.parametrize(
    "value",
    [
        {"a": {"secret": "Ab3xY9"}}, {"a": [{"code": "Ab3xY9"}]}, {"a": ({"pwd": "Ab3xY9"},)}, {"key": "Ab3xY9"}, {"a": {"HUIKUAN_SECRET_KEY": "Ab3xY9"}},
        {"a": {"b": {"otp": "Ab3xY9"}}}, {"e": ValueError("password=Ab3xY9")}, {"b": b"token=Ab3xY9"}, {"s": {"pwd=Ab3xY9"}},
        {"secret": {"kept": "Ab3xY9"}}, {"token": ["Ab3xY9"]},
    ],
)  # fmt: skip
def test_secrets_anywhere_in_a_line_are_gone(value):
    assert "Ab3xY9" not in str(without_secrets(value))


def test_a_line_stays_readable():
    line = {
        "event": "GET /x 200 in 5 ms",
        "status": 200,
        "code": 422,
        "acts": [1, 2],
        "fresh": True,
        "none": None,
        "keyset": "a",
        "second_code": 123456,
    }
    assert without_secrets(line) == {**line, "second_code": "…"}
    assert scrub("KeyError: 'pk' while the key of row 5 stands") == "KeyError: 'pk' while the key of row 5 stands"
