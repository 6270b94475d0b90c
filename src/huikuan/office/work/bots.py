"""The robots: who can do which kind of work, and the loop that does it.

A capability registers what its robot can do with `@bot("cash.match")` in its own bots.py. The loop claims one
order in an act of its own, calls the robot outside any transaction (it may speak to connectors), and records the
outcome in another act. Between the two the process may be killed at any point: the lease runs out, the next worker
claims the order again, and the robot's own acts carry keys made of the order, so their effects stand once.
"""

from __future__ import annotations

import importlib
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db import close_old_connections, connection

from huikuan.kit.errors import Denied, Invalid, Missing, Refused, Trouble
from huikuan.kit.failpoints import point
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company
from huikuan.office.company.actions import SYSTEM, system
from huikuan.office.trail.act import Act
from huikuan.office.trail.actions import Interrupted, seal, stopping
from huikuan.office.work import actions, queries, rules

log = logging.getLogger("huikuan.work")
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Job:
    """One try at one work order, as a robot gets it. `today` was frozen when the order was opened."""

    id: int
    company: int
    kind: str
    subject: str
    data: dict[str, Any]
    today: date
    attempt: int
    by: str
    worker: str
    clock: Clock
    lease: int

    def act(self, step: str = "", *, dry: bool = False) -> Act:
        """An act for the robot's own action number `step`: each step of an order happens at most once.

        Tried again after a crash, a step that was committed gives its first reply, whatever its input is by then.
        """
        act = Act(by=self.by, company=self.company, at=self.clock(), door="bot", key=f"work:{self.id}:{step}", dry=dry)
        act.step = True
        return act

    def beat(self) -> None:
        """Say that long work still goes on. Raises Refused when the lease was lost: stop then; and Interrupted when this
        process stops: what was done stands, another worker goes on."""
        if stopping.is_set():
            raise Interrupted
        self.renew()

    def renew(self) -> None:
        """Keep the lease for as long as this process works. Raises Refused when it was lost."""
        act = Act(by=self.by, company=self.company, at=self.clock(), door="bot")
        actions.renew(act, self.id, self.worker, self.attempt, self.lease)


Does = Callable[[Job], Say | str | None]


@dataclass(frozen=True, slots=True)
class Bot:
    kind: str
    does: Does
    role: str  # who gets what the robot cannot do
    lease: int  # seconds


_bots: dict[str, Bot] = {}


def bot(kind: str, *, role: str = "", lease: int = int(rules.LEASE.total_seconds())) -> Callable[[Does], Does]:
    """Register the function that does this kind of work. It gives back the outcome in a sentence; a Trouble or any
    other exception is a failed try. `role` gets the work when tries run out (else the administrator)."""

    def wear(does: Does) -> Does:
        known = _bots.get(kind)
        if known is not None and known.does is not does:
            raise RuntimeError(f"two robots do {kind}")
        _bots[kind] = Bot(kind, does, role, lease)
        return does

    return wear


@contextmanager
def borrowed(kind: str, does: Does, *, role: str = "", lease: int = int(rules.LEASE.total_seconds())) -> Iterator[None]:
    """A robot for the length of a test or a demo step."""
    before = _bots.get(kind)
    _bots[kind] = Bot(kind, does, role, lease)
    try:
        yield
    finally:
        if before is None:
            del _bots[kind]
        else:
            _bots[kind] = before


def bots() -> dict[str, Bot]:
    """Every robot, by kind of work; reads each capability's bots.py once.

    A capability beside or beneath the queue cannot import it: its bots.py has BOTS, {kind: (function, role)}.
    """
    for config in apps.get_app_configs():
        if config.name.startswith("huikuan.") and find_spec(f"{config.name}.bots"):
            room = importlib.import_module(f"{config.name}.bots")
            for kind, (does, role) in getattr(room, "BOTS", {}).items():
                _bots.setdefault(kind, Bot(kind, does, role, int(rules.LEASE.total_seconds())))
    return dict(_bots)


def now() -> datetime:
    return datetime.now(UTC)


def worker_name() -> str:
    return f"{socket.gethostname()[:60]}/{os.getpid()}/{threading.get_ident() % 100_000}"


def robot(company_id: int) -> str:
    """The login that robots act as here: the company's first service account, else the server's own."""
    person = company.people(company_id, "BOT").first()
    return person.login if person else system().login


@dataclass(slots=True)
class Tally:
    """What one pass did."""

    set_off: int = 0
    done: int = 0
    failed: int = 0
    sealed: int = 0
    left: list[int] = field(default_factory=list)  # lost to another worker

    @property
    def any(self) -> bool:
        return bool(self.set_off or self.done or self.failed)


