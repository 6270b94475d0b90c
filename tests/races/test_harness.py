"""The race harness in its short form: no bad round with the guards, bad rounds without each of them.

Taking `FOR UPDATE` away, skipping the idempotency key, posting into a month that was closed meanwhile: each is a planted bug
that the same judge must find. On PostgreSQL the last contest has two web and two worker processes.
"""

from __future__ import annotations

import pytest
from django.db import connection

from harness.race import EVERY
from tests.crash.test_crash import harness


@pytest.mark.slow
def test_no_bad_round_with_the_guards_and_bad_rounds_without_each() -> None:
    small = ["--shape", "4x1"] if connection.vendor == "sqlite" else ["--shape", "2x4"]
    code, told = harness("race", "--rounds", "6", "--control", "4", *small)
    assert told["violations"] == [] and code == 0
    assert told["bad_rounds"] == 0
    rows = {row["contest"]: row for row in told["rows"]}
    assert len(rows) == len(EVERY) + 1
    for contest in EVERY:
        row = rows[contest.name]
        assert row["bad without"] * 2 >= row["without its guard"] == 4, row
