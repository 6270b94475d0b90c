"""SIGTERM: what was asked is answered, a robot lays its work down at the next chunk and gives its lease back."""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from harness.drill import beside
from huikuan.kit.words import _
from huikuan.office.company.actions import make_token
from huikuan.office.trail.models import Run, RunItem
from huikuan.office.work import actions, bots
from huikuan.office.work.bots import Job
from huikuan.office.work.models import WorkOrder

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SET_UP = """
import os, sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
"""
WORKER = (
    SET_UP
    + """
from huikuan.office.work import bots
from huikuan.site.cli import gather
from tests.ops.test_stop import long_work
bots.bot("test.long")(long_work)
gather()(["work"])
"""
)


def long_work(job: Job) -> str:
    """Two hundred items, ten to a chunk; says when a chunk is done."""
    from huikuan.office.trail.actions import run_chunks

    def do(act: Any, chunk: list[str]) -> None:
        act.note(items=len(chunk))
        time.sleep(0.05)

    def tell(done: int, total: int) -> None:
        print(f"chunk {done}", flush=True)

    run = run_chunks(
        job.act("run"), "test.long", [str(n) for n in range(200)], do, needs="work.run", size=10, progress=tell
    )
    return f"run {run.pk}"


def environment() -> dict[str, str]:
    return {**os.environ, "HUIKUAN_HOME": str(settings.HOME), "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def test_a_worker_stops_at_the_next_chunk_and_the_next_one_goes_on(live_cast: Any, act: Any) -> None:
    order = actions.open_order(act("chen.jing"), "test.long", "", _("Long"))
    child = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(connection.settings_dict["NAME"])],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        line = child.stdout.readline()
        while line and not line.startswith("chunk"):
            line = child.stdout.readline()
        assert line.startswith("chunk")
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 0
    finally:
        child.kill()
        child.wait(30)
    order.refresh_from_db()
    assert (order.state, order.attempts, order.leased_by, order.lease_until) == ("waiting", 0, "", None)
    run = Run.objects.get(kind="test.long")
    done = RunItem.objects.filter(run=run).count()
    assert 0 < done < 200 and done % 10 == 0 and run.state == "running"
    with bots.borrowed("test.long", long_work):  # at once: nobody waits for a lease to run out
        assert bots.work_once(company_id=live_cast.company.pk, timed=False).done >= 1  # and what the clock had set off
    order.refresh_from_db()
    run.refresh_from_db()
    assert (order.state, order.attempts, run.state, run.done) == ("done", 1, "done", 200)
    assert RunItem.objects.filter(run=run).count() == 200
    assert not list((Path(settings.HOME) / "run").glob(f"worker-*-{child.pid}"))


@contextmanager
def writers_wait() -> Iterator[None]:
    """Nobody can commit an act as long as this is open."""
    if connection.vendor == "sqlite":
        with Path(str(connection.settings_dict["NAME"]) + ".turn").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        return
    import psycopg

    given = connection.get_connection_params()
    with psycopg.connect(
        **{k: v for k, v in given.items() if k in ("host", "port", "user", "password", "dbname")}
    ) as other:
        other.execute("LOCK TABLE trail_record IN EXCLUSIVE MODE")
        yield
        other.rollback()


