"""What the tests of drafts need: a draft, and the books beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from huikuan.receivables.drafts.rules import Paper


def paper(**facts: Any) -> Paper:
    """A draft of the new system over 10,000.00, accepted by a first bank, issued 2026-01-10, due 2026-07-10."""
    base = Paper(
        "5" + "308290003046" + "20260110" + "00000123" + "7", 1, 1_000_000, 1_000_000, date(2026, 1, 10), date(2026, 7, 10),
        "招商银行股份有限公司上海分行", "杭州万家超市有限公司",
    )  # fmt: skip
    return replace(base, **facts)
