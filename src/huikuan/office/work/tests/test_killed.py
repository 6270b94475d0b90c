"""A worker is killed in the middle of a job; the next one finishes it, and the effect stands once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from huikuan.kit.words import _
from huikuan.office.trail.models import Record
from huikuan.office.work import actions, bots
from huikuan.office.work.bots import Job
from huikuan.office.work.models import WorkOrder

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = """
import os, sys, signal
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[2]
django.setup()
from huikuan.office.work import actions, bots
from huikuan.office.work.tests.test_killed import effect

def hangs(job):
    effect(job)
    print("did it", flush=True)
    signal.pause()  # here the parent kills us: after the effect, before the outcome

with bots.borrowed("test.pay", hangs):
    bots.work_once(company_id=int(sys.argv[1]), timed=False)
"""


def effect(job: Job) -> None:
    """Something that must happen once: a to-do for the treasurer."""
    actions.open_order(job.act("pay"), "test.effect", job.subject, _("Pay it"), role="TRE")


def test_a_killed_workers_work_is_finished_by_the_next(cast: Any, act: Any) -> None:
    order = actions.open_order(act("chen.jing"), "test.pay", "refunds.refund:1", _("Pay refund 1"))
    child = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(cast.company.pk), str(connection.settings_dict["NAME"])],
        env={**os.environ, "HUIKUAN_HOME": str(settings.HOME)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None and child.stdout.readline() == "did it\n"
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.wait(30)
    order.refresh_from_db()
    assert (order.state, order.attempts) == ("running", 1)
    assert WorkOrder.objects.filter(kind="test.effect").count() == 1

    def pays(job: Job) -> str:
        effect(job)
        return "paid"

    def later() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=61)

    with bots.borrowed("test.pay", pays):
        assert bots.work_once(company_id=cast.company.pk, timed=False).done == 0  # the lease still stands
        assert bots.work_once(company_id=cast.company.pk, timed=False, clock=later).done == 1
    order.refresh_from_db()
    assert (order.state, order.attempts, order.outcome) == ("done", 2, "paid")
    assert WorkOrder.objects.filter(kind="test.effect").count() == 1
    assert Record.objects.filter(name="work.open", door="bot", key=f"work:{order.pk}:pay").count() == 1
