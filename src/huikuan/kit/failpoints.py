"""Places where a test may end the process, raise an error, or hold a thread until its rivals have come.

`point("trail.act.commit.before")` stands in the code where a crash would hurt: at each edge of a transaction, between the
statements of one, before and after each call to the outside. With nothing armed it costs one look at a global. Only
code arms it (`armed`), never the environment: a server in use cannot be told to fail.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

Handler = Callable[[str], None]

# Four points at both edges of a transaction: trail/store.py's `writing` passes them.
EDGES = ("begin.before", "begin.after", "commit.before", "commit.after")

TRANSACTIONS: dict[str, str] = {
    "trail.act": "the one transaction of an outermost act",
    "trail.refusal": "the row that says who was refused what",
    "trail.seal": "the sealer gives committed rows their place in the chain",
    "trail.run.end": "a run says that it is done",
    "trail.run.kept": "a run notes an item that was refused",
    "trail.run.cancel": "someone cancels a run",
}

# Every other point, with what stands on both sides of it.
PLACES: dict[str, str] = {
    "trail.act.claimed": "the idempotency key is taken, nothing is done yet",
    "trail.act.done": "the work of the act is done, its trail rows are not written",
    "trail.act.written": "the trail rows are written, the key's reply and the reactions are not",
    "trail.run.chunk.before": "between two chunks of a run",
    "trail.run.chunk.after": "a chunk is committed, the caller has not been told",
    "ledger.post.period": "the period was found open, nothing is posted yet",
    "ledger.post.numbered": "numbers are taken, no line is stored",
    "ledger.post.lines": "lines and items stand, the entries that seal them do not",
    "ledger.post.entries": "the entries are sealed, the second look is still to come",
    "ledger.clear.read": "what is left of the items was read, nothing is taken off",
    "ledger.clear.legs": "legs are stored, the clearing that seals them is not",
    "ledger.clear.sealed": "the clearing stands, the items' counters do not know yet",
    "ledger.clear.taken": "the counters have moved",
    "ledger.close.counted": "the period's totals are counted, it is not closed yet",
    "orders.place.judged": "credit was judged, exposure is not moved",
    "orders.place.moved": "exposure is moved, the orders are not stored",
    "orders.place.stored": "the orders are stored, the decisions are not",
    "billing.bill.marked": "deliveries are marked as billed, no document exists",
    "billing.bill.stored": "documents are stored, due dates of earlier batches have not moved",
    "cash.import.read": "the file was read by the connector, nothing is noted",
    "cash.import.noted": "the file is noted (and a small one landed), its bytes are not kept",
    "cash.import.kept": "the bytes are kept, the file does not name them yet",
    "cash.land.known": "known lines were looked up, the new ones are not stored",
    "cash.land.posted": "lines are posted, not stored",
    "cash.match.explained": "all is explained, nothing is cleared",
    "cash.match.cleared": "clearings are made, the lines do not say so yet",
    "deposits.free.read": "what is free of a deposit was read, nothing is taken off it",
    "drafts.move.allowed": "a draft was found where it may move on, nothing is posted",
    "fapiao.note.judged": "numbers of e-invoices were judged, none is noted",
    "trail.digest.written": "the chain's head stands in its file outside, the trail does not say so",
    "mail.send.before": "a letter is written, the mail server has not heard of it",
    "mail.send.after": "the mail server has the letter, nothing here says so",
    "files.write.before": "no byte is on disk",
    "files.write.torn": "the bytes stand under a temporary name",
    "files.write.renamed": "the bytes have their name, the folder is not synced",
    "files.write.after": "the bytes are safe, no row names them",
    "work.claim.read": "a waiting order was read, it is not claimed",
    "work.job.claimed": "an order is claimed, its robot has not begun",
    "work.job.done": "the robot has done its work, nobody has written it down",
    "work.job.recorded": "the outcome is committed",
    "connectors.bank.before": "before a bank file is read by a process of its own",
    "connectors.bank.after": "the bank file's reader has answered",
    "connectors.sap.before": "before SAP's files are read or written",
    "connectors.sap.after": "SAP's files are read or written",
}


def points() -> dict[str, str]:
    """Every registered point and what stands on both sides of it."""
    edges = {f"{name}.{edge}": said for name, said in TRANSACTIONS.items() for edge in EDGES}
    return edges | PLACES


_armed: Handler | None = None


def point(name: str) -> None:
    """Pass a registered point. Nothing happens unless a test has armed a handler."""
    if _armed is not None:
        if name not in _known:
            raise LookupError(f"{name} is no registered fail point: add it to huikuan.kit.failpoints")
        _armed(name)


_known = frozenset(points())


@contextmanager
def outside(name: str) -> Iterator[None]:
    """A call to the outside, with a fail point before it and after it."""
    point(f"{name}.before")
    yield
    point(f"{name}.after")


@contextmanager
def armed(handler: Handler) -> Iterator[None]:
    """Call `handler` with the name of each point that any thread of this process passes."""
    global _armed
    before, _armed = _armed, handler
    try:
        yield
    finally:
        _armed = before


# --- what a handler may do ------------------------------------------------------------------------------------------


class _Meeting(Protocol):
    def wait(self, timeout: float | None = None) -> int: ...


def at(name: str, do: Handler, *, nth: int = 1) -> Handler:
    """Do it the `nth` time that this point is passed, and only then."""
    seen = 0
    lock = threading.Lock()

    def handler(passed: str) -> None:
        nonlocal seen
        if passed != name:
            return
        with lock:
            seen += 1
            due = seen == nth
        if due:
            do(passed)

    return handler


def hard_exit(_name: str) -> None:
    """End the process as if the power had gone: no clean-up, no flush, no rollback of ours."""
    os.kill(os.getpid(), signal.SIGKILL)


def fails(error: BaseException) -> Handler:
    """Raise this error at the point."""

    def handler(_name: str) -> None:
        raise error

    return handler


def meets(name: str, others: _Meeting, timeout: float = 5.0) -> Handler:
    """Hold whoever passes this point until all rivals have come (or the time is over: then they go on alone)."""

    def handler(passed: str) -> None:
        if passed == name:
            try:
                others.wait(timeout)
            except threading.BrokenBarrierError:
                pass  # some rival was stopped earlier, by a guard that still stands: that is an answer too

    return handler
