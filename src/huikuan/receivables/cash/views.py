"""The page door of cash."""

from __future__ import annotations

from collections.abc import Sequence

from huikuan.office.trail.hands import Hit


def search(company: int, text: str, limit: int) -> Sequence[Hit]:
    return ()
