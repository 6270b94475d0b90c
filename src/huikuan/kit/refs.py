"""References between capabilities as text: "orders.order:42". Pure; the office apps store these as `subject`."""

from __future__ import annotations

from typing import NamedTuple

from huikuan.kit.text import whole


class Ref(NamedTuple):
    kind: str  # "orders.order"
    pk: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"


def ref(kind: str, pk: int) -> str:
    return f"{kind}:{pk}"


def read(text: str) -> Ref | None:
    """The reference in a text, or None when it is not one."""
    kind, colon, pk = text.rpartition(":")
    number = whole(pk)
    return Ref(kind, number) if colon and kind and number is not None else None
