"""The queue, written: opened once per key, claimed by one worker, finished once, handed to a person when unsure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from huikuan.kit.errors import Invalid, Missing, Refused, Stale
from huikuan.kit.failpoints import point
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, Event, action, plain
from huikuan.office.trail.hands import Reaction, collect
from huikuan.office.work import rules, witness
from huikuan.office.work.models import Comment, Tick, WorkOrder

KIND = "work.workorder"


def _says(words: Say | str) -> Any:
    return words.pack() if isinstance(words, Say) else words


def _new(
    act: Act, kind: str, subject: str, title: Say | str, *, opened_act: int, on: date, data: Mapping[str, Any] | None = None,
    role: str = "", person: str = "", key: str = "", due: date | None = None, priority: int = 50,
    not_before: datetime | None = None, run: int | None = None,
) -> WorkOrder:  # fmt: skip
    return WorkOrder(
        company_id=act.company, kind=kind, subject=subject, title=_says(title), data=plain(dict(data or {})), key=key,
        state=rules.PERSON if role or person else rules.WAITING, role=role, person=person, due=due, priority=priority,
        business_date=on, run=run, not_before=not_before or act.at, opened_at=act.at, opened_by=act.by, opened_act=opened_act,
    )  # fmt: skip


@action("work.open", needs="work.do")
def open_order(
    act: Act,
    kind: str,
    subject: str,
    title: Say | str,
    due: date | None = None,
    role: str | None = None,
    person: str | None = None,
    data: dict[str, Any] | None = None,
    key: str | None = None,
    priority: int = 50,
    not_before: datetime | None = None,
    run: int | None = None,
) -> WorkOrder:
    """Open work about a subject: for a robot when neither role nor person is named, else for them.

    With a key it is opened once per company: a second call gives back the first order, whatever became of it.
    """
    if key and (known := WorkOrder.objects.filter(company_id=act.company, key=key).first()):
        act.subject(ref(KIND, known.pk))
        return known
    order = _new(
        act, kind, subject, title, opened_act=act.id, on=company.today(act), data=data, role=role or "", person=person or "",
        key=key or "", due=due, priority=priority, not_before=not_before, run=run,
    )  # fmt: skip
    try:
        with transaction.atomic():
            order.save(force_insert=True)
    except IntegrityError:
        # Another act opened it between our look and our insert: that one is the order.
        order = WorkOrder.objects.get(company_id=act.company, key=key)
    act.subject(ref(KIND, order.pk), *([subject] if subject else []))
    return order


def _wanted(events: Sequence[Event]) -> list[tuple[Event, Reaction]]:
    return [(e, r) for _capability, r in collect("reactions") for e in events if e.name == r.on]


def sets_off(act: Act, events: list[Event]) -> list[tuple[int, Sequence[Any]]]:
    """What each act's row says of the work it sets off, before both are written: (act, the work as it is told)."""
    return [
        (e.record, witness.told(act.company, r.kind, e.subject, f"on:{e.record}:{r.kind}", act.by, act.at, e.record))
        for e, r in _wanted(events)
    ]


def react(act: Act, events: list[Event]) -> None:
    """The outbox: what reactions ask for becomes work in the transaction of the act that set it off (I13).

    Called by the trail after the act's rows are written. One event sets off a kind at most once.
    """
    wanted = _wanted(events)
    if not wanted:
        return
    on = company.today(act)
    WorkOrder.objects.bulk_create(
        [
            _new(
                act, r.kind, e.subject, _titled(r.title, e), opened_act=e.record, on=on, role=r.role,
                data={"on": e.name, "record": e.record, "facts": e.facts}, key=f"on:{e.record}:{r.kind}",
            )
            for e, r in wanted
        ],
        batch_size=200,
    )  # fmt: skip


def _titled(title: Say, event: Event) -> Say:
    """A reaction's title; places it has for facts are filled from the event's."""
    places = {name: event.facts.get(name, "") for name in re.findall(r"%\((\w+)\)s", title.text)}
    return Say(title.text, {**places, **title.facts}) if places else title


def _hold(act: Act, order_id: int, version: int | None = None) -> WorkOrder:
    """The order, locked. Raises Missing, or Stale when it is no longer the version that was read (I20)."""
    order = WorkOrder.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=order_id).first()
    if order is None:
        raise Missing(_("There is no work order %(number)s.", number=order_id))
    if version is not None and order.version != version:
        raise Stale(_("Work order %(number)s was changed meanwhile. Look at it again.", number=order_id))
    act.subject(ref(KIND, order.pk), *([order.subject] if order.subject else []))
    return order


