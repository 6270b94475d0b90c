"""Work that goes on beside what waits for its beginning: reckoned by another process (`Beside`), or made by a thread (`ahead`).

The process is a fork: all that its work reads is there already and nothing is handed over. It may only reckon: no database,
no files, no network; what it changes is changed in itself, and here only by what it yields. That comes back in its order.
"""

from __future__ import annotations

import os
import pickle  # nosec B403 # from a child of our own, over a pipe of our own
import signal
import struct
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO, Generic, TypeVar

T = TypeVar("T")
_HEAD = struct.Struct(">Q")


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Beside(Generic[T]):
    """What `work` yields. `apart` False: it is done here, as it is asked for.

    What the work raises is raised here. Left early, or at its end, the process is gone; raises RuntimeError when it ended
    before its work did (killed, or out of memory): what was yielded until then stands.
    """

    def __init__(self, work: Iterator[T], *, apart: bool) -> None:
        self.apart = apart and hasattr(os, "fork")
        self._work = work

    def __iter__(self) -> Iterator[T]:
        return self._there() if self.apart else self._work

    def _there(self) -> Iterator[T]:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _reckon(self._work, writing)
        os.close(writing)
        try:
            with os.fdopen(reading, "rb") as told:
                while (found := _next(told)) is not None:
                    ok, value = found
                    if not ok:
                        raise value
                    yield value
        finally:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)  # it has nothing to finish
            os.waitpid(child, 0)


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The items, each made by a thread while whoever asked is busy with the one before (waiting for a database, say)."""
    made, end = iter(items), object()
    with ThreadPoolExecutor(1) as thread:
        coming: Future[Any] = thread.submit(next, made, end)
        while (found := coming.result()) is not end:
            coming = thread.submit(next, made, end)
            yield found


def _next(told: BinaryIO) -> tuple[bool, T] | None:
    head = told.read(_HEAD.size)
    size = _HEAD.unpack(head)[0] if len(head) == _HEAD.size else None
    text = told.read(size) if size else b""
    if size is None or len(text) != size:
        raise RuntimeError("a process that reckoned beside this one ended before its work did")
    found: tuple[bool, T] | None = pickle.loads(text)  # nosec B301 # ours, see above
    return found


def _reckon(work: Iterator[T], writing: int) -> None:
    """The child: it ends here, without a word to anybody else's connection or file."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        said: SimpleQueue[bytes | None] = SimpleQueue()
        # By a thread of its own: a pipe holds little, and whoever listens is busy with what was said before.
        saying = Thread(target=_say, args=(said, writing))
        saying.start()
        try:
            for value in work:
                said.put(pickle.dumps((True, value), pickle.HIGHEST_PROTOCOL))
            said.put(pickle.dumps(None))
        except Exception as e:
            said.put(pickle.dumps((False, e), pickle.HIGHEST_PROTOCOL))
        said.put(None)
        saying.join()
        code = 0
    finally:
        os._exit(code)


def _say(said: SimpleQueue[bytes | None], writing: int) -> None:
    with os.fdopen(writing, "wb") as out:
        while (text := said.get()) is not None:
            try:
                out.write(_HEAD.pack(len(text)))
                out.write(text)
                out.flush()
            except BrokenPipeError:
                os._exit(1)  # nobody listens any more
