"""The one write path. Every change to data is a function that wears `@action`.

A door (page, REST, command line, bot) makes an `Act` and calls the action with it. The outermost call asks
permission, opens the one transaction, claims the idempotency key, runs, writes a trail row for each action in
the tree, commits. Nested actions get the same `Act`. A refusal rolls everything back and leaves one `refused`
row; a dry run rolls everything back and leaves none.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib
import inspect
import json
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from django.apps import apps
from django.db import IntegrityError, OperationalError, models, transaction

from huikuan.kit.errors import Denied, Refused, Trouble
from huikuan.kit.failpoints import point
from huikuan.kit.money import Money
from huikuan.kit.private import hide, is_secret, kind_of, masked
from huikuan.kit.words import Say, _, unpack
from huikuan.office.trail.models import Key, Mention, Record
from huikuan.office.trail.store import insert, reserve, writing
from huikuan.office.trail.witness import Tally

P = ParamSpec("P")
R = TypeVar("R")


class Attempt(NamedTuple):
    """What became of something tried inside a savepoint."""

    ok: bool
    value: Any
    trouble: Trouble | None


class Event(NamedTuple):
    """One done action, as reactions hear it."""

    name: str
    subject: str
    record: int
    facts: dict[str, Any]


class Hooks:
    """Filled by the floors above: who may and what people are called (company), what follows (work: rows of `work_workorder`
    that an act's row tells of beforehand, then the work itself), and who counts what became of an outermost act (site):
    (act, its name, done | refused | denied | failed, its trail row or 0)."""

    authorize: Callable[[Act, str], None] = staticmethod(lambda act, duty: None)
    sets_off: Callable[[Act, list[Event]], list[tuple[int, Sequence[Any]]]] = staticmethod(lambda act, events: [])
    react: Callable[[Act, list[Event]], None] = staticmethod(lambda act, events: None)
    names: Callable[[Sequence[str], str], dict[str, str]] = staticmethod(lambda logins, language: {})
    seen: Callable[[Act, str, str, int], None] = staticmethod(lambda act, name, outcome, record: None)


hooks = Hooks()
# The act that this thread is in, for lines of the log; None outside of one.
current: ContextVar[Act | None] = ContextVar("current_act", default=None)


@dataclasses.dataclass(slots=True)
class _Frame:
    id: int
    name: str
    cause: int | None
    input: dict[str, Any]
    subjects: list[str] = dataclasses.field(default_factory=list)
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)
    changes: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    outcome: str = "done"
    reason: Say | None = None
    kept: dict[str, Tally] = dataclasses.field(default_factory=dict)


class Act:
    """Who, for which company, when, through which door, with which key, and whether only to try.

    `at` is the only clock. `company` is the company's id (None only before one exists).
    """

    def __init__(
        self, *, by: str, company: int | None, at: datetime, door: str, key: str | None = None, dry: bool = False
    ) -> None:
        if at.tzinfo is None:
            raise ValueError("an act's instant needs a zone (UTC)")
        self.by, self.at, self.door, self.key, self.dry = by, at, door, key or None, dry
        # A robot's step: its key stands for the step itself. Tried again after a crash it finds other facts (some were
        # its own doing), and gets its first reply all the same.
        self.step = False
        # What the door itself asks of a duty (a password lately, a token's scope); raises when it is not met.
        self.asks: Callable[[str], None] | None = None
        self._company = company
        self._stack: list[_Frame] = []
        self._done: list[_Frame] = []
        self._swallowed: BaseException | None = None
        self.replayed = False

    @property
    def company(self) -> int:
        if self._company is None:
            raise RuntimeError("this act stands outside any company")
        return self._company

    @company.setter
    def company(self, value: int) -> None:
        self._company = value

    @property
    def id(self) -> int:
        """The trail row of the action that is running now."""
        return self._stack[-1].id

    @property
    def is_open(self) -> bool:
        return bool(self._stack)

    @property
    def is_outermost(self) -> bool:
        """Whether the running action was called by a door, not by another action."""
        return len(self._stack) == 1

    def subject(self, *subjects: str) -> None:
        """Say what this action is about, most important first."""
        frame = self._stack[-1]
        frame.subjects.extend(s for s in subjects if s not in frame.subjects)

    def note(self, **facts: Any) -> None:
        """Add facts to the trail row (plain values, Money, dates, Say)."""
        self._stack[-1].facts.update(
            {k: brief(k, plain(v)) if kind_of(k) or is_secret(k) else plain(v) for k, v in facts.items()}
        )

    def keeps(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Answer for rows that this action wrote: the chain covers them, and `verify` finds each that is not as it was.

        `rows` in the order of their ids, with the columns that the capability's `Witness` of this table reads back.
        """
        self._stack[-1].kept.setdefault(table, Tally()).add(rows)

    def _tell(self, record: int, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """`keeps` for an action of this tree that is done but not written yet."""
        for frame in self._done:
            if frame.id == record:
                frame.kept.setdefault(table, Tally()).add(rows)

    def changed(self, subject: str, field: str, old: Any, new: Any) -> None:
        """Record a field's difference."""
        if old != new:
            was, now = brief(field, plain(old)), brief(field, plain(new))
            self._stack[-1].changes.append({"subject": subject, "field": field, "old": was, "new": now})

    def attempt(self, f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Attempt:
        """Call f(act, …) in a savepoint; a refusal inside undoes only what f did. The only way to catch one."""
        depth, done = len(self._stack), len(self._done)
        try:
            with transaction.atomic():
                return Attempt(True, f(self, *args, **kwargs), None)
        except (Trouble, IntegrityError) as e:
            trouble = e if isinstance(e, Trouble) else said(e)
            del self._stack[depth:]
            del self._done[done:]
            self._swallowed = None
            return Attempt(False, None, trouble)


_GUARD = re.compile(r"\b([Ii]\d\d)[ _]([^\n\"']*)")


def said(error: IntegrityError) -> Trouble:
    """What a guard of the database said, as a refusal; any other integrity error is raised again."""
    found = _GUARD.search(str(error))
    if not found:
        raise error
    return Refused(
        _(
            "The books refuse this (%(guard)s): %(what)s.",
            guard=found[1].upper(),
            what=found[2].strip().replace("_", " "),
        )
    )


LONG = 20  # elements beyond which the trail keeps a list as its count and digest
_AS_IS = {type(None), bool, int, str}
_MAKERS: dict[type, Callable[[Any], Any]] = {}


def plain(value: Any) -> Any:
    """A value as JSON that can be read back (`revive`) and digested."""
    kind = value.__class__
    if kind in _AS_IS:
        return value
    make = _MAKERS.get(kind)
    if make is None:
        make = _MAKERS[kind] = _maker(kind)
    return make(value)


def _some(values: Any) -> list[Any]:
    return [v if v.__class__ in _AS_IS else plain(v) for v in values]


def _maker(kind: type) -> Callable[[Any], Any]:
    """How values of one type are written, worked out once: a batch of ten thousand drafts is ten thousand of one type."""
    if issubclass(kind, (bool, int, str)):
        return lambda v: v
    if issubclass(kind, models.Model):
        return lambda v: {"$row": v._meta.label_lower, "pk": v.pk}
    if issubclass(kind, Money):
        return lambda v: {"$money": v.minor, "currency": v.currency}
    if issubclass(kind, datetime):
        return lambda v: {"$at": v.isoformat()}
    if issubclass(kind, date):
        return lambda v: {"$date": v.isoformat()}
    if issubclass(kind, Say):
        return lambda v: v.pack()
    if issubclass(kind, bytes):
        return lambda v: {"$sha256": hashlib.sha256(v).hexdigest(), "bytes": len(v)}
    if issubclass(kind, dict):
        return lambda v: {str(k): plain(x) for k, x in v.items()}
    if dataclasses.is_dataclass(kind):
        return _record_maker(kind)
    if issubclass(kind, (set, frozenset)):
        return lambda v: _some(sorted(v))
    if issubclass(kind, (list, tuple, range)):  # a named tuple too
        return _some
    raise TypeError(f"an action cannot take or give {kind.__name__}: use plain values, dates, Money or frozen records")


def _record_maker(kind: type) -> Callable[[Any], Any]:
    names = [f.name for f in dataclasses.fields(kind)]
    record = f"{kind.__module__}:{kind.__qualname__}"

    def make(value: Any) -> Any:
        return {"$record": record, "fields": dict(zip(names, _some(getattr(value, n) for n in names), strict=True))}

    return make


def revive(stored: Any) -> Any:
    """The reverse of `plain`, for giving a first reply again. Rows are read afresh."""
    if isinstance(stored, list):
        return [revive(v) for v in stored]
    if not isinstance(stored, dict):
        return stored
    if "$row" in stored:
        return apps.get_model(stored["$row"])._default_manager.filter(pk=stored["pk"]).first()
    if "$money" in stored:
        return Money(stored["$money"], stored["currency"])
    if "$date" in stored:
        return date.fromisoformat(stored["$date"])
    if "$at" in stored:
        return datetime.fromisoformat(stored["$at"])
    if "say" in stored and "facts" in stored:
        return unpack(stored)  # a Say packs its own facts, Money among them
    if "$record" in stored:
        module, _colon, name = stored["$record"].partition(":")
        fields = {k: revive(v) for k, v in stored["fields"].items()}
        kind = getattr(importlib.import_module(module), name)
        return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()})
    return {k: revive(v) for k, v in stored.items()}


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def sha256(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


# Arguments whose plain name does not say that they are personal: (action, argument) -> how they are masked.
_PERSONAL = {("customers.add_bank_account", "number"): "number"}


def brief(name: str, value: Any) -> Any:
    """An argument as the trail keeps it: long texts cut, long lists counted and digested, secrets left out."""
    if is_secret(name) and value not in (None, "", True, False):
        return "…"
    if kind_of(name) and isinstance(
        value, str
    ):  # lives with the customer, where it can be erased; here only some signs
        return hide(name, value)
    if isinstance(value, str) and len(value) > 300:
        return value[:300] + "…"
    if isinstance(value, list) and len(value) > LONG:
        return {"count": len(value), "sha256": sha256(value)}
    if isinstance(value, list):
        return [brief(name, v) for v in value]
    if isinstance(value, dict):
        return {k: brief(k, v) for k, v in value.items()}
    return value


def briefs(action: str, given: dict[str, Any]) -> dict[str, Any]:
    """The input of an action as its trail row keeps it."""
    out = {k: brief(k, v) for k, v in given.items()}
    for name in out:
        kind = _PERSONAL.get((action, name))
        if kind and isinstance(out[name], str):
            out[name] = masked(out[name], kind)
    return out


def row_digest(row: Record) -> str:
    """SHA-256 over everything a trail row says."""
    return sha256(
        [
            row.pk, row.company, row.name, row.by, row.at.isoformat(), row.door, row.key, row.root, row.cause, row.outcome,
            row.subject, row.input, row.facts, row.changes, row.reason,
        ]
    )  # fmt: skip


class _Dry(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


_actions: dict[str, str | None] = {}


def actions() -> dict[str, str | None]:
    """Every action by name with the duty it needs (None: only the system itself calls it)."""
    return dict(_actions)


def known(name: str, needs: str | None) -> None:
    """Name an act that opens itself by `outermost`, such as the first of a run: reactions may hear it like any action."""
    _actions.setdefault(name, needs)


def action(
    name: str, *, needs: str | None
) -> Callable[[Callable[Concatenate[Act, P], R]], Callable[Concatenate[Act, P], R]]:
    """Make a function an action; see the module's docstring. `needs` is a duty code that some capability declares."""

    def wear(f: Callable[Concatenate[Act, P], R]) -> Callable[Concatenate[Act, P], R]:
        if _actions.setdefault(name, needs) != needs:
            raise RuntimeError(f"two actions are called {name}")
        signature = inspect.signature(f)

        @functools.wraps(f)
        def run(act: Act, /, *args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(act, *args, **kwargs)
            asked = list(bound.arguments.items())[1:]

            def body() -> R:
                return f(act, *args, **kwargs)

            if act.is_open:
                return _framed(act, name, {k: _counted(v) for k, v in asked}, body)
            return outermost(act, name, needs, {k: plain(v) for k, v in asked}, body)

        run.action_name = name  # type: ignore[attr-defined]
        return run

    return wear


def _counted(value: Any) -> Any:
    """An argument of an inner act. A long list was made from what the outermost act was given, which is digested, and
    what the inner act made of it is digested in its facts: it is counted, not digested a third time."""
    if value.__class__ in (list, tuple) and len(value) > LONG:
        return {"count": len(value)}
    return plain(value)


def _framed(act: Act, name: str, given: dict[str, Any], body: Callable[[], R]) -> R:
    cause = act._stack[-1].id if act._stack else None
    depth = len(act._stack)
    frame = _Frame(reserve(Record, 1)[0], name, cause, briefs(name, given))
    act._stack.append(frame)
    try:
        value = body()
    except BaseException as e:
        # Whoever swallows this outside `act.attempt` leaves half-done work: the outermost act will not commit it.
        act._swallowed = e
        raise
    finally:
        del act._stack[depth:]
    act._done.append(frame)
    return value


def outermost(act: Act, name: str, needs: str | None, given: dict[str, Any], body: Callable[[], R]) -> R:
    before = current.set(act)
    outcome, record = "failed", 0
    try:
        value = _outermost(act, name, needs, given, body)
        outcome, record = ("done", act._done[-1].id) if act._done else ("done", 0)
        return value
    except Trouble as trouble:
        outcome, record = ("denied" if isinstance(trouble, Denied) else "refused"), trouble.record
        raise
    finally:
        current.reset(before)
        hooks.seen(act, name, outcome, record)


def _outermost(act: Act, name: str, needs: str | None, given: dict[str, Any], body: Callable[[], R]) -> R:
    for again in range(4):
        act._stack.clear()
        act._done.clear()
        act._swallowed = None
        act.replayed = False
        try:
            if needs is not None:
                hooks.authorize(act, needs)
            with writing("trail.act", durable=True):
                claim = _claim(act, name, given)
                point("trail.act.claimed")
                if claim is not None and claim.reply is not None:
                    act.replayed = True
                    return revive(claim.reply["value"])  # type: ignore[no-any-return]
                value = _framed(act, name, given, body)
                point("trail.act.done")
                if act._swallowed is not None:
                    raise RuntimeError(f"{name}: an inner refusal was swallowed; use act.attempt") from act._swallowed
                if claim is not None:
                    claim.reply, claim.record = {"value": plain(value)}, act._done[-1].id
                    act._tell(claim.record, "trail_key", [claim.told()])
                events = _events(act)
                for record, row in hooks.sets_off(act, events):
                    act._tell(record, "work_workorder", [row])
                _write(act)
                point("trail.act.written")
                if claim is not None:
                    Key.objects.filter(pk=claim.pk).update(reply=claim.reply, record=claim.record)
                hooks.react(act, events)
                if act.dry:
                    raise _Dry(value)
            return value
        except _Dry as tried:
            return tried.value  # type: ignore[no-any-return]
        except Trouble as trouble:
            trouble.record = _refusal(act, name, given, trouble)
            raise
        except IntegrityError as e:
            guarded = said(e)
            guarded.record = _refusal(act, name, given, guarded)
            raise guarded from e
        except OperationalError as e:
            # Serialisation failure or deadlock: the database asks for another try. Race tests expect none.
            if again == 3 or getattr(e.__cause__, "sqlstate", "") not in {"40001", "40P01"}:
                raise
        finally:
            act._stack.clear()
    raise AssertionError("unreachable")


def _claim(act: Act, name: str, given: dict[str, Any]) -> Key | None:
    """Take the idempotency key, or wait for the rival that has it and read its reply (I12)."""
    if act.key is None or act.dry:
        return None
    digest = sha256([name, given])
    company = act._company or 0
    with suppress(IntegrityError), transaction.atomic():
        return Key.objects.create(
            company=company, client=act.by, key=act.key, action=name, digest=digest, record=0, at=act.at
        )
    held = Key.objects.select_for_update(no_key=True).get(company=company, client=act.by, key=act.key)
    if held.digest != digest and not act.step:
        raise Refused(_("The key %(key)s was used before with other input. Use a new key.", key=act.key))
    return held


def _row(act: Act, frame: _Frame, root: int) -> Record:
    if frame.kept:
        frame.facts["kept"] = {table: tally.told() for table, tally in frame.kept.items()}
    row = Record(
        id=frame.id, company=act._company, name=frame.name, by=act.by, at=act.at, door=act.door, key=act.key or "", root=root,
        cause=frame.cause, outcome=frame.outcome, subject=frame.subjects[0] if frame.subjects else "", input=frame.input,
        facts=frame.facts, changes=frame.changes, reason=frame.reason.pack() if frame.reason else None,
    )  # fmt: skip
    row.digest = row_digest(row)
    return row


def _events(act: Act) -> list[Event]:
    return [Event(f.name, f.subjects[0] if f.subjects else "", f.id, dict(f.facts)) for f in act._done]


def _write(act: Act) -> None:
    root = act._done[-1].id
    Record.objects.bulk_create([_row(act, f, root) for f in act._done], batch_size=500)
    mentions = [(act._company, s, f.id) for f in act._done for s in f.subjects]
    if mentions:
        insert(Mention, ("company", "subject", "record_id"), mentions)


def _refusal(act: Act, name: str, given: dict[str, Any], trouble: Trouble) -> int:
    """One row in its own transaction that says who tried what and why not; its id. A dry run leaves none (0)."""
    if act.dry:
        return 0
    with writing("trail.refusal"):
        frame = _Frame(reserve(Record, 1)[0], name, None, briefs(name, given))
        frame.outcome = "denied" if isinstance(trouble, Denied) else "refused"
        frame.reason = trouble.say
        Record.objects.bulk_create([_row(act, frame, frame.id)])
    return frame.id


def subjects(act: Act, kind: str, pks: Sequence[int]) -> None:
    """Name many subjects of one kind at once."""
    act.subject(*(f"{kind}:{pk}" for pk in pks))