def _move(act: Act, order: WorkOrder, state: str, **values: Any) -> WorkOrder:
    """Put the order into a state the rules allow. Raises Refused, with where it stands now."""
    if state != order.state:
        if not rules.may_move(order.state, state):
            raise Refused(
                _("Work order %(number)s stands at “%(state)s”.", number=order.pk, state=rules.STATE_WORDS[order.state])
            )
        act.changed(ref(KIND, order.pk), "state", order.state, state)
    for name, value in values.items():
        if name in ("person", "role", "due"):
            act.changed(ref(KIND, order.pk), name, getattr(order, name), value)
        setattr(order, name, value)
    order.state = state
    if state != rules.RUNNING:
        order.leased_by, order.lease_until = "", None
    if state in rules.OPEN:
        order.ended_at, order.ended_by = None, ""
    else:
        order.ended_at, order.ended_by = act.at, act.by
    order.version += 1
    order.save()
    return order


# --- the robots' side ---------------------------------------------------------------------------------------------


@action("work.claim", needs="work.run")
def claim(act: Act, order_id: int, worker: str, lease: int, role: str = "") -> WorkOrder | None:
    """Take a waiting order, or one whose worker fell silent; `lease` in seconds. None: someone else was faster.

    Tries are counted here and not when they fail, so that work which kills its worker ends up with a person too.
    """
    order = _hold(act, order_id)
    point("work.claim.read")
    if order.state == rules.RUNNING and order.lease_until is not None and order.lease_until < act.at:
        if order.attempts >= rules.TRIES:
            _failed(act, order, rules.lost(), role, hopeless=False)
            return None
        act.note(lost=order.leased_by)
    elif order.state != rules.WAITING or order.not_before > act.at:
        return None
    act.note(worker=worker, attempt=order.attempts + 1)
    until = act.at + timedelta(seconds=lease)
    return _move(act, order, rules.RUNNING, leased_by=worker, lease_until=until, attempts=order.attempts + 1)


@action("work.renew", needs="work.run")
def renew(act: Act, order_id: int, worker: str, attempt: int, lease: int) -> None:
    """Say that the work still goes on. Raises Refused when the lease was lost: then stop."""
    _move(act, _leased(act, order_id, worker, attempt), rules.RUNNING, lease_until=act.at + timedelta(seconds=lease))


def _leased(act: Act, order_id: int, worker: str, attempt: int) -> WorkOrder:
    order = _hold(act, order_id)
    if (order.state, order.leased_by, order.attempts) != (rules.RUNNING, worker, attempt):
        # Our lease ran out and another worker took over: its outcome counts, ours is dropped.
        raise Refused(_("Work order %(number)s is no longer held by %(worker)s.", number=order_id, worker=worker))
    return order


@action("work.ran", needs="work.run")
def ran(act: Act, order_id: int, worker: str, attempt: int, outcome: Say | str) -> WorkOrder:
    """A robot's work is done. Raises Refused when another worker has taken the order over."""
    order = _leased(act, order_id, worker, attempt)
    return _move(act, order, rules.DONE, outcome=_says(outcome), trouble=None)


@action("work.lay_down", needs="work.run")
def lay_down(act: Act, order_id: int, worker: str, attempt: int) -> WorkOrder:
    """The worker stops before the work is done: it waits again at once, and the try does not count."""
    order = _leased(act, order_id, worker, attempt)
    return _move(act, order, rules.WAITING, attempts=order.attempts - 1, not_before=act.at)


@action("work.fail", needs="work.run")
def fail(
    act: Act, order_id: int, worker: str, attempt: int, reason: Say | str, role: str = "", hopeless: bool = False
) -> WorkOrder:
    """A robot's try failed: again later, or to a person of `role` when three tries failed or none would help."""
    return _failed(act, _leased(act, order_id, worker, attempt), reason, role, hopeless=hopeless)


@action("work.unknown", needs="work.run")
def unknown(act: Act, order_id: int) -> WorkOrder | None:
    """No robot knows this kind of work: the administrator gets it instead of nobody."""
    order = _hold(act, order_id)
    if order.state != rules.WAITING:
        return None
    trouble = _("No robot knows the work “%(kind)s”.", kind=order.kind)
    return _move(act, order, rules.PERSON, role="ADM", trouble=trouble.pack())


def _failed(act: Act, order: WorkOrder, reason: Say | str, role: str, *, hopeless: bool) -> WorkOrder:
    said = reason if isinstance(reason, Say) else Say(reason.replace("%", "%%"))
    verdict = rules.after_failure(order.attempts, act.at, order.pk, said, hopeless=hopeless)
    act.note(why=verdict.why)
    if verdict.state == rules.PERSON:
        return _move(act, order, rules.PERSON, trouble=verdict.why.pack(), role=order.role or role or "ADM")
    return _move(act, order, rules.WAITING, trouble=verdict.why.pack(), not_before=verdict.not_before)


@action("work.tick", needs="work.run")
def tick(act: Act, job: str, kind: str, title: Say | str, day: date, item: str) -> WorkOrder | None:
    """Set off a schedule's work for one (business date, item), once (I14). None: it was set off before."""
    if Tick.objects.filter(company_id=act.company, job=job, business_date=day, item=item).exists():
        return None
    order = _new(
        act, kind, "", title, opened_act=act.id, on=day, key=f"at:{job}:{day}:{item}", data={"job": job, "item": item}
    )
    try:
        with transaction.atomic():
            order.save(force_insert=True)
            Tick.objects.create(company_id=act.company, job=job, business_date=day, item=item, order=order, at=act.at)
    except IntegrityError:
        return None  # two workers woke at the same minute; the other one set it off
    act.subject(ref(KIND, order.pk))
    return order


