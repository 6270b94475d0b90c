"""The whole flow at random beside a notebook (harness/model.py): after each step both say the same, at the end `verify`
finds nothing. `make soak` plays more of the same; a failure prints the steps, which can be played again."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from harness.flow import Flow, draw, open_world, reading_here

PARTS, HISTORIES, STEPS = 4, 3, 500  # 6,000 steps; the parts run beside each other where there are cores

played = {"steps": 0, "agreed": 0}


def machine(world: Any, part: int) -> type[RuleBasedStateMachine]:
    class Whole(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.back = transaction.savepoint()
            self.flow = Flow(world)

        @rule(number=st.integers(0, 2**40))
        def step(self, number: int) -> None:
            verb, own = draw(random.Random(number * PARTS + part))
            try:
                self.flow.step(verb, own)
            except AssertionError as e:
                raise AssertionError(f"{e}\nsteps: {self.flow.steps}") from e

        def teardown(self) -> None:
            try:
                self.flow.proved()
            finally:
                played["steps"] += len(self.flow.steps)
                played["agreed"] += self.flow.agreed
                transaction.savepoint_rollback(self.back)

    return Whole


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
def test_books_and_notebook_agree(part: int) -> None:
    world = open_world()
    before = dict(played)
    with reading_here():
        run_state_machine_as_test(
            machine(world, part),
            settings=settings(
                max_examples=HISTORIES, stateful_step_count=STEPS, deadline=None, derandomize=True, database=None,
                phases=[Phase.generate], suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
    # Hypothesis begins with a history of very few steps; what was promised was played all the same.
    assert played["steps"] - before["steps"] == played["agreed"] - before["agreed"] >= STEPS
