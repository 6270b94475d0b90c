"""Sixty files made to hurt, through the door a bank file takes: a typed refusal or honest rows, within the limits."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness import crafted
from harness.doors import DOORS, LIST
from huikuan.connectors.bank import connect
from huikuan.kit.errors import Invalid

ROOT = Path(__file__).resolve().parents[2]
FILES = {name: (content, becomes) for name, content, becomes in crafted.bank()}


def test_there_are_sixty() -> None:
    assert len(FILES) >= 60


@pytest.mark.parametrize("name", FILES)
def test_refused_or_read_within_limits(name: str) -> None:
    content, becomes = FILES[name]
    start = time.perf_counter()
    try:
        found = connect().read(content, name=name)
    except Invalid as e:
        killed = "more memory or time" in str(e)
        assert becomes == ("killed" if killed else "refused"), str(e)
        assert e.faults and all(f.reason.to("zh-hans") and f.reason.to("en") for f in e.faults)
    else:
        aside = sum(len(s.bad) for s in found.statements)
        assert becomes == ("aside" if aside else "read"), (becomes, found)
    assert time.perf_counter() - start < 60  # the child's own limit is in seconds of processor
    assert not Path("/tmp/huikuan-slipped").exists()


def test_every_other_door_refuses_or_reads_them_in_little_memory() -> None:
    """One process with 1 GiB: also the doors whose readers have no process of their own stay far below it."""
    done = subprocess.run(
        [sys.executable, "-m", "harness.doors"], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["violations"] == [], told["violations"]
    assert {r["door"]: r["read"] + r["refused"] for r in told["rows"]} == dict.fromkeys(DOORS, told["rows"][0]["files"])
    assert told["rows"][0]["files"] >= 60 and told["rows"][-1]["peak_mb"] < 600


def counts() -> dict[str, int]:
    from huikuan.books.customers.models import Customer
    from huikuan.books.ledger.models import Entry, OpenItem
    from huikuan.receivables.cash.models import BankLine, HouseBank, QuarantinedLine, StatementFile
    from huikuan.review.takeover.models import Document, Load, Reject

    models = (Customer, Entry, OpenItem, BankLine, HouseBank, QuarantinedLine, StatementFile, Document, Load, Reject)
    return {m.__name__: m._default_manager.count() for m in models}


def test_what_is_refused_leaves_nothing(cast: Any, act: Any) -> None:
    """Through the acts themselves: a refusal and not one row, or rows that are all accounted for."""
    from huikuan.receivables.cash import actions as cash
    from huikuan.review.takeover import bots

    some = {n: c for n, (c, becomes) in FILES.items() if becomes != "killed" and 0 < len(c) < 20_000}
    refused = []
    for name, content in some.items():
        before = counts()
        try:
            done = bots.receivables(act(), io.BytesIO(content), name, LIST, "crafted.yaml")
        except Invalid:
            refused.append(name)
            assert counts() == before, name
        else:
            assert done.read == done.landed + done.known + done.quarantined, name
    assert len(refused) >= 15 and len(some) - len(refused) >= 10
    before = counts()
    for name in [n for n in refused if FILES[n][1] == "refused"][::4]:  # each starts a process
        with pytest.raises(Invalid):
            cash.import_file(act(), "31001", some[name], name=name)
        assert counts() == before, name