# --- the people's side --------------------------------------------------------------------------------------------


@action("work.finish", needs="work.do")
def finish(act: Act, order_id: int, outcome: Say | str = "", version: int | None = None) -> WorkOrder:
    """The work is done; `outcome` says how it ended. Done before: nothing happens."""
    order = _hold(act, order_id, version)
    if order.state == rules.DONE:
        return order
    _not_running(order)
    return _move(act, order, rules.DONE, outcome=_says(outcome), person=order.person or act.by)


@action("work.give_up", needs="work.do")
def give_up(act: Act, order_id: int, reason: str, version: int | None = None) -> WorkOrder:
    """It cannot be done, and why."""
    _must_say("reason", reason)
    return _move(act, _hold(act, order_id, version), rules.FAILED, outcome=reason.strip())


@action("work.cancel", needs="work.do")
def cancel(act: Act, order_id: int, reason: str, version: int | None = None) -> WorkOrder:
    """It need not be done, and why."""
    _must_say("reason", reason)
    return _move(act, _hold(act, order_id, version), rules.CANCELLED, outcome=reason.strip())


@action("work.retry", needs="work.do")
def retry(act: Act, order_id: int, version: int | None = None) -> WorkOrder:
    """Give it to the robots again, with three fresh tries, now."""
    order = _hold(act, order_id, version)
    return _move(act, order, rules.WAITING, attempts=0, not_before=act.at, outcome=None, role="", person="")


@action("work.take", needs="work.do")
def take(act: Act, order_id: int, version: int | None = None) -> WorkOrder:
    """Put my name on it. Refused when someone else's is there already: she hands it over, or it is handed over."""
    order = _hold(act, order_id, version)
    _not_running(order)
    if order.person and order.person != act.by:
        raise Refused(_("Work order %(number)s is with %(person)s.", number=order.pk, person=order.person))
    return _move(act, order, rules.PERSON, person=act.by)


@dataclass(frozen=True, slots=True)
class Many:
    """What became of many at once: how many were done, and (order, why) of those that were refused."""

    done: int
    refused: tuple[tuple[int, Say], ...] = ()


@action("work.many", needs="work.do")
def many(act: Act, what: str, order_ids: list[int], outcome: str = "") -> Many:
    """Take, finish or retry many; one that is refused keeps back only itself."""
    calls: dict[str, Any] = {"take": take, "finish": finish, "retry": retry}
    extra = (outcome,) if what == "finish" else ()
    refused: list[tuple[int, Say]] = []
    for pk in sorted(order_ids):
        tried = act.attempt(calls[what], pk, *extra)
        if tried.trouble is not None:
            refused.append((pk, tried.trouble.say))
    return Many(len(order_ids) - len(refused), tuple(refused))


@action("work.hand_over", needs="work.do")
def hand_over(
    act: Act,
    order_id: int,
    person: str = "",
    role: str = "",
    note: str = "",
    due: date | None = None,
    version: int | None = None,
) -> WorkOrder:
    """Give it to a person, or to everyone of a role."""
    check_holder(act.company, person, role)
    order = _hold(act, order_id, version)
    _not_running(order)
    moved = _move(act, order, rules.PERSON, person=person, role=role or order.role, due=due or order.due)
    if note.strip():
        _comment(act, moved, note)
    return moved


def check_holder(company_id: int, person: str, role: str) -> None:
    """Raises Invalid unless exactly one of person and role is named, and there is such a one here."""
    if bool(person) == bool(role):
        raise Invalid.one("person", person or role, _("Name either a person or a role."))
    if person and not company.roles(person, company_id):
        raise Invalid.one("person", person, _("No such person in this company."))
    if role and role not in {code for code, _en, _zh in company.role_names()}:
        raise Invalid.one("role", role, _("No such role."))


def _not_running(order: WorkOrder) -> None:
    """Taking work out of a robot's hands would not stop the robot: the same thing could be done twice."""
    if order.state == rules.RUNNING:
        raise Refused(_("A robot is working on %(number)s just now. Wait until it has finished.", number=order.pk))


@action("work.comment", needs="work.do")
def comment(act: Act, order_id: int, text: str) -> Comment:
    """Say something about it."""
    return _comment(act, _hold(act, order_id), text)


def _comment(act: Act, order: WorkOrder, text: str) -> Comment:
    _must_say("text", text)
    return Comment.objects.create(
        order=order, company_id=act.company, text=text.strip()[:2000], by=act.by, at=act.at, act=act.id
    )


def _must_say(field: str, text: str) -> None:
    if not text.strip():
        raise Invalid.one(field, text, _("Say it in a few words."))
