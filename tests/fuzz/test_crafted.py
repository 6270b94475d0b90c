"""Sixty files made to hurt, through the door a bank file takes: a typed refusal or honest rows, within the limits."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from harness import crafted
from huikuan.connectors.bank import connect
from huikuan.kit.errors import Invalid

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
