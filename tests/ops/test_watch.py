"""Alive, ready, figures, and log lines that name their request and their act."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import time
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from huikuan.kit.errors import Refused
from huikuan.kit.words import _
from huikuan.office.trail import guards
from huikuan.office.trail.act import action
from huikuan.office.trail.models import Record
from huikuan.site import health, logs, metrics, store


@pytest.fixture(autouse=True)
def looked_at_anew() -> Any:
    health.forget()
    yield
    health.forget()


def test_alive_needs_nothing(client: Client) -> None:
    answer = client.get("/health", headers={"host": "10.1.2.3:8000"})  # a probe names no host of ours
    assert (answer.status_code, answer.json()) == (200, {"alive": True})


@pytest.mark.django_db
def test_ready_says_what_is_not(client: Client, monkeypatch: Any) -> None:
    answer = client.get("/ready")
    assert answer.status_code == 200 and all(answer.json()["checks"].values()), answer.json()
    assert set(answer.json()["checks"]) == {"database", "migrations", "guards", "disk", "workers"}
    assert "notes" not in client.get("/ready", headers={"x-forwarded-for": "203.0.113.9"}).json()
    for name, how in (
        ("migrations", lambda: monkeypatch.setattr(health.versions, "state", lambda: ("older", [("ledger", "0009")]))),
        ("guards", lambda: monkeypatch.setattr(guards, "differences", lambda: ["hk_x is missing"])),
        ("disk", lambda: monkeypatch.setenv("HUIKUAN_DISK_MIN", "99999999")),
        ("workers", lambda: monkeypatch.setenv("HUIKUAN_WORKERS_WANTED", "1")),
    ):
        health.forget()
        how()
        answer = client.get("/ready")
        assert answer.status_code == 503 and not answer.json()["checks"][name], name
        monkeypatch.undo()


@pytest.mark.django_db
def test_ready_without_a_database_is_an_answer(client: Client, monkeypatch: Any) -> None:
    def away() -> None:
        raise OperationalError("the server is away")

    monkeypatch.setattr(store, "alive", away)
    monkeypatch.setattr(health.connection, "close", lambda: None)
    answer = client.get("/ready")
    assert answer.status_code == 503 and answer.json()["notes"]["database"].startswith("OperationalError")
    assert client.get("/health").status_code == 200


@pytest.mark.django_db
def test_a_worker_is_heard_until_it_stops(monkeypatch: Any, settings: Any, tmp_path: Any) -> None:
    settings.HOME = tmp_path
    monkeypatch.setenv("HUIKUAN_WORKERS_WANTED", "1")
    assert not health.readiness()["workers"].ok
    with health.beating():
        assert health.workers() == (1, []) and health.readiness()["workers"].ok
        file = next((tmp_path / "run").glob("worker-*"))
    assert health.workers() == (0, []) and not file.exists()
    file.touch()
    import os

    os.utime(file, (time.time() - 60, time.time() - 60))
    assert health.workers()[0] == 0 and len(health.workers()[1]) == 1
    with health.beating():  # whoever starts clears away what a killed one left
        pass


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"x-forwarded-for": "203.0.113.9"}, 404),
        ({"x-real-ip": "203.0.113.9"}, 404),
        ({"x-forwarded-for": "203.0.113.9", "authorization": "Bearer right"}, 200),
        ({"x-forwarded-for": "203.0.113.9", "authorization": "Bearer wrong"}, 404),
    ],
)
@pytest.mark.django_db
def test_figures_are_for_this_machine_or_a_token(client: Client, monkeypatch: Any, headers: Any, status: int) -> None:
    monkeypatch.setenv("HUIKUAN_METRICS_TOKEN", "right")
    assert client.get("/metrics", headers=headers).status_code == status


@pytest.mark.django_db
def test_figures_are_not_for_other_machines(client: Client, monkeypatch: Any) -> None:
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 404
    monkeypatch.setenv("HUIKUAN_METRICS_TOKEN", "")  # no token set: an empty one opens nothing
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7", headers={"authorization": "Bearer "}).status_code == 404


def value(text: str, start: str) -> float:
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(start))


def test_requests_acts_and_the_queue_are_counted(cast: Any, act: Any, client: Client) -> None:
    from huikuan.office.trail.actions import verify
    from huikuan.office.work import actions as work

    metrics.listen()
    before = client.get("/metrics").content.decode()
    client.get("/company/sign-in")
    work.open_order(act("chen.jing"), "cash.match", "", _("Match"))
    with pytest.raises(Refused):
        work.ran(act(), _last_order(), "nobody", 1, "done")
    verify(act("admin"))
    after = client.get("/metrics").content.decode()
    request = 'huikuan_requests_total{method="GET",route="/company/sign-in",status="200"}'
    assert value(after, request) == value(before, request) + 1
    opened = 'huikuan_acts_total{door="test",name="work.open",outcome="done"}'
    assert value(after, opened) == value(before, opened) + 1
    refused = 'huikuan_acts_total{door="test",name="work.ran",outcome="refused"}'
    assert value(after, refused) == value(before, refused) + 1
    assert value(after, 'huikuan_queue_orders{kind="cash.match",state="waiting"}') == 1
    assert "huikuan_queue_oldest_seconds" in after and "huikuan_trail_unsealed " in after
    assert value(after, f'huikuan_verify_ok{{company="{cast.company.pk}"}}') == 1
    assert "huikuan_request_seconds_bucket" in after and "huikuan_request_database_seconds_sum" in after


def _last_order() -> int:
    from huikuan.office.work.models import WorkOrder

    return WorkOrder.objects.order_by("-pk").values_list("pk", flat=True)[0]


@pytest.fixture
def lines() -> Any:
    """What a server writes: JSON lines."""
    out = io.StringIO()
    made = logs.config("INFO", "json")
    formatter = made["formatters"]["line"]
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        formatter["()"](processors=formatter["processors"], foreign_pre_chain=formatter["foreign_pre_chain"])
    )
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


@action("ops.test", needs=None)
def talk(act: Any) -> int:
    logging.getLogger("huikuan.test").warning("in the middle of %s", "it")
    return int(act.id)


def test_a_line_in_an_act_names_it(cast: Any, act: Any, lines: Any) -> None:
    logging.getLogger("huikuan.test").warning("outside")
    pk = talk(act())
    outside, inside = (line for line in lines() if line["logger"] == "huikuan.test")
    assert "act" not in outside and inside["act"] == pk and inside["event"] == "in the middle of it"
    assert Record.objects.filter(pk=pk, name="ops.test").exists()


def test_the_line_of_a_request_names_its_acts_and_its_page_shows_them(cast: Any, lines: Any) -> None:
    client = Client()
    client.force_login(cast.liu_min)
    answer = client.post("/company/language", {"language": "en"})
    line = next(x for x in lines() if x["logger"] == "huikuan.request" and x["path"] == "/company/language")
    done = Record.objects.filter(name="company.set_language").latest("pk")
    assert line["acts"] == [done.pk] and line["request"] == answer.headers["X-Request-Id"] and line["by"] == "liu.min"
    assert "password" not in json.dumps(lines())
    lost = client.get("/nothing/here")
    assert lost.headers["X-Request-Id"] in lost.content.decode()


def test_a_refused_act_is_named_on_its_page(cast: Any, act: Any) -> None:
    from huikuan.office.work import actions as work
    from huikuan.web.middleware import trouble_page

    order = work.open_order(act("chen.jing"), "x.y", "", _("Do it"), person="admin")
    with pytest.raises(Refused) as e:
        work.take(act("chen.jing"), order.pk)
    told = Record.objects.get(outcome="refused", name="work.take")
    assert e.value.record == told.pk
    client = Client()
    client.force_login(cast.chen_jing)
    page = trouble_page(client.get("/company/safety").wsgi_request, e.value)
    assert page.status_code == 409 and f" {told.pk}</p>" in page.content.decode()


def test_an_error_is_one_json_line_with_its_trace(lines: Any) -> None:
    try:
        raise ValueError("five")
    except ValueError:
        logging.getLogger("django.request").error(
            "broke", exc_info=True, extra={"request": object(), "status_code": 500}
        )
    line = lines()[-1]
    assert line["level"] == "error" and "ValueError: five" in line["exception"] and line["timestamp"].endswith("Z")
    assert "object" not in json.dumps(line)


def test_a_network_file_system_is_known(monkeypatch: Any, tmp_path: Any) -> None:
    from pathlib import Path

    mounts = f"/dev/sda1 / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n"
    monkeypatch.setattr(Path, "read_text", lambda self, *a, **k: mounts)
    assert health.on_network(tmp_path / "huikuan.sqlite3") == "nfs4"
    assert health.on_network(Path("/var/lib/huikuan.sqlite3")) == ""
