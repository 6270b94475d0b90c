"""A report as files, as the pages make it and the robot keeps it."""

from __future__ import annotations

from typing import NamedTuple


class Made(NamedTuple):
    """The same report twice: to read and to reckon with."""

    title: str
    pdf: bytes
    xlsx: bytes
