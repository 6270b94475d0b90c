"""What another process reckons comes back in its order, with its errors, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from huikuan.kit.beside import Beside
from huikuan.kit.errors import Refused
from huikuan.kit.words import _


def squares(until: int) -> Iterator[tuple[int, int, str]]:
    for n in range(until):
        yield os.getpid(), n * n, "x" * 1000  # more than a pipe holds, all together


@pytest.mark.parametrize("apart", [False, True])
def test_all_comes_in_order(apart: bool) -> None:
    found = list(Beside(squares(500), apart=apart))
    assert [n for _pid, n, _x in found] == [n * n for n in range(500)]
    assert ({pid for pid, _n, _x in found} == {os.getpid()}) is not apart


def failing() -> Iterator[int]:
    yield 1
    raise Refused(_("No."))


@pytest.mark.parametrize("apart", [False, True])
def test_an_error_comes_where_it_happened(apart: bool) -> None:
    found = iter(Beside(failing(), apart=apart))
    assert next(found) == 1
    with pytest.raises(Refused, match="No"):
        next(found)


def test_where_there_is_no_room_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> int:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(os, "fork", full)
    beside = Beside(squares(3), apart=True)
    assert {pid for pid, _n, _x in beside} == {os.getpid()} and not beside.apart


def test_whoever_leaves_early_leaves_no_process() -> None:
    found = iter(Beside(squares(100_000), apart=True))
    child = next(found)[0]
    found.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def dying() -> Iterator[int]:
    yield os.getpid()
    os.kill(os.getpid(), signal.SIGKILL)
    yield 0


def test_a_process_that_is_killed_is_told_of() -> None:
    with pytest.raises(RuntimeError, match="ended before its work did"):
        list(Beside(dying(), apart=True))
