"""The shop as a fixture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from huikuan.sales.orders.tests.shop import Shop, open_shop


@pytest.fixture
def shop(cast: Any, act: Callable[..., Any]) -> Shop:
    return open_shop(act)