def work_once(
    *, clock: Clock = now, company_id: int | None = None, most: int = 10_000, stop: threading.Event | None = None,
    timed: bool = True,
) -> Tally:  # fmt: skip
    """Set off what is due, then do what can be done now, until nothing is left (or `most` orders, or `stop`).

    `timed=False` leaves schedules alone. Orders that a robot opens meanwhile are done in the same pass.
    """
    tally = Tally()
    known = bots()
    worker = worker_name()
    # The server's own login has a seat in every company.
    ids = [company_id] if company_id is not None else list(company.companies_of(SYSTEM).values_list("pk", flat=True))
    for one in ids:
        login = robot(one)
        if timed:
            tally.set_off += _set_off(one, login, clock)
        while tally.done + tally.failed < most and not (stop is not None and stop.is_set()):
            if not _one(one, login, worker, known, clock, tally):
                break
    tally.sealed = seal()
    return tally


def _set_off(company_id: int, login: str, clock: Clock) -> int:
    """Open the work of every schedule whose newest slot has not been set off."""
    zone = company.by_id(company_id).zone
    count = 0
    for schedule in queries.schedules():
        at = clock()
        slot = rules.last_slot(at, zone, every=schedule.every)
        last = queries.last_tick(company_id, schedule.name)
        if last is not None and last >= (slot.day, slot.item):
            continue
        act = Act(by=login, company=company_id, at=at, door="bot")
        if actions.tick(act, schedule.name, schedule.kind, schedule.title, slot.day, slot.item) is not None:
            count += 1
    return count


def _one(company_id: int, login: str, worker: str, known: dict[str, Bot], clock: Clock, tally: Tally) -> bool:
    """Do one order. False: nothing could be claimed."""
    for order_id, kind in queries.ready(company_id, clock()):
        if order_id in tally.left:
            continue
        able = known.get(kind)
        act = Act(by=login, company=company_id, at=clock(), door="bot")
        if able is None:
            actions.unknown(act, order_id)
            tally.failed += 1
            return True
        order = actions.claim(act, order_id, worker, able.lease, able.role)
        if order is None:
            tally.left.append(order_id)
            continue
        job = Job(
            order.pk, company_id, kind, order.subject, order.data, order.business_date, order.attempts, login, worker, clock,
            able.lease,
        )  # fmt: skip
        _do(able, job, tally)
        return True
    return False


# Trying again cannot change these: the input, the permission or the thing itself is wrong.
_HOPELESS = (Invalid, Denied, Missing)


@contextmanager
def _beating(job: Job) -> Iterator[None]:
    """Renew the lease from a thread of its own while the robot works: long work keeps its order, and the work of a
    process that is gone is free for the next worker within a minute."""
    stop = threading.Event()
    pause = job.lease / 3

    def beat() -> None:
        try:
            for _n in range(int(rules.HANGS.total_seconds() / pause)):
                if stop.wait(pause):
                    return
                job.renew()
            log.error("work %s (%s), try %s: it seems to hang", job.id, job.kind, job.attempt)
        except Refused as lost:
            log.warning("work %s (%s): %s", job.id, job.kind, lost)
        except Exception:  # the work goes on; if its lease runs out, the next worker finds its steps by their keys
            log.exception("work %s (%s): its lease was not renewed", job.id, job.kind)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"lease of {job.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _do(able: Bot, job: Job, tally: Tally) -> None:
    reason: Say | str | None = None
    hopeless = False
    outcome: Say | str = ""
    point("work.job.claimed")
    try:
        with _beating(job):
            outcome = able.does(job) or _("Done.")
    except Trouble as trouble:
        reason, hopeless = trouble.say, isinstance(trouble, _HOPELESS)
        log.warning("work %s (%s), try %s: %s", job.id, job.kind, job.attempt, trouble)
    except Interrupted:
        act = Act(by=job.by, company=job.company, at=job.clock(), door="bot")
        actions.lay_down(act, job.id, job.worker, job.attempt)
        tally.left.append(job.id)
        return
    except Exception as e:  # a robot's bug must not stop the other robots; a person gets the order
        reason = _("An error in the program (%(what)s). The log has the rest.", what=type(e).__name__)
        log.exception("work %s (%s), try %s", job.id, job.kind, job.attempt)
    point("work.job.done")
    act = Act(by=job.by, company=job.company, at=job.clock(), door="bot")
    try:
        if reason is None:
            actions.ran(act, job.id, job.worker, job.attempt, outcome)
            tally.done += 1
        else:
            actions.fail(act, job.id, job.worker, job.attempt, reason, able.role, hopeless)
            tally.failed += 1
    except Refused as lost:
        # The lease ran out and another worker has the order: its outcome counts.
        log.warning("work %s (%s): %s", job.id, job.kind, lost)
        tally.left.append(job.id)
    point("work.job.recorded")


def work_forever(stop: threading.Event, *, pause: float = 1.0, clock: Clock = now) -> Tally:
    """Work until `stop` is set; the order in hand is finished first. Database troubles are waited out."""
    total = Tally()
    wait = pause
    while not stop.is_set():
        try:
            close_old_connections()
            tally = work_once(clock=clock, stop=stop, most=100)
            total.set_off += tally.set_off
            total.done += tally.done
            total.failed += tally.failed
            wait = 0 if tally.any else pause
        except Exception:
            log.exception("the worker could not reach its queue")
            connection.close()
            wait = min(max(wait, pause) * 2, 60)
        stop.wait(wait)
    return total
