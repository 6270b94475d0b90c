"""Rivals: processes and threads that live through all rounds, start each of them together, and say what became of them."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

CALL = multiprocessing.get_context("fork")
PATIENCE = 60.0  # seconds: who has not come to the start by then will not come


class Rivals:
    """`processes` x `threads` rivals, forked from this warm process.

    do(task, n, meet) is what rival `n` does in a round; it gives back a word for what became of it. `meet` is where
    rivals wait for each other between their reading and their writing (negative controls only).
    """

    def __init__(self, processes: int, threads: int, do: Callable[[dict[str, Any], int, Any], str]) -> None:
        from django.db import connection

        connection.close()
        self.count = processes * threads
        self.start = CALL.Barrier(self.count)
        self.meet = CALL.Barrier(self.count)
        self._pipes: list[tuple[Any, Any]] = []
        self._pids: list[int] = []
        for p in range(processes):
            ask_r, ask_w = os.pipe()
            say_r, say_w = os.pipe()
            pid = os.fork()
            if pid == 0:
                code = 0
                try:
                    os.close(ask_w)
                    os.close(say_r)
                    for w, r in self._pipes:  # of elder brothers: whoever holds their ends keeps them alive
                        w.close()
                        r.close()
                    self._serve(p, threads, os.fdopen(ask_r), os.fdopen(say_w, "w"), do)
                except BaseException:
                    code = 70
                    traceback.print_exc()
                finally:
                    os._exit(code)
            os.close(ask_r)
            os.close(say_w)
            self._pipes.append((os.fdopen(ask_w, "w"), os.fdopen(say_r)))
            self._pids.append(pid)

    def _serve(self, p: int, threads: int, asked: Any, said: Any, do: Callable[..., str]) -> None:
        from django.db import connection

        together = threading.Barrier(threads)

        def one(task: dict[str, Any], n: int) -> str:
            if task.get("database"):
                connection.close()
                together.wait(PATIENCE)  # so that each of the threads has closed its own
                return "ready"
            try:
                self.start.wait(PATIENCE)
                return do(task, n, self.meet)
            except Exception as e:
                return f"error: {type(e).__name__}: {str(e)[:200]}"

        with ThreadPoolExecutor(threads) as pool:
            for line in asked:
                task = json.loads(line)
                if task.get("database"):
                    do(
                        task, -1, self.meet
                    )  # what concerns the whole process: where the database is, what is switched off
                fates = list(pool.map(lambda i, task=task: one(task, p * threads + i), range(threads)))  # type: ignore[misc]
                said.write(json.dumps(fates) + "\n")
                said.flush()

    def round(self, task: dict[str, Any]) -> list[str]:
        """All rivals do the task at the same moment. What became of each, in their order."""
        for barrier in (self.start, self.meet):
            if barrier.broken:
                barrier.reset()
        for ask, _say in self._pipes:
            ask.write(json.dumps(task, default=str) + "\n")
            ask.flush()
        fates: list[str] = []
        for _ask, say in self._pipes:
            line = say.readline()
            if not line:
                raise RuntimeError("a rival is gone")
            fates += json.loads(line)
        return fates

    def close(self) -> None:
        for ask, say in self._pipes:
            ask.close()
            say.close()
        for pid in self._pids:
            try:
                os.kill(pid, signal.SIGKILL)  # it holds nothing that would want cleaning
            except ProcessLookupError:
                pass
            os.waitpid(pid, 0)
