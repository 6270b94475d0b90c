"""Bugs put in by hand: the notebook or `verify` must see each, or neither proves anything."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from harness.flow import Differs, Flow, open_world, reading_here
from huikuan.books.customers import actions as customers
from huikuan.books.ledger import actions as ledger
from huikuan.books.ledger import store
from huikuan.books.ledger.models import Period
from huikuan.kit.money import RATE_SCALE
from huikuan.office.trail import guards
from huikuan.sales.orders import queries as order_queries
from huikuan.sales.orders.rules import amounts

Plant = Callable[[pytest.MonkeyPatch], None]
VERBS = ("place", "release", "deliver", "bill", "receive", "apply", "lock", "post", "undo")


def closed_is_open(patch: pytest.MonkeyPatch) -> None:
    """A posting into a closed period, the rule and the guard off."""
    guards.drop()
    real = ledger._periods

    def no_rule(act: Any, days: Any) -> Any:
        closed = list(Period.objects.filter(company_id=act.company, state="closed").values_list("pk", flat=True))
        Period.objects.filter(pk__in=closed).update(state="open")
        try:
            return real(act, days)
        finally:
            Period.objects.filter(pk__in=closed).update(state="closed")

    patch.setattr(ledger, "_periods", no_rule)


def rounded_up(patch: pytest.MonkeyPatch) -> None:
    def tax_of(base: int, rate: int, mode: str) -> int:
        return -(-base * rate // RATE_SCALE) if mode == "net" else -(-base * rate // (RATE_SCALE + rate))

    patch.setattr(amounts, "tax_of", tax_of)


def nothing_taken_off(patch: pytest.MonkeyPatch) -> None:
    def take_off(clearing_ids: Any) -> int:
        return len(
            set(ledger.ClearingLeg.objects.filter(clearing_id__in=clearing_ids).values_list("item_id", flat=True))
        )

    patch.setattr(store, "take_off", take_off)


def exposure_stays(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ledger.customers, "move_exposure", lambda _act, _moves: None)
    assert customers.move_exposure is not None


def credit_never_asked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(order_queries.credit, "_policies", lambda _company, people: {pk: _no_policy() for pk in people})


def _no_policy() -> Any:
    from huikuan.sales.orders.rules import Policy

    return Policy(check_limit=False)


def lines_never_known(patch: pytest.MonkeyPatch) -> None:
    """A bank line's key is not looked up, and every one is new."""
    from huikuan.receivables.cash import rules

    fresh = random.Random(1)
    patch.setattr(rules, "keyed", lambda lines, _seen: ((line, f"k{fresh.random()}") for line in lines))


def numbers_not_looked_up(patch: pytest.MonkeyPatch) -> None:
    """What stands under an e-invoice number is not read: it goes on another payer's bill, the guard off."""
    from huikuan.sales.fapiao import queries

    guards.drop()
    patch.setattr(queries, "there", lambda _company, _documents, _wanted: [])


PLANTED: dict[str, tuple[Plant, str]] = {
    "closed_is_open": (closed_is_open, "the books allow what the notebook refuses"),
    "rounded_up": (rounded_up, "the notebook"),
    "nothing_taken_off": (nothing_taken_off, "open items"),
    "exposure_stays": (exposure_stays, "exposure"),
    "credit_never_asked": (credit_never_asked, "exposure|orders"),
    "lines_never_known": (lines_never_known, "a file again landed|receive_again"),
    "numbers_not_looked_up": (numbers_not_looked_up, "'note'.*the books allow what the notebook refuses"),
}


def hunt(flow: Flow, steps: int, *verbs: str) -> None:
    rng = random.Random(11)
    with reading_here():
        for n in range(steps):
            flow.step(verbs[n % len(verbs)], rng.getrandbits(32))


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("bug", PLANTED)
def test_the_notebook_sees_it(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = Flow(open_world())
    plant, says = PLANTED[bug]
    plant(monkeypatch)
    try:
        with pytest.raises(Differs, match=says):
            hunt(flow, 150, *VERBS, "receive_again", "note")
    finally:
        monkeypatch.undo()
        guards.make()


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bug", "seen"), [("closed_is_open", "I05"), ("nothing_taken_off", "I07"), ("exposure_stays", "I15")]
)
def test_verify_sees_it_too(bug: str, seen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the notebook: only what stands in the books afterwards."""
    flow = Flow(open_world())
    PLANTED[bug][0](monkeypatch)
    monkeypatch.setattr(flow, "agree", lambda: None)
    monkeypatch.setattr(flow, "tried", lambda _may, do: _tried(do))
    back = transaction.savepoint()
    try:
        hunt(flow, 80, *VERBS)
        monkeypatch.undo()
        guards.make()
        with pytest.raises(Differs, match=seen):
            flow.proved()
    finally:
        transaction.savepoint_rollback(back)
        guards.make()


def _tried(do: Callable[[], Any]) -> Any:
    from huikuan.kit.errors import Trouble

    try:
        return do() or True
    except Trouble:
        return None
