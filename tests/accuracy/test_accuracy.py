"""What the engine explains of labelled receipts: nothing wrong is cleared by itself, and enough is found. Small forms of
`python -m benchmarks.accuracy`, on seeds that neither tuning nor the docs use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.receipts import chinese, ledger
from benchmarks.score_matching import read, score

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("HUIKUAN_SHARED", ROOT.parent / "shared")) / "data"
shared = pytest.mark.skipif(not DATA.is_dir(), reason=f"the shared data sets are not at {DATA}")


@pytest.mark.parametrize(("difficulty", "found", "cleared"), [("easy", 97, 80), ("medium", 95, 65), ("hard", 85, 40)])
def test_chinese_receipts(difficulty: str, found: int, cleared: int) -> None:
    seen = score(chinese(difficulty, lines=500, seed=71))
    assert seen["cleared_wrong"] == 0
    assert seen["recall"] * 100 >= found
    assert seen["touchless"] * 100 >= cleared


@shared
@pytest.mark.parametrize("name", ["n10_seed42.json", "n30_seed42.json", "n100_seed42.json", "n300_seed42.json.gz"])
def test_the_shared_set(name: str) -> None:
    seen = score(read(DATA / "cash_application" / name))
    assert (seen["cleared_wrong"], seen["precision"], seen["recall"]) == (0, 1.0, 1.0)


@shared
@pytest.mark.parametrize("references", [True, False])
def test_a_ledger_turned_into_receipts(references: bool) -> None:
    seen = score(ledger(DATA / "ibm_ar" / "invoices.csv", references=references))
    assert (seen["lines"], seen["cleared_wrong"]) == (1162, 0)
    assert seen["recall"] * 100 >= (100 if references else 99)


def test_the_engine_does_not_see_the_truth() -> None:
    """What the generator says beside a receipt (its noise, its payer, the links) changes nothing of the answers."""
    made = chinese("hard", lines=120, seed=72)
    blind = {
        **made, "payments": [{k: v for k, v in p.items() if k not in ("noise", "payer")} for p in made["payments"]],
        "ground_truth": {"applications": [], "unmatched_payments": [], "unapplied_invoices": []},
    }  # fmt: skip
    one, two = score(made), score(blind)
    assert (one["cleared"], one["touchless"]) == (two["cleared"], two["touchless"])
