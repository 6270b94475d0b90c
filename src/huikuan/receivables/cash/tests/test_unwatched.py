"""Long runs change how the whole process looks for cycles: it must be as before when the last of them is over."""

from __future__ import annotations

import gc

from huikuan.receivables.cash.actions.common import unwatched


def test_the_search_is_as_before_when_the_last_run_ends() -> None:
    usual, frozen = gc.get_threshold(), gc.get_freeze_count()
    one, two = unwatched(), unwatched()
    one.__enter__()
    assert gc.get_threshold() != usual
    two.__enter__()
    one.__exit__(None, None, None)  # the first to begin is the first to end
    assert gc.get_threshold() != usual
    two.__exit__(None, None, None)
    assert (gc.get_threshold(), gc.get_freeze_count()) == (usual, frozen)
