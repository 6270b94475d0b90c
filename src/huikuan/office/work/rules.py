"""When is work tried again, when does a person get it, and when does a schedule fall due. Pure, with reasons."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from huikuan.kit.words import Say, _

WAITING, RUNNING, PERSON = "waiting", "running", "person"
DONE, FAILED, CANCELLED = "done", "failed", "cancelled"
STATES = (WAITING, RUNNING, PERSON, DONE, FAILED, CANCELLED)
OPEN = (WAITING, RUNNING, PERSON)

# waiting: for a bot · running: a bot holds the lease · person: someone is to do it
# done · failed: a person says it cannot be done · cancelled: it need not be done
MOVES: dict[str, tuple[str, ...]] = {
    WAITING: (RUNNING, PERSON, DONE, CANCELLED),
    RUNNING: (WAITING, PERSON, DONE),
    PERSON: (WAITING, DONE, FAILED, CANCELLED),
    DONE: (),
    FAILED: (WAITING, PERSON),
    CANCELLED: (WAITING, PERSON),
}

STATE_WORDS: dict[str, Say] = {
    WAITING: _("Waiting for a robot"),
    RUNNING: _("A robot is at it"),
    PERSON: _("To be done"),
    DONE: _("Done"),
    FAILED: _("Could not be done"),
    CANCELLED: _("Cancelled"),
}

TRIES = 3  # then a person: a fourth try has rarely helped, and month end does not wait
FIRST_PAUSE = timedelta(minutes=1)
LEASE = timedelta(seconds=60)  # renewed while the robot lives: a worker that is gone is missed within a minute
HANGS = timedelta(hours=1)  # a robot that is at one order for so long is believed to hang: its lease runs out


def may_move(old: str, new: str) -> bool:
    """Is the step from one state to another allowed at all?"""
    return new in MOVES[old]


def pause(attempt: int, order_id: int) -> timedelta:
    """How long to wait after failed attempt number `attempt` (1, 2, …): 1, 5, 25 minutes, at most a day.

    Up to a quarter more, fixed by the order's id, so that a hundred orders that failed together do not
    knock on the same door together.
    """
    base = min(FIRST_PAUSE * 5 ** min(max(attempt - 1, 0), 6), timedelta(days=1))
    return base + base * (order_id * 7919 % 256) / 1024


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a failed try: `state` waiting (again at `not_before`) or person; `why` for the to-do."""

    state: str
    not_before: datetime | None
    why: Say


def after_failure(attempts: int, at: datetime, order_id: int, reason: Say, *, hopeless: bool = False) -> Verdict:
    """Decide after a failed try. `attempts` counts this one; `hopeless`: trying again cannot change the answer."""
    if hopeless:
        return Verdict(PERSON, None, _("The robot stopped, trying again would not help: %(reason)s", reason=reason))
    if attempts >= TRIES:
        return Verdict(
            PERSON, None, _("The robot tried %(n)s times and stopped. Last: %(reason)s", n=attempts, reason=reason)
        )
    return Verdict(
        WAITING, at + pause(attempts, order_id), _("Try %(n)s failed: %(reason)s", n=attempts, reason=reason)
    )


def lost() -> Say:
    """The reason when a worker died without a word."""
    return _("The worker stopped in the middle of it.")


# --- schedules -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slot:
    """One time a schedule falls due: its business date, and the item within that day ("" for a daily one)."""

    day: date
    item: str


_EVERY = re.compile(r"daily (?P<h>[01]\d|2[0-3]):(?P<m>[0-5]\d)|(?P<n>[1-9]\d*)(?P<unit>[ms])")


def last_slot(now: datetime, zone: str, *, every: str) -> Slot:
    """The newest slot that is due at `now` (aware). `every`: "daily HH:MM" in the zone, "Nm" or "Ns"; else ValueError.

    Only the newest: after a week without a worker, one run catches up; seven runs on one morning would not be
    better. A job that owes something to every single day finds the days it missed by itself.
    """
    said = _EVERY.fullmatch(every)
    if not said:
        raise ValueError(f"{every!r} is no schedule: 'daily HH:MM', 'Nm' or 'Ns'")
    local = now.astimezone(ZoneInfo(zone))
    if said["h"]:
        due = local.time() >= time(int(said["h"]), int(said["m"]))
        return Slot(local.date() if due else local.date() - timedelta(days=1), "")
    step = int(said["n"]) * (60 if said["unit"] == "m" else 1)
    second = local.hour * 3600 + local.minute * 60 + local.second
    second -= second % step
    return Slot(local.date(), f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}")


def overdue(due: date | None, today: date) -> bool:
    """Work due on a day is not late on that day."""
    return due is not None and due < today


def is_mine(person: str, role: str, login: str, roles: Iterable[str]) -> bool:
    """Is the work this person's: by name, or by a role when no name is on it."""
    return person == login if person else (not role or role in set(roles))


# What the trail's differences and facts are called in a timeline (site/today.named).
NAMED = (_("Worker"), _("Attempt"), _("Lease"), _("Outcome"))