def waits(path: str, asked: list[Any]) -> bool:
    """Whether a writer stands in line."""
    if connection.vendor == "sqlite":
        name = os.stat(str(connection.settings_dict["NAME"]) + ".turn").st_ino
        return any(f":{name} " in line and "->" in line for line in Path("/proc/locks").read_text().splitlines())
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@contextmanager
def asked(act: Any, log: Path, before: str = "") -> Iterator[tuple[subprocess.Popen[bytes], str, list[Any]]]:
    """(a server, its address, what it answers) while a request of it waits for the turn to write."""
    secret = "stop-" + "x" * 30
    make_token(act("chen.jing"), "stop", hashlib.sha256(secret.encode()).hexdigest())
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    command = (
        SET_UP
        + before
        + f"""
from huikuan.site.cli import gather
gather()(["serve", "--port", "{port}", "--no-work"])
"""
    )
    name = str(connection.settings_dict["NAME"])
    env = {**environment(), "HUIKUAN_DATABASE_URL": _url(name), "HUIKUAN_TODAY": "2026-03-02"}
    base = f"http://127.0.0.1:{port}"
    answers: list[Any] = []

    def ask() -> None:
        body = json.dumps({"kind": "x.y", "title": "Call them", "role": "COL"}).encode()
        head = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{base}/api/v1/work/", body, head), timeout=120) as got:
                answers.append(got.status)
        except urllib.error.HTTPError as e:
            answers.append((e.code, e.read()[:300]))
        except (OSError, http.client.HTTPException) as e:
            answers.append(e)

    with log.open("w") as said:
        server = subprocess.Popen([sys.executable, "-c", command, name], env=env, stdout=said, stderr=said)
    thread = threading.Thread(target=ask)
    try:
        until(lambda: _up(f"{base}/ready"), 300, "the server does not get ready", log)
        with writers_wait():
            thread.start()
            until(lambda: bool(answers) or waits(base, answers), 60, "the request does not wait")
            assert not answers
            yield server, base, answers
        assert server.wait(90) == 0
        thread.join(60)
    finally:
        server.kill()
        server.wait(30)


def test_a_request_that_runs_is_answered_before_the_server_ends(live_cast: Any, act: Any, tmp_path: Path) -> None:
    before = WorkOrder.objects.count()
    with asked(act, tmp_path / "log") as (server, base, answers):
        server.send_signal(signal.SIGTERM)
        until(lambda: not _up(f"{base}/health", 2), 120, "it still takes new requests", tmp_path / "log")
        assert server.poll() is None and not answers
    assert answers in ([200], [201]), answers
    assert WorkOrder.objects.count() == before + 1
    line = next(json.loads(x) for x in (tmp_path / "log").read_text().splitlines() if '"path": "/api/v1/work/"' in x)
    assert line["status"] in (200, 201) and line["acts"] and line["by"] == "chen.jing"


def test_what_does_not_end_is_ended_with_all_its_processes(live_cast: Any, act: Any, tmp_path: Path) -> None:
    """The web process is a child of a child: left behind, it would hold the port and the database."""
    before = WorkOrder.objects.count()
    short = "import huikuan.site.commands.core as core\ncore.STOP_SECONDS = 2"
    with asked(act, tmp_path / "log", short) as (server, base, answers):
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0  # though nobody lets the request write
        assert not _up(f"{base}/health", 2)
        until(lambda: bool(answers), 60, "whoever asked still waits")
        assert isinstance(answers[0], (OSError, http.client.HTTPException)), answers
    assert WorkOrder.objects.count() == before


SLOW = """
import os, signal, sys, time
told = []
def note(*_):
    told.append(1)
    with open(sys.argv[1], "a") as log:
        print(os.getpid(), flush=True, file=log)
signal.signal(signal.SIGTERM, note)
os.write(1, b"ready\\n")  # at once: three say it
while not told:
    time.sleep(0.05)
end = time.monotonic() + 3  # its work takes that long
while time.monotonic() < end:
    time.sleep(0.1)
"""


def test_each_is_asked_once(live_cast: Any, tmp_path: Path) -> None:
    """A worker that is asked twice ends in the middle of its chunk."""
    command = (
        SET_UP
        + f"""
import huikuan.site.commands.core as core
start = core.subprocess.Popen
core.subprocess.Popen = lambda _command, **how: start([sys.executable, "-c", {SLOW!r}, sys.argv[2]], **how)
core.run_server(0, bots=2)
"""
    )
    log = tmp_path / "asked"
    server = subprocess.Popen(
        [sys.executable, "-c", command, str(connection.settings_dict["NAME"]), str(log)],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert [server.stdout.readline() for _n in range(3)] == ["ready\n"] * 3
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
    finally:
        server.kill()
        server.wait(30)
    lines = log.read_text().split()
    assert len(lines) == len(set(lines)) == 3, lines


def _url(name: str) -> str:
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return beside(os.environ["HUIKUAN_DATABASE_URL"], name)


def _up(address: str, timeout: float = 10) -> bool:
    try:
        urllib.request.urlopen(address, timeout=timeout).close()
    except OSError:
        return False
    return True


def until(holds: Any, seconds: float, otherwise: str, log: Path | None = None) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, otherwise + (f": {log.read_text()}" if log else "")
        time.sleep(0.05)
