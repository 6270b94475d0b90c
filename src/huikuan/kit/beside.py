"""Work that goes on beside what waits for its beginning: reckoned by another process (`Beside`), or made by a thread (`ahead`).

The process is a fork: all that its work reads is there already and nothing is handed over. It may only reckon: no database,
no files, no network; what it changes is changed in itself, and here only by what it yields. That comes back in its order.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

T = TypeVar("T")
ENDED = "a process that reckoned beside this one ended before its work did"


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Beside(Generic[T]):
    """What `work` yields. `apart` False: it is done here, as it is asked for; so it is where the machine has no room for one
    process more.

    What the work raises is raised here. Left early, or at its end, the process is gone; raises RuntimeError when it ended
    before its work did (killed, or out of memory): what was yielded until then stands.
    """

    def __init__(self, work: Iterator[T], *, apart: bool) -> None:
        self.apart = (
            apart and sys.platform == "linux"
        )  # elsewhere a fork beside threads and the system's own code may fall
        self._work = work

    def __iter__(self) -> Iterator[T]:
        return self._there() if self.apart else self._work

    def _there(self) -> Iterator[T]:
        fork: Any = get_context("fork")
        listening, speaking = fork.Pipe(duplex=False)
        child = fork.Process(target=_reckon, args=(self._work, listening, speaking), daemon=True)
        try:
            child.start()
        except OSError:
            listening.close()
            speaking.close()
            self.apart = False
            yield from self._work
            return
        speaking.close()
        try:
            while True:
                try:
                    state, value = listening.recv()
                except (EOFError, OSError) as e:
                    raise RuntimeError(ENDED) from e
                if state == "end":
                    return
                if state == "error":
                    raise value
                yield value
        finally:
            listening.close()
            child.kill()  # it has nothing to finish
            child.join()
            child.close()


def _reckon(work: Iterator[Any], listening: Connection, speaking: Connection) -> None:
    """The child: it says what it found and ends, without a word to anybody else's connection or file."""
    listening.close()  # whoever listens may die: then nobody holds the other end
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    said: SimpleQueue[Any] = SimpleQueue()
    # By a thread of its own: a pipe holds little, and whoever listens is busy with what was said before.
    saying = Thread(target=_say, args=(said, speaking))
    saying.start()
    try:
        for value in work:
            said.put(ForkingPickler.dumps(("found", value)))
        said.put(ForkingPickler.dumps(("end", None)))
    except Exception as e:
        said.put(ForkingPickler.dumps(("error", e)))
    finally:
        said.put(None)
        saying.join()


def _say(said: SimpleQueue[Any], speaking: Connection) -> None:
    with suppress(BrokenPipeError):
        while (text := said.get()) is not None:
            speaking.send_bytes(text)
        return
    os._exit(1)  # nobody listens any more


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The items, each made by a thread while whoever asked is busy with the one before (waiting for a database, say)."""
    made, end = iter(items), object()
    with ThreadPoolExecutor(1) as thread:
        coming: Future[Any] = thread.submit(next, made, end)
        while True:
            found: Any = coming.result()
            if found is end:
                return
            coming = thread.submit(next, made, end)
            yield found
